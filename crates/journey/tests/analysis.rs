//! The counted results against naive oracles, and kept-current results against from-scratch ones.

use event::{Batch, NewEvent, Store};
use journey::{Analysis, FollowsGraph, Selection, cases_behind, check_conservation};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct Plain {
    customer: u8,
    activity: u8,
    start: i64,
    length: Option<i64>,
    channel: Option<u8>,
}

fn plain() -> impl Strategy<Value = Plain> {
    let length = proptest::option::weighted(0.3, 0_i64..30);
    (0_u8..8, 0_u8..5, 0_i64..1000, length, proptest::option::of(0_u8..2)).prop_map(
        |(customer, activity, start, length, channel)| Plain { customer, activity, start, length, channel },
    )
}

const NAMES: [&str; 5] = ["visit page", "order", "open ticket", "renew", "sort"];

fn batch(events: &[Plain], first: u64) -> Batch {
    let mut batch = Batch::new("source");
    for (digest, event) in (first..).zip(events) {
        let channel = event.channel.map(|c| format!("channel {c}"));
        let fits = batch.push(NewEvent {
            customer: &format!("customer {}", event.customer),
            activity: NAMES[event.activity as usize],
            start_micros: event.start,
            end_micros: event.length.map(|l| event.start + l),
            channel: channel.as_deref(),
            account: [None, Some("Acme"), Some("Binford")]
                [usize::try_from(event.start.rem_euclid(3)).unwrap_or(0)],
            text: None,
            value: None,
            line: 1,
            digest,
            ..NewEvent::default()
        });
        assert!(fits, "a small batch has room");
    }
    batch
}

fn store_of(events: &[Plain]) -> Store {
    let mut store = Store::new();
    let staged = store.stage(batch(events, 0));
    store.commit(staged);
    store
}

type Counts = BTreeMap<(String, String), (u64, BTreeSet<u8>, Vec<i64>)>;

/// Directly-follows pairs straight from the definition, with virtual start "" and end "".
fn naive_edges(events: &[Plain]) -> Counts {
    let mut edges = Counts::new();
    for customer in 0..8 {
        let mut case: Vec<&Plain> = events.iter().filter(|e| e.customer == customer).collect();
        case.sort_by_key(|e| (e.start, e.start + e.length.unwrap_or(0)));
        let mut note = |from: &str, to: &str, micros: Option<i64>| {
            let edge = edges.entry((from.to_owned(), to.to_owned())).or_default();
            edge.0 += 1;
            edge.1.insert(customer);
            edge.2.extend(micros);
        };
        let (Some(first), Some(last)) = (case.first(), case.last()) else {
            continue;
        };
        note("", NAMES[first.activity as usize], None);
        for pair in case.windows(2) {
            let wait = (pair[1].start - (pair[0].start + pair[0].length.unwrap_or(0))).max(0);
            note(NAMES[pair[0].activity as usize], NAMES[pair[1].activity as usize], Some(wait));
        }
        note(NAMES[last.activity as usize], "", None);
    }
    edges
}

