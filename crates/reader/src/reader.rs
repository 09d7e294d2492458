//! What is in a file, and the records of one thing in it.

use crate::archive::{self, Archive};
use crate::input::{Document, Input, Metered, broken, failure, head_of};
use crate::output::{Out, PIECE_BYTES, Piece};
use crate::{intercom, mail, ocel, parquet, slack, sqlite, telegram, transcript, whatsapp, workbook};
use protocol::Failure;
use protocol::import::{Choices, Contents, Part, Reading};
use source::{FOREIGN_HEAD_BYTES, Foreign};
use std::cell::Cell;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Makes records, a few at a time.
pub(crate) trait Records {
    /// Adds some records; returns whether there may be more.
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure>;
}

/// A thing that is open for reading, with what can be chosen about it.
pub(crate) struct Opened {
    pub(crate) records: Box<dyn Records>,
    pub(crate) choices: Option<Choices>,
    pub(crate) start: Option<String>,
}

impl Opened {
    pub(crate) fn new(records: impl Records + 'static) -> Self {
        Self { records: Box::new(records), choices: None, start: None }
    }
}

/// Says what is in a file.
///
/// # Errors
/// When it is an archive that is damaged or holds nothing that can be read.
pub fn contents(name: &str, mut input: Input) -> Result<Contents, Failure> {
    let head = head_of(&mut input, FOREIGN_HEAD_BYTES as u64)
        .and_then(|head| input.rewind().map(|()| head))
        .map_err(|cause| broken(name, &cause))?;
    match Foreign::recognise(name, &head) {
        None => Ok(whole(name, None)),
        Some(Foreign::Zip) => {
            let document = Document::of_input(name, input).without_gzip()?;
            archive::contents(name, document)
        }
        Some(Foreign::Sqlite) => {
            let document = Document::of_input(name, input).without_gzip()?;
            sqlite::contents(name, document)
        }
        Some(kind) => Ok(whole(name, Some(reading(kind)))),
    }
}

pub(crate) fn reading(kind: Foreign) -> Reading {
    Reading { kind: kind.name().to_owned(), ..Reading::default() }
}

/// A file that is one thing.
pub(crate) fn whole(name: &str, reading: Option<Reading>) -> Contents {
    Contents { parts: vec![Part { name: name.to_owned(), reading }], left_out: Vec::new() }
}

/// The records of one thing in a file.
pub struct Reader {
    name: String,
    records: Option<Box<dyn Records>>,
    out: Out,
    choices: Option<Choices>,
    start: Option<String>,
    n_read: Rc<Cell<u64>>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reader").field("out", &self.out).finish_non_exhaustive()
    }
}

impl Reader {
    /// Opens a file, or a file inside it. `name` is what it is called in messages.
    ///
    /// # Errors
    /// - the kind is not known here, or a file inside is not there,
    /// - it is damaged, or larger than what can be held where its format has to be read as a whole.
    pub fn open(name: &str, input: Input, reading: &Reading) -> Result<Self, Failure> {
        let n_read = Rc::new(Cell::new(0));
        let input: Input = Box::new(Metered::new(input, Rc::clone(&n_read)));
        let unknown = || {
            let message = format!("{name} was to be read as “{}”, which is not known here.", reading.kind);
            failure(message, "Open the file again.")
        };
        let kind = Foreign::of_name(&reading.kind).ok_or_else(unknown)?;
        let mut document = Document::of_input(name, input);
        for inside in &reading.inside {
            document = Archive::open(name, document.without_gzip()?)?.entry(inside)?;
        }
        document.name = name.to_owned();
        // What needs no reader is passed on as it is; gzip is undone where it is imported.
        let opened = match kind {
            Foreign::Plain => Opened::new(Plain { stream: document.into_stream(), name: name.to_owned() }),
            _ => unbroken(name, || open_kind(kind, document.without_gzip()?, reading))?,
        };
        let Opened { records, choices, start } = opened;
        let name = name.to_owned();
        Ok(Self { records: Some(records), out: Out::new(&name), name, choices, start, n_read })
    }

    /// What can be chosen about the way it is read.
    #[must_use]
    pub fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    /// When the recording began; empty where nobody knows, `None` where it doesn't matter.
    #[must_use]
    pub fn start(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// Bytes of the file that were read so far.
    #[must_use]
    pub fn n_read(&self) -> u64 {
        self.n_read.get()
    }

    /// The next records; `None` at the end.
    ///
    /// # Errors
    /// When the file is broken beyond single records.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, Failure> {
        let Some(records) = &mut self.records else { return Ok(None) };
        loop {
            let out = &mut self.out;
            if !unbroken(&self.name, || records.step(out))? {
                self.records = None;
                break;
            }
            if self.out.is_full() {
                break;
            }
        }
        Ok(Some(self.out.take()))
    }
}

/// Libraries that read a format may break down on a hostile file. That is an answer about the file, not the end of the
/// program; where a breakdown cannot be caught, as in the browser, the module's caller says the same.
fn unbroken<T>(name: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = format!("{name} could not be read: the reader broke down on it.");
        Err(failure(message, "It may be damaged. Save it in another format, such as CSV, and open that."))
    })
}

fn open_kind(kind: Foreign, document: Document, reading: &Reading) -> Result<Opened, Failure> {
    match kind {
        Foreign::Eml => mail::message(document),
        Foreign::Mbox => Ok(mail::mailbox(document)),
        Foreign::WebVtt | Foreign::Srt | Foreign::Sbv => transcript::open(document, reading.start.as_deref()),
        Foreign::WhatsApp => whatsapp::open(document, reading.choice.as_deref()),
        Foreign::Telegram => telegram::open(document),
        Foreign::Intercom => intercom::open(document),
        Foreign::Slack => slack::open(document),
        Foreign::Workbook => workbook::open(document, reading.choice.as_deref()),
        Foreign::Parquet => parquet::open(document),
        Foreign::Sqlite => sqlite::open(document, reading.choice.as_deref()),
        Foreign::OcelJson | Foreign::OcelXml | Foreign::OcelCsv => {
            ocel::open(kind, document, reading.choice.as_deref())
        }
        Foreign::Plain | Foreign::Zip => {
            let message = format!("{} cannot be read as {}.", document.name, kind.name());
            Err(failure(message, "Open the file again, or save it as CSV."))
        }
    }
}

/// Bytes that are passed on as they are.
struct Plain {
    stream: Box<dyn Read>,
    name: String,
}

impl Records for Plain {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let bytes =
            head_of(&mut self.stream, PIECE_BYTES as u64).map_err(|cause| broken(&self.name, &cause))?;
        out.plain(&bytes);
        Ok(!bytes.is_empty())
    }
}
