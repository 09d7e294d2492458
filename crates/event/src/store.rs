//! The event store: columnar, dictionary-encoded, ordered by (case, start, end, arrival).

use crate::columns::{CaseEvents, Columns, NONE, Parts, Ref};
use crate::duplicates::Duplicates;
use crate::merge::{self, Addition, Change, Staged, TouchedCase};
use crate::removal::{self, Removal};
use crate::{Batch, Companies, Names, Texts, Withdrawal};

/// All events of a workspace.
///
/// A large base segment holds the cases one after the other; cases that changed since live in a small delta segment.
/// When the delta grows beyond an eighth of the base, both are folded into a new base.
#[derive(Debug, Default)]
pub struct Store {
    pub(crate) customers: Names,
    pub(crate) activities: Names,
    pub(crate) channels: Names,
    pub(crate) accounts: Names,
    pub(crate) currencies: Names,
    pub(crate) objects: Names,
    pub(crate) texts: Texts,
    pub(crate) sources: Vec<String>,
    pub(crate) base: Columns,
    pub(crate) delta: Columns,
    pub(crate) spans: Vec<Span>,
    pub(crate) duplicates: Duplicates,
    pub(crate) n_events: u64,
    pub(crate) n_cases: usize,
    pub(crate) revision: u64,
    /// Customers whose events nobody may look at, by number; empty where there are none.
    pub(crate) withheld: Vec<bool>,
    /// Events and customers that are withheld.
    pub(crate) n_withheld: (u64, usize),
    /// How accounts are told; as they are stored where nothing is known of companies.
    pub(crate) companies: Option<Companies>,
}

/// Where the events of one case lie: first row with the segment in the top bits, and their number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) first: Ref,
    pub(crate) len: u32,
}

impl Store {
    /// Deltas below this many rows are never folded.
    const MIN_FOLD_ROWS: usize = 1 << 16;

    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of events, without those that are withheld.
    pub fn n_events(&self) -> u64 {
        self.n_events - self.n_withheld.0
    }

    /// Number of cases that have events; each customer is one case, and case numbers are customer numbers.
    ///
    /// After a removal there are customers without events: case numbers run up to `customers().len()`, not up to here.
    pub fn n_cases(&self) -> usize {
        self.n_cases - self.n_withheld.1
    }

    /// Customers by number.
    pub fn customers(&self) -> &Names {
        &self.customers
    }

    /// Activities by number.
    pub fn activities(&self) -> &Names {
        &self.activities
    }

    /// Channels by number.
    pub fn channels(&self) -> &Names {
        &self.channels
    }

    /// Accounts by number, as [`Self::case`] tells them.
    pub fn accounts(&self) -> &Names {
        self.companies.as_ref().map_or(&self.accounts, Companies::names)
    }

    /// Accounts by number, as events came with them.
    pub fn stored_accounts(&self) -> &Names {
        &self.accounts
    }

    /// The number of the account of this name, or of the stored account of this name.
    pub fn find_account(&self, name: &str) -> Option<u32> {
        let stored = || self.companies.as_ref()?.of_account(self.accounts.find(name)?);
        self.accounts().find(name).or_else(stored)
    }

    /// Tells accounts in this way from now on; returns whether that changed anything. Whatever was counted by account is then
    /// to be counted anew. A stored account of which nothing is told is none.
    pub fn tell_accounts(&mut self, companies: Option<Companies>) -> bool {
        let is_same = match (&self.companies, &companies) {
            (None, None) => true,
            (Some(before), Some(after)) => before.is_same(after),
            _ => false,
        };
        self.companies = companies;
        !is_same
    }

    /// Currencies by number.
    pub fn currencies(&self) -> &Names {
        &self.currencies
    }

    /// Objects that events are about, by number: tickets, subscriptions, orders.
    pub fn objects(&self) -> &Names {
        &self.objects
    }

    /// Texts by number.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Names of the sources by number; a removed source keeps its number.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Events that several sources brought, once for each further source: what an event outlives its first source with.
    pub fn n_known_duplicates(&self) -> u64 {
        self.duplicates.len() as u64
    }

