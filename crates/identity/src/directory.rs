//! The directory: all records, what is known of who is whom, and why.
//!
//! Everything in it follows from the records, the model, the settings and the decisions. So taking a decision back
//! gives exactly the directory from before, and records that come later give the directory that they would have
//! given at once, as long as the model stays.

use crate::blocking::Blocks;
use crate::cluster::{self, Cause, Clusters, Join, Wishes};
use crate::estimate::{self, Evidence};
use crate::levels::{Pattern, compare};
use crate::model::{Model, Step, bits_of_chance};
use crate::strong::{Identifiers, Shared, ordered};
use crate::{Record, Trait, chance, table::Table};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Chance below which a compared pair is only counted.
const MIN_KEPT_CHANCE: f64 = 0.01;

/// How sure is sure enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Chance from which on a pair is sure.
    pub sure: f64,
    /// Chance from which on a pair is to be reviewed.
    pub review: f64,
    /// Whether sure pairs are merged by themselves.
    pub automatic: bool,
    /// Whether no source has anybody twice, so that only records of different sources are compared.
    pub unique_sources: bool,
    /// Whether a key means the same person in every source, so that its records are one before all else. To be set
    /// before the first record comes.
    pub keys_name_persons: bool,
}

impl Default for Settings {
    /// Sure from 0.99 on, to be reviewed from 0.80 on, nothing merged by weight alone.
    fn default() -> Self {
        Self { sure: 0.99, review: 0.80, automatic: false, unique_sources: false, keys_name_persons: false }
    }
}

/// What a person said about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two persons.
    Apart,
}

/// A pair that was compared and may be one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The pair, the lower record first.
    pub pair: (u32, u32),
    /// Its weight in bits.
    pub bits: f64,
}

/// A pair for a person to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// The pair, the lower record first.
    pub pair: (u32, u32),
    /// Its weight in bits.
    pub bits: f64,
    /// The strong identifier that both have although their names differ.
    pub conflict: Option<Trait>,
}

/// The three bands, and what the model expects of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bands {
    /// Pairs that were compared.
    pub n_compared: u64,
    /// Undecided pairs of two customers that are sure.
    pub n_sure: u64,
    /// Undecided pairs of two customers that are to be reviewed.
    pub n_review: u64,
    /// Pairs apart by weight.
    pub n_apart: u64,
    /// Share of the pairs from `sure` on that are one person, as the model expects; 1 when there are none.
    pub sure_precision: f64,
    /// Share of the pairs of one person that lie from `sure` on.
    pub sure_recall: f64,
    /// The same from `review` on.
    pub review_precision: f64,
    /// The same from `review` on.
    pub review_recall: f64,
    /// Pairs that a person accepted, and rejected.
    pub n_decided: (u64, u64),
}

/// All records and who is whom.
#[derive(Debug, Default)]
pub struct Directory {
    table: Table,
    blocks: Blocks,
    identifiers: Identifiers,
    settings: Settings,
    model: Option<Model>,
    decisions: BTreeMap<(u32, u32), Verdict>,
    /// Compared pairs that may be one person; ascending by pair.
    links: Vec<Link>,
    /// Compared pairs by pattern.
    patterns: BTreeMap<Pattern, f64>,
    n_compared: u64,
    n_skipped: u64,
    /// Compared pairs too unlikely to be kept, and how many of them are expected to be one person.
    n_unlikely: u64,
    unlikely_expected: f64,
    clusters: Clusters,
}

impl Directory {
    /// An empty directory.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Adds records; returns the number of the first, the others follow.
    ///
    /// Only the new ones are compared, with each other and with those that share a block with them.
    pub fn add(&mut self, records: &[Record]) -> u32 {
        let first = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        for record in records {
            let id = self.table.push(record, self.settings.keys_name_persons);
            self.blocks.insert(&self.table, id);
        }
        let end = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        self.identifiers.insert(&self.table, first, end);
        if self.model.is_some() {
            self.score(first, end);
        }
        self.recluster();
        first
    }

