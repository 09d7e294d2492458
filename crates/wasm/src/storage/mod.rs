//! Keeping the workspace: what was acknowledged is on the disk, encrypted, and one tab writes.
//!
//! Everything that touches the disk is a task, and tasks are worked through one after another. A change is made in the
//! engine at once; its answer goes out when its entries are on the disk, or when the page has been told that they aren't.

mod browser;
mod commands;
mod fault;
mod frames;
mod glance;
mod guard;
mod vault;

pub(crate) use browser::Browser;
pub(crate) use commands::pause;

use crate::{
    bridge::Shared,
    message::{Message, failure, send},
};
use engine::LogEntry;
use fault::Fault;
use protocol::{
    Failure, Outcome,
    storage::{Protection, StorageCommand, StorageMode, StorageState},
};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};
use vault::Vault;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// How often a snapshot is begun again because the workspace changed while it was written.
const SNAPSHOT_TRIES: u32 = 5;

/// Shortest time between two tries to save what could not be saved, unless a person asks.
const RETRY_MILLIS_MIN: f64 = 10_000.0;

/// A change with the answer that waits for it.
#[derive(Debug)]
struct Save {
    id: u32,
    outcome: Box<Outcome>,
    entries: Vec<LogEntry>,
}

#[derive(Debug)]
enum Task {
    Save(Save),
    Command {
        id: u32,
        command: StorageCommand,
        file: Option<Blob>,
    },
    /// What was opened is made ready for writing.
    Settle,
    /// The tab that wrote is gone, and this one has its place.
    Granted,
    /// Another tab has written.
    Changed,
    /// The map is kept for the next opening.
    Glance,
}

/// What is known of the place where the workspace is kept.
#[derive(Debug)]
pub(crate) struct Keeper {
    browser: Browser,
    state: RefCell<StorageState>,
    tasks: RefCell<VecDeque<Task>>,
    is_working: Cell<bool>,
    n_commands: Cell<u32>,
    /// How often it was wished that the map be kept; only the last wish counts.
    n_wishes: Cell<u32>,
    held: RefCell<VecDeque<Message>>,
    desk: RefCell<Desk>,
}

/// What only the task at work touches.
#[derive(Debug, Default)]
struct Desk {
    vault: Option<Vault>,
    /// This tab has the lock.
    is_writing: bool,
    /// What is on the disk has been read, or there is nothing.
    is_open: bool,
    /// The log lacks something that is in the engine: only a snapshot can save.
    owes_snapshot: bool,
    failed_at_millis: f64,
}

impl Desk {
    /// Whether changes go to the disk.
    fn writes(&self) -> bool {
        self.vault.is_some() && self.is_writing && self.is_open
    }
}

impl Keeper {
    pub(crate) fn new(browser: Browser) -> Self {
        Self {
            browser,
            state: RefCell::default(),
            tasks: RefCell::default(),
            is_working: Cell::new(false),
            n_commands: Cell::new(0),
            n_wishes: Cell::new(0),
            held: RefCell::default(),
            desk: RefCell::default(),
        }
    }

    /// Random bytes that no one can guess.
    pub(crate) fn random_bytes(&self, n_bytes: usize) -> Vec<u8> {
        self.browser.random_bytes(u32::try_from(n_bytes).unwrap_or(0))
    }

    /// Why nothing can be changed just now.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        match self.state.borrow().mode {
            StorageMode::Follower => Some(failure(
                "The workspace is open for writing in another tab.",
                "Make the change there; this tab follows. Close the other tab to write here.",
            )),
            StorageMode::Locked => {
                Some(failure("The stored workspace is locked.", "Enter its passphrase, or forget it."))
            }
            _ => None,
        }
    }

    /// Keeps a message until the commands before it are done, which may replace the whole workspace.
    pub(crate) fn hold(&self, message: Message) -> Option<Message> {
        if self.n_commands.get() == 0 {
            return Some(message);
        }
        self.held.borrow_mut().push_back(message);
        None
    }

    fn has_saves(&self) -> bool {
        self.tasks.borrow().iter().any(|task| matches!(task, Task::Save(_)))
    }

    /// Changes the state and tells the page.
    fn tell(&self, change: impl FnOnce(&mut StorageState)) {
        change(&mut self.state.borrow_mut());
        send(0, &Outcome::Storage { state: self.state.borrow().clone() }, None);
    }
}

impl Shared {
    /// Answers a request that may have changed the workspace, once what it changed is on the disk.
    pub(crate) fn save(self: &Rc<Self>, id: u32, outcome: Outcome) {
        let entries = self.engine.borrow_mut().take_log();
        self.begin_task(Task::Save(Save { id, outcome: Box::new(outcome), entries }));
    }

    /// Takes a command of the page.
    pub(crate) fn store(self: &Rc<Self>, id: u32, command: StorageCommand, file: Option<Blob>) {
        self.keeper.n_commands.update(|n| n + 1);
        self.begin_task(Task::Command { id, command, file });
    }

    fn begin_task(self: &Rc<Self>, task: Task) {
        self.keeper.tasks.borrow_mut().push_back(task);
        if !self.keeper.is_working.replace(true) {
            spawn_local(Rc::clone(self).work());
        }
    }

