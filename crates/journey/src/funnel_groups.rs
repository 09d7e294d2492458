//! Funnels broken down by what their events or units have.

use crate::attempt::{AttemptFinder, AttemptRule};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::funnel::{
    Attribute, Attribution, Breakdown, BreakdownBy, Funnel, FunnelGroup, FunnelPlan, reached_from_depths,
};
use crate::units::UnitEvents;
use event::Store;
use std::collections::HashMap;

/// Counts the units of every group by number of steps reached.
#[derive(Debug)]
pub(crate) struct GroupCounter<'a> {
    store: &'a Store,
    breakdown: Breakdown,
    is_session: bool,
    n_steps: usize,
    n_by_depth: HashMap<Option<u32>, Vec<u64>>,
    n_without_group: u64,
    finder: AttemptFinder,
    starts: Vec<i64>,
    bits: Vec<u64>,
    /// Group and least number of steps of the cases that are wanted.
    wanted: Option<(Option<u32>, usize)>,
    behind: CaseSet,
}

impl<'a> GroupCounter<'a> {
    /// By what, and whether units are sessions; `wanted` asks for the cases of a group that reached a step, too.
    pub(crate) fn new(
        store: &'a Store,
        (breakdown, is_session): (Breakdown, bool),
        rule: AttemptRule,
        wanted: Option<(Option<&str>, usize)>,
    ) -> Self {
        let wanted = wanted.and_then(|(name, step)| match name {
            None => Some((None, step + 1)),
            Some(name) => breakdown.by.find(store, name).map(|id| (Some(id), step + 1)),
        });
        Self {
            wanted,
            behind: CaseSet::none(store.customers().len()),
            store,
            breakdown,
            is_session,
            n_steps: rule.n_steps,
            n_by_depth: HashMap::new(),
            n_without_group: 0,
            finder: AttemptFinder::new(rule),
            starts: Vec::new(),
            bits: Vec::new(),
        }
    }

    /// Adds a unit that entered; `chosen` are positions in the unit's range.
    pub(crate) fn add(&mut self, unit: &UnitEvents<'_>, plan: &FunnelPlan, chosen: &[usize]) {
        let (attribute, attribution) = match self.breakdown.by {
            BreakdownBy::Steps(attribute, attribution) => (attribute, attribution),
            BreakdownBy::Account => {
                let account = unit.cases.first().and_then(|case| self.store.case(*case).account());
                return self.count(account, chosen.len(), unit.cases);
            }
            BreakdownBy::Start => {
                let first = if self.is_session { unit.range.start } else { 0 };
                return self.count(unit.activities.get(first).copied(), chosen.len(), unit.cases);
            }
        };
        let value = |i: &usize| unit.value(attribute, unit.range.start + i);
        match attribution {
            Attribution::FirstTouch => {
                self.count(chosen.iter().find_map(value), chosen.len(), unit.cases);
            }
            Attribution::LastTouch => {
                self.count(chosen.iter().rev().find_map(value), chosen.len(), unit.cases);
            }
            Attribution::Step(step) => match chosen.get(step).and_then(value) {
                None => self.n_without_group += 1,
                found => self.count(found, chosen.len(), unit.cases),
            },
            Attribution::AllSteps => self.add_each_value(unit, plan, attribute),
        }
    }

