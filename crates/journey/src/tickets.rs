//! Tickets: the support history of a case, read from the activities that change a ticket's status.

use crate::basis::Basis;
use crate::issue::Issue;
use crate::resolve::{NameKind, Resolver};
use crate::support::{SupportMetric, SupportSpec, TicketNotion};
use event::CaseEvents;
use std::collections::BTreeMap;

/// Status of a ticket; a new one counts as open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Pending,
    OnHold,
    Solved,
}

/// What an activity means for a ticket.
#[derive(Clone, Copy, Default)]
struct Role {
    is_created: bool,
    is_by_agent: bool,
    is_reply: bool,
    status: Option<Status>,
}

impl Role {
    fn means_something(self) -> bool {
        self.is_created || self.is_reply || self.status.is_some()
    }
}

/// The history of one ticket until the time asked about.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) case: u32,
    pub(crate) object: Option<u32>,
    pub(crate) created: i64,
    pub(crate) first_reply: Option<i64>,
    pub(crate) first_solved: Option<i64>,
    pub(crate) last_solved: Option<i64>,
    pub(crate) n_replies: u64,
    pub(crate) n_reopened: u64,
    /// Spells of one status each, from the creation without gaps; the last one is still open.
    spells: Vec<(Status, i64)>,
    /// A reply at this very time is the comment with which an agent created the ticket.
    own_comment: Option<i64>,
    as_of: i64,
}

impl Ticket {
    fn new(case: u32, created: i64, is_by_agent: bool, as_of: i64) -> Self {
        Self {
            case,
            object: None,
            created,
            first_reply: None,
            first_solved: None,
            last_solved: None,
            n_replies: u64::from(is_by_agent),
            n_reopened: 0,
            spells: vec![(Status::Open, created)],
            own_comment: is_by_agent.then_some(created),
            as_of,
        }
    }

    /// The same ticket when it is asked about at another time, with no event of it after either.
    pub(crate) fn at(&self, as_of: i64) -> Self {
        Self { as_of, ..self.clone() }
    }

    pub(crate) fn is_solved(&self) -> bool {
        self.status() == Status::Solved
    }

    fn status(&self) -> Status {
        self.spells.last().map_or(Status::Open, |spell| spell.0)
    }

    fn apply(&mut self, role: Role, at: i64) {
        if role.is_reply && self.own_comment != Some(at) {
            self.n_replies += 1;
            self.first_reply.get_or_insert(at);
        }
        let Some(status) = role.status.filter(|&status| status != self.status()) else {
            return;
        };
        self.n_reopened += u64::from(self.is_solved());
        if status == Status::Solved {
            self.first_solved.get_or_insert(at);
            self.last_solved = Some(at);
        }
        self.spells.push((status, at));
    }

    /// The spans in which the clock of a metric runs, ascending and apart, and whether it has stopped.
    pub(crate) fn clock(&self, metric: SupportMetric) -> (Vec<(i64, i64)>, bool) {
        let once = |stop: Option<i64>| (vec![(self.created, stop.unwrap_or(self.as_of))], stop.is_some());
        match metric {
            SupportMetric::FirstReply => once(self.first_reply),
            SupportMetric::FirstResolution => once(self.first_solved),
            SupportMetric::FullResolution => once(self.last_solved.filter(|_| self.is_solved())),
            SupportMetric::RequesterWait => self.spans(&[Status::Open, Status::OnHold]),
            SupportMetric::AgentWait => self.spans(&[Status::Pending]),
            SupportMetric::OnHold => self.spans(&[Status::OnHold]),
        }
    }

    fn spans(&self, wanted: &[Status]) -> (Vec<(i64, i64)>, bool) {
        let ends = self.spells.iter().skip(1).map(|spell| spell.1).chain([self.as_of]);
        let spans = self.spells.iter().zip(ends);
        let spans = spans.filter(|(spell, _)| wanted.contains(&spell.0)).map(|(spell, end)| (spell.1, end));
        (spans.collect(), self.is_solved())
    }
}

/// Reads the tickets out of cases.
pub(crate) struct TicketReader<'a> {
    spec: &'a SupportSpec,
    roles: Vec<Role>,
    /// No activity means creation.
    is_unnamed: bool,
    /// Without an activity that means creation, the first event of a case is it.
    is_created_by_first: bool,
}

