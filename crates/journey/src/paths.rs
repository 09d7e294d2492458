//! Step-indexed paths: where cases go from one item to the next, counted on all of them and then cut for drawing.

use crate::basis::{Basis, ratio};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::issue::Issue;
use crate::kept::{Counted, Tally};
use crate::path_counts::{LinkCounts, StepCounts};
use crate::path_items::{ItemRules, fits};
use crate::query::Scope;
use crate::units::{cases_with_unit, each_unit};
use event::{CaseEvents, Names, Store};
use std::collections::HashMap;

/// What the items of a path are named after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathItem {
    /// The activity.
    #[default]
    Activity,
    /// The channel; events without one are left out.
    Channel,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathUnit {
    /// Cases: of each only its first path that has the anchors.
    #[default]
    Cases,
    /// Every path; a case that came back after the gap has several.
    Occurrences,
}

/// Which paths are counted, and how much of them is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathSpec {
    /// What items are named after.
    pub item: PathItem,
    /// How names become items.
    pub rules: ItemRules,
    /// A longer pause than this between the end of an event and the start of the next begins a new path, in
    /// microseconds; `None` leaves each case one path.
    pub gap_micros: Option<i64>,
    /// Whether an item that repeats right after itself is one stop.
    pub is_collapsed: bool,
    /// Pattern of the item at which paths begin: its first occurrence; paths without it are left out.
    pub start: Option<String>,
    /// Pattern of the item at which paths finish: its first occurrence, after the start where there is one; paths
    /// without it are left out. Without a start, steps are counted back from here.
    pub end: Option<String>,
    /// Steps drawn; at least 2, and at least 3 with both anchors.
    pub n_steps: usize,
    /// Items shown by name at each step; the rest is one node.
    pub n_rows: usize,
    /// What is counted.
    pub unit: PathUnit,
}

impl PathSpec {
    /// Most steps; more are cut to this.
    pub const MAX_STEPS: usize = 100;
    /// Most rows; more are cut to this.
    pub const MAX_ROWS: usize = 200;
}

impl Default for PathSpec {
    /// Activities of cases, a new path after 30 minutes, repetitions collapsed, five steps of three rows.
    fn default() -> Self {
        Self {
            item: PathItem::default(),
            rules: ItemRules::default(),
            gap_micros: Some(30 * 60_000_000),
            is_collapsed: true,
            start: None,
            end: None,
            n_steps: 5,
            n_rows: 3,
            unit: PathUnit::default(),
        }
    }
}

/// A node of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathNode {
    /// An item shown by name, by number in [`Paths::items`].
    Item(u32),
    /// All items of the step that are not shown by name.
    Other,
    /// The middle of paths that are longer than the steps between both anchors.
    Skipped,
    /// No further item: the path ended at the step before or, counted back from the end, began there.
    Ended,
}

/// A node with its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathNodeCount {
    /// The node.
    pub node: PathNode,
    /// Paths through it.
    pub value: u64,
    /// Distinct cases through it.
    pub n_cases: u64,
    /// Distinct items it stands for; 0 for a skipped middle.
    pub n_items: u64,
}

/// One step of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathStep {
    /// Number of the step, from 1.
    pub step: usize,
    /// Paths that get this far: the sum over the nodes.
    pub n_paths: u64,
    /// Paths that have no further item; those of the next step and these add up to [`Self::n_paths`].
    pub n_ended: u64,
    /// Named items by value, then by name; then other; then skipped. Only nodes that occur, never [`PathNode::Ended`].
    pub nodes: Vec<PathNodeCount>,
}

/// One link from a step to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathLink {
    /// The step it leaves, from 1.
    pub step: usize,
    /// Node at that step. Counted back from the end, this is the later of the two in time.
    pub source: PathNode,
    /// Node at the next step, or [`PathNode::Ended`].
    pub target: PathNode,
    /// Paths along it.
    pub value: u64,
    /// Distinct cases along it.
    pub n_cases: u64,
    /// Value over that of the source.
    pub share_of_prev: f64,
    /// Value over that of the first step.
    pub share_of_start: f64,
    /// Median time from the end of the earlier stop to the start of the later, in seconds; `None` to the end.
    pub median_secs: Option<f64>,
}

