//! The shell: header, rooms, drop zone, first minute, progress and messages.

use crate::{
    analyses::Room,
    card::{figure_button, figure_of},
    changes::ChangeSummaryView,
    crash::CrashScreen,
    dropped::Dropped,
    format,
    history::{self, HistoryButtons},
    lazy::{self, lazily, once_wanted},
    map::MapScreen,
    opening::Waiting,
    palette::PaletteButton,
    people::People,
    storage::StorageSign,
    views::ViewsButton,
    workspace::{Alert, Mode, Tab, Work, Workspace, use_workspace},
};
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{Selection, figure::Measure, storage::StorageMode};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, File, FileList, KeyboardEvent};

/// File endings offered by the file picker; anything may be dropped, the content decides.
const ACCEPT: &str = ".csv,.tsv,.txt,.json,.ndjson,.jsonl,.xes,.gz,.zip,.xlsx,.xls,.xlsb,.ods,.parquet,.jsonocel,.xmlocel,\
                      .xml,.sqlite,.sqlite3,.db,.db3,.eml,.mbox,.vtt,.srt,.sbv";

fn files_of(list: Option<FileList>) -> Vec<File> {
    list.map(|list| (0..list.length()).filter_map(|at| list.item(at)).collect()).unwrap_or_default()
}

/// The files that were chosen, which the input then forgets, so that choosing the same file again is a change again.
fn taken_from(picker: NodeRef<html::Input>) -> Vec<Waiting> {
    let Some(input) = picker.get_untracked() else { return Vec::new() };
    let files = files_of(input.files());
    input.set_value("");
    files.into_iter().map(Waiting::new).collect()
}

/// The rest of the screen's code is fetched so long after what is shown first.
const AHEAD_AFTER: Duration = Duration::from_millis(300);

/// Everything inside the element.
#[component]
pub(crate) fn App() -> impl IntoView {
    let workspace = use_workspace();
    // Entering a child sends a leave for its parent, so that enters and leaves are counted.
    let n_inside = RwSignal::new(0_i32);
    let is_over = move || n_inside.get() > 0;
    let carries_files =
        |ev: &DragEvent| ev.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0));
    let drop_files = move |ev: DragEvent| {
        n_inside.set(0);
        if carries_files(&ev) {
            ev.prevent_default();
            // A folder can only be asked for its files later, but what was dropped only now.
            if let Some(dropped) = ev.data_transfer().map(|data| Dropped::new(&data)) {
                spawn_local(async move { workspace.open_files(dropped.files().await) });
            }
        }
    };
    let picker = NodeRef::<html::Input>::new();
    provide_context(FilePicker(picker));
    provide_context(Room::new(workspace));
    let people = People::new();
    provide_context(people);
    let picked = move |_| workspace.open_files(taken_from(picker));
    view! {
        <div
            class="app"
            role=(workspace.mode == Mode::Embed).then_some("region")
            aria-label=(workspace.mode == Mode::Embed).then(|| workspace.text.s("map.title"))
            class:embed=workspace.mode == Mode::Embed
            class:dropping=is_over
            on:dragenter=move |ev| {
                if carries_files(&ev) {
                    ev.prevent_default();
                    n_inside.update(|n| *n += 1);
                }
            }
            on:dragover=move |ev| {
                if carries_files(&ev) {
                    ev.prevent_default();
                }
            }
            on:dragleave=move |ev| {
                if carries_files(&ev) {
                    n_inside.update(|n| *n = (*n - 1).max(0));
                }
            }
            on:drop=drop_files
            on:keydown=move |ev| history::press_inside(workspace, &ev)
        >
            <Header/>
            <input
                type="file"
                multiple
                hidden
                node_ref=picker
                accept=ACCEPT
                data-testid="file-input"
                on:change=picked
            />
            <Screen/>
            {once_wanted(move || workspace.review.with(Option::is_some), lazy::import_dialog)}
            {once_wanted(move || workspace.shows_storage.get(), lazy::storage_dialog)}
            {once_wanted(move || people.customer.with(Option::is_some), lazy::customer_dialog)}
            {once_wanted(move || workspace.card.with(Option::is_some), lazy::figure_card)}
            <CrashScreen/>
            <div class="drop-veil" aria-hidden="true"><p>{workspace.text.s("drop.here")}</p></div>
        </div>
    }
    .into_any()
}

/// The part below the header.
#[component]
fn Screen() -> impl IntoView {
    // A widget may stand inside the main part of its page, where a second one is not allowed.
    if use_workspace().mode == Mode::App {
        view! { <main class="main" data-testid="screen"><Body/></main> }.into_any()
    } else {
        view! { <div class="main" data-testid="screen"><Body/></div> }.into_any()
    }
}

