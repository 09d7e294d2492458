//! The units an analysis counts: customers, accounts or sessions, each as a row of events in order of time.

use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::funnel::Attribute;
use crate::query::{Scope, Unit};
use crate::sessions::Cutter;
use crate::slice::CaseSlice;
use event::{CaseEvents, Gathered, Store};
use std::ops::Range;

/// What an analysis has looked at and what it left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// What was counted; it differs from what was asked where the analysis has no such unit.
    pub unit: Unit,
    /// Units with at least one event in the period.
    pub n_units: u64,
    /// Events looked at.
    pub n_events: u64,
    /// Cases looked at.
    pub n_cases: u64,
    /// Cases of the scope left out because no event starts in the period.
    pub n_outside_period: u64,
    /// Cases of the scope left out because accounts are counted and they have none.
    pub n_without_account: u64,
}

impl Coverage {
    /// Takes the coverage of other units in, or out again.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        self.unit = part.unit;
        sign.apply(&mut self.n_units, part.n_units);
        sign.apply(&mut self.n_events, part.n_events);
        sign.apply(&mut self.n_cases, part.n_cases);
        sign.apply(&mut self.n_outside_period, part.n_outside_period);
        sign.apply(&mut self.n_without_account, part.n_without_account);
    }
}

/// Counts the units of a scope. Single events can be counted too: then `n_units` is `n_events`. Costs O(events).
///
/// # Example
/// ```
/// use event::{Batch, NewEvent, Store};
/// use journey::{Query, Unit, count, select};
/// let mut batch = Batch::new("visits");
/// for (line, hour) in [(1, 0), (2, 1), (3, 9)] {
///     batch.push(NewEvent {
///         customer: "ada", activity: "visit", start_micros: hour * 1_200_000_000, end_micros: None, channel: None,
///         account: None, text: None, value: None, line, digest: u64::from(line),
///         ..NewEvent::default()
///     });
/// }
/// let mut store = Store::new();
/// let staged = store.stage(batch);
/// store.commit(staged);
/// let query = Query { unit: Unit::Sessions, ..Query::default() };
/// let selected = select(&store, &query);
/// assert_eq!(count(&store, &query.scope(&selected.cases)).n_units, 2);
/// ```
pub fn count(store: &Store, scope: &Scope<'_>) -> Coverage {
    let mut coverage = each_unit(store, scope, |_| ());
    if scope.unit == Unit::Occurrences {
        coverage.n_units = coverage.n_events;
    }
    coverage
}

/// The events of one unit.
#[derive(Debug)]
pub(crate) struct UnitEvents<'a> {
    /// The cases it is made of.
    pub(crate) cases: &'a [u32],
    /// Activities of its whole history.
    pub(crate) activities: &'a [u32],
    /// Starts of its whole history.
    pub(crate) starts: &'a [i64],
    /// The events that start in the period, or those of the session; never empty.
    pub(crate) range: Range<usize>,
    /// Its whole history.
    pub(crate) history: CaseEvents<'a>,
}

impl<'a> UnitEvents<'a> {
    fn of(cases: &'a [u32], history: CaseEvents<'a>, range: Range<usize>) -> Self {
        Self { cases, activities: history.activities(), starts: history.starts(), range, history }
    }

    /// The events of the range alone, as if there were no others.
    pub(crate) fn events(&self) -> CaseEvents<'a> {
        self.history.within(self.range.clone())
    }

    /// What the `i`-th event of the whole history has, by number.
    pub(crate) fn value(&self, attribute: Attribute, i: usize) -> Option<u32> {
        match attribute {
            Attribute::Channel => self.channel(i),
            Attribute::Account => self.history.event(i).account,
            Attribute::Source => Some(u32::from(self.history.event(i).source)),
            Attribute::Activity => self.activities.get(i).copied(),
        }
    }

    /// Channel of the `i`-th event of the whole history.
    pub(crate) fn channel(&self, i: usize) -> Option<u32> {
        self.history.channel(i)
    }
}

