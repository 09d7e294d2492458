//! Looks at the beginning of a file: what it is, what its columns probably mean, and what would be rejected.

use crate::audit::{Ledger, Reject};
use crate::decode::{self, Decode};
use crate::error::{Error, Kind};
use crate::foreign::Foreign;
use crate::format::{Format, Reading, Syntax};
use crate::guess::{Guess, Sample, SampleRow, guess, read_times};
use crate::import::{Importer, Reader, usable};
use crate::kept::Page;
use crate::plan::{ColumnSample, Mapping, Otherwise, OwnPage, Preview, Role};
use crate::recipe::{self, Recipe};
use crate::recognise::recognise_syntax;
use crate::record::{Columns, Consume, Fault, MAX_RECORD_BYTES, Record, text_of};
use crate::unpack::Unpack;

/// Plain bytes that are looked at: more than the longest record, so that mostly one record at least is seen.
const SAMPLE_BYTES: usize = MAX_RECORD_BYTES + (256 << 10);
/// Where much stands before the first record, twice as much is looked at, again and again, but no more than this.
const MAX_SAMPLE_BYTES: usize = 32 * SAMPLE_BYTES;
/// Bytes unpacked between two looks at how much there is.
const STEP_BYTES: usize = 2 << 10;
const MAX_SAMPLED_ROWS: usize = 1_000;
const MAX_SHOWN_ROWS: usize = 20;
const MAX_SHOWN_REJECTS: usize = 100;

/// Why a column has a role that a person gave it before.
const KEPT: &str = "kept for files with these columns";
/// Why day and month are in an order that a person chose before.
const KEPT_ORDER: &str = "chosen before for files with these columns";

/// How files begin that are not text, and what they are.
const MAGIC: [(&[u8], &str); 19] = [
    (b"PK\x03\x04", "is a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "is an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word document"),
    (b"%PDF-", "is a PDF document"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"GIF8", "is a picture"),
    (b"SQLite format 3\0", "is an SQLite database"),
    (b"\x37\x7f\x06\x82", "is a file of changes beside an SQLite database"),
    (b"\x37\x7f\x06\x83", "is a file of changes beside an SQLite database"),
    (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "is a file of changes beside an SQLite database"),
    (b"PAR1", "is a Parquet file"),
    (b"ARROW1", "is an Arrow file"),
    (b"Obj\x01", "is an Avro file"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive"),
    (b"Rar!", "is a RAR archive"),
    (b"BZh", "is a bzip2 archive"),
    (b"\xfd7zXZ", "is an xz archive"),
    (b"\x28\xb5\x2f\xfd", "is a Zstandard archive"),
];

/// Collects the beginning of a file and says what is in it.
///
/// # Example
/// ```
/// let mut inspector = source::Inspector::new("tickets.csv");
/// inspector.push(b"customer;activity;time\nada;open ticket;2026-03-01 09:00\n")?;
/// let preview = inspector.finish()?;
/// assert_eq!(preview.format.to_string(), "CSV, semicolon, UTF-8");
/// assert_eq!(preview.mapping.activity.as_deref(), Some("activity"));
/// # Ok::<(), source::Error>(())
/// ```
#[derive(Debug)]
pub struct Inspector {
    file: String,
    unpack: Unpack,
    /// Unpacked bytes, not decoded.
    head: Vec<u8>,
    /// Bytes that are wanted.
    n_wanted: usize,
    /// The file has more than was looked at.
    is_cut: bool,
    /// How a reader makes the records, and what it could not make into one.
    reading: Option<Reading>,
    rejects: Vec<Reject>,
    /// Pages of a person's own.
    pages: Vec<Page>,
}

impl Inspector {
    /// Begins to look at the file with this name.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            unpack: Unpack::new(file),
            head: Vec::new(),
            n_wanted: SAMPLE_BYTES,
            is_cut: false,
            reading: None,
            rejects: Vec::new(),
            pages: Vec::new(),
        }
    }

    /// Takes tables with columns that a page of a person's own is for as it says.
    #[must_use]
    pub fn under(self, pages: Vec<Page>) -> Self {
        Self { pages, ..self }
    }

    /// Begins to look at what a reader makes of the file: JSON lines, or the bytes of a file in an archive.
    #[must_use]
    pub fn of_reading(file: &str, reading: Reading) -> Self {
        Self { reading: Some(reading), ..Self::new(file) }
    }

    /// Takes note of a record that the reader could not make.
    pub fn reject(&mut self, reject: Reject) {
        if self.rejects.len() < MAX_SHOWN_REJECTS {
            self.rejects.push(reject);
        }
    }

    /// The records are JSON lines, whatever they look like.
    fn is_of_records(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.kind != Foreign::Plain.name())
    }

    /// Takes the next bytes of the file; returns whether more are wanted. About 1.25 MiB of content are looked at, and up to
    /// 40 MiB if no record is among them.
    ///
    /// # Errors
    /// The gzip is damaged.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        for step in bytes.chunks(STEP_BYTES) {
            if self.is_cut {
                break;
            }
            let head = &mut self.head;
            self.unpack.push(step, &mut |plain| {
                head.extend_from_slice(plain);
                Ok(())
            })?;
            // The end is only known to be missing when something follows it.
            if self.head.len() > self.n_wanted {
                self.look_once();
            }
        }
        Ok(!self.is_cut)
    }

    /// Decides whether there is enough.
    fn look_once(&mut self) {
        let is_nothing = Look::at(&self.file, &self.head[..self.n_wanted], true, self.is_of_records())
            .is_ok_and(|look| look.seen.sample.rows.is_empty() && look.seen.faults.n_rows() == 0);
        if is_nothing && self.n_wanted < MAX_SAMPLE_BYTES {
            self.n_wanted *= 2;
        } else {
            self.head.truncate(self.n_wanted);
            self.is_cut = true;
        }
    }

    /// Says what was found.
    ///
    /// A file in which no column looks like a customer, an activity or a time is no error here: a person may choose one.
    ///
    /// # Errors
    /// - the file is empty, is not text, is a web page or another kind of XML,
    /// - it has a header but no rows, or no records,
    /// - it is broken as a whole (gzip, JSON, XES), or none of its records can be read.
    pub fn finish(mut self) -> Result<Preview, Error> {
        if !self.is_cut {
            let head = &mut self.head;
            self.unpack.finish(&mut |plain| {
                head.extend_from_slice(plain);
                Ok(())
            })?;
        }
        let is_of_records = self.is_of_records();
        let Self { file, unpack, head, is_cut, reading, rejects: unmade, pages, .. } = self;
        if let (Some(first), true) = (unmade.first(), head.trim_ascii().is_empty()) {
            return Err(none_made(&file, first, unmade.len()));
        }
        let Look { mut format, seen } = Look::at(&file, &head, is_cut, is_of_records)?;
        format.gzip = unpack.is_gzip();
        format.reading = reading;
        let sample = seen.usable(&file, &format, is_cut)?;
        let (columns, found) = found(format.syntax, &sample);
        let (found, own) = owned(&pages, &sample, found);
        let Otherwise { mapping, reasons, time, recipe } = found;
        // Columns that appeared later are missing in earlier rows.
        let filled = |row: &SampleRow| {
            let n_missing = sample.columns.len().saturating_sub(row.values.len());
            row.values.iter().cloned().chain(std::iter::repeat_n(String::new(), n_missing)).collect()
        };
        let mut preview = Preview {
            name: file,
            format,
            columns,
            rows: sample.rows.iter().take(MAX_SHOWN_ROWS).map(filled).collect(),
            n_sampled: u32::try_from(sample.rows.len()).unwrap_or(u32::MAX),
            mapping,
            reasons,
            time,
            recipe,
            own,
            rejects: Vec::new(),
            sample: sample.rows.into_iter().map(|row| row.values).collect(),
        };
        preview.rejects = rejects(&preview, &head, is_cut)?;
        preview.rejects.extend(unmade);
        preview.rejects.sort_by_key(|reject| reject.line);
        preview.rejects.truncate(MAX_SHOWN_REJECTS);
        Ok(preview)
    }
}

