//! Numbers of persons in Europe.

use super::super::Class;
use super::super::check_digits::{is_day, luhn, mod_11_10, weighted};
use super::{Scheme, digits, is_repeated, number, pair};

const fn national(
    id: &'static str,
    reason: &'static str,
    forms: &'static [&'static str],
    words: &'static [&'static str],
    holds: fn(&[u8]) -> bool,
) -> Scheme {
    Scheme { id, reason, class: Class::NationalId, forms, words, is_checked: true, holds }
}

pub(super) const ALL: &[Scheme] = &[
    national(
        "de-idnr",
        "German tax number of a person, its check digit holds",
        &[],
        &[
            "steuer-id",
            "steuerid",
            "steuer-identifikationsnummer",
            "identifikationsnummer",
            "idnr",
            "tin",
            "tax id",
        ],
        is_de_idnr,
    ),
    Scheme {
        is_checked: false,
        ..national(
            "gb-nino",
            "form of a British National Insurance number",
            &["AA999999A", "AA 99 99 99 A", "AA-99-99-99-A", "AA 999999 A"],
            &["national insurance", "nino", "ni number", "ni no"],
            is_gb_nino,
        )
    },
    national(
        "fr-nir",
        "French social security number, its key (mod 97) holds",
        &[
            "999999999999999",
            "9 99 99 99 999 999 99",
            "9 99 99 9A 999 999 99",
            "9999999999999 99",
            "999999A99999999",
        ],
        &["sécurité sociale", "securite sociale", "nir", "insee", "numéro de sécu", "numero de secu"],
        is_fr_nir,
    ),
    national(
        "es-dni",
        "Spanish DNI or NIE, its check letter holds",
        &["99999999A", "99999999-A", "99.999.999-A", "A9999999A", "A-9999999-A", "A9999999-A"],
        &["dni", "nie", "nif", "documento nacional", "documento de identidad"],
        is_es_dni,
    ),
    national(
        "it-cf",
        "Italian tax code, its check letter holds",
        &["AAAAAA**A**A***A", "AAA AAA **A** A***A"],
        &["codice fiscale", "cod. fisc", "cf"],
        is_it_cf,
    ),
    national(
        "nl-bsn",
        "Dutch BSN, the eleven-test holds",
        &[],
        &["bsn", "burgerservicenummer", "sofinummer", "sofi-nummer"],
        is_nl_bsn,
    ),
    national(
        "se-pnr",
        "Swedish personnummer, day and check digit hold",
        &["999999-9999", "999999+9999", "99999999-9999"],
        &["personnummer", "personnr", "pnr", "samordningsnummer"],
        is_se_pnr,
    ),
    national("pl-pesel", "Polish PESEL, day and check digit hold", &[], &["pesel"], is_pl_pesel),
    national("pt-nif", "Portuguese NIF, its check digit holds", &[], &["nif", "contribuinte"], is_pt_nif),
    national(
        "fi-hetu",
        "Finnish personal identity code, its check character holds",
        &["999999-999*", "999999+999*", "999999A999*"],
        &["hetu", "henkilötunnus", "henkilotunnus"],
        is_fi_hetu,
    ),
    national(
        "no-fnr",
        "Norwegian identity number, both check digits hold",
        &["999999 99999"],
        &["fødselsnummer", "fodselsnummer", "fnr", "personnummer"],
        is_no_fnr,
    ),
    Scheme {
        is_checked: false,
        ..national(
            "dk-cpr",
            "form of a Danish CPR number with a day",
            &["999999-9999"],
            &["cpr", "personnummer"],
            is_dk_cpr,
        )
    },
    national(
        "be-nn",
        "Belgian national number, its check (mod 97) holds",
        &["99.99.99-999.99"],
        &["rijksregisternummer", "registre national", "nationaal nummer", "numéro national", "insz", "niss"],
        is_be_nn,
    ),
    national(
        "ch-ahv",
        "Swiss AHV number, its check digit holds",
        &["756.9999.9999.99", "7569999999999"],
        &["ahv", "avs"],
        is_ch_ahv,
    ),
    national(
        "at-svnr",
        "Austrian insurance number, its check digit holds",
        &[],
        &["svnr", "sv-nummer", "sozialversicherungsnummer", "versicherungsnummer"],
        is_at_svnr,
    ),
    national(
        "ie-pps",
        "Irish PPS number, its check letter holds",
        &["9999999A", "9999999AA"],
        &["pps", "ppsn", "personal public service"],
        is_ie_pps,
    ),
];

