//! Files of other formats: a module of its own makes records of them, and is loaded when the first one is opened.

use crate::{
    jobs::Job,
    message::failure,
    reader::{Halt, PROGRESS_MILLIS_MIN, bytes_of, n_bytes_of, tell, unreadable},
    storage::pause,
};
use engine::{HEAD_BYTES, Import, Inspection, Parsed, Terms, needs_reader};
use js_sys::{Reflect, Uint8Array};
use protocol::{
    Failure,
    import::{Contents, ImportPlan, Part, Preview, Progress, Reading, Reject},
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::Blob;

/// Longest time that reading keeps other messages waiting.
const TURN_MILLIS_MAX: f64 = 50.0;

#[wasm_bindgen]
extern "C" {
    /// The module `web/opener.js`.
    #[derive(Clone, Debug)]
    pub type Openers;
    #[wasm_bindgen(method, catch, js_name = loadOpener)]
    async fn load_opener(this: &Openers) -> Result<JsValue, JsValue>;

    /// The module of crate `opener`.
    type Opener;
    #[wasm_bindgen(method, catch)]
    fn contents(this: &Opener, name: &str, file: &Blob) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Opener, name: &str, file: &Blob, reading: JsValue) -> Result<OpenFile, JsValue>;

    type OpenFile;
    #[wasm_bindgen(method, catch)]
    fn choices(this: &OpenFile) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn start(this: &OpenFile) -> Option<String>;
    #[wasm_bindgen(method, js_name = nRead)]
    fn n_read(this: &OpenFile) -> f64;
    #[wasm_bindgen(method, catch, js_name = nextPiece)]
    fn next_piece(this: &OpenFile) -> Result<JsValue, JsValue>;
}

/// Says what is in a file; most are one thing that is read as it is.
pub(crate) async fn contents(openers: &Openers, name: &str, file: &Blob) -> Result<Contents, Halt> {
    let end = n_bytes_of(file).min(HEAD_BYTES as u64);
    let head = bytes_of(file, 0, end).await.map_err(|cause| unreadable(&cause))?;
    if !needs_reader(name, &head) {
        let part = Part { name: name.to_owned(), reading: None };
        return Ok(Contents { parts: vec![part], left_out: Vec::new() });
    }
    let found = load(openers).await?.contents(name, file).map_err(|cause| caught(name, cause))?;
    serde_wasm_bindgen::from_value(found).map_err(|cause| caught(name, cause.into()))
}

/// Reads as many records as a guess needs.
pub(crate) async fn inspect(
    openers: &Openers,
    job: &Job,
    terms: Terms,
    name: &str,
    reading: Reading,
    file: &Blob,
) -> Result<Preview, Halt> {
    let mut pieces = Pieces::open(openers, name, &reading, file).await?;
    let choices = pieces.file.choices().map_err(|cause| caught(name, cause))?;
    let start = pieces.file.start();
    let mut inspection = Inspection::of_reading(name, reading).under(terms);
    while let Some((records, rejects, _)) = pieces.next(job).await? {
        rejects.into_iter().for_each(|reject| inspection.reject(reject));
        if !inspection.push(&records)? {
            break;
        }
    }
    let mut preview = inspection.finish()?;
    preview.choices = serde_wasm_bindgen::from_value(choices).unwrap_or_default();
    preview.start = start;
    Ok(preview)
}

/// Imports all records under a plan, telling the page how far it is.
pub(crate) async fn import(
    openers: &Openers,
    job: &Job,
    terms: Terms,
    plan: ImportPlan,
    reading: &Reading,
    file: &Blob,
) -> Result<Parsed, Halt> {
    let mut pieces = Pieces::open(openers, &plan.name, reading, file).await?;
    let mut import = Import::under(plan, terms)?;
    let mut told_at_millis = js_sys::Date::now();
    while let Some((records, rejects, repairs)) = pieces.next(job).await? {
        import.push(&records)?;
        rejects.into_iter().for_each(|reject| import.reject(reject));
        repairs.into_iter().for_each(|(kind, n)| import.repair(kind, n));
        let now_millis = js_sys::Date::now();
        if now_millis - told_at_millis >= PROGRESS_MILLIS_MIN {
            told_at_millis = now_millis;
            tell(job, pieces.progress(&import));
        }
    }
    let progress = pieces.progress(&import);
    let parsed = import.finish()?;
    tell(job, Progress { phase: "sorting".to_owned(), ..progress });
    Ok(parsed)
}

async fn load(openers: &Openers) -> Result<Opener, Halt> {
    let module = openers.load_opener().await.map_err(|cause| {
        let message =
            format!("The part that reads this kind of file could not be loaded ({}).", said(&cause));
        failure(message, "Check the connection and open the file again.")
    })?;
    Ok(module.unchecked_into())
}

/// The pieces of an open file in order, with pauses for other messages.
struct Pieces {
    file: OpenFile,
    name: String,
    n_bytes_total: u64,
    turn_began_millis: f64,
}

type Piece = (Vec<u8>, Vec<Reject>, Vec<(String, u64)>);

impl Pieces {
    async fn open(openers: &Openers, name: &str, reading: &Reading, file: &Blob) -> Result<Self, Halt> {
        let opener = load(openers).await?;
        let reading = serde_wasm_bindgen::to_value(reading).map_err(|cause| caught(name, cause.into()))?;
        let open = opener.open(name, file, reading).map_err(|cause| caught(name, cause))?;
        let turn_began_millis = js_sys::Date::now();
        Ok(Self { file: open, name: name.to_owned(), n_bytes_total: n_bytes_of(file), turn_began_millis })
    }

    async fn next(&mut self, job: &Job) -> Result<Option<Piece>, Halt> {
        if js_sys::Date::now() - self.turn_began_millis > TURN_MILLIS_MAX {
            pause(0).await;
            self.turn_began_millis = js_sys::Date::now();
        }
        if job.is_stopped() {
            return Err(Halt::Stopped);
        }
        let piece = self.file.next_piece().map_err(|cause| caught(&self.name, cause))?;
        if piece.is_undefined() {
            return Ok(None);
        }
        let field =
            |name: &str| Reflect::get(&piece, &name.into()).map_err(|cause| caught(&self.name, cause));
        let records = Uint8Array::new(&field("records")?).to_vec();
        let account = serde_wasm_bindgen::from_value(field("account")?);
        let (rejects, repairs) = account.map_err(|cause| caught(&self.name, cause.into()))?;
        Ok(Some((records, rejects, repairs)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a number of bytes is whole and below 2⁵³")]
    fn progress(&self, import: &Import) -> Progress {
        let n_bytes = (self.file.n_read() as u64).min(self.n_bytes_total);
        Progress { n_bytes, n_bytes_total: self.n_bytes_total, ..import.progress() }
    }
}

/// What the module threw: a failure in words, or that it broke down.
fn caught(name: &str, cause: JsValue) -> Halt {
    let failure = serde_wasm_bindgen::from_value::<Failure>(cause.clone()).unwrap_or_else(|_| {
        let message = format!("{name} could not be read: the reader broke down on it ({}).", said(&cause));
        failure(message, "It may be damaged. Save it in another format, such as CSV, and open that.")
    });
    Halt::Failed(failure)
}

pub(crate) fn said(cause: &JsValue) -> String {
    let message = Reflect::get(cause, &"message".into()).ok().and_then(|text| text.as_string());
    message.or_else(|| cause.as_string()).unwrap_or_else(|| "no reason given".to_owned())
}
