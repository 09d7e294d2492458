//! Deterministic event logs of any size, as CSV made piece by piece.

use event::{Batch, NewEvent, Store};
use std::fmt::Write;

/// Activities of a synthetic log.
pub const N_ACTIVITIES: u64 = 40;

/// First moment of a synthetic log: 2025-01-01, in UTC seconds since 1970.
const START_SECS: i64 = 1_735_689_600;

/// A log of about `n_events` events, in which few customers do much and many do little.
///
/// A customer has between 2 and 2,000 events, by a power law; steps follow each other along a preferred order with jumps back;
/// rows come customer by customer and in order of time. The same numbers give the same bytes on every machine.
///
/// # Example
/// ```
/// let log: String = tests::synthetic::Log::new(1_000, 7).collect();
/// assert!(log.starts_with("customer,activity,time,channel\n"));
/// assert_eq!(log.lines().count(), 1_001);
/// ```
#[derive(Debug)]
pub struct Log {
    n_left: u64,
    customer: u64,
    random: u64,
    started: bool,
}

impl Log {
    /// A log of exactly `n_events` rows; `seed` chooses which.
    pub fn new(n_events: u64, seed: u64) -> Self {
        Self { n_left: n_events, customer: 0, random: seed, started: false }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): small, even, and the same everywhere.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Events of the next customer: 2,000 divided by an even draw of 1 to 1,000, so that the share of customers with more
    /// than n events falls like 1/n; 15 on average.
    fn next_length(&mut self) -> u64 {
        let draw = self.next_random() % 1_000 + 1;
        (2_000 / draw).min(self.n_left)
    }

    fn write_customer(&mut self, piece: &mut String) {
        let len = self.next_length();
        self.n_left -= len;
        self.customer += 1;
        let mut secs = START_SECS + below(self.next_random(), 20_000_000);
        let mut activity = self.next_random() % 4;
        for _ in 0..len {
            let draw = self.next_random();
            let channel = CHANNELS[usize::try_from(draw >> 61).unwrap_or(0)];
            let customer = self.customer;
            // Writing into a String cannot fail.
            writeln!(piece, "customer-{customer:07},step {activity:02},{},{channel}", time(secs))
                .unwrap_or_default();
            secs += 1 + below(draw >> 20, 90_000);
            activity = match draw % 10 {
                0..=5 => (activity + 1) % N_ACTIVITIES,
                6..=7 => activity.saturating_sub((draw >> 8) % 5),
                _ => (draw >> 8) % N_ACTIVITIES,
            };
        }
    }
}

impl Iterator for Log {
    type Item = String;

    /// The next piece, of 256 KiB or a little more; whole rows; the first begins with the header.
    fn next(&mut self) -> Option<String> {
        const PIECE_BYTES: usize = 1 << 18;
        if self.n_left == 0 && self.started {
            return None;
        }
        let mut piece = String::with_capacity(PIECE_BYTES + (1 << 17));
        if !self.started {
            self.started = true;
            piece.push_str("customer,activity,time,channel\n");
        }
        while self.n_left > 0 && piece.len() < PIECE_BYTES {
            self.write_customer(&mut piece);
        }
        Some(piece)
    }
}

/// The events of a [`Log`] in a store, without a file between; of those customers whose number `is_wanted`.
///
/// A rich one has ends up to four hours after the starts, and an account for every five customers.
pub fn store(n_events: u64, seed: u64, is_rich: bool, is_wanted: impl Fn(u32) -> bool) -> Store {
    let mut batch = Batch::new("synthetic");
    let mut line = 1;
    for piece in Log::new(n_events, seed) {
        for row in piece.lines().filter(|row| row.starts_with("customer-")) {
            line += 1;
            let mut fields = row.split(',');
            let mut field = || fields.next().unwrap_or_default();
            let (customer, activity, time, channel) = (field(), field(), field(), field());
            let number = customer.trim_start_matches("customer-").parse().unwrap_or(0);
            if !is_wanted(number) {
                continue;
            }
            let start_micros = time.parse::<jiff::Timestamp>().unwrap_or_default().as_microsecond();
            let secs = i64::from(line).wrapping_mul(7_919) % 14_400;
            let account = is_rich.then(|| format!("account-{:06}", number / 5));
            batch.push(NewEvent {
                customer,
                activity,
                start_micros,
                end_micros: is_rich.then_some(start_micros + secs * 1_000_000),
                channel: Some(channel),
                account: account.as_deref(),
                line,
                digest: u64::from(line),
                ..NewEvent::default()
            });
        }
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    store
}

const CHANNELS: [&str; 8] = ["web", "web", "web", "app", "app", "email", "email", "phone"];

/// A number from 0 to `limit` - 1.
fn below(draw: u64, limit: u32) -> i64 {
    i64::try_from(draw % u64::from(limit)).unwrap_or(0)
}

/// `2025-01-31T09:05:00Z`.
fn time(secs: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(secs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_repeats_and_has_its_size() {
        let (a, b): (String, String) = (Log::new(30_000, 1).collect(), Log::new(30_000, 1).collect());
        assert_eq!(a, b, "the same seed gives the same log");
        assert_eq!(a.lines().count(), 30_001, "a header and the rows asked for");
        assert_ne!(a, Log::new(30_000, 2).collect::<String>(), "another seed gives another log");
    }
}
