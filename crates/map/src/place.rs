//! Heights and verticals in pixels: heavy and long edges straight, nothing over anything else.

use crate::choose::Line;
use crate::layers::{EMPTY_STAGE_PX, Layer};
use crate::order::{Holder, Net};
use crate::wrap::Wrapped;
use crate::{Column, arrow_px};

/// Space around the drawing.
pub(crate) const MARGIN_PX: f64 = 16.0;
/// Least space between boxes above each other: room for the mark of cases that end here.
const BOX_GAP_PX: f64 = 22.0;
/// Least space between a box and an edge that passes, and between two such edges.
const PASS_GAP_PX: f64 = 11.0;
const LINE_GAP_PX: f64 = 6.0;
/// Edges that pass a vertical get closer when they would need more room than this.
const MAX_PASSES_PX: f64 = 260.0;
/// Space between verticals: at least, at most, and more for steep and for many edges.
const LAYER_GAP_PX: (f64, f64) = (54.0, 84.0);
const GAP_PER_STEEPNESS: f64 = 0.1;
const GAP_PER_LINK_PX: f64 = 1.2;
/// How much taller than its tallest vertical the drawing may be.
const RANGE_RATIO: f64 = 1.08;
/// Rounds of moving every place between its neighbours; the first two look to one side only.
const N_ROUNDS: usize = 14;

/// Sizes and centres.
#[derive(Clone, Debug)]
pub(crate) struct Heights {
    /// Centre of each place.
    pub(crate) y: Vec<f64>,
    /// Height of each place.
    pub(crate) height: Vec<f64>,
}

/// Where a vertical is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Span {
    pub(crate) left: f64,
    pub(crate) right: f64,
}

/// Finds the centres of all places.
///
/// Every place wants to be at the weighted mean of what it is linked with; each vertical is solved exactly, with its
/// order and least distances, by pooling neighbours that would overlap; then edges over several verticals are made
/// straight where there is room.
///
/// # Reference
/// Gansner et al. (1993), §4, for the aim and the weights; pool adjacent violators: Barlow et al., *Statistical
/// inference under order restrictions* (1972).
pub(crate) fn heights(net: &Net, lines: &[Line], boxes: &[Wrapped], widths: &[f64]) -> Heights {
    let height = net
        .places
        .iter()
        .map(|place| match place.holder {
            Holder::Mark(mark) => boxes[mark].height,
            Holder::Line(line) => widths[line],
        })
        .collect();
    let distances = distances(net, lines, boxes, widths);
    let mut heights = Heights { y: vec![0.0; net.places.len()], height };
    let range = range(&distances, &heights);
    for (layer, distances) in net.layers.iter().zip(&distances) {
        let wanted = vec![(0.0, 1.0); layer.len()];
        for (&place, y) in layer.iter().zip(spread(&wanted, distances, range)) {
            heights.y[place] = y;
        }
    }
    for round in 0..N_ROUNDS {
        for step in 0..net.layers.len() {
            let rightwards = round % 2 == 0;
            let layer = if rightwards { step } else { net.layers.len() - 1 - step };
            let sides = match (round, rightwards) {
                (0 | 1, true) => (true, false),
                (0 | 1, false) => (false, true),
                _ => (true, true),
            };
            settle(net, layer, (&distances[layer], range), sides, &mut heights.y);
        }
    }
    straighten(net, lines, (&distances, range), &mut heights);
    for rightwards in [true, false] {
        align(net, (&distances, range), rightwards, &mut heights.y);
        straighten(net, lines, (&distances, range), &mut heights);
    }
    heights
}

/// Where centres may be: the tallest vertical decides about the height, with a little play.
fn range(distances: &[Vec<f64>], heights: &Heights) -> (f64, f64) {
    let tallest = distances.iter().map(|distances| distances.iter().sum()).fold(0.0, f64::max);
    let half_box = heights.height.iter().fold(0.0, |most: f64, height| most.max(height / 2.0));
    let half = tallest * RANGE_RATIO / 2.0 + half_box;
    (-half, half)
}

