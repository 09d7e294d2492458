//! How a list is read on: by cursor, by the address of the next page, by number, by offset.

use crate::operation::{Operation, Place};
use crate::schema::{Field, FieldKind};
use crate::words::plain;
use serde::{Deserialize, Serialize};

/// How the pages of a list follow one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    /// The whole list comes in one answer.
    None,
    /// The answer holds a value that the next request sends.
    Cursor {
        /// Parameter, or field of the body, that takes it.
        parameter: String,
        /// Where that goes.
        #[serde(default)]
        place: Place,
        /// Field of the answer that holds it; absent or empty on the last page.
        field: String,
    },
    /// The next request sends the id of the last item.
    LastItem {
        /// Parameter that takes it.
        parameter: String,
        /// Field that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// The answer holds the address of the next page.
    NextLink {
        /// Field that holds it; absent or empty on the last page.
        field: String,
    },
    /// The header `Link` holds the address of the next page.
    LinkHeader,
    /// Pages have numbers.
    Page {
        /// Parameter, or field of the body, that takes the number.
        parameter: String,
        /// Where that goes.
        #[serde(default)]
        place: Place,
        /// The first number.
        first: u32,
        /// Field with the number of pages, or one that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// Items have numbers.
    Offset {
        /// Parameter that takes the number of the first item.
        parameter: String,
        /// Where that goes.
        #[serde(default)]
        place: Place,
    },
}

impl Paging {
    /// The name used in connections: `cursor`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Cursor { .. } => "cursor",
            Self::LastItem { .. } => "last_item",
            Self::NextLink { .. } => "next_link",
            Self::LinkHeader => "link_header",
            Self::Page { .. } => "page",
            Self::Offset { .. } => "offset",
        }
    }
}

/// A parameter for the number of items on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSize {
    /// Its name.
    pub parameter: String,
    /// Where it goes.
    #[serde(default)]
    pub place: Place,
    /// Items asked for.
    pub size: u32,
}

/// Items asked for where the document does not say how many may be.
const USUAL_SIZE: u32 = 100;

const CURSOR_PARAMETERS: [&str; 17] = [
    "cursor",
    "after",
    "starting_after",
    "page_token",
    "next_token",
    "next_cursor",
    "start_cursor",
    "pagination_token",
    "continuation_token",
    "next_page_token",
    "page_cursor",
    "after_cursor",
    "scroll_param",
    "scroll_id",
    "page_after",
    "continuation",
    "from_key",
];
const CURSOR_FIELDS: [&str; 17] = [
    "next_cursor",
    "next_page_token",
    "next_token",
    "end_cursor",
    "after_cursor",
    "continuation_token",
    "cursor",
    "after",
    "starting_after",
    "scroll_param",
    "scroll_id",
    "cursor_next",
    "next_page_cursor",
    "page_token",
    "continuation",
    "pagination_token",
    "next_from_key",
];
const LINK_FIELDS: [&str; 9] = [
    "next_page_url",
    "next_page_uri",
    "next_link",
    "next_url",
    "next_page",
    "odata_next_link",
    "next_href",
    "next",
    "link",
];
const PAGE_PARAMETERS: [&str; 6] = ["page", "page_number", "page_no", "page_num", "pg", "page_index"];
const OFFSET_PARAMETERS: [&str; 6] = ["offset", "skip", "start_at", "start_index", "start", "from"];
const SIZE_PARAMETERS: [&str; 13] = [
    "limit",
    "per_page",
    "page_size",
    "count",
    "max_results",
    "page_limit",
    "size",
    "top",
    "first",
    "results_per_page",
    "take",
    "max_page_size",
    "num",
];

/// A parameter of an operation, or a field of its body.
#[derive(Clone, Copy, Debug)]
struct Slot<'a> {
    name: &'a str,
    place: Place,
    kind: FieldKind,
    default: Option<&'a str>,
    maximum: Option<u64>,
    description: &'a str,
}

