//! The room of the analyses: choose one, say what is asked, read what was found.

mod bar;
mod card;
mod chart;
mod condition;
mod fields;
mod figure;
mod flow;
mod form;
mod forms;
mod guess;
mod report;
mod room;
mod segments;
mod table;
mod working_time;

use crate::{
    worker::Fault,
    workspace::{Workspace, use_workspace},
};
use form::Kind;
use leptos::{prelude::*, task::spawn_local};
pub(crate) use room::Room;
use room::use_room;
use std::collections::BTreeSet;

/// Names of channels on the map, in order.
fn channels(workspace: Workspace) -> Vec<String> {
    workspace.map.with(|map| {
        let stages = map.iter().flat_map(|map| &map.view.stages);
        let names: BTreeSet<String> = stages
            .flat_map(|stage| &stage.channels)
            .map(|channel| channel.name.clone())
            .filter(|name| !name.is_empty())
            .collect();
        names.into_iter().collect()
    })
}

/// The room.
#[component]
pub(crate) fn AnalysesScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let room = use_room();
    Effect::new(move |_| {
        workspace.revision.track();
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            match client.graph().await {
                _ if room.is_ready.is_disposed() => {}
                Ok(graph) => room.learn(&graph),
                Err(Fault::Failed(failure)) => room.failure.set(Some(failure)),
                Err(Fault::Cancelled | Fault::Gone) => {}
            }
            match client.segments().await {
                Ok(segments) => drop(room.segments.try_set(segments)),
                Err(Fault::Failed(failure)) => workspace.warn(failure),
                Err(Fault::Cancelled | Fault::Gone) => {}
            }
        });
    });
    let question = Memo::new(move |_| room.form.with(form::Form::question));
    Effect::new(move |_| {
        workspace.revision.track();
        let question = question.get();
        if room.is_ready.get() {
            room.ask(workspace, question);
        }
    });
    let kind = Memo::new(move |_| room.form.with(|form| form.kind));
    let parameters = move || room.is_ready.get().then(|| forms::parameters(room.form, kind.get()));
    // Where there is little room, the report comes first and the form on demand.
    let is_form_open = RwSignal::new(false);
    let option = |name: String| view! { <option value=name></option> };
    view! {
        <section class="page analyses" aria-label=text.s("tab.analyses") data-testid="analyses">
            {kinds(room, kind)}
            <div class="analysis">
                <button type="button" class="button ask-toggle" aria-expanded=move || is_form_open.get().to_string() aria-controls="ask-form" data-testid="ask-toggle" on:click=move |_| is_form_open.update(|is_open| *is_open = !*is_open)>{text.s("ask.toggle")}</button>
                <form class="ask" class:open=move || is_form_open.get() id="ask-form" on:submit=|ev| ev.prevent_default()>
                    <fieldset class="ask-parameters">
                        <legend>{text.s("ask.parameters")}</legend>
                        {parameters}
                    </fieldset>
                    <fieldset class="ask-bar">
                        <legend>{text.s("ask.data")}</legend>
                        {bar::question_bar(room.form)}
                    </fieldset>
                </form>
                {report::report_part()}
            </div>
            <datalist id=fields::ACTIVITIES>{move || room.activities.get().into_iter().map(option).collect::<Vec<_>>()}</datalist>
            <datalist id=fields::SEGMENTS>{move || room.segments.get().into_iter().map(|one| option(one.segment.name)).collect::<Vec<_>>()}</datalist>
            <datalist id=fields::CHANNELS>{move || channels(workspace).into_iter().map(option).collect::<Vec<_>>()}</datalist>
        </section>
    }
    .into_any()
}

/// The list of analyses, each with what it tells.
fn kinds(room: Room, kind: Memo<Kind>) -> AnyView {
    let text = use_workspace().text;
    let item = |(one, name): (Kind, &'static str)| {
        let words = |part: &str| text.find(&format!("analysis.{name}{part}")).unwrap_or(name);
        let choose = move |_| {
            if kind.get_untracked() != one {
                room.form.update(|form| form.kind = one);
            }
        };
        view! {
            <li>
                <button type="button" class="kind" aria-current=move || (kind.get() == one).then_some("true") data-testid=format!("analysis-{name}") on:click=choose>
                    <strong>{words("")}</strong>
                    <span class="hint">{words(".about")}</span>
                </button>
            </li>
        }
        .into_any()
    };
    view! {
        <nav class="kinds" aria-label=text.s("tab.analyses")>
            <ul>{Kind::ALL.into_iter().map(item).collect::<Vec<_>>()}</ul>
        </nav>
    }
    .into_any()
}
