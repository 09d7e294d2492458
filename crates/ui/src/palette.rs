//! The palette: one field that finds screens, analyses, views, segments, touchpoints and commands, and does what is chosen.

use crate::{
    analyses::Room,
    app::FilePicker,
    dialog::Dialog,
    history::Way,
    host::Theme,
    lazy::{self, lazily},
    map::open_selection,
    workspace::{Mode, Tab, Workspace, use_workspace},
};
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{Selection, history::View, view::NodeKind};
use web_sys::{KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Most entries that are shown at a time; typing narrows them down.
const SHOWN_MAX: usize = 60;

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Tab(Tab),
    Analysis(&'static str),
    View(View),
    Segment(String),
    Touchpoint(String),
    OpenFiles,
    OpenSample,
    Step(Way),
    Theme(Theme),
    Storage,
    Views,
}

/// One entry: what it is called, of which kind it is, and what it does.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    words: String,
    kind: &'static str,
    act: Act,
}

/// Entries whose words have all that was typed, those that begin with it first; otherwise in their order.
fn found(entries: &[Entry], typed: &str) -> Vec<Entry> {
    let typed = typed.trim().to_lowercase();
    let mut ranked: Vec<(usize, &Entry)> = Vec::new();
    for entry in entries {
        let (words, kind) = (entry.words.to_lowercase(), entry.kind.to_lowercase());
        let has = |part: &str| words.contains(part) || kind.contains(part);
        if !typed.split_whitespace().all(has) {
            continue;
        }
        let begins_word = || words.split_whitespace().any(|word| word.starts_with(&typed));
        let rank = match () {
            () if words.starts_with(&typed) => 0,
            () if begins_word() => 1,
            () if words.contains(&typed) => 2,
            () => 3,
        };
        ranked.push((rank, entry));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(SHOWN_MAX).map(|(_, entry)| entry.clone()).collect()
}

/// Everything that can be found now.
fn entries(workspace: Workspace, segments: &[String]) -> Vec<Entry> {
    let text = workspace.text;
    let mut all = Vec::new();
    let mut add = |kind: &'static str, words: String, act: Act| {
        all.push(Entry { words, kind: text.find(kind).unwrap_or(kind), act });
    };
    if workspace.map.with(Option::is_some) {
        for tab in Tab::ALL {
            let words = text.find(&format!("tab.{}", tab.name())).unwrap_or(tab.name());
            add("palette.screen", words.to_owned(), Act::Tab(tab));
        }
        for name in Room::kinds() {
            let words = text.find(&format!("analysis.{name}")).unwrap_or(name);
            add("palette.analysis", words.to_owned(), Act::Analysis(name));
        }
        workspace.views.with(|views| {
            for view in views {
                add("palette.view", view.name.clone(), Act::View(view.clone()));
            }
        });
        for name in segments {
            add("palette.segment", name.clone(), Act::Segment(name.clone()));
        }
        let steps = workspace.steps.get();
        for (way, step, words) in [
            (Way::Undo, steps.undo.is_some(), text.s("palette.undo")),
            (Way::Redo, steps.redo.is_some(), text.s("palette.redo")),
        ] {
            if step {
                add("palette.command", words.to_owned(), Act::Step(way));
            }
        }
        add("palette.command", text.s("views.title").to_owned(), Act::Views);
    }
    add("palette.command", text.s("open.files").to_owned(), Act::OpenFiles);
    let has_sample = workspace.sources.with(|sources| sources.iter().any(|source| source.sample));
    if !has_sample {
        add("palette.command", text.s("open.sample").to_owned(), Act::OpenSample);
    }
    if workspace.keeps() {
        add("palette.command", text.s("palette.storage").to_owned(), Act::Storage);
    }
    for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
        let words = text.find(&format!("theme.{}", theme.name())).unwrap_or(theme.name());
        add("palette.command", words.to_owned(), Act::Theme(theme));
    }
    workspace.map.with(|map| {
        let nodes = map.iter().flat_map(|map| &map.view.nodes).filter(|node| node.kind == NodeKind::Activity);
        for node in nodes {
            add("palette.touchpoint", node.name.clone(), Act::Touchpoint(node.name.clone()));
        }
    });
    all
}

impl Workspace {
    fn do_act(self, act: Act, room: Room, FilePicker(picker): FilePicker) {
        match act {
            Act::Tab(tab) => self.tab.set(tab),
            Act::Analysis(name) => {
                room.choose(name);
                self.tab.set(Tab::Analyses);
            }
            Act::View(view) => self.open_view(room, &view),
            Act::Segment(name) => {
                room.ask_of_segment(name);
                self.tab.set(Tab::Analyses);
            }
            Act::Touchpoint(name) => {
                self.tab.set(Tab::Map);
                open_selection(self, name.clone(), Selection::Activities { names: vec![name] });
            }
            Act::OpenFiles => {
                if let Some(picker) = picker.get_untracked() {
                    picker.click();
                }
            }
            Act::OpenSample => spawn_local(async move {
                // A failure has been shown as a message already.
                self.open_sample().await.ok();
            }),
            Act::Step(way) => self.go(way),
            Act::Theme(theme) => self.set_theme(theme),
            Act::Storage => self.shows_storage.set(true),
            Act::Views => self.shows_views.set(true),
        }
    }
}

