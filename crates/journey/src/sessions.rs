//! Sessions: a customer's events cut where nothing happens for long, or where an activity says so.

use crate::durations::TimeStats;
use crate::follows::Sign;
use crate::interval::Mean;
use crate::kept::{Counted, Tally};
use crate::query::Scope;
use crate::readings::Readings;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::slice::CaseSlice;
use event::{CaseEvents, Store};
use std::collections::BTreeMap;
use std::ops::Range;

/// How a case's events are cut into sessions. The rules can be combined; without any, each case is one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRule {
    /// A new session begins where the pause before an event is longer than this; a pause of just this length does not
    /// split. The pause is from the latest end so far in the session to the start of the event.
    pub timeout_secs: Option<u32>,
    /// Events of these activities end a session and belong to none.
    pub separators: Vec<String>,
    /// Events of these activities begin a session and belong to it; when given, nothing else begins one.
    pub starts: Vec<String>,
    /// Events of these activities end the session they belong to.
    pub ends: Vec<String>,
}

impl Default for SessionRule {
    /// A pause of more than half an hour.
    fn default() -> Self {
        let timeout_secs = Some(crate::Query::DEFAULT_SESSION_TIMEOUT_SECS);
        Self { timeout_secs, separators: Vec::new(), starts: Vec::new(), ends: Vec::new() }
    }
}

/// One session: consecutive events of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The case.
    pub case: u32,
    /// Which session of the case, from 0.
    pub index_in_case: u32,
    /// Its first event, by position in the case.
    pub first_event: u32,
    /// Number of events, at least 1.
    pub n_events: u32,
    /// Start of its first event, in UTC microseconds.
    pub start_micros: i64,
    /// Latest end of its events, in UTC microseconds.
    pub end_micros: i64,
}

impl Session {
    /// From its start to its end, in seconds; 0 for a single event without an end.
    pub fn duration_secs(&self) -> f64 {
        crate::durations::secs(self.end_micros.saturating_sub(self.start_micros))
    }
}

/// All sessions of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The sessions by case, then in order of time.
    pub sessions: Vec<Session>,
    /// Events inside sessions.
    pub n_events: u64,
    /// Separating events, which belong to no session.
    pub n_separators: u64,
    /// Other events outside any session.
    pub n_outside: u64,
    /// Names in the rule that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Cuts the events of a scope's cases into sessions. Unit: the session; a session never spans two cases, and only events
/// that start in the scope's period are cut. Costs O(events).
pub fn sessions(store: &Store, scope: &Scope<'_>, rule: &SessionRule) -> Sessions {
    let mut resolver = Resolver::new(store);
    let cutter = Cutter::new(store, rule, &mut resolver);
    let mut found =
        Sessions { sessions: Vec::new(), n_events: 0, n_separators: 0, n_outside: 0, unknown: Vec::new() };
    for case in scope.cases.iter() {
        let events = store.case(case);
        let slice = CaseSlice::of(events, scope.period);
        let mut index_in_case = 0;
        let mut n_inside = 0;
        cutter.cut(events, slice.range(), |range| {
            found.sessions.push(session(case, index_in_case, events, &range));
            index_in_case += 1;
            n_inside += range.len() as u64;
        });
        let is_separator = |a: &&u32| cutter.roles[**a as usize] & Cutter::SEPARATES != 0;
        let n_separators = slice.activities().iter().filter(is_separator).count() as u64;
        found.n_events += n_inside;
        found.n_separators += n_separators;
        found.n_outside += slice.len() as u64 - n_inside - n_separators;
    }
    found.unknown = resolver.into_unknown();
    found
}

fn session(case: u32, index_in_case: u32, events: CaseEvents<'_>, range: &Range<usize>) -> Session {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let start_micros = events.starts()[range.start];
    let end_micros = range.clone().map(|i| events.end_micros(i)).max().unwrap_or(start_micros);
    Session {
        case,
        index_in_case,
        first_event: number(range.start),
        n_events: number(range.len()),
        start_micros,
        end_micros,
    }
}

