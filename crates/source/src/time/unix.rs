//! Times written as one number: since 1970 in some unit, or a date without separators.

use super::form::{Clock, Layout, Unit};
use super::written::{Day, Written};
use super::{MICROS_PER_SEC, UNREADABLE, days_of, two_digits};

/// A number with a sign and a fraction if there are any; `None` if the text is something else.
pub(super) fn read(text: &str) -> Option<Result<Written, &'static str>> {
    let (is_negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    if unsigned == text
        && fraction.is_empty()
        && let Some(written) = compact(whole)
    {
        return Some(Ok(written));
    }
    Some(since_1970(is_negative, whole, fraction).ok_or(UNREADABLE))
}

/// `20240304`, `202403041020`, `20240304102030` or with milliseconds, of the years 1900 to 2099.
fn compact(digits: &str) -> Option<Written> {
    let bytes = digits.as_bytes();
    if !matches!(bytes.len(), 8 | 12 | 14 | 17) || !matches!(bytes, [b'1', b'9', ..] | [b'2', b'0', ..]) {
        return None;
    }
    let pair = |at: usize| match bytes.get(at..at + 2) {
        Some([tens, ones]) => two_digits(*tens, *ones),
        _ => Some(0),
    };
    let days = days_of(pair(0)? * 100 + pair(2)?, pair(4)?, pair(6)?)?;
    let (hour, minute, second) = (pair(8)?, pair(10)?, pair(12)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let millis: i64 = digits.get(14..).and_then(|millis| millis.parse().ok()).unwrap_or(0);
    let clock = match bytes.len() {
        8 => Clock::None,
        12 => Clock::Minutes,
        _ => Clock::Seconds,
    };
    let mut written = Written::new(Day { days, layout: Layout::Compact, day_month: super::DayMonth::Fixed });
    written.clock = clock;
    written.is_number = true;
    written.micros_of_day = i64::from(hour * 3600 + minute * 60 + second) * MICROS_PER_SEC + millis * 1000;
    Some(written)
}

/// The unit follows from the number of digits: seconds have 9 to 11 (from 1973 on, or before 1967 if negative).
fn since_1970(is_negative: bool, whole: &str, fraction: &str) -> Option<Written> {
    let (unit, micros_per_unit) = match whole.len() {
        9..=11 => (Unit::Seconds, 1_000_000),
        12..=13 => (Unit::Milliseconds, 1_000),
        15..=16 => (Unit::Microseconds, 1),
        18..=19 => (Unit::Nanoseconds, 0),
        _ => return None,
    };
    let whole: i128 = whole.parse().ok()?;
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let millionths: i128 = digits.parse().ok()?;
    let magnitude = match micros_per_unit {
        0 => whole / 1_000,
        per_unit => whole * per_unit + millionths * per_unit / 1_000_000,
    };
    let micros = i64::try_from(if is_negative { -magnitude } else { magnitude }).ok()?;
    let mut written =
        Written::new(Day { days: 0, layout: Layout::Unix(unit), day_month: super::DayMonth::Fixed });
    written.clock = Clock::Seconds;
    written.is_number = true;
    written.micros_of_day = micros;
    written.offset_minutes = Some(0);
    Some(written)
}
