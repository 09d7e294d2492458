//! Undoes gzip, and stops when the content grows out of all proportion.

use crate::error::{Error, Kind};
use flate2::write::MultiGzDecoder;
use std::io::Write;

/// Compressed bytes given to the decoder at once; deflate grows at most 1,032-fold, so this bounds the output buffer.
const STEP_BYTES: usize = 2 << 10;
/// Output up to which any ratio is fine.
const FREE_OUTPUT_BYTES: u64 = 64 << 20;
/// Largest growth of the content beyond that.
const MAX_RATIO: u64 = 200;
/// The first bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Where plain bytes go.
pub(crate) type Plain<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// Passes bytes through, unpacked if they are gzip (recognised by their first two bytes).
#[derive(Debug)]
pub(crate) struct Unpack {
    file: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not enough bytes to tell; holds the one there may be.
    Unknown(Option<u8>),
    Plain,
    Gzip(Box<Gzip>),
}

#[derive(Debug)]
struct Gzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    n_in: u64,
    n_out: u64,
}

impl Unpack {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), state: State::Unknown(None) }
    }

    pub(crate) fn is_gzip(&self) -> bool {
        matches!(self.state, State::Gzip(_))
    }

    pub(crate) fn push(&mut self, chunk: &[u8], plain: Plain<'_>) -> Result<(), Error> {
        match &mut self.state {
            State::Plain => plain(chunk),
            State::Gzip(gzip) => gzip.push(&self.file, chunk, plain),
            State::Unknown(held) => {
                let (head, held) = match (*held, chunk) {
                    (_, []) => return Ok(()),
                    (None, [only]) => {
                        *held = Some(*only);
                        return Ok(());
                    }
                    (None, [first, second, ..]) => ([*first, *second], None),
                    (Some(first), [second, ..]) => ([first, *second], Some(first)),
                };
                self.state = if head == MAGIC { State::Gzip(Box::new(Gzip::new())) } else { State::Plain };
                if let Some(first) = held {
                    self.push(&[first], plain)?;
                }
                self.push(chunk, plain)
            }
        }
    }

    pub(crate) fn finish(&mut self, plain: Plain<'_>) -> Result<(), Error> {
        match &mut self.state {
            State::Plain | State::Unknown(None) => Ok(()),
            State::Unknown(Some(only)) => plain(&[*only]),
            State::Gzip(gzip) => gzip.finish(&self.file, plain),
        }
    }
}

impl Gzip {
    fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), n_in: 0, n_out: 0 }
    }

    fn push(&mut self, file: &str, chunk: &[u8], plain: Plain<'_>) -> Result<(), Error> {
        for step in chunk.chunks(STEP_BYTES) {
            self.decoder.write_all(step).map_err(|_| Error::new(file, Kind::GzipBroken))?;
            self.n_in += step.len() as u64;
            self.hand_over(file, plain)?;
        }
        Ok(())
    }

    fn finish(&mut self, file: &str, plain: Plain<'_>) -> Result<(), Error> {
        let finished = self.decoder.try_finish();
        self.hand_over(file, plain)?;
        finished.map_err(|_| Error::new(file, Kind::GzipBroken))
    }

    fn hand_over(&mut self, file: &str, plain: Plain<'_>) -> Result<(), Error> {
        let output = self.decoder.get_mut();
        self.n_out += output.len() as u64;
        if self.n_out > FREE_OUTPUT_BYTES && self.n_out / MAX_RATIO > self.n_in {
            return Err(Error::new(file, Kind::GzipBomb { n_in: self.n_in, n_out: self.n_out }));
        }
        plain(output)?;
        output.clear();
        Ok(())
    }
}
