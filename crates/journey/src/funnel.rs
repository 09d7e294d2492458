//! Funnels: how many get through an ordered list of steps, where the others stop, and how long it takes.

use crate::attempt::AttemptRule;
use crate::case_set::CaseSet;
use crate::durations::{Durations, TimeStats, secs};
use crate::follows::Sign;
use crate::funnel_choice::{Choice, Chooser, MAX_HELD};
use crate::funnel_groups::{GroupCounter, GroupCounts};
use crate::interval::{Difference, Mean, Proportion};
use crate::kept::{Counted, Tally};
use crate::query::{Scope, Unit};
use crate::readings::Readings;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::slice::saturating_micros;
use crate::units::{Coverage, UnitEvents, each_unit};
use event::Store;

/// One step: any of some activities, on any of some channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelStep {
    /// Activities, any of which is the step.
    pub names: Vec<String>,
    /// Only on these channels; on any or none when the list is empty.
    pub channels: Vec<String>,
}

/// How steps must follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StepOrder {
    /// In order, with anything between.
    #[default]
    Ordered,
    /// In order, with nothing between: the next event must be the next step.
    Strict,
    /// In any order; the first to happen is the entry. `n` steps are reached when `n` different steps have happened.
    Any,
}

/// From where the window counts, when a unit enters more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FunnelEntry {
    /// From the first event that can be the first step; it is not set anew by later ones.
    #[default]
    First,
    /// From the entry that leads to the most steps; among these the one that gets there first, and of several that get
    /// there with the same event the latest.
    Best,
}

/// Events that must not happen between two steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The activities.
    pub names: Vec<String>,
    /// After this step, by position from 0.
    pub after_step: usize,
    /// Before this step, by position from 0; where it was not reached, until the window closes.
    pub before_step: usize,
}

/// What single events have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// Channel.
    Channel,
    /// Account, as the event itself names it.
    Account,
    /// Source.
    Source,
    /// Activity.
    Activity,
}

/// Which value a unit counts for, when the steps were taken with several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Attribution {
    /// That of the first step taken with a known value.
    #[default]
    FirstTouch,
    /// That of the last step taken with a known value.
    LastTouch,
    /// Each for itself, as if nothing had happened with the others; a unit may count for several. What must be the same or
    /// the very first is not looked at then.
    AllSteps,
    /// That of this step, by position from 0; units that did not reach it or took it without a value count for none.
    Step(usize),
}

/// What a funnel is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakdownBy {
    /// By what the events have that are the steps.
    Steps(Attribute, Attribution),
    /// By account of the customer.
    Account,
    /// By the very first activity of the unit, whatever the period; of a session by its first.
    Start,
}

/// A breakdown and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Breakdown {
    /// By what.
    pub by: BreakdownBy,
    /// At most so many groups are listed, those with the most entries.
    pub max_groups: usize,
}

/// A funnel as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelSpec {
    /// The steps; those beyond [`FunnelSpec::MAX_STEPS`] are not looked at.
    pub steps: Vec<FunnelStep>,
    /// How steps must follow each other.
    pub order: StepOrder,
    /// From where the window counts.
    pub entry: FunnelEntry,
    /// Longest time from the first step to any other, inclusive; without one there is no limit.
    pub window_secs: Option<u64>,
    /// What must not happen between steps.
    pub exclusions: Vec<Exclusion>,
    /// Whether only the very first event counts as entry that has an activity of the first step, whatever the period and
    /// its channel; in any order, an activity of any step.
    pub is_first_ever: bool,
    /// What must be the same at all steps, no value being a value too; those beyond three are not looked at. A unit counts
    /// once, with the values with which it gets furthest, among these those with which it gets there first.
    pub hold: Vec<Attribute>,
    /// What to break down by.
    pub breakdown: Option<Breakdown>,
    /// Number of bins of the time to convert.
    pub n_bins: usize,
}

