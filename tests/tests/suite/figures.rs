//! The card of every figure on the screen rests on exactly what the screen shows.

use crate::questions::five_paths;
use protocol::Selection;
use protocol::figure::{Figure, Measure};
use protocol::report::Card;
use tests::desk::Desk;

fn card(desk: &mut Desk, measure: Measure, of: &Selection) -> Card {
    desk.card(&Figure { measure, of: of.clone(), source: None })
}

fn one(name: &str) -> Vec<String> {
    if name.is_empty() { Vec::new() } else { vec![name.to_owned()] }
}

/// Edges of the sample whose cards are looked at, the most frequent ones and every so many-th.
const EDGE_STRIDE: usize = 7;

#[test]
fn cards_of_the_graph_count_what_the_graph_counts() {
    for mut desk in [five_paths(), sample()] {
        let graph = desk.graph();
        for row in &graph.activities {
            let of = Selection::Activities { names: one(&row.name) };
            let found = card(&mut desk, Measure::Occurrences, &of);
            assert_eq!((found.n_units, found.n_cases), (row.n_occurrences, row.n_cases), "{}", row.name);
            assert_eq!(card(&mut desk, Measure::Starts, &of).n_units, row.n_starts, "starts of {}", row.name);
            assert_eq!(card(&mut desk, Measure::Ends, &of).n_units, row.n_ends, "ends of {}", row.name);
            let n_timed = row.service.map_or(0, |time| time.n);
            assert_eq!(card(&mut desk, Measure::Service, &of).n_units, n_timed, "times of {}", row.name);
        }
        for row in graph.edges.iter().step_by(EDGE_STRIDE) {
            let of = Selection::Edge { from: one(&row.from), to: one(&row.to) };
            let found = card(&mut desk, Measure::Occurrences, &of);
            assert_eq!(
                (found.n_units, found.n_cases),
                (row.n_occurrences, row.n_cases),
                "{} → {}",
                row.from,
                row.to
            );
        }
    }
}

#[test]
fn cards_of_the_map_count_what_the_map_counts() {
    let mut desk = sample();
    let map = desk.map();
    for stage in &map.stages {
        let of = Selection::Stage { name: stage.name.clone() };
        assert_eq!(card(&mut desk, Measure::StageCases, &of).n_cases, stage.n_cases, "{}", stage.name);
        let channels = card(&mut desk, Measure::StageChannels, &of);
        assert_eq!(channels.n_units, stage.n_occurrences, "events of {}", stage.name);
        let n_waits = stage.waiting.map_or(0, |time| time.n);
        assert_eq!(card(&mut desk, Measure::Waiting, &of).n_units, n_waits, "waits of {}", stage.name);
        let ended = Selection::EndedInStage { name: stage.name.clone() };
        assert_eq!(card(&mut desk, Measure::StageEnded, &ended).n_cases, stage.n_ended, "{}", stage.name);
    }
    for node in map.nodes.iter().filter(|node| !node.activities.is_empty()) {
        let of = Selection::Activities { names: node.activities.clone() };
        let n_waits = node.waiting.map_or(0, |time| time.n);
        assert_eq!(card(&mut desk, Measure::Waiting, &of).n_units, n_waits, "waits of {}", node.name);
    }
}

#[test]
fn cards_tell_which_rows_were_dropped() {
    let mut desk = Desk::new();
    let log = "customer,activity,time\na,home,2026-01-01\na,home,2026-01-01\nb,home,soon\n,home,2026-01-02\n";
    desk.open("log.csv", log.as_bytes()).expect("one row can be used");
    let found = card(&mut desk, Measure::Cases, &Selection::All);
    let dropped: Vec<(&str, u64)> = found.dropped.iter().map(|(reason, n)| (reason.as_str(), *n)).collect();
    let expected =
        [("rows: is empty", 1), ("rows: is not a time that can be read", 1), ("rows: exact duplicates", 1)];
    assert_eq!(dropped, expected, "by reason");
    let of_source = Figure { measure: Measure::SourceRows, of: Selection::All, source: Some(0) };
    let found = desk.card(&of_source);
    assert_eq!((found.n_units, found.n_events, found.n_cases), (4, 1, 1), "rows, events, customers");
    assert_eq!(found.parameters, [("source".to_owned(), "log.csv".to_owned())], "which one");
}

#[test]
fn cards_of_events_say_where_they_came_from() {
    let mut desk = Desk::new();
    let rows = "customer,activity,time\na,home,2026-01-01\nb,home,2026-01-02\na,order,2026-01-03\n";
    desk.open("first.csv", rows.as_bytes()).expect("it can be used");
    desk.open("second.csv", rows.as_bytes()).expect("it can be used");
    let of = Selection::Event { customer: "a".to_owned(), place: 1 };
    let found = card(&mut desk, Measure::Event, &of);
    assert_eq!((found.n_units, found.n_cases, found.n_events), (1, 1, 1), "one event");
    let dropped = [("rows of other sources that say the same".to_owned(), 1)];
    assert_eq!(found.dropped, dropped, "the second file brought it too");
    let told =
        |name: &str| found.parameters.iter().find(|(known, _)| known == name).map(|(_, told)| told.as_str());
    assert_eq!((told("source"), told("line")), (Some("first.csv"), Some("4")), "which row");
    assert!(told("columns").is_some_and(|columns| columns.contains("time from")), "which columns");
    let nowhere = Selection::Event { customer: "a".to_owned(), place: 7 };
    let request = protocol::Request::Card {
        figure: Box::new(Figure { measure: Measure::Event, of: nowhere, source: None }),
    };
    assert!(desk.engine.answer(&request).is_err(), "there is no eighth event");
}

#[test]
fn cards_of_totals_count_what_the_header_counts() {
    let mut desk = sample();
    let totals = desk.map().totals;
    assert!(totals.n_accounts > 100, "the sample sells to accounts");
    let accounts = card(&mut desk, Measure::Accounts, &Selection::All);
    assert_eq!(accounts.n_units, totals.n_accounts, "accounts");
    assert_eq!(card(&mut desk, Measure::Cases, &Selection::All).n_cases, totals.n_cases, "customers");
    assert_eq!(card(&mut desk, Measure::SourceEvents, &Selection::All).n_units, totals.n_events, "events");
    let period = card(&mut desk, Measure::Period, &Selection::All);
    assert_eq!(period.parameters.len(), 2, "the first and the last event");
}

fn sample() -> Desk {
    let mut desk = Desk::new();
    desk.engine.open_sample().expect("the sample opens");
    desk
}
