//! The workspace and its answers.

use crate::analyses;
use crate::cases;
use crate::change::{self, ChangedMarks, Counts};
use crate::convert::failure;
use crate::import::{Import, Inspection, Origin, Parsed};
use crate::{map_view, stages, tables};
use event::{Batch, Store};
use journey::Analysis;
use protocol::import::{ImportPlan, ImportReport, SourceSummary};
use protocol::{Failure, Reply, Request, bulk};
use source::{Audit, Reject};

/// Most sources of one workspace.
const MAX_SOURCES: usize = 60_000;

/// One workspace: all events, everything counted from them, and where they came from.
#[derive(Debug, Default)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) analysis: Analysis,
    pub(crate) sources: Vec<Source>,
    pub(crate) changed: ChangedMarks,
    pub(crate) revision: u64,
    /// Revision and digest of the data, once a question needed it.
    pub(crate) data_digest: Option<(u64, u64)>,
}

/// A source with what was rejected of it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) summary: SourceSummary,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) origin: Origin,
}

/// The answer to one request.
#[derive(Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The buffer of [`Reply::Bulk`]; its type follows from the request.
    pub bulk: Option<bulk::Buffer>,
}

impl Engine {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a parsed file part of the workspace and says what changed.
    ///
    /// # Errors
    /// When there is no room; the workspace is then as before.
    pub fn commit(&mut self, parsed: Parsed) -> Result<ImportReport, Failure> {
        let Parsed { plan, format_caption, batch, audit, origin } = parsed;
        self.check_room(&batch, origin, &plan.name)?;
        let continued = self.continued(origin, &plan.name);
        let before = Counts::of(self.analysis.graph());
        let staged = self.store.stage(batch);
        let mut change = change::summary_of(&staged, audit.n_rejected);
        (change.n_recomputed_cases, change.n_kept_cases) = self.analysis.commit(&mut self.store, staged);
        let after = Counts::of(self.analysis.graph());
        self.changed = before.marks(&after);
        change::list_changes(&mut change, self.store.activities(), &before, &after, &self.changed);
        self.revision += 1;
        let counted = (change.n_events, change.n_duplicates);
        let source = match continued {
            Some(number) => self.sources[number].grow(audit, counted, &plan),
            None => {
                let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
                let source = Source::new(number, plan, format_caption, audit, counted, origin);
                let summary = source.summary.clone();
                self.sources.push(source);
                summary
            }
        };
        Ok(ImportReport { source, change })
    }

    /// Adds events given as JSON (an array of objects or one object a line), as a host page has them.
    ///
    /// Appends of one name are one source.
    ///
    /// # Errors
    /// When the bytes are not JSON, or no event could be made of any of its objects; the workspace is as before.
    pub fn append(
        &mut self,
        name: &str,
        plan: Option<ImportPlan>,
        bytes: &[u8],
    ) -> Result<ImportReport, Failure> {
        let plan = match plan {
            Some(plan) => ImportPlan { name: name.to_owned(), ..plan },
            None => guess(name, bytes)?,
        };
        let batch = match self.continued(Origin::Append, name) {
            Some(number) => Batch::continuing(u16::try_from(number).unwrap_or(u16::MAX)),
            None => Batch::new(name),
        };
        let mut import = Import::into_batch(plan, batch)?;
        import.push(bytes)?;
        self.commit(import.finish_from(Origin::Append)?)
    }

