//! The connections that come with the program against what the vendors publish: paths, parameters, fields, paging.

use crate::folder;
use connector::{
    Answer, Catalogue, Connection, Draft, Field, FieldKind, Items, Operation, Paging, Place, Read, Step,
    Sync, Trouble, Verdict, Write, WriteField,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Each connection, and the documents of its vendor that are here.
const READY: [(&str, &[&str]); 8] = [
    ("hubspot", &["hubspot/contacts.json", "hubspot/tickets.json", "hubspot/deals.json"]),
    ("intercom", &["intercom/api.intercom.io.yaml"]),
    ("jira", &[]),
    ("salesforce", &[]),
    ("slack", &["slack/slack_web_openapi_v2.json"]),
    ("stripe", &[]),
    ("twilio", &[]),
    ("zendesk", &[]),
];
/// What none of the documents here describes; the notes of the connection say what it rests on.
const ELSEWHERE: [&str; 1] = ["/crm/v3/objects/notes"];
/// What a vendor documents in prose only, or in examples; the notes of the connection say where.
const IN_PROSE: [&str; 3] = [
    "intercom contacts: parameter per_page",
    "intercom contacts: parameter starting_after",
    "slack messages: field response_metadata.next_cursor",
];

fn ready(name: &str) -> Connection {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../courier/ready");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("it is there");
    Connection::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A path whose parameters have no names, as documents and connections choose their own.
fn nameless(path: &str) -> String {
    let mut parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| format!("{whole}/{part}"))
}

/// Whether a document has a field, or says of an object around it that any field may be in it.
fn has(fields: &[Field], path: &str) -> bool {
    let is_open = |path: &str| {
        let inside = format!("{path}.");
        let found = fields.iter().find(|field| field.path == path);
        found.is_some_and(|field| matches!(field.kind, FieldKind::Object | FieldKind::Unknown))
            && !fields.iter().any(|field| field.path.starts_with(&inside))
    };
    let path = path.trim_end_matches("[]");
    fields.iter().any(|field| field.path == path)
        || path.match_indices('.').any(|(at, _)| is_open(&path[..at]))
}

/// Names in braces.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

/// Everything that a list names and its document does not.
fn unknown_in_read(read: &Read, operation: &Operation) -> Vec<String> {
    let (path, question) = read.path.split_once('?').unwrap_or((&read.path, ""));
    let mut asked: Vec<(String, Place)> = Vec::new();
    let mut ask = |name: &str, place: Place| asked.push((name.to_owned(), place));
    names_in(question).for_each(|name| ask(name, Place::Query));
    let in_path: Vec<&str> = names_in(path).collect();
    read.parameters
        .keys()
        .filter(|name| !in_path.contains(&name.as_str()))
        .for_each(|it| ask(it, Place::Query));
    if let Some(size) = &read.page_size {
        ask(&size.parameter, size.place);
    }
    if let Some(since) = &read.since {
        ask(&since.parameter, Place::Query);
    }
    let mut fields = Vec::new();
    match &read.paging {
        Paging::Cursor { parameter, place, field } => {
            ask(parameter, *place);
            fields.push(field.clone());
        }
        Paging::LastItem { parameter, more } => {
            ask(parameter, Place::Query);
            fields.extend(more.clone());
        }
        Paging::NextLink { field } => fields.push(field.clone()),
        Paging::Page { parameter, place, .. } | Paging::Offset { parameter, place } => ask(parameter, *place),
        Paging::None | Paging::LinkHeader => {}
    }
    let items = match &read.items {
        Items::Field(field) => format!("{field}[]."),
        _ => "[].".to_owned(),
    };
    fields.push(items.trim_end_matches("[].").to_owned());
    let templates = [Some(read.activity.as_str()), read.change_activity.as_deref()];
    let told = templates.into_iter().flatten().flat_map(names_in);
    fields
        .extend(read.fields.values().map(String::as_str).chain(told).map(|field| format!("{items}{field}")));
    let is_known = |(name, place): &(String, Place)| match place {
        Place::Body => has(&operation.body, name),
        _ => operation.parameters.iter().any(|it| it.name == *name && it.place == *place),
    };
    let parameters = asked.iter().filter(|it| !is_known(it)).map(|(name, _)| format!("parameter {name}"));
    let fields = fields.iter().filter(|field| !has(&operation.answer, field)).map(|it| format!("field {it}"));
    parameters.chain(fields).collect()
}

/// Everything that a change names and its document does not, and what the document requires and the change does not have.
fn unknown_in_write(write: &Write, operation: &Operation) -> Vec<String> {
    let mut unknown = Vec::new();
    let is_known = |field: &&WriteField| match field.place {
        Place::Body => has(&operation.body, &field.name),
        // The name in the path is the connection's own.
        Place::Path => true,
        place => operation.parameters.iter().any(|it| it.name == field.name && it.place == place),
    };
    unknown.extend(write.fields.iter().filter(|it| !is_known(it)).map(|it| format!("field {}", it.name)));
    unknown.extend(write.fixed.keys().filter(|name| !has(&operation.body, name)).cloned());
    let is_given =
        |name: &str| write.fixed.contains_key(name) || write.fields.iter().any(|it| it.name == name);
    let required = operation.body.iter().filter(|field| field.required && !field.path.contains(['.', '[']));
    let inside = |name: &str| write.fields.iter().any(|it| it.name.starts_with(&format!("{name}.")));
    let missing = required.filter(|field| !is_given(&field.path) && !inside(&field.path));
    unknown.extend(missing.map(|field| format!("required field {}", field.path)));
    unknown
}

#[test]
fn ready_made_connections_name_what_the_vendors_documents_have() {
    let Some(folder) = folder() else { return };
    let (mut n_checked, mut wrong) = (0, Vec::new());
    for (name, files) in READY.iter().filter(|(_, files)| !files.is_empty()) {
        let connection = ready(name);
        let catalogues: Vec<Catalogue> = files
            .iter()
            .map(|file| Catalogue::read(&std::fs::read(folder.join(file)).expect("it is there")))
            .map(|catalogue| catalogue.expect("it loads"))
            .collect();
        let find = |method, path: &str| {
            let path = nameless(path.split('?').next().unwrap_or_default());
            let mut operations = catalogues.iter().flat_map(|it| &it.operations);
            let found = operations.find(|it| it.method == method && nameless(&it.path) == path).cloned();
            if found.is_none() && !ELSEWHERE.contains(&path.as_str()) {
                panic!("{name}: no document has {path}");
            }
            found
        };
        for read in &connection.reads {
            let Some(operation) = find(read.method, &read.path) else { continue };
            n_checked += 1;
            wrong.extend(
                unknown_in_read(read, &operation).into_iter().map(|it| format!("{name} {}: {it}", read.name)),
            );
        }
        for write in &connection.writes {
            let Some(operation) = find(write.method, &write.path) else { continue };
            n_checked += 1;
            wrong.extend(
                unknown_in_write(write, &operation)
                    .into_iter()
                    .map(|it| format!("{name} {}: {it}", write.name)),
            );
        }
    }
    wrong.retain(|it| !IN_PROSE.contains(&it.as_str()));
    println!("{n_checked} lists and changes of ready-made connections are as their documents have them");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_checked >= 11, "only {n_checked} were looked at");
}

