//! Routes. Marks: `along` for those who went along, `reached:2` for those who went along the first so many stops.

use super::sheet::{self, Sheet, count, marked, number, say, share};
use super::{Findings, Marker, Subject, words};
use crate::convert::failure;
use journey::{CaseSet, Proportion, RouteSpec, RouteSpecs, RouteStats, RouteStop, route_cases};
use protocol::Failure;
use protocol::question::Route as Asked;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Most stops of a route.
const MAX_STOPS: usize = 50;

/// The route up to and with so many of its activities.
fn spec(subject: &Subject<'_>, asked: &Asked, n_stops: usize) -> RouteSpec {
    let mut stops = Vec::new();
    stops.extend(asked.from_start.then_some(RouteStop::Start));
    stops.extend(asked.stops.iter().take(n_stops).cloned().map(RouteStop::Activity));
    stops.extend((asked.to_end && n_stops >= asked.stops.len()).then_some(RouteStop::End));
    RouteSpec { stops, calendar: subject.work_calendar(asked.working_hours) }
}

fn check(asked: &Asked) -> Result<(), Failure> {
    let n_stops = asked.stops.len() + usize::from(asked.from_start) + usize::from(asked.to_end);
    if asked.stops.is_empty() || n_stops < 2 {
        return Err(failure(
            "A route needs two stops or more, one of them an activity.",
            "Name the activities in order, or one and the start or the end.",
        ));
    }
    if asked.stops.len() > MAX_STOPS {
        let message = format!("A route has at most {MAX_STOPS} stops.");
        return Err(failure(message, "Ask for a part of it."));
    }
    Ok(())
}

/// Numbers of activities with which a part of the route is a route of its own.
fn parts(asked: &Asked) -> impl Iterator<Item = usize> {
    (if asked.from_start { 1 } else { 2 })..=asked.stops.len()
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Result<Findings, Failure> {
    check(asked)?;
    // The whole route, and its beginnings.
    let numbers = std::iter::once(asked.stops.len()).chain(parts(asked));
    let specs = RouteSpecs(numbers.map(|n| spec(subject, asked, n)).collect());
    let (first, other) = subject.both(|_, group| {
        let mut found = subject.figures(&specs, group).into_iter();
        let whole = found.next().unwrap_or_default();
        ([summary(&whole, group), stops(asked, parts(asked).zip(found), group)], whole)
    });
    let ([mut summary, mut stops], found) = first;
    if let Some(([other_summary, other_stops], other)) = other {
        stops = stops.beside(Some(other_stops));
        summary = summary.beside(Some(other_summary)).differences(
            ("share_difference", "col.difference", ColumnKind::RatioDifference),
            [along(&found).difference(along(&other))],
        );
    }
    let mut issues = subject.calendar_issues(asked.working_hours);
    issues.extend(found.issues.iter().map(words::issue));
    Ok(Findings {
        title: words::of("route.title", [Sentence::joined("say.arrow", shown(asked))]),
        finding: finding(&found),
        definition: "definition.route",
        formulas: &["formula.route.1", "formula.route.2", "formula.route.3", "formula.route.4"],
        parameters: vec![
            (words::word("param.stops"), Sentence::joined("say.then", shown(asked))),
            (words::word("param.times"), words::working_time(asked.working_hours, subject.asked)),
        ],
        tables: vec![summary.finish(), stops.finish()],
        ground: (&found.basis).into(),
        issues,
        unknown: found.unknown,
    })
}

fn along(found: &RouteStats) -> Proportion {
    Proportion { n: found.n_cases, of: found.basis.n_units }
}

fn shown(asked: &Asked) -> Vec<Sentence> {
    let start = asked.from_start.then(|| words::word("cell.start"));
    let end = asked.to_end.then(|| words::word("cell.end"));
    start.into_iter().chain(asked.stops.iter().map(Sentence::text)).chain(end).collect()
}

fn finding(found: &RouteStats) -> Sentence {
    let unit = words::unit_key(found.basis.coverage.unit);
    let all = words::part(along(found), unit);
    let gone = Sentence::new("route.along", [all.into(), Value::Count(found.n_traversals)]);
    let half = found.times.map(|times| Sentence::new("route.half", [Value::Seconds(times.median_secs)]));
    words::text([Some(gone), half].into_iter().flatten())
}

fn summary(found: &RouteStats, group: Marker) -> Sheet {
    let columns = [
        ("cases", "col.transitions.customers", ColumnKind::Count),
        ("share", "col.share_of_customers", ColumnKind::Ratio),
        ("traversals", "col.route.traversals", ColumnKind::Count),
        ("per_case", "col.for_a_customer", ColumnKind::Number),
        ("expected", "col.route.expected", ColumnKind::Ratio),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("route", "table.route.route", Chart::None, 0, &columns);
    let cells = [
        marked(found.n_cases, group, &["along"]),
        share(along(found)),
        count(found.n_traversals),
        number(found.per_case),
        number(found.probability),
    ];
    sheet.row(cells.into_iter().chain(sheet::times(found.times)));
    sheet
}

fn stops(asked: &Asked, parts: impl Iterator<Item = (usize, RouteStats)>, group: Marker) -> Sheet {
    let columns = [
        ("stop", "col.route.stop", ColumnKind::Text),
        ("cases", "col.customers", ColumnKind::Count),
        ("share", "col.share_of_customers", ColumnKind::Ratio),
        ("traversals", "col.route.traversals", ColumnKind::Count),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("stops", "table.route.stops", Chart::Bars(1), 1, &columns);
    for (n, found) in parts {
        let place = n.to_string();
        let is_end = asked.to_end && n == asked.stops.len();
        let name = asked.stops.get(n - 1).cloned().unwrap_or_default();
        // The same activity may be a stop more than once.
        let name = Sentence::text(format!("{n}. {name}"));
        let name = if is_end { words::of("say.arrow", [name, words::word("cell.end")]) } else { name };
        let cells = [
            say(name),
            marked(found.n_cases, group, &["reached", &place]),
            share(along(&found)),
            count(found.n_traversals),
        ];
        sheet.row(cells.into_iter().chain(sheet::times(found.times)));
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Result<Option<CaseSet>, Failure> {
    check(asked)?;
    let n_stops = match fields {
        ["along"] => Some(asked.stops.len()),
        ["reached", n] => n.parse().ok().filter(|n| parts(asked).any(|part| part == *n)),
        _ => None,
    };
    let scope = subject.query.scope(group);
    Ok(n_stops.map(|n| route_cases(subject.store, &scope, &spec(subject, asked, n))))
}
