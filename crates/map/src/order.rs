//! The order within each vertical, so that few edges cross.

use crate::choose::Line;
use crate::layers::Layer;

/// Sweeps of a drawing with few and with many places.
const N_SWEEPS: (usize, usize) = (24, 4);
const MANY_PLACES: usize = 1_500;
/// Sweeps without any gain before giving up.
const MAX_IDLE_SWEEPS: usize = 6;
/// Passes of exchanging neighbours after each sweep.
const MAX_EXCHANGES: usize = 4;

/// What a line within a vertical costs for every box it goes around, as crossings of two light lines.
const DETOUR_COST: u64 = 4;
/// What it costs when it leads up.
const UP_COST: u64 = 2;

/// What takes a place in a vertical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The box of a mark.
    Mark(usize),
    /// An edge that passes.
    Line(usize),
}

/// A place in a vertical.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) layer: usize,
    pub(crate) holder: Holder,
    /// Places linked with it in the vertical to the left, and how heavy.
    pub(crate) left: Vec<(usize, u64)>,
    /// The same to the right.
    pub(crate) right: Vec<(usize, u64)>,
    /// Boxes of the same vertical linked with it, how heavy, and whether the line leads there.
    pub(crate) peers: Vec<(usize, u64, bool)>,
}

/// All places and how they are linked: an edge over several verticals takes a place in each of them.
#[derive(Clone, Debug)]
pub(crate) struct Net {
    pub(crate) places: Vec<Place>,
    /// Places of each vertical, top to bottom.
    pub(crate) layers: Vec<Vec<usize>>,
    /// By line, the places it links, left to right, whichever way it leads; empty within one vertical.
    pub(crate) chains: Vec<Vec<usize>>,
}

impl Net {
    /// Puts boxes, then passing edges into every vertical. `weights` are the lines' weights for crossings.
    pub(crate) fn new(layers: &[Layer], lines: &[Line], weights: &[u64]) -> Self {
        let n_marks = layers.iter().map(|layer| layer.marks.len()).sum();
        let mut net = Self { places: Vec::new(), layers: vec![Vec::new(); layers.len()], chains: Vec::new() };
        let mut place_of = vec![0; n_marks];
        for (at, layer) in layers.iter().enumerate() {
            let mut marks = layer.marks.clone();
            marks.sort_unstable();
            for mark in marks {
                place_of[mark] = net.add(at, Holder::Mark(mark));
            }
        }
        for (i, line) in lines.iter().enumerate() {
            let (a, b) = (place_of[line.from], place_of[line.to]);
            let (left, right) = if net.places[a].layer <= net.places[b].layer { (a, b) } else { (b, a) };
            let mut chain = Vec::new();
            if net.places[left].layer < net.places[right].layer {
                chain.push(left);
                for layer in net.places[left].layer + 1..net.places[right].layer {
                    chain.push(net.add(layer, Holder::Line(i)));
                }
                chain.push(right);
            } else if a != b {
                net.places[a].peers.push((b, weights[i], true));
                net.places[b].peers.push((a, weights[i], false));
            }
            for pair in chain.windows(2) {
                net.places[pair[0]].right.push((pair[1], weights[i]));
                net.places[pair[1]].left.push((pair[0], weights[i]));
            }
            net.chains.push(chain);
        }
        net
    }

    fn add(&mut self, layer: usize, holder: Holder) -> usize {
        let place = self.places.len();
        self.places.push(Place { layer, holder, left: Vec::new(), right: Vec::new(), peers: Vec::new() });
        self.layers[layer].push(place);
        place
    }

    /// Where in its vertical each place is.
    pub(crate) fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.places.len()];
        for layer in &self.layers {
            for (at, &place) in layer.iter().enumerate() {
                positions[place] = at;
            }
        }
        positions
    }

    /// What the order costs: crossings, and detours within verticals.
    pub(crate) fn cost(&self) -> u64 {
        self.crossing_cost() + self.detour_cost()
    }

    /// Lines within a vertical cost by the boxes they go around, and a little when they lead up.
    fn detour_cost(&self) -> u64 {
        let mut rows = vec![0_u64; self.places.len()];
        for layer in &self.layers {
            let mut row = 0;
            for &place in layer {
                rows[place] = row;
                row += u64::from(matches!(self.places[place].holder, Holder::Mark(_)));
            }
        }
        let of = |(from, place): (usize, &Place)| -> u64 {
            let leading = place.peers.iter().filter(|peer| peer.2);
            let one = |&(to, weight, _): &(usize, u64, bool)| {
                let up = if rows[to] < rows[from] { UP_COST } else { 0 };
                weight * (DETOUR_COST * rows[from].abs_diff(rows[to]).saturating_sub(1) + up)
            };
            leading.map(one).sum()
        };
        self.places.iter().enumerate().map(of).sum()
    }

    /// Sum over all crossings of the product of the two weights.
    ///
    /// # Reference
    /// Barth, Jünger, Mutzel, *Simple and efficient bilayer cross counting* (2002), with weights.
    fn crossing_cost(&self) -> u64 {
        let positions = self.positions();
        let mut cost = 0;
        for pair in self.layers.windows(2) {
            let mut below = Sums::new(pair[1].len());
            let mut seen = 0;
            for &place in &pair[0] {
                let mut ends: Vec<(usize, u64)> = self.places[place]
                    .right
                    .iter()
                    .map(|&(other, weight)| (positions[other], weight))
                    .collect();
                ends.sort_unstable();
                for &(end, weight) in &ends {
                    cost += weight * (seen - below.up_to(end));
                }
                for (end, weight) in ends {
                    below.add(end, weight);
                    seen += weight;
                }
            }
        }
        cost
    }
}

