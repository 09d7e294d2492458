//! Files that a reader turns into records first: archives, mail, transcripts, chats, workbooks.

use crate::intake::{OpenedFile, Problem, is_lookup, plan, save_mapping};
use crate::options::Options;
use engine::{Engine, Import, Inspection, Terms};
use protocol::Failure;
use protocol::import::{Part, Preview, Reading};
use reader::{Input, Reader};
use std::fs::File;
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes of a file are; they are read several times, each time from the beginning.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file on the disk.
    File(PathBuf),
    /// What came through a pipe.
    Bytes(Arc<[u8]>),
}

impl Source {
    fn input(&self) -> io::Result<Input> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// Opens everything in a file.
///
/// # Errors
/// When a part of it cannot be read.
pub(crate) fn open(
    engine: &mut Engine,
    name: &str,
    source: &Source,
    options: &Options,
) -> Result<Vec<OpenedFile>, Problem> {
    let contents = reader::contents(name, source.input()?)?;
    for (file, reason) in &contents.left_out {
        eprintln!("desirepath: {file}: left out: {reason}");
    }
    let opened = contents.parts.into_iter().map(|part| open_part(engine, part, source, options));
    opened.filter_map(Result::transpose).collect()
}

fn open_part(
    engine: &mut Engine,
    part: Part,
    source: &Source,
    options: &Options,
) -> Result<Option<OpenedFile>, Problem> {
    let Part { name, reading } = part;
    let mut reading = reading.unwrap_or_default();
    reading.choice.clone_from(&options.choose);
    reading.start.clone_from(&options.began);
    let preview = inspect(engine.terms(), &name, source, reading.clone())?;
    let plan = plan(&preview, options).map_err(Problem::Columns)?;
    save_mapping(&preview, &plan, options)?;
    if is_lookup(&name, &preview, &plan) {
        return Ok(None);
    }
    let mut reader = Reader::open(&name, source.input()?, &reading)?;
    let mut import = Import::under(plan, engine.terms())?;
    while let Some(piece) = reader.next_piece()? {
        import.push(&piece.records)?;
        piece.rejects.into_iter().for_each(|reject| import.reject(reject));
        piece.repairs.into_iter().for_each(|(kind, n)| import.repair(kind, n));
    }
    let report = engine.commit(import.finish()?)?;
    Ok(Some(OpenedFile { preview, report }))
}

fn inspect(terms: Terms, name: &str, source: &Source, reading: Reading) -> Result<Preview, Problem> {
    let mut reader = Reader::open(name, source.input()?, &reading)?;
    if reader.start() == Some("") {
        let message = format!("{name}: neither its name nor the file tells when the recording began.");
        let advice = "Say it with --began, such as --began 2026-03-01T09:30.".to_owned();
        return Err(Problem::Refused(Failure { message, advice }));
    }
    let mut inspection = Inspection::of_reading(name, reading).under(terms);
    while let Some(piece) = reader.next_piece()? {
        piece.rejects.into_iter().for_each(|reject| inspection.reject(reject));
        if !inspection.push(&piece.records)? {
            break;
        }
    }
    let mut preview = inspection.finish()?;
    preview.choices = reader.choices().cloned();
    if let Some(choices) = &preview.choices {
        let names: Vec<String> = choices.options.iter().map(|(option, _)| format!("{option:?}")).collect();
        eprintln!(
            "desirepath: {name}: {} {:?} read, of {} (--choose)",
            choices.kind.replace('_', " "),
            choices.chosen,
            names.join(", ")
        );
    }
    Ok(preview)
}