impl FunnelSpec {
    /// Most steps of a funnel.
    pub const MAX_STEPS: usize = 64;
    /// Two weeks.
    pub const DEFAULT_WINDOW_SECS: u64 = 14 * 86_400;

    /// An ordered funnel of one activity a step, within two weeks of the first entry.
    pub fn ordered<T: Into<String>>(activities: impl IntoIterator<Item = T>) -> Self {
        let step = |name: T| FunnelStep { names: vec![name.into()], channels: Vec::new() };
        Self {
            steps: activities.into_iter().map(step).collect(),
            order: StepOrder::Ordered,
            entry: FunnelEntry::First,
            window_secs: Some(Self::DEFAULT_WINDOW_SECS),
            exclusions: Vec::new(),
            is_first_ever: false,
            hold: Vec::new(),
            breakdown: None,
            n_bins: 12,
        }
    }
}

/// One step as counted.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// Units that reached it.
    pub n_reached: u64,
    /// Units that reached the step before and not this one; 0 for the first.
    pub n_dropped: u64,
    /// Share of those that entered.
    pub from_first: Proportion,
    /// Share of those that reached the step before; of those that entered for the first.
    pub from_previous: Proportion,
    /// Time from the step before; none for the first or when nobody reached it.
    pub time_from_previous: Option<TimeStats>,
    /// Cases with a unit that reached it.
    pub reached: CaseSet,
    /// Cases with a unit that reached the step before and not this one; none for the first.
    pub dropped: CaseSet,
}

/// How many units took so long to convert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeBin {
    /// From so many seconds.
    pub from_secs: f64,
    /// Until just before so many seconds; the last bin includes it.
    pub until_secs: f64,
    /// Units.
    pub n: u64,
}

/// A group of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelGroup {
    /// Name of the value; `None` for units without one.
    pub name: Option<String>,
    /// Units that reached each step.
    pub n_reached: Vec<u64>,
}

impl FunnelGroup {
    /// Share of those that entered which reached a step.
    pub fn from_first(&self, step: usize) -> Proportion {
        let reached = |step: usize| self.n_reached.get(step).copied().unwrap_or(0);
        Proportion { n: reached(step), of: reached(0) }
    }
}

/// A funnel as counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// What was looked at.
    pub coverage: Coverage,
    /// The steps in order.
    pub steps: Vec<StepResult>,
    /// Units that never entered.
    pub n_not_entered: u64,
    /// Units whose very first entry was before the period, where only that counts.
    pub n_started_before: u64,
    /// Units that an exclusion removed from the whole funnel.
    pub n_excluded: u64,
    /// Units that did not convert, and whose window is still open where knowledge ends; all those without a window.
    pub n_still_open: u64,
    /// Time from the first step to the last.
    pub time_to_convert: Option<TimeStats>,
    /// The same in bins of equal width from 0 on; empty when nobody converted.
    pub convert_bins: Vec<TimeBin>,
    /// Groups of the breakdown: most entries first, ties by name, no name last.
    pub groups: Vec<FunnelGroup>,
    /// Number of groups, those not listed included.
    pub n_groups: u64,
    /// Units that entered and count for no group, because the step that decides was not reached or has no channel.
    pub n_without_group: u64,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Counts a funnel.
