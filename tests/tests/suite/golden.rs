//! Small logs made by hand, with figures that were worked out by hand.

use crate::workspace;
use protocol::Selection;
use protocol::view::GraphTable;
use std::fs;
use tests::desk::Desk;

fn open(path: &str) -> Desk {
    let bytes = fs::read(workspace::root().join("tests/golden").join(path)).expect("the log is there");
    let mut desk = Desk::new();
    desk.open(path.rsplit('/').next().unwrap_or(path), &bytes).expect("the log opens");
    desk
}

fn edge(graph: &GraphTable, from: &str, to: &str) -> Option<(u64, u64)> {
    let found = graph.edges.iter().find(|edge| edge.from == from && edge.to == to)?;
    Some((found.n_occurrences, found.n_cases))
}

/// The five paths of the definitions: (from, to, occurrences, cases), an empty name is the start or the end.
const FIVE_PATHS: [(&str, &str, u64, u64); 11] = [
    ("", "home", 5, 5),
    ("home", "catalog", 3, 3),
    ("home", "search", 2, 2),
    ("catalog", "catalog", 1, 1),
    ("catalog", "cart", 3, 3),
    ("search", "search", 1, 1),
    ("search", "cart", 1, 1),
    ("search", "", 1, 1),
    ("cart", "purchase", 2, 2),
    ("cart", "", 2, 2),
    ("purchase", "", 2, 2),
];

#[test]
fn five_paths_have_the_defined_edges() {
    let mut desk = open("five-paths/log.csv");
    let graph = desk.graph();
    assert_eq!(graph.edges.len(), FIVE_PATHS.len(), "no edge more and none less: {:?}", graph.edges);
    for (from, to, n_occurrences, n_cases) in FIVE_PATHS {
        assert_eq!(edge(&graph, from, to), Some((n_occurrences, n_cases)), "{from} to {to}");
    }
    let times = graph
        .edges
        .iter()
        .find(|edge| edge.from == "home" && edge.to == "catalog")
        .and_then(|edge| edge.time);
    let times = times.expect("an inner edge has times");
    // 1, 2 and 3 minutes.
    let figures =
        [times.mean_secs, times.median_secs, times.p95_secs, times.min_secs, times.max_secs, times.sum_secs];
    assert_eq!(figures, [120.0, 120.0, 174.0, 60.0, 180.0, 360.0], "times from home to catalog");
    assert!((times.stdev_secs - 60.0).abs() < 1e-9, "the sample's standard deviation: {}", times.stdev_secs);
}

#[test]
fn five_paths_have_four_variants() {
    let mut desk = open("five-paths/log.csv");
    let list = desk.variants();
    let rows: Vec<(String, u64)> = list.rows.iter().map(|row| (row.trace.join(">"), row.n_cases)).collect();
    let expected = [
        ("home>catalog>cart>purchase", 2),
        ("home>catalog>catalog>cart", 1),
        ("home>search>cart", 1),
        ("home>search>search", 1),
    ];
    assert_eq!(rows, expected.map(|(trace, n)| (trace.to_owned(), n)), "ranked by cases, then by trace");
    assert_eq!(list.rows[0].examples, ["u1", "u2"], "two examples, the first by name");
    assert_eq!(list.rows[0].cycle.median_secs, 450.0, "10 and 5 minutes from first to last event");
    assert_eq!(list.rows[1].cumulative_ratio, 0.6, "three of five cases");
}

#[test]
fn ties_keep_the_order_of_the_file() {
    let mut desk = open("small/ties.csv");
    let list = desk.variants();
    assert_eq!(list.rows[0].trace, ["visit", "ask", "order", "pay"], "equal times stay as they came");
}

#[test]
fn overlapping_events_have_no_negative_time() {
    let mut desk = open("small/overlaps.csv");
    let graph = desk.graph();
    let time = |from: &str, to: &str| {
        let edge = graph.edges.iter().find(|edge| edge.from == from && edge.to == to);
        edge.and_then(|edge| edge.time).expect("the edge has times").mean_secs
    };
    assert_eq!(time("call", "visit"), 0.0, "the visit began while the call was going on");
    assert_eq!(time("visit", "offer"), 3_600.0, "from the end of the visit to the start of the offer");
    let call = graph.activities.iter().find(|row| row.name == "call").expect("there is a call");
    assert_eq!(call.service.map(|stats| stats.mean_secs), Some(1_800.0), "how long the call took");
}

#[test]
fn exact_duplicates_are_counted_once() {
    let bytes =
        fs::read(workspace::root().join("tests/golden/small/duplicates.csv")).expect("the log is there");
    let mut desk = Desk::new();
    let report = desk.open("duplicates.csv", &bytes).expect("the log opens");
    assert_eq!((report.source.n_rows, report.source.n_events), (6, 4), "six rows, four events: {report:?}");
    assert_eq!(report.source.n_duplicates, 2, "the same row twice and three times");
    let again = desk.open("duplicates.csv", &bytes).expect("the log opens again");
    assert_eq!(
        (again.change.n_events, again.change.n_duplicates),
        (0, 6),
        "a file opened twice adds nothing"
    );
    assert_eq!((again.source.n_rows, again.source.n_events), (12, 4), "it is the same source: {again:?}");
    let list = desk.variants();
    assert_eq!(
        list.rows[1].trace,
        ["click", "click", "click"],
        "same time and activity, but another page: kept"
    );
}

#[test]
fn a_mark_leads_to_its_cases() {
    let mut desk = open("five-paths/log.csv");
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let customers = |desk: &mut Desk, selection: Selection| {
        let mut found: Vec<_> = desk.cases(selection).rows.into_iter().map(|row| row.customer).collect();
        found.sort();
        found
    };
    let both = Selection::Edge { from: names(&["cart"]), to: names(&["purchase"]) };
    assert_eq!(customers(&mut desk, both), ["u1", "u2"], "the cases on an edge");
    let ended = Selection::Edge { from: names(&["search"]), to: Vec::new() };
    assert_eq!(customers(&mut desk, ended), ["u5"], "the cases that end after an activity");
    let any = Selection::Activities { names: names(&["search"]) };
    assert_eq!(customers(&mut desk, any), ["u4", "u5"], "the cases with an activity");
    let timeline = desk.case("u3");
    let activities: Vec<_> = timeline.events.iter().map(|event| event.activity.as_str()).collect();
    assert_eq!(activities, ["home", "catalog", "catalog", "cart"], "a case shows all its events");
    assert_eq!(timeline.cycle_secs, 540.0, "nine minutes");
}
