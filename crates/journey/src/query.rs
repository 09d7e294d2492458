//! What is asked: what is counted, over which time, of which cases, against which other group; nothing about how.

use crate::case_set::CaseSet;
use crate::filter::{Filter, existing, in_period, matching_within};
use crate::resolve::UnknownName;
use event::Store;
use std::ops::Range;

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Accounts: the events of an account's customers together, in order of time. Customers without an account are left
    /// out, and counted as such.
    Accounts,
    /// Customers; each is one case.
    #[default]
    Customers,
    /// Sessions: a customer's events without a long pause; see [`Query::session_timeout_secs`].
    Sessions,
    /// Single events. Where an analysis follows someone through time, which a single event does not do, customers are
    /// counted instead, and the result says so in its coverage.
    Occurrences,
}

/// A span of time: from a moment, until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First moment inside, in UTC microseconds.
    pub from_micros: i64,
    /// First moment after, in UTC microseconds.
    pub until_micros: i64,
}

impl Period {
    /// Whether a moment lies in the period.
    pub fn contains(self, micros: i64) -> bool {
        (self.from_micros..self.until_micros).contains(&micros)
    }

    /// Which of these ascending moments lie in the period.
    pub(crate) fn range_of(self, ascending: &[i64]) -> Range<usize> {
        let first = ascending.partition_point(|&at| at < self.from_micros);
        let until = ascending.partition_point(|&at| at < self.until_micros);
        first..until.max(first)
    }
}

/// The group that the selected cases are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// All cases of the period that were not selected.
    Rest,
    /// The cases that pass another filter; the two groups may overlap.
    Filter(Filter),
}

/// A question's common part, the same for every analysis: a plain value in which everything is named as in the data.
///
/// # Example
/// ```
/// use journey::{Comparison, Filter, Query};
/// let buyers_against_the_rest = Query {
///     filter: Filter::Outcome { names: vec!["order".to_owned()] },
///     compare: Some(Comparison::Rest),
///     ..Query::default()
/// };
/// assert_eq!(buyers_against_the_rest.session_timeout_secs, 1_800);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What is counted.
    pub unit: Unit,
    /// Only events that start in it count; all events without one.
    pub period: Option<Period>,
    /// Until when the data is complete, in UTC microseconds: the first moment not known. Just after the start of the latest
    /// event when not given.
    pub data_until_micros: Option<i64>,
    /// Minutes east of UTC in which days, weeks and months begin.
    pub zone_offset_minutes: i32,
    /// A session ends where nothing happens for longer than this.
    pub session_timeout_secs: u32,
    /// Which cases.
    pub filter: Filter,
    /// Which other group, if any.
    pub compare: Option<Comparison>,
}

impl Query {
    /// Half an hour, the custom in web analytics.
    pub const DEFAULT_SESSION_TIMEOUT_SECS: u32 = 1_800;

    /// The scope of an analysis of these cases: what [`select`] found, or any other set.
    pub fn scope<'a>(&self, cases: &'a CaseSet) -> Scope<'a> {
        Scope {
            cases,
            unit: self.unit,
            period: self.period,
            data_until_micros: self.data_until_micros,
            zone_offset_minutes: self.zone_offset_minutes,
            session_timeout_secs: self.session_timeout_secs,
        }
    }
}

impl Default for Query {
    /// All customers over all time in UTC, compared with nobody.
    fn default() -> Self {
        Self {
            unit: Unit::default(),
            period: None,
            data_until_micros: None,
            zone_offset_minutes: 0,
            session_timeout_secs: Self::DEFAULT_SESSION_TIMEOUT_SECS,
            filter: Filter::All,
            compare: None,
        }
    }
}

/// What an analysis works on: cases of a store and how to count them.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The cases.
    pub cases: &'a CaseSet,
    /// What is counted.
    pub unit: Unit,
    /// Only events that start in it count.
    pub period: Option<Period>,
    /// Until when the data is complete; see [`Query::data_until_micros`].
    pub data_until_micros: Option<i64>,
    /// Minutes east of UTC in which days, weeks and months begin.
    pub zone_offset_minutes: i32,
    /// A session ends where nothing happens for longer than this.
    pub session_timeout_secs: u32,
}

impl<'a> Scope<'a> {
    /// These customers over all time in UTC.
    pub fn customers(cases: &'a CaseSet) -> Self {
        Query::default().scope(cases)
    }

    /// The first moment of which the scope cannot know anything, in UTC microseconds: the end of the data, or of the
    /// period when that is earlier. Costs O(cases) unless the query gives the end of the data.
    pub fn known_until_micros(&self, store: &Store) -> i64 {
        let latest = || store.cases().filter_map(|(_, events)| events.starts().last().copied()).max();
        let data_until =
            self.data_until_micros.or_else(|| Some(latest()?.saturating_add(1))).unwrap_or(i64::MIN);
        self.period.map_or(data_until, |period| data_until.min(period.until_micros))
    }
}

/// The cases a query is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// The cases that pass the filter.
    pub cases: CaseSet,
    /// The comparison group, where the query asks for one.
    pub compared: Option<CaseSet>,
    /// Cases in both groups; intervals of a difference assume that there is none.
    pub n_in_both: u64,
    /// Cases of the store without any event in the period.
    pub n_outside_period: u64,
    /// Names in the filters that the store doesn't have; sorted, each once.
    pub unknown: Vec<UnknownName>,
}

/// Finds the cases a query is about. Costs O(events) for every condition of the filters at most.
pub fn select(store: &Store, query: &Query) -> Selected {
    select_within(store, query, &CaseSet::all(store.customers().len()))
}

/// Finds the cases of a set that a query is about; each is judged by itself.
pub(crate) fn select_within(store: &Store, query: &Query, within: &CaseSet) -> Selected {
    let all = existing(store, within);
    let in_period = in_period(store, query.period, &all);
    let matched = matching_within(store, query.period, &query.filter, &in_period);
    let n_outside_period = (all.len() - in_period.len()) as u64;
    let mut unknown = matched.unknown;
    let compared = query.compare.as_ref().map(|comparison| match comparison {
        Comparison::Rest => in_period.minus(&matched.cases),
        Comparison::Filter(filter) => {
            let other = matching_within(store, query.period, filter, &in_period);
            unknown.extend(other.unknown);
            other.cases
        }
    });
    unknown.sort_unstable();
    unknown.dedup();
    let n_in_both = compared.as_ref().map_or(0, |other| matched.cases.and(other).len() as u64);
    Selected { cases: matched.cases, compared, n_in_both, n_outside_period, unknown }
}

impl Selected {
    /// Takes out cases of which `part` was selected.
    pub(crate) fn retract(&mut self, part: Self, cases: &CaseSet) {
        self.cases.remove_all(cases);
        if let Some(compared) = &mut self.compared {
            compared.remove_all(cases);
        }
        self.n_in_both -= part.n_in_both;
        self.n_outside_period -= part.n_outside_period;
    }

    /// Takes in what was selected of other cases.
    pub(crate) fn add(&mut self, part: Self) {
        self.cases.insert_all(&part.cases);
        if let (Some(compared), Some(other)) = (&mut self.compared, &part.compared) {
            compared.insert_all(other);
        }
        self.n_in_both += part.n_in_both;
        self.n_outside_period += part.n_outside_period;
        self.unknown = part.unknown;
    }

    pub(crate) fn grow(&mut self, n_cases: usize) {
        self.cases.grow(n_cases);
        if let Some(compared) = &mut self.compared {
            compared.grow(n_cases);
        }
    }
}
