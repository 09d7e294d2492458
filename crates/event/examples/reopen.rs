//! Measures snapshots: bytes and memory an event, time to write and to reopen.
//!
//! `cargo run --release -p event --example reopen -- 1000000`; as WebAssembly with `--target wasm32-wasip1`.

use event::frame::{encode_frame, read_frames};
use event::snapshot::{PART, Snapshot, SnapshotReader};
use event::{Batch, NewEvent, Store};
use std::time::Instant;

/// Events of a batch, so that no more than this lies in memory twice while the store is made.
const N_BATCH: u64 = 1_000_000;

fn main() {
    let n_events = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let is_rich = std::env::args().nth(2).is_some_and(|word| word == "rich");
    let store = store_of(n_events, is_rich);
    let footprint = store.footprint();
    println!(
        "{} events, {} cases; resident {} B an event, cases {} B, names {} B, texts {} B",
        store.n_events(),
        store.n_cases(),
        per_event(footprint.event_bytes, &store),
        per_event(footprint.case_bytes, &store),
        per_event(footprint.name_bytes, &store),
        per_event(footprint.text_bytes, &store),
    );

    let started = Instant::now();
    let mut n_bytes = 0;
    let mut largest = 0;
    let mut file = Vec::new();
    for (number, chunk) in (0..).zip(Snapshot::write(&store, 1)) {
        let Ok(chunk) = chunk else { return };
        n_bytes += chunk.len();
        largest = largest.max(chunk.len());
        file.push(encode_frame(PART, number, &chunk));
    }
    println!(
        "written in {} ms with frames: {} MiB, {} B an event, {} chunks of at most {} KiB",
        started.elapsed().as_millis(),
        n_bytes >> 20,
        per_event(n_bytes, &store),
        file.len(),
        largest >> 10
    );
    drop(store);

    for _ in 0..3 {
        let started = Instant::now();
        let mut reader = SnapshotReader::new();
        for frame in &file {
            for frame in read_frames(frame).0 {
                if let Err(error) = reader.push(frame.payload) {
                    println!("{error}");
                }
            }
        }
        let n_taken_ms = started.elapsed().as_millis();
        match reader.finish() {
            Ok(again) => println!(
                "reopened in {} ms, of which {n_taken_ms} ms to take the chunks; resident {} B an event",
                started.elapsed().as_millis(),
                per_event(again.footprint().event_bytes, &again)
            ),
            Err(error) => println!("{error}"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn per_event(n_bytes: usize, store: &Store) -> String {
    format!("{:.1}", n_bytes as f64 / store.n_events() as f64)
}

/// Few customers do much and many do little, 15 events on average; rich events have end, channel, account and a text.
fn store_of(n_events: u64, is_rich: bool) -> Store {
    let mut store = Store::new();
    let (mut random, mut customer, mut n_left_of_customer, mut start_micros) = (7_u64, 0_u64, 0, 0_i64);
    let mut n_left = n_events;
    while n_left > 0 {
        let mut batch = if store.sources().is_empty() { Batch::new("made up") } else { Batch::continuing(0) };
        for _ in 0..n_left.min(N_BATCH) {
            random = mixed(random);
            if n_left_of_customer == 0 {
                customer += 1;
                n_left_of_customer = (2_000 / (random % 1_000 + 1)).max(2);
                start_micros =
                    1_700_000_000_000_000 + i64::from(u32::try_from(random >> 32).unwrap_or(0)) * 1_000;
            }
            n_left_of_customer -= 1;
            start_micros += i64::try_from(random % 86_400_000_000).unwrap_or(0);
            batch.push(NewEvent {
                customer: &format!("customer-{customer}"),
                activity: &format!("activity {}", (random >> 20) % 40),
                start_micros,
                end_micros: is_rich.then_some(start_micros + 60_000_000),
                channel: is_rich.then_some(if random & 1 == 0 { "web" } else { "phone" }),
                account: is_rich.then_some(if random & 2 == 0 { "north" } else { "south" }),
                text: (is_rich && random.is_multiple_of(16)).then_some("Where is my parcel?"),
                value: None,
                line: u32::try_from(n_events - n_left).unwrap_or(u32::MAX),
                digest: random,
                ..NewEvent::default()
            });
            n_left -= 1;
        }
        let staged = store.stage(batch);
        store.commit(staged);
    }
    store
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(random: u64) -> u64 {
    let mut z = random.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
