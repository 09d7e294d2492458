//! Undo and redo: the buttons, the keys, and what the page does when the workspace went back or forth.

use crate::{
    journal::Entry,
    palette,
    worker::Fault,
    workspace::{Mode, Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Request,
    history::{Deed, DeedKind},
    identity::LinkSummary,
    storage::StorageMode,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

/// What can be taken back and what can be done again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// What an undo would take back.
    pub(crate) undo: Option<Deed>,
    /// What a redo would do again.
    pub(crate) redo: Option<Deed>,
}

/// One of the two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Take back.
    Undo,
    /// Do again.
    Redo,
}

impl Way {
    fn request(self) -> Request {
        match self {
            Self::Undo => Request::Undo,
            Self::Redo => Request::Redo,
        }
    }

    fn step(self, steps: &Steps) -> Option<&Deed> {
        match self {
            Self::Undo => steps.undo.as_ref(),
            Self::Redo => steps.redo.as_ref(),
        }
    }
}

impl Workspace {
    /// Takes the latest change back, or does again what was taken back last.
    pub(crate) fn go(self, way: Way) {
        // While something is under way, the latest change is not the one that the button names.
        let is_possible = self.steps.with_untracked(|steps| way.step(steps).is_some());
        if is_possible && self.work.with_untracked(Option::is_none) {
            self.perform(way.request(), Entry::Command(way.request()));
        }
    }

    /// Removes a source with its events.
    pub(crate) fn remove_source(self, source: u32, name: String) {
        self.perform(Request::RemoveSource { source }, Entry::RemoveSource { source, name });
    }

