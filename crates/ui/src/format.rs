//! Numbers, durations, dates and sizes as a person of one language reads them.

/// The signs a language writes numbers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Between groups of three digits.
    pub(crate) group: char,
    /// Before the fraction.
    pub(crate) decimal: char,
    /// Between a number and its percent sign.
    pub(crate) percent_gap: &'static str,
    /// Unit of a year.
    pub(crate) year: &'static str,
}

/// English: 1,234.5 and 12.5%.
pub(crate) const ENGLISH: Signs = Signs { group: ',', decimal: '.', percent_gap: "", year: "y" };

/// German: 1.234,5 and 12,5 %.
pub(crate) const GERMAN: Signs = Signs { group: '.', decimal: ',', percent_gap: "\u{a0}", year: "J" };

const MINUTE_SECS: f64 = 60.0;
const HOUR_SECS: f64 = 3_600.0;
const DAY_SECS: f64 = 86_400.0;
const YEAR_SECS: f64 = 365.25 * DAY_SECS;
/// From here on years are easier to read than days.
const YEARS_FROM_SECS: f64 = 1_000.0 * DAY_SECS;
const MICROS_PER_SEC: i64 = 1_000_000;

/// Writes a count with grouped digits: `12,345`.
pub(crate) fn count(signs: Signs, n: u64) -> String {
    group_digits(signs, &n.to_string())
}

/// Writes a count in at most about five signs for small places: `12,345`, `123k`, `1.2M`.
pub(crate) fn short_count(signs: Signs, n: u64) -> String {
    match n {
        0..=99_999 => count(signs, n),
        100_000..=999_999 => format!("{}k", n / 1_000),
        1_000_000..=999_999_999 => format!("{}M", decimal(signs, n as f64 / 1e6, 1)),
        _ => format!("{}G", decimal(signs, n as f64 / 1e9, 1)),
    }
}

