//! Values are treated before anything is made of them, so that what was treated reaches neither events nor rejects.

use crate::Error;
use crate::facts::{ConsentFact, ConsentFacts, MAX_STATEMENTS};
use crate::load::Loader;
use crate::record::{Columns, Consume, Fault, Field, Record, text_of};
use std::collections::BTreeMap;
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
    consent: Option<Consent>,
}

/// What customers allow, as a column says it.
#[derive(Debug)]
struct Consent {
    column: String,
    /// Its place among the columns, once it has appeared.
    place: Option<usize>,
    /// Of each customer, by the digest of the record: when, in which order it came, and what; of records without an id the
    /// latest.
    found: BTreeMap<String, BTreeMap<u64, (i64, usize, String)>>,
    /// Digests of the ids of all records.
    asked: Vec<u64>,
    n_noted: usize,
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
        Self { loader, treating: None, consent: None }
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

    /// Notes what customers allow from now on.
    pub(crate) fn note_consent(&mut self, column: String) {
        self.consent =
            Some(Consent { column, place: None, found: BTreeMap::new(), asked: Vec::new(), n_noted: 0 });
    }

    /// What customers allow, by customer, then in the order of the records; and the records that were asked.
    pub(crate) fn take_consents(&mut self) -> ConsentFacts {
        let Some(Consent { found, mut asked, .. }) = self.consent.take() else {
            return ConsentFacts::default();
        };
        let mut all = Vec::new();
        for (customer, of_customer) in found {
            let mut said: Vec<_> = of_customer.into_iter().collect();
            said.sort_unstable_by_key(|(_, (_, order, _))| *order);
            all.extend(said.into_iter().map(|(record, (at_micros, _, value))| ConsentFact {
                customer: customer.clone(),
                at_micros,
                value,
                record,
            }));
        }
        asked.sort_unstable();
        asked.dedup();
        ConsentFacts { said: all, asked }
    }

    /// The loader, and how many values of each column were changed.
    pub(crate) fn into_parts(self) -> (Loader, Vec<(String, u64)>) {
        let treated = self.treating.map(|treating| treating.names.into_iter().zip(treating.n_changed));
        (self.loader, treated.into_iter().flatten().filter(|(_, n)| *n > 0).collect())
    }
}

impl Consent {
    /// What stands in the column.
    fn value(&mut self, record: &Record<'_>) -> Option<String> {
        if self.place.is_none() {
            self.place = record.columns.position(&self.column);
        }
        let place = self.place?;
        let field = record.fields.iter().rfind(|field| field.column == place)?;
        Some(text_of(record.value(field)).0.into_owned()).filter(|value| !value.is_empty())
    }

    fn note(&mut self, (customer, record): (&str, u64), at_micros: i64, value: String) {
        if !self.found.contains_key(customer) {
            self.found.insert(customer.to_owned(), BTreeMap::new());
        }
        let Some(of_customer) = self.found.get_mut(customer) else { return };
        self.n_noted += 1;
        let is_older = of_customer.get(&record).is_some_and(|known| at_micros < known.0);
        if !is_older {
            of_customer.insert(record, (at_micros, self.n_noted, value));
        }
        if of_customer.len() > MAX_STATEMENTS
            && let Some(earliest) =
                of_customer.iter().min_by_key(|(_, said)| (said.0, said.1)).map(|(id, _)| *id)
        {
            of_customer.remove(&earliest);
        }
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
        let allowed = self.consent.as_mut().and_then(|consent| consent.value(record));
        let n_before = (self.loader.last_event().0, self.loader.last_profile().0);
        match &mut self.treating {
            None => self.loader.record(record),
            Some(treating) => {
                let rest_digest = treating.rewrite(record);
                let record =
                    Record { text: &treating.text, fields: &treating.fields, rest_digest, ..*record };
                self.loader.record(&record);
            }
        }
        let id = self.loader.last_record();
        if let Some(consent) = self.consent.as_mut().filter(|_| id != 0) {
            consent.asked.push(id);
        }
        if let (Some(consent), Some(value)) = (&mut self.consent, allowed) {
            let ((n_events, event), (n_profiles, profile)) =
                (self.loader.last_event(), self.loader.last_profile());
            let of_event = event.filter(|_| n_events > n_before.0);
            let of_profile = profile.filter(|_| n_profiles > n_before.1).map(|customer| (customer, i64::MIN));
            if let Some((customer, at_micros)) = of_event.or(of_profile) {
                consent.note((customer, id), at_micros, value);
            }
        }
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        // A record that cannot be read shows its beginning, and nobody knows what is in it.
        let value = if self.treating.is_some() { &[] } else { fault.value };
        self.loader.fault(&Fault { value, ..*fault });
    }
}
