//! Support metrics counted case by case: what a report tells of tickets, kept without the tickets themselves.

use crate::basis::Basis;
use crate::business_hours::WorkCalendar;
use crate::case_set::CaseSet;
use crate::durations::TimeStats;
use crate::follows::Sign;
use crate::issue::Issue;
use crate::kept::{Counted, Tally};
use crate::query::{Scope, Unit};
use crate::readings::Readings;
use crate::resolve::{Resolver, UnknownName};
use crate::support::{SlaTarget, SupportMetric, SupportSpec, breach, reading};
use crate::tickets::{Ticket, TicketReader};
use crate::units::each_unit;
use event::Store;
use std::collections::{BTreeMap, BTreeSet};

/// Which tickets are counted, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketCountSpec {
    /// The tickets; the time asked about is the end of what the scope knows, whatever is said here.
    pub support: SupportSpec,
    /// Whether owners are accounts; customers without one are left out then.
    pub by_account: bool,
}

/// Support metrics as counted; see [`crate::support`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketCounts {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// All tickets.
    pub n_tickets: u64,
    /// Owners of tickets.
    pub n_owners: u64,
    /// Customers left out because they have no account.
    pub n_without_account: u64,
    /// Times by metric, in the order of [`SupportMetric::ALL`].
    pub times: Vec<MetricCounts>,
    /// Outcome of each target, in their order.
    pub targets: Vec<TargetCounts>,
    /// Tickets that were solved at least once.
    pub solved: TicketsOf,
    /// Tickets that were open, pending or on hold again after they had been solved.
    pub reopened: TicketsOf,
    /// Tickets that are solved with at most one public reply of an agent.
    pub one_touch: TicketsOf,
    /// Tickets that are solved at the time asked about.
    pub n_solved_now: u64,
    /// Whether tickets are told apart by the objects that events are about.
    pub is_by_object: bool,
    /// What was wrong with the spec.
    pub issues: Vec<Issue>,
    /// Names in the spec that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Some tickets and how many different owners they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketsOf {
    /// The tickets.
    pub n_tickets: u64,
    /// Their owners, each once.
    pub n_owners: u64,
}

/// A metric over all tickets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricCounts {
    /// The metric.
    pub metric: SupportMetric,
    /// Tickets whose clock has stopped.
    pub stopped: TicketsOf,
    /// Tickets whose clock still runs; they are not in the figures.
    pub running: TicketsOf,
    /// Plain time; `None` when no clock has stopped.
    pub plain: Option<TimeStats>,
    /// Working time; `None` without a calendar, too.
    pub working: Option<TimeStats>,
}

/// How a target was kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetCounts {
    /// The target.
    pub target: SlaTarget,
    /// Tickets whose clock stopped in time.
    pub n_met: u64,
    /// Tickets whose clock runs and is within the target.
    pub n_running: u64,
    /// Tickets whose clock exceeded the target.
    pub breached: TicketsOf,
}

