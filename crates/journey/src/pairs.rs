//! Dense numbers for pairs of small numbers.

use std::collections::HashMap;

/// Numbers pairs in order of first appearance: a square table while the sides are short, a hash map beyond.
#[derive(Debug)]
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
        let side = if side > Self::MAX_SIDE { 0 } else { side };
        Self { side, table: vec![Self::NONE; side * side], map: HashMap::new(), len: 0 }
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
