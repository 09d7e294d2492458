//! What a figure rests on: the cases and events that were used, and those that were left out, by reason.

use crate::follows::Sign;
use crate::issue::Issue;
use event::Store;

/// How many cases and events an analysis used, and what it left out.
///
/// Every case that was asked for is either used or left out, never both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Cases used.
    pub n_cases: u64,
    /// Events used.
    pub n_events: u64,
    /// What was left out, by reason in alphabetical order; only reasons that occurred.
    pub excluded: Vec<Excluded>,
}

/// Cases and events left out for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The reason, as a short phrase.
    pub reason: &'static str,
    /// Cases left out entirely.
    pub n_cases: u64,
    /// Events left out, those of the cases included.
    pub n_events: u64,
}

/// The reason of a case number that has no event.
pub(crate) const NO_EVENTS: &str = "case without events";

impl Basis {
    /// Counts a case with this many events as used.
    pub(crate) fn take(&mut self, n_events: usize) {
        self.n_cases += 1;
        self.n_events += n_events as u64;
    }

    /// Takes the basis of other cases in, or out again.
    pub(crate) fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply(&mut self.n_cases, part.n_cases);
        sign.apply(&mut self.n_events, part.n_events);
        for excluded in part.excluded {
            self.leave_out(excluded.reason, 0, 0);
            if let Some(own) = self.excluded.iter_mut().find(|own| own.reason == excluded.reason) {
                sign.apply(&mut own.n_cases, excluded.n_cases);
                sign.apply(&mut own.n_events, excluded.n_events);
            }
        }
        self.excluded.retain(|excluded| excluded.n_cases + excluded.n_events > 0);
    }

    /// Counts what was left out for a reason.
    pub(crate) fn leave_out(&mut self, reason: &'static str, n_cases: u64, n_events: usize) {
        let at = match self.excluded.binary_search_by(|e| e.reason.cmp(reason)) {
            Ok(at) => at,
            Err(at) => {
                self.excluded.insert(at, Excluded { reason, n_cases: 0, n_events: 0 });
                at
            }
        };
        self.excluded[at].n_cases += n_cases;
        self.excluded[at].n_events += n_events as u64;
    }
}

/// The number of an activity; a name that the store does not know is noted as an issue.
pub(crate) fn find_activity(store: &Store, name: &str, issues: &mut Vec<Issue>) -> Option<u32> {
    let found = store.activities().find(name);
    if found.is_none() {
        issues.push(Issue::UnknownActivity(name.to_owned()));
    }
    found
}

/// Part of a whole; 0 of an empty whole.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
