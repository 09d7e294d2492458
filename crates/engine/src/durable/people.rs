//! Who is one, as it lies in a file.

use super::form::{self, damaged};
use super::kind;
use crate::Engine;
use crate::apply::Change;
use crate::identity::{Decision, Fact, FactsPatch, MAX_NO_COMPANIES, SourceFacts};
use event::Together;
use identity::{Comparison, Model, Trait, Verdict};
use protocol::identity::LinkRules;
use protocol::{Failure, bulk};
use rkyv::{Archive, Deserialize, Serialize};
use std::collections::BTreeSet;

/// Bytes of facts in a chunk, about.
const FACT_BYTES: usize = 1 << 20;
/// Events in a chunk of whose they are, about.
const CHUNK_EVENTS: usize = 1 << 20;

/// A [`FactsPatch`], or a part of what a source says.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct FactsForm {
    source: u16,
    n_kept: (u32, u32),
    persons: Vec<String>,
    accounts: Vec<String>,
}

/// Decisions, rules, model, and under whom customers are told.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct LinkForm {
    decisions: Vec<DecisionForm>,
    rules: RulesForm,
    model: Option<Vec<f64>>,
    homes: Vec<(u32, u32)>,
}

/// A [`Decision`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct DecisionForm {
    a: String,
    b: String,
    verdict: u8,
}

/// [`LinkRules`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct RulesForm {
    sure: f64,
    review: f64,
    automatic: bool,
}

/// Whose the events of a case are.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct TogetherForm {
    case: u32,
    events: Vec<u32>,
    duplicates: Vec<u32>,
}

impl FactsForm {
    pub(super) fn new(patch: &FactsPatch) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            source: patch.source,
            n_kept: (number(patch.n_kept.0), number(patch.n_kept.1)),
            persons: texts(&patch.added.persons),
            accounts: texts(&patch.added.accounts),
        }
    }

    pub(super) fn read(self) -> FactsPatch {
        let facts = |texts: Vec<String>| texts.into_iter().map(|text| Fact(text.into_boxed_str())).collect();
        FactsPatch {
            source: self.source,
            n_kept: (self.n_kept.0 as usize, self.n_kept.1 as usize),
            added: SourceFacts { persons: facts(self.persons), accounts: facts(self.accounts) },
        }
    }
}

fn texts(facts: &[Fact]) -> Vec<String> {
    facts.iter().map(|fact| fact.0.to_string()).collect()
}

impl DecisionForm {
    pub(super) fn new(((a, b), verdict): &Decision) -> Self {
        let verdict = match verdict {
            None => 0,
            Some(Verdict::Same) => 1,
            Some(Verdict::Apart) => 2,
        };
        Self { a: a.clone(), b: b.clone(), verdict }
    }

    pub(super) fn read(self) -> Result<Decision, Failure> {
        let verdict = match self.verdict {
            0 => None,
            1 => Some(Verdict::Same),
            2 => Some(Verdict::Apart),
            _ => return Err(damaged()),
        };
        Ok(((self.a, self.b), verdict))
    }
}

impl RulesForm {
    pub(super) fn new(rules: LinkRules) -> Self {
        let LinkRules { sure, review, automatic } = rules;
        Self { sure, review, automatic }
    }

    pub(super) fn read(self) -> Result<LinkRules, Failure> {
        let Self { sure, review, automatic } = self;
        let fits = review > 0.0 && review <= sure && sure < 1.0;
        if fits { Ok(LinkRules { sure, review, automatic }) } else { Err(damaged()) }
    }
}

/// The numbers of a model: prior, what was taught, then m and u of every level of every trait.
pub(super) fn numbers_of(model: &Model) -> Vec<f64> {
    let mut numbers = vec![model.prior, model.taught_bits];
    for Comparison { m, u } in &model.comparisons {
        numbers.extend(m.iter().chain(u));
    }
    numbers
}

