//! Files of a workspace, cut at every byte that was ever written: nothing acknowledged is lost.

use crate::support::{Change, apply, bytes_of, change, chunks_of, entry_of};
use event::Store;
use event::frame::{Tail, encode_frame, read_frames};
use event::journal::{Entry, FIRST_OTHER};
use event::snapshot::{MANIFEST, PART, SnapshotReader};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What reaches the disk, in order.
enum Write {
    Append {
        file: String,
        bytes: Vec<u8>,
    },
    Delete {
        file: String,
    },
    /// From here on the caller was told that the change is safe.
    Acknowledge,
}

type Disk = BTreeMap<String, Vec<u8>>;

/// The edge, written by the three rules of the journal's documentation.
#[derive(Default)]
struct Edge {
    writes: Vec<Write>,
    generation: u64,
    sequence: u64,
    store: Store,
}

impl Edge {
    fn append(&mut self, file: &str, bytes: Vec<u8>) {
        self.writes.push(Write::Append { file: format!("{file}-{:03}", self.generation), bytes });
    }

    fn change(&mut self, change: &Change) {
        let entry = entry_of(&self.store, change);
        self.sequence += 1;
        let payload = entry.to_bytes().expect("the entry is small");
        self.append("journal", encode_frame(entry.kind(), self.sequence, &payload));
        apply(&mut self.store, entry);
        self.writes.push(Write::Acknowledge);
    }

    fn snapshot(&mut self) {
        let old = self.generation;
        self.generation += 1;
        self.append("snapshot", encode_frame(FIRST_OTHER, 0, b"state of upper layers"));
        for (number, chunk) in (1..).zip(chunks_of(&self.store, self.sequence, 200)) {
            let kind = if number == 1 { MANIFEST } else { PART };
            self.append("snapshot", encode_frame(kind, number, &chunk));
        }
        for file in ["journal", "snapshot"] {
            self.writes.push(Write::Delete { file: format!("{file}-{old:03}") });
        }
    }
}

fn open_snapshot(disk: &Disk, generation: u64) -> Option<(Store, u64)> {
    let file = disk.get(&format!("snapshot-{generation:03}"))?;
    let mut reader = SnapshotReader::new();
    for frame in read_frames(file).0 {
        match frame.kind {
            MANIFEST | PART => reader.push(frame.payload).ok()?,
            _ => assert_eq!(frame.payload, b"state of upper layers", "their frames come first"),
        }
    }
    let sequence = reader.sequence()?;
    Some((reader.finish().ok()?, sequence))
}

/// Opens what is there; cuts a torn tail off the journal.
fn open(disk: &mut Disk, newest: u64) -> (Store, u64) {
    let found =
        (0..=newest).rev().find_map(|generation| Some((generation, open_snapshot(disk, generation)?)));
    let (generation, (mut store, mut sequence)) = found.unwrap_or_default();
    if let Some(journal) = disk.get_mut(&format!("journal-{generation:03}")) {
        let (frames, tail) = read_frames(journal);
        let first = sequence + 1;
        for frame in frames.iter().filter(|frame| frame.sequence >= first) {
            assert_eq!(frame.sequence, sequence + 1, "no entry is missing");
            sequence = frame.sequence;
            apply(&mut store, Entry::from_bytes(frame.kind, frame.payload).expect("the entry is sound"));
        }
        match tail {
            Tail::Clean => (),
            Tail::Torn { at } => journal.truncate(at),
            other => panic!("nothing is damaged here: {other:?}"),
        }
    }
    (store, sequence)
}

/// The disk after the first `n_bytes` bytes, and how many changes were acknowledged by then.
fn cut(writes: &[Write], mut n_bytes: usize) -> (Disk, usize) {
    let mut disk = Disk::new();
    let mut n_acknowledged = 0;
    for write in writes {
        match write {
            Write::Append { file, bytes } => {
                let n = bytes.len().min(n_bytes);
                disk.entry(file.clone()).or_default().extend_from_slice(&bytes[..n]);
                n_bytes -= n;
                if n < bytes.len() {
                    break;
                }
            }
            Write::Delete { file } => drop(disk.remove(file)),
            Write::Acknowledge => n_acknowledged += 1,
        }
    }
    (disk, n_acknowledged)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn nothing_acknowledged_is_lost_at_any_byte(
        changes in prop::collection::vec((change(), prop::bool::weighted(0.3)), 1..7), more in change(),
    ) {
        let mut edge = Edge::default();
        let mut states = vec![bytes_of(&edge.store)];
        for (change, then_snapshot) in &changes {
            edge.change(change);
            states.push(bytes_of(&edge.store));
            if *then_snapshot {
                edge.snapshot();
            }
        }
        let n_bytes: usize =
            edge.writes.iter().map(|w| if let Write::Append { bytes, .. } = w { bytes.len() } else { 0 }).sum();
        for at in 0..=n_bytes {
            let (mut disk, n_acknowledged) = cut(&edge.writes, at);
            let (store, sequence) = open(&mut disk, edge.generation);
            let n_changes = usize::try_from(sequence).expect("few changes");
            prop_assert!(n_changes >= n_acknowledged, "{} of {} at byte {}", n_changes, n_acknowledged, at);
            prop_assert_eq!(&bytes_of(&store), &states[n_changes]);
            if at % 37 == 0 {
                append_once_more(store, sequence, &more, disk, edge.generation)?;
            }
        }
    }
}

/// A workspace that was opened after a cut can be written and opened again.
fn append_once_more(
    mut store: Store,
    sequence: u64,
    more: &Change,
    mut disk: Disk,
    newest: u64,
) -> Result<(), TestCaseError> {
    let generation = (0..=newest).rev().find(|g| open_snapshot(&disk, *g).is_some()).unwrap_or(0);
    let entry = entry_of(&store, more);
    let payload = entry.to_bytes().expect("the entry is small");
    let journal = disk.entry(format!("journal-{generation:03}")).or_default();
    journal.extend(encode_frame(entry.kind(), sequence + 1, &payload));
    apply(&mut store, entry);
    let (again, sequence_again) = open(&mut disk, newest);
    prop_assert_eq!(sequence_again, sequence + 1);
    prop_assert_eq!(bytes_of(&again), bytes_of(&store));
    Ok(())
}
