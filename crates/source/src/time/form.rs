//! What form a written time has, for people and for the guess of a column.

use super::written;
use crate::plan::DateOrder;

/// Unit of a number that counts from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// How the date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `2024-03-04`
    Iso,
    /// `20240304`
    Compact,
    /// `2024/03/04`
    YearMonthDay(char),
    /// `03/04/2024` or `04.03.2024`
    Parts(char),
    /// `4 March 2024`
    DayName,
    /// `March 4, 2024`
    NameDay,
    Unix(Unit),
}

/// How fine the time of the day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    None,
    Hours,
    Minutes,
    Seconds,
}

/// What a value says of the order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayMonth {
    /// It does not depend on the order.
    Fixed,
    /// Its first part is above 12.
    DayFirst,
    /// Its second part is above 12.
    MonthFirst,
    /// Both readings are possible and differ.
    Open,
}

/// The form of one written time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    layout: Layout,
    clock: Clock,
    has_weekday: bool,
    /// What it says of the order of day and month.
    pub(crate) day_month: DayMonth,
    /// It names its zone, or counts from 1970.
    pub(crate) has_zone: bool,
    /// Hours are followed by AM or PM.
    pub(crate) has_half: bool,
    /// The whole value is a number, and might be just that.
    pub(crate) is_number: bool,
    /// Its time in microseconds of UTC, day first, without zone taken as UTC.
    pub(crate) micros: i64,
}

/// The form of a value that can be read as a time.
pub(crate) fn form_of(value: &str) -> Option<Form> {
    let written = written::read(value, DateOrder::DayFirst).ok()?;
    Some(Form {
        layout: written.day.layout,
        clock: written.clock,
        has_weekday: written.has_weekday,
        day_month: written.day.day_month,
        has_zone: written.offset_minutes.is_some(),
        has_half: written.has_half,
        is_number: written.is_number,
        micros: written.micros(0).ok()?,
    })
}

impl Form {
    /// Parts are separated by dots, which is written with the day first.
    pub(crate) fn has_dots(&self) -> bool {
        self.layout == Layout::Parts('.')
    }

    /// The name of the form for people, under an order of day and month.
    pub(crate) fn caption(&self, order: DateOrder) -> String {
        let date = match self.layout {
            Layout::Unix(unit) => return unit_caption(unit).to_owned(),
            Layout::Iso => return self.iso_caption().to_owned(),
            Layout::Compact => "year month day without separators".to_owned(),
            Layout::YearMonthDay(separator) => format!("year{separator}month{separator}day"),
            Layout::Parts(separator) => match self.order_under(order) {
                DateOrder::DayFirst => format!("day{separator}month{separator}year"),
                DateOrder::MonthFirst => format!("month{separator}day{separator}year"),
            },
            Layout::DayName if self.has_weekday && self.has_zone => return "RFC 2822".to_owned(),
            Layout::DayName => "day, name of the month, year".to_owned(),
            Layout::NameDay => "name of the month, day, year".to_owned(),
        };
        let clock = match self.clock {
            Clock::None => "",
            Clock::Hours => " hours",
            Clock::Minutes => " hours:minutes",
            Clock::Seconds => " hours:minutes:seconds",
        };
        let half = if self.has_half { " AM/PM" } else { "" };
        let zone = if self.has_zone { " with zone" } else { "" };
        format!("{date}{clock}{half}{zone}")
    }

    fn iso_caption(&self) -> &'static str {
        match (self.clock, self.has_zone) {
            (Clock::None, _) => "ISO 8601 date",
            (_, true) => "ISO 8601 with zone",
            (_, false) => "ISO 8601 without zone",
        }
    }

    fn order_under(&self, order: DateOrder) -> DateOrder {
        match self.day_month {
            DayMonth::DayFirst => DateOrder::DayFirst,
            DayMonth::MonthFirst => DateOrder::MonthFirst,
            DayMonth::Fixed | DayMonth::Open => order,
        }
    }
}

fn unit_caption(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "Unix seconds",
        Unit::Milliseconds => "Unix milliseconds",
        Unit::Microseconds => "Unix microseconds",
        Unit::Nanoseconds => "Unix nanoseconds",
    }
}
