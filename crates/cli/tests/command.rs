//! The built command, as a person or a script runs it.

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FIVE_PATHS: &str = "../../tests/golden/five-paths/log.csv";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().expect("the command starts")
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("the command reads its input");
    child.wait_with_output().expect("the command ends")
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is JSON and nothing else")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the old folder goes");
    }
    fs::create_dir_all(&path).expect("the folder is made");
    path
}

fn file(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("the file is written");
    path.to_string_lossy().into_owned()
}

#[test]
fn graph_has_the_defined_shape() {
    let graph = json(&run(&["graph", FIVE_PATHS, "--json"]));
    let keys: Vec<&str> = graph.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["activities", "edges", "starts", "ends", "cases", "excluded"],
        "these keys in this order"
    );
    assert_eq!(graph["cases"], 5, "five cases");
    assert_eq!(graph["starts"], serde_json::json!({"home": 5}), "all start at home");
    assert_eq!(graph["ends"], serde_json::json!({"cart": 2, "purchase": 2, "search": 1}), "where they end");
    assert_eq!(graph["excluded"], serde_json::json!({}), "nothing is left out");
    assert_eq!(
        graph["activities"][0],
        serde_json::json!({"id": "home", "occurrences": 5, "cases": 5}),
        "most first"
    );
    let ids: Vec<&str> =
        graph["activities"].as_array().expect("a list").iter().filter_map(|a| a["id"].as_str()).collect();
    assert_eq!(ids, ["home", "cart", "catalog", "search", "purchase"], "by occurrences, then by name");
    let edge = &graph["edges"][0];
    let expected = serde_json::json!({
        "from": "catalog", "to": "cart", "occurrences": 3, "cases": 3,
        "mean": 120.0, "median": 120.0, "p95": 174.0, "min": 60.0, "max": 180.0, "sum": 360.0, "stdev": 60.0
    });
    assert_eq!(edge, &expected, "1, 2 and 3 minutes from catalog to cart");
    assert_eq!(graph["edges"].as_array().map(Vec::len), Some(7), "start and end are no edges here");
}

#[test]
fn variants_have_the_defined_shape() {
    let variants = json(&run(&["variants", FIVE_PATHS, "--json"]));
    assert_eq!(variants["cases"], 5, "five cases");
    let first = serde_json::json!({
        "rank": 1, "variant": ["home", "catalog", "cart", "purchase"], "cases": 2, "share": 0.4, "cumulative_share": 0.4,
        "median_duration": 450.0, "p95_duration": 585.0, "examples": ["u1", "u2"]
    });
    assert_eq!(variants["variants"][0], first, "the most frequent order");
    let coverage =
        serde_json::json!([{"top": 1, "share": 0.4}, {"top": 3, "share": 0.8}, {"top": 4, "share": 1.0}]);
    assert_eq!(variants["coverage"], coverage, "how far the first ones reach");
}

#[test]
fn several_files_make_one_workspace() {
    let folder = folder("several");
    let first = file(&folder, "first.csv", b"customer,activity,time\nada,visit,2026-01-01T09:00:00Z\n");
    let second = file(
        &folder,
        "second.ndjson",
        b"{\"user\":\"ada\",\"event\":\"order\",\"timestamp\":1767260400}\n{\"user\":\"ada\",\"event\":\"pay\",\"timestamp\":1767264000}\n",
    );
    let graph = json(&run(&["graph", &first, &second, "--json"]));
    assert_eq!(graph["cases"], 1, "the same customer in both files");
    assert_eq!(graph["edges"].as_array().map(Vec::len), Some(2), "visit to order to pay");
    let again = json(&run(&["graph", &first, &first, "--json"]));
    assert_eq!(
        again["excluded"],
        serde_json::json!({"exact duplicate": 1}),
        "a file given twice adds nothing"
    );
}

#[test]
fn a_folder_is_everything_in_it_but_what_is_hidden() {
    let folder = folder("everything");
    fs::create_dir_all(folder.join("chats/old")).expect("the folder is made");
    let golden = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/formats").join(name);
        fs::read(path).expect("the file is there")
    };
    file(&folder, "shop.csv", b"customer,activity,time\nada,visit,2026-01-01T09:00:00Z\n");
    file(&folder, ".hidden", b"this is no table");
    file(&folder, "chats/telegram.json", &golden("telegram.json"));
    file(&folder, "chats/old/slack.zip", &golden("slack.zip"));
    let output = run(&["graph", &folder.to_string_lossy(), "--json"]);
    let graph = json(&output);
    let n_events: u64 = graph["activities"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|activity| activity["occurrences"].as_u64())
        .sum();
    assert_eq!(n_events, 1 + 7 + 8, "a row, seven messages and eight: {}", text(&output.stderr));
}

