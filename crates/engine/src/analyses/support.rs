//! Support. Marks: `stopped:first_reply` and `running:first_reply` for customers with a ticket whose clock has stopped or runs,
//! `breached:first_reply`, `solved`, `reopened`, `one_touch`.

use super::sheet::{self, Sheet, count, marked, say, share};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, Proportion, SlaTarget, SupportMetric, SupportSpec, TicketFigures, TicketNotion};
use journey::{TicketCountSpec, TicketCounts, TicketIdSpec, Unit, support};
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

fn spec(subject: &Subject<'_>, asked: &Asked) -> SupportSpec {
    let mut spec = named_spec(subject, asked);
    let by_id = match asked.tickets {
        Tickets::Auto => subject.figures(&TicketIdSpec(spec.clone()), Marker::FIRST),
        Tickets::ById => true,
        Tickets::ByActivity => false,
    };
    if by_id {
        spec.ticket = TicketNotion::Object;
    }
    spec
}

fn named_spec(subject: &Subject<'_>, asked: &Asked) -> SupportSpec {
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
        as_of_micros: 0,
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Findings {
    let by_account = subject.query.unit == Unit::Accounts;
    let spec = TicketCountSpec { support: spec(subject, asked), by_account };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        ([times(asked, &found, group), summary(&found, group), targets(&found, group)], found)
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
        ground: ground(by_account, &found),
        issues,
        unknown: found.unknown,
    }
}

/// What the figures rest on: tickets are read customer by customer, whoever is counted.
fn ground(by_account: bool, found: &TicketCounts) -> super::Ground {
    let mut ground = super::Ground::from(&found.basis);
    if by_account {
        ground.unit = Unit::Accounts;
        ground.n_units = found.n_owners;
        ground.dropped.push((words::word("dropped.no_account"), found.n_without_account));
    }
    ground
}

fn tickets_words(found: &TicketCounts) -> &'static str {
    if found.is_by_object { "support.by_id" } else { "support.by_activity" }
}

fn parameters(subject: &Subject<'_>, asked: &Asked, found: &TicketCounts) -> Vec<(Sentence, Sentence)> {
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

fn finding(found: &TicketCounts) -> Sentence {
    let n_solved = found.solved.n_tickets;
    let tickets = Sentence::new(
        "support.tickets",
        [words::counted(found.n_tickets, "unit.tickets").into(), Value::Count(n_solved)],
    );
    let reply = found.times.first().and_then(|times| times.working.or(times.plain));
    let reply = reply.map_or_else(
        || words::word("support.no_reply"),
        |stats| Sentence::new("support.half", [Value::Seconds(stats.median_secs)]),
    );
    let reopened = Proportion { n: found.reopened.n_tickets, of: n_solved };
    let reopened = words::of("support.reopened", [words::part(reopened, "unit.solved_tickets")]);
    words::text([tickets, reply, reopened])
}

fn times(asked: &Asked, found: &TicketCounts, group: Marker) -> Sheet {
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
        let Some((id, name)) = words_of(times.metric) else {
            continue;
        };
        let cells = [
            say(words::word(name)),
            count(times.stopped.n_tickets),
            marked(times.stopped.n_owners, group, &["stopped", id]),
            count(times.running.n_tickets),
            marked(times.running.n_owners, group, &["running", id]),
        ];
        let stats = if asked.working_hours { times.working } else { times.plain };
        sheet.row(cells.into_iter().chain(sheet::times(stats)));
    }
    sheet
}

fn words_of(metric: SupportMetric) -> Option<(&'static str, &'static str)> {
    METRICS.into_iter().find(|(known, ..)| *known == metric).map(|(_, id, name)| (id, name))
}

/// Tickets that were solved, opened again, and solved with one touch, with what they are a share of.
fn ratios(found: &TicketCounts) -> [Proportion; 3] {
    let n_solved = found.solved.n_tickets;
    [
        Proportion { n: n_solved, of: found.n_tickets },
        Proportion { n: found.reopened.n_tickets, of: n_solved },
        Proportion { n: found.one_touch.n_tickets, of: found.n_solved_now },
    ]
}

fn summary(found: &TicketCounts, group: Marker) -> Sheet {
    let columns = [
        ("outcome", "col.outcome", ColumnKind::Text),
        ("tickets", "col.support.tickets", ColumnKind::Count),
        ("cases", "col.support.customers", ColumnKind::Count),
        ("share", "col.share", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("outcomes", "table.support.outcomes", Chart::None, 1, &columns);
    let owners = [found.solved, found.reopened, found.one_touch].map(|tickets| tickets.n_owners);
    for (((id, caption, _), ratio), owners) in OUTCOMES.into_iter().zip(ratios(found)).zip(owners) {
        sheet.row([say(words::word(caption)), count(ratio.n), marked(owners, group, &[id]), share(ratio)]);
    }
    sheet
}

fn targets(found: &TicketCounts, group: Marker) -> Sheet {
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
        let Some((id, name)) = words_of(outcome.target.metric) else {
            continue;
        };
        let n = outcome.breached.n_tickets;
        sheet.row([
            say(words::word(name)),
            sheet::number(outcome.target.target_micros as f64 / 1e6),
            count(outcome.n_met),
            count(n),
            count(outcome.n_running),
            marked(outcome.breached.n_owners, group, &["breached", id]),
            share(Proportion { n, of: n + outcome.n_met }),
        ]);
    }
    sheet
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

type IsTicket = fn(&TicketFigures) -> bool;

const OUTCOMES: [(&str, &str, IsTicket); 3] = [
    ("solved", "outcome.solved", |ticket| ticket.first_resolution_micros.is_some()),
    ("reopened", "outcome.reopened", |ticket| ticket.n_reopened > 0),
    ("one_touch", "outcome.one_touch", |ticket| ticket.is_solved && ticket.n_replies <= 1),
];

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let scope = subject.query.scope(group);
    let by_account = subject.query.unit == Unit::Accounts;
    let is_owned = |case: &u32| !by_account || subject.store.case(*case).account().is_some();
    let owned = CaseSet::of(subject.store.customers().len(), group.iter().filter(is_owned));
    let as_of_micros = scope.known_until_micros(subject.store).saturating_sub(1);
    let spec = SupportSpec { as_of_micros, ..spec(subject, asked) };
    let found = support(subject.store, &subject.query.scope(&owned), &spec);
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
