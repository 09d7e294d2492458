//! An OpenAPI document as it stands: JSON or YAML, version 2.0, 3.0 or 3.1, with its references resolved on demand.

use crate::{Error, yaml};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Largest document that is read.
pub const MAX_DOCUMENT_BYTES: usize = 32 << 20;
/// Most values in a document in YAML, and most steps of reading it: what 32 MiB of the densest documents have, twice over.
const MAX_NODES: usize = 4_000_000;
const MAX_EVENTS: usize = 10_000_000;
/// Most references followed one after another; a longer chain is taken for a circle.
const MAX_CHAIN: usize = 32;
/// Most issues that are listed; the rest is counted.
const MAX_ISSUES: usize = 200;

/// The version of the specification that a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// OpenAPI 2.0, also known as Swagger.
    Swagger2,
    /// OpenAPI 3.0.
    OpenApi30,
    /// OpenAPI 3.1.
    OpenApi31,
}

/// Something wrong with a part of a document; the rest is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    /// Where, as a JSON pointer or an operation.
    pub place: String,
    /// What.
    pub what: String,
}

/// A document that was read.
#[derive(Debug)]
pub struct Document {
    root: Value,
    flavour: Flavour,
    issues: RefCell<BTreeSet<Issue>>,
    n_issues: RefCell<u64>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When the bytes are neither JSON nor YAML, longer than [`MAX_DOCUMENT_BYTES`], or of something else than OpenAPI.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::too_large(bytes.len(), MAX_DOCUMENT_BYTES));
        }
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let root = parse(text)?;
        let flavour = flavour_of(&root)?;
        let document = Self { root, flavour, issues: RefCell::default(), n_issues: RefCell::default() };
        if document.object("/paths").is_none_or(Map::is_empty) {
            document.report("/paths", "the document has no paths");
        }
        Ok(document)
    }

    /// The version of the specification.
    #[must_use]
    pub fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// The name of the interface, as its document says.
    #[must_use]
    pub fn title(&self) -> &str {
        self.text("/info/title").unwrap_or("Untitled interface")
    }

    /// The version of the interface, as its document says.
    #[must_use]
    pub fn version(&self) -> &str {
        self.text("/info/version").unwrap_or_default()
    }

    /// What is wrong with parts of the document, in order of place; at most 200 are listed.
    ///
    /// References are looked at when they are used, so that this grows while a catalogue is made.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        self.issues.borrow().iter().cloned().collect()
    }

    /// How many different issues there are, listed or not.
    #[must_use]
    pub fn n_issues(&self) -> u64 {
        *self.n_issues.borrow()
    }

    /// Addresses under which the interface is served, without a slash at the end; variables have their defaults.
    #[must_use]
    pub fn servers(&self) -> Vec<String> {
        if self.flavour == Flavour::Swagger2 {
            let Some(host) = self.text("/host") else { return Vec::new() };
            let path = self.text("/basePath").unwrap_or_default();
            let schemes = self.root.pointer("/schemes").and_then(Value::as_array);
            let schemes: Vec<_> = schemes.into_iter().flatten().filter_map(Value::as_str).collect();
            let scheme = if schemes.is_empty() || schemes.contains(&"https") { "https" } else { schemes[0] };
            return vec![trim_slash(&format!("{scheme}://{host}{path}"))];
        }
        let servers = self.root.pointer("/servers").and_then(Value::as_array);
        servers.into_iter().flatten().filter_map(server_of).collect()
    }

    /// The value itself, or what its `$ref` points to; `None` and an issue where that is nowhere.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let mut value = value;
        for _ in 0..MAX_CHAIN {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Some(value) };
            let Some(target) = self.target(reference) else {
                self.report(reference, "is referred to but is not in the document");
                return None;
            };
            value = target;
        }
        self.report(value.get("$ref").and_then(Value::as_str).unwrap_or_default(), "refers to itself");
        None
    }

    fn target(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix('#')?;
        if let Some(found) = self.root.pointer(pointer) {
            return Some(found);
        }
        self.root.pointer(&percent_decoded(pointer)?)
    }

    /// The object at a JSON pointer.
    pub(crate) fn object(&self, pointer: &str) -> Option<&Map<String, Value>> {
        self.root.pointer(pointer).and_then(Value::as_object)
    }

    /// The value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.root.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn report(&self, place: &str, what: &str) {
        let issue = Issue { place: place.to_owned(), what: what.to_owned() };
        let mut issues = self.issues.borrow_mut();
        if issues.contains(&issue) {
            return;
        }
        *self.n_issues.borrow_mut() += 1;
        if issues.len() < MAX_ISSUES {
            issues.insert(issue);
        }
    }
}

