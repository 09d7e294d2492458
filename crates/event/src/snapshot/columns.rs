//! How a store is laid out: numbered columns of little-endian values, cut into parts.

use crate::columns::Columns;
use crate::layout::put_all;
use rkyv::with::InlineAsBox;
use rkyv::{Archive, Serialize};
use std::ops::Range;

/// What the first chunk says of the rest.
#[derive(Archive, Serialize)]
pub(crate) struct Manifest {
    pub(crate) sequence: u64,
    pub(crate) columns: Vec<ColumnLen>,
}

/// A column that follows, and its number of values.
#[derive(Archive, Serialize)]
pub(crate) struct ColumnLen {
    pub(crate) column: u16,
    pub(crate) n_values: u64,
}

/// A piece of a column.
#[derive(Archive, Serialize)]
pub(crate) struct Part<'a> {
    pub(crate) column: u16,
    /// Number of the first value.
    pub(crate) first: u64,
    #[rkyv(with = InlineAsBox)]
    pub(crate) bytes: &'a [u8],
}

/// A column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Events of each case; their rows follow each other in order of the cases.
    CaseLens,
    Event(Field),
    Duplicate(Field),
    DuplicateCase,
    DuplicatePlace,
    /// Bytes of each text of a table.
    Lens(Table),
    /// All texts of a table, one after the other, in UTF-8.
    Bytes(Table),
    /// Customers without a name.
    Erased,
}

/// A property of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Activity,
    Start,
    Digest,
    Line,
    Source,
    End,
    Channel,
    Account,
    Text,
    Value,
    Measure,
    Currency,
    Object,
}

/// A list of names or texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Customers,
    Activities,
    Channels,
    Accounts,
    Texts,
    Sources,
    Currencies,
    Objects,
}

impl Field {
    pub(crate) const ALL: [Self; 13] = [
        Self::Activity,
        Self::Start,
        Self::Digest,
        Self::Line,
        Self::Source,
        Self::End,
        Self::Channel,
        Self::Account,
        Self::Text,
        Self::Value,
        Self::Measure,
        Self::Currency,
        Self::Object,
    ];

    /// Whether every event has a value, so that the column is always there.
    pub(crate) fn is_dense(self) -> bool {
        matches!(self, Self::Activity | Self::Start | Self::Digest | Self::Line | Self::Source)
    }

    fn n_value_bytes(self) -> usize {
        match self {
            Self::Measure => 1,
            Self::Source => 2,
            Self::Activity
            | Self::Line
            | Self::Channel
            | Self::Account
            | Self::Text
            | Self::Currency
            | Self::Object => 4,
            Self::Start | Self::Digest | Self::End | Self::Value => 8,
        }
    }
}

impl Table {
    pub(crate) const ALL: [Self; 8] = [
        Self::Customers,
        Self::Activities,
        Self::Channels,
        Self::Accounts,
        Self::Texts,
        Self::Sources,
        Self::Currencies,
        Self::Objects,
    ];
}

impl Column {
    /// All columns in the order in which they are written: names first, so that the rest can be checked.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let tables = Table::ALL.into_iter().flat_map(|table| [Self::Lens(table), Self::Bytes(table)]);
        let events = Field::ALL.into_iter().map(Self::Event);
        let duplicates = Field::ALL.into_iter().map(Self::Duplicate);
        tables
            .chain([Self::Erased, Self::CaseLens])
            .chain(events)
            .chain([Self::DuplicateCase, Self::DuplicatePlace])
            .chain(duplicates)
    }

    /// Whether the first version had it.
    pub(crate) fn is_of_version_1(self) -> bool {
        match self {
            Self::Event(field) | Self::Duplicate(field) => (field as u16) <= Field::Value as u16,
            Self::Lens(table) | Self::Bytes(table) => (table as u16) <= Table::Sources as u16,
            Self::CaseLens | Self::DuplicateCase | Self::DuplicatePlace | Self::Erased => true,
        }
    }

    /// The column's number in a file; a number is never given to anything else.
    pub(crate) fn number(self) -> u16 {
        match self {
            Self::CaseLens => 1,
            Self::DuplicateCase => 2,
            Self::DuplicatePlace => 3,
            Self::Erased => 4,
            Self::Event(field) => 100 + field as u16,
            Self::Duplicate(field) => 200 + field as u16,
            Self::Lens(table) => 300 + table as u16,
            Self::Bytes(table) => 400 + table as u16,
        }
    }

    pub(crate) fn from_number(number: u16) -> Option<Self> {
        Self::all().find(|column| column.number() == number)
    }

    /// Bytes of one value.
    pub(crate) fn n_value_bytes(self) -> usize {
        match self {
            Self::Bytes(_) => 1,
            Self::Event(field) | Self::Duplicate(field) => field.n_value_bytes(),
            _ => 4,
        }
    }

    /// What the column is called in a message.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CaseLens => "events by case",
            Self::Event(_) => "events",
            Self::Duplicate(_) | Self::DuplicateCase | Self::DuplicatePlace => "duplicates",
            Self::Lens(Table::Texts) | Self::Bytes(Table::Texts) => "texts",
            Self::Lens(Table::Sources) | Self::Bytes(Table::Sources) => "sources",
            Self::Lens(_) | Self::Bytes(_) => "names",
            Self::Erased => "erased customers",
        }
    }
}

/// Appends a property of some rows to the bytes of its column.
pub(crate) fn put_rows(columns: &Columns, field: Field, rows: Range<usize>, bytes: &mut Vec<u8>) {
    match field {
        Field::Activity => put_all(&columns.activity[rows], bytes),
        Field::Start => put_all(&columns.start[rows], bytes),
        Field::Digest => put_all(&columns.digest[rows], bytes),
        Field::Line => put_all(&columns.line[rows], bytes),
        Field::Source => columns.source.read(rows, |values| put_all(values, bytes)),
        Field::End => {
            columns.end.read(rows.clone(), &columns.start[rows], |values| put_all(values, bytes));
        }
        Field::Channel => columns.channel.read(rows, |values| put_all(values, bytes)),
        Field::Account => columns.account.read(rows, |values| put_all(values, bytes)),
        Field::Text => columns.text.read(rows, |values| put_all(values, bytes)),
        Field::Value => columns.value.read(rows, |values| put_all(values, bytes)),
        Field::Measure => columns.measure.read(rows, |values| put_all(values, bytes)),
        Field::Currency => columns.currency.read(rows, |values| put_all(values, bytes)),
        Field::Object => columns.object.read(rows, |values| put_all(values, bytes)),
    }
}

/// Whether some of the rows have a value of their own in a side column.
pub(crate) fn has_own(columns: &Columns, field: Field, rows: Range<usize>) -> bool {
    match field {
        Field::End => columns.end.has_own(rows),
        Field::Channel => columns.channel.has_own(rows),
        Field::Account => columns.account.has_own(rows),
        Field::Text => columns.text.has_own(rows),
        Field::Value => columns.value.has_own(rows),
        Field::Measure => columns.measure.has_own(rows),
        Field::Currency => columns.currency.has_own(rows),
        Field::Object => columns.object.has_own(rows),
        _ => !rows.is_empty(),
    }
}
