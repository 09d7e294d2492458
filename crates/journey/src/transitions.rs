//! The transition matrix: how often, how likely and how long after one activity came another, and along a route.

use crate::basis::{Basis, ratio};
use crate::business_hours::WorkCalendar;
use crate::case_set::CaseSet;
use crate::durations::{Durations, TimeStats};
use crate::follows::Sign;
use crate::issue::Issue;
use crate::kept::{Counted, Tally};
use crate::multiplicity::Multiplicity;
use crate::pairs::PairIndex;
use crate::query::Scope;
use crate::readings::Readings;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::units::{cases_with_unit, each_unit};
use event::{CaseEvents, Store};
use std::cmp::Reverse;

/// Where a transition begins or ends; ordered as listed, activities by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The virtual place before the first event of every case.
    Start,
    /// An activity, by number.
    Activity(u32),
    /// The virtual place after the last event of every case.
    End,
}

/// A figure of a transition by which a matrix is read or drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransitionWeight {
    /// [`Transition::n_occurrences`].
    Count,
    /// [`Transition::share_of_total`].
    ShareOfTotal,
    /// [`Transition::per_case`].
    PerCase,
    /// [`Transition::probability_out`].
    #[default]
    ProbabilityOut,
    /// [`Transition::probability_in`].
    ProbabilityIn,
    /// [`Transition::n_cases`].
    Cases,
    /// Median of [`Transition::times`].
    MedianTime,
    /// 95th percentile of [`Transition::times`].
    P95Time,
}

/// How transitions are counted, timed and chosen for drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitionSpec {
    /// How many events further the second activity is: 1 for directly following. 0 is taken as 1.
    ///
    /// The first `window` events of a case follow the virtual start, and its last `window` are followed by the virtual
    /// end, so that every event has one predecessor and one successor whatever the window.
    pub window: usize,
    /// Whether a pair counts, and is timed, only the first time in each case.
    pub once_per_case: bool,
    /// Measures times in working time of this calendar; `None` for plain time.
    pub calendar: Option<WorkCalendar>,
    /// The figure that ranks transitions for drawing; times rank by occurrences.
    pub weight: TransitionWeight,
    /// How many outgoing transitions of each place are drawn, beside the strongest incoming one of each place.
    pub n_outgoing: usize,
}

impl Default for TransitionSpec {
    /// Directly following, every occurrence, plain time, three outgoing by probability.
    fn default() -> Self {
        Self {
            window: 1,
            once_per_case: false,
            calendar: None,
            weight: TransitionWeight::default(),
            n_outgoing: 3,
        }
    }
}

/// One transition that occurs, with every figure of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// Place before.
    pub from: Place,
    /// Place after.
    pub to: Place,
    /// How often it occurs; with [`TransitionSpec::once_per_case`] at most once in each case.
    pub n_occurrences: u64,
    /// Distinct units in which it occurs.
    pub n_cases: u64,
    /// Most occurrences in one case, all of them counted even with [`TransitionSpec::once_per_case`].
    pub max_in_one_case: u64,
    /// Occurrences over those of all transitions, virtual ones included.
    pub share_of_total: f64,
    /// Cases with it over all cases.
    pub share_of_cases: f64,
    /// Occurrences over all cases.
    pub per_case: f64,
    /// Occurrences over those of all transitions from the same place.
    pub probability_out: f64,
    /// Occurrences over those of all transitions to the same place.
    pub probability_in: f64,
    /// Time from the end of the first event to the start of the second, overlaps as 0; `None` at a virtual place.
    pub times: Option<TimeStats>,
    /// Whether it belongs to the drawing; figures are the same either way.
    pub is_drawn: bool,
}

impl Transition {
    /// The chosen figure, times in seconds; `None` only for the time at a virtual place.
    pub fn weight(&self, weight: TransitionWeight) -> Option<f64> {
        Some(match weight {
            TransitionWeight::Count => self.n_occurrences as f64,
            TransitionWeight::ShareOfTotal => self.share_of_total,
            TransitionWeight::PerCase => self.per_case,
            TransitionWeight::ProbabilityOut => self.probability_out,
            TransitionWeight::ProbabilityIn => self.probability_in,
            TransitionWeight::Cases => self.n_cases as f64,
            TransitionWeight::MedianTime => self.times?.median_secs,
            TransitionWeight::P95Time => self.times?.p95_secs,
        })
    }
}

