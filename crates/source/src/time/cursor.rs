//! Walks through a written time piece by piece.

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

/// A run of digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub(super) value: u32,
    pub(super) digits: &'a str,
}

impl Number<'_> {
    pub(super) fn n_digits(&self) -> usize {
        self.digits.len()
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn starts_with_digit(&self) -> bool {
        self.peek().is_some_and(|first| first.is_ascii_digit())
    }

    /// Takes one character if it is one of these.
    pub(super) fn take_one_of(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.peek().filter(|first| wanted.contains(first))?;
        self.rest = &self.rest[first.len_utf8()..];
        Some(first)
    }

    /// Takes any white space, the unbreakable kinds of formatted times included; true if there was any.
    pub(super) fn take_spaces(&mut self) -> bool {
        let trimmed = self.rest.trim_start();
        let was_space = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        was_space
    }

    /// Takes a run of 1 to 9 digits.
    pub(super) fn take_number(&mut self) -> Option<Number<'a>> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        let value = if digits.len() <= 9 { digits.parse().ok()? } else { return None };
        Some(Number { value, digits })
    }

    /// Takes a run of letters, which may be empty.
    pub(super) fn take_word(&mut self) -> &'a str {
        self.take_while(char::is_alphabetic)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes a bracketed remark up to the end: `(Central European Time)`, `[Europe/Berlin]`.
    pub(super) fn take_remark(&mut self) {
        let is_remark = |open, close| self.rest.starts_with(open) && self.rest.ends_with(close);
        if is_remark('(', ')') || is_remark('[', ']') {
            self.rest = "";
        }
    }
}
