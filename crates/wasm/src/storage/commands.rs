//! What a page can ask of storage: open, unlock, protect, export, import, forget.

use super::{
    Desk, Task, describe,
    fault::Fault,
    frames::{Frames, GUARD, guard_frame, read_snapshot, write_snapshot},
    guard::{Guard, Keyed},
    vault::{Opened, Vault},
};
use crate::{
    bridge::Shared,
    message::{failure, send, send_file},
};
use engine::{Engine, Restore};
use js_sys::{Array, Promise, Uint8Array};
use protocol::{
    Failure, Outcome, Reply,
    storage::{Protection, StorageCommand, StorageMode},
};
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// How often a tab that follows reads again what another tab is just changing.
const FOLLOW_TRIES: u32 = 5;
/// Pause between two tries, in milliseconds.
const FOLLOW_PAUSE_MILLIS: i32 = 80;
/// Name that an exported workspace gets.
const EXPORT_NAME: &str = "workspace.desirepath";

/// What a command gives: nothing but the state, or a file.
type Answer = Result<Option<Blob>, Failure>;

impl Shared {
    pub(super) fn answer_command(self: &Rc<Self>, id: u32, answer: Answer) {
        let state = self.keeper.state.borrow().clone();
        match answer {
            Ok(None) => send(id, &Outcome::Done { reply: Reply::Storage { state } }, None),
            Ok(Some(file)) => {
                let reply = Reply::File { file_name: EXPORT_NAME.to_owned() };
                send_file(id, &Outcome::Done { reply }, &file);
            }
            Err(failure) => send(id, &Outcome::Failed { failure }, None),
        }
        self.keeper.n_commands.update(|n| n.saturating_sub(1));
        while self.keeper.n_commands.get() == 0 {
            let message = self.keeper.held.borrow_mut().pop_front();
            let Some(message) = message else { break };
            self.dispatch(message);
        }
    }

    pub(super) async fn obey(
        self: &Rc<Self>,
        desk: &mut Desk,
        command: StorageCommand,
        file: Option<Blob>,
    ) -> Answer {
        if self.is_importing()
            && !matches!(command, StorageCommand::Export { .. } | StorageCommand::SaveAgain)
        {
            return Err(failure("A file is being imported.", "Wait until it is done, or cancel it."));
        }
        if self.keeper.state.borrow().mode == StorageMode::Follower
            && !matches!(command, StorageCommand::Export { .. } | StorageCommand::Unlock { .. })
        {
            self.keeper.refusal().map_or(Ok(()), Err)?;
        }
        match command {
            StorageCommand::Open { workspace, is_expected } => {
                self.open(desk, &workspace, is_expected).await;
                Ok(None)
            }
            StorageCommand::Unlock { passphrase } => self.unlock(desk, &passphrase).await.map(|()| None),
            StorageCommand::Protect { passphrase } => self.protect(desk, passphrase).await.map(|()| None),
            StorageCommand::SaveAgain => {
                if desk.owes_snapshot {
                    let mut saves = Vec::new();
                    match self.write_snapshot(desk, &mut saves).await {
                        Ok(()) => self.tell_saved(desk),
                        Err(fault) => self.tell_unsaved(desk, fault),
                    }
                    for save in saves {
                        send(save.id, &save.outcome, None);
                    }
                }
                Ok(None)
            }
            StorageCommand::Export { passphrase } => {
                self.export(&passphrase).await.map(Some).map_err(Fault::reading)
            }
            StorageCommand::Import { passphrase } => {
                let file =
                    file.ok_or_else(|| failure("No file came with the request.", "Choose it again."))?;
                let engine = self.read_export(&passphrase, file).await.map_err(not_imported)?;
                self.replace(engine);
                self.save_anew(desk, None).await;
                Ok(None)
            }
            StorageCommand::Forget => self.forget(desk).await.map(|()| None),
        }
    }

    async fn open(self: &Rc<Self>, desk: &mut Desk, workspace: &str, is_expected: bool) {
        let shared = Rc::downgrade(self);
        let notify = Closure::<dyn Fn(String)>::new(move |what: String| {
            let Some(shared) = shared.upgrade() else { return };
            shared.begin_task(if what == "granted" { Task::Granted } else { Task::Changed });
        });
        let disk = self.keeper.browser.disk(workspace, &notify.into_js_value().into());
        let claimed = match disk.open().await {
            Ok(()) => disk.claim().await,
            Err(fault) => Err(fault),
        };
        match claimed {
            Ok(is_writing) => {
                desk.vault = Some(Vault::new(self.keeper.browser.clone(), disk));
                desk.is_writing = is_writing;
                self.reopen(desk).await;
            }
            Err(fault) => self.keeper.tell(|state| state.notice = Some(fault.unsupported())),
        }
        if is_expected && self.is_empty_and_saved() {
            self.keeper.tell(|state| {
                state.notice = Some(failure(
                    "The browser has deleted the stored workspace.",
                    "It does so when the disk is full or site data is cleared. Import an exported file or open your files again.",
                ));
            });
        }
    }