fn slots(operation: &Operation) -> Vec<Slot<'_>> {
    let parameters = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let mut found: Vec<_> = parameters
        .map(|it| Slot {
            name: &it.name,
            place: it.place,
            kind: it.kind,
            default: it.default.as_deref(),
            maximum: it.maximum,
            description: &it.description,
        })
        .collect();
    // What a search is told stands in its body; nothing deep, since that is about the things themselves.
    let body = operation.body.iter().filter(|field| field.depth() <= 1 && !field.path.contains("[]"));
    found.extend(body.map(|field| Slot {
        name: &field.path,
        place: Place::Body,
        kind: field.kind,
        default: None,
        maximum: None,
        description: &field.description,
    }));
    found
}

fn leaf(name: &str) -> String {
    plain(name.rsplit('.').next().unwrap_or(name))
}

fn find<'a>(slots: &[Slot<'a>], names: &[&str]) -> Option<Slot<'a>> {
    names
        .iter()
        .find_map(|name| {
            slots.iter().find(|slot| {
                leaf(slot.name) == *name && !matches!(slot.kind, FieldKind::Object | FieldKind::List)
            })
        })
        .copied()
}

/// Fields of an answer that are no part of its items.
fn frame(operation: &Operation) -> impl Iterator<Item = &Field> {
    operation.answer.iter().filter(|field| !field.path.contains("[]"))
}

/// Whether a name within the answer speaks of going on, and not of where the list began.
fn is_forward(path: &str) -> bool {
    let path = plain(path);
    !["prev", "previous", "first", "before", "last", "self"]
        .iter()
        .any(|word| path.split('_').any(|at| at == *word))
}

/// The field of the answer with the next cursor: one of the parameter's own name before any other.
fn cursor_field<'a>(operation: &'a Operation, parameter: Option<&str>) -> Option<&'a Field> {
    let candidates: Vec<_> = frame(operation)
        .filter(|field| is_forward(&field.path))
        .filter(|field| matches!(field.kind, FieldKind::Text | FieldKind::Integer | FieldKind::Unknown))
        .collect();
    let own = parameter.map(leaf);
    if let Some(field) = candidates.iter().find(|field| own.as_deref() == Some(plain(field.name()).as_str()))
    {
        return Some(field);
    }
    CURSOR_FIELDS
        .iter()
        .find_map(|name| candidates.iter().find(|field| plain(field.name()) == *name).copied())
}

fn link_field(operation: &Operation) -> Option<&Field> {
    let is_link = |field: &&Field| {
        let name = plain(field.name());
        let deep = LINK_FIELDS.contains(&name.as_str());
        // A bare `link` or `next` is one only inside of something that speaks of pages.
        let inside = field.path.contains('.')
            || field.format.as_deref().is_some_and(|format| format.starts_with("ur"));
        deep && (inside || !matches!(name.as_str(), "link" | "next" | "next_page"))
    };
    let candidates: Vec<_> = frame(operation)
        .filter(|field| field.kind == FieldKind::Text && is_forward(&field.path))
        .filter(is_link)
        .collect();
    let rank = |field: &&&Field| LINK_FIELDS.iter().position(|name| plain(field.name()) == *name);
    candidates.iter().min_by_key(rank).copied()
}

fn more_field(operation: &Operation) -> Option<String> {
    let names = [
        "has_more",
        "more",
        "has_next",
        "has_next_page",
        "total_pages",
        "page_count",
        "pages",
        "last_page",
        "is_last",
    ];
    let found = names.iter().find_map(|name| {
        frame(operation).find(|field| {
            plain(field.name()) == *name
                && matches!(field.kind, FieldKind::Boolean | FieldKind::Integer | FieldKind::Number)
        })
    });
    found.map(|field| field.path.clone())
}

/// How an operation pages, and why that is thought.
pub(crate) fn of(operation: &Operation) -> (Paging, String) {
    let slots = slots(operation);
    let cursor = find(&slots, &CURSOR_PARAMETERS);
    if let (Some(slot), Some(field)) = (cursor, cursor_field(operation, cursor.map(|slot| slot.name))) {
        let reason = format!("“{}” of the answer goes into “{}”", field.path, slot.name);
        let (parameter, place, field) = (slot.name.to_owned(), slot.place, field.path.clone());
        return (Paging::Cursor { parameter, place, field }, reason);
    }
    if let Some(field) = link_field(operation) {
        let reason = format!("“{}” of the answer is the address of the next page", field.path);
        return (Paging::NextLink { field: field.path.clone() }, reason);
    }
    if operation.answers_link {
        return (Paging::LinkHeader, "the answer has a header Link".to_owned());
    }
    if let Some(slot) = cursor {
        if let Some(found) = by_number(operation, &slots) {
            return found;
        }
        return cursor_alone(operation, slot);
    }
    if let Some(found) = by_number(operation, &slots) {
        return found;
    }
    if let Some(field) = cursor_field(operation, None).filter(|field| field.path.contains("next.")) {
        // The answer tells of a cursor that the document forgot among the parameters.
        let parameter = field.name().to_owned();
        let reason = format!(
            "“{}” of the answer is a cursor; the parameter of its name is not in the document",
            field.path
        );
        return (Paging::Cursor { parameter, place: Place::Query, field: field.path.clone() }, reason);
    }
    (Paging::None, "nothing speaks of pages".to_owned())
}

