//! The words on the screen, by language, read from the files in `web/locales`.
//!
//! A locale file has one `key = words` a line; `{0}`, `{1}` … are filled in. A key that ends in `.one` is the singular
//! of the key without that ending. What the engine says has files of its own, see [`protocol::sentence`]. A new language
//! is three new files, one entry in [`LANGUAGES`] and one in [`files`].

mod said;

use crate::{
    format::{self, Signs},
    lazy,
};
use protocol::Failure;
use protocol::sentence::{self, Sentence, Wording};
use std::{collections::HashMap, sync::OnceLock};

/// One language of the interface.
struct Language {
    /// Its BCP 47 primary tag.
    tag: &'static str,
    /// How it writes numbers.
    signs: Signs,
}

/// The languages there are; the first one is used where no other fits.
const LANGUAGES: [Language; 2] =
    [Language { tag: "en", signs: format::ENGLISH }, Language { tag: "de", signs: format::GERMAN }];

/// The files of a language: of the screen, of what the engine says, and of what it says in sentences of its own; the last is
/// empty for the language that it says them in.
type Files = [&'static str; 3];

const ENGLISH: Files = [
    include_str!("../../../../web/locales/en.txt"),
    include_str!("../../../../web/locales/reports-en.txt"),
    "",
];

/// The German files; in the page they are a part that is fetched where it is wanted.
pub(crate) const GERMAN: Files = [
    include_str!("../../../../web/locales/de.txt"),
    include_str!("../../../../web/locales/reports-de.txt"),
    include_str!("../../../../web/locales/said-de.txt"),
];

/// The files of German, once they have come.
static FETCHED: OnceLock<Files> = OnceLock::new();

/// The files of a language, where they are at hand.
fn files(language: usize) -> Option<Files> {
    match LANGUAGES.get(language)?.tag {
        "en" => Some(ENGLISH),
        _ if cfg!(target_family = "wasm") => FETCHED.get().copied(),
        _ => Some(GERMAN),
    }
}

/// Fetches the words of the language that fits the wishes best. Where they don't come, English is used.
pub(crate) async fn fetch(wishes: &[String]) {
    if wished(wishes) != Some(0)
        && let Ok(files) = lazy::german().await
    {
        // The words of an earlier call are the same.
        FETCHED.set(files).ok();
    }
}

/// The first language of the wishes that there is.
fn wished(wishes: &[String]) -> Option<usize> {
    wishes.iter().find_map(|wish| {
        let primary = wish.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        LANGUAGES.iter().position(|language| language.tag == primary)
    })
}

type Table = HashMap<&'static str, &'static str>;

/// The words and number signs of one language; cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    language: usize,
}

impl Text {
    /// Returns the first language of the wishes that there is and whose words are at hand, else English.
    pub(crate) fn for_locales(wishes: &[String]) -> Self {
        Self { language: wished(wishes).filter(|language| files(*language).is_some()).unwrap_or(0) }
    }

    /// The language tag, for `lang`.
    pub(crate) fn tag(self) -> &'static str {
        LANGUAGES[self.language].tag
    }

    /// The words of a key; the key itself where a file lacks it.
    pub(crate) fn s(self, key: &'static str) -> &'static str {
        table(self.language).get(key).or_else(|| table(0).get(key)).copied().unwrap_or(key)
    }

    /// The words of a key made up at run time, where there are any.
    pub(crate) fn find(self, key: &str) -> Option<&'static str> {
        table(self.language).get(key).copied()
    }

    /// The words of a key with `{0}`, `{1}` … filled in.
    pub(crate) fn fill(self, key: &'static str, values: &[&str]) -> String {
        fill(self.s(key), values)
    }

    /// The words of a key for a count, which becomes `{0}`.
    pub(crate) fn plural(self, key: &'static str, n: u64) -> String {
        let singular = (n == 1).then(|| self.find(&format!("{key}.one"))).flatten();
        fill(singular.unwrap_or_else(|| self.s(key)), &[&self.count(n)])
    }

    /// A sentence of the engine.
    pub(crate) fn say(self, sentence: &Sentence) -> String {
        Wording::say(&self, sentence)
    }

    /// Why a row was rejected or repaired, by the phrase that the engine has for it.
    pub(crate) fn reject(self, phrase: &str) -> String {
        self.known_reject(phrase).map_or_else(|| self.said(phrase), str::to_owned)
    }

    /// The words of such a phrase, where it is one of the engine's.
    fn known_reject(self, phrase: &str) -> Option<&'static str> {
        let signs = phrase.chars().map(|sign| sign.to_ascii_lowercase());
        let slug: String = signs.map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect();
        self.find(&format!("reject.{slug}"))
    }

    /// The name of a stage: those that the rule gives have words, those that a person gave are what they are.
    pub(crate) fn stage(self, name: &str) -> String {
        self.find(&format!("stage.name.{}", name.to_ascii_lowercase())).unwrap_or(name).to_owned()
    }

    /// What the engine or a reader says in a sentence of its own, in the person's language.
    pub(crate) fn said(self, english: &str) -> String {
        let file = files(self.language).map(|[.., said]| said).filter(|said| !said.is_empty());
        file.map_or_else(|| english.to_owned(), |file| said::translate(said::phrases(file), self, english))
    }

    /// Why something could not be done, in the person's language.
    pub(crate) fn failure(self, failure: &Failure) -> Failure {
        Failure { message: self.said(&failure.message), advice: self.said(&failure.advice) }
    }

    /// A count, see [`format::count`].
    pub(crate) fn count(self, n: u64) -> String {
        format::count(self.signs(), n)
    }

    /// A count for small places, see [`format::short_count`].
    pub(crate) fn short_count(self, n: u64) -> String {
        format::short_count(self.signs(), n)
    }

    /// A ratio, see [`format::percent`].
    pub(crate) fn percent(self, ratio: f64) -> String {
        format::percent(self.signs(), ratio)
    }

    /// An estimated ratio, see [`format::rough_percent`].
    pub(crate) fn rough_percent(self, ratio: f64) -> String {
        format::rough_percent(self.signs(), ratio)
    }

    /// A share, see [`format::share`].
    pub(crate) fn share(self, part: u64, whole: u64) -> String {
        format::share(self.signs(), part, whole)
    }

    /// A duration, see [`format::duration`].
    pub(crate) fn duration(self, secs: f64) -> String {
        format::duration(self.signs(), secs)
    }

    /// A number with two decimals.
    pub(crate) fn amount(self, value: f64) -> String {
        format::decimal(self.signs(), value, 2)
    }

    /// A number with a fixed count of decimals.
    pub(crate) fn number(self, value: f64, n_decimals: usize) -> String {
        format::decimal(self.signs(), value, n_decimals)
    }

    /// A size, see [`format::bytes`].
    pub(crate) fn bytes(self, n: u64) -> String {
        format::bytes(self.signs(), n)
    }

    fn signs(self) -> Signs {
        LANGUAGES[self.language].signs
    }
}

