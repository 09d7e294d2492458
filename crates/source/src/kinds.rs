//! What the values of one column look like.

use crate::guess::Name;
use crate::number::parse_money;
use crate::plan::ColumnKind;
use crate::time::form_of;
use std::collections::HashSet;

/// No form of a time is longer, a named zone included.
const MAX_TIME_BYTES: usize = 80;
/// Numbers are taken for times only between 1990 and 2100, in microseconds since 1970.
const TIME_NUMBERS: std::ops::Range<i64> = 631_152_000_000_000..4_102_444_800_000_000;
/// Without a name that says time, only between 2000 and 2040.
const RECENT_NUMBERS: std::ops::Range<i64> = 946_684_800_000_000..2_208_988_800_000_000;

/// Counts over the sampled values of one column.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    /// Sampled rows.
    pub(crate) n_rows: usize,
    /// Values that are not empty.
    pub(crate) n_filled: usize,
    pub(crate) n_distinct: usize,
    /// Times in a written form.
    n_written_times: usize,
    /// Numbers that could be times.
    n_time_numbers: usize,
    n_recent_numbers: usize,
    /// Amounts, plain numbers included.
    pub(crate) n_amounts: usize,
    pub(crate) n_emails: usize,
    n_flags: usize,
    /// Values in brackets and the like: JSON inside a field.
    n_nested: usize,
    n_words: usize,
    /// Three words or more that end like a sentence.
    n_sentences: usize,
    /// Values with a letter in them.
    n_lettered: usize,
    /// Whether numbers count as times.
    takes_numbers_for_times: bool,
}

impl Profile {
    /// Looks at every value; `says_time` tells that the name of the column stands for a time.
    pub(crate) fn new<'a>(values: impl Iterator<Item = &'a str>, name: &Name, says_time: bool) -> Self {
        let mut profile = Self::default();
        let mut distinct = HashSet::new();
        for value in values {
            profile.n_rows += 1;
            if !value.is_empty() {
                profile.count(value);
                distinct.insert(value);
            }
        }
        profile.n_distinct = distinct.len();
        let is_recent = profile.n_recent_numbers == profile.n_filled && profile.n_filled > 2;
        profile.takes_numbers_for_times = says_time || (is_recent && !name.is_identifier());
        profile
    }

    fn count(&mut self, value: &str) {
        self.n_filled += 1;
        let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
        if has_digit && value.len() <= MAX_TIME_BYTES {
            match form_of(value) {
                Some(form) if form.is_number => {
                    self.n_time_numbers += usize::from(TIME_NUMBERS.contains(&form.micros));
                    self.n_recent_numbers += usize::from(RECENT_NUMBERS.contains(&form.micros));
                }
                Some(_) => self.n_written_times += 1,
                None => {}
            }
            self.n_amounts += usize::from(parse_money(value.as_bytes()).is_some());
        }
        self.n_emails += usize::from(is_email(value));
        self.n_flags += usize::from(is_flag(value));
        self.n_nested += usize::from(value.starts_with(['{', '[']));
        let n_words = value.split_whitespace().count();
        self.n_words += n_words;
        self.n_sentences += usize::from(n_words >= 3 && value.ends_with(['.', '!', '?']));
        self.n_lettered += usize::from(value.chars().any(char::is_alphabetic));
    }

    pub(crate) fn n_times(&self) -> usize {
        self.n_written_times + if self.takes_numbers_for_times { self.n_time_numbers } else { 0 }
    }

    /// Share of the non-empty values, 0 if there are none.
    pub(crate) fn share(&self, n: usize) -> f64 {
        if self.n_filled == 0 { 0.0 } else { n as f64 / self.n_filled as f64 }
    }

    pub(crate) fn filled_share(&self) -> f64 {
        if self.n_rows == 0 { 0.0 } else { self.n_filled as f64 / self.n_rows as f64 }
    }

    /// Distinct values per value: 1 if none repeats.
    pub(crate) fn distinct_share(&self) -> f64 {
        self.share(self.n_distinct)
    }

    pub(crate) fn words_per_value(&self) -> f64 {
        self.share(self.n_words)
    }

    pub(crate) fn is_email(&self) -> bool {
        self.share(self.n_emails) >= 0.8
    }

    /// Yes or no.
    pub(crate) fn is_flag(&self) -> bool {
        self.n_filled > 0 && self.n_flags == self.n_filled
    }

    pub(crate) fn is_nested(&self) -> bool {
        self.share(self.n_nested) >= 0.5
    }

    pub(crate) fn is_lettered(&self) -> bool {
        self.share(self.n_lettered) >= 0.8
    }

    /// One word for all of it.
    pub(crate) fn kind(&self, name: &Name) -> ColumnKind {
        let is_wordy = self.words_per_value() >= 4.0;
        let repeats = self.n_distinct * 2 <= self.n_filled;
        let is_text = (is_wordy && self.distinct_share() > 0.3)
            || self.share(self.n_sentences) >= 0.5
            || self.is_nested();
        if self.n_filled == 0 {
            ColumnKind::Empty
        } else if self.is_flag() {
            ColumnKind::Category
        } else if self.share(self.n_times()) >= 0.8 {
            ColumnKind::Time
        } else if self.is_email() || (name.is_identifier() && !is_wordy) {
            ColumnKind::Identifier
        } else if self.share(self.n_amounts) >= 0.9 {
            ColumnKind::Number
        } else if is_text {
            ColumnKind::Text
        } else if repeats && self.n_distinct <= 200 {
            ColumnKind::Category
        } else {
            ColumnKind::Identifier
        }
    }
}

fn is_email(value: &str) -> bool {
    match value.split_once('@') {
        Some((user, host)) => {
            !user.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !value.contains(char::is_whitespace)
        }
        None => false,
    }
}

fn is_flag(value: &str) -> bool {
    ["true", "false", "yes", "no", "y", "n", "t", "f", "ja", "nein"]
        .iter()
        .any(|flag| value.eq_ignore_ascii_case(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, values: &[&str]) -> ColumnKind {
        let name = Name::new(name);
        Profile::new(values.iter().copied(), &name, false).kind(&name)
    }

    #[test]
    fn kinds_of_values() {
        for (values, expected) in [
            (&["", ""][..], ColumnKind::Empty),
            (&["2024-03-04", "4.3.2024 10:20", ""], ColumnKind::Time),
            (&["1709547630", "1709547631", "1709547632"], ColumnKind::Time),
            (&["12", "13.5", "-1"], ColumnKind::Number),
            (&["€ 5", "1.234,00", "0"], ColumnKind::Number),
            (&["web", "app", "web", "web"], ColumnKind::Category),
            (&["true", "FALSE"], ColumnKind::Category),
            (&["a17", "b23", "c99"], ColumnKind::Identifier),
            (&["ada@brindle.example", "ben@brindle.example"], ColumnKind::Identifier),
            (&["It does not work at all.", "Thank you, that was quick."], ColumnKind::Text),
            (&["{\"a\": 1}", "{\"a\": 2}"], ColumnKind::Text),
        ] {
            assert_eq!(kind("x", values), expected, "{values:?}");
        }
        let ids = ["1709547630", "1709547631", "1709547632"];
        assert_eq!(
            kind("contact_id", &ids),
            ColumnKind::Identifier,
            "the name keeps numbers from being times"
        );
        assert_eq!(
            kind("x", &["9709547630", "9709547631", "1"]),
            ColumnKind::Number,
            "times far off are none"
        );
    }
}
