//! A newer export of a source: which of its events are told otherwise now, and go before the newer ones come.
//!
//! A record is known again by the digest of its events. Afterwards the source has what the newer export alone would have
//! given it, and what the export does not speak of.

use crate::columns::{Columns, NONE, Ref};
use crate::merge::{Place, Ties, translate};
use crate::{Batch, Store};
use hashbrown::HashTable;

/// What a newer export makes of the events that its source brought before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// What goes.
    pub withdrawal: Withdrawal,
    /// Events that are told otherwise.
    pub n_changed: u64,
    /// Events of records that make no such event any more.
    pub n_gone: u64,
    /// Events that go and come again as they were, because the order among events of their time changed.
    pub n_again: u64,
    /// Digests of what goes, ascending.
    digests: Vec<u64>,
}

/// Events of a source that go, and skipped repetitions that do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawal {
    /// The source.
    pub source: u16,
    /// Case, and place of the event in it; ascending.
    pub events: Vec<(u32, u32)>,
    /// Skipped duplicates by number, ascending.
    pub duplicates: Vec<u32>,
}

impl Withdrawal {
    /// Whether nothing goes.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.duplicates.is_empty()
    }

    /// Events and repetitions that go.
    pub fn len(&self) -> usize {
        self.events.len() + self.duplicates.len()
    }
}

/// Digests with a quick answer for the many that are not among them.
struct Digests {
    all: HashTable<u64>,
    bits: Vec<u64>,
}

impl Digests {
    const N_BITS: u64 = 1 << 18;

    fn of(digests: impl Iterator<Item = u64>) -> Self {
        let mut known = Self { all: HashTable::new(), bits: vec![0; (Self::N_BITS / 64) as usize] };
        for digest in digests {
            let bit = digest % Self::N_BITS;
            known.bits[(bit / 64) as usize] |= 1 << (bit % 64);
            if known.all.find(digest, |other| *other == digest).is_none() {
                known.all.insert_unique(digest, digest, |other| *other);
            }
        }
        known
    }

    fn has(&self, digest: u64) -> bool {
        let bit = digest % Self::N_BITS;
        self.bits[(bit / 64) as usize] & (1 << (bit % 64)) != 0
            && self.all.find(digest, |other| *other == digest).is_some()
    }
}

/// An event that the source brought and that a record of the batch speaks of.
#[derive(Clone, Copy, Debug)]
struct Told {
    case: u32,
    key: (i64, i64),
    /// How many stored events of the case and key come before it; a skipped duplicate stands before the next of them.
    order: (u32, bool, u32),
    /// Its place in the case, or its number among the duplicates.
    at: u32,
    row: Ref,
}

impl Told {
    fn is_stored(&self) -> bool {
        self.order.1
    }
}

/// Compares events of a store with those of a batch, whose names have other numbers.
struct Compare<'a> {
    store: &'a Store,
    batch: &'a Batch,
    activities: Vec<u32>,
    channels: Vec<u32>,
    accounts: Vec<u32>,
    currencies: Vec<u32>,
    objects: Vec<u32>,
}

impl<'a> Compare<'a> {
    fn new(store: &'a Store, batch: &'a Batch) -> Self {
        Self {
            activities: translate(&store.activities, &batch.activities).0,
            channels: translate(&store.channels, &batch.channels).0,
            accounts: translate(&store.accounts, &batch.accounts).0,
            currencies: translate(&store.currencies, &batch.currencies).0,
            objects: translate(&store.objects, &batch.objects).0,
            store,
            batch,
        }
    }

    fn columns(&self, told: &Told) -> &'a Columns {
        if told.is_stored() { self.store.segment(told.row) } else { &self.store.duplicates.columns }
    }

    /// Whether an event of the batch says exactly what is known.
    fn is_same(&self, told: &Told, row: u32) -> bool {
        let (old, i) = (self.columns(told), told.row.row());
        let (new, j) = (&self.batch.columns, row as usize);
        let number = |table: &[u32], id: u32| table.get(id as usize).copied().unwrap_or(id);
        let text = |id: u32, texts: &'a crate::Texts| (id != NONE).then(|| texts.get(id));
        old.digest[i] == new.digest[j]
            && old.key(i) == new.key(j)
            && old.end.get(i, old.start[i]) == new.end.get(j, new.start[j])
            && old.activity[i] == number(&self.activities, new.activity[j])
            && old.channel.get(i) == number(&self.channels, new.channel.get(j))
            && old.account.get(i) == number(&self.accounts, new.account.get(j))
            && old.value.get(i) == new.value.get(j)
            && old.measure.get(i) == new.measure.get(j)
            && old.currency.get(i) == number(&self.currencies, new.currency.get(j))
            && old.object.get(i) == number(&self.objects, new.object.get(j))
            && text(old.text.get(i), &self.store.texts) == text(new.text.get(j), &self.batch.texts)
    }
}

impl Renewal {
    /// Digests of what goes, ascending: what comes again under them is not late.
    pub(crate) fn digests(&self) -> &[u64] {
        &self.digests
    }
}

impl Store {
    /// Cases with events that a batch speaks of again, ascending.
    pub fn cases_told_again(&self, batch: &Batch) -> Vec<u32> {
        let mut cases: Vec<u32> = self.told(batch).iter().map(|told| told.case).collect();
        cases.dedup();
        cases
    }

