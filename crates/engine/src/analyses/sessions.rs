//! Sessions. Marks: `with:3` for customers with exactly three sessions, `customers` for all with one, `session:ada:2` for the customer
//! of one session.

use super::sheet::{self, Cell, Sheet, count, marked, mean, number, text};
use super::{Findings, Marker, Subject, words};
use journey::{
    CaseSet, Mean, Proportion, Session, SessionCountSpec, SessionCounts, SessionRule, Sessions, Unit,
    sessions,
};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};
use std::collections::BTreeMap;

/// Sessions listed one by one.
const MAX_LISTED: usize = 1_000;

fn count_sessions(subject: &Subject<'_>, cases: &CaseSet) -> Sessions {
    let rule =
        SessionRule { timeout_secs: Some(subject.query.session_timeout_secs), ..SessionRule::default() };
    sessions(subject.store, &subject.query.scope(cases), &rule)
}

/// Number of sessions of each case that has one.
fn by_case(found: &Sessions) -> BTreeMap<u32, u64> {
    let mut n_by_case = BTreeMap::new();
    for session in &found.sessions {
        *n_by_case.entry(session.case).or_default() += 1;
    }
    n_by_case
}

fn spec(subject: &Subject<'_>) -> SessionCountSpec {
    SessionCountSpec { timeout_secs: subject.query.session_timeout_secs, n_named: MAX_LISTED }
}

pub(super) fn find(subject: &Subject<'_>) -> Findings {
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec(subject), group);
        let tables = [summary(&found, group), per_customer(&found, group)];
        (tables, list(subject, &found, group).of_group(group), found)
    });
    let ([mut summary, mut per_customer], list, found) = first;
    let mut lists = vec![list.finish()];
    if let Some(([other_summary, other_per_customer], other_list, other)) = other {
        per_customer = per_customer.beside(Some(other_per_customer));
        summary = summary
            .beside(Some(other_summary))
            .differences(
                ("events_mean_difference", "col.events_difference", ColumnKind::Number),
                [found.events_of_session.difference(other.events_of_session)],
            )
            .differences(
                ("sessions_mean_difference", "col.sessions_of_a_customer_difference", ColumnKind::Number),
                [sessions_of_case(&found).difference(sessions_of_case(&other))],
            );
        lists.push(other_list.finish());
    }
    let mut issues = Vec::new();
    if found.n_sessions > MAX_LISTED as u64 {
        let (listed, all) = (Value::Count(MAX_LISTED as u64), Value::Count(found.n_sessions));
        issues.push(Sentence::new("sessions.list_cut", [listed, all]));
    }
    Findings {
        title: words::word("sessions.title"),
        finding: finding(&found),
        definition: "definition.sessions",
        formulas: &["formula.sessions.1", "formula.sessions.2"],
        parameters: Vec::new(),
        tables: [per_customer.finish(), summary.finish()].into_iter().chain(lists).collect(),
        ground: super::Ground {
            unit: if subject.query.unit == Unit::Customers { Unit::Customers } else { Unit::Sessions },
            n_units: found.n_sessions,
            n_cases: n_cases(&found),
            n_events: found.n_events,
            dropped: Vec::new(),
        },
        issues,
        ..Findings::default()
    }
}

fn n_cases(found: &SessionCounts) -> u64 {
    found.n_cases.values().sum()
}

fn finding(found: &SessionCounts) -> Sentence {
    let n_cases = n_cases(found);
    let all = Sentence::new(
        "sessions.all",
        [
            words::counted(found.n_sessions, "unit.sessions").into(),
            words::counted(n_cases, words::CUSTOMERS).into(),
            Value::Number(found.events_of_session.mean),
        ],
    );
    let half = found.times.map(|stats| Sentence::new("sessions.half", [Value::Seconds(stats.median_secs)]));
    let single = Proportion { n: found.n_cases.get(&1).copied().unwrap_or(0), of: n_cases };
    let single = words::of("sessions.single", [words::part(single, words::CUSTOMERS)]);
    words::text([Some(all), half, Some(single)].into_iter().flatten())
}

