//! Rework. Marks: `rework`, `activity:check`, `repeated:check`, `pingpong:check:decide`.

use super::sheet::{self, Sheet, count, marked, share, text};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, Proportion, Rework, ReworkMark, ReworkSpec, rework_cases};
use protocol::report::{Chart, ColumnKind};

fn spec(subject: &Subject<'_>) -> ReworkSpec {
    ReworkSpec { period: subject.query.period, ..ReworkSpec::default() }
}

pub(super) fn find(subject: &Subject<'_>) -> Findings {
    let spec = spec(subject);
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        let tables =
            [activities(subject, &found, group), summary(&found, group), ping_pongs(subject, &found, group)];
        (tables, found)
    });
    let ([mut activities, mut summary, mut ping_pongs], found) = first;
    if let Some(([other_activities, other_summary, other_ping_pongs], other)) = other {
        let share = |found: &Rework| Proportion { n: found.n_cases_with_rework, of: found.basis.n_cases };
        activities = activities.beside(Some(other_activities));
        ping_pongs = ping_pongs.beside(Some(other_ping_pongs));
        summary = summary.beside(Some(other_summary)).differences(
            (
                "share_of_cases_difference",
                "Difference",
                ColumnKind::RatioDifference,
                "First group less the other.",
            ),
            [share(&found).difference(share(&other))],
        );
    }
    Findings {
        title: "Rework".to_owned(),
        finding: finding(subject, &found),
        definition: "Activities that happen again for the same customer, and how they come back: right after themselves, over one other \
            activity, or later.",
        formulas: &[
            "extra events = events beyond the first of their activity for a customer",
            "extra events = self-loops + there and back + longer loops",
            "time in rework = from the end of an occurrence to the end of the next of the same activity; overlaps once",
            "intervals: Wilson, 95 %; difference: Newcombe",
        ],
        tables: vec![activities.finish(), summary.finish(), ping_pongs.finish()],
        ground: (&found.basis).into(),
        ..Findings::default()
    }
}

fn finding(subject: &Subject<'_>, found: &Rework) -> String {
    let with = Proportion { n: found.n_cases_with_rework, of: found.basis.n_cases };
    let with = words::part(with, "customers");
    let top = found.activities.first().map_or_else(String::new, |top| {
        let name = subject.activity_name(top.activity);
        let share = words::part(Proportion { n: top.n_cases_repeated, of: top.n_cases }, "customers with it");
        format!(" Most repeated is “{name}”: {} extra events, {share}.", top.n_extra_events)
    });
    format!("{with} did something again, {} extra events in all.{top}", found.n_extra_events)
}

fn activities(subject: &Subject<'_>, found: &Rework, group: Marker) -> Sheet {
    let columns = [
        ("activity", "Activity", ColumnKind::Text, ""),
        ("extra_events", "Extra events", ColumnKind::Count, "Beyond the first for a customer."),
        ("cases", "Customers", ColumnKind::Count, "Customers with the activity."),
        (
            "cases_repeated",
            "Customers again",
            ColumnKind::Count,
            "Customers with the activity more than once.",
        ),
        ("share_of_cases", "Share again", ColumnKind::Ratio, "Of the customers with the activity."),
        ("self_loops", "Right after itself", ColumnKind::Count, ""),
        ("ping_pongs", "There and back", ColumnKind::Count, "Back over one other activity."),
        ("longer_loops", "Later", ColumnKind::Count, "Back over two or more other events."),
        ("max_in_one_case", "Most for one customer", ColumnKind::Count, ""),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("activities", "What is done again", Chart::Bars(1), 1, &columns);
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
        ("cases", "Customers with rework", ColumnKind::Count, "With some activity more than once."),
        ("share_of_cases", "Share of customers", ColumnKind::Ratio, ""),
        ("extra_events", "Extra events", ColumnKind::Count, ""),
        ("share_of_events", "Share of events", ColumnKind::Ratio, ""),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new(
        "summary",
        "Rework of all activities; times are those in rework",
        Chart::None,
        0,
        &columns,
    );
    let cells = [
        marked(found.n_cases_with_rework, group, &["rework"]),
        share(Proportion { n: found.n_cases_with_rework, of: found.basis.n_cases }),
        count(found.n_extra_events),
        share(Proportion { n: found.n_extra_events, of: found.basis.n_events }),
    ];
    sheet.row(cells.into_iter().chain(sheet::times(found.times)));
    sheet
}

fn ping_pongs(subject: &Subject<'_>, found: &Rework, group: Marker) -> Sheet {
    let columns = [
        ("activity", "Activity", ColumnKind::Text, "The activity that comes back."),
        ("via", "Over", ColumnKind::Text, "The activity in between."),
        ("count", "Times", ColumnKind::Count, ""),
        ("cases", "Customers", ColumnKind::Count, ""),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("ping_pongs", "There and back", Chart::None, 2, &columns);
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
    Some(rework_cases(subject.store, group.iter(), &spec(subject), mark))
}
