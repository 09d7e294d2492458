//! The values of a row, as SQLite stores them.

use super::pages::varint;
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// The value as text, nothing for null; `None` for bytes that are no text.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Int(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Text(text) => Some(text),
            // Some programs keep texts as bytes.
            Self::Bytes(bytes) => {
                let is_written = |sign: char| !sign.is_control() || sign.is_whitespace();
                String::from_utf8(bytes).ok().filter(|text| text.chars().all(is_written))
            }
        }
    }
}

/// How the texts of a database are encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// By the number in the header of the file.
    pub(super) fn of(number: u8) -> Self {
        Self(match number {
            2 => UTF_16LE,
            3 => UTF_16BE,
            _ => UTF_8,
        })
    }
}

/// The values of a record; `None` where it says more than it has.
pub(super) fn values(payload: &[u8], encoding: Encoding) -> Option<Vec<Value>> {
    let mut at = 0;
    let n_header = usize::try_from(varint(payload, &mut at)?).ok()?;
    let mut kinds = payload.get(at..n_header)?;
    let mut body = payload.get(n_header..)?;
    let mut values = Vec::new();
    while !kinds.is_empty() {
        let mut n = 0;
        let kind = varint(kinds, &mut n)?;
        kinds = &kinds[n..];
        let n_bytes = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            12.. => usize::try_from((kind - 12) / 2).ok()?,
            _ => return None,
        };
        let (own, rest) = body.split_at_checked(n_bytes)?;
        body = rest;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Int(0),
            9 => Value::Int(1),
            7 => Value::Float(f64::from_be_bytes(own.try_into().ok()?)),
            1..=6 => {
                let (first, others) = own.split_first()?;
                let first = i64::from(first.cast_signed());
                Value::Int(others.iter().fold(first, |number, byte| (number << 8) | i64::from(*byte)))
            }
            kind if kind % 2 == 0 => Value::Bytes(own.to_vec()),
            _ => Value::Text(encoding.0.decode_without_bom_handling(own).0.into_owned()),
        });
    }
    Some(values)
}
