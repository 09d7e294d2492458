//! What a page may ask the worker.

use crate::figure::Figure;
use crate::history::{Note, Segment, View};
use crate::identity::{IdentityDeed, IdentityQuestion};
use crate::import::{ImportPlan, Reading};
use crate::privacy;
use crate::question::Question;
use crate::storage::StorageCommand;
use serde::{Deserialize, Serialize};

/// One message from the page to the worker.
///
/// Travels as a JavaScript object `{version, id, request, file?, bytes?}`: `file` is a `Blob` (for [`Request::Contents`], [`Request::Inspect`],
/// [`Request::Import`] and [`StorageCommand::Import`]) and `bytes` a transferred `ArrayBuffer` (for [`Request::Append`]); both stay outside serde.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Protocol version of the sender, [`crate::VERSION`].
    pub version: u32,
    /// Number chosen by the page; every outcome of this request carries it.
    pub id: u32,
    /// What is asked.
    pub request: Request,
}

/// One question or command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Says what is in a file: most files are one thing, an archive many. Answer: [`crate::Reply::Contents`].
    Contents {
        /// File name.
        name: String,
    },
    /// Reads the beginning of a file and guesses its mapping. Answer: [`crate::Reply::Preview`].
    Inspect {
        /// File name, or the name of the part.
        name: String,
        /// The reader it needs, if any.
        #[serde(default)]
        reading: Option<Reading>,
    },
    /// Imports a file. Progress is reported; answer: [`crate::Reply::Imported`].
    Import {
        /// The confirmed plan.
        plan: ImportPlan,
    },
    /// Adds events given as UTF-8 JSON (an array of objects or NDJSON). Answer: [`crate::Reply::Imported`].
    ///
    /// Without a plan the mapping is guessed, where the names `customer`, `activity` and `time` win.
    Append {
        /// Name of the source.
        name: String,
        /// The mapping to use instead of guessing.
        plan: Option<ImportPlan>,
        /// Notes that are changed in the same step: how far the system was read that the events come from.
        #[serde(default)]
        notes: Vec<Note>,
    },
    /// Makes and imports the sample company. Answer: [`crate::Reply::SampleImported`].
    OpenSample,
    /// Draws the map. Answer: [`crate::Reply::Bulk`] with [`crate::view::JourneyMapView`].
    Map {
        /// What to draw.
        query: MapQuery,
    },
    /// Lists all activities and edges. Answer: [`crate::Reply::Bulk`] with [`crate::view::GraphTable`].
    Graph,
    /// Lists variants. Answer: [`crate::Reply::Bulk`] with [`crate::view::VariantList`].
    Variants {
        /// First variant to return, by rank from 0.
        offset: u32,
        /// Most variants to return.
        limit: u32,
    },
    /// Lists the cases behind a mark. Answer: [`crate::Reply::Bulk`] with [`crate::view::CaseList`].
    Cases {
        /// The mark.
        selection: Selection,
        /// First case to return.
        offset: u32,
        /// Most cases to return.
        limit: u32,
    },
    /// Shows one case with all its events. Answer: [`crate::Reply::Bulk`] with [`crate::view::Timeline`].
    Case {
        /// The customer, exactly as in the data.
        customer: String,
    },
    /// Answers a question. Answer: [`crate::Reply::Bulk`] with [`crate::report::Report`].
    Ask {
        /// The question.
        question: Box<Question>,
    },
    /// Says how a figure of the screen came about. Answer: [`crate::Reply::Bulk`] with [`crate::report::Card`].
    Card {
        /// The figure.
        figure: Box<Figure>,
    },
    /// Lists the sources in the workspace. Answer: [`crate::Reply::Sources`].
    Sources,
    /// Returns the rejected records of a source as CSV text. Answer: [`crate::Reply::Text`].
    Rejects {
        /// Number of the source.
        source: u32,
    },
    /// Puts an activity into a stage by hand. Answer: [`crate::Reply::Done`].
    SetStage {
        /// The activity.
        activity: String,
        /// Name of the stage; `None` returns the activity to the rule.
        stage: Option<String>,
    },
    /// Replaces the list of stages, in order. Answer: [`crate::Reply::Done`].
    SetStages {
        /// Stage names in journey order, unique, 1 to 32; an empty list returns to the rule's own choice.
        names: Vec<String>,
        /// Activities put into stages of that list in the same step, as (activity, stage).
        #[serde(default)]
        placed: Vec<(String, String)>,
    },
    /// Asks something of the place where the workspace is kept. Answer: see [`StorageCommand`].
    Storage {
        /// What is asked.
        command: StorageCommand,
    },
    /// Removes a source with its events; an event that another source brought too stays. Answer: [`crate::Reply::Done`].
    RemoveSource {
        /// Number of the source.
        source: u32,
    },
    /// Takes the latest change back. Answer: [`crate::Reply::History`].
    Undo,
    /// Does again what was taken back last. Answer: [`crate::Reply::History`].
    Redo,
    /// Says what can be taken back and done again. Answer: [`crate::Reply::History`].
    History,
    /// Keeps a view under its name, in place of the one that has it. Answer: [`crate::Reply::Done`].
    SaveView {
        /// The view.
        view: View,
    },
    /// Deletes a view. Answer: [`crate::Reply::Done`].
    DeleteView {
        /// Its name.
        name: String,
    },
    /// Lists the views. Answer: [`crate::Reply::Views`].
    Views,
    /// Keeps a segment under its name, in place of the one that has it. Answer: [`crate::Reply::Done`].
    SaveSegment {
        /// The segment.
        segment: Segment,
    },
    /// Deletes a segment; a question that names it then finds nobody in it and says so. Answer: [`crate::Reply::Done`].
    DeleteSegment {
        /// Its name.
        name: String,
    },
    /// Puts the lanes of the map in an order, by their names; one that is not named comes last. Answer:
    /// [`crate::Reply::Done`].
    SetLanes {
        /// Names of lanes.
        lanes: Vec<String>,
    },
    /// Changes a text that is kept with the workspace; it is no step that can be taken back. Answer: [`crate::Reply::Done`].
    KeepNote {
        /// The change.
        note: Note,
    },
    /// Lists the texts whose names begin so. Answer: [`crate::Reply::Notes`].
    Notes {
        /// The beginning.
        prefix: String,
    },
    /// Lists the mappings and recipes of a person's own. Answer: [`crate::Reply::Mappings`].
    Mappings,
    /// Keeps a mapping or a recipe, given as its page of text, in place of the one for the same columns. Answer:
    /// [`crate::Reply::Done`].
    KeepMapping {
        /// The page.
        text: String,
    },
    /// Forgets a mapping or a recipe. Answer: [`crate::Reply::Done`].
    ForgetMapping {
        /// Its [`crate::import::KeptMapping::name`].
        name: String,
    },
    /// Lists the segments with their sizes. Answer: [`crate::Reply::Segments`].
    Segments,
    /// Asks who is one. Answer: [`crate::Reply::Identity`].
    Identity {
        /// The question.
        question: IdentityQuestion,
    },
    /// Changes who is one. Answer: [`crate::Reply::Linked`].
    Link {
        /// The change.
        deed: IdentityDeed,
    },
    /// Says how far each source can be trusted. Answer: [`crate::Reply::Audit`].
    Audit,
    /// Says what was decided about personal data. Answer: [`crate::Reply::Privacy`].
    Privacy,
    /// Decides about personal data from now on. Answer: [`crate::Reply::Done`].
    SetPrivacy {
        /// What holds from now on.
        settings: Box<privacy::Settings>,
    },
    /// Gives all that is held on one person. Answer: [`crate::Reply::Held`].
    Held {
        /// The customer, exactly as in the data.
        customer: String,
    },
    /// Erases a person for good: from the events, the texts, the history, and from what is on the disk. It cannot be taken
    /// back. Answer: [`crate::Reply::Erased`].
    Erase {
        /// The customer, exactly as in the data.
        customer: String,
    },
    /// Lets a person who was erased come in again with later imports. Answer: [`crate::Reply::Done`].
    Readmit {
        /// The customer, exactly as in the data.
        customer: String,
    },
    /// Says what retention periods would remove now. Answer: [`crate::Reply::Expiring`].
    Expiring {
        /// The periods.
        retention: privacy::Retention,
    },
    /// Removes events that are older than the retention periods; that cannot be taken back. Answer:
    /// [`crate::Reply::Expiring`], as it was before.
    Expire,
    /// Stops the work of an earlier request, which then answers [`crate::Outcome::Cancelled`].
    Cancel {
        /// The request to stop.
        id: u32,
    },
}

