//! Customers with their records, as lists show them.

use super::facts::{About, Fact};
use super::people::{self, Groups, People};
use crate::Engine;
use protocol::identity::{CustomerRow, FieldView, RecordView};
use source::ProfileField;
use std::collections::{BTreeMap, BTreeSet};

/// Most things of a record that are listed.
const MAX_THINGS: usize = 100;

/// One customer: what is one of all that facts and events speak of.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    /// Keys of its records; the one that gives the name first, then by name.
    pub(super) keys: Vec<u32>,
    /// Keys of its things, by name.
    pub(super) things: Vec<u32>,
    /// The case that its events are told under.
    pub(super) case: Option<u32>,
}

/// Works with the directory as of now.
pub(super) fn with_people<T>(engine: &mut Engine, work: impl FnOnce(&Engine, &mut People) -> T) -> Option<T> {
    people::current(engine);
    let mut people = engine.identity.people.take()?;
    people.groups(&engine.identity.decisions);
    let done = work(engine, &mut people);
    engine.identity.people = Some(people);
    Some(done)
}

/// All customers, in order of the first appearance of a key of theirs.
pub(super) fn customers(engine: &Engine, people: &People, groups: &Groups) -> Vec<Customer> {
    let mut all = Vec::new();
    for key in (0_u32..).take(people.keys.len()) {
        if groups.root.get(key as usize) != Some(&key) {
            continue;
        }
        all.extend(customer(
            engine,
            people,
            groups.members.get(&key).map_or(std::slice::from_ref(&key), Vec::as_slice),
        ));
    }
    all
}

/// The customer of these keys; none when neither facts nor events speak of any of them.
pub(super) fn customer(engine: &Engine, people: &People, keys: &[u32]) -> Option<Customer> {
    let mut case = None;
    let mut alive = Vec::new();
    for &key in keys {
        let told = told_under(engine, people, key);
        if told.is_some() || people.said_at.contains_key(&key) {
            alive.push(key);
        }
        case = case.or(told);
    }
    if alive.is_empty() {
        return None;
    }
    let name = |key: &u32| people.keys.get(*key);
    let (mut things, mut keys): (Vec<u32>, Vec<u32>) =
        alive.into_iter().partition(|key| people.is_thing(*key));
    // A thing whose owner nothing is known of stands for it.
    if keys.is_empty() {
        std::mem::swap(&mut keys, &mut things);
    }
    let lead = case.map(|case| engine.store.customers().get(case));
    keys.sort_by_key(|key| (Some(name(key)) != lead, name(key)));
    things.sort_by_key(name);
    Some(Customer { keys, things, case })
}

/// The case under which events that came under a key are told; none when there are none.
fn told_under(engine: &Engine, people: &People, key: u32) -> Option<u32> {
    let number = engine.store.customers().find(people.keys.get(key))?;
    let origins = &engine.identity.origins;
    people::has_events(&engine.store, origins, number).then(|| origins.home(number))
}

/// Whether facts or events speak of a key now; the store knows the names of customers that are gone too.
pub(super) fn is_alive(engine: &Engine, people: &People, key: u32) -> bool {
    people.said_at.contains_key(&key) || told_under(engine, people, key).is_some()
}

/// Number of customers.
pub(super) fn n_customers(engine: &mut Engine) -> u64 {
    let count = |engine: &Engine, people: &mut People| {
        let groups = people.groups(&engine.identity.decisions).clone();
        customers(engine, people, &groups).len() as u64
    };
    with_people(engine, count).unwrap_or(0)
}

/// By key without events of its own: the customer of the same person that has events.
pub(crate) fn customers_of(engine: &mut Engine, keys: &[String]) -> BTreeMap<String, String> {
    let find = |engine: &Engine, people: &mut People| {
        let groups = people.groups(&engine.identity.decisions).clone();
        let of = |name: &String| {
            let key = people.keys.find(name)?;
            let members = groups.members.get(groups.root.get(key as usize)?)?;
            let case = members.iter().find_map(|member| told_under(engine, people, *member))?;
            Some((name.clone(), engine.store.customers().get(case).to_owned()))
        };
        keys.iter().filter_map(of).collect()
    };
    with_people(engine, find).unwrap_or_default()
}

