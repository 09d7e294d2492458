//! What the engine, the readers and the worker say in sentences of their own, found in a list of such sentences.
//!
//! They write plain English, because whoever runs the command reads it as it is. The list has each sentence with its places,
//! `There is no source {0}.`, and its words in another language; the suite fails when a sentence is not in it.

use super::Text;
use protocol::sentence;
use std::sync::OnceLock;

/// A sentence with places, and its words.
pub(super) struct Phrase {
    /// What stands between the places, from the beginning to the end.
    pieces: Vec<&'static str>,
    words: &'static str,
}

/// Sentences within sentences are looked up so deep.
const MAX_DEPTH: usize = 4;

/// The phrases of a file, those that say most first. There is one such file.
pub(super) fn phrases(file: &'static str) -> &'static [Phrase] {
    static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
    PHRASES.get_or_init(|| read(file))
}

fn read(file: &'static str) -> Vec<Phrase> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    let mut phrases: Vec<Phrase> =
        pairs.map(|(english, words)| Phrase { pieces: pieces_of(english), words }).collect();
    phrases.sort_by_key(|phrase| {
        std::cmp::Reverse(phrase.pieces.iter().map(|piece| piece.len()).sum::<usize>())
    });
    phrases
}

/// What stands around the places `{0}`, `{1}` …, which come in order.
fn pieces_of(english: &'static str) -> Vec<&'static str> {
    let mut pieces = Vec::new();
    let mut rest = english;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    pieces.push(rest);
    pieces
}

impl Phrase {
    /// What stands in the places of a sentence; `None` when it is another sentence.
    fn values<'a>(&self, english: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = english.strip_prefix(first)?;
        let mut values = Vec::with_capacity(others.len());
        for (at, piece) in others.iter().enumerate() {
            let is_last = at + 1 == others.len();
            let end = match *piece {
                _ if is_last => rest.strip_suffix(piece)?.len(),
                // Two places that touch: the first is a word.
                "" => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
                piece => rest.find(piece)?,
            };
            values.push(&rest[..end]);
            rest = &rest[end + piece.len()..];
        }
        rest.is_empty().then_some(values)
    }

    /// Whether a place holds something of the data, which stands between quotation marks.
    fn is_quoted(&self, place: usize) -> bool {
        self.pieces.get(place).is_some_and(|piece| piece.ends_with('“'))
    }
}

/// A sentence in other words; itself where it has none.
pub(super) fn translate(phrases: &[Phrase], text: Text, english: &str) -> String {
    within(phrases, text, english, MAX_DEPTH).unwrap_or_else(|| english.to_owned())
}

fn within(phrases: &[Phrase], text: Text, english: &str, depth: usize) -> Option<String> {
    if english.is_empty() || depth == 0 {
        return None;
    }
    let found = phrases.iter().find_map(|phrase| phrase.values(english).map(|values| (phrase, values)));
    let Some((phrase, values)) = found else {
        return text.known_reject(english).map(str::to_owned);
    };
    Some(sentence::fill(phrase.words, |place, _| {
        let value = values.get(place)?;
        let inner = (!phrase.is_quoted(place)).then(|| within(phrases, text, value, depth - 1)).flatten();
        Some(inner.unwrap_or_else(|| (*value).to_owned()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german(english: &str) -> String {
        Text::for_locales(&["de".to_owned()]).said(english)
    }

    #[test]
    fn sentences_are_found_with_what_stands_in_them() {
        for (english, expected) in [
            ("There is no source 3.", "Eine Quelle 3 gibt es nicht."),
            (
                "There is no customer “There is nothing to undo.”.",
                "Einen Kunden „There is nothing to undo.“ gibt es nicht.",
            ),
            ("a.csv, line 12: the JSON is broken: x.", "a.csv, Zeile 12: Das JSON ist kaputt: x."),
            (
                "CSV, semicolon, UTF-8, gzip; Zendesk tickets (recipe version 3)",
                "CSV, Semikolon, UTF-8, gzip; Zendesk tickets (Rezept Version 3)",
            ),
            (
                "shop.db, table “orders”, page 7: the SQLite database is damaged or incomplete: it goes round in a circle.",
                "shop.db, Tabelle „orders“, Seite 7: Die SQLite-Datenbank ist beschädigt oder unvollständig: sie führt im Kreis herum.",
            ),
            ("name says time; all 20 values are times", "der Name sagt Zeit; alle 20 Werte: Zeiten"),
            ("3 distinct values in 1,200 rows, 4 empty", "3 verschiedene Werte in 1,200 Zeilen, 4 leer"),
            (
                "a.csv: none of the 9 records could be used; “when” is not a time that can be read (for example “x”).",
                "a.csv: keiner der 9 Datensätze war brauchbar; „when“ ist keine lesbare Zeit (zum Beispiel „x“).",
            ),
            ("Nobody has ever said this.", "Nobody has ever said this."),
            ("", ""),
        ] {
            assert_eq!(german(english), expected, "{english}");
        }
        assert_eq!(Text::for_locales(&[]).said("There is no source 3."), "There is no source 3.", "English");
    }
}
