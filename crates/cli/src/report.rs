//! Reports as text, JSON and CSV: one printer for all analyses.

use crate::Fault;
use crate::answers::object;
use crate::table::{self, caption_excluded, duration, percent};
use protocol::report::{Cell, Column, ColumnKind, Report, Table};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows of a table in text; CSV and JSON have all.
const MAX_TEXT_ROWS: usize = 40;

/// Writes a report for people: the finding, the tables, what they mean and rest on.
///
/// # Errors
/// The output's own.
pub(crate) fn write_text(
    report: &Report,
    excluded: &BTreeMap<String, u64>,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let mut write = || -> io::Result<()> {
        writeln!(out, "{}\n{}", plain(&report.title), plain(&report.finding))?;
        for issue in &report.issues {
            writeln!(out, "note: {}", plain(issue))?;
        }
        for table in report.tables.iter().filter(|table| !table.rows.is_empty()) {
            writeln!(out, "\n{} ({})", plain(&table.caption), table.id)?;
            write_table(table, out)?;
        }
        write_card(report, out)?;
        caption_excluded(excluded, out)?;
        out.flush()
    };
    write().map_err(Fault::Output)
}

/// Control characters as spaces, so that no value can steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn write_table(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let caption = |column: &Column| match column.kind {
        ColumnKind::Text | ColumnKind::Date => column.caption.clone(),
        _ => format!(">{}", column.caption),
    };
    let captions: Vec<String> = table.columns.iter().map(caption).collect();
    let captions: Vec<&str> = captions.iter().map(String::as_str).collect();
    let mut text = table::Table::new(&captions);
    for row in table.rows.iter().take(MAX_TEXT_ROWS) {
        text.row(row.iter().zip(&table.columns).map(|(cell, column)| words(cell, column.kind)));
    }
    text.write(out)?;
    let n_more = table.rows.len().saturating_sub(MAX_TEXT_ROWS);
    if n_more > 0 {
        writeln!(out, "… and {n_more} more rows: --csv --table {}", table.id)?;
    }
    Ok(())
}

fn write_card(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let card = &report.card;
    writeln!(out, "\n{}", plain(&card.definition))?;
    for formula in &card.formulas {
        writeln!(out, "  {}", plain(formula))?;
    }
    writeln!(
        out,
        "\ncounted: {} {}, {} customers, {} events",
        card.n_units, card.unit, card.n_cases, card.n_events
    )?;
    for (reason, n) in &card.dropped {
        writeln!(out, "  left out: {n} {}", plain(reason))?;
    }
    let mut parameters = table::Table::new(&["asked", ""]);
    for (name, value) in &card.parameters {
        parameters.row([name.clone(), value.clone()]);
    }
    parameters.write(out)?;
    writeln!(out, "engine {}, input {}", card.engine_version, card.input_digest)
}

/// One cell as people read it; a star marks what is not yet known in full.
fn words(cell: &Cell, kind: ColumnKind) -> String {
    let Some(number) = cell.number else {
        return cell.text.clone();
    };
    let text = match kind {
        ColumnKind::Text => cell.text.clone(),
        ColumnKind::Date => date(cell, number),
        ColumnKind::Count => format!("{number:.0}"),
        ColumnKind::Number => format!("{number:.2}"),
        ColumnKind::Ratio => percent(number),
        ColumnKind::RatioDifference => format!("{:+.1} points", number * 100.0),
        ColumnKind::Seconds => duration(number),
        ColumnKind::SecondsDifference => {
            format!("{}{}", if number < 0.0 { "−" } else { "+" }, duration(number.abs()))
        }
    };
    let interval = match (kind, cell.interval) {
        (ColumnKind::Ratio | ColumnKind::RatioDifference, Some((low, high))) => {
            format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
        }
        (ColumnKind::Number, Some((low, high))) => format!(" ({low:.2} to {high:.2})"),
        _ => String::new(),
    };
    format!("{text}{interval}{}", if cell.partial { " *" } else { "" })
}

fn date(cell: &Cell, micros: f64) -> String {
    if !cell.text.is_empty() {
        return cell.text.clone();
    }
    let micros = format!("{micros:.0}").parse().unwrap_or(0);
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string())
}

/// Writes a report as one JSON object: each table under its short name as a list of rows by column.
///
/// An interval is beside its figure as `<column>_ci`, and `<column>_partial` is true where a figure may still grow.
///
/// # Errors
/// The output's own.
pub(crate) fn write_json(
    report: &Report,
    excluded: &BTreeMap<String, u64>,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let mut shape = Map::new();
    shape.insert("title".to_owned(), json!(report.title));
    shape.insert("finding".to_owned(), json!(report.finding));
    let mut columns = Map::new();
    for table in &report.tables {
        let rows: Vec<Value> = table.rows.iter().map(|row| row_shape(row, &table.columns)).collect();
        shape.insert(table.id.clone(), Value::from(rows));
        let captions = table.columns.iter().map(|column| (column.id.clone(), json!(column.caption)));
        columns.insert(table.id.clone(), Value::Object(captions.collect()));
    }
    let card = &report.card;
    let texts = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
    };
    shape.insert("columns".to_owned(), Value::Object(columns));
    shape.insert(
        "card".to_owned(),
        json!({
            "definition": card.definition,
            "formulas": card.formulas,
            "parameters": texts(&card.parameters),
            "unit": card.unit,
            "units": card.n_units,
            "cases": card.n_cases,
            "events": card.n_events,
            "dropped": object(card.dropped.clone()),
            "engine_version": card.engine_version,
            "input_digest": card.input_digest,
        }),
    );
    shape.insert("issues".to_owned(), json!(report.issues));
    shape.insert("excluded".to_owned(), object(excluded.clone()));
    table::write_json(&Value::Object(shape), out)
}

