//! Digests of question and data: equal digests mean equal figures.

use event::Store;
use protocol::question::Question;
use xxhash_rust::xxh3::xxh3_64;

/// Digest of everything in the store that a figure can depend on: customers, activities, channels and accounts by name, starts
/// and ends, and the order of events in each case. Texts, money and sources are not part of it, nor is the order of customers
/// or of rows. Costs O(events).
pub(crate) fn data_digest(store: &Store) -> u64 {
    let of_names =
        |names: &event::Names| -> Vec<u64> { names.iter().map(|name| xxh3_64(name.as_bytes())).collect() };
    let (activities, channels) = (of_names(store.activities()), of_names(store.channels()));
    let accounts = of_names(store.accounts());
    let of_id =
        |digests: &[u64], id: Option<u32>| id.and_then(|id| digests.get(id as usize)).copied().unwrap_or(0);
    let mut sum = store.n_events();
    for (case, events) in store.cases() {
        let mut digest = xxh3_64(store.customers().get(case).as_bytes());
        let (has_ends, has_channels) = (events.has_ends(), events.has_channels());
        for (i, (&activity, &start)) in events.activities().iter().zip(events.starts()).enumerate() {
            digest = mixed(digest ^ of_id(&activities, Some(activity)));
            digest = mixed(digest ^ start.cast_unsigned());
            if let Some(end) = has_ends.then(|| events.known_end_micros(i)).flatten() {
                digest = mixed(digest ^ end.cast_unsigned());
            }
            if let Some(channel) = has_channels.then(|| events.channel(i)).flatten() {
                digest = mixed(digest ^ of_id(&channels, Some(channel)));
            }
        }
        digest = mixed(digest ^ of_id(&accounts, events.account()));
        // A sum does not depend on the order of the cases.
        sum = sum.wrapping_add(digest);
    }
    sum
}

/// A step of SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(bits: u64) -> u64 {
    let z = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Digest of question and data as 32 hexadecimal digits: the question's written form first, then the data.
pub(super) fn input_digest(question: &Question, data_digest: u64) -> String {
    format!("{:016x}{data_digest:016x}", xxh3_64(format!("{question:?}").as_bytes()))
}
