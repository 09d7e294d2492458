//! Frames: how payloads lie one after the other in a file, so that a torn end is told from damage.
//!
//! A frame is a header of 32 bytes, the payload, and a checksum of 8 bytes. All numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0–3 | the letters `DPFR` |
//! | 4–5 | version of the format, [`VERSION`] |
//! | 6 | kind of the payload |
//! | 7 | 0 for a plain payload, 1 for a sealed one |
//! | 8–15 | sequence number, one more than that of the frame before |
//! | 16–23 | bytes of the payload |
//! | 24–31 | XXH3-64 of bytes 0–23 |
//! | … | the payload |
//! | last 8 | XXH3-64 of header and payload; never 0 |
//!
//! The header has a checksum of its own because everything behind a wrong length would look torn. A checksum of zeros
//! was never written: some file systems lengthen a file before its bytes arrive.
//!
//! # Sealing
//! Encryption is the edge's: it makes the header of the sealed payload ([`Header::sealed`]), encrypts the payload with
//! AES-GCM and the header's bytes as additional data, puts the nonce in front, and closes the frame with
//! [`close_frame`]. A nonce is 12 random bytes: sequence numbers repeat from file to file. What is sealed stays a frame
//! that can be cut and checked without the key.

use xxhash_rust::xxh3::xxh3_64;

/// The version of the format that is written.
pub const VERSION: u16 = 1;
/// The oldest version that is read.
pub const OLDEST_VERSION: u16 = 1;

const MAGIC: [u8; 4] = *b"DPFR";
const TRAILER_LEN: usize = 8;

/// What stands in front of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version of the format.
    pub version: u16,
    /// Kind of the payload; what the numbers mean is said where payloads are made.
    pub kind: u8,
    /// Whether the payload is encrypted.
    pub is_sealed: bool,
    /// Sequence number.
    pub sequence: u64,
    /// Bytes of the payload as it lies in the file.
    pub n_payload_bytes: u64,
}

impl Header {
    /// Bytes of a header.
    pub const LEN: usize = 32;

    /// The header of a plain payload.
    pub fn plain(kind: u8, sequence: u64, n_payload_bytes: u64) -> Self {
        Self { version: VERSION, kind, is_sealed: false, sequence, n_payload_bytes }
    }

    /// The header of an encrypted payload; its bytes count with nonce and tag.
    pub fn sealed(kind: u8, sequence: u64, n_payload_bytes: u64) -> Self {
        Self { is_sealed: true, ..Self::plain(kind, sequence, n_payload_bytes) }
    }

    /// The header as it lies in the file; the additional data of a sealed payload.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&self.version.to_le_bytes());
        bytes[6] = self.kind;
        bytes[7] = u8::from(self.is_sealed);
        bytes[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.n_payload_bytes.to_le_bytes());
        let check = xxh3_64(&bytes[..24]);
        bytes[24..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// Reads the header at the start of `bytes`; `None` when they are too few or are no header.
    ///
    /// A header of a newer version is read too, as far as its place and length go.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..Self::LEN)?;
        let is_header = bytes[..4] == MAGIC && number(bytes, 24)? == xxh3_64(&bytes[..24]) && bytes[7] <= 1;
        is_header.then_some(Self {
            version: u16::from_le_bytes([bytes[4], bytes[5]]),
            kind: bytes[6],
            is_sealed: bytes[7] == 1,
            sequence: number(bytes, 8)?,
            n_payload_bytes: number(bytes, 16)?,
        })
    }

    /// Bytes of the whole frame: header, payload and checksum.
    pub fn n_frame_bytes(&self) -> u64 {
        self.n_payload_bytes.saturating_add((Self::LEN + TRAILER_LEN) as u64)
    }
}

/// A frame inside a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRef<'a> {
    /// Version of the format.
    pub version: u16,
    /// Kind of the payload.
    pub kind: u8,
    /// Whether the payload is encrypted.
    pub is_sealed: bool,
    /// Sequence number.
    pub sequence: u64,
    /// The header's bytes, the additional data of a sealed payload.
    pub header: &'a [u8],
    /// The payload as it lies in the file.
    pub payload: &'a [u8],
}