/// Writes a number with a fixed count of decimals and grouped digits.
pub(crate) fn decimal(signs: Signs, value: f64, n_decimals: usize) -> String {
    let text = format!("{:.*}", n_decimals, value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let negative = value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    let mut out = String::new();
    if negative {
        out.push('\u{2212}');
    }
    out.push_str(&group_digits(signs, whole));
    if !fraction.is_empty() {
        out.push(signs.decimal);
        out.push_str(fraction);
    }
    out
}

/// Writes a ratio 0…1 as a percentage with one decimal; a share that is there but tiny is `<0.1%`, never `0%`.
pub(crate) fn percent(signs: Signs, ratio: f64) -> String {
    if !ratio.is_finite() {
        return "–".to_owned();
    }
    let gap = signs.percent_gap;
    let value = ratio * 100.0;
    if value > 0.0 && value < 0.1 {
        return format!("<0{}1{gap}%", signs.decimal);
    }
    if value > 99.9 && value < 100.0 {
        return format!(">99{}9{gap}%", signs.decimal);
    }
    // None and all are exact; everything between has the same form, so that columns of shares can be compared.
    let n_decimals = usize::from(value > 0.0 && value != 100.0);
    format!("{}{gap}%", decimal(signs, value, n_decimals))
}

/// Writes a ratio 0…1 as a percentage without decimals, for what is only an estimate.
pub(crate) fn rough_percent(signs: Signs, ratio: f64) -> String {
    format!("{}{}%", decimal(signs, ratio * 100.0, 0), signs.percent_gap)
}

/// Writes the share of a part in a whole; `–` when there is no whole.
pub(crate) fn share(signs: Signs, part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { percent(signs, part as f64 / whole as f64) }
}

/// Writes a duration in its two largest units: `3 d 4 h`, `12 min`, `850 ms`.
pub(crate) fn duration(signs: Signs, secs: f64) -> String {
    if !secs.is_finite() {
        return "–".to_owned();
    }
    if secs < 0.0 {
        return format!("\u{2212}{}", duration(signs, -secs));
    }
    if secs == 0.0 {
        return "0 s".to_owned();
    }
    if secs < 0.000_5 {
        return "<1 ms".to_owned();
    }
    if secs < 0.999_5 {
        return format!("{:.0} ms", secs * 1_000.0);
    }
    if secs < 9.95 {
        return format!("{} s", trim_zero(signs, &decimal(signs, secs, 1)));
    }
    if secs < MINUTE_SECS - 0.5 {
        return format!("{secs:.0} s");
    }
    if secs >= YEARS_FROM_SECS {
        return format!("{} {}", decimal(signs, secs / YEAR_SECS, 1), signs.year);
    }
    two_units(secs)
}

fn two_units(secs: f64) -> String {
    let units = [(DAY_SECS, "d"), (HOUR_SECS, "h"), (MINUTE_SECS, "min"), (1.0, "s")];
    // Rounding to the smaller unit first, so that 59 min 59.9 s reads `1 h` and not `59 min 60 s`.
    let large = units.iter().position(|(size, _)| secs >= size - 0.5).unwrap_or(2).min(2);
    let small_size = units[large + 1].0;
    let rounded = (secs / small_size).round() * small_size;
    let large = if large > 0 && rounded >= units[large - 1].0 { large - 1 } else { large };
    let (large_size, large_name) = units[large];
    let (small_size, small_name) = units[large + 1];
    let n_large = (rounded / large_size).floor();
    let n_small = ((rounded - n_large * large_size) / small_size).round();
    if n_small > 0.0 {
        format!("{n_large} {large_name} {n_small} {small_name}")
    } else {
        format!("{n_large} {large_name}")
    }
}

/// Writes a UTC instant to the second, to the millisecond where it has a fraction: `2024-03-01 14:05:22`.
pub(crate) fn instant(micros: i64) -> String {
    let secs = micros.div_euclid(MICROS_PER_SEC);
    let millis = micros.rem_euclid(MICROS_PER_SEC) / 1_000;
    let of_day = secs.rem_euclid(86_400);
    let clock = format!("{:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60);
    if millis == 0 {
        format!("{} {clock}", day(micros))
    } else {
        format!("{} {clock}.{millis:03}", day(micros))
    }
}

/// Midnight UTC at the beginning of a day written as `2024-03-01`; `None` for what is no day.
pub(crate) fn day_micros(day: &str) -> Option<i64> {
    let mut parts = day.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day_of_month) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(0..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day_of_month) {
        return None;
    }
    // The inverse of [`day`], with years that start in March.
    let (year, month_index) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month_index + 2) / 5 + day_of_month - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * 86_400 * MICROS_PER_SEC)
}

/// Writes the UTC day of an instant: `2024-03-01`.
pub(crate) fn day(micros: i64) -> String {
    let days = micros.div_euclid(MICROS_PER_SEC * 86_400);
    // Days to a civil date in the proleptic Gregorian calendar, with years that start in March so that
    // the leap day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

/// Writes a period by its days; one day when it starts and ends on the same.
pub(crate) fn period(first_micros: Option<i64>, last_micros: Option<i64>) -> String {
    match (first_micros.map(day), last_micros.map(day)) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first} – {last}"),
        _ => "–".to_owned(),
    }
}

/// Writes a size in bytes with decimal units: `1.4 MB`.
pub(crate) fn bytes(signs: Signs, n: u64) -> String {
    let value = n as f64;
    match n {
        0..=999 => format!("{n} B"),
        1_000..=999_999 => format!("{} kB", decimal(signs, value / 1e3, 0)),
        1_000_000..=999_999_999 => format!("{} MB", decimal(signs, value / 1e6, 1)),
        _ => format!("{} GB", decimal(signs, value / 1e9, 2)),
    }
}

/// Writes one field of a CSV row, quoted where it must be; a formula sign at the start is disarmed with an apostrophe
/// so that a spreadsheet shows the text instead of running it.
pub(crate) fn csv_field(text: &str) -> String {
    let disarmed = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if disarmed.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", disarmed.replace('"', "\"\""))
    } else {
        disarmed
    }
}

