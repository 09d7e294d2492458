//! Operations that give a list of things worth reading, told from those that give one thing or settings.

use crate::meaning::{self, Meaning, Meant};
use crate::operation::{Method, Operation};
use crate::paging::{self, PageSize, Paging};
use crate::schema::{Field, FieldKind};
use crate::since::{self, Since};
use crate::words::{capital, plain, singular, words};

/// How much the items of a list tell of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// What happened: tickets, messages, calls, orders.
    Events,
    /// Who it was: contacts, companies, users.
    People,
    /// Perhaps; the document alone does not say.
    Unclear,
    /// How the system is set up, or sums of what it holds: not worth reading for a map.
    Settings,
}

/// A list that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The operation, as a place in the catalogue.
    pub operation: usize,
    /// Field of the answer that holds the items; empty where the answer is the list.
    pub items: String,
    /// The document does not say where the items are: the first list of objects in an answer is taken.
    pub items_open: bool,
    /// The answer is an item a line.
    pub lines: bool,
    /// What the items are called, in the singular: `ticket`.
    pub noun: String,
    /// How it is read on.
    pub paging: Paging,
    /// How many items to ask for at a time.
    pub page_size: Option<PageSize>,
    /// How to ask only for what is new.
    pub since: Option<Since>,
    /// What fields of the items mean.
    pub meanings: Vec<Meant>,
    /// How much it tells.
    pub worth: Worth,
    /// Operation that gives one item whole, as a place in the catalogue.
    pub detail: Option<usize>,
    /// Parameters of the path that a person has to give, or that another list gives.
    pub needs: Vec<String>,
    /// Why all this is thought, in sentences.
    pub reasons: Vec<String>,
}

/// Names of the field that holds the items.
const ITEMS: [&str; 13] = [
    "data", "results", "result", "items", "records", "list", "values", "entries", "elements", "objects",
    "value", "content", "rows",
];
const EVENTS: [&str; 48] = [
    "ticket",
    "conversation",
    "message",
    "call",
    "event",
    "order",
    "invoice",
    "charge",
    "payment",
    "refund",
    "survey",
    "response",
    "feedback",
    "submission",
    "deal",
    "activity",
    "note",
    "task",
    "review",
    "transcript",
    "sentence",
    "bounce",
    "block",
    "unsubscribe",
    "suppression",
    "visit",
    "session",
    "issue",
    "comment",
    "case",
    "chat",
    "email",
    "engagement",
    "subscription",
    "interaction",
    "meeting",
    "recording",
    "log",
    "login",
    "history",
    "reply",
    "receipt",
    "segment",
    "send",
    "assessment",
    "opportunity",
    "report",
    "reaction",
];
const PEOPLE: [&str; 16] = [
    "contact",
    "customer",
    "user",
    "company",
    "account",
    "organization",
    "organisation",
    "person",
    "people",
    "lead",
    "member",
    "participant",
    "recipient",
    "profile",
    "subscriber",
    "client",
];
const SETTINGS: [&str; 42] = [
    "webhook",
    "key",
    "setting",
    "role",
    "permission",
    "scope",
    "tag",
    "template",
    "design",
    "category",
    "categories",
    "team",
    "admin",
    "state",
    "type",
    "attribute",
    "field",
    "definition",
    "configuration",
    "credential",
    "certificate",
    "integration",
    "pool",
    "warmup",
    "ip",
    "domain",
    "link",
    "stat",
    "stats",
    "sum",
    "monthly",
    "sender",
    "whitelist",
    "status",
    "plugin",
    "operator",
    "owner",
    "binding",
    "channel",
    "release",
    "collection",
    "subuser",
];

