//! What was changed, as entries of the log.

use super::form::{
    self, MarksForm, NoteForm, PartForm, PatchForm, SegmentForm, StageForm, ViewForm, WithdrawalForm,
};
use super::people::{self, DecisionForm, FactsForm, RulesForm};
use super::{LogEntry, kind, privacy};
use crate::Engine;
use crate::apply::Change;
use crate::change::ChangedMarks;
use crate::convert::failure_of_store;
use protocol::Failure;
use protocol::history::Segment;
use protocol::import::RenewedCounts;

impl Engine {
    /// Begins to note every change for [`Engine::take_log`]; without it, as on a server, nothing is kept twice.
    pub fn start_log(&mut self) {
        self.log.get_or_insert_default();
    }

    /// What was changed since the last call, in order; nothing before [`Engine::start_log`].
    ///
    /// An entry is there once the request that made it has its answer; it is to be on the disk before the answer is sent.
    pub fn take_log(&mut self) -> Vec<LogEntry> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Counts up with every change; what is equal here is equal in every answer.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

/// An entry on its way: everything of the change but what it will have done to the picture.
#[derive(Debug)]
pub(crate) struct Note {
    kind: u8,
    head: Vec<u8>,
    /// The events of the change, where it is about events.
    events: Option<Vec<u8>>,
    /// What a newer export brings; what it did is known only afterwards.
    part: Option<PartForm>,
}

impl Note {
    /// Notes a change that is about to be made.
    ///
    /// # Errors
    /// When it is too large for one entry, 2 GiB; it is then not to be made.
    pub(crate) fn of(change: &Change) -> Result<Self, Failure> {
        let small = |kind, head| Self { kind, head, events: None, part: None };
        Ok(match change {
            Change::Add(addition) => {
                let events = addition.batch.to_bytes().map_err(|error| failure_of_store(&error))?;
                let part = PartForm::new(&addition.part);
                let head = form::write(&part)?;
                let part = addition.renewal.as_ref().map(|_| part);
                Self { kind: kind::ADD, head, events: Some(events), part }
            }
            Change::Withdraw(gone) => Self {
                kind: kind::WITHDRAW,
                head: form::write(&WithdrawalForm::new(gone))?,
                events: Some(Vec::new()),
                part: None,
            },
            Change::RemoveSource(source) => Self {
                kind: kind::REMOVE_SOURCE,
                head: source.to_le_bytes().to_vec(),
                events: Some(Vec::new()),
                part: None,
            },
            Change::Revert(revert) => {
                let patches: Vec<PatchForm> = revert.sources.iter().map(PatchForm::new).collect();
                let events = Some(revert.reversal.to_bytes());
                Self { kind: kind::REVERT, head: form::write(&patches)?, events, part: None }
            }
            Change::SetStage { activity, stage } => {
                let form = StageForm { activity: activity.clone(), stage: stage.clone() };
                small(kind::SET_STAGE, form::write(&form)?)
            }
            Change::SetStages { names } => small(kind::SET_STAGES, form::write(names)?),
            Change::SaveView(view) => small(kind::SAVE_VIEW, form::write(&ViewForm::new(view))?),
            Change::DeleteView { name } => small(kind::DELETE_VIEW, name.clone().into_bytes()),
            Change::SaveSegment(Segment { name, filter }) => {
                small(kind::SAVE_SEGMENT, form::write(&SegmentForm::new(name, filter)?)?)
            }
            Change::SetLanes { lanes } => small(kind::SET_LANES, form::write(lanes)?),
            Change::DeleteSegment { name } => small(kind::DELETE_SEGMENT, name.clone().into_bytes()),
            Change::Regroup(homes) => small(kind::REGROUP, form::write(homes)?),
            Change::SetFacts(patch) => small(kind::SET_FACTS, form::write(&FactsForm::new(patch))?),
            Change::Decide(decisions) => {
                let forms: Vec<DecisionForm> = decisions.iter().map(DecisionForm::new).collect();
                small(kind::DECIDE, form::write(&forms)?)
            }
            Change::SetRules(rules) => small(kind::SET_RULES, form::write(&RulesForm::new(*rules))?),
            Change::SetNoCompanies(names) => small(kind::SET_NO_COMPANIES, people::write_names(names)?),
            Change::SetModel(model) => {
                let numbers = model.as_ref().map(|model| people::numbers_of(model)).unwrap_or_default();
                small(kind::SET_MODEL, form::write(&numbers)?)
            }
            Change::SetConsents(consents) => small(kind::CONSENTS, privacy::write_consents(consents)?),
            Change::SetPrivacy(settings) => small(kind::SET_PRIVACY, privacy::write_settings(settings)?),
            Change::Note(note) => {
                let kind = if note.is_aside { kind::KEEP_NOTE_ASIDE } else { kind::KEEP_NOTE };
                small(kind, form::write(&NoteForm::new(note))?)
            }
        })
    }

    /// Its kind, its head, and the events of the change where it is about events.
    pub(super) fn into_parts(self) -> (u8, Vec<u8>, Option<Vec<u8>>) {
        (self.kind, self.head, self.events)
    }

    /// The entry, once it is known what the change did to the picture.
    pub(crate) fn finish(
        self,
        changed: &ChangedMarks,
        renewed: Option<RenewedCounts>,
    ) -> Result<LogEntry, Failure> {
        let Self { kind, head, events, part } = self;
        let head = match (part, renewed) {
            (Some(part), Some(renewed)) => form::write(&part.renewed(&renewed))?,
            _ => head,
        };
        let Some(events) = events else {
            return Ok(LogEntry { kind, payload: head });
        };
        let marks = form::write(&MarksForm::new(changed))?;
        let mut payload = Vec::with_capacity(head.len() + marks.len() + events.len() + 8);
        for part in [&head, &marks] {
            let len = u32::try_from(part.len()).map_err(|_| form::damaged())?;
            payload.extend_from_slice(&len.to_le_bytes());
            payload.extend_from_slice(part);
        }
        payload.extend_from_slice(&events);
        Ok(LogEntry { kind, payload })
    }
}

/// Head, marks and events of an entry that is about events; `None` when the bytes are not such.
pub(super) fn split(payload: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, rest) = split_one(payload)?;
    let (marks, events) = split_one(rest)?;
    Some((head, marks, events))
}

fn split_one(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*len)).ok()?)
}
