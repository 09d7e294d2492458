//! One touchpoint as a box: name, figure of the lens, cases that end here, how sure its stage is.

use super::{MapIndex, Mark, lens::shade_class, use_map};
use crate::{
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::{
    figure::Measure,
    view::{NodeKind, NodeView, TimeStats},
};

/// Below this confidence the stage of an activity is marked as a guess to look at.
pub(crate) const STAGE_UNSURE_BELOW: f64 = 0.6;
/// Baseline distance of name lines, in drawing pixels.
const LINE_PX: f64 = 14.0;
/// Colours of stages repeat after so many.
const N_STAGE_COLOURS: u32 = 8;

/// Class of a stage's colour.
pub(crate) fn stage_class(stage: Option<u32>) -> &'static str {
    const CLASSES: [&str; 8] =
        ["stage-0", "stage-1", "stage-2", "stage-3", "stage-4", "stage-5", "stage-6", "stage-7"];
    stage
        .and_then(|stage| CLASSES.get(usize::try_from(stage % N_STAGE_COLOURS).ok()?))
        .copied()
        .unwrap_or("stage-none")
}

fn kind_class(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Start => "is-start",
        NodeKind::Activity => "is-activity",
        NodeKind::Other => "is-other",
        NodeKind::Ended => "is-ended",
    }
}

/// Says a node with its figures, for screen readers.
pub(crate) fn node_caption(map: &MapIndex, node: &NodeView, text: Text) -> String {
    let mut parts = vec![node.name.clone()];
    if let Some(stage) = map.stage_of(node) {
        parts.push(text.fill("node.in_stage", &[&text.stage(&stage.name)]));
    }
    let is_virtual = matches!(node.kind, NodeKind::Start | NodeKind::Ended);
    if !is_virtual {
        parts.push(text.plural("count.occurrences", node.n_occurrences));
    }
    if let Some(n_cases) = node.n_cases {
        parts.push(text.plural("count.cases", n_cases));
    }
    if node.n_ends > 0 && !is_virtual {
        parts.push(text.plural("count.ended_here", node.n_ends));
    }
    if let Some(waiting) = node.waiting {
        parts.push(text.fill("node.waiting", &[&text.duration(waiting.median_secs)]));
    }
    parts.join(", ")
}

/// A figure under its caption, and what it measures.
pub(crate) type FigureRow = (&'static str, String, Measure);

/// The lines of a time distribution.
pub(crate) fn time_rows(time: TimeStats, measure: Measure, text: Text) -> Vec<FigureRow> {
    [
        (text.s("figure.median"), time.median_secs),
        (text.s("figure.mean"), time.mean_secs),
        (text.s("figure.p95"), time.p95_secs),
        (text.s("figure.min"), time.min_secs),
        (text.s("figure.max"), time.max_secs),
    ]
    .map(|(caption, secs)| (caption, text.duration(secs), measure))
    .to_vec()
}

/// A node of the map, by key; it stays the same element while the map changes around it.
#[component]
pub(crate) fn Node(key: String) -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let mark = StoredValue::new(Mark::Node(key.clone()));
    let node =
        Memo::new(move |_| workspace.map.with(|map| map.as_ref().and_then(|map| map.node(&key).cloned())));
    let with = move |read: fn(&NodeView) -> String| {
        move || node.with(|node| node.as_ref().map(read).unwrap_or_default())
    };
    let is_lit = move || {
        state.lit.with(|lit| lit.as_ref().is_some_and(|lit| mark.with_value(|mark| lit.contains(mark))))
    };
    let is_dim = move || state.lit.with(Option::is_some) && !is_lit();
    let pulse =
        move || is_pulse_even(workspace, node.with(|node| node.as_ref().is_some_and(|node| node.changed)));
    let is_cursor = move || mark.with_value(|mark| is_tab_stop(workspace, mark));
    let is_open = move || {
        workspace.panel.with(|panel| {
            panel.as_ref().is_some_and(|panel| mark.with_value(|mark| panel.mark.as_ref() == Some(mark)))
        })
    };
    view! {
        <g
            class="node"
            class:pulse-even=move || pulse() == Some(true)
            class:pulse-odd=move || pulse() == Some(false)
            class:lit=is_lit
            class:dim=is_dim
            class:open=is_open
            style:transform=with(|node| format!("translate({}px, {}px)", node.x, node.y))
        >
            <g
                class=with(|node| format!("node-button {} {}", kind_class(node.kind), stage_class(node.stage)))
                role="button"
                tabindex=move || if is_cursor() { "0" } else { "-1" }
                aria-label=move || caption(workspace, node)
                data-testid="node"
                data-name=with(|node| node.name.clone())
                data-mark=move || mark.with_value(data_mark)
                on:pointermove=move |_| mark.with_value(|mark| state.point_at(mark))
                on:pointerleave=move |_| state.hover.set(None)
                on:focus=move |_| state.cursor.set(Some(mark.get_value()))
            >
                <NodeBox node/>
            </g>
            // The caption says it all; as a part of the button the drawn texts would run into each other.
            <g class="node-texts" aria-hidden="true">
                <NodeTexts node/>
            </g>
        </g>
    }
    .into_any()
}

