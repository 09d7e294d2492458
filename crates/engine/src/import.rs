//! Reading a file for the workspace without touching it.

use crate::convert::{
    failure, failure_of, plan_from_wire, plan_to_wire, preview_to_wire, reading_from_wire, reject_from_wire,
};
use crate::identity::SourceFacts;
use crate::privacy::{self, Terms, Treater};
use event::Batch;
use protocol::Failure;
use protocol::import::{ImportPlan, Preview, Progress, Reading, Reject, Renewal};
use protocol::privacy::{ColumnTreatment, Intake, Treatment};
use source::{
    Audit, ConsentFacts, FOREIGN_HEAD_BYTES, Foreign, ImportProgress, Importer, Inspector, Page, Plan,
};

/// Bytes at the beginning of a file that are enough for [`needs_reader`].
pub const HEAD_BYTES: usize = FOREIGN_HEAD_BYTES;

/// Whether a file has to be turned into records by a reader before it can be inspected and imported.
#[must_use]
pub fn needs_reader(name: &str, head: &[u8]) -> bool {
    Foreign::recognise(name, head).is_some()
}

/// A look at the beginning of a file.
#[derive(Debug)]
pub struct Inspection {
    inspector: Inspector,
    terms: Terms,
}

impl Inspection {
    /// Begins to look at the file with this name.
    pub fn new(name: &str) -> Self {
        Self { inspector: Inspector::new(name), terms: Terms::default() }
    }

    /// Begins to look at what a reader makes of a file.
    pub fn of_reading(name: &str, reading: Reading) -> Self {
        let inspector = Inspector::of_reading(name, reading_from_wire(reading));
        Self { inspector, terms: Terms::default() }
    }

    /// Proposes what becomes of personal data as a workspace's policy says.
    #[must_use]
    pub fn under(self, terms: Terms) -> Self {
        // What cannot be read any more is passed over; it is still listed.
        let pages = terms.pages.iter().filter_map(|text| Page::read(text).ok()).collect();
        Self { inspector: self.inspector.under(pages), terms }
    }

    /// Takes note of a record that the reader could not make.
    pub fn reject(&mut self, reject: Reject) {
        self.inspector.reject(reject_from_wire(reject));
    }

    /// Takes the next bytes; returns false once enough has been seen.
    ///
    /// # Errors
    /// When the file cannot be one that is read here.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        self.inspector.push(bytes).map_err(|error| failure_of(&error))
    }

    /// Says what was found and guessed.
    ///
    /// # Errors
    /// When the file holds nothing that could be imported.
    pub fn finish(self) -> Result<Preview, Failure> {
        let terms = self.terms.clone();
        let (mut preview, sample) = self.look()?;
        privacy::describe(&mut preview, &sample, &terms);
        Ok(preview)
    }

    /// What was found, without what is personal in it, and the sampled rows.
    fn look(self) -> Result<(Preview, Vec<Vec<String>>), Failure> {
        let mut preview = self.inspector.finish().map_err(|error| failure_of(&error))?;
        let sample = std::mem::take(&mut preview.sample);
        Ok((preview_to_wire(preview), sample))
    }
}

/// A file on its way in; dropping it leaves no trace.
#[derive(Debug)]
pub struct Import {
    terms: Terms,
    renewal: Renewal,
    keep_for: Vec<String>,
    stage: Stage,
}

/// How far a file is.
#[derive(Debug)]
enum Stage {
    /// Nobody has decided what becomes of personal data: the policy does, once the beginning has been seen.
    Looking(Option<Box<Looking>>),
    /// Records become events.
    Reading(Box<Importer>, Vec<ColumnTreatment>),
}

/// The beginning of a file, held until it is known what is personal in it.
#[derive(Debug)]
struct Looking {
    plan: ImportPlan,
    batch: Batch,
    inspection: Inspection,
    held: Vec<u8>,
    rejects: Vec<Reject>,
    repairs: Vec<(String, u64)>,
}

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
    /// Records with an id that say nothing of them, ascending.
    pub(crate) silent: Vec<u64>,
    pub(crate) intake: Intake,
    pub(crate) consents: ConsentFacts,
}

/// How a source came into the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File,
    Append,
    Sample,
}

impl Import {
    /// Begins to read a file under a confirmed plan, in which nothing personal is to be treated.
    ///
    /// # Errors
    /// When the plan cannot be carried out.
    pub fn new(plan: ImportPlan) -> Result<Self, Failure> {
        Self::under(plan, Terms::default())
    }

    /// Begins to read a file under a confirmed plan and what holds in the workspace ([`crate::Engine::terms`]).
    ///
    /// # Errors
    /// When the plan cannot be carried out.
    pub fn under(plan: ImportPlan, terms: Terms) -> Result<Self, Failure> {
        let batch = Batch::new(&plan.name);
        Self::into_batch(plan, batch, terms)
    }

