//! One unit's way through a funnel: which of its events are the steps.

use crate::funnel::{FunnelEntry, StepOrder};

/// How steps must follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptRule {
    pub(crate) order: StepOrder,
    pub(crate) entry: FunnelEntry,
    /// Longest time from the first step to any other.
    pub(crate) window_micros: i64,
    /// At most 64.
    pub(crate) n_steps: usize,
}

/// Finds attempts; the buffers are used again for every unit.
#[derive(Debug)]
pub(crate) struct AttemptFinder {
    rule: AttemptRule,
    /// Positions of the chosen events, one for every step reached.
    chosen: Vec<usize>,
    /// For the best entry: by step, the positions of a chain of events that ends with it.
    chains: Vec<usize>,
    /// For any order: by step, the steps that the event holding it could be; 0 where free.
    holders: Vec<u64>,
    candidate: Vec<usize>,
}

/// Marks a step that no chain has reached.
const NOT_REACHED: usize = usize::MAX;

impl AttemptFinder {
    pub(crate) fn new(rule: AttemptRule) -> Self {
        Self {
            rule,
            chosen: Vec::new(),
            chains: vec![NOT_REACHED; rule.n_steps * rule.n_steps],
            holders: vec![0; rule.n_steps],
            candidate: Vec::new(),
        }
    }

    /// The positions of the events that are the steps, in order of time; as many as steps were reached.
    ///
    /// `starts` are the events' times, ascending; `bits(i)` has bit `j` where event `i` can be step `j`.
    pub(crate) fn find(&mut self, starts: &[i64], bits: impl Fn(usize) -> u64) -> &[usize] {
        self.chosen.clear();
        if self.rule.n_steps > 0 {
            match (self.rule.order, self.rule.entry) {
                (StepOrder::Ordered, FunnelEntry::First) => self.ordered_first(starts, bits),
                (StepOrder::Ordered, FunnelEntry::Best) => self.ordered_best(starts, bits),
                (StepOrder::Strict, _) => self.strict(starts, bits),
                (StepOrder::Any, _) => self.any_order(starts, bits),
            }
        }
        &self.chosen
    }

    /// From the first event that can be the first step, each next step as early as possible.
    fn ordered_first(&mut self, starts: &[i64], bits: impl Fn(usize) -> u64) {
        let Some(entry) = (0..starts.len()).find(|&i| bits(i) & 1 == 1) else {
            return;
        };
        self.chosen.push(entry);
        let limit = starts[entry].saturating_add(self.rule.window_micros);
        let mut wanted = 1;
        for (i, &start) in starts.iter().enumerate().skip(entry + 1) {
            if wanted == self.rule.n_steps || start > limit {
                return;
            }
            if bits(i) >> wanted & 1 == 1 {
                self.chosen.push(i);
                wanted += 1;
            }
        }
    }

    /// For every step the chain with the latest entry, which is the one that has the most time left.
    fn ordered_best(&mut self, starts: &[i64], bits: impl Fn(usize) -> u64) {
        let k = self.rule.n_steps;
        for step in 0..k {
            self.chains[step * k] = NOT_REACHED;
        }
        for (i, &start) in starts.iter().enumerate() {
            let mut left = bits(i);
            // Later steps first, so that one event is not two steps of a chain.
            while left != 0 {
                let step = 63 - left.leading_zeros() as usize;
                left &= !(1 << step);
                if !self.extend_chain(step, i, start, starts) {
                    continue;
                }
                if step >= self.chosen.len() {
                    self.chosen.clear();
                    self.chosen.extend_from_slice(&self.chains[step * k..=step * k + step]);
                }
                if step + 1 == k {
                    return;
                }
            }
        }
    }

