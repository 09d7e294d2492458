//! What the custom element calls: mount, hand over data, change the theme, remove.

use crate::{
    app::App,
    host::{self, Host, Theme},
    opening::Waiting,
    text::Text,
    worker::Fault,
    workspace::{Mode, Workspace},
};
use js_sys::{Array, ArrayBuffer, Function, JSON, Promise, Reflect, Uint8Array};
use leptos::{prelude::*, tachys::view::any_view::AnyViewState, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{File, HtmlElement, Node, ShadowRoot};

/// A mounted widget. `destroy` it when its element leaves the page.
#[wasm_bindgen]
pub struct Handle {
    mounted: Option<leptos::mount::UnmountHandle<AnyViewState>>,
    workspace: Workspace,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Handle").field("mounted", &self.mounted.is_some()).finish_non_exhaustive()
    }
}

/// Fetches what [`mount`] needs for a `locale` (a language tag; else the browser's) before it can draw in its language.
#[wasm_bindgen]
pub async fn prepare(locale: Option<String>) {
    crate::text::fetch(&locales(locale)).await;
}

/// Draws the app inside an element of a shadow root, with a worker of its own.
///
/// `root` is the element to draw in, or a shadow root that holds one with the class `root`. `spawn_worker` returns a new
/// engine `Worker` each time it is called. `options` holds `mode` (`app` or `embed`), `theme` (`auto`, `light`, `dark`),
/// `locale` (a language tag; else the browser's), `store` (the name under which the workspace is kept in this browser;
/// else in memory) and `host`, the element that events are dispatched on.
///
/// # Errors
/// When there is no element to draw in.
#[wasm_bindgen]
pub fn mount(root: Node, spawn_worker: Function, options: JsValue) -> Result<Handle, JsValue> {
    console_error_panic_hook::set_once();
    let root = drawing_root(root)?;
    let option = |name: &str| Reflect::get(&options, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    let mode = if option("mode").as_string().as_deref() == Some("app") { Mode::App } else { Mode::Embed };
    let store = option("store").as_string().filter(|name| !name.is_empty());
    let theme = Theme::from_name(&option("theme").as_string().unwrap_or_default());
    let text = Text::for_locales(&locales(option("locale").as_string()));
    let calls = option("calls").dyn_into::<Function>().ok();
    let host = Host::new(option("host").dyn_into::<HtmlElement>().ok());
    root.set_attribute("lang", text.tag())?;
    // The workspace is made under the owner of the mounted view, so that its signals end with the view.
    let made = std::rc::Rc::new(std::cell::Cell::new(None));
    let inside = std::rc::Rc::clone(&made);
    let mounted = leptos::mount::mount_to(root, move || {
        let workspace = Workspace::new(spawn_worker, (mode, store), text, theme, host);
        inside.set(Some(workspace));
        provide_context(workspace);
        view! { <App/> }.into_any()
    });
    let workspace = made.take().ok_or_else(|| JsValue::from_str("The view was not built."))?;
    workspace.set_calls(calls);
    workspace.emit(
        "journey-ready",
        &host::plain_fields(&[("mode", if mode == Mode::App { "app" } else { "embed" })]),
    );
    Ok(Handle { mounted: Some(mounted), workspace })
}

#[wasm_bindgen]
impl Handle {
    /// Adds events: an array of plain objects, or JSON (array or one object a line) as a string or bytes.
    /// Resolves to the import report as a plain object; rejects with an `Error` when nothing could be added.
    pub fn append(&self, events: JsValue, name: Option<String>) -> Promise {
        let workspace = self.workspace;
        let name = name.unwrap_or_else(|| workspace.text.s("source.host").to_owned());
        let bytes = json_bytes(&events);
        future_to_promise(async move {
            let report = workspace.append(name, bytes?).await.map_err(|fault| error(&fault))?;
            Ok(host::plain(&report))
        })
    }

    /// Opens files as if a person had dropped them: each is reviewed before it is imported.
    pub fn open_files(&self, files: Array) {
        let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok());
        self.workspace.open_files(files.map(Waiting::new).collect());
    }

    /// Opens the sample company; resolves to the import reports.
    pub fn open_sample(&self) -> Promise {
        let workspace = self.workspace;
        future_to_promise(async move {
            let reports = workspace.open_sample().await.map_err(|fault| error(&fault))?;
            Ok(host::plain(&reports))
        })
    }

    /// Changes the theme: `auto`, `light` or `dark`.
    pub fn set_theme(&self, theme: &str) {
        let theme = Theme::from_name(theme);
        if self.mounted.is_some() && self.workspace.theme.get_untracked() != theme {
            self.workspace.set_theme(theme);
        }
    }

    /// Removes the view and ends the worker; calling it twice does nothing.
    pub fn destroy(&mut self) {
        if let Some(mounted) = self.mounted.take() {
            self.workspace.close();
            // The worker's last answers settle on the next microtask; their tasks see that it is gone and end, and
            // only then do the signals go.
            spawn_local(async move { drop(mounted) });
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.destroy();
    }
}

fn drawing_root(root: Node) -> Result<HtmlElement, JsValue> {
    match root.dyn_into::<ShadowRoot>() {
        Ok(shadow) => shadow
            .query_selector(".root")?
            .and_then(|element| element.dyn_into().ok())
            .ok_or_else(|| JsValue::from_str("The shadow root holds no element of class root.")),
        Err(node) => node.dyn_into().map_err(|_| JsValue::from_str("The root is no HTML element.")),
    }
}

fn locales(wanted: Option<String>) -> Vec<String> {
    let mut tags: Vec<String> = wanted.filter(|tag| !tag.is_empty()).into_iter().collect();
    if tags.is_empty() {
        let languages = web_sys::window().map(|window| window.navigator().languages());
        tags.extend(languages.iter().flat_map(Array::iter).filter_map(|tag| tag.as_string()));
    }
    tags
}

fn json_bytes(events: &JsValue) -> Result<Uint8Array, JsValue> {
    if let Some(buffer) = events.dyn_ref::<ArrayBuffer>() {
        return Ok(Uint8Array::new(buffer));
    }
    if let Some(bytes) = events.dyn_ref::<Uint8Array>() {
        return Ok(bytes.slice(0, bytes.length()));
    }
    let json = match events.as_string() {
        Some(text) => text,
        None => JSON::stringify(events)?.as_string().unwrap_or_default(),
    };
    Ok(Uint8Array::from(json.as_bytes()))
}

fn error(fault: &Fault) -> JsValue {
    let message = match fault {
        Fault::Failed(failure) => failure.message.clone(),
        Fault::Cancelled => "Cancelled.".to_owned(),
        Fault::Gone => "The engine is gone.".to_owned(),
    };
    js_sys::Error::new(&message).into()
}
