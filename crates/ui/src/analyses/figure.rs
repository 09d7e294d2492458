//! How the figures of a report are written, shaded and saved.

use crate::{format, text::Text};
use protocol::report::{Cell, Column, ColumnKind, Table};

/// Shades from little to much.
const N_SHADES: u8 = 5;
const DAY_MICROS: f64 = 86_400e6;

/// Writes a number of a column as a person reads it.
pub(super) fn number_words(text: Text, kind: ColumnKind, value: f64) -> String {
    let signed = |words: String| if value > 0.0 { format!("+{words}") } else { words };
    match kind {
        ColumnKind::Text | ColumnKind::Number => text.number(value, 2),
        ColumnKind::Count => text.number(value, 0),
        ColumnKind::Ratio => text.percent(value),
        ColumnKind::Seconds => text.duration(value),
        ColumnKind::RatioDifference => signed(text.fill("report.points", &[&text.number(value * 100.0, 1)])),
        ColumnKind::SecondsDifference => signed(text.duration(value)),
        ColumnKind::Date => date_words(value),
    }
}

/// A day where the moment is midnight, else the moment.
fn date_words(micros: f64) -> String {
    let Ok(whole) = format!("{micros:.0}").parse::<i64>() else { return "–".to_owned() };
    if micros % DAY_MICROS == 0.0 { format::day(whole) } else { format::instant(whole) }
}

/// Writes a cell as a person reads it; `–` where there is nothing.
pub(super) fn cell_words(text: Text, column: &Column, cell: &Cell) -> String {
    match cell.number {
        Some(value) if column.kind != ColumnKind::Text => number_words(text, column.kind, value),
        _ if cell.text.is_empty() => "–".to_owned(),
        _ => cell.text.clone(),
    }
}

/// What a row is called: its leading words or date.
pub(super) fn row_words(text: Text, table: &Table, row: &[Cell]) -> String {
    let names: Vec<String> = table
        .columns
        .iter()
        .zip(row)
        .enumerate()
        .take_while(|(at, (column, _))| *at == 0 || column.kind == ColumnKind::Text)
        .map(|(_, (column, cell))| cell_words(text, column, cell))
        .collect();
    names.join(" · ")
}

/// The shades of a table: columns of one kind, scaled by the largest figure among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Heat {
    from: usize,
    kind: ColumnKind,
    /// Largest figure, without its sign.
    pub(super) most: f64,
}

impl Heat {
    /// Makes the shades for the columns from one on; `None` where there is nothing to shade.
    pub(super) fn new(table: &Table, from: u32) -> Option<Self> {
        let from = from as usize;
        let kind = table.columns.get(from)?.kind;
        let shaded =
            |at: usize| at >= from && table.columns.get(at).is_some_and(|column| column.kind == kind);
        let figures = table.rows.iter().flat_map(|row| row.iter().enumerate());
        let most = figures
            .filter(|(at, _)| shaded(*at))
            .filter_map(|(_, cell)| cell.number)
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        (most > 0.0).then_some(Self { from, kind, most })
    }

    /// The class of a cell's shade; empty where it has none.
    pub(super) fn class(&self, at: usize, column: &Column, cell: &Cell) -> String {
        let Some(value) = cell.number.filter(|_| at >= self.from && column.kind == self.kind) else {
            return String::new();
        };
        let share = value.abs() / self.most;
        let shade = (0..N_SHADES).rev().find(|shade| share * f64::from(N_SHADES) >= f64::from(*shade));
        let hue = if self.is_time() || value < 0.0 { "long" } else { "often" };
        format!("heat {hue}-{}", shade.unwrap_or(0))
    }

    /// Whether the figures are times.
    pub(super) fn is_time(&self) -> bool {
        matches!(self.kind, ColumnKind::Seconds | ColumnKind::SecondsDifference)
    }

    /// What its numbers are.
    pub(super) fn kind(&self) -> ColumnKind {
        self.kind
    }
}

/// The fields of a table as rows of a CSV file: plain numbers, shares 0…1, seconds, dates in UTC; intervals and marks
/// of unfinished periods in columns of their own where there are any.
pub(super) fn csv_of(table: &Table) -> String {
    let any = |at: usize, is: fn(&Cell) -> bool| table.rows.iter().any(|row| row.get(at).is_some_and(is));
    let extras: Vec<(bool, bool)> = (0..table.columns.len())
        .map(|at| (any(at, |cell| cell.interval.is_some()), any(at, |cell| cell.partial)))
        .collect();
    let mut head = Vec::new();
    for (column, (has_interval, has_partial)) in table.columns.iter().zip(&extras) {
        head.push(column.id.clone());
        if *has_interval {
            head.extend([format!("{}_low", column.id), format!("{}_high", column.id)]);
        }
        if *has_partial {
            head.push(format!("{}_partial", column.id));
        }
    }
    let mut csv = format::csv_row(&head);
    for row in &table.rows {
        let mut fields = Vec::new();
        for ((column, cell), (has_interval, has_partial)) in table.columns.iter().zip(row).zip(&extras) {
            fields.push(saved(column, cell));
            if *has_interval {
                let (low, high) = cell.interval.unzip();
                fields.extend([low, high].map(|end| end.map_or_else(String::new, |end| end.to_string())));
            }
            if *has_partial {
                fields.push(cell.partial.to_string());
            }
        }
        csv.push_str(&format::csv_row(&fields));
    }
    csv
}

