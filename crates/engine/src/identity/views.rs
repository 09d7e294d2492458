//! Answers about who is one.

use super::facts::About;
use super::people::{self, Groups, People};
use super::rows::{self, Customer, with_people};
use super::{accounts, deeds, pair_of};
use crate::Engine;
use crate::convert::failure;
use ::identity::{Cause, Level, Proposal, Shared, StepKind, Trait, chance};
use protocol::Failure;
use protocol::identity as wire;
use protocol::identity::{IdentityAnswer, IdentityQuestion, MAX_PAGE};

/// Records of an identifier that are listed.
const MAX_HOLDERS: usize = 20;

/// Answers a question about who is one.
///
/// # Errors
/// When it names a customer that is not there.
pub(crate) fn answer(engine: &mut Engine, question: &IdentityQuestion) -> Result<IdentityAnswer, Failure> {
    Ok(match question {
        IdentityQuestion::Overview => IdentityAnswer::Overview { overview: overview(engine) },
        IdentityQuestion::Review { band, offset, limit } => review(engine, *band, *offset, *limit),
        IdentityQuestion::Pair { a, b } => IdentityAnswer::Pair { pair: pair(engine, a, b)? },
        IdentityQuestion::Customers { search, only_merged, offset, limit } => {
            let wanted = search.trim().to_lowercase();
            with_people(engine, |engine, people| {
                list(engine, people, &wanted, *only_merged, (*offset, *limit))
            })
            .unwrap_or(IdentityAnswer::Customers { n_total: 0, customers: Vec::new() })
        }
        IdentityQuestion::Customer { customer } => {
            let found = with_people(engine, |engine, people| one(engine, people, customer)).flatten();
            IdentityAnswer::Customer { customer: found.ok_or_else(|| deeds::unknown(customer))? }
        }
        IdentityQuestion::Shared { offset, limit } => {
            let mut identifiers = with_people(engine, shared).unwrap_or_default();
            let n_total = identifiers.len() as u64;
            identifiers = page(identifiers, *offset, *limit);
            IdentityAnswer::Shared { n_total, identifiers }
        }
        IdentityQuestion::Accounts { search, offset, limit } => {
            let no_companies = engine.identity.no_companies.iter().cloned().collect();
            let mut accounts = accounts::rows(engine, &search.trim().to_lowercase());
            let n_total = accounts.len() as u64;
            accounts = page(accounts, *offset, *limit);
            IdentityAnswer::Accounts { n_total, accounts, no_companies }
        }
    })
}

fn page<T>(all: Vec<T>, offset: u32, limit: u32) -> Vec<T> {
    all.into_iter().skip(offset as usize).take(limit.min(MAX_PAGE) as usize).collect()
}

fn overview(engine: &mut Engine) -> wire::Overview {
    people::weighed(engine);
    let counted = with_people(engine, |engine, people| {
        let groups = people.groups(&engine.identity.decisions).clone();
        let customers = rows::customers(engine, people, &groups);
        let n_accounts = accounts::list(engine, people, &customers, "").len() as u64;
        let n_merged = customers.iter().filter(|customer| customer.keys.len() > 1).count() as u64;
        let n_records = customers.iter().map(|customer| customer.keys.len() as u64).sum();
        let n_shared = (people.directory.shared_identifiers().len() + people.contested(&groups).len()) as u64;
        let n_now = people.directory.n_records() as u64 + engine.identity.decisions.len() as u64;
        let n_since_learned = n_now.saturating_sub(people.n_learned);
        let bands = people.directory.bands();
        let n_pairs = |band| {
            deeds::pairs_of(people, &engine.identity.decisions, engine.identity.rules, band).len() as u64
        };
        let band = |n_pairs, precision_ratio, recall_ratio| wire::BandView {
            n_pairs,
            precision_ratio,
            recall_ratio,
        };
        wire::Overview {
            n_records,
            n_customers: customers.len() as u64,
            n_merged,
            n_accounts,
            n_shared,
            rules: engine.identity.rules,
            is_learned: people.directory.model().is_some(),
            n_since_learned: if people.is_scored { n_since_learned } else { n_now },
            n_compared: bands.n_compared,
            n_apart: bands.n_apart,
            n_accepted: bands.n_decided.0,
            n_rejected: bands.n_decided.1,
            sure: band(n_pairs(wire::Band::Sure), bands.sure_precision, bands.sure_recall),
            review: band(n_pairs(wire::Band::Review), bands.review_precision, bands.review_recall),
        }
    });
    counted.unwrap_or_else(|| wire::Overview {
        n_records: 0,
        n_customers: 0,
        n_merged: 0,
        n_accounts: 0,
        n_shared: 0,
        rules: engine.identity.rules,
        is_learned: false,
        n_since_learned: 0,
        n_compared: 0,
        n_apart: 0,
        n_accepted: 0,
        n_rejected: 0,
        sure: wire::BandView::default(),
        review: wire::BandView::default(),
    })
}

