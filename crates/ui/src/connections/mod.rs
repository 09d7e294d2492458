//! Connections: other systems that are followed, the gate they are reached through, and every request of this tab.

mod card;
mod ledger;
mod sketch;
mod write;

use crate::{
    host,
    worker::{Delivered, Fault, describe},
    workspace::{Mode, Tab, Workspace, use_workspace},
};
use card::ConnectionCard;
use js_sys::Date;
use ledger::Ledger;
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    Failure,
    courier::{Delivery, Errand, Overview, Sketch, SketchOf},
    import::ImportReport,
};
use sketch::{Finder, SketchEditor};
use wasm_bindgen::JsValue;
use web_sys::{File, SubmitEvent};

/// Where the gate is on a site that is served by it.
const USUAL_GATE: &str = "/proxy";

impl Workspace {
    /// Takes what the courier tells unasked.
    pub(crate) fn note_delivery(self, delivered: &Delivered) {
        if let Some(overview) = delivered.part::<Overview>("overview", "overview") {
            self.connections.try_set(overview);
        }
        let Some(report) = delivered.part::<ImportReport>("brought", "report") else { return };
        spawn_local(async move {
            match self.take_in(vec![report]).await {
                // Here the connection itself says what came.
                Ok(()) if self.tab.get_untracked() == Tab::Connections => self.changes.set(Vec::new()),
                Err(Fault::Failed(failure)) => self.warn(failure),
                _ => {}
            }
        });
    }

    /// Goes on with connections of the workspace, where it has any; without, nothing is loaded.
    pub(crate) fn wake_courier(self) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            if !client.has_connections().await {
                return;
            }
            match client.send_errand(Errand::Overview, None).await {
                Ok(delivered) => self.note_delivery(&delivered),
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    /// Runs an errand; what it brings is shown, a failure is told.
    pub(crate) fn run_errand(
        self,
        errand: Errand,
        file: Option<File>,
        then: impl FnOnce(Delivery) + 'static,
    ) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            match client.errand(errand, file.map(Into::into)).await {
                Ok(delivery) => {
                    if let Delivery::Overview { overview } = &delivery {
                        self.connections.try_set(overview.clone());
                    }
                    then(delivery);
                }
                Err(fault) => self.warn_of(fault),
            }
        });
    }
}

/// The time of day of a moment, with the day where it is another one, in the person's own zone.
pub(crate) fn clock(tag: &str, millis: f64) -> String {
    let date = Date::new(&JsValue::from_f64(millis));
    let time = String::from(date.to_locale_time_string(tag));
    if date.to_date_string() == Date::new_0().to_date_string() {
        time
    } else {
        format!("{} {time}", String::from(date.to_locale_date_string(tag, &JsValue::UNDEFINED)))
    }
}

/// Saves a text, and tells why where that fails.
pub(crate) fn save(workspace: Workspace, file_name: &str, text: &str, media_type: &str) {
    if let Err(cause) = host::save_text(file_name, text, media_type) {
        workspace.warn(Failure { message: describe(&cause), advice: String::new() });
    }
}

/// The room of the connections.
#[component]
pub(crate) fn ConnectionsScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let sketch = RwSignal::new(None::<Sketch>);
    workspace.run_errand(Errand::Overview, None, |_| ());
    let names = Memo::new(move |_| {
        workspace.connections.with(|it| it.connections.iter().map(|one| one.name.clone()).collect::<Vec<_>>())
    });
    let is_alone = move || !workspace.has_events();
    let is_empty = move || names.with(Vec::is_empty) && sketch.with(Option::is_none);
    view! {
        <section class="page connections" aria-label=text.s("tab.connections") data-testid="connections">
            <Show when=is_alone>
                <p><button type="button" class="button" data-testid="connections-back" on:click=move |_| workspace.tab.set(Tab::Map)>{text.s("connect.back")}</button></p>
            </Show>
            <Gate/>
            <Show when=is_empty><p class="lead">{text.s("connect.lead")}</p></Show>
            <For each=move || names.get() key=Clone::clone children=move |name| view! { <ConnectionCard name sketch/> }/>
            <Add sketch/>
            <Show when=move || sketch.with(|sketch| sketch.as_ref().is_some_and(|it| it.document.is_some()))>
                <Finder sketch/>
            </Show>
            <Show when=move || sketch.with(Option::is_some)>
                <SketchEditor sketch/>
            </Show>
            <Show when=move || workspace.mode == Mode::App><Ledger/></Show>
        </section>
    }
    .into_any()
}

