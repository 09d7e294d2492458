//! The workspace and its answers.

use crate::analyses;
use crate::apply::{self, Change};
use crate::audit;
use crate::change::ChangedMarks;
use crate::convert::failure;
use crate::durable::{self, LogEntry};
use crate::history::{self, Course, History};
use crate::identity::{self, Identity};
use crate::import::{Import, Inspection, Origin, Parsed};
use crate::kept::Kept;
use crate::mappings;
use crate::notes::{self, Notes};
use crate::privacy::{self, Privacy, Terms};
use crate::segments::{self, Segments};
use crate::sources::{self, Addition, MAX_SOURCES, Source, SourcePart, Sources};
use crate::views::{self, Views};
use crate::{cases, figures, map_view, stages, tables};
use event::{Batch, Store};
use journey::Analysis;
use protocol::history::{Deed, DeedKind, Note};
use protocol::identity::IdentityDeed;
use protocol::import::{ImportPlan, ImportReport, Preview, Renewal, Renewed};
use protocol::privacy::Intake;
use protocol::{Failure, MapQuery, Reply, Request, bulk};

/// One workspace: all events, everything counted from them, and where they came from.
#[derive(Debug)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) analysis: Analysis,
    pub(crate) sources: Sources,
    pub(crate) views: Views,
    pub(crate) segments: Segments,
    /// Names of the map's lanes in the order that a person gave them; empty is the usual one.
    pub(crate) lanes: Vec<String>,
    pub(crate) notes: Notes,
    pub(crate) changed: ChangedMarks,
    pub(crate) revision: u64,
    pub(crate) history: History,
    pub(crate) identity: Identity,
    /// Of so many customers, the first ones, no name is itself an address: nobody looks again.
    pub(crate) n_plain_names: usize,
    /// What was changed and not yet taken by the edge; `None` where nobody asks for it.
    pub(crate) log: Option<Vec<LogEntry>>,
    pub(crate) kept: Kept,
    pub(crate) privacy: Privacy,
    /// What time it is, as the edge has told it last.
    pub(crate) now_micros: Option<i64>,
}

/// The answer to one request.
#[derive(Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The buffer of [`Reply::Bulk`]; its type follows from the request.
    pub bulk: Option<bulk::Buffer>,
}