/// The list that an operation gives, if it gives one.
pub(crate) fn of(operations: &[Operation], place: usize) -> Option<Listing> {
    let operation = &operations[place];
    let mut reasons = Vec::new();
    let found = items_of(operation, &mut reasons);
    let items_open = found.is_none() && !operation.answers_lines;
    if items_open && !is_told_nothing(operation) {
        return None;
    }
    let items = found.unwrap_or_default();
    if !asks(operation, &mut reasons) {
        return None;
    }
    let detail = detail_of(operations, operation);
    let noun = noun_of(operation, &items, detail.map(|at| &operations[at]));
    let fields = item_fields(operation, &items);
    let (paging, why) = paging::of(operation);
    // A single thing with lists inside is not a list of things.
    if paging == Paging::None && frame_has_id(operation) {
        return None;
    }
    let is_one = operation.ends_with_parameter() || items.matches('.').count() > 1 || items_open;
    if is_one && paging == Paging::None {
        return None;
    }
    if items_open {
        reasons.push("The document does not describe the answer; its parameters speak of pages.".to_owned());
    }
    reasons.push(format!("Pages: {why}."));
    let since = since::of(operation).map(|(since, why)| {
        reasons.push(format!("New ones only: {why}."));
        since
    });
    let meanings = meaning::of(&fields, &noun);
    for meant in &meanings {
        reasons.push(format!("{} is “{}”, by {}.", capital(meant.meaning.name()), meant.field, meant.reason));
    }
    let worth = worth_of(operation, &noun, &meanings);
    let needs = operation.path.split('/').filter_map(parameter_name).map(str::to_owned).collect();
    let page_size = paging::size(operation);
    let lines = operation.answers_lines;
    Some(Listing {
        operation: place,
        items,
        items_open,
        lines,
        noun,
        paging,
        page_size,
        since,
        meanings,
        worth,
        detail,
        needs,
        reasons,
    })
}

fn parameter_name(part: &str) -> Option<&str> {
    let start = part.find('{')?;
    let end = part.find('}')?;
    part.get(start + 1..end)
}

/// Whether asking changes nothing.
fn asks(operation: &Operation, reasons: &mut Vec<String>) -> bool {
    if operation.method == Method::Get {
        return true;
    }
    if operation.method != Method::Post {
        return false;
    }
    let searches = ["search", "list", "query", "find", "filter"];
    let last = words(operation.path.rsplit('/').next().unwrap_or_default());
    let by_path = last.iter().any(|word| searches.contains(&word.as_str()));
    let id = words(&operation.id);
    let verb = |word: &String| ["search", "list", "query"].contains(&word.as_str());
    let asks = by_path || id.first().is_some_and(verb) || id.last().is_some_and(verb);
    if asks {
        reasons.push("It is a search, although its method is POST.".to_owned());
    }
    asks
}

/// Whether the document leaves open what comes back.
fn is_told_nothing(operation: &Operation) -> bool {
    let told = |field: &&Field| !["ok", "success", "status", "type"].contains(&field.path.as_str());
    !operation.answers_list && !operation.answer.iter().any(|field| told(&field))
}

/// The field with the items.
fn items_of(operation: &Operation, reasons: &mut Vec<String>) -> Option<String> {
    if operation.answers_lines {
        reasons.push("The answer is a JSON value a line.".to_owned());
        return None;
    }
    if operation.answers_list {
        let has_objects = operation.answer.iter().any(|field| field.path.starts_with("[]."));
        if has_objects {
            reasons.push("The answer is a list.".to_owned());
            return Some(String::new());
        }
        return None;
    }
    let of_path = plain(operation.noun());
    let candidates = operation.answer.iter().filter(|field| {
        field.kind == FieldKind::List
            && !field.path.contains("[]")
            && matches!(field.item_kind, Some(FieldKind::Object | FieldKind::Unknown))
            && field.depth() <= 2
    });
    let rank = |field: &&Field| {
        let name = plain(field.name());
        let by_name = if name == of_path || of_path.ends_with(&name) && !name.is_empty() {
            0
        } else {
            ITEMS.iter().position(|known| *known == name).map_or(50, |at| at + 1)
        };
        (field.depth(), by_name, is_aside(&name))
    };
    let found = candidates.min_by_key(rank)?;
    // What comes beside the answer to a change, such as warnings, is no list of things.
    if is_aside(&plain(found.name())) {
        return None;
    }
    reasons.push(format!("“{}” of the answer is a list.", found.path));
    Some(found.path.clone())
}

fn is_aside(name: &str) -> bool {
    ["errors", "warnings", "error_indices", "links", "headers", "response_metadata", "messages_metadata"]
        .contains(&name)
}

fn frame_has_id(operation: &Operation) -> bool {
    operation
        .answer
        .iter()
        .any(|field| !field.path.contains('.') && ["id", "sid", "uuid"].contains(&field.path.as_str()))
}

