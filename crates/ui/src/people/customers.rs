//! Who there is: customers with what they are called, their records, account and events.

use super::{ask::asked, source_names, use_people};
use crate::{
    format,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::identity::{CustomerRow, IdentityAnswer, IdentityDeed, IdentityQuestion};
use std::collections::BTreeSet;

/// Customers asked for at a time.
const PAGE: u32 = 100;

#[derive(Clone, Debug, PartialEq)]
struct Found {
    n_total: u64,
    customers: Vec<CustomerRow>,
}

/// The part of the room.
pub(super) fn customers() -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let people = use_people();
    let limit = RwSignal::new(PAGE);
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    // What is looked for decides the list anew, from its beginning.
    Effect::new(move |_| {
        people.search.track();
        people.only_merged.track();
        limit.set(PAGE);
        chosen.set(BTreeSet::new());
    });
    let found = asked(
        move || {
            Some(IdentityQuestion::Customers {
                search: people.search.get(),
                only_merged: people.only_merged.get(),
                offset: 0,
                limit: limit.get(),
            })
        },
        |answer| match answer {
            IdentityAnswer::Customers { n_total, customers } => Some(Found { n_total, customers }),
            _ => None,
        },
    );
    let n_total = move || found.found.with(|found| found.as_ref().map(|found| found.n_total));
    let n_shown =
        move || found.found.with(|found| found.as_ref().map_or(0, |found| found.customers.len() as u64));
    let rows = move || {
        let found = found.found.get().map(|found| found.customers).unwrap_or_default();
        found.into_iter().map(|row| row_view(workspace, row, chosen)).collect::<Vec<_>>()
    };
    let more =
        move |_| limit.update(|limit| *limit = limit.saturating_add(PAGE).min(protocol::identity::MAX_PAGE));
    view! {
        {search_form(workspace, chosen)}
        <p class="hint" role="status" data-testid="customers-total">{move || n_total().map(|n| text.plural("count.customers", n))}</p>
        <div class="scroll people-scroll" tabindex="0" role="region" aria-label=text.s("people.customers")>
            <table class="data people-table" data-testid="customers" aria-busy=move || found.is_asking.get().to_string()>
                <caption class="hidden">{text.s("people.customers")}</caption>
                <thead><tr>
                    <th scope="col"><span class="sr-only">{text.s("people.choose")}</span></th>
                    <th scope="col">{text.s("role.customer")}</th>
                    <th scope="col" class="number">{text.s("people.records")}</th>
                    <th scope="col">{text.s("role.account")}</th>
                    <th scope="col" class="number">{text.s("people.events")}</th>
                    <th scope="col">{text.s("people.period")}</th>
                    <th scope="col">{text.s("tab.sources")}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Show when=move || { n_total() == Some(0) }>
            <p class="people-none">{text.s("people.customers.none")}</p>
        </Show>
        <Show when=move || { n_total().is_some_and(|n| n > n_shown()) && limit.get() < protocol::identity::MAX_PAGE }>
            <button type="button" class="button" data-testid="more-customers" on:click=more>{text.s("panel.more")}</button>
        </Show>
        <Show when=move || { n_total().is_some_and(|n| n > n_shown()) && limit.get() >= protocol::identity::MAX_PAGE }>
            <p class="hint">{text.s("people.narrow_down")}</p>
        </Show>
    }
    .into_any()
}

fn search_form(workspace: Workspace, chosen: RwSignal<BTreeSet<String>>) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    view! {
        <form class="people-search" role="search" on:submit=|ev| ev.prevent_default()>
            <label for="people-search">{text.s("people.search")}</label>
            <input type="search" id="people-search" data-testid="people-search" autocomplete="off" placeholder=text.s("people.search.hint") prop:value=move || people.search.get() on:input=move |ev| people.search.set(event_target_value(&ev))/>
            <span class="tick">
                <input type="checkbox" id="only-merged" data-testid="only-merged" prop:checked=move || people.only_merged.get() on:change=move |ev| people.only_merged.set(event_target_checked(&ev))/>
                <label for="only-merged">{text.s("people.only_merged")}</label>
            </span>
            <span class="spacer"></span>
            {merge_button(workspace, chosen)}
        </form>
    }
    .into_any()
}

fn row_view(workspace: Workspace, row: CustomerRow, chosen: RwSignal<BTreeSet<String>>) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let (name, key) = (row.customer.clone(), row.customer.clone());
    let tick_words = text.fill("people.choose_one", &[&row.caption]);
    let open_words = text.fill("people.who_is", &[&row.caption]);
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
    // The key is worth a line of its own only where it isn't what the customer is called.
    let under = (row.caption != row.customer)
        .then(|| view! { <span class="hint"><bdi>{row.customer.clone()}</bdi></span> });
    view! {
        <tr data-testid="customer" data-customer=row.customer.clone()>
            <td><input type="checkbox" aria-label=tick_words prop:checked=is_chosen on:change=tick/></td>
            <th scope="row"><button type="button" class="link" title=open_words data-testid="customer-open" on:click=move |_| people.open(name.clone())><bdi>{row.caption}</bdi></button> {under}</th>
            <td class="number">{text.count(row.n_records)}</td>
            <td><bdi>{row.account}</bdi></td>
            <td class="number">{text.count(row.n_events)}</td>
            <td class="period">{format::period(row.first_micros, row.last_micros)}</td>
            <td>{source_names(workspace, &row.sources)}</td>
        </tr>
    }
    .into_any()
}

/// Makes the chosen customers one.
fn merge_button(workspace: Workspace, chosen: RwSignal<BTreeSet<String>>) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let n = move || chosen.with(BTreeSet::len);
    let merge = move |_| {
        let customers: Vec<String> = chosen.get_untracked().into_iter().collect();
        let none = move || drop(chosen.try_set(BTreeSet::new()));
        people.change(workspace, IdentityDeed::Merge { customers }, none);
    };
    view! {
        <button type="button" class="button" data-testid="merge" disabled=move || { n() < 2 || people.is_changing.get() } on:click=merge>{move || text.plural("people.merge", n() as u64)}</button>
    }
    .into_any()
}