///
/// Unit: that of the scope; single events are counted as the customers they belong to. A unit reaches step j when it has
/// distinct events i₁ < … < i_j that are the first j steps with `t(i_j) − t(i₁) ≤ window`, where i₁ is chosen by
/// [`FunnelEntry`] and each further event is the earliest possible. Times are from start to start.
///
/// Costs O(events · steps) at most, and O(events · events within a window) for any order with the best entry.
///
/// # Example
/// ```
/// # use event::{Batch, NewEvent, Store};
/// use journey::{CaseSet, FunnelSpec, Scope, funnel};
/// # let mut batch = Batch::new("visits");
/// # for (line, activity) in [(1, "visit"), (2, "order")] {
/// #     batch.push(NewEvent {
/// #         customer: "ada", activity, start_micros: i64::from(line) * 60_000_000, end_micros: None, channel: None,
/// #         account: None, text: None, value: None, line, digest: u64::from(line),
/// #         ..NewEvent::default()
/// #     });
/// # }
/// # let mut store = Store::new();
/// # let staged = store.stage(batch);
/// # store.commit(staged);
/// let everyone = CaseSet::all(store.n_cases());
/// let funnel = funnel(&store, &Scope::customers(&everyone), &FunnelSpec::ordered(["visit", "order"]));
/// assert_eq!(funnel.steps[1].from_first.ratio(), Some(1.0));
/// assert_eq!(funnel.steps[1].time_from_previous.unwrap().median_secs, 60.0);
/// ```
///
/// # Reference
/// The window and re-entry follow Mixpanel, exclusions and breakdowns PostHog; the single pass for the best entry is that
/// of ClickHouse's `windowFunnel`.
pub fn funnel(store: &Store, scope: &Scope<'_>, spec: &FunnelSpec) -> Funnel {
    spec.count(store, scope)
}

/// Finds the cases of a group of the breakdown with a unit that reached a step, by position from 0. Costs as much as
/// counting.
pub fn funnel_group_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &FunnelSpec,
    group: Option<&str>,
    step: usize,
) -> CaseSet {
    let groups = count_funnel(store, scope, spec, Some((group, step))).groups;
    groups.map_or_else(|| CaseSet::none(0), GroupCounts::into_behind)
}

impl Counted for FunnelSpec {
    type Tally = FunnelTally;
    type Figures = Funnel;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&FunnelTally>) -> FunnelTally {
        count_funnel(store, scope, self, None)
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &FunnelTally) -> Funnel {
        let mut resolver = Resolver::new(store);
        let plan = FunnelPlan::new(self, &mut resolver);
        let mut funnel = tally.figures(scope.known_until_micros(store), plan.rule.window_micros, self.n_bins);
        if let Some(groups) = &tally.groups {
            groups.list(store, &mut funnel);
        }
        funnel.unknown = resolver.into_unknown();
        funnel
    }
}

fn count_funnel(
    store: &Store,
    scope: &Scope<'_>,
    spec: &FunnelSpec,
    wanted: Option<(Option<&str>, usize)>,
) -> FunnelTally {
    let scope = scope.for_sequences();
    let plan = FunnelPlan::new(spec, &mut Resolver::new(store));
    let mut chooser = Chooser::new(&plan);
    let mut tally = FunnelTally::new(store, plan.rule.n_steps);
    let is_session = scope.unit == Unit::Sessions;
    let mut groups =
        spec.breakdown.map(|breakdown| GroupCounter::new(store, (breakdown, is_session), plan.rule, wanted));
    tally.coverage = each_unit(store, &scope, |unit| {
        let starts = &unit.starts[unit.range.clone()];
        let activities = &unit.activities[unit.range.clone()];
        let Choice::Taken(chosen) = chooser.choose(unit, &plan) else {
            tally.n_started_before += 1;
            return;
        };
        if chosen.is_empty() {
            tally.n_not_entered += 1;
        } else if plan.excludes(activities, starts, chosen) {
            tally.n_excluded += 1;
        } else {
            tally.add(unit.cases, starts, chosen);
            if let Some(groups) = &mut groups {
                groups.add(unit, &plan, chosen);
            }
        }
    });
    tally.groups = groups.map(GroupCounter::into_counts);
    tally
}

