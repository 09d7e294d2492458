//! How a figure of the screen came about: its definition, formula, and what it rests on.

use crate::analyses::{self, words};
use crate::convert::failure;
use crate::{Engine, cases, identity, privacy};
use event::CaseEvents;
use protocol::figure::{Figure, Measure};
use protocol::import::{Mapping, SourceSummary};
use protocol::report::Card;
use protocol::sentence::Sentence;
use protocol::{Failure, Selection};
use std::collections::BTreeMap;

/// What a figure rests on.
#[derive(Default)]
struct Ground {
    unit: &'static str,
    n_units: u64,
    n_cases: u64,
    n_events: u64,
    dropped: Vec<(Sentence, u64)>,
}

/// The card of a figure.
///
/// # Errors
/// When the figure is of something that is not there.
pub(crate) fn card(engine: &mut Engine, figure: &Figure) -> Result<Card<Sentence>, Failure> {
    if let Selection::Figure { question, .. } = &figure.of {
        return Ok(analyses::report(engine, question)?.card);
    }
    let digest = analyses::figure_digest(figure, engine.kept.data_digest(&engine.store));
    let ground = match (figure.source, &figure.of) {
        (Some(number), _) => of_source(engine, number, figure.measure)?,
        (None, Selection::Event { customer, place }) => of_event(engine, customer, *place)?,
        (None, _) => of_cases(engine, figure)?,
    };
    // What a source brought is the same, whoever may be looked at.
    let withheld = if figure.source.is_none() { privacy::without_consent(engine) } else { Vec::new() };
    let key = key_of(figure.measure);
    Ok(Card {
        definition: words::word(key),
        formulas: vec![words::word(&format!("{key}.formula"))],
        parameters: parameters(engine, figure),
        unit: words::word(ground.unit),
        n_units: ground.n_units,
        n_cases: ground.n_cases,
        n_events: ground.n_events,
        dropped: ground.dropped.into_iter().filter(|(_, n)| *n > 0).chain(withheld).collect(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        input_digest: digest,
    })
}

/// The key of a measure's definition; that of its formula has `.formula` behind it.
fn key_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Occurrences => "about.occurrences",
        Measure::Cases => "about.cases",
        Measure::CaseShare => "about.case_share",
        Measure::Starts => "about.starts",
        Measure::Ends => "about.ends",
        Measure::OutShare => "about.out_share",
        Measure::StepTime => "about.step_time",
        Measure::Waiting => "about.waiting",
        Measure::Service => "about.service",
        Measure::Activities => "about.activities",
        Measure::StageCases => "about.stage_cases",
        Measure::StageEnded => "about.stage_ended",
        Measure::StageChannels => "about.stage_channels",
        Measure::VariantShare => "about.variant_share",
        Measure::VariantCumulative => "about.variant_cumulative",
        Measure::Cycle => "about.cycle",
        Measure::SourceRows => "about.source_rows",
        Measure::SourceEvents => "about.source_events",
        Measure::SourceDuplicates => "about.source_duplicates",
        Measure::SourceRejected => "about.source_rejected",
        Measure::Conservation => "about.conservation",
        Measure::Event => "about.event",
        Measure::Accounts => "about.accounts",
        Measure::Period => "about.period",
    }
}

fn parameters(engine: &Engine, figure: &Figure) -> Vec<(Sentence, Sentence)> {
    let side = |names: &[String], outer: &str| {
        if names.is_empty() { words::word(outer) } else { words::names(names) }
    };
    let of = match &figure.of {
        Selection::Activities { names } => vec![("param.activity", words::names(names))],
        Selection::Edge { from, to } => {
            vec![("param.from", side(from, "cell.start")), ("param.to", side(to, "cell.end"))]
        }
        Selection::Variant { trace } => {
            let steps = trace.iter().map(Sentence::text);
            vec![("param.trace", Sentence::joined("say.arrow", steps))]
        }
        Selection::Stage { name } | Selection::EndedInStage { name } => {
            vec![("param.stage", Sentence::text(name))]
        }
        Selection::Event { customer, place } => return event_parameters(engine, customer, *place),
        Selection::All if figure.measure == Measure::Period => period(engine),
        Selection::All | Selection::Figure { .. } => Vec::new(),
    };
    let source = figure.source.and_then(|number| engine.sources.live_one(number));
    let source = source.map(|(_, summary)| ("param.source", Sentence::text(&summary.name)));
    of.into_iter().chain(source).map(|(name, value)| (words::word(name), value)).collect()
}

/// First and last moment of the data.
fn period(engine: &Engine) -> Vec<(&'static str, Sentence)> {
    let sources = || engine.sources.live();
    let first = sources().filter_map(|source| source.first_micros).min();
    let last = sources().filter_map(|source| source.last_micros).max();
    let told = [("param.first_event", first), ("param.last_event", last)];
    told.into_iter().filter_map(|(name, at)| Some((name, words::instant(at?)))).collect()
}

