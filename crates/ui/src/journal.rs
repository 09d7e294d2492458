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
}

impl Entry {
    /// What the entry is called when it cannot be brought back.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::File { plan, .. } => &plan.name,
            Self::Append { name, .. } => name,
            Self::Sample => "sample",
            Self::Stages(_) => "stages",
        }
    }
}

/// Copies bytes into a buffer of their own, which can be moved to a worker while the journal keeps the original.
pub(crate) fn buffer_from_bytes(bytes: &Uint8Array) -> ArrayBuffer {
    bytes.slice(0, bytes.length()).buffer().unchecked_into()
}
