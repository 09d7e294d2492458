//! Sequence patterns: a small language for the order of a case's activities.

use crate::resolve::{NameKind, Resolver};
use std::fmt;
use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

/// A pattern that the activities of a case match or don't.
///
/// The parts of a pattern stand in order, joined by `->`, each for the next event:
///
/// | part | matches |
/// |---|---|
/// | `order` | one event with this activity |
/// | `[order\|renew]` | one event with any of these activities |
/// | `[^order\|renew]` | one event with none of these activities |
/// | `.` | one event, whatever it is |
/// | `.*`, `[order\|renew]*`, `[^order]*` | any number of such events in a row, none included |
/// | `path_start` | the beginning of the case; only as first part |
/// | `path_end` | the end of the case; only as last part |
///
/// So `visit->order` is *directly followed by* and `visit->.*->order` is *eventually followed by*.
/// Without `path_start` and `path_end` the pattern may match anywhere in the case.
/// Spaces around a part don't count. A name with one of `[]|*"` or `->` in it, or one that is a word of the language, is
/// written in double quotes, in which `\"` and `\\` stand for a quote and a backslash.
///
/// A case matches when there is *any* way to read the pattern into it; no part is greedy. Matching costs O(events).
///
/// # Example
/// ```
/// use journey::Pattern;
/// let pattern: Pattern = "path_start -> [^order]* -> \"call [support]\"".parse()?;
/// assert_eq!(pattern.to_string(), "path_start->[^order]*->\"call [support]\"");
/// # Ok::<(), journey::PatternError>(())
/// ```
///
/// # Reference
/// The language is that of retentioneering in spirit; matching is by the extended Shift-And method of Navarro and
/// Raffinot, *Flexible Pattern Matching in Strings* (2002), §4.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    starts: bool,
    ends: bool,
    parts: Vec<Part>,
}

/// One part between arrows: an event, or a run of events, that passes a test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Part {
    test: Test,
    run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Test {
    Any,
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
}

impl Pattern {
    /// Most parts of a pattern, `path_start` and `path_end` not counted.
    pub const MAX_PARTS: usize = 62;
}

/// Why a text is no pattern, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    at: usize,
    what: &'static str,
}

impl PatternError {
    /// The character of the text at which reading stopped, from 1.
    pub fn at(&self) -> usize {
        self.at
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at, self.what)
    }
}

impl std::error::Error for PatternError {}

const START: &str = "path_start";
const END: &str = "path_end";

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut reader = Reader { text, chars: text.char_indices().peekable() };
        let mut pattern = Self { starts: false, ends: false, parts: Vec::new() };
        let mut n_read = 0;
        loop {
            reader.skip_spaces();
            let from = reader.position();
            if pattern.ends {
                return Err(reader.error(from, "nothing can come after path_end"));
            }
            match reader.part()? {
                Read::Start if n_read == 0 => pattern.starts = true,
                Read::Start => return Err(reader.error(from, "path_start can only come first")),
                Read::End => pattern.ends = true,
                Read::Part(part) => pattern.parts.push(part),
            }
            n_read += 1;
            if pattern.parts.len() > Self::MAX_PARTS {
                return Err(reader.error(from, "a pattern has at most 62 parts"));
            }
            reader.skip_spaces();
            if reader.chars.peek().is_none() {
                return Ok(pattern);
            }
            reader.arrow()?;
        }
    }
}

enum Read {
    Start,
    End,
    Part(Part),
}

struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Reader<'a> {
    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn error(&self, byte: usize, what: &'static str) -> PatternError {
        PatternError { at: self.text[..byte].chars().count() + 1, what }
    }

    fn skip_spaces(&mut self) {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn arrow(&mut self) -> Result<(), PatternError> {
        let at = self.position();
        if self.eat('-') && self.eat('>') {
            Ok(())
        } else {
            Err(self.error(at, "expected -> between two parts"))
        }
    }

    fn part(&mut self) -> Result<Read, PatternError> {
        let from = self.position();
        if self.eat('[') {
            let test = self.brackets(from)?;
            return Ok(Read::Part(Part { test, run: self.eat('*') }));
        }
        let quoted = self.chars.peek().is_some_and(|(_, c)| *c == '"');
        let name = self.name()?;
        let star = self.position();
        let run = self.eat('*');
        match (quoted, name.as_str()) {
            (false, ".") => return Ok(Read::Part(Part { test: Test::Any, run })),
            _ if run => return Err(self.error(star, "* can only follow . or brackets, as in [order]*")),
            (false, START) => return Ok(Read::Start),
            (false, END) => return Ok(Read::End),
            _ => (),
        }
        Ok(Read::Part(Part { test: Test::OneOf(vec![name]), run: false }))
    }

    /// What stands between brackets; the opening one is read.
    fn brackets(&mut self, opened: usize) -> Result<Test, PatternError> {
        let negated = self.eat('^');
        let mut names = Vec::new();
        loop {
            self.skip_spaces();
            let from = self.position();
            let quoted = self.text[from..].starts_with('"');
            let name = self.name()?;
            if !quoted && [START, END, "."].contains(&name.as_str()) {
                return Err(self.error(from, "only activities can stand in brackets"));
            }
            names.push(name);
            self.skip_spaces();
            if self.eat(']') {
                return Ok(if negated { Test::NoneOf(names) } else { Test::OneOf(names) });
            }
            let at = self.position();
            if !self.eat('|') {
                let what = "expected | or ] after a name in brackets";
                let open = "this bracket is never closed";
                return Err(if at == self.text.len() {
                    self.error(opened, open)
                } else {
                    self.error(at, what)
                });
            }
        }
    }

    fn name(&mut self) -> Result<String, PatternError> {
        let from = self.position();
        if self.eat('"') {
            return self.quoted(from);
        }
        while let Some(&(at, c)) = self.chars.peek() {
            if "[]|*\"".contains(c) || self.text[at..].starts_with("->") {
                break;
            }
            self.chars.next();
        }
        let end = self.position();
        let name = self.text[from..end].trim_end();
        if name.is_empty() {
            return Err(self.error(from, "expected an activity, . or ["));
        }
        if end < self.text.len() && "[\"".contains(&self.text[end..=end]) {
            return Err(self.error(end, "a name with this character in it must be in double quotes"));
        }
        Ok(name.to_owned())
    }

    /// The rest of a quoted name; the opening quote is read.
    fn quoted(&mut self, opened: usize) -> Result<String, PatternError> {
        let mut name = String::new();
        while let Some((at, c)) = self.chars.next() {
            match c {
                '"' if name.is_empty() => return Err(self.error(opened, "a name can't be empty")),
                '"' => return Ok(name),
                '\\' => match self.chars.next() {
                    Some((_, escaped @ ('"' | '\\'))) => name.push(escaped),
                    _ => return Err(self.error(at, "a backslash can only stand before \" or \\")),
                },
                c => name.push(c),
            }
        }
        Err(self.error(opened, "this quote is never closed"))
    }
}

impl fmt::Display for Pattern {
    /// The shortest text that reads back as this pattern.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.starts.then(|| START.to_owned()));
        words.extend(self.parts.iter().map(Part::text));
        words.extend(self.ends.then(|| END.to_owned()));
        f.write_str(&words.join("->"))
    }
}

impl Part {
    fn text(&self) -> String {
        let list = |names: &[String]| names.iter().map(|name| name_text(name)).collect::<Vec<_>>().join("|");
        let star = if self.run { "*" } else { "" };
        match &self.test {
            Test::Any => format!(".{star}"),
            Test::OneOf(names) if names.len() == 1 && !self.run => list(names),
            Test::OneOf(names) => format!("[{}]{star}", list(names)),
            Test::NoneOf(names) => format!("[^{}]{star}", list(names)),
        }
    }
}

