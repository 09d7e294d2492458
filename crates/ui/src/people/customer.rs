//! One customer: why its records are one, how to split it, and its accounts over time.

use super::{
    People,
    ask::asked,
    pair::{bits_words, side_by_side, waterfall},
    record::{field_words, record_view},
    review::verdict_words,
    use_people,
};
use crate::{
    dialog::Dialog,
    format,
    panel::Target,
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::{
    Selection,
    identity::{
        AccountInterval, AccountWhy, CustomerRow, CustomerView, IdentityAnswer, IdentityDeed,
        IdentityQuestion, JoinCause, JoinView, Verdict,
    },
};
use std::collections::BTreeSet;

/// The dialog, whenever a customer is asked about.
#[component]
pub(crate) fn CustomerDialog() -> impl IntoView {
    let people = use_people();
    let dialog = move || people.customer.get().map(|customer| view! { <OneCustomer customer/> });
    view! { {dialog} }.into_any()
}

#[component]
fn OneCustomer(customer: String) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let people = use_people();
    let asks_for = customer.clone();
    let found = asked(
        move || Some(IdentityQuestion::Customer { customer: asks_for.clone() }),
        |answer| match answer {
            IdentityAnswer::Customer { customer } => Some(customer),
            _ => None,
        },
    );
    let close = Callback::new(move |()| people.customer.set(None));
    let body = move || match found.found.get() {
        Some(found) => customer_body(workspace, people, found),
        None => view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any(),
    };
    let title = text.fill("people.who_is", &[&customer]);
    view! { <Dialog title on_close=close testid="customer-dialog">{body}</Dialog> }.into_any()
}

fn customer_body(workspace: Workspace, people: People, found: CustomerView) -> AnyView {
    let text = workspace.text;
    let row = found.row.clone();
    let facts = [
        text.plural("count.records", row.n_records),
        text.plural("count.events", row.n_events),
        format::period(row.first_micros, row.last_micros),
    ];
    let facts = facts.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" · ");
    let name = row.customer.clone();
    let timeline = move |_| {
        people.customer.set(None);
        let title = workspace.text.s("tab.people").to_owned();
        let target = Target::new(title, Selection::All, None);
        workspace.panel.set(Some(Target { came_from: Some(name.clone()), ..target }));
        workspace.open_case.set(Some(name.clone()));
    };
    let has_events = row.n_events > 0;
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let n_records = found.records.len();
    let why = (!found.joins.is_empty()).then(|| joins_view(workspace, &found));
    let alone = (n_records < 2).then(|| view! { <p class="hint">{text.s("people.one_record")}</p> });
    let records: Vec<_> = found
        .records
        .iter()
        .map(|record| {
            let tick = (n_records > 1).then(|| split_tick(text, record.key.clone(), chosen));
            view! { <li class="record" data-testid="record">{tick}{record_view(workspace, record)}</li> }
        })
        .collect();
    view! {
        <p class="customer-facts"><strong><bdi>{row.caption.clone()}</bdi></strong> <span class="hint">{facts}</span>
            <span class="spacer"></span>
            {has_events.then(|| view! { <button type="button" class="button small" data-testid="to-timeline" on:click=timeline>{text.s("people.timeline")}</button> })}
        </p>
        {why}
        <h3 class="people-heading">{text.s("people.its_records")}</h3>
        {alone}
        <ul class="records">{records}</ul>
        {(n_records > 1).then(|| split_part(workspace, people, n_records, chosen))}
        {account_why(workspace, &row, found.account_why, found.account_by)}
        {accounts_view(workspace, &found.accounts)}
    }
    .into_any()
}

fn split_tick(text: Text, key: String, chosen: RwSignal<BTreeSet<String>>) -> AnyView {
    let label = text.fill("people.split_one", &[&key]);
    let is_chosen = {
        let key = key.clone();
        move || chosen.with(|chosen| chosen.contains(&key))
    };
    let tick = move |ev| {
        let is_on = event_target_checked(&ev);
        chosen.update(|chosen| {
            if is_on {
                chosen.insert(key.clone())
            } else {
                chosen.remove(&key)
            };
        });
    };
    view! { <input type="checkbox" class="record-tick" aria-label=label data-testid="split-tick" prop:checked=is_chosen on:change=tick/> }
        .into_any()
}

/// Takes the chosen records out.
fn split_part(
    workspace: Workspace,
    people: People,
    n_records: usize,
    chosen: RwSignal<BTreeSet<String>>,
) -> AnyView {
    let text = workspace.text;
    let n = move || chosen.with(BTreeSet::len);
    let is_off = move || n() == 0 || n() >= n_records || people.is_changing.get();
    let split = move |_| {
        let records = chosen.get_untracked().into_iter().collect();
        people.change(workspace, IdentityDeed::Split { records }, move || {
            people.customer.set(None);
        });
    };
    view! {
        <p class="split-line">
            <span class="hint">{move || text.s(if n() >= n_records { "people.split.not_all" } else { "people.split.about" })}</span>
            <span class="spacer"></span>
            <button type="button" class="button" data-testid="split" disabled=is_off on:click=split>{move || text.plural("people.split", n() as u64)}</button>
        </p>
    }
    .into_any()
}

/// Why its records are one, in the order in which they became one.
fn joins_view(workspace: Workspace, found: &CustomerView) -> AnyView {
    let text = workspace.text;
    let rows: Vec<_> = found.joins.iter().map(|join| view! { <Join join=join.clone()/> }).collect();
    view! {
        <h3 class="people-heading">{text.s("people.why")}</h3>
        <ol class="joins" data-testid="joins">{rows}</ol>
    }
    .into_any()
}

