//! The second bridge: runs the reader of other formats in the worker, as a module loaded when a file needs it.
//!
//! Data path: file → **opener** → reader → **opener** → records → the engine's own bridge.
//!
//! Entry points: [`contents`] says what is in a file, [`open`] begins to read one thing in it. Small values cross by serde,
//! records as bytes. A file is read where its format asks for it, never as a whole.
//!
//! This crate does not know: the engine, the screen, what any format looks like.

mod file;

use file::File;
use js_sys::{Object, Reflect, Uint8Array};
use protocol::Failure;
use protocol::import::Reading;
use reader::Reader;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Blob;

/// Says what is in a file.
///
/// # Errors
/// A failure in words, as an object.
#[wasm_bindgen]
pub fn contents(name: &str, file: &Blob) -> Result<JsValue, JsValue> {
    let file = File::new(file)?;
    reader::contents(name, Box::new(file))
        .map_err(|failure| thrown(&failure))
        .and_then(|found| to_object(&found))
}

/// Begins to read a file, or a file inside it.
///
/// # Errors
/// A failure in words, as an object.
#[wasm_bindgen]
pub fn open(name: &str, file: &Blob, reading: JsValue) -> Result<OpenFile, JsValue> {
    let reading: Reading = serde_wasm_bindgen::from_value(reading)?;
    let file = File::new(file)?;
    Reader::open(name, Box::new(file), &reading).map(OpenFile).map_err(|failure| thrown(&failure))
}

/// A file whose records are being made.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OpenFile(Reader);

#[wasm_bindgen]
impl OpenFile {
    /// What can be chosen about the way it is read; undefined where there is no choice.
    pub fn choices(&self) -> Result<JsValue, JsValue> {
        to_object(&self.0.choices())
    }

    /// When the recording began: empty where nobody knows, undefined where it doesn't matter.
    pub fn start(&self) -> Option<String> {
        self.0.start().map(str::to_owned)
    }

    /// Bytes of the file that were read so far.
    #[wasm_bindgen(js_name = nRead)]
    pub fn n_read(&self) -> f64 {
        self.0.n_read() as f64
    }

    /// The next records as `{records, account}`; undefined at the end.
    ///
    /// # Errors
    /// A failure in words, as an object.
    #[wasm_bindgen(js_name = nextPiece)]
    pub fn next_piece(&mut self) -> Result<JsValue, JsValue> {
        let Some(piece) = self.0.next_piece().map_err(|failure| thrown(&failure))? else {
            return Ok(JsValue::UNDEFINED);
        };
        let object = Object::new();
        Reflect::set(&object, &"records".into(), &Uint8Array::from(piece.records.as_slice()))?;
        Reflect::set(&object, &"account".into(), &to_object(&(piece.rejects, piece.repairs))?)?;
        Ok(object.into())
    }
}

fn to_object(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_large_number_types_as_bigints(false);
    Ok(value.serialize(&serializer)?)
}

fn thrown(failure: &Failure) -> JsValue {
    to_object(failure).unwrap_or_else(|_| JsValue::from_str(&failure.message))
}
