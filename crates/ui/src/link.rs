//! Links: a question or a view as JSON in base64url behind the address's `#ask=` or `#view=`. They hold what is asked
//! and how a room is set, and never data.

use crate::{host, workspace::Workspace};
use js_sys::{Function, JSON, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    history::View,
    question::{QUESTION_VERSION, Question},
};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the fragment of a question begins with.
const QUESTION_SIGN: &str = "#ask=";
/// What the fragment of a view begins with.
const VIEW_SIGN: &str = "#view=";
/// Longest fragment that is looked at.
const FRAGMENT_BYTES_MAX: usize = 64 * 1024;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Writes bytes in the URL-safe alphabet of RFC 4648, without padding.
fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=chunk.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            out.extend(DIGITS.get(digit as usize).map(|digit| char::from(*digit)));
        }
    }
    out
}

/// Reads what [`encode`] wrote; `None` for anything else.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for place in 0..4 {
            let digit = match chunk.get(place) {
                Some(sign) => DIGITS.iter().position(|digit| digit == sign)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        if chunk.len() < 2 {
            return None;
        }
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(..chunk.len() - 1)?);
    }
    Some(out)
}

/// The fragment that holds a question; `None` where it can't be written as JSON.
pub(crate) fn fragment_of_question(question: &Question) -> Option<String> {
    packed(question).map(|packed| format!("{QUESTION_SIGN}{packed}"))
}

/// The fragment that holds a view.
pub(crate) fn fragment_of_view(view: &View) -> Option<String> {
    packed(view).map(|packed| format!("{VIEW_SIGN}{packed}"))
}

fn packed<T: Serialize>(value: &T) -> Option<String> {
    let json = JSON::stringify(&host::plain(value)).ok()?.as_string()?;
    Some(encode(json.as_bytes()))
}

fn unpacked<T: DeserializeOwned>(packed: &str) -> Option<T> {
    let json = String::from_utf8(decode(packed)?).ok()?;
    serde_wasm_bindgen::from_value(JSON::parse(&json).ok()?).ok()
}

/// What a fragment says.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// It holds nothing of ours.
    Nothing,
    /// It was to hold one, but can't be read, or is of a later version.
    Unreadable,
    /// A question.
    Question(Box<Question>),
    /// A view.
    View(Box<View>),
}

/// Reads what the page's address holds.
pub(crate) fn found_in_address() -> Found {
    let Some(fragment) = web_sys::window().and_then(|window| window.location().hash().ok()) else {
        return Found::Nothing;
    };
    if ![QUESTION_SIGN, VIEW_SIGN].iter().any(|sign| fragment.starts_with(sign)) {
        return Found::Nothing;
    }
    if fragment.len() > FRAGMENT_BYTES_MAX {
        return Found::Unreadable;
    }
    let question = fragment.strip_prefix(QUESTION_SIGN).and_then(unpacked::<Question>);
    let question = question.filter(|question| question.version <= QUESTION_VERSION);
    let view = fragment.strip_prefix(VIEW_SIGN).and_then(unpacked::<View>);
    match (question, view) {
        (Some(question), _) => Found::Question(Box::new(question)),
        (None, Some(view)) => Found::View(Box::new(view)),
        (None, None) => Found::Unreadable,
    }
}

/// A button that copies a link, and says so.
pub(crate) fn copy_button(
    workspace: Workspace,
    fragment: impl Fn() -> Option<String> + Send + Sync + 'static,
) -> AnyView {
    let text = workspace.text;
    let said = RwSignal::new("");
    let press = move |_| {
        let fragment = fragment();
        spawn_local(async move {
            let Some(fragment) = fragment else { return };
            let is_copied = copy(&fragment).await.is_ok();
            // What the button stands beside may be gone meanwhile.
            said.try_set(if is_copied {
                text.s("report.link.copied")
            } else {
                text.s("report.link.address")
            });
        });
    };
    view! {
        <span class="copy-link">
            <span class="hint" role="status" data-testid="link-said">{move || said.get()}</span>
            <button type="button" class="button small" data-testid="copy-link" on:click=press>{text.s("report.link")}</button>
        </span>
    }
    .into_any()
}

/// Puts a fragment into the page's address and the whole address on the clipboard.
///
/// # Errors
/// When there is no clipboard or it is refused; the address has the fragment all the same.
async fn copy(fragment: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(fragment))?;
    let address = JsValue::from_str(&window.location().href()?);
    // The clipboard is missing on pages without a secure connection.
    let clipboard = Reflect::get(&window.navigator(), &"clipboard".into())?;
    let write = Reflect::get(&clipboard, &"writeText".into())?.dyn_into::<Function>()?;
    JsFuture::from(write.call1(&clipboard, &address)?.dyn_into::<Promise>()?).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_address() {
        // RFC 4648, section 10, without padding.
        let cases = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, packed) in cases {
            assert_eq!(encode(plain.as_bytes()), packed, "{plain} as the standard says");
            assert_eq!(decode(packed).as_deref(), Some(plain.as_bytes()), "{plain} comes back");
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8", "the two signs that are safe in addresses");
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all), "every byte comes back");
        assert_eq!(decode("Zg=="), None, "no padding");
        assert_eq!(decode("Z"), None, "no lone digit");
    }
}
