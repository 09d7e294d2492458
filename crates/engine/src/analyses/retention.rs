//! Retention. Marks: `cohort:2879:size` for a cohort by number of its period, `cohort:2879:4` for those retained in a column.

use super::sheet::{self, Sheet, column, day, marked, share, text};
use super::{Findings, Marker, Subject, asked, words};
use journey::{Calendar, CaseSet, CellState, CohortEntry, Retention, RetentionClock, RetentionSpec};
use journey::{cohort_cases, retention_difference};
use protocol::question::{Criterion, Grain, Retention as Asked};
use protocol::report::{Cell, Chart, ColumnKind};

fn spec(asked: &Asked) -> RetentionSpec {
    RetentionSpec {
        starts: asked.starts.clone(),
        returns: asked.returns.clone(),
        entry: if asked.recurring { CohortEntry::Recurring } else { CohortEntry::FirstTime },
        criterion: match asked.criterion {
            Criterion::On => journey::Criterion::On,
            Criterion::OnOrAfter => journey::Criterion::OnOrAfter,
            Criterion::OnOrBefore => journey::Criterion::OnOrBefore,
        },
        clock: if asked.rolling { RetentionClock::Rolling } else { RetentionClock::Calendar },
        last_offset: match asked.grain {
            Grain::Day => 30,
            Grain::Week | Grain::Month => 12,
        },
        ..RetentionSpec::calendar(asked::period_unit(asked.grain))
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Findings {
    let spec = spec(asked);
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: subject.query.zone_offset_minutes };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        let n_columns = n_known_columns(&found);
        let tables = [
            cohorts(&found, calendar, n_columns, group).of_group(group),
            averages(&found, n_columns),
            cells(&found, calendar, n_columns, group).of_group(group),
        ];
        (tables, found)
    });
    let ([cohorts, mut averages, cells], found) = first;
    let mut tables = vec![cohorts.finish()];
    if let Some(([other_cohorts, other_averages, other_cells], other)) = other {
        averages = averages.beside(Some(other_averages)).differences(
            ("rate_difference", "Difference", ColumnKind::RatioDifference, "First group less the other."),
            retention_difference(&found, &other),
        );
        tables.extend([averages.finish(), cells.finish(), other_cohorts.finish(), other_cells.finish()]);
    } else {
        tables.extend([averages.finish(), cells.finish()]);
    }
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit(ground.unit);
    let left_out = [
        ("without a start", found.n_not_started),
        ("whose first start is before the period", found.n_started_before),
    ];
    ground.dropped.extend(left_out.map(|(reason, n)| (format!("{unit} {reason}"), n)));
    ground.dropped.push(("cohorts before those listed".to_owned(), found.n_cohorts_cut));
    Findings {
        title: title(asked),
        finding: finding(asked, &found, unit),
        definition: "Of those who started in the same period, how many came back later. What is not yet known in full is marked and \
            left out of averages.",
        formulas: &[
            "rate = retained / size of the cohort; at offset 0 everyone is retained",
            "average = Σ retained / Σ size over complete cohorts",
            "intervals: Wilson, 95 %; differences: Newcombe",
        ],
        parameters: parameters(asked, spec.last_offset),
        tables,
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    }
}

fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "day",
        Grain::Week => "week",
        Grain::Month => "month",
    }
}

fn criterion_words(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::On => "in exactly that period",
        Criterion::OnOrAfter => "in that period or later",
        Criterion::OnOrBefore => "after the start, up to that period",
    }
}

fn title(asked: &Asked) -> String {
    format!("Retention by {}, back {}", grain_word(asked.grain), criterion_words(asked.criterion))
}

fn finding(asked: &Asked, found: &Retention, unit: &str) -> String {
    let n_started: u64 = found.cohorts.iter().map(|cohort| cohort.size).sum();
    let mut sentence = format!("{n_started} {unit} started, in {} cohorts.", found.cohorts.len());
    let known = |at: usize| found.columns.get(at).filter(|column| column.n_cohorts > 0);
    let latest = (2..found.columns.len()).rev().find(|at| known(*at).is_some());
    for at in [Some(1), latest].into_iter().flatten() {
        if let Some(column) = known(at) {
            let (grain, back) = (grain_word(asked.grain), words::percent(column.weighted));
            let plural = if at == 1 { "" } else { "s" };
            let of = column.weighted.of;
            sentence.push_str(&format!(" After {at} {grain}{plural} {back} of {of} came back."));
        }
    }
    sentence
}

