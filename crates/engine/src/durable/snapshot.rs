//! The workspace as a series of chunks, one at a time.

use super::form::{self, MarksForm, NoteForm, RejectForm, SegmentForm, SourceForm, ViewForm, WorkspaceForm};
use super::people::{self, PeoplePlace};
use super::{LogEntry, kind, past, privacy};
use crate::Engine;
use crate::convert::failure_of_store;
use crate::notes::{self, NoteChange};
use event::snapshot::{MANIFEST, PART, Snapshot};
use protocol::Failure;

/// Bytes of rejects in a chunk, about.
const REJECT_BYTES: usize = 1 << 20;
/// Bytes of a note in a chunk, at most.
const NOTE_BYTES: usize = 8 << 20;
/// Edges in a chunk of marks: 8 MiB.
const MARKED_EDGES: usize = 1 << 20;

/// A snapshot that is being written: which chunk comes next.
///
/// It doesn't borrow the engine, so that questions are answered between two chunks. When the workspace changes meanwhile,
/// the snapshot begins again by itself, with the chunk that every snapshot begins with; [`super::Restore`] then forgets
/// the chunks before. What is complete is the workspace at its last chunk, with everything that was logged until then.
#[derive(Debug)]
pub struct SnapshotWriter {
    revision: u64,
    place: Place,
    has_history: bool,
    /// Chunks of the history that are still to be written, the next one last.
    steps: Vec<Vec<u8>>,
    store: Snapshot,
}

/// What the next chunk is about.
#[derive(Clone, Copy, Debug)]
enum Place {
    Head,
    Lanes,
    Privacy,
    View(usize),
    Segment(usize),
    Note { number: usize, start: usize },
    Source(usize),
    Rejects { source: usize, first: usize },
    People(PeoplePlace),
    Marks(usize),
    Steps,
    Store,
}

impl Engine {
    /// Begins a snapshot of the workspace.
    pub fn begin_snapshot(&self) -> SnapshotWriter {
        self.begin(true)
    }

    /// Begins a snapshot to be given away: without the history, which still has what was taken out of the workspace.
    pub fn begin_copy(&self) -> SnapshotWriter {
        self.begin(false)
    }

    fn begin(&self, has_history: bool) -> SnapshotWriter {
        SnapshotWriter {
            has_history,
            revision: self.revision,
            place: Place::Head,
            steps: Vec::new(),
            store: Snapshot::begin(&self.store, self.revision),
        }
    }
}

impl SnapshotWriter {
    /// The next chunk, of at most 16 MiB; nothing when the last one was the last.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn next(&mut self, engine: &Engine) -> Result<Option<LogEntry>, Failure> {
        if engine.revision != self.revision {
            *self = engine.begin(self.has_history);
        }
        loop {
            if let Place::Steps = self.place {
                self.place = Place::Store;
                self.steps = if self.has_history { past::write_steps(engine)? } else { Vec::new() };
                self.steps.reverse();
            }
            if let Some(payload) = self.steps.pop() {
                return Ok(Some(LogEntry { kind: kind::STEP, payload }));
            }
            if let Place::Store = self.place {
                let chunk = self.store.next_chunk(&engine.store).map_err(|error| failure_of_store(&error))?;
                let kind =
                    if chunk.as_ref().is_some_and(|c| c.starts_with(b"DPSNAPSH")) { MANIFEST } else { PART };
                return Ok(chunk.map(|payload| LogEntry { kind, payload }));
            }
            if let Place::Note { number, start } = self.place {
                let (chunk, next) = note_chunk(engine, number, start, self.has_history)?;
                self.place = next;
                if let Some(payload) = chunk {
                    return Ok(Some(LogEntry { kind: kind::NOTE, payload }));
                }
                continue;
            }
            let (chunk, next) = upper_chunk(engine, self.place)?;
            self.place = next;
            if let Some((kind, payload)) = chunk {
                return Ok(Some(LogEntry { kind, payload }));
            }
        }
    }
}

