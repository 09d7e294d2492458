//! The journey map: the laid-out flow with its figures.

use crate::Engine;
use crate::convert::{ratio, stats_to_wire};
use crate::stages;
use journey::{Durations, Edge, StageRule, check_conservation, stats_of_union};
use map::{Flow, Node, NodeKind};
use protocol::MapQuery;
use protocol::view::{
    ChannelCount, Conservation, EdgeView, JourneyMapView, NodeKind as WireKind, NodeView, StageView,
    TimeStats, Totals,
};
use std::collections::{BTreeMap, HashMap};

/// Lays the map out and joins the figures.
pub(crate) fn view(engine: &Engine, query: &MapQuery) -> JourneyMapView {
    let analysis = &engine.analysis;
    let wanted = map::Query { activities_ratio: query.activities_ratio, paths_ratio: query.paths_ratio };
    let names = engine.store.activities();
    let flow = map::flow(names, analysis.graph(), analysis.plan(), analysis.positions(), wanted);
    let joined = Joined::new(engine, &flow);
    let check = check_conservation(analysis.graph(), names);
    JourneyMapView {
        revision: engine.revision,
        activities_ratio: flow.activities_ratio,
        paths_ratio: flow.paths_ratio,
        width: flow.width,
        height: flow.height,
        stages: stage_views(engine, &flow, &joined),
        nodes: flow.nodes.iter().map(|node| joined.node_view(node)).collect(),
        edges: (0_u32..).zip(&flow.edges).map(|(id, edge)| joined.edge_view(id, edge)).collect(),
        totals: totals(engine, &flow),
        conservation: Conservation {
            holds: check.violations.is_empty(),
            n_checked: check.n_checked,
            violations: check.violations,
        },
        stages_reason: stages::reason_of_all(analysis.plan()),
        stages_custom: analysis.plan().custom_names,
        lanes: engine.lanes.clone(),
    }
}

fn totals(engine: &Engine, flow: &Flow) -> Totals {
    let graph = engine.analysis.graph();
    let (first_micros, last_micros) = engine.analysis.extent().unzip();
    Totals {
        n_events: graph.n_events(),
        n_cases: graph.n_cases(),
        n_accounts: engine.analysis.n_accounts(),
        n_activities: graph.activities().iter().filter(|count| count.n_occurrences > 0).count() as u64,
        n_edges: graph.edges().len() as u64,
        n_variants: engine.analysis.variants().len(),
        n_drawn_activities: flow.n_drawn_activities,
        n_drawn_edges: flow.n_drawn_edges,
        n_drawable_edges: flow.n_drawable_edges,
        drawn_flow_ratio: flow.drawn_flow_ratio,
        first_micros,
        last_micros,
        cycle: engine.analysis.cycle_stats().map(stats_to_wire),
    }
}

/// What nodes and edges of a flow need to find their figures.
struct Joined<'a> {
    engine: &'a Engine,
    flow: &'a Flow,
    /// Edges by the activity they enter.
    incoming: HashMap<u32, Vec<&'a Edge>>,
    /// Place of each activity in order of names, so that the order of rows in a file does not show.
    place_of: Vec<u32>,
    /// Activities that occur.
    n_activities: u32,
}

impl<'a> Joined<'a> {
    fn new(engine: &'a Engine, flow: &'a Flow) -> Self {
        let mut incoming: HashMap<u32, Vec<&Edge>> = HashMap::new();
        for edge in engine.analysis.graph().edges() {
            incoming.entry(edge.to).or_default().push(edge);
        }
        let names = engine.store.activities();
        // Names of activities that are gone with their source must not show either.
        let counts = (0_u32..).zip(engine.analysis.graph().activities());
        let mut by_name: Vec<u32> =
            counts.filter(|(_, count)| count.n_occurrences > 0).map(|(a, _)| a).collect();
        by_name.sort_unstable_by_key(|&activity| names.get(activity));
        let mut place_of = vec![0; names.len()];
        for (place, &activity) in (0_u32..).zip(&by_name) {
            place_of[activity as usize] = place;
        }
        let n_activities = u32::try_from(by_name.len()).unwrap_or(u32::MAX);
        Self { engine, flow, incoming, place_of, n_activities }
    }

