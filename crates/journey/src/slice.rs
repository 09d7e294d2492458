//! The part of a case that lies in the period asked about.

use crate::query::Period;
use event::CaseEvents;
use std::ops::Range;

/// Events of one case that start in a period: a range, since events are ordered by start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseSlice<'a> {
    events: CaseEvents<'a>,
    first: usize,
    until: usize,
}

impl<'a> CaseSlice<'a> {
    pub(crate) fn of(events: CaseEvents<'a>, period: Option<Period>) -> Self {
        let range = period.map_or(0..events.len(), |period| period.range_of(events.starts()));
        Self { events, first: range.start, until: range.end }
    }

    pub(crate) fn len(&self) -> usize {
        self.until - self.first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.until == self.first
    }

    /// Where in the case the slice lies.
    pub(crate) fn range(&self) -> Range<usize> {
        self.first..self.until
    }

    pub(crate) fn activities(&self) -> &'a [u32] {
        &self.events.activities()[self.range()]
    }

    pub(crate) fn starts(&self) -> &'a [i64] {
        &self.events.starts()[self.range()]
    }

    pub(crate) fn has_channels(&self) -> bool {
        self.events.has_channels()
    }

    /// Channel of the `i`-th event of the case, not of the slice.
    pub(crate) fn channel(&self, i: usize) -> Option<u32> {
        self.events.channel(i)
    }

    /// Account of the whole case.
    pub(crate) fn account(&self) -> Option<u32> {
        self.events.account()
    }

    /// Start of the very first event of the whole case.
    pub(crate) fn first_ever_micros(&self) -> Option<i64> {
        self.events.starts().first().copied()
    }

    /// Time from the first start to the last end in the slice; 0 when it is empty.
    pub(crate) fn cycle_micros(&self) -> i64 {
        let starts = self.starts();
        let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
            return 0;
        };
        let last_end = if self.events.has_ends() {
            self.range().map(|i| self.events.end_micros(i)).max().unwrap_or(last)
        } else {
            last
        };
        last_end.saturating_sub(first)
    }
}

/// Seconds as microseconds, as far as they can be counted.
pub(crate) fn saturating_micros(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}
