//! The workspace on a disk: a log of what changed, a snapshot in pieces, and the way back from both.
//!
//! The edge puts each [`LogEntry`] into a frame ([`event::frame`]) under its kind, in the order in which they come, and
//! gives them back to [`Restore`] in that order: the chunks of one snapshot first, then what was logged since. Any prefix
//! of the log gives the workspace as it was at that point; one change is one entry.

mod form;
mod log;
mod past;
mod people;
mod privacy;
mod restore;
mod snapshot;

pub(crate) use log::Note;
pub(crate) use past::note_deed;
pub(crate) use privacy::note_secret;
pub use restore::Restore;
pub use snapshot::SnapshotWriter;

/// One entry of the log, or one chunk of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Kind of the frame that is to hold it.
    pub kind: u8,
    /// Payload of that frame.
    pub payload: Vec<u8>,
}

/// Kinds of frames, all of upper layers in the sense of [`event::journal::FIRST_OTHER`].
mod kind {
    /// A snapshot begins here.
    pub(super) const WORKSPACE: u8 = 64;
    /// One source of a snapshot.
    pub(super) const SOURCE: u8 = 65;
    /// Rejects of the source before.
    pub(super) const REJECTS: u8 = 66;
    /// What the latest import changed.
    pub(super) const MARKS: u8 = 67;
    /// One view of a snapshot.
    pub(super) const VIEW: u8 = 68;
    /// One segment of a snapshot.
    pub(super) const SEGMENT: u8 = 69;
    /// What a source says of persons and accounts, in a snapshot.
    pub(super) const FACTS: u8 = 70;
    /// Decisions, rules and groups of a snapshot.
    pub(super) const LINK: u8 = 71;
    /// Whose the events of some customers are.
    pub(super) const TOGETHER: u8 = 72;
    /// The order of the lanes.
    pub(super) const LANES: u8 = 78;
    /// Web domains and accounts that are no company, in a snapshot.
    pub(super) const NO_COMPANIES: u8 = 73;
    /// What is known of personal data.
    pub(super) const PRIVACY: u8 = 74;
    /// One note of a snapshot, or the next part of the one before.
    pub(super) const NOTE: u8 = 77;
    /// One step of the history of a snapshot.
    pub(super) const STEP: u8 = 79;
    /// Events came.
    pub(super) const ADD: u8 = 80;
    /// A source went.
    pub(super) const REMOVE_SOURCE: u8 = 81;
    /// A change of events was taken back.
    pub(super) const REVERT: u8 = 82;
    /// An activity was put into a stage.
    pub(super) const SET_STAGE: u8 = 83;
    /// The stages were named.
    pub(super) const SET_STAGES: u8 = 84;
    /// A view was saved.
    pub(super) const SAVE_VIEW: u8 = 85;
    /// A view was deleted.
    pub(super) const DELETE_VIEW: u8 = 86;
    /// A segment was saved.
    pub(super) const SAVE_SEGMENT: u8 = 87;
    /// A segment was deleted.
    pub(super) const DELETE_SEGMENT: u8 = 88;
    /// Customers were told under others.
    pub(super) const REGROUP: u8 = 89;
    /// A source said something of persons and accounts.
    pub(super) const SET_FACTS: u8 = 90;
    /// Pairs were decided.
    pub(super) const DECIDE: u8 = 91;
    /// The rules of linking were set.
    pub(super) const SET_RULES: u8 = 92;
    /// What agreement weighs was settled.
    pub(super) const SET_MODEL: u8 = 93;
    /// It was said which web domains and accounts are no company.
    pub(super) const SET_NO_COMPANIES: u8 = 94;
    /// The lanes were put in another order.
    pub(super) const SET_LANES: u8 = 95;
    /// It was decided about personal data.
    pub(super) const SET_PRIVACY: u8 = 110;
    /// Customers allow something.
    pub(super) const CONSENTS: u8 = 113;
    /// The workspace got its secret.
    pub(super) const SECRET: u8 = 111;
    /// Events went that their source tells anew.
    pub(super) const WITHDRAW: u8 = 112;
    /// A note was changed, as a part of a deed.
    pub(super) const KEEP_NOTE: u8 = 100;
    /// A note was changed, and that is no part of any deed.
    pub(super) const KEEP_NOTE_ASIDE: u8 = 101;
    /// What the entries before it were: a deed, done, undone or done again.
    pub(super) const DEED: u8 = 96;
}
