//! What to show: the journey map as laid-out data, no drawing.
//!
//! Data path: files → source → event store → journey → **map** → engine → protocol → screen.
//!
//! Entry points: [`flow`] chooses what to draw and lays it out; [`Query`] says how much; [`Flow`] is the result.
//!
//! The layout is layered (Sugiyama, Tagawa, Toda, *Methods for visual understanding of hierarchical system structures*,
//! 1981), but the layers are given: columns are the stages, each with as many verticals as its boxes need. Figures are
//! only summed, never changed, whatever is drawn. Lengths are CSS pixels at zoom 1, in tenths; only exact operations
//! (`+ − × ÷ √`) are used, so that the same data gives the same bytes on every machine.
//!
//! This crate does not know: files, times, the screen, colours, how anything is drawn.
//!
//! ```
//! use event::{Batch, NewEvent, Store};
//! use journey::Analysis;
//! let mut batch = Batch::new("visits");
//! for (line, activity) in [(1, "visit"), (2, "order")] {
//!     batch.push(NewEvent {
//!         customer: "ada", activity, start_micros: i64::from(line) * 60_000_000, end_micros: None, channel: None,
//!         account: None, text: None, value: None, line, digest: u64::from(line),
//!         ..NewEvent::default()
//!     });
//! }
//! let mut store = Store::new();
//! let staged = store.stage(batch);
//! store.commit(staged);
//! let all = Analysis::from_scratch(&store);
//! let flow = map::flow(store.activities(), all.graph(), all.plan(), all.positions(), map::Query::default());
//! let names: Vec<&str> = flow.nodes.iter().map(|node| node.name.as_str()).collect();
//! assert_eq!(names, ["Start", "visit", "order", "Ended"]);
//! assert_eq!(flow.edges.len(), 3);
//! ```

mod choose;
mod layers;
mod order;
mod place;
mod route;
mod wrap;

pub use choose::Query;

use choose::{Choice, Line, choose};
use event::Names;
use journey::{FollowsGraph, Positions, StagePlan};
use order::{Net, reduce_crossings};
use place::MARGIN_PX;
use route::{Placed, Route, routes};
use wrap::{Wrapped, wrap};

/// Widths of the thinnest and the thickest edge; between them the width grows in proportion to occurrences.
const EDGE_PX: (f64, f64) = (1.0, 12.0);

/// The flow part of the map, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// The ratio of activities used; asked for again, it gives the same picture.
    pub activities_ratio: f64,
    /// The ratio of paths used; asked for again, it gives the same picture.
    pub paths_ratio: f64,
    /// Width of everything drawn, with a margin.
    pub width: f32,
    /// Height of everything drawn, with a margin.
    pub height: f32,
    /// One for every stage of the plan, in order, also for stages without activities; they touch each other.
    pub columns: Vec<Column>,
    /// In reading order: left to right, top to bottom. None for a graph without cases.
    pub nodes: Vec<Node>,
    /// Thin ones first, ties by `from` and `to`.
    pub edges: Vec<Edge>,
    /// Activities drawn by themselves.
    pub n_drawn_activities: u64,
    /// Edges drawn, start and end included.
    pub n_drawn_edges: u64,
    /// Edges that a ratio of 1 would draw, start and end included.
    pub n_drawable_edges: u64,
    /// Share of all transitions, start and end included, that the drawn edges carry; 1 where there are none.
    pub drawn_flow_ratio: f64,
}

/// Where a stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Column {
    /// Left edge.
    pub x: f32,
    /// Width.
    pub width: f32,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The virtual start of every case.
    Start,
    /// One activity.
    Activity,
    /// The activities of one stage that are not drawn by themselves.
    Other,
    /// The virtual end of every case.
    Ended,
}