    /// Sends a command that may change everything, and shows the workspace anew.
    pub(crate) fn perform(self, request: Request, entry: Entry) {
        spawn_local(async move {
            match self.try_perform(request, entry).await {
                Ok(_) | Err(Fault::Gone) => {}
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    /// The same, for those who want to know when it is done; what changed of who is one is returned.
    ///
    /// # Errors
    /// When the worker cannot; nothing was changed.
    pub(crate) async fn try_perform(
        self,
        request: Request,
        entry: Entry,
    ) -> Result<Option<LinkSummary>, Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let summary = client.perform(request).await?;
        self.note(entry);
        self.changes.set(Vec::new());
        self.panel.set(None);
        self.open_case.set(None);
        self.show_anew(true).await?;
        Ok(summary)
    }

    /// Asks what can be taken back now.
    fn ask_steps(self) {
        // A tab that follows can take nothing back; the one that writes can.
        if self.storage.with_untracked(|storage| storage.mode == StorageMode::Follower) {
            return self.steps.set(Steps::default());
        }
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            match client.history().await {
                Ok((undo, redo)) => drop(self.steps.try_set(Steps { undo, redo })),
                Err(Fault::Gone) => {}
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    fn deed_words(self, deed: &Deed) -> String {
        let key = match deed.kind {
            DeedKind::Import => "deed.import",
            DeedKind::Append => "deed.append",
            DeedKind::OpenSample => "deed.open_sample",
            DeedKind::RemoveSource => "deed.remove_source",
            DeedKind::SetStage => "deed.set_stage",
            DeedKind::SetStages => "deed.set_stages",
            DeedKind::SaveView => "deed.save_view",
            DeedKind::DeleteView => "deed.delete_view",
            DeedKind::SaveSegment => "deed.save_segment",
            DeedKind::DeleteSegment => "deed.delete_segment",
            DeedKind::Decide => "deed.decide",
            DeedKind::Merge => "deed.merge",
            DeedKind::Split => "deed.split",
            DeedKind::SetRules => "deed.set_rules",
            DeedKind::SetCompany => "deed.set_company",
            DeedKind::SetLanes => "deed.set_lanes",
            DeedKind::SetPrivacy => "deed.set_privacy",
            DeedKind::KeepMapping => "deed.keep_mapping",
            DeedKind::ForgetMapping => "deed.forget_mapping",
        };
        self.text.fill(key, &[&deed.subject])
    }
}

/// The two buttons of the header; nothing while nothing was done.
#[component]
pub(crate) fn HistoryButtons() -> impl IntoView {
    let workspace = use_workspace();
    Effect::new(move |_| {
        workspace.revision.track();
        workspace.ask_steps();
    });
    let handle = (workspace.mode == Mode::App)
        .then(|| window_event_listener(leptos::ev::keydown, move |ev| press(workspace, &ev)));
    on_cleanup(move || {
        if let Some(handle) = handle {
            handle.remove();
        }
    });
    let has_steps = move || workspace.steps.with(|steps| *steps != Steps::default());
    view! {
        <Show when=move || has_steps() && workspace.shows_controls()>
            <span class="history">
                <StepButton way=Way::Undo/>
                <StepButton way=Way::Redo/>
            </span>
        </Show>
    }
    .into_any()
}

#[component]
fn StepButton(way: Way) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let is_off = move || {
        workspace.work.with(Option::is_some) || workspace.steps.with(|steps| way.step(steps).is_none())
    };
    let caption = move || {
        let deed = workspace.steps.with(|steps| way.step(steps).map(|deed| workspace.deed_words(deed)));
        match (way, deed) {
            (Way::Undo, Some(deed)) => text.fill("history.undo", &[&deed]),
            (Way::Undo, None) => text.s("history.no_undo").to_owned(),
            (Way::Redo, Some(deed)) => text.fill("history.redo", &[&deed]),
            (Way::Redo, None) => text.s("history.no_redo").to_owned(),
        }
    };
    let (testid, keys, path) = match way {
        Way::Undo => ("undo", "Control+Z Meta+Z", "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H7"),
        Way::Redo => {
            ("redo", "Control+Shift+Z Meta+Shift+Z", "M10 3l3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H9")
        }
    };
    view! {
        <button
            type="button"
            class="button icon"
            aria-label=caption
            title=caption
            aria-keyshortcuts=keys
            data-testid=testid
            disabled=is_off
            on:click=move |_| workspace.go(way)
        >
            <svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d=path/></svg>
        </button>
    }
    .into_any()
}

/// Keys inside a widget; the whole page listens at its window instead.
pub(crate) fn press_inside(workspace: Workspace, ev: &KeyboardEvent) {
    if workspace.mode == Mode::Embed {
        press(workspace, ev);
    }
}

/// Ctrl+Z and ⌘Z undo, with Shift they redo, as does Ctrl+Y; not in a field, which has an undo of its own, nor in a dialog.
fn press(workspace: Workspace, ev: &KeyboardEvent) {
    let targets = ev.composed_path();
    let elements = || targets.iter().filter_map(|target| target.dyn_into::<Element>().ok());
    let is_in_dialog = elements().any(|element| element.local_name() == "dialog");
    if palette::press(workspace, ev, is_in_dialog) {
        return;
    }
    if ev.default_prevented() || ev.alt_key() || !(ev.ctrl_key() || ev.meta_key()) {
        return;
    }
    let way = match (ev.key().to_lowercase().as_str(), ev.shift_key()) {
        ("z", false) => Way::Undo,
        ("z", true) | ("y", false) => Way::Redo,
        _ => return,
    };
    // Seen from the window an event inside a shadow root seems to come from its host.
    if elements().any(|element| keeps_keys(&element)) {
        return;
    }
    ev.prevent_default();
    workspace.go(way);
}

/// Whether keys pressed inside an element are its own business.
fn keeps_keys(element: &Element) -> bool {
    match element.local_name().as_str() {
        "dialog" | "textarea" | "select" => true,
        "input" => {
            let kind = element.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::type_).unwrap_or_default();
            !matches!(kind.as_str(), "range" | "checkbox" | "radio" | "button" | "file")
        }
        _ => element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable),
    }
}
