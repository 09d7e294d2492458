//! How accounts are told, kept while only more is said: an append costs what it brings, not what sources said before.

use super::accounts::{self, Entry};
use super::facts::{About, Fact, SourceFacts};
use crate::Engine;
use event::Companies;
use protocol::identity::AccountWhy as Reason;
use source::ProfileField;
use std::collections::{BTreeMap, HashMap};

/// Why a customer is of an account, and its number; the least reason counts, then the name.
type Of = (Reason, u32);

/// What was made of what sources say until now; whatever takes something back ends it ([`super::Identity::told`]).
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Facts of persons that were taken in, by source.
    n_facts: Vec<usize>,
    /// By key of an account: its number here.
    of_key: HashMap<Box<str>, u32>,
    /// By web domain: the number of the account that has it, or of the domain itself where no source tells of it.
    of_domain: HashMap<Box<str>, u32>,
    accounts: Vec<Account>,
    /// By name: the account that a source calls so, while there is only one.
    called: HashMap<Box<str>, u32>,
    /// By number of a stored account: its number here.
    of_stored: Vec<Option<u32>>,
    /// By customer, whoever it is one with.
    of_customer: Vec<Option<Of>>,
    /// By key without a customer: what is said of it, until events come.
    waiting: HashMap<Box<str>, Of>,
}

#[derive(Debug)]
struct Account {
    /// The first of its keys, or its web domain.
    first: Box<str>,
    caption: Box<str>,
    is_none: bool,
    /// Whether a source tells of it; else only the domain of an address does.
    is_known: bool,
}

impl Told {
    /// What sources say of accounts; persons, events and customers are taken in by [`Self::update`].
    fn new(engine: &Engine) -> Self {
        let of_key = accounts::entries(engine);
        let first = accounts::one_by_domain(&of_key);
        let captions = accounts::captions(&of_key, &first);
        let mut told = Self::default();
        for (key, entry) in &of_key {
            let first = first.get(key).copied().unwrap_or(key);
            let number = match told.of_key.get(first) {
                Some(number) => *number,
                None => {
                    let caption = captions.get(first).map_or(first, String::as_str);
                    told.add(first, caption, true)
                }
            };
            told.of_key.insert((*key).into(), number);
            told.accounts[number as usize].is_none |= engine.identity.no_companies.contains(*key);
            told.of_domain.extend(entry.domains.iter().map(|domain| (domain.as_str().into(), number)));
        }
        told.find_called(&of_key);
        told
    }

    /// Accounts with a name that no other has, which an account without one may be called by its key.
    fn find_called(&mut self, of_key: &BTreeMap<&str, Entry<'_>>) {
        for (key, entry) in of_key {
            let Some(number) = self.of_key.get(*key).copied() else { continue };
            let caption = &self.accounts[number as usize].caption;
            if entry.names.iter().any(|name| **name == **caption) {
                self.called.insert(caption.clone(), number);
            }
        }
    }

    fn add(&mut self, first: &str, caption: &str, is_known: bool) -> u32 {
        let number = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.accounts.push(Account {
            first: first.into(),
            caption: caption.into(),
            is_none: false,
            is_known,
        });
        number
    }

    /// The account of a key, of which nothing but the key may be known.
    fn account(&mut self, engine: &Engine, key: &str) -> u32 {
        if let Some(number) = self.of_key.get(key) {
            return *number;
        }
        let number = self.add(key, key, true);
        self.accounts[number as usize].is_none = engine.identity.no_companies.contains(key);
        self.of_key.insert(key.into(), number);
        // Two of one name are told apart by their keys.
        if let Some(other) = self.called.remove(key) {
            let other = &mut self.accounts[other as usize];
            other.caption = format!("{} ({})", other.caption, other.first).into();
        }
        number
    }

    /// Of which account somebody with this address is.
    fn of_address(&mut self, engine: &Engine, address: &str) -> Option<Of> {
        let domain = accounts::own_domain(engine, address.rsplit_once('@')?.1)?;
        let number = match self.of_domain.get(domain.as_str()) {
            Some(number) => *number,
            None => {
                let number = self.add(&domain, &domain, false);
                self.of_domain.insert(domain.into(), number);
                number
            }
        };
        let account = &self.accounts[number as usize];
        let reason = if account.is_known { Reason::Domain } else { Reason::Address };
        (!account.is_none).then_some((reason, number))
    }

    fn of_fact(&mut self, engine: &Engine, fact: &Fact) -> Option<Of> {
        let mut best = None;
        for account in fact.values(About::Account) {
            let number = self.account(engine, account);
            if !self.accounts[number as usize].is_none {
                best = self.least(best, Some((Reason::Told, number)));
            }
        }
        for address in fact.values(About::Person(ProfileField::Email)) {
            let of = self.of_address(engine, address);
            best = self.least(best, of);
        }
        best
    }

