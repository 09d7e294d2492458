//! A change of another system: filled in, checked, shown as it will go out, and then sent once.

use super::card::receipt_view;
use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::courier::{Delivery, Errand, Form, FormField, Receipt, Shown};
use std::collections::BTreeMap;
use web_sys::SubmitEvent;

#[component]
pub(super) fn WriteForm(form: RwSignal<Option<Form>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let values = RwSignal::new(BTreeMap::<String, String>::new());
    let shown = RwSignal::new(None::<Shown>);
    let receipt = RwSignal::new(None::<Receipt>);
    let is_sending = RwSignal::new(false);
    // Another form begins empty.
    Effect::new(move |_| {
        form.track();
        values.set(BTreeMap::new());
        shown.set(None);
        receipt.set(None);
    });
    let fields = move || {
        let all = form.with(|form| form.as_ref().map(|form| form.fields.clone())).unwrap_or_default();
        let change = Callback::new(move |(name, value): (String, String)| {
            values.update(|values| drop(values.insert(name, value)));
            // What is shown is what will be sent; a change has to be shown again.
            shown.set(None);
            receipt.set(None);
        });
        all.into_iter().map(|field| view! { <FieldView field change/> }).collect_view()
    };
    let show = move |ev: SubmitEvent| {
        ev.prevent_default();
        let Some(Form { name, write, .. }) = form.get_untracked() else { return };
        let values = values.get_untracked().into_iter().collect();
        receipt.set(None);
        workspace.run_errand(Errand::Fill { name, write, values }, None, move |delivery| {
            if let Delivery::Shown { shown: made } = delivery {
                shown.try_set(Some(made));
            }
        });
    };
    let send = Callback::new(move |is_trial: bool| {
        is_sending.set(true);
        leptos::task::spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            let done = client.errand(Errand::Send { is_trial }, None).await;
            is_sending.try_set(false);
            match done {
                Ok(Delivery::Receipt { receipt: made }) => drop(receipt.try_set(Some(made))),
                Ok(_) => {}
                Err(fault) => workspace.warn_of(fault),
            }
        });
    });
    let title = move || form.with(|form| form.as_ref().map(|form| format!("{}: {}", form.name, form.write)));
    let after = move || {
        receipt.get().map(|receipt| {
            let advice = text.find(&format!("connect.verdict.{}.advice", receipt.verdict));
            view! { <div role="status" data-testid="receipt"><ul class="log">{receipt_view(workspace, &receipt)}</ul>{advice.map(|advice| view! { <p class="advice">{advice}</p> })}</div> }
        })
    };
    view! {
        <form class="write-form" data-testid="write-form" on:submit=show>
            <div class="dialog-head"><h3>{title}</h3><button type="button" class="button icon" aria-label=text.s("dialog.close") on:click=move |_| form.set(None)>"×"</button></div>
            <div class="parts">{fields}</div>
            <div class="button-row"><button type="submit" class="button" data-testid="write-show">{text.s("connect.write.show")}</button></div>
            <Outgoing form shown receipt is_sending send/>
            {after}
        </form>
    }
    .into_any()
}

/// The request as it will go out, and the button that sends it.
#[component]
fn Outgoing(
    form: RwSignal<Option<Form>>,
    shown: RwSignal<Option<Shown>>,
    receipt: RwSignal<Option<Receipt>>,
    is_sending: RwSignal<bool>,
    send: Callback<bool>,
) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let explained = move || {
        let name = form.with(|form| form.as_ref().map(|form| form.name.clone()));
        let is_through_gate = workspace.connections.with(|all| {
            all.connections.iter().any(|it| Some(&it.name) == name.as_ref() && it.upstream.is_some())
        });
        text.s(if is_through_gate { "connect.write.shown" } else { "connect.write.shown.directly" })
    };
    let has_trial = move || form.with(|form| form.as_ref().is_some_and(|form| form.has_trial));
    let is_idempotent = move || form.with(|form| form.as_ref().is_some_and(|form| form.is_idempotent));
    // What was made, or may have been, is not sent again.
    let is_spent = move || {
        receipt.with(|it| it.as_ref().is_some_and(|it| it.verdict == "made" || it.verdict == "unknown"))
    };
    move || {
        shown.get().map(|shown| match shown.problem {
            Some(problem) => view! { <p class="warning" role="alert" data-testid="write-problem">{text.fill("connect.write.problem", &[&problem])}</p> }.into_any(),
            None => view! {
                <div class="outgoing">
                    <p>{explained}</p>
                    <pre class="code" tabindex="0" data-testid="outgoing">{outgoing(&shown)}</pre>
                    <p class="hint">{text.s(if is_idempotent() { "connect.write.key" } else { "connect.write.once" })}</p>
                    <div class="button-row">
                        <Show when=has_trial><button type="button" class="button" data-testid="write-trial" disabled=move || is_sending.get() on:click=move |_| send.run(true)>{text.s("connect.write.trial")}</button></Show>
                        <button type="button" class="button primary" data-testid="write-send" disabled=move || is_sending.get() || is_spent() on:click=move |_| send.run(false)>{text.s("connect.write.send")}</button>
                    </div>
                </div>
            }.into_any(),
        })
    }
}

fn outgoing(shown: &Shown) -> String {
    let headers: String = shown.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{} {}\n{headers}\n{}", shown.method, shown.address, shown.body)
}

#[component]
fn FieldView(field: FormField, change: Callback<(String, String)>) -> impl IntoView {
    let text = use_workspace().text;
    let name = field.name.clone();
    let put = move |ev| change.run((name.clone(), event_target_value(&ev)));
    let testid = format!("field-{}", field.name);
    let is_long = field.kind == "list"
        || field.kind == "text"
            && ["body", "text", "comment", "message", "description", "content"]
                .iter()
                .any(|word| field.name.to_lowercase().contains(word));
    let options: Vec<String> = if field.kind == "boolean" {
        vec!["true".to_owned(), "false".to_owned()]
    } else {
        field.values.clone()
    };
    let input = if !options.is_empty() {
        let all: Vec<_> = options
            .into_iter()
            .map(|value| view! { <option value=value.clone()>{value.clone()}</option> })
            .collect();
        view! { <select data-testid=testid required=field.is_required on:change=put><option value="">"–"</option>{all}</select> }.into_any()
    } else if is_long {
        view! { <textarea rows="3" data-testid=testid required=field.is_required on:input=put></textarea> }
            .into_any()
    } else {
        let mode = if field.kind == "integer" { "numeric" } else { "text" };
        view! { <input type="text" inputmode=mode data-testid=testid required=field.is_required on:input=put/> }.into_any()
    };
    let required = field
        .is_required
        .then(|| view! { <span class="hint">"· " {text.s("connect.write.required")}</span> });
    view! {
        <label class="part"><span><strong>{field.name.clone()}</strong> " " {required}</span>{input}<span class="hint">{field.description.clone()}</span></label>
    }
    .into_any()
}
