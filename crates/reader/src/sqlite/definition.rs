//! What a table looks like, from the statement that made it, which is all that a database keeps of it.

/// A table as its statement defines it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// Columns in the order of the statement; those that are computed anew each time are not in the file and not here.
    pub(super) columns: Vec<Column>,
    /// Which column each stored value belongs to.
    pub(super) stored: Vec<usize>,
    /// The column that is the number of the row, of which the stored value is empty.
    pub(super) numbered: Option<usize>,
    /// Rows are kept in an index by their key, and have no numbers.
    pub(super) is_index: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The value of rows that are older than the column.
    pub(super) otherwise: String,
}

/// Most columns of a table, as many as SQLite makes without being told otherwise.
const MAX_COLUMNS: usize = 2_000;
/// Words that begin something said of the whole table.
const OF_TABLE: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];
/// Words that end the type of a column.
const OF_COLUMN: [&str; 11] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
];

/// A piece of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// A word or a number.
    Word(&'a str),
    /// A text with its quotes; in the place of a name it is one.
    Quoted(&'a str),
    Mark(char),
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(own) if own.eq_ignore_ascii_case(word))
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// The name or value without its quotes.
    fn name(&self) -> Option<String> {
        match self {
            Token::Word(word) => Some((*word).to_owned()),
            Token::Quoted(text) => {
                let quote = &text[text.len() - 1..];
                Some(text[1..text.len() - 1].replace(&quote.repeat(2), quote))
            }
            Token::Mark(_) => None,
        }
    }
}

/// Understands a statement; `None` where it makes no table whose rows are in the file.
pub(super) fn definition(sql: &str) -> Option<Definition> {
    let tokens = tokens(sql)?;
    let open = tokens.iter().position(|token| *token == Token::Mark('('))?;
    let (head, body) = tokens.split_at(open);
    if !head.first()?.is("create") || head.iter().take(3).any(|token| token.is("virtual")) {
        return None;
    }
    let (inner, rest) = inside(body)?;
    let is_index = rest.windows(2).any(|pair| pair[0].is("without") && pair[1].is("rowid"));
    let mut found = Found::default();
    for part in parts(inner) {
        if part.first()?.is_any(&OF_TABLE) {
            found.of_table(part);
        } else {
            found.column(part)?;
        }
    }
    found.definition(is_index)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    columns: Vec<Column>,
    /// Whether the type of each column is exactly this one word, `INTEGER`.
    is_integer: Vec<bool>,
    /// Names of the columns of the key.
    key: Vec<String>,
    /// The key may be the number of the row.
    is_number: bool,
}

impl Found {
    fn column(&mut self, part: &[Token<'_>]) -> Option<()> {
        let (name, rest) = part.split_first()?;
        let name = name.name()?;
        let words = outside(rest);
        let has = |word: &str| words.iter().any(|token| token.is(word));
        if has("as") && !has("stored") {
            return Some(());
        }
        let n_type = rest.iter().take_while(|token| !token.is_any(&OF_COLUMN)).count();
        let is_integer =
            n_type == 1 && rest[0].name().is_some_and(|kind| kind.eq_ignore_ascii_case("integer"));
        if let Some(at) = words.iter().position(|token| token.is("primary")) {
            self.key.push(name.clone());
            // An old mistake of SQLite that it keeps: such a column is no number of the row.
            self.is_number = !words.get(at + 2).is_some_and(|token| token.is("desc"));
        }
        self.columns.push(Column { name, otherwise: otherwise(rest) });
        self.is_integer.push(is_integer);
        (self.columns.len() <= MAX_COLUMNS).then_some(())
    }

    /// A key that is said behind the columns.
    fn of_table(&mut self, part: &[Token<'_>]) {
        let Some(at) = part.iter().position(|token| token.is("primary")) else { return };
        if let Some((key, _)) = part.get(at + 2..).and_then(inside) {
            self.key = parts(key).filter_map(|column| column.first()?.name()).collect();
            self.is_number = true;
        }
    }

    fn definition(self, is_index: bool) -> Option<Definition> {
        let Self { columns, is_integer, key, is_number } = self;
        let place = |name: &String| columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        let all = 0..columns.len();
        if !is_index {
            let numbered = match key.as_slice() {
                [one] if is_number => place(one).filter(|at| is_integer[*at]),
                _ => None,
            };
            return (!columns.is_empty()).then(|| Definition {
                stored: all.collect(),
                columns,
                numbered,
                is_index,
            });
        }
        // The key stands in front, and each of its columns once.
        let mut stored: Vec<usize> = Vec::new();
        for at in key.iter().filter_map(place) {
            if !stored.contains(&at) {
                stored.push(at);
            }
        }
        let is_rest = |at: &usize| !stored.contains(at);
        let rest: Vec<usize> = all.filter(is_rest).collect();
        let has_key = !stored.is_empty();
        stored.extend(rest);
        has_key.then_some(Definition { columns, stored, numbered: None, is_index })
    }
}

/// The value of rows that lack the column: a number or a text; anything else only new rows can have.
fn otherwise(tokens: &[Token<'_>]) -> String {
    let at = tokens.iter().position(|token| token.is("default"));
    let value = at.and_then(|at| tokens.get(at + 1..)).unwrap_or_default();
    match value {
        [Token::Mark('-'), Token::Word(number), ..] => format!("-{number}"),
        [Token::Mark('+'), Token::Word(number), ..] => (*number).to_owned(),
        [word, ..] if word.is("null") => String::new(),
        [word, ..] if word.is("true") => "1".to_owned(),
        [word, ..] if word.is("false") => "0".to_owned(),
        [value, ..] => value.name().unwrap_or_default(),
        [] => String::new(),
    }
}

/// The pieces of a statement without its comments; `None` where a quote or a comment has no end.
fn tokens(sql: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Some(tokens) };
        let n = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            // A comment may end with the statement.
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if matches!(first, '"' | '`' | '\'' | '[') {
            let n = quoted(rest, if first == '[' { ']' } else { first })?;
            tokens.push(Token::Quoted(&rest[..n]));
            n
        } else if is_of_word(first) {
            let n = word(rest, first.is_ascii_digit());
            tokens.push(Token::Word(&rest[..n]));
            n
        } else {
            tokens.push(Token::Mark(first));
            first.len_utf8()
        };
        rest = &rest[n..];
    }
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '_' | '$' | '.') || !sign.is_ascii()
}

