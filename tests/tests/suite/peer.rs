//! The engine's figures against those a peer computed once (see `tests/golden/README.md`): equal, not close.

use crate::workspace;
use protocol::view::{GraphTable, TimeStats};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use tests::desk::Desk;

/// Public logs are not part of the repository; a machine without them says so loudly.
fn log_bytes(expected: &Value) -> Option<(String, Vec<u8>)> {
    let path = workspace::root().join("../shared/data").join(expected["log"].as_str().expect("a log's path"));
    let name = path.file_name().expect("a file").to_string_lossy().into_owned();
    match fs::read(&path) {
        Ok(bytes) => Some((name, bytes)),
        Err(error) => {
            println!("\n!!! NOT CHECKED AGAINST THE PEER: {} cannot be read: {error}\n", path.display());
            None
        }
    }
}

fn expected(log: &str) -> Value {
    let path = workspace::root().join("tests/golden").join(log).join("expected.json");
    serde_json::from_slice(&fs::read(path).expect("the expected figures are there")).expect("they are JSON")
}

fn rows(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

fn check(log: &str) {
    let expected = expected(log);
    let Some((name, bytes)) = log_bytes(&expected) else { return };
    let mut desk = Desk::new();
    let report = desk.open(&name, &bytes).expect("the log opens with the guessed mapping");
    assert_eq!(report.source.n_events, number(&expected["n_events"]), "{log}: events; {:?}", report.source);
    assert_eq!(report.source.n_rejected, 0, "{log}: nothing is rejected");
    assert_eq!(
        report.source.n_duplicates,
        number(&expected["n_exact_duplicates"]),
        "{log}: exact duplicates"
    );
    let names: Vec<&str> =
        rows(&expected["activities"]).iter().map(|row| row[0].as_str().expect("a name")).collect();
    let graph = desk.graph();
    check_activities(log, &expected, &names, &graph);
    check_edges(log, &expected, &names, &graph);
    check_variants(log, &expected, &names, &mut desk);
    let map = desk.map();
    assert!(map.conservation.holds, "{log}: {:?}", map.conservation.violations);
    assert_eq!(map.totals.n_cases, number(&expected["n_cases"]), "{log}: cases");
}

fn check_activities(log: &str, expected: &Value, names: &[&str], graph: &GraphTable) {
    let by_index = |key: &str| -> BTreeMap<&str, u64> {
        let pairs = rows(&expected[key]).iter();
        pairs
            .map(|row| (names[usize::try_from(number(&row[0])).expect("an index")], number(&row[1])))
            .collect()
    };
    let (starts, ends) = (by_index("starts"), by_index("ends"));
    assert_eq!(graph.activities.len(), names.len(), "{log}: number of activities");
    for row in rows(&expected["activities"]) {
        let name = row[0].as_str().expect("a name");
        let ours = graph
            .activities
            .iter()
            .find(|ours| ours.name == name)
            .unwrap_or_else(|| panic!("{log}: no {name}"));
        let figures = (ours.n_occurrences, ours.n_cases, ours.n_starts, ours.n_ends);
        let count = |of: &BTreeMap<&str, u64>| of.get(name).copied().unwrap_or(0);
        assert_eq!(
            figures,
            (number(&row[1]), number(&row[2]), count(&starts), count(&ends)),
            "{log}: {name}"
        );
    }
}

fn check_edges(log: &str, expected: &Value, names: &[&str], graph: &GraphTable) {
    let inner = graph.edges.iter().filter(|edge| !edge.from.is_empty() && !edge.to.is_empty());
    let ours: BTreeMap<(&str, &str), _> =
        inner.map(|edge| ((edge.from.as_str(), edge.to.as_str()), edge)).collect();
    assert_eq!(ours.len(), rows(&expected["edges"]).len(), "{log}: number of edges");
    for row in rows(&expected["edges"]) {
        let name = |place: usize| names[usize::try_from(number(&row[place])).expect("an index")];
        let key = (name(0), name(1));
        let edge = ours.get(&key).unwrap_or_else(|| panic!("{log}: no edge {key:?}"));
        assert_eq!((edge.n_occurrences, edge.n_cases), (number(&row[2]), number(&row[3])), "{log}: {key:?}");
        let time = edge.time.expect("an inner edge has times");
        check_times(log, key, time, &rows(row)[4..]);
    }
}

/// Mean, median, min, max, sum, stdev. The peer adds up floating-point seconds, so both sides are rounded to the microsecond.
fn check_times(log: &str, key: (&str, &str), ours: TimeStats, theirs: &[Value]) {
    let figures =
        [ours.mean_secs, ours.median_secs, ours.min_secs, ours.max_secs, ours.sum_secs, ours.stdev_secs];
    for (place, (ours, theirs)) in figures.iter().zip(theirs).enumerate() {
        let theirs = theirs.as_f64().expect("a number");
        // The sum and the deviation of large values carry the peer's rounding errors beyond the microsecond.
        let slack = if place >= 4 { theirs.abs() * 1e-12 } else { 0.0 };
        let micros = |secs: f64| (secs * 1e6).round();
        let equal = micros(*ours) == micros(theirs) || (ours - theirs).abs() <= slack.max(0.51e-6);
        assert!(equal, "{log}: {key:?} figure {place}: {ours} and the peer's {theirs}");
    }
}

fn check_variants(log: &str, expected: &Value, names: &[&str], desk: &mut Desk) {
    let list = desk.variants();
    assert_eq!(list.n_cases, number(&expected["n_cases"]), "{log}: cases of all variants");
    let ours: BTreeMap<Vec<String>, u64> =
        list.rows.iter().map(|row| (row.trace.clone(), row.n_cases)).collect();
    let of_row = |row: &Value| -> (Vec<String>, u64) {
        let index = |value: &Value| usize::try_from(number(value)).expect("an index");
        (rows(&row[0]).iter().map(|value| names[index(value)].to_owned()).collect(), number(&row[1]))
    };
    let theirs: BTreeMap<Vec<String>, u64> = rows(&expected["variants"]).iter().map(of_row).collect();
    assert_eq!(ours, theirs, "{log}: variants");
    let last = list.rows.last().expect("there are variants");
    assert!((last.cumulative_ratio - 1.0).abs() < 1e-12, "{log}: all variants together are all cases");
    for (row, next) in list.rows.iter().zip(&list.rows[1..]) {
        let ordered = row.n_cases > next.n_cases || (row.n_cases == next.n_cases && row.trace < next.trace);
        assert!(ordered, "{log}: ranked by cases, ties by trace: {:?} before {:?}", row.trace, next.trace);
    }
}

#[test]
fn running_example() {
    check("running-example");
}

#[test]
fn receipt() {
    check("receipt");
}

#[test]
fn bpic2013_closed_problems() {
    check("bpic2013-closed");
}

#[test]
fn bpic2013_incidents() {
    check("bpic2013-incidents");
}