/// A funnel whose names are resolved.
#[derive(Debug)]
pub(crate) struct FunnelPlan {
    pub(crate) rule: AttemptRule,
    pub(crate) is_first_ever: bool,
    pub(crate) hold: Vec<Attribute>,
    /// By activity: bit `j` where it can be step `j`.
    by_activity: Vec<u64>,
    /// By channel, and for no channel: bit `j` where step `j` can be taken on it; none when no step asks for a channel.
    by_channel: Option<(Vec<u64>, u64)>,
    exclusions: Vec<(Vec<bool>, usize, usize)>,
}

impl FunnelPlan {
    fn new(spec: &FunnelSpec, resolver: &mut Resolver<'_>) -> Self {
        let steps = &spec.steps[..spec.steps.len().min(FunnelSpec::MAX_STEPS)];
        let mut marks_of = |kind, names: &dyn Fn(&FunnelStep) -> &Vec<String>| {
            let mut bits = Vec::new();
            for (j, step) in steps.iter().enumerate() {
                let marks = resolver.marks(kind, names(step));
                bits.resize(marks.len(), 0_u64);
                let any = kind == NameKind::Channel && names(step).is_empty();
                bits.iter_mut().zip(marks).for_each(|(bits, is)| *bits |= u64::from(is || any) << j);
            }
            bits
        };
        let by_activity = marks_of(NameKind::Activity, &|step| &step.names);
        let channels = marks_of(NameKind::Channel, &|step| &step.channels);
        let free =
            steps.iter().enumerate().filter(|(_, s)| s.channels.is_empty()).fold(0, |b, (j, _)| b | 1 << j);
        let asks = steps.iter().any(|step| !step.channels.is_empty());
        let mark =
            |e: &Exclusion| (resolver.marks(NameKind::Activity, &e.names), e.after_step, e.before_step);
        Self {
            is_first_ever: spec.is_first_ever,
            hold: spec.hold.iter().copied().take(MAX_HELD).collect(),
            rule: AttemptRule {
                order: spec.order,
                // In any order whatever comes first is the entry; no other may be tried.
                entry: if spec.is_first_ever { FunnelEntry::First } else { spec.entry },
                window_micros: spec.window_secs.map_or(i64::MAX, saturating_micros),
                n_steps: steps.len(),
            },
            by_activity,
            by_channel: asks.then_some((channels, free)),
            exclusions: spec.exclusions.iter().map(mark).collect(),
        }
    }

    /// Whether more is asked of events than what they are by themselves.
    pub(crate) fn is_conditional(&self) -> bool {
        self.is_first_ever || !self.hold.is_empty()
    }

    pub(crate) fn asks_for_channels(&self) -> bool {
        self.by_channel.is_some()
    }

    /// The steps that an activity can be on a fitting channel, as bits.
    pub(crate) fn activity_bits(&self, activity: u32) -> u64 {
        self.by_activity[activity as usize]
    }

    /// The steps with which a unit can enter, as bits.
    pub(crate) fn entry_bits(&self) -> u64 {
        if self.rule.order == StepOrder::Any { u64::MAX } else { 1 }
    }

    /// The steps that the `i`-th event of a unit's whole history can be, as bits.
    pub(crate) fn bits(&self, unit: &UnitEvents<'_>, i: usize) -> u64 {
        let steps = self.by_activity[unit.activities[i] as usize];
        match &self.by_channel {
            Some((by_channel, free)) if steps != 0 => {
                steps & unit.channel(i).map_or(*free, |c| by_channel[c as usize])
            }
            _ => steps,
        }
    }

    /// Whether an excluded event lies between the chosen ones.
    fn excludes(&self, activities: &[u32], starts: &[i64], chosen: &[usize]) -> bool {
        self.exclusions.iter().any(|(marks, after, before)| {
            let (Some(&from), true) = (chosen.get(*after), after < before) else {
                return false;
            };
            let until = chosen.get(*before).copied().unwrap_or_else(|| {
                let limit = starts[chosen[0]].saturating_add(self.rule.window_micros);
                starts.partition_point(|&start| start <= limit)
            });
            (from + 1..until).any(|i| marks[activities[i] as usize] && !chosen.contains(&i))
        })
    }
}

