//! Forgetting a person: out of the events and everything made of them, out of the history, and out of what is on the disk.

use super::apart::{keys_of, rebuild};
use super::held::mentions;
use crate::convert::failure;
use crate::history::{History, Step};
use crate::identity::About;
use crate::{Engine, apply::Change, notes, segments};
use protocol::Failure;
use protocol::privacy::{Held, Receipt};
use source::ProfileField;
use std::collections::{BTreeMap, BTreeSet};

/// Erases a customer. Costs O(events): everything is counted anew from what is left.
///
/// # Errors
/// When there is no such customer, or no secret to note whom to keep out with.
pub(crate) fn erase(engine: &mut Engine, customer: &str) -> Result<Receipt, Failure> {
    let Some(secret) = engine.privacy.secret.clone() else {
        return Err(failure("The workspace has no secret yet.", "Reload the page and try again."));
    };
    let held = super::held::held(engine, customer)?;
    let (case, keys) = keys_of(engine, customer);
    let names = names_of(engine, &keys);
    let mut by_source = BTreeMap::<u16, u64>::new();
    let events = engine.store.full_case(case.unwrap_or(u32::MAX));
    (0..events.len()).for_each(|at| *by_source.entry(events.event(at).source).or_default() += 1);
    let n_duplicates = engine.store.n_known_duplicates();
    let gone: BTreeSet<u32> = keys.iter().filter_map(|key| engine.store.customers().find(key)).collect();
    rebuild(engine, &|case, _| !gone.contains(&case))?;
    for (&source, &n) in &by_source {
        if let Some(summary) = engine.sources.get_mut(source).and_then(|source| source.summary.as_mut()) {
            summary.n_events = summary.n_events.saturating_sub(n);
            summary.intake.n_erased += n;
        }
    }
    let n_duplicates = n_duplicates.saturating_sub(engine.store.n_known_duplicates());
    let by_kind = forget(engine, (&keys, &names), n_duplicates, &held);
    let name = |source: u16| engine.store.sources().get(usize::from(source)).cloned().unwrap_or_default();
    let removed = serde_json::to_vec(&(&held.events, &held.facts)).unwrap_or_default();
    let receipt = Receipt {
        number: u32::try_from(engine.privacy.receipts.len()).unwrap_or(u32::MAX).saturating_add(1),
        at_micros: engine.now_micros.unwrap_or(0),
        reference: hex(&secret.digest("reference", customer.as_bytes())),
        digest: hex(&secret.digest("removed", &removed)),
        by_source: by_source.into_iter().map(|(source, n)| (name(source), n)).collect(),
        by_kind,
        is_barred: true,
    };
    // Somebody may be known by an address before any event comes under it.
    let addresses = names.iter().filter(|name| name.contains('@'));
    engine.privacy.barred.extend(keys.iter().chain(addresses).map(|key| (secret.mark(key), receipt.number)));
    engine.privacy.receipts.push(receipt.clone());
    Ok(receipt)
}

/// What a person is called by: all keys, and the addresses and numbers that sources tell of them.
fn names_of(engine: &Engine, keys: &[String]) -> Vec<String> {
    let said = [ProfileField::Email, ProfileField::Phone].map(About::Person);
    let facts = engine.identity.facts.iter().flat_map(|facts| &facts.persons);
    let own = facts.filter(|fact| keys.iter().any(|key| key == fact.key()));
    let told = own.flat_map(|fact| fact.said()).filter(|(about, _)| said.contains(about));
    let all: BTreeSet<String> = keys.iter().cloned().chain(told.map(|(_, value)| value.to_owned())).collect();
    all.into_iter().collect()
}

/// Forgets a person beside the events, given all keys and names; returns what was removed in all, by kind.
fn forget(
    engine: &mut Engine,
    (keys, names): (&[String], &[String]),
    n_duplicates: u64,
    held: &Held,
) -> Vec<(String, u64)> {
    let is_named = |text: &str| names.iter().any(|name| mentions(text, name));
    let n_facts = engine.identity.forget(&|key| keys.iter().any(|gone| gone == key));
    let n_rejects = engine.sources.forget_rejects(&|reject| is_named(&reject.value));
    let (n_segments, n_views) = forget_names(engine, &is_named);
    let n_consents = engine.privacy.consents.forget(keys);
    let n_notes = notes::forget(&mut engine.notes, &|text| names.iter().any(|name| points_to(text, name)));
    let n_steps = engine.history.purge(&|step| keeps(step, keys, &is_named));
    let n_texts = held.events.iter().filter(|event| !event.text.is_empty()).count() as u64;
    let n_amounts = held.events.iter().filter(|event| event.value.is_some()).count() as u64;
    let by_kind = [
        ("events", held.events.len() as u64),
        ("texts", n_texts),
        ("amounts", n_amounts),
        ("duplicates", n_duplicates),
        ("facts", n_facts),
        ("consents", n_consents),
        ("rejects", n_rejects),
        ("segments", n_segments),
        ("views", n_views),
        ("notes", n_notes),
        ("steps", n_steps),
    ];
    by_kind.into_iter().filter(|(_, n)| *n > 0).map(|(kind, n)| (kind.to_owned(), n)).collect()
}

