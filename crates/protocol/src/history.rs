//! What a person did to the workspace and can take back, and the views a person keeps.

use crate::MapQuery;
use crate::question::{Filter, Question};
use serde::{Deserialize, Serialize};

/// A change of the workspace, as the page names it on the buttons that take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What was done.
    pub kind: DeedKind,
    /// To what: the name of a source, activity or view; empty where there is only one.
    pub subject: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedKind {
    /// A file was imported.
    Import,
    /// Events were appended to a source.
    Append,
    /// The sample company was opened.
    OpenSample,
    /// A source was removed.
    RemoveSource,
    /// An activity was put into another stage.
    SetStage,
    /// The stages were named.
    SetStages,
    /// A view was saved.
    SaveView,
    /// A view was deleted.
    DeleteView,
    /// A segment was saved.
    SaveSegment,
    /// A segment was deleted.
    DeleteSegment,
    /// A person decided which records are one customer.
    Decide,
    /// Customers were made one.
    Merge,
    /// A customer was split.
    Split,
    /// What is sure enough was set, or learned anew.
    SetRules,
    /// A web domain or an account was said to be a company, or none.
    SetCompany,
    /// The lanes of the map were put in another order.
    SetLanes,
    /// It was decided about personal data.
    SetPrivacy,
    /// A mapping was kept.
    KeepMapping,
    /// A mapping was forgotten.
    ForgetMapping,
}

/// A filter kept under a name, by which questions can use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Name, unique in the workspace; 1 to 80 characters.
    pub name: String,
    /// Who is in it; may name other segments, but not itself through them.
    pub filter: Filter,
}

/// A change of a text that is kept with the workspace and means nothing to the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Name, unique in the workspace; 1 to 300 characters. One that begins with `own/` stays out of exported files.
    pub name: String,
    /// Bytes of the text so far that stay; [`Note::KEEP_ALL`] for all of it.
    pub keep: u64,
    /// What follows those; a text that is empty then is no more.
    pub add: String,
}

impl Note {
    /// Keeps all of the text so far: the largest number that JavaScript has exactly, since notes pass through it.
    pub const KEEP_ALL: u64 = (1 << 53) - 1;
}

/// A segment and how large it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentSize {
    /// The segment.
    pub segment: Segment,
    /// Customers in it, over all time.
    pub n_cases: u64,
    /// Customers of the workspace.
    pub n_all: u64,
}

/// What a room of the page is set to; every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How much of the map is drawn.
    pub query: MapQuery,
    /// What the map's figures show, by the page's name for it; empty for what they show at first.
    pub lens: String,
    /// The question asked.
    pub question: Option<Box<Question>>,
    /// The lanes shown, by the page's names; `None` for those shown at first.
    pub lanes: Option<Vec<String>>,
}

/// How a room of the page is set, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Name, unique in the workspace; 1 to 80 characters.
    pub name: String,
    /// The room of the page.
    pub room: String,
    /// [`Settings`] as JSON, at most 64 KiB: text, so that a workspace keeps views which only a later page can read.
    pub settings: String,
}
