//! Rework: repetitions, self-loops, ping-pongs and the time they take.

use crate::logs::{
    Plain, all, by_customer, log, near, quantile_secs, store_of, store_of_traces, unknown_names,
};
use journey::{ReworkSpec, Scope, rework};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn golden_by_hand() {
    // a: self-loop, then back over b, then over b and c. Extra events 1 + 1 + 1 of a, 1 of b.
    let store = store_of_traces(&["a@0 a@1 b@3 a@7 b@15 c@31 a@63", "a@0 b@5", "c@0 d@1 c@2"]);
    let found = rework(&store, &Scope::customers(&all(&store)), &ReworkSpec::default());
    assert_eq!((found.n_cases_with_rework, found.n_extra_events), (2, 5), "the first and the third case");
    assert!(near(found.share_of_cases, 2.0 / 3.0) && near(found.share_of_events, 5.0 / 12.0), "shares");
    let name = |a: u32| store.activities().get(a);
    let order: Vec<&str> = found.activities.iter().map(|a| name(a.activity)).collect();
    assert_eq!(order, ["a", "b", "c"], "most extra events first, then by name");
    let a = found.activities[0];
    assert_eq!((a.n_cases, a.n_cases_repeated, a.max_in_one_case), (2, 1, 4), "cases of a");
    assert_eq!((a.n_self_loops, a.n_ping_pongs, a.n_longer_loops), (1, 1, 1), "loops of a");
    assert!(near(a.share_of_cases, 0.5), "half of the cases with a repeat it");
    assert_eq!(a.times.map(|t| t.sum_secs), Some(63.0), "1 + 6 + 56");
    let pairs: Vec<_> =
        found.ping_pongs.iter().map(|p| (name(p.activity), name(p.via), p.n_occurrences)).collect();
    assert_eq!(pairs, [("a", "b", 1), ("b", "a", 1), ("c", "d", 1)], "returns over one other");
    // First case: from 0 to 63, within which b's round trip lies; third case: 2.
    assert_eq!(found.times.map(|t| (t.max_secs, t.min_secs)), Some((63.0, 2.0)), "overlaps count once");
}

#[test]
fn only_the_wanted_activities_count() {
    let store = store_of_traces(&["a a b b", "b b"]);
    let spec = ReworkSpec { activities: vec!["a".into(), "nothing".into()], ..ReworkSpec::default() };
    let found = rework(&store, &Scope::customers(&all(&store)), &spec);
    assert_eq!((found.n_cases_with_rework, found.n_extra_events), (1, 1), "only a");
    assert_eq!(unknown_names(&found.unknown), ["nothing"], "the other name is unknown");
    let spec = ReworkSpec { activities: vec!["nothing".into()], ..ReworkSpec::default() };
    assert_eq!(
        rework(&store, &Scope::customers(&all(&store)), &spec).n_extra_events,
        0,
        "no known name is not every name"
    );
}

/// Per activity: extra events, cases with more than one, times between ends.
fn naive(cases: &[Vec<Plain>]) -> BTreeMap<String, (u64, u64, Vec<i64>)> {
    let mut found: BTreeMap<String, (u64, u64, Vec<i64>)> = BTreeMap::new();
    for case in cases {
        for name in ["ask", "buy", "call", "drop"] {
            let ends: Vec<i64> =
                case.iter().filter(|e| e.activity == name).map(|e| e.end.unwrap_or(e.start)).collect();
            if ends.len() > 1 {
                let entry = found.entry(name.to_owned()).or_default();
                entry.0 += ends.len() as u64 - 1;
                entry.1 += 1;
                entry.2.extend(ends.windows(2).map(|pair| (pair[1] - pair[0]).max(0)));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn equals_the_definition(events in log(80)) {
        let store = store_of(&events);
        let found = rework(&store, &Scope::customers(&all(&store)), &ReworkSpec::default());
        let cases = by_customer(&events);
        let expected = naive(&cases);
        prop_assert_eq!(found.activities.len(), expected.len());
        for a in &found.activities {
            let (n_extra, n_cases, micros) = &expected[store.activities().get(a.activity)];
            prop_assert_eq!((a.n_extra_events, a.n_cases_repeated), (*n_extra, *n_cases));
            prop_assert_eq!(a.n_self_loops + a.n_ping_pongs + a.n_longer_loops, *n_extra);
            prop_assert!(near(a.times.expect("repeated").median_secs, quantile_secs(micros, 0.5)));
        }
        let is_ping_pong = |w: &&[Plain]| w[0].activity == w[2].activity && w[0].activity != w[1].activity;
        let n: usize = cases.iter().map(|case| case.windows(3).filter(is_ping_pong).count()).sum();
        prop_assert_eq!(found.ping_pongs.iter().map(|p| p.n_occurrences).sum::<u64>(), n as u64);
        prop_assert_eq!(found.activities.iter().map(|a| a.n_ping_pongs).sum::<u64>(), n as u64);
        // A second of a case is rework when it lies in a round trip of some activity.
        let mut sum = 0.0;
        for case in &cases {
            let mut is_rework = vec![false; 2_100];
            for i in 0..case.len() {
                let earlier = (0..i).rev().find(|&j| case[j].activity == case[i].activity);
                let end = |j: usize| usize::try_from(case[j].end.unwrap_or(case[j].start) / 1_000_000).unwrap();
                if let Some(j) = earlier.filter(|&j| end(j) < end(i)) {
                    is_rework[end(j)..end(i)].fill(true);
                }
            }
            sum += is_rework.iter().filter(|x| **x).count() as f64;
        }
        prop_assert!(near(found.times.map_or(0.0, |t| t.sum_secs), sum));
    }
}