/// What was logged and not yet taken is in the snapshot that is to be written.
pub(super) fn wants_renewal(engine: &mut Engine) {
    engine.revision += 1;
    engine.privacy.renews = true;
    if let Some(log) = &mut engine.log {
        log.clear();
    }
}

/// Lets a customer come in again. Returns whether anybody was kept out under this key.
pub(crate) fn readmit(engine: &mut Engine, customer: &str) -> Result<(), Failure> {
    let mark = engine.privacy.secret.as_ref().map(|secret| secret.mark(customer));
    if let Some(number) = mark.and_then(|mark| engine.privacy.barred.remove(&mark)) {
        // Whoever comes in comes in with all keys; what was noted by an earlier version does not know of others.
        engine.privacy.barred.retain(|_, other| *other != number || number == 0);
        let reference =
            engine.privacy.secret.as_ref().map(|s| hex(&s.digest("reference", customer.as_bytes())));
        for receipt in &mut engine.privacy.receipts {
            let is_it = receipt.number == number || Some(&receipt.reference) == reference.as_ref();
            receipt.is_barred &= !is_it;
        }
        wants_renewal(engine);
        return Ok(());
    }
    Err(failure(
        format!("Nobody was erased under the key “{customer}”."),
        "Write the key exactly as it stands in the files.",
    ))
}

/// Whether a step of the history can stay: it holds no events, whose numbers are others now, and doesn't name the person.
fn keeps(step: &Step, keys: &[String], is_named: &dyn Fn(&str) -> bool) -> bool {
    !is_named(&step.deed.subject)
        && step.changes.iter().all(|change| match change {
            change if has_events(change) => false,
            Change::SaveView(view) => !is_named(&view.name) && !is_named(&view.settings),
            Change::SaveSegment(segment) => {
                !is_named(&segment.name)
                    && segments::text_of(&segment.filter).is_ok_and(|text| !is_named(&text))
            }
            Change::DeleteView { name } | Change::DeleteSegment { name } => !is_named(name),
            Change::Decide(decisions) => decisions.iter().all(|((a, b), _)| !is_named(a) && !is_named(b)),
            Change::SetConsents(change) => !change.names(keys),
            Change::Note(note) => !is_named(&note.name) && !is_named(&note.add),
            _ => true,
        })
}

/// Whether a change holds events or statements, or names customers by their numbers.
fn has_events(change: &Change) -> bool {
    matches!(
        change,
        Change::Add(_)
            | Change::RemoveSource(_)
            | Change::Revert(_)
            | Change::SetFacts(_)
            | Change::Regroup(_)
    )
}

/// Forgets segments and views that name the person; returns how many of each.
fn forget_names(engine: &mut Engine, is_named: &dyn Fn(&str) -> bool) -> (u64, u64) {
    let (n_segments, n_views) = (engine.segments.len(), engine.views.len());
    engine.segments.retain(|name, filter| {
        !is_named(name) && segments::text_of(filter).is_ok_and(|text| !is_named(&text))
    });
    engine.views.retain(|name, view| !is_named(name) && !is_named(&view.settings));
    ((n_segments - engine.segments.len()) as u64, (n_views - engine.views.len()) as u64)
}

/// Whether a text of a machine names a person: a short key only where a value or a part of an address begins with it.
pub(super) fn points_to(text: &str, name: &str) -> bool {
    if name.chars().count() >= 4 {
        return mentions(text, name);
    }
    let ends = |rest: &str| !rest.chars().next().is_some_and(char::is_alphanumeric);
    ['"', '/', '='].iter().any(|before| {
        let wanted = format!("{before}{name}");
        text.match_indices(&wanted).any(|(at, found)| ends(&text[at + found.len()..]))
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl History {
    /// Forgets steps of which `keeps` is false; returns how many.
    fn purge(&mut self, keeps: &dyn Fn(&Step) -> bool) -> u64 {
        let mut n = 0;
        self.retain(&mut |step| {
            let is_kept = keeps(step);
            n += u64::from(!is_kept);
            is_kept
        });
        n
    }

    /// Forgets all steps that hold events: the events have other numbers now.
    pub(super) fn purge_events(&mut self) {
        self.retain(&mut |step| !step.changes.iter().any(has_events));
    }
}
