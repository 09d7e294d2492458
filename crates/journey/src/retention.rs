//! Retention: of those who started in the same period, how many came back later.

use crate::calendar::{Calendar, CivilDate, PeriodUnit};
use crate::case_set::CaseSet;
use crate::cohort_groups::{CohortBreakdown, CohortGroups, GroupRows, RetentionGroup};
use crate::follows::Sign;
use crate::interval::{Difference, Interval, Proportion};
use crate::kept::{Counted, Tally};
use crate::membership::{MembershipFinder, Started};
use crate::query::Scope;
use crate::resolve::{Resolver, UnknownName};
use crate::units::{Coverage, each_unit};
use event::Store;
use std::collections::BTreeMap;

/// Which start events put a unit into a cohort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CohortEntry {
    /// Its very first start event; a unit that started before the period of the scope is in no cohort.
    #[default]
    FirstTime,
    /// The first start event of every period; a unit can be in several cohorts.
    Recurring,
}

/// When a unit counts as retained. Offsets are counted in periods from the start; offset 0 is the start itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// It returned in exactly that period.
    #[default]
    On,
    /// It returned in that period or any later one: 1 less the share is the churn so far.
    OnOrAfter,
    /// It returned in that period or an earlier one after the start.
    OnOrBefore,
    /// It returned in any period of a bracket; the columns are these brackets.
    Brackets(Vec<Bracket>),
}

/// A run of offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bracket {
    /// First offset inside; everyone is retained at offset 0.
    pub first: u32,
    /// Last offset inside.
    pub last: u32,
}

/// Where an offset begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RetentionClock {
    /// With the calendar: the day after is tomorrow, whatever the hour.
    #[default]
    Calendar,
    /// With the start: the day after begins 24 hours later. A month ends on the same day of the next, or on its last.
    Rolling,
}

/// What a share is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RetentionReference {
    /// Of the cohort.
    #[default]
    Cohort,
    /// Of those retained in the column before; may be above 1, and has an interval only with [`Criterion::OnOrAfter`], where
    /// each column is part of the one before.
    Previous,
}

/// Retention as asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetentionSpec {
    /// Activities that start; any when empty.
    pub starts: Vec<String>,
    /// Activities that count as a return; any when empty.
    pub returns: Vec<String>,
    /// Which start events count.
    pub entry: CohortEntry,
    /// When a unit counts as retained.
    pub criterion: Criterion,
    /// Where an offset begins.
    pub clock: RetentionClock,
    /// Length of a cohort's period and of an offset.
    pub unit: PeriodUnit,
    /// Columns are the offsets 0 to this one, at most [`RetentionSpec::MAX_OFFSET`]; with brackets it means nothing.
    pub last_offset: u32,
    /// What a share is a share of.
    pub reference: RetentionReference,
    /// Whether and by what units are put into groups.
    pub breakdown: Option<CohortBreakdown>,
}

impl RetentionSpec {
    /// Largest last offset, and one less than the most brackets.
    pub const MAX_OFFSET: u32 = 399;
    /// Most cohorts; when there are more, the latest are kept.
    pub const MAX_COHORTS: usize = 2_000;

    /// The columns, as brackets of offsets.
    pub(crate) fn columns(&self) -> Vec<Bracket> {
        match &self.criterion {
            Criterion::Brackets(brackets) => {
                brackets.iter().copied().take(Self::MAX_OFFSET as usize + 1).collect()
            }
            _ => {
                (0..=self.last_offset.min(Self::MAX_OFFSET)).map(|o| Bracket { first: o, last: o }).collect()
            }
        }
    }
}

/// How much of a cell's time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellState {
    /// All of it; with the rolling clock for the last to start as well.
    Complete,
    /// Some of it; the count may grow, and averages leave it out.
    Partial,
    /// None of it.
    Future,
}

/// One cohort in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionCell {
    /// Units retained.
    pub n_retained: u64,
    /// Their share of the reference.
    pub rate: Proportion,
    /// How much of its time is known.
    pub state: CellState,
}

/// The units that started in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Number of the period; see [`Calendar`].
    pub index: i64,
    /// First day of the period.
    pub first_day: CivilDate,
    /// Units.
    pub size: u64,
    /// One cell for every column.
    pub cells: Vec<RetentionCell>,
}

/// A column: the same offsets over all cohorts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetentionColumn {
    /// The offsets.
    pub offsets: Bracket,
    /// Complete cohorts, which the averages are over.
    pub n_cohorts: u64,
    /// All retained of all in the references: the average weighted by their size.
    pub weighted: Proportion,
    /// The mean of the cohorts' shares, each counting the same; 0 when there is none.
    pub simple_ratio: Option<f64>,
    /// The interval of the weighted average, where one is defined; too narrow with [`CohortEntry::Recurring`], where the same
    /// unit counts several times.
    pub interval: Option<Interval>,
}

