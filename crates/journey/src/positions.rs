//! Where in the journey an activity typically lies.

use crate::follows::Sign;
use event::{CaseEvents, Store};

/// Bins of the relative position, from the first event of a case (0) to the last (`N_BINS - 1`).
pub const N_BINS: usize = 20;

/// For every activity, how many of its occurrences lie in each twentieth of their case.
///
/// The relative position of event `i` of `n` is `i / (n − 1)`; a case of one event has no before and after and counts
/// in the first bin.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    bins: Vec<[u64; N_BINS]>,
}

impl Positions {
    /// Counts all cases of the store. Costs O(events).
    pub fn from_scratch(store: &Store) -> Self {
        let mut positions = Self::default();
        positions.grow(store.activities().len());
        for (_, events) in store.cases() {
            positions.apply(events, Sign::Add);
        }
        positions
    }

    pub(crate) fn grow(&mut self, n_activities: usize) {
        self.bins.resize(n_activities, [0; N_BINS]);
    }

    pub(crate) fn apply(&mut self, events: CaseEvents<'_>, sign: Sign) {
        let activities = events.activities();
        let last = activities.len().saturating_sub(1).max(1);
        // The bin of event i is i · N_BINS / last, kept with its remainder, since divisions are slow.
        let (step, step_rest) = (N_BINS / last, N_BINS % last);
        let (mut bin, mut rest) = (0, 0);
        for &activity in activities {
            if let Some(count) = self.bins[activity as usize].get_mut(bin.min(N_BINS - 1)) {
                sign.apply(count, 1);
            }
            bin += step;
            rest += step_rest;
            if rest >= last {
                rest -= last;
                bin += 1;
            }
        }
    }

    /// Occurrences of an activity by bin.
    pub fn bins(&self, activity: u32) -> [u64; N_BINS] {
        self.bins.get(activity as usize).copied().unwrap_or([0; N_BINS])
    }

    /// Mean relative position of an activity, 0 (always first) to 1 (always last); 0 when it does not occur.
    pub fn mean_ratio(&self, activity: u32) -> f64 {
        mean_of(&self.bins(activity))
    }
}

/// Mean position of binned occurrences, 0…1, taking each bin at its share of the way.
#[expect(clippy::cast_precision_loss, reason = "a position within a hundredth is enough")]
fn mean_of(bins: &[u64; N_BINS]) -> f64 {
    let n: u64 = bins.iter().sum();
    if n == 0 {
        return 0.0;
    }
    let weighted: u64 = bins.iter().zip(0_u64..).map(|(count, bin)| count * bin).sum();
    weighted as f64 / (n * (N_BINS as u64 - 1)) as f64
}
