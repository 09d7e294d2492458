//! The transition matrix, the directly-follows options and route statistics.

use crate::logs::{
    Plain, SECOND, all, by_customer, five_paths, log, near, quantile_secs, store_of, store_of_traces,
};
use event::Store;
use journey::{
    CalendarSpec, CaseSet, Place, RouteSpec, RouteStop, Scope, TransitionSpec, TransitionWeight,
    WorkCalendar, WorkHours, route_stats, transitions,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn name(store: &Store, place: Place) -> String {
    match place {
        Place::Start => "▶".to_owned(),
        Place::Activity(a) => store.activities().get(a).to_owned(),
        Place::End => "■".to_owned(),
    }
}

fn place(store: &Store, name: &str) -> Place {
    match name {
        "▶" => Place::Start,
        "■" => Place::End,
        activity => Place::Activity(store.activities().find(activity).expect("known activity")),
    }
}

#[test]
fn golden_five_paths() {
    let store = five_paths();
    let found = transitions(&store, &Scope::customers(&all(&store)), &TransitionSpec::default());
    let third = 1.0 / 3.0;
    let golden = [
        ("▶", "home", 5, 1.0, 1.0),
        ("home", "catalog", 3, 0.6, 0.75),
        ("home", "search", 2, 0.4, 2.0 / 3.0),
        ("catalog", "catalog", 1, 0.25, 0.25),
        ("catalog", "cart", 3, 0.75, 0.75),
        ("search", "search", 1, third, third),
        ("search", "cart", 1, third, 0.25),
        ("search", "■", 1, third, 0.2),
        ("cart", "purchase", 2, 0.5, 1.0),
        ("cart", "■", 2, 0.5, 0.4),
        ("purchase", "■", 2, 1.0, 0.4),
    ];
    assert_eq!(found.transitions.len(), golden.len(), "no other transition occurs");
    for (from, to, n, out, into) in golden {
        let t = found.get(place(&store, from), place(&store, to)).expect("occurs");
        assert_eq!(t.n_occurrences, n, "occurrences of {from} → {to}");
        assert!(near(t.probability_out, out), "probability out of {from} → {to}: {}", t.probability_out);
        assert!(near(t.probability_in, into), "probability into {from} → {to}: {}", t.probability_in);
        assert!(near(t.share_of_total, n as f64 / 23.0), "share of {from} → {to}");
        assert!(near(t.per_case, n as f64 / 5.0), "per case of {from} → {to}");
        assert_eq!(t.weight(TransitionWeight::ProbabilityOut), Some(t.probability_out), "weight by name");
    }
    assert_eq!((found.basis.n_units, found.basis.n_events), (5, 18), "all is used");
}

#[test]
fn golden_of_a_peer_in_time() {
    // Seconds between: 10, 20, 40, 100; continuous quantiles interpolate.
    let store = store_of_traces(&["a@0 b@10", "a@0 b@20", "a@0 b@40", "a@0 b@100"]);
    let found = transitions(&store, &Scope::customers(&all(&store)), &TransitionSpec::default());
    let times = found.get(place(&store, "a"), place(&store, "b")).and_then(|t| t.times).expect("timed");
    assert!(near(times.median_secs, 30.0), "median {}", times.median_secs);
    assert!(near(times.p95_secs, 91.0), "40 + 60 · 0.85, found {}", times.p95_secs);
    assert_eq!(
        found.get(Place::Start, place(&store, "a")).and_then(|t| t.times),
        None,
        "no time at the start"
    );
}

#[test]
fn windows_and_repetitions() {
    let store = store_of_traces(&["a b a b c", "a b"]);
    let (a, b, c) = (place(&store, "a"), place(&store, "b"), place(&store, "c"));
    let plain = transitions(&store, &Scope::customers(&all(&store)), &TransitionSpec::default());
    let ab = plain.get(a, b).expect("occurs");
    assert_eq!((ab.n_occurrences, ab.n_cases, ab.max_in_one_case), (3, 2, 2), "a → b");
    assert!(near(ab.per_case, 1.5) && near(ab.share_of_cases, 1.0), "a → b over two cases");
    let once = TransitionSpec { once_per_case: true, ..TransitionSpec::default() };
    let once = transitions(&store, &Scope::customers(&all(&store)), &once);
    let ab = once.get(a, b).expect("occurs");
    assert_eq!((ab.n_occurrences, ab.n_cases, ab.max_in_one_case), (2, 2, 2), "a → b once in each case");
    assert_eq!(ab.times.map(|t| t.n), Some(2), "only the first is timed");
    let two = TransitionSpec { window: 2, ..TransitionSpec::default() };
    let two = transitions(&store, &Scope::customers(&all(&store)), &two);
    let count = |from, to| two.get(from, to).map_or(0, |t| t.n_occurrences);
    assert_eq!([count(a, a), count(b, b), count(a, c), count(a, b)], [1, 1, 1, 0], "two events on");
    assert_eq!([count(Place::Start, a), count(Place::Start, b), count(b, Place::End)], [2, 2, 2], "virtual");
}

#[test]
fn times_in_working_time() {
    // Thursday 16:00 to Friday 10:00 with opening hours from 9 to 17.
    let store = store_of_traces(&["open@57600 close@122400"]);
    let hours = (0..5).map(|weekday| WorkHours { weekday, from_minute: 540, until_minute: 1020 }).collect();
    let (calendar, _) = WorkCalendar::new(&CalendarSpec { hours, ..CalendarSpec::default() });
    let spec = TransitionSpec { calendar: Some(calendar), ..TransitionSpec::default() };
    let found = transitions(&store, &Scope::customers(&all(&store)), &spec);
    let times = found.get(place(&store, "open"), place(&store, "close")).and_then(|t| t.times);
    assert_eq!(times.map(|t| t.sum_secs), Some(7200.0), "one hour on each day");
}

#[test]
fn the_drawing_keeps_the_strongest() {
    let store = store_of_traces(&["a b", "a b", "a b", "a c", "a c", "a d", "e c"]);
    let spec = TransitionSpec { n_outgoing: 1, weight: TransitionWeight::Count, ..TransitionSpec::default() };
    let found = transitions(&store, &Scope::customers(&all(&store)), &spec);
    let drawn = |from: &str, to: &str| found.get(place(&store, from), place(&store, to)).map(|t| t.is_drawn);
    assert_eq!(drawn("a", "b"), Some(true), "the strongest out of a");
    assert_eq!(drawn("a", "c"), Some(true), "the strongest into c");
    assert_eq!(drawn("a", "d"), Some(true), "the only one into d");
    assert_eq!(drawn("e", "c"), Some(true), "the strongest out of e");
    assert_eq!(drawn("▶", "e"), Some(true), "the only one into e");
    assert_eq!(drawn("b", "■"), Some(true), "the strongest out of b");
    let narrow = store_of_traces(&["a b", "a b", "c b", "a c", "a c", "c b", "c b", "a b"]);
    let found = transitions(&narrow, &Scope::customers(&all(&narrow)), &spec);
    let weak = found.get(place(&narrow, "a"), place(&narrow, "c")).expect("occurs");
    assert!(!weak.is_drawn, "c has stronger ways in, a has stronger ways out");
    assert!(near(weak.probability_out, 0.4), "its figures stay");
}

#[test]
fn golden_route() {
    let store = store_of_traces(&["a@0 a@1 a@3 b@7", "a@0 b@5", "b@0"]);
    let stops = |names: &[&str]| {
        let stop = |n: &&str| match *n {
            "▶" => RouteStop::Start,
            "■" => RouteStop::End,
            a => RouteStop::Activity(a.to_owned()),
        };
        RouteSpec { stops: names.iter().map(stop).collect(), calendar: None }
    };
    let aa = route_stats(&store, &Scope::customers(&all(&store)), &stops(&["a", "a"]));
    assert_eq!((aa.n_cases, aa.n_traversals), (1, 2), "overlapping traversals count each");
    assert!(near(aa.probability, 0.5) && near(aa.per_case, 2.0 / 3.0), "a → a");
    assert_eq!(aa.times.map(|t| t.median_secs), Some(1.5), "one and two seconds");
    let whole = route_stats(&store, &Scope::customers(&all(&store)), &stops(&["▶", "a", "b", "■"]));
    assert_eq!((whole.n_cases, whole.n_traversals), (1, 1), "only the second case from start to end");
    assert!(near(whole.probability, 2.0 / 3.0 * 0.5 * 1.0), "probability {}", whole.probability);
    let wrong = route_stats(&store, &Scope::customers(&all(&store)), &stops(&["a", "■", "nowhere"]));
    assert_eq!((wrong.n_traversals, wrong.issues.len()), (0, 1), "{:?}", wrong.issues);
    assert_eq!(wrong.basis.n_units, 3, "the cases are still counted");
}

type Naive = BTreeMap<(String, String), (u64, BTreeSet<usize>, Vec<i64>)>;

/// Pairs straight from the definition: every event has the one `window` before it, or the start.
fn naive(cases: &[Vec<Plain>], window: usize, once: bool) -> Naive {
    let mut cells = Naive::new();
    for (number, case) in cases.iter().enumerate() {
        let mut seen = BTreeSet::new();
        let mut note = |from: &str, to: &str, micros: Option<i64>| {
            let is_first = seen.insert((from.to_owned(), to.to_owned()));
            if !once || is_first {
                let cell = cells.entry((from.to_owned(), to.to_owned())).or_default();
                cell.0 += 1;
                cell.1.insert(number);
                cell.2.extend(micros);
            }
        };
        for i in 0..case.len() {
            if i < window {
                note("▶", &case[i].activity, None);
            } else {
                let before = &case[i - window];
                let micros = (case[i].start - before.end.unwrap_or(before.start)).max(0);
                note(&before.activity, &case[i].activity, Some(micros));
            }
            if i + window >= case.len() {
                note(&case[i].activity, "■", None);
            }
        }
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn matrix_equals_the_definition(events in log(80), window in 1_usize..4, once in any::<bool>()) {
        let store = store_of(&events);
        let spec = TransitionSpec { window, once_per_case: once, ..TransitionSpec::default() };
        let found = transitions(&store, &Scope::customers(&all(&store)), &spec);
        let cases = by_customer(&events);
        let expected = naive(&cases, window, once);
        prop_assert_eq!(found.transitions.len(), expected.len());
        let total: u64 = expected.values().map(|c| c.0).sum();
        for t in &found.transitions {
            let key = (name(&store, t.from), name(&store, t.to));
            let (n, of_cases, micros) = &expected[&key];
            prop_assert_eq!((t.n_occurrences, t.n_cases), (*n, of_cases.len() as u64));
            let sum = |keep: &dyn Fn(&(String, String)) -> bool| -> u64 {
                expected.iter().filter(|(k, _)| keep(k)).map(|(_, c)| c.0).sum()
            };
            prop_assert!(near(t.probability_out, *n as f64 / sum(&|k| k.0 == key.0) as f64));
            prop_assert!(near(t.probability_in, *n as f64 / sum(&|k| k.1 == key.1) as f64));
            prop_assert!(near(t.share_of_total, *n as f64 / total as f64));
            prop_assert!(near(t.per_case, *n as f64 / cases.len() as f64));
            prop_assert_eq!(t.times.is_some(), !micros.is_empty());
            if let Some(times) = t.times {
                prop_assert!(near(times.median_secs, quantile_secs(micros, 0.5)));
                prop_assert!(near(times.p95_secs, quantile_secs(micros, 0.95)));
            }
        }
        // Flow is conserved whatever the window, unless repetitions are dropped.
        if !once {
            for a in (0_u32..).take(store.activities().len()) {
                let flow = |keep: &dyn Fn(&journey::Transition) -> bool| -> u64 {
                    found.transitions.iter().filter(|t| keep(t)).map(|t| t.n_occurrences).sum()
                };
                let place = Place::Activity(a);
                prop_assert_eq!(flow(&|t| t.from == place), flow(&|t| t.to == place));
            }
        }
    }

    #[test]
    fn routes_equal_the_definition(events in log(60), route in prop::collection::vec(0_usize..4, 2..4)) {
        let store = store_of(&events);
        let names: Vec<&str> = route.iter().map(|&i| ["ask", "buy", "call", "drop"][i]).collect();
        let stops = names.iter().map(|n| RouteStop::Activity((*n).to_owned())).collect();
        let found = route_stats(&store, &Scope::customers(&all(&store)), &RouteSpec { stops, calendar: None });
        let cases = by_customer(&events);
        let mut spans = Vec::new();
        let mut n_cases = 0;
        for case in &cases {
            let n = spans.len();
            for part in case.windows(names.len()) {
                if part.iter().zip(&names).all(|(e, n)| e.activity == *n) {
                    spans.push(part[part.len() - 1].start - part[0].start);
                }
            }
            n_cases += u64::from(spans.len() > n);
        }
        prop_assert_eq!((found.n_cases, found.n_traversals), (n_cases, spans.len() as u64));
        let matrix = transitions(&store, &Scope::customers(&all(&store)), &TransitionSpec::default());
        if found.issues.is_empty() && found.unknown.is_empty() {
            let out = |pair: &[&str]| {
                let (from, to) = (place(&store, pair[0]), place(&store, pair[1]));
                matrix.get(from, to).map_or(0.0, |t| t.probability_out)
            };
            prop_assert!(near(found.probability, names.windows(2).map(out).product()));
        }
        if let Some(times) = found.times {
            prop_assert!(near(times.p95_secs, quantile_secs(&spans, 0.95)));
        }
    }
}

#[test]
fn cases_without_events_are_told() {
    let store = store_of(&[Plain { customer: "u".into(), activity: "a".into(), start: SECOND, end: None }]);
    let found =
        transitions(&store, &Scope::customers(&CaseSet::of(10, [0, 7, 9])), &TransitionSpec::default());
    assert_eq!(found.basis.n_units, 1, "one case is there");
    assert_eq!(found.basis.excluded.len(), 1, "one reason");
    assert_eq!(found.basis.excluded[0].n_units, 2, "two numbers are no cases");
}