/// Retention as counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    /// What was looked at.
    pub coverage: Coverage,
    /// Columns in the order asked for.
    pub columns: Vec<RetentionColumn>,
    /// Cohorts that are not empty, in order of time.
    pub cohorts: Vec<Cohort>,
    /// Cohorts before those listed, cut at [`RetentionSpec::MAX_COHORTS`].
    pub n_cohorts_cut: u64,
    /// Units without a start event.
    pub n_not_started: u64,
    /// Units whose first start is before the period, for [`CohortEntry::FirstTime`].
    pub n_started_before: u64,
    /// Groups of the breakdown: largest first, ties by name, no name last.
    pub groups: Vec<RetentionGroup>,
    /// Number of groups, those not listed included.
    pub n_groups: u64,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Counts retention.
///
/// Unit: customers, or accounts where the scope counts accounts. A unit of the cohort of period c is retained at offset o
/// when it has a return event o periods after its start; at offset 0 everyone is. Only offsets up to the end of the scope's
/// period or of the data are known ([`Scope::known_until_micros`]); a cell of which less is known is marked.
///
/// Costs O(events); for recurring entry with the rolling clock O(cohorts of a unit · its events) at most.
///
/// # Example
/// ```
/// # use event::{Batch, NewEvent, Store};
/// use journey::{CaseSet, PeriodUnit, RetentionSpec, Scope, retention};
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
/// let spec = RetentionSpec { last_offset: 2, ..RetentionSpec::calendar(PeriodUnit::Day) };
/// let daily = retention(&store, &Scope::customers(&everyone), &spec);
/// let retained: Vec<u64> = daily.cohorts[0].cells.iter().map(|cell| cell.n_retained).collect();
/// assert_eq!(retained, [1, 1, 0]);
/// ```
pub fn retention(store: &Store, scope: &Scope<'_>, spec: &RetentionSpec) -> Retention {
    spec.count(store, scope)
}

impl Counted for RetentionSpec {
    type Tally = RetentionTally;
    type Figures = Retention;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&RetentionTally>) -> RetentionTally {
        let scope = scope.for_periods();
        let columns = self.columns();
        let mut finder = MembershipFinder::new(self, scope.zone_offset_minutes, &mut Resolver::new(store));
        let (mut n_not_started, mut n_started_before) = (0, 0);
        let mut rows = Rows::new(columns.len());
        let mut groups = self.breakdown.map(|breakdown| CohortGroups::new(store, self, breakdown.by));
        let coverage = each_unit(store, &scope, |unit| {
            if let Some(groups) = &mut groups {
                groups.add(unit, &mut finder);
            }
            let started = finder.each_membership(unit, |cohort, start, later, _| {
                let row = rows.of(cohort);
                row[0] += 1;
                each_column(&self.criterion, &columns, start, later, |column| row[column + 1] += 1);
            });
            match started {
                Started::Inside => (),
                Started::Never => n_not_started += 1,
                Started::Before => n_started_before += 1,
            }
        });
        let groups = groups.map(CohortGroups::into_counts).unwrap_or_default();
        RetentionTally { coverage, rows, groups, n_not_started, n_started_before }
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &RetentionTally) -> Retention {
        let scope = scope.for_periods();
        let mut resolver = Resolver::new(store);
        MembershipFinder::new(self, scope.zone_offset_minutes, &mut resolver);
        let horizon = Horizon::new(store, &scope, self);
        let columns = self.columns();
        // A cohort that nobody is in any more is none.
        let rows = tally.rows.by_cohort.iter().map(|(index, row)| (*index, tally.rows.at(*row)));
        let rows: Vec<(i64, &[u64])> = rows.filter(|(_, row)| row[0] > 0).collect();
        let n_cut = rows.len().saturating_sub(Self::MAX_COHORTS);
        let listed = rows.iter().skip(n_cut);
        let cohorts: Vec<Cohort> =
            listed.map(|(index, row)| horizon.cohort(*index, row, &columns, self.reference)).collect();
        let average = |(column, offsets)| average(column, offsets, &cohorts, self);
        let mut groups = match self.breakdown {
            Some(breakdown) => self.groups(store, &tally.groups, horizon, breakdown.by),
            None => Vec::new(),
        };
        let n_groups = groups.len() as u64;
        groups.truncate(self.breakdown.map_or(0, |breakdown| breakdown.max_groups));
        Retention {
            coverage: tally.coverage,
            columns: columns.iter().copied().enumerate().map(average).collect(),
            cohorts,
            n_cohorts_cut: n_cut as u64,
            n_not_started: tally.n_not_started,
            n_started_before: tally.n_started_before,
            groups,
            n_groups,
            unknown: resolver.into_unknown(),
        }
    }
}

