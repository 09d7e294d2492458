//! Stickiness, lifecycle and daily states against sets of active periods, and the sums that must hold.

use crate::common::*;
use journey::{
    Calendar, CaseSet, DailyState, LifecyclePeriod, LifecycleSpec, LifecycleState, PeriodUnit, Query, Scope,
    StickinessSpec, Unit, Weekday, cases_active_exactly, daily_state_cases, daily_states, lifecycle,
    lifecycle_cases, lifecycle_difference, stickiness, stickiness_difference,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn stickiness_by_hand() {
    let at = |customer, day: i64| bare(customer, "visit", day * DAY);
    let store =
        store_of(&[at(0, 0), at(0, 0), at(0, 1), at(1, 4), at(2, 0), at(2, 2), at(2, 3), bare(3, "call", 0)]);
    let spec = StickinessSpec { names: names(&["visit"]), unit: PeriodUnit::Day };
    let all = CaseSet::all(4);
    let scope = Scope::customers(&all);
    let found = stickiness(&store, &scope, &spec);
    assert_eq!((found.n_periods, found.n_never), (5, 1));
    assert_eq!(found.n_exactly, [1, 1, 1], "one customer each with one, two and three days");
    assert_eq!(found.n_at_least(), [3, 2, 1]);
    assert_eq!((found.active_periods.mean, found.active_periods.variance), (2.0, 1.0));
    assert_eq!(customers_in(&store, &cases_active_exactly(&store, &scope, &spec, 2)), [0]);
    assert_eq!(customers_in(&store, &cases_active_exactly(&store, &scope, &spec, 0)), [3]);
    assert_eq!(stickiness_difference(&found, &found).unwrap().value, 0.0, "nothing differs from itself");
}

#[test]
fn lifecycle_by_hand() {
    let at = |customer, day: i64| bare(customer, "visit", day * DAY);
    // Customer 2 was created by a call before its first visit, so it is resurrecting and never new.
    let events = [at(0, 0), at(0, 1), at(0, 3), at(1, 1), bare(2, "call", 0), at(2, 2)];
    let store = store_of(&events);
    let all = CaseSet::all(3);
    let spec = LifecycleSpec { names: names(&["visit"]), unit: PeriodUnit::Day };
    let found = lifecycle(&store, &Scope::customers(&all), &spec);
    let figures = |p: &LifecyclePeriod| [p.n_new, p.n_returning, p.n_resurrecting, p.n_dormant];
    let all_figures: Vec<[u64; 4]> = found.periods.iter().map(figures).collect();
    assert_eq!(all_figures, [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 2], [0, 0, 1, 1]]);
    let complete: Vec<bool> = found.periods.iter().map(|p| p.is_complete).collect();
    assert_eq!(complete, [true, true, true, false], "the last day has only begun");
    let difference = lifecycle_difference(&found, &found);
    assert_eq!(difference[1].new.unwrap().value, 0.0, "nothing differs from itself");
    assert_eq!(difference[0].dormant, None, "nobody was active the day before the first");
}

#[test]
fn seven_states_by_hand() {
    let at = |day: i64| bare(0, "visit", day * DAY);
    let store = store_of(&[at(0), at(3), at(12), at(50), bare(1, "visit", 100 * DAY)]);
    let all = CaseSet::all(1);
    let found = daily_states(&store, &Scope::customers(&all), &names(&["visit"]));
    use DailyState::{AtRiskMau, AtRiskWau, Current, Dormant, New, Reactivated, Resurrected};
    let state = |day: usize| {
        let states: Vec<DailyState> =
            DailyState::ALL.into_iter().filter(|state| found.days[day].n(*state) == 1).collect();
        (states.len() == 1).then(|| states[0])
    };
    for (days, expected) in [
        (0..=0, Some(New)),
        (1..=2, Some(AtRiskWau)),
        (3..=3, Some(Current)),
        (4..=10, Some(AtRiskWau)),
        (11..=11, Some(AtRiskMau)),
        (12..=12, Some(Reactivated)),
        (13..=19, Some(AtRiskWau)),
        (20..=42, Some(AtRiskMau)),
        (43..=49, Some(Dormant)),
        (50..=50, Some(Resurrected)),
        (51..=57, Some(AtRiskWau)),
        (58..=80, Some(AtRiskMau)),
        (81..=100, None),
    ] {
        for day in days {
            assert_eq!(state(day), expected, "day {day}");
        }
    }
    assert_eq!(found.days.len(), 101, "to the end of what is known");
    let dormant = daily_state_cases(&store, &Scope::customers(&all), &names(&["visit"]), 45, Dormant);
    assert_eq!(customers_in(&store, &dormant), [0]);
}