/// The button of the header, and the palette behind it.
#[component]
pub(crate) fn PaletteButton() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let words = text.s("palette.title");
    view! {
        <Show when=move || workspace.shows_controls()>
            <button
                type="button"
                class="button icon"
                aria-label=words
                title=format!("{words} (Ctrl+K)")
                aria-haspopup="dialog"
                aria-keyshortcuts="Control+K Meta+K"
                data-testid="palette"
                on:click=move |_| workspace.shows_palette.set(true)
            >
                <svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.25"/><path d="m10.2 10.2 3.3 3.3"/></svg>
            </button>
        </Show>
        <Show when=move || workspace.shows_palette.get()>{lazily(lazy::palette)}</Show>
    }
    .into_any()
}

/// The palette, open.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let (room, picker) = (expect_context::<Room>(), expect_context::<FilePicker>());
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let segments = RwSignal::new(Vec::<String>::new());
    spawn_local(async move {
        let Some(client) = workspace.client() else { return };
        // Without them everything else can be found all the same.
        if let Ok(found) = client.segments().await {
            segments.try_set(found.into_iter().map(|size| size.segment.name).collect());
        }
    });
    let all = Memo::new(move |_| segments.with(|segments| entries(workspace, segments)));
    let shown = Memo::new(move |_| all.with(|all| typed.with(|typed| found(all, typed))));
    let close = move || workspace.shows_palette.set(false);
    let choose = move |entry: Entry| {
        close();
        workspace.do_act(entry.act, room, picker);
    };
    let press = move |ev: KeyboardEvent| {
        let n = shown.with_untracked(Vec::len);
        let last = n.saturating_sub(1);
        match ev.key().as_str() {
            "ArrowDown" => at.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => at.update(|at| *at = if *at == 0 { last } else { (*at).min(last) - 1 }),
            "Enter" => {
                let entry = shown.with_untracked(|shown| shown.get(at.get_untracked()).cloned());
                entry.into_iter().for_each(choose);
            }
            _ => return,
        }
        ev.prevent_default();
    };
    let active = move || (!shown.with(Vec::is_empty)).then(|| format!("palette-{}", at.get()));
    let status = move || text.plural("palette.found", shown.with(Vec::len) as u64);
    let list = move || {
        let rows = shown.get().into_iter().enumerate();
        rows.map(|(place, entry)| option(place, entry, at, choose)).collect_view()
    };
    view! {
        <Dialog title=text.s("palette.title").to_owned() on_close=Callback::new(move |()| close()) testid="palette-dialog">
            <input
                type="text"
                class="palette-field"
                autofocus=true
                role="combobox"
                aria-label=text.s("palette.title")
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=active
                autocomplete="off"
                spellcheck="false"
                placeholder=text.s("palette.hint")
                data-testid="palette-field"
                on:input=move |ev| {
                    typed.set(event_target_value(&ev));
                    at.set(0);
                }
                on:keydown=press
            />
            <p class="hint" role="status" data-testid="palette-status">{status}</p>
            <ul class="palette-list" id="palette-list" role="listbox" aria-label=text.s("palette.list")>{list}</ul>
        </Dialog>
    }
    .into_any()
}

fn option(
    place: usize,
    entry: Entry,
    at: RwSignal<usize>,
    choose: impl Fn(Entry) + Copy + 'static,
) -> impl IntoView {
    let row = NodeRef::<html::Li>::new();
    let is_active = move || at.get() == place;
    Effect::new(move |_| {
        if let (true, Some(row)) = (is_active(), row.get()) {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let (words, kind) = (entry.words.clone(), entry.kind);
    view! {
        <li
            class="palette-entry"
            class:active=is_active
            id=format!("palette-{place}")
            node_ref=row
            role="option"
            aria-selected=move || is_active().to_string()
            data-testid="palette-entry"
            on:pointermove=move |_| at.set(place)
            on:click=move |_| choose(entry.clone())
        >
            <bdi>{words}</bdi>
            <span class="hint">{kind}</span>
        </li>
    }
}

/// Ctrl+K and ⌘K open the palette, unless a dialog is open.
pub(crate) fn press(workspace: Workspace, ev: &KeyboardEvent, is_in_dialog: bool) -> bool {
    let is_ours = (ev.ctrl_key() || ev.meta_key())
        && !ev.alt_key()
        && !ev.shift_key()
        && ev.key().eq_ignore_ascii_case("k");
    if !is_ours || is_in_dialog || !(workspace.mode == Mode::App || workspace.shows_controls()) {
        return false;
    }
    ev.prevent_default();
    workspace.shows_palette.set(true);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(words: &str, kind: &'static str) -> Entry {
        Entry { words: words.to_owned(), kind, act: Act::OpenFiles }
    }

    #[test]
    fn what_begins_with_the_words_comes_first() {
        let all = [entry("Remap", "Command"), entry("Sankey map", "View"), entry("Map", "Screen")];
        let names = |typed| found(&all, typed).into_iter().map(|entry| entry.words).collect::<Vec<_>>();
        assert_eq!(names("map"), ["Map", "Sankey map", "Remap"], "by how it begins");
        assert_eq!(names(""), ["Remap", "Sankey map", "Map"], "in their order without words");
        assert_eq!(names("view san"), ["Sankey map"], "the kind counts, too");
        assert!(names("xyz").is_empty(), "nothing has it");
    }
}
