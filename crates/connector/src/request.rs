//! A request as it will go out, and the answer as it came back. The edge performs; this crate only plans.

use crate::operation::Method;
use crate::since::TimeForm;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a part of a path or a value: the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request that was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRequest {
    /// Method.
    pub method: Method,
    /// Path from the server's address on, with everything behind the question mark.
    pub path_and_query: String,
    /// Headers without credentials.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Status.
    pub status: u16,
    /// Headers; names in any case.
    pub headers: &'a [(String, String)],
    /// What came back.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// What time the server says it is, in milliseconds since 1970.
    #[must_use]
    pub fn server_millis(&self) -> Option<u64> {
        moment_millis(self.header("date")?)
    }
}

/// A moment written as HTTP does, in milliseconds since 1970.
pub(crate) fn moment_millis(text: &str) -> Option<u64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    let since = moment.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Adds a parameter behind the question mark.
pub(crate) fn add_query(path: &mut String, name: &str, value: &str) {
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str(&encoded(name));
    path.push('=');
    path.push_str(&encoded(value));
}

/// A path with its names in braces replaced. A value can never become more than one part of the path.
pub(crate) fn filled_path(path: &str, value_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        let value = value_of(name).filter(|value| !value.is_empty() && value != "." && value != "..")?;
        filled.push_str(before);
        filled.push_str(&encoded(&value));
        rest = behind;
    }
    filled.push_str(rest);
    Some(filled)
}

/// A moment as a request writes it.
pub(crate) fn written_time(secs: i64, form: TimeForm) -> String {
    let (year, month, day) = civil(secs.div_euclid(86_400));
    let in_day = secs.rem_euclid(86_400);
    let (hour, minute, second) = (in_day / 3_600, in_day / 60 % 60, in_day % 60);
    match form {
        TimeForm::UnixSeconds => secs.to_string(),
        TimeForm::UnixMillis => (secs.saturating_mul(1_000)).to_string(),
        TimeForm::Date => format!("{year:04}-{month:02}-{day:02}"),
        TimeForm::DateTime => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
    }
}

/// Year, month and day of a number of days since 1970 in the Gregorian calendar (Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_asked() {
        let secs = 1_709_251_199; // 2024-02-29 23:59:59 UTC, by `date -u -d @1709251199`
        assert_eq!(written_time(secs, TimeForm::DateTime), "2024-02-29T23:59:59Z", "a leap day");
        assert_eq!(written_time(secs, TimeForm::Date), "2024-02-29", "the day alone");
        assert_eq!(written_time(secs, TimeForm::UnixMillis), "1709251199000", "milliseconds");
        assert_eq!(written_time(-1, TimeForm::DateTime), "1969-12-31T23:59:59Z", "before 1970");
    }

    #[test]
    fn a_value_stays_one_part_of_the_path() {
        let path = |value: &str| filled_path("/a/{id}/b", |_| Some(value.to_owned()));
        assert_eq!(path("x/../y?z=1#").as_deref(), Some("/a/x%2F..%2Fy%3Fz%3D1%23/b"), "nothing escapes");
        assert_eq!(path(".."), None, "no way up");
        assert_eq!(path(""), None, "no empty part");
        assert_eq!(path("\r\nHost: b").as_deref(), Some("/a/%0D%0AHost%3A%20b/b"), "no line ends");
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let headers = [("Date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())];
        let answer = Answer { status: 200, headers: &headers, body: b"" };
        assert_eq!(answer.server_millis(), Some(784_111_777_000), "the example of RFC 9110");
    }
}
