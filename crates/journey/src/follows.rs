//! The directly-follows graph: how often, and how long after, one activity came right after another.

use crate::case_set::CaseSet;
use crate::durations::{Durations, TimeStats};
use crate::pairs::PairIndex;
use crate::tally::Tally;
use event::{CaseEvents, Store, TimeUnit};
use std::collections::BTreeMap;

/// Counts of one activity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityCount {
    /// Events with this activity.
    pub n_occurrences: u64,
    /// Distinct cases with this activity.
    pub n_cases: u64,
    /// Cases that start with it.
    pub n_starts: u64,
    /// Cases that end with it.
    pub n_ends: u64,
}

/// One directly-follows edge.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Activity before, by number.
    pub from: u32,
    /// Activity after, by number.
    pub to: u32,
    /// How often `to` came right after `from`.
    pub n_occurrences: u64,
    /// Distinct cases in which it did.
    pub n_cases: u64,
    /// Exact sum of the times from the end of `from` to the start of `to`, in microseconds, overlaps counted as 0.
    pub sum_micros: i128,
    times: Durations,
}

impl Edge {
    /// Figures of the time from the end of `from` to the start of `to`.
    pub fn time_stats(&self) -> Option<TimeStats> {
        self.times.stats()
    }

    /// All those times.
    pub fn times(&self) -> &Durations {
        &self.times
    }
}

/// The directly-follows graph of all cases with frequency and time, exact over all events.
///
/// # Reference
/// van der Aalst, *Process Mining* (2016), §5.2; window 1, every pair of consecutive events of a case counts.
#[derive(Debug, Default)]
pub struct FollowsGraph {
    activities: Vec<ActivityCount>,
    services: Vec<Durations>,
    edges: Vec<Edge>,
    index: PairIndex,
    n_cases: u64,
    visit: u32,
    activity_seen: Vec<u32>,
    edge_seen: Vec<u32>,
}

/// Whether a case's contribution is added or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Take it in.
    Add,
    /// Take it out.
    Retract,
}

impl Sign {
    pub(crate) fn apply(self, count: &mut u64, by: u64) {
        match self {
            Self::Add => *count += by,
            Self::Retract => *count -= by,
        }
    }

    /// Changes counts by key; those that come to nothing go.
    pub(crate) fn apply_all<K: Ord>(self, counts: &mut BTreeMap<K, u64>, part: BTreeMap<K, u64>) {
        for (key, n) in part {
            self.apply(counts.entry(key).or_default(), n);
        }
        counts.retain(|_, n| *n > 0);
    }

    /// Puts cases into a set, or takes them out of it.
    pub(crate) fn apply_cases(self, cases: &mut CaseSet, part: &CaseSet) {
        match self {
            Self::Add => {
                cases.grow(part.n_cases());
                cases.insert_all(part);
            }
            Self::Retract => cases.remove_all(part),
        }
    }
}

impl FollowsGraph {
    /// Counts all cases of the store: frequencies and mean times. Costs O(events).
    pub fn counted(store: &Store) -> Self {
        Self::counted_of(store, store.cases().map(|(_, events)| events))
    }

    /// Counts the cases of a set, such as those that a filter keeps: frequencies and mean times. Costs O(their events).
    pub fn counted_in(store: &Store, cases: &CaseSet) -> Self {
        Self::counted_of(store, cases.iter().map(|case| store.case(case)))
    }

    /// Counts all cases of the store, with every time kept for medians and percentiles. Costs O(events).
    pub fn from_scratch(store: &Store) -> Self {
        let mut graph = Self::counted(store);
        graph.time(|| store.cases().map(|(_, events)| events));
        graph
    }

    /// Counts the cases of a set, with every time kept for medians and percentiles. Costs O(their events).
    pub fn from_scratch_in(store: &Store, cases: &CaseSet) -> Self {
        let mut graph = Self::counted_in(store, cases);
        graph.time(|| cases.iter().map(|case| store.case(case)));
        graph
    }

