//! From a disk to the workspace, believing nothing.

use super::form::{
    self, MarksForm, NoteForm, PartForm, PatchForm, RejectForm, SegmentForm, SourceForm, StageForm, ViewForm,
    WithdrawalForm, WorkspaceForm,
};
use super::people::{self, FactsForm, LinkForm, TogetherForm};
use super::{kind, log, past, privacy};
use crate::apply::{self, Change, Revert};
use crate::convert::{failure, failure_of_store};
use crate::history::History;
use crate::sources::{MAX_SOURCES, Source};
use crate::{Engine, notes, segments, stages, views};
use event::snapshot::{MANIFEST, PART, SnapshotReader};
use event::{Batch, Reversal, Staged};
use journey::{Analysis, StageWishes};
use protocol::{Failure, bulk};

/// A workspace on its way back: first the chunks of a snapshot, if there is one, then the entries of the log.
#[derive(Debug, Default)]
pub struct Restore {
    engine: Engine,
    wishes: StageWishes,
    snapshot: Option<SnapshotReader>,
    has_log: bool,
    /// Everything counted is kept current with every entry, because the workspace is in use.
    is_live: bool,
    /// What takes back each change since the last deed, in order.
    inverses: Vec<Change>,
}

impl Restore {
    /// A workspace without anything in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A workspace in use that follows a log which another one writes; only entries can be pushed.
    pub fn following(mut engine: Engine) -> Self {
        engine.log = None;
        let wishes = engine.analysis.wishes().clone();
        Self { engine, wishes, has_log: true, is_live: true, ..Self::default() }
    }

