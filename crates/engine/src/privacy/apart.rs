//! Another store in the place of the one there is, while customers who are told together are apart.

use super::erase::wants_renewal;
use crate::convert::failure_of_store;
use crate::kept::Kept;
use crate::{Engine, change::ChangedMarks, identity};
use event::{EventView, Origins};
use journey::Analysis;
use protocol::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// Leaves only the events of which `keeps` is true, asked with the customer under whom they came; counts everything anew,
/// and asks for all that is on the disk to be written anew: what lies there still has what is gone. Costs O(events).
///
/// # Errors
/// When customers cannot be told apart; nothing is changed then.
pub(super) fn rebuild(engine: &mut Engine, keeps: &dyn Fn(u32, &EventView) -> bool) -> Result<(), Failure> {
    // By name, because customers get other numbers.
    let name = |case: u32| engine.store.customers().get(case).to_owned();
    let mut together = BTreeMap::<String, Vec<String>>::new();
    for (case, home) in engine.identity.origins.homes() {
        together.entry(name(home)).or_default().push(name(case));
    }
    let apart: Vec<(u32, u32)> = engine.identity.origins.homes().map(|(case, _)| (case, case)).collect();
    regroup(engine, &apart)?;
    engine.store = engine.store.rebuilt(keeps);
    engine.n_plain_names = 0;
    engine.identity.forget(&|_| false);
    engine.identity.origins = Origins::default();
    let mut homes = Vec::new();
    for (home, members) in &together {
        let all = std::iter::once(home).chain(members);
        let mut found = all.filter_map(|name| engine.store.customers().find(name));
        // Who gave the name may be gone; then the next one does.
        if let Some(lead) = found.next() {
            homes.extend(found.map(|case| (case, lead)));
        }
    }
    regroup(engine, &homes)?;
    super::find_withheld(engine);
    identity::tell_accounts(engine);
    let wishes = engine.analysis.wishes().clone();
    engine.analysis = Analysis::with_wishes(&engine.store, wishes);
    engine.kept = Kept::default();
    engine.changed = ChangedMarks::default();
    wants_renewal(engine);
    Ok(())
}

/// Tells customers under others, counting nothing and logging nothing.
fn regroup(engine: &mut Engine, homes: &[(u32, u32)]) -> Result<(), Failure> {
    if homes.is_empty() {
        return Ok(());
    }
    let mut regrouping = engine.store.regroup_of(&engine.identity.origins, homes);
    let reversal = std::mem::take(&mut regrouping.reversal);
    let staged = engine.store.stage_reversal(reversal).map_err(|error| failure_of_store(&error))?;
    engine.store.commit(staged);
    engine.identity.origins.adopt(regrouping);
    Ok(())
}

/// All keys of the person with this one, those of which sources only say something included, by name; and the case under
/// which their events are told, where they have any.
pub(super) fn keys_of(engine: &mut Engine, customer: &str) -> (Option<u32>, Vec<String>) {
    let mut keys: BTreeSet<String> = identity::all_members(engine, customer).into_iter().collect();
    keys.insert(customer.to_owned());
    let homes: BTreeSet<u32> = keys.iter().filter_map(|key| identity::case_of(engine, key)).collect();
    let has_events = |case: &u32| !engine.store.full_case(*case).is_empty();
    let home = homes.iter().copied().find(has_events);
    let cases = engine.identity.origins.companions(homes.into_iter());
    keys.extend(cases.into_iter().chain(home).map(|case| engine.store.customers().get(case).to_owned()));
    (home, keys.into_iter().collect())
}

/// Whether sources say something of a person with one of these keys.
pub(super) fn is_told_of(engine: &Engine, keys: &[String]) -> bool {
    let mut facts = engine.identity.facts.iter().flat_map(|facts| &facts.persons);
    facts.any(|fact| keys.iter().any(|key| key == fact.key()))
}

/// Leaves out what a file says of persons who were erased.
pub(crate) fn bar(engine: &Engine, facts: &mut crate::identity::SourceFacts) {
    let privacy = &engine.privacy;
    if let Some(secret) = privacy.secret.as_ref().filter(|_| !privacy.barred.is_empty()) {
        facts.persons.retain(|fact| !privacy.barred.contains_key(&secret.mark(fact.key())));
    }
}