/// Writes one CSV row with its line end.
pub(crate) fn csv_row(fields: &[String]) -> String {
    let mut row = fields.iter().map(|field| csv_field(field)).collect::<Vec<_>>().join(",");
    row.push_str("\r\n");
    row
}

fn group_digits(signs: Signs, digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(signs.group);
        }
        out.push(digit);
    }
    out
}

fn trim_zero(signs: Signs, text: &str) -> String {
    text.strip_suffix(&format!("{}0", signs.decimal)).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for day in ["1970-01-01", "2024-02-29", "2024-03-01", "1999-12-31", "2100-01-01", "1969-07-20"] {
            assert_eq!(day_micros(day).map(super::day).as_deref(), Some(day), "{day} comes back");
        }
        for wrong in ["", "2024-13-01", "2024-01-32", "x-y-z", "2024-01"] {
            assert_eq!(day_micros(wrong), None, "{wrong} is no day");
        }
    }

    #[test]
    fn counts_are_grouped_as_the_language_does() {
        assert_eq!(count(ENGLISH, 1_234_567), "1,234,567", "English groups with commas");
        assert_eq!(count(GERMAN, 1_234), "1.234", "German groups with points");
        assert_eq!(count(ENGLISH, 999), "999", "three digits stand alone");
        assert_eq!(short_count(ENGLISH, 1_250_000), "1.2M", "millions are shortened");
        assert_eq!(short_count(ENGLISH, 99_999), "99,999", "what fits is exact");
    }

    #[test]
    fn a_small_share_is_never_shown_as_none() {
        assert_eq!(percent(ENGLISH, 0.0004), "<0.1%", "tiny but there");
        assert_eq!(percent(ENGLISH, 0.0), "0%", "nothing is nothing");
        assert_eq!(percent(ENGLISH, 1.0), "100%", "all is all");
        assert_eq!(percent(ENGLISH, 0.03), "3.0%", "between them one decimal");
        assert_eq!(rough_percent(ENGLISH, 0.4), "40%", "an estimate has none");
        assert_eq!(percent(ENGLISH, 0.99999), ">99.9%", "nearly all is not all");
        assert_eq!(percent(GERMAN, 0.125), "12,5\u{a0}%", "German writes a gap and a comma");
        assert_eq!(share(ENGLISH, 1, 0), "–", "no whole, no share");
    }

    #[test]
    fn durations_use_the_two_largest_units() {
        let cases = [
            (0.0, "0 s"),
            (0.000_1, "<1 ms"),
            (0.85, "850 ms"),
            (1.0, "1 s"),
            (2.5, "2.5 s"),
            (45.0, "45 s"),
            (59.9, "1 min"),
            (720.0, "12 min"),
            (754.0, "12 min 34 s"),
            (3_599.9, "1 h"),
            (86_400.0 * 3.0 + 3_600.0 * 4.0, "3 d 4 h"),
            (86_399.0, "1 d"),
            (86_400.0 * 1_461.0, "4.0 y"),
            (-60.0, "\u{2212}1 min"),
        ];
        for (secs, text) in cases {
            assert_eq!(duration(ENGLISH, secs), text, "{secs} s");
        }
        assert_eq!(duration(ENGLISH, f64::NAN), "–", "what is no number is not shown as one");
    }

    #[test]
    fn instants_are_utc_civil_dates() {
        assert_eq!(instant(0), "1970-01-01 00:00:00", "the epoch");
        assert_eq!(instant(-1_000), "1969-12-31 23:59:59.999", "before the epoch");
        assert_eq!(instant(1_709_251_199_000_000), "2024-02-29 23:59:59", "a leap day");
        assert_eq!(day(4_102_444_800_000_000), "2100-01-01", "a century");
        assert_eq!(period(Some(0), Some(1)), "1970-01-01", "one day");
        assert_eq!(period(None, None), "–", "no period");
    }

    #[test]
    fn csv_fields_are_quoted_and_disarmed() {
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"", "quotes are doubled");
        assert_eq!(csv_field("=1+1"), "'=1+1", "a formula becomes text");
        assert_eq!(csv_field("-5.5"), "-5.5", "a number stays a number");
    }
}
