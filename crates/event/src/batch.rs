//! Events on their way in: unsorted, with dictionaries of their own, so that an abandoned import leaves no trace.

use crate::columns::{Columns, MAX_MICROS, NO_END, NO_VALUE, NONE, Ref};
use crate::{Names, NewEvent, Texts};

/// Events of one source in order of arrival, not yet in a store.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) source_name: String,
    pub(crate) source: Option<u16>,
    pub(crate) case: Vec<u32>,
    pub(crate) columns: Columns,
    pub(crate) customers: Names,
    pub(crate) activities: Names,
    pub(crate) channels: Names,
    pub(crate) accounts: Names,
    pub(crate) objects: Names,
    pub(crate) currencies: Names,
    pub(crate) texts: Texts,
    /// Digests under which its records made no event.
    pub(crate) claims: Vec<u64>,
    /// A digest is that of a record, so that the source's events under it are told anew.
    pub(crate) is_identified: bool,
    /// Digests of what went because the batch tells it anew, ascending.
    pub(crate) renewed: Vec<u64>,
}

impl Batch {
    /// Most events of one batch; further ones are refused by [`Batch::push`].
    pub const MAX_EVENTS: usize = Ref::MAX_ROWS - 1;

    /// An empty batch of the source with this name.
    pub fn new(source_name: &str) -> Self {
        Self { source_name: source_name.to_owned(), ..Self::default() }
    }

    /// An empty batch that continues a source already in the store, under its number in [`crate::Store::sources`].
    pub fn continuing(source: u16) -> Self {
        Self { source: Some(source), ..Self::default() }
    }

    /// Makes the batch a newer export of a source already in the store.
    pub fn renew(&mut self, source: u16) {
        self.source = Some(source);
        self.is_identified = true;
    }

    /// Says that digests stand for records with ids of their own, here and in the next export: what the source brought
    /// under them is told anew ([`crate::Store::renewal_of`]).
    pub fn identify(&mut self) {
        self.is_identified = true;
    }

    /// Says that a record made no event under this digest, so that one that it made before goes.
    pub fn claim(&mut self, digest: u64) {
        self.claims.push(digest);
    }

    /// Takes note of what went to make room for the batch: coming again is not coming late.
    pub fn follow(&mut self, renewal: &crate::Renewal) {
        self.renewed = renewal.digests().to_vec();
    }

    /// Customers of its events, by their number in the batch.
    pub fn customers(&self) -> &crate::Names {
        &self.customers
    }

    /// Adds an event; returns whether there was room for it ([`Batch::MAX_EVENTS`]).
    ///
    /// Times further than 73,000 years from 1970 are taken for that far.
    pub fn push(&mut self, event: NewEvent<'_>) -> bool {
        if self.case.len() >= Self::MAX_EVENTS {
            return false;
        }
        self.case.push(self.customers.intern(event.customer));
        let columns = &mut self.columns;
        columns.activity.push(self.activities.intern(event.activity));
        let start = event.start_micros.clamp(-MAX_MICROS, MAX_MICROS);
        columns.start.push(start);
        columns.digest.push(event.digest);
        columns.line.push(event.line);
        columns.source.push(0);
        let end = event.end_micros.map_or(NO_END, |end| end.clamp(-MAX_MICROS, MAX_MICROS));
        columns.end.push(start, end);
        columns.channel.push(intern_some(&mut self.channels, event.channel));
        columns.account.push(intern_some(&mut self.accounts, event.account));
        columns.text.push(event.text.filter(|t| !t.is_empty()).map_or(NONE, |text| self.texts.push(text)));
        let value = event.value.filter(|value| value.is_finite());
        columns.value.push(value.map_or(NO_VALUE, f64::to_bits));
        columns.measure.push(value.map_or(0, |_| event.measure as u8));
        columns.currency.push(intern_some(&mut self.currencies, event.currency));
        columns.object.push(intern_some(&mut self.objects, event.object));
        true
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.case.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.case.is_empty()
    }

    /// Customer and start of the event that was added last.
    pub fn last(&self) -> Option<(&str, i64)> {
        let (case, start) = (self.case.last()?, self.columns.start.last()?);
        Some((self.customers.get(*case), *start))
    }

    /// The source that the batch continues; `None` for a new one.
    pub fn continues(&self) -> Option<u16> {
        self.source
    }

    /// Whether it tells records of its source anew.
    pub fn renews(&self) -> bool {
        self.source.is_some() && self.is_identified
    }

    /// Name of the source.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// Rows grouped by case: `rows[offsets[c]..offsets[c + 1]]` are those of case `c`, in order of (start, end, arrival).
    pub(crate) fn rows_by_case(&self) -> (Vec<u32>, Vec<u32>) {
        let n_cases = self.customers.len();
        let mut offsets = vec![0_u32; n_cases + 1];
        for &case in &self.case {
            offsets[case as usize + 1] += 1;
        }
        for case in 0..n_cases {
            offsets[case + 1] += offsets[case];
        }
        let mut next = offsets.clone();
        let mut rows = vec![0_u32; self.case.len()];
        for (row, &case) in (0_u32..).zip(&self.case) {
            let slot = &mut next[case as usize];
            rows[*slot as usize] = row;
            *slot += 1;
        }
        for case in 0..n_cases {
            let of_case = &mut rows[offsets[case] as usize..offsets[case + 1] as usize];
            if !of_case.is_sorted_by_key(|&row| self.columns.key(row as usize)) {
                of_case.sort_by_key(|&row| self.columns.key(row as usize));
            }
        }
        (offsets, rows)
    }
}

fn intern_some(names: &mut Names, name: Option<&str>) -> u32 {
    name.filter(|n| !n.is_empty()).map_or(NONE, |n| names.intern(n))
}
