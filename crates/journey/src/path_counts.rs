//! Counting of paths: first which items are at each step, then, with the rows chosen, nodes and links.

use crate::basis::ratio;
use crate::follows::Sign;
use crate::paths::{PathLink, PathNode, PathNodeCount, PathStep, SKIPPED, Stop};
use crate::readings::Readings;

/// First pass: how many paths are at which item at each step, and how many end there.
#[derive(Debug, Default)]
pub(crate) struct StepCounts {
    steps: Vec<StepCount>,
}

/// The counts of one step; values by item.
#[derive(Clone, Debug, Default)]
struct StepCount {
    values: Vec<u64>,
    n_skipped: u64,
    n_ended: u64,
}

impl StepCount {
    fn n_paths(&self) -> u64 {
        self.values.iter().sum::<u64>() + self.n_skipped
    }
}

impl StepCounts {
    /// Adds a path; `is_whole` when it has no stop beyond these.
    pub(crate) fn add(&mut self, stops: &[Stop], is_whole: bool) {
        if self.steps.len() < stops.len() {
            self.steps.resize(stops.len(), StepCount::default());
        }
        for (stop, step) in stops.iter().zip(&mut self.steps) {
            if stop.item == SKIPPED {
                step.n_skipped += 1;
                continue;
            }
            let item = stop.item as usize;
            if step.values.len() <= item {
                step.values.resize(item + 1, 0);
            }
            step.values[item] += 1;
        }
        if let (true, Some(last)) = (is_whole, stops.len().checked_sub(1)) {
            self.steps[last].n_ended += 1;
        }
    }

    /// Takes the paths of other cases in, or out again.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        if self.steps.len() < part.steps.len() {
            self.steps.resize(part.steps.len(), StepCount::default());
        }
        for (own, part) in self.steps.iter_mut().zip(part.steps) {
            own.values.resize(own.values.len().max(part.values.len()), 0);
            own.values.iter_mut().zip(part.values).for_each(|(n, part)| sign.apply(n, part));
            sign.apply(&mut own.n_skipped, part.n_skipped);
            sign.apply(&mut own.n_ended, part.n_ended);
        }
    }

    /// The steps with their rows chosen; cases are counted in the second pass.
    pub(crate) fn steps(&self, n_rows: usize, items: &[String]) -> Vec<PathStep> {
        let name = |item: u32| items.get(item as usize).map_or("", String::as_str);
        let choose = |(number, count): (usize, &StepCount)| {
            let mut named: Vec<(u32, u64)> =
                (0..).zip(count.values.iter().copied()).filter(|(_, value)| *value > 0).collect();
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
            PathStep { step: number + 1, n_paths: count.n_paths(), n_ended: count.n_ended, nodes }
        };
        // No path gets as far any more as one that was taken out again.
        self.steps.iter().take_while(|step| step.n_paths() > 0).enumerate().map(choose).collect()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.steps.iter().map(|step| step.values.capacity() * size_of::<u64>()).sum()
    }
}

/// The counts of a node or link while cases are read.
#[derive(Clone, Debug, Default)]
struct Count {
    value: u64,
    n_cases: u64,
    visit: u64,
    times: Readings,
}

impl Count {
    fn add(&mut self, visit: u64, micros: Option<i64>) {
        self.value += 1;
        self.n_cases += u64::from(std::mem::replace(&mut self.visit, visit) != visit);
        if let Some(micros) = micros {
            self.times.push(micros);
        }
    }

    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply(&mut self.value, part.value);
        sign.apply(&mut self.n_cases, part.n_cases);
        self.times.absorb(part.times, sign);
    }
}

/// The nodes of a step and the links that leave it; nodes by their place in the step, the end after the last.
#[derive(Debug)]
struct Column {
    /// Place by item; of other items, and of those that came later, that of all others.
    place_of: Vec<Option<usize>>,
    other: Option<usize>,
    skipped: Option<usize>,
    nodes: Vec<Count>,
    links: Vec<Count>,
    /// Targets of each node: the nodes of the next step and the end.
    n_targets: usize,
}

