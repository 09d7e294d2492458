//! The transition matrix: how often, how likely and how long after one activity came another, and along a route.

use crate::basis::{Basis, ratio};
use crate::business_hours::WorkCalendar;
use crate::case_set::CaseSet;
use crate::durations::TimeStats;
use crate::follows::Sign;
use crate::kept::{Counted, Tally};
use crate::multiplicity::Multiplicity;
use crate::pairs::PairIndex;
use crate::query::Scope;
use crate::readings::Readings;
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
