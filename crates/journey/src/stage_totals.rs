//! Cases by stage: who reached it, and whose journey ended in it.

use crate::StagePlan;
use crate::follows::Sign;
use event::{CaseEvents, Store};

/// Distinct cases that reach each stage and that end in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageTotals {
    stage_of: Vec<u8>,
    n_cases: Vec<u64>,
    n_ended: Vec<u64>,
}

impl StageTotals {
    /// Most stages a plan may have: one bit each while a case is counted.
    pub const MAX_STAGES: usize = 32;

    /// Counts all cases of the store under a plan. Costs O(events).
    pub fn from_scratch(store: &Store, plan: &StagePlan) -> Self {
        let n = plan.names.len().min(Self::MAX_STAGES);
        let mut totals = Self { stage_of: stages_of(plan), n_cases: vec![0; n], n_ended: vec![0; n] };
        for (_, events) in store.cases() {
            totals.apply(events, Sign::Add);
        }
        totals
    }

    /// Whether these totals were counted under the same assignments.
    pub(crate) fn fits(&self, plan: &StagePlan) -> bool {
        self.n_cases.len() == plan.names.len() && self.stage_of == stages_of(plan)
    }

    /// Makes room for activities that were not there before, as the plan assigns them.
    pub(crate) fn extend(&mut self, plan: &StagePlan) {
        let all = stages_of(plan);
        self.stage_of.extend_from_slice(all.get(self.stage_of.len()..).unwrap_or(&[]));
    }

    pub(crate) fn apply(&mut self, events: CaseEvents<'_>, sign: Sign) {
        let mut reached = 0_u32;
        for &activity in events.activities() {
            reached |= 1 << self.stage_of[activity as usize];
        }
        if let Some(&last) = events.activities().last() {
            sign.apply(&mut self.n_ended[self.stage_of[last as usize] as usize], 1);
        }
        while reached != 0 {
            sign.apply(&mut self.n_cases[reached.trailing_zeros() as usize], 1);
            reached &= reached - 1;
        }
    }

    /// Cases with an event in the stage.
    pub fn n_cases(&self, stage: usize) -> u64 {
        self.n_cases.get(stage).copied().unwrap_or(0)
    }

    /// Cases whose last event is in the stage.
    pub fn n_ended(&self, stage: usize) -> u64 {
        self.n_ended.get(stage).copied().unwrap_or(0)
    }
}

fn stages_of(plan: &StagePlan) -> Vec<u8> {
    let last = plan.names.len().min(StageTotals::MAX_STAGES).saturating_sub(1);
    plan.assignments.iter().map(|a| u8::try_from(a.stage.min(last)).unwrap_or(0)).collect()
}
