//! One record as it stands in a file: column names and values, not yet understood.

use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Columns that are told apart; fields beyond it still count in the digest but cannot be chosen.
pub(crate) const MAX_COLUMNS: usize = 4_096;
/// Longest record, in bytes; a longer one is rejected.
pub(crate) const MAX_RECORD_BYTES: usize = 1 << 20;
/// Stands between column name and value in a digest, so that `ab`+`c` differs from `a`+`bc`.
const DIGEST_SEPARATOR: u8 = 0x1f;

/// The columns seen so far, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
    /// Name and separator of each column, as they go into a digest.
    prefixes: Vec<Vec<u8>>,
    places: HashMap<String, usize>,
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
        self.position(name).or_else(|| (self.len() < MAX_COLUMNS).then(|| self.add(name)))
    }

    fn add(&mut self, name: &str) -> usize {
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.prefixes.push([name.as_bytes(), &[DIGEST_SEPARATOR]].concat());
        self.places.insert(name.to_owned(), place);
        place
    }

    /// Adds a column of a header; an empty name becomes `column 3`, a repeated one `name (2)`.
    pub(crate) fn add_header(&mut self, name: &str) {
        let base = if name.is_empty() { format!("column {}", self.len() + 1) } else { name.to_owned() };
        let mut name = base.clone();
        let mut n_same = 1;
        while self.position(&name).is_some() {
            n_same += 1;
            name = format!("{base} ({n_same})");
        }
        self.add(&name);
    }

    /// What one field adds to the digest of its record.
    pub(crate) fn digest(&self, column: usize, value: &[u8], scratch: &mut Vec<u8>) -> u64 {
        scratch.clear();
        scratch.extend_from_slice(&self.prefixes[column]);
        scratch.extend_from_slice(value);
        xxh3_64(scratch)
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
    /// It has fewer fields than the header.
    pub(crate) short: bool,
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
}

/// A point to which a record can be cut back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    n_text: usize,
    n_fields: usize,
    rest_digest: u64,
}

impl Builder {
    /// Adds a field; an empty value is the same as none.
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) {
        let value = value.trim_ascii();
        if value.is_empty() {
            return;
        }
        let expected = self.fields.last().map_or(0, |field| field.column + 1);
        match self.columns.place(name, expected) {
            Some(column) => {
                let start = self.text.len();
                self.text.extend_from_slice(value);
                self.fields.push(Field { column, start, end: self.text.len() });
            }
            None => {
                let field = [name.as_bytes(), &[DIGEST_SEPARATOR], value].concat();
                self.rest_digest = self.rest_digest.wrapping_add(xxh3_64(&field));
            }
        }
    }

    /// Makes sure that a column can be chosen, however late it appears.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.columns.place(name, 0);
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { n_text: self.text.len(), n_fields: self.fields.len(), rest_digest: self.rest_digest }
    }

    pub(crate) fn cut(&mut self, mark: Mark) {
        self.text.truncate(mark.n_text);
        self.fields.truncate(mark.n_fields);
        self.rest_digest = mark.rest_digest;
    }

    pub(crate) fn record(&self, line: u64) -> Record<'_> {
        Record {
            columns: &self.columns,
            text: &self.text,
            fields: &self.fields,
            line,
            rest_digest: self.rest_digest,
            short: false,
        }
    }
}

/// Finishes the sum of field digests: the last step of SplitMix64, so that sums that differ little differ much.
pub(crate) fn mix(sum: u64) -> u64 {
    let mut mixed = sum;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
