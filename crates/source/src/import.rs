//! Carries out a plan: a whole file, piece by piece, becomes events and an account of every record.

use crate::audit::{Audit, Ledger, Reject};
use crate::csv::CsvReader;
use crate::decode::Decode;
use crate::error::{Error, Kind};
use crate::facts::{AccountFact, ConsentFacts, Profile};
use crate::format::{Format, Syntax};
use crate::json::JsonReader;
use crate::load::{Loaded, Loader};
use crate::ndjson::NdjsonReader;
use crate::plan::{Plan, Role};
use crate::record::{Columns, Consume};
use crate::treat::{Intake, Treat};
use crate::unpack::Unpack;
use crate::xes::XesReader;
use event::Batch;

/// Largest distance of a time zone from UTC.
const MAX_ZONE_MINUTES: i32 = 18 * 60;

/// Reads one file under a confirmed plan.
///
/// Bytes are pushed as they come, in pieces of any size; the result does not depend on the sizes. Memory is bounded by the
/// longest record (1 MiB) apart from the events themselves. An importer that is dropped leaves no trace.
///
/// # Example
/// ```
/// let bytes = b"customer,activity,time\nada,open ticket,2026-03-01T09:00:00Z\nada,close ticket,soon\n";
/// let mut inspector = source::Inspector::new("tickets.csv");
/// inspector.push(bytes)?;
/// let mut importer = source::Importer::new(inspector.finish()?.plan())?;
/// importer.push(bytes)?;
/// let imported = importer.finish()?;
/// assert_eq!((imported.batch.len(), imported.audit.n_rejected), (1, 1));
/// assert_eq!(imported.audit.rejects[0].line, 3);
/// # Ok::<(), source::Error>(())
/// ```
#[derive(Debug)]
pub struct Importer {
    plan: Plan,
    unpack: Unpack,
    decode: Decode,
    reader: Reader,
    intake: Intake,
    n_bytes: u64,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes of the file taken so far, as they came (compressed, if the file is).
    pub n_bytes: u64,
    /// Records read so far.
    pub n_rows: u64,
    /// Those of them that were rejected.
    pub n_rejected: u64,
}

/// What a whole file gave.
#[derive(Debug)]
pub struct Imported {
    /// The plan that was carried out.
    pub plan: Plan,
    /// The events, in file order.
    pub batch: Batch,
    /// What happened to every record.
    pub audit: Audit,
    /// What was said about customers, in file order.
    pub profiles: Vec<Profile>,
    /// What was said about accounts, in file order.
    pub accounts: Vec<AccountFact>,
    /// Records with an id that say nothing of a customer or an account, ascending: by [`Profile::record`].
    pub silent: Vec<u64>,
    /// Columns of which values were treated, and how many.
    pub treated: Vec<(String, u64)>,
    /// What customers allow, by customer; the latest of each.
    pub consents: ConsentFacts,
}

impl Importer {
    /// Begins to read a file into a batch of its own.
    ///
    /// # Errors
    /// As [`Importer::into_batch`].
    pub fn new(plan: Plan) -> Result<Self, Error> {
        let batch = Batch::new(&plan.name);
        Self::into_batch(plan, batch)
    }

    /// Begins to read a file whose events follow those of a batch.
    ///
    /// # Errors
    /// - the recipe says that the table gives nothing on its own,
    /// - a required role (customer, activity, time) has no column, or a score no scale,
    /// - the delimiter is not an ASCII character, or is a quote or a line break,
    /// - the zone is more than 18 hours away from UTC,
    /// - the encoding is not known.
    pub fn into_batch(plan: Plan, batch: Batch) -> Result<Self, Error> {
        let file = plan.name.as_str();
        // Without a time nothing else would help, so that it is asked for first.
        if let Some(lookup) = plan.recipe.as_ref().and_then(|recipe| recipe.lookup.as_ref()) {
            return Err(Error::new(file, Kind::Lookup(lookup.clone())));
        }
        for role in [Role::Time, Role::Customer, Role::Activity] {
            if plan.recipe.is_none() && plan.mapping.column(role).is_none() {
                return Err(Error::new(file, Kind::NoRole(role.name())));
            }
        }
        if plan.mapping.score.is_some() && plan.mapping.score_kind.is_none() {
            return Err(Error::new(file, Kind::NoScale));
        }
        if plan.zone_offset_minutes.saturating_abs() > MAX_ZONE_MINUTES {
            return Err(Error::new(file, Kind::Zone(plan.zone_offset_minutes)));
        }
        let mut reader = Reader::new(file, &plan.format)?;
        let columns = Role::ALL.iter().filter_map(|role| plan.mapping.column(*role));
        columns.for_each(|column| reader.reserve(column));
        let mut intake = Intake::new(Loader::new(&plan, batch));
        if let Some(column) = plan.consent.clone() {
            reader.reserve(&column);
            intake.note_consent(column);
        }
        Ok(Self {
            unpack: Unpack::new(file),
            decode: Decode::new(file, &plan.format.encoding)?,
            reader,
            intake,
            n_bytes: 0,
            plan,
        })
    }

    /// Treats every value before anything is made of it; to be said before the first bytes come.
    pub fn treat(&mut self, treat: Box<dyn Treat>) {
        self.intake.treat(treat);
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// - the gzip is damaged, or grows more than 200-fold beyond 64 MiB,
    /// - the header lacks a mapped column, has more than 4,096 columns, is longer than 1 MiB or has a quote that is not closed,
    /// - the JSON or XML is broken beyond single records.
    ///
    /// After an error the importer is of no use.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Self { unpack, decode, reader, intake, .. } = self;
        self.n_bytes += bytes.len() as u64;
        unpack.push(bytes, &mut |plain| decode.push(plain, &mut |utf8| reader.push(utf8, intake)))
    }

