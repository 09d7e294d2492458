//! Segments: filters that a person keeps under a name, and questions in which each name stands for its filter.

use crate::convert::failure;
use crate::{Engine, analyses};
use journey::cases_matching;
use protocol::Failure;
use protocol::history::{Segment, SegmentSize};
use protocol::question::{Analysis, Breakdown, Comparison, Filter, Query, Question};
use std::collections::{BTreeMap, BTreeSet};

/// Most segments of a workspace.
const MAX_SEGMENTS: usize = 200;
/// Most characters of a segment's name.
const MAX_NAME_CHARS: usize = 80;
/// Most bytes of a segment's filter as text.
const MAX_FILTER_BYTES: usize = 64 << 10;
/// Most conditions that a filter may have once all names in it stand for their filters.
const MAX_CONDITIONS: usize = 10_000;

/// The segments of a workspace: filters by name.
pub(crate) type Segments = BTreeMap<String, Filter>;

/// The segment as it will be kept.
///
/// # Errors
/// When it has no name or too long a one, is too large, needs itself, or there are too many.
pub(crate) fn check(segments: &Segments, segment: Segment) -> Result<Segment, Failure> {
    let name = segment.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        let message = format!("“{name}” cannot name a segment: names have 1 to {MAX_NAME_CHARS} characters.");
        return Err(failure(message, "Choose another name."));
    }
    if text_of(&segment.filter)?.len() > MAX_FILTER_BYTES {
        let message = format!("The segment “{name}” is too large to be kept.");
        return Err(failure(message, "Name fewer things in it."));
    }
    if segments.len() >= MAX_SEGMENTS && !segments.contains_key(&name) {
        let message = format!("There are {MAX_SEGMENTS} segments already.");
        return Err(failure(message, "Delete one that is not needed."));
    }
    let mut with = segments.clone();
    with.insert(name.clone(), segment.filter.clone());
    if needs(&with, &segment.filter, &name) {
        let message = format!("The segment “{name}” would be made of itself.");
        return Err(failure(message, "Leave it out of its own conditions."));
    }
    Expansion::new(&with).filter(&segment.filter)?;
    Ok(Segment { name, ..segment })
}

/// The name, when there is a segment of it.
///
/// # Errors
/// When there is none.
pub(crate) fn check_known(segments: &Segments, name: &str) -> Result<(), Failure> {
    if segments.contains_key(name) {
        return Ok(());
    }
    Err(failure(format!("There is no segment “{name}”."), "Choose one of the list."))
}

/// Every segment with its size, by name.
///
/// # Errors
/// When a filter cannot be asked.
pub(crate) fn sizes(engine: &Engine) -> Result<Vec<SegmentSize>, Failure> {
    let n_all = engine.store.n_cases() as u64;
    let size = |(name, filter): (&String, &Filter)| {
        let expanded = Expansion::new(&engine.segments).filter(filter)?;
        let matched = cases_matching(&engine.store, None, &analyses::filter(&expanded)?);
        let segment = Segment { name: name.clone(), filter: filter.clone() };
        Ok(SegmentSize { segment, n_cases: matched.cases.len() as u64, n_all })
    };
    engine.segments.iter().map(size).collect()
}

/// A filter as text, which a later program can read too.
pub(crate) fn text_of(filter: &Filter) -> Result<String, Failure> {
    serde_json::to_string(filter)
        .map_err(|_| failure("The segment cannot be written.", "Name fewer things in it."))
}

/// Whether a filter names a segment, itself or through the segments that it names.
fn needs(segments: &Segments, filter: &Filter, wanted: &str) -> bool {
    let mut names = Vec::new();
    names_in(filter, &mut names);
    with_needed(segments, names).contains(wanted)
}

/// The segments of a question, those through which they are made included.
pub(crate) fn names_of(segments: &Segments, question: &Question) -> BTreeSet<String> {
    let mut names = Vec::new();
    names_in(&question.query.filter, &mut names);
    if let Some(Comparison::Filter { filter }) = &question.query.compare {
        names_in(filter, &mut names);
    }
    names.extend(split_by(segments, &question.analysis));
    with_needed(segments, names)
}

