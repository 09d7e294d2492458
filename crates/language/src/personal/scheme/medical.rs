//! Numbers by which health systems know patients and practitioners.

use super::super::Class;
use super::super::check_digits::{luhn, luhn_sum, weighted};
use super::{Scheme, digits, is_repeated};

pub(super) const ALL: &[Scheme] = &[
    Scheme {
        id: "gb-nhs",
        reason: "NHS number, its check digit (mod 11) holds",
        class: Class::MedicalId,
        forms: &[],
        words: &["nhs", "patient"],
        is_checked: true,
        holds: is_gb_nhs,
    },
    Scheme {
        id: "us-npi",
        reason: "US National Provider Identifier, its check digit holds",
        class: Class::MedicalId,
        forms: &[],
        words: &["npi", "provider identifier", "provider id"],
        is_checked: true,
        holds: is_us_npi,
    },
    Scheme {
        id: "us-mbi",
        reason: "form of a US Medicare Beneficiary Identifier",
        class: Class::MedicalId,
        forms: &["9A*9-A*9-AA99"],
        words: &["mbi", "medicare"],
        is_checked: false,
        holds: is_us_mbi,
    },
    Scheme {
        id: "de-kvnr",
        reason: "German health insurance number, its check digit holds",
        class: Class::MedicalId,
        forms: &["A999999999"],
        words: &["kvnr", "krankenversichertennummer", "versichertennummer", "versicherten-nr"],
        is_checked: true,
        holds: is_de_kvnr,
    },
    Scheme {
        id: "au-medicare",
        reason: "Australian Medicare number, its check digit holds",
        class: Class::MedicalId,
        forms: &["9999 99999 9"],
        words: &["medicare"],
        is_checked: true,
        holds: is_au_medicare,
    },
];

fn is_gb_nhs(compact: &[u8]) -> bool {
    digits::<10>(compact)
        .is_some_and(|all| !is_repeated(&all) && weighted(&all, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0)
}

/// The digits count as if the prefix of US health applications, 80840, stood in front.
fn is_us_npi(compact: &[u8]) -> bool {
    digits::<10>(compact)
        .is_some_and(|all| matches!(all[0], 1 | 2) && luhn(&[&[8, 0, 8, 4, 0][..], &all[..]].concat()))
}

/// The places are digits (the first not 0), letters (none of S, L, O, I, B, Z) or either, in an order of their own.
fn is_us_mbi(compact: &[u8]) -> bool {
    let is_letter = |c: u8| c.is_ascii_uppercase() && !b"SLOIBZ".contains(&c);
    compact.len() == 11
        && compact[0] != b'0'
        && compact.iter().enumerate().all(|(place, &c)| match place {
            0 | 3 | 6 | 9 | 10 => c.is_ascii_digit(),
            1 | 4 | 7 | 8 => is_letter(c),
            _ => is_letter(c) || c.is_ascii_digit(),
        })
}

/// The letter counts as its place in the alphabet, two digits; the check digit is the last digit of the sum itself.
fn is_de_kvnr(compact: &[u8]) -> bool {
    let Some((letter @ b'A'..=b'Z', rest)) = compact.split_first() else { return false };
    let Some(rest) = digits::<9>(rest) else { return false };
    let place = letter - b'A' + 1;
    let body = [&[place / 10, place % 10][..], &rest[..8], &[0]].concat();
    luhn_sum(&body) % 10 == u32::from(rest[8])
}

/// The check digit is the ninth; the tenth counts the cards.
fn is_au_medicare(compact: &[u8]) -> bool {
    digits::<10>(compact).is_some_and(|all| {
        matches!(all[0], 2..=6)
            && all[9] != 0
            && weighted(&all, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == i32::from(all[8])
    })
}
