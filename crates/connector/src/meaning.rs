//! Which field of an item is its id, its time, its customer, its account, its text, the kind of event.

use crate::schema::{Field, FieldKind};
use crate::words::{plain, singular, words};
use serde::{Deserialize, Serialize};

/// What a field of an item can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Identifies the item.
    Id,
    /// When it happened or was made.
    Time,
    /// When it was changed last.
    Changed,
    /// Identifies the customer.
    Customer,
    /// Identifies the account.
    Account,
    /// Text that a person wrote or said.
    Text,
    /// The kind of event.
    Kind,
}

// Names of fields by what they mean, the most telling first.
const ID: [&str; 10] =
    ["id", "sid", "uuid", "gid", "key", "ticket_id", "event_id", "message_id", "msg_id", "insert_id"];
const TIME: [&str; 26] = [
    "created_at",
    "occurred_at",
    "date_created",
    "created",
    "created_date",
    "create_date",
    "created_time",
    "creation_time",
    "timestamp",
    "event_time",
    "time",
    "ts",
    "sent_at",
    "start_time",
    "started_at",
    "date",
    "submitted_at",
    "received_at",
    "last_event_time",
    "processed",
    "recorded_at",
    "date_create",
    "computed_at",
    "created_timestamp",
    "date_submitted",
    "media_start_time",
];
const CHANGED: [&str; 11] = [
    "updated_at",
    "date_updated",
    "updated",
    "modified_at",
    "last_modified",
    "updated_date",
    "last_modified_date",
    "modified",
    "changed_at",
    "updated_time",
    "updated_timestamp",
];
const CUSTOMER: [&str; 26] = [
    "customer_id",
    "contact_id",
    "customer",
    "contact",
    "requester_id",
    "user_id",
    "distinct_id",
    "person_id",
    "recipient_id",
    "email",
    "to_email",
    "email_address",
    "from_email",
    "customer_email",
    "user_email",
    "user",
    "lead_id",
    "participant_identity",
    "identity",
    "author",
    "customer_key",
    "address",
    "recipient",
    "external_id",
    "phone_number",
    "customer_phone_number",
];
const ACCOUNT: [&str; 8] = [
    "account_id",
    "company_id",
    "organization_id",
    "organisation_id",
    "company",
    "account",
    "org_id",
    "company_name",
];
const TEXT: [&str; 14] = [
    "body",
    "text",
    "message",
    "content",
    "comment",
    "plain_body",
    "transcript",
    "description",
    "subject",
    "feedback",
    "review",
    "note",
    "reason",
    "summary",
];
const KIND: [&str; 13] = [
    "event",
    "event_type",
    "event_name",
    "type",
    "kind",
    "action",
    "status",
    "state",
    "activity_type",
    "category",
    "subtype",
    "name",
    "title",
];

impl Meaning {
    /// All meanings.
    pub const ALL: [Meaning; 7] =
        [Self::Id, Self::Time, Self::Changed, Self::Customer, Self::Account, Self::Text, Self::Kind];

    /// The name used in connections: `customer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Time => "time",
            Self::Changed => "changed",
            Self::Customer => "customer",
            Self::Account => "account",
            Self::Text => "text",
            Self::Kind => "kind",
        }
    }

    /// The meaning of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.name() == name)
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &ID,
            Self::Time => &TIME,
            Self::Changed => &CHANGED,
            Self::Customer => &CUSTOMER,
            Self::Account => &ACCOUNT,
            Self::Text => &TEXT,
            Self::Kind => &KIND,
        }
    }

    /// Whether values of this kind can mean that.
    fn fits(self, field: &Field) -> bool {
        match self {
            Self::Time | Self::Changed => {
                matches!(
                    field.kind,
                    FieldKind::Text | FieldKind::Integer | FieldKind::Number | FieldKind::Unknown
                )
            }
            Self::Text | Self::Kind => matches!(field.kind, FieldKind::Text | FieldKind::Unknown),
            Self::Id | Self::Customer | Self::Account => {
                matches!(field.kind, FieldKind::Text | FieldKind::Integer | FieldKind::Unknown)
            }
        }
    }
}

/// A field of an item with what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// What it means.
    pub meaning: Meaning,
    /// The field, from the item on: `source.author.id`.
    pub field: String,
    /// Why that is thought.
    pub reason: String,
}

