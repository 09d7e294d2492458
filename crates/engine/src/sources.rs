//! The list of sources: what each brought, and what was rejected of it.

use crate::change::Counts;
use crate::import::Origin;
use event::{Batch, Renewal, Withdrawal};
use protocol::import::{Mapping, RenewedCounts, SourceSummary};
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
    /// What went to make room for it, where it tells records of its source anew.
    pub(crate) renewal: Option<Renewal>,
    /// The counts before that.
    pub(crate) before: Option<Counts>,
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
    /// What it did as a newer export, where it is one.
    pub(crate) renewed: Option<RenewedCounts>,
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

    /// The latest source that came from a file of this name, dates aside, and with the same meaning: of a recipe, by its
    /// title, or else of a mapping.
    pub(crate) fn renewed(&self, name: &str, recipe: &str, mapping: &Mapping) -> Option<u16> {
        let stem = stem(name);
        let is_same = |source: &Source| {
            let Some(summary) = source.summary.as_ref().filter(|_| source.origin == Origin::File) else {
                return false;
            };
            let required = |mapping: &Mapping| {
                ["customer", "activity", "time"].map(|role| mapping.column(role).map(str::to_owned))
            };
            let of_recipe = recipe_of(&summary.format);
            of_recipe == recipe
                && (!recipe.is_empty() || required(&summary.mapping) == required(mapping))
                && self::stem(&summary.name) == stem
        };
        self.0.iter().rposition(is_same).and_then(|number| u16::try_from(number).ok())
    }

    /// Takes events off a source's account that it tells anew, and gives other sources those that they brought too; returns
    /// what takes this back.
    pub(crate) fn withdraw(&mut self, gone: &Withdrawal, kept: &[(u16, u64)]) -> Vec<SourcePatch> {
        let (n_events, n_duplicates) = (gone.events.len() as u64, gone.duplicates.len() as u64);
        let own = [(gone.source, 0)];
        let others = kept.iter().copied().filter(|(source, _)| *source != gone.source);
        let mut undo = Vec::new();
        for (source, n_kept) in own.into_iter().chain(others) {
            let Some(Source { summary: Some(summary), rejects, .. }) = self.get_mut(source) else { continue };
            let before = Some(summary.clone());
            undo.push(SourcePatch {
                source,
                summary: before,
                n_kept_rejects: rejects.len(),
                rejects: Vec::new(),
            });
            if source == gone.source {
                summary.n_events = summary.n_events.saturating_sub(n_events);
                summary.n_duplicates = summary.n_duplicates.saturating_sub(n_duplicates);
                summary.renewed.n_replaced += n_events + n_duplicates;
            } else {
                summary.n_events = summary.n_events.saturating_add(n_kept);
                summary.n_duplicates = summary.n_duplicates.saturating_sub(n_kept);
            }
        }
        undo
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
                renewed: RenewedCounts::default(),
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
    if let Some(newer) = part.renewed {
        let known = summary.renewed;
        let before = if part.origin == Origin::Append { known } else { RenewedCounts::default() };
        summary.renewed = RenewedCounts {
            n_times: known.n_times + 1,
            n_new: before.n_new + newer.n_new,
            n_changed: before.n_changed + newer.n_changed,
            n_gone: before.n_gone + newer.n_gone,
            n_unchanged: before.n_unchanged + newer.n_unchanged,
            n_late: before.n_late + newer.n_late,
            n_replaced: known.n_replaced,
        };
    }
    if part.origin == Origin::File {
        // The format of the latest export holds for the next.
        summary.format = part.format;
    }
    summary.intake.add(part.intake);
    let room = MAX_REJECTS.saturating_sub(rejects.len());
    rejects.extend(audit.rejects.into_iter().take(room));
}

/// The title of the recipe in a source's format, `CSV, comma, UTF-8; Zendesk tickets (recipe version 1)`; empty without.
pub(crate) fn recipe_of(format: &str) -> &str {
    let recipe = format.split_once("; ").map_or("", |(_, recipe)| recipe);
    recipe.rsplit_once(" (recipe version").map_or("", |(title, _)| title)
}

/// What stays of a file's name in the next export: without whole dates, times, and the number of a copy.
fn stem(name: &str) -> String {
    let name = name.to_lowercase();
    let mut stem = String::new();
    let mut rest = name.as_str();
    while let Some(first) = rest.chars().next() {
        let len = written_moment(rest).max(copy_mark(rest));
        if len > 0 {
            rest = &rest[len..];
            continue;
        }
        if first.is_alphanumeric() || matches!(first, '.' | '/') {
            stem.push(first);
        }
        rest = &rest[first.len_utf8()..];
    }
    stem
}

/// Length of a run of digits and what joins them at the start of a text, if it is a day, with or without a time: eight
/// digits or more, or the seconds since 1970.
fn written_moment(text: &str) -> usize {
    let joins = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | 't' | 'z' | ' ');
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    let run = text.find(|c| !joins(c)).unwrap_or(text.len());
    let end = text[..run].rfind(|c: char| c.is_ascii_digit()).map_or(0, |last| last + 1);
    let n_digits = text[..end].chars().filter(char::is_ascii_digit).count();
    if n_digits >= 8 { end } else { 0 }
}

/// Length of ` (2)`, ` - copy` at the start of a text.
fn copy_mark(text: &str) -> usize {
    if let Some(rest) = text.strip_prefix('(')
        && let Some((number, _)) = rest.split_once(')')
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
    {
        return number.len() + 2;
    }
    [" - copy", " - kopie", " copy", " kopie"]
        .iter()
        .find(|mark| text.starts_with(**mark))
        .map_or(0, |mark| mark.len())
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
