//! What a person did, in order, with what takes it back.

use crate::Engine;
use crate::apply::{self, Change};
use crate::convert::failure;
use crate::durable;
use protocol::history::Deed;
use protocol::{Failure, Reply};
use std::collections::VecDeque;

/// What can be taken back, and what can be done again.
///
/// On the disk it is in the log, and as far as there is room in the snapshot.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The latest last.
    undo: VecDeque<Step>,
    /// The one to be done again next last.
    redo: VecDeque<Step>,
}

/// One deed and the changes that lead to the other side of it, in order.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) deed: Deed,
    pub(crate) changes: Vec<Change>,
}

/// What became of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// It was done.
    Done,
    /// It was taken back.
    Undone,
    /// It was done again.
    Redone,
    /// It could not be done to its end, and everything is as before.
    Refused,
    /// It could not be crossed; nothing can be taken back any more.
    Forgotten,
}

impl Step {
    pub(crate) fn n_bytes(&self) -> usize {
        self.changes.iter().map(Change::n_bytes).sum()
    }
}

impl History {
    /// Most deeds that are kept.
    const MAX_STEPS: usize = 100;
    /// Most bytes that are kept of events which a deed took out of the workspace: about four million events.
    const MAX_BYTES: usize = 128 << 20;

    fn n_bytes(&self) -> usize {
        self.undo.iter().chain(&self.redo).map(Step::n_bytes).sum()
    }

    /// Forgets what is too much: a step that is too large with all that lies behind it, then the oldest.
    fn trim(&mut self) {
        for steps in [&mut self.undo, &mut self.redo] {
            if let Some(too_large) = steps.iter().rposition(|step| step.n_bytes() > Self::MAX_BYTES) {
                steps.drain(..=too_large);
            }
        }
        while self.undo.len() > Self::MAX_STEPS || (self.n_bytes() > Self::MAX_BYTES && !self.undo.is_empty())
        {
            self.undo.pop_front();
        }
        while self.n_bytes() > Self::MAX_BYTES && self.redo.pop_front().is_some() {}
    }

    /// The steps to be undone and those to be done again; the next one last.
    pub(crate) fn steps(&self) -> [(bool, &VecDeque<Step>); 2] {
        [(false, &self.undo), (true, &self.redo)]
    }

    /// Forgets the steps of which `keeps` is false.
    pub(crate) fn retain(&mut self, keeps: &mut dyn FnMut(&Step) -> bool) {
        self.undo.retain(|step| keeps(step));
        self.redo.retain(|step| keeps(step));
    }

    /// Takes over a step of a snapshot, behind those before it.
    pub(crate) fn push(&mut self, is_redo: bool, step: Step) {
        if is_redo { &mut self.redo } else { &mut self.undo }.push_back(step);
        self.trim();
    }

    /// Follows a deed of the log, given what takes back each of the changes since the last one, in order.
    ///
    /// Changes that no deed tells of cannot be crossed: nothing before them can be taken back.
    pub(crate) fn follow(&mut self, course: Course, deed: Deed, n_changes: usize, mut inverses: Vec<Change>) {
        if inverses.len() != n_changes {
            *self = Self::default();
            inverses.drain(..inverses.len().saturating_sub(n_changes));
        }
        inverses.reverse();
        let step = Step { deed, changes: inverses };
        match course {
            Course::Done => {
                self.redo.clear();
                self.undo.push_back(step);
            }
            Course::Undone => {
                self.undo.pop_back();
                self.redo.push_back(step);
            }
            Course::Redone => {
                self.redo.pop_back();
                self.undo.push_back(step);
            }
            Course::Refused => {}
            Course::Forgotten => *self = Self::default(),
        }
        self.trim();
    }

    fn say(&self, done: Option<Deed>) -> Reply {
        let deed = |steps: &VecDeque<Step>| steps.back().map(|step| step.deed.clone());
        Reply::History { done, undo: deed(&self.undo), redo: deed(&self.redo) }
    }
}

