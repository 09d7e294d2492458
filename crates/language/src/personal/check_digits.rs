//! The sums that tell a mistyped number from a right one.

/// ISO/IEC 7812-1, the formula of Luhn: from the right, every second digit doubled, all digits summed, divisible by ten.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    !digits.is_empty() && luhn_sum(digits).is_multiple_of(10)
}

/// The sum of the formula of Luhn.
pub(crate) fn luhn_sum(digits: &[u8]) -> u32 {
    let worth = |(place, &digit): (u32, &u8)| {
        let value = u32::from(digit) * (1 + place % 2);
        value / 10 + value % 10
    };
    (0..).zip(digits.iter().rev()).map(worth).sum()
}

/// ISO 7064 MOD 97-10 over letters (A = 10 … Z = 35) and digits: the remainder of division by 97.
pub(crate) fn mod_97(characters: impl Iterator<Item = u8>) -> Option<u32> {
    let mut rest = 0;
    for c in characters {
        rest = match c {
            b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
            b'A'..=b'Z' => (rest * 100 + u32::from(c - b'A' + 10)) % 97,
            _ => return None,
        };
    }
    Some(rest)
}

/// ISO 7064 MOD 11,10, a hybrid system: German tax numbers of persons.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((&check, body)) = digits.split_last() else { return false };
    let mut product = 10;
    for &digit in body {
        let sum = match (u32::from(digit) + product) % 10 {
            0 => 10,
            sum => sum,
        };
        product = sum * 2 % 11;
    }
    (u32::from(check) + product) % 10 == 1
}

/// The dihedral check of Verhoeff (1969), which notices every single wrong digit and every swap of neighbours.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    /// Permutation of the digit at the second place from the right; further places apply it again.
    const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut check = 0_u8;
    for (place, &digit) in digits.iter().rev().enumerate() {
        let turned = (0..place % 8).fold(digit, |digit, _| TURN[usize::from(digit)]);
        check = dihedral(check, turned);
    }
    !digits.is_empty() && check == 0
}

/// The product in the group of the ten symmetries of a pentagon: 0 to 4 turn, 5 to 9 turn and mirror.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// The sum of digits times weights; as many as the shorter has.
pub(crate) fn weighted(digits: &[u8], weights: &[i32]) -> i32 {
    digits.iter().zip(weights).map(|(&digit, weight)| i32::from(digit) * weight).sum()
}

/// Whether day and month can be of one year; two-digit years leave the 29th of February open.
pub(crate) fn is_day(month: u32, day: u32) -> bool {
    let n_days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => 0,
    };
    (1..=n_days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_digit).map(|c| c - b'0').collect()
    }

    #[test]
    fn published_examples_hold() {
        // ISO/IEC 7812-1, annex B: the identification number 4992 73 9871 with the check digit 6.
        assert!(luhn(&digits("4992 73 9871 6")), "Luhn");
        assert!(!luhn(&digits("4992 73 9871 7")), "Luhn, one digit wrong");
        // ISO 13616: GB82 WEST 1234 5698 7654 32, re-arranged.
        assert_eq!(mod_97("WEST12345698765432GB82".bytes()), Some(1), "mod 97");
        // Verhoeff's own example: 236 gets the check digit 3.
        assert!(verhoeff(&digits("2363")), "Verhoeff");
        assert!(!verhoeff(&digits("2633")), "Verhoeff, neighbours swapped");
        // ISO 7064: 0794 gets the check digit 5.
        assert!(mod_11_10(&digits("07945")), "mod 11,10");
    }

    #[test]
    fn verhoeff_notices_every_wrong_digit_and_every_swap() {
        for number in 0..1_000_u32 {
            let body = digits(&format!("{number:03}"));
            let check = (0..10_u8).find(|check| verhoeff(&[&body[..], &[*check]].concat()));
            let whole = [&body[..], &[check.expect("one check digit fits")]].concat();
            for place in 0..whole.len() {
                for other in (0..10_u8).filter(|other| *other != whole[place]) {
                    let mut wrong = whole.clone();
                    wrong[place] = other;
                    assert!(!verhoeff(&wrong), "{whole:?} against {wrong:?}");
                }
            }
            for place in 1..whole.len() {
                let mut swapped = whole.clone();
                swapped.swap(place - 1, place);
                assert!(swapped == whole || !verhoeff(&swapped), "{whole:?} against {swapped:?}");
            }
        }
    }
}
