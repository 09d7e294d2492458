//! Conversations of Intercom, as its programming interface gives them: the first message and every part that followed.

use crate::input::{Document, failure};
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use crate::telegram::{parsed, text};
use mail_parser::decoders::html::html_to_text;
use protocol::Failure;
use serde_json::Value;

/// Opens one conversation, a list of them, or what the programming interface answers.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut value = parsed(document)?;
    let listed = value.get_mut("conversations").map(Value::take);
    let conversations = match listed.unwrap_or(value) {
        Value::Array(conversations) => conversations,
        one => vec![one],
    };
    if !conversations.iter().any(|one| one.get("source").is_some() || one.get("conversation_parts").is_some())
    {
        let advice = "Get the conversations with their parts.";
        return Err(failure(format!("{name} holds no conversation of Intercom."), advice));
    }
    Ok(Opened::new(Conversations { conversations: conversations.into_iter(), n_records: 0 }))
}

struct Conversations {
    conversations: std::vec::IntoIter<Value>,
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
        let null = Value::Null;
        let source = conversation.get("source").unwrap_or(&null);
        let parts = conversation.pointer("/conversation_parts/conversation_parts").and_then(Value::as_array);
        let common = Common {
            customer: customer(&conversation),
            id: id(&conversation),
            channel: match text(source, "type") {
                "" => "Intercom",
                channel => channel,
            },
            subject: plain(text(source, "subject")),
        };
        if !source.is_null() {
            self.hand_over(source, conversation.get("created_at"), "message", &common, out);
        }
        for part in parts.into_iter().flatten() {
            let kind = text(part, "part_type");
            self.hand_over(
                part,
                part.get("created_at"),
                if kind.is_empty() { "part" } else { kind },
                &common,
                out,
            );
        }
        Ok(true)
    }
}

impl Conversations {
    fn hand_over(
        &mut self,
        part: &Value,
        at: Option<&Value>,
        kind: &str,
        common: &Common<'_>,
        out: &mut Out,
    ) {
        self.n_records += 1;
        let author = part.get("author").unwrap_or(&Value::Null);
        let Some(time) = at.and_then(Value::as_i64).map(Moment::of_unix_secs) else {
            return out.reject(self.n_records, "time", "has no time", &common.id);
        };
        if common.customer.is_empty() {
            return out.reject(self.n_records, "customer", "belongs to nobody known", &common.id);
        }
        let who = match text(author, "type") {
            "admin" | "team" => "Teammate",
            "bot" => "Bot",
            "user" | "lead" | "contact" => "Customer",
            _ => "Somebody",
        };
        out.record(
            self.n_records,
            &[
                ("customer", &common.customer),
                ("activity", &format!("{who}: {}", kind.replace('_', " "))),
                ("time", &time.iso()),
                ("channel", common.channel),
                ("text", &plain(text(part, "body"))),
                ("conversation", &common.id),
                ("subject", &common.subject),
                ("author", text(author, "name")),
            ],
        );
    }
}

/// The customer's address, or else the number by which Intercom knows the person.
fn customer(conversation: &Value) -> String {
    let author = conversation.pointer("/source/author");
    let is_customer = |author: &&Value| matches!(text(author, "type"), "user" | "lead" | "contact");
    let known = |person: &Value| match text(person, "email") {
        "" => id(person),
        address => address.to_lowercase(),
    };
    let contact = conversation.pointer("/contacts/contacts/0").or_else(|| conversation.get("user"));
    author.filter(is_customer).or(contact).map(known).unwrap_or_default()
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