    /// Learns the model from the records and the decisions, and compares all anew with it.
    pub fn train(&mut self) {
        self.forget_scores();
        let end = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        let candidates = self.blocks.candidates(&self.table, 0, end);
        let pairs: Vec<(u32, u32)> =
            candidates.pairs.into_iter().filter(|pair| self.may_compare(*pair)).collect();
        let patterns: Vec<Pattern> = pairs.iter().map(|(a, b)| compare(&self.table, *a, *b)).collect();
        let mut undecided: BTreeMap<Pattern, f64> = BTreeMap::new();
        for (pair, pattern) in pairs.iter().zip(&patterns) {
            if !self.decisions.contains_key(pair) {
                *undecided.entry(*pattern).or_default() += 1.0;
            }
        }
        let decided: Vec<(Pattern, bool)> = self
            .decisions
            .iter()
            .map(|((a, b), verdict)| (compare(&self.table, *a, *b), *verdict == Verdict::Same))
            .collect();
        let n_all = self.n_possible_pairs();
        let evidence = Evidence { patterns: &undecided, decided: &decided, n_all };
        let model = estimate::estimate(&self.table, &evidence, self.settings.unique_sources);
        self.n_skipped = candidates.n_skipped;
        self.keep(&model, &pairs, &patterns);
        self.model = Some(model);
        self.recluster();
    }

    /// Takes a model that was learned before, or none, and compares all anew with it.
    pub fn set_model(&mut self, model: Option<Model>) {
        self.forget_scores();
        self.model = model;
        let end = u32::try_from(self.table.len()).unwrap_or(u32::MAX);
        if self.model.is_some() {
            self.score(0, end);
        }
        self.recluster();
    }

    /// Notes decisions, or takes them back with `None`; returns what was decided before, to undo it with.
    pub fn decide(&mut self, wishes: &[((u32, u32), Option<Verdict>)]) -> Vec<((u32, u32), Option<Verdict>)> {
        let mut before = Vec::with_capacity(wishes.len());
        for &((a, b), verdict) in wishes {
            let pair = ordered(a, b);
            let is_one = self.settings.keys_name_persons && self.table.key_id(a) == self.table.key_id(b);
            if a == b || is_one || pair.1 as usize >= self.table.len() {
                continue;
            }
            let old = match verdict {
                Some(verdict) => self.decisions.insert(pair, verdict),
                None => self.decisions.remove(&pair),
            };
            before.push((pair, old));
        }
        // Taken back in reverse, so that a pair named twice ends as it was.
        before.reverse();
        self.recluster();
        before
    }

    /// Changes the settings; whether sources are unique counts from the next training on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.recluster();
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The model, once there is one.
    pub fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    /// Number of records.
    pub fn n_records(&self) -> usize {
        self.table.len()
    }

    /// Number of customers: groups of records that are one person.
    pub fn n_customers(&self) -> usize {
        let merged: usize = self.clusters.members.values().map(|members| members.len() - 1).sum();
        self.table.len() - merged
    }

    /// The first record of the customer that a record belongs to; the record itself when it is alone or unknown.
    pub fn customer_of(&self, record: u32) -> u32 {
        self.clusters.first.get(record as usize).copied().unwrap_or(record)
    }

    /// Customers of more than one record: the first record and all, ascending.
    pub fn merged(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.clusters.members.iter().map(|(first, members)| (*first, members.as_slice()))
    }

    /// Records of a customer, given any of them.
    pub fn members(&self, record: u32) -> Vec<u32> {
        let first = self.customer_of(record);
        self.clusters.members.get(&first).cloned().unwrap_or_else(|| vec![record])
    }

    /// The joins that made the customer of a record, in the order in which they were made.
    pub fn why(&self, record: u32) -> &[Join] {
        self.clusters.joins.get(&self.customer_of(record)).map_or(&[], Vec::as_slice)
    }

    /// The joins that connect two records of one customer, from one to the other; empty when they are apart.
    pub fn why_one(&self, a: u32, b: u32) -> Vec<Join> {
        if self.customer_of(a) != self.customer_of(b) {
            return Vec::new();
        }
        path(self.why(a), a, b)
    }

