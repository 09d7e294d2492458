//! The words just before a place, which say what a number is.

/// Bytes before a place that are looked at.
const REACH_BYTES: usize = 48;

/// Whether one of the words, given in lower case, stands shortly before a place, as a word of its own.
pub(crate) fn is_announced(text: &str, start: usize, words: &[&str]) -> bool {
    let from = text.ceil_char_boundary(start.saturating_sub(REACH_BYTES));
    let before = text[from.min(start)..start].to_lowercase();
    words.iter().any(|word| has_word(&before, word))
}

/// Whether a text in lower case has a word, not as a part of a longer one; plurals with `s` count.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = &text[at + word.len()..];
        let after = rest.strip_prefix('s').unwrap_or(rest).chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphabetic)
    })
}
