//! Sealed frames one after the other: written from the engine, read from a file.

use super::{
    browser::Browser,
    fault::Fault,
    guard::{Guard, Keyed},
};
use crate::reader::{bytes_of, n_bytes_of};
use engine::{Engine, Restore, SnapshotWriter};
use event::frame::{FrameRef, Header, close_frame, encode_frame, read_frame};
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
    buffer: Vec<u8>,
    start: usize,
    sequence: Option<u64>,
}

impl Frames {
    pub(crate) fn new(blob: Blob) -> Self {
        let n_bytes = n_bytes_of(&blob);
        Self { blob, n_bytes, n_read: 0, buffer: Vec::new(), start: 0, sequence: None }
    }

    /// The next frame; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file goes on with something else than the next whole frame.
    pub(crate) async fn next(&mut self) -> Result<Option<FrameRef<'_>>, Fault> {
        if !self.fill(1).await? {
            return Ok(None);
        }
        if !self.fill(Header::LEN).await? {
            return Err(Fault::Incomplete);
        }
        let header = Header::from_bytes(&self.buffer[self.start..]).ok_or(Fault::Damaged)?;
        let n_frame_bytes = usize::try_from(header.n_frame_bytes()).map_err(|_| Fault::Damaged)?;
        if !self.fill(n_frame_bytes).await? {
            return Err(Fault::Incomplete);
        }
        let end = self.start + n_frame_bytes;
        let frame = read_frame(&self.buffer[self.start..end]).ok_or(Fault::Damaged)?;
        if self.sequence.is_some_and(|before| frame.sequence != before.wrapping_add(1)) {
            return Err(Fault::Damaged);
        }
        self.sequence = Some(frame.sequence);
        self.start = end;
        Ok(Some(frame))
    }

    /// Reads on until there are `n` bytes; whether the file has them.
    async fn fill(&mut self, n: usize) -> Result<bool, Fault> {
        let n_there = self.buffer.len() - self.start;
        if n_there >= n {
            return Ok(true);
        }
        let n_missing = (n - n_there) as u64;
        if n_missing > self.n_bytes - self.n_read {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let end = (self.n_read + n_missing.max(READ_BYTES)).min(self.n_bytes);
        let piece = bytes_of(&self.blob, self.n_read, end).await?;
        self.n_read = end;
        self.buffer.extend_from_slice(&piece);
        // A file that became shorter while it was read.
        Ok(self.buffer.len() >= n)
    }
}