    /// Every part of the weight of a pair, in order; their sum is the weight. Empty without a model.
    pub fn explain(&self, a: u32, b: u32) -> Vec<Step> {
        let pattern = compare(&self.table, a, b);
        self.model.as_ref().map_or_else(Vec::new, |model| model.explain(&self.table, a, b, pattern))
    }

    /// The weight of a pair in bits; `None` without a model.
    pub fn weight(&self, a: u32, b: u32) -> Option<f64> {
        let model = self.model.as_ref()?;
        Some(model.weigh_pair(&self.table, a, b, compare(&self.table, a, b)))
    }

    /// Normalised values of a trait of a record.
    pub fn values(&self, record: u32, which: Trait) -> impl Iterator<Item = &str> {
        self.table.texts(record, which)
    }

    /// The source and key of a record.
    pub fn key(&self, record: u32) -> (u16, &str) {
        (self.table.sources.get(record as usize).copied().unwrap_or(0), self.table.key(record))
    }

    /// Decided pairs, ascending.
    pub fn decisions(&self) -> impl Iterator<Item = ((u32, u32), Verdict)> {
        self.decisions.iter().map(|(pair, verdict)| (*pair, *verdict))
    }

    /// Identifiers that link nobody because they are shared: trait, value, reason and number of records; sorted by value.
    pub fn shared_identifiers(&self) -> Vec<(Trait, &str, Shared, usize)> {
        let all = self.identifiers.by_value.iter();
        let mut shared: Vec<_> = all
            .filter_map(|((which, value), holders)| {
                Some((*which, self.table.values.get(*value), holders.shared?, holders.records.len()))
            })
            .collect();
        shared.sort_unstable_by_key(|(which, value, ..)| (*which, *value));
        shared
    }

    /// The same identifiers with the records that have them, in order of arrival.
    pub fn shared_holders(&self) -> Vec<(Trait, &str, Shared, &[u32])> {
        let all = self.identifiers.by_value.iter();
        let mut shared: Vec<_> = all
            .filter_map(|((which, value), holders)| {
                Some((*which, self.table.values.get(*value), holders.shared?, holders.records.as_slice()))
            })
            .collect();
        shared.sort_unstable_by_key(|(which, value, ..)| (*which, *value));
        shared
    }

    /// Compared pairs that may be one person, ascending by pair.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Undecided pairs of two customers from the given chance on, the surest first, conflicts before all.
    pub fn proposals(&self, at_least: f64) -> Vec<Proposal> {
        let open = |pair: &(u32, u32)| {
            self.customer_of(pair.0) != self.customer_of(pair.1) && !self.decisions.contains_key(pair)
        };
        let mut conflicts: BTreeMap<(u32, u32), Trait> = BTreeMap::new();
        for ((which, _), holders) in &self.identifiers.by_value {
            for pair in holders.conflicts.iter().filter(|pair| open(pair)) {
                let slot = conflicts.entry(*pair).or_insert(*which);
                *slot = (*slot).min(*which);
            }
        }
        let min_bits = bits_of_chance(at_least);
        let weighed = self.links.iter().filter(|link| link.bits >= min_bits && open(&link.pair));
        let mut all: Vec<Proposal> = weighed
            .map(|link| Proposal { pair: link.pair, bits: link.bits, conflict: conflicts.remove(&link.pair) })
            .collect();
        all.extend(conflicts.into_iter().map(|(pair, which)| Proposal {
            pair,
            bits: self.weight(pair.0, pair.1).unwrap_or(0.0),
            conflict: Some(which),
        }));
        all.sort_by(|a, b| {
            (b.conflict.is_some().cmp(&a.conflict.is_some()))
                .then(b.bits.total_cmp(&a.bits))
                .then_with(|| self.rank(a.pair).cmp(&self.rank(b.pair)))
        });
        all
    }

