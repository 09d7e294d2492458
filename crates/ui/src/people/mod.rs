//! The room of the people: who the customers are, which records are one, and what a person decides about that.

mod accounts;
mod ask;
mod bands;
mod customer;
mod customers;
mod differ;
mod pair;
mod record;
mod review;
mod shared;

use crate::{
    journal::Entry,
    text::Text,
    worker::Fault,
    workspace::{Tab, Workspace, use_workspace},
};
use ask::{Asked, asked};
pub(crate) use customer::CustomerDialog;
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Request,
    identity::{Band, IdentityAnswer, IdentityDeed, IdentityQuestion, LinkSummary, Overview},
};

/// A part of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Who there is.
    Customers,
    /// Pairs to decide.
    Review,
    /// The three bands, and the rules.
    Bands,
    /// Identifiers that link nobody.
    Shared,
    /// Companies.
    Accounts,
}

impl Section {
    /// All of them, with the names that words and ids use.
    const ALL: [(Self, &'static str); 5] = [
        (Self::Customers, "customers"),
        (Self::Review, "review"),
        (Self::Bands, "bands"),
        (Self::Shared, "shared"),
        (Self::Accounts, "accounts"),
    ];
}

/// The state of the room, which outlives its being shown; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct People {
    section: RwSignal<Section>,
    /// What is looked for among customers, and among accounts.
    search: RwSignal<String>,
    account_search: RwSignal<String>,
    only_merged: RwSignal<bool>,
    /// The band under review, and which of its pairs.
    band: RwSignal<Band>,
    at: RwSignal<u32>,
    /// The customer whose dialog is open, by the key of any of its records.
    pub(crate) customer: RwSignal<Option<String>>,
    /// What the last change did.
    said: RwSignal<Option<LinkSummary>>,
    /// A change is under way.
    is_changing: RwSignal<bool>,
}

impl People {
    /// Makes the state.
    pub(crate) fn new() -> Self {
        Self {
            section: RwSignal::new(Section::Customers),
            search: RwSignal::new(String::new()),
            account_search: RwSignal::new(String::new()),
            only_merged: RwSignal::new(false),
            band: RwSignal::new(Band::Review),
            at: RwSignal::new(0),
            customer: RwSignal::new(None),
            said: RwSignal::new(None),
            is_changing: RwSignal::new(false),
        }
    }

    /// Opens the dialog that says who a customer is.
    pub(crate) fn open(self, customer: String) {
        self.customer.set(Some(customer));
    }

    /// Shows the customers that hold a text.
    fn look_for(self, words: String) {
        self.search.set(words);
        self.only_merged.set(false);
        self.section.set(Section::Customers);
    }

    /// Changes who is one; `then` runs when it is done and everything is shown anew.
    fn change(self, workspace: Workspace, deed: IdentityDeed, then: impl FnOnce() + 'static) {
        if self.is_changing.get_untracked() {
            return;
        }
        self.is_changing.set(true);
        spawn_local(async move {
            let request = Request::Link { deed };
            let done = workspace.try_perform(request.clone(), Entry::Command(request)).await;
            // The widget may be gone meanwhile.
            if self.is_changing.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(summary) => {
                    self.said.set(summary);
                    then();
                }
                Err(Fault::Gone) => {}
                Err(fault) => workspace.warn_of(fault),
            }
        });
    }
}

/// The state of the room of the widget this view is in.
pub(crate) fn use_people() -> People {
    expect_context::<People>()
}

/// The room.
#[component]
pub(crate) fn PeopleScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let people = use_people();
    let overview = asked(
        || Some(IdentityQuestion::Overview),
        |answer| match answer {
            IdentityAnswer::Overview { overview } => Some(overview),
            _ => None,
        },
    );
    let content = move || match people.section.get() {
        Section::Customers => customers::customers(),
        Section::Review => review::review(overview.found),
        Section::Bands => bands::bands(overview.found),
        Section::Shared => shared::shared(),
        Section::Accounts => accounts::accounts(),
    };
    view! {
        <section class="page analyses people" aria-label=text.s("tab.people") data-testid="people">
            {sections(people, overview.found)}
            <div class="analysis people-part">
                {facts(text, overview)}
                {said(text, people)}
                {content}
            </div>
        </section>
    }
    .into_any()
}

/// The list of parts, each with what it is for, and how much waits in it.
fn sections(people: People, overview: RwSignal<Option<Overview>>) -> AnyView {
    let text = use_workspace().text;
    let item = |(section, name): (Section, &'static str)| {
        let words = |part: &str| text.find(&format!("people.{name}{part}")).unwrap_or(name);
        let count = move || {
            let n = overview.with(|overview| match section {
                Section::Review => overview.as_ref().map(|known| known.review.n_pairs + known.sure.n_pairs),
                Section::Shared => overview.as_ref().map(|known| known.n_shared),
                _ => None,
            });
            n.filter(|n| *n > 0).map(|n| view! { <span class="kind-count">{text.short_count(n)}</span> })
        };
        view! {
            <li>
                <button type="button" class="kind" aria-current=move || (people.section.get() == section).then_some("true") data-testid=format!("people-{name}") on:click=move |_| people.section.set(section)>
                    <strong>{words("")} " " {count}</strong>
                    <span class="hint">{words(".about")}</span>
                </button>
            </li>
        }
        .into_any()
    };
    view! {
        <nav class="kinds" aria-label=text.s("tab.people")>
            <ul>{Section::ALL.into_iter().map(item).collect::<Vec<_>>()}</ul>
        </nav>
    }
    .into_any()
}

fn facts(text: Text, overview: Asked<Overview>) -> AnyView {
    let fact = move |caption: &'static str, id: &'static str, of: fn(&Overview) -> u64| {
        let figure = move || {
            let n = overview.found.with(|overview| overview.as_ref().map(of));
            n.map_or_else(|| "–".to_owned(), |n| text.count(n))
        };
        view! { <div><dt>{caption}</dt><dd data-testid=id>{figure}</dd></div> }
    };
    view! {
        <dl class="facts-row people-facts" aria-busy=move || overview.is_asking.get().to_string() data-testid="people-facts">
            {fact(text.s("people.records"), "n-records", |known| known.n_records)}
            {fact(text.s("people.of_customers"), "n-customers", |known| known.n_customers)}
            {fact(text.s("people.merged"), "n-merged", |known| known.n_merged)}
            {fact(text.s("people.of_accounts"), "n-accounts", |known| known.n_accounts)}
        </dl>
    }
    .into_any()
}

/// What the last change did, for those who see and those who listen.
fn said(text: Text, people: People) -> AnyView {
    let words = move || {
        people.said.get().map(|summary| {
            let customers = text.fill(
                "people.changed",
                &[&text.count(summary.n_customers_before), &text.count(summary.n_customers_after)],
            );
            format!("{customers} {}", text.plural("people.moved", summary.n_moved_events))
        })
    };
    view! { <p class="people-said" role="status" data-testid="people-said">{words}</p> }.into_any()
}

/// Names of sources by number.
fn source_names(workspace: Workspace, numbers: &[u32]) -> String {
    workspace.sources.with(|sources| {
        let name = |number: &u32| sources.iter().find(|source| source.source == *number);
        let names: Vec<&str> = numbers.iter().filter_map(name).map(|source| source.name.as_str()).collect();
        names.join(", ")
    })
}

/// Shows the customers of the room that hold a text.
fn show_customers(workspace: Workspace, people: People, words: String) {
    people.look_for(words);
    workspace.tab.set(Tab::People);
}