    fn counted_of<'a>(store: &Store, cases: impl Iterator<Item = CaseEvents<'a>>) -> Self {
        let mut graph = Self::default();
        let n_activities = store.activities().len();
        graph.grow(n_activities);
        if n_activities > Tally::MAX_ACTIVITIES {
            cases.for_each(|events| graph.count_case(events, Sign::Add));
            return graph;
        }
        let mut tally = Tally::new(n_activities);
        cases.for_each(|events| tally.count(events));
        graph.take_over(&tally);
        graph
    }

    /// Becomes what was counted; the graph must be empty, with room for the activities.
    fn take_over(&mut self, tally: &Tally) {
        self.n_cases = tally.n_cases();
        for (count, mark) in self.activities.iter_mut().zip(tally.marks()) {
            let (n_cases, n_starts, n_ends) = (mark.n_cases.into(), mark.n_starts.into(), mark.n_ends.into());
            // Whatever does not start a case comes after something; that is added below.
            *count = ActivityCount { n_occurrences: n_starts, n_cases, n_starts, n_ends };
        }
        for (from, to, pair, sum_micros) in tally.pairs() {
            let i = self.edge_of(from, to);
            let edge = &mut self.edges[i];
            edge.n_occurrences = pair.n_occurrences();
            edge.n_cases = pair.n_cases();
            edge.sum_micros = sum_micros;
            self.activities[to as usize].n_occurrences += pair.n_occurrences();
        }
    }

    /// Collects the times of all edges and activities; the cases must be those that were counted.
    fn time<'a, I: Iterator<Item = CaseEvents<'a>>>(&mut self, cases: impl Fn() -> I) {
        // Four bytes a time while all are whole seconds, milliseconds or few microseconds, as in most logs.
        let in_unit = TimeUnit::ALL.into_iter().find_map(|unit| {
            let (edges, services) = self.times_of(cases(), |micros| unit.count(micros))?;
            Some((unit, edges, services))
        });
        let (edges, services): (Vec<Durations>, Vec<Durations>) = if let Some((unit, edges, services)) =
            in_unit
        {
            let mut scratch = Vec::new();
            let mut sorted = |counts| Durations::from_counts(unit, counts, &mut scratch);
            (edges.into_iter().map(&mut sorted).collect(), services.into_iter().map(&mut sorted).collect())
        } else {
            let (edges, services) = self.times_of(cases(), Some).unwrap_or_default();
            let sorted = Durations::from_unsorted;
            (edges.into_iter().map(sorted).collect(), services.into_iter().map(sorted).collect())
        };
        for (edge, times) in self.edges.iter_mut().zip(edges) {
            edge.times = times;
        }
        self.services = services;
    }

    /// Times by edge and by activity, in the form that `convert` gives them; `None` as soon as it gives none.
    fn times_of<'a, T>(
        &self,
        cases: impl Iterator<Item = CaseEvents<'a>>,
        convert: impl Fn(i64) -> Option<T>,
    ) -> Option<(Lists<T>, Lists<T>)> {
        let room = |n: u64| Vec::with_capacity(usize::try_from(n).unwrap_or(0));
        let mut edges: Lists<T> = self.edges.iter().map(|edge| room(edge.n_occurrences)).collect();
        let mut services: Lists<T> = (0..self.activities.len()).map(|_| Vec::new()).collect();
        let mut all_fit = true;
        for events in cases {
            each_transition(events, |from, to, micros| match (self.index.find(from, to), convert(micros)) {
                (Some(edge), Some(time)) => edges[edge as usize].push(time),
                _ => all_fit = false,
            });
            each_service(events, |activity, micros| match convert(micros) {
                Some(time) => services[activity as usize].push(time),
                None => all_fit = false,
            });
            if !all_fit {
                return None;
            }
        }
        Some((edges, services))
    }

    /// Adds the counts of a case as it is now; its times are changed by [`Self::change_times`].
    pub(crate) fn add(&mut self, events: CaseEvents<'_>) {
        self.count_case(events, Sign::Add);
    }

    /// Takes back the counts of a case as it was when it was added.
    pub(crate) fn retract(&mut self, events: CaseEvents<'_>) {
        self.count_case(events, Sign::Retract);
    }

    /// Replaces the times of a case; what both have at the beginning and at the end stays untouched, so that an event
    /// more costs an event and not the case.
    pub(crate) fn change_times(&mut self, old: &CaseTimes, new: &CaseTimes) {
        let (gone, come) = differing(&old.transitions, &new.transitions);
        for (times, sign) in [(gone, Sign::Retract), (come, Sign::Add)] {
            for &(from, to, micros) in times {
                if let Some(edge) = self.index.find(from, to) {
                    change(&mut self.edges[edge as usize].times, micros, sign);
                }
            }
        }
        let (gone, come) = differing(&old.services, &new.services);
        for (times, sign) in [(gone, Sign::Retract), (come, Sign::Add)] {
            for &(activity, micros) in times {
                change(&mut self.services[activity as usize], micros, sign);
            }
        }
    }

    /// The place of an edge, added on first sight.
    fn edge_of(&mut self, from: u32, to: u32) -> usize {
        let (i, is_new) = self.index.find_or_add(from, to);
        if is_new {
            let (n_occurrences, n_cases, sum_micros, times) = (0, 0, 0, Durations::default());
            self.edges.push(Edge { from, to, n_occurrences, n_cases, sum_micros, times });
            self.edge_seen.push(0);
        }
        i
    }

    /// Makes room for activities with numbers below `n_activities`.
    pub(crate) fn grow(&mut self, n_activities: usize) {
        self.activities.resize(n_activities, ActivityCount::default());
        self.services.resize_with(n_activities, Durations::default);
        self.activity_seen.resize(n_activities, 0);
        self.index.grow(n_activities, self.edges.iter().map(|edge| (edge.from, edge.to)));
    }

    /// Cases counted.
    pub fn n_cases(&self) -> u64 {
        self.n_cases
    }

    /// Events counted.
    pub fn n_events(&self) -> u64 {
        self.activities.iter().map(|a| a.n_occurrences).sum()
    }

    /// Counts by activity number.
    pub fn activities(&self) -> &[ActivityCount] {
        &self.activities
    }

    /// Edges that occur; unsorted.
    pub fn edges(&self) -> Vec<&Edge> {
        self.edges.iter().filter(|e| e.n_occurrences > 0).collect()
    }

    /// The edge from one activity to another, if it occurs.
    pub fn edge(&self, from: u32, to: u32) -> Option<&Edge> {
        let edge = self.edges.get(self.index.find(from, to)? as usize)?;
        (edge.n_occurrences > 0).then_some(edge)
    }

    /// Figures of the time from start to end of an activity's events; `None` where the data has no end times.
    pub fn service_stats(&self, activity: u32) -> Option<TimeStats> {
        self.services.get(activity as usize)?.stats()
    }

    /// Times from start to end of an activity's events, where known.
    pub fn services(&self, activity: u32) -> Option<&Durations> {
        self.services.get(activity as usize)
    }

    /// Bytes of memory in use by the kept times.
    pub fn n_bytes(&self) -> usize {
        self.edges.iter().map(|e| e.times.n_bytes()).sum::<usize>()
            + self.services.iter().map(Durations::n_bytes).sum::<usize>()
    }

    fn count_case(&mut self, events: CaseEvents<'_>, sign: Sign) {
        let activities = events.activities();
        let (Some(&first), Some(&last)) = (activities.first(), activities.last()) else {
            return;
        };
        self.visit = self.next_visit();
        sign.apply(&mut self.n_cases, 1);
        sign.apply(&mut self.activities[first as usize].n_starts, 1);
        sign.apply(&mut self.activities[last as usize].n_ends, 1);
        for &activity in activities {
            let seen = std::mem::replace(&mut self.activity_seen[activity as usize], self.visit);
            let count = &mut self.activities[activity as usize];
            sign.apply(&mut count.n_occurrences, 1);
            sign.apply(&mut count.n_cases, u64::from(seen != self.visit));
        }
        each_transition(events, |from, to, micros| {
            let i = self.edge_of(from, to);
            let seen = std::mem::replace(&mut self.edge_seen[i], self.visit);
            let edge = &mut self.edges[i];
            sign.apply(&mut edge.n_occurrences, 1);
            sign.apply(&mut edge.n_cases, u64::from(seen != self.visit));
            match sign {
                Sign::Add => edge.sum_micros += i128::from(micros),
                Sign::Retract => edge.sum_micros -= i128::from(micros),
            }
        });
    }

    /// A number that no activity or edge has been marked with yet.
    fn next_visit(&mut self) -> u32 {
        if self.visit == u32::MAX {
            self.activity_seen.fill(0);
            self.edge_seen.fill(0);
            return 1;
        }
        self.visit + 1
    }
}

