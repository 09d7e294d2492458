//! Measured times on their way into a distribution: a loose list while they are counted, a multiset once they are kept.

use crate::durations::{Durations, TimeStats};
use crate::follows::Sign;

/// Times in microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readings {
    loose: Vec<i64>,
    settled: Durations,
}

impl Readings {
    pub(crate) fn push(&mut self, micros: i64) {
        self.loose.push(micros);
    }

    /// Number of times.
    pub(crate) fn len(&self) -> usize {
        self.loose.len() + self.settled.len()
    }

    /// Takes what was counted for the whole; before that there are no figures.
    pub(crate) fn settle(&mut self) {
        self.settled = Durations::from_unsorted(std::mem::take(&mut self.loose));
    }

    /// Takes a part in or out that is not settled.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        self.settled.change(part.loose, sign);
    }

    pub(crate) fn settled(&self) -> &Durations {
        &self.settled
    }

    pub(crate) fn stats(&self) -> Option<TimeStats> {
        self.settled.stats()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        size_of::<Self>() + self.loose.capacity() * size_of::<i64>() + self.settled.n_bytes()
    }
}
