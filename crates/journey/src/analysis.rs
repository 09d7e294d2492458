//! Every counted result of a store, kept current case by case.

use crate::durations::{Durations, TimeStats};
use crate::extent::Extent;
use crate::follows::{CaseTimes, Sign};
use crate::stages::StageWishes;
use crate::{FollowsGraph, Positions, StagePlan, StageTotals, Variants};
use event::{CaseEvents, Staged, Store};
use std::collections::{BTreeMap, HashMap};

/// The counted results: graph, variants, positions, stages, cycle times, channels.
///
/// After any sequence of changes the figures equal those of [`Analysis::from_scratch`] on the same store.
#[derive(Debug, Default)]
pub struct Analysis {
    graph: FollowsGraph,
    variants: Variants,
    positions: Positions,
    cycles: Durations,
    channels: HashMap<(u32, u32), u64>,
    extent: Extent,
    /// Cases by account.
    accounts: Vec<u64>,
    wishes: StageWishes,
    plan: StagePlan,
    totals: StageTotals,
}

impl Analysis {
    /// Counts everything anew, with stages by rule. Costs O(events).
    pub fn from_scratch(store: &Store) -> Self {
        Self::with_wishes(store, StageWishes::default())
    }

    /// Counts everything anew, with stages as a person decided about them. Costs O(events).
    pub fn with_wishes(store: &Store, wishes: StageWishes) -> Self {
        let mut analysis = Self {
            graph: FollowsGraph::from_scratch(store),
            variants: Variants::from_scratch(store),
            positions: Positions::from_scratch(store),
            cycles: Durations::from_unsorted(
                store.cases().map(|(_, events)| events.cycle_micros()).collect(),
            ),
            extent: Extent::from_scratch(store),
            wishes,
            ..Self::default()
        };
        analysis.channels = channels_of(store);
        analysis.recount_accounts(store);
        analysis.restage(store);
        analysis
    }

    /// Commits a staged batch to the store and brings every result up to date.
    ///
    /// Costs the touched cases; a batch that touches more than a quarter of all cases is counted anew, which is then
    /// cheaper. Returns how many cases were counted and how many kept their contribution.
    pub fn commit(&mut self, store: &mut Store, staged: Staged) -> (u64, u64) {
        let touched = staged.touched_cases();
        // A removal empties cases, which are among the changed but not among the touched.
        let n_work = touched.len().max(staged.changed_cases().count());
        if n_work > store.n_cases() / 4 {
            store.commit(staged);
            *self = Self::with_wishes(store, std::mem::take(&mut self.wishes));
            return (store.n_cases() as u64, 0);
        }
        let mut old_times: BTreeMap<u32, CaseTimes> = BTreeMap::new();
        let mut old_cycles = Vec::new();
        for case in staged.changed_cases() {
            let events = store.case(case);
            old_times.insert(case, CaseTimes::of(events));
            old_cycles.push(events.cycle_micros());
            self.retract(case, events);
        }
        store.commit(staged);
        let n_activities = store.activities().len();
        self.graph.grow(n_activities);
        self.positions.grow(n_activities);
        let mut new_cycles = Vec::with_capacity(touched.len());
        for &case in &touched {
            let events = store.case(case);
            self.add(case, events);
            new_cycles.push(events.cycle_micros());
            self.graph.change_times(&old_times.remove(&case).unwrap_or_default(), &CaseTimes::of(events));
        }
        // What is left are cases that lost all their events.
        for times in old_times.values() {
            self.graph.change_times(times, &CaseTimes::default());
        }
        self.cycles.change(old_cycles, Sign::Retract);
        self.cycles.change(new_cycles, Sign::Add);
        self.extent.settle(store);
        self.restage_after(store, &touched);
        (touched.len() as u64, (store.n_cases() - touched.len()) as u64)
    }

    /// Puts an activity into a stage by hand, or returns it to the rule.
    pub fn set_stage(&mut self, store: &Store, activity: &str, stage: Option<&str>) {
        match stage {
            Some(stage) => self.wishes.by_activity.insert(activity.to_owned(), stage.to_owned()),
            None => self.wishes.by_activity.remove(activity),
        };
        self.restage(store);
    }

    /// Replaces the stage names; none returns to the rule's own choice.
    pub fn set_stage_names(&mut self, store: &Store, names: Vec<String>) {
        self.wishes.names = names;
        self.restage(store);
    }

    /// Takes over what a person decided about stages.
    pub fn set_wishes(&mut self, store: &Store, wishes: StageWishes) {
        if self.wishes != wishes {
            self.wishes = wishes;
            self.restage(store);
        }
    }

    /// What a person decided about stages.
    pub fn wishes(&self) -> &StageWishes {
        &self.wishes
    }

    /// The directly-follows graph.
    pub fn graph(&self) -> &FollowsGraph {
        &self.graph
    }

    /// The variants.
    pub fn variants(&self) -> &Variants {
        &self.variants
    }

