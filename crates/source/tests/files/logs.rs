//! Public logs, and the sample company's files, open as guessed and without a reject.
//!
//! Logs in two syntaxes hold the same events.

use crate::desk::{Event, events, open};
use std::path::{Path, PathBuf};

/// Public logs are not part of the repository; a machine without them says so loudly.
fn log(path: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            println!("\n!!! NOT CHECKED: {} cannot be read: {error}\n", path.display());
            None
        }
    }
}

/// Opens a log and compares the number of its events with the one counted by other means.
fn check(path: &str, n_events: usize) -> Vec<Event> {
    let Some(bytes) = log(path) else { return Vec::new() };
    let name = path.rsplit('/').next().unwrap_or(path);
    let imported = open(name, &bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.audit.n_rejected, 0, "{name}: {:?}", imported.audit.rejected_by_reason);
    assert_eq!(imported.batch.len(), n_events, "{name}: number of events");
    events(imported)
}

/// Number of pieces of a text that say that an event begins.
fn n_event_tags(path: &str) -> usize {
    let Some(bytes) = log(path) else { return 0 };
    let mut text = Vec::new();
    let mut decoder = flate2::write::GzDecoder::new(&mut text);
    if path.ends_with(".gz") {
        std::io::Write::write_all(&mut decoder, &bytes).expect("it unpacks");
        decoder.finish().expect("it is whole");
    } else {
        drop(decoder);
        text = bytes;
    }
    String::from_utf8_lossy(&text).matches("<event>").count()
}

fn check_xes(path: &str) -> Vec<Event> {
    check(path, n_event_tags(path))
}

/// Customer, activity and start, sorted.
fn essence(events: &[Event]) -> Vec<(String, String, i64)> {
    let mut all: Vec<_> = events
        .iter()
        .map(|event| (event.customer.clone(), event.activity.clone(), event.start_micros))
        .collect();
    all.sort();
    all
}

#[test]
fn small_logs() {
    let csv = check("pm4py-small-logs/running-example.csv", 42);
    let xes = check_xes("pm4py-small-logs/running-example.xes");
    assert_eq!(essence(&csv), essence(&xes), "both syntaxes hold the same events");
    assert_eq!(csv.is_empty(), xes.is_empty(), "both or none are there");
    check_xes("pm4py-small-logs/reviewing.xes");
    check("pm4py-small-logs/receipt.csv", 8_577);
    check_xes("pm4py-small-logs/02_teleclaims.xes.gz");
    check_xes("pm4py-small-logs/03_repairExample.xes.gz");
}

#[test]
fn road_traffic_in_two_syntaxes() {
    let xes = check_xes("pm4py-small-logs/roadtraffic100traces.xes");
    let csv = check("pm4py-small-logs/roadtraffic100traces.csv", xes.len());
    assert_eq!(essence(&csv), essence(&xes), "both syntaxes hold the same events");
}

#[test]
fn interval_log_in_two_syntaxes() {
    let xes = check_xes("pm4py-small-logs/interval_event_log.xes");
    let csv = check("pm4py-small-logs/interval_event_log.csv", xes.len());
    assert_eq!(essence(&csv), essence(&xes), "both syntaxes hold the same events");
    assert!(csv.iter().all(|event| event.end_micros.is_some()), "events have an end");
}

#[test]
fn incidents_and_problems() {
    check_xes("bpic2013/06_bpic2013_closed.xes.gz");
    check_xes("bpic2013/07_bpic2013_incidents.xes.gz");
}

#[test]
fn the_sample_company() {
    for file in source::sample::files() {
        let imported = open(&file.name, &file.bytes).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(imported.audit.n_rejected, 0, "{}: {:?}", file.name, imported.audit.rejected_by_reason);
        assert!(imported.batch.len() > 200, "{}: {} events", file.name, imported.batch.len());
    }
}
