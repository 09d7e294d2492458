//! What was dropped: files, and folders with everything in them.

use crate::opening::Waiting;
use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

/// Most files that are taken from dropped folders.
const FILES_MAX: usize = 1_000;

/// What the browser tells only while the drop is being handled.
#[derive(Debug)]
pub(crate) enum Dropped {
    /// Files alone.
    Files(Vec<File>),
    /// At least one folder.
    Entries(Vec<FileSystemEntry>),
}

impl Dropped {
    /// Takes what was dropped.
    pub(crate) fn new(data: &DataTransfer) -> Self {
        let items = data.items();
        let entries: Vec<FileSystemEntry> = (0..items.length())
            .filter_map(|at| items.get(at))
            .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
            .collect();
        if entries.iter().any(FileSystemEntry::is_directory) {
            return Self::Entries(entries);
        }
        let files = data.files();
        Self::Files(
            files.map(|list| (0..list.length()).filter_map(|at| list.item(at)).collect()).unwrap_or_default(),
        )
    }

    /// All files, those of folders with their way there, in order of name. Hidden ones are the system's.
    pub(crate) async fn files(self) -> Vec<Waiting> {
        let entries = match self {
            Self::Files(files) => return files.into_iter().map(Waiting::new).collect(),
            Self::Entries(entries) => entries,
        };
        let mut found = Vec::new();
        let mut open: Vec<FileSystemEntry> = entries;
        while let Some(entry) = open.pop() {
            if entry.name().starts_with('.') || found.len() >= FILES_MAX {
                continue;
            }
            if entry.is_directory() {
                let folder: FileSystemDirectoryEntry = entry.unchecked_into();
                open.extend(inside(&folder.create_reader()).await);
            } else if let Some(file) = file_of(entry.unchecked_ref()).await {
                let name = entry.full_path().trim_start_matches('/').to_owned();
                found.push(Waiting { name, file, part: None });
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }
}

/// What is in a folder; a browser tells a hundred at a time.
async fn inside(reader: &FileSystemDirectoryReader) -> Vec<FileSystemEntry> {
    let mut all = Vec::new();
    loop {
        let some = called_back(|resolve, reject| {
            reader.read_entries_with_callback_and_callback(resolve, reject).ok();
        })
        .await;
        let some = some.map(|some| Array::from(&some).to_vec()).unwrap_or_default();
        if some.is_empty() || all.len() >= FILES_MAX {
            return all;
        }
        all.extend(some.into_iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file_of(entry: &FileSystemFileEntry) -> Option<File> {
    let file = called_back(|resolve, reject| entry.file_with_callback_and_callback(resolve, reject)).await;
    file?.dyn_into().ok()
}

/// Waits for one of two callbacks; a failure is nothing.
async fn called_back(call: impl FnOnce(&Function, &Function)) -> Option<JsValue> {
    let mut call = Some(call);
    let promise = Promise::new(&mut |resolve, reject| {
        if let Some(call) = call.take() {
            call(&resolve, &reject);
        }
    });
    JsFuture::from(promise).await.ok()
}
