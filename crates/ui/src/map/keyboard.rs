//! Walking the map with the keyboard: along the strongest edges, within a column, from edge to edge.

use super::index::{MapIndex, Mark};
use protocol::view::{EdgeView, NodeView};

/// A step on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Along the strongest outgoing edge, or to the end of an edge.
    Forward,
    /// Against the strongest incoming edge, or to the beginning of an edge.
    Back,
    /// Up in the column, or to the edge before.
    Up,
    /// Down in the column, or to the next edge.
    Down,
    /// To the first, or next, edge of the node.
    NextEdge,
    /// To the last, or previous, edge of the node.
    PreviousEdge,
    /// To the next node in reading order.
    NextNode,
    /// To the previous node in reading order.
    PreviousNode,
    /// To the first node.
    First,
    /// To the last node.
    Last,
}

/// Reads a key as a step; `None` when it is none.
pub(crate) fn step_for_key(key: &str, alt: bool, shift: bool) -> Option<Step> {
    Some(match (key, alt) {
        ("ArrowRight" | "ArrowDown", true) => Step::NextEdge,
        ("ArrowLeft" | "ArrowUp", true) => Step::PreviousEdge,
        ("ArrowRight", false) => Step::Forward,
        ("ArrowLeft", false) => Step::Back,
        ("ArrowUp", false) => Step::Up,
        ("ArrowDown", false) => Step::Down,
        ("e", false) if !shift => Step::NextEdge,
        ("E", false) => Step::PreviousEdge,
        ("PageDown", false) => Step::NextNode,
        ("PageUp", false) => Step::PreviousNode,
        ("Home", false) => Step::First,
        ("End", false) => Step::Last,
        _ => return None,
    })
}

/// Returns the mark a step leads to; `anchor` is the node whose edges are being walked through.
///
/// Where the step leads nowhere, the answer is `None` and the focus stays.
pub(crate) fn walk(map: &MapIndex, from: &Mark, anchor: Option<&str>, step: Step) -> Option<Mark> {
    match step {
        Step::First => map.node_keys().first().cloned().map(Mark::Node),
        Step::Last => map.node_keys().last().cloned().map(Mark::Node),
        _ => match from {
            Mark::Node(key) => walk_from_node(map, key, step),
            Mark::Edge(key) => walk_from_edge(map, key, anchor, step),
        },
    }
}

fn walk_from_node(map: &MapIndex, key: &str, step: Step) -> Option<Mark> {
    let node = map.node(key)?;
    match step {
        Step::Forward => {
            let strongest = strongest(map, |edge| edge.from == node.id && edge.to != node.id)?;
            mark_of_node(map, strongest.to)
        }
        Step::Back => {
            let strongest = strongest(map, |edge| edge.to == node.id && edge.from != node.id)?;
            mark_of_node(map, strongest.from)
        }
        Step::Up => neighbour_in_column(map, node, -1),
        Step::Down => neighbour_in_column(map, node, 1),
        Step::NextEdge => edges_of(map, node.id).first().map(|edge| mark_of_edge(map, edge)),
        Step::PreviousEdge => edges_of(map, node.id).last().map(|edge| mark_of_edge(map, edge)),
        Step::NextNode => reading_neighbour(map, key, 1),
        Step::PreviousNode => reading_neighbour(map, key, -1),
        Step::First | Step::Last => None,
    }
}

fn walk_from_edge(map: &MapIndex, key: &str, anchor: Option<&str>, step: Step) -> Option<Mark> {
    let edge = map.edge(key)?;
    let anchor_node = anchor.and_then(|anchor| map.node(anchor)).filter(|node| touches(edge, node.id));
    let anchor_id = anchor_node.map_or(edge.from, |node| node.id);
    match step {
        Step::Forward => mark_of_node(map, edge.to),
        Step::Back => mark_of_node(map, edge.from),
        Step::NextEdge | Step::Down => neighbour_edge(map, edge, anchor_id, 1),
        Step::PreviousEdge | Step::Up => neighbour_edge(map, edge, anchor_id, -1),
        Step::NextNode => reading_neighbour(map, map.key_of_node(anchor_id)?, 1),
        Step::PreviousNode => reading_neighbour(map, map.key_of_node(anchor_id)?, -1),
        Step::First | Step::Last => None,
    }
}

/// Edges of a node in the order they are walked: outgoing before incoming, strong before weak, ties by id.
fn edges_of(map: &MapIndex, id: u32) -> Vec<&EdgeView> {
    let mut edges: Vec<&EdgeView> = map.view.edges.iter().filter(|edge| touches(edge, id)).collect();
    edges.sort_by_key(|edge| (edge.from != id, std::cmp::Reverse(edge.n_occurrences), edge.id));
    edges
}

fn touches(edge: &EdgeView, id: u32) -> bool {
    edge.from == id || edge.to == id
}

fn neighbour_edge(map: &MapIndex, edge: &EdgeView, anchor_id: u32, by: isize) -> Option<Mark> {
    let edges = edges_of(map, anchor_id);
    let at = edges.iter().position(|other| other.id == edge.id)?;
    // The edges of a node form a ring, so that one key reaches all of them.
    let n_edges = isize::try_from(edges.len()).ok()?;
    let next = (isize::try_from(at).ok()? + by).rem_euclid(n_edges);
    edges.get(usize::try_from(next).ok()?).map(|edge| mark_of_edge(map, edge))
}

