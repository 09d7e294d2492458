//! The upper layers' values as they lie in a file; what is read is checked where it is used.

use crate::change::ChangedMarks;
use crate::convert::failure;
use crate::import::Origin;
use crate::notes::NoteChange;
use crate::segments;
use crate::sources::{SourcePart, SourcePatch};
use event::Withdrawal;
use journey::StageWishes;
use protocol::Failure;
use protocol::bulk::{self, Encode};
use protocol::history::{Segment, View};
use protocol::import::{Mapping, RenewedCounts, ScoreKind, SourceSummary};
use protocol::privacy::Intake;
use protocol::question::Filter;
use rkyv::{Archive, Deserialize, Serialize};
use source::{Audit, Reject};

/// What a snapshot begins with.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct WorkspaceForm {
    pub(super) revision: u64,
    stage_names: Vec<String>,
    stage_by_activity: Vec<(String, String)>,
}

/// One source.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct SourceForm {
    origin: u8,
    summary: Option<SummaryForm>,
}

/// A [`SourceSummary`]; its number is its place in the list.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct SummaryForm {
    name: String,
    format: String,
    counts: [u64; 4],
    rejected_by_reason: Vec<(String, u64)>,
    repaired_by_kind: Vec<(String, u64)>,
    first_micros: Option<i64>,
    last_micros: Option<i64>,
    mapping: Vec<Option<String>>,
    sample: bool,
}

/// A [`Reject`].
#[derive(Archive, Serialize, Deserialize, Debug)]
pub(super) struct RejectForm {
    file: String,
    line: u64,
    field: String,
    reason: String,
    value: String,
}

/// A [`SourcePart`].
#[derive(Archive, Serialize, Deserialize, Debug)]
pub(super) struct PartForm {
    name: String,
    format: String,
    mapping: Vec<Option<String>>,
    origin: u8,
    counts: [u64; 3],
    rejected_by_reason: Vec<(String, u64)>,
    rejects: Vec<RejectForm>,
    repaired_by_kind: Vec<(String, u64)>,
    first_micros: Option<i64>,
    last_micros: Option<i64>,
}

/// A [`SourcePatch`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct PatchForm {
    source: u16,
    summary: Option<SummaryForm>,
    n_kept_rejects: u32,
    rejects: Vec<RejectForm>,
}

/// A [`Withdrawal`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct WithdrawalForm {
    source: u16,
    events: Vec<(u32, u32)>,
    duplicates: Vec<u32>,
}

/// [`ChangedMarks`], or a part of them.
#[derive(Archive, Serialize, Deserialize, Default)]
pub(super) struct MarksForm {
    pub(super) activities: Vec<u32>,
    pub(super) edges: Vec<(u32, u32)>,
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
}

/// A [`View`].
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct ViewForm {
    name: String,
    room: String,
    settings: String,
}

/// A segment; its filter is JSON, so that a workspace keeps conditions which only a later program knows.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct SegmentForm {
    name: String,
    filter: String,
}

/// A change of a note.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct NoteForm {
    name: String,
    keep: u64,
    add: String,
}

/// An activity and the stage that a person put it into.
#[derive(Archive, Serialize, Deserialize)]
pub(super) struct StageForm {
    pub(super) activity: String,
    pub(super) stage: Option<String>,
}

/// Writes a form.
///
/// # Errors
/// When it needs more than 2 GiB.
pub(super) fn write<T: Encode>(form: &T) -> Result<Vec<u8>, Failure> {
    bulk::encode(form).map(|buffer| buffer.to_vec()).map_err(|_| {
        failure("The change is too large to be stored.", "Import less at a time, or split the file.")
    })
}

/// What is said of bytes that were not written by this program, or not as they are.
pub(super) fn damaged() -> Failure {
    failure(
        "The stored workspace is damaged: an entry of it is broken.",
        "Open the snapshot before this one if there is one, or import the files again.",
    )
}

impl WorkspaceForm {
    pub(super) fn new(revision: u64, wishes: &StageWishes) -> Self {
        let by_activity = wishes.by_activity.iter();
        Self {
            revision,
            stage_names: wishes.names.clone(),
            stage_by_activity: by_activity.map(|(a, s)| (a.clone(), s.clone())).collect(),
        }
    }

    pub(super) fn into_wishes(self) -> StageWishes {
        StageWishes { names: self.stage_names, by_activity: self.stage_by_activity.into_iter().collect() }
    }
}

