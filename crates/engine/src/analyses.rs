//! Questions about journeys and their reports: what was asked, worked out by `journey`, told in tables with what they mean.
//!
//! A figure that stands for customers carries a mark, its address for [`cases_behind`]: fields joined by `:`, in which `%` and
//! `:` of names are written `%25` and `%3A`. The first field says what kind of figure it is; marks of the compared group begin
//! with `other:`. A share, or another figure of the same customers, may carry their mark too. Each analysis documents its own.

mod asked;
mod daily_states;
mod digest;
mod funnel;
mod lifecycle;
mod mark;
mod paths;
mod retention;
mod revenue;
mod rework;
mod route;
mod scores;
mod sessions;
mod sheet;
mod steps;
mod stickiness;
mod support;
mod transitions;
pub(crate) mod words;

pub(crate) use asked::filter;
pub(crate) use digest::{DataDigest, figure_digest};

use crate::convert::failure;
use crate::engine::Engine;
use crate::kept::Kept;
use crate::segments::{self, Expanded};
use event::Store;
use journey::{
    Basis, CaseSet, Counted, Coverage, Filter, KeptQuery, NameKind, Query, Selected, Unit, UnknownName,
    WorkCalendar, cases_matching,
};
use mark::{Marker, parse_mark};
use protocol::Failure;
use protocol::question::{Analysis, Question};
use protocol::report::{Card, Report};
use protocol::sentence::{Sentence, Value};
use sheet::Table;
use std::cell::RefCell;

/// What an analysis is about: the data, the query in terms of `journey`, and the cases it selects.
struct Subject<'a> {
    store: &'a Store,
    asked: &'a protocol::question::Query,
    /// Filters of the segments that the analysis splits by.
    groups: Vec<(String, Filter)>,
    query: Query,
    selected: Selected,
    kept: RefCell<&'a mut KeptQuery>,
}

impl<'a> Subject<'a> {
    fn new(store: &'a Store, kept: &'a mut Kept, expanded: &'a Expanded) -> Result<Self, Failure> {
        let question = &expanded.question;
        let query = asked::query(question)?;
        asked::check_unit(question.query.unit, &question.analysis)?;
        let groups = expanded.groups.iter().map(|(name, filter)| Ok((name.clone(), asked::filter(filter)?)));
        let groups = groups.collect::<Result<_, Failure>>()?;
        let kept = kept.query(store, query);
        Ok(Self {
            store,
            asked: &question.query,
            groups,
            query: kept.query().clone(),
            selected: kept.selected().clone(),
            kept: RefCell::new(kept),
        })
    }

    /// The figures of one of the two groups; what they rest on is kept current from then on.
    fn figures<C: Counted>(&self, spec: &C, group: Marker) -> C::Figures {
        self.kept.borrow_mut().figures(self.store, spec, group.is_other())
    }

    /// The calendar of working time where it is asked for; what of it makes no sense is told in a report.
    fn work_calendar(&self, is_wanted: bool) -> Option<WorkCalendar> {
        asked::work_calendar(is_wanted, self.asked).map(|(calendar, _)| calendar)
    }

    fn calendar_issues(&self, is_wanted: bool) -> Vec<Sentence> {
        let issues = asked::work_calendar(is_wanted, self.asked).map(|(_, issues)| issues);
        issues.into_iter().flatten().map(|issue| words::issue(&issue)).collect()
    }

    /// Works something out for the selected cases and, where there is one, for the compared group.
    fn both<T>(&self, mut of: impl FnMut(&CaseSet, Marker) -> T) -> (T, Option<T>) {
        let first = of(&self.selected.cases, Marker::FIRST);
        (first, self.selected.compared.as_ref().map(|cases| of(cases, Marker::OTHER)))
    }

    /// Those of some cases that a segment takes.
    fn in_segment(&self, cases: &CaseSet, segment: &Filter) -> CaseSet {
        cases_matching(self.store, self.query.period, segment).cases.and(cases)
    }

    fn activity(&self, name: &str) -> Option<u32> {
        self.store.activities().find(name)
    }

    fn activity_name(&self, activity: u32) -> &'a str {
        self.store.activities().get(activity)
    }
}

