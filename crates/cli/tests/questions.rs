//! Questions on the command line, as a person or a script asks them.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const FIVE_PATHS: &str = "../../tests/golden/five-paths/log.csv";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command.output().expect("the command runs")
}

fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is JSON and nothing else")
}

fn text(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

const FUNNEL: [&str; 8] = ["funnel", FIVE_PATHS, "--step", "home", "--step", "cart", "--step", "purchase"];

#[test]
fn a_funnel_has_the_defined_shape() {
    let funnel = json(&FUNNEL);
    let steps = funnel["steps"].as_array().expect("steps");
    let keys: Vec<&str> = steps[1].as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "step",
        "cases",
        "conv_from_first",
        "conv_from_first_ci",
        "conv_from_prev",
        "conv_from_prev_ci",
        "dropped",
        "median",
        "mean",
        "p95",
    ];
    assert_eq!(keys, expected, "the keys of the definitions, with intervals");
    let cases: Vec<&Value> = steps.iter().map(|step| &step["cases"]).collect();
    assert_eq!(cases, [5, 4, 2], "whole numbers");
    assert_eq!(funnel["card"]["unit"], "customers", "what is counted");
}

#[test]
fn options_become_the_question() {
    let funnel = json(&[&FUNNEL[..], &["--window", "5m", "--has", "purchase", "--compare", "rest"]].concat());
    let step = &funnel["steps"][2];
    assert_eq!(
        (&step["cases"], &step["cases_other"]),
        (&Value::from(1), &Value::from(0)),
        "u2 within 5 minutes"
    );
    assert_eq!(funnel["card"]["parameters"]["window"], "5 minutes", "the window is told");
    let rework = json(&["rework", FIVE_PATHS, "--from", "2026-01-06", "--until", "2026-01-07"]);
    assert_eq!(rework["card"]["cases"], 2, "two customers on that day");
    let filter = r#"{"kind": "ends_with", "names": ["search"]}"#;
    let steps = json(&["steps", FIVE_PATHS, "--filter", filter]);
    assert_eq!(steps["card"]["cases"], 1, "the filter is heard");
    let path = json(&["sessions", FIVE_PATHS, "--path", "home->search"]);
    assert_eq!(path["card"]["cases"], 2, "the pattern is heard");
}

#[test]
fn every_analysis_prints_all_three_ways() {
    let support = ["support", "--created", "home", "--replied", "cart", "--solved", "purchase"];
    let all: [&[&str]; 10] = [
        &["retention", "--grain", "day"],
        &["retention", "--breakdown", "activity"],
        &["lifecycle", "--grain", "day"],
        &["stickiness", "--grain", "day"],
        &["transitions"],
        &["paths"],
        &["steps"],
        &["rework"],
        &["sessions"],
        &support,
    ];
    for arguments in all {
        let arguments = [&arguments[..1], &[FIVE_PATHS], &arguments[1..]].concat();
        let report = json(&arguments);
        assert!(
            report["finding"].as_str().is_some_and(|finding| !finding.is_empty()),
            "{arguments:?}: {report}"
        );
        let printed = text(&arguments);
        assert!(printed.contains("counted: ") && printed.lines().count() > 12, "{arguments:?}: {printed}");
        let csv = text(&[&arguments[..], &["--csv"]].concat());
        assert!(csv.contains(',') && csv.ends_with("\r\n"), "{arguments:?}: {csv}");
    }
}

#[test]
fn a_table_as_csv_has_intervals_and_no_formulas() {
    let csv = text(&[&FUNNEL[..], &["--csv"]].concat());
    let mut lines = csv.lines();
    let header = "step,cases,conv_from_first,conv_from_first_low,conv_from_first_high,conv_from_prev,\
        conv_from_prev_low,conv_from_prev_high,dropped,median,mean,p95";
    assert_eq!(lines.next(), Some(header), "column names");
    assert!(lines.next().is_some_and(|line| line.starts_with("home,5,1,")), "{csv}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formulas.csv");
    let log = "customer,activity,time\na,=1+1,2026-01-01T00:00:00Z\na,=1+1,2026-01-01T00:01:00Z\n";
    fs::write(&path, log).expect("the file is written");
    let csv = text(&["rework", &path.to_string_lossy(), "--csv"]);
    assert!(csv.contains("\r\n'=1+1,1,"), "a name that looks like a formula is guarded: {csv}");
    let sessions = text(&["transitions", FIVE_PATHS, "--csv", "--table", "transitions"]);
    assert!(sessions.contains("\r\nhome,catalog,3,"), "another table: {sessions}");
}

#[test]
fn a_question_can_be_kept_in_a_file() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("question.json");
    let question = r#"{"analysis": {"kind": "funnel", "steps": [["home"], ["cart"], ["purchase"]]}}"#;
    fs::write(&path, question).expect("the file is written");
    let kept = json(&["ask", FIVE_PATHS, "--question", &path.to_string_lossy()]);
    assert_eq!(kept, json(&FUNNEL), "the same question, the same answer");
}

#[test]
fn wrong_questions_are_refused() {
    let code = |arguments: &[&str]| run(&[&FUNNEL[..], arguments].concat()).status.code();
    assert_eq!(code(&["--filter", "{"]), Some(2), "no JSON");
    assert_eq!(code(&["--filter", r#"{"kind": "sideways"}"#]), Some(2), "no filter");
    assert_eq!(code(&["--from", "yesterday"]), Some(2), "no date");
    assert_eq!(code(&["--csv", "--table", "nothing"]), Some(2), "no table");
    assert_eq!(code(&["--window", "soon"]), Some(2), "no time");
    assert_eq!(code(&["--path", "home->["]), Some(1), "a pattern that the engine refuses");
    assert_eq!(run(&["funnel", FIVE_PATHS]).status.code(), Some(2), "no step");
}
