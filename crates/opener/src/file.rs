//! A file of the browser as bytes at any place: the worker reads them when they are asked for.

use js_sys::Uint8Array;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// Bytes fetched at a time.
const SLICE_BYTES: u64 = 512 << 10;

/// A file of which one slice is held.
#[derive(Debug)]
pub(crate) struct File {
    reader: FileReaderSync,
    blob: Blob,
    n_bytes: u64,
    place: u64,
    /// Where the held slice begins.
    slice_start: u64,
    slice: Vec<u8>,
}

impl File {
    #[expect(clippy::cast_possible_truncation, reason = "a file's size is a whole number below 2⁵³")]
    pub(crate) fn new(blob: &Blob) -> std::result::Result<Self, JsValue> {
        Ok(Self {
            reader: FileReaderSync::new()?,
            blob: blob.clone(),
            n_bytes: blob.size() as u64,
            place: 0,
            slice_start: 0,
            slice: Vec::new(),
        })
    }

    /// Holds the slice in which the place is.
    fn fetch(&mut self) -> Result<()> {
        let end = (self.place + SLICE_BYTES).min(self.n_bytes);
        let gone =
            |_: JsValue| Error::new(ErrorKind::NotFound, "the file was moved or changed since it was chosen");
        let slice = self.blob.slice_with_f64_and_f64(self.place as f64, end as f64).map_err(gone)?;
        let buffer = self.reader.read_as_array_buffer(&slice).map_err(gone)?;
        self.slice = Uint8Array::new(&buffer).to_vec();
        self.slice_start = self.place;
        Ok(())
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.place >= self.n_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let is_held = (self.slice_start..self.slice_start + self.slice.len() as u64).contains(&self.place);
        if !is_held {
            self.fetch()?;
        }
        let at = usize::try_from(self.place - self.slice_start).unwrap_or(usize::MAX);
        let rest = self.slice.get(at..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.place += n as u64;
        Ok(n)
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.n_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.place.checked_add_signed(offset),
        };
        self.place =
            place.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.place)
    }
}
