//! Digests of question and data: equal digests mean equal figures.

use crate::segments::Expanded;
use event::{EventView, Names, Store};
use protocol::figure::Figure;
use xxhash_rust::xxh3::xxh3_64;

/// Digest of everything in the store that a figure can depend on: customers, activities, channels and accounts by name, starts
/// and ends, numbers with what they mean, objects, the source where it is not the first, and the order of events in each case.
/// Texts are not part of it, nor is the order of customers or of rows.
#[derive(Debug, Default)]
pub(crate) struct DataDigest {
    /// A sum, because it does not depend on the order of the cases and each can be taken out again.
    sum: u64,
    /// Digests of names by number, worked out when they are first needed.
    activities: Vec<Option<u64>>,
    channels: Vec<Option<u64>>,
}

impl DataDigest {
    /// Costs O(events).
    pub(crate) fn of(store: &Store) -> Self {
        let mut digest = Self::default();
        digest.take_in(store, store.cases().map(|(case, _)| case));
        digest
    }

    /// Takes cases in. Costs their events.
    pub(crate) fn take_in(&mut self, store: &Store, cases: impl Iterator<Item = u32>) {
        for case in cases {
            self.sum = self.sum.wrapping_add(self.of_case(store, case));
        }
    }

    /// Takes cases out that are in it as they are in the store now.
    pub(crate) fn take_out(&mut self, store: &Store, cases: impl Iterator<Item = u32>) {
        for case in cases {
            self.sum = self.sum.wrapping_sub(self.of_case(store, case));
        }
    }

    pub(crate) fn value(&self, store: &Store) -> u64 {
        self.sum.wrapping_add(store.n_events())
    }

    fn of_case(&mut self, store: &Store, case: u32) -> u64 {
        let events = store.case(case);
        let mut digest = xxh3_64(store.customers().get(case).as_bytes());
        let (has_ends, has_channels) = (events.has_ends(), events.has_channels());
        let has_more = events.has_values() || events.has_objects() || events.has_sources();
        for (i, (&activity, &start)) in events.activities().iter().zip(events.starts()).enumerate() {
            digest = mixed(digest ^ of_name(&mut self.activities, store.activities(), activity));
            digest = mixed(digest ^ start.cast_unsigned());
            if let Some(end) = has_ends.then(|| events.known_end_micros(i)).flatten() {
                digest = mixed(digest ^ end.cast_unsigned());
            }
            if let Some(channel) = has_channels.then(|| events.channel(i)).flatten() {
                digest = mixed(digest ^ of_name(&mut self.channels, store.channels(), channel));
            }
            if let Some(rest) = has_more.then(|| of_rest(store, &events.event(i))).flatten() {
                digest = mixed(digest ^ rest);
            }
        }
        let account = events.account().map_or(0, |account| xxh3_64(store.accounts().get(account).as_bytes()));
        mixed(digest ^ account)
    }
}

/// What few events have: a number with its meaning, an object, another source than the first. None where there is nothing,
/// so that it is the same whether or not other events have something.
fn of_rest(store: &Store, event: &EventView) -> Option<u64> {
    let of = |name: &str| xxh3_64(name.as_bytes());
    let source = store.sources().get(usize::from(event.source)).filter(|_| event.source > 0);
    let parts = [
        event.value.map(|value| mixed(value.to_bits() ^ u64::from(event.measure as u8))),
        event.currency.map(|currency| of(store.currencies().get(currency))),
        event.object.map(|object| of(store.objects().get(object))),
        source.map(|source| of(source)),
    ];
    parts
        .iter()
        .any(Option::is_some)
        .then(|| parts.iter().fold(0, |digest, part| mixed(digest ^ part.unwrap_or(0))))
}

fn of_name(known: &mut Vec<Option<u64>>, names: &Names, number: u32) -> u64 {
    let place = number as usize;
    if known.len() <= place {
        known.resize(names.len().max(place + 1), None);
    }
    *known[place].get_or_insert_with(|| xxh3_64(names.get(number).as_bytes()))
}

/// A step of SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(bits: u64) -> u64 {
    let z = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Digest of question and data as 32 hexadecimal digits: the question's written form first, then the data.
pub(super) fn input_digest(asked: &Expanded, data_digest: u64) -> String {
    let Expanded { question, groups, .. } = asked;
    format!("{:016x}{data_digest:016x}", xxh3_64(format!("{question:?}{groups:?}").as_bytes()))
}

/// Digest of a figure and the data, as [`input_digest`].
pub(crate) fn figure_digest(figure: &Figure, data_digest: u64) -> String {
    format!("{:016x}{data_digest:016x}", xxh3_64(format!("{figure:?}").as_bytes()))
}
