//! What the screen knows of the workspace, and what a person can do with it.

use crate::{
    card,
    history::Steps,
    host::{self, Host, Theme},
    journal::{self, Entry, Replayed},
    map::{MapIndex, index::worded, lanes, lens::Lens},
    oneshot::Sender,
    opening::{Decision, Waiting},
    panel::Target,
    text::Text,
    worker::{Client, Delivered, Fault},
};
use js_sys::Uint8Array;
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure, MapQuery, Request,
    courier::{Call, Overview},
    history::View,
    import::{ImportReport, Preview, Progress, SourceSummary},
    storage::{StorageCommand, StorageMode, StorageState},
    view::JourneyMapView,
};
use std::{collections::VecDeque, sync::Arc};
use wasm_bindgen::JsValue;
use web_sys::File;

/// How much of the page is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The whole page.
    App,
    /// A widget in somebody else's page.
    Embed,
}

/// The rooms of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The journey map.
    Map,
    /// The variants.
    Variants,
    /// Questions and their reports.
    Analyses,
    /// Who the customers are.
    People,
    /// Activities and edges as tables.
    Table,
    /// Where the events came from.
    Sources,
    /// What becomes of personal data.
    Privacy,
    /// Other systems that are followed.
    Connections,
}

impl Tab {
    /// All rooms in the order shown.
    pub(crate) const ALL: [Self; 8] = [
        Self::Map,
        Self::Variants,
        Self::Analyses,
        Self::People,
        Self::Table,
        Self::Sources,
        Self::Connections,
        Self::Privacy,
    ];

    /// Short name used for ids and words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Variants => "variants",
            Self::Analyses => "analyses",
            Self::People => "people",
            Self::Table => "table",
            Self::Sources => "sources",
            Self::Privacy => "privacy",
            Self::Connections => "connections",
        }
    }
}

/// A message that something could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    /// Number, for closing it.
    pub(crate) id: u32,
    /// What happened and what to do.
    pub(crate) failure: Failure,
}

/// Work that takes a while.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Work {
    /// What is being done, in words.
    pub(crate) title: String,
    /// How far it is.
    pub(crate) progress: Option<Progress>,
    /// The request to cancel; `None` when it cannot be cancelled.
    pub(crate) cancel_id: Option<u32>,
}

/// A file whose plan waits for a person's decision.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    /// What was found in the file.
    pub(crate) preview: Arc<Preview>,
    /// Files that wait behind it.
    pub(crate) n_waiting: usize,
}

