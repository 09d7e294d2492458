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
use serde_json::{Value, json};
use source::{ConsentFact, ConsentFacts, MAX_STATEMENTS};
use std::collections::BTreeMap;

/// What a record of a source said of what a key allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) at_micros: i64,
    pub(crate) value: String,
    /// Digest of the record's id, under which a newer export tells it anew; 0 where it has none.
    pub(crate) record: u64,
}

/// Everything that is said of what customers allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consents {
    /// By key, then by source, in the order in which they came: of records without an id the latest, of others each, since it
    /// may be told otherwise in the next export.
    said: BTreeMap<String, BTreeMap<u16, Vec<Statement>>>,
    /// Keys without events of their own, and the customer for whom they speak.
    speaks_for: BTreeMap<String, String>,
}

/// What becomes of it; nothing where that is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsentChange {
    /// Key, source, and all that it says from now on.
    pub(crate) said: Vec<(String, u16, Vec<Statement>)>,
    /// Key, and for whom it speaks from now on.
    pub(crate) speaks_for: Vec<(String, Option<String>)>,
}

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
        let all = by_source.iter().flat_map(|(source, said)| said.iter().map(move |said| (source, said)));
        all.max_by_key(|(source, said)| (said.at_micros, **source)).map(|(_, said)| said)
    }

    fn standing(&self, key: &str, purpose: &str) -> Option<Standing> {
        self.latest(key).map(|said| (said.at_micros, allows(&said.value, purpose)))
    }

    /// All statements under these keys: key, and value.
    pub(crate) fn of_person(&self, keys: &[String]) -> Vec<(String, String)> {
        let said = keys.iter().filter_map(|key| Some((key, self.said.get(key)?)));
        let all = said.flat_map(|(key, by_source)| by_source.values().flatten().map(move |said| (key, said)));
        all.map(|(key, said)| (key.clone(), said.value.clone())).collect()
    }

    /// Forgets what is said under these keys, and who spoke for them; returns how many statements that were.
    pub(crate) fn forget(&mut self, keys: &[String]) -> u64 {
        let gone = keys.iter().filter_map(|key| self.said.remove(key));
        let n = gone.flat_map(BTreeMap::into_values).map(|said| said.len() as u64).sum();
        self.speaks_for.retain(|key, customer| !keys.contains(key) && !keys.contains(customer));
        n
    }

    /// As what would make this of nothing.
    pub(crate) fn as_change(&self) -> ConsentChange {
        let said = self.said.iter().flat_map(|(key, by_source)| {
            by_source.iter().map(|(source, said)| (key.clone(), *source, said.clone()))
        });
        let speaks_for = self.speaks_for.iter().map(|(key, customer)| (key.clone(), Some(customer.clone())));
        ConsentChange { said: said.collect(), speaks_for: speaks_for.collect() }
    }

    /// Makes a change; returns what takes it back.
    pub(crate) fn set(&mut self, change: ConsentChange) -> ConsentChange {
        let mut back = ConsentChange::default();
        for (key, source, statements) in change.said {
            let by_source = self.said.entry(key.clone()).or_default();
            let before = match statements.is_empty() {
                true => by_source.remove(&source),
                false => by_source.insert(source, statements),
            };
            if by_source.is_empty() {
                self.said.remove(&key);
            }
            back.said.push((key, source, before.unwrap_or_default()));
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
    pub(crate) fn to_json(&self) -> Value {
        let said = self.said.iter().map(|(key, source, said)| match said.as_slice() {
            [] => json!([key, source, null]),
            [Statement { at_micros, value, record: 0 }] => json!([key, source, [at_micros, value]]),
            all => {
                let each = all.iter().map(|one| (one.record, one.at_micros, &one.value));
                json!([key, source, each.collect::<Vec<_>>()])
            }
        });
        json!({ "said": said.collect::<Vec<_>>(), "speaks_for": self.speaks_for })
    }

    /// From JSON; `None` when it is none of ours.
    pub(crate) fn from_json(mut json: Value) -> Option<Self> {
        let said: Vec<(String, u16, Value)> = serde_json::from_value(json.get_mut("said")?.take()).ok()?;
        let said = said.into_iter().map(|(key, source, said)| Some((key, source, statements_of(said)?)));
        let speaks_for = serde_json::from_value(json.get_mut("speaks_for")?.take()).ok()?;
        Some(Self { said: said.collect::<Option<_>>()?, speaks_for })
    }
}

/// Statements as they lie on the disk: none, one of a record without an id (all that programs before knew), or a list with
/// the digests of the ids.
fn statements_of(json: Value) -> Option<Vec<Statement>> {
    let all: Vec<(u64, i64, String)> = match &json {
        Value::Null => Vec::new(),
        Value::Array(one) if one.first().is_some_and(Value::is_number) => {
            let (at_micros, value) = serde_json::from_value(json).ok()?;
            vec![(0, at_micros, value)]
        }
        _ => serde_json::from_value(json).ok()?,
    };
    let read = |(record, at_micros, value)| Statement { at_micros, value, record };
    Some(all.into_iter().map(read).collect())
}

/// What facts of a source change, and whether they are of a newer export, in which what its records said before is told
/// anew. Nothing is kept of those who were erased. Costs what is told, and in a newer export whose records have ids all
/// statements.
pub(crate) fn changes(engine: &Engine, (source, renews): (u16, bool), facts: ConsentFacts) -> ConsentChange {
    let privacy = &engine.privacy;
    let ConsentFacts { said, asked } = facts;
    let is_told_anew = |one: &Statement| renews && asked.binary_search(&one.record).is_ok();
    let mut after: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    if renews && !asked.is_empty() {
        let own = privacy.consents.said.iter().filter_map(|(key, all)| Some((key, all.get(&source)?)));
        for (key, known) in own.filter(|(_, known)| known.iter().any(is_told_anew)) {
            after.insert(key.clone(), known.iter().filter(|one| !is_told_anew(one)).cloned().collect());
        }
    }
    let is_barred = |fact: &ConsentFact| {
        let secret = privacy.secret.as_ref().filter(|_| !privacy.barred.is_empty());
        secret.is_some_and(|secret| privacy.barred.contains_key(&secret.mark(&fact.customer)))
    };
    let known = |key: &str| privacy.consents.said.get(key).and_then(|all| all.get(&source));
    for fact in said.into_iter().filter(|fact| !is_barred(fact)) {
        let ConsentFact { customer, at_micros, value, record } = fact;
        let before = known(&customer);
        let all = after.entry(customer).or_insert_with(|| before.cloned().unwrap_or_default());
        say(all, Statement { at_micros, value, record });
    }
    let changed = after.into_iter().filter(|(key, all)| known(key).map_or(&[][..], Vec::as_slice) != all);
    ConsentChange { said: changed.map(|(key, all)| (key, source, all)).collect(), speaks_for: Vec::new() }
}

/// Adds what a record says. One without an id is not known again: only the latest of those is kept.
fn say(all: &mut Vec<Statement>, said: Statement) {
    if let Some(place) = all.iter().position(|known| known.record == said.record) {
        let known = &all[place];
        let is_older = said.record == 0 && said.at_micros < known.at_micros;
        if is_older || *known == said {
            return;
        }
        all.remove(place);
    }
    all.push(said);
    if all.len() > MAX_STATEMENTS
        && let Some((earliest, _)) = all.iter().enumerate().min_by_key(|(_, one)| one.at_micros)
    {
        all.remove(earliest);
    }
}

/// What goes when a source goes.
pub(crate) fn of_source(engine: &Engine, source: u16) -> ConsentChange {
    let own = engine.privacy.consents.said.iter().filter(|(_, by_source)| by_source.contains_key(&source));
    ConsentChange {
        said: own.map(|(key, _)| (key.clone(), source, Vec::new())).collect(),
        speaks_for: Vec::new(),
    }
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
        let said = |at_micros, value: &str| vec![Statement { at_micros, value: value.to_owned(), record: 0 }];
        let of_record = |record, at_micros| Statement { at_micros, value: "yes".to_owned(), record };
        let steps = [
            ConsentChange {
                said: vec![("ada".to_owned(), 0, said(1, "yes")), ("ada".to_owned(), 1, said(2, "no"))],
                speaks_for: vec![("ada".to_owned(), Some("a".to_owned()))],
            },
            ConsentChange {
                said: vec![("ada".to_owned(), 1, Vec::new()), ("bob".to_owned(), 1, said(i64::MIN, "ja"))],
                speaks_for: vec![("ada".to_owned(), None)],
            },
            ConsentChange {
                said: vec![("eve".to_owned(), 2, vec![of_record(7, 3), of_record(u64::MAX, 4)])],
                speaks_for: Vec::new(),
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
