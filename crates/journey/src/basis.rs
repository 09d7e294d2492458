//! What a figure rests on: the cases and events that were used, and those that were left out, by reason.

use crate::follows::Sign;
use crate::query::Unit;
use crate::units::Coverage;

/// How many units and events an analysis used, and what it left out.
///
/// Every unit that was asked for is either used or left out, never both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// What was looked at: all units, whether used or not.
    pub coverage: Coverage,
    /// Units used.
    pub n_units: u64,
    /// Events used.
    pub n_events: u64,
    /// What was left out, by reason in alphabetical order; only reasons that occurred.
    pub excluded: Vec<Excluded>,
}

/// Units and events left out for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The reason, as a short phrase.
    pub reason: &'static str,
    /// Units left out entirely.
    pub n_units: u64,
    /// Events left out, those of the units included.
    pub n_events: u64,
}

/// The reason of a case number that has no event.
const NO_EVENTS: &str = "case without events";

impl Basis {
    /// Counts a unit with this many events as used.
    pub(crate) fn take(&mut self, n_events: usize) {
        self.n_units += 1;
        self.n_events += n_events as u64;
    }

    /// Takes the basis of other units in, or out again.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        sign.apply(&mut self.n_units, part.n_units);
        sign.apply(&mut self.n_events, part.n_events);
        for excluded in part.excluded {
            self.leave_out(excluded.reason, 0, 0);
            if let Some(own) = self.excluded.iter_mut().find(|own| own.reason == excluded.reason) {
                sign.apply(&mut own.n_units, excluded.n_units);
                sign.apply(&mut own.n_events, excluded.n_events);
            }
        }
        self.excluded.retain(|excluded| excluded.n_units + excluded.n_events > 0);
    }

    /// Counts what was left out for a reason.
    pub(crate) fn leave_out(&mut self, reason: &'static str, n_units: u64, n_events: usize) {
        let at = match self.excluded.binary_search_by(|e| e.reason.cmp(reason)) {
            Ok(at) => at,
            Err(at) => {
                self.excluded.insert(at, Excluded { reason, n_units: 0, n_events: 0 });
                at
            }
        };
        self.excluded[at].n_units += n_units;
        self.excluded[at].n_events += n_events as u64;
    }

    /// Notes what was looked at, once all units were.
    pub(crate) fn close(&mut self, coverage: Coverage) {
        self.coverage = coverage;
        if coverage.n_outside_period > 0 && coverage.unit == Unit::Customers {
            self.leave_out(NO_EVENTS, coverage.n_outside_period, 0);
        }
    }
}

/// Part of a whole; 0 of an empty whole.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
