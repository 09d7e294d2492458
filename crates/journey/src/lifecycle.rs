//! Lifecycle: who is new, returning, resurrecting or dormant, period by period; and seven states day by day.

use crate::active_periods::ActivePeriods;
use crate::calendar::{Calendar, CivilDate, PeriodCursor, PeriodUnit};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::interval::{Difference, Proportion};
use crate::kept::{Counted, Tally};
use crate::query::{Period, Scope};
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, UnitEvents, each_unit};
use event::Store;
use std::collections::BTreeMap;

/// Lifecycle as asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LifecycleSpec {
    /// Activities that make a unit active; any when empty.
    pub names: Vec<String>,
    /// Length of a period.
    pub unit: PeriodUnit,
}

/// What a unit is in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifecycleState {
    /// Active, and its very first event of any activity is in this period.
    New,
    /// Active in this and the previous period.
    Returning,
    /// Active, not in the previous period, and not new.
    Resurrecting,
    /// Active in the previous period and not in this one.
    Dormant,
}

/// One period as counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifecyclePeriod {
    /// Number of the period; see [`Calendar`].
    pub index: i64,
    /// First day of the period.
    pub first_day: CivilDate,
    /// Units that are new.
    pub n_new: u64,
    /// Units that are returning.
    pub n_returning: u64,
    /// Units that are resurrecting.
    pub n_resurrecting: u64,
    /// Units that are dormant; drawn below zero.
    pub n_dormant: u64,
    /// Whether the whole period is known.
    pub is_complete: bool,
}

impl LifecyclePeriod {
    /// Units active in the period: new, returning or resurrecting.
    pub fn n_active(&self) -> u64 {
        self.n_new + self.n_returning + self.n_resurrecting
    }
}

/// Lifecycle as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What was looked at, the period before the first one included.
    pub coverage: Coverage,
    /// The periods from the first with an event in scope to the end of what is known, without a gap.
    pub periods: Vec<LifecyclePeriod>,
    /// Periods before those listed, cut at [`Lifecycle::MAX_PERIODS`].
    pub n_periods_cut: u64,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

impl Lifecycle {
    /// Most periods, or days; when there are more, the latest are kept.
    pub const MAX_PERIODS: u64 = 10_000;
}

/// Counts who is new, returning, resurrecting or dormant in each period.
///
/// Unit: customers, or accounts where the scope counts accounts. Periods are whole: the first begins with the calendar even
/// when the scope's period begins later. History before the scope's period is known, so that nobody seems new or
/// resurrecting for want of looking back. With active(t) the units active in period t,
/// `active(t) = new + returning + resurrecting` and `active(t−1) = returning(t) + dormant(t)`; in the first period the
/// latter holds for the scope's cases only if they were selected without a period, since a filter with one leaves out who
/// was active only before.
/// Costs O(events).
///
/// # Example
/// ```
/// # use event::{Batch, NewEvent, Store};
/// use journey::{CaseSet, LifecycleSpec, PeriodUnit, Scope, lifecycle};
/// # let mut batch = Batch::new("visits");
/// # for (line, day) in [(1, 0), (2, 1), (3, 3)] {
/// #     batch.push(NewEvent {
/// #         customer: "ada", activity: "visit", start_micros: day * 86_400_000_000, end_micros: None, channel: None,
/// #         account: None, text: None, value: None, line, digest: u64::from(line),
/// #         ..NewEvent::default()
/// #     });
/// # }
/// # let mut store = Store::new();
/// # let staged = store.stage(batch);
/// # store.commit(staged);
/// let everyone = CaseSet::all(store.n_cases());
/// let spec = LifecycleSpec { names: vec![], unit: PeriodUnit::Day };
/// let days = lifecycle(&store, &Scope::customers(&everyone), &spec).periods;
/// assert_eq!((days[0].n_new, days[1].n_returning, days[2].n_dormant, days[3].n_resurrecting), (1, 1, 1, 1));
/// ```
///
/// # Reference
/// PostHog's lifecycle; a unit is created with its first event.
pub fn lifecycle(store: &Store, scope: &Scope<'_>, spec: &LifecycleSpec) -> Lifecycle {
    spec.count(store, scope)
}

impl Counted for LifecycleSpec {
    type Tally = LifecycleTally;
    type Figures = Lifecycle;

    fn tally(&self, store: &Store, scope: &Scope<'_>, like: Option<&LifecycleTally>) -> LifecycleTally {
        let calendar = self.calendar(scope);
        let firsts = first_periods(store, scope, calendar);
        let window = Window::from_firsts(&firsts, scope.known_until_micros(store), calendar);
        let first = like.map_or(window.first, |like| like.first);
        let mut active = ActivePeriods::new(&self.names, calendar, &mut Resolver::new(store));
        let mut tally = LifecycleTally { first, firsts, ..LifecycleTally::default() };
        let past = window.beginning(first).scope_with_past(scope, 1);
        tally.coverage = each_unit(store, &past, |unit| {
            let created = created_in(calendar, unit);
            each_state(active.of_history(unit), created, |period, state| {
                if let Some(counts) = tally.counts_of(period) {
                    counts[state as usize] += 1;
                }
            });
        });
        tally
    }

