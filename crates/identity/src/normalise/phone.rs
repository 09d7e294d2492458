//! Telephone numbers in E.164.
//!
//! The table of calling codes is our own: the parser `phonenumber` adds 2.3 MB of WebAssembly (407 kB with brotli),
//! half of what the whole engine may weigh, to know lengths that an identifier does not need.

use super::{MAX_BYTES, countries};

/// Reads a telephone number into `+` and digits, as E.164 has it; `None` when it is none.
///
/// `country` (two letters or a name) tells how a number without calling code was dialled. Without it, such a number
/// stays as its digits, which still equal those of the same number written in the same way.
/// Extensions are dropped: a switchboard's number is one number.
///
/// # Example
/// ```
/// let phone = identity::normalise::phone;
/// assert_eq!(phone("(030) 12 34-567", Some("DE")).as_deref(), Some("+49301234567"));
/// assert_eq!(phone("+44 (0)20 7946 0958 ext. 3", None).as_deref(), Some("+442079460958"));
/// ```
pub fn phone(raw: &str, country: Option<&str>) -> Option<String> {
    let raw = raw.trim();
    if raw.len() > MAX_BYTES {
        return None;
    }
    let lower = raw.to_lowercase();
    let main = without_extension(lower.strip_prefix("tel:").unwrap_or(&lower));
    let main = main.replace("(0)", "");
    if main.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits: String =
        main.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
    // Seven digits that are all the same are typed to get past a form.
    if digits.is_empty() || digits.bytes().all(|b| Some(b) == digits.bytes().next()) {
        return None;
    }
    let plan = country.and_then(countries::plan);
    if main.trim_start().trim_start_matches(['(', '[']).starts_with(['+', '＋']) {
        return international(&digits);
    }
    if let Some(plan) = plan {
        if let Some(rest) = digits.strip_prefix(plan.abroad).filter(|rest| international(rest).is_some()) {
            return international(rest);
        }
        let local = digits.strip_prefix(plan.trunk).unwrap_or(&digits);
        // A number that already has its calling code, only without the plus sign.
        let has_code =
            digits.starts_with(plan.code) && digits.len() >= plan.code.len() + 8 && local.len() > 10;
        return if has_code {
            international(&digits)
        } else {
            international(&format!("{}{local}", plan.code))
        };
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return international(rest);
    }
    (7..=15).contains(&digits.len()).then_some(digits)
}

/// Digits after the plus sign, when they are those of some country.
fn international(digits: &str) -> Option<String> {
    let code_len = countries::code_len(digits)?;
    let n_local = digits.len() - code_len;
    ((4..=14).contains(&n_local) && digits.len() <= 15).then(|| format!("+{digits}"))
}

fn without_extension(number: &str) -> &str {
    let marks = ["ext", "x", "#", ";", "durchwahl", "dw", "poste", "extension"];
    marks.iter().filter_map(|mark| number.find(mark)).min().map_or(number, |at| &number[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_spelling() {
        let same = [
            "+49 30 1234567",
            "0049301234567",
            "030/1234567",
            "(030) 1234567",
            "tel:+49-30-1234567",
            "+49 (0)30 1234567",
        ];
        for raw in same {
            assert_eq!(phone(raw, Some("Germany")).as_deref(), Some("+49301234567"), "{raw}");
        }
        assert_eq!(phone("1 (415) 555-0132", Some("us")).as_deref(), Some("+14155550132"), "trunk 1");
        assert_eq!(
            phone("011 49 30 1234567", Some("US")).as_deref(),
            Some("+49301234567"),
            "abroad from the US"
        );
        assert_eq!(phone("06 6982", Some("IT")).as_deref(), Some("+39066982"), "Italy keeps its zero");
        assert_eq!(phone("030 1234567", None).as_deref(), Some("0301234567"), "unknown country: digits");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for raw in
            ["", "n/a", "12345", "0000000000", "+999", "+", "call me", "1234567890123456789", "2021-01-01x"]
        {
            assert!(phone(raw, None).is_none_or(|kept| kept.starts_with("20210101")), "{raw:?} is none");
        }
    }
}