fn name_text(name: &str) -> String {
    let special = name.contains(['[', ']', '|', '*', '"']) || name.contains("->") || name.starts_with('^');
    // A trailing minus would join with the arrow that follows.
    if special || name.trim() != name || name.ends_with('-') || [START, END, "."].contains(&name) {
        return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    name.to_owned()
}

/// A pattern whose names are resolved: one bit for every place between parts, all moved at once by an event.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    /// By activity: bit `i` where part `i` is a single event that this activity passes.
    single: Vec<u64>,
    /// By activity: bit `i` where part `i` is a run that this activity passes.
    repeated: Vec<u64>,
    /// Bit `i` where part `i` is a run, which may be empty.
    runs: u64,
    starts: bool,
    ends: bool,
    n_parts: usize,
}

impl Matcher {
    pub(crate) fn new(pattern: &Pattern, n_activities: usize, resolver: &mut Resolver<'_>) -> Self {
        let mut matcher = Self {
            single: vec![0; n_activities],
            repeated: vec![0; n_activities],
            runs: 0,
            starts: pattern.starts,
            ends: pattern.ends,
            n_parts: pattern.parts.len(),
        };
        for (i, part) in pattern.parts.iter().enumerate() {
            let (named, wanted) = match &part.test {
                Test::Any => (vec![true; n_activities], true),
                Test::OneOf(names) => (resolver.marks(NameKind::Activity, names), true),
                Test::NoneOf(names) => (resolver.marks(NameKind::Activity, names), false),
            };
            let masks = if part.run { &mut matcher.repeated } else { &mut matcher.single };
            for (mask, is_named) in masks.iter_mut().zip(named) {
                *mask |= u64::from(is_named == wanted) << i;
            }
            matcher.runs |= u64::from(part.run) << i;
        }
        matcher
    }

    /// Whether these activities match.
    pub(crate) fn matches(&self, activities: &[u32]) -> bool {
        let accepted = 1_u64 << self.n_parts;
        let first = self.with_empty_runs(1);
        let again = if self.starts { 0 } else { first };
        let mut places = first;
        for &activity in activities {
            if places & accepted != 0 && !self.ends {
                return true;
            }
            let (single, repeated) = (self.single[activity as usize], self.repeated[activity as usize]);
            places = self.with_empty_runs((places & single) << 1 | places & repeated) | again;
        }
        places & accepted != 0
    }

