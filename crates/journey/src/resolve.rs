//! From the names in a question to the numbers of a store, with account of the names that are unknown.

use event::{Names, Store};
use std::collections::BTreeSet;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// An activity.
    Activity,
    /// A channel.
    Channel,
    /// An account.
    Account,
    /// A customer.
    Customer,
}

/// A name in a question that the store doesn't have; it matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownName {
    /// What it should stand for.
    pub kind: NameKind,
    /// The name as asked.
    pub name: String,
}

/// Resolves names and remembers the unknown ones.
#[derive(Debug)]
pub(crate) struct Resolver<'a> {
    store: &'a Store,
    unknown: BTreeSet<UnknownName>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store, unknown: BTreeSet::new() }
    }

    /// The number of a name, if the store has it.
    pub(crate) fn find(&mut self, kind: NameKind, name: &str) -> Option<u32> {
        let found = match kind {
            NameKind::Account => self.store.find_account(name),
            _ => self.names(kind).find(name),
        };
        if found.is_none() {
            self.unknown.insert(UnknownName { kind, name: name.to_owned() });
        }
        found
    }

    /// For every number of the kind whether its name is among these.
    pub(crate) fn marks(&mut self, kind: NameKind, names: &[String]) -> Vec<bool> {
        let mut marks = vec![false; self.names(kind).len()];
        for name in names {
            if let Some(number) = self.find(kind, name) {
                marks[number as usize] = true;
            }
        }
        marks
    }

    /// Like [`Self::marks`] for activities, where no name at all stands for every activity.
    pub(crate) fn marks_or_any(&mut self, names: &[String]) -> Vec<bool> {
        if names.is_empty() {
            return vec![true; self.store.activities().len()];
        }
        self.marks(NameKind::Activity, names)
    }

    /// The unknown names, sorted, each once.
    pub(crate) fn into_unknown(self) -> Vec<UnknownName> {
        self.unknown.into_iter().collect()
    }

    fn names(&self, kind: NameKind) -> &'a Names {
        match kind {
            NameKind::Activity => self.store.activities(),
            NameKind::Channel => self.store.channels(),
            NameKind::Account => self.store.accounts(),
            NameKind::Customer => self.store.customers(),
        }
    }
}
