//! Chats exported by Telegram Desktop as JSON: one chat, or all of an account.

use crate::input::{Document, failure};
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use protocol::Failure;
use serde_json::Value;

/// Opens an export.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut value = parsed(document)?;
    let chats = match value.pointer_mut("/chats/list").map(Value::take) {
        Some(Value::Array(chats)) => chats,
        _ => vec![value],
    };
    if !chats.iter().any(|chat| chat.get("messages").is_some_and(Value::is_array)) {
        return Err(failure(format!("{name} holds no list of messages."), "Export the chat again as JSON."));
    }
    Ok(Opened::new(Chats { chats: chats.into_iter(), n_messages: 0 }))
}

/// The whole document as a value.
pub(crate) fn parsed(document: Document) -> Result<Value, Failure> {
    let name = document.name.clone();
    let bytes = document.into_bytes()?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|cause| {
        let message = format!("{name}, line {}: the JSON is broken: {cause}.", cause.line());
        failure(message, "The file may be cut off: download it again. Nothing of it was imported.")
    })
}

/// The text of a field; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

struct Chats {
    chats: std::vec::IntoIter<Value>,
    n_messages: u64,
}

impl Records for Chats {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let Some(chat) = self.chats.next() else { return Ok(false) };
        let name = match text(&chat, "name") {
            "" => text(&chat, "type"),
            name => name,
        };
        for message in chat.get("messages").and_then(Value::as_array).into_iter().flatten() {
            self.n_messages += 1;
            hand_over(message, name, self.n_messages, out);
        }
        Ok(true)
    }
}

fn hand_over(message: &Value, chat: &str, number: u64, out: &mut Out) {
    let author = match text(message, "from") {
        "" => text(message, "actor"),
        author => author,
    };
    if author.is_empty() {
        return out.reject(number, "customer", "was written by nobody known", text(message, "date"));
    }
    let unix = text(message, "date_unixtime").parse().ok().map(Moment::of_unix_secs);
    let Some(time) = unix.or_else(|| Moment::parse(text(message, "date"))) else {
        return out.reject(number, "time", "has no date", text(message, "date"));
    };
    let id = match text(message, "from_id") {
        "" => text(message, "actor_id"),
        id => id,
    };
    out.record(
        number,
        &[
            ("customer", author),
            ("activity", &activity(message)),
            ("time", &time.iso()),
            ("channel", "Telegram"),
            ("text", &words(message.get("text").unwrap_or(&Value::Null))),
            ("conversation", chat),
            ("user_id", id),
        ],
    );
}

/// What was done: service messages say it themselves.
fn activity(message: &Value) -> String {
    let action = text(message, "action").replace('_', " ");
    if text(message, "type") == "service" && !action.is_empty() {
        let mut chars = action.chars();
        return chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
    }
    let has = |field: &str| message.get(field).is_some();
    if has("reply_to_message_id") {
        "Reply".to_owned()
    } else if has("photo") || has("file") || has("media_type") {
        "Media".to_owned()
    } else {
        "Message".to_owned()
    }
}

/// Formatted text is a list of pieces.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(pieces) => pieces.iter().map(words).collect(),
        Value::Object(piece) => piece.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