fn change(times: &mut Durations, micros: i64, sign: Sign) {
    match sign {
        Sign::Add => times.insert(micros),
        Sign::Retract => times.remove(micros),
    }
}

/// The times of one case: from activity to activity, and of activities, in order.
#[derive(Debug, Default)]
pub(crate) struct CaseTimes {
    transitions: Vec<(u32, u32, i64)>,
    services: Vec<(u32, i64)>,
}

impl CaseTimes {
    pub(crate) fn of(events: CaseEvents<'_>) -> Self {
        let mut times = Self::default();
        each_transition(events, |from, to, micros| times.transitions.push((from, to, micros)));
        each_service(events, |activity, micros| times.services.push((activity, micros)));
        times
    }
}

/// Both lists without what they have in common at the beginning and at the end.
fn differing<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> (&'a [T], &'a [T]) {
    let n_same = |pairs: &mut dyn Iterator<Item = (&T, &T)>| pairs.take_while(|(a, b)| a == b).count();
    let n_first = n_same(&mut old.iter().zip(new));
    let (old, new) = (&old[n_first..], &new[n_first..]);
    let n_last = n_same(&mut old.iter().rev().zip(new.iter().rev()));
    (&old[..old.len() - n_last], &new[..new.len() - n_last])
}

/// One list of times for every edge, or for every activity.
type Lists<T> = Vec<Vec<T>>;

/// Calls `visit` with (before, after, microseconds between) for every pair of consecutive events.
#[inline(always)]
pub(crate) fn each_transition(events: CaseEvents<'_>, mut visit: impl FnMut(u32, u32, i64)) {
    let (activities, starts) = (events.activities(), events.starts());
    if events.has_ends() {
        for i in 1..activities.len() {
            visit(activities[i - 1], activities[i], (starts[i] - events.end_micros(i - 1)).max(0));
        }
    } else {
        let mut rows = activities.iter().copied().zip(starts.iter().copied());
        let Some((mut from, mut left)) = rows.next() else {
            return;
        };
        for (to, start) in rows {
            visit(from, to, start - left);
            (from, left) = (to, start);
        }
    }
}

fn each_service(events: CaseEvents<'_>, mut visit: impl FnMut(u32, i64)) {
    if !events.has_ends() {
        return;
    }
    for i in 0..events.len() {
        if let Some(end) = events.known_end_micros(i) {
            visit(events.activities()[i], end - events.starts()[i]);
        }
    }
}
