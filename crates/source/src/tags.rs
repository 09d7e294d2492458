//! Finds the tags of an XML document that comes in pieces.

use crate::error::Kind;
use crate::record::{MAX_RECORD_BYTES, text_of};
use memchr::memmem;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;

/// Bytes that are collected before the scan goes on, so that a long comment is not looked through at every small piece.
const PIECE_BYTES: usize = 64 << 10;

/// A tag, as it stands in the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tag<'a> {
    /// `<!DOCTYPE html>`; other document types are passed over.
    HtmlDoctype,
    /// `<name …>`, or `<name …/>` if it is empty.
    Open { name: &'a str, attributes: &'a str, is_empty: bool, is_utf8: bool },
    /// `</name>`
    Close { name: &'a str },
}

/// Where tags go, with their lines.
type Sink<'a> = &'a mut dyn FnMut(u64, &Tag<'_>) -> Result<(), Kind>;
/// What is wrong with the document, and in which line.
type Fault = (u64, Kind);

/// Collects the pieces of a document.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    buffer: Vec<u8>,
    /// Length of the buffer at which the scan goes on.
    n_wanted: usize,
    /// Lines that have ended before the buffer.
    n_lines: u64,
}

impl Tags {
    pub(crate) fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), Fault> {
        for piece in bytes.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            if self.buffer.len() >= self.n_wanted {
                self.scan(sink)?;
                self.n_wanted = self.buffer.len() + PIECE_BYTES;
            }
        }
        Ok(())
    }

    /// Ends the document and returns the number of its last line.
    pub(crate) fn finish(&mut self, sink: Sink<'_>) -> Result<u64, Fault> {
        self.scan(sink)?;
        let line = self.n_lines + 1;
        if self.buffer.is_empty() { Ok(line) } else { Err((line, broken("it ends inside of a tag"))) }
    }

    /// Hands over all tags that are complete.
    fn scan(&mut self, sink: Sink<'_>) -> Result<(), Fault> {
        let mut at = 0;
        loop {
            let rest = &self.buffer[at..];
            let n_text = memchr::memchr(b'<', rest).unwrap_or(rest.len());
            let (text, rest) = rest.split_at(n_text);
            self.n_lines += memchr::memchr_iter(b'\n', text).count() as u64;
            at += n_text;
            let line = self.n_lines + 1;
            let end = markup_end(rest);
            if end.unwrap_or(rest.len()) > MAX_RECORD_BYTES {
                return Err((line, broken("a tag is longer than 1 MiB")));
            }
            let Some(end) = end else { break };
            take(&rest[..end], line, sink).map_err(|kind| (line, kind))?;
            self.n_lines += memchr::memchr_iter(b'\n', &rest[..end]).count() as u64;
            at += end;
        }
        self.buffer.drain(..at);
        Ok(())
    }
}

fn broken(what: &str) -> Kind {
    Kind::XmlBroken(what.to_owned())
}

/// Hands over one complete piece of markup.
fn take(markup: &[u8], line: u64, sink: Sink<'_>) -> Result<(), Kind> {
    let (text, is_utf8) = text_of(markup);
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or_default();
    match inner.as_bytes() {
        [b'!', ..] => {
            let mut words = inner.split([' ', '\t', '\r', '\n', '[']).filter(|word| !word.is_empty());
            let is_html = words.next().is_some_and(|word| word.eq_ignore_ascii_case("!doctype"))
                && words.next().is_some_and(|word| word.eq_ignore_ascii_case("html"));
            if is_html { sink(line, &Tag::HtmlDoctype) } else { Ok(()) }
        }
        [b'?', ..] => Ok(()),
        [b'/', ..] => sink(line, &Tag::Close { name: inner[1..].trim_ascii() }),
        _ => {
            let (inner, is_empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
            let n_name = inner.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(inner.len());
            let (name, attributes) = inner.split_at(n_name);
            if name.is_empty() {
                return Err(broken("a tag has no name"));
            }
            sink(line, &Tag::Open { name, attributes, is_empty, is_utf8 })
        }
    }
}

/// Length of the markup at the beginning of a text, or `None` if its end is not there.
fn markup_end(text: &[u8]) -> Option<usize> {
    let until = |skip: usize, end: &[u8]| memmem::find(text.get(skip..)?, end).map(|n| skip + n + end.len());
    match text {
        [b'<', b'!', b'-', b'-', ..] => until(4, b"-->"),
        [b'<', b'!', b'[', ..] => until(3, b"]]>"),
        [b'<', b'?', ..] => until(2, b"?>"),
        [b'<', b'!', _, _, ..] => doctype_end(text),
        [b'<', b'!', ..] => None,
        _ => tag_end(text),
    }
}

/// Behind the first `>` outside of quotes.
fn tag_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', text.get(at..)?)?;
        let found = text[at];
        at += 1;
        if found == b'>' {
            return Some(at);
        }
        at += memchr::memchr(found, text.get(at..)?)? + 1;
    }
}

/// Behind the `>` that closes a document type with all its declarations.
fn doctype_end(text: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'<' if text[at..].starts_with(b"<!--") => {
                at += memmem::find(text.get(at + 4..)?, b"-->")? + 4 + 3;
                continue;
            }
            b'<' => depth += 1,
            b'>' if depth <= 1 => return Some(at + 1),
            b'>' => depth -= 1,
            b'"' | b'\'' => at += memchr::memchr(byte, text.get(at + 1..)?)? + 1,
            _ => {}
        }
        at += 1;
    }
    None
}

type KeyAndValue<'a> = (Option<Cow<'a, str>>, Option<Cow<'a, str>>);

/// The values of `key` and `value` among the attributes of a tag, or `None` if these are malformed.
pub(crate) fn key_and_value(attributes: &str) -> Option<KeyAndValue<'_>> {
    let (mut key, mut value) = (None, None);
    for attribute in Attributes::new(attributes, 0).with_checks(false) {
        let attribute = attribute.ok()?;
        match attribute.key.as_ref() {
            "key" => key = Some(plain(attribute.value)),
            "value" => value = Some(plain(attribute.value)),
            _ => {}
        }
    }
    Some((key, value))
}

/// A value with its entities replaced; as it stands if it has one that is not predefined.
fn plain(value: Cow<'_, str>) -> Cow<'_, str> {
    let Ok(Cow::Owned(replaced)) = unescape(&value) else { return value };
    Cow::Owned(replaced)
}
