//! The pages of an SQLite database (file format 3), and the rows of its B-trees in their order, read only.
//!
//! Written after the published description of the file format. The file is not held: a page at a time of each level is, and
//! the values of one row. Nothing that the file says of itself is believed: a page is visited once at most, and the rows of
//! a page are no longer than the page.

use super::values::{Encoding, Value, values};
use crate::input::{Input, broken, failure};
use protocol::Failure;
use std::io::SeekFrom;
use std::rc::Rc;

/// What every database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes of the header of the file, which stands on its first page.
const HEADER_BYTES: usize = 100;
/// Deepest tree; one of so many levels would have more pages than a file can.
const MAX_DEPTH: usize = 24;
/// Longest row; a longer one is left out.
const MAX_ROW_BYTES: u64 = 64 << 20;

/// A row of a B-tree.
#[derive(Debug)]
pub(super) struct Row {
    /// The number of a row of a table; rows of an index have none.
    pub(super) number: Option<i64>,
    /// Its values in the order in which they are stored; `None` where the row is too long to be read.
    pub(super) values: Option<Vec<Value>>,
}

/// A database.
pub(super) struct Pages {
    name: String,
    input: Input,
    page_bytes: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    n_pages: u32,
    encoding: Encoding,
    is_wal: bool,
}

/// A place in a B-tree.
pub(super) struct Cursor {
    table: String,
    is_index: bool,
    /// Pages from the root on.
    levels: Vec<Level>,
    /// Pages that may still be read; a sound file has each in one place.
    n_left: u32,
}

/// A page on the way to the current row.
struct Level {
    number: u32,
    page: Rc<[u8]>,
    /// Where its own header begins.
    start: usize,
    /// What was done with it: cells and children that were visited.
    n_steps: usize,
    /// Bytes of the cells that were read.
    n_cell_bytes: usize,
}

/// What comes next on a page.
enum Step {
    Row(usize),
    Child(u32),
    Up,
}

impl Level {
    fn is_leaf(&self) -> bool {
        matches!(self.page[self.start], 0x0a | 0x0d)
    }

    fn is_index(&self) -> bool {
        matches!(self.page[self.start], 0x02 | 0x0a)
    }

    /// The pages and rows of this page in their order: a row of an index stands between two pages, those of a table stand
    /// on leaves alone. `None` where a cell is said to be outside of the page's part for cells.
    fn step(&mut self) -> Option<Step> {
        let n_cells = usize::from(short(&self.page, self.start + 3));
        let (at, is_leaf) = (self.n_steps, self.is_leaf());
        self.n_steps += 1;
        let pointers = self.start + if is_leaf { 8 } else { 12 };
        let cell = |n: usize| {
            let place = usize::from(short(&self.page, pointers + 2 * n));
            (place >= pointers + 2 * n_cells && place < self.page.len()).then_some(place)
        };
        let (n_steps, cell_at, is_row) = match (is_leaf, self.is_index()) {
            (true, _) => (n_cells, at, true),
            (false, true) => (2 * n_cells, at / 2, at % 2 == 1),
            (false, false) => (n_cells, at, false),
        };
        Some(match at {
            at if at < n_steps && is_row => Step::Row(cell(cell_at)?),
            at if at < n_steps => Step::Child(long(&self.page, cell(cell_at)?)),
            at if at == n_steps && !is_leaf => Step::Child(long(&self.page, self.start + 8)),
            _ => Step::Up,
        })
    }
}

