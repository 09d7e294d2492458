//! Which events of a unit are the steps of a funnel, under everything that is asked of them together.

use crate::attempt::AttemptFinder;
use crate::funnel::{Attribute, FunnelPlan, StepOrder};
use crate::units::UnitEvents;

/// Most attributes that are held the same.
pub(crate) const MAX_HELD: usize = 3;

/// Values of the held attributes.
type Key = [Option<u32>; MAX_HELD];

/// Chooses events; the buffers are used again for every unit.
#[derive(Debug)]
pub(crate) struct Chooser {
    finder: AttemptFinder,
    /// By event of the unit's range: the steps it can be.
    bits: Vec<u64>,
    keys: Vec<Key>,
    distinct: Vec<Key>,
    best: Vec<usize>,
}

/// What was chosen.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    /// The events that are the steps, by position in the unit's range; none when it never entered.
    Taken(&'a [usize]),
    /// The very first time of the first step was before the range.
    Before,
}

impl Chooser {
    pub(crate) fn new(plan: &FunnelPlan) -> Self {
        Self {
            finder: AttemptFinder::new(plan.rule),
            bits: Vec::new(),
            keys: Vec::new(),
            distinct: Vec::new(),
            best: Vec::new(),
        }
    }

    pub(crate) fn choose(&mut self, unit: &UnitEvents<'_>, plan: &FunnelPlan) -> Choice<'_> {
        let starts = &unit.starts[unit.range.clone()];
        if !plan.is_conditional() {
            let activities = &unit.activities[unit.range.clone()];
            return Choice::Taken(match plan.asks_for_channels() {
                false => self.finder.find(starts, |i| plan.activity_bits(activities[i])),
                true => self.finder.find(starts, |i| plan.bits(unit, unit.range.start + i)),
            });
        }
        self.bits.clear();
        self.bits.extend(unit.range.clone().map(|i| plan.bits(unit, i)));
        if plan.is_first_ever && !self.keep_first_ever(unit, plan) {
            return Choice::Before;
        }
        if plan.hold.is_empty() {
            let bits = &self.bits;
            return Choice::Taken(self.finder.find(starts, |i| bits[i]));
        }
        self.choose_held(unit, &plan.hold);
        Choice::Taken(&self.best)
    }

    /// Leaves the very first event that could be the entry as the only one; false when it lies before the range.
    fn keep_first_ever(&mut self, unit: &UnitEvents<'_>, plan: &FunnelPlan) -> bool {
        let is_entry = |i: &usize| plan.activity_bits(unit.activities[*i]) & plan.entry_bits() != 0;
        let Some(first) = (0..unit.range.end).find(is_entry) else {
            return true;
        };
        let Some(first) = first.checked_sub(unit.range.start) else {
            return false;
        };
        // In any order the first is the entry anyway, and what comes later may well be the first of the list.
        if plan.rule.order != StepOrder::Any {
            self.bits.iter_mut().skip(first + 1).for_each(|bits| *bits &= !1);
        }
        true
    }

    /// Of all values, those with which it gets furthest; of several those with which it gets there first.
    fn choose_held(&mut self, unit: &UnitEvents<'_>, hold: &[Attribute]) {
        self.keys.clear();
        self.keys.extend(unit.range.clone().map(|i| {
            let mut key = Key::default();
            for (value, attribute) in key.iter_mut().zip(hold) {
                *value = unit.value(*attribute, i);
            }
            key
        }));
        self.distinct.clear();
        let possible = self.keys.iter().zip(&self.bits).filter(|(_, bits)| **bits != 0);
        self.distinct.extend(possible.map(|(key, _)| *key));
        self.distinct.sort_unstable();
        self.distinct.dedup();
        self.best.clear();
        let (bits, keys) = (&self.bits, &self.keys);
        for wanted in &self.distinct {
            let of_key = |i: usize| if keys[i] == *wanted { bits[i] } else { 0 };
            let found = self.finder.find(&unit.starts[unit.range.clone()], of_key);
            let is_better = found.len() > self.best.len()
                || (found.len() == self.best.len() && found.last() < self.best.last());
            if is_better {
                self.best.clear();
                self.best.extend_from_slice(found);
            }
        }
    }
}
