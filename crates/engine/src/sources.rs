//! The list of sources: what each brought, and what was rejected of it.

use crate::import::Origin;
use event::Batch;
use protocol::import::{Mapping, SourceSummary};
use protocol::privacy::Intake;
use source::{Audit, Reject};

/// Most sources of one workspace, removed ones included.
pub(crate) const MAX_SOURCES: usize = 60_000;
/// Rejects kept of a source that grows for as long as its page is open.
const MAX_REJECTS: usize = 10_000;

/// All sources by number; a removed one keeps its number.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

/// One source.
#[derive(Debug)]
pub(crate) struct Source {
    /// What it brought; `None` once it is removed.
    pub(crate) summary: Option<SourceSummary>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) origin: Origin,
}

/// Events on their way into the workspace, with the account of where they came from.
#[derive(Debug)]
pub(crate) struct Addition {
    pub(crate) batch: Batch,
    pub(crate) part: SourcePart,
}

/// What one import or append brings to its source, its events aside.
#[derive(Debug)]
pub(crate) struct SourcePart {
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) mapping: Mapping,
    pub(crate) audit: Audit,
    pub(crate) origin: Origin,
    pub(crate) intake: Intake,
}

/// A source as it is to be: takes a change of the list back.
#[derive(Clone, Debug)]
pub(crate) struct SourcePatch {
    pub(crate) source: u16,
    pub(crate) summary: Option<SourceSummary>,
    /// Rejects that stay.
    pub(crate) n_kept_rejects: usize,
    /// Rejects that follow those.
    pub(crate) rejects: Vec<Reject>,
}

impl Sources {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn all(&self) -> &[Source] {
        &self.0
    }

    pub(crate) fn push(&mut self, source: Source) {
        self.0.push(source);
    }

    pub(crate) fn get_mut(&mut self, source: u16) -> Option<&mut Source> {
        self.0.get_mut(usize::from(source))
    }

    /// A source that is not removed, with its summary.
    pub(crate) fn live_one(&self, source: u32) -> Option<(&Source, &SourceSummary)> {
        let source = self.0.get(source as usize)?;
        source.summary.as_ref().map(|summary| (source, summary))
    }

    /// Summaries of the sources that are not removed, in order of import.
    pub(crate) fn live(&self) -> impl Iterator<Item = &SourceSummary> {
        self.0.iter().filter_map(|source| source.summary.as_ref())
    }

    /// The source that an append of this name continues.
    pub(crate) fn continued(&self, name: &str) -> Option<u16> {
        let is_same = |source: &Source| {
            source.origin == Origin::Append && source.summary.as_ref().is_some_and(|s| s.name == name)
        };
        self.0.iter().position(is_same).and_then(|number| u16::try_from(number).ok())
    }

    /// Adds a part to the source that it continues, or begins a new one; returns its number and what takes this back.
    pub(crate) fn add(
        &mut self,
        continued: Option<u16>,
        part: SourcePart,
        (n_events, n_duplicates): (u64, u64),
    ) -> (u16, SourcePatch) {
        let known = continued.filter(|&source| self.live_one(u32::from(source)).is_some());
        let number = known.unwrap_or_else(|| u16::try_from(self.0.len()).unwrap_or(u16::MAX));
        if known.is_none() {
            let summary = SourceSummary {
                source: u32::from(number),
                name: part.name.clone(),
                format: part.format.clone(),
                n_rows: 0,
                n_events: 0,
                n_duplicates: 0,
                n_rejected: 0,
                rejected_by_reason: Vec::new(),
                repaired_by_kind: Vec::new(),
                first_micros: None,
                last_micros: None,
                mapping: Mapping::default(),
                sample: part.origin == Origin::Sample,
                intake: Intake::default(),
            };
            self.0.push(Source { summary: Some(summary), rejects: Vec::new(), origin: part.origin });
        }
        let before = known.and_then(|number| self.live_one(u32::from(number)));
        let undo = SourcePatch {
            source: number,
            summary: before.map(|(_, summary)| summary.clone()),
            n_kept_rejects: before.map_or(0, |(source, _)| source.rejects.len()),
            rejects: Vec::new(),
        };
        if let Some(Source { summary: Some(summary), rejects, .. }) = self.get_mut(number) {
            summary.n_events = summary.n_events.saturating_add(n_events);
            summary.n_duplicates = summary.n_duplicates.saturating_add(n_duplicates);
            grow(summary, rejects, part);
        }
        (number, undo)
    }

