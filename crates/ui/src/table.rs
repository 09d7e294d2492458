//! The table twin of the map: all activities and all edges with their figures, sortable, filterable, savable.

use crate::{
    card::{card_sign, figure_of},
    format, host,
    panel::StageSelect,
    text::Text,
    worker::{Fault, describe},
    workspace::{Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure, Selection,
    figure::Measure,
    view::{ActivityRow, EdgeRow, GraphTable, TimeStats},
};
use std::{cmp::Ordering, sync::Arc};

/// Rows of a table drawn at once; the rest on demand.
const PAGE: usize = 500;

/// How a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort {
    column: &'static str,
    is_descending: bool,
}

/// A value that can be sorted and shown.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Name(String),
    Count(u64),
    Ratio(f64),
    Secs(Option<f64>),
}

impl Cell {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.to_lowercase().cmp(&b.to_lowercase()).then_with(|| a.cmp(b)),
            (Self::Count(a), Self::Count(b)) => a.cmp(b),
            (Self::Ratio(a), Self::Ratio(b)) => a.total_cmp(b),
            (Self::Secs(Some(a)), Self::Secs(Some(b))) => a.total_cmp(b),
            (Self::Secs(a), Self::Secs(b)) => a.is_some().cmp(&b.is_some()),
            _ => Ordering::Equal,
        }
    }

    fn shown(&self, text: Text) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Count(n) => text.count(*n),
            Self::Ratio(ratio) => text.percent(*ratio),
            Self::Secs(secs) => secs.map_or_else(|| "–".to_owned(), |secs| text.duration(secs)),
        }
    }

    /// The value for a CSV file: plain numbers, durations in seconds.
    fn saved(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Count(n) => n.to_string(),
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Secs(secs) => secs.map_or_else(String::new, |secs| secs.to_string()),
        }
    }

    fn is_number(&self) -> bool {
        !matches!(self, Self::Name(_))
    }
}

const ACTIVITY_COLUMNS: [&str; 7] =
    ["activity", "stage", "occurrences", "cases", "starts", "ends", "service"];
const EDGE_COLUMNS: [&str; 10] =
    ["from", "to", "occurrences", "cases", "case_share", "mean", "median", "p95", "min", "max"];

fn activity_cells(row: &ActivityRow) -> Vec<Cell> {
    vec![
        Cell::Name(row.name.clone()),
        Cell::Name(row.stage.clone()),
        Cell::Count(row.n_occurrences),
        Cell::Count(row.n_cases),
        Cell::Count(row.n_starts),
        Cell::Count(row.n_ends),
        Cell::Secs(row.service.map(|time| time.median_secs)),
    ]
}

fn edge_cells(row: &EdgeRow, text: Text) -> Vec<Cell> {
    let time = |read: fn(TimeStats) -> f64| Cell::Secs(row.time.map(read));
    let name = |name: &str, virtual_name: &'static str| {
        Cell::Name(if name.is_empty() { virtual_name.to_owned() } else { name.to_owned() })
    };
    vec![
        name(&row.from, text.s("table.start")),
        name(&row.to, text.s("table.end")),
        Cell::Count(row.n_occurrences),
        Cell::Count(row.n_cases),
        Cell::Ratio(row.case_ratio),
        time(|time| time.mean_secs),
        time(|time| time.median_secs),
        time(|time| time.p95_secs),
        time(|time| time.min_secs),
        time(|time| time.max_secs),
    ]
}

/// One row with what it was made of.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    cells: Vec<Cell>,
    selection: Selection,
    /// The activity whose stage can be changed; none for edges.
    activity: Option<(String, bool)>,
}

fn rows_of(table: &GraphTable, is_edges: bool, text: Text) -> Vec<Row> {
    let one = |name: &String| if name.is_empty() { Vec::new() } else { vec![name.clone()] };
    if is_edges {
        let row = |row: &EdgeRow| Row {
            cells: edge_cells(row, text),
            selection: Selection::Edge { from: one(&row.from), to: one(&row.to) },
            activity: None,
        };
        table.edges.iter().map(row).collect()
    } else {
        let row = |row: &ActivityRow| Row {
            cells: activity_cells(row),
            selection: Selection::Activities { names: one(&row.name) },
            activity: Some((row.name.clone(), row.stage_custom)),
        };
        table.activities.iter().map(row).collect()
    }
}

