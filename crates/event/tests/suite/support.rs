//! Small random events, how they are stored, and what the store holds by definition.

use event::journal::Entry;
use event::snapshot::{Snapshot, SnapshotReader};
use event::{Batch, Error, Measure, NewEvent, Store};
use proptest::prelude::*;

/// One event of a test, its names as digits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plain {
    pub(crate) customer: u8,
    pub(crate) activity: u8,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) channel: Option<u8>,
    pub(crate) account: Option<u8>,
    pub(crate) text: Option<u8>,
    pub(crate) value: Option<f64>,
    pub(crate) measure: Measure,
    pub(crate) currency: Option<u8>,
    pub(crate) object: Option<u8>,
    pub(crate) digest: u64,
    pub(crate) line: u32,
}

/// Few customers, activities and times, so that equal ones are common; the digest covers the whole record.
pub(crate) fn plain() -> impl Strategy<Value = Plain> {
    let optional = |limit: u8| proptest::option::of(0..limit);
    let main = (0_u8..6, 0_u8..4, 0_i64..12, proptest::option::of(0_i64..5), 0_u64..3, 1_u32..1000);
    let sides = (optional(3), optional(2), optional(2), optional(2));
    let meaning = (proptest::sample::select(Measure::ALL.to_vec()), optional(2), optional(4));
    (main, sides, any::<bool>(), proptest::option::of(meaning)).prop_map(|(main, sides, is_rich, meaning)| {
        let (customer, activity, start, length, digest, line) = main;
        let sides = if is_rich { sides } else { (None, None, None, None) };
        let (channel, account, text, value) = sides;
        let (measure, currency, object) = meaning.unwrap_or_default();
        let measure = if value.is_some() { measure } else { Measure::Money };
        let digit = |side: Option<u8>| side.map_or(0, |value| u64::from(value) + 1);
        let n_length = length.map_or(0, |l| u64::try_from(l).expect("lengths are positive") + 1);
        let sides = [digit(channel), digit(account), digit(text), digit(value), n_length, digest];
        let meaning = [digit(currency), digit(object), measure as u64];
        Plain {
            customer,
            activity,
            start,
            end: length.map(|length| start + length),
            channel,
            account,
            text,
            value: value.map(|m| f64::from(m) * 0.1),
            measure,
            currency,
            object,
            digest: sides.iter().chain(&meaning).fold(0, |all, side| all * 10 + side),
            line,
        }
    })
}

/// A batch of these events, for a new source or for one that is there already.
pub(crate) fn batch_of(mut batch: Batch, events: &[Plain]) -> Batch {
    for event in events {
        push(&mut batch, event);
    }
    batch
}

fn push(batch: &mut Batch, event: &Plain) {
    let name = |what: &str, digit: Option<u8>| digit.map(|digit| format!("{what}{digit}"));
    let (customer, activity) = (format!("c{}", event.customer), format!("a{}", event.activity));
    let (channel, account) = (name("ch", event.channel), name("acc", event.account));
    let text = name(&format!("{customer} said "), event.text);
    let (currency, object) = (name("cur", event.currency), name("obj", event.object));
    let fits = batch.push(NewEvent {
        customer: &customer,
        activity: &activity,
        start_micros: event.start,
        end_micros: event.end,
        channel: channel.as_deref(),
        account: account.as_deref(),
        text: text.as_deref(),
        value: event.value,
        measure: event.measure,
        currency: currency.as_deref(),
        object: object.as_deref(),
        line: event.line,
        digest: event.digest,
    });
    assert!(fits, "a small batch has room");
}

