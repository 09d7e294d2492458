//! Support metrics: how long people waited for a reply and a solution, against which targets, and how often it held.

use crate::basis::{Basis, ratio};
use crate::business_hours::WorkCalendar;
use crate::case_set::CaseSet;
use crate::durations::{Durations, TimeStats};
use crate::issue::Issue;
use crate::query::{Scope, Unit};
use crate::resolve::{Resolver, UnknownName};
use crate::tickets::{Ticket, TicketReader};
use crate::transitions::elapsed;
use crate::units::each_unit;
use event::Store;

/// What a ticket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TicketNotion {
    /// The whole case, from its first creating event on, or from its first event when no activity means creation.
    #[default]
    Case,
    /// A part of the case: each creating event begins another ticket.
    Created,
    /// The events of the case about one object: from its first creating event on, or from the first event that means
    /// something when no activity means creation.
    Object,
}

/// Which activities mean what, and what is measured against which targets.
///
/// An activity keeps the first status of:
/// solved, on hold, pending, open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupportSpec {
    /// What a ticket is.
    pub ticket: TicketNotion,
    /// A ticket is created.
    pub created: Vec<String>,
    /// A ticket is created by an agent, with a public comment; a reply at the same instant is that comment.
    pub created_by_agent: Vec<String>,
    /// An agent replies publicly.
    pub replied: Vec<String>,
    /// The ticket is open: it waits for the company. Reopening and a customer's answer belong here.
    pub opened: Vec<String>,
    /// The ticket is pending: it waits for the customer.
    pub pending: Vec<String>,
    /// The ticket is on hold: it waits for a third party.
    pub on_hold: Vec<String>,
    /// The ticket is solved or closed.
    pub solved: Vec<String>,
    /// Calendar of the working time; without it there are no figures in working time.
    pub calendar: Option<WorkCalendar>,
    /// Targets.
    pub targets: Vec<SlaTarget>,
    /// The time asked about, in UTC microseconds: later events do not count, and clocks that run have run until then.
    pub as_of_micros: i64,
}

/// A time of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportMetric {
    /// From creation to the first public reply of an agent; of a ticket created by an agent with a public comment, to
    /// the second.
    FirstReply,
    /// From creation to the first time it is solved.
    FirstResolution,
    /// From creation to the latest time it is solved; while it is reopened the clock runs on.
    FullResolution,
    /// Time new, open or on hold.
    RequesterWait,
    /// Time pending.
    AgentWait,
    /// Time on hold.
    OnHold,
}

impl SupportMetric {
    /// All metrics, in the order of results.
    pub const ALL: [Self; 6] = [
        Self::FirstReply,
        Self::FirstResolution,
        Self::FullResolution,
        Self::RequesterWait,
        Self::AgentWait,
        Self::OnHold,
    ];
}

/// A promise: the metric's clock shall not exceed the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlaTarget {
    /// The metric, whose clock pauses where the metric does.
    pub metric: SupportMetric,
    /// The longest time allowed, in microseconds; exactly as long is still kept.
    pub target_micros: i64,
    /// Whether the clock counts working time instead of plain time.
    pub is_working_time: bool,
}

