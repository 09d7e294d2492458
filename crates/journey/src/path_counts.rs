//! Counting of paths: first which items are at each step, then, with the rows chosen, nodes and links.

use crate::basis::ratio;
use crate::durations::Durations;
use crate::paths::{PathLink, PathNode, PathNodeCount, PathStep, SKIPPED, Stop};
use std::collections::HashMap;

/// First pass: how many paths are at which item at each step, and how many end there.
#[derive(Default)]
pub(crate) struct StepCounts {
    steps: Vec<(HashMap<u32, u64>, u64)>,
}

impl StepCounts {
    /// Adds a path; `is_whole` when it has no stop beyond these.
    pub(crate) fn add(&mut self, stops: &[Stop], is_whole: bool) {
        if self.steps.len() < stops.len() {
            self.steps.resize_with(stops.len(), Default::default);
        }
        for (stop, (values, _)) in stops.iter().zip(&mut self.steps) {
            *values.entry(stop.item).or_default() += 1;
        }
        if let (true, Some(last)) = (is_whole, stops.len().checked_sub(1)) {
            self.steps[last].1 += 1;
        }
    }

    /// Chooses the rows of each step; cases are counted in the second pass.
    pub(crate) fn into_steps(self, n_rows: usize, items: &[String]) -> Vec<PathStep> {
        let name = |item: u32| items.get(item as usize).map_or("", String::as_str);
        let choose = |(number, (mut values, n_ended)): (usize, (HashMap<u32, u64>, u64))| {
            let n_paths = values.values().sum();
            let skipped = values.remove(&SKIPPED);
            let mut named: Vec<(u32, u64)> = values.into_iter().collect();
            named.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| name(*a).cmp(name(*b))));
            let rest = named.split_off(n_rows.min(named.len()));
            let node = |node, value, n_items| PathNodeCount { node, value, n_cases: 0, n_items };
            let mut nodes: Vec<PathNodeCount> =
                named.into_iter().map(|(item, value)| node(PathNode::Item(item), value, 1)).collect();
            if !rest.is_empty() {
                let value = rest.iter().map(|(_, value)| value).sum();
                nodes.push(node(PathNode::Other, value, rest.len() as u64));
            }
            nodes.extend(skipped.map(|value| node(PathNode::Skipped, value, 0)));
            PathStep { step: number + 1, n_paths, n_ended, nodes }
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
    place_of: HashMap<u32, usize>,
    other: usize,
    skipped: usize,
    nodes: Vec<Count>,
    links: Vec<Count>,
    /// Targets of each node: the nodes of the next step and the end.
    n_targets: usize,
}

impl Column {
    fn place(&self, item: u32) -> usize {
        let unnamed = if item == SKIPPED { self.skipped } else { self.other };
        self.place_of.get(&item).copied().unwrap_or(unnamed)
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
    pub(crate) fn new(steps: &[PathStep], is_backward: bool) -> Self {
        let column = |(i, step): (usize, &PathStep)| {
            let (mut other, mut skipped) = (usize::MAX, usize::MAX);
            let mut place_of = HashMap::new();
            for (place, count) in step.nodes.iter().enumerate() {
                match count.node {
                    PathNode::Item(item) => {
                        place_of.insert(item, place);
                    }
                    PathNode::Skipped => skipped = place,
                    PathNode::Other | PathNode::Ended => other = place,
                }
            }
            let n_targets = steps.get(i + 1).map_or(0, |next| next.nodes.len()) + 1;
            let (nodes, links) = (
                vec![Count::default(); step.nodes.len()],
                vec![Count::default(); step.nodes.len() * n_targets],
            );
            Column { place_of, other, skipped, nodes, links, n_targets }
        };
        Self { columns: steps.iter().enumerate().map(column).collect(), is_backward, visit: 0, n_named: 0 }
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
