//! Merging a batch into the store: late, out-of-order and duplicate events find their place.

use crate::columns::{Columns, Ref};
use crate::duplicates::Skipped;
use crate::removal::Removal;
use crate::reversal::Reversal;
use crate::{Batch, Names, Store};
use std::collections::{HashMap, hash_map::Entry};

/// A change worked out against the store's touched cases, ready to be committed; the store itself is still as it was.
#[derive(Debug)]
pub struct Staged {
    pub(crate) change: Change,
    pub(crate) touched: Vec<TouchedCase>,
    pub(crate) refs: Vec<Ref>,
    pub(crate) n_removed_events: u64,
    pub(crate) n_promoted: u64,
    n_new_events: u64,
    n_duplicates: u64,
    n_late: u64,
    /// Customers that nobody may look at, by number: until now, and from then on.
    withheld: [Vec<bool>; 2],
}

/// What the change is.
#[derive(Debug)]
pub(crate) enum Change {
    /// Events come.
    Addition(Box<Addition>),
    /// Events go.
    Removal(Removal),
    /// Cases become what they were.
    Reversal(Box<Reversal>),
    /// Other customers are withheld than before; no event comes or goes.
    Withholding,
}

/// A batch with the store's numbers in it.
#[derive(Debug, Default)]
pub(crate) struct Addition {
    pub(crate) batch: Batch,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) new_customers: Vec<String>,
    pub(crate) new_activities: Vec<String>,
    pub(crate) new_channels: Vec<String>,
    pub(crate) new_accounts: Vec<String>,
    pub(crate) new_currencies: Vec<String>,
    pub(crate) new_objects: Vec<String>,
}

/// A case that changes, and where its new order lies in `refs`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TouchedCase {
    pub(crate) case: u32,
    pub(crate) first: usize,
    pub(crate) len: usize,
    pub(crate) had_events: bool,
}

impl Staged {
    pub(crate) fn new(change: Change) -> Self {
        Self {
            change,
            touched: Vec::new(),
            refs: Vec::new(),
            n_removed_events: 0,
            n_promoted: 0,
            n_new_events: 0,
            n_duplicates: 0,
            n_late: 0,
            withheld: [Vec::new(), Vec::new()],
        }
    }

    /// Leaves customers out of those that are told to have changed.
    pub(crate) fn without(mut self, withheld: &[bool]) -> Self {
        self.withheld = [withheld.to_vec(), withheld.to_vec()];
        self
    }

    /// Withholds others once the change is made.
    pub(crate) fn then_without(mut self, withheld: Vec<bool>) -> Self {
        self.withheld[1] = withheld;
        self
    }

    /// Withholds those of the customers seen for the first time of whom `is_withheld` is true, asked with their names.
    pub fn withhold_new(&mut self, is_withheld: &dyn Fn(&str) -> bool, n_customers: usize) {
        let Change::Addition(addition) = &self.change else { return };
        let [_, after] = &mut self.withheld;
        for (number, name) in (n_customers..).zip(&addition.new_customers) {
            if is_withheld(name) {
                after.resize(number, false);
                after.push(true);
            }
        }
    }

    pub(crate) fn take_withheld(&mut self) -> Vec<bool> {
        std::mem::take(&mut self.withheld[1])
    }

    fn is_seen(&self, when: usize, touched: &TouchedCase) -> bool {
        !self.withheld[when].get(touched.case as usize).copied().unwrap_or(false)
    }

    fn addition(&self) -> Option<&Addition> {
        match &self.change {
            Change::Addition(addition) => Some(addition),
            Change::Removal(_) | Change::Reversal(_) | Change::Withholding => None,
        }
    }

    /// Cases that have events now and will change, ascending: those whose old contribution is to be taken back.
    pub fn changed_cases(&self) -> impl Iterator<Item = u32> {
        self.touched.iter().filter(|t| t.had_events && self.is_seen(0, t)).map(|t| t.case)
    }

    /// Cases that change and will have events then, known and new, ascending: those whose contribution is to be added
    /// after the commit. A case that loses all its events is not among them.
    pub fn touched_cases(&self) -> Vec<u32> {
        self.touched.iter().filter(|t| t.len > 0 && self.is_seen(1, t)).map(|t| t.case).collect()
    }

    /// Activities seen for the first time, in order of appearance.
    pub fn new_activities(&self) -> &[String] {
        self.addition().map_or(&[], |addition| &addition.new_activities)
    }

    /// Customers seen for the first time.
    pub fn n_new_customers(&self) -> u64 {
        self.addition().map_or(0, |addition| addition.new_customers.len() as u64)
    }

    /// Events that will be added.
    pub fn n_new_events(&self) -> u64 {
        self.n_new_events
    }

    pub(crate) fn set_new_events(&mut self, n: u64) {
        self.n_new_events = n;
    }

    /// Exact duplicates that will be skipped.
    pub fn n_duplicates(&self) -> u64 {
        self.n_duplicates
    }

    /// New events that start before an event that their case already had.
    pub fn n_late(&self) -> u64 {
        self.n_late
    }

    /// Events that will be gone.
    pub fn n_removed_events(&self) -> u64 {
        self.n_removed_events
    }

    /// Events of the removed source that stay because another source brought them too; they go over to that source.
    pub fn n_kept_events(&self) -> u64 {
        self.n_promoted
    }

    /// Cases that will have no event left.
    pub fn n_emptied_cases(&self) -> u64 {
        self.touched.iter().filter(|t| t.len == 0).count() as u64
    }
}

