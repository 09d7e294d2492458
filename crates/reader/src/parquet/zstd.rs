//! Zstandard in Parquet: pages come as they are stored, and are unpacked here.
//!
//! The parquet crate unpacks it with a library in C, which is not built for the browser. So its columns are declared to be
//! plain, and what the crate then hands over as a page is unpacked in Rust.

use super::Chunks;
use ::parquet::basic::Compression;
use ::parquet::bloom_filter::Sbbf;
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader, SerializedPageReader};
use ::parquet::record::reader::RowIter;
use ::parquet::schema::types::Type;
use bytes::Bytes;
use ruzstd::decoding::StreamingDecoder;
use std::io::Read;
use std::sync::Arc;

/// Most bytes of a page when it is unpacked. Pages have about one MiB; what the file says of their size is not believed.
const MAX_PAGE_BYTES: u64 = 256 << 20;

/// A file of which some columns may be packed with Zstandard.
pub(super) struct Unpacking {
    inner: SerializedFileReader<Chunks>,
    chunks: Arc<Chunks>,
}

impl Unpacking {
    pub(super) fn new(chunks: Chunks) -> Result<Self> {
        let inner = SerializedFileReader::new(chunks.clone())?;
        Ok(Self { inner, chunks: Arc::new(chunks) })
    }
}

impl FileReader for Unpacking {
    fn metadata(&self) -> &ParquetMetaData {
        self.inner.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.inner.num_row_groups()
    }

    fn get_row_group(&self, at: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(Group { inner: self.inner.get_row_group(at)?, chunks: Arc::clone(&self.chunks) }))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct Group<'a> {
    inner: Box<dyn RowGroupReader + 'a>,
    chunks: Arc<Chunks>,
}

impl RowGroupReader for Group<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.inner.metadata()
    }

    fn num_columns(&self) -> usize {
        self.inner.num_columns()
    }

    fn get_column_page_reader(&self, at: usize) -> Result<Box<dyn PageReader>> {
        let group = self.metadata();
        let Some(column) = group.columns().get(at) else { return self.inner.get_column_page_reader(at) };
        if !matches!(column.compression(), Compression::ZSTD(_)) {
            return self.inner.get_column_page_reader(at);
        }
        let plain = column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        let n_rows = usize::try_from(group.num_rows())?;
        let inner = SerializedPageReader::new(Arc::clone(&self.chunks), &plain, n_rows, None)?;
        Ok(Box::new(Pages { inner, column: column.column_path().string(), n_pages: 0 }))
    }

    fn get_column_bloom_filter(&self, at: usize) -> Option<&Sbbf> {
        self.inner.get_column_bloom_filter(at)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

/// The pages of a packed column.
struct Pages {
    inner: SerializedPageReader<Chunks>,
    column: String,
    n_pages: usize,
}

impl Pages {
    /// The bytes of one or several frames.
    fn unpacked(&self, packed: &[u8]) -> Result<Vec<u8>> {
        let bad = |cause: &dyn std::fmt::Display| {
            let (column, page) = (&self.column, self.n_pages);
            ParquetError::General(format!("page {page} of column “{column}” cannot be unpacked: {cause}"))
        };
        let mut plain = Vec::new();
        let mut rest = packed;
        while !rest.is_empty() {
            let n_more = (MAX_PAGE_BYTES + 1).saturating_sub(plain.len() as u64);
            let decoder = StreamingDecoder::new(&mut rest).map_err(|cause| bad(&cause))?;
            decoder.take(n_more).read_to_end(&mut plain).map_err(|cause| bad(&cause))?;
            if plain.len() as u64 > MAX_PAGE_BYTES {
                return Err(bad(&"it grows to more than 256 MiB"));
            }
        }
        Ok(plain)
    }

    fn unpack(&self, mut page: Page) -> Result<Page> {
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => {
                *buf = Bytes::from(self.unpacked(buf)?);
            }
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                let n_levels = (*def_levels_byte_len + *rep_levels_byte_len) as usize;
                if *is_compressed && n_levels <= buf.len() {
                    // Which values are missing stands in front, and is never packed.
                    let mut plain = buf[..n_levels].to_vec();
                    plain.extend(self.unpacked(&buf[n_levels..])?);
                    *buf = Bytes::from(plain);
                }
            }
        }
        Ok(page)
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.inner.get_next_page()?;
        self.n_pages += 1;
        page.map(|page| self.unpack(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.inner.skip_next_page()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
