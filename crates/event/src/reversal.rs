//! Taking a change back exactly: order, sources, lines, texts and duplicates as they were.
//!
//! Coming in again is not enough for that: an event would stand behind others of its time, and might repeat an event of
//! another source that it came before.

use crate::columns::{Columns, Known, NONE, Parts, Ref};
use crate::duplicates::{Duplicates, Skipped};
use crate::error::Kind;
use crate::layout::{self, Lists, put, put_meaning, take_meaning};
use crate::merge::{Change, Staged, TouchedCase};
use crate::{Error, Store, Texts};

/// Marks a run of the reversal's own rows.
const OWN: u32 = 1 << 31;

/// How the cases that a change touches were before it.
///
/// It refers to the store right after the change, and has copies only of what that store lost. Names are not among them:
/// dictionaries never forget a name, except by an erasure, after which a reversal must not be used.
#[derive(Clone, Debug, Default)]
pub struct Reversal {
    /// Touched cases, ascending.
    cases: Vec<u32>,
    /// Runs of each case.
    n_runs: Vec<u32>,
    /// Pairs of first row and number of rows; a row is one of the case as it is now, or with [`OWN`] one of `rows`.
    runs: Vec<u32>,
    /// Events that the store has no longer, in the order in which the runs use them.
    rows: Columns,
    /// Duplicates that stay, from the start of the store's list.
    n_kept_duplicates: u32,
    /// Duplicates that follow those.
    duplicates: Columns,
    duplicate_case: Vec<u32>,
    duplicate_place: Vec<u32>,
    /// Texts of `rows` and `duplicates`.
    texts: Texts,
}

impl Store {
    /// What takes a change back once it is committed; to be asked before the commit. Costs the touched cases.
    pub fn reversal_of(&self, staged: &Staged) -> Reversal {
        let mut reversal = Reversal::default();
        let mut gone = Vec::new();
        for touched in &staged.touched {
            let after = &staged.refs[touched.first..touched.first + touched.len];
            self.reverse_case(touched.case, after, &mut reversal, &mut gone);
        }
        let nothing = Columns::default();
        reversal.rows.gather(&mut Parts::Borrowed([&self.base, &self.delta, &nothing]), &gone);
        let n_kept = self.n_kept_duplicates(&staged.change);
        reversal.n_kept_duplicates = u32::try_from(n_kept).unwrap_or(u32::MAX);
        let gone: Vec<Ref> = (n_kept..self.duplicates.len()).map(|row| Ref::new(Ref::BASE, row)).collect();
        let table = &self.duplicates.columns;
        reversal.duplicates.gather(&mut Parts::Borrowed([table, &nothing, &nothing]), &gone);
        reversal.duplicate_case = self.duplicates.case[n_kept..].to_vec();
        reversal.duplicate_place = self.duplicates.place[n_kept..].to_vec();
        for columns in [&mut reversal.rows, &mut reversal.duplicates] {
            for text in columns.text.open().iter_mut().filter(|text| **text != NONE) {
                *text = reversal.texts.push(self.texts.get(*text));
            }
        }
        reversal
    }

