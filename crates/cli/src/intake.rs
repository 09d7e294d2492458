//! Brings files into one workspace, a piece at a time.

use crate::Fault;
use crate::foreign;
use crate::options::{Columns, Options};
use crate::privacy;
use engine::{Engine, HEAD_BYTES, Import, Inspection, Terms, needs_reader};
use protocol::import::{DateOrder, ImportPlan, ImportReport, Preview, Renewal};
use protocol::{Failure, Request};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const PIECE_BYTES: usize = 1 << 20;

/// A workspace with all files in it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The workspace.
    pub(crate) engine: Engine,
    /// What was found in each file and what became of it, in order.
    pub(crate) files: Vec<OpenedFile>,
}

/// One file of the workspace.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    /// What its beginning looked like.
    pub(crate) preview: Preview,
    /// What was imported.
    pub(crate) report: ImportReport,
}

impl Opened {
    /// Fails when no file gave an event.
    ///
    /// # Errors
    /// Names the first file, with its most frequent reason.
    pub(crate) fn require_events(&self) -> Result<(), Fault> {
        let usable = |file: &OpenedFile| file.report.source.n_events + file.report.source.n_duplicates > 0;
        if self.files.iter().any(usable) {
            return Ok(());
        }
        let names: Vec<&str> = self.files.iter().map(|file| file.preview.name.as_str()).collect();
        let reasons = self.files.iter().flat_map(|file| &file.report.source.rejected_by_reason);
        let most = reasons.max_by_key(|(_, n)| *n).map(|(reason, n)| format!("; {n} rows: {reason}"));
        Err(Fault::Input(format!("{}: nothing usable{}", names.join(", "), most.unwrap_or_default())))
    }
}

/// Opens all files and makes sure that there is something to ask about.
///
/// # Errors
/// When a file cannot be read or no file gave an event.
pub(crate) fn open(options: &Options) -> Result<Opened, Fault> {
    let opened = open_all(options)?;
    opened.require_events()?;
    Ok(opened)
}

/// Opens all files, in order.
///
/// # Errors
/// When one cannot be read; nothing of the others is printed then, so that no figure rests on part of the data.
pub(crate) fn open_all(options: &Options) -> Result<Opened, Fault> {
    let mut engine = privacy::workspace(options)?;
    take_mappings(&mut engine, options)?;
    let mut files = Vec::new();
    for path in files_of(&options.files)? {
        let name = display_name(&path);
        let opened = open_one(&mut engine, &path, &name, options).map_err(|problem| problem.fault(&name))?;
        opened.iter().for_each(|file| warn_about(file, options));
        files.extend(opened);
    }
    Ok(Opened { engine, files })
}

/// Takes up the mappings and recipes that were named.
fn take_mappings(engine: &mut Engine, options: &Options) -> Result<(), Fault> {
    for path in &options.mapping {
        let unreadable = |error: io::Error| Fault::Input(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let kept = engine.answer(&Request::KeepMapping { text });
        kept.map_err(|failure| Problem::from(failure).fault(&path.display().to_string()))?;
    }
    Ok(())
}

/// Writes how the columns of a file were read, for the next time.
pub(crate) fn save_mapping(preview: &Preview, plan: &ImportPlan, options: &Options) -> Result<(), Problem> {
    let Some(path) = &options.save_mapping else { return Ok(()) };
    let columns: Vec<String> = preview.columns.iter().map(|column| column.name.clone()).collect();
    Ok(std::fs::write(path, engine::page_of(plan, &columns))?)
}

/// The files that were named, and those in the folders that were named, by name; hidden ones are the system's.
fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: io::Error| Fault::Input(format!("{}: {error}", path.display()));
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let mut inside: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()
            .map_err(unreadable)?;
        inside.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
        inside.sort();
        files.extend(files_of(&inside)?);
    }
    Ok(files)
}

fn display_name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "standard input".to_owned();
    }
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// What went wrong with one file.
#[derive(Debug)]
pub(crate) enum Problem {
    Reading(io::Error),
    Refused(Failure),
    Columns(String),
}