/// Length of the word or number at the start, `1e-5` among them.
fn word(text: &str, is_number: bool) -> usize {
    let mut before = ' ';
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let end = text.find(|sign: char| {
        let is_sign = is_number && !is_hex && matches!(sign, '+' | '-') && matches!(before, 'e' | 'E');
        before = sign;
        !is_of_word(sign) && !is_sign
    });
    end.unwrap_or(text.len())
}

/// Length of the quoted text at the start, with its quotes.
fn quoted(text: &str, end: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text.get(at..)?.find(end)? + 1;
        // A doubled quote stands for itself.
        if end == ']' || !text[at..].starts_with(end) {
            return Some(at);
        }
        at += 1;
    }
}

/// What stands inside of the parentheses at the start, and what follows them.
fn inside<'a, 'b>(tokens: &'b [Token<'a>]) -> Option<(&'b [Token<'a>], &'b [Token<'a>])> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then(|| (&tokens[1..at], &tokens[at + 1..]));
        }
    }
    None
}

/// The tokens that stand in no parentheses.
fn outside<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for token in tokens {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            token if depth == 0 => found.push(*token),
            _ => {}
        }
    }
    found
}

/// The parts between the commas that are not inside of parentheses.
fn parts<'a, 'b>(tokens: &'b [Token<'a>]) -> impl Iterator<Item = &'b [Token<'a>]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Mark(',')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Names of the columns, the order in which they are stored, and the number of the row.
    fn told(sql: &str) -> Option<(String, Vec<usize>, Option<usize>)> {
        let found = definition(sql)?;
        let names: Vec<String> = found.columns.into_iter().map(|column| column.name).collect();
        Some((names.join("|"), found.stored, found.numbered))
    }

    #[test]
    fn columns_are_found_in_what_people_and_programs_write() {
        for (sql, columns, numbered) in [
            ("CREATE TABLE t (a, b)", "a|b", None),
            (
                "CREATE TABLE \"t(x\" (id INTEGER PRIMARY KEY, \"two words\" TEXT DEFAULT 'a,b', [c d] int, -- a, b\n d)",
                "id|two words|c d|d",
                Some(0),
            ),
            ("create table t(a int, b decimal(10, 2), /* c, */ PRIMARY KEY (a), CHECK (b > 0))", "a|b", None),
            ("CREATE TABLE t (a TEXT, n INTEGER, CONSTRAINT pk PRIMARY KEY (\"n\" DESC))", "a|n", Some(1)),
            ("CREATE TABLE t (n INTEGER PRIMARY KEY DESC, a)", "n|a", None),
            ("CREATE TABLE t (n UNSIGNED INTEGER PRIMARY KEY, a)", "n|a", None),
            ("CREATE TABLE t (a, twice AS (a * 2), kept GENERATED ALWAYS AS (a * 3) STORED)", "a|kept", None),
            (
                "CREATE TABLE t (\"check\" TEXT, `primary``key` TEXT, 'as' DEFAULT ' as (')",
                "check|primary`key|as",
                None,
            ),
            (
                "CREATE TABLE IF NOT EXISTS größe (straße INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT) STRICT",
                "straße",
                Some(0),
            ),
        ] {
            let (found, stored, of_row) = told(sql).expect(sql);
            assert_eq!((found.as_str(), of_row), (columns, numbered), "{sql}");
            assert_eq!(stored, (0..stored.len()).collect::<Vec<_>>(), "{sql}");
        }
        for sql in [
            "CREATE VIRTUAL TABLE t USING fts5(a)",
            "CREATE TABLE t (a",
            "CREATE TABLE t ('a",
            "CREATE TABLE t (a,)",
            "",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }

    #[test]
    fn rows_without_numbers_are_stored_with_their_key_in_front() {
        let sql = "CREATE TABLE t (a, b, c TEXT, PRIMARY KEY (c COLLATE NOCASE, A, c)) WITHOUT ROWID, STRICT";
        assert_eq!(told(sql), Some(("a|b|c".to_owned(), vec![2, 0, 1], None)), "the key, then the rest");
        assert_eq!(told("CREATE TABLE t (a) WITHOUT ROWID"), None, "there has to be a key");
    }

    #[test]
    fn later_columns_have_a_value_in_earlier_rows() {
        let sql = "CREATE TABLE t (a DEFAULT -1.5e-3, b TEXT NOT NULL DEFAULT 'it''s', c DEFAULT (1 + 2), d DEFAULT TRUE, e)";
        let found = definition(sql).expect("a table");
        let values: Vec<&str> = found.columns.iter().map(|column| column.otherwise.as_str()).collect();
        assert_eq!(values, ["-1.5e-3", "it's", "", "1", ""]);
    }

    proptest! {
        #[test]
        fn any_statement_is_understood_or_not(sql in "CREATE TABLE t ?[(),a-z'\"`\\[\\]ä *1-]{0,40}") {
            if let Some(found) = definition(&sql) {
                prop_assert_eq!(found.stored.len(), found.columns.len());
            }
        }
    }
}
