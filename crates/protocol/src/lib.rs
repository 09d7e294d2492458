//! The words on the wire: versioned plain request, reply and view types, and nothing else.
//!
//! Data path: files → source → event store → journey → map → engine → **protocol** → screen.
//!
//! A page sends an [`Envelope`] that holds one [`Request`]; the worker answers with [`Outcome`]s that carry the same `id`.
//! Small values cross as plain JavaScript objects (serde); tables, maps and timelines cross as one rkyv buffer,
//! written with [`bulk::encode`] and read with [`bulk::decode`], in a transferred `ArrayBuffer`.
//!
//! This crate does not know: files, the event store, any algorithm, JavaScript.
//!
//! ```
//! use protocol::{bulk, view::CaseList};
//! let list = CaseList { n_total: 0, offset: 0, rows: Vec::new() };
//! let bytes = bulk::encode(&list).unwrap();
//! assert_eq!(bulk::decode::<CaseList>(&bytes).unwrap(), list);
//! ```

pub mod audit;
pub mod bulk;
pub mod courier;
pub mod figure;
pub mod held;
pub mod history;
pub mod identity;
pub mod import;
pub mod privacy;
pub mod question;
pub mod reply;
pub mod report;
pub mod request;
pub mod sentence;
pub mod storage;
pub mod view;

pub use reply::{Failure, Outcome, Reply};
pub use request::{Envelope, MapQuery, Request, Selection};

/// The version of this protocol; a page and a worker of different versions refuse to talk.
pub const VERSION: u32 = 1;