/// What an analysis has found; the rest of a report is the same for all.
#[derive(Default)]
struct Findings {
    title: Sentence,
    finding: Sentence,
    definition: &'static str,
    formulas: &'static [&'static str],
    parameters: Vec<(Sentence, Sentence)>,
    tables: Vec<Table>,
    ground: Ground,
    issues: Vec<Sentence>,
    unknown: Vec<UnknownName>,
}

/// What the figures of the selected group rest on.
#[derive(Default)]
struct Ground {
    unit: Unit,
    n_units: u64,
    n_cases: u64,
    n_events: u64,
    dropped: Vec<(Sentence, u64)>,
}

impl From<Coverage> for Ground {
    fn from(coverage: Coverage) -> Self {
        let mut dropped = Vec::new();
        if coverage.n_without_account > 0 {
            dropped.push((words::word("dropped.no_account"), coverage.n_without_account));
        }
        let Coverage { unit, n_units, n_events, n_cases, .. } = coverage;
        Self { unit, n_units, n_cases, n_events, dropped }
    }
}

impl From<&Basis> for Ground {
    fn from(basis: &Basis) -> Self {
        let mut ground = Self::from(basis.coverage);
        let unit = words::unit(ground.unit);
        let dropped = basis.excluded.iter().flat_map(|excluded| {
            let reason = words::reason(excluded.reason);
            let units = words::of("dropped.units", [unit.clone(), reason.clone()]);
            [(units, excluded.n_units), (words::of("dropped.events", [reason]), excluded.n_events)]
        });
        ground.dropped.extend(dropped.filter(|(_, n)| *n > 0));
        (ground.n_units, ground.n_events) = (basis.n_units, basis.n_events);
        if ground.unit == Unit::Customers {
            ground.n_cases = basis.n_units;
        }
        ground
    }
}

