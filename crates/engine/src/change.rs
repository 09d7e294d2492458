//! What an import did to the picture: counts before against counts after.

use event::{Names, Renewal, Staged};
use journey::{ActivityCount, FollowsGraph};
use protocol::import::{ChangeSummary, Changed, RenewedCounts};
use std::collections::{BTreeMap, BTreeSet};

/// Changes listed one by one.
const MAX_LISTED: usize = 20;

/// The counts of a graph at one moment.
#[derive(Debug)]
pub(crate) struct Counts {
    activities: Vec<ActivityCount>,
    edges: BTreeMap<(u32, u32), u64>,
}

/// Activities and edges whose counts differ between two moments, by number.
#[derive(Debug, Default)]
pub(crate) struct ChangedMarks {
    pub(crate) activities: BTreeSet<u32>,
    pub(crate) edges: BTreeSet<(u32, u32)>,
    pub(crate) starts: BTreeSet<u32>,
    pub(crate) ends: BTreeSet<u32>,
}

impl Counts {
    pub(crate) fn of(graph: &FollowsGraph) -> Self {
        Self {
            activities: graph.activities().to_vec(),
            edges: graph.edges().iter().map(|edge| ((edge.from, edge.to), edge.n_occurrences)).collect(),
        }
    }

    fn activity(&self, activity: u32) -> ActivityCount {
        self.activities.get(activity as usize).copied().unwrap_or_default()
    }

    fn edge(&self, edge: (u32, u32)) -> u64 {
        self.edges.get(&edge).copied().unwrap_or(0)
    }

    /// What differs in `after`.
    pub(crate) fn marks(&self, after: &Self) -> ChangedMarks {
        let numbers = (0_u32..).take(self.activities.len().max(after.activities.len()));
        let differing = |of: fn(ActivityCount) -> u64| {
            numbers.clone().filter(move |&a| of(self.activity(a)) != of(after.activity(a))).collect()
        };
        let edges = self.edges.keys().chain(after.edges.keys()).copied();
        ChangedMarks {
            activities: differing(|count| count.n_occurrences),
            starts: differing(|count| count.n_starts),
            ends: differing(|count| count.n_ends),
            edges: edges.filter(|&edge| self.edge(edge) != after.edge(edge)).collect(),
        }
    }
}

/// Says what a batch adds, before it is committed; counts of activities and edges come later.
pub(crate) fn summary_of(staged: &Staged, n_rejected: u64) -> ChangeSummary {
    let mut new_activities = staged.new_activities().to_vec();
    new_activities.sort();
    ChangeSummary {
        n_events: staged.n_new_events(),
        // Known once it is known who is one.
        n_new_customers: 0,
        n_touched_customers: staged.changed_cases().count() as u64,
        n_late: staged.n_late(),
        n_duplicates: staged.n_duplicates(),
        n_rejected,
        new_activities,
        ..ChangeSummary::default()
    }
}

/// Says what a newer export does, given what went to make room for it.
pub(crate) fn renew(summary: &mut ChangeSummary, renewal: &Renewal) -> RenewedCounts {
    let Renewal { n_changed, n_gone, n_again, .. } = renewal;
    summary.renews = true;
    // What comes again as it was is no addition.
    summary.n_events = summary.n_events.saturating_sub(*n_again);
    summary.n_duplicates += n_again;
    summary.n_changed = (*n_changed).min(summary.n_events);
    summary.n_gone = *n_gone;
    RenewedCounts {
        n_times: 1,
        n_new: summary.n_events - summary.n_changed,
        n_changed: summary.n_changed,
        n_gone: *n_gone,
        n_unchanged: summary.n_duplicates,
        n_late: summary.n_late,
        n_replaced: 0,
    }
}

/// Lists the largest changes by name.
pub(crate) fn list_changes(
    summary: &mut ChangeSummary,
    names: &Names,
    before: &Counts,
    after: &Counts,
    marks: &ChangedMarks,
) {
    let activities = marks.activities.iter().map(|&activity| Changed {
        name: names.get(activity).to_owned(),
        before: before.activity(activity).n_occurrences,
        after: after.activity(activity).n_occurrences,
    });
    summary.activities = largest(activities.collect());
    let edges = marks.edges.iter().map(|&(from, to)| Changed {
        name: format!("{} → {}", names.get(from), names.get(to)),
        before: before.edge((from, to)),
        after: after.edge((from, to)),
    });
    summary.edges = largest(edges.collect());
}

fn largest(mut changes: Vec<Changed>) -> Vec<Changed> {
    changes.sort_by(|a, b| {
        b.before.abs_diff(b.after).cmp(&a.before.abs_diff(a.after)).then_with(|| a.name.cmp(&b.name))
    });
    changes.truncate(MAX_LISTED);
    changes
}