/// Sessions by customer as asked: how many there are, how long, and of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCountSpec {
    /// A new session begins after a longer pause than this.
    pub timeout_secs: u32,
    /// How many customers are named at most; the first by name.
    pub n_named: usize,
}

/// Sessions by customer as counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionCounts {
    /// All sessions.
    pub n_sessions: u64,
    /// Events inside sessions.
    pub n_events: u64,
    /// How many customers have so many sessions; only numbers that occur.
    pub n_cases: BTreeMap<u64, u64>,
    /// Events of a session.
    pub events_of_session: Mean,
    /// From the start of a session to its end.
    pub times: Option<TimeStats>,
    /// Customers with a session, the first by name; at least so many as were asked for where there are as many.
    pub named: Vec<u32>,
}

impl Counted for SessionCountSpec {
    type Tally = SessionTally;
    type Figures = SessionCounts;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&SessionTally>) -> SessionTally {
        let cutter = Cutter::by_timeout(store, self.timeout_secs);
        let mut tally = SessionTally::default();
        for case in scope.cases.iter() {
            let events = store.case(case);
            let mut n_sessions = 0;
            cutter.cut(events, CaseSlice::of(events, scope.period).range(), |range| {
                n_sessions += 1;
                let n_events = range.len() as u64;
                *tally.n_of_length.entry(n_events).or_default() += 1;
                let session = session(case, 0, events, &range);
                tally.times.push(session.end_micros.saturating_sub(session.start_micros));
            });
            if n_sessions > 0 {
                *tally.n_cases.entry(n_sessions).or_default() += 1;
                tally.first.note(store.customers().get(case), case, self.n_kept());
            }
        }
        tally
    }

    fn is_like_new(&self, _store: &Store, _scope: &Scope<'_>, tally: &SessionTally) -> bool {
        !tally.first.is_cut || tally.first.cases.len() >= self.n_named
    }

    fn figures(&self, _store: &Store, _scope: &Scope<'_>, tally: &SessionTally) -> SessionCounts {
        let sum_of = |power: fn(u64) -> u64| -> u64 {
            let terms = tally.n_of_length.iter().map(|(length, n)| n.saturating_mul(power(*length)));
            terms.fold(0, u64::saturating_add)
        };
        let (n_sessions, n_events) = (sum_of(|_| 1), sum_of(|n| n));
        SessionCounts {
            n_sessions,
            n_events,
            n_cases: tally.n_cases.clone(),
            events_of_session: Mean::from_sums(n_sessions, n_events, sum_of(|n| n.saturating_mul(n))),
            times: tally.times.stats(),
            named: tally.first.cases.values().copied().take(self.n_named).collect(),
        }
    }
}

impl SessionCountSpec {
    /// Some more are kept, so that some can go before all have to be looked at again.
    fn n_kept(self) -> usize {
        self.n_named.saturating_mul(2)
    }
}

/// What customers contribute to the numbers of sessions.
#[derive(Debug, Default)]
pub struct SessionTally {
    n_of_length: BTreeMap<u64, u64>,
    n_cases: BTreeMap<u64, u64>,
    times: Readings,
    first: FirstCases,
}

impl Tally for SessionTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply_all(&mut self.n_of_length, part.n_of_length);
        sign.apply_all(&mut self.n_cases, part.n_cases);
        self.times.absorb(part.times, sign);
        self.first.absorb(part.first, sign);
    }

    fn settle(&mut self) {
        self.times.settle();
    }

    fn n_bytes(&self) -> usize {
        self.times.n_bytes() + 64 * self.first.cases.len() + 32 * self.n_of_length.len()
    }
}

/// The first of some cases by name.
#[derive(Debug, Default)]
struct FirstCases {
    cases: BTreeMap<String, u32>,
    /// Whether there are others behind the last.
    is_cut: bool,
}

