//! A side column of end times: how long after its start each event ended, in as few bytes as the longest needs.

use crate::TimeUnit;
use crate::columns::{NO_END, NONE};
use crate::ids::IdColumn;
use std::ops::Range;

/// For every row when it ended, or [`NO_END`]. Costs nothing until some row has an end.
///
/// Every call brings the start of the row: only the time between the two is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndColumn {
    form: Form,
    /// What is being read from a file.
    opened: Vec<i64>,
}

#[derive(Clone, Debug)]
enum Form {
    /// Whole multiples of a unit.
    Counts(TimeUnit, IdColumn),
    /// Microseconds, with [`NO_END`] for none; where there are fractions of long times, or times that go backwards.
    Micros(Vec<i64>),
}

impl Default for Form {
    fn default() -> Self {
        let [coarsest, ..] = TimeUnit::ALL;
        Self::Counts(coarsest, IdColumn::default())
    }
}

impl EndColumn {
    pub(crate) fn push(&mut self, start: i64, end: i64) {
        self.extend(std::iter::once((start, end)));
    }

    /// Adds starts with their ends at once; an empty column gets exactly the room it needs.
    pub(crate) fn extend(&mut self, added: impl ExactSizeIterator<Item = (i64, i64)> + Clone) {
        self.make_fit(added.clone());
        match &mut self.form {
            Form::Counts(unit, counts) => {
                let unit = *unit;
                counts.extend(added.map(move |(start, end)| count_of(unit, start, end).unwrap_or(NONE)));
            }
            Form::Micros(values) => values.extend(added.map(|(start, end)| between(start, end))),
        }
    }

    /// Adds rows without an end to a column without any.
    pub(crate) fn extend_absent(&mut self, n_added: usize) {
        if let Form::Counts(_, counts) = &mut self.form {
            counts.extend_absent(n_added);
        }
    }

    /// When the row with this start ended.
    pub(crate) fn get(&self, row: usize, start: i64) -> i64 {
        match &self.form {
            Form::Counts(unit, counts) => match counts.get(row) {
                NONE => NO_END,
                count => start + unit.micros(count),
            },
            Form::Micros(values) => match values.get(row) {
                None | Some(&NO_END) => NO_END,
                Some(micros) => start + micros,
            },
        }
    }

    /// Whether no row has an end.
    pub(crate) fn is_absent(&self) -> bool {
        match &self.form {
            Form::Counts(_, counts) => counts.is_absent(),
            Form::Micros(values) => values.is_empty(),
        }
    }

    /// The ends of all rows; nothing when no row has one.
    pub(crate) fn to_micros(&self, starts: &[i64]) -> Vec<i64> {
        if self.is_absent() {
            return Vec::new();
        }
        starts.iter().enumerate().map(|(row, &start)| self.get(row, start)).collect()
    }

    /// Hands the ends of some rows to `take`, in order and in pieces.
    pub(crate) fn read(&self, rows: Range<usize>, starts: &[i64], mut take: impl FnMut(&[i64])) {
        let mut piece = [NO_END; 256];
        let mut left = rows.zip(starts);
        loop {
            let mut n = 0;
            for (slot, (row, &start)) in piece.iter_mut().zip(&mut left) {
                *slot = self.get(row, start);
                n += 1;
            }
            if n == 0 {
                return;
            }
            take(&piece[..n]);
        }
    }

    /// Whether some of the rows have an end.
    pub(crate) fn has_own(&self, rows: Range<usize>) -> bool {
        match &self.form {
            Form::Counts(_, counts) => counts.has_own(rows),
            Form::Micros(values) => {
                values.get(rows).is_some_and(|values| values.iter().any(|v| *v != NO_END))
            }
        }
    }

    /// The ends while they are being read from a file; [`Self::close`] ends that.
    pub(crate) fn open(&mut self) -> &mut Vec<i64> {
        &mut self.opened
    }

    /// Whether all ends that were read fulfil a condition.
    pub(crate) fn are_opened(&self, is_good: impl Fn(i64) -> bool) -> bool {
        self.opened.iter().all(|&end| end == NO_END || is_good(end))
    }

    /// Takes the ends as complete; returns whether there are either none or as many as starts.
    pub(crate) fn close(&mut self, starts: &[i64]) -> bool {
        let opened = std::mem::take(&mut self.opened);
        if opened.is_empty() {
            return match &mut self.form {
                Form::Counts(_, counts) => counts.close(starts.len()),
                Form::Micros(values) => values.len() == starts.len(),
            };
        }
        let fits = opened.len() == starts.len();
        self.extend(starts.iter().copied().zip(opened));
        fits
    }