fn cause_words(text: Text, cause: &JoinCause) -> String {
    match cause {
        JoinCause::Accepted => text.s("people.cause.accepted").to_owned(),
        JoinCause::Shared { of, value } => text.fill("people.cause.shared", &[&field_words(text, of), value]),
        JoinCause::Weight { bits, chance_ratio } => {
            text.fill("people.cause.weight", &[&bits_words(text, *bits), &text.percent(*chance_ratio)])
        }
    }
}

#[component]
fn Join(join: JoinView) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let is_open = RwSignal::new(false);
    let words = cause_words(text, &join.cause);
    let JoinView { a, b, .. } = join;
    let keys = (a.clone(), b.clone());
    let pair = move || is_open.get().then(|| view! { <PairOf a=keys.0.clone() b=keys.1.clone()/> });
    view! {
        <li class="join" data-testid="join">
            <p>
                <strong><bdi>{a}</bdi></strong> " = " <strong><bdi>{b}</bdi></strong>
                <span class="join-cause">{words}</span>
                <button type="button" class="button small" aria-expanded=move || is_open.get().to_string() data-testid="compare" on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)>{text.s("people.compare")}</button>
            </p>
            {pair}
        </li>
    }
    .into_any()
}

/// A pair that is asked for when a person wants to see it.
#[component]
fn PairOf(a: String, b: String) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let found = asked(
        move || Some(IdentityQuestion::Pair { a: a.clone(), b: b.clone() }),
        |answer| match answer {
            IdentityAnswer::Pair { pair } => Some(pair),
            _ => None,
        },
    );
    let body = move || {
        found.found.with(|pair| {
            pair.as_ref().map(|pair| {
                let said = pair.verdict.map(|verdict| {
                    let class = if verdict == Verdict::Same { "badge good" } else { "badge bad" };
                    view! { <p><span class=class>{verdict_words(text, verdict)}</span></p> }
                });
                view! {
                    {said}
                    {side_by_side(workspace, pair)}
                    {waterfall(text, pair, None)}
                }
            })
        })
    };
    view! { <div class="join-pair">{body}</div> }.into_any()
}

/// The account that no event names, why it is the one, and a way to say that it is none.
fn account_why(
    workspace: Workspace,
    row: &CustomerRow,
    why: Option<AccountWhy>,
    by: Option<String>,
) -> Option<AnyView> {
    let text = workspace.text;
    let account = row.account.clone()?;
    let none = by.map(|by| no_company_button(workspace, by));
    let words = text.s(match why? {
        AccountWhy::Told => "people.account.told",
        AccountWhy::Domain => "people.account.domain",
        AccountWhy::Address => "people.account.address",
    });
    let line = view! { <p data-testid="account-why"><strong>{text.s("role.account")} ": " <bdi>{account}</bdi></strong> " – " <span class="hint">{words}</span> " " {none}</p> };
    Some(line.into_any())
}

/// Says of a web domain or an account that it is no company; what that does is in its name for those who listen.
fn no_company_button(workspace: Workspace, name: String) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let about = text.fill("people.no_company.about", &[&name]);
    let title = about.clone();
    let say = move |_| {
        let deed = IdentityDeed::SetCompany { name: name.clone(), is_company: false };
        people.change(workspace, deed, move || people.said.set(None));
    };
    view! { <button type="button" class="button small" data-testid="no-company" title=title aria-label=about disabled=move || people.is_changing.get() on:click=say>{text.s("people.no_company")}</button> }
        .into_any()
}

/// Which account its events were of, over time: a bar for each, on one scale, with the same in words.
fn accounts_view(workspace: Workspace, accounts: &[AccountInterval]) -> AnyView {
    let text = workspace.text;
    if !accounts.iter().any(|interval| interval.account.is_some()) {
        return ().into_any();
    }
    let first = accounts.iter().map(|one| one.first_micros).min().unwrap_or(0);
    let last = accounts.iter().map(|one| one.last_micros).max().unwrap_or(0);
    let span = ((last - first) as f64).max(1.0);
    let share = move |micros: i64| (micros - first) as f64 / span * 100.0;
    let rows: Vec<_> = accounts
        .iter()
        .map(|one| {
            let name = match (&one.name, &one.account) {
                (Some(name), Some(key)) if name != key => format!("{name} ({key})"),
                (_, Some(key)) => key.clone(),
                _ => text.s("people.no_account").to_owned(),
            };
            let none = one.account.clone().map(|key| no_company_button(workspace, key));
            let (from, size) = (share(one.first_micros), share(one.last_micros) - share(one.first_micros));
            view! {
                <tr data-testid="account-interval">
                    <th scope="row"><bdi>{name}</bdi> " " {none}</th>
                    <td class="period">{format::period(Some(one.first_micros), Some(one.last_micros))}</td>
                    <td class="number">{text.count(one.n_events)}</td>
                    <td class="interval-cell" aria-hidden="true"><span class="interval-track"><span class="interval-fill" style:inset-inline-start=format!("{from:.2}%") style:inline-size=format!("{size:.2}%")></span></span></td>
                </tr>
            }
        })
        .collect();
    view! {
        <h3 class="people-heading">{text.s("people.accounts_over_time")}</h3>
        <div class="scroll" tabindex="0" role="region" aria-label=text.s("people.accounts_over_time")>
            <table class="data intervals">
                <caption class="hidden">{text.s("people.accounts_over_time")}</caption>
                <thead><tr><th scope="col">{text.s("role.account")}</th><th scope="col">{text.s("people.period")}</th><th scope="col" class="number">{text.s("people.events")}</th><td class="interval-cell"></td></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
