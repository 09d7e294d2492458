//! Support. Marks: `stopped:first_reply` and `running:first_reply` for customers with a ticket whose clock has stopped or runs,
//! `breached:first_reply`, `solved`, `reopened`, `one_touch`.

use super::sheet::{self, Sheet, count, marked, say, share};
use super::{Findings, Marker, Subject, words};
use journey::{
    CaseSet, Proportion, SlaTarget, Support, SupportMetric, SupportSpec, TicketFigures, TicketNotion,
};
use journey::{Unit, has_ticket_ids, support};
use protocol::question::{Support as Asked, Tickets};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

const METRICS: [(SupportMetric, &str, &str); 6] = [
    (SupportMetric::FirstReply, "first_reply", "metric.first_reply"),
    (SupportMetric::FirstResolution, "first_resolution", "metric.first_resolution"),
    (SupportMetric::FullResolution, "full_resolution", "metric.full_resolution"),
    (SupportMetric::RequesterWait, "requester_wait", "metric.requester_wait"),
    (SupportMetric::AgentWait, "agent_wait", "metric.agent_wait"),
    (SupportMetric::OnHold, "on_hold", "metric.on_hold"),
];

fn names_of(asked: &Asked) -> [(&'static str, &[String]); 6] {
    [
        ("param.created", &asked.created),
        ("param.replied", &asked.replied),
        ("param.solved", &asked.solved),
        ("param.reopened", &asked.reopened),
        ("param.pending", &asked.pending),
        ("param.on_hold", &asked.on_hold),
    ]
}

fn spec(subject: &Subject<'_>, cases: &CaseSet, asked: &Asked) -> SupportSpec {
    let mut spec = named_spec(subject, cases, asked);
    let by_id = match asked.tickets {
        Tickets::Auto => has_ticket_ids(subject.store, &subject.selected.cases, &spec),
        Tickets::ById => true,
        Tickets::ByActivity => false,
    };
    if by_id {
        spec.ticket = TicketNotion::Object;
    }
    spec
}

fn named_spec(subject: &Subject<'_>, cases: &CaseSet, asked: &Asked) -> SupportSpec {
    let target = |metric, secs: Option<u64>| {
        let micros = i64::try_from(secs?).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        Some(SlaTarget { metric, target_micros: micros, is_working_time: asked.working_hours })
    };
    let targets = [
        target(SupportMetric::FirstReply, asked.reply_target_secs),
        target(SupportMetric::FirstResolution, asked.resolution_target_secs),
    ];
    SupportSpec {
        ticket: if asked.created.is_empty() { TicketNotion::Case } else { TicketNotion::Created },
        created: asked.created.clone(),
        created_by_agent: Vec::new(),
        replied: asked.replied.clone(),
        opened: asked.reopened.clone(),
        pending: asked.pending.clone(),
        on_hold: asked.on_hold.clone(),
        solved: asked.solved.clone(),
        calendar: subject.work_calendar(asked.working_hours),
        targets: targets.into_iter().flatten().collect(),
        as_of_micros: subject.query.scope(cases).known_until_micros(subject.store).saturating_sub(1),
    }
}

/// Whom tickets are counted for: customers, or accounts, where customers without one are left out.
struct Owners<'s, 'a> {
    subject: &'s Subject<'a>,
    by_account: bool,
}

impl<'s, 'a> Owners<'s, 'a> {
    fn of(subject: &'s Subject<'a>) -> Self {
        Self { subject, by_account: subject.query.unit == Unit::Accounts }
    }

    fn owner(&self, case: u32) -> Option<u32> {
        if self.by_account { self.subject.store.case(case).account() } else { Some(case) }
    }

    fn kept(&self, cases: &CaseSet) -> CaseSet {
        let kept = cases.iter().filter(|case| self.owner(*case).is_some());
        CaseSet::of(self.subject.store.customers().len(), kept)
    }

    /// Distinct owners of some tickets.
    fn count<'t>(&self, tickets: impl Iterator<Item = &'t TicketFigures>) -> u64 {
        let owners = tickets.filter_map(|ticket| self.owner(ticket.case));
        owners.collect::<std::collections::BTreeSet<_>>().len() as u64
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Findings {
    let owners = Owners::of(subject);
    let (first, other) = subject.both(|cases, group| {
        let found =
            support(subject.store, &subject.query.scope(&owners.kept(cases)), &spec(subject, cases, asked));
        (
            [
                times(asked, &found, (&owners, group)),
                summary(&found, (&owners, group)),
                targets(&found, (&owners, group)),
            ],
            found,
        )
    });
    let ([mut times, mut summary, mut targets], found) = first;
    if let Some((others, other)) = other {
        let [other_times, other_summary, other_targets] = others;
        let shares = ratios(&found).into_iter().zip(ratios(&other));
        times = times.beside(Some(other_times));
        targets = targets.beside(Some(other_targets));
        summary = summary.beside(Some(other_summary)).differences(
            ("share_difference", "col.difference", ColumnKind::RatioDifference),
            shares.map(|(first, other)| first.difference(other)),
        );
    }
    let mut tables = vec![times.finish(), summary.finish()];
    if !found.targets.is_empty() {
        tables.push(targets.finish());
    }
    let mut issues = subject.calendar_issues(asked.working_hours);
    issues.extend(found.issues.iter().map(words::issue));
    Findings {
        title: words::word("support.title"),
        finding: finding(&found),
        definition: "definition.support",
        formulas: &["formula.support.1", "formula.support.2", "formula.support.3", "formula.support.4"],
        parameters: parameters(subject, asked, &found),
        tables,
        ground: ground(&owners, &found),
        issues,
        unknown: found.unknown,
    }
}

/// What the figures rest on: tickets are read customer by customer, whoever is counted.
fn ground(owners: &Owners<'_, '_>, found: &Support) -> super::Ground {
    let mut ground = super::Ground::from(&found.basis);
    if owners.by_account {
        let all = &owners.subject.selected.cases;
        let n_without = (all.len() - owners.kept(all).len()) as u64;
        ground.unit = Unit::Accounts;
        ground.n_units = owners.count(found.tickets.iter());
        ground.dropped.push((words::word("dropped.no_account"), n_without));
    }
    ground
}

fn tickets_words(found: &Support) -> &'static str {
    match found.tickets.first().map(|ticket| ticket.object) {
        Some(Some(_)) => "support.by_id",
        _ => "support.by_activity",
    }
}

fn parameters(subject: &Subject<'_>, asked: &Asked, found: &Support) -> Vec<(Sentence, Sentence)> {
    let names = |names: &[String]| if names.is_empty() { Sentence::text("–") } else { words::names(names) };
    let target = |secs: Option<u64>| secs.map_or_else(|| words::word("say.nothing"), words::span);
    let named = names_of(asked).map(|(role, list)| (role, names(list)));
    let targets = [
        ("param.reply_target", target(asked.reply_target_secs)),
        ("param.resolution_target", target(asked.resolution_target_secs)),
        ("param.ticket", words::word(tickets_words(found))),
        ("param.times", words::working_time(asked.working_hours, subject.asked)),
    ];
    named.into_iter().chain(targets).map(|(name, value)| (words::word(name), value)).collect()
}

fn finding(found: &Support) -> Sentence {
    let tickets = Sentence::new(
        "support.tickets",
        [words::counted(found.tickets.len() as u64, "unit.tickets").into(), Value::Count(found.n_solved)],
    );
    let reply = found.times.first().and_then(|times| times.working.or(times.plain));
    let reply = reply.map_or_else(
        || words::word("support.no_reply"),
        |stats| Sentence::new("support.half", [Value::Seconds(stats.median_secs)]),
    );
    let reopened = Proportion { n: found.n_reopened, of: found.n_solved };
    let reopened = words::of("support.reopened", [words::part(reopened, "unit.solved_tickets")]);
    words::text([tickets, reply, reopened])
}

/// Whether a metric's clock of a ticket has stopped.
fn is_stopped(ticket: &TicketFigures, metric: SupportMetric) -> bool {
    match metric {
        SupportMetric::FirstReply => ticket.first_reply_micros.is_some(),
        SupportMetric::FirstResolution => ticket.first_resolution_micros.is_some(),
        SupportMetric::FullResolution
        | SupportMetric::RequesterWait
        | SupportMetric::AgentWait
        | SupportMetric::OnHold => ticket.is_solved,
    }
}

fn times(asked: &Asked, found: &Support, (owners, group): (&Owners<'_, '_>, Marker)) -> Sheet {
    let columns = [
        ("metric", "col.measure", ColumnKind::Text),
        ("tickets", "col.tickets", ColumnKind::Count),
        ("cases", "col.support.customers", ColumnKind::Count),
        ("running", "col.running", ColumnKind::Count),
        ("cases_running", "col.customers_waiting", ColumnKind::Count),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let caption = if asked.working_hours { "table.support.times.working" } else { "table.support.times" };
    let mut sheet = Sheet::new("times", caption, Chart::Bars(5), 1, &columns);
    for times in &found.times {
        let Some((metric, id, name)) = METRICS.into_iter().find(|(metric, ..)| *metric == times.metric)
        else {
            continue;
        };
        let of = |wanted: bool| {
            owners.count(found.tickets.iter().filter(|ticket| is_stopped(ticket, metric) == wanted))
        };
        let cells = [
            say(words::word(name)),
            count(times.plain.map_or(0, |stats| stats.n)),
            marked(of(true), group, &["stopped", id]),
            count(times.n_running),
            marked(of(false), group, &["running", id]),
        ];
        let stats = if asked.working_hours { times.working } else { times.plain };
        sheet.row(cells.into_iter().chain(sheet::times(stats)));
    }
    sheet
}

/// Tickets that were solved, opened again, and solved with one touch, with what they are a share of.
fn ratios(found: &Support) -> [Proportion; 3] {
    let n_tickets = found.tickets.len() as u64;
    let n_solved_now = found.tickets.iter().filter(|ticket| ticket.is_solved).count() as u64;
    [
        Proportion { n: found.n_solved, of: n_tickets },
        Proportion { n: found.n_reopened, of: found.n_solved },
        Proportion { n: found.n_one_touch, of: n_solved_now },
    ]
}

type IsTicket = fn(&TicketFigures) -> bool;

const OUTCOMES: [(&str, &str, IsTicket); 3] = [
    ("solved", "outcome.solved", |ticket| ticket.first_resolution_micros.is_some()),
    ("reopened", "outcome.reopened", |ticket| ticket.n_reopened > 0),
    ("one_touch", "outcome.one_touch", |ticket| ticket.is_solved && ticket.n_replies <= 1),
];

fn summary(found: &Support, (owners, group): (&Owners<'_, '_>, Marker)) -> Sheet {
    let columns = [
        ("outcome", "col.outcome", ColumnKind::Text),
        ("tickets", "col.support.tickets", ColumnKind::Count),
        ("cases", "col.support.customers", ColumnKind::Count),
        ("share", "col.share", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("outcomes", "table.support.outcomes", Chart::None, 1, &columns);
    for ((id, caption, is), ratio) in OUTCOMES.into_iter().zip(ratios(found)) {
        let cases = owners.count(found.tickets.iter().filter(|ticket| is(ticket)));
        sheet.row([say(words::word(caption)), count(ratio.n), marked(cases, group, &[id]), share(ratio)]);
    }
    sheet
}

fn targets(found: &Support, (owners, group): (&Owners<'_, '_>, Marker)) -> Sheet {
    let columns = [
        ("metric", "col.measure", ColumnKind::Text),
        ("target", "col.target", ColumnKind::Seconds),
        ("met", "col.kept", ColumnKind::Count),
        ("breached", "col.broken", ColumnKind::Count),
        ("running", "col.running_in_time", ColumnKind::Count),
        ("cases_breached", "col.support.cases_breached", ColumnKind::Count),
        ("breach_share", "col.broken_share", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("targets", "table.support.targets", Chart::None, 1, &columns);
    for outcome in &found.targets {
        let Some((_, id, name)) = METRICS.into_iter().find(|(metric, ..)| *metric == outcome.target.metric)
        else {
            continue;
        };
        let n = outcome.breaches.len() as u64;
        let tickets = outcome.breaches.iter().filter_map(|(at, _)| found.tickets.get(*at));
        sheet.row([
            say(words::word(name)),
            sheet::number(outcome.target.target_micros as f64 / 1e6),
            count(outcome.n_met),
            count(n),
            count(outcome.n_running),
            marked(owners.count(tickets), group, &["breached", id]),
            share(Proportion { n, of: n + outcome.n_met }),
        ]);
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let found = support(
        subject.store,
        &subject.query.scope(&Owners::of(subject).kept(group)),
        &spec(subject, group, asked),
    );
    let set =
        |cases: &mut dyn Iterator<Item = u32>| Some(CaseSet::of(subject.store.customers().len(), cases));
    let of = |is: &dyn Fn(&TicketFigures) -> bool| {
        set(&mut found.tickets.iter().filter(|ticket| is(ticket)).map(|ticket| ticket.case))
    };
    let metric = |id: &str| METRICS.into_iter().find(|(_, known, _)| *known == id).map(|(metric, ..)| metric);
    match fields {
        ["stopped", id] => {
            let metric = metric(id)?;
            of(&|ticket| is_stopped(ticket, metric))
        }
        ["running", id] => {
            let metric = metric(id)?;
            of(&|ticket| !is_stopped(ticket, metric))
        }
        ["breached", id] => {
            let metric = metric(id)?;
            let outcome = found.targets.iter().find(|outcome| outcome.target.metric == metric)?;
            let tickets = outcome.breaches.iter().filter_map(|(at, _)| found.tickets.get(*at));
            set(&mut tickets.map(|ticket| ticket.case))
        }
        [outcome] => {
            let (.., is) = OUTCOMES.into_iter().find(|(id, ..)| id == outcome)?;
            of(&is)
        }
        _ => None,
    }
}
