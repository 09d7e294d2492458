//! The files of the workspace, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// One file that people write.
#[derive(Debug)]
pub(crate) struct SourceText {
    /// Path from the workspace's root, with `/`.
    pub(crate) path: String,
    /// The content; empty when it isn't text.
    pub(crate) text: String,
    /// Size of the file.
    pub(crate) n_bytes: usize,
}

impl SourceText {
    /// The path ends with one of these.
    pub(crate) fn ends_with_any(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.path.ends_with(end))
    }
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package lies inside the workspace").to_path_buf()
}

/// All files that people write, sorted by path; what is generated or fetched stays out.
pub(crate) fn files() -> Vec<SourceText> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "the workspace's files are found");
    found
}

/// Folders of things that no person wrote here.
const GENERATED: [&str; 7] =
    ["target", ".git", "node_modules", "site", "pkg/dist", "tests/e2e/shots", "proptest-regressions"];

fn walk(folder: &Path, prefix: &str, found: &mut Vec<SourceText>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let entry = entry.expect("the folder is readable");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if GENERATED.contains(&name.as_str()) || GENERATED.contains(&path.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &path, found);
        } else {
            let bytes = fs::read(entry.path()).expect("the file is readable");
            let n_bytes = bytes.len();
            found.push(SourceText { path, text: String::from_utf8(bytes).unwrap_or_default(), n_bytes });
        }
    }
}
