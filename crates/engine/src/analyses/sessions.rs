//! Sessions. Marks: `with:3` for customers with exactly three sessions, `customers` for all with one, `session:ada:2` for the customer
//! of one session.

use super::sheet::{self, Cell, Sheet, count, marked, mean, number, text};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, Durations, Mean, Proportion, Session, SessionRule, Sessions, Unit, sessions};
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

pub(super) fn find(subject: &Subject<'_>) -> Findings {
    let (first, other) = subject.both(|cases, group| {
        let found = count_sessions(subject, cases);
        let n_by_case = by_case(&found);
        let tables = [summary(&found, &n_by_case, group), per_customer(&n_by_case, group)];
        (tables, list(subject, &found, group).of_group(group), (found, n_by_case))
    });
    let ([mut summary, mut per_customer], list, (found, n_by_case)) = first;
    let mut lists = vec![list.finish()];
    if let Some(([other_summary, other_per_customer], other_list, (other, other_by_case))) = other {
        per_customer = per_customer.beside(Some(other_per_customer));
        summary = summary
            .beside(Some(other_summary))
            .differences(
                ("events_mean_difference", "col.events_difference", ColumnKind::Number),
                [events_of_session(&found).difference(events_of_session(&other))],
            )
            .differences(
                ("sessions_mean_difference", "col.sessions_of_a_customer_difference", ColumnKind::Number),
                [sessions_of_case(&n_by_case).difference(sessions_of_case(&other_by_case))],
            );
        lists.push(other_list.finish());
    }
    let n_sessions = found.sessions.len();
    let mut issues = Vec::new();
    if n_sessions > MAX_LISTED {
        let (listed, all) = (Value::Count(MAX_LISTED as u64), Value::Count(n_sessions as u64));
        issues.push(Sentence::new("sessions.list_cut", [listed, all]));
    }
    Findings {
        title: words::word("sessions.title"),
        finding: finding(&found, &n_by_case),
        definition: "definition.sessions",
        formulas: &["formula.sessions.1", "formula.sessions.2"],
        parameters: Vec::new(),
        tables: [per_customer.finish(), summary.finish()].into_iter().chain(lists).collect(),
        ground: super::Ground {
            unit: if subject.query.unit == Unit::Customers { Unit::Customers } else { Unit::Sessions },
            n_units: n_sessions as u64,
            n_cases: n_by_case.len() as u64,
            n_events: found.n_events,
            dropped: Vec::new(),
        },
        issues,
        unknown: found.unknown,
    }
}

fn finding(found: &Sessions, n_by_case: &BTreeMap<u32, u64>) -> Sentence {
    let n_cases = n_by_case.len() as u64;
    let all = Sentence::new(
        "sessions.all",
        [
            words::counted(found.sessions.len() as u64, "unit.sessions").into(),
            words::counted(n_cases, words::CUSTOMERS).into(),
            Value::Number(events_of_session(found).mean),
        ],
    );
    let half = stats(found).map(|stats| Sentence::new("sessions.half", [Value::Seconds(stats.median_secs)]));
    let single = Proportion { n: n_by_case.values().filter(|n| **n == 1).count() as u64, of: n_cases };
    let single = words::of("sessions.single", [words::part(single, words::CUSTOMERS)]);
    words::text([Some(all), half, Some(single)].into_iter().flatten())
}

fn mean_of(values: impl Iterator<Item = u64>) -> Mean {
    let (mut n, mut sum, mut squares) = (0, 0_u64, 0_u64);
    for value in values {
        n += 1;
        sum = sum.saturating_add(value);
        squares = squares.saturating_add(value.saturating_mul(value));
    }
    Mean::from_sums(n, sum, squares)
}

fn events_of_session(found: &Sessions) -> Mean {
    mean_of(found.sessions.iter().map(|session| u64::from(session.n_events)))
}

fn sessions_of_case(n_by_case: &BTreeMap<u32, u64>) -> Mean {
    mean_of(n_by_case.values().copied())
}

fn stats(found: &Sessions) -> Option<journey::TimeStats> {
    let duration = |session: &Session| session.end_micros.saturating_sub(session.start_micros);
    Durations::from_unsorted(found.sessions.iter().map(duration).collect()).stats()
}

fn summary(found: &Sessions, n_by_case: &BTreeMap<u32, u64>, group: Marker) -> Sheet {
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
        count(found.sessions.len() as u64),
        marked(n_by_case.len() as u64, group, &["customers"]),
        count(found.n_events),
        mean(events_of_session(found)),
        mean(sessions_of_case(n_by_case)),
    ];
    sheet.row(cells.into_iter().chain(sheet::times(stats(found))));
    sheet
}

fn per_customer(n_by_case: &BTreeMap<u32, u64>, group: Marker) -> Sheet {
    let columns = [
        ("sessions", "col.sessions.sessions", ColumnKind::Text),
        ("cases", "col.customers", ColumnKind::Count),
        ("share", "col.share_of_customers", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("per_customer", "table.sessions.per_customer", Chart::Bars(1), 1, &columns);
    let mut histogram = BTreeMap::<u64, u64>::new();
    for n in n_by_case.values() {
        *histogram.entry(*n).or_default() += 1;
    }
    for (n_sessions, n) in histogram {
        let name = n_sessions.to_string();
        let share = sheet::share(Proportion { n, of: n_by_case.len() as u64 });
        sheet.row([text(name.as_str()), marked(n, group, &["with", &name]), share]);
    }
    sheet
}

fn list(subject: &Subject<'_>, found: &Sessions, group: Marker) -> Sheet {
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
    let mut sessions: Vec<&Session> = found.sessions.iter().collect();
    let by_name = |a: &&Session, b: &&Session| (name(a), a.index_in_case).cmp(&(name(b), b.index_in_case));
    // Only what is listed has to be in order.
    if sessions.len() > MAX_LISTED {
        sessions.select_nth_unstable_by(MAX_LISTED, by_name);
        sessions.truncate(MAX_LISTED);
    }
    sessions.sort_unstable_by(by_name);
    for session in sessions {
        let index = (session.index_in_case + 1).to_string();
        sheet.row([
            Cell { mark: Some(group.mark(&["session", name(session), &index])), ..text(name(session)) },
            Cell { text: Sentence::text(index), ..count(u64::from(session.index_in_case) + 1) },
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
