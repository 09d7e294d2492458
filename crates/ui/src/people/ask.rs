//! Questions about who is one, asked again whenever something changed; the old answer stays until the new one comes.

use crate::{worker::Fault, workspace::use_workspace};
use leptos::{prelude::*, task::spawn_local};
use protocol::identity::{IdentityAnswer, IdentityQuestion};

/// An answer that follows its question.
pub(super) struct Asked<T: Send + Sync + 'static> {
    /// The newest answer; an older one stays until it comes.
    pub(super) found: RwSignal<Option<T>>,
    /// An answer is under way.
    pub(super) is_asking: RwSignal<bool>,
}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Asked<T> {}

/// Asks what `question` says, again when it says something else or the workspace changes; with `None` nothing is asked.
pub(super) fn asked<T: Send + Sync + 'static>(
    question: impl Fn() -> Option<IdentityQuestion> + Send + Sync + 'static,
    take: fn(IdentityAnswer) -> Option<T>,
) -> Asked<T> {
    let workspace = use_workspace();
    let asked = Asked { found: RwSignal::new(None), is_asking: RwSignal::new(false) };
    let newest = StoredValue::new(0_u64);
    let question = Memo::new(move |_| question());
    Effect::new(move |_| {
        workspace.revision.track();
        let number = newest.get_value() + 1;
        newest.set_value(number);
        let Some(question) = question.get() else {
            asked.is_asking.set(false);
            return asked.found.set(None);
        };
        asked.is_asking.set(true);
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            let answer = client.identity(question).await;
            // What asked may be gone by now, or have asked something else.
            if newest.try_get_value() != Some(number) {
                return;
            }
            asked.is_asking.set(false);
            match answer.and_then(|answer| take(answer).ok_or_else(|| Fault::unexpected("identity"))) {
                Ok(found) => asked.found.set(Some(found)),
                Err(Fault::Failed(failure)) => workspace.warn(failure),
                Err(Fault::Cancelled | Fault::Gone) => {}
            }
        });
    });
    asked
}
