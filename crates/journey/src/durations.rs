//! Exact order statistics of durations under insertion and removal.

use crate::follows::Sign;
use crate::run::{Run, square};
use event::TimeUnit;
use std::cell::Cell;

/// Distribution of a duration, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeStats {
    /// Number of durations, at least 1.
    pub n: u64,
    /// Arithmetic mean, from the exact integer sum.
    pub mean_secs: f64,
    /// Median: the mean of the two middle values for an even count.
    pub median_secs: f64,
    /// 95th percentile, linearly interpolated between the closest ranks.
    pub p95_secs: f64,
    /// Smallest.
    pub min_secs: f64,
    /// Largest.
    pub max_secs: f64,
    /// Sum.
    pub sum_secs: f64,
    /// Sample standard deviation (n − 1); 0 for a single value.
    pub stdev_secs: f64,
}

/// A multiset of durations in microseconds, kept so that any order statistic is exact at any time.
///
/// A sorted run holds most values; a small list of added and one of removed values patch it, and are folded in when
/// they grow beyond a sixteenth of the run. Order of insertion never shows.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    sorted: Run,
    added: Vec<i64>,
    removed: Vec<i64>,
    sum: i128,
    sum_of_squares: u128,
    /// Median and 95th percentile that were found last for several sets of which this is the first: where to look first
    /// the next time. Whatever stands here, the same values are found.
    near: Cell<[i64; 2]>,
}

impl Durations {
    /// Patches below this length are never folded.
    const MIN_FOLD: usize = 64;

    /// Takes over values in any order. Costs O(n) for each digit of the largest value, about five.
    pub fn from_unsorted(values: Vec<i64>) -> Self {
        Self::from_run(Run::from_unsorted(values))
    }

    /// Takes over values that were counted in a unit already.
    pub(crate) fn from_counts(unit: TimeUnit, counts: Vec<u32>, scratch: &mut Vec<u32>) -> Self {
        Self::from_run(Run::from_counts(unit, counts, scratch))
    }

    fn from_run(sorted: Run) -> Self {
        let (sum, sum_of_squares) = sorted.sums();
        Self { sorted, sum, sum_of_squares, ..Self::default() }
    }

    /// Adds a value.
    pub fn insert(&mut self, micros: i64) {
        self.sum += i128::from(micros);
        self.sum_of_squares = self.sum_of_squares.wrapping_add(square(micros));
        if !take_one(&mut self.removed, micros) {
            put_one(&mut self.added, micros);
        }
        self.fold_if_due();
    }

    /// Removes one occurrence of a value that is in the multiset.
    pub fn remove(&mut self, micros: i64) {
        self.sum -= i128::from(micros);
        self.sum_of_squares = self.sum_of_squares.wrapping_sub(square(micros));
        if !take_one(&mut self.added, micros) {
            put_one(&mut self.removed, micros);
        }
        self.fold_if_due();
    }

