//! Payment cards: a prefix and length of a network, and the formula of Luhn.

use super::check_digits::luhn;
use super::token::Tokens;
use super::{Class, Find, context};

const WORDS: [&str; 9] =
    ["card", "visa", "mastercard", "amex", "karte", "kreditkarte", "carte", "tarjeta", "carta"];

/// Whether digits are a card of a known network (ISO/IEC 7812 ranges as the networks publish them).
fn is_card(digits: &[u8]) -> bool {
    let prefix =
        |n: usize| digits.iter().take(n).fold(0_u32, |number, &digit| number * 10 + u32::from(digit));
    let fits = match digits.len() {
        13 | 19 => prefix(1) == 4 || (digits.len() == 19 && matches!(prefix(2), 62)),
        14 => matches!(prefix(3), 300..=305 | 309) || matches!(prefix(2), 36 | 38 | 39),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(4), 2_221..=2_720 | 3_528..=3_589 | 6_011)
                || matches!(prefix(3), 644..=649)
        }
        _ => false,
    };
    fits && luhn(digits)
}

/// Whether a value as a whole is the number of a card.
pub(crate) fn is_whole(value: &str) -> bool {
    digits_of(value).is_some_and(|digits| is_card(&digits))
}

/// The digits of a text of digits with single blanks or hyphens between them.
fn digits_of(written: &str) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(19);
    let mut was_separator = true;
    for c in written.trim().bytes() {
        match c {
            b'0'..=b'9' => digits.push(c - b'0'),
            b' ' | b'-' if !was_separator => {}
            _ => return None,
        }
        was_separator = !c.is_ascii_digit();
        if digits.len() > 19 {
            return None;
        }
    }
    (!was_separator).then_some(digits)
}

pub(crate) fn find(tokens: &Tokens<'_>, found: &mut Vec<Find>) {
    for (first, begin) in tokens.all.iter().enumerate().filter(|(_, token)| token.is_number()) {
        let before = tokens.text[..begin.start].chars().next_back();
        if before.is_some_and(|c| matches!(c, '.' | '-' | '_' | '/' | '#')) {
            continue;
        }
        for end in tokens.all[first..].iter().take(5).take_while(|token| token.is_number()) {
            let written = &tokens.text[begin.start..end.end];
            let Some(digits) = digits_of(written) else { break };
            if is_card(&digits) {
                let is_sure =
                    written.len() > digits.len() || context::is_announced(tokens.text, begin.start, &WORDS);
                found.push(Find {
                    class: Class::PaymentCard,
                    start: begin.start,
                    end: end.end,
                    confidence_percent: if is_sure { 97 } else { 85 },
                    reason: "prefix and length of a card network and its check digit (Luhn) hold",
                });
            }
        }
    }
}
