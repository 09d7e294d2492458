//! The fields of a schema, flattened: `results[].properties.email`, text.

use crate::document::Document;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Fields of one schema that are listed; further ones are of no use to a person.
const MAX_FIELDS: usize = 800;
/// Levels that are looked into.
const MAX_DEPTH: u8 = 6;
/// Levels of `allOf`, `oneOf` and `anyOf` in one another.
const MAX_NESTED: u8 = 12;
/// Values of an enumeration that are kept.
const MAX_VALUES: usize = 60;
/// Characters of a description that are kept.
const MAX_DESCRIPTION: usize = 300;

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// An object with fields of its own.
    Object,
    /// A list; the fields of its items have `[]` in their path.
    List,
    /// The document does not say.
    Unknown,
}

/// A field of an answer or of what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it is: names joined by dots, `[]` behind a list. The items of an answer that is a list are `[]`.
    pub path: String,
    /// What its values are.
    pub kind: FieldKind,
    /// What its items are, where it is a list.
    pub item_kind: Option<FieldKind>,
    /// The `format`, such as `date-time` or `email`.
    pub format: Option<String>,
    /// The description, shortened.
    pub description: String,
    /// The values that are allowed, where they are listed.
    pub values: Vec<String>,
    /// It has to be there.
    pub required: bool,
    /// It cannot be written.
    pub read_only: bool,
}

impl Field {
    /// The last name of the path: `email` of `results[].properties.email`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.trim_end_matches("[]").rsplit('.').next().unwrap_or_default().trim_end_matches("[]")
    }

    /// How many objects the field lies in.
    pub(crate) fn depth(&self) -> usize {
        self.path.matches('.').count()
    }
}

/// The fields of a schema, shallow ones first, those of one level in order of name.
pub(crate) fn fields(document: &Document, schema: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    let mut queue = VecDeque::from([Level { path: String::new(), schema, depth: 0 }]);
    while let Some(level) = queue.pop_front() {
        if found.len() >= MAX_FIELDS {
            break;
        }
        level.visit(document, &mut found, &mut queue);
    }
    found.truncate(MAX_FIELDS);
    found
}

/// A schema whose fields are still to be listed.
struct Level<'a> {
    path: String,
    schema: &'a Value,
    depth: u8,
}

impl<'a> Level<'a> {
    fn visit(&self, document: &'a Document, found: &mut Vec<Field>, queue: &mut VecDeque<Level<'a>>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        if kind_of(document, self.schema) == FieldKind::List {
            if let Some(items) = items_of(document, self.schema) {
                let path = format!("{}[]", self.path);
                queue.push_back(Level { path, schema: items, depth: self.depth + 1 });
            }
            return;
        }
        for (name, (schema, required)) in properties(document, self.schema) {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            let field = field_of(document, path.clone(), schema, required);
            let nested = matches!(field.kind, FieldKind::Object | FieldKind::List);
            found.push(field);
            if nested {
                queue.push_back(Level { path, schema, depth: self.depth + 1 });
            }
        }
    }
}

