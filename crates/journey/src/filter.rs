//! Filters: which cases a question is about, as a plain value, and the cases that pass.

use crate::case_set::CaseSet;
use crate::pattern::{Matcher, Pattern};
use crate::query::Period;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::slice::{CaseSlice, saturating_micros};
use event::Store;

/// Which cases to keep.
///
/// Names are those of the data, exactly. An unknown name matches nothing and is reported, so a misspelt filter is not
/// mistaken for an empty answer; an empty list of names matches nothing.
/// With a [`Period`], a filter sees only the events that start in it, except where it says otherwise; a case without any
/// is not kept, whatever the filter.
///
/// A segment is a filter with a name: *not in the segment* is [`Filter::Not`] of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Filter {
    /// Every case.
    #[default]
    All,
    /// The cases that the inner filter does not keep.
    Not(Box<Filter>),
    /// The cases that each of these keeps; every case when there is none.
    AllOf(Vec<Filter>),
    /// The cases that any of these keeps; no case when there is none.
    AnyOf(Vec<Filter>),
    /// Cases with so many events of these activities together.
    HasActivity {
        /// The activities.
        names: Vec<String>,
        /// At least so many events; 0 is always fulfilled.
        at_least: u32,
        /// At most so many events.
        at_most: Option<u32>,
    },
    /// Cases whose first event is one of these activities.
    StartsWith {
        /// The activities.
        names: Vec<String>,
    },
    /// Cases whose last event is one of these activities.
    EndsWith {
        /// The activities.
        names: Vec<String>,
    },
    /// Cases in which one of `from` comes right before one of `to`.
    DirectlyFollows {
        /// Activities before.
        from: Vec<String>,
        /// Activities after.
        to: Vec<String>,
    },
    /// Cases in which one of `from` comes some time before one of `to`.
    EventuallyFollows {
        /// Activities before.
        from: Vec<String>,
        /// Activities after.
        to: Vec<String>,
        /// At most so many seconds from start to start.
        within_secs: Option<u64>,
    },
    /// Cases whose activities match the pattern.
    Sequence(Pattern),
    /// Cases with an event on one of these channels.
    Channel {
        /// The channels.
        names: Vec<String>,
    },
    /// Cases of customers of these accounts, by the latest event that names an account, whatever the period.
    Account {
        /// The accounts.
        names: Vec<String>,
    },
    /// The cases of these customers.
    Customer {
        /// The customers.
        names: Vec<String>,
    },
    /// Cases that take so long from the first start to the last end; both bounds included.
    Duration {
        /// At least so many seconds.
        min_secs: Option<u64>,
        /// At most so many seconds.
        max_secs: Option<u64>,
    },
    /// Cases with so many events; both bounds included.
    Events {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// Cases whose very first event, whatever the period, starts in this time.
    FirstEvent(Period),
    /// Cases that reached an outcome: with any event of these activities.
    Outcome {
        /// The activities, any of which is the outcome.
        names: Vec<String>,
    },
}

/// The cases that pass a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The cases.
    pub cases: CaseSet,
    /// Names in the filter that the store doesn't have; sorted, each once.
    pub unknown: Vec<UnknownName>,
}

/// Finds the cases that pass a filter.
///
/// Costs O(events) for every condition in the filter at most; conditions joined by [`Filter::AllOf`] and
/// [`Filter::AnyOf`] look only at the cases that the earlier ones left open.
pub fn cases_matching(store: &Store, period: Option<Period>, filter: &Filter) -> Matched {
    let all = existing(store, &CaseSet::all(store.customers().len()));
    matching_within(store, period, filter, &in_period(store, period, &all))
}

/// Finds those of some cases that pass a filter; all of them have an event in the period.
pub(crate) fn matching_within(
    store: &Store,
    period: Option<Period>,
    filter: &Filter,
    within: &CaseSet,
) -> Matched {
    let mut evaluation = Evaluation { store, period, names: Resolver::new(store) };
    let cases = evaluation.keep(filter, within);
    Matched { cases, unknown: evaluation.names.into_unknown() }
}

/// Those of some numbers that are cases: after a removal there are numbers without events.
pub(crate) fn existing(store: &Store, within: &CaseSet) -> CaseSet {
    CaseSet::of(store.customers().len(), within.iter().filter(|&case| !store.case(case).is_empty()))
}

/// Those of some cases with an event that starts in the period; all of them without one.
pub(crate) fn in_period(store: &Store, period: Option<Period>, cases: &CaseSet) -> CaseSet {
    match period {
        None => cases.clone(),
        Some(_) => keep_cases(store, period, cases, |slice| !slice.is_empty()),
    }
}

fn keep_cases(
    store: &Store,
    period: Option<Period>,
    within: &CaseSet,
    pass: impl Fn(&CaseSlice<'_>) -> bool,
) -> CaseSet {
    let mut kept = CaseSet::none(store.customers().len());
    for case in within.iter() {
        if pass(&CaseSlice::of(store.case(case), period)) {
            kept.insert(case);
        }
    }
    kept
}

struct Evaluation<'a> {
    store: &'a Store,
    period: Option<Period>,
    names: Resolver<'a>,
}

