//! How m, u and the prior are learned from the records themselves, without any label.
//!
//! Over all pairs, the share that agrees at a level is a mixture: λ·m + (1 − λ)·u.
//! The share is counted from pairs taken at random (equality exactly, from how often each value occurs), m and λ come
//! from expectation and maximisation over the pairs that blocking found, all other pairs counting as two persons; what the
//! matches explain is taken out of the share, and u is left.
//!
//! # Reference
//! Winkler (1988), Using the EM Algorithm for Weight Computation in the Fellegi–Sunter Model; u from random pairs as
//! in splink. Taking the matches out of the random pairs is ours: where one pair in 250 is a match, they
//! would otherwise be nearly all of the pairs with the same address.

use crate::levels::{Level, Pattern, compare};
use crate::model::{self, Model};
use crate::{Trait, chance, table::Table};
use std::collections::BTreeMap;

/// Pairs taken at random; below this many pairs, all are counted.
const N_RANDOM: u64 = 400_000;
/// Rounds of expectation and maximisation, at most.
const MAX_ROUNDS: usize = 60;
/// Pairs of one person as which the assumed m counts.
const M_PAIRS: f64 = 4.0;
/// Pairs of two persons as which the assumed u counts.
const U_PAIRS: f64 = 400.0;
/// Part of the share of equal pairs that is left to chance at least.
const MIN_CHANCE_PART: f64 = 0.02;
/// The same of pairs that are only alike, whose share is an estimate.
const MIN_ALIKE_PART: f64 = 0.2;

/// Patterns of the pairs that blocking found, with how often each occurs, and pairs that a person decided about.
pub(crate) struct Evidence<'a> {
    /// Undecided pairs by pattern.
    pub(crate) patterns: &'a BTreeMap<Pattern, f64>,
    /// Decided pairs: pattern, and whether it is one person.
    pub(crate) decided: &'a [(Pattern, bool)],
    /// Number of pairs that there are at all.
    pub(crate) n_all: f64,
}

/// Learns the model of a table's records.
pub(crate) fn estimate(table: &Table, evidence: &Evidence<'_>, across_only: bool) -> Model {
    let assumed = model::assumed();
    let shares = shares(table, &assumed, across_only);
    let n_records = table.len().max(2) as f64;
    let mut model = Model { prior: (0.2 * n_records / evidence.n_all.max(1.0)).min(0.2), ..assumed.clone() };
    for which in Trait::ALL {
        model.comparisons[which.index()].u = shares[which.index()];
    }
    for _ in 0..MAX_ROUNDS {
        let next = round(&model, &assumed, &shares, evidence);
        let change = (next.prior / model.prior).ln().abs();
        model = next;
        if change < 1e-4 {
            break;
        }
    }
    model.taught_bits = taught(&model, evidence.decided);
    model
}

/// One round: how likely each pattern is one person, and what follows from it.
fn round(
    model: &Model,
    assumed: &Model,
    shares: &[[f64; Level::N]; Trait::N],
    evidence: &Evidence<'_>,
) -> Model {
    let mut next = model.clone();
    let mut counts = [[0.0; Level::N]; Trait::N];
    let mut n_matches = 0.0;
    let undecided =
        evidence.patterns.iter().map(|(pattern, n)| (*pattern, n * chance(model.weigh(*pattern))));
    let decided = evidence.decided.iter().map(|(pattern, same)| (*pattern, f64::from(u8::from(*same))));
    for (pattern, expected) in undecided.chain(decided) {
        n_matches += expected;
        for which in Trait::ALL {
            counts[which.index()][pattern.level(which) as usize] += expected;
        }
    }
    next.prior = (n_matches / evidence.n_all.max(1.0)).clamp(1e-12, 0.5);
    for which in Trait::ALL {
        let at = which.index();
        let counted = &counts[at];
        let n: f64 = counted[1..].iter().sum();
        let (m, u) = (&mut next.comparisons[at].m, &mut next.comparisons[at].u);
        for level in Level::COUNTED.map(|level| level as usize) {
            m[level] = (counted[level] + M_PAIRS * assumed.comparisons[at].m[level]) / (n + M_PAIRS);
            let by_chance = (shares[at][level] - next.prior * m[level]) / (1.0 - next.prior);
            let least = if level == Level::Same as usize { MIN_CHANCE_PART } else { MIN_ALIKE_PART };
            u[level] = by_chance.max(shares[at][level] * least);
        }
        // Being alike never says more than being equal, however rare it was among the pairs taken at random.
        let most = m[Level::Same as usize] / u[Level::Same as usize];
        for level in [Level::Alias, Level::Close, Level::Alike].map(|level| level as usize) {
            u[level] = u[level].max(m[level] / most);
        }
    }
    next
}