/// Support metrics of a set of cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Support {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Every ticket, by case in the order asked for, then by creation.
    pub tickets: Vec<TicketFigures>,
    /// Times by metric, in the order of [`SupportMetric::ALL`].
    pub times: Vec<SupportTimes>,
    /// Outcome of each target, in their order.
    pub targets: Vec<SlaOutcome>,
    /// Tickets that were solved at least once.
    pub n_solved: u64,
    /// Tickets that were open, pending or on hold again after they had been solved.
    pub n_reopened: u64,
    /// Reopened over solved; 0 when none was solved.
    pub reopen_ratio: f64,
    /// Tickets that are solved with at most one public reply of an agent.
    pub n_one_touch: u64,
    /// Those over all tickets that are solved at the time asked about; 0 when none is.
    pub one_touch_ratio: f64,
    /// What was wrong with the spec.
    pub issues: Vec<Issue>,
    /// Names in the spec that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// The figures of one ticket; durations in microseconds of plain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketFigures {
    /// The case it belongs to.
    pub case: u32,
    /// Its id, by number of [`Store::objects`]; only with [`TicketNotion::Object`].
    pub object: Option<u32>,
    /// When it was created, in UTC microseconds.
    pub created_micros: i64,
    /// [`SupportMetric::FirstReply`]; `None` when there was none yet.
    pub first_reply_micros: Option<i64>,
    /// [`SupportMetric::FirstResolution`]; `None` when it was never solved.
    pub first_resolution_micros: Option<i64>,
    /// From creation to the latest time it was solved, even if it is open again; `None` when it was never solved.
    pub full_resolution_micros: Option<i64>,
    /// [`SupportMetric::RequesterWait`] so far.
    pub requester_wait_micros: i64,
    /// [`SupportMetric::AgentWait`] so far.
    pub agent_wait_micros: i64,
    /// [`SupportMetric::OnHold`] so far.
    pub on_hold_micros: i64,
    /// Whether it is solved at the time asked about.
    pub is_solved: bool,
    /// Public replies of agents, the comment of an agent who created it included.
    pub n_replies: u64,
    /// How often it left the solved status.
    pub n_reopened: u64,
}

/// A metric over all tickets whose clock has stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupportTimes {
    /// The metric.
    pub metric: SupportMetric,
    /// Tickets whose clock still runs; they are not in the figures.
    pub n_running: u64,
    /// Plain time; `None` when no clock has stopped.
    pub plain: Option<TimeStats>,
    /// Working time; `None` without a calendar, too.
    pub working: Option<TimeStats>,
}

/// How a target was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SlaOutcome {
    /// The target.
    pub target: SlaTarget,
    /// Tickets whose clock stopped in time.
    pub n_met: u64,
    /// Tickets whose clock runs and is within the target.
    pub n_running: u64,
    /// Breached over met and breached; 0 when there are none.
    pub breach_ratio: f64,
    /// Tickets, by place in [`Support::tickets`], whose clock exceeded the target, and when it had reached it, in UTC
    /// microseconds.
    pub breaches: Vec<(usize, i64)>,
}

/// Measures the tickets of a scope's cases, whatever it counts. Costs O(events + tickets · (metrics log tickets + targets)).
///
/// Waiting times of tickets that are not solved are left out of the times, because they are not over.
///
/// # Reference
/// Zendesk's native metrics: first reply, first and full resolution, requester and agent wait, on hold; one-touch is
/// solved with fewer than two public replies. We differ: priorities are not known here, so that a target holds for
/// all cases asked for; and one calendar holds for all time.
pub fn support(store: &Store, scope: &Scope<'_>, spec: &SupportSpec) -> Support {
    let mut found = Support::default();
    let mut names = Resolver::new(store);
    let reader = TicketReader::new(&mut names, spec, &mut found.issues);
    found.unknown = names.into_unknown();
    let mut tickets = Vec::new();
    // A ticket is one customer's and may outlive a session.
    let customers = Scope { unit: Unit::Customers, ..*scope };
    let coverage = each_unit(store, &customers, |unit| {
        let case = unit.cases.first().copied().unwrap_or_default();
        reader.read(case, unit.events(), &mut tickets, &mut found.basis);
    });
    found.basis.close(coverage);
    found.times = SupportMetric::ALL.map(|metric| times(&tickets, metric, spec)).to_vec();
    for &target in &spec.targets {
        if target.is_working_time && spec.calendar.is_none() {
            found.issues.push(Issue::NoCalendar);
        }
        found.targets.push(outcome(&tickets, target, spec));
    }
    let count = |is: fn(&Ticket) -> bool| tickets.iter().filter(|ticket| is(ticket)).count() as u64;
    found.n_solved = count(|ticket| ticket.first_solved.is_some());
    found.n_reopened = count(|ticket| ticket.n_reopened > 0);
    found.n_one_touch = count(|ticket| ticket.is_solved() && ticket.n_replies <= 1);
    found.reopen_ratio = ratio(found.n_reopened, found.n_solved);
    found.one_touch_ratio = ratio(found.n_one_touch, count(Ticket::is_solved));
    found.tickets = tickets.iter().map(figures).collect();
    found
}

