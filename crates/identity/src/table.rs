//! Records in columns: every normalised value once, every record as numbers of values.

use crate::normalise as n;
use crate::{Field, Record, Trait};
use hashbrown::HashTable;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Most values of one trait that a record keeps; further ones are counted and left out.
const MAX_VALUES: usize = 8;

/// All records, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) values: Values,
    columns: [Column; Trait::N],
    pub(crate) sources: Vec<u16>,
    keys: Values,
    key_ids: Vec<u32>,
    /// Groups of nicknames by value of a given name, and the name under which all of the first group are blocked.
    nicknames: HashMap<u32, (Vec<u8>, &'static str)>,
    /// Hash of source and key: an order of the records that does not depend on when they came.
    pub(crate) ranks: Vec<u64>,
    /// Fields of which nothing usable was left.
    pub(crate) n_unusable: u64,
    /// Values beyond what a record keeps.
    pub(crate) n_beyond: u64,
}

/// One trait of all records: values of record `i` lie at `first[i]..first[i + 1]`.
#[derive(Debug, Default)]
struct Column {
    first: Vec<u32>,
    values: Vec<u32>,
    /// Records by value; values that this trait never has are zero or beyond the end.
    n_records: Vec<u32>,
    n_filled: u32,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }

    /// Adds a record with its fields normalised, and returns its number; `is_key_all` when the source is no part of who
    /// it is.
    pub(crate) fn push(&mut self, record: &Record, is_key_all: bool) -> u32 {
        let mut found: [Vec<String>; Trait::N] = Default::default();
        let country = record.fields.iter().find(|(field, _)| *field == Field::Is(Trait::Country));
        let country = country.map(|(_, value)| value.as_str());
        for (field, raw) in &record.fields {
            let n_before: usize = found.iter().map(Vec::len).sum();
            read(*field, raw, country, &mut found);
            if n_before == found.iter().map(Vec::len).sum::<usize>() && !raw.trim().is_empty() {
                self.n_unusable += 1;
            }
        }
        for (column, mut texts) in self.columns.iter_mut().zip(found) {
            texts.sort_unstable();
            texts.dedup();
            self.n_beyond += texts.len().saturating_sub(MAX_VALUES) as u64;
            texts.truncate(MAX_VALUES);
            column.push(texts.iter().map(|text| self.values.number(text)));
        }
        self.note_nicknames();
        let id = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let mut ranked = if is_key_all { Vec::new() } else { record.source.to_le_bytes().to_vec() };
        ranked.extend_from_slice(record.key.as_bytes());
        self.ranks.push(xxh3_64(&ranked));
        self.key_ids.push(self.keys.number(&record.key));
        self.sources.push(record.source);
        id
    }

    /// Looks up the groups of nicknames of the given names that came last.
    fn note_nicknames(&mut self) {
        let column = &self.columns[Trait::GivenName.index()];
        let first = column.first.len().checked_sub(2).map_or(0, |at| column.first[at] as usize);
        for &value in &column.values[first..] {
            if column.n_records[value as usize] == 1 {
                let groups = n::nickname_groups(self.values.get(value));
                if let Some(root) = groups.first().and_then(|group| n::nickname_root(*group)) {
                    self.nicknames.insert(value, (groups, root));
                }
            }
        }
    }

    /// Whether two values of given names are used for one person.
    pub(crate) fn is_nickname(&self, a: u32, b: u32) -> bool {
        match (self.nicknames.get(&a), self.nicknames.get(&b)) {
            (Some((a, _)), Some((b, _))) => a.iter().any(|group| b.contains(group)),
            _ => false,
        }
    }

    /// The given name under which a record is blocked: the root of its nicknames, or the name itself; may be empty.
    pub(crate) fn nickname_root(&self, record: u32) -> &str {
        let Some(value) = self.of(record, Trait::GivenName).first() else { return "" };
        self.nicknames.get(value).map_or_else(|| self.values.get(*value), |(_, root)| root)
    }

    /// The person's key in its source.
    pub(crate) fn key(&self, record: u32) -> &str {
        self.key_ids.get(record as usize).map_or("", |id| self.keys.get(*id))
    }

    /// The number of a record's key; equal for equal keys.
    pub(crate) fn key_id(&self, record: u32) -> u32 {
        self.key_ids.get(record as usize).copied().unwrap_or(u32::MAX)
    }

    /// Values of a trait of a record.
    pub(crate) fn of(&self, record: u32, which: Trait) -> &[u32] {
        let column = &self.columns[which.index()];
        let at = record as usize;
        match (column.first.get(at), column.first.get(at + 1)) {
            (Some(first), Some(end)) => &column.values[*first as usize..*end as usize],
            _ => &[],
        }
    }

    /// Texts of a trait of a record.
    pub(crate) fn texts(&self, record: u32, which: Trait) -> impl Iterator<Item = &str> {
        self.of(record, which).iter().map(|id| self.values.get(*id))
    }

    /// How many records have this value of a trait.
    pub(crate) fn n_records_with(&self, which: Trait, value: u32) -> u32 {
        self.columns[which.index()].n_records.get(value as usize).copied().unwrap_or(0)
    }

    /// How many records have any value of a trait.
    pub(crate) fn n_filled(&self, which: Trait) -> u32 {
        self.columns[which.index()].n_filled
    }

    /// Records by value of a trait, for every value that occurs.
    pub(crate) fn frequencies(&self, which: Trait) -> impl Iterator<Item = u32> {
        self.columns[which.index()].n_records.iter().copied().filter(|n| *n > 0)
    }

    /// Bytes of memory in use.
    pub(crate) fn n_bytes(&self) -> usize {
        let columns: usize = self
            .columns
            .iter()
            .map(|c| 4 * (c.first.capacity() + c.values.capacity() + c.n_records.capacity()))
            .sum();
        let rows = self.sources.capacity() * 2 + self.key_ids.capacity() * 4 + self.ranks.capacity() * 8;
        columns + rows + self.values.n_bytes() + self.keys.n_bytes()
    }
}

