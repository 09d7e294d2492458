//! The operations of a document: what can be asked, with which parameters, and what comes back.

use crate::document::{Document, Flavour};
use crate::schema::{self, Field, FieldKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Makes, or searches.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// All that are read from a document.
    pub const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];

    /// As it goes out: `GET`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// The method of this name, in capitals or not.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(name))
    }
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Into the path.
    Path,
    /// Behind the question mark.
    #[default]
    Query,
    /// Into a header.
    Header,
    /// Into the body, as a field.
    Body,
}

impl Place {
    /// The name used in connections: `query`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Body => "body",
        }
    }
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name; that of a body is the path of the field.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// It has to be given.
    pub required: bool,
    /// What its values are.
    pub kind: FieldKind,
    /// The `format` of its values.
    pub format: Option<String>,
    /// The value used where none is given.
    pub default: Option<String>,
    /// The largest value allowed.
    pub maximum: Option<u64>,
    /// The values that are allowed, where they are listed.
    pub values: Vec<String>,
    /// The description, shortened.
    pub description: String,
}

/// An operation as its document describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// `operationId`, or method and path where there is none.
    pub id: String,
    /// Method.
    pub method: Method,
    /// Path with names of parameters in braces, from the server's address on.
    pub path: String,
    /// First tag.
    pub tag: Option<String>,
    /// Summary, or the beginning of the description.
    pub summary: String,
    /// It should not be used any more.
    pub deprecated: bool,
    /// Parameters of path, query and header.
    pub parameters: Vec<Parameter>,
    /// Type of what is sent, such as `application/json`; `None` where nothing is.
    pub body_type: Option<String>,
    /// Fields of what is sent.
    pub body: Vec<Field>,
    /// Fields of a good answer.
    pub answer: Vec<Field>,
    /// A good answer is a list itself.
    pub answers_list: bool,
    /// A good answer is a JSON value a line.
    pub answers_lines: bool,
    /// A good answer has a header `Link`.
    pub answers_link: bool,
    /// Names of security schemes, any one of which will do; each is a list of those needed together. Empty is none.
    pub security: Vec<Vec<String>>,
}

