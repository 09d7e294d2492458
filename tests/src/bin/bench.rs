//! Measures the engine on synthetic logs: `bench [native|wasm] [EVENTS]…`, by default 1,000,000 and 10,000,000 events.
//!
//! `bench rows EVENTS` writes the log itself. Lines that begin with `figure` or `check` are for the program that puts
//! several runs side by side: nanoseconds of a pass, and numbers that others must count as well.

use engine::{Engine, Import, Inspection, Restore};
use event::Store;
use journey::{
    Analysis, CaseSet, Filter, FollowsGraph, FunnelEntry, FunnelSpec, PeriodUnit, RetentionSpec, Scope,
    Variants, Weekday, cases_matching, funnel, retention,
};
use protocol::import::ImportPlan;
use protocol::{Failure, MapQuery, Request};
use std::io::Write;
use std::time::{Duration, Instant};
use tests::desk;
use tests::synthetic::{self, Log};

/// Sizes measured when none is given.
const DEFAULT_SIZES: [u64; 2] = [1_000_000, 10_000_000];

/// Chooses the log; any value would do.
const SEED: u64 = 2_026;

/// Appends are repeated, and the fastest counts.
const N_APPENDS: u64 = 7;

/// The funnel's steps, each within two weeks of the first.
const FUNNEL: [&str; 4] = ["step 00", "step 01", "step 02", "step 03"];

/// The segment: customers with this activity.
const SEGMENT: &str = "step 10";

/// Weeks after the first that retention looks at.
const LAST_WEEK: u32 = 12;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let place = arguments.first().map_or("native", String::as_str);
    let sizes: Vec<u64> = arguments.iter().filter_map(|word| word.replace('_', "").parse().ok()).collect();
    let sizes = if sizes.is_empty() { DEFAULT_SIZES.to_vec() } else { sizes };
    if place == "rows" {
        return write_rows(sizes[0]);
    }
    println!(
        "{place}: synthetic logs, {} activities, power-law customers, one thread",
        synthetic::N_ACTIVITIES
    );
    println!("{:>10}  {:<34} {:>12} {:>12} {:>10}", "events", "measured", "ms", "ns/event", "MB/s");
    for n_events in sizes {
        measure_engine(n_events).map_err(|failure| format!("{failure:?}"))?;
        measure_passes(n_events);
        println!("{n_events:>10}  peak memory of the program so far: {} kB", peak_kilobytes());
        println!("figure\t{n_events}\tpeak\t{}", peak_kilobytes());
    }
    println!("end");
    Ok(())
}

fn print(n_events: u64, what: &str, time: Duration, n_bytes: Option<u64>) {
    let nanos = as_f64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let rate = n_bytes.map_or(String::new(), |n| format!("{:.1}", as_f64(n) / nanos * 1e3));
    let (millis, each) = (nanos / 1e6, nanos / as_f64(n_events));
    println!("{n_events:>10}  {what:<34} {millis:>12.2} {each:>12.2} {rate:>10}");
}

fn as_f64(n: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "figures are printed with a few digits")]
    let value = n as f64;
    value
}

fn guess(first_piece: &[u8]) -> Result<ImportPlan, Failure> {
    let mut inspection = Inspection::new("synthetic.csv");
    inspection.push(first_piece)?;
    Ok(desk::plan_of(&inspection.finish()?))
}

/// From bytes to a map, and 1,000 late events on top.
fn measure_engine(n_events: u64) -> Result<(), Failure> {
    let first = Log::new(n_events, SEED).next().unwrap_or_default();
    let mut import = Import::new(guess(first.as_bytes())?)?;
    let (mut reading, mut n_bytes) = (Duration::ZERO, 0);
    for piece in Log::new(n_events, SEED) {
        n_bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let started = Instant::now();
        import.push(piece.as_bytes())?;
        reading += started.elapsed();
    }
    let started = Instant::now();
    let parsed = import.finish()?;
    reading += started.elapsed();
    print(n_events, "read CSV", reading, Some(n_bytes));
    let mut engine = Engine::new();
    let started = Instant::now();
    let report = engine.commit(parsed)?;
    let committing = started.elapsed();
    assert_eq!(report.source.n_rejected, 0, "every synthetic row is good");
    print(n_events, "sort and count everything", committing, None);
    println!("figure\t{n_events}\tread\t{}", reading.as_nanos());
    println!("figure\t{n_events}\tcommit\t{}", committing.as_nanos());
    println!("figure\t{n_events}\tbytes\t{n_bytes}");
    print(n_events, "read, sort and count", reading + committing, Some(n_bytes));
    let map = Request::Map { query: MapQuery::default() };
    let started = Instant::now();
    engine.answer(&map)?;
    print(n_events, "first map", started.elapsed(), None);
    append(&mut engine, n_events, &map)?;
    reopen(&engine, n_events)
}

