//! Accounts: companies under all their keys, who belongs to them and when, and which stands above which.

use super::facts::{About, SourceFacts};
use super::people::People;
use super::rows::{self, Customer, with_people};
use crate::Engine;
use ::identity::normalise;
use event::Companies;
use protocol::identity::{AccountInterval, AccountRow, AccountWhy as Reason};
use source::ProfileField;
use std::collections::{BTreeMap, BTreeSet};

/// All that is said of accounts, by key.
#[derive(Debug, Default)]
struct Book<'a> {
    of_key: BTreeMap<&'a str, Entry<'a>>,
    /// By key: the first key of the same account.
    first: BTreeMap<&'a str, &'a str>,
    /// By web domain: the first key of the account that has it.
    of_domain: BTreeMap<String, &'a str>,
}

#[derive(Debug, Default)]
struct Entry<'a> {
    names: BTreeSet<&'a str>,
    domains: BTreeSet<String>,
    parents: BTreeSet<&'a str>,
}

impl<'a> Book<'a> {
    fn new(engine: &'a Engine) -> Self {
        let mut of_key: BTreeMap<&'a str, Entry<'a>> = BTreeMap::new();
        for fact in engine.identity.facts.iter().flat_map(|facts| &facts.accounts) {
            let entry = of_key.entry(fact.key()).or_default();
            for (about, value) in fact.said() {
                match about {
                    About::AccountName => drop(entry.names.insert(value)),
                    About::AccountDomain => entry.domains.extend(own_domain(value)),
                    About::AccountParent => drop(entry.parents.insert(value)),
                    _ => (),
                }
            }
        }
        for name in engine.store.stored_accounts().iter().filter(|name| !name.is_empty()) {
            of_key.entry(name).or_default();
        }
        let persons = engine.identity.facts.iter().flat_map(|facts| &facts.persons);
        for account in persons.flat_map(|fact| fact.values(About::Account)) {
            of_key.entry(account).or_default();
        }
        let first = one_by_domain(&of_key);
        let mut of_domain = BTreeMap::new();
        for (key, entry) in &of_key {
            let account = first.get(key).copied().unwrap_or(key);
            of_domain.extend(entry.domains.iter().map(|domain| (domain.clone(), account)));
        }
        Self { of_key, first, of_domain }
    }

    /// By first key of an account: what it is called, each otherwise.
    fn captions(&self) -> BTreeMap<&'a str, String> {
        let mut names: BTreeMap<&'a str, Option<&'a str>> = BTreeMap::new();
        for (key, entry) in &self.of_key {
            let name = names.entry(self.first(key)).or_default();
            *name = name.or(entry.names.first().copied());
        }
        let mut n_called: BTreeMap<&str, u32> = BTreeMap::new();
        for (key, name) in &names {
            *n_called.entry(name.unwrap_or(key)).or_default() += 1;
        }
        let caption = |(key, name): (&&'a str, &Option<&'a str>)| match name {
            Some(name) if n_called.get(name) == Some(&1) => (*key, (*name).to_owned()),
            Some(name) => (*key, format!("{name} ({key})")),
            None => (*key, (*key).to_owned()),
        };
        names.iter().map(caption).collect()
    }

    /// The first key of the account of a key.
    fn first(&self, key: &'a str) -> &'a str {
        self.first.get(key).copied().unwrap_or(key)
    }
}

/// A company's own domain; none for one under which anybody can have a mailbox.
fn own_domain(raw: &str) -> Option<String> {
    normalise::domain(raw).filter(|domain| !normalise::is_free_mail(domain))
}

/// How the accounts of events are told: keys of one company under its name, and customers whose events name no account under
/// the one that a source gives them, else the one of the web domain of their address. Nothing where no source speaks of
/// anybody. Costs what sources say.
pub(crate) fn companies(engine: &Engine) -> Option<Companies> {
    if engine.identity.facts.iter().all(SourceFacts::is_empty) {
        return None;
    }
    let book = Book::new(engine);
    let captions = book.captions();
    let called = |key: &str| captions.get(key).cloned().unwrap_or_else(|| key.to_owned());
    let mut companies = Companies::default();
    for (number, name) in (0_u32..).zip(engine.store.stored_accounts().iter()) {
        if let Some(first) = book.first.get(name) {
            companies.tell(number, &called(first));
        }
    }
    for (case, (_, key)) in memberships(engine, &book) {
        companies.belongs(case, &called(&key));
    }
    Some(companies)
}

