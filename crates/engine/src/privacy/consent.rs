//! Consent: whose events may be looked at. Those of all others are withheld from every figure and counted on its card.
//!
//! A statement belongs to the key under which a source made it. A customer is who is one: of the statements under all its
//! keys the latest counts, and where several are the latest, all of them have to allow it.

use crate::Engine;
use crate::analyses::words::word;
use crate::identity;
use event::Staged;
use protocol::import::Preview;
use protocol::privacy::{ConsentCounts, ConsentRule};
use protocol::sentence::Sentence;
use serde_json::json;
use source::ConsentFact;
use std::collections::BTreeMap;

/// What a source said last of what a key allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) at_micros: i64,
    pub(crate) value: String,
}

/// Everything that is said of what customers allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consents {
    /// By key, then by source.
    said: BTreeMap<String, BTreeMap<u16, Statement>>,
    /// Keys without events of their own, and the customer for whom they speak.
    speaks_for: BTreeMap<String, String>,
}

/// What becomes of it; nothing where that is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsentChange {
    /// Key, source, and what it says from now on.
    pub(crate) said: Vec<(String, u16, Option<Statement>)>,
    /// Key, and for whom it speaks from now on.
    pub(crate) speaks_for: Vec<(String, Option<String>)>,
}

/// A statement as it lies on the disk.
type Said = Option<(i64, String)>;

/// When somebody last said something, and whether that allows it.
type Standing = (i64, bool);

/// Values that allow everything.
const YES: [&str; 16] = [
    "1", "true", "yes", "y", "t", "ja", "oui", "si", "sí", "granted", "given", "accepted", "opt-in",
    "opted in", "opted_in", "active",
];
/// Values that allow nothing.
const NO: [&str; 18] = [
    "0",
    "false",
    "no",
    "n",
    "f",
    "nein",
    "non",
    "denied",
    "refused",
    "declined",
    "withdrawn",
    "revoked",
    "opt-out",
    "opted out",
    "opted_out",
    "inactive",
    "none",
    "expired",
];
/// Words in the name of a column that speak of consent.
const NAMES: [&str; 8] = [
    "consent",
    "optin",
    "einwilligung",
    "zustimmung",
    "consents",
    "gdprconsent",
    "consentgiven",
    "consentpurposes",
];

/// The column of a file that speaks of consent by its name.
pub(crate) fn column_of(preview: &Preview) -> Option<String> {
    let is_it = |name: &str| {
        let whole: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let mut words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        NAMES.contains(&whole.as_str()) || words.any(|word| NAMES.contains(&word.as_str()))
    };
    preview.columns.iter().map(|column| &column.name).find(|name| is_it(name)).cloned()
}

/// Whether a value allows a purpose: a yes or a no to everything, or a list of purposes.
fn allows(value: &str, purpose: &str) -> bool {
    let value = value.trim().to_lowercase();
    if YES.contains(&value.as_str()) || NO.contains(&value.as_str()) {
        return YES.contains(&value.as_str());
    }
    let purpose = purpose.trim().to_lowercase();
    let mut purposes =
        value.split([',', ';', '|', '+']).map(|one| one.trim().trim_matches(['"', '[', ']', ' ']));
    !purpose.is_empty() && purposes.any(|one| one == purpose)
}

/// What of two statements about one customer counts: the later one; of two at the same time, both have to allow it.
fn together(one: Standing, other: Standing) -> Standing {
    match one.0.cmp(&other.0) {
        std::cmp::Ordering::Less => other,
        std::cmp::Ordering::Greater => one,
        std::cmp::Ordering::Equal => (one.0, one.1 && other.1),
    }
}

impl Consents {
    /// Whether nothing was ever said.
    pub(crate) fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// What was said last under a key; of several at one time, what the source said that came last: it is read as the newer
    /// state of the same record.
    fn latest(&self, key: &str) -> Option<&Statement> {
        let by_source = self.said.get(key)?;
        by_source.iter().max_by_key(|(source, said)| (said.at_micros, **source)).map(|(_, said)| said)
    }