/// From the chunks of a snapshot, as they come out of decryption, to a workspace with everything counted.
fn reopen(engine: &Engine, n_events: u64) -> Result<(), Failure> {
    let mut snapshot = engine.begin_snapshot();
    let mut chunks = Vec::new();
    while let Some(chunk) = snapshot.next(engine)? {
        chunks.push(chunk);
    }
    let n_bytes = chunks.iter().map(|chunk| chunk.payload.len() as u64).sum();
    let mut best = [Duration::MAX; 2];
    for _ in 0..5 {
        let mut restore = Restore::new();
        let started = Instant::now();
        for chunk in &chunks {
            restore.push(chunk.kind, &chunk.payload)?;
        }
        best[0] = best[0].min(started.elapsed());
        let started = Instant::now();
        std::hint::black_box(restore.finish()?);
        best[1] = best[1].min(started.elapsed());
    }
    print(n_events, "reopen: chunks to columns", best[0], Some(n_bytes));
    print(n_events, "reopen: check and count", best[1], None);
    println!("figure\t{n_events}\treopen\t{}", (best[0] + best[1]).as_nanos());
    Ok(())
}

/// Appends 1,000 events, spread over the time and the customers of the log, and draws the map again.
fn append(engine: &mut Engine, n_events: u64, map: &Request) -> Result<(), Failure> {
    let plan = guess(Log::new(1_000, SEED).next().unwrap_or_default().as_bytes())?;
    let mut best = [Duration::MAX; 2];
    for round in 0..N_APPENDS {
        let mut rows = String::from("customer,activity,time,channel\n");
        for number in 0..1_000 {
            let (customer, minute, day) =
                (1 + number * (n_events / 100_000).max(1), number % 60, 1 + number % 28);
            rows.push_str(&format!(
                "customer-{customer:07},step {:02},2025-03-{day:02}T10:{minute:02}:{:02}Z,web\n",
                number % synthetic::N_ACTIVITIES,
                7 + round
            ));
        }
        let started = Instant::now();
        let report = engine.append("late.csv", Some(plan.clone()), rows.as_bytes())?;
        best[0] = best[0].min(started.elapsed());
        assert_eq!(report.change.n_events, 1_000, "all late events are new");
        let started = Instant::now();
        engine.answer(map)?;
        best[1] = best[1].min(started.elapsed());
    }
    print(n_events, "append 1,000 late events", best[0], None);
    print(n_events, "map after the append", best[1], None);
    print(n_events, "append and redraw", best[0] + best[1], None);
    println!("figure\t{n_events}\tappend\t{}", (best[0] + best[1]).as_nanos());
    Ok(())
}

/// Writes a log as it is measured.
fn write_rows(n_events: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for piece in Log::new(n_events, SEED) {
        out.write_all(piece.as_bytes())?;
    }
    Ok(())
}

/// The fastest of three and more runs of a pass, as many as a second has room for, and what it returned.
fn fastest<T>(pass: impl Fn() -> T) -> (Duration, T) {
    let timed = || {
        let started = Instant::now();
        let result = std::hint::black_box(pass());
        (started.elapsed(), result)
    };
    let begun = Instant::now();
    let (mut best, mut result) = timed();
    for _ in 1..50 {
        let (time, again) = timed();
        (best, result) = (best.min(time), again);
        if begun.elapsed() > Duration::from_secs(1) && best < begun.elapsed() / 3 {
            break;
        }
    }
    (best, result)
}

/// Prints a pass for people and for the program that compares.
fn report(n_events: u64, key: &str, what: &str, time: Duration, check: &[f64]) {
    print(n_events, what, time, None);
    println!("figure\t{n_events}\t{key}\t{}", time.as_nanos());
    let numbers: Vec<String> = check.iter().map(|number| format!("{number:.2}")).collect();
    println!("check\t{n_events}\t{key}\t{}", numbers.join("\t"));
}

