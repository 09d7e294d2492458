//! Figures of the screen that a person can ask about: what is measured, of what.

use crate::Selection;
use serde::{Deserialize, Serialize};

/// A figure, as a person points at it. The answer to how it came about is a [`crate::report::Card`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What is measured.
    pub measure: Measure,
    /// Of what.
    pub of: Selection,
    /// Of which source, where it is a figure of one.
    #[serde(default)]
    pub source: Option<u32>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How often something happened.
    Occurrences,
    /// In how many cases.
    Cases,
    /// In which share of all cases.
    CaseShare,
    /// Cases that start with it.
    Starts,
    /// Cases that end with it.
    Ends,
    /// Share of what leaves an activity that goes this way.
    OutShare,
    /// Time from the end of an activity to the start of the next.
    StepTime,
    /// Time from the end of the event before to the start.
    Waiting,
    /// Time from start to end.
    Service,
    /// Activities that one mark stands for.
    Activities,
    /// Cases that reach a stage.
    StageCases,
    /// Cases whose last event is in a stage, and their share.
    StageEnded,
    /// Channels of the events of a stage.
    StageChannels,
    /// Share of the cases of a variant.
    VariantShare,
    /// Share of the cases of a variant and all ranked before it.
    VariantCumulative,
    /// Time from the first event of a case to its latest end.
    Cycle,
    /// Rows read from a source.
    SourceRows,
    /// Events that came from a source.
    SourceEvents,
    /// Rows of a source that repeat another.
    SourceDuplicates,
    /// Rows of a source that could not be used.
    SourceRejected,
    /// Whether what flows in flows out.
    Conservation,
    /// One event of a timeline.
    Event,
    /// Accounts that cases belong to.
    Accounts,
    /// From the first event to the last.
    Period,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 24] = [
        Self::Occurrences,
        Self::Cases,
        Self::CaseShare,
        Self::Starts,
        Self::Ends,
        Self::OutShare,
        Self::StepTime,
        Self::Waiting,
        Self::Service,
        Self::Activities,
        Self::StageCases,
        Self::StageEnded,
        Self::StageChannels,
        Self::VariantShare,
        Self::VariantCumulative,
        Self::Cycle,
        Self::SourceRows,
        Self::SourceEvents,
        Self::SourceDuplicates,
        Self::SourceRejected,
        Self::Conservation,
        Self::Event,
        Self::Accounts,
        Self::Period,
    ];
}
