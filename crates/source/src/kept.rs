//! A mapping of one's own, kept as a page of text and used for every table with the same columns.
//!
//! The page says which column means what; where that is not enough, a recipe of one's own takes its place
//! (`docs/recipes.md`).

use crate::plan::{DateOrder, Mapping, Role};
use crate::recipe::Recipe;
use event::Measure;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use xxhash_rust::xxh3::xxh3_64;

/// What a page of a mapping begins with.
const HEAD: &str = "mapping";
/// The version of pages that is written.
const VERSION: &str = "1";
/// Longest page, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A mapping for tables with some columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptMapping {
    /// What it is called: the name of the file that it was made for.
    pub title: String,
    /// Columns that a table has, for which it is meant.
    pub columns: Vec<String>,
    /// Which column means what.
    pub mapping: Mapping,
    /// Order of day and month, where it was chosen.
    pub date_order: Option<DateOrder>,
    /// Offset from UTC in minutes of times without a zone, where it was chosen.
    pub zone_offset_minutes: Option<i32>,
}

/// A page of a person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Which column means what.
    Mapping(Box<KeptMapping>),
    /// A recipe.
    Recipe(Box<Recipe>),
}

impl Page {
    /// Reads a page: a mapping, or a recipe.
    ///
    /// # Errors
    /// With the number of the line and what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err("the page is longer than 1 MiB".to_owned());
        }
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        match first.and_then(|line| line.split_whitespace().next()) {
            Some(HEAD) => KeptMapping::read(text).map(|kept| Self::Mapping(Box::new(kept))),
            Some("recipe") => Recipe::read(text).map(|recipe| Self::Recipe(Box::new(recipe))),
            _ => Err("it begins with neither “mapping 1” nor “recipe”".to_owned()),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Mapping(kept) => &kept.title,
            Self::Recipe(recipe) => &recipe.title,
        }
    }

    /// Whether it is meant for a table with these columns.
    #[must_use]
    pub fn fits(&self, columns: &[String]) -> bool {
        match self {
            Self::Mapping(kept) => {
                // A table with more columns may say more: it is guessed anew.
                let own: BTreeSet<&String> = kept.columns.iter().collect();
                !own.is_empty() && own == columns.iter().collect()
            }
            Self::Recipe(recipe) => recipe.fits(columns),
        }
    }

    /// What tells it from others: the columns that it is for, in any order.
    #[must_use]
    pub fn key(&self) -> String {
        let columns: BTreeSet<&str> = match self {
            Self::Mapping(kept) => kept.columns.iter().map(String::as_str).collect(),
            Self::Recipe(recipe) => return format!("recipe {}", recipe.id),
        };
        let sum = columns.iter().fold(0_u64, |sum, column| sum.wrapping_add(xxh3_64(column.as_bytes())));
        format!("{sum:016x}")
    }

    /// Columns that it asks for; of pages that fit, the one that asks for most is meant.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Mapping(kept) => kept.columns.len(),
            Self::Recipe(recipe) => recipe.columns.len(),
        }
    }
}

impl KeptMapping {
    /// The page of text; [`Page::read`] reads it back.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text =
            format!("# Which column means what, for tables with these columns.\n{HEAD} {VERSION}\n");
        let mut line = |word: &str, value: &str| {
            let _ = writeln!(text, "{word} {}", quoted(value));
        };
        line("title", &self.title);
        self.columns.iter().for_each(|column| line("column", column));
        for role in Role::ALL {
            if let Some(column) = self.mapping.column(role) {
                line(role.name(), column);
            }
        }
        if let Some(kind) = self.mapping.score_kind {
            line("survey", kind.name());
        }
        if let Some(order) = self.date_order {
            line("dates", if order == DateOrder::DayFirst { "day-first" } else { "month-first" });
        }
        if let Some(minutes) = self.zone_offset_minutes {
            let sign = if minutes < 0 { '-' } else { '+' };
            line("zone", &format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
        }
        text
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut kept = Self::default();
        let mut has_head = false;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let bad = |what: &str| format!("line {number}: {what}");
            let value = plain(rest.trim()).ok_or_else(|| bad("the quotes are not closed"))?;
            if !has_head {
                if word != HEAD || value != VERSION {
                    return Err(bad("a mapping of version 1 begins with “mapping 1”"));
                }
                has_head = true;
                continue;
            }
            if value.is_empty() {
                return Err(bad(&format!("“{word}” says nothing")));
            }
            kept.take(word, value).map_err(|what| bad(&what))?;
        }
        let missing = [Role::Customer, Role::Activity, Role::Time]
            .into_iter()
            .find(|role| kept.mapping.column(*role).is_none());
        if let Some(role) = missing {
            return Err(format!("no line says which column is the {}", role.name()));
        }
        if kept.mapping.score.is_some() && kept.mapping.score_kind.is_none() {
            return Err("no line says which survey the answers belong to".to_owned());
        }
        let of_roles = Role::ALL.into_iter().filter_map(|role| kept.mapping.column(role)).map(str::to_owned);
        let unlisted: Vec<String> = of_roles.filter(|column| !kept.columns.contains(column)).collect();
        kept.columns.extend(unlisted);
        Ok(kept)
    }

    fn take(&mut self, word: &str, value: String) -> Result<(), String> {
        match word {
            "title" => self.title = value,
            "column" if self.columns.contains(&value) => return Err(format!("“{value}” stands twice")),
            "column" => self.columns.push(value),
            "survey" => {
                let kind =
                    Measure::from_name(&value).filter(|kind| !matches!(kind, Measure::Money | Measure::Mrr));
                self.mapping.score_kind = Some(kind.ok_or_else(|| format!("there is no survey “{value}”"))?);
            }
            "dates" => {
                self.date_order = Some(match value.as_str() {
                    "day-first" => DateOrder::DayFirst,
                    "month-first" => DateOrder::MonthFirst,
                    _ => return Err("dates are day-first or month-first".to_owned()),
                });
            }
            "zone" => {
                let minutes = minutes_of(&value).ok_or("a zone is written like +02:00")?;
                self.zone_offset_minutes = Some(minutes);
            }
            _ => {
                let role = Role::ALL.into_iter().find(|role| role.name() == word);
                let role = role.ok_or_else(|| format!("“{word}” is not known"))?;
                self.mapping.set(role, Some(value));
            }
        }
        Ok(())
    }
}

