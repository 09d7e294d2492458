//! Reading a file for the workspace without touching it.

use crate::convert::{
    failure_of, plan_from_wire, plan_to_wire, preview_to_wire, reading_from_wire, reject_from_wire,
};
use crate::identity::SourceFacts;
use event::Batch;
use protocol::Failure;
use protocol::import::{ImportPlan, Preview, Progress, Reading, Reject};
use source::{Audit, FOREIGN_HEAD_BYTES, Foreign, Importer, Inspector, Plan};

/// Bytes at the beginning of a file that are enough for [`needs_reader`].
pub const HEAD_BYTES: usize = FOREIGN_HEAD_BYTES;

/// Whether a file has to be turned into records by a reader before it can be inspected and imported.
#[must_use]
pub fn needs_reader(name: &str, head: &[u8]) -> bool {
    Foreign::recognise(name, head).is_some()
}

/// A look at the beginning of a file.
#[derive(Debug)]
pub struct Inspection(Inspector);

impl Inspection {
    /// Begins to look at the file with this name.
    pub fn new(name: &str) -> Self {
        Self(Inspector::new(name))
    }

    /// Begins to look at what a reader makes of a file.
    pub fn of_reading(name: &str, reading: Reading) -> Self {
        Self(Inspector::of_reading(name, reading_from_wire(reading)))
    }

    /// Takes note of a record that the reader could not make.
    pub fn reject(&mut self, reject: Reject) {
        self.0.reject(reject_from_wire(reject));
    }

    /// Takes the next bytes; returns false once enough has been seen.
    ///
    /// # Errors
    /// When the file cannot be one that is read here.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        self.0.push(bytes).map_err(|error| failure_of(&error))
    }

    /// Says what was found and guessed.
    ///
    /// # Errors
    /// When the file holds nothing that could be imported.
    pub fn finish(self) -> Result<Preview, Failure> {
        self.0.finish().map(preview_to_wire).map_err(|error| failure_of(&error))
    }
}

/// A file on its way in; dropping it leaves no trace.
#[derive(Debug)]
pub struct Import(Importer);

/// What a whole file gave, ready for [`crate::Engine::commit`].
#[derive(Debug)]
pub struct Parsed {
    pub(crate) plan: ImportPlan,
    pub(crate) format_caption: String,
    pub(crate) batch: Batch,
    pub(crate) audit: Audit,
    pub(crate) origin: Origin,
    /// What the file says of persons and accounts.
    pub(crate) facts: SourceFacts,
}

/// How a source came into the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File,
    Append,
    Sample,
}

impl Import {
    /// Begins to read a file under a confirmed plan.
    ///
    /// # Errors
    /// When the plan cannot be carried out.
    pub fn new(plan: ImportPlan) -> Result<Self, Failure> {
        let batch = Batch::new(&plan.name);
        Self::into_batch(plan, batch)
    }

    /// Begins to read events that continue a batch.
    pub(crate) fn into_batch(plan: ImportPlan, batch: Batch) -> Result<Self, Failure> {
        Importer::into_batch(plan_from_wire(plan)?, batch).map(Self).map_err(|error| failure_of(&error))
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When the file is broken beyond single records; nothing of it has reached the workspace.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0.push(bytes).map_err(|error| failure_of(&error))
    }

    /// Counts a record that a reader could not make of the file.
    pub fn reject(&mut self, reject: Reject) {
        self.0.reject(reject_from_wire(reject));
    }

    /// Counts what a reader had to mend.
    pub fn repair(&mut self, kind: String, n: u64) {
        self.0.repair(kind, n);
    }

    /// How far it is; the size of the file is not known here and stays 0.
    pub fn progress(&self) -> Progress {
        let progress = self.0.progress();
        Progress {
            n_bytes: progress.n_bytes,
            n_bytes_total: 0,
            n_rows: progress.n_rows,
            n_rejected: progress.n_rejected,
            phase: "reading".to_owned(),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it was cut off or none of its records could be used.
    pub fn finish(self) -> Result<Parsed, Failure> {
        self.finish_from(Origin::File)
    }

    pub(crate) fn finish_from(self, origin: Origin) -> Result<Parsed, Failure> {
        let imported = self.0.finish().map_err(|error| failure_of(&error))?;
        Ok(Parsed {
            format_caption: caption_of(&imported.plan),
            plan: plan_to_wire(imported.plan),
            batch: imported.batch,
            audit: imported.audit,
            origin,
            facts: SourceFacts::of(imported.profiles, imported.accounts),
        })
    }
}

/// What the file was, for people: `CSV, comma, UTF-8; Zendesk tickets (recipe version 1)`.
fn caption_of(plan: &Plan) -> String {
    match &plan.recipe {
        Some(recipe) => format!("{}; {} (recipe version {})", plan.format, recipe.title, recipe.version),
        None => plan.format.to_string(),
    }
}