    /// Takes a source off the list and gives the others the events that they brought too; returns what takes this back.
    pub(crate) fn remove(&mut self, source: u16, kept: &[(u16, u64)]) -> Vec<SourcePatch> {
        let mut undo = Vec::new();
        if let Some(removed) = self.get_mut(source) {
            let rejects = std::mem::take(&mut removed.rejects);
            undo.push(SourcePatch { source, summary: removed.summary.take(), n_kept_rejects: 0, rejects });
        }
        for &(source, n) in kept {
            let Some(Source { summary: Some(summary), rejects, .. }) = self.get_mut(source) else { continue };
            undo.push(SourcePatch {
                source,
                summary: Some(summary.clone()),
                n_kept_rejects: rejects.len(),
                rejects: Vec::new(),
            });
            summary.n_events = summary.n_events.saturating_add(n);
            summary.n_duplicates = summary.n_duplicates.saturating_sub(n);
        }
        undo
    }

    /// Forgets rejects of which `is_gone` is true; returns how many.
    pub(crate) fn forget_rejects(&mut self, is_gone: &dyn Fn(&Reject) -> bool) -> u64 {
        let n_rejects =
            |sources: &Self| sources.0.iter().map(|source| source.rejects.len() as u64).sum::<u64>();
        let n_before = n_rejects(self);
        self.0.iter_mut().for_each(|source| source.rejects.retain(|reject| !is_gone(reject)));
        n_before - n_rejects(self)
    }

    /// Makes sources what the patches say; returns what takes this back.
    pub(crate) fn patch(&mut self, patches: Vec<SourcePatch>) -> Vec<SourcePatch> {
        let mut undo = Vec::new();
        for patch in patches {
            let SourcePatch { source, summary, n_kept_rejects, rejects: added } = patch;
            let Some(known) = self.get_mut(source) else { continue };
            let n_kept_rejects = n_kept_rejects.min(known.rejects.len());
            let rejects = known.rejects.split_off(n_kept_rejects);
            known.rejects.extend(added);
            let summary = std::mem::replace(&mut known.summary, summary);
            undo.push(SourcePatch { source, summary, n_kept_rejects, rejects });
        }
        undo
    }
}

impl SourcePatch {
    /// Bytes of memory in use, about.
    pub(crate) fn n_bytes(&self) -> usize {
        let of_one = |reject: &Reject| {
            size_of::<Reject>()
                + reject.file.len()
                + reject.field.len()
                + reject.reason.len()
                + reject.value.len()
        };
        size_of::<Self>() + self.rejects.iter().map(of_one).sum::<usize>()
    }
}

/// Adds another part of the same source; the mapping is that of the latest part.
fn grow(summary: &mut SourceSummary, rejects: &mut Vec<Reject>, part: SourcePart) {
    let audit = part.audit;
    summary.n_rows = summary.n_rows.saturating_add(audit.n_rows);
    summary.n_rejected = summary.n_rejected.saturating_add(audit.n_rejected);
    add_counts(&mut summary.rejected_by_reason, audit.rejected_by_reason);
    add_counts(&mut summary.repaired_by_kind, audit.repaired_by_kind);
    summary.first_micros = summary.first_micros.into_iter().chain(audit.first_micros).min();
    summary.last_micros = summary.last_micros.into_iter().chain(audit.last_micros).max();
    summary.mapping = part.mapping;
    summary.intake.add(part.intake);
    let room = MAX_REJECTS.saturating_sub(rejects.len());
    rejects.extend(audit.rejects.into_iter().take(room));
}

/// Adds counts by name; most frequent first, ties by name.
fn add_counts(counts: &mut Vec<(String, u64)>, more: Vec<(String, u64)>) {
    for (name, n) in more {
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(n),
            None => counts.push((name, n)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}
