//! Retention. Marks: `cohort:2879:size` for a cohort by number of its period, `cohort:2879:4` for those retained in a column.

use super::sheet::{self, Cell, Sheet, column_of, day, marked, say, share, text};
use super::{Findings, Marker, Subject, asked, words};
use journey::{Calendar, CaseSet, CellState, CohortEntry, Retention, RetentionClock, RetentionSpec};
use journey::{cohort_cases, retention_difference};
use protocol::question::{Criterion, Grain, Retention as Asked};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

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
            ("rate_difference", "col.difference", ColumnKind::RatioDifference),
            retention_difference(&found, &other),
        );
        tables.extend([averages.finish(), cells.finish(), other_cohorts.finish(), other_cells.finish()]);
    } else {
        tables.extend([averages.finish(), cells.finish()]);
    }
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit_key(ground.unit);
    let left_out =
        [("dropped.no_start", found.n_not_started), ("dropped.started_before", found.n_started_before)];
    ground.dropped.extend(left_out.map(|(reason, n)| (words::of(reason, [words::word(unit)]), n)));
    ground.dropped.push((words::word("dropped.earlier_cohorts"), found.n_cohorts_cut));
    Findings {
        title: words::of("retention.title", [words::grain(asked.grain), criterion_words(asked.criterion)]),
        finding: finding(asked, &found, unit),
        definition: "definition.retention",
        formulas: &["formula.retention.1", "formula.retention.2", "formula.retention.3"],
        parameters: parameters(asked, spec.last_offset),
        tables,
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    }
}

fn grain_key(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "retention.back_after_days",
        Grain::Week => "retention.back_after_weeks",
        Grain::Month => "retention.back_after_months",
    }
}

fn criterion_words(criterion: Criterion) -> Sentence {
    words::word(match criterion {
        Criterion::On => "criterion.on",
        Criterion::OnOrAfter => "criterion.on_or_after",
        Criterion::OnOrBefore => "criterion.on_or_before",
    })
}

fn finding(asked: &Asked, found: &Retention, unit: &str) -> Sentence {
    let n_started: u64 = found.cohorts.iter().map(|cohort| cohort.size).sum();
    let n_cohorts = words::counted(found.cohorts.len() as u64, "unit.cohorts");
    let started = words::of("retention.started", [words::counted(n_started, unit), n_cohorts]);
    let known = |at: usize| found.columns.get(at).filter(|column| column.n_cohorts > 0);
    let latest = (2..found.columns.len()).rev().find(|at| known(*at).is_some());
    let back = [Some(1), latest].into_iter().flatten().filter_map(|at| {
        let share = known(at)?.weighted;
        let back = Value::Ratio(share.ratio()?);
        let of = words::counted(share.of, unit).into();
        Some(Sentence::new(grain_key(asked.grain), [Value::Count(at as u64), back, of]))
    });
    words::text([started].into_iter().chain(back))
}

fn parameters(asked: &Asked, last_offset: u32) -> Vec<(Sentence, Sentence)> {
    let clock = if asked.rolling { "retention.clock.rolling" } else { "retention.clock.calendar" };
    let entry = if asked.recurring { "retention.entry.recurring" } else { "retention.entry.first" };
    [
        ("param.started_with", words::names(&asked.starts)),
        ("param.returned_with", words::names(&asked.returns)),
        ("param.grain", words::grain(asked.grain)),
        ("param.retained", criterion_words(asked.criterion)),
        ("param.clock", words::word(clock)),
        ("param.cohort_entry", words::word(entry)),
        ("param.offsets", Sentence::new("retention.offsets", [Value::Count(u64::from(last_offset))])),
    ]
    .map(|(name, value)| (words::word(name), value))
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
    let columns =
        [("cohort", "col.started_from", ColumnKind::Date), ("size", "col.started", ColumnKind::Count)];
    let mut sheet = Sheet::new("cohorts", "table.retention.cohorts", Chart::Heat(2), 1, &columns);
    for offset in 0..n_columns {
        let caption = words::count(offset as u64);
        sheet.add_column(column_of(&format!("p{offset}"), caption, ColumnKind::Ratio));
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
        ("period", "col.period", ColumnKind::Text),
        ("rate", "col.came_back", ColumnKind::Ratio),
        ("simple_rate", "col.simple_average", ColumnKind::Ratio),
        ("cohorts", "col.complete_cohorts", ColumnKind::Count),
    ];
    let mut sheet = Sheet::new("averages", "table.retention.averages", Chart::Bars(1), 1, &columns);
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
        ("cohort", "col.started_from", ColumnKind::Date),
        ("size", "col.started", ColumnKind::Count),
        ("period", "col.period", ColumnKind::Count),
        ("retained", "col.retention.came_back", ColumnKind::Count),
        ("rate", "col.share", ColumnKind::Ratio),
        ("complete", "col.complete", ColumnKind::Text),
    ];
    let mut sheet = Sheet::new("cells", "table.retention.cells", Chart::None, 3, &columns);
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
                say(words::yes(!partial)),
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
