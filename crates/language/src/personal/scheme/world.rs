//! Numbers of persons outside Europe.

use super::super::Class;
use super::super::check_digits::{is_day, luhn, verhoeff, weighted};
use super::{Scheme, digits, is_repeated, number, pair};

pub(super) const ALL: &[Scheme] = &[
    Scheme {
        id: "us-ssn",
        reason: "form and ranges of a US Social Security or taxpayer number",
        class: Class::NationalId,
        forms: &["999-99-9999"],
        words: &["ssn", "social security", "social", "itin", "taxpayer"],
        is_checked: false,
        holds: is_us_ssn,
    },
    Scheme {
        id: "ca-sin",
        reason: "Canadian social insurance number, its check digit holds",
        class: Class::NationalId,
        forms: &[],
        words: &["sin", "social insurance", "assurance sociale", "nas"],
        is_checked: true,
        holds: is_ca_sin,
    },
    Scheme {
        id: "br-cpf",
        reason: "Brazilian CPF, both check digits hold",
        class: Class::NationalId,
        forms: &["999.999.999-99"],
        words: &["cpf"],
        is_checked: true,
        holds: is_br_cpf,
    },
    Scheme {
        id: "in-aadhaar",
        reason: "Indian Aadhaar number, its check digit (Verhoeff) holds",
        class: Class::NationalId,
        forms: &[],
        words: &["aadhaar", "aadhar", "uidai"],
        is_checked: true,
        holds: is_in_aadhaar,
    },
    Scheme {
        id: "cn-ric",
        reason: "Chinese identity number, day and check character hold",
        class: Class::NationalId,
        forms: &["999999999999999999", "99999999999999999X"],
        words: &["身份证", "identity card", "resident id"],
        is_checked: true,
        holds: is_cn_ric,
    },
    Scheme {
        id: "kr-rrn",
        reason: "Korean registration number, day and check digit hold",
        class: Class::NationalId,
        forms: &["999999-9999999"],
        words: &["주민등록번호", "rrn", "resident registration"],
        is_checked: true,
        holds: is_kr_rrn,
    },
    Scheme {
        id: "au-tfn",
        reason: "Australian tax file number, its check digit holds",
        class: Class::NationalId,
        forms: &[],
        words: &["tfn", "tax file"],
        is_checked: true,
        holds: is_au_tfn,
    },
    Scheme {
        id: "za-id",
        reason: "South African identity number, day and check digit hold",
        class: Class::NationalId,
        forms: &["999999 9999 999"],
        words: &["id number", "identity number", "rsa id", "sa id"],
        is_checked: true,
        holds: is_za_id,
    },
];

/// No area 000 or 666, no group 00, no serial 0000; 9xx is a taxpayer number, whose group is 50 to 99.
fn is_us_ssn(compact: &[u8]) -> bool {
    digits::<9>(compact).is_some_and(|all| {
        let (area, group, serial) = (number(&all[..3]), pair(&all, 3), number(&all[5..]));
        // These two were printed on sample cards and are nobody's.
        let is_specimen = matches!(number(&all), 78_051_120 | 219_099_999);
        let is_person = group != 0 && serial != 0 && (area < 900 || group >= 50);
        !matches!(area, 0 | 666) && is_person && !is_specimen && !is_repeated(&all)
    })
}

fn is_ca_sin(compact: &[u8]) -> bool {
    digits::<9>(compact).is_some_and(|all| !matches!(all[0], 0 | 8) && !is_repeated(&all) && luhn(&all))
}

fn is_br_cpf(compact: &[u8]) -> bool {
    digits::<11>(compact).is_some_and(|all| {
        let check = |weights: &[i32]| (11 - weighted(&all, weights) % 11) % 11 % 10;
        !is_repeated(&all)
            && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == i32::from(all[9])
            && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == i32::from(all[10])
    })
}

/// Neither begins with 0 or 1 nor reads the same backwards.
fn is_in_aadhaar(compact: &[u8]) -> bool {
    digits::<12>(compact).is_some_and(|all| all[0] > 1 && !all.iter().eq(all.iter().rev()) && verhoeff(&all))
}

fn is_cn_ric(compact: &[u8]) -> bool {
    let Some((body, [check])) = compact.split_at_checked(17) else { return false };
    let Some(all) = digits::<17>(body) else { return false };
    let sum = weighted(&all, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    let expected = usize::try_from(sum).ok().and_then(|sum| b"10X98765432".get(sum));
    matches!(pair(&all, 6), 18..=20) && is_day(pair(&all, 10), pair(&all, 12)) && expected == Some(check)
}

fn is_kr_rrn(compact: &[u8]) -> bool {
    digits::<13>(compact).is_some_and(|all| {
        let sum = weighted(&all, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
        is_day(pair(&all, 2), pair(&all, 4)) && (11 - sum % 11) % 10 == i32::from(all[12])
    })
}

fn is_au_tfn(compact: &[u8]) -> bool {
    let holds = |all: &[u8], weights: &[i32]| !is_repeated(all) && weighted(all, weights) % 11 == 0;
    digits::<9>(compact).is_some_and(|all| holds(&all, &[1, 4, 3, 7, 5, 8, 6, 9, 10]))
        || digits::<8>(compact).is_some_and(|all| holds(&all, &[10, 7, 8, 4, 6, 3, 5, 1]))
}

fn is_za_id(compact: &[u8]) -> bool {
    digits::<13>(compact)
        .is_some_and(|all| is_day(pair(&all, 2), pair(&all, 4)) && all[10] <= 2 && luhn(&all))
}
