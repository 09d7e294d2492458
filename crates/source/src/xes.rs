//! Reads event logs in XES (IEEE 1849-2016).
//!
//! Attributes of a trace become columns with `case:` in front, attributes of an event columns under their key, as in the
//! tables of other tools. Lists, containers and attributes of attributes are passed over. Only the five predefined entities
//! and numeric ones are replaced; what a document type defines is never expanded.

use crate::error::{Error, Kind};
use crate::record::{
    Builder, Columns, Consume, Fault, MAX_RECORD_BYTES, MORE_FIELDS, Mark, NOT_UTF8, TOO_LONG,
};
use crate::tags::{Tag, Tags, key_and_value};

const CASE_NAME: &str = "concept:name";
const STRAY_EVENT: &str = "is an event outside of a trace";
/// Repair: the trace has no name and got its number.
const UNNAMED_CASE: &str = "trace without a name numbered";
/// Repair: a trace's own attribute stands behind its first event, against the schema.
const LATE_ATTRIBUTE: &str = "trace attribute behind an event ignored";
/// Elements that may be open at once.
const MAX_DEPTH: usize = 256;

/// What an open element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Log,
    Trace,
    Event,
    /// Anything that is passed over, with all it holds.
    Other,
}

/// A push reader of XES.
#[derive(Debug)]
pub(crate) struct XesReader {
    tags: Tags,
    log: Log,
}

impl XesReader {
    pub(crate) fn new(file: &str) -> Self {
        Self { tags: Tags::default(), log: Log::new(file) }
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.log.builder.columns
    }

    pub(crate) fn reserve(&mut self, column: &str) {
        self.log.builder.columns.reserve(column);
    }

    pub(crate) fn push(&mut self, bytes: &[u8], consumer: &mut dyn Consume) -> Result<(), Error> {
        let Self { tags, log } = self;
        tags.push(bytes, &mut |line, tag| log.take(line, tag, consumer))
            .map_err(|(line, fault)| Error::at(&log.file, line, fault))
    }

    pub(crate) fn finish(&mut self, consumer: &mut dyn Consume) -> Result<(), Error> {
        let Self { tags, log } = self;
        let line = tags
            .finish(&mut |line, tag| log.take(line, tag, consumer))
            .map_err(|(line, fault)| Error::at(&log.file, line, fault))?;
        match log.open.last() {
            Some((name, _)) => {
                Err(Error::at(&log.file, line, Kind::XmlBroken(format!("it ends inside of <{name}>"))))
            }
            None => Ok(()),
        }
    }
}

/// What has been read of the log.
#[derive(Debug)]
struct Log {
    file: String,
    builder: Builder,
    /// Names and meanings of the open elements.
    open: Vec<(String, Inside)>,
    has_root: bool,
    n_traces: u64,
    trace: Trace,
    /// Line where the current event begins.
    event_line: u64,
    /// The current event, with its trace, is longer than a record may be.
    is_long: bool,
    /// Repairs of the trace, then of the current event.
    repairs: Vec<&'static str>,
}

/// The current trace.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    is_named: bool,
    is_long: bool,
    has_events: bool,
    /// Behind the trace's own attributes.
    mark: Mark,
    n_repairs: usize,
}

