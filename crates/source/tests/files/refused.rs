//! Files and plans that cannot be used: the answer is a sentence.

use crate::desk::{import, inspect, mapping, open};
use source::{Plan, Role};

const GOOD: &[u8] =
    b"customer,activity,time\nada,visit,2026-01-01T09:00:00Z\nada,order,2026-01-01T10:00:00Z\n";

fn plan() -> Plan {
    inspect("good.csv", GOOD).expect("it can be previewed").plan()
}

fn inspect_error(bytes: &[u8]) -> String {
    inspect("file", bytes).expect_err("it is refused").to_string()
}

#[test]
fn files_that_are_no_logs() {
    for (bytes, message) in [
        (&b""[..], "file is empty."),
        (b" \n\r\n", "file is empty."),
        (b"PK\x03\x04\x14\0\0\0", "file is a ZIP archive or an Excel workbook, not a text file."),
        (b"%PDF-1.7\nhello\n", "file is a PDF document, not a text file."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file is a picture, not a text file."),
        (b"a,b\n\0\0\x01\x02", "file holds bytes that no text has, not a text file."),
        (b"<!DOCTYPE html><html></html>", "file is a web page, not an export of records."),
        (b"customer,activity,time\n", "file has a header but no rows."),
        (b"[]", "file holds no records."),
        (b"<log/>", "file holds no records."),
        (b"{\"a\":{\"b\":1},\n\"c\":2}", "file is a JSON object without a list of records in it."),
        (b"[{\"a\":1},", "file, line 1: the JSON is broken: it ends before it is complete."),
        (b"[1,2]", "file: none of the 2 records could be used; is not a JSON object (for example “1”)."),
        (b"\x1f\x8b\x08\0\0", "file is a damaged or incomplete gzip file."),
    ] {
        assert_eq!(inspect_error(bytes), message, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn plans_that_cannot_be_carried_out() {
    let refused = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan();
        change(&mut plan);
        import(plan, GOOD, 10).expect_err("it is refused").message()
    };
    assert_eq!(
        refused(&|plan| plan.mapping.set(Role::Time, None)),
        "good.csv: no time column found.",
        "time"
    );
    assert_eq!(
        refused(&|plan| plan.mapping.customer = None),
        "good.csv: no customer column chosen.",
        "customer"
    );
    let unknown = refused(&|plan| plan.mapping.channel = Some("way".to_owned()));
    assert!(unknown.contains("“way” for channel") && unknown.contains("“activity”"), "{unknown}");
    for delimiter in ['"', '\n', 'é', '\u{20ac}'] {
        let message = refused(&|plan| plan.format.delimiter = Some(delimiter));
        assert!(message.ends_with("cannot separate fields."), "{message}");
    }
    for minutes in [1_081, -1_081, i32::MIN, i32::MAX] {
        assert!(refused(&|plan| plan.zone_offset_minutes = minutes).contains("time zone"), "{minutes}");
    }
    assert!(refused(&|plan| plan.format.encoding = "klingon".to_owned()).contains("klingon"), "encoding");
    let all = refused(&|plan| plan.mapping = mapping("customer", "time", "activity"));
    assert_eq!(
        all,
        "good.csv: none of the 2 records could be used; “activity” is not a time that can be read (for example “visit”).",
        "all rejected"
    );
}

#[test]
fn a_file_without_times_can_be_previewed() {
    let preview =
        inspect("prices.csv", b"customer,item,price\nada,apple,3\nben,pear,4\n").expect("it is a table");
    assert_eq!(preview.mapping.time, None, "no column of times");
    assert_eq!(preview.rows, [["ada", "apple", "3"], ["ben", "pear", "4"]], "the rows are shown");
    let error = source::Importer::new(preview.plan()).expect_err("nothing can be imported");
    assert!(error.message().contains("no time column") && error.advice().contains("when"), "{error}");
}

#[test]
fn previews_show_faults() {
    let mut text = String::from("customer,activity,time\nada,visit,2026-01-01T09:00:00Z\n");
    for i in 0..150 {
        text.push_str(&format!(
            "ada,order {},2026-01-01T09:{:02}:00Z\nada,,2026-01-01T09:00:00Z\n",
            i % 3,
            i % 60
        ));
    }
    let preview = inspect("log.csv", text.as_bytes()).expect("it is a table");
    assert_eq!((preview.rows.len(), preview.n_sampled, preview.rejects.len()), (20, 301, 100), "limits");
    assert_eq!((preview.rejects[0].line, preview.rejects[0].field.as_str()), (4, "activity"), "the first");
}

#[test]
fn only_the_beginning_is_looked_at() {
    let mut text = String::from("customer,activity,time\n");
    for i in 0..100_000 {
        text.push_str(&format!("c{},visit {},2026-01-01T{:02}:00:00Z\n", i % 999, i % 5, i % 24));
    }
    let mut inspector = source::Inspector::new("log.csv");
    assert_eq!(inspector.push(&text.as_bytes()[..1_000_000]), Ok(true), "more is wanted");
    assert_eq!(inspector.push(&text.as_bytes()[1_000_000..]), Ok(false), "enough");
    let preview = inspector.finish().expect("it is a table");
    assert_eq!(
        (preview.n_sampled, preview.rejects.len()),
        (1_000, 0),
        "the record that is cut off does not count"
    );
}

#[test]
fn a_line_of_ten_megabytes() {
    let mut long = GOOD[..23].to_vec();
    long.resize(10 << 20, b'x');
    let message = open("long.csv", &long).expect_err("nothing is usable").message();
    assert!(message.contains("is longer than 1 MiB"), "{message}");
    long.extend_from_slice(b"\nada,order,2026-01-01T10:00:00Z\n");
    let imported = open("long.csv", &long).expect("one row is usable");
    assert_eq!((imported.batch.len(), imported.audit.n_rejected), (1, 1), "the next line is read");
    let mut json = b"[{\"customer\":\"".to_vec();
    json.resize(10 << 20, b'x');
    open("long.json", &json).expect_err("it is cut off");
}
