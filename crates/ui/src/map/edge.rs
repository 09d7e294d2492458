//! One connection as a curve with an arrow: width by volume, shade by the lens, figure where it has room.

use super::{
    MapIndex, Mark,
    lens::shade_class,
    node::{data_mark, is_pulse_even, is_tab_stop},
    use_map,
};
use crate::{text::Text, workspace::use_workspace};
use leptos::prelude::*;
use protocol::view::EdgeView;

/// Says an edge with its figures, for screen readers.
pub(crate) fn edge_caption(map: &MapIndex, edge: &EdgeView, text: Text) -> String {
    let (from, to) = map.names_of_ends(edge);
    let mut parts =
        vec![text.fill("edge.from_to", &[from, to]), text.plural("count.occurrences", edge.n_occurrences)];
    if let Some(n_cases) = edge.n_cases {
        parts.push(text.plural("count.cases", n_cases));
    }
    parts.push(text.fill("edge.out_share", &[&text.percent(edge.out_ratio), from]));
    if let Some(time) = edge.time {
        parts.push(text.fill("edge.median", &[&text.duration(time.median_secs)]));
    }
    parts.join(", ")
}

/// Arrow heads come in three sizes, so that they stay larger than their line.
fn arrow(width: f32) -> &'static str {
    if width < 2.5 {
        "url(#arrow-small)"
    } else if width < 6.0 {
        "url(#arrow-medium)"
    } else {
        "url(#arrow-large)"
    }
}

/// An edge of the map, by key.
#[component]
pub(crate) fn Edge(key: String) -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let mark = StoredValue::new(Mark::Edge(key.clone()));
    let edge =
        Memo::new(move |_| workspace.map.with(|map| map.as_ref().and_then(|map| map.edge(&key).cloned())));
    let with = move |read: fn(&EdgeView) -> String| {
        move || edge.with(|edge| edge.as_ref().map(read).unwrap_or_default())
    };
    let is_lit = move || {
        state.lit.with(|lit| lit.as_ref().is_some_and(|lit| mark.with_value(|mark| lit.contains(mark))))
    };
    let is_dim = move || state.lit.with(Option::is_some) && !is_lit();
    let pulse =
        move || is_pulse_even(workspace, edge.with(|edge| edge.as_ref().is_some_and(|edge| edge.changed)));
    let is_open = move || {
        workspace.panel.with(|panel| {
            panel.as_ref().is_some_and(|panel| mark.with_value(|mark| panel.mark.as_ref() == Some(mark)))
        })
    };
    let shade = move || {
        let value = edge.with(|edge| edge.as_ref().and_then(|edge| workspace.lens.get().of_edge(edge)));
        format!("edge-line {}", shade_class(state.shades.get().and_then(|shades| shades.edges), value))
    };
    let ends = move || {
        workspace.map.with(|map| {
            let names = edge.with(|edge| {
                Some(map.as_ref()?.names_of_ends(edge.as_ref()?))
                    .map(|(from, to)| (from.to_owned(), to.to_owned()))
            });
            names.unwrap_or_default()
        })
    };
    let caption = move || {
        let map = workspace.map.get();
        edge.with(|edge| Some(edge_caption(map.as_deref()?, edge.as_ref()?, workspace.text)))
            .unwrap_or_default()
    };
    view! {
        <g
            class="edge"
            class:is-backward=move || edge.with(|edge| edge.as_ref().is_some_and(|edge| edge.backward))
            class:pulse-even=move || pulse() == Some(true)
            class:pulse-odd=move || pulse() == Some(false)
            class:lit=is_lit
            class:dim=is_dim
            class:open=is_open
            role="button"
            tabindex=move || if mark.with_value(|mark| is_tab_stop(workspace, mark)) { "0" } else { "-1" }
            aria-label=caption
            data-testid="edge"
            data-from=move || ends().0
            data-to=move || ends().1
            data-mark=move || mark.with_value(data_mark)
            on:pointermove=move |_| mark.with_value(|mark| state.point_at(mark))
            on:pointerleave=move |_| state.hover.set(None)
            on:focus=move |_| state.cursor.set(Some(mark.get_value()))
        >
            <path class="edge-hit" d=with(|edge| edge.path_data.clone())/>
            <path
                class=shade
                d=with(|edge| edge.path_data.clone())
                stroke-width=with(|edge| edge.width.to_string())
                marker-end=with(|edge| arrow(edge.width).to_owned())
            />
        </g>
    }
    .into_any()
}

/// The figure of an edge; drawn above all edges and below the nodes.
#[component]
pub(crate) fn EdgeLabel(key: String) -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let mark = Mark::Edge(key.clone());
    let label_key = key.clone();
    let edge =
        Memo::new(move |_| workspace.map.with(|map| map.as_ref().and_then(|map| map.edge(&key).cloned())));
    let lit_mark = mark.clone();
    let is_lit = move || state.lit.with(|lit| lit.as_ref().is_some_and(|lit| lit.contains(&lit_mark)));
    let has_room = move || state.labelled.with(|labelled| labelled.contains(&label_key));
    let figure = move || {
        let lens = workspace.lens.get();
        edge.with(|edge| edge.as_ref().and_then(|edge| lens.edge_figure(edge, workspace.text)))
            .unwrap_or_default()
    };
    let is_dim = {
        let is_lit = is_lit.clone();
        move || state.lit.with(Option::is_some) && !is_lit()
    };
    view! {
        <text
            class="edge-figure"
            class:roomy=has_room
            class:lit=is_lit
            class:dim=is_dim
            aria-hidden="true"
            x=move || edge.with(|edge| edge.as_ref().map_or(0.0, |edge| edge.label_x).to_string())
            y=move || edge.with(|edge| edge.as_ref().map_or(0.0, |edge| edge.label_y).to_string())
        >
            {figure}
        </text>
    }
    .into_any()
}