/// The value of `data-mark`, by which the surface finds the mark under a pointer.
pub(crate) fn data_mark(mark: &Mark) -> String {
    match mark {
        Mark::Node(key) => format!("n {key}"),
        Mark::Edge(key) => format!("e {key}"),
    }
}

/// Reads a value of `data-mark`.
pub(crate) fn mark_from_data(data: &str) -> Option<Mark> {
    match data.split_once(' ')? {
        ("n", key) => Some(Mark::Node(key.to_owned())),
        ("e", key) => Some(Mark::Edge(key.to_owned())),
        _ => None,
    }
}

/// Exactly one mark can be tabbed to: the cursor, or the first node while there is none.
pub(crate) fn is_tab_stop(workspace: Workspace, mark: &Mark) -> bool {
    let state = use_context::<super::MapState>();
    let cursor = state.and_then(|state| state.cursor.get());
    workspace.map.with(|map| {
        let Some(map) = map.as_ref() else { return false };
        match cursor.filter(|cursor| map.has(cursor)) {
            Some(cursor) => cursor == *mark,
            None => matches!(mark, Mark::Node(key) if map.node_keys().first() == Some(key)),
        }
    })
}

fn caption(workspace: Workspace, node: Memo<Option<NodeView>>) -> String {
    let map = workspace.map.get();
    node.with(|node| Some(node_caption(map.as_deref()?, node.as_ref()?, workspace.text))).unwrap_or_default()
}

/// Whether a changed mark pulses now, and with which of two equal animations: they take turns, so that a mark that
/// changes twice in a row pulses twice.
pub(crate) fn is_pulse_even(workspace: Workspace, is_changed: bool) -> Option<bool> {
    let revision =
        workspace.map.with(|map| map.as_ref().filter(|map| map.pulse).map(|map| map.view.revision))?;
    is_changed.then_some(revision.is_multiple_of(2))
}

#[component]
fn NodeBox(node: Memo<Option<NodeView>>) -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let length = move |read: fn(&NodeView) -> f32| {
        move || node.with(|node| node.as_ref().map_or(0.0, read).to_string())
    };
    let shade = move || {
        let value = node.with(|node| node.as_ref().and_then(|node| workspace.lens.get().of_node(node)));
        format!("node-box {}", shade_class(state.shades.get().and_then(|shades| shades.nodes), value))
    };
    view! {
        <rect class=shade width=length(|node| node.width) height=length(|node| node.height) rx="6"/>
        <rect class="node-stripe" width="4" height=length(|node| node.height) rx="2"/>
    }
    .into_any()
}

#[component]
fn NodeTexts(node: Memo<Option<NodeView>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let figure = move || {
        let lens = workspace.lens.get();
        node.with(|node| node.as_ref().and_then(|node| lens.node_figure(node, text))).unwrap_or_default()
    };
    let lines = move || {
        node.with(|node| {
            let places = node.as_ref().map(name_places).unwrap_or_default().into_iter();
            places
                .map(|(x, y, line)| view! { <text class="node-name" x=x y=y>{line}</text> })
                .collect::<Vec<_>>()
        })
    };
    view! {
        {lines}
        <text
            class="node-figure"
            x="12"
            y=move || node.with(|node| node.as_ref().map_or(0.0, |node| f64::from(node.height) - 8.0).to_string())
        >
            {figure}
        </text>
        {move || node.with(|node| node.as_ref().map(|node| extras(node, text)))}
    }
    .into_any()
}

/// Places of the name's lines: the name stands above the figure.
fn name_places(node: &NodeView) -> Vec<(f64, f64, String)> {
    let lines = node.lines.iter().enumerate();
    lines.map(|(at, line)| (12.0, 17.0 + at as f64 * LINE_PX, line.clone())).collect()
}

fn extras(node: &NodeView, text: Text) -> impl IntoView + use<> {
    let (width, height) = (f64::from(node.width), f64::from(node.height));
    let is_activity = matches!(node.kind, NodeKind::Activity | NodeKind::Other);
    let stub = (is_activity && node.n_ends > 0).then(|| {
        let x = width - 14.0;
        view! {
            <g class="stub">
                <path d=format!("M{x} {height}v6m-4 0h8")/>
                <text x=x - 8.0 y=height + 9.0>{text.short_count(node.n_ends)}</text>
            </g>
        }
    });
    let unsure = (is_activity && node.stage_confidence_ratio < STAGE_UNSURE_BELOW).then(|| {
        view! {
            <g class="unsure">
                <circle cx=width - 9.0 cy="9" r="6"/>
                <text x=width - 9.0 y="12.5">"?"</text>
            </g>
        }
    });
    view! {
        {stub}
        {unsure}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_marks_are_read_back() {
        for mark in [Mark::Node("activity a b".to_owned()), Mark::Edge("start\u{1f}ended".to_owned())] {
            assert_eq!(mark_from_data(&data_mark(&mark)), Some(mark), "what is written is read");
        }
        assert_eq!(mark_from_data("x y"), None, "anything else is no mark");
    }
}