#[test]
fn a_table_of_a_database_can_be_chosen() {
    let shop = "../../tests/golden/formats/shop.sqlite";
    let output = run(&["graph", shop, "--json"]);
    // One of the 50 rows has no time.
    assert_eq!(json(&output)["cases"], 8, "customers of the orders");
    assert!(text(&output.stderr).contains("table \"orders\" read"), "{}", text(&output.stderr));
    let stock = "stock \"by\" day";
    let columns = ["--customer", "place", "--activity", "amount", "--time", "day"];
    let output = run(&[&["graph", shop, "--json", "--choose", stock], &columns[..]].concat());
    assert_eq!(json(&output)["cases"], 4, "places of the stock");
    let open = run(&["graph", "../../tests/golden/formats/open.sqlite", "--json"]);
    assert!(text(&open.stderr).contains("open.sqlite-wal: left out: is not read"), "{}", text(&open.stderr));
}

#[test]
fn columns_can_be_named() {
    let folder = folder("columns");
    let log = file(
        &folder,
        "log.csv",
        b"who,whom,what,at\nada,zoe,visit,2026-01-01 09:00:00\nada,zoe,order,2026-01-01 09:01:00\nben,zoe,visit,2026-01-01 09:02:00\n",
    );
    let columns = ["--customer", "whom", "--activity", "what", "--time", "at"];
    let graph = json(&run(&[&["graph", log.as_str(), "--json"][..], &columns[..]].concat()));
    assert_eq!(graph["cases"], 1, "everything is zoe's");
    let either = ["--customer", "nobody", "--customer", "who", "--activity", "what", "--time", "at"];
    let graph = json(&run(&[&["graph", log.as_str(), "--json"][..], &either[..]].concat()));
    assert_eq!(graph["cases"], 2, "the first name that the file has counts");
    let wrong = run(&["graph", &log, "--customer", "nobody", "--activity", "what", "--time", "at"]);
    assert_eq!(wrong.status.code(), Some(1), "a column that isn't there is an error");
    let message = text(&wrong.stderr);
    assert!(
        message.contains("log.csv") && message.contains("nobody") && message.contains("whom"),
        "{message}"
    );
}

#[test]
fn dates_and_zones_can_be_told() {
    let folder = folder("dates");
    let log = file(
        &folder,
        "log.csv",
        b"customer,activity,time\nada,visit,03/04/2026 10:00\nada,order,05/04/2026 10:00\n",
    );
    let period = |arguments: &[&str]| {
        let audit = json(&run(&[&["audit", log.as_str(), "--json"][..], arguments].concat()));
        let file = audit["files"][0].clone();
        format!(
            "{} {}",
            file["first"].as_str().unwrap_or_default(),
            file["last"].as_str().unwrap_or_default()
        )
    };
    assert_eq!(period(&["--day-first"]), "2026-04-03T10:00:00Z 2026-04-05T10:00:00Z", "the third of April");
    assert_eq!(
        period(&["--month-first"]),
        "2026-03-04T10:00:00Z 2026-05-04T10:00:00Z",
        "the fourth of March"
    );
    let east = period(&["--day-first", "--zone-offset", "+02:00"]);
    assert_eq!(east, "2026-04-03T08:00:00Z 2026-04-05T08:00:00Z", "two hours ahead of UTC");
    let west = period(&["--day-first", "--zone-offset", "-05:30"]);
    assert_eq!(west, "2026-04-03T15:30:00Z 2026-04-05T15:30:00Z", "behind UTC");
    let open = run(&["graph", &log]);
    assert!(text(&open.stderr).contains("--month-first"), "an open order is told: {}", text(&open.stderr));
}

