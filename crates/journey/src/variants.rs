//! Variants: the distinct traces and the cases that share each.

use crate::follows::Sign;
use event::{Names, Store};
use hashbrown::HashTable;
use std::ops::Range;

/// Which cases share which trace, exact: equal hashes are compared activity by activity.
#[derive(Debug, Default)]
pub struct Variants {
    of_case: Vec<u32>,
    /// The upper half of the hash and the variant, so that the table grows without reading traces.
    by_hash: HashTable<(u32, u32)>,
    traces: Traces,
    ends: Vec<usize>,
    n_cases: Vec<u32>,
    n_live: u64,
}

impl Variants {
    /// Marks a case that has no trace yet.
    const NONE: u32 = u32::MAX;

    /// Groups all cases of the store. Costs O(events).
    pub fn from_scratch(store: &Store) -> Self {
        let mut variants = Self { of_case: vec![Self::NONE; store.customers().len()], ..Self::default() };
        for (case, events) in store.cases() {
            variants.add(case, events.activities());
        }
        variants.traces.shrink_to_fit();
        variants
    }

    /// Adds a case with its trace.
    pub(crate) fn add(&mut self, case: u32, trace: &[u32]) {
        if trace.is_empty() {
            return;
        }
        let variant = self.intern(trace);
        if self.of_case.len() <= case as usize {
            self.of_case.resize(case as usize + 1, Self::NONE);
        }
        self.of_case[case as usize] = variant;
        self.count(variant, Sign::Add);
    }

    /// Takes a case out of its variant.
    pub(crate) fn retract(&mut self, case: u32) {
        let Some(variant) = self.variant_of(case) else {
            return;
        };
        self.of_case[case as usize] = Self::NONE;
        self.count(variant, Sign::Retract);
    }

    /// Number of distinct traces.
    pub fn len(&self) -> u64 {
        self.n_live
    }

    /// Whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.n_live == 0
    }

    /// The variant of a case.
    pub fn variant_of(&self, case: u32) -> Option<u32> {
        self.of_case.get(case as usize).copied().filter(|&v| v != Self::NONE)
    }

    /// Cases of a variant.
    pub fn n_cases(&self, variant: u32) -> u64 {
        u64::from(self.n_cases.get(variant as usize).copied().unwrap_or(0))
    }

    /// Activities of a variant in order, by number; empty for a number that was never given.
    pub fn trace(&self, variant: u32) -> Vec<u32> {
        self.traces.iter(self.range(variant)).collect()
    }

    /// The variant with exactly this trace, if any case has it.
    pub fn find(&self, trace: &[u32]) -> Option<u32> {
        let (found, _) = self.known(trace);
        found.filter(|&variant| self.n_cases(variant) > 0)
    }

    /// The first `limit` variants by number of cases, most first, ties by the activities' names in order.
    pub fn ranked(&self, names: &Names, limit: usize) -> Vec<u32> {
        let mut live: Vec<u32> =
            (0_u32..).zip(&self.n_cases).filter(|(_, n)| **n > 0).map(|(variant, _)| variant).collect();
        let mut by_name: Vec<u32> = (0_u32..).take(names.len()).collect();
        by_name.sort_by_key(|&a| names.get(a));
        let mut order = vec![0_u32; names.len()];
        for (rank, &activity) in (0_u32..).zip(&by_name) {
            order[activity as usize] = rank;
        }
        let key = |v: &u32| self.traces.iter(self.range(*v)).map(|a| order[a as usize]);
        let compare = |a: &u32, b: &u32| {
            self.n_cases[*b as usize].cmp(&self.n_cases[*a as usize]).then_with(|| key(a).cmp(key(b)))
        };
        if limit < live.len() {
            live.select_nth_unstable_by(limit, compare);
            live.truncate(limit);
        }
        live.sort_unstable_by(compare);
        live
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        (self.of_case.capacity() + self.n_cases.capacity()) * 4
            + self.traces.n_bytes()
            + self.ends.capacity() * size_of::<usize>()
            + self.by_hash.capacity() * 9
    }

    /// Where the trace of a variant lies.
    fn range(&self, variant: u32) -> Range<usize> {
        let end = |variant: usize| self.ends.get(variant).copied().unwrap_or(0);
        let variant = variant as usize;
        let first = variant.checked_sub(1).map_or(0, end);
        first..end(variant).max(first)
    }

    /// The variant with this trace if it was ever given, and the upper half of the trace's hash.
    fn known(&self, trace: &[u32]) -> (Option<u32>, u32) {
        let upper = upper_hash_of(trace);
        let is_same =
            |&(hash, variant): &(u32, u32)| hash == upper && self.traces.equals(self.range(variant), trace);
        (self.by_hash.find(spread(upper), is_same).map(|&(_, variant)| variant), upper)
    }

    fn intern(&mut self, trace: &[u32]) -> u32 {
        let (found, upper) = self.known(trace);
        if let Some(found) = found {
            return found;
        }
        let variant = u32::try_from(self.ends.len()).unwrap_or(Self::NONE);
        self.traces.extend(trace);
        self.ends.push(self.traces.len());
        self.n_cases.push(0);
        self.by_hash.insert_unique(spread(upper), (upper, variant), |&(hash, _)| spread(hash));
        variant
    }

    fn count(&mut self, variant: u32, sign: Sign) {
        let n = &mut self.n_cases[variant as usize];
        match sign {
            Sign::Add => {
                self.n_live += u64::from(*n == 0);
                *n += 1;
            }
            Sign::Retract => {
                *n -= 1;
                self.n_live -= u64::from(*n == 0);
            }
        }
    }
}

