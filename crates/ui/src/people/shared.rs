//! What the guards found: identifiers that look strong and link nobody, and why.

use super::{ask::asked, record::field_words, show_customers, use_people};
use crate::{
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::identity::{IdentityAnswer, IdentityQuestion, MAX_PAGE, SharedIdentifier, SharedWhy};

/// Identifiers asked for at a time.
const PAGE: u32 = 100;

#[derive(Clone, Debug, PartialEq)]
struct Found {
    n_total: u64,
    identifiers: Vec<SharedIdentifier>,
}

/// The part of the room.
pub(super) fn shared() -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let limit = RwSignal::new(PAGE);
    let found = asked(
        move || Some(IdentityQuestion::Shared { offset: 0, limit: limit.get() }),
        |answer| match answer {
            IdentityAnswer::Shared { n_total, identifiers } => Some(Found { n_total, identifiers }),
            _ => None,
        },
    );
    let content = move || match found.found.get() {
        None => view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any(),
        Some(found) if found.identifiers.is_empty() => {
            view! { <p class="people-none" data-testid="shared-none">{text.s("people.shared.none")}</p> }
                .into_any()
        }
        Some(found) => {
            let more = (found.n_total > found.identifiers.len() as u64 && limit.get() < MAX_PAGE).then(|| {
                let more = move |_| limit.update(|limit| *limit = (*limit + PAGE).min(MAX_PAGE));
                view! { <button type="button" class="button" on:click=more>{text.s("panel.more")}</button> }
            });
            view! { {table(workspace, found.identifiers)} {more} }.into_any()
        }
    };
    view! { <p class="people-lead">{text.s("people.shared.lead")}</p> {content} }.into_any()
}

fn why_words(text: Text, why: SharedWhy) -> String {
    match why {
        SharedWhy::Role => text.s("people.shared.role").to_owned(),
        SharedWhy::Persons { n_persons } => text.plural("people.shared.persons", n_persons),
        SharedWhy::Claimed { n_customers } => text.plural("people.shared.claimed", n_customers),
    }
}

fn table(workspace: Workspace, identifiers: Vec<SharedIdentifier>) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let row = |one: SharedIdentifier| {
        let words =
            if one.of == "thing" { text.s("people.thing").to_owned() } else { field_words(text, &one.of) };
        let value = one.value.clone();
        let records = one.records.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = one.n_records.saturating_sub(3);
        let more = (more > 0).then(|| format!(" {}", text.fill("people.more", &[&text.count(more)])));
        let show = move |_| show_customers(workspace, people, value.clone());
        view! {
            <tr data-testid="shared">
                <th scope="row"><bdi>{one.value.clone()}</bdi></th>
                <td>{words}</td>
                <td>{why_words(text, one.why)}</td>
                <td class="number"><button type="button" class="link" on:click=show>{text.count(one.n_records)}</button></td>
                <td class="wrap"><bdi>{records}</bdi>{more}</td>
            </tr>
        }
    };
    let rows: Vec<_> = identifiers.into_iter().map(row).collect();
    view! {
        <div class="scroll people-scroll" tabindex="0" role="region" aria-label=text.s("people.shared")>
            <table class="data people-table">
                <caption class="hidden">{text.s("people.shared")}</caption>
                <thead><tr><th scope="col">{text.s("people.identifier")}</th><th scope="col">{text.s("people.kind")}</th><th scope="col">{text.s("people.shared.why")}</th><th scope="col" class="number">{text.s("people.records")}</th><th scope="col">{text.s("people.for_example")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