#[test]
fn ten_thousand_days_at_most() {
    let store = store_of(&[bare(0, "visit", 0), bare(0, "visit", 12_000 * DAY)]);
    let all = CaseSet::all(1);
    let found = daily_states(&store, &Scope::customers(&all), &[]);
    assert_eq!((found.days.len(), found.n_days_cut, found.days[0].index), (10_000, 2_001, 2_001));
    let spec = LifecycleSpec { names: vec![], unit: PeriodUnit::Day };
    let found = lifecycle(&store, &Scope::customers(&all), &spec);
    assert_eq!((found.periods.len(), found.n_periods_cut), (10_000, 2_001));
    assert_eq!(found.periods.last().map(|p| p.n_resurrecting), Some(1), "the last day is there");
}

fn is_active(list: &[String], event: &Plain) -> bool {
    list.is_empty() || list.iter().any(|n| n == event.activity)
}

fn some_names() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(ACTIVITIES.to_vec(), 0..3).prop_map(|n| names(&n))
}

fn period_units() -> impl Strategy<Value = PeriodUnit> {
    let week = PeriodUnit::Week { starts_on: Weekday::Tuesday };
    prop::sample::select(vec![PeriodUnit::Day, week, PeriodUnit::Month])
}

/// Customers or accounts of the query with all their history.
fn histories(store: &event::Store, events: &[Plain], query: &Query) -> Vec<PlainUnit> {
    let unit = if query.unit == Unit::Accounts { Unit::Accounts } else { Unit::Customers };
    units_of(store, events, &Query { unit, period: None, ..query.clone() })
}

