//! The audit of each source: what its events look like, and what that does to the trust in later figures.

mod checks;
mod facts;
mod suspects;

use crate::Engine;
use checks::Checks;
use facts::Facts;
use protocol::audit::SourceAudit;

/// The audit of every source that is there, in order of import. Costs O(events).
pub(crate) fn audits(engine: &Engine) -> Vec<SourceAudit> {
    let facts = Facts::of(engine);
    let audit = |summary: &protocol::import::SourceSummary| {
        let checks = Checks::new(engine, summary, &facts).run();
        SourceAudit {
            source: summary.source,
            name: summary.name.clone(),
            level: checks.iter().map(|check| check.level).max().unwrap_or_default(),
            checks,
        }
    };
    engine.sources.live().map(audit).collect()
}
