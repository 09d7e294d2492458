//! Texts and numbers: plain, in quotes, and as blocks of lines.

use super::{Line, Reader, is_aside, is_rest};
use serde_json::{Number, Value};

/// Words that may stand for something else, in any case.
const WORDS: [&str; 12] =
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

/// What one line break in a folded text becomes, and what several do.
fn fold(into: &mut String, n_blank: usize) {
    match n_blank {
        0 => into.push(' '),
        n => into.extend(std::iter::repeat_n('\n', n)),
    }
}

/// A text in quotes that ends on the line, and what follows it; nothing inside where it goes on below.
pub(super) fn quoted_on_line(content: &str) -> Option<Option<(String, &str)>> {
    let quote = content.chars().next()?;
    let mut text = String::new();
    let end = take_quoted(&content[1..], quote, &mut text, &mut 0)?;
    Some(end.map(|end| (text, &content[1 + end..])))
}

/// Takes a text in quotes up to the quote that ends it; returns where it goes on behind that, nothing inside where the line
/// ends before. `n_kept` is up to where blanks at the end of the line stay, since they were escaped.
fn take_quoted(line: &str, quote: char, into: &mut String, n_kept: &mut usize) -> Option<Option<usize>> {
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if quote == '\'' && line[at + 1..].starts_with('\'') {
                chars.next();
                into.push('\'');
                continue;
            }
            return Some(Some(at + 1));
        }
        if c != '\\' || quote == '\'' {
            into.push(c);
            continue;
        }
        // At the end of the line, the text goes on below.
        let Some((_, escaped)) = chars.next() else { return Some(None) };
        let escaped = match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '0' => '\0',
            'a' => '\u{7}',
            'v' => '\u{b}',
            'e' => '\u{1b}',
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            same @ ('"' | '\\' | '/' | ' ') => same,
            kind @ ('x' | 'u' | 'U') => {
                let n = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = chars.by_ref().take(n).map(|(_, c)| c).collect();
                let is_hex = digits.len() == n && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                char::from_u32(u32::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?)?
            }
            _ => return None,
        };
        into.push(escaped);
        *n_kept = into.len();
    }
    Some(None)
}

impl<'t> Reader<'t> {
    /// A text in quotes, over as many lines as it has.
    pub(super) fn quoted(&mut self, text: &'t str, outer: usize) -> Option<String> {
        let quote = text.chars().next()?;
        let (mut all, mut n_kept, mut line) = (String::new(), 0, &text[1..]);
        loop {
            // A backslash at the end of a line joins it with the next.
            let n_slashes = line.len() - line.trim_end_matches('\\').len();
            let is_joined = quote == '"' && n_slashes % 2 == 1;
            let part = if is_joined { &line[..line.len() - 1] } else { line };
            let end = take_quoted(part, quote, &mut all, &mut n_kept)?;
            self.at += 1;
            if let Some(end) = end {
                return is_rest(&part[end..]).then_some(all).filter(|_| !is_joined);
            }
            if is_joined {
                n_kept = all.len();
            }
            let n_left = all[n_kept..].trim_end_matches([' ', '\t']).len();
            all.truncate(n_kept + n_left);
            let n_blank = self.skip_blank();
            let next = self.lines.get(self.at).filter(|line| line.indent > outer)?;
            if !is_joined {
                fold(&mut all, n_blank);
            } else if n_blank > 0 {
                return None;
            }
            n_kept = all.len();
            line = next.content;
        }
    }

    fn skip_blank(&mut self) -> usize {
        let rest = self.lines.get(self.at..).unwrap_or_default();
        let n = rest.iter().take_while(|line| line.content.is_empty()).count();
        self.at += n;
        n
    }

    /// A text without quotes, over as many lines as it has, or what it stands for.
    pub(super) fn plain(&mut self, text: &'t str, outer: usize) -> Option<Value> {
        let (text, is_cut) = match comment_of(text) {
            Some(at) => (&text[..at], true),
            None => (text, false),
        };
        let text = text.trim_end_matches([' ', '\t']);
        if is_entry(text) {
            return None;
        }
        self.at += 1;
        if is_cut {
            return resolved(text);
        }
        let mut more: Option<String> = None;
        loop {
            let before = self.at;
            let n_blank = self.skip_blank();
            let next = self.lines.get(self.at).filter(|line| line.indent > outer && !is_aside(line));
            let Some(Line { content, .. }) = next else {
                self.at = before;
                break;
            };
            if is_entry(content) || comment_of(content).is_some() {
                return None;
            }
            let all = more.get_or_insert_with(|| text.to_owned());
            fold(all, n_blank);
            all.push_str(content.trim_end_matches([' ', '\t']));
            self.at += 1;
        }
        match more {
            Some(all) => Some(Value::String(all)),
            None => resolved(text),
        }
    }