    /// Adds many values, or removes as many that are in the multiset.
    pub(crate) fn change(&mut self, mut values: Vec<i64>, sign: Sign) {
        values.sort_unstable();
        for &micros in &values {
            let (micros, square) = (i128::from(micros), square(micros));
            match sign {
                Sign::Add => {
                    self.sum += micros;
                    self.sum_of_squares = self.sum_of_squares.wrapping_add(square);
                }
                Sign::Retract => {
                    self.sum -= micros;
                    self.sum_of_squares = self.sum_of_squares.wrapping_sub(square);
                }
            }
        }
        // What undoes a patch leaves no trace; the rest joins the others, all of it at once.
        let (undone, patch) = match sign {
            Sign::Add => (&mut self.removed, &mut self.added),
            Sign::Retract => (&mut self.added, &mut self.removed),
        };
        let left = cancel(undone, &values);
        *patch = merge(patch, &left);
        self.fold_if_due();
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.sorted.len() + self.added.len() - self.removed.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The figures of the distribution; `None` when it is empty.
    pub fn stats(&self) -> Option<TimeStats> {
        stats_of_union(&[self])
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        self.sorted.n_bytes() + (self.added.capacity() + self.removed.capacity()) * size_of::<i64>()
    }

    /// How many values are at most `micros`.
    pub(crate) fn rank(&self, micros: i64) -> usize {
        let upto = |values: &[i64]| values.partition_point(|&v| v <= micros);
        self.sorted.rank(micros) + upto(&self.added) - upto(&self.removed)
    }

    /// The smallest value. What was removed is in the run, so the first of it that is not at its place ends the gap.
    fn min(&self) -> Option<i64> {
        let n_gone = (0..).zip(&self.removed).take_while(|(i, v)| self.sorted.get(*i) == Some(**v)).count();
        self.sorted.get(n_gone).into_iter().chain(self.added.first().copied()).min()
    }

    /// The largest value.
    pub(crate) fn max(&self) -> Option<i64> {
        let from_end = |n: usize| self.sorted.len().checked_sub(n + 1).and_then(|i| self.sorted.get(i));
        let n_gone =
            (0..).zip(self.removed.iter().rev()).take_while(|(n, v)| from_end(*n) == Some(**v)).count();
        from_end(n_gone).into_iter().chain(self.added.last().copied()).max()
    }

    /// The smallest value above `micros`.
    fn next_above(&self, micros: i64) -> Option<i64> {
        let i = self.sorted.rank(micros);
        let removed = &self.removed[self.removed.partition_point(|&v| v <= micros)..];
        let n_gone = (i..).zip(removed).take_while(|(i, v)| self.sorted.get(*i) == Some(**v)).count();
        let added = self.added.get(self.added.partition_point(|&v| v <= micros)).copied();
        self.sorted.get(i + n_gone).into_iter().chain(added).min()
    }

    fn fold_if_due(&mut self) {
        if self.added.len() + self.removed.len() <= Self::MIN_FOLD.max(self.sorted.len() / 16) {
            return;
        }
        self.sorted.patch(&self.added, &self.removed);
        self.added.clear();
        self.removed.clear();
    }
}

/// The figures of several multisets taken together; `None` when all are empty.
///
/// Costs O(sets · log(values)) for each step towards a percentile, of which there are few.
pub fn stats_of_union(sets: &[&Durations]) -> Option<TimeStats> {
    let n: usize = sets.iter().map(|s| s.len()).sum();
    if n == 0 {
        return None;
    }
    let sum: i128 = sets.iter().map(|s| s.sum).sum();
    let squares = sets.iter().fold(0_u128, |sum, s| sum.wrapping_add(s.sum_of_squares));
    let union = Union::new(sets, n);
    let [near_median, near_p95] = sets[0].near.get();
    let (median_secs, found_median) = union.quantile_secs((1, 2), near_median);
    let (p95_secs, found_p95) = union.quantile_secs((19, 20), near_p95);
    if sets.len() > 1 {
        sets[0].near.set([found_median, found_p95]);
    }
    Some(TimeStats {
        n: n as u64,
        mean_secs: mean_secs(sum, n),
        median_secs,
        p95_secs,
        min_secs: secs(union.min),
        max_secs: secs(union.max),
        sum_secs: to_f64(sum) / 1e6,
        stdev_secs: stdev_secs(sum, squares, n),
    })
}

/// Several multisets as one: their runs, and the patches of all of them together.
struct Union<'a> {
    sets: &'a [&'a Durations],
    added: Vec<i64>,
    removed: Vec<i64>,
    n: usize,
    min: i64,
    max: i64,
}

