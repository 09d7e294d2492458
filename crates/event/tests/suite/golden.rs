//! Files that an earlier version of this program wrote; every later version must read them.

use crate::support::{apply, bytes_of, chunks_of};
use event::frame::{Tail, encode_frame, read_frames};
use event::journal::Entry;
use event::snapshot::{MANIFEST, PART, SnapshotReader};
use event::{Batch, NewEvent, Store};

const SNAPSHOT_V1: &[u8] = include_bytes!("../golden/snapshot-v1.bin");
const JOURNAL_V1: &[u8] = include_bytes!("../golden/journal-v1.bin");

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
            money: is_rich.then_some(12.5),
            line,
            digest: u64::from(line),
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

fn live() -> Store {
    let mut store = Store::new();
    entries().into_iter().for_each(|entry| apply(&mut store, entry));
    store
}

fn snapshot_file() -> Vec<u8> {
    let frame = |(number, chunk): (u64, Vec<u8>)| {
        encode_frame(if number == 0 { MANIFEST } else { PART }, number, &chunk)
    };
    (0..).zip(chunks_of(&live(), 7, 4096)).flat_map(frame).collect()
}

fn journal_file() -> Vec<u8> {
    let frame = |(number, entry): (u64, Entry)| {
        encode_frame(entry.kind(), number, &entry.to_bytes().expect("the entry is small"))
    };
    (1..).zip(entries()).flat_map(frame).collect()
}

#[test]
fn version_1_is_read() {
    let (frames, tail) = read_frames(SNAPSHOT_V1);
    assert_eq!(tail, Tail::Clean, "the snapshot is whole");
    let mut reader = SnapshotReader::new();
    for frame in frames {
        reader.push(frame.payload).expect("the chunk is sound");
    }
    assert_eq!(reader.sequence(), Some(7), "the journal's number is in it");
    let from_snapshot = reader.finish().expect("the snapshot is sound");

    let (frames, tail) = read_frames(JOURNAL_V1);
    assert_eq!((frames.len(), tail), (7, Tail::Clean), "the journal is whole");
    let mut from_journal = Store::new();
    for frame in frames {
        apply(&mut from_journal, Entry::from_bytes(frame.kind, frame.payload).expect("the entry is sound"));
    }

    let live = live();
    for store in [from_snapshot, from_journal] {
        assert_eq!(bytes_of(&store), bytes_of(&live), "it is the same store");
        let event = store.case(0).event(0);
        assert_eq!(
            (event.start_micros, event.end_micros, event.money),
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

/// Fails when the format changes: then its version must rise, and the golden files of the old one stay.
#[test]
fn version_1_is_written() {
    for (name, written, golden) in
        [("snapshot-v1.bin", snapshot_file(), SNAPSHOT_V1), ("journal-v1.bin", journal_file(), JOURNAL_V1)]
    {
        assert!(written == golden, "{name} has other bytes now: raise the version and keep this file");
    }
}