    fn standing(&self, key: &str, purpose: &str) -> Option<Standing> {
        self.latest(key).map(|said| (said.at_micros, allows(&said.value, purpose)))
    }

    /// All statements under these keys: key, and value.
    pub(crate) fn of_person(&self, keys: &[String]) -> Vec<(String, String)> {
        let said = keys.iter().filter_map(|key| Some((key, self.said.get(key)?)));
        let all = said.flat_map(|(key, by_source)| by_source.values().map(move |said| (key, said)));
        all.map(|(key, said)| (key.clone(), said.value.clone())).collect()
    }

    /// Forgets what is said under these keys, and who spoke for them; returns how many statements that were.
    pub(crate) fn forget(&mut self, keys: &[String]) -> u64 {
        let n = keys.iter().filter_map(|key| self.said.remove(key)).map(|said| said.len() as u64).sum();
        self.speaks_for.retain(|key, customer| !keys.contains(key) && !keys.contains(customer));
        n
    }

    /// As what would make this of nothing.
    pub(crate) fn as_change(&self) -> ConsentChange {
        let said = self.said.iter().flat_map(|(key, by_source)| {
            by_source.iter().map(|(source, said)| (key.clone(), *source, Some(said.clone())))
        });
        let speaks_for = self.speaks_for.iter().map(|(key, customer)| (key.clone(), Some(customer.clone())));
        ConsentChange { said: said.collect(), speaks_for: speaks_for.collect() }
    }

    /// Makes a change; returns what takes it back.
    pub(crate) fn set(&mut self, change: ConsentChange) -> ConsentChange {
        let mut back = ConsentChange::default();
        for (key, source, statement) in change.said {
            let by_source = self.said.entry(key.clone()).or_default();
            let before = match statement {
                Some(statement) => by_source.insert(source, statement),
                None => by_source.remove(&source),
            };
            if by_source.is_empty() {
                self.said.remove(&key);
            }
            back.said.push((key, source, before));
        }
        for (key, customer) in change.speaks_for {
            let before = match customer {
                Some(customer) => self.speaks_for.insert(key.clone(), customer),
                None => self.speaks_for.remove(&key),
            };
            back.speaks_for.push((key, before));
        }
        back
    }
}

impl ConsentChange {
    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.said.is_empty() && self.speaks_for.is_empty()
    }

    /// Whether it names one of these keys.
    pub(crate) fn names(&self, keys: &[String]) -> bool {
        self.said.iter().any(|(key, ..)| keys.contains(key))
            || self.speaks_for.iter().any(|(key, customer)| {
                keys.contains(key) || customer.as_ref().is_some_and(|customer| keys.contains(customer))
            })
    }

    /// As JSON, for the disk.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let said = self.said.iter().map(|(key, source, said)| {
            json!([key, source, said.as_ref().map(|said| (said.at_micros, &said.value))])
        });
        json!({ "said": said.collect::<Vec<_>>(), "speaks_for": self.speaks_for })
    }

    /// From JSON; `None` when it is none of ours.
    pub(crate) fn from_json(mut json: serde_json::Value) -> Option<Self> {
        let said: Vec<(String, u16, Said)> = serde_json::from_value(json.get_mut("said")?.take()).ok()?;
        let said = said.into_iter().map(|(key, source, said)| {
            (key, source, said.map(|(at_micros, value)| Statement { at_micros, value }))
        });
        let speaks_for = serde_json::from_value(json.get_mut("speaks_for")?.take()).ok()?;
        Some(Self { said: said.collect(), speaks_for })
    }
}