/// Single passes over a store that was filled without a file.
fn measure_passes(n_events: u64) {
    // Beyond, it would only make the memory larger that the other figures are measured in.
    if n_events <= DEFAULT_SIZES[0] {
        report_memory(
            n_events,
            "resident_rich",
            "with ends and accounts",
            &synthetic::store(n_events, SEED, true, |_| true),
        );
    }
    let store = synthetic::store(n_events, SEED, false, |_| true);
    measure_graph(n_events, &store);
    let (time, variants) = fastest(|| Variants::from_scratch(&store));
    let sizes = || (0_u32..).map(|v| variants.n_cases(v)).take_while(|n| *n > 0).map(as_f64);
    let check = [as_f64(variants.len()), sizes().fold(0.0, f64::max), sizes().map(|n| n * n).sum()];
    report(n_events, "variants", "variants", time, &check);
    drop(variants);
    measure_questions(n_events, &store);
    report_memory(n_events, "resident", "without", &store);
}

/// Prints what a store takes with everything counted.
fn report_memory(n_events: u64, key: &str, what: &str, store: &Store) {
    let footprint = store.footprint();
    let per_event = |n_bytes: usize| as_f64(u64::try_from(n_bytes).unwrap_or(u64::MAX)) / as_f64(n_events);
    let (events, cases, names) = (footprint.event_bytes, footprint.case_bytes, footprint.name_bytes);
    let counted = Analysis::from_scratch(store).n_bytes();
    let together = per_event(events + cases + names + counted);
    println!(
        "{n_events:>10}  bytes an event {what}: {:.1} events, {:.1} index of cases, {:.1} names, {:.1} counted results, {together:.1} together",
        per_event(events),
        per_event(cases),
        per_event(names),
        per_event(counted),
    );
    println!("figure\t{n_events}\t{key}\t{together:.2}");
}

fn measure_graph(n_events: u64, store: &Store) {
    let check = |graph: &FollowsGraph| {
        let edges = graph.edges();
        let sum = |of: fn(&journey::Edge) -> f64| edges.iter().map(|edge| of(edge)).sum::<f64>();
        let secs =
            |edge: &journey::Edge| as_f64(u64::try_from(edge.sum_micros / 1_000_000).unwrap_or(u64::MAX));
        [
            as_f64(edges.len().try_into().unwrap_or(0)),
            sum(|edge| as_f64(edge.n_occurrences)),
            sum(|edge| as_f64(edge.n_cases)),
            sum(secs),
        ]
    };
    let (time, graph) = fastest(|| FollowsGraph::counted(store));
    report(n_events, "graph", "graph, counts and mean", time, &check(&graph));
    let (time, percentiles) = fastest(|| {
        let graph = FollowsGraph::from_scratch(store);
        let stats = || graph.edges().into_iter().filter_map(|edge| edge.time_stats());
        [stats().map(|stats| stats.median_secs).sum(), stats().map(|stats| stats.p95_secs).sum()]
    });
    report(n_events, "percentiles", "graph, with median and p95", time, &percentiles);
    let segment = Filter::HasActivity { names: vec![SEGMENT.to_owned()], at_least: 1, at_most: None };
    let (time, graph) = fastest(|| {
        let cases = cases_matching(store, None, &segment).cases;
        FollowsGraph::counted_in(store, &cases)
    });
    report(n_events, "segment", "filter by segment, graph", time, &check(&graph));
}

fn measure_questions(n_events: u64, store: &Store) {
    let everyone = CaseSet::all(store.n_cases());
    let scope = Scope::customers(&everyone);
    for (entry, key, what) in [
        (FunnelEntry::First, "funnel", "funnel, 4 steps in 14 days"),
        (FunnelEntry::Best, "funnel_best", "funnel from the best entry"),
    ] {
        let spec = FunnelSpec { entry, ..FunnelSpec::ordered(FUNNEL) };
        let (time, result) = fastest(|| funnel(store, &scope, &spec));
        let reached: Vec<f64> = result.steps.iter().map(|step| as_f64(step.n_reached)).collect();
        report(n_events, key, what, time, &reached);
    }
    let week = PeriodUnit::Week { starts_on: Weekday::Monday };
    let spec = RetentionSpec { last_offset: LAST_WEEK, ..RetentionSpec::calendar(week) };
    let (time, result) = fastest(|| retention(store, &scope, &spec));
    let mut columns = vec![0.0; LAST_WEEK as usize + 1];
    for cohort in &result.cohorts {
        for (sum, cell) in columns.iter_mut().zip(&cohort.cells) {
            *sum += as_f64(cell.n_retained);
        }
    }
    report(n_events, "retention", "weekly retention", time, &columns);
}

/// The largest resident size that the system has seen of this process; 0 where it doesn't say.
#[cfg(not(target_family = "wasm"))]
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A WebAssembly memory never shrinks, so its size is its peak.
#[cfg(target_family = "wasm")]
fn peak_kilobytes() -> u64 {
    core::arch::wasm32::memory_size(0) as u64 * 64
}