impl<'a> Union<'a> {
    fn new(sets: &'a [&'a Durations], n: usize) -> Self {
        let joined = |of: fn(&Durations) -> &Vec<i64>| {
            let mut values: Vec<i64> = sets.iter().flat_map(|set| of(set)).copied().collect();
            values.sort_unstable();
            values
        };
        Self {
            sets,
            added: joined(|set| &set.added),
            removed: joined(|set| &set.removed),
            n,
            min: sets.iter().filter_map(|set| set.min()).min().unwrap_or(0),
            max: sets.iter().filter_map(|set| set.max()).max().unwrap_or(0),
        }
    }

    /// The quantile `numerator / denominator`, linearly interpolated between the two closest ranks, and the lower of them.
    fn quantile_secs(&self, (numerator, denominator): (usize, usize), near: i64) -> (f64, i64) {
        let scaled = (self.n - 1) * numerator;
        let (rank, rest) = (scaled / denominator, scaled % denominator);
        let (low, n_upto) = self.nth(rank, near);
        if rest == 0 {
            return (secs(low), low);
        }
        let above = || self.sets.iter().filter_map(|s| s.next_above(low)).min();
        let high = if n_upto > rank + 1 { low } else { above().unwrap_or(low) };
        if (numerator, denominator) == (1, 2) {
            return (to_f64(i128::from(low) + i128::from(high)) / 2e6, low);
        }
        let way = to_f64(rest as i128) / to_f64(denominator as i128);
        (secs(low) + (secs(high) - secs(low)) * way, low)
    }

    /// The `k`-th smallest value of all, from 0, and how many are at most that. It is likely `near` that.
    fn nth(&self, k: usize, near: i64) -> (i64, usize) {
        /// So few candidates are sorted rather than searched.
        const FEW: usize = 64;
        if let ([only], [], []) = (self.sets, self.added.as_slice(), self.removed.as_slice()) {
            let value = only.sorted.get(k).unwrap_or(0);
            return (value, only.sorted.rank(value));
        }
        let (mut low, mut high) = (self.min, self.max);
        // How many values are below `low`, and how many up to `high`.
        let (mut n_below, mut n_upto) = (0, self.n);
        let mut windows = self.windows();
        // The smallest value whose rank exceeds k; it is in one of the sets because ranks only step at their values.
        for step in 0_u32.. {
            if low >= high || windows.iter().map(|window| window.until - window.first).sum::<usize>() <= FEW {
                break;
            }
            let middle = match step {
                0 if (low..high).contains(&near) => near,
                _ => pivot(step, (low, high), (n_below, n_upto), k),
            };
            let (mut n_in, mut n_out) = (0, 0);
            for window in &mut windows {
                window.middle = window.rank(middle);
                *(if window.is_removed { &mut n_out } else { &mut n_in }) += window.middle;
            }
            let is_above = n_in > k + n_out;
            windows.iter_mut().for_each(|window| window.narrow(is_above));
            if is_above {
                (high, n_upto) = (middle, n_in - n_out);
            } else {
                (low, n_below) = (middle + 1, n_in - n_out);
            }
        }
        if low < high {
            return nth_of_windows(&windows, k);
        }
        (low, n_upto)
    }

    /// All lists that are not empty, whole.
    fn windows(&self) -> Vec<Window<'_>> {
        let runs = self.sets.iter().map(|set| (List::Run(&set.sorted), set.sorted.len(), false));
        let patches = [
            (List::Patch(&self.added), self.added.len(), false),
            (List::Patch(&self.removed), self.removed.len(), true),
        ];
        let used = runs.chain(patches).filter(|(_, len, _)| *len > 0);
        used.map(|(list, until, is_removed)| Window { list, is_removed, first: 0, middle: 0, until })
            .collect()
    }
}

/// Where to look next for the value of rank `k`, which lies in `low..=high`: never at `high`, which needs no looking.
///
/// Mostly a little beside of where it would be if values were spread evenly, above and below in turn, so that it is soon
/// held tightly from both sides; every fourth time in the middle, so that no distribution makes it slow.
fn pivot(step: u32, (low, high): (i64, i64), (n_below, n_upto): (usize, usize), k: usize) -> i64 {
    let n = n_upto.saturating_sub(n_below);
    if step % 4 == 3 || n == 0 {
        return low + (high - low) / 2;
    }
    let margin = 2 * n.isqrt();
    let wanted = k.saturating_sub(n_below);
    let aim = if step.is_multiple_of(2) { (wanted + margin).min(n) } else { wanted.saturating_sub(margin) };
    let [aim, n] = [aim, n].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let width = high - low;
    let way = width.checked_mul(aim).map_or_else(|| width / n * aim, |product| product / n);
    low + way.clamp(0, width - 1)
}

