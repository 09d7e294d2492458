//! Operations that change something: create, update, comment, tag, message, with what they need.

use crate::operation::{Method, Operation, Place};
use crate::schema::FieldKind;
use crate::words::words;
use serde::{Deserialize, Serialize};

/// What an operation does to the system behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Makes a new thing.
    Create,
    /// Changes a thing.
    Update,
    /// Adds a comment, a reply or a note to a thing.
    Comment,
    /// Puts a label on a thing.
    Tag,
    /// Sends a message to a person.
    Message,
    /// Removes a thing.
    Remove,
}

impl Effect {
    /// The name used in connections: `comment`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Comment => "comment",
            Self::Tag => "tag",
            Self::Message => "message",
            Self::Remove => "remove",
        }
    }
}

/// An operation that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// The operation, as a place in the catalogue.
    pub operation: usize,
    /// What it does.
    pub effect: Effect,
    /// What has to be given: names of parameters and paths of fields.
    pub required: Vec<String>,
    /// Why that is thought.
    pub reason: String,
}

/// What an operation changes, if it changes something; searches do not.
pub(crate) fn of(operation: &Operation, place: usize, is_listing: bool) -> Option<Writing> {
    if is_listing || operation.method == Method::Get {
        return None;
    }
    let (effect, reason) = effect_of(operation);
    Some(Writing { operation: place, effect, required: required_of(operation), reason })
}

fn effect_of(operation: &Operation) -> (Effect, String) {
    let parts = operation.path.split('/').filter(|part| !part.starts_with('{'));
    let path: Vec<String> = parts.flat_map(words).collect();
    let id = words(&operation.id);
    let has =
        |names: &[&str]| path.iter().rev().take(2).chain(&id).any(|word| names.contains(&word.as_str()));
    let named = |what: &str| format!("its name speaks of {what}");
    if operation.method == Method::Delete || has(&["delete", "archive", "remove", "purge"]) {
        return (Effect::Remove, "its method or name".to_owned());
    }
    if has(&["comment", "comments", "reply", "replies", "note", "notes"]) {
        return (Effect::Comment, named("comments, replies or notes"));
    }
    if has(&["tag", "tags", "label", "labels"]) {
        return (Effect::Tag, named("tags"));
    }
    let sends = has(&["send", "postmessage", "messages", "message"])
        || id.windows(2).any(|pair| pair[0] == "post" && pair[1] == "message");
    if sends && !operation.ends_with_parameter() && operation.method == Method::Post {
        return (Effect::Message, named("messages"));
    }
    match operation.method {
        Method::Post if operation.ends_with_parameter() => {
            (Effect::Update, "POST on one thing changes it".to_owned())
        }
        Method::Post => (Effect::Create, "POST on a list makes one more".to_owned()),
        _ => (Effect::Update, format!("{} changes a thing", operation.method.name())),
    }
}

fn required_of(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().filter(|it| it.required && it.place != Place::Header);
    let names = parameters.map(|parameter| parameter.name.clone());
    // What lies in something that may be left out is not required of itself.
    let is_needed = |path: &str| {
        let mut end = path.len();
        while let Some(dot) = path[..end].rfind('.') {
            let parent = path[..dot].trim_end_matches("[]");
            if !operation.body.iter().any(|field| field.path == parent && field.required) {
                return false;
            }
            end = dot;
        }
        true
    };
    let fields = operation.body.iter().filter(|field| {
        field.required && !field.read_only && field.kind != FieldKind::Object && is_needed(&field.path)
    });
    names.chain(fields.map(|field| field.path.clone())).collect()
}