#[test]
fn audit_lists_what_was_left_out() {
    let folder = folder("audit");
    let rows = b"customer;activity;time\nada;visit;2026-01-01T09:00:00Z\nada;visit;2026-01-01T09:00:00Z\nben;visit;soon\n;visit;2026-01-01T09:00:00Z\n";
    let log = file(&folder, "log.csv", rows);
    let output = run(&["audit", &log, "--json"]);
    let audit = json(&output);
    let file = &audit["files"][0];
    assert_eq!((&file["format"], &file["delimiter"]), (&"csv".into(), &";".into()), "the format: {file}");
    assert_eq!(file["rows"], 4, "all rows are counted");
    assert_eq!(
        (&file["events"], &file["duplicates"], &file["rejected"]),
        (&1.into(), &1.into(), &2.into()),
        "{file}"
    );
    assert_eq!(file["mapping"]["customer"]["column"], "customer", "the mapping: {file}");
    assert!(
        file["mapping"]["time"]["reason"].as_str().is_some_and(|reason| reason.len() > 5),
        "with reasons: {file}"
    );
    let reject = &file["rejects"][0];
    assert_eq!(
        (&reject["line"], &reject["field"], &reject["value"]),
        (&4.into(), &"time".into(), &"soon".into()),
        "{file}"
    );
    assert!(
        text(&output.stderr).contains("2 of 4 rows rejected"),
        "a short warning: {}",
        text(&output.stderr)
    );
    let shown = text(&run(&["audit", &log]).stdout);
    assert!(shown.contains("rejected    2") && shown.contains("soon"), "the same for people: {shown}");
}

#[test]
fn compressed_and_piped_input() {
    let plain = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(FIVE_PATHS)).expect("the log is there");
    let expected = json(&run(&["graph", FIVE_PATHS, "--json"]));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).expect("writing into memory");
    let packed = encoder.finish().expect("writing into memory");
    let log = file(&folder("packed"), "log.csv.gz", &packed);
    assert_eq!(json(&run(&["graph", &log, "--json"])), expected, "a packed file");
    assert_eq!(json(&run_with_input(&["graph", "-", "--json"], &plain)), expected, "a pipe");
    assert_eq!(json(&run_with_input(&["graph", "-", "--json"], &packed)), expected, "a packed pipe");
}

#[test]
fn tables_are_for_people() {
    let output = run(&["graph", FIVE_PATHS]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.starts_with("18 events, 5 cases, 5 activities\n"), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("catalog") && line.contains("2.0 min")), "{shown}");
    let shown = text(&run(&["variants", FIVE_PATHS]).stdout);
    assert!(shown.contains("top 1 variant covers 40.0 % of cases"), "{shown}");
    assert!(shown.contains("home → catalog → cart → purchase"), "{shown}");
}

