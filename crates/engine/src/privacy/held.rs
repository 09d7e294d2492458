//! All that is held on one person.

use super::apart::{is_told_of, keys_of};
use super::erase::points_to;
use crate::Engine;
use crate::convert::failure;
use crate::identity::About;
use crate::{notes, segments};
use protocol::Failure;
use protocol::import::Reject;
use protocol::privacy::{Held, HeldEvent};

/// Everything that the workspace has under a customer's key.
///
/// # Errors
/// When there is no such customer.
pub(crate) fn held(engine: &mut Engine, customer: &str) -> Result<Held, Failure> {
    let (case, keys) = keys_of(engine, customer);
    let engine = &*engine;
    let store = &engine.store;
    let events = store.full_case(case.unwrap_or(u32::MAX));
    if events.is_empty() && !is_told_of(engine, &keys) {
        return Err(failure(
            format!("There is no customer “{customer}”."),
            "Choose one from a list of customers.",
        ));
    }
    let mut sources = std::collections::BTreeSet::new();
    let events: Vec<HeldEvent> = (0..events.len())
        .map(|at| {
            let event = events.event(at);
            sources.insert(event.source);
            HeldEvent {
                activity: store.activities().get(event.activity).to_owned(),
                start: instant(event.start_micros),
                end: event.end_micros.map(instant).unwrap_or_default(),
                channel: event.channel.map(|id| store.channels().get(id).to_owned()).unwrap_or_default(),
                account: event
                    .account
                    .map(|id| store.stored_accounts().get(id).to_owned())
                    .unwrap_or_default(),
                text: event.text.map(|id| store.texts().get(id).to_owned()).unwrap_or_default(),
                value: event.value,
                measure: event.value.map(|_| event.measure.name().to_owned()).unwrap_or_default(),
                currency: event.currency.map(|id| store.currencies().get(id).to_owned()).unwrap_or_default(),
                object: event.object.map(|id| store.objects().get(id).to_owned()).unwrap_or_default(),
                source: store.sources().get(usize::from(event.source)).cloned().unwrap_or_default(),
                line: event.line,
            }
        })
        .collect();
    let account = store.full_case(case.unwrap_or(u32::MAX)).account();
    let account = account.map(|id| store.stored_accounts().get(id).to_owned());
    let listed = |source: &u16| {
        let (_, summary) = engine.sources.live_one(u32::from(*source))?;
        Some((summary.name.clone(), summary.format.clone()))
    };
    Ok(Held {
        customer: customer.to_owned(),
        account: account.unwrap_or_default(),
        at_micros: engine.now_micros.unwrap_or(0),
        sources: sources.iter().filter_map(listed).collect(),
        events,
        facts: facts(engine, &keys),
        consent: engine.privacy.consents.of_person(&keys),
        rejects: rejects(engine, &keys),
        named_in: named_in(engine, &keys),
        keys,
    })
}

/// What sources say of the person: source, what it is about, and the value.
fn facts(engine: &Engine, keys: &[String]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (source, facts) in engine.identity.facts.iter().enumerate() {
        let name = engine.store.sources().get(source).cloned().unwrap_or_default();
        for fact in facts.persons.iter().filter(|fact| keys.iter().any(|key| key == fact.key())) {
            for (about, value) in fact.said() {
                let about = match about {
                    About::Person(field) => field.name(),
                    _ => "account",
                };
                found.push((name.clone(), about.to_owned(), value.to_owned()));
            }
        }
    }
    found
}

fn rejects(engine: &Engine, keys: &[String]) -> Vec<Reject> {
    let all = engine.sources.all().iter().flat_map(|source| &source.rejects);
    let found = all.filter(|reject| keys.iter().any(|key| mentions(&reject.value, key))).cloned();
    found
        .map(|source::Reject { file, line, field, reason, value }| Reject {
            file,
            line,
            field,
            reason,
            value,
        })
        .collect()
}

fn named_in(engine: &Engine, keys: &[String]) -> Vec<String> {
    let is_in = |text: &str| keys.iter().any(|key| mentions(text, key));
    let segments = engine
        .segments
        .iter()
        .filter(|(name, filter)| is_in(name) || segments::text_of(filter).is_ok_and(|text| is_in(&text)));
    let views = engine.views.values().filter(|view| is_in(&view.name) || is_in(&view.settings));
    let notes = notes::naming(&engine.notes, &|text| keys.iter().any(|key| points_to(text, key)));
    let names = segments.map(|(name, _)| name.clone()).chain(views.map(|view| view.name.clone()));
    names.chain(notes).collect()
}

/// Whether a key stands in a text as a word of its own, in capitals or not.
pub(super) fn mentions(text: &str, key: &str) -> bool {
    let (text, key) = (text.to_lowercase(), key.trim().to_lowercase());
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !key.is_empty()
        && text.match_indices(&key).any(|(at, found)| {
            !is_part(text[..at].chars().next_back()) && !is_part(text[at + found.len()..].chars().next())
        })
}

/// `2026-03-01T09:00:00Z`, with a fraction where there is one; proleptic Gregorian (Hinnant 2013, civil from days).
pub(crate) fn instant(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (secs, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    let (hour, minute, second) = (secs / 3_600, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_as_words() {
        assert!(mentions("from Ada@Example.org to you", "ada@example.org"), "capitals don't matter");
        assert!(!mentions("customer 17", "7"), "not inside of another number");
        assert!(mentions("customer 7, again", "7"), "as a word");
        assert!(!mentions("anything", " "), "nothing is nowhere");
    }

    #[test]
    fn instants_are_written() {
        assert_eq!(instant(0), "1970-01-01T00:00:00Z", "the beginning");
        assert_eq!(instant(-1), "1969-12-31T23:59:59.999999Z", "just before");
        assert_eq!(instant(1_772_409_599_250_000), "2026-03-01T23:59:59.250000Z", "a February of 28 days");
        assert_eq!(instant(951_782_400_000_000), "2000-02-29T00:00:00Z", "a leap day");
    }
}