    /// Runs the funnel once for each value, on that value's events alone.
    fn add_each_value(&mut self, unit: &UnitEvents<'_>, plan: &FunnelPlan, attribute: Attribute) {
        let possible = unit.range.clone().filter(|i| plan.bits(unit, *i) != 0);
        let mut values: Vec<Option<u32>> = possible.map(|i| unit.value(attribute, i)).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            self.starts.clear();
            self.bits.clear();
            for i in unit.range.clone().filter(|i| unit.value(attribute, *i) == value) {
                self.starts.push(unit.starts[i]);
                self.bits.push(plan.bits(unit, i));
            }
            let depth = self.finder.find(&self.starts, |i| self.bits[i]).len();
            if depth > 0 {
                self.count(value, depth, unit.cases);
            }
        }
    }

    fn count(&mut self, group: Option<u32>, depth: usize, cases: &[u32]) {
        let n_steps = self.n_steps;
        let n_by_depth = self.n_by_depth.entry(group).or_insert_with(|| vec![0; n_steps + 1]);
        n_by_depth[depth] += 1;
        if self.wanted.is_some_and(|(wanted, least)| wanted == group && depth >= least) {
            cases.iter().for_each(|case| self.behind.insert(*case));
        }
    }

    pub(crate) fn into_counts(self) -> GroupCounts {
        let Self { breakdown, n_by_depth, n_without_group, behind, .. } = self;
        GroupCounts { breakdown, n_by_depth, n_without_group, behind }
    }
}

/// What units contribute to the groups of a breakdown.
#[derive(Debug)]
pub(crate) struct GroupCounts {
    breakdown: Breakdown,
    n_by_depth: HashMap<Option<u32>, Vec<u64>>,
    n_without_group: u64,
    behind: CaseSet,
}

impl GroupCounts {
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        for (group, depths) in part.n_by_depth {
            let own = self.n_by_depth.entry(group).or_insert_with(|| vec![0; depths.len()]);
            own.iter_mut().zip(depths).for_each(|(n, part)| sign.apply(n, part));
        }
        sign.apply(&mut self.n_without_group, part.n_without_group);
    }

    /// The cases that were wanted.
    pub(crate) fn into_behind(self) -> CaseSet {
        self.behind
    }

    /// Writes the largest groups, in order, into the result.
    pub(crate) fn list(&self, store: &Store, funnel: &mut Funnel) {
        let name = |id: u32| self.breakdown.by.name(store, id);
        let reached = self.n_by_depth.iter().map(|(group, depths)| (*group, reached_from_depths(depths)));
        // A group that nobody is in any more is none.
        let mut groups: Vec<(Option<u32>, Vec<u64>)> =
            reached.filter(|(_, n_reached)| n_reached.first().is_some_and(|n| *n > 0)).collect();
        groups.sort_unstable_by(|a, b| {
            let entered = |n_reached: &[u64]| n_reached.first().copied();
            let by_name = || a.0.map(name).cmp(&b.0.map(name));
            let nameless_last = || a.0.is_none().cmp(&b.0.is_none());
            entered(&b.1).cmp(&entered(&a.1)).then_with(nameless_last).then_with(by_name)
        });
        funnel.n_groups = groups.len() as u64;
        funnel.n_without_group = self.n_without_group;
        let listed = groups.into_iter().take(self.breakdown.max_groups);
        let group = |(id, n_reached): (Option<u32>, _)| FunnelGroup {
            name: id.map(|id| name(id).to_owned()),
            n_reached,
        };
        funnel.groups = listed.map(group).collect();
    }
}

impl BreakdownBy {
    /// Name of a group.
    pub(crate) fn name(self, store: &Store, id: u32) -> &str {
        match self {
            Self::Account | Self::Steps(Attribute::Account, _) => store.accounts().get(id),
            Self::Start | Self::Steps(Attribute::Activity, _) => store.activities().get(id),
            Self::Steps(Attribute::Channel, _) => store.channels().get(id),
            Self::Steps(Attribute::Source, _) => store.sources().get(id as usize).map_or("", String::as_str),
        }
    }

    /// Number of the group of this name.
    pub(crate) fn find(self, store: &Store, name: &str) -> Option<u32> {
        match self {
            Self::Account | Self::Steps(Attribute::Account, _) => store.find_account(name),
            Self::Start | Self::Steps(Attribute::Activity, _) => store.activities().find(name),
            Self::Steps(Attribute::Channel, _) => store.channels().find(name),
            Self::Steps(Attribute::Source, _) => {
                let at = store.sources().iter().position(|source| source == name)?;
                u32::try_from(at).ok()
            }
        }
    }
}
