//! Turns any supported character encoding into UTF-8.

use crate::error::{Error, Kind};
use crate::unpack::Plain;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// UTF-8 bytes made at once while another encoding is decoded.
const STEP_BYTES: usize = 64 << 10;
const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Passes UTF-8 through untouched but for a byte order mark, and decodes everything else.
#[derive(Debug)]
pub(crate) struct Decode {
    /// Bytes of a possible UTF-8 byte order mark seen so far; 3 when the beginning is over.
    n_bom: usize,
    decoder: Option<Decoder>,
    output: Vec<u8>,
}

impl Decode {
    pub(crate) fn new(file: &str, label: &str) -> Result<Self, Error> {
        let encoding = Encoding::for_label(label.as_bytes())
            .ok_or_else(|| Error::new(file, Kind::Encoding(label.to_owned())))?;
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        Ok(Self { n_bom: 0, decoder, output: Vec::new() })
    }

    pub(crate) fn push(&mut self, bytes: &[u8], utf8: Plain<'_>) -> Result<(), Error> {
        if self.decoder.is_some() {
            return self.decode(bytes, false, utf8);
        }
        let mut rest = bytes;
        while self.n_bom < BOM.len() {
            let Some((&first, tail)) = rest.split_first() else { return Ok(()) };
            if first != BOM[self.n_bom] {
                // What looked like the beginning of a mark was content.
                let held = std::mem::replace(&mut self.n_bom, BOM.len());
                utf8(&BOM[..held])?;
                break;
            }
            self.n_bom += 1;
            rest = tail;
        }
        utf8(rest)
    }

    pub(crate) fn finish(&mut self, utf8: Plain<'_>) -> Result<(), Error> {
        if self.decoder.is_some() {
            return self.decode(&[], true, utf8);
        }
        if self.n_bom < BOM.len() {
            utf8(&BOM[..self.n_bom])?;
        }
        Ok(())
    }

    fn decode(&mut self, mut bytes: &[u8], last: bool, utf8: Plain<'_>) -> Result<(), Error> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        self.output.resize(STEP_BYTES, 0);
        loop {
            let (result, n_read, n_written) =
                decoder.decode_to_utf8_without_replacement(bytes, &mut self.output, last);
            utf8(&self.output[..n_written])?;
            bytes = &bytes[n_read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => utf8("\u{fffd}".as_bytes())?,
            }
        }
    }
}

/// Recognises the encoding of a text from its beginning; `None` means that it is not text.
pub(crate) fn recognise(head: &[u8], whole: bool) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    if let Some(encoding) = utf16_without_mark(head) {
        return Some(encoding);
    }
    if is_binary(head) {
        return None;
    }
    Some(declared_in_xml(head).unwrap_or_else(|| utf8_or_windows(head, whole)))
}

/// UTF-16 text in a script that uses ASCII for its structure has a zero in nearly every other byte.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(4 << 10) & !1];
    if head.len() < 4 {
        return None;
    }
    let (mut n_even, mut n_odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        n_even += usize::from(pair[0] == 0);
        n_odd += usize::from(pair[1] == 0);
    }
    let n_pairs = head.len() / 2;
    if n_odd * 10 >= n_pairs * 4 && n_even * 50 <= n_pairs {
        return Some(UTF_16LE);
    }
    (n_even * 10 >= n_pairs * 4 && n_odd * 50 <= n_pairs).then_some(UTF_16BE)
}

/// Any zero byte, or more than one other control character in a hundred bytes.
fn is_binary(head: &[u8]) -> bool {
    if memchr::memchr(0, head).is_some() {
        return true;
    }
    let is_control =
        |&&byte: &&u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x1f);
    head.iter().filter(is_control).count() * 100 > head.len()
}

/// The encoding that an XML declaration names.
fn declared_in_xml(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = memchr::memmem::find(&declaration[..declaration.len().min(256)], b"?>")?;
    let declaration = &declaration[..end];
    let value = &declaration[memchr::memmem::find(declaration, b"encoding")? + b"encoding".len()..];
    let mut parts = value.splitn(3, |byte| matches!(byte, b'"' | b'\''));
    let (_, label) = (parts.next()?, parts.next()?);
    // A declaration that can be read byte by byte is not UTF-16, whatever it says.
    Encoding::for_label(label)
        .filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE && *encoding != UTF_8)
}

/// A stray broken byte in a text with proper UTF-8 characters is a fault of the text; otherwise it is another encoding.
fn utf8_or_windows(head: &[u8], whole: bool) -> &'static Encoding {
    let (mut n_broken, mut n_proper) = (0_usize, 0_usize);
    let mut chunks = head.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        n_proper += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        let cut_off = !whole && chunks.peek().is_none() && chunk.invalid().len() < 4;
        n_broken += usize::from(!chunk.invalid().is_empty() && !cut_off);
    }
    if n_broken > n_proper { WINDOWS_1252 } else { UTF_8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_encodings() {
        let name = |bytes: &[u8]| recognise(bytes, true).map(Encoding::name);
        assert_eq!(name("a,b\n1,2".as_bytes()), Some("UTF-8"), "ASCII");
        assert_eq!(name("Zürich,Genève".as_bytes()), Some("UTF-8"), "UTF-8");
        assert_eq!(name(b"Z\xfcrich,1"), Some("windows-1252"), "Latin-1");
        assert_eq!(name(b"caf\xc3\xa9 caf\xc3\xa9 \xff"), Some("UTF-8"), "one stray byte");
        assert_eq!(name(b"\xff\xfea\0,\0b\0"), Some("UTF-16LE"), "mark");
        assert_eq!(name(b"a\0,\0b\0\n\0"), Some("UTF-16LE"), "little endian");
        assert_eq!(name(b"\0a\0,\0b\0\n"), Some("UTF-16BE"), "big endian");
        assert_eq!(name(b"\x89PNG\0\0\0\x0d"), None, "binary");
        assert_eq!(
            name(b"<?xml version='1.0' encoding='ISO-8859-1'?><log/>"),
            Some("windows-1252"),
            "declared"
        );
        assert_eq!(recognise(b"caf\xc3", false).map(Encoding::name), Some("UTF-8"), "cut in a character");
        assert_eq!(recognise(b"caf\xc3", true).map(Encoding::name), Some("windows-1252"), "ends in one");
    }

    #[test]
    fn decodes_the_same_in_any_pieces() {
        for (label, bytes) in [
            ("UTF-16LE", &b"\xff\xfea\0\xe9\0\x3d\xd8\x00\xde,\0\x00\xd8b\0"[..]),
            ("windows-1252", b"Z\xfcrich \x80"),
            ("UTF-8", b"\xef\xbb\xbfa\xef\xbbb"),
            ("UTF-8", b"\xef\xbb"),
        ] {
            let decoded = |step: usize| {
                let mut decode = Decode::new("f", label).unwrap();
                let mut text = Vec::new();
                let mut sink = |part: &[u8]| {
                    text.extend_from_slice(part);
                    Ok(())
                };
                for chunk in bytes.chunks(step) {
                    decode.push(chunk, &mut sink).unwrap();
                }
                decode.finish(&mut sink).unwrap();
                text
            };
            assert_eq!(decoded(1), decoded(100), "{label}");
        }
    }
}
