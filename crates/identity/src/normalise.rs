//! One spelling for each identifier, so that equal things are equal bytes.

mod company;
mod countries;
mod date;
mod email;
mod name;
mod phone;
mod place;

pub use company::company;
pub(crate) use countries::country_code;
pub use date::birth_date;
pub use email::{Email, domain, email, is_free_mail, is_role_mailbox};
pub use name::{PersonName, given_name, is_initial_of, is_nickname, person_name};
pub(crate) use name::{family_name, nickname_groups, nickname_root};
pub use phone::phone;
pub use place::{postcode, street};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest value that is looked at, in bytes; a longer one is no identifier of a person.
pub(crate) const MAX_BYTES: usize = 512;

/// Lower case without diacritics; everything but letters and digits becomes one space; empty when nothing is left.
///
/// `Ł`, `ø`, `ß` and their like, which Unicode does not decompose, are spelled with the letters people type instead.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::fold("  Jürgen  O’Brien-Łuczak "), "jurgen o brien luczak");
/// ```
pub fn fold(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len().min(MAX_BYTES));
    let mut gap = false;
    let letters = raw.nfkd().filter(|c| !is_combining_mark(*c)).take(MAX_BYTES).flat_map(char::to_lowercase);
    for c in letters {
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            match plain(c) {
                "" => out.push(c),
                letters => out.push_str(letters),
            }
        } else if !is_combining_mark(c) {
            gap = true;
        }
    }
    out
}

/// Letters without a decomposition, as people type them; empty for all others.
fn plain(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŋ' => "n",
        _ => "",
    }
}

/// Whether a value is one that people write when they have none: `n/a`, `unknown`, `-`, `test`.
pub(crate) fn is_placeholder(folded: &str) -> bool {
    const NONE: [&str; 20] = [
        "",
        "n a",
        "na",
        "none",
        "null",
        "nil",
        "nan",
        "unknown",
        "unbekannt",
        "not available",
        "not provided",
        "test",
        "undefined",
        "anonymous",
        "anonym",
        "keine",
        "kein",
        "no name",
        "tbd",
        "xxx",
    ];
    NONE.contains(&folded)
}
