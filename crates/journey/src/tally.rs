//! Counting a directly-follows graph in one pass: a square table of pairs, with nothing to look up or to hash.

use crate::follows::each_transition;
use event::CaseEvents;

/// One pair of activities while it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairCount {
    /// The sum of microseconds below 2⁶⁴, and how often it went beyond.
    sum: u64,
    sum_carry: u32,
    pub(crate) n_occurrences: u32,
    pub(crate) n_cases: u32,
    /// The case counted last, from 1.
    last_case: u32,
}

impl PairCount {
    fn add(&mut self, micros: i64, case: u32) {
        // Transitions take no negative time.
        let (sum, carried) = self.sum.overflowing_add(micros.unsigned_abs());
        self.sum = sum;
        self.sum_carry += u32::from(carried);
        self.n_occurrences += 1;
        self.n_cases += u32::from(self.last_case != case);
        self.last_case = case;
    }

    pub(crate) fn sum_micros(&self) -> i128 {
        (i128::from(self.sum_carry) << u64::BITS) | i128::from(self.sum)
    }
}

/// One activity while it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) n_cases: u32,
    pub(crate) n_starts: u32,
    pub(crate) n_ends: u32,
    last_case: u32,
}

impl Mark {
    fn see(&mut self, case: u32) {
        self.n_cases += u32::from(self.last_case != case);
        self.last_case = case;
    }
}

/// Counts of pairs and activities; a store has fewer than 2³⁰ events, so 32 bits hold every count.
#[derive(Debug)]
pub(crate) struct Tally {
    side_bits: u32,
    pairs: Vec<PairCount>,
    marks: Vec<Mark>,
    n_cases: u32,
}

impl Tally {
    /// Most activities: 256² pairs of 24 bytes are 1.5 MiB.
    pub(crate) const MAX_ACTIVITIES: usize = 256;

    pub(crate) fn new(n_activities: usize) -> Self {
        let side = n_activities.next_power_of_two();
        let pairs = vec![PairCount::default(); side * side];
        Self { side_bits: side.ilog2(), pairs, marks: vec![Mark::default(); n_activities], n_cases: 0 }
    }

    pub(crate) fn count(&mut self, events: CaseEvents<'_>) {
        let activities = events.activities();
        let (Some(&first), Some(&last)) = (activities.first(), activities.last()) else {
            return;
        };
        self.n_cases += 1;
        let (case, side_bits) = (self.n_cases, self.side_bits);
        self.marks[first as usize].n_starts += 1;
        self.marks[first as usize].see(case);
        self.marks[last as usize].n_ends += 1;
        let (pairs, marks) = (self.pairs.as_mut_slice(), self.marks.as_mut_slice());
        each_transition(events, |from, to, micros| {
            pairs[((from as usize) << side_bits) | to as usize].add(micros, case);
            marks[to as usize].see(case);
        });
    }

    pub(crate) fn n_cases(&self) -> u64 {
        u64::from(self.n_cases)
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Pairs that occur, by the first and then the second activity.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32, &PairCount)> {
        let (bits, mask) = (self.side_bits, (1 << self.side_bits) - 1);
        let numbered = (0_u32..).zip(&self.pairs).filter(|(_, pair)| pair.n_occurrences > 0);
        numbered.map(move |(i, pair)| (i >> bits, i & mask, pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_beyond_64_bits() {
        let mut pair = PairCount::default();
        for case in 1..=5 {
            pair.add(i64::MAX, case);
        }
        assert_eq!(pair.sum_micros(), 5 * i128::from(i64::MAX), "nothing is lost");
        assert_eq!((pair.n_occurrences, pair.n_cases), (5, 5), "each case once");
    }
}
