//! Retention broken down by what the events or units have.

use crate::case_set::CaseSet;
use crate::funnel::{Attribute, Attribution, BreakdownBy};
use crate::membership::MembershipFinder;
use crate::query::Scope;
use crate::resolve::Resolver;
use crate::retention::{
    Bracket, CellState, Cohort, Criterion, Horizon, RetentionColumn, RetentionSpec, average, each_column,
};
use crate::units::{UnitEvents, each_unit};
use event::Store;
use std::collections::BTreeMap;

/// What puts a unit into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CohortBy {
    /// What start and return have in common: each value is looked at alone, as if nothing had happened with the others, so
    /// that a unit can be in several groups.
    Shared(Attribute),
    /// The activity of the event that starts.
    Entry,
    /// Account of the unit.
    Account,
    /// Activity of the unit's very first event.
    First,
}

impl CohortBy {
    /// How names of groups are found.
    fn names(self) -> BreakdownBy {
        match self {
            Self::Shared(attribute) => BreakdownBy::Steps(attribute, Attribution::FirstTouch),
            Self::Entry | Self::First => BreakdownBy::Start,
            Self::Account => BreakdownBy::Account,
        }
    }
}

/// A breakdown of a retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CohortBreakdown {
    /// By what.
    pub by: CohortBy,
    /// Most groups that are listed.
    pub max_groups: usize,
}

/// A group of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionGroup {
    /// Name of the value; `None` for units or events without one.
    pub name: Option<String>,
    /// Units in its cohorts.
    pub size: u64,
    /// As [`crate::Retention::columns`], over the group's complete cohorts.
    pub columns: Vec<RetentionColumn>,
}

/// By group and cohort its size, then the units retained in each column.
pub(crate) type GroupRows = BTreeMap<(Option<u32>, i64), Vec<u64>>;

/// Counts the cohorts of every group.
#[derive(Debug)]
pub(crate) struct CohortGroups<'a> {
    store: &'a Store,
    by: CohortBy,
    criterion: &'a Criterion,
    columns: Vec<Bracket>,
    rows: GroupRows,
    starts: Vec<i64>,
    activities: Vec<u32>,
}

impl<'a> CohortGroups<'a> {
    pub(crate) fn new(store: &'a Store, spec: &'a RetentionSpec, by: CohortBy) -> Self {
        let (rows, starts, activities) = Default::default();
        Self { store, by, criterion: &spec.criterion, columns: spec.columns(), rows, starts, activities }
    }

    /// Adds a unit.
    pub(crate) fn add(&mut self, unit: &UnitEvents<'_>, finder: &mut MembershipFinder) {
        let (mut rows, columns) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.columns));
        let criterion = self.criterion;
        self.each_membership(unit, finder, |group, cohort, start, later| {
            let row = rows.entry((group, cohort)).or_insert_with(|| vec![0; columns.len() + 1]);
            row[0] += 1;
            each_column(criterion, &columns, start, later, |column| row[column + 1] += 1);
        });
        (self.rows, self.columns) = (rows, columns);
    }

    /// Calls `visit` with (group, cohort, start, periods of returns) for every cohort of the unit in every group.
    fn each_membership(
        &mut self,
        unit: &UnitEvents<'_>,
        finder: &mut MembershipFinder,
        mut visit: impl FnMut(Option<u32>, i64, i64, &[i64]),
    ) {
        let of_unit = match self.by {
            CohortBy::Shared(attribute) => return self.each_value(unit, attribute, finder, visit),
            CohortBy::Account => unit.cases.first().and_then(|case| self.store.case(*case).account()),
            CohortBy::First => unit.activities.first().copied(),
            CohortBy::Entry => None,
        };
        let by_entry = self.by == CohortBy::Entry;
        finder.each_membership(unit, |cohort, start, later, entry| {
            let group = if by_entry { unit.activities.get(entry).copied() } else { of_unit };
            visit(group, cohort, start, later);
        });
    }

    /// Looks at the events of each value alone.
    fn each_value(
        &mut self,
        unit: &UnitEvents<'_>,
        attribute: Attribute,
        finder: &mut MembershipFinder,
        mut visit: impl FnMut(Option<u32>, i64, i64, &[i64]),
    ) {
        let mut values: Vec<Option<u32>> = unit.range.clone().map(|at| unit.value(attribute, at)).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            self.starts.clear();
            self.activities.clear();
            let mut first = 0;
            for at in (0..unit.range.end).filter(|at| unit.value(attribute, *at) == value) {
                first += usize::from(at < unit.range.start);
                self.starts.push(unit.starts[at]);
                self.activities.push(unit.activities[at]);
            }
            let alone = UnitEvents {
                cases: unit.cases,
                activities: &self.activities,
                starts: &self.starts,
                range: first..self.starts.len(),
                history: unit.history,
            };
            finder.each_membership(&alone, |cohort, start, later, _| visit(value, cohort, start, later));
        }
    }

    pub(crate) fn into_counts(self) -> GroupRows {
        self.rows
    }
}

