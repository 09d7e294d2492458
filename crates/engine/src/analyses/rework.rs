//! Rework. Marks: `rework`, `activity:check`, `repeated:check`, `pingpong:check:decide`.

use super::sheet::{self, Sheet, count, marked, share, text};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, Proportion, Rework, ReworkMark, ReworkSpec, rework_cases};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

pub(super) fn find(subject: &Subject<'_>) -> Findings {
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&ReworkSpec::default(), group);
        let tables =
            [activities(subject, &found, group), summary(&found, group), ping_pongs(subject, &found, group)];
        (tables, found)
    });
    let ([mut activities, mut summary, mut ping_pongs], found) = first;
    if let Some(([other_activities, other_summary, other_ping_pongs], other)) = other {
        let share = |found: &Rework| Proportion { n: found.n_cases_with_rework, of: found.basis.n_units };
        activities = activities.beside(Some(other_activities));
        ping_pongs = ping_pongs.beside(Some(other_ping_pongs));
        summary = summary.beside(Some(other_summary)).differences(
            ("share_of_cases_difference", "col.difference", ColumnKind::RatioDifference),
            [share(&found).difference(share(&other))],
        );
    }
    Findings {
        title: words::word("rework.title"),
        finding: finding(subject, &found),
        definition: "definition.rework",
        formulas: &["formula.rework.1", "formula.rework.2", "formula.rework.3", "formula.rework.4"],
        tables: vec![activities.finish(), summary.finish(), ping_pongs.finish()],
        ground: (&found.basis).into(),
        ..Findings::default()
    }
}

fn finding(subject: &Subject<'_>, found: &Rework) -> Sentence {
    let with = Proportion { n: found.n_cases_with_rework, of: found.basis.n_units };
    let again = Sentence::new(
        "rework.again",
        [
            words::part(with, words::unit_key(found.basis.coverage.unit)).into(),
            Value::Count(found.n_extra_events),
        ],
    );
    let top = found.activities.first().map(|top| {
        let share = Proportion { n: top.n_cases_repeated, of: top.n_cases };
        let (name, n) = (words::name(subject.activity_name(top.activity)), Value::Count(top.n_extra_events));
        Sentence::new(
            "rework.top",
            [name.into(), n, words::part(share, words::with_it(found.basis.coverage.unit)).into()],
        )
    });
    words::text([Some(again), top].into_iter().flatten())
}

fn activities(subject: &Subject<'_>, found: &Rework, group: Marker) -> Sheet {
    let columns = [
        ("activity", "col.activity", ColumnKind::Text),
        ("extra_events", "col.extra_events", ColumnKind::Count),
        ("cases", "col.rework.customers", ColumnKind::Count),
        ("cases_repeated", "col.customers_again", ColumnKind::Count),
        ("share_of_cases", "col.share_again", ColumnKind::Ratio),
        ("self_loops", "col.right_after_itself", ColumnKind::Count),
        ("ping_pongs", "col.there_and_back", ColumnKind::Count),
        ("longer_loops", "col.later", ColumnKind::Count),
        ("max_in_one_case", "col.most_for_one_customer", ColumnKind::Count),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("activities", "table.rework.activities", Chart::Bars(1), 1, &columns);
    for row in &found.activities {
        let name = subject.activity_name(row.activity);
        let cells = [
            text(name),
            count(row.n_extra_events),
            marked(row.n_cases, group, &["activity", name]),
            marked(row.n_cases_repeated, group, &["repeated", name]),
            share(Proportion { n: row.n_cases_repeated, of: row.n_cases }),
            count(row.n_self_loops),
            count(row.n_ping_pongs),
            count(row.n_longer_loops),
            count(row.max_in_one_case),
        ];
        sheet.row(cells.into_iter().chain(sheet::times(row.times)));
    }
    sheet
}

fn summary(found: &Rework, group: Marker) -> Sheet {
    let columns = [
        ("cases", "col.customers_with_rework", ColumnKind::Count),
        ("share_of_cases", "col.share_of_customers", ColumnKind::Ratio),
        ("extra_events", "col.rework.extra_events", ColumnKind::Count),
        ("share_of_events", "col.share_of_events", ColumnKind::Ratio),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("summary", "table.rework.summary", Chart::None, 0, &columns);
    let cells = [
        marked(found.n_cases_with_rework, group, &["rework"]),
        share(Proportion { n: found.n_cases_with_rework, of: found.basis.n_units }),
        count(found.n_extra_events),
        share(Proportion { n: found.n_extra_events, of: found.basis.n_events }),
    ];
    sheet.row(cells.into_iter().chain(sheet::times(found.times)));
    sheet
}

fn ping_pongs(subject: &Subject<'_>, found: &Rework, group: Marker) -> Sheet {
    let columns = [
        ("activity", "col.rework.activity", ColumnKind::Text),
        ("via", "col.over", ColumnKind::Text),
        ("count", "col.times", ColumnKind::Count),
        ("cases", "col.customers", ColumnKind::Count),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("ping_pongs", "table.rework.ping_pongs", Chart::None, 2, &columns);
    for row in &found.ping_pongs {
        let (name, via) = (subject.activity_name(row.activity), subject.activity_name(row.via));
        let cells = [
            text(name),
            text(via),
            count(row.n_occurrences),
            marked(row.n_cases, group, &["pingpong", name, via]),
        ];
        sheet.row(cells.into_iter().chain(sheet::times(row.times)));
    }
    sheet
}

pub(super) fn cases(subject: &Subject<'_>, group: &CaseSet, fields: &[&str]) -> Option<CaseSet> {
    let mark = match fields {
        ["rework"] => ReworkMark::Any,
        ["activity", name] => ReworkMark::Activity(subject.activity(name)?),
        ["repeated", name] => ReworkMark::Repeated(subject.activity(name)?),
        ["pingpong", name, via] => ReworkMark::PingPong(subject.activity(name)?, subject.activity(via)?),
        _ => return None,
    };
    Some(rework_cases(subject.store, &subject.query.scope(group), &ReworkSpec::default(), mark))
}