impl Operation {
    /// The last part of the path that is not a parameter: `tickets` of `/tickets/{id}`.
    #[must_use]
    pub fn noun(&self) -> &str {
        let mut parts = self.path.rsplit('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        parts.next().unwrap_or_default()
    }

    /// Whether the path ends with a parameter, as that of one single thing does.
    #[must_use]
    pub fn ends_with_parameter(&self) -> bool {
        self.path.trim_end_matches(".json").trim_end_matches('/').ends_with('}')
    }
}

/// All operations of a document, in order of path and method.
pub(crate) fn operations(document: &Document) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document.object("/paths").into_iter().flatten() {
        let Some(item) = document.resolve(item) else { continue };
        for method in Method::ALL {
            let key = method.name().to_ascii_lowercase();
            if let Some(operation) = item.get(&key) {
                found.push(read(document, path, method, item, operation));
            }
        }
    }
    // Whatever order the reader of JSON keeps.
    found.sort_by(|a: &Operation, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    found
}

fn read(document: &Document, path: &str, method: Method, item: &Value, operation: &Value) -> Operation {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let mut parameters = Vec::new();
    let (mut body_type, mut body) = (None, Vec::new());
    for parameter in [item, operation].into_iter().flat_map(|at| list(at, "parameters")) {
        let Some(parameter) = document.resolve(parameter) else { continue };
        match parameter.get("in").and_then(Value::as_str) {
            // Version 2.0 has the body among the parameters.
            Some("body") => {
                body_type = Some(first_type(document, operation, "consumes"));
                body = parameter.get("schema").map(|it| schema::fields(document, it)).unwrap_or_default();
            }
            Some("formData") => {
                body_type.get_or_insert_with(|| "application/x-www-form-urlencoded".to_owned());
                body.extend(form_field(document, parameter));
            }
            _ => add_parameter(&mut parameters, parameter_of(document, parameter)),
        }
    }
    if let Some((media, schema)) = operation.get("requestBody").and_then(|it| content(document, it)) {
        body_type = Some(media);
        body = schema::fields(document, schema);
    }
    let answer = good_answer(document, operation);
    let schema = answer.and_then(|answer| answer_schema(document, answer));
    Operation {
        id: text("operationId").map_or_else(|| format!("{} {path}", method.name()), str::to_owned),
        method,
        path: path.to_owned(),
        tag: list(operation, "tags").next().and_then(Value::as_str).map(str::to_owned),
        summary: schema::shortened(text("summary").or_else(|| text("description")).unwrap_or_default()),
        deprecated: operation.get("deprecated").and_then(Value::as_bool).unwrap_or_default(),
        parameters,
        body_type,
        body,
        answers_list: schema.is_some_and(|it| schema::kind_of(document, it) == FieldKind::List),
        answers_lines: answer.is_some_and(|answer| has_lines(document, answer)),
        answers_link: answer.is_some_and(has_link),
        answer: schema.map(|it| schema::fields(document, it)).unwrap_or_default(),
        security: security(document, operation),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A parameter of the operation stands for one of the same name and place of the whole path.
fn add_parameter(parameters: &mut Vec<Parameter>, parameter: Option<Parameter>) {
    let Some(parameter) = parameter else { return };
    let same = |other: &Parameter| other.name == parameter.name && other.place == parameter.place;
    match parameters.iter().position(same) {
        Some(at) => parameters[at] = parameter,
        None => parameters.push(parameter),
    }
}

fn parameter_of(document: &Document, parameter: &Value) -> Option<Parameter> {
    let place = match parameter.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => return None,
    };
    // Version 2.0 writes the schema into the parameter itself.
    let schema = parameter.get("schema").unwrap_or(parameter);
    let resolved = document.resolve(schema).unwrap_or(&Value::Null);
    let default = resolved.get("default").filter(|value| !value.is_null());
    Some(Parameter {
        name: parameter.get("name")?.as_str()?.to_owned(),
        place,
        required: place == Place::Path
            || parameter.get("required").and_then(Value::as_bool).unwrap_or_default(),
        kind: schema::kind_of(document, schema),
        format: resolved.get("format").and_then(Value::as_str).map(str::to_owned),
        default: default.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        maximum: resolved.get("maximum").and_then(Value::as_u64),
        values: list(resolved, "enum").filter_map(Value::as_str).map(str::to_owned).collect(),
        description: schema::shortened(
            parameter.get("description").and_then(Value::as_str).unwrap_or_default(),
        ),
    })
}

/// A field of a form, which version 2.0 has among the parameters.
fn form_field(document: &Document, parameter: &Value) -> Option<Field> {
    Some(Field {
        path: parameter.get("name")?.as_str()?.to_owned(),
        kind: schema::kind_of(document, parameter),
        item_kind: None,
        format: parameter.get("format").and_then(Value::as_str).map(str::to_owned),
        description: schema::shortened(
            parameter.get("description").and_then(Value::as_str).unwrap_or_default(),
        ),
        values: list(parameter, "enum").filter_map(Value::as_str).map(str::to_owned).collect(),
        required: parameter.get("required").and_then(Value::as_bool).unwrap_or_default(),
        read_only: false,
    })
}

fn first_type(document: &Document, operation: &Value, key: &str) -> String {
    let own = list(operation, key).next();
    let common = || document.at(&format!("/{key}")).and_then(Value::as_array).and_then(|types| types.first());
    own.or_else(common).and_then(Value::as_str).unwrap_or("application/json").to_owned()
}

/// The type and the schema of a body: JSON before forms before anything else.
fn content<'a>(document: &'a Document, body: &'a Value) -> Option<(String, &'a Value)> {
    let media = document.resolve(body)?.get("content")?.as_object()?;
    let is = |name: &str, part: &str| name.split(';').next().unwrap_or_default().contains(part);
    let chosen = media
        .iter()
        .find(|(name, _)| is(name, "json"))
        .or_else(|| media.iter().find(|(name, _)| is(name, "form-urlencoded")))
        .or_else(|| media.iter().next())?;
    Some((chosen.0.clone(), chosen.1.get("schema")?))
}

/// The answer to a request that went well: 200 before 201, 2XX and the default.
fn good_answer<'a>(document: &'a Document, operation: &'a Value) -> Option<&'a Value> {
    let answers = operation.get("responses")?.as_object()?;
    let chosen = ["200", "201", "202", "2XX", "2xx", "default"].iter().find_map(|code| answers.get(*code))?;
    document.resolve(chosen)
}

fn answer_schema<'a>(document: &'a Document, answer: &'a Value) -> Option<&'a Value> {
    if document.flavour() == Flavour::Swagger2 {
        return answer.get("schema");
    }
    content(document, answer).map(|(_, schema)| schema)
}

fn has_link(answer: &Value) -> bool {
    let headers = answer.get("headers").and_then(Value::as_object);
    headers.is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("link")))
}

/// Lines of JSON, by the type of the answer or by what is said of it.
fn has_lines(document: &Document, answer: &Value) -> bool {
    let types = answer.get("content").and_then(Value::as_object);
    let by_type = types.is_some_and(|types| {
        types
            .keys()
            .any(|name| ["ndjson", "jsonl", "json-lines", "jsonlines"].iter().any(|part| name.contains(part)))
    });
    let words = answer.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let is_text =
        answer_schema(document, answer).is_none_or(|it| schema::kind_of(document, it) == FieldKind::Text);
    by_type
        || is_text
            && ["jsonl", "newline delimited json", "newline-delimited json", "ndjson"]
                .iter()
                .any(|it| words.contains(it))
}

fn security(document: &Document, operation: &Value) -> Vec<Vec<String>> {
    let own = operation.get("security").and_then(Value::as_array);
    let choices = own.or_else(|| document.at("/security").and_then(Value::as_array));
    let names = |choice: &Value| {
        choice.as_object().map(|schemes| schemes.keys().cloned().collect()).unwrap_or_default()
    };
    choices.into_iter().flatten().map(names).collect()
}