/// Merges a batch with the cases it touches; costs the batch plus the touched cases, not the store.
pub(crate) fn stage(store: &Store, mut batch: Batch) -> Staged {
    let (cases, new_customers) = translate(&store.customers, &batch.customers);
    let (activities, new_activities) = translate(&store.activities, &batch.activities);
    let (channels, new_channels) = translate(&store.channels, &batch.channels);
    let (accounts, new_accounts) = translate(&store.accounts, &batch.accounts);
    let (currencies, new_currencies) = translate(&store.currencies, &batch.currencies);
    let (objects, new_objects) = translate(&store.objects, &batch.objects);
    let map = |table: &[u32], id: u32| table.get(id as usize).copied().unwrap_or(id);
    for activity in &mut batch.columns.activity {
        *activity = map(&activities, *activity);
    }
    batch.columns.channel.map_in_place(|id| map(&channels, id));
    batch.columns.account.map_in_place(|id| map(&accounts, id));
    batch.columns.currency.map_in_place(|id| map(&currencies, id));
    batch.columns.object.map_in_place(|id| map(&objects, id));

    let (offsets, rows) = batch.rows_by_case();
    let mut by_case: Vec<u32> = (0..).take(cases.len()).collect();
    by_case.sort_unstable_by_key(|&local| cases[local as usize]);
    let mut staged = Staged::new(Change::Addition(Box::default()));
    staged.touched.reserve(cases.len());
    staged.refs.reserve(rows.len());
    let mut merging = Merging { store, batch: &batch, ties: Ties::default(), skipped: Vec::new() };
    for local in by_case {
        let of_case = &rows[offsets[local as usize] as usize..offsets[local as usize + 1] as usize];
        merging.merge_case(cases[local as usize], of_case, &mut staged);
    }
    let skipped = merging.skipped;
    let addition = Addition {
        batch,
        skipped,
        new_customers,
        new_activities,
        new_channels,
        new_accounts,
        new_currencies,
        new_objects,
    };
    staged.change = Change::Addition(Box::new(addition));
    staged
}

/// Numbers in `known` for every name of `local`; new names get the numbers they will have once they are added.
pub(crate) fn translate(known: &Names, local: &Names) -> (Vec<u32>, Vec<String>) {
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

struct Merging<'a> {
    store: &'a Store,
    batch: &'a Batch,
    ties: Ties,
    skipped: Vec<Skipped>,
}

impl Merging<'_> {
    fn merge_case(&mut self, case: u32, rows: &[u32], staged: &mut Staged) {
        let (store, batch) = (self.store, &self.batch.columns);
        let old = store.case_refs(case);
        let first = staged.refs.len();
        let last_old_start = old.clone().next_back().map(|r| store.segment(r).start[r.row()]);
        let mut old = old.peekable();
        let mut n_added = 0;
        let mut place = Place::default();
        self.ties.clear();
        for &row in rows {
            let r = Ref::new(Ref::BATCH, row as usize);
            let key = batch.key(r.row());
            while let Some(r) = old.next_if(|r| store.segment(*r).key(r.row()) <= key) {
                let columns = store.segment(r);
                self.ties.note(columns, r.row(), columns.source.get(r.row()));
                place.push(columns.key(r.row()));
                staged.refs.push(r);
            }
            // A new source has no number yet; the number of none of the stored events is its own.
            let own = self.batch.source.unwrap_or(u16::MAX);
            if let Some(source) = self.ties.note(batch, r.row(), own) {
                staged.n_duplicates += 1;
                if source != own {
                    self.skipped.push(Skipped { row, case, place: place.of(key) });
                }
                continue;
            }
            n_added += 1;
            let is_earlier = last_old_start.is_some_and(|last| batch.start[r.row()] < last);
            let is_renewed = || self.batch.renewed.binary_search(&batch.digest[r.row()]).is_ok();
            staged.n_late += u64::from(is_earlier && !is_renewed());
            place.push(key);
            staged.refs.push(r);
        }
        if n_added == 0 {
            staged.refs.truncate(first);
            return;
        }
        staged.refs.extend(old);
        staged.n_new_events += n_added;
        let touched =
            TouchedCase { case, first, len: staged.refs.len() - first, had_events: last_old_start.is_some() };
        staged.touched.push(touched);
    }
}

/// How many events of the current key the walk through a case has passed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    key: (i64, i64),
    n: u32,
}

impl Place {
    pub(crate) fn push(&mut self, key: (i64, i64)) {
        self.n = self.of(key).saturating_add(1);
        self.key = key;
    }

    pub(crate) fn of(self, key: (i64, i64)) -> u32 {
        if self.key == key { self.n } else { 0 }
    }
}

/// The events of the current case that share the current start time, to recognise exact duplicates.
#[derive(Debug, Default)]
pub(crate) struct Ties {
    start_micros: i64,
    few: Vec<((u32, u64), u16)>,
    many: HashMap<(u32, u64), u16>,
}

impl Ties {
    /// Beyond this many equal times a table is faster than looking at each.
    const FEW: usize = 24;

    pub(crate) fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Notes an event of a source; returns the source of the same event at the same time when it was noted before.
    pub(crate) fn note(&mut self, columns: &Columns, row: usize, source: u16) -> Option<u16> {
        let (start_micros, event) = (columns.start[row], (columns.activity[row], columns.digest[row]));
        if self.start_micros != start_micros || self.few.is_empty() {
            self.clear();
            self.start_micros = start_micros;
            self.few.push((event, source));
            return None;
        }
        if self.few.len() < Self::FEW {
            let found = self.few.iter().find(|(other, _)| *other == event);
            if let Some((_, source)) = found {
                return Some(*source);
            }
            self.few.push((event, source));
            return None;
        }
        if self.many.is_empty() {
            self.many.extend(self.few.iter().copied());
        }
        match self.many.entry(event) {
            Entry::Occupied(found) => Some(*found.get()),
            Entry::Vacant(free) => {
                free.insert(source);
                None
            }
        }
    }
}