    fn is_like_new(&self, store: &Store, scope: &Scope<'_>, tally: &LifecycleTally) -> bool {
        let known_until = scope.known_until_micros(store);
        Window::from_firsts(&tally.firsts, known_until, self.calendar(scope)).first == tally.first
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &LifecycleTally) -> Lifecycle {
        let mut resolver = Resolver::new(store);
        resolver.marks_or_any(&self.names);
        let calendar = self.calendar(scope);
        let window = Window::from_firsts(&tally.firsts, scope.known_until_micros(store), calendar);
        let counts = tally.counts.iter().copied().chain(std::iter::repeat([0; 4])).take(window.len());
        let row =
            |(index, [n_new, n_returning, n_resurrecting, n_dormant]): (i64, [u64; 4])| LifecyclePeriod {
                index,
                first_day: calendar.first_day(index),
                n_new,
                n_returning,
                n_resurrecting,
                n_dormant,
                is_complete: window.is_complete(index),
            };
        let periods = (window.first..).zip(counts).map(row).collect();
        let (coverage, n_periods_cut) = (tally.coverage, window.n_cut);
        Lifecycle { coverage, periods, n_periods_cut, unknown: resolver.into_unknown() }
    }
}

impl LifecycleSpec {
    fn calendar(&self, scope: &Scope<'_>) -> Calendar {
        Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes }
    }
}

/// What units contribute to a lifecycle.
#[derive(Debug, Default)]
pub struct LifecycleTally {
    coverage: Coverage,
    /// Number of cases by the period of their first event in scope.
    firsts: BTreeMap<i64, u64>,
    /// The first period that is counted, and from there on how many are in each state.
    first: i64,
    counts: Vec<[u64; 4]>,
}

impl LifecycleTally {
    fn counts_of(&mut self, period: i64) -> Option<&mut [u64; 4]> {
        let place = usize::try_from(period.checked_sub(self.first)?).ok()?;
        // One period more than is ever listed: somebody is dormant there before there is an event in it.
        if place as u64 > Lifecycle::MAX_PERIODS {
            return None;
        }
        if self.counts.len() <= place {
            self.counts.resize(place + 1, [0; 4]);
        }
        self.counts.get_mut(place)
    }
}

impl Tally for LifecycleTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        sign.apply_all(&mut self.firsts, part.firsts);
        self.counts.resize(self.counts.len().max(part.counts.len()), [0; 4]);
        for (own, part) in self.counts.iter_mut().zip(part.counts) {
            own.iter_mut().zip(part).for_each(|(n, part)| sign.apply(n, part));
        }
    }

    fn n_bytes(&self) -> usize {
        (self.counts.capacity() + self.firsts.len()) * size_of::<[u64; 4]>()
    }
}

/// How many cases have their first event in scope in which period.
pub(crate) fn first_periods(store: &Store, scope: &Scope<'_>, calendar: Calendar) -> BTreeMap<i64, u64> {
    let mut cursor = PeriodCursor::new(calendar);
    let mut firsts = BTreeMap::new();
    for case in scope.cases.iter() {
        let starts = store.case(case).starts();
        let range = scope.period.map_or(0..starts.len(), |period| period.range_of(starts));
        let first =
            starts[range].first().filter(|first| scope.data_until_micros.is_none_or(|until| **first < until));
        if let Some(first) = first {
            *firsts.entry(cursor.index_of(*first)).or_default() += 1;
        }
    }
    firsts
}

/// Finds the cases with a unit that is in a state in a period, given by number. Costs O(events).
pub fn lifecycle_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &LifecycleSpec,
    period: i64,
    state: LifecycleState,
) -> CaseSet {
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: scope.zone_offset_minutes };
    let window = Window::new(store, scope, calendar);
    let mut active = ActivePeriods::new(&spec.names, calendar, &mut Resolver::new(store));
    let mut found = CaseSet::none(store.customers().len());
    each_unit(store, &window.scope_with_past(scope, 1), |unit| {
        let created = created_in(calendar, unit);
        each_state(active.of_history(unit), created, |of_period, of_state| {
            if (of_period, of_state) == (period, state) && window.position(period).is_some() {
                unit.cases.iter().for_each(|case| found.insert(*case));
            }
        });
    });
    found
}

