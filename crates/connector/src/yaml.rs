//! Reads the YAML that tools write, line by line and many times faster than a reader of all of YAML.
//!
//! Whatever is rare is not read here: anchors, tags, directives, several documents, complex keys, tabs that indent, and
//! everything that may be wrong. The answer is then none, and the full reader says what it is.

mod scalar;

use serde_json::{Map, Value};

/// Deepest nesting.
const MAX_DEPTH: usize = 100;
/// Longest key on one line.
const MAX_KEY_BYTES: usize = 1_000;

/// One line: how far it is indented, and what follows, without blanks at its end outside block scalars.
#[derive(Clone, Copy)]
struct Line<'t> {
    indent: usize,
    content: &'t str,
}

struct Reader<'t> {
    lines: Vec<Line<'t>>,
    at: usize,
    n_nodes: usize,
    max_nodes: usize,
    ends_with_break: bool,
}

/// The value of a document with at most so many values; none where the full reader has to look at it.
pub(crate) fn read(text: &str, max_nodes: usize) -> Option<Value> {
    if !is_plain_text(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader {
        lines: lines_of(text)?,
        at: 0,
        n_nodes: 0,
        max_nodes,
        ends_with_break: text.ends_with('\n'),
    };
    if reader.peek().is_some_and(|line| line.indent == 0 && line.content.trim_end() == "---") {
        reader.at += 1;
    }
    let root = reader.peek()?;
    let value = reader.block(root.indent, None, MAX_DEPTH)?;
    reader.peek().is_none().then_some(value)
}

/// Whether there are only characters that mean themselves everywhere.
fn is_plain_text(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = |n: usize| bytes.get(at + n).copied().unwrap_or_default();
        let is_odd = match byte {
            b'\n' | b'\t' => false,
            b'\r' => next(1) != b'\n',
            0..0x20 | 0x7f => true,
            // C1 controls; line and paragraph separators; byte order marks and what is no character.
            0xc2 => next(1) < 0xa0,
            0xe2 => next(1) == 0x80 && matches!(next(2), 0xa8 | 0xa9),
            0xef => (next(1) == 0xbb && next(2) == 0xbf) || (next(1) == 0xbf && next(2) >= 0xbe),
            _ => false,
        };
        if is_odd {
            return false;
        }
        at += 1;
    }
    true
}

fn lines_of(text: &str) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::with_capacity(text.len() / 32);
    for (number, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches(' ');
        let is_marker = number > 0 && (line.starts_with("---") || line.starts_with("..."));
        let is_first_marker = line.starts_with("---") && lines.iter().all(is_aside);
        if content.starts_with('\t') || (is_marker && !is_first_marker) {
            return None;
        }
        lines.push(Line { indent: line.len() - content.len(), content });
    }
    Some(lines)
}

