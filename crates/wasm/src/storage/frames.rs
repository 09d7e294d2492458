//! Sealed frames one after the other: written from the engine, read from a file.

use super::{
    browser::Browser,
    fault::Fault,
    guard::{Guard, Keyed},
};
use crate::reader::{bytes_of, n_bytes_of};
use engine::{Engine, Restore, SnapshotWriter};
use event::frame::{FrameRef, FrameStream, Header, close_frame, encode_frame};
use std::cell::RefCell;
use web_sys::Blob;

/// Kind of the plain frame that says where the key comes from; the first of a log and of an exported file.
pub(crate) const GUARD: u8 = 250;
/// Kind of the empty sealed frame that makes everything before it count.
pub(crate) const COMMIT: u8 = 251;

/// Bytes read from a file at a time.
const READ_BYTES: u64 = 4 << 20;
/// Nonce and tag of AES-GCM.
const SEAL_BYTES: u64 = 12 + 16;

/// The plain frame that names the key.
pub(crate) fn guard_frame(guard: &Guard, sequence: u64) -> Vec<u8> {
    encode_frame(GUARD, sequence, &guard.to_bytes())
}

/// Encrypts a payload into a frame.
pub(crate) async fn seal(
    browser: &Browser,
    keyed: &Keyed,
    kind: u8,
    sequence: u64,
    plain: &[u8],
) -> Result<Vec<u8>, Fault> {
    let header = Header::sealed(kind, sequence, plain.len() as u64 + SEAL_BYTES);
    let sealed = browser.encrypt(&keyed.key, &header.to_bytes(), plain).await?;
    Ok(close_frame(&header, &sealed))
}

/// Decrypts the payload of a frame.
pub(crate) async fn unseal(browser: &Browser, keyed: &Keyed, frame: &FrameRef<'_>) -> Result<Vec<u8>, Fault> {
    if !frame.is_sealed {
        return Err(Fault::Damaged);
    }
    browser.decrypt(&keyed.key, frame.header, frame.payload).await
}

/// Hands the whole workspace to `write`, frame by frame, with a [`COMMIT`] at the end.
///
/// # Errors
/// When the engine changed meanwhile, or writing fails.
pub(crate) async fn write_snapshot(
    browser: &Browser,
    keyed: &Keyed,
    engine: &RefCell<Engine>,
    mut snapshot: SnapshotWriter,
    mut sequence: u64,
    mut write: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let revision = engine.borrow().revision();
    loop {
        // It would begin again by itself, and then hold a change that is also on its way to the log.
        if engine.borrow().revision() != revision {
            return Err(Fault::Changed);
        }
        let next = snapshot.next(&engine.borrow())?;
        let Some(entry) = next else { break };
        write(&seal(browser, keyed, entry.kind, sequence, &entry.payload).await?)?;
        sequence += 1;
    }
    write(&seal(browser, keyed, COMMIT, sequence, &[]).await?)
}

/// Hands the frames up to the next [`COMMIT`] to a workspace that is being brought back.
pub(crate) async fn read_snapshot(
    browser: &Browser,
    keyed: &Keyed,
    frames: &mut Frames,
    restore: &mut Restore,
) -> Result<(), Fault> {
    loop {
        let frame = frames.next().await?.ok_or(Fault::Incomplete)?;
        let plain = unseal(browser, keyed, &frame).await?;
        if frame.kind == COMMIT {
            return Ok(());
        }
        restore.push(frame.kind, &plain)?;
    }
}

/// The frames of a file too large to be held.
pub(crate) struct Frames {
    blob: Blob,
    n_bytes: u64,
    n_read: u64,
    stream: FrameStream,
}

impl Frames {
    pub(crate) fn new(blob: Blob) -> Self {
        Self { n_bytes: n_bytes_of(&blob), blob, n_read: 0, stream: FrameStream::default() }
    }

    /// The next frame; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file goes on with something else than the next whole frame.
    pub(crate) async fn next(&mut self) -> Result<Option<FrameRef<'_>>, Fault> {
        loop {
            let n_left = self.n_bytes - self.n_read;
            match self.stream.n_missing().ok_or(Fault::Damaged)? as u64 {
                0 => return self.stream.next_frame().map(Some).ok_or(Fault::Damaged),
                _ if n_left == 0 && self.stream.is_empty() => return Ok(None),
                n if n > n_left => return Err(Fault::Incomplete),
                n => {
                    let end = self.n_read + n.max(READ_BYTES).min(n_left);
                    self.stream.push(&bytes_of(&self.blob, self.n_read, end).await?);
                    self.n_read = end;
                }
            }
        }
    }
}
