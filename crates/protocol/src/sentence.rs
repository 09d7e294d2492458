//! Sentences as data: a key and what is filled in. The words are those of the reader's language, in the files of
//! `web/locales`; who shows a sentence gives them, so that no crate below writes any.

use rkyv::{Archive, Deserialize, Serialize, rancor::Source};
use std::collections::HashMap;

/// A sentence, a caption or a name, still without words.
#[derive(
    Archive, Serialize, Deserialize, serde::Serialize, serde::Deserialize, Clone, Debug, Default, PartialEq,
)]
pub struct Sentence {
    /// Which words; an empty key stands for the values themselves, one after the other.
    pub key: String,
    /// What becomes `{0}`, `{1}` … of the words. The first count decides between singular and plural.
    pub values: Vec<Value>,
}

/// What is filled into a sentence; numbers are written as the reader's language writes them.
#[derive(Archive, Serialize, Deserialize, serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
#[rkyv(
    serialize_bounds(__S: rkyv::ser::Writer + rkyv::ser::Allocator, __S::Error: Source),
    deserialize_bounds(__D::Error: Source),
    bytecheck(bounds(__C: rkyv::validation::ArchiveContext, __C::Error: Source))
)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A text that needs no translation, such as a name from the data.
    Text(String),
    /// Names from the data of which any will do, quoted; none stand for any activity.
    Names(Vec<String>),
    /// A count.
    Count(u64),
    /// A share 0…1.
    Ratio(f64),
    /// A number with one digit after the point.
    Number(f64),
    /// A measured time.
    Seconds(f64),
    /// A part with words of its own.
    Says(#[rkyv(omit_bounds)] Box<Sentence>),
}

impl Sentence {
    /// The sentence of a key.
    pub fn new(key: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { key: key.to_owned(), values: values.into_iter().collect() }
    }

    /// A text that is the same in every language, such as a name from the data.
    pub fn text(text: impl Into<String>) -> Self {
        Self { key: String::new(), values: vec![Value::Text(text.into())] }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
            && self.values.iter().all(|value| matches!(value, Value::Text(text) if text.is_empty()))
    }

    /// Joins sentences pairwise from the left: with the words `{0} or {1}` of the key, `a or b or c`.
    pub fn joined(key: &str, parts: impl IntoIterator<Item = Self>) -> Self {
        parts
            .into_iter()
            .reduce(|before, after| Self::new(key, [before.into(), after.into()]))
            .unwrap_or_default()
    }
}

impl From<Sentence> for Value {
    fn from(sentence: Sentence) -> Self {
        Self::Says(Box::new(sentence))
    }
}

/// Gives sentences their words in one language.
pub trait Wording {
    /// The words of a key, where the language has them.
    fn find(&self, key: &str) -> Option<&str>;

    /// Writes a count.
    fn count(&self, n: u64) -> String {
        n.to_string()
    }

    /// Writes a share.
    fn ratio(&self, ratio: f64) -> String {
        format!("{:.1} %", ratio * 100.0)
    }

    /// Writes a number with one digit after the point.
    fn number(&self, value: f64) -> String {
        format!("{value:.1}")
    }

    /// Writes a measured time in the largest unit of which there is at least one.
    fn seconds(&self, secs: f64) -> String {
        match secs {
            s if s < 60.0 => format!("{s:.1} seconds"),
            s if s < 3_600.0 => format!("{:.1} minutes", s / 60.0),
            s if s < 86_400.0 => format!("{:.1} hours", s / 3_600.0),
            s => format!("{:.1} days", s / 86_400.0),
        }
    }

    /// Says a sentence; where the language lacks it, its values, or its key where it has none.
    fn say(&self, sentence: &Sentence) -> String {
        self.say_in_form(sentence, "")
    }

    /// Says a sentence in a grammatical form where the language has one: that of `unit.customers` in the form `of` has
    /// the key `unit.customers.of`.
    fn say_in_form(&self, sentence: &Sentence, form: &str) -> String {
        let Sentence { key, values } = sentence;
        if key.is_empty() {
            return values.iter().map(|value| self.value(value, form)).collect();
        }
        let is_one = values.iter().find_map(|value| match value {
            Value::Count(n) => Some(*n == 1),
            _ => None,
        });
        let of_number = |key: &str| {
            let singular = is_one.unwrap_or(false).then(|| self.find(&format!("{key}.one"))).flatten();
            singular.or_else(|| self.find(key))
        };
        let formed = if form.is_empty() { None } else { of_number(&format!("{key}.{form}")) };
        let Some(words) = formed.or_else(|| of_number(key)) else {
            // Better said without its own words than not at all.
            let said: String = values.iter().map(|value| self.value(value, form)).collect();
            return if said.is_empty() { key.clone() } else { said };
        };
        fill(words, |at, form| values.get(at).map(|value| self.value(value, form)))
    }

