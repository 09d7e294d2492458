//! Rework: activities that happen again in the same case, how they come back, and the time that takes.

use crate::basis::{Basis, ratio};
use crate::business_hours::{WorkCalendar, united};
use crate::case_set::CaseSet;
use crate::durations::TimeStats;
use crate::follows::Sign;
use crate::kept::{Counted, Tally};
use crate::multiplicity::Multiplicity;
use crate::query::Scope;
use crate::readings::Readings;
use crate::resolve::{Resolver, UnknownName};
use crate::transitions::elapsed;
use crate::units::{cases_with_unit, each_unit};
use event::{CaseEvents, Store};
use std::collections::BTreeMap;

/// Which repetitions count as rework.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReworkSpec {
    /// Activities whose repetition is rework, by name; empty for all.
    pub activities: Vec<String>,
    /// Measures times in working time of this calendar; `None` for plain time.
    pub calendar: Option<WorkCalendar>,
}

/// Rework of a set of cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rework {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Cases in which some activity happens more than once.
    pub n_cases_with_rework: u64,
    /// Those over all cases.
    pub share_of_cases: f64,
    /// Events beyond the first of their activity in their case.
    pub n_extra_events: u64,
    /// Those over all events.
    pub share_of_events: f64,
    /// Time spent in rework, over cases with rework: from the end of an occurrence to the end of the next one of the
    /// same activity, where round trips of several activities overlap counted once.
    pub times: Option<TimeStats>,
    /// Activities that are repeated; most extra events first, then by name.
    pub activities: Vec<ActivityRework>,
    /// Returns over exactly one other activity; most frequent first, then by the two names.
    pub ping_pongs: Vec<PingPong>,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Rework of one activity.
///
/// Each extra event is exactly one of: self-loop, ping-pong, longer loop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivityRework {
    /// The activity, by number.
    pub activity: u32,
    /// Cases with the activity.
    pub n_cases: u64,
    /// Cases with it more than once.
    pub n_cases_repeated: u64,
    /// Cases with it more than once over cases with it.
    pub share_of_cases: f64,
    /// Events with it beyond the first of their case.
    pub n_extra_events: u64,
    /// Most events with it in one case.
    pub max_in_one_case: u64,
    /// Times it came right after itself.
    pub n_self_loops: u64,
    /// Times it came back over one other activity.
    pub n_ping_pongs: u64,
    /// Times it came back over two or more other events.
    pub n_longer_loops: u64,
    /// Time from the end of an occurrence to the end of the next in the same case.
    pub times: Option<TimeStats>,
}

/// One activity that comes back over exactly one other: A, B, A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PingPong {
    /// The activity that comes back, by number.
    pub activity: u32,
    /// The activity in between, by number.
    pub via: u32,
    /// How often it occurs; in A, B, A, B each of the two comes back once.
    pub n_occurrences: u64,
    /// Distinct cases in which it occurs.
    pub n_cases: u64,
    /// Time from the end of the first event to the start of the third.
    pub times: Option<TimeStats>,
}

/// Measures the rework of a scope's units. Costs O(events log events).
///
/// # Reference
/// Cases with a repeated activity and extra events as pm4py's `rework` statistics; loops of length one and two as
/// Weijters and van der Aalst, *Rediscovering Workflow Models* (2003), §3.1, which count A, B, A likewise.
pub fn rework(store: &Store, scope: &Scope<'_>, spec: &ReworkSpec) -> Rework {
    spec.count(store, scope)
}

impl Counted for ReworkSpec {
    type Tally = ReworkTally;
    type Figures = Rework;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&ReworkTally>) -> ReworkTally {
        let n_activities = store.activities().len();
        let is_wanted = Resolver::new(store).marks_or_any(&self.activities);
        let tally =
            ReworkTally { activities: vec![ActivityTally::default(); n_activities], ..Default::default() };
        let mut counting =
            Counting { is_wanted, tally, visits: vec![Visit::default(); n_activities], visit: 0 };
        let coverage = each_unit(store, &scope.for_sequences(), |unit| {
            let events = unit.events();
            counting.tally.basis.take(events.len());
            counting.add_case(events, self.calendar.as_ref());
        });
        counting.tally.basis.close(coverage);
        counting.finish()
    }

    fn figures(&self, store: &Store, _scope: &Scope<'_>, tally: &ReworkTally) -> Rework {
        let mut names = Resolver::new(store);
        names.marks_or_any(&self.activities);
        let unknown = names.into_unknown();
        let mut found = Rework { basis: tally.basis.clone(), unknown, ..Rework::default() };
        tally.tell(store, &mut found);
        found
    }
}

