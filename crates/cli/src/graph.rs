//! `desirepath graph`: activities and which came directly after which.

use crate::answers::{self, excluded, object};
use crate::intake::Opened;
use crate::table::{Table, caption_excluded, duration};
use crate::{Fault, table};
use protocol::view::{ActivityRow, EdgeRow, GraphTable, TimeStats};
use serde_json::{Value, json};
use std::io::Write;

/// Prints the graph as JSON or as tables.
///
/// # Errors
/// When the engine has no answer or the output takes no more.
pub(crate) fn print(opened: &mut Opened, as_json: bool, out: &mut impl Write) -> Result<(), Fault> {
    let graph = answers::graph(opened)?;
    if as_json {
        return table::write_json(&shape(&graph, opened), out);
    }
    let n_cases = count_cases(&graph);
    write_tables(&graph, n_cases, out).map_err(Fault::Output)?;
    caption_excluded(&excluded(opened), out).map_err(Fault::Output)?;
    out.flush().map_err(Fault::Output)
}

/// Every case starts exactly once.
fn count_cases(graph: &GraphTable) -> u64 {
    graph.activities.iter().map(|row| row.n_starts).sum()
}

fn inner(graph: &GraphTable) -> impl Iterator<Item = &EdgeRow> {
    graph.edges.iter().filter(|edge| !edge.from.is_empty() && !edge.to.is_empty())
}

fn shape(graph: &GraphTable, opened: &Opened) -> Value {
    let activity =
        |row: &ActivityRow| json!({"id": row.name, "occurrences": row.n_occurrences, "cases": row.n_cases});
    let activities: Vec<Value> = graph.activities.iter().map(activity).collect();
    let edges: Vec<Value> = inner(graph).map(edge).collect();
    json!({
        "activities": activities,
        "edges": edges,
        "starts": object(most_first(graph, |row| row.n_starts)),
        "ends": object(most_first(graph, |row| row.n_ends)),
        "cases": count_cases(graph),
        "excluded": object(excluded(opened)),
    })
}

fn edge(row: &EdgeRow) -> Value {
    let time = |of: fn(&TimeStats) -> f64| row.time.as_ref().map(of);
    json!({
        "from": row.from,
        "to": row.to,
        "occurrences": row.n_occurrences,
        "cases": row.n_cases,
        "mean": time(|stats| stats.mean_secs),
        "median": time(|stats| stats.median_secs),
        "p95": time(|stats| stats.p95_secs),
        "min": time(|stats| stats.min_secs),
        "max": time(|stats| stats.max_secs),
        "sum": time(|stats| stats.sum_secs),
        "stdev": time(|stats| stats.stdev_secs),
    })
}

/// Activities with a count, the largest first, ties by name; those without are left out.
fn most_first(graph: &GraphTable, of: impl Fn(&ActivityRow) -> u64) -> Vec<(String, u64)> {
    let counts = graph.activities.iter().map(|row| (row.name.clone(), of(row)));
    let mut counts: Vec<_> = counts.filter(|(_, n)| *n > 0).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

fn write_tables(graph: &GraphTable, n_cases: u64, out: &mut impl Write) -> std::io::Result<()> {
    let n_events: u64 = graph.activities.iter().map(|row| row.n_occurrences).sum();
    writeln!(out, "{n_events} events, {n_cases} cases, {} activities\n", graph.activities.len())?;
    let mut activities = Table::new(&["activity", "stage", ">occurrences", ">cases", ">starts", ">ends"]);
    for row in &graph.activities {
        let counts = [row.n_occurrences, row.n_cases, row.n_starts, row.n_ends].map(|n| n.to_string());
        activities.row([row.name.clone(), row.stage.clone()].into_iter().chain(counts));
    }
    activities.write(out)?;
    writeln!(out)?;
    let mut edges =
        Table::new(&["from", "to", ">occurrences", ">cases", ">mean", ">median", ">p95", ">min", ">max"]);
    for row in inner(graph) {
        let times =
            row.time.map(|t| [t.mean_secs, t.median_secs, t.p95_secs, t.min_secs, t.max_secs].map(duration));
        let counts = [row.n_occurrences.to_string(), row.n_cases.to_string()];
        edges.row(
            [row.from.clone(), row.to.clone()].into_iter().chain(counts).chain(times.into_iter().flatten()),
        );
    }
    edges.write(out)
}
