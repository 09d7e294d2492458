//! Working time: how much of a span lies within the opening hours of a weekly calendar.

use crate::calendar::CivilDate;
use crate::issue::Issue;

/// One opening of a week, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkHours {
    /// Day of the week: 0 is Monday, 6 is Sunday.
    pub weekday: u8,
    /// First minute of the day that counts, 0 to 1,439.
    pub from_minute: u16,
    /// Minute of the day at which it stops, exclusive, 1 to 1,440; after `from_minute`.
    pub until_minute: u16,
}

/// What a working-time calendar says, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarSpec {
    /// Openings of a week; overlapping ones count once. A night shift is two entries, one for each day.
    pub hours: Vec<WorkHours>,
    /// Local time minus UTC, in minutes: 60 for Central European winter time. It is fixed, without daylight saving.
    pub offset_minutes: i32,
    /// Local days without any working time, as `YYYY-MM-DD`.
    pub holidays: Vec<String>,
}

/// A weekly working-time calendar with holidays, ready to measure spans.
///
/// Times are UTC microseconds on the outside; the calendar's fixed offset makes them local.
/// A span is measured in O(openings of a day + log holidays), whatever its length.
///
/// # Example
/// ```
/// use journey::{CalendarSpec, WorkCalendar, WorkHours};
/// let hours = (0..5).map(|weekday| WorkHours { weekday, from_minute: 540, until_minute: 1020 }).collect();
/// let spec = CalendarSpec { hours, offset_minutes: 0, holidays: vec!["1970-01-02".to_owned()] };
/// let (calendar, issues) = WorkCalendar::new(&spec);
/// let hour = 3_600_000_000;
/// // From Thursday 16:00 to Monday 10:00: one hour each, because the Friday is a holiday.
/// assert_eq!(calendar.working_micros(16 * hour, (4 * 24 + 10) * hour), 2 * hour);
/// assert!(issues.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    offset_micros: i64,
    /// Openings by weekday, ascending and apart, in microseconds of the day.
    openings: [Vec<(i64, i64)>; 7],
    /// Working time of the weekdays before each, Monday first; the last is that of the whole week.
    before_weekday: [i64; 8],
    /// Holidays as days since 1970, ascending, each with the working time that it and those before it take away.
    holidays: Vec<(i64, i64)>,
}

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
const WEEK: i64 = 7 * DAY;

impl WorkCalendar {
    /// Checks a calendar; entries that make no sense are left out and listed as issues, in the order of the entries.
    pub fn new(spec: &CalendarSpec) -> (Self, Vec<Issue>) {
        let mut issues = Vec::new();
        let mut calendar = Self { offset_micros: i64::from(spec.offset_minutes) * MINUTE, ..Self::default() };
        for hours in &spec.hours {
            let fits = hours.from_minute < hours.until_minute && hours.until_minute <= 1_440;
            match calendar.openings.get_mut(usize::from(hours.weekday)) {
                Some(openings) if fits => openings
                    .push((i64::from(hours.from_minute) * MINUTE, i64::from(hours.until_minute) * MINUTE)),
                _ => {
                    issues.push(Issue::NoOpening(hours.weekday, hours.from_minute, hours.until_minute));
                }
            }
        }
        for (weekday, openings) in calendar.openings.iter_mut().enumerate() {
            *openings = united(std::mem::take(openings));
            let total: i64 = openings.iter().map(|(from, until)| until - from).sum();
            calendar.before_weekday[weekday + 1] = calendar.before_weekday[weekday] + total;
        }
        let mut days = Vec::new();
        for holiday in &spec.holidays {
            match holiday.parse::<CivilDate>() {
                Ok(date) => days.push(date.days()),
                Err(_) => issues.push(Issue::NoDate(holiday.clone())),
            }
        }
        days.sort_unstable();
        days.dedup();
        let mut taken = 0;
        for day in days {
            taken += calendar.within_day(day, DAY);
            calendar.holidays.push((day, taken));
        }
        (calendar, issues)
    }

    /// Working time between two instants, in microseconds; 0 when the second is not after the first.
    pub fn working_micros(&self, start_micros: i64, end_micros: i64) -> i64 {
        if end_micros <= start_micros {
            return 0;
        }
        self.until(end_micros).saturating_sub(self.until(start_micros))
    }