/// State and actions, shared by every view through the context; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Workspace {
    client: StoredValue<Option<Client>, LocalStorage>,
    journal: StoredValue<Vec<Entry>, LocalStorage>,
    pub(crate) waiting_files: StoredValue<VecDeque<Waiting>, LocalStorage>,
    pub(crate) decision: StoredValue<Option<Sender<Decision>>, LocalStorage>,
    host: StoredValue<Host, LocalStorage>,
    pub(crate) importing: StoredValue<bool>,
    is_asking: StoredValue<bool>,
    ask_again: StoredValue<bool>,
    newest_question: StoredValue<u64>,
    next_alert: StoredValue<u32>,
    store: StoredValue<Option<String>>,
    calls: StoredValue<Option<js_sys::Function>, LocalStorage>,
    /// Whole page or widget.
    pub(crate) mode: Mode,
    /// The words.
    pub(crate) text: Text,
    /// Theme chosen.
    pub(crate) theme: RwSignal<Theme>,
    /// Room shown.
    pub(crate) tab: RwSignal<Tab>,
    /// The map with its indices; `None` while there are no events.
    pub(crate) map: RwSignal<Option<Arc<MapIndex>>>,
    /// What the map is asked for.
    pub(crate) query: RwSignal<MapQuery>,
    /// What the map's figures show.
    pub(crate) lens: RwSignal<Lens>,
    /// Lanes shown below the map, by name.
    pub(crate) lanes: RwSignal<Vec<&'static str>>,
    /// Names of lanes in the order that a person gave them.
    pub(crate) lane_order: RwSignal<Vec<String>>,
    /// The sources.
    pub(crate) sources: RwSignal<Vec<SourceSummary>>,
    /// Counts up whenever figures may have changed; lists ask again.
    pub(crate) revision: RwSignal<u64>,
    /// Open messages.
    pub(crate) alerts: RwSignal<Vec<Alert>>,
    /// Work going on.
    pub(crate) work: RwSignal<Option<Work>>,
    /// The file under review.
    pub(crate) review: RwSignal<Option<Review>>,
    /// The last imports, for the summary of changes.
    pub(crate) changes: RwSignal<Vec<ImportReport>>,
    /// The crash message, while the worker is gone.
    pub(crate) crash: RwSignal<Option<String>>,
    /// The journal is being replayed after a crash; there is nothing to show yet.
    pub(crate) is_restoring: RwSignal<bool>,
    /// Replaying the journal crashed too: offer an empty start.
    pub(crate) replay_crashed: RwSignal<bool>,
    /// How the workspace is kept.
    pub(crate) storage: RwSignal<StorageState>,
    /// The dialog about it is open.
    pub(crate) shows_storage: RwSignal<bool>,
    /// The dialog of saved views is open.
    pub(crate) shows_views: RwSignal<bool>,
    /// The palette is open.
    pub(crate) shows_palette: RwSignal<bool>,
    /// A command about it is being carried out.
    pub(crate) is_storing: RwSignal<bool>,
    /// Why the last one that needs a passphrase could not be.
    pub(crate) storage_failure: RwSignal<Option<Failure>>,
    /// An exported workspace that waits for its passphrase.
    pub(crate) exported: RwSignal<Option<File>, LocalStorage>,
    /// What can be taken back and done again.
    pub(crate) steps: RwSignal<Steps>,
    /// Saved views by name.
    pub(crate) views: RwSignal<Vec<View>>,
    /// What the drill panel shows.
    pub(crate) panel: RwSignal<Option<Target>>,
    /// The case open in the drill panel.
    pub(crate) open_case: RwSignal<Option<String>>,
    /// The figure whose card is open.
    pub(crate) card: RwSignal<Option<card::Asked>>,
    /// Other systems that are followed.
    pub(crate) connections: RwSignal<Overview>,
}

impl Workspace {
    /// Makes the state, starts the worker, and opens what is kept under the name `store`, if there is one.
    pub(crate) fn new(
        spawn: js_sys::Function,
        (mode, store): (Mode, Option<String>),
        text: Text,
        theme: Theme,
        host: Host,
    ) -> Self {
        let workspace = Self {
            client: StoredValue::new_local(None),
            journal: StoredValue::new_local(Vec::new()),
            waiting_files: StoredValue::new_local(VecDeque::new()),
            decision: StoredValue::new_local(None),
            host: StoredValue::new_local(host),
            importing: StoredValue::new(false),
            is_asking: StoredValue::new(false),
            ask_again: StoredValue::new(false),
            newest_question: StoredValue::new(0),
            next_alert: StoredValue::new(0),
            store: StoredValue::new(store),
            calls: StoredValue::new_local(None),
            mode,
            text,
            theme: RwSignal::new(theme),
            tab: RwSignal::new(Tab::Map),
            map: RwSignal::new(None),
            query: RwSignal::new(MapQuery::default()),
            lens: RwSignal::new(Lens::Occurrences),
            lanes: RwSignal::new(lanes::ALL.to_vec()),
            lane_order: RwSignal::new(Vec::new()),
            sources: RwSignal::new(Vec::new()),
            revision: RwSignal::new(0),
            alerts: RwSignal::new(Vec::new()),
            work: RwSignal::new(None),
            review: RwSignal::new(None),
            changes: RwSignal::new(Vec::new()),
            crash: RwSignal::new(None),
            is_restoring: RwSignal::new(false),
            replay_crashed: RwSignal::new(false),
            storage: RwSignal::new(StorageState::default()),
            shows_storage: RwSignal::new(false),
            shows_views: RwSignal::new(false),
            shows_palette: RwSignal::new(false),
            is_storing: RwSignal::new(false),
            storage_failure: RwSignal::new(None),
            exported: RwSignal::new_local(None),
            steps: RwSignal::new(Steps::default()),
            views: RwSignal::new(Vec::new()),
            panel: RwSignal::new(None),
            open_case: RwSignal::new(None),
            card: RwSignal::new(None),
            connections: RwSignal::new(Overview::default()),
        };
        let on_crash = move |message| workspace.note_crash(message);
        let on_storage = move |state| workspace.note_storage(state);
        let on_glance = move |view| workspace.note_glance(view);
        let on_delivery = move |delivery: Delivered| workspace.note_delivery(&delivery);
        let client = Client::new(spawn, text, on_crash, on_storage, on_glance, on_delivery);
        workspace.client.set_value(Some(client));
        if workspace.keeps() {
            workspace.is_restoring.set(true);
            spawn_local(async move { drop(workspace.open_store().await) });
        }
        workspace
    }