/// Notes a deed whose changes are made, given what takes each back in the order in which they were made.
pub(crate) fn note(engine: &mut Engine, deed: Deed, inverses: Vec<Change>) {
    let n_changes = inverses.len();
    durable::note_deed(engine, Course::Done, &deed, n_changes);
    engine.history.follow(Course::Done, deed, n_changes, inverses);
}

/// Takes the latest deed back.
pub(crate) fn undo(engine: &mut Engine) -> Result<Reply, Failure> {
    let Some(step) = engine.history.undo.pop_back() else {
        return Err(failure("There is nothing to undo.", ""));
    };
    let deed = step.deed.clone();
    let step = cross(engine, step)?;
    durable::note_deed(engine, Course::Undone, &deed, step.changes.len());
    engine.history.redo.push_back(step);
    engine.history.trim();
    Ok(engine.history.say(Some(deed)))
}

/// Does again what was taken back last.
pub(crate) fn redo(engine: &mut Engine) -> Result<Reply, Failure> {
    let Some(step) = engine.history.redo.pop_back() else {
        return Err(failure("There is nothing to do again.", ""));
    };
    let deed = step.deed.clone();
    let step = cross(engine, step)?;
    durable::note_deed(engine, Course::Redone, &deed, step.changes.len());
    engine.history.undo.push_back(step);
    engine.history.trim();
    Ok(engine.history.say(Some(deed)))
}

/// What can be taken back and done again.
pub(crate) fn say(engine: &Engine) -> Reply {
    engine.history.say(None)
}

/// Makes a step's changes; returns the step that leads back.
///
/// When one cannot be made, those before it are taken back and the whole history is forgotten: it does not fit the
/// workspace any more.
fn cross(engine: &mut Engine, step: Step) -> Result<Step, Failure> {
    let mut inverses = Vec::new();
    for change in step.changes {
        match apply::apply(engine, change) {
            Ok(applied) => inverses.push(applied.inverse),
            Err(failure) => {
                let n_changes = 2 * inverses.len();
                while let Some(inverse) = inverses.pop() {
                    apply::apply(engine, inverse)?;
                }
                durable::note_deed(engine, Course::Forgotten, &step.deed, n_changes);
                engine.history = History::default();
                return Err(failure);
            }
        }
    }
    inverses.reverse();
    Ok(Step { deed: step.deed, changes: inverses })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Revert;
    use crate::sources::SourcePatch;
    use protocol::history::DeedKind;
    use source::Reject;

    /// A step that keeps about so many bytes.
    fn step(n_mebibytes: usize) -> Step {
        let value = "x".repeat(n_mebibytes << 20);
        let reject =
            Reject { file: String::new(), line: 1, field: String::new(), reason: String::new(), value };
        let patch = SourcePatch { source: 0, summary: None, n_kept_rejects: 0, rejects: vec![reject] };
        let revert = Revert { reversal: event::Reversal::default(), sources: vec![patch] };
        let deed = Deed { kind: DeedKind::Import, subject: n_mebibytes.to_string() };
        Step { deed, changes: vec![Change::Revert(Box::new(revert))] }
    }

    fn subjects(steps: &VecDeque<Step>) -> Vec<&str> {
        steps.iter().map(|step| step.deed.subject.as_str()).collect()
    }

    #[test]
    fn the_oldest_steps_make_room() {
        let mut history = History { undo: [50, 40, 30].map(step).into(), redo: [20, 10].map(step).into() };
        history.trim();
        assert_eq!(subjects(&history.undo), ["40", "30"], "the first is forgotten");
        assert_eq!(subjects(&history.redo), ["20", "10"], "what can be done again is newer");
    }

    #[test]
    fn a_step_that_is_too_large_ends_the_way_there() {
        let mut history = History { undo: [1, 129, 2].map(step).into(), redo: [3, 130].map(step).into() };
        history.trim();
        assert_eq!(subjects(&history.undo), ["2"], "nothing lies behind what cannot be crossed");
        assert_eq!(subjects(&history.redo), Vec::<&str>::new(), "the next step forth is the large one");
    }
}
