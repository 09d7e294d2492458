//! The figures of the mark under the pointer or the cursor.

use super::{
    MapIndex, Mark,
    node::{FigureRow, time_rows},
    use_map,
};
use crate::{text::Text, workspace::use_workspace};
use leptos::prelude::*;
use protocol::{
    figure::Measure,
    view::{EdgeView, NodeKind, NodeView},
};

/// Width reserved for the tooltip, in pixels; as in the style sheet.
const WIDTH_PX: f64 = 260.0;
/// Most height of the tooltip, in pixels.
const HEIGHT_PX: f64 = 250.0;
/// Distance to the mark.
const GAP_PX: f64 = 10.0;

/// What the tooltip says, and where.
#[derive(Clone, Debug, PartialEq)]
struct Tip {
    title: String,
    rows: Vec<FigureRow>,
    note: String,
    x: f64,
    top: f64,
    bottom: f64,
}

/// All figures of a node.
pub(crate) fn node_rows(map: &MapIndex, node: &NodeView, text: Text) -> Vec<FigureRow> {
    let n_all = map.view.totals.n_cases;
    let mut rows = Vec::new();
    if !matches!(node.kind, NodeKind::Start | NodeKind::Ended) {
        rows.push((text.s("figure.occurrences"), text.count(node.n_occurrences), Measure::Occurrences));
    }
    match node.n_cases {
        Some(n_cases) => {
            rows.push((text.s("figure.cases"), text.count(n_cases), Measure::Cases));
            rows.push((text.s("figure.case_share"), text.share(n_cases, n_all), Measure::CaseShare));
        }
        None => rows.push((
            text.s("figure.activities"),
            text.count(node.activities.len() as u64),
            Measure::Activities,
        )),
    }
    if matches!(node.kind, NodeKind::Activity | NodeKind::Other) {
        rows.push((text.s("figure.starts"), text.count(node.n_starts), Measure::Starts));
        rows.push((text.s("figure.ends"), text.count(node.n_ends), Measure::Ends));
    }
    rows
}

/// All figures of an edge.
pub(crate) fn edge_rows(map: &MapIndex, edge: &EdgeView, text: Text) -> Vec<FigureRow> {
    let mut rows = vec![(text.s("figure.occurrences"), text.count(edge.n_occurrences), Measure::Occurrences)];
    if let Some(n_cases) = edge.n_cases {
        rows.push((text.s("figure.cases"), text.count(n_cases), Measure::Cases));
        let share = text.share(n_cases, map.view.totals.n_cases);
        rows.push((text.s("figure.case_share"), share, Measure::CaseShare));
    }
    rows.push((text.s("figure.out_share"), text.percent(edge.out_ratio), Measure::OutShare));
    rows
}

fn tip(map: &MapIndex, mark: &Mark, text: Text) -> Option<Tip> {
    match mark {
        Mark::Node(key) => {
            let node = map.node(key)?;
            let mut rows = node_rows(map, node, text);
            if let Some(waiting) = node.waiting {
                rows.extend(time_rows(waiting, Measure::Waiting, text));
            }
            let note = if node.waiting.is_some() { text.s("tip.node_time") } else { "" };
            let (x, y) = (f64::from(node.x), f64::from(node.y));
            Some(Tip {
                title: node.name.clone(),
                rows,
                note: note.to_owned(),
                x: x + f64::from(node.width) / 2.0,
                top: y,
                bottom: y + f64::from(node.height),
            })
        }
        Mark::Edge(key) => {
            let edge = map.edge(key)?;
            let (from, to) = map.names_of_ends(edge);
            let mut rows = edge_rows(map, edge, text);
            if let Some(time) = edge.time {
                rows.extend(time_rows(time, Measure::StepTime, text));
            }
            let note = if edge.time.is_some() { text.s("tip.edge_time") } else { "" };
            let y = f64::from(edge.label_y);
            Some(Tip {
                title: format!("{from} → {to}"),
                rows,
                note: note.to_owned(),
                x: f64::from(edge.label_x),
                top: y - 8.0,
                bottom: y + 8.0,
            })
        }
    }
}

/// The tooltip; below the mark, or above it where there is no room.
#[component]
pub(crate) fn Tooltip() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let shown = Memo::new(move |_| {
        if state.drag.with(Option::is_some) {
            return None;
        }
        let mark = state.hover.get().or_else(|| state.cursor.get().filter(|_| state.focused.get()))?;
        workspace.map.with(|map| map.as_ref().and_then(|map| tip(map, &mark, workspace.text)))
    });
    let draw = move |tip: Tip| {
        let viewport = state.viewport.get();
        let screen = state.screen.get();
        let middle = viewport.screen_x(tip.x);
        let left = (middle - WIDTH_PX / 2.0).clamp(4.0, (screen.width - WIDTH_PX - 4.0).max(4.0));
        let (top, bottom) = (viewport.screen_y(tip.top), viewport.screen_y(tip.bottom));
        let is_above = bottom > screen.height * 0.55;
        // Where it fits neither above nor below, it begins at the top, so that its title can be read.
        let is_pinned = is_above && top < HEIGHT_PX;
        let rows =
            tip.rows.into_iter().map(|(caption, figure, _)| view! { <dt>{caption}</dt> <dd>{figure}</dd> });
        view! {
            <div
                class="tooltip"
                role="tooltip"
                data-testid="tooltip"
                class:above=is_above
                style:left=format!("{left:.0}px")
                style:top=match (is_pinned, is_above) {
                    (true, _) => "4px".to_owned(),
                    (_, true) => "auto".to_owned(),
                    _ => format!("{:.0}px", bottom + GAP_PX),
                }
                style:bottom=if is_above && !is_pinned { format!("{:.0}px", screen.height - top + GAP_PX) } else { "auto".to_owned() }
            >
                <strong>{tip.title}</strong>
                <dl class="figures">{rows.collect_view()}</dl>
                {(!tip.note.is_empty()).then(|| view! { <p class="note">{tip.note}</p> })}
            </div>
        }
    };
    view! { {move || shown.get().map(draw)} }.into_any()
}
