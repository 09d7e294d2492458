//! Chunks to a store, believing nothing.

use super::columns::{ArchivedManifest, ArchivedPart, Column, Field, Table};
use super::{MAGIC, OLDEST_VERSION, PREFIX_LEN, VERSION};
use crate::columns::{Columns, Known, Ref};
use crate::duplicates::Duplicates;
use crate::error::Kind;
use crate::layout::{self, Value};
use crate::store::Span;
use crate::{Error, Names, Store, Texts};

/// A snapshot that is being read, chunk by chunk in the order in which they were written.
#[derive(Debug, Default)]
pub struct SnapshotReader {
    sequence: Option<u64>,
    columns: Vec<(Column, u64)>,
    loaded: Loaded,
}

/// The columns so far.
#[derive(Debug, Default)]
struct Loaded {
    case_lens: Vec<u32>,
    events: Columns,
    duplicates: Columns,
    duplicate_case: Vec<u32>,
    duplicate_place: Vec<u32>,
    erased: Vec<u32>,
    lens: [Vec<u32>; Table::ALL.len()],
    bytes: [Vec<u8>; Table::ALL.len()],
}

impl SnapshotReader {
    /// A reader that waits for the first chunk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of the last entry of the journal that is in the snapshot; known after the first chunk.
    pub fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// When it is no chunk of a snapshot, is not the next one, is of a newer version, or there is no memory for it.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        if self.sequence.is_some() {
            return self.push_part(chunk);
        }
        let (prefix, archive) =
            chunk.split_at_checked(PREFIX_LEN).ok_or_else(|| Error::new(Kind::NotASnapshot))?;
        if prefix[..8] != MAGIC {
            return Err(Error::new(Kind::NotASnapshot));
        }
        match u32::from_le_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]) {
            OLDEST_VERSION..=VERSION => self.begin(archive),
            0 => Err(Error::damaged("it has no version")),
            version => Err(Error::new(Kind::Newer { version })),
        }
    }

    /// The store, when all chunks are there and all of them fit together. Costs O(events).
    ///
    /// # Errors
    /// When chunks are missing, or contradict each other.
    pub fn finish(mut self) -> Result<Store, Error> {
        if self.sequence.is_none() {
            return Err(Error::new(Kind::NoManifest));
        }
        for &(column, n_expected) in &self.columns {
            let n = self.loaded.len(column) as u64;
            if n != n_expected {
                return Err(Error::new(Kind::Incomplete { column: column.name(), n, n_expected }));
            }
        }
        self.loaded.into_store()
    }

    fn begin(&mut self, archive: &[u8]) -> Result<(), Error> {
        let read = |manifest: &ArchivedManifest| {
            for info in manifest.columns.iter() {
                let column = Column::from_number(info.column.to_native());
                let column = column.ok_or_else(|| Error::damaged("it has an unknown column"))?;
                if self.columns.iter().any(|(other, _)| *other == column) {
                    return Err(Error::damaged("it has a column twice"));
                }
                self.columns.push((column, info.n_values.to_native()));
            }
            self.sequence = Some(manifest.sequence.to_native());
            Ok(())
        };
        layout::with_archived(archive, read).unwrap_or_else(|| Err(Error::damaged("its manifest is broken")))
    }

    fn push_part(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let read = |part: &ArchivedPart<'_>| {
            let column = Column::from_number(part.column.to_native());
            let known = column.and_then(|column| self.columns.iter().find(|(other, _)| *other == column));
            let &(column, n_values) = known.ok_or_else(|| Error::damaged("it has an unknown column"))?;
            let n_before = self.loaded.len(column) as u64;
            let n = (part.bytes.len() / column.n_value_bytes()) as u64;
            let is_next = part.first.to_native() == n_before
                && part.bytes.len().is_multiple_of(column.n_value_bytes())
                && n <= n_values.saturating_sub(n_before);
            if !is_next {
                return Err(Error::damaged("its pieces don't follow each other"));
            }
            self.loaded.take(column, n_values, &part.bytes)
        };
        layout::with_archived(chunk, read).unwrap_or_else(|| Err(Error::damaged("a piece of it is broken")))
    }
}

/// Does the same with the vector behind a column, whatever its type.
macro_rules! with_column {
    ($loaded:expr, $column:expr, |$values:ident| $body:expr) => {
        match $column {
            Column::CaseLens => { let $values = &mut $loaded.case_lens; $body }
            Column::Event(field) => with_column!(@field &mut $loaded.events, field, |$values| $body),
            Column::Duplicate(field) => with_column!(@field &mut $loaded.duplicates, field, |$values| $body),
            Column::DuplicateCase => { let $values = &mut $loaded.duplicate_case; $body }
            Column::DuplicatePlace => { let $values = &mut $loaded.duplicate_place; $body }
            Column::Lens(table) => { let $values = &mut $loaded.lens[table as usize]; $body }
            Column::Bytes(table) => { let $values = &mut $loaded.bytes[table as usize]; $body }
            Column::Erased => { let $values = &mut $loaded.erased; $body }
        }
    };
    (@field $columns:expr, $field:expr, |$values:ident| $body:expr) => {{
        let columns: &mut Columns = $columns;
        match $field {
            Field::Activity => { let $values = &mut columns.activity; $body }
            Field::Start => { let $values = &mut columns.start; $body }
            Field::Digest => { let $values = &mut columns.digest; $body }
            Field::Line => { let $values = &mut columns.line; $body }
            Field::Source => { let $values = columns.source.open(); $body }
            Field::End => { let $values = columns.end.open(); $body }
            Field::Channel => { let $values = columns.channel.open(); $body }
            Field::Account => { let $values = columns.account.open(); $body }
            Field::Text => { let $values = columns.text.open(); $body }
            Field::Value => { let $values = columns.value.open(); $body }
            Field::Measure => { let $values = columns.measure.open(); $body }
            Field::Currency => { let $values = columns.currency.open(); $body }
            Field::Object => { let $values = columns.object.open(); $body }
        }
    }};
}

