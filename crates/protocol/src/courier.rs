//! What a page asks of the courier, which follows other systems, and what it answers.
//!
//! Travels beside the engine's own messages: `{id, errand, file?}` to the worker, `{id, delivery}` or `{id, refused}` back.
//! A delivery with id 0 comes unasked, when something has changed.

use crate::import::ImportReport;
use crate::sentence::Sentence;
use serde::{Deserialize, Serialize};

/// One thing that a page asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// What there is. Answer: [`Delivery::Overview`], as for all that changes connections.
    Overview,
    /// Says where the gate is and how to get in.
    SetGate {
        /// Address of the gate: `/proxy` on this site, or a whole address.
        address: String,
        /// Session token of the gate; empty keeps the one there is.
        token: String,
    },
    /// Reads an OpenAPI document: the file beside the errand, or one behind the gate. Answer: [`Delivery::Sketch`].
    ReadDocument {
        /// Upstream that has it; empty for an address of this site.
        upstream: String,
        /// Its path there; empty for the file.
        path: String,
    },
    /// Looks for operations of the document. Answer: [`Delivery::Offers`].
    Search {
        /// Words, or beginnings of words; none finds the lists that tell most.
        text: String,
    },
    /// Takes an operation into the sketch, or out of it. Answer: [`Delivery::Sketch`].
    Choose {
        /// The operation, as a place in the document.
        operation: u32,
        /// It is to be in.
        is_chosen: bool,
    },
    /// Begins a sketch: of a connection that is there, of one that comes with the program, or of the text of a file.
    /// Answer: [`Delivery::Sketch`].
    Edit {
        /// Which.
        of: SketchOf,
    },
    /// Changes one thing of the sketch. Answer: [`Delivery::Sketch`].
    Correct {
        /// [`Part::key`].
        part: String,
        /// What it becomes.
        value: String,
    },
    /// Keeps the sketch as a connection.
    Save,
    /// Removes a connection; its events stay.
    Remove {
        /// Its name.
        name: String,
    },
    /// The file of a connection. Answer: [`Delivery::Text`].
    File {
        /// Its name.
        name: String,
    },
    /// Reads what is new, now and from now on.
    Sync {
        /// Name of the connection.
        name: String,
    },
    /// Reads no more until it is told to.
    Pause {
        /// Name of the connection.
        name: String,
    },
    /// How often a connection is asked for what is new where nothing calls.
    Every {
        /// Name of the connection.
        name: String,
        /// Seconds.
        secs: u32,
    },
    /// What a change needs. Answer: [`Delivery::Form`].
    Form {
        /// Name of the connection.
        name: String,
        /// Name of the change.
        write: String,
    },
    /// Fills a change in and checks it. Answer: [`Delivery::Shown`].
    Fill {
        /// Name of the connection.
        name: String,
        /// Name of the change.
        write: String,
        /// Values by name of the field.
        values: Vec<(String, String)>,
    },
    /// Sends what was shown last. Answer: [`Delivery::Receipt`].
    Send {
        /// Only as a trial, where the system knows such.
        is_trial: bool,
    },
    /// Every request of this worker. Answer: [`Delivery::Calls`].
    Calls,
}

/// What a sketch begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SketchOf {
    /// A connection of the workspace, by name.
    Kept(String),
    /// One that comes with the program, by name.
    Ready(String),
    /// The text of a file.
    Text(String),
}

/// What a page hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// How everything stands.
    Overview {
        /// It.
        overview: Overview,
    },
    /// Operations that were found.
    Offers {
        /// The best first.
        offers: Vec<Offer>,
    },
    /// A connection in the making.
    Sketch {
        /// It.
        sketch: Sketch,
    },
    /// A text to save.
    Text {
        /// Suggested file name.
        file_name: String,
        /// The content.
        text: String,
    },
    /// What a change needs.
    Form {
        /// It.
        form: Form,
    },
    /// A change as it will go out.
    Shown {
        /// It.
        shown: Shown,
    },
    /// What became of a change.
    Receipt {
        /// It.
        receipt: Receipt,
    },
    /// Requests.
    Calls {
        /// The latest last.
        calls: Vec<Call>,
    },
    /// Events came.
    Brought {
        /// What they changed.
        report: Box<ImportReport>,
    },
}

/// How everything stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The gate.
    pub gate: GateState,
    /// By name.
    pub connections: Vec<ConnectionState>,
    /// Connections that come with the program: name, and the server in its file.
    pub ready: Vec<(String, String)>,
}

/// How the gate stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateState {
    /// Its address.
    pub address: String,
    /// A session token is there.
    pub has_token: bool,
    /// It answered.
    pub is_reached: bool,
    /// It calls when something is new.
    pub is_heard: bool,
    /// Where it leads: name, address, and whether a person has to give consent first.
    pub upstreams: Vec<(String, String, bool)>,
    /// Why it cannot be used.
    pub trouble: Option<Sentence>,
}

/// What a connection does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing: nobody asked yet.
    #[default]
    Idle,
    /// It reads.
    Reading,
    /// It waits for its time, or for a call.
    Waiting,
    /// A person stopped it.
    Paused,
    /// It cannot go on.
    Stopped,
}

