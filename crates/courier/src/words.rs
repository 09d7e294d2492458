//! What is said to people: sentences whose words are in `web/locales`.

use connector::{Drift, Trouble};
use protocol::{
    Failure,
    sentence::{Sentence, Value},
};

pub(crate) fn say(key: &str, values: &[&str]) -> Sentence {
    Sentence::new(&format!("connect.{key}"), values.iter().map(|value| Value::Text((*value).to_owned())))
}

pub(crate) fn count(key: &str, n: u64, values: &[&str]) -> Sentence {
    let rest = values.iter().map(|value| Value::Text((*value).to_owned()));
    Sentence::new(&format!("connect.{key}"), std::iter::once(Value::Count(n)).chain(rest))
}

/// What happened and what to do.
pub(crate) type Trouble2 = (Sentence, Sentence);

/// A trouble and its advice, which has the same key.
pub(crate) fn trouble(key: &str, values: &[&str]) -> Trouble2 {
    (say(&format!("trouble.{key}"), values), say(&format!("advice.{key}"), values))
}

pub(crate) fn of_trouble(trouble_is: &Trouble, read: &str) -> Trouble2 {
    match trouble_is {
        Trouble::Denied { status, reason } => trouble("denied", &[read, &status_of(*status, reason)]),
        Trouble::Refused { status, reason } => trouble("refused", &[read, &status_of(*status, reason)]),
        Trouble::GaveUp { last } => trouble("gave_up", &[read, last]),
        Trouble::ForeignLink { address } => trouble("foreign", &[read, address]),
        Trouble::Budget => trouble("budget", &[read]),
        Trouble::Connection { why } => trouble("connection", &[read, why]),
    }
}

/// A status, and the system's own word for it.
fn status_of(status: u16, reason: &str) -> String {
    if reason.is_empty() { status.to_string() } else { format!("{status}, “{reason}”") }
}

pub(crate) fn of_drift(read: &str, drift: &Drift) -> Sentence {
    match drift {
        Drift::Came(field) => say("drift.came", &[read, field]),
        Drift::Went(field) => say("drift.went", &[read, field]),
        Drift::Changed { field, was, is } => say("drift.changed", &[read, field, was, is]),
    }
}

pub(crate) fn failure(message: impl Into<String>, advice: &str) -> Failure {
    Failure { message: message.into(), advice: advice.to_owned() }
}
