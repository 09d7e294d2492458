//! Mail: single messages and mailboxes. Each message is a record of who wrote to whom, when, about what.

use crate::input::{Document, broken, failure};
use crate::output::Out;
use crate::quotation::own_words;
use crate::reader::{Opened, Records};
use mail_parser::{Address, HeaderValue, Message, MessageParser};
use protocol::Failure;
use std::io::{BufRead, BufReader, Read};

/// Bytes of one message that are looked at; attachments make the rest.
const MAX_MESSAGE_BYTES: usize = 32 << 20;
/// Repair: the end of a long message was left out.
const LONG: &str = "message longer than 32 MiB read in part";
/// Repair: a message without a date took that of its delivery.
const RECEIVED: &str = "date of delivery used for a message without a date";

/// Opens one message.
pub(crate) fn message(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let bytes = document.into_bytes()?;
    if bytes.trim_ascii().is_empty() {
        return Err(failure(format!("{name} is empty."), "Save the message again."));
    }
    Ok(Opened::new(Single(Some(bytes))))
}

struct Single(Option<Vec<u8>>);

impl Records for Single {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        if let Some(bytes) = self.0.take() {
            hand_over(&bytes, 1, out);
        }
        Ok(false)
    }
}

/// Opens a mailbox, of which one message at a time is held.
pub(crate) fn mailbox(document: Document) -> Opened {
    let name = document.name.clone();
    Opened::new(Mailbox {
        name,
        lines: BufReader::with_capacity(64 << 10, document.into_stream()),
        message: Vec::new(),
        n_messages: 0,
        after_blank: true,
        is_long: false,
    })
}

struct Mailbox {
    name: String,
    lines: BufReader<Box<dyn Read>>,
    message: Vec<u8>,
    /// Messages that have begun.
    n_messages: u64,
    /// The line before was blank, so that another message may begin.
    after_blank: bool,
    is_long: bool,
}

impl Records for Mailbox {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let n = self.lines.by_ref().take(MAX_MESSAGE_BYTES as u64).read_until(b'\n', &mut line);
            if n.map_err(|cause| broken(&self.name, &cause))? == 0 {
                self.end_message(out);
                return Ok(false);
            }
            if self.after_blank && line.starts_with(b"From ") {
                let is_first = self.n_messages == 0;
                if !is_first {
                    self.end_message(out);
                }
                self.n_messages += 1;
                self.after_blank = false;
                if is_first {
                    continue;
                }
                return Ok(true);
            }
            self.after_blank = line.trim_ascii().is_empty();
            self.hold(&line);
        }
    }
}

impl Mailbox {
    fn hold(&mut self, line: &[u8]) {
        // Lines that would have begun a message were marked when they were written.
        let unmarked = line
            .iter()
            .position(|byte| *byte != b'>')
            .filter(|at| *at > 0 && line[*at..].starts_with(b"From "));
        let line = if unmarked.is_some() { &line[1..] } else { line };
        if self.message.len() + line.len() > MAX_MESSAGE_BYTES {
            self.is_long = true;
        } else {
            self.message.extend_from_slice(line);
        }
    }

    fn end_message(&mut self, out: &mut Out) {
        if self.n_messages > 0 || !self.message.trim_ascii().is_empty() {
            if std::mem::take(&mut self.is_long) {
                out.repair(LONG);
            }
            hand_over(&self.message, self.n_messages.max(1), out);
        }
        self.message.clear();
    }
}

/// Makes a record of a message, or says why it cannot be one.
fn hand_over(bytes: &[u8], number: u64, out: &mut Out) {
    let Some(message) = MessageParser::default().parse(bytes) else {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        return out.reject(number, "", "is not a message", &head);
    };
    let from = address(message.from()).or_else(|| address(message.sender()));
    let from =
        from.or_else(|| message.return_address().map(|address| (address.to_lowercase(), String::new())));
    let Some((customer, name)) = from.filter(|(customer, _)| !customer.is_empty()) else {
        return out.reject(number, "customer", "has no sender", message.subject().unwrap_or_default());
    };
    let date = message.date().filter(|date| date.is_valid());
    let received = || message.received().and_then(|received| received.date);
    let Some(time) = date.copied().or_else(received) else {
        return out.reject(number, "time", "has no date", message.subject().unwrap_or_default());
    };
    if date.is_none() {
        out.repair(RECEIVED);
    }
    let text = own_words(&body(&message));
    let to = addresses(message.to());
    out.record(
        number,
        &[
            ("customer", &customer),
            ("activity", activity(&message)),
            ("time", &time.to_rfc3339()),
            ("channel", "e-mail"),
            ("text", &text),
            ("subject", message.subject().unwrap_or_default()),
            ("to", &to),
            ("name", &name),
            ("thread", &thread(&message)),
        ],
    );
}

/// All that is written in a message, plain text preferred.
fn body(message: &Message<'_>) -> String {
    let parts = (0..message.text_body_count()).filter_map(|at| message.body_text(at));
    let text = parts.map(|part| part.trim().to_owned()).collect::<Vec<_>>().join("\n\n");
    text.replace('\r', "")
}

/// The first address with its name.
fn address(address: Option<&Address<'_>>) -> Option<(String, String)> {
    let first = address?.first()?;
    let name = first.name().unwrap_or_default().to_owned();
    let mail = first.address().map_or_else(|| name.clone(), str::to_lowercase);
    Some((mail.trim().to_owned(), name))
}

fn addresses(address: Option<&Address<'_>>) -> String {
    let Some(address) = address else { return String::new() };
    address.iter().filter_map(|one| one.address()).map(str::to_lowercase).collect::<Vec<_>>().join(", ")
}

/// What kind of message it is, by its headers and the beginning of its subject.
fn activity(message: &Message<'_>) -> &'static str {
    let automatic = message.header_raw("Auto-Submitted").is_some_and(|value| value.trim() != "no")
        || message.header_raw("X-Autoreply").is_some();
    let subject = message.subject().unwrap_or_default().trim_start().to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| subject.starts_with(word));
    if automatic {
        "Automatic reply"
    } else if begins(&["fwd:", "fw:", "wg:", "tr:", "rv:"]) {
        "E-mail forwarded"
    } else if begins(&["re:", "aw:", "sv:", "antw:", "ref:"]) || !ids(message.in_reply_to()).is_empty() {
        "E-mail reply"
    } else {
        "E-mail"
    }
}

/// The id of the message that began the conversation.
fn thread(message: &Message<'_>) -> String {
    let root = ids(message.references()).into_iter().chain(ids(message.in_reply_to())).next();
    root.or_else(|| message.message_id().map(str::to_owned)).unwrap_or_default()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