    /// Writes what is filled into a sentence.
    fn value(&self, value: &Value, form: &str) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Names(names) => self.names(names),
            Value::Count(n) => self.count(*n),
            Value::Ratio(ratio) => self.ratio(*ratio),
            Value::Number(number) => self.number(*number),
            Value::Seconds(secs) => self.seconds(*secs),
            Value::Says(sentence) => self.say_in_form(sentence, form),
        }
    }

    /// Names from the data, quoted, of which any will do.
    fn names(&self, names: &[String]) -> String {
        let quoted = names.iter().map(|name| Sentence::new("say.quoted", [Value::Text(name.clone())]));
        match names {
            [] => self.say(&Sentence::new("say.any_activity", [])),
            _ => self.say(&Sentence::joined("say.or", quoted)),
        }
    }
}

/// Reads a locale file: one `key = words` a line; lines that begin with `#` are comments.
#[must_use]
pub fn parse(file: &'static str) -> HashMap<&'static str, &'static str> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, words)| (key.trim(), words.trim()))
        .collect()
}

/// Fills the places `{0}`, `{1}` … of words, by their number and the form that may follow it, as in `{1.of}`. A place
/// without a value stays visible.
pub fn fill(words: &str, value: impl Fn(usize, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        let place = &rest[open + 1..open + close];
        let (number, form) = place.split_once('.').unwrap_or((place, ""));
        let filled = number.parse::<usize>().ok().and_then(|number| value(number, form));
        out.push_str(filled.as_deref().unwrap_or(&rest[open..=open + close]));
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Words(HashMap<&'static str, &'static str>);

    impl Wording for Words {
        fn find(&self, key: &str) -> Option<&str> {
            self.0.get(key).copied()
        }
    }

    fn words() -> Words {
        Words(parse(
            "# A comment\nsay.quoted = “{0}”\nsay.or = {0} or {1}\nsay.any_activity = any\nn = {0} things\nn.one = {0} thing\n\
             unit = Sitzungen\nunit.of = der Sitzungen\npart = {0} {1.of} ({2})",
        ))
    }

    fn count(n: u64) -> Sentence {
        Sentence::new("n", [Value::Count(n)])
    }

    #[test]
    fn counts_choose_the_number() {
        assert_eq!(
            [0, 1, 2].map(|n| words().say(&count(n))),
            ["0 things", "1 thing", "2 things"],
            "one is one"
        );
    }

    #[test]
    fn parts_have_words_and_forms_of_their_own() {
        let part = |unit: Sentence| Sentence::new("part", [Value::Count(3), unit.into(), Value::Ratio(0.25)]);
        assert_eq!(
            words().say(&part(Sentence::new("unit", []))),
            "3 der Sitzungen (25.0 %)",
            "the form that is asked for"
        );
        assert_eq!(words().say(&part(count(1))), "3 1 thing (25.0 %)", "its only form where there is none");
    }

    #[test]
    fn names_are_quoted_and_joined() {
        let names = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            words().say(&Sentence { key: String::new(), values: vec![Value::Names(names)] })
        };
        assert_eq!(names(&[]), "any", "nothing named");
        assert_eq!(names(&["a", "{0}", "c"]), "“a” or “{0}” or “c”", "a name is never filled in");
    }

    #[test]
    fn what_is_missing_stays_visible() {
        assert_eq!(words().say(&Sentence::new("missing.key", [])), "missing.key", "a key without words");
        let known = Sentence::new("missing.key", [Value::Text("is odd".to_owned())]);
        assert_eq!(words().say(&known), "is odd", "its values without words of their own");
        assert_eq!(fill("{2} {x", |_, _| None), "{2} {x", "a place without a value");
    }

    #[test]
    fn sentences_survive_the_wire() {
        let said =
            Sentence::new("part", [count(1).into(), Value::Names(vec!["a".to_owned()]), Value::Seconds(2.5)]);
        let bytes = crate::bulk::encode(&said).expect("it is small");
        assert_eq!(crate::bulk::decode::<Sentence>(&bytes).expect("it is whole"), said, "in a buffer");
        let json = serde_json::to_string(&said).expect("plain values");
        assert_eq!(serde_json::from_str::<Sentence>(&json).expect("the same values"), said, "as an object");
    }
}