/// Answers a question.
pub(crate) fn report(engine: &mut Engine, question: &Question) -> Result<Report<Sentence>, Failure> {
    let data_digest = engine.kept.data_digest(&engine.store);
    let withheld = crate::privacy::without_consent(engine);
    let expanded = segments::expand(&engine.segments, question)?;
    let subject = Subject::new(&engine.store, &mut engine.kept, &expanded)?;
    let findings = work_out(&subject, &question.analysis)?;
    let mut unknown = findings.unknown;
    unknown.extend(subject.selected.unknown.iter().cloned());
    unknown.sort_unstable();
    unknown.dedup();
    let mut issues: Vec<Sentence> = unknown.iter().map(unknown_words).collect();
    issues.extend(expanded.unknown.iter().map(|name| words::of("issue.no_segment", [words::name(name)])));
    issues.extend(findings.issues);
    if subject.selected.n_in_both > 0 {
        let n = subject.selected.n_in_both;
        issues.push(Sentence::new("issue.in_both", [Value::Count(n)]));
    }
    let mut parameters = words::query(&question.query);
    parameters.extend(words::segments(&engine.segments, question));
    parameters.extend(findings.parameters);
    let card = Card {
        definition: words::word(findings.definition),
        formulas: findings.formulas.iter().map(|key| words::word(key)).collect(),
        parameters,
        unit: words::unit(findings.ground.unit),
        n_units: findings.ground.n_units,
        n_cases: findings.ground.n_cases,
        n_events: findings.ground.n_events,
        dropped: dropped(&subject, findings.ground.dropped).into_iter().chain(withheld).collect(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        input_digest: digest::input_digest(&expanded, data_digest),
    };
    let Findings { title, finding, mut tables, .. } = findings;
    for table in &mut tables {
        table.caption = words::of_unit(std::mem::take(&mut table.caption), findings.ground.unit);
        for column in &mut table.columns {
            let caption = words::of_unit(column.caption.clone(), findings.ground.unit);
            if caption != column.caption {
                (column.caption, column.meaning) = (caption, Sentence::default());
            }
        }
    }
    Ok(Report { title, finding, tables, card, issues })
}

/// The cases behind a figure of the report that answers a question, ascending.
pub(crate) fn cases_behind(
    engine: &mut Engine,
    question: &Question,
    mark: &str,
) -> Result<Vec<u32>, Failure> {
    let expanded = segments::expand(&engine.segments, question)?;
    let subject = Subject::new(&engine.store, &mut engine.kept, &expanded)?;
    let (is_other, fields) = parse_mark(mark);
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let group = if is_other { subject.selected.compared.as_ref() } else { Some(&subject.selected.cases) };
    let found = match group {
        None => None,
        Some(group) => of_mark(&subject, &question.analysis, group, &fields)?,
    };
    match found {
        Some(cases) => Ok(cases.iter().collect()),
        None => Err(failure(
            format!("The figure “{mark}” is not part of this answer."),
            "Ask the question again and choose a figure of its answer.",
        )),
    }
}

fn work_out(subject: &Subject<'_>, analysis: &Analysis) -> Result<Findings, Failure> {
    Ok(match analysis {
        Analysis::Funnel(funnel) => funnel::find(subject, funnel)?,
        Analysis::Retention(retention) => retention::find(subject, retention)?,
        Analysis::Lifecycle { names, daily: true, .. } => daily_states::find(subject, names),
        Analysis::Lifecycle { names, grain, .. } => lifecycle::find(subject, names, *grain),
        Analysis::Stickiness { names, grain } => stickiness::find(subject, names, *grain),
        Analysis::Transitions { weight, once_per_case, working_hours } => {
            transitions::find(subject, *weight, *once_per_case, *working_hours)
        }
        Analysis::Route(route) => route::find(subject, route)?,
        Analysis::Paths(paths) => paths::find(subject, paths),
        Analysis::Steps { n_steps, anchor } => steps::find(subject, *n_steps, anchor.as_deref()),
        Analysis::Rework => rework::find(subject),
        Analysis::Sessions => sessions::find(subject),
        Analysis::Support(support) => support::find(subject, support),
        Analysis::Scores(scores) => scores::find(subject, scores)?,
        Analysis::Revenue { grain } => revenue::find(subject, *grain),
    })
}

fn of_mark(
    subject: &Subject<'_>,
    analysis: &Analysis,
    group: &CaseSet,
    fields: &[&str],
) -> Result<Option<CaseSet>, Failure> {
    Ok(match analysis {
        Analysis::Funnel(funnel) => funnel::cases(subject, funnel, group, fields)?,
        Analysis::Retention(retention) => retention::cases(subject, retention, group, fields),
        Analysis::Lifecycle { names, daily: true, .. } => daily_states::cases(subject, names, group, fields),
        Analysis::Lifecycle { names, grain, .. } => lifecycle::cases(subject, (names, *grain), group, fields),
        Analysis::Stickiness { names, grain } => stickiness::cases(subject, (names, *grain), group, fields),
        Analysis::Transitions { .. } => transitions::cases(subject, group, fields),
        Analysis::Route(route) => route::cases(subject, route, group, fields)?,
        Analysis::Paths(paths) => paths::cases(subject, paths, group, fields),
        Analysis::Steps { n_steps, anchor } => {
            steps::cases(subject, (*n_steps, anchor.as_deref()), group, fields)
        }
        Analysis::Rework => rework::cases(subject, group, fields),
        Analysis::Sessions => sessions::cases(subject, group, fields),
        Analysis::Support(support) => support::cases(subject, support, group, fields),
        Analysis::Scores(scores) => scores::cases(subject, scores, group, fields)?,
        Analysis::Revenue { grain } => revenue::cases(subject, *grain, group, fields),
    })
}

/// What is in no figure of the selected group, by reason: what the query left out, then what the analysis did.
fn dropped(subject: &Subject<'_>, by_analysis: Vec<(Sentence, u64)>) -> Vec<(Sentence, u64)> {
    let selected = &subject.selected;
    let n_all = subject.store.n_cases() as u64;
    let n_filtered = n_all.saturating_sub(selected.n_outside_period + selected.cases.len() as u64);
    let by_query = [
        (words::word("dropped.filtered"), n_filtered),
        (words::word("dropped.outside_period"), selected.n_outside_period),
    ];
    by_query.into_iter().chain(by_analysis).filter(|(_, n)| *n > 0).collect()
}

fn unknown_words(unknown: &UnknownName) -> Sentence {
    let key = match unknown.kind {
        NameKind::Activity => "issue.no_activity",
        NameKind::Channel => "issue.no_channel",
        NameKind::Account => "issue.no_account",
        NameKind::Customer => "issue.no_customer",
    };
    Sentence::new(key, [Value::Text(unknown.name.clone())])
}
