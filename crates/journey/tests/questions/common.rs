//! Small stores for tests, and the same events as plain lists for naive oracles.

use event::{Batch, NewEvent, Store};
use journey::{Period, Query, Unit};
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
            value: None,
            line,
            digest: u64::from(line),
            ..NewEvent::default()
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

/// One unit as an oracle sees it.
#[derive(Clone, Debug)]
pub(crate) struct PlainUnit {
    /// Customers it is made of, as the store numbers them.
    pub(crate) customers: Vec<u8>,
    /// All that ever happened, in order.
    pub(crate) history: Vec<Plain>,
    /// What happened in the period.
    pub(crate) events: Vec<Plain>,
}

/// The units of a query over all customers, straight from the definitions; sessions by gaps of instantaneous events.
pub(crate) fn units_of(store: &Store, events: &[Plain], query: &Query) -> Vec<PlainUnit> {
    let mut customers: Vec<u8> =
        (0..N_CUSTOMERS).filter(|c| events.iter().any(|e| e.customer == *c)).collect();
    customers.sort_by_key(|c| store.customers().find(&customer_name(*c)));
    let in_period = |history: &[Plain]| -> Vec<Plain> {
        history.iter().filter(|e| query.period.is_none_or(|p| p.contains(e.start))).cloned().collect()
    };
    let mut units: Vec<PlainUnit> = Vec::new();
    let account_of = |c: u8| case_of(events, c).iter().rev().find_map(|e| e.account);
    match query.unit {
        Unit::Customers | Unit::Occurrences => {
            for c in customers {
                let history = case_of(events, c);
                units.push(PlainUnit { customers: vec![c], events: in_period(&history), history });
            }
        }
        Unit::Accounts => {
            for account in ["acme", "blue"] {
                let members: Vec<u8> =
                    customers.iter().copied().filter(|c| account_of(*c) == Some(account)).collect();
                let mut history: Vec<Plain> = members.iter().flat_map(|c| case_of(events, *c)).collect();
                history.sort_by_key(|e| (e.start, e.end_or_start()));
                units.push(PlainUnit { customers: members, events: in_period(&history), history });
            }
        }
        Unit::Sessions => {
            for c in customers {
                let history = case_of(events, c);
                let timeout = i64::from(query.session_timeout_secs) * 1_000_000;
                let mut quiet_since = i64::MIN / 2;
                for event in in_period(&history) {
                    if event.start - quiet_since > timeout {
                        units.push(PlainUnit {
                            customers: vec![c],
                            events: vec![],
                            history: history.clone(),
                        });
                        quiet_since = i64::MIN / 2;
                    }
                    quiet_since = quiet_since.max(event.end_or_start());
                    if let Some(session) = units.last_mut() {
                        session.events.push(event);
                    }
                }
            }
        }
    }
    units.retain(|unit| !unit.events.is_empty());
    units
}

/// A query for any unit and period, with times in steps as in [`plains`].
pub(crate) fn queries(n_steps: i64, step: i64) -> impl Strategy<Value = Query> {
    let unit = prop::sample::select(vec![Unit::Customers, Unit::Accounts, Unit::Sessions, Unit::Occurrences]);
    let period = proptest::option::weighted(0.4, (0..n_steps, 0..n_steps + 3));
    let zone = prop::sample::select(vec![0, -300, 60, 330]);
    (unit, period, zone, proptest::option::weighted(0.3, 0..n_steps + 5)).prop_map(
        move |(unit, period, zone_offset_minutes, data_until)| Query {
            unit,
            period: period
                .map(|(from, until)| Period { from_micros: from * step, until_micros: until * step }),
            data_until_micros: data_until.map(|at| at * step),
            zone_offset_minutes,
            session_timeout_secs: u32::try_from(2 * step / 1_000_000).unwrap_or(u32::MAX),
            ..Query::default()
        },
    )
}

/// The first moment that the oracle does not know.
pub(crate) fn known_until(events: &[Plain], query: &Query) -> i64 {
    let data_until =
        query.data_until_micros.unwrap_or(events.iter().map(|e| e.start + 1).max().unwrap_or(i64::MIN));
    query.period.map_or(data_until, |p| data_until.min(p.until_micros))
}
