//! Messages as JavaScript objects: what came in, and how an outcome goes out.

use js_sys::{Array, ArrayBuffer, Function, Object, Reflect, Uint8Array};
use protocol::{Envelope, Failure, Outcome, Request};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

/// A message from the page, checked.
#[derive(Debug)]
pub(crate) struct Message {
    /// Number of the request; its outcomes carry it.
    pub(crate) id: u32,
    /// What is asked.
    pub(crate) request: Request,
    /// The file beside the request, where there is one.
    pub(crate) file: Option<Blob>,
    /// The bytes beside the request; empty when there are none.
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// With the id to answer (0 when the message has none) and why:
    /// - the sender speaks another version of the protocol,
    /// - the message is not an envelope with a known request.
    pub(crate) fn read(value: &JsValue) -> Result<Self, (u32, Failure)> {
        let id = serde_wasm_bindgen::from_value::<u32>(field(value, "id")).unwrap_or(0);
        let version = serde_wasm_bindgen::from_value::<u32>(field(value, "version"));
        if let Ok(version) = version
            && version != protocol::VERSION
        {
            return Err((id, versions_differ(version)));
        }
        let envelope: Envelope = serde_wasm_bindgen::from_value(value.clone()).map_err(|cause| {
            let message = format!("The engine did not understand a message of this page ({cause}).");
            (id, failure(message, "Reload the page."))
        })?;
        let bytes = field(value, "bytes");
        let bytes = match bytes.dyn_ref::<ArrayBuffer>() {
            Some(buffer) => Uint8Array::new(buffer).to_vec(),
            None => bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default(),
        };
        let file = field(value, "file").dyn_into::<Blob>().ok();
        Ok(Self { id: envelope.id, request: envelope.request, file, bytes })
    }
}

/// A failure from its two sentences.
pub(crate) fn failure(message: impl Into<String>, advice: &str) -> Failure {
    Failure { message: message.into(), advice: advice.to_owned() }
}

thread_local! {
    /// How to send; here and not in the bridge, because a panic has to reach it too.
    static SEND: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the function `(message, transfer)` that sends a message to the page.
pub(crate) fn set_sender(send: Function) {
    SEND.set(Some(send));
}

/// Sends an outcome to the page.
///
/// An outcome that has no form in JavaScript is sent as a failure, so that nobody waits forever.
pub(crate) fn send(id: u32, outcome: &Outcome, bulk: Option<&[u8]>) {
    let value = match to_object(outcome) {
        Ok(value) => value,
        Err(cause) => {
            let failure = failure(format!("The answer could not be sent ({cause})."), "");
            to_object(&Outcome::Failed { failure }).unwrap_or(JsValue::NULL)
        }
    };
    let message = Object::new();
    let transfer = Array::new();
    set(&message, "id", &JsValue::from(id));
    set(&message, "outcome", &value);
    if let Some(bytes) = bulk {
        let buffer = Uint8Array::from(bytes).buffer();
        set(&message, "bulk", &buffer);
        transfer.push(&buffer);
    }
    let send = SEND.with_borrow(Clone::clone);
    if let Some(send) = send {
        // It fails only when the worker is being ended, and then there is nobody to tell.
        send.call2(&JsValue::NULL, &message, &transfer).ok();
    }
}

/// Numbers become JavaScript numbers. Where one is past 2⁵³ (times after the year 2255), all integers become `BigInt`.
fn to_object(outcome: &Outcome) -> Result<JsValue, serde_wasm_bindgen::Error> {
    let numbers = Serializer::json_compatible();
    outcome
        .serialize(&numbers)
        .or_else(|_| outcome.serialize(&numbers.serialize_large_number_types_as_bigints(true)))
}

fn versions_differ(version: u32) -> Failure {
    let ours = protocol::VERSION;
    failure(
        format!("This page speaks protocol {version}, its engine {ours}: they come from different releases."),
        "Reload the page without the browser's cache.",
    )
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a fresh object does not fail.
    Reflect::set(object, &JsValue::from_str(name), value).ok();
}
