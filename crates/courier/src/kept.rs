//! What is kept with the workspace, under which names.

use crate::{words::failure, world::World};
use protocol::{Failure, Reply, Request, history::Note};

/// How this person gets in at the gate; stays out of exported files.
pub(crate) const GATE: &str = "own/gate";

/// The name of a note about a connection; the name cannot reach into another one's.
pub(crate) fn name_of(kind: &str, connection: &str, read: &str) -> String {
    let safe = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    if read.is_empty() {
        format!("{kind}/{}", safe(connection))
    } else {
        format!("{kind}/{}/{}", safe(connection), safe(read))
    }
}

/// A note that is written anew.
pub(crate) fn whole(name: String, text: String) -> Note {
    Note { name, keep: 0, add: text }
}

/// A note that grows.
pub(crate) fn more(name: String, text: String) -> Note {
    Note { name, keep: Note::KEEP_ALL, add: text }
}

impl World {
    /// Notes whose names begin so.
    pub(crate) async fn notes(&self, prefix: &str) -> Result<Vec<(String, String)>, Failure> {
        match self.engine(&Request::Notes { prefix: prefix.to_owned() }, None).await? {
            Reply::Notes { notes } => Ok(notes),
            _ => Err(failure("The engine gave an answer of another kind.", "")),
        }
    }

    /// Keeps a note beside the history.
    pub(crate) async fn keep(&self, note: Note) -> Result<(), Failure> {
        self.engine(&Request::KeepNote { note }, None).await.map(drop)
    }

    /// Whether the workspace has a source of this name.
    pub(crate) async fn has_source(&self, name: &str) -> Result<bool, Failure> {
        match self.engine(&Request::Sources, None).await? {
            Reply::Sources { sources } => Ok(sources.iter().any(|source| source.name == name)),
            _ => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_passes_through_javascript() {
        let note = more("receipts/a".to_owned(), "x".to_owned());
        // The largest whole number up to which JavaScript has every one.
        assert!(note.keep <= 9_007_199_254_740_991, "{} cannot be written", note.keep);
    }

    #[test]
    fn no_name_reaches_into_another() {
        assert_eq!(name_of("sync", "a/b", ""), "sync/a%2Fb", "a slash is written otherwise");
        assert_ne!(name_of("sync", "a", "b"), name_of("sync", "a/b", ""), "so both differ");
        assert_ne!(name_of("sync", "a%2Fb", ""), name_of("sync", "a/b", ""), "and cannot be feigned");
    }
}