    /// Works out the store as it was before a change, changing nothing yet.
    ///
    /// # Errors
    /// When the reversal was made of another store than one equal to this, or there is no room for its events.
    pub fn stage_reversal(&self, mut reversal: Reversal) -> Result<Staged, Error> {
        self.check_reversal(&mut reversal)?;
        let mut staged = Staged::new(Change::Reversal(Box::default()));
        let mut runs = reversal.runs.chunks_exact(2).map(|run| (run[0], run[1]));
        let mut n_own = 0;
        for (&case, &n_runs) in reversal.cases.iter().zip(&reversal.n_runs) {
            let first = staged.refs.len();
            let n_before = self.full_case(case).len();
            let n_own_before = n_own;
            let mut next = 0;
            for (row, len) in runs.by_ref().take(n_runs as usize) {
                let len = len as usize;
                if row & OWN != 0 {
                    let row = (row & !OWN) as usize;
                    if row != n_own || len > reversal.rows.len() - n_own {
                        return Err(Error::damaged("a change that was taken back misses events"));
                    }
                    staged.refs.extend((row..row + len).map(|row| Ref::new(Ref::BATCH, row)));
                    n_own += len;
                } else {
                    let row = row as usize;
                    if row < next || row > n_before || len > n_before - row {
                        return Err(Error::damaged(
                            "a change that was taken back names events that are not there",
                        ));
                    }
                    staged.refs.extend(self.case_refs(case).skip(row).take(len));
                    next = row + len;
                }
            }
            let len = staged.refs.len() - first;
            let key = |r: &Ref| match r.segment() {
                2 => reversal.rows.key(r.row()),
                _ => self.segment(*r).key(r.row()),
            };
            if !staged.refs[first..].is_sorted_by_key(key) {
                return Err(Error::damaged("a change that was taken back has events out of order"));
            }
            let n_own_of_case = n_own - n_own_before;
            staged.n_removed_events += (n_before + n_own_of_case).saturating_sub(len) as u64;
            if len > 0 || n_before > 0 {
                staged.touched.push(TouchedCase { case, first, len, had_events: n_before > 0 });
            }
        }
        if n_own != reversal.rows.len() || runs.next().is_some() {
            return Err(Error::damaged("a change that was taken back has events of nobody"));
        }
        staged.set_new_events(n_own as u64);
        staged.change = Change::Reversal(Box::new(reversal));
        Ok(staged.without(&self.withheld))
    }

    /// Events that a staged removal leaves to other sources which brought them too, by source, ascending.
    pub fn kept_events_by_source(&self, staged: &Staged) -> Vec<(u16, u64)> {
        let mut counts = std::collections::BTreeMap::new();
        if matches!(staged.change, Change::Removal(_)) {
            for r in staged.refs.iter().filter(|r| r.segment() == Ref::BATCH as usize) {
                *counts.entry(self.duplicates.columns.source.get(r.row())).or_insert(0) += 1;
            }
        }
        counts.into_iter().collect()
    }

    /// Takes over duplicates and texts of a reversal, and returns its events.
    pub(crate) fn adopt_reversal(&mut self, reversal: Reversal) -> Columns {
        let Reversal { mut rows, mut duplicates, texts, .. } = reversal;
        let first = u32::try_from(self.texts.len()).unwrap_or(NONE);
        for text in texts.iter() {
            self.texts.push(text);
        }
        let number = |id: u32| if id == NONE { NONE } else { first.saturating_add(id) };
        rows.text.map_in_place(number);
        duplicates.text.map_in_place(number);
        let n_kept = reversal.n_kept_duplicates as usize;
        if n_kept < self.duplicates.len() || duplicates.len() > 0 {
            let old = std::mem::take(&mut self.duplicates);
            let kept = (0..n_kept).map(|row| Ref::new(Ref::BASE, row));
            let refs: Vec<Ref> =
                kept.chain((0..duplicates.len()).map(|row| Ref::new(Ref::DELTA, row))).collect();
            let mut columns = Columns::default();
            let nothing = Columns::default();
            columns.gather(&mut Parts::Borrowed([&old.columns, &duplicates, &nothing]), &refs);
            let case = old.case[..n_kept].iter().chain(&reversal.duplicate_case).copied().collect();
            let place = old.place[..n_kept].iter().chain(&reversal.duplicate_place).copied().collect();
            self.duplicates = Duplicates::new(columns, case, place);
        }
        rows
    }

