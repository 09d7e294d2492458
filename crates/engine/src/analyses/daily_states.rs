//! Lifecycle day by day. Marks: `day:20089:current` for a state on a day by its number, `active:20089` for everyone active on it.

use super::sheet::{Cell, Sheet, marked, period, say};
use super::{Findings, Ground, Marker, Subject, words};
use journey::daily_state_cases;
use journey::{Calendar, CaseSet, DailyCounts, DailySpec, DailyState, DailyStates, PeriodUnit, Proportion};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// The states with their names in marks and columns.
const STATES: [(DailyState, &str, &str); 7] = [
    (DailyState::New, "new", "col.daily.new"),
    (DailyState::Current, "current", "col.daily.current"),
    (DailyState::Reactivated, "reactivated", "col.daily.reactivated"),
    (DailyState::Resurrected, "resurrected", "col.daily.resurrected"),
    (DailyState::AtRiskWau, "at_risk_wau", "col.daily.at_risk_wau"),
    (DailyState::AtRiskMau, "at_risk_mau", "col.daily.at_risk_mau"),
    (DailyState::Dormant, "dormant", "col.daily.dormant"),
];

/// States of those who are active.
const N_ACTIVE: usize = 4;

pub(super) fn find(subject: &Subject<'_>, names: &[String]) -> Findings {
    let spec = DailySpec { names: names.to_vec() };
    let zone_offset_minutes = subject.query.zone_offset_minutes;
    let calendar = Calendar { unit: PeriodUnit::Day, zone_offset_minutes };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        ([states(&found, calendar, group).of_group(group), activity(&found, calendar, group)], found)
    });
    let ([states, mut activity], found) = first;
    let mut tables = vec![states.finish()];
    let mut others = Vec::new();
    if let Some(([other_states, other_activity], other)) = other {
        let share = |day: &DailyCounts| {
            let at_risk = day.n(DailyState::AtRiskWau) + day.n(DailyState::AtRiskMau);
            Proportion { n: day.n_active(), of: day.n_active() + at_risk }
        };
        let differences = found.days.iter().map(|day| {
            let same = other.days.iter().find(|other| other.index == day.index)?;
            share(day).difference(share(same))
        });
        activity = activity.beside(Some(other_activity)).differences(
            ("active_difference", "col.daily.active_difference", ColumnKind::RatioDifference),
            differences.collect::<Vec<_>>(),
        );
        others.push(other_states.finish());
    }
    tables.push(activity.finish());
    tables.extend(others);
    let mut ground = Ground::from(found.coverage);
    ground.dropped.push((words::word("dropped.earlier_days"), found.n_days_cut));
    let finding = finding(&found, words::unit_key(ground.unit));
    Findings {
        title: words::word("lifecycle.title.daily"),
        finding,
        definition: "definition.daily",
        formulas: &["formula.daily.1", "formula.daily.2", "formula.daily.3", "formula.daily.4"],
        parameters: vec![(words::word("param.active_with"), words::names(names))],
        tables,
        ground,
        unknown: found.unknown,
        ..Findings::default()
    }
}

fn finding(found: &DailyStates, unit: &str) -> Sentence {
    let Some(last) = found.days.iter().rev().find(|day| day.is_complete) else {
        return words::word("lifecycle.none_complete");
    };
    let at_risk = last.n(DailyState::AtRiskWau) + last.n(DailyState::AtRiskMau);
    let counts = [DailyState::New, DailyState::Current, DailyState::Reactivated, DailyState::Resurrected];
    let mut values = vec![Value::Text(last.day.to_string()), words::counted(last.n_active(), unit).into()];
    values.extend(counts.map(|state| words::count(last.n(state)).into()));
    values.push(words::counted(at_risk, unit).into());
    Sentence::new("lifecycle.daily", values)
}

fn states(found: &DailyStates, calendar: Calendar, group: Marker) -> Sheet {
    let mut columns = vec![("day", "col.day", ColumnKind::Date)];
    columns.extend(STATES.iter().map(|(_, id, caption)| (*id, *caption, ColumnKind::Count)));
    let mut sheet = Sheet::new("days", "table.lifecycle.days", Chart::Stacked, 1, &columns);
    for counts in &found.days {
        let index = counts.index.to_string();
        let cells = STATES.iter().map(|(state, id, _)| Cell {
            partial: !counts.is_complete,
            ..marked(counts.n(*state), group, &["day", &index, id])
        });
        sheet.row([period(calendar, counts.index)].into_iter().chain(cells));
    }
    sheet
}

fn activity(found: &DailyStates, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [
        ("day", "col.day", ColumnKind::Date),
        ("active", "col.daily.active", ColumnKind::Count),
        ("complete", "col.complete", ColumnKind::Text),
    ];
    let mut sheet = Sheet::new("activity", "table.lifecycle.daily_activity", Chart::Lines, 1, &columns);
    for counts in &found.days {
        let partial = !counts.is_complete;
        sheet.row([
            period(calendar, counts.index),
            Cell { partial, ..marked(counts.n_active(), group, &["active", &counts.index.to_string()]) },
            say(words::yes(!partial)),
        ]);
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    names: &[String],
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let scope = subject.query.scope(group);
    let of_state = |day, state| daily_state_cases(subject.store, &scope, names, day, state);
    match fields {
        ["day", day, name] => {
            let (state, ..) = STATES.into_iter().find(|(_, known, ..)| known == name)?;
            Some(of_state(day.parse().ok()?, state))
        }
        ["active", day] => {
            let day = day.parse().ok()?;
            let none = CaseSet::none(subject.store.customers().len());
            let active = STATES.iter().take(N_ACTIVE);
            Some(active.fold(none, |found, (state, ..)| found.or(&of_state(day, *state))))
        }
        _ => None,
    }
}
