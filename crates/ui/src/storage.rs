//! Where the workspace is kept: the sign in the header, the dialog behind it, and the way into a locked workspace.

use crate::{
    dialog::Dialog,
    host,
    worker::{Fault, describe},
    workspace::{Workspace, use_workspace},
};
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    Failure,
    storage::{Protection, StorageCommand, StorageMode, StorageState},
};
use web_sys::{File, SubmitEvent};

/// Fewest characters of a new passphrase.
const PASSPHRASE_CHARS_MIN: usize = 8;

/// What the dialog shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The state, and what can be done.
    Overview,
    /// A new passphrase for the workspace.
    Protect,
    /// A passphrase for the file to write.
    Export,
    /// The passphrase of the file to read.
    Import,
    /// Are you sure?
    Forget,
}

pub(crate) fn mode_name(mode: StorageMode) -> &'static str {
    match mode {
        StorageMode::Memory => "memory",
        StorageMode::Saved => "saved",
        StorageMode::Unsaved => "unsaved",
        StorageMode::Follower => "follower",
        StorageMode::Locked => "locked",
        StorageMode::Damaged => "damaged",
    }
}

pub(crate) fn protection_name(protection: Protection) -> &'static str {
    match protection {
        Protection::None => "none",
        Protection::Device => "device",
        Protection::Passphrase => "passphrase",
    }
}

/// Whether this tab may replace, protect or delete what is kept.
fn is_writing(state: &StorageState) -> bool {
    matches!(state.mode, StorageMode::Saved | StorageMode::Unsaved)
}

/// The sign in the header; opens the dialog.
#[component]
pub(crate) fn StorageSign() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let mode = move || mode_name(workspace.storage.with(|state| state.mode));
    let words = move || text.find(&format!("storage.{}", mode())).unwrap_or_default();
    let open = move |_| workspace.shows_storage.set(true);
    let title = move || format!("{}: {}", text.s("storage.title"), words());
    view! {
        <Show when=move || workspace.keeps()>
            <button type="button" class="button storage-sign" data-testid="storage" data-mode=mode aria-label=title on:click=open>
                <span class="storage-dot" aria-hidden="true"></span>
                <span class="storage-words">{words}</span>
            </button>
        </Show>
    }
    .into_any()
}

/// The dialog about how the workspace is kept.
#[component]
pub(crate) fn StorageDialog() -> impl IntoView {
    let workspace = use_workspace();
    let step = RwSignal::new(Step::Overview);
    let close = Callback::new(move |()| {
        step.set(Step::Overview);
        workspace.exported.set(None);
        workspace.shows_storage.set(false);
    });
    // A dropped file goes straight to its passphrase.
    Effect::new(move |_| {
        if workspace.exported.with(Option::is_some) {
            step.set(Step::Import);
        }
    });
    let content = move || match step.get() {
        Step::Overview => view! { <Overview step/> }.into_any(),
        Step::Forget => view! { <Forget step/> }.into_any(),
        with_passphrase => view! { <WithPassphrase step with_passphrase/> }.into_any(),
    };
    view! {
        <Show when=move || workspace.shows_storage.get()>
            <Dialog title=workspace.text.s("storage.title").to_owned() on_close=close testid="storage-dialog">
                <div class="storage-body">{content}</div>
            </Dialog>
        </Show>
    }
    .into_any()
}

