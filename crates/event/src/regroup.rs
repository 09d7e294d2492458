//! Events told under another customer than the one they came under, and the way back at any time.
//!
//! [`Origins`] remembers under whom each event came. So customers become one, are split, and are grouped differently, any
//! number of times and in any order, and the store is always the one that these groups give: it does not depend on how it
//! came there.

use crate::columns::{Columns, Ref};
use crate::duplicates::Skipped;
use crate::{Reversal, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Customers whose events are told under another one, and under whom each of these events came.
///
/// While customers are together, nothing else may change their events: before that they are to be taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// By customer that is told under another: that other.
    homes: BTreeMap<u32, u32>,
    /// By customer under whom several are told.
    together: BTreeMap<u32, Together>,
}

/// Whose the events of one case are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// Under whom each event came, in the order of the case.
    pub events: Vec<u32>,
    /// Under whom each skipped duplicate came, in order of arrival.
    pub duplicates: Vec<u32>,
}

/// A grouping worked out: how the cases will be, and whose their events are then.
#[derive(Debug)]
pub struct Regrouping {
    /// What is to be staged by [`Store::stage_reversal`].
    pub reversal: Reversal,
    /// Events that go to another case.
    pub n_moved: u64,
    origins: Origins,
    /// Cases whose entry in `origins` is to be replaced.
    touched: BTreeSet<u32>,
    homes: Vec<(u32, u32)>,
}

impl Origins {
    /// Under whom a customer's events are told: another one, or itself.
    pub fn home(&self, customer: u32) -> u32 {
        self.homes.get(&customer).copied().unwrap_or(customer)
    }

    /// Whether every customer is told under itself.
    pub fn is_empty(&self) -> bool {
        self.homes.is_empty()
    }

    /// Customers that are told under another, and that other; ascending.
    pub fn homes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.homes.iter().map(|(customer, home)| (*customer, *home))
    }

    /// Cases with events of several customers, ascending, and whose they are.
    pub fn together(&self) -> impl Iterator<Item = (u32, &Together)> {
        self.together.iter().map(|(case, together)| (*case, together))
    }

    /// Whose an event of a case is, by its place.
    pub fn origin(&self, case: u32, place: usize) -> u32 {
        let together = self.together.get(&case);
        together.and_then(|together| together.events.get(place)).copied().unwrap_or(case)
    }

    /// Customers told under the same one as any of these, all of them; ascending.
    pub fn companions(&self, customers: impl Iterator<Item = u32>) -> Vec<u32> {
        let homes: BTreeSet<u32> = customers.map(|customer| self.home(customer)).collect();
        let mut all: BTreeSet<u32> =
            self.homes().filter(|(_, home)| homes.contains(home)).map(|(customer, _)| customer).collect();
        all.extend(homes.iter().filter(|home| self.together.contains_key(home)));
        all.into_iter().collect()
    }

    /// Takes over what a grouping says, once its reversal is committed.
    pub fn adopt(&mut self, regrouping: Regrouping) {
        let Regrouping { mut origins, touched, homes, .. } = regrouping;
        for case in touched {
            match origins.together.remove(&case) {
                Some(together) => self.together.insert(case, together),
                None => self.together.remove(&case),
            };
        }
        for (customer, home) in homes {
            self.set_home(customer, home);
        }
    }

    /// Notes one home that was read from a disk.
    pub fn set_home(&mut self, customer: u32, home: u32) {
        if customer == home {
            self.homes.remove(&customer);
        } else {
            self.homes.insert(customer, home);
        }
    }

    /// Notes whose the events of a case are, as read from a disk.
    pub fn set_together(&mut self, case: u32, together: Together) {
        self.together.insert(case, together);
    }

    /// Whether it fits a store: every case has as many events as it says, of customers that are told under it.
    pub fn fits(&self, store: &Store) -> bool {
        let n_customers = store.customers().len();
        let mut n_duplicates: HashMap<u32, usize> = HashMap::new();
        for case in &store.duplicates.case {
            *n_duplicates.entry(*case).or_default() += 1;
        }
        let is_home = |home: u32| (home as usize) < n_customers && !self.homes.contains_key(&home);
        let is_told = |case: u32, origin: &u32| *origin == case || self.homes.get(origin) == Some(&case);
        self.homes.iter().all(|(customer, home)| {
            (*customer as usize) < n_customers && is_home(*home) && store.full_case(*customer).is_empty()
        }) && self.together.iter().all(|(case, together)| {
            is_home(*case)
                && together.events.len() == store.full_case(*case).len()
                && together.duplicates.len() == n_duplicates.get(case).copied().unwrap_or(0)
                && together.events.iter().chain(&together.duplicates).all(|origin| is_told(*case, origin))
        })
    }
}

