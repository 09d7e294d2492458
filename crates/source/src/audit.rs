//! What happened to every record of a file: accepted, repaired or rejected, with the reason.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A reason or a kind of repair: mostly one of a few fixed texts.
type Words = Cow<'static, str>;

/// Rejected records that are listed one by one; beyond it they are only counted.
pub(crate) const MAX_LISTED_REJECTS: usize = 10_000;
/// Characters kept of an offending value.
const MAX_VALUE_CHARS: usize = 80;

/// One record that could not become an event, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// File name.
    pub file: String,
    /// Line in the file, from 1 (for XES and one-line JSON: line where the record begins).
    pub line: u64,
    /// Column at fault; empty when the whole record is.
    pub field: String,
    /// What is wrong, in a sentence without personal data beyond the offending value.
    pub reason: String,
    /// The offending value, cut at 80 characters.
    pub value: String,
}

/// The account of one import: `n_rows = n_accepted + n_rejected`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Records read.
    pub n_rows: u64,
    /// Records that became events or properties of customers (before the store looks for duplicates).
    pub n_accepted: u64,
    /// Records that did not become events.
    pub n_rejected: u64,
    /// Rejected records by reason, most frequent first, ties by reason.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// The first 10,000 rejected records in file order.
    pub rejects: Vec<Reject>,
    /// Accepted records that needed a repair, by kind, most frequent first, ties by kind; one record may count in several.
    pub repaired_by_kind: Vec<(String, u64)>,
    /// Earliest start, in UTC microseconds since 1970.
    pub first_micros: Option<i64>,
    /// Latest start or end, in UTC microseconds since 1970.
    pub last_micros: Option<i64>,
}

/// Keeps the account while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    file: String,
    n_accepted: u64,
    n_rejected: u64,
    by_reason: BTreeMap<Words, u64>,
    rejects: Vec<Reject>,
    repairs: BTreeMap<Words, u64>,
    first_micros: Option<i64>,
    last_micros: Option<i64>,
}

impl Ledger {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) fn n_rows(&self) -> u64 {
        self.n_accepted + self.n_rejected
    }

    pub(crate) fn n_accepted(&self) -> u64 {
        self.n_accepted
    }

    pub(crate) fn n_rejected(&self) -> u64 {
        self.n_rejected
    }

    pub(crate) fn accept(&mut self, start_micros: i64, end_micros: Option<i64>) {
        self.accept_record();
        self.see(start_micros, end_micros);
    }

    /// A record that was of use.
    pub(crate) fn accept_record(&mut self) {
        self.n_accepted += 1;
    }

    /// The time of an event.
    pub(crate) fn see(&mut self, start_micros: i64, end_micros: Option<i64>) {
        let last = end_micros.unwrap_or(start_micros).max(start_micros);
        self.first_micros = Some(self.first_micros.map_or(start_micros, |first| first.min(start_micros)));
        self.last_micros = Some(self.last_micros.map_or(last, |known| known.max(last)));
    }

    pub(crate) fn repair(&mut self, kind: &'static str) {
        self.repair_many(Cow::Borrowed(kind), 1);
    }

    pub(crate) fn repair_many(&mut self, kind: impl Into<Words>, n: u64) {
        *self.repairs.entry(kind.into()).or_default() += n;
    }

    pub(crate) fn reject(&mut self, line: u64, field: &str, reason: impl Into<Words>, value: &[u8]) {
        let reason = reason.into();
        self.n_rejected += 1;
        *self.by_reason.entry(reason.clone()).or_default() += 1;
        if self.rejects.len() < MAX_LISTED_REJECTS {
            self.rejects.push(Reject {
                file: self.file.clone(),
                line,
                field: field.to_owned(),
                reason: reason.into_owned(),
                value: shorten(value),
            });
        }
    }

    /// The most frequent reason of rejection, with its count.
    pub(crate) fn main_reason(&self) -> Option<(String, u64)> {
        by_count(&self.by_reason).into_iter().next()
    }

    pub(crate) fn into_audit(self) -> Audit {
        Audit {
            n_rows: self.n_rows(),
            n_accepted: self.n_accepted,
            n_rejected: self.n_rejected,
            rejected_by_reason: by_count(&self.by_reason),
            rejects: self.rejects,
            repaired_by_kind: by_count(&self.repairs),
            first_micros: self.first_micros,
            last_micros: self.last_micros,
        }
    }
}