    /// The events of a case; empty for a number that is not a case, and for one that is withheld.
    pub fn case(&self, case: u32) -> CaseEvents<'_> {
        if self.is_withheld(case) {
            return CaseEvents::new(&self.base, 0, 0);
        }
        let told = self.companies.as_ref().map(|companies| (companies, companies.of_case(case)));
        CaseEvents { told, ..self.full_case(case) }
    }

    /// Whether nobody may look at the events of a case.
    pub fn is_withheld(&self, case: u32) -> bool {
        self.withheld.get(case as usize).copied().unwrap_or(false)
    }

    /// Works out that these customers are withheld and no others, by number: every look at the store is then as if they had
    /// no events, while what is stored, written and erased has them. `None` where that is so already. Costs O(cases).
    pub fn stage_withholding(&self, withheld: &[bool]) -> Option<Staged> {
        if withheld.is_empty() && self.withheld.is_empty() {
            return None;
        }
        let is_in = |all: &[bool], case: usize| all.get(case).copied().unwrap_or(false);
        let mut staged = Staged::new(Change::Withholding).without(&self.withheld);
        for (case, span) in (0_u32..).zip(&self.spans) {
            let (before, after) = (self.is_withheld(case), is_in(withheld, case as usize));
            if span.len > 0 && before != after {
                let len = span.len as usize;
                staged.touched.push(TouchedCase { case, first: 0, len, had_events: true });
            }
        }
        let last = withheld.iter().rposition(|is| *is).map_or(0, |last| last + 1);
        let withheld = withheld[..last].to_vec();
        (withheld != self.withheld).then(|| staged.then_without(withheld))
    }

    /// Events and customers that are withheld.
    pub fn n_withheld(&self) -> (u64, u64) {
        (self.n_withheld.0, self.n_withheld.1 as u64)
    }

    fn count_withheld(&mut self) {
        let spans = self.withheld.iter().zip(&self.spans).filter(|(is, span)| **is && span.len > 0);
        self.n_withheld =
            spans.fold((0, 0), |(n_events, n), (_, span)| (n_events + u64::from(span.len), n + 1));
    }

    /// The events of a case as they are stored, also of one that is withheld.
    pub fn full_case(&self, case: u32) -> CaseEvents<'_> {
        match self.spans.get(case as usize) {
            Some(span) => CaseEvents::new(self.segment(span.first), span.first.row(), span.len as usize),
            None => CaseEvents::new(&self.base, 0, 0),
        }
    }

    /// All cases that have events, in order of their numbers.
    pub fn cases(&self) -> impl Iterator<Item = (u32, CaseEvents<'_>)> {
        (0_u32..)
            .take(self.spans.len())
            .map(|case| (case, self.case(case)))
            .filter(|(_, events)| events.len > 0)
    }

    /// All cases that have events, also those that are withheld.
    pub fn full_cases(&self) -> impl Iterator<Item = (u32, CaseEvents<'_>)> {
        (0_u32..)
            .take(self.spans.len())
            .map(|case| (case, self.full_case(case)))
            .filter(|(_, events)| events.len > 0)
    }

    /// Merges a batch with what is there, changing nothing yet.
    pub fn stage(&self, batch: Batch) -> Staged {
        merge::stage(self, batch).without(&self.withheld)
    }

    /// Works out the store without the events of a source, changing nothing yet: the undo of an import.
    ///
    /// Afterwards the events are those of a store into which the source never came: an event that another source brought
    /// too stays, as that source brought it. Names stay in the dictionaries; texts go. Costs O(events).
    pub fn stage_source_removal(&self, source: u16) -> Staged {
        removal::stage_source(self, source).without(&self.withheld)
    }

    /// Works out the store without some events of a source, changing nothing yet: what a newer export tells otherwise.
    ///
    /// An event that another source brought too stays, as that source brought it. Costs the cases and all duplicates.
    pub fn stage_withdrawal(&self, withdrawal: &Withdrawal) -> Staged {
        removal::stage_withdrawal(self, withdrawal).without(&self.withheld)
    }

    /// Works out the store without these customers, changing nothing yet: the erasure of persons.
    ///
    /// Their events, texts and names go, and the store keeps no copy; their numbers stay taken. What was stored
    /// before, snapshots and journals, still has them until it is replaced. Costs O(events) when committed.
    pub fn stage_erasure(&self, customers: &[u32]) -> Staged {
        removal::stage_erasure(self, customers).without(&self.withheld)
    }

    /// Makes a staged change part of the store.
    ///
    /// The change must have been staged on this store as it is now: nothing may be committed in between.
    pub fn commit(&mut self, mut staged: Staged) {
        self.revision += 1;
        self.withheld = staged.take_withheld();
        let n_emptied = staged.touched.iter().filter(|t| t.len == 0).count();
        let n_filled = staged.touched.iter().filter(|t| !t.had_events).count();
        self.n_cases = (self.n_cases + n_filled).saturating_sub(n_emptied);
        self.n_events = (self.n_events + staged.n_new_events()).saturating_sub(staged.n_removed_events);
        match staged.change {
            Change::Addition(addition) => {
                let rows = self.adopt(*addition, &staged.refs);
                let n_added = staged.refs.iter().filter(|r| r.segment() == Ref::BATCH as usize).count();
                self.place(&staged.touched, &staged.refs, rows, n_added > self.base.len() / 4);
            }
            Change::Removal(removal) => {
                let Removal { kept, erased } = removal;
                let remaining = self.duplicates.keep(&kept);
                let old = std::mem::replace(&mut self.duplicates, remaining);
                // An erasure folds, so that no copy of what was erased stays behind.
                let fold = !erased.is_empty() || staged.refs.len() > self.base.len() / 4;
                self.place(&staged.touched, &staged.refs, old.columns, fold);
                self.customers.erase(&erased);
                self.forget_texts();
            }
            Change::Reversal(reversal) => {
                let rows = self.adopt_reversal(*reversal);
                self.place(&staged.touched, &staged.refs, rows, staged.refs.len() > self.base.len() / 4);
                self.forget_texts();
            }
            Change::Withholding => {}
        }
        self.count_withheld();
    }

    /// Bytes of memory in use, by part.
    pub fn footprint(&self) -> Footprint {
        Footprint {
            event_bytes: self.base.n_bytes() + self.delta.n_bytes() + self.duplicates.n_bytes(),
            case_bytes: self.spans.capacity() * size_of::<Span>(),
            name_bytes: [
                &self.customers,
                &self.activities,
                &self.channels,
                &self.accounts,
                &self.currencies,
                &self.objects,
            ]
            .iter()
            .map(|names| names.n_bytes())
            .sum(),
            text_bytes: self.texts.n_bytes(),
        }
    }

    /// Events that still fit; a batch with more must not be committed.
    pub fn n_free(&self) -> u64 {
        (Ref::MAX_ROWS as u64).saturating_sub((self.base.len() + self.delta.len()) as u64)
    }

    /// Takes over names, texts and duplicates of a batch, and returns its events.
    fn adopt(&mut self, addition: Addition, refs: &[Ref]) -> Columns {
        let mut batch = addition.batch;
        intern_all(&mut self.customers, &addition.new_customers);
        intern_all(&mut self.activities, &addition.new_activities);
        intern_all(&mut self.channels, &addition.new_channels);
        intern_all(&mut self.accounts, &addition.new_accounts);
        intern_all(&mut self.currencies, &addition.new_currencies);
        intern_all(&mut self.objects, &addition.new_objects);
        let source = self.source_of(&mut batch);
        batch.columns.source.fill(source);
        self.spans.resize(self.customers.len(), Span { first: Ref::new(Ref::BASE, 0), len: 0 });
        let admitted = self.duplicates.admit(&batch.columns, &addition.skipped);
        self.adopt_texts(&mut batch, refs.iter().chain(&admitted));
        self.duplicates.gather(&batch.columns, &admitted);
        batch.columns
    }

    /// Brings the touched cases into their new order; refs to a batch point into `rows`.
    fn place(&mut self, touched: &[TouchedCase], refs: &[Ref], rows: Columns, fold: bool) {
        if fold {
            self.fold(touched, refs, rows);
            return;
        }
        let first = self.delta.len();
        let mut merged = Columns::default();
        merged.gather(&mut Parts::Borrowed([&self.base, &self.delta, &rows]), refs);
        drop(rows);
        let all: Vec<Ref> = (0..merged.len()).map(|row| Ref::new(Ref::BATCH, row)).collect();
        let nothing = Columns::default();
        self.delta.gather(&mut Parts::Borrowed([&nothing, &nothing, &merged]), &all);
        for touched in touched {
            let span = &mut self.spans[touched.case as usize];
            span.first = Ref::new(Ref::DELTA, first + touched.first);
            span.len = u32::try_from(touched.len).unwrap_or(u32::MAX);
        }
        let n_rows = self.base.len() + self.delta.len();
        let n_dead = n_rows.saturating_sub(usize::try_from(self.n_events).unwrap_or(usize::MAX));
        if self.delta.len().max(n_dead) > Self::MIN_FOLD_ROWS.max(self.base.len() / 8) {
            self.fold(&[], &[], Columns::default());
        }
    }

    /// The number of a batch's source; a number that was never given is taken for a new source without a name.
    fn source_of(&mut self, batch: &mut Batch) -> u16 {
        if let Some(source) = batch.source.filter(|&source| usize::from(source) < self.sources.len()) {
            return source;
        }
        if self.sources.len() <= usize::from(u16::MAX) {
            self.sources.push(std::mem::take(&mut batch.source_name));
        }
        u16::try_from(self.sources.len() - 1).unwrap_or(u16::MAX)
    }

    pub(crate) fn segment(&self, r: Ref) -> &Columns {
        if r.segment() == Ref::BASE as usize { &self.base } else { &self.delta }
    }

    /// Rows of a case in order; none for a case that is still to come.
    pub(crate) fn case_refs(&self, case: u32) -> impl DoubleEndedIterator<Item = Ref> + Clone + use<> {
        let span = self.spans.get(case as usize).copied();
        let (first, len) = span.map_or((Ref::new(Ref::BASE, 0), 0), |s| (s.first, s.len));
        (0..len).map(move |i| Ref(first.0 + i))
    }

    /// Writes a new base from the old segments and the touched cases' merged orders.
    fn fold(&mut self, touched: &[TouchedCase], merged: &[Ref], batch: Columns) {
        let mut refs = Vec::with_capacity(usize::try_from(self.n_events).unwrap_or(0));
        let mut spans = Vec::with_capacity(self.spans.len());
        let mut touched = touched.iter().peekable();
        for (case, span) in (0_u32..).zip(&self.spans) {
            let first = refs.len();
            match touched.next_if(|t| t.case == case) {
                Some(t) => refs.extend_from_slice(&merged[t.first..t.first + t.len]),
                None => refs.extend((0..span.len).map(|i| Ref(span.first.0 + i))),
            }
            let len = u32::try_from(refs.len() - first).unwrap_or(u32::MAX);
            spans.push(Span { first: Ref::new(Ref::BASE, first), len });
        }
        let parts = [std::mem::take(&mut self.base), std::mem::take(&mut self.delta), batch];
        self.base.gather(&mut Parts::Owned(Box::new(parts)), &refs);
        self.spans = spans;
    }

    /// Takes over the texts of those rows of a batch that will stay, and gives the batch's texts their new numbers.
    fn adopt_texts<'a>(&mut self, batch: &mut Batch, staying: impl Iterator<Item = &'a Ref>) {
        if batch.texts.is_empty() {
            return;
        }
        let mut is_wanted = vec![false; batch.texts.len()];
        for r in staying.filter(|r| r.segment() == Ref::BATCH as usize) {
            if let Some(wanted) = is_wanted.get_mut(batch.columns.text.get(r.row()) as usize) {
                *wanted = true;
            }
        }
        let numbers: Vec<u32> = batch
            .texts
            .iter()
            .zip(is_wanted)
            .map(|(text, wanted)| if wanted { self.texts.push(text) } else { NONE })
            .collect();
        batch.columns.text.map_in_place(|id| numbers.get(id as usize).copied().unwrap_or(NONE));
    }

    /// Drops the texts that no event has any more.
    fn forget_texts(&mut self) {
        if self.texts.is_empty() {
            return;
        }
        let mut is_wanted = vec![false; self.texts.len()];
        let mut want = |columns: &Columns, rows: std::ops::Range<usize>| {
            let texts = columns.text.values().and_then(|texts| texts.get(rows)).unwrap_or(&[]);
            for &text in texts {
                if let Some(wanted) = is_wanted.get_mut(text as usize) {
                    *wanted = true;
                }
            }
        };
        for span in &self.spans {
            want(self.segment(span.first), span.first.row()..span.first.row() + span.len as usize);
        }
        want(&self.duplicates.columns, 0..self.duplicates.len());
        let n = is_wanted.iter().rposition(|&wanted| wanted).map_or(0, |last| last + 1);
        self.texts.retain(n, |text| is_wanted[text as usize]);
    }
}

fn intern_all(names: &mut Names, added: &[String]) {
    for name in added {
        names.intern(name);
    }
}

/// Bytes of memory in use, by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// The event columns, with those of skipped duplicates.
    pub event_bytes: usize,
    /// The index of cases.
    pub case_bytes: usize,
    /// The dictionaries.
    pub name_bytes: usize,
    /// The texts.
    pub text_bytes: usize,
}
