//! Duplicates that were skipped, remembered so that an event outlives the source it came from first.

use crate::Store;
use crate::columns::{Columns, Parts, Ref};
use hashbrown::HashTable;
use std::cmp::Ordering;
use xxhash_rust::xxh3::xxh3_64;

/// Skipped exact duplicates of stored events, one for each further source that brought the event.
///
/// A repetition inside a source is not here: when its source goes, so does what it repeats.
#[derive(Clone, Debug, Default)]
pub(crate) struct Duplicates {
    /// The duplicates as they came; of equal case and key, in order of arrival.
    pub(crate) columns: Columns,
    pub(crate) case: Vec<u32>,
    /// How many stored events of the same case and key came before it.
    pub(crate) place: Vec<u32>,
    by_hash: HashTable<u32>,
}

/// A duplicate in a list of rows: where it lies, its case, and how many stored events of the same key came before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skipped {
    pub(crate) row: u32,
    pub(crate) case: u32,
    pub(crate) place: u32,
}

impl Store {
    /// How many other sources brought the `place`-th event of a case too; their rows were skipped. Costs all duplicates.
    pub fn n_repeats(&self, case: u32, place: usize) -> u64 {
        let table = &self.duplicates;
        let Some(r) = self.case_refs(case).nth(place) else {
            return 0;
        };
        let (columns, row) = (self.segment(r), r.row());
        let repeats = |other: &usize| {
            table.case[*other] == case
                && table.columns.key(*other) == columns.key(row)
                && table.columns.activity[*other] == columns.activity[row]
                && table.columns.digest[*other] == columns.digest[row]
        };
        (0..table.len()).filter(repeats).count() as u64
    }
}

impl Duplicates {
    /// Number of duplicates.
    pub(crate) fn len(&self) -> usize {
        self.case.len()
    }

    /// Makes room for rows of a batch, each unless the same event of the same source is here already; returns the rows
    /// that are to follow by [`Self::gather`].
    pub(crate) fn admit(&mut self, batch: &Columns, skipped: &[Skipped]) -> Vec<Ref> {
        let mut refs = Vec::new();
        let n_before = self.columns.len();
        for &one in skipped {
            let row = one.row as usize;
            let known = self.by_hash.find(hash_of(batch, one.case, row), |&other| {
                let other = other as usize;
                self.case[other] == one.case && {
                    let (columns, other) = lies_in(&self.columns, batch, &refs, n_before, other);
                    same(columns, other, batch, row)
                }
            });
            if known.is_some() {
                continue;
            }
            let number = u32::try_from(self.case.len()).unwrap_or(u32::MAX);
            self.case.push(one.case);
            self.place.push(one.place);
            refs.push(Ref::new(Ref::BATCH, row));
            let (columns, case) = (&self.columns, &self.case);
            self.by_hash.insert_unique(hash_of(batch, one.case, row), number, |&other| {
                let other = other as usize;
                let (columns, row) = lies_in(columns, batch, &refs, n_before, other);
                hash_of(columns, case[other], row)
            });
        }
        refs
    }

    /// Copies the rows that were admitted.
    pub(crate) fn gather(&mut self, batch: &Columns, admitted: &[Ref]) {
        let nothing = Columns::default();
        self.columns.gather(&mut Parts::Borrowed([&nothing, &nothing, batch]), admitted);
    }

    /// The same table with only these rows, in this order, and with these places.
    pub(crate) fn keep(&self, kept: &[Skipped]) -> Self {
        let refs: Vec<Ref> = kept.iter().map(|one| Ref::new(Ref::BATCH, one.row as usize)).collect();
        let nothing = Columns::default();
        let mut columns = Columns::default();
        columns.gather(&mut Parts::Borrowed([&nothing, &nothing, &self.columns]), &refs);
        let case = kept.iter().map(|one| one.case).collect();
        Self::new(columns, case, kept.iter().map(|one| one.place).collect())
    }

    /// A table from its columns, which must be of one length.
    pub(crate) fn new(columns: Columns, case: Vec<u32>, place: Vec<u32>) -> Self {
        let mut table = Self { columns, case, place, by_hash: HashTable::new() };
        let (columns, case) = (&table.columns, &table.case);
        let hash = |&row: &u32| hash_of(columns, case[row as usize], row as usize);
        table.by_hash.reserve(case.len(), hash);
        for row in (0_u32..).take(case.len()) {
            table.by_hash.insert_unique(hash(&row), row, hash);
        }
        table
    }

    /// All rows ordered by case, key and arrival.
    pub(crate) fn in_order(&self) -> Vec<Skipped> {
        let mut rows: Vec<Skipped> = (0_u32..)
            .zip(self.case.iter().zip(&self.place))
            .map(|(row, (&case, &place))| Skipped { row, case, place })
            .collect();
        let key = |one: &Skipped| (one.case, self.columns.key(one.row as usize));
        let compare = |a: &Skipped, b: &Skipped| -> Ordering { key(a).cmp(&key(b)) };
        rows.sort_by(compare);
        rows
    }

    /// Bytes of memory in use.
    pub(crate) fn n_bytes(&self) -> usize {
        self.columns.n_bytes()
            + (self.case.capacity() + self.place.capacity()) * 4
            + self.by_hash.capacity() * 5
    }
}

/// Where a duplicate lies: in the table, or still in the batch when it was just admitted.
fn lies_in<'a>(
    table: &'a Columns,
    batch: &'a Columns,
    admitted: &[Ref],
    n_before: usize,
    number: usize,
) -> (&'a Columns, usize) {
    match number.checked_sub(n_before) {
        None => (table, number),
        Some(i) => (batch, admitted[i].row()),
    }
}

/// Hash of what makes a duplicate: customer, activity, start and digest, and the source that brought it.
fn hash_of(columns: &Columns, case: u32, row: usize) -> u64 {
    let mut bytes = [0; 26];
    bytes[..4].copy_from_slice(&case.to_le_bytes());
    bytes[4..8].copy_from_slice(&columns.activity[row].to_le_bytes());
    bytes[8..16].copy_from_slice(&columns.start[row].to_le_bytes());
    bytes[16..24].copy_from_slice(&columns.digest[row].to_le_bytes());
    bytes[24..].copy_from_slice(&columns.source.get(row).to_le_bytes());
    xxh3_64(&bytes)
}

/// Whether two rows of one case are the same event of the same source.
fn same(a: &Columns, i: usize, b: &Columns, j: usize) -> bool {
    a.activity[i] == b.activity[j]
        && a.start[i] == b.start[j]
        && a.digest[i] == b.digest[j]
        && a.source.get(i) == b.source.get(j)
}
