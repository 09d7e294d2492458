//! What sources say of persons and accounts, kept apart by source, so that it goes when the source goes.

use source::{AccountFact, Profile, ProfileField};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Separates the parts of what is said; no value has it, because values come without control characters.
const BREAK: char = '\u{1f}';
/// Begins the part that names the record of a fact; programs before know no such statement and pass over it.
const RECORD: char = 'R';
/// Most values of one field that are kept of a person; things, of which an account has thousands, don't count.
pub(super) const MAX_VALUES: usize = 32;

/// What one source says.
#[derive(Debug, Default)]
pub(crate) struct SourceFacts {
    pub(crate) persons: Vec<Fact>,
    pub(crate) accounts: Vec<Fact>,
}

/// What is said under one key: the key, then a letter and a value for each statement; one text, because there are many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact(pub(crate) Box<str>);

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// A property of a person.
    Person(ProfileField),
    /// The account that a person belongs to.
    Account,
    /// What an account is called.
    AccountName,
    /// Its web domain.
    AccountDomain,
    /// The account above it.
    AccountParent,
    /// Who looks after it.
    AccountOwner,
}

impl About {
    fn letter(self) -> char {
        match self {
            Self::Person(field) => {
                let place = ProfileField::ALL.iter().position(|known| *known == field);
                place.and_then(|place| u8::try_from(place).ok()).map_or('a', |place| char::from(b'a' + place))
            }
            Self::Account => 'A',
            Self::AccountName => 'B',
            Self::AccountDomain => 'C',
            Self::AccountParent => 'D',
            Self::AccountOwner => 'E',
        }
    }

    fn of_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'A' => Self::Account,
            'B' => Self::AccountName,
            'C' => Self::AccountDomain,
            'D' => Self::AccountParent,
            'E' => Self::AccountOwner,
            _ => {
                let place = (letter as usize).checked_sub('a' as usize)?;
                Self::Person(*ProfileField::ALL.get(place)?)
            }
        })
    }
}

impl Fact {
    fn new(key: &str, record: u64, said: &BTreeSet<(About, String)>) -> Self {
        let mut text = clean(key);
        if record != 0 {
            text.push(BREAK);
            text.push_str(&format!("{RECORD}{record:x}"));
        }
        let mut last = (None, 0_usize);
        for (about, value) in said {
            last = if last.0 == Some(*about) { (last.0, last.1 + 1) } else { (Some(*about), 0) };
            if last.1 >= MAX_VALUES && *about != About::Person(ProfileField::Owns) {
                continue;
            }
            text.push(BREAK);
            text.push(about.letter());
            text.push_str(value);
        }
        Self(text.into_boxed_str())
    }

    /// The key: of a person as in the events, or of an account.
    pub(crate) fn key(&self) -> &str {
        self.0.split(BREAK).next().unwrap_or_default()
    }

    /// The record that says it, by the digest of its id; 0 where it has none.
    pub(crate) fn record(&self) -> u64 {
        let of_record = self.0.split(BREAK).nth(1).and_then(|part| part.strip_prefix(RECORD));
        of_record.and_then(|digest| u64::from_str_radix(digest, 16).ok()).unwrap_or(0)
    }

    /// What is said, by what it is about, then by value.
    pub(crate) fn said(&self) -> impl Iterator<Item = (About, &str)> {
        self.0.split(BREAK).skip(1).filter_map(|part| {
            let letter = part.chars().next()?;
            Some((About::of_letter(letter)?, &part[letter.len_utf8()..]))
        })
    }

    /// The same without what is said of others that are gone: its things and its other keys; how many statements that takes.
    pub(crate) fn without(&self, is_gone: &dyn Fn(&str) -> bool) -> (Self, u64) {
        let names_one = |part: &&str| {
            let about = part.chars().next().and_then(About::of_letter);
            let other = [ProfileField::Owns, ProfileField::ExternalId].map(About::Person);
            about.is_some_and(|about| other.contains(&about)) && is_gone(part.get(1..).unwrap_or_default())
        };
        let mut parts = self.0.split(BREAK);
        let mut text = parts.next().unwrap_or_default().to_owned();
        let mut n = 0;
        for part in parts {
            if names_one(&part) {
                n += 1;
            } else {
                text.push(BREAK);
                text.push_str(part);
            }
        }
        (Self(text.into_boxed_str()), n)
    }

