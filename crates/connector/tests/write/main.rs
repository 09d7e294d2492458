//! A change goes out as it was shown, is refused where it cannot be right, and is never made twice.

use connector::{Answer, Catalogue, Connection, Draft, PlannedRequest, Verdict, Write};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &[u8] = br##"{"openapi": "3.0.0", "info": {"title": "Desk", "version": "1"}, "paths": {
    "/tickets/{ticket_id}/comments": {"post": {"operationId": "addComment",
        "parameters": [{"in": "path", "name": "ticket_id", "required": true, "schema": {"type": "integer"}},
            {"in": "query", "name": "dry_run", "schema": {"type": "boolean"}},
            {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["body"], "properties": {
            "body": {"type": "string"}, "public": {"type": "boolean"}, "hours": {"type": "number"},
            "status": {"type": "string", "enum": ["open", "closed"]}, "labels": {"type": "array", "items": {"type": "string"}},
            "custom": {"type": "object", "properties": {"size": {"type": "integer"}}}}}}}},
        "responses": {"201": {"description": "made"}}}}}}"##;

fn change() -> Write {
    let catalogue = Catalogue::read(DOCUMENT).expect("a document");
    assert_eq!(catalogue.writings.len(), 1, "one change");
    Write::of(&catalogue, &catalogue.writings[0])
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A connection with further lines of its file.
fn connection(lines: &str) -> Connection {
    let text = format!(
        "{{\"desirepath_connection\": 1, \"name\": \"Desk\", \"server\": \"https://desk.example\"{lines}}}"
    );
    Connection::parse(&text).expect("the connection is right")
}

fn draft(pairs: &[(&str, &str)]) -> Result<Draft, String> {
    let with_header =
        Connection { headers: BTreeMap::from([("X-Version".to_owned(), "2".to_owned())]), ..connection("") };
    Draft::new(&with_header, &change(), &values(pairs), "key-1").map_err(|error| error.to_string())
}

fn body(request: &PlannedRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("a JSON body")
}

#[test]
fn it_goes_out_typed_and_whole() {
    let all = [
        ("ticket_id", "12"),
        ("body", "Sch\u{f6}n \u{201c}zitiert\u{201d}\n2"),
        ("public", "true"),
        ("hours", "1.5"),
        ("status", "open"),
        ("labels", "a\n b \n\n"),
        ("custom.size", "7"),
    ];
    let draft = draft(&all).expect("all is right");
    let request = draft.request();
    assert_eq!(request.method.name(), "POST", "as the document says");
    assert_eq!(request.path_and_query, "/tickets/12/comments", "nothing but what was given");
    let expected = json!({"body": all[1].1, "public": true, "hours": 1.5, "status": "open",
        "labels": ["a", "b"], "custom": {"size": 7}});
    assert_eq!(body(request), expected, "each value of its kind");
    let header =
        |name: &str| request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    assert_eq!(header("Idempotency-Key"), Some("key-1"), "the key");
    assert_eq!(header("X-Version"), Some("2"), "the connection's own header");
    assert_eq!(header("Content-Type"), Some("application/json"), "the type");
}

#[test]
fn what_cannot_be_right_is_refused_by_name() {
    for (pairs, name) in [
        (vec![("ticket_id", "12")], "body"),
        (vec![("ticket_id", "12"), ("body", "")], "body"),
        (vec![("body", "x")], "ticket_id"),
        (vec![("ticket_id", "twelve"), ("body", "x")], "ticket_id"),
        (vec![("ticket_id", "1"), ("body", "x"), ("public", "yes")], "public"),
        (vec![("ticket_id", "1"), ("body", "x"), ("hours", "inf")], "hours"),
        (vec![("ticket_id", "1"), ("body", "x"), ("status", "lost")], "status"),
        (vec![("ticket_id", "1"), ("body", "x"), ("nonsense", "1")], "nonsense"),
    ] {
        let error = draft(&pairs).expect_err("it cannot be right");
        assert!(error.contains(name), "{pairs:?}: {error}");
    }
    let long = "x".repeat(100_001);
    assert!(draft(&[("ticket_id", "1"), ("body", &long)]).is_err(), "there is a limit");
}

#[test]
fn a_trial_is_the_same_request_with_its_mark() {
    let draft = draft(&[("ticket_id", "1"), ("body", "x")]).expect("all is right");
    let trial = draft.trial(&change()).expect("the document knows trials");
    assert_eq!(trial.path_and_query, "/tickets/1/comments?dry_run=true", "the mark");
    assert_eq!((trial.method, &trial.body), (draft.request().method, &draft.request().body), "the same else");
    let plain = Write { dry_run: None, ..change() };
    assert_eq!(draft.trial(&plain), None, "where there is none, there is none");
}

#[test]
fn forms_are_written_as_forms() {
    let write = Write { body_type: Some("application/x-www-form-urlencoded".to_owned()), ..change() };
    let given = values(&[("ticket_id", "1"), ("body", "a&b=c d"), ("custom.size", "7")]);
    let draft = Draft::new(&connection(""), &write, &given, "k").expect("all is right");
    let text = String::from_utf8(draft.request().body.clone().expect("a body")).expect("text");
    let mut parts: Vec<&str> = text.split('&').collect();
    parts.sort_unstable();
    assert_eq!(parts, ["body=a%26b%3Dc%20d", "custom%5Bsize%5D=7"], "WHATWG URL, with brackets for objects");
}

/// What a system does with a request: takes it or not, and answers or not.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Works,
    BreaksBefore,
    BreaksAfter,
    FailsAfter(u16),
    Busy,
    Refuses,
}

