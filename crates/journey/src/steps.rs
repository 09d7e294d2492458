//! The step matrix: what share of cases is at which activity at each step.

use crate::basis::{Basis, ratio};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::issue::Issue;
use crate::kept::{Counted, Tally};
use crate::query::Scope;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::transitions::Place;
use crate::units::{cases_with_unit, each_unit};
use event::Store;
use std::collections::BTreeMap;

/// What steps are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepAnchor {
    /// Activities right after one another, by name, at least one; step 0 is the first of them.
    pub activities: Vec<String>,
    /// Which occurrence in a case is taken.
    pub occurrence: Occurrence,
}

/// Which of several occurrences in a case is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occurrence {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
}

impl Occurrence {
    /// Where these activities stand right after one another in a trace; `wanted` is not empty.
    fn find(self, wanted: &[u32], trace: &[u32]) -> Option<usize> {
        let mut windows = trace.windows(wanted.len());
        match self {
            Self::First => windows.position(|window| window == wanted),
            Self::Last => windows.rposition(|window| window == wanted),
        }
    }
}

/// Which steps are shown, counted from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSpec {
    /// Last step shown, counted from the first event as 1, or from the anchor as 0.
    pub n_steps: u32,
    /// Steps shown before an anchor; without anchors there are none.
    pub n_steps_before: u32,
    /// One block of the matrix for each; none for a single block counted from the first event.
    pub anchors: Vec<StepAnchor>,
}

impl StepSpec {
    /// Most steps on either side; more are cut to this.
    pub const MAX_STEPS: u32 = 1_000;
}

impl Default for StepSpec {
    /// Ten steps from the first event.
    fn default() -> Self {
        Self { n_steps: 10, n_steps_before: 0, anchors: Vec::new() }
    }
}

/// A step matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepMatrix {
    /// One block for each anchor, in their order; a single one without anchors.
    pub blocks: Vec<StepBlock>,
    /// Anchors that make no sense; their blocks are empty.
    pub issues: Vec<Issue>,
    /// Names of anchors that the store doesn't have; their blocks are empty.
    pub unknown: Vec<UnknownName>,
}

/// One block of a step matrix: all its steps are counted from the same anchor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepBlock {
    /// The step of the first column: 1 from the first event, negative or 0 around an anchor.
    pub first_step: i64,
    /// Number of columns.
    pub n_steps: usize,
    /// Units and events used, and left out: units without the anchor are no part of any share.
    pub basis: Basis,
    /// Rows by place, only those that occur: start, activities by number, end.
    pub rows: Vec<StepRow>,
}

/// One row of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    /// Where the cases are; [`Place::Start`] before their first event, [`Place::End`] after their last.
    pub place: Place,
    /// Units that are there, by column.
    pub n_cases: Vec<u64>,
    /// Those over the block's units, by column; over all rows they add up to 1, in an empty block to 0.
    pub shares: Vec<f64>,
}

/// The difference of two step matrices of the same spec.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepMatrixDifference {
    /// One list of rows for each block.
    pub blocks: Vec<Vec<StepMatrixDifferenceRow>>,
}

/// One row of a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct StepMatrixDifferenceRow {
    /// Where the cases are.
    pub place: Place,
    /// First share minus second, by column, −1 to 1; over all rows they add up to 0 when neither block is empty.
    pub differences: Vec<f64>,
}

/// Counts where a scope's units are at each step. Costs O(events · anchors) and O(cases · steps).
///
/// # Reference
/// Step matrix of retentioneering 5: cell (e, k) is the share of cases whose k-th event is e. We differ: without
/// anchors there is no column of the virtual start.
pub fn step_matrix(store: &Store, scope: &Scope<'_>, spec: &StepSpec) -> StepMatrix {
    spec.count(store, scope)
}

impl Counted for StepSpec {
    type Tally = StepTally;
    type Figures = StepMatrix;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&StepTally>) -> StepTally {
        let (first, last) = self.bounds();
        let n_steps = usize::try_from(last - first + 1).unwrap_or(0);
        let count = |position: &dyn Fn(&[u32]) -> Option<usize>| {
            BlockTally::of(store, scope, position, first, n_steps)
        };
        if self.anchors.is_empty() {
            return StepTally(vec![count(&|trace| (!trace.is_empty()).then_some(0))]);
        }
        let of_anchor = |anchor: &StepAnchor| {
            let wanted = anchor.find(&mut Resolver::new(store));
            count(&|trace| anchor.occurrence.find(wanted.as_ref()?, trace))
        };
        StepTally(self.anchors.iter().map(of_anchor).collect())
    }

    fn figures(&self, store: &Store, _scope: &Scope<'_>, tally: &StepTally) -> StepMatrix {
        let mut names = Resolver::new(store);
        for anchor in &self.anchors {
            anchor.find(&mut names);
        }
        let first = self.bounds().0;
        let is_empty = |anchor: &&StepAnchor| anchor.activities.is_empty();
        let empty = self.anchors.iter().filter(is_empty);
        StepMatrix {
            blocks: tally.0.iter().map(|block| block.block(first)).collect(),
            issues: empty.map(|_| Issue::EmptyAnchor).collect(),
            unknown: names.into_unknown(),
        }
    }
}

impl StepSpec {
    /// The first and the last step shown.
    fn bounds(&self) -> (i64, i64) {
        let before =
            if self.anchors.is_empty() { -1 } else { i64::from(self.n_steps_before.min(Self::MAX_STEPS)) };
        (-before, i64::from(self.n_steps.min(Self::MAX_STEPS)))
    }
}