/// Step-indexed paths of a set of cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Names of the items, all that occur.
    pub items: Vec<String>,
    /// Whether steps are counted back from the end.
    pub is_backward: bool,
    /// Steps in order, as far as any path gets.
    pub steps: Vec<PathStep>,
    /// Links by step, then in the order of the nodes of both steps, the end last.
    pub links: Vec<PathLink>,
    /// Share of paths that pass only named items within the steps drawn; 0 when there is no path.
    pub coverage: f64,
    /// Anchors that no item fits.
    pub issues: Vec<Issue>,
}

/// Counts the paths of a scope's units; a case is here whatever the scope counts.
///
/// Everything is counted on whole paths; only then are rows chosen. Costs O(events) twice over, and memory of 10 bytes
/// for each item at each step.
///
/// # Reference
/// Order of cleaning, grouping, excluding, splitting and collapsing as PostHog's paths, defaults of five steps and
/// thirty minutes too. We differ: overlapping groups are decided by their order, no edge limit drops anything, and
/// counts balance: paths at a step are those of the next plus those that ended.
pub fn paths(store: &Store, scope: &Scope<'_>, spec: &PathSpec) -> Paths {
    spec.count(store, scope)
}

impl Counted for PathSpec {
    type Tally = PathTally;
    type Figures = Paths;

    fn tally(&self, store: &Store, scope: &Scope<'_>, like: Option<&PathTally>) -> PathTally {
        let scope = scope.for_sequences();
        let mut items = Paths::default();
        let walker = Walker::new(store, self, &mut items);
        let mut tally = PathTally::default();
        let mut trail = Trail::default();
        let coverage = each_unit(store, &scope, |unit| {
            let counts = &mut tally.steps;
            let case =
                walker.each_path(unit.events(), &mut trail, |stops, is_whole| counts.add(stops, is_whole));
            case.book(&mut tally.basis);
        });
        tally.basis.close(coverage);
        // A part is counted by the rows that were chosen for the whole.
        tally.rows = match like {
            Some(like) => like.rows.clone(),
            None => self.rows(&tally.steps, &items.items),
        };
        tally.links = LinkCounts::new(&tally.rows, self.is_backward(), items.items.len());
        let links = &mut tally.links;
        each_unit(store, &scope, |unit| {
            links.next_case();
            walker.each_path(unit.events(), &mut trail, |stops, is_whole| links.add(stops, is_whole));
        });
        tally
    }

    fn is_like_new(&self, store: &Store, _scope: &Scope<'_>, tally: &PathTally) -> bool {
        let mut items = Paths::default();
        Walker::new(store, self, &mut items);
        self.rows(&tally.steps, &items.items) == tally.rows
    }

    fn figures(&self, store: &Store, _scope: &Scope<'_>, tally: &PathTally) -> Paths {
        let mut found = Paths { is_backward: self.is_backward(), ..Paths::default() };
        let n_steps = Walker::new(store, self, &mut found).n_steps;
        found.basis = tally.basis.clone();
        found.steps = tally.steps.steps(self.n_shown(), &found.items);
        let n_paths = found.steps.first().map_or(0, |step| step.n_paths);
        found.coverage = ratio(tally.links.n_named(), n_paths);
        found.links = tally.links.tell(&mut found.steps, n_steps);
        found
    }
}

impl PathSpec {
    fn is_backward(&self) -> bool {
        self.start.is_none() && self.end.is_some()
    }

    fn n_shown(&self) -> usize {
        self.n_rows.clamp(1, Self::MAX_ROWS)
    }

    /// The nodes of each step.
    fn rows(&self, steps: &StepCounts, items: &[String]) -> Vec<Vec<PathNode>> {
        let nodes = |step: PathStep| step.nodes.into_iter().map(|count| count.node).collect();
        steps.steps(self.n_shown(), items).into_iter().map(nodes).collect()
    }
}

/// What units contribute to paths.
#[derive(Debug, Default)]
pub struct PathTally {
    basis: Basis,
    steps: StepCounts,
    /// The nodes of each step by which links are counted.
    rows: Vec<Vec<PathNode>>,
    links: LinkCounts,
}

impl Tally for PathTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.basis.absorb(part.basis, sign);
        self.steps.absorb(part.steps, sign);
        self.links.absorb(part.links, sign);
    }

    fn settle(&mut self) {
        self.links.settle();
    }

    fn n_bytes(&self) -> usize {
        self.steps.n_bytes() + self.links.n_bytes()
    }
}

