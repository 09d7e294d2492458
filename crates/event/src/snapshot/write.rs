//! Store to chunks, one at a time.

use super::columns::{self, Column, ColumnLen, Field, Manifest, Part, Table};
use super::{MAGIC, OLDEST_VERSION, PREFIX_LEN, VERSION};
use crate::error::Kind;
use crate::layout::{self, ToBytes};
use crate::{Error, Store, Texts};
use std::ops::Range;

/// A snapshot that is being written: which chunk comes next.
///
/// It doesn't borrow the store, so a worker can answer questions between two chunks; when the store changes meanwhile,
/// the next chunk is an error ([`Error::is_changed`]), and the snapshot begins again.
#[derive(Debug)]
pub struct Snapshot {
    revision: u64,
    sequence: u64,
    max_value_bytes: usize,
    columns: Vec<(Column, u64)>,
    sources: Texts,
    is_begun: bool,
    column: usize,
    cursor: Cursor,
}

/// How far a column is written; for columns of events also the case, and the row inside it.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    value: usize,
    case: usize,
    row: usize,
}

impl Snapshot {
    /// Most bytes of a chunk.
    pub const MAX_CHUNK_BYTES: usize = 16 << 20;

    /// Bytes of values in a chunk: large enough for a disk, and small enough that a browser decrypts it in memory it has
    /// used before. Beyond half a mebibyte, Chrome takes fresh memory for every call, which halves its speed.
    const VALUE_BYTES: usize = 480 << 10;
    /// What a chunk has beside its values.
    const OVERHEAD_BYTES: usize = 256;

    /// Begins a snapshot; `sequence` is the number of the last entry of the journal that is in the store.
    pub fn begin(store: &Store, sequence: u64) -> Self {
        Self::begin_in_chunks(store, sequence, Self::VALUE_BYTES)
    }

    /// Begins a snapshot whose chunks have at most about this many bytes.
    pub fn begin_in_chunks(store: &Store, sequence: u64, n_bytes: usize) -> Self {
        let mut sources = Texts::default();
        for source in store.sources() {
            sources.push(source);
        }
        let mut snapshot = Self {
            revision: store.revision,
            sequence,
            max_value_bytes: n_bytes.clamp(8, Self::MAX_CHUNK_BYTES - Self::OVERHEAD_BYTES),
            columns: Vec::new(),
            sources,
            is_begun: false,
            column: 0,
            cursor: Cursor::default(),
        };
        snapshot.columns = Column::all()
            .map(|column| (column, snapshot.n_values(store, column) as u64))
            .filter(|(_, n)| *n > 0)
            .collect();
        snapshot
    }

    /// All chunks of a store, made one at a time.
    pub fn write(store: &Store, sequence: u64) -> impl Iterator<Item = Result<Vec<u8>, Error>> {
        let mut snapshot = Self::begin(store, sequence);
        std::iter::from_fn(move || snapshot.next_chunk(store).transpose())
    }

    /// The next chunk; nothing when the last one was the last.
    ///
    /// # Errors
    /// When the store is not as it was when the snapshot began.
    pub fn next_chunk(&mut self, store: &Store) -> Result<Option<Vec<u8>>, Error> {
        if store.revision != self.revision {
            return Err(Error::new(Kind::Changed));
        }
        if !self.is_begun {
            self.is_begun = true;
            return self.manifest().map(Some);
        }
        let Some(&(column, n_values)) = self.columns.get(self.column) else {
            return Ok(None);
        };
        let first = self.cursor.value;
        let n_left = usize::try_from(n_values).unwrap_or(usize::MAX).saturating_sub(first);
        let n = n_left.min(self.max_value_bytes / column.n_value_bytes());
        let mut bytes = Vec::with_capacity(n * column.n_value_bytes());
        self.put(store, column, first..first + n, &mut bytes);
        self.cursor.value += n;
        if n == n_left {
            self.column += 1;
            self.cursor = Cursor::default();
        }
        let part = Part { column: column.number(), first: first as u64, bytes: &bytes };
        archived(&part, Vec::with_capacity(bytes.len() + Self::OVERHEAD_BYTES)).map(Some)
    }