/// What lies behind the last good frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing.
    Clean,
    /// A frame whose writing was cut short, or the rest of an older file: to be cut at `at`; nothing is lost.
    Torn {
        /// Length of the good frames, in bytes.
        at: usize,
    },
    /// Damage: a frame that was once whole does not fit its checksum, or one is missing. What lies behind is not read.
    Corrupt {
        /// Length of the good frames, in bytes.
        at: usize,
    },
    /// A frame of a version that this program doesn't know; it must not be cut.
    Newer {
        /// Length of the frames that could be read, in bytes.
        at: usize,
        /// The version.
        version: u16,
    },
}

/// Frames a plain payload.
///
/// # Example
/// ```
/// use event::frame::{Tail, encode_frame, read_frames};
/// let mut file = encode_frame(16, 1, b"one");
/// file.extend(encode_frame(16, 2, b"two"));
/// let cut = &file[..file.len() - 1];
/// let (frames, tail) = read_frames(cut);
/// assert_eq!(frames[0].payload, b"one");
/// assert_eq!((frames.len(), tail), (1, Tail::Torn { at: 43 }));
/// ```
pub fn encode_frame(kind: u8, sequence: u64, payload: &[u8]) -> Vec<u8> {
    close_frame(&Header::plain(kind, sequence, payload.len() as u64), payload)
}

/// Puts header, payload and checksum together; the header's length is set to the payload's.
pub fn close_frame(header: &Header, payload: &[u8]) -> Vec<u8> {
    let header = Header { n_payload_bytes: payload.len() as u64, ..*header };
    let mut bytes = Vec::with_capacity(Header::LEN + payload.len() + TRAILER_LEN);
    bytes.extend_from_slice(&header.to_bytes());
    bytes.extend_from_slice(payload);
    let check = checksum(&bytes);
    bytes.extend_from_slice(&check.to_le_bytes());
    bytes
}

/// Reads the one frame at the start of `bytes`, of a version that is known; `None` when it is not whole or not sound.
///
/// For files too large to be held there is [`FrameWalk`].
pub fn read_frame(bytes: &[u8]) -> Option<FrameRef<'_>> {
    let header = Header::from_bytes(bytes)?;
    let n_frame_bytes = usize::try_from(header.n_frame_bytes()).ok()?;
    let (checked, trailer) = bytes.get(..n_frame_bytes)?.split_at(n_frame_bytes - TRAILER_LEN);
    let known = (OLDEST_VERSION..=VERSION).contains(&header.version);
    (known && number(trailer, 0)? == checksum(checked)).then(|| FrameRef {
        version: header.version,
        kind: header.kind,
        is_sealed: header.is_sealed,
        sequence: header.sequence,
        header: &checked[..Header::LEN],
        payload: &checked[Header::LEN..],
    })
}

/// Walks along a file too large to be held: the head of each frame says where the next one begins.
///
/// What a walk finds is not checked: a sealed payload is checked when it is decrypted, any other by [`is_sound`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameWalk {
    at: u64,
    sequence: Option<u64>,
}

impl FrameWalk {
    /// Where in the file the next head of [`Header::LEN`] bytes is.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Takes the head at this place and moves on behind its frame; `None` when it is no head of a known version, or not
    /// the one that follows.
    pub fn step(&mut self, head: &[u8]) -> Option<Header> {
        let header = Header::from_bytes(head)?;
        let follows = self.sequence.is_none_or(|before| header.sequence == before.wrapping_add(1));
        if !follows || !(OLDEST_VERSION..=VERSION).contains(&header.version) {
            return None;
        }
        self.sequence = Some(header.sequence);
        self.at = self.at.saturating_add(header.n_frame_bytes());
        Some(header)
    }
}

/// Whether a head and what follows it, payload and checksum, are one whole frame as it was written.
pub fn is_sound(head: &[u8], payload_and_checksum: &[u8]) -> bool {
    let whole = [head, payload_and_checksum].concat();
    read_frame(&whole).is_some_and(|frame| frame.payload.len() + TRAILER_LEN == payload_and_checksum.len())
}

/// Reads all good frames from the start of a file, and says what lies behind them.
///
/// Sequence numbers must rise by one from frame to frame; the first may be any.
pub fn read_frames(bytes: &[u8]) -> (Vec<FrameRef<'_>>, Tail) {
    let mut frames: Vec<FrameRef<'_>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let expected = frames.last().map(|frame| frame.sequence.wrapping_add(1));
        match read_frame(rest) {
            Some(frame) if expected.is_none_or(|expected| frame.sequence == expected) => {
                at += Header::LEN + frame.payload.len() + TRAILER_LEN;
                frames.push(frame);
            }
            // A lower number is what an older, longer file left behind; a higher one means that frames are missing.
            Some(frame) if expected.is_some_and(|expected| frame.sequence < expected) => {
                return (frames, Tail::Torn { at });
            }
            Some(_) => return (frames, Tail::Corrupt { at }),
            None => return (frames, judge(rest, at, expected.unwrap_or(0))),
        }
    }
    (frames, Tail::Clean)
}

