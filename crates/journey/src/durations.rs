//! Exact order statistics of durations under insertion and removal.

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
    sorted: Vec<i64>,
    added: Vec<i64>,
    removed: Vec<i64>,
    sum: i128,
    sum_of_squares: u128,
}

impl Durations {
    /// Patches below this length are never folded.
    const MIN_FOLD: usize = 64;

    /// Takes over values in any order. Costs O(n log n).
    pub fn from_unsorted(mut values: Vec<i64>) -> Self {
        values.sort_unstable();
        let sum = values.iter().map(|&v| i128::from(v)).sum();
        let sum_of_squares = values.iter().fold(0_u128, |sum, &v| sum.wrapping_add(square(v)));
        Self { sorted: values, added: Vec::new(), removed: Vec::new(), sum, sum_of_squares }
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
        (self.sorted.capacity() + self.added.capacity() + self.removed.capacity()) * 8
    }

    /// How many values are at most `micros`.
    fn rank(&self, micros: i64) -> usize {
        let upto = |values: &[i64]| values.partition_point(|&v| v <= micros);
        upto(&self.sorted) + upto(&self.added) - upto(&self.removed)
    }

    /// The `k`-th smallest value, from 0.
    fn nth(&self, k: usize) -> i64 {
        if self.added.is_empty() && self.removed.is_empty() {
            return self.sorted[k];
        }
        let first = |values: &[i64]| {
            let i = values.partition_point(|&v| self.rank(v) <= k);
            values.get(i).copied()
        };
        // The k-th value is the smallest value of either list whose rank exceeds k.
        [first(&self.sorted), first(&self.added)].into_iter().flatten().min().unwrap_or(0)
    }

    fn fold_if_due(&mut self) {
        if self.added.len() + self.removed.len() <= Self::MIN_FOLD.max(self.sorted.len() / 16) {
            return;
        }
        let mut merged = Vec::with_capacity(self.len());
        let mut added = self.added.drain(..).peekable();
        let mut removed = self.removed.drain(..).peekable();
        for &value in &self.sorted {
            if removed.next_if_eq(&value).is_some() {
                continue;
            }
            while let Some(smaller) = added.next_if(|&a| a <= value) {
                merged.push(smaller);
            }
            merged.push(value);
        }
        merged.extend(added);
        drop(removed);
        self.sorted = merged;
    }
}

/// The figures of several multisets taken together; `None` when all are empty.
///
/// Costs O(sets · log(largest) · 63) for the percentiles, whatever the number of values.
pub fn stats_of_union(sets: &[&Durations]) -> Option<TimeStats> {
    let n: usize = sets.iter().map(|s| s.len()).sum();
    if n == 0 {
        return None;
    }
    let sum: i128 = sets.iter().map(|s| s.sum).sum();
    let squares = sets.iter().fold(0_u128, |sum, s| sum.wrapping_add(s.sum_of_squares));
    Some(TimeStats {
        n: n as u64,
        mean_secs: mean_secs(sum, n),
        median_secs: quantile_secs(sets, n, 1, 2),
        p95_secs: quantile_secs(sets, n, 19, 20),
        min_secs: secs(nth_of_union(sets, 0)),
        max_secs: secs(nth_of_union(sets, n - 1)),
        sum_secs: to_f64(sum) / 1e6,
        stdev_secs: stdev_secs(sum, squares, n),
    })
}

/// The quantile `numerator / denominator`, linearly interpolated between the two closest ranks.
fn quantile_secs(sets: &[&Durations], n: usize, numerator: usize, denominator: usize) -> f64 {
    let scaled = (n - 1) * numerator;
    let (rank, rest) = (scaled / denominator, scaled % denominator);
    let low = nth_of_union(sets, rank);
    if rest == 0 {
        return secs(low);
    }
    let high = nth_of_union(sets, rank + 1);
    if (numerator, denominator) == (1, 2) {
        return to_f64(i128::from(low) + i128::from(high)) / 2e6;
    }
    secs(low) + (secs(high) - secs(low)) * (to_f64(rest as i128) / to_f64(denominator as i128))
}

fn nth_of_union(sets: &[&Durations], k: usize) -> i64 {
    if let [only] = sets {
        return only.nth(k);
    }
    let ends = || sets.iter().filter(|s| !s.is_empty());
    let mut low = ends().map(|s| s.nth(0)).min().unwrap_or(0);
    let mut high = ends().map(|s| s.nth(s.len() - 1)).max().unwrap_or(0);
    // The smallest value whose rank exceeds k; it is in one of the sets because ranks only step at their values.
    while low < high {
        let middle = low + (high - low) / 2;
        let rank: usize = sets.iter().map(|s| s.rank(middle)).sum();
        if rank > k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
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

fn square(micros: i64) -> u128 {
    let magnitude = u128::from(micros.unsigned_abs());
    magnitude * magnitude
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
        fn union_equals_one_set(sets in prop::collection::vec(prop::collection::vec(0_i64..100, 0..20), 1..6)) {
            let parts: Vec<Durations> = sets.iter().cloned().map(Durations::from_unsorted).collect();
            let together = Durations::from_unsorted(sets.concat());
            prop_assert_eq!(stats_of_union(&parts.iter().collect::<Vec<_>>()), together.stats());
        }
    }
}
