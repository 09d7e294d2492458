//! Comparison levels: how well two records agree in each trait.

use crate::normalise as n;
use crate::{Trait, table::Table};
use rapidfuzz::distance::{jaro_winkler, osa};

/// How well two records agree in one trait; the order is from nothing known to different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// One of them does not say, or the trait was counted elsewhere.
    Unknown = 0,
    /// The same.
    Same = 1,
    /// Said differently but meant for the same: a nickname, an initial, the same mailbox name elsewhere.
    Alias = 2,
    /// A slip of the hand apart.
    Close = 3,
    /// Alike.
    Alike = 4,
    /// Given and family name in each other's place.
    Swapped = 5,
    /// Different.
    Different = 6,
}

impl Level {
    /// All levels that count for or against.
    pub const COUNTED: [Self; 6] =
        [Self::Same, Self::Alias, Self::Close, Self::Alike, Self::Swapped, Self::Different];
    /// Number of levels, the unknown one among them.
    pub(crate) const N: usize = 7;

    pub(crate) fn from_bits(bits: u64) -> Self {
        match bits & 7 {
            0 => Self::Unknown,
            1 => Self::Same,
            2 => Self::Alias,
            3 => Self::Close,
            4 => Self::Alike,
            5 => Self::Swapped,
            _ => Self::Different,
        }
    }
}

/// The levels of all traits of a pair, three bits a trait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pattern(pub(crate) u64);

impl Pattern {
    pub(crate) fn level(self, which: Trait) -> Level {
        Level::from_bits(self.0 >> (3 * which.index()))
    }

    fn set(&mut self, which: Trait, level: Level) {
        let at = 3 * which.index();
        self.0 = (self.0 & !(7 << at)) | ((level as u64) << at);
    }

    /// Given names, or birth dates where no given names are known, that cannot be of one person.
    ///
    /// Both given name and birth date different is a relative in one household, whatever address they share.
    pub(crate) fn contradicts(self) -> bool {
        self.level(Trait::GivenName) == Level::Different && self.level(Trait::BirthDate) == Level::Different
    }
}

/// Compares two records in every trait.
pub(crate) fn compare(table: &Table, a: u32, b: u32) -> Pattern {
    let mut pattern = Pattern::default();
    for which in Trait::ALL {
        pattern.set(which, level(table, which, a, b));
    }
    let names = [Trait::GivenName, Trait::FamilyName];
    if names.iter().all(|which| pattern.level(*which) >= Level::Alike) && is_swapped(table, a, b) {
        pattern.set(Trait::GivenName, Level::Swapped);
        pattern.set(Trait::FamilyName, Level::Unknown);
    }
    pattern
}

/// The best level over all values that both have.
fn level(table: &Table, which: Trait, a: u32, b: u32) -> Level {
    let (left, right) = (table.of(a, which), table.of(b, which));
    let mut best = Level::Unknown;
    for x in left {
        for y in right {
            let found = if x == y {
                Level::Same
            } else if which == Trait::GivenName && table.is_nickname(*x, *y) {
                Level::Alias
            } else {
                compare_texts(which, table.values.get(*x), table.values.get(*y))
            };
            if found != Level::Unknown && (best == Level::Unknown || found < best) {
                best = found;
            }
        }
    }
    best
}

fn is_swapped(table: &Table, a: u32, b: u32) -> bool {
    let crossed = |x: Trait, y: Trait| {
        let mut pairs = table.texts(a, x).flat_map(|left| table.texts(b, y).map(move |right| (left, right)));
        pairs.any(|(left, right)| left == right || similarity(left, right) >= 0.92)
    };
    crossed(Trait::GivenName, Trait::FamilyName) && crossed(Trait::FamilyName, Trait::GivenName)
}

/// Jaro–Winkler similarity, with the usual prefix weight of 0.1.
///
/// # Reference
/// Winkler (1990), String Comparator Metrics and Enhanced Decision Rules in the Fellegi–Sunter Model.
pub(crate) fn similarity(a: &str, b: &str) -> f64 {
    if a.is_ascii() && b.is_ascii() {
        jaro_winkler::similarity(a.bytes(), b.bytes())
    } else {
        jaro_winkler::similarity(a.chars(), b.chars())
    }
}

/// Edits and transpositions of neighbours between two short texts; `usize::MAX` when more than `most`.
fn edits(a: &str, b: &str, most: usize) -> usize {
    osa::distance_with_args(a.chars(), b.chars(), &osa::Args::default().score_cutoff(most))
        .unwrap_or(usize::MAX)
}

/// The level of two values of a trait that are not equal.
fn compare_texts(which: Trait, a: &str, b: &str) -> Level {
    match which {
        Trait::GivenName => given_names(a, b),
        Trait::FamilyName => family_names(a, b),
        Trait::Email => emails(a, b),
        Trait::Phone => phones(a, b),
        Trait::ExternalId => external_ids(a, b),
        Trait::BirthDate => dates(a, b),
        Trait::Postcode => match edits(a, b, 1) {
            0 | 1 => Level::Close,
            _ if a.get(..2) == b.get(..2) => Level::Alike,
            _ => Level::Different,
        },
        Trait::Street => streets(a, b),
        Trait::Region | Trait::Country => match edits(a, b, 1) {
            0 | 1 if a.len() > 3 => Level::Close,
            _ => Level::Different,
        },
        Trait::City | Trait::District => by_similarity(similarity(a, b), 0.92, 0.85),
        Trait::Company => {
            let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            let begins = long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '));
            if begins && short.len() >= 4 {
                Level::Alias
            } else {
                by_similarity(similarity(a, b), 0.93, 0.87)
            }
        }
    }
}

