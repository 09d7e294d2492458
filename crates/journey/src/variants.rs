//! Variants: the distinct traces and the cases that share each.

use crate::follows::Sign;
use event::{Names, Store};
use hashbrown::HashTable;

/// Which cases share which trace, exact: equal hashes are compared activity by activity.
#[derive(Debug, Default)]
pub struct Variants {
    of_case: Vec<u32>,
    by_hash: HashTable<u32>,
    traces: Vec<u32>,
    ends: Vec<usize>,
    n_cases: Vec<u32>,
    n_live: u64,
}

impl Variants {
    /// Marks a case that has no trace yet.
    const NONE: u32 = u32::MAX;

    /// Groups all cases of the store. Costs O(events).
    pub fn from_scratch(store: &Store) -> Self {
        let mut variants = Self::default();
        for (case, events) in store.cases() {
            variants.add(case, events.activities());
        }
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

    /// Activities of a variant in order, by number.
    pub fn trace(&self, variant: u32) -> &[u32] {
        let i = variant as usize;
        let Some(&end) = self.ends.get(i) else {
            return &[];
        };
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.traces[start..end]
    }

    /// The variant with exactly this trace, if any case has it.
    pub fn find(&self, trace: &[u32]) -> Option<u32> {
        let found = self.by_hash.find(hash_of(trace), |&v| self.trace(v) == trace).copied()?;
        (self.n_cases(found) > 0).then_some(found)
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
        let key = |v: &u32| self.trace(*v).iter().map(|&a| order[a as usize]);
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
        (self.of_case.capacity() + self.traces.capacity() + self.n_cases.capacity()) * 4
            + self.ends.capacity() * size_of::<usize>()
            + self.by_hash.capacity() * 5
    }

    fn intern(&mut self, trace: &[u32]) -> u32 {
        let hash = hash_of(trace);
        if let Some(&found) = self.by_hash.find(hash, |&v| self.trace(v) == trace) {
            return found;
        }
        let variant = u32::try_from(self.ends.len()).unwrap_or(Self::NONE);
        self.traces.extend_from_slice(trace);
        self.ends.push(self.traces.len());
        self.n_cases.push(0);
        let (traces, ends) = (&self.traces, &self.ends);
        self.by_hash.insert_unique(hash, variant, |&v| {
            let i = v as usize;
            hash_of(&traces[if i == 0 { 0 } else { ends[i - 1] }..ends[i]])
        });
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

/// A fast multiplicative hash; only speed depends on its quality, since equal hashes are compared.
fn hash_of(trace: &[u32]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = trace.len() as u64;
    for &activity in trace {
        hash = (hash.rotate_left(23) ^ u64::from(activity)).wrapping_mul(FACTOR);
    }
    hash ^ (hash >> 32)
}
