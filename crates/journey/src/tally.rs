//! Counting a directly-follows graph in one pass: a square table of pairs, with nothing to look up or to hash.

use crate::follows::each_transition;
use event::CaseEvents;

/// One pair of activities while it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairCount {
    /// Microseconds since the last time that sums were set aside.
    sum: u64,
    /// Occurrences in the lower half, cases in the upper: one addition for both.
    counts: u64,
    /// The case counted last, from 1.
    last_case: u32,
}

impl PairCount {
    fn add(&mut self, micros: i64, case: u32) {
        // Transitions take no negative time.
        self.sum = self.sum.wrapping_add(micros.cast_unsigned());
        self.counts += 1 | (u64::from(self.last_case != case) << 32);
        self.last_case = case;
    }

    pub(crate) fn n_occurrences(&self) -> u64 {
        self.counts & u64::from(u32::MAX)
    }

    pub(crate) fn n_cases(&self) -> u64 {
        self.counts >> 32
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
    /// At least every pair's sum of microseconds.
    sum_max: u64,
    /// Sums set aside by pair; none until they might not fit into 64 bits, which takes millennia.
    set_aside: Vec<i128>,
}

impl Tally {
    /// Most activities: 256² pairs of 24 bytes are 1.5 MiB.
    pub(crate) const MAX_ACTIVITIES: usize = 256;

    pub(crate) fn new(n_activities: usize) -> Self {
        let side = n_activities.next_power_of_two();
        let pairs = vec![PairCount::default(); side * side];
        let marks = vec![Mark::default(); n_activities];
        Self { side_bits: side.ilog2(), pairs, marks, n_cases: 0, sum_max: 0, set_aside: Vec::new() }
    }

    pub(crate) fn count(&mut self, events: CaseEvents<'_>) {
        let activities = events.activities();
        let (Some(&first), Some(&last)) = (activities.first(), activities.last()) else {
            return;
        };
        self.n_cases += 1;
        self.make_room(events);
        let (case, side_bits) = (self.n_cases, self.side_bits);
        self.marks[first as usize].n_starts += 1;
        self.marks[first as usize].see(case);
        self.marks[last as usize].n_ends += 1;
        let (pairs, marks) = (self.pairs.as_mut_slice(), self.marks.as_mut_slice());
        let place = |from: u32, to: u32| ((from as usize) << side_bits) | to as usize;
        if marks.len() > 64 {
            return each_transition(events, |from, to, micros| {
                pairs[place(from, to)].add(micros, case);
                marks[to as usize].see(case);
            });
        }
        // While a word has a bit for each, an activity is marked once a case and not once an event.
        let mut seen = 0_u64;
        each_transition(events, |from, to, micros| {
            pairs[place(from, to)].add(micros, case);
            seen |= 1 << (to % 64);
        });
        while seen != 0 {
            marks[seen.trailing_zeros() as usize].see(case);
            seen &= seen - 1;
        }
    }

    /// Makes sure that no sum overflows in a case.
    fn make_room(&mut self, events: CaseEvents<'_>) {
        let mut micros = 0_u64;
        if events.has_ends() {
            each_transition(events, |_, _, time| micros = micros.saturating_add(time.cast_unsigned()));
        } else if let (Some(first), Some(last)) = (events.starts().first(), events.starts().last()) {
            micros = last.abs_diff(*first);
        }
        self.sum_max = self.sum_max.checked_add(micros).unwrap_or_else(|| {
            self.set_aside.resize(self.pairs.len(), 0);
            for (sum, pair) in self.set_aside.iter_mut().zip(&mut self.pairs) {
                *sum += i128::from(std::mem::take(&mut pair.sum));
            }
            micros
        });
    }

    pub(crate) fn n_cases(&self) -> u64 {
        u64::from(self.n_cases)
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Pairs that occur with the sum of their microseconds, by the first and then the second activity.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32, &PairCount, i128)> {
        let (bits, mask) = (self.side_bits, (1 << self.side_bits) - 1);
        let set_aside = self.set_aside.iter().copied().chain(std::iter::repeat(0));
        let numbered = (0_u32..).zip(self.pairs.iter().zip(set_aside));
        let counted = numbered.filter(|(_, (pair, _))| pair.counts > 0);
        counted.map(move |(i, (pair, sum))| (i >> bits, i & mask, pair, sum + i128::from(pair.sum)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Batch, NewEvent, Store};

    #[test]
    fn sums_go_beyond_64_bits() {
        let mut batch = Batch::new("millennia");
        for (line, customer) in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")] {
            for (activity, start_micros) in [("x", i64::MIN), ("y", i64::MAX)] {
                batch.push(NewEvent {
                    customer,
                    activity,
                    start_micros,
                    end_micros: None,
                    channel: None,
                    account: None,
                    text: None,
                    value: None,
                    line,
                    digest: u64::from(line),
                    ..NewEvent::default()
                });
            }
        }
        let mut store = Store::new();
        let staged = store.stage(batch);
        store.commit(staged);
        let mut tally = Tally::new(2);
        store.cases().for_each(|(_, events)| tally.count(events));
        let starts = store.case(0).starts();
        let micros = i128::from(starts[1]) - i128::from(starts[0]);
        let found: Vec<_> =
            tally.pairs().map(|(from, to, pair, sum)| (from, to, pair.n_cases(), sum)).collect();
        assert_eq!(found, [(0, 1, 6, 6 * micros)], "six times half the range");
        assert!(6 * micros > i128::from(u64::MAX), "which is more than 64 bits");
    }
}
