//! The journal: replayed onto any snapshot, at any length, it gives the store that was live.

use crate::support::{all_stored, apply, bytes_of, change, chunks_of, entry_of, reopen};
use event::journal::{BATCH, ERASE, Entry, FIRST_OTHER, REMOVE_SOURCE};
use event::{Batch, Store};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_prefix_on_every_snapshot_is_the_store_that_was_live(changes in prop::collection::vec(change(), 1..8)) {
        let mut live = Store::new();
        let mut entries: Vec<(u8, Vec<u8>)> = Vec::new();
        let mut states = vec![(bytes_of(&live), all_stored(&live), live.sources().to_vec())];
        let mut snapshots = vec![chunks_of(&live, 0, 300)];
        for change in &changes {
            let entry = entry_of(&live, change);
            entries.push((entry.kind(), entry.to_bytes().expect("the entry is small")));
            apply(&mut live, entry);
            states.push((bytes_of(&live), all_stored(&live), live.sources().to_vec()));
            snapshots.push(chunks_of(&live, entries.len() as u64, 300));
        }
        for (first, snapshot) in snapshots.iter().enumerate() {
            let mut store = reopen(snapshot).expect("the snapshot is sound");
            for (i, (kind, payload)) in entries.iter().enumerate().skip(first) {
                prop_assert_eq!(&bytes_of(&store), &states[i].0);
                apply(&mut store, Entry::from_bytes(*kind, payload).expect("the entry is sound"));
            }
            let (bytes, stored, sources) = &states[entries.len()];
            prop_assert_eq!(&bytes_of(&store), bytes);
            prop_assert_eq!(&all_stored(&store), stored);
            prop_assert_eq!(store.sources(), &sources[..]);
        }
    }

    #[test]
    fn a_changed_byte_never_breaks_the_store(
        changes in prop::collection::vec(change(), 1..3), picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 40),
    ) {
        for change in &changes {
            let entry = entry_of(&Store::new(), change);
            let payload = entry.to_bytes().expect("the entry is small");
            if payload.is_empty() {
                continue;
            }
            for (pick, byte) in &picks {
                let mut damaged = payload.clone();
                damaged[pick.index(payload.len())] = *byte;
                if let Ok(entry) = Entry::from_bytes(entry.kind(), &damaged) {
                    let mut store = Store::new();
                    apply(&mut store, entry);
                    // Whatever was let in can be stored, reopened and taken out again.
                    let mut again = reopen(&chunks_of(&store, 0, 500)).expect("what was committed can be read");
                    prop_assert_eq!(bytes_of(&again), bytes_of(&store));
                    again.commit(again.stage_source_removal(0));
                    prop_assert_eq!(again.n_events(), 0);
                }
            }
        }
    }
}

#[test]
fn kinds_are_what_they_are() {
    let erase = Entry::Erase(vec![3, 70_000]);
    let payload = erase.to_bytes().expect("the entry is small");
    assert_eq!(payload, [3, 0, 0, 0, 0x70, 0x11, 1, 0], "numbers are little-endian");
    assert!(
        matches!(Entry::from_bytes(ERASE, &payload), Ok(Entry::Erase(customers)) if customers == [3, 70_000]),
        "they come back"
    );
    assert!(
        matches!(Entry::from_bytes(REMOVE_SOURCE, &[1, 2]), Ok(Entry::RemoveSource(513))),
        "a source is two bytes"
    );
    for (kind, payload) in [(ERASE, &[1, 2, 3][..]), (REMOVE_SOURCE, &[1]), (BATCH, &[0; 64]), (BATCH, &[])] {
        let error = Entry::from_bytes(kind, payload).expect_err("it is refused");
        assert!(error.message().contains("journal"), "kind {kind} says what is broken: {error}");
    }
    let error = Entry::from_bytes(19, &[]).expect_err("nobody knows it");
    assert_eq!(error.message(), "The journal has an entry of the unknown kind 19.", "it says which");
    let error = Entry::Other { kind: FIRST_OTHER - 1, bytes: Vec::new() }.to_bytes().expect_err("not theirs");
    assert!(error.message().contains("63"), "upper layers have their own kinds: {error}");
}

#[test]
fn times_beyond_all_calendars_are_kept_where_they_can_be_counted() {
    let mut batch = Batch::new("odd clocks");
    for (digest, start_micros) in [(1, i64::MIN), (2, i64::MAX)] {
        let event = event::NewEvent {
            customer: "ada",
            activity: "wait",
            start_micros,
            end_micros: Some(start_micros),
            channel: None,
            account: None,
            text: None,
            value: None,
            line: 1,
            digest,
            ..event::NewEvent::default()
        };
        assert!(batch.push(event), "a small batch has room");
    }
    let mut store = Store::new();
    store.commit(store.stage(batch));
    assert!(store.case(0).cycle_micros() > i64::MAX / 3, "the difference is a number too");
    assert_eq!(store.case(0).len(), 2, "an end at the smallest time is no missing end");
    assert!(reopen(&chunks_of(&store, 0, 100)).is_ok(), "and a snapshot holds them");
}
