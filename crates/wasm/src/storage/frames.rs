//! Sealed frames one after the other: written from the engine, read from a file.

use super::{
    browser::{Browser, Reader},
    fault::Fault,
    guard::{Guard, Keyed},
};
use engine::{Engine, Restore, SnapshotWriter};
use event::frame::{FrameRef, FrameWalk, Header, close_frame, encode_frame, is_sound};
use js_sys::Uint8Array;
use std::{cell::RefCell, collections::VecDeque};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Kind of the plain frame that says where the key comes from; the first of a log and of an exported file.
pub(crate) const GUARD: u8 = 250;
/// Kind of the empty sealed frame that makes everything before it count.
pub(crate) const COMMIT: u8 = 251;

/// Frames that are decrypted while the one before them is taken in; the browser does so beside this thread.
const N_AHEAD: usize = 4;
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
    let mut opening = VecDeque::with_capacity(N_AHEAD);
    let mut has_last = false;
    loop {
        while !has_last && opening.len() < N_AHEAD {
            let frame = frames.next().await?.ok_or(Fault::Incomplete)?;
            has_last = frame.header.kind == COMMIT;
            let plain = frame.begin_opening(browser, keyed)?;
            opening.push_back((frame, plain));
        }
        let (frame, plain) = opening.pop_front().ok_or(Fault::Incomplete)?;
        let plain = match plain.await {
            Ok(plain) => plain.unchecked_into::<Uint8Array>(),
            // Where the checksum fits, nothing is damaged, and the key is another one.
            Err(_) if !frame.is_sound() => return Err(Fault::Damaged),
            Err(cause) => return Err(cause.into()),
        };
        if frame.header.kind == COMMIT {
            return Ok(());
        }
        restore.push(frame.header.kind, &plain.to_vec())?;
    }
}

/// A frame of a file, still outside of our memory.
pub(crate) struct Frame {
    pub(crate) header: Header,
    head: [u8; Header::LEN],
    /// Payload and checksum.
    rest: Uint8Array,
}

impl Frame {
    /// The payload of a frame that is not encrypted; `None` where it is, or is damaged.
    pub(crate) fn plain(&self) -> Option<Vec<u8>> {
        let is_plain = !self.header.is_sealed && self.is_sound();
        is_plain.then(|| self.payload().to_vec())
    }

    fn is_sound(&self) -> bool {
        is_sound(&self.head, &self.rest.to_vec())
    }

    fn payload(&self) -> Uint8Array {
        // It is as long as its header says, and was read.
        self.rest.subarray(0, u32::try_from(self.header.n_payload_bytes).unwrap_or(0))
    }

    /// Begins to decrypt. What comes is what was written: header and payload are what AES-GCM vouches for.
    fn begin_opening(&self, browser: &Browser, keyed: &Keyed) -> Result<JsFuture, Fault> {
        if !self.header.is_sealed {
            return Err(Fault::Damaged);
        }
        Ok(browser.begin_decrypting(&keyed.key, &self.head, &self.payload()))
    }
}

/// The frames of a file too large to be held. The next one is being read while the one before is worked on.
pub(crate) struct Frames {
    reader: Reader,
    n_bytes: u64,
    walk: FrameWalk,
    begun: Option<Begun>,
    is_at_end: bool,
}

/// A frame whose payload is being read, with its checksum and the head of the next one.
struct Begun {
    header: Header,
    head: [u8; Header::LEN],
    reading: JsFuture,
}

impl Frames {
    pub(crate) fn new(reader: Reader) -> Self {
        let n_bytes = reader.n_bytes();
        Self { n_bytes, reader, walk: FrameWalk::default(), begun: None, is_at_end: false }
    }

    /// The next frame; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file goes on with something else than the next whole frame.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Fault> {
        if self.begun.is_none() && !self.is_at_end {
            let at = self.walk.at();
            let head = self.reader.bytes(at, self.n_bytes.min(at + Header::LEN as u64)).await?;
            self.begin(&head)?;
        }
        let Some(Begun { header, head, reading }) = self.begun.take() else { return Ok(None) };
        let read = reading.await?.unchecked_into::<Uint8Array>();
        let n_rest = header.n_frame_bytes().saturating_sub(Header::LEN as u64);
        let n_rest = u32::try_from(n_rest).unwrap_or(u32::MAX);
        if read.length() < n_rest {
            return Err(Fault::Incomplete);
        }
        self.begin(&read.subarray(n_rest, read.length()).to_vec())?;
        Ok(Some(Frame { header, head, rest: read.subarray(0, n_rest) }))
    }

    /// Begins to read the frame with this head; nothing where the file ends.
    fn begin(&mut self, head: &[u8]) -> Result<(), Fault> {
        let at = self.walk.at();
        if at >= self.n_bytes {
            self.is_at_end = true;
            return Ok(());
        }
        let head = *head.first_chunk().ok_or(Fault::Incomplete)?;
        let header = self.walk.step(&head).ok_or(Fault::Damaged)?;
        if self.walk.at() > self.n_bytes {
            return Err(Fault::Incomplete);
        }
        let end = self.n_bytes.min(self.walk.at() + Header::LEN as u64);
        let reading = self.reader.begin_reading(at + Header::LEN as u64, end);
        self.begun = Some(Begun { header, head, reading });
        Ok(())
    }
}