/// What facts of a source change: those that are newer than what it said before. Nothing is kept of those who were erased.
pub(crate) fn changes(engine: &Engine, source: u16, facts: Vec<ConsentFact>) -> ConsentChange {
    let privacy = &engine.privacy;
    let is_new = |fact: &ConsentFact| {
        let known = privacy.consents.said.get(&fact.customer).and_then(|by_source| by_source.get(&source));
        known.is_none_or(|known| {
            known.at_micros < fact.at_micros
                || (known.at_micros == fact.at_micros && known.value != fact.value)
        })
    };
    let is_barred = |fact: &ConsentFact| {
        let secret = privacy.secret.as_ref().filter(|_| !privacy.barred.is_empty());
        secret.is_some_and(|secret| privacy.barred.contains_key(&secret.mark(&fact.customer)))
    };
    let said = facts.into_iter().filter(|fact| is_new(fact) && !is_barred(fact));
    let said = said.map(|ConsentFact { customer, at_micros, value }| {
        (customer, source, Some(Statement { at_micros, value }))
    });
    ConsentChange { said: said.collect(), speaks_for: Vec::new() }
}

/// What goes when a source goes.
pub(crate) fn of_source(engine: &Engine, source: u16) -> ConsentChange {
    let own = engine.privacy.consents.said.iter().filter(|(_, by_source)| by_source.contains_key(&source));
    ConsentChange { said: own.map(|(key, _)| (key.clone(), source, None)).collect(), speaks_for: Vec::new() }
}

/// What changes of who speaks for whom: keys without events, of which something is said, speak for the customer of theirs
/// that has events; nobody does where nobody is known to have several keys.
pub(crate) fn speakers(engine: &mut Engine, is_everybody_apart: bool) -> ConsentChange {
    let all = engine.privacy.consents.said.keys().filter(|_| !is_everybody_apart);
    let keys: Vec<String> = all.filter(|key| !identity::has_events(engine, key)).cloned().collect();
    let mut wanted = BTreeMap::new();
    if !keys.is_empty() {
        wanted = identity::customers_of(engine, &keys);
    }
    let consents = &engine.privacy.consents;
    let gone = consents.speaks_for.keys().filter(|key| !wanted.contains_key(*key));
    let gone: Vec<(String, Option<String>)> = gone.map(|key| (key.clone(), None)).collect();
    wanted.retain(|key, customer| consents.speaks_for.get(key) != Some(customer));
    let come = wanted.into_iter().map(|(key, customer)| (key, Some(customer)));
    ConsentChange { said: Vec::new(), speaks_for: gone.into_iter().chain(come).collect() }
}

/// By case: what its customer allows; `None` where nothing is known. Costs the customers.
fn standings(engine: &Engine, purpose: &str) -> Vec<Option<Standing>> {
    let (store, consents) = (&engine.store, &engine.privacy.consents);
    let mut all: Vec<Option<Standing>> = vec![None; store.customers().len()];
    let mut note = |case: u32, standing: Option<Standing>| {
        if let Some(known) = all.get_mut(engine.identity.origins.home(case) as usize) {
            *known = match (*known, standing) {
                (Some(one), Some(other)) => Some(together(one, other)),
                (one, other) => one.or(other),
            };
        }
    };
    for (case, name) in (0_u32..).zip(store.customers().iter()) {
        note(case, consents.standing(name, purpose));
    }
    for (key, customer) in &consents.speaks_for {
        if let Some(case) = store.customers().find(customer) {
            note(case, consents.standing(key, purpose));
        }
    }
    all
}

/// By case, whether nobody may look at it; empty where nobody is left out.
fn withheld(engine: &Engine) -> Vec<bool> {
    let rule = &engine.privacy.settings.consent;
    if !rule.is_honoured {
        return Vec::new();
    }
    let is_withheld = |standing: Option<Standing>| !standing.map_or(rule.allows_unknown, |(_, is)| is);
    standings(engine, &rule.purpose).into_iter().map(is_withheld).collect()
}

/// Withholds the customers that come, so that they are in no figure at any time.
pub(crate) fn withhold_new(engine: &Engine, staged: &mut Staged) {
    let ConsentRule { is_honoured, purpose, allows_unknown } = &engine.privacy.settings.consent;
    if *is_honoured {
        let standing = |name: &str| engine.privacy.consents.standing(name, purpose);
        let is_withheld = |name: &str| !standing(name).map_or(*allows_unknown, |(_, is)| is);
        staged.withhold_new(&is_withheld, engine.store.customers().len());
    }
}