    /// Waiting before any of these activities.
    fn waiting(&self, activities: impl Iterator<Item = u32>) -> Option<TimeStats> {
        let edges = activities.filter_map(|activity| self.incoming.get(&activity)).flatten();
        let times: Vec<&Durations> = edges.map(|edge| edge.times()).collect();
        stats_of_union(&times).map(stats_to_wire)
    }

    /// Stable for an activity while the activities stay the same.
    fn id(&self, node: &Node) -> u32 {
        let place = |activity: u32| self.place_of.get(activity as usize).copied().unwrap_or(0);
        let stage = node.stage.and_then(|stage| u32::try_from(stage).ok()).unwrap_or(0);
        match node.kind {
            NodeKind::Start => 0,
            NodeKind::Ended => 1,
            NodeKind::Activity => {
                node.activities.first().map_or(0, |&activity| place(activity).saturating_add(2))
            }
            NodeKind::Other => self.n_activities.saturating_add(2).saturating_add(stage),
        }
    }

    fn node_view(&self, node: &Node) -> NodeView {
        let (graph, plan) = (self.engine.analysis.graph(), self.engine.analysis.plan());
        let counts: Vec<_> = node
            .activities
            .iter()
            .filter_map(|&activity| graph.activities().get(activity as usize))
            .collect();
        let only = match (node.kind, node.activities.as_slice()) {
            (NodeKind::Activity, [activity]) => Some(*activity),
            _ => None,
        };
        let assignment = only.and_then(|activity| plan.assignments.get(activity as usize));
        let services: Vec<&Durations> =
            node.activities.iter().filter_map(|&activity| graph.services(activity)).collect();
        let is_virtual = matches!(node.kind, NodeKind::Start | NodeKind::Ended);
        let sum = |of: fn(&journey::ActivityCount) -> u64| counts.iter().map(|count| of(count)).sum::<u64>();
        NodeView {
            id: self.id(node),
            kind: kind_to_wire(node.kind),
            name: node.name.clone(),
            lines: node.lines.clone(),
            activities: node
                .activities
                .iter()
                .map(|&a| self.engine.store.activities().get(a).to_owned())
                .collect(),
            stage: node.stage.and_then(|stage| u32::try_from(stage).ok()),
            x: node.x,
            y: node.y,
            width: node.width,
            height: node.height,
            n_occurrences: if is_virtual { graph.n_cases() } else { sum(|count| count.n_occurrences) },
            n_cases: match node.kind {
                NodeKind::Activity => Some(sum(|count| count.n_cases)),
                NodeKind::Other => None,
                NodeKind::Start | NodeKind::Ended => Some(graph.n_cases()),
            },
            n_starts: if node.kind == NodeKind::Start {
                graph.n_cases()
            } else {
                sum(|count| count.n_starts)
            },
            n_ends: if node.kind == NodeKind::Ended { graph.n_cases() } else { sum(|count| count.n_ends) },
            waiting: self.waiting(node.activities.iter().copied()),
            service: stats_of_union(&services).map(stats_to_wire),
            stage_reason: assignment.map(stages::reason_of_one).unwrap_or_default(),
            stage_confidence_ratio: assignment.map_or(1.0, |a| a.confidence_ratio),
            stage_custom: assignment.is_some_and(|a| a.rule == StageRule::Custom),
            changed: self.node_changed(node),
        }
    }

    fn node_changed(&self, node: &Node) -> bool {
        let changed = &self.engine.changed;
        match node.kind {
            NodeKind::Start => !changed.starts.is_empty(),
            NodeKind::Ended => !changed.ends.is_empty(),
            NodeKind::Activity | NodeKind::Other => {
                node.activities.iter().any(|activity| changed.activities.contains(activity))
            }
        }
    }

