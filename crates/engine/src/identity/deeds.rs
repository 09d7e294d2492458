//! What changes who is one: imports, sources that go, and what a person decides.

use super::accounts;
use super::people::{self, People};
use super::{Decision, FactsPatch, SourceFacts, pair_of, regroup};
use crate::Engine;
use crate::apply::{self, Applied, Change};
use crate::change::Counts;
use crate::convert::failure;
use crate::privacy;
use crate::sources::Addition;
use ::identity::{Proposal, Verdict};
use protocol::Failure;
use protocol::history::DeedKind;
use protocol::identity::{Band, IdentityDeed, LinkRules, LinkSummary, Verdict as Said};
use source::ConsentFacts;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most pairs that one deed decides.
const MAX_PAIRS: usize = 20_000;

/// Makes a change, and notes what takes it back.
fn make(engine: &mut Engine, change: Change, inverses: &mut Vec<Change>) -> Result<Applied, Failure> {
    let mut applied = apply::apply(engine, change)?;
    let nothing = Change::Regroup(Vec::new());
    inverses.push(std::mem::replace(&mut applied.inverse, nothing));
    Ok(applied)
}

/// Adds events and what their source says of persons and of what they allow; customers that become known as one become one.
///
/// # Errors
/// When there is no room for the events. What was made until then is in `inverses`.
pub(crate) fn import(
    engine: &mut Engine,
    mut addition: Addition,
    (facts, silent, consents): (SourceFacts, Vec<u64>, ConsentFacts),
    inverses: &mut Vec<Change>,
) -> Result<Applied, Failure> {
    let people = engine.identity.people.as_ref();
    let is_settled =
        facts.is_empty() && people.is_some_and(|people| people.is_settled(addition.batch.customers().iter()));
    // New events find their place, and repetitions are found, among those that came under the same key.
    let customers = addition.batch.customers().iter();
    let known = customers.filter_map(|name| engine.store.customers().find(name));
    let renews = addition.batch.renews();
    // What the source told of the same records before may be another's now.
    let told = if renews && !engine.identity.origins.is_empty() {
        engine.store.cases_told_again(&addition.batch)
    } else {
        Vec::new()
    };
    let companions = engine.identity.origins.companions(known.chain(told));
    take_apart(engine, &companions, inverses)?;
    // Before the events, so that those of somebody who does not allow it are never in a figure.
    let next = u16::try_from(engine.sources.len()).unwrap_or(u16::MAX);
    let source = addition.batch.continues().unwrap_or(next);
    let consents = privacy::consent_changes(engine, (source, renews), consents);
    if !consents.is_empty() {
        make(engine, Change::SetConsents(consents), inverses)?;
    }
    if renews {
        withdraw(engine, &mut addition, inverses)?;
    }
    let applied = make(engine, Change::Add(Box::new(addition)), inverses)?;
    let source = applied.added.as_ref().map_or(0, |(source, _)| *source);
    let nothing = SourceFacts::default();
    let known = engine.identity.facts.get(usize::from(source)).unwrap_or(&nothing);
    let said = match renews {
        true => known.renewed(facts, &silent),
        false => ((known.persons.len(), known.accounts.len()), facts),
    };
    if !said.1.is_empty() || said.0 != (known.persons.len(), known.accounts.len()) {
        let patch = FactsPatch { source, n_kept: said.0, added: said.1 };
        make(engine, Change::SetFacts(Box::new(patch)), inverses)?;
    }
    // Whoever was taken apart comes together again, also when the batch names only others.
    let is_settled = is_settled && companions.is_empty();
    if !(is_settled && people::current(engine).is_settled(std::iter::empty())) {
        relink(engine, inverses)?;
    }
    Ok(applied)
}

/// Takes out what the batch tells anew.
fn withdraw(engine: &mut Engine, addition: &mut Addition, inverses: &mut Vec<Change>) -> Result<(), Failure> {
    let renewal = engine.store.renewal_of(&addition.batch);
    addition.batch.follow(&renewal);
    if !renewal.withdrawal.is_empty() {
        addition.before = Some(Counts::of(engine.analysis.graph()));
        make(engine, Change::Withdraw(Box::new(renewal.withdrawal.clone())), inverses)?;
    }
    addition.renewal = Some(renewal);
    Ok(())
}

