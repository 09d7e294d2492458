//! What becomes of each record: event, repair or reject with line, column and reason.

use crate::desk::{events, import, inspect, mapping, open};
use source::{Audit, Plan, Reject};

const ADA: &str = "who,what,at,until,how,note,paid\nada,order,2026-01-02T09:00:00Z,2026-01-02T09:30:00Z,web,fine,\"1,234.50\"\n";

fn plan(text: &str) -> Plan {
    let mut plan = inspect("log.csv", text.as_bytes()).expect("it can be previewed").plan();
    plan.mapping = mapping("who", "what", "at");
    let some = |name: &str| Some(name.to_owned());
    plan.mapping.end_time = some("until");
    plan.mapping.channel = some("how");
    plan.mapping.text = some("note");
    plan.mapping.money = some("paid");
    plan
}

fn audit(rows: &str) -> Audit {
    let text = format!("{ADA}{rows}");
    import(plan(&text), text.as_bytes(), 10).expect("it is read").audit
}

#[test]
fn all_roles_are_filled() {
    let events = events(import(plan(ADA), ADA.as_bytes(), 3).expect("it is read"));
    let event = &events[0];
    assert_eq!((event.customer.as_str(), event.activity.as_str()), ("ada", "order"), "who and what");
    assert_eq!(event.end_micros.map(|end| end - event.start_micros), Some(1_800_000_000), "half an hour");
    assert_eq!(
        (event.channel.as_deref(), event.text.as_deref()),
        (Some("web"), Some("fine")),
        "how and note"
    );
    assert_eq!((event.money, event.line), (Some(1234.5), 2), "paid");
}

#[test]
fn rejects_have_line_column_and_reason() {
    let audit = audit(
        "\n,visit,2026-01-02T09:00:00Z\nben, ,2026-01-02T09:00:00Z\nben,visit\nben,visit,soon\n\"ben,x\n",
    );
    let reject = |line, field: &str, reason: &str, value: &str| Reject {
        file: "log.csv".to_owned(),
        line,
        field: field.to_owned(),
        reason: reason.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(
        audit.rejects,
        [
            reject(4, "who", "is empty", ""),
            reject(5, "what", "is empty", ""),
            reject(6, "at", "is empty", ""),
            reject(7, "at", "is not a time that can be read", "soon"),
            reject(8, "", "has a quote that is not closed", "\"ben,x"),
        ],
        "in file order"
    );
    assert_eq!((audit.n_rows, audit.n_accepted), (6, 1), "blank lines are no records");
    assert_eq!(audit.rejected_by_reason[0], ("is empty".to_owned(), 3), "by reason");
}

#[test]
fn repairs_keep_the_event() {
    let start = "2026-01-02T09:00:00Z";
    let text = format!(
        "{ADA}ben,a,{start},2026-01-02T08:00:00Z,,,\nben,b,{start},later,,,\nben,c,{start},,,,a lot\nben,d,{start}\nben,e,{start},,,,,more\n"
    );
    let mut bytes = text.clone().into_bytes();
    bytes.extend_from_slice(b"b\xff,f,2026-01-02T09:00:00Z,,\xfe,,\n");
    let imported = import(plan(&text), &bytes, 7).expect("it is read");
    let kinds: Vec<(&str, u64)> =
        imported.audit.repaired_by_kind.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(
        kinds,
        [
            ("bytes that are not UTF-8 replaced", 1),
            ("end time before start ignored", 1),
            ("fewer fields than columns", 1),
            ("more fields than columns", 1),
            ("unreadable amount of money ignored", 1),
            ("unreadable end time ignored", 1),
        ],
        "each is counted"
    );
    assert_eq!((imported.audit.n_rows, imported.audit.n_rejected), (7, 0), "none is lost");
    let events = events(imported);
    assert!(
        events[1..].iter().all(|event| event.end_micros.is_none() && event.money.is_none()),
        "{events:?}"
    );
    assert_eq!(events[6].customer, "b\u{fffd}", "the broken byte is marked");
}

/// Rows that stay distinct when the store looks for exact duplicates.
fn n_distinct(name: &str, text: &str) -> usize {
    events(open(name, text.as_bytes()).expect("it opens")).len()
}

#[test]
fn duplicates_agree_in_every_field() {
    let row = "ada,order,2026-01-02T09:00:00Z";
    let header = "customer,activity,time,a,b\n";
    assert_eq!(
        n_distinct("log.csv", &format!("{header}{row},x,y\n{row}, x,\"y\"\n")),
        1,
        "spelling is no difference"
    );
    assert_eq!(
        n_distinct("log.csv", &format!("{header}{row},x,y\n{row},y,x\n")),
        2,
        "values of other columns are"
    );
    assert_eq!(n_distinct("log.csv", &format!("{header}{row},x,\n{row},,x\n")), 2, "the column counts");
    assert_eq!(
        n_distinct("log.csv", &format!("{header}{row},x,y,z\n{row},x,y,w\n{row},x,y\n")),
        3,
        "and what has no column"
    );
    let object = r#"{"customer":"ada","activity":"order","time":"2026-01-02T09:00:00Z","n":1}"#;
    let turned = r#"{"n":1,"none":null,"time":"2026-01-02T09:00:00Z","activity":"order","customer":"ada"}"#;
    let other = turned.replace("\"n\":1", "\"n\":1.0");
    assert_eq!(
        n_distinct("log.ndjson", &format!("{object}\n{turned}\n{other}\n")),
        2,
        "the order of columns does not count"
    );
}

#[test]
fn columns_may_appear_late_or_never() {
    let object = r#"{"customer":"ada","activity":"order","time":"2026-01-02T09:00:00Z"}"#;
    let text = format!("{object}\n{}\n", object.replace('}', ",\"channel\":\"web\"}"));
    let mut plan = inspect("log.ndjson", text.as_bytes()).expect("it can be previewed").plan();
    plan.mapping = mapping("customer", "activity", "time");
    plan.mapping.channel = Some("channel".to_owned());
    plan.mapping.account = Some("nowhere".to_owned());
    let imported = import(plan.clone(), text.as_bytes(), 5).expect("an optional column may be missing");
    assert_eq!(events(imported)[1].channel.as_deref(), Some("web"), "a column of the second row");
    plan.mapping.customer = Some("nowhere".to_owned());
    let message = import(plan, text.as_bytes(), 5).expect_err("a required one may not").message();
    assert_eq!(
        message,
        "log.ndjson has no column “nowhere” for customer; its columns are “customer”, “activity”, “time”, “channel”.",
        "it says which"
    );
}

#[test]
fn events_follow_those_of_a_batch() {
    let plan = plan(ADA);
    let first = import(plan.clone(), ADA.as_bytes(), 100).expect("it is read");
    let mut importer = source::Importer::into_batch(plan, first.batch).expect("the plan is sound");
    importer.push(&ADA.as_bytes().to_ascii_uppercase()).expect_err("the columns are other ones");
    let first = import(self::plan(ADA), ADA.as_bytes(), 100).expect("it is read");
    let mut importer = source::Importer::into_batch(self::plan(ADA), first.batch).expect("the plan is sound");
    importer.push(ADA.replace("order", "pay").as_bytes()).expect("it is read");
    let imported = importer.finish().expect("it is whole");
    assert_eq!((imported.batch.len(), imported.audit.n_rows), (2, 1), "the account is of this file alone");
}