/// The gate: where it is, whether it answers, and how to get in.
#[component]
fn Gate() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let gate = move || workspace.connections.with(|it| it.gate.clone());
    // Only a change of these may touch what a person has opened or typed.
    let is_reached = Memo::new(move |_| gate().is_reached);
    let known_address = Memo::new(move |_| {
        let known = gate().address;
        if known.is_empty() { USUAL_GATE.to_owned() } else { known }
    });
    let (address, token) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let is_busy = RwSignal::new(false);
    let submit = move |ev: SubmitEvent| {
        ev.prevent_default();
        let value = |of: NodeRef<html::Input>| of.get_untracked().map(|it| it.value()).unwrap_or_default();
        let errand = Errand::SetGate { address: value(address).trim().to_owned(), token: value(token) };
        is_busy.set(true);
        run_quietly(workspace, errand, is_busy);
        if let Some(token) = token.get_untracked() {
            token.set_value("");
        }
    };
    let state = move || {
        let gate = gate();
        match (gate.is_reached, gate.is_heard, gate.has_token) {
            (true, true, _) => ("good", text.plural("connect.gate.heard", gate.upstreams.len() as u64)),
            (true, false, _) => ("good", text.plural("connect.gate.reached", gate.upstreams.len() as u64)),
            (false, _, true) => (
                "bad",
                gate.trouble.map_or_else(|| text.s("connect.gate.away").to_owned(), |it| text.say(&it)),
            ),
            (false, _, false) => ("", text.s("connect.gate.none").to_owned()),
        }
    };
    let upstreams =
        move || {
            let all: Vec<_> = gate().upstreams.into_iter().map(|(name, base, waits)| {
            let waits = waits.then(|| view! { <span class="badge">{text.s("connect.gate.consent")}</span> });
            view! { <li><strong>{name}</strong> " " <span class="hint">{base}</span> " " {waits}</li> }
        }).collect();
            (!all.is_empty()).then(|| view! { <ul class="upstreams" data-testid="upstreams">{all}</ul> })
        };
    view! {
        <details class="box gate" prop:open=move || !is_reached.get()>
            <summary><h2>{text.s("connect.gate")}</h2> <span class=move || format!("badge {}", state().0) role="status" data-testid="gate-state">{move || state().1}</span></summary>
            <p class="hint">{text.s("connect.gate.explained")}</p>
            <form class="line-form" on:submit=submit>
                <label>{text.s("connect.gate.address")}<input type="text" node_ref=address data-testid="gate-address" prop:value=known_address/></label>
                <label>{text.s("connect.gate.token")}<input type="password" autocomplete="off" node_ref=token data-testid="gate-token" placeholder=move || if gate().has_token { text.s("connect.gate.kept") } else { "" }/></label>
                <button type="submit" class="button" data-testid="gate-save" disabled=move || is_busy.get()>{text.s("connect.gate.save")}</button>
            </form>
            {upstreams}
        </details>
    }
    .into_any()
}

/// Runs an errand and says when it is over, however it ends.
pub(crate) fn run_quietly(workspace: Workspace, errand: Errand, is_busy: RwSignal<bool>) {
    is_busy.set(true);
    spawn_local(async move {
        let Some(client) = workspace.client() else { return };
        let done = client.errand(errand, None).await;
        is_busy.try_set(false);
        match done {
            Ok(Delivery::Overview { overview }) => drop(workspace.connections.try_set(overview)),
            Ok(_) => {}
            Err(fault) => workspace.warn_of(fault),
        }
    });
}

