//! Conversations of Intercom, as its programming interface gives them: the first message and every part that followed.

use crate::input::{Document, failure};
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use crate::telegram::{all_parsed, text};
use mail_parser::decoders::html::html_to_text;
use protocol::Failure;
use serde_json::Value;
use std::collections::HashMap;

/// Opens one conversation, a list of them, what the programming interface answers, or one of these a line.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut conversations = Vec::new();
    for mut value in all_parsed(document)? {
        let listed = value.get_mut("conversations").map(Value::take);
        match listed.unwrap_or(value) {
            Value::Array(mut listed) => conversations.append(&mut listed),
            one => conversations.push(one),
        }
    }
    let is_one =
        |one: &Value| [FIRST[0], FIRST[1], "conversation_parts"].iter().any(|key| one.get(key).is_some());
    if !conversations.iter().any(is_one) {
        let advice = "Get the conversations with their parts.";
        return Err(failure(format!("{name} holds no conversation of Intercom."), advice));
    }
    let addresses = addresses(&conversations);
    Ok(Opened::new(Conversations { conversations: conversations.into_iter(), addresses, n_records: 0 }))
}

/// Where the first message stands, now and in former times.
const FIRST: [&str; 2] = ["source", "conversation_message"];

fn first(conversation: &Value) -> &Value {
    FIRST.iter().find_map(|key| conversation.get(key)).unwrap_or(&Value::Null)
}

fn parts(conversation: &Value) -> impl Iterator<Item = &Value> {
    let parts = conversation.pointer("/conversation_parts/conversation_parts");
    parts.and_then(Value::as_array).into_iter().flatten()
}

/// Addresses of customers by number: in some conversations Intercom tells the number alone.
fn addresses(conversations: &[Value]) -> HashMap<String, String> {
    let mut known = HashMap::new();
    for conversation in conversations {
        for message in std::iter::once(first(conversation)).chain(parts(conversation)) {
            let author = message.get("author").unwrap_or(&Value::Null);
            let address = text(author, "email").to_lowercase();
            if is_customer(author) && !address.is_empty() {
                known.insert(id(author), address);
            }
        }
    }
    known
}

struct Conversations {
    conversations: std::vec::IntoIter<Value>,
    addresses: HashMap<String, String>,
    n_records: u64,
}

/// What all parts of a conversation share.
struct Common<'a> {
    customer: String,
    id: String,
    channel: &'a str,
    subject: String,
}

impl Records for Conversations {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let Some(conversation) = self.conversations.next() else { return Ok(false) };
        let source = first(&conversation);
        let common = Common {
            customer: self.customer(&conversation),
            id: id(&conversation),
            channel: match text(source, "type") {
                "" | "conversation_message" => "Intercom",
                channel => channel,
            },
            subject: plain(text(source, "subject")),
        };
        if !source.is_null() {
            self.message(source, conversation.get("created_at"), "message", &common, out);
        }
        for part in parts(&conversation) {
            let kind = text(part, "part_type");
            let kind = if kind.is_empty() { "part" } else { kind };
            self.message(part, part.get("created_at"), kind, &common, out);
        }
        if let Some(rating) = conversation.get("conversation_rating") {
            self.rating(rating, &common, out);
        }
        Ok(true)
    }
}

impl Conversations {
    fn message(&mut self, part: &Value, at: Option<&Value>, kind: &str, common: &Common<'_>, out: &mut Out) {
        let author = part.get("author").unwrap_or(&Value::Null);
        let who = match text(author, "type") {
            "admin" | "team" => "Teammate",
            "bot" => "Bot",
            _ if is_customer(author) => "Customer",
            _ => "Somebody",
        };
        let activity = format!("{who}: {}", kind.replace('_', " "));
        let fields = [("author", text(author, "name"))];
        self.hand_over(&activity, at, &plain(text(part, "body")), &fields, common, out);
    }

    /// What the customer thought of the conversation, from 1 to 5.
    fn rating(&mut self, rating: &Value, common: &Common<'_>, out: &mut Out) {
        let Some(score) = rating.get("rating").and_then(Value::as_u64) else { return };
        let score = score.to_string();
        let remark = plain(text(rating, "remark"));
        self.hand_over(
            "Conversation rated",
            rating.get("created_at"),
            &remark,
            &[("csat", &score)],
            common,
            out,
        );
    }

    fn hand_over(
        &mut self,
        activity: &str,
        at: Option<&Value>,
        words: &str,
        more: &[(&str, &str)],
        common: &Common<'_>,
        out: &mut Out,
    ) {
        self.n_records += 1;
        let Some(time) = at.and_then(moment) else {
            return out.reject(self.n_records, "time", "has no time", &common.id);
        };
        if common.customer.is_empty() {
            return out.reject(self.n_records, "customer", "belongs to nobody known", &common.id);
        }
        let time = time.iso();
        let mut fields = vec![
            ("customer", common.customer.as_str()),
            ("activity", activity),
            ("time", &time),
            ("channel", common.channel),
            ("text", words),
            ("conversation", &common.id),
            ("subject", &common.subject),
        ];
        fields.extend_from_slice(more);
        out.record(self.n_records, &fields);
    }

    /// The customer's address, or else the number by which Intercom knows the person.
    fn customer(&self, conversation: &Value) -> String {
        let author = first(conversation).get("author").filter(|author| is_customer(author));
        let contact = conversation.pointer("/contacts/contacts/0").or_else(|| conversation.get("user"));
        let Some(person) = author.or(contact) else { return String::new() };
        match text(person, "email") {
            "" => self.addresses.get(&id(person)).cloned().unwrap_or_else(|| id(person)),
            address => address.to_lowercase(),
        }
    }
}

fn is_customer(author: &Value) -> bool {
    matches!(text(author, "type"), "user" | "lead" | "contact")
}

/// Times are seconds since 1970, or texts.
fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::String(text) => text.parse().ok().map(Moment::of_unix_secs).or_else(|| Moment::parse(text)),
        value => value.as_i64().map(Moment::of_unix_secs),
    }
}

/// Numbers of things are texts or numbers.
fn id(value: &Value) -> String {
    match value.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

fn plain(html: &str) -> String {
    if html.contains(['<', '&']) { html_to_text(html).trim().to_owned() } else { html.trim().to_owned() }
}