fn sessions_of_case(found: &SessionCounts) -> Mean {
    let sum_of = |power: fn(u64) -> u64| {
        let terms = found.n_cases.iter().map(|(sessions, n)| n.saturating_mul(power(*sessions)));
        terms.fold(0, u64::saturating_add)
    };
    Mean::from_sums(sum_of(|_| 1), sum_of(|n| n), sum_of(|n| n.saturating_mul(n)))
}

fn summary(found: &SessionCounts, group: Marker) -> Sheet {
    let columns = [
        ("sessions", "col.sessions", ColumnKind::Count),
        ("cases", "col.customers", ColumnKind::Count),
        ("events", "col.events", ColumnKind::Count),
        ("events_mean", "col.events_of_a_session", ColumnKind::Number),
        ("sessions_mean", "col.sessions_of_a_customer", ColumnKind::Number),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("summary", "table.sessions.summary", Chart::None, 0, &columns);
    let cells = [
        count(found.n_sessions),
        marked(n_cases(found), group, &["customers"]),
        count(found.n_events),
        mean(found.events_of_session),
        mean(sessions_of_case(found)),
    ];
    sheet.row(cells.into_iter().chain(sheet::times(found.times)));
    sheet
}

fn per_customer(found: &SessionCounts, group: Marker) -> Sheet {
    let columns = [
        ("sessions", "col.sessions.sessions", ColumnKind::Text),
        ("cases", "col.customers", ColumnKind::Count),
        ("share", "col.share_of_customers", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("per_customer", "table.sessions.per_customer", Chart::Bars(1), 1, &columns);
    for (n_sessions, n) in &found.n_cases {
        let name = n_sessions.to_string();
        let share = sheet::share(Proportion { n: *n, of: n_cases(found) });
        sheet.row([text(name.as_str()), marked(*n, group, &["with", &name]), share]);
    }
    sheet
}

fn list(subject: &Subject<'_>, found: &SessionCounts, group: Marker) -> Sheet {
    let columns = [
        ("customer", "col.customer", ColumnKind::Text),
        ("session_index", "col.session", ColumnKind::Count),
        ("start", "col.start", ColumnKind::Date),
        ("end", "col.end", ColumnKind::Date),
        ("n_events", "col.events", ColumnKind::Count),
        ("duration", "col.duration", ColumnKind::Seconds),
    ];
    let mut sheet = Sheet::new("sessions", "table.sessions.sessions", Chart::None, 2, &columns);
    let name = |session: &Session| subject.store.customers().get(session.case);
    let named = CaseSet::of(subject.store.customers().len(), found.named.iter().copied());
    let of_case = count_sessions(subject, &named).sessions;
    let mut sessions: Vec<&Session> = of_case.iter().collect();
    sessions.sort_unstable_by_key(|session| (name(session), session.index_in_case));
    sessions.truncate(MAX_LISTED);
    for session in sessions {
        let index = (session.index_in_case + 1).to_string();
        sheet.row([
            Cell { mark: Some(group.mark(&["session", name(session), &index])), ..text(name(session)) },
            sheet::ordinal(u64::from(session.index_in_case) + 1),
            number(session.start_micros as f64),
            number(session.end_micros as f64),
            count(u64::from(session.n_events)),
            number(session.duration_secs()),
        ]);
    }
    sheet
}

pub(super) fn cases(subject: &Subject<'_>, group: &CaseSet, fields: &[&str]) -> Option<CaseSet> {
    let n_by_case = by_case(&count_sessions(subject, group));
    let of = |is_wanted: &dyn Fn(u32, u64) -> bool| {
        let behind = n_by_case.iter().filter(|(case, n)| is_wanted(**case, **n)).map(|(case, _)| *case);
        Some(CaseSet::of(subject.store.customers().len(), behind))
    };
    match fields {
        ["customers"] => of(&|_, _| true),
        ["with", n] => {
            let wanted: u64 = n.parse().ok()?;
            of(&|_, n| n == wanted)
        }
        ["session", name, _] => {
            let wanted = subject.store.customers().find(name)?;
            of(&|case, _| case == wanted)
        }
        _ => None,
    }
}