/// The chunk at a place, if there is one, and the next place.
#[expect(clippy::type_complexity, reason = "used once, right above")]
fn upper_chunk(engine: &Engine, place: Place) -> Result<(Option<(u8, Vec<u8>)>, Place), Failure> {
    match place {
        Place::Head => {
            let head = WorkspaceForm::new(engine.revision, engine.analysis.wishes());
            Ok((Some((kind::WORKSPACE, form::write(&head)?)), Place::Privacy))
        }
        Place::Lanes => {
            let is_told = !engine.lanes.is_empty();
            let lanes = is_told.then(|| form::write(&engine.lanes)).transpose()?;
            Ok((lanes.map(|lanes| (kind::LANES, lanes)), Place::View(0)))
        }
        Place::Privacy => Ok((privacy::write_all(&engine.privacy)?, Place::Lanes)),
        Place::View(number) => {
            let Some(view) = engine.views.values().nth(number) else { return Ok((None, Place::Segment(0))) };
            Ok((Some((kind::VIEW, form::write(&ViewForm::new(view))?)), Place::View(number + 1)))
        }
        Place::Segment(number) => {
            let Some((name, filter)) = engine.segments.iter().nth(number) else {
                return Ok((None, Place::Note { number: 0, start: 0 }));
            };
            let form = SegmentForm::new(name, filter)?;
            Ok((Some((kind::SEGMENT, form::write(&form)?)), Place::Segment(number + 1)))
        }
        Place::Source(number) => {
            let Some(source) = engine.sources.all().get(number) else {
                return Ok((None, Place::People(PeoplePlace::Facts { source: 0, first: 0 })));
            };
            let form = SourceForm::new(source.origin, source.summary.as_ref());
            Ok((Some((kind::SOURCE, form::write(&form)?)), Place::Rejects { source: number, first: 0 }))
        }
        Place::Rejects { source: number, first } => {
            let rejects = engine.sources.all().get(number).and_then(|source| source.rejects.get(first..));
            let mut n_bytes_left = REJECT_BYTES;
            let mut forms = Vec::new();
            for reject in rejects.unwrap_or_default() {
                let n_bytes =
                    reject.file.len() + reject.field.len() + reject.reason.len() + reject.value.len();
                if n_bytes_left < n_bytes && !forms.is_empty() {
                    break;
                }
                n_bytes_left = n_bytes_left.saturating_sub(n_bytes + size_of::<RejectForm>());
                forms.push(RejectForm::new(reject));
            }
            if forms.is_empty() {
                return Ok((None, Place::Source(number + 1)));
            }
            let next = Place::Rejects { source: number, first: first + forms.len() };
            Ok((Some((kind::REJECTS, form::write(&forms)?)), next))
        }
        Place::People(place) => {
            let (chunk, next) = people::chunk(engine, place)?;
            Ok((chunk, next.map_or(Place::Marks(0), Place::People)))
        }
        Place::Marks(first) => {
            let edges: Vec<_> = engine.changed.edges.iter().skip(first).take(MARKED_EDGES).copied().collect();
            if edges.is_empty() && first > 0 {
                return Ok((None, Place::Steps));
            }
            let mut form = MarksForm::default();
            if first == 0 {
                form.activities.extend(&engine.changed.activities);
                form.starts.extend(&engine.changed.starts);
                form.ends.extend(&engine.changed.ends);
            }
            form.edges = edges;
            Ok((Some((kind::MARKS, form::write(&form)?)), Place::Marks(first + MARKED_EDGES)))
        }
        Place::Note { .. } | Place::Steps | Place::Store => Ok((None, Place::Store)),
    }
}

/// The next part of a note, and what follows. What is given away lacks what says how this person gets in.
fn note_chunk(
    engine: &Engine,
    number: usize,
    start: usize,
    is_own: bool,
) -> Result<(Option<Vec<u8>>, Place), Failure> {
    let Some((name, text)) = engine.notes.iter().nth(number) else { return Ok((None, Place::Source(0))) };
    let next = Place::Note { number: number + 1, start: 0 };
    if !is_own && name.starts_with(notes::OWN_PREFIX) {
        return Ok((None, next));
    }
    let mut end = text.len().min(start + NOTE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let add = text.get(start..end).unwrap_or_default().to_owned();
    let part = NoteChange { name: name.clone(), keep: start, add, is_aside: true };
    let next = if end < text.len() { Place::Note { number, start: end } } else { next };
    Ok((Some(form::write(&NoteForm::new(&part))?), next))
}
