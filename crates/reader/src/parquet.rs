//! Parquet: rows of a columnar file, one row group at a time.

use crate::input::{Document, Input, failure};
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use ::parquet::basic::LogicalType;
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, FileReader, Length};
use ::parquet::record::Field;
use ::parquet::record::reader::RowIter;
use bytes::Bytes;
use protocol::Failure;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::io::{BufReader, Read, Result as IoResult, SeekFrom};
use std::rc::Rc;
use zstd::Unpacking;

mod zstd;

/// Rows handed over in one step.
const STEP_ROWS: usize = 1_000;

/// Opens a table.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut input = document.into_seekable()?;
    let n_bytes = input.seek(SeekFrom::End(0)).map_err(|cause| crate::input::broken(&name, &cause))?;
    let chunks = Chunks { input: SendWrapper::new(Rc::new(RefCell::new(input))), n_bytes };
    let reader = Unpacking::new(chunks).map_err(|cause| damaged(&name, &cause))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    // Times without a zone are told apart from those of UTC by the type of their column alone.
    let is_utc = schema.root_schema().get_fields().iter().map(|field| {
        let logical = field.get_basic_info().logical_type_ref();
        !matches!(logical, Some(LogicalType::Timestamp(timestamp)) if !timestamp.is_adjusted_to_u_t_c)
    });
    let is_utc: Vec<bool> = is_utc.collect();
    Ok(Opened::new(Table { name, is_utc, rows: RowIter::from_file_into(Box::new(reader)), n_rows: 0 }))
}

/// What to do about a damaged file.
const AGAIN: &str = "Download it again. Nothing of it was imported.";

fn damaged(name: &str, cause: &ParquetError) -> Failure {
    let message = format!("{name} is a damaged or incomplete Parquet file ({cause}).");
    refusal(name, cause).unwrap_or_else(|| failure(message, AGAIN))
}

/// The failure of a file that is whole, but packed in a way that is not read here.
fn refusal(name: &str, cause: &ParquetError) -> Option<Failure> {
    let said = cause.to_string();
    let is_unknown = said.contains("not supported yet") || said.contains("Disabled feature");
    let message = format!("{name} is compressed in a way that is not read here ({said}).");
    let advice = "Write it with Zstandard, Snappy, gzip, Brotli, LZ4 or without compression.";
    is_unknown.then(|| failure(message, advice))
}

struct Table {
    name: String,
    is_utc: Vec<bool>,
    rows: RowIter<'static>,
    n_rows: u64,
}

impl Records for Table {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        for _ in 0..STEP_ROWS {
            let Some(row) = self.rows.next() else { return Ok(false) };
            self.n_rows += 1;
            let row = row.map_err(|cause| {
                let (name, n) = (&self.name, self.n_rows);
                let message =
                    format!("{name}, row {n}: the Parquet file is damaged or incomplete ({cause}).");
                refusal(&self.name, &cause).unwrap_or_else(|| failure(message, AGAIN))
            })?;
            let values: Vec<(&str, String)> = row
                .get_column_iter()
                .enumerate()
                .map(|(at, (name, field))| {
                    let is_utc = self.is_utc.get(at).copied().unwrap_or(true);
                    (name.as_str(), plain(field, is_utc))
                })
                .collect();
            let fields: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            out.record(self.n_rows, &fields);
        }
        Ok(true)
    }
}

/// A value as text; nothing for null.
fn plain(field: &Field, is_utc: bool) -> String {
    let micros = |micros: i64| {
        let moment = Moment::of_unix_secs(micros.div_euclid(1_000_000));
        let moment = moment.plus_millis(micros.rem_euclid(1_000_000) / 1_000);
        moment.with_utc(is_utc).iso()
    };
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Float(n) => n.to_string(),
        Field::Double(n) => n.to_string(),
        Field::Date(days) => {
            let midnight = Moment::of_unix_secs(i64::from(*days) * 86_400).iso();
            midnight.split('T').next().unwrap_or_default().to_owned()
        }
        Field::TimestampMillis(millis) => micros(millis.saturating_mul(1_000)),
        Field::TimestampMicros(value) => micros(*value),
        other => other.to_string(),
    }
}

/// The file as the parquet crate wants it. Everything runs on one thread.
#[derive(Clone)]
struct Chunks {
    input: SendWrapper<Rc<RefCell<Input>>>,
    n_bytes: u64,
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.n_bytes
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Part>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::with_capacity(32 << 10, Part { input: Rc::clone(&self.input), place: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        if start.saturating_add(length as u64) > self.n_bytes {
            return Err(ParquetError::EOF("a part of it lies behind its end".to_owned()));
        }
        let mut bytes = vec![0; length];
        Part { input: Rc::clone(&self.input), place: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// The file from a place on.
struct Part {
    input: Rc<RefCell<Input>>,
    place: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let mut input = self.input.borrow_mut();
        input.seek(SeekFrom::Start(self.place))?;
        let n = input.read(buffer)?;
        self.place += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests;
