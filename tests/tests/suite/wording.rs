//! What the engine says has words in every language.

use crate::questions::{all_analyses, five_paths, with_query};
use crate::workspace;
use protocol::figure::{Figure, Measure};
use protocol::question::{Comparison, Filter, Query, Unit};
use protocol::sentence::{Wording, parse};
use protocol::{Request, Selection};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// A language that remembers what it was asked for and doesn't have.
struct Listening {
    words: HashMap<&'static str, &'static str>,
    missing: RefCell<BTreeSet<String>>,
}

/// Endings of keys that need no words: most sentences have no singular, no other form and no meaning beside them.
const OPTIONAL: [&str; 3] = [".one", ".of", ".meaning"];

impl Wording for Listening {
    fn find(&self, key: &str) -> Option<&str> {
        let found = self.words.get(key).copied();
        if found.is_none() && !key.is_empty() && !OPTIONAL.iter().any(|end| key.ends_with(end)) {
            self.missing.borrow_mut().insert(key.to_owned());
        }
        found
    }
}

fn languages() -> [(&'static str, Listening); 2] {
    let listening = |file| Listening { words: parse(file), missing: RefCell::default() };
    [
        ("en", listening(include_str!("../../../web/locales/reports-en.txt"))),
        ("de", listening(include_str!("../../../web/locales/reports-de.txt"))),
    ]
}

#[test]
fn every_report_has_words_in_every_language() {
    let mut desk = five_paths();
    let filter = Filter::Not { of: Box::new(Filter::Channel { names: vec!["pigeon".to_owned()] }) };
    let other = Filter::HasActivity { names: vec!["cart".to_owned()], at_least: 1, at_most: Some(2) };
    let compare = Some(Comparison::Filter { filter: other });
    let query = Query { filter, compare, ..Query::default() };
    for (tag, language) in languages() {
        let by_session = Query { unit: Unit::Sessions, ..query.clone() };
        for (analysis, query) in all_analyses(&["home", "cart", "nowhere"])
            .into_iter()
            .flat_map(|analysis| [(analysis.clone(), &query), (analysis, &by_session)])
        {
            let asked = with_query(analysis, query);
            let request = Request::Ask { question: Box::new(asked.clone()) };
            // Some analyses have no sessions, or no data to answer from.
            if desk.engine.answer(&request).is_err() {
                continue;
            }
            let report = desk.unworded_report(&asked).worded(&language);
            assert!(!report.finding.is_empty(), "{tag}: {:?} finds something", asked.analysis);
        }
        assert_eq!(language.missing.take(), BTreeSet::new(), "keys without words of {tag}");
    }
}

/// Beginnings of the keys of what the engine says.
const FAMILIES: [&str; 24] = [
    "say",
    "cell",
    "grain",
    "span",
    "unit",
    "param",
    "filter",
    "dropped",
    "reason",
    "issue",
    "col",
    "table",
    "formula",
    "definition",
    "funnel",
    "retention",
    "lifecycle",
    "stickiness",
    "paths",
    "steps",
    "metric",
    "outcome",
    "about",
    "placed",
];

#[test]
fn every_card_has_words_in_every_language() {
    let mut desk = five_paths();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let stage = desk.map().stages.swap_remove(0).name;
    let selections = [
        (Selection::All, None),
        (Selection::All, Some(0)),
        (Selection::Activities { names: names(&["cart"]) }, None),
        (Selection::Edge { from: names(&["home"]), to: Vec::new() }, None),
        (Selection::Variant { trace: names(&["home", "cart"]) }, None),
        (Selection::Stage { name: stage }, None),
        (Selection::Event { customer: "u1".to_owned(), place: 1 }, None),
    ];
    for (tag, language) in languages() {
        for measure in Measure::ALL {
            for (of, source) in selections.clone() {
                let card = desk.unworded_card(&Figure { measure, of, source }).worded(&language);
                assert!(!card.definition.is_empty(), "{tag}: {measure:?} is defined");
            }
        }
        assert_eq!(language.missing.take(), BTreeSet::new(), "keys without words of {tag}");
    }
}

#[test]
fn every_key_in_the_engine_has_words() {
    let languages = languages();
    let mut n_checked = 0;
    for file in workspace::files().iter().filter(|file| file.path.starts_with("crates/engine/src/")) {
        for literal in file.text.split('"').skip(1).step_by(2) {
            let is_key = literal.split_once('.').is_some_and(|(family, rest)| {
                FAMILIES.contains(&family)
                    && rest.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte)
                    })
            });
            // Something counted has words with its number.
            let counted = format!("{literal}.n");
            for (tag, language) in &languages {
                let has_words =
                    [literal, counted.as_str()].iter().any(|key| language.words.contains_key(key));
                assert!(!is_key || has_words, "{tag}: {literal} of {} has no words", file.path);
            }
            n_checked += usize::from(is_key);
        }
    }
    assert!(n_checked > 200, "only {n_checked} keys were found, the search is broken");
}

