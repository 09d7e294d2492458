//! Stickiness: in how many periods of a time units are active.

use crate::active_periods::ActivePeriods;
use crate::calendar::{Calendar, PeriodUnit};
use crate::case_set::CaseSet;
use crate::interval::{Difference, Mean};
use crate::query::Scope;
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, each_unit};
use event::Store;

/// Stickiness as asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StickinessSpec {
    /// Activities that make a unit active; any when empty.
    pub names: Vec<String>,
    /// Length of a period.
    pub unit: PeriodUnit,
}

/// Stickiness as counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Stickiness {
    /// What was looked at.
    pub coverage: Coverage,
    /// Periods that the scope's period touches; without one, from the first to the last active period of anyone.
    pub n_periods: u64,
    /// Units active in exactly 1, 2, 3 … different periods, as far as there is one; so never longer than `n_periods`.
    pub n_exactly: Vec<u64>,
    /// Units that were never active.
    pub n_never: u64,
    /// Active periods of a unit, over the units active at all.
    pub active_periods: Mean,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

impl Stickiness {
    /// Units active in at least 1, 2, 3 … different periods.
    pub fn n_at_least(&self) -> Vec<u64> {
        let mut n_at_least = self.n_exactly.clone();
        for n in (1..n_at_least.len()).rev() {
            n_at_least[n - 1] += n_at_least[n];
        }
        n_at_least
    }
}

/// Counts in how many different periods each unit is active.
///
/// Unit: customers, or accounts where the scope counts accounts. Periods are those of the calendar in the scope's zone; a
/// period that the scope's cuts into counts like a whole one. This is not the ratio of daily to monthly active users.
/// Costs O(events).
///
/// # Example
/// ```
/// # use event::{Batch, NewEvent, Store};
/// use journey::{CaseSet, PeriodUnit, Scope, StickinessSpec, stickiness};
/// # let mut batch = Batch::new("visits");
/// # for (line, hour) in [(1, 0), (2, 1), (3, 50)] {
/// #     batch.push(NewEvent {
/// #         customer: "ada", activity: "visit", start_micros: hour * 3_600_000_000, end_micros: None, channel: None,
/// #         account: None, text: None, money: None, line, digest: u64::from(line),
/// #     });
/// # }
/// # let mut store = Store::new();
/// # let staged = store.stage(batch);
/// # store.commit(staged);
/// let everyone = CaseSet::all(store.n_cases());
/// let spec = StickinessSpec { names: vec![], unit: PeriodUnit::Day };
/// let daily = stickiness(&store, &Scope::customers(&everyone), &spec);
/// assert_eq!((daily.n_periods, daily.n_exactly), (3, vec![0, 1]));
/// ```
///
/// # Reference
/// PostHog's stickiness.
pub fn stickiness(store: &Store, scope: &Scope<'_>, spec: &StickinessSpec) -> Stickiness {
    let scope = scope.for_periods();
    let mut resolver = Resolver::new(store);
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: scope.zone_offset_minutes };
    let mut active = ActivePeriods::new(&spec.names, calendar, &mut resolver);
    let mut n_exactly: Vec<u64> = Vec::new();
    let (mut n_never, mut sum, mut sum_of_squares) = (0, 0_u64, 0_u64);
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    let coverage = each_unit(store, &scope, |unit| {
        let periods = active.of_range(unit);
        let (Some(&earliest), Some(&latest)) = (periods.first(), periods.last()) else {
            n_never += 1;
            return;
        };
        let n = periods.len() as u64;
        if n_exactly.len() < periods.len() {
            n_exactly.resize(periods.len(), 0);
        }
        n_exactly[periods.len() - 1] += 1;
        sum += n;
        sum_of_squares = sum_of_squares.saturating_add(n * n);
        (first, last) = (first.min(earliest), last.max(latest));
    });
    if let Some(period) = scope.period {
        first = calendar.index_of(period.from_micros);
        last = calendar.index_of(period.until_micros.saturating_sub(1));
    }
    let n_periods = if first > last { 0 } else { last.abs_diff(first) + 1 };
    let active_periods = Mean::from_sums(n_exactly.iter().sum(), sum, sum_of_squares);
    let unknown = resolver.into_unknown();
    Stickiness { coverage, n_periods, n_exactly, n_never, active_periods, unknown }
}

/// Finds the cases with a unit that is active in exactly so many periods. Costs O(events).
pub fn cases_active_exactly(
    store: &Store,
    scope: &Scope<'_>,
    spec: &StickinessSpec,
    n_periods: usize,
) -> CaseSet {
    cases_active(store, scope, spec, |n| n == n_periods)
}

/// Finds the cases with a unit that is active in at least so many periods. Costs O(events).
pub fn cases_active_at_least(
    store: &Store,
    scope: &Scope<'_>,
    spec: &StickinessSpec,
    n_periods: usize,
) -> CaseSet {
    cases_active(store, scope, spec, |n| n >= n_periods)
}

fn cases_active(
    store: &Store,
    scope: &Scope<'_>,
    spec: &StickinessSpec,
    is_wanted: impl Fn(usize) -> bool,
) -> CaseSet {
    let scope = scope.for_periods();
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: scope.zone_offset_minutes };
    let mut active = ActivePeriods::new(&spec.names, calendar, &mut Resolver::new(store));
    let mut found = CaseSet::none(store.customers().len());
    each_unit(store, &scope, |unit| {
        if is_wanted(active.of_range(unit).len()) {
            unit.cases.iter().for_each(|case| found.insert(*case));
        }
    });
    found
}

/// Compares the mean numbers of active periods of two groups: the first less the second, with Welch's interval.
pub fn stickiness_difference(first: &Stickiness, second: &Stickiness) -> Option<Difference> {
    first.active_periods.difference(second.active_periods)
}