    fn is_empty_and_saved(&self) -> bool {
        let state = self.keeper.state.borrow();
        state.mode == StorageMode::Saved && state.n_bytes == 0
    }

    /// Reads what is on the disk; the state says how that went.
    pub(super) async fn reopen(self: &Rc<Self>, desk: &mut Desk) {
        if let Err(fault) = self.read(desk, None).await {
            let is_locked = matches!(fault, Fault::Locked);
            self.keeper.tell(|state| {
                state.mode = if is_locked { StorageMode::Locked } else { StorageMode::Damaged };
                state.protection = if is_locked { Protection::Passphrase } else { Protection::None };
                state.notice = (!is_locked).then(|| fault.reading());
            });
        }
    }

    /// Takes over what another tab has added to its log; where there is more to it, everything is read anew.
    pub(super) async fn follow_on(self: &Rc<Self>, desk: &mut Desk) {
        let news = match &mut desk.vault {
            Some(vault) if desk.is_open => vault.news().await.ok().flatten(),
            _ => None,
        };
        let Some(news) = news else { return self.reopen(desk).await };
        if news.is_empty() {
            return;
        }
        let mut restore = Restore::following(self.engine.take());
        let is_taken = news.iter().all(|entry| restore.push(entry.kind, &entry.payload).is_ok());
        match restore.finish() {
            Ok(engine) if is_taken => {
                self.replace(engine);
                self.keeper.tell(|state| describe(state, desk));
            }
            _ => self.reopen(desk).await,
        }
    }

    async fn read(self: &Rc<Self>, desk: &mut Desk, passphrase: Option<&str>) -> Result<(), Fault> {
        desk.is_open = false;
        let is_writing = desk.is_writing;
        let Some(vault) = &mut desk.vault else { return Ok(()) };
        let opened =
            if is_writing { vault.load(passphrase).await? } else { follow(vault, passphrase).await? };
        if is_writing {
            // Before anything is written, but nobody has to wait for it: what comes to be written queues behind it.
            self.begin_task(Task::Settle);
        }
        let is_cut = opened.as_ref().is_some_and(|opened| opened.is_cut);
        self.replace(opened.map_or_else(Engine::new, |opened| opened.engine));
        self.tell_time();
        // What became too old while the workspace was closed is not shown once more, and leaves the disk.
        let is_expired = is_writing && self.engine.borrow_mut().expire() > 0;
        (desk.is_open, desk.owes_snapshot) = (true, is_cut && is_writing);
        self.keeper.tell(|state| {
            state.mode = if is_writing { StorageMode::Saved } else { StorageMode::Follower };
            state.notice = is_cut.then(|| {
                failure(
                    "The end of the stored workspace was damaged; what was before it is here.",
                    "Look whether the newest data is missing, and open it again.",
                )
            });
            describe(state, desk);
        });
        if is_expired {
            self.engine.borrow_mut().take_renewal();
            self.save_anew(desk, None).await;
        }
        Ok(())
    }

    /// Makes ready for writing; where that fails, nothing is written.
    pub(super) async fn settle_files(self: &Rc<Self>, desk: &mut Desk) {
        let Some(vault) = desk.vault.as_mut().filter(|_| desk.is_writing && desk.is_open) else { return };
        if let Err(fault) = vault.settle().await {
            desk.is_open = false;
            self.keeper.tell(|state| {
                (state.mode, state.notice) = (StorageMode::Damaged, Some(fault.reading()));
            });
        }
    }

    async fn unlock(self: &Rc<Self>, desk: &mut Desk, passphrase: &str) -> Result<(), Failure> {
        let was_locked = self.keeper.state.borrow().mode == StorageMode::Locked;
        if !was_locked {
            return Ok(());
        }
        self.read(desk, Some(passphrase)).await.map_err(Fault::reading)
    }

    async fn protect(self: &Rc<Self>, desk: &mut Desk, passphrase: Option<String>) -> Result<(), Failure> {
        let browser = &self.keeper.browser;
        let Some(vault) = desk.vault.as_ref().filter(|_| desk.writes()) else { return Err(nothing_kept()) };
        let keyed = match passphrase {
            Some(passphrase) => Guard::passphrase(browser).unlock(browser, None, Some(&passphrase)).await,
            None => vault.device_keyed().await,
        };
        let is_passphrase = keyed.as_ref().is_ok_and(|keyed| keyed.guard != Guard::Device);
        self.save_anew(desk, Some(keyed.map_err(Fault::writing)?)).await;
        let is_saved = self.keeper.state.borrow().mode == StorageMode::Saved;
        if is_passphrase
            && is_saved
            && let Some(vault) = &desk.vault
        {
            // A key that is left behind opens nothing any more.
            vault.disk.forget_device_key().await.ok();
        }
        Ok(())
    }

