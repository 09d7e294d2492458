//! Numbers by which states, health systems and banks know a person, each with its form and its check digits.

mod europe;
mod medical;
mod world;

use super::check_digits::mod_97;
use super::context;
use super::token::Tokens;
use super::{Class, Find};

/// A way in which an authority numbers people.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// Short name with the country in front: `es-dni`.
    pub id: &'static str,
    /// What it is, as a reason: "Spanish DNI, its check letter holds".
    pub reason: &'static str,
    /// What kind of number it is.
    pub class: Class,
    /// Ways in which it is written that hardly anything else is: `9` a digit, `A` a letter, `*` either, else itself.
    pub(crate) forms: &'static [&'static str],
    /// Words that announce it, in lower case; without one, only a form of the list above is believed in a text.
    pub(crate) words: &'static [&'static str],
    /// The number has a check digit or letter.
    pub(crate) is_checked: bool,
    /// Whether letters (capitals) and digits without separators are such a number.
    pub(crate) holds: fn(&[u8]) -> bool,
}

impl Scheme {
    /// Whether a value as a whole is such a number, however it is separated.
    #[must_use]
    pub fn is_valid(&self, value: &str) -> bool {
        compact(value).is_some_and(|compact| (self.holds)(&compact))
    }

    /// Whether a text is written in a way that hardly anything else is.
    pub(crate) fn has_form(&self, written: &str) -> bool {
        self.forms.iter().any(|form| matches_form(written, form))
    }
}

/// All schemes that are known.
pub fn schemes() -> impl Iterator<Item = &'static Scheme> {
    [&IBAN].into_iter().chain(europe::ALL).chain(world::ALL).chain(medical::ALL)
}

const IBAN: Scheme = Scheme {
    id: "iban",
    reason: "length of its country and check digits (mod 97) hold",
    class: Class::Iban,
    forms: &["AA99*"],
    words: &["iban"],
    is_checked: true,
    holds: is_iban,
};

/// Lengths of the IBAN by country, from the registry of SWIFT (ISO 13616).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 \
    LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 \
    RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

fn is_iban(compact: &[u8]) -> bool {
    let Some((head, tail)) = compact.split_at_checked(4) else { return false };
    let is_headed = head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
    let n_expected = IBAN_LENGTHS
        .split_ascii_whitespace()
        .find(|entry| entry.as_bytes().starts_with(&head[..2]))
        .and_then(|entry| entry[2..].parse::<usize>().ok());
    is_headed && n_expected == Some(compact.len()) && mod_97(tail.iter().chain(head).copied()) == Some(1)
}

/// Longest number, with separators, that is looked at.
const MAX_TOKENS: usize = 10;
/// Longest number without separators: an IBAN has at most 34.
const MAX_COMPACT_BYTES: usize = 34;

/// The capitals and digits of a value; `None` when it has anything but them and separators.
fn compact(value: &str) -> Option<Vec<u8>> {
    let mut compact = Vec::with_capacity(value.len().min(MAX_COMPACT_BYTES));
    for c in value.trim().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => compact.push(u8::try_from(c.to_ascii_uppercase()).ok()?),
            c if is_separator(c) => {}
            _ => return None,
        }
        if compact.len() > MAX_COMPACT_BYTES {
            return None;
        }
    }
    Some(compact)
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '+')
}

/// Whether a text has a form; a `*` at the end takes the rest.
fn matches_form(written: &str, form: &str) -> bool {
    let (form, is_open) = form.strip_suffix('*').map_or((form, false), |form| (form, true));
    let mut rest = written.chars();
    for wanted in form.chars() {
        let fits = |c: char| match wanted {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_alphabetic(),
            '*' => c.is_ascii_alphanumeric(),
            _ => c == wanted,
        };
        if !rest.next().is_some_and(fits) {
            return false;
        }
    }
    is_open || rest.next().is_none()
}

/// Numbers of all schemes in a text.
pub(crate) fn find(tokens: &Tokens<'_>, found: &mut Vec<Find>) {
    for first in 0..tokens.all.len() {
        find_from(tokens, first, found);
    }
}

/// Numbers that begin with a token, which may be a part of them.
fn find_from(tokens: &Tokens<'_>, first: usize, found: &mut Vec<Find>) {
    let begin = &tokens.all[first];
    if !(begin.has_digit || begin.is_upper) || is_joined_to_the_left(tokens, first) {
        return;
    }
    let mut n_compact_bytes = 0;
    for place in first..tokens.all.len().min(first + MAX_TOKENS) {
        let end = &tokens.all[place];
        n_compact_bytes += end.len();
        if n_compact_bytes > MAX_COMPACT_BYTES {
            break;
        }
        let written = &tokens.text[begin.start..end.end];
        let gap = tokens.gap(place);
        // A number goes on behind it: `12.34` is no `12`.
        let goes_on = gap.starts_with(['-', '.', '/', '_', ',', '@'])
            && gap.len() == 1
            && tokens.get(place + 1).is_some_and(|next| next.has_digit);
        if !goes_on
            && n_compact_bytes >= 8
            && let Some(compact) = compact(written).filter(|compact| compact.iter().any(u8::is_ascii_digit))
        {
            found.extend(
                schemes().filter_map(|scheme| judge(tokens.text, begin.start, written, &compact, scheme)),
            );
        }
        let mut separators = gap.chars();
        if !(separators.next().is_some_and(is_separator) && separators.next().is_none()) {
            break;
        }
    }
}

/// Something that is no blank binds the token to digits before it, as the hours in `2024-01-05T12`.
fn is_joined_to_the_left(tokens: &Tokens<'_>, first: usize) -> bool {
    let Some(before) = first.checked_sub(1) else { return false };
    let gap = tokens.gap(before);
    tokens.all[before].has_digit && gap.len() == 1 && gap.starts_with(['-', '.', '/', '_', ',', '@', ':'])
}

fn judge(text: &str, start: usize, written: &str, compact: &[u8], scheme: &Scheme) -> Option<Find> {
    if !(scheme.holds)(compact) {
        return None;
    }
    let has_form = scheme.has_form(written);
    let is_announced = context::is_announced(text, start, scheme.words);
    let confidence_percent = match (is_announced, has_form, scheme.is_checked) {
        (true, _, true) => 97,
        (true, true, false) => 95,
        (true, false, false) => 85,
        (false, true, true) => 90,
        (false, true, false) => 75,
        (false, false, _) => return None,
    };
    let end = start + written.len();
    Some(Find { class: scheme.class, start, end, confidence_percent, reason: scheme.reason })
}

/// The digits of a number; `None` when it has letters or another count.
fn digits<const N: usize>(compact: &[u8]) -> Option<[u8; N]> {
    let digits: [u8; N] = compact.try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then(|| digits.map(|c| c - b'0'))
}

/// The number that digits write.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))
}

/// A number of two digits.
fn pair(digits: &[u8], at: usize) -> u32 {
    digits.get(at..at + 2).map_or(0, |pair| u32::from(pair[0]) * 10 + u32::from(pair[1]))
}

/// Whether all digits are the same, as in numbers that people invent.
fn is_repeated(digits: &[u8]) -> bool {
    digits.windows(2).all(|two| two[0] == two[1])
}