fn review(engine: &mut Engine, band: wire::Band, offset: u32, limit: u32) -> IdentityAnswer {
    people::weighed(engine);
    let found = with_people(engine, |engine, people| {
        let groups = people.groups(&engine.identity.decisions).clone();
        let pairs = deeds::pairs_of(people, &engine.identity.decisions, engine.identity.rules, band);
        let n_total = pairs.len() as u64;
        let shown = page(pairs, offset, limit);
        let pairs = shown.iter().map(|found| view_of(engine, people, &groups, found)).collect();
        IdentityAnswer::Review { n_total, pairs }
    });
    found.unwrap_or(IdentityAnswer::Review { n_total: 0, pairs: Vec::new() })
}

fn pair(engine: &mut Engine, a: &str, b: &str) -> Result<wire::PairView, Failure> {
    people::weighed(engine);
    let found = with_people(engine, |engine, people| {
        let record = |name: &str| people.keys.find(name).and_then(|key| people.record(key));
        let of = |name: &str| {
            record(name).ok_or_else(|| {
                failure(format!("Nothing says who “{name}” is."), "Choose records of persons.")
            })
        };
        let (a, b) = (of(a)?, of(b)?);
        let bits = people.directory.weight(a, b).unwrap_or(0.0);
        let groups = people.groups(&engine.identity.decisions).clone();
        let conflict =
            people.directory.proposals(0.0001).into_iter().find(|found| found.pair == (a.min(b), a.max(b)));
        let conflict = conflict.and_then(|found| found.conflict);
        Ok(view_of(engine, people, &groups, &Proposal { pair: (a, b), bits, conflict }))
    });
    found.unwrap_or_else(|| Err(failure("Nothing is known of any person.", "Open a file first.")))
}

fn view_of(engine: &Engine, people: &People, groups: &Groups, found: &Proposal) -> wire::PairView {
    let (a, b) = (people.key_of(found.pair.0), people.key_of(found.pair.1));
    // The order in which records came must not show.
    let (a, b) = if people.keys.get(a) <= people.keys.get(b) { (a, b) } else { (b, a) };
    let customer = |key: u32| {
        let root = groups.root.get(key as usize).copied().unwrap_or(key);
        let keys = groups.members.get(&root).map_or(std::slice::from_ref(&key), Vec::as_slice);
        let name = rows::customer(engine, people, keys).map(|one| one.name(engine, people).to_owned());
        name.unwrap_or_else(|| people.keys.get(key).to_owned())
    };
    let decided = engine.identity.decisions.get(&pair_of(people.keys.get(a), people.keys.get(b)));
    let steps = people.directory.explain(found.pair.0, found.pair.1);
    wire::PairView {
        a: rows::record(engine, people, groups, a),
        b: rows::record(engine, people, groups, b),
        customer_a: customer(a),
        customer_b: customer(b),
        steps: steps.into_iter().map(step).collect(),
        bits: found.bits,
        chance_ratio: if people.directory.model().is_some() { chance(found.bits) } else { 0.0 },
        conflict: found.conflict.map(|which| name_of(which).to_owned()),
        verdict: decided.map(|verdict| match verdict {
            ::identity::Verdict::Same => wire::Verdict::Same,
            ::identity::Verdict::Apart => wire::Verdict::Apart,
        }),
    }
}

