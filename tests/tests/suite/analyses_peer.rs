//! The engine's analyses against those that peers computed once (see `tests/golden/README.md`): equal, not close.

use crate::questions::{column, numbers, table};
use crate::workspace;
use protocol::question::{
    Analysis, Funnel, Grain, QUESTION_VERSION, Query, Question, Retention, TransitionWeight,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use tests::desk::Desk;

const LOGS: [&str; 2] = ["ecom", "receipt"];

fn expected(log: &str, analysis: &str) -> Value {
    let path = workspace::root().join(format!("tests/golden/{log}/expected-{analysis}.json"));
    serde_json::from_slice(&fs::read(path).expect("the expected figures are there")).expect("they are JSON")
}

/// Public logs are not part of the repository; a machine without them says so loudly.
fn open(expected: &Value) -> Option<Desk> {
    let path = workspace::root().join("../shared/data").join(expected["log"].as_str().expect("a log's path"));
    let name = path.file_name().expect("a file").to_string_lossy().into_owned();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            println!("\n!!! NOT CHECKED AGAINST THE PEER: {} cannot be read: {error}\n", path.display());
            return None;
        }
    };
    let mut desk = Desk::new();
    desk.open(&name, &bytes).expect("the log opens with the guessed mapping");
    Some(desk)
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn count(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn words(value: &Value) -> &str {
    value.as_str().expect("words")
}

fn question(analysis: Analysis) -> Question {
    Question { version: QUESTION_VERSION, query: Query::default(), analysis }
}

fn funnel(expected: &Value, window_secs: Option<u64>) -> Question {
    question(Analysis::Funnel(Funnel {
        steps: rows(&expected["steps"]).iter().map(|step| vec![words(step).to_owned()]).collect(),
        window_secs,
        ..Funnel::default()
    }))
}

#[test]
fn transitions_equal_the_peers() {
    for log in LOGS {
        let expected = expected(log, "transitions");
        let Some(mut desk) = open(&expected) else { continue };
        let weight = TransitionWeight::ProbabilityOut;
        let report = desk.report(&question(Analysis::Transitions {
            weight,
            once_per_case: false,
            working_hours: false,
        }));
        let list = table(&report, "transitions");
        let keys = column(list, "from").into_iter().zip(column(list, "to"));
        let counts = numbers(list, "count").into_iter().zip(numbers(list, "unique_paths"));
        let figures = counts.zip(numbers(list, "proba_out"));
        let ours: BTreeMap<(&str, &str), _> =
            keys.map(|(from, to)| (from.text.as_str(), to.text.as_str())).zip(figures).collect();
        let theirs = rows(&expected["transitions"]);
        assert_eq!(ours.len(), theirs.len(), "{log}: number of transitions");
        for row in theirs {
            let key = (words(&row[0]), words(&row[1]));
            let (counts, share) = ours.get(&key).unwrap_or_else(|| panic!("{log}: no transition {key:?}"));
            assert_eq!(*counts, (count(&row[2]), count(&row[4])), "{log}: {key:?} times and customers");
            // The peer multiplies by a rounded inverse, so that its last digit may differ.
            assert!(
                (share - count(&row[3])).abs() < 1e-15,
                "{log}: {key:?} share {share} and the peer's {}",
                row[3]
            );
        }
        let report = desk.report(&funnel(&expected, None));
        let theirs: Vec<f64> = rows(&expected["funnel_without_window"]).iter().map(count).collect();
        assert_eq!(numbers(table(&report, "steps"), "cases"), theirs, "{log}: a funnel without a window");
    }
}

#[test]
fn funnels_equal_the_peers() {
    for log in LOGS {
        let expected = expected(log, "funnel");
        let Some(mut desk) = open(&expected) else { continue };
        let report = desk.report(&funnel(&expected, expected["window_secs"].as_u64()));
        let steps = table(&report, "steps");
        let reached: Vec<f64> = rows(&expected["reached"]).iter().map(count).collect();
        assert_eq!(numbers(steps, "cases"), reached, "{log}: reached within the window of the first entry");
        let medians: Vec<Option<f64>> = rows(&expected["median_secs"]).iter().map(Value::as_f64).collect();
        let ours: Vec<Option<f64>> = column(steps, "median").iter().map(|cell| cell.number).collect();
        let micros = |secs: &Option<f64>| secs.map(|secs| (secs * 1e6).round());
        let (ours, theirs): (Vec<_>, Vec<_>) =
            (ours.iter().map(micros).collect(), medians.iter().map(micros).collect());
        assert_eq!(ours, theirs, "{log}: median times from the step before, to the microsecond");
    }
}

#[test]
fn retention_equals_the_peers() {
    for log in LOGS {
        let expected = expected(log, "retention");
        let Some(mut desk) = open(&expected) else { continue };
        let report = desk.report(&question(Analysis::Retention(Retention::default())));
        let cells = table(&report, "cells");
        let cohorts = column(cells, "cohort").into_iter().map(|cell| cell.text.as_str());
        let periods = numbers(cells, "period").into_iter().map(|period| period.to_string());
        let ours: BTreeMap<(&str, String), f64> =
            cohorts.zip(periods).zip(numbers(cells, "retained")).filter(|(_, n)| *n > 0.0).collect();
        let theirs: BTreeMap<(&str, String), f64> = rows(&expected["cells"])
            .iter()
            .map(|row| ((words(&row[0]), count(&row[1]).to_string()), count(&row[2])))
            .collect();
        assert_eq!(ours, theirs, "{log}: retained by week of the start and weeks after it");
    }
}

#[test]
fn lifecycle_equals_the_peers() {
    for log in LOGS {
        let expected = expected(log, "lifecycle");
        let Some(mut desk) = open(&expected) else { continue };
        let report = desk.report(&question(Analysis::Lifecycle {
            names: Vec::new(),
            grain: Grain::Week,
            daily: false,
        }));
        let periods = table(&report, "periods");
        let states = ["new", "returning", "resurrecting", "dormant"].map(|state| numbers(periods, state));
        let weeks = column(periods, "period").into_iter().enumerate();
        let ours: BTreeMap<&str, Vec<f64>> = weeks
            .map(|(at, cell)| {
                (cell.text.as_str(), states.iter().map(|state| state[at]).collect::<Vec<f64>>())
            })
            .filter(|(_, counts)| counts.iter().any(|n| *n > 0.0))
            .collect();
        let theirs: BTreeMap<&str, Vec<f64>> = rows(&expected["weeks"])
            .iter()
            .map(|row| (words(&row[0]), rows(row)[1..].iter().map(count).collect()))
            .collect();
        assert_eq!(ours, theirs, "{log}: states by week");
    }
}
