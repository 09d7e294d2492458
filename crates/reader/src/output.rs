//! Records as they leave: JSON lines, and an account of what could not be one.

use protocol::import::Reject;
use std::collections::BTreeMap;

/// Bytes after which a piece is handed over.
pub(crate) const PIECE_BYTES: usize = 256 << 10;
/// Characters kept of a value; the rest is cut and counted.
const MAX_VALUE_CHARS: usize = 50_000;
/// Blank lines that are written to keep the numbers of lines right: as many as a sheet of Excel has rows.
const MAX_BLANK_LINES: u64 = 1 << 20;
/// Characters kept of a value at fault.
const MAX_FAULT_CHARS: usize = 80;
/// Repair: a long value was cut.
const CUT: &str = "text longer than 50,000 characters cut";

/// Some records, and what happened while they were made.
#[derive(Debug, Default)]
pub struct Piece {
    /// JSON lines, or the bytes of a file that needed nothing but unpacking.
    pub records: Vec<u8>,
    /// What could not become a record.
    pub rejects: Vec<Reject>,
    /// What was mended, by kind.
    pub repairs: Vec<(String, u64)>,
}

/// Where a format puts what it finds.
#[derive(Debug)]
pub(crate) struct Out {
    file: String,
    records: Vec<u8>,
    rejects: Vec<Reject>,
    repairs: BTreeMap<&'static str, u64>,
    /// Lines written in all.
    n_lines: u64,
}

impl Out {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            records: Vec::new(),
            rejects: Vec::new(),
            repairs: BTreeMap::new(),
            n_lines: 0,
        }
    }

    /// Adds a record that begins at a line, row or message of the file, from 1.
    pub(crate) fn record(&mut self, line: u64, fields: &[(&str, &str)]) {
        // Blank lines are no records but count, so that the importer names the same line as a person would.
        // A row that is said to be a billion lines away would cost a gigabyte of them.
        let is_near = line.saturating_sub(self.n_lines) <= MAX_BLANK_LINES;
        while is_near && self.n_lines + 1 < line {
            self.records.push(b'\n');
            self.n_lines += 1;
        }
        self.records.push(b'{');
        for (at, (name, value)) in fields.iter().enumerate() {
            self.records.extend_from_slice(if at == 0 { b"" } else { b"," });
            let value = self.shortened(value);
            // Written with its quotes and escapes; a text always can be.
            let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
            let field = format!("{}:{}", quoted(name), quoted(value));
            self.records.extend_from_slice(field.as_bytes());
        }
        self.records.extend_from_slice(b"}\n");
        self.n_lines += 1;
    }

    fn shortened<'a>(&mut self, value: &'a str) -> &'a str {
        match value.char_indices().nth(MAX_VALUE_CHARS) {
            None => value,
            Some((end, _)) => {
                self.repair(CUT);
                &value[..end]
            }
        }
    }

    /// Adds bytes that are records already.
    pub(crate) fn plain(&mut self, bytes: &[u8]) {
        self.records.extend_from_slice(bytes);
    }

    /// Counts something that cannot become a record.
    pub(crate) fn reject(&mut self, line: u64, field: &str, reason: &str, value: &str) {
        let mut shown: String = value.chars().take(MAX_FAULT_CHARS).collect();
        if shown.len() < value.len() {
            shown.pop();
            shown.push('…');
        }
        self.rejects.push(Reject {
            file: self.file.clone(),
            line,
            field: field.to_owned(),
            reason: reason.to_owned(),
            value: shown,
        });
    }

    /// Counts a repair.
    pub(crate) fn repair(&mut self, kind: &'static str) {
        *self.repairs.entry(kind).or_default() += 1;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= PIECE_BYTES || self.rejects.len() >= 1_000
    }

    pub(crate) fn take(&mut self) -> Piece {
        let repairs = std::mem::take(&mut self.repairs);
        Piece {
            records: std::mem::take(&mut self.records),
            rejects: std::mem::take(&mut self.rejects),
            repairs: repairs.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect(),
        }
    }
}

/// The name of a file without folders and without its ending.
pub(crate) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\', '›']).next().unwrap_or(name).trim();
    file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_the_numbers_of_the_file() {
        let mut out = Out::new("a");
        out.record(3, &[("a", "1")]);
        out.record(4, &[("a", "line\nbreak \"quoted\"")]);
        out.record(2, &[("a", "late")]);
        let piece = out.take();
        let text = String::from_utf8(piece.records).expect("JSON is UTF-8");
        let expected = "\n\n{\"a\":\"1\"}\n{\"a\":\"line\\nbreak \\\"quoted\\\"\"}\n{\"a\":\"late\"}\n";
        assert_eq!(text, expected, "one object a line");
    }

    #[test]
    fn long_values_are_cut_and_counted() {
        let mut out = Out::new("a");
        out.record(1, &[("a", &"é".repeat(MAX_VALUE_CHARS + 5))]);
        out.reject(2, "b", "is odd", &"x".repeat(200));
        let piece = out.take();
        assert_eq!(piece.repairs, [(CUT.to_owned(), 1)], "counted");
        assert_eq!(piece.rejects[0].value.chars().count(), MAX_FAULT_CHARS, "shown in short");
    }

    #[test]
    fn stems() {
        for (name, expected) in
            [("a/b.c.vtt", "b.c"), ("x.zip › call.srt", "call"), (".vtt", ".vtt"), ("", "")]
        {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