/// Keeps the rows with the words in a name, in the order wanted; equal rows keep their order.
fn arranged(rows: &[Row], columns: &[&str], filter: &str, sort: Option<Sort>) -> Vec<Row> {
    let filter = filter.trim().to_lowercase();
    let matches = |row: &&Row| {
        filter.is_empty()
            || row
                .cells
                .iter()
                .any(|cell| matches!(cell, Cell::Name(name) if name.to_lowercase().contains(&filter)))
    };
    let mut rows: Vec<Row> = rows.iter().filter(matches).cloned().collect();
    let column =
        sort.and_then(|sort| columns.iter().position(|column| *column == sort.column).map(|at| (at, sort)));
    if let Some((at, sort)) = column {
        rows.sort_by(|a, b| {
            let order = a.cells[at].compare(&b.cells[at]);
            if sort.is_descending { order.reverse() } else { order }
        });
    }
    rows
}

fn csv_of(rows: &[Row], columns: &[&str]) -> String {
    let heads = columns.iter().map(|column| match *column {
        "mean" | "median" | "p95" | "min" | "max" => format!("{column}_secs"),
        "service" => "service_median_secs".to_owned(),
        "case_share" => "case_ratio".to_owned(),
        other => other.to_owned(),
    });
    let mut csv = format::csv_row(&heads.collect::<Vec<_>>());
    for row in rows {
        csv.push_str(&format::csv_row(&row.cells.iter().map(Cell::saved).collect::<Vec<_>>()));
    }
    csv
}

/// The room of the tables.
#[component]
pub(crate) fn TableScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let graph = RwSignal::new(None::<Arc<GraphTable>>);
    let filter = RwSignal::new(String::new());
    Effect::new(move |_| {
        workspace.revision.track();
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            let answer = client.graph().await;
            if matches!(answer, Err(Fault::Gone)) || graph.is_disposed() {
                return;
            }
            match answer {
                Ok(table) => graph.set(Some(Arc::new(table))),
                Err(fault) => workspace.warn_of(fault),
            }
        });
    });
    view! {
        <section class="page tables" aria-label=text.s("tab.table")>
            <div class="filter">
                <label for="table-filter">{text.s("table.filter")}</label>
                <input type="search" id="table-filter" data-testid="table-filter" prop:value=move || filter.get() on:input=move |ev| filter.set(event_target_value(&ev))/>
            </div>
            <GraphPart graph filter is_edges=false/>
            <GraphPart graph filter is_edges=true/>
        </section>
    }
    .into_any()
}

#[component]
fn GraphPart(
    graph: RwSignal<Option<Arc<GraphTable>>>,
    filter: RwSignal<String>,
    is_edges: bool,
) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let columns: &'static [&'static str] = if is_edges { &EDGE_COLUMNS } else { &ACTIVITY_COLUMNS };
    let id = if is_edges { "edges" } else { "activities" };
    let title = if is_edges { text.s("table.edges") } else { text.s("table.activities") };
    let sort = RwSignal::new(None::<Sort>);
    let n_shown = RwSignal::new(PAGE);
    let all = Memo::new(move |_| {
        graph.with(|graph| graph.as_ref().map(|graph| rows_of(graph, is_edges, text)).unwrap_or_default())
    });
    let rows = Memo::new(move |_| all.with(|all| arranged(all, columns, &filter.read(), sort.get())));
    let save = move |_| {
        let csv = rows.with_untracked(|rows| csv_of(rows, columns));
        if let Err(cause) = host::save_text(&format!("{id}.csv"), &csv, "text/csv") {
            workspace.warn(Failure { message: describe(&cause), advice: String::new() });
        }
    };
    let count = move || {
        text.fill(
            "table.count",
            &[&text.count(rows.with(Vec::len) as u64), &text.count(all.with(Vec::len) as u64)],
        )
    };
    let body = move || {
        rows.with(|rows| {
            rows.iter().take(n_shown.get()).map(|row| row_view(workspace, row)).collect::<Vec<_>>()
        })
    };
    view! {
        <header class="table-head">
            <h2 id=format!("title-{id}")>{title}</h2>
            <span class="hint" role="status">{count}</span>
            <span class="spacer"></span>
            <button type="button" class="button small" data-testid=format!("save-{id}") on:click=save>{text.s("table.save")}</button>
        </header>
        <div class="scroll" tabindex="0" role="region" aria-labelledby=format!("title-{id}")>
            <table class="data" data-testid=format!("table-{id}") aria-labelledby=format!("title-{id}")>
                <thead><tr>{columns.iter().map(|column| head_view(workspace, column, sort)).collect::<Vec<_>>()}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        <Show when=move || { rows.with(Vec::len) > n_shown.get() }>
            <button type="button" class="button" on:click=move |_| n_shown.update(|n| *n += PAGE)>{text.s("panel.more")}</button>
        </Show>
    }
    .into_any()
}

