//! One connection: what it does, what it brought, what changed upstream, what happened.

use super::{clock, save, write::WriteForm};
use crate::workspace::{Workspace, use_workspace};
use leptos::prelude::*;
use protocol::{
    courier::{Activity, ConnectionState, Delivery, Errand, Form, Receipt, Sketch, SketchOf},
    sentence::Sentence,
};

/// Choices for the time between two looks, in seconds.
const EVERY: [u32; 5] = [5, 15, 60, 300, 3_600];
/// Lines of the log that are shown.
const N_LOG: usize = 30;

fn activity_name(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "idle",
        Activity::Reading => "reading",
        Activity::Waiting => "waiting",
        Activity::Paused => "paused",
        Activity::Stopped => "stopped",
    }
}

#[component]
pub(super) fn ConnectionCard(name: String, sketch: RwSignal<Option<Sketch>>) -> impl IntoView {
    let workspace = use_workspace();
    let key = name.clone();
    let state = Memo::new(move |_| {
        workspace
            .connections
            .with(|all| all.connections.iter().find(|it| it.name == key).cloned())
            .unwrap_or_default()
    });
    let form = RwSignal::new(None::<Form>);
    let of_writes = name.clone();
    view! {
        <article class="box connection" data-testid="connection" data-name=name.clone() data-activity=move || activity_name(state.with(|it| it.activity))>
            <Head state/>
            <Trouble state/>
            <Reads state/>
            <Controls name=name.clone() state sketch/>
            <Writes name=of_writes state form/>
            <Show when=move || form.with(Option::is_some)><WriteForm form/></Show>
            <Drifts state/>
            <Happened state/>
        </article>
    }
    .into_any()
}

#[component]
fn Head(state: Memo<ConnectionState>) -> impl IntoView {
    let text = use_workspace().text;
    let activity = move || {
        text.find(&format!("connect.activity.{}", activity_name(state.with(|it| it.activity))))
            .unwrap_or_default()
    };
    let at =
        move |millis: Option<f64>| millis.map_or_else(|| "–".to_owned(), |millis| clock(text.tag(), millis));
    let tone = move || match state.with(|it| it.activity) {
        Activity::Waiting | Activity::Reading => "badge good",
        Activity::Stopped => "badge bad",
        _ => "badge",
    };
    let way = move || {
        state.with(|it| match &it.upstream {
            Some(upstream) => text.fill("connect.through", &[&it.server, upstream]),
            None => text.fill("connect.directly", &[&it.server]),
        })
    };
    // Without a gate nobody adds anything: then it is said what the system would want.
    let needs = move || {
        state.with(|it| {
            let key = if it.upstream.is_some() { "connect.needs" } else { "connect.needs.directly" };
            (!it.authentication.is_empty())
                .then(|| view! { <div><dt>{text.s(key)}</dt><dd>{it.authentication.clone()}</dd></div> })
        })
    };
    view! {
        <header>
            <h2>{move || state.with(|it| it.name.clone())}</h2>
            <span class=tone role="status" data-testid="activity">{activity} {move || state.with(|it| if it.reading.is_empty() { String::new() } else { format!(": {}", it.reading) })}</span>
            <span class="hint">{way}</span>
        </header>
        <dl class="facts-row">
            <div><dt>{text.s("connect.last")}</dt><dd data-testid="last-sync">{move || at(state.with(|it| it.last_millis))}</dd></div>
            <div><dt>{text.s("connect.next")}</dt><dd>{move || at(state.with(|it| it.next_millis))}</dd></div>
            {needs}
        </dl>
    }
    .into_any()
}

#[component]
fn Trouble(state: Memo<ConnectionState>) -> impl IntoView {
    let text = use_workspace().text;
    move || {
        state.with(|it| it.trouble.clone()).map(|(what, advice)| {
            view! { <div class="trouble" role="alert" data-testid="trouble"><p><strong>{text.say(&what)}</strong></p><p class="advice">{text.say(&advice)}</p></div> }
        })
    }
}