    pub(crate) fn n_bytes(&self) -> usize {
        match &self.form {
            Form::Counts(_, counts) => counts.n_bytes(),
            Form::Micros(values) => values.capacity() * size_of::<i64>(),
        }
    }

    /// Goes over to another form where these times have no room in the one there is.
    fn make_fit(&mut self, added: impl Iterator<Item = (i64, i64)> + Clone) {
        let Form::Counts(unit, counts) = &self.form else { return };
        let fit = |unit: TimeUnit| added.clone().all(|(start, end)| count_of(unit, start, end).is_some());
        if fit(*unit) {
            return;
        }
        let (unit, old) = (*unit, counts.to_list());
        let other = TimeUnit::ALL.into_iter().filter(|other| fit(*other)).find_map(|other| {
            let converted = old.iter().map(|&count| match count {
                NONE => Some(NONE),
                _ => some_count(other.count(unit.micros(count))),
            });
            let converted: Vec<u32> = converted.collect::<Option<_>>()?;
            let mut counts = IdColumn::default();
            counts.extend(converted.into_iter());
            Some(Form::Counts(other, counts))
        });
        let micros = |&count: &u32| if count == NONE { NO_END } else { unit.micros(count) };
        self.form = other.unwrap_or_else(|| Form::Micros(old.iter().map(micros).collect()));
    }
}

/// The time from start to end as a number of units, [`NONE`] without an end; `None` where it is no such number.
fn count_of(unit: TimeUnit, start: i64, end: i64) -> Option<u32> {
    if end == NO_END { Some(NONE) } else { some_count(unit.count(end - start)) }
}

fn some_count(count: Option<u32>) -> Option<u32> {
    count.filter(|count| *count != NONE)
}

fn between(start: i64, end: i64) -> i64 {
    if end == NO_END { NO_END } else { end - start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time() -> impl Strategy<Value = (i64, i64)> {
        let long = prop_oneof![
            4 => 0_i64..200_000,
            1 => prop::sample::select(vec![-7, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 40, crate::columns::MAX_MICROS]),
        ];
        let unit = prop_oneof![6 => Just(1_000_000_i64), 1 => Just(1_000), 1 => Just(1)];
        (-1_000_000_000_i64..1_000_000_000, long, unit, any::<bool>()).prop_map(
            |(start, long, unit, has_end)| {
                let end = start.saturating_add(long.saturating_mul(unit).min(crate::columns::MAX_MICROS));
                (start, if has_end { end } else { NO_END })
            },
        )
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_list(parts in prop::collection::vec((any::<bool>(), prop::collection::vec(time(), 0..12)), 0..8)) {
            let mut column = EndColumn::default();
            let mut plain: Vec<(i64, i64)> = Vec::new();
            for (at_once, times) in parts {
                if at_once {
                    column.extend(times.iter().copied());
                } else {
                    times.iter().for_each(|&(start, end)| column.push(start, end));
                }
                plain.extend(times);
            }
            let (starts, ends): (Vec<i64>, Vec<i64>) = plain.iter().copied().unzip();
            let list = |column: &EndColumn| {
                starts.iter().enumerate().map(|(row, &start)| column.get(row, start)).collect::<Vec<i64>>()
            };
            prop_assert_eq!(list(&column), ends.clone());
            let has_some = ends.iter().any(|end| *end != NO_END);
            prop_assert!(has_some || column.is_absent(), "costs nothing");
            prop_assert_eq!(column.has_own(0..ends.len()), has_some);
            let mut read = Vec::new();
            column.read(0..ends.len(), &starts, |piece| read.extend_from_slice(piece));
            prop_assert_eq!(&read, &ends);
            let mut again = EndColumn::default();
            again.open().extend(column.to_micros(&starts));
            for _ in 0..2 {
                prop_assert!(again.close(&starts), "as many as there were");
            }
            again.push(7, 9);
            prop_assert_eq!(again.get(starts.len(), 7), 9, "what follows has its place");
            prop_assert_eq!(list(&again), ends);
        }
    }

    #[test]
    fn a_few_hours_take_two_bytes() {
        let mut column = EndColumn::default();
        column.extend((0_i32..1_000).map(i64::from).map(|i| (i, i + i * 60_000_000)));
        assert_eq!(column.n_bytes(), 2_000, "up to eighteen hours in seconds");
        column.push(0, 1_500_000);
        assert!(column.n_bytes() < 9_000, "half a second makes it milliseconds");
        assert_eq!(column.get(999, 999), 999 + 999 * 60_000_000, "and changes nothing");
    }
}
