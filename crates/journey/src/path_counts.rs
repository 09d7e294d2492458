//! Counting of paths: first which items are at each step, then, with the rows chosen, nodes and links.

use crate::basis::ratio;
use crate::durations::Durations;
use crate::paths::{PathLink, PathNode, PathNodeCount, PathStep, Stop};

/// First pass: how many paths are at which item at each step, and how many end there.
pub(crate) struct StepCounts {
    n_items: usize,
    steps: Vec<StepCount>,
}

/// The counts of one step; values by item.
struct StepCount {
    values: Vec<u64>,
    n_skipped: u64,
    n_ended: u64,
}

impl StepCounts {
    pub(crate) fn new(n_items: usize) -> Self {
        Self { n_items, steps: Vec::new() }
    }

    /// Adds a path; `is_whole` when it has no stop beyond these.
    pub(crate) fn add(&mut self, stops: &[Stop], is_whole: bool) {
        while self.steps.len() < stops.len() {
            self.steps.push(StepCount { values: vec![0; self.n_items], n_skipped: 0, n_ended: 0 });
        }
        for (stop, step) in stops.iter().zip(&mut self.steps) {
            match step.values.get_mut(stop.item as usize) {
                Some(value) => *value += 1,
                None => step.n_skipped += 1,
            }
        }
        if let (true, Some(last)) = (is_whole, stops.len().checked_sub(1)) {
            self.steps[last].n_ended += 1;
        }
    }

    /// Chooses the rows of each step; cases are counted in the second pass.
    pub(crate) fn into_steps(self, n_rows: usize, items: &[String]) -> Vec<PathStep> {
        let name = |item: u32| items.get(item as usize).map_or("", String::as_str);
        let choose = |(number, count): (usize, StepCount)| {
            let n_paths = count.values.iter().sum::<u64>() + count.n_skipped;
            let mut named: Vec<(u32, u64)> =
                (0..).zip(count.values).filter(|(_, value)| *value > 0).collect();
            named.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| name(*a).cmp(name(*b))));
            let rest = named.split_off(n_rows.min(named.len()));
            let node = |node, value, n_items| PathNodeCount { node, value, n_cases: 0, n_items };
            let mut nodes: Vec<PathNodeCount> =
                named.into_iter().map(|(item, value)| node(PathNode::Item(item), value, 1)).collect();
            if !rest.is_empty() {
                let value = rest.iter().map(|(_, value)| value).sum();
                nodes.push(node(PathNode::Other, value, rest.len() as u64));
            }
            if count.n_skipped > 0 {
                nodes.push(node(PathNode::Skipped, count.n_skipped, 0));
            }
            PathStep { step: number + 1, n_paths, n_ended: count.n_ended, nodes }
        };
        self.steps.into_iter().enumerate().map(choose).collect()
    }
}

/// The counts of a node or link while cases are read.
#[derive(Clone, Default)]
struct Count {
    value: u64,
    n_cases: u64,
    visit: u64,
    micros: Vec<i64>,
}

impl Count {
    fn add(&mut self, visit: u64, micros: Option<i64>) {
        self.value += 1;
        self.n_cases += u64::from(std::mem::replace(&mut self.visit, visit) != visit);
        self.micros.extend(micros);
    }
}

/// The nodes of a step and the links that leave it; nodes by their place in the step, the end after the last.
struct Column {
    /// Place by item.
    place_of: Vec<u16>,
    other: usize,
    skipped: usize,
    nodes: Vec<Count>,
    links: Vec<Count>,
    /// Targets of each node: the nodes of the next step and the end.
    n_targets: usize,
}