/// What the store holds of one customer, with the name of each event's source; the digest is not readable and is 0.
pub(crate) fn stored(store: &Store, customer: u8) -> Vec<(Plain, String)> {
    let Some(case) = store.customers().find(&format!("c{customer}")) else {
        return Vec::new();
    };
    let events = store.case(case);
    let digit = |name: &str| {
        name.rsplit(|c: char| !c.is_ascii_digit())
            .next()
            .and_then(|digits| digits.parse().ok())
            .expect("names end in digits")
    };
    let to_plain = |i: usize| {
        let e = events.event(i);
        let plain = Plain {
            customer,
            activity: digit(store.activities().get(e.activity)),
            start: e.start_micros,
            end: e.end_micros,
            channel: e.channel.map(|id| digit(store.channels().get(id))),
            account: e.account.map(|id| digit(store.accounts().get(id))),
            text: e.text.map(|id| digit(store.texts().get(id))),
            value: e.value,
            measure: e.measure,
            currency: e.currency.map(|id| digit(store.currencies().get(id))),
            object: e.object.map(|id| digit(store.objects().get(id))),
            digest: 0,
            line: e.line,
        };
        (plain, store.sources()[usize::from(e.source)].clone())
    };
    (0..events.len()).map(to_plain).collect()
}

/// What the store holds of all customers.
pub(crate) fn all_stored(store: &Store) -> Vec<Vec<(Plain, String)>> {
    (0..6).map(|customer| stored(store, customer)).collect()
}

/// Commits a batch of a source by name: a new source at its first batch, a continued one from then on.
pub(crate) fn add(store: &mut Store, source: &str, events: &[Plain]) -> u64 {
    let known = store.sources().iter().position(|name| name == source);
    let batch = match known {
        Some(number) => Batch::continuing(u16::try_from(number).expect("few sources")),
        None => Batch::new(source),
    };
    let staged = store.stage(batch_of(batch, events));
    let n_duplicates = staged.n_duplicates();
    store.commit(staged);
    n_duplicates
}

/// A change of a store, with sources and customers by name.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Add(u8, Vec<Plain>),
    Remove(u8),
    Erase(Vec<u8>),
    Other(u8),
}

/// Mostly additions, some of them to sources that are there already.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (0_u8..4, prop::collection::vec(plain(), 0..25)).prop_map(|(source, events)| Change::Add(source, events)),
        1 => (0_u8..4).prop_map(Change::Remove),
        1 => prop::collection::vec(0_u8..6, 0..3).prop_map(Change::Erase),
        1 => (0_u8..9).prop_map(Change::Other),
    ]
}

/// The entry that says in a journal what the change does to the store as it is.
pub(crate) fn entry_of(store: &Store, change: &Change) -> Entry {
    let number = |source: u8| {
        let found = store.sources().iter().position(|name| *name == format!("source {source}"));
        found.map(|at| u16::try_from(at).expect("few sources"))
    };
    match change {
        Change::Add(source, events) => {
            let batch = match number(*source) {
                Some(number) => Batch::continuing(number),
                None => Batch::new(&format!("source {source}")),
            };
            Entry::Batch(Box::new(batch_of(batch, events)))
        }
        Change::Remove(source) => Entry::RemoveSource(number(*source).unwrap_or(900)),
        Change::Erase(customers) => {
            let find = |customer: &u8| store.customers().find(&format!("c{customer}"));
            Entry::Erase(customers.iter().filter_map(find).collect())
        }
        Change::Other(what) => Entry::Other { kind: 64 + what, bytes: vec![*what] },
    }
}

/// Commits an entry.
pub(crate) fn apply(store: &mut Store, entry: Entry) {
    if let Some(staged) = entry.stage(store).expect("a small store has room") {
        store.commit(staged);
    }
}

/// A snapshot's chunks, of at most about `n_bytes` each.
pub(crate) fn chunks_of(store: &Store, sequence: u64, n_bytes: usize) -> Vec<Vec<u8>> {
    let mut snapshot = Snapshot::begin_in_chunks(store, sequence, n_bytes);
    let next = || snapshot.next_chunk(store).expect("the store doesn't change");
    std::iter::from_fn(next).collect()
}

/// All that a store holds, as bytes; equal for equal stores.
pub(crate) fn bytes_of(store: &Store) -> Vec<u8> {
    chunks_of(store, 0, 1 << 20).concat()
}

/// The store that is in a snapshot.
pub(crate) fn reopen(chunks: &[Vec<u8>]) -> Result<Store, Error> {
    let mut reader = SnapshotReader::new();
    for chunk in chunks {
        reader.push(chunk)?;
    }
    reader.finish()
}