/// Whether some event that means something for a ticket is about an object. Costs O(events) where there are objects.
pub fn has_ticket_ids(store: &Store, cases: &CaseSet, spec: &SupportSpec) -> bool {
    let reader = TicketReader::new(&mut Resolver::new(store), spec, &mut Vec::new());
    cases.iter().any(|case| reader.has_ids(store.case(case)))
}

/// The time on a metric's clock and whether it has stopped.
pub(crate) fn reading(
    ticket: &Ticket,
    metric: SupportMetric,
    calendar: Option<&WorkCalendar>,
) -> (i64, bool) {
    let (spans, is_stopped) = ticket.clock(metric);
    let total =
        spans.iter().map(|&(from, until)| elapsed(from, until, calendar)).fold(0, i64::saturating_add);
    (total, is_stopped)
}

fn figures(ticket: &Ticket) -> TicketFigures {
    let since = |instant: Option<i64>| instant.map(|at| elapsed(ticket.created, at, None));
    let wait = |metric| reading(ticket, metric, None).0;
    TicketFigures {
        case: ticket.case,
        object: ticket.object,
        created_micros: ticket.created,
        first_reply_micros: since(ticket.first_reply),
        first_resolution_micros: since(ticket.first_solved),
        full_resolution_micros: since(ticket.last_solved),
        requester_wait_micros: wait(SupportMetric::RequesterWait),
        agent_wait_micros: wait(SupportMetric::AgentWait),
        on_hold_micros: wait(SupportMetric::OnHold),
        is_solved: ticket.is_solved(),
        n_replies: ticket.n_replies,
        n_reopened: ticket.n_reopened,
    }
}

fn times(tickets: &[Ticket], metric: SupportMetric, spec: &SupportSpec) -> SupportTimes {
    let stats = |calendar: Option<&WorkCalendar>| {
        let readings = tickets.iter().map(|ticket| reading(ticket, metric, calendar));
        let stopped = readings.filter(|(_, is_stopped)| *is_stopped).map(|(micros, _)| micros);
        Durations::from_unsorted(stopped.collect()).stats()
    };
    let plain = stats(None);
    let n_running = tickets.len() as u64 - plain.map_or(0, |stats| stats.n);
    SupportTimes { metric, n_running, plain, working: spec.calendar.as_ref().and_then(|c| stats(Some(c))) }
}

fn outcome(tickets: &[Ticket], target: SlaTarget, spec: &SupportSpec) -> SlaOutcome {
    let calendar = spec.calendar.as_ref().filter(|_| target.is_working_time);
    let mut outcome = SlaOutcome { target, n_met: 0, n_running: 0, breach_ratio: 0.0, breaches: Vec::new() };
    for (i, ticket) in tickets.iter().enumerate() {
        let (spans, is_stopped) = ticket.clock(target.metric);
        match breach(&spans, target.target_micros.max(0), calendar) {
            Some(at) => outcome.breaches.push((i, at)),
            None if is_stopped => outcome.n_met += 1,
            None => outcome.n_running += 1,
        }
    }
    let n_breached = outcome.breaches.len() as u64;
    outcome.breach_ratio = ratio(n_breached, n_breached + outcome.n_met);
    outcome
}

/// The instant at which a clock that exceeds the target had reached it; `None` when it is within the target.
pub(crate) fn breach(spans: &[(i64, i64)], target: i64, calendar: Option<&WorkCalendar>) -> Option<i64> {
    let mut left = target;
    for &(from, until) in spans {
        let micros = elapsed(from, until, calendar);
        if micros > left {
            return match calendar {
                Some(calendar) => calendar.after_working(from, left),
                None => Some(from.saturating_add(left)),
            };
        }
        left -= micros;
    }
    None
}
