//! A set of cases as a bitmap: filters, groups and drill-downs are all made of it.

use std::fmt;

/// A set of cases, by number.
///
/// Two sets of one store can be combined at 64 cases a step. Memory: one bit for every case of the store.
///
/// # Example
/// ```
/// use journey::CaseSet;
/// let mut bought = CaseSet::none(100);
/// bought.insert(3);
/// bought.insert(70);
/// assert_eq!(bought.iter().collect::<Vec<_>>(), [3, 70]);
/// assert_eq!(bought.complement().len(), 98);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CaseSet {
    words: Vec<u64>,
    n_cases: usize,
}

impl CaseSet {
    /// The empty set for a store of `n_cases` cases.
    pub fn none(n_cases: usize) -> Self {
        Self { words: vec![0; n_cases.div_ceil(64)], n_cases }
    }

    /// The set of all `n_cases` cases of a store.
    pub fn all(n_cases: usize) -> Self {
        let mut set = Self { words: vec![u64::MAX; n_cases.div_ceil(64)], n_cases };
        set.cut();
        set
    }

    /// The set of these cases, in any order; numbers that are no case of the store are left out.
    pub fn of(n_cases: usize, cases: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::none(n_cases);
        for case in cases {
            set.insert(case);
        }
        set
    }

    /// Number of cases of the store, in the set or not.
    pub fn n_cases(&self) -> usize {
        self.n_cases
    }

    /// Number of cases in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set has no case.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether a case is in the set.
    pub fn contains(&self, case: u32) -> bool {
        self.words.get(case as usize / 64).is_some_and(|word| word >> (case % 64) & 1 == 1)
    }

    /// Puts a case into the set; a number that is no case of the store changes nothing.
    pub fn insert(&mut self, case: u32) {
        if (case as usize) < self.n_cases {
            self.words[case as usize / 64] |= 1 << (case % 64);
        }
    }

    /// Takes a case out of the set.
    pub fn remove(&mut self, case: u32) {
        if let Some(word) = self.words.get_mut(case as usize / 64) {
            *word &= !(1 << (case % 64));
        }
    }

    /// The cases of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + Clone + '_ {
        (0_u32..).step_by(64).zip(&self.words).flat_map(|(first, &word)| Ones { word, first })
    }

    /// The cases that are in both sets.
    pub fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// The cases that are in either set.
    pub fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// The cases that are in this set and not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// Puts all cases of another set into this one.
    pub fn insert_all(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self.cut();
    }

    /// Takes all cases of another set out of this one.
    pub fn remove_all(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Makes room for cases that the store has got since; they are not in the set.
    pub fn grow(&mut self, n_cases: usize) {
        if n_cases > self.n_cases {
            self.words.resize(n_cases.div_ceil(64), 0);
            self.n_cases = n_cases;
        }
    }

    /// The cases of the store that are not in this set.
    pub fn complement(&self) -> Self {
        Self::all(self.n_cases).minus(self)
    }

    /// Combines word by word; cases beyond the other set's store count as not in it, those beyond this one's are cut.
    fn zip(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        let words = self.words.iter().zip(others).map(|(&a, b)| combine(a, b)).collect();
        let mut set = Self { words, n_cases: self.n_cases };
        set.cut();
        set
    }

    /// Clears the bits beyond the last case.
    fn cut(&mut self) {
        let n_used = self.n_cases % 64;
        if let (Some(last), true) = (self.words.last_mut(), n_used > 0) {
            *last &= (1 << n_used) - 1;
        }
    }
}

impl fmt::Debug for CaseSet {
    /// The cases as a set; short enough to read for small stores.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[derive(Clone)]
struct Ones {
    word: u64,
    first: u32,
}

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.word == 0 {
            return None;
        }
        let case = self.first + self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(
            n in 0_usize..200,
            a in prop::collection::btree_set(0_u32..220, 0..60),
            b in prop::collection::btree_set(0_u32..220, 0..60),
        ) {
            let within = |set: &BTreeSet<u32>| set.iter().copied().filter(|c| (*c as usize) < n).collect::<BTreeSet<_>>();
            let (set_a, set_b) = (CaseSet::of(n, a.iter().copied()), CaseSet::of(n, b.iter().copied()));
            let (a, b) = (within(&a), within(&b));
            let list = |set: &CaseSet| set.iter().collect::<Vec<u32>>();
            prop_assert_eq!(list(&set_a), a.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&set_a.and(&set_b)), a.intersection(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&set_a.or(&set_b)), a.union(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&set_a.minus(&set_b)), a.difference(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(set_a.len(), a.len());
            prop_assert_eq!(set_a.is_empty(), a.is_empty());
            prop_assert_eq!(set_a.complement().len(), n - a.len());
            prop_assert!((0..230).all(|c| set_a.contains(c) == a.contains(&c)), "membership");
            let mut without = set_a.clone();
            b.iter().for_each(|c| without.remove(*c));
            prop_assert_eq!(&without, &set_a.minus(&set_b));
            let (mut both, mut first) = (set_a.clone(), set_a.clone());
            both.insert_all(&set_b);
            first.remove_all(&set_b);
            prop_assert_eq!((both, first), (set_a.or(&set_b), without));
            let mut grown = set_a.clone();
            grown.grow(n + 70);
            prop_assert_eq!(grown, CaseSet::of(n + 70, a.iter().copied()));
            prop_assert_eq!(CaseSet::all(n).len(), n);
        }
    }
}
