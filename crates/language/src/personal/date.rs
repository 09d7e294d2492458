//! Dates of birth: a date, and a word before it that speaks of birth.

use super::token::Tokens;
use super::{Class, Find, context};

pub(crate) const WORDS: [&str; 22] = [
    "born",
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "d.o.b",
    "geboren",
    "geb",
    "geburtstag",
    "geburtsdatum",
    "né le",
    "née le",
    "naissance",
    "nacimiento",
    "nací",
    "nacido",
    "nacida",
    "nascita",
    "nato il",
    "nata il",
    "geboortedatum",
    "nascimento",
];

/// Beginnings of the names of months in English, German, French, Spanish, Italian and Dutch.
const MONTHS: [&str; 26] = [
    "jan", "feb", "mar", "mär", "apr", "avr", "may", "mai", "mei", "jun", "jui", "jul", "aug", "sep", "oct",
    "okt", "nov", "dec", "dez", "ene", "abr", "ago", "dic", "gen", "mag", "fév",
];

pub(crate) fn find(tokens: &Tokens<'_>, found: &mut Vec<Find>) {
    let mut first = 0;
    while first + 2 < tokens.all.len() {
        let Some(last) = date_from(tokens, first) else {
            first += 1;
            continue;
        };
        let (start, end) = (tokens.all[first].start, tokens.all[last].end);
        if context::is_announced(tokens.text, start, &WORDS) {
            let reason = "a date, and a word before that speaks of birth";
            found.push(Find { class: Class::BirthDate, start, end, confidence_percent: 93, reason });
        }
        first = last + 1;
    }
}

/// Whether a value as a whole is a date of a life, with or without a time behind it.
pub(crate) fn is_whole(value: &str) -> bool {
    let day = value.trim().split(['T', ' ']).next().unwrap_or_default();
    if day.len() == 8 && is_number(day) {
        // 19851231, as ISO 8601 has it in short.
        return matches!(&day[..2], "18" | "19" | "20")
            && ("01"..="12").contains(&&day[4..6])
            && ("01"..="31").contains(&&day[6..]);
    }
    [day, value.trim()].into_iter().any(|text| {
        let tokens = Tokens::new(text);
        date_from(&tokens, 0).is_some_and(|last| last + 1 == tokens.all.len())
    })
}

/// The last token of a date that begins with a token.
fn date_from(tokens: &Tokens<'_>, first: usize) -> Option<usize> {
    let part = |place: usize| tokens.get(place).map_or("", |token| tokens.str(token));
    let (mut last, parts) = (first + 2, [part(first), part(first + 1), part(first + 2)]);
    let is_year =
        |text: &str| text.len() == 4 && is_number(text) && (text.starts_with("19") || text.starts_with("20"));
    let is_short_year = |text: &str| text.len() == 2 && is_number(text);
    let is_small = |text: &str| {
        let text = text.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        (1..=2).contains(&text.len()) && text.parse::<u8>().is_ok_and(|n| (1..=31).contains(&n))
    };
    let is_month = |text: &str| {
        let lower = text.to_lowercase();
        MONTHS.iter().any(|month| lower.starts_with(month))
    };
    let gaps = [tokens.gap(first), tokens.gap(first + 1)];
    let is_numeric = matches!(gaps, ["-", "-"] | ["/", "/"] | [".", "."] | [". ", ". "])
        && ((is_year(parts[0]) && is_small(parts[1]) && is_small(parts[2]))
            || (is_small(parts[0]) && is_small(parts[1]) && (is_year(parts[2]) || is_short_year(parts[2]))));
    // 3rd of May 1980, 3 de mayo de 1980
    let mut words: Vec<&str> = Vec::new();
    for place in first..(first + 5).min(tokens.all.len()) {
        if !matches!(part(place), "of" | "de" | "the") {
            words.push(part(place));
            last = place;
        }
        if words.len() == 3 {
            break;
        }
    }
    let is_worded = matches!(words[..], [a, b, c] if is_year(c) && ((is_small(a) && is_month(b)) || (is_month(a) && is_small(b))));
    if is_numeric { Some(first + 2) } else { is_worded.then_some(last) }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}
