//! How the items of a list change their fields over time.

use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that are watched; deeper and further ones are not.
const MAX_FIELDS: usize = 2_000;
const MAX_DEPTH: u8 = 3;

/// What was found at each path: one letter a kind of value, in order.
pub(crate) type Shape = BTreeMap<String, String>;

/// A difference between the items of two syncs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// A field came.
    Came(String),
    /// A field went.
    Went(String),
    /// A field holds values of another kind.
    Changed {
        /// The field.
        field: String,
        /// What it held, such as `text` or `number or text`.
        was: String,
        /// What it holds.
        is: String,
    },
}

/// Takes note of the fields of an item.
pub(crate) fn see(shape: &mut Shape, item: &Value) {
    see_within(shape, item, "", 0);
}

fn see_within(shape: &mut Shape, value: &Value, path: &str, depth: u8) {
    let Some(fields) = value.as_object().filter(|_| depth < MAX_DEPTH) else { return };
    for (name, value) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if shape.len() < MAX_FIELDS || shape.contains_key(&path) {
            let kinds = shape.entry(path.clone()).or_default();
            let kind = letter(value);
            if kind != ' ' && !kinds.contains(kind) {
                let at = kinds.find(|other| other > kind).unwrap_or(kinds.len());
                kinds.insert(at, kind);
            }
        }
        see_within(shape, value, &path, depth + 1);
    }
}

fn letter(value: &Value) -> char {
    match value {
        Value::Null => ' ',
        Value::Bool(_) => 'b',
        Value::Number(_) => 'n',
        Value::String(_) => 't',
        Value::Array(_) => 'l',
        Value::Object(_) => 'o',
    }
}

fn in_words(kinds: &str) -> String {
    let words: Vec<_> = kinds
        .chars()
        .map(|kind| match kind {
            'b' => "yes or no",
            'n' => "number",
            't' => "text",
            'l' => "list",
            _ => "object",
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(" or ") }
}

/// What came, went and changed, in order.
pub(crate) fn between(before: &Shape, after: &Shape) -> Vec<Drift> {
    // A sync that brought nothing says nothing of fields.
    if after.is_empty() {
        return Vec::new();
    }
    let went = before.keys().filter(|field| !after.contains_key(*field)).cloned().map(Drift::Went);
    let came = after.keys().filter(|field| !before.contains_key(*field)).cloned().map(Drift::Came);
    let changed = after.iter().filter_map(|(field, is)| {
        let was = before.get(field)?;
        let is_other = !was.is_empty() && is.chars().any(|kind| !was.contains(kind));
        is_other.then(|| Drift::Changed { field: field.clone(), was: in_words(was), is: in_words(is) })
    });
    let mut all: Vec<_> = came.chain(went).chain(changed).collect();
    all.sort();
    all
}
