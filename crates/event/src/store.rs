//! The event store: columnar, dictionary-encoded, ordered by (case, start, end, arrival).

use crate::columns::{CaseEvents, Columns, Parts, Ref};
use crate::merge::{self, Staged};
use crate::{Batch, Names, Texts};

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
    texts: Texts,
    sources: Vec<String>,
    base: Columns,
    delta: Columns,
    spans: Vec<Span>,
    n_events: u64,
}

/// Where the events of one case lie: first row with the segment in the top bits, and their number.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: Ref,
    len: u32,
}

impl Store {
    /// Deltas below this many rows are never folded.
    const MIN_FOLD_ROWS: usize = 1 << 16;

    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of events.
    pub fn n_events(&self) -> u64 {
        self.n_events
    }

    /// Number of cases; each customer is one case, and case numbers are customer numbers.
    pub fn n_cases(&self) -> usize {
        self.spans.len()
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

    /// Accounts by number.
    pub fn accounts(&self) -> &Names {
        &self.accounts
    }

    /// Texts by number.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Names of the sources by number.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The events of a case; empty for a number that is not a case.
    pub fn case(&self, case: u32) -> CaseEvents<'_> {
        match self.spans.get(case as usize) {
            Some(span) => CaseEvents {
                columns: self.segment(span.first),
                first: span.first.row(),
                len: span.len as usize,
            },
            None => CaseEvents { columns: &self.base, first: 0, len: 0 },
        }
    }

    /// All cases in order of their numbers.
    pub fn cases(&self) -> impl Iterator<Item = (u32, CaseEvents<'_>)> {
        (0_u32..).take(self.spans.len()).map(|case| (case, self.case(case)))
    }

    /// Merges a batch with what is there, changing nothing yet.
    pub fn stage(&self, batch: Batch) -> Staged {
        merge::stage(self, batch)
    }

    /// Makes a staged batch part of the store.
    ///
    /// The staged batch must come from this store as it is now: nothing may be committed in between.
    pub fn commit(&mut self, staged: Staged) {
        let mut batch = staged.batch;
        intern_all(&mut self.customers, &staged.new_customers);
        intern_all(&mut self.activities, &staged.new_activities);
        intern_all(&mut self.channels, &staged.new_channels);
        intern_all(&mut self.accounts, &staged.new_accounts);
        self.adopt_texts(&mut batch);
        let source = self.source_of(&mut batch);
        batch.columns.source.fill(source);
        self.spans.resize(self.customers.len(), Span { first: Ref::new(Ref::BASE, 0), len: 0 });

        let n_added: usize = staged.refs.iter().filter(|r| r.segment() == Ref::BATCH as usize).count();
        self.n_events += n_added as u64;
        if n_added > self.base.len() / 4 {
            self.fold(&staged.touched, &staged.refs, batch.columns);
            return;
        }
        let first = self.delta.len();
        let mut rows = Columns::default();
        rows.gather(&mut Parts::Borrowed([&self.base, &self.delta, &batch.columns]), &staged.refs);
        let all: Vec<Ref> = (0..rows.len()).map(|row| Ref::new(Ref::BATCH, row)).collect();
        let nothing = Columns::default();
        self.delta.gather(&mut Parts::Borrowed([&nothing, &nothing, &rows]), &all);
        for touched in &staged.touched {
            let span = &mut self.spans[touched.case as usize];
            span.first = Ref::new(Ref::DELTA, first + touched.first);
            span.len = u32::try_from(touched.len).unwrap_or(u32::MAX);
        }
        if self.delta.len() > Self::MIN_FOLD_ROWS.max(self.base.len() / 8) {
            self.fold(&[], &[], Columns::default());
        }
    }

    /// Bytes of memory in use, by part.
    pub fn footprint(&self) -> Footprint {
        Footprint {
            event_bytes: self.base.n_bytes() + self.delta.n_bytes(),
            case_bytes: self.spans.capacity() * size_of::<Span>(),
            name_bytes: [&self.customers, &self.activities, &self.channels, &self.accounts]
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

    fn source_of(&mut self, batch: &mut Batch) -> u16 {
        if let Some(source) = batch.source {
            return source;
        }
        self.sources.push(std::mem::take(&mut batch.source_name));
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
    fn fold(&mut self, touched: &[merge::TouchedCase], merged: &[Ref], batch: Columns) {
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

    fn adopt_texts(&mut self, batch: &mut Batch) {
        if batch.texts.is_empty() {
            return;
        }
        let shift = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        for text in batch.texts.iter() {
            self.texts.push(text);
        }
        batch.columns.text.map_in_place(|id| if id == crate::columns::NONE { id } else { id + shift });
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
    /// The event columns.
    pub event_bytes: usize,
    /// The index of cases.
    pub case_bytes: usize,
    /// The dictionaries.
    pub name_bytes: usize,
    /// The texts.
    pub text_bytes: usize,
}
