//! A side column of numbers of names, in as few bytes each as the largest number needs.

use crate::columns::NONE;
use std::ops::Range;

/// For every row the number of a name, or [`NONE`]. Costs nothing until some row has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdColumn {
    ids: Ids,
    len: usize,
    /// What is being read from a file.
    opened: Vec<u32>,
}

/// The largest number of each width stands for none.
#[derive(Clone, Debug, Default)]
enum Ids {
    #[default]
    Absent,
    Bytes(Vec<u8>),
    Halves(Vec<u16>),
    Words(Vec<u32>),
}

impl IdColumn {
    pub(crate) fn push(&mut self, id: u32) {
        let fits = match &mut self.ids {
            Ids::Absent => id == NONE,
            Ids::Bytes(values) => narrow::<u8>(id).map(|id| values.push(id)).is_some(),
            Ids::Halves(values) => narrow::<u16>(id).map(|id| values.push(id)).is_some(),
            Ids::Words(values) => {
                values.push(id);
                true
            }
        };
        if !fits {
            self.widen(id, 1);
            return self.push(id);
        }
        self.len += 1;
    }

    /// Adds numbers at once; an empty column gets exactly the room it needs.
    pub(crate) fn extend(&mut self, added: impl ExactSizeIterator<Item = u32> + Clone) {
        let n_added = added.len();
        match added.clone().filter(|id| *id != NONE).max() {
            Some(largest) => {
                self.widen(largest, n_added);
                match &mut self.ids {
                    Ids::Absent => (),
                    Ids::Bytes(values) => values.extend(added.map(|id| narrow(id).unwrap_or(u8::MAX))),
                    Ids::Halves(values) => values.extend(added.map(|id| narrow(id).unwrap_or(u16::MAX))),
                    Ids::Words(values) => values.extend(added),
                }
            }
            None => match &mut self.ids {
                Ids::Absent => (),
                Ids::Bytes(values) => values.resize(self.len + n_added, u8::MAX),
                Ids::Halves(values) => values.resize(self.len + n_added, u16::MAX),
                Ids::Words(values) => values.resize(self.len + n_added, NONE),
            },
        }
        self.len += n_added;
    }

    pub(crate) fn get(&self, row: usize) -> u32 {
        let id = match &self.ids {
            Ids::Absent => None,
            Ids::Bytes(values) => values.get(row).map(|&id| wide(id)),
            Ids::Halves(values) => values.get(row).map(|&id| wide(id)),
            Ids::Words(values) => values.get(row).copied(),
        };
        id.unwrap_or(NONE)
    }

    /// Whether no row has a number.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.ids, Ids::Absent)
    }

    /// The numbers of all rows; nothing when no row has one.
    pub(crate) fn to_words(&self) -> Vec<u32> {
        if self.is_absent() { Vec::new() } else { self.iter(0..self.len).collect() }
    }

    pub(crate) fn map_in_place(&mut self, map: impl Fn(u32) -> u32) {
        if self.is_absent() {
            return;
        }
        let mut mapped = Self::default();
        mapped.extend(self.iter(0..self.len).map(|id| if id == NONE { NONE } else { map(id) }));
        *self = mapped;
    }

    /// Hands the numbers of some rows to `take`, in order and in pieces.
    pub(crate) fn read(&self, rows: Range<usize>, mut take: impl FnMut(&[u32])) {
        let mut piece = [NONE; 256];
        let mut ids = self.iter(rows);
        loop {
            let mut n = 0;
            for (slot, id) in piece.iter_mut().zip(&mut ids) {
                *slot = id;
                n += 1;
            }
            if n == 0 {
                return;
            }
            take(&piece[..n]);
        }
    }

    /// Whether some of the rows have a number.
    pub(crate) fn has_own(&self, rows: Range<usize>) -> bool {
        !self.is_absent() && self.iter(rows).any(|id| id != NONE)
    }

    /// Whether all numbers fulfil a condition.
    pub(crate) fn all(&self, is_good: impl Fn(u32) -> bool) -> bool {
        self.is_absent() || self.iter(0..self.len).all(|id| id == NONE || is_good(id))
    }

    /// The numbers while they are being read from a file; [`Self::close`] ends that.
    pub(crate) fn open(&mut self) -> &mut Vec<u32> {
        &mut self.opened
    }

    /// Takes the numbers as complete; returns whether there are either none or `len` of them.
    pub(crate) fn close(&mut self, len: usize) -> bool {
        let opened = std::mem::take(&mut self.opened);
        if !opened.is_empty() {
            self.extend(opened.iter().copied());
            return self.len == len;
        }
        let fits = self.is_absent() || self.len == len;
        self.len = len;
        fits
    }

    pub(crate) fn n_bytes(&self) -> usize {
        match &self.ids {
            Ids::Absent => 0,
            Ids::Bytes(values) => values.capacity(),
            Ids::Halves(values) => values.capacity() * 2,
            Ids::Words(values) => values.capacity() * 4,
        }
    }

    fn iter(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
        rows.map(|row| self.get(row))
    }

    /// Makes the column wide enough for a number, with room for some more rows.
    fn widen(&mut self, id: u32, n_added: usize) {
        let n_values = if self.is_absent() { self.len + n_added } else { 0 };
        let width = if id < u32::from(u8::MAX) {
            1
        } else if id < u32::from(u16::MAX) {
            2
        } else {
            4
        };
        let ids = 0..self.len;
        match (&self.ids, width) {
            (Ids::Absent, 1) => self.ids = Ids::Bytes(filled(self.len, n_values)),
            (Ids::Absent, 2) => self.ids = Ids::Halves(filled(self.len, n_values)),
            (Ids::Absent, _) => self.ids = Ids::Words(filled(self.len, n_values)),
            (Ids::Bytes(_), 2) => {
                self.ids = Ids::Halves(self.iter(ids).map(|id| narrow(id).unwrap_or(u16::MAX)).collect())
            }
            (Ids::Bytes(_) | Ids::Halves(_), 4) => self.ids = Ids::Words(self.iter(ids).collect()),
            _ => (),
        }
    }
}

