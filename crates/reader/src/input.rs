//! The bytes of a file, at any place or from front to back, and how many of them may be held.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use flate2::read::MultiGzDecoder;
use protocol::Failure;
use std::cell::Cell;
use std::io::{BufReader, Cursor, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::rc::Rc;

/// Bytes that can be read at any place.
pub trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

/// A file.
pub type Input = Box<dyn Bytes>;

/// Most bytes of one document that are held in memory, where a format needs it whole.
pub(crate) const MAX_HELD_BYTES: u64 = 256 << 20;
/// Output up to which any growth is fine.
const FREE_OUTPUT_BYTES: u64 = 64 << 20;
/// Largest growth beyond that.
const MAX_RATIO: u64 = 200;
/// What [`Guarded`] says when the content grows out of all proportion.
const BOMB: &str = "it grows more than 200-fold when it is unpacked";

/// A failure from its two sentences.
pub(crate) fn failure(message: impl Into<String>, advice: &str) -> Failure {
    Failure { message: message.into(), advice: advice.to_owned() }
}

/// A failure of reading or unpacking.
pub(crate) fn broken(name: &str, cause: &Error) -> Failure {
    let advice = if cause.to_string().contains(BOMB) {
        "If you trust the file, unpack it yourself and open what is in it."
    } else {
        "It may be damaged or cut off: get it again. Nothing of it was imported."
    };
    failure(format!("{name} could not be read further: {cause}."), advice)
}

/// Counts the bytes that are read, so that progress can be told.
#[derive(Debug)]
pub(crate) struct Metered<R> {
    inner: R,
    n_read: Rc<Cell<u64>>,
}

impl<R> Metered<R> {
    pub(crate) fn new(inner: R, n_read: Rc<Cell<u64>>) -> Self {
        Self { inner, n_read }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_read.set(self.n_read.get() + n as u64);
        Ok(n)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.inner.seek(to)
    }
}

/// Stops unpacking when the content grows out of all proportion.
pub(crate) struct Guarded<R> {
    inner: R,
    n_in: Rc<Cell<u64>>,
    n_out: u64,
}

impl<R: Read> Guarded<R> {
    /// `n_in` counts the packed bytes that `inner` has taken.
    pub(crate) fn new(inner: R, n_in: Rc<Cell<u64>>) -> Self {
        Self { inner, n_in, n_out: 0 }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_out += n as u64;
        if self.n_out > FREE_OUTPUT_BYTES && self.n_out / MAX_RATIO > self.n_in.get() {
            return Err(Error::new(ErrorKind::InvalidData, BOMB));
        }
        Ok(n)
    }
}

/// The bytes of one document.
pub(crate) struct Document {
    /// What it is called in messages.
    pub(crate) name: String,
    body: Body,
}

enum Body {
    /// Readable at any place.
    Seekable(Input),
    /// Readable once, from front to back.
    Stream(Box<dyn Read>),
}

impl Document {
    pub(crate) fn of_input(name: &str, input: Input) -> Self {
        Self { name: name.to_owned(), body: Body::Seekable(input) }
    }

    pub(crate) fn of_stream(name: &str, stream: Box<dyn Read>) -> Self {
        Self { name: name.to_owned(), body: Body::Stream(stream) }
    }

    /// The document without the gzip around it, if there is one.
    pub(crate) fn without_gzip(self) -> std::result::Result<Self, Failure> {
        let Self { name, body } = self;
        let (head, body) = match body {
            Body::Seekable(mut input) => {
                let head = head_of(&mut input, 2).and_then(|head| input.rewind().map(|()| head));
                (head.map_err(|cause| broken(&name, &cause))?, Body::Seekable(input))
            }
            Body::Stream(mut stream) => {
                let head = head_of(&mut stream, 2).map_err(|cause| broken(&name, &cause))?;
                (head.clone(), Body::Stream(Box::new(Cursor::new(head).chain(stream))))
            }
        };
        if head != [0x1f, 0x8b] {
            return Ok(Self { name, body });
        }
        let packed: Box<dyn Read> = match body {
            Body::Seekable(input) => Box::new(input),
            Body::Stream(stream) => stream,
        };
        let n_in = Rc::new(Cell::new(0));
        let plain = MultiGzDecoder::new(BufReader::new(Metered::new(packed, Rc::clone(&n_in))));
        Ok(Self { name, body: Body::Stream(Box::new(Guarded::new(plain, n_in))) })
    }

    /// The document from front to back.
    pub(crate) fn into_stream(self) -> Box<dyn Read> {
        match self.body {
            Body::Seekable(input) => Box::new(input),
            Body::Stream(stream) => stream,
        }
    }

    /// The document at any place; what comes out of an archive is held for it.
    pub(crate) fn into_seekable(self) -> std::result::Result<Input, Failure> {
        match self.body {
            Body::Seekable(input) => Ok(input),
            Body::Stream(_) => Ok(Box::new(Cursor::new(self.into_bytes()?))),
        }
    }

    /// The whole document.
    pub(crate) fn into_bytes(self) -> std::result::Result<Vec<u8>, Failure> {
        let name = self.name.clone();
        all_of(&name, self.into_stream())
    }

    /// The whole document as text: UTF-8, UTF-16 with its mark, or else windows-1252.
    pub(crate) fn into_text(self) -> std::result::Result<String, Failure> {
        let bytes = self.into_bytes()?;
        let encoding = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
        let guess = || if is_utf8(&bytes) { UTF_8 } else { WINDOWS_1252 };
        let (text, _, _) = encoding.unwrap_or_else(guess).decode(&bytes);
        Ok(text.into_owned())
    }
}

/// All bytes of a stream, if they can be held.
pub(crate) fn all_of(name: &str, stream: impl Read) -> std::result::Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    stream.take(MAX_HELD_BYTES + 1).read_to_end(&mut bytes).map_err(|cause| broken(name, &cause))?;
    if bytes.len() as u64 > MAX_HELD_BYTES {
        let message = format!("{name} is larger than 256 MiB, and its format has to be read as a whole.");
        return Err(failure(message, "Export a shorter period, or unpack it and open the file itself."));
    }
    Ok(bytes)
}

