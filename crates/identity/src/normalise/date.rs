//! Birth dates as eight digits.

/// Reads a date of birth into `YYYYMMDD`; `None` when it is none or when it is not certain which it is.
///
/// Takes `1971-06-24`, `19710624`, `24.06.1971`, `1971/6/24`, and `24/06/1971` when only one order of day and month is
/// possible; a time after the date is ignored.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::birth_date("24.6.1971").as_deref(), Some("19710624"));
/// ```
pub fn birth_date(raw: &str) -> Option<String> {
    let raw = raw.trim().get(..raw.trim().len().min(32))?;
    let date = raw.split(['T', ' ']).next()?;
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let digits = |text: &str| text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u32>().ok();
    let (year, month, day) = match parts.as_slice() {
        [all] if all.len() == 8 && all.bytes().all(|b| b.is_ascii_digit()) => {
            (number(&all[..4])?, number(&all[4..6])?, number(&all[6..])?)
        }
        [year, month, day] if year.len() == 4 && digits(year) && digits(month) && digits(day) => {
            (number(year)?, number(month)?, number(day)?)
        }
        [first, second, year] if year.len() == 4 && digits(first) && digits(second) && digits(year) => {
            let (first, second) = (number(first)?, number(second)?);
            match (date.contains('.'), first > 12, second > 12) {
                (true, ..) | (_, true, false) => (number(year)?, second, first),
                (_, false, true) => (number(year)?, first, second),
                _ if first == second => (number(year)?, first, second),
                _ => return None,
            }
        }
        _ => return None,
    };
    let fits = (1850..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| format!("{year:04}{month:02}{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_one_spelling_or_none() {
        let spelled = [
            "1971-06-24",
            "19710624",
            "24.06.1971",
            "1971/6/24",
            "24/06/1971",
            "06/24/1971",
            "1971-06-24T00:00",
        ];
        for raw in spelled {
            assert_eq!(birth_date(raw).as_deref(), Some("19710624"), "{raw}");
        }
        for raw in ["", "06/07/1971", "1971", "1971-13-01", "24.06.71", "31-31-1971", "ünknown", "𝟙𝟡-1-1"]
        {
            assert_eq!(birth_date(raw), None, "{raw:?} is not certain");
        }
    }
}
