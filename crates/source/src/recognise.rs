//! Tells the syntax of a file from its beginning; the name only helps where the content leaves it open.

use crate::error::{Error, Kind};
use crate::format::Syntax;

/// Separators that are looked for, the preferred first.
const DELIMITERS: [u8; 7] = [b',', b';', b'\t', b'|', b'^', b'~', 0x1f];
/// Records that are counted to find the separator.
const MAX_RECORDS: usize = 50;
/// Elements that only web pages have at their top.
const PAGE_ELEMENTS: [&str; 11] =
    ["html", "head", "body", "title", "meta", "script", "style", "div", "table", "p", "h1"];

/// The syntax, and the separator of fields if it is delimiter-separated values.
///
/// `head` is the beginning of the text in UTF-8; `whole` says that nothing follows.
pub(crate) fn recognise_syntax(
    file: &str,
    head: &[u8],
    whole: bool,
) -> Result<(Syntax, Option<char>), Error> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let n_blank = head.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let text = &head[n_blank..];
    match text {
        [] if whole => Err(Error::new(file, Kind::Empty)),
        [b'<', ..] if !is_tag_of_header(text) => markup(file, text).map(|()| (Syntax::Xes, None)),
        [b'{', ..] => Ok((object(file, text, whole), None)),
        [b'[', rest @ ..] if is_json_array(rest) => Ok((Syntax::Json, None)),
        // The separator may be white space, so that nothing is taken away here.
        _ => separated(file, head, whole).map(|delimiter| (Syntax::Csv, Some(char::from(delimiter)))),
    }
}

/// A header such as `<DATE>,<PRICE>` has a separator right behind its first name.
fn is_tag_of_header(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let behind = line.iter().position(|byte| *byte == b'>').and_then(|end| line.get(end + 1));
    behind.is_some_and(|byte| DELIMITERS.contains(byte))
}

/// Passes what stands before the first element, and looks whether that is an event log.
fn markup(file: &str, text: &[u8]) -> Result<(), Error> {
    let name = first_element(text)
        .ok_or_else(|| Error::at(file, 1, Kind::XmlBroken("it ends before its first element".to_owned())))?;
    let is_page = |name: &str| PAGE_ELEMENTS.iter().any(|element| name.eq_ignore_ascii_case(element));
    let local = name.rsplit(':').next().unwrap_or_default();
    match local {
        "log" => Ok(()),
        _ if is_page(local) => Err(Error::new(file, Kind::WebPage)),
        _ => Err(Error::new(file, Kind::OtherXml(name))),
    }
}

/// The name of the first element, or `html` from a document type.
fn first_element(text: &[u8]) -> Option<String> {
    const MAX_NAME_CHARS: usize = 40;
    let mut rest = text.trim_ascii_start();
    loop {
        if let Some(inner) = rest.strip_prefix(b"<!--") {
            rest = behind(inner, b"-->")?;
        } else if let Some(inner) = rest.strip_prefix(b"<?") {
            rest = behind(inner, b"?>")?;
        } else if let Some(inner) = rest.strip_prefix(b"<!") {
            let is_page = inner.get(..12).is_some_and(|kind| kind.eq_ignore_ascii_case(b"DOCTYPE html"));
            if is_page {
                return Some("html".to_owned());
            }
            rest = behind_declaration(inner)?;
        } else {
            let inner = rest.strip_prefix(b"<")?;
            let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<');
            let end = inner.iter().position(is_end).unwrap_or(inner.len());
            let name = String::from_utf8_lossy(&inner[..end]);
            return (end > 0).then(|| name.chars().take(MAX_NAME_CHARS).collect());
        }
        rest = rest.trim_ascii_start();
    }
}

fn behind<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(text, end).map(|at| &text[at + end.len()..])
}