/// An event on its way: what it is ordered by, where it lies, and its place in the case where it stays.
struct Moving {
    key: (i64, i64),
    /// Own events first, then those of the others in order of their numbers.
    rank: (bool, u32),
    row: Ref,
    stays_at: Option<usize>,
}

impl Store {
    /// What tells customers under others: pairs of a customer and the one under whom its events are to be told.
    ///
    /// Customers that are not named stay with the one under whom they are now. Among events of equal times those of
    /// the one who gives the name come first, then those of each other in order of their numbers. An event that two of
    /// them have stays twice: that it is one event was never said. Costs the events of all cases that are touched, and
    /// all duplicates.
    pub fn regroup_of(&self, origins: &Origins, wanted: &[(u32, u32)]) -> Regrouping {
        let is_known = |case: u32| (case as usize) < self.customers().len();
        let wanted: BTreeMap<u32, u32> = wanted
            .iter()
            .copied()
            .filter(|(customer, home)| is_known(*customer) && is_known(*home))
            .filter(|(customer, home)| origins.home(*customer) != *home)
            .collect();
        let home = |customer: u32| wanted.get(&customer).copied().unwrap_or_else(|| origins.home(customer));
        let mut touched: BTreeSet<u32> = wanted.values().copied().collect();
        touched.extend(wanted.keys().map(|customer| origins.home(*customer)));
        let (cases, together, n_moved) = self.told_anew(origins, &touched, &home);
        let duplicates = self.duplicates_anew(origins, &touched, &home);
        let mut gone = Vec::new();
        for row in cases.iter().flat_map(|(_, rows)| rows) {
            gone.extend(row.err());
        }
        let places: Vec<Skipped> = duplicates.iter().map(|(one, _)| *one).collect();
        let reversal = self.arrange(&cases, &gone, &places);
        let mut after = Origins { homes: BTreeMap::new(), together };
        for (one, origin) in &duplicates {
            if let Some(together) = after.together.get_mut(&one.case) {
                together.duplicates.push(*origin);
            }
        }
        let has_others = |case: u32, together: &Together| {
            together.events.iter().chain(&together.duplicates).any(|origin| *origin != case)
        };
        after.together.retain(|case, together| has_others(*case, together));
        Regrouping { reversal, n_moved, origins: after, touched, homes: wanted.into_iter().collect() }
    }

    /// The touched cases as they are to be, whose their events are then, and how many events move.
    #[expect(clippy::type_complexity, reason = "used once, right above")]
    fn told_anew(
        &self,
        origins: &Origins,
        touched: &BTreeSet<u32>,
        home: &dyn Fn(u32) -> u32,
    ) -> (Vec<(u32, Vec<Result<usize, Ref>>)>, BTreeMap<u32, Together>, u64) {
        let mut told: BTreeMap<u32, Vec<Moving>> = touched.iter().map(|case| (*case, Vec::new())).collect();
        let mut n_moved = 0;
        for &case in touched {
            for (place, row) in self.case_refs(case).enumerate() {
                let origin = origins.origin(case, place);
                let target = home(origin);
                n_moved += u64::from(target != case);
                let Some(events) = told.get_mut(&target) else { continue };
                events.push(Moving {
                    key: self.segment(row).key(row.row()),
                    rank: (origin != target, origin),
                    row,
                    stays_at: (target == case).then_some(place),
                });
            }
        }
        let mut cases = Vec::with_capacity(told.len());
        let mut together = BTreeMap::new();
        for (case, mut events) in told {
            // Stable, so that events of one customer stay in order.
            events.sort_by_key(|event| (event.key, event.rank));
            let events_of = events.iter().map(|event| event.rank.1).collect();
            together.insert(case, Together { events: events_of, duplicates: Vec::new() });
            cases.push((case, events.iter().map(|event| event.stays_at.ok_or(event.row)).collect()));
        }
        (cases, together, n_moved)
    }

