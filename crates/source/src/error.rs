//! Why a file as a whole could not be read, in words for a person.

use std::fmt;

/// A file that cannot be read or imported.
///
/// Single faulty records are not errors: they are listed in [`crate::Audit::rejects`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    file: String,
    line: Option<u64>,
    /// Boxed because results carry it everywhere and nearly never have one.
    kind: Box<Kind>,
}

/// What went wrong; private so that it can grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Empty,
    Binary(&'static str),
    WebPage,
    OtherXml(String),
    HeaderOnly,
    NoRecords,
    HeaderTooLong,
    HeaderQuote,
    TooManyColumns,
    GzipBroken,
    GzipBomb {
        n_in: u64,
        n_out: u64,
    },
    XmlBroken(String),
    JsonBroken(&'static str),
    NoRecordList,
    NoRole(&'static str),
    /// A table that only others refer to, and what it lists.
    Lookup(String),
    /// Not the kind of table that the recipe of this title is for.
    OtherTable(String),
    /// A score without its survey.
    NoScale,
    UnknownColumn {
        role: &'static str,
        column: String,
        columns: Vec<String>,
    },
    Encoding(String),
    Delimiter(char),
    Zone(i32),
    AllRejected {
        n_rows: u64,
        reason: String,
        n_reason: u64,
        field: String,
        value: String,
    },
}

impl Error {
    pub(crate) fn new(file: &str, kind: Kind) -> Self {
        Self { file: file.to_owned(), line: None, kind: Box::new(kind) }
    }

    pub(crate) fn at(file: &str, line: u64, kind: Kind) -> Self {
        Self { file: file.to_owned(), line: Some(line), kind: Box::new(kind) }
    }

    /// What happened, as one sentence that names the file, and line and field where they are known.
    #[must_use]
    pub fn message(&self) -> String {
        let place = match self.line {
            Some(line) => format!("{}, line {line}:", self.file),
            None => self.file.clone(),
        };
        match &*self.kind {
            Kind::Empty => format!("{place} is empty."),
            Kind::Binary(what) => format!("{place} {what}, not a text file."),
            Kind::WebPage => format!("{place} is a web page, not an export of records."),
            Kind::OtherXml(root) => {
                format!("{place} is XML but not an XES event log: its first element is <{root}>.")
            }
            Kind::HeaderOnly => format!("{place} has a header but no rows."),
            Kind::NoRecords => format!("{place} holds no records."),
            Kind::HeaderTooLong => format!("{place} the header is longer than 1 MiB without a line break."),
            Kind::HeaderQuote => format!("{place} the header has a quote that is not closed."),
            Kind::TooManyColumns => format!("{place} the header has more than 4,096 columns."),
            Kind::GzipBroken => format!("{place} is a damaged or incomplete gzip file."),
            Kind::GzipBomb { n_in, n_out } => format!(
                "{place} was not unpacked further: {} KiB of gzip have become {} MiB, more than 200 times as much.",
                n_in.div_ceil(1024),
                n_out >> 20
            ),
            Kind::XmlBroken(what) => format!("{place} the XML is broken: {what}."),
            Kind::JsonBroken(what) => format!("{place} the JSON is broken: {what}."),
            Kind::NoRecordList => format!("{place} is a JSON object without a list of records in it."),
            Kind::Lookup(what) => format!("{place} lists {what}: nothing that happened to a customer."),
            Kind::OtherTable(title) => format!("{place} is no table of {title}: columns are missing."),
            Kind::NoScale => "It is not said which survey the answers belong to.".to_owned(),
            Kind::NoRole(role) => match *role {
                "time" => format!("{place}: no time column found."),
                _ => format!("{place}: no {role} column chosen."),
            },
            Kind::UnknownColumn { role, column, columns } => {
                format!("{place} has no column “{column}” for {role}; its columns are {}.", list(columns))
            }
            Kind::Encoding(label) => format!("{place}: the character encoding “{label}” is not known."),
            Kind::Delimiter(delimiter) => {
                format!("{place}: “{}” cannot separate fields.", delimiter.escape_default())
            }
            Kind::Zone(minutes) => format!("{place}: no time zone is {minutes} minutes away from UTC."),
            Kind::AllRejected { n_rows, reason, n_reason, field, value } => {
                // The sentence brings its own colon.
                let place = place.trim_end_matches(':');
                all_rejected(place, *n_rows, reason, *n_reason, field, value)
            }
        }
    }

    /// What a person can do about it; empty when there is nothing to say beyond the message.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match &*self.kind {
            Kind::Empty | Kind::HeaderOnly | Kind::NoRecords => {
                "Export it again and check that it holds data."
            }
            Kind::Binary(_) => "Save it as CSV, JSON, JSON lines or XES and open that file.",
            Kind::WebPage => {
                "Often this is a log-in page saved instead of the export: download the file again."
            }
            Kind::OtherXml(_) => "Export it as XES, CSV or JSON.",
            Kind::HeaderTooLong => "Check that the file has line breaks, and one record a line.",
            Kind::HeaderQuote => "Mend the first line of the file.",
            Kind::TooManyColumns => "Export it with one row an event and fewer columns.",
            Kind::GzipBroken => "Download or compress it again.",
            Kind::GzipBomb { .. } => "If you trust the file, unpack it yourself and open the unpacked file.",
            Kind::XmlBroken(_) | Kind::JsonBroken(_) => {
                "The file may be cut off: download it again. Nothing of it was imported."
            }
            Kind::NoRecordList => "Save the records as a list of objects, or as one object a line.",
            Kind::Lookup(_) => "Leave it out; other tables of the system have the events.",
            Kind::OtherTable(_) => "Map the columns by hand.",
            Kind::NoScale => "Choose the survey and its scale, such as NPS from 0 to 10.",
            Kind::NoRole("time") => {
                "Choose the column that says when each event happened; a file without one cannot become a journey."
            }
            Kind::NoRole("customer") => "Choose the column that says whose event each row is.",
            Kind::NoRole(_) => "Choose the column that says what happened.",
            Kind::UnknownColumn { .. } => "Choose one of the columns of the file.",
            Kind::Encoding(_) => "Choose UTF-8, UTF-16LE, UTF-16BE or windows-1252.",
            Kind::Delimiter(_) => "Choose one ASCII character such as a comma, a semicolon or a tab.",
            Kind::Zone(_) => "Choose an offset between -18 and +18 hours.",
            Kind::AllRejected { .. } => "Check which columns were chosen, and how dates and times are read.",
        }
    }
}

fn all_rejected(place: &str, n_rows: u64, reason: &str, n_reason: u64, field: &str, value: &str) -> String {
    let records = if n_rows == 1 { "record" } else { "records" };
    let of_which = if n_reason == n_rows { String::new() } else { format!(" in {n_reason} of them") };
    let column = if field.is_empty() { String::new() } else { format!("“{field}” ") };
    let example = if value.is_empty() { String::new() } else { format!(" (for example “{value}”)") };
    format!("{place}: none of the {n_rows} {records} could be used; {column}{reason}{of_which}{example}.")
}

/// The first columns by name, and how many more there are.
fn list(columns: &[String]) -> String {
    const MAX_NAMED: usize = 12;
    let mut text =
        columns.iter().take(MAX_NAMED).map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ");
    if columns.len() > MAX_NAMED {
        text.push_str(&format!(" and {} more", columns.len() - MAX_NAMED));
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}
