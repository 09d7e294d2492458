//! The units an analysis counts: customers, accounts or sessions, each as a row of events in order of time.

use crate::follows::Sign;
use crate::query::{Scope, Unit};
use crate::sessions::Cutter;
use crate::slice::CaseSlice;
use event::{CaseEvents, Store};
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
    channels: Channels<'a>,
}

#[derive(Debug)]
enum Channels<'a> {
    OfCase(CaseEvents<'a>),
    Gathered(&'a [Option<u32>]),
}

impl UnitEvents<'_> {
    /// Channel of the `i`-th event of the whole history.
    pub(crate) fn channel(&self, i: usize) -> Option<u32> {
        match &self.channels {
            Channels::OfCase(events) => events.channel(i),
            Channels::Gathered(channels) => channels.get(i).copied().flatten(),
        }
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
        visit(&of_case(&[case], events, range));
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
            visit(&of_case(&[case], events, session));
        });
    }
    coverage
}

fn of_case<'a>(cases: &'a [u32], events: CaseEvents<'a>, range: Range<usize>) -> UnitEvents<'a> {
    let (activities, starts) = (events.activities(), events.starts());
    UnitEvents { cases, activities, starts, range, channels: Channels::OfCase(events) }
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
    let mut gathered = Gathered::default();
    for group in members.chunk_by(|a, b| a.0 == b.0) {
        gathered.fill(store, group);
        let range = scope.period.map_or(0..gathered.starts.len(), |period| period.range_of(&gathered.starts));
        if range.is_empty() {
            continue;
        }
        coverage.n_units += 1;
        coverage.n_events += range.len() as u64;
        visit(&UnitEvents {
            cases: &gathered.cases,
            activities: &gathered.activities,
            starts: &gathered.starts,
            range,
            channels: Channels::Gathered(&gathered.channels),
        });
    }
    coverage
}

/// The events of several cases in one order; the buffers are used again for every account.
#[derive(Debug, Default)]
struct Gathered {
    cases: Vec<u32>,
    rows: Vec<(i64, i64, u32, usize)>,
    activities: Vec<u32>,
    starts: Vec<i64>,
    channels: Vec<Option<u32>>,
}

impl Gathered {
    /// Ordered by (start, end, case, position in the case).
    fn fill(&mut self, store: &Store, members: &[(u32, u32)]) {
        self.cases.clear();
        self.rows.clear();
        for &(_, case) in members {
            let events = store.case(case);
            let starts = events.starts();
            self.cases.push(case);
            self.rows.extend((0..events.len()).map(|i| (starts[i], events.end_micros(i), case, i)));
        }
        self.rows.sort_unstable();
        self.activities.clear();
        self.starts.clear();
        self.channels.clear();
        for &(start, _, case, i) in &self.rows {
            let events = store.case(case);
            self.activities.push(events.activities()[i]);
            self.starts.push(start);
            self.channels.push(events.channel(i));
        }
    }
}