impl SourceForm {
    pub(super) fn new(origin: Origin, summary: Option<&SourceSummary>) -> Self {
        Self { origin: origin_number(origin), summary: summary.map(SummaryForm::new) }
    }

    /// The source at this place of the list.
    pub(super) fn read(self, place: u16) -> Result<(Origin, Option<SourceSummary>), Failure> {
        Ok((origin_of(self.origin)?, self.summary.map(|summary| summary.read(place))))
    }
}

impl SummaryForm {
    fn new(summary: &SourceSummary) -> Self {
        Self {
            name: summary.name.clone(),
            format: summary.format.clone(),
            counts: [summary.n_rows, summary.n_events, summary.n_duplicates, summary.n_rejected],
            rejected_by_reason: summary.rejected_by_reason.clone(),
            repaired_by_kind: summary.repaired_by_kind.clone(),
            first_micros: summary.first_micros,
            last_micros: summary.last_micros,
            mapping: columns_of(&summary.mapping, &summary.intake, summary.renewed),
            sample: summary.sample,
        }
    }

    fn read(self, source: u16) -> SourceSummary {
        let [n_rows, n_events, n_duplicates, n_rejected] = self.counts;
        let (mapping, intake, renewed) = mapping_of(self.mapping);
        SourceSummary {
            source: u32::from(source),
            name: self.name,
            format: self.format,
            n_rows,
            n_events,
            n_duplicates,
            n_rejected,
            rejected_by_reason: self.rejected_by_reason,
            repaired_by_kind: self.repaired_by_kind,
            first_micros: self.first_micros,
            last_micros: self.last_micros,
            mapping,
            sample: self.sample,
            intake,
            renewed,
        }
    }
}

impl RejectForm {
    pub(super) fn new(reject: &Reject) -> Self {
        let Reject { file, line, field, reason, value } = reject.clone();
        Self { file, line, field, reason, value }
    }

    pub(super) fn read(self) -> Reject {
        let Self { file, line, field, reason, value } = self;
        Reject { file, line, field, reason, value }
    }
}

impl PartForm {
    pub(super) fn new(part: &SourcePart) -> Self {
        let audit = &part.audit;
        Self {
            name: part.name.clone(),
            format: part.format.clone(),
            mapping: columns_of(&part.mapping, &part.intake, part.renewed.unwrap_or_default()),
            origin: origin_number(part.origin),
            counts: [audit.n_rows, audit.n_accepted, audit.n_rejected],
            rejected_by_reason: audit.rejected_by_reason.clone(),
            rejects: audit.rejects.iter().map(RejectForm::new).collect(),
            repaired_by_kind: audit.repaired_by_kind.clone(),
            first_micros: audit.first_micros,
            last_micros: audit.last_micros,
        }
    }

    /// The same with what it did as a newer export.
    pub(super) fn renewed(mut self, renewed: &RenewedCounts) -> Self {
        self.mapping.pop();
        self.mapping.push(serde_json::to_string(renewed).ok());
        self
    }

    pub(super) fn read(self) -> Result<SourcePart, Failure> {
        /// Reasons and kinds of repair are a few fixed sentences.
        const MAX_REASONS: usize = 1_000;
        if self.rejected_by_reason.len().max(self.repaired_by_kind.len()) > MAX_REASONS {
            return Err(damaged());
        }
        let [n_rows, n_accepted, n_rejected] = self.counts;
        let audit = Audit {
            n_rows,
            n_accepted,
            n_rejected,
            rejected_by_reason: self.rejected_by_reason,
            rejects: self.rejects.into_iter().map(RejectForm::read).collect(),
            repaired_by_kind: self.repaired_by_kind,
            first_micros: self.first_micros,
            last_micros: self.last_micros,
        };
        let (mapping, intake, renewed) = mapping_of(self.mapping);
        Ok(SourcePart {
            name: self.name,
            format: self.format,
            mapping,
            audit,
            origin: origin_of(self.origin)?,
            intake,
            renewed: (renewed.n_times > 0).then_some(renewed),
        })
    }
}

impl WithdrawalForm {
    pub(super) fn new(gone: &Withdrawal) -> Self {
        let Withdrawal { source, events, duplicates } = gone.clone();
        Self { source, events, duplicates }
    }

    pub(super) fn read(self) -> Withdrawal {
        let Self { source, mut events, mut duplicates } = self;
        events.sort_unstable();
        duplicates.sort_unstable();
        Withdrawal { source, events, duplicates }
    }
}