impl Evaluation<'_> {
    /// The cases of `within` that the filter keeps.
    fn keep(&mut self, filter: &Filter, within: &CaseSet) -> CaseSet {
        match filter {
            Filter::All => within.clone(),
            Filter::Not(inner) => within.minus(&self.keep(inner, within)),
            Filter::AllOf(filters) => filters.iter().fold(within.clone(), |left, f| self.keep(f, &left)),
            Filter::AnyOf(filters) => {
                let none = CaseSet::none(within.n_cases());
                filters.iter().fold(none, |kept, f| kept.or(&self.keep(f, &within.minus(&kept))))
            }
            Filter::Channel { .. } | Filter::Account { .. } | Filter::Customer { .. } => {
                self.keep_by_attribute(filter, within)
            }
            Filter::Duration { .. } | Filter::Events { .. } | Filter::FirstEvent(_) => {
                self.keep_by_figure(filter, within)
            }
            _ => self.keep_by_activity(filter, within),
        }
    }

    fn keep_by_attribute(&mut self, filter: &Filter, within: &CaseSet) -> CaseSet {
        match filter {
            Filter::Channel { names } => {
                let wanted = self.names.marks(NameKind::Channel, names);
                let is_wanted = |channel: Option<u32>| channel.is_some_and(|c| wanted[c as usize]);
                self.cases(within, |slice| {
                    slice.has_channels() && slice.range().any(|i| is_wanted(slice.channel(i)))
                })
            }
            Filter::Account { names } => {
                let wanted = self.names.marks(NameKind::Account, names);
                self.cases(within, |slice| slice.account().is_some_and(|a| wanted[a as usize]))
            }
            Filter::Customer { names } => {
                let found: Vec<u32> =
                    names.iter().filter_map(|name| self.names.find(NameKind::Customer, name)).collect();
                CaseSet::of(within.n_cases(), found).and(within)
            }
            _ => CaseSet::none(within.n_cases()),
        }
    }

    fn keep_by_figure(&self, filter: &Filter, within: &CaseSet) -> CaseSet {
        match filter {
            Filter::Duration { min_secs, max_secs } => {
                let min = min_secs.map_or(i64::MIN, saturating_micros);
                let max = max_secs.map_or(i64::MAX, saturating_micros);
                self.cases(within, |slice| (min..=max).contains(&slice.cycle_micros()))
            }
            Filter::Events { min, max } => {
                let bounds = min.unwrap_or(0)..=max.unwrap_or(u64::MAX);
                self.cases(within, |slice| bounds.contains(&(slice.len() as u64)))
            }
            Filter::FirstEvent(period) => {
                self.cases(within, |slice| slice.first_ever_micros().is_some_and(|at| period.contains(at)))
            }
            _ => CaseSet::none(within.n_cases()),
        }
    }

    fn keep_by_activity(&mut self, filter: &Filter, within: &CaseSet) -> CaseSet {
        let mut marks = |names: &[String]| self.names.marks(NameKind::Activity, names);
        match filter {
            Filter::HasActivity { names, at_least, at_most } => {
                let (is, least) = (marks(names), *at_least as usize);
                let most = at_most.map_or(usize::MAX, |most| most as usize);
                // Counting can stop where the answer is known: at the least number wanted, or one above the most.
                let enough = if most == usize::MAX { least } else { most.saturating_add(1) };
                self.cases(within, |slice| {
                    let found = slice.activities().iter().filter(|a| is[**a as usize]).take(enough).count();
                    least <= found && found <= most
                })
            }
            Filter::Outcome { names } => {
                let is = marks(names);
                self.cases(within, |slice| slice.activities().iter().any(|a| is[*a as usize]))
            }
            Filter::StartsWith { names } => {
                let is = marks(names);
                self.cases(within, |slice| slice.activities().first().is_some_and(|a| is[*a as usize]))
            }
            Filter::EndsWith { names } => {
                let is = marks(names);
                self.cases(within, |slice| slice.activities().last().is_some_and(|a| is[*a as usize]))
            }
            Filter::DirectlyFollows { from, to } => {
                let (from, to) = (marks(from), marks(to));
                self.cases(within, |slice| {
                    slice.activities().windows(2).any(|pair| from[pair[0] as usize] && to[pair[1] as usize])
                })
            }
            Filter::EventuallyFollows { from, to, within_secs } => {
                let (from, to) = (marks(from), marks(to));
                let limit = within_secs.map_or(i64::MAX, saturating_micros);
                self.cases(within, |slice| eventually_follows(slice, &from, &to, limit))
            }
            Filter::Sequence(pattern) => {
                let matcher = Matcher::new(pattern, self.store.activities().len(), &mut self.names);
                self.cases(within, |slice| matcher.matches(slice.activities()))
            }
            _ => CaseSet::none(within.n_cases()),
        }
    }

    fn cases(&self, within: &CaseSet, pass: impl Fn(&CaseSlice<'_>) -> bool) -> CaseSet {
        keep_cases(self.store, self.period, within, pass)
    }
}

/// Whether one of `to` comes at most `limit` microseconds after one of `from`: the latest before is the nearest.
fn eventually_follows(slice: &CaseSlice<'_>, from: &[bool], to: &[bool], limit: i64) -> bool {
    let mut latest = None;
    for (&activity, &start) in slice.activities().iter().zip(slice.starts()) {
        if to[activity as usize] && latest.is_some_and(|before| start.saturating_sub(before) <= limit) {
            return true;
        }
        if from[activity as usize] {
            latest = Some(start);
        }
    }
    false
}
