//! Names of fields and parameters taken apart: `PageToken`, `page_token` and `page-token` are the same two words.

/// The words of a name in small letters.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_is_small = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && before_is_small;
        if !letter.is_alphanumeric() || begins {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            before_is_small = false;
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
            before_is_small = letter.is_lowercase() || letter.is_ascii_digit();
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A name as its words joined by `_`.
pub(crate) fn plain(name: &str) -> String {
    words(name).join("_")
}

/// A word that begins with a capital letter.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A word without the ending of the plural, roughly.
pub(crate) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}{}", &ending[..ending.len() - 2]);
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.is_empty() => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_are_one() {
        for name in ["PageToken", "page_token", "page-token", "pageToken", "page.token"] {
            assert_eq!(plain(name), "page_token", "{name}");
        }
        assert_eq!(plain("created[gte]"), "created_gte", "brackets");
        assert_eq!(plain("lastSeenID"), "last_seen_id", "capitals at the end");
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (many, one) in
            [("tickets", "ticket"), ("companies", "company"), ("addresses", "address"), ("boxes", "box")]
        {
            assert_eq!(singular(many), one, "{many}");
        }
    }
}