/// Removes a source with its events and with what it says; customers that only it made one are apart again.
///
/// # Errors
/// When a change cannot be made.
pub(crate) fn remove_source(
    engine: &mut Engine,
    source: u16,
    inverses: &mut Vec<Change>,
) -> Result<(), Failure> {
    let cases = engine.store.cases_of_source(source);
    let companions = engine.identity.origins.companions(cases.into_iter());
    take_apart(engine, &companions, inverses)?;
    make(engine, Change::RemoveSource(source), inverses)?;
    if engine.identity.facts.get(usize::from(source)).is_some_and(|facts| !facts.is_empty()) {
        let patch = FactsPatch { source, ..FactsPatch::default() };
        make(engine, Change::SetFacts(Box::new(patch)), inverses)?;
    }
    let consents = privacy::consents_of_source(engine, source);
    if !consents.is_empty() {
        make(engine, Change::SetConsents(consents), inverses)?;
    }
    relink(engine, inverses)
}

/// Tells customers under themselves again.
fn take_apart(engine: &mut Engine, customers: &[u32], inverses: &mut Vec<Change>) -> Result<(), Failure> {
    let homes = customers.iter().copied().filter(|one| engine.identity.origins.home(*one) != *one);
    match regroup(homes.map(|one| (one, one)).collect()) {
        Some(change) => make(engine, change, inverses).map(drop),
        None => Ok(()),
    }
}

/// Tells all events under the customers that they belong to.
///
/// # Errors
/// When a change cannot be made.
pub(crate) fn relink(engine: &mut Engine, inverses: &mut Vec<Change>) -> Result<(), Failure> {
    let is_untouched = engine.identity.is_untouched() && are_plain(engine);
    if !is_untouched {
        regroup_all(engine, inverses)?;
    }
    let speakers = privacy::consent_speakers(engine, is_untouched);
    if !speakers.is_empty() {
        make(engine, Change::SetConsents(speakers), inverses)?;
    }
    Ok(())
}

fn regroup_all(engine: &mut Engine, inverses: &mut Vec<Change>) -> Result<(), Failure> {
    if engine.identity.rules.automatic && engine.identity.model.is_none() {
        // What was learned decides who is one from here on, so that it is kept.
        if let Some(model) = people::current(engine).directory.model().cloned() {
            make(engine, Change::SetModel(Some(Box::new(model))), inverses)?;
        }
    }
    match regroup(people::wanted_homes(engine)) {
        Some(change) => make(engine, change, inverses).map(drop),
        None => Ok(()),
    }
}

/// Whether no customer's name says who it is. Looks only at names that came since it was last found to be so.
fn are_plain(engine: &mut Engine) -> bool {
    let names = engine.store.customers();
    let n_before = if engine.n_plain_names <= names.len() { engine.n_plain_names } else { 0 };
    let is_plain = !names.iter_from(n_before).any(says_who);
    engine.n_plain_names = if is_plain { names.len() } else { 0 };
    is_plain
}

/// Whether the name of a customer is itself an address or a number that others may have too.
fn says_who(name: &str) -> bool {
    name.contains('@') || name.starts_with('+')
}

/// Carries out a deed; returns what kind of step of the history it is, about whom, and what it did.
///
/// # Errors
/// When it names what is not there or says nothing. What was made until then is in `inverses`.
pub(crate) fn carry_out(
    engine: &mut Engine,
    deed: &IdentityDeed,
    inverses: &mut Vec<Change>,
) -> Result<(DeedKind, String, LinkSummary), Failure> {
    let n_customers_before = super::rows::n_customers(engine);
    let (kind, subject, changes) = changes_of(engine, deed)?;
    for change in changes {
        make(engine, change, inverses)?;
    }
    let n_made = inverses.len();
    relink(engine, inverses)?;
    let n_moved_events = inverses[n_made..].iter().map(|change| n_told(engine, change)).sum();
    let n_customers_after = super::rows::n_customers(engine);
    Ok((kind, subject, LinkSummary { n_customers_before, n_customers_after, n_moved_events }))
}