impl Column {
    fn push(&mut self, values: impl Iterator<Item = u32>) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        let n_before = self.values.len();
        self.values.extend(values);
        for &value in &self.values[n_before..] {
            let at = value as usize;
            if at >= self.n_records.len() {
                self.n_records.resize(at + 1, 0);
            }
            self.n_records[at] += 1;
        }
        self.n_filled += u32::from(self.values.len() > n_before);
        self.first.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }
}

/// Puts the normalised values of a field where they belong.
fn read(field: Field, raw: &str, country: Option<&str>, found: &mut [Vec<String>; Trait::N]) {
    let mut put = |which: Trait, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            found[which.index()].push(value);
        }
    };
    let folded = || Some(n::fold(raw)).filter(|folded| !n::is_placeholder(folded));
    match field {
        Field::FullName => {
            if let Some(name) = n::person_name(raw) {
                put(Trait::GivenName, Some(name.given));
                put(Trait::FamilyName, Some(name.family));
            }
        }
        Field::Is(which) => put(
            which,
            match which {
                Trait::GivenName => n::given_name(raw),
                Trait::FamilyName => n::family_name(raw),
                Trait::Email => n::email(raw).map(|email| email.address()),
                Trait::Phone => n::phone(raw, country),
                Trait::BirthDate => n::birth_date(raw),
                Trait::Street => n::street(raw),
                Trait::Postcode => n::postcode(raw),
                Trait::Company => n::company(raw),
                Trait::Country => n::country_code(raw).or_else(folded),
                Trait::ExternalId => external_id(raw),
                Trait::District | Trait::City | Trait::Region => folded(),
            },
        ),
    }
}

/// Reads `register:number`; the register is compared as it is, the number without case and spaces.
fn external_id(raw: &str) -> Option<String> {
    let (register, number) = raw.split_once(':').unwrap_or(("", raw));
    let number: String = number.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let fits = !number.is_empty() && number.len() <= n::MAX_BYTES && !n::is_placeholder(&n::fold(&number));
    let zero = number.bytes().all(|b| b == b'0' || b == b'-');
    (fits && !zero).then(|| format!("{register}:{number}"))
}

/// Texts, each once, by number.
#[derive(Debug, Default)]
pub(crate) struct Values {
    bytes: String,
    ends: Vec<u32>,
    by_hash: HashTable<u32>,
}

impl Values {
    /// The number of a text, a new one for a text not seen before.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        let hash = xxh3_64(text.as_bytes());
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(id) = self.by_hash.find(hash, |id| slice(bytes, ends, *id) == text) {
            return *id;
        }
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.by_hash.insert_unique(hash, id, |id| xxh3_64(slice(bytes, ends, *id).as_bytes()));
        id
    }

    pub(crate) fn get(&self, id: u32) -> &str {
        slice(&self.bytes, &self.ends, id)
    }

    fn n_bytes(&self) -> usize {
        self.bytes.capacity() + 4 * self.ends.capacity() + self.by_hash.allocation_size()
    }
}

fn slice<'a>(bytes: &'a str, ends: &[u32], id: u32) -> &'a str {
    let at = id as usize;
    let first = if at == 0 { 0 } else { ends.get(at - 1).copied().unwrap_or(0) };
    ends.get(at).map_or("", |end| &bytes[first as usize..*end as usize])
}