/// Finds the cases with a unit behind a node of a step, or behind the link from it to a node of the next; `found` is what
/// [`paths`] counted for the same scope and spec. Costs O(events).
pub fn path_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &PathSpec,
    found: &Paths,
    mark: (usize, PathNode, Option<PathNode>),
) -> CaseSet {
    let (step, source, target) = mark;
    let walker = Walker::new(store, spec, &mut Paths::default());
    let mut trail = Trail::default();
    let node_at = |stops: &[Stop], place: usize| Some(found.node_of(place, stops.get(place)?.item));
    let Some(place) = step.checked_sub(1) else {
        return CaseSet::none(store.customers().len());
    };
    cases_with_unit(store, scope, |events| {
        let mut is_behind = false;
        walker.each_path(events, &mut trail, |stops, is_whole| {
            let next = node_at(stops, step).or(is_whole.then_some(PathNode::Ended));
            let leads = target.is_none_or(|target| next == Some(target));
            is_behind |= leads && node_at(stops, place) == Some(source);
        });
        is_behind
    })
}

impl Paths {
    /// The node that stands for an item at a place, from 0.
    fn node_of(&self, place: usize, item: u32) -> PathNode {
        let named = PathNode::Item(item);
        let is_named = |step: &PathStep| step.nodes.iter().any(|count| count.node == named);
        match item {
            SKIPPED => PathNode::Skipped,
            _ if self.steps.get(place).is_some_and(is_named) => named,
            _ => PathNode::Other,
        }
    }
}

/// The number of the item that stands for a skipped middle; beyond those of all others.
pub(crate) const SKIPPED: u32 = u32::MAX;

/// One stop of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) item: u32,
    pub(crate) start: i64,
    pub(crate) end: i64,
    n_events: usize,
}

/// Memory that is used again for every case.
#[derive(Default)]
struct Trail {
    stops: Vec<Stop>,
    cut: Vec<Stop>,
}

/// What became of the events of a case.
#[derive(Default)]
struct CaseTally {
    n_paths: u64,
    n_used: usize,
    n_without_channel: usize,
    n_excluded: usize,
    n_unanchored: usize,
    n_outside: usize,
    n_later: usize,
}

impl CaseTally {
    fn book(&self, basis: &mut Basis) {
        let mut reasons = [
            ("event without a channel", self.n_without_channel),
            ("excluded item", self.n_excluded),
            ("later path of the case", self.n_later),
            ("outside the anchors", self.n_outside),
            ("path without the anchors", self.n_unanchored),
        ];
        if self.n_paths > 0 {
            basis.take(self.n_used);
        } else {
            // The case is left out for the reason that took most of its events, the first listed of equal ones.
            reasons.sort_by_key(|reason| std::cmp::Reverse(reason.1));
            basis.leave_out(reasons[0].0, 1, 0);
        }
        for (reason, n) in reasons.into_iter().filter(|(_, n)| *n > 0) {
            basis.leave_out(reason, 0, n);
        }
    }
}

/// Turns cases into paths.
struct Walker<'a> {
    spec: &'a PathSpec,
    /// Item by activity or channel.
    item_of: Vec<Option<u32>>,
    is_start: Vec<bool>,
    is_end: Vec<bool>,
    n_steps: usize,
}

impl<'a> Walker<'a> {
    fn new(store: &Store, spec: &'a PathSpec, found: &mut Paths) -> Self {
        let names: &Names = match spec.item {
            PathItem::Activity => store.activities(),
            PathItem::Channel => store.channels(),
        };
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut item_of = Vec::with_capacity(names.len());
        for name in names.iter() {
            item_of.push(spec.rules.item(name).map(|item| {
                let next = u32::try_from(found.items.len()).unwrap_or(SKIPPED);
                *numbers.entry(item).or_insert_with_key(|item| {
                    found.items.push(item.clone());
                    next
                })
            }));
        }
        let mut fitting = |anchor: &Option<String>| -> Vec<bool> {
            let Some(pattern) = anchor else {
                return Vec::new();
            };
            let is_fitting: Vec<bool> = found.items.iter().map(|item| fits(pattern, item)).collect();
            if !is_fitting.contains(&true) {
                found.issues.push(Issue::NothingFits(pattern.clone()));
            }
            is_fitting
        };
        let (is_start, is_end) = (fitting(&spec.start), fitting(&spec.end));
        let least = if spec.start.is_some() && spec.end.is_some() { 3 } else { 2 };
        Self { spec, item_of, is_start, is_end, n_steps: spec.n_steps.clamp(least, PathSpec::MAX_STEPS) }
    }