fn by_count(counts: &BTreeMap<Words, u64>) -> Vec<(String, u64)> {
    let mut pairs: Vec<(String, u64)> =
        counts.iter().map(|(name, &n)| (name.clone().into_owned(), n)).collect();
    // The map is sorted by name and the sort is stable, so ties stay in name order.
    pairs.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    pairs
}

/// Cuts a value at 80 characters; what is cut is shown by an ellipsis as the 80th.
pub(crate) fn shorten(value: &[u8]) -> String {
    // Four bytes a character suffice for the cut, so a value of megabytes is not converted as a whole.
    let head = &value[..value.len().min(4 * (MAX_VALUE_CHARS + 1))];
    let text = String::from_utf8_lossy(head);
    if text.chars().count() <= MAX_VALUE_CHARS {
        return text.into_owned();
    }
    text.chars().take(MAX_VALUE_CHARS - 1).chain(std::iter::once('…')).collect()
}

/// Writes rejects as CSV (RFC 4180, header row, CRLF) for a spreadsheet: `file,line,field,reason,value`.
///
/// A field that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front, because a
/// spreadsheet would otherwise run it as a formula; the apostrophe is not part of the data.
///
/// ```
/// let reject = source::Reject {
///     file: "a.csv".into(), line: 7, field: "amount".into(), reason: "is not a number".into(), value: "=1+1".into(),
/// };
/// assert!(source::rejects_csv(&[reject]).ends_with("a.csv,7,amount,is not a number,'=1+1\r\n"), "guarded");
/// ```
#[must_use]
pub fn rejects_csv(rejects: &[Reject]) -> String {
    let mut csv = String::from("file,line,field,reason,value\r\n");
    for reject in rejects {
        push_csv_field(&mut csv, &reject.file);
        csv.push(',');
        csv.push_str(&reject.line.to_string());
        for field in [&reject.field, &reject.reason, &reject.value] {
            csv.push(',');
            push_csv_field(&mut csv, field);
        }
        csv.push_str("\r\n");
    }
    csv
}

fn push_csv_field(csv: &mut String, value: &str) {
    let guarded = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = value.contains([',', '"', '\n', '\r']);
    if quoted {
        csv.push('"');
    }
    if guarded {
        csv.push('\'');
    }
    if quoted {
        csv.push_str(&value.replace('"', "\"\""));
        csv.push('"');
    } else {
        csv.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_at_most_the_limit_and_counts_all() {
        let mut ledger = Ledger::new("a.csv");
        for line in 0..10_050 {
            ledger.reject(line, "time", "is empty", b"");
        }
        ledger.accept(5, Some(9));
        let audit = ledger.into_audit();
        assert_eq!(audit.rejects.len(), MAX_LISTED_REJECTS, "listed");
        assert_eq!(audit.rejected_by_reason, [("is empty".to_owned(), 10_050)], "counted");
        assert_eq!(
            (audit.n_rows, audit.first_micros, audit.last_micros),
            (10_051, Some(5), Some(9)),
            "account"
        );
    }

    #[test]
    fn shortens_by_characters() {
        assert_eq!(shorten("é".repeat(80).as_bytes()), "é".repeat(80), "fits");
        let cut = shorten("é".repeat(5_000).as_bytes());
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (80, true), "cut");
    }

    #[test]
    fn quotes_and_guards() {
        let reject = Reject {
            file: "a,b.csv".into(),
            line: 2,
            field: "@x".into(),
            reason: "says \"no\"".into(),
            value: "-1\n".into(),
        };
        assert_eq!(
            rejects_csv(&[reject]),
            "file,line,field,reason,value\r\n\"a,b.csv\",2,'@x,\"says \"\"no\"\"\",\"'-1\n\"\r\n",
            "one row"
        );
    }
}
