//! Postal addresses: a house number and a word for a street, a post box, a postal code that tells a few houses.

use super::token::Tokens;
use super::{Class, Find};

/// Words for a street that stand behind its name.
const STREETS_BEHIND: [&str; 34] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "lane",
    "ln",
    "drive",
    "dr",
    "court",
    "ct",
    "way",
    "place",
    "pl",
    "terrace",
    "close",
    "crescent",
    "square",
    "sq",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "trail",
    "row",
    "gardens",
    "grove",
    "mews",
    "walk",
    "straße",
];

/// Endings of a word that is a street in German, Dutch and the Nordic languages; the number stands behind it.
const STREET_ENDINGS: [&str; 17] = [
    "straße", "strasse", "str", "gasse", "allee", "platz", "weg", "damm", "ufer", "ring", "straat", "laan",
    "plein", "gracht", "gatan", "vägen", "gade",
];

/// Words for a street that stand before its name.
const STREETS_BEFORE: [&str; 19] = [
    "rue",
    "avenue",
    "boulevard",
    "chemin",
    "allée",
    "impasse",
    "quai",
    "calle",
    "avenida",
    "plaza",
    "paseo",
    "via",
    "viale",
    "piazza",
    "corso",
    "rua",
    "travessa",
    "ulica",
    "ul",
];

/// Words that end in such an ending and are no street.
const NO_STREETS: [&str; 12] = [
    "weg",
    "str",
    "ring",
    "damm",
    "spring",
    "string",
    "bring",
    "during",
    "offering",
    "ufer",
    "platz",
    "monitoring",
];

pub(crate) fn find(tokens: &Tokens<'_>, found: &mut Vec<Find>) {
    for place in 0..tokens.all.len() {
        let one = number_first(tokens, place)
            .or_else(|| number_last(tokens, place))
            .or_else(|| post_box(tokens, place))
            .or_else(|| british_code(tokens, place));
        if let Some((last, confidence_percent, reason)) = one {
            let start = tokens.all[place].start;
            let end = tokens.all[extended(tokens, last)].end;
            found.push(Find { class: Class::PostalAddress, start, end, confidence_percent, reason });
        }
    }
}

/// Whether a value as a whole, or its beginning, is an address.
pub(crate) fn is_whole(value: &str) -> bool {
    let tokens = Tokens::new(value);
    let mut found = Vec::new();
    find(&tokens, &mut found);
    found.iter().any(|find| find.start < 12)
}

/// Whether words are close: only a blank, a full stop or a comma between them.
fn is_close(gap: &str) -> bool {
    matches!(gap, " " | ". " | ", " | "  " | "," | "-" | "'" | "’")
}

fn is_house_number(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n_letters = text.len() - digits.len();
    (1..=5).contains(&digits.len())
        && n_letters <= 1
        && digits.bytes().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0')
}

/// `6821 1st Ave`, `221b Baker Street`, `12 rue de la Paix`.
fn number_first(tokens: &Tokens<'_>, place: usize) -> Option<(usize, u8, &'static str)> {
    let number = tokens.get(place).map(|token| tokens.str(token)).filter(|text| is_house_number(text))?;
    let is_glued =
        tokens.text[..tokens.all[place].start].chars().next_back().is_some_and(|c| "$€£#-./:,".contains(c));
    if is_glued {
        return None;
    }
    let next = tokens.lower(place + 1);
    if is_close(tokens.gap(place))
        && STREETS_BEFORE[..7].contains(&next.as_str())
        && tokens.get(place + 2).is_some()
    {
        return Some((place + 2, 85, "a house number, a word for a street, and a name"));
    }
    for behind in place + 2..=place + 4 {
        if !(place..behind).all(|at| is_close(tokens.gap(at))) {
            break;
        }
        let word = tokens.lower(behind);
        let (Some(token), Some(name)) = (tokens.get(behind), tokens.get(behind - 1)) else { break };
        if !STREETS_BEHIND.contains(&word.as_str()) {
            continue;
        }
        let is_vague = matches!(
            word.as_str(),
            "way" | "place" | "close" | "row" | "walk" | "drive" | "court" | "square" | "st" | "pl"
        );
        // Small letters are only believed behind a number that is no count, and not for words of every day.
        let is_named = name.is_capitalised || (name.has_digit && name.has_letter);
        let is_sure = is_named && (token.is_capitalised || (number.len() >= 2 && !is_vague));
        let is_ordinal = tokens.all[place + 1].has_digit && tokens.all[place + 1].has_letter;
        let is_plain = number.len() >= 3 && (behind == place + 2 || is_ordinal);
        if is_sure {
            return Some((behind, 90, "a house number, a name, and a word for a street"));
        }
        if is_plain && !is_vague {
            return Some((behind, 75, "a house number, a name, and a word for a street"));
        }
    }
    None
}

