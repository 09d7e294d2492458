//! Reads every written form of a time, slowly and with an account of the form.

use super::cursor::{Cursor, Number};
use super::form::{Clock, DayMonth, Layout};
use super::{
    EMPTY, MAX_MICROS, MAX_OFFSET_MINUTES, MICROS_PER_DAY, MICROS_PER_SEC, MIN_MICROS, NO_SUCH_DAY,
    NO_SUCH_HOUR, NO_SUCH_ZONE, OUT_OF_RANGE, UNREADABLE, days_of, fraction_micros, unix, words,
};
use crate::plan::DateOrder;

/// A date and how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    /// Days since 1970-01-01.
    pub(super) days: i64,
    pub(super) layout: Layout,
    pub(super) day_month: DayMonth,
}

/// A time as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) day: Day,
    pub(super) clock: Clock,
    /// Hours are followed by AM or PM.
    pub(super) has_half: bool,
    /// The whole value is a number.
    pub(super) is_number: bool,
    pub(super) has_weekday: bool,
    pub(super) micros_of_day: i64,
    pub(super) offset_minutes: Option<i32>,
}

impl Written {
    pub(super) fn new(day: Day) -> Self {
        Self {
            day,
            clock: Clock::None,
            has_half: false,
            is_number: false,
            has_weekday: false,
            micros_of_day: 0,
            offset_minutes: None,
        }
    }

    /// Microseconds of UTC since 1970; `zone_micros` counts where no zone is written.
    pub(super) fn micros(&self, zone_micros: i64) -> Result<i64, &'static str> {
        let offset = match self.offset_minutes {
            Some(minutes) => i64::from(minutes) * 60 * MICROS_PER_SEC,
            None => zone_micros,
        };
        let local = (self.day.days * MICROS_PER_DAY).saturating_add(self.micros_of_day);
        let micros = local.saturating_sub(offset);
        if (MIN_MICROS..=MAX_MICROS).contains(&micros) { Ok(micros) } else { Err(OUT_OF_RANGE) }
    }
}

/// Reads a time; `order` counts where the value leaves day and month open.
pub(super) fn read(text: &str, order: DateOrder) -> Result<Written, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(EMPTY);
    }
    if let Some(number) = unix::read(text) {
        return number;
    }
    let mut cursor = Cursor::new(text);
    let has_weekday = take_weekday(&mut cursor);
    let (mut written, year_follows) = if cursor.starts_with_digit() {
        (Written::new(date_from_number(&mut cursor, order)?), None)
    } else {
        date_from_name(&mut cursor)?
    };
    written.has_weekday = has_weekday;
    take_clock(&mut cursor, &mut written)?;
    take_zone(&mut cursor, &mut written)?;
    if let Some((month, day)) = year_follows {
        cursor.take_spaces();
        let year = cursor.take_number().filter(|year| year.n_digits() == 4).ok_or(UNREADABLE)?;
        written.day.days = days_of(year.value, month, day).ok_or(NO_SUCH_DAY)?;
        take_zone(&mut cursor, &mut written)?;
    }
    if cursor.is_done() { Ok(written) } else { Err(UNREADABLE) }
}

/// `Mon,` or `Montag` before the date; its truth is not checked.
fn take_weekday(cursor: &mut Cursor<'_>) -> bool {
    if cursor.starts_with_digit() {
        return false;
    }
    let mut ahead = *cursor;
    let word = ahead.take_word();
    let has_comma = ahead.take_one_of(&[',']).is_some();
    // In French, `mar` before a comma is Tuesday; elsewhere it is March.
    let is_weekday = words::is_weekday(word) || (has_comma && words::same(word, "mar"));
    if is_weekday {
        ahead.take_one_of(&['.']);
        ahead.take_one_of(&[',']);
        ahead.take_spaces();
        *cursor = ahead;
    }
    is_weekday
}

