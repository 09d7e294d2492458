//! Reads one JSON document that holds a list of objects, at the top or one level inside an object.
//!
//! In an object the first list whose first element is an object counts; everything else is passed over. The document is
//! never in memory as a whole: its elements are found by their brackets and read one by one.

use crate::error::{Error, Kind};
use crate::ndjson::hand_over;
use crate::record::{Builder, Columns, Consume, Fault, MAX_RECORD_BYTES, TOO_LONG};

/// Where in the document the scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    /// In the object at the top, outside of its values.
    Object,
    /// Inside something of that object that is passed over.
    Passing,
    /// Behind the bracket that opens a list in that object.
    ListStart,
    /// In the list of records, between elements.
    List,
    Element,
    End,
}

/// A push reader of a JSON document.
#[derive(Debug)]
pub(crate) struct JsonReader {
    file: String,
    builder: Builder,
    place: Place,
    /// The document is a list; else it is an object.
    is_list: bool,
    /// The list of records has been found.
    has_list: bool,
    nest: Nest,
    /// The beginning of an element whose end has not come.
    buffer: Vec<u8>,
    /// The current element was rejected for its length.
    is_skipping: bool,
    line: u64,
    /// Line where the current element begins.
    element_line: u64,
}

impl JsonReader {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            builder: Builder::default(),
            place: Place::Start,
            is_list: false,
            has_list: false,
            nest: Nest::default(),
            buffer: Vec::new(),
            is_skipping: false,
            line: 1,
            element_line: 1,
        }
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.builder.columns
    }

    pub(crate) fn reserve(&mut self, column: &str) {
        self.builder.columns.reserve(column);
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], consumer: &mut dyn Consume) -> Result<(), Error> {
        while !bytes.is_empty() {
            let n = match self.place {
                Place::Element => self.element(bytes, consumer),
                Place::Passing => self.pass(bytes),
                _ => self.step(bytes)?,
            };
            let (read, rest) = bytes.split_at(n.min(bytes.len()));
            self.line += memchr::memchr_iter(b'\n', read).count() as u64;
            bytes = rest;
        }
        Ok(())
    }

    pub(crate) fn finish(&self) -> Result<(), Error> {
        match self.place {
            Place::Start => Ok(()),
            Place::End if self.is_list || self.has_list => Ok(()),
            Place::End => Err(Error::new(&self.file, Kind::NoRecordList)),
            _ => Err(self.broken("it ends before it is complete")),
        }
    }

    fn broken(&self, what: &'static str) -> Error {
        Error::at(&self.file, self.line, Kind::JsonBroken(what))
    }

    /// Takes one byte between values, or none where a value begins; returns the number of bytes taken.
    fn step(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some(&byte) = bytes.first() else { return Ok(0) };
        if byte.is_ascii_whitespace() {
            return Ok(bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count().max(1));
        }
        match (self.place, byte) {
            (Place::Start, b'[') => {
                self.is_list = true;
                self.has_list = true;
                self.place = Place::List;
            }
            (Place::Start, b'{') => self.place = Place::Object,
            (Place::Start, _) => return Err(self.broken("it begins with neither a list nor an object")),
            (Place::Object, b',' | b':') => {}
            (Place::Object, b'}') => self.place = Place::End,
            (Place::Object, b'[') if !self.has_list => self.place = Place::ListStart,
            (Place::Object, b']') => return Err(self.broken("a bracket closes nothing")),
            (Place::Object, _) => return Ok(self.begin(Place::Passing, 0)),
            (Place::ListStart, b'{') => {
                self.has_list = true;
                return Ok(self.begin(Place::Element, 0));
            }
            (Place::ListStart, b']') => self.place = Place::Object,
            // A list of something else: the scan is inside of its bracket.
            (Place::ListStart, _) => return Ok(self.begin(Place::Passing, 1)),
            (Place::List, b',') => {}
            (Place::List, b']') => self.place = if self.is_list { Place::End } else { Place::Object },
            (Place::List, b'}' | b':') => return Err(self.broken("a list has something out of place")),
            (Place::List, _) => return Ok(self.begin(Place::Element, 0)),
            (Place::End, _) => return Err(self.broken("something follows its end")),
            // Handled by the caller.
            (Place::Element | Place::Passing, _) => return Ok(0),
        }
        Ok(1)
    }

    /// Begins a value without taking a byte of it.
    fn begin(&mut self, place: Place, depth: usize) -> usize {
        self.place = place;
        self.nest = Nest { depth, ..Nest::default() };
        self.element_line = self.line;
        0
    }

    fn pass(&mut self, bytes: &[u8]) -> usize {
        let end = self.nest.end(bytes);
        if end.is_some() {
            self.place = Place::Object;
        }
        end.unwrap_or(bytes.len())
    }

    fn element(&mut self, bytes: &[u8], consumer: &mut dyn Consume) -> usize {
        let end = self.nest.end(bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let line = self.element_line;
        let is_long = self.buffer.len() + part.len() > MAX_RECORD_BYTES;
        if is_long && !self.is_skipping {
            self.buffer.extend_from_slice(&part[..part.len().min(MAX_RECORD_BYTES)]);
            consumer.fault(&Fault { line, reason: TOO_LONG, value: &self.buffer });
            self.buffer.clear();
            self.is_skipping = true;
        }
        if end.is_some() && !self.is_skipping && self.buffer.is_empty() {
            hand_over(part, line, &mut self.builder, consumer);
        } else if !self.is_skipping {
            self.buffer.extend_from_slice(part);
            if end.is_some() {
                hand_over(&self.buffer, line, &mut self.builder, consumer);
                self.buffer.clear();
            }
        }
        if end.is_some() {
            self.is_skipping = false;
            self.place = Place::List;
        }
        part.len()
    }
}