/// The period of a unit's very first event, of any activity.
fn created_in(calendar: Calendar, unit: &UnitEvents<'_>) -> i64 {
    unit.starts.first().map_or(i64::MIN, |at| calendar.index_of(*at))
}

/// Calls `visit` with every period in which a unit has a state, from its active periods in order.
fn each_state(active: &[i64], created: i64, mut visit: impl FnMut(i64, LifecycleState)) {
    let mut previous: Option<i64> = None;
    for &period in active {
        let state = match previous {
            _ if period == created => LifecycleState::New,
            Some(previous) if previous + 1 == period => LifecycleState::Returning,
            _ => LifecycleState::Resurrecting,
        };
        if let Some(previous) = previous.filter(|previous| previous + 1 < period) {
            visit(previous + 1, LifecycleState::Dormant);
        }
        visit(period, state);
        previous = Some(period);
    }
    if let Some(last) = previous {
        visit(last + 1, LifecycleState::Dormant);
    }
}

/// How one period differs between two groups: shares of the active units, the first group's less the second's, with
/// Newcombe's interval; dormant as a share of the units active in the period before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LifecycleDifference {
    /// Number of the period.
    pub index: i64,
    /// Of the share that is new.
    pub new: Option<Difference>,
    /// Of the share that is returning.
    pub returning: Option<Difference>,
    /// Of the share that is resurrecting.
    pub resurrecting: Option<Difference>,
    /// Of the share that became dormant.
    pub dormant: Option<Difference>,
}

/// Compares two groups in the periods that both have, in order of time.
pub fn lifecycle_difference(first: &Lifecycle, second: &Lifecycle) -> Vec<LifecycleDifference> {
    let share = |n: fn(&LifecyclePeriod) -> u64, of: fn(&LifecyclePeriod) -> u64| {
        move |a: &LifecyclePeriod, b: &LifecyclePeriod| {
            Proportion { n: n(a), of: of(a) }.difference(Proportion { n: n(b), of: of(b) })
        }
    };
    let same = |a: &LifecyclePeriod| {
        let found = second.periods.binary_search_by_key(&a.index, |b| b.index).ok();
        found.and_then(|i| second.periods.get(i)).map(|b| (*a, *b))
    };
    let pairs = first.periods.iter().filter_map(same);
    pairs
        .map(|(a, b)| LifecycleDifference {
            index: a.index,
            new: share(|p| p.n_new, LifecyclePeriod::n_active)(&a, &b),
            returning: share(|p| p.n_returning, LifecyclePeriod::n_active)(&a, &b),
            resurrecting: share(|p| p.n_resurrecting, LifecyclePeriod::n_active)(&a, &b),
            dormant: share(|p| p.n_dormant, |p| p.n_returning + p.n_dormant)(&a, &b),
        })
        .collect()
}

/// The periods that are listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    calendar: Calendar,
    pub(crate) first: i64,
    last: i64,
    pub(crate) n_cut: u64,
    known_until: i64,
}

impl Window {
    /// From the first period with an event in scope to the end of what is known.
    pub(crate) fn new(store: &Store, scope: &Scope<'_>, calendar: Calendar) -> Self {
        Self::from_firsts(&first_periods(store, scope, calendar), scope.known_until_micros(store), calendar)
    }

    pub(crate) fn from_firsts(firsts: &BTreeMap<i64, u64>, known_until: i64, calendar: Calendar) -> Self {
        let last = calendar.index_of(known_until.saturating_sub(1));
        let first = firsts.keys().next().copied().filter(|first| *first <= last);
        let Some(first) = first else {
            return Self { calendar, first: 0, last: -1, n_cut: 0, known_until };
        };
        let n_cut = (last.abs_diff(first) + 1).saturating_sub(Lifecycle::MAX_PERIODS);
        Self { calendar, first: first.saturating_add_unsigned(n_cut), last, n_cut, known_until }
    }

    /// The same window from another period on.
    pub(crate) fn beginning(self, first: i64) -> Self {
        Self { first, ..self }
    }

    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.last - self.first + 1).unwrap_or(0)
    }

    /// Which of the listed periods this is, from 0.
    pub(crate) fn position(&self, period: i64) -> Option<usize> {
        (self.first..=self.last).contains(&period).then(|| usize::try_from(period - self.first).unwrap_or(0))
    }

    pub(crate) fn is_complete(&self, period: i64) -> bool {
        self.calendar.start_micros(period + 1) <= self.known_until
    }

    /// The same scope from so many periods before the window on, so that units are seen that are only in the past.
    pub(crate) fn scope_with_past<'a>(&self, scope: &Scope<'a>, n_periods: i64) -> Scope<'a> {
        let from_micros = self.calendar.start_micros(self.first.saturating_sub(n_periods));
        let period = Some(Period { from_micros, until_micros: self.known_until });
        Scope { period, ..scope.for_periods() }
    }
}