impl Log {
    fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            builder: Builder::default(),
            open: Vec::new(),
            has_root: false,
            n_traces: 0,
            trace: Trace::default(),
            event_line: 0,
            is_long: false,
            repairs: Vec::new(),
        }
    }

    fn take(&mut self, line: u64, tag: &Tag<'_>, consumer: &mut dyn Consume) -> Result<(), Kind> {
        match *tag {
            Tag::HtmlDoctype if !self.has_root => Err(Kind::WebPage),
            Tag::HtmlDoctype => Ok(()),
            Tag::Open { name, attributes, is_empty, is_utf8 } => {
                let inside = self.enter(line, name, consumer)?;
                if inside == Inside::Other && is_attribute(local(name)) {
                    self.attribute(name, attributes, is_utf8)?;
                }
                if is_empty {
                    self.leave(inside, consumer);
                } else if self.open.len() < MAX_DEPTH {
                    self.open.push((name.to_owned(), inside));
                } else {
                    return Err(Kind::XmlBroken(format!("more than {MAX_DEPTH} elements are open")));
                }
                Ok(())
            }
            Tag::Close { name } => match self.open.pop() {
                Some((opened, inside)) if opened == name => {
                    self.leave(inside, consumer);
                    Ok(())
                }
                Some((opened, _)) => {
                    Err(Kind::XmlBroken(format!("</{name}> stands where </{opened}> is due")))
                }
                None => Err(Kind::XmlBroken(format!("</{name}> closes nothing"))),
            },
        }
    }

    /// Begins an element and says what it is.
    fn enter(&mut self, line: u64, name: &str, consumer: &mut dyn Consume) -> Result<Inside, Kind> {
        let parent = self.open.last().map(|(_, inside)| *inside);
        Ok(match (parent, local(name)) {
            (None, _) if self.has_root => {
                return Err(Kind::XmlBroken(format!("<{name}> follows the end of the log")));
            }
            (None, "log") => {
                self.has_root = true;
                Inside::Log
            }
            (None, root) if root.eq_ignore_ascii_case("html") => return Err(Kind::WebPage),
            (None, root) => return Err(Kind::OtherXml(root.to_owned())),
            (Some(Inside::Log), "trace") => {
                self.n_traces += 1;
                self.trace = Trace::default();
                self.builder.cut(Mark::default());
                self.repairs.clear();
                Inside::Trace
            }
            (Some(Inside::Log), "event") => {
                consumer.fault(&Fault { line, reason: STRAY_EVENT, value: &[] });
                Inside::Other
            }
            (Some(Inside::Trace), "event") => {
                self.begin_event(line);
                Inside::Event
            }
            _ => Inside::Other,
        })
    }

    fn begin_event(&mut self, line: u64) {
        if !self.trace.has_events {
            self.trace.has_events = true;
            if !self.trace.is_named {
                let name = format!("trace {}", self.n_traces);
                self.builder.push("case:concept:name", name.as_bytes());
                self.repairs.push(UNNAMED_CASE);
            }
            self.trace.mark = self.builder.mark();
            self.trace.n_repairs = self.repairs.len();
        }
        self.event_line = line;
        self.is_long = self.trace.is_long;
    }

    /// Ends an element.
    fn leave(&mut self, inside: Inside, consumer: &mut dyn Consume) {
        if inside != Inside::Event {
            return;
        }
        if self.is_long {
            consumer.fault(&Fault { line: self.event_line, reason: TOO_LONG, value: &[] });
        } else {
            if self.builder.has_rest() {
                self.repairs.push(MORE_FIELDS);
            }
            consumer.record(&self.builder.record(self.event_line, &self.repairs));
        }
        self.builder.cut(self.trace.mark);
        self.repairs.truncate(self.trace.n_repairs);
    }

    /// Adds an attribute of the current trace or event.
    fn attribute(&mut self, element: &str, attributes: &str, is_utf8: bool) -> Result<(), Kind> {
        let of_trace = match self.open.last() {
            Some((_, Inside::Trace)) => true,
            Some((_, Inside::Event)) => false,
            _ => return Ok(()),
        };
        let pair = key_and_value(attributes)
            .ok_or_else(|| Kind::XmlBroken(format!("<{element}> has a malformed attribute")))?;
        let (Some(key), Some(value)) = pair else { return Ok(()) };
        if of_trace && self.trace.has_events {
            if !self.repairs.contains(&LATE_ATTRIBUTE) {
                self.repairs.push(LATE_ATTRIBUTE);
                self.trace.n_repairs = self.repairs.len();
            }
            return Ok(());
        }
        if !is_utf8 && !self.repairs.contains(&NOT_UTF8) {
            self.repairs.push(NOT_UTF8);
        }
        if self.builder.n_bytes() + value.len() > MAX_RECORD_BYTES {
            self.is_long = true;
            self.trace.is_long |= of_trace;
        } else if of_trace {
            self.trace.is_named |= key == CASE_NAME && !value.trim_ascii().is_empty();
            self.builder.push(&format!("case:{key}"), value.as_bytes());
        } else {
            self.builder.push(&key, value.as_bytes());
        }
        Ok(())
    }
}

fn is_attribute(name: &str) -> bool {
    matches!(name, "string" | "date" | "int" | "float" | "boolean" | "id")
}

/// A name without its namespace prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Syntax;
    use crate::collect::{Read, fault, read, record, repaired};

    fn xes(text: &str) -> Result<Vec<Read>, String> {
        let all = read(Syntax::Xes, ',', text.as_bytes(), text.len().max(1));
        for n_piece in [1, 2, 7] {
            assert_eq!(
                read(Syntax::Xes, ',', text.as_bytes(), n_piece),
                all,
                "in pieces of {n_piece}: {text}"
            );
        }
        all.map(|(_, read)| read).map_err(|error| error.message())
    }

    const LOG: &str = r#"<?xml version="1.0"?>
