//! SQLite databases: one table, or an object-centric log (OCEL 2.0).
//!
//! The reader is our own because the libraries there are bring the C of SQLite, which is not built for the browser, and
//! because no more than the rows of tables is wanted: no SQL, no indexes, no locks.

use crate::input::{Document, failure};
use crate::ocel;
use crate::output::Out;
use crate::reader::{Opened, Records, reading, whole};
use definition::{Definition, definition};
use pages::{Cursor, Pages, Row, damaged};
use protocol::Failure;
use protocol::import::{Choices, Contents};
use source::Foreign;
use std::collections::BTreeMap;
use values::Value;

mod definition;
mod log;
mod pages;
mod values;

/// Rows handed over in one step.
const STEP_ROWS: usize = 1_000;
/// Most tables of a database.
const MAX_TABLES: usize = 10_000;
/// The table of the tables; its first page is the first of the file.
const TABLES: &str = "sqlite_schema";
/// A row that is too long to be read.
const TOO_LONG: &str = "is longer than 64 MiB";
/// Why a table is left out.
const NO_ROWS: &str = "is a virtual table, or one that is made in a way that is not read here";
/// Why the file beside a database is left out.
const BESIDE: &str = "is not read. If it lies beside the database, it holds the latest changes: close the program that uses \
                      the database, and open it again here";
/// Repair: bytes that are no text.
const BYTES: &str = "bytes that are no text left empty";
/// Parts of names of columns that say when something happened.
const TIMES: [&str; 5] = ["time", "date", "_at", "when", "_on"];

/// A table that can be read.
struct Table {
    name: String,
    /// Its first page.
    root: u32,
    definition: Definition,
}

/// The tables of a database, by name.
#[derive(Default)]
struct Tables {
    known: BTreeMap<String, Table>,
    /// Names of those that cannot be read.
    left_out: Vec<String>,
}

/// Says what is in a database.
pub(crate) fn contents(name: &str, document: Document) -> Result<Contents, Failure> {
    let mut pages = Pages::open(name, document.into_seekable()?)?;
    let tables = tables(name, &mut pages)?;
    let left_out = tables.left_out.into_iter().map(|table| (format!("{name} › {table}"), NO_ROWS.to_owned()));
    let beside = pages.is_wal().then(|| (format!("{name}-wal"), BESIDE.to_owned()));
    Ok(Contents {
        left_out: beside.into_iter().chain(left_out).collect(),
        ..whole(name, Some(reading(Foreign::Sqlite)))
    })
}

/// Opens a database; `choice` is a table, or the type of object of a log.
pub(crate) fn open(document: Document, choice: Option<&str>) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut pages = Pages::open(&name, document.into_seekable()?)?;
    let mut tables = tables(&name, &mut pages)?.known;
    if log::is_log(&tables) {
        return ocel::flattened(&name, log::log(&name, &mut pages, &tables)?, choice);
    }
    let chosen = match choice.filter(|choice| tables.contains_key(*choice)) {
        Some(choice) => Some(choice.to_owned()),
        None => likely(&mut pages, &tables)?,
    };
    let options: Vec<(String, u64)> = tables.keys().map(|table| (table.clone(), 0)).collect();
    let Some(table) = chosen.and_then(|chosen| tables.remove(&chosen)) else {
        let message = format!("{name} has no table with rows that can be read.");
        return Err(failure(message, "Save the table that matters as CSV and open that."));
    };
    let chosen = table.name.clone();
    let choices = (options.len() > 1).then(|| Choices { kind: "table".to_owned(), options, chosen });
    let cursor = pages.rows(&table.name, table.root, table.definition.is_index)?;
    Ok(Opened { choices, ..Opened::new(Rows { pages, table, cursor, n_rows: 0 }) })
}

/// The tables of a database; its own ones and views are none.
fn tables(name: &str, pages: &mut Pages) -> Result<Tables, Failure> {
    let mut cursor = pages.rows(TABLES, 1, false)?;
    let mut tables = Tables::default();
    while let Some(row) = pages.next(&mut cursor)? {
        let Some(Ok([kind, table, _, root, sql])) = row.values.map(<[Value; 5]>::try_from) else {
            return Err(damaged(name, "the table of its tables is broken"));
        };
        let text = |value: Value| value.text().unwrap_or_default();
        let (kind, table) = (text(kind), text(table));
        if kind != "table" || table.starts_with("sqlite_") {
            continue;
        }
        if tables.known.len() + tables.left_out.len() >= MAX_TABLES {
            return Err(damaged(name, "it has more than 10,000 tables"));
        }
        let root = if let Value::Int(root) = root { u32::try_from(root).ok() } else { None };
        match (root.filter(|root| *root > 0), definition(&text(sql))) {
            (Some(root), Some(definition)) => {
                tables.known.insert(table.clone(), Table { name: table, root, definition });
            }
            _ => tables.left_out.push(table),
        }
    }
    Ok(tables)
}

/// Of the tables with rows those that say when something happened, and of these the one with most columns.
fn likely(pages: &mut Pages, tables: &BTreeMap<String, Table>) -> Result<Option<String>, Failure> {
    let mut ordered: Vec<&Table> = tables.values().collect();
    // Equals stay in the order of their names.
    ordered.sort_by_key(|table| (!table.has_time(), usize::MAX - table.definition.columns.len()));
    for table in ordered {
        let mut cursor = pages.rows(&table.name, table.root, table.definition.is_index)?;
        if pages.next(&mut cursor)?.is_some() {
            return Ok(Some(table.name.clone()));
        }
    }
    Ok(None)
}

impl Table {
    fn has_time(&self) -> bool {
        self.definition.columns.iter().any(|column| {
            let name = column.name.to_lowercase();
            TIMES.iter().any(|part| name.contains(part))
        })
    }

    /// A row's values as text, by column; with how many were bytes that are no text.
    fn texts(&self, number: Option<i64>, values: Vec<Value>) -> (Vec<String>, usize) {
        let Definition { columns, stored, numbered, .. } = &self.definition;
        let mut texts: Vec<Option<String>> = vec![None; columns.len()];
        let mut n_bytes = 0;
        for (at, value) in stored.iter().zip(values) {
            let text = value.text();
            n_bytes += usize::from(text.is_none());
            texts[*at] = Some(text.unwrap_or_default());
        }
        if let (Some(at), Some(number)) = (numbered, number) {
            texts[*at] = Some(number.to_string());
        }
        // Columns that were added later are missing in earlier rows.
        let whole = texts.into_iter().zip(columns);
        (whole.map(|(text, column)| text.unwrap_or_else(|| column.otherwise.clone())).collect(), n_bytes)
    }
}

struct Rows {
    pages: Pages,
    table: Table,
    cursor: Cursor,
    n_rows: u64,
}

impl Records for Rows {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        for _ in 0..STEP_ROWS {
            let Some(Row { number, values }) = self.pages.next(&mut self.cursor)? else { return Ok(false) };
            self.n_rows += 1;
            let Some(values) = values else {
                out.reject(self.n_rows, "", TOO_LONG, &self.table.name);
                continue;
            };
            let (texts, n_bytes) = self.table.texts(number, values);
            (0..n_bytes).for_each(|_| out.repair(BYTES));
            // The first row makes all columns known; later ones only say what they hold.
            let is_first = self.n_rows == 1;
            let names = self.table.definition.columns.iter().map(|column| column.name.as_str());
            let named = names.zip(texts.iter().map(String::as_str));
            let fields: Vec<(&str, &str)> = named.filter(|(_, text)| is_first || !text.is_empty()).collect();
            out.record(self.n_rows, &fields);
            if out.is_full() {
                break;
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