/// Everything that can be read off an analysis, by name, so that two can be compared.
fn reading(store: &Store, analysis: &Analysis) -> BTreeMap<String, String> {
    let name = |a: u32| store.activities().get(a).to_owned();
    let mut all = BTreeMap::new();
    for edge in analysis.graph().edges() {
        let figures = format!("{} {} {:?}", edge.n_occurrences, edge.n_cases, edge.time_stats());
        all.insert(format!("edge {} → {}", name(edge.from), name(edge.to)), figures);
    }
    for (a, count) in (0_u32..).zip(analysis.graph().activities()) {
        let place = &analysis.plan().assignments[a as usize];
        let service = analysis.graph().service_stats(a);
        let figures = format!("{count:?} {:?} {place:?} {service:?}", analysis.positions().bins(a));
        all.insert(format!("activity {}", name(a)), figures);
    }
    for (rank, v) in analysis.variants().ranked(store.activities(), usize::MAX).into_iter().enumerate() {
        let trace: Vec<String> = analysis.variants().trace(v).iter().map(|&a| name(a)).collect();
        all.insert(format!("variant {rank:05}"), format!("{trace:?} {}", analysis.variants().n_cases(v)));
    }
    for stage in 0..analysis.plan().names.len() {
        let totals = (analysis.totals().n_cases(stage), analysis.totals().n_ended(stage));
        all.insert(format!("stage {stage} {}", analysis.plan().names[stage]), format!("{totals:?}"));
    }
    for (activity, channel, n) in analysis.channels() {
        all.insert(format!("channel {} {}", name(activity), store.channels().get(channel)), n.to_string());
    }
    all.insert("cycle".to_owned(), format!("{:?}", analysis.cycle_stats()));
    let starts = store.cases().flat_map(|(_, events)| events.starts().to_vec());
    let ends = store.cases().filter_map(|(_, events)| Some(events.starts().first()? + events.cycle_micros()));
    assert_eq!(analysis.extent(), starts.min().zip(ends.max()), "from the earliest start to the latest end");
    let accounts: BTreeSet<u32> = store.cases().filter_map(|(_, events)| events.account()).collect();
    assert_eq!(analysis.n_accounts(), accounts.len() as u64, "accounts that have events");
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn graph_equals_the_definition(events in prop::collection::vec(plain(), 0..120)) {
        let store = store_of(&events);
        let graph = FollowsGraph::from_scratch(&store);
        let name = |a: u32| store.activities().get(a).to_owned();
        let mut found = BTreeMap::new();
        for edge in graph.edges() {
            let mean = edge.time_stats().unwrap().mean_secs;
            found.insert((name(edge.from), name(edge.to)), (edge.n_occurrences, edge.n_cases, edge.sum_micros, mean));
        }
        let naive = naive_edges(&events);
        let inner = naive.iter().filter(|((from, to), _)| !from.is_empty() && !to.is_empty());
        let expected: BTreeMap<_, _> = inner
            .map(|(key, (n, cases, times))| {
                let sum: i64 = times.iter().sum();
                (key.clone(), (*n, cases.len() as u64, i128::from(sum), sum as f64 / times.len() as f64 / 1e6))
            })
            .collect();
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (key, (n, cases, sum, mean)) in &found {
            let e = expected[key];
            prop_assert_eq!((*n, *cases, *sum), (e.0, e.1, e.2));
            prop_assert!((mean - e.3).abs() < 1e-12, "mean {} against {}", mean, e.3);
        }
        for (a, count) in (0_u32..).zip(graph.activities()) {
            let of = |from: &str, to: &str| naive.get(&(from.to_owned(), to.to_owned())).map_or(0, |e| e.0);
            prop_assert_eq!(count.n_starts, of("", &name(a)));
            prop_assert_eq!(count.n_ends, of(&name(a), ""));
        }
        prop_assert!(check_conservation(&graph, store.activities()).violations.is_empty(), "flow is conserved");
    }

    #[test]
    fn kept_current_equals_from_scratch(
        first in prop::collection::vec(plain(), 0..150),
        rest in prop::collection::vec(prop::collection::vec(plain(), 0..4), 0..8),
    ) {
        let mut store = Store::new();
        let mut analysis = Analysis::from_scratch(&store);
        let mut n = 0;
        for events in std::iter::once(first).chain(rest) {
            let staged = store.stage(batch(&events, n));
            n += events.len() as u64;
            analysis.commit(&mut store, staged);
            prop_assert_eq!(reading(&store, &analysis), reading(&store, &Analysis::from_scratch(&store)));
        }
    }

    #[test]
    fn merged_customers_are_counted_as_one_and_split_again(
        events in prop::collection::vec(plain(), 1..150),
        pairs in prop::collection::vec((0_u32..8, 0_u32..8), 1..5),
    ) {
        let mut store = store_of(&events);
        let mut analysis = Analysis::from_scratch(&store);
        let mut undo = Vec::new();
        let mut before = vec![reading(&store, &analysis)];
        for (into, from) in pairs {
            let merge = store.merge_of(into, &[from]);
            let staged = store.stage_reversal(merge).expect("it fits");
            undo.push(store.reversal_of(&staged));
            analysis.commit(&mut store, staged);
            prop_assert_eq!(reading(&store, &analysis), reading(&store, &Analysis::from_scratch(&store)));
            before.push(reading(&store, &analysis));
        }
        while let Some(reversal) = undo.pop() {
            prop_assert_eq!(Some(reading(&store, &analysis)), before.pop());
            let staged = store.stage_reversal(reversal).expect("it fits");
            analysis.commit(&mut store, staged);
        }
        prop_assert_eq!(Some(reading(&store, &analysis)), before.pop());
    }

    #[test]
    fn cases_behind_marks_equal_the_counts(events in prop::collection::vec(plain(), 1..120)) {
        let store = store_of(&events);
        let analysis = Analysis::from_scratch(&store);
        let behind = |s: &Selection| cases_behind(&store, analysis.variants(), analysis.plan(), s).len() as u64;
        for edge in analysis.graph().edges() {
            let selection = Selection::Edge { from: vec![edge.from], to: vec![edge.to] };
            prop_assert_eq!(behind(&selection), edge.n_cases);
        }
        for (a, count) in (0_u32..).zip(analysis.graph().activities()) {
            prop_assert_eq!(behind(&Selection::Activities(vec![a])), count.n_cases);
            prop_assert_eq!(behind(&Selection::Edge { from: vec![], to: vec![a] }), count.n_starts);
            prop_assert_eq!(behind(&Selection::Edge { from: vec![a], to: vec![] }), count.n_ends);
        }
        for v in analysis.variants().ranked(store.activities(), usize::MAX) {
            let trace = analysis.variants().trace(v).to_vec();
            prop_assert_eq!(behind(&Selection::Variant(trace)), analysis.variants().n_cases(v));
        }
        for stage in 0..analysis.plan().names.len() {
            prop_assert_eq!(behind(&Selection::Stage(stage)), analysis.totals().n_cases(stage));
            prop_assert_eq!(behind(&Selection::EndedInStage(stage)), analysis.totals().n_ended(stage));
        }
    }
}

#[test]
fn more_activities_than_the_square_table_holds() {
    let mut batch = Batch::new("wide");
    for i in 0..3000_u32 {
        batch.push(NewEvent {
            customer: "one",
            activity: &format!("a{}", i % 1500),
            start_micros: i64::from(i),
            end_micros: None,
            channel: None,
            account: None,
            text: None,
            value: None,
            line: i,
            digest: u64::from(i),
            ..NewEvent::default()
        });
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    let graph = FollowsGraph::from_scratch(&store);
    assert_eq!(graph.edges().len(), 1500, "each activity is followed by the next, the last by the first");
    assert_eq!(graph.edge(1499, 0).map(|e| e.n_occurrences), Some(1), "the way back happens once");
}