/// All traces one after the other: a byte an activity while there are few, four beyond.
#[derive(Debug)]
enum Traces {
    Narrow(Vec<u8>),
    Wide(Vec<u32>),
}

impl Default for Traces {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Traces {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(bytes) => bytes.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    fn extend(&mut self, trace: &[u32]) {
        match self {
            Self::Narrow(bytes) if trace.iter().all(|&activity| activity <= u32::from(u8::MAX)) => {
                bytes.extend(trace.iter().map(|&activity| low_byte(activity)));
            }
            Self::Narrow(bytes) => {
                *self = Self::Wide(
                    bytes.iter().map(|&activity| activity.into()).chain(trace.iter().copied()).collect(),
                );
            }
            Self::Wide(numbers) => numbers.extend_from_slice(trace),
        }
    }

    fn equals(&self, range: Range<usize>, trace: &[u32]) -> bool {
        match self {
            Self::Narrow(bytes) => {
                range.len() == trace.len() && bytes[range].iter().zip(trace).all(|(&a, &b)| u32::from(a) == b)
            }
            Self::Wide(numbers) => &numbers[range] == trace,
        }
    }

    fn iter(&self, range: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let (narrow, wide) = match self {
            Self::Narrow(bytes) => (&bytes[range], &[][..]),
            Self::Wide(numbers) => (&[][..], &numbers[range]),
        };
        narrow.iter().map(|&activity| activity.into()).chain(wide.iter().copied())
    }

    fn shrink_to_fit(&mut self) {
        match self {
            Self::Narrow(bytes) => bytes.shrink_to_fit(),
            Self::Wide(numbers) => numbers.shrink_to_fit(),
        }
    }

    fn n_bytes(&self) -> usize {
        match self {
            Self::Narrow(bytes) => bytes.capacity(),
            Self::Wide(numbers) => numbers.capacity() * size_of::<u32>(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only called for numbers below 256")]
fn low_byte(activity: u32) -> u8 {
    activity as u8
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// A fast multiplicative hash, two activities a step; only speed depends on its quality, since equal hashes are
/// compared.
fn upper_hash_of(trace: &[u32]) -> u32 {
    let mut hash = trace.len() as u64;
    let mut pairs = trace.chunks_exact(2);
    for pair in &mut pairs {
        let both = u64::from(pair[0]) | (u64::from(pair[1]) << 32);
        hash = (hash.rotate_left(23) ^ both).wrapping_mul(FACTOR);
    }
    for &activity in pairs.remainder() {
        hash = (hash.rotate_left(23) ^ u64::from(activity)).wrapping_mul(FACTOR);
    }
    u32::try_from(hash >> 32).unwrap_or(0)
}

/// The table wants all 64 bits to differ.
fn spread(upper: u32) -> u64 {
    let hash = u64::from(upper).wrapping_mul(FACTOR);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn traces_are_grouped_exactly(traces in prop::collection::vec(prop::collection::vec(0_u32..4, 1..6), 1..60), wide in 0_u32..400) {
            let mut variants = Variants::default();
            let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for (case, trace) in (0_u32..).zip(&traces) {
                // Half-way, the traces stop fitting into a byte an activity.
                let shift = if case > 30 { wide } else { 0 };
                let trace: Vec<u32> = trace.iter().map(|activity| activity + shift).collect();
                variants.add(case, &trace);
                *counts.entry(trace).or_default() += 1;
            }
            prop_assert_eq!(variants.len(), counts.len() as u64);
            for (trace, n) in &counts {
                let found = variants.find(trace);
                prop_assert_eq!(found.map(|v| (variants.n_cases(v), variants.trace(v))), Some((*n, trace.clone())));
            }
            prop_assert_eq!(variants.find(&[9_999]), None);
        }
    }
}