#[test]
fn stripe_s_own_examples_have_the_fields() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("stripe-fixtures/fixtures3.json")).expect("it is there");
    let examples: Value = serde_json::from_str(&text).expect("it is JSON");
    for read in &ready("stripe").reads {
        let object = &examples["resources"][read.name.trim_end_matches('s')];
        assert!(object.is_object(), "there is an example of {}", read.name);
        for field in read.fields.values() {
            assert!(object.get(field).is_some(), "an example of {} has {field}", read.name);
        }
    }
}

#[test]
fn every_ready_made_connection_says_what_it_rests_on() {
    for (name, _) in READY {
        let connection = ready(name);
        let is_told =
            connection.notes.iter().any(|note| note.contains("https://") || note.contains("OpenAPI"));
        assert!(is_told, "{name}: {:?}", connection.notes);
    }
}

/// What Slack's connection makes of a question that was answered with this.
fn slack(read: &str, status: u16, body: &str) -> (Sync, Step) {
    let connection = ready("slack");
    let mut sync = Sync::new(&connection, read, None, vec!["C1".to_owned()], 1, 0).expect("a sync");
    assert!(matches!(sync.step(0), Step::Ask(_)), "it asks");
    let brought = sync.answered(&Answer { status, headers: &[], body: body.as_bytes() }, 0);
    assert_eq!(brought.n_items, 0, "a refusal brings nothing");
    let step = sync.step(0);
    (sync, step)
}

#[test]
fn slack_refuses_with_status_200() {
    let denied = Trouble::Denied { status: 401, reason: "invalid_auth".to_owned() };
    let (mut sync, step) = slack("channels", 200, r#"{"ok": false, "error": "invalid_auth"}"#);
    assert_eq!(step, Step::Stopped(denied), "the key is wrong");
    sync.again();
    assert!(
        matches!(sync.step(1_000), Step::Ask(_)),
        "with another key it begins again: nothing was taken for done"
    );
    let (_, step) = slack("channels", 200, r#"{"ok": false, "error": "ratelimited"}"#);
    assert!(matches!(step, Step::Wait(_)), "too fast: {step:?}");
    let (_, step) = slack("channels", 200, r#"{"ok": false, "error": "invalid_arg_name"}"#);
    let refused = Trouble::Refused { status: 400, reason: "invalid_arg_name".to_owned() };
    assert_eq!(step, Step::Stopped(refused), "a reason that is not listed is a refusal too");
    let (_, step) = slack("messages", 200, r#"{"ok": false, "error": "not_in_channel"}"#);
    assert_eq!(step, Step::Done, "a channel that it is not in is left out");

    let connection = ready("slack");
    let values = [("channel", "C1"), ("text", "hello")];
    let values: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let draft = Draft::new(&connection, &connection.writes[0], &values, "k").expect("it is filled in");
    let verdict =
        |body: &str| draft.verdict(Some(&Answer { status: 200, headers: &[], body: body.as_bytes() }));
    assert!(matches!(verdict(r#"{"ok": true, "ts": "1.2"}"#), Verdict::Made(_)), "it was made");
    let archived = verdict(r#"{"ok": false, "error": "is_archived"}"#);
    assert!(matches!(archived, Verdict::Refused { .. }), "it was not: {archived:?}");
    assert_eq!(verdict(r#"{"ok": false, "error": "fatal_error"}"#), Verdict::Unknown, "Slack does not know");
}
