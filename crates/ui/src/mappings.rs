//! Mappings of a person's own: listed, saved as a small file, opened from one, and forgotten.

use crate::{
    host,
    journal::Entry,
    text::Text,
    worker::{Fault, describe},
    workspace::{Workspace, use_workspace},
};
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{Failure, Request, import::KeptMapping};
use wasm_bindgen_futures::JsFuture;

/// Most bytes of a page that is opened.
const MAX_BYTES: f64 = 1_048_576.0;

/// The list, below the sources.
#[component]
pub(crate) fn Mappings() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let mappings = RwSignal::new(Vec::<KeptMapping>::new());
    // Whatever was done may have kept one, or taken one back.
    Effect::new(move |_| {
        workspace.steps.track();
        fetch(workspace, mappings);
    });
    let picker = NodeRef::<html::Input>::new();
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        input.set_value("");
        spawn_local(async move {
            if file.size() > MAX_BYTES {
                return workspace.warn(Failure {
                    message: text.fill("mappings.too_large", &[&file.name()]),
                    advice: String::new(),
                });
            }
            match JsFuture::from(file.text()).await {
                Ok(page) => {
                    let request = Request::KeepMapping { text: page.as_string().unwrap_or_default() };
                    workspace.perform(request.clone(), Entry::Command(request));
                }
                Err(cause) => workspace.warn(Failure { message: describe(&cause), advice: String::new() }),
            }
        });
    };
    let rows = move || mappings.get().into_iter().map(|kept| row(workspace, text, kept)).collect_view();
    let is_empty = move || mappings.with(Vec::is_empty);
    view! {
        <section class="kept-mappings" aria-labelledby="kept-mappings-title" data-testid="mappings">
            <h2 id="kept-mappings-title">{text.s("mappings.title")}</h2>
            <p class="hint">{move || text.s(if is_empty() { "mappings.none" } else { "mappings.why" })}</p>
            <ul class="mapping-list">{rows}</ul>
            <Show when=move || workspace.shows_controls()>
                <label class="button file-button">{text.s("mappings.open")}<input type="file" class="unseen" accept=".txt" node_ref=picker data-testid="mapping-file" on:change=picked/></label>
            </Show>
        </section>
    }
    .into_any()
}

fn row(workspace: Workspace, text: Text, kept: KeptMapping) -> AnyView {
    let meanings: Vec<String> = kept
        .meanings
        .iter()
        .map(|(column, role)| format!("{} = {column}", text.find(&format!("role.{role}")).unwrap_or(role)))
        .collect();
    let columns = text.plural("mappings.columns", u64::from(kept.n_columns));
    let what = if kept.is_recipe { text.s("mappings.recipe").to_owned() } else { meanings.join(" · ") };
    let (title, page, name) = (kept.title.clone(), kept.text.clone(), kept.name.clone());
    let save = move |_| {
        if let Err(cause) = host::save_text(&format!("{title}.mapping.txt"), &page, "text/plain") {
            workspace.warn(Failure { message: describe(&cause), advice: String::new() });
        }
    };
    let forget = move |_| {
        let request = Request::ForgetMapping { name: name.clone() };
        workspace.perform(request.clone(), Entry::Command(request));
    };
    let save_words = text.fill("mappings.save.of", &[&kept.title]);
    let forget_words = text.fill("mappings.forget.of", &[&kept.title]);
    view! {
        <li data-testid="kept-mapping">
            <p><strong>{kept.title.clone()}</strong> " " <span class="hint">{columns}</span></p>
            <p class="hint">{what}</p>
            <span class="source-actions">
                <button type="button" class="button" data-testid="mapping-save" aria-label=save_words on:click=save>{text.s("mappings.save")}</button>
                <Show when=move || workspace.shows_controls()>
                    <button type="button" class="button remove" data-testid="mapping-forget" aria-label=forget_words.clone() on:click=forget.clone()>{text.s("mappings.forget")}</button>
                </Show>
            </span>
        </li>
    }
    .into_any()
}

fn fetch(workspace: Workspace, mappings: RwSignal<Vec<KeptMapping>>) {
    spawn_local(async move {
        let Some(client) = workspace.client() else { return };
        match client.mappings().await {
            Ok(found) => drop(mappings.try_set(found)),
            Err(Fault::Gone) => {}
            Err(fault) => workspace.warn_of(fault),
        }
    });
}