/// What units contribute to a funnel.
#[derive(Debug)]
pub struct FunnelTally {
    coverage: Coverage,
    /// By number of steps reached: units, and cases with such a unit.
    n_by_depth: Vec<u64>,
    cases_by_depth: Vec<CaseSet>,
    /// By step: times from the step before.
    times: Vec<Readings>,
    to_convert: Readings,
    /// Entries of those that did not convert, each a moment.
    entries: Readings,
    n_not_entered: u64,
    n_started_before: u64,
    n_excluded: u64,
    groups: Option<GroupCounts>,
}

impl FunnelTally {
    fn new(store: &Store, n_steps: usize) -> Self {
        Self {
            coverage: Coverage::default(),
            n_by_depth: vec![0; n_steps + 1],
            cases_by_depth: vec![CaseSet::none(store.customers().len()); n_steps + 1],
            times: vec![Readings::default(); n_steps],
            to_convert: Readings::default(),
            entries: Readings::default(),
            n_not_entered: 0,
            n_started_before: 0,
            n_excluded: 0,
            groups: None,
        }
    }

    fn add(&mut self, cases: &[u32], starts: &[i64], chosen: &[usize]) {
        let depth = chosen.len();
        self.n_by_depth[depth] += 1;
        for &case in cases {
            self.cases_by_depth[depth].insert(case);
        }
        for (times, pair) in self.times[1..].iter_mut().zip(chosen.windows(2)) {
            times.push(starts[pair[1]].saturating_sub(starts[pair[0]]));
        }
        let entry = starts[chosen[0]];
        if depth + 1 == self.n_by_depth.len() {
            self.to_convert.push(starts[chosen[depth - 1]].saturating_sub(entry));
        } else {
            self.entries.push(entry);
        }
    }

    fn figures(&self, known_until: i64, window_micros: i64, n_bins: usize) -> Funnel {
        // Still open is who entered no longer than a window before knowledge ends.
        let first_open = known_until.saturating_sub(window_micros);
        let n_closed = first_open.checked_sub(1).map_or(0, |last| self.entries.settled().rank(last));
        Funnel {
            coverage: self.coverage,
            convert_bins: time_bins(self.to_convert.settled(), n_bins),
            n_not_entered: self.n_not_entered,
            n_started_before: self.n_started_before,
            n_excluded: self.n_excluded,
            n_still_open: (self.entries.len() - n_closed) as u64,
            steps: step_results(&self.n_by_depth, &self.cases_by_depth, &self.times),
            time_to_convert: self.to_convert.stats(),
            groups: Vec::new(),
            n_groups: 0,
            n_without_group: 0,
            unknown: Vec::new(),
        }
    }
}

impl Tally for FunnelTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        for (n, part) in self.n_by_depth.iter_mut().zip(part.n_by_depth) {
            sign.apply(n, part);
        }
        for (cases, part) in self.cases_by_depth.iter_mut().zip(&part.cases_by_depth) {
            sign.apply_cases(cases, part);
        }
        for (times, part) in self.times.iter_mut().zip(part.times) {
            times.absorb(part, sign);
        }
        self.to_convert.absorb(part.to_convert, sign);
        self.entries.absorb(part.entries, sign);
        sign.apply(&mut self.n_not_entered, part.n_not_entered);
        sign.apply(&mut self.n_started_before, part.n_started_before);
        sign.apply(&mut self.n_excluded, part.n_excluded);
        if let (Some(groups), Some(part)) = (&mut self.groups, part.groups) {
            groups.absorb(part, sign);
        }
    }

    fn settle(&mut self) {
        let rest = [&mut self.to_convert, &mut self.entries];
        self.times.iter_mut().chain(rest).for_each(Readings::settle);
    }

    fn n_bytes(&self) -> usize {
        let times = self.times.iter().chain([&self.to_convert, &self.entries]);
        let sets = self.cases_by_depth.iter().map(|cases| cases.n_cases() / 8).sum::<usize>();
        times.map(Readings::n_bytes).sum::<usize>() + sets
    }
}