/// The meanings of the fields of an item; `noun` is what the items are called.
pub(crate) fn of(fields: &[Field], noun: &str) -> Vec<Meant> {
    Meaning::ALL.into_iter().filter_map(|meaning| find(meaning, fields, noun)).collect()
}

fn find(meaning: Meaning, fields: &[Field], noun: &str) -> Option<Meant> {
    let best = fields
        .iter()
        .filter(|field| {
            meaning.fits(field) && (!field.path.contains("[]") || is_in_customers(meaning, &field.path))
        })
        .filter_map(|field| Some((score(meaning, field, noun)?, field)))
        // Of equals the one that is nearest to the item, then the first by name.
        .min_by_key(|(score, field)| (*score, field.path.clone()))?;
    let (_, field) = best;
    let reason = match (&field.format, meaning) {
        (Some(format), Meaning::Time | Meaning::Changed) => format!("its name, and its format {format}"),
        _ => "its name".to_owned(),
    };
    Some(Meant { meaning, field: field.path.clone(), reason })
}

/// How well a field fits; less is better.
fn score(meaning: Meaning, field: &Field, noun: &str) -> Option<usize> {
    const PER_LEVEL: usize = 40;
    let depth = field.depth();
    if depth > 2 || meaning != Meaning::Account && is_about_staff(&field.path) {
        return None;
    }
    // Words about the type or the language of a thing are no words of a person.
    if meaning == Meaning::Text && depth > 0 && !is_in_message(&field.path) {
        return None;
    }
    let name = plain(field.name());
    let at = meaning.names().iter().position(|known| *known == name);
    let own = own_score(meaning, &name, field, noun);
    let by_name = match (at, own) {
        (Some(at), Some(own)) => at.min(own),
        (at, own) => at.or(own)?,
    };
    let penalty = match meaning {
        // The id of the item lies in it directly.
        Meaning::Id if depth > 0 => return None,
        _ => depth * PER_LEVEL,
    };
    Some(by_name * 2 + penalty)
}

/// Whether a field is about those who work with the system, or about something other than the item.
fn is_about_staff(path: &str) -> bool {
    let parts: Vec<_> = path.split('.').flat_map(words).collect();
    let staff =
        ["assignee", "admin", "teammate", "agent", "owner", "rating", "bot", "metrics", "team", "staff"];
    parts.iter().any(|part| staff.contains(&part.as_str()))
}

/// The first of several customers stands for the item.
fn is_in_customers(meaning: Meaning, path: &str) -> bool {
    let lists = ["contacts[].", "customers[].", "contacts.contacts[].", "requesters[]."];
    meaning == Meaning::Customer
        && lists.iter().any(|list| path.starts_with(list))
        && path.matches("[]").count() == 1
}

fn is_in_message(path: &str) -> bool {
    let parents = path.rsplit_once('.').map_or("", |(parents, _)| parents);
    let names = [
        "source",
        "body",
        "message",
        "content",
        "comment",
        "payload",
        "latest_message",
        "conversation_message",
    ];
    parents.split('.').all(|parent| names.contains(&plain(parent).as_str()))
}

/// Names that mean something only together with where they are.
fn own_score(meaning: Meaning, name: &str, field: &Field, noun: &str) -> Option<usize> {
    let parents: Vec<String> =
        field.path.split('.').rev().skip(1).map(|part| singular(&plain(part))).collect();
    let under = |names: &[&str]| parents.first().is_some_and(|parent| names.contains(&parent.as_str()));
    match meaning {
        Meaning::Id if name.ends_with("_id") || name.ends_with("_sid") => {
            let noun = singular(&plain(noun));
            let last = words(&noun).pop().unwrap_or_default();
            let stem = name.trim_end_matches("_id").trim_end_matches("_sid");
            (stem == noun || stem == last).then_some(3)
        }
        Meaning::Customer if matches!(name, "id" | "email" | "external_id") => {
            let rank = usize::from(name != "id");
            under(&["contact", "customer", "author", "requester", "user", "from", "person"]).then_some(rank)
        }
        Meaning::Account if matches!(name, "id" | "company_id" | "name") => {
            under(&["company", "account", "organization", "organisation"]).then_some(0)
        }
        _ => None,
    }
}
