//! A modal dialog: the focus stays in it, Escape closes it, and the focus returns to where it was.

use crate::workspace::use_workspace;
use leptos::{html, prelude::*};

/// A modal dialog with a title. `on_close` is asked when a person wants it gone without a decision.
#[component]
pub(crate) fn Dialog(
    title: String,
    on_close: Callback<()>,
    testid: &'static str,
    children: Children,
) -> impl IntoView {
    let text = use_workspace().text;
    let dialog = NodeRef::<html::Dialog>::new();
    let title_id = format!("{testid}-title");
    let labelled_by = title_id.clone();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            // Fails only for a dialog that is shown already or has left the page.
            dialog.show_modal().ok();
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby=labelled_by
            data-testid=testid
            on:cancel=move |ev: web_sys::Event| {
                ev.prevent_default();
                on_close.run(());
            }
        >
            <div class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <button type="button" class="button icon" aria-label=text.s("dialog.close") on:click=move |_| on_close.run(())>"×"</button>
            </div>
            {children()}
        </dialog>
    }
    .into_any()
}