fn field_of(document: &Document, path: String, schema: &Value, required: bool) -> Field {
    let kind = kind_of(document, schema);
    let item_kind = (kind == FieldKind::List)
        .then(|| items_of(document, schema).map_or(FieldKind::Unknown, |items| kind_of(document, items)));
    let resolved = document.resolve(schema).unwrap_or(&Value::Null);
    let text = |key: &str| schema.get(key).or_else(|| resolved.get(key)).and_then(Value::as_str);
    let description = text("description").or_else(|| text("title")).unwrap_or_default();
    let values = resolved.get("enum").and_then(Value::as_array);
    Field {
        path,
        kind,
        item_kind,
        format: text("format").map(str::to_owned),
        description: shortened(description),
        values: values.into_iter().flatten().take(MAX_VALUES).map(plain).collect(),
        required,
        read_only: resolved.get("readOnly").and_then(Value::as_bool).unwrap_or_default(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(crate) fn shortened(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// What the values of a schema are.
pub(crate) fn kind_of(document: &Document, schema: &Value) -> FieldKind {
    kind_within(document, schema, 0)
}

fn kind_within(document: &Document, schema: &Value, nested: u8) -> FieldKind {
    let Some(schema) = document.resolve(schema) else { return FieldKind::Unknown };
    if let Some(kind) = written_kind(schema) {
        return kind;
    }
    if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() {
        return FieldKind::Object;
    }
    if schema.get("items").is_some_and(|items| !items.is_array()) {
        return FieldKind::List;
    }
    if nested >= MAX_NESTED {
        return FieldKind::Unknown;
    }
    let parts = parts(schema).map(|part| kind_within(document, part, nested + 1));
    parts.into_iter().find(|kind| *kind != FieldKind::Unknown).unwrap_or(FieldKind::Unknown)
}

fn written_kind(schema: &Value) -> Option<FieldKind> {
    let name = match schema.get("type")? {
        Value::String(name) => name.as_str(),
        // Version 3.1: `["string", "null"]`.
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null")?,
        _ => return None,
    };
    Some(match name {
        "string" | "file" => FieldKind::Text,
        "integer" => FieldKind::Integer,
        "number" => FieldKind::Number,
        "boolean" => FieldKind::Boolean,
        "object" => FieldKind::Object,
        "array" => FieldKind::List,
        _ => return None,
    })
}

/// The schema of a list's items; `{}` where the document says nothing of them.
pub(crate) fn items_of<'a>(document: &'a Document, schema: &'a Value) -> Option<&'a Value> {
    items_within(document, schema, 0)
}

fn items_within<'a>(document: &'a Document, schema: &'a Value, nested: u8) -> Option<&'a Value> {
    let schema = document.resolve(schema)?;
    match schema.get("items") {
        Some(Value::Array(items)) if schema.get("type").is_some() => items.first(),
        Some(items) if !items.is_array() => Some(items),
        _ if nested < MAX_NESTED => parts(schema).find_map(|part| items_within(document, part, nested + 1)),
        _ => None,
    }
}

/// What a schema is made of, or chooses from. Without a type, a list of `items` is a choice too: Slack writes it so.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    std::iter::once("allOf").chain(choices(schema)).flat_map(|key| listed(schema, key))
}

/// The words behind which a schema chooses one of several.
fn choices(schema: &Value) -> impl Iterator<Item = &'static str> {
    let items = if schema.get("type").is_some() { None } else { Some("items") };
    ["oneOf", "anyOf"].into_iter().chain(items)
}

fn listed<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The properties of a schema with those of everything that it is made of, by name, and whether each is required.
pub(crate) fn properties<'a>(
    document: &'a Document,
    schema: &'a Value,
) -> BTreeMap<String, (&'a Value, bool)> {
    let mut found = BTreeMap::new();
    gather(document, schema, 0, &mut found);
    found
}

fn gather<'a>(
    document: &'a Document,
    schema: &'a Value,
    nested: u8,
    found: &mut BTreeMap<String, (&'a Value, bool)>,
) {
    let Some(schema) = document.resolve(schema) else { return };
    if nested < MAX_NESTED {
        for part in listed(schema, "allOf") {
            gather(document, part, nested + 1, found);
        }
        for key in choices(schema) {
            let alternatives = listed(schema, key).map(|part| {
                let mut own = BTreeMap::new();
                gather(document, part, nested + 1, &mut own);
                own
            });
            // `null` and the like have no properties, and say nothing of those of the others.
            let alternatives: Vec<_> = alternatives.filter(|own| !own.is_empty()).collect();
            for (name, (property, _)) in alternatives.iter().flatten() {
                let by_all =
                    alternatives.iter().all(|own| own.get(name).is_some_and(|(_, required)| *required));
                found.entry(name.clone()).or_insert((property, false)).1 |= by_all;
            }
        }
    }
    let required: Vec<_> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let is_required = required.contains(&name.as_str());
        // A property that several parts have keeps its first schema; required by one that has to be met is required.
        let entry = found.entry(name.clone()).or_insert((property, false));
        entry.1 |= is_required;
    }
    for name in required {
        if let Some(entry) = found.get_mut(name) {
            entry.1 = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_choice_needs_is_not_needed() {
        let text = br##"{"openapi":"3.0.0","paths":{"/a":{}},"x":{"required":["text"],"oneOf":[
            {"type":"object","required":["kind","email"],"properties":{"kind":{},"email":{},"text":{}}},
            {"type":"object","required":["kind","user"],"properties":{"kind":{},"user":{}}},
            {"type":"null"}]}}"##;
        let document = Document::read(text).expect("a document");
        let found = properties(&document, document.at("/x").expect("it is there"));
        let needed: Vec<_> = found.iter().filter(|(_, (_, it))| *it).map(|(name, _)| name.as_str()).collect();
        assert_eq!(needed, ["kind", "text"], "what all need, and what stands beside the choice");
        assert_eq!(found.len(), 4, "all of them can be filled in");
    }

    fn listed(schemas: &str) -> Vec<String> {
        let text = format!(r#"{{"openapi":"3.1.0","paths":{{}},"components":{{"schemas":{schemas}}}}}"#);
        let document = Document::read(text.as_bytes()).expect("it is a document");
        let schema = document.at("/components/schemas/A").expect("there is an A");
        fields(&document, schema)
            .into_iter()
            .map(|field| format!("{} {:?}", field.path, field.kind))
            .collect()
    }

    #[test]
    fn nested_schemas_are_flattened() {
        let found = listed(
            r##"{"A":{"type":"object","properties":{"results":{"type":"array","items":{"$ref":"#/components/schemas/B"}},
                "next":{"type":["string","null"]}}},
              "B":{"allOf":[{"type":"object","properties":{"id":{"type":"integer"}}},
                {"properties":{"by":{"oneOf":[{"type":"object","properties":{"email":{"type":"string"}}},{"type":"null"}]}}}]}}"##,
        );
        assert_eq!(
            found,
            [
                "next Text",
                "results List",
                "results[].by Object",
                "results[].id Integer",
                "results[].by.email Text"
            ],
            "lists, parts and choices"
        );
    }

    #[test]
    fn circles_end() {
        let found =
            listed(r##"{"A":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/A"}}}}"##);
        assert!(found.len() <= usize::from(MAX_DEPTH) + 1, "a schema in itself is cut: {found:?}");
        let found = listed(
            r##"{"A":{"allOf":[{"$ref":"#/components/schemas/A"}],"properties":{"a":{"type":"string"}}}}"##,
        );
        assert_eq!(found, ["a Text"], "a schema that is a part of itself");
    }

    #[test]
    fn an_answer_that_is_a_list_has_items() {
        let found = listed(r#"{"A":{"type":"array","items":{"properties":{"id":{"type":"string"}}}}}"#);
        assert_eq!(found, ["[].id Text"], "items of the whole");
    }
}