fn parameters(asked: &Asked, last_offset: u32) -> Vec<(String, String)> {
    [
        ("started with", words::names(&asked.starts)),
        ("came back with", words::names(&asked.returns)),
        ("period", words::grain(asked.grain).to_owned()),
        ("retained", criterion_words(asked.criterion).to_owned()),
        (
            "periods counted from",
            if asked.rolling { "each one's own start" } else { "the calendar" }.to_owned(),
        ),
        (
            "in a cohort with",
            if asked.recurring { "the first start of every period" } else { "the very first start" }
                .to_owned(),
        ),
        ("periods shown", format!("0 to {last_offset}, as far as known")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// Columns up to the last of which any cohort knows something.
fn n_known_columns(found: &Retention) -> usize {
    let is_known = |at: &usize| {
        found
            .cohorts
            .iter()
            .any(|cohort| cohort.cells.get(*at).is_some_and(|cell| cell.state != CellState::Future))
    };
    (0..found.columns.len()).rev().find(is_known).map_or(0, |last| last + 1)
}

fn cohorts(found: &Retention, calendar: Calendar, n_columns: usize, group: Marker) -> Sheet {
    let columns = [
        ("cohort", "Started from", ColumnKind::Date, "First day of the period of the start."),
        ("size", "Started", ColumnKind::Count, ""),
    ];
    let mut sheet =
        Sheet::new("cohorts", "Share that came back, by period after the start", Chart::Heat(2), 1, &columns);
    for offset in 0..n_columns {
        sheet.add_column(column(&format!("p{offset}"), &offset.to_string(), ColumnKind::Ratio, ""));
    }
    for cohort in &found.cohorts {
        let index = cohort.index.to_string();
        let cells = cohort.cells.iter().take(n_columns).enumerate().map(|(offset, cell)| match cell.state {
            CellState::Future => Cell::default(),
            state => Cell {
                partial: state == CellState::Partial,
                mark: Some(group.mark(&["cohort", &index, &offset.to_string()])),
                ..share(cell.rate)
            },
        });
        let first = [
            day(cohort.first_day, calendar.start_micros(cohort.index)),
            marked(cohort.size, group, &["cohort", &index, "size"]),
        ];
        sheet.row(first.into_iter().chain(cells));
    }
    sheet
}

fn averages(found: &Retention, n_columns: usize) -> Sheet {
    let columns = [
        ("period", "Period", ColumnKind::Text, "Periods after the start."),
        ("rate", "Came back", ColumnKind::Ratio, "Average of complete cohorts, weighted by their size."),
        ("simple_rate", "Simple average", ColumnKind::Ratio, "Each complete cohort counts the same."),
        ("cohorts", "Complete cohorts", ColumnKind::Count, ""),
    ];
    let mut sheet = Sheet::new("averages", "Average share that came back", Chart::Bars(1), 1, &columns);
    for (offset, column) in found.columns.iter().take(n_columns).enumerate() {
        let interval = column.interval.map(|interval| (interval.low, interval.high));
        sheet.row([
            text(offset.to_string()),
            Cell { interval, ..share(column.weighted) },
            Cell { number: column.simple_ratio, ..Cell::default() },
            sheet::count(column.n_cohorts),
        ]);
    }
    sheet
}

fn cells(found: &Retention, calendar: Calendar, n_columns: usize, group: Marker) -> Sheet {
    let columns = [
        ("cohort", "Started from", ColumnKind::Date, "First day of the period of the start."),
        ("size", "Started", ColumnKind::Count, ""),
        ("period", "Period", ColumnKind::Count, "Periods after the start."),
        ("retained", "Came back", ColumnKind::Count, ""),
        ("rate", "Share", ColumnKind::Ratio, ""),
        ("complete", "Complete", ColumnKind::Text, "Whether the whole period is known."),
    ];
    let mut sheet = Sheet::new("cells", "Every cohort in every period", Chart::None, 3, &columns);
    for cohort in &found.cohorts {
        let index = cohort.index.to_string();
        for (offset, cell) in (0_u64..).zip(cohort.cells.iter().take(n_columns)) {
            if cell.state == CellState::Future {
                continue;
            }
            let partial = cell.state == CellState::Partial;
            sheet.row([
                day(cohort.first_day, calendar.start_micros(cohort.index)),
                marked(cohort.size, group, &["cohort", &index, "size"]),
                sheet::count(offset),
                Cell { partial, ..marked(cell.n_retained, group, &["cohort", &index, &offset.to_string()]) },
                Cell { partial, ..share(cell.rate) },
                text(words::yes(!partial)),
            ]);
        }
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let &["cohort", index, column] = fields else {
        return None;
    };
    let (index, spec) = (index.parse().ok()?, spec(asked));
    let of_column = |column| cohort_cases(subject.store, &subject.query.scope(group), &spec, index, column);
    match column {
        "size" => Some(of_column(0).members),
        column => Some(of_column(column.parse().ok()?).retained),
    }
}
