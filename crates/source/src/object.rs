//! Flattens one JSON object into the fields of a record.
//!
//! A nested object gives a column for each of its values, with a dotted name (`user.id`). A list stays JSON text, without
//! the white space of its layout; a number keeps its digits, and null is the same as nothing.

use crate::record::{Builder, text_of};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Objects within objects that are flattened; what lies deeper stays JSON text.
const MAX_DEPTH: usize = 16;

pub(crate) const NOT_JSON: &str = "is not valid JSON";
pub(crate) const NO_OBJECT: &str = "is not a JSON object";

/// Adds the fields of an object to a builder; returns whether all of it was UTF-8, or why it cannot be read.
pub(crate) fn read_object(text: &[u8], builder: &mut Builder) -> Result<bool, &'static str> {
    if !text.starts_with(b"{") {
        return Err(NO_OBJECT);
    }
    let (text, mut is_utf8) = text_of(text);
    let mut path = String::new();
    flatten(&text, &mut Fields { builder, path: &mut path, depth: 1, is_utf8: &mut is_utf8 })
        .map_err(|_| NOT_JSON)?;
    Ok(is_utf8)
}

/// The way into an object.
struct Fields<'a> {
    builder: &'a mut Builder,
    /// Name of the object with a dot behind it; empty for the record itself.
    path: &'a mut String,
    depth: usize,
    is_utf8: &'a mut bool,
}

fn flatten(text: &str, fields: &mut Fields<'_>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(fields)?;
    deserializer.end()
}

impl<'de> Visitor<'de> for &mut Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let n_path = self.path.len();
        while map.next_key_seed(Append(self.path))?.is_some() {
            let value: &RawValue = map.next_value()?;
            self.take(value.get()).map_err(serde::de::Error::custom)?;
            self.path.truncate(n_path);
        }
        Ok(())
    }
}

impl Fields<'_> {
    /// Adds the value whose name is the path.
    fn take(&mut self, json: &str) -> Result<(), serde_json::Error> {
        match json.as_bytes() {
            [b'{', ..] if self.depth < MAX_DEPTH => {
                self.path.push('.');
                let depth = self.depth + 1;
                flatten(
                    json,
                    &mut Fields { builder: self.builder, path: self.path, depth, is_utf8: self.is_utf8 },
                )?;
            }
            [b'"', content @ .., b'"'] if memchr::memchr(b'\\', content).is_none() => {
                self.builder.push(self.path, content);
            }
            [b'"', ..] => {
                let text = serde_json::Deserializer::from_str(json).deserialize_bytes(Text)?;
                // Half of a surrogate pair, as it comes about where a text was cut, is not UTF-8.
                let (text, is_utf8) = text_of(&text);
                *self.is_utf8 &= is_utf8;
                self.builder.push(self.path, text.as_bytes());
            }
            b"null" => self.builder.push(self.path, b""),
            [b'{' | b'[', ..] => self.builder.push(self.path, &compact(json)),
            other => self.builder.push(self.path, other),
        }
        Ok(())
    }
}

/// The text of a list without the white space that only lays it out.
fn compact(json: &str) -> Vec<u8> {
    let mut compact = Vec::with_capacity(json.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        if in_string || !byte.is_ascii_whitespace() {
            compact.push(byte);
        }
        in_string ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
    }
    compact
}

/// Appends a name to a path.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        self.0.push_str(name);
        Ok(())
    }
}

/// Takes the escapes out of a string.
struct Text;

impl Visitor<'_> for Text {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Vec<u8>, E> {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Result<Vec<(String, String)>, &'static str> {
        let mut builder = Builder::default();
        read_object(text.as_bytes(), &mut builder)?;
        let record = builder.record(1, &[]);
        let pair = |field| {
            let column: &crate::record::Field = field;
            let value = String::from_utf8(record.value(column).to_vec()).unwrap();
            (record.columns.names()[column.column].clone(), value)
        };
        Ok(record.fields.iter().map(pair).collect())
    }

    fn pairs(expected: &[(&str, &str)]) -> Result<Vec<(String, String)>, &'static str> {
        Ok(expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn flattens() {
        assert_eq!(
            fields(
                r#"{"user": {"id": 1.50, "tags": [1, "a \"b"]}, "ok": true, "none": null, "e": "", "n": -1e400}"#
            ),
            pairs(&[("user.id", "1.50"), ("user.tags", r#"[1,"a \"b"]"#), ("ok", "true"), ("n", "-1e400")]),
            "names with dots, numbers as written"
        );
        assert_eq!(fields("{}"), pairs(&[]), "nothing");
    }

    #[test]
    fn takes_escapes_out() {
        assert_eq!(
            fields(r#"{"a\"b": "x\n\u00e9\ud83d\ude00 \\", "cut": "x\ud83d!"}"#),
            pairs(&[("a\"b", "x\né😀 \\"), ("cut", "x\u{fffd}\u{fffd}\u{fffd}!")]),
            "half a pair does not cost the record"
        );
    }

    #[test]
    fn what_is_too_deep_stays_text() {
        let text = format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
        let found = fields(&text).unwrap();
        assert_eq!(found.len(), 1, "one value");
        assert_eq!(found[0].0, ["a"; MAX_DEPTH].join("."), "its name");
        assert!(found[0].1.starts_with("{\"a\":{"), "its text");
    }

    #[test]
    fn refuses_what_is_no_object() {
        assert_eq!(fields("[1]"), Err(NO_OBJECT), "list");
        for broken in
            ["{", "{\"a\":}", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":01}", "{\"a\":\"\u{1}\"}", "{a:1}"]
        {
            assert_eq!(fields(broken), Err(NOT_JSON), "{broken}");
        }
    }
}
