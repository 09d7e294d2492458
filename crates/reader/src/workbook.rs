//! Workbooks of Excel (XLSX, XLSB, XLS) and OpenOffice (ODS): one sheet becomes a table.
//!
//! The header is found below titles, and may have two rows where cells are merged over groups of columns. A value merged
//! over several rows counts in each of them.

use crate::archive::Archive;
use crate::input::{Document, failure, head_of};
use crate::output::Out;
use crate::reader::{Opened, Records};
use calamine::{Data, DataRef, Dimensions, ExcelDateTime, Ods, Reader, Xls, Xlsb, Xlsx};
use protocol::Failure;
use protocol::import::Choices;
use std::collections::{HashMap, HashSet};
use std::io::Cursor;

/// Most cells of a sheet that are held.
const MAX_CELLS: usize = 10_000_000;
/// Most cells over which one value is spread because they are merged.
const MAX_MERGED_CELLS: u64 = 100_000;
/// Rows at the top in which the header is looked for.
const MAX_HEADER_ROWS: usize = 30;
/// Most columns, as many as Excel has.
const MAX_COLUMNS: usize = 16_384;
/// Rows handed over in one step.
const STEP_ROWS: usize = 1_000;
/// Repair: a cell whose formula failed.
const ERROR: &str = "cell with an error left empty";
/// Repair: a cell right of the header.
const BEYOND: &str = "cell without a header left out";

/// Cells of a sheet in order of rows and columns.
type Cells = Vec<(u32, u32, Data)>;

/// Opens a sheet; `choice` is its name.
pub(crate) fn open(document: Document, choice: Option<&str>) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut book = Book::open(document)?;
    let sheets = book.sheets();
    let chosen = choice.filter(|choice| sheets.iter().any(|sheet| sheet == choice)).map(str::to_owned);
    // Without a choice the first sheet that holds a table is taken.
    let tried: Vec<String> = chosen.map_or_else(|| sheets.clone(), |sheet| vec![sheet]);
    let mut found = None;
    for sheet in tried {
        let table = Table::new(book.cells(&name, &sheet)?, &book.merged(&sheet));
        let has_rows = table.as_ref().is_some_and(|table| table.at < table.cells.len());
        if has_rows || found.is_none() {
            found = Some((sheet, table));
        }
        if has_rows {
            break;
        }
    }
    let Some((sheet, Some(table))) = found else {
        let message = format!("{name} has no sheet with a header and rows below it.");
        return Err(failure(message, "Check that the data begins with one row of column names."));
    };
    let options = sheets.into_iter().map(|sheet| (sheet, 0)).collect::<Vec<_>>();
    let choices = (options.len() > 1).then(|| Choices { kind: "sheet".to_owned(), options, chosen: sheet });
    Ok(Opened { choices, ..Opened::new(table) })
}

enum Book {
    Xlsx(Box<Xlsx<Cursor<Vec<u8>>>>),
    Xlsb(Box<Xlsb<Cursor<Vec<u8>>>>),
    Xls(Box<Xls<Cursor<Vec<u8>>>>),
    Ods(Box<Ods<Cursor<Vec<u8>>>>),
}

impl Book {
    fn open(document: Document) -> Result<Self, Failure> {
        let name = document.name.clone();
        let bytes = document.into_bytes()?;
        let damaged = |cause: &dyn std::fmt::Display| {
            let message = format!("{name} is a damaged workbook, or one that is protected ({cause}).");
            failure(
                message,
                "Open it in its own program, save it without a password, and open it again here.",
            )
        };
        let head = head_of(&mut bytes.as_slice(), 2).unwrap_or_default();
        if head != b"PK" {
            let book = Xls::new(Cursor::new(bytes)).map_err(|cause| damaged(&cause))?;
            return Ok(Self::Xls(Box::new(book)));
        }
        let listed = Archive::open(&name, Document::of_input(&name, Box::new(Cursor::new(bytes.clone()))))?;
        let n_plain = listed.n_plain();
        if n_plain > MAX_PLAIN_BYTES {
            let message = format!("{name} would grow to {} MiB when it is unpacked.", n_plain >> 20);
            return Err(failure(message, "Save the sheet that matters as CSV and open that."));
        }
        let (is_binary, is_ods) = (listed.has("xl/workbook.bin"), listed.has("content.xml"));
        let bytes = Cursor::new(bytes);
        Ok(if is_binary {
            Self::Xlsb(Box::new(Xlsb::new(bytes).map_err(|cause| damaged(&cause))?))
        } else if is_ods {
            Self::Ods(Box::new(Ods::new(bytes).map_err(|cause| damaged(&cause))?))
        } else {
            Self::Xlsx(Box::new(Xlsx::new(bytes).map_err(|cause| damaged(&cause))?))
        })
    }

    fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xlsb(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        }
    }

    /// All filled cells of a sheet.
    fn cells(&mut self, name: &str, sheet: &str) -> Result<Cells, Failure> {
        let damaged = |cause: &dyn std::fmt::Display| {
            let message = format!("{name}, sheet “{sheet}”, is damaged ({cause}).");
            failure(message, "Open it in its own program and save it again.")
        };
        let mut cells = Vec::new();
        let mut push = |row: u32, column: u32, value: Data| {
            if value != Data::Empty {
                cells.push((row, column, value));
            }
            cells.len() <= MAX_CELLS
        };
        let mut fits = true;
        match self {
            Self::Xlsx(book) => {
                let mut reader = book.worksheet_cells_reader(sheet).map_err(|cause| damaged(&cause))?;
                while let Some(cell) = reader.next_cell().map_err(|cause| damaged(&cause))? {
                    let (row, column) = cell.get_position();
                    fits = fits && push(row, column, owned(cell.get_value()));
                    if !fits {
                        break;
                    }
                }
            }
            Self::Xlsb(book) => {
                let mut reader = book.worksheet_cells_reader(sheet).map_err(|cause| damaged(&cause))?;
                while let Some(cell) = reader.next_cell().map_err(|cause| damaged(&cause))? {
                    let (row, column) = cell.get_position();
                    fits = fits && push(row, column, owned(cell.get_value()));
                    if !fits {
                        break;
                    }
                }
            }
            Self::Xls(book) => {
                let range = book.worksheet_range(sheet).map_err(|cause| damaged(&cause))?;
                fits = spread(&range, &mut push);
            }
            Self::Ods(book) => {
                let range = book.worksheet_range(sheet).map_err(|cause| damaged(&cause))?;
                fits = spread(&range, &mut push);
            }
        }
        if !fits {
            let message = format!("{name}, sheet “{sheet}”, has more than ten million cells.");
            return Err(failure(message, "Save the sheet as CSV and open that."));
        }
        cells.sort_by_key(|(row, column, _)| (*row, *column));
        Ok(cells)
    }

    /// Cells that are merged; only some formats tell.
    fn merged(&mut self, sheet: &str) -> Vec<Dimensions> {
        match self {
            Self::Xlsx(book) => book.merge_cells_by_sheet_name(sheet).unwrap_or_default(),
            Self::Xls(book) => book.merge_cells_by_sheet_name(sheet).unwrap_or_default(),
            Self::Xlsb(_) | Self::Ods(_) => Vec::new(),
        }
    }
}

/// Bytes that the parts of a workbook may have when they are unpacked.
const MAX_PLAIN_BYTES: u64 = 1 << 30;

fn spread(range: &calamine::Range<Data>, push: &mut dyn FnMut(u32, u32, Data) -> bool) -> bool {
    let (top, left) = range.start().unwrap_or_default();
    let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    range.used_cells().all(|(row, column, value)| {
        push(top.saturating_add(place(row)), left.saturating_add(place(column)), value.clone())
    })
}

fn owned(value: &DataRef<'_>) -> Data {
    match value {
        DataRef::Int(n) => Data::Int(*n),
        DataRef::Float(n) => Data::Float(*n),
        DataRef::String(text) => Data::String(text.clone()),
        DataRef::SharedString(text) => Data::String((*text).to_owned()),
        DataRef::Bool(is) => Data::Bool(*is),
        DataRef::DateTime(time) => Data::DateTime(*time),
        DataRef::DateTimeIso(text) => Data::DateTimeIso(text.clone()),
        DataRef::DurationIso(text) => Data::DurationIso(text.clone()),
        DataRef::Error(error) => Data::Error(error.clone()),
        DataRef::Empty => Data::Empty,
    }
}

/// A sheet from its header on.
struct Table {
    cells: Cells,
    /// First cell that was not handed over.
    at: usize,
    /// Names of columns by place.
    header: Vec<String>,
    /// A row was handed over.
    is_begun: bool,
}