/// The segments that an analysis is split by; all when it names none.
fn split_by(segments: &Segments, analysis: &Analysis) -> Vec<String> {
    let (breakdown, names) = match analysis {
        Analysis::Funnel(funnel) => (funnel.breakdown, &funnel.segments),
        Analysis::Retention(retention) => (retention.breakdown, &retention.segments),
        _ => return Vec::new(),
    };
    match breakdown {
        Some(Breakdown::Segments) if names.is_empty() => segments.keys().cloned().collect(),
        Some(Breakdown::Segments) => names.clone(),
        _ => Vec::new(),
    }
}

fn with_needed(segments: &Segments, mut open: Vec<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        if let Some(filter) = segments.get(&name) {
            names_in(filter, &mut open);
        }
        seen.insert(name);
    }
    seen
}

fn names_in(filter: &Filter, names: &mut Vec<String>) {
    match filter {
        Filter::Segment { name } => names.push(name.clone()),
        Filter::Not { of } => names_in(of, names),
        Filter::AllOf { of } | Filter::AnyOf { of } => of.iter().for_each(|one| names_in(one, names)),
        _ => (),
    }
}

/// A question in which every segment is its filter, and the names of segments that there are none of.
#[derive(Debug)]
pub(crate) struct Expanded {
    pub(crate) question: Question,
    /// The filter of each segment that the analysis splits by, in its order.
    pub(crate) groups: Vec<(String, Filter)>,
    pub(crate) unknown: Vec<String>,
}

/// Puts filters in place of names.
///
/// # Errors
/// When there would be too many conditions.
pub(crate) fn expand(segments: &Segments, question: &Question) -> Result<Expanded, Failure> {
    let mut expansion = Expansion::new(segments);
    let filter = expansion.filter(&question.query.filter)?;
    let compare = match &question.query.compare {
        Some(Comparison::Filter { filter }) => Some(Comparison::Filter { filter: expansion.filter(filter)? }),
        other => other.clone(),
    };
    let mut groups = Vec::new();
    for name in split_by(segments, &question.analysis) {
        let filter = expansion.filter(&Filter::Segment { name: name.clone() })?;
        groups.push((name, filter));
    }
    let query = Query { filter, compare, ..question.query.clone() };
    let unknown = expansion.unknown.into_iter().collect();
    Ok(Expanded { question: Question { query, ..question.clone() }, groups, unknown })
}

struct Expansion<'a> {
    segments: &'a Segments,
    n_conditions: usize,
    unknown: BTreeSet<String>,
}

impl<'a> Expansion<'a> {
    fn new(segments: &'a Segments) -> Self {
        Self { segments, n_conditions: 0, unknown: BTreeSet::new() }
    }

    fn filter(&mut self, filter: &Filter) -> Result<Filter, Failure> {
        self.n_conditions += 1;
        if self.n_conditions > MAX_CONDITIONS {
            let message = format!("The filter has more than {MAX_CONDITIONS} conditions.");
            return Err(failure(message, "Use fewer segments that are made of segments."));
        }
        Ok(match filter {
            Filter::AllOf { of } => Filter::AllOf { of: self.filters(of)? },
            Filter::AnyOf { of } => Filter::AnyOf { of: self.filters(of)? },
            Filter::Not { of } => Filter::Not { of: Box::new(self.filter(of)?) },
            Filter::Segment { name } => match self.segments.get(name) {
                // Segments don't need themselves, so that this ends.
                Some(filter) => self.filter(filter)?,
                None => {
                    self.unknown.insert(name.clone());
                    Filter::AnyOf { of: Vec::new() }
                }
            },
            plain => plain.clone(),
        })
    }

    fn filters(&mut self, of: &[Filter]) -> Result<Vec<Filter>, Failure> {
        of.iter().map(|one| self.filter(one)).collect()
    }
}