/// A figure of rework whose cases are wanted; activities by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReworkMark {
    /// Cases in which some activity that counts happens more than once.
    Any,
    /// Cases with the activity.
    Activity(u32),
    /// Cases with the activity more than once.
    Repeated(u32),
    /// Cases in which the first activity comes back over exactly the second.
    PingPong(u32, u32),
}

/// Finds the cases with a unit behind a figure. Costs O(events log events).
pub fn rework_cases(store: &Store, scope: &Scope<'_>, spec: &ReworkSpec, mark: ReworkMark) -> CaseSet {
    let wanted: Vec<u32> = spec.activities.iter().filter_map(|name| store.activities().find(name)).collect();
    let is_behind = |trace: &[u32]| {
        let n = |activity| trace.iter().filter(|a| **a == activity).count();
        match mark {
            ReworkMark::Activity(activity) => n(activity) > 0,
            ReworkMark::Repeated(activity) => n(activity) > 1,
            ReworkMark::PingPong(activity, via) => {
                activity != via && trace.windows(3).any(|t| t == [activity, via, activity])
            }
            ReworkMark::Any => {
                let counts = |a: &&u32| spec.activities.is_empty() || wanted.contains(a);
                let mut sorted: Vec<u32> = trace.iter().filter(counts).copied().collect();
                sorted.sort_unstable();
                sorted.windows(2).any(|pair| pair[0] == pair[1])
            }
        }
    };
    cases_with_unit(store, scope, |events| is_behind(events.activities()))
}

/// What units contribute to rework.
#[derive(Debug, Default)]
pub struct ReworkTally {
    basis: Basis,
    activities: Vec<ActivityTally>,
    ping_pongs: BTreeMap<(u32, u32), PingPongTally>,
    case_times: Readings,
}

/// The counts of one activity.
#[derive(Clone, Debug, Default)]
struct ActivityTally {
    cases: Multiplicity,
    n_self_loops: u64,
    n_ping_pongs: u64,
    n_longer_loops: u64,
    times: Readings,
}

/// The counts of one ping-pong.
#[derive(Debug, Default)]
struct PingPongTally {
    visit: u64,
    n_cases: u64,
    times: Readings,
}

/// Where an activity was in the case that is read.
#[derive(Clone, Default)]
struct Visit {
    /// The case in which the others were set, from 1.
    case: u64,
    n_in_case: u64,
    last: usize,
}

struct Counting {
    is_wanted: Vec<bool>,
    tally: ReworkTally,
    visits: Vec<Visit>,
    visit: u64,
}

impl Counting {
    fn add_case(&mut self, events: CaseEvents<'_>, calendar: Option<&WorkCalendar>) {
        self.visit += 1;
        let mut round_trips = Vec::new();
        for (i, &activity) in events.activities().iter().enumerate() {
            if !self.is_wanted[activity as usize] {
                continue;
            }
            if let Some(last) = self.note(activity, i) {
                let (from, until) = (events.end_micros(last), events.end_micros(i));
                self.tally.activities[activity as usize].times.push(elapsed(from, until, calendar));
                round_trips.push((from, until.max(from)));
                if i - last == 2 {
                    self.note_ping_pong(events, last, calendar);
                }
            }
        }
        if !round_trips.is_empty() {
            let spans = united(round_trips);
            let micros = spans.iter().map(|&(from, until)| elapsed(from, until, calendar));
            self.tally.case_times.push(micros.fold(0, i64::saturating_add));
        }
    }

    /// Counts an occurrence; returns where the one before it in the same case is.
    fn note(&mut self, activity: u32, at: usize) -> Option<usize> {
        let tally = &mut self.tally.activities[activity as usize];
        let visit = &mut self.visits[activity as usize];
        let last = std::mem::replace(&mut visit.last, at);
        if visit.case != self.visit {
            visit.case = self.visit;
            tally.cases.note(std::mem::replace(&mut visit.n_in_case, 1));
            return None;
        }
        visit.n_in_case += 1;
        match at - last {
            1 => tally.n_self_loops += 1,
            2 => tally.n_ping_pongs += 1,
            _ => tally.n_longer_loops += 1,
        }
        Some(last)
    }