impl StepAnchor {
    /// The activities by number, where the store knows all and there is one.
    fn find(&self, names: &mut Resolver<'_>) -> Option<Vec<u32>> {
        let known: Vec<Option<u32>> =
            self.activities.iter().map(|name| names.find(NameKind::Activity, name)).collect();
        known.into_iter().collect::<Option<Vec<u32>>>().filter(|wanted| !wanted.is_empty())
    }
}

/// What units contribute to a step matrix, block by block.
#[derive(Debug)]
pub struct StepTally(Vec<BlockTally>);

impl Tally for StepTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        for (own, part) in self.0.iter_mut().zip(part.0) {
            own.basis.absorb(part.basis, sign);
            for (place, counts) in part.rows {
                let row = own.rows.entry(place).or_insert_with(|| vec![0; counts.len()]);
                row.iter_mut().zip(counts).for_each(|(n, part)| sign.apply(n, part));
            }
        }
    }

    fn n_bytes(&self) -> usize {
        let of_row = |row: &Vec<u64>| (row.capacity() + 4) * size_of::<u64>();
        self.0.iter().flat_map(|block| block.rows.values().map(of_row)).sum()
    }
}

/// Subtracts, cell by cell, the second matrix from the first; rows that occur in either.
///
/// Both must come from the same store and spec: blocks beyond the shorter list are left out, columns that are missing
/// count as 0.
pub fn step_matrix_difference(first: &StepMatrix, second: &StepMatrix) -> StepMatrixDifference {
    let difference = |(a, b): (&StepBlock, &StepBlock)| {
        let n_steps = a.n_steps.max(b.n_steps);
        let mut rows: BTreeMap<Place, Vec<f64>> = BTreeMap::new();
        for (block, sign) in [(a, 1.0), (b, -1.0)] {
            for row in &block.rows {
                let sums = rows.entry(row.place).or_insert_with(|| vec![0.0; n_steps]);
                for (sum, share) in sums.iter_mut().zip(&row.shares) {
                    *sum += sign * share;
                }
            }
        }
        rows.into_iter().map(|(place, differences)| StepMatrixDifferenceRow { place, differences }).collect()
    };
    StepMatrixDifference { blocks: first.blocks.iter().zip(&second.blocks).map(difference).collect() }
}

/// Finds the cases with a unit that is at a place at a step of the block of the first anchor. Costs O(events).
pub fn step_cases(store: &Store, scope: &Scope<'_>, spec: &StepSpec, step: i64, place: Place) -> CaseSet {
    let anchor = spec.anchors.first();
    let find = |name: &String| store.activities().find(name);
    let wanted: Option<Vec<u32>> = anchor.and_then(|anchor| anchor.activities.iter().map(find).collect());
    let first = |trace: &[u32]| match (anchor, &wanted) {
        (None, _) => (!trace.is_empty()).then_some(-1),
        (Some(anchor), Some(wanted)) if !wanted.is_empty() => {
            anchor.occurrence.find(wanted, trace).and_then(|at| i64::try_from(at).ok())
        }
        _ => None,
    };
    cases_with_unit(store, scope, |events| {
        let trace = events.activities();
        first(trace).is_some_and(|first| match usize::try_from(first.saturating_add(step)) {
            Err(_) => place == Place::Start,
            Ok(at) => trace.get(at).map_or(Place::End, |&activity| Place::Activity(activity)) == place,
        })
    })
}

/// The counts of one block.
#[derive(Debug)]
struct BlockTally {
    n_steps: usize,
    basis: Basis,
    rows: BTreeMap<Place, Vec<u64>>,
}

impl BlockTally {
    /// Counts one block: `position` finds the event of the anchor; `first` is the first step, where without an anchor
    /// (`first` is 1) the first event is step 1 and with one the anchor is step 0.
    fn of(
        store: &Store,
        scope: &Scope<'_>,
        position: &dyn Fn(&[u32]) -> Option<usize>,
        first: i64,
        n_steps: usize,
    ) -> Self {
        let mut basis = Basis::default();
        // By activity, and after those the start and the end; a row is made when it is first needed.
        let n_activities = store.activities().len();
        let mut counts: Vec<Vec<u64>> = vec![Vec::new(); n_activities + 2];
        let coverage = each_unit(store, &scope.for_sequences(), |unit| {
            let trace = &unit.activities[unit.range.clone()];
            let Some(anchor) = position(trace) else {
                basis.leave_out("without the anchor", 1, trace.len());
                return;
            };
            basis.take(trace.len());
            let shift = i64::try_from(anchor).unwrap_or(i64::MAX) + first.min(0);
            for (column, at) in (0..n_steps).zip(shift..) {
                let row = match usize::try_from(at) {
                    Err(_) => n_activities,
                    Ok(at) => trace.get(at).map_or(n_activities + 1, |&activity| activity as usize),
                };
                if counts[row].is_empty() {
                    counts[row].resize(n_steps, 0);
                }
                counts[row][column] += 1;
            }
        });
        basis.close(coverage);
        let activities = (0_u32..).take(n_activities).map(Place::Activity);
        let places = activities.chain([Place::Start, Place::End]);
        let rows = places.zip(counts).filter(|(_, row)| !row.is_empty()).collect();
        Self { n_steps, basis, rows }
    }

    fn block(&self, first_step: i64) -> StepBlock {
        let row = |(&place, n_cases): (&Place, &Vec<u64>)| {
            let shares = n_cases.iter().map(|&n| ratio(n, self.basis.n_units)).collect();
            StepRow { place, n_cases: n_cases.clone(), shares }
        };
        let occurring = self.rows.iter().filter(|(_, n_cases)| n_cases.iter().any(|n| *n > 0));
        let rows = occurring.map(row).collect();
        StepBlock { first_step, n_steps: self.n_steps, basis: self.basis.clone(), rows }
    }
}
