//! Which parameter leaves out what is old, so that only what is new has to be fetched.

use crate::operation::{Operation, Place};
use crate::schema::FieldKind;
use crate::words::plain;
use serde::{Deserialize, Serialize};

/// How a moment is written in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
    /// `2026-03-01T09:30:00Z`.
    DateTime,
    /// `2026-03-01`.
    Date,
}

impl TimeForm {
    /// All forms.
    pub const ALL: [TimeForm; 4] = [Self::UnixSeconds, Self::UnixMillis, Self::DateTime, Self::Date];

    /// The name used in connections: `date_time`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnixSeconds => "unix_seconds",
            Self::UnixMillis => "unix_millis",
            Self::DateTime => "date_time",
            Self::Date => "date",
        }
    }
}

/// The parameter that takes the earliest moment wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Its name.
    pub parameter: String,
    /// How the moment is written.
    pub form: TimeForm,
    /// It is about when something was changed last, not when it was made: better for following.
    #[serde(default)]
    pub by_change: bool,
}

/// Names that begin a span of time, those about changes first.
const CHANGED: [&str; 12] = [
    "updated_after",
    "updated_since",
    "modified_since",
    "modified_after",
    "updated_at_min",
    "updated_at_gte",
    "updated_gte",
    "updated_at_after",
    "changed_since",
    "last_modified_after",
    "after_date_updated",
    "updated_from",
];
const MADE: [&str; 30] = [
    "since",
    "created_after",
    "created_since",
    "created_at_after",
    "created_at_min",
    "created_gte",
    "created_at_gte",
    "created_from",
    "after_date_created",
    "date_created_after",
    "start_time",
    "start_date",
    "from_date",
    "date_from",
    "since_time",
    "oldest",
    "ts_from",
    "after_start_time",
    "from_time",
    "time_from",
    "start_datetime",
    "begin",
    "min_date",
    "start",
    "from",
    "start_date_time",
    "date_start",
    "occurred_after",
    "min_time",
    "since_date",
];

/// The parameter of an operation, and why that is thought.
pub(crate) fn of(operation: &Operation) -> Option<(Since, String)> {
    let find = |names: &[&str]| {
        names.iter().find_map(|name| {
            operation.parameters.iter().find(|parameter| {
                parameter.place == Place::Query
                    && plain(&parameter.name) == *name
                    && !matches!(parameter.kind, FieldKind::Boolean | FieldKind::Object | FieldKind::List)
            })
        })
    };
    let (parameter, by_change) =
        find(&CHANGED).map(|found| (found, true)).or_else(|| find(&MADE).map(|found| (found, false)))?;
    let form = form_of(parameter.kind, parameter.format.as_deref(), &parameter.description, &parameter.name);
    // `from` and `start` may be addresses or numbers of items: only a word of time makes them times.
    let form = match (plain(&parameter.name).as_str(), form) {
        ("from" | "start" | "begin", None) => return None,
        (_, form) => form.unwrap_or(TimeForm::DateTime),
    };
    let reason = format!("“{}” takes the earliest time wanted", parameter.name);
    Some((Since { parameter: parameter.name.clone(), form, by_change }, reason))
}

fn form_of(kind: FieldKind, format: Option<&str>, description: &str, name: &str) -> Option<TimeForm> {
    let text = description.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match format {
        Some("date-time") => return Some(TimeForm::DateTime),
        Some("date") => return Some(TimeForm::Date),
        Some("int64") if says(&["millisecond"]) => return Some(TimeForm::UnixMillis),
        _ => {}
    }
    if says(&["millisecond"]) {
        return Some(TimeForm::UnixMillis);
    }
    let by_name = plain(name);
    if matches!(kind, FieldKind::Integer | FieldKind::Number)
        || says(&["unix", "epoch", "timestamp of", "timestamp in seconds"])
    {
        return Some(TimeForm::UnixSeconds);
    }
    if by_name == "ts_from" || by_name == "oldest" {
        return Some(TimeForm::UnixSeconds);
    }
    if says(&["yyyy-mm-dd"]) && !says(&["hh:mm", "thh"])
        || by_name.ends_with("_date")
        || by_name == "date_from"
    {
        return Some(TimeForm::Date);
    }
    says(&["iso 8601", "iso8601", "rfc 3339", "date", "time"]).then_some(TimeForm::DateTime)
}