#[component]
fn Overview(step: RwSignal<Step>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let state = move || workspace.storage.get();
    let words = move |key: String| text.find(&key).unwrap_or_default();
    let notice = move || {
        state().notice.map(|Failure { message, advice }| {
            view! { <div class="storage-notice" data-testid="storage-notice"><p><strong>{message}</strong></p><p>{advice}</p></div> }
        })
    };
    let may_write = Memo::new(move |_| workspace.storage.with(is_writing));
    let go = move |next: Step| move |_| step.set(next);
    let save_again = move |_| run(workspace, StorageCommand::SaveAgain, None, |_| ());
    let unprotect = move |_| run(workspace, StorageCommand::Protect { passphrase: None }, None, |_| ());
    let picker = NodeRef::<html::Input>::new();
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        workspace.exported.set(input.files().and_then(|files| files.item(0)));
        input.set_value("");
    };
    let pick = move |_| {
        if let Some(picker) = picker.get_untracked() {
            picker.click();
        }
    };
    let is_protected = move || state().protection == Protection::Passphrase;
    view! {
        <p class="storage-explained">{move || words(format!("storage.{}.explained", mode_name(state().mode)))}</p>
        {notice}
        <dl class="facts-row">
            <div><dt>{text.s("storage.size")}</dt><dd data-testid="storage-size">{move || text.bytes(state().n_bytes)}</dd></div>
            <div><dt>{text.s("storage.protection")}</dt><dd data-testid="storage-protection">{move || words(format!("storage.by.{}", protection_name(state().protection)))}</dd></div>
        </dl>
        <div class="storage-actions">
            <Show when=move || state().mode == StorageMode::Unsaved>
                <button type="button" class="button primary" data-testid="storage-save" on:click=save_again>{text.s("storage.save")}</button>
            </Show>
            <Show when=move || may_write.get()>
                <button type="button" class="button" data-testid="storage-protect" on:click=go(Step::Protect)>{move || text.s(if is_protected() { "storage.change" } else { "storage.protect" })}</button>
                <Show when=is_protected>
                    <button type="button" class="button" data-testid="storage-unprotect" on:click=unprotect>{text.s("storage.unprotect")}</button>
                </Show>
            </Show>
            <Show when=move || workspace.has_events()>
                <button type="button" class="button" data-testid="storage-export" on:click=go(Step::Export)>{text.s("storage.export")}</button>
            </Show>
            <Show when=move || !matches!(state().mode, StorageMode::Follower | StorageMode::Locked)>
                <button type="button" class="button" data-testid="storage-import" on:click=pick>{text.s("storage.import")}</button>
            </Show>
            <input type="file" hidden accept=".desirepath" node_ref=picker data-testid="storage-file" on:change=picked/>
            <Show when=move || state().mode != StorageMode::Follower>
                <button type="button" class="button" data-testid="storage-forget" on:click=go(Step::Forget)>{text.s("storage.forget")}</button>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Forget(step: RwSignal<Step>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let forget = move |_| {
        run(workspace, StorageCommand::Forget, None, move |_| {
            step.set(Step::Overview);
            workspace.shows_storage.set(false);
        });
    };
    view! {
        <p>{text.s("storage.forget.sure")}</p>
        <div class="storage-actions">
            <button type="button" class="button primary" data-testid="storage-forget-sure" on:click=forget>{text.s("storage.forget")}</button>
            <button type="button" class="button" on:click=move |_| step.set(Step::Overview)>{text.s("dialog.cancel")}</button>
        </div>
    }
    .into_any()
}

/// The steps that need a passphrase.
#[component]
fn WithPassphrase(step: RwSignal<Step>, with_passphrase: Step) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let (explained, action) = match with_passphrase {
        Step::Protect => ("storage.protect.explained", "storage.protect"),
        Step::Export => ("storage.export.explained", "storage.export"),
        _ => ("storage.import.explained", "storage.import"),
    };
    let file_name = workspace.exported.with_untracked(|file| file.as_ref().map(File::name));
    let explained = match (with_passphrase, file_name) {
        (Step::Import, Some(name)) => text.fill(explained, &[&name]),
        _ => text.s(explained).to_owned(),
    };
    let back = move || {
        workspace.exported.set(None);
        step.set(Step::Overview);
    };
    let submit = Callback::new(move |passphrase: String| match with_passphrase {
        Step::Protect => {
            run(workspace, StorageCommand::Protect { passphrase: Some(passphrase) }, None, move |_| back());
        }
        Step::Export => export(workspace, passphrase, move || step.set(Step::Overview)),
        _ => {
            let file = workspace.exported.get_untracked();
            run(workspace, StorageCommand::Import { passphrase }, file, move |_| {
                back();
                workspace.shows_storage.set(false);
            });
        }
    });
    let is_new = with_passphrase != Step::Import;
    view! {
        <p class="storage-explained">{explained}</p>
        <PassphraseForm is_new action=text.s(action) submit/>
        <button type="button" class="button" on:click=move |_| back()>{text.s("dialog.cancel")}</button>
    }
    .into_any()
}

