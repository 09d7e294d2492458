//! E-mail addresses as people write them.

use super::{Class, Find};

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "._%+-'&=~!#$*".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

pub(crate) fn find(text: &str, found: &mut Vec<Find>) {
    let mut done = 0;
    for (at, _) in text.match_indices('@') {
        if let Some((start, end)) = around(text, at).filter(|(start, _)| *start >= done) {
            done = end;
            found.push(Find {
                class: Class::Email,
                start,
                end,
                confidence_percent: 98,
                reason: "a name, an at sign and a domain",
            });
        }
    }
}

/// Whether a value as a whole is an address.
pub(crate) fn is_whole(value: &str) -> bool {
    let value = value.trim();
    value.find('@').and_then(|at| around(value, at)) == Some((0, value.len()))
}

/// The address around an at sign.
fn around(text: &str, at: usize) -> Option<(usize, usize)> {
    let local = &text[..at];
    // Whatever is longer than RFC 5321 allows is no address.
    let is_near = |from: &usize| at - from <= 64;
    let start = local
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_local(*c))
        .map(|(from, _)| from)
        .take_while(is_near)
        .last()?;
    let start = start + local[start..].len()
        - local[start..].trim_start_matches(['.', '\'', '*', '#', '-', '=', '!', '&']).len();
    let rest = &text[at + 1..];
    let n_bytes: usize = rest.chars().take(253).take_while(|c| is_domain(*c)).map(char::len_utf8).sum();
    let domain = rest[..n_bytes].trim_end_matches(['.', '-']);
    let (name, top) = domain.rsplit_once('.')?;
    let is_top = top.chars().count() >= 2 && top.chars().all(char::is_alphabetic) || top.starts_with("xn--");
    let is_name = name.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    (is_top && is_name && start < at).then(|| (start, at + 1 + domain.len()))
}