/// A date that begins with a digit.
fn date_from_number(cursor: &mut Cursor<'_>, order: DateOrder) -> Result<Day, &'static str> {
    let first = cursor.take_number().ok_or(UNREADABLE)?;
    match first.n_digits() {
        8 => {
            let (year, month, day) = (first.value / 10_000, first.value / 100 % 100, first.value % 100);
            let days = days_of(year, month, day).ok_or(NO_SUCH_DAY)?;
            Ok(Day { days, layout: Layout::Compact, day_month: DayMonth::Fixed })
        }
        4 => date_from_year(cursor, first.value),
        1 | 2 => date_from_part(cursor, first.value, order),
        _ => Err(UNREADABLE),
    }
}

/// `2024-03-04`, `2024/3/4`, `2024.03.04`, `2024-Mar-04`.
fn date_from_year(cursor: &mut Cursor<'_>, year: u32) -> Result<Day, &'static str> {
    let separator = cursor.take_one_of(&['-', '/', '.']).ok_or(UNREADABLE)?;
    let (month, is_name) = if cursor.starts_with_digit() {
        (take_part(cursor)?, false)
    } else {
        (words::month(cursor.take_word()).ok_or(UNREADABLE)?, true)
    };
    cursor.take_one_of(&[separator]).ok_or(UNREADABLE)?;
    let days = days_of(year, month, take_part(cursor)?).ok_or(NO_SUCH_DAY)?;
    let layout = match separator {
        '-' if !is_name => Layout::Iso,
        _ => Layout::YearMonthDay(separator),
    };
    Ok(Day { days, layout, day_month: DayMonth::Fixed })
}

/// `04/03/2024`, `4.3.24`, `04-Mar-2024`, `4 March 2024`, `4. März 2024`, `4 de marzo de 2024`.
fn date_from_part(cursor: &mut Cursor<'_>, first: u32, order: DateOrder) -> Result<Day, &'static str> {
    take_ordinal(cursor);
    let separator = cursor.take_one_of(&['-', '/', '.']);
    let was_space = cursor.take_spaces();
    if cursor.starts_with_digit() {
        let separator = separator.filter(|_| !was_space).ok_or(UNREADABLE)?;
        let second = take_part(cursor)?;
        cursor.take_one_of(&[separator]).ok_or(UNREADABLE)?;
        let year = take_year(cursor)?;
        let (day, month, day_month) = assign(first, second, order);
        let days = days_of(year, month, day).ok_or(NO_SUCH_DAY)?;
        return Ok(Day { days, layout: Layout::Parts(separator), day_month });
    }
    let mut word = cursor.take_word();
    if words::same(word, "de") {
        cursor.take_spaces();
        word = cursor.take_word();
    }
    let month = words::month(word).ok_or(UNREADABLE)?;
    cursor.take_one_of(&['.']);
    cursor.take_one_of(&['-', '/', ',']);
    cursor.take_spaces();
    let mut ahead = *cursor;
    if words::same(ahead.take_word(), "de") && ahead.take_spaces() {
        *cursor = ahead;
    }
    let days = days_of(take_year(cursor)?, month, first).ok_or(NO_SUCH_DAY)?;
    Ok(Day { days, layout: Layout::DayName, day_month: DayMonth::Fixed })
}

/// Which of two parts is the day and which the month: a part above 12 decides, else the order does.
fn assign(first: u32, second: u32, order: DateOrder) -> (u32, u32, DayMonth) {
    let day_month = match (first > 12, second > 12) {
        (true, _) => DayMonth::DayFirst,
        (false, true) => DayMonth::MonthFirst,
        (false, false) if first == second => DayMonth::Fixed,
        (false, false) => DayMonth::Open,
    };
    let is_day_first = match day_month {
        DayMonth::DayFirst | DayMonth::Fixed => true,
        DayMonth::MonthFirst => false,
        DayMonth::Open => order == DateOrder::DayFirst,
    };
    if is_day_first { (first, second, day_month) } else { (second, first, day_month) }
}

/// Month and day of a date whose year stands behind the time of the day.
type YearFollows = Option<(u32, u32)>;

/// `Mar 4, 2024`, `March 4th 2024`; `Mar  4 10:20:30 2024` has its year at the end.
fn date_from_name(cursor: &mut Cursor<'_>) -> Result<(Written, YearFollows), &'static str> {
    let month = words::month(cursor.take_word()).ok_or(UNREADABLE)?;
    cursor.take_one_of(&['.']);
    cursor.take_one_of(&['-', '/']);
    cursor.take_spaces();
    let day = take_part(cursor)?;
    take_ordinal(cursor);
    cursor.take_one_of(&[',', '-', '/']);
    cursor.take_spaces();
    let mut ahead = *cursor;
    let is_clock = ahead.take_number().is_some() && ahead.peek() == Some(':');
    let layout = Layout::NameDay;
    if is_clock {
        let written = Written::new(Day { days: 0, layout, day_month: DayMonth::Fixed });
        return Ok((written, Some((month, day))));
    }
    let days = days_of(take_year(cursor)?, month, day).ok_or(NO_SUCH_DAY)?;
    Ok((Written::new(Day { days, layout, day_month: DayMonth::Fixed }), None))
}

/// The `th` of `4th`.
fn take_ordinal(cursor: &mut Cursor<'_>) {
    if !cursor.peek().is_some_and(char::is_alphabetic) {
        return;
    }
    let mut ahead = *cursor;
    let word = ahead.take_word();
    if ["st", "nd", "rd", "th", "er"].iter().any(|ending| words::same(word, ending)) {
        *cursor = ahead;
    }
}

/// One or two digits.
fn take_part(cursor: &mut Cursor<'_>) -> Result<u32, &'static str> {
    cursor.take_number().filter(|part| part.n_digits() <= 2).map(|part| part.value).ok_or(UNREADABLE)
}

/// Four digits, or two: up to 68 they mean 2068, from 69 on 1969, as POSIX has it.
fn take_year(cursor: &mut Cursor<'_>) -> Result<u32, &'static str> {
    let year = cursor.take_number().ok_or(UNREADABLE)?;
    match (year.n_digits(), year.value) {
        (4, value) => Ok(value),
        (2, value @ ..69) => Ok(2000 + value),
        (2, value) => Ok(1900 + value),
        _ => Err(UNREADABLE),
    }
}

/// The time of the day, if there is one.
fn take_clock(cursor: &mut Cursor<'_>, written: &mut Written) -> Result<(), &'static str> {
    let mut ahead = *cursor;
    let is_strict = ahead.take_one_of(&['T', 't']).is_some();
    if !is_strict {
        pass_to_clock(&mut ahead);
    }
    if !ahead.starts_with_digit() {
        return Ok(());
    }
    *cursor = ahead;
    let first = cursor.take_number().ok_or(UNREADABLE)?;
    let (mut hour, minute, second) = if cursor.peek() == Some(':') {
        clock_with_colons(cursor, first, written)?
    } else {
        compact_clock(first, is_strict, written)?
    };
    let fraction = take_fraction(cursor, written.clock)?;
    if let Some(is_afternoon) = take_half(cursor) {
        written.has_half = true;
        hour = match (hour, is_afternoon) {
            (12, false) => 0,
            (0..=11, false) | (12, true) => hour,
            (1..=11, true) => hour + 12,
            _ => return Err(NO_SUCH_HOUR),
        };
    }
    if written.clock == Clock::Hours && !is_strict && !written.has_half {
        return Err(UNREADABLE);
    }
    // 24:00 ends a day; a leap second counts as the next second.
    let is_midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
    if (hour > 23 && !is_midnight) || minute > 59 || second > 60 {
        return Err(NO_SUCH_HOUR);
    }
    written.micros_of_day = i64::from(hour * 3600 + minute * 60 + second) * MICROS_PER_SEC + fraction;
    Ok(())
}

/// What may stand between date and time of the day: white space, a comma, the colon of web server logs, `at`.
fn pass_to_clock(cursor: &mut Cursor<'_>) {
    cursor.take_one_of(&[',', ':']);
    cursor.take_spaces();
    if cursor.starts_with_digit() {
        return;
    }
    let mut ahead = *cursor;
    let word = ahead.take_word();
    if ["at", "um", "à"].iter().any(|filler| words::same(word, filler)) && ahead.take_spaces() {
        *cursor = ahead;
    }
}

/// `10:20` or `10:20:30`, of which the hour is taken.
fn clock_with_colons(
    cursor: &mut Cursor<'_>,
    hour: Number<'_>,
    written: &mut Written,
) -> Result<(u32, u32, u32), &'static str> {
    if hour.n_digits() > 2 {
        return Err(UNREADABLE);
    }
    cursor.take_one_of(&[':']);
    let minute = take_part(cursor)?;
    written.clock = Clock::Minutes;
    if cursor.take_one_of(&[':']).is_none() {
        return Ok((hour.value, minute, 0));
    }
    written.clock = Clock::Seconds;
    Ok((hour.value, minute, take_part(cursor)?))
}

/// `1020` or `102030`; after a T also the hour alone.
fn compact_clock(
    clock: Number<'_>,
    is_strict: bool,
    written: &mut Written,
) -> Result<(u32, u32, u32), &'static str> {
    let value = clock.value;
    match clock.n_digits() {
        // `10 PM` too is an hour alone; whether AM or PM follows is seen later.
        1 | 2 => {
            written.clock = Clock::Hours;
            Ok((value, 0, 0))
        }
        4 if is_strict => {
            written.clock = Clock::Minutes;
            Ok((value / 100, value % 100, 0))
        }
        6 => {
            written.clock = Clock::Seconds;
            Ok((value / 10_000, value / 100 % 100, value % 100))
        }
        _ => Err(UNREADABLE),
    }
}

fn take_fraction(cursor: &mut Cursor<'_>, clock: Clock) -> Result<i64, &'static str> {
    let mut ahead = *cursor;
    if clock != Clock::Seconds || ahead.take_one_of(&['.', ',']).is_none() {
        return Ok(0);
    }
    let (micros, rest) = fraction_micros(ahead.rest().as_bytes()).ok_or(UNREADABLE)?;
    let end = ahead.rest().len() - rest.len();
    *cursor = Cursor::new(&ahead.rest()[end..]);
    Ok(micros)
}

/// AM (false) or PM (true), also `a.m.`; the word `Uhr` is passed over.
fn take_half(cursor: &mut Cursor<'_>) -> Option<bool> {
    if cursor.is_done() {
        return None;
    }
    let mut ahead = *cursor;
    ahead.take_spaces();
    let mut word = ahead.take_word();
    let is_afternoon = match word {
        "a" | "A" | "p" | "P" => {
            ahead.take_one_of(&['.'])?;
            let half = word;
            word = ahead.take_word();
            ahead.take_one_of(&['.'])?;
            words::same(word, "m").then(|| words::same(half, "p"))?
        }
        _ if words::same(word, "am") => false,
        _ if words::same(word, "pm") => true,
        "Uhr" => {
            *cursor = ahead;
            return None;
        }
        _ => return None,
    };
    *cursor = ahead;
    Some(is_afternoon)
}

/// The zone, if there is one: `Z`, `UTC`, `+01:00`, `+0100`, `+01`, `GMT+0100 (Central European Time)`.
fn take_zone(cursor: &mut Cursor<'_>, written: &mut Written) -> Result<(), &'static str> {
    if written.clock == Clock::None || cursor.is_done() {
        return Ok(());
    }
    cursor.take_spaces();
    let word = cursor.take_word();
    if !word.is_empty() {
        written.offset_minutes = Some(words::zone(word).ok_or(UNREADABLE)?);
    }
    if let Some(sign) = cursor.take_one_of(&['+', '-']) {
        let ahead = take_offset(cursor)?;
        written.offset_minutes = Some(if sign == '-' { -ahead } else { ahead });
    }
    if written.offset_minutes.is_some() {
        cursor.take_spaces();
        cursor.take_remark();
    }
    Ok(())
}

/// Hours and minutes of an offset, as minutes.
fn take_offset(cursor: &mut Cursor<'_>) -> Result<i32, &'static str> {
    let first = cursor.take_number().ok_or(UNREADABLE)?;
    let (hours, minutes) = match first.n_digits() {
        1 | 2 if cursor.take_one_of(&[':']).is_some() => (first.value, take_part(cursor)?),
        1 | 2 => (first.value, 0),
        4 => (first.value / 100, first.value % 100),
        _ => return Err(UNREADABLE),
    };
    let total = hours * 60 + minutes;
    if minutes > 59 || total > MAX_OFFSET_MINUTES {
        return Err(NO_SUCH_ZONE);
    }
    i32::try_from(total).map_err(|_| NO_SUCH_ZONE)
}