<!-- <trace><event/> -->
<xes:log xmlns:xes="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="trace"><string key="concept:name" value="default"/></global>
<string key="concept:name" value="the log"/>
<trace>
  <string key="concept:name" value=" Ada &amp; &#66;en &quot;&gt; "><string key="inner" value="no"/></string>
  <list key="l"><values><string key="no" value="no"/></values></list>
  <event><string key="concept:name" value='say "a>b"'/><date key="time:timestamp" value="2026-01-01T00:00:00Z"/>
    <int key="n" value="007"/><float key="f" value="1.50"/><boolean key="b" value="true"/><id key="i" value="x"/>
    <container key="c"><string key="no" value="no"/></container><string key="empty" value=""/></event>
  <event><string value="order" key="concept:name"></string></event>
</trace>
<![CDATA[ <trace> ]]>
<trace><event><string key="concept:name" value="&unknown; &lt;"/></event><string key="late" value="x"/><event/></trace>
<event><string key="concept:name" value="stray"/></event>
</xes:log>
"#;

    #[test]
    fn reads_a_log() {
        let ada = ("case:concept:name", "Ada & Ben \">");
        let second = ("case:concept:name", "trace 2");
        let mut late = repaired(16, &[second], UNNAMED_CASE);
        if let Read::Record { repairs, .. } = &mut late {
            repairs.push(LATE_ATTRIBUTE);
        }
        assert_eq!(
            xes(LOG),
            Ok(vec![
                record(
                    10,
                    &[
                        ada,
                        ("concept:name", "say \"a>b\""),
                        ("time:timestamp", "2026-01-01T00:00:00Z"),
                        ("n", "007"),
                        ("f", "1.50"),
                        ("b", "true"),
                        ("i", "x"),
                    ]
                ),
                record(13, &[ada, ("concept:name", "order")]),
                repaired(16, &[second, ("concept:name", "&unknown; &lt;")], UNNAMED_CASE),
                late,
                fault(17, STRAY_EVENT, ""),
            ]),
            "events in order"
        );
    }

    #[test]
    fn a_log_that_is_cut_off_is_refused() {
        let end = LOG.trim_end().len();
        for n in 0..end {
            let read = read(Syntax::Xes, ',', &LOG.as_bytes()[..n], 50);
            // Before the first element there is nothing that could be cut off, but for its own beginning.
            let is_nothing = read.as_ref().is_ok_and(|(_, read)| read.is_empty());
            let is_refused =
                read.as_ref().is_err_and(|error| error.message().contains("the XML is broken: it ends"));
            let before_root = n <= LOG.find("<xes:log").unwrap();
            assert!(is_refused || (before_root && is_nothing), "{n} bytes: {read:?}");
        }
    }

    #[test]
    fn broken_and_other_documents() {
        let of = |text: &str| xes(text).unwrap_err();
        assert_eq!(
            of("<log>\n<trace><event></trace></event></log>"),
            "log, line 2: the XML is broken: </trace> stands where </event> is due.",
            "crossed"
        );
        assert!(of("<log></log></log>").contains("closes nothing"), "closed twice");
        assert!(of("<log></log><log></log>").contains("follows the end"), "two logs");
        assert!(
            of("<log><trace><string key=a value=\"b\"/></trace></log>").contains("malformed"),
            "no quote"
        );
        assert!(of(&"<log>".repeat(300)).contains("more than 256"), "deep");
        assert!(
            of(&format!("<log a=\"{}\">", "x".repeat(2 << 20))).contains("longer than 1 MiB"),
            "long tag"
        );
        for page in ["<!DOCTYPE html><p>", "<HTML>", "\n<!doctype\nHTML PUBLIC \"-//W3C//DTD\"><html>"] {
            assert!(of(page).contains("web page"), "{page}");
        }
        assert!(of("<rss version=\"2\">").contains("<rss>"), "another kind of XML");
    }

    #[test]
    fn document_types_are_passed_over() {
        let text = "<!DOCTYPE log [<!-- it's > --><!ENTITY a \"b>c\"><!ENTITY d '&a;&a;'>]><log><trace>\
                    <string key=\"concept:name\" value=\"&d;\"/><event/></trace></log>";
        assert_eq!(xes(text), Ok(vec![record(1, &[("case:concept:name", "&d;")])]), "nothing is expanded");
    }

    #[test]
    fn long_events_are_rejected() {
        let long = format!("<string key=\"a\" value=\"{}\"/>", "x".repeat(MAX_RECORD_BYTES / 2));
        let text = format!("<log><trace>{long}<event>{long}{long}</event>\n<event/></trace></log>");
        let (_, rows) = read(Syntax::Xes, ',', text.as_bytes(), 100_000).unwrap();
        assert_eq!(rows[0], fault(1, TOO_LONG, ""), "the long one");
        assert_eq!(rows.len(), 2, "the next is read");
    }
}