/// The transition matrix of a set of cases, as the list of its cells that are not zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transitions {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Transitions by (from, to).
    pub transitions: Vec<Transition>,
}

impl Transitions {
    /// The transition from one place to another, if it occurs.
    pub fn get(&self, from: Place, to: Place) -> Option<&Transition> {
        let at = self.transitions.binary_search_by_key(&(from, to), |t| (t.from, t.to)).ok()?;
        self.transitions.get(at)
    }
}

/// Counts the transitions of a scope's units; single events are counted as the customers they belong to.
///
/// Costs O(events log events) for the exact times and 8 bytes of memory an event.
///
/// # Reference
/// Weights as in retentioneering 5 (`count`, `share_of_total`, `avg_per_path`, `proba_out`, `proba_in`,
/// `unique_paths`, `time_median`, `time_q95`) and counting options as in pm4py (`window`, `keep_once_per_case`,
/// business hours). We differ: intervals are timed end to start, and virtual places carry no time.
pub fn transitions(store: &Store, scope: &Scope<'_>, spec: &TransitionSpec) -> Transitions {
    spec.count(store, scope)
}

impl Counted for TransitionSpec {
    type Tally = TransitionTally;
    type Figures = Transitions;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&TransitionTally>) -> TransitionTally {
        let mut counting = Counting::new(store.activities().len());
        let mut basis = Basis::default();
        let coverage = each_unit(store, &scope.for_sequences(), |unit| {
            let events = unit.events();
            basis.take(events.len());
            counting.add_case(events, self);
        });
        basis.close(coverage);
        TransitionTally { basis, counting: counting.finish() }
    }

    fn figures(&self, _store: &Store, _scope: &Scope<'_>, tally: &TransitionTally) -> Transitions {
        let mut transitions = tally.counting.tell(tally.basis.n_units);
        transitions.sort_unstable_by_key(|t| (t.from, t.to));
        choose_drawn(&mut transitions, self);
        Transitions { basis: tally.basis.clone(), transitions }
    }
}

/// What units contribute to a transition matrix.
#[derive(Debug)]
pub struct TransitionTally {
    basis: Basis,
    counting: Counting,
}

impl Tally for TransitionTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.basis.absorb(part.basis, sign);
        let own = &mut self.counting;
        own.grow(part.counting.n_places);
        for cell in part.counting.cells {
            let at = own.find_or_add(cell.from, cell.to);
            sign.apply(&mut own.cells[at].n_occurrences, cell.n_occurrences);
            own.cells[at].cases.absorb(cell.cases, sign);
            own.cells[at].times.absorb(cell.times, sign);
        }
    }

    fn settle(&mut self) {
        self.counting.cells.iter_mut().for_each(|cell| cell.times.settle());
    }

    fn n_bytes(&self) -> usize {
        let cells = self.counting.cells.iter();
        cells.map(|cell| size_of::<Cell>() + cell.cases.n_bytes() + cell.times.n_bytes()).sum()
    }
}

/// Finds the cases with a unit in which a transition occurs. Costs O(events).
pub fn transition_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &TransitionSpec,
    from: Place,
    to: Place,
) -> CaseSet {
    let window = spec.window.max(1);
    let occurs = |trace: &[u32]| {
        let n = trace.len();
        match (from, to) {
            (Place::Start, Place::Activity(to)) => trace[..window.min(n)].contains(&to),
            (Place::Activity(from), Place::End) => trace[n.saturating_sub(window)..].contains(&from),
            (Place::Activity(from), Place::Activity(to)) => {
                trace.iter().zip(trace.iter().skip(window)).any(|pair| pair == (&from, &to))
            }
            _ => false,
        }
    };
    cases_with_unit(store, scope, |events| occurs(events.activities()))
}

/// The counts of one cell.
#[derive(Debug)]
struct Cell {
    from: u32,
    to: u32,
    n_occurrences: u64,
    cases: Multiplicity,
    n_in_case: u64,
    visit: u64,
    times: Readings,
}

