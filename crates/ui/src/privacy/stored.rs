//! What is stored where, and what it is encrypted with.

use crate::{
    storage::{mode_name, protection_name},
    workspace::use_workspace,
};
use leptos::prelude::*;

/// Where the workspace lies, and the way to change that.
#[component]
pub(super) fn Stored() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let mode = move || {
        let mode = workspace.storage.with(|state| mode_name(state.mode));
        text.find(&format!("storage.{mode}")).unwrap_or_default()
    };
    let protection = move || {
        let protection = workspace.storage.with(|state| protection_name(state.protection));
        text.find(&format!("privacy.stored.{protection}")).unwrap_or_default()
    };
    let n_bytes = move || text.bytes(workspace.storage.with(|state| state.n_bytes));
    view! {
        <article class="privacy-part" data-testid="stored">
            <h2>{text.s("privacy.stored")}</h2>
            <dl class="mapping">
                <div><dt>{text.s("privacy.stored.where")}</dt><dd>{text.s("privacy.stored.here")}</dd></div>
                <div><dt>{text.s("privacy.stored.state")}</dt><dd>{mode}</dd></div>
                <div><dt>{text.s("privacy.stored.size")}</dt><dd>{n_bytes}</dd></div>
                <div><dt>{text.s("privacy.stored.key")}</dt><dd>{protection}</dd></div>
                <div><dt>{text.s("privacy.stored.network")}</dt><dd>{text.s("privacy.stored.nothing_sent")}</dd></div>
            </dl>
            <Show when=move || workspace.keeps()>
                <div class="privacy-actions">
                    <button type="button" class="button" data-testid="privacy-storage" on:click=move |_| workspace.shows_storage.set(true)>{text.s("privacy.stored.change")}</button>
                </div>
            </Show>
        </article>
    }
    .into_any()
}
