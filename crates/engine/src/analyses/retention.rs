//! Retention. Marks: `cohort:2879:size` for a cohort by number of its period, `cohort:2879:4` for those retained in a column;
//! `group:size:web` and `group:4:web` for those of a group of the breakdown, `nameless:4` for the group without a name.

use super::sheet::{self, Cell, Sheet, column_of, marked, say, share, text};
use super::{Findings, Marker, Subject, asked, words};
use crate::convert::failure;
use journey::{
    Attribute, Bracket, Calendar, CaseSet, CellState, CohortBreakdown, CohortBy, CohortEntry, Retention,
    RetentionCell, RetentionClock, RetentionGroup, RetentionReference, RetentionSpec,
};
use journey::{cohort_cases, retained_cases, retention, retention_difference};
use protocol::Failure;
use protocol::question::{Average, Breakdown, Criterion, Grain, Reference, Retention as Asked};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Groups of a breakdown that are listed.
const MAX_GROUPS: usize = 50;

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
        breakdown: by(asked).map(|by| CohortBreakdown { by, max_groups: MAX_GROUPS }),
        ..RetentionSpec::calendar(asked::period_unit(asked.grain))
    }
}

/// What cohorts themselves are broken down by; segments are retentions of their own.
fn by(asked: &Asked) -> Option<CohortBy> {
    Some(match asked.breakdown? {
        Breakdown::Channel => CohortBy::Shared(Attribute::Channel),
        Breakdown::Source => CohortBy::Shared(Attribute::Source),
        Breakdown::Activity => CohortBy::Entry,
        Breakdown::Account => CohortBy::Account,
        Breakdown::Start => CohortBy::First,
        Breakdown::Segments => return None,
    })
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
    let (first, other) = subject.both(|cases, group| {
        let found = subject.figures(&spec, group);
        let groups = match asked.breakdown {
            None => Vec::new(),
            Some(Breakdown::Segments) => segments(subject, &spec, cases),
            Some(_) => found.groups.clone(),
        };
        let n_columns = n_known_columns(&found);
        let tables = [
            cohorts(asked, &found, calendar, n_columns, group).of_group(group),
            averages(asked, &found, n_columns),
            cells(asked, &found, calendar, n_columns, group).of_group(group),
        ];
        let by_group = by_group(asked, &groups, n_columns, group).map(|sheet| sheet.of_group(group));
        (tables, by_group, found)
    });
    let ([cohorts, mut averages, cells], by_group, found) = first;
    let mut tables = vec![cohorts.finish()];
    tables.extend(by_group.map(Sheet::finish));
    if let Some(([other_cohorts, other_averages, other_cells], other_by_group, other)) = other {
        tables.extend(other_by_group.map(Sheet::finish));
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
        formulas: if asked.breakdown.is_some() { OF_GROUPS } else { FORMULAS },
        parameters: parameters(asked, spec.last_offset),
        tables,
        ground,
        issues: issues(&found),
        unknown: found.unknown,
    })
}

fn issues(found: &Retention) -> Vec<Sentence> {
    let listed = Value::Count(MAX_GROUPS as u64);
    let is_cut = found.n_groups > MAX_GROUPS as u64;
    is_cut
        .then(|| Sentence::new("funnel.groups_cut", [listed, Value::Count(found.n_groups)]))
        .into_iter()
        .collect()
}

fn breakdown_words(asked: &Asked) -> Sentence {
    words::word(match asked.breakdown {
        None => "say.nothing",
        Some(Breakdown::Channel) => "retention.by.channel",
        Some(Breakdown::Source) => "retention.by.source",
        Some(Breakdown::Activity) => "retention.by.activity",
        Some(Breakdown::Account) => "attribute.account",
        Some(Breakdown::Start) => "attribute.start",
        Some(Breakdown::Segments) => "attribute.segments",
    })
}