/// Why there is no good frame at the start of `rest`, which begins `at` bytes into the file.
fn judge(rest: &[u8], at: usize, expected: u64) -> Tail {
    let header = Header::from_bytes(rest);
    if let Some(header) = header
        && !(OLDEST_VERSION..=VERSION).contains(&header.version)
    {
        return Tail::Newer { at, version: header.version };
    }
    if has_later_frame(rest, expected) {
        return Tail::Corrupt { at };
    }
    let trailer = header.and_then(|header| {
        let end = usize::try_from(header.n_frame_bytes()).ok()?;
        rest.get(end - TRAILER_LEN..end)
    });
    match (header, trailer) {
        (Some(_), Some(trailer)) if trailer != [0; TRAILER_LEN] => Tail::Corrupt { at },
        (Some(_), _) => Tail::Torn { at },
        // Without a header: cut short, lengthened without its bytes, or damaged.
        (None, _) if rest.len() < Header::LEN || rest[Header::LEN - 8..Header::LEN] == [0; 8] => {
            Tail::Torn { at }
        }
        (None, _) => Tail::Corrupt { at },
    }
}

/// Whether a good frame with the number `expected` or a later one begins anywhere behind the start of `rest`.
///
/// A file made to mislead could hold many headers that promise overlapping payloads; the work is bounded by looking at
/// four times the bytes there are.
fn has_later_frame(rest: &[u8], expected: u64) -> bool {
    let mut n_bytes_left = rest.len().saturating_mul(4);
    for (start, window) in rest.windows(MAGIC.len()).enumerate().skip(1) {
        if window != MAGIC {
            continue;
        }
        let Some(header) = Header::from_bytes(&rest[start..]) else {
            continue;
        };
        let n_bytes = usize::try_from(header.n_frame_bytes()).unwrap_or(usize::MAX);
        if header.sequence < expected || n_bytes > rest.len() - start {
            continue;
        }
        if read_frame(&rest[start..]).is_some() {
            return true;
        }
        let Some(left) = n_bytes_left.checked_sub(n_bytes) else {
            return false;
        };
        n_bytes_left = left;
    }
    false
}

/// The checksum of header and payload; a hash of 0 is written as 1, so that zeros are never a checksum.
fn checksum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes).max(1)
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_the_frames_of_a_whole_file() {
        let file: Vec<u8> = (4..=8)
            .flat_map(|at| encode_frame(7, at, &b"eleven bytes".repeat(usize::try_from(at).unwrap_or(1))))
            .collect();
        let (whole, _) = read_frames(&file);
        let (mut walk, mut at) = (FrameWalk::default(), 0);
        for frame in &whole {
            let head = &file[at..at + Header::LEN];
            let header = walk.step(head);
            assert_eq!(header.map(|header| header.sequence), Some(frame.sequence), "the frame that follows");
            let end = usize::try_from(walk.at()).unwrap_or(0);
            assert!(is_sound(head, &file[at + Header::LEN..end]), "as it was written");
            assert!(!is_sound(head, &file[at + Header::LEN..end - 1]), "not whole");
            at = end;
        }
        assert_eq!((whole.len(), at), (5, file.len()), "all of them");
    }

    #[test]
    fn a_walk_refuses_what_does_not_follow() {
        let mut walk = FrameWalk::default();
        assert!(walk.step(&encode_frame(7, 1, b"a")).is_some(), "the first may have any number");
        assert!(walk.step(&encode_frame(7, 3, b"b")).is_none(), "a frame is missing");
        assert!(walk.step(&[0; Header::LEN]).is_none(), "no frame begins here");
        let mut damaged = encode_frame(7, 2, b"b");
        damaged[Header::LEN] ^= 1;
        assert!(walk.step(&damaged).is_some(), "the head is good");
        assert!(!is_sound(&damaged[..Header::LEN], &damaged[Header::LEN..]), "its payload is not");
    }
}
