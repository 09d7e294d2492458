//! Privacy: what becomes of personal data, and what is stored where.

mod consent;
pub(crate) mod person;
mod policy;
mod retention;
mod stored;

use crate::journal::Entry;
use crate::worker::Fault;
use crate::workspace::{Workspace, use_workspace};
use consent::ConsentPart;
use leptos::{prelude::*, task::spawn_local};
use person::Person;
use policy::PolicyTable;
use protocol::{
    Request,
    privacy::{Settings, State},
};
use retention::Periods;
use stored::Stored;

/// What the room knows; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Room {
    workspace: Workspace,
    /// `None` until it was asked for.
    state: RwSignal<Option<State>>,
}

impl Room {
    fn ask(self) {
        spawn_local(async move {
            let Some(client) = self.workspace.client() else { return };
            match client.privacy().await {
                Ok(state) => drop(self.state.try_set(Some(state))),
                Err(Fault::Gone) => {}
                Err(fault) => self.workspace.warn_of(fault),
            }
        });
    }

    /// Changes what was decided.
    fn decide(self, change: impl FnOnce(&mut Settings)) {
        let Some(mut settings) = self.state.with_untracked(|state| state.clone()).map(|state| state.settings)
        else {
            return;
        };
        change(&mut settings);
        let request = Request::SetPrivacy { settings: Box::new(settings) };
        self.workspace.perform(request.clone(), Entry::Command(request));
    }
}

/// The room.
#[component]
pub(crate) fn PrivacyScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let room = Room { workspace, state: RwSignal::new(None) };
    Effect::new(move |_| {
        workspace.revision.track();
        room.ask();
    });
    let is_known = Memo::new(move |_| room.state.with(Option::is_some));
    view! {
        <section class="page privacy-room" aria-label=text.s("tab.privacy") data-testid="privacy-room">
            <Show when=move || is_known.get()>
                <PolicyTable room/>
                <ConsentPart room/>
                <Periods room/>
                <Person room/>
                <Stored/>
            </Show>
        </section>
    }
    .into_any()
}
