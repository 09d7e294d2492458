//! What sharding by customer over several workers would give: `shards [EVENTS] [SHARDS]`, by default 1,000,000 and 2.
//!
//! Every shard is a store of its own with the customers that fall to it, counted on a thread of its own, as a plain worker
//! would with a memory of its own. Then the answers of the shards are put together, and compared with those of one store
//! that has all customers: they must be the same. ARCHITECTURE.md says what came of it.

use event::Store;
use journey::{
    CaseSet, Durations, FollowsGraph, FunnelEntry, FunnelSpec, PeriodUnit, RetentionSpec, Scope, TimeStats,
    Variants, Weekday, funnel, retention, stats_of_union,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tests::synthetic;

const SEED: u64 = 2_026;
/// Runs of each question; the fastest counts.
const N_RUNS: usize = 7;

fn main() {
    let numbers: Vec<u64> =
        std::env::args().skip(1).filter_map(|word| word.replace('_', "").parse().ok()).collect();
    let n_events = numbers.first().copied().unwrap_or(1_000_000);
    let n_shards = numbers.get(1).and_then(|n| u32::try_from(*n).ok()).unwrap_or(2).max(1);
    let whole = [synthetic::store(n_events, SEED, false, |_| true)];
    let shards: Vec<Store> = (0..n_shards)
        .map(|shard| synthetic::store(n_events, SEED, false, |customer| customer % n_shards == shard))
        .collect();
    println!("{n_events} events, {n_shards} shards; milliseconds, the fastest of {N_RUNS}");
    println!("{:<28} {:>9} {:>9} {:>9} {:>7}", "", "one", "shards", "together", "faster");
    compare("graph, median and p95", &whole, &shards, FollowsGraph::from_scratch, graph_of);
    compare("variants", &whole, &shards, Variants::from_scratch, variants_of);
    compare("funnel from the best entry", &whole, &shards, reached, summed);
    compare("weekly retention", &whole, &shards, retained, summed);
}

/// Counts in all stores at the same time and puts the answers together; returns the times of both.
fn timed<C: Send, A>(
    stores: &[Store],
    count: impl Fn(&Store) -> C + Sync,
    join: impl Fn(&[Store], &[C]) -> A,
) -> (Duration, Duration, A) {
    let run = || {
        let started = Instant::now();
        let counted: Vec<C> = std::thread::scope(|scope| {
            let count = &count;
            let threads: Vec<_> = stores.iter().map(|store| scope.spawn(move || count(store))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        let counting = started.elapsed();
        let started = Instant::now();
        let answer = join(stores, &counted);
        (counting, started.elapsed(), answer)
    };
    let mut best = run();
    for _ in 1..N_RUNS {
        let again = run();
        best = (best.0.min(again.0), best.1.min(again.1), again.2);
    }
    best
}

fn compare<C: Send, A: PartialEq>(
    what: &str,
    whole: &[Store],
    shards: &[Store],
    count: impl Fn(&Store) -> C + Sync,
    join: impl Fn(&[Store], &[C]) -> A,
) {
    let (one, one_joining, expected) = timed(whole, &count, &join);
    let (many, joining, found) = timed(shards, &count, &join);
    assert!(found == expected, "{what}: the shards answer the same as one store");
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    // Telling the answer of one store costs nothing that the shards would not have to tell as well.
    let faster = millis(one + one_joining) / millis(many + joining);
    println!("{what:<28} {:>9.2} {:>9.2} {:>9.2} {faster:>6.2}×", millis(one), millis(many), millis(joining));
}

/// Edges by the names of their activities: occurrences, cases, sum of the times, and their distribution.
type GraphAnswer = BTreeMap<(String, String), (u64, u64, i128, Option<TimeStats>)>;

fn graph_of(stores: &[Store], graphs: &[FollowsGraph]) -> GraphAnswer {
    let mut edges: BTreeMap<(String, String), Vec<&journey::Edge>> = BTreeMap::new();
    for (store, graph) in stores.iter().zip(graphs) {
        let name = |activity: u32| store.activities().get(activity).to_owned();
        for edge in graph.edges() {
            edges.entry((name(edge.from), name(edge.to))).or_default().push(edge);
        }
    }
    let joined = edges.into_iter().map(|(names, edges)| {
        let times: Vec<&Durations> = edges.iter().map(|edge| edge.times()).collect();
        let sum = |of: fn(&journey::Edge) -> u64| edges.iter().map(|edge| of(edge)).sum::<u64>();
        let (n_occurrences, n_cases) = (sum(|edge| edge.n_occurrences), sum(|edge| edge.n_cases));
        let sum_micros = edges.iter().map(|edge| edge.sum_micros).sum();
        (names, (n_occurrences, n_cases, sum_micros, stats_of_union(&times)))
    });
    joined.collect()
}

/// Cases by trace.
fn variants_of(stores: &[Store], variants: &[Variants]) -> BTreeMap<Vec<u8>, u64> {
    // Activities by name in one numbering, as every shard would need it.
    let mut names: Vec<&str> = stores.iter().flat_map(|store| store.activities().iter()).collect();
    names.sort_unstable();
    names.dedup();
    let mut joined: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (store, variants) in stores.iter().zip(variants) {
        let number = |name: &str| names.binary_search(&name).ok().and_then(|n| u8::try_from(n).ok());
        let numbers: Vec<u8> =
            store.activities().iter().map(|name| number(name).unwrap_or(u8::MAX)).collect();
        for variant in (0_u32..).take(usize::try_from(variants.len()).unwrap_or(0)) {
            let trace = variants.trace(variant).into_iter().map(|a| numbers[a as usize]).collect();
            *joined.entry(trace).or_default() += variants.n_cases(variant);
        }
    }
    joined
}

fn reached(store: &Store) -> Vec<u64> {
    let everyone = CaseSet::all(store.n_cases());
    let spec = FunnelSpec {
        entry: FunnelEntry::Best,
        ..FunnelSpec::ordered(["step 00", "step 01", "step 02", "step 03"])
    };
    funnel(store, &Scope::customers(&everyone), &spec).steps.iter().map(|step| step.n_reached).collect()
}

fn retained(store: &Store) -> Vec<u64> {
    let everyone = CaseSet::all(store.n_cases());
    let week = PeriodUnit::Week { starts_on: Weekday::Monday };
    let spec = RetentionSpec { last_offset: 12, ..RetentionSpec::calendar(week) };
    let mut weeks = vec![0; 13];
    for cohort in &retention(store, &Scope::customers(&everyone), &spec).cohorts {
        for (sum, cell) in weeks.iter_mut().zip(&cohort.cells) {
            *sum += cell.n_retained;
        }
    }
    weeks
}

fn summed(_: &[Store], parts: &[Vec<u64>]) -> Vec<u64> {
    let mut sums: Vec<u64> = Vec::new();
    for part in parts {
        sums.resize(sums.len().max(part.len()), 0);
        sums.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
    }
    sums
}
