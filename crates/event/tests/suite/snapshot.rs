//! Snapshots: what goes in comes out, in any pieces; and damaged or hostile ones are refused, not believed.

use crate::support::{Change, Plain, all_stored, apply, bytes_of, change, chunks_of, entry_of, reopen};
use event::snapshot::{Snapshot, SnapshotReader};
use event::{Batch, NewEvent, Store};
use proptest::prelude::*;

fn store_of(changes: &[Change]) -> Store {
    let mut store = Store::new();
    for change in changes {
        let entry = entry_of(&store, change);
        apply(&mut store, entry);
    }
    store
}

/// Uses all that a store offers, so that whatever a reader let through has its chance to panic, and checks what later
/// code relies on.
fn exercise(mut store: Store) {
    check(&store);
    for source in 0..3 {
        store.commit(store.stage_source_removal(source));
        check(&store);
    }
    store.commit(store.stage_erasure(&[0, 1]));
    store.commit(store.stage(Batch::new("later")));
    check(&store);
    let _ = bytes_of(&store);
}

fn check(store: &Store) {
    let year_micros = 366 * 86_400_000_000_i64;
    for (case, events) in store.cases() {
        assert!((case as usize) < store.customers().len(), "a case has a customer");
        for i in 0..events.len() {
            let event = events.event(i);
            let exists = |id: Option<u32>, n: usize| id.is_none_or(|id| (id as usize) < n);
            assert!(exists(Some(event.activity), store.activities().len()), "the activity exists");
            assert!(exists(event.channel, store.channels().len()), "the channel exists");
            assert!(exists(event.account, store.accounts().len()), "the account exists");
            assert!(exists(event.text, store.texts().len()), "the text exists");
            assert!(usize::from(event.source) < store.sources().len(), "the source exists");
            assert!(event.value.is_none_or(f64::is_finite), "numbers can be summed");
            assert!(exists(event.currency, store.currencies().len()), "the currency exists");
            assert!(exists(event.object, store.objects().len()), "the object exists");
            assert!(event.start_micros.abs() / year_micros < 100_000, "times can be subtracted");
        }
        let keys: Vec<_> = (0..events.len()).map(|i| (events.starts()[i], events.end_micros(i))).collect();
        assert!(keys.is_sorted(), "a case is in order");
        let _ = (events.cycle_micros(), events.account());
    }
}

#[test]
fn no_byte_of_a_snapshot_can_break_the_store() {
    let event = |customer: u8, activity: u8, start: i64, side: Option<u8>| Plain {
        customer,
        activity,
        start,
        end: side.map(|_| start + 7),
        channel: side,
        account: side,
        text: side,
        value: side.map(f64::from),
        measure: side.map_or(event::Measure::Money, |_| event::Measure::Nps),
        currency: side,
        object: side,
        digest: u64::from(activity),
        line: 9,
    };
    let events =
        vec![event(1, 1, 10, None), event(1, 2, 20, Some(1)), event(2, 1, 30, None), event(1, 1, 40, None)];
    let store = store_of(&[
        Change::Add(0, events.clone()),
        Change::Add(1, vec![event(3, 3, 5, None)]),
        Change::Add(2, events),
        Change::Erase(vec![3]),
    ]);
    let chunks = chunks_of(&store, 5, 1 << 20);
    let mut n_accepted = 0_u32;
    for (number, chunk) in chunks.iter().enumerate() {
        for at in 0..chunk.len() {
            for byte in [0, 1, 0x7f, 0xff, chunk[at] ^ 0x80, chunk[at].wrapping_add(1)] {
                let mut damaged = chunks.clone();
                damaged[number][at] = byte;
                if let Ok(store) = reopen(&damaged) {
                    n_accepted += 1;
                    exercise(store);
                }
            }
        }
    }
    assert!(n_accepted > 1_000, "digests, lines and the like may be anything: {n_accepted}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_goes_in_comes_out(changes in prop::collection::vec(change(), 0..8), n_bytes in 8_usize..600, later in change()) {
        let mut store = store_of(&changes);
        let chunks = chunks_of(&store, 5, n_bytes);
        let mut again = reopen(&chunks).expect("the snapshot is sound");
        prop_assert_eq!(all_stored(&again), all_stored(&store));
        prop_assert_eq!(again.n_events(), store.n_events());
        prop_assert_eq!(again.n_cases(), store.n_cases());
        prop_assert_eq!(again.sources(), store.sources());
        for (found, expected) in [
            (again.customers(), store.customers()),
            (again.activities(), store.activities()),
            (again.channels(), store.channels()),
            (again.accounts(), store.accounts()),
        ] {
            prop_assert!(found.iter().eq(expected.iter()), "names keep their order");
            prop_assert_eq!(found.erased(), expected.erased());
        }
        prop_assert!(again.texts().iter().eq(store.texts().iter()), "texts keep their order");
        prop_assert_eq!(bytes_of(&again), bytes_of(&store));

        // Duplicates and dictionaries work on as in the store that was never closed.
        let entry = entry_of(&store, &later);
        apply(&mut store, entry.clone());
        apply(&mut again, entry);
        prop_assert_eq!(bytes_of(&again), bytes_of(&store));
    }

    #[test]
    fn a_changed_byte_never_breaks_the_store(
        changes in prop::collection::vec(change(), 1..4), picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 40),
    ) {
        let chunks = chunks_of(&store_of(&changes), 5, 1 << 20);
        for (pick, byte) in picks {
            let mut damaged = chunks.clone();
            let mut at = pick.index(chunks.iter().map(Vec::len).sum());
            for chunk in &mut damaged {
                if at < chunk.len() {
                    chunk[at] = byte;
                    break;
                }
                at -= chunk.len();
            }
            if let Ok(store) = reopen(&damaged) {
                exercise(store);
            }
        }
    }

    #[test]
    fn pieces_in_another_order_or_number_are_refused(
        changes in prop::collection::vec(change(), 1..4), drop in any::<prop::sample::Index>(), twice in any::<prop::sample::Index>(),
    ) {
        let chunks = chunks_of(&store_of(&changes), 5, 64);
        let (drop, twice) = (drop.index(chunks.len()), twice.index(chunks.len()));
        let mut fewer = chunks.clone();
        fewer.remove(drop);
        prop_assert!(reopen(&fewer).is_err(), "a piece is missing");
        let mut more = chunks.clone();
        more.insert(twice, chunks[twice].clone());
        prop_assert!(reopen(&more).is_err(), "a piece came twice");
    }
}