    /// Makes the sample company and adds its files.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn open_sample(&mut self) -> Result<Vec<ImportReport>, Failure> {
        let mut reports = Vec::new();
        for file in source::sample::files() {
            let mut import = Import::new(guess(&file.name, &file.bytes)?)?;
            import.push(&file.bytes)?;
            reports.push(self.commit(import.finish_from(Origin::Sample)?)?);
        }
        Ok(reports)
    }

    /// Answers a question or carries out a command.
    ///
    /// # Errors
    /// When it names what is not there, or is one that brings its own bytes ([`Request::Inspect`], [`Request::Import`],
    /// [`Request::Append`], [`Request::Cancel`]) and is handled where these arrive.
    pub fn answer(&mut self, request: &Request) -> Result<Answer, Failure> {
        match request {
            Request::Map { query } => in_bulk(&map_view::view(self, query)),
            Request::Graph => in_bulk(&tables::graph(self)),
            Request::Variants { offset, limit } => in_bulk(&tables::variants(self, *offset, *limit)),
            Request::Cases { selection, offset, limit } => {
                in_bulk(&cases::list(self, selection, *offset, *limit)?)
            }
            Request::Case { customer } => in_bulk(&cases::timeline(self, customer)?),
            Request::Ask { question } => {
                let digest = self.data_digest();
                in_bulk(&analyses::report(self, question, digest)?)
            }
            Request::Sources => {
                let sources = self.sources.iter().map(|source| source.summary.clone()).collect();
                Ok(small(Reply::Sources { sources }))
            }
            Request::Rejects { source } => self.rejects(*source).map(small),
            Request::SetStage { activity, stage } => {
                stages::set_one(self, activity, stage.as_deref())?;
                Ok(small(Reply::Done))
            }
            Request::SetStages { names } => {
                stages::set_all(self, names)?;
                Ok(small(Reply::Done))
            }
            Request::OpenSample => self.open_sample().map(|reports| small(Reply::SampleImported { reports })),
            Request::Inspect { .. }
            | Request::Import { .. }
            | Request::Append { .. }
            | Request::Cancel { .. } => {
                Err(failure("This request belongs to the bytes that come with it.", ""))
            }
        }
    }

    /// Digest of the data, worked out once for every revision.
    fn data_digest(&mut self) -> u64 {
        match self.data_digest {
            Some((revision, digest)) if revision == self.revision => digest,
            _ => {
                let digest = analyses::data_digest(&self.store);
                self.data_digest = Some((self.revision, digest));
                digest
            }
        }
    }

    fn rejects(&self, source: u32) -> Result<Reply, Failure> {
        let Some(Source { summary, rejects, .. }) = self.sources.get(source as usize) else {
            return Err(failure(format!("There is no source {source}."), "Open the list of sources again."));
        };
        let listed = rejects.len() as u64;
        let part = if listed < summary.n_rejected { format!(" first {listed}") } else { String::new() };
        Ok(Reply::Text {
            file_name: format!("{} rejected{part}.csv", summary.name),
            text: source::rejects_csv(rejects),
        })
    }

    fn check_room(&self, batch: &Batch, origin: Origin, name: &str) -> Result<(), Failure> {
        if batch.len() as u64 > self.store.n_free() {
            let message =
                format!("{name} was not added: the workspace would hold more than a billion events.");
            return Err(failure(message, "Open a part of the data, or use a workspace for each part."));
        }
        if self.sources.len() >= MAX_SOURCES && self.continued(origin, name).is_none() {
            let message = format!("{name} was not added: the workspace has {MAX_SOURCES} sources.");
            return Err(failure(message, "Join files before opening them, or append under one name."));
        }
        Ok(())
    }

    /// The source that an append of this name continues.
    fn continued(&self, origin: Origin, name: &str) -> Option<usize> {
        if origin != Origin::Append {
            return None;
        }
        self.sources.iter().position(|source| source.origin == Origin::Append && source.summary.name == name)
    }
}

impl Source {
    fn new(
        number: u32,
        plan: ImportPlan,
        format: String,
        audit: Audit,
        (n_events, n_duplicates): (u64, u64),
        origin: Origin,
    ) -> Self {
        let summary = SourceSummary {
            source: number,
            name: plan.name,
            format,
            n_rows: audit.n_rows,
            n_events,
            n_duplicates,
            n_rejected: audit.n_rejected,
            rejected_by_reason: audit.rejected_by_reason,
            repaired_by_kind: audit.repaired_by_kind,
            first_micros: audit.first_micros,
            last_micros: audit.last_micros,
            mapping: plan.mapping,
            sample: origin == Origin::Sample,
        };
        Self { summary, rejects: audit.rejects, origin }
    }

    /// Adds another part of the same source; the mapping is that of the latest part.
    fn grow(
        &mut self,
        audit: Audit,
        (n_events, n_duplicates): (u64, u64),
        plan: &ImportPlan,
    ) -> SourceSummary {
        /// Rejects kept of a source that grows for as long as its page is open.
        const MAX_REJECTS: usize = 10_000;
        let summary = &mut self.summary;
        summary.n_rows += audit.n_rows;
        summary.n_events += n_events;
        summary.n_duplicates += n_duplicates;
        summary.n_rejected += audit.n_rejected;
        add_counts(&mut summary.rejected_by_reason, audit.rejected_by_reason);
        add_counts(&mut summary.repaired_by_kind, audit.repaired_by_kind);
        summary.first_micros = summary.first_micros.into_iter().chain(audit.first_micros).min();
        summary.last_micros = summary.last_micros.into_iter().chain(audit.last_micros).max();
        summary.mapping = plan.mapping.clone();
        let room = MAX_REJECTS.saturating_sub(self.rejects.len());
        self.rejects.extend(audit.rejects.into_iter().take(room));
        summary.clone()
    }
}

/// Adds counts by name; most frequent first, ties by name.
fn add_counts(counts: &mut Vec<(String, u64)>, more: Vec<(String, u64)>) {
    for (name, n) in more {
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += n,
            None => counts.push((name, n)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}

/// The plan of a person who confirms every guess.
fn guess(name: &str, bytes: &[u8]) -> Result<ImportPlan, Failure> {
    let mut inspection = Inspection::new(name);
    inspection.push(bytes)?;
    let preview = inspection.finish()?;
    Ok(ImportPlan {
        name: preview.name,
        format: preview.format,
        mapping: preview.mapping,
        date_order: preview.time.date_order,
        zone_offset_minutes: preview.time.zone_offset_minutes,
    })
}

fn small(reply: Reply) -> Answer {
    Answer { reply, bulk: None }
}

fn in_bulk<T: bulk::Encode>(view: &T) -> Result<Answer, Failure> {
    let buffer = bulk::encode(view).map_err(|_| {
        failure("The answer is too large to be shown.", "Ask for less at a time, for example with a limit.")
    })?;
    Ok(Answer { reply: Reply::Bulk, bulk: Some(buffer) })
}