impl Pages {
    /// # Errors
    /// When it is no such database, or cut off.
    pub(super) fn open(name: &str, mut input: Input) -> Result<Self, Failure> {
        let n_bytes = input.seek(SeekFrom::End(0)).map_err(|cause| broken(name, &cause))?;
        let mut header = [0; HEADER_BYTES];
        let read = input.rewind().and_then(|()| input.read_exact(&mut header));
        read.map_err(|cause| broken(name, &cause))?;
        let page_bytes = match short(&header, 16) {
            1 => 65_536,
            n => usize::from(n),
        };
        let usable = page_bytes.saturating_sub(usize::from(header[20]));
        if &header[..16] != MAGIC || !page_bytes.is_power_of_two() || page_bytes < 512 || usable < 480 {
            return Err(damaged(name, "its header is not that of a database"));
        }
        let n_pages = u32::try_from(n_bytes / page_bytes as u64).unwrap_or(u32::MAX);
        // The number of pages counts where whoever changed the file last wrote it.
        let n_said = if header[24..28] == header[92..96] { long(&header, 28) } else { 0 };
        if n_said > n_pages {
            return Err(damaged(name, &format!("it has {n_pages} of its {n_said} pages")));
        }
        let encoding = Encoding::of(header[59]);
        let is_wal = header[18] == 2 || header[19] == 2;
        Ok(Self { name: name.to_owned(), input, page_bytes, usable, n_pages, encoding, is_wal })
    }

    /// What the file is called in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Changes may lie in a file beside the database.
    pub(super) fn is_wal(&self) -> bool {
        self.is_wal
    }

    pub(super) fn n_bytes(&self) -> u64 {
        u64::from(self.n_pages) * self.page_bytes as u64
    }

    /// The beginning of a table, by its first page.
    ///
    /// # Errors
    /// When that page is of another kind, or not in the file.
    pub(super) fn rows(&mut self, table: &str, root: u32, is_index: bool) -> Result<Cursor, Failure> {
        let mut cursor =
            Cursor { table: table.to_owned(), is_index, levels: Vec::new(), n_left: self.n_pages };
        self.descend(&mut cursor, root)?;
        Ok(cursor)
    }

