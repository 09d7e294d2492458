//! Snapshots: a whole store as a series of chunks, and back.
//!
//! The first chunk is the manifest; every other one is a piece of a column. No chunk is larger than
//! [`Snapshot::MAX_CHUNK_BYTES`], so that neither side holds a store twice. Each chunk is meant to be the payload of one
//! frame ([`crate::frame`]) of kind [`MANIFEST`] or [`PART`]; checksums and encryption are the frame's.
//!
//! # Layout
//! The manifest is 8 letters, the version as a little-endian `u32`, four zeros, and an rkyv archive; the version stands
//! outside of the archive so that later versions may change everything behind it. A part is an rkyv archive of a
//! column's number, the number of its first value, and the values as little-endian bytes.
//!
//! Columns are not compressed: they are copied, not decoded, when a workspace is opened, which is what a person waits
//! for: an event takes 26 bytes, and a side column that no event uses takes none. Rows lie in order of their
//! cases, and only those that are still in use, so equal stores give equal bytes whatever their history.
//!
//! # Trust
//! A reader believes nothing: lengths, numbers, UTF-8, times and order are checked, and a store comes out only when
//! all of it could have been written by this crate. The checks cost a tenth of a second for ten million events.
//!
//! ```
//! use event::{Store, snapshot::{Snapshot, SnapshotReader}};
//! let store = Store::new();
//! let mut reader = SnapshotReader::new();
//! for chunk in Snapshot::write(&store, 41) {
//!     reader.push(&chunk?)?;
//! }
//! assert_eq!(reader.sequence(), Some(41));
//! assert_eq!(reader.finish()?.n_events(), 0);
//! # Ok::<(), event::Error>(())
//! ```

mod columns;
mod read;
mod write;

pub use read::SnapshotReader;
pub use write::Snapshot;

/// The version of the snapshots that are written; one that the first version could hold is written as that.
pub const VERSION: u32 = 2;
/// The oldest version that is read.
pub const OLDEST_VERSION: u32 = 1;
/// Kind of the frame that holds a snapshot's first chunk.
pub const MANIFEST: u8 = 1;
/// Kind of the frames that hold the others.
pub const PART: u8 = 2;

const MAGIC: [u8; 8] = *b"DPSNAPSH";
/// Letters, version and zeros in front of the manifest's archive.
const PREFIX_LEN: usize = 16;