/// Whether events came under a key, wherever they are told.
pub(crate) fn has_events(engine: &Engine, key: &str) -> bool {
    let number = engine.store.customers().find(key);
    number.is_some_and(|number| people::has_events(&engine.store, &engine.identity.origins, number))
}

/// Names of all keys of the customer of a key, things included, by name; not those that only others speak of.
pub(super) fn members(engine: &mut Engine, name: &str) -> Vec<String> {
    keys_of(engine, name, &|people, key| people.is_subject(key))
}

/// The same with keys that only others speak of.
pub(crate) fn all_members(engine: &mut Engine, name: &str) -> Vec<String> {
    keys_of(engine, name, &|_, _| true)
}

fn keys_of(engine: &mut Engine, name: &str, is_meant: &dyn Fn(&People, u32) -> bool) -> Vec<String> {
    let find = |engine: &Engine, people: &mut People| {
        let key = people.keys.find(name)?;
        let groups = people.groups(&engine.identity.decisions);
        let root = groups.root.get(key as usize).copied().unwrap_or(key);
        let keys = groups.members.get(&root).cloned().unwrap_or_else(|| vec![key]);
        let subjects = keys.into_iter().filter(|key| is_meant(people, *key) || people.keys.get(*key) == name);
        let mut names: Vec<String> = subjects.map(|key| people.keys.get(key).to_owned()).collect();
        names.sort_unstable();
        Some(names)
    };
    with_people(engine, find).flatten().unwrap_or_default()
}

/// What facts say of a key, by source.
pub(super) fn facts<'a>(
    engine: &'a Engine,
    people: &'a People,
    key: u32,
) -> impl Iterator<Item = (u16, &'a Fact)> {
    let places = people.said_at.get(&key).map_or(&[][..], Vec::as_slice);
    places.iter().filter_map(|(source, place)| {
        Some((*source, engine.identity.facts.get(usize::from(*source))?.person(*place)?))
    })
}

impl Customer {
    /// Its name: that of the case its events are told under, or of its first record.
    pub(super) fn name<'a>(&self, engine: &'a Engine, people: &'a People) -> &'a str {
        match self.case {
            Some(case) => engine.store.customers().get(case),
            None => self.keys.first().map_or("", |key| people.keys.get(*key)),
        }
    }

    /// The row of a list, given the keys of accounts that are no company.
    pub(super) fn row(&self, engine: &Engine, people: &People, none: &BTreeSet<&str>) -> CustomerRow {
        let name = self.name(engine, people);
        let mut sources: BTreeSet<u32> = BTreeSet::new();
        let mut account: Option<String> = None;
        for key in &self.keys {
            for (source, fact) in facts(engine, people, *key) {
                sources.insert(u32::from(source));
                let mut told = fact.values(About::Account).filter(|account| !none.contains(account));
                account = account.or_else(|| told.next().map(str::to_owned));
            }
        }
        let events = engine.store.case(self.case.unwrap_or(u32::MAX));
        for place in 0..events.len() {
            let event = events.event(place);
            sources.insert(u32::from(event.source));
        }
        if let Some(told) = events.account() {
            account = Some(engine.store.accounts().get(told).to_owned());
        }
        CustomerRow {
            customer: name.to_owned(),
            caption: self.caption(engine, people).unwrap_or_else(|| name.to_owned()),
            n_records: self.keys.len() as u64,
            sources: sources.into_iter().collect(),
            account,
            n_events: events.len() as u64,
            first_micros: events.starts().first().copied(),
            last_micros: events.starts().last().copied(),
        }
    }

