//! What is shown when the engine crashed, and the way back.

use crate::workspace::use_workspace;
use leptos::{html, prelude::*};

/// The crash screen; covers the widget until the worker is started again.
#[component]
pub(crate) fn CrashScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let restart = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = restart.get() {
            // The button is on the page by now, and so takes the focus.
            button.focus().ok();
        }
    });
    let screen = move |message: String| {
        let empty = move || {
            workspace.replay_crashed.get().then(|| view! {
            <p>{text.s("crash.again")}</p>
            <button type="button" class="button" data-testid="crash-empty" on:click=move |_| workspace.restart(false)>{text.s("crash.empty")}</button>
        })
        };
        view! {
            <div class="crash" role="alertdialog" aria-modal="true" aria-labelledby="crash-title" aria-describedby="crash-text" data-testid="crash">
                <div class="crash-card">
                    <h2 id="crash-title">{text.s("crash.title")}</h2>
                    <p id="crash-text">{text.s("crash.text")}</p>
                    <pre class="crash-message" tabindex="0" aria-label=text.s("crash.message")>{message}</pre>
                    <button type="button" class="button primary" node_ref=restart data-testid="crash-restart" on:click=move |_| workspace.restart(true)>{text.s("crash.restart")}</button>
                    {empty}
                </div>
            </div>
        }
    };
    view! { {move || workspace.crash.get().map(screen)} }.into_any()
}