/// Ways to a new connection: one that comes with the program, an OpenAPI document, the file of one.
#[component]
fn Add(sketch: RwSignal<Option<Sketch>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let begin = move |errand: Errand, file: Option<File>| {
        workspace.run_errand(errand, file, move |delivery| {
            if let Delivery::Sketch { sketch: made } = delivery {
                sketch.try_set(Some(made));
            }
        });
    };
    let begin_ready = Callback::new(move |errand: Errand| begin(errand, None));
    let (document, connection) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let taken = move |input: NodeRef<html::Input>| {
        let input = input.get_untracked()?;
        let file = input.files().and_then(|files| files.item(0));
        input.set_value("");
        file
    };
    let read_document = move |_| {
        if let Some(file) = taken(document) {
            begin(Errand::ReadDocument { upstream: String::new(), path: String::new() }, Some(file));
        }
    };
    let read_connection = move |_| {
        let Some(file) = taken(connection) else { return };
        spawn_local(async move {
            let words = wasm_bindgen_futures::JsFuture::from(file.text()).await;
            let words = words.ok().and_then(|words| words.as_string()).unwrap_or_default();
            begin(Errand::Edit { of: SketchOf::Text(words) }, None);
        });
    };
    let (upstream, path) = (NodeRef::<html::Select>::new(), NodeRef::<html::Input>::new());
    let fetch = move |ev: SubmitEvent| {
        ev.prevent_default();
        let (Some(upstream), Some(path)) = (upstream.get_untracked(), path.get_untracked()) else { return };
        begin(Errand::ReadDocument { upstream: upstream.value(), path: path.value() }, None);
    };
    let options = move || {
        let all = workspace.connections.with(|it| it.gate.upstreams.clone());
        all.into_iter()
            .map(|(name, _, _)| view! { <option value=name.clone()>{name.clone()}</option> })
            .collect_view()
    };
    view! {
        <section class="box add-connection">
            <h2>{text.s("connect.add")}</h2>
            <p class="hint">{text.s("connect.add.ready")}</p>
            <Ready begin=begin_ready/>
            <p class="hint">{text.s("connect.add.own")}</p>
            <div class="button-row">
                <label class="button file-button">{text.s("connect.add.document")}<input type="file" class="unseen" accept=".json,.yaml,.yml" node_ref=document data-testid="document-file" on:change=read_document/></label>
                <label class="button file-button">{text.s("connect.add.file")}<input type="file" class="unseen" accept=".json" node_ref=connection data-testid="connection-file" on:change=read_connection/></label>
                <form class="line-form" on:submit=fetch>
                    <label>{text.s("connect.add.at")}<select node_ref=upstream data-testid="document-upstream"><option value="">{text.s("connect.add.site")}</option>{options}</select></label>
                    <label>{text.s("connect.add.path")}<input type="text" node_ref=path required placeholder="/openapi.json" data-testid="document-path"/></label>
                    <button type="submit" class="button" data-testid="document-fetch">{text.s("connect.add.fetch")}</button>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// Connections that come with the program.
#[component]
fn Ready(begin: Callback<Errand>) -> impl IntoView {
    let workspace = use_workspace();
    let ready = Memo::new(move |_| workspace.connections.with(|overview: &Overview| overview.ready.clone()));
    let one = move |(name, server): (String, String)| {
        let of = name.clone();
        view! {
            <button type="button" class="button" title=server data-testid="ready" on:click=move |_| begin.run(Errand::Edit { of: SketchOf::Ready(of.clone()) })>{name}</button>
        }
    };
    view! { <div class="button-row">{move || ready.get().into_iter().map(one).collect_view()}</div> }
        .into_any()
}