/// The virtual places have the first numbers, so that places keep theirs when activities come.
const START: u32 = 0;
const END: u32 = 1;
const FIRST_ACTIVITY: u32 = 2;

#[derive(Debug)]
struct Counting {
    n_places: usize,
    index: PairIndex,
    cells: Vec<Cell>,
    visit: u64,
}

impl Counting {
    fn new(n_activities: usize) -> Self {
        let n_places = n_activities + FIRST_ACTIVITY as usize;
        Self { n_places, index: PairIndex::new(n_places), cells: Vec::new(), visit: 0 }
    }

    fn add_case(&mut self, events: CaseEvents<'_>, spec: &TransitionSpec) {
        let window = spec.window.max(1);
        let (activities, starts) = (events.activities(), events.starts());
        let place = |activity: u32| activity.saturating_add(FIRST_ACTIVITY);
        self.visit += 1;
        for (i, &activity) in activities.iter().enumerate() {
            if i < window {
                self.note(START, place(activity), None, spec.once_per_case);
            } else {
                let micros = elapsed(events.end_micros(i - window), starts[i], spec.calendar.as_ref());
                self.note(place(activities[i - window]), place(activity), Some(micros), spec.once_per_case);
            }
        }
        for &activity in &activities[activities.len().saturating_sub(window)..] {
            self.note(place(activity), END, None, spec.once_per_case);
        }
    }

    fn find_or_add(&mut self, from: u32, to: u32) -> usize {
        let (at, is_new) = self.index.find_or_add(from, to);
        if is_new {
            self.cells.push(Cell {
                from,
                to,
                n_occurrences: 0,
                cases: Multiplicity::default(),
                n_in_case: 0,
                visit: 0,
                times: Readings::default(),
            });
        }
        at
    }

    fn note(&mut self, from: u32, to: u32, micros: Option<i64>, once_per_case: bool) {
        let at = self.find_or_add(from, to);
        let cell = &mut self.cells[at];
        if cell.visit != self.visit {
            cell.visit = self.visit;
            cell.cases.note(std::mem::take(&mut cell.n_in_case));
        }
        cell.n_in_case += 1;
        if once_per_case && cell.n_in_case > 1 {
            return;
        }
        cell.n_occurrences += 1;
        if let Some(micros) = micros {
            cell.times.push(micros);
        }
    }

    /// Notes each cell's last case.
    fn finish(mut self) -> Self {
        for cell in &mut self.cells {
            cell.cases.note(std::mem::take(&mut cell.n_in_case));
        }
        self
    }

    /// Makes room for activities that have come.
    fn grow(&mut self, n_places: usize) {
        if n_places > self.n_places {
            (self.n_places, self.index) = (n_places, PairIndex::new(n_places));
            for cell in &self.cells {
                self.index.find_or_add(cell.from, cell.to);
            }
        }
    }

    fn tell(&self, n_cases: u64) -> Vec<Transition> {
        let (mut out, mut into, mut total) = (vec![0_u64; self.n_places], vec![0_u64; self.n_places], 0);
        for cell in &self.cells {
            out[cell.from as usize] += cell.n_occurrences;
            into[cell.to as usize] += cell.n_occurrences;
            total += cell.n_occurrences;
        }
        let place = |number: u32| match number {
            START => Place::Start,
            END => Place::End,
            activity => Place::Activity(activity - FIRST_ACTIVITY),
        };
        let transition = |cell: &Cell| Transition {
            from: place(cell.from),
            to: place(cell.to),
            n_occurrences: cell.n_occurrences,
            n_cases: cell.cases.n_cases(),
            max_in_one_case: cell.cases.max_in_one_case(),
            share_of_total: ratio(cell.n_occurrences, total),
            share_of_cases: ratio(cell.cases.n_cases(), n_cases),
            per_case: ratio(cell.n_occurrences, n_cases),
            probability_out: ratio(cell.n_occurrences, out[cell.from as usize]),
            probability_in: ratio(cell.n_occurrences, into[cell.to as usize]),
            times: cell.times.stats(),
            is_drawn: false,
        };
        self.cells.iter().filter(|cell| cell.n_occurrences > 0).map(transition).collect()
    }
}

