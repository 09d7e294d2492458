//! The history on the disk: what each run of entries was, and the steps that a snapshot keeps.

use super::form::{self, NoteForm, PatchForm, SegmentForm, StageForm, ViewForm};
use super::{LogEntry, Note, kind, people, privacy};
use crate::Engine;
use crate::apply::{Change, Revert};
use crate::convert::failure_of_store;
use crate::history::{Course, Step};
use crate::{stages, views::Views};
use event::Reversal;
use protocol::history::{Deed, DeedKind};
use protocol::{Failure, bulk};
use rkyv::{Archive, Deserialize, Serialize};

/// What some entries were.
#[derive(Archive, Serialize, Deserialize)]
struct DeedForm {
    course: u8,
    kind: u8,
    subject: String,
    n_changes: u32,
}

/// A step of the history.
#[derive(Archive, Serialize, Deserialize)]
struct StepForm {
    is_redo: bool,
    kind: u8,
    subject: String,
    changes: Vec<ChangeForm>,
}

/// A change as its entry of the log says it, in parts.
#[derive(Archive, Serialize, Deserialize)]
struct ChangeForm {
    kind: u8,
    head: Vec<u8>,
    events: Option<Vec<u8>>,
}

/// Logs what the last so many entries were, where a log is kept.
pub(crate) fn note_deed(engine: &mut Engine, course: Course, deed: &Deed, n_changes: usize) {
    let Some(log) = &mut engine.log else { return };
    let form = DeedForm {
        course: course_number(course),
        kind: kind_number(deed.kind),
        subject: deed.subject.clone(),
        n_changes: u32::try_from(n_changes).unwrap_or(u32::MAX),
    };
    // Without it the changes are kept all the same; they then cannot be taken back once the page was closed.
    if let Ok(payload) = form::write(&form) {
        log.push(LogEntry { kind: kind::DEED, payload });
    }
}

/// Reads what entries were, and how many there were of it.
pub(super) fn read_deed(bytes: &[u8]) -> Result<(Course, Deed, usize), Failure> {
    let form: DeedForm = bulk::decode(bytes).map_err(|_| form::damaged())?;
    let course = COURSES.into_iter().find(|course| course_number(*course) == form.course);
    let deed = deed_of(form.kind, form.subject)?;
    Ok((course.ok_or_else(form::damaged)?, deed, form.n_changes as usize))
}

/// Writes the steps that a snapshot keeps: the next ones to be undone and done again, as far as there is room.
///
/// # Errors
/// When there is no memory for it.
pub(super) fn write_steps(engine: &Engine) -> Result<Vec<Vec<u8>>, Failure> {
    let mut chunks = Vec::new();
    for (is_redo, steps) in engine.history.steps() {
        let mut n_bytes_left = STEPS_BYTES;
        let mut kept = Vec::new();
        for step in steps.iter().rev() {
            if step.n_bytes() > n_bytes_left {
                break;
            }
            let chunk = form::write(&StepForm {
                is_redo,
                kind: kind_number(step.deed.kind),
                subject: step.deed.subject.clone(),
                changes: step.changes.iter().map(ChangeForm::new).collect::<Result<_, _>>()?,
            })?;
            let Some(left) = n_bytes_left.checked_sub(chunk.len()) else { break };
            n_bytes_left = left;
            kept.push(chunk);
        }
        chunks.extend(kept.into_iter().rev());
    }
    Ok(chunks)
}

/// Bytes of steps in a snapshot, in each of the two directions.
const STEPS_BYTES: usize = 8 << 20;

/// Reads a step, and whether it is one to be done again.
pub(super) fn read_step(bytes: &[u8]) -> Result<(bool, Step), Failure> {
    let form: StepForm = bulk::decode(bytes).map_err(|_| form::damaged())?;
    let deed = deed_of(form.kind, form.subject)?;
    let changes = form.changes.into_iter().map(ChangeForm::read).collect::<Result<_, _>>()?;
    Ok((form.is_redo, Step { deed, changes }))
}

impl ChangeForm {
    fn new(change: &Change) -> Result<Self, Failure> {
        let (kind, head, events) = Note::of(change)?.into_parts();
        Ok(Self { kind, head, events })
    }

