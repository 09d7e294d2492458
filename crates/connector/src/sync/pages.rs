//! Where in a list a sync is, how that is asked for, and what an answer says of the next page.

use super::Page;
use crate::connection::Read;
use crate::item::{self, text_at};
use crate::operation::Place;
use crate::paging::Paging;
use crate::request::{Answer, add_query};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Position {
    /// At its beginning.
    #[default]
    First,
    /// Behind a cursor.
    Cursor(String),
    /// At an address, from the server's on.
    Link(String),
    /// At the page of this number.
    Page(u32),
    /// Behind so many items.
    Offset(u64),
}

/// What a page was, in numbers. An item that comes twice counts once: it must not make the next page begin too far behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    pub(super) n_distinct: u64,
    /// It has fewer items than the first page, or none.
    pub(super) is_short: bool,
}

/// The next place, or `None` at the end.
///
/// # Errors
/// With the address of a next page that is on another server.
pub(super) fn next_position(
    read: &Read,
    server: &str,
    position: &Position,
    answer: &Answer<'_>,
    page: &Page,
    behind: Behind,
) -> Result<Option<Position>, String> {
    let says_end = |more: &Option<String>| more.as_ref().is_some_and(|field| ends(field, position, page));
    Ok(match &read.paging {
        Paging::None => None,
        Paging::Cursor { field, .. } => {
            let beside = field.rsplit_once('.').and_then(|(place, _)| item::value_at(&page.whole, place));
            let is_last = has_no_more(&page.whole) || beside.is_some_and(has_no_more);
            text_at(&page.whole, field).filter(|_| !is_last).map(Position::Cursor)
        }
        Paging::LastItem { more, .. } => {
            let last = page.items.last().map(|last| item::id_of(read, last));
            last.filter(|_| !says_end(more) && !has_no_more(&page.whole)).map(Position::Cursor)
        }
        Paging::NextLink { field } => match text_at(&page.whole, field) {
            Some(address) => Some(Position::Link(own_address(server, &address)?)),
            None => None,
        },
        Paging::LinkHeader => match answer.header("link").and_then(next_of_header) {
            Some(address) => Some(Position::Link(own_address(server, address)?)),
            None => None,
        },
        Paging::Page { first, more, .. } => {
            let number = if let Position::Page(number) = position { *number } else { *first };
            let is_end =
                if more.is_some() { says_end(more) || page.items.is_empty() } else { behind.is_short };
            (!is_end).then_some(Position::Page(number + 1))
        }
        Paging::Offset { .. } => {
            let before = if let Position::Offset(before) = position { *before } else { 0 };
            (!behind.is_short).then_some(Position::Offset(before + behind.n_distinct))
        }
    })
}

/// Whether a field of the answer says that this was the last page.
fn ends(field: &str, position: &Position, page: &Page) -> bool {
    match item::value_at(&page.whole, field) {
        Some(Value::Bool(yes)) => {
            let name = crate::words::plain(field);
            *yes == (name.ends_with("is_last") || name.ends_with("last_page"))
        }
        Some(Value::Number(number)) => {
            let current = if let Position::Page(current) = position { u64::from(*current) } else { 1 };
            number.as_u64().is_some_and(|pages| current >= pages)
        }
        _ => false,
    }
}

/// Whether an answer, or the part of it that holds a cursor, says that this was the last page, as Zendesk's and Stripe's do.
fn has_no_more(whole: &Value) -> bool {
    whole.get("has_more") == Some(&Value::Bool(false))
}

/// The address in a header `Link` whose relation is `next` (RFC 8288).
fn next_of_header(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let names = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && names.split(' ').any(|name| name.eq_ignore_ascii_case("next"))
        });
        is_next.then(|| address.trim().trim_start_matches('<'))
    })
}