/// Minutes of `+02:00`; within 18 hours.
fn minutes_of(zone: &str) -> Option<i32> {
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    (hours <= 18 && minutes < 60).then_some(sign * (i32::from(hours) * 60 + i32::from(minutes)))
}

/// A value that cannot stand as it is stands in quotes, in which `\` goes before a quote and itself, and `\n` is a line break.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value.trim() == value
        && !value.starts_with('"')
        && !value.chars().any(char::is_control);
    if is_plain {
        return value.to_owned();
    }
    let mut text = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

fn plain(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else { return Some(text.to_owned()) };
    let mut value = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(value),
            '\\' => value.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                c => c,
            }),
            c => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept() -> impl Strategy<Value = KeptMapping> {
        let columns = prop::collection::btree_set("[a-zA-Zäß \"\\\\#,.\t\n|]{1,12}", 3..8);
        (columns, "[a-z .]{0,9}", any::<bool>(), any::<bool>(), -1_080..=1_080_i32).prop_map(
            |(columns, title, is_day_first, has_zone, zone)| {
                let columns: Vec<String> = columns.into_iter().collect();
                let mut mapping = Mapping::default();
                for (role, column) in Role::ALL.into_iter().zip(&columns) {
                    mapping.set(role, Some(column.clone()));
                }
                KeptMapping {
                    title: if title.trim().is_empty() { "a file".to_owned() } else { title },
                    columns,
                    mapping,
                    date_order: is_day_first.then_some(DateOrder::DayFirst),
                    zone_offset_minutes: has_zone.then_some(zone),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(kept in kept()) {
            prop_assert_eq!(Page::read(&kept.write()), Ok(Page::Mapping(Box::new(kept))));
        }

        #[test]
        fn any_text_is_an_answer(text in "(mapping 1\n)?([a-z\"\\\\ :+]{0,12}\n){0,6}") {
            let _ = Page::read(&text);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, said) in [
            ("", "it begins with neither “mapping 1” nor “recipe”"),
            ("mapping 2\n", "line 1: a mapping of version 1 begins with “mapping 1”"),
            ("mapping 1\ncustomer a\nactivity b\n", "no line says which column is the time"),
            ("# note\nmapping 1\ncolour red\n", "line 3: “colour” is not known"),
            ("mapping 1\ncustomer \"a\n", "line 2: the quotes are not closed"),
            ("mapping 1\nzone 25:00\n", "line 2: a zone is written like +02:00"),
            (
                "mapping 1\ncustomer a\nactivity b\ntime c\nscore d\n",
                "no line says which survey the answers belong to",
            ),
        ] {
            assert_eq!(Page::read(text), Err(said.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_page_is_meant_for_tables_with_its_columns() {
        let page =
            Page::read("mapping 1\ntitle orders\ncolumn note\ncustomer who\nactivity what\ntime when\n")
                .expect("a page");
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(page.fits(&columns(&["when", "what", "who", "note"])), "in any order");
        assert!(!page.fits(&columns(&["when", "what", "who", "note", "more"])), "not with others");
        assert!(!page.fits(&columns(&["when", "what", "who"])), "not without one of them");
        assert_eq!((page.title(), page.n_columns()), ("orders", 4), "columns with a role need not be listed");
    }
}
