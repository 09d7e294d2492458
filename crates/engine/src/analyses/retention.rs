//! Retention. Marks: `cohort:2879:size` for a cohort by number of its period, `cohort:2879:4` for those retained in a column.

use super::sheet::{self, Cell, Sheet, column_of, day, marked, say, share, text};
use super::{Findings, Marker, Subject, asked, words};
use crate::convert::failure;
use journey::{
    Bracket, Calendar, CaseSet, CellState, CohortEntry, Retention, RetentionCell, RetentionClock,
    RetentionReference, RetentionSpec,
};
use journey::{cohort_cases, retention_difference};
use protocol::Failure;
use protocol::question::{Average, Criterion, Grain, Reference, Retention as Asked};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Brackets of a question that gives none.
const DEFAULT_BRACKETS: [(u32, u32); 5] = [(0, 0), (1, 3), (4, 7), (8, 14), (15, 30)];

fn spec(asked: &Asked) -> RetentionSpec {
    RetentionSpec {
        starts: asked.starts.clone(),
        returns: asked.returns.clone(),
        entry: if asked.recurring { CohortEntry::Recurring } else { CohortEntry::FirstTime },
        criterion: match asked.criterion {
            Criterion::On => journey::Criterion::On,
            Criterion::OnOrAfter => journey::Criterion::OnOrAfter,
            Criterion::OnOrBefore => journey::Criterion::OnOrBefore,
            Criterion::Brackets => journey::Criterion::Brackets(brackets(asked)),
        },
        clock: if asked.rolling { RetentionClock::Rolling } else { RetentionClock::Calendar },
        last_offset: asked.last_period.unwrap_or(match asked.grain {
            Grain::Day => 30,
            Grain::Week | Grain::Month => 12,
        }),
        reference: match asked.reference {
            Reference::Start => RetentionReference::Cohort,
            Reference::Previous => RetentionReference::Previous,
        },
        ..RetentionSpec::calendar(asked::period_unit(asked.grain))
    }
}

fn brackets(asked: &Asked) -> Vec<Bracket> {
    let bracket = |&(first, last): &(u32, u32)| Bracket { first, last };
    if asked.brackets.is_empty() {
        DEFAULT_BRACKETS.iter().map(bracket).collect()
    } else {
        asked.brackets.iter().map(bracket).collect()
    }
}

/// Refuses columns that make no sense.
fn check(asked: &Asked) -> Result<(), Failure> {
    let wrong = asked.brackets.iter().find(|(first, last)| first > last || *last > RetentionSpec::MAX_OFFSET);
    if let Some((first, last)) = wrong.filter(|_| asked.criterion == Criterion::Brackets) {
        return Err(failure(
            format!("There is no bracket from {first} to {last}."),
            &format!("A bracket ends where it begins or later, at most at {}.", RetentionSpec::MAX_OFFSET),
        ));
    }
    if asked.last_period.is_some_and(|last| last > RetentionSpec::MAX_OFFSET) {
        let message = format!("Retention has at most {} periods.", RetentionSpec::MAX_OFFSET);
        return Err(failure(message, "Choose longer periods."));
    }
    Ok(())
}

/// Name of a column: `3`, or `4–7` of a bracket.
fn column_name(offsets: Bracket) -> String {
    let Bracket { first, last } = offsets;
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Result<Findings, Failure> {
    check(asked)?;
    let spec = spec(asked);
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: subject.query.zone_offset_minutes };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        let n_columns = n_known_columns(&found);
        let tables = [
            cohorts(asked, &found, calendar, n_columns, group).of_group(group),
            averages(asked, &found, n_columns),
            cells(asked, &found, calendar, n_columns, group).of_group(group),
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
    Ok(Findings {
        title: words::of("retention.title", [words::grain(asked.grain), criterion_words(asked.criterion)]),
        finding: finding(asked, &found, unit),
        definition: "definition.retention",
        formulas: &["formula.retention.1", "formula.retention.2", "formula.retention.3"],
        parameters: parameters(asked, spec.last_offset),
        tables,
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    })
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
        Criterion::Brackets => "criterion.brackets",
    })
}

fn finding(asked: &Asked, found: &Retention, unit: &str) -> Sentence {
    let n_started: u64 = found.cohorts.iter().map(|cohort| cohort.size).sum();
    let n_cohorts = words::counted(found.cohorts.len() as u64, "unit.cohorts");
    let started = words::of("retention.started", [words::counted(n_started, unit), n_cohorts]);
    let known = |at: usize| found.columns.get(at).filter(|column| column.n_cohorts > 0);
    let latest = (2..found.columns.len()).rev().find(|at| known(*at).is_some());
    let back = [Some(1), latest].into_iter().flatten().filter_map(|at| {
        let column = known(at)?;
        let ratio = match asked.average {
            Average::Weighted => column.weighted.ratio()?,
            Average::Simple => column.simple_ratio?,
        };
        let (back, of) = (Value::Ratio(ratio), words::counted(column.weighted.of, unit).into());
        if asked.criterion == Criterion::Brackets || asked.reference == Reference::Previous {
            let name = Sentence::text(column_name(column.offsets)).into();
            return Some(Sentence::new("retention.back_in", [name, back, of]));
        }
        Some(Sentence::new(grain_key(asked.grain), [Value::Count(at as u64), back, of]))
    });
    words::text([started].into_iter().chain(back))
}