/// A system that remembers keys, or not.
#[derive(Debug, Default)]
struct System {
    knows_keys: bool,
    made: u32,
    keys: BTreeSet<String>,
}

impl System {
    fn make(&mut self, request: &PlannedRequest) {
        let key =
            request.headers.iter().find(|(name, _)| name == "Idempotency-Key").map(|(_, key)| key.clone());
        if self.knows_keys && key.is_some_and(|key| !self.keys.insert(key)) {
            return;
        }
        self.made += 1;
    }

    fn perform(&mut self, request: &PlannedRequest, mood: Mood) -> Option<(u16, Vec<(String, String)>)> {
        match mood {
            Mood::BreaksBefore => return None,
            Mood::Busy => return Some((429, vec![("Retry-After".to_owned(), "2".to_owned())])),
            Mood::Refuses => return Some((422, Vec::new())),
            _ => self.make(request),
        }
        match mood {
            Mood::FailsAfter(status) => Some((status, Vec::new())),
            Mood::BreaksAfter => None,
            _ => Some((201, Vec::new())),
        }
    }
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        Just(Mood::Works),
        Just(Mood::BreaksBefore),
        Just(Mood::BreaksAfter),
        prop::sample::select(vec![408, 500, 502, 503, 504]).prop_map(Mood::FailsAfter),
        Just(Mood::Busy),
        Just(Mood::Refuses),
    ]
}

proptest! {
    /// Whoever follows the verdict, sending again only what was not made, makes a change once at the most; and what is said to
    /// be made is made.
    #[test]
    fn nothing_is_made_twice(moods in prop::collection::vec(mood(), 1..8), knows_keys in any::<bool>()) {
        let write = Write { idempotency_header: knows_keys.then(|| "Idempotency-Key".to_owned()), ..change() };
        let given = values(&[("ticket_id", "1"), ("body", "x")]);
        let draft = Draft::new(&connection(""), &write, &given, "key-1").expect("all is right");
        let mut system = System { knows_keys, ..System::default() };
        for mood in moods {
            let came = system.perform(draft.request(), mood);
            let answer = came.as_ref().map(|(status, headers)| Answer { status: *status, headers, body: b"{\"id\": 5}" });
            match draft.verdict(answer.as_ref()) {
                Verdict::Made(receipt) => {
                    prop_assert_eq!(system.made, 1, "what is said to be made is made");
                    prop_assert_eq!(receipt.id.as_deref(), Some("5"));
                    break;
                }
                Verdict::NotMade { .. } => {}
                Verdict::Refused { .. } | Verdict::Unknown => break,
            }
        }
        prop_assert!(system.made <= 1, "made {} times", system.made);
    }

    /// No value leaves its place: not the path, not the line of a header, not the field of the body.
    #[test]
    fn no_value_leaves_its_place(text in any::<String>()) {
        let mut fields = change();
        for field in &mut fields.fields {
            field.kind = "text".to_owned();
        }
        let given = values(&[("ticket_id", &text), ("body", &text)]);
        let Ok(draft) = Draft::new(&connection(""), &fields, &given, "k") else {
            prop_assert!(text.is_empty() || text == "." || text == "..", "only what cannot stand in a path: {:?}", text);
            return Ok(());
        };
        let path = &draft.request().path_and_query;
        prop_assert_eq!(path.split('/').count(), 4, "{}", path);
        prop_assert!(!path.contains(['?', '#', '\n', '\r', ' ']), "{}", path);
        prop_assert_eq!(body(draft.request()), json!({"body": text}));
    }
}