    /// Calls `visit` with the stops of each path, at most `n_steps`, and whether they are all it has.
    fn each_path(
        &self,
        events: CaseEvents<'_>,
        trail: &mut Trail,
        mut visit: impl FnMut(&[Stop], bool),
    ) -> CaseTally {
        let mut tally = CaseTally::default();
        trail.stops.clear();
        for i in 0..events.len() {
            let number = match self.spec.item {
                PathItem::Activity => events.activities().get(i).copied(),
                PathItem::Channel => events.channel(i),
            };
            let Some(number) = number else {
                tally.n_without_channel += 1;
                continue;
            };
            let Some(item) = self.item_of.get(number as usize).copied().flatten() else {
                tally.n_excluded += 1;
                continue;
            };
            let (start, end) = (events.starts()[i], events.end_micros(i));
            // The latest end so far, because an earlier event may last longer than the one after it.
            let latest = trail.stops.last().map(|stop| stop.end);
            let is_split = |gap: i64| latest.is_some_and(|latest| start.saturating_sub(latest) > gap);
            if self.spec.gap_micros.is_some_and(is_split) {
                self.finish(trail, &mut tally, &mut visit);
                trail.stops.clear();
            }
            let end = trail.stops.last().map_or(end, |stop| end.max(stop.end));
            match trail.stops.last_mut() {
                Some(stop) if self.spec.is_collapsed && stop.item == item => {
                    stop.end = end;
                    stop.n_events += 1;
                }
                _ => trail.stops.push(Stop { item, start, end, n_events: 1 }),
            }
        }
        if !trail.stops.is_empty() {
            self.finish(trail, &mut tally, &mut visit);
        }
        tally
    }

    /// Cuts a path at its anchors and to the steps drawn, and hands it over.
    fn finish(&self, trail: &mut Trail, tally: &mut CaseTally, visit: &mut impl FnMut(&[Stop], bool)) {
        let stops = &trail.stops;
        let n_events = |stops: &[Stop]| stops.iter().map(|stop| stop.n_events).sum::<usize>();
        if self.spec.unit == PathUnit::Cases && tally.n_paths > 0 {
            tally.n_later += n_events(stops);
            return;
        }
        let Some((from, until)) = self.anchored(stops) else {
            tally.n_unanchored += n_events(stops);
            return;
        };
        let within = &stops[from..until];
        tally.n_paths += 1;
        tally.n_used += n_events(within);
        tally.n_outside += n_events(stops) - n_events(within);
        let (n, n_steps) = (within.len(), self.n_steps);
        trail.cut.clear();
        match (self.spec.start.is_some(), self.spec.end.is_some()) {
            (true, true) if n > n_steps => {
                let (n_head, n_tail) = (n_steps / 2, (n_steps - 1) / 2);
                let middle = &within[n_head..n - n_tail];
                trail.cut.extend_from_slice(&within[..n_head]);
                if let (Some(first), Some(last)) = (middle.first(), middle.last()) {
                    let (start, end) = (first.start, last.end);
                    trail.cut.push(Stop { item: SKIPPED, start, end, n_events: n_events(middle) });
                }
                trail.cut.extend_from_slice(&within[n - n_tail..]);
                visit(&trail.cut, true);
            }
            (false, true) => {
                trail.cut.extend(within.iter().rev().take(n_steps));
                visit(&trail.cut, n <= n_steps);
            }
            _ => visit(&within[..n.min(n_steps)], n <= n_steps),
        }
    }

    /// Where the path lies between its anchors; `None` when it lacks one.
    fn anchored(&self, stops: &[Stop]) -> Option<(usize, usize)> {
        let is = |marks: &[bool], stop: &Stop| marks.get(stop.item as usize).copied().unwrap_or(false);
        let from = match self.spec.start {
            Some(_) => stops.iter().position(|stop| is(&self.is_start, stop))?,
            None => 0,
        };
        if self.spec.end.is_none() {
            return Some((from, stops.len()));
        }
        // An end that is also a start has to come again.
        let earliest = from + usize::from(self.spec.start.is_some());
        let end = stops[earliest..].iter().position(|stop| is(&self.is_end, stop))?;
        Some((from, earliest + end + 1))
    }
}
