//! How fast a system is asked: a token bucket, what its answers say of limits, and growing pauses after failures.

use crate::request::{Answer, moment_millis};
use serde::{Deserialize, Serialize};

/// Requests a second where the connection does not say.
pub const USUAL_RATE: u32 = 4;
/// Longest pause that an answer can ask for: an hour.
const MAX_WAIT_MILLIS: u64 = 3_600_000;
/// First pause after a failure, before the jitter.
const FIRST_PAUSE_MILLIS: u64 = 1_000;
/// Longest pause after a failure, before the jitter.
const MAX_PAUSE_MILLIS: u64 = 60_000;
/// Failures one after another after which it is given up.
pub const MAX_ATTEMPTS: u32 = 8;

/// When the next request may go out. All times are milliseconds of one clock that the edge gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    per_second: u32,
    /// Thousandths of requests that may go out at once.
    tokens_milli: u64,
    filled_at: u64,
    not_before: u64,
    attempts: u32,
    random: u64,
}

impl Pace {
    /// So many requests a second; the seed spreads the pauses of several tabs.
    #[must_use]
    pub fn new(per_second: Option<u32>, seed: u64, now: u64) -> Self {
        let per_second = per_second.unwrap_or(USUAL_RATE).clamp(1, 1_000);
        let tokens_milli = u64::from(per_second) * 1_000;
        Self { per_second, tokens_milli, filled_at: now, not_before: 0, attempts: 0, random: seed | 1 }
    }

    /// Takes leave for one request, or says until when to wait.
    ///
    /// # Errors
    /// With the time at which to ask again.
    pub fn take(&mut self, now: u64) -> Result<(), u64> {
        if now < self.not_before {
            return Err(self.not_before);
        }
        let full = u64::from(self.per_second) * 1_000;
        // A clock that was put back does not stop everything.
        let passed = now.saturating_sub(self.filled_at).min(60_000);
        self.tokens_milli = (self.tokens_milli + passed * u64::from(self.per_second)).min(full);
        self.filled_at = now;
        if self.tokens_milli >= 1_000 {
            self.tokens_milli -= 1_000;
            return Ok(());
        }
        let missing = 1_000 - self.tokens_milli;
        Err(now + missing.div_ceil(u64::from(self.per_second)).max(1))
    }

    /// An answer came; what it says of limits is kept to.
    pub fn heard(&mut self, answer: &Answer<'_>, now: u64) {
        self.attempts = 0;
        if let Some(wait) = exhausted_for(answer, now) {
            self.not_before = self.not_before.max(now + wait.min(MAX_WAIT_MILLIS));
        }
    }

    /// A request failed for now; returns whether it may be tried again.
    pub fn failed(&mut self, answer: Option<&Answer<'_>>, now: u64) -> bool {
        self.attempts += 1;
        let asked = answer.and_then(|answer| {
            let wait = answer.header("retry-after").and_then(|text| retry_after(text, answer, now));
            wait.or_else(|| exhausted_for(answer, now))
        });
        let wait = match asked {
            Some(wait) => wait.min(MAX_WAIT_MILLIS) + self.jitter(500),
            None => self.pause(),
        };
        self.not_before = now + wait;
        self.attempts < MAX_ATTEMPTS
    }

    /// Between half and the whole of a pause that doubles.
    fn pause(&mut self) -> u64 {
        let doubled = FIRST_PAUSE_MILLIS << (self.attempts.saturating_sub(1)).min(10);
        let pause = doubled.min(MAX_PAUSE_MILLIS);
        pause / 2 + self.jitter(pause / 2)
    }

    /// A number below a bound, by xorshift.
    fn jitter(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound.max(1)
    }
}

/// What `Retry-After` says, in milliseconds from now: seconds, or a moment of the server's own clock.
fn retry_after(text: &str, answer: &Answer<'_>, now: u64) -> Option<u64> {
    if let Ok(secs) = text.parse::<f64>() {
        return secs.is_finite().then(|| millis_of(secs));
    }
    let until = moment_millis(text)?;
    Some(until.saturating_sub(answer.server_millis().unwrap_or(now)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn millis_of(secs: f64) -> u64 {
    (secs.max(0.0) * 1_000.0).min(MAX_WAIT_MILLIS as f64).ceil() as u64
}

/// For how long nothing more may be asked, where the answer says that the limit is used up.
fn exhausted_for(answer: &Answer<'_>, now: u64) -> Option<u64> {
    let number = |names: &[&str]| names.iter().find_map(|name| answer.header(name)?.parse::<f64>().ok());
    let left = number(&["ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining"])?;
    if left > 0.0 {
        return None;
    }
    let reset = number(&["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"])?;
    // A moment since 1970, or seconds from now.
    if reset > 100_000_000.0 {
        let server = answer.server_millis().unwrap_or(now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float to an integer saturates"
        )]
        let until = (reset * 1_000.0) as u64;
        return Some(until.saturating_sub(server));
    }
    Some(millis_of(reset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<'a>(status: u16, headers: &'a [(String, String)]) -> Answer<'a> {
        Answer { status, headers, body: b"" }
    }

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn no_more_than_the_rate_goes_out() {
        let mut pace = Pace::new(Some(5), 7, 0);
        let (mut now, mut sent) = (0_u64, Vec::new());
        while now < 10_000 {
            match pace.take(now) {
                Ok(()) => sent.push(now),
                Err(until) => now = until,
            }
        }
        for (at, first) in sent.iter().enumerate() {
            let within = sent[at..].iter().take_while(|time| **time < first + 1_000).count();
            assert!(within <= 10, "{within} requests within a second from {first}: a burst and the rate");
        }
        assert!((50..=56).contains(&sent.len()), "{} in ten seconds", sent.len());
    }

    #[test]
    fn retry_after_is_kept_to() {
        for (value, wait) in [("7", 7_000), ("Sun, 06 Nov 1994 08:49:44 GMT", 7_000)] {
            let mut pace = Pace::new(None, 1, 0);
            let headers = headers(&[("Retry-After", value), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]);
            assert!(pace.failed(Some(&answer(429, &headers)), 1_000), "it may be tried again");
            let until = pace.take(1_000).expect_err("not yet");
            assert!((1_000 + wait..=1_000 + wait + 500).contains(&until), "{value}: {until}");
        }
    }

    #[test]
    fn a_used_up_limit_is_waited_for() {
        for reset in ["30", "784111807"] {
            let mut pace = Pace::new(None, 1, 0);
            let headers = headers(&[
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", reset),
                ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ]);
            pace.heard(&answer(200, &headers), 5_000);
            assert_eq!(pace.take(5_000), Err(35_000), "{reset}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut pace = Pace::new(None, 99, 0);
        let mut now = 0;
        let mut pauses = Vec::new();
        while pace.failed(None, now) {
            let until = pace.take(now).expect_err("a pause");
            pauses.push(until - now);
            now = until;
        }
        assert_eq!(pauses.len() + 1, MAX_ATTEMPTS as usize, "{pauses:?}");
        assert!(pauses[0] <= 1_000 && pauses[5] >= 16_000, "they grow: {pauses:?}");
    }
}
