//! The store against a naive list: whatever the batches, the same events come out in the same order.

use event::{Batch, NewEvent, Store};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct Plain {
    customer: u8,
    activity: u8,
    start: i64,
    end: Option<i64>,
    channel: Option<u8>,
    digest: u64,
    line: u32,
}

fn plain() -> impl Strategy<Value = Plain> {
    (0_u8..6, 0_u8..4, 0_i64..12, proptest::option::of(0_i64..5), proptest::option::of(0_u8..3), 0_u64..3)
        .prop_map(|(customer, activity, start, length, channel, digest)| Plain {
            customer,
            activity,
            start,
            end: length.map(|l| start + l),
            channel,
            // The digest covers the whole record, so equal digests mean equal ends and channels.
            digest: digest
                + 10 * length.map_or(0, |l| u64::try_from(l).unwrap() + 1)
                + 1000 * channel.map_or(0, u64::from),
            line: 0,
        })
}

fn push(batch: &mut Batch, event: &Plain) {
    let (customer, activity) = (format!("c{}", event.customer), format!("a{}", event.activity));
    let channel = event.channel.map(|c| format!("ch{c}"));
    let fits = batch.push(NewEvent {
        customer: &customer,
        activity: &activity,
        start_micros: event.start,
        end_micros: event.end,
        channel: channel.as_deref(),
        account: None,
        text: None,
        money: None,
        line: event.line,
        digest: event.digest,
    });
    assert!(fits, "a small batch has room");
}

fn load(batches: &[Vec<Plain>]) -> (Store, u64) {
    let mut store = Store::new();
    let mut n_duplicates = 0;
    for events in batches {
        let mut batch = Batch::new("source");
        events.iter().for_each(|event| push(&mut batch, event));
        let staged = store.stage(batch);
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

fn stored(store: &Store, customer: u8) -> Vec<Plain> {
    let Some(case) = store.customers().find(&format!("c{customer}")) else {
        return Vec::new();
    };
    let events = store.case(case);
    (0..events.len())
        .map(|i| {
            let e = events.event(i);
            let digit = |name: &str| name.trim_start_matches(|c: char| c.is_alphabetic()).parse().unwrap();
            Plain {
                customer,
                activity: digit(store.activities().get(e.activity)),
                start: e.start_micros,
                end: e.end_micros,
                channel: e.channel.map(|c| digit(store.channels().get(c))),
                digest: 0,
                line: e.line,
            }
        })
        .collect()
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
            prop_assert_eq!(stored(&store, customer), expected);
        }
        prop_assert_eq!(store.n_events(), n_kept);
        prop_assert_eq!(n_duplicates, all.len() as u64 - n_kept);
    }

    #[test]
    fn pieces_equal_the_whole(events in prop::collection::vec(plain(), 0..80), cut in 0_usize..80) {
        let cut = cut.min(events.len());
        let (whole, whole_duplicates) = load(&[events.clone()]);
        let (pieces, pieces_duplicates) = load(&[events[..cut].to_vec(), events[cut..].to_vec()]);
        prop_assert_eq!(whole_duplicates, pieces_duplicates);
        for customer in 0..6 {
            prop_assert_eq!(stored(&whole, customer), stored(&pieces, customer));
        }
    }
}

#[test]
fn many_equal_times_are_compared_without_quadratic_cost() {
    let event =
        |digest: u64| Plain { customer: 1, activity: 1, start: 5, end: None, channel: None, digest, line: 1 };
    let first: Vec<Plain> = (0..50_000).map(event).collect();
    let (store, n_duplicates) = load(&[first.clone(), first]);
    assert_eq!(
        (store.n_events(), n_duplicates),
        (50_000, 50_000),
        "every event of the second batch repeats one"
    );
}

#[test]
fn staging_alone_changes_nothing() {
    let (store, _) = load(&[vec![Plain {
        customer: 1,
        activity: 1,
        start: 5,
        end: None,
        channel: None,
        digest: 1,
        line: 1,
    }]]);
    let mut batch = Batch::new("other");
    push(
        &mut batch,
        &Plain { customer: 2, activity: 3, start: 1, end: None, channel: None, digest: 2, line: 1 },
    );
    let staged = store.stage(batch);
    assert_eq!(staged.n_new_events(), 1, "the event is new");
    drop(staged);
    assert_eq!(
        (store.n_events(), store.n_cases(), store.activities().len()),
        (1, 1, 1),
        "nothing was committed"
    );
}
