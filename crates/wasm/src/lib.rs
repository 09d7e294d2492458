//! The bridge: runs the engine inside a Web Worker and turns messages into calls.
//!
//! Data path: page → message → **bridge** → engine → **bridge** → message → page.
//!
//! Entry points: [`Bridge::new`] in the worker's first moment, [`Bridge::receive`] for every message.
//! Small values cross by serde, bulk values as one transferred `ArrayBuffer`, files as a `Blob` that is read slice by slice.
//!
//! The same crate keeps the workspace: module `storage` writes what the engine logs into the browser's private files.
//!
//! This crate does not know: what any request computes, the screen, how the worker was started.

mod bridge;
mod jobs;
mod message;
mod opener;
mod reader;
mod storage;

pub use bridge::Bridge;