/// The one file input of the widget, clicked by whatever offers to open files.
#[derive(Clone, Copy)]
pub(crate) struct FilePicker(pub(crate) NodeRef<html::Input>);

#[component]
fn Body() -> impl IntoView {
    let workspace = use_workspace();
    // Decided by a memo, so that a new source does not build the rooms anew.
    let has_map = Memo::new(move |_| {
        let may_have = workspace.has_events() || workspace.is_restoring.get();
        may_have && workspace.map.with(Option::is_some)
    });
    let is_locked = Memo::new(move |_| workspace.storage.with(|state| state.mode == StorageMode::Locked));
    Effect::new(move |fetches: Option<bool>| {
        let is_quiet = has_map.get() || !workspace.is_restoring.get();
        if is_quiet && fetches != Some(true) {
            set_timeout(lazy::fetch_ahead, AHEAD_AFTER);
        }
        is_quiet || fetches == Some(true)
    });
    let is_connecting = Memo::new(move |_| workspace.tab.get() == Tab::Connections && !is_locked.get());
    let content = move || match (has_map.get(), workspace.is_restoring.get()) {
        (true, _) => view! { <Rooms/> }.into_any(),
        (false, true) => ().into_any(),
        (false, false) if is_connecting.get() => {
            view! { <div class="rooms"><div class="room">{lazily(lazy::connections)}</div></div> }.into_any()
        }
        (false, false) if is_locked.get() => lazily(lazy::unlock).into_any(),
        // What becomes of personal data can be decided before the first file comes.
        (false, false) if workspace.tab.get() == Tab::Privacy => view! { <PrivacyAlone/> }.into_any(),
        (false, false) => view! { <Empty/> }.into_any(),
    };
    view! {
        <Alerts/>
        <WorkBar/>
        <ChangeSummaryView/>
        {content}
    }
    .into_any()
}

#[component]
fn Header() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let total = move |words: String, measure: Measure| {
        view! { <span>{figure_button(workspace, "", words, figure_of(measure, &Selection::All))}</span> }
    };
    let facts = move || {
        workspace.map.with(|map| {
            let totals = &map.as_ref()?.view.totals;
            Some(view! {
                <p
                    class="workspace-facts"
                    data-testid="facts"
                >
                    {total(text.plural("count.events", totals.n_events), Measure::SourceEvents)}
                    {total(text.plural("count.customers", totals.n_cases), Measure::Cases)}
                    {(totals.n_accounts > 0).then(|| total(text.plural("count.accounts", totals.n_accounts), Measure::Accounts))}
                    {total(format::period(totals.first_micros, totals.last_micros), Measure::Period)}
                </p>
            })
        })
    };
    let name = if workspace.mode == Mode::App {
        view! { <h1 class="name">"Desirepath"</h1> }.into_any()
    } else {
        view! { <span class="name">"Desirepath"</span> }.into_any()
    };
    let is_sample = move || workspace.sources.with(|sources| sources.iter().any(|source| source.sample));
    let content = view! {
        <span class="brand">
            <Mark/>
            {name}
        </span>
        <Show when=is_sample>
            <span class="badge sample" data-testid="sample-badge">{text.s("sample.badge")}</span>
        </Show>
        {facts}
        <span class="spacer"></span>
        <HistoryButtons/>
        <PaletteButton/>
        <ViewsButton/>
        <Show when=move || workspace.has_events()>
            <OpenButtons is_first=false/>
        </Show>
        <StorageSign/>
        <ThemeButton/>
    };
    // In somebody else's page this is no banner.
    if workspace.mode == Mode::App {
        view! { <header class="header">{content}</header> }.into_any()
    } else {
        view! { <div class="header">{content}</div> }.into_any()
    }
}

/// The mark: a worn path that leaves the paved way.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path class="mark-paved" d="M4 20V8a4 4 0 0 1 4-4h12"/>
            <path class="mark-worn" d="M4 20C9 18 9 12 13 10S18 8 20 4"/>
            <circle class="mark-dot" cx="4" cy="20" r="2"/>
            <circle class="mark-dot" cx="20" cy="4" r="2"/>
        </svg>
    }
}