    /// Writes everything into a new generation. Nothing else changes the workspace meanwhile: a command is at work.
    async fn save_anew(self: &Rc<Self>, desk: &mut Desk, keyed: Option<Keyed>) {
        if !desk.writes() {
            return;
        }
        let Some(vault) = &mut desk.vault else { return };
        match vault.renew(&self.engine, keyed).await {
            Ok(()) => {
                desk.owes_snapshot = false;
                self.tell_saved(desk);
            }
            Err(fault) => self.tell_unsaved(desk, fault),
        }
    }

    async fn forget(self: &Rc<Self>, desk: &mut Desk) -> Result<(), Failure> {
        if let Some(vault) = &mut desk.vault {
            if !desk.is_writing {
                return Err(failure("Another tab has the workspace open for writing.", "Forget it there."));
            }
            vault.forget().await.map_err(Fault::writing)?;
            vault.disk.announce();
            (desk.is_open, desk.owes_snapshot) = (true, false);
        }
        self.replace(Engine::new());
        let mode = if desk.vault.is_some() { StorageMode::Saved } else { StorageMode::Memory };
        self.keeper.tell(|state| {
            (state.mode, state.notice) = (mode, None);
            describe(state, desk);
        });
        Ok(())
    }

    /// Puts another workspace in the place of the one there is, and notes what changes it from now on.
    fn replace(&self, engine: Engine) {
        self.engine.replace(engine);
        self.engine.borrow_mut().start_log();
        let mut state = self.keeper.state.borrow_mut();
        state.n_reloads = state.n_reloads.wrapping_add(1);
    }

    async fn export(&self, passphrase: &str) -> Result<Blob, Fault> {
        let browser = &self.keeper.browser;
        let keyed = Guard::passphrase(browser).unlock(browser, None, Some(passphrase)).await?;
        for _ in 0..super::SNAPSHOT_TRIES {
            let parts = Array::of1(&Uint8Array::from(&guard_frame(&keyed.guard, 1)[..]));
            let snapshot = self.engine.borrow().begin_copy();
            let written = write_snapshot(browser, &keyed, &self.engine, snapshot, 2, |frame| {
                parts.push(&Uint8Array::from(frame));
                Ok(())
            });
            match written.await {
                // A file has just been imported; the export begins again and has it.
                Err(Fault::Changed) => {}
                other => return other.and_then(|()| Ok(Blob::new_with_u8_array_sequence(&parts)?)),
            }
        }
        Err(Fault::Changed)
    }

    async fn read_export(&self, passphrase: &str, file: Blob) -> Result<Engine, Fault> {
        let browser = &self.keeper.browser;
        let mut frames = Frames::new(browser.reader(&file));
        let first = frames.next().await?.filter(|frame| frame.header.kind == GUARD);
        let guard = first.and_then(|frame| Guard::from_bytes(&frame.plain()?)).ok_or(Fault::Damaged)?;
        let keyed = guard.unlock(browser, None, Some(passphrase)).await?;
        let mut restore = Restore::new();
        read_snapshot(browser, &keyed, &mut frames, &mut restore).await?;
        Ok(restore.finish()?)
    }
}

/// Reads what another tab writes; what it is just changing is read again a moment later.
async fn follow(vault: &mut Vault, passphrase: Option<&str>) -> Result<Option<Opened>, Fault> {
    for _ in 0..FOLLOW_TRIES {
        match vault.load(passphrase).await {
            Ok(Some(opened)) => return Ok(Some(opened)),
            Err(fault @ (Fault::Locked | Fault::WrongKey | Fault::NoKey | Fault::Newer)) => {
                return Err(fault);
            }
            Ok(None) | Err(_) => pause(FOLLOW_PAUSE_MILLIS).await,
        }
    }
    vault.load(passphrase).await
}

pub(crate) async fn pause(millis: i32) {
    let mut start = |resolve: js_sys::Function, _| {
        let scope = js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>();
        // A pause that cannot be had is none.
        scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis).ok();
    };
    JsFuture::from(Promise::new(&mut start)).await.ok();
}

fn nothing_kept() -> Failure {
    failure("Nothing is kept here that could be encrypted.", "Open the workspace in a window that can save.")
}

/// Why an exported file could not be imported; the workspace is as it was.
fn not_imported(fault: Fault) -> Failure {
    let untouched = "The workspace is as it was.";
    match fault {
        Fault::WrongKey => failure("The passphrase does not open this file.", untouched),
        Fault::Damaged | Fault::Incomplete | Fault::NoKey => {
            failure("This is no exported workspace, or it is damaged.", untouched)
        }
        other => other.reading(),
    }
}