fn neighbour_in_column(map: &MapIndex, node: &NodeView, by: isize) -> Option<Mark> {
    let mut column: Vec<&NodeView> =
        map.view.nodes.iter().filter(|other| other.stage == node.stage).collect();
    column.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)).then(a.id.cmp(&b.id)));
    let at = column.iter().position(|other| other.id == node.id)?;
    let next = usize::try_from(isize::try_from(at).ok()? + by).ok()?;
    column.get(next).and_then(|next| mark_of_node(map, next.id))
}

fn reading_neighbour(map: &MapIndex, key: &str, by: isize) -> Option<Mark> {
    let at = map.node_keys().iter().position(|other| other == key)?;
    let next = usize::try_from(isize::try_from(at).ok()? + by).ok()?;
    map.node_keys().get(next).cloned().map(Mark::Node)
}

fn strongest(map: &MapIndex, wanted: impl Fn(&EdgeView) -> bool) -> Option<&EdgeView> {
    let wanted = map.view.edges.iter().filter(|edge| wanted(edge));
    wanted.max_by_key(|edge| (edge.n_occurrences, std::cmp::Reverse(edge.id)))
}

fn mark_of_node(map: &MapIndex, id: u32) -> Option<Mark> {
    map.key_of_node(id).map(|key| Mark::Node(key.to_owned()))
}

fn mark_of_edge(map: &MapIndex, edge: &EdgeView) -> Mark {
    Mark::Edge(map.key_of_edge(edge))
}

#[cfg(test)]
mod tests {
    use super::{super::index::tests::small_map, *};
    use std::collections::HashSet;

    fn node_mark(map: &MapIndex, id: u32) -> Mark {
        mark_of_node(map, id).expect("the node is there")
    }

    #[test]
    fn right_and_left_follow_the_strongest_edge() {
        let map = small_map();
        let forward = walk(&map, &node_mark(&map, 1), None, Step::Forward);
        assert_eq!(forward, Some(node_mark(&map, 2)), "8 of 10 go on to a2");
        let forward = walk(&map, &node_mark(&map, 2), None, Step::Forward);
        assert_eq!(forward, Some(node_mark(&map, 4)), "a loop on itself leads nowhere new");
        let back = walk(&map, &node_mark(&map, 1), None, Step::Back);
        assert_eq!(back, Some(node_mark(&map, 0)), "most come from the start");
        assert_eq!(walk(&map, &node_mark(&map, 0), None, Step::Back), None, "nothing is before the start");
    }

    #[test]
    fn up_and_down_stay_in_the_stage() {
        let map = small_map();
        assert_eq!(
            walk(&map, &node_mark(&map, 2), None, Step::Down),
            Some(node_mark(&map, 3)),
            "a3 is below a2"
        );
        assert_eq!(walk(&map, &node_mark(&map, 3), None, Step::Down), None, "nothing is below a3");
    }

    #[test]
    fn edges_of_a_node_are_a_ring() {
        let map = small_map();
        let start = node_mark(&map, 1);
        let Mark::Node(anchor) = &start else { panic!("a node is a node") };
        let first = walk(&map, &start, None, Step::NextEdge).expect("a1 has edges");
        let mut seen = vec![first.clone()];
        let mut at = first.clone();
        loop {
            at = walk(&map, &at, Some(anchor), Step::NextEdge).expect("the ring goes on");
            if at == first {
                break;
            }
            seen.push(at.clone());
            assert!(seen.len() < 10, "the ring does not close");
        }
        assert_eq!(seen.len(), 4, "two edges out, two in");
        assert_eq!(
            walk(&map, &first, Some(anchor), Step::Forward),
            Some(node_mark(&map, 2)),
            "the strongest comes first"
        );
    }

    #[test]
    fn every_mark_can_be_reached() {
        let map = small_map();
        let steps = [Step::NextNode, Step::NextEdge];
        let mut open =
            vec![(walk(&map, &node_mark(&map, 3), None, Step::First).expect("a first node"), None::<String>)];
        let mut seen = HashSet::new();
        while let Some((mark, anchor)) = open.pop() {
            if !seen.insert((mark.clone(), anchor.clone())) {
                continue;
            }
            for step in steps {
                let next = walk(&map, &mark, anchor.as_deref(), step);
                let anchor = if let Mark::Node(key) = &mark { Some(key.clone()) } else { anchor.clone() };
                open.extend(next.map(|next| (next, anchor)));
            }
        }
        let marks: HashSet<Mark> = seen.into_iter().map(|(mark, _)| mark).collect();
        assert_eq!(
            marks.len(),
            map.view.nodes.len() + map.view.edges.len(),
            "nodes and edges are all reached"
        );
    }

    #[test]
    fn keys_are_read_as_steps() {
        assert_eq!(step_for_key("ArrowRight", false, false), Some(Step::Forward), "right walks");
        assert_eq!(
            step_for_key("ArrowRight", true, false),
            Some(Step::NextEdge),
            "alt and right turns to edges"
        );
        assert_eq!(step_for_key("q", false, false), None, "other keys are not ours");
    }
}