/// Why the customer of a case is of an account that none of its events names.
pub(super) fn why(engine: &Engine, case: Option<u32>) -> Option<Reason> {
    let case = case.filter(|case| engine.store.full_case(*case).account().is_none())?;
    memberships(engine, &Book::new(engine)).get(&case).map(|(reason, _)| *reason)
}

/// By case: why, and the first key of the account, or its web domain where that is all that is known of it.
fn memberships(engine: &Engine, book: &Book<'_>) -> BTreeMap<u32, (Reason, String)> {
    let mut all: BTreeMap<u32, (Reason, String)> = BTreeMap::new();
    let mut note = |case: u32, reason: Reason, key: String| {
        let found = (reason, key);
        let home = engine.identity.origins.home(case);
        let known = all.entry(home).or_insert_with(|| found.clone());
        if found < *known {
            *known = found;
        }
    };
    let of_domain = |address: &str| {
        let domain = own_domain(address.rsplit_once('@')?.1)?;
        let known = book.of_domain.get(&domain).map(|first| (*first).to_owned());
        Some(known.map_or((Reason::Address, domain), |first| (Reason::Domain, first)))
    };
    for fact in engine.identity.facts.iter().flat_map(|facts| &facts.persons) {
        let Some(case) = engine.store.customers().find(fact.key()) else { continue };
        for account in fact.values(About::Account) {
            let first = book.first.get(account).copied().unwrap_or(account);
            note(case, Reason::Told, first.to_owned());
        }
        for address in fact.values(About::Person(ProfileField::Email)) {
            if let Some((reason, key)) = of_domain(address) {
                note(case, reason, key);
            }
        }
    }
    for (case, name) in (0_u32..).zip(engine.store.customers().iter()) {
        // A mere key makes no company; it may be of a known one.
        if let Some((Reason::Domain, key)) = of_domain(name) {
            note(case, Reason::Domain, key);
        }
    }
    all
}

/// Keys of one domain are one account; by key, the first key of the account.
fn one_by_domain<'a>(of_key: &BTreeMap<&'a str, Entry<'a>>) -> BTreeMap<&'a str, &'a str> {
    let mut first: BTreeMap<&'a str, &'a str> = of_key.keys().map(|key| (*key, *key)).collect();
    let mut by_domain: BTreeMap<&str, &'a str> = BTreeMap::new();
    fn root<'a>(first: &BTreeMap<&'a str, &'a str>, mut key: &'a str) -> &'a str {
        while let Some(next) = first.get(key).filter(|next| **next != key) {
            key = next;
        }
        key
    }
    for (&key, entry) in of_key {
        for domain in &entry.domains {
            let other = *by_domain.entry(domain).or_insert(key);
            let (a, b) = (root(&first, key), root(&first, other));
            first.insert(a.max(b), a.min(b));
        }
    }
    of_key.keys().map(|&key| (key, root(&first, key))).collect()
}

/// Accounts that hold a text, which is in lower case; most customers first, then by name.
pub(super) fn rows(engine: &mut Engine, wanted: &str) -> Vec<AccountRow> {
    let all = with_people(engine, |engine, people| {
        let groups = people.groups(&engine.identity.decisions).clone();
        let customers = rows::customers(engine, people, &groups);
        list(engine, people, &customers, wanted)
    });
    all.unwrap_or_default()
}

/// The same, given all customers.
pub(super) fn list(
    engine: &Engine,
    people: &People,
    customers: &[Customer],
    wanted: &str,
) -> Vec<AccountRow> {
    let book = Book::new(engine);
    let mut rows: BTreeMap<String, AccountRow> = BTreeMap::new();
    for (&key, entry) in &book.of_key {
        let first = book.first(key);
        let row = rows.entry(first.to_owned()).or_insert_with(|| new_row(first));
        row.keys.push(key.to_owned());
        row.domains.extend(entry.domains.iter().cloned());
        let parents = entry.parents.iter().map(|&parent| book.first(parent));
        let parent = parents.filter(|parent| *parent != first).min();
        row.parent = row.parent.take().or_else(|| parent.map(str::to_owned));
        if row.caption.is_empty() {
            row.caption = entry.names.first().copied().unwrap_or_default().to_owned();
        }
    }
    count(engine, people, customers, &book, &mut rows);
    let parents: Vec<(String, String)> =
        rows.values().filter_map(|row| Some((row.parent.clone()?, row.account.clone()))).collect();
    for (parent, child) in parents {
        if let Some(row) = rows.get_mut(parent.as_str()) {
            row.children.push(child);
        }
    }
    let mut all: Vec<AccountRow> = rows.into_values().collect();
    for row in &mut all {
        row.domains.sort_unstable();
        row.domains.dedup();
        if row.caption.is_empty() {
            row.caption.clone_from(&row.account);
        }
    }
    all.retain(|row| (row.n_customers > 0 || has_facts(&book, row)) && holds(row, wanted));
    all.sort_by(|a, b| {
        b.n_customers
            .cmp(&a.n_customers)
            .then_with(|| a.caption.cmp(&b.caption))
            .then_with(|| a.account.cmp(&b.account))
    });
    all
}