/// One box.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// Numbers of the activities it stands for, ascending; none for the start and the end.
    pub activities: Vec<u32>,
    /// Index of its stage; `None` for the start and the end.
    pub stage: Option<usize>,
    /// The activity's name, or `Start`, `Other (7)`, `Ended`.
    pub name: String,
    /// The name in at most two lines that fit the box, cut with `…`.
    pub lines: Vec<String>,
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// One connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it enters.
    pub to: usize,
    /// How often it was taken.
    pub n_occurrences: u64,
    /// Share of all occurrences that leave its node, drawn or not.
    pub out_ratio: f64,
    /// SVG path data of its centre line, up to where the arrow head begins: 8, 12 or 18 pixels before the box for widths
    /// below 2.5, below 6 and above.
    pub path_data: String,
    /// Middle of its figure.
    pub label_x: f32,
    /// Middle of its figure.
    pub label_y: f32,
    /// Width of its line, 1…12, in proportion to occurrences relative to the strongest edge drawn.
    pub width: f32,
    /// Leads to the left, or up or down within one vertical, or back to its own node.
    pub backward: bool,
}

/// Chooses what to draw and lays it out.
///
/// At most 200 activities are drawn by themselves (more only where one is the last of its stage) and 2,000 edges (more
/// only where every node's strongest ones alone are more); the ratios returned tell.
///
/// Costs O(edges · log edges) for choosing and about O(sweeps · verticals · drawn edges) for the layout.
pub fn flow(
    names: &Names,
    graph: &FollowsGraph,
    plan: &StagePlan,
    positions: &Positions,
    query: Query,
) -> Flow {
    let choice = choose(names, graph, plan, positions, query);
    lay_out(&choice, plan.names.len().max(usize::from(!choice.marks.is_empty())))
}

fn lay_out(choice: &Choice, n_stages: usize) -> Flow {
    let boxes: Vec<Wrapped> = choice.marks.iter().map(|mark| wrap(&mark.name, mark.kind)).collect();
    let widths = widths(&choice.lines);
    let layers = layers::layers(choice, &boxes, n_stages);
    let mut net = Net::new(&layers, &choice.lines, &weights(&choice.lines));
    reduce_crossings(&mut net);
    let heights = place::heights(&net, &choice.lines, &boxes, &widths);
    let (spans, columns, width) = place::spans(&net, &layers, &boxes, &heights, n_stages);
    let mut place_of = vec![0; boxes.len()];
    for (place, held) in net.places.iter().enumerate() {
        if let order::Holder::Mark(mark) = held.holder {
            place_of[mark] = place;
        }
    }
    let routes = routes(&Placed {
        net: &net,
        layers: &layers,
        lines: &choice.lines,
        widths: &widths,
        boxes: &boxes,
        heights: &heights,
        spans: &spans,
        place_of: &place_of,
    });
    let tops: Vec<f64> = place_of
        .iter()
        .zip(&boxes)
        .map(|(&place, wrapped)| heights.y[place] - wrapped.height / 2.0)
        .collect();
    let bounds = bounds(&boxes, &tops, &routes, &widths, width);
    let corners: Vec<(f64, f64)> = place_of
        .iter()
        .zip(&tops)
        .map(|(&place, top)| (spans[net.places[place].layer].left, top + bounds.shift))
        .collect();
    let span_px = |mark: usize| spans[net.places[place_of[mark]].layer];
    let box_width = |mark: usize| span_px(mark).right - span_px(mark).left;
    assemble(choice, &boxes, &corners, box_width, (&routes, &widths), columns, &bounds)
}

/// The size of the drawing.
struct Bounds {
    /// How far everything moves down.
    shift: f64,
    width: f64,
    height: f64,
}

