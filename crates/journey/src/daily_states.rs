//! Seven states of a customer, day by day: how long ago was the last activity, and how long was the pause before.

use crate::active_periods::ActivePeriods;
use crate::calendar::{Calendar, CivilDate, PeriodUnit};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::kept::{Counted, Tally};
use crate::lifecycle::{Lifecycle, Window, first_periods};
use crate::query::Scope;
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, each_unit};
use event::Store;
use std::collections::BTreeMap;

/// What a unit is on a day. On a day of activity it depends on the days since the active day before, on another day on the
/// days since the last active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DailyState {
    /// Active for the first time.
    New,
    /// Active, and 1 to 7 days before too.
    Current,
    /// Active again after 8 to 30 days.
    Reactivated,
    /// Active again after more than 30 days.
    Resurrected,
    /// Not active; the last time was 1 to 7 days ago.
    AtRiskWau,
    /// Not active; the last time was 8 to 30 days ago.
    AtRiskMau,
    /// Not active for more than 30 days, and active again later; a unit that is never seen again is not counted beyond 30
    /// days after its last activity.
    Dormant,
}

impl DailyState {
    /// All states, in the order of [`DailyCounts::n`].
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Current,
        Self::Reactivated,
        Self::Resurrected,
        Self::AtRiskWau,
        Self::AtRiskMau,
        Self::Dormant,
    ];
}

/// One day as counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyCounts {
    /// Days since 1970-01-01 in the scope's zone.
    pub index: i64,
    /// The day.
    pub day: CivilDate,
    n_by_state: [u64; 7],
    /// Whether the whole day is known.
    pub is_complete: bool,
}

impl DailyCounts {
    /// Units in a state.
    pub fn n(&self, state: DailyState) -> u64 {
        self.n_by_state[state as usize]
    }

    /// Units active on the day.
    pub fn n_active(&self) -> u64 {
        self.n_by_state[..4].iter().sum()
    }
}

/// Daily states as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyStates {
    /// What was looked at, the 30 days before the first one included.
    pub coverage: Coverage,
    /// The days from the first with an event in scope to the end of what is known, without a gap.
    pub days: Vec<DailyCounts>,
    /// Days before those listed, cut at [`crate::Lifecycle::MAX_PERIODS`].
    pub n_days_cut: u64,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Days after its last activity for which a unit is counted.
const KEPT_DAYS: i64 = 30;
/// Days for which a unit is current, or at risk for the week.
const WEEK_DAYS: i64 = 7;

/// Counts units by state on each day; a unit is active by any of these activities, or by any at all when there is none.
///
/// Unit: customers, or accounts where the scope counts accounts. History before the scope's period is known. Every unit that
/// was active on a day is in exactly one state on each of the next 30 days. Costs O(events + days).
///
/// # Reference
/// The growth model of Duolingo (J. Gustafson, *Meaningful metrics: how data sharpened the focus of product teams*, 2018),
/// in the form of retentioneering.
pub fn daily_states(store: &Store, scope: &Scope<'_>, names: &[String]) -> DailyStates {
    DailySpec { names: names.to_vec() }.count(store, scope)
}

/// Daily states as asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DailySpec {
    /// Activities that make a unit active; any when empty.
    pub names: Vec<String>,
}

impl Counted for DailySpec {
    type Tally = DailyTally;
    type Figures = DailyStates;

    fn tally(&self, store: &Store, scope: &Scope<'_>, like: Option<&DailyTally>) -> DailyTally {
        let calendar = day_calendar(scope);
        let firsts = first_periods(store, scope, calendar);
        let window = Window::from_firsts(&firsts, scope.known_until_micros(store), calendar);
        let first = like.map_or(window.first, |like| like.first);
        let mut active = ActivePeriods::new(&self.names, calendar, &mut Resolver::new(store));
        let mut tally = DailyTally { first, firsts, ..DailyTally::default() };
        let past = window.beginning(first).scope_with_past(scope, KEPT_DAYS);
        tally.coverage = each_unit(store, &past, |unit| {
            each_run(active.of_history(unit), |state, from, until| tally.note(state, from, until));
        });
        tally
    }

    fn is_like_new(&self, store: &Store, scope: &Scope<'_>, tally: &DailyTally) -> bool {
        let known_until = scope.known_until_micros(store);
        Window::from_firsts(&tally.firsts, known_until, day_calendar(scope)).first == tally.first
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &DailyTally) -> DailyStates {
        let mut resolver = Resolver::new(store);
        resolver.marks_or_any(&self.names);
        let window = Window::from_firsts(&tally.firsts, scope.known_until_micros(store), day_calendar(scope));
        let mut n_by_state = [0_i64; 7];
        let steps = tally.steps.iter().copied().chain(std::iter::repeat([0; 7]));
        let mut days = Vec::with_capacity(window.len());
        for (index, step) in (window.first..).zip(steps).take(window.len()) {
            n_by_state.iter_mut().zip(step).for_each(|(n, step)| *n += step);
            days.push(DailyCounts {
                index,
                day: CivilDate::from_days(index),
                n_by_state: n_by_state.map(|n| n.unsigned_abs()),
                is_complete: window.is_complete(index),
            });
        }
        let (coverage, n_days_cut) = (tally.coverage, window.n_cut);
        DailyStates { coverage, days, n_days_cut, unknown: resolver.into_unknown() }
    }
}

