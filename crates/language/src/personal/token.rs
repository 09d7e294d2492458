//! The words and numbers of a text, and what stands between them.

/// A maximal run of letters and digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_digit: bool,
    pub(crate) has_letter: bool,
    /// The first letter is a capital.
    pub(crate) is_capitalised: bool,
    /// Every letter is a capital.
    pub(crate) is_upper: bool,
}

impl Token {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_number(&self) -> bool {
        self.has_digit && !self.has_letter
    }
}

/// A text and its tokens in order.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    pub(crate) text: &'a str,
    pub(crate) all: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut all = Vec::new();
        let mut open: Option<Token> = None;
        for (at, c) in text.char_indices() {
            if !c.is_alphanumeric() {
                all.extend(open.take());
                continue;
            }
            let token = open.get_or_insert(Token {
                start: at,
                end: at,
                has_digit: false,
                has_letter: false,
                is_capitalised: c.is_uppercase(),
                is_upper: true,
            });
            token.end = at + c.len_utf8();
            token.has_digit |= c.is_ascii_digit();
            token.has_letter |= c.is_alphabetic();
            token.is_upper &= !c.is_lowercase();
        }
        all.extend(open);
        Self { text, all }
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Token> {
        self.all.get(place)
    }

    pub(crate) fn str(&self, token: &Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    /// The token at a place in lower case; empty where there is none.
    pub(crate) fn lower(&self, place: usize) -> String {
        self.get(place).map_or_else(String::new, |token| self.str(token).to_lowercase())
    }

    /// What stands between a token and the next; up to the end behind the last.
    pub(crate) fn gap(&self, place: usize) -> &'a str {
        let end = self.get(place + 1).map_or(self.text.len(), |next| next.start);
        self.get(place).map_or("", |token| &self.text[token.end..end])
    }
}