/// Least distance of each place's centre from the one above, 0 for the topmost, by vertical.
fn distances(net: &Net, lines: &[Line], boxes: &[Wrapped], widths: &[f64]) -> Vec<Vec<f64>> {
    let above = boxes_above(net);
    let mut extra = vec![0.0_f64; boxes.len()];
    for (line, &width) in lines.iter().zip(widths) {
        // An arrow between two boxes or back to its own needs some length to be seen.
        let lower = match (above[line.to], above[line.from]) {
            _ if line.from == line.to => line.from,
            (Some(upper), _) if upper == line.from => line.to,
            (_, Some(upper)) if upper == line.to => line.from,
            _ => continue,
        };
        extra[lower] = extra[lower].max(arrow_px(width));
    }
    let half = |holder: Holder| match holder {
        Holder::Mark(mark) => boxes[mark].height / 2.0,
        Holder::Line(line) => widths[line] / 2.0,
    };
    let mut all = Vec::with_capacity(net.layers.len());
    for layer in &net.layers {
        let passing: f64 = layer
            .iter()
            .filter(|&&place| matches!(net.places[place].holder, Holder::Line(_)))
            .map(|&place| 2.0 * half(net.places[place].holder) + LINE_GAP_PX)
            .sum();
        let closer = (MAX_PASSES_PX / passing.max(1.0)).min(1.0);
        let mut distances = vec![0.0; layer.len().min(1)];
        distances.extend(layer.windows(2).map(|pair| {
            let (upper, lower) = (net.places[pair[0]].holder, net.places[pair[1]].holder);
            match (upper, lower) {
                (Holder::Mark(_), Holder::Mark(mark)) => half(upper) + BOX_GAP_PX + extra[mark] + half(lower),
                (Holder::Line(_), Holder::Line(_)) => (half(upper) + LINE_GAP_PX + half(lower)) * closer,
                (Holder::Line(_), Holder::Mark(mark)) => {
                    half(upper) + PASS_GAP_PX + extra[mark] + half(lower)
                }
                (Holder::Mark(_), Holder::Line(_)) => half(upper) + PASS_GAP_PX + half(lower),
            }
        }));
        all.push(distances);
    }
    all
}

/// By mark, the mark whose box is the next above in its vertical.
pub(crate) fn boxes_above(net: &Net) -> Vec<Option<usize>> {
    let n_marks = net.places.iter().filter(|place| matches!(place.holder, Holder::Mark(_))).count();
    let mut above = vec![None; n_marks];
    for layer in &net.layers {
        let mut last = None;
        for &place in layer {
            if let Holder::Mark(mark) = net.places[place].holder {
                above[mark] = last;
                last = Some(mark);
            }
        }
    }
    above
}

/// Moves the places of a vertical as near as possible to what they are linked with on the given sides.
fn settle(
    net: &Net,
    layer: usize,
    (distances, range): (&[f64], (f64, f64)),
    sides: (bool, bool),
    y: &mut [f64],
) {
    let strength = |a: usize, b: usize, weight: u64| {
        let stiff = match (net.places[a].holder, net.places[b].holder) {
            (Holder::Line(_), Holder::Line(_)) => 8.0,
            (Holder::Mark(_), Holder::Mark(_)) => 1.0,
            _ => 2.0,
        };
        stiff * (weight * weight) as f64
    };
    let wanted: Vec<(f64, f64)> = net.layers[layer]
        .iter()
        .map(|&place| {
            let left = net.places[place].left.iter().filter(|_| sides.0);
            let right = net.places[place].right.iter().filter(|_| sides.1);
            // A slight pull to the middle keeps the drawing together.
            let mut sums = (0.0, 0.05);
            for &(other, weight) in left.chain(right) {
                let strength = strength(place, other, weight);
                sums = (sums.0 + strength * y[other], sums.1 + strength);
            }
            (sums.0 / sums.1, sums.1)
        })
        .collect();
    for (&place, at) in net.layers[layer].iter().zip(spread(&wanted, distances, range)) {
        y[place] = at;
    }
}

/// The positions nearest to the wanted ones, by weighted squares, that keep order, distances and the range; where the
/// range is too small for the distances, they begin at its lower end.
///
/// `distances[i]` is the least distance from position `i - 1` to `i`; the first is not used.
pub(crate) fn spread(wanted: &[(f64, f64)], distances: &[f64], range: (f64, f64)) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wanted.len());
    // Pools of neighbours that share one shift: its mean, weight and number of members.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (i, &(at, weight)) in wanted.iter().enumerate() {
        offset += if i == 0 { 0.0 } else { distances[i] };
        offsets.push(offset);
        let mut pool = (at - offset, weight, 1);
        while let Some(last) = pools.pop_if(|last| last.0 >= pool.0) {
            let total = last.1 + pool.1;
            pool = ((last.0 * last.1 + pool.0 * pool.1) / total, total, last.2 + pool.2);
        }
        pools.push(pool);
    }
    let shifts = pools.into_iter().flat_map(|(shift, _, n)| std::iter::repeat_n(shift, n));
    // Cutting the shifts off at the range keeps their order, and no others in the range are nearer.
    let high = (range.1 - offset).max(range.0);
    shifts.zip(offsets).map(|(shift, offset)| shift.clamp(range.0, high) + offset).collect()
}