/// More broken sequences than proper characters beyond ASCII mean another encoding.
fn is_utf8(bytes: &[u8]) -> bool {
    let (mut n_broken, mut n_proper) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        n_broken += usize::from(!chunk.invalid().is_empty());
        n_proper += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
    }
    n_broken <= n_proper
}

/// The first bytes, fewer if there are no more.
pub(crate) fn head_of(stream: &mut (impl Read + ?Sized), n: u64) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.take(n).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(plain).expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    fn text(bytes: &[u8]) -> Result<String> {
        let document = Document::of_input("a", Box::new(Cursor::new(bytes.to_vec())));
        document.without_gzip().and_then(Document::into_text).map_err(|failure| Error::other(failure.message))
    }

    #[test]
    fn texts_are_decoded() {
        assert_eq!(text("Zürich".as_bytes()).ok().as_deref(), Some("Zürich"), "UTF-8");
        assert_eq!(text(b"Z\xfcrich").ok().as_deref(), Some("Zürich"), "windows-1252");
        assert_eq!(text(b"\xff\xfeZ\0\xfc\0").ok().as_deref(), Some("Zü"), "UTF-16");
        assert_eq!(text(b"\xef\xbb\xbfa").ok().as_deref(), Some("a"), "the mark is no text");
        assert_eq!(text(&gzip(b"hello")).ok().as_deref(), Some("hello"), "gzip");
        assert_eq!(text(b"").ok().as_deref(), Some(""), "nothing");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![0; 80 << 20]);
        let said = text(&bomb).expect_err("it grows a thousandfold").to_string();
        assert!(said.contains(BOMB), "{said}");
        let said = text(&gzip(&[7; 4_000])[..20]).expect_err("it is cut off").to_string();
        assert!(said.starts_with("a could not be read further"), "{said}");
    }
}