    /// What a batch that continues its source changes of what the source brought before. Costs the digests of all events,
    /// and the cases of those that are told again.
    ///
    /// Of events of one case and time, those that are told again go and come anew together, unless they come in the order
    /// in which they are: so the order is that of the newer export.
    pub fn renewal_of(&self, batch: &Batch) -> Renewal {
        let told = self.told(batch);
        let mut renewal = Renewal::default();
        if told.is_empty() {
            return renewal;
        }
        renewal.withdrawal.source = batch.source.unwrap_or(0);
        let coming = self.coming(batch);
        let compare = Compare::new(self, batch);
        let mut gone: Vec<Told> = Vec::new();
        let mut rest = coming.as_slice();
        for group in told.chunk_by(|a, b| (a.case, a.key) == (b.case, b.key)) {
            let place = (group[0].case, group[0].key);
            let of = |one: &(u32, u32)| (one.0, batch.columns.key(one.1 as usize));
            rest = &rest[rest.partition_point(|one| of(one) < place)..];
            let same = &rest[..rest.partition_point(|one| of(one) <= place)];
            let is_kept = same.len() >= group.len()
                && group.iter().zip(same).all(|(told, (_, row))| compare.is_same(told, *row));
            if !is_kept {
                let is_again = |told: &&Told| same.iter().any(|(_, row)| compare.is_same(told, *row));
                renewal.n_again += group.iter().filter(is_again).count() as u64;
                gone.extend(group);
            }
        }
        let made = Digests::of(coming.iter().map(|(_, row)| batch.columns.digest[*row as usize]));
        for told in &gone {
            let digest = compare.columns(told).digest[told.row.row()];
            renewal.n_changed += u64::from(made.has(digest));
            renewal.n_gone += u64::from(!made.has(digest));
            renewal.digests.push(digest);
            match told.is_stored() {
                true => renewal.withdrawal.events.push((told.case, told.at)),
                false => renewal.withdrawal.duplicates.push(told.at),
            }
        }
        renewal.n_changed = renewal.n_changed.saturating_sub(renewal.n_again);
        renewal.digests.sort_unstable();
        renewal.withdrawal.events.sort_unstable();
        renewal.withdrawal.duplicates.sort_unstable();
        renewal
    }

    /// Events of the batch that would be stored if it came alone: their cases in this store, and rows; in order.
    fn coming(&self, batch: &Batch) -> Vec<(u32, u32)> {
        let (cases, _) = translate(&self.customers, &batch.customers);
        let (offsets, rows) = batch.rows_by_case();
        let mut by_case: Vec<u32> = (0..).take(cases.len()).collect();
        by_case.sort_unstable_by_key(|&local| cases[local as usize]);
        let mut coming = Vec::with_capacity(rows.len());
        let mut ties = Ties::default();
        for local in by_case {
            ties.clear();
            let of_case = &rows[offsets[local as usize] as usize..offsets[local as usize + 1] as usize];
            let first = of_case.iter().filter(|row| ties.note(&batch.columns, **row as usize, 0).is_none());
            coming.extend(first.map(|row| (cases[local as usize], *row)));
        }
        coming
    }

    /// What the source of a batch brought before and a record of the batch speaks of, in order of case and time.
    fn told(&self, batch: &Batch) -> Vec<Told> {
        let Some(source) = batch.source.filter(|_| batch.is_identified) else { return Vec::new() };
        let digests = Digests::of(batch.columns.digest.iter().chain(&batch.claims).copied());
        let hits = |columns: &Columns| -> Vec<u32> {
            let rows = (0_u32..).zip(&columns.digest).filter(|(_, digest)| digests.has(**digest));
            rows.map(|(row, _)| row).filter(|row| columns.source.get(*row as usize) == source).collect()
        };
        let mut told: Vec<Told> = Vec::new();
        for row in hits(&self.duplicates.columns) {
            let key = self.duplicates.columns.key(row as usize);
            let (case, place) = (self.duplicates.case[row as usize], self.duplicates.place[row as usize]);
            let row_of = Ref::new(Ref::BASE, row as usize);
            told.push(Told { case, key, order: (place, false, row), at: row, row: row_of });
        }
        let (base, delta) = (hits(&self.base), hits(&self.delta));
        if !base.is_empty() || !delta.is_empty() {
            for (case, span) in (0_u32..).zip(&self.spans) {
                let hits = if span.first.segment() == Ref::BASE as usize { &base } else { &delta };
                let first = u32::try_from(span.first.row()).unwrap_or(u32::MAX);
                let from = hits.partition_point(|row| *row < first);
                let of_case = hits[from..].partition_point(|row| *row - first < span.len);
                if of_case > 0 {
                    self.told_of_case(case, &hits[from..from + of_case], &mut told);
                }
            }
        }
        told.sort_unstable_by_key(|told| (told.case, told.key, told.order));
        told
    }

    /// Those of one case, given their rows, ascending.
    fn told_of_case(&self, case: u32, hits: &[u32], told: &mut Vec<Told>) {
        let mut hits = hits.iter().peekable();
        let mut place = Place::default();
        for (at, r) in (0_u32..).zip(self.case_refs(case)) {
            let key = self.segment(r).key(r.row());
            if hits.next_if(|row| **row as usize == r.row()).is_some() {
                told.push(Told { case, key, order: (place.of(key), true, at), at, row: r });
            }
            place.push(key);
        }
    }
}
