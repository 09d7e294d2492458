//! Chats exported by Telegram Desktop as JSON: one chat, or all of an account.

use crate::input::{Document, failure};
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use protocol::Failure;
use serde_json::Value;

/// Where the chats of an account stand; those that were left have a list of their own.
const LISTS: [&str; 2] = ["/chats/list", "/left_chats/list"];

/// Opens an export.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut value = parsed(document)?;
    let mut chats = Vec::new();
    for list in LISTS {
        if let Some(Value::Array(mut listed)) = value.pointer_mut(list).map(Value::take) {
            chats.append(&mut listed);
        }
    }
    if chats.is_empty() {
        chats.push(value);
    }
    if !chats.iter().any(|chat| chat.get("messages").is_some_and(Value::is_array)) {
        return Err(failure(format!("{name} holds no list of messages."), "Export the chat again as JSON."));
    }
    Ok(Opened::new(Chats { chats: chats.into_iter(), n_messages: 0 }))
}

/// The whole document as a value.
pub(crate) fn parsed(document: Document) -> Result<Value, Failure> {
    let name = document.name.clone();
    let bytes = document.into_bytes()?;
    serde_json::from_slice(without_mark(&bytes)).map_err(|cause| broken(&name, &cause))
}

/// The values of a document, of which there may be one a line.
pub(crate) fn all_parsed(document: Document) -> Result<Vec<Value>, Failure> {
    let name = document.name.clone();
    let bytes = document.into_bytes()?;
    let values = serde_json::Deserializer::from_slice(without_mark(&bytes)).into_iter();
    values.collect::<Result<_, _>>().map_err(|cause| broken(&name, &cause))
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn broken(name: &str, cause: &serde_json::Error) -> Failure {
    let message = format!("{name}, line {}: the JSON is broken: {cause}.", cause.line());
    failure(message, "The file may be cut off: download it again. Nothing of it was imported.")
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
    // Whoever deleted the account has no name any more, but still a number.
    let of_author = ["from", "actor", "from_id", "actor_id"].map(|field| text(message, field));
    let author = of_author.into_iter().find(|author| !author.is_empty()).unwrap_or_default();
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
