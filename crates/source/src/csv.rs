//! Reads delimiter-separated values, RFC 4180 and what is met in practice.
//!
//! A field is quoted only if its first byte is a quote; a doubled quote inside stands for one; what follows the closing
//! quote belongs to the value. Records end at a line feed (a carriage return before it is dropped), or at a carriage return
//! if the first line of the file ends so. Empty lines are no records. A first line `sep=;` is skipped.
//!
//! A quote that is not closed within the longest record, or not at all, costs one line: the line is rejected and reading
//! goes on behind it. What was looked through in vain is not looked through again for quotes that span lines, so that
//! reading stays linear.

use crate::error::{Error, Kind};
use crate::record::{
    Columns, Consume, FEWER_FIELDS, Fault, Field, MAX_COLUMNS, MAX_RECORD_BYTES, MORE_FIELDS, Record,
    TOO_LONG,
};
use xxhash_rust::xxh3::xxh3_64;

const QUOTE: u8 = b'"';
/// Bytes taken at once: they stay in the processor's cache, and no record is looked through far beyond its longest.
const PIECE_BYTES: usize = 64 << 10;
const OPEN_QUOTE: &str = "has a quote that is not closed";

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

/// What the scan came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// The record ends before this place in the buffer.
    End(usize),
    /// A quote is not closed on its line, where it has to be.
    OpenQuote,
    /// The end of the buffer.
    Nothing,
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
    /// Place of the closing quote; only behind one.
    content_end: usize,
    /// The current field holds doubled quotes or text behind its closing quote.
    is_dirty: bool,
    fields: Vec<Field>,
    /// Numbers of the fields that need unquoting.
    dirty: Vec<usize>,
    has_quotes: bool,
    line: u64,
    /// In records that begin before this offset in the file, a quote has to be closed on its line.
    distrust_until: u64,
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
            distrust_until: 0,
        }
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(crate) fn has_header(&self) -> bool {
        self.has_header
    }

    pub(crate) fn push(&mut self, bytes: &[u8], consumer: &mut dyn Consume) -> Result<(), Error> {
        for piece in bytes.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            self.read(false, consumer)?;
            self.drain();
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, consumer: &mut dyn Consume) -> Result<(), Error> {
        self.read(true, consumer)
    }

    /// Drops what was read.
    fn drain(&mut self) {
        let n = self.start;
        self.buffer.drain(..n);
        self.n_drained += n as u64;
        self.start = 0;
        self.at -= n;
        self.field_start -= n;
        self.content_end = self.content_end.saturating_sub(n);
        for field in &mut self.fields {
            field.start -= n;
            field.end -= n;
        }
    }

    /// Reads all records that are complete in the buffer; at the end of the file, also the last one.
    fn read(&mut self, last: bool, consumer: &mut dyn Consume) -> Result<(), Error> {
        loop {
            let found = match self.state {
                State::Skip => {
                    if !self.skip() {
                        return Ok(());
                    }
                    continue;
                }
                _ => self.scan(last),
            };
            if self.at - self.start > MAX_RECORD_BYTES {
                self.distrust_until = self.offset(self.start) + MAX_RECORD_BYTES as u64;
                self.reject_line(TOO_LONG, consumer)?;
                continue;
            }
            match found {
                Found::End(end) => self.complete(end, consumer)?,
                Found::OpenQuote => self.reject_line(OPEN_QUOTE, consumer)?,
                Found::Nothing if !last || self.start == self.buffer.len() => return Ok(()),
                Found::Nothing if self.state == State::Quoted => {
                    self.distrust_until = u64::MAX;
                    self.reject_line(OPEN_QUOTE, consumer)?;
                }
                Found::Nothing => {
                    self.close_field(self.buffer.len());
                    self.complete(self.buffer.len(), consumer)?;
                }
            }
        }
    }

    fn offset(&self, place: usize) -> u64 {
        self.n_drained + place as u64
    }

    /// Goes on to the end of the current record.
    fn scan(&mut self, last: bool) -> Found {
        loop {
            let Some(&first) = self.buffer.get(self.at) else { return Found::Nothing };
            let found = match self.state {
                State::FieldStart if first == QUOTE => {
                    self.state = State::Quoted;
                    self.has_quotes = true;
                    self.is_dirty = false;
                    self.at += 1;
                    None
                }
                State::Quoted => self.scan_quoted(last),
                State::Closed => self.scan_plain(last),
                State::FieldStart | State::Plain => {
                    self.state = State::Plain;
                    self.scan_plain(last)
                }
                State::Skip => Some(Found::Nothing),
            };
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// Goes on to the end of the quotes; `None` when it is found.
    fn scan_quoted(&mut self, last: bool) -> Option<Found> {
        let rest = &self.buffer[self.at..];
        let n = match self.terminator {
            Some(terminator) if self.offset(self.start) < self.distrust_until => {
                memchr::memchr2(QUOTE, terminator, rest)
            }
            _ => memchr::memchr(QUOTE, rest),
        };
        let Some(n) = n else {
            self.at = self.buffer.len();
            return Some(Found::Nothing);
        };
        if rest[n] != QUOTE {
            self.at += n;
            return Some(Found::OpenQuote);
        }
        match rest.get(n + 1) {
            Some(&QUOTE) => {
                self.is_dirty = true;
                self.at += n + 2;
            }
            // The next byte decides whether the quote closes.
            None if !last => {
                self.at += n;
                return Some(Found::Nothing);
            }
            _ => {
                self.content_end = self.at + n;
                self.at += n + 1;
                self.state = State::Closed;
            }
        }
        None
    }

    /// Goes on field by field while they have no quotes; `None` before one that may have.
    fn scan_plain(&mut self, last: bool) -> Option<Found> {
        loop {
            let rest = &self.buffer[self.at..];
            let n = match self.terminator {
                Some(terminator) => memchr::memchr2(self.delimiter, terminator, rest),
                None => memchr::memchr3(self.delimiter, b'\n', b'\r', rest),
            };
            let Some(n) = n else {
                self.at = self.buffer.len();
                return Some(Found::Nothing);
            };
            let found = rest[n];
            let next = rest.get(n + 1).copied();
            self.at += n;
            if found == self.delimiter {
                self.close_field(self.at);
                self.at += 1;
                self.field_start = self.at;
                self.state = State::FieldStart;
                if next.is_none_or(|next| next == QUOTE) {
                    return None;
                }
                self.state = State::Plain;
                continue;
            }
            if found == b'\r' && self.terminator.is_none() && next == Some(b'\n') {
                self.terminator = Some(b'\n');
                continue;
            }
            if found == b'\r' && self.terminator.is_none() && next.is_none() && !last {
                return Some(Found::Nothing);
            }
            self.terminator = Some(found);
            self.close_field(self.at);
            return Some(Found::End(self.at));
        }
    }

    fn close_field(&mut self, end: usize) {
        let mut field = Field { column: self.fields.len(), start: self.field_start, end };
        if self.state == State::Closed {
            let behind = &self.buffer[self.content_end + 1..end];
            if self.is_dirty || !behind.trim_ascii().is_empty() {
                self.dirty.push(self.fields.len());
            } else {
                field.start += 1;
                field.end = self.content_end;
            }
        }
        self.fields.push(field);
    }

    /// Hands over the record that ends before this place.
    fn complete(&mut self, end: usize, consumer: &mut dyn Consume) -> Result<(), Error> {
        let text = &self.buffer[self.start..end];
        let n_lines = match self.terminator {
            Some(terminator) if self.has_quotes => 1 + memchr::memchr_iter(terminator, text).count() as u64,
            _ => 1,
        };
        let is_blank = text.first().is_none_or(u8::is_ascii_whitespace) && text.trim_ascii().is_empty();
        let names_delimiter = self.line == 1 && names_delimiter(text);
        for number in self.dirty.drain(..) {
            let field = &mut self.fields[number];
            field.end = field.start + unquote(&mut self.buffer[field.start..field.end]);
        }
        if !is_blank && !names_delimiter {
            if self.has_header {
                self.hand_over(consumer);
            } else {
                self.take_header(consumer)?;
            }
        }
        self.line += n_lines;
        self.begin((end + 1).min(self.buffer.len()));
        Ok(())
    }

    fn hand_over(&self, consumer: &mut dyn Consume) {
        let (known, rest) = self.fields.split_at(self.fields.len().min(self.columns.len()));
        let mut record = Record {
            columns: &self.columns,
            text: &self.buffer,
            fields: known,
            line: self.line,
            rest_digest: 0,
            repairs: if known.len() < self.columns.len() { &[FEWER_FIELDS] } else { &[] },
        };
        for field in rest {
            let value = record.value(field);
            if !value.is_empty() {
                record.rest_digest = record.rest_digest.wrapping_add(xxh3_64(value));
                record.repairs = &[MORE_FIELDS];
            }
        }
        consumer.record(&record);
    }

    fn take_header(&mut self, consumer: &mut dyn Consume) -> Result<(), Error> {
        if self.fields.len() > MAX_COLUMNS {
            return Err(Error::at(&self.file, self.line, Kind::TooManyColumns));
        }
        for field in &self.fields {
            let name = String::from_utf8_lossy(self.buffer[field.start..field.end].trim_ascii());
            self.columns.add_header(&name);
        }
        self.has_header = true;
        consumer.header(&self.columns)
    }

    /// Begins the next record.
    fn begin(&mut self, start: usize) {
        self.start = start;
        self.at = start;
        self.field_start = start;
        self.state = State::FieldStart;
        self.fields.clear();
        self.dirty.clear();
        self.has_quotes = false;
    }

    /// Rejects the first line of the current record and goes back to the second.
    fn reject_line(&mut self, reason: &'static str, consumer: &mut dyn Consume) -> Result<(), Error> {
        if !self.has_header {
            let kind = if reason == TOO_LONG { Kind::HeaderTooLong } else { Kind::HeaderQuote };
            return Err(Error::at(&self.file, self.line, kind));
        }
        let rest = &self.buffer[self.start..];
        let end = self.terminator.and_then(|terminator| memchr::memchr(terminator, rest));
        let value = &rest[..end.unwrap_or(rest.len())];
        let reason = if value.len() <= MAX_RECORD_BYTES { OPEN_QUOTE } else { reason };
        consumer.fault(&Fault { line: self.line, reason, value: value.trim_ascii() });
        match end {
            Some(n) => {
                self.line += 1;
                self.begin(self.start + n + 1);
            }
            None => {
                self.begin(self.buffer.len());
                self.state = State::Skip;
            }
        }
        Ok(())
    }

    /// Goes on to the end of an over-long line; returns whether it was found.
    fn skip(&mut self) -> bool {
        let rest = &self.buffer[self.at..];
        let end = self.terminator.and_then(|terminator| memchr::memchr(terminator, rest));
        match end {
            Some(n) => {
                self.line += 1;
                self.begin(self.at + n + 1);
                true
            }
            None => {
                self.begin(self.buffer.len());
                self.state = State::Skip;
                false
            }
        }
    }
}

/// Whether a first line is the hint `sep=;` that spreadsheets write for each other.
fn names_delimiter(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.len() <= 5 && line.get(..4).is_some_and(|hint| hint.eq_ignore_ascii_case(b"sep="))
}

/// Takes the quotes off a field in place and returns its new length.
fn unquote(text: &mut [u8]) -> usize {
    let (mut from, mut to) = (1, 0);
    let mut quoted = true;
    while let Some(&byte) = text.get(from) {
        from += 1;
        if quoted && byte == QUOTE {
            if text.get(from) != Some(&QUOTE) {
                quoted = false;
                continue;
            }
            from += 1;
        }
        text[to] = byte;
        to += 1;
    }
    to
}

#[cfg(test)]
mod tests;