/// How a connection stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectionState {
    /// Name, which is that of its source.
    pub name: String,
    /// Address of the system.
    pub server: String,
    /// Upstream at the gate; none asks the system directly.
    pub upstream: Option<String>,
    /// What credentials are needed, in words.
    pub authentication: String,
    /// What it does.
    pub activity: Activity,
    /// What it reads just now, or is to read next.
    pub reading: String,
    /// Until when it waits, in milliseconds since 1970.
    pub next_millis: Option<f64>,
    /// When it read to the end last, in milliseconds since 1970.
    pub last_millis: Option<f64>,
    /// Seconds between two looks.
    pub every_secs: u32,
    /// What each list has brought.
    pub reads: Vec<ReadState>,
    /// Names of changes that can be made, with what they do.
    pub writes: Vec<(String, String)>,
    /// How the items of lists have changed their fields.
    pub drift: Vec<Sentence>,
    /// Why it cannot go on, and what to do.
    pub trouble: Option<(Sentence, Sentence)>,
    /// What happened, the latest first, with the time in milliseconds since 1970.
    pub log: Vec<(f64, Sentence)>,
    /// Changes that were made, the latest first.
    pub receipts: Vec<Receipt>,
}

/// What a list has brought since the connection was opened in this tab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    /// Name of the list.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Items of answers, repeated ones too.
    pub n_items: u64,
    /// Items never seen before.
    pub n_new: u64,
    /// Items that have changed.
    pub n_changed: u64,
    /// Requests made for it.
    pub n_requests: u64,
}

/// An operation that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The operation, as a place in the document.
    pub operation: u32,
    /// Its id.
    pub id: String,
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Summary.
    pub summary: String,
    /// What it is: `events`, `people`, `unclear` or `settings` for lists by what they tell, the effect for changes, else
    /// empty.
    pub role: String,
    /// It gives a list.
    pub is_list: bool,
    /// It should not be used any more.
    pub is_deprecated: bool,
    /// It is in the sketch.
    pub is_chosen: bool,
}

/// A connection in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// The document it is made of; none for one that was a connection before.
    pub document: Option<DocumentFacts>,
    /// What holds for all of it.
    pub parts: Vec<Part>,
    /// Each list that is read.
    pub reads: Vec<Section>,
    /// Each change that can be made.
    pub writes: Vec<Section>,
    /// Why it cannot be kept yet; English words of the connector.
    pub problem: Option<String>,
    /// Its file.
    pub text: String,
}

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// Name of the interface.
    pub title: String,
    /// Version of the interface.
    pub version: String,
    /// Operations, lists among them, changes among them.
    pub counts: [u32; 3],
    /// How it wants to be asked.
    pub authentications: Vec<String>,
    /// How many things are wrong with the document.
    pub n_issues: u32,
    /// The first of them.
    pub issues: Vec<String>,
    /// Milliseconds that reading took.
    pub millis: u32,
}

/// A list or a change of a sketch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Name.
    pub name: String,
    /// Method and path.
    pub path: String,
    /// Operation, as a place in the document; none where there is no document.
    pub operation: Option<u32>,
    /// What can be corrected.
    pub parts: Vec<Part>,
    /// Why it is thought so; English words of the connector.
    pub reasons: Vec<String>,
}

/// One thing of a sketch that a person can correct.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Place in the sketch, for [`Errand::Correct`].
    pub key: String,
    /// What it is: `time`, `paging`, `activity`, …
    pub role: String,
    /// What it is now.
    pub value: String,
    /// What it can be; none leaves it open.
    pub options: Vec<String>,
    /// It has to be given.
    pub is_required: bool,
}

/// What a change needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Name of the connection.
    pub name: String,
    /// Name of the change.
    pub write: String,
    /// What it does.
    pub effect: String,
    /// What is filled in.
    pub fields: Vec<FormField>,
    /// The system can check it without changing anything.
    pub has_trial: bool,
    /// The system takes a repeated request for the same one.
    pub is_idempotent: bool,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// Name.
    pub name: String,
    /// `path`, `query`, `header` or `body`.
    pub place: String,
    /// It has to be given.
    pub is_required: bool,
    /// `text`, `integer`, `number`, `boolean` or `list`.
    pub kind: String,
    /// Values allowed; none allows all.
    pub values: Vec<String>,
    /// What the system says of it.
    pub description: String,
}

/// A change as it will go out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Why it cannot be sent; English words of the connector.
    pub problem: Option<String>,
    /// Method.
    pub method: String,
    /// Address.
    pub address: String,
    /// Headers, credentials aside.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// What became of a change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// When, in milliseconds since 1970.
    pub at_millis: f64,
    /// Name of the change.
    pub write: String,
    /// Method and path.
    pub path: String,
    /// `made`, `not_made`, `refused` or `unknown`; `trial` for one that changed nothing.
    pub verdict: String,
    /// Status; none where no answer came.
    pub status: Option<u16>,
    /// Id that the system gave.
    pub id: Option<String>,
    /// What the system said, shortened.
    pub words: String,
}

/// One request of this tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it began, in milliseconds since 1970.
    pub at_millis: f64,
    /// Method.
    pub method: String,
    /// Host with port.
    pub host: String,
    /// Path without what stands behind the question mark.
    pub path: String,
    /// Status; 0 where there is none.
    pub status: u16,
    /// Bytes of the bodies: sent, received.
    pub bytes: [f64; 2],
    /// Milliseconds from the beginning to the end.
    pub millis: f64,
    /// What for: `read`, `write`, `document`, `gate`, `hints`, `site`, `other`; and which connection.
    pub purpose: [String; 2],
    /// Made by the worker, not the page.
    pub by_worker: bool,
}
