//! Who is one: what sources say of persons makes customers one, a person decides where it is open, and every event is told
//! under the customer that it belongs to.
//!
//! What sources say ([`facts`]), what a person decided, the rules and the model are kept. The directory ([`people`]) follows
//! from them. Under whom the events are told is kept too ([`event::Origins`]), and changed by one change that can be
//! taken back; so a workspace opens without linking anything anew.

mod accounts;
mod deeds;
mod facts;
mod people;
mod rows;
mod told;
mod views;

pub(crate) use accounts::n_accounts_without_events;
pub(crate) use deeds::{carry_out, import, remove_source};
pub(crate) use facts::{About, Fact, SourceFacts};
pub(crate) use rows::{all_members, customers_of, has_events};
pub(crate) use views::answer;

use crate::Engine;
use crate::apply::Change;
use crate::kept::Kept;
use ::identity::{Model, Verdict};
use event::Origins;
use people::People;
use protocol::identity::LinkRules;
use std::collections::{BTreeMap, BTreeSet};
use told::Told;

/// Everything about who is one.
#[derive(Debug)]
pub(crate) struct Identity {
    /// What sources say, by source.
    pub(crate) facts: Vec<SourceFacts>,
    /// What a person decided, by pair of keys in order.
    pub(crate) decisions: BTreeMap<(String, String), Verdict>,
    pub(crate) rules: LinkRules,
    /// Web domains and keys of accounts of which a person said that they are no company.
    pub(crate) no_companies: BTreeSet<String>,
    /// What agreement weighs, where that was settled; else it is learned when it is asked for.
    pub(crate) model: Option<Model>,
    /// Under whom events are told, and under whom they came.
    pub(crate) origins: Origins,
    /// The directory, unless something that it follows from was taken back.
    people: Option<Box<People>>,
    /// How accounts are told, unless something that it follows from was taken back.
    told: Option<Box<Told>>,
}

/// Most web domains and accounts that are no company.
pub(crate) const MAX_NO_COMPANIES: usize = 10_000;

/// A pair of keys and what was decided of it; none for nothing.
pub(crate) type Decision = ((String, String), Option<Verdict>);

/// What a source says beyond its first so many facts.
#[derive(Debug, Default)]
pub(crate) struct FactsPatch {
    pub(crate) source: u16,
    pub(crate) n_kept: (usize, usize),
    pub(crate) added: SourceFacts,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            facts: Vec::new(),
            decisions: BTreeMap::new(),
            rules: LinkRules { sure: 0.99, review: 0.80, automatic: false },
            no_companies: BTreeSet::new(),
            model: None,
            origins: Origins::default(),
            people: None,
            told: None,
        }
    }
}

impl Identity {
    /// Whether nothing about anybody is kept.
    pub(crate) fn is_untouched(&self) -> bool {
        let fresh = Self::default();
        self.decisions.is_empty()
            && self.model.is_none()
            && self.rules == fresh.rules
            && self.no_companies.is_empty()
            && self.facts.iter().all(SourceFacts::is_empty)
            && self.origins.is_empty()
    }

    /// Makes a source say something else; returns what takes this back.
    pub(crate) fn patch(&mut self, patch: FactsPatch) -> FactsPatch {
        let FactsPatch { source, n_kept, added } = patch;
        let place = usize::from(source);
        if place >= self.facts.len() {
            self.facts.resize_with(place + 1, SourceFacts::default);
        }
        let facts = &mut self.facts[place];
        let n_kept = (n_kept.0.min(facts.persons.len()), n_kept.1.min(facts.accounts.len()));
        let gone = SourceFacts {
            persons: facts.persons.split_off(n_kept.0),
            accounts: facts.accounts.split_off(n_kept.1),
        };
        if !gone.persons.is_empty() {
            self.people = None;
        }
        // What is said of accounts decides which are one; persons only join them.
        if !gone.is_empty() || !added.accounts.is_empty() {
            self.told = None;
        }
        facts.persons.extend(added.persons);
        facts.accounts.extend(added.accounts);
        FactsPatch { source, n_kept, added: gone }
    }

