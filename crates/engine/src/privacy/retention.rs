//! Retention: events that are too old go, at opening and at import, and it is said how many.

use super::apart::rebuild;
use crate::Engine;
use crate::convert::failure;
use event::Batch;
use protocol::Failure;
use protocol::import::SourceSummary;
use protocol::privacy::{Expiring, Intake, Retention};
use std::collections::BTreeSet;

/// A month: a twelfth of the mean Gregorian year.
const MONTH_MICROS: i64 = 2_629_746_000_000;
/// Longest period that can be chosen, a hundred years; beyond it nothing is known that would expire.
pub(super) const MAX_MONTHS: u32 = 1_200;

/// Kind of a source, as rules name it: its recipe, or its syntax.
pub(crate) fn kind_of(format: &str) -> &str {
    match format.split_once("; ") {
        Some((_, recipe)) => recipe.split(" (recipe").next().unwrap_or(recipe),
        None => format.split(',').next().unwrap_or(format),
    }
}

/// The kinds of the sources that are there, by name.
pub(crate) fn kinds(engine: &Engine) -> Vec<String> {
    let kinds: BTreeSet<&str> = engine.sources.live().map(|source| kind_of(&source.format)).collect();
    kinds.into_iter().map(str::to_owned).collect()
}

/// What periods would remove now.
///
/// # Errors
/// When nobody has told the time.
pub(crate) fn expiring(engine: &Engine, retention: &Retention) -> Result<Vec<Expiring>, Failure> {
    let now_micros = engine.now_micros.ok_or_else(|| {
        failure("Nobody has told the time, so that nothing is known to be too old.", "Reload the page.")
    })?;
    let mut sources: Vec<Expiring> = engine
        .sources
        .live()
        .map(|SourceSummary { source, name, format, .. }| Expiring {
            source: *source,
            name: name.clone(),
            kind: kind_of(format).to_owned(),
            months: retention.months_of(kind_of(format)),
            n_events: 0,
            n_expired: 0,
        })
        .collect();
    let oldest = oldest_by_source(engine, retention, now_micros);
    for (_, events) in engine.store.full_cases() {
        for at in 0..events.len() {
            let event = events.event(at);
            let Some(one) = sources.iter_mut().find(|one| one.source == u32::from(event.source)) else {
                continue;
            };
            one.n_events += 1;
            one.n_expired += u64::from(event.start_micros < oldest[usize::from(event.source)]);
        }
    }
    Ok(sources)
}

/// Removes what is too old; returns what [`expiring`] said before.
///
/// # Errors
/// When nobody has told the time.
pub(crate) fn expire(engine: &mut Engine) -> Result<Vec<Expiring>, Failure> {
    let retention = engine.privacy.settings.retention.clone();
    let gone = expiring(engine, &retention)?;
    if gone.iter().all(|one| one.n_expired == 0) {
        return Ok(gone);
    }
    let oldest = oldest_by_source(engine, &retention, engine.now_micros.unwrap_or(0));
    let is_young = |event: &event::EventView| {
        event.start_micros >= oldest.get(usize::from(event.source)).copied().unwrap_or(i64::MIN)
    };
    rebuild(engine, &|_, event| is_young(event))?;
    engine.history.purge_events();
    let mut n_events = vec![0_u64; engine.sources.len()];
    for (_, events) in engine.store.full_cases() {
        (0..events.len()).for_each(|at| n_events[usize::from(events.event(at).source)] += 1);
    }
    for one in &gone {
        let source = u16::try_from(one.source).unwrap_or(u16::MAX);
        if let Some(summary) = engine.sources.get_mut(source).and_then(|source| source.summary.as_mut()) {
            summary.n_events = n_events.get(usize::from(source)).copied().unwrap_or(0);
            summary.intake.n_expired += one.n_expired;
        }
    }
    Ok(gone)
}

fn oldest_by_source(engine: &Engine, retention: &Retention, now_micros: i64) -> Vec<i64> {
    let mut oldest = vec![i64::MIN; engine.store.sources().len()];
    for summary in engine.sources.live() {
        if let (Some(oldest), Some(start)) =
            (oldest.get_mut(summary.source as usize), oldest_of(retention, &summary.format, now_micros))
        {
            *oldest = start;
        }
    }
    oldest
}

fn oldest_of(retention: &Retention, format: &str, now_micros: i64) -> Option<i64> {
    let months = retention.months_of(kind_of(format))?;
    Some(now_micros.saturating_sub(i64::from(months).saturating_mul(MONTH_MICROS)))
}

/// A batch without those who were erased and without what is too old, and how many events that were.
pub(crate) fn admit(engine: &Engine, batch: Batch, format: &str) -> (Batch, Intake) {
    let privacy = &engine.privacy;
    let mut intake = Intake::default();
    let mut batch = batch;
    if let Some(secret) = privacy.secret.as_ref().filter(|_| !privacy.barred.is_empty()) {
        let is_barred: BTreeSet<String> = batch
            .customers()
            .iter()
            .filter(|name| privacy.barred.contains_key(&secret.mark(name)))
            .map(str::to_owned)
            .collect();
        if !is_barred.is_empty() {
            (batch, intake.n_barred) = batch.kept(&|customer, _| !is_barred.contains(customer));
        }
    }
    let oldest = engine.now_micros.and_then(|now| oldest_of(&privacy.settings.retention, format, now));
    if let Some(oldest) = oldest {
        (batch, intake.n_expired) = batch.kept(&|_, start| start >= oldest);
    }
    (batch, intake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_recipes_or_syntaxes() {
        assert_eq!(
            kind_of("CSV, comma, UTF-8; Zendesk tickets (recipe version 1)"),
            "Zendesk tickets",
            "a recipe"
        );
        assert_eq!(kind_of("CSV, comma, UTF-8"), "CSV", "a syntax");
        assert_eq!(kind_of("JSON"), "JSON", "a syntax alone");
    }
}