/// An address as path and question from the server's own on.
///
/// # Errors
/// With the address, when it is of another server: credentials must not be sent there.
fn own_address(server: &str, address: &str) -> Result<String, String> {
    let foreign = || Err(address.to_owned());
    let (_, base) = server.split_once("://").unwrap_or(("", server));
    let (host, base_path) =
        base.split_once('/').map_or((base, String::new()), |(host, path)| (host, format!("/{path}")));
    let path = if let Some((_, rest)) = address.split_once("://").filter(|(scheme, _)| !scheme.contains('/'))
    {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if !rest[..end].eq_ignore_ascii_case(host) {
            return foreign();
        }
        &rest[end..]
    } else if address.starts_with("//") || address.contains('\\') {
        return foreign();
    } else {
        address
    };
    let path = path.split('#').next().unwrap_or_default();
    if let Some(question) = path.strip_prefix('?') {
        return Ok(format!("?{question}"));
    }
    let own = match path.strip_prefix(base_path.as_str()) {
        Some(own)
            if !base_path.is_empty() && (own.starts_with('/') || own.starts_with('?') || own.is_empty()) =>
        {
            own
        }
        _ => path,
    };
    let own = if own.starts_with('/') || own.is_empty() { own.to_owned() } else { format!("/{own}") };
    if own.starts_with("//") || own.split(['/', '?']).any(|part| part == "..") { foreign() } else { Ok(own) }
}

/// Writes everything that is asked into the path or the body.
pub(super) fn put(
    read: &Read,
    position: &Position,
    parameters: Vec<(String, String)>,
    path: &mut String,
    body: &mut Value,
) {
    if let Position::Link(address) = position {
        // The address of the next page holds all parameters already.
        match address.strip_prefix('?') {
            Some(question) => {
                path.push('?');
                path.push_str(question);
            }
            None => address.clone_into(path),
        }
        return;
    }
    for (name, value) in parameters {
        add_query(path, &name, &value);
    }
    let mut place = |name: &str, place: Place, value: Value| match place {
        Place::Body => put_field(body, name, value),
        _ => add_query(path, name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    };
    if let Some(size) = &read.page_size {
        place(&size.parameter, size.place, Value::from(size.size));
    }
    match (&read.paging, position) {
        (Paging::Cursor { parameter, place: at, .. }, Position::Cursor(cursor)) => {
            place(parameter, *at, Value::from(cursor.as_str()));
        }
        (Paging::LastItem { parameter, .. }, Position::Cursor(id)) => {
            place(parameter, Place::Query, Value::from(id.as_str()));
        }
        (Paging::Page { parameter, place: at, first, .. }, _) => {
            let number = if let Position::Page(number) = position { *number } else { *first };
            place(parameter, *at, Value::from(number));
        }
        (Paging::Offset { parameter, place: at }, _) => {
            let behind = if let Position::Offset(behind) = position { *behind } else { 0 };
            place(parameter, *at, Value::from(behind));
        }
        _ => {}
    }
}

/// Sets a field of a body, and makes the objects that it lies in.
pub(crate) fn put_field(body: &mut Value, path: &str, value: Value) {
    let mut at = body;
    for name in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(fields) = at.as_object_mut() else { return };
        at = fields.entry(name.to_owned()).or_insert(Value::Null);
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_on_the_same_server() {
        let server = "https://api.example.com/v1";
        let own = |address: &str| own_address(server, address);
        assert_eq!(
            own("https://api.example.com/v1/a?page=2").as_deref(),
            Ok("/a?page=2"),
            "the whole address"
        );
        assert_eq!(own("/v1/a?page=2").as_deref(), Ok("/a?page=2"), "from the host on");
        assert_eq!(own("/a?page=2").as_deref(), Ok("/a?page=2"), "from the server's path on");
        assert_eq!(own("?page=2").as_deref(), Ok("?page=2"), "the question alone");
        for foreign in [
            "https://evil.example/v1/a",
            "//evil.example/a",
            "https://api.example.com.evil.example/",
            "/v1/../../a",
        ] {
            assert!(own(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn the_header_of_rfc_8288_is_read() {
        let header = r#"<https://a.example/x?page=1>; rel="prev", <https://a.example/x?page=3>; title="n"; rel="next last""#;
        assert_eq!(next_of_header(header), Some("https://a.example/x?page=3"), "the one that is next");
        assert_eq!(next_of_header(r#"<https://a.example/x>; rel="first""#), None, "no next");
    }
}