    /// The values of what is about one thing, in order.
    pub(crate) fn values(&self, wanted: About) -> impl Iterator<Item = &str> {
        self.said().filter(move |(about, _)| *about == wanted).map(|(_, value)| value)
    }
}

impl SourceFacts {
    /// What the records of a file say, put together by key, and kept apart by record where records have ids: the order of the records does not count.
    pub(crate) fn of(profiles: Vec<Profile>, accounts: Vec<AccountFact>) -> Self {
        type Said = BTreeMap<(String, u64), BTreeSet<(About, String)>>;
        let add = |said: &mut Said, (key, record): (&str, u64), about: About, value: Option<&str>| {
            let of_key = said.entry((key.to_owned(), record)).or_default();
            if let Some(value) = value.map(clean).filter(|value| !value.is_empty()) {
                of_key.insert((about, value));
            }
        };
        let (mut of_persons, mut of_accounts) = (Said::new(), Said::new());
        for profile in profiles {
            let of = (profile.customer.as_str(), profile.record);
            add(&mut of_persons, of, About::Account, profile.account.as_deref());
            for (field, value) in &profile.fields {
                add(&mut of_persons, of, About::Person(*field), Some(value));
            }
        }
        for account in accounts {
            let AccountFact { key, name, domain, parent, owner, record, .. } = account;
            let of = (key.as_str(), record);
            add(&mut of_accounts, of, About::AccountName, name.as_deref());
            add(&mut of_accounts, of, About::AccountDomain, domain.as_deref());
            add(&mut of_accounts, of, About::AccountParent, parent.as_deref());
            add(&mut of_accounts, of, About::AccountOwner, owner.as_deref());
        }
        let facts =
            |said: &Said| said.iter().map(|((key, record), said)| Fact::new(key, *record, said)).collect();
        Self { persons: facts(&of_persons), accounts: facts(&of_accounts) }
    }

    /// What the source says once a newer export has come: how many facts of persons and of accounts stay from the start, and
    /// what follows those.
    ///
    /// What a record said before goes with what it says now; what has no record stays, and comes in once.
    pub(crate) fn renewed(&self, newer: Self, silent: &[u64]) -> ((usize, usize), Self) {
        let (n_persons, persons) = renewed(&self.persons, newer.persons, silent);
        let (n_accounts, accounts) = renewed(&self.accounts, newer.accounts, silent);
        ((n_persons, n_accounts), Self { persons, accounts })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.accounts.is_empty()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.persons.iter().chain(&self.accounts).map(|fact| size_of::<Fact>() + fact.0.len()).sum()
    }
}

fn renewed(known: &[Fact], newer: Vec<Fact>, silent: &[u64]) -> (usize, Vec<Fact>) {
    let told: HashSet<u64> = newer.iter().map(Fact::record).chain(silent.iter().copied()).collect();
    let said: HashSet<&str> = newer.iter().map(|fact| &*fact.0).collect();
    let is_told = |fact: &Fact| match fact.record() {
        0 => said.contains(&*fact.0),
        record => told.contains(&record),
    };
    let stay: Vec<&Fact> = known.iter().filter(|fact| !is_told(fact)).collect();
    let all = stay.iter().copied().chain(&newer);
    let n_kept = all.zip(known).take_while(|(after, before)| after == before).count();
    let rest = stay.into_iter().cloned().chain(newer.iter().cloned()).skip(n_kept).collect();
    (n_kept, rest)
}

/// Without control characters, which no name, address or number has.
fn clean(value: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    value.trim().chars().map(plain).collect()
}