/// Where an event came from: the source, the line, and what was read from which column.
fn event_parameters(engine: &Engine, customer: &str, place: u32) -> Vec<(Sentence, Sentence)> {
    let Ok(case) = cases::case_of(engine, customer) else {
        return Vec::new();
    };
    let events = engine.store.case(case);
    if place as usize >= events.len() {
        return Vec::new();
    }
    let event = events.event(place as usize);
    let mut told = vec![("param.customer", words::name(customer))];
    told.push(("param.activity", words::name(engine.store.activities().get(event.activity))));
    if let Some((_, source)) = engine.sources.live_one(u32::from(event.source)) {
        let column = |role: &&str| {
            let column = source.mapping.column(role)?;
            Some(words::of(&format!("event.col.{role}"), [words::name(column)]))
        };
        let columns: Vec<Sentence> = Mapping::ROLES.iter().filter_map(column).collect();
        told.push(("param.source", Sentence::text(&source.name)));
        told.push(("param.format", Sentence::text(&source.format)));
        told.push(("param.line", words::count(event.line.into())));
        if !columns.is_empty() {
            told.push(("param.columns", Sentence::joined("say.comma", columns)));
        }
    }
    told.into_iter().map(|(name, value)| (words::word(name), value)).collect()
}

/// What the card of an event rests on: one row of its source; rows of other sources that say the same were left out.
fn of_event(engine: &Engine, customer: &str, place: u32) -> Result<Ground, Failure> {
    let case = cases::case_of(engine, customer)?;
    if place as usize >= engine.store.case(case).len() {
        return Err(failure(
            "The source of this figure is gone.",
            "Choose a figure of a source that is there.",
        ));
    }
    let n_repeats = engine.store.n_repeats(case, place as usize);
    let dropped = vec![(words::word("dropped.repeats"), n_repeats)];
    Ok(Ground { unit: "unit.events", n_units: 1, n_cases: 1, n_events: 1, dropped })
}

/// What a figure of one source rests on.
fn of_source(engine: &Engine, number: u32, measure: Measure) -> Result<Ground, Failure> {
    let Some((_, source)) = engine.sources.live_one(number) else {
        return Err(failure(
            "The source of this figure is gone.",
            "Choose a figure of a source that is there.",
        ));
    };
    let n_units = match measure {
        Measure::SourceEvents => source.n_events,
        Measure::SourceDuplicates => source.n_duplicates,
        Measure::SourceRejected => source.n_rejected,
        _ => source.n_rows,
    };
    let unit = if measure == Measure::SourceEvents { "unit.events" } else { "unit.rows" };
    let is_of =
        |events: &CaseEvents<'_>| (0..events.len()).any(|at| u32::from(events.event(at).source) == number);
    let n_cases = engine.store.full_cases().filter(|(_, events)| is_of(events)).count() as u64;
    Ok(Ground { unit, n_units, n_cases, n_events: source.n_events, dropped: rejected([source]) })
}

/// Rows of sources that became no events, by reason.
fn rejected<'s>(sources: impl IntoIterator<Item = &'s SourceSummary>) -> Vec<(Sentence, u64)> {
    let mut by_reason = BTreeMap::<&str, u64>::new();
    let (mut n_listed, mut n_rejected, mut n_duplicates, mut n_replaced) = (0, 0, 0, 0);
    for source in sources {
        n_rejected += source.n_rejected;
        n_duplicates += source.n_duplicates;
        n_replaced += source.renewed.n_replaced;
        for (reason, n) in &source.rejected_by_reason {
            n_listed += n;
            *by_reason.entry(reason).or_default() += n;
        }
    }
    let reasons =
        by_reason.into_iter().map(|(reason, n)| (words::of("dropped.rejected", [words::reject(reason)]), n));
    let others = [
        (words::word("dropped.rejected_otherwise"), n_rejected.saturating_sub(n_listed)),
        (words::word("dropped.duplicates"), n_duplicates),
        (words::word("dropped.renewed"), n_replaced),
    ];
    reasons.chain(others).collect()
}

