//! One person: a copy of all that is held, and erasure for good.

use crate::{
    dialog::Dialog,
    host,
    journal::Entry,
    personal::count_words,
    worker::{Client, Fault, describe},
    workspace::{Workspace, use_workspace},
};
use js_sys::JSON;
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure, Request,
    privacy::{Held, Receipt},
};

/// In which form a person gets the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Csv,
    Json,
}

impl Form {
    const ALL: [Self; 3] = [Self::Html, Self::Csv, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }
}

impl Workspace {
    /// Saves all that is held on a customer.
    fn save_held(self, customer: String, form: Form) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            let saved = match client.held(customer).await {
                Ok(held) => save(self, &held, form),
                Err(fault) => Err(fault),
            };
            if let Err(fault) = saved {
                self.warn_of(fault);
            }
        });
    }

    async fn erase(self, client: &Client, customer: String) -> Result<Receipt, Fault> {
        let receipt = client.erase(customer.clone()).await?;
        // What is kept on the page to bring a new worker to the same state forgets as well.
        self.note(Entry::Command(Request::Erase { customer }));
        self.changes.set(Vec::new());
        self.panel.set(None);
        self.open_case.set(None);
        self.show_anew(true).await?;
        Ok(receipt)
    }
}

fn save(workspace: Workspace, held: &Held, form: Form) -> Result<(), Fault> {
    let failed = |message: String| Fault::Failed(Failure { message, advice: String::new() });
    let text = match form {
        Form::Html => held.html(&workspace.text),
        Form::Csv => held.csv(),
        Form::Json => JSON::stringify_with_replacer_and_space(
            &host::plain(held),
            &wasm_bindgen::JsValue::NULL,
            &2.into(),
        )
        .map(String::from)
        .map_err(|cause| failed(describe(&cause)))?,
    };
    // The name of a file is seen by others than its content.
    host::save_text(&format!("held.{}", form.name()), &text, form.media_type())
        .map_err(|cause| failed(describe(&cause)))
}

/// What can be done for the customer with this key; nothing where the key is empty.
#[component]
pub(crate) fn PersonActions(customer: Signal<String>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let is_asking = RwSignal::new(false);
    let is_empty = move || customer.with(|customer| customer.trim().is_empty());
    let copies = Form::ALL.map(|form| {
        let label = text.fill("person.copy", &[&form.name().to_uppercase()]);
        view! {
            <button type="button" class="button" data-testid=format!("held-{}", form.name()) disabled=is_empty on:click=move |_| workspace.save_held(customer.get_untracked().trim().to_owned(), form)>{label}</button>
        }
    });
    view! {
        <div class="privacy-actions" data-testid="person-actions">
            {copies.into_iter().collect_view()}
            <Show when=move || workspace.shows_controls()>
                <button type="button" class="button remove" data-testid="erase" disabled=is_empty on:click=move |_| is_asking.set(true)>{text.s("person.erase")}</button>
            </Show>
        </div>
        <Show when=move || is_asking.get()>
            <EraseDialog customer=customer.get_untracked().trim().to_owned() is_open=is_asking/>
        </Show>
    }
    .into_any()
}

