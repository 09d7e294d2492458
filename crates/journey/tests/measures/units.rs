//! Measures of accounts and sessions equal those of a log in which each account or session is a customer of its own.

use crate::logs::{SECOND, all};
use event::{Batch, NewEvent, Store};
use journey::{
    CaseSet, Occurrence, PathSpec, Place, Query, ReworkMark, ReworkSpec, RouteSpec, RouteStop, Scope,
    StepAnchor, StepSpec, TransitionSpec, Unit, path_cases, paths, rework, rework_cases, route_cases,
    route_stats, step_cases, step_matrix, transition_cases, transitions,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An event of customer, activity, start and duration.
type Plain = (usize, usize, i64, i64);

const ACTIVITIES: [&str; 4] = ["a", "b", "c", "d"];
/// Customers and their accounts; the last has none.
const ACCOUNTS: [Option<&str>; 5] = [Some("x"), Some("y"), Some("x"), Some("y"), None];
const PAUSE_SECS: u32 = 60;

fn log() -> impl Strategy<Value = Vec<Plain>> {
    let event = (0_usize..5, 0_usize..4, 0_i64..600, 0_i64..40);
    prop::collection::vec(event, 1..60).prop_map(|mut events| {
        // One event at a time: ties between customers are broken by their numbers, which differ between the stores.
        events.sort_by_key(|(_, _, start, _)| *start);
        events.dedup_by_key(|(_, _, start, _)| *start);
        events
    })
}

/// A store of these events, each under the name and account that `who` gives.
fn store_as(
    events: &[Plain],
    mut who: impl FnMut(&Plain) -> Option<(String, Option<&'static str>)>,
) -> Store {
    let mut batch = Batch::new("log");
    for (line, event) in (1_u32..).zip(events) {
        let Some((customer, account)) = who(event) else { continue };
        let (_, activity, start, length) = *event;
        batch.push(NewEvent {
            customer: &customer,
            activity: ACTIVITIES[activity],
            start_micros: start * SECOND,
            end_micros: (length > 20).then_some((start + length) * SECOND),
            account,
            line,
            digest: u64::from(line),
            ..NewEvent::default()
        });
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    store
}

/// The same events with a name for each session of a customer.
fn sessions_apart(events: &[Plain]) -> Store {
    let mut open: BTreeMap<usize, (i64, usize)> = BTreeMap::new();
    store_as(events, |&(customer, _, start, length)| {
        let end = if length > 20 { start + length } else { start };
        let (quiet_since, number) = open.entry(customer).or_insert((start, 0));
        if start - *quiet_since > i64::from(PAUSE_SECS) {
            (*quiet_since, *number) = (end, *number + 1);
        }
        *quiet_since = (*quiet_since).max(end);
        Some((format!("{customer}.{number}"), None))
    })
}

/// Customers by name, as the digits before a point say.
fn customers_of(store: &Store, cases: &CaseSet) -> Vec<String> {
    let mut names: Vec<String> = cases
        .iter()
        .map(|case| store.customers().get(case).split('.').next().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The cases of a store with units apart, as customers of the one with customers: an account's are all of its own.
fn members(apart: &Store, cases: &CaseSet, unit: Unit, events: &[Plain]) -> Vec<String> {
    if unit != Unit::Accounts {
        return customers_of(apart, cases);
    }
    let wanted: Vec<&str> = cases.iter().map(|case| apart.customers().get(case)).collect();
    let mut names: Vec<String> = events
        .iter()
        .filter(|event| ACCOUNTS[event.0].is_some_and(|account| wanted.contains(&account)))
        .map(|event| event.0.to_string())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The log with customers, the same with units apart, and the query that counts the units.
fn both_ways(events: &[Plain], unit: Unit) -> (Store, Store, Query) {
    let store = store_as(events, |event| Some((event.0.to_string(), ACCOUNTS[event.0])));
    let apart = match unit {
        Unit::Accounts => {
            store_as(events, |event| ACCOUNTS[event.0].map(|account| (account.to_owned(), None)))
        }
        _ => sessions_apart(events),
    };
    (store, apart, Query { unit, session_timeout_secs: PAUSE_SECS, ..Query::default() })
}

/// Names are numbered in order of appearance, which differs: figures are compared by name.
fn name(store: &Store, place: Place) -> String {
    match place {
        Place::Start => "▶".to_owned(),
        Place::End => "■".to_owned(),
        Place::Activity(activity) => store.activities().get(activity).to_owned(),
    }
}

fn units() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![Unit::Accounts, Unit::Sessions])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn transitions_and_steps(events in log(), unit in units()) {
        let (store, apart, query) = both_ways(&events, unit);
        let (everyone, all_apart) = (all(&store), all(&apart));
        let (scope, expected) = (query.scope(&everyone), Scope::customers(&all_apart));
        let spec = TransitionSpec::default();
        let figures = |store: &Store, scope: &Scope<'_>| {
            let found = transitions(store, scope, &spec);
            let mut rows: Vec<_> = found
                .transitions
                .iter()
                .map(|t| {
                    let key = (name(store, t.from), name(store, t.to));
                    (key, t.n_occurrences, t.n_cases, t.max_in_one_case, t.times)
                })
                .collect();
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            (found.basis.n_units, found.basis.n_events, rows)
        };
        prop_assert_eq!(figures(&store, &scope), figures(&apart, &expected));
        let (a, b) = (store.activities().find("a"), apart.activities().find("a"));
        if let (Some(a), Some(b)) = (a, b) {
            let behind = transition_cases(&store, &scope, &spec, Place::Start, Place::Activity(a));
            let wanted = transition_cases(&apart, &expected, &spec, Place::Start, Place::Activity(b));
            prop_assert_eq!(customers_of(&store, &behind), members(&apart, &wanted, unit, &events));

            let anchors = vec![StepAnchor { activities: vec!["a".to_owned()], occurrence: Occurrence::First }];
            let steps = StepSpec { n_steps: 4, n_steps_before: 2, anchors };
            let figures = |store: &Store, scope: &Scope<'_>| {
                let found = step_matrix(store, scope, &steps);
                let rows = found.blocks[0].rows.iter().map(|row| (name(store, row.place), row.n_cases.clone()));
                let mut rows: Vec<_> = rows.collect();
                rows.sort();
                (found.blocks[0].basis.n_units, rows)
            };
            prop_assert_eq!(figures(&store, &scope), figures(&apart, &expected));
            let behind = step_cases(&store, &scope, &steps, 1, Place::End);
            let wanted = step_cases(&apart, &expected, &steps, 1, Place::End);
            prop_assert_eq!(customers_of(&store, &behind), members(&apart, &wanted, unit, &events));
        }
    }

    #[test]
    fn rework_routes_and_paths(events in log(), unit in units()) {
        let (store, apart, query) = both_ways(&events, unit);
        let (everyone, all_apart) = (all(&store), all(&apart));
        let (scope, expected) = (query.scope(&everyone), Scope::customers(&all_apart));
        if let (Some(a), Some(b)) = (store.activities().find("a"), apart.activities().find("a")) {
            let (again, twice) = (rework(&store, &scope, &ReworkSpec::default()), rework(&apart, &expected, &ReworkSpec::default()));
            prop_assert_eq!((again.n_extra_events, again.n_cases_with_rework), (twice.n_extra_events, twice.n_cases_with_rework));
            prop_assert_eq!(again.times, twice.times);
            let behind = rework_cases(&store, &scope, &ReworkSpec::default(), ReworkMark::Repeated(a));
            let wanted = rework_cases(&apart, &expected, &ReworkSpec::default(), ReworkMark::Repeated(b));
            prop_assert_eq!(customers_of(&store, &behind), members(&apart, &wanted, unit, &events));

            let stops = vec![RouteStop::Activity("a".to_owned()), RouteStop::Activity("b".to_owned())];
            let route = RouteSpec { stops, calendar: None };
            let (along, wanted) = (route_stats(&store, &scope, &route), route_stats(&apart, &expected, &route));
            prop_assert_eq!((along.n_cases, along.n_traversals, along.times), (wanted.n_cases, wanted.n_traversals, wanted.times));
            let (behind, wanted) = (route_cases(&store, &scope, &route), route_cases(&apart, &expected, &route));
            prop_assert_eq!(customers_of(&store, &behind), members(&apart, &wanted, unit, &events));
        }
        let spec = PathSpec { gap_micros: None, ..PathSpec::default() };
        let (found, wanted) = (paths(&store, &scope, &spec), paths(&apart, &expected, &spec));
        let sizes = |found: &journey::Paths| found.steps.iter().map(|s| (s.n_paths, s.n_ended)).collect::<Vec<_>>();
        prop_assert_eq!(sizes(&found), sizes(&wanted));
        if let Some(node) = found.steps.first().and_then(|step| step.nodes.first()) {
            let n = path_cases(&store, &scope, &spec, &found, (1, node.node, None)).len();
            prop_assert!(n > 0, "somebody is behind the first node");
        }
    }
}
