//! The one door: owns the store, keeps derived results current, answers one request with one reply.
//!
//! Data path: files → source → event store → journey → map → **engine** → protocol → screen.
//!
//! Entry points: [`Inspection`] looks at a file's beginning, [`Import`] reads a whole file under a plan without touching
//! the workspace, [`Engine::commit`] makes what was read part of it, and [`Engine::answer`] answers every question.
//! [`Engine::take_log`] and [`Engine::begin_snapshot`] give what belongs on a disk, [`Restore`] takes it back.
//!
//! This crate does not know: how bytes arrive, how answers travel, what the screen looks like. It is the only place where
//! the values of the lower crates become words of the wire.
//!
//! ```
//! use engine::{Engine, Import, Inspection};
//! use protocol::{
//!     Reply, Request,
//!     import::{ImportPlan, Renewal},
//! };
//!
//! let file = b"customer,activity,time\nada,visit,2026-01-01T09:00:00Z\nada,order,2026-01-01T09:05:00Z\n";
//! let mut inspection = Inspection::new("shop.csv");
//! inspection.push(file)?;
//! let preview = inspection.finish()?;
//! let mut import = Import::new(ImportPlan {
//!     name: preview.name,
//!     format: preview.format,
//!     mapping: preview.mapping,
//!     date_order: preview.time.date_order,
//!     zone_offset_minutes: preview.time.zone_offset_minutes,
//!     recipe: String::new(),
//!     treatments: None,
//!     renewal: Renewal::default(),
//!     keep_for: Vec::new(),
//!     consent: None,
//! })?;
//! import.push(file)?;
//! let mut engine = Engine::new();
//! let report = engine.commit(import.finish()?)?;
//! assert_eq!(report.source.n_events, 2);
//! assert_eq!(engine.answer(&Request::Graph)?.reply, Reply::Bulk);
//! # Ok::<(), protocol::Failure>(())
//! ```

mod analyses;
mod apply;
mod audit;
mod cases;
mod change;
mod convert;
mod durable;
mod engine;
mod figures;
mod history;
mod identity;
mod import;
mod kept;
mod map_view;
mod mappings;
mod notes;
mod privacy;
mod segments;
mod sources;
mod stages;
mod tables;
mod views;

pub use durable::{LogEntry, Restore, SnapshotWriter};
pub use engine::{Answer, Engine};
pub use import::{HEAD_BYTES, Import, Inspection, Parsed, needs_reader};
pub use mappings::page_of;
pub use privacy::{SECRET_BYTES, Terms};