    /// Begins to read events that continue a batch.
    pub(crate) fn into_batch(plan: ImportPlan, batch: Batch, terms: Terms) -> Result<Self, Failure> {
        let (renewal, keep_for) = (plan.renewal, plan.keep_for.clone());
        let stage = match plan.treatments.clone() {
            None if terms.have_policy() => Stage::Looking(Some(Box::new(Looking::new(plan, batch)))),
            chosen => reading(plan, batch, chosen.unwrap_or_default(), &terms)?,
        };
        Ok(Self { terms, renewal, keep_for, stage })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When the file is broken beyond single records; nothing of it has reached the workspace.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.stage {
            Stage::Reading(importer, _) => importer.push(bytes).map_err(|error| failure_of(&error)),
            Stage::Looking(Some(looking)) => {
                looking.held.extend_from_slice(bytes);
                if looking.inspection.push(bytes)? { Ok(()) } else { self.decide() }
            }
            Stage::Looking(None) => Err(unread()),
        }
    }

    /// Decides by what was seen, and reads what was held.
    fn decide(&mut self) -> Result<(), Failure> {
        let Stage::Looking(looking) = &mut self.stage else { return Ok(()) };
        let Looking { plan, batch, inspection, held, rejects, repairs } =
            *looking.take().ok_or_else(unread)?;
        let (mut preview, sample) = inspection.look()?;
        preview.mapping = plan.mapping.clone();
        if plan.recipe.is_empty() {
            preview.recipe = None;
        }
        privacy::describe(&mut preview, &sample, &self.terms);
        self.stage = reading(plan, batch, privacy::treatments_of(&preview), &self.terms)?;
        self.push(&held)?;
        rejects.into_iter().for_each(|reject| self.reject(reject));
        repairs.into_iter().for_each(|(kind, n)| self.repair(kind, n));
        Ok(())
    }

    /// Counts a record that a reader could not make of the file.
    pub fn reject(&mut self, reject: Reject) {
        match &mut self.stage {
            Stage::Looking(Some(looking)) => looking.rejects.push(reject),
            Stage::Looking(None) => {}
            Stage::Reading(importer, chosen) => {
                // Nobody knows what is in a record that could not be made.
                let is_treated = chosen.iter().any(|one| one.treatment != Treatment::Keep);
                let value = if is_treated { String::new() } else { reject.value };
                importer.reject(reject_from_wire(Reject { value, ..reject }));
            }
        }
    }

    /// Counts what a reader had to mend.
    pub fn repair(&mut self, kind: String, n: u64) {
        match &mut self.stage {
            Stage::Looking(Some(looking)) => looking.repairs.push((kind, n)),
            Stage::Looking(None) => {}
            Stage::Reading(importer, _) => importer.repair(kind, n),
        }
    }

    /// How far it is; the size of the file is not known here and stays 0.
    pub fn progress(&self) -> Progress {
        let progress = match &self.stage {
            Stage::Looking(looking) => ImportProgress {
                n_bytes: looking.as_ref().map_or(0, |looking| looking.held.len() as u64),
                ..ImportProgress::default()
            },
            Stage::Reading(importer, _) => importer.progress(),
        };
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

    pub(crate) fn finish_from(mut self, origin: Origin) -> Result<Parsed, Failure> {
        self.decide()?;
        let Stage::Reading(importer, chosen) = self.stage else {
            return Err(unread());
        };
        let imported = importer.finish().map_err(|error| failure_of(&error))?;
        let intake = privacy::intake(chosen.clone(), &imported.treated);
        Ok(Parsed {
            format_caption: caption_of(&imported.plan),
            plan: ImportPlan {
                treatments: Some(chosen),
                renewal: self.renewal,
                keep_for: self.keep_for,
                ..plan_to_wire(imported.plan)
            },
            batch: imported.batch,
            audit: imported.audit,
            origin,
            facts: SourceFacts::of(imported.profiles, imported.accounts),
            silent: imported.silent,
            intake,
            consents: imported.consents,
        })
    }
}

impl Looking {
    fn new(plan: ImportPlan, batch: Batch) -> Self {
        let inspection = match plan.format.reading.clone() {
            Some(reading) => Inspection::of_reading(&plan.name, reading),
            None => Inspection::new(&plan.name),
        };
        Self { plan, batch, inspection, held: Vec::new(), rejects: Vec::new(), repairs: Vec::new() }
    }
}

fn unread() -> Failure {
    failure("The file was not read.", "Open it again.")
}

/// An importer that does what was chosen.
fn reading(
    plan: ImportPlan,
    batch: Batch,
    mut chosen: Vec<ColumnTreatment>,
    terms: &Terms,
) -> Result<Stage, Failure> {
    privacy::settle(&mut chosen, &plan);
    let is_treated = terms.have_policy() || chosen.iter().any(|one| one.treatment != Treatment::Keep);
    let mut importer =
        Importer::into_batch(plan_from_wire(plan)?, batch).map_err(|error| failure_of(&error))?;
    if is_treated {
        let Some(secret) = terms.secret.clone() else {
            return Err(failure(
                "Personal data cannot be treated: the workspace has no secret yet.",
                "Reload the page and open the file again.",
            ));
        };
        importer.treat(Box::new(Treater::new(&chosen, terms, secret)));
    }
    Ok(Stage::Reading(Box::new(importer), chosen))
}

/// What the file was, for people: `CSV, comma, UTF-8; Zendesk tickets (recipe version 1)`.
fn caption_of(plan: &Plan) -> String {
    match &plan.recipe {
        Some(recipe) => format!("{}; {} (recipe version {})", plan.format, recipe.title, recipe.version),
        None => plan.format.to_string(),
    }
}