    /// Notes one case as it is, given what it will be.
    fn reverse_case(&self, case: u32, after: &[Ref], reversal: &mut Reversal, gone: &mut Vec<Ref>) {
        let mut place_after = vec![NONE; self.full_case(case).len()];
        let first = self.case_refs(case).next().map_or(0, |r| r.0);
        for (place, r) in (0_u32..).zip(after) {
            if r.segment() != Ref::BATCH as usize
                && let Some(slot) = place_after.get_mut(r.0.wrapping_sub(first) as usize)
            {
                *slot = place;
            }
        }
        let n_before = reversal.runs.len();
        for (r, place) in self.case_refs(case).zip(place_after) {
            let row = if place == NONE {
                gone.push(r);
                OWN | u32::try_from(gone.len() - 1).unwrap_or(0)
            } else {
                place
            };
            reversal.extend_runs(n_before, row);
        }
        reversal.cases.push(case);
        reversal.n_runs.push(u32::try_from((reversal.runs.len() - n_before) / 2).unwrap_or(0));
    }

    /// Duplicates at the start of the list that a change leaves as they are.
    fn n_kept_duplicates(&self, change: &Change) -> usize {
        match change {
            Change::Addition(_) | Change::Withholding => self.duplicates.len(),
            Change::Removal(removal) => {
                let is_same = |(row, (kept, place)): &(usize, (&crate::duplicates::Skipped, &u32))| {
                    kept.row as usize == *row && kept.place == **place
                };
                removal.kept.iter().zip(&self.duplicates.place).enumerate().take_while(is_same).count()
            }
            Change::Reversal(reversal) => reversal.n_kept_duplicates as usize,
        }
    }

    /// Makes sure that every number of a reversal is one of this store.
    fn check_reversal(&self, reversal: &mut Reversal) -> Result<(), Error> {
        let known = Known {
            n_activities: self.activities.len(),
            n_channels: self.channels.len(),
            n_accounts: self.accounts.len(),
            n_currencies: self.currencies.len(),
            n_objects: self.objects.len(),
            n_texts: reversal.texts.len(),
            n_sources: self.sources.len(),
        };
        reversal.rows.check(&known)?;
        reversal.duplicates.check(&known)?;
        let is_case = |&case: &u32| (case as usize) < self.spans.len();
        let n_duplicates = reversal.duplicates.len();
        let fits = reversal.cases.is_sorted_by(|a, b| a < b)
            && reversal.cases.iter().all(is_case)
            && reversal.cases.len() == reversal.n_runs.len()
            && reversal.runs.len().is_multiple_of(2)
            && reversal.n_kept_duplicates as usize <= self.duplicates.len()
            && reversal.duplicate_case.len() == n_duplicates
            && reversal.duplicate_place.len() == n_duplicates
            && reversal.duplicate_case.iter().all(is_case);
        if !fits {
            return Err(Error::damaged("a change that was taken back is not one of this workspace"));
        }
        let (n_events, n_free) = (reversal.rows.len() as u64, self.n_free());
        if n_events > n_free {
            return Err(Error::new(Kind::Full { n_events, n_free }));
        }
        Ok(())
    }
}

impl Reversal {
    /// A reversal that changes nothing of a store.
    pub(crate) fn of_nothing(store: &Store) -> Self {
        let n_kept_duplicates = u32::try_from(store.duplicates.len()).unwrap_or(u32::MAX);
        Self { n_kept_duplicates, ..Self::default() }
    }

    /// A reversal that gives cases, ascending, these rows: places among a case's own events, ascending, or the next of
    /// `rows`. Duplicates are how many stay, and those that follow.
    pub(crate) fn from_cases(
        cases: &[(u32, Vec<Result<usize, Ref>>)],
        rows: Columns,
        (n_kept, duplicates, follow): (usize, Columns, &[Skipped]),
        texts: Texts,
    ) -> Self {
        let mut reversal = Self {
            rows,
            n_kept_duplicates: u32::try_from(n_kept).unwrap_or(u32::MAX),
            duplicates,
            duplicate_case: follow.iter().map(|one| one.case).collect(),
            duplicate_place: follow.iter().map(|one| one.place).collect(),
            texts,
            ..Self::default()
        };
        let mut n_foreign = 0;
        for (case, places) in cases {
            let n_before = reversal.runs.len();
            for place in places {
                let row = match place {
                    Ok(place) => u32::try_from(*place).unwrap_or(u32::MAX),
                    Err(_) => {
                        n_foreign += 1;
                        OWN | (n_foreign - 1)
                    }
                };
                reversal.extend_runs(n_before, row);
            }
            reversal.cases.push(*case);
            reversal.n_runs.push(u32::try_from((reversal.runs.len() - n_before) / 2).unwrap_or(0));
        }
        reversal
    }