impl<'a> TicketReader<'a> {
    pub(crate) fn new(known: &mut Resolver<'_>, spec: &'a SupportSpec, issues: &mut Vec<Issue>) -> Self {
        let mut roles = vec![Role::default(); known.marks(NameKind::Activity, &[]).len()];
        let mut each = |names: &[String], apply: &mut dyn FnMut(&mut Role) -> bool| {
            for name in names {
                if let Some(activity) = known.find(NameKind::Activity, name)
                    && !apply(&mut roles[activity as usize])
                {
                    issues.push(Issue::OtherStatus(name.clone()));
                }
            }
        };
        each(&spec.created, &mut |role| {
            role.is_created = true;
            true
        });
        each(&spec.created_by_agent, &mut |role| {
            (role.is_created, role.is_by_agent) = (true, true);
            true
        });
        each(&spec.replied, &mut |role| {
            role.is_reply = true;
            true
        });
        let by_status = [
            (&spec.solved, Status::Solved),
            (&spec.on_hold, Status::OnHold),
            (&spec.pending, Status::Pending),
            (&spec.opened, Status::Open),
        ];
        for (names, status) in by_status {
            each(names, &mut |role| *role.status.get_or_insert(status) == status);
        }
        let is_unnamed = spec.created.is_empty() && spec.created_by_agent.is_empty();
        if is_unnamed && spec.ticket == TicketNotion::Created {
            issues.push(Issue::NothingCreates);
        }
        Self { spec, roles, is_unnamed, is_created_by_first: is_unnamed && spec.ticket == TicketNotion::Case }
    }

    /// Whether some event that means something is about an object.
    pub(crate) fn has_ids(&self, events: CaseEvents<'_>) -> bool {
        let is_one = |(i, activity): (usize, &u32)| {
            self.roles[*activity as usize].means_something() && events.object(i).is_some()
        };
        events.has_objects() && events.activities().iter().enumerate().any(is_one)
    }

    /// Adds the tickets of a case, one for each object, in the order of their creation.
    fn read_by_object(
        &self,
        case: u32,
        events: CaseEvents<'_>,
        tickets: &mut Vec<Ticket>,
        basis: &mut Basis,
    ) {
        let mut place_of: BTreeMap<u32, usize> = BTreeMap::new();
        let (mut n_used, mut n_before, mut n_late, mut n_without) = (0, 0, 0, 0);
        let has_objects = events.has_objects();
        for (i, (&activity, &at)) in events.activities().iter().zip(events.starts()).enumerate() {
            let role = self.roles[activity as usize];
            let Some(object) = has_objects.then(|| events.object(i)).flatten() else {
                n_without += 1;
                continue;
            };
            if at > self.spec.as_of_micros {
                n_late += 1;
                continue;
            }
            let begins = role.is_created || (self.is_unnamed && role.means_something());
            if begins && !place_of.contains_key(&object) {
                place_of.insert(object, tickets.len());
                let ticket = Ticket::new(case, at, role.is_by_agent, self.spec.as_of_micros);
                tickets.push(Ticket { object: Some(object), ..ticket });
            }
            match place_of.get(&object).and_then(|place| tickets.get_mut(*place)) {
                Some(ticket) => {
                    ticket.apply(role, at);
                    n_used += 1;
                }
                None => n_before += 1,
            }
        }
        if place_of.is_empty() {
            basis.leave_out("without a ticket", 1, n_before);
            n_before = 0;
        } else {
            basis.take(n_used);
        }
        for (reason, n) in [
            ("event before its ticket", n_before),
            ("event after the time asked about", n_late),
            ("event without a ticket id", n_without),
        ] {
            if n > 0 {
                basis.leave_out(reason, 0, n);
            }
        }
    }

    /// Adds the tickets of a case, in the order of their creation.
    pub(crate) fn read(
        &self,
        case: u32,
        events: CaseEvents<'_>,
        tickets: &mut Vec<Ticket>,
        basis: &mut Basis,
    ) {
        if self.spec.ticket == TicketNotion::Object {
            return self.read_by_object(case, events, tickets, basis);
        }
        let first = tickets.len();
        let (mut n_before, mut n_late) = (0, 0);
        for (&activity, &at) in events.activities().iter().zip(events.starts()) {
            if at > self.spec.as_of_micros {
                n_late += 1;
                continue;
            }
            let role = self.roles[activity as usize];
            let is_new = tickets.len() == first || self.spec.ticket == TicketNotion::Created;
            if is_new && (role.is_created || self.is_created_by_first) {
                tickets.push(Ticket::new(case, at, role.is_by_agent, self.spec.as_of_micros));
            }
            match tickets[first..].last_mut() {
                Some(ticket) => ticket.apply(role, at),
                None => n_before += 1,
            }
        }
        if tickets.len() > first {
            basis.take(events.len() - n_before - n_late);
        } else {
            basis.leave_out("without a ticket", 1, n_before);
            n_before = 0;
        }
        for (reason, n) in
            [("event before its ticket", n_before), ("event after the time asked about", n_late)]
        {
            if n > 0 {
                basis.leave_out(reason, 0, n);
            }
        }
    }
}
