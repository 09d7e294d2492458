//! Texts that are kept with the workspace and that the engine does not read: connections, how far each was read, receipts.

use crate::convert::failure;
use protocol::Failure;
use protocol::history::Note;
use std::collections::BTreeMap;

/// Most notes of a workspace.
const MAX_NOTES: usize = 4_000;
/// Most characters of a note's name.
const MAX_NAME_CHARS: usize = 300;
/// Most bytes of one note.
const MAX_NOTE_BYTES: usize = 256 << 20;
/// Notes whose names begin so are not given away with an exported workspace: they say how this person gets in.
pub(crate) const OWN_PREFIX: &str = "own/";

/// The notes of a workspace by name; none is empty.
pub(crate) type Notes = BTreeMap<String, String>;

/// A change of a note: a growing text costs what is added to it, not what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoteChange {
    pub(crate) name: String,
    /// Bytes that stay.
    pub(crate) keep: usize,
    /// What follows those.
    pub(crate) add: String,
    /// It is no part of a step that can be taken back.
    pub(crate) is_aside: bool,
}

/// The change as it will be made.
///
/// # Errors
/// When the note has no name or too long a one, would be too large, or there are too many.
pub(crate) fn check(notes: &Notes, note: Note, is_aside: bool) -> Result<NoteChange, Failure> {
    let Note { name, keep, add } = note;
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(failure("A note needs a name of 1 to 300 characters.", ""));
    }
    let known = notes.get(&name).map_or("", String::as_str);
    let keep = usize::try_from(keep).unwrap_or(usize::MAX).min(known.len());
    if !known.is_char_boundary(keep) {
        return Err(failure(format!("The note “{name}” cannot be cut within a letter."), ""));
    }
    if keep.saturating_add(add.len()) > MAX_NOTE_BYTES {
        let message = format!("The note “{name}” is too large to be kept.");
        return Err(failure(message, "Read fewer things with one connection."));
    }
    if notes.len() >= MAX_NOTES && known.is_empty() {
        return Err(failure("The workspace has too many notes.", "Remove connections that are not needed."));
    }
    Ok(NoteChange { name, keep, add, is_aside })
}

/// Makes a change; returns what takes it back.
pub(crate) fn put(notes: &mut Notes, change: NoteChange) -> NoteChange {
    let NoteChange { name, keep, add, is_aside } = change;
    let text = notes.entry(name.clone()).or_default();
    let mut keep = keep.min(text.len());
    while !text.is_char_boundary(keep) {
        keep -= 1;
    }
    let before = text.split_off(keep);
    text.push_str(&add);
    if text.is_empty() {
        notes.remove(&name);
    }
    NoteChange { name, keep, add: before, is_aside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(keep: usize, add: &str) -> NoteChange {
        NoteChange { name: "a".to_owned(), keep, add: add.to_owned(), is_aside: false }
    }

    #[test]
    fn a_note_grows_and_is_taken_back_byte_for_byte() {
        let mut notes = Notes::new();
        let mut backs = Vec::new();
        for (keep, add) in [(0, "first\n"), (6, "zwölf\n"), (2, "x"), (0, "")] {
            let before = notes.clone();
            backs.push((put(&mut notes, change(keep, add)), before));
        }
        assert!(notes.is_empty(), "an empty note is none");
        for (back, before) in backs.into_iter().rev() {
            put(&mut notes, back);
            assert_eq!(notes, before, "there and back");
        }
    }

    #[test]
    fn a_letter_is_never_cut() {
        let mut notes = Notes::new();
        put(&mut notes, change(0, "ö"));
        let asked = Note { name: "a".to_owned(), keep: 1, add: String::new() };
        assert!(check(&notes, asked, true).is_err(), "refused where it can be said");
        put(&mut notes, change(1, "x"));
        assert_eq!(notes["a"], "x", "and not done where it cannot");
    }
}