impl Problem {
    fn fault(self, name: &str) -> Fault {
        Fault::Input(match self {
            Self::Reading(error) => format!("{name}: {error}"),
            Self::Columns(message) => format!("{name}: {message}"),
            Self::Refused(failure) => {
                let Failure { message, advice } = failure;
                let named = if message.contains(name) { message } else { format!("{name}: {message}") };
                if advice.is_empty() { named } else { format!("{named}\n  {advice}") }
            }
        })
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Reading(error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

/// Opens a file: one thing in most cases, several where it is an archive.
fn open_one(
    engine: &mut Engine,
    path: &Path,
    name: &str,
    options: &Options,
) -> Result<Vec<OpenedFile>, Problem> {
    let standard_input = path.as_os_str() == "-";
    // A pipe cannot be read twice, so what the inspection saw of it is kept.
    let keep = standard_input || !std::fs::metadata(path)?.is_file();
    let mut reader: Box<dyn Read> =
        if standard_input { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    let mut seen = Vec::new();
    reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut seen)?;
    if needs_reader(name, &seen) {
        let source = if keep {
            reader.read_to_end(&mut seen)?;
            foreign::Source::Bytes(seen.into())
        } else {
            foreign::Source::File(path.to_owned())
        };
        return foreign::open(engine, name, &source, options);
    }
    let mut again: Box<dyn Read> = Box::new(Cursor::new(std::mem::take(&mut seen)).chain(reader));
    let preview = inspect(engine.terms(), name, &mut again, keep.then_some(&mut seen))?;
    let plan = plan(&preview, options).map_err(Problem::Columns)?;
    save_mapping(&preview, &plan, options)?;
    if is_lookup(name, &preview, &plan) {
        return Ok(Vec::new());
    }
    let mut whole: Box<dyn Read> =
        if keep { Box::new(Cursor::new(seen).chain(again)) } else { Box::new(File::open(path)?) };
    let mut import = Import::under(plan, engine.terms())?;
    each_piece(&mut whole, |piece| {
        import.push(piece)?;
        Ok(true)
    })?;
    let report = engine.commit(import.finish()?)?;
    Ok(vec![OpenedFile { preview, report }])
}

/// The column that says what customers allow: as the command line names it, or as its name says.
fn consent_of(preview: &Preview, options: &Options) -> Option<String> {
    let has = |name: &&String| preview.columns.iter().any(|column| column.name == **name);
    options.consent.iter().find(has).cloned().or_else(|| preview.consent.clone())
}

/// Whether a file only explains the ids of others, which is said.
pub(crate) fn is_lookup(name: &str, preview: &Preview, plan: &ImportPlan) -> bool {
    let lookup = preview.recipe.as_ref().map(|recipe| recipe.lookup.as_str()).unwrap_or_default();
    let is_one = !lookup.is_empty() && !plan.recipe.is_empty();
    if is_one {
        eprintln!("desirepath: {name}: left out; it lists {lookup}, not what happened");
    }
    is_one
}

fn inspect(
    terms: Terms,
    name: &str,
    reader: &mut dyn Read,
    mut seen: Option<&mut Vec<u8>>,
) -> Result<Preview, Problem> {
    let mut inspection = Inspection::new(name).under(terms);
    each_piece(reader, |piece| {
        if let Some(seen) = seen.as_deref_mut() {
            seen.extend_from_slice(piece);
        }
        Ok(inspection.push(piece)?)
    })?;
    Ok(inspection.finish()?)
}

/// Hands over pieces until the end, or until `take` returns false.
fn each_piece(
    reader: &mut dyn Read,
    mut take: impl FnMut(&[u8]) -> Result<bool, Problem>,
) -> Result<(), Problem> {
    let mut buffer = vec![0_u8; PIECE_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                if !take(&buffer[..n])? {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The guess, where the command line doesn't say otherwise.
pub(crate) fn plan(preview: &Preview, options: &Options) -> Result<ImportPlan, String> {
    let Columns { customer, activity, time, end_time, channel, account, text, money, .. } = &options.columns;
    let Columns { object, currency, score, score_kind, mrr, record, .. } = &options.columns;
    let mut mapping = preview.mapping.clone();
    let roles = [
        ("customer", customer),
        ("activity", activity),
        ("time", time),
        ("end_time", end_time),
        ("channel", channel),
        ("account", account),
        ("text", text),
        ("money", money),
        ("object", object),
        ("currency", currency),
        ("score", score),
        ("mrr", mrr),
        ("record", record),
    ];
    let has = |name: &str| preview.columns.iter().any(|column| column.name == name);
    let columns =
        || preview.columns.iter().map(|column| format!("{:?}", column.name)).collect::<Vec<_>>().join(", ");
    for (role, wanted) in roles {
        if let Some(name) = wanted.iter().find(|name| has(name)) {
            mapping.set(role, Some(name.clone()));
        } else if let Some(name) = wanted.first() {
            return Err(format!(
                "no column {name:?} for --{}; there are {}",
                role.replace('_', "-"),
                columns()
            ));
        }
    }
    mapping.score_kind = score_kind.or(mapping.score_kind);
    if mapping.score.is_some() && mapping.score_kind.is_none() {
        return Err("it is not said which survey the answers belong to; say it with --score-kind".to_owned());
    }
    // What is said on the command line counts before what is known of the file.
    let is_said = roles.iter().any(|(_, wanted)| !wanted.is_empty());
    let recipe = preview.recipe.as_ref().filter(|_| !is_said).map(|recipe| recipe.text.clone());
    let required =
        [("customer", &mapping.customer), ("activity", &mapping.activity), ("time", &mapping.time)];
    if let Some((role, _)) = required.into_iter().find(|(_, column)| column.is_none() && recipe.is_none()) {
        return Err(format!(
            "no column looks like the {role}; name one with --{role}. There are {}",
            columns()
        ));
    }
    let date_order = match (options.day_first, options.month_first) {
        (true, _) => DateOrder::DayFirst,
        (_, true) => DateOrder::MonthFirst,
        _ => preview.time.date_order,
    };
    Ok(ImportPlan {
        name: preview.name.clone(),
        format: preview.format.clone(),
        mapping,
        date_order,
        zone_offset_minutes: options.zone_offset.unwrap_or(preview.time.zone_offset_minutes),
        recipe: recipe.unwrap_or_default(),
        treatments: None,
        renewal: if options.beside { Renewal::Beside } else { Renewal::Found },
        consent: consent_of(preview, options),
        keep_for: Vec::new(),
    })
}

fn warn_about(file: &OpenedFile, options: &Options) {
    let Preview { name, time, .. } = &file.preview;
    if time.date_order_open && !options.day_first && !options.month_first {
        let order = match time.date_order {
            DateOrder::DayFirst => "day first",
            DateOrder::MonthFirst => "month first",
        };
        eprintln!(
            "desirepath: {name}: days and months cannot be told apart; read {order} (--day-first, --month-first)"
        );
    }
    let (source, change) = (&file.report.source, &file.report.change);
    if let Some(own) = &file.preview.own {
        eprintln!("desirepath: {name}: its columns are read as for {}", own.title);
    }
    if change.renews {
        let known = if source.name == *name { "the file before".to_owned() } else { source.name.clone() };
        eprintln!(
            "desirepath: {name}: newer export of {known}: {} events new, {} changed, {} gone, {} unchanged, {} late (--beside keeps both)",
            change.n_events.saturating_sub(change.n_changed),
            change.n_changed,
            change.n_gone,
            change.n_duplicates,
            change.n_late
        );
    }
    if source.n_rejected > 0 {
        eprintln!(
            "desirepath: {name}: {} of {} rows rejected; `desirepath audit` lists them",
            source.n_rejected, source.n_rows
        );
    }
}
