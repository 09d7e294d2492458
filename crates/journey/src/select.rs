//! The cases behind a mark.

use crate::{StagePlan, Variants};
use event::Store;

/// A mark whose cases are wanted; activities by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every case.
    All,
    /// Cases with any of these activities.
    Activities(Vec<u32>),
    /// Cases in which one of `from` is directly followed by one of `to`; an empty side is the start or end of the case.
    Edge {
        /// Activities before.
        from: Vec<u32>,
        /// Activities after.
        to: Vec<u32>,
    },
    /// Cases with exactly this trace.
    Variant(Vec<u32>),
    /// Cases with an activity in the stage.
    Stage(usize),
    /// Cases whose last activity is in the stage.
    EndedInStage(usize),
}

/// Lists the cases behind a selection, ascending by number. Costs O(events) at most.
pub fn cases_behind(store: &Store, variants: &Variants, plan: &StagePlan, selection: &Selection) -> Vec<u32> {
    let n = store.activities().len();
    let in_stage = |stage: usize| (0_u32..).take(n).map(|a| plan.stage_of(a) == stage).collect::<Vec<bool>>();
    match selection {
        Selection::All => matching(store, |_| true),
        Selection::Activities(wanted) => {
            let wanted = marks(n, wanted);
            matching(store, |trace| trace.iter().any(|&a| wanted[a as usize]))
        }
        Selection::Edge { from, to } => {
            let (before, after) = (marks(n, from), marks(n, to));
            let is = |set: &[bool], activity: Option<&u32>| activity.is_some_and(|&a| set[a as usize]);
            matching(store, |trace| match (from.is_empty(), to.is_empty()) {
                (true, _) => is(&after, trace.first()),
                (false, true) => is(&before, trace.last()),
                (false, false) => trace.windows(2).any(|p| before[p[0] as usize] && after[p[1] as usize]),
            })
        }
        Selection::Variant(trace) => match variants.find(trace) {
            None => Vec::new(),
            Some(variant) => store
                .cases()
                .map(|(case, _)| case)
                .filter(|&case| variants.variant_of(case) == Some(variant))
                .collect(),
        },
        Selection::Stage(stage) => {
            let wanted = in_stage(*stage);
            matching(store, |trace| trace.iter().any(|&a| wanted[a as usize]))
        }
        Selection::EndedInStage(stage) => {
            let wanted = in_stage(*stage);
            matching(store, |trace| trace.last().is_some_and(|&a| wanted[a as usize]))
        }
    }
}

fn matching(store: &Store, keep: impl Fn(&[u32]) -> bool) -> Vec<u32> {
    store.cases().filter(|(_, events)| keep(events.activities())).map(|(case, _)| case).collect()
}

fn marks(n_activities: usize, wanted: &[u32]) -> Vec<bool> {
    let mut marks = vec![false; n_activities];
    for &activity in wanted {
        if let Some(mark) = marks.get_mut(activity as usize) {
            *mark = true;
        }
    }
    marks
}
