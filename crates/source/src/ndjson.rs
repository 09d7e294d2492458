//! Reads JSON lines: one object a line. A broken line is rejected and reading goes on with the next.

use crate::object::read_object;
use crate::record::{
    Builder, Columns, Consume, Fault, MAX_RECORD_BYTES, MORE_FIELDS, Mark, NOT_UTF8, TOO_LONG,
};

/// Begins each record in the variant of RFC 7464.
const RECORD_SEPARATOR: u8 = 0x1e;

/// A push reader of JSON lines.
#[derive(Debug, Default)]
pub(crate) struct NdjsonReader {
    builder: Builder,
    /// The beginning of a line whose end has not come.
    buffer: Vec<u8>,
    /// The current line was rejected for its length.
    is_skipping: bool,
    /// Lines that have ended.
    n_lines: u64,
}

impl NdjsonReader {
    pub(crate) fn columns(&self) -> &Columns {
        &self.builder.columns
    }

    pub(crate) fn reserve(&mut self, column: &str) {
        self.builder.columns.reserve(column);
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], consumer: &mut dyn Consume) {
        while let Some(n) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..n], &bytes[n + 1..]);
            if self.buffer.is_empty() && !self.is_skipping && n <= MAX_RECORD_BYTES {
                self.line(line, consumer);
            } else {
                self.hold(line, consumer);
                self.end_held(consumer);
            }
            self.n_lines += 1;
            bytes = rest;
        }
        self.hold(bytes, consumer);
    }

    pub(crate) fn finish(&mut self, consumer: &mut dyn Consume) {
        self.end_held(consumer);
    }

    fn hold(&mut self, bytes: &[u8], consumer: &mut dyn Consume) {
        if self.is_skipping {
            return;
        }
        if self.buffer.len() + bytes.len() > MAX_RECORD_BYTES {
            self.buffer.extend_from_slice(&bytes[..bytes.len().min(MAX_RECORD_BYTES)]);
            consumer.fault(&Fault {
                line: self.n_lines + 1,
                reason: TOO_LONG,
                value: self.buffer.trim_ascii(),
            });
            self.buffer.clear();
            self.is_skipping = true;
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn end_held(&mut self, consumer: &mut dyn Consume) {
        let line = std::mem::take(&mut self.buffer);
        if !self.is_skipping {
            self.line(&line, consumer);
        }
        self.is_skipping = false;
        self.buffer = line;
        self.buffer.clear();
    }

    fn line(&mut self, text: &[u8], consumer: &mut dyn Consume) {
        let text = text.strip_prefix(&[RECORD_SEPARATOR]).unwrap_or(text).trim_ascii();
        if !text.is_empty() {
            hand_over(text, self.n_lines + 1, &mut self.builder, consumer);
        }
    }
}

/// Hands over the record in the text of an object, or says why it cannot be read.
pub(crate) fn hand_over(text: &[u8], line: u64, builder: &mut Builder, consumer: &mut dyn Consume) {
    builder.cut(Mark::default());
    match read_object(text, builder) {
        Ok(is_utf8) => {
            let repairs: &[&'static str] = match (is_utf8, builder.has_rest()) {
                (true, false) => &[],
                (false, false) => &[NOT_UTF8],
                (true, true) => &[MORE_FIELDS],
                (false, true) => &[NOT_UTF8, MORE_FIELDS],
            };
            consumer.record(&builder.record(line, repairs));
        }
        Err(reason) => consumer.fault(&Fault { line, reason, value: text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Syntax;
    use crate::collect::{Read, fault, read, record};
    use crate::object::{NO_OBJECT, NOT_JSON};

    fn lines(text: &str) -> Vec<Read> {
        let all = read(Syntax::Ndjson, ',', text.as_bytes(), text.len()).unwrap();
        for n_piece in [1, 2, 7] {
            let pieces = read(Syntax::Ndjson, ',', text.as_bytes(), n_piece).unwrap();
            assert_eq!(pieces, all, "in pieces of {n_piece}");
        }
        all.1
    }

    #[test]
    fn a_broken_line_is_rejected_and_reading_goes_on() {
        assert_eq!(
            lines("{\"a\":1}\r\n\n  \n{\"a\":\n\u{1e}{\"a\":2}\n[1]\nnull\n{\"a\":3}"),
            [
                record(1, &[("a", "1")]),
                fault(4, NOT_JSON, "{\"a\":"),
                record(5, &[("a", "2")]),
                fault(6, NO_OBJECT, "[1]"),
                fault(7, NO_OBJECT, "null"),
                record(8, &[("a", "3")]),
            ],
            "blank lines are no records but count"
        );
    }

    #[test]
    fn long_lines_are_rejected_without_keeping_them() {
        let text = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(2 * MAX_RECORD_BYTES));
        for n_piece in [10_000, text.len()] {
            let (_, rows) = read(Syntax::Ndjson, ',', text.as_bytes(), n_piece).unwrap();
            let is_long =
                matches!(&rows[0], Read::Fault { line: 1, reason: TOO_LONG, value } if value.ends_with('…'));
            assert!(is_long, "{:?}", rows[0]);
            assert_eq!(rows[1..], [record(2, &[("a", "1")])], "reading goes on");
        }
    }
}
