//! What the name of a column says: its words, and the role they stand for.

use super::vocabulary;
use crate::plan::Role;

/// Words of a name that are looked at.
const MAX_WORDS: usize = 12;
/// Terms up to this score change their meaning with the word before them.
const VAGUE: f64 = 50.0;

/// The words of a column name.
#[derive(Debug)]
pub(crate) struct Name {
    /// In lower case, umlauts and accents spelled in ASCII.
    words: Vec<String>,
    /// It stands for the whole case, not for one event: `case:startdate`.
    pub(super) is_of_case: bool,
    /// It was added by the system that exported the file: `_synced`.
    pub(super) is_internal: bool,
    scores: [(Role, f64); Role::ALL.len()],
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let (rest, is_of_case) = match name.strip_prefix("case:") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let mut words = words(rest);
        // A longer name is a sentence, in which single words say little.
        words.truncate(MAX_WORDS);
        let scores = Role::ALL.map(|role| (role, 0.0));
        let mut name = Self { words, is_of_case, is_internal: name.starts_with('_'), scores };
        name.scores = Role::ALL.map(|role| (role, name.score(role)));
        name
    }

    fn last(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// Whether a word is in it.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    /// It names identifiers, whatever its values look like.
    pub(crate) fn is_identifier(&self) -> bool {
        const LAST: [&str; 18] = [
            "id", "ids", "key", "uuid", "guid", "nr", "no", "number", "nummer", "hash", "token", "email",
            "mail", "phone", "ip", "zip", "plz", "postcode",
        ];
        let last = self.last();
        LAST.contains(&last) || last.ends_with("nummer") || last.ends_with("kennung")
    }

    /// How strongly the name stands for a role, from 0 to 100.
    pub(super) fn says(&self, role: Role) -> f64 {
        self.scores.iter().find(|(of, _)| *of == role).map_or(0.0, |(_, score)| *score)
    }

    /// How strongly the name stands for its strongest role.
    pub(super) fn says_most(&self) -> f64 {
        // That an `id` is one says nothing of whose.
        let others = self.scores.iter().filter(|(role, _)| *role != Role::Record);
        others.map(|(_, score)| *score).fold(0.0, f64::max)
    }

    /// A word in it makes a role unlikely.
    pub(super) fn misleads(&self, role: Role) -> bool {
        self.words.iter().any(|word| vocabulary::misleads(role, word))
    }

    fn score(&self, role: Role) -> f64 {
        let words = self.without_unit(role);
        if let Some(score) = vocabulary::score(role, &words.join(" ")) {
            return score;
        }
        // The id of something is not that of the record.
        if role == Role::Record {
            return 0.0;
        }
        let qualified = (1..words.len()).find_map(|at| {
            let (before, term) = words.split_at(at);
            let score = vocabulary::score(role, &term.join(" "))?;
            let share = match before.iter().any(|word| vocabulary::misleads(role, word)) {
                true => 0.4,
                false if score > VAGUE => 0.92,
                // A `name` or `type` of something is mostly no event.
                false => 0.65,
            };
            Some(score * share)
        });
        qualified.or_else(|| vocabulary::compound_score(role, self.last())).unwrap_or(0.0)
    }

    /// `amount_eur` is an amount, `created_at_utc` is a time.
    fn without_unit(&self, role: Role) -> &[String] {
        let units: &[&str] = match role {
            Role::Money | Role::Mrr => &["eur", "euro", "usd", "gbp", "chf", "dollars", "brutto", "netto"],
            Role::Time | Role::EndTime => {
                &["utc", "gmt", "cet", "ms", "iso", "dt", "local", "unix", "micros"]
            }
            _ => &[],
        };
        match self.words.split_last() {
            Some((last, rest)) if !rest.is_empty() && units.contains(&last.as_str()) => rest,
            _ => &self.words,
        }
    }
}

/// Splits at everything but letters and digits, and where `camelCase` begins a new word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).copied().unwrap_or(' ');
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let is_hump = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
        if is_hump || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            c.to_lowercase().for_each(|c| spell(c, word));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn spell(c: char, word: &mut String) {
    match c {
        'ä' => word.push_str("ae"),
        'ö' => word.push_str("oe"),
        'ü' => word.push_str("ue"),
        'ß' => word.push_str("ss"),
        'é' | 'è' => word.push('e'),
        _ => word.push(c),
    }
}

/// Names that are settled: our own, written exactly so, and those of event logs (IEEE 1849 XES as flat columns).
pub(super) fn settled(name: &str) -> Option<(Role, bool)> {
    let own = Role::ALL.into_iter().find(|role| role.name() == name);
    let standard = match name {
        "case:concept:name" => Some(Role::Customer),
        "concept:name" => Some(Role::Activity),
        "time:timestamp" => Some(Role::Time),
        _ => None,
    };
    own.map(|role| (role, true)).or(standard.map(|role| (role, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("customer_id", "customer id"),
            ("customerId", "customer id"),
            ("CustomerID", "customer id"),
            ("HTTPStatusCode", "http status code"),
            ("user.e-mail", "user e mail"),
            ("Datum / Uhrzeit", "datum uhrzeit"),
            ("Aktivität", "aktivitaet"),
            ("Q2 - Topics", "q2 topics"),
            ("__x__", "x"),
            ("", ""),
            ("日付", "日付"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
        let of_case = Name::new("case:startDate");
        assert!(of_case.is_of_case, "it belongs to the case");
        assert_eq!(of_case.words, ["start", "date"], "the mark of the case is no word");
    }

    #[test]
    fn names_stand_for_roles() {
        for (name, role) in [
            ("kundennummer", Role::Customer),
            ("shop_customer_id", Role::Customer),
            ("requesterEmail", Role::Customer),
            ("survey_event", Role::Activity),
            ("Aktivität", Role::Activity),
            ("createdAt", Role::Time),
            ("Bestelldatum", Role::Time),
            ("created_at_utc", Role::Time),
            ("endDate", Role::EndTime),
            ("DistributionChannel", Role::Channel),
            ("Firma", Role::Account),
            ("feedback_text", Role::Text),
            ("amount_eur", Role::Money),
            ("Rechnungsbetrag", Role::Money),
        ] {
            let strongest = Role::ALL.into_iter().max_by(|a, b| {
                let name = Name::new(name);
                name.says(*a).total_cmp(&name.says(*b))
            });
            assert_eq!(strongest, Some(role), "{name}");
            assert!(Name::new(name).says(role) >= 60.0, "{name} says it clearly");
        }
        for (name, role) in [
            ("device_type", Role::Activity),
            ("acquisition_channel", Role::Channel),
            ("due_date", Role::Time),
            ("user_agent", Role::Customer),
            ("colour", Role::Money),
        ] {
            assert!(Name::new(name).says(role) <= 40.0, "{name} is hardly the {}", role.name());
        }
    }
}