impl Default for Engine {
    fn default() -> Self {
        let store = Store::new();
        // The stages of an empty workspace are those that it has again once everything is taken back.
        let analysis = Analysis::from_scratch(&store);
        Self {
            store,
            analysis,
            sources: Sources::default(),
            views: Views::default(),
            segments: Segments::default(),
            lanes: Vec::new(),
            notes: Notes::default(),
            changed: ChangedMarks::default(),
            revision: 0,
            history: History::default(),
            identity: Identity::default(),
            n_plain_names: 0,
            kept: Kept::default(),
            privacy: Privacy::default(),
            now_micros: None,
            log: None,
        }
    }
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
        self.commit_with(parsed, Vec::new())
    }

    fn commit_with(&mut self, parsed: Parsed, notes: Vec<Change>) -> Result<ImportReport, Failure> {
        let kind = if parsed.origin == Origin::Append { DeedKind::Append } else { DeedKind::Import };
        let subject = parsed.plan.name.clone();
        let deed = Deed { kind, subject };
        let kept = mappings::of_plan(self, &parsed.plan)?;
        self.perform(&deed, |engine, inverses| {
            let report = engine.add(parsed, inverses)?;
            for note in notes.into_iter().chain(kept.map(Change::Note)) {
                inverses.push(apply::apply(engine, note)?.inverse);
            }
            Ok(report)
        })
    }

    /// Does what is one step of the history; when it cannot be done to its end, nothing of it stays.
    fn perform<T>(
        &mut self,
        deed: &Deed,
        work: impl FnOnce(&mut Self, &mut Vec<Change>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut inverses = Vec::new();
        match work(self, &mut inverses) {
            Ok(done) => {
                history::note(self, deed.clone(), inverses);
                Ok(done)
            }
            Err(failure) => {
                if !inverses.is_empty() {
                    let n_changes = 2 * inverses.len();
                    while let Some(inverse) = inverses.pop() {
                        apply::apply(self, inverse)?;
                    }
                    durable::note_deed(self, Course::Refused, deed, n_changes);
                }
                Err(failure)
            }
        }
    }

    fn add(&mut self, parsed: Parsed, inverses: &mut Vec<Change>) -> Result<ImportReport, Failure> {
        let Parsed { plan, format_caption, mut batch, audit, origin, intake, mut facts, silent, consents } =
            parsed;
        if let Some(source) = self.renewed(&plan, &format_caption, origin)? {
            batch.renew(source);
        }
        self.check_room(&batch, &plan.name)?;
        let (batch, kept_out) = privacy::admit(self, batch, &format_caption);
        privacy::bar(self, &mut facts);
        let intake = Intake { n_expired: kept_out.n_expired, n_barred: kept_out.n_barred, ..intake };
        let part = SourcePart {
            name: plan.name,
            format: format_caption,
            mapping: plan.mapping,
            audit,
            origin,
            intake,
            renewed: None,
        };
        let n_known = self.store.customers().len();
        let addition = Addition { batch, part, renewal: None, before: None };
        let applied = identity::import(self, addition, (facts, silent, consents), inverses)?;
        let (number, mut change) = applied.added.unwrap_or_default();
        change.n_new_customers = identity::n_new_customers(self, n_known);
        let Some((_, source)) = self.sources.live_one(u32::from(number)) else {
            return Err(failure("The events were added, but their source is not in the list.", ""));
        };
        Ok(ImportReport { source: source.clone(), change })
    }

    /// The source that a file renews.
    fn renewed(&self, plan: &ImportPlan, format: &str, origin: Origin) -> Result<Option<u16>, Failure> {
        match plan.renewal {
            Renewal::Of(source) => Ok(Some(self.removable(source)?.0)),
            Renewal::Found if origin == Origin::File => {
                Ok(self.sources.renewed(&plan.name, sources::recipe_of(format), &plan.mapping))
            }
            Renewal::Found | Renewal::Beside => Ok(None),
        }
    }

    /// Names the source that a file renews unless a person says otherwise, where there is one.
    pub fn propose_renewal(&self, preview: &mut Preview) {
        let recipe = preview.recipe.as_ref().map_or("", |recipe| recipe.title.as_str());
        let source = self.sources.renewed(&preview.name, recipe, &preview.mapping);
        let summary = source.and_then(|source| self.sources.live_one(u32::from(source)));
        preview.renews =
            summary.map(|(_, summary)| Renewed { source: summary.source, name: summary.name.clone() });
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
        self.append_with_notes(name, plan, Vec::new(), bytes)
    }

    /// Adds events and changes notes in the same step, so that all is kept or nothing is.
    ///
    /// # Errors
    /// As [`Engine::append`], and when a note cannot be changed.
    pub fn append_with_notes(
        &mut self,
        name: &str,
        plan: Option<ImportPlan>,
        notes: Vec<Note>,
        bytes: &[u8],
    ) -> Result<ImportReport, Failure> {
        let checked = notes.into_iter().map(|note| notes::check(&self.notes, note, false).map(Change::Note));
        let notes = checked.collect::<Result<_, _>>()?;
        let plan = match plan {
            Some(plan) => ImportPlan { name: name.to_owned(), ..plan },
            None => guess(name, bytes, self.terms())?,
        };
        let batch = self.sources.continued(name).map_or_else(|| Batch::new(name), Batch::continuing);
        let mut import = Import::into_batch(plan, batch, self.terms())?;
        import.push(bytes)?;
        self.commit_with(import.finish_from(Origin::Append)?, notes)
    }

    /// Makes the sample company and adds its files.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn open_sample(&mut self) -> Result<Vec<ImportReport>, Failure> {
        let mut parts = Vec::new();
        for file in source::sample::files() {
            let mut import = Import::under(guess(&file.name, &file.bytes, self.terms())?, self.terms())?;
            import.push(&file.bytes)?;
            parts.push(import.finish_from(Origin::Sample)?);
        }
        let deed = Deed { kind: DeedKind::OpenSample, subject: String::new() };
        self.perform(&deed, |engine, inverses| {
            parts.into_iter().map(|part| engine.add(part, inverses)).collect()
        })
    }

    /// The map as it is drawn first, to be shown at the next opening before the workspace is read; `None` where there is
    /// nothing to draw, or where some of it may be too old by then.
    pub fn glance(&self) -> Option<bulk::Buffer> {
        let is_fit = self.store.n_events() > 0 && self.privacy.settings.retention.keeps_all();
        is_fit.then(|| in_bulk(&map_view::view(self, &MapQuery::default())).ok()?.bulk).flatten()
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
            Request::Ask { question } => in_bulk(&analyses::report(self, question)?),
            Request::Card { figure } => in_bulk(&figures::card(self, figure)?),
            Request::Sources => Ok(small(Reply::Sources { sources: self.sources.live().cloned().collect() })),
            Request::Rejects { source } => self.rejects(*source).map(small),
            Request::History => Ok(small(history::say(self))),
            Request::Audit => Ok(small(Reply::Audit { audits: audit::audits(self) })),
            Request::Privacy => Ok(small(privacy::state(self))),
            Request::Held { customer } => {
                Ok(small(Reply::Held { held: Box::new(privacy::held(self, customer)?) }))
            }
            Request::Erase { customer } => {
                Ok(small(Reply::Erased { receipt: Box::new(privacy::erase(self, customer)?) }))
            }
            Request::Readmit { customer } => privacy::readmit(self, customer).map(|()| small(Reply::Done)),
            Request::Expiring { retention } => {
                Ok(small(Reply::Expiring { sources: privacy::expiring(self, retention)? }))
            }
            Request::Expire => Ok(small(Reply::Expiring { sources: privacy::expire(self)? })),
            Request::Views => Ok(small(Reply::Views { views: self.views.values().cloned().collect() })),
            Request::KeepNote { note } => {
                let change = notes::check(&self.notes, note.clone(), true)?;
                apply::apply(self, Change::Note(change))?;
                Ok(small(Reply::Done))
            }
            Request::Notes { prefix } => {
                let found =
                    self.notes.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(prefix));
                let notes = found.map(|(name, text)| (name.clone(), text.clone())).collect();
                Ok(small(Reply::Notes { notes }))
            }
            Request::Mappings => Ok(small(Reply::Mappings { mappings: mappings::list(&self.notes) })),
            Request::Segments => Ok(small(Reply::Segments { segments: segments::sizes(self)? })),
            Request::OpenSample => self.open_sample().map(|reports| small(Reply::SampleImported { reports })),
            Request::Undo => history::undo(self).map(small),
            Request::Redo => history::redo(self).map(small),
            Request::Identity { question } => {
                identity::answer(self, question).map(|answer| small(Reply::Identity { answer }))
            }
            Request::Link { deed } => self.link(deed).map(small),
            Request::RemoveSource { source } => {
                let (number, subject) = self.removable(*source)?;
                let deed = Deed { kind: DeedKind::RemoveSource, subject };
                self.perform(&deed, |engine, inverses| identity::remove_source(engine, number, inverses))?;
                Ok(small(Reply::Done))
            }
            Request::Contents { .. }
            | Request::Inspect { .. }
            | Request::Import { .. }
            | Request::Append { .. }
            | Request::Cancel { .. } => {
                Err(failure("This request belongs to the bytes that come with it.", ""))
            }
            command => self.command(command).map(small),
        }
    }

    /// Carries out a command that is one step of the history.
    fn command(&mut self, command: &Request) -> Result<Reply, Failure> {
        let (kind, subject, changes) = match command {
            Request::SetStage { activity, stage } => {
                let change = stages::set_one(self, activity, stage.as_deref())?;
                (DeedKind::SetStage, activity.clone(), vec![change])
            }
            Request::SetStages { names, placed } => {
                (DeedKind::SetStages, String::new(), stages::edit(self, names, placed)?)
            }
            Request::SaveView { view } => {
                let view = views::check(&self.views, view.clone())?;
                (DeedKind::SaveView, view.name.clone(), vec![Change::SaveView(view)])
            }
            Request::DeleteView { name } => {
                views::check_known(&self.views, name)?;
                (DeedKind::DeleteView, name.clone(), vec![Change::DeleteView { name: name.clone() }])
            }
            Request::SaveSegment { segment } => {
                let segment = segments::check(&self.segments, segment.clone())?;
                (DeedKind::SaveSegment, segment.name.clone(), vec![Change::SaveSegment(segment)])
            }
            Request::SetLanes { lanes } => {
                let lanes = views::lanes(lanes.clone())?;
                (DeedKind::SetLanes, String::new(), vec![Change::SetLanes { lanes }])
            }
            Request::DeleteSegment { name } => {
                segments::check_known(&self.segments, name)?;
                (DeedKind::DeleteSegment, name.clone(), vec![Change::DeleteSegment { name: name.clone() }])
            }
            Request::KeepMapping { text } => {
                let (title, change) = mappings::keep(self, text)?;
                (DeedKind::KeepMapping, title, vec![Change::Note(change)])
            }
            Request::ForgetMapping { name } => {
                let (title, change) = mappings::forget(self, name)?;
                (DeedKind::ForgetMapping, title, vec![Change::Note(change)])
            }
            Request::SetPrivacy { settings } => {
                let settings = privacy::check(settings.as_ref().clone())?;
                (DeedKind::SetPrivacy, String::new(), vec![Change::SetPrivacy(Box::new(settings))])
            }
            _ => return Err(failure("The engine does not know this request.", "Reload the page.")),
        };
        // None of these brings events, so that none of them can fail for want of room.
        let mut inverses = Vec::new();
        for change in changes {
            inverses.push(apply::apply(self, change)?.inverse);
        }
        history::note(self, Deed { kind, subject }, inverses);
        Ok(Reply::Done)
    }

    /// Changes who is one.
    fn link(&mut self, deed: &IdentityDeed) -> Result<Reply, Failure> {
        let mut inverses = Vec::new();
        let told = identity::carry_out(self, deed, &mut inverses);
        let (kind, subject) = match &told {
            Ok((kind, subject, _)) => (*kind, subject.clone()),
            Err(_) => (DeedKind::Decide, String::new()),
        };
        self.perform(&Deed { kind, subject }, |_, made| {
            *made = inverses;
            told.map(|(_, _, summary)| Reply::Linked { summary })
        })
    }

    fn removable(&self, source: u32) -> Result<(u16, String), Failure> {
        match (u16::try_from(source), self.sources.live_one(source)) {
            (Ok(number), Some((_, summary))) => Ok((number, summary.name.clone())),
            _ => Err(no_source(source)),
        }
    }

    fn rejects(&self, source: u32) -> Result<Reply, Failure> {
        let Some((Source { rejects, .. }, summary)) = self.sources.live_one(source) else {
            return Err(no_source(source));
        };
        let listed = rejects.len() as u64;
        let part = if listed < summary.n_rejected { format!(" first {listed}") } else { String::new() };
        Ok(Reply::Text {
            file_name: format!("{} rejected{part}.csv", summary.name),
            text: source::rejects_csv(rejects),
        })
    }

    fn check_room(&self, batch: &Batch, name: &str) -> Result<(), Failure> {
        if batch.len() as u64 > self.store.n_free() {
            let message =
                format!("{name} was not added: the workspace would hold more than a billion events.");
            return Err(failure(message, "Open a part of the data, or use a workspace for each part."));
        }
        if self.sources.len() >= MAX_SOURCES && batch.continues().is_none() {
            let message = format!("{name} was not added: the workspace has {MAX_SOURCES} sources.");
            return Err(failure(message, "Join files before opening them, or append under one name."));
        }
        Ok(())
    }
}

fn no_source(source: u32) -> Failure {
    failure(format!("There is no source {source}."), "Open the list of sources again.")
}

/// The plan of a person who confirms every guess.
fn guess(name: &str, bytes: &[u8], terms: Terms) -> Result<ImportPlan, Failure> {
    let mut inspection = Inspection::new(name).under(terms);
    inspection.push(bytes)?;
    let preview = inspection.finish()?;
    let treatments = Some(privacy::treatments_of(&preview));
    Ok(ImportPlan {
        consent: preview.consent.clone(),
        treatments,
        name: preview.name,
        format: preview.format,
        mapping: preview.mapping,
        date_order: preview.time.date_order,
        zone_offset_minutes: preview.time.zone_offset_minutes,
        recipe: preview.recipe.map(|recipe| recipe.text).unwrap_or_default(),
        renewal: Renewal::default(),
        keep_for: Vec::new(),
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