/// Running sums (a Fenwick tree).
struct Sums(Vec<u64>);

impl Sums {
    fn new(n: usize) -> Self {
        Self(vec![0; n + 1])
    }

    fn add(&mut self, at: usize, weight: u64) {
        let mut i = at + 1;
        while let Some(sum) = self.0.get_mut(i) {
            *sum += weight;
            i += i & i.wrapping_neg();
        }
    }

    /// Sum of the entries 0…`at`.
    fn up_to(&self, at: usize) -> u64 {
        let (mut i, mut sum) = (at + 1, 0);
        while i > 0 {
            sum += self.0[i];
            i &= i - 1;
        }
        sum
    }
}

/// Orders the places so that few edges cross; never worse than before.
///
/// # Reference
/// Sugiyama, Tagawa, Toda (1981), barycentres swept right and left; Gansner et al., *A technique for drawing directed
/// graphs* (1993), §3, exchange of neighbours and keeping the best. Ties keep the order there is.
pub(crate) fn reduce_crossings(net: &mut Net) {
    let n_sweeps = if net.places.len() < MANY_PLACES { N_SWEEPS.0 } else { N_SWEEPS.1 };
    let mut positions = net.positions();
    let mut best = (net.cost(), net.layers.clone());
    let mut idle = 0;
    for sweep in 0..n_sweeps {
        if best.0 == 0 || idle == MAX_IDLE_SWEEPS {
            break;
        }
        let rightwards = sweep % 2 == 0;
        for step in 0..net.layers.len() {
            let layer = if rightwards { step } else { net.layers.len() - 1 - step };
            sort_by_centre(net, layer, rightwards, &mut positions);
        }
        for _ in 0..MAX_EXCHANGES {
            if !exchange(net, &mut positions) {
                break;
            }
        }
        let cost = net.cost();
        idle += 1;
        if cost < best.0 {
            best = (cost, net.layers.clone());
            idle = 0;
        }
    }
    net.layers = best.1;
}

/// Sorts a vertical by the mean position of what each place is linked with on one side; others stay where they are.
fn sort_by_centre(net: &mut Net, layer: usize, rightwards: bool, positions: &mut [usize]) {
    let mut movable: Vec<(f64, usize)> = Vec::new();
    let mut slots = Vec::new();
    for (slot, &place) in net.layers[layer].iter().enumerate() {
        let links = if rightwards { &net.places[place].left } else { &net.places[place].right };
        let sums = links.iter().fold((0.0, 0.0), |(sum, total), &(other, weight)| {
            (sum + positions[other] as f64 * weight as f64, total + weight as f64)
        });
        if sums.1 > 0.0 {
            movable.push((sums.0 / sums.1, place));
            slots.push(slot);
        }
    }
    movable.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (slot, (_, place)) in slots.into_iter().zip(movable) {
        net.layers[layer][slot] = place;
        positions[place] = slot;
    }
}

/// Exchanges neighbours wherever that costs less; whether any did.
fn exchange(net: &mut Net, positions: &mut [usize]) -> bool {
    let mut has_gained = false;
    for layer in 0..net.layers.len() {
        for slot in 1..net.layers[layer].len() {
            let (upper, lower) = (net.layers[layer][slot - 1], net.layers[layer][slot]);
            let (a, b) = (&net.places[upper], &net.places[lower]);
            let (left_now, left_then) = crossings(&a.left, &b.left, positions);
            let (right_now, right_then) = crossings(&a.right, &b.right, positions);
            let (detour_now, detour_then) = detours(net, upper, lower, positions);
            if left_then + right_then + detour_then < left_now + right_now + detour_now {
                net.layers[layer].swap(slot - 1, slot);
                (positions[upper], positions[lower]) = (slot, slot - 1);
                has_gained = true;
            }
        }
    }
    has_gained
}