    /// Takes the next chunk or entry. Nothing is counted yet, so it costs the events that it brings.
    ///
    /// # Errors
    /// When it is broken, does not fit what came before, or is of a newer version; nothing of it is taken then, and
    /// [`Restore::finish`] gives the workspace as of the entry before. That is not so for a chunk of a snapshot.
    pub fn push(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Failure> {
        match kind {
            MANIFEST | PART | kind::WORKSPACE..kind::ADD if self.has_log => Err(form::damaged()),
            MANIFEST | PART => {
                let reader = self.snapshot.get_or_insert_default();
                reader.push(bytes).map_err(|error| failure_of_store(&error))
            }
            kind::WORKSPACE..kind::ADD => self.push_chunk(kind, bytes),
            _ => {
                self.end_snapshot()?;
                if kind == kind::SECRET {
                    self.engine.privacy.secret = Some(privacy::read_secret(bytes)?);
                    return Ok(());
                }
                if kind == kind::DEED {
                    let (course, deed, n_changes) = past::read_deed(bytes)?;
                    let inverses = std::mem::take(&mut self.inverses);
                    self.engine.history.follow(course, deed, n_changes, inverses);
                    return Ok(());
                }
                let inverse = self.push_entry(kind, bytes)?;
                // What is no part of a deed stands between none.
                if kind != kind::KEEP_NOTE_ASIDE {
                    self.inverses.push(inverse);
                }
                self.engine.revision += 1;
                Ok(())
            }
        }
    }

    /// The workspace, with everything counted. Costs O(events).
    ///
    /// # Errors
    /// When chunks of the snapshot are missing or contradict each other.
    pub fn finish(mut self) -> Result<Engine, Failure> {
        self.end_snapshot()?;
        crate::identity::tell_accounts(&mut self.engine);
        if self.is_live {
            crate::privacy::withhold(&mut self.engine);
            self.engine.analysis.set_wishes(&self.engine.store, self.wishes);
        } else {
            crate::privacy::find_withheld(&mut self.engine);
            self.engine.analysis = Analysis::with_wishes(&self.engine.store, self.wishes);
        }
        // Changes that no deed tells of cannot be crossed.
        if !self.inverses.is_empty() {
            self.engine.history = History::default();
        }
        Ok(self.engine)
    }

    fn push_chunk(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Failure> {
        let sources = &mut self.engine.sources;
        match kind {
            kind::WORKSPACE => {
                let head: WorkspaceForm = read(bytes)?;
                *self = Self::new();
                self.engine.revision = head.revision;
                let wishes = head.into_wishes();
                stages::set_all(&wishes.names)?;
                self.wishes = wishes;
            }
            kind::VIEW => {
                let view = views::check(&self.engine.views, read::<ViewForm>(bytes)?.read())?;
                self.engine.views.insert(view.name.clone(), view);
            }
            kind::SEGMENT => drop(self.push_segment(bytes)?),
            kind::LANES => self.engine.lanes = views::lanes(read(bytes)?)?,
            kind::PRIVACY => self.engine.privacy = privacy::read_all(bytes)?,
            kind::NOTE => {
                let part = read::<NoteForm>(bytes)?.read(true);
                notes::put(&mut self.engine.notes, part);
            }
            kind::SOURCE if sources.len() < MAX_SOURCES => {
                let place = u16::try_from(sources.len()).map_err(|_| form::damaged())?;
                let (origin, summary) = read::<SourceForm>(bytes)?.read(place)?;
                sources.push(Source { summary, rejects: Vec::new(), origin });
            }
            kind::REJECTS => {
                let last = sources.len().checked_sub(1).and_then(|last| u16::try_from(last).ok());
                let source = last.and_then(|last| sources.get_mut(last)).ok_or_else(form::damaged)?;
                source.rejects.extend(read::<Vec<RejectForm>>(bytes)?.into_iter().map(RejectForm::read));
            }
            kind::FACTS => {
                let patch = read::<FactsForm>(bytes)?.read();
                if usize::from(patch.source) >= sources.len() {
                    return Err(form::damaged());
                }
                self.engine.identity.patch(patch);
            }
            kind::NO_COMPANIES => self.engine.identity.no_companies = people::read_names(bytes)?,
            kind::LINK => people::take_link(&mut self.engine, read::<LinkForm>(bytes)?)?,
            kind::TOGETHER => {
                people::take_together(&mut self.engine, read::<Vec<TogetherForm>>(bytes)?);
            }
            kind::MARKS => read::<MarksForm>(bytes)?.read_into(&mut self.engine.changed),
            kind::STEP => {
                let (is_redo, step) = past::read_step(bytes)?;
                self.engine.history.push(is_redo, step);
            }
            _ => return Err(unknown(kind)),
        }
        Ok(())
    }

    /// Takes the snapshot as complete.
    fn end_snapshot(&mut self) -> Result<(), Failure> {
        if let Some(reader) = self.snapshot.take() {
            self.engine.store = reader.finish().map_err(|error| failure_of_store(&error))?;
            if !self.engine.identity.origins.fits(&self.engine.store) {
                return Err(form::damaged());
            }
        }
        if self.engine.store.sources().len() != self.engine.sources.len() {
            return Err(form::damaged());
        }
        self.has_log = true;
        Ok(())
    }

    /// Makes a change; returns what takes it back.
    fn push_entry(&mut self, kind: u8, bytes: &[u8]) -> Result<Change, Failure> {
        Ok(match kind {
            kind::ADD | kind::REMOVE_SOURCE | kind::WITHDRAW | kind::REVERT => {
                self.push_events(kind, bytes)?
            }
            kind::SET_STAGE => {
                let StageForm { activity, stage } = read(bytes)?;
                let before = match stage {
                    Some(stage) => self.wishes.by_activity.insert(activity.clone(), stage),
                    None => self.wishes.by_activity.remove(&activity),
                };
                Change::SetStage { activity, stage: before }
            }
            kind::SET_STAGES => {
                let Change::SetStages { names } = stages::set_all(&read::<Vec<String>>(bytes)?)? else {
                    return Err(form::damaged());
                };
                Change::SetStages { names: std::mem::replace(&mut self.wishes.names, names) }
            }
            kind::SET_LANES => {
                let lanes = views::lanes(read(bytes)?)?;
                Change::SetLanes { lanes: std::mem::replace(&mut self.engine.lanes, lanes) }
            }
            kind::KEEP_NOTE | kind::KEEP_NOTE_ASIDE => {
                let note = read::<NoteForm>(bytes)?.read(kind == kind::KEEP_NOTE_ASIDE);
                Change::Note(notes::put(&mut self.engine.notes, note))
            }
            kind::SAVE_SEGMENT => self.push_segment(bytes)?,
            kind::DELETE_SEGMENT => {
                let name = std::str::from_utf8(bytes).map_err(|_| form::damaged())?.to_owned();
                let before = self.engine.segments.remove(&name);
                apply::segment_change(name, before)
            }
            kind::CONSENTS => {
                Change::SetConsents(self.engine.privacy.consents.set(privacy::read_consents(bytes)?))
            }
            kind::SET_PRIVACY => {
                let settings = privacy::read_settings(bytes)?;
                let before = std::mem::replace(&mut self.engine.privacy.settings, settings);
                Change::SetPrivacy(Box::new(before))
            }
            kind::SAVE_VIEW => {
                let view = views::check(&self.engine.views, read::<ViewForm>(bytes)?.read())?;
                let name = view.name.clone();
                let before = self.engine.views.insert(name.clone(), view);
                before.map_or(Change::DeleteView { name }, Change::SaveView)
            }
            kind::DELETE_VIEW => {
                let name = std::str::from_utf8(bytes).map_err(|_| form::damaged())?.to_owned();
                let before = self.engine.views.remove(&name);
                before.map_or(Change::DeleteView { name }, Change::SaveView)
            }
            _ => match people::read_change(kind, bytes)? {
                Some(change) => {
                    let is_live = self.is_live;
                    apply::of_people(&mut self.engine, change, &mut |engine, staged| {
                        commit(engine, staged, is_live)
                    })?
                }
                None => return Err(unknown(kind)),
            },
        })
    }

    fn push_segment(&mut self, bytes: &[u8]) -> Result<Change, Failure> {
        let segment = segments::check(&self.engine.segments, read::<SegmentForm>(bytes)?.read()?)?;
        let before = self.engine.segments.insert(segment.name.clone(), segment.filter);
        Ok(apply::segment_change(segment.name, before))
    }

    fn push_events(&mut self, kind: u8, bytes: &[u8]) -> Result<Change, Failure> {
        let (head, marks, events) = log::split(bytes).ok_or_else(form::damaged)?;
        let marks: MarksForm = read(marks)?;
        let revert = match kind {
            kind::ADD => self.add(head, events)?,
            kind::REMOVE_SOURCE => self.remove_source(head)?,
            kind::WITHDRAW => self.withdraw(head)?,
            _ => self.revert(head, events)?,
        };
        self.engine.changed = crate::change::ChangedMarks::default();
        marks.read_into(&mut self.engine.changed);
        Ok(Change::Revert(Box::new(revert)))
    }

    fn add(&mut self, head: &[u8], events: &[u8]) -> Result<Revert, Failure> {
        let part = read::<PartForm>(head)?.read()?;
        let batch = Batch::from_bytes(events).map_err(|error| failure_of_store(&error))?;
        let Engine { store, sources, .. } = &mut self.engine;
        let continued = batch.continues();
        let has_source = match continued {
            Some(source) => sources.live_one(u32::from(source)).is_some(),
            None => sources.len() < MAX_SOURCES,
        };
        if !has_source || batch.len() as u64 > store.n_free() {
            return Err(form::damaged());
        }
        let staged = store.stage(batch);
        let counted = (staged.n_new_events(), staged.n_duplicates());
        let reversal = self.commit(staged);
        let (_, patch) = self.engine.sources.add(continued, part, counted);
        Ok(Revert { reversal, sources: vec![patch] })
    }

    fn remove_source(&mut self, head: &[u8]) -> Result<Revert, Failure> {
        let source = u16::from_le_bytes(head.try_into().map_err(|_| form::damaged())?);
        let Engine { store, sources, .. } = &mut self.engine;
        if sources.live_one(u32::from(source)).is_none() {
            return Err(form::damaged());
        }
        let staged = store.stage_source_removal(source);
        let patches = sources.remove(source, &store.kept_events_by_source(&staged));
        Ok(Revert { reversal: self.commit(staged), sources: patches })
    }

    fn withdraw(&mut self, head: &[u8]) -> Result<Revert, Failure> {
        let gone = read::<WithdrawalForm>(head)?.read();
        let Engine { store, sources, .. } = &mut self.engine;
        if sources.live_one(u32::from(gone.source)).is_none() {
            return Err(form::damaged());
        }
        let staged = store.stage_withdrawal(&gone);
        let patches = sources.withdraw(&gone, &store.kept_events_by_source(&staged));
        Ok(Revert { reversal: self.commit(staged), sources: patches })
    }

    fn revert(&mut self, head: &[u8], events: &[u8]) -> Result<Revert, Failure> {
        let patches: Vec<_> = read::<Vec<PatchForm>>(head)?.into_iter().map(PatchForm::read).collect();
        let reversal = Reversal::from_bytes(events).map_err(|error| failure_of_store(&error))?;
        let Engine { store, sources, .. } = &mut self.engine;
        if patches.iter().any(|patch| usize::from(patch.source) >= sources.len()) {
            return Err(form::damaged());
        }
        let staged = store.stage_reversal(reversal).map_err(|error| failure_of_store(&error))?;
        let reversal = self.commit(staged);
        Ok(Revert { reversal, sources: self.engine.sources.patch(patches) })
    }

    /// Commits a change of events; returns what takes it back.
    fn commit(&mut self, staged: Staged) -> Reversal {
        let reversal = self.engine.store.reversal_of(&staged);
        commit(&mut self.engine, staged, self.is_live);
        reversal
    }
}

/// Commits a change of events, with everything counted where the workspace is in use.
fn commit(engine: &mut Engine, staged: Staged, is_live: bool) {
    if is_live {
        drop(apply::commit_events(engine, staged));
    } else {
        engine.store.commit(staged);
    }
}

fn read<T>(bytes: &[u8]) -> Result<T, Failure>
where
    T: rkyv::Archive,
    T::Archived: rkyv::Deserialize<T, rkyv::api::high::HighDeserializer<rkyv::rancor::Error>>
        + for<'a> rkyv::bytecheck::CheckBytes<rkyv::api::high::HighValidator<'a, rkyv::rancor::Error>>,
{
    bulk::decode(bytes).map_err(|_| form::damaged())
}

fn unknown(kind: u8) -> Failure {
    failure(
        format!("The stored workspace has an entry of the unknown kind {kind}."),
        "Reload the page to get the newest version of the program. The stored workspace is left as it is.",
    )
}
