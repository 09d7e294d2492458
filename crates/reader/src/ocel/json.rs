//! Object-centric logs as JSON, of both versions.

use super::{Event, Log};
use crate::input::{Document, failure};
use crate::telegram::{parsed, text};
use protocol::Failure;
use serde_json::{Map, Value};

pub(super) fn log(document: Document) -> Result<Log, Failure> {
    let name = document.name.clone();
    let value = parsed(document)?;
    let mut log = Log::default();
    if let (Some(events), Some(objects)) = (list(&value, "events"), list(&value, "objects")) {
        objects.iter().for_each(|object| log.object(text(object, "id"), text(object, "type")));
        log.events = events.iter().map(second).collect();
        return Ok(log);
    }
    if let Some(events) = value.get("ocel:events").and_then(Value::as_object) {
        let objects = value.get("ocel:objects").and_then(Value::as_object);
        for (id, object) in objects.into_iter().flatten() {
            log.object(id, text(object, "ocel:type"));
        }
        log.events = events.iter().map(|(id, event)| first(id, event)).collect();
        return Ok(log);
    }
    let message = format!("{name} is no object-centric log: it lacks its events or its objects.");
    Err(failure(message, "Export it again as OCEL 2.0."))
}

fn list<'a>(value: &'a Value, field: &str) -> Option<&'a Vec<Value>> {
    value.get(field).and_then(Value::as_array)
}

/// An event of version 2.
fn second(event: &Value) -> Event {
    let attributes = list(event, "attributes").into_iter().flatten();
    let touched = list(event, "relationships").into_iter().flatten();
    Event {
        id: text(event, "id").to_owned(),
        activity: text(event, "type").to_owned(),
        time: text(event, "time").to_owned(),
        objects: touched.map(|one| text(one, "objectId").to_owned()).collect(),
        attributes: attributes
            .map(|one| (text(one, "name").to_owned(), one.get("value").map(plain).unwrap_or_default()))
            .collect(),
    }
}

/// An event of version 1.
fn first(id: &str, event: &Value) -> Event {
    let values: Option<&Map<String, Value>> = event.get("ocel:vmap").and_then(Value::as_object);
    let touched = list(event, "ocel:omap").into_iter().flatten();
    Event {
        id: id.to_owned(),
        activity: text(event, "ocel:activity").to_owned(),
        time: text(event, "ocel:timestamp").to_owned(),
        objects: touched.filter_map(Value::as_str).map(str::to_owned).collect(),
        attributes: values.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
