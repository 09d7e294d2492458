//! Clusters: which records together are one customer.
//!
//! Links are taken from the surest down. Two groups become one only when the pairs between them agree to a fair part;
//! so one link doesn't merge two crowds, as connected components would.

use crate::strong::ordered;
use crate::{Trait, chance};
use std::collections::{BTreeMap, BTreeSet};

/// Most pairs between two groups that are asked about; of larger groups, an even selection is.
const MAX_ASKED: usize = 144;

/// Mean chance over all pairs between two groups from which on they may become one.
///
/// A record with slips in it is unlike some of its own kind, so that even chance would ask too much; one sure link
/// between two crowds of four has a mean of a sixteenth.
const MIN_MEAN_CHANCE: f64 = 0.25;

/// Why two records, and with them their groups, became one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// They have one key, and keys name persons.
    Key,
    /// A person accepted the pair.
    Accepted,
    /// They share this identifier.
    Shared(Trait),
    /// They weigh this much, in bits.
    Weight(f64),
}

/// One step of how a customer came together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join {
    /// The pair, the lower record first.
    pub pair: (u32, u32),
    /// Why.
    pub cause: Cause,
}

/// What speaks for and against joining.
pub(crate) struct Wishes<'a> {
    /// Number of records.
    pub(crate) n_records: usize,
    /// Joins to make, the surest first.
    pub(crate) joins: &'a [Join],
    /// Pairs that must stay apart.
    pub(crate) apart: &'a BTreeSet<(u32, u32)>,
    /// Sources by record, when no source has anybody twice.
    pub(crate) unique_sources: Option<&'a [u16]>,
}

/// Who is whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Clusters {
    /// By record: the first record of its customer.
    pub(crate) first: Vec<u32>,
    /// Members of customers of more than one record, ascending, by first record.
    pub(crate) members: BTreeMap<u32, Vec<u32>>,
    /// The joins that made each of these customers, in the order in which they were made.
    pub(crate) joins: BTreeMap<u32, Vec<Join>>,
    /// Joins that were wished and not made, because what they would join is apart.
    pub(crate) n_refused: u64,
}

/// Forms clusters; `weigh` tells the weight of any pair in bits.
pub(crate) fn form(wishes: &Wishes<'_>, weigh: &dyn Fn(u32, u32) -> f64) -> Clusters {
    let mut groups = Groups::default();
    let mut n_refused = 0;
    for join in wishes.joins {
        let (a, b) = (groups.root(join.pair.0), groups.root(join.pair.1));
        if a == b {
            continue;
        }
        if groups.may_join(a, b, join, wishes, weigh) {
            groups.join(a, b, *join);
        } else {
            n_refused += 1;
        }
    }
    let mut clusters = Clusters { n_refused, ..Clusters::default() };
    clusters.first = (0..).take(wishes.n_records).collect();
    for (_, (members, joins)) in groups.of_root {
        let Some(&first) = members.first() else { continue };
        for &member in &members {
            if let Some(slot) = clusters.first.get_mut(member as usize) {
                *slot = first;
            }
        }
        clusters.members.insert(first, members);
        clusters.joins.insert(first, joins);
    }
    clusters
}

/// Groups in the making; a record without entry is a group of its own.
#[derive(Debug, Default)]
struct Groups {
    parent: BTreeMap<u32, u32>,
    of_root: BTreeMap<u32, (Vec<u32>, Vec<Join>)>,
}

impl Groups {
    fn root(&mut self, record: u32) -> u32 {
        let mut root = record;
        while let Some(&parent) = self.parent.get(&root) {
            root = parent;
        }
        let mut at = record;
        while let Some(&parent) = self.parent.get(&at) {
            if parent != root {
                self.parent.insert(at, root);
            }
            at = parent;
        }
        root
    }

    fn members(&self, root: u32) -> Vec<u32> {
        self.of_root.get(&root).map_or_else(|| vec![root], |(members, _)| members.clone())
    }

    fn may_join(
        &self,
        a: u32,
        b: u32,
        join: &Join,
        wishes: &Wishes<'_>,
        weigh: &dyn Fn(u32, u32) -> f64,
    ) -> bool {
        if join.cause == Cause::Key {
            return true;
        }
        let (left, right) = (self.members(a), self.members(b));
        let is_apart = left.iter().any(|x| right.iter().any(|y| wishes.apart.contains(&ordered(*x, *y))));
        if !wishes.apart.is_empty() && is_apart {
            return false;
        }
        if let Some(sources) = wishes.unique_sources {
            let of = |record: &u32| sources.get(*record as usize);
            if left.iter().any(|x| right.iter().any(|y| of(x) == of(y))) {
                return false;
            }
        }
        if !matches!(join.cause, Cause::Weight(_)) || left.len() * right.len() == 1 {
            return true;
        }
        let n_pairs = left.len() * right.len();
        let stride = n_pairs.div_ceil(MAX_ASKED);
        let asked = (0..n_pairs).step_by(stride);
        let n_asked = asked.clone().count();
        let sum: f64 = asked.map(|at| chance(weigh(left[at / right.len()], right[at % right.len()]))).sum();
        sum / n_asked as f64 >= MIN_MEAN_CHANCE
    }

    fn join(&mut self, a: u32, b: u32, join: Join) {
        let (mut members, mut joins) = self.of_root.remove(&a).unwrap_or_else(|| (vec![a], Vec::new()));
        let (others, other_joins) = self.of_root.remove(&b).unwrap_or_else(|| (vec![b], Vec::new()));
        let root = if members.len() >= others.len() { a } else { b };
        let child = if root == a { b } else { a };
        members.extend(others);
        members.sort_unstable();
        joins.extend(other_joins);
        joins.push(join);
        self.parent.insert(child, root);
        self.of_root.insert(root, (members, joins));
    }
}