/// The `k`-th value and its rank, when it lies in one of the windows.
fn nth_of_windows(windows: &[Window<'_>], k: usize) -> (i64, usize) {
    let (mut n_in, mut n_out) = (0, 0);
    let mut candidates = Vec::new();
    for window in windows {
        *(if window.is_removed { &mut n_out } else { &mut n_in }) += window.first;
        let values = (window.first..window.until).filter_map(|i| window.list.get(i));
        candidates.extend(values.map(|value| (value, window.is_removed)));
    }
    candidates.sort_unstable();
    for same in candidates.chunk_by(|a, b| a.0 == b.0) {
        let n_removed = same.iter().filter(|(_, is_removed)| *is_removed).count();
        n_in += same.len() - n_removed;
        n_out += n_removed;
        if let (true, Some((value, _))) = (n_in > k + n_out, same.first()) {
            return (*value, n_in - n_out);
        }
    }
    (0, 0)
}

/// Where in one ascending list a wanted value can still lie.
struct Window<'a> {
    list: List<'a>,
    is_removed: bool,
    first: usize,
    middle: usize,
    until: usize,
}

enum List<'a> {
    Run(&'a Run),
    Patch(&'a [i64]),
}

impl List<'_> {
    fn get(&self, i: usize) -> Option<i64> {
        match self {
            Self::Run(run) => run.get(i),
            Self::Patch(values) => values.get(i).copied(),
        }
    }
}

impl Window<'_> {
    /// How many values of the list are at most `micros`, which lies where the window does.
    fn rank(&self, micros: i64) -> usize {
        match self.list {
            _ if self.first == self.until => self.first,
            List::Run(run) => self.first + run.rank_within(self.first..self.until, micros),
            List::Patch(values) => {
                self.first + values[self.first..self.until].partition_point(|&value| value <= micros)
            }
        }
    }

    fn narrow(&mut self, to_lower: bool) {
        if to_lower {
            self.until = self.middle;
        } else {
            self.first = self.middle;
        }
    }
}

fn mean_secs(sum: i128, n: usize) -> f64 {
    // Whole microseconds and the rest apart, so that long sums lose nothing.
    let n = n as i128;
    (to_f64(sum / n) + to_f64(sum % n) / to_f64(n)) / 1e6
}

fn stdev_secs(sum: i128, squares: u128, n: usize) -> f64 {
    if n < 2 {
        return 0.0;
    }
    // n·Σx² − (Σx)² exactly where 128 bits hold it, in floating point beyond.
    let count = n as u128;
    let sum = sum.unsigned_abs();
    let spread = match (squares.checked_mul(count), sum.checked_mul(sum)) {
        (Some(a), Some(b)) => to_f64_unsigned(a.saturating_sub(b)),
        _ => (to_f64_unsigned(squares) * to_f64_unsigned(count) - to_f64_unsigned(sum).powi(2)).max(0.0),
    };
    (spread / (to_f64_unsigned(count) * to_f64_unsigned(count - 1))).sqrt() / 1e6
}

/// Microseconds as seconds; exact to the microsecond within 285 years.
pub(crate) fn secs(micros: i64) -> f64 {
    to_f64(i128::from(micros)) / 1e6
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures are shown as f64; 53 bits of microseconds are 285 years"
)]
fn to_f64(value: i128) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "as for to_f64")]
fn to_f64_unsigned(value: u128) -> f64 {
    value as f64
}

/// Takes values out of an ascending list where it has them; returns those that it doesn't have, ascending as they came.
fn cancel(sorted: &mut Vec<i64>, values: &[i64]) -> Vec<i64> {
    let (mut left, mut values) = (Vec::new(), values.iter().copied().peekable());
    sorted.retain(|&one| {
        while let Some(smaller) = values.next_if(|&value| value < one) {
            left.push(smaller);
        }
        values.next_if_eq(&one).is_none()
    });
    left.extend(values);
    left
}

/// Two ascending lists as one.
fn merge(a: &[i64], b: &[i64]) -> Vec<i64> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let mut b = b.iter().copied().peekable();
    for &one in a {
        while let Some(smaller) = b.next_if(|&other| other < one) {
            merged.push(smaller);
        }
        merged.push(one);
    }
    merged.extend(b);
    merged
}

fn take_one(sorted: &mut Vec<i64>, value: i64) -> bool {
    match sorted.binary_search(&value) {
        Ok(i) => {
            sorted.remove(i);
            true
        }
        Err(_) => false,
    }
}

