//! One record as it stands in a file: column names and values, not yet understood.

use std::borrow::Cow;
use std::collections::HashMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Columns that are told apart; fields beyond it still count in the digest but cannot be chosen.
pub(crate) const MAX_COLUMNS: usize = 4_096;
/// Longest record, in bytes; a longer one is rejected.
pub(crate) const MAX_RECORD_BYTES: usize = 1 << 20;
/// Longest name of a column that can be chosen; where records name their columns, nothing else bounds the memory for names.
const MAX_NAME_BYTES: usize = 1 << 10;

/// Why a record is not read: it is longer than [`MAX_RECORD_BYTES`].
pub(crate) const TOO_LONG: &str = "is longer than 1 MiB";
/// Repair: bytes that are not UTF-8 became U+FFFD.
pub(crate) const NOT_UTF8: &str = "bytes that are not UTF-8 replaced";
/// Repair: the record has values without a column.
pub(crate) const MORE_FIELDS: &str = "more fields than columns";
/// Repair: the record has fewer fields than the header.
pub(crate) const FEWER_FIELDS: &str = "fewer fields than columns";

/// The columns seen so far, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
    /// Digest of each name: values are digested with it as the seed, so that `ab`+`c` differs from `a`+`bc`.
    seeds: Vec<u64>,
    places: HashMap<String, usize>,
    /// Highest number behind each repeated name of the header.
    n_same: HashMap<String, usize>,
    /// Names that get a place however late they appear.
    reserved: Vec<String>,
}

impl Columns {
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The place of a column, which is added if it is new and there is room.
    fn place(&mut self, name: &str, expected: usize) -> Option<usize> {
        // Records of one file mostly repeat their fields in one order.
        if self.names.get(expected).is_some_and(|known| known == name) {
            return Some(expected);
        }
        self.position(name).or_else(|| self.has_room(name).then(|| self.add(name)))
    }

    fn has_room(&self, name: &str) -> bool {
        let fits = self.len() < MAX_COLUMNS && name.len() <= MAX_NAME_BYTES;
        fits || self.reserved.iter().any(|reserved| reserved == name)
    }

    /// Makes sure that a column can be chosen, however late it appears.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.reserved.push(name.to_owned());
    }

    fn add(&mut self, name: &str) -> usize {
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.seeds.push(xxh3_64(name.as_bytes()));
        self.places.insert(name.to_owned(), place);
        place
    }

    /// Adds a column of a header; an empty name becomes `column 3`, a repeated one `name (2)`.
    pub(crate) fn add_header(&mut self, name: &str) {
        let base = if name.is_empty() { format!("column {}", self.len() + 1) } else { name.to_owned() };
        let mut name = base.clone();
        let mut n_same = self.n_same.get(&base).copied().unwrap_or(1);
        while self.position(&name).is_some() {
            n_same += 1;
            name = format!("{base} ({n_same})");
        }
        self.n_same.insert(base, n_same);
        self.add(&name);
    }

    /// What a field that is not empty adds to the digest of its record.
    pub(crate) fn digest(&self, column: usize, value: &[u8]) -> u64 {
        xxh3_64_with_seed(value, self.seeds.get(column).copied().unwrap_or_default())
    }
}

/// A value in a record's text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) column: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// One record: spans of a text.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) text: &'a [u8],
    /// Fields in file order; a missing field is left out or empty.
    pub(crate) fields: &'a [Field],
    /// Line where the record begins, from 1.
    pub(crate) line: u64,
    /// Sum of the digests of fields that have no column of their own.
    pub(crate) rest_digest: u64,
    /// What had to be mended to read it, each kind once.
    pub(crate) repairs: &'a [&'static str],
}

impl<'a> Record<'a> {
    /// The value of a field without surrounding white space.
    pub(crate) fn value(&self, field: &Field) -> &'a [u8] {
        self.text[field.start..field.end].trim_ascii()
    }
}

/// A record that cannot be read.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    pub(crate) line: u64,
    pub(crate) reason: &'static str,
    pub(crate) value: &'a [u8],
}

/// Takes records as they are read.
pub(crate) trait Consume {
    /// The header of a file that has one, before the first record.
    fn header(&mut self, columns: &Columns) -> Result<(), crate::Error>;
    /// One record.
    fn record(&mut self, record: &Record<'_>);
    /// One record that could not be read.
    fn fault(&mut self, fault: &Fault<'_>);
}

/// Collects the fields of a record whose columns come with each value.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pub(crate) columns: Columns,
    text: Vec<u8>,
    fields: Vec<Field>,
    rest_digest: u64,
    has_rest: bool,
}

/// A point to which a record can be cut back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    n_text: usize,
    n_fields: usize,
    rest_digest: u64,
    has_rest: bool,
}

impl Builder {
    /// Adds a field; an empty value is the same as none but makes the column known.
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) {
        let value = value.trim_ascii();
        let expected = self.fields.last().map_or(0, |field| field.column + 1);
        let column = self.columns.place(name, expected);
        if value.is_empty() {
            return;
        }
        match column {
            Some(column) => {
                let start = self.text.len();
                self.text.extend_from_slice(value);
                self.fields.push(Field { column, start, end: self.text.len() });
            }
            None => {
                let digest = xxh3_64_with_seed(value, xxh3_64(name.as_bytes()));
                self.rest_digest = self.rest_digest.wrapping_add(digest);
                self.has_rest = true;
            }
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether a value found no column.
    pub(crate) fn has_rest(&self) -> bool {
        self.has_rest
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            n_text: self.text.len(),
            n_fields: self.fields.len(),
            rest_digest: self.rest_digest,
            has_rest: self.has_rest,
        }
    }

    pub(crate) fn cut(&mut self, mark: Mark) {
        self.text.truncate(mark.n_text);
        self.fields.truncate(mark.n_fields);
        self.rest_digest = mark.rest_digest;
        self.has_rest = mark.has_rest;
    }

    pub(crate) fn record<'a>(&'a self, line: u64, repairs: &'a [&'static str]) -> Record<'a> {
        Record {
            columns: &self.columns,
            text: &self.text,
            fields: &self.fields,
            line,
            rest_digest: self.rest_digest,
            repairs,
        }
    }
}

/// Bytes as text, and whether they were UTF-8; what was not became U+FFFD.
pub(crate) fn text_of(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    // Checking first is several times as fast as replacing what may be replaced.
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), true),
        Err(_) => (String::from_utf8_lossy(bytes), false),
    }
}

/// Finishes the sum of field digests: the last step of SplitMix64, so that sums that differ little differ much.
pub(crate) fn mix(sum: u64) -> u64 {
    let mut mixed = sum;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
