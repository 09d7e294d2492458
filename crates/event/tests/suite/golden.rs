//! Files that an earlier version of this program wrote; every later version must read them.

use crate::support::{apply, bytes_of, chunks_of};
use event::frame::{Tail, encode_frame, read_frames};
use event::journal::Entry;
use event::snapshot::{MANIFEST, PART, SnapshotReader};
use event::{Batch, Measure, NewEvent, Store};

const SNAPSHOT_V1: &[u8] = include_bytes!("../golden/snapshot-v1.bin");
const JOURNAL_V1: &[u8] = include_bytes!("../golden/journal-v1.bin");
const SNAPSHOT_V2: &[u8] = include_bytes!("../golden/snapshot-v2.bin");
const JOURNAL_V2: &[u8] = include_bytes!("../golden/journal-v2.bin");

fn batch(source: Batch, rows: &[(&str, &str, i64)]) -> Batch {
    let mut batch = source;
    for (line, &(customer, activity, start_micros)) in (2..).zip(rows) {
        let is_rich = line % 2 == 0;
        let event = NewEvent {
            customer,
            activity,
            start_micros,
            end_micros: is_rich.then_some(start_micros + 60_000_000),
            channel: is_rich.then_some("e-mail"),
            account: is_rich.then_some("Größe & Söhne"),
            text: is_rich.then_some("Wo ist mein Paket? 📦"),
            value: is_rich.then_some(12.5),
            line,
            digest: u64::from(line),
            ..NewEvent::default()
        };
        assert!(batch.push(event), "a small batch has room");
    }
    batch
}

/// What was done; the same in every version.
fn entries() -> Vec<Entry> {
    let rows =
        [("c1", "a1 order", 1_000), ("c1", "a2 ask", 2_000), ("c2", "a1 order", 3_000), ("c3", "a2 ask", -4)];
    let add = |source: Batch, rows: &[(&str, &str, i64)]| Entry::Batch(Box::new(batch(source, rows)));
    vec![
        add(Batch::new("orders.csv"), &rows),
        add(Batch::new("orders again.csv"), &rows[..3]),
        add(Batch::new("mistake.csv"), &[("c4", "a3 return", 5_000)]),
        Entry::Other { kind: 70, bytes: b"stages".to_vec() },
        Entry::RemoveSource(2),
        Entry::Erase(vec![2]),
        add(Batch::continuing(1), &[("c5", "a1 order", 9_000)]),
    ]
}

/// The same with a survey and a subscription, which version 1 had no place for.
fn entries_v2() -> Vec<Entry> {
    let mut rated = Batch::new("answers.csv");
    for (line, (measure, value, object)) in
        (2..).zip([(Measure::Nps, 9.0, "answer 1"), (Measure::Mrr, 49.0, "subscription 7")])
    {
        let event = NewEvent {
            customer: "c1",
            activity: "a4 answer",
            start_micros: 4_000 + i64::from(line),
            value: Some(value),
            measure,
            currency: (measure == Measure::Mrr).then_some("EUR"),
            object: Some(object),
            line,
            ..NewEvent::default()
        };
        assert!(rated.push(event), "a small batch has room");
    }
    let mut entries = entries();
    entries.push(Entry::Batch(Box::new(rated)));
    entries
}

fn live(entries: Vec<Entry>) -> Store {
    let mut store = Store::new();
    entries.into_iter().for_each(|entry| apply(&mut store, entry));
    store
}

fn snapshot_file(entries: Vec<Entry>) -> Vec<u8> {
    let frame = |(number, chunk): (u64, Vec<u8>)| {
        encode_frame(if number == 0 { MANIFEST } else { PART }, number, &chunk)
    };
    (0..).zip(chunks_of(&live(entries), 7, 4096)).flat_map(frame).collect()
}

fn journal_file(entries: Vec<Entry>) -> Vec<u8> {
    let frame = |(number, entry): (u64, Entry)| {
        encode_frame(entry.kind(), number, &entry.to_bytes().expect("the entry is small"))
    };
    (1..).zip(entries).flat_map(frame).collect()
}

/// What a snapshot holds, and what a journal leads to.
fn read(snapshot: &[u8], journal: &[u8], n_entries: usize) -> [Store; 2] {
    let (frames, tail) = read_frames(snapshot);
    assert_eq!(tail, Tail::Clean, "the snapshot is whole");
    let mut reader = SnapshotReader::new();
    for frame in frames {
        reader.push(frame.payload).expect("the chunk is sound");
    }
    assert_eq!(reader.sequence(), Some(7), "the journal's number is in it");
    let from_snapshot = reader.finish().expect("the snapshot is sound");

    let (frames, tail) = read_frames(journal);
    assert_eq!((frames.len(), tail), (n_entries, Tail::Clean), "the journal is whole");
    let mut from_journal = Store::new();
    for frame in frames {
        apply(&mut from_journal, Entry::from_bytes(frame.kind, frame.payload).expect("the entry is sound"));
    }
    [from_snapshot, from_journal]
}

#[test]
fn version_1_is_read() {
    let live = live(entries());
    for store in read(SNAPSHOT_V1, JOURNAL_V1, 7) {
        assert_eq!(bytes_of(&store), bytes_of(&live), "it is the same store");
        let event = store.case(0).event(0);
        assert_eq!(
            (event.start_micros, event.end_micros, event.money()),
            (1_000, Some(60_001_000), Some(12.5)),
            "read"
        );
        assert_eq!(event.text.map(|text| store.texts().get(text)), Some("Wo ist mein Paket? 📦"), "read");
        assert_eq!(
            (store.n_events(), store.n_cases(), store.customers().len()),
            (4, 3, 5),
            "one undone, one erased"
        );
    }
}

#[test]
fn version_2_is_read() {
    let live = live(entries_v2());
    for store in read(SNAPSHOT_V2, JOURNAL_V2, 8) {
        assert_eq!(bytes_of(&store), bytes_of(&live), "it is the same store");
        let case = store.case(0);
        let [answer, subscription] = [2, 3].map(|i| case.event(i));
        assert_eq!((answer.value, answer.measure), (Some(9.0), Measure::Nps), "an answer on its scale");
        assert_eq!((answer.money(), answer.currency), (None, None), "an answer is no money");
        assert_eq!((subscription.value, subscription.measure), (Some(49.0), Measure::Mrr), "a subscription");
        assert_eq!(subscription.currency.map(|id| store.currencies().get(id)), Some("EUR"), "its currency");
        assert_eq!(subscription.object.map(|id| store.objects().get(id)), Some("subscription 7"), "its id");
    }
}

/// Fails when the format changes: then its version must rise, and the golden files of the old one stay.
#[test]
fn versions_are_written_as_they_were() {
    for (name, written, golden) in [
        ("snapshot-v1.bin", snapshot_file(entries()), SNAPSHOT_V1),
        ("journal-v1.bin", journal_file(entries()), JOURNAL_V1),
        ("snapshot-v2.bin", snapshot_file(entries_v2()), SNAPSHOT_V2),
        ("journal-v2.bin", journal_file(entries_v2()), JOURNAL_V2),
    ] {
        if std::env::var_os("BLESS").is_some() && golden.is_empty() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");
            std::fs::write(format!("{folder}{name}"), &written).expect("the folder can be written");
            continue;
        }
        assert!(written == golden, "{name} has other bytes now: raise the version and keep this file");
    }
}