impl Request {
    /// Whether it changes what is kept.
    #[must_use]
    pub fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Import { .. }
                | Self::Append { .. }
                | Self::OpenSample
                | Self::SetStage { .. }
                | Self::SetStages { .. }
                | Self::RemoveSource { .. }
                | Self::Undo
                | Self::Redo
                | Self::KeepNote { .. }
                | Self::SaveView { .. }
                | Self::SaveSegment { .. }
                | Self::DeleteSegment { .. }
                | Self::SetLanes { .. }
                | Self::KeepMapping { .. }
                | Self::ForgetMapping { .. }
                | Self::DeleteView { .. }
                | Self::Link { .. }
                | Self::SetPrivacy { .. }
                | Self::Erase { .. }
                | Self::Readmit { .. }
                | Self::Expire
        )
    }
}

/// How much of the graph to draw, and which.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MapQuery {
    /// Share of activities to draw, most frequent first, 0…1; the rest is drawn as "Other". `None` lets the engine choose.
    pub activities_ratio: Option<f64>,
    /// Share of each touchpoint's outgoing traffic that the drawn paths must carry, 0…1. `None` lets the engine choose.
    pub paths_ratio: Option<f64>,
}

/// A mark on the map or a row of a table, whose cases are wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Selection {
    /// Every case.
    All,
    /// Cases in which any of these activities occurs.
    Activities {
        /// Activity names.
        names: Vec<String>,
    },
    /// Cases in which one of `from` is directly followed by one of `to`. An empty side is the start or the end of the case.
    Edge {
        /// Activities before; empty means the start of the case.
        from: Vec<String>,
        /// Activities after; empty means the end of the case.
        to: Vec<String>,
    },
    /// Cases with exactly this trace.
    Variant {
        /// Activities in order.
        trace: Vec<String>,
    },
    /// Cases with an activity in the stage.
    Stage {
        /// Stage name.
        name: String,
    },
    /// Cases whose last activity is in the stage.
    EndedInStage {
        /// Stage name.
        name: String,
    },
    /// The case of one event.
    Event {
        /// The customer.
        customer: String,
        /// Place of the event in the customer's timeline, from 0.
        place: u32,
    },
    /// Cases behind a figure of a report.
    Figure {
        /// The question that the report answers.
        question: Box<Question>,
        /// Mark of the cell, see [`crate::report::Cell::mark`].
        mark: String,
    },
}
