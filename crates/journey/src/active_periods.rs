//! The different periods in which a unit is active.

use crate::calendar::{Calendar, PeriodCursor};
use crate::resolve::Resolver;
use crate::units::UnitEvents;
use std::ops::Range;

/// Finds active periods; the buffer is used again for every unit.
#[derive(Debug)]
pub(crate) struct ActivePeriods {
    marks: Vec<bool>,
    cursor: PeriodCursor,
    periods: Vec<i64>,
}

impl ActivePeriods {
    /// Active by any of these activities; by any at all when there is none.
    pub(crate) fn new(names: &[String], calendar: Calendar, resolver: &mut Resolver<'_>) -> Self {
        let marks = resolver.marks_or_any(names);
        Self { marks, cursor: PeriodCursor::new(calendar), periods: Vec::new() }
    }

    /// The periods of a unit's range, ascending, each once.
    pub(crate) fn of_range(&mut self, unit: &UnitEvents<'_>) -> &[i64] {
        self.of(unit, unit.range.clone())
    }

    /// The periods of a unit's whole history up to the end of its range, ascending, each once.
    pub(crate) fn of_history(&mut self, unit: &UnitEvents<'_>) -> &[i64] {
        self.of(unit, 0..unit.range.end)
    }

    fn of(&mut self, unit: &UnitEvents<'_>, range: Range<usize>) -> &[i64] {
        self.periods.clear();
        let mut next = i64::MIN;
        for (&start, &activity) in unit.starts[range.clone()].iter().zip(&unit.activities[range]) {
            if start >= next && self.marks[activity as usize] {
                self.periods.push(self.cursor.index_of(start));
                next = self.cursor.end_micros();
            }
        }
        &self.periods
    }
}
