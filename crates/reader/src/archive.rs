//! ZIP archives: which files are in one, and the bytes of each.
//!
//! The `zip` crate reads the list of files; the content of a file is unpacked here, so that it can be read piece by piece
//! while nothing else is held.

use crate::input::{Document, Guarded, Input, Metered, all_of, broken, failure, head_of};
use crate::reader::{reading, whole};
use crate::slack;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use protocol::Failure;
use protocol::import::{Contents, Part, Reading};
use source::{FOREIGN_HEAD_BYTES, Foreign};
use std::cell::Cell;
use std::io::{BufReader, Error, ErrorKind, Read, Result as IoResult, SeekFrom};
use std::rc::Rc;
use zip::{CompressionMethod, ZipArchive};

/// Most files of an archive that are looked at.
const MAX_FILES: usize = 10_000;
/// Archives inside archives that are opened.
const MAX_DEPTH: usize = 2;
/// What systems put into archives for themselves.
const SYSTEM_FILES: [&str; 4] = ["__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// One file of an archive.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    start: u64,
    n_packed: u64,
    n_plain: u64,
    crc: u32,
    is_deflated: bool,
    /// Why it cannot be read.
    refusal: Option<&'static str>,
}

/// An open archive.
pub(crate) struct Archive {
    name: String,
    input: Input,
    entries: Vec<Entry>,
}

impl Archive {
    pub(crate) fn open(name: &str, document: Document) -> Result<Self, Failure> {
        let damaged = |cause: &dyn std::fmt::Display| {
            let message = format!("{name} is a damaged or incomplete ZIP archive ({cause}).");
            failure(message, "Download or compress it again. Nothing of it was imported.")
        };
        let mut zip = ZipArchive::new(document.into_seekable()?).map_err(|cause| damaged(&cause))?;
        if zip.len() > MAX_FILES {
            let message = format!("{name} holds {} files; at most 10,000 are read.", zip.len());
            return Err(failure(message, "Unpack it and open the files that matter."));
        }
        let mut entries = Vec::new();
        for at in 0..zip.len() {
            let entry = zip.by_index_raw(at).map_err(|cause| damaged(&cause))?;
            if entry.is_dir() {
                continue;
            }
            let file = entry.name().map_err(|cause| damaged(&cause))?.into_owned();
            let refusal = match entry.compression() {
                _ if entry.encrypted() => Some("is encrypted"),
                CompressionMethod::Stored | CompressionMethod::Deflated => None,
                _ => Some("is compressed in a way that is not read here"),
            };
            entries.push(Entry {
                name: file,
                start: entry.data_start().ok_or_else(|| damaged(&"a file has no place"))?,
                n_packed: entry.compressed_size(),
                n_plain: entry.size(),
                crc: entry.crc32(),
                is_deflated: entry.compression() == CompressionMethod::Deflated,
                refusal,
            });
        }
        Ok(Self { name: name.to_owned(), input: zip.into_inner(), entries })
    }

    /// Names of the files, in the order of the archive.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Bytes of all files when they are unpacked, as the archive says.
    pub(crate) fn n_plain(&self) -> u64 {
        self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.n_plain))
    }

    /// The whole of a small file that stays inside the archive.
    pub(crate) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        let entry = self.find(name)?;
        let label = self.label(name);
        let stream = unpacked(&mut self.input, &entry).map_err(|cause| broken(&label, &cause))?;
        all_of(&label, stream)
    }

    /// A file of the archive, which is closed for it.
    pub(crate) fn entry(mut self, name: &str) -> Result<Document, Failure> {
        let entry = self.find(name)?;
        let label = self.label(name);
        self.input.seek(SeekFrom::Start(entry.start)).map_err(|cause| broken(&label, &cause))?;
        let stream = unpacked(self.input, &entry).map_err(|cause| broken(&label, &cause))?;
        Ok(Document::of_stream(&label, Box::new(stream)))
    }

    fn label(&self, file: &str) -> String {
        format!("{} › {file}", self.name)
    }

    fn find(&self, name: &str) -> Result<Entry, Failure> {
        let label = self.label(name);
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry =
            entry.ok_or_else(|| failure(format!("{label} is not there."), "Open the archive again."))?;
        match entry.refusal {
            Some(reason) => {
                Err(failure(format!("{label} {reason}."), "Unpack it yourself and open the file."))
            }
            None => Ok(entry.clone()),
        }
    }
}