    /// Adds a row to the runs of a case, which begin at `first`.
    fn extend_runs(&mut self, first: usize, row: u32) {
        match self.runs[first..].last_chunk::<2>() {
            Some([start, len]) if start + len == row => {
                let last = self.runs.len() - 1;
                self.runs[last] += 1;
            }
            _ => self.runs.extend([row, 1]),
        }
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        let numbers = self.cases.len()
            + self.n_runs.len()
            + self.runs.len()
            + self.duplicate_case.len()
            + self.duplicate_place.len();
        numbers * 4 + self.rows.n_bytes() + self.duplicates.n_bytes() + self.texts.n_bytes()
    }

    /// The reversal as bytes: lists, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.n_bytes());
        put(&self.cases, &mut bytes);
        put(&self.n_runs, &mut bytes);
        put(&self.runs, &mut bytes);
        put_columns(&self.rows, &mut bytes);
        put(&[self.n_kept_duplicates], &mut bytes);
        put_columns(&self.duplicates, &mut bytes);
        put(&self.duplicate_case, &mut bytes);
        put(&self.duplicate_place, &mut bytes);
        put(&self.texts.lens(0..self.texts.len()), &mut bytes);
        put(self.texts.bytes(), &mut bytes);
        if self.rows.has_meaning() || self.duplicates.has_meaning() {
            put_meaning(&self.rows, &mut bytes);
            put_meaning(&self.duplicates, &mut bytes);
        }
        bytes
    }

    /// Reads a reversal back; what it refers to is checked by [`Store::stage_reversal`].
    ///
    /// # Errors
    /// When the bytes are not those of a reversal.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut lists = Lists::new(bytes);
        let mut reversal = Self {
            cases: lists.take()?,
            n_runs: lists.take()?,
            runs: lists.take()?,
            rows: take_columns(&mut lists)?,
            n_kept_duplicates: lists.take()?.first().copied().unwrap_or(0),
            duplicates: take_columns(&mut lists)?,
            duplicate_case: lists.take()?,
            duplicate_place: lists.take()?,
            texts: Texts::from_parts(&lists.take::<u32>()?, lists.take()?)?,
        };
        // A reversal of events without meaning ends here, as all did in version 1.
        if !lists.is_empty() {
            take_meaning(&mut lists, &mut reversal.rows)?;
            take_meaning(&mut lists, &mut reversal.duplicates)?;
        }
        if lists.is_empty() { Ok(reversal) } else { Err(layout::broken()) }
    }
}

fn put_columns(columns: &Columns, bytes: &mut Vec<u8>) {
    put(&columns.activity, bytes);
    put(&columns.start, bytes);
    put(&columns.digest, bytes);
    put(&columns.line, bytes);
    put(columns.source.values().unwrap_or(&[]), bytes);
    put(&columns.end.to_micros(&columns.start), bytes);
    put(&columns.channel.to_words(), bytes);
    put(&columns.account.to_words(), bytes);
    put(columns.text.values().unwrap_or(&[]), bytes);
    put(columns.value.values().unwrap_or(&[]), bytes);
}

fn take_columns(lists: &mut Lists<'_>) -> Result<Columns, Error> {
    let mut columns = Columns { activity: lists.take()?, start: lists.take()?, ..Columns::default() };
    columns.digest = lists.take()?;
    columns.line = lists.take()?;
    *columns.source.open() = lists.take()?;
    *columns.end.open() = lists.take()?;
    *columns.channel.open() = lists.take()?;
    *columns.account.open() = lists.take()?;
    *columns.text.open() = lists.take()?;
    *columns.value.open() = lists.take()?;
    Ok(columns)
}
