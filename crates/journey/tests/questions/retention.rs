//! Retention against a reading of the definition unit by unit, and worked examples of what is known when.

use crate::common::*;
use event::Store;
use journey::{
    Bracket, Calendar, CaseSet, CellState, CohortEntry, Criterion, Period, PeriodUnit, Query, Retention,
    RetentionClock, RetentionReference, RetentionSpec, Scope, Unit, Weekday, cohort_cases, retention,
    retention_difference,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn counts(found: &Retention) -> Vec<(String, u64, Vec<u64>)> {
    let row = |c: &journey::Cohort| {
        (c.first_day.to_string(), c.size, c.cells.iter().map(|cell| cell.n_retained).collect())
    };
    found.cohorts.iter().map(row).collect()
}

/// Customers 0 and 1 start on day 0, customer 2 on day 1; returns on days 1 and 3, 3, and 2. Day 4 ends the data.
fn three_customers() -> Store {
    let at = |customer, day: i64, hour: i64| bare(customer, "visit", day * DAY + hour * HOUR);
    store_of(&[
        at(0, 0, 20),
        at(0, 1, 2),
        at(0, 3, 0),
        at(1, 0, 1),
        at(1, 3, 1),
        at(2, 1, 12),
        at(2, 2, 12),
        bare(2, "call", 4 * DAY),
    ])
}

fn daily(last_offset: u32) -> RetentionSpec {
    RetentionSpec { returns: names(&["visit"]), last_offset, ..RetentionSpec::calendar(PeriodUnit::Day) }
}

fn of_everyone(store: &Store, spec: &RetentionSpec) -> Retention {
    let all = CaseSet::all(store.n_cases());
    retention(store, &Scope::customers(&all), spec)
}

#[test]
fn the_four_criteria_by_hand() {
    let store = three_customers();
    let row = |day: &str, size, retained: &[u64]| (day.to_owned(), size, retained.to_vec());
    let with = |criterion| counts(&of_everyone(&store, &RetentionSpec { criterion, ..daily(3) }));
    let (first, second) = ("1970-01-01", "1970-01-02");
    assert_eq!(with(Criterion::On), [row(first, 2, &[2, 1, 0, 2]), row(second, 1, &[1, 1, 0, 0])]);
    assert_eq!(with(Criterion::OnOrAfter), [row(first, 2, &[2, 2, 2, 2]), row(second, 1, &[1, 1, 0, 0])]);
    assert_eq!(with(Criterion::OnOrBefore), [row(first, 2, &[2, 1, 1, 2]), row(second, 1, &[1, 1, 1, 1])]);
    let bracket = |first, last| Bracket { first, last };
    let brackets = Criterion::Brackets(vec![bracket(0, 0), bracket(1, 2), bracket(2, 2), bracket(3, 9)]);
    assert_eq!(with(brackets), [row(first, 2, &[2, 1, 0, 2]), row(second, 1, &[1, 1, 0, 0])]);
}

#[test]
fn the_rolling_clock_starts_with_the_customer() {
    let store = three_customers();
    let spec = RetentionSpec { clock: RetentionClock::Rolling, ..daily(3) };
    let found = counts(&of_everyone(&store, &spec));
    // Customer 0 returned after 6 and after 52 hours, customer 1 after 72, customer 2 after 24.
    assert_eq!(found[0].2, [2, 0, 1, 1]);
    assert_eq!(found[1].2, [1, 1, 0, 0]);
}

#[test]
fn what_is_not_over_is_left_out_of_averages() {
    let store = three_customers();
    let found = of_everyone(&store, &daily(4));
    let states =
        |cohort: usize| found.cohorts[cohort].cells.iter().map(|cell| cell.state).collect::<Vec<_>>();
    use CellState::{Complete, Future, Partial};
    // The last event is at the first moment of day 4, so day 3 is over and that moment is all that is known of day 4.
    assert_eq!(states(0), [Complete, Complete, Complete, Complete, Partial]);
    assert_eq!(states(1), [Complete, Complete, Complete, Partial, Future]);
    let day_1 = found.columns[1];
    assert_eq!((day_1.n_cohorts, day_1.weighted.n, day_1.weighted.of), (2, 2, 3));
    assert_eq!(day_1.simple_ratio, Some(0.75), "one half and one whole, each counting the same");
    assert_eq!(found.columns[3].weighted.of, 2, "only the first cohort is known on day 3");
    assert_eq!((found.columns[4].weighted.of, found.columns[4].simple_ratio), (0, None));
    let all = CaseSet::all(3);
    let early = Query { data_until_micros: Some(2 * DAY + HOUR), ..Query::default() };
    let found = retention(&store, &early.scope(&all), &daily(3));
    let states: Vec<CellState> = found.cohorts[0].cells.iter().map(|cell| cell.state).collect();
    assert_eq!(states, [Complete, Complete, Partial, Future], "day 2 has just begun");
    let rolling = RetentionSpec { clock: RetentionClock::Rolling, ..daily(2) };
    let found = of_everyone(&store, &rolling);
    let states: Vec<CellState> = found.cohorts[0].cells.iter().map(|cell| cell.state).collect();
    assert_eq!(
        states,
        [Complete, Complete, Complete],
        "who started at midnight's eve has had 72 hours on day 4"
    );
    let states: Vec<CellState> = found.cohorts[1].cells.iter().map(|cell| cell.state).collect();
    assert_eq!(states, [Complete, Complete, Partial], "but the next day's starters not all");
}

#[test]
fn who_started_before_the_period_is_not_new_in_it() {
    let store = three_customers();
    let all = CaseSet::all(3);
    let period = Some(Period { from_micros: DAY, until_micros: 4 * DAY });
    let scope = Query { period, ..Query::default() }.scope(&all);
    let found = retention(&store, &scope, &daily(2));
    assert_eq!((found.n_started_before, found.n_not_started), (2, 0));
    assert_eq!(counts(&found), [("1970-01-02".to_owned(), 1, vec![1, 1, 0])]);
    let recurring = RetentionSpec { entry: CohortEntry::Recurring, starts: names(&["visit"]), ..daily(2) };
    let found = retention(&store, &scope, &recurring);
    let sizes: Vec<u64> = found.cohorts.iter().map(|c| c.size).collect();
    assert_eq!(sizes, [2, 1, 2], "days 1, 2 and 3");
}

#[test]
fn shares_of_the_column_before() {
    let store = three_customers();
    let spec = RetentionSpec { reference: RetentionReference::Previous, ..daily(3) };
    let found = of_everyone(&store, &spec);
    let rates: Vec<Option<f64>> = found.cohorts[0].cells.iter().map(|cell| cell.rate.ratio()).collect();
    assert_eq!(rates, [Some(1.0), Some(0.5), Some(0.0), None], "nobody on day 2 to take a share of");
    assert!(found.columns[1].interval.is_none(), "on one day is no part of on the day before");
    let after = RetentionSpec { criterion: Criterion::OnOrAfter, ..spec };
    assert!(of_everyone(&store, &after).columns[1].interval.is_some(), "on or after is");
}

#[test]
fn the_latest_cohorts_are_kept() {
    let events: Vec<Plain> = (0..2_003).map(|day| bare(0, "visit", day * DAY)).collect();
    let spec = RetentionSpec { entry: CohortEntry::Recurring, ..daily(1) };
    let found = of_everyone(&store_of(&events), &spec);
    assert_eq!((found.cohorts.len(), found.n_cohorts_cut, found.cohorts[0].index), (2_000, 3, 3));
}

/// Size, units retained by column, and their customers by column.
type NaiveRow = (u64, Vec<u64>, Vec<BTreeSet<u8>>);

fn naive_offset(calendar: Calendar, clock: RetentionClock, from: i64, at: i64) -> i64 {
    match clock {
        RetentionClock::Calendar => calendar.index_of(at) - calendar.index_of(from),
        RetentionClock::Rolling => {
            (0..).take_while(|n| calendar.rolling_after(from, *n) <= at).last().unwrap_or(-1)
        }
    }
}

/// Cohort and offsets at which a unit returned, for every cohort of the unit; and whether it started before.
fn memberships(
    spec: &RetentionSpec,
    calendar: Calendar,
    unit: &PlainUnit,
) -> (Vec<(i64, BTreeSet<i64>)>, bool) {
    let listed = |list: &[String], e: &Plain| list.is_empty() || list.iter().any(|n| n == e.activity);
    let starts = |e: &&Plain| listed(&spec.starts, e);
    let first_in_period = unit.events[0].start;
    let first_ever = unit.history.iter().find(starts);
    let before = first_ever.is_some_and(|e| e.start < first_in_period);
    let mut entries: BTreeMap<i64, i64> = BTreeMap::new();
    for event in unit.events.iter().filter(starts) {
        entries.entry(calendar.index_of(event.start)).or_insert(event.start);
    }
    if spec.entry == CohortEntry::FirstTime {
        let only = entries.first_key_value().map(|(c, at)| (*c, *at)).filter(|_| !before);
        entries = only.into_iter().collect();
    }
    let with_offsets = |(cohort, from): (i64, i64)| {
        let later = unit.events.iter().filter(|e| e.start >= from && listed(&spec.returns, e));
        let offsets = later.map(|e| naive_offset(calendar, spec.clock, from, e.start)).chain([0]);
        (cohort, offsets.collect())
    };
    (entries.into_iter().map(with_offsets).collect(), before && spec.entry == CohortEntry::FirstTime)
}

fn is_retained(spec: &RetentionSpec, column: usize, offsets: &BTreeSet<i64>) -> bool {
    let o = column as i64;
    match &spec.criterion {
        Criterion::On => offsets.contains(&o),
        Criterion::OnOrAfter => offsets.range(o..).next().is_some(),
        Criterion::OnOrBefore => o == 0 || offsets.range(1..=o).next().is_some(),
        Criterion::Brackets(list) => {
            offsets.iter().any(|o| (i64::from(list[column].first)..=i64::from(list[column].last)).contains(o))
        }
    }
}

fn specs() -> impl Strategy<Value = RetentionSpec> {
    let some = || prop::sample::subsequence(ACTIVITIES.to_vec(), 0..3).prop_map(|n| names(&n));
    let entry = prop::sample::select(vec![CohortEntry::FirstTime, CohortEntry::Recurring]);
    let clock = prop::sample::select(vec![RetentionClock::Calendar, RetentionClock::Rolling]);
    let week = |starts_on| PeriodUnit::Week { starts_on };
    let unit = prop::sample::select(vec![
        PeriodUnit::Day,
        week(Weekday::Monday),
        week(Weekday::Saturday),
        PeriodUnit::Month,
    ]);
    let brackets = prop::collection::vec((0_u32..6, 0_u32..4), 0..4).prop_map(|list| {
        Criterion::Brackets(list.into_iter().map(|(first, n)| Bracket { first, last: first + n }).collect())
    });
    let criterion =
        prop_oneof![Just(Criterion::On), Just(Criterion::OnOrAfter), Just(Criterion::OnOrBefore), brackets];
    let reference = prop::sample::select(vec![RetentionReference::Cohort, RetentionReference::Previous]);
    (some(), some(), entry, criterion, clock, unit, 0_u32..6, reference).prop_map(
        |(starts, returns, entry, criterion, clock, unit, last_offset, reference)| RetentionSpec {
            starts,
            returns,
            entry,
            criterion,
            clock,
            unit,
            last_offset,
            reference,
            breakdown: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn every_cell_counts_what_the_definition_says(
        events in plains(70, 31 * HOUR, 40),
        spec in specs(),
        query in queries(70, 31 * HOUR),
    ) {
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let scope = query.scope(&all);
        let found = retention(&store, &scope, &spec);
        let unit = if query.unit == Unit::Accounts { Unit::Accounts } else { Unit::Customers };
        let calendar = Calendar { unit: spec.unit, zone_offset_minutes: query.zone_offset_minutes };
        let units = units_of(&store, &events, &Query { unit, ..query.clone() });
        let mut rows: BTreeMap<i64, NaiveRow> = BTreeMap::new();
        let (mut n_before, mut n_never) = (0, 0);
        let n_columns = found.columns.len();
        for unit in &units {
            let (memberships, before) = memberships(&spec, calendar, unit);
            n_before += u64::from(before);
            n_never += u64::from(memberships.is_empty() && !before);
            for (cohort, offsets) in memberships {
                let row = rows.entry(cohort).or_insert_with(|| (0, vec![0; n_columns], vec![BTreeSet::new(); n_columns]));
                row.0 += 1;
                for column in (0..n_columns).filter(|c| is_retained(&spec, *c, &offsets)) {
                    row.1[column] += 1;
                    row.2[column].extend(&unit.customers);
                }
            }
        }
        prop_assert_eq!(found.coverage.n_units, units.len() as u64);
        prop_assert_eq!((found.n_started_before, found.n_not_started), (n_before, n_never));
        let listed: BTreeMap<i64, (u64, Vec<u64>)> = found.cohorts.iter()
            .map(|c| (c.index, (c.size, c.cells.iter().map(|cell| cell.n_retained).collect()))).collect();
        let expected: BTreeMap<i64, (u64, Vec<u64>)> = rows.iter().map(|(c, r)| (*c, (r.0, r.1.clone()))).collect();
        prop_assert_eq!(listed, expected);
        if let (Some((cohort, row)), true) = (rows.last_key_value(), n_columns > 0) {
            let cases = cohort_cases(&store, &scope, &spec, *cohort, n_columns - 1);
            prop_assert_eq!(customers_in(&store, &cases.retained), row.2[n_columns - 1].iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(cases.retained.minus(&cases.members).len(), 0);
        }
        for (c, column) in found.columns.iter().enumerate() {
            let complete = || found.cohorts.iter().map(|row| row.cells[c]).filter(|cell| cell.state == CellState::Complete);
            prop_assert_eq!(column.weighted.n, complete().map(|cell| cell.rate.n).sum::<u64>());
            prop_assert_eq!(column.n_cohorts, complete().count() as u64);
        }
        let zero = retention_difference(&found, &found);
        prop_assert!(zero.iter().flatten().all(|d| d.value == 0.0), "nothing differs from itself");
        if spec.criterion == Criterion::OnOrAfter {
            let falls = |c: &journey::Cohort| c.cells.is_sorted_by_key(|cell| std::cmp::Reverse(cell.n_retained));
            prop_assert!(found.cohorts.iter().all(falls), "on or after never rises");
        }
    }
}
