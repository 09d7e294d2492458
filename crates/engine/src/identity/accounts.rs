//! Accounts: companies under all their keys, who belongs to them and when, and which stands above which.

use super::MAX_NO_COMPANIES;
use super::facts::{About, Fact};
use super::people::People;
use super::rows::{self, Customer, with_people};
use crate::Engine;
use crate::convert::failure;
use ::identity::normalise;
use protocol::Failure;
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
    /// First keys of accounts that are no company.
    none: BTreeSet<&'a str>,
}

/// What is said of the account of a key.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub(super) names: BTreeSet<&'a str>,
    pub(super) domains: BTreeSet<String>,
    parents: BTreeSet<&'a str>,
}

impl<'a> Book<'a> {
    fn new(engine: &'a Engine) -> Self {
        let mut of_key = entries(engine);
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
        let is_none = |key: &&str| engine.identity.no_companies.contains(*key);
        let none = of_key.keys().filter(|key| is_none(key)).map(|key| first.get(key).copied().unwrap_or(key));
        Self { none: none.collect(), of_key, first, of_domain }
    }

    /// By first key of an account: what it is called, each otherwise.
    fn captions(&self) -> BTreeMap<&'a str, String> {
        captions(&self.of_key, &self.first)
    }

    /// The first key of the account of a key.
    fn first(&self, key: &'a str) -> &'a str {
        self.first.get(key).copied().unwrap_or(key)
    }

    /// The first key of the account of a key; nothing where that is no company.
    fn company(&self, key: &'a str) -> Option<&'a str> {
        Some(self.first(key)).filter(|first| !self.none.contains(first))
    }
}

/// What sources say of accounts, by key.
pub(super) fn entries(engine: &Engine) -> BTreeMap<&str, Entry<'_>> {
    let mut of_key: BTreeMap<&str, Entry<'_>> = BTreeMap::new();
    for fact in engine.identity.facts.iter().flat_map(|facts| &facts.accounts) {
        let entry = of_key.entry(fact.key()).or_default();
        for (about, value) in fact.said() {
            match about {
                About::AccountName => drop(entry.names.insert(value)),
                About::AccountDomain => entry.domains.extend(own_domain(engine, value)),
                About::AccountParent => drop(entry.parents.insert(value)),
                _ => (),
            }
        }
    }
    of_key
}

/// By first key of an account: what it is called, each otherwise.
pub(super) fn captions<'a>(
    of_key: &BTreeMap<&'a str, Entry<'a>>,
    first: &BTreeMap<&'a str, &'a str>,
) -> BTreeMap<&'a str, String> {
    let mut names: BTreeMap<&'a str, Option<&'a str>> = BTreeMap::new();
    for (key, entry) in of_key {
        let name = names.entry(first.get(key).copied().unwrap_or(key)).or_default();
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

/// A company's own domain; none for one under which anybody can have a mailbox, or of which that was said.
pub(super) fn own_domain(engine: &Engine, raw: &str) -> Option<String> {
    let is_own =
        |domain: &String| !normalise::is_free_mail(domain) && !engine.identity.no_companies.contains(domain);
    normalise::domain(raw).filter(is_own)
}

/// Keys of accounts that are no company. Costs what sources say where there is one.
pub(super) fn keys_of_none(engine: &Engine) -> BTreeSet<&str> {
    if engine.identity.no_companies.is_empty() {
        return BTreeSet::new();
    }
    let book = Book::new(engine);
    book.of_key.keys().copied().filter(|key| book.company(key).is_none()).collect()
}

/// What is no company once that is said of a web domain or an account, or taken back; with the name as it is kept.
///
/// # Errors
/// When it names neither, or nothing changes by it.
pub(super) fn no_companies(
    engine: &Engine,
    name: &str,
    is_company: bool,
) -> Result<(String, BTreeSet<String>), Failure> {
    let mut names = engine.identity.no_companies.clone();
    let name = name.trim();
    let is_known = names.contains(name) || Book::new(engine).of_key.contains_key(name);
    let kept = if is_known { Some(name.to_owned()) } else { normalise::domain(name) };
    let kept = kept.ok_or_else(|| {
        let message = format!("“{name}” is neither an account nor a web domain.");
        failure(message, "Choose it in the list of accounts.")
    })?;
    if is_company && !names.remove(&kept) {
        return Err(failure(format!("Nothing says that “{kept}” is no company."), "There is nothing to do."));
    }
    if !is_company {
        if normalise::is_free_mail(&kept) {
            let message = format!("“{kept}” is a free-mail provider's, which is no company already.");
            return Err(failure(message, "There is nothing to do."));
        }
        if names.len() >= MAX_NO_COMPANIES {
            let message = format!("A workspace has {MAX_NO_COMPANIES} that are no company at most.");
            return Err(failure(message, "Take one of them back first."));
        }
        if !names.insert(kept.clone()) {
            return Err(failure(format!("“{kept}” is no company already."), "There is nothing to do."));
        }
    }
    Ok((kept, names))
}

/// Why the customer of a case is of an account that none of its events names, and by which web domain or key.
pub(super) fn why(engine: &Engine, case: Option<u32>) -> Option<(Reason, String)> {
    let (case, book) = (case?, Book::new(engine));
    let events = engine.store.full_case(case);
    let named = (0..events.len()).filter_map(|place| events.event(place).account);
    let mut companies = named.filter_map(|number| book.company(engine.store.stored_accounts().get(number)));
    if companies.next().is_some() {
        return None;
    }
    memberships(engine, &book).remove(&case).map(|of| (of.reason, of.by))
}

/// Why a customer is of an account; the least counts where there are several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Membership {
    reason: Reason,
    /// The first key of the account, or its web domain where that is all that is known of it.
    account: String,
    /// The web domain, or the key that a source gives.
    by: String,
}