/// Units that reached at least each step, from the numbers that reached exactly so many steps.
pub(crate) fn reached_from_depths(n_by_depth: &[u64]) -> Vec<u64> {
    let mut n_reached: Vec<u64> = n_by_depth.iter().skip(1).copied().collect();
    for step in (1..n_reached.len()).rev() {
        n_reached[step - 1] += n_reached[step];
    }
    n_reached
}

fn step_results(n_by_depth: &[u64], cases_by_depth: &[CaseSet], times: &[Readings]) -> Vec<StepResult> {
    let n_reached = reached_from_depths(n_by_depth);
    let mut reached = cases_by_depth.last().cloned().unwrap_or_else(|| CaseSet::none(0));
    let mut steps = Vec::new();
    for (step, times) in times.iter().enumerate().rev() {
        let entered = n_reached[0];
        let previous = if step == 0 { entered } else { n_reached[step - 1] };
        let dropped = &cases_by_depth[step];
        steps.push(StepResult {
            n_reached: n_reached[step],
            n_dropped: previous - n_reached[step],
            from_first: Proportion { n: n_reached[step], of: entered },
            from_previous: Proportion { n: n_reached[step], of: previous },
            time_from_previous: times.stats(),
            reached: reached.clone(),
            dropped: dropped.clone(),
        });
        reached = reached.or(dropped);
    }
    steps.reverse();
    steps
}

/// Bins of equal width in whole seconds, just wide enough for the longest time.
fn time_bins(times: &Durations, n_bins: usize) -> Vec<TimeBin> {
    const MAX_BINS: usize = 1_000;
    let Some(longest) = times.max() else {
        return Vec::new();
    };
    let n_bins = i64::try_from(n_bins.clamp(1, MAX_BINS)).unwrap_or(1);
    let whole_secs = longest / 1_000_000 + i64::from(longest % 1_000_000 != 0);
    let width = (whole_secs / n_bins + i64::from(whole_secs % n_bins != 0)).max(1).saturating_mul(1_000_000);
    let edge = |bin: i64| width.saturating_mul(bin);
    // The last bin includes its end.
    let n_before = |bin: i64| if bin == n_bins { times.len() } else { times.rank(edge(bin) - 1) };
    (0..n_bins)
        .map(|bin| TimeBin {
            from_secs: secs(edge(bin)),
            until_secs: secs(edge(bin + 1)),
            n: (n_before(bin + 1) - n_before(bin)) as u64,
        })
        .collect()
}

/// How one step differs between two groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDifference {
    /// Of the shares of those that entered.
    pub from_first: Option<Difference>,
    /// Of the shares of those that reached the step before.
    pub from_previous: Option<Difference>,
    /// Of the mean times from the step before, in seconds.
    pub time_from_previous: Option<Difference>,
}

/// Compares two groups in the same funnel, step by step: the first less the second.
///
/// Shares have Newcombe's interval and mean times Welch's; both assume that no unit is in both groups.
pub fn funnel_difference(first: &Funnel, second: &Funnel) -> Vec<StepDifference> {
    let mean = |stats: Option<TimeStats>| {
        stats.map_or(Mean::default(), |s| Mean {
            n: s.n,
            mean: s.mean_secs,
            variance: s.stdev_secs * s.stdev_secs,
        })
    };
    let pairs = first.steps.iter().zip(&second.steps);
    pairs
        .map(|(a, b)| StepDifference {
            from_first: a.from_first.difference(b.from_first),
            from_previous: a.from_previous.difference(b.from_previous),
            time_from_previous: mean(a.time_from_previous).difference(mean(b.time_from_previous)),
        })
        .collect()
}
