//! What the bench found, as a table and as a page.

use crate::bench::{Findings, Place};
use crate::process;
use anyhow::Result;
use std::fmt::Write;
use std::{collections::BTreeSet, fs, process::Command};

/// Questions in the order of the table: key, caption, most nanoseconds an event in WebAssembly, least ratio to DuckDB-WASM.
const QUESTIONS: [(&str, &str, u32, u32); 7] = [
    ("graph", "graph, counts and mean time", 4, 50),
    ("percentiles", "graph, with median and p95", 25, 10),
    ("variants", "variants", 8, 50),
    ("funnel", "ordered funnel, 4 steps in 14 days", 6, 10),
    ("funnel_best", "the same from the best entry", 6, 10),
    ("retention", "weekly retention", 6, 10),
    ("segment", "filter by segment, then graph", 8, 10),
];

/// The questions side by side, in nanoseconds an event, as Markdown.
pub(crate) fn table(findings: &Findings) -> String {
    let mut text = String::from(
        "| events | ns an event | native | WebAssembly | budget | DuckDB-WASM | ratio | wanted | counts |\n\
         |--:|---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    let sizes: BTreeSet<u64> = findings.figures.keys().map(|(_, n_events, _)| *n_events).collect();
    for &n_events in &sizes {
        for (key, caption, budget, wanted) in QUESTIONS {
            let each = |place| figure(findings, place, n_events, key).map(|nanos| nanos / as_f64(n_events));
            let (wasm, duckdb) = (each(Place::Wasm), each(Place::Duckdb));
            let ratio = wasm.zip(duckdb).map(|(wasm, duckdb)| duckdb / wasm);
            // Writing into a String cannot fail.
            writeln!(
                text,
                "| {n_events} | {caption} | {} | {} | ≤ {budget} | {} | {} | ≥ {wanted} | {} |",
                shown(each(Place::Native), 2),
                shown(wasm, 2),
                shown(duckdb, 1),
                shown(ratio, 0),
                agreement(findings, n_events, key),
            )
            .unwrap_or_default();
        }
    }
    text.push_str("\n| events | | native | WebAssembly | budget |\n|--:|---|--:|--:|--:|\n");
    for &n_events in &sizes {
        let rate = |place| {
            let of = |key| figure(findings, place, n_events, key);
            Some(of("bytes")? / (of("read")? + of("commit")?) * 1e3)
        };
        let millis = |place| figure(findings, place, n_events, "append").map(|nanos| nanos / 1e6);
        let reopened = |place| figure(findings, place, n_events, "reopen").map(|nanos| nanos / 1e6);
        let peak = |place| figure(findings, place, n_events, "peak").map(|kilobytes| kilobytes / 1024.0);
        let resident = |place| figure(findings, place, n_events, "resident");
        let rich = |place| figure(findings, place, n_events, "resident_rich");
        let both =
            |of: &dyn Fn(Place) -> Option<f64>| (shown(of(Place::Native), 1), shown(of(Place::Wasm), 1));
        for (caption, (native, wasm), budget) in [
            ("CSV read, sorted and counted, MB/s", both(&rate), "≥ 100"),
            ("1,000 late events and the map again, ms", both(&millis), "≤ 16"),
            ("decrypted chunks to a counted workspace, ms", both(&reopened), ""),
            ("resident, bytes an event", both(&resident), "≤ 40"),
            ("the same with ends and accounts", both(&rich), "≤ 40"),
            ("peak memory of the whole run, MiB", both(&peak), ""),
        ] {
            writeln!(text, "| {n_events} | {caption} | {native} | {wasm} | {budget} |").unwrap_or_default();
        }
    }
    text
}

/// The page of the bench: the table, and what it was measured on.
///
/// # Errors
/// When Rust or Node don't say which they are.
pub(crate) fn page(findings: &Findings) -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    let date = process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let rust = process::output(process::toolchain("rustc").arg("--version"))?;
    let node = process::output(Command::new("node").arg("--version"))?;
    Ok(format!(
        "# Bench\n\n\
         Written by `cargo xtask bench --write` on {date}; processor: {}, load {load} of {} at the end; {rust}; Node {node}; DuckDB {}.\n\n\
         Synthetic logs (`tests/src/synthetic.rs`): 40 activities, customers by a power law, one thread. \
         Passes over the whole store, the fastest of as many as a second has room for, at least three (DuckDB-WASM: `duckdb.mjs`). \
         “Counts” says whether all places counted the same; where they don't, the command fails.\n\n{}",
        model.trim_start_matches([' ', '\t', ':']),
        std::thread::available_parallelism().map_or(1, usize::from),
        findings.version,
        table(findings),
    ))
}

fn figure(findings: &Findings, place: Place, n_events: u64, key: &str) -> Option<f64> {
    findings.figures.get(&(place, n_events, key.to_owned())).copied()
}

fn agreement(findings: &Findings, n_events: u64, key: &str) -> &'static str {
    let Some(answers) = findings.checks.get(&(n_events, key.to_owned())) else {
        return "";
    };
    let first = answers.values().next();
    match answers.len() {
        1 => "one place",
        _ if answers.values().all(|answer| Some(answer) == first) => "equal",
        _ => "DIFFERENT",
    }
}

fn shown(value: Option<f64>, n_decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.n_decimals$}"))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of events are printed with a few digits")]
fn as_f64(n: u64) -> f64 {
    n as f64
}
