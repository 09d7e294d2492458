//! Measures the engine on synthetic logs: `bench [native|wasm] [EVENTS]…`, by default 100,000, 1,000,000 and 10,000,000 events.

use engine::{Engine, Import, Inspection};
use event::{Batch, NewEvent, Store};
use journey::{FollowsGraph, Variants};
use protocol::import::ImportPlan;
use protocol::{Failure, MapQuery, Request};
use std::time::{Duration, Instant};
use tests::desk;
use tests::synthetic::{self, Log};

/// Sizes measured when none is given.
const DEFAULT_SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];

/// Chooses the log; any value would do.
const SEED: u64 = 2_026;

/// Passes over the store are repeated, and the fastest counts.
const N_PASSES: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let place = arguments.first().map_or("native", String::as_str);
    let sizes: Vec<u64> = arguments.iter().filter_map(|word| word.replace('_', "").parse().ok()).collect();
    let sizes = if sizes.is_empty() { DEFAULT_SIZES.to_vec() } else { sizes };
    println!(
        "{place}: synthetic logs, {} activities, power-law customers, one thread",
        synthetic::N_ACTIVITIES
    );
    println!("{:>10}  {:<34} {:>12} {:>12} {:>10}", "events", "measured", "ms", "ns/event", "MB/s");
    for n_events in sizes {
        measure_engine(n_events).map_err(|failure| format!("{failure:?}"))?;
        measure_passes(n_events);
        println!("{n_events:>10}  peak memory of the program so far: {}", peak_memory());
    }
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
    print(n_events, "read, sort and count", reading + committing, Some(n_bytes));
    let map = Request::Map { query: MapQuery::default() };
    let started = Instant::now();
    engine.answer(&map)?;
    print(n_events, "first map", started.elapsed(), None);
    append(&mut engine, n_events, &map)
}

/// Appends 1,000 events, spread over the time and the customers of the log, and draws the map again.
fn append(engine: &mut Engine, n_events: u64, map: &Request) -> Result<(), Failure> {
    let plan = guess(Log::new(1_000, SEED).next().unwrap_or_default().as_bytes())?;
    let mut best = [Duration::MAX; 2];
    for round in 0..u64::try_from(N_PASSES).unwrap_or(1) {
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
    Ok(())
}

/// Single passes over a store that was filled without a file.
fn measure_passes(n_events: u64) {
    let store = filled(n_events);
    let fastest = |pass: &dyn Fn()| {
        let timed = (0..N_PASSES).map(|_| {
            let started = Instant::now();
            pass();
            started.elapsed()
        });
        timed.min().unwrap_or_default()
    };
    let counted = fastest(&|| drop(std::hint::black_box(FollowsGraph::counted(&store))));
    print(n_events, "graph, counts and mean", counted, None);
    let whole = fastest(&|| {
        let graph = FollowsGraph::from_scratch(&store);
        let stats = graph.edges().iter().filter_map(|edge| edge.time_stats()).count();
        std::hint::black_box(stats);
    });
    print(n_events, "graph, with median and p95", whole, None);
    let variants = fastest(&|| drop(std::hint::black_box(Variants::from_scratch(&store))));
    print(n_events, "variants", variants, None);
    let footprint = store.footprint();
    let n_bytes = footprint.event_bytes + footprint.case_bytes + footprint.name_bytes;
    let each = as_f64(u64::try_from(n_bytes).unwrap_or(u64::MAX)) / as_f64(n_events);
    println!("{n_events:>10}  store: {each:.1} bytes an event with indices and names, texts apart");
}

fn filled(n_events: u64) -> Store {
    let mut batch = Batch::new("synthetic");
    let mut line = 1;
    for piece in Log::new(n_events, SEED) {
        for row in piece.lines().filter(|row| row.starts_with("customer-")) {
            let mut fields = row.split(',');
            let mut field = || fields.next().unwrap_or_default();
            let (customer, activity, time, channel) = (field(), field(), field(), field());
            let start_micros = time.parse::<jiff::Timestamp>().unwrap_or_default().as_microsecond();
            line += 1;
            batch.push(NewEvent {
                customer,
                activity,
                start_micros,
                end_micros: None,
                channel: Some(channel),
                account: None,
                text: None,
                money: None,
                line,
                digest: u64::from(line),
            });
        }
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    store
}

/// The largest resident size that the system has seen of this process.
#[cfg(not(target_family = "wasm"))]
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown on this system".to_owned(), |value| value.trim().to_owned())
}

/// A WebAssembly memory never shrinks, so its size is its peak.
#[cfg(target_family = "wasm")]
fn peak_memory() -> String {
    format!("{} kB", core::arch::wasm32::memory_size(0) * 64)
}
