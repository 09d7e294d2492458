//! What happened: the event, its vocabulary and the columnar store.
//!
//! Data path: files → source → **event store** → journey → map → engine → protocol → screen.
//!
//! A source fills a [`Batch`]; [`Store::stage`] merges it with what is there without changing anything, so that a
//! caller can retract the touched cases' old contributions; [`Store::commit`] makes it so. What came in goes out the same
//! way: [`Store::stage_source_removal`] undoes an import, [`Store::stage_erasure`] forgets persons, and what
//! [`Store::reversal_of`] notes of any change takes that change back.
//!
//! This crate does not know: files, columns of files, graphs, stages, the screen.
//!
//! ```
//! use event::{Batch, NewEvent, Store};
//! let mut batch = Batch::new("tickets.csv");
//! let opened = NewEvent {
//!     customer: "ada", activity: "open ticket", start_micros: 0, end_micros: None, channel: Some("email"),
//!     line: 2, digest: 1, ..NewEvent::default()
//! };
//! batch.push(opened);
//! let mut store = Store::new();
//! let staged = store.stage(batch);
//! store.commit(staged);
//! assert_eq!(store.n_events(), 1);
//! ```

mod batch;
mod columns;
mod companies;
mod duplicates;
mod ends;
mod error;
pub mod frame;
mod gathered;
mod ids;
pub mod journal;
mod layout;
mod measure;
mod merge;
mod moving;
mod names;
mod new_event;
mod rebuilt;
mod regroup;
mod removal;
mod renewal;
mod reversal;
pub mod snapshot;
mod store;
mod time_unit;

pub use batch::Batch;
pub use columns::{CaseEvents, EventView};
pub use companies::Companies;
pub use error::Error;
pub use gathered::Gathered;
pub use measure::Measure;
pub use merge::Staged;
pub use names::{Names, Texts};
pub use new_event::NewEvent;
pub use regroup::{Origins, Regrouping, Together};
pub use renewal::{Renewal, Withdrawal};
pub use reversal::Reversal;
pub use store::{Footprint, Store};
pub use time_unit::TimeUnit;
