//! Postcodes and streets.

use super::{fold, is_placeholder};

/// Reads a postcode: letters and digits only, upper case; a ZIP+4 keeps its five digits.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::postcode("sw1a 1aa").as_deref(), Some("SW1A1AA"));
/// ```
pub fn postcode(raw: &str) -> Option<String> {
    let plain: String =
        raw.chars().filter(char::is_ascii_alphanumeric).take(16).map(|c| c.to_ascii_uppercase()).collect();
    let trimmed = raw.trim();
    let is_zip4 = trimmed.len() == 10 && trimmed.as_bytes()[5] == b'-' && plain.len() == 9;
    // Spreadsheets turn 01067 into 1067.0 or 1067; the fraction goes, the zero cannot be known.
    let plain = if trimmed.ends_with(".0") { plain[..plain.len() - 1].to_owned() } else { plain };
    let plain = if is_zip4 { plain[..5].to_owned() } else { plain };
    let prefixes = ["D", "A", "CH", "DE", "AT", "NL", "B", "F"];
    let rest = trimmed.split_once('-').filter(|(start, _)| prefixes.contains(&start.trim()));
    let plain = rest.map_or(plain, |(_, rest)| rest.chars().filter(char::is_ascii_alphanumeric).collect());
    ((3..=10).contains(&plain.len())
        && plain.bytes().any(|b| b.is_ascii_digit())
        && !plain.bytes().all(|b| b == b'0'))
    .then_some(plain)
}

/// Reads a street with its number: folded, common abbreviations spelled out.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::street("12 Main St.").as_deref(), Some("12 main street"));
/// assert_eq!(identity::normalise::street("Hauptstr. 7").as_deref(), Some("hauptstrasse 7"));
/// ```
pub fn street(raw: &str) -> Option<String> {
    let folded = fold(raw);
    let mut out = String::with_capacity(folded.len() + 8);
    for word in folded.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        match (spelled(word), word.strip_suffix("str")) {
            (Some(whole), _) => out.push_str(whole),
            (None, Some(stem)) if stem.len() >= 3 => {
                out.push_str(stem);
                out.push_str("strasse");
            }
            _ => out.push_str(word),
        }
    }
    (!is_placeholder(&out)).then_some(out)
}

fn spelled(word: &str) -> Option<&'static str> {
    Some(match word {
        "st" => "street",
        "str" => "strasse",
        "rd" => "road",
        "ave" | "av" => "avenue",
        "blvd" => "boulevard",
        "dr" => "drive",
        "ln" => "lane",
        "ct" => "court",
        "pl" => "place",
        "cct" => "circuit",
        "cres" => "crescent",
        "hwy" => "highway",
        "sq" => "square",
        "apt" => "apartment",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_have_one_spelling() {
        let cases =
            [("94103-1234", "94103"), ("D-10115", "10115"), ("10115.0", "10115"), ("1012 ab", "1012AB")];
        for (raw, expected) in cases {
            assert_eq!(postcode(raw).as_deref(), Some(expected), "{raw}");
        }
        for raw in ["", "Berlin", "0000", ".0", "1", "é.0"] {
            assert_eq!(postcode(raw), None, "{raw:?} is none");
        }
    }
}
