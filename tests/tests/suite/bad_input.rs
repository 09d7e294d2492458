//! Whatever a file holds, the answer is a clear sentence or a count, and what was loaded stays as it was.

use flate2::{Compression, write::GzEncoder};
use protocol::Failure;
use protocol::import::ImportReport;
use std::io::Write;
use tests::desk::Desk;

const GOOD: &[u8] =
    b"customer,activity,time\nada,visit,2026-01-01T09:00:00Z\nada,order,2026-01-01T10:00:00Z\n";

fn loaded() -> Desk {
    let mut desk = Desk::new();
    desk.open("good.csv", GOOD).expect("a good file opens");
    desk
}

/// Opens a file that cannot be used; the message must name it and the workspace must not change.
fn refused(name: &str, bytes: &[u8]) -> Failure {
    let mut desk = loaded();
    let before = (desk.graph(), desk.variants(), desk.map());
    let failure = match desk.open(name, bytes) {
        Err(failure) => failure,
        Ok(report) => panic!("{name} was accepted: {report:?}"),
    };
    assert!(failure.message.len() > 15, "{name}: the message says what is wrong: {failure:?}");
    assert!(!failure.message.contains("panicked"), "{name}: it is a message and no crash: {failure:?}");
    assert_eq!((desk.graph(), desk.variants(), desk.map()), before, "{name}: what was loaded is as it was");
    failure
}

/// Opens a file that can be used in part.
fn accepted(name: &str, bytes: &[u8]) -> (Desk, ImportReport) {
    let mut desk = loaded();
    let report = desk.open(name, bytes).unwrap_or_else(|failure| panic!("{name} was refused: {failure:?}"));
    let source = &report.source;
    let sum = source.n_events + source.n_duplicates + source.n_rejected;
    assert_eq!(sum, source.n_rows, "{name}: every row is accounted for: {source:?}");
    (desk, report)
}

#[test]
fn empty_files() {
    refused("empty.csv", b"");
    refused("blank.csv", b"\n\n  \n");
    refused("empty.json", b"[]");
    refused("empty.xes", b"<?xml version=\"1.0\"?><log></log>");
}

#[test]
fn a_header_and_nothing_else() {
    refused("header.csv", b"customer,activity,time\n");
}

#[test]
fn binary_files() {
    let noise: Vec<u8> = (0..60_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    refused("noise.bin", &noise);
    refused("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0\\r\xa8f");
    refused("archive.zip", b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.csv");
}

#[test]
fn no_column_of_times() {
    let failure = refused("prices.csv", b"customer,item,price\nada,apple,3\nben,pear,4\ncid,plum,5\n");
    let said = format!("{} {}", failure.message, failure.advice).to_lowercase();
    assert!(said.contains("time"), "it says that a time is missing: {said}");
}

#[test]
fn one_line_of_ten_megabytes() {
    let mut long = b"customer,activity,time\n".to_vec();
    long.resize(10 << 20, b'x');
    refused("long.csv", &long);
    let mut json = b"[{\"customer\":\"".to_vec();
    json.resize(10 << 20, b'x');
    refused("long.json", &json);
}

#[test]
fn a_long_field_between_good_rows() {
    let mut long = b"customer,activity,time,note\nben,visit,2026-01-02T09:00:00Z,\"".to_vec();
    long.resize(10 << 20, b'x');
    long.extend(b"\"\nben,order,2026-01-02T10:00:00Z,short\n");
    let mut desk = loaded();
    if let Ok(report) = desk.open("note.csv", &long) {
        let source = report.source;
        assert_eq!(
            source.n_events + source.n_rejected,
            2,
            "both rows are accounted for: {:?}",
            source.rejected_by_reason
        );
    }
    assert!(desk.graph().activities.iter().all(|row| row.name.len() < 100), "no field has run into another");
}

#[test]
fn broken_xml() {
    refused(
        "cut.xes",
        b"<?xml version=\"1.0\"?><log><trace><string key=\"concept:name\" value=\"1\"/><event><string key=",
    );
    refused("crossed.xes", b"<?xml version=\"1.0\"?><log><trace><event></trace></event></log>");
    refused("page.xes", b"<!DOCTYPE html><html><body><p>Not found</p></body></html>");
}

#[test]
fn entities_are_not_expanded() {
    let mut bomb = String::from("<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY a \"aaaaaaaaaa\">");
    for (name, of) in
        ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        bomb.push_str(&format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10)));
    }
    bomb.push_str("]><log><trace><string key=\"concept:name\" value=\"&i;\"/><event>");
    bomb.push_str("<string key=\"concept:name\" value=\"visit\"/><date key=\"time:timestamp\" value=\"2026-01-01T00:00:00Z\"/>");
    bomb.push_str("</event></trace></log>");
    let mut desk = loaded();
    let _ = desk.open("bomb.xes", bomb.as_bytes());
    assert!(
        desk.variants().rows.iter().all(|row| row.examples.iter().all(|name| name.len() < 1_000)),
        "nothing grew"
    );
}

#[test]
fn broken_json() {
    refused("cut.json", b"[{\"customer\":\"ada\",\"activity\":\"visit\",\"time\":");
    refused("words.json", b"hello, this is not JSON at all");
    refused("deep.json", "[".repeat(200_000).as_bytes());
}

fn gzip(piece: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(piece).expect("writing into memory");
    }
    encoder.finish().expect("writing into memory")
}

