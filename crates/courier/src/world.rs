//! Everything outside: requests, timers, the engine, the page.

use connector::PlannedRequest;
use js_sys::{Array, Object, Reflect, Uint8Array};
use protocol::{Failure, Outcome, Reply, Request, courier::Delivery};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// The object that `web/courier.js` hands over.
    #[derive(Clone, Debug)]
    pub type World;
    #[wasm_bindgen(method, catch)]
    async fn ask(this: &World, request: JsValue, bytes: JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn send(this: &World, message: JsValue);
    #[wasm_bindgen(method, catch)]
    async fn call(
        this: &World,
        method: &str,
        address: &str,
        headers: JsValue,
        body: JsValue,
        purpose: JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = rest)]
    async fn rest_for(this: &World, name: &str, millis: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn wake(this: &World, name: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn listen(this: &World, address: &str, token: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn key(this: &World) -> String;
}

/// An answer with everything it owns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Milliseconds since 1970.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of day, a whole number below 2⁵³"
)]
pub(crate) fn now() -> u64 {
    js_sys::Date::now() as u64
}

impl World {
    /// Performs a request.
    ///
    /// # Errors
    /// What the browser says when no answer came.
    pub(crate) async fn perform(
        &self,
        base: &str,
        token: Option<&str>,
        request: &PlannedRequest,
        purpose: [&str; 2],
    ) -> Result<Came, String> {
        let mut headers = request.headers.clone();
        if let Some(token) = token {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        let body =
            request.body.as_ref().map_or(JsValue::UNDEFINED, |body| Uint8Array::from(body.as_slice()).into());
        let address = format!("{base}{}", request.path_and_query);
        let purpose = Array::of2(&purpose[0].into(), &purpose[1].into());
        let came = self.call(request.method.name(), &address, plain(&headers), body, purpose.into()).await;
        let came = came.map_err(|cause| said(&cause))?;
        let field = |name: &str| Reflect::get(&came, &name.into()).unwrap_or(JsValue::UNDEFINED);
        Ok(Came {
            status: serde_wasm_bindgen::from_value(field("status")).unwrap_or_default(),
            headers: serde_wasm_bindgen::from_value(field("headers")).unwrap_or_default(),
            body: field("body").dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default(),
        })
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// As the engine says it.
    pub(crate) async fn engine(&self, request: &Request, bytes: Option<&[u8]>) -> Result<Reply, Failure> {
        let bytes = bytes.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes).into());
        let unexpected = |what: String| Failure { message: what, advice: String::new() };
        let request = request.serialize(&Serializer::json_compatible());
        let request =
            request.map_err(|cause| unexpected(format!("A message cannot be written ({cause}).")))?;
        let outcome = self.ask(request, bytes).await.map_err(|cause| unexpected(said(&cause)))?;
        match serde_wasm_bindgen::from_value::<Outcome>(outcome) {
            Ok(Outcome::Done { reply }) => Ok(reply),
            Ok(Outcome::Failed { failure }) => Err(failure),
            Ok(_) => Err(unexpected("The engine gave an answer of another kind.".to_owned())),
            Err(cause) => Err(unexpected(format!("The engine's answer cannot be read ({cause})."))),
        }
    }

    /// Waits, unless it is woken by that name.
    pub(crate) async fn rest(&self, name: &str, millis: u64) {
        self.rest_for(name, millis as f64).await;
    }

    /// Tells the page.
    pub(crate) fn answer(&self, id: u32, answer: Result<Delivery, Failure>) {
        let message = Object::new();
        let written = |it: &Delivery| it.serialize(&Serializer::json_compatible());
        let answer = answer.and_then(|it| {
            written(&it).map_err(|cause| Failure {
                message: format!("An answer cannot be written ({cause})."),
                advice: String::new(),
            })
        });
        let (name, value) = match answer {
            Ok(delivery) => ("delivery", delivery),
            Err(failure) => ("refused", plain(&failure)),
        };
        // Setting a property of a fresh object does not fail.
        Reflect::set(&message, &"id".into(), &JsValue::from(id)).ok();
        Reflect::set(&message, &name.into(), &value).ok();
        self.send(message.into());
    }
}

/// Texts and lists of texts, which can always be written.
fn plain(value: &impl Serialize) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

fn said(cause: &JsValue) -> String {
    let message = Reflect::get(cause, &"message".into()).ok().and_then(|text| text.as_string());
    message.or_else(|| cause.as_string()).unwrap_or_else(|| "no reason given".to_owned())
}