fn row_shape(row: &[Cell], columns: &[Column]) -> Value {
    let mut shape = Map::new();
    for (cell, column) in row.iter().zip(columns) {
        shape.insert(column.id.clone(), value(cell, column.kind));
        if let Some((low, high)) = cell.interval {
            shape.insert(format!("{}_ci", column.id), json!([low, high]));
        }
        if cell.partial {
            shape.insert(format!("{}_partial", column.id), json!(true));
        }
    }
    Value::Object(shape)
}

fn value(cell: &Cell, kind: ColumnKind) -> Value {
    match (kind, cell.number) {
        (ColumnKind::Text, _) => json!(cell.text),
        (_, None) => Value::Null,
        (ColumnKind::Date, Some(number)) => json!(date(cell, number)),
        (ColumnKind::Count, Some(number)) => {
            format!("{number:.0}").parse::<u64>().map_or(json!(number), Value::from)
        }
        (_, Some(number)) => json!(number),
    }
}

/// Writes one table as CSV with a header of column names; intervals have columns of their own.
///
/// # Errors
/// A table that the report doesn't have, or the output's own.
pub(crate) fn write_csv(report: &Report, id: Option<&str>, out: &mut impl Write) -> Result<(), Fault> {
    let found = match id {
        None => report.tables.first(),
        Some(id) => report.tables.iter().find(|table| table.id == id),
    };
    let Some(table) = found else {
        let known: Vec<&str> = report.tables.iter().map(|table| table.id.as_str()).collect();
        return Err(Fault::Usage(format!("there is no such table; this report has {}", known.join(", "))));
    };
    let has_interval: Vec<bool> = (0..table.columns.len())
        .map(|at| table.rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.interval.is_some())))
        .collect();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let header = table.columns.iter().zip(&has_interval).flat_map(|(column, has_interval)| {
        // A wide table's columns are named by what people read.
        let id = if is_wide(&column.id) { guarded(&column.caption) } else { column.id.clone() };
        let bounds = [format!("{id}_low"), format!("{id}_high")];
        std::iter::once(id).chain(bounds.into_iter().filter(|_| *has_interval))
    });
    writer.write_record(header).map_err(csv_fault)?;
    for row in &table.rows {
        let cells =
            row.iter().zip(&table.columns).zip(&has_interval).flat_map(|((cell, column), has_interval)| {
                let bounds = match cell.interval {
                    Some((low, high)) => [low.to_string(), high.to_string()],
                    None => [String::new(), String::new()],
                };
                std::iter::once(field(cell, column.kind)).chain(bounds.into_iter().filter(|_| *has_interval))
            });
        writer.write_record(cells).map_err(csv_fault)?;
    }
    writer.flush().map_err(Fault::Output)
}

/// Whether a short name only numbers the columns of a matrix, as `to3`.
fn is_wide(id: &str) -> bool {
    id.strip_prefix("to")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn csv_fault(error: csv::Error) -> Fault {
    Fault::Output(error.into())
}

fn field(cell: &Cell, kind: ColumnKind) -> String {
    match (kind, cell.number) {
        (ColumnKind::Text, _) | (_, None) => guarded(&cell.text),
        (ColumnKind::Date, Some(number)) => date(cell, number),
        (_, Some(number)) => number.to_string(),
    }
}

/// A quote before what a spreadsheet would take for a formula.
fn guarded(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded() {
        assert_eq!(guarded("=1+1"), "'=1+1", "a formula");
        assert_eq!(guarded("home"), "home", "a name");
    }

    #[test]
    fn cells_have_words() {
        let cell = Cell { number: Some(0.4), interval: Some((0.1, 0.7)), partial: true, ..Cell::default() };
        assert_eq!(words(&cell, ColumnKind::Ratio), "40.0 % (10.0 to 70.0) *", "a share not known in full");
        let cell = Cell { number: Some(-90.0), ..Cell::default() };
        assert_eq!(words(&cell, ColumnKind::SecondsDifference), "−1.5 min", "a difference of times");
        assert_eq!(words(&Cell::default(), ColumnKind::Count), "", "nothing");
        let day = Cell { number: Some(0.0), ..Cell::default() };
        assert_eq!(words(&day, ColumnKind::Date), "1970-01-01T00:00:00Z", "a moment");
    }
}
