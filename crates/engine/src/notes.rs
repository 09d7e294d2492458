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

/// Names of notes that name a person, or are named so.
pub(crate) fn naming(notes: &Notes, is_named: &dyn Fn(&str) -> bool) -> Vec<String> {
    let is_in = |text: &str| is_named(text) || is_named(&unescaped(text));
    notes.iter().filter(|(name, text)| is_in(name) || is_in(text)).map(|(name, _)| name.clone()).collect()
}

/// Notes that grow by a line at a time, each of which stands for itself.
const LINE_BY_LINE: [&str; 2] = ["receipts/", "sync/"];

/// Forgets what names a person: lines of notes that grow line by line, and other notes as a whole. Returns how many. How far
/// a connection was read may be forgotten with it; what is read once more adds nothing a second time.
pub(crate) fn forget(notes: &mut Notes, is_named: &dyn Fn(&str) -> bool) -> u64 {
    let is_in = |text: &str| is_named(text) || is_named(&unescaped(text));
    let mut n = 0;
    notes.retain(|name, text| {
        if is_in(name) {
            n += 1;
            return false;
        }
        if !LINE_BY_LINE.iter().any(|prefix| name.starts_with(prefix)) {
            let is_kept = !is_in(text);
            n += u64::from(!is_kept);
            return is_kept;
        }
        let lines = text.split_inclusive('\n');
        let kept: String = lines
            .filter(|line| {
                let is_kept = !is_in(line);
                n += u64::from(!is_kept);
                is_kept
            })
            .collect();
        *text = kept;
        !text.is_empty()
    });
    n
}

/// A text with what stands in it as `%40`, as in addresses of the web, written out.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => bytes.push(byte),
            None => bytes.push(b'%'),
        }
        bytes.extend_from_slice(&part.as_bytes()[if byte.is_some() { 2 } else { 0 }..]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_goes_line_by_line_or_as_a_whole() {
        let mut notes: Notes = [
            ("receipts/crm", "{\"path\":\"/people/ada%40corp.example\"}\n{\"path\":\"/people/bob\"}\n"),
            ("sync/crm/people", "{\"cursor\":\"ada@corp.example\"}\n"),
            ("connection/crm", "{\n  \"path\": \"/people\"\n}"),
            ("settings/crm", "{\"only\": \"ada@corp.example\"}"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
        let n = forget(&mut notes, &|text| text.contains("ada@corp.example"));
        assert_eq!(n, 3, "a line, the only line, and a note");
        let left: Vec<&str> = notes.values().map(String::as_str).collect();
        assert_eq!(left, ["{\n  \"path\": \"/people\"\n}", "{\"path\":\"/people/bob\"}\n"], "the rest stays");
        assert_eq!(unescaped("100% of %C3%B6 and %4"), "100% of ö and %4", "what is no such sign stays");
    }

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
