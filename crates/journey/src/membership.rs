//! Which cohorts a unit belongs to, and in which later periods it returned.

use crate::calendar::{Calendar, PeriodCursor};
use crate::resolve::Resolver;
use crate::retention::{CohortEntry, Criterion, RetentionClock, RetentionSpec};
use crate::units::UnitEvents;

/// Whether a unit is in a cohort at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    Inside,
    Never,
    Before,
}

/// Finds memberships; the buffers are used again for every unit.
#[derive(Debug)]
pub(crate) struct MembershipFinder {
    starts: Vec<bool>,
    returns: Vec<bool>,
    entry: CohortEntry,
    clock: RetentionClock,
    calendar: Calendar,
    cursor: PeriodCursor,
    /// The largest offset that any column asks for; none when only the last return matters.
    reach: Option<i64>,
    later: Vec<i64>,
    entries: Vec<usize>,
}

impl MembershipFinder {
    pub(crate) fn new(spec: &RetentionSpec, zone_offset_minutes: i32, resolver: &mut Resolver<'_>) -> Self {
        let calendar = Calendar { unit: spec.unit, zone_offset_minutes };
        let reach = match &spec.criterion {
            Criterion::On | Criterion::OnOrBefore => Some(i64::from(spec.last_offset)),
            Criterion::OnOrAfter => None,
            Criterion::Brackets(brackets) => {
                Some(brackets.iter().map(|bracket| i64::from(bracket.last)).max().unwrap_or(0))
            }
        };
        Self {
            starts: resolver.marks_or_any(&spec.starts),
            returns: resolver.marks_or_any(&spec.returns),
            entry: spec.entry,
            clock: spec.clock,
            calendar,
            cursor: PeriodCursor::new(calendar),
            reach,
            later: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Calls `visit` with (cohort, start, periods of returns after the start, place of the event that started) for every
    /// cohort of the unit.
    ///
    /// Start and returns are numbers of periods that count from the same, so that their differences are offsets; the periods are
    /// distinct and ascending, and complete as far as any column asks.
    pub(crate) fn each_membership(
        &mut self,
        unit: &UnitEvents<'_>,
        mut visit: impl FnMut(i64, i64, &[i64], usize),
    ) -> Started {
        let is_start = |i: &usize| self.starts[unit.activities[*i] as usize];
        match self.entry {
            CohortEntry::FirstTime => {
                let Some(first) = (0..unit.range.end).find(is_start) else {
                    return Started::Never;
                };
                if first < unit.range.start {
                    return Started::Before;
                }
                let cohort = self.cursor.index_of(unit.starts[first]);
                let start = self.follow(unit, first, cohort);
                visit(cohort, start, &self.later, first);
            }
            CohortEntry::Recurring => {
                self.find_entries(unit);
                if self.entries.is_empty() {
                    return Started::Never;
                }
                self.visit_entries(unit, visit);
            }
        }
        Started::Inside
    }

    /// Fills `later` with the returns after one start; returns the number that offsets count from.
    fn follow(&mut self, unit: &UnitEvents<'_>, first: usize, cohort: i64) -> i64 {
        match self.clock {
            RetentionClock::Calendar => {
                self.follow_calendar(unit, first, cohort);
                cohort
            }
            RetentionClock::Rolling => {
                self.follow_rolling(unit, first);
                0
            }
        }
    }

    /// The first start event of every period.
    fn find_entries(&mut self, unit: &UnitEvents<'_>) {
        self.entries.clear();
        let mut next = i64::MIN;
        for i in unit.range.clone() {
            if unit.starts[i] >= next && self.starts[unit.activities[i] as usize] {
                self.entries.push(i);
                self.cursor.index_of(unit.starts[i]);
                next = self.cursor.end_micros();
            }
        }
    }

    fn visit_entries(&mut self, unit: &UnitEvents<'_>, mut visit: impl FnMut(i64, i64, &[i64], usize)) {
        let entries = std::mem::take(&mut self.entries);
        if let (RetentionClock::Calendar, Some(&first)) = (self.clock, entries.first()) {
            // All starts share the calendar, so the periods of returns are found once.
            self.cursor.index_of(unit.starts[first]);
            self.find_periods(unit, first, i64::MAX);
            for &entry in &entries {
                let cohort = self.cursor.index_of(unit.starts[entry]);
                let later = self.later.partition_point(|period| *period <= cohort);
                visit(cohort, cohort, &self.later[later..], entry);
            }
        } else {
            for &entry in &entries {
                let cohort = self.cursor.index_of(unit.starts[entry]);
                self.follow_rolling(unit, entry);
                visit(cohort, 0, &self.later, entry);
            }
        }
        self.entries = entries;
    }

    /// The periods after one start up to the largest offset asked for; just the last one where only that matters. The
    /// cursor is at the cohort.
    fn follow_calendar(&mut self, unit: &UnitEvents<'_>, first: usize, cohort: i64) {
        match self.reach {
            Some(reach) => {
                let last = self.cursor.end_after(reach).saturating_sub(1);
                self.find_periods(unit, first, last);
            }
            None => {
                self.later.clear();
                let is_return = |i: &usize| self.returns[unit.activities[*i] as usize];
                let last = (first + 1..unit.range.end).rev().find(is_return);
                let period = last.map_or(cohort, |i| self.cursor.index_of(unit.starts[i]));
                self.later.extend((period > cohort).then_some(period));
            }
        }
    }

    /// All periods with a return after one start and up to `last`; the cursor is at the period of the start.
    fn find_periods(&mut self, unit: &UnitEvents<'_>, first: usize, last: i64) {
        self.later.clear();
        let mut next = self.cursor.end_micros();
        let (starts, activities) = (&unit.starts[..unit.range.end], &unit.activities[..unit.range.end]);
        for (&start, &activity) in starts.iter().zip(activities).skip(first + 1) {
            if start >= next && self.returns[activity as usize] {
                if start > last {
                    return;
                }
                self.later.push(self.cursor.index_of(start));
                next = self.cursor.end_micros();
            }
        }
    }

    fn follow_rolling(&mut self, unit: &UnitEvents<'_>, first: usize) {
        self.later.clear();
        let from = unit.starts[first];
        let is_return = |i: &usize| self.returns[unit.activities[*i] as usize];
        let Some(reach) = self.reach else {
            let last = (first + 1..unit.range.end).rev().find(is_return);
            let offset = last.map_or(0, |i| self.calendar.rolling_between(from, unit.starts[i]));
            self.later.extend((offset > 0).then_some(offset));
            return;
        };
        let mut next = self.calendar.rolling_after(from, 1);
        for i in (first + 1..unit.range.end).filter(is_return) {
            if unit.starts[i] >= next {
                let offset = self.calendar.rolling_between(from, unit.starts[i]);
                if offset > reach {
                    return;
                }
                self.later.push(offset);
                next = self.calendar.rolling_after(from, offset + 1);
            }
        }
    }
}
