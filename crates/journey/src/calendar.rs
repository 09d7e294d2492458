//! Civil dates and periods: which day, week or month a moment lies in, at a fixed distance from UTC.

use std::fmt;
use std::str::FromStr;

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// First day of the week by ISO 8601.
    #[default]
    Monday,
    /// The day after Monday.
    Tuesday,
    /// The day after Tuesday.
    Wednesday,
    /// The day after Wednesday.
    Thursday,
    /// The day after Thursday.
    Friday,
    /// The day after Friday.
    Saturday,
    /// The day after Saturday.
    Sunday,
}

impl Weekday {
    /// Days after Monday, 0…6.
    fn days_after_monday(self) -> i64 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
            Self::Sunday => 6,
        }
    }
}

/// The length of the periods that time is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodUnit {
    /// From midnight to midnight.
    Day,
    /// Seven days.
    Week {
        /// The day a week begins with.
        starts_on: Weekday,
    },
    /// A calendar month.
    Month,
}

/// A date of the Gregorian calendar, extended to all years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate {
    /// Year; 0 is the year before year 1.
    pub year: i64,
    /// Month, 1…12.
    pub month: u8,
    /// Day of the month, 1…31.
    pub day: u8,
}

impl CivilDate {
    /// The date that lies this many days after 1970-01-01.
    ///
    /// # Reference
    /// Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms* (2021), `civil_from_days`.
    pub fn from_days(days: i64) -> Self {
        let shifted = days.saturating_add(719_468);
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month: u8::try_from(month).unwrap_or(1), day: u8::try_from(day).unwrap_or(1) }
    }

    /// Days from 1970-01-01 to this date; a day beyond the month's end counts on into the next month.
    ///
    /// # Reference
    /// Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms* (2021), `days_from_civil`.
    pub fn days(self) -> i64 {
        let month = i64::from(self.month);
        let year = self.year.saturating_sub(i64::from(month <= 2));
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era.saturating_mul(146_097).saturating_add(day_of_era).saturating_sub(719_468)
    }

    /// The first day of the month that lies this many months after January 1970.
    fn first_of_month(months: i64) -> Self {
        let month = u8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
        Self { year: months.div_euclid(12) + 1970, month, day: 1 }
    }

    /// Months from January 1970 to the month of this date.
    fn months(self) -> i64 {
        (self.year - 1970) * 12 + i64::from(self.month) - 1
    }
}

impl fmt::Display for CivilDate {
    /// `2025-03-01`, as in ISO 8601.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDate;

impl fmt::Display for NoDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date such as 2026-01-31")
    }
}

impl FromStr for CivilDate {
    type Err = NoDate;

    /// Reads `2025-03-01`, with four digits for the year and two for month and day; the day must exist.
    fn from_str(text: &str) -> Result<Self, NoDate> {
        let mut parts = text.split('-');
        let mut digits = |n: usize| {
            let part = parts.next().filter(|p| p.len() == n && p.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u16>().ok()
        };
        let (year, month, day) =
            digits(4).zip(digits(2)).zip(digits(2)).map(|((y, m), d)| (y, m, d)).ok_or(NoDate)?;
        let small = |n: u16| u8::try_from(n).map_err(|_| NoDate);
        let date = Self { year: i64::from(year), month: small(month)?, day: small(day)? };
        // A date that does not exist counts on into the next month and comes back as another.
        let exists = (1..=12).contains(&month) && Self::from_days(date.days()) == date;
        if exists && parts.next().is_none() { Ok(date) } else { Err(NoDate) }
    }
}

/// Cuts time into numbered periods of one length at a fixed distance from UTC.
///
/// Numbers are consecutive and count from 1970: days since 1970-01-01, weeks since the one that holds 1970-01-01 or
/// began just after it, months since January 1970. Summer time is not known: a zone with summer time needs the offset
/// of the season in question.
///
/// # Example
/// ```
/// use journey::{Calendar, PeriodUnit, Weekday};
/// let weeks = Calendar { unit: PeriodUnit::Week { starts_on: Weekday::Monday }, zone_offset_minutes: 60 };
/// let sunday_evening = 1_740_956_340_000_000; // 2025-03-02 22:59 UTC is 23:59 at one hour east
/// let monday = sunday_evening + 60_000_000;
/// assert_eq!(weeks.index_of(monday), weeks.index_of(sunday_evening) + 1);
/// assert_eq!(weeks.first_day(weeks.index_of(monday)).to_string(), "2025-03-03");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// Length of a period.
    pub unit: PeriodUnit,
    /// Minutes east of UTC; −300 is five hours west.
    pub zone_offset_minutes: i32,
}

