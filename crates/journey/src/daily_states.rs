//! Seven states of a customer, day by day: how long ago was the last activity, and how long was the pause before.

use crate::active_periods::ActivePeriods;
use crate::calendar::{Calendar, CivilDate, PeriodUnit};
use crate::case_set::CaseSet;
use crate::lifecycle::Window;
use crate::query::Scope;
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, each_unit};
use event::Store;

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
    let calendar = Calendar { unit: PeriodUnit::Day, zone_offset_minutes: scope.zone_offset_minutes };
    let mut resolver = Resolver::new(store);
    let window = Window::new(store, scope, calendar);
    let mut active = ActivePeriods::new(names, calendar, &mut resolver);
    // By day and state how many more units there are than on the day before.
    let mut steps = vec![[0_i64; 7]; window.len() + 1];
    let coverage = each_unit(store, &window.scope_with_past(scope, KEPT_DAYS), |unit| {
        each_run(active.of_history(unit), |state, first, last| {
            if let Some((from, until)) = clip(&window, first, last) {
                steps[from][state as usize] += 1;
                steps[until][state as usize] -= 1;
            }
        });
    });
    let mut n_by_state = [0_i64; 7];
    let mut days = Vec::with_capacity(window.len());
    for (index, step) in (window.first..).zip(&steps).take(window.len()) {
        n_by_state.iter_mut().zip(step).for_each(|(n, step)| *n += step);
        days.push(DailyCounts {
            index,
            day: CivilDate::from_days(index),
            n_by_state: n_by_state.map(|n| n.unsigned_abs()),
            is_complete: window.is_complete(index),
        });
    }
    DailyStates { coverage, days, n_days_cut: window.n_cut, unknown: resolver.into_unknown() }
}

/// Finds the cases with a unit that is in a state on a day, given by number. Costs O(events).
pub fn daily_state_cases(
    store: &Store,
    scope: &Scope<'_>,
    names: &[String],
    day: i64,
    state: DailyState,
) -> CaseSet {
    let calendar = Calendar { unit: PeriodUnit::Day, zone_offset_minutes: scope.zone_offset_minutes };
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

/// The part of a run of days inside the window, as positions, the second one past the end.
fn clip(window: &Window, first: i64, last: i64) -> Option<(usize, usize)> {
    let n = i64::try_from(window.len()).unwrap_or(i64::MAX);
    let (from, until) = ((first - window.first).max(0), (last - window.first + 1).min(n));
    if from >= until {
        return None;
    }
    Some((usize::try_from(from).ok()?, usize::try_from(until).ok()?))
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
