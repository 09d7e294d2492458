//! The directory as it follows from what sources say, what a person decided and the rules; made anew whenever any of
//! these was taken back.

use super::facts::{About, Fact, MAX_VALUES, SourceFacts};
use crate::Engine;
use event::{Names, Origins, Store};
use identity::{Directory, Field, Record, Settings, Trait, Verdict, normalise};
use protocol::identity::LinkRules;
use source::ProfileField;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// No record.
const NONE: u32 = u32::MAX;
/// Source of a record that only events speak of.
const EVENTS: u16 = u16::MAX;
/// Fewest records that a model is learned from; below, what is assumed would only be repeated.
pub(super) const MIN_LEARNED: usize = 20;

/// All keys, and which of them are one customer.
#[derive(Debug)]
pub(crate) struct People {
    pub(super) directory: Directory,
    /// Keys of persons, of things and of cases.
    pub(super) keys: Names,
    /// By key: its first record.
    records: Vec<u32>,
    /// By record: its key.
    key_of_record: Vec<u32>,
    /// Whether the key is one that facts or events speak of, and not only one that is claimed.
    is_subject: Vec<bool>,
    /// By key: where facts speak of it, as source and place.
    pub(super) said_at: HashMap<u32, Vec<(u16, u32)>>,
    /// By thing: who claims it; both as keys.
    pub(super) claims: BTreeMap<u32, BTreeSet<u32>>,
    /// Other keys that persons say they have, as long as nothing else speaks of them.
    other_keys: BTreeSet<u32>,
    /// Customers of the store that are taken in.
    n_customers: usize,
    /// By source: persons that are taken in.
    n_persons: Vec<usize>,
    /// Decisions that are not yet in the directory.
    pub(super) pending: Vec<(String, String)>,
    /// Records and decisions when the model that is used was learned here.
    pub(super) n_learned: u64,
    /// Whether pairs are weighed.
    pub(super) is_scored: bool,
    groups: Option<Groups>,
    /// Whether all events are told as these groups say.
    is_told: bool,
}

/// Which keys are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// By key: the smallest number of a key of its customer.
    pub(super) root: Vec<u32>,
    /// Keys of customers of several keys, ascending, by root.
    pub(super) members: BTreeMap<u32, Vec<u32>>,
}

impl People {
    fn new(engine: &Engine) -> Self {
        let rules = engine.identity.rules;
        Self {
            directory: Directory::new(Settings {
                sure: rules.sure,
                review: rules.review,
                automatic: rules.automatic,
                unique_sources: false,
                keys_name_persons: true,
            }),
            keys: Names::default(),
            records: Vec::new(),
            key_of_record: Vec::new(),
            is_subject: Vec::new(),
            said_at: HashMap::new(),
            claims: BTreeMap::new(),
            other_keys: BTreeSet::new(),
            n_customers: 0,
            n_persons: Vec::new(),
            pending: engine.identity.decisions.keys().cloned().collect(),
            n_learned: 0,
            is_scored: false,
            groups: None,
            is_told: false,
        }
    }

    /// Takes over the rules; what was weighed stays.
    pub(super) fn set_rules(&mut self, rules: LinkRules) {
        let settings = self.directory.settings();
        let LinkRules { sure, review, automatic } = rules;
        self.directory.set_settings(Settings { sure, review, automatic, ..settings });
        self.groups = None;
    }

    fn key(&mut self, name: &str) -> u32 {
        let key = self.keys.intern(name);
        if key as usize >= self.records.len() {
            self.records.resize(key as usize + 1, NONE);
            self.is_subject.resize(key as usize + 1, false);
        }
        key
    }

    pub(super) fn is_subject(&self, key: u32) -> bool {
        self.is_subject.get(key as usize).copied().unwrap_or(false)
    }

    /// Whether somebody claims it as a thing, and nothing says that it is a person too.
    pub(super) fn is_thing(&self, key: u32) -> bool {
        self.claims.contains_key(&key) && !self.said_at.contains_key(&key)
    }

    /// The first record of a key.
    pub(super) fn record(&self, key: u32) -> Option<u32> {
        self.records.get(key as usize).copied().filter(|record| *record != NONE)
    }

