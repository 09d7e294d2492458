//! In how many cases something happens how often, so that the most in one case can be told after cases have gone.

use crate::follows::Sign;
use std::collections::BTreeMap;

/// Cases by how often it happens in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Multiplicity {
    /// Nearly always it is once.
    n_once: u64,
    n_more: BTreeMap<u64, u64>,
}

impl Multiplicity {
    /// Notes a case in which it happens so often; never is not noted.
    pub(crate) fn note(&mut self, n_in_case: u64) {
        match n_in_case {
            0 => (),
            1 => self.n_once += 1,
            n => *self.n_more.entry(n).or_default() += 1,
        }
    }

    /// Cases in which it happens.
    pub(crate) fn n_cases(&self) -> u64 {
        self.n_once + self.n_cases_repeated()
    }

    /// Cases in which it happens more than once.
    pub(crate) fn n_cases_repeated(&self) -> u64 {
        self.n_more.values().sum()
    }

    /// How often it happens in the case with most.
    pub(crate) fn max_in_one_case(&self) -> u64 {
        let most = self.n_more.iter().rev().find(|(_, cases)| **cases > 0);
        most.map_or(u64::from(self.n_once > 0), |(n, _)| *n)
    }

    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply(&mut self.n_once, part.n_once);
        for (n, cases) in part.n_more {
            sign.apply(self.n_more.entry(n).or_default(), cases);
        }
        self.n_more.retain(|_, cases| *cases > 0);
    }

    pub(crate) fn n_bytes(&self) -> usize {
        size_of::<Self>() + self.n_more.len() * 4 * size_of::<u64>()
    }
}