#[component]
fn OpenButtons(is_first: bool) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let FilePicker(picker) = expect_context();
    let has_sample = move || workspace.sources.with(|sources| sources.iter().any(|source| source.sample));
    let open_sample = move |_| {
        spawn_local(async move {
            // A failure has been shown as a message already.
            workspace.open_sample().await.ok();
        });
    };
    let sample_words = if is_first { text.s("open.sample.first") } else { text.s("open.sample") };
    view! {
        <Show when=move || workspace.shows_controls()>
            <button type="button" class="button" class:primary=is_first data-testid="open-files" on:click=move |_| {
                if let Some(picker) = picker.get_untracked() {
                    picker.click();
                }
            }>
                {text.s("open.files")}
            </button>
            <Show when=move || is_first || !has_sample()>
                <button type="button" class="button" data-testid="open-sample" disabled=move || workspace.work.with(Option::is_some) on:click=open_sample>{sample_words}</button>
            </Show>
        </Show>
    }
    .into_any()
}

#[component]
fn ThemeButton() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let words = move || text.find(&format!("theme.{}", workspace.theme.get().name())).unwrap_or_default();
    let sign = move || match workspace.theme.get() {
        crate::host::Theme::Auto => "◐",
        crate::host::Theme::Light => "☀",
        crate::host::Theme::Dark => "☾",
    };
    view! {
        <button type="button" class="button icon" aria-label=words title=words data-testid="theme" on:click=move |_| workspace.set_theme(workspace.theme.get_untracked().next())>
            <span aria-hidden="true">{sign}</span>
        </button>
    }
}

#[component]
fn Alerts() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let alert = move |Alert { id, failure }: Alert| {
        let advice =
            (!failure.advice.is_empty()).then(|| view! { <p class="advice">{failure.advice.clone()}</p> });
        view! {
            <div class="alert" role="alert" data-testid="alert">
                <div>
                    <p><strong>{failure.message.clone()}</strong></p>
                    {advice}
                </div>
                <button type="button" class="button icon" aria-label=text.s("dialog.close") on:click=move |_| workspace.alerts.update(|alerts| alerts.retain(|alert| alert.id != id))>"×"</button>
            </div>
        }
    };
    view! { <div class="alerts"><For each=move || workspace.alerts.get() key=|alert| alert.id children=alert/></div> }.into_any()
}

/// Progress of the work going on, with a way to stop it.
#[component]
fn WorkBar() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let title = Memo::new(move |_| workspace.work.with(|work| work.as_ref().map(|work| work.title.clone())));
    let share = move || workspace.work.with(|work| work.as_ref().and_then(done_percent));
    let details = move || {
        workspace.work.with(|work| work.as_ref().map(|work| details(workspace, work)).unwrap_or_default())
    };
    let can_cancel =
        move || workspace.work.with(|work| work.as_ref().is_some_and(|work| work.cancel_id.is_some()));
    let bar = move |title: String| {
        view! {
            <div class="work" data-testid="progress">
                <p><strong>{title.clone()}</strong> <span class="work-details">{details}</span></p>
                <progress max="100" aria-label=title value=move || share().map(|percent| format!("{percent:.0}"))></progress>
                <Show when=can_cancel>
                    <button type="button" class="button" data-testid="cancel" on:click=move |_| workspace.cancel_work()>{text.s("dialog.cancel")}</button>
                </Show>
            </div>
        }
    };
    view! { {move || title.get().map(bar)} }.into_any()
}

fn done_percent(work: &Work) -> Option<f64> {
    let progress = work.progress.as_ref()?;
    (progress.n_bytes_total > 0).then(|| progress.n_bytes as f64 / progress.n_bytes_total as f64 * 100.0)
}

fn details(workspace: Workspace, work: &Work) -> String {
    let text = workspace.text;
    let Some(progress) = &work.progress else { return String::new() };
    let mut parts = Vec::new();
    if let Some(phase) = text.find(&format!("phase.{}", progress.phase)) {
        parts.push(phase.to_owned());
    }
    if progress.n_bytes_total > 0 {
        parts.push(
            text.fill("work.bytes", &[&text.bytes(progress.n_bytes), &text.bytes(progress.n_bytes_total)]),
        );
    }
    parts.push(text.plural("count.rows", progress.n_rows));
    if progress.n_rejected > 0 {
        parts.push(text.plural("change.rejected", progress.n_rejected));
    }
    parts.join(" · ")
}