impl Calendar {
    /// Number of the period that holds a moment, given in UTC microseconds.
    pub fn index_of(self, micros: i64) -> i64 {
        let local = self.local(micros);
        match self.unit {
            PeriodUnit::Day => floor_div(local, MICROS_PER_DAY),
            PeriodUnit::Week { starts_on } => {
                let shift = (3 - starts_on.days_after_monday()) * MICROS_PER_DAY;
                floor_div(local.saturating_add(shift), 7 * MICROS_PER_DAY)
            }
            PeriodUnit::Month => CivilDate::from_days(floor_div(local, MICROS_PER_DAY)).months(),
        }
    }

    /// First day of the period with this number.
    pub fn first_day(self, index: i64) -> CivilDate {
        match self.unit {
            PeriodUnit::Day => CivilDate::from_days(index),
            PeriodUnit::Week { .. } => CivilDate::from_days(self.first_days(index)),
            PeriodUnit::Month => CivilDate::first_of_month(index),
        }
    }

    /// First moment of the period with this number, in UTC microseconds; it ends where the next one starts.
    pub fn start_micros(self, index: i64) -> i64 {
        let local = self.first_days(index).saturating_mul(MICROS_PER_DAY);
        local.saturating_sub(self.offset_micros())
    }

    /// Whole periods that have passed from one moment to a later one, counted from the first moment itself.
    ///
    /// A day is 24 hours and a week seven of them. A month ends at the same local time and day of the next month, or at
    /// that month's last day when it is shorter. Negative when `until` is before `from`.
    pub fn rolling_between(self, from: i64, until: i64) -> i64 {
        let len = match self.unit {
            PeriodUnit::Day => MICROS_PER_DAY,
            PeriodUnit::Week { .. } => 7 * MICROS_PER_DAY,
            PeriodUnit::Month => {
                let months = self.index_of(until) - self.index_of(from);
                return months - i64::from(until < self.rolling_after(from, months));
            }
        };
        until.saturating_sub(from).div_euclid(len)
    }

    /// The moment that lies this many rolling periods after another, in UTC microseconds; see [`Self::rolling_between`].
    pub fn rolling_after(self, from: i64, n_periods: i64) -> i64 {
        let n_days = match self.unit {
            PeriodUnit::Day => n_periods,
            PeriodUnit::Week { .. } => n_periods.saturating_mul(7),
            PeriodUnit::Month => {
                let local = self.local(from);
                let date = CivilDate::from_days(local.div_euclid(MICROS_PER_DAY));
                let months = date.months().saturating_add(n_periods);
                let first = CivilDate::first_of_month(months).days();
                let n_days = CivilDate::first_of_month(months.saturating_add(1)).days() - first;
                let days = first + (i64::from(date.day) - 1).min(n_days - 1);
                let local =
                    days.saturating_mul(MICROS_PER_DAY).saturating_add(local.rem_euclid(MICROS_PER_DAY));
                return local.saturating_sub(self.offset_micros());
            }
        };
        from.saturating_add(n_days.saturating_mul(MICROS_PER_DAY))
    }

    /// Days from 1970-01-01 to the first day of a period.
    fn first_days(self, index: i64) -> i64 {
        match self.unit {
            PeriodUnit::Day => index,
            PeriodUnit::Week { starts_on } => {
                index.saturating_mul(7).saturating_add(starts_on.days_after_monday() - 3)
            }
            PeriodUnit::Month => CivilDate::first_of_month(index).days(),
        }
    }

    fn local(self, micros: i64) -> i64 {
        micros.saturating_add(self.offset_micros())
    }

    fn offset_micros(self) -> i64 {
        i64::from(self.zone_offset_minutes) * MICROS_PER_MINUTE
    }
}

