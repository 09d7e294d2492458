//! Reads delimiter-separated values, RFC 4180 and what is met in practice.
//!
//! A field is quoted only if its first byte is a quote; a doubled quote inside stands for one; what follows the closing
//! quote belongs to the value. Records end at a line feed (a carriage return before it is dropped), or at a carriage return
//! if the first line of the file ends so. Empty lines are no records. A first line `sep=;` is skipped.

use crate::error::{Error, Kind};
use crate::record::{Columns, Consume, Fault, Field, MAX_COLUMNS, MAX_RECORD_BYTES, Record};

const QUOTE: u8 = b'"';

/// Where in a record the scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a closing quote.
    Closed,
    /// Past an over-long record, looking for its end.
    Skip,
}

/// A push reader of delimiter-separated values.
#[derive(Debug)]
pub(crate) struct CsvReader {
    file: String,
    delimiter: u8,
    /// Byte that ends a record; unknown before the end of the first line.
    terminator: Option<u8>,
    columns: Columns,
    has_header: bool,
    /// Unparsed bytes.
    buffer: Vec<u8>,
    /// Offset of the buffer in the file.
    n_drained: u64,
    /// Where the current record begins in the buffer.
    start: usize,
    /// How far the scan is.
    at: usize,
    state: State,
    field_start: usize,
    /// Quoted fields end here in the buffer; behind a closing quote.
    content_end: usize,
    /// The current field holds doubled quotes or text behind its closing quote.
    is_dirty: bool,
    fields: Vec<Field>,
    /// Numbers of the fields that need unquoting.
    dirty: Vec<usize>,
    has_quotes: bool,
    line: u64,
    /// File offset of the last record whose scan was taken back.
    last_rewind: Option<u64>,
}

impl CsvReader {
    pub(crate) fn new(file: &str, delimiter: u8) -> Self {
        Self {
            file: file.to_owned(),
            delimiter,
            terminator: None,
            columns: Columns::default(),
            has_header: false,
            buffer: Vec::new(),
            n_drained: 0,
            start: 0,
            at: 0,
            state: State::FieldStart,
            field_start: 0,
            content_end: 0,
            is_dirty: false,
            fields: Vec::new(),
            dirty: Vec::new(),
            has_quotes: false,
            line: 1,
            last_rewind: None,
        }
    }

    pub(crate) fn has_header(&self) -> bool {
        self.has_header
    }

    pub(crate) fn push(&mut self, bytes: &[u8], consumer: &mut dyn Consume) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        self.read(false, consumer)?;
        self.buffer.drain(..self.start);
        self.n_drained += self.start as u64;
        self.at -= self.start;
        self.field_start = self.field_start.saturating_sub(self.start);
        self.content_end = self.content_end.saturating_sub(self.start);
        for field in &mut self.fields {
            field.start = field.start.saturating_sub(self.start);
            field.end = field.end.saturating_sub(self.start);
        }
        self.start = 0;
        Ok(())
    }

    pub(crate) fn finish(&mut self, consumer: &mut dyn Consume) -> Result<(), Error> {
        self.read(true, consumer)
    }

    /// Reads all records that are complete in the buffer; at the end of the file, also the last one.
    fn read(&mut self, last: bool, consumer: &mut dyn Consume) -> Result<(), Error> {
        loop {
            if self.state == State::Skip {
                if !self.skip(last) {
                    return Ok(());
                }
                continue;
            }
            let end = self.scan(last);
            let n_bytes = end.unwrap_or(self.at.max(self.buffer.len())) - self.start;
            if n_bytes > MAX_RECORD_BYTES {
                self.reject_long(consumer)?;
            } else if let Some(end) = end {
                self.complete(end, consumer)?;
            } else if last && self.state == State::Quoted {
                self.reject_open_quote(consumer);
            } else if last && self.start < self.buffer.len() {
                self.close_field(self.buffer.len());
                self.complete(self.buffer.len(), consumer)?;
                return Ok(());
            } else {
                return Ok(());
            }
        }
    }

    /// Goes on to the end of the current record and returns where it is, or `None` if more bytes are needed.
    fn scan(&mut self, last: bool) -> Option<usize> {
        loop {
            let rest = self.buffer.get(self.at..)?;
            let &first = rest.first()?;
            match self.state {
                State::FieldStart => {
                    self.field_start = self.at;
                    if first == QUOTE {
                        self.state = State::Quoted;
                        self.has_quotes = true;
                        self.is_dirty = false;
                        self.at += 1;
                    } else {
                        self.state = State::Plain;
                    }
                }
                State::Quoted => {
                    let Some(n) = memchr::memchr(QUOTE, rest) else {
                        self.at = self.buffer.len();
                        return None;
                    };
                    match rest.get(n + 1) {
                        Some(&QUOTE) => {
                            self.is_dirty = true;
                            self.at += n + 2;
                        }
                        None if !last => {
                            self.at += n;
                            return None;
                        }
                        _ => {
                            self.content_end = self.at + n;
                            self.at += n + 1;
                            self.state = State::Closed;
                        }
                    }
                }
                State::Plain | State::Closed => {
                    let Some(n) = self.find_end(rest) else {
                        self.at = self.buffer.len();
                        return None;
                    };
                    let (end, found) = (self.at + n, rest[n]);
                    if found == b'\r' && self.terminator.is_none() {
                        match rest.get(n + 1) {
                            None if !last => {
                                self.at = end;
                                return None;
                            }
                            Some(b'\n') => self.terminator = Some(b'\n'),
                            _ => self.terminator = Some(b'\r'),
                        }
                        continue;
                    }
                    if found == self.delimiter {
                        self.close_field(end);
                        self.at = end + 1;
                        self.state = State::FieldStart;
                        continue;
                    }
                    self.terminator = Some(found);
                    self.close_field(end);
                    self.at = end;
                    return Some(end);
                }
                State::Skip => return None,
            }
        }
    }

    fn find_end(&self, rest: &[u8]) -> Option<usize> {
        match self.terminator {
            Some(terminator) => memchr::memchr2(self.delimiter, terminator, rest),
            None => memchr::memchr3(self.delimiter, b'\n', b'\r', rest),
        }
    }
}
