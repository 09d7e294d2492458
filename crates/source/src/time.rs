//! Reads a point in time as it is written in files, into microseconds of UTC since 1970.
//!
//! The common form, ISO 8601 with date and seconds, has a path of its own because it is read once a row; every other form
//! goes through [`written::read`], which also tells what form it is.

mod cursor;
mod form;
#[cfg(test)]
mod tests;
mod unix;
mod words;
mod written;

pub(crate) use form::{DayMonth, Form, form_of};

use crate::plan::DateOrder;

const MICROS_PER_SEC: i64 = 1_000_000;
const SECS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECS_PER_DAY * MICROS_PER_SEC;
/// The beginning of the year 1.
const MIN_MICROS: i64 = -62_135_596_800 * MICROS_PER_SEC;
/// The last microsecond of the year 9999.
const MAX_MICROS: i64 = 253_402_300_800 * MICROS_PER_SEC - 1;

const EMPTY: &str = "is empty";
const UNREADABLE: &str = "is not a time that can be read";
const NO_SUCH_DAY: &str = "is not a day of the calendar";
const NO_SUCH_HOUR: &str = "is not a time of the day";
const NO_SUCH_ZONE: &str = "has a time zone that does not exist";
const OUT_OF_RANGE: &str = "is outside the years 1 to 9999";

/// Reads times of one column.
#[derive(Clone, Debug)]
pub(crate) struct TimeParser {
    order: DateOrder,
    /// Microseconds to take away from a time without a zone.
    zone_micros: i64,
    /// The date read last and its midnight: rows of one day mostly stand together.
    last_date: [u8; 10],
    last_midnight: i64,
}

impl TimeParser {
    /// Reads 03/04/2024 in the given order, and times without a zone as that many minutes ahead of UTC.
    pub(crate) fn new(order: DateOrder, zone_offset_minutes: i32) -> Self {
        let zone_micros = i64::from(zone_offset_minutes) * 60 * MICROS_PER_SEC;
        Self { order, zone_micros, last_date: *b"1970-01-01", last_midnight: 0 }
    }

    /// Microseconds of UTC since 1970, or what is wrong with the value.
    pub(crate) fn parse(&mut self, value: &[u8]) -> Result<i64, &'static str> {
        match self.parse_iso(value) {
            Some(micros) => Ok(micros),
            None => self.parse_written(value),
        }
    }

    /// `2024-03-04T10:20:30` with a space for the T, a fraction and a zone if there are any.
    #[inline]
    fn parse_iso(&mut self, value: &[u8]) -> Option<i64> {
        let (date, rest) = value.split_first_chunk::<10>()?;
        let (clock, rest) = rest.split_first_chunk::<9>()?;
        let second = iso_second(clock)?;
        let midnight = if *date == self.last_date { self.last_midnight } else { self.turn_to(date)? };
        let (fraction, zone) = match rest {
            [b'.' | b',', digits @ ..] => fraction_micros(digits)?,
            _ => (0, rest),
        };
        let offset = match *zone {
            [] => self.zone_micros,
            [b'Z'] => 0,
            [sign @ (b'+' | b'-'), h1, h0, b':', m1, m0] => iso_offset(sign, [h1, h0, m1, m0])?,
            _ => return None,
        };
        let micros = midnight + second * MICROS_PER_SEC + fraction - offset;
        (MIN_MICROS..=MAX_MICROS).contains(&micros).then_some(micros)
    }

    /// Reads a date and keeps it.
    fn turn_to(&mut self, date: &[u8; 10]) -> Option<i64> {
        let [y3, y2, y1, y0, b'-', m1, m0, b'-', d1, d0] = *date else { return None };
        let year = two_digits(y3, y2)? * 100 + two_digits(y1, y0)?;
        let days = days_of(year, two_digits(m1, m0)?, two_digits(d1, d0)?)?;
        self.last_date = *date;
        self.last_midnight = days * MICROS_PER_DAY;
        Some(self.last_midnight)
    }

    #[cold]
    fn parse_written(&self, value: &[u8]) -> Result<i64, &'static str> {
        let text = std::str::from_utf8(value).map_err(|_| UNREADABLE)?;
        let written = written::read(text, self.order)?;
        written.micros(self.zone_micros)
    }
}

/// Seconds since midnight of `T10:20:30`; a leap second and 24:00 are left to the general reading.
#[inline]
fn iso_second(clock: &[u8; 9]) -> Option<i64> {
    let [b'T' | b' ', h1, h0, b':', m1, m0, b':', s1, s0] = *clock else { return None };
    let (hour, minute, second) = (two_digits(h1, h0)?, two_digits(m1, m0)?, two_digits(s1, s0)?);
    (hour < 24 && minute < 60 && second < 60).then_some(i64::from(hour * 3600 + minute * 60 + second))
}

/// Microseconds ahead of UTC.
#[inline]
fn iso_offset(sign: u8, [h1, h0, m1, m0]: [u8; 4]) -> Option<i64> {
    let (hours, minutes) = (two_digits(h1, h0)?, two_digits(m1, m0)?);
    let offset = i64::from(hours * 60 + minutes) * 60 * MICROS_PER_SEC;
    let offset = if sign == b'-' { -offset } else { offset };
    (hours <= 18 && minutes < 60 && hours * 60 + minutes <= MAX_OFFSET_MINUTES).then_some(offset)
}

/// No zone is further from UTC.
const MAX_OFFSET_MINUTES: u32 = 18 * 60;

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(u32::from(tens) * 10 + u32::from(ones))
}

/// Microseconds of a fraction, cut off beyond them, and what follows its digits; at least one digit is needed.
#[inline]
fn fraction_micros(digits: &[u8]) -> Option<(i64, &[u8])> {
    const SCALES: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let mut micros = 0;
    let mut n_digits = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if n_digits < 6 {
            micros = micros * 10 + i64::from(digit);
        }
        n_digits += 1;
    }
    (n_digits > 0).then(|| (micros * SCALES[n_digits.min(6)], &digits[n_digits..]))
}

/// Days since 1970-01-01 in the Gregorian calendar, which is also used before its introduction; years 1 to 9999.
fn days_of(year: u32, month: u32, day: u32) -> Option<i64> {
    const DAYS_BEFORE: [u16; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    const DAYS_IN: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const DAYS_BEFORE_1970: i64 = 719_163;
    let index = month.wrapping_sub(1) as usize;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let n_in_month = u32::from(*DAYS_IN.get(index)?) + u32::from(month == 2 && is_leap);
    if !(1..=9999).contains(&year) || day == 0 || day > n_in_month {
        return None;
    }
    let past = year - 1;
    let days_before_year = past * 365 + past / 4 - past / 100 + past / 400;
    let days_in_year = u32::from(*DAYS_BEFORE.get(index)?) + u32::from(month > 2 && is_leap) + day;
    Some(i64::from(days_before_year + days_in_year) - DAYS_BEFORE_1970)
}