/// The columns, and what the file is taken for without a person.
fn found(syntax: Syntax, sample: &Sample) -> (Vec<ColumnSample>, Otherwise) {
    let Guess { columns, mapping, reasons, mut time } = guess(syntax, sample);
    let recipe = if syntax == Syntax::Xes { None } else { recipe::find(&sample.columns) };
    if let Some(recipe) = &recipe {
        time = read_times(sample, &time_of(recipe, &sample.columns));
    }
    (columns, Otherwise { mapping, reasons, time, recipe })
}

/// What the file is taken for where a person said so for tables with these columns: of several pages that with most
/// columns, and of equals the last.
fn owned(pages: &[Page], sample: &Sample, found: Otherwise) -> (Otherwise, Option<OwnPage>) {
    let fitting = pages.iter().filter(|page| page.fits(&sample.columns));
    let Some(page) = fitting.max_by_key(|page| page.n_columns()) else { return (found, None) };
    let own = match page {
        Page::Recipe(recipe) => Otherwise {
            time: read_times(sample, &time_of(recipe, &sample.columns)),
            recipe: Some(recipe.as_ref().clone()),
            ..found.clone()
        },
        Page::Mapping(kept) => {
            let mut time = read_times(sample, &kept.mapping);
            if let (Some(order), true) = (kept.date_order, time.date_order_open) {
                time.date_order = order;
                time.date_order_open = false;
                KEPT_ORDER.clone_into(&mut time.date_order_reason);
            }
            if let (Some(minutes), true) = (kept.zone_offset_minutes, time.zone_matters) {
                time.zone_offset_minutes = minutes;
            }
            let is_mapped = |role: &Role| kept.mapping.column(*role).is_some();
            let reasons = Role::ALL.into_iter().filter(is_mapped).map(|role| (role, KEPT.to_owned()));
            Otherwise { mapping: kept.mapping.clone(), reasons: reasons.collect(), time, recipe: None }
        }
    };
    (own, Some(OwnPage { title: page.title().to_owned(), otherwise: found }))
}