    /// A name out of its records, else an address; the first that there is, in order of the records.
    fn caption(&self, engine: &Engine, people: &People) -> Option<String> {
        let all = || self.keys.iter().flat_map(|key| facts(engine, people, *key)).map(|(_, fact)| fact);
        let of = |fact: &Fact, field| fact.values(About::Person(field)).next().map(str::to_owned);
        let whole = |fact: &Fact| {
            of(fact, ProfileField::Name).or_else(|| {
                let given = of(fact, ProfileField::GivenName);
                let family = of(fact, ProfileField::FamilyName);
                let parts: Vec<String> = given.into_iter().chain(family).collect();
                (!parts.is_empty()).then(|| parts.join(" "))
            })
        };
        let of_any = |field| all().find_map(|fact| of(fact, field));
        all()
            .find_map(whole)
            .or_else(|| of_any(ProfileField::Email))
            .or_else(|| of_any(ProfileField::Company))
            .or_else(|| of_any(ProfileField::Phone))
    }

    /// Whether a key or what is said of it holds a text, which is in lower case.
    pub(super) fn holds(&self, engine: &Engine, people: &People, text: &str) -> bool {
        self.keys.iter().chain(&self.things).any(|key| {
            people.keys.get(*key).to_lowercase().contains(text)
                || facts(engine, people, *key)
                    .any(|(_, fact)| fact.said().any(|(_, value)| value.to_lowercase().contains(text)))
        })
    }
}

/// One record: all that is known under a key.
pub(super) fn record(engine: &Engine, people: &People, groups: &Groups, key: u32) -> RecordView {
    let mut fields: BTreeMap<(ProfileField, &str), Vec<u32>> = BTreeMap::new();
    let (mut sources, mut account) = (BTreeSet::new(), None);
    for (source, fact) in facts(engine, people, key) {
        sources.insert(u32::from(source));
        for (about, value) in fact.said() {
            match about {
                About::Person(ProfileField::Owns) => {}
                About::Person(field) => fields.entry((field, value)).or_default().push(u32::from(source)),
                _ => account = account.or_else(|| Some(value.to_owned())),
            }
        }
    }
    let root = |key: u32| groups.root.get(key as usize).copied().unwrap_or(key);
    // Where several records of one customer claim a thing, it is listed once.
    let name = |owner: &u32| people.keys.get(*owner);
    let is_own = |(thing, owners): &(&u32, &BTreeSet<u32>)| {
        let of_customer = owners.iter().filter(|owner| root(**owner) == root(**thing));
        owners.contains(&key)
            && of_customer.map(name).min() == Some(name(&key))
            && is_alive(engine, people, **thing)
    };
    let things: Vec<u32> = people.claims.iter().filter(is_own).map(|(thing, _)| *thing).collect();
    let mut names: Vec<String> = things.iter().map(|thing| people.keys.get(*thing).to_owned()).collect();
    names.sort_unstable();
    let n_things = names.len() as u64;
    names.truncate(MAX_THINGS);
    let cases: BTreeSet<u32> = things
        .iter()
        .chain([&key])
        .filter_map(|key| engine.store.customers().find(people.keys.get(*key)))
        .collect();
    let (n_events, first_micros, last_micros) = told_of(engine, &cases);
    RecordView {
        key: people.keys.get(key).to_owned(),
        sources: sources.into_iter().collect(),
        fields: fields
            .into_iter()
            .map(|((field, value), mut sources)| {
                sources.dedup();
                FieldView { field: field.name().to_owned(), value: value.to_owned(), sources }
            })
            .collect(),
        account,
        n_events,
        first_micros,
        last_micros,
        things: names,
        n_things,
    }
}

/// Events that came under these customers, with the first and last of their times.
fn told_of(engine: &Engine, cases: &BTreeSet<u32>) -> (u64, Option<i64>, Option<i64>) {
    let origins = &engine.identity.origins;
    let homes: BTreeSet<u32> = cases.iter().map(|case| origins.home(*case)).collect();
    let (mut n, mut first, mut last) = (0, None, None);
    for home in homes {
        let starts = engine.store.case(home).starts().iter().enumerate();
        for (_, start) in starts.filter(|(place, _)| cases.contains(&origins.origin(home, *place))) {
            n += 1;
            first = first.into_iter().chain([*start]).min();
            last = last.into_iter().chain([*start]).max();
        }
    }
    (n, first, last)
}