/// The quotient rounded down. `div_euclid` divides twice where a machine gives no remainder along, as WebAssembly.
fn floor_div(value: i64, by: i64) -> i64 {
    let quotient = value / by;
    quotient - i64::from(quotient * by > value)
}

/// Finds periods of moments that mostly lie in the same period as the moment before, or the next, without a division.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeriodCursor {
    calendar: Calendar,
    /// Length of a period; none where lengths differ.
    len: Option<i64>,
    /// Where the period with number 0 starts.
    origin: i64,
    index: i64,
    start: i64,
    end: i64,
}

impl PeriodCursor {
    pub(crate) fn new(calendar: Calendar) -> Self {
        let len = match calendar.unit {
            PeriodUnit::Day => Some(MICROS_PER_DAY),
            PeriodUnit::Week { .. } => Some(7 * MICROS_PER_DAY),
            PeriodUnit::Month => None,
        };
        let (origin, end) = (calendar.start_micros(0), calendar.start_micros(1));
        Self { calendar, len, origin, index: 0, start: origin, end }
    }

    /// Number of the period that holds this moment.
    pub(crate) fn index_of(&mut self, micros: i64) -> i64 {
        if micros >= self.start && micros < self.end {
            return self.index;
        }
        let next_end = self.end.saturating_add(self.len.unwrap_or(0));
        if micros >= self.end && micros < next_end {
            (self.index, self.start, self.end) = (self.index + 1, self.end, next_end);
            return self.index;
        }
        self.index = self.calendar.index_of(micros);
        (self.start, self.end) = match self.len {
            // The start of a period is near a moment that exists; checking the product takes a call in WebAssembly.
            Some(len) => {
                let start = self.origin.wrapping_add(self.index.wrapping_mul(len));
                (start, start.saturating_add(len))
            }
            None => (self.calendar.start_micros(self.index), self.calendar.start_micros(self.index + 1)),
        };
        self.index
    }

    /// Where the period ends that comes so many periods after the one found last.
    pub(crate) fn end_after(&self, n_periods: i64) -> i64 {
        match self.len {
            Some(len) if (0..1 << 20).contains(&n_periods) => self.end.saturating_add(len * n_periods),
            Some(len) => self.end.saturating_add(len.saturating_mul(n_periods)),
            None => self.calendar.start_micros(self.index.saturating_add(n_periods).saturating_add(1)),
        }
    }

    /// Where the period found last ends.
    pub(crate) fn end_micros(&self) -> i64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units() -> impl Strategy<Value = PeriodUnit> {
        let weekday = prop::sample::select(vec![Weekday::Monday, Weekday::Wednesday, Weekday::Sunday]);
        prop_oneof![
            Just(PeriodUnit::Day),
            weekday.prop_map(|starts_on| PeriodUnit::Week { starts_on }),
            Just(PeriodUnit::Month)
        ]
    }

