//! The heads of the columns: stage names that stay readable while the drawing moves under them.

use super::{node::stage_class, open_selection, use_map};
use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::{Selection, view::StageView};

/// A stage of the map by name, with its position.
pub(crate) fn stage_memo(name: String) -> Memo<Option<(usize, StageView)>> {
    let workspace = use_workspace();
    Memo::new(move |_| {
        workspace.map.with(|map| {
            let stages = map.as_ref()?.view.stages.iter().enumerate();
            let mut found = stages.filter(|(_, stage)| stage.name == name);
            found.next().map(|(at, stage)| (at, stage.clone()))
        })
    })
}

/// Names of the stages, in order.
pub(crate) fn stage_names() -> Memo<Vec<String>> {
    let workspace = use_workspace();
    Memo::new(move |_| {
        workspace.map.with(|map| {
            map.as_ref()
                .map(|map| map.view.stages.iter().map(|stage| stage.name.clone()).collect())
                .unwrap_or_default()
        })
    })
}

/// A cell that keeps to its stage's column on the screen.
#[component]
pub(crate) fn StageCell(
    stage: Memo<Option<(usize, StageView)>>,
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let state = use_map();
    let left = move || {
        let x = stage.with(|stage| stage.as_ref().map_or(0.0, |(_, stage)| f64::from(stage.x)));
        format!("{:.1}px", state.viewport.get().screen_x(x))
    };
    let width = move || {
        let width = stage.with(|stage| stage.as_ref().map_or(0.0, |(_, stage)| f64::from(stage.width)));
        format!("{:.1}px", width * state.viewport.get().zoom)
    };
    let colour = move || {
        let at = stage.with(|stage| stage.as_ref().and_then(|(at, _)| u32::try_from(*at).ok()));
        format!("{class} {}", stage_class(at))
    };
    view! {
        <div class=colour style:left=left style:width=width>
            {children()}
        </div>
    }
    .into_any()
}

/// The row of stage names, each opening its cases, with the button that edits them.
#[component]
pub(crate) fn StageHeaders() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let text = workspace.text;
    let names = stage_names();
    let header = move |name: String| {
        let stage = stage_memo(name.clone());
        let over_name = name.clone();
        let is_over = move || {
            state.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.over.as_ref() == Some(&over_name)))
        };
        let open_name = name.clone();
        let shown = text.stage(&name);
        let title = shown.clone();
        let open =
            move |_| open_selection(workspace, title.clone(), Selection::Stage { name: open_name.clone() });
        let facts = move || {
            stage.with(|stage| {
                stage.as_ref().map(|(_, stage)| text.plural("count.activities", stage.n_activities))
            })
        };
        view! {
            <StageCell stage class="stage-head">
                <button type="button" class="stage-name" class:over=is_over title=shown.clone() data-testid="stage" on:click=open>
                    <span class="name">{shown.clone()}</span>
                    <span class="stage-facts">{facts}</span>
                </button>
            </StageCell>
        }
    };
    let reason = move || workspace.map.with(|map| map.as_ref().map(|map| text.say(&map.view.stages_reason)));
    view! {
        <div class="gutter stage-gutter">
            <button type="button" class="button small" title=reason data-testid="edit-stages" on:click=move |_| state.editing_stages.set(true)>
                {text.s("stages.edit")}
            </button>
        </div>
        <div class="strip stage-heads">
            <For each=move || names.get() key=Clone::clone children=header/>
        </div>
    }
    .into_any()
}