/// A retention of its own for each segment.
fn segments(subject: &Subject<'_>, spec: &RetentionSpec, cases: &CaseSet) -> Vec<RetentionGroup> {
    let of = |(name, filter): &(String, journey::Filter)| {
        let within = subject.in_segment(cases, filter);
        let found = retention(subject.store, &subject.query.scope(&within), spec);
        let size = found.cohorts.iter().map(|cohort| cohort.size).sum();
        RetentionGroup { name: Some(name.clone()), size, columns: found.columns }
    };
    subject.groups.iter().map(of).collect()
}

fn by_group(asked: &Asked, groups: &[RetentionGroup], n_columns: usize, group: Marker) -> Option<Sheet> {
    asked.breakdown?;
    let columns = [("group", "col.group", ColumnKind::Text), ("size", "col.started", ColumnKind::Count)];
    let caption = match asked.breakdown {
        Some(Breakdown::Segments) => "table.retention.segments",
        _ => "table.retention.groups",
    };
    let mut sheet = Sheet::new("groups", caption, Chart::Heat(2), 1, &columns);
    let offsets = groups.first().map_or(&[][..], |group| group.columns.as_slice());
    for (at, column) in offsets.iter().take(n_columns).enumerate() {
        let caption = Sentence::text(column_name(column.offsets));
        sheet.add_column(column_of(&format!("p{at}"), caption, ColumnKind::Ratio));
    }
    for of in groups {
        // Who starts again and again counts again and again, and stands behind no single figure.
        let mark = |column: &str| {
            let mark = match &of.name {
                Some(name) => group.mark(&["group", column, name]),
                None => group.mark(&["nameless", column]),
            };
            (!asked.recurring).then_some(mark)
        };
        let name = of.name.as_ref().map_or_else(|| say(words::word("cell.none")), text);
        let size = Cell { mark: mark("size"), ..sheet::count(of.size) };
        let cells = of.columns.iter().take(n_columns).enumerate().map(|(at, column)| {
            if column.n_cohorts == 0 {
                return Cell::default();
            }
            let interval = column.interval.map(|interval| (interval.low, interval.high));
            let number = match asked.average {
                Average::Weighted => column.weighted.ratio(),
                Average::Simple => column.simple_ratio,
            };
            let interval = interval.filter(|_| asked.average == Average::Weighted);
            Cell { number, interval, mark: mark(&at.to_string()), ..share(column.weighted) }
        });
        sheet.row([name, size].into_iter().chain(cells));
    }
    Some(sheet)
}

const FORMULAS: &[&str] = &["formula.retention.1", "formula.retention.2", "formula.retention.3"];
const OF_GROUPS: &[&str] =
    &["formula.retention.1", "formula.retention.2", "formula.retention.3", "formula.retention.4"];

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
        ("param.broken_down", breakdown_words(asked)),
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
        let first =
            [sheet::period(calendar, cohort.index), marked(cohort.size, group, &["cohort", &index, "size"])];
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
                sheet::period(calendar, cohort.index),
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
    let scope = subject.query.scope(group);
    let spec = spec(asked);
    let column_of = |column: &str| if column == "size" { Some(None) } else { column.parse().ok().map(Some) };
    match fields {
        ["cohort", index, column] => {
            let index = index.parse().ok()?;
            let of_column = |column| cohort_cases(subject.store, &scope, &spec, index, column);
            Some(match column_of(column)? {
                None => of_column(0).members,
                Some(column) => of_column(column).retained,
            })
        }
        ["group", column, name] if asked.breakdown == Some(Breakdown::Segments) => {
            let (_, filter) = subject.groups.iter().find(|(known, _)| known == name)?;
            let within = subject.in_segment(group, filter);
            let spec = RetentionSpec { breakdown: None, ..spec };
            Some(retained_cases(
                subject.store,
                &subject.query.scope(&within),
                &spec,
                None,
                column_of(column)?,
            ))
        }
        ["group", column, name] => {
            Some(retained_cases(subject.store, &scope, &spec, Some(Some(name)), column_of(column)?))
        }
        ["nameless", column] => {
            Some(retained_cases(subject.store, &scope, &spec, Some(None), column_of(column)?))
        }
        _ => None,
    }
}