/// Exactly one digit comes twice or three times among the first ten, as the rules since 2016 say.
fn is_de_idnr(compact: &[u8]) -> bool {
    let Some(all) = digits::<11>(compact) else { return false };
    let mut counts = [0_u8; 10];
    all[..10].iter().for_each(|&digit| counts[usize::from(digit)] += 1);
    let repeated: Vec<u8> = counts.into_iter().filter(|n| *n > 1).collect();
    let in_a_row = all[..10].windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    all[0] != 0 && matches!(repeated[..], [2 | 3]) && !in_a_row && mod_11_10(&all)
}

fn is_gb_nino(compact: &[u8]) -> bool {
    let [a, b, middle @ .., suffix] = compact else { return false };
    let prefix = [*a, *b];
    middle.len() == 6
        && middle.iter().all(u8::is_ascii_digit)
        && prefix.iter().all(|c| c.is_ascii_uppercase() && !b"DFIQUV".contains(c))
        && *b != b'O'
        && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|not| not.as_bytes() == prefix)
        && matches!(suffix, b'A'..=b'D')
}

/// Corsica's departments 2A and 2B count as 19 and 18 in the check.
fn is_fr_nir(compact: &[u8]) -> bool {
    if compact.len() != 15 {
        return false;
    }
    let mut plain = compact.to_vec();
    match &compact[5..7] {
        b"2A" => plain[5..7].copy_from_slice(b"19"),
        b"2B" => plain[5..7].copy_from_slice(b"18"),
        _ => {}
    }
    let Some(all) = digits::<15>(&plain) else { return false };
    let month = pair(&all, 3);
    // Months from 20 on are given where the month is unknown.
    matches!(all[0], 1..=4 | 7 | 8)
        && (matches!(month, 1..=12) || matches!(month, 20..=42 | 50..=99))
        && 97 - number(&all[..13]) % 97 == number(&all[13..])
}

fn is_es_dni(compact: &[u8]) -> bool {
    let [first, .., letter] = compact else { return false };
    if compact.len() != 9 {
        return false;
    }
    let mut body = compact[..8].to_vec();
    body[0] = match first {
        b'X' | b'K' | b'L' | b'M' => b'0',
        b'Y' => b'1',
        b'Z' => b'2',
        other => *other,
    };
    let Some(body) = digits::<8>(&body) else { return false };
    let place = usize::try_from(number(&body) % 23).unwrap_or(0);
    b"TRWAGMYFPDXBNJZSQVHLCKE"[place] == *letter && !is_repeated(&body)
}

fn is_it_cf(compact: &[u8]) -> bool {
    /// Worth of a character at an odd place, counted from one; digits are worth what the first ten letters are.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let [body @ .., check] = compact else { return false };
    // Digits may be replaced by letters to tell persons apart who would have the same code.
    let is_digit = |c: &u8| c.is_ascii_digit() || b"LMNPQRSTUV".contains(c);
    let has_form = body.len() == 15
        && body.iter().enumerate().all(|(place, c)| match place {
            0..=5 | 11 => c.is_ascii_uppercase(),
            8 => b"ABCDEHLMPRST".contains(c),
            _ => is_digit(c),
        });
    let worth = |c: u8| usize::from(if c.is_ascii_digit() { c - b'0' } else { c.wrapping_sub(b'A') });
    let sum = |(place, c): (usize, &u8)| {
        let worth = worth(*c);
        if place % 2 == 0 { ODD.get(worth).copied().unwrap_or(0) } else { u32::try_from(worth).unwrap_or(0) }
    };
    has_form && body.iter().enumerate().map(sum).sum::<u32>() % 26 == u32::from(check.wrapping_sub(b'A'))
}

fn is_nl_bsn(compact: &[u8]) -> bool {
    digits::<9>(compact).is_some_and(|all| {
        !is_repeated(&all)
            && number(&all) > 9_999_999
            && weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0
    })
}

