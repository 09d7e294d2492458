//! The operations that an OpenAPI document names, as an allow-list.

use crate::path::Pattern;
use anyhow::{Context, Result};
use serde::{Deserialize, de::IgnoredAny};
use std::collections::BTreeMap;

/// Most values of a document in YAML, and most steps of reading it; large interfaces have a million.
const MAX_NODES: usize = 4_000_000;
const MAX_EVENTS: usize = 10_000_000;

/// All that is read of a document of any version.
#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    paths: BTreeMap<String, Option<BTreeMap<String, IgnoredAny>>>,
}

/// The operations with one of the given methods, JSON or YAML, in the order of their paths.
///
/// # Errors
/// When the document cannot be read, or one of its paths is none.
pub(crate) fn operations(text: &str, methods: &Vec<String>) -> Result<Vec<(String, Pattern)>> {
    let document: Document = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).context("it is not the JSON of an OpenAPI document")?
    } else {
        let budget = serde_saphyr::budget! { max_nodes: MAX_NODES, max_events: MAX_EVENTS };
        let options = serde_saphyr::options! { with_snippet: false, budget: budget };
        serde_saphyr::from_str_with_options(text, options)
            .context("it is not the YAML of an OpenAPI document")?
    };
    let mut found = Vec::new();
    for (path, item) in &document.paths {
        for method in methods {
            let named = item.as_ref().is_some_and(|item| item.contains_key(&method.to_ascii_lowercase()));
            if named {
                // Some documents write a fixed query into the path; what is allowed is the path.
                let path = path.split(['?', '#']).next().unwrap_or_default();
                found.push((method.clone(), Pattern::parse(path)?));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn json_and_yaml_say_the_same() {
        let json = r##"{"openapi":"3.1.0","paths":{"/a/{id}":{"get":{},"delete":{},"parameters":[]},"/b.json":{"post":{}},"/c":{"$ref":"#/x"}}}"##;
        let yaml = "openapi: 3.1.0\npaths:\n  /a/{id}:\n    get: {}\n    delete: {}\n    parameters: []\n  /b.json:\n    post: {}\n  /c:\n    $ref: '#/x'\n";
        let wanted = methods(&["GET", "POST"]);
        let shown = |text: &str| -> Vec<String> {
            let found = operations(text, &wanted).expect("it is a document");
            found.iter().map(|(method, pattern)| format!("{method} {}", pattern.shared())).collect()
        };
        assert_eq!(shown(json), ["GET /a/{id}", "POST /b.json"], "methods that were not asked for stay out");
        assert_eq!(shown(json), shown(yaml), "the syntax makes no difference");
        assert!(operations("<html>", &wanted).is_err(), "something else is an error, not an empty list");
    }
}