/// Finds the end of a JSON value by its brackets and quotes.
#[derive(Clone, Copy, Debug, Default)]
struct Nest {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

impl Nest {
    /// Goes on with more bytes of the value; returns where it ends, if it ends in them.
    ///
    /// A number or word ends before the byte behind it, everything else behind its last byte.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.is_escaped {
                self.is_escaped = false;
                at += 1;
                continue;
            }
            if self.in_string {
                at += memchr::memchr2(b'"', b'\\', &bytes[at..])? + 1;
                self.is_escaped = bytes[at - 1] == b'\\';
                self.in_string = self.is_escaped;
                if !self.in_string && self.depth == 0 {
                    return Some(at);
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 1 => {
                    self.depth = 0;
                    return Some(at + 1);
                }
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                    return Some(at);
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Syntax;
    use crate::collect::{Read, fault, read, record, repaired};
    use crate::object::{NO_OBJECT, NOT_JSON};
    use crate::record::NOT_UTF8;
    use proptest::prelude::*;
    use serde_json::Value;

    fn json(text: &str) -> Result<Vec<Read>, String> {
        let all = read(Syntax::Json, ',', text.as_bytes(), text.len().max(1));
        for n_piece in [1, 2, 7] {
            assert_eq!(
                read(Syntax::Json, ',', text.as_bytes(), n_piece),
                all,
                "in pieces of {n_piece}: {text}"
            );
        }
        all.map(|(_, read)| read).map_err(|error| error.message())
    }

    #[test]
    fn finds_the_list() {
        let expected = Ok(vec![record(1, &[("a", "1")]), record(1, &[("a", "[2]"), ("b", "x]}")])]);
        for text in [
            r#"[{"a":1},{"a":[2],"b":"x]}"}]"#,
            r#" { "meta": {"a": [{"x": 1}], "b": "]"}, "n": 1.5, "data": [{"a":1} , {"a":[2],"b":"x]}"}], "more": [{"a":3}] } "#,
            r#"{"none":[],"words":["a",{"a":9}],"\"[{":0,"data":[{"a":1},{"a":[2],"b":"x]}"}]}"#,
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
        assert_eq!(json("[]"), Ok(vec![]), "an empty list");
        assert_eq!(json(" "), Ok(vec![]), "nothing");
        assert_eq!(
            json(r#"{"a": 1, "b": [1, 2]}"#),
            Err("log is a JSON object without a list of records in it.".to_owned()),
            "an object without one"
        );
    }

    #[test]
    fn counts_lines_and_rejects_single_elements() {
        assert_eq!(
            json("[\n{\"a\": 1},\n\n {\"a\"\n: 2}, 3, \"x,]\",\n[{}], {\"a\":}, {\"a\": 4}]"),
            Ok(vec![
                record(2, &[("a", "1")]),
                record(4, &[("a", "2")]),
                fault(5, NO_OBJECT, "3"),
                fault(5, NO_OBJECT, "\"x,]\""),
                fault(6, NO_OBJECT, "[{}]"),
                fault(6, NOT_JSON, "{\"a\":}"),
                record(6, &[("a", "4")]),
            ]),
            "reading goes on"
        );
        let (_, rows) = read(Syntax::Json, ',', b"[{\"a\":\"x\xff\"}]", 3).unwrap();
        assert_eq!(rows, [repaired(1, &[("a", "x\u{fffd}")], NOT_UTF8)], "broken UTF-8");
    }

    #[test]
    fn a_broken_document_is_refused() {
        let broken = |what: &str| Err(format!("log, line 1: the JSON is broken: {what}."));
        let cut = r#"{"data":[{"a":"x\"y"},{"a":2}],"n":1}"#;
        for n in 1..cut.len() {
            assert_eq!(json(&cut[..n]), broken("it ends before it is complete"), "{}", &cut[..n]);
        }
        assert_eq!(json("[] []"), broken("something follows its end"), "two documents");
        assert_eq!(json("{]"), broken("a bracket closes nothing"), "crossed");
        assert_eq!(json("[}"), broken("a list has something out of place"), "crossed");
        assert_eq!(json("hello"), broken("it begins with neither a list nor an object"), "words");
        assert_eq!(json(&"[".repeat(100_000)), broken("it ends before it is complete"), "deep");
    }

    #[test]
    fn long_elements_are_rejected_without_keeping_them() {
        let long = "x".repeat(3 * MAX_RECORD_BYTES);
        let text = format!("[{{\"a\":\"{long}\"}},\n{{\"a\":1}}]");
        for n_piece in [10_000, text.len()] {
            let (_, rows) = read(Syntax::Json, ',', text.as_bytes(), n_piece).unwrap();
            let is_long = matches!(&rows[0], Read::Fault { line: 1, reason: TOO_LONG, value } if value.ends_with("xx…"));
            assert!(is_long, "{:?}", rows[0]);
            assert_eq!(rows[1..], [record(2, &[("a", "1")])], "reading goes on");
        }
    }

    /// A JSON value of any shape.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c \"\\\\{}\\[\\],:\n\u{e9}\u{1f600}]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                object(inner).prop_map(Value::from),
            ]
        })
    }

    fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = serde_json::Map<String, Value>> {
        prop::collection::btree_map("[a-d\"\\\\]{0,3}", value, 0..4)
            .prop_map(|pairs| pairs.into_iter().collect())
    }

    /// The fields of an object, naively.
    fn flatten(path: &str, value: &Value, fields: &mut Vec<(String, String)>) {
        let text = match value {
            Value::Null => return,
            Value::Object(pairs) => {
                for (name, value) in pairs {
                    let name = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    flatten(&name, value, fields);
                }
                return;
            }
            Value::String(text) => text.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned(),
            other => other.to_string(),
        };
        if !text.is_empty() {
            fields.push((path.to_owned(), text));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn documents_are_read_as_by_a_peer(
            rows in prop::collection::vec(object(value()), 1..5),
            is_pretty: bool,
            is_wrapped: bool,
            n_piece in 1..20_usize,
        ) {
            let mut document = Value::from(rows.clone());
            if is_wrapped {
                document = serde_json::json!({ "a": 1, "b": [], "rows": document, "z": { "y": [{}] } });
            }
            let text = if is_pretty { format!("{document:#}") } else { document.to_string() };
            let (_, read) = read(Syntax::Json, ',', text.as_bytes(), n_piece).unwrap();
            let found: Vec<_> = read
                .into_iter()
                .map(|row| match row {
                    Read::Record { values, .. } => values,
                    Read::Fault { reason, value, .. } => vec![(reason.to_owned(), value)],
                })
                .collect();
            let expected: Vec<_> = rows
                .into_iter()
                .map(|row| {
                    let mut fields = Vec::new();
                    // An empty name stands in front of a dot, too.
                    row.iter().for_each(|(name, value)| match value {
                        Value::Object(pairs) => pairs.iter().for_each(|(inner, value)| {
                            flatten(&format!("{name}.{inner}"), value, &mut fields);
                        }),
                        _ => flatten(name, value, &mut fields),
                    });
                    fields
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