    fn note_ping_pong(&mut self, events: CaseEvents<'_>, first: usize, calendar: Option<&WorkCalendar>) {
        let activities = events.activities();
        let tally = self.tally.ping_pongs.entry((activities[first], activities[first + 1])).or_default();
        if tally.visit != self.visit {
            tally.visit = self.visit;
            tally.n_cases += 1;
        }
        tally.times.push(elapsed(events.end_micros(first), events.starts()[first + 2], calendar));
    }

    /// Notes each activity's last case.
    fn finish(mut self) -> ReworkTally {
        for (tally, visit) in self.tally.activities.iter_mut().zip(&self.visits) {
            tally.cases.note(visit.n_in_case);
        }
        self.tally
    }
}

impl Tally for ReworkTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.basis.absorb(part.basis, sign);
        self.case_times.absorb(part.case_times, sign);
        let n_activities = self.activities.len().max(part.activities.len());
        self.activities.resize(n_activities, ActivityTally::default());
        for (own, part) in self.activities.iter_mut().zip(part.activities) {
            own.cases.absorb(part.cases, sign);
            sign.apply(&mut own.n_self_loops, part.n_self_loops);
            sign.apply(&mut own.n_ping_pongs, part.n_ping_pongs);
            sign.apply(&mut own.n_longer_loops, part.n_longer_loops);
            own.times.absorb(part.times, sign);
        }
        for (pair, part) in part.ping_pongs {
            let own = self.ping_pongs.entry(pair).or_default();
            sign.apply(&mut own.n_cases, part.n_cases);
            own.times.absorb(part.times, sign);
        }
        self.ping_pongs.retain(|_, tally| tally.n_cases > 0);
    }

    fn settle(&mut self) {
        self.case_times.settle();
        self.activities.iter_mut().for_each(|tally| tally.times.settle());
        self.ping_pongs.values_mut().for_each(|tally| tally.times.settle());
    }

    fn n_bytes(&self) -> usize {
        let activities = self.activities.iter().map(|tally| tally.cases.n_bytes() + tally.times.n_bytes());
        let ping_pongs = self.ping_pongs.values().map(|tally| 32 + tally.times.n_bytes());
        activities.chain(ping_pongs).sum::<usize>() + self.case_times.n_bytes()
    }
}

impl ReworkTally {
    fn tell(&self, store: &Store, found: &mut Rework) {
        found.n_cases_with_rework = self.case_times.len() as u64;
        found.share_of_cases = ratio(found.n_cases_with_rework, found.basis.n_units);
        found.n_extra_events = self.activities.iter().map(|t| t.times.len() as u64).sum();
        found.share_of_events = ratio(found.n_extra_events, found.basis.n_events);
        found.times = self.case_times.stats();
        let repeated = (0_u32..).zip(&self.activities).filter(|(_, t)| t.cases.n_cases_repeated() > 0);
        found.activities = repeated
            .map(|(activity, t)| ActivityRework {
                activity,
                n_cases: t.cases.n_cases(),
                n_cases_repeated: t.cases.n_cases_repeated(),
                share_of_cases: ratio(t.cases.n_cases_repeated(), t.cases.n_cases()),
                n_extra_events: t.times.len() as u64,
                max_in_one_case: t.cases.max_in_one_case(),
                n_self_loops: t.n_self_loops,
                n_ping_pongs: t.n_ping_pongs,
                n_longer_loops: t.n_longer_loops,
                times: t.times.stats(),
            })
            .collect();
        let name = |activity: u32| store.activities().get(activity);
        found
            .activities
            .sort_by(|a, b| (b.n_extra_events, name(a.activity)).cmp(&(a.n_extra_events, name(b.activity))));
        let ping_pong = |(&(activity, via), t): (&(u32, u32), &PingPongTally)| PingPong {
            activity,
            via,
            n_occurrences: t.times.len() as u64,
            n_cases: t.n_cases,
            times: t.times.stats(),
        };
        found.ping_pongs = self.ping_pongs.iter().map(ping_pong).collect();
        let names = |p: &PingPong| (name(p.activity), name(p.via));
        found
            .ping_pongs
            .sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| names(a).cmp(&names(b))));
    }
}