impl PatchForm {
    pub(super) fn new(patch: &SourcePatch) -> Self {
        Self {
            source: patch.source,
            summary: patch.summary.as_ref().map(SummaryForm::new),
            n_kept_rejects: u32::try_from(patch.n_kept_rejects).unwrap_or(u32::MAX),
            rejects: patch.rejects.iter().map(RejectForm::new).collect(),
        }
    }

    pub(super) fn read(self) -> SourcePatch {
        SourcePatch {
            source: self.source,
            summary: self.summary.map(|summary| summary.read(self.source)),
            n_kept_rejects: self.n_kept_rejects as usize,
            rejects: self.rejects.into_iter().map(RejectForm::read).collect(),
        }
    }
}

impl MarksForm {
    pub(super) fn new(marks: &ChangedMarks) -> Self {
        Self {
            activities: marks.activities.iter().copied().collect(),
            edges: marks.edges.iter().copied().collect(),
            starts: marks.starts.iter().copied().collect(),
            ends: marks.ends.iter().copied().collect(),
        }
    }

    /// Adds what was read to what is known.
    pub(super) fn read_into(self, marks: &mut ChangedMarks) {
        marks.activities.extend(self.activities);
        marks.edges.extend(self.edges);
        marks.starts.extend(self.starts);
        marks.ends.extend(self.ends);
    }
}

impl ViewForm {
    pub(super) fn new(view: &View) -> Self {
        let View { name, room, settings } = view.clone();
        Self { name, room, settings }
    }

    pub(super) fn read(self) -> View {
        let Self { name, room, settings } = self;
        View { name, room, settings }
    }
}

impl SegmentForm {
    pub(super) fn new(name: &str, filter: &Filter) -> Result<Self, Failure> {
        Ok(Self { name: name.to_owned(), filter: segments::text_of(filter)? })
    }

    pub(super) fn read(self) -> Result<Segment, Failure> {
        let filter = serde_json::from_str(&self.filter).map_err(|_| {
            failure(
                format!("The stored segment “{}” has a condition that this program does not know.", self.name),
                "Reload the page to get the newest version of the program. The stored workspace is left as it is.",
            )
        })?;
        Ok(Segment { name: self.name, filter })
    }
}

impl NoteForm {
    pub(super) fn new(note: &NoteChange) -> Self {
        Self { name: note.name.clone(), keep: note.keep as u64, add: note.add.clone() }
    }

    pub(super) fn read(self, is_aside: bool) -> NoteChange {
        let Self { name, keep, add } = self;
        NoteChange { name, keep: usize::try_from(keep).unwrap_or(usize::MAX), add, is_aside }
    }
}

fn origin_number(origin: Origin) -> u8 {
    match origin {
        Origin::File => 0,
        Origin::Append => 1,
        Origin::Sample => 2,
    }
}

fn origin_of(number: u8) -> Result<Origin, Failure> {
    match number {
        0 => Ok(Origin::File),
        1 => Ok(Origin::Append),
        2 => Ok(Origin::Sample),
        _ => Err(damaged()),
    }
}

/// Columns by role, the name of the survey, what the record says of personal data, the column with the id of a record and
/// what newer exports did, the values among these as JSON; a later version may add behind these.
fn columns_of(mapping: &Mapping, intake: &Intake, renewed: RenewedCounts) -> Vec<Option<String>> {
    let Mapping { customer, activity, time, end_time, channel, account, text, money, .. } = mapping.clone();
    let Mapping { object, currency, score, score_kind, mrr, record, .. } = mapping.clone();
    let score_kind = score_kind.map(|kind| kind.name().to_owned());
    let first = [customer, activity, time, end_time, channel, account, text, money];
    let intake = serde_json::to_string(intake).ok().filter(|_| !intake.is_empty());
    let renewed =
        (renewed != RenewedCounts::default()).then(|| serde_json::to_string(&renewed).ok()).flatten();
    first.into_iter().chain([object, currency, score, score_kind, mrr, intake, record, renewed]).collect()
}

fn mapping_of(columns: Vec<Option<String>>) -> (Mapping, Intake, RenewedCounts) {
    let mut columns = columns.into_iter();
    let mut next = || columns.next().flatten();
    let mut mapping = Mapping {
        customer: next(),
        activity: next(),
        time: next(),
        end_time: next(),
        channel: next(),
        account: next(),
        text: next(),
        money: next(),
        object: next(),
        currency: next(),
        score: next(),
        score_kind: next().and_then(|name| ScoreKind::from_name(&name)),
        mrr: next(),
        record: None,
    };
    let intake = next().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    mapping.record = next();
    let renewed = next().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    (mapping, intake, renewed)
}
