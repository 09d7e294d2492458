//! What a person did to the workspace and can take back, and the views a person keeps.

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
}

/// How a room of the page is set, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Name, unique in the workspace; 1 to 80 characters.
    pub name: String,
    /// The room of the page.
    pub room: String,
    /// How it is set, at most 64 KiB of JSON that the page writes and reads; where the room is about a question, that
    /// [`crate::question::Question`] is part of it.
    pub settings: String,
}
