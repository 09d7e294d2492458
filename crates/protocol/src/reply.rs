//! What the worker answers.

use crate::audit::SourceAudit;
use crate::history::{Deed, SegmentSize, View};
use crate::identity::{IdentityAnswer, LinkSummary};
use crate::import::{Contents, ImportReport, KeptMapping, Preview, Progress, SourceSummary};
use crate::privacy;
use crate::storage::StorageState;
use serde::{Deserialize, Serialize};

/// One message from the worker to the page: `{id, outcome, bulk?, file?}`, where `bulk` is a transferred `ArrayBuffer`
/// and `file` a `Blob`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "outcomes are made one at a time and sent at once")]
pub enum Outcome {
    /// The worker is up and speaks this protocol version; sent once, with id 0.
    Ready {
        /// Protocol version of the worker.
        version: u32,
    },
    /// The work goes on.
    Progress {
        /// How far it is.
        progress: Progress,
    },
    /// The answer; the last message for its id.
    Done {
        /// The answer itself.
        reply: Reply,
    },
    /// It could not be done and nothing was changed; the last message for its id.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It was stopped as asked and nothing was changed; the last message for its id.
    Cancelled,
    /// How the workspace is kept has changed; sent with id 0.
    Storage {
        /// How it is kept now.
        state: StorageState,
    },
    /// The map of the workspace that is being opened, as it was drawn last and still is; sent with id 0 and the buffer of
    /// [`crate::view::JourneyMapView`], before everything is read. Questions wait until it is.
    Glance,
    /// The engine crashed and this worker can do nothing more; sent with id 0.
    Crashed {
        /// The panic message, for a bug report.
        message: String,
    },
}

/// An answer.
#[expect(clippy::large_enum_variant, reason = "one reply a request; boxes would only show in every match")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done, nothing to tell; views should be asked for again.
    Done,
    /// A file was looked into.
    Contents {
        /// What is in it.
        contents: Contents,
    },
    /// A file was inspected.
    Preview {
        /// What was found.
        preview: Preview,
    },
    /// Events were added.
    Imported {
        /// What was added and what changed.
        report: ImportReport,
    },
    /// The sample company was added, one report per sample file.
    SampleImported {
        /// In order of import.
        reports: Vec<ImportReport>,
    },
    /// The sources in the workspace.
    Sources {
        /// In order of import.
        sources: Vec<SourceSummary>,
    },
    /// What can be taken back and done again.
    History {
        /// What was just taken back or done again.
        done: Option<Deed>,
        /// What an undo would take back.
        undo: Option<Deed>,
        /// What a redo would do again.
        redo: Option<Deed>,
    },
    /// The views of the workspace.
    Views {
        /// By name.
        views: Vec<View>,
    },
    /// The mappings and recipes of a person's own.
    Mappings {
        /// By title.
        mappings: Vec<KeptMapping>,
    },
    /// The segments of the workspace.
    Segments {
        /// By name.
        segments: Vec<SegmentSize>,
    },
    /// Who is one.
    Identity {
        /// The answer.
        answer: IdentityAnswer,
    },
    /// Who is one was changed; views should be asked for again.
    Linked {
        /// What it did.
        summary: LinkSummary,
    },
    /// How far each source can be trusted.
    Audit {
        /// In order of import.
        audits: Vec<SourceAudit>,
    },
    /// What was decided about personal data.
    Privacy {
        /// All of it.
        state: Box<privacy::State>,
    },
    /// All that is held on one person.
    Held {
        /// All of it.
        held: Box<privacy::Held>,
    },
    /// A person was erased.
    Erased {
        /// What was removed.
        receipt: Box<privacy::Receipt>,
    },
    /// What retention periods remove.
    Expiring {
        /// In order of import.
        sources: Vec<privacy::Expiring>,
    },
    /// Texts that are kept with the workspace.
    Notes {
        /// Name and text, by name.
        notes: Vec<(String, String)>,
    },
    /// A text to save.
    Text {
        /// Suggested file name.
        file_name: String,
        /// The content.
        text: String,
    },
    /// How the workspace is kept.
    Storage {
        /// How it is kept now.
        state: StorageState,
    },
    /// A file to save; it is the message's `file`, a `Blob`.
    File {
        /// Suggested file name.
        file_name: String,
    },
    /// The answer is in the message's `bulk` buffer; its type follows from the request.
    Bulk,
}

/// Why something could not be done, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened, naming file, line and field where there is one.
    pub message: String,
    /// What the person can do about it; may be empty.
    pub advice: String,
}