/// What units contribute to retention.
#[derive(Debug)]
pub struct RetentionTally {
    coverage: Coverage,
    rows: Rows,
    groups: GroupRows,
    n_not_started: u64,
    n_started_before: u64,
}

impl Tally for RetentionTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        for (&cohort, &row) in &part.rows.by_cohort {
            let own = self.rows.of(cohort).iter_mut();
            own.zip(part.rows.at(row)).for_each(|(n, part)| sign.apply(n, *part));
        }
        for (group, row) in part.groups {
            let own = self.groups.entry(group).or_insert_with(|| vec![0; row.len()]);
            own.iter_mut().zip(row).for_each(|(n, part)| sign.apply(n, part));
        }
        self.groups.retain(|_, row| row[0] > 0);
        sign.apply(&mut self.n_not_started, part.n_not_started);
        sign.apply(&mut self.n_started_before, part.n_started_before);
    }

    fn n_bytes(&self) -> usize {
        let of_group = |row: &Vec<u64>| row.capacity() * size_of::<u64>() + 48;
        self.rows.counts.capacity() * size_of::<u64>() + self.groups.values().map(of_group).sum::<usize>()
    }
}

/// The cases of a cohort, and those of them that a cell counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortCases {
    /// Cases with a unit in the cohort.
    pub members: CaseSet,
    /// Cases with a unit that is retained in the column.
    pub retained: CaseSet,
}

/// Finds the cases behind a cell: the cohort by number of its period, the column by position. Costs as much as counting.
pub fn cohort_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &RetentionSpec,
    cohort: i64,
    column: usize,
) -> CohortCases {
    let scope = scope.for_periods();
    let columns = spec.columns();
    let mut finder = MembershipFinder::new(spec, scope.zone_offset_minutes, &mut Resolver::new(store));
    let mut found = CohortCases {
        members: CaseSet::none(store.customers().len()),
        retained: CaseSet::none(store.customers().len()),
    };
    each_unit(store, &scope, |unit| {
        finder.each_membership(unit, |index, start, later, _| {
            if index != cohort {
                return;
            }
            unit.cases.iter().for_each(|case| found.members.insert(*case));
            each_column(&spec.criterion, &columns, start, later, |retained| {
                if retained == column {
                    unit.cases.iter().for_each(|case| found.retained.insert(*case));
                }
            });
        });
    });
    found
}

/// For every cohort its size and the units retained in each column.
#[derive(Debug)]
struct Rows {
    width: usize,
    counts: Vec<u64>,
    by_cohort: BTreeMap<i64, usize>,
    /// The cohort and row looked up last, by the last bits of the cohort; neighbours don't displace each other.
    recent: [(i64, usize); 64],
}

impl Rows {
    fn new(n_columns: usize) -> Self {
        let (by_cohort, recent) = (BTreeMap::new(), [(i64::MIN, 0); 64]);
        Self { width: n_columns + 1, counts: Vec::new(), by_cohort, recent }
    }

    /// Size, then the columns.
    fn of(&mut self, cohort: i64) -> &mut [u64] {
        let slot = usize::try_from(cohort & 63).unwrap_or(0);
        if self.recent[slot].0 != cohort {
            let next = self.by_cohort.len();
            let row = *self.by_cohort.entry(cohort).or_insert(next);
            self.counts.resize(self.by_cohort.len() * self.width, 0);
            self.recent[slot] = (cohort, row);
        }
        let first = self.recent[slot].1 * self.width;
        &mut self.counts[first..first + self.width]
    }

    fn at(&self, row: usize) -> &[u64] {
        &self.counts[row * self.width..(row + 1) * self.width]
    }
}

/// Calls `mark` with every column in which a unit is retained that started in period `start` and returned in the periods
/// `later`, which are distinct, ascending and all after `start`.
pub(crate) fn each_column(
    criterion: &Criterion,
    columns: &[Bracket],
    start: i64,
    later: &[i64],
    mut mark: impl FnMut(usize),
) {
    let offset = |period: &i64| usize::try_from(period.saturating_sub(start)).unwrap_or(usize::MAX);
    let n = columns.len();
    if let Criterion::Brackets(_) = criterion {
        for (column, bracket) in columns.iter().enumerate() {
            let next = later.partition_point(|period| offset(period) < bracket.first as usize);
            let inside = later.get(next).is_some_and(|period| offset(period) <= bracket.last as usize);
            if inside || bracket.first == 0 {
                mark(column);
            }
        }
        return;
    }
    mark(0);
    match criterion {
        Criterion::OnOrAfter => {
            let last = later.last().map_or(0, offset);
            (1..=last.min(n - 1)).for_each(mark);
        }
        Criterion::OnOrBefore => {
            let first = later.first().map_or(n, offset);
            (first..n).for_each(mark);
        }
        _ => later.iter().map(offset).take_while(|o| *o < n).for_each(mark),
    }
}