fn put_one(sorted: &mut Vec<i64>, value: i64) {
    let i = sorted.partition_point(|&v| v < value);
    sorted.insert(i, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[expect(clippy::cast_possible_truncation, reason = "small test numbers")]
    fn naive(mut values: Vec<i64>) -> Option<TimeStats> {
        values.sort_unstable();
        let n = values.len();
        if n == 0 {
            return None;
        }
        let x: Vec<f64> = values.iter().map(|&v| v as f64 / 1e6).collect();
        let sum: f64 = x.iter().sum();
        let quantile = |q: f64| {
            let position = q * (n - 1) as f64;
            let low = position.floor() as usize;
            let high = (low + 1).min(n - 1);
            x[low] + (x[high] - x[low]) * (position - low as f64)
        };
        let mean = sum / n as f64;
        let spread: f64 = x.iter().map(|v| (v - mean).powi(2)).sum();
        let stdev = if n < 2 { 0.0 } else { (spread / (n - 1) as f64).sqrt() };
        Some(TimeStats {
            n: n as u64,
            mean_secs: mean,
            median_secs: quantile(0.5),
            p95_secs: quantile(0.95),
            min_secs: x[0],
            max_secs: x[n - 1],
            sum_secs: sum,
            stdev_secs: stdev,
        })
    }

    fn close(a: Option<TimeStats>, b: Option<TimeStats>) -> bool {
        let near = |x: f64, y: f64| (x - y).abs() <= 1e-9 * (1.0 + x.abs().max(y.abs()));
        match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                a.n == b.n
                    && near(a.mean_secs, b.mean_secs)
                    && near(a.median_secs, b.median_secs)
                    && near(a.p95_secs, b.p95_secs)
                    && near(a.min_secs, b.min_secs)
                    && near(a.max_secs, b.max_secs)
                    && near(a.sum_secs, b.sum_secs)
                    && (a.stdev_secs - b.stdev_secs).abs() <= 1e-6 * (1.0 + b.stdev_secs)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_list(
            first in prop::collection::vec(0_i64..1_000_000_000, 0..200),
            changes in prop::collection::vec((any::<bool>(), 0_i64..1_000_000_000, any::<prop::sample::Index>()), 0..300),
        ) {
            let mut plain = first.clone();
            let mut durations = Durations::from_unsorted(first);
            for (insert, value, index) in changes {
                if insert || plain.is_empty() {
                    plain.push(value);
                    durations.insert(value);
                } else {
                    let gone = plain.swap_remove(index.index(plain.len()));
                    durations.remove(gone);
                }
            }
            prop_assert!(close(durations.stats(), naive(plain.clone())), "{:?} {:?}", durations.stats(), naive(plain.clone()));
            prop_assert_eq!(durations.stats(), Durations::from_unsorted(plain).stats());
        }

        #[test]
        fn many_at_once_are_as_one_by_one(
            first in prop::collection::vec(0_i64..200, 0..100),
            rounds in prop::collection::vec((prop::collection::vec(0_i64..200, 0..40), prop::collection::vec(any::<prop::sample::Index>(), 0..40)), 0..6),
        ) {
            let mut plain = first.clone();
            let mut durations = Durations::from_unsorted(first);
            for (come, gone) in rounds {
                let mut left = Vec::new();
                for at in gone.into_iter().take(plain.len()) {
                    left.push(plain.swap_remove(at.index(plain.len())));
                }
                durations.change(left, Sign::Retract);
                plain.extend(&come);
                durations.change(come, Sign::Add);
                prop_assert_eq!(durations.stats(), Durations::from_unsorted(plain.clone()).stats());
            }
        }

        #[test]
        fn union_equals_one_set(
            sets in prop::collection::vec(prop::collection::vec(0_i64..100, 0..40), 1..6),
            hints in [-5_i64..105, -5_i64..105],
        ) {
            let parts: Vec<Durations> = sets.iter().cloned().map(Durations::from_unsorted).collect();
            let together = Durations::from_unsorted(sets.concat());
            let union = || stats_of_union(&parts.iter().collect::<Vec<_>>());
            prop_assert_eq!(union(), together.stats());
            prop_assert_eq!(union(), together.stats(), "with a hint of the first time");
            parts[0].near.set(hints);
            prop_assert_eq!(union(), together.stats(), "with any hint");
        }
    }
}