/// Gives edges that pass several verticals one height wherever their neighbours leave room, heavy ones first.
fn straighten(
    net: &Net,
    lines: &[Line],
    (distances, range): (&[Vec<f64>], (f64, f64)),
    heights: &mut Heights,
) {
    let positions = net.positions();
    let mut order: Vec<usize> = (0..lines.len()).filter(|&i| net.chains[i].len() > 2).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(lines[i].n_occurrences), i));
    for i in order {
        let chain = &net.chains[i];
        let mut begin = 1;
        while begin < chain.len() - 1 {
            let mut room = room(net, chain[begin], &positions, distances, &heights.y);
            let mut end = begin + 1;
            while end < chain.len() - 1 {
                let both = meet(room, self::room(net, chain[end], &positions, distances, &heights.y));
                let Some(both) = both else { break };
                room = both;
                end += 1;
            }
            // Where the edge can reach the side of its box without a bend, it does.
            let side = |place: usize| {
                (
                    heights.y[place] - heights.height[place] / 2.0 + 9.0,
                    heights.y[place] + heights.height[place] / 2.0 - 9.0,
                )
            };
            for (is_next, place) in [(begin == 1, chain[0]), (end == chain.len() - 1, chain[end])] {
                if is_next && let Some(both) = meet(room, side(place)) {
                    room = both;
                }
            }
            let mean =
                chain[begin..end].iter().map(|&place| heights.y[place]).sum::<f64>() / (end - begin) as f64;
            let at = mean.clamp(range.0, range.1).clamp(room.0, room.1);
            for &place in &chain[begin..end] {
                heights.y[place] = at;
            }
            begin = end;
        }
    }
}

/// Moves each box, where its neighbours leave room, to the weighted median of what it is linked with, so that the heavy
/// edges become level.
fn align(net: &Net, (distances, range): (&[Vec<f64>], (f64, f64)), rightwards: bool, y: &mut [f64]) {
    let positions = net.positions();
    for step in 0..net.layers.len() {
        let layer = if rightwards { step } else { net.layers.len() - 1 - step };
        for &place in
            net.layers[layer].iter().filter(|&&place| matches!(net.places[place].holder, Holder::Mark(_)))
        {
            let links = net.places[place].left.iter().chain(&net.places[place].right);
            let mut wanted: Vec<(f64, u64)> =
                links.map(|&(other, weight)| (y[other], weight * weight)).collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            let room = room(net, place, &positions, distances, y);
            if let Some(median) = median(&wanted) {
                y[place] = median.clamp(range.0, range.1).clamp(room.0, room.1);
            }
        }
    }
}

/// Weighted median of sorted values; the mean of the two middle ones where the weights are even.
fn median(sorted: &[(f64, u64)]) -> Option<f64> {
    let total: u64 = sorted.iter().map(|one| one.1).sum();
    let mut sum = 0;
    for (i, one) in sorted.iter().enumerate() {
        sum += one.1;
        if sum * 2 == total {
            return sorted.get(i + 1).map(|next| f64::midpoint(one.0, next.0));
        }
        if sum * 2 > total {
            return Some(one.0);
        }
    }
    None
}

fn meet(a: (f64, f64), b: (f64, f64)) -> Option<(f64, f64)> {
    let both = (a.0.max(b.0), a.1.min(b.1));
    (both.0 <= both.1).then_some(both)
}

/// How far up and down a place can move without coming too near its neighbours.
fn room(net: &Net, place: usize, positions: &[usize], distances: &[Vec<f64>], y: &[f64]) -> (f64, f64) {
    let (layer, at) = (net.places[place].layer, positions[place]);
    let up = at.checked_sub(1).map(|above| y[net.layers[layer][above]] + distances[layer][at]);
    let down = net.layers[layer].get(at + 1).map(|&below| y[below] - distances[layer][at + 1]);
    // Distances hold up to rounding; the place itself is always within its room.
    (up.unwrap_or(f64::NEG_INFINITY).min(y[place]), down.unwrap_or(f64::INFINITY).max(y[place]))
}

