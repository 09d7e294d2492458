//! Companies: which keys are one account, what stands above and below it, and how many customers it has.

use super::{ask::asked, use_people};
use crate::{text::Text, workspace::use_workspace};
use leptos::prelude::*;
use protocol::identity::{AccountRow, IdentityAnswer, IdentityDeed, IdentityQuestion, MAX_PAGE};

/// Accounts asked for at a time.
const PAGE: u32 = 100;

#[derive(Clone, Debug, PartialEq)]
struct Found {
    n_total: u64,
    accounts: Vec<AccountRow>,
    no_companies: Vec<String>,
}

/// The part of the room.
pub(super) fn accounts() -> AnyView {
    let text = use_workspace().text;
    let people = use_people();
    let limit = RwSignal::new(PAGE);
    Effect::new(move |_| {
        people.account_search.track();
        limit.set(PAGE);
    });
    let found = asked(
        move || {
            let search = people.account_search.get();
            Some(IdentityQuestion::Accounts { search, offset: 0, limit: limit.get() })
        },
        |answer| match answer {
            IdentityAnswer::Accounts { n_total, accounts, no_companies } => {
                Some(Found { n_total, accounts, no_companies })
            }
            _ => None,
        },
    );
    let content = move || match found.found.get() {
        None => view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any(),
        Some(found) if found.accounts.is_empty() => {
            let none = no_companies(found.no_companies);
            view! { <p class="people-none">{text.s("people.accounts.none")}</p> {none} }.into_any()
        }
        Some(found) => {
            let more = (found.n_total > found.accounts.len() as u64 && limit.get() < MAX_PAGE).then(|| {
                let more = move |_| limit.update(|limit| *limit = (*limit + PAGE).min(MAX_PAGE));
                view! { <button type="button" class="button" on:click=more>{text.s("panel.more")}</button> }
            });
            let none = no_companies(found.no_companies);
            view! { {table(text, found.accounts)} {more} {none} }.into_any()
        }
    };
    view! {
        <form class="people-search" role="search" on:submit=|ev| ev.prevent_default()>
            <label for="account-search">{text.s("people.search")}</label>
            <input type="search" id="account-search" data-testid="account-search" autocomplete="off" placeholder=text.s("people.accounts.hint") prop:value=move || people.account_search.get() on:input=move |ev| people.account_search.set(event_target_value(&ev))/>
        </form>
        {content}
    }
    .into_any()
}

/// What a person said is no company, each to be taken back.
fn no_companies(names: Vec<String>) -> Option<AnyView> {
    let workspace = use_workspace();
    let text = workspace.text;
    let people = use_people();
    if names.is_empty() {
        return None;
    }
    let row = |name: String| {
        let about = text.fill("people.is_company.about", &[&name]);
        let shown = name.clone();
        let take_back = move |_| {
            let deed = IdentityDeed::SetCompany { name: name.clone(), is_company: true };
            people.change(workspace, deed, move || people.said.set(None));
        };
        view! {
            <li data-testid="none-company"><bdi>{shown}</bdi> " "
                <button type="button" class="button small" data-testid="is-company" aria-label=about disabled=move || people.is_changing.get() on:click=take_back>{text.s("people.is_company")}</button>
            </li>
        }
    };
    let rows: Vec<_> = names.into_iter().map(row).collect();
    let list = view! {
        <h3 class="people-heading">{text.s("people.no_companies")}</h3>
        <p class="hint">{text.s("people.no_companies.about")}</p>
        <ul class="none-companies" data-testid="none-companies">{rows}</ul>
    };
    Some(list.into_any())
}

fn table(text: Text, accounts: Vec<AccountRow>) -> AnyView {
    let people = use_people();
    let row = |one: AccountRow| {
        let keys = one.keys.iter().filter(|key| **key != one.caption).cloned().collect::<Vec<_>>().join(", ");
        let go = |name: String| {
            let shown = name.clone();
            view! { <button type="button" class="link" on:click=move |_| people.account_search.set(name.clone())><bdi>{shown}</bdi></button> }
        };
        let parent = one.parent.clone().map(go);
        let n_children = one.children.len() as u64;
        let children = one.children.into_iter().map(go).collect::<Vec<_>>();
        let below = (n_children > 0).then(|| view! { <details><summary>{text.plural("people.below", n_children)}</summary><ul>{children.into_iter().map(|child| view! { <li>{child}</li> }).collect::<Vec<_>>()}</ul></details> });
        view! {
            <tr data-testid="account" data-account=one.account.clone()>
                <th scope="row"><bdi>{one.caption.clone()}</bdi> <span class="hint"><bdi>{keys}</bdi></span></th>
                <td class="wrap">{one.domains.join(", ")}</td>
                <td>{parent}</td>
                <td>{below}</td>
                <td class="number">{text.count(one.n_customers)}</td>
                <td class="number">{text.count(one.n_events)}</td>
            </tr>
        }
    };
    let rows: Vec<_> = accounts.into_iter().map(row).collect();
    view! {
        <div class="scroll people-scroll" tabindex="0" role="region" aria-label=text.s("people.accounts")>
            <table class="data people-table" data-testid="accounts">
                <caption class="hidden">{text.s("people.accounts")}</caption>
                <thead><tr><th scope="col">{text.s("role.account")}</th><th scope="col">{text.s("fact.domain")}</th><th scope="col">{text.s("people.parent")}</th><th scope="col">{text.s("people.children")}</th><th scope="col" class="number">{text.s("people.of_customers")}</th><th scope="col" class="number">{text.s("people.events")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
