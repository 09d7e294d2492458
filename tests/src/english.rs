//! Reports in English, as the command and the screen word them.

use protocol::sentence::{Wording, parse};
use std::collections::HashMap;

/// English.
#[derive(Debug)]
pub struct English {
    words: HashMap<&'static str, &'static str>,
}

impl Default for English {
    fn default() -> Self {
        Self::new()
    }
}

impl English {
    /// Reads the words.
    pub fn new() -> Self {
        Self { words: parse(include_str!("../../web/locales/reports-en.txt")) }
    }
}

impl Wording for English {
    fn find(&self, key: &str) -> Option<&str> {
        self.words.get(key).copied()
    }
}