/// `Lange Straße 12`, `Hauptstr. 4a`, `Calle Mayor 5`, `Keizersgracht 123`.
fn number_last(tokens: &Tokens<'_>, place: usize) -> Option<(usize, u8, &'static str)> {
    let begin = tokens.get(place).filter(|token| !token.has_digit)?;
    let word = tokens.lower(place);
    let is_number_at = |at: usize| {
        is_close(tokens.gap(at - 1)) && tokens.get(at).is_some_and(|token| is_house_number(tokens.str(token)))
    };
    let ends = STREET_ENDINGS.iter().any(|ending| word.ends_with(ending));
    if ends && begin.is_capitalised && !NO_STREETS.contains(&word.as_str()) && is_number_at(place + 1) {
        return Some((place + 1, 88, "a word for a street and a house number"));
    }
    if begin.is_capitalised && STREETS_BEFORE.contains(&word.as_str()) {
        let n_names = (1..=4).find(|n| is_number_at(place + n + 1));
        let is_named = tokens.get(place + 1).is_some_and(|name| name.has_letter);
        return n_names
            .filter(|_| is_named)
            .map(|n| (place + n + 1, 82, "a word for a street, a name, and a house number"));
    }
    // Two words: "Lange Straße 12", "Am Markt" is left to its number.
    let second = tokens.lower(place + 1);
    let is_article =
        matches!(word.as_str(), "der" | "die" | "das" | "den" | "dem" | "ein" | "eine" | "kein" | "the");
    let is_two = begin.is_capitalised
        && !is_article
        && is_close(tokens.gap(place))
        && matches!(second.as_str(), "straße" | "str" | "weg" | "platz" | "gasse" | "allee");
    let is_name = tokens.get(place + 1).is_some_and(|token| token.is_capitalised);
    (is_two && is_name && is_number_at(place + 2)).then_some((
        place + 2,
        86,
        "a word for a street and a house number",
    ))
}

/// `PO Box 123`, `Postfach 12 34`.
fn post_box(tokens: &Tokens<'_>, place: usize) -> Option<(usize, u8, &'static str)> {
    let words = [tokens.lower(place), tokens.lower(place + 1), tokens.lower(place + 2)];
    let last = match [words[0].as_str(), words[1].as_str(), words[2].as_str()] {
        ["po", "box", _] => place + 2,
        ["p", "o", "box"] => place + 3,
        ["postfach" | "postbus", ..] => place + 1,
        _ => return None,
    };
    tokens.get(last).filter(|token| token.has_digit).map(|_| (last, 85, "a post box and its number"))
}

/// `SW1A 1AA`: a British code is about fifteen houses.
fn british_code(tokens: &Tokens<'_>, place: usize) -> Option<(usize, u8, &'static str)> {
    let outward = tokens.get(place).filter(|token| token.is_upper && (2..=4).contains(&token.len()))?;
    let inward = tokens.get(place + 1).filter(|token| token.is_upper && token.len() == 3)?;
    let form = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_digit() {
                    '9'
                } else if c.is_ascii_uppercase() {
                    'A'
                } else {
                    '?'
                }
            })
            .collect()
    };
    let is_outward =
        ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].contains(&form(tokens.str(outward)).as_str());
    let inward = tokens.str(inward);
    let is_inward = form(inward) == "9AA" && !inward.contains(['C', 'I', 'K', 'M', 'O', 'V']);
    (is_outward && is_inward && tokens.gap(place) == " ").then_some((
        place + 1,
        85,
        "form of a British postal code",
    ))
}

/// How far an address goes on behind its street: flat, town, state and postal code, up to the code.
fn extended(tokens: &Tokens<'_>, last: usize) -> usize {
    let mut end = last;
    for place in last + 1..(last + 8).min(tokens.all.len()) {
        if !matches!(tokens.gap(place - 1), " " | ", " | "," | "  " | "\n" | ". ") {
            break;
        }
        let token = &tokens.all[place];
        let is_code = (4..=5).contains(&token.len()) && token.is_number();
        if is_code || british_code(tokens, place).is_some() {
            end = if is_code { place } else { place + 1 };
            // In some countries the town stands behind the code.
            let is_town = tokens.gap(end) == " "
                && tokens.get(end + 1).is_some_and(|t| t.is_capitalised && !t.has_digit && !t.is_upper);
            return if is_town && end - last <= 2 { end + 1 } else { end };
        }
    }
    end
}