    /// Whether this workspace is one that is kept, where the browser can.
    pub(crate) fn keeps(self) -> bool {
        self.store.with_value(Option::is_some)
    }

    /// Opens what is kept; the screen follows what the worker tells of it.
    async fn open_store(self) -> Result<(), Fault> {
        let (Some(client), Some(workspace)) = (self.client(), self.store.get_value()) else { return Ok(()) };
        let is_expected = host::remembers(&workspace);
        let state = client.storage(StorageCommand::Open { workspace, is_expected }, None).await?;
        if state.n_reloads == 0 {
            self.map.try_set(None);
            self.is_restoring.try_set(false);
        }
        Ok(())
    }

    /// Draws the map that comes before the workspace is read; once it is, the map is asked for as always.
    fn note_glance(self, view: JourneyMapView) {
        if self.is_restoring.try_get_untracked() == Some(true) && self.map.with_untracked(Option::is_none) {
            self.show_map(view, false);
        }
    }

    /// Takes in how the workspace is kept now; where its events were replaced, everything is asked for again.
    fn note_storage(self, mut state: StorageState) {
        state.notice = state.notice.map(|notice| self.text.failure(&notice));
        let Some(before) = self.storage.try_get_untracked() else { return };
        if state.mode == StorageMode::Saved {
            // All of it is on the disk, so a new worker finds it there.
            self.journal.update_value(Vec::clear);
            if let Some(workspace) = self.store.get_value()
                && (before.n_bytes > 0) != (state.n_bytes > 0)
            {
                host::remember(&workspace, state.n_bytes > 0);
            }
        }
        if let Some(notice) = state.notice.clone().filter(|_| state.mode != StorageMode::Memory)
            && before.notice != state.notice
        {
            self.warn(notice);
        }
        let is_replaced = before.n_reloads != state.n_reloads;
        // Only the tab that writes follows other systems.
        let may_follow = state.mode == StorageMode::Saved && (before.mode != state.mode || is_replaced);
        self.storage.set(state);
        if may_follow {
            self.wake_courier();
        }
        if is_replaced {
            spawn_local(async move {
                if let Err(fault) = self.reload().await {
                    self.warn_of(fault);
                }
            });
        }
    }

