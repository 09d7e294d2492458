//! An item of a list, and the events that it tells of.

use crate::connection::{Connection, Read};
use crate::meaning::Meaning;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The columns of the events that items become, as the mapping of an import names them.
pub const EVENT_COLUMNS: [&str; 8] =
    ["customer", "activity", "time", "channel", "account", "text", "object", "record"];

/// The value at a path such as `source.author.id`; of a list (`contacts[].id`) that of the first item.
pub(crate) fn value_at<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = item;
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        if !name.is_empty() {
            value = value.get(name)?;
        }
        if part.ends_with("[]") {
            value = value.get(0)?;
        }
    }
    (!value.is_null()).then_some(value)
}

/// The value at a path as text; nothing where it is empty or no single value.
pub(crate) fn text_at(item: &Value, path: &str) -> Option<String> {
    match value_at(item, path)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// What identifies an item: its id, or all of it where it has none.
pub(crate) fn id_of(read: &Read, item: &Value) -> String {
    let id = read.fields.get(&Meaning::Id).and_then(|field| text_at(item, field));
    id.unwrap_or_else(|| item.to_string())
}

/// Writes the events that an item tells of, an object a line; returns how many.
///
/// Both are records with ids, so that what is told again replaces what it said before: the item by its own id, a change by
/// that and its time.
pub(crate) fn write_events(
    connection: &Connection,
    read: &Read,
    item: &Value,
    tells_made: bool,
    lines: &mut String,
) -> usize {
    let text = |meaning: Meaning| read.fields.get(&meaning).and_then(|field| text_at(item, field));
    let mut common = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            common.insert(name.to_owned(), Value::String(value));
        }
    };
    put("customer", text(Meaning::Customer));
    put("account", text(Meaning::Account));
    put("channel", read.channel.clone().or_else(|| Some(connection.name.clone())));
    put(
        "object",
        read.fields
            .get(&Meaning::Id)
            .and_then(|field| text_at(item, field))
            .map(|id| format!("{} {id}", read.name)),
    );
    let mut n_events = 0;
    let id = read.fields.get(&Meaning::Id).and_then(|field| text_at(item, field));
    let mut event = |activity: String, time: Option<String>, words: Option<String>, changed: &str| {
        let mut record = common.clone();
        if let Some(id) = &id {
            let id = format!("{}/{id}{changed}", read.name);
            record.insert("record".to_owned(), Value::String(id));
        }
        record.insert("activity".to_owned(), Value::String(activity));
        for (name, value) in [("time", time), ("text", words)] {
            if let Some(value) = value {
                record.insert(name.to_owned(), Value::String(value));
            }
        }
        let _ = writeln!(lines, "{}", Value::Object(record));
        n_events += 1;
    };
    let time = text(Meaning::Time);
    if tells_made {
        event(filled(&read.activity, item), time.clone(), text(Meaning::Text), "");
    }
    if let (Some(template), Some(changed)) = (&read.change_activity, text(Meaning::Changed))
        && Some(&changed) != time.as_ref()
    {
        let at = format!("/{changed}");
        event(filled(template, item), Some(changed), None, &at);
    }
    n_events
}

/// A template with `{field}` replaced; a field that is missing leaves its name.
fn filled(template: &str, item: &Value) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        match text_at(item, name) {
            Some(value) => text.push_str(&value),
            None => text.push_str(name),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}