    /// Adds the places that are reached by reading runs as empty.
    fn with_empty_runs(&self, mut places: u64) -> u64 {
        loop {
            let more = places | (places & self.runs) << 1;
            if more == places {
                return places;
            }
            places = more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::Store;
    use proptest::prelude::*;

    fn read(text: &str) -> Pattern {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn texts_and_their_shortest_form() {
        for (text, shortest) in [
            ("a -> b", "a->b"),
            (" visit page->.*->[ order | renew ]->path_end ", "visit page->.*->[order|renew]->path_end"),
            ("path_start->[^a]*->\"path_end\"", "path_start->[^a]*->\"path_end\""),
            ("[a]", "a"),
            ("\"plain\"", "plain"),
            ("[a]*->.->x.y->pre-order", "[a]*->.->x.y->pre-order"),
            (r#""say \"hi\" \\ ["->"a->b""#, r#""say \"hi\" \\ ["->"a->b""#),
            ("path_start", "path_start"),
            ("path_start->path_end", "path_start->path_end"),
        ] {
            assert_eq!(read(text).to_string(), shortest, "{text}");
        }
    }

    #[test]
    fn errors_say_where_and_what() {
        let many = vec!["a"; 63].join("->");
        for (text, error) in [
            ("", "at character 1: expected an activity, . or ["),
            ("a->", "at character 4: expected an activity, . or ["),
            ("é->->b", "at character 4: expected an activity, . or ["),
            ("a->path_start", "at character 4: path_start can only come first"),
            ("path_end->a", "at character 11: nothing can come after path_end"),
            ("a*->b", "at character 2: * can only follow . or brackets, as in [order]*"),
            ("a->[b|c", "at character 4: this bracket is never closed"),
            ("[a->b]", "at character 3: expected | or ] after a name in brackets"),
            ("[a|.]", "at character 4: only activities can stand in brackets"),
            ("call [support]", "at character 6: a name with this character in it must be in double quotes"),
            ("\"abc", "at character 1: this quote is never closed"),
            ("\"a\\b\"", "at character 3: a backslash can only stand before \" or \\"),
            ("\"\"", "at character 1: a name can't be empty"),
            ("[a] b", "at character 5: expected -> between two parts"),
            ("[]", "at character 2: expected an activity, . or ["),
            (many.as_str(), "at character 187: a pattern has at most 62 parts"),
        ] {
            let found = text.parse::<Pattern>().map_err(|e| e.to_string());
            assert_eq!(found, Err(error.to_owned()), "{text}");
        }
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            "a", "b", "c d", "->", "[x", "^y", "path_end", ".", "e-", "\"", "\\", " f", "zz*",
        ])
        .prop_map(str::to_owned)
    }

    fn part(name: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Part> {
        let names = || prop::collection::vec(name.clone(), 1..3);
        let test =
            prop_oneof![Just(Test::Any), names().prop_map(Test::OneOf), names().prop_map(Test::NoneOf)];
        (test, any::<bool>()).prop_map(|(test, run)| Part { test, run })
    }

    fn pattern(name: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Pattern> {
        (any::<bool>(), any::<bool>(), prop::collection::vec(part(name), 1..6))
            .prop_map(|(starts, ends, parts)| Pattern { starts, ends, parts })
    }

    /// Whether the parts can be read into exactly these activities, by trying every split.
    fn fits(parts: &[Part], trace: &[u32], names: &[&str]) -> bool {
        let Some((part, rest)) = parts.split_first() else {
            return trace.is_empty();
        };
        let passes = |activity: u32| match &part.test {
            Test::Any => true,
            Test::OneOf(wanted) => wanted.iter().any(|name| name == names[activity as usize]),
            Test::NoneOf(unwanted) => unwanted.iter().all(|name| name != names[activity as usize]),
        };
        let lengths = if part.run { 0..=trace.len() } else { 1..=1 };
        lengths
            .filter(|n| *n <= trace.len() && trace[..*n].iter().all(|a| passes(*a)))
            .any(|n| fits(rest, &trace[n..], names))
    }

    fn matches_somewhere(pattern: &Pattern, trace: &[u32], names: &[&str]) -> bool {
        (0..=trace.len()).any(|from| {
            (from..=trace.len()).any(|until| {
                (!pattern.starts || from == 0)
                    && (!pattern.ends || until == trace.len())
                    && fits(&pattern.parts, &trace[from..until], names)
            })
        })
    }

    fn small_name() -> impl Strategy<Value = String> + Clone {
        prop::sample::select(vec!["a", "b", "c", "missing"]).prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn reads_what_it_writes(pattern in pattern(name().boxed())) {
            prop_assert_eq!(pattern.to_string().parse::<Pattern>(), Ok(Pattern {
                parts: pattern.parts.clone(), ..pattern
            }));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[ab.*^|\"\\\\ \\[\\]>-]{0,12}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                prop_assert_eq!(pattern.to_string().parse::<Pattern>(), Ok(pattern));
            }
        }

        #[test]
        fn matches_where_any_reading_fits(
            pattern in pattern(small_name()),
            trace in prop::collection::vec(0_u32..3, 0..9),
        ) {
            let names = ["a", "b", "c"];
            let store = store_with(&names);
            let matcher = Matcher::new(&pattern, names.len(), &mut Resolver::new(&store));
            prop_assert_eq!(matcher.matches(&trace), matches_somewhere(&pattern, &trace, &names), "{}", pattern);
        }
    }

    fn store_with(names: &[&str]) -> Store {
        let mut batch = event::Batch::new("names");
        for (line, activity) in (1_u32..).zip(names) {
            batch.push(event::NewEvent {
                customer: "ada",
                activity,
                start_micros: i64::from(line),
                end_micros: None,
                channel: None,
                account: None,
                text: None,
                value: None,
                line,
                digest: u64::from(line),
                ..event::NewEvent::default()
            });
        }
        let mut store = Store::new();
        let staged = store.stage(batch);
        store.commit(staged);
        store
    }
}
