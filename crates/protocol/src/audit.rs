//! What is known of the quality of each source, and what that does to the trust in later figures.

use crate::sentence::Sentence;
use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    #[default]
    Good,
    /// To know, no reason for doubt.
    Note,
    /// Some figures may be off.
    Doubt,
    /// Some figures are off.
    Fault,
}

impl Level {
    /// The name on the wire: `good`, `note`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Doubt => "doubt",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Short name: `rejected`, `gaps`, `zone`, …
    pub id: String,
    /// How serious it is.
    pub level: Level,
    /// What was found.
    pub finding: Sentence,
    /// What it does to the trust in later figures; empty where it does nothing.
    pub effect: Sentence,
    /// How many it is about: rows, events or customers.
    pub n: u64,
    /// Of how many.
    pub of: u64,
}

/// The audit of one source, as it is in the workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceAudit {
    /// Number of the source.
    pub source: u32,
    /// Its name.
    pub name: String,
    /// The most serious level of its checks.
    pub level: Level,
    /// The checks, the most serious first, then in a fixed order.
    pub checks: Vec<Check>,
}