/// The content of a file, guarded against growing out of all proportion and checked at its end.
fn unpacked<R: Read + std::io::Seek>(mut input: R, entry: &Entry) -> IoResult<impl Read + use<R>> {
    input.seek(SeekFrom::Start(entry.start))?;
    let n_in = Rc::new(Cell::new(0));
    let packed = BufReader::new(Metered::new(input.take(entry.n_packed), Rc::clone(&n_in)));
    let plain = if entry.is_deflated {
        Unpacked::Deflated(DeflateDecoder::new(packed))
    } else {
        Unpacked::Stored(packed)
    };
    Ok(Guarded::new(Checked { inner: plain, crc: Crc::new(), expected: entry.crc }, n_in))
}

enum Unpacked<R> {
    Stored(R),
    Deflated(DeflateDecoder<R>),
}

impl<R: std::io::BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        match self {
            Unpacked::Stored(inner) => inner.read(buffer),
            Unpacked::Deflated(inner) => inner.read(buffer),
        }
    }
}

/// Fails at the end when the content is not what was packed.
struct Checked<R> {
    inner: R,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let n = self.inner.read(buffer)?;
        self.crc.update(&buffer[..n]);
        if n == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(Error::new(ErrorKind::InvalidData, "its checksum is wrong"));
        }
        Ok(n)
    }
}

/// Says what is in an archive.
pub(crate) fn contents(name: &str, document: Document) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    add(name, document, &[], &mut contents)?;
    if contents.parts.is_empty() {
        let reasons: Vec<String> =
            contents.left_out.iter().take(3).map(|(file, reason)| format!("{file} {reason}")).collect();
        let what = if reasons.is_empty() { "it is empty".to_owned() } else { reasons.join("; ") };
        return Err(failure(
            format!("{name} is a ZIP archive in which nothing can be read: {what}."),
            "Unpack it and open the files that matter.",
        ));
    }
    Ok(contents)
}

fn add(name: &str, document: Document, inside: &[String], contents: &mut Contents) -> Result<(), Failure> {
    let mut archive = Archive::open(name, document)?;
    let mut kind_of_whole = None;
    if archive.has("xl/workbook.xml") || archive.has("xl/workbook.bin") || archive.has("content.xml") {
        kind_of_whole = Some(Foreign::Workbook);
    } else if slack::place(&archive).is_some() {
        kind_of_whole = Some(Foreign::Slack);
    }
    if let Some(kind) = kind_of_whole {
        let reading = Reading { inside: inside.to_vec(), ..reading(kind) };
        contents.parts.append(&mut whole(name, Some(reading)).parts);
        return Ok(());
    }
    let entries = archive.entries.clone();
    for entry in entries {
        let label = format!("{name} › {}", entry.name);
        if let Some(reason) = refusal(&entry) {
            contents.left_out.push((label, reason.to_owned()));
            continue;
        }
        let mut path = inside.to_vec();
        path.push(entry.name.clone());
        let head = unpacked(&mut archive.input, &entry)
            .and_then(|mut stream| head_of(&mut stream, FOREIGN_HEAD_BYTES as u64));
        match head.map(|head| (Foreign::recognise(&entry.name, &head), head)) {
            Err(cause) => contents.left_out.push((label, format!("could not be unpacked: {cause}"))),
            Ok((Some(Foreign::Zip), _)) if path.len() >= MAX_DEPTH => {
                contents.left_out.push((label, "is an archive inside archives".to_owned()));
            }
            Ok((Some(Foreign::Zip), _)) => {
                let bytes = archive.bytes(&entry.name)?;
                let inner = Document::of_input(&label, Box::new(std::io::Cursor::new(bytes)));
                if let Err(failure) = add(&label, inner, &path, contents) {
                    contents.left_out.push((label, failure.message));
                }
            }
            Ok((kind, head)) if kind.is_some() || is_text(&head) => {
                let reading = Reading { inside: path, ..reading(kind.unwrap_or(Foreign::Plain)) };
                contents.parts.push(Part { name: label, reading: Some(reading) });
            }
            Ok(_) => {
                contents.left_out.push((label, "is not a text and of no kind that is read here".to_owned()))
            }
        }
    }
    Ok(())
}

fn refusal(entry: &Entry) -> Option<&'static str> {
    if SYSTEM_FILES.iter().any(|part| entry.name.contains(part)) {
        return Some("belongs to the system that packed it");
    }
    entry.refusal.or((entry.n_packed == 0).then_some("is empty"))
}

/// Text in any encoding, or gzip of which only the importer knows more.
fn is_text(head: &[u8]) -> bool {
    let is_marked =
        head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || head.starts_with(&[0x1f, 0x8b]);
    let has_picture =
        [&b"%PDF-"[..], b"\x89PNG", b"\xff\xd8\xff", b"GIF8"].iter().any(|magic| head.starts_with(magic));
    is_marked || (!has_picture && !head.contains(&0))
}