fn parameters(asked: &Asked, last_offset: u32) -> Vec<(Sentence, Sentence)> {
    let clock = if asked.rolling { "retention.clock.rolling" } else { "retention.clock.calendar" };
    let reference = match asked.reference {
        Reference::Start => "retention.reference.start",
        Reference::Previous => "retention.reference.previous",
    };
    let average = match asked.average {
        Average::Weighted => "retention.average.weighted",
        Average::Simple => "retention.average.simple",
    };
    let entry = if asked.recurring { "retention.entry.recurring" } else { "retention.entry.first" };
    [
        ("param.started_with", words::names(&asked.starts)),
        ("param.returned_with", words::names(&asked.returns)),
        ("param.grain", words::grain(asked.grain)),
        ("param.retained", criterion_words(asked.criterion)),
        ("param.clock", words::word(clock)),
        ("param.cohort_entry", words::word(entry)),
        ("param.offsets", columns_words(asked, last_offset)),
        ("param.reference", words::word(reference)),
        ("param.average", words::word(average)),
    ]
    .map(|(name, value)| (words::word(name), value))
    .to_vec()
}

fn columns_words(asked: &Asked, last_offset: u32) -> Sentence {
    if asked.criterion == Criterion::Brackets {
        return words::list(brackets(asked).into_iter().map(|bracket| Sentence::text(column_name(bracket))));
    }
    Sentence::new("retention.offsets", [Value::Count(u64::from(last_offset))])
}

/// A share of a cohort; of the column before it has an interval only where each column is part of that.
fn rate(asked: &Asked, cell: &RetentionCell) -> Cell {
    let is_share = asked.reference == Reference::Start || asked.criterion == Criterion::OnOrAfter;
    let found = share(cell.rate);
    Cell { interval: found.interval.filter(|_| is_share), ..found }
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

fn cohorts(asked: &Asked, found: &Retention, calendar: Calendar, n_columns: usize, group: Marker) -> Sheet {
    let columns =
        [("cohort", "col.started_from", ColumnKind::Date), ("size", "col.started", ColumnKind::Count)];
    let mut sheet = Sheet::new("cohorts", "table.retention.cohorts", Chart::Heat(2), 1, &columns);
    for (at, known) in found.columns.iter().take(n_columns).enumerate() {
        let caption = Sentence::text(column_name(known.offsets));
        sheet.add_column(column_of(&format!("p{at}"), caption, ColumnKind::Ratio));
    }
    for cohort in &found.cohorts {
        let index = cohort.index.to_string();
        let cells = cohort.cells.iter().take(n_columns).enumerate().map(|(offset, cell)| match cell.state {
            CellState::Future => Cell::default(),
            state => Cell {
                partial: state == CellState::Partial,
                mark: Some(group.mark(&["cohort", &index, &offset.to_string()])),
                ..rate(asked, cell)
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

fn averages(asked: &Asked, found: &Retention, n_columns: usize) -> Sheet {
    let columns = [
        ("period", "col.period", ColumnKind::Text),
        ("rate", "col.came_back", ColumnKind::Ratio),
        ("simple_rate", "col.simple_average", ColumnKind::Ratio),
        ("cohorts", "col.complete_cohorts", ColumnKind::Count),
    ];
    let chart = Chart::Bars(if asked.average == Average::Simple { 2 } else { 1 });
    let mut sheet = Sheet::new("averages", "table.retention.averages", chart, 1, &columns);
    for column in found.columns.iter().take(n_columns) {
        let interval = column.interval.map(|interval| (interval.low, interval.high));
        sheet.row([
            text(column_name(column.offsets)),
            Cell { interval, ..share(column.weighted) },
            Cell { number: column.simple_ratio, ..Cell::default() },
            sheet::count(column.n_cohorts),
        ]);
    }
    sheet
}

fn cells(asked: &Asked, found: &Retention, calendar: Calendar, n_columns: usize, group: Marker) -> Sheet {
    // A bracket is no number.
    let is_bracket = asked.criterion == Criterion::Brackets;
    let kind = if is_bracket { ColumnKind::Text } else { ColumnKind::Count };
    let columns = [
        ("cohort", "col.started_from", ColumnKind::Date),
        ("size", "col.started", ColumnKind::Count),
        ("period", "col.period", kind),
        ("retained", "col.retention.came_back", ColumnKind::Count),
        ("rate", "col.share", ColumnKind::Ratio),
        ("complete", "col.complete", ColumnKind::Text),
    ];
    let mut sheet = Sheet::new("cells", "table.retention.cells", Chart::None, 3, &columns);
    for cohort in &found.cohorts {
        let index = cohort.index.to_string();
        let columns = found.columns.iter().zip(&cohort.cells).take(n_columns);
        for (offset, (known, cell)) in columns.enumerate() {
            if cell.state == CellState::Future {
                continue;
            }
            let partial = cell.state == CellState::Partial;
            sheet.row([
                day(cohort.first_day, calendar.start_micros(cohort.index)),
                marked(cohort.size, group, &["cohort", &index, "size"]),
                Cell {
                    text: Sentence::text(column_name(known.offsets)),
                    ..sheet::count(u64::from(known.offsets.first))
                },
                Cell { partial, ..marked(cell.n_retained, group, &["cohort", &index, &offset.to_string()]) },
                Cell { partial, ..rate(asked, cell) },
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
