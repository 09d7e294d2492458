//! Telephone numbers: international, North American, national with a leading zero, or announced by a word.

use super::{Class, Find, context};

const WORDS: [&str; 25] = [
    "phone",
    "telephone",
    "tel",
    "call",
    "called",
    "mobile",
    "cell",
    "fax",
    "whatsapp",
    "sms",
    "text me",
    "reach me",
    "telefon",
    "telefonnummer",
    "handy",
    "handynummer",
    "mobil",
    "rufnummer",
    "anrufen",
    "rückruf",
    "téléphone",
    "portable",
    "teléfono",
    "cellulare",
    "telefoonnummer",
];

const CALLING_CODE: &str = "a plus sign and as many digits as a number abroad has";

/// Why digits as written are a number, and how sure; the second is for a text that announces one.
fn judge(written: &str, is_announced: bool) -> Option<(u8, &'static str)> {
    let digits: Vec<u8> = written.bytes().filter(u8::is_ascii_digit).collect();
    let n_digits = digits.len();
    let has_separator = written.bytes().any(|c| matches!(c, b' ' | b'-' | b'/' | b'(' | b'.'));
    if !(7..=15).contains(&n_digits) || digits.windows(2).all(|two| two[0] == two[1]) {
        return None;
    }
    if written.starts_with('+') {
        return (n_digits >= 8 && digits[0] != b'0').then_some((96, CALLING_CODE));
    }
    if is_date_like(written) {
        return None;
    }
    if has_separator && is_north_american(written, &digits) {
        return Some((92, "form of a North American number"));
    }
    if digits.starts_with(b"00") && n_digits >= 10 && (has_separator || is_announced) && digits[2] != b'0' {
        return Some((85, "two zeros and as many digits as a number abroad has"));
    }
    if digits[0] == b'0' && digits[1] != b'0' && (9..=12).contains(&n_digits) {
        if is_announced {
            return Some((93, "a leading zero, and a word before that announces a telephone"));
        }
        let has_group =
            written.starts_with('(') || written.split([' ', '-', '/', '.']).any(|part| part.len() >= 3);
        if has_separator && has_group && !written.contains('.') {
            return Some((75, "a leading zero and groups as in a national number"));
        }
    }
    is_announced.then_some((78, "digits, and a word before that announces a telephone"))
}

/// `(212) 555-0123`, `212-555-0123`, `212.555.0123`, `1 212 555 0123`: area and exchange begin with 2 to 9.
fn is_north_american(written: &str, digits: &[u8]) -> bool {
    let ten = match digits {
        [b'1', rest @ ..] if rest.len() == 10 => rest,
        rest if rest.len() == 10 => rest,
        _ => return false,
    };
    let groups: Vec<usize> =
        written.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|n| *n > 0).collect();
    ten[0] >= b'2' && ten[3] >= b'2' && matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4] | [3, 7])
}

/// `05.03.2024 10`, `2024-01-05 12`: a date, perhaps with more behind it.
fn is_date_like(written: &str) -> bool {
    let groups: Vec<&str> = written.split([' ', '-', '/', '.']).collect();
    let is_year = |group: &str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let is_short = |group: &str| (1..=2).contains(&group.len());
    match groups[..] {
        [a, b, c, ..] => {
            (is_short(a) && is_short(b) && (is_year(c) || is_short(c)))
                || (is_year(a) && is_short(b) && is_short(c))
        }
        _ => false,
    }
}

/// Whether a value as a whole can be a number, as in a column that says so.
pub(crate) fn is_whole(value: &str, is_announced: bool) -> bool {
    let value = value.trim();
    let value = value.split_once(['x', 'X']).map_or(value, |(number, _)| number.trim());
    let is_written = value.bytes().all(|c| c.is_ascii_digit() || b"+ ()-./".contains(&c));
    is_written && judge(value, is_announced).is_some()
}

pub(crate) fn find(text: &str, found: &mut Vec<Find>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !(bytes[at].is_ascii_digit()
            || (matches!(bytes[at], b'+' | b'(') && has_digit_soon(bytes, at + 1)))
        {
            at += 1;
            continue;
        }
        let end = end_of_run(bytes, at);
        let before = text[..at].chars().next_back();
        let after = text[end..].chars().next();
        let is_bound = |c: Option<char>| {
            c.is_some_and(|c| {
                c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '$' | '€' | '£' | '%' | '=')
            })
        };
        let is_part = before.is_some_and(|c| matches!(c, '-' | '.' | ',' | '/' | ':'));
        if !is_bound(before) && !is_bound(after) && !is_part {
            let is_announced = context::is_announced(text, at, &WORDS);
            if let Some((confidence_percent, reason)) = judge(&text[at..end], is_announced) {
                found.push(Find { class: Class::Phone, start: at, end, confidence_percent, reason });
            }
        }
        at = end.max(at + 1);
    }
}

fn has_digit_soon(bytes: &[u8], from: usize) -> bool {
    bytes.iter().skip(from).take(2).any(u8::is_ascii_digit)
}

/// One past the last digit of a run of digits with at most two separators in a row.
fn end_of_run(bytes: &[u8], start: usize) -> usize {
    let (mut end, mut n_separators) = (start, 0);
    for (at, c) in bytes.iter().enumerate().skip(start) {
        match c {
            b'0'..=b'9' => (end, n_separators) = (at + 1, 0),
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' if n_separators < 2 => n_separators += 1,
            b'+' if at == start => {}
            _ => break,
        }
    }
    end
}
