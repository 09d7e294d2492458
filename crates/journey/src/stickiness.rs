//! Stickiness: in how many periods of a time units are active.

use crate::active_periods::ActivePeriods;
use crate::calendar::{Calendar, PeriodUnit};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::interval::{Difference, Mean};
use crate::kept::{Counted, Tally};
use crate::query::Scope;
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, each_unit};
use event::Store;
use std::collections::BTreeMap;

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
/// #         account: None, text: None, value: None, line, digest: u64::from(line),
/// #         ..NewEvent::default()
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
    spec.count(store, scope)
}

impl Counted for StickinessSpec {
    type Tally = StickinessTally;
    type Figures = Stickiness;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&StickinessTally>) -> StickinessTally {
        let scope = scope.for_periods();
        let calendar = Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes };
        let mut active = ActivePeriods::new(&self.names, calendar, &mut Resolver::new(store));
        let mut tally = StickinessTally::default();
        tally.coverage = each_unit(store, &scope, |unit| {
            let periods = active.of_range(unit);
            let (Some(&first), Some(&last)) = (periods.first(), periods.last()) else {
                tally.n_never += 1;
                return;
            };
            if tally.n_exactly.len() < periods.len() {
                tally.n_exactly.resize(periods.len(), 0);
            }
            tally.n_exactly[periods.len() - 1] += 1;
            *tally.bounds.entry(first).or_default() += 1;
            *tally.bounds.entry(last).or_default() += 1;
        });
        tally
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &StickinessTally) -> Stickiness {
        let mut resolver = Resolver::new(store);
        resolver.marks_or_any(&self.names);
        let calendar = Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes };
        let used = || tally.bounds.iter().filter(|(_, n)| **n > 0).map(|(period, _)| *period);
        let bounds = match scope.period {
            Some(period) => Some((
                calendar.index_of(period.from_micros),
                calendar.index_of(period.until_micros.saturating_sub(1)),
            )),
            None => used().next().zip(used().next_back()),
        };
        let n_periods =
            bounds.filter(|(first, last)| first <= last).map_or(0, |(first, last)| last.abs_diff(first) + 1);
        let n_exactly =
            &tally.n_exactly[..tally.n_exactly.iter().rposition(|n| *n > 0).map_or(0, |last| last + 1)];
        let sum_of =
            |power: fn(u64) -> u64| (1..).zip(n_exactly).map(|(periods, n)| n * power(periods)).sum();
        Stickiness {
            coverage: tally.coverage,
            n_periods,
            n_exactly: n_exactly.to_vec(),
            n_never: tally.n_never,
            active_periods: Mean::from_sums(sum_of(|_| 1), sum_of(|n| n), sum_of(|n| n * n)),
            unknown: resolver.into_unknown(),
        }
    }
}

/// What units contribute to stickiness.
#[derive(Debug, Default)]
pub struct StickinessTally {
    coverage: Coverage,
    n_exactly: Vec<u64>,
    n_never: u64,
    /// How many units have their first or last active period there.
    bounds: BTreeMap<i64, u64>,
}

impl Tally for StickinessTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        self.n_exactly.resize(self.n_exactly.len().max(part.n_exactly.len()), 0);
        self.n_exactly.iter_mut().zip(part.n_exactly).for_each(|(n, part)| sign.apply(n, part));
        sign.apply(&mut self.n_never, part.n_never);
        for (period, n) in part.bounds {
            sign.apply(self.bounds.entry(period).or_default(), n);
        }
    }

    fn n_bytes(&self) -> usize {
        (self.n_exactly.capacity() + 4 * self.bounds.len()) * size_of::<u64>()
    }
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