    fn least(&self, one: Option<Of>, other: Option<Of>) -> Option<Of> {
        let order = |of: &Of| (of.0, &self.accounts[of.1 as usize].first);
        match (one, other) {
            (Some(one), Some(other)) => Some(if order(&other) < order(&one) { other } else { one }),
            (one, other) => one.or(other),
        }
    }

    /// Takes in what came since. Costs what came.
    fn update(&mut self, engine: &Engine) {
        for name in engine.store.stored_accounts().iter_from(self.of_stored.len()) {
            let number = (!name.is_empty()).then(|| self.account(engine, name));
            self.of_stored.push(number);
        }
        for name in engine.store.customers().iter_from(self.of_customer.len()) {
            // A mere key makes no company; it may be of a known one.
            let own = self.of_name(engine, name);
            let said = self.waiting.remove(name);
            let of = self.least(own, said);
            self.of_customer.push(of);
        }
        self.n_facts.resize(engine.identity.facts.len().max(self.n_facts.len()), 0);
        for (source, SourceFacts { persons, .. }) in engine.identity.facts.iter().enumerate() {
            for fact in persons.iter().skip(self.n_facts[source]) {
                let Some(of) = self.of_fact(engine, fact) else { continue };
                match engine.store.customers().find(fact.key()) {
                    Some(customer) => {
                        let known = self.of_customer[customer as usize];
                        self.of_customer[customer as usize] = self.least(known, Some(of));
                    }
                    None => {
                        let known = self.waiting.get(fact.key()).copied();
                        let of = self.least(known, Some(of)).unwrap_or(of);
                        self.waiting.insert(fact.key().into(), of);
                    }
                }
            }
            self.n_facts[source] = persons.len();
        }
    }

    /// Of which account somebody whose name is an address is, where a source tells of the company.
    fn of_name(&self, engine: &Engine, name: &str) -> Option<Of> {
        let domain = accounts::own_domain(engine, name.rsplit_once('@')?.1)?;
        let number = self.of_domain.get(domain.as_str())?;
        let account = &self.accounts[*number as usize];
        (account.is_known && !account.is_none).then_some((Reason::Domain, *number))
    }

    /// As the store tells them. Costs the accounts and the customers, a few nanoseconds each.
    fn companies(&self, engine: &Engine) -> Companies {
        let mut companies = Companies::default();
        let mut named: Vec<Option<u32>> = vec![None; self.accounts.len()];
        let mut name = |companies: &mut Companies, number: u32| {
            let caption = &self.accounts[number as usize].caption;
            *named[number as usize].get_or_insert_with(|| companies.name(caption))
        };
        for (stored, number) in (0_u32..).zip(&self.of_stored) {
            // Of which nothing is told is none.
            if let Some(number) = number.filter(|number| !self.accounts[*number as usize].is_none) {
                let name = name(&mut companies, number);
                companies.tell(stored, name);
            }
        }
        for (case, of) in (0_u32..).zip(self.of_homes(engine)) {
            if let Some((_, number)) = of {
                let name = name(&mut companies, number);
                companies.belongs(case, name);
            }
        }
        companies
    }

    /// By case: what is said of all the customers that it is told for.
    fn of_homes(&self, engine: &Engine) -> Vec<Option<Of>> {
        let mut all = self.of_customer.clone();
        for (customer, home) in engine.identity.origins.homes() {
            let Some(of) = self.of_customer.get(customer as usize).copied().flatten() else { continue };
            if let Some(known) = all.get_mut(home as usize) {
                *known = self.least(*known, Some(of));
            }
            if customer != home
                && let Some(own) = all.get_mut(customer as usize)
            {
                *own = None;
            }
        }
        all
    }
}

/// How the accounts of events are told: keys of one company under its name, and customers whose events name no account under
/// the one that a source gives them, else the one of the web domain of their address. Nothing where no source speaks of
/// anybody.
pub(super) fn companies(engine: &mut Engine) -> Option<Companies> {
    let identity = &engine.identity;
    if identity.facts.iter().all(SourceFacts::is_empty) && identity.no_companies.is_empty() {
        engine.identity.told = None;
        return None;
    }
    let mut told = match engine.identity.told.take() {
        Some(told) => told,
        None => Box::new(Told::new(engine)),
    };
    told.update(engine);
    let companies = told.companies(engine);
    engine.identity.told = Some(told);
    Some(companies)
}