/// The first minute: what to do while there is nothing.
#[component]
fn Empty() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    view! {
        <section class="empty" data-testid="empty">
            <EmptyPicture/>
            <h2>{text.s("empty.title")}</h2>
            <p class="lead">{text.s("empty.lead")}</p>
            <div class="empty-actions">
                <OpenButtons is_first=true/>
                <Show when=move || workspace.shows_controls()>
                    <button type="button" class="button" data-testid="open-connections" on:click=move |_| workspace.tab.set(Tab::Connections)>{text.s("open.connect")}</button>
                </Show>
            </div>
            <Show when=move || workspace.shows_controls()>
                <p class="hint">{text.s("empty.formats")}</p>
            </Show>
            <p class="privacy">{text.s("empty.private")}</p>
            <Show when=move || workspace.shows_controls()>
                <button type="button" class="button link" data-testid="open-privacy" on:click=move |_| workspace.tab.set(Tab::Privacy)>{text.s("empty.privacy")}</button>
            </Show>
        </section>
    }
    .into_any()
}

/// The privacy room while there are no events.
#[component]
fn PrivacyAlone() -> impl IntoView {
    let workspace = use_workspace();
    view! {
        <div class="room alone">
            <button type="button" class="button" data-testid="leave-privacy" on:click=move |_| workspace.tab.set(Tab::Map)>{workspace.text.s("privacy.back")}</button>
            {lazily(lazy::privacy)}
        </div>
    }
    .into_any()
}

#[component]
fn EmptyPicture() -> impl IntoView {
    view! {
        <svg class="empty-picture" viewBox="0 0 320 96" aria-hidden="true">
            <path class="picture-edge wide" d="M70 48C100 48 100 26 130 26"/>
            <path class="picture-edge" d="M70 48C100 48 100 70 130 70"/>
            <path class="picture-edge wide" d="M190 26C220 26 220 48 250 48"/>
            <path class="picture-edge thin" d="M190 70C220 70 220 48 250 48"/>
            <rect class="picture-node stage-0" x="10" y="34" width="60" height="28" rx="5"/>
            <rect class="picture-node stage-1" x="130" y="12" width="60" height="28" rx="5"/>
            <rect class="picture-node stage-1" x="130" y="56" width="60" height="28" rx="5"/>
            <rect class="picture-node stage-2" x="250" y="34" width="60" height="28" rx="5"/>
        </svg>
    }
}

#[component]
fn Rooms() -> impl IntoView {
    let workspace = use_workspace();
    let room = move || match workspace.tab.get() {
        Tab::Map => view! { <MapScreen/> }.into_any(),
        Tab::Variants => lazily(lazy::variants).into_any(),
        Tab::Analyses => lazily(lazy::analyses).into_any(),
        Tab::People => lazily(lazy::people).into_any(),
        Tab::Table => lazily(lazy::table).into_any(),
        Tab::Sources => lazily(lazy::sources).into_any(),
        Tab::Privacy => lazily(lazy::privacy).into_any(),
        Tab::Connections => lazily(lazy::connections).into_any(),
    };
    let panel_id = move || format!("tab-{}", workspace.tab.get().name());
    view! {
        <Tabs/>
        <div class="rooms">
            <div class="room" id="room" role="tabpanel" aria-labelledby=panel_id>{room}</div>
            {once_wanted(move || workspace.panel.with(Option::is_some), lazy::panel)}
        </div>
    }
    .into_any()
}

#[component]
fn Tabs() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let tab = move |tab: Tab| {
        let id = format!("tab-{}", tab.name());
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=id.clone()
                data-testid=id
                aria-controls="room"
                aria-selected=move || (workspace.tab.get() == tab).to_string()
                tabindex=move || if workspace.tab.get() == tab { "0" } else { "-1" }
                on:click=move |_| workspace.tab.set(tab)
            >
                {text.find(&format!("tab.{}", tab.name())).unwrap_or(tab.name())}
            </button>
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=text.s("tabs.title") on:keydown=move |ev| press_tab(workspace, &ev)>
            {Tab::ALL.into_iter().map(tab).collect_view()}
        </div>
    }
    .into_any()
}

/// Arrow keys move between tabs, as people expect of them.
fn press_tab(workspace: Workspace, ev: &KeyboardEvent) {
    let n_tabs = Tab::ALL.len();
    let at = Tab::ALL.iter().position(|tab| *tab == workspace.tab.get_untracked()).unwrap_or(0);
    let next = match ev.key().as_str() {
        "ArrowRight" => (at + 1) % n_tabs,
        "ArrowLeft" => (at + n_tabs - 1) % n_tabs,
        "Home" => 0,
        "End" => n_tabs - 1,
        _ => return,
    };
    ev.prevent_default();
    let tab = Tab::ALL[next];
    workspace.tab.set(tab);
    let list = ev.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let button = list.and_then(|list| list.query_selector(&format!("#tab-{}", tab.name())).ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A button that is on the page takes the focus.
        button.focus().ok();
    }
}