/// Asks before a person is erased, and shows the receipt.
#[component]
fn EraseDialog(customer: String, is_open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let title = text.fill("person.erase.title", &[&customer]);
    let is_working = RwSignal::new(false);
    let erase = move |_| {
        let customer = customer.clone();
        is_working.set(true);
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            if let Err(fault) = workspace.erase(&client, customer).await {
                workspace.warn_of(fault);
            }
            is_open.try_set(false);
        });
    };
    view! {
        <Dialog title on_close=Callback::new(move |()| is_open.set(false)) testid="erase-dialog">
            <p>{text.s("person.erase.what")}</p>
            <p class="warning"><strong>{text.s("person.erase.final")}</strong></p>
            <p class="hint">{text.s("person.erase.later")}</p>
            <footer class="dialog-actions">
                <span class="spacer"></span>
                <button type="button" class="button" on:click=move |_| is_open.set(false)>{text.s("dialog.cancel")}</button>
                <button type="button" class="button primary" data-testid="erase-confirm" disabled=move || is_working.get() on:click=erase>{text.s("person.erase.confirm")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The part of the room: a key, what can be done with it, and what was done.
#[component]
pub(super) fn Person(room: super::Room) -> impl IntoView {
    let workspace = room.workspace;
    let text = workspace.text;
    let key = RwSignal::new(String::new());
    let back = RwSignal::new(String::new());
    let receipts = move || {
        room.state.with(|state| state.as_ref().map(|state| state.receipts.clone()).unwrap_or_default())
    };
    let readmit = move |_| {
        let customer = back.get_untracked().trim().to_owned();
        let request = Request::Readmit { customer };
        workspace.perform(request.clone(), Entry::Command(request));
    };
    let has_receipts = Memo::new(move |_| !receipts().is_empty());
    view! {
        <article class="privacy-part" data-testid="person">
            <h2>{text.s("person.title")}</h2>
            <p class="hint">{text.s("person.lead")}</p>
            <div class="privacy-field">
                <label for="person-key">{text.s("person.key")}</label>
                <input type="text" id="person-key" data-testid="person-key" autocomplete="off" spellcheck="false" prop:value=move || key.get() on:input=move |ev| key.set(event_target_value(&ev))/>
            </div>
            <PersonActions customer=key.into()/>
            <h3>{text.s("receipts.title")}</h3>
            <Show when=move || has_receipts.get() fallback=move || view! { <p class="hint">{text.s("receipts.none")}</p> }>
                <div class="scroll" tabindex="0" role="region" aria-label=text.s("receipts.title")>
                    <table class="data" data-testid="receipts">
                        <caption class="hidden">{text.s("receipts.title")}</caption>
                        <thead><tr>
                            <th scope="col">{text.s("receipts.number")}</th>
                            <th scope="col">{text.s("receipts.time")}</th>
                            <th scope="col">{text.s("receipts.removed")}</th>
                            <th scope="col">{text.s("receipts.sources")}</th>
                            <th scope="col">{text.s("receipts.reference")}</th>
                            <th scope="col">{text.s("receipts.barred")}</th>
                        </tr></thead>
                        <tbody>{move || receipts().iter().map(|receipt| receipt_row(workspace, receipt)).collect_view()}</tbody>
                    </table>
                </div>
                <Show when=move || workspace.shows_controls()>
                    <div class="privacy-field">
                        <label for="readmit-key">{text.s("person.readmit.key")}</label>
                        <input type="text" id="readmit-key" data-testid="readmit-key" autocomplete="off" spellcheck="false" prop:value=move || back.get() on:input=move |ev| back.set(event_target_value(&ev))/>
                        <button type="button" class="button" data-testid="readmit" disabled=move || back.with(|key| key.trim().is_empty()) on:click=readmit>{text.s("person.readmit")}</button>
                    </div>
                </Show>
            </Show>
        </article>
    }
    .into_any()
}

fn receipt_row(workspace: Workspace, receipt: &Receipt) -> AnyView {
    let text = workspace.text;
    let removed: Vec<String> =
        receipt.by_kind.iter().map(|(kind, n)| count_words(text, &format!("removed.{kind}"), *n)).collect();
    let sources: Vec<String> =
        receipt.by_source.iter().map(|(name, n)| format!("{name}: {}", text.count(*n))).collect();
    let barred = if receipt.is_barred { text.s("say.yes") } else { text.s("say.no") };
    view! {
        <tr data-testid="receipt">
            <td>{receipt.number.to_string()}</td>
            <td>{crate::format::instant(receipt.at_micros)}</td>
            <td>{removed.join(", ")}</td>
            <td>{sources.join(", ")}</td>
            <td><code>{receipt.reference.clone()}</code><br/><code>{receipt.digest.clone()}</code></td>
            <td>{barred}</td>
        </tr>
    }
    .into_any()
}