/// Asks for a passphrase; for a new one twice.
#[component]
fn PassphraseForm(is_new: bool, action: &'static str, submit: Callback<String>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let (passphrase, again) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<&'static str>);
    let check = move |ev: SubmitEvent| {
        ev.prevent_default();
        let chosen = passphrase.get_untracked();
        let found = match () {
            () if is_new && chosen.chars().count() < PASSPHRASE_CHARS_MIN => Some("passphrase.short"),
            () if is_new && chosen != again.get_untracked() => Some("passphrase.differ"),
            () => None,
        };
        problem.set(found);
        workspace.storage_failure.set(None);
        if found.is_none() {
            submit.run(chosen);
        }
    };
    let complete = if is_new { "new-password" } else { "current-password" };
    let said = move || {
        let problem = problem.get().map(|key| text.s(key).to_owned());
        problem.or_else(|| {
            workspace.storage_failure.get().map(|Failure { message, advice }| format!("{message} {advice}"))
        })
    };
    view! {
        <form class="passphrase" on:submit=check>
            <label>{text.s("passphrase")} <input type="password" autocomplete=complete data-testid="passphrase" prop:value=passphrase on:input=move |ev| passphrase.set(event_target_value(&ev))/></label>
            {is_new.then(|| view! {
                <label>{text.s("passphrase.again")} <input type="password" autocomplete=complete data-testid="passphrase-again" prop:value=again on:input=move |ev| again.set(event_target_value(&ev))/></label>
            })}
            <p class="warning" role="alert" data-testid="passphrase-problem">{said}</p>
            <button type="submit" class="button primary" data-testid="passphrase-submit" disabled=move || workspace.is_storing.get()>{action}</button>
        </form>
    }
    .into_any()
}

/// What is shown in place of a workspace that needs its passphrase.
#[component]
pub(crate) fn Unlock() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let submit = Callback::new(move |passphrase: String| {
        run(workspace, StorageCommand::Unlock { passphrase }, None, |_| ())
    });
    view! {
        <section class="empty" data-testid="unlock">
            <h2>{text.s("unlock.title")}</h2>
            <p class="lead">{text.s("unlock.lead")}</p>
            <PassphraseForm is_new=false action=text.s("unlock.open") submit/>
            <p class="hint">{text.s("unlock.lost")}</p>
        </section>
    }
    .into_any()
}

/// Carries out a command; a failure is shown where a passphrase was asked for, or as a message.
fn run(
    workspace: Workspace,
    command: StorageCommand,
    file: Option<File>,
    then: impl FnOnce(StorageState) + 'static,
) {
    let asks_passphrase = matches!(command, StorageCommand::Unlock { .. } | StorageCommand::Import { .. });
    workspace.is_storing.set(true);
    workspace.storage_failure.set(None);
    spawn_local(async move {
        let Some(client) = workspace.client() else { return };
        let done = client.storage(command, file.map(Into::into)).await;
        workspace.is_storing.try_set(false);
        match done {
            Ok(state) => then(state),
            Err(Fault::Failed(failure)) if asks_passphrase => workspace.storage_failure.set(Some(failure)),
            Err(fault) => workspace.warn_of(fault),
        }
    });
}

fn export(workspace: Workspace, passphrase: String, then: impl FnOnce() + 'static) {
    workspace.is_storing.set(true);
    spawn_local(async move {
        let Some(client) = workspace.client() else { return };
        let exported = client.export(passphrase).await;
        workspace.is_storing.try_set(false);
        match exported {
            Ok((file_name, file)) => {
                if let Err(cause) = host::save_file(&file_name, &file) {
                    workspace.warn(Failure { message: describe(&cause), advice: String::new() });
                }
                then();
            }
            Err(fault) => workspace.warn_of(fault),
        }
    });
}