/// What a figure about cases rests on, counted from the events themselves.
fn of_cases(engine: &mut Engine, figure: &Figure) -> Result<Ground, Failure> {
    let cases = cases::behind(engine, &figure.of)?;
    let engine = &*engine;
    let matching = Matching::new(engine, &figure.of);
    let mut tally = Tally::default();
    for &case in &cases {
        matching.count(&engine.store.case(case), &mut tally);
    }
    let n_cases = cases.len() as u64;
    let mut dropped = rejected(engine.sources.live());
    let (unit, n_units) = match figure.measure {
        Measure::Occurrences | Measure::OutShare | Measure::StageChannels | Measure::SourceEvents => {
            (matching.unit(), tally.n_occurrences)
        }
        Measure::Period => ("unit.events", tally.n_events),
        Measure::Accounts => {
            let n_without = cases.iter().filter(|case| engine.store.case(**case).account().is_none()).count();
            dropped.insert(0, (words::word("dropped.no_account"), n_without as u64));
            let n_without_events = identity::n_accounts_without_events(engine);
            dropped.insert(1, (words::word("dropped.accounts_without_events"), n_without_events));
            ("unit.accounts", engine.analysis.n_accounts())
        }
        Measure::Starts => ("unit.customers", tally.n_starts),
        Measure::Ends => ("unit.customers", tally.n_ends),
        Measure::StepTime => ("unit.times", tally.n_occurrences),
        Measure::Waiting => {
            dropped.insert(0, (words::word("dropped.first_events"), tally.n_starts));
            ("unit.times", tally.n_occurrences - tally.n_starts)
        }
        Measure::Service => {
            dropped.insert(0, (words::word("dropped.no_end"), tally.n_occurrences - tally.n_with_end));
            ("unit.times", tally.n_with_end)
        }
        Measure::Activities => ("unit.activities", matching.n_activities() as u64),
        _ => ("unit.customers", n_cases),
    };
    // A count of events uses these; every other figure looks at the whole cases.
    let n_events = if unit == "unit.events" { n_units } else { tally.n_events };
    Ok(Ground { unit, n_units, n_cases, n_events, dropped })
}

/// What happened in the cases of a selection.
#[derive(Default)]
struct Tally {
    n_events: u64,
    /// Events, or steps, that are of the selection.
    n_occurrences: u64,
    /// Those that are the first of their case.
    n_starts: u64,
    /// Those that are the last of their case.
    n_ends: u64,
    /// Those that have an end of their own.
    n_with_end: u64,
}

/// Tells which events of a case, or steps between them, are of a selection.
enum Matching {
    /// Events of these activities.
    Events(Vec<bool>),
    /// Steps from one of these to one of those; an empty side is the start or the end of the case.
    Steps(Vec<bool>, Vec<bool>),
}

impl Matching {
    fn new(engine: &Engine, of: &Selection) -> Self {
        let (names, plan) = (engine.store.activities(), engine.analysis.plan());
        let named = |wanted: &[String]| -> Vec<bool> {
            names.iter().map(|name| wanted.iter().any(|wanted| wanted == name)).collect()
        };
        let side = |wanted: &[String]| if wanted.is_empty() { Vec::new() } else { named(wanted) };
        match of {
            Selection::Activities { names } => Self::Events(named(names)),
            Selection::Edge { from, to } => Self::Steps(side(from), side(to)),
            Selection::Stage { name } => {
                let stage = plan.names.iter().position(|known| known == name);
                let n = u32::try_from(names.len()).unwrap_or(u32::MAX);
                Self::Events((0..n).map(|activity| Some(plan.stage_of(activity)) == stage).collect())
            }
            _ => Self::Events(vec![true; names.len()]),
        }
    }

    fn unit(&self) -> &'static str {
        match self {
            Self::Events(_) => "unit.events",
            Self::Steps(..) => "unit.transitions",
        }
    }

    fn n_activities(&self) -> usize {
        match self {
            Self::Events(is_wanted) => is_wanted.iter().filter(|is| **is).count(),
            Self::Steps(..) => 0,
        }
    }

    fn count(&self, events: &CaseEvents<'_>, tally: &mut Tally) {
        let activities = events.activities();
        let last = activities.len().saturating_sub(1);
        tally.n_events += activities.len() as u64;
        let is = |wanted: &[bool], at: usize| {
            activities.get(at).and_then(|activity| wanted.get(*activity as usize)).copied().unwrap_or(false)
        };
        match self {
            Self::Events(wanted) => {
                for at in (0..activities.len()).filter(|at| is(wanted, *at)) {
                    tally.n_occurrences += 1;
                    tally.n_starts += u64::from(at == 0);
                    tally.n_ends += u64::from(at == last);
                    let has_end = events.has_ends() && events.known_end_micros(at).is_some();
                    tally.n_with_end += u64::from(has_end);
                }
            }
            Self::Steps(from, to) => {
                let starts = from.is_empty() && is(to, 0);
                let ends = to.is_empty() && is(from, last);
                let inner = (1..activities.len()).filter(|at| is(from, at - 1) && is(to, *at)).count();
                tally.n_occurrences += inner as u64 + u64::from(starts) + u64::from(ends);
            }
        }
    }
}
