//! Aligned tables and figures for people.

use crate::Fault;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows of cells, aligned when written.
#[derive(Debug)]
pub(crate) struct Table {
    header: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these captions; a caption that begins with `>` is aligned to the right.
    pub(crate) fn new(captions: &[&str]) -> Self {
        Self {
            header: captions.iter().map(|caption| caption.trim_start_matches('>').to_owned()).collect(),
            right: captions.iter().map(|caption| caption.starts_with('>')).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; control characters in a cell are shown as spaces, so that no value can steer a terminal.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let plain = |cell: String| cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.rows.push(cells.into_iter().map(plain).collect());
    }

    /// Writes the header and all rows, columns two spaces apart.
    ///
    /// # Errors
    /// The output's own.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths = vec![0; self.header.len()];
        for row in std::iter::once(&self.header).chain(&self.rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), right) in row.iter().zip(&widths).zip(&self.right) {
                let space = " ".repeat(width - cell.chars().count());
                let (before, after) = if *right { (space.as_str(), "") } else { ("", space.as_str()) };
                line.extend([before, cell, after, "  "]);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Seconds in the largest unit of which there is at least one: `0 s`, `12.3 s`, `4.5 min`, `1.2 h`, `3.4 d`.
pub(crate) fn duration(secs: f64) -> String {
    match secs {
        0.0 => "0 s".to_owned(),
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3_600.0 => format!("{:.1} min", s / 60.0),
        s if s < 86_400.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

/// A ratio as a percentage with one digit after the point.
pub(crate) fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

/// Says which rows are in no figure, and why.
///
/// # Errors
/// The output's own.
pub(crate) fn caption_excluded(excluded: &BTreeMap<String, u64>, out: &mut impl Write) -> io::Result<()> {
    if excluded.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nnot counted:")?;
    for (reason, n) in excluded {
        writeln!(out, "  {n} {reason}")?;
    }
    Ok(())
}

/// Writes a value as indented JSON with a line end.
///
/// # Errors
/// The output's own.
pub(crate) fn write_json(value: &serde_json::Value, out: &mut impl Write) -> Result<(), Fault> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(|error| Fault::Output(error.into()))?;
    writeln!(out).map_err(Fault::Output)?;
    out.flush().map_err(Fault::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["name", ">n", "note"]);
        table.row(["é".to_owned(), "1".to_owned(), String::new()]);
        table.row(["long\u{1b}name".to_owned(), "1234".to_owned(), "x".to_owned()]);
        let mut out = Vec::new();
        table.write(&mut out).expect("writing into memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text, "name          n  note\né             1\nlong name  1234  x\n",
            "widths follow the cells"
        );
    }

    #[test]
    fn durations_have_units() {
        let shown = [0.0, 0.25, 59.0, 90.0, 7_200.0, 129_600.0].map(duration);
        assert_eq!(
            shown,
            ["0 s", "0.2 s", "59.0 s", "1.5 min", "2.0 h", "1.5 d"],
            "the largest unit that fits"
        );
    }
}
