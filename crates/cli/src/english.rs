//! The words of reports in English, the same as on the screen.

use protocol::sentence::{Wording, parse};
use std::collections::HashMap;

/// English.
#[derive(Debug)]
pub(crate) struct English {
    words: HashMap<&'static str, &'static str>,
}

impl English {
    /// Reads the words.
    pub(crate) fn new() -> Self {
        Self { words: parse(include_str!("../../../web/locales/reports-en.txt")) }
    }
}

impl Wording for English {
    fn find(&self, key: &str) -> Option<&str> {
        self.words.get(key).copied()
    }
}