impl FirstCases {
    fn note(&mut self, name: &str, case: u32, n_most: usize) {
        let is_behind = |(last, _): (&String, &u32)| name > last.as_str();
        if self.is_cut && self.cases.last_key_value().is_none_or(is_behind) {
            return;
        }
        self.cases.insert(name.to_owned(), case);
        if self.cases.len() > n_most {
            self.cases.pop_last();
            self.is_cut = true;
        }
    }

    /// Takes other cases in, or out again. What lies behind the last that either side knows is forgotten.
    fn absorb(&mut self, part: Self, sign: Sign) {
        let last_of = |first: &Self| {
            first.cases.last_key_value().filter(|_| first.is_cut).map(|(name, _)| name.clone())
        };
        let (own, other) = (last_of(self), last_of(&part));
        let is_empty = |first: &Self| first.is_cut && first.cases.is_empty();
        let nothing_known = is_empty(self) || is_empty(&part);
        for (name, case) in part.cases {
            match sign {
                Sign::Add => self.cases.insert(name, case),
                Sign::Retract => self.cases.remove(&name),
            };
        }
        self.is_cut |= part.is_cut;
        if nothing_known {
            self.cases.clear();
        }
        let last = match (own, other) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        if let Some(last) = last {
            self.cases.retain(|name, _| *name <= last);
        }
    }
}

/// A session rule whose names are resolved.
#[derive(Clone, Debug)]
pub(crate) struct Cutter {
    timeout_micros: i64,
    roles: Vec<u8>,
    only_after_start: bool,
}

impl Cutter {
    const SEPARATES: u8 = 1;
    const STARTS: u8 = 2;
    const ENDS: u8 = 4;

    fn new(store: &Store, rule: &SessionRule, resolver: &mut Resolver<'_>) -> Self {
        let timeout_secs = rule.timeout_secs.unwrap_or(u32::MAX);
        let mut cutter = Self::by_timeout(store, timeout_secs);
        if rule.timeout_secs.is_none() {
            cutter.timeout_micros = i64::MAX;
        }
        cutter.only_after_start = !rule.starts.is_empty();
        for (role, names) in
            [(Self::SEPARATES, &rule.separators), (Self::STARTS, &rule.starts), (Self::ENDS, &rule.ends)]
        {
            for (roles, is) in cutter.roles.iter_mut().zip(resolver.marks(NameKind::Activity, names)) {
                *roles |= if is { role } else { 0 };
            }
        }
        cutter
    }

    /// Cuts at pauses only.
    pub(crate) fn by_timeout(store: &Store, timeout_secs: u32) -> Self {
        let timeout_micros = i64::from(timeout_secs) * 1_000_000;
        Self { timeout_micros, roles: vec![0; store.activities().len()], only_after_start: false }
    }

    /// Calls `visit` with the range of every session among the events of `range`, in order.
    pub(crate) fn cut(
        &self,
        events: CaseEvents<'_>,
        range: Range<usize>,
        mut visit: impl FnMut(Range<usize>),
    ) {
        let (activities, starts) = (events.activities(), events.starts());
        let mut open: Option<usize> = None;
        let mut quiet_since = i64::MIN;
        for i in range.clone() {
            let role = self.roles[activities[i] as usize];
            let paused = starts[i].saturating_sub(quiet_since) > self.timeout_micros;
            let closes = paused || role & (Self::SEPARATES | Self::STARTS) != 0;
            if let Some(first) = open.take_if(|_| closes) {
                visit(first..i);
            }
            if role & Self::SEPARATES != 0 {
                continue;
            }
            let begins = open.is_none() && (role & Self::STARTS != 0 || !self.only_after_start);
            if begins {
                (open, quiet_since) = (Some(i), i64::MIN);
            }
            let Some(first) = open else {
                continue;
            };
            quiet_since = quiet_since.max(events.end_micros(i));
            if role & Self::ENDS != 0 {
                visit(first..i + 1);
                open = None;
            }
        }
        if let Some(first) = open {
            visit(first..range.end);
        }
    }
}