    /// Ends the chain of the step before with event `i`, if it has a later entry than this step's chain.
    fn extend_chain(&mut self, step: usize, i: usize, start: i64, starts: &[i64]) -> bool {
        let k = self.rule.n_steps;
        if step == 0 {
            self.chains[0] = i;
            return true;
        }
        let (entry, own) = (self.chains[(step - 1) * k], self.chains[step * k]);
        if entry == NOT_REACHED || (own != NOT_REACHED && entry <= own) {
            return false;
        }
        if start.saturating_sub(starts[entry]) > self.rule.window_micros {
            return false;
        }
        // So few are moved that a call to move them would cost more.
        let (before, own) = self.chains.split_at_mut(step * k);
        for (own, before) in own.iter_mut().zip(&before[(step - 1) * k..(step - 1) * k + step]) {
            *own = *before;
        }
        own[step] = i;
        true
    }

    /// Steps must be neighbours. Of several entries the deepest, then the earliest.
    fn strict(&mut self, starts: &[i64], bits: impl Fn(usize) -> u64) {
        for entry in (0..starts.len()).filter(|&i| bits(i) & 1 == 1) {
            let limit = starts[entry].saturating_add(self.rule.window_micros);
            let reaches = |step: &usize| {
                let i = entry + step;
                i < starts.len() && starts[i] <= limit && bits(i) >> step & 1 == 1
            };
            let depth = (0..self.rule.n_steps).take_while(reaches).count();
            if depth > self.chosen.len() {
                self.chosen.clear();
                self.chosen.extend(entry..entry + depth);
            }
            if self.rule.entry == FunnelEntry::First || depth == self.rule.n_steps {
                return;
            }
        }
    }

    /// From an entry, every event that lets one more step be reached. Of several entries the deepest, then the one that
    /// is complete first, then the latest.
    fn any_order(&mut self, starts: &[i64], bits: impl Fn(usize) -> u64) {
        let mut last_entry = starts.len();
        for entry in (0..starts.len()).filter(|&i| bits(i) != 0) {
            if entry > last_entry {
                return;
            }
            let saw_everything = self.any_order_from(entry, starts, &bits);
            let found = (self.candidate.len(), self.candidate.last());
            let best = (self.chosen.len(), self.chosen.last());
            if found.0 > best.0 || (found.0 == best.0 && found.1 <= best.1) {
                std::mem::swap(&mut self.chosen, &mut self.candidate);
            }
            if self.rule.entry == FunnelEntry::First {
                return;
            }
            // No later entry can be deeper; only one that is complete as early remains of interest.
            if saw_everything || self.chosen.len() == self.rule.n_steps {
                last_entry = last_entry.min(self.chosen.last().copied().unwrap_or(entry));
            }
        }
    }

    /// Fills the candidate; returns whether the events ended before the window.
    fn any_order_from(&mut self, entry: usize, starts: &[i64], bits: impl Fn(usize) -> u64) -> bool {
        self.candidate.clear();
        self.holders.fill(0);
        let limit = starts[entry].saturating_add(self.rule.window_micros);
        for (i, &start) in starts.iter().enumerate().skip(entry) {
            if start > limit {
                return false;
            }
            let steps = bits(i);
            if steps != 0 && take_step(steps, &mut self.holders, &mut 0) {
                self.candidate.push(i);
                if self.candidate.len() == self.rule.n_steps {
                    return false;
                }
            }
        }
        true
    }
}

/// Gives one of its possible steps to an event, moving other events to other steps of theirs where that makes room.
///
/// # Reference
/// H. W. Kuhn's augmenting paths; taken in order of time they give the earliest moment for every number of steps, since
/// sets of events that can hold distinct steps are a matroid.
fn take_step(steps: u64, holders: &mut [u64], tried: &mut u64) -> bool {
    loop {
        let left = steps & !*tried;
        if left == 0 {
            return false;
        }
        let step = left.trailing_zeros() as usize;
        *tried |= 1 << step;
        let holder = holders[step];
        if holder == 0 || take_step(holder, holders, tried) {
            holders[step] = steps;
            return true;
        }
    }
}
