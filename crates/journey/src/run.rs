//! Sorted durations, in four bytes each where they are whole seconds, milliseconds or few microseconds.

use crate::radix;
use event::TimeUnit;
use std::borrow::Cow;
use std::ops::Range;

/// Ascending durations in microseconds.
#[derive(Clone, Debug)]
pub(crate) enum Run {
    /// As whole multiples of a unit that fit into two bytes, such as seconds of less than eighteen hours.
    Halves(TimeUnit, Vec<u16>),
    /// As whole multiples of a unit.
    Counts(TimeUnit, Vec<u32>),
    /// As they are.
    Micros(Vec<i64>),
}

impl Default for Run {
    fn default() -> Self {
        Self::Micros(Vec::new())
    }
}

impl Run {
    /// Takes durations in any order.
    pub(crate) fn from_unsorted(mut values: Vec<i64>) -> Self {
        for unit in TimeUnit::ALL {
            let counts: Option<Vec<u32>> = values.iter().map(|&micros| unit.count(micros)).collect();
            if let Some(counts) = counts {
                return Self::from_counts(unit, counts, &mut Vec::new());
            }
        }
        radix::sort(&mut values, &mut Vec::new());
        Self::Micros(values)
    }

    /// Takes multiples of a unit in any order.
    pub(crate) fn from_counts(unit: TimeUnit, mut counts: Vec<u32>, scratch: &mut Vec<u32>) -> Self {
        radix::sort(&mut counts, scratch);
        Self::from_sorted(unit, counts)
    }

    fn from_sorted(unit: TimeUnit, mut counts: Vec<u32>) -> Self {
        if counts.last().is_some_and(|&longest| longest <= u16::MAX.into()) {
            let halves = counts.iter().map(|&count| u16::try_from(count).unwrap_or(u16::MAX));
            return Self::Halves(unit, halves.collect());
        }
        counts.shrink_to_fit();
        Self::Counts(unit, counts)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Halves(_, counts) => counts.len(),
            Self::Counts(_, counts) => counts.len(),
            Self::Micros(values) => values.len(),
        }
    }

    pub(crate) fn get(&self, i: usize) -> Option<i64> {
        match self {
            Self::Halves(unit, counts) => counts.get(i).map(|&count| unit.micros(count.into())),
            Self::Counts(unit, counts) => counts.get(i).map(|&count| unit.micros(count)),
            Self::Micros(values) => values.get(i).copied(),
        }
    }

    /// How many are at most `micros`.
    pub(crate) fn rank(&self, micros: i64) -> usize {
        self.rank_within(0..self.len(), micros)
    }

    /// How many of those at some places are at most `micros`.
    pub(crate) fn rank_within(&self, places: Range<usize>, micros: i64) -> usize {
        let limit = |unit: &TimeUnit| u32::try_from(micros.div_euclid(unit.micros(1)));
        match self {
            Self::Halves(unit, counts) => match limit(unit) {
                Ok(limit) => counts[places].partition_point(|&count| u32::from(count) <= limit),
                Err(_) if micros < 0 => 0,
                Err(_) => places.len(),
            },
            Self::Counts(unit, counts) => match limit(unit) {
                Ok(limit) => counts[places].partition_point(|&count| count <= limit),
                Err(_) if micros < 0 => 0,
                Err(_) => places.len(),
            },
            Self::Micros(values) => values[places].partition_point(|&value| value <= micros),
        }
    }

    /// The sum and the sum of squares, the latter modulo 2¹²⁸.
    pub(crate) fn sums(&self) -> (i128, u128) {
        match self {
            Self::Halves(unit, counts) => sums_of(*unit, counts.iter().map(|&count| count.into())),
            Self::Counts(unit, counts) => sums_of(*unit, counts.iter().copied()),
            Self::Micros(values) => {
                let sum = values.iter().map(|&value| i128::from(value)).sum();
                (sum, values.iter().fold(0_u128, |sum, &value| sum.wrapping_add(square(value))))
            }
        }
    }

    /// Puts values in and takes values out that are there; both lists are ascending.
    pub(crate) fn patch(&mut self, added: &[i64], removed: &[i64]) {
        if let Some((unit, counts)) = self.to_counts() {
            let count =
                |values: &[i64]| -> Option<Vec<u32>> { values.iter().map(|&v| unit.count(v)).collect() };
            if let (Some(added), Some(removed)) = (count(added), count(removed)) {
                *self = Self::from_sorted(unit, merged(&counts, &added, &removed));
                return;
            }
        }
        let values: Vec<i64> = match self {
            Self::Micros(values) => std::mem::take(values),
            _ => (0..self.len()).filter_map(|i| self.get(i)).collect(),
        };
        *self = Self::from_unsorted(merged(&values, added, removed));
    }

    fn to_counts(&self) -> Option<(TimeUnit, Cow<'_, [u32]>)> {
        match self {
            Self::Halves(unit, counts) => Some((*unit, counts.iter().map(|&count| count.into()).collect())),
            Self::Counts(unit, counts) => Some((*unit, Cow::Borrowed(counts))),
            Self::Micros(_) => None,
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        match self {
            Self::Halves(_, counts) => counts.capacity() * size_of::<u16>(),
            Self::Counts(_, counts) => counts.capacity() * size_of::<u32>(),
            Self::Micros(values) => values.capacity() * size_of::<i64>(),
        }
    }
}

fn sums_of(unit: TimeUnit, counts: impl Iterator<Item = u32>) -> (i128, u128) {
    let (mut sum, mut squares) = (0_u64, 0_u128);
    for count in counts {
        // At most 2³⁰ values below 2³².
        sum += u64::from(count);
        squares += u128::from(u64::from(count) * u64::from(count));
    }
    let micros = u128::from(unit.micros(1).unsigned_abs());
    (i128::from(sum) * i128::from(unit.micros(1)), squares.wrapping_mul(micros * micros))
}

pub(crate) fn square(micros: i64) -> u128 {
    let magnitude = u128::from(micros.unsigned_abs());
    magnitude * magnitude
}

fn merged<T: Copy + Ord>(sorted: &[T], added: &[T], removed: &[T]) -> Vec<T> {
    let mut merged = Vec::with_capacity((sorted.len() + added.len()).saturating_sub(removed.len()));
    let mut added = added.iter().copied().peekable();
    let mut removed = removed.iter().copied().peekable();
    for &value in sorted {
        if removed.next_if_eq(&value).is_some() {
            continue;
        }
        while let Some(smaller) = added.next_if(|&a| a <= value) {
            merged.push(smaller);
        }
        merged.push(value);
    }
    merged.extend(added);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_run_has_the_same_values_in_any_form(
            values in prop::collection::vec(0_i64..5_000_000, 1..400),
            scale in prop::sample::select(vec![1_i64, 1_000, 1_000_000, 7_777_777]),
            probe in 0_i64..5_000_000,
        ) {
            let mut values: Vec<i64> = values.iter().map(|value| value * scale).collect();
            let run = Run::from_unsorted(values.clone());
            values.sort_unstable();
            let probe = probe * scale;
            prop_assert_eq!(run.rank(probe), values.iter().filter(|value| **value <= probe).count());
            prop_assert_eq!((0..values.len()).filter_map(|i| run.get(i)).collect::<Vec<i64>>(), values.clone());
            let squares = values.iter().map(|&value| square(value)).fold(0_u128, u128::wrapping_add);
            prop_assert_eq!(run.sums(), (values.iter().map(|&value| i128::from(value)).sum(), squares));
        }
    }
}
