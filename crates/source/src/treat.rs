//! Values are treated before anything is made of them, so that what was treated reaches neither events nor rejects.

use crate::Error;
use crate::load::Loader;
use crate::record::{Columns, Consume, Fault, Field, Record};
use std::fmt::Debug;

/// Decides what becomes of values; the person who imports a file has chosen it.
pub trait Treat: Debug {
    /// Columns that were not seen before, in order; the first has the number `first`.
    fn see_columns(&mut self, first: usize, names: &[String]);

    /// Writes what takes the place of a value into `into`, which is empty; nothing leaves the value out.
    ///
    /// Returns `None` when the value stays as it is. Otherwise a digest of what was there that tells nothing of it, so
    /// that records which differ in nothing else stay different.
    fn treat(&mut self, column: usize, value: &[u8], into: &mut Vec<u8>) -> Option<u64>;
}

/// Takes records, treats their values where that was chosen, and hands them on.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) loader: Loader,
    treating: Option<Treating>,
}

/// A treatment at work.
#[derive(Debug)]
struct Treating {
    treat: Box<dyn Treat>,
    names: Vec<String>,
    /// Values that were changed, by column.
    n_changed: Vec<u64>,
    text: Vec<u8>,
    fields: Vec<Field>,
    value: Vec<u8>,
}

impl Intake {
    pub(crate) fn new(loader: Loader) -> Self {
        Self { loader, treating: None }
    }

    /// Treats all values from now on.
    pub(crate) fn treat(&mut self, treat: Box<dyn Treat>) {
        self.treating = Some(Treating {
            treat,
            names: Vec::new(),
            n_changed: Vec::new(),
            text: Vec::new(),
            fields: Vec::new(),
            value: Vec::new(),
        });
    }

    /// The loader, and how many values of each column were changed.
    pub(crate) fn into_parts(self) -> (Loader, Vec<(String, u64)>) {
        let treated = self.treating.map(|treating| treating.names.into_iter().zip(treating.n_changed));
        (self.loader, treated.into_iter().flatten().filter(|(_, n)| *n > 0).collect())
    }
}

impl Treating {
    fn see(&mut self, columns: &Columns) {
        let first = self.names.len();
        if let Some(new) = columns.names().get(first..).filter(|new| !new.is_empty()) {
            self.treat.see_columns(first, new);
            self.names.extend_from_slice(new);
            self.n_changed.resize(self.names.len(), 0);
        }
    }

    /// Rewrites the record into `text` and `fields`; returns its rest digest.
    fn rewrite(&mut self, record: &Record<'_>) -> u64 {
        self.see(record.columns);
        let mut rest_digest = record.rest_digest;
        self.text.clear();
        self.fields.clear();
        for field in record.fields {
            let value = record.value(field);
            self.value.clear();
            let treated =
                if value.is_empty() { None } else { self.treat.treat(field.column, value, &mut self.value) };
            let start = self.text.len();
            match treated {
                None => self.text.extend_from_slice(value),
                Some(digest) => {
                    self.text.extend_from_slice(&self.value);
                    rest_digest = rest_digest.wrapping_add(digest);
                    if let Some(n) = self.n_changed.get_mut(field.column) {
                        *n += 1;
                    }
                }
            }
            self.fields.push(Field { column: field.column, start, end: self.text.len() });
        }
        rest_digest
    }
}

impl Consume for Intake {
    fn header(&mut self, columns: &Columns) -> Result<(), Error> {
        self.loader.header(columns)
    }

    fn record(&mut self, record: &Record<'_>) {
        let Some(treating) = &mut self.treating else { return self.loader.record(record) };
        let rest_digest = treating.rewrite(record);
        let record = Record { text: &treating.text, fields: &treating.fields, rest_digest, ..*record };
        self.loader.record(&record);
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        // A record that cannot be read shows its beginning, and nobody knows what is in it.
        let value = if self.treating.is_some() { &[] } else { fault.value };
        self.loader.fault(&Fault { value, ..*fault });
    }
}