/// What the items are called: the field that holds them, unless every list is called so.
fn noun_of(operation: &Operation, items: &str, detail: Option<&Operation>) -> String {
    let name = plain(items.rsplit('.').next().unwrap_or_default());
    let noun = if name.is_empty() || ITEMS.contains(&name.as_str()) {
        // `/objects/0-3/{dealId}`: where the path is a number, the parameter has the name.
        let of_detail = detail.and_then(|detail| detail.path.rsplit('/').next().and_then(parameter_name));
        let numbered = operation.path.trim_end_matches("/search").rsplit('/').next().unwrap_or_default();
        if let Some(name) = of_detail.filter(|_| !numbered.chars().any(char::is_alphabetic)) {
            let name = plain(name);
            return name.trim_end_matches("_id").replace('_', " ");
        }
        let mut parts: Vec<&str> =
            operation.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).collect();
        let general = |part: &&str| {
            ["search", "list", "query", "all", "scroll"].contains(&plain(part).as_str())
                || !part.chars().any(char::is_alphabetic)
        };
        while parts.len() > 1 && parts.last().is_some_and(general) {
            parts.pop();
        }
        // `conversations.list`: the thing before the verb.
        let last = parts.last().copied().unwrap_or_default();
        let last = last.strip_suffix(".list").or_else(|| last.strip_suffix(".search")).unwrap_or(last);
        plain(last.rsplit('.').next().unwrap_or(last))
    } else {
        name
    };
    singular(&noun).replace('_', " ")
}

/// The fields of the items, from the item on.
fn item_fields(operation: &Operation, items: &str) -> Vec<Field> {
    let prefix = format!("{items}[].");
    let own = operation.answer.iter().filter_map(|field| {
        let path = field.path.strip_prefix(&prefix)?;
        Some(Field { path: path.to_owned(), ..field.clone() })
    });
    own.collect()
}

fn worth_of(operation: &Operation, noun: &str, meanings: &[Meant]) -> Worth {
    let has = |meaning: Meaning| meanings.iter().any(|meant| meant.meaning == meaning);
    let is_in = |list: &[&str]| {
        let last = words(noun).pop().unwrap_or_default();
        list.contains(&last.as_str()) || list.contains(&plain(noun).as_str())
    };
    let path = plain(&operation.path);
    let about_setup =
        ["configuration", "settings", "admin", "whitelabel", "stats", "plugin_service", "permissions"]
            .iter()
            .any(|word| {
                path.split('_').any(|part| part == *word) || path.contains(*word) && word.contains('_')
            });
    if is_in(&SETTINGS) || about_setup && !is_in(&EVENTS) {
        return Worth::Settings;
    }
    if is_in(&EVENTS) {
        return Worth::Events;
    }
    if is_in(&PEOPLE) {
        return Worth::People;
    }
    // A thing with a time and somebody to whom it happened is an event, whatever it is called.
    if has(Meaning::Time) && has(Meaning::Customer) { Worth::Events } else { Worth::Unclear }
}

/// `GET /tickets/{id}` for `GET /tickets`, and for `POST /tickets/search`.
fn detail_of(operations: &[Operation], list: &Operation) -> Option<usize> {
    let trimmed = list.path.trim_end_matches("/search").trim_end_matches("/list");
    operations.iter().position(|other| {
        other.method == Method::Get
            && other
                .path
                .strip_prefix(trimmed)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| rest.starts_with('{') && !rest.contains('/'))
    })
}

/// Gives a cursor without a known field the one that most lists of the document use: documents often forget it.
pub(crate) fn adopt_cursors(listings: &mut [Listing]) {
    let mut fields: Vec<&str> = listings
        .iter()
        .filter_map(|listing| match &listing.paging {
            Paging::Cursor { field, .. } if !field.is_empty() => Some(field.as_str()),
            _ => None,
        })
        .collect();
    fields.sort_unstable();
    let most = fields.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| same[0].to_owned());
    let Some(most) = most else { return };
    for listing in listings {
        if let Paging::Cursor { field, .. } = &mut listing.paging
            && field.is_empty()
        {
            field.clone_from(&most);
            listing
                .reasons
                .push(format!("The cursor is taken from “{most}”, as in other lists of this document."));
        }
    }
}