#[test]
fn a_chunk_is_never_larger_than_promised() {
    let mut batch = Batch::new("long texts");
    let text = "é".repeat(3 << 20);
    for i in 0..4 {
        let event = NewEvent {
            customer: "ada",
            activity: "write",
            start_micros: i,
            end_micros: None,
            channel: None,
            account: None,
            text: Some(&text),
            value: None,
            line: 1,
            digest: 1,
            ..NewEvent::default()
        };
        assert!(batch.push(event), "a small batch has room");
    }
    let mut store = Store::new();
    store.commit(store.stage(batch));
    for n_bytes in [1000, usize::MAX] {
        let chunks = chunks_of(&store, 0, n_bytes);
        let largest = chunks.iter().map(Vec::len).max().unwrap_or_default();
        assert!(largest <= Snapshot::MAX_CHUNK_BYTES.min(n_bytes.saturating_add(256)), "{largest} bytes");
        let again = reopen(&chunks).expect("the snapshot is sound");
        assert_eq!(again.texts().get(3).len(), text.len(), "a text may lie across chunks");
    }
}

#[test]
fn a_change_in_the_middle_ends_a_snapshot() {
    let mut store = Store::new();
    store.commit(store.stage(Batch::new("first")));
    let mut snapshot = Snapshot::begin(&store, 1);
    assert!(snapshot.next_chunk(&store).is_ok_and(|chunk| chunk.is_some()), "it begins");
    store.commit(store.stage(Batch::new("second")));
    let error = snapshot.next_chunk(&store).expect_err("the store is another one now");
    assert!(error.is_changed(), "so that the caller begins again: {error}");
}

#[test]
fn what_is_no_snapshot_says_so() {
    let refused = |chunk: &[u8]| SnapshotReader::new().push(chunk).expect_err("it is refused").message();
    assert_eq!(refused(b"hello"), "This is not a stored workspace.", "too short");
    assert_eq!(refused(&[7; 100]), "This is not a stored workspace.", "other letters");

    let mut newer = chunks_of(&Store::new(), 0, 100).swap_remove(0);
    newer[8] = 3;
    let error = SnapshotReader::new().push(&newer).expect_err("it is refused");
    assert!(error.is_newer(), "a newer version is left alone");
    assert_eq!(
        error.message(),
        "The stored workspace has format 3, which is newer than this program.",
        "it says why"
    );

    let error = SnapshotReader::new().finish().expect_err("nothing was read");
    assert_eq!(
        error.message(),
        "The stored workspace is incomplete: its first piece is missing.",
        "it says why"
    );
    assert!(error.advice().contains("import the files again"), "and what to do");
}

#[test]
fn a_promise_of_endless_columns_costs_no_memory() {
    let store = store_of(&[Change::Add(
        1,
        vec![Plain {
            customer: 1,
            activity: 1,
            start: 1,
            end: None,
            channel: None,
            account: None,
            text: None,
            value: None,
            measure: event::Measure::Money,
            currency: None,
            object: None,
            digest: 1,
            line: 1,
        }],
    )]);
    let chunks = chunks_of(&store, 0, 100);
    // Every number of values in the manifest becomes 2^60 or so.
    let mut manifest = chunks[0].clone();
    for at in (16..manifest.len() - 8).step_by(8) {
        let value = u64::from_le_bytes(manifest[at..at + 8].try_into().expect("eight bytes"));
        if (1..1000).contains(&value) {
            manifest[at + 7] = 0x10;
        }
    }
    let mut reader = SnapshotReader::new();
    reader.push(&manifest).expect("a promise alone costs nothing");
    let errors: Vec<String> = chunks[1..]
        .iter()
        .filter_map(|chunk| reader.push(chunk).err())
        .map(|error| error.message())
        .collect();
    assert!(
        errors.iter().any(|error| error.starts_with("There is not enough memory")),
        "the promise is refused, not believed: {errors:?}"
    );
}

#[test]
fn a_text_is_never_cut_inside_a_letter() {
    let mut store = Store::new();
    store.commit(store.stage(Batch::new("é")));
    store.commit(store.stage(Batch::new("a")));
    let mut chunks = chunks_of(&store, 0, 100);
    let (right, wrong) = ([2, 0, 0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 2, 0, 0, 0]);
    let mut n_found = 0;
    for chunk in &mut chunks {
        if let Some(at) = chunk.windows(8).position(|window| window == right) {
            chunk[at..at + 8].copy_from_slice(&wrong);
            n_found += 1;
        }
    }
    assert_eq!(n_found, 1, "the lengths lie in one place");
    let error = reopen(&chunks).expect_err("it is refused");
    assert_eq!(error.message(), "The stored workspace is damaged: a text has a wrong length.", "it says why");
}
