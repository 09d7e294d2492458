//! A laid-out map with its marks findable by a key that stays the same while the map changes.

use crate::text::Text;
use protocol::{
    Selection,
    view::{EdgeView, JourneyMapView, NodeKind, NodeView, StageView},
};
use std::collections::HashMap;

/// A node or an edge, by its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// A node.
    Node(String),
    /// An edge.
    Edge(String),
}

/// The map as drawn now.
#[derive(Clone, Debug)]
pub(crate) struct MapIndex {
    /// The map.
    pub(crate) view: JourneyMapView,
    /// Its changed marks shall be shown as such.
    pub(crate) pulse: bool,
    node_keys: Vec<String>,
    edge_keys: Vec<String>,
    node_by_key: HashMap<String, usize>,
    edge_by_key: HashMap<String, usize>,
    node_by_id: HashMap<u32, usize>,
}

/// A view whose marks that stand for no single touchpoint are named in the person's language.
pub(crate) fn worded(mut view: JourneyMapView, text: Text) -> JourneyMapView {
    for node in &mut view.nodes {
        let name = match node.kind {
            NodeKind::Activity => continue,
            NodeKind::Start => text.s("node.start").to_owned(),
            NodeKind::Ended => text.s("node.ended").to_owned(),
            NodeKind::Other => text.fill("node.other", &[&text.count(node.activities.len() as u64)]),
        };
        node.lines = vec![name.clone()];
        node.name = name;
    }
    view
}

impl MapIndex {
    /// Indexes a map.
    pub(crate) fn new(view: JourneyMapView, pulse: bool) -> Self {
        let node_keys: Vec<String> = view.nodes.iter().map(|node| node_key(&view, node)).collect();
        let node_by_id: HashMap<u32, usize> =
            view.nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
        let edge_keys: Vec<String> =
            view.edges.iter().map(|edge| edge_key(&node_keys, &node_by_id, edge)).collect();
        let by_key = |keys: &[String]| keys.iter().enumerate().map(|(at, key)| (key.clone(), at)).collect();
        let (node_by_key, edge_by_key) = (by_key(&node_keys), by_key(&edge_keys));
        Self { view, pulse, node_keys, edge_keys, node_by_key, edge_by_key, node_by_id }
    }

    /// Keys of the nodes, in the view's order.
    pub(crate) fn node_keys(&self) -> &[String] {
        &self.node_keys
    }

    /// Keys of the edges, in the view's order.
    pub(crate) fn edge_keys(&self) -> &[String] {
        &self.edge_keys
    }

    /// The node of a key.
    pub(crate) fn node(&self, key: &str) -> Option<&NodeView> {
        self.view.nodes.get(*self.node_by_key.get(key)?)
    }

    /// The edge of a key.
    pub(crate) fn edge(&self, key: &str) -> Option<&EdgeView> {
        self.view.edges.get(*self.edge_by_key.get(key)?)
    }

    /// The node of an id of this view.
    pub(crate) fn node_with_id(&self, id: u32) -> Option<&NodeView> {
        self.view.nodes.get(*self.node_by_id.get(&id)?)
    }

    /// The key of the node with an id of this view.
    pub(crate) fn key_of_node(&self, id: u32) -> Option<&str> {
        self.node_keys.get(*self.node_by_id.get(&id)?).map(String::as_str)
    }

    /// The key of an edge of this view.
    pub(crate) fn key_of_edge(&self, edge: &EdgeView) -> String {
        edge_key(&self.node_keys, &self.node_by_id, edge)
    }

    /// Whether the mark is drawn.
    pub(crate) fn has(&self, mark: &Mark) -> bool {
        match mark {
            Mark::Node(key) => self.node_by_key.contains_key(key),
            Mark::Edge(key) => self.edge_by_key.contains_key(key),
        }
    }

    /// The stage of a node.
    pub(crate) fn stage_of(&self, node: &NodeView) -> Option<&StageView> {
        self.view.stages.get(usize::try_from(node.stage?).ok()?)
    }

    /// Names of both ends of an edge.
    pub(crate) fn names_of_ends(&self, edge: &EdgeView) -> (&str, &str) {
        let name = |id| self.node_with_id(id).map_or("", |node| node.name.as_str());
        (name(edge.from), name(edge.to))
    }

    /// The cases behind a node.
    pub(crate) fn selection_of_node(node: &NodeView) -> Selection {
        match node.kind {
            NodeKind::Start | NodeKind::Ended => Selection::All,
            NodeKind::Activity | NodeKind::Other => Selection::Activities { names: node.activities.clone() },
        }
    }

    /// The cases behind an edge.
    pub(crate) fn selection_of_edge(&self, edge: &EdgeView) -> Selection {
        let activities = |id| self.node_with_id(id).map(|node| node.activities.clone()).unwrap_or_default();
        Selection::Edge { from: activities(edge.from), to: activities(edge.to) }
    }
}