/// Works out anew whose events are withheld, and counts anew what changed by it. Costs the customers where the rule holds,
/// and the events of those for whom it changed something.
pub(crate) fn withhold(engine: &mut Engine) {
    if let Some(staged) = engine.store.stage_withholding(&withheld(engine)) {
        engine.kept.take_out(&engine.store, &staged);
        let touched = staged.touched_cases();
        engine.analysis.commit(&mut engine.store, staged);
        engine.kept.take_in(&engine.store, &touched);
    }
}

/// Works out whose events are withheld, counting nothing.
pub(crate) fn find_withheld(engine: &mut Engine) {
    if let Some(staged) = engine.store.stage_withholding(&withheld(engine)) {
        engine.store.commit(staged);
    }
}

/// What every card says of those who are left out; nothing where nobody is.
pub(crate) fn dropped(engine: &Engine) -> Vec<(Sentence, u64)> {
    let (n_events, n_customers) = engine.store.n_withheld();
    let told = [("dropped.no_consent.customers", n_customers), ("dropped.no_consent.events", n_events)];
    told.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| (word(key), n)).collect()
}

/// How many customers allow it.
pub(crate) fn counts(engine: &Engine) -> ConsentCounts {
    let (n_withheld_events, n_withheld_customers) = engine.store.n_withheld();
    let mut counts = ConsentCounts { n_withheld_events, n_withheld_customers, ..ConsentCounts::default() };
    let standings = standings(engine, &engine.privacy.settings.consent.purpose);
    for (case, _) in engine.store.full_cases() {
        match standings.get(case as usize).copied().flatten() {
            None => counts.n_unknown += 1,
            Some((_, true)) => counts.n_given += 1,
            Some((_, false)) => counts.n_refused += 1,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_allow_everything_nothing_or_purposes() {
        for (value, purpose, expected) in [
            ("yes", "analytics", true),
            ("Ja", "", true),
            ("no", "analytics", false),
            ("withdrawn", "", false),
            ("marketing; Analytics", "analytics", true),
            ("[\"marketing\",\"analytics\"]", "analytics", true),
            ("marketing", "analytics", false),
            ("marketing", "", false),
            ("perhaps", "analytics", false),
        ] {
            assert_eq!(allows(value, purpose), expected, "{value:?} for {purpose:?}");
        }
    }

    #[test]
    fn the_latest_statement_counts_and_of_several_all_have_to_allow_it() {
        assert_eq!(together((1, true), (2, false)), (2, false), "withdrawn later");
        assert_eq!(together((2, true), (1, false)), (2, true), "given later");
        assert_eq!(together((1, true), (1, false)), (1, false), "at one time, the stricter");
        assert_eq!(together((1, true), (1, true)), (1, true), "both");
    }

    #[test]
    fn a_change_is_taken_back_and_survives_the_disk() {
        let said = |at_micros, value: &str| Some(Statement { at_micros, value: value.to_owned() });
        let steps = [
            ConsentChange {
                said: vec![("ada".to_owned(), 0, said(1, "yes")), ("ada".to_owned(), 1, said(2, "no"))],
                speaks_for: vec![("ada".to_owned(), Some("a".to_owned()))],
            },
            ConsentChange {
                said: vec![("ada".to_owned(), 1, None), ("bob".to_owned(), 1, said(i64::MIN, "ja"))],
                speaks_for: vec![("ada".to_owned(), None)],
            },
        ];
        let mut consents = Consents::default();
        let mut backs = Vec::new();
        for step in steps {
            let again = ConsentChange::from_json(step.to_json()).expect("it was just written");
            assert_eq!(again, step, "the same after the disk");
            let before = consents.clone();
            backs.push((consents.set(step), before));
            let mut whole = Consents::default();
            whole.set(consents.as_change());
            assert_eq!(whole, consents, "all of it as one change");
        }
        for (back, before) in backs.into_iter().rev() {
            consents.set(back);
            assert_eq!(consents, before, "there and back");
        }
    }
}
