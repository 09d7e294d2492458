//! Lifecycle. Marks: `state:2879:new` for a state in a period by its number, `active:2879` for everyone active in it.

use super::sheet::{Sheet, count, day, marked};
use super::{Findings, Marker, Subject, asked, words};
use journey::{
    Calendar, CaseSet, Difference, Lifecycle, LifecycleDifference, LifecyclePeriod, LifecycleSpec,
    LifecycleState,
};
use journey::{lifecycle_cases, lifecycle_difference};
use protocol::question::Grain;
use protocol::report::{Cell, Chart, ColumnKind};

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
        let joined = joined.named("comparison", "Both groups by period", Chart::None);
        let other_joined = periods(&other, calendar, Marker::OTHER);
        others.push(with_differences(joined.beside(Some(other_joined)), &found, &other).finish());
        others.push(other_sheet.of_group(Marker::OTHER).finish());
        activity = activity.beside(Some(other_activity));
    }
    tables.push(activity.finish());
    tables.extend(others);
    let mut ground = super::Ground::from(found.coverage);
    ground.dropped.push(("periods before those listed".to_owned(), found.n_periods_cut));
    Findings {
        title: format!("Lifecycle by {}", words::grain(grain)),
        finding: finding(&found, words::unit(ground.unit)),
        definition: "New: active, and the very first event is in this period. Returning: active now and in the period before. \
            Resurrecting: active now, not in the period before, not new. Dormant: active in the period before, not now.",
        formulas: &[
            "active(t) = new + returning + resurrecting",
            "active(t − 1) = returning(t) + dormant(t)",
            "differences of shares: Newcombe, 95 %",
        ],
        parameters: vec![
            ("active with".to_owned(), words::names(names)),
            ("period".to_owned(), words::grain(grain).to_owned()),
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
    let of_active = "Of the shares of the active, first group less the other.";
    let of_before = "Of the shares of those active in the period before, first group less the other.";
    joined
        .differences(("new_difference", "New, difference", kind, of_active), of(|d| d.new))
        .differences(("returning_difference", "Returning, difference", kind, of_active), of(|d| d.returning))
        .differences(
            ("resurrecting_difference", "Resurrecting, difference", kind, of_active),
            of(|d| d.resurrecting),
        )
        .differences(("dormant_difference", "Dormant, difference", kind, of_before), of(|d| d.dormant))
}

fn finding(found: &Lifecycle, unit: &str) -> String {
    let Some(last) = found.periods.iter().rev().find(|period| period.is_complete) else {
        return "No period is known in full.".to_owned();
    };
    format!(
        "In the last complete period, from {}, {} {unit} were active: {} new, {} returning, {} resurrecting; {} became dormant.",
        last.first_day,
        last.n_active(),
        last.n_new,
        last.n_returning,
        last.n_resurrecting,
        last.n_dormant
    )
}

fn periods(found: &Lifecycle, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [
        ("period", "Period", ColumnKind::Date, "First day of the period."),
        ("new", "New", ColumnKind::Count, "Active, and the very first event is in this period."),
        ("returning", "Returning", ColumnKind::Count, "Active now and in the period before."),
        ("resurrecting", "Resurrecting", ColumnKind::Count, "Active now, not in the period before, not new."),
        ("dormant", "Dormant", ColumnKind::Count, "Active in the period before, not now; drawn below zero."),
    ];
    let mut sheet = Sheet::new("periods", "States by period", Chart::Stacked, 1, &columns);
    for period in &found.periods {
        let index = period.index.to_string();
        let cells = STATES.iter().map(|(_, name, n)| Cell {
            partial: !period.is_complete,
            ..marked(n(period), group, &["state", &index, name])
        });
        let first = day(period.first_day, calendar.start_micros(period.index));
        sheet.row([first].into_iter().chain(cells));
    }
    sheet
}

fn activity(found: &Lifecycle, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [
        ("period", "Period", ColumnKind::Date, "First day of the period."),
        ("active", "Active", ColumnKind::Count, "New, returning or resurrecting."),
        (
            "net",
            "New and resurrecting less dormant",
            ColumnKind::Number,
            "How active changes from period to period.",
        ),
    ];
    let mut sheet = Sheet::new("activity", "Active by period", Chart::Lines, 1, &columns);
    for period in &found.periods {
        let partial = !period.is_complete;
        let gained = count(period.n_new + period.n_resurrecting).number;
        let net = gained.zip(count(period.n_dormant).number).map(|(gained, lost)| gained - lost);
        sheet.row([
            day(period.first_day, calendar.start_micros(period.index)),
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