/// Whether nothing stands in a line, or a comment.
fn is_aside(line: &Line<'_>) -> bool {
    line.content.is_empty() || line.content.starts_with('#')
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// Whether nothing but a comment follows.
fn is_rest(rest: &str) -> bool {
    let blank = rest.trim_start_matches([' ', '\t']);
    blank.is_empty() || (blank.starts_with('#') && blank.len() < rest.len())
}

impl<'t> Reader<'t> {
    /// The next line that says something, which becomes the current one.
    fn peek(&mut self) -> Option<Line<'t>> {
        while self.lines.get(self.at).is_some_and(is_aside) {
            self.at += 1;
        }
        self.lines.get(self.at).copied()
    }

    fn count(&mut self) -> Option<()> {
        self.n_nodes += 1;
        (self.n_nodes <= self.max_nodes).then_some(())
    }

    /// The value that begins with the current line, which is indented so far; `outer` is the indentation of what holds it.
    fn block(&mut self, indent: usize, outer: Option<usize>, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let Line { content, .. } = self.peek()?;
        if is_item(content) {
            return self.sequence(indent, depth);
        }
        if self.split_key(content)?.is_some() {
            return self.mapping(indent, depth);
        }
        // What stands alone at the top is for the full reader.
        self.inline(content, outer?)
    }

    fn sequence(&mut self, indent: usize, depth: usize) -> Option<Value> {
        self.count()?;
        let mut all = Vec::new();
        while let Some(line) = self.peek() {
            if line.indent < indent || (line.indent == indent && !is_item(line.content)) {
                break;
            }
            if line.indent > indent {
                return None;
            }
            let rest = &line.content[1..];
            let item = rest.trim_start_matches(' ');
            if is_rest(rest) {
                self.at += 1;
                all.push(self.below(indent, None, depth)?);
                continue;
            }
            let place = indent + 1 + (rest.len() - item.len());
            if is_item(item) || self.split_key(item)?.is_some() {
                // The rest of the line is a block of its own that begins there.
                self.lines[self.at] = Line { indent: place, content: item };
                all.push(self.block(place, Some(indent), depth)?);
            } else {
                all.push(self.inline(item, indent)?);
            }
        }
        Some(Value::Array(all))
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Option<Value> {
        self.count()?;
        let mut all = Map::new();
        while let Some(line) = self.peek() {
            if line.indent < indent {
                break;
            }
            if line.indent > indent || is_item(line.content) {
                // Items at this place belong to a list that holds the mapping only if that is indented less.
                return None;
            }
            let (key, rest) = self.split_key(line.content)??;
            self.count()?;
            let value = if is_rest(rest) {
                self.at += 1;
                self.below(indent, Some(indent), depth)?
            } else {
                self.inline(rest.trim_start_matches(' '), indent)?
            };
            if all.insert(key, value).is_some() {
                return None;
            }
        }
        Some(Value::Object(all))
    }

    /// The value on the lines below; null where there is none. Items may stand right below a key, at `items`.
    fn below(&mut self, indent: usize, items: Option<usize>, depth: usize) -> Option<Value> {
        match self.peek() {
            Some(line) if line.indent > indent => self.block(line.indent, Some(indent), depth),
            Some(line) if Some(line.indent) == items && is_item(line.content) => {
                self.sequence(indent, depth.checked_sub(1)?)
            }
            _ => {
                self.count()?;
                Some(Value::Null)
            }
        }
    }

    /// A key and what follows its colon; nothing inside where the line is no entry of a mapping.
    fn split_key(&self, content: &'t str) -> Option<Option<(String, &'t str)>> {
        let first = content.chars().next()?;
        let after = |at: usize| content[at..].chars().next();
        match first {
            '"' | '\'' => {
                let Some((key, rest)) = scalar::quoted_on_line(content)? else { return Some(None) };
                let rest = rest.trim_start_matches(' ');
                let Some(value) = rest.strip_prefix(':') else { return Some(None) };
                let is_key = value.is_empty() || value.starts_with(' ');
                (is_key && content.len() - rest.len() <= MAX_KEY_BYTES).then_some(Some((key, value)))
            }
            '&' | '*' | '!' | '%' | '@' | '`' | ',' | ']' | '}' | ':' => None,
            '?' if matches!(after(1), None | Some(' ')) => None,
            '[' | '{' | '|' | '>' => Some(None),
            _ => {
                let Some(colon) = colon_of(content) else { return Some(None) };
                let key = content[..colon].trim_end_matches(' ');
                let is_odd = matches!(key, "~" | "null" | "Null" | "NULL" | "<<" | "");
                if is_odd || key.len() > MAX_KEY_BYTES || key.contains(" #") || key.contains('\t') {
                    return None;
                }
                Some(Some((key.to_owned(), &content[colon + 1..])))
            }
        }
    }

    /// A value that begins on the current line with this text, in what is indented so far; it may go on below.
    fn inline(&mut self, text: &'t str, outer: usize) -> Option<Value> {
        self.count()?;
        match text.chars().next()? {
            '&' | '*' | '!' | '%' | '@' | '`' | '#' | ',' | ']' | '}' | '\t' => None,
            '|' | '>' => self.block_scalar(text, outer).map(Value::String),
            '"' | '\'' => self.quoted(text, outer).map(Value::String),
            '[' | '{' => self.flow(text, outer),
            _ if is_item(text) || text.starts_with("? ") || text == "?" || text.starts_with(':') => None,
            _ => self.plain(text, outer),
        }
    }

    /// A list or a mapping in brackets.
    fn flow(&mut self, text: &'t str, outer: usize) -> Option<Value> {
        for (empty, value) in [("[]", Value::Array(Vec::new())), ("{}", Value::Object(Map::new()))] {
            if text.strip_prefix(empty).is_some_and(is_rest) {
                self.at += 1;
                return Some(value);
            }
        }
        let mut whole = text.to_owned();
        self.at += 1;
        while !scalar::is_closed(&whole)? {
            let line = self.lines.get(self.at).filter(|line| line.indent > outer && !is_aside(line))?;
            whole.push('\n');
            whole.push_str(line.content);
            self.at += 1;
        }
        // What refers to other parts, or has a tag, stands for more than itself.
        let value = scalar::by_full_reader(&whole).filter(|_| !whole.contains(['&', '*', '!']))?;
        self.n_nodes += scalar::n_values(&value);
        (self.n_nodes <= self.max_nodes).then_some(value)
    }
}

/// Where the colon after a plain key is.
fn colon_of(content: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let is_it = |at: &usize| matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'));
    content.match_indices(':').map(|(at, _)| at).find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the full reader says; the judge of all that is read here.
    fn full(text: &str) -> Result<Value, String> {
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
    }

    #[test]
    fn what_tools_write_is_read_here() {
        for text in [
            "openapi: 3.0.1\npaths:\n  /a/{b}:\n    get:\n      tags: [a, 'b', \"c: d\"]\n      ok: true\n",
            "a:\n- 1\n- -2.5\n-\n- - x\n  - y: 1\n    z: ~\nb:\n  # said aside\n  - c: d # and here\n    e:\nf: {}\n",
            "---\n\"200\": it's\n404: \"a\\n\\u00e9 \\\"b\\\"\"\n'x: y': 'it''s'\nz: {a: 1, b: [c]}\n",
            "a: |\n  one\n    two\n\n  three\nb: >-\n  one\n  two\n\n  three\n    more\n  less\n\nc: |+\n  x\n\nd: 1\n",
            "a: one\n  two\n\n  three\nb: \"one\n  two \\\n  \\ three\n\n  four\"\nc: 'x\n\n\n  y'\n",
            "d: 2020-01-01\nt: Yes\no: 010\nh: 0x1f\nf: 1e3\nn: null\nv: 1.0.0\nw: .5\nc: '1'\n",
            "a: 'x'\r\nb:\r\n  - |-\r\n    y\r\n    z\r\nc: 1\r\n",
            "a:\n    b: 1\n    c:\n      -   d: 2\n          e: 3\n",
        ] {
            let expected = full(text).expect("it is YAML");
            assert_eq!(read(text, 1_000), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_rare_or_wrong_is_left_to_the_full_reader() {
        for text in [
            "a: &x 1\nb: *x\n",
            "a: 1\na: 2\n",
            "a: !!str 1\n",
            "a:\n\tb: 1\n",
            "a: b: c\n",
            "a: [1, 2\n",
            "a: \"x\n",
            "a:\n  b: 1\n c: 2\n",
            "a: 1\n---\nb: 2\n",
            "<<: {a: 1}\n",
            "? a\n: b\n",
            "a: |02\n    x\n",
            "a: b #c\n  d\n",
            "",
        ] {
            assert_eq!(read(text, 1_000), None, "{text}");
        }
        assert_eq!(read("a: [1, 2, 3]\n", 4), None, "too many values");
        let deep: String = (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(read(&deep, 1_000), None, "too deep");
    }

    /// Block style with texts in quotes, as some tools write it.
    fn write(value: &Value, indent: usize, into: &mut String) {
        let start = format!("\n{}", " ".repeat(indent));
        match value {
            Value::Array(all) if !all.is_empty() => {
                for one in all {
                    into.push_str(&format!("{start}-"));
                    write(one, indent + 2, into);
                }
            }
            Value::Object(all) if !all.is_empty() => {
                for (key, one) in all {
                    into.push_str(&format!("{start}{}:", Value::from(key.as_str())));
                    write(one, indent + 2, into);
                }
            }
            other => into.push_str(&format!(" {other}")),
        }
    }

    /// Published documents, from beside the workspace.
    #[test]
    fn published_documents_are_read_as_by_the_full_reader() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/openapi-official");
        let Ok(vendors) = std::fs::read_dir(&folder) else {
            eprintln!("THE PUBLISHED DOCUMENTS ARE NOT THERE: {}", folder.display());
            return;
        };
        let files = vendors.flatten().filter_map(|vendor| std::fs::read_dir(vendor.path()).ok()).flatten();
        for path in files.flatten().map(|file| file.path()) {
            let text = std::fs::read_to_string(&path).expect("a text");
            let text = text.trim_start_matches('\u{feff}');
            match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("yaml") => {
                    let found =
                        read(text, 4_000_000).unwrap_or_else(|| panic!("{} is common", path.display()));
                    assert_eq!(Ok(found), full(text), "{}", path.display());
                }
                Some("json") => {
                    let value: Value = serde_json::from_str(text).expect("JSON");
                    let mut twin = String::new();
                    write(&value, 0, &mut twin);
                    twin.push('\n');
                    let found = read(&twin, 4_000_000);
                    // Pairs of escapes for one character are left to the full reader.
                    assert!(found.is_none_or(|found| found == value), "{}", path.display());
                }
                _ => {}
            }
        }
    }

    fn line() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "a",
            "b: 1",
            "c:",
            "- ",
            "-",
            "- d: x",
            "- - e",
            "f: |",
            "g: >-",
            "h: >",
            "i: |+",
            "'j': \"k",
            "l\"",
            "m: 'n",
            "o'",
            "# p",
            "q # r",
            "s: [t, u",
            "v]",
            "w: {x: y}",
            "z: - 1",
            "200: ok",
            "true: no",
            "\"1\": 'it''s'",
            "  ",
            "y: \"a\\",
            "k: 1.50",
            "n: 0o17",
            "t: ~",
            "\\ b\"",
            "u: 12:30",
            "e: it's #1",
            "- [a, b] # c",
            "- \"x: y\"",
            "- 'x': y",
            "f: |2",
            "- >1-",
            "g: |+4",
            "      deep",
            " odd",
            "r:   z  ",
            "p: http://x:80/#y",
            "-x: ?",
            "b: -",
            "d:e",
            "x: +1",
            "c: 'q' # r",
            "i: [a: b, 'c']",
            "",
        ]);
        (0..4_usize, word).prop_map(|(indent, word)| format!("{}{word}", "  ".repeat(indent)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16_384, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_is_what_the_full_reader_reads(
            lines in prop::collection::vec(line(), 1..9),
            has_end in any::<bool>(),
        ) {
            let text = lines.join("\n") + if has_end { "\n" } else { "" };
            if let Some(value) = read(&text, 1_000) {
                prop_assert_eq!(full(&text), Ok(value), "{}", text);
            }
        }
    }
}