    #[test]
    fn dates_known_by_heart() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (-25_567, "1900-01-01"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (20_089, "2025-01-01"),
        ] {
            assert_eq!(CivilDate::from_days(days).to_string(), text, "day {days}");
            assert_eq!(CivilDate::from_days(days).days(), days, "{text} and back");
            assert_eq!(text.parse::<CivilDate>().map(CivilDate::days), Ok(days), "{text} as written");
        }
    }

    #[test]
    fn consecutive_days_follow_the_rules_of_the_calendar() {
        let mut date = CivilDate { year: 1890, month: 1, day: 1 };
        for days in date.days()..51_134 {
            assert_eq!(CivilDate::from_days(days), date, "day {days}");
            let leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
            let last = match date.month {
                2 => 28 + u8::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            date = match (date.day == last, date.month) {
                (false, _) => CivilDate { day: date.day + 1, ..date },
                (true, 12) => CivilDate { year: date.year + 1, month: 1, day: 1 },
                (true, _) => CivilDate { month: date.month + 1, day: 1, ..date },
            };
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for wrong in [
            "2026-02-29",
            "2026-1-1",
            "soon",
            "2026-00-10",
            "2026-13-01",
            "2026-04-31",
            "2026-01-00",
            "2026-01-01-",
            "",
        ] {
            assert_eq!(wrong.parse::<CivilDate>(), Err(NoDate), "{wrong:?}");
        }
        assert_eq!("2024-02-29".parse::<CivilDate>().map(CivilDate::days), Ok(19_782), "a leap day");
    }

    #[test]
    fn weeks_begin_on_the_day_asked_for() {
        // 2025-01-01 was a Wednesday.
        let wednesday = CivilDate { year: 2025, month: 1, day: 1 }.days() * MICROS_PER_DAY;
        for (starts_on, first) in [
            (Weekday::Monday, "2024-12-30"),
            (Weekday::Wednesday, "2025-01-01"),
            (Weekday::Sunday, "2024-12-29"),
        ] {
            let weeks = Calendar { unit: PeriodUnit::Week { starts_on }, zone_offset_minutes: 0 };
            assert_eq!(weeks.first_day(weeks.index_of(wednesday)).to_string(), first, "{starts_on:?}");
        }
    }

    #[test]
    fn a_rolling_month_ends_on_the_same_day_or_the_last() {
        let at = |year, month, day| CivilDate { year, month, day }.days() * MICROS_PER_DAY + 7;
        let months = Calendar { unit: PeriodUnit::Month, zone_offset_minutes: 0 };
        assert_eq!(months.rolling_after(at(2025, 1, 31), 1), at(2025, 2, 28), "February is shorter");
        assert_eq!(
            months.rolling_after(at(2025, 1, 31), 2),
            at(2025, 3, 31),
            "counted from the start, not in steps"
        );
        assert_eq!(months.rolling_between(at(2025, 1, 15), at(2025, 3, 15) - 1), 1, "a moment too early");
        assert_eq!(months.rolling_between(at(2025, 1, 15), at(2025, 3, 15)), 2, "to the microsecond");
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for unit in [PeriodUnit::Day, PeriodUnit::Week { starts_on: Weekday::Sunday }, PeriodUnit::Month] {
            for offset in [i32::MIN, 0, i32::MAX] {
                let calendar = Calendar { unit, zone_offset_minutes: offset };
                for micros in [i64::MIN, -1, 0, i64::MAX] {
                    let index = calendar.index_of(micros);
                    calendar.start_micros(index);
                    calendar.rolling_after(micros, 1);
                    calendar.rolling_after(micros, i64::MAX);
                    calendar.start_micros(micros);
                    calendar.first_day(micros);
                    calendar.rolling_between(i64::MIN, micros);
                    PeriodCursor::new(calendar).index_of(micros);
                    assert!(index.abs() < 1 << 40, "{calendar:?} numbers {micros} as {index}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_period_holds_its_moments(
            unit in units(),
            zone_offset_minutes in -720_i32..=840,
            moments in prop::collection::vec(-4_000_000_000_000_000_i64..4_000_000_000_000_000, 1..20),
        ) {
            let calendar = Calendar { unit, zone_offset_minutes };
            let mut cursor = PeriodCursor::new(calendar);
            for micros in moments {
                let index = calendar.index_of(micros);
                prop_assert!(calendar.start_micros(index) <= micros);
                prop_assert!(micros < calendar.start_micros(index + 1));
                prop_assert_eq!(calendar.first_day(index).days() * MICROS_PER_DAY, calendar.local(calendar.start_micros(index)));
                prop_assert_eq!(cursor.index_of(micros), index);
                prop_assert_eq!(cursor.end_micros(), calendar.start_micros(index + 1));
                prop_assert_eq!(cursor.end_after(5), calendar.start_micros(index + 6));
            }
        }

        #[test]
        fn rolling_periods_count_and_return(
            unit in units(),
            zone_offset_minutes in -720_i32..=840,
            from in 0_i64..4_000_000_000_000_000,
            wait in 0_i64..400_000_000_000_000,
        ) {
            let calendar = Calendar { unit, zone_offset_minutes };
            let n = calendar.rolling_between(from, from + wait);
            prop_assert!(n >= 0 && calendar.rolling_after(from, n) <= from + wait);
            prop_assert!(from + wait < calendar.rolling_after(from, n + 1));
        }
    }
}