/// The model of these numbers.
pub(super) fn model_of(numbers: &[f64]) -> Result<Model, Failure> {
    let (head, rest) = numbers.split_at_checked(2).ok_or_else(damaged)?;
    let n_levels = rest.len() / (2 * Trait::ALL.len());
    let mut comparisons = [Comparison { m: Default::default(), u: Default::default() }; Trait::ALL.len()];
    let is_whole = rest.len() == comparisons.len() * 2 * comparisons[0].m.len();
    if !is_whole || numbers.iter().any(|number| !number.is_finite()) {
        return Err(damaged());
    }
    for (comparison, numbers) in comparisons.iter_mut().zip(rest.chunks_exact(2 * n_levels)) {
        comparison.m.copy_from_slice(&numbers[..n_levels]);
        comparison.u.copy_from_slice(&numbers[n_levels..]);
    }
    Ok(Model { prior: head[0], comparisons, taught_bits: head[1] })
}

/// Which chunk about who is one comes next.
#[derive(Clone, Copy, Debug)]
pub(super) enum PeoplePlace {
    Facts { source: usize, first: usize },
    Accounts { source: usize, first: usize },
    NoCompanies,
    Link,
    Together(u32),
}

/// The chunk at a place, if there is one, and the next place; none after the last.
#[expect(clippy::type_complexity, reason = "as for the chunks of everything else")]
pub(super) fn chunk(
    engine: &Engine,
    place: PeoplePlace,
) -> Result<(Option<(u8, Vec<u8>)>, Option<PeoplePlace>), Failure> {
    let identity = &engine.identity;
    Ok(match place {
        PeoplePlace::Facts { .. } if identity.is_untouched() => (None, None),
        PeoplePlace::Facts { source, first } => {
            let Some(facts) = identity.facts.get(source) else {
                return Ok((None, Some(PeoplePlace::NoCompanies)));
            };
            let part = texts(part_of(&facts.persons, first));
            if part.is_empty() {
                return Ok((None, Some(PeoplePlace::Accounts { source, first: 0 })));
            }
            let next = PeoplePlace::Facts { source, first: first + part.len() };
            (facts_chunk(source, part, Vec::new())?, Some(next))
        }
        PeoplePlace::Accounts { source, first } => {
            let accounts = identity.facts.get(source).map_or(&[][..], |facts| &facts.accounts);
            let part = texts(part_of(accounts, first));
            if part.is_empty() {
                return Ok((None, Some(PeoplePlace::Facts { source: source + 1, first: 0 })));
            }
            let next = PeoplePlace::Accounts { source, first: first + part.len() };
            (facts_chunk(source, Vec::new(), part)?, Some(next))
        }
        PeoplePlace::NoCompanies => {
            let names = &identity.no_companies;
            let chunk =
                (!names.is_empty()).then(|| Ok((kind::NO_COMPANIES, write_names(names)?))).transpose()?;
            (chunk, Some(PeoplePlace::Link))
        }
        PeoplePlace::Link => {
            let decided = identity.decisions.iter();
            let form = LinkForm {
                decisions: decided
                    .map(|(pair, verdict)| DecisionForm::new(&(pair.clone(), Some(*verdict))))
                    .collect(),
                rules: RulesForm::new(identity.rules),
                model: identity.model.as_ref().map(numbers_of),
                homes: identity.origins.homes().collect(),
            };
            (Some((kind::LINK, form::write(&form)?)), Some(PeoplePlace::Together(0)))
        }
        PeoplePlace::Together(from) => {
            let (mut forms, mut n_events) = (Vec::new(), 0);
            for (case, together) in identity.origins.together().skip_while(|(case, _)| *case < from) {
                if n_events > 0 && n_events + together.events.len() > CHUNK_EVENTS {
                    break;
                }
                n_events += together.events.len() + 1;
                let Together { events, duplicates } = together.clone();
                forms.push(TogetherForm { case, events, duplicates });
            }
            let Some(last) = forms.last() else { return Ok((None, None)) };
            let next = PeoplePlace::Together(last.case.saturating_add(1));
            (Some((kind::TOGETHER, form::write(&forms)?)), Some(next))
        }
    })
}