    /// The key of a record.
    pub(super) fn key_of(&self, record: u32) -> u32 {
        self.key_of_record.get(record as usize).copied().unwrap_or(NONE)
    }

    /// Takes in what came since the last time.
    fn follow(&mut self, engine: &Engine) {
        let mut added: Vec<Record> = Vec::new();
        for (source, facts) in (0_u16..).zip(&engine.identity.facts) {
            self.n_persons.resize(self.n_persons.len().max(usize::from(source) + 1), 0);
            let first = self.n_persons[usize::from(source)];
            let mut place = first;
            let new = facts.persons.get(first..).unwrap_or(&[]);
            // What several records of one import say of a person is one statement.
            for of_person in new.chunk_by(|a, b| a.key() == b.key()) {
                self.add_person(source, u32::try_from(place).unwrap_or(NONE), of_person, &mut added);
                place += of_person.len();
            }
            self.n_persons[usize::from(source)] = facts.persons.len();
        }
        self.add_customers(&engine.store, &mut added);
        for key in std::mem::take(&mut self.other_keys) {
            if self.is_subject(key) {
                let id = (Field::Is(Trait::ExternalId), self.keys.get(key).to_owned());
                self.push(key, EVENTS, vec![id], &mut added);
            } else {
                self.other_keys.insert(key);
            }
        }
        let decided = std::mem::take(&mut self.pending);
        for name in decided.iter().flat_map(|(a, b)| [a, b]) {
            let key = self.key(name);
            if self.record(key).is_none() {
                self.push(key, EVENTS, Vec::new(), &mut added);
            }
        }
        if !added.is_empty() {
            self.directory.add(&added);
            self.groups = None;
        }
        self.decide(engine, &decided);
    }

    fn decide(&mut self, engine: &Engine, decided: &[(String, String)]) {
        let wishes: Vec<_> = decided
            .iter()
            .filter_map(|pair| {
                let of = |name: &String| self.keys.find(name).and_then(|key| self.record(key));
                Some(((of(&pair.0)?, of(&pair.1)?), engine.identity.decisions.get(pair).copied()))
            })
            .collect();
        if !wishes.is_empty() {
            self.directory.decide(&wishes);
            self.groups = None;
        }
    }

    fn push(&mut self, key: u32, source: u16, fields: Vec<(Field, String)>, added: &mut Vec<Record>) {
        let number = u32::try_from(self.key_of_record.len()).unwrap_or(NONE);
        self.key_of_record.push(key);
        if let Some(slot) = self.records.get_mut(key as usize).filter(|slot| **slot == NONE) {
            *slot = number;
        }
        added.push(Record { source, key: self.keys.get(key).to_owned(), fields });
    }

    fn add_person(&mut self, source: u16, place: u32, facts: &[Fact], added: &mut Vec<Record>) {
        let Some(first) = facts.first() else { return };
        let key = self.key(first.key());
        self.is_subject[key as usize] = true;
        let said = self.said_at.entry(key).or_default();
        let at = said.partition_point(|known| *known < (source, place));
        let places = (place..).take(facts.len()).map(|place| (source, place));
        said.splice(at..at, places);
        let mut fields = Vec::new();
        for (field, value) in person_of(facts) {
            match field {
                ProfileField::Owns => {
                    let thing = self.key(value);
                    if thing != key {
                        self.claims.entry(thing).or_default().insert(key);
                    }
                }
                ProfileField::ExternalId if value.contains(':') => {
                    let other = self.key(value);
                    self.other_keys.insert(other);
                    fields.push((Field::Is(Trait::ExternalId), value.to_owned()));
                }
                _ => fields.extend(trait_of(field).map(|of| (of, value.to_owned()))),
            }
        }
        self.groups = None;
        if !fields.is_empty() {
            self.push(key, source, fields, added);
        }
    }

