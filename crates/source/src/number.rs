//! Reads an amount of money, or the answer of a survey, as it is written in files.

use event::Measure;

/// Codes and signs of currencies that may stand before or behind an amount, in upper case.
const CURRENCIES: [&str; 52] = [
    "$", "€", "£", "¥", "₹", "₽", "₺", "₩", "₴", "₪", "₫", "฿", "R$", "US$", "A$", "C$", "EUR", "USD", "GBP",
    "CHF", "JPY", "CNY", "INR", "RUB", "TRY", "KRW", "UAH", "ILS", "BRL", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "MXN", "ZAR", "SGD", "HKD", "AED", "THB", "KR", "FR", "ZŁ",
    "KČ", "EURO", "RS",
];

/// The number that a value says, if it says one and it is finite.
///
/// Currency signs and codes are passed over; parentheses or a trailing minus mean a negative amount. Of points and commas
/// the last kind is the decimal mark, unless its groups say thousands: `1,234` and `1.234.567` are whole numbers, `1.234`
/// and `1,5` are not. A percentage is no amount.
pub(crate) fn parse_money(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    // A plain number needs no more thought.
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-') {
        let is_grouped = text.bytes().filter(|byte| *byte == b'.').count() > 1 || text.ends_with('-');
        if !is_grouped {
            return finite(text);
        }
    }
    let (text, is_bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, is_marked) = strip_signs(text)?;
    if is_bracketed && is_marked {
        return None;
    }
    let amount = unsigned(text)?;
    // Adding zero makes a negative zero positive.
    Some(if is_bracketed || is_marked { -amount } else { amount } + 0.0)
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|amount| amount.is_finite()).map(|amount| amount + 0.0)
}

/// The text without sign and currency, and whether the sign was a minus; at most one of each.
fn strip_signs(text: &str) -> Option<(&str, bool)> {
    let mut text = text;
    let (mut n_signs, mut n_currencies, mut is_negative) = (0, 0, false);
    loop {
        text = text.trim();
        if let Some((rest, minus)) = strip_sign(text) {
            (text, n_signs, is_negative) = (rest, n_signs + 1, minus);
        } else if let Some(rest) = strip_currency(text) {
            (text, n_currencies) = (rest, n_currencies + 1);
        } else {
            break;
        }
    }
    // `$ 5 USD` names its currency twice; a third time or a second sign is something else.
    (n_signs <= 1 && n_currencies <= 2).then_some((text, is_negative))
}

fn strip_sign(text: &str) -> Option<(&str, bool)> {
    for (mark, is_minus) in [('-', true), ('\u{2212}', true), ('+', false)] {
        if let Some(rest) = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)) {
            return Some((rest, is_minus));
        }
    }
    None
}

fn strip_currency(text: &str) -> Option<&str> {
    let is_digit = |c: char| c.is_ascii_digit();
    let first = text.find(is_digit)?;
    let last = text.rfind(is_digit)? + 1;
    let (before, behind) = (&text[..first], &text[last..]);
    // A sign may stand between currency and number, `EUR -5`, and a point may lead the number, `$.50`.
    let word = before.trim_end_matches(['-', '+', '\u{2212}', ' ']);
    if is_currency(word) {
        return Some(&text[word.len()..]);
    }
    if let Some(word) = before.strip_suffix('.').filter(|word| is_currency(word)) {
        return Some(&text[word.len()..]);
    }
    let word = behind.trim_start_matches(['-', '+', '\u{2212}', ' ']);
    is_currency(word).then(|| &text[..text.len() - word.len()])
}

/// A sign, a code, or an abbreviation with its point.
fn is_currency(word: &str) -> bool {
    let word = word.trim();
    let word = word.strip_suffix('.').filter(|word| word.ends_with(char::is_alphabetic)).unwrap_or(word);
    CURRENCIES.contains(&word.to_uppercase().as_str())
}