fn parse(text: &str) -> Result<Value, Error> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| Error::not_readable("JSON", error.to_string()));
    }
    if let Some(root) = yaml::read(text, MAX_NODES) {
        return Ok(root);
    }
    let budget = serde_saphyr::budget! { max_nodes: MAX_NODES, max_events: MAX_EVENTS };
    let options = serde_saphyr::options! { with_snippet: false, budget: budget };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Error::not_readable("JSON or YAML", first_line(&error.to_string())))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn flavour_of(root: &Value) -> Result<Flavour, Error> {
    let version = |key: &str| {
        root.get(key).map(|value| match value {
            Value::String(text) => text.clone(),
            // YAML without quotes: `swagger: 2.0` is a number.
            other => other.to_string(),
        })
    };
    if let Some(version) = version("swagger") {
        return if version.starts_with('2') {
            Ok(Flavour::Swagger2)
        } else {
            Err(Error::not_openapi(format!("its `swagger` is {version}")))
        };
    }
    match version("openapi") {
        Some(version) if version.starts_with("3.0") || version == "3" => Ok(Flavour::OpenApi30),
        Some(version) if version.starts_with("3.") => Ok(Flavour::OpenApi31),
        Some(version) => Err(Error::not_openapi(format!("its `openapi` is {version}"))),
        None if root.get("asyncapi").is_some() => Err(Error::not_openapi("it is an AsyncAPI document")),
        None if root.get("item").is_some() && root.get("info").is_some() => {
            Err(Error::not_openapi("it looks like a Postman collection"))
        }
        None => Err(Error::not_openapi("it has neither `openapi` nor `swagger`")),
    }
}

fn server_of(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    Some(trim_slash(&url))
}

fn trim_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// Text with `%41` as `A`; `None` when that is no text.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        let flavour = |text: &str| Document::read(text.as_bytes()).map(|document| document.flavour());
        assert_eq!(flavour(r#"{"swagger":"2.0","paths":{}}"#), Ok(Flavour::Swagger2), "2.0");
        assert_eq!(flavour("openapi: 3.0.1\npaths: {}\n"), Ok(Flavour::OpenApi30), "3.0");
        assert_eq!(flavour("openapi: \"3.1.0\"\npaths: {}\n"), Ok(Flavour::OpenApi31), "3.1");
        let error = flavour(r#"{"asyncapi":"1.2.0"}"#).expect_err("it is something else");
        assert!(error.to_string().contains("AsyncAPI"), "{error}");
        assert!(flavour("{\"a\":").is_err(), "broken JSON is said to be broken");
        assert!(flavour("- a\n- b\n").is_err(), "a list is no document");
    }

    #[test]
    fn references_are_followed_and_broken_ones_reported() {
        let text = r##"{"openapi":"3.0.0","paths":{"/a":{}},"x":{"$ref":"#/components/schemas/A~1b%20c"},
            "circle":{"$ref":"#/circle"},"nowhere":{"$ref":"#/components/schemas/None"},
            "outside":{"$ref":"other.yaml#/A"},
            "components":{"schemas":{"A/b c":{"type":"string"}}}}"##;
        let document = Document::read(text.as_bytes()).expect("it is a document");
        let at = |name: &str| document.resolve(document.at(name).expect("it is there"));
        assert_eq!(at("/x").and_then(|v| v.get("type")), Some(&Value::from("string")), "escaped names");
        assert_eq!(at("/circle"), None, "a circle ends");
        assert_eq!(at("/nowhere"), None, "a broken reference");
        assert_eq!(at("/outside"), None, "another file");
        assert_eq!(document.issues().len(), 3, "each is reported once: {:?}", document.issues());
    }

    #[test]
    fn servers_have_their_defaults() {
        let text = r#"{"openapi":"3.0.0","paths":{},"servers":[{"url":"https://{at}.example.com/v1/",
            "variables":{"at":{"default":"api"}}}]}"#;
        let document = Document::read(text.as_bytes()).expect("it is a document");
        assert_eq!(document.servers(), ["https://api.example.com/v1"], "variables and the slash");
        let text = r#"{"swagger":"2.0","host":"slack.com","basePath":"/api","schemes":["https"],"paths":{}}"#;
        let document = Document::read(text.as_bytes()).expect("it is a document");
        assert_eq!(document.servers(), ["https://slack.com/api"], "version 2.0");
    }
}