fn naive_daily_state(active: &BTreeSet<i64>, day: i64) -> Option<DailyState> {
    let gap = active.range(..day).next_back().map(|last| day - last);
    match (active.contains(&day), gap) {
        (true, None) => Some(DailyState::New),
        (true, Some(1..=7)) => Some(DailyState::Current),
        (true, Some(8..=30)) => Some(DailyState::Reactivated),
        (true, Some(_)) => Some(DailyState::Resurrected),
        (false, None) => None,
        (false, Some(1..=7)) => Some(DailyState::AtRiskWau),
        (false, Some(8..=30)) => Some(DailyState::AtRiskMau),
        (false, Some(_)) => active.range(day..).next().map(|_| DailyState::Dormant),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn stickiness_counts_different_periods(
        events in plains(70, 31 * HOUR, 40),
        query in queries(70, 31 * HOUR),
        list in some_names(),
        unit in period_units(),
    ) {
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let spec = StickinessSpec { names: list, unit };
        let found = stickiness(&store, &query.scope(&all), &spec);
        let calendar = Calendar { unit, zone_offset_minutes: query.zone_offset_minutes };
        let of = if query.unit == Unit::Accounts { Unit::Accounts } else { Unit::Customers };
        let units = units_of(&store, &events, &Query { unit: of, ..query.clone() });
        let active: Vec<(BTreeSet<i64>, &PlainUnit)> = units.iter().map(|unit| {
            let periods = unit.events.iter().filter(|e| is_active(&spec.names, e)).map(|e| calendar.index_of(e.start));
            (periods.collect(), unit)
        }).collect();
        let n_with = |n: usize| active.iter().filter(|(periods, _)| periods.len() == n).count() as u64;
        prop_assert_eq!(found.n_never, n_with(0));
        let most = active.iter().map(|(periods, _)| periods.len()).max().unwrap_or(0);
        prop_assert_eq!(&found.n_exactly, &(1..=most).map(n_with).collect::<Vec<_>>());
        prop_assert!(found.n_exactly.len() as u64 <= found.n_periods);
        let at_least: Vec<u64> = (1..=most).map(|n| (n..=most).map(n_with).sum()).collect();
        prop_assert_eq!(found.n_at_least(), at_least);
        let mut expected: Vec<u8> = active.iter().filter(|(p, _)| p.len() == 2).flat_map(|(_, u)| u.customers.clone()).collect();
        expected.sort_unstable();
        prop_assert_eq!(customers_in(&store, &cases_active_exactly(&store, &query.scope(&all), &spec, 2)), expected);
    }

    #[test]
    fn lifecycle_is_what_its_sets_say(
        events in plains(70, 31 * HOUR, 40),
        query in queries(70, 31 * HOUR),
        list in some_names(),
        unit in period_units(),
    ) {
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let scope = query.scope(&all);
        let spec = LifecycleSpec { names: list, unit };
        let found = lifecycle(&store, &scope, &spec);
        let calendar = Calendar { unit, zone_offset_minutes: query.zone_offset_minutes };
        let until = known_until(&events, &query);
        let units = histories(&store, &events, &query);
        let active_in = |unit: &PlainUnit, period: i64| unit.history.iter()
            .any(|e| e.start < until && is_active(&spec.names, e) && calendar.index_of(e.start) == period);
        for period in &found.periods {
            let t = period.index;
            let created_in = |u: &PlainUnit| calendar.index_of(u.history[0].start) == t;
            let count = |pass: &dyn Fn(&PlainUnit) -> bool| units.iter().filter(|u| pass(u)).count() as u64;
            prop_assert_eq!(period.n_active(), count(&|u| active_in(u, t)));
            prop_assert_eq!(period.n_new, count(&|u| active_in(u, t) && created_in(u)));
            prop_assert_eq!(period.n_returning, count(&|u| active_in(u, t) && !created_in(u) && active_in(u, t - 1)));
            prop_assert_eq!(period.n_dormant, count(&|u| !active_in(u, t) && active_in(u, t - 1)));
            prop_assert_eq!(period.n_returning + period.n_dormant, count(&|u| active_in(u, t - 1)));
            prop_assert_eq!(period.is_complete, calendar.start_micros(t + 1) <= until);
            let dormant = lifecycle_cases(&store, &scope, &spec, t, LifecycleState::Dormant);
            let mut expected: Vec<u8> = units.iter().filter(|u| !active_in(u, t) && active_in(u, t - 1))
                .flat_map(|u| u.customers.clone()).collect();
            expected.sort_unstable();
            prop_assert_eq!(customers_in(&store, &dormant), expected);
        }
        prop_assert!(found.periods.windows(2).all(|pair| pair[0].index + 1 == pair[1].index), "no gap");
        // In scope: an event from the period's beginning on, known, of whatever activity and of a customer with an account or not.
        let from = query.period.map_or(i64::MIN, |p| p.from_micros);
        let first = events.iter().filter(|e| e.start >= from && e.start < until).map(|e| calendar.index_of(e.start)).min();
        prop_assert_eq!(found.periods.first().map(|p| p.index), first);
        let last = first.map(|_| calendar.index_of(until - 1));
        prop_assert_eq!(found.periods.last().map(|p| p.index), last);
    }

    #[test]
    fn daily_states_are_what_the_gaps_say(
        events in plains(70, 31 * HOUR, 30),
        query in queries(70, 31 * HOUR),
        list in some_names(),
    ) {
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let found = daily_states(&store, &query.scope(&all), &list);
        let calendar = Calendar { unit: PeriodUnit::Day, zone_offset_minutes: query.zone_offset_minutes };
        let until = known_until(&events, &query);
        let active: Vec<BTreeSet<i64>> = histories(&store, &events, &query).iter().map(|unit| {
            let known = unit.history.iter().filter(|e| e.start < until && is_active(&list, e));
            known.map(|e| calendar.index_of(e.start)).collect()
        }).collect();
        for day in &found.days {
            for state in DailyState::ALL {
                let n = active.iter().filter(|days| naive_daily_state(days, day.index) == Some(state)).count() as u64;
                prop_assert_eq!(day.n(state), n, "{:?} on {}", state, day.day);
            }
            let n_active = active.iter().filter(|days| days.contains(&day.index)).count() as u64;
            prop_assert_eq!(day.n_active(), n_active);
        }
    }
}