    /// The first instant at which this much working time has passed since the start; `None` when it never has.
    pub fn after_working(&self, start_micros: i64, working_micros: i64) -> Option<i64> {
        if working_micros <= 0 {
            return Some(start_micros);
        }
        let of_week = self.before_weekday[7];
        if of_week == 0 {
            return None;
        }
        // Each holiday delays by at most a week.
        let holidays = i64::try_from(self.holidays.len()).unwrap_or(i64::MAX);
        let weeks = (working_micros / of_week).saturating_add(2).saturating_add(holidays);
        let (mut low, mut high) = (start_micros, start_micros.saturating_add(weeks.saturating_mul(WEEK)));
        if self.working_micros(low, high) < working_micros {
            return None;
        }
        while low < high {
            let middle = low + (high.saturating_sub(low)) / 2;
            if self.working_micros(start_micros, middle) >= working_micros {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }

    /// Working time from the Monday before 1970 to an instant, negative before.
    fn until(&self, micros: i64) -> i64 {
        let local = micros.saturating_add(self.offset_micros);
        let (day, in_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let weeks = (day + 3).div_euclid(7);
        let n_before = self.holidays.partition_point(|h| h.0 < day);
        let lost = if n_before == 0 { 0 } else { self.holidays[n_before - 1].1 };
        let is_holiday = self.holidays.get(n_before).is_some_and(|h| h.0 == day);
        let today = if is_holiday { 0 } else { self.within_day(day, in_day) };
        weeks * self.before_weekday[7] + self.before_weekday[weekday(day)] + today - lost
    }

    /// Working time of a day, holidays aside, until a time of the day.
    fn within_day(&self, day: i64, in_day: i64) -> i64 {
        let openings = &self.openings[weekday(day)];
        openings.iter().map(|&(from, until)| (until.min(in_day) - from).max(0)).sum()
    }
}

/// Day of the week of a day since 1970, which began on a Thursday; 0 is Monday.
fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// Spans in order with overlapping and touching ones made one.
pub(crate) fn united(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut united: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, until) in spans {
        match united.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => united.push((from, until)),
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;

    fn opening(weekday: u8, from: (u16, u16), until: (u16, u16)) -> WorkHours {
        WorkHours { weekday, from_minute: from.0 * 60 + from.1, until_minute: until.0 * 60 + until.1 }
    }

    /// Monday to Thursday 8:30–12:00 and 13:00–17:30, Friday 8:30–15:00, Saturday twice overlapping, three holidays.
    fn shop() -> WorkCalendar {
        let mut hours = Vec::new();
        for weekday in 0..4 {
            hours.extend([opening(weekday, (8, 30), (12, 0)), opening(weekday, (13, 0), (17, 30))]);
        }
        hours.extend([
            opening(4, (8, 30), (15, 0)),
            opening(5, (10, 0), (12, 0)),
            opening(5, (11, 0), (12, 15)),
        ]);
        let holidays = ["2026-01-01", "2026-04-06", "2025-12-25"].map(str::to_owned).to_vec();
        let (calendar, issues) = WorkCalendar::new(&CalendarSpec { hours, offset_minutes: 0, holidays });
        assert_eq!(issues, Vec::<Issue>::new(), "all entries make sense");
        calendar
    }

    /// Seconds as measured by pm4py 2.7.23.11 with the same openings and holidays.
    #[test]
    fn agrees_with_a_peer() {
        let calendar = shop();
        let measured = [
            (1772229974, 1772350127, 8100),
            (1771896396, 1775017266, 762300),
            (1776726234, 1776750029, 0),
            (1776482330, 1778729232, 534600),
            (1768133289, 1768155235, 0),
            (1773715323, 1776854125, 741025),
            (1768742652, 1768769052, 0),
            (1766642234, 1770047046, 758646),
        ];
        for (start, end, secs) in measured {
            let micros = calendar.working_micros(start * SECOND, end * SECOND);
            assert_eq!(micros, secs * SECOND, "working time from {start} to {end}");
        }
        // The sum over 2,000 spans by a linear congruential generator, measured by the same peer.
        let (mut x, mut total) = (1_u64, 0);
        let mut next = |below: i64| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(x >> 33).unwrap() % below
        };
        for i in 0..2000 {
            let start = 1_761_955_200 + next(200 * 86_400);
            let end = start + next(if i % 2 == 1 { 40 } else { 2 } * 86_400);
            total += calendar.working_micros(start * SECOND, end * SECOND);
        }
        assert_eq!(total, 427_579_286 * SECOND, "sum over 2,000 spans");
    }

    #[test]
    fn senseless_entries_are_issues() {
        let hours = vec![opening(7, (8, 0), (9, 0)), opening(0, (9, 0), (9, 0)), opening(1, (9, 0), (24, 1))];
        let holidays = ["2026-02-29", "2026-1-1", "soon", "2024-02-29"].map(str::to_owned).to_vec();
        let (calendar, issues) = WorkCalendar::new(&CalendarSpec { hours, offset_minutes: 0, holidays });
        assert_eq!(issues.len(), 6, "all but the leap day: {issues:?}");
        assert_eq!(calendar.working_micros(0, i64::MAX), 0, "no opening is left");
        assert_eq!(calendar.after_working(0, 1), None, "working time never passes");
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let calendar = shop();
        assert!(calendar.working_micros(i64::MIN, i64::MAX) > 0, "some of all time is working time");
        assert_eq!(calendar.after_working(i64::MAX - 1, DAY), None, "time ends before a day has passed");
        assert!(
            calendar.after_working(i64::MIN, i64::MAX).is_none_or(|t| t > 0),
            "a long way from the beginning"
        );
    }

    /// Counts the working minutes one by one.
    fn stepped(spec: &CalendarSpec, holidays: &[i64], start_minute: i64, end_minute: i64) -> i64 {
        let is_work = |minute: &i64| {
            let local = minute + i64::from(spec.offset_minutes);
            let (day, in_day) = (local.div_euclid(1440), local.rem_euclid(1440));
            let weekday = (day + 3).rem_euclid(7);
            let open = |h: &WorkHours| {
                i64::from(h.weekday) == weekday
                    && (i64::from(h.from_minute)..i64::from(h.until_minute)).contains(&in_day)
            };
            !holidays.contains(&day) && spec.hours.iter().any(open)
        };
        i64::try_from((start_minute..end_minute).filter(is_work).count()).unwrap()
    }

    fn hours() -> impl Strategy<Value = WorkHours> {
        (0_u8..7, 0_u16..1440, 1_u16..900).prop_map(|(weekday, from_minute, length)| WorkHours {
            weekday,
            from_minute,
            until_minute: (from_minute + length).min(1440),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn agrees_with_stepping_by_minutes(
            hours in prop::collection::vec(hours(), 0..6),
            offset_minutes in -720_i32..=840,
            holidays in prop::collection::vec(1_u8..=28, 0..4),
            start in -3_i64 * 1440..30 * 1440,
            length in 0_i64..25 * 1440,
        ) {
            // January 1970: the day of the month less one is the day number.
            let dates = holidays.iter().map(|day| format!("1970-01-{day:02}")).collect();
            let days: Vec<i64> = holidays.iter().map(|&day| i64::from(day) - 1).collect();
            let spec = CalendarSpec { hours, offset_minutes, holidays: dates };
            let (calendar, issues) = WorkCalendar::new(&spec);
            prop_assert!(issues.is_empty(), "{issues:?}");
            let expected = stepped(&spec, &days, start, start + length);
            let found = calendar.working_micros(start * MINUTE, (start + length) * MINUTE);
            prop_assert_eq!(found, expected * MINUTE);
            // The inverse is the first instant that has the working time.
            let wanted = (expected * MINUTE / 2).max(1);
            match calendar.after_working(start * MINUTE, wanted) {
                None => prop_assert_eq!(calendar.before_weekday[7], 0),
                Some(at) => {
                    prop_assert_eq!(calendar.working_micros(start * MINUTE, at), wanted);
                    prop_assert!(calendar.working_micros(start * MINUTE, at - 1) < wanted, "an earlier instant has it");
                }
            }
        }
    }
}