/// Calls `visit` with every unit of the scope that has an event in the period: customers by case number, a customer's
/// sessions in order of time, accounts by number. Single events are visited as the customers they belong to.
pub(crate) fn each_unit(store: &Store, scope: &Scope<'_>, visit: impl FnMut(&UnitEvents<'_>)) -> Coverage {
    let coverage = Coverage { unit: scope.unit, ..Coverage::default() };
    match scope.unit {
        Unit::Customers | Unit::Occurrences => each_customer(store, scope, coverage, visit),
        Unit::Sessions => each_session(store, scope, coverage, visit),
        Unit::Accounts => each_account(store, scope, coverage, visit),
    }
}

/// The cases of the scope's units that pass; single events are looked at as the customers they belong to.
pub(crate) fn cases_with_unit(
    store: &Store,
    scope: &Scope<'_>,
    mut pass: impl FnMut(CaseEvents<'_>) -> bool,
) -> CaseSet {
    let mut found = CaseSet::none(store.customers().len());
    each_unit(store, &scope.for_sequences(), |unit| {
        if pass(unit.events()) {
            unit.cases.iter().for_each(|case| found.insert(*case));
        }
    });
    found
}

impl<'a> Scope<'a> {
    /// For an analysis that follows someone through events: single events are counted as customers.
    pub(crate) fn for_sequences(&self) -> Scope<'a> {
        let unit = if self.unit == Unit::Occurrences { Unit::Customers } else { self.unit };
        Scope { unit, ..*self }
    }

    /// For an analysis that follows someone through periods: sessions, too, are counted as customers.
    pub(crate) fn for_periods(&self) -> Scope<'a> {
        let unit = if self.unit == Unit::Accounts { Unit::Accounts } else { Unit::Customers };
        Scope { unit, ..*self }
    }
}

fn each_customer(
    store: &Store,
    scope: &Scope<'_>,
    mut coverage: Coverage,
    mut visit: impl FnMut(&UnitEvents<'_>),
) -> Coverage {
    for case in scope.cases.iter() {
        let events = store.case(case);
        let range = CaseSlice::of(events, scope.period).range();
        if range.is_empty() {
            coverage.n_outside_period += 1;
            continue;
        }
        coverage.n_cases += 1;
        coverage.n_units += 1;
        coverage.n_events += range.len() as u64;
        visit(&UnitEvents::of(&[case], events, range));
    }
    coverage
}

fn each_session(
    store: &Store,
    scope: &Scope<'_>,
    mut coverage: Coverage,
    mut visit: impl FnMut(&UnitEvents<'_>),
) -> Coverage {
    let cutter = Cutter::by_timeout(store, scope.session_timeout_secs);
    for case in scope.cases.iter() {
        let events = store.case(case);
        let range = CaseSlice::of(events, scope.period).range();
        if range.is_empty() {
            coverage.n_outside_period += 1;
            continue;
        }
        coverage.n_cases += 1;
        coverage.n_events += range.len() as u64;
        cutter.cut(events, range, |session| {
            coverage.n_units += 1;
            visit(&UnitEvents::of(&[case], events, session));
        });
    }
    coverage
}

fn each_account(
    store: &Store,
    scope: &Scope<'_>,
    mut coverage: Coverage,
    mut visit: impl FnMut(&UnitEvents<'_>),
) -> Coverage {
    let mut members = Vec::new();
    for case in scope.cases.iter() {
        let slice = CaseSlice::of(store.case(case), scope.period);
        let account = slice.account();
        match (account, slice.is_empty()) {
            (_, true) => coverage.n_outside_period += 1,
            (None, false) => coverage.n_without_account += 1,
            (Some(_), false) => coverage.n_cases += 1,
        }
        // A customer who was active only before the period still belongs to the account's history.
        members.extend(account.map(|account| (account, case)));
    }
    members.sort_unstable();
    let (mut gathered, mut cases) = (Gathered::default(), Vec::new());
    for group in members.chunk_by(|a, b| a.0 == b.0) {
        cases.clear();
        cases.extend(group.iter().map(|(_, case)| *case));
        gathered.fill(store, &cases);
        let events = gathered.events();
        let range = CaseSlice::of(events, scope.period).range();
        if range.is_empty() {
            continue;
        }
        coverage.n_units += 1;
        coverage.n_events += range.len() as u64;
        visit(&UnitEvents::of(&cases, events, range));
    }
    coverage
}