impl Table {
    /// Finds the header; `None` where there is none.
    fn new(mut cells: Cells, merged: &[Dimensions]) -> Option<Self> {
        fill_merged(&mut cells, merged);
        let rows: Vec<&[(u32, u32, Data)]> =
            cells.chunk_by(|a, b| a.0 == b.0).take(MAX_HEADER_ROWS).collect();
        let widest = rows.iter().map(|row| row.len()).max()?;
        let is_header = |row: &&[(u32, u32, Data)]| {
            let is_wide = row.len() * 10 >= widest * 6;
            let differs = row.len() == 1 || row.windows(2).any(|pair| pair[0].2 != pair[1].2);
            is_wide && differs && row.iter().all(|(.., value)| matches!(value, Data::String(_)))
        };
        let at = rows.iter().position(is_header).unwrap_or(0);
        let upper = rows.get(at)?;
        let is_grouped = upper.windows(2).any(|pair| pair[0].2 == pair[1].2 && pair[0].1 + 1 == pair[1].1);
        let lower = rows.get(at + 1).filter(|row| is_grouped && is_header(row));
        let n_columns =
            upper.iter().chain(lower.iter().flat_map(|row| row.iter())).map(|cell| cell.1).max()? as usize
                + 1;
        let mut header = vec![String::new(); n_columns.min(MAX_COLUMNS)];
        for (_, column, value) in upper.iter().chain(lower.iter().flat_map(|row| row.iter())) {
            let Some(name) = header.get_mut(*column as usize) else { continue };
            let text = plain(value).unwrap_or_default();
            // A cell merged over both rows names its column once.
            if *name != text {
                *name = format!("{name} {text}").trim().to_owned();
            }
        }
        let n_before: usize =
            rows.iter().take(at + 1 + usize::from(lower.is_some())).map(|row| row.len()).sum();
        name_apart(&mut header);
        Some(Self { cells, at: n_before, header, is_begun: false })
    }
}

/// Every column has a name, and no two the same.
fn name_apart(header: &mut [String]) {
    let mut known = HashSet::new();
    let mut n_same = HashMap::new();
    for (at, name) in header.iter_mut().enumerate() {
        if name.is_empty() {
            *name = format!("column {}", at + 1);
        }
        let base = name.clone();
        let n: &mut usize = n_same.entry(base.clone()).or_insert(1);
        while !known.insert(name.clone()) {
            *n += 1;
            *name = format!("{base} ({n})");
        }
    }
}

/// Writes the value of merged cells into each of them.
fn fill_merged(cells: &mut Cells, merged: &[Dimensions]) {
    let mut added = Vec::new();
    let mut n_added = 0;
    for region in merged {
        n_added = region.len().saturating_add(n_added);
        if n_added > MAX_MERGED_CELLS {
            break;
        }
        let found = cells.binary_search_by_key(&region.start, |(row, column, _)| (*row, *column));
        let Ok(at) = found else { continue };
        let value = cells[at].2.clone();
        for row in region.start.0..=region.end.0 {
            for column in region.start.1..=region.end.1 {
                if (row, column) != region.start {
                    added.push((row, column, value.clone()));
                }
            }
        }
    }
    cells.extend(added);
    cells.sort_by_key(|(row, column, _)| (*row, *column));
    cells.dedup_by_key(|(row, column, _)| (*row, *column));
}

impl Records for Table {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let rest = &self.cells[self.at.min(self.cells.len())..];
        let mut n_cells = 0;
        for row in rest.chunk_by(|a, b| a.0 == b.0).take(STEP_ROWS) {
            n_cells += row.len();
            let mut values = vec![String::new(); self.header.len()];
            for (_, column, value) in row {
                match (values.get_mut(*column as usize), plain(value)) {
                    (Some(place), Some(text)) => *place = text,
                    (Some(_), None) => out.repair(ERROR),
                    (None, _) => out.repair(BEYOND),
                }
            }
            // The first row makes all columns known; later ones, of which there may be a million, only say what they hold.
            let is_first = !std::mem::replace(&mut self.is_begun, true);
            let named = self.header.iter().map(String::as_str).zip(values.iter().map(String::as_str));
            let fields: Vec<(&str, &str)> =
                named.filter(|(_, value)| is_first || !value.is_empty()).collect();
            out.record(u64::from(row[0].0) + 1, &fields);
        }
        self.at += n_cells;
        Ok(self.at < self.cells.len())
    }
}

/// A cell as text; `None` for an error.
fn plain(value: &Data) -> Option<String> {
    Some(match value {
        Data::Int(n) => n.to_string(),
        Data::Float(n) => n.to_string(),
        Data::String(text) => text.trim().to_owned(),
        Data::Bool(is) => is.to_string(),
        Data::DateTime(time) => date_time(*time),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(_) => return None,
        Data::Empty => String::new(),
    })
}

/// A date with its time if it has one; a time of day alone has no date.
fn date_time(time: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, millis) = time.to_ymd_hms_milli();
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if time.is_duration() || time.as_f64() < 1.0 {
        return clock;
    }
    let is_date = time.as_f64().fract() == 0.0;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if is_date { date } else { format!("{date}T{clock}") }
}

#[cfg(test)]
mod tests;