impl Counted for TicketCountSpec {
    type Tally = TicketTally;
    type Figures = TicketCounts;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&TicketTally>) -> TicketTally {
        let spec = self.as_of(store, scope);
        let reader = TicketReader::new(&mut Resolver::new(store), &spec, &mut Vec::new());
        let mut tally = TicketTally::new();
        let owner = |case: u32| if self.by_account { store.case(case).account() } else { Some(case) };
        let owned = scope.cases.iter().filter(|case| owner(*case).is_some());
        let cases = CaseSet::of(store.customers().len(), owned);
        tally.n_without_account = (scope.cases.len() - cases.len()) as u64;
        let mut owners = Owners::default();
        let mut tickets = Vec::new();
        // A ticket is one customer's and may outlive a session.
        let customers = Scope { unit: Unit::Customers, cases: &cases, ..*scope };
        let coverage = each_unit(store, &customers, |unit| {
            let case = unit.cases.first().copied().unwrap_or_default();
            tickets.clear();
            reader.read(case, unit.events(), &mut tickets, &mut tally.basis);
            for ticket in &tickets {
                tally.add(ticket, &spec, owner(case).unwrap_or(case), &mut owners);
            }
        });
        tally.basis.close(coverage);
        tally.n_owners = owners.counts();
        for running in tally.running.values_mut().flatten() {
            running.is_breached = (0..spec.targets.len())
                .map(|at| owners.0.get(&Kind::Breached(at)).is_some_and(|own| own.contains(&running.owner)))
                .collect();
        }
        tally
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &TicketTally) -> TicketCounts {
        let spec = self.as_of(store, scope);
        let mut issues = Vec::new();
        let mut names = Resolver::new(store);
        TicketReader::new(&mut names, &spec, &mut issues);
        if spec.calendar.is_none() {
            issues.extend(spec.targets.iter().filter(|t| t.is_working_time).map(|_| Issue::NoCalendar));
        }
        let of = |kind: Kind| TicketsOf {
            n_tickets: tally.n_tickets.get(&kind).copied().unwrap_or(0),
            n_owners: tally.n_owners.get(&kind).copied().unwrap_or(0),
        };
        let metric = |(at, metric): (usize, SupportMetric)| MetricCounts {
            metric,
            stopped: of(Kind::Stopped(at)),
            running: of(Kind::Running(at)),
            plain: tally.plain[at].stats(),
            working: tally.working[at].stats(),
        };
        let all = of(Kind::Any);
        TicketCounts {
            basis: tally.basis.clone(),
            n_tickets: all.n_tickets,
            n_owners: all.n_owners,
            n_without_account: tally.n_without_account,
            times: SupportMetric::ALL.into_iter().enumerate().map(metric).collect(),
            targets: (0..spec.targets.len())
                .map(|at| tally.target(at, &spec, of(Kind::Breached(at))))
                .collect(),
            solved: of(Kind::Solved),
            reopened: of(Kind::Reopened),
            one_touch: of(Kind::OneTouch),
            n_solved_now: of(Kind::SolvedNow).n_tickets,
            is_by_object: of(Kind::OfObject).n_tickets > 0,
            issues,
            unknown: names.into_unknown(),
        }
    }
}

impl TicketCountSpec {
    fn as_of(&self, store: &Store, scope: &Scope<'_>) -> SupportSpec {
        let as_of_micros = scope.known_until_micros(store).saturating_sub(1);
        SupportSpec { as_of_micros, ..self.support.clone() }
    }
}

/// What a ticket is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Any,
    Solved,
    Reopened,
    OneTouch,
    SolvedNow,
    OfObject,
    /// By place of the metric.
    Stopped(usize),
    Running(usize),
    /// By place of the target.
    Met(usize),
    Breached(usize),
}

/// The owners of tickets of each kind.
#[derive(Debug, Default)]
struct Owners(BTreeMap<Kind, BTreeSet<u32>>);

impl Owners {
    fn counts(&self) -> BTreeMap<Kind, u64> {
        self.0.iter().map(|(kind, owners)| (*kind, owners.len() as u64)).collect()
    }
}

/// What tickets contribute to the counts.
///
/// All that has come to an end is only counted. What a running clock comes to depends on when it is asked, so that tickets
/// with one are kept.
#[derive(Debug, Default)]
pub struct TicketTally {
    basis: Basis,
    n_without_account: u64,
    n_tickets: BTreeMap<Kind, u64>,
    n_owners: BTreeMap<Kind, u64>,
    /// Readings of stopped clocks by metric.
    plain: Vec<Readings>,
    working: Vec<Readings>,
    /// Tickets whose clock of a target runs, by case.
    running: BTreeMap<u32, Vec<Running>>,
}

#[derive(Debug)]
struct Running {
    owner: u32,
    ticket: Ticket,
    /// By target, whether the owner has another ticket that exceeded it and has stopped.
    is_breached: Vec<bool>,
}

impl TicketTally {
    fn new() -> Self {
        let none = || SupportMetric::ALL.iter().map(|_| Readings::default()).collect::<Vec<_>>();
        Self { plain: none(), working: none(), ..Self::default() }
    }

