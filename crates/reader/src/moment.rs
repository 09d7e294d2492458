//! Points in time as people write them into names of files and choose them on a screen.

/// A date and a time without more: the zone is what it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// Milliseconds since 1970-01-01 00:00 on the same clock.
    millis: i64,
    /// The clock is that of UTC.
    is_utc: bool,
}

const DAY_MILLIS: i64 = 86_400_000;

impl Moment {
    /// From the numbers of a calendar and a clock; `None` where there is no such day or time.
    pub(crate) fn new(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let n_days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let fits = (1..=9_999).contains(&year) && (1..=12).contains(&month) && (1..=n_days).contains(&day);
        if !fits || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Days before a date, counted from March so that the leap day is the last of its year (Hinnant 2013).
        let (y, m) = (i64::from(year) - i64::from(month <= 2), i64::from((month + 9) % 12));
        let days = 365 * y + y.div_euclid(4) - y.div_euclid(100)
            + y.div_euclid(400)
            + (153 * m + 2) / 5
            + i64::from(day)
            - 1
            - 719_468;
        let secs = days * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
        Some(Self { millis: secs * 1_000, is_utc: false })
    }

    /// Reads `2026-03-01T09:30`, with seconds or without, with `Z` or without.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (text, is_utc) = text.strip_suffix('Z').map_or((text, false), |text| (text, true));
        let parts: Vec<u32> =
            text.split(['-', 'T', ' ', ':']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let [year, month, day, hour, minute, ref rest @ ..] = parts[..] else { return None };
        let second = match rest {
            [] => 0,
            [second] => *second,
            _ => return None,
        };
        Self::new(year, month, day, hour, minute, second).map(|moment| Self { is_utc, ..moment })
    }

    /// Finds a date with a time in a text such as `GMT20240305-143000_Recording` or `call 2024-03-05 14.30`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        (0..bytes.len())
            .filter(|&at| at == 0 || !bytes[at - 1].is_ascii_digit())
            .find_map(|at| Self::find_at(text, at))
    }

    fn find_at(text: &str, at: usize) -> Option<Self> {
        let mut rest = text.as_bytes().get(at..)?;
        let year = number(&mut rest, 4)?;
        skip(&mut rest, b"-_.");
        let month = number(&mut rest, 2)?;
        skip(&mut rest, b"-_.");
        let day = number(&mut rest, 2)?;
        if !(1970..=2200).contains(&year) {
            return None;
        }
        skip(&mut rest, b"T-_ ,");
        skip(&mut rest, b" ");
        let hour = number(&mut rest, 2)?;
        skip(&mut rest, b":.-_h");
        let minute = number(&mut rest, 2)?;
        let before = rest;
        skip(&mut rest, b":.-_");
        let second = number(&mut rest, 2).unwrap_or_else(|| {
            rest = before;
            0
        });
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let is_utc = rest.first() == Some(&b'Z') || text.get(..at).is_some_and(|head| head.ends_with("GMT"));
        Self::new(year, month, day, hour, minute, second).map(|moment| Self { is_utc, ..moment })
    }

    pub(crate) fn plus_millis(self, millis: i64) -> Self {
        Self { millis: self.millis.saturating_add(millis), ..self }
    }

    /// The same numbers on another clock.
    pub(crate) fn with_utc(self, is_utc: bool) -> Self {
        Self { is_utc, ..self }
    }

    /// Seconds since 1970, as systems count them.
    pub(crate) fn of_unix_secs(secs: i64) -> Self {
        Self { millis: secs.saturating_mul(1_000), is_utc: true }
    }

    /// Writes it as ISO 8601, with `Z` if the clock is that of UTC.
    pub(crate) fn iso(self) -> String {
        let days = self.millis.div_euclid(DAY_MILLIS);
        let millis = self.millis.rem_euclid(DAY_MILLIS);
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (secs, millis) = (millis / 1_000, millis % 1_000);
        let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}{}",
            secs / 3_600,
            secs / 60 % 60,
            secs % 60,
            if self.is_utc { "Z" } else { "" }
        )
    }
}

/// Takes exactly so many digits.
fn number(rest: &mut &[u8], n_digits: usize) -> Option<u32> {
    let digits = rest.get(..n_digits).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    *rest = &rest[n_digits..];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Takes one of the bytes, if it is there.
fn skip(rest: &mut &[u8], any_of: &[u8]) {
    if rest.first().is_some_and(|byte| any_of.contains(byte)) {
        *rest = &rest[1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_found_in_names() {
        for (text, expected) in [
            ("GMT20240305-143000_Recording.transcript", Some("2024-03-05T14:30:00Z")),
            ("call 2024-03-05 14.30", Some("2024-03-05T14:30:00")),
            ("Meeting-2024_02_29_23-59-58", Some("2024-02-29T23:59:58")),
            ("2024-03-05T14:30:05Z", Some("2024-03-05T14:30:05Z")),
            ("order 1234567890 of 2024-03-05", None),
            ("2024-02-30 10:00", None),
            ("call", None),
        ] {
            assert_eq!(Moment::find(text).map(Moment::iso).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn moments_are_read_as_a_screen_gives_them() {
        assert_eq!(
            Moment::parse("2026-03-01T09:30").map(Moment::iso).as_deref(),
            Some("2026-03-01T09:30:00"),
            "short"
        );
        assert_eq!(
            Moment::parse("2026-03-01 09:30:07Z").map(Moment::iso).as_deref(),
            Some("2026-03-01T09:30:07Z"),
            "long"
        );
        for text in ["", "soon", "2026-03-01", "2026-13-01T09:30", "2026-03-01T09:30:00:00"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        let moment = Moment::of_unix_secs(1_452_753_296).plus_millis(40);
        assert_eq!(moment.iso(), "2016-01-14T06:34:56.040Z", "seconds since 1970");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(secs in -62_135_596_800_i64..253_402_300_799) {
            let moment = Moment::of_unix_secs(secs);
            prop_assert_eq!(Moment::parse(&moment.iso()), Some(moment));
        }

        #[test]
        fn never_panics(text in ".{0,40}", near in "[0-9TZ:. _-]{0,30}") {
            for text in [&text, &near] {
                let _found = Moment::find(text);
                let _read = Moment::parse(text);
            }
        }
    }
}