fn is_se_pnr(compact: &[u8]) -> bool {
    let short = match compact.len() {
        10 => compact,
        12 if compact.starts_with(b"19") || compact.starts_with(b"20") => &compact[2..],
        _ => return false,
    };
    // Coordination numbers add 60 to the day.
    digits::<10>(short).is_some_and(|all| {
        (is_day(pair(&all, 2), pair(&all, 4)) || is_day(pair(&all, 2), pair(&all, 4).wrapping_sub(60)))
            && luhn(&all)
    })
}

/// The month carries the century: plus 80 for 18…, 20 for 20…, 40 for 21…, 60 for 22….
fn is_pl_pesel(compact: &[u8]) -> bool {
    digits::<11>(compact).is_some_and(|all| {
        is_day(pair(&all, 2) % 20, pair(&all, 4))
            && weighted(&all, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
    })
}

fn is_pt_nif(compact: &[u8]) -> bool {
    digits::<9>(compact).is_some_and(|all| {
        let check = (11 - weighted(&all[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
        all[0] != 0 && !is_repeated(&all) && i32::from(all[8]) == check
    })
}

/// The century's sign counts as a letter where it is one, and is gone where it was a separator.
fn is_fi_hetu(compact: &[u8]) -> bool {
    let without_sign = match compact.len() {
        10 => compact.to_vec(),
        11 if b"ABCDEFYXWVU".contains(&compact[6]) => [&compact[..6], &compact[7..]].concat(),
        _ => return false,
    };
    let Some(all) = digits::<9>(&without_sign[..9]) else { return false };
    let place = usize::try_from(number(&all) % 31).unwrap_or(0);
    let serial = number(&all[6..]);
    is_day(pair(&all, 2), pair(&all, 0))
        && serial >= 2
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[place] == without_sign[9]
}

/// D numbers add 40 to the day.
fn is_no_fnr(compact: &[u8]) -> bool {
    digits::<11>(compact).is_some_and(|all| {
        let (day, month) = (pair(&all, 0), pair(&all, 2));
        (is_day(month, day) || is_day(month, day.wrapping_sub(40)))
            && weighted(&all, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0
            && weighted(&all, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    })
}

/// Since 2007 numbers are given that fail the old check, so that only the day can be checked.
fn is_dk_cpr(compact: &[u8]) -> bool {
    digits::<10>(compact).is_some_and(|all| is_day(pair(&all, 2), pair(&all, 0)))
}

/// People born since 2000 have a 2 put in front before the division.
fn is_be_nn(compact: &[u8]) -> bool {
    digits::<11>(compact).is_some_and(|all| {
        let (body, check) = (number(&all[..9]), number(&all[9..]));
        let holds = |body: u64| 97 - body % 97 == check;
        is_day(pair(&all, 2), pair(&all, 4)) && (holds(body) || holds(2_000_000_000 + body))
    })
}

/// The check digit of an EAN-13.
fn is_ch_ahv(compact: &[u8]) -> bool {
    digits::<13>(compact).is_some_and(|all| {
        compact.starts_with(b"756") && weighted(&all, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
    })
}

/// Months 13 to 15 are given where the day of birth is full.
fn is_at_svnr(compact: &[u8]) -> bool {
    digits::<10>(compact).is_some_and(|all| {
        let check = weighted(&all, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
        let is_born = is_day(pair(&all, 6), pair(&all, 4))
            || (matches!(pair(&all, 6), 13..=15) && (1..=31).contains(&pair(&all, 4)));
        all[0] != 0 && is_born && check == i32::from(all[3])
    })
}

fn is_ie_pps(compact: &[u8]) -> bool {
    let Some((body, rest)) = compact.split_at_checked(7) else { return false };
    let Some(body) = digits::<7>(body) else { return false };
    let (check, second) = match rest {
        [check] => (*check, 0),
        [check, second @ (b'A'..=b'I' | b'W')] => {
            (*check, if *second == b'W' { 0 } else { i32::from(second - b'A' + 1) })
        }
        _ => return false,
    };
    let place = usize::try_from((weighted(&body, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23).unwrap_or(0);
    b"WABCDEFGHIJKLMNOPQRSTUV"[place] == check
}
