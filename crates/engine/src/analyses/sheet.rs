//! Tables of a report while they are made, and their cells.

use super::mark::Marker;
use super::words;
use journey::{Calendar, Difference, Mean, Proportion, TimeStats};
use protocol::report::{self, Chart, ColumnKind};
use protocol::sentence::Sentence;

pub(super) type Cell = report::Cell<Sentence>;
pub(super) type Column = report::Column<Sentence>;
pub(super) type Table = report::Table<Sentence>;

/// A column: short name, key of its caption, kind. What it means has the key of the caption and `.meaning`, where the
/// caption does not say it.
pub(super) type ColumnSpec = (&'static str, &'static str, ColumnKind);

/// A table whose first columns are the keys of its rows.
pub(super) struct Sheet {
    table: Table,
    n_keys: usize,
}

impl Sheet {
    /// An empty table; the first `n_keys` columns say what a row is about.
    pub(super) fn new(id: &str, caption: &str, chart: Chart, n_keys: usize, columns: &[ColumnSpec]) -> Self {
        let columns = columns.iter().map(|&(id, caption, kind)| column(id, caption, kind));
        let table = Table {
            id: id.to_owned(),
            caption: words::word(caption),
            chart,
            columns: columns.collect(),
            rows: Vec::new(),
        };
        Self { table, n_keys }
    }

    /// Adds a column to a table that has no rows yet.
    pub(super) fn add_column(&mut self, column: Column) {
        self.table.columns.push(column);
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.table.rows.push(cells.into_iter().collect());
    }

    /// Adds the columns of the same table of the compared group, row by row of the same key; rows that only that one has
    /// come last.
    pub(super) fn beside(mut self, other: Option<Self>) -> Self {
        let Some(Self { table: mut other, .. }) = other else {
            return self;
        };
        let (n_keys, n_columns) = (self.n_keys, self.table.columns.len());
        for column in other.columns.drain(..).skip(n_keys) {
            self.table.columns.push(Column {
                id: format!("{}_other", column.id),
                caption: words::of("say.other_group", [column.caption]),
                ..column
            });
        }
        let key =
            |row: &[Cell]| row.iter().take(n_keys).map(|cell| cell.text.clone()).collect::<Vec<Sentence>>();
        let mut rest: Vec<(Vec<Sentence>, Vec<Cell>)> =
            other.rows.into_iter().map(|row| (key(&row), row)).collect();
        // Rows mostly have the same order in both, so that the search ends at once.
        for row in &mut self.table.rows {
            let wanted = key(row);
            match rest.iter().position(|(key, _)| *key == wanted) {
                Some(at) => row.extend(rest.remove(at).1.into_iter().skip(n_keys)),
                None => row.resize(2 * n_columns - n_keys, Cell::default()),
            }
        }
        for (_, cells) in rest {
            let mut cells = cells.into_iter();
            let mut row: Vec<Cell> = cells.by_ref().take(n_keys).collect();
            row.resize(n_columns, Cell::default());
            row.extend(cells);
            self.table.rows.push(row);
        }
        self
    }

    /// Adds a column of differences, one for each row in order; rows beyond have none.
    pub(super) fn differences(
        mut self,
        spec: ColumnSpec,
        values: impl IntoIterator<Item = Option<Difference>>,
    ) -> Self {
        let (id, caption, kind) = spec;
        self.table.columns.push(column(id, caption, kind));
        let mut values = values.into_iter();
        for row in &mut self.table.rows {
            row.push(difference(values.next().flatten()));
        }
        self
    }

    /// The same columns and rows as another table.
    pub(super) fn named(mut self, id: &str, caption: &str, chart: Chart) -> Self {
        (self.table.id, self.table.caption, self.table.chart) = (id.to_owned(), words::word(caption), chart);
        self
    }

    /// As the table of one of the groups.
    pub(super) fn of_group(mut self, group: Marker) -> Self {
        if group.is_other() {
            self.table.id.push_str("_other");
            let caption = std::mem::take(&mut self.table.caption);
            self.table.caption = words::of("say.other_group", [caption]);
        }
        self
    }

    /// With a caption that has something filled in.
    pub(super) fn captioned(mut self, caption: Sentence) -> Self {
        self.table.caption = caption;
        self
    }

    pub(super) fn rows(&self) -> &[Vec<Cell>] {
        &self.table.rows
    }

    pub(super) fn finish(self) -> Table {
        self.table
    }
}

pub(super) fn column(id: &str, caption: &str, kind: ColumnKind) -> Column {
    let meaning = words::word(&format!("{caption}.meaning"));
    Column { id: id.to_owned(), caption: words::word(caption), kind, meaning }
}

/// A column whose caption is a name from the data or a number.
pub(super) fn column_of(id: &str, caption: Sentence, kind: ColumnKind) -> Column {
    Column { id: id.to_owned(), caption, kind, meaning: Sentence::default() }
}

/// A name from the data.
pub(super) fn text(text: impl Into<String>) -> Cell {
    say(Sentence::text(text))
}

/// Words.
pub(super) fn say(text: Sentence) -> Cell {
    Cell { text, ..Cell::default() }
}

/// A count of something that has no cases of its own.
pub(super) fn count(n: u64) -> Cell {
    number(n as f64)
}

/// A count that opens its cases.
pub(super) fn marked(n: u64, group: Marker, fields: &[&str]) -> Cell {
    Cell { mark: Some(group.mark(fields)), ..count(n) }
}

pub(super) fn number(value: f64) -> Cell {
    Cell { number: Some(value), ..Cell::default() }
}

/// A share with its interval.
pub(super) fn share(proportion: Proportion) -> Cell {
    let interval = proportion.interval().map(|interval| (interval.low, interval.high));
    Cell { number: proportion.ratio(), interval, ..Cell::default() }
}

pub(super) fn mean(mean: Mean) -> Cell {
    let interval = mean.interval().map(|interval| (interval.low, interval.high));
    Cell { number: (mean.n > 0).then_some(mean.mean), interval, ..Cell::default() }
}

pub(super) fn difference(difference: Option<Difference>) -> Cell {
    Cell {
        number: difference.map(|d| d.value),
        interval: difference.and_then(|d| d.interval).map(|interval| (interval.low, interval.high)),
        ..Cell::default()
    }
}

/// A period of a calendar by its number: its first day, with the first moment.
pub(super) fn period(calendar: Calendar, index: i64) -> Cell {
    let first_day = calendar.first_day(index).to_string();
    Cell { text: Sentence::text(first_day), ..number(calendar.start_micros(index) as f64) }
}

/// A number that names its row: of a step, or of a session.
pub(super) fn ordinal(n: u64) -> Cell {
    Cell { text: Sentence::text(n.to_string()), ..count(n) }
}

/// One figure of a distribution of times, where there is one.
pub(super) fn time(stats: Option<TimeStats>, of: fn(&TimeStats) -> f64) -> Cell {
    Cell { number: stats.as_ref().map(of), ..Cell::default() }
}

/// Median, mean and 95th percentile, in this order in every table.
pub(super) fn times(stats: Option<TimeStats>) -> [Cell; 3] {
    [time(stats, |s| s.median_secs), time(stats, |s| s.mean_secs), time(stats, |s| s.p95_secs)]
}

/// The columns of [`times`].
pub(super) const TIMES: [ColumnSpec; 3] = [
    ("median", "col.median_time", ColumnKind::Seconds),
    ("mean", "col.mean_time", ColumnKind::Seconds),
    ("p95", "col.95th_percentile", ColumnKind::Seconds),
];
