//! Rate limits: token buckets, one a key, for a bounded number of keys.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Keys that are remembered; of more, full buckets are forgotten, which changes nothing for their owners.
const KEYS_MAX: usize = 10_000;

/// Buckets of one size, filled at one rate.
#[derive(Debug)]
pub(crate) struct Buckets {
    /// Tokens a second.
    rate: f64,
    /// Most tokens.
    burst: f64,
    filled: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Buckets {
    pub(crate) fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, filled: Mutex::default() }
    }

    /// Takes one token of a key's bucket.
    ///
    /// # Errors
    /// When there is none: how long until there will be one.
    pub(crate) fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if !filled.contains_key(key) {
            if filled.len() >= KEYS_MAX {
                filled.retain(|_, bucket| self.level(bucket, now) < self.burst);
            }
            if filled.len() >= KEYS_MAX {
                // So many busy keys at once are an attack; new ones wait until some of them are quiet.
                return Err(self.time_for(1.0));
            }
            filled.insert(key.to_owned(), Bucket { tokens: self.burst, at: now });
        }
        let Some(bucket) = filled.get_mut(key) else { return Ok(()) };
        let level = self.level(bucket, now);
        (bucket.tokens, bucket.at) = (level, now);
        if level < 1.0 {
            return Err(self.time_for(1.0 - level));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn level(&self, bucket: &Bucket, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * self.rate;
        (bucket.tokens + gained).min(self.burst)
    }

    fn time_for(&self, tokens: f64) -> Duration {
        Duration::from_secs_f64((tokens / self.rate).min(3600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let (buckets, start) = (Buckets::new(2.0, 3.0), Instant::now());
        for _ in 0..3 {
            assert_eq!(buckets.take("a", start), Ok(()), "the burst");
        }
        assert_eq!(buckets.take("a", start), Err(Duration::from_millis(500)), "half a second for one token");
        assert_eq!(buckets.take("b", start), Ok(()), "another key has its own");
        assert_eq!(buckets.take("a", start + Duration::from_millis(500)), Ok(()), "which is true");
        assert!(buckets.take("a", start + Duration::from_millis(500)).is_err(), "and no more than that");
    }

    #[test]
    fn many_keys_take_bounded_memory() {
        let (buckets, start) = (Buckets::new(1.0, 2.0), Instant::now());
        for key in 0..3 * KEYS_MAX {
            let _ = buckets.take(&key.to_string(), start);
        }
        let n_keys = buckets.filled.lock().expect("no panic").len();
        assert!(n_keys <= KEYS_MAX, "{n_keys} keys");
        assert_eq!(buckets.take("late", start + Duration::from_secs(2)), Ok(()), "quiet keys make room");
    }

    proptest! {
        /// In any stretch of time no more passes than the burst and what the rate gives.
        #[test]
        fn never_more_than_promised(steps in proptest::collection::vec(0_u64..400, 1..200)) {
            let (buckets, start) = (Buckets::new(10.0, 5.0), Instant::now());
            let (mut at, mut passed) = (Duration::ZERO, 0.0);
            for step in steps {
                at += Duration::from_millis(step);
                match buckets.take("a", start + at) {
                    Ok(()) => passed += 1.0,
                    Err(wait) => prop_assert!(wait <= Duration::from_millis(100), "one token takes 100 ms"),
                }
                prop_assert!(passed <= 5.0 + at.as_secs_f64() * 10.0 + 1e-6, "{passed} after {at:?}");
            }
        }
    }
}
