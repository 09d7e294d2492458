//! Figures counted the slow and plain way, straight from the definitions, to check the engine against.

use std::collections::{BTreeMap, BTreeSet};

/// One row of a log as the definitions see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The case.
    pub customer: String,
    /// What happened.
    pub activity: String,
    /// When it started, in UTC microseconds since 1970.
    pub start: i64,
    /// When it ended; the start where it has no end.
    pub end: i64,
}

/// What one edge must say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// How often it was taken.
    pub n_occurrences: u64,
    /// By how many cases.
    pub n_cases: u64,
    /// Every time in between, in microseconds, sorted; overlaps are 0.
    pub times: Vec<i64>,
}

/// Everything that is counted, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Occurrences and cases of each activity.
    pub activities: BTreeMap<String, (u64, u64)>,
    /// Cases that start with an activity.
    pub starts: BTreeMap<String, u64>,
    /// Cases that end with an activity.
    pub ends: BTreeMap<String, u64>,
    /// Edges by activity before and after.
    pub edges: BTreeMap<(String, String), Edge>,
    /// Cases by trace.
    pub variants: BTreeMap<Vec<String>, u64>,
}

/// Counts a log given in order of arrival.
pub fn count(rows: &[Row]) -> Figures {
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        cases.entry(&row.customer).or_default().push(row);
    }
    let mut figures = Figures::default();
    for case in cases.values_mut() {
        // The sort is stable, so that ties keep the order of arrival.
        case.sort_by_key(|row| (row.start, row.end));
        count_case(case, &mut figures);
    }
    for edge in figures.edges.values_mut() {
        edge.times.sort_unstable();
    }
    figures
}

fn count_case(case: &[&Row], figures: &mut Figures) {
    let name = |row: &Row| row.activity.clone();
    let trace: Vec<String> = case.iter().map(|row| name(row)).collect();
    for activity in &trace {
        figures.activities.entry(activity.clone()).or_default().0 += 1;
    }
    for activity in trace.iter().collect::<BTreeSet<_>>() {
        figures.activities.entry(activity.clone()).or_default().1 += 1;
    }
    let mut seen = BTreeSet::new();
    for pair in case.windows(2) {
        let key = (name(pair[0]), name(pair[1]));
        let edge = figures.edges.entry(key.clone()).or_default();
        edge.n_occurrences += 1;
        edge.n_cases += u64::from(seen.insert(key));
        edge.times.push((pair[1].start - pair[0].end).max(0));
    }
    if let (Some(first), Some(last)) = (trace.first(), trace.last()) {
        *figures.starts.entry(first.clone()).or_default() += 1;
        *figures.ends.entry(last.clone()).or_default() += 1;
    }
    *figures.variants.entry(trace).or_default() += 1;
}

/// The quantile of sorted values, linearly between the two nearest (type 7 of Hyndman and Fan 1996), in seconds.
pub fn quantile_secs(sorted_micros: &[i64], ratio: f64) -> f64 {
    let last = sorted_micros.len().saturating_sub(1);
    let place = ratio * as_f64(last);
    let below = (0..=last).rev().find(|i| as_f64(*i) <= place).unwrap_or(0);
    let (low, high) = (secs(sorted_micros[below]), secs(sorted_micros[(below + 1).min(last)]));
    low + (high - low) * (place - as_f64(below))
}

/// Arithmetic mean, in seconds.
pub fn mean_secs(micros: &[i64]) -> f64 {
    micros.iter().map(|value| secs(*value)).sum::<f64>() / as_f64(micros.len())
}

/// Sample standard deviation, in seconds; 0 for a single value.
pub fn stdev_secs(micros: &[i64]) -> f64 {
    if micros.len() < 2 {
        return 0.0;
    }
    let mean = mean_secs(micros);
    let squares: f64 = micros.iter().map(|value| (secs(*value) - mean).powi(2)).sum();
    (squares / as_f64(micros.len() - 1)).sqrt()
}

fn secs(micros: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "test logs stay below 2^53 microseconds")]
    let value = micros as f64;
    value / 1e6
}

fn as_f64(n: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "test logs have far fewer than 2^53 values")]
    let value = n as f64;
    value
}