/// Code whose sentences reach the screen as they are: what cannot be done and what to do, and why a column was guessed.
const SPEAKERS: [&str; 5] = [
    "crates/engine/src/",
    "crates/event/src/",
    "crates/reader/src/",
    "crates/source/src/",
    "crates/wasm/src/",
];
/// What invented people write is no sentence of ours.
const OTHERS: [&str; 2] = ["/sample/", "tests.rs"];
/// Here phrases that are put together count, too.
const REASONS: [&str; 2] = ["crates/source/src/guess/reason.rs", "crates/source/src/guess/reading.rs"];

/// The strings in a file's code, without its tests and comments; `reason = "…"` belongs to the lints.
fn literals(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some((before, after)) = rest.split_once('"') {
        let mut literal = String::new();
        let mut signs = after.char_indices();
        let end = loop {
            match signs.next() {
                Some((at, '"')) => break at,
                Some((_, '\\')) => match signs.next() {
                    Some((_, '\n')) => {
                        while signs.as_str().starts_with(' ') {
                            signs.next();
                        }
                    }
                    Some((_, sign)) => literal.push(sign),
                    None => break after.len(),
                },
                Some((_, sign)) => literal.push(sign),
                None => break after.len(),
            }
        };
        if !before.trim_end().ends_with("reason =") {
            found.push(literal);
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    found
}

/// A sentence with its places numbered, `There is no source {0}.`
fn numbered(literal: &str) -> String {
    let mut parts = literal.split('{');
    let mut said = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        said += &format!("{{{place}}}{}", part.split_once('}').map_or("", |(_, after)| after));
    }
    said
}

fn is_sentence(literal: &str) -> bool {
    let begins = |sign: char| sign.is_ascii_uppercase() || matches!(sign, '“' | '{');
    literal.ends_with('.') && literal.contains(' ') && literal.chars().next().is_some_and(begins)
}

#[test]
fn every_sentence_that_reaches_the_screen_has_german_words() {
    let file = include_str!("../../../web/locales/said-de.txt");
    let pairs = file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let known: HashMap<&str, &str> = pairs.collect();
    let mut said = BTreeSet::new();
    let files = workspace::files();
    let speaks = |path: &str| {
        SPEAKERS.iter().any(|start| path.starts_with(start))
            && !OTHERS.iter().any(|other| path.contains(other))
    };
    for file in files.iter().filter(|file| speaks(&file.path)) {
        let is_reason = REASONS.contains(&file.path.as_str());
        let is_reader = file.path.starts_with("crates/reader/src/");
        let begins = ["is ", "has ", "could not be "];
        let is_phrase = |literal: &str| {
            (is_reason && literal.contains(' ') && literal.contains(char::is_alphabetic))
                || (is_reader && begins.iter().any(|begin| literal.starts_with(begin)))
        };
        let spoken = literals(&file.text).into_iter().filter(|one| is_sentence(one) || is_phrase(one));
        for sentence in spoken.map(|literal| numbered(&literal)) {
            assert!(known.contains_key(sentence.as_str()), "said-de.txt lacks “{sentence}” of {}", file.path);
            said.insert(sentence);
        }
    }
    assert!(said.len() > 200, "only {} sentences were found, the search is broken", said.len());
    for (english, german) in known {
        for place in 0..8 {
            let place = format!("{{{place}}}");
            assert!(
                english.contains(&place) || !german.contains(&place),
                "{place} in “{german}” stands for nothing"
            );
        }
        let is_stale = is_sentence(english) && !said.contains(english);
        assert!(!is_stale, "nobody says “{english}” any more; take it out of said-de.txt");
    }
}
