//! Where it comes from live: reads OpenAPI documents and plans requests, performing none.
//!
//! Data path: OpenAPI document → **connector** → requests that the edge performs → answers → source → event store.
//!
//! Entry points: [`Catalogue::read`] finds out what a document offers; a [`Connection`] is what a person chose of it;
//! [`Sync`] reads a list to its end, and later only what is new; [`Draft`] makes the one request that changes something.
//!
//! Documents of version 2.0, 3.0 and 3.1 are read as they are in the wild: a broken part is an [`Issue`], and the rest is
//! used. This crate does not know: the network, secrets, the store, the screen.

mod error;
mod words;

mod document;
mod operation;
mod schema;

mod auth;
mod catalogue;
mod listing;
mod meaning;
mod paging;
mod since;
mod writing;
mod yaml;

mod connection;
mod draft;
mod drift;
mod item;
mod pace;
mod refusal;
mod request;
mod sync;

pub use auth::Authentication;
pub use catalogue::Catalogue;
pub use connection::{CONNECTION_VERSION, Connection, Items, Parent, Read, Write, WriteField};
pub use document::{Document, Flavour, Issue, MAX_DOCUMENT_BYTES};
pub use draft::{Draft, Receipt, Verdict};
pub use drift::Drift;
pub use error::Error;
pub use item::EVENT_COLUMNS;
pub use listing::{Listing, Worth};
pub use meaning::{Meaning, Meant};
pub use operation::{Method, Operation, Parameter, Place};
pub use pace::{MAX_ATTEMPTS, Pace, USUAL_RATE};
pub use paging::{PageSize, Paging};
pub use refusal::Refusal;
pub use request::{Answer, PlannedRequest};
pub use schema::{Field, FieldKind};
pub use since::{Since, TimeForm};
pub use sync::{Brought, MAX_REQUESTS, OVERLAP_SECS, Step, Sync, Trouble};
pub use writing::{Effect, Writing};