/// Digits with points, commas, apostrophes or spaces between them.
fn unsigned(text: &str) -> Option<f64> {
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_scientific = is_number(mantissa) && is_number(exponent.trim_start_matches(['-', '+']));
        return is_scientific.then(|| finite(text)).flatten();
    }
    let is_gap = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_');
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',' || is_gap(c)) {
        return None;
    }
    let decimal = decimal_mark(text);
    let (whole, fraction) = match decimal.and_then(|mark| text.rsplit_once(mark)) {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let is_whole_grouped = is_grouped(whole);
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !is_whole_grouped {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() && fraction.is_empty() {
        return None;
    }
    finite(&format!("{digits}.{fraction}"))
}

/// The character that begins the fraction, if there is a fraction.
fn decimal_mark(text: &str) -> Option<char> {
    let (point, comma) = (text.rfind('.'), text.rfind(','));
    match (point, comma) {
        (Some(point), Some(comma)) if point > comma => Some('.'),
        (Some(_), Some(_)) => Some(','),
        (Some(_), None) => (text.matches('.').count() == 1).then_some('.'),
        (None, Some(comma)) => {
            let (whole, fraction) = (&text[..comma], &text[comma + 1..]);
            let is_thousands = fraction.len() == 3 && matches!(whole.len(), 1..=3) && !whole.starts_with('0');
            (text.matches(',').count() == 1 && !is_thousands).then_some(',')
        }
        (None, None) => None,
    }
}

/// Digits in groups of three from the right (two further left, as in India) with one kind of separator, or in no groups.
fn is_grouped(whole: &str) -> bool {
    let Some(separator) = whole.chars().find(|c| !c.is_ascii_digit()) else { return true };
    let groups: Vec<&str> = whole.split(separator).collect();
    let Some(((first, last), inner)) = groups.split_first().and_then(|(first, rest)| {
        let (last, inner) = rest.split_last()?;
        Some(((first, last), inner))
    }) else {
        return false;
    };
    let is_digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let has_width = |n: usize| inner.iter().all(|group| group.len() == n);
    groups.iter().all(is_digits)
        && (1..=3).contains(&first.len())
        && last.len() == 3
        && (has_width(3) || (has_width(2) && first.len() <= 2))
}

/// Words that mean yes and no in surveys, in lower case.
const YES: [&str; 11] =
    ["yes", "y", "true", "ja", "good", "positive", "satisfied", "happy", "zufrieden", "like", "👍"];
const NO: [&str; 12] = [
    "no",
    "n",
    "false",
    "nein",
    "bad",
    "negative",
    "unsatisfied",
    "dissatisfied",
    "unhappy",
    "unzufrieden",
    "dislike",
    "👎",
];

/// The answer of a survey, if it is on the scale: a number, alone or in front of words as in `9 - very likely` and `4/5`,
/// or for yes and no one of the usual words.
pub(crate) fn parse_score(value: &[u8], measure: Measure) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if measure == Measure::CsatYesNo {
        let word = text.to_lowercase();
        if YES.contains(&word.as_str()) {
            return Some(1.0);
        }
        if NO.contains(&word.as_str()) {
            return Some(0.0);
        }
    }
    let digits = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))).next()?;
    let rest = text.strip_prefix(digits)?.trim_start();
    // `4/10` is on another scale than `4/5`.
    if let (Some(of), Some((_, best))) = (rest.strip_prefix('/'), measure.scale())
        && of.trim().parse::<f64>().ok()? != best
    {
        return None;
    }
    let digits = if rest.is_empty() { digits } else { digits.trim_end_matches('-') };
    digits.replace(',', ".").parse().ok().filter(|score| measure.holds(*score))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &str) -> Option<f64> {
        parse_money(value.as_bytes())
    }

    #[test]
    fn amounts() {
        for (value, expected) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("12.5", 12.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-12.50", -12.5),
            ("+12.50", 12.5),
            ("\u{2212}12,50", -12.5),
            ("1,50", 1.5),
            ("0,234", 0.234),
            ("1,234", 1234.0),
            ("1.234", 1.234),
            ("1,234.56", 1234.56),
            ("1.234,56", 1234.56),
            ("1 234,56", 1234.56),
            ("1\u{a0}234,56 €", 1234.56),
            ("1\u{202f}234\u{202f}567,8", 1_234_567.8),
            ("1'234.56", 1234.56),
            ("1’234.56 CHF", 1234.56),
            ("1,234,567", 1_234_567.0),
            ("1.234.567", 1_234_567.0),
            ("12,34,567.89", 1_234_567.89),
            ("$1,234.56", 1234.56),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("$.50", 0.5),
            ("US$ 5", 5.0),
            ("€ 1.234,56", 1234.56),
            ("EUR 12", 12.0),
            ("12 eur", 12.0),
            ("EUR -12", -12.0),
            ("12.00-", -12.0),
            ("12,00- EUR", -12.0),
            ("(12.50)", -12.5),
            ("($1,234.56)", -1234.56),
            ("100 kr.", 100.0),
            ("Fr. 5.50", 5.5),
            ("5,50 zł", 5.5),
            ("1e5", 100_000.0),
            ("-1e308", -1e308),
            ("1.5E-3", 0.0015),
            (" 7 ", 7.0),
        ] {
            assert_eq!(read(value), Some(expected), "{value}");
        }
    }

    #[test]
    fn no_amounts() {
        for value in [
            "",
            " ",
            "-",
            ".",
            "$",
            "NaN",
            "inf",
            "-Infinity",
            "1e400",
            "1e",
            "e5",
            "12%",
            "12 %",
            "12 apples",
            "apples 12",
            "1.2.3",
            "1,23,4",
            "12,3456,789",
            "1 23",
            "2024-03-04",
            "10:20",
            "--5",
            "-5-",
            "(-5)",
            "0x10",
            "1,2.3,4",
            "five",
            "130.92.34.66",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
        assert_eq!(parse_money(b"5\xff"), None, "bytes that are no text");
        assert_eq!(read(&"9".repeat(400)), None, "too large for a number");
    }

    fn grouped(whole: u64, separator: &str) -> String {
        let digits = whole.to_string();
        let mut text = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #[test]
        fn separators_and_signs_do_not_change_an_amount(whole in 0_u64..1_000_000_000_000, cents in 0_u32..100) {
            let expected = format!("{whole}.{cents:02}").parse::<f64>().unwrap();
            for (thousands, decimal) in [("", "."), (",", "."), (".", ","), ("", ","), (" ", ","), ("'", "."), ("\u{a0}", ",")] {
                let text = format!("{}{decimal}{cents:02}", grouped(whole, thousands));
                prop_assert_eq!(read(&text), Some(expected), "{}", text);
                for negative in [format!("-{text}"), format!("{text}-"), format!("({text})"), format!("-{text} €"), format!("-$ {text}")] {
                    prop_assert_eq!(read(&negative), Some(-expected + 0.0), "{}", negative);
                }
            }
        }

        #[test]
        fn plain_numbers_are_read_as_the_language_does(number in any::<f64>()) {
            let (display, debug) = (format!("{number}"), format!("{number:?}"));
            for text in [display, debug] {
                let expected = number.is_finite().then_some(number + 0.0);
                prop_assert_eq!(read(&text), expected, "{}", text);
            }
        }

        #[test]
        fn never_panics(value in "\\PC{0,20}", near in "[0-9.,' €$()+e-]{0,15}", bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            for value in [value.as_bytes(), near.as_bytes(), &bytes] {
                prop_assert!(parse_money(value).is_none_or(f64::is_finite), "a finite number or none");
            }
        }
    }

    #[test]
    fn answers_are_on_their_scale() {
        for (text, measure, expected) in [
            ("9", Measure::Nps, Some(9.0)),
            ("10 - Extremely likely", Measure::Nps, Some(10.0)),
            ("0 = not at all", Measure::Nps, Some(0.0)),
            ("11", Measure::Nps, None),
            ("Extremely likely", Measure::Nps, None),
            ("4/5", Measure::Csat5, Some(4.0)),
            ("4/10", Measure::Csat5, None),
            ("3,5", Measure::Rating5, Some(3.5)),
            ("Good", Measure::CsatYesNo, Some(1.0)),
            ("0", Measure::CsatYesNo, Some(0.0)),
            ("offered", Measure::CsatYesNo, None),
            ("", Measure::Csat7, None),
        ] {
            assert_eq!(parse_score(text.as_bytes(), measure), expected, "{text}");
        }
    }
}