fn cursor_alone(operation: &Operation, slot: Slot<'_>) -> (Paging, String) {
    let name = leaf(slot.name);
    let speaks_of_id = {
        let description = slot.description.to_lowercase();
        description.contains("object id")
            || description.contains("id of the last")
            || description.contains("last item")
    };
    if name == "starting_after" || name.ends_with("_id") && name != "scroll_id" || speaks_of_id {
        let reason = format!("“{}” takes the id of the last item", slot.name);
        return (Paging::LastItem { parameter: slot.name.to_owned(), more: more_field(operation) }, reason);
    }
    let reason = format!("“{}” takes a cursor, but no field of the answer is known to hold it", slot.name);
    (Paging::Cursor { parameter: slot.name.to_owned(), place: slot.place, field: String::new() }, reason)
}

fn by_number(operation: &Operation, slots: &[Slot<'_>]) -> Option<(Paging, String)> {
    let is_number = |slot: &Slot<'_>| !matches!(slot.kind, FieldKind::Boolean);
    if let Some(slot) = find(slots, &PAGE_PARAMETERS).filter(is_number) {
        let from_zero = slot.default == Some("0")
            || [
                "zero-based",
                "zero based",
                "starts at 0",
                "zero-indexed",
                "first page is 0",
                "starting at 0",
            ]
            .iter()
            .any(|words| slot.description.to_lowercase().contains(words));
        let reason = format!("“{}” takes the number of the page", slot.name);
        let more = more_field(operation);
        let (parameter, place, first) = (slot.name.to_owned(), slot.place, u32::from(!from_zero));
        return Some((Paging::Page { parameter, place, first, more }, reason));
    }
    // `from` and `start` are as often times.
    let names = if size(operation).is_some() { &OFFSET_PARAMETERS[..] } else { &OFFSET_PARAMETERS[..4] };
    let counts =
        |slot: &Slot<'_>| matches!(slot.kind, FieldKind::Integer | FieldKind::Number | FieldKind::Unknown);
    let slot = find(slots, names).filter(counts)?;
    let reason = format!("“{}” takes the number of items to leave out", slot.name);
    Some((Paging::Offset { parameter: slot.name.to_owned(), place: slot.place }, reason))
}

/// The parameter for the number of items on a page, and the number to ask for.
pub(crate) fn size(operation: &Operation) -> Option<PageSize> {
    let slots = slots(operation);
    let slot = find(&slots, &SIZE_PARAMETERS).filter(|slot| !matches!(slot.kind, FieldKind::Boolean))?;
    let maximum = slot.maximum.or_else(|| largest_in_words(slot.description));
    let usual = slot.default.and_then(|default| default.parse::<u32>().ok()).unwrap_or_default();
    let size = match maximum {
        Some(maximum) => u32::try_from(maximum).unwrap_or(USUAL_SIZE).clamp(1, 1_000),
        None => usual.max(USUAL_SIZE),
    };
    Some(PageSize { parameter: slot.name.to_owned(), place: slot.place, size })
}

/// The largest number behind `maximum`, `max`, `up to` or `between` in a description.
fn largest_in_words(description: &str) -> Option<u64> {
    let text = description.to_lowercase();
    let at = ["maximum", "max ", "up to", "between", "no more than"]
        .iter()
        .filter_map(|words| text.find(words))
        .min()?;
    let rest: String = text[at..].chars().filter(|letter| *letter != ',').collect();
    let numbers =
        rest.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    numbers.filter(|number| (2..=10_000).contains(number)).max()
}