/// By case: of which account, and why.
fn memberships(engine: &Engine, book: &Book<'_>) -> BTreeMap<u32, Membership> {
    let mut all: BTreeMap<u32, Membership> = BTreeMap::new();
    let mut note = |case: u32, found: Membership| {
        let home = engine.identity.origins.home(case);
        let known = all.entry(home).or_insert_with(|| found.clone());
        if found < *known {
            *known = found;
        }
    };
    let of_domain = |address: &str| {
        let by = own_domain(engine, address.rsplit_once('@')?.1)?;
        let Some(first) = book.of_domain.get(&by) else {
            return Some(Membership { reason: Reason::Address, account: by.clone(), by });
        };
        let account = (!book.none.contains(first)).then(|| (*first).to_owned())?;
        Some(Membership { reason: Reason::Domain, account, by })
    };
    for fact in engine.identity.facts.iter().flat_map(|facts| &facts.persons) {
        let Some(case) = engine.store.customers().find(fact.key()) else { continue };
        for account in fact.values(About::Account) {
            if let Some(first) = book.company(account) {
                let (account, by) = (first.to_owned(), account.to_owned());
                note(case, Membership { reason: Reason::Told, account, by });
            }
        }
        for address in fact.values(About::Person(ProfileField::Email)) {
            if let Some(of) = of_domain(address) {
                note(case, of);
            }
        }
    }
    for (case, name) in (0_u32..).zip(engine.store.customers().iter()) {
        // A mere key makes no company; it may be of a known one.
        if let Some(of) = of_domain(name).filter(|of| of.reason == Reason::Domain) {
            note(case, of);
        }
    }
    all
}

/// Accounts of which sources tell and that have no event that may be looked at: no figure counts them, and cards say so.
/// Costs the events.
pub(crate) fn n_accounts_without_events(engine: &Engine) -> u64 {
    let facts = || engine.identity.facts.iter();
    let of_accounts = facts().flat_map(|facts| &facts.accounts).map(Fact::key);
    let of_persons = facts().flat_map(|facts| &facts.persons).flat_map(|fact| fact.values(About::Account));
    let book = Book::new(engine);
    let mut known: BTreeSet<&str> =
        of_accounts.chain(of_persons).filter_map(|key| book.company(key)).collect();
    if known.is_empty() {
        return 0;
    }
    let mut has_events = vec![false; engine.store.accounts().len()];
    for (_, events) in engine.store.cases() {
        let all = (0..events.len()).filter_map(|place| events.event(place).account);
        all.chain(events.account()).for_each(|account| has_events[account as usize] = true);
    }
    let captions = book.captions();
    let is_without = |first: &&str| {
        let number = captions.get(first).and_then(|caption| engine.store.accounts().find(caption));
        !number.is_some_and(|number| has_events[number as usize])
    };
    known.retain(is_without);
    known.len() as u64
}

/// Keys of one domain are one account; by key, the first key of the account.
pub(super) fn one_by_domain<'a>(of_key: &BTreeMap<&'a str, Entry<'a>>) -> BTreeMap<&'a str, &'a str> {
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
        let Some(first) = book.company(key) else { continue };
        let row = rows.entry(first.to_owned()).or_insert_with(|| new_row(first));
        row.keys.push(key.to_owned());
        row.domains.extend(entry.domains.iter().cloned());
        let parents = entry.parents.iter().filter_map(|&parent| book.company(parent));
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
        let mut of: BTreeSet<&str> = BTreeSet::new();
        for key in &customer.keys {
            let told = super::views::accounts_of(engine, people, *key);
            of.extend(told.into_iter().filter_map(|account| book.company(account)));
        }
        let mut n_events: BTreeMap<u32, u64> = BTreeMap::new();
        let events = engine.store.case(customer.case.unwrap_or(u32::MAX)).as_stored();
        for place in 0..events.len() {
            if let Some(account) = events.event(place).account {
                *n_events.entry(account).or_default() += 1;
            }
        }
        for (account, n) in n_events {
            let Some(first) = book.company(engine.store.stored_accounts().get(account)) else { continue };
            if let Some(row) = rows.get_mut(first) {
                row.n_events += n;
            }
            of.insert(first);
        }
        let membership = customer.case.filter(|_| of.is_empty()).and_then(|case| memberships.get(&case));
        if let Some(Membership { reason, account, .. }) = membership {
            let row = rows.entry(account.clone()).or_insert_with(|| new_row(account));
            row.n_customers += 1;
            row.n_events += events.len() as u64;
            if *reason == Reason::Address && row.domains.is_empty() {
                row.domains.push(account.clone());
            }
        }
        for first in of {
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
        let account =
            event.account.and_then(|account| book.company(engine.store.stored_accounts().get(account)));
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