    /// Only what takes changes back: events never come or go that way but by a reversal.
    fn read(self) -> Result<Change, Failure> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| form::damaged());
        let Self { kind, head, events } = self;
        Ok(match kind {
            kind::REVERT => {
                let patches: Vec<PatchForm> = bulk::decode(&head).map_err(|_| form::damaged())?;
                let reversal = Reversal::from_bytes(&events.unwrap_or_default())
                    .map_err(|error| failure_of_store(&error))?;
                let sources = patches.into_iter().map(PatchForm::read).collect();
                Change::Revert(Box::new(Revert { reversal, sources }))
            }
            kind::SET_STAGE => {
                let StageForm { activity, stage } = bulk::decode(&head).map_err(|_| form::damaged())?;
                Change::SetStage { activity, stage }
            }
            kind::SET_STAGES => {
                stages::set_all(&bulk::decode::<Vec<String>>(&head).map_err(|_| form::damaged())?)?
            }
            kind::SAVE_VIEW => {
                let view = bulk::decode::<ViewForm>(&head).map_err(|_| form::damaged())?.read();
                Change::SaveView(crate::views::check(&Views::default(), view)?)
            }
            kind::DELETE_VIEW => Change::DeleteView { name: text(head)? },
            kind::SAVE_SEGMENT => {
                let form: SegmentForm = bulk::decode(&head).map_err(|_| form::damaged())?;
                Change::SaveSegment(form.read()?)
            }
            kind::DELETE_SEGMENT => Change::DeleteSegment { name: text(head)? },
            kind::SET_LANES => {
                let lanes: Vec<String> = bulk::decode(&head).map_err(|_| form::damaged())?;
                Change::SetLanes { lanes: crate::views::lanes(lanes)? }
            }
            kind::CONSENTS => Change::SetConsents(privacy::read_consents(&head)?),
            kind::SET_PRIVACY => Change::SetPrivacy(Box::new(privacy::read_settings(&head)?)),
            kind::KEEP_NOTE => {
                Change::Note(bulk::decode::<NoteForm>(&head).map_err(|_| form::damaged())?.read(false))
            }
            _ => people::read_change(kind, &head)?.ok_or_else(form::damaged)?,
        })
    }
}

const COURSES: [Course; 5] =
    [Course::Done, Course::Undone, Course::Redone, Course::Refused, Course::Forgotten];

fn course_number(course: Course) -> u8 {
    match course {
        Course::Done => 0,
        Course::Undone => 1,
        Course::Redone => 2,
        Course::Refused => 3,
        Course::Forgotten => 4,
    }
}

const DEEDS: [DeedKind; 19] = [
    DeedKind::Import,
    DeedKind::Append,
    DeedKind::OpenSample,
    DeedKind::RemoveSource,
    DeedKind::SetStage,
    DeedKind::SetStages,
    DeedKind::SaveView,
    DeedKind::DeleteView,
    DeedKind::SaveSegment,
    DeedKind::DeleteSegment,
    DeedKind::Decide,
    DeedKind::Merge,
    DeedKind::Split,
    DeedKind::SetRules,
    DeedKind::SetCompany,
    DeedKind::SetLanes,
    DeedKind::SetPrivacy,
    DeedKind::KeepMapping,
    DeedKind::ForgetMapping,
];

/// A number is never given to another kind; a new kind also belongs into the list above.
fn kind_number(kind: DeedKind) -> u8 {
    match kind {
        DeedKind::Import => 0,
        DeedKind::Append => 1,
        DeedKind::OpenSample => 2,
        DeedKind::RemoveSource => 3,
        DeedKind::SetStage => 4,
        DeedKind::SetStages => 5,
        DeedKind::SaveView => 6,
        DeedKind::DeleteView => 7,
        DeedKind::SaveSegment => 8,
        DeedKind::DeleteSegment => 9,
        DeedKind::Decide => 10,
        DeedKind::Merge => 11,
        DeedKind::Split => 12,
        DeedKind::SetRules => 13,
        DeedKind::SetCompany => 14,
        DeedKind::SetLanes => 20,
        DeedKind::SetPrivacy => 30,
        DeedKind::KeepMapping => 40,
        DeedKind::ForgetMapping => 41,
    }
}

fn deed_of(number: u8, subject: String) -> Result<Deed, Failure> {
    let kind = DEEDS.into_iter().find(|kind| kind_number(*kind) == number).ok_or_else(form::damaged)?;
    Ok(Deed { kind, subject })
}