/// Cost of the crossings between the links of two neighbours as they are, and exchanged.
fn crossings(upper: &[(usize, u64)], lower: &[(usize, u64)], positions: &[usize]) -> (u64, u64) {
    let (mut now, mut then) = (0, 0);
    for &(a, weight_a) in upper {
        for &(b, weight_b) in lower {
            let cost = weight_a * weight_b;
            now += if positions[a] > positions[b] { cost } else { 0 };
            then += if positions[a] < positions[b] { cost } else { 0 };
        }
    }
    (now, then)
}

/// Cost, beside a common part, of the lines within the vertical of two neighbours as they are, and exchanged.
fn detours(net: &Net, upper: usize, lower: usize, positions: &[usize]) -> (u64, u64) {
    let (mut now, mut then) = (0, 0);
    if matches!(net.places[upper].holder, Holder::Line(_))
        || matches!(net.places[lower].holder, Holder::Line(_))
    {
        return (0, 0);
    }
    for &(peer, weight, leads_there) in &net.places[upper].peers {
        if peer == lower {
            *(if leads_there { &mut then } else { &mut now }) += weight * UP_COST;
        } else {
            // The upper one moves down: nearer to what is below, farther from what is above.
            let is_below = positions[peer] > positions[lower];
            *(if is_below { &mut now } else { &mut then }) += weight * DETOUR_COST;
        }
    }
    for &(peer, weight, _) in net.places[lower].peers.iter().filter(|peer| peer.0 != upper) {
        let is_above = positions[peer] < positions[upper];
        *(if is_above { &mut now } else { &mut then }) += weight * DETOUR_COST;
    }
    (now, then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every pair of links between the same verticals, compared.
    fn naive_crossing_cost(net: &Net) -> u64 {
        let positions = net.positions();
        let links: Vec<(usize, usize, usize, u64)> = net
            .places
            .iter()
            .enumerate()
            .flat_map(|(a, place)| place.right.iter().map(move |&(b, weight)| (place.layer, a, b, weight)))
            .collect();
        let mut cost = 0;
        for (i, &(layer, a, b, weight)) in links.iter().enumerate() {
            for &(other_layer, c, d, other) in &links[..i] {
                let crosses = (positions[a] < positions[c]) != (positions[b] < positions[d]);
                if layer == other_layer && a != c && b != d && crosses {
                    cost += weight * other;
                }
            }
        }
        cost
    }

    fn net() -> impl Strategy<Value = Net> {
        let lines = proptest::collection::vec((0_usize..16, 0_usize..16, 1_u64..5), 0..40);
        (proptest::collection::vec(0_usize..5, 16), lines).prop_map(|(layer_of, lines)| {
            let layers: Vec<Layer> = (0..5)
                .map(|at| Layer {
                    stage: Some(at),
                    marks: (0..16).filter(|&mark| layer_of[mark] == at).collect(),
                })
                .collect();
            let weights: Vec<u64> = lines.iter().map(|line| line.2).collect();
            let lines: Vec<Line> = lines
                .into_iter()
                .map(|(from, to, n_occurrences)| Line { from, to, n_occurrences, out_ratio: 0.0 })
                .collect();
            Net::new(&layers, &lines, &weights)
        })
    }

    proptest! {
        #[test]
        fn crossings_are_counted_right(net in net()) {
            prop_assert_eq!(net.crossing_cost(), naive_crossing_cost(&net), "as pair by pair");
        }

        #[test]
        fn reducing_never_costs_more(mut net in net()) {
            let before = net.clone();
            reduce_crossings(&mut net);
            prop_assert!(net.cost() <= before.cost(), "{} to {}", before.cost(), net.cost());
            for (now, then) in net.layers.iter().zip(&before.layers) {
                let (mut now, mut then) = (now.clone(), then.clone());
                now.sort_unstable();
                then.sort_unstable();
                prop_assert_eq!(now, then, "every place stays in its vertical");
            }
        }

        #[test]
        fn an_exchange_spares_what_it_promises(mut net in net()) {
            let mut positions = net.positions();
            let before = net.cost();
            let has_gained = exchange(&mut net, &mut positions);
            prop_assert_eq!(&positions, &net.positions(), "positions are kept current");
            prop_assert_eq!(has_gained, net.cost() < before, "{} to {}", before, net.cost());
        }
    }

    #[test]
    fn two_crossed_lines_are_uncrossed() {
        let layers = [vec![0, 1], vec![2, 3]].map(|marks| Layer { stage: Some(0), marks });
        let lines = [(0, 3), (1, 2)].map(|(from, to)| Line { from, to, n_occurrences: 1, out_ratio: 1.0 });
        let mut net = Net::new(&layers, &lines, &[1, 1]);
        assert_eq!(net.crossing_cost(), 1, "they cross");
        reduce_crossings(&mut net);
        assert_eq!(net.crossing_cost(), 0, "and then do not");
    }
}