    /// All duplicates in order of arrival, as they are to be, and whose each is.
    fn duplicates_anew(
        &self,
        origins: &Origins,
        touched: &BTreeSet<u32>,
        home: &dyn Fn(u32) -> u32,
    ) -> Vec<(Skipped, u32)> {
        let table = &self.duplicates;
        if !table.case.iter().any(|case| touched.contains(case)) {
            let rows = (0_u32..).zip(table.case.iter().zip(&table.place));
            return rows.map(|(row, (&case, &place))| (Skipped { row, case, place }, case)).collect();
        }
        // How many events of each time each customer has, among those that are touched.
        let mut counts: HashMap<(u32, (i64, i64)), BTreeMap<u32, u32>> = HashMap::new();
        let mut counts_after: HashMap<(u32, (i64, i64)), BTreeMap<u32, u32>> = HashMap::new();
        for &case in touched {
            for (place, row) in self.case_refs(case).enumerate() {
                let (origin, key) = (origins.origin(case, place), self.segment(row).key(row.row()));
                *counts.entry((case, key)).or_default().entry(origin).or_default() += 1;
                *counts_after.entry((home(origin), key)).or_default().entry(origin).or_default() += 1;
            }
        }
        let before = |counts: &HashMap<_, BTreeMap<u32, u32>>, case: u32, key: (i64, i64), origin: u32| {
            let all = counts.get(&(case, key)).into_iter().flatten();
            let is_before = |other: u32| (other != case, other) < (origin != case, origin);
            all.filter(|(other, _)| is_before(**other)).map(|(_, n)| *n).sum::<u32>()
        };
        let mut next: HashMap<u32, usize> = HashMap::new();
        let mut all = Vec::with_capacity(table.len());
        for (row, (&case, &place)) in (0_u32..).zip(table.case.iter().zip(&table.place)) {
            if !touched.contains(&case) {
                all.push((Skipped { row, case, place }, case));
                continue;
            }
            let at = next.entry(case).or_default();
            let of = origins.together.get(&case).and_then(|together| together.duplicates.get(*at)).copied();
            *at += 1;
            let origin = of.unwrap_or(case);
            let key = table.columns.key(row as usize);
            let own = place.saturating_sub(before(&counts, case, key, origin));
            let target = home(origin);
            let place = own.saturating_add(before(&counts_after, target, key, origin));
            all.push((Skipped { row, case: target, place }, origin));
        }
        all
    }

    /// Cases that hold an event or a skipped duplicate of a source, ascending.
    pub fn cases_of_source(&self, source: u16) -> Vec<u32> {
        let is_of = |columns: &Columns, row: usize| columns.source.get(row) == source;
        let has = |case: u32| self.case_refs(case).any(|r| is_of(self.segment(r), r.row()));
        let cases = (0_u32..).take(self.spans.len()).filter(|case| has(*case));
        let duplicates = self.duplicates.case.iter().enumerate();
        let of_duplicates = duplicates.filter(|(row, _)| is_of(&self.duplicates.columns, *row));
        let all: BTreeSet<u32> = cases.chain(of_duplicates.map(|(_, case)| *case)).collect();
        all.into_iter().collect()
    }
}
