//! Why something could not be kept or brought back, and the words for it.

use super::browser::said;
use crate::message::failure;
use protocol::Failure;
use wasm_bindgen::JsValue;

/// Why something could not be kept or brought back.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no room on the disk.
    Full,
    /// A passphrase is needed.
    Locked,
    /// What is encrypted does not open with this key.
    WrongKey,
    /// The key that the browser kept is gone.
    NoKey,
    /// A newer release wrote it.
    Newer,
    /// Files are there, but a generation was not completed.
    Incomplete,
    /// It is not what was once written.
    Damaged,
    /// The workspace changed while it was written.
    Changed,
    /// The engine refuses.
    Engine(Failure),
    /// The browser refuses; its words.
    Browser(String),
}

impl From<JsValue> for Fault {
    fn from(cause: JsValue) -> Self {
        match said(&cause, "name").as_str() {
            "QuotaExceededError" => Self::Full,
            "OperationError" => Self::WrongKey,
            "NotFoundError" => Self::Incomplete,
            name => Self::Browser(format!("{name}: {}", said(&cause, "message"))),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure)
    }
}

impl Fault {
    /// Why the stored workspace cannot be opened.
    pub(crate) fn reading(self) -> Failure {
        let untouched =
            "Nothing of it was changed. You can work on without saving, or forget it and start afresh.";
        match self {
            Self::WrongKey => failure("The passphrase does not open it.", "Try again; nothing was changed."),
            Self::Locked => failure("A passphrase is needed.", "Enter the passphrase of this workspace."),
            Self::NoKey => failure(
                "The stored workspace cannot be read: this browser no longer has its key.",
                "Import an exported file or open your files again; forget the stored workspace to save anew.",
            ),
            Self::Newer => failure(
                "The stored workspace was written by a newer release.",
                "Reload the page without the browser's cache. Nothing of it was changed.",
            ),
            Self::Incomplete | Self::Damaged => {
                failure("The stored workspace is damaged and cannot be read.", untouched)
            }
            Self::Engine(failure) => failure,
            Self::Full => failure("The disk is full.", "Make room and reload the page."),
            Self::Changed => failure("The workspace keeps changing.", "Try again when all imports are done."),
            Self::Browser(said) => {
                failure(format!("The stored workspace cannot be read ({said})."), untouched)
            }
        }
    }

    /// Why the last changes are not on the disk.
    pub(crate) fn writing(self) -> Failure {
        let advice = "Everything is still here, and what was saved before is unharmed. Make room or export the workspace, then save again.";
        match self {
            Self::Full => failure("Not saved: there is no room left on the disk.", advice),
            Self::Engine(cause) => failure(format!("Not saved: {}", cause.message), advice),
            Self::Browser(said) => failure(format!("Not saved: the browser refuses ({said})."), advice),
            Self::Changed => failure("Not saved: the workspace kept changing.", advice),
            other => failure(format!("Not saved: {}", other.reading().message), advice),
        }
    }

    /// Why nothing can be kept in this browser.
    pub(crate) fn unsupported(self) -> Failure {
        let said = match self {
            Self::Browser(said) => said,
            other => format!("{other:?}"),
        };
        failure(
            format!("Nothing is kept in this browser ({said})."),
            "A private window or an old browser may be the reason. Export the workspace before you close the page.",
        )
    }
}