    /// Customers of the events: an address or number under which somebody writes says who it is.
    fn add_customers(&mut self, store: &Store, added: &mut Vec<Record>) {
        let names = store.customers();
        for number in (0_u32..).take(names.len()).skip(self.n_customers) {
            let name = names.get(number);
            if name.is_empty() {
                continue;
            }
            let n_known = self.keys.len();
            let key = self.key(name);
            match &mut self.groups {
                // Nobody spoke of it before, so that it is a customer of its own.
                Some(groups) if key as usize >= n_known => groups.root.push(key),
                groups => *groups = None,
            }
            self.is_subject[key as usize] = true;
            if self.record(key).is_some() {
                continue;
            }
            let of = if name.contains('@') && normalise::email(name).is_some() {
                Trait::Email
            } else if name.starts_with('+') && normalise::phone(name, None).is_some() {
                Trait::Phone
            } else {
                continue;
            };
            self.push(key, EVENTS, vec![(Field::Is(of), name.to_owned())], added);
        }
        self.n_customers = names.len();
    }

    /// Which keys are one: those of one customer of the directory, and the things of each.
    pub(super) fn groups(&mut self, decisions: &BTreeMap<(String, String), Verdict>) -> &Groups {
        let groups = self.groups.take().unwrap_or_else(|| {
            self.is_told = false;
            self.form_groups(decisions)
        });
        self.groups.insert(groups)
    }

    /// Whether all events are told as they belong, and go on to be when events of these customers come.
    pub(super) fn is_settled<'a>(&self, mut customers: impl Iterator<Item = &'a str>) -> bool {
        let Some(groups) = self.groups.as_ref().filter(|_| self.is_told) else { return false };
        let is_alone = |key: u32| {
            let root = groups.root.get(key as usize).copied().unwrap_or(key);
            !groups.members.contains_key(&root)
        };
        customers.all(|name| self.keys.find(name).is_none_or(is_alone))
    }

    fn form_groups(&self, decisions: &BTreeMap<(String, String), Verdict>) -> Groups {
        let mut root: Vec<u32> = (0_u32..).take(self.keys.len()).collect();
        for (key, record) in (0_u32..).zip(&self.records) {
            if *record != NONE {
                join(&mut root, key, self.key_of(self.directory.customer_of(*record)));
            }
        }
        let is_apart = |a: u32, b: u32| {
            let pair = super::pair_of(self.keys.get(a), self.keys.get(b));
            !decisions.is_empty() && decisions.get(&pair) == Some(&Verdict::Apart)
        };
        // A thing may be claimed through another thing, so that it is asked again until nothing changes.
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for (&thing, claims) in &self.claims {
                let owners: BTreeSet<u32> = claims
                    .iter()
                    .filter(|owner| !is_apart(thing, **owner))
                    .map(|owner| find(&mut root, *owner))
                    .collect();
                if let (1, Some(&owner)) = (owners.len(), owners.first())
                    && find(&mut root, thing) != owner
                {
                    join(&mut root, thing, owner);
                    is_changed = true;
                }
            }
        }
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for key in (0_u32..).take(root.len()) {
            let of = find(&mut root, key);
            root[key as usize] = of;
            members.entry(of).or_default().push(key);
        }
        members.retain(|_, keys| keys.len() > 1);
        Groups { root, members }
    }

    /// Things that several customers claim, with the keys that claim them.
    pub(super) fn contested(&self, groups: &Groups) -> Vec<(u32, Vec<u32>)> {
        let root = |key: &u32| groups.root.get(*key as usize).copied().unwrap_or(*key);
        let several = |(_, claims): &(&u32, &BTreeSet<u32>)| {
            claims.iter().map(root).collect::<BTreeSet<u32>>().len() > 1
        };
        let contested = self.claims.iter().filter(several);
        contested.map(|(thing, claims)| (*thing, claims.iter().copied().collect())).collect()
    }
}

/// The root of a key; the smallest number wins, so that the order of joins does not count.
fn find(root: &mut [u32], key: u32) -> u32 {
    let mut at = key;
    while root[at as usize] != at {
        root[at as usize] = root[root[at as usize] as usize];
        at = root[at as usize];
    }
    at
}

fn join(root: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(root, a), find(root, b));
    root[a.max(b) as usize] = a.min(b);
}

