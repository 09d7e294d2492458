//! Editing the stages: rename, order, add, remove, or return to the rule.

use super::use_map;
use crate::{
    dialog::Dialog,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::Request;

/// Most stages a map may have.
const STAGES_MAX: usize = 32;

/// One line of the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    id: usize,
    /// Name before editing; empty for an added stage.
    before: String,
    name: RwSignal<String>,
}

/// The problem with a list of names, as a key of the words; `None` when it can be applied.
fn problem(names: &[String]) -> Option<&'static str> {
    if names.is_empty() {
        return Some("stages.problem.none");
    }
    if names.iter().any(String::is_empty) {
        return Some("stages.problem.empty");
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    sorted.windows(2).any(|pair| pair[0] == pair[1]).then_some("stages.problem.twice")
}

/// Applies the edited list. Activities of a renamed stage stay in it: they are put there by hand, because the rule
/// knows stages only by their names.
fn apply(workspace: Workspace, rows: &[(String, String)]) {
    let Some(map) = workspace.map.get_untracked() else { return };
    let mut placed = Vec::new();
    for (before, name) in rows.iter().filter(|(before, name)| !before.is_empty() && before != name) {
        let inside = map
            .view
            .nodes
            .iter()
            .filter(|node| map.stage_of(node).is_some_and(|stage| stage.name == *before));
        let activities = inside.flat_map(|node| node.activities.iter());
        placed.extend(activities.map(|activity| (activity.clone(), name.clone())));
    }
    let names = rows.iter().map(|(_, name)| name.clone()).collect();
    workspace.edit_stages(Request::SetStages { names, placed });
}

/// The dialog.
#[component]
pub(crate) fn StageDialog() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let text = workspace.text;
    let names = workspace.map.with_untracked(|map| {
        map.as_ref()
            .map(|map| map.view.stages.iter().map(|stage| stage.name.clone()).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let rows = RwSignal::new(
        names
            .into_iter()
            .enumerate()
            .map(|(id, name)| Row { id, name: RwSignal::new(text.stage(&name)), before: name })
            .collect::<Vec<_>>(),
    );
    let edited = move || {
        rows.with(|rows| {
            rows.iter()
                .map(|row| {
                    let name = row.name.with(|name| name.trim().to_owned());
                    // A name of the rule that is shown in the person's language stays the rule's own.
                    let is_kept = name == text.stage(&row.before);
                    (row.before.clone(), if is_kept { row.before.clone() } else { name })
                })
                .collect::<Vec<_>>()
        })
    };
    let problem = move || problem(&edited().into_iter().map(|(_, name)| name).collect::<Vec<_>>());
    let close = move || state.editing_stages.set(false);
    let add = move |_: web_sys::MouseEvent| {
        rows.update(|rows| {
            let id = rows.iter().map(|row| row.id + 1).max().unwrap_or(0);
            rows.push(Row { id, before: String::new(), name: RwSignal::new(String::new()) });
        });
    };
    let confirm = move |_: web_sys::MouseEvent| {
        if problem().is_none() {
            apply(workspace, &edited());
            close();
        }
    };
    let reset = move |_: web_sys::MouseEvent| {
        workspace.edit_stages(Request::SetStages { names: Vec::new(), placed: Vec::new() });
        close();
    };
    view! {
        <Dialog title=text.s("stages.edit").to_owned() on_close=Callback::new(move |()| close()) testid="stage-dialog">
            <p class="hint">{move || workspace.map.with(|map| map.as_ref().map(|map| text.say(&map.view.stages_reason)))}</p>
            <ol class="stage-rows">
                <For each=move || rows.get() key=|row| row.id children=move |row| view! { <StageRow row rows/> }/>
            </ol>
            <button type="button" class="button" disabled=move || { rows.with(Vec::len) >= STAGES_MAX } on:click=add>{text.s("stages.add")}</button>
            {move || problem().map(|key| view! { <p class="warning" role="status">{text.find(key).unwrap_or(key)}</p> })}
            <footer class="dialog-actions">
                <button type="button" class="button" on:click=reset>{text.s("stages.reset")}</button>
                <span class="spacer"></span>
                <button type="button" class="button" on:click=move |_| close()>{text.s("dialog.cancel")}</button>
                <button type="button" class="button primary" data-testid="stages-apply" disabled=move || problem().is_some() on:click=confirm>{text.s("dialog.apply")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}

#[component]
fn StageRow(row: Row, rows: RwSignal<Vec<Row>>) -> impl IntoView {
    let text = use_workspace().text;
    let Row { id, name, .. } = row;
    let position = move || rows.with(|rows| rows.iter().position(|row| row.id == id));
    let shift = move |by: isize| {
        rows.update(|rows| {
            let Some(at) = rows.iter().position(|row| row.id == id) else { return };
            let Some(to) = at.checked_add_signed(by).filter(|to| *to < rows.len()) else { return };
            rows.swap(at, to);
        });
    };
    let caption = move || {
        text.fill("stages.name", &[&position().map(|at| text.count(at as u64 + 1)).unwrap_or_default()])
    };
    view! {
        <li class="stage-row">
            <input type="text" maxlength="60" aria-label=caption prop:value=move || name.get() on:input=move |ev| name.set(event_target_value(&ev))/>
            <button type="button" class="button icon" aria-label=text.s("stages.up") disabled=move || position() == Some(0) on:click=move |_| shift(-1)>"↑"</button>
            <button type="button" class="button icon" aria-label=text.s("stages.down") disabled=move || position().is_some_and(|at| at + 1 == rows.with(Vec::len)) on:click=move |_| shift(1)>"↓"</button>
            <button type="button" class="button icon" aria-label=text.s("stages.remove") on:click=move |_| rows.update(|rows| rows.retain(|row| row.id != id))>"×"</button>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_must_be_there_and_differ() {
        let of = |names: &[&str]| problem(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["A", "B"]), None, "two different names are fine");
        assert_eq!(of(&["A", "A"]), Some("stages.problem.twice"), "a name twice would merge columns");
        assert_eq!(of(&["A", ""]), Some("stages.problem.empty"), "a column needs a name");
        assert_eq!(of(&[]), Some("stages.problem.none"), "a map needs a column");
    }
}
