//! Reading a file slice by slice, so that a large one is never held whole.

use crate::{
    jobs::Job,
    message::{failure, send},
};
use engine::{Import, Inspection, Parsed, Terms};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use protocol::{Failure, Outcome, import::ImportPlan, import::Preview, import::Progress};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes read at a time; between two slices other messages get their turn.
const SLICE_BYTES: u32 = 4 << 20;

/// Shortest time between two progress messages, in milliseconds.
pub(crate) const PROGRESS_MILLIS_MIN: f64 = 100.0;

/// Why reading ended before its time.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The page asked to stop.
    Stopped,
    /// The file cannot be read or used.
    Failed(Failure),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Reads as much of a file as a guess needs.
pub(crate) async fn inspect(job: &Job, terms: Terms, name: &str, file: &Blob) -> Result<Preview, Halt> {
    let mut inspection = Inspection::new(name).under(terms);
    let mut slices = Slices::new(file);
    while let Some(bytes) = slices.next(job).await? {
        if !inspection.push(bytes)? {
            break;
        }
    }
    Ok(inspection.finish()?)
}

/// Reads a whole file under a plan, telling the page how far it is.
pub(crate) async fn import(job: &Job, terms: Terms, plan: ImportPlan, file: &Blob) -> Result<Parsed, Halt> {
    let mut import = Import::under(plan, terms)?;
    let mut slices = Slices::new(file);
    let mut told_at_millis = js_sys::Date::now();
    while let Some(bytes) = slices.next(job).await? {
        import.push(bytes)?;
        let now_millis = js_sys::Date::now();
        if now_millis - told_at_millis >= PROGRESS_MILLIS_MIN {
            told_at_millis = now_millis;
            tell(job, Progress { n_bytes_total: slices.n_bytes_total(), ..import.progress() });
        }
    }
    let progress = Progress { n_bytes_total: slices.n_bytes_total(), ..import.progress() };
    let parsed = import.finish()?;
    tell(job, Progress { phase: "sorting".to_owned(), ..progress });
    Ok(parsed)
}

pub(crate) fn tell(job: &Job, progress: Progress) {
    send(job.id, &Outcome::Progress { progress }, None);
}

/// A file's slices in order. The next slice is being fetched while the one before is worked on.
struct Slices<'a> {
    file: &'a Blob,
    n_bytes_total: f64,
    next_start: f64,
    fetching: Option<Promise>,
    slice: Vec<u8>,
}

impl<'a> Slices<'a> {
    fn new(file: &'a Blob) -> Self {
        let mut slices =
            Self { file, n_bytes_total: file.size(), next_start: 0.0, fetching: None, slice: Vec::new() };
        slices.fetching = slices.fetch();
        slices
    }

    fn n_bytes_total(&self) -> u64 {
        n_bytes_of(self.file)
    }

    /// The next slice; `None` at the end of the file.
    async fn next(&mut self, job: &Job) -> Result<Option<&[u8]>, Halt> {
        if job.is_stopped() {
            return Err(Halt::Stopped);
        }
        let Some(fetching) = self.fetching.take() else { return Ok(None) };
        let buffer = JsFuture::from(fetching).await.map_err(|cause| unreadable(&cause))?;
        if job.is_stopped() {
            return Err(Halt::Stopped);
        }
        self.fetching = self.fetch();
        let bytes = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>());
        self.slice.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.slice);
        Ok(Some(&self.slice))
    }

    fn fetch(&mut self) -> Option<Promise> {
        if self.next_start >= self.n_bytes_total {
            return None;
        }
        let end = (self.next_start + f64::from(SLICE_BYTES)).min(self.n_bytes_total);
        let slice = self.file.slice_with_f64_and_f64(self.next_start, end);
        self.next_start = end;
        match slice {
            Ok(slice) => Some(slice.array_buffer().unchecked_into()),
            Err(cause) => Some(Promise::reject(&cause)),
        }
    }
}

/// Bytes of a file.
#[expect(clippy::cast_possible_truncation, reason = "a file's size is a whole number below 2⁵³")]
pub(crate) fn n_bytes_of(file: &Blob) -> u64 {
    file.size() as u64
}

/// A part of a file; fewer bytes when the file has become shorter.
pub(crate) async fn bytes_of(file: &Blob, start: u64, end: u64) -> Result<Vec<u8>, JsValue> {
    let slice = file.slice_with_f64_and_f64(start as f64, end as f64)?;
    let buffer = JsFuture::from(slice.array_buffer()).await?;
    Ok(Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec())
}

pub(crate) fn unreadable(cause: &JsValue) -> Halt {
    let said = js_sys::Reflect::get(cause, &"message".into()).ok().and_then(|text| text.as_string());
    let message = format!("The file could not be read ({}).", said.as_deref().unwrap_or("no reason given"));
    Halt::Failed(failure(message, "It may have been moved or changed since it was chosen: choose it again."))
}
