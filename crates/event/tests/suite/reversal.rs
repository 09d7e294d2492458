//! Taking changes back: in reverse order they lead to the same store, and forth again to the same as well.

use crate::support::{Change, all_stored, change, entry_of};
use event::{Error, Reversal, Store};
use proptest::prelude::*;

/// Makes a change in a store and returns what takes it back.
fn cross(store: &mut Store, staged: event::Staged) -> Reversal {
    let reversal = store.reversal_of(&staged);
    store.commit(staged);
    // What lies on a disk is what was noted.
    Reversal::from_bytes(&reversal.to_bytes()).expect("what was written can be read")
}

/// What the store will hold without each of its sources: the duplicates, seen from outside.
fn without_each_source(store: &Store) -> Vec<Vec<u64>> {
    let n_sources = u16::try_from(store.sources().len()).expect("few sources");
    let counts = |source: u16| {
        let staged = store.stage_source_removal(source);
        vec![staged.n_removed_events(), staged.n_kept_events(), staged.n_emptied_cases()]
    };
    (0..n_sources).map(counts).collect()
}

type Seen = (u64, usize, Vec<Vec<(crate::support::Plain, String)>>);

fn seen(store: &Store) -> Seen {
    (store.n_events(), store.n_cases(), all_stored(store))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn back_and_forth_leads_to_the_same_stores(changes in prop::collection::vec(change(), 1..8)) {
        let mut store = Store::new();
        let mut states = vec![seen(&store)];
        let mut duplicates = vec![without_each_source(&store)];
        let mut back = Vec::new();
        for change in changes.iter().filter(|change| !matches!(change, Change::Erase(_))) {
            let entry = entry_of(&store, change);
            let Some(staged) = entry.stage(&store).expect("there is room") else { continue };
            back.push(cross(&mut store, staged));
            states.push(seen(&store));
            duplicates.push(without_each_source(&store));
        }
        let n = back.len();
        let mut forth = Vec::new();
        for step in (0..n).rev() {
            let reversal = back.pop().expect("one for each change");
            let staged = store.stage_reversal(reversal).expect("it fits");
            forth.push(cross(&mut store, staged));
            prop_assert_eq!(&seen(&store), &states[step]);
            // Sources keep their numbers, so that there are some which the earlier store had not.
            prop_assert_eq!(&without_each_source(&store)[..duplicates[step].len()], &duplicates[step][..]);
        }
        for step in 1..=n {
            let staged = store.stage_reversal(forth.pop().expect("one for each change")).expect("it fits");
            store.commit(staged);
            prop_assert_eq!(&seen(&store), &states[step]);
            prop_assert_eq!(&without_each_source(&store)[..duplicates[step].len()], &duplicates[step][..]);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_give_a_sound_store(
        changes in prop::collection::vec(change(), 1..4),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut store = Store::new();
        let mut last = None;
        for change in &changes {
            if let Some(staged) = entry_of(&store, change).stage(&store).expect("there is room") {
                last = Some(store.reversal_of(&staged));
                store.commit(staged);
            }
        }
        let mut bytes = last.map(|reversal| reversal.to_bytes()).unwrap_or_default();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let staged: Result<_, Error> =
            Reversal::from_bytes(&bytes).and_then(|reversal| store.stage_reversal(reversal));
        if let Ok(staged) = staged {
            store.commit(staged);
            let n: usize = store.cases().map(|(_, events)| events.len()).sum();
            prop_assert_eq!(store.n_events(), u64::try_from(n).expect("few events"));
            seen(&store);
        }
    }
}