    /// Where in the journey activities lie.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// Stages and assignments.
    pub fn plan(&self) -> &StagePlan {
        &self.plan
    }

    /// Cases by stage.
    pub fn totals(&self) -> &StageTotals {
        &self.totals
    }

    /// Time from first to last event over all cases.
    pub fn cycle_stats(&self) -> Option<TimeStats> {
        self.cycles.stats()
    }

    /// When the earliest event starts and the latest ends, in UTC microseconds since 1970; `None` without events.
    pub fn extent(&self) -> Option<(i64, i64)> {
        self.extent.bounds()
    }

    /// Accounts that have events.
    pub fn n_accounts(&self) -> u64 {
        self.accounts.iter().filter(|n_cases| **n_cases > 0).count() as u64
    }

    /// Counts the accounts anew, which is due when the store tells other accounts for the same cases. Costs O(cases).
    pub fn recount_accounts(&mut self, store: &Store) {
        self.accounts = vec![0; store.accounts().len()];
        if !self.accounts.is_empty() {
            store.cases().for_each(|(_, events)| self.apply_account(events, Sign::Add));
        }
    }

    /// Events by activity and channel, where the channel is known; unsorted.
    pub fn channels(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        self.channels.iter().filter(|(_, n)| **n > 0).map(|(&(activity, channel), &n)| (activity, channel, n))
    }

    /// Bytes of memory in use beside the store.
    pub fn n_bytes(&self) -> usize {
        self.graph.n_bytes() + self.variants.n_bytes() + self.cycles.n_bytes()
    }

    fn add(&mut self, case: u32, events: CaseEvents<'_>) {
        self.graph.add(events);
        self.variants.add(case, events.activities());
        self.positions.apply(events, Sign::Add);
        self.apply_channels(events, Sign::Add);
        self.extent.add(events);
        self.apply_account(events, Sign::Add);
    }

    fn retract(&mut self, case: u32, events: CaseEvents<'_>) {
        self.graph.retract(events);
        self.variants.retract(case);
        self.positions.apply(events, Sign::Retract);
        self.apply_channels(events, Sign::Retract);
        self.extent.retract(events);
        self.apply_account(events, Sign::Retract);
        self.totals.apply(events, Sign::Retract);
    }

    fn apply_account(&mut self, events: CaseEvents<'_>, sign: Sign) {
        let Some(account) = events.account().map(|account| account as usize) else { return };
        if account >= self.accounts.len() {
            self.accounts.resize(account + 1, 0);
        }
        sign.apply(&mut self.accounts[account], 1);
    }

    fn apply_channels(&mut self, events: CaseEvents<'_>, sign: Sign) {
        if !events.has_channels() {
            return;
        }
        for (i, &activity) in events.activities().iter().enumerate() {
            if let Some(channel) = events.channel(i) {
                sign.apply(self.channels.entry((activity, channel)).or_insert(0), 1);
            }
        }
    }

    fn restage(&mut self, store: &Store) {
        self.plan = StagePlan::new(store.activities(), &self.graph, &self.positions, &self.wishes);
        self.totals = StageTotals::from_scratch(store, &self.plan);
    }

    /// The rule may move an activity as positions shift; only then are all cases counted anew by stage.
    fn restage_after(&mut self, store: &Store, touched: &[u32]) {
        self.plan = StagePlan::new(store.activities(), &self.graph, &self.positions, &self.wishes);
        self.totals.extend(&self.plan);
        if !self.totals.fits(&self.plan) {
            self.totals = StageTotals::from_scratch(store, &self.plan);
            return;
        }
        for &case in touched {
            self.totals.apply(store.case(case), Sign::Add);
        }
    }
}

/// Events by activity and channel.
fn channels_of(store: &Store) -> HashMap<(u32, u32), u64> {
    /// Most pairs counted in a table, of 8 MiB; beyond, most of them would not occur.
    const MAX_PAIRS: usize = 1 << 20;
    let n_channels = store.channels().len();
    let n_pairs = store.activities().len().saturating_mul(n_channels);
    let mut table = vec![0_u64; if n_pairs <= MAX_PAIRS { n_pairs } else { 0 }];
    let mut channels = HashMap::new();
    for (_, events) in store.cases().filter(|(_, events)| events.has_channels()) {
        for (i, &activity) in events.activities().iter().enumerate() {
            let Some(channel) = events.channel(i) else { continue };
            match table.get_mut(activity as usize * n_channels + channel as usize) {
                Some(count) => *count += 1,
                None => *channels.entry((activity, channel)).or_insert(0) += 1,
            }
        }
    }
    let pairs = (0_u32..).zip(table.chunks(n_channels.max(1)));
    let counted = pairs.flat_map(|(activity, counts)| {
        (0_u32..).zip(counts).map(move |(channel, &n)| ((activity, channel), n))
    });
    channels.extend(counted.filter(|(_, n)| *n > 0));
    channels
}
