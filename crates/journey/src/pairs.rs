//! Dense numbers for pairs of small numbers.

use std::collections::HashMap;

/// Numbers pairs in order of first appearance: a square table while the sides are short, a hash map beyond.
#[derive(Debug, Default)]
pub(crate) struct PairIndex {
    side: usize,
    table: Vec<u32>,
    map: HashMap<(u32, u32), u32>,
    len: u32,
}

impl PairIndex {
    /// 1,024² entries of 4 bytes are 4 MiB.
    const MAX_SIDE: usize = 1024;
    const NONE: u32 = u32::MAX;

    /// An empty index of pairs whose members are below `side`.
    pub(crate) fn new(side: usize) -> Self {
        let mut index = Self::default();
        index.grow(side, std::iter::empty());
        index
    }

    /// Makes room for pairs whose members are below `side`; `pairs` are those that have a number, in order of it.
    pub(crate) fn grow(&mut self, side: usize, pairs: impl Iterator<Item = (u32, u32)>) {
        if side <= self.side || (self.side == 0 && !self.map.is_empty()) {
            return;
        }
        let numbered = pairs.zip(0_u32..);
        if side > Self::MAX_SIDE {
            self.map = numbered.collect();
            (self.side, self.table) = (0, Vec::new());
            return;
        }
        self.side = side.next_power_of_two().max(16);
        self.table = vec![Self::NONE; self.side * self.side];
        for ((from, to), number) in numbered {
            self.table[from as usize * self.side + to as usize] = number;
        }
    }

    /// The number of a pair, if it has one.
    pub(crate) fn find(&self, from: u32, to: u32) -> Option<u32> {
        if self.side == 0 {
            return self.map.get(&(from, to)).copied();
        }
        let found = *self.table.get(from as usize * self.side + to as usize)?;
        (found != Self::NONE).then_some(found)
    }

    /// The number of a pair, given on first sight; the second part tells whether this was the first.
    pub(crate) fn find_or_add(&mut self, from: u32, to: u32) -> (usize, bool) {
        let next = self.len;
        let slot = match self.table.get_mut(from as usize * self.side + to as usize) {
            Some(slot) if self.side > 0 => slot,
            _ => self.map.entry((from, to)).or_insert(Self::NONE),
        };
        let is_new = *slot == Self::NONE;
        if is_new {
            *slot = next;
            self.len += 1;
        }
        (*slot as usize, is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_stay_while_sides_grow(
            rounds in prop::collection::vec((1_usize..2_000, prop::collection::vec((0_u32..2_000, 0_u32..2_000), 0..12)), 1..6),
        ) {
            let mut index = PairIndex::default();
            let mut known: Vec<(u32, u32)> = Vec::new();
            let mut side = 0;
            for (wanted, pairs) in rounds {
                side = side.max(wanted);
                index.grow(side, known.iter().copied());
                let least = u32::try_from(side).expect("a small number");
                for (from, to) in pairs.into_iter().map(|(from, to)| (from % least, to % least)) {
                    let at = known.iter().position(|pair| *pair == (from, to));
                    prop_assert_eq!(index.find(from, to).map(|n| n as usize), at);
                    prop_assert_eq!(index.find_or_add(from, to), (at.unwrap_or(known.len()), at.is_none()));
                    if at.is_none() {
                        known.push((from, to));
                    }
                }
            }
        }
    }
}
