//! The store against a naive list: whatever the batches, the same events come out in the same order.

use crate::support::{Plain, batch_of, plain, stored};
use event::{Batch, Store};
use proptest::prelude::*;

fn load(batches: &[Vec<Plain>]) -> (Store, u64) {
    let mut store = Store::new();
    let mut n_duplicates = 0;
    for events in batches {
        let staged = store.stage(batch_of(Batch::new("source"), events));
        n_duplicates += staged.n_duplicates();
        store.commit(staged);
    }
    (store, n_duplicates)
}

/// What the store should hold of one customer, by the definition and nothing else.
fn naive(events: &[Plain], customer: u8) -> Vec<Plain> {
    let mut kept: Vec<Plain> = Vec::new();
    for event in events.iter().filter(|e| e.customer == customer) {
        let same = |k: &Plain| (k.activity, k.start, k.digest) == (event.activity, event.start, event.digest);
        if !kept.iter().any(same) {
            kept.push(event.clone());
        }
    }
    kept.sort_by_key(|e| (e.start, e.end.unwrap_or(e.start)));
    kept
}

/// An event without side properties.
fn bare(customer: u8, activity: u8, start: i64, digest: u64) -> Plain {
    Plain {
        customer,
        activity,
        start,
        end: None,
        channel: None,
        account: None,
        text: None,
        value: None,
        measure: event::Measure::Money,
        currency: None,
        object: None,
        digest,
        line: 1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn holds_what_a_naive_list_holds(mut batches in prop::collection::vec(prop::collection::vec(plain(), 0..30), 1..6)) {
        let mut line = 0;
        for event in batches.iter_mut().flatten() {
            line += 1;
            event.line = line;
        }
        let (store, n_duplicates) = load(&batches);
        let all: Vec<Plain> = batches.concat();
        let mut n_kept = 0;
        for customer in 0..6 {
            let expected: Vec<Plain> = naive(&all, customer).into_iter().map(|e| Plain { digest: 0, ..e }).collect();
            n_kept += expected.len() as u64;
            let found: Vec<Plain> = stored(&store, customer).into_iter().map(|(event, _)| event).collect();
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(store.n_events(), n_kept);
        prop_assert_eq!(n_duplicates, all.len() as u64 - n_kept);
    }

    #[test]
    fn pieces_equal_the_whole(events in prop::collection::vec(plain(), 0..80), cut in 0_usize..80) {
        let cut = cut.min(events.len());
        let (whole, whole_duplicates) = load(std::slice::from_ref(&events));
        let (pieces, pieces_duplicates) = load(&[events[..cut].to_vec(), events[cut..].to_vec()]);
        prop_assert_eq!(whole_duplicates, pieces_duplicates);
        for customer in 0..6 {
            prop_assert_eq!(stored(&whole, customer), stored(&pieces, customer));
        }
    }
}

#[test]
fn many_equal_times_are_compared_without_quadratic_cost() {
    let first: Vec<Plain> = (0..50_000).map(|digest| bare(1, 1, 5, digest)).collect();
    let (store, n_duplicates) = load(&[first.clone(), first]);
    assert_eq!(
        (store.n_events(), n_duplicates),
        (50_000, 50_000),
        "every event of the second batch repeats one"
    );
}

#[test]
fn staging_alone_changes_nothing() {
    let (store, _) = load(&[vec![bare(1, 1, 5, 1)]]);
    let batch = batch_of(Batch::new("other"), &[bare(2, 3, 1, 2)]);
    let staged = store.stage(batch);
    assert_eq!(staged.n_new_events(), 1, "the event is new");
    drop(staged);
    assert_eq!(
        (store.n_events(), store.n_cases(), store.activities().len()),
        (1, 1, 1),
        "nothing was committed"
    );
}