impl Loaded {
    fn len(&mut self, column: Column) -> usize {
        with_column!(self, column, |values| values.len())
    }

    fn take(&mut self, column: Column, n_values: u64, bytes: &[u8]) -> Result<(), Error> {
        with_column!(self, column, |values| append(values, n_values, bytes))
    }

    fn into_store(mut self) -> Result<Store, Error> {
        let erased = std::mem::take(&mut self.erased);
        let mut store = Store {
            customers: Names::from_parts(self.texts(Table::Customers)?, erased)?,
            activities: Names::from_parts(self.texts(Table::Activities)?, Vec::new())?,
            channels: Names::from_parts(self.texts(Table::Channels)?, Vec::new())?,
            accounts: Names::from_parts(self.texts(Table::Accounts)?, Vec::new())?,
            currencies: Names::from_parts(self.texts(Table::Currencies)?, Vec::new())?,
            objects: Names::from_parts(self.texts(Table::Objects)?, Vec::new())?,
            texts: self.texts(Table::Texts)?,
            sources: self.texts(Table::Sources)?.iter().map(str::to_owned).collect(),
            ..Store::default()
        };
        let known = Known {
            n_activities: store.activities.len(),
            n_channels: store.channels.len(),
            n_accounts: store.accounts.len(),
            n_currencies: store.currencies.len(),
            n_objects: store.objects.len(),
            n_texts: store.texts.len(),
            n_sources: store.sources.len(),
        };
        self.events.check(&known)?;
        self.duplicates.check(&known)?;
        if self.case_lens.len() != store.customers.len() {
            return Err(Error::damaged("it has another number of cases than of customers"));
        }
        store.spans = spans(&self.case_lens, &self.events)?;
        store.n_cases = self.case_lens.iter().filter(|len| **len > 0).count();
        store.n_events = self.events.len() as u64;
        store.base = self.events;
        let n = self.duplicates.len();
        let fits = self.duplicate_case.len() == n
            && self.duplicate_place.len() == n
            && self.duplicate_case.iter().all(|&case| (case as usize) < store.customers.len());
        if !fits {
            return Err(Error::damaged("its duplicates belong to nobody"));
        }
        store.duplicates = Duplicates::new(self.duplicates, self.duplicate_case, self.duplicate_place);
        Ok(store)
    }

    fn texts(&mut self, table: Table) -> Result<Texts, Error> {
        let lens = std::mem::take(&mut self.lens[table as usize]);
        Texts::from_parts(&lens, std::mem::take(&mut self.bytes[table as usize]))
    }
}

/// Where each case lies, once it is sure that the cases cover all events and that each is in order.
fn spans(case_lens: &[u32], events: &Columns) -> Result<Vec<Span>, Error> {
    let mut spans = Vec::with_capacity(case_lens.len());
    let mut first = 0_usize;
    for &len in case_lens {
        let end = first.saturating_add(len as usize);
        if end > events.len() {
            return Err(Error::damaged("its cases have more events than there are"));
        }
        spans.push(Span { first: Ref::new(Ref::BASE, first), len });
        first = end;
    }
    if first != events.len() {
        return Err(Error::damaged("it has events without a case"));
    }
    if !are_in_order(&spans, events) {
        return Err(Error::damaged("the events of a case are not in order"));
    }
    Ok(spans)
}

/// Whether the events of each of the cases, which cover all of them, are in order.
fn are_in_order(spans: &[Span], events: &Columns) -> bool {
    let full = spans.iter().filter(|span| span.len > 0);
    if !events.end.is_absent() {
        let rows = |span: &Span| span.first.row()..span.first.row() + span.len as usize;
        return full.map(rows).all(|rows| rows.is_sorted_by_key(|row| events.key(row)));
    }
    // Wherever a start is before the one above it, another case has to begin. Counted in one pass of vector instructions.
    let starts = events.start.as_slice();
    let falls = |(before, at): (&i64, &i64)| u64::from(at < before);
    let n_falls: u64 = starts.iter().zip(starts.get(1..).unwrap_or_default()).map(falls).sum();
    let firsts = full.filter_map(|span| {
        Some((starts.get(span.first.row().checked_sub(1)?)?, starts.get(span.first.row())?))
    });
    n_falls == firsts.map(falls).sum::<u64>()
}

/// Appends a piece of a column; room for all of it is made at its first piece, exactly and without a panic.
fn append<T: Value>(values: &mut Vec<T>, n_values: u64, bytes: &[u8]) -> Result<(), Error> {
    let no_memory = || Error::new(Kind::Memory { n_bytes: n_values.saturating_mul(T::N_BYTES as u64) });
    if values.is_empty() {
        let n = usize::try_from(n_values).map_err(|_| no_memory())?;
        values.try_reserve_exact(n).map_err(|_| no_memory())?;
    }
    layout::take_all(bytes, values);
    Ok(())
}