    /// Shows a workspace that took the place of the one shown.
    async fn reload(self) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let sources = client.sources().await?;
        if sources.iter().any(|source| source.n_events > 0) {
            self.load_map(false).await?;
        } else {
            self.panel.set(None);
            self.map.set(None);
        }
        self.changes.set(Vec::new());
        self.sources.set(sources);
        self.revision.update(|revision| *revision += 1);
        self.is_restoring.set(false);
        Ok(())
    }

    /// Requests of the page itself are listed by this function of the host.
    pub(crate) fn set_calls(self, calls: Option<js_sys::Function>) {
        self.calls.set_value(calls);
    }

    /// Requests of the page itself, so far.
    pub(crate) fn page_calls(self) -> Vec<Call> {
        let list =
            self.calls.with_value(|calls| calls.as_ref().and_then(|calls| calls.call0(&JsValue::NULL).ok()));
        list.and_then(|list| serde_wasm_bindgen::from_value(list).ok()).unwrap_or_default()
    }

    /// Keeps a change on the page as well, unless it is on the disk.
    pub(crate) fn note(self, entry: Entry) {
        if self.storage.with_untracked(|storage| storage.mode != StorageMode::Saved) {
            self.journal.update_value(|journal| journal.push(entry));
        }
    }

    /// The worker's client, where the widget is still there.
    pub(crate) fn client(self) -> Option<Client> {
        self.client.try_with_value(Clone::clone).flatten()
    }

    /// Ends the worker; open questions end with [`Fault::Gone`].
    pub(crate) fn close(self) {
        if let Some(client) = self.client() {
            client.stop();
        }
    }

    /// Whether there are any events.
    pub(crate) fn has_events(self) -> bool {
        self.sources.with(|sources| sources.iter().any(|source| source.n_events > 0))
    }

    /// Dispatches an event on the host page's element.
    pub(crate) fn emit(self, name: &str, detail: &wasm_bindgen::JsValue) {
        if let Some(host) = self.host.try_get_value() {
            host.emit(name, detail);
        }
    }

    /// Whether the buttons that open data are shown.
    pub(crate) fn shows_controls(self) -> bool {
        self.mode == Mode::App || self.host.with_value(Host::wants_controls)
    }

    /// Changes the theme and shows it on the host's element.
    pub(crate) fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        self.host.with_value(|host| host.show_theme(theme));
    }

    /// Tells a person that something could not be done.
    pub(crate) fn warn(self, failure: Failure) {
        let detail = host::plain_fields(&[("message", &failure.message), ("advice", &failure.advice)]);
        self.emit("journey-error", &detail);
        let id = self.next_alert.get_value();
        self.next_alert.set_value(id.wrapping_add(1));
        self.alerts.update(|alerts| alerts.push(Alert { id, failure }));
    }

    /// Warns of a failure; the other faults have been shown already.
    pub(crate) fn warn_of(self, fault: Fault) {
        if let Fault::Failed(failure) = fault {
            self.warn(failure);
        }
    }

    /// Stops the work going on.
    pub(crate) fn cancel_work(self) {
        let cancel_id = self.work.with_untracked(|work| work.as_ref().and_then(|work| work.cancel_id));
        if let (Some(client), Some(id)) = (self.client(), cancel_id) {
            client.cancel(id);
        }
    }

    /// Opens the sample company.
    ///
    /// # Errors
    /// When the worker cannot; the failure is also shown.
    pub(crate) async fn open_sample(self) -> Result<Vec<ImportReport>, Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let title = self.text.s("work.sample").to_owned();
        self.work.set(Some(Work { title, progress: None, cancel_id: None }));
        let opened = client.open_sample().await;
        let reports = match opened {
            Ok(reports) => reports,
            Err(Fault::Gone) => return Err(Fault::Gone),
            Err(fault) => {
                self.work.set(None);
                self.warn_of(fault.clone());
                return Err(fault);
            }
        };
        self.note(Entry::Sample);
        self.take_in(reports.clone()).await?;
        self.work.set(None);
        Ok(reports)
    }

    /// Adds events that the host page gives as JSON bytes.
    ///
    /// # Errors
    /// When the bytes are not events; the workspace is as it was.
    pub(crate) async fn append(self, name: String, bytes: Uint8Array) -> Result<ImportReport, Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let report = match client.append(name.clone(), journal::buffer_from_bytes(&bytes)).await {
            Ok(report) => report,
            Err(fault) => {
                if let Fault::Failed(failure) = &fault {
                    self.warn(failure.clone());
                }
                return Err(fault);
            }
        };
        self.note(Entry::Append { name, bytes });
        self.take_in(vec![report.clone()]).await?;
        Ok(report)
    }

    /// Shows what an import brought.
    pub(crate) async fn take_in(self, reports: Vec<ImportReport>) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let sources = client.sources().await?;
        // The map comes first, so that whoever waits for the import finds it drawn.
        if sources.iter().any(|source| source.n_events > 0) {
            let was_drawn = self.map.with_untracked(Option::is_some);
            self.load_map(was_drawn).await?;
        }
        self.sources.set(sources);
        self.revision.update(|revision| *revision += 1);
        for report in &reports {
            self.emit("journey-change", &host::plain(report));
        }
        self.changes.set(reports);
        Ok(())
    }

    /// Edits stages; the map follows.
    pub(crate) fn edit_stages(self, request: Request) {
        spawn_local(async move {
            let Some(client) = self.client() else { return };
            match client.command(request.clone()).await {
                Ok(()) => {
                    self.note(Entry::Stages(request));
                    self.refresh_map();
                    self.revision.update(|revision| *revision += 1);
                }
                Err(Fault::Gone) => {}
                Err(fault) => self.warn_of(fault),
            }
        });
    }

    /// Asks for the map; of several questions under way only the newest answer is shown.
    async fn load_map(self, pulse: bool) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let question = self.newest_question.get_value() + 1;
        self.newest_question.set_value(question);
        let view = client.map(self.query.get_untracked()).await?;
        if self.newest_question.get_value() == question {
            self.show_map(view, pulse);
        }
        Ok(())
    }

    fn show_map(self, view: JourneyMapView, pulse: bool) {
        if self.lane_order.with_untracked(|order| *order != view.lanes) {
            self.lane_order.set(view.lanes.clone());
        }
        let view = worded(view, self.text);
        let is_shown = |map: &Arc<MapIndex>| !pulse && !map.pulse && map.view == view;
        if !self.map.with_untracked(|map| map.as_ref().is_some_and(is_shown)) {
            self.map.set(Some(Arc::new(MapIndex::new(view, pulse))));
            host::mark("desirepath-map");
        }
    }

    /// Asks for the map again, as a slider does: while an answer is under way only the newest wish is kept.
    pub(crate) fn refresh_map(self) {
        if self.is_asking.get_value() {
            self.ask_again.set_value(true);
            return;
        }
        self.is_asking.set_value(true);
        spawn_local(async move {
            loop {
                self.ask_again.set_value(false);
                match self.load_map(false).await {
                    Ok(()) => {}
                    Err(Fault::Gone) => return,
                    Err(fault) => self.warn_of(fault),
                }
                if !self.ask_again.get_value() {
                    break;
                }
            }
            self.is_asking.set_value(false);
        });
    }

    fn note_crash(self, message: String) {
        let detail = host::plain_fields(&[("message", &message), ("advice", self.text.s("crash.restart"))]);
        self.emit("journey-error", &detail);
        self.work.try_set(None);
        self.crash.try_set(Some(message));
    }

    /// Starts a new worker after a crash and brings it to the state the journal tells of.
    pub(crate) fn restart(self, keep_journal: bool) {
        let Some(client) = self.client() else { return };
        self.review.set(None);
        self.panel.set(None);
        self.changes.set(Vec::new());
        self.map.set(None);
        self.importing.set_value(false);
        self.is_asking.set_value(false);
        self.is_restoring.set(keep_journal);
        self.storage.set(StorageState::default());
        if !keep_journal {
            self.journal.update_value(Vec::clear);
            self.waiting_files.update_value(VecDeque::clear);
            self.sources.set(Vec::new());
            self.replay_crashed.set(false);
        }
        self.crash.set(None);
        client.start();
        spawn_local(async move {
            // An empty start is for a kept workspace that the engine cannot bear, too: it stays where it is.
            // The journal is taken out before, because what is kept is told to be complete without it.
            let entries = self.journal.try_update_value(std::mem::take).unwrap_or_default();
            let opened = if keep_journal { self.open_store().await } else { Ok(()) };
            let replayed = match opened {
                Ok(()) => self.replay(&client, entries).await,
                Err(fault) => {
                    self.journal.try_update_value(|journal| journal.extend(entries));
                    Err(fault)
                }
            };
            match replayed {
                Ok(()) => self.is_restoring.set(false),
                // Crashed again, or removed: then the signal is gone too.
                Err(_) => drop(self.replay_crashed.try_set(true)),
            }
        });
    }

    async fn replay(self, client: &Client, entries: Vec<Entry>) -> Result<(), Fault> {
        let n_entries = self.text.count(entries.len() as u64);
        let mut entries = entries.into_iter().zip(1_u64..);
        let mut replayed = Replayed::default();
        while let Some((entry, place)) = entries.next() {
            let title = self.text.fill("work.restore", &[&self.text.count(place), &n_entries]);
            self.work.set(Some(Work { title, progress: None, cancel_id: None }));
            let outcome = match &entry {
                Entry::Command(request @ (Request::Undo | Request::Redo)) => {
                    if !replayed.crosses(request) {
                        continue;
                    }
                    client.perform(request.clone()).await.map(drop)
                }
                _ => {
                    let outcome = self.replay_entry(client, &entry).await;
                    replayed.note(outcome.is_ok());
                    outcome
                }
            };
            match outcome {
                Ok(()) => self.note(entry),
                Err(Fault::Failed(failure)) => {
                    let message = self.text.fill("work.restore_failed", &[entry.name(), &failure.message]);
                    self.warn(Failure { message, advice: failure.advice });
                }
                Err(fault) => {
                    // For the next try, behind what the host page may have appended meanwhile.
                    let rest = std::iter::once(entry).chain(entries.map(|(entry, _)| entry));
                    self.journal.try_update_value(|journal| journal.extend(rest));
                    return Err(fault);
                }
            }
        }
        self.replay_crashed.set(false);
        self.show_anew(false).await?;
        self.work.set(None);
        Ok(())
    }

    /// Shows sources and map as they are now, whatever was before; `pulse` makes changed figures visible.
    pub(crate) async fn show_anew(self, pulse: bool) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let sources = client.sources().await?;
        if sources.iter().any(|source| source.n_events > 0) {
            self.load_map(pulse).await?;
        } else {
            // An answer that is under way is of what was before.
            self.newest_question.update_value(|question| *question += 1);
            self.map.set(None);
        }
        self.sources.set(sources);
        self.revision.update(|revision| *revision += 1);
        Ok(())
    }

    async fn replay_entry(self, client: &Client, entry: &Entry) -> Result<(), Fault> {
        match entry {
            Entry::File { file, plan } => self.import(client, plan.clone(), file).await.map(drop),
            Entry::Append { name, bytes } => {
                client.append(name.clone(), journal::buffer_from_bytes(bytes)).await.map(drop)
            }
            Entry::Sample => client.open_sample().await.map(drop),
            Entry::Stages(request) => client.command(request.clone()).await,
            Entry::RemoveSource { source, name } => {
                // Numbers differ from those of then where a source before it could not be brought back.
                let sources = client.sources().await?;
                let is_same = |known: &&SourceSummary| known.name == *name && known.source == *source;
                let found = sources.iter().find(is_same);
                let found = found.or_else(|| sources.iter().rev().find(|known| known.name == *name));
                let source = found.map_or(*source, |known| known.source);
                client.perform(Request::RemoveSource { source }).await.map(drop)
            }
            Entry::Command(request) => client.perform(request.clone()).await.map(drop),
        }
    }
}

/// The workspace of the widget this view is in.
pub(crate) fn use_workspace() -> Workspace {
    expect_context::<Workspace>()
}
