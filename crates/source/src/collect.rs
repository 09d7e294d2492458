//! Keeps all that a reader hands over, for tests.

use crate::Error;
use crate::audit::shorten;
use crate::import::Reader;
use crate::record::{Columns, Consume, Fault, Record};
use crate::{Format, Syntax};

/// One thing handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Record { line: u64, values: Vec<(String, String)>, repairs: Vec<&'static str>, rest_digest: u64 },
    Fault { line: u64, reason: &'static str, value: String },
}

#[derive(Debug, Default)]
struct Collect(Vec<Read>);

impl Consume for Collect {
    fn header(&mut self, _: &Columns) -> Result<(), Error> {
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) {
        let value = |field| String::from_utf8_lossy(record.value(field)).into_owned();
        let filled =
            record.fields.iter().map(|field| (record.columns.names()[field.column].clone(), value(field)));
        self.0.push(Read::Record {
            line: record.line,
            values: filled.filter(|(_, value)| !value.is_empty()).collect(),
            repairs: record.repairs.to_vec(),
            rest_digest: record.rest_digest,
        });
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        self.0.push(Read::Fault { line: fault.line, reason: fault.reason, value: shorten(fault.value) });
    }
}

/// Reads a whole text in pieces of a size; gives the columns and what was handed over.
pub(crate) fn read(
    syntax: Syntax,
    delimiter: char,
    text: &[u8],
    n_piece: usize,
) -> Result<(Vec<String>, Vec<Read>), Error> {
    let format = Format {
        syntax,
        gzip: false,
        encoding: "UTF-8".to_owned(),
        delimiter: Some(delimiter),
        reading: None,
    };
    let mut reader = Reader::new("log", &format)?;
    let mut collect = Collect::default();
    for piece in text.chunks(n_piece) {
        reader.push(piece, &mut collect)?;
    }
    reader.finish(&mut collect)?;
    Ok((reader.columns().names().to_vec(), collect.0))
}

/// A record without repairs.
pub(crate) fn record(line: u64, values: &[(&str, &str)]) -> Read {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Read::Record { line, values: values.iter().map(own).collect(), repairs: Vec::new(), rest_digest: 0 }
}

/// A record with one repair.
pub(crate) fn repaired(line: u64, values: &[(&str, &str)], repair: &'static str) -> Read {
    match record(line, values) {
        Read::Record { line, values, rest_digest, .. } => {
            Read::Record { line, values, repairs: vec![repair], rest_digest }
        }
        fault @ Read::Fault { .. } => fault,
    }
}

pub(crate) fn fault(line: u64, reason: &'static str, value: &str) -> Read {
    Read::Fault { line, reason, value: value.to_owned() }
}