    async fn work(self: Rc<Self>) {
        let mut desk = self.keeper.desk.take();
        loop {
            let next = self.keeper.tasks.borrow_mut().pop_front();
            match next {
                None => break,
                Some(Task::Save(save)) => self.save_all(&mut desk, save).await,
                Some(Task::Command { id, command, file }) => {
                    let answer = self.obey(&mut desk, command, file).await;
                    self.answer_command(id, answer);
                }
                Some(Task::Settle) => self.settle_files(&mut desk).await,
                Some(Task::Granted) => {
                    desk.is_writing = true;
                    self.reopen(&mut desk).await;
                }
                Some(Task::Changed) if !desk.is_writing => self.follow_on(&mut desk).await,
                Some(Task::Changed) => {}
                Some(Task::Glance) => self.keep_glance(&mut desk).await,
            }
        }
        self.wish_glance(&desk);
        self.keeper.desk.replace(desk);
        self.keeper.is_working.set(false);
    }

    /// Writes a change and all that wait behind it, then answers them.
    async fn save_all(self: &Rc<Self>, desk: &mut Desk, first: Save) {
        let mut saves = vec![first];
        self.take_saves(&mut saves);
        let mut changes: Vec<_> = saves.iter_mut().map(|save| std::mem::take(&mut save.entries)).collect();
        changes.retain(|entries| !entries.is_empty());
        // What is on the disk has what was erased: only another generation is without it, and that at once.
        let renews = self.engine.borrow_mut().take_renewal();
        if renews {
            (desk.owes_snapshot, desk.failed_at_millis) = (true, 0.0);
        }
        if desk.writes() && (renews || !changes.is_empty()) {
            self.keep(desk, &changes, &mut saves).await;
        }
        for Save { id, outcome, .. } in saves {
            send(id, &outcome, None);
        }
        let is_due = desk.vault.as_ref().is_some_and(Vault::is_due);
        let may_retry = js_sys::Date::now() - desk.failed_at_millis > RETRY_MILLIS_MIN;
        if desk.writes() && is_due && may_retry && !desk.owes_snapshot && !self.keeper.has_saves() {
            // Whatever goes wrong here leaves the log as it is, and that has everything.
            self.write_snapshot(desk, &mut Vec::new()).await.ok();
            self.tell_size(desk);
        }
    }

    /// Moves all changes that wait behind the others.
    fn take_saves(&self, saves: &mut Vec<Save>) {
        let mut tasks = self.keeper.tasks.borrow_mut();
        for task in std::mem::take(&mut *tasks) {
            match task {
                Task::Save(save) => saves.push(save),
                other => tasks.push_back(other),
            }
        }
    }

    async fn keep(self: &Rc<Self>, desk: &mut Desk, changes: &[Vec<LogEntry>], saves: &mut Vec<Save>) {
        let result = if !desk.owes_snapshot {
            let Some(vault) = &mut desk.vault else { return };
            vault.append(changes).await
        } else if js_sys::Date::now() - desk.failed_at_millis > RETRY_MILLIS_MIN {
            self.write_snapshot(desk, saves).await
        } else {
            return;
        };
        match result {
            Ok(()) => self.tell_saved(desk),
            Err(fault) => self.tell_unsaved(desk, fault),
        }
    }

    /// Writes everything anew. Changes that come meanwhile join `saves`: they are in the snapshot, and so in no log.
    async fn write_snapshot(self: &Rc<Self>, desk: &mut Desk, saves: &mut Vec<Save>) -> Result<(), Fault> {
        let Some(vault) = &mut desk.vault else { return Ok(()) };
        let mut n_tries = 0;
        loop {
            n_tries += 1;
            if desk.owes_snapshot {
                self.take_saves(saves);
            }
            match vault.renew(&self.engine, None).await {
                Err(Fault::Changed) if n_tries < SNAPSHOT_TRIES && desk.owes_snapshot => {}
                result => {
                    if result.is_err() {
                        desk.failed_at_millis = js_sys::Date::now();
                    }
                    desk.owes_snapshot &= result.is_err();
                    return result;
                }
            }
        }
    }

    fn tell_saved(&self, desk: &Desk) {
        if let Some(vault) = &desk.vault {
            vault.disk.announce();
        }
        self.keeper.tell(|state| {
            (state.mode, state.notice) = (StorageMode::Saved, None);
            describe(state, desk);
        });
    }

    fn tell_unsaved(&self, desk: &mut Desk, fault: Fault) {
        desk.owes_snapshot = true;
        desk.failed_at_millis = js_sys::Date::now();
        self.keeper.tell(|state| {
            (state.mode, state.notice) = (StorageMode::Unsaved, Some(fault.writing()));
        });
    }

    fn tell_size(&self, desk: &Desk) {
        if let Some(vault) = &desk.vault {
            vault.disk.announce();
        }
        self.keeper.tell(|state| describe(state, desk));
    }
}

/// Puts what the disk holds into a state.
fn describe(state: &mut StorageState, desk: &Desk) {
    let vault = desk.vault.as_ref();
    state.n_bytes = vault.map_or(0, Vault::n_bytes);
    let keyed = vault.and_then(|vault| vault.keyed.as_ref()).filter(|_| state.n_bytes > 0);
    state.protection = keyed.map_or(Protection::None, |keyed| keyed.guard.protection());
}
