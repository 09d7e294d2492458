//! Saved views: how a room is set, kept under a name.

use crate::{
    analyses::Room,
    dialog::Dialog,
    journal::Entry,
    lazy::{self, lazily},
    link,
    map::{lanes, lens::Lens},
    worker::{Fault, describe},
    workspace::{Mode, Tab, Workspace, use_workspace},
};
use js_sys::JSON;
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure, Request,
    history::{Settings, View},
};
use serde::Serialize;

/// Most characters of a view's name.
const NAME_CHARS_MAX: &str = "80";

impl Workspace {
    /// Asks which views there are.
    fn ask_views(self) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            match client.views().await {
                Ok(views) => drop(self.views.try_set(views)),
                Err(Fault::Gone) => {}
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    /// How the room is set now; the failure in words when it has no form.
    fn settings(self, room: Room) -> Result<String, String> {
        let is_asked = self.tab.get_untracked() == Tab::Analyses;
        let lanes = self.lanes.get_untracked();
        let settings = Settings {
            query: self.query.get_untracked(),
            lens: self.lens.get_untracked().name().to_owned(),
            question: is_asked.then(|| Box::new(room.question())),
            lanes: Some(lanes.into_iter().map(str::to_owned).collect()),
        };
        let plain = settings
            .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .map_err(|cause| cause.to_string())?;
        JSON::stringify(&plain).map(String::from).map_err(|cause| describe(&cause))
    }

    /// The room as it is set now, under a name; what has no form is told.
    fn view_now(self, room: Room, name: String) -> Option<View> {
        match self.settings(room) {
            Ok(settings) => Some(View { name, room: self.tab.get_untracked().name().to_owned(), settings }),
            Err(message) => {
                self.warn(Failure { message, advice: String::new() });
                None
            }
        }
    }

    fn save_view(self, room: Room, name: String) {
        if let Some(view) = self.view_now(room, name) {
            self.change_kept(Request::SaveView { view });
        }
    }

    /// Sends a change of what is kept beside the data, views or segments; nothing else on the page changes.
    pub(crate) fn change_kept(self, request: Request) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            match client.command(request.clone()).await {
                Ok(()) => {
                    self.note(Entry::Command(request));
                    self.revision.update(|revision| *revision += 1);
                }
                Err(Fault::Gone) => {}
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    /// Sets the room as the view says; what this page does not know of it is left as it is.
    pub(crate) fn open_view(self, room: Room, view: &View) {
        let settings = JSON::parse(&view.settings)
            .ok()
            .and_then(|plain| serde_wasm_bindgen::from_value::<Settings>(plain).ok())
            .unwrap_or_default();
        if let Some(lens) = Lens::ALL.into_iter().find(|lens| lens.name() == settings.lens) {
            self.lens.set(lens);
        }
        self.query.set(settings.query);
        if let Some(lanes) = settings.lanes {
            let is_known = |lane: &&'static str| lanes.iter().any(|name| name == lane);
            self.lanes.set(lanes::ALL.into_iter().filter(is_known).collect());
        }
        if let Some(question) = settings.question {
            room.open(*question);
        }
        if let Some(tab) = Tab::ALL.into_iter().find(|tab| tab.name() == view.room) {
            self.tab.set(tab);
        }
        self.panel.set(None);
        self.refresh_map();
    }
}

/// The button of the header, and the dialog behind it.
#[component]
pub(crate) fn ViewsButton() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let is_open = workspace.shows_views;
    Effect::new(move |_| {
        workspace.revision.track();
        workspace.ask_views();
    });
    view! {
        <Show when=move || workspace.has_events() && workspace.shows_controls()>
            <button type="button" class="button" aria-haspopup="dialog" data-testid="views" on:click=move |_| is_open.set(true)>{text.s("views.title")}</button>
        </Show>
        <Show when=move || is_open.get()>{lazily(lazy::views_dialog)}</Show>
    }
    .into_any()
}

/// The dialog of the views, open.
#[component]
pub(crate) fn ViewsDialog() -> impl IntoView {
    let workspace = use_workspace();
    let is_open = workspace.shows_views;
    let text = workspace.text;
    let room_state = expect_context::<Room>();
    let name = RwSignal::new(String::new());
    let trimmed = move || name.with(|name| name.trim().to_owned());
    let is_known = move || workspace.views.with(|views| views.iter().any(|view| view.name == trimmed()));
    let save = move |ev: web_sys::SubmitEvent| {
        ev.prevent_default();
        if !trimmed().is_empty() {
            workspace.save_view(room_state, trimmed());
            name.set(String::new());
        }
    };
    let room = move || {
        let tab = workspace.tab.get();
        text.find(&format!("tab.{}", tab.name())).unwrap_or(tab.name())
    };
    let list = move || {
        workspace.views.with(|views| {
            let rows: Vec<_> =
                views.iter().map(|view| view! { <ViewRow view=view.clone() is_open/> }).collect();
            if rows.is_empty() {
                view! { <p class="hint" data-testid="views-none">{text.s("views.none")}</p> }.into_any()
            } else {
                view! { <ul class="view-rows">{rows}</ul> }.into_any()
            }
        })
    };
    view! {
        <Dialog title=text.s("views.title").to_owned() on_close=Callback::new(move |()| is_open.set(false)) testid="views-dialog">
            <form class="view-form" on:submit=save>
                <label for="view-name">{move || text.fill("views.name", &[room()])}</label>
                <span class="view-line">
                    <input type="text" id="view-name" data-testid="view-name" maxlength=NAME_CHARS_MAX autocomplete="off" prop:value=move || name.get() on:input=move |ev| name.set(event_target_value(&ev))/>
                    <button type="submit" class="button primary" data-testid="view-save" disabled=move || trimmed().is_empty()>
                        {move || if is_known() { text.s("views.replace") } else { text.s("views.save") }}
                    </button>
                </span>
            </form>
            {list}
            {(workspace.mode == Mode::App).then(|| {
                let fragment = move || link::fragment_of_view(&workspace.view_now(room_state, String::new())?);
                view! {
                    <div class="dialog-actions view-link">
                        <span class="hint">{text.s("views.link")}</span>
                        <span class="spacer"></span>
                        {link::copy_button(workspace, fragment)}
                    </div>
                }
            })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn ViewRow(view: View, is_open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let room = text.find(&format!("tab.{}", view.room)).map(str::to_owned).unwrap_or(view.room.clone());
    let room_state = expect_context::<Room>();
    let name = view.name.clone();
    let delete_words = text.fill("views.delete", &[&name]);
    let open_words = text.fill("views.open", &[&name]);
    let delete = move |_| workspace.change_kept(Request::DeleteView { name: name.clone() });
    let shown = view.name.clone();
    let open = move |_| {
        workspace.open_view(room_state, &view);
        is_open.set(false);
    };
    view! {
        <li class="view-row" data-testid="view">
            <button type="button" class="view-open" title=open_words on:click=open>
                <bdi>{shown}</bdi>
                <span class="hint">{room}</span>
            </button>
            <button type="button" class="button icon" aria-label=delete_words.clone() title=delete_words data-testid="view-delete" on:click=delete>"×"</button>
        </li>
    }
    .into_any()
}
