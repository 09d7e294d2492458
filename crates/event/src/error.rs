//! Why a stored workspace could not be read or written, in words for a person.

use std::fmt;

/// A snapshot or an entry of the journal that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
}

/// What went wrong; private so that it can grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    NotASnapshot,
    Newer { version: u32 },
    Damaged(&'static str),
    Incomplete { column: &'static str, n: u64, n_expected: u64 },
    NoManifest,
    UnknownEntry { kind: u8 },
    Memory { n_bytes: u64 },
    TooLarge { n_events: u64 },
    Full { n_events: u64, n_free: u64 },
    Changed,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind }
    }

    /// A stored value that contradicts the rest.
    pub(crate) fn damaged(what: &'static str) -> Self {
        Self::new(Kind::Damaged(what))
    }

    /// Whether a newer version of the program wrote this, so that nothing is damaged and nothing may be overwritten.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        matches!(self.kind, Kind::Newer { .. })
    }

    /// Whether the store changed while a snapshot of it was being written, so that the snapshot must begin again.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.kind == Kind::Changed
    }

    /// What happened, as one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.kind {
            Kind::NotASnapshot => "This is not a stored workspace.".to_owned(),
            Kind::Newer { version } => {
                format!("The stored workspace has format {version}, which is newer than this program.")
            }
            Kind::Damaged(what) => format!("The stored workspace is damaged: {what}."),
            Kind::Incomplete { column, n, n_expected } => {
                format!(
                    "The stored workspace is incomplete: {n} of {n_expected} values of the column “{column}”."
                )
            }
            Kind::NoManifest => "The stored workspace is incomplete: its first piece is missing.".to_owned(),
            Kind::UnknownEntry { kind } => format!("The journal has an entry of the unknown kind {kind}."),
            Kind::Memory { n_bytes } => {
                format!("There is not enough memory for {} MiB of events.", n_bytes.div_ceil(1 << 20))
            }
            Kind::TooLarge { n_events } => {
                format!("{n_events} events are too many for one entry of the journal.")
            }
            Kind::Full { n_events, n_free } => {
                format!("{n_events} events were to be added, but there is room for {n_free} only.")
            }
            Kind::Changed => "The workspace changed while it was being stored.".to_owned(),
        }
    }

    /// What a person can do about it; empty when there is nothing to say beyond the message.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match &self.kind {
            Kind::NotASnapshot => "Choose a workspace that was stored by this program.",
            Kind::Newer { .. } | Kind::UnknownEntry { .. } => {
                "Reload the page to get the newest version of the program. The stored workspace is left as it is."
            }
            Kind::Damaged(_) | Kind::Incomplete { .. } | Kind::NoManifest => {
                "Open the snapshot before this one if there is one, or import the files again."
            }
            Kind::Memory { .. } => "Close other tabs, or open the workspace with the native program.",
            Kind::TooLarge { .. } => "Store a new snapshot after this import.",
            Kind::Full { .. } => "Remove a source that is no longer needed, or start another workspace.",
            Kind::Changed => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}