    /// A text of whole lines, as they stand or folded.
    pub(super) fn block_scalar(&mut self, header: &str, outer: usize) -> Option<String> {
        let is_folded = header.starts_with('>');
        let (keeps, n_told, rest) = told_by(&header[1..])?;
        if !is_rest(rest) {
            return None;
        }
        self.at += 1;
        let first = self.lines.get(self.at..)?.iter().find(|line| !line.content.is_empty())?;
        let indent = n_told.map_or(first.indent, |n| outer + n);
        if indent <= outer || first.indent < indent {
            return None;
        }
        let start = self.at;
        while let Some(line) = self.lines.get(self.at) {
            if line.indent < indent && !line.content.is_empty() {
                if line.indent > outer {
                    return None;
                }
                break;
            }
            // Blanks beyond the indentation are text, which only the full reader tells from blank lines.
            if line.content.is_empty() && line.indent > indent {
                return None;
            }
            self.at += 1;
        }
        let is_last = self.at == self.lines.len();
        if is_last && (!self.ends_with_break || keeps == Some(true)) {
            return None;
        }
        let lines = &self.lines[start..self.at];
        let n_trailing = lines.iter().rev().take_while(|line| line.content.is_empty()).count();
        let mut text = joined(&lines[..lines.len() - n_trailing], indent, is_folded);
        if keeps != Some(false) {
            text.push('\n');
        }
        if keeps == Some(true) {
            text.extend(std::iter::repeat_n('\n', n_trailing));
        }
        Some(text)
    }
}

/// What stands behind the sign of a block: whether the blank lines at its end are kept, by how many blanks it is indented,
/// and the rest.
fn told_by(header: &str) -> Option<(Option<bool>, Option<usize>, &str)> {
    let (mut keeps, mut n_told, mut rest) = (None, None, header);
    while let Some(c) = rest.chars().next().filter(|c| matches!(c, '+' | '-' | '1'..='9')) {
        match c.to_digit(10) {
            None if keeps.is_none() => keeps = Some(c == '+'),
            Some(digit) if n_told.is_none() => n_told = usize::try_from(digit).ok(),
            _ => return None,
        }
        rest = &rest[1..];
    }
    Some((keeps, n_told, rest))
}

fn joined(lines: &[Line<'_>], indent: usize, is_folded: bool) -> String {
    let mut text = String::new();
    let (mut n_blank, mut before): (usize, Option<bool>) = (0, None);
    for line in lines {
        if line.content.is_empty() {
            n_blank += 1;
            continue;
        }
        let n_more = line.indent - indent;
        let is_more = n_more > 0;
        match before {
            None => text.extend(std::iter::repeat_n('\n', n_blank)),
            Some(was_more) if is_folded && !was_more && !is_more => fold(&mut text, n_blank),
            Some(_) => text.extend(std::iter::repeat_n('\n', n_blank + 1)),
        }
        text.extend(std::iter::repeat_n(' ', n_more));
        text.push_str(line.content);
        (n_blank, before) = (0, Some(is_more));
    }
    text
}

/// Where a comment begins behind a plain text.
fn comment_of(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_it = |at: &usize| *at > 0 && matches!(bytes[at - 1], b' ' | b'\t');
    text.match_indices('#').map(|(at, _)| at).find(is_it)
}

/// Whether a plain text has a colon that would make it a key.
fn is_entry(text: &str) -> bool {
    super::colon_of(text).is_some()
}

/// What a plain text on one line stands for.
fn resolved(text: &str) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        "null" => return Some(Value::Null),
        _ => {}
    }
    let first = text.bytes().next()?;
    let may_stand_for = match first {
        b'0'..=b'9' | b'-' => match number(text) {
            Some(number) => return Some(Value::Number(number)),
            None => true,
        },
        b'+' | b'.' | b'~' | b'<' | b'=' => true,
        b'a'..=b'z' | b'A'..=b'Z' => WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)),
        _ => false,
    };
    if !may_stand_for {
        return Some(Value::String(text.to_owned()));
    }
    by_full_reader(text)
}

/// A number as JSON writes it, of at most 15 digits.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_digits(whole) && (whole == "0" || !whole.starts_with('0')) && digits.len() <= 16;
    if !is_plain || text == "-0" || !part.is_none_or(is_digits) {
        return None;
    }
    match part {
        None => text.parse::<i64>().ok().map(Number::from),
        Some(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
    }
}

/// What the full reader makes of a small part.
pub(super) fn by_full_reader(text: &str) -> Option<Value> {
    let is_odd = text.starts_with("---") || text.starts_with("...");
    if is_odd { None } else { serde_saphyr::from_str(text).ok() }
}

/// Whether brackets are closed at the end, quotes apart; none where more follows, or it cannot be told.
pub(super) fn is_closed(text: &str) -> Option<bool> {
    let (mut depth, mut quote, mut before) = (0_usize, None, ' ');
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => drop(chars.next()),
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return is_rest(&text[at + 1..]).then_some(true);
                }
            }
            (None, '#') if before.is_whitespace() => return None,
            _ => {}
        }
        before = c;
    }
    Some(false)
}

/// How many values there are, all levels together.
pub(super) fn n_values(value: &Value) -> usize {
    match value {
        Value::Array(all) => 1 + all.iter().map(n_values).sum::<usize>(),
        Value::Object(all) => 1 + all.values().map(n_values).sum::<usize>(),
        _ => 1,
    }
}
