//! Time of the sample year: seconds since 1970, in UTC, and how they are written.

/// Midnight of Monday, 2025-09-01.
pub(super) const YEAR_START: i64 = 1_756_684_800;
/// Midnight after 2026-08-31; nothing is exported from here on.
pub(super) const YEAR_END: i64 = YEAR_START + 365 * DAY;
/// Seconds of an hour.
pub(super) const HOUR: i64 = 3_600;
/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Whole days since the sample year began.
pub(super) fn day_of(at: i64) -> i64 {
    (at - YEAR_START).div_euclid(DAY)
}

/// Day of the week, 0 is Monday.
pub(super) fn weekday(at: i64) -> i64 {
    day_of(at).rem_euclid(7)
}

/// Saturday or Sunday.
pub(super) fn is_weekend(at: i64) -> bool {
    weekday(at) >= 5
}

/// The same instant if somebody is in the office then (Monday to Friday, 8 to 18), else the next opening at 8.
pub(super) fn office_hours(at: i64) -> i64 {
    let midnight = at - at.rem_euclid(DAY);
    let second = at - midnight;
    let (midnight, second) = match second {
        _ if is_weekend(at) => (midnight + (7 - weekday(at)) * DAY, 8 * HOUR + second % 1_800),
        s if s < 8 * HOUR => (midnight, 8 * HOUR + s % 1_800),
        s if s >= 18 * HOUR => (midnight + DAY, 8 * HOUR + s % 1_800),
        s => (midnight, s),
    };
    let opening = midnight + second;
    if is_weekend(opening) { opening + (7 - weekday(opening)) * DAY } else { opening }
}

/// Year, month, day.
///
/// # Reference
/// Howard Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`; valid from the year 0.
fn date(at: i64) -> (i64, i64, i64) {
    let days = at.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn time_of_day(at: i64) -> String {
    let second = at.rem_euclid(DAY);
    format!("{:02}:{:02}:{:02}", second / HOUR, second / 60 % 60, second % 60)
}

/// `2026-01-31T14:05:09Z`.
pub(super) fn iso(at: i64) -> String {
    let (year, month, day) = date(at);
    format!("{year:04}-{month:02}-{day:02}T{}Z", time_of_day(at))
}

/// `31/01/2026 14:05:09`, as a spreadsheet in much of the world shows it.
pub(super) fn day_first(at: i64) -> String {
    let (year, month, day) = date(at);
    format!("{day:02}/{month:02}/{year:04} {}", time_of_day(at))
}

/// `2026-01-31 15:05:09+01:00`: the same instant on a clock one hour ahead of UTC.
pub(super) fn iso_one_hour_ahead(at: i64) -> String {
    let (year, month, day) = date(at + HOUR);
    format!("{year:04}-{month:02}-{day:02} {}+01:00", time_of_day(at + HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_correctly() {
        assert_eq!(iso(YEAR_START), "2025-09-01T00:00:00Z", "the first second");
        assert_eq!(iso(YEAR_END - 1), "2026-08-31T23:59:59Z", "the last second");
        assert_eq!(
            day_first(YEAR_START + 182 * DAY + 61),
            "02/03/2026 00:01:01",
            "after the end of February"
        );
        assert_eq!(iso_one_hour_ahead(YEAR_START + 23 * HOUR), "2025-09-02 00:00:00+01:00", "over midnight");
    }

    #[test]
    fn office_opens_on_monday() {
        let saturday_noon = YEAR_START + 5 * DAY + 12 * HOUR;
        assert_eq!(day_of(office_hours(saturday_noon)), 7, "Saturday moves to Monday");
        let friday_night = YEAR_START + 4 * DAY + 20 * HOUR;
        assert_eq!(day_of(office_hours(friday_night)), 7, "Friday night moves to Monday");
        let tuesday_noon = YEAR_START + DAY + 12 * HOUR;
        assert_eq!(office_hours(tuesday_noon), tuesday_noon, "an open hour stays");
    }
}
