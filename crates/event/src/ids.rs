//! A side column of numbers of names, in as few bytes each as the largest number needs, or once for many rows.

use crate::columns::NONE;
use std::cell::Cell;
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
    /// Where large numbers seldom change from row to row, as accounts do that have many customers or events.
    Runs(Runs),
}

/// Rows that follow each other and have the same number.
#[derive(Clone, Debug, Default)]
struct Runs {
    /// The row behind the last of each run.
    ends: Vec<u32>,
    ids: Vec<u32>,
}

impl Runs {
    fn push(&mut self, id: u32, row: usize) {
        let end = u32::try_from(row + 1).unwrap_or(u32::MAX);
        match (self.ids.last(), self.ends.last_mut()) {
            (Some(last), Some(last_end)) if *last == id => *last_end = end,
            _ => {
                self.ids.push(id);
                self.ends.push(end);
            }
        }
    }

    /// The run that a row is in.
    fn find(&self, row: usize) -> usize {
        self.ends.partition_point(|&end| end as usize <= row)
    }
}

impl IdColumn {
    /// A run takes eight bytes and is found by searching, so it must save at least as much.
    const MIN_RUN_BYTES: usize = 16;

    pub(crate) fn push(&mut self, id: u32) {
        let fits = match &mut self.ids {
            Ids::Absent => id == NONE,
            Ids::Bytes(values) => narrow::<u8>(id).map(|id| values.push(id)).is_some(),
            Ids::Halves(values) => narrow::<u16>(id).map(|id| values.push(id)).is_some(),
            Ids::Words(values) => {
                values.push(id);
                true
            }
            Ids::Runs(runs) => {
                runs.push(id, self.len);
                true
            }
        };
        if !fits {
            self.widen(id, 1);
            return self.push(id);
        }
        self.len += 1;
        self.leave_runs();
    }

    /// Adds rows without a number to a column without any.
    pub(crate) fn extend_absent(&mut self, n_added: usize) {
        self.len += n_added;
    }

    /// Adds numbers at once; an empty column gets exactly the room it needs.
    pub(crate) fn extend(&mut self, added: impl ExactSizeIterator<Item = u32> + Clone) {
        let n_added = added.len();
        // Vector instructions, as everywhere here where a workspace is opened: browsers do that in code compiled in haste.
        let (mut above, mut n_changes, mut before) = (0, 0_u32, added.clone().next().unwrap_or(NONE));
        for id in added.clone() {
            above = id.wrapping_add(1).max(above);
            n_changes += u32::from(id != before);
            before = id;
        }
        let n_runs = n_changes as usize + 1;
        match above.checked_sub(1) {
            Some(largest) => {
                let (width, n_rows) = (width_of(largest), self.len + n_added);
                let are_long = (n_runs + 1) * Self::MIN_RUN_BYTES <= n_rows * width;
                if self.is_absent() && width > 1 && are_long {
                    self.begin_runs(n_runs);
                }
                self.widen(largest, n_added);
                match &mut self.ids {
                    Ids::Absent => (),
                    Ids::Bytes(values) => values.extend(added.map(u8::cut)),
                    Ids::Halves(values) => values.extend(added.map(u16::cut)),
                    Ids::Words(values) => values.extend(added),
                    Ids::Runs(runs) => (self.len..).zip(added).for_each(|(row, id)| runs.push(id, row)),
                }
            }
            None => match &mut self.ids {
                Ids::Absent => (),
                Ids::Bytes(values) => values.resize(self.len + n_added, u8::MAX),
                Ids::Halves(values) => values.resize(self.len + n_added, u16::MAX),
                Ids::Words(values) => values.resize(self.len + n_added, NONE),
                Ids::Runs(runs) if n_added > 0 => runs.push(NONE, self.len + n_added - 1),
                Ids::Runs(_) => (),
            },
        }
        self.len += n_added;
        self.leave_runs();
    }

    pub(crate) fn get(&self, row: usize) -> u32 {
        let id = match &self.ids {
            Ids::Absent => None,
            Ids::Bytes(values) => values.get(row).map(|&id| wide(id)),
            Ids::Halves(values) => values.get(row).map(|&id| wide(id)),
            Ids::Words(values) => values.get(row).copied(),
            Ids::Runs(runs) => runs.ids.get(runs.find(row)).copied(),
        };
        id.unwrap_or(NONE)
    }

    /// The same for a row that is likely in the run found last, whose place `near` keeps.
    pub(crate) fn get_near(&self, row: usize, near: &Cell<usize>) -> u32 {
        let Ids::Runs(runs) = &self.ids else { return self.get(row) };
        let covers = |run: usize| {
            let first = run.checked_sub(1).map_or(0, |before| runs.ends[before] as usize);
            runs.ends.get(run).is_some_and(|&end| (first..end as usize).contains(&row))
        };
        let run = [near.get(), near.get() + 1].into_iter().find(|&run| run < runs.ends.len() && covers(run));
        let run = run.unwrap_or_else(|| runs.find(row));
        near.set(run);
        runs.ids.get(run).copied().unwrap_or(NONE)
    }