#[component]
fn Reads(state: Memo<ConnectionState>) -> impl IntoView {
    let text = use_workspace().text;
    let rows = move || {
        let one = |read: protocol::courier::ReadState| {
            let number = |n: u64| view! { <td class="number">{text.count(n)}</td> };
            view! {
                <tr data-testid="read"><th scope="row">{read.name}</th><td class="hint">{read.path}</td>{number(read.n_items)}{number(read.n_new)}{number(read.n_changed)}{number(read.n_requests)}</tr>
            }
        };
        state.with(|it| it.reads.clone()).into_iter().map(one).collect_view()
    };
    let head = move |key: &'static str| view! { <th scope="col" class="number">{text.s(key)}</th> };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=text.s("connect.reads")>
            <table class="data compact">
                <caption class="hidden">{text.s("connect.reads")}</caption>
                <thead><tr><th scope="col">{text.s("connect.read")}</th><th scope="col">{text.s("connect.path")}</th>{head("connect.items")}{head("connect.new")}{head("connect.changed")}{head("connect.requests")}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Controls(name: String, state: Memo<ConnectionState>, sketch: RwSignal<Option<Sketch>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let named = StoredValue::new(name);
    let run = move |errand: Errand| workspace.run_errand(errand, None, |_| ());
    let is_followed = move || matches!(state.with(|it| it.activity), Activity::Reading | Activity::Waiting);
    let is_sure = RwSignal::new(false);
    let edit = move |_| {
        workspace.run_errand(Errand::Edit { of: SketchOf::Kept(named.get_value()) }, None, move |delivery| {
            if let Delivery::Sketch { sketch: made } = delivery {
                sketch.try_set(Some(made));
            }
        });
    };
    let share = move |_| {
        workspace.run_errand(Errand::File { name: named.get_value() }, None, move |delivery| {
            if let Delivery::Text { file_name, text } = delivery {
                save(workspace, &file_name, &text, "application/json");
            }
        });
    };
    let choose_every = move |ev| {
        if let Ok(secs) = event_target_value(&ev).parse() {
            run(Errand::Every { name: named.get_value(), secs });
        }
    };
    let option = move |secs: u32| view! { <option value=secs.to_string() selected=move || state.with(|it| it.every_secs) == secs>{text.duration(f64::from(secs))}</option> };
    view! {
        <div class="button-row">
            <button type="button" class="button primary" data-testid="sync" on:click=move |_| run(Errand::Sync { name: named.get_value() })>{move || text.s(if is_followed() { "connect.sync.now" } else { "connect.sync" })}</button>
            <Show when=is_followed>
                <button type="button" class="button" data-testid="pause" on:click=move |_| run(Errand::Pause { name: named.get_value() })>{text.s("connect.pause")}</button>
            </Show>
            <label class="inline">{text.s("connect.every")} <select data-testid="every" on:change=choose_every>{EVERY.into_iter().map(option).collect_view()}</select></label>
            <span class="spacer"></span>
            <button type="button" class="button" data-testid="edit-connection" on:click=edit>{text.s("connect.edit")}</button>
            <button type="button" class="button" data-testid="share-connection" on:click=share>{text.s("connect.share")}</button>
            <Show when=move || is_sure.get() fallback=move || view! { <button type="button" class="button" data-testid="remove-connection" on:click=move |_| is_sure.set(true)>{text.s("connect.remove")}</button> }>
                <button type="button" class="button remove" data-testid="remove-connection-sure" on:click=move |_| run(Errand::Remove { name: named.get_value() })>{text.s("connect.remove.sure")}</button>
                <button type="button" class="button" on:click=move |_| is_sure.set(false)>{text.s("dialog.cancel")}</button>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Writes(name: String, state: Memo<ConnectionState>, form: RwSignal<Option<Form>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let named = StoredValue::new(name);
    let writes = Memo::new(move |_| state.with(|it| it.writes.clone()));
    let button = move |(write, effect): (String, String)| {
        let effect = text.find(&format!("connect.effect.{effect}")).unwrap_or_default();
        let of = write.clone();
        let open = move |_| {
            workspace.run_errand(
                Errand::Form { name: named.get_value(), write: of.clone() },
                None,
                move |delivery| {
                    if let Delivery::Form { form: made } = delivery {
                        form.try_set(Some(made));
                    }
                },
            );
        };
        view! { <button type="button" class="button small" data-testid="write" data-name=write.clone() title=effect on:click=open>{write.clone()}</button> }
    };
    view! {
        <Show when=move || !writes.with(Vec::is_empty)>
            <div class="button-row write-row"><span class="hint">{text.s("connect.writes.make")}</span>{move || writes.get().into_iter().map(button).collect_view()}</div>
        </Show>
    }
    .into_any()
}

#[component]
fn Drifts(state: Memo<ConnectionState>) -> impl IntoView {
    let text = use_workspace().text;
    let drift = Memo::new(move |_| state.with(|it| it.drift.clone()));
    let items =
        move || drift.get().iter().map(|it: &Sentence| view! { <li>{text.say(it)}</li> }).collect_view();
    view! {
        <Show when=move || !drift.with(Vec::is_empty)>
            <details class="drift" data-testid="drift"><summary>{move || text.plural("connect.drift", drift.with(Vec::len) as u64)}</summary><p class="hint">{text.s("connect.drift.explained")}</p><ul>{items}</ul></details>
        </Show>
    }
    .into_any()
}

/// Log and receipts.
#[component]
fn Happened(state: Memo<ConnectionState>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let log = move || {
        let one = |(at, what): (f64, Sentence)| view! { <li><time>{clock(text.tag(), at)}</time> " " {text.say(&what)}</li> };
        state
            .with(|it| it.log.iter().take(N_LOG).cloned().collect::<Vec<_>>())
            .into_iter()
            .map(one)
            .collect_view()
    };
    let receipts = move || {
        state.with(|it| it.receipts.clone()).into_iter().map(|it| receipt_view(workspace, &it)).collect_view()
    };
    view! {
        <details class="happened"><summary>{text.s("connect.log")}</summary><ul class="log" data-testid="log">{log}</ul></details>
        <Show when=move || state.with(|it| !it.receipts.is_empty())>
            <details class="happened"><summary>{text.s("connect.receipts")}</summary><ul class="log" data-testid="receipts">{receipts}</ul></details>
        </Show>
    }
    .into_any()
}

/// One receipt in a line.
pub(super) fn receipt_view(workspace: Workspace, receipt: &Receipt) -> AnyView {
    let text = workspace.text;
    let verdict = text.find(&format!("connect.verdict.{}", receipt.verdict)).unwrap_or_default();
    let status = receipt.status.map(|status| status.to_string()).unwrap_or_default();
    let id = receipt.id.clone().unwrap_or_default();
    let tone = match receipt.verdict.as_str() {
        "made" | "trial" => "badge good",
        "unknown" => "badge warn",
        _ => "badge bad",
    };
    view! {
        <li class="receipt"><time>{clock(text.tag(), receipt.at_millis)}</time> " " <span class=tone data-testid="verdict" data-verdict=receipt.verdict.clone()>{verdict}</span> " " <code>{receipt.path.clone()}</code> " " {status} " " <strong>{id}</strong> <p class="hint words">{receipt.words.clone()}</p></li>
    }
    .into_any()
}