fn bounds(boxes: &[Wrapped], tops: &[f64], routes: &[Route], widths: &[f64], width: f64) -> Bounds {
    /// Below a box its cases that end there are marked.
    const STUB_PX: f64 = 12.0;
    let nodes = tops.iter().zip(boxes).map(|(top, wrapped)| (*top, top + wrapped.height + STUB_PX, 0.0));
    let edges = routes.iter().zip(widths).map(|(route, &width)| route.bounds(width));
    let start = (f64::INFINITY, f64::NEG_INFINITY, width - MARGIN_PX);
    let (top, bottom, right) =
        nodes.chain(edges).fold(start, |all, one| (all.0.min(one.0), all.1.max(one.1), all.2.max(one.2)));
    if boxes.is_empty() {
        return Bounds { shift: 0.0, width, height: 0.0 };
    }
    Bounds { shift: MARGIN_PX - top, width: right + MARGIN_PX, height: bottom - top + 2.0 * MARGIN_PX }
}

fn assemble(
    choice: &Choice,
    boxes: &[Wrapped],
    corners: &[(f64, f64)],
    box_width: impl Fn(usize) -> f64,
    (routes, widths): (&[Route], &[f64]),
    columns: Vec<Column>,
    bounds: &Bounds,
) -> Flow {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|&a, &b| {
        corners[a].0.total_cmp(&corners[b].0).then(corners[a].1.total_cmp(&corners[b].1)).then(a.cmp(&b))
    });
    let mut index_of = vec![0; boxes.len()];
    for (index, &mark) in order.iter().enumerate() {
        index_of[mark] = index;
    }
    let nodes = order.iter().map(|&i| {
        let (mark, wrapped) = (&choice.marks[i], &boxes[i]);
        Node {
            kind: mark.kind,
            activities: mark.activities.clone(),
            stage: mark.stage,
            name: mark.name.clone(),
            lines: wrapped.lines.clone(),
            x: short(corners[i].0),
            y: short(corners[i].1),
            width: short(box_width(i)),
            height: short(wrapped.height),
        }
    });
    let mut edges: Vec<Edge> = choice
        .lines
        .iter()
        .zip(routes.iter().zip(widths))
        .map(|(line, (route, &width))| Edge {
            from: index_of[line.from],
            to: index_of[line.to],
            n_occurrences: line.n_occurrences,
            out_ratio: line.out_ratio,
            path_data: route.path_data(bounds.shift),
            label_x: short(route.label.0),
            label_y: short(route.label.1 + bounds.shift),
            width: short(width),
            backward: route.backward,
        })
        .collect();
    edges.sort_by_key(|edge| (edge.n_occurrences, edge.from, edge.to));
    Flow {
        activities_ratio: choice.activities_ratio,
        paths_ratio: choice.paths_ratio,
        width: short(bounds.width),
        height: short(bounds.height),
        columns,
        nodes: nodes.collect(),
        n_drawn_activities: choice.n_drawn_activities as u64,
        n_drawn_edges: edges.len() as u64,
        edges,
        n_drawable_edges: choice.n_drawable_edges as u64,
        drawn_flow_ratio: choice.drawn_flow_ratio,
    }
}

/// Share of each line in the strongest one.
fn strengths(lines: &[Line]) -> impl Iterator<Item = f64> {
    let most = lines.iter().map(|line| line.n_occurrences).max().unwrap_or(0);
    lines.iter().map(move |line| choose::ratio(line.n_occurrences, most))
}

fn widths(lines: &[Line]) -> Vec<f64> {
    strengths(lines).map(|strength| tenth(EDGE_PX.0 + (EDGE_PX.1 - EDGE_PX.0) * strength)).collect()
}

/// How much a line counts where edges cross and are straightened, 1…4.
fn weights(lines: &[Line]) -> Vec<u64> {
    strengths(lines)
        .map(|strength| 1 + [0.1, 0.3, 0.6].iter().filter(|&&step| strength > step).count() as u64)
        .collect()
}

/// Length of the arrow head of a line.
fn arrow_px(width: f64) -> f64 {
    if width < 2.5 {
        8.0
    } else if width < 6.0 {
        12.0
    } else {
        18.0
    }
}

/// Rounds to tenths; never minus zero, which would be written differently.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

#[expect(clippy::cast_possible_truncation, reason = "tenths of pixels are far from the limits of f32")]
fn short(value: f64) -> f32 {
    tenth(value) as f32
}