#[test]
fn a_gzip_bomb() {
    let zeros = vec![0_u8; 1 << 20];
    let bomb = gzip(&zeros, 300);
    assert!(bomb.len() < 1 << 20, "300 MiB in less than one: {}", bomb.len());
    refused("bomb.csv.gz", &bomb);
    let mut line = b"customer,activity,time\n".to_vec();
    line.resize(1 << 20, b'x');
    refused("line.csv.gz", &gzip(&line, 200));
}

#[test]
fn a_broken_gzip() {
    let whole = gzip(GOOD, 2_000);
    refused("cut.csv.gz", &whole[..whole.len() / 2]);
    let mut wrong = whole.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0xFF;
    refused("wrong.csv.gz", &wrong);
}

#[test]
fn numbers_that_are_none() {
    let rows = b"customer,activity,time,amount\nben,pay,2026-01-02T09:00:00Z,12.5\nben,pay,2026-01-02T09:01:00Z,NaN\n\
                 ben,pay,2026-01-02T09:02:00Z,inf\nben,pay,2026-01-02T09:03:00Z,1e400\nben,pay,2026-01-02T09:04:00Z,-1e308\n\
                 ben,pay,99999999999999999999,1\nben,pay,NaN,1\nben,pay,-62135596800000000000,1\nben,pay,2026-02-30T00:00:00Z,1\n";
    let (mut desk, report) = accepted("numbers.csv", rows);
    assert!(
        report.source.n_rejected >= 4,
        "times that are none are rejected: {:?}",
        report.source.rejected_by_reason
    );
    let money: Vec<_> = desk.case("ben").events.iter().filter_map(|event| event.value).collect();
    assert!(money.iter().all(|amount| amount.is_finite()), "no amount is infinite: {money:?}");
    for edge in desk.graph().edges {
        let sane = edge.time.is_none_or(|time| time.mean_secs.is_finite() && time.stdev_secs.is_finite());
        assert!(sane, "no time is infinite: {edge:?}");
    }
}

#[test]
fn times_at_the_ends_of_what_can_be_written() {
    let rows = b"customer,activity,time\nben,a,0001-01-01T00:00:00Z\nben,b,9999-12-31T23:59:59Z\nben,c,1970-01-01T00:00:00Z\n";
    let (mut desk, _) = accepted("far.csv", rows);
    let map = desk.map();
    assert!(
        map.conservation.holds,
        "flow is conserved over ten thousand years: {:?}",
        map.conservation.violations
    );
}

#[test]
fn every_script_stays_as_it_is() {
    let names = ["طلب عرض", "דף הבית", "e\u{301}te\u{301}", "👩‍👩‍👧 Familie", "中文 活动", "a\u{202e}b", "Z̸a̸l̸g̸o̸"];
    let mut rows = String::from("customer,activity,time\n");
    for (minute, name) in names.iter().enumerate() {
        rows.push_str(&format!("عميل,{name},2026-01-02T09:{minute:02}:00Z\n"));
    }
    let (mut desk, report) = accepted("scripts.csv", rows.as_bytes());
    assert_eq!(report.source.n_events, 7, "all rows are read: {:?}", report.source);
    let timeline = desk.case("عميل");
    let found: Vec<_> = timeline.events.iter().map(|event| event.activity.as_str()).collect();
    assert_eq!(found, names, "names are neither normalised nor cut");
    assert!(desk.map().nodes.iter().all(|node| node.lines.len() <= 2), "names fit their boxes");
}

#[test]
fn script_is_text() {
    let name = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    let rows = format!(
        "customer,activity,time\nben,\"{name}\",2026-01-02T09:00:00Z\nben,=cmd|' /C calc'!A0,2026-01-02T09:01:00Z\n"
    );
    let (mut desk, _) = accepted("script.csv", rows.as_bytes());
    let graph = desk.graph();
    assert!(graph.activities.iter().any(|row| row.name == name), "the name is kept letter by letter");
}

#[test]
fn ragged_rows_are_told() {
    let rows = b"customer,activity,time\nben,visit,2026-01-02T09:00:00Z\nben\nben,order,2026-01-02T10:00:00Z,one,two\n,visit,2026-01-02T11:00:00Z\nben,,2026-01-02T12:00:00Z\nben,pay,yesterday\n";
    let (_, report) = accepted("ragged.csv", rows);
    assert!(report.source.n_events >= 1, "good rows are read: {report:?}");
    assert!(report.source.n_rejected >= 4, "the others are listed: {:?}", report.source.rejected_by_reason);
}

#[test]
fn rejects_can_be_saved() {
    let rows = b"customer,activity,time\nben,visit,2026-01-02T09:00:00Z\nben,pay,\"yester,day\"\n";
    let (desk, report) = accepted("rejects.csv", rows);
    let request = protocol::Request::Rejects { source: report.source.source };
    let mut desk = desk;
    let answer = desk.engine.answer(&request).expect("the rejects are there");
    let protocol::Reply::Text { text, .. } = answer.reply else {
        panic!("rejects are a text: {:?}", answer.reply)
    };
    let line = text.lines().nth(1).unwrap_or_default();
    assert!(line.contains("rejects.csv") && line.contains('3'), "file and line: {text}");
    assert!(line.contains("time") && line.contains("\"yester,day\""), "field and value, quoted: {text}");
}