fn measure_of(column: &str) -> Option<Measure> {
    Some(match column {
        "occurrences" => Measure::Occurrences,
        "cases" => Measure::Cases,
        "case_share" => Measure::CaseShare,
        "starts" => Measure::Starts,
        "ends" => Measure::Ends,
        "service" => Measure::Service,
        "mean" | "median" | "p95" | "min" | "max" => Measure::StepTime,
        _ => return None,
    })
}

fn head_view(
    workspace: Workspace,
    column: &'static str,
    sort: RwSignal<Option<Sort>>,
) -> impl IntoView + use<> {
    let measure = measure_of(column);
    let caption = workspace.text.find(&format!("column.{column}")).unwrap_or(column);
    let is_name = matches!(column, "activity" | "stage" | "from" | "to");
    let state = move || match sort.get() {
        Some(sort) if sort.column == column => Some(sort.is_descending),
        _ => None,
    };
    let flip = move |_| {
        let is_descending = match state() {
            Some(is_descending) => !is_descending,
            // Names begin at A, figures at the largest.
            None => !is_name,
        };
        sort.set(Some(Sort { column, is_descending }));
    };
    let aria = move || match state() {
        None => "none",
        Some(false) => "ascending",
        Some(true) => "descending",
    };
    let sign = move || match state() {
        None => "",
        Some(false) => "▲",
        Some(true) => "▼",
    };
    view! {
        <th scope="col" class:number=!is_name aria-sort=aria>
            <button type="button" class="sort" on:click=flip>
                {caption}
                <span class="sort-sign" aria-hidden="true">{sign}</span>
            </button>
            {measure.map(|measure| card_sign(workspace, caption, figure_of(measure, &Selection::All)))}
        </th>
    }
}

fn row_view(workspace: Workspace, row: &Row) -> impl IntoView + use<> {
    let text = workspace.text;
    let selection = row.selection.clone();
    let title = match &row.selection {
        Selection::Edge { .. } => format!("{} → {}", row.cells[0].shown(text), row.cells[1].shown(text)),
        _ => row.cells[0].shown(text),
    };
    let open_title = title.clone();
    let open = move |_| crate::map::open_selection(workspace, open_title.clone(), selection.clone());
    let cells = row.cells.iter().enumerate().map(|(at, cell)| {
        let content = match (&row.activity, at) {
            (Some((activity, is_custom)), 1) => {
                let (activity, current) = (activity.clone(), cell.shown(text));
                view! { <StageSelect id="" activity current is_custom=*is_custom/> }.into_any()
            }
            (_, 0) => view! { <button type="button" class="link" title=text.s("table.open") on:click=open.clone()>{cell.shown(text)}</button> }.into_any(),
            _ => cell.shown(text).into_any(),
        };
        view! { <td class:number=cell.is_number()>{content}</td> }
    });
    let cells: Vec<_> = cells.collect();
    view! { <tr data-name=title>{cells}</tr> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, n: u64, secs: Option<f64>) -> Row {
        Row {
            cells: vec![Cell::Name(name.to_owned()), Cell::Count(n), Cell::Secs(secs)],
            selection: Selection::All,
            activity: None,
        }
    }

    fn names(rows: &[Row]) -> Vec<String> {
        rows.iter().map(|row| row.cells[0].saved()).collect()
    }

    #[test]
    fn rows_are_sorted_and_filtered_by_what_is_seen() {
        let rows = [row("b", 1, Some(2.0)), row("A", 3, None), row("c", 2, Some(1.0))];
        let columns = ["activity", "n", "secs"];
        let by = |column, is_descending| {
            names(&arranged(&rows, &columns, "", Some(Sort { column, is_descending })))
        };
        assert_eq!(by("activity", false), ["A", "b", "c"], "names without regard to case");
        assert_eq!(by("n", true), ["A", "c", "b"], "largest first");
        assert_eq!(by("secs", false), ["A", "c", "b"], "what has no time comes before any time");
        assert_eq!(names(&arranged(&rows, &columns, " a ", None)), ["A"], "the filter finds names");
    }

    #[test]
    fn a_saved_table_has_plain_numbers() {
        let csv = csv_of(&[row("x, y", 1_234, Some(1.5))], &["activity", "cases", "median"]);
        assert_eq!(
            csv, "activity,cases,median_secs\r\n\"x, y\",1234,1.5\r\n",
            "no grouping, seconds, RFC 4180"
        );
    }
}