/// What is known when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    calendar: Calendar,
    clock: RetentionClock,
    known_until: i64,
}

impl Horizon {
    pub(crate) fn new(store: &Store, scope: &Scope<'_>, spec: &RetentionSpec) -> Self {
        Self {
            calendar: Calendar { unit: spec.unit, zone_offset_minutes: scope.zone_offset_minutes },
            clock: spec.clock,
            known_until: scope.known_until_micros(store),
        }
    }

    /// From a row of counts: the size, then the columns.
    pub(crate) fn cohort(
        self,
        index: i64,
        row: &[u64],
        columns: &[Bracket],
        reference: RetentionReference,
    ) -> Cohort {
        let size = row[0];
        let cell = |(column, offsets): (usize, &Bracket)| {
            let n_retained = row[column + 1];
            let of = match (reference, column) {
                (RetentionReference::Cohort, _) | (_, 0) => size,
                (RetentionReference::Previous, _) => row[column],
            };
            let rate = Proportion { n: n_retained, of };
            RetentionCell { n_retained, rate, state: self.state(index, *offsets) }
        };
        let cells = columns.iter().enumerate().map(cell).collect();
        Cohort { index, first_day: self.calendar.first_day(index), size, cells }
    }

    pub(crate) fn state(self, cohort: i64, offsets: Bracket) -> CellState {
        let (first, after) = (i64::from(offsets.first), i64::from(offsets.last) + 1);
        let (begins, ends) = match self.clock {
            RetentionClock::Calendar => {
                (self.calendar.start_micros(cohort + first), self.calendar.start_micros(cohort + after))
            }
            RetentionClock::Rolling => {
                let last_start = self.calendar.start_micros(cohort + 1).saturating_sub(1);
                let first_start = self.calendar.start_micros(cohort);
                (
                    self.calendar.rolling_after(first_start, first),
                    self.calendar.rolling_after(last_start, after),
                )
            }
        };
        match (ends <= self.known_until, begins >= self.known_until) {
            (true, _) => CellState::Complete,
            (false, true) => CellState::Future,
            (false, false) => CellState::Partial,
        }
    }
}

pub(crate) fn average(
    column: usize,
    offsets: Bracket,
    cohorts: &[Cohort],
    spec: &RetentionSpec,
) -> RetentionColumn {
    let complete = || {
        let cells = cohorts.iter().filter_map(|cohort| cohort.cells.get(column));
        cells.filter(|cell| cell.state == CellState::Complete)
    };
    let weighted = complete().fold(Proportion::default(), |sum, cell| Proportion {
        n: sum.n + cell.rate.n,
        of: sum.of + cell.rate.of,
    });
    let ratios: Vec<f64> = complete().filter_map(|cell| cell.rate.ratio()).collect();
    let simple_ratio = (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64);
    let is_share = spec.reference == RetentionReference::Cohort || spec.criterion == Criterion::OnOrAfter;
    let interval = if is_share { weighted.interval() } else { None };
    RetentionColumn { offsets, n_cohorts: complete().count() as u64, weighted, simple_ratio, interval }
}

/// Compares the weighted averages of two groups, column by column: the first less the second, with Newcombe's interval
/// where the averages have one.
pub fn retention_difference(first: &Retention, second: &Retention) -> Vec<Option<Difference>> {
    let pairs = first.columns.iter().zip(&second.columns);
    pairs
        .map(|(a, b)| {
            let difference = a.weighted.difference(b.weighted)?;
            let defined = a.interval.is_some() && b.interval.is_some();
            Some(Difference { interval: difference.interval.filter(|_| defined), ..difference })
        })
        .collect()
}

impl RetentionSpec {
    /// Any activity from the very first on, exactly in each of the next twelve calendar periods.
    pub fn calendar(unit: PeriodUnit) -> Self {
        Self {
            starts: Vec::new(),
            returns: Vec::new(),
            entry: CohortEntry::FirstTime,
            criterion: Criterion::On,
            clock: RetentionClock::Calendar,
            unit,
            last_offset: 12,
            reference: RetentionReference::Cohort,
            breakdown: None,
        }
    }
}