/// Events of the customers that a change told elsewhere, given what takes it back.
fn n_told(engine: &Engine, inverse: &Change) -> u64 {
    let Change::Regroup(homes) = inverse else { return 0 };
    let origins = &engine.identity.origins;
    let moved: BTreeSet<u32> = homes.iter().map(|(customer, _)| *customer).collect();
    let cases: BTreeSet<u32> = moved.iter().map(|customer| origins.home(*customer)).collect();
    let of_case = |case: u32| {
        let places = 0..engine.store.full_case(case).len();
        places.filter(|place| moved.contains(&origins.origin(case, *place))).count() as u64
    };
    cases.into_iter().map(of_case).sum()
}

type Planned = (DeedKind, String, Vec<Change>);

fn changes_of(engine: &mut Engine, deed: &IdentityDeed) -> Result<Planned, Failure> {
    Ok(match deed {
        IdentityDeed::Decide { pairs, verdict } => {
            check_keys(engine, pairs.iter().flat_map(|(a, b)| [a, b]))?;
            let verdict = verdict.map(of_wire);
            let decisions: Vec<Decision> =
                pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| (pair_of(a, b), verdict)).collect();
            (DeedKind::Decide, subject_of(&decisions), decide(decisions)?)
        }
        IdentityDeed::DecideBand { band, verdict } => {
            let verdict = Some(of_wire(*verdict));
            let rules = engine.identity.rules;
            people::weighed(engine);
            let decided = engine.identity.decisions.clone();
            let people = people::current(engine);
            let pairs = pairs_of(people, &decided, rules, *band);
            let key = |record: u32| people.keys.get(people.key_of(record));
            let decisions: Vec<Decision> =
                pairs.iter().map(|found| (pair_of(key(found.pair.0), key(found.pair.1)), verdict)).collect();
            (DeedKind::Decide, subject_of(&decisions), decide(decisions)?)
        }
        IdentityDeed::Merge { customers } => {
            check_keys(engine, customers.iter())?;
            let decisions = merge(engine, customers);
            (DeedKind::Merge, customers.join(", "), decide(decisions)?)
        }
        IdentityDeed::Split { records } => {
            check_keys(engine, records.iter())?;
            let decisions = split(engine, records)?;
            (DeedKind::Split, records.join(", "), decide(decisions)?)
        }
        IdentityDeed::SetRules { rules } => {
            let LinkRules { sure, review, .. } = *rules;
            if !(review > 0.0 && review <= sure && sure < 1.0) {
                return Err(failure(
                    "The chances from which on pairs are sure and to be reviewed do not fit.",
                    "Both lie between 0 and 1, and the one for review is not above the other.",
                ));
            }
            (DeedKind::SetRules, String::new(), vec![Change::SetRules(*rules)])
        }
        IdentityDeed::SetCompany { name, is_company } => {
            let (name, names) = accounts::no_companies(engine, name, *is_company)?;
            (DeedKind::SetCompany, name, vec![Change::SetNoCompanies(names)])
        }
        IdentityDeed::Learn => {
            let people = people::current(engine);
            if people.directory.n_records() < people::MIN_LEARNED {
                return Err(failure(
                    "There are too few records of persons to learn from.",
                    "Open a file with names and addresses of persons.",
                ));
            }
            people.directory.train();
            let model = people.directory.model().cloned().map(Box::new);
            (DeedKind::SetRules, String::new(), vec![Change::SetModel(model)])
        }
    })
}

fn of_wire(verdict: Said) -> Verdict {
    match verdict {
        Said::Same => Verdict::Same,
        Said::Apart => Verdict::Apart,
    }
}

fn decide(decisions: Vec<Decision>) -> Result<Vec<Change>, Failure> {
    if decisions.is_empty() {
        return Err(failure("There is nothing to decide.", "Choose two customers, or a pair to review."));
    }
    if decisions.len() > MAX_PAIRS {
        let message = format!("These are {} pairs; one step decides {MAX_PAIRS} at most.", decisions.len());
        return Err(failure(message, "Decide a part of them, or set from which chance on pairs are sure."));
    }
    Ok(vec![Change::Decide(decisions)])
}

fn subject_of(decisions: &[Decision]) -> String {
    match decisions {
        [((a, b), _)] => format!("{a} = {b}?"),
        _ => decisions.len().to_string(),
    }
}

fn check_keys<'a>(engine: &mut Engine, keys: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    let people = people::current(engine);
    for key in keys {
        if people.keys.find(key).is_none() {
            return Err(unknown(key));
        }
    }
    Ok(())
}