    fn add(&mut self, ticket: &Ticket, spec: &SupportSpec, owner: u32, owners: &mut Owners) {
        let mut note = |kind: Kind| {
            *self.n_tickets.entry(kind).or_default() += 1;
            owners.0.entry(kind).or_default().insert(owner);
        };
        note(Kind::Any);
        let is_one_touch = ticket.is_solved() && ticket.n_replies <= 1;
        for (kind, is) in [
            (Kind::Solved, ticket.first_solved.is_some()),
            (Kind::Reopened, ticket.n_reopened > 0),
            (Kind::OneTouch, is_one_touch),
            (Kind::SolvedNow, ticket.is_solved()),
            (Kind::OfObject, ticket.object.is_some()),
        ] {
            if is {
                note(kind);
            }
        }
        for (at, metric) in SupportMetric::ALL.into_iter().enumerate() {
            let (micros, is_stopped) = reading(ticket, metric, None);
            note(if is_stopped { Kind::Stopped(at) } else { Kind::Running(at) });
            if is_stopped {
                self.plain[at].push(micros);
                if let Some(calendar) = &spec.calendar {
                    self.working[at].push(reading(ticket, metric, Some(calendar)).0);
                }
            }
        }
        let mut runs = false;
        for (at, target) in spec.targets.iter().enumerate() {
            match outcome(ticket, target, spec.calendar.as_ref()) {
                (_, false) => runs = true,
                (is_breached, true) => note(if is_breached { Kind::Breached(at) } else { Kind::Met(at) }),
            }
        }
        if runs {
            let running = Running { owner, ticket: ticket.clone(), is_breached: Vec::new() };
            self.running.entry(ticket.case).or_default().push(running);
        }
    }

    /// How a target is kept, given the stopped clocks that exceeded it.
    fn target(&self, at: usize, spec: &SupportSpec, stopped: TicketsOf) -> TargetCounts {
        let target = spec.targets[at];
        let n_met = self.n_tickets.get(&Kind::Met(at)).copied().unwrap_or(0);
        let mut counts = TargetCounts { target, n_met, n_running: 0, breached: stopped };
        let mut owners = BTreeSet::new();
        for running in self.running.values().flatten() {
            let ticket = running.ticket.at(spec.as_of_micros);
            match outcome(&ticket, &target, spec.calendar.as_ref()) {
                (_, true) => (),
                (false, false) => counts.n_running += 1,
                (true, false) => {
                    counts.breached.n_tickets += 1;
                    if !running.is_breached.get(at).copied().unwrap_or(false) {
                        owners.insert(running.owner);
                    }
                }
            }
        }
        counts.breached.n_owners += owners.len() as u64;
        counts
    }
}

/// Whether a ticket has exceeded a target, and whether its clock has stopped.
fn outcome(ticket: &Ticket, target: &SlaTarget, calendar: Option<&WorkCalendar>) -> (bool, bool) {
    let (spans, is_stopped) = ticket.clock(target.metric);
    let calendar = calendar.filter(|_| target.is_working_time);
    (breach(&spans, target.target_micros.max(0), calendar).is_some(), is_stopped)
}

impl Tally for TicketTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.basis.absorb(part.basis, sign);
        sign.apply(&mut self.n_without_account, part.n_without_account);
        sign.apply_all(&mut self.n_tickets, part.n_tickets);
        sign.apply_all(&mut self.n_owners, part.n_owners);
        for (own, part) in [(&mut self.plain, part.plain), (&mut self.working, part.working)] {
            own.iter_mut().zip(part).for_each(|(own, part)| own.absorb(part, sign));
        }
        for (case, running) in part.running {
            match sign {
                Sign::Add => self.running.insert(case, running),
                Sign::Retract => self.running.remove(&case),
            };
        }
    }

    fn settle(&mut self) {
        self.plain.iter_mut().chain(&mut self.working).for_each(Readings::settle);
    }

    fn n_bytes(&self) -> usize {
        let readings = self.plain.iter().chain(&self.working).map(Readings::n_bytes).sum::<usize>();
        readings + self.running.values().flatten().map(|_| 192).sum::<usize>()
    }
}

/// Whether some event that means something for a ticket is about an object; see [`crate::has_ticket_ids`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketIdSpec(pub SupportSpec);

impl Counted for TicketIdSpec {
    type Tally = TicketIdTally;
    type Figures = bool;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&TicketIdTally>) -> TicketIdTally {
        let reader = TicketReader::new(&mut Resolver::new(store), &self.0, &mut Vec::new());
        let has_ids = |case: &u32| reader.has_ids(store.case(*case));
        TicketIdTally(scope.cases.iter().filter(has_ids).count() as u64)
    }

    fn figures(&self, _store: &Store, _scope: &Scope<'_>, tally: &TicketIdTally) -> bool {
        tally.0 > 0
    }
}

/// How many cases have such an event.
#[derive(Debug, Default)]
pub struct TicketIdTally(u64);

impl Tally for TicketIdTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply(&mut self.0, part.0);
    }

    fn n_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
