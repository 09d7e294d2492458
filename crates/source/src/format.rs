//! The recognised container, encoding and syntax of a file.

use crate::foreign::Foreign;
use std::fmt;

/// The syntax of a file's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Delimiter-separated values with a header row.
    Csv,
    /// One JSON document that holds an array of objects, at the top or one level inside an object.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// IEEE 1849 XES event log.
    Xes,
}

/// How the bytes of a file become records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Syntax of the records.
    pub syntax: Syntax,
    /// The bytes are gzip-compressed. Told for people; reading looks at the bytes themselves.
    pub gzip: bool,
    /// Name of the character encoding, as the Encoding Standard spells it: `UTF-8`, `windows-1252`, `UTF-16LE`.
    pub encoding: String,
    /// The field separator, an ASCII character; only for [`Syntax::Csv`], where `None` means a comma.
    pub delimiter: Option<char>,
    /// How a reader made the records of it; `None` for what is read as it is.
    pub reading: Option<Reading>,
}

/// How a reader turns a file into records. It is carried along, so that the same records can be had again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Name of the kind of file, see [`crate::Foreign::name`].
    pub kind: String,
    /// Names of files inside archives, the outermost first; empty for the file itself.
    pub inside: Vec<String>,
    /// The sheet, table, object type or order of dates that was chosen.
    pub choice: Option<String>,
    /// When a recording began, such as `2026-03-01T09:30`, where its times count from there.
    pub start: Option<String>,
}

impl fmt::Display for Format {
    /// Writes the format for people: `CSV, comma, UTF-8` or `XES, UTF-8, gzip`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let foreign = self.reading.as_ref().filter(|reading| reading.kind != Foreign::Plain.name());
        if let Some(reading) = foreign {
            f.write_str(&reading.kind)?;
            return match &reading.choice {
                Some(choice) => write!(f, ", {choice}"),
                None => Ok(()),
            };
        }
        match self.syntax {
            Syntax::Csv => write!(f, "CSV, {}", delimiter_name(self.delimiter.unwrap_or(',')))?,
            Syntax::Json => f.write_str("JSON")?,
            Syntax::Ndjson => f.write_str("JSON lines")?,
            Syntax::Xes => f.write_str("XES")?,
        }
        write!(f, ", {}", self.encoding)?;
        if self.gzip {
            f.write_str(", gzip")?;
        }
        if self.reading.is_some() {
            f.write_str(", ZIP")?;
        }
        Ok(())
    }
}

fn delimiter_name(delimiter: char) -> String {
    match delimiter {
        ',' => "comma".to_owned(),
        ';' => "semicolon".to_owned(),
        '\t' => "tab".to_owned(),
        '|' => "bar".to_owned(),
        '^' => "caret".to_owned(),
        '~' => "tilde".to_owned(),
        '\u{1f}' => "unit separator".to_owned(),
        other => format!("“{other}”"),
    }
}