fn by_similarity(similarity: f64, close: f64, alike: f64) -> Level {
    if similarity >= close {
        Level::Close
    } else if similarity >= alike {
        Level::Alike
    } else {
        Level::Different
    }
}

fn given_names(a: &str, b: &str) -> Level {
    if n::is_initial_of(a, b) {
        return Level::Alias;
    }
    by_similarity(similarity(a, b), 0.90, 0.78)
}

fn family_names(a: &str, b: &str) -> Level {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // One part of a double name: "weber" and "weber schmidt".
    if long.len() > short.len() + 1 && long.split(' ').any(|word| word == short) && short.len() >= 3 {
        return Level::Alias;
    }
    by_similarity(similarity(a, b), 0.90, 0.78)
}

fn emails(a: &str, b: &str) -> Level {
    let (Some((local, host)), Some((other, other_host))) = (a.rsplit_once('@'), b.rsplit_once('@')) else {
        return Level::Different;
    };
    // The same function at another company is another mailbox.
    if n::is_role_mailbox(local) || n::is_role_mailbox(other) {
        return Level::Different;
    }
    if local == other {
        return Level::Alias;
    }
    // Colleagues share a domain, so that the domain must not carry the similarity.
    let names = similarity(local, other);
    if names >= 0.92 && edits(host, other_host, 1) <= 1 {
        Level::Close
    } else if names >= 0.92 {
        Level::Alike
    } else {
        Level::Different
    }
}

fn phones(a: &str, b: &str) -> Level {
    let end = |text: &str| text.len().checked_sub(8).and_then(|at| text.get(at..)).map(str::to_owned);
    if end(a).is_some() && end(a) == end(b) {
        return Level::Alias;
    }
    if edits(a, b, 1) <= 1 { Level::Close } else { Level::Different }
}

fn external_ids(a: &str, b: &str) -> Level {
    let (Some((register, number)), Some((other, other_number))) = (a.split_once(':'), b.split_once(':'))
    else {
        return Level::Unknown;
    };
    if register != other {
        return Level::Unknown;
    }
    match edits(number, other_number, 2) {
        0 | 1 => Level::Close,
        2 if number.len() >= 6 => Level::Alike,
        _ => Level::Different,
    }
}

fn dates(a: &str, b: &str) -> Level {
    if a.len() != 8 || b.len() != 8 || !a.is_ascii() || !b.is_ascii() {
        return Level::Different;
    }
    let is_swapped = a[..4] == b[..4] && a[4..6] == b[6..] && a[6..] == b[4..6];
    let n_same = [0..4, 4..6, 6..8].into_iter().filter(|part| a[part.clone()] == b[part.clone()]).count();
    if is_swapped || edits(a, b, 1) <= 1 {
        Level::Close
    } else if n_same == 2 {
        Level::Alike
    } else {
        Level::Different
    }
}

fn streets(a: &str, b: &str) -> Level {
    // Words in another order have the same letters, which is quickly ruled out for nearly every pair.
    let sum = |text: &str| text.bytes().map(u64::from).sum::<u64>();
    if a.len() == b.len() && sum(a) == sum(b) {
        let words = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        if words(a) == words(b) {
            return Level::Alias;
        }
    }
    fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> + Clone {
        text.chars().filter(|c| !c.is_ascii_digit() && *c != ' ')
    }
    fn numbers(text: &str) -> impl Iterator<Item = &str> {
        text.split(' ').filter(|word| word.bytes().any(|b| b.is_ascii_digit()))
    }
    if jaro_winkler::similarity(letters(a), letters(b)) < 0.92 {
        Level::Different
    } else if numbers(a).eq(numbers(b)) {
        Level::Close
    } else {
        Level::Alike
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_that_of_the_papers() {
        // Winkler's own examples, to three places.
        let cases = [("martha", "marhta", 0.961), ("dwayne", "duane", 0.840), ("dixon", "dicksonx", 0.813)];
        for (a, b, expected) in cases {
            assert!((similarity(a, b) - expected).abs() < 5e-4, "{a} {b}: {}", similarity(a, b));
        }
    }

    #[test]
    fn traits_have_their_own_levels() {
        let cases = [
            (Trait::GivenName, "j", "john", Level::Alias),
            (Trait::GivenName, "jonh", "john", Level::Close),
            (Trait::GivenName, "mary", "john", Level::Different),
            (Trait::FamilyName, "weber schmidt", "weber", Level::Alias),
            (Trait::Email, "ada@x.com", "ada@y.com", Level::Alias),
            (Trait::Email, "info@x.com", "info@y.com", Level::Different),
            (Trait::Email, "ann.lee@x.com", "bob.ray@x.com", Level::Different),
            (Trait::Phone, "+49301234567", "0301234567", Level::Alias),
            (Trait::ExternalId, "crm:17", "shop:17", Level::Unknown),
            (Trait::ExternalId, "ssn:7535316", "ssn:7535361", Level::Close),
            (Trait::BirthDate, "19710624", "19712406", Level::Close),
            (Trait::BirthDate, "19710624", "19810624", Level::Close),
            (Trait::BirthDate, "19710624", "19880624", Level::Alike),
            (Trait::Street, "hauptstrasse 7", "7 hauptstrasse", Level::Alias),
            (Trait::Street, "hauptstrasse 7", "hauptstrase 7", Level::Close),
            (Trait::Street, "hauptstrasse 7", "hauptstrasse 9", Level::Alike),
            (Trait::Company, "acme", "acme europe", Level::Alias),
        ];
        for (which, a, b, expected) in cases {
            assert_eq!(compare_texts(which, a, b), expected, "{which:?} {a} {b}");
            assert_eq!(compare_texts(which, b, a), expected, "{which:?} {b} {a}");
        }
    }
}
