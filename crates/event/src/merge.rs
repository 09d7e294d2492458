//! Merging a batch into the store: late, out-of-order and duplicate events find their place.

use crate::columns::{Columns, Ref};
use crate::{Batch, Names, Store};
use std::collections::HashSet;

/// A batch merged with the store's touched cases, ready to be committed; the store itself is still as it was.
#[derive(Debug)]
pub struct Staged {
    pub(crate) batch: Batch,
    pub(crate) touched: Vec<TouchedCase>,
    pub(crate) refs: Vec<Ref>,
    pub(crate) new_customers: Vec<String>,
    pub(crate) new_activities: Vec<String>,
    pub(crate) new_channels: Vec<String>,
    pub(crate) new_accounts: Vec<String>,
    n_known_cases: usize,
    n_new_events: u64,
    n_duplicates: u64,
    n_late: u64,
}

/// A case that gets events, and where its merged order lies in `refs`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TouchedCase {
    pub(crate) case: u32,
    pub(crate) first: usize,
    pub(crate) len: usize,
}

impl Staged {
    /// Cases that were known before and will change, ascending.
    pub fn changed_cases(&self) -> impl Iterator<Item = u32> {
        let n_known = self.n_known_cases;
        self.touched.iter().map(|t| t.case).filter(move |&case| (case as usize) < n_known)
    }

    /// All cases that will have new events, known and new, ascending.
    pub fn touched_cases(&self) -> Vec<u32> {
        self.touched.iter().map(|t| t.case).collect()
    }

    /// Activities seen for the first time, in order of appearance.
    pub fn new_activities(&self) -> &[String] {
        &self.new_activities
    }

    /// Customers seen for the first time.
    pub fn n_new_customers(&self) -> u64 {
        self.new_customers.len() as u64
    }

    /// Events that will be added.
    pub fn n_new_events(&self) -> u64 {
        self.n_new_events
    }

    /// Exact duplicates that will be skipped.
    pub fn n_duplicates(&self) -> u64 {
        self.n_duplicates
    }

    /// New events that start before an event that their case already had.
    pub fn n_late(&self) -> u64 {
        self.n_late
    }
}

/// Merges a batch with the cases it touches; costs the batch plus the touched cases, not the store.
pub(crate) fn stage(store: &Store, mut batch: Batch) -> Staged {
    let (cases, new_customers) = translate(&store.customers, &batch.customers);
    let (activities, new_activities) = translate(&store.activities, &batch.activities);
    let (channels, new_channels) = translate(&store.channels, &batch.channels);
    let (accounts, new_accounts) = translate(&store.accounts, &batch.accounts);
    let map = |table: &[u32], id: u32| table.get(id as usize).copied().unwrap_or(id);
    for activity in &mut batch.columns.activity {
        *activity = map(&activities, *activity);
    }
    batch.columns.channel.map_in_place(|id| map(&channels, id));
    batch.columns.account.map_in_place(|id| map(&accounts, id));

    let (offsets, rows) = batch.rows_by_case();
    let mut by_case: Vec<u32> = (0..).take(cases.len()).collect();
    by_case.sort_unstable_by_key(|&local| cases[local as usize]);
    let mut staged = Staged {
        touched: Vec::with_capacity(cases.len()),
        refs: Vec::with_capacity(rows.len()),
        new_customers,
        new_activities,
        new_channels,
        new_accounts,
        n_known_cases: store.n_cases(),
        n_new_events: 0,
        n_duplicates: 0,
        n_late: 0,
        batch: Batch::default(),
    };
    let mut ties = Ties::default();
    for local in by_case {
        let of_case = &rows[offsets[local as usize] as usize..offsets[local as usize + 1] as usize];
        merge_case(store, &batch.columns, cases[local as usize], of_case, &mut ties, &mut staged);
    }
    staged.batch = batch;
    staged
}

/// Numbers in `known` for every name of `local`; new names get the numbers they will have once they are added.
fn translate(known: &Names, local: &Names) -> (Vec<u32>, Vec<String>) {
    let mut added = Vec::new();
    let ids = local
        .iter()
        .map(|name| {
            known.find(name).unwrap_or_else(|| {
                added.push(name.to_owned());
                u32::try_from(known.len() + added.len() - 1).unwrap_or(u32::MAX)
            })
        })
        .collect();
    (ids, added)
}

fn merge_case(store: &Store, batch: &Columns, case: u32, rows: &[u32], ties: &mut Ties, staged: &mut Staged) {
    let old = store.case_refs(case);
    let first = staged.refs.len();
    let last_old_start = old.clone().next_back().map(|r| store.segment(r).start[r.row()]);
    let mut old = old.peekable();
    let mut n_added = 0;
    ties.clear();
    for &row in rows {
        let row = row as usize;
        let key = batch.key(row);
        while let Some(r) = old.next_if(|r| store.segment(*r).key(r.row()) <= key) {
            let columns = store.segment(r);
            ties.note(columns.start[r.row()], columns.activity[r.row()], columns.digest[r.row()]);
            staged.refs.push(r);
        }
        if !ties.note(batch.start[row], batch.activity[row], batch.digest[row]) {
            staged.n_duplicates += 1;
            continue;
        }
        n_added += 1;
        staged.n_late += u64::from(last_old_start.is_some_and(|last| batch.start[row] < last));
        staged.refs.push(Ref::new(Ref::BATCH, row));
    }
    if n_added == 0 {
        staged.refs.truncate(first);
        return;
    }
    staged.refs.extend(old);
    staged.n_new_events += n_added;
    staged.touched.push(TouchedCase { case, first, len: staged.refs.len() - first });
}

/// The events of the current case that share the current start time, to recognise exact duplicates.
#[derive(Debug, Default)]
struct Ties {
    start_micros: i64,
    few: Vec<(u32, u64)>,
    many: HashSet<(u32, u64)>,
}

impl Ties {
    /// Beyond this many equal times a set is faster than looking at each.
    const FEW: usize = 24;

    fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Notes an event; returns false when the same one was noted before at the same time.
    fn note(&mut self, start_micros: i64, activity: u32, digest: u64) -> bool {
        if self.start_micros != start_micros || self.few.is_empty() {
            self.clear();
            self.start_micros = start_micros;
            self.few.push((activity, digest));
            return true;
        }
        if self.few.len() < Self::FEW {
            if self.few.contains(&(activity, digest)) {
                return false;
            }
            self.few.push((activity, digest));
            return true;
        }
        if self.many.is_empty() {
            self.many.extend(self.few.iter().copied());
        }
        self.many.insert((activity, digest))
    }
}
