//! The page around the widget: its element, events for it, themes, and files saved to disk.

use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, CustomEvent, CustomEventInit, HtmlAnchorElement, HtmlElement, Url};

/// The theme a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system is.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Reads the name used in attributes; anything unknown is [`Theme::Auto`].
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The name used in attributes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that follows when a person switches through them.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// The element on the host page, where there is one.
#[derive(Clone, Debug)]
pub(crate) struct Host(Option<HtmlElement>);

impl Host {
    /// Wraps the element.
    pub(crate) fn new(element: Option<HtmlElement>) -> Self {
        Self(element)
    }

    /// Dispatches an event that bubbles out of shadow roots.
    pub(crate) fn emit(&self, name: &str, detail: &JsValue) {
        let Some(element) = &self.0 else { return };
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(detail);
        if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
            // The answer only says whether a listener prevented a default, and there is none.
            element.dispatch_event(&event).ok();
        }
    }

    /// Shows the theme on the element, where the tokens look for it.
    pub(crate) fn show_theme(&self, theme: Theme) {
        let Some(element) = &self.0 else { return };
        if element.get_attribute("theme").as_deref() != Some(theme.name()) {
            element.set_attribute("theme", theme.name()).ok();
        }
    }

    /// The host page asked for the buttons that open data although the widget is embedded.
    pub(crate) fn wants_controls(&self) -> bool {
        self.0.as_ref().is_some_and(|element| element.has_attribute("controls"))
    }
}

/// Makes a plain JavaScript object of a value; numbers stay numbers.
pub(crate) fn plain<T: Serialize>(value: &T) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

/// Makes a plain JavaScript object of text fields.
pub(crate) fn plain_fields(fields: &[(&str, &str)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a property of a fresh object does not fail.
        Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value)).ok();
    }
    object.into()
}

/// Saves a text as a file, without any server.
pub(crate) fn save_text(file_name: &str, text: &str, media_type: &str) -> Result<(), JsValue> {
    let bag = BlobPropertyBag::new();
    bag.set_type(media_type);
    save_file(
        file_name,
        &Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(text)), &bag)?,
    )
}

/// Saves a file, without any server.
pub(crate) fn save_file(file_name: &str, file: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(file)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(file_name);
    anchor.click();
    Url::revoke_object_url(&url)
}

/// Name under which the page remembers that a workspace is kept. This survives when the browser evicts files.
fn memory_key(workspace: &str) -> String {
    format!("desirepath.kept.{workspace}")
}

/// The page remembers that this workspace is kept.
pub(crate) fn remembers(workspace: &str) -> bool {
    let memory = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    memory.is_some_and(|memory| memory.get_item(&memory_key(workspace)).ok().flatten().is_some())
}

/// Remembers that a workspace is kept, or that it no longer is; asks the browser not to evict what is kept.
pub(crate) fn remember(workspace: &str, is_kept: bool) {
    let Some(window) = web_sys::window() else { return };
    // A page that may not remember anything only cannot tell an evicted workspace from a new one.
    if let Ok(Some(memory)) = window.local_storage() {
        let key = memory_key(workspace);
        if is_kept { memory.set_item(&key, "1") } else { memory.remove_item(&key) }.ok();
    }
    if is_kept {
        // Granted or not, everything works; a refusal is the browser's or the person's decision.
        window.navigator().storage().persist().ok();
    }
}

/// Notes a moment for the browser's own tools.
pub(crate) fn mark(name: &str) {
    if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
        performance.mark(name).ok();
    }
}