    /// Counts a record that a reader could not make of the file.
    pub fn reject(&mut self, reject: Reject) {
        let Reject { line, field, reason, value, .. } = reject;
        self.intake.loader.ledger_mut().reject(line, &field, reason, value.as_bytes());
    }

    /// Counts what a reader had to mend.
    pub fn repair(&mut self, kind: String, n: u64) {
        self.intake.loader.ledger_mut().repair_many(kind, n);
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> ImportProgress {
        let ledger = self.intake.loader.ledger();
        ImportProgress { n_bytes: self.n_bytes, n_rows: ledger.n_rows(), n_rejected: ledger.n_rejected() }
    }

    /// Ends the file and hands over its events.
    ///
    /// # Errors
    /// - the file is cut off (gzip, JSON, XES), so that nothing of it counts,
    /// - it holds no records,
    /// - the column of a required role appears nowhere,
    /// - none of its records could be used.
    pub fn finish(mut self) -> Result<Imported, Error> {
        self.end()?;
        if self.intake.loader.ledger().n_rows() == 0 {
            return Err(Error::new(&self.plan.name, self.reader.kind_without_records(self.n_bytes)));
        }
        self.intake.loader.check_columns(&self.plan, self.reader.columns())?;
        let consents = self.intake.take_consents();
        let (loader, treated) = self.intake.into_parts();
        let Loaded { batch, ledger, profiles, accounts, mut silent } = loader.into_parts();
        silent.sort_unstable();
        let audit = usable(&self.plan.name, ledger)?;
        Ok(Imported { plan: self.plan, batch, audit, profiles, accounts, silent, treated, consents })
    }

    /// The rejects of a file that was read in part, or as a whole.
    pub(crate) fn into_rejects(mut self, is_whole: bool) -> Result<Vec<Reject>, Error> {
        if is_whole {
            self.end()?;
        }
        Ok(self.intake.into_parts().0.into_parts().ledger.into_audit().rejects)
    }

    fn end(&mut self) -> Result<(), Error> {
        let Self { unpack, decode, reader, intake, .. } = self;
        unpack.finish(&mut |plain| decode.push(plain, &mut |utf8| reader.push(utf8, intake)))?;
        decode.finish(&mut |utf8| reader.push(utf8, intake))?;
        reader.finish(intake)
    }
}

/// The account of a file, unless it says that no record could be used.
pub(crate) fn usable(file: &str, ledger: Ledger) -> Result<Audit, Error> {
    let main_reason = ledger.main_reason().filter(|_| ledger.n_accepted() == 0);
    let audit = ledger.into_audit();
    let Some((reason, n_reason)) = main_reason else { return Ok(audit) };
    let example = audit.rejects.into_iter().find(|reject| reject.reason == reason);
    let (field, value) = example.map(|reject| (reject.field, reject.value)).unwrap_or_default();
    Err(Error::new(file, Kind::AllRejected { n_rows: audit.n_rows, reason, n_reason, field, value }))
}

/// The reader of a syntax.
#[derive(Debug)]
pub(crate) enum Reader {
    Csv(Box<CsvReader>),
    Json(Box<JsonReader>),
    Ndjson(Box<NdjsonReader>),
    Xes(Box<XesReader>),
}

impl Reader {
    pub(crate) fn new(file: &str, format: &Format) -> Result<Self, Error> {
        Ok(match format.syntax {
            Syntax::Csv => {
                let delimiter = format.delimiter.unwrap_or(',');
                let byte = u8::try_from(delimiter)
                    .ok()
                    .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r'));
                let byte = byte.ok_or_else(|| Error::new(file, Kind::Delimiter(delimiter)))?;
                Self::Csv(Box::new(CsvReader::new(file, byte)))
            }
            Syntax::Json => Self::Json(Box::new(JsonReader::new(file))),
            Syntax::Ndjson => Self::Ndjson(Box::default()),
            Syntax::Xes => Self::Xes(Box::new(XesReader::new(file))),
        })
    }

    pub(crate) fn push(&mut self, utf8: &[u8], consumer: &mut dyn Consume) -> Result<(), Error> {
        match self {
            Self::Csv(reader) => reader.push(utf8, consumer),
            Self::Json(reader) => reader.push(utf8, consumer),
            Self::Ndjson(reader) => {
                reader.push(utf8, consumer);
                Ok(())
            }
            Self::Xes(reader) => reader.push(utf8, consumer),
        }
    }

    pub(crate) fn finish(&mut self, consumer: &mut dyn Consume) -> Result<(), Error> {
        match self {
            Self::Csv(reader) => reader.finish(consumer),
            Self::Json(reader) => reader.finish(),
            Self::Ndjson(reader) => {
                reader.finish(consumer);
                Ok(())
            }
            Self::Xes(reader) => reader.finish(consumer),
        }
    }

    pub(crate) fn columns(&self) -> &Columns {
        match self {
            Self::Csv(reader) => reader.columns(),
            Self::Json(reader) => reader.columns(),
            Self::Ndjson(reader) => reader.columns(),
            Self::Xes(reader) => reader.columns(),
        }
    }

    fn reserve(&mut self, column: &str) {
        match self {
            Self::Csv(_) => {}
            Self::Json(reader) => reader.reserve(column),
            Self::Ndjson(reader) => reader.reserve(column),
            Self::Xes(reader) => reader.reserve(column),
        }
    }

    /// What a whole file without records is.
    pub(crate) fn kind_without_records(&self, n_bytes: u64) -> Kind {
        match self {
            _ if n_bytes == 0 => Kind::Empty,
            Self::Csv(reader) if reader.has_header() => Kind::HeaderOnly,
            _ => Kind::NoRecords,
        }
    }
}