impl Column {
    fn new(step: &PathStep, next: Option<&PathStep>, n_items: usize) -> Self {
        let place = |node| step.nodes.iter().position(|count| count.node == node).unwrap_or(usize::MAX);
        let (other, skipped) = (place(PathNode::Other), place(PathNode::Skipped));
        let mut place_of = vec![u16::try_from(other).unwrap_or(u16::MAX); n_items];
        for (place, count) in (0_u16..).zip(&step.nodes) {
            if let PathNode::Item(item) = count.node {
                place_of[item as usize] = place;
            }
        }
        let (n_nodes, n_targets) = (step.nodes.len(), next.map_or(0, |next| next.nodes.len()) + 1);
        let (nodes, links) = (vec![Count::default(); n_nodes], vec![Count::default(); n_nodes * n_targets]);
        Self { place_of, other, skipped, nodes, links, n_targets }
    }

    fn place(&self, item: u32) -> usize {
        self.place_of.get(item as usize).map_or(self.skipped, |&place| usize::from(place))
    }
}

/// Second pass: nodes and links between the rows that were chosen.
pub(crate) struct LinkCounts {
    columns: Vec<Column>,
    is_backward: bool,
    visit: u64,
    n_named: u64,
}

impl LinkCounts {
    pub(crate) fn new(steps: &[PathStep], is_backward: bool, n_items: usize) -> Self {
        let column = |(i, step): (usize, &PathStep)| Column::new(step, steps.get(i + 1), n_items);
        let columns = steps.iter().enumerate().map(column).collect();
        Self { columns, is_backward, visit: 0, n_named: 0 }
    }

    /// The paths added from here on are of another case.
    pub(crate) fn next_case(&mut self) {
        self.visit += 1;
    }

    /// Adds a path, as in [`StepCounts::add`].
    pub(crate) fn add(&mut self, stops: &[Stop], is_whole: bool) {
        let mut is_named = true;
        for (i, stop) in stops.iter().enumerate() {
            let next = stops.get(i + 1);
            let target = next.map(|next| self.columns[i + 1].place(next.item));
            let column = &mut self.columns[i];
            let place = column.place(stop.item);
            is_named &= place != column.other;
            let (visit, n_targets) = (self.visit, column.n_targets);
            column.nodes[place].add(visit, None);
            let micros = next.map(|next| {
                let (earlier, later) = if self.is_backward { (next, stop) } else { (stop, next) };
                later.start.saturating_sub(earlier.end).max(0)
            });
            if next.is_some() || is_whole {
                let target = target.unwrap_or(n_targets - 1);
                column.links[place * n_targets + target].add(visit, micros);
            }
        }
        self.n_named += u64::from(is_named);
    }

    /// Paths that passed only named items.
    pub(crate) fn n_named(&self) -> u64 {
        self.n_named
    }

    /// Fills in the cases of the nodes and lists the links; none leaves the last step drawn.
    pub(crate) fn finish(self, steps: &mut [PathStep], n_steps: usize) -> Vec<PathLink> {
        let n_paths = steps.first().map_or(0, |step| step.n_paths);
        let mut links = Vec::new();
        for (i, column) in self.columns.into_iter().enumerate() {
            for (node, count) in steps[i].nodes.iter_mut().zip(&column.nodes) {
                node.n_cases = count.n_cases;
            }
            if i + 1 >= n_steps {
                continue;
            }
            for (at, count) in column.links.into_iter().enumerate().filter(|(_, count)| count.value > 0) {
                let (place, target) = (at / column.n_targets, at % column.n_targets);
                let next = steps.get(i + 1).and_then(|next| next.nodes.get(target));
                links.push(PathLink {
                    step: i + 1,
                    source: steps[i].nodes[place].node,
                    target: next.map_or(PathNode::Ended, |next| next.node),
                    value: count.value,
                    n_cases: count.n_cases,
                    share_of_prev: ratio(count.value, steps[i].nodes[place].value),
                    share_of_start: ratio(count.value, n_paths),
                    median_secs: Durations::from_unsorted(count.micros)
                        .stats()
                        .map(|stats| stats.median_secs),
                });
            }
        }
        links
    }
}
