//! One request that changes something: filled in, checked, shown as it will go out, and never sent twice unawares.

use crate::Error;
use crate::connection::{Connection, Write, WriteField};
use crate::operation::Place;
use crate::refusal::{self, Refusal};
use crate::request::{Answer, PlannedRequest, add_query, encoded, filled_path};
use crate::sync::put_field;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Longest value that is filled in.
const MAX_VALUE: usize = 100_000;

/// A change that is filled in but not sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    request: PlannedRequest,
    is_idempotent: bool,
    refusal: Option<Refusal>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was made.
    Made(Receipt),
    /// It was not made, and may be sent again later, not before so many milliseconds where that is known.
    NotMade {
        /// Milliseconds to wait.
        wait_millis: Option<u64>,
    },
    /// The system does not accept it as it is.
    Refused {
        /// Status.
        status: u16,
        /// What the system says, shortened.
        words: String,
    },
    /// It may have been made. It must not be sent again before somebody looked.
    Unknown,
}

/// What a system answered to a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Status.
    pub status: u16,
    /// The id of what was made or changed, where the answer has one.
    pub id: Option<String>,
}

impl Draft {
    /// Fills in a change.
    ///
    /// `key` is a fresh random value; with it, a system that knows such keys takes a repeated request for the same one.
    ///
    /// # Errors
    /// When a value is missing, unknown or not what the field takes; the error names the field.
    pub fn new(
        connection: &Connection,
        write: &Write,
        values: &BTreeMap<String, String>,
        key: &str,
    ) -> Result<Self, Error> {
        if let Some(name) = values.keys().find(|name| !write.fields.iter().any(|field| field.name == **name))
        {
            return Err(Error::write(format!("there is no field “{name}”")));
        }
        for field in &write.fields {
            check(field, values.get(&field.name).map(String::as_str))?;
        }
        let given = |place: Place| {
            let fields = write.fields.iter().filter(move |field| field.place == place);
            fields.filter_map(|field| {
                values.get(&field.name).filter(|it| !it.is_empty()).map(|value| (field, value))
            })
        };
        let mut path = filled_path(&write.path, |name| values.get(name).cloned())
            .ok_or_else(|| Error::write("a value of the path is missing"))?;
        for (field, value) in given(Place::Query) {
            add_query(&mut path, &field.name, value);
        }
        let mut all: Vec<(String, String)> =
            connection.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        all.push(("Accept".to_owned(), "application/json".to_owned()));
        if let Some(header) = &write.idempotency_header {
            all.push((header.clone(), key.to_owned()));
        }
        let body = write.body_type.as_ref().map(|media| {
            all.push(("Content-Type".to_owned(), media.clone()));
            let mut body = Value::Object(write.fixed.clone());
            for (field, value) in given(Place::Body) {
                put_field(&mut body, &field.name, typed(field, value));
            }
            if media.contains("form-urlencoded") {
                form(&body).into_bytes()
            } else {
                body.to_string().into_bytes()
            }
        });
        let request = PlannedRequest { method: write.method, path_and_query: path, headers: all, body };
        let is_idempotent = write.idempotency_header.is_some();
        Ok(Self { request, is_idempotent, refusal: connection.refusal.clone() })
    }

    /// The request exactly as it will go out, credentials aside.
    #[must_use]
    pub fn request(&self) -> &PlannedRequest {
        &self.request
    }

    /// The same request as a trial that changes nothing, where the system knows such trials.
    #[must_use]
    pub fn trial(&self, write: &Write) -> Option<PlannedRequest> {
        let (name, value) = write.dry_run.as_ref()?;
        let mut trial = self.request.clone();
        add_query(&mut trial.path_and_query, name, value);
        Some(trial)
    }

    /// What became of it; `None` stands for a connection that broke after sending.
    #[must_use]
    pub fn verdict(&self, answer: Option<&Answer<'_>>) -> Verdict {
        let Some(answer) = answer else { return self.unknown() };
        let answer = &refusal::judge(self.refusal.as_ref(), answer).answer;
        match answer.status {
            200..=299 => Verdict::Made(Receipt { status: answer.status, id: id_in(answer.body) }),
            429 => Verdict::NotMade { wait_millis: waits(answer) },
            // A system that says when to come again says that it did nothing.
            503 if waits(answer).is_some() => Verdict::NotMade { wait_millis: waits(answer) },
            // A gateway does not know what the system behind it did.
            408 | 425 | 500..=599 => self.unknown(),
            status => Verdict::Refused { status, words: words_of(answer.body) },
        }
    }

    fn unknown(&self) -> Verdict {
        if self.is_idempotent { Verdict::NotMade { wait_millis: None } } else { Verdict::Unknown }
    }
}

fn waits(answer: &Answer<'_>) -> Option<u64> {
    answer.header("retry-after")?.parse::<u64>().ok().map(|secs| secs.saturating_mul(1_000))
}

fn check(field: &WriteField, value: Option<&str>) -> Result<(), Error> {
    let fail = |why: &str| Err(Error::write(format!("“{}” {why}", field.name)));
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return if field.required { fail("has to be given") } else { Ok(()) };
    };
    if value.len() > MAX_VALUE {
        return fail("is too long");
    }
    if !field.values.is_empty() && !field.values.iter().any(|allowed| allowed == value) {
        return fail(&format!("has to be one of {}", field.values.join(", ")));
    }
    match field.kind.as_str() {
        "integer" if value.parse::<i64>().is_err() => fail("has to be a whole number"),
        "number" if !value.parse::<f64>().is_ok_and(f64::is_finite) => fail("has to be a number"),
        "boolean" if !matches!(value, "true" | "false") => fail("has to be true or false"),
        _ => Ok(()),
    }
}

fn typed(field: &WriteField, value: &str) -> Value {
    let number = || value.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number);
    let typed = match field.kind.as_str() {
        "integer" => value.parse::<i64>().ok().map(Value::from),
        "number" => number(),
        "boolean" => value.parse::<bool>().ok().map(Value::from),
        // One a line.
        "list" => {
            Some(value.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect())
        }
        _ => None,
    };
    typed.unwrap_or_else(|| Value::from(value))
}

/// The fields of an object as a form sends them; objects within are written `a[b]`.
fn form(body: &Value) -> String {
    fn add(prefix: &str, fields: &Map<String, Value>, parts: &mut Vec<String>) {
        for (name, value) in fields {
            let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}[{name}]") };
            match value {
                Value::Object(inner) => add(&name, inner, parts),
                Value::String(text) => parts.push(format!("{}={}", encoded(&name), encoded(text))),
                Value::Null => {}
                other => parts.push(format!("{}={}", encoded(&name), encoded(&other.to_string()))),
            }
        }
    }
    let mut parts = Vec::new();
    if let Some(fields) = body.as_object() {
        add("", fields, &mut parts);
    }
    parts.join("&")
}

fn id_in(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let paths = ["id", "sid", "uuid", "data.id", "ticket.id", "result.id", "comment.id", "ts"];
    paths.iter().find_map(|path| crate::item::text_at(&answer, path))
}

fn words_of(body: &[u8]) -> String {
    crate::schema::shortened(&String::from_utf8_lossy(body))
}
