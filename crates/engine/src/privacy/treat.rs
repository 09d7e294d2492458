//! Carries out what was chosen for each column of a file.

use super::{Secret, Terms};
use language::personal::{self, Class};
use protocol::privacy::{ColumnTreatment, Treatment};
use source::Treat;
use std::collections::{BTreeMap, HashMap};

/// Pseudonyms that are remembered, because most values come again soon.
const MAX_REMEMBERED: usize = 1 << 14;

/// Treats the values of one file.
pub(crate) struct Treater {
    secret: Secret,
    chosen: BTreeMap<String, Treatment>,
    /// What becomes of columns that the file's head didn't show.
    of_others: Treatment,
    masked: Vec<Class>,
    columns: Vec<(Treatment, String)>,
    remembered: HashMap<Vec<u8>, String>,
}

impl std::fmt::Debug for Treater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Treater").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

impl Treater {
    pub(crate) fn new(chosen: &[ColumnTreatment], terms: &Terms, secret: Secret) -> Self {
        Self {
            secret,
            chosen: chosen.iter().map(|one| (one.column.clone(), one.treatment)).collect(),
            of_others: if terms.have_policy() { Treatment::Redact } else { Treatment::Keep },
            masked: terms.masked(),
            columns: Vec::new(),
            remembered: HashMap::new(),
        }
    }

    fn pseudonym(&mut self, value: &[u8]) -> &str {
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.clear();
        }
        let secret = &self.secret;
        self.remembered
            .entry(value.to_vec())
            .or_insert_with(|| secret.pseudonym(&String::from_utf8_lossy(value)))
    }
}

impl Treat for Treater {
    fn see_columns(&mut self, _: usize, names: &[String]) {
        for name in names {
            let treatment = self.chosen.get(name).copied().unwrap_or(self.of_others);
            self.columns.push((treatment, name.clone()));
        }
    }

    fn treat(&mut self, column: usize, value: &[u8], into: &mut Vec<u8>) -> Option<u64> {
        let (treatment, name) = self.columns.get(column)?;
        match treatment {
            Treatment::Keep => None,
            Treatment::Pseudonymise => {
                into.extend_from_slice(self.pseudonym(value).as_bytes());
                // The pseudonym itself tells records apart.
                Some(0)
            }
            Treatment::Redact => {
                let text = String::from_utf8_lossy(value);
                let (masked, counts) = personal::mask(&text, |class| self.masked.contains(&class));
                if counts.is_empty() {
                    return None;
                }
                into.extend_from_slice(masked.as_bytes());
                Some(digest(&self.secret, name, value))
            }
            Treatment::Drop => Some(digest(&self.secret, name, value)),
        }
    }
}

/// Tells records apart that differ in this value alone, and tells nothing of it to those without the secret.
fn digest(secret: &Secret, column: &str, value: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = secret.digest(column, value);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
