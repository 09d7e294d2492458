//! Guesses which column means what, and says why.
//!
//! Names count first, values confirm or contradict them; every guess comes with its reason in words, because a person
//! decides.

mod names;
mod reading;
mod reason;
mod score;
mod survey;
#[cfg(test)]
mod tests;
mod vocabulary;

pub(crate) use names::Name;
pub(crate) use reading::read_times;

use crate::format::Syntax;
use crate::kinds::Profile;
use crate::plan::{ColumnKind, ColumnSample, Mapping, Role, TimeReading};
use event::Measure;
use score::{Basis, Candidate};

/// The first rows of a file.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Names of the columns in file order.
    pub(crate) columns: Vec<String>,
    /// Rows in file order.
    pub(crate) rows: Vec<SampleRow>,
}

/// One sampled row.
#[derive(Debug)]
pub(crate) struct SampleRow {
    /// Line where it begins, from 1.
    pub(crate) line: u64,
    /// One value a column; missing ones at the end may be left out.
    pub(crate) values: Vec<String>,
}

impl Sample {
    /// The values of a column, empty where a row has none.
    fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.value(column))
    }

    fn position(&self, name: Option<&str>) -> Option<usize> {
        let name = name?;
        self.columns.iter().position(|column| column == name)
    }
}

impl SampleRow {
    fn value(&self, column: usize) -> &str {
        self.values.get(column).map_or("", |value| value.trim())
    }
}

/// What the sample says about the columns.
#[derive(Debug)]
pub(crate) struct Guess {
    /// Columns in file order.
    pub(crate) columns: Vec<ColumnSample>,
    /// Which column means what.
    pub(crate) mapping: Mapping,
    /// Why, in the order of [`Role::ALL`]; a required role without a column has a reason too.
    pub(crate) reasons: Vec<(Role, String)>,
    /// How the time column is read.
    pub(crate) time: TimeReading,
}

/// One column with all that is known of it.
#[derive(Debug)]
struct Column<'a> {
    text: &'a str,
    name: Name,
    profile: Profile,
    kind: ColumnKind,
    /// The survey that its values could answer.
    scale: Option<Measure>,
}

/// Guesses the roles of all columns.
pub(crate) fn guess(syntax: Syntax, sample: &Sample) -> Guess {
    let columns: Vec<Column<'_>> =
        (0..).zip(&sample.columns).map(|(i, name)| column(sample, i, name)).collect();
    let chosen = choose(syntax, sample, &columns);
    let mut mapping = Mapping::default();
    for (role, candidate) in &chosen {
        mapping.set(*role, columns.get(candidate.column).map(|column| column.text.to_owned()));
    }
    let scored = chosen.iter().find(|(role, _)| *role == Role::Score);
    mapping.score_kind =
        scored.and_then(|(_, candidate)| columns.get(candidate.column)).and_then(|column| column.scale);
    let reasons = Role::ALL
        .into_iter()
        .filter_map(|role| {
            let found = chosen.iter().find(|(of, _)| *of == role).map(|(_, candidate)| *candidate);
            reason::of(role, found, &columns).map(|reason| (role, reason))
        })
        .collect();
    let time = read_times(sample, &mapping);
    Guess { columns: columns.iter().map(Column::sample).collect(), mapping, reasons, time }
}

fn column<'a>(sample: &Sample, place: usize, text: &'a str) -> Column<'a> {
    let name = Name::new(text);
    let says_time = text == Role::Time.name() || name.says(Role::Time).max(name.says(Role::EndTime)) >= 40.0;
    let profile = Profile::new(sample.values(place), &name, says_time && !name.is_identifier());
    let kind = profile.kind(&name);
    let scale = survey::of(&name, sample.values(place));
    Column { text, name, profile, kind, scale }
}

impl Column<'_> {
    fn sample(&self) -> ColumnSample {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        ColumnSample {
            name: self.text.to_owned(),
            n_filled: count(self.profile.n_filled),
            n_distinct: count(self.profile.n_distinct),
            kind: self.kind,
        }
    }
}