/// The column with the first time that a recipe reads.
fn time_of(recipe: &Recipe, columns: &[String]) -> Mapping {
    let mut wanted = recipe.time_columns().map(recipe::canonical);
    let is_it = |wanted: String| columns.iter().find(|column| recipe::canonical(column) == wanted);
    Mapping { time: wanted.find_map(is_it).cloned(), ..Mapping::default() }
}

/// What the beginning of a file shows.
#[derive(Debug)]
struct Look {
    format: Format,
    seen: Seen,
}

impl Look {
    fn at(file: &str, head: &[u8], is_cut: bool, is_of_records: bool) -> Result<Self, Error> {
        let (encoding, text) = decoded(file, head, is_cut)?;
        let (syntax, delimiter) = match is_of_records {
            true => (Syntax::Ndjson, None),
            false => recognise_syntax(file, &text, !is_cut)?,
        };
        let format = Format { syntax, gzip: false, encoding, delimiter, reading: None };
        let mut seen = Seen {
            sample: Sample { columns: Vec::new(), rows: Vec::new() },
            faults: Ledger::new(file),
            without_records: Kind::NoRecords,
        };
        let mut reader = Reader::new(file, &format)?;
        reader.push(&text, &mut seen)?;
        if !is_cut {
            reader.finish(&mut seen)?;
        }
        seen.sample.columns = reader.columns().names().to_vec();
        seen.without_records = reader.kind_without_records(text.len() as u64);
        Ok(Self { format, seen })
    }
}

/// The name of the encoding, and the beginning of the file in UTF-8.
fn decoded(file: &str, head: &[u8], is_cut: bool) -> Result<(String, Vec<u8>), Error> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Error::new(file, Kind::Binary(what)));
    }
    let encoding = decode::recognise(head, !is_cut)
        .ok_or_else(|| Error::new(file, Kind::Binary("holds bytes that no text has")))?;
    let name = encoding.name().to_owned();
    let mut text = Vec::with_capacity(head.len());
    let mut decode = Decode::new(file, &name)?;
    let mut keep = |part: &[u8]| {
        text.extend_from_slice(part);
        Ok(())
    };
    decode.push(head, &mut keep)?;
    if !is_cut {
        decode.finish(&mut keep)?;
    }
    if text.trim_ascii().is_empty() {
        return Err(Error::new(file, Kind::Empty));
    }
    Ok((name, text))
}

/// A file of which the reader made no record, although it found something.
fn none_made(file: &str, first: &Reject, n: usize) -> Error {
    let Reject { reason, field, value, .. } = first.clone();
    let n = n as u64;
    Error::at(file, first.line, Kind::AllRejected { n_rows: n, reason, n_reason: n, field, value })
}

/// What would be rejected under the guessed mapping.
fn rejects(preview: &Preview, head: &[u8], is_cut: bool) -> Result<Vec<Reject>, Error> {
    // Without a column for each required role there is nothing to try.
    let Ok(mut importer) = Importer::new(preview.plan()) else { return Ok(Vec::new()) };
    importer.push(head)?;
    let mut rejects = importer.into_rejects(!is_cut)?;
    rejects.truncate(MAX_SHOWN_REJECTS);
    Ok(rejects)
}

/// The records at the beginning of a file.
#[derive(Debug)]
struct Seen {
    sample: Sample,
    /// Records that could not be read.
    faults: Ledger,
    /// What the file is if it ends without a record.
    without_records: Kind,
}

impl Seen {
    /// The sample, if it shows anything.
    fn usable(self, file: &str, format: &Format, is_cut: bool) -> Result<Sample, Error> {
        // What follows may hold records, but only a header says beforehand what they have.
        let may_follow = is_cut && !self.sample.columns.is_empty();
        if !self.sample.rows.is_empty() || may_follow {
            return Ok(self.sample);
        }
        usable(file, self.faults)?;
        let is_unseen = is_cut && format.syntax == Syntax::Json;
        Err(Error::new(file, if is_unseen { Kind::NoRecordList } else { self.without_records }))
    }
}

impl Consume for Seen {
    fn header(&mut self, _: &Columns) -> Result<(), Error> {
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) {
        if self.sample.rows.len() >= MAX_SAMPLED_ROWS {
            return;
        }
        let mut values = vec![String::new(); record.columns.len()];
        for field in record.fields {
            if let Some(value) = values.get_mut(field.column) {
                *value = text_of(record.value(field)).0.into_owned();
            }
        }
        self.sample.rows.push(SampleRow { line: record.line, values });
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        self.faults.reject(fault.line, "", fault.reason, fault.value);
    }
}
