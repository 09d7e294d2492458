//! Names of persons: behind a title, behind words that introduce somebody, or a common first name.

use super::name_list::{FirstName, first_name};
use super::token::Tokens;
use super::{Class, Find};

const TITLES: [&str; 26] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "herr",
    "herrn",
    "frau",
    "monsieur",
    "madame",
    "mme",
    "mlle",
    "señor",
    "señora",
    "signor",
    "signora",
    "dhr",
    "mevrouw",
    "senhor",
    "senhora",
    "pan",
];

/// Words before a name that leave little doubt, last word first.
const INTRODUCTIONS: [&[&str]; 14] = [
    &["is", "name"],
    &["name"],
    &["ist", "name"],
    &["heiße"],
    &["heisse"],
    &["appelle", "m"],
    &["llamo", "me"],
    &["chiamo", "mi"],
    &["is", "naam"],
    &["to", "speaking"],
    &["with", "speaking"],
    &["customer"],
    &["for", "account"],
    &["for", "up", "pulled"],
];

/// Words before a name that stand before other words as well.
const WEAK_INTRODUCTIONS: [&[&str]; 7] =
    [&["am", "i"], &["m", "i"], &["is", "this"], &["bin", "ich"], &["suis", "je"], &["soy"], &["ben", "ik"]];

const GREETINGS: [&str; 22] = [
    "hi", "hello", "hey", "dear", "hallo", "liebe", "lieber", "bonjour", "hola", "ciao", "beste", "thanks",
    "thank", "you", "danke", "merci", "gracias", "welcome", "cher", "chère", "estimado", "estimada",
];

const SIGN_OFFS: [&str; 16] = [
    "regards",
    "sincerely",
    "cheers",
    "best",
    "grüße",
    "grüßen",
    "gruß",
    "grüsse",
    "cordialement",
    "saludos",
    "saluti",
    "groet",
    "groeten",
    "yours",
    "faithfully",
    "wishes",
];

/// Capitalised words that follow such words and are no names.
const NO_NAMES: &str = "a all also am an and anyone are as at but by can card chat client colleague colleagues could customer customers damen
    did die das do does everyone folks for from friend friends from gentlemen guest guys have he her herren hi his hiring how i if in is it its just kollegen
    kunde kundin ladies lord madam manager may me member my neighbour no not of ok okay on one or our please service she sir sirs so sorry still support
    sure team thank thanks that the their there they this to user valued was we welcome well what when where which who why will with would yes you your
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december
    montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember not very really here then now god";

fn is_no_name(lower: &str) -> bool {
    NO_NAMES.split_ascii_whitespace().any(|word| word == lower)
}

/// Words between the parts of a family name.
const PARTICLES: [&str; 16] = [
    "van", "von", "der", "den", "de", "la", "del", "della", "di", "da", "dos", "du", "le", "el", "bin", "zu",
];

pub(crate) fn find(tokens: &Tokens<'_>, found: &mut Vec<Find>) {
    let mut place = 0;
    while place < tokens.all.len() {
        match name_at(tokens, place) {
            Some((last, confidence_percent, reason)) => {
                let (start, end) = (tokens.all[place].start, tokens.all[last].end);
                found.push(Find { class: Class::PersonName, start, end, confidence_percent, reason });
                place = last + 1;
            }
            None => place += 1,
        }
    }
}

fn name_at(tokens: &Tokens<'_>, place: usize) -> Option<(usize, u8, &'static str)> {
    let token = tokens.get(place).filter(|token| !token.has_digit)?;
    let lower = tokens.lower(place);
    if is_no_name(&lower) {
        return None;
    }
    let known = first_name(&lower);
    if !token.is_capitalised {
        // Whoever writes everything small still says "my name is".
        let is_told = place >= 2 && is_behind(tokens, place, &INTRODUCTIONS[..1]) && lower.len() > 1;
        let is_name = is_told
            && has_name_words(tokens, place)
            && (known.is_some() || first_name(&tokens.lower(place + 1)).is_none());
        let last =
            if tokens.gap(place) == " " && is_small_surname(tokens, place + 1) { place + 1 } else { place };
        return (is_name && (known.is_some() || last > place)).then_some((
            last,
            70,
            "what follows \u{201c}name is\u{201d}",
        ));
    }
    let last = family_end(tokens, place);
    let has_family = last > place;
    if is_behind_title(tokens, place) {
        return Some((last, 92, "what follows a title"));
    }
    if is_behind(tokens, place, &INTRODUCTIONS) && (known.is_some() || has_family) {
        return Some((last, 88, "what follows words that introduce somebody"));
    }
    if is_behind(tokens, place, &INTRODUCTIONS[..1]) && has_name_words(tokens, place) {
        return Some((last, 75, "what follows \u{201c}name is\u{201d}"));
    }
    if known.is_some() && has_family && !token.is_upper {
        let confidence_percent = if known == Some(FirstName::Sure) { 86 } else { 72 };
        return Some((last, confidence_percent, "a common first name and a family name"));
    }
    let is_greeted = is_greeted(tokens, place);
    if known.is_some() && !token.is_upper && (is_greeted || is_behind(tokens, place, &WEAK_INTRODUCTIONS)) {
        return Some((last, 80, "a common first name in a greeting or an introduction"));
    }
    if is_signed(tokens, place) && last - place <= 2 && !token.is_upper {
        return Some((last, 72, "what a letter is signed with"));
    }
    let is_alone = known == Some(FirstName::Sure) && !token.is_upper;
    is_alone.then_some((last, 62, "a common first name"))
}

