//! Secrets: where they stand, how they are read, and that nothing prints them.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// A text that is never shown: its debug form is a placeholder, and it has no other.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where a secret stands: `{ env = "NAME" }` or `{ file = "path" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretForm {
    env: Option<String>,
    pub(crate) file: Option<PathBuf>,
}

impl SecretForm {
    /// Reads the secret; white space around it is not part of it.
    ///
    /// # Errors
    /// When it is missing, empty, too long, or not of visible ASCII characters and spaces.
    pub(crate) fn load(&self, folder: &Path) -> Result<Secret> {
        let (text, place) = match (&self.env, &self.file) {
            (Some(name), None) => {
                let text = env::var(name).with_context(|| format!("the environment variable {name}"))?;
                (text, format!("the environment variable {name}"))
            }
            (None, Some(file)) => {
                let path = folder.join(file);
                let place = format!("the secret file {}", path.display());
                let n_bytes = fs::metadata(&path).with_context(|| place.clone())?.len();
                ensure!(n_bytes <= SECRET_BYTES_MAX, "{place} has more than {SECRET_BYTES_MAX} bytes");
                (fs::read_to_string(&path).with_context(|| place.clone())?, place)
            }
            _ => bail!("a secret has either `env` or `file`"),
        };
        let text = text.trim();
        ensure!(!text.is_empty(), "{place} is empty");
        ensure!(text.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{place} has unusual characters");
        Ok(Secret::new(text.to_owned()))
    }

    /// Whether it stands in a file that does not exist yet, as before somebody has given consent.
    pub(crate) fn is_awaited(&self, folder: &Path) -> bool {
        self.file.as_ref().is_some_and(|file| !folder.join(file).exists())
    }
}

/// A text that may be written in the file, or stand where secrets stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum TextForm {
    Plain(String),
    Secret(SecretForm),
}

impl TextForm {
    /// # Errors
    /// When it stands elsewhere and is not there.
    pub(crate) fn load(&self, folder: &Path) -> Result<Secret> {
        match self {
            Self::Plain(text) => Ok(Secret::new(text.clone())),
            Self::Secret(form) => form.load(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("sk_live_1".into());
        assert_eq!(format!("{secret:?} {secret:#?}"), "[secret] [secret]", "debug output goes into logs");
    }

    #[test]
    fn a_missing_secret_names_its_place_only() {
        let form = SecretForm { env: Some("DESIREPATH_NO_SUCH_NAME".into()), file: None };
        let error = format!("{:#}", form.load(Path::new(".")).expect_err("it is missing"));
        assert!(error.contains("DESIREPATH_NO_SUCH_NAME"), "{error}");
        let both = SecretForm { env: Some("A".into()), file: Some("b".into()) };
        assert!(both.load(Path::new(".")).is_err(), "two places are one too many");
    }
}
