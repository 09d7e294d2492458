//! Small stores for tests, and the same events as plain lists for naive oracles.

use event::{Batch, NewEvent, Store};
use proptest::prelude::*;

/// Names of activities; the store numbers them in order of appearance, which these tests never rely on.
pub(crate) const ACTIVITIES: [&str; 4] = ["visit", "cart", "order", "call"];
/// Customers 0…5.
pub(crate) const N_CUSTOMERS: u8 = 6;
/// A day in microseconds.
pub(crate) const DAY: i64 = 86_400_000_000;
/// An hour in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// An event as written in a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) customer: u8,
    pub(crate) activity: &'static str,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) channel: Option<&'static str>,
    pub(crate) account: Option<&'static str>,
}

impl Plain {
    pub(crate) fn end_or_start(&self) -> i64 {
        self.end.unwrap_or(self.start)
    }
}

/// An event of a customer without anything but an activity and a time.
pub(crate) fn bare(customer: u8, activity: &'static str, start: i64) -> Plain {
    Plain { customer, activity, start, end: None, channel: None, account: None }
}

/// Events of few customers that start at multiples of `step` below `n_steps · step`, so that equal times are common.
pub(crate) fn plains(n_steps: i64, step: i64, max_events: usize) -> impl Strategy<Value = Vec<Plain>> {
    let one = (
        0..N_CUSTOMERS,
        prop::sample::select(ACTIVITIES.to_vec()),
        0..n_steps,
        proptest::option::weighted(0.2, 0_i64..3),
        proptest::option::of(prop::sample::select(vec!["web", "phone"])),
        proptest::option::weighted(0.7, prop::sample::select(vec!["acme", "blue"])),
    )
        .prop_map(move |(customer, activity, at, length, channel, account)| {
            let start = at * step;
            Plain { customer, activity, start, end: length.map(|l| start + l * step), channel, account }
        });
    prop::collection::vec(one, 0..max_events)
}

pub(crate) fn customer_name(customer: u8) -> String {
    format!("customer {customer}")
}

pub(crate) fn store_of(events: &[Plain]) -> Store {
    let mut batch = Batch::new("test");
    for (line, event) in (1_u32..).zip(events) {
        let fits = batch.push(NewEvent {
            customer: &customer_name(event.customer),
            activity: event.activity,
            start_micros: event.start,
            end_micros: event.end,
            channel: event.channel,
            account: event.account,
            text: None,
            money: None,
            line,
            digest: u64::from(line),
        });
        assert!(fits, "a small batch has room");
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    store
}

/// The events of one customer in the order of the store: by start, then end, then arrival.
pub(crate) fn case_of(events: &[Plain], customer: u8) -> Vec<Plain> {
    let mut case: Vec<Plain> = events.iter().filter(|e| e.customer == customer).cloned().collect();
    case.sort_by_key(|e| (e.start, e.end_or_start()));
    case
}

/// The customers of a set of cases, ascending.
pub(crate) fn customers_in(store: &Store, cases: &journey::CaseSet) -> Vec<u8> {
    let mut found: Vec<u8> = (0..N_CUSTOMERS)
        .filter(|c| store.customers().find(&customer_name(*c)).is_some_and(|case| cases.contains(case)))
        .collect();
    found.sort_unstable();
    found
}

/// Names as a filter wants them.
pub(crate) fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// The five customers of DEFINITIONS: two buy, one comes back to the catalogue, two search. Minutes apart.
pub(crate) fn five_paths() -> Store {
    let traces: [&[&'static str]; 5] = [
        &["home", "catalog", "cart", "purchase"],
        &["home", "catalog", "cart", "purchase"],
        &["home", "catalog", "catalog", "cart"],
        &["home", "search", "cart"],
        &["home", "search", "search"],
    ];
    let mut events = Vec::new();
    for (customer, trace) in (1_u8..).zip(traces) {
        events.extend(
            (0_i64..).zip(trace).map(|(minute, activity)| bare(customer, activity, minute * 60_000_000)),
        );
    }
    store_of(&events)
}