/// A document type may hold declarations between square brackets.
fn behind_declaration(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

/// A column name in brackets, `[customer],[time]`, is no JSON.
fn is_json_array(behind_bracket: &[u8]) -> bool {
    match behind_bracket.trim_ascii_start().first() {
        None => true,
        Some(first) => matches!(first, b'{' | b'[' | b']' | b'"' | b'-') || first.is_ascii_digit(),
    }
}

/// One JSON document or one object a line.
fn object(file: &str, text: &[u8], whole: bool) -> Syntax {
    let Some((end, has_list)) = first_object(text) else {
        // The first object is longer than what is seen of it.
        let is_line = !text.contains(&b'\n') && has_extension(file, &["ndjson", "jsonl"]);
        return if is_line { Syntax::Ndjson } else { Syntax::Json };
    };
    let is_one_line = !text[..end].contains(&b'\n');
    let follows = text[end..].trim_ascii_start().first();
    match follows {
        Some(b'{') if is_one_line => Syntax::Ndjson,
        Some(_) => Syntax::Json,
        // A lone object is one record, unless it wraps a list of them.
        None if is_one_line && (!has_list || !whole || has_extension(file, &["ndjson", "jsonl"])) => {
            Syntax::Ndjson
        }
        None => Syntax::Json,
    }
}

/// Where the first object ends, and whether one of its fields is a list of objects.
fn first_object(text: &[u8]) -> Option<(usize, bool)> {
    let (mut depth, mut in_string, mut is_escaped, mut has_list) = (0_u32, false, false, false);
    let mut before = 0;
    for (at, &byte) in text.iter().enumerate() {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                // Depth 2: directly in a list that is the value of a field.
                has_list |= byte == b'{' && before == b'[' && depth == 2;
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some((at + 1, has_list));
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

/// The separator of delimiter-separated values.
fn separated(file: &str, text: &[u8], whole: bool) -> Result<u8, Error> {
    if let Some(delimiter) = declared_delimiter(text) {
        return Ok(delimiter);
    }
    let best = DELIMITERS
        .iter()
        .filter_map(|&delimiter| consistency(text, delimiter, whole).map(|score| (score, delimiter)))
        // Of equals the first stays.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    // Words in a file that claims to be something else are not a table of one line or of one column.
    let n_lines =
        text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(2).count();
    let is_table = best.is_some() && n_lines > 1;
    if !is_table && has_extension(file, &["json", "ndjson", "jsonl"]) {
        return Err(Error::at(file, 1, Kind::JsonBroken("it does not begin with { or [")));
    }
    if !is_table && has_extension(file, &["xes", "xml"]) {
        return Err(Error::at(file, 1, Kind::XmlBroken("it does not begin with <".to_owned())));
    }
    Ok(best.map_or(b',', |(_, delimiter)| delimiter))
}

/// `sep=;`, the first line that spreadsheets write and read.
fn declared_delimiter(text: &[u8]) -> Option<u8> {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    match line {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && delimiter.is_ascii() => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// How well a separator explains the text: the share of records with as many fields as the header, a little more for
/// more fields; `None` if the header would be one field.
fn consistency(text: &[u8], delimiter: u8, whole: bool) -> Option<f64> {
    let counts = field_counts(text, delimiter, whole);
    let n_header = *counts.first()?;
    if n_header < 2 {
        return None;
    }
    let n_same = counts.iter().filter(|count| **count == n_header).count();
    let share = n_same as f64 / counts.len() as f64;
    Some(share * (1.0 - 1.0 / n_header as f64))
}

/// Where in a field a byte stands.
#[derive(Clone, Copy)]
enum Place {
    Start,
    Inside,
    Quoted,
    /// Behind a quote that may have been the closing one.
    Closed,
}

/// Fields of each of the first records; what is quoted separates nothing.
fn field_counts(text: &[u8], delimiter: u8, whole: bool) -> Vec<usize> {
    let mut counts = Vec::new();
    let (mut n_fields, mut place, mut is_blank) = (1, Place::Start, true);
    for &byte in text {
        match (place, byte) {
            (Place::Quoted, b'"') => place = Place::Closed,
            (Place::Quoted, _) => {}
            // A doubled quote closes and opens again.
            (Place::Start | Place::Closed, b'"') => (place, is_blank) = (Place::Quoted, false),
            (_, b'\n' | b'\r') => {
                if !is_blank {
                    counts.push(n_fields);
                }
                if counts.len() == MAX_RECORDS {
                    return counts;
                }
                (n_fields, place, is_blank) = (1, Place::Start, true);
            }
            _ if byte == delimiter => {
                n_fields += 1;
                (place, is_blank) = (Place::Start, false);
            }
            _ => {
                place = Place::Inside;
                is_blank &= byte.is_ascii_whitespace();
            }
        }
    }
    if !is_blank && (whole || counts.is_empty()) {
        counts.push(n_fields);
    }
    counts
}

/// The extension of the name, seen through a `.gz` behind it.
fn has_extension(file: &str, wanted: &[&str]) -> bool {
    let name = file.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, extension)| wanted.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The syntax with its separator, or the message.
    fn recognised(file: &str, text: &str) -> String {
        said(recognise_syntax(file, text.as_bytes(), true))
    }

    fn said(result: Result<(Syntax, Option<char>), Error>) -> String {
        match result {
            Ok((syntax, None)) => format!("{syntax:?}"),
            Ok((syntax, Some(delimiter))) => format!("{syntax:?} {delimiter:?}"),
            Err(error) => error.message(),
        }
    }

    #[test]
    fn event_logs_and_other_markup() {
        for text in [
            "<log>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<log xes.version=\"1.0\"><trace>",
            "<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY a \"b>\">]><log/>",
            "<xes:log xmlns:xes=\"http://www.xes-standard.org/\">",
        ] {
            assert_eq!(recognised("a.txt", text), "Xes", "{text}");
        }
        for text in
            ["<!doctype HTML>\n<html>", "<HTML><body>", "  <table><tr>", "<!-- x --><html lang=\"en\">"]
        {
            assert_eq!(recognised("a.csv", text), "a.csv is a web page, not an export of records.", "{text}");
        }
        let other = "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\">";
        assert!(recognised("a.xml", other).ends_with("its first element is <feed>."), "the element is named");
        let cut = "a.xes, line 1: the XML is broken: it ends before its first element.";
        for text in ["<?xml version=\"1.0\"?>", "<!-- log", "<", "< log>"] {
            assert_eq!(recognised("a.xes", text), cut, "{text}");
        }
    }

    #[test]
    fn json() {
        for text in [
            "[]",
            " [ {\"a\": 1} ]",
            "[",
            "[\n  {\"a\"",
            "{\"events\": [{\"a\": 1}]}",
            "{\n  \"a\": 1\n}",
            "{\n  \"a\": 1\n}\n{\n",
            "{\"a\": \"{",
            "{\"next\": null, \"data\": [ {\"a\": 1}, {\"a\": 2} ]}\n",
        ] {
            assert_eq!(recognised("a.txt", text), "Json", "{text}");
        }
        for text in [
            "{\"a\": 1}\n{\"a\": 2}\n",
            "{\"a\": \"}{\\\"\"}\r\n{\"a\": 2}",
            "{\"a\": [1, 2]}",
            "{\"a\": {\"items\": [{\"b\": 1}]}}",
            "{\"items\": [{\"b\": 1}]}\n\n{\"items\": []}",
        ] {
            assert_eq!(recognised("a.txt", text), "Ndjson", "{text}");
        }
        let lone = "{\"items\": [{\"b\": 1}]}";
        assert_eq!(recognised("a.jsonl", lone), "Ndjson", "the name decides what the content leaves open");
        assert_eq!(
            said(recognise_syntax("a.ndjson", b"{\"a\": \"long", false)),
            "Ndjson",
            "a long first line"
        );
        assert_eq!(said(recognise_syntax("a.json", b"{\"a\": \"long", false)), "Json", "a long document");
    }

    #[test]
    fn separators() {
        for (text, expected) in [
            ("a,b\n1,2\n", "Csv ','"),
            ("a;b\n1,5;2,5\n1,5;2,5\n", "Csv ';'"),
            ("time;amount;note\n4.3.2024;1.234,50;x, y, z\n5.3.2024;2,00;\n", "Csv ';'"),
            ("a\tb\n1,2\t3\n", "Csv '\\t'"),
            ("\ta\tb\n0\t1\t2\n", "Csv '\\t'"),
            ("a|b|c\n1|2|3\n", "Csv '|'"),
            ("a^b\n1^2", "Csv '^'"),
            ("a~b\n1~2", "Csv '~'"),
            ("a\u{1f}b\n1\u{1f}2", "Csv '\\u{1f}'"),
            ("only\n1\n2\n", "Csv ','"),
            ("sep=;\na,b;c\n1,2;3\n", "Csv ';'"),
            ("SEP=|\r\na,b\r\n", "Csv '|'"),
            ("[customer],[time]\n1,2\n", "Csv ','"),
            ("<DATE>;<PRICE>\n1;2\n", "Csv ';'"),
            ("\"a;b;c\",d\n\"1;2;3\",4\n", "Csv ','"),
            ("a,b\n\"x \"\"y;\"\" z;\",2\n", "Csv ','"),
            ("a,b\r1,2\r3,4\r", "Csv ','"),
            ("a,b,c\n1,2,3\n1\n1,2,3,4,5\n,1,2\n", "Csv ','"),
            ("id,name|alias,time\n1,x|y,2\n2,x|y,3\n", "Csv ','"),
            ("\n\na;b\n1;2\n", "Csv ';'"),
            ("hello, this is prose\n", "Csv ','"),
        ] {
            assert_eq!(recognised("a.csv", text), expected, "{text:?}");
        }
        assert_eq!(recognised("a.json", "a;b\n1;2\n"), "Csv ';'", "a wrong name does not hide a table");
    }

    #[test]
    fn a_quote_that_is_cut_off_is_no_record() {
        let head = b"a;b\n1;2\n1;\"x, y, z, ";
        assert_eq!(said(recognise_syntax("a.csv", head, false)), "Csv ';'", "whole records count");
    }

    #[test]
    fn nothing_that_can_be_read() {
        for text in ["", "\n\n  \n", "\u{feff}"] {
            assert_eq!(recognised("a.csv", text), "a.csv is empty.", "{text:?}");
        }
        let prose = "hello, this is not JSON at all";
        for name in ["words.json", "words.NDJSON", "words.json.gz"] {
            let expected = format!("{name}, line 1: the JSON is broken: it does not begin with {{ or [.");
            assert_eq!(recognised(name, prose), expected, "{name}");
        }
        let expected = "a.xes, line 1: the XML is broken: it does not begin with <.";
        assert_eq!(recognised("a.xes", prose), expected, "an event log in name only");
    }

    /// Writes a table as the `csv` crate does.
    fn written(rows: &[Vec<String>], delimiter: u8) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).unwrap();
        }
        writer.into_inner().unwrap()
    }

    proptest! {
        #[test]
        fn fields_are_counted_as_another_reader_does(
            rows in proptest::collection::vec(proptest::collection::vec("[ab,;\"\n ]{0,6}", 3), 1..20),
            place in 0_usize..7,
        ) {
            let text = written(&rows, DELIMITERS[place]);
            let counts = field_counts(&text, DELIMITERS[place], true);
            prop_assert_eq!(counts, vec![3; rows.len()], "{}", String::from_utf8_lossy(&text));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), near in "[<>!?\\[\\]{}\",;:a\n -]{0,40}") {
            for text in [&bytes[..], near.as_bytes()] {
                let whole = recognise_syntax("a.json", text, true);
                let cut = recognise_syntax("a.csv", text, false);
                let is_csv = |result: &Result<(Syntax, Option<char>), Error>| matches!(result, Ok((Syntax::Csv, Some(_))));
                prop_assert!(whole.is_err() || cut.is_ok() || !is_csv(&whole), "more bytes read alike");
            }
        }
    }
}