fn table(language: usize) -> &'static Table {
    static TABLES: [OnceLock<Table>; LANGUAGES.len()] = [const { OnceLock::new() }; LANGUAGES.len()];
    TABLES[language].get_or_init(|| {
        let [screen, reports, _] = files(language).unwrap_or(ENGLISH);
        [screen, reports].into_iter().flat_map(sentence::parse).collect()
    })
}

impl Wording for Text {
    fn find(&self, key: &str) -> Option<&str> {
        Text::find(*self, key)
    }

    fn count(&self, n: u64) -> String {
        Text::count(*self, n)
    }

    fn ratio(&self, ratio: f64) -> String {
        self.percent(ratio)
    }

    fn number(&self, value: f64) -> String {
        Text::number(*self, value, 1)
    }

    fn seconds(&self, secs: f64) -> String {
        self.duration(secs)
    }
}

fn fill(words: &str, values: &[&str]) -> String {
    sentence::fill(words, |at, _| values.get(at).map(|value| (*value).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn every_language_has_the_same_keys_and_places() {
        let english = table(0);
        for (index, language) in LANGUAGES.iter().enumerate() {
            let other = table(index);
            // Which grammatical forms there are is the language's own matter.
            let is_form =
                |key: &&&str| key.split('.').any(|part| part == "of") && !english.contains_key(**key);
            let keys: BTreeSet<_> = other.keys().filter(|key| !is_form(key)).collect();
            assert_eq!(keys, english.keys().collect::<BTreeSet<_>>(), "keys of {}", language.tag);
            for (key, words) in other {
                assert!(!words.is_empty(), "{key} of {} is empty", language.tag);
                let Some(known) = english.get(key) else { continue };
                for place in 0..8 {
                    let has = |words: &str| {
                        words.contains(&format!("{{{place}}}")) || words.contains(&format!("{{{place}."))
                    };
                    assert_eq!(has(words), has(known), "{{{place}}} in {key} of {}", language.tag);
                }
            }
        }
    }

    #[test]
    fn no_key_is_written_twice() {
        for (index, language) in LANGUAGES.iter().enumerate() {
            let [screen, reports, _] = files(index).expect("all are at hand natively");
            let lines = screen.lines().chain(reports.lines());
            let keys = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
            let mut seen = BTreeSet::new();
            for (key, _) in keys {
                assert!(seen.insert(key.trim()), "{key} of {} is there twice", language.tag);
            }
        }
    }

    #[test]
    fn every_key_in_the_code_has_words() {
        let mut n_checked = 0;
        check_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut n_checked);
        assert!(n_checked > 50, "only {n_checked} keys were found, the search is broken");
    }

    fn check_folder(folder: &Path, n_checked: &mut usize) {
        for entry in std::fs::read_dir(folder).expect("the source folder is there") {
            let file = entry.expect("the entry can be read").path();
            if file.is_dir() {
                check_folder(&file, n_checked);
                continue;
            }
            let code = std::fs::read_to_string(&file).expect("sources are text");
            for call in [".s(\"", ".fill(\"", ".plural(\""] {
                for after in code.split(call).skip(1) {
                    let key = after.split('"').next().unwrap_or_default();
                    assert!(
                        table(0).contains_key(key) || key.is_empty(),
                        "{key} in {} has no words",
                        file.display()
                    );
                    *n_checked += 1;
                }
            }
        }
    }

    #[test]
    fn places_are_filled_in_order_of_their_number() {
        assert_eq!(fill("{1} of {0}", &["a", "b"]), "b of a", "numbers decide");
        assert_eq!(fill("{2} {x", &["a"]), "{2} {x", "what has no value stays visible");
    }

    #[test]
    fn the_first_wish_that_exists_wins() {
        let wish = |list: &[&str]| {
            Text::for_locales(&list.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>()).tag()
        };
        assert_eq!(wish(&["fr-FR", "de-AT", "en"]), "de", "German is the first known wish");
        assert_eq!(wish(&["xx"]), "en", "English where nothing fits");
    }
}