    fn manifest(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = MAGIC.to_vec();
        let is_old = self.columns.iter().all(|(column, _)| column.is_of_version_1());
        let version = if is_old { OLDEST_VERSION } else { VERSION };
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.resize(PREFIX_LEN, 0);
        let len = |&(column, n_values): &(Column, u64)| ColumnLen { column: column.number(), n_values };
        let columns = self.columns.iter().map(len).collect();
        archived(&Manifest { sequence: self.sequence, columns }, bytes)
    }

    fn n_values(&self, store: &Store, column: Column) -> usize {
        let n_events = usize::try_from(store.n_events).unwrap_or(usize::MAX);
        match column {
            Column::CaseLens => store.spans.len(),
            Column::Event(field) if field.is_dense() || events_have(store, field) => n_events,
            Column::Duplicate(field) if self.duplicates_have(store, field) => store.duplicates.len(),
            Column::Event(_) | Column::Duplicate(_) => 0,
            Column::DuplicateCase | Column::DuplicatePlace => store.duplicates.len(),
            Column::Lens(table) => self.table(store, table).len(),
            Column::Bytes(table) => self.table(store, table).bytes().len(),
            Column::Erased => store.customers.erased().len(),
        }
    }

    fn duplicates_have(&self, store: &Store, field: Field) -> bool {
        columns::has_own(&store.duplicates.columns, field, 0..store.duplicates.len())
    }

    fn table<'a>(&'a self, store: &'a Store, table: Table) -> &'a Texts {
        match table {
            Table::Customers => store.customers.texts(),
            Table::Activities => store.activities.texts(),
            Table::Channels => store.channels.texts(),
            Table::Accounts => store.accounts.texts(),
            Table::Texts => &store.texts,
            Table::Sources => &self.sources,
            Table::Currencies => store.currencies.texts(),
            Table::Objects => store.objects.texts(),
        }
    }

    fn put(&mut self, store: &Store, column: Column, values: Range<usize>, bytes: &mut Vec<u8>) {
        match column {
            Column::CaseLens => {
                let lens: Vec<u32> = store.spans[values].iter().map(|span| span.len).collect();
                layout::put_all(&lens, bytes);
            }
            Column::Event(field) => self.put_events(store, field, values.len(), bytes),
            Column::Duplicate(field) => columns::put_rows(&store.duplicates.columns, field, values, bytes),
            Column::DuplicateCase => layout::put_all(&store.duplicates.case[values], bytes),
            Column::DuplicatePlace => layout::put_all(&store.duplicates.place[values], bytes),
            Column::Lens(table) => layout::put_all(&self.table(store, table).lens(values), bytes),
            Column::Bytes(table) => bytes.extend_from_slice(&self.table(store, table).bytes()[values]),
            Column::Erased => layout::put_all(&store.customers.erased()[values], bytes),
        }
    }

    /// The next `n_left` events from where the cursor stands, case by case.
    fn put_events(&mut self, store: &Store, field: Field, mut n_left: usize, bytes: &mut Vec<u8>) {
        let cursor = &mut self.cursor;
        while n_left > 0
            && let Some(span) = store.spans.get(cursor.case)
        {
            let n = n_left.min(span.len as usize - cursor.row);
            let first = span.first.row() + cursor.row;
            columns::put_rows(store.segment(span.first), field, first..first + n, bytes);
            n_left -= n;
            cursor.row += n;
            if cursor.row == span.len as usize {
                cursor.case += 1;
                cursor.row = 0;
            }
        }
    }
}

/// Whether any event has a value of its own in a side column.
fn events_have(store: &Store, field: Field) -> bool {
    store.spans.iter().any(|span| {
        let first = span.first.row();
        columns::has_own(store.segment(span.first), field, first..first + span.len as usize)
    })
}

fn archived<T: ToBytes>(value: &T, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let n_bytes = bytes.capacity() as u64;
    layout::archive(value, bytes).ok_or_else(|| Error::new(Kind::Memory { n_bytes }))
}