fn saved(column: &Column, cell: &Cell) -> String {
    match cell.number {
        Some(value) if column.kind == ColumnKind::Date => date_words(value),
        Some(value) if column.kind != ColumnKind::Text => value.to_string(),
        _ => cell.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::report::Chart;

    fn column(id: &str, kind: ColumnKind) -> Column {
        Column { id: id.to_owned(), caption: id.to_owned(), kind, meaning: String::new() }
    }

    fn number(value: f64) -> Cell {
        Cell { number: Some(value), ..Cell::default() }
    }

    fn words(text: &str) -> Cell {
        Cell { text: text.to_owned(), ..Cell::default() }
    }

    fn table(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Table {
        Table { id: "t".to_owned(), caption: String::new(), chart: Chart::None, columns, rows }
    }

    fn english() -> Text {
        Text::for_locales(&[])
    }

    #[test]
    fn figures_are_written_by_what_they_are() {
        let words = |kind, value| number_words(english(), kind, value);
        assert_eq!(words(ColumnKind::Count, -1_234.0), "\u{2212}1,234", "counts may be drawn below zero");
        assert_eq!(words(ColumnKind::Ratio, 0.125), "12.5%", "shares in per cent");
        assert_eq!(words(ColumnKind::RatioDifference, 0.031), "+3.1 pp", "differences have a sign");
        assert_eq!(words(ColumnKind::RatioDifference, -0.031), "\u{2212}3.1 pp", "whichever it is");
        assert_eq!(words(ColumnKind::Seconds, 3_600.0), "1 h", "durations in their units");
        assert_eq!(words(ColumnKind::Date, 0.0), "1970-01-01", "midnight is a day");
        assert_eq!(words(ColumnKind::Date, 1e6), "1970-01-01 00:00:01", "a moment is told to the second");
        let empty = cell_words(english(), &column("n", ColumnKind::Count), &Cell::default());
        assert_eq!(empty, "–", "no figure is not zero");
    }

    #[test]
    fn shades_follow_the_largest_figure_of_their_kind() {
        let columns = vec![
            column("cohort", ColumnKind::Text),
            column("size", ColumnKind::Count),
            column("p0", ColumnKind::Ratio),
            column("p1", ColumnKind::Ratio),
        ];
        let rows = vec![vec![words("May"), number(90.0), number(0.8), number(0.1)]];
        let table = table(columns, rows);
        let heat = Heat::new(&table, 2).expect("there are figures");
        assert_eq!(heat.most, 0.8, "the size of a cohort is of another kind");
        let class = |at: usize| heat.class(at, &table.columns[at], &table.rows[0][at]);
        assert_eq!(class(2), "heat often-4", "the most is darkest");
        assert_eq!(class(3), "heat often-0", "an eighth is light");
        assert_eq!(class(1), "", "columns before are not shaded");
        assert_eq!(Heat::new(&table, 9), None, "a column that is not there has no shades");
    }

    #[test]
    fn a_saved_table_is_plain_and_harmless() {
        let mut share = number(0.5);
        share.interval = Some((0.25, 0.75));
        share.partial = true;
        let columns = vec![
            column("step", ColumnKind::Text),
            column("n", ColumnKind::Count),
            column("rate", ColumnKind::Ratio),
        ];
        let table = table(columns, vec![vec![words("=cmd()"), number(1_234.0), share]]);
        assert_eq!(
            csv_of(&table),
            "step,n,rate,rate_low,rate_high,rate_partial\r\n'=cmd(),1234,0.5,0.25,0.75,true\r\n",
            "no grouping, the interval beside the figure, formulas disarmed"
        );
    }

    #[test]
    fn rows_are_called_by_their_leading_words() {
        let columns = vec![
            column("group", ColumnKind::Text),
            column("step", ColumnKind::Text),
            column("n", ColumnKind::Count),
        ];
        let table = table(columns, vec![vec![words("web"), words("visit"), number(3.0)]]);
        assert_eq!(row_words(english(), &table, &table.rows[0]), "web · visit", "all words before figures");
    }
}
