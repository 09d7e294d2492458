//! Names of path items: cleaned, grouped and left out by simple patterns.

/// A piece of text to be replaced in every name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What is replaced, wherever it stands and as often as it does; `*` stands for as few characters as possible, at
    /// the end for all that follow. `?*` is a query string, `/user/*/` one segment of an address. Empty does nothing.
    pub find: String,
    /// What takes its place.
    pub with: String,
}

/// Names that become one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemGroup {
    /// Pattern of the whole name, in which `*` stands for any run of characters, none included.
    ///
    /// `cart` is exactly that, `/help/*` a prefix, `*.pdf` a suffix, `*error*` anything that contains the word.
    pub pattern: String,
    /// Name of the item.
    pub name: String,
}

/// How the name of an activity or channel becomes an item of a path; letter case counts.
///
/// Replacements come first, in their order, each over what the one before left; then the first group whose pattern
/// fits gives its name; then names that an exclusion fits, and empty ones, are left out.
///
/// Patterns are wildcards instead of regular expressions: they read the same to everyone and cost a page that
/// embeds this no bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemRules {
    /// Replacements, in order.
    pub replace: Vec<Replacement>,
    /// Groups; where several fit, the first listed wins.
    pub groups: Vec<ItemGroup>,
    /// Patterns of items that are left out, as in [`ItemGroup::pattern`].
    pub exclude: Vec<String>,
}

impl ItemRules {
    /// The item of a name; `None` when it is left out.
    pub fn item(&self, name: &str) -> Option<String> {
        let mut item = name.to_owned();
        for replacement in &self.replace {
            item = replaced(&item, &replacement.find, &replacement.with);
        }
        if let Some(group) = self.groups.iter().find(|group| fits(&group.pattern, &item)) {
            item.clone_from(&group.name);
        }
        let is_excluded = item.is_empty() || self.exclude.iter().any(|pattern| fits(pattern, &item));
        (!is_excluded).then_some(item)
    }
}

/// Whether a pattern fits the whole text. Costs O(text · pattern).
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(prefix) else {
        return false;
    };
    let (middle, suffix) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(suffix) else {
        return false;
    };
    // Between the ends the earliest place of each piece leaves the most room for the others.
    for piece in middle.split('*') {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    true
}

/// The text with every occurrence of a wildcard pattern replaced, from left to right, without overlap.
fn replaced(text: &str, find: &str, with: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((from, until)) = occurrence(rest, find) {
        result.push_str(&rest[..from]);
        result.push_str(with);
        rest = &rest[until..];
    }
    result.push_str(rest);
    result
}

/// Where the pattern first occurs; never empty.
fn occurrence(text: &str, find: &str) -> Option<(usize, usize)> {
    let mut pieces = find.split('*');
    let first = pieces.next()?;
    let from = text.find(first)?;
    let mut until = from + first.len();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        if piece.is_empty() && pieces.peek().is_none() {
            until = text.len();
        } else {
            until += text[until..].find(piece)? + piece.len();
        }
    }
    (until > from).then_some((from, until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_fit_whole_names() {
        let fitting = [
            ("cart", "cart"),
            ("/help/*", "/help/"),
            ("*.pdf", "terms.pdf"),
            ("*error*", "payment error page"),
            ("a*b*c", "a-b-b-c"),
            ("*", ""),
            ("**", "anything"),
            ("ü*ß", "über Maß"),
        ];
        for (pattern, text) in fitting {
            assert!(fits(pattern, text), "{pattern} fits {text}");
        }
        for (pattern, text) in
            [("cart", "carts"), ("a*a", "a"), ("*ab*ba*", "xaba"), ("a*b", "ba"), ("", "x")]
        {
            assert!(!fits(pattern, text), "{pattern} does not fit {text}");
        }
    }

    #[test]
    fn rules_apply_in_order() {
        let replace = |find: &str, with: &str| Replacement { find: find.into(), with: with.into() };
        let group = |pattern: &str, name: &str| ItemGroup { pattern: pattern.into(), name: name.into() };
        let rules = ItemRules {
            replace: vec![replace("?*", ""), replace("/user/*/", "/user/:id/"), replace("//", "/")],
            groups: vec![group("/user/*", "account"), group("/*", "site")],
            exclude: vec!["*heartbeat".into()],
        };
        let cases = [
            ("/user/17/orders?page=2", Some("account")),
            ("//shop", Some("site")),
            ("mail", Some("mail")),
            ("heartbeat", None),
            ("?only=query", None),
        ];
        for (name, item) in cases {
            assert_eq!(rules.item(name).as_deref(), item, "item of {name}");
        }
        assert_eq!(replaced("/user/1/user/2/", "/user/*/", "/u/"), "/u/user/2/", "no overlap");
        assert_eq!(replaced("a-b-c", "-", "+"), "a+b+c", "every occurrence");
        assert_eq!(replaced("abc", "", "x"), "abc", "nothing to find");
    }

    /// Straight from the definition: a star is nothing, or one character and the same star again.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(b'*'), _) => naive(&pattern[1..], text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (Some(p), Some(t)) => p == t && naive(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn fits_as_defined(pattern in "[ab*]{0,6}", text in "[ab]{0,9}") {
            prop_assert_eq!(fits(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