    fn edge_view(&self, id: u32, edge: &map::Edge) -> EdgeView {
        let (from, to) = (&self.flow.nodes[edge.from], &self.flow.nodes[edge.to]);
        let graph = self.engine.analysis.graph();
        let behind: Vec<&Edge> = from
            .activities
            .iter()
            .flat_map(|&a| to.activities.iter().map(move |&b| (a, b)))
            .filter_map(|(a, b)| graph.edge(a, b))
            .collect();
        let times: Vec<&Durations> = behind.iter().map(|edge| edge.times()).collect();
        let has_other = from.kind == NodeKind::Other || to.kind == NodeKind::Other;
        let n_cases = match behind.as_slice() {
            _ if has_other => None,
            [only] => Some(only.n_cases),
            // A case starts once and ends once.
            _ => Some(edge.n_occurrences),
        };
        let changed = &self.engine.changed;
        EdgeView {
            id,
            from: self.id(from),
            to: self.id(to),
            n_occurrences: edge.n_occurrences,
            n_cases,
            out_ratio: edge.out_ratio,
            time: stats_of_union(&times).map(stats_to_wire),
            path_data: edge.path_data.clone(),
            label_x: edge.label_x,
            label_y: edge.label_y,
            width: edge.width,
            backward: edge.backward,
            changed: behind.iter().any(|edge| changed.edges.contains(&(edge.from, edge.to)))
                || (from.kind == NodeKind::Start && to.activities.iter().any(|a| changed.starts.contains(a)))
                || (to.kind == NodeKind::Ended && from.activities.iter().any(|a| changed.ends.contains(a))),
        }
    }
}

fn kind_to_wire(kind: NodeKind) -> WireKind {
    match kind {
        NodeKind::Start => WireKind::Start,
        NodeKind::Activity => WireKind::Activity,
        NodeKind::Other => WireKind::Other,
        NodeKind::Ended => WireKind::Ended,
    }
}

fn stage_views(engine: &Engine, flow: &Flow, joined: &Joined<'_>) -> Vec<StageView> {
    let (graph, plan, totals) = (engine.analysis.graph(), engine.analysis.plan(), engine.analysis.totals());
    let mut by_channel: Vec<BTreeMap<u32, u64>> = vec![BTreeMap::new(); plan.names.len()];
    for (activity, channel, n) in engine.analysis.channels() {
        if let Some(counts) = by_channel.get_mut(plan.stage_of(activity)) {
            *counts.entry(channel).or_default() += n;
        }
    }
    let mut stages = Vec::with_capacity(plan.names.len());
    for (stage, (name, column)) in plan.names.iter().zip(&flow.columns).enumerate() {
        let activities: Vec<u32> = (0_u32..)
            .zip(graph.activities())
            .filter(|(activity, count)| count.n_occurrences > 0 && plan.stage_of(*activity) == stage)
            .map(|(activity, _)| activity)
            .collect();
        let n_occurrences = activities.iter().map(|&a| graph.activities()[a as usize].n_occurrences).sum();
        let (n_cases, n_ended) = (totals.n_cases(stage), totals.n_ended(stage));
        stages.push(StageView {
            name: name.clone(),
            x: column.x,
            width: column.width,
            n_activities: activities.len() as u64,
            n_cases,
            n_occurrences,
            n_ended,
            drop_off_ratio: ratio(n_ended, n_cases),
            waiting: joined.waiting(activities.into_iter()),
            channels: channels(engine, &by_channel[stage], n_occurrences),
        });
    }
    stages
}

/// Channels of a stage, most frequent first, ties by name; events without one under the empty name.
fn channels(engine: &Engine, counts: &BTreeMap<u32, u64>, n_occurrences: u64) -> Vec<ChannelCount> {
    let known: u64 = counts.values().sum();
    let mut channels: Vec<ChannelCount> = counts
        .iter()
        .map(|(&channel, &n)| ChannelCount {
            name: engine.store.channels().get(channel).to_owned(),
            n_occurrences: n,
        })
        .collect();
    if known < n_occurrences {
        channels.push(ChannelCount { name: String::new(), n_occurrences: n_occurrences - known });
    }
    channels.sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| a.name.cmp(&b.name)));
    channels
}