fn day_calendar(scope: &Scope<'_>) -> Calendar {
    Calendar { unit: PeriodUnit::Day, zone_offset_minutes: scope.zone_offset_minutes }
}

/// What units contribute to daily states.
#[derive(Debug, Default)]
pub struct DailyTally {
    coverage: Coverage,
    /// Number of cases by the day of their first event in scope.
    firsts: BTreeMap<i64, u64>,
    /// The first day that is counted.
    first: i64,
    /// From there on, by state, how many more units there are than on the day before.
    steps: Vec<[i64; 7]>,
}

impl DailyTally {
    /// Notes that a unit is in a state from one day to another, the part before the first day cut off.
    fn note(&mut self, state: DailyState, from: i64, until: i64) {
        if until < self.first {
            return;
        }
        self.step(from.max(self.first), state, 1);
        self.step(until.saturating_add(1), state, -1);
    }

    fn step(&mut self, day: i64, state: DailyState, by: i64) {
        // A unit is in a state for some time after the last day that is ever listed.
        let most = Lifecycle::MAX_PERIODS + KEPT_DAYS.unsigned_abs() + 1;
        let place = usize::try_from(day.saturating_sub(self.first)).ok().filter(|at| *at as u64 <= most);
        let Some(place) = place else {
            return;
        };
        if self.steps.len() <= place {
            self.steps.resize(place + 1, [0; 7]);
        }
        self.steps[place][state as usize] += by;
    }
}

impl Tally for DailyTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        sign.apply_all(&mut self.firsts, part.firsts);
        self.steps.resize(self.steps.len().max(part.steps.len()), [0; 7]);
        let by = if sign == Sign::Add { 1 } else { -1 };
        for (own, part) in self.steps.iter_mut().zip(part.steps) {
            own.iter_mut().zip(part).for_each(|(n, part)| *n += by * part);
        }
    }

    fn n_bytes(&self) -> usize {
        self.steps.capacity() * size_of::<[i64; 7]>() + self.firsts.len() * 32
    }
}

/// Finds the cases with a unit that is in a state on a day, given by number. Costs O(events).
pub fn daily_state_cases(
    store: &Store,
    scope: &Scope<'_>,
    names: &[String],
    day: i64,
    state: DailyState,
) -> CaseSet {
    let calendar = day_calendar(scope);
    let window = Window::new(store, scope, calendar);
    let mut active = ActivePeriods::new(names, calendar, &mut Resolver::new(store));
    let mut found = CaseSet::none(store.customers().len());
    each_unit(store, &window.scope_with_past(scope, KEPT_DAYS), |unit| {
        each_run(active.of_history(unit), |of_run, first, last| {
            if of_run == state && (first..=last).contains(&day) && window.position(day).is_some() {
                unit.cases.iter().for_each(|case| found.insert(*case));
            }
        });
    });
    found
}

/// Calls `visit` with (state, first day, last day) for every run of days in one state.
fn each_run(active_days: &[i64], mut visit: impl FnMut(DailyState, i64, i64)) {
    let mut previous: Option<i64> = None;
    for &day in active_days {
        if let Some(previous) = previous {
            each_inactive_run(previous, day - 1, &mut visit);
        }
        let state = match previous.map(|previous| day - previous) {
            None => DailyState::New,
            Some(..=WEEK_DAYS) => DailyState::Current,
            Some(..=KEPT_DAYS) => DailyState::Reactivated,
            Some(_) => DailyState::Resurrected,
        };
        visit(state, day, day);
        previous = Some(day);
    }
    if let Some(last) = previous {
        each_inactive_run(last, last + KEPT_DAYS, &mut visit);
    }
}

/// The days after an active one up to `until`.
fn each_inactive_run(active: i64, until: i64, visit: &mut impl FnMut(DailyState, i64, i64)) {
    let mut run = |state, first: i64, last: i64| {
        if first <= last.min(until) {
            visit(state, first, last.min(until));
        }
    };
    run(DailyState::AtRiskWau, active + 1, active + WEEK_DAYS);
    run(DailyState::AtRiskMau, active + WEEK_DAYS + 1, active + KEPT_DAYS);
    run(DailyState::Dormant, active + KEPT_DAYS + 1, until);
}