fn is_small_surname(tokens: &Tokens<'_>, place: usize) -> bool {
    let lower = tokens.lower(place);
    lower.len() >= 3
        && tokens.get(place).is_some_and(|token| !token.has_digit)
        && !is_no_name(&lower)
        && matches!(tokens.gap(place).chars().next(), None | Some('.' | ',' | '\n' | '!'))
}

/// "My name is", not "the name is", which may be of anything.
fn has_name_words(tokens: &Tokens<'_>, place: usize) -> bool {
    place >= 3
        && matches!(tokens.lower(place - 3).as_str(), "my" | "mein" | "full" | "first" | "last" | "customer")
}

/// The last token of a name that begins at a token: particles and capitalised words behind single blanks or hyphens.
fn family_end(tokens: &Tokens<'_>, first: usize) -> usize {
    let mut last = first;
    let mut place = first;
    let mut n_words = 1;
    while n_words < 4 && matches!(tokens.gap(place), " " | "-" | "'" | "’" | ". ") {
        // A full stop ends a sentence unless it follows an initial.
        if tokens.gap(place) == ". " && tokens.all[place].len() > 1 {
            break;
        }
        let Some(next) = tokens.get(place + 1).filter(|next| !next.has_digit) else { break };
        let lower = tokens.lower(place + 1);
        place += 1;
        if !next.is_capitalised {
            if PARTICLES.contains(&lower.as_str()) {
                continue;
            }
            break;
        }
        let is_shout = next.is_upper && next.len() > 2 && !tokens.all[first].is_upper;
        if is_no_name(&lower) || is_shout {
            break;
        }
        (last, n_words) = (place, n_words + 1);
    }
    last
}

fn is_behind_title(tokens: &Tokens<'_>, place: usize) -> bool {
    let Some(before) = place.checked_sub(1) else { return false };
    let title = tokens.lower(before);
    let is_written =
        tokens.all[before].is_capitalised || matches!(title.as_str(), "mr" | "mrs" | "ms" | "dr");
    let is_title =
        TITLES.contains(&title.as_str()) && is_written && matches!(tokens.gap(before), " " | ". " | ".");
    // Behind "Herr Dr." the doctor is the title.
    is_title && !TITLES.contains(&tokens.lower(place).as_str())
}

/// Whether the words before a token, last word first, are one of the lists.
fn is_behind(tokens: &Tokens<'_>, place: usize, lists: &[&[&str]]) -> bool {
    lists.iter().any(|words| {
        let is_near =
            place.checked_sub(1).is_some_and(|before| matches!(tokens.gap(before), " " | ": " | ":"));
        is_near
            && words
                .iter()
                .enumerate()
                .all(|(n, word)| place.checked_sub(n + 1).is_some_and(|at| tokens.lower(at) == *word))
            && (words.len() > 1 || words[0] != "name" || tokens.gap(place - 1).starts_with(':'))
            && (words[0] != "customer" || tokens.gap(place - 1).starts_with(':'))
    })
}

fn is_greeted(tokens: &Tokens<'_>, place: usize) -> bool {
    let Some(before) = place.checked_sub(1) else { return false };
    GREETINGS.contains(&tokens.lower(before).as_str()) && matches!(tokens.gap(before), " " | ", ")
}

/// On a line of its own, or behind a comma, after "Best regards".
fn is_signed(tokens: &Tokens<'_>, place: usize) -> bool {
    let Some(before) = place.checked_sub(1) else { return false };
    let gap = tokens.gap(before);
    let is_end = {
        let last = family_end(tokens, place);
        matches!(tokens.gap(last).trim_matches([' ', '.', '!', '\r']).chars().next(), None | Some('\n' | ','))
    };
    SIGN_OFFS.contains(&tokens.lower(before).as_str()) && (gap.contains('\n') || gap == ", ") && is_end
}