fn node_key(view: &JourneyMapView, node: &NodeView) -> String {
    match node.kind {
        NodeKind::Start => "start".to_owned(),
        NodeKind::Ended => "ended".to_owned(),
        NodeKind::Activity => format!("activity {}", node.name),
        // One "Other" a stage; its name may tell how many activities it holds and is no key.
        NodeKind::Other => {
            let stage = node.stage.and_then(|stage| view.stages.get(usize::try_from(stage).ok()?));
            format!("other {}", stage.map_or("", |stage| stage.name.as_str()))
        }
    }
}

fn edge_key(node_keys: &[String], node_by_id: &HashMap<u32, usize>, edge: &EdgeView) -> String {
    let key = |id| node_by_id.get(&id).and_then(|&at| node_keys.get(at)).map_or("", String::as_str);
    format!("{}\u{1f}{}", key(edge.from), key(edge.to))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use protocol::view::{Conservation, Totals};

    /// A node for tests, at a place.
    pub(crate) fn node(id: u32, kind: NodeKind, stage: Option<u32>, x: f32, y: f32) -> NodeView {
        let name = format!("a{id}");
        let activities = if kind == NodeKind::Activity { vec![name.clone()] } else { Vec::new() };
        NodeView {
            id,
            kind,
            lines: vec![name.clone()],
            name,
            activities,
            stage,
            x,
            y,
            width: 100.0,
            height: 40.0,
            n_occurrences: 10,
            n_cases: Some(5),
            n_starts: 0,
            n_ends: 0,
            waiting: None,
            service: None,
            stage_reason: protocol::sentence::Sentence::default(),
            stage_confidence_ratio: 1.0,
            stage_custom: false,
            changed: false,
        }
    }

    /// An edge for tests.
    pub(crate) fn edge(id: u32, from: u32, to: u32, n_occurrences: u64) -> EdgeView {
        EdgeView {
            id,
            from,
            to,
            n_occurrences,
            n_cases: None,
            out_ratio: 0.5,
            time: None,
            path_data: String::new(),
            label_x: 0.0,
            label_y: 0.0,
            width: 1.0,
            backward: false,
            changed: false,
        }
    }

    /// Start → a1 (stage 0) → a2, a3 (stage 1) → ended, with a loop on a2 and a way back from a3 to a1.
    pub(crate) fn small_map() -> MapIndex {
        let nodes = vec![
            node(0, NodeKind::Start, None, 0.0, 0.0),
            node(1, NodeKind::Activity, Some(0), 200.0, 0.0),
            node(2, NodeKind::Activity, Some(1), 400.0, 0.0),
            node(3, NodeKind::Activity, Some(1), 400.0, 100.0),
            node(4, NodeKind::Ended, None, 600.0, 0.0),
        ];
        let edges = vec![
            edge(0, 3, 1, 1),
            edge(1, 2, 2, 9),
            edge(2, 1, 3, 2),
            edge(3, 1, 2, 8),
            edge(4, 2, 4, 8),
            edge(5, 0, 1, 10),
            edge(6, 3, 4, 2),
        ];
        let totals = Totals {
            n_events: 30,
            n_cases: 10,
            n_accounts: 0,
            n_activities: 3,
            n_edges: 4,
            n_variants: 2,
            n_drawn_activities: 3,
            n_drawn_edges: 7,
            n_drawable_edges: 7,
            drawn_flow_ratio: 1.0,
            first_micros: None,
            last_micros: None,
            cycle: None,
        };
        let view = JourneyMapView {
            revision: 1,
            activities_ratio: 1.0,
            paths_ratio: 1.0,
            width: 700.0,
            height: 140.0,
            stages: Vec::new(),
            nodes,
            edges,
            totals,
            conservation: Conservation { holds: true, n_checked: 5, violations: Vec::new() },
            stages_reason: protocol::sentence::Sentence::default(),
            stages_custom: false,
            lanes: Vec::new(),
        };
        MapIndex::new(view, false)
    }

    #[test]
    fn marks_are_found_by_keys_that_do_not_hold_ids() {
        let mut map = small_map();
        let key = map.key_of_node(2).expect("node 2 is there").to_owned();
        map.view.nodes[2].id = 77;
        let again = MapIndex::new(map.view, false);
        assert_eq!(again.node(&key).map(|node| node.id), Some(77), "the same activity has the same key");
        assert!(again.has(&Mark::Node("start".to_owned())), "the virtual start is a mark");
    }

    #[test]
    fn virtual_ends_select_by_an_empty_side() {
        let map = small_map();
        let start = map.view.edges.iter().find(|edge| edge.from == 0).expect("a start edge is there");
        let expected = Selection::Edge { from: Vec::new(), to: vec!["a1".to_owned()] };
        assert_eq!(map.selection_of_edge(start), expected, "an empty side is the start of the case");
    }
}