    /// The three bands.
    pub fn bands(&self) -> Bands {
        let mut bands = Bands { n_compared: self.n_compared, n_apart: self.n_unlikely, ..Bands::default() };
        let (sure, review) = (bits_of_chance(self.settings.sure), bits_of_chance(self.settings.review));
        let (mut all, mut from_review, mut from_sure) = (self.unlikely_expected, (0.0, 0.0), (0.0, 0.0));
        for link in &self.links {
            let p = chance(link.bits);
            all += p;
            if link.bits >= review {
                from_review = (from_review.0 + p, from_review.1 + 1.0);
            } else {
                bands.n_apart += 1;
            }
            if link.bits >= sure {
                from_sure = (from_sure.0 + p, from_sure.1 + 1.0);
            }
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 1.0 };
        bands.sure_precision = share(from_sure.0, from_sure.1);
        bands.sure_recall = share(from_sure.0, all);
        bands.review_precision = share(from_review.0, from_review.1);
        bands.review_recall = share(from_review.0, all);
        for proposal in self.proposals(self.settings.review) {
            let is_sure = proposal.bits >= sure && proposal.conflict.is_none();
            *(if is_sure { &mut bands.n_sure } else { &mut bands.n_review }) += 1;
        }
        let n_same = self.decisions.values().filter(|verdict| **verdict == Verdict::Same).count() as u64;
        bands.n_decided = (n_same, self.decisions.len() as u64 - n_same);
        bands
    }

    /// Fields of which nothing usable was left, values beyond what a record keeps, joins refused because a
    /// decision keeps their records apart, and times that a record stood in a block too large to compare.
    pub fn left_out(&self) -> (u64, u64, u64, u64) {
        (self.table.n_unusable, self.table.n_beyond, self.clusters.n_refused, self.n_skipped)
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        self.table.n_bytes()
            + self.blocks.n_bytes()
            + self.identifiers.n_bytes()
            + self.links.capacity() * size_of::<Link>()
            + self.clusters.first.capacity() * 4
    }

    fn n_possible_pairs(&self) -> f64 {
        let n = self.table.len() as f64;
        let all = n * (n - 1.0) / 2.0;
        if !self.settings.unique_sources {
            return all;
        }
        let mut by_source: BTreeMap<u16, f64> = BTreeMap::new();
        for source in &self.table.sources {
            *by_source.entry(*source).or_default() += 1.0;
        }
        all - by_source.values().map(|n| n * (n - 1.0) / 2.0).sum::<f64>()
    }

    fn may_compare(&self, (a, b): (u32, u32)) -> bool {
        if self.settings.keys_name_persons && self.table.key_id(a) == self.table.key_id(b) {
            return false;
        }
        !self.settings.unique_sources || self.table.sources[a as usize] != self.table.sources[b as usize]
    }

    fn forget_scores(&mut self) {
        self.links.clear();
        self.patterns.clear();
        (self.n_compared, self.n_skipped, self.n_unlikely, self.unlikely_expected) = (0, 0, 0, 0.0);
    }

    /// Compares records with the model that there is.
    fn score(&mut self, first: u32, end: u32) {
        let Some(model) = self.model.take() else { return };
        let candidates = self.blocks.candidates(&self.table, first, end);
        self.n_skipped += candidates.n_skipped;
        let pairs: Vec<(u32, u32)> =
            candidates.pairs.into_iter().filter(|pair| self.may_compare(*pair)).collect();
        let patterns: Vec<Pattern> = pairs.iter().map(|(a, b)| compare(&self.table, *a, *b)).collect();
        self.keep(&model, &pairs, &patterns);
        self.model = Some(model);
    }

    fn keep(&mut self, model: &Model, pairs: &[(u32, u32)], patterns: &[Pattern]) {
        let min_bits = bits_of_chance(MIN_KEPT_CHANCE);
        self.n_compared += pairs.len() as u64;
        for (&pair, &pattern) in pairs.iter().zip(patterns) {
            let bits = model.weigh_pair(&self.table, pair.0, pair.1, pattern);
            if bits >= min_bits {
                self.links.push(Link { pair, bits });
            } else {
                self.n_unlikely += 1;
                self.unlikely_expected += chance(bits);
            }
        }
        self.links.sort_unstable_by_key(|link| link.pair);
    }