/// Rows without a number, in memory that has room for `n_values`.
fn filled<T: Width>(len: usize, n_values: usize) -> Vec<T> {
    let mut values = Vec::with_capacity(n_values);
    values.resize(len, T::NONE);
    values
}

/// An unsigned number whose largest value stands for none.
trait Width: Copy + PartialEq + TryFrom<u32> + Into<u32> {
    const NONE: Self;
}

impl Width for u8 {
    const NONE: Self = Self::MAX;
}

impl Width for u16 {
    const NONE: Self = Self::MAX;
}

impl Width for u32 {
    const NONE: Self = NONE;
}

/// The number in fewer bytes; `None` when it doesn't fit.
fn narrow<T: Width>(id: u32) -> Option<T> {
    if id == NONE {
        return Some(T::NONE);
    }
    T::try_from(id).ok().filter(|id| *id != T::NONE)
}

fn wide<T: Width>(id: T) -> u32 {
    if id == T::NONE { NONE } else { id.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = u32> {
        prop_oneof![
            3 => Just(NONE),
            3 => 0_u32..4,
            1 => prop::sample::select(vec![254_u32, 255, 256, 65_534, 65_535, 65_536, NONE - 1]),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_list(parts in prop::collection::vec((any::<bool>(), prop::collection::vec(id(), 0..12)), 0..8)) {
            let mut column = IdColumn::default();
            let mut plain: Vec<u32> = Vec::new();
            for (at_once, ids) in parts {
                if at_once {
                    column.extend(ids.iter().copied());
                } else {
                    ids.iter().for_each(|&id| column.push(id));
                }
                plain.extend(ids);
            }
            let has_some = plain.iter().any(|id| *id != NONE);
            let list = |column: &IdColumn| (0..plain.len()).map(|row| column.get(row)).collect::<Vec<u32>>();
            prop_assert_eq!(list(&column), plain.clone());
            prop_assert_eq!(column.is_absent(), !has_some);
            prop_assert_eq!(column.has_own(0..plain.len()), has_some);
            let mut read = Vec::new();
            column.read(0..plain.len(), |piece| read.extend_from_slice(piece));
            prop_assert_eq!(&read, &plain);
            let mut again = IdColumn::default();
            again.open().extend(column.to_words());
            prop_assert!(again.close(plain.len()), "as many as there were");
            prop_assert_eq!(list(&again), plain.clone());
            prop_assert!(!again.close(plain.len() + 1) || again.is_absent(), "not as many");
            column.map_in_place(|id| id / 2);
            let halved: Vec<u32> = plain.iter().map(|&id| if id == NONE { NONE } else { id / 2 }).collect();
            prop_assert_eq!(list(&column), halved);
        }
    }
}