    /// Notes decisions; returns what takes this back.
    pub(crate) fn decide(&mut self, decisions: Vec<Decision>) -> Vec<Decision> {
        let mut before = Vec::with_capacity(decisions.len());
        for (pair, verdict) in decisions {
            let old = match verdict {
                Some(verdict) => self.decisions.insert(pair.clone(), verdict),
                None => self.decisions.remove(&pair),
            };
            if let Some(people) = &mut self.people {
                people.pending.push(pair.clone());
            }
            before.push((pair, old));
        }
        // Taken back in reverse, so that a pair named twice ends as it was.
        before.reverse();
        before
    }

    /// Forgets what is said of these keys, what others say of them, and what was decided about them, and the directory that
    /// follows from it; returns how many that were.
    pub(crate) fn forget(&mut self, is_gone: &dyn Fn(&str) -> bool) -> u64 {
        let n_facts =
            |facts: &[SourceFacts]| facts.iter().map(|facts| facts.persons.len() as u64).sum::<u64>();
        let n_before = n_facts(&self.facts);
        let mut n_of_others = 0;
        for facts in &mut self.facts {
            facts.persons.retain(|fact| !is_gone(fact.key()));
            for fact in &mut facts.persons {
                let (rest, n) = fact.without(is_gone);
                if n > 0 {
                    n_of_others += n;
                    *fact = rest;
                }
            }
        }
        self.decisions.retain(|(a, b), _| !is_gone(a) && !is_gone(b));
        (self.people, self.told) = (None, None);
        n_before - n_facts(&self.facts) + n_of_others
    }

    /// Says what is no company; returns what was said before.
    pub(crate) fn set_no_companies(&mut self, names: BTreeSet<String>) -> BTreeSet<String> {
        self.told = None;
        std::mem::replace(&mut self.no_companies, names)
    }

    /// Sets the rules; returns those before.
    pub(crate) fn set_rules(&mut self, rules: LinkRules) -> LinkRules {
        if let Some(people) = &mut self.people {
            people.set_rules(rules);
        }
        std::mem::replace(&mut self.rules, rules)
    }

    /// Settles what agreement weighs; returns what it was before.
    pub(crate) fn set_model(&mut self, model: Option<Model>) -> Option<Model> {
        if let Some(people) = &mut self.people {
            people.is_scored = false;
        }
        std::mem::replace(&mut self.model, model)
    }
}

/// A pair in the order in which it is kept.
pub(crate) fn pair_of(a: &str, b: &str) -> (String, String) {
    if a <= b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

/// The case under which the events of a customer are told, by the key of any of its records.
pub(crate) fn case_of(engine: &Engine, customer: &str) -> Option<u32> {
    Some(engine.identity.origins.home(engine.store.customers().find(customer)?))
}

/// Customers that came since there were so many names, as who is one now: not those that are one with somebody known before.
pub(crate) fn n_new_customers(engine: &Engine, n_known: usize) -> u64 {
    let origins = &engine.identity.origins;
    let is_known = |case: u32| (case as usize) < n_known;
    let known: BTreeSet<u32> =
        origins.homes().filter(|(case, _)| is_known(*case)).map(|(_, home)| home).collect();
    let new = (0_u32..).take(engine.store.customers().len()).skip(n_known);
    let homes: BTreeSet<u32> = new.map(|case| origins.home(case)).collect();
    homes.into_iter().filter(|home| !is_known(*home) && !known.contains(home)).count() as u64
}

/// Tells accounts as what sources say of companies makes them; what was counted by account is counted anew where that changed.
pub(crate) fn tell_accounts(engine: &mut Engine) {
    let companies = told::companies(engine);
    if engine.store.tell_accounts(companies) {
        engine.kept = Kept::default();
        engine.analysis.recount_accounts(&engine.store);
    }
}

/// A change that tells cases under others.
fn regroup(homes: Vec<(u32, u32)>) -> Option<Change> {
    (!homes.is_empty()).then_some(Change::Regroup(homes))
}