pub(super) fn unknown(key: &str) -> Failure {
    failure(format!("There is no customer “{key}”."), "Look for it in the list of customers.")
}

/// The pairs of a band; where sources say several things under one key, the surest of them.
pub(super) fn pairs_of(
    people: &People,
    decisions: &BTreeMap<(String, String), Verdict>,
    rules: LinkRules,
    band: Band,
) -> Vec<Proposal> {
    let sure = ::identity::bits_of_chance(rules.sure);
    let mut known: HashSet<(u32, u32)> = HashSet::new();
    let mut pairs = people.directory.proposals(rules.review);
    pairs.retain(|found| {
        let (a, b) = (people.key_of(found.pair.0), people.key_of(found.pair.1));
        let is_first = known.insert((a.min(b), a.max(b)));
        let is_decided = || decisions.contains_key(&pair_of(people.keys.get(a), people.keys.get(b)));
        let is_sure = found.bits >= sure && found.conflict.is_none();
        is_first && is_sure == (band == Band::Sure) && !is_decided()
    });
    pairs
}

/// What makes customers one: they are said to be the same, and whatever was said to keep them apart is taken back.
fn merge(engine: &mut Engine, customers: &[String]) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = Vec::new();
    let of_customer = |engine: &mut Engine, customer: &String| -> BTreeSet<String> {
        super::rows::members(engine, customer).into_iter().collect()
    };
    let Some((first, others)) = customers.split_first() else { return decisions };
    let mut all = of_customer(engine, first);
    for other in others {
        let members = of_customer(engine, other);
        if members.contains(first) {
            continue;
        }
        for ((a, b), verdict) in &engine.identity.decisions {
            let is_between =
                (all.contains(a) && members.contains(b)) || (all.contains(b) && members.contains(a));
            if is_between && *verdict == Verdict::Apart {
                decisions.push(((a.clone(), b.clone()), None));
            }
        }
        decisions.push((pair_of(first, other), Some(Verdict::Same)));
        all.extend(members);
    }
    decisions
}

/// What takes records out of their customer: every pair across is apart, and each side stays one.
fn split(engine: &mut Engine, records: &[String]) -> Result<Vec<Decision>, Failure> {
    let Some(first) = records.first() else { return Ok(Vec::new()) };
    let wanted: BTreeSet<&String> = records.iter().collect();
    // A thing goes with its owner, unless it is what is taken out.
    let mut all = super::rows::members(engine, first);
    let people = people::current(engine);
    let is_thing = |name: &String| people.keys.find(name).is_some_and(|key| people.is_thing(key));
    all.retain(|name| wanted.contains(name) || !is_thing(name));
    let (off, rest): (Vec<&String>, Vec<&String>) = all.iter().partition(|key| wanted.contains(key));
    if off.len() != wanted.len() || rest.is_empty() {
        return Err(failure(
            "Records to be taken out must be some of the records of one customer.",
            "Choose records of one customer, and leave at least one.",
        ));
    }
    let mut decisions: Vec<Decision> = Vec::new();
    for a in &off {
        for b in &rest {
            decisions.push((pair_of(a, b), Some(Verdict::Apart)));
        }
    }
    // Those of one side may have been one only through the other side.
    for side in [&off, &rest] {
        for pair in side.windows(2) {
            let pair = pair_of(pair[0], pair[1]);
            if !engine.identity.decisions.contains_key(&pair) && !is_joined(engine, side, &pair) {
                decisions.push((pair, Some(Verdict::Same)));
            }
        }
    }
    Ok(decisions)
}

/// Whether the joins among these records alone make a pair of them one.
fn is_joined(engine: &mut Engine, side: &[&String], pair: &(String, String)) -> bool {
    let people = people::current(engine);
    let record = |name: &str| people.keys.find(name).and_then(|key| people.record(key));
    let (Some(a), Some(b)) = (record(&pair.0), record(&pair.1)) else { return false };
    let is_of_side = |record: u32| {
        let name = people.keys.get(people.key_of(record));
        side.iter().any(|key| key.as_str() == name)
    };
    let way = people.directory.why_one(a, b);
    !way.is_empty() && way.iter().all(|join| is_of_side(join.pair.0) && is_of_side(join.pair.1))
}
