//! Customers that become one and are split again: the store is that of events which were one customer's from the start.

use crate::support::{Change, Plain, all_stored, batch_of, change, entry_of, plain, stored};
use event::{Batch, EventView, Reversal, Store};
use proptest::prelude::*;

fn store_of(changes: &[Change]) -> Store {
    let mut store = Store::new();
    for change in changes.iter().filter(|change| !matches!(change, Change::Erase(_))) {
        let entry = entry_of(&store, change);
        crate::support::apply(&mut store, entry);
    }
    store
}

fn number(store: &Store, customer: u8) -> Option<u32> {
    store.customers().find(&format!("c{customer}"))
}

/// As it lies on a disk.
fn written(reversal: &Reversal) -> Reversal {
    Reversal::from_bytes(&reversal.to_bytes()).expect("what was written can be read")
}

/// Makes the change and returns what takes it back.
fn cross(store: &mut Store, reversal: Reversal) -> Reversal {
    let staged = store.stage_reversal(reversal).expect("it fits");
    let back = store.reversal_of(&staged);
    store.commit(staged);
    written(&back)
}

type Seen = (u64, usize, Vec<Vec<(Plain, String)>>, Vec<Vec<u64>>);

fn seen(store: &Store) -> Seen {
    let n_sources = u16::try_from(store.sources().len()).expect("few sources");
    let without = |source: u16| {
        let staged = store.stage_source_removal(source);
        vec![staged.n_removed_events(), staged.n_kept_events(), staged.n_emptied_cases()]
    };
    (store.n_events(), store.n_cases(), all_stored(store), (0..n_sources).map(without).collect())
}

/// What tells an event from all others that it could be taken for.
fn mark(event: EventView) -> (u16, u32, u32, i64, Option<i64>) {
    (event.source, event.line, event.activity, event.start_micros, event.end_micros)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merged_events_are_those_of_one_customer(events in prop::collection::vec(plain(), 1..60)) {
        // Every event is its own, so that none is skipped on either side.
        let mut events = events;
        for (at, event) in (0_u64..).zip(&mut events) {
            event.digest = 1_000_000 + at;
        }
        let is_from = |event: &&Plain| [1, 2].contains(&event.customer);
        let mut as_one: Vec<Plain> = events.iter().filter(|event| !is_from(event)).cloned().collect();
        // In order of their numbers, which is that of their first events.
        let mut from = vec![1, 2];
        from.sort_by_key(|customer| events.iter().position(|event| event.customer == *customer));
        for customer in from {
            as_one.extend(events.iter().filter(|event| event.customer == customer).cloned());
        }
        for event in &mut as_one {
            if is_from(&&*event) {
                event.customer = 0;
            }
        }
        let store_of = |events: &[Plain]| {
            let mut store = Store::new();
            let mut all = vec![Plain { customer: 0, activity: 0, start: -5, ..bare() }, Plain { customer: 5, ..bare() }];
            all.extend_from_slice(events);
            let staged = store.stage(batch_of(Batch::new("s"), &all));
            store.commit(staged);
            store
        };
        let (mut merged, expected) = (store_of(&events), store_of(&as_one));
        let from: Vec<u32> = [1, 2].into_iter().filter_map(|customer| number(&merged, customer)).collect();
        let change = merged.merge_of(number(&merged, 0).expect("it is there"), &from);
        cross(&mut merged, written(&change));
        prop_assert_eq!((merged.n_events(), merged.n_cases()), (expected.n_events(), expected.n_cases()));
        for customer in [0, 3, 4, 5] {
            let texts = |store: &Store| -> Vec<(Plain, String)> {
                stored(store, customer).into_iter().map(|(plain, source)| (Plain { text: None, ..plain }, source)).collect()
            };
            prop_assert_eq!(texts(&merged), texts(&expected));
        }
    }

    #[test]
    fn merging_and_taking_back_changes_nothing(
        changes in prop::collection::vec(change(), 1..8),
        into in 0..6_u8,
        from in prop::collection::vec(0..6_u8, 0..4),
    ) {
        let mut store = store_of(&changes);
        let Some(into) = number(&store, into) else { return Ok(()) };
        let before = seen(&store);
        let from: Vec<u32> = from.into_iter().filter_map(|customer| number(&store, customer)).collect();
        let merge = store.merge_of(into, &from);
        let back = cross(&mut store, written(&merge));
        let merged = seen(&store);
        prop_assert_eq!(merged.0, before.0, "no event is lost");
        let forth = cross(&mut store, back);
        prop_assert_eq!(&seen(&store), &before);
        cross(&mut store, forth);
        prop_assert_eq!(&seen(&store), &merged);
    }

    #[test]
    fn a_split_gives_back_what_a_merge_brought(
        changes in prop::collection::vec(change(), 1..6),
        into in 0..6_u8,
        from in 0..6_u8,
        later in prop::collection::vec(plain(), 0..10),
    ) {
        let mut changes = changes;
        // One line holds one event, as it does in most files; the later events have lines of their own.
        let mut line = 0;
        for change in &mut changes {
            if let Change::Add(_, events) = change {
                for event in events {
                    line += 1;
                    event.line = line;
                }
            }
        }
        // What comes later repeats nothing: a repetition of a merged event is skipped, which a split cannot know.
        let later: Vec<Plain> = (0_u64..)
            .zip(later)
            .map(|(at, event)| Plain { line: event.line + 10_000, digest: 1_000_000 + at, start: event.start + 100, ..event })
            .collect();
        let mut store = store_of(&changes);
        let (Some(into), Some(from)) = (number(&store, into), number(&store, from)) else { return Ok(()) };
        let moved: Vec<_> = (0..store.case(from).len()).map(|at| mark(store.case(from).event(at))).collect();
        let mut never = store_of(&changes);
        let merge = store.merge_of(into, &[from]);
        cross(&mut store, written(&merge));
        for one in [&mut store, &mut never] {
            let staged = one.stage(batch_of(Batch::new("later"), &later));
            one.commit(staged);
        }
        if into != from {
            let split = store.split_of(into, from, &mut |event| moved.contains(&mark(event)));
            cross(&mut store, written(&split));
        }
        prop_assert_eq!(seen(&store).2, seen(&never).2);
        prop_assert_eq!(store.n_cases(), never.n_cases());
    }
}

fn bare() -> Plain {
    Plain {
        customer: 0,
        activity: 0,
        start: 0,
        end: None,
        channel: None,
        account: None,
        text: None,
        value: None,
        measure: event::Measure::Money,
        currency: None,
        object: None,
        digest: 7,
        line: 1,
    }
}