#[test]
fn errors_name_the_file_and_print_no_data() {
    let folder = folder("errors");
    let empty = file(&folder, "empty.csv", b"");
    let header = file(&folder, "header.csv", b"customer,activity,time\n");
    let noise = file(&folder, "noise.bin", &[0, 159, 146, 150, 0, 1, 2, 255, 254, 0, 0, 7]);
    let bad = file(&folder, "bad.csv", b"customer,activity,time\nada,visit,soon\nben,visit,later\n");
    let missing = folder.join("missing.csv").to_string_lossy().into_owned();
    for path in [&empty, &header, &noise, &bad, &missing] {
        let output = run(&["graph", path, "--json"]);
        let name = Path::new(path).file_name().expect("a name").to_string_lossy();
        assert_eq!(output.status.code(), Some(1), "{name}: exit code; {}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains(&*name),
            "{name}: the message names it: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty(), "{name}: no data: {}", text(&output.stdout));
    }
    let output = run(&["graph", FIVE_PATHS, &missing, "--json"]);
    assert_eq!(output.status.code(), Some(1), "one missing file among good ones");
    assert!(output.stdout.is_empty(), "no figure rests on part of the data");
}

#[test]
fn help_and_usage() {
    for (arguments, code) in [
        (&["--help"][..], 0),
        (&["graph", "--help"], 0),
        (&["--version"], 0),
        (&[], 2),
        (&["graph"], 2),
        (&["draw", "log.csv"], 2),
        (&["graph", "log.csv", "--day-first", "--month-first"], 2),
        (&["graph", "log.csv", "--zone-offset", "two"], 2),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
    let help = text(&run(&["graph", "--help"]).stdout);
    for option in
        ["--customer", "--activity", "--time", "--end-time", "--zone-offset", "--day-first", "--json"]
    {
        assert!(help.contains(option), "the help names {option}: {help}");
    }
    let help = text(&run(&["--help"]).stdout);
    assert!(["graph", "variants", "audit", "sample"].iter().all(|name| help.contains(name)), "{help}");
}

#[test]
fn the_sample_company_can_be_read_back() {
    let folder = folder("sample");
    let target = folder.join("made").to_string_lossy().into_owned();
    let output = run(&["sample", &target]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = text(&output.stdout);
    let files: Vec<&str> = written.lines().collect();
    assert_eq!(files.len(), 6, "six files: {written}");
    let audit = json(&run(&[&["audit", "--json"][..], &files].concat()));
    for file in audit["files"].as_array().expect("a list") {
        assert_eq!(file["rejected"], 0, "every row is good: {file}");
        assert_eq!(file["rows"], file["events"], "no duplicates: {file}");
        for role in ["customer", "activity", "time", "channel", "account"] {
            assert!(file["mapping"][role].is_object(), "{role} is guessed: {file}");
        }
        let customer = file["mapping"]["customer"]["column"].as_str().unwrap_or_default();
        assert!(customer.ends_with("email"), "the customer is the e-mail address: {file}");
        assert!(!file["time"]["date_order_open"].as_bool().unwrap_or(true), "dates are clear: {file}");
    }
    let of = |name: &str, role: &str| {
        let mut files = audit["files"].as_array().expect("a list").iter();
        let file = files.find(|file| file["file"] == name).expect("the file is there");
        file["mapping"][role]["column"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(of("sample-crm.csv", "money"), "amount_eur", "money is guessed");
    assert_eq!(of("sample-crm.csv", "text"), "note", "text is guessed");
    assert_eq!(of("sample-helpdesk.ndjson", "text"), "message", "text is guessed");
    assert_eq!(of("sample-surveys.csv", "text"), "comment", "text is guessed");
    assert_eq!(of("sample-surveys.csv", "money"), "", "a score is no money");
    assert_eq!(of("sample-surveys.csv", "score"), "nps_score", "it is an answer");
    assert_eq!(of("sample-helpdesk.ndjson", "score"), "csat_score", "so is satisfaction with support");
    assert_eq!(of("sample-billing.csv", "mrr"), "mrr", "revenue of a month is guessed");
    assert_eq!(of("sample-billing.csv", "currency"), "currency", "with its currency");
    assert_eq!(of("sample-billing.csv", "object"), "subscription_id", "of which subscription");
    assert_eq!(of("sample-helpdesk.ndjson", "object"), "ticket_id", "a ticket is what events are about");
    let graph = json(&run(&[&["graph", "--json"][..], &files].concat()));
    let n_cases = graph["cases"].as_u64().unwrap_or(0);
    assert!((560..=660).contains(&n_cases), "the same customers in all files: {n_cases}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = folder("pipe");
    let mut rows = String::from("customer,activity,time\n");
    for number in 0..20_000 {
        rows.push_str(&format!("c{number},step {number},2026-01-01T09:00:00Z\n"));
    }
    let log = file(&folder, "log.csv", rows.as_bytes());
    let mut child = command()
        .args(["variants", &log])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut first = [0; 10];
    let mut out = child.stdout.take().expect("a pipe");
    out.read_exact(&mut first).expect("there is output");
    drop(out);
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "and no message");
}

#[test]
fn link_says_who_is_one_and_why() {
    let folder = folder("link");
    let crm = file(
        &folder,
        "crm.csv",
        b"id,name,email,phone\n1,Ada Lovelace,Ada@Gmail.com,\n2,Bob Stone,info@acme.com,+49 30 1234567\n3,Robert Stone,,0049301234567\n",
    );
    let shop = file(
        &folder,
        "shop.csv",
        "kunde;e-mail\nA. Lovelace;a.da+shop@googlemail.com\nClara Zahn;info@acme.com\n".as_bytes(),
    );
    let arguments = ["link", &crm, &shop, "--key", "id"];
    let printed = text(&run(&arguments).stdout);
    assert!(printed.contains("5 records, 3 customers"), "{printed}");
    assert!(printed.contains("same e-mail ada@gmail.com"), "why: {printed}");
    assert!(
        printed.contains("e-mail info@acme.com: 2 records, the mailbox of a function"),
        "guards: {printed}"
    );
    let told = json(&run(&[&arguments[..], &["--json"]].concat()));
    assert_eq!(
        (&told["records"], &told["customers"]),
        (&Value::from(5), &Value::from(3)),
        "the same as data"
    );
    assert_eq!(told["merged"][1]["joins"][0]["why"], "same phone +49301234567", "a nickname is no obstacle");
    let refused = run(&["link", &file(&folder, "none.csv", b"a,b\n1,2\n")]);
    assert_eq!(refused.status.code(), Some(1), "a file that says nothing about persons");
}

#[test]
fn people_says_who_the_customers_of_several_exports_are() {
    let folder = folder("people");
    let users = file(
        &folder,
        "users.csv",
        b"id,email,name,role,organization_id,time_zone,verified\n17,ada@corp.example,Ada Lovelace,end-user,4,UTC,true\n",
    );
    let tickets = file(
        &folder,
        "tickets.csv",
        b"id,requester_id,submitter_id,status,via_channel,created_at,updated_at\n5,17,17,open,web,2026-01-01 09:00:00,2026-01-01 09:00:00\n",
    );
    let shop = file(
        &folder,
        "shop.csv",
        b"customer,activity,time\nAda@corp.example,order,2026-01-02T09:00:00Z\nbob@corp.example,order,2026-01-02T09:00:00Z\n",
    );
    let printed = text(&run(&["people", &users, &tickets, &shop]).stdout);
    assert!(printed.contains("3 records, 2 customers (1 of several records)"), "{printed}");
    let told = json(&run(&["people", &users, &tickets, &shop, "--json", "--why", "Ada@corp.example"]));
    let customer = &told["answer"]["customer"];
    assert_eq!(customer["row"]["customer"], "zendesk:17", "under the key that came first");
    assert_eq!(customer["row"]["n_events"], 2, "the ticket and the order");
    assert_eq!(customer["joins"][0]["cause"]["shared"]["value"], "ada@corp.example");
    let apart = ["people", &users, &tickets, &shop, "--apart", "zendesk:17", "Ada@corp.example"];
    let printed = text(&run(&apart).stdout);
    assert!(printed.contains("3 records, 3 customers (0 of several records)"), "{printed}");
    let none = ["people", &users, &tickets, "--accounts", "--no-company", "www.Corp.example"];
    assert!(text(&run(&none).stdout).contains("no company: corp.example"), "it is said what is none");
    let refused = run(&["people", &users, "--no-company", "nobody knows"]);
    assert_eq!(refused.status.code(), Some(2), "neither an account nor a domain");
    let refused = run(&["people", &users, &tickets, "--same", "zendesk:17", "nobody"]);
    assert_eq!(refused.status.code(), Some(2), "a customer that is not there");
}

#[test]
fn who_does_not_allow_it_is_left_out() {
    let folder = folder("consent");
    let file = folder.join("visits.csv");
    let csv = "customer,activity,time,consent\nada,visit,2026-03-01T09:00:00Z,yes\n\
               bob,visit,2026-03-01T10:00:00Z,marketing\nbob,order,2026-03-02T10:00:00Z,\n\
               cyd,visit,2026-03-03T10:00:00Z,\n";
    fs::write(&file, csv).expect("the file is written");
    let file = file.to_str().expect("a plain path");
    let counts = json(&run(&["consent", file, "--json"]));
    assert_eq!((&counts["given"], &counts["refused"], &counts["unknown"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(counts["withheld_customers"], 0, "nobody is left out unless that is asked for");
    let counts = json(&run(&["consent", file, "--json", "--purpose", "analytics"]));
    assert_eq!((&counts["withheld_customers"], &counts["withheld_events"]), (&2.into(), &3.into()));
    let graph = json(&run(&["graph", file, "--json", "--purpose", "analytics", "--allow-unknown"]));
    assert_eq!(graph["cases"], 2, "ada and cyd");
    let graph = json(&run(&["graph", file, "--json", "--purpose", "marketing"]));
    assert_eq!(graph["cases"], 2, "ada and bob");
    let told = text(&run(&["consent", file, "--purpose", "analytics"]).stdout);
    assert!(told.contains("left out now"), "a table for people: {told}");
}