    /// A pair's place in an order that does not depend on when its records came.
    fn rank(&self, (a, b): (u32, u32)) -> (u64, u64) {
        let (a, b) = (self.table.ranks[a as usize], self.table.ranks[b as usize]);
        if a <= b { (a, b) } else { (b, a) }
    }

    /// All joins that are wished, the surest first.
    fn wished(&self) -> Vec<Join> {
        let of = |wanted: Verdict| {
            self.decisions.iter().filter(move |(_, v)| **v == wanted).map(|(pair, _)| *pair)
        };
        let mut accepted: Vec<Join> =
            of(Verdict::Same).map(|pair| Join { pair, cause: Cause::Accepted }).collect();
        accepted.sort_by_key(|join| self.rank(join.pair));
        let mut strong: Vec<(Trait, (u32, u32), u32)> = Vec::new();
        for ((which, value), holders) in &self.identifiers.by_value {
            strong.extend(holders.links.iter().map(|pair| (*which, *pair, *value)));
        }
        // Records of one key have one rank, so that the value has to tell them apart.
        strong.sort_unstable_by(|(which, pair, value), (other, other_pair, other_value)| {
            let texts = || self.table.values.get(*value).cmp(self.table.values.get(*other_value));
            (which, self.rank(*pair))
                .cmp(&(other, self.rank(*other_pair)))
                .then_with(texts)
                .then_with(|| pair.cmp(other_pair))
        });
        let shared = strong.into_iter().map(|(which, pair, _)| Join { pair, cause: Cause::Shared(which) });
        let min_bits = bits_of_chance(self.settings.sure);
        let mut weighed: Vec<Link> = if self.settings.automatic { self.links.clone() } else { Vec::new() };
        weighed.retain(|link| link.bits >= min_bits);
        weighed.sort_by(|a, b| {
            b.bits.total_cmp(&a.bits).then_with(|| self.rank(a.pair).cmp(&self.rank(b.pair)))
        });
        let weighed =
            weighed.into_iter().map(|link| Join { pair: link.pair, cause: Cause::Weight(link.bits) });
        self.of_one_key().chain(accepted).chain(shared).chain(weighed).collect()
    }

    /// Joins of records with one key, each with the first of them; none where keys are those of a source.
    fn of_one_key(&self) -> impl Iterator<Item = Join> {
        let mut first_of: HashMap<u32, u32> = HashMap::new();
        let n = if self.settings.keys_name_persons { self.n_records() } else { 0 };
        (0_u32..).take(n).filter_map(move |record| {
            let first = *first_of.entry(self.table.key_id(record)).or_insert(record);
            (first != record).then_some(Join { pair: (first, record), cause: Cause::Key })
        })
    }

    fn recluster(&mut self) {
        let joins = self.wished();
        let apart: BTreeSet<(u32, u32)> =
            self.decisions.iter().filter(|(_, v)| **v == Verdict::Apart).map(|(pair, _)| *pair).collect();
        let wishes = Wishes {
            n_records: self.table.len(),
            joins: &joins,
            apart: &apart,
            unique_sources: self.settings.unique_sources.then_some(self.table.sources.as_slice()),
        };
        let weigh = |a: u32, b: u32| self.weight(a, b).unwrap_or(f64::NEG_INFINITY);
        self.clusters = cluster::form(&wishes, &weigh);
    }
}

/// The way from one record to another along joins, which form a tree.
fn path(joins: &[Join], from: u32, to: u32) -> Vec<Join> {
    let mut came_by: BTreeMap<u32, Join> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        for join in joins.iter().filter(|join| join.pair.0 == at || join.pair.1 == at) {
            let next = if join.pair.0 == at { join.pair.1 } else { join.pair.0 };
            if next != from && !came_by.contains_key(&next) {
                came_by.insert(next, *join);
                queue.push_back(next);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some(join) = came_by.get(&at).filter(|_| at != from) {
        way.push(*join);
        at = if join.pair.0 == at { join.pair.1 } else { join.pair.0 };
    }
    way.reverse();
    way
}