impl RetentionSpec {
    /// All groups, the largest first.
    pub(crate) fn groups(
        &self,
        store: &Store,
        rows: &GroupRows,
        horizon: Horizon,
        by: CohortBy,
    ) -> Vec<RetentionGroup> {
        let columns = self.columns();
        let mut by_group: BTreeMap<Option<u32>, Vec<Cohort>> = BTreeMap::new();
        for ((group, cohort), row) in rows.iter().filter(|(_, row)| row[0] > 0) {
            let cohort = horizon.cohort(*cohort, row, &columns, self.reference);
            by_group.entry(*group).or_default().push(cohort);
        }
        let group = |(id, cohorts): (Option<u32>, Vec<Cohort>)| RetentionGroup {
            name: id.map(|id| by.names().name(store, id).to_owned()),
            size: cohorts.iter().map(|cohort| cohort.size).sum(),
            columns: columns
                .iter()
                .enumerate()
                .map(|(column, offsets)| average(column, *offsets, &cohorts, self))
                .collect(),
        };
        let mut groups: Vec<RetentionGroup> = by_group.into_iter().map(group).collect();
        groups.sort_by(|a, b| {
            let nameless_last = || a.name.is_none().cmp(&b.name.is_none());
            b.size.cmp(&a.size).then_with(nameless_last).then_with(|| a.name.cmp(&b.name))
        });
        groups
    }
}

/// Finds the cases of a group with a unit in a cohort, or in a complete cohort and retained in a column; of all groups
/// where none is asked for, and of the one without a name for `Some(None)`. Costs as much as counting.
pub fn retained_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &RetentionSpec,
    group: Option<Option<&str>>,
    column: Option<usize>,
) -> CaseSet {
    let scope = scope.for_periods();
    let mut found = CaseSet::none(store.customers().len());
    let by = spec.breakdown.map_or(CohortBy::First, |breakdown| breakdown.by);
    let wanted = match group {
        Some(Some(name)) => match by.names().find(store, name) {
            Some(id) => Some(Some(id)),
            None => return found,
        },
        other => other.map(|_| None),
    };
    let horizon = Horizon::new(store, &scope, spec);
    let columns = spec.columns();
    let mut finder = MembershipFinder::new(spec, scope.zone_offset_minutes, &mut Resolver::new(store));
    let mut groups = CohortGroups::new(store, spec, by);
    each_unit(store, &scope, |unit| {
        let mut is_behind = false;
        groups.each_membership(unit, &mut finder, |group, cohort, start, later| {
            if wanted.is_some_and(|wanted| wanted != group) {
                return;
            }
            let Some(column) = column else {
                is_behind = true;
                return;
            };
            let is_complete = |at: &Bracket| horizon.state(cohort, *at) == CellState::Complete;
            if columns.get(column).is_some_and(is_complete) {
                each_column(&spec.criterion, &columns, start, later, |at| is_behind |= at == column);
            }
        });
        if is_behind {
            unit.cases.iter().for_each(|case| found.insert(*case));
        }
    });
    found
}