/// The share of all pairs at each level, both having the trait.
fn shares(table: &Table, assumed: &Model, across_only: bool) -> [[f64; Level::N]; Trait::N] {
    let mut counts = [[0_u32; Level::N]; Trait::N];
    for (a, b) in random_pairs(table, across_only) {
        let pattern = compare(table, a, b);
        for which in Trait::ALL {
            counts[which.index()][pattern.level(which) as usize] += 1;
        }
    }
    let mut shares = [[0.0; Level::N]; Trait::N];
    for which in Trait::ALL {
        let at = which.index();
        let n: f64 = counts[at][1..].iter().map(|n| f64::from(*n)).sum();
        for level in Level::COUNTED.map(|level| level as usize) {
            let seen = f64::from(counts[at][level]);
            shares[at][level] = (seen + U_PAIRS * assumed.comparisons[at].u[level]) / (n + U_PAIRS);
        }
        // Equality is rare and needs no sample: it follows from how often each value occurs.
        let n_filled = f64::from(table.n_filled(which));
        let n_pairs = n_filled * (n_filled - 1.0) / 2.0;
        let same: f64 = table.frequencies(which).map(|n| f64::from(n) * (f64::from(n) - 1.0) / 2.0).sum();
        let assumed_same = assumed.comparisons[at].u[Level::Same as usize];
        if n_filled >= 2.0 {
            shares[at][Level::Same as usize] = (same + U_PAIRS * assumed_same) / (n_pairs + U_PAIRS);
        }
    }
    shares
}

/// Pairs taken at random, or all when they are few; the same for the same records in whatever order they came.
fn random_pairs(table: &Table, across_only: bool) -> Vec<(u32, u32)> {
    let mut records: Vec<u32> = (0..).take(table.len()).collect();
    records.sort_by_key(|record| table.ranks[*record as usize]);
    let n = records.len() as u64;
    let fits =
        |a: u32, b: u32| a != b && !(across_only && table.sources[a as usize] == table.sources[b as usize]);
    if n * n.saturating_sub(1) / 2 <= N_RANDOM {
        let pairs = records.iter().enumerate().flat_map(|(i, a)| records[..i].iter().map(|b| (*a, *b)));
        return pairs.filter(|(a, b)| fits(*a, *b)).collect();
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // SplitMix64, whose constants these are.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n).unwrap_or(0)
    };
    (0..N_RANDOM).map(|_| (records[next()], records[next()])).filter(|(a, b)| fits(*a, *b)).collect()
}

/// What to add to every weight so that decided pairs are as likely as they were decided, in bits.
///
/// One step up or down is estimated by logistic regression; a normal prior of two bits keeps few decisions from
/// moving everything.
fn taught(model: &Model, decided: &[(Pattern, bool)]) -> f64 {
    const PRIOR_BITS: f64 = 2.0;
    let mut shift = 0.0;
    for _ in 0..20 {
        let (mut slope, mut curve) = (-shift / (PRIOR_BITS * PRIOR_BITS), -1.0 / (PRIOR_BITS * PRIOR_BITS));
        for (pattern, same) in decided {
            let p = chance(model.weigh(*pattern) + shift);
            slope += (f64::from(u8::from(*same)) - p) * std::f64::consts::LN_2;
            curve -= p * (1.0 - p) * std::f64::consts::LN_2 * std::f64::consts::LN_2;
        }
        let step: f64 = slope / curve;
        shift -= step.clamp(-4.0, 4.0);
        if step.abs() < 1e-9 {
            break;
        }
    }
    shift
}
