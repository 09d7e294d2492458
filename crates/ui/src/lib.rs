//! The screen: Leptos app and embeddable widget; computes nothing.
//!
//! Data path: engine → protocol → **screen**. The page calls [`mount`] with an element and a function that starts the
//! engine's worker; figures and geometry arrive computed, as [`protocol`] values, and are drawn, formatted and walked
//! through here. What was done is kept in a journal, so that a crashed worker is replaced without loss.
//!
//! Crate map, in reading order: `handle` (what the custom element calls), `workspace` (state and actions), `worker`
//! (client of the worker), `journal`, `app` (shell), `map`, `panel`, `variants`, `analyses`, `people`, `table`, `sources`, `changes`,
//! `import_dialog`, `history`, `views`, `storage`, `crash`, and below them `text`, `format`, `dialog`, `host`, `oneshot`.
//!
//! This crate does not know: files' contents, the event store, any algorithm.

#![expect(unreachable_pub, reason = "the component macro makes items public whatever their visibility")]

mod analyses;
mod app;
mod audit;
mod card;
mod changes;
mod connections;
mod crash;
mod dialog;
mod dropped;
mod format;
mod handle;
mod history;
mod host;
mod import_dialog;
mod journal;
mod lazy;
mod link;
mod map;
mod mappings;
mod oneshot;
mod opening;
mod palette;
mod panel;
mod people;
mod personal;
mod privacy;
mod sources;
mod storage;
mod table;
mod text;
mod variants;
mod views;
mod worker;
mod workspace;

pub use handle::{Handle, mount};
