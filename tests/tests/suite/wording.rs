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
