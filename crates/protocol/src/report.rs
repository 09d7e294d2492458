//! The answer to a question: tables of figures with what they mean, ready for a screen, a file or a terminal.

use rkyv::{Archive, Deserialize, Serialize};

/// What an analysis found.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Report {
    /// What was asked, in a few words.
    pub title: String,
    /// The finding in one or two sentences with its main figures.
    pub finding: String,
    /// The figures; the first table is the main one.
    pub tables: Vec<Table>,
    /// What the figures mean and rest on.
    pub card: Card,
    /// Names of the question that the data doesn't have, and other things to know, in words.
    pub issues: Vec<String>,
}

/// One table.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Table {
    /// Short name, unique in the report: `steps`, `cohorts`.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// How it is best drawn.
    pub chart: Chart,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
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
pub struct Column {
    /// Short name for files, unique in the table: `conv_from_first`.
    pub id: String,
    /// What people read.
    pub caption: String,
    /// What its numbers are.
    pub kind: ColumnKind,
    /// What it means, in a sentence; empty where the caption says it.
    pub meaning: String,
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
pub struct Cell {
    /// Words, where the column has words.
    pub text: String,
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
pub struct Card {
    /// What is measured, in a sentence or two.
    pub definition: String,
    /// The formulas, one a line.
    pub formulas: Vec<String>,
    /// Parameters and their values, as asked.
    pub parameters: Vec<(String, String)>,
    /// What is counted: `customers`.
    pub unit: String,
    /// Units counted.
    pub n_units: u64,
    /// Customers used.
    pub n_cases: u64,
    /// Events used.
    pub n_events: u64,
    /// Left out, by reason.
    pub dropped: Vec<(String, u64)>,
    /// Version of the engine.
    pub engine_version: String,
    /// Digest of question and data: the same digest means the same figures.
    pub input_digest: String,
}
