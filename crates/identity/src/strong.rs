//! Links by a shared strong identifier, and the guards that keep a shared mailbox or a kiosk from chaining strangers.

use crate::levels::{Level, compare};
use crate::normalise as n;
use crate::{Trait, table::Table};
use std::collections::{HashMap, HashSet};

/// Persons with one identifier from which on it is taken as shared and links nobody.
pub const MAX_PERSONS: usize = 3;
/// E-mail addresses that stand for one more person where a phone's holders have no names.
const ADDRESSES_A_PERSON: usize = 2;
/// Numbers in registers that stand for one more person where an address's holders have no names.
const NUMBERS_A_PERSON: usize = 8;
/// Most persons that are told apart; who has more is a crowd in any case.
const MAX_TOLD_APART: usize = 16;

/// Why an identifier links nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// A mailbox of a function: `info@`.
    Role,
    /// Held by this many persons, as far as they can be told apart, at least.
    Persons(usize),
}

/// What one identifier links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holders {
    /// Records that have it, in order of arrival.
    pub(crate) records: Vec<u32>,
    /// Pairs that it makes one, each with the first record of the same person.
    pub(crate) links: Vec<(u32, u32)>,
    /// Pairs that have it although their names differ: for a person to decide.
    pub(crate) conflicts: Vec<(u32, u32)>,
    /// Why it links nobody.
    pub(crate) shared: Option<Shared>,
}

/// All strong identifiers with who has them.
#[derive(Debug, Default)]
pub(crate) struct Identifiers {
    pub(crate) by_value: HashMap<(Trait, u32), Holders>,
}

impl Identifiers {
    /// Enters records, and works out again what the identifiers link that they have.
    pub(crate) fn insert(&mut self, table: &Table, first: u32, end: u32) {
        let mut touched = HashSet::new();
        for record in first..end {
            for which in Trait::ALL.into_iter().filter(|which| which.is_strong()) {
                for &value in table.of(record, which) {
                    let holders = self.by_value.entry((which, value)).or_default();
                    holders.records.push(record);
                    if holders.records.len() > 1 {
                        touched.insert((which, value));
                    }
                }
            }
        }
        for (which, value) in touched {
            if let Some(holders) = self.by_value.get_mut(&(which, value)) {
                holders.work_out(table, which, table.values.get(value));
            }
        }
    }

    /// Bytes of memory in use, about.
    pub(crate) fn n_bytes(&self) -> usize {
        let entry = size_of::<((Trait, u32), Holders)>() + 1;
        self.by_value.capacity() * entry
            + self.by_value.values().map(|h| 16 + 4 * h.records.len()).sum::<usize>()
    }
}

impl Holders {
    fn work_out(&mut self, table: &Table, which: Trait, value: &str) {
        self.links.clear();
        self.conflicts.clear();
        let mut records = self.records.clone();
        // The order of arrival must not decide who stands for a person.
        records.sort_by_key(|record| table.ranks[*record as usize]);
        let mut persons: Vec<u32> = Vec::new();
        let mut firsts = Vec::with_capacity(records.len());
        for &record in &records {
            let known =
                persons.iter().find(|person| which == Trait::ExternalId || fits(table, **person, record));
            match known {
                Some(person) => firsts.push(*person),
                None if persons.len() >= MAX_TOLD_APART => firsts.push(record),
                None => {
                    persons.push(record);
                    firsts.push(record);
                }
            }
        }
        let n_persons = persons.len().max(implied_persons(table, which, &records));
        let is_role =
            which == Trait::Email && n::is_role_mailbox(value.split('@').next().unwrap_or_default());
        self.shared = match (is_role, n_persons > MAX_PERSONS) {
            (true, _) => Some(Shared::Role),
            (false, true) => Some(Shared::Persons(n_persons)),
            (false, false) => None,
        };
        if self.shared.is_some() {
            return;
        }
        let pairs = records.iter().zip(&firsts).filter(|(record, first)| record != first);
        self.links = pairs.map(|(record, first)| ordered(*first, *record)).collect();
        self.conflicts = persons.iter().skip(1).map(|other| ordered(persons[0], *other)).collect();
    }
}

/// How many persons the other identifiers of the holders speak of.
fn implied_persons(table: &Table, which: Trait, records: &[u32]) -> usize {
    let (other, each) = match which {
        Trait::Phone => (Trait::Email, ADDRESSES_A_PERSON),
        Trait::Email => (Trait::ExternalId, NUMBERS_A_PERSON),
        _ => return 0,
    };
    let distinct: HashSet<u32> =
        records.iter().flat_map(|record| table.of(*record, other)).copied().collect();
    distinct.len() / each
}

/// Whether nothing in names and birth dates speaks against one person.
pub(crate) fn fits(table: &Table, a: u32, b: u32) -> bool {
    let pattern = compare(table, a, b);
    let (given, family) = (pattern.level(Trait::GivenName), pattern.level(Trait::FamilyName));
    match (given, family) {
        // A given name that differs may be a second one, but not with another birth date or family name.
        (Level::Different, Level::Unknown | Level::Different | Level::Alike) => false,
        (Level::Different, _) => pattern.level(Trait::BirthDate) == Level::Same,
        // A family name changes with marriage; then the given name must be there and the same.
        (Level::Unknown, Level::Different) => false,
        _ => !(pattern.level(Trait::BirthDate) == Level::Different && given > Level::Alias),
    }
}

/// The pair with the lower record first.
pub(crate) fn ordered(a: u32, b: u32) -> (u32, u32) {
    if a <= b { (a, b) } else { (b, a) }
}
