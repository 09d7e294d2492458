//! Small logs for the tests: by hand, and at random.

use event::{Batch, NewEvent, Store};
use journey::{CaseSet, UnknownName};
use proptest::prelude::*;

pub(crate) const SECOND: i64 = 1_000_000;

/// An event of a test log; times in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) customer: String,
    pub(crate) activity: String,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
}

/// A store of these events; customers are numbered in order of first appearance.
pub(crate) fn store_of(events: &[Plain]) -> Store {
    let mut batch = Batch::new("log");
    for (digest, event) in (0_u64..).zip(events) {
        let fits = batch.push(NewEvent {
            customer: &event.customer,
            activity: &event.activity,
            start_micros: event.start,
            end_micros: event.end,
            channel: None,
            account: None,
            text: None,
            value: None,
            line: 1,
            digest,
            ..NewEvent::default()
        });
        assert!(fits, "a small batch has room");
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    store
}

/// A store of traces, each "activity activity@seconds …"; without a time the event is ten seconds after the one before.
pub(crate) fn store_of_traces(traces: &[&str]) -> Store {
    let mut events = Vec::new();
    for (i, trace) in traces.iter().enumerate() {
        let mut next = 0;
        for word in trace.split_whitespace() {
            let (activity, secs) = match word.split_once('@') {
                Some((activity, secs)) => (activity, secs.parse().expect("seconds")),
                None => (word, next),
            };
            next = secs + 10;
            let (customer, start) = (format!("u{}", i + 1), secs * SECOND);
            events.push(Plain { customer, activity: activity.to_owned(), start, end: None });
        }
    }
    store_of(&events)
}

/// The five paths whose figures the definitions give.
pub(crate) fn five_paths() -> Store {
    store_of_traces(&[
        "home catalog cart purchase",
        "home catalog cart purchase",
        "home catalog catalog cart",
        "home search cart",
        "home search search",
    ])
}

pub(crate) fn all(store: &Store) -> CaseSet {
    CaseSet::all(store.customers().len())
}

/// What is unknown, by name.
pub(crate) fn unknown_names(unknown: &[UnknownName]) -> Vec<&str> {
    unknown.iter().map(|unknown| unknown.name.as_str()).collect()
}

/// A random log: up to `n` events of six customers and four activities, some with a duration.
pub(crate) fn log(n: usize) -> impl Strategy<Value = Vec<Plain>> {
    let length = proptest::option::weighted(0.3, 0_i64..60);
    let event =
        (0_u8..6, 0_usize..4, 0_i64..2_000, length).prop_map(|(customer, activity, start, length)| Plain {
            customer: format!("customer {customer}"),
            activity: ["ask", "buy", "call", "drop"][activity].to_owned(),
            start: start * SECOND,
            end: length.map(|l| (start + l) * SECOND),
        });
    prop::collection::vec(event, 0..n)
}

/// The events of each customer in order of (start, end, arrival), customers in order of first appearance.
pub(crate) fn by_customer(events: &[Plain]) -> Vec<Vec<Plain>> {
    let mut names: Vec<&str> = Vec::new();
    for event in events {
        if !names.contains(&event.customer.as_str()) {
            names.push(&event.customer);
        }
    }
    let of = |name: &str| {
        let mut case: Vec<Plain> = events.iter().filter(|e| e.customer == name).cloned().collect();
        case.sort_by_key(|e| (e.start, e.end.unwrap_or(e.start)));
        case
    };
    names.into_iter().map(of).collect()
}

/// A quantile of the continuous kind (type 7), in seconds, of times in microseconds.
pub(crate) fn quantile_secs(micros: &[i64], q: f64) -> f64 {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    let position = q * (sorted.len() - 1) as f64;
    let (mut low, mut high) = (sorted[0], sorted[0]);
    for (i, &value) in sorted.iter().enumerate() {
        if i as f64 <= position {
            low = value;
        }
        if i as f64 <= position.ceil() {
            high = value;
        }
    }
    (low as f64 + (high - low) as f64 * position.fract()) / 1e6
}

pub(crate) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}