fn step(step: ::identity::Step) -> wire::WeightStep {
    let is_of_trait = matches!(step.kind, StepKind::Trait | StepKind::Frequency);
    wire::WeightStep {
        kind: match step.kind {
            StepKind::Prior => wire::StepKind::Prior,
            StepKind::Trait => wire::StepKind::Trait,
            StepKind::Frequency => wire::StepKind::Frequency,
            StepKind::OneAddress => wire::StepKind::OneAddress,
            StepKind::OneName => wire::StepKind::OneName,
            StepKind::Contradiction => wire::StepKind::Contradiction,
            StepKind::Taught => wire::StepKind::Taught,
        },
        of: step.which.map(|which| name_of(which).to_owned()),
        level: is_of_trait.then_some(match step.level {
            Level::Unknown => wire::Level::Unknown,
            Level::Same => wire::Level::Same,
            Level::Alias => wire::Level::Alias,
            Level::Close => wire::Level::Close,
            Level::Alike => wire::Level::Alike,
            Level::Swapped => wire::Level::Swapped,
            Level::Different => wire::Level::Different,
        }),
        bits: step.bits,
    }
}

/// The name of a trait on the wire.
fn name_of(which: Trait) -> &'static str {
    match which {
        Trait::GivenName => "given_name",
        Trait::FamilyName => "family_name",
        Trait::Email => "email",
        Trait::Phone => "phone",
        Trait::ExternalId => "external_id",
        Trait::BirthDate => "birth_date",
        Trait::Street => "street",
        Trait::District => "district",
        Trait::City => "city",
        Trait::Postcode => "postcode",
        Trait::Region => "region",
        Trait::Country => "country",
        Trait::Company => "company",
    }
}

fn list(
    engine: &Engine,
    people: &mut People,
    wanted: &str,
    only_merged: bool,
    (offset, limit): (u32, u32),
) -> IdentityAnswer {
    let groups = people.groups(&engine.identity.decisions).clone();
    let mut found: Vec<Customer> = rows::customers(engine, people, &groups);
    found.retain(|one| {
        (!only_merged || one.keys.len() > 1) && (wanted.is_empty() || one.holds(engine, people, wanted))
    });
    found.sort_by(|a, b| {
        let by_records = b.keys.len().cmp(&a.keys.len());
        by_records.then_with(|| a.name(engine, people).cmp(b.name(engine, people)))
    });
    let n_total = found.len() as u64;
    let none = accounts::keys_of_none(engine);
    let customers = page(found, offset, limit).iter().map(|one| one.row(engine, people, &none)).collect();
    IdentityAnswer::Customers { n_total, customers }
}

fn one(engine: &Engine, people: &mut People, name: &str) -> Option<wire::CustomerView> {
    let groups = people.groups(&engine.identity.decisions).clone();
    let key = people.keys.find(name)?;
    let root = groups.root.get(key as usize).copied().unwrap_or(key);
    let keys = groups.members.get(&root).cloned().unwrap_or_else(|| vec![key]);
    let customer = rows::customer(engine, people, &keys)?;
    let records = customer.keys.iter().map(|key| rows::record(engine, people, &groups, *key)).collect();
    let record = customer.keys.iter().find_map(|key| people.record(*key));
    let made = record.map_or(&[][..], |record| people.directory.why(record));
    let joins = made.iter().filter_map(|join| join_view(people, join)).collect();
    let is_alive = |name: &str| people.keys.find(name).is_some_and(|key| rows::is_alive(engine, people, key));
    let joins = without_hubs(joins, &is_alive);
    let why = accounts::why(engine, customer.case);
    Some(wire::CustomerView {
        row: customer.row(engine, people, &accounts::keys_of_none(engine)),
        records,
        joins,
        accounts: accounts::intervals(engine, customer.case),
        account_why: why.as_ref().map(|(reason, _)| *reason),
        account_by: why.map(|(_, by)| by),
    })
}