fn part_of(facts: &[Fact], first: usize) -> &[Fact] {
    let rest = facts.get(first..).unwrap_or_default();
    let mut n_bytes = 0;
    let fits = rest.iter().take_while(|fact| {
        n_bytes += fact.0.len() + 8;
        n_bytes <= FACT_BYTES
    });
    &rest[..fits.count().max(rest.len().min(1))]
}

fn facts_chunk(
    source: usize,
    persons: Vec<String>,
    accounts: Vec<String>,
) -> Result<Option<(u8, Vec<u8>)>, Failure> {
    // A part of a snapshot follows what was read before it.
    let source = u16::try_from(source).map_err(|_| damaged())?;
    let form = FactsForm { source, n_kept: (u32::MAX, u32::MAX), persons, accounts };
    Ok(Some((kind::FACTS, form::write(&form)?)))
}

/// Reads a change of who is one; none for an entry of another kind.
pub(super) fn read_change(kind: u8, bytes: &[u8]) -> Result<Option<Change>, Failure> {
    fn read<T>(bytes: &[u8]) -> Result<T, Failure>
    where
        T: rkyv::Archive,
        T::Archived: rkyv::Deserialize<T, rkyv::api::high::HighDeserializer<rkyv::rancor::Error>>
            + for<'a> rkyv::bytecheck::CheckBytes<rkyv::api::high::HighValidator<'a, rkyv::rancor::Error>>,
    {
        bulk::decode(bytes).map_err(|_| damaged())
    }
    Ok(Some(match kind {
        kind::REGROUP => Change::Regroup(read(bytes)?),
        kind::SET_FACTS => Change::SetFacts(Box::new(read::<FactsForm>(bytes)?.read())),
        kind::DECIDE => {
            let forms: Vec<DecisionForm> = read(bytes)?;
            Change::Decide(forms.into_iter().map(DecisionForm::read).collect::<Result<_, _>>()?)
        }
        kind::SET_RULES => Change::SetRules(read::<RulesForm>(bytes)?.read()?),
        kind::SET_NO_COMPANIES => Change::SetNoCompanies(read_names(bytes)?),
        kind::SET_MODEL => {
            let numbers: Vec<f64> = read(bytes)?;
            let is_none = numbers.is_empty();
            Change::SetModel(if is_none { None } else { Some(Box::new(model_of(&numbers)?)) })
        }
        _ => return Ok(None),
    }))
}

/// Web domains and accounts that are no company, all of them.
///
/// # Errors
/// When they need more than 2 GiB.
pub(super) fn write_names(names: &BTreeSet<String>) -> Result<Vec<u8>, Failure> {
    form::write(&names.iter().cloned().collect::<Vec<String>>())
}

/// The same, read.
///
/// # Errors
/// When the bytes are damaged, or there are more than a workspace has.
pub(super) fn read_names(bytes: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let names: Vec<String> = bulk::decode(bytes).map_err(|_| damaged())?;
    if names.len() > MAX_NO_COMPANIES { Err(damaged()) } else { Ok(names.into_iter().collect()) }
}

/// Takes over a chunk of a snapshot.
pub(super) fn take_link(engine: &mut Engine, form: LinkForm) -> Result<(), Failure> {
    let identity = &mut engine.identity;
    for decision in form.decisions {
        if let (pair, Some(verdict)) = decision.read()? {
            identity.decisions.insert(pair, verdict);
        }
    }
    identity.rules = form.rules.read()?;
    identity.model = form.model.map(|numbers| model_of(&numbers)).transpose()?;
    for (customer, home) in form.homes {
        identity.origins.set_home(customer, home);
    }
    Ok(())
}

/// Takes over a chunk of a snapshot.
pub(super) fn take_together(engine: &mut Engine, forms: Vec<TogetherForm>) {
    for TogetherForm { case, events, duplicates } in forms {
        engine.identity.origins.set_together(case, Together { events, duplicates });
    }
}