/// Time from an end to a start, overlaps as 0, in working time where there is a calendar.
pub(crate) fn elapsed(end_micros: i64, start_micros: i64, calendar: Option<&WorkCalendar>) -> i64 {
    match calendar {
        Some(calendar) => calendar.working_micros(end_micros, start_micros),
        None => start_micros.saturating_sub(end_micros).max(0),
    }
}

/// Marks each place's strongest outgoing transitions and strongest incoming one; ties go to the earlier in the list.
fn choose_drawn(transitions: &mut [Transition], spec: &TransitionSpec) {
    let weight = match spec.weight {
        TransitionWeight::MedianTime | TransitionWeight::P95Time => TransitionWeight::Count,
        other => other,
    };
    let mut ranked: Vec<usize> = (0..transitions.len()).collect();
    let strength = |i: &usize| {
        let strength = transitions[*i].weight(weight).unwrap_or(0.0);
        Reverse(strength.to_bits())
    };
    // Weights are never negative, so that their bits are in the order of their values; the sort is stable.
    ranked.sort_by_key(strength);
    let mut n_drawn_from = std::collections::HashMap::new();
    let mut has_incoming = std::collections::HashSet::new();
    for i in ranked {
        let n_drawn: &mut usize = n_drawn_from.entry(transitions[i].from).or_default();
        let is_strongest_in = has_incoming.insert(transitions[i].to);
        transitions[i].is_drawn = is_strongest_in || *n_drawn < spec.n_outgoing;
        *n_drawn += 1;
    }
}

/// A stop of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteStop {
    /// The virtual start of the case; only as the first stop.
    Start,
    /// An activity, by name.
    Activity(String),
    /// The virtual end of the case; only as the last stop.
    End,
}

/// A strict route: each stop right after the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSpec {
    /// The stops, at least two.
    pub stops: Vec<RouteStop>,
    /// Measures times in working time of this calendar; `None` for plain time.
    pub calendar: Option<WorkCalendar>,
}

/// How often and how fast cases go along a route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteStats {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Units that go along it at least once.
    pub n_cases: u64,
    /// Those over all units.
    pub share_of_cases: f64,
    /// How often it is gone along, overlapping traversals counted each.
    pub n_traversals: u64,
    /// Traversals over all cases.
    pub per_case: f64,
    /// Time from the start of the first event of a traversal to the start of its last; a virtual start is at the first
    /// event, a virtual end at the end of the last. `None` when nothing goes along it.
    pub times: Option<TimeStats>,
    /// The product of [`Transition::probability_out`] over its transitions: what a process without memory would do.
    pub probability: f64,
    /// What was wrong with the route; it then has no traversal.
    pub issues: Vec<Issue>,
    /// Names in the route that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Follows a scope's units along a route. Costs O(events · stops).
///
/// # Reference
/// Route statistics of retentioneering 5's transition graph; matching is contiguous, without gaps or collapsing.
pub fn route_stats(store: &Store, scope: &Scope<'_>, spec: &RouteSpec) -> RouteStats {
    let mut found = RouteStats::default();
    let mut names = Resolver::new(store);
    let route = Route::new(&mut names, &spec.stops, &mut found.issues);
    found.unknown = names.into_unknown();
    let mut probability = route.as_ref().map(RouteProbability::new);
    let mut micros = Vec::new();
    let coverage = each_unit(store, &scope.for_sequences(), |unit| {
        let events = unit.events();
        found.basis.take(events.len());
        let (Some(route), Some(probability)) = (&route, &mut probability) else {
            return;
        };
        let n_before = micros.len();
        route.each_traversal(events, |from, until| {
            micros.push(elapsed(from, until, spec.calendar.as_ref()));
        });
        found.n_cases += u64::from(micros.len() > n_before);
        probability.add_case(events.activities());
    });
    found.basis.close(coverage);
    found.n_traversals = micros.len() as u64;
    found.share_of_cases = ratio(found.n_cases, found.basis.n_units);
    found.per_case = ratio(found.n_traversals, found.basis.n_units);
    found.times = Durations::from_unsorted(micros).stats();
    found.probability = probability.map_or(0.0, |p| p.product());
    found
}