/// Joins among records that are there: what is joined by way of one that is not is joined directly.
fn without_hubs(mut joins: Vec<wire::JoinView>, is_alive: &dyn Fn(&str) -> bool) -> Vec<wire::JoinView> {
    let gone = |join: &wire::JoinView| [&join.a, &join.b].into_iter().find(|name| !is_alive(name)).cloned();
    // Every round has one name less.
    while let Some(hub) = joins.iter().find_map(gone) {
        let (with, mut rest): (Vec<_>, Vec<_>) =
            joins.into_iter().partition(|join| join.a == hub || join.b == hub);
        let mut ends = with.into_iter().map(|join| (if join.a == hub { join.b } else { join.a }, join.cause));
        if let Some((first, _)) = ends.next() {
            for (other, cause) in ends {
                let (a, b) = pair_of(&first, &other);
                rest.push(wire::JoinView { a, b, cause });
            }
        }
        joins = rest;
    }
    joins
}

/// A join as it is told; none where it is only that two sources speak of one key.
fn join_view(people: &People, join: &::identity::Join) -> Option<wire::JoinView> {
    let key = |record: u32| people.keys.get(people.key_of(record)).to_owned();
    let cause = match join.cause {
        Cause::Key => return None,
        Cause::Accepted => wire::JoinCause::Accepted,
        Cause::Weight(bits) => wire::JoinCause::Weight { bits, chance_ratio: chance(bits) },
        Cause::Shared(which) => {
            let theirs: Vec<&str> = people.directory.values(join.pair.1, which).collect();
            let mut own = people.directory.values(join.pair.0, which);
            let value = own.find(|value| theirs.contains(value)).unwrap_or_default().to_owned();
            wire::JoinCause::Shared { of: name_of(which).to_owned(), value }
        }
    };
    let (a, b) = super::pair_of(&key(join.pair.0), &key(join.pair.1));
    (a != b).then_some(wire::JoinView { a, b, cause })
}

fn shared(engine: &Engine, people: &mut People) -> Vec<wire::SharedIdentifier> {
    let groups = people.groups(&engine.identity.decisions).clone();
    let names = |keys: &mut dyn Iterator<Item = u32>| {
        let mut names: Vec<String> = keys.map(|key| people.keys.get(key).to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(MAX_HOLDERS);
        names
    };
    let of_identifiers = people.directory.shared_holders().into_iter().map(|(which, value, why, records)| {
        wire::SharedIdentifier {
            of: name_of(which).to_owned(),
            value: value.to_owned(),
            n_records: records.len() as u64,
            why: match why {
                Shared::Role => wire::SharedWhy::Role,
                Shared::Persons(n) => wire::SharedWhy::Persons { n_persons: n as u64 },
            },
            records: names(&mut records.iter().map(|record| people.key_of(*record))),
        }
    });
    let mut all: Vec<wire::SharedIdentifier> = of_identifiers.collect();
    for (thing, owners) in people.contested(&groups) {
        let root = |key: &u32| groups.root.get(*key as usize).copied().unwrap_or(*key);
        let roots: std::collections::BTreeSet<u32> = owners.iter().map(root).collect();
        all.push(wire::SharedIdentifier {
            of: "thing".to_owned(),
            value: people.keys.get(thing).to_owned(),
            n_records: owners.len() as u64,
            why: wire::SharedWhy::Claimed { n_customers: roots.len() as u64 },
            records: names(&mut owners.iter().copied()),
        });
    }
    all.sort_by(|a, b| (&a.of, &a.value).cmp(&(&b.of, &b.value)));
    all
}

/// The accounts that facts give a customer's records.
pub(super) fn accounts_of<'a>(engine: &'a Engine, people: &'a People, key: u32) -> Vec<&'a str> {
    rows::facts(engine, people, key).flat_map(|(_, fact)| fact.values(About::Account)).collect()
}
