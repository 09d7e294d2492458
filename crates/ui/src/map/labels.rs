//! Which edge figures have room: strong edges first, none over a node or another figure.

use super::{MapIndex, lens::Lens};
use crate::text::Text;
use std::{cmp::Reverse, collections::HashSet};

/// Width a character takes at the size figures are written, and the height of a line, in drawing pixels.
const CHARACTER_PX: f64 = 6.4;
const LINE_PX: f64 = 15.0;

#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn meets(self, other: Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// Returns the keys of the edges whose figure is drawn without a pointer on them.
pub(crate) fn with_room(map: &MapIndex, lens: Lens, text: Text) -> HashSet<String> {
    let mut taken: Vec<Area> = map.view.nodes.iter().map(node_area).collect();
    let mut edges: Vec<_> = map.view.edges.iter().zip(map.edge_keys()).collect();
    edges.sort_by_key(|(edge, _)| (Reverse(edge.n_occurrences), edge.id));
    let mut keys = HashSet::new();
    for (edge, key) in edges {
        let Some(figure) = lens.edge_figure(edge, text) else { continue };
        let width = figure.chars().count() as f64 * CHARACTER_PX + 4.0;
        let area = Area {
            x: f64::from(edge.label_x) - width / 2.0,
            y: f64::from(edge.label_y) - LINE_PX / 2.0,
            width,
            height: LINE_PX,
        };
        if !taken.iter().any(|other| area.meets(*other)) {
            taken.push(area);
            keys.insert(key.clone());
        }
    }
    keys
}

fn node_area(node: &protocol::view::NodeView) -> Area {
    Area {
        x: f64::from(node.x),
        y: f64::from(node.y),
        width: f64::from(node.width),
        height: f64::from(node.height),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::index::tests::small_map, *};

    #[test]
    fn the_strongest_of_overlapping_figures_is_drawn() {
        let mut map = small_map();
        for edge in &mut map.view.edges {
            (edge.label_x, edge.label_y) = (320.0, 300.0);
        }
        let map = MapIndex::new(map.view, false);
        let keys = with_room(&map, Lens::Occurrences, Text::for_locales(&[]));
        let strongest = map.view.edges.iter().max_by_key(|edge| edge.n_occurrences).expect("there are edges");
        assert_eq!(keys, HashSet::from([map.key_of_edge(strongest)]), "one place, one figure");
    }

    #[test]
    fn a_figure_on_a_node_is_left_out() {
        let keys = with_room(&small_map(), Lens::Occurrences, Text::for_locales(&[]));
        assert!(keys.is_empty(), "all figures of this map lie on the first node");
    }
}