/// Finds the cases with a unit that goes along a route. Costs O(events · stops).
pub fn route_cases(store: &Store, scope: &Scope<'_>, spec: &RouteSpec) -> CaseSet {
    let Some(route) = Route::new(&mut Resolver::new(store), &spec.stops, &mut Vec::new()) else {
        return CaseSet::none(store.customers().len());
    };
    cases_with_unit(store, scope, |events| {
        let mut is_along = false;
        route.each_traversal(events, |_, _| is_along = true);
        is_along
    })
}

/// A route whose names are resolved.
struct Route {
    from_start: bool,
    activities: Vec<u32>,
    to_end: bool,
}

impl Route {
    fn new(names: &mut Resolver<'_>, stops: &[RouteStop], issues: &mut Vec<Issue>) -> Option<Self> {
        let mut route = Self { from_start: false, activities: Vec::new(), to_end: false };
        let mut is_sound = stops.len() >= 2;
        if !is_sound {
            issues.push(Issue::ShortRoute(stops.len()));
        }
        for (i, stop) in stops.iter().enumerate() {
            match stop {
                RouteStop::Start if i == 0 => route.from_start = true,
                RouteStop::End if i > 0 && i + 1 == stops.len() => route.to_end = true,
                RouteStop::Activity(name) => match names.find(NameKind::Activity, name) {
                    Some(activity) => route.activities.push(activity),
                    None => is_sound = false,
                },
                RouteStop::Start | RouteStop::End => {
                    issues.push(Issue::OuterStop);
                    is_sound = false;
                }
            }
        }
        // A case has at least one event, so that nothing goes from start to end without a stop.
        (is_sound && !route.activities.is_empty()).then_some(route)
    }

    fn each_traversal(&self, events: CaseEvents<'_>, mut visit: impl FnMut(i64, i64)) {
        let (trace, starts, n) = (events.activities(), events.starts(), self.activities.len());
        for (i, found) in trace.windows(n).enumerate() {
            let last = i + n - 1;
            let fits = (!self.from_start || i == 0) && (!self.to_end || last + 1 == trace.len());
            if !fits || found != self.activities {
                continue;
            }
            let until = if self.to_end { events.end_micros(last) } else { starts[last] };
            visit(starts[i], until);
        }
    }
}

/// Counts what the product of probabilities along a route needs.
struct RouteProbability<'a> {
    route: &'a Route,
    n_pairs: Vec<u64>,
    n_from: Vec<u64>,
    n_starts: u64,
    n_ends: u64,
    n_last: u64,
    n_cases: u64,
}

impl<'a> RouteProbability<'a> {
    fn new(route: &'a Route) -> Self {
        let n_pairs = route.activities.len().saturating_sub(1);
        let (n_pairs, n_from) = (vec![0; n_pairs], vec![0; n_pairs]);
        Self { route, n_pairs, n_from, n_starts: 0, n_ends: 0, n_last: 0, n_cases: 0 }
    }

    fn add_case(&mut self, trace: &[u32]) {
        let (first, last) = (self.route.activities.first(), self.route.activities.last());
        self.n_cases += 1;
        self.n_starts += u64::from(trace.first() == first);
        self.n_ends += u64::from(trace.last() == last);
        self.n_last += trace.iter().filter(|a| Some(*a) == last).count() as u64;
        for (i, pair) in self.route.activities.windows(2).enumerate() {
            self.n_pairs[i] += trace.windows(2).filter(|p| *p == pair).count() as u64;
            self.n_from[i] += trace.iter().filter(|a| **a == pair[0]).count() as u64;
        }
    }

    fn product(&self) -> f64 {
        let along = self.n_pairs.iter().zip(&self.n_from).map(|(&part, &whole)| ratio(part, whole));
        let from_start = if self.route.from_start { ratio(self.n_starts, self.n_cases) } else { 1.0 };
        let to_end = if self.route.to_end { ratio(self.n_ends, self.n_last) } else { 1.0 };
        from_start * along.product::<f64>() * to_end
    }
}