/// Gives each role its best column, settled names first and then in the order of [`Role::ALL`]; a column has one role.
fn choose(syntax: Syntax, sample: &Sample, columns: &[Column<'_>]) -> Vec<(Role, Candidate)> {
    let mut chosen = settled(columns);
    // Event logs name their parts; nothing else in them stands for a required role.
    let is_complete = |chosen: &[(Role, Candidate)], role| chosen.iter().any(|(of, _)| *of == role);
    for role in Role::ALL {
        let is_required = matches!(role, Role::Customer | Role::Activity | Role::Time);
        if is_complete(&chosen, role) || (syntax == Syntax::Xes && is_required) {
            continue;
        }
        let is_free = |place: usize| !chosen.iter().any(|(_, candidate)| candidate.column == place);
        let time = chosen.iter().find(|(of, _)| *of == Role::Time).map(|(_, candidate)| candidate.column);
        let best = (0..)
            .zip(columns)
            .filter(|(place, _)| is_free(*place))
            .filter_map(|(place, column)| score::of(role, place, column))
            .filter(|candidate| role != Role::EndTime || ends_after(sample, time, candidate.column))
            // Of equals the first column stays.
            .reduce(|best, next| if next.score > best.score { next } else { best });
        chosen.extend(best.map(|candidate| (role, candidate)));
    }
    // Beside the revenue of a month, another amount is mostly that of a year; an event has one number.
    if is_complete(&chosen, Role::Mrr) {
        chosen.retain(|(role, _)| *role != Role::Money);
    }
    chosen
}

/// Columns whose names settle their role: our own names win over those of event logs.
fn settled(columns: &[Column<'_>]) -> Vec<(Role, Candidate)> {
    let mut chosen: Vec<(Role, Candidate)> = Vec::new();
    for wants_own in [true, false] {
        for (place, column) in (0..).zip(columns) {
            if let Some((role, is_own)) = names::settled(column.text)
                && is_own == wants_own
                && !(role == Role::Time && is_without_date(column, columns))
                && !(role == Role::Score && column.scale.is_none())
                && !(role == Role::Record && score::of(role, place, column).is_none())
                && !chosen.iter().any(|(of, _)| *of == role)
            {
                let basis = if is_own { Basis::Own } else { Basis::Standard };
                chosen.push((role, Candidate { column: place, score: f64::MAX, basis }));
            }
        }
    }
    intervals(columns, &mut chosen);
    chosen
}

/// A column `time` beside a `date` may hold hours and minutes alone, which is no time.
fn is_without_date(column: &Column<'_>, columns: &[Column<'_>]) -> bool {
    let is_unread = column.profile.n_filled > 0 && column.profile.n_times() == 0;
    is_unread && columns.iter().any(|other| other.kind == ColumnKind::Time)
}

/// In a log of intervals `time:timestamp` is the end and `start_timestamp` the start.
fn intervals(columns: &[Column<'_>], chosen: &mut Vec<(Role, Candidate)>) {
    let Some(start) = columns.iter().position(|column| column.text == "start_timestamp") else { return };
    let has_end = chosen.iter().any(|(role, _)| *role == Role::EndTime);
    let time = chosen.iter_mut().find(|(role, candidate)| {
        *role == Role::Time
            && columns.get(candidate.column).is_some_and(|column| column.text == "time:timestamp")
    });
    if let Some((role, _)) = time.filter(|_| !has_end) {
        *role = Role::EndTime;
        let candidate = Candidate { column: start, score: f64::MAX, basis: Basis::Standard };
        chosen.push((Role::Time, candidate));
    }
}

/// An end is not before its start in nearly all rows that have both, and does not stand alone.
fn ends_after(sample: &Sample, time: Option<usize>, end: usize) -> bool {
    let Some(time) = time else { return false };
    let micros = |row: &SampleRow, column| crate::time::form_of(row.value(column)).map(|form| form.micros);
    let pairs: Vec<(i64, i64)> =
        sample.rows.iter().filter_map(|row| micros(row, time).zip(micros(row, end))).collect();
    let n_in_order = pairs.iter().filter(|(start, end)| start <= end).count();
    n_in_order > 0 && n_in_order * 20 >= pairs.len() * 19
}