/// The trait that a property is compared as; none for what says nothing about who somebody is.
pub(super) fn trait_of(field: ProfileField) -> Option<Field> {
    Some(match field {
        ProfileField::Name => Field::FullName,
        ProfileField::GivenName => Field::Is(Trait::GivenName),
        ProfileField::FamilyName => Field::Is(Trait::FamilyName),
        ProfileField::Email => Field::Is(Trait::Email),
        ProfileField::Phone => Field::Is(Trait::Phone),
        ProfileField::Company => Field::Is(Trait::Company),
        ProfileField::Street => Field::Is(Trait::Street),
        ProfileField::City => Field::Is(Trait::City),
        ProfileField::Postcode => Field::Is(Trait::Postcode),
        ProfileField::Country => Field::Is(Trait::Country),
        ProfileField::BirthDate => Field::Is(Trait::BirthDate),
        ProfileField::ExternalId => Field::Is(Trait::ExternalId),
        ProfileField::Title | ProfileField::Domain | ProfileField::Owner | ProfileField::Owns => return None,
    })
}

/// The directory as of now.
pub(super) fn current(engine: &mut Engine) -> &mut People {
    let mut people = engine.identity.people.take().unwrap_or_else(|| Box::new(People::new(engine)));
    people.follow(engine);
    // Only when sure pairs are merged by themselves does the weight of pairs decide who is one.
    if engine.identity.rules.automatic {
        weigh(engine, &mut people);
    }
    engine.identity.people.insert(people)
}

/// The directory with all pairs weighed, learning what agreement weighs where that was not done.
pub(super) fn weighed(engine: &mut Engine) -> &mut People {
    current(engine);
    if let Some(mut people) = engine.identity.people.take() {
        weigh(engine, &mut people);
        engine.identity.people = Some(people);
    }
    current(engine)
}

fn weigh(engine: &Engine, people: &mut People) {
    if people.is_scored {
        return;
    }
    match &engine.identity.model {
        Some(model) => people.directory.set_model(Some(model.clone())),
        None if people.directory.n_records() >= MIN_LEARNED => people.directory.train(),
        None => return,
    }
    people.n_learned = people.directory.n_records() as u64 + engine.identity.decisions.len() as u64;
    people.is_scored = true;
    people.groups = None;
}

/// Where cases are to be told that are now told elsewhere.
pub(super) fn wanted_homes(engine: &mut Engine) -> Vec<(u32, u32)> {
    current(engine);
    let Some(mut people) = engine.identity.people.take() else { return Vec::new() };
    people.groups(&engine.identity.decisions);
    let mut homes: BTreeMap<u32, u32> =
        engine.identity.origins.homes().map(|(case, _)| (case, case)).collect();
    if let Some(groups) = &people.groups {
        for keys in groups.members.values() {
            let case_of = |key: &u32| Some((*key, engine.store.customers().find(people.keys.get(*key))?));
            let cases: Vec<(u32, u32)> = keys
                .iter()
                .filter_map(case_of)
                .filter(|(_, case)| has_events(&engine.store, &engine.identity.origins, *case))
                .collect();
            // A person gives the name before a thing, and who came first before who came later.
            let lead = cases.iter().min_by_key(|(key, case)| (people.is_thing(*key), *case));
            let Some(&(_, lead)) = lead else { continue };
            homes.extend(cases.iter().map(|(_, case)| (*case, lead)));
        }
    }
    people.is_told = true;
    engine.identity.people = Some(people);
    homes.into_iter().filter(|(case, home)| engine.identity.origins.home(*case) != *home).collect()
}

/// Whether events came under a case, wherever they are told.
pub(super) fn has_events(store: &Store, origins: &Origins, case: u32) -> bool {
    origins.home(case) != case
        || (0..store.full_case(case).len()).any(|place| origins.origin(case, place) == case)
}

/// What facts say of a person, by property, then by value; of each property so many values at most.
fn person_of(facts: &[Fact]) -> Vec<(ProfileField, &str)> {
    let said: BTreeSet<(About, &str)> = facts.iter().flat_map(Fact::said).collect();
    let mut last = (None, 0_usize);
    let mut kept = Vec::with_capacity(said.len());
    for (about, value) in said {
        let About::Person(field) = about else { continue };
        last = if last.0 == Some(field) { (last.0, last.1 + 1) } else { (Some(field), 0) };
        if last.1 < MAX_VALUES || field == ProfileField::Owns {
            kept.push((field, value));
        }
    }
    kept
}

impl SourceFacts {
    /// A fact by its place.
    pub(super) fn person(&self, place: u32) -> Option<&Fact> {
        self.persons.get(place as usize)
    }
}