    /// Whether no row has a number.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.ids, Ids::Absent)
    }

    /// The numbers of all rows; nothing when no row has one.
    pub(crate) fn to_words(&self) -> Vec<u32> {
        if self.is_absent() { Vec::new() } else { self.to_list() }
    }

    /// The numbers of all rows.
    pub(crate) fn to_list(&self) -> Vec<u32> {
        let near = Cell::new(0);
        self.iter(0..self.len, &near).collect()
    }

    pub(crate) fn map_in_place(&mut self, map: impl Fn(u32) -> u32) {
        if self.is_absent() {
            return;
        }
        let (mut mapped, near) = (Self::default(), Cell::new(0));
        mapped.extend(self.iter(0..self.len, &near).map(|id| if id == NONE { NONE } else { map(id) }));
        *self = mapped;
    }

    /// Hands the numbers of some rows to `take`, in order and in pieces.
    pub(crate) fn read(&self, rows: Range<usize>, mut take: impl FnMut(&[u32])) {
        let (mut piece, near) = ([NONE; 256], Cell::new(0));
        let mut ids = self.iter(rows, &near);
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
        !self.is_absent() && self.iter(rows, &Cell::new(0)).any(|id| id != NONE)
    }

    /// Whether all numbers are below this one.
    pub(crate) fn are_below(&self, n_names: usize) -> bool {
        let above = match &self.ids {
            Ids::Absent => 0,
            Ids::Bytes(values) => values.iter().fold(0, |above, id| id.wrapping_add(1).max(above)).into(),
            Ids::Halves(values) => values.iter().fold(0, |above, id| id.wrapping_add(1).max(above)).into(),
            Ids::Words(ids) | Ids::Runs(Runs { ids, .. }) => {
                ids.iter().fold(0, |above, id| id.wrapping_add(1).max(above))
            }
        };
        above as usize <= n_names
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
            Ids::Runs(runs) => (runs.ends.capacity() + runs.ids.capacity()) * 4,
        }
    }

    fn iter<'a>(
        &'a self,
        rows: Range<usize>,
        near: &'a Cell<usize>,
    ) -> impl ExactSizeIterator<Item = u32> + Clone + 'a {
        rows.map(|row| self.get_near(row, near))
    }

    /// Takes the rows there are, none of which has a number, for the first run.
    fn begin_runs(&mut self, n_runs: usize) {
        let (ends, ids) = (Vec::with_capacity(n_runs + 1), Vec::with_capacity(n_runs + 1));
        let mut runs = Runs { ends, ids };
        if let Some(last) = self.len.checked_sub(1) {
            runs.push(NONE, last);
        }
        self.ids = Ids::Runs(runs);
    }

    /// Goes over to a number for each row when there are too many runs to save anything.
    fn leave_runs(&mut self) {
        if let Ids::Runs(runs) = &self.ids
            && runs.ids.len() * 2 > self.len
        {
            let list = self.to_list();
            *self = Self::default();
            self.extend(list.into_iter());
        }
    }

    /// Makes the column wide enough for a number, with room for some more rows.
    fn widen(&mut self, id: u32, n_added: usize) {
        let n_values = if self.is_absent() { self.len + n_added } else { 0 };
        let (width, ids) = (width_of(id), 0..self.len);
        match (&self.ids, width) {
            (Ids::Absent, 1) => self.ids = Ids::Bytes(filled(self.len, n_values)),
            (Ids::Absent, 2) => self.ids = Ids::Halves(filled(self.len, n_values)),
            (Ids::Absent, _) => self.ids = Ids::Words(filled(self.len, n_values)),
            (Ids::Bytes(_), 2) => {
                self.ids = Ids::Halves(
                    self.iter(ids, &Cell::new(0)).map(|id| narrow(id).unwrap_or(u16::MAX)).collect(),
                )
            }
            (Ids::Bytes(_) | Ids::Halves(_), 4) => self.ids = Ids::Words(self.to_list()),
            _ => (),
        }
    }
}

/// Bytes that a number needs.
fn width_of(id: u32) -> usize {
    if id < u32::from(u8::MAX) {
        1
    } else if id < u32::from(u16::MAX) {
        2
    } else {
        4
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
    /// The lowest bytes of a number, which are none for none.
    fn cut(id: u32) -> Self;
}

impl Width for u8 {
    const NONE: Self = Self::MAX;

    fn cut(id: u32) -> Self {
        id.to_le_bytes()[0]
    }
}

impl Width for u16 {
    const NONE: Self = Self::MAX;

    fn cut(id: u32) -> Self {
        let [low, high, ..] = id.to_le_bytes();
        Self::from_le_bytes([low, high])
    }
}

impl Width for u32 {
    const NONE: Self = NONE;

    fn cut(id: u32) -> Self {
        id
    }
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

    /// Some rows in a row with the same number, so that there are runs.
    fn ids() -> impl Strategy<Value = Vec<u32>> {
        let runs = prop::collection::vec((id(), 1_usize..9), 0..6);
        let repeated = |runs: Vec<(u32, usize)>| runs.into_iter().flat_map(|(id, n)| vec![id; n]).collect();
        prop_oneof![prop::collection::vec(id(), 0..12), runs.prop_map(repeated)]
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_list(parts in prop::collection::vec((any::<bool>(), ids()), 0..8)) {
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

    #[test]
    fn many_rows_of_one_name_take_its_number_once() {
        let mut column = IdColumn::default();
        column.extend((0..80_000_u32).map(|row| 70_000 + row / 8));
        assert_eq!(column.n_bytes(), 80_008, "eight bytes for eight rows");
        assert_eq!((column.get(0), column.get(7), column.get(79_999)), (70_000, 70_000, 79_999));
        (0..70_000).for_each(|id| column.push(id));
        assert_eq!(column.get(79_999), 79_999, "with a number for each, all is as it was");
        assert_eq!(column.get(149_999), 69_999, "with what came behind");
    }
}