    /// The next row.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(super) fn next(&mut self, cursor: &mut Cursor) -> Result<Option<Row>, Failure> {
        loop {
            let Some(level) = cursor.levels.last_mut() else { return Ok(None) };
            match level.step() {
                None => return Err(self.broken_row(cursor, "a row lies outside of it")),
                Some(Step::Up) => {
                    cursor.levels.pop();
                }
                Some(Step::Child(number)) => self.descend(cursor, number)?,
                Some(Step::Row(place)) => {
                    let page = Rc::clone(&level.page);
                    return self.row(cursor, &page, place).map(Some);
                }
            }
        }
    }

    fn descend(&mut self, cursor: &mut Cursor, number: u32) -> Result<(), Failure> {
        if cursor.levels.len() >= MAX_DEPTH {
            return Err(self.broken_page(cursor, number, "it goes round in a circle"));
        }
        let page = self.page(cursor, number)?;
        let start = if number == 1 { HEADER_BYTES } else { 0 };
        let level = Level { number, page, start, n_steps: 0, n_cell_bytes: 0 };
        let is_known = matches!(level.page[start], 0x02 | 0x05 | 0x0a | 0x0d);
        if !is_known || level.is_index() != cursor.is_index {
            return Err(self.broken_page(cursor, number, "it is a page of another kind"));
        }
        cursor.levels.push(level);
        Ok(())
    }

    fn page(&mut self, cursor: &mut Cursor, number: u32) -> Result<Rc<[u8]>, Failure> {
        if number == 0 || number > self.n_pages {
            return Err(self.broken_page(cursor, number, "there is no such page"));
        }
        let Some(n_left) = cursor.n_left.checked_sub(1) else {
            return Err(self.broken_page(cursor, number, "it goes round in a circle"));
        };
        cursor.n_left = n_left;
        let mut page = vec![0; self.page_bytes];
        let place = u64::from(number - 1) * self.page_bytes as u64;
        let read = self.input.seek(SeekFrom::Start(place)).and_then(|_| self.input.read_exact(&mut page));
        read.map_err(|cause| broken(&self.name, &cause))?;
        Ok(page.into())
    }

    /// The row in a cell.
    fn row(&mut self, cursor: &mut Cursor, page: &[u8], place: usize) -> Result<Row, Failure> {
        const OUTSIDE: &str = "a row lies outside of it";
        let is_inner = cursor.is_index && cursor.levels.last().is_some_and(|level| !level.is_leaf());
        let mut at = place + if is_inner { 4 } else { 0 };
        let head = varint(page, &mut at).and_then(|n_bytes| {
            let number = if cursor.is_index { None } else { Some(varint(page, &mut at)?) };
            Some((u64::try_from(n_bytes).ok()?, number))
        });
        let Some((n_bytes, number)) = head else { return Err(self.broken_row(cursor, OUTSIDE)) };
        let n_local = self.n_local(n_bytes, cursor.is_index);
        let (Some(local), Some(level)) = (page.get(at..at + n_local), cursor.levels.last_mut()) else {
            return Err(self.broken_row(cursor, OUTSIDE));
        };
        level.n_cell_bytes += at + n_local - place;
        if level.n_cell_bytes > self.page_bytes {
            return Err(self.broken_row(cursor, "its rows are longer than it"));
        }
        if n_bytes > MAX_ROW_BYTES {
            return Ok(Row { number, values: None });
        }
        let mut payload = local.to_vec();
        if (n_local as u64) < n_bytes {
            let next = page.get(at + n_local..at + n_local + 4).map_or(0, |rest| long(rest, 0));
            self.overflow(cursor, &mut payload, n_bytes, next)?;
        }
        match values(&payload, self.encoding) {
            Some(values) => Ok(Row { number, values: Some(values) }),
            None => Err(self.broken_row(cursor, "the values of a row are broken")),
        }
    }

    /// What of a row follows on pages of its own.
    fn overflow(
        &mut self,
        cursor: &mut Cursor,
        payload: &mut Vec<u8>,
        n_bytes: u64,
        mut next: u32,
    ) -> Result<(), Failure> {
        loop {
            let n_missing = usize::try_from(n_bytes).unwrap_or(usize::MAX).saturating_sub(payload.len());
            if n_missing == 0 {
                return Ok(());
            }
            let page = self.page(cursor, next)?;
            next = long(&page, 0);
            payload.extend_from_slice(&page[4..4 + n_missing.min(self.usable - 4)]);
        }
    }

    /// Bytes of a row that stand on the page itself; the rest follows on pages of its own.
    #[expect(clippy::cast_possible_truncation, reason = "no more than a page, which has 64 KiB at most")]
    fn n_local(&self, n_bytes: u64, is_index: bool) -> usize {
        let usable = self.usable as u64;
        let most = if is_index { (usable - 12) * 64 / 255 - 23 } else { usable - 35 };
        if n_bytes <= most {
            return n_bytes as usize;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fitting = least + (n_bytes - least) % (usable - 4);
        (if fitting <= most { fitting } else { least }) as usize
    }

    /// The page on which the current row is cannot be read.
    fn broken_row(&self, cursor: &Cursor, what: &str) -> Failure {
        self.broken_page(cursor, cursor.levels.last().map_or(0, |level| level.number), what)
    }

    fn broken_page(&self, cursor: &Cursor, number: u32, what: &str) -> Failure {
        let (name, table) = (&self.name, &cursor.table);
        failure(
            format!(
                "{name}, table “{table}”, page {number}: the SQLite database is damaged or incomplete: {what}."
            ),
            ADVICE,
        )
    }
}

/// What to do about a damaged database.
const ADVICE: &str = "Copy it again while no program has it open. Nothing of it was imported.";

pub(super) fn damaged(name: &str, what: &str) -> Failure {
    failure(format!("{name} is a damaged or incomplete SQLite database: {what}."), ADVICE)
}

/// A number of two bytes; 0 behind the end.
fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_be_bytes([two[0], two[1]]))
}

/// A number of four bytes; 0, which is no page, behind the end.
fn long(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// A number of one to nine bytes.
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut number: u64 = 0;
    for n in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if n == 8 {
            number = (number << 8) | u64::from(byte);
            break;
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(number.cast_signed())
}
