//! What was done in this workspace, kept on the page so that a new worker can be brought to the same state.

use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{Request, import::ImportPlan};
use wasm_bindgen::JsCast;
use web_sys::File;

/// One acknowledged change of the workspace.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A file was imported under a confirmed plan.
    File {
        /// The browser's handle; the bytes stay on disk.
        file: File,
        /// The plan.
        plan: ImportPlan,
    },
    /// The host page added events.
    Append {
        /// Name of the source.
        name: String,
        /// The JSON as it came.
        bytes: Uint8Array,
    },
    /// The sample company was opened.
    Sample,
    /// Stages were edited: [`Request::SetStage`] or [`Request::SetStages`].
    Stages(Request),
    /// A source was removed.
    RemoveSource {
        /// Its number then.
        source: u32,
        /// Its name.
        name: String,
    },
    /// Anything else that is one request: [`Request::Undo`], [`Request::Redo`], or a view or segment saved or deleted.
    Command(Request),
}

impl Entry {
    /// What the entry is called when it cannot be brought back.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::File { plan, .. } => &plan.name,
            Self::Append { name, .. } | Self::RemoveSource { name, .. } => name,
            Self::Sample => "sample",
            Self::Stages(_) => "stages",
            Self::Command(Request::SaveView { view }) => &view.name,
            Self::Command(Request::SaveSegment { segment }) => &segment.name,
            Self::Command(Request::DeleteView { name } | Request::DeleteSegment { name }) => name,
            Self::Command(
                Request::SetPrivacy { .. }
                | Request::Erase { .. }
                | Request::Readmit { .. }
                | Request::Expire,
            ) => "privacy",
            Self::Command(_) => "undo",
        }
    }
}

/// Which entries of a replay may still be taken back: an undo of what could not be brought back must not take back
/// something else instead.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Whether each step that an undo would take back is there, the latest last.
    undo: Vec<bool>,
    /// The same for redo.
    redo: Vec<bool>,
}

impl Replayed {
    /// Whether an undo or redo is to be sent: whether the step that it crosses is there.
    pub(crate) fn crosses(&mut self, request: &Request) -> bool {
        let (from, to) = match request {
            Request::Undo => (&mut self.undo, &mut self.redo),
            _ => (&mut self.redo, &mut self.undo),
        };
        let is_there = from.pop().unwrap_or(false);
        to.push(is_there);
        is_there
    }

    /// Notes a step, and whether it could be brought back.
    pub(crate) fn note(&mut self, is_there: bool) {
        self.undo.push(is_there);
        self.redo.clear();
    }
}

/// Copies bytes into a buffer of their own, which can be moved to a worker while the journal keeps the original.
pub(crate) fn buffer_from_bytes(bytes: &Uint8Array) -> ArrayBuffer {
    bytes.slice(0, bytes.length()).buffer().unchecked_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_undo_of_what_is_lost_takes_nothing_else_back() {
        let mut replayed = Replayed::default();
        replayed.note(true);
        replayed.note(false);
        assert!(!replayed.crosses(&Request::Undo), "the second is lost");
        assert!(replayed.crosses(&Request::Undo), "the first is there");
        assert!(replayed.crosses(&Request::Redo), "and there again");
        assert!(!replayed.crosses(&Request::Redo), "the second stays lost");
        replayed.note(true);
        assert!(!replayed.crosses(&Request::Redo), "a new step ends what could be done again");
    }
}