impl Column {
    fn new(nodes: &[PathNode], next: Option<&Vec<PathNode>>, n_items: usize) -> Self {
        let place = |wanted| nodes.iter().position(|node| *node == wanted);
        let (other, skipped) = (place(PathNode::Other), place(PathNode::Skipped));
        let mut place_of = vec![other; n_items];
        for (place, node) in nodes.iter().enumerate() {
            if let PathNode::Item(item) = node
                && let Some(own) = place_of.get_mut(*item as usize)
            {
                *own = Some(place);
            }
        }
        let n_targets = next.map_or(0, Vec::len) + 1;
        let links = vec![Count::default(); nodes.len() * n_targets];
        Self { place_of, other, skipped, nodes: vec![Count::default(); nodes.len()], links, n_targets }
    }

    /// Where an item is counted; nowhere when no row is for it, and the rows are chosen anew before anyone sees them.
    fn place(&self, item: u32) -> Option<usize> {
        match item {
            SKIPPED => self.skipped,
            item => self.place_of.get(item as usize).copied().unwrap_or(self.other),
        }
    }
}

/// Second pass: nodes and links between the rows that were chosen.
#[derive(Debug, Default)]
pub(crate) struct LinkCounts {
    columns: Vec<Column>,
    is_backward: bool,
    visit: u64,
    n_named: u64,
}

impl LinkCounts {
    pub(crate) fn new(rows: &[Vec<PathNode>], is_backward: bool, n_items: usize) -> Self {
        let column = |(i, nodes): (usize, &Vec<PathNode>)| Column::new(nodes, rows.get(i + 1), n_items);
        let columns = rows.iter().enumerate().map(column).collect();
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
            let of_next = |next: &Stop| self.columns.get(i + 1).and_then(|column| column.place(next.item));
            let target = next.map(of_next);
            let Some(column) = self.columns.get_mut(i) else {
                break;
            };
            let place = column.place(stop.item);
            is_named &= place != column.other;
            let Some(place) = place else {
                continue;
            };
            let (visit, n_targets) = (self.visit, column.n_targets);
            column.nodes[place].add(visit, None);
            let micros = next.map(|next| {
                let (earlier, later) = if self.is_backward { (next, stop) } else { (stop, next) };
                later.start.saturating_sub(earlier.end).max(0)
            });
            let target = match target {
                Some(target) => target,
                None => is_whole.then_some(n_targets - 1),
            };
            if let Some(target) = target {
                column.links[place * n_targets + target].add(visit, micros);
            }
        }
        self.n_named += u64::from(is_named);
    }

    /// Takes the paths of other cases in, or out again; both were counted by the same rows.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        for (own, part) in self.columns.iter_mut().zip(part.columns) {
            own.nodes.iter_mut().zip(part.nodes).for_each(|(own, part)| own.absorb(part, sign));
            own.links.iter_mut().zip(part.links).for_each(|(own, part)| own.absorb(part, sign));
        }
        sign.apply(&mut self.n_named, part.n_named);
    }

    pub(crate) fn settle(&mut self) {
        self.columns.iter_mut().flat_map(|column| &mut column.links).for_each(|link| link.times.settle());
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.columns.iter().flat_map(|column| &column.links).map(|link| link.times.n_bytes() + 24).sum()
    }

    /// Paths that passed only named items.
    pub(crate) fn n_named(&self) -> u64 {
        self.n_named
    }

    /// Fills in the cases of the nodes and lists the links; none leaves the last step drawn.
    pub(crate) fn tell(&self, steps: &mut [PathStep], n_steps: usize) -> Vec<PathLink> {
        let n_paths = steps.first().map_or(0, |step| step.n_paths);
        let mut links = Vec::new();
        for (i, column) in self.columns.iter().enumerate().take(steps.len()) {
            for (node, count) in steps[i].nodes.iter_mut().zip(&column.nodes) {
                node.n_cases = count.n_cases;
            }
            if i + 1 >= n_steps {
                continue;
            }
            for (at, count) in column.links.iter().enumerate().filter(|(_, count)| count.value > 0) {
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
                    median_secs: count.times.stats().map(|stats| stats.median_secs),
                });
            }
        }
        links
    }
}