/// Finds the verticals and the columns around them.
pub(crate) fn spans(
    net: &Net,
    layers: &[Layer],
    boxes: &[Wrapped],
    heights: &Heights,
    n_stages: usize,
) -> (Vec<Span>, Vec<Column>, f64) {
    let gaps: Vec<f64> = net.layers.windows(2).map(|pair| gap(net, &pair[0], heights)).collect();
    let half_gap = |i: usize| gaps.get(i).map_or(0.0, |gap| gap / 2.0);
    let mut spans = Vec::with_capacity(layers.len());
    let mut columns = Vec::with_capacity(n_stages);
    let mut x = MARGIN_PX;
    let mut take = |x: &mut f64, i: usize| {
        let width = layers[i].marks.iter().map(|&mark| boxes[mark].width).fold(0.0, f64::max).round();
        spans.push(Span { left: *x, right: *x + width });
        *x += width;
    };
    let mut next = 0;
    if !layers.is_empty() {
        take(&mut x, 0);
        x += half_gap(0);
        next = 1;
    }
    for stage in 0..n_stages {
        let left = x;
        while layers.get(next).is_some_and(|layer| layer.stage == Some(stage)) {
            x += half_gap(next - 1);
            take(&mut x, next);
            x += half_gap(next);
            next += 1;
        }
        x = x.max(left + EMPTY_STAGE_PX);
        columns.push(Column { x: crate::short(left), width: crate::short(x - left) });
    }
    if next < layers.len() {
        x += half_gap(next - 1);
        take(&mut x, next);
    }
    (spans, columns, x + MARGIN_PX)
}

/// Space to the right of a vertical: more where edges are steep or many.
fn gap(net: &Net, layer: &[usize], heights: &Heights) -> f64 {
    let links =
        || layer.iter().flat_map(|&place| net.places[place].right.iter().map(move |link| (place, link.0)));
    let steepest = links().map(|(a, b)| (heights.y[a] - heights.y[b]).abs()).fold(0.0, f64::max);
    let wanted = LAYER_GAP_PX.0 + steepest * GAP_PER_STEEPNESS + links().count() as f64 * GAP_PER_LINK_PX;
    (wanted.min(LAYER_GAP_PX.1) / 2.0).round() * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cost(wanted: &[(f64, f64)], at: &[f64]) -> f64 {
        wanted.iter().zip(at).map(|((wanted, weight), at)| weight * (wanted - at) * (wanted - at)).sum()
    }

    /// Coordinate descent on the distances between neighbours, from the lower end: slow and simple.
    fn naive_spread(wanted: &[(f64, f64)], distances: &[f64], range: (f64, f64)) -> f64 {
        let n = wanted.len();
        let mut slack = vec![0.0; n];
        let total: f64 = distances[1..].iter().sum();
        let positions = |slack: &[f64]| -> Vec<f64> {
            let (mut y, mut all) = (range.0, Vec::new());
            for (i, extra) in slack.iter().enumerate() {
                y += extra + if i == 0 { 0.0 } else { distances[i] };
                all.push(y);
            }
            all
        };
        for _ in 0..4_000 {
            for i in 0..n {
                let at = positions(&slack);
                let weight: f64 = wanted[i..].iter().map(|one| one.1).sum();
                let shift: f64 = (i..n).map(|j| wanted[j].1 * (wanted[j].0 - at[j])).sum::<f64>() / weight;
                let used: f64 = slack.iter().sum::<f64>() - slack[i];
                slack[i] = (slack[i] + shift).clamp(0.0, (range.1 - range.0 - total - used).max(0.0));
            }
        }
        cost(wanted, &positions(&slack))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn spreading_keeps_distances_and_is_best(
            wanted in proptest::collection::vec((-50.0..50.0_f64, 0.5..4.0_f64), 1..6),
            distances in proptest::collection::vec(1.0..20.0_f64, 6),
            half in 60.0..200.0_f64,
        ) {
            let range = (-half, half);
            let at = spread(&wanted, &distances, range);
            for (i, pair) in at.windows(2).enumerate() {
                prop_assert!(pair[1] - pair[0] >= distances[i + 1] - 1e-9, "distance {i} holds: {at:?}");
            }
            prop_assert!(at.iter().all(|y| (-half - 1e-9..=half + 1e-9).contains(y)), "in the range: {at:?}");
            let (ours, naive) = (cost(&wanted, &at), naive_spread(&wanted, &distances, range));
            prop_assert!(ours <= naive * (1.0 + 1e-6) + 1e-6, "{ours} is no worse than {naive}");
        }
    }

    #[test]
    fn medians_are_weighted() {
        assert_eq!(median(&[(1.0, 1), (2.0, 5), (9.0, 1)]), Some(2.0), "the heavy one");
        assert_eq!(median(&[(1.0, 2), (3.0, 1), (9.0, 1)]), Some(2.0), "between two halves");
        assert_eq!(median(&[]), None, "of nothing");
    }

    #[test]
    fn a_range_too_small_is_begun_at_its_lower_end() {
        assert_eq!(
            spread(&[(5.0, 1.0), (5.0, 1.0)], &[0.0, 30.0], (0.0, 10.0)),
            [0.0, 30.0],
            "distances go first"
        );
    }
}
