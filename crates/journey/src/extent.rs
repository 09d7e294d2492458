//! From the earliest start to the latest end, kept current without a look at all cases.

use event::{CaseEvents, Store};

/// The bounds of all events. They move with every case that is added; only when the case that set a bound is taken out, and
/// none that is added reaches as far, all cases are looked at again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extent {
    bounds: Option<(i64, i64)>,
    lost: (bool, bool),
}

impl Extent {
    /// Looks at all cases. Costs O(cases).
    pub(crate) fn from_scratch(store: &Store) -> Self {
        let mut extent = Self::default();
        store.cases().for_each(|(_, events)| extent.add(events));
        extent
    }

    pub(crate) fn add(&mut self, events: CaseEvents<'_>) {
        let Some((first, last)) = bounds_of(events) else { return };
        let Some((from, to)) = &mut self.bounds else {
            self.bounds = Some((first, last));
            return;
        };
        if first <= *from {
            (*from, self.lost.0) = (first, false);
        }
        if last >= *to {
            (*to, self.lost.1) = (last, false);
        }
    }

    pub(crate) fn retract(&mut self, events: CaseEvents<'_>) {
        if let (Some((from, to)), Some((first, last))) = (self.bounds, bounds_of(events)) {
            self.lost = (self.lost.0 || first == from, self.lost.1 || last == to);
        }
    }

    /// Makes sure of the bounds after cases were taken out and added.
    pub(crate) fn settle(&mut self, store: &Store) {
        if self.lost != (false, false) {
            *self = Self::from_scratch(store);
        }
    }

    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        self.bounds
    }
}

/// First start and last end of a case.
fn bounds_of(events: CaseEvents<'_>) -> Option<(i64, i64)> {
    let first = *events.starts().first()?;
    Some((first, first + events.cycle_micros()))
}
