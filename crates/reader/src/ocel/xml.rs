//! Object-centric logs as XML, of both versions.

use super::{Event, Log};
use crate::input::{Document, failure};
use protocol::Failure;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Tag};

/// Deepest nesting of elements.
const MAX_DEPTH: usize = 64;

pub(super) fn log(document: Document) -> Result<Log, Failure> {
    let name = document.name.clone();
    let text = document.into_text()?;
    let mut reader = Reader::from_str(&text);
    let mut state = State::default();
    loop {
        let line = |place: u64| {
            let place = usize::try_from(place).unwrap_or(usize::MAX).min(text.len());
            text.as_bytes()[..place].iter().filter(|byte| **byte == b'\n').count() + 1
        };
        let broken = |what: String, place: u64| {
            let message = format!("{name}, line {}: the XML is broken: {what}.", line(place));
            failure(message, "The file may be cut off: download it again. Nothing of it was imported.")
        };
        match reader.read_event() {
            Err(cause) => return Err(broken(cause.to_string(), reader.error_position())),
            Ok(Tag::Eof) if !state.open.is_empty() => {
                return Err(broken("it ends before its last element".to_owned(), reader.buffer_position()));
            }
            Ok(Tag::Eof) => return Ok(state.log),
            Ok(Tag::Start(tag)) => {
                if state.open.len() >= MAX_DEPTH {
                    return Err(broken("elements are nested too deep".to_owned(), reader.buffer_position()));
                }
                state.begin(&tag);
            }
            Ok(Tag::Empty(tag)) => {
                state.begin(&tag);
                state.end();
            }
            Ok(Tag::Text(words)) => {
                if state.attribute.is_some() {
                    state.words.push_str(&words);
                }
            }
            Ok(Tag::GeneralRef(reference)) => {
                if state.attribute.is_some() {
                    let known = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                    let of_number = || reference.resolve_char_ref().ok().flatten().map(String::from);
                    state.words.push_str(&known.or_else(of_number).unwrap_or_default());
                }
            }
            Ok(Tag::End(_)) => state.end(),
            Ok(_) => {}
        }
    }
}

/// Where in the file the reader is.
#[derive(Default)]
struct State {
    log: Log,
    /// Names of the open elements.
    open: Vec<String>,
    event: Option<Event>,
    /// Id and type of the open object.
    object: Option<(String, String)>,
    /// Name of the open attribute of version 2.
    attribute: Option<String>,
    words: String,
}

/// The value of an attribute of an element; empty where there is none.
fn value(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).ok().flatten();
    let text = found.map(|found| match quick_xml::escape::unescape(&found.value) {
        Ok(text) => text.into_owned(),
        // An unknown entity stays as it stands.
        Err(_) => found.value.into_owned(),
    });
    text.unwrap_or_default()
}

impl State {
    fn inside(&self, name: &str) -> bool {
        self.open.iter().any(|open| open == name)
    }

    fn begin(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name().as_ref().to_owned();
        match name.as_str() {
            "event" if self.inside("events") => {
                let (id, activity, time) = (value(tag, "id"), value(tag, "type"), value(tag, "time"));
                self.event = Some(Event { id, activity, time, ..Event::default() });
            }
            "object" if self.inside("objects") && self.event.is_none() => {
                self.object = Some((value(tag, "id"), value(tag, "type")));
            }
            // An early form of version 2 calls the relationship an object.
            "relationship" | "object" => {
                if let Some(event) = &mut self.event {
                    event.objects.push(value(tag, "object-id"));
                }
            }
            "attribute" if self.event.is_some() => {
                self.attribute = Some(value(tag, "name"));
                self.words.clear();
            }
            "string" | "date" | "int" | "float" | "boolean" | "id" => {
                self.pair(&value(tag, "key"), value(tag, "value"))
            }
            _ => {}
        }
        // Lists of version 1 are told apart by their key.
        self.open.push(if name == "list" { value(tag, "key") } else { name });
    }

    /// A key with its value, as version 1 writes everything.
    fn pair(&mut self, key: &str, value: String) {
        let (is_object, is_value) = (self.inside("omap"), self.inside("vmap"));
        if let Some(event) = &mut self.event {
            match key {
                _ if is_object => event.objects.push(value),
                _ if is_value => event.attributes.push((key.to_owned(), value)),
                "id" => event.id = value,
                "activity" => event.activity = value,
                "timestamp" => event.time = value,
                _ => {}
            }
        } else if let Some((id, kind)) = &mut self.object
            && !self.open.iter().any(|open| open == "ovmap")
        {
            match key {
                "id" => *id = value,
                "type" => *kind = value,
                _ => {}
            }
        }
    }

    fn end(&mut self) {
        match self.open.pop().as_deref() {
            Some("event") => self.log.events.extend(self.event.take()),
            Some("object") if self.event.is_none() => {
                if let Some((id, kind)) = self.object.take() {
                    self.log.object(&id, &kind);
                }
            }
            Some("attribute") => {
                if let (Some(event), Some(name)) = (&mut self.event, self.attribute.take()) {
                    event.attributes.push((name, self.words.trim().to_owned()));
                }
            }
            _ => {}
        }
    }
}
