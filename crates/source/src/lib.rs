//! Where it came from: reads files, maps raw records to events, audits their quality; makes the sample company.
//!
//! Data path: files → **source** → event store → journey → map → engine → protocol → screen.
//!
//! Entry points: [`Inspector`] looks at the beginning of a file and guesses what its columns mean; a person confirms or
//! edits the [`Plan`]; [`Importer`] carries it out and accounts for every record; [`sample`] makes the files of an invented
//! company.
//!
//! CSV, JSON, JSON lines and XES are read in pieces of any size, gzip-compressed or not, in UTF-8 and the usual other
//! encodings. A faulty record is an answer, not an error: it is rejected with line, column and reason, and reading goes on.
//!
//! This crate does not know: where bytes come from, what time it is, graphs, stages, the screen.
//!
//! ```
//! let bytes = b"user_id,action,at\n7,order,2026-03-01T09:30:00Z\n7,pay,2026-03-01T09:31:00Z\n8,order,never\n";
//! let mut inspector = source::Inspector::new("shop.csv");
//! inspector.push(bytes)?;
//! let mut plan = inspector.finish()?.plan();
//! plan.mapping.set(source::Role::Activity, Some("action".to_owned()));
//!
//! let mut importer = source::Importer::new(plan)?;
//! for piece in bytes.chunks(10) {
//!     importer.push(piece)?;
//! }
//! let imported = importer.finish()?;
//! assert_eq!(imported.batch.len(), 2);
//! assert_eq!(imported.audit.rejected_by_reason.len(), 1);
//! # Ok::<(), source::Error>(())
//! ```

mod audit;
#[cfg(test)]
mod collect;
mod error;
mod facts;
mod foreign;
mod format;
mod import;
mod inspect;
mod kept;
mod plan;

mod csv;
mod decode;
mod json;
mod ndjson;
mod object;
mod recipe;
mod recognise;
mod record;
mod tags;
mod unpack;
mod xes;

mod guess;
mod kinds;
mod load;
mod number;
mod time;
mod treat;

pub mod sample;

pub use audit::{Audit, Reject, rejects_csv};
pub use error::Error;
pub use facts::{AccountFact, ConsentFact, ConsentFacts, MAX_STATEMENTS, Profile, ProfileField};
pub use foreign::{FOREIGN_HEAD_BYTES, Foreign};
pub use format::{Format, Reading, Syntax};
pub use import::{ImportProgress, Imported, Importer};
pub use inspect::Inspector;
pub use kept::{KeptMapping, Page};
pub use plan::{
    ColumnKind, ColumnSample, DateOrder, Mapping, Otherwise, OwnPage, Plan, Preview, Role, TimeReading,
};
pub use recipe::Recipe;
pub use treat::Treat;
