//! Lifecycle. Marks: `state:2879:new` for a state in a period by its number, `active:2879` for everyone active in it.

use super::sheet::{self, Cell, Sheet, count, marked};
use super::{Findings, Marker, Subject, asked, words};
use journey::{
    Calendar, CaseSet, Difference, Lifecycle, LifecycleDifference, LifecyclePeriod, LifecycleSpec,
    LifecycleState,
};
use journey::{lifecycle_cases, lifecycle_difference};
use protocol::question::Grain;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

type CountOf = fn(&LifecyclePeriod) -> u64;

/// The states with their names in marks and columns.
const STATES: [(LifecycleState, &str, CountOf); 4] = [
    (LifecycleState::New, "new", |period| period.n_new),
    (LifecycleState::Returning, "returning", |period| period.n_returning),
    (LifecycleState::Resurrecting, "resurrecting", |period| period.n_resurrecting),
    (LifecycleState::Dormant, "dormant", |period| period.n_dormant),
];

fn spec(names: &[String], grain: Grain) -> LifecycleSpec {
    LifecycleSpec { names: names.to_vec(), unit: asked::period_unit(grain) }
}

pub(super) fn find(subject: &Subject<'_>, names: &[String], grain: Grain) -> Findings {
    let spec = spec(names, grain);
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: subject.query.zone_offset_minutes };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        (periods(&found, calendar, group), activity(&found, calendar, group), found)
    });
    let (sheet, mut activity, found) = first;
    let mut tables = vec![sheet.finish()];
    let mut others = Vec::new();
    if let Some((other_sheet, other_activity, other)) = other {
        let joined = periods(&found, calendar, Marker::FIRST);
        let joined = joined.named("comparison", "table.lifecycle.comparison", Chart::None);
        let other_joined = periods(&other, calendar, Marker::OTHER);
        others.push(with_differences(joined.beside(Some(other_joined)), &found, &other).finish());
        others.push(other_sheet.of_group(Marker::OTHER).finish());
        activity = activity.beside(Some(other_activity));
    }
    tables.push(activity.finish());
    tables.extend(others);
    let mut ground = super::Ground::from(found.coverage);
    ground.dropped.push((words::word("dropped.earlier_periods"), found.n_periods_cut));
    Findings {
        title: words::of("lifecycle.title", [words::grain(grain)]),
        finding: finding(&found, words::unit_key(ground.unit)),
        definition: "definition.lifecycle",
        formulas: &["formula.lifecycle.1", "formula.lifecycle.2", "formula.lifecycle.3"],
        parameters: vec![
            (words::word("param.active_with"), words::names(names)),
            (words::word("param.grain"), words::grain(grain)),
        ],
        tables,
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    }
}

/// Adds how each share of the first group differs from that of the other.
fn with_differences(joined: Sheet, found: &Lifecycle, other: &Lifecycle) -> Sheet {
    let differences = lifecycle_difference(found, other);
    let of = |pick: fn(&LifecycleDifference) -> Option<Difference>| -> Vec<Option<Difference>> {
        let at = |period: &LifecyclePeriod| differences.iter().find(|d| d.index == period.index);
        found.periods.iter().map(|period| pick(at(period)?)).collect()
    };
    let kind = ColumnKind::RatioDifference;
    joined
        .differences(("new_difference", "col.new_difference", kind), of(|d| d.new))
        .differences(("returning_difference", "col.returning_difference", kind), of(|d| d.returning))
        .differences(("resurrecting_difference", "col.resurrecting_difference", kind), of(|d| d.resurrecting))
        .differences(("dormant_difference", "col.dormant_difference", kind), of(|d| d.dormant))
}

fn finding(found: &Lifecycle, unit: &str) -> Sentence {
    let Some(last) = found.periods.iter().rev().find(|period| period.is_complete) else {
        return words::word("lifecycle.none_complete");
    };
    let states = [last.n_new, last.n_returning, last.n_resurrecting, last.n_dormant].map(Value::Count);
    let active = words::counted(last.n_active(), unit);
    let about = [Value::Text(last.first_day.to_string()), active.into()];
    Sentence::new("lifecycle.last", about.into_iter().chain(states))
}

fn periods(found: &Lifecycle, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [
        ("period", "col.lifecycle.period", ColumnKind::Date),
        ("new", "col.new", ColumnKind::Count),
        ("returning", "col.returning", ColumnKind::Count),
        ("resurrecting", "col.resurrecting", ColumnKind::Count),
        ("dormant", "col.dormant", ColumnKind::Count),
    ];
    let mut sheet = Sheet::new("periods", "table.lifecycle.periods", Chart::Stacked, 1, &columns);
    for period in &found.periods {
        let index = period.index.to_string();
        let cells = STATES.iter().map(|(_, name, n)| Cell {
            partial: !period.is_complete,
            ..marked(n(period), group, &["state", &index, name])
        });
        let first = sheet::period(calendar, period.index);
        sheet.row([first].into_iter().chain(cells));
    }
    sheet
}

fn activity(found: &Lifecycle, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [
        ("period", "col.lifecycle.period", ColumnKind::Date),
        ("active", "col.active", ColumnKind::Count),
        ("net", "col.new_and_resurrecting_less_dormant", ColumnKind::Number),
    ];
    let mut sheet = Sheet::new("activity", "table.lifecycle.activity", Chart::Lines, 1, &columns);
    for period in &found.periods {
        let partial = !period.is_complete;
        let gained = count(period.n_new + period.n_resurrecting).number;
        let net = gained.zip(count(period.n_dormant).number).map(|(gained, lost)| gained - lost);
        sheet.row([
            sheet::period(calendar, period.index),
            Cell { partial, ..marked(period.n_active(), group, &["active", &period.index.to_string()]) },
            Cell { partial, number: net, ..Cell::default() },
        ]);
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    (names, grain): (&[String], Grain),
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let (scope, spec) = (subject.query.scope(group), spec(names, grain));
    let of_state = |period, state| lifecycle_cases(subject.store, &scope, &spec, period, state);
    match fields {
        ["state", period, name] => {
            let (state, ..) = STATES.into_iter().find(|(_, known, _)| known == name)?;
            Some(of_state(period.parse().ok()?, state))
        }
        ["active", period] => {
            let period = period.parse().ok()?;
            let none = CaseSet::none(subject.store.customers().len());
            Some(STATES.iter().take(3).fold(none, |found, (state, ..)| found.or(&of_state(period, *state))))
        }
        _ => None,
    }
}