fn new_row(account: &str) -> AccountRow {
    AccountRow {
        account: account.to_owned(),
        caption: String::new(),
        keys: Vec::new(),
        domains: Vec::new(),
        parent: None,
        children: Vec::new(),
        n_customers: 0,
        n_events: 0,
    }
}

/// Whether a source speaks of it, and not only an event that is no longer there.
fn has_facts(book: &Book<'_>, row: &AccountRow) -> bool {
    row.keys
        .iter()
        .filter_map(|key| book.of_key.get(key.as_str()))
        .any(|entry| !entry.names.is_empty() || !entry.domains.is_empty() || !entry.parents.is_empty())
}

fn holds(row: &AccountRow, wanted: &str) -> bool {
    let all = row.keys.iter().chain(&row.domains).chain([&row.caption]);
    wanted.is_empty() || all.into_iter().any(|text| text.to_lowercase().contains(wanted))
}

/// Counts each account's customers and events.
fn count<'a>(
    engine: &'a Engine,
    people: &People,
    customers: &[Customer],
    book: &Book<'a>,
    rows: &mut BTreeMap<String, AccountRow>,
) {
    let memberships = memberships(engine, book);
    for customer in customers {
        let mut of: BTreeSet<String> = BTreeSet::new();
        for key in &customer.keys {
            of.extend(super::views::accounts_of(engine, people, *key).into_iter().map(str::to_owned));
        }
        let mut n_events: BTreeMap<u32, u64> = BTreeMap::new();
        let events = engine.store.case(customer.case.unwrap_or(u32::MAX)).as_stored();
        for place in 0..events.len() {
            if let Some(account) = events.event(place).account {
                *n_events.entry(account).or_default() += 1;
            }
        }
        for (account, n) in n_events {
            let name = engine.store.stored_accounts().get(account);
            if let Some(row) = rows.get_mut(book.first(name)) {
                row.n_events += n;
            }
            of.insert(name.to_owned());
        }
        let membership = customer.case.filter(|_| of.is_empty()).and_then(|case| memberships.get(&case));
        if let Some((reason, key)) = membership {
            let row = rows.entry(key.clone()).or_insert_with(|| new_row(key));
            row.n_customers += 1;
            row.n_events += events.len() as u64;
            if *reason == Reason::Address && row.domains.is_empty() {
                row.domains.push(key.clone());
            }
        }
        let firsts: BTreeSet<&str> =
            of.iter().filter_map(|name| book.first.get(name.as_str())).copied().collect();
        for first in firsts {
            if let Some(row) = rows.get_mut(first) {
                row.n_customers += 1;
            }
        }
    }
}

/// The accounts of a case's events over time; events without one go with those before.
pub(super) fn intervals(engine: &Engine, case: Option<u32>) -> Vec<AccountInterval> {
    let book = Book::new(engine);
    let events = engine.store.case(case.unwrap_or(u32::MAX)).as_stored();
    let mut all: Vec<AccountInterval> = Vec::new();
    for place in 0..events.len() {
        let event = events.event(place);
        let account = event.account.map(|account| book.first(engine.store.stored_accounts().get(account)));
        let is_same = |last: &AccountInterval| account.is_none() || last.account.as_deref() == account;
        match all.last_mut().filter(|last| is_same(last)) {
            Some(last) => {
                last.n_events += 1;
                last.last_micros = event.start_micros;
            }
            None => all.push(AccountInterval {
                account: account.map(str::to_owned),
                name: account
                    .and_then(|key| book.of_key.get(key)?.names.first())
                    .map(|name| (*name).to_owned()),
                first_micros: event.start_micros,
                last_micros: event.start_micros,
                n_events: 1,
            }),
        }
    }
    all
}
