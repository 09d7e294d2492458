//! Where a workspace is kept between two visits, and what a page can ask about it.

use crate::Failure;
use serde::{Deserialize, Serialize};

/// What a page can ask of the place where a workspace is kept.
///
/// Every command is answered with [`crate::Reply::Storage`], [`StorageCommand::Export`] with [`crate::Reply::File`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageCommand {
    /// Opens the workspace of this name; the first request of a page that wants to keep its data. Until it is answered,
    /// other requests wait.
    Open {
        /// Name of the workspace, unique among those of the same origin.
        workspace: String,
        /// The page remembers that something was kept here; where there is nothing, it has been evicted.
        is_expected: bool,
    },
    /// Opens what is locked.
    Unlock {
        /// The passphrase.
        passphrase: String,
    },
    /// Encrypts everything anew.
    Protect {
        /// The new passphrase; `None` goes back to a key that this browser keeps.
        passphrase: Option<String>,
    },
    /// Saves everything once more, after it could not be saved.
    SaveAgain,
    /// Writes the whole workspace into one encrypted file, which comes beside the answer as a `Blob` named `file`.
    Export {
        /// The passphrase that opens the file.
        passphrase: String,
    },
    /// Replaces the workspace with that of an exported file, which comes beside the request as a `Blob` named `file`.
    Import {
        /// The passphrase of the file.
        passphrase: String,
    },
    /// Deletes what is kept, with its key, and starts empty.
    Forget,
}

/// How a workspace is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageState {
    /// Whether what is on the screen is safe.
    pub mode: StorageMode,
    /// What it is encrypted with.
    pub protection: Protection,
    /// Bytes on the disk.
    pub n_bytes: u64,
    /// Counts up whenever the events were replaced by others than the page asked for; views should be asked for again.
    pub n_reloads: u32,
    /// What a person should know, such as why nothing is saved.
    pub notice: Option<Failure>,
}

/// Whether what is on the screen is safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageMode {
    /// Nothing is kept: it was not asked for, or this browser cannot.
    #[default]
    Memory,
    /// Everything acknowledged is on the disk.
    Saved,
    /// The last changes are in memory only.
    Unsaved,
    /// Another tab writes; this one shows what it has written.
    Follower,
    /// A passphrase is needed.
    Locked,
    /// What is on the disk cannot be read; it is left as it is, and new data is in memory only.
    Damaged,
}

/// What a workspace is encrypted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Nothing is on the disk.
    #[default]
    None,
    /// A key that this browser keeps and hands out to nobody.
    Device,
    /// A key made from a passphrase.
    Passphrase,
}
