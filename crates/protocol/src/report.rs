//! The answer to a question: tables of figures with what they mean, ready for a screen, a file or a terminal.
//!
//! On the wire every text is a [`Sentence`]; [`Report::worded`] gives it words.

use crate::sentence::{Sentence, Wording};
use rkyv::{Archive, Deserialize, Serialize};

/// What an analysis found.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Report<T = String> {
    /// What was asked, in a few words.
    pub title: T,
    /// The finding in one or two sentences with its main figures.
    pub finding: T,
    /// The figures; the first table is the main one.
    pub tables: Vec<Table<T>>,
    /// What the figures mean and rest on.
    pub card: Card<T>,
    /// Names of the question that the data doesn't have, and other things to know, in words.
    pub issues: Vec<T>,
}

/// One table.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Table<T = String> {
    /// Short name, unique in the report: `steps`, `cohorts`.
    pub id: String,
    /// What it shows.
    pub caption: T,
    /// How it is best drawn.
    pub chart: Chart,
    /// Columns.
    pub columns: Vec<Column<T>>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell<T>>>,
}

/// How a table is best drawn; the table itself is always shown as well.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// As the table.
    None,
    /// A bar for each row: the first column names it, the column with this index is its length.
    Bars(u32),
    /// Bars for each row one above the other, from the second column on; the first column is time.
    Stacked,
    /// A line for each column from the second on; the first column is the horizontal place.
    Lines,
    /// Cells shaded by their value, from the column with this index on.
    Heat(u32),
    /// Bands from step to step: the columns are step, from, to, value, then others.
    Flow,
}

/// One column.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Column<T = String> {
    /// Short name for files, unique in the table: `conv_from_first`.
    pub id: String,
    /// What people read.
    pub caption: T,
    /// What its numbers are.
    pub kind: ColumnKind,
    /// What it means, in a sentence; empty where the caption says it.
    pub meaning: T,
}

/// What the numbers of a column are.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    Text,
    /// Whole numbers.
    Count,
    /// Shares 0…1, shown in per cent.
    Ratio,
    /// Seconds, shown as a duration.
    Seconds,
    /// Any number.
    Number,
    /// Differences of shares −1…1, shown in percentage points.
    RatioDifference,
    /// Differences of durations in seconds.
    SecondsDifference,
    /// UTC microseconds since 1970, shown as a date.
    Date,
}

/// One cell.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Cell<T = String> {
    /// Words, where the column has words.
    pub text: T,
    /// The number, where there is one.
    pub number: Option<f64>,
    /// Ends of the 95 % interval, where one is defined.
    pub interval: Option<(f64, f64)>,
    /// What the period has not yet told in full.
    pub partial: bool,
    /// Opens the cases behind it: goes into [`crate::Selection::Figure`].
    pub mark: Option<String>,
}

/// What figures mean, and what they rest on.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Card<T = String> {
    /// What is measured, in a sentence or two.
    pub definition: T,
    /// The formulas, one a line.
    pub formulas: Vec<T>,
    /// Parameters and their values, as asked.
    pub parameters: Vec<(T, T)>,
    /// What is counted: `customers`.
    pub unit: T,
    /// Units counted.
    pub n_units: u64,
    /// Customers used.
    pub n_cases: u64,
    /// Events used.
    pub n_events: u64,
    /// Left out, by reason.
    pub dropped: Vec<(T, u64)>,
    /// Version of the engine.
    pub engine_version: String,
    /// Digest of question and data: the same digest means the same figures.
    pub input_digest: String,
}

impl Report<Sentence> {
    /// The report in the words of a language.
    pub fn worded(&self, wording: &impl Wording) -> Report {
        Report {
            title: wording.say(&self.title),
            finding: wording.say(&self.finding),
            tables: self.tables.iter().map(|table| table.worded(wording)).collect(),
            card: self.card.worded(wording),
            issues: self.issues.iter().map(|issue| wording.say(issue)).collect(),
        }
    }
}

impl Table<Sentence> {
    fn worded(&self, wording: &impl Wording) -> Table {
        let cell = |cell: &Cell<Sentence>| Cell {
            text: wording.say(&cell.text),
            number: cell.number,
            interval: cell.interval,
            partial: cell.partial,
            mark: cell.mark.clone(),
        };
        let column = |column: &Column<Sentence>| Column {
            id: column.id.clone(),
            caption: wording.say(&column.caption),
            kind: column.kind,
            // Captions that say it all have no meaning beside them.
            meaning: wording.find(&column.meaning.key).unwrap_or_default().to_owned(),
        };
        Table {
            id: self.id.clone(),
            caption: wording.say(&self.caption),
            chart: self.chart,
            columns: self.columns.iter().map(column).collect(),
            rows: self.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        }
    }
}

impl Card<Sentence> {
    /// The card in the words of a language.
    pub fn worded(&self, wording: &impl Wording) -> Card {
        let say = |sentence: &Sentence| wording.say(sentence);
        Card {
            definition: say(&self.definition),
            formulas: self.formulas.iter().map(say).collect(),
            parameters: self.parameters.iter().map(|(name, value)| (say(name), say(value))).collect(),
            unit: say(&self.unit),
            n_units: self.n_units,
            n_cases: self.n_cases,
            n_events: self.n_events,
            dropped: self.dropped.iter().map(|(reason, n)| (say(reason), *n)).collect(),
            engine_version: self.engine_version.clone(),
            input_digest: self.input_digest.clone(),
        }
    }
}
