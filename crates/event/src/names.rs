//! Dictionaries: each distinct name is stored once and referred to by its number.

use crate::Error;
use hashbrown::HashTable;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// A growing dictionary from names to dense numbers, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: Texts,
    by_hash: HashTable<u32>,
    erased: Vec<u32>,
}

impl Names {
    /// Returns the number of a name, adding it when it is new. Amortised constant time in the length of the name.
    pub fn intern(&mut self, name: &str) -> u32 {
        let hash = xxh3_64(name.as_bytes());
        if let Some(&found) = self.by_hash.find(hash, |&id| self.texts.get(id) == name) {
            return found;
        }
        let id = self.texts.push(name);
        let texts = &self.texts;
        self.by_hash.insert_unique(hash, id, |&other| xxh3_64(texts.get(other).as_bytes()));
        id
    }

    /// Returns the number of a name that is already known.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_hash.find(xxh3_64(name.as_bytes()), |&id| self.texts.get(id) == name).copied()
    }

    /// Returns the name with this number; empty for a number that was never given.
    pub fn get(&self, id: u32) -> &str {
        self.texts.get(id)
    }

    /// Number of distinct names.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.texts.len() == 0
    }

    /// All names in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }

    /// The names from this number on. Costs nothing for those before.
    pub fn iter_from(&self, first: usize) -> impl Iterator<Item = &str> {
        (0_u32..).take(self.len()).skip(first).map(|number| self.get(number))
    }

    /// Numbers whose names were erased, ascending.
    pub fn erased(&self) -> &[u32] {
        &self.erased
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        self.texts.n_bytes() + self.by_hash.capacity() * 5 + self.erased.capacity() * 4
    }

    /// A dictionary as it lies in a file: its texts, and which of them were erased.
    pub(crate) fn from_parts(texts: Texts, erased: Vec<u32>) -> Result<Self, Error> {
        let exists = |&id: &u32| (id as usize) < texts.len() && texts.get(id).is_empty();
        if !erased.is_sorted_by(|a, b| a < b) || !erased.iter().all(exists) {
            return Err(Error::damaged("its list of erased names is wrong"));
        }
        let hash = |&id: &u32| xxh3_64(texts.get(id).as_bytes());
        let mut by_hash = HashTable::with_capacity(texts.len());
        let mut next_erased = erased.iter().copied().peekable();
        for id in (0_u32..).take(texts.len()) {
            if next_erased.next_if_eq(&id).is_some() {
                continue;
            }
            let name = texts.get(id);
            if by_hash.find(hash(&id), |&other| texts.get(other) == name).is_some() {
                return Err(Error::damaged("a name appears twice"));
            }
            by_hash.insert_unique(hash(&id), id, hash);
        }
        Ok(Self { texts, by_hash, erased })
    }

    /// The names by number; empty for an erased one.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Forgets names: their numbers stay taken, with nothing behind them. Costs the bytes of all names.
    pub(crate) fn erase(&mut self, ids: &[u32]) {
        for &id in ids {
            let hash = xxh3_64(self.texts.get(id).as_bytes());
            if let Ok(found) = self.by_hash.find_entry(hash, |&other| other == id) {
                found.remove();
                self.erased.push(id);
            }
        }
        self.erased.sort_unstable();
        let erased = &self.erased;
        self.texts.retain(self.texts.len(), |id| erased.binary_search(&id).is_err());
    }
}

/// A growing list of texts in one allocation, each referred to by its number.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a text and returns its number.
    pub fn push(&mut self, text: &str) -> u32 {
        let id = self.ends.len();
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        u32::try_from(id).unwrap_or(u32::MAX)
    }

    /// Returns the text with this number; empty for a number that was never given.
    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else {
            return "";
        };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.bytes[start..end]
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All texts in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|id| self.get(u32::try_from(id).unwrap_or(u32::MAX)))
    }

    /// Texts as they lie in a file: the bytes of all, and how many belong to each.
    pub(crate) fn from_parts(lens: &[u32], bytes: Vec<u8>) -> Result<Self, Error> {
        let bytes = String::from_utf8(bytes).map_err(|_| Error::damaged("a text is not UTF-8"))?;
        let mut ends = Vec::with_capacity(lens.len());
        let mut end = 0_usize;
        for &len in lens {
            end = end.saturating_add(len as usize);
            if !bytes.is_char_boundary(end) {
                return Err(Error::damaged("a text has a wrong length"));
            }
            ends.push(end);
        }
        if end != bytes.len() || ends.len() >= u32::MAX as usize {
            return Err(Error::damaged("the texts have a wrong length"));
        }
        Ok(Self { bytes, ends })
    }

    /// The bytes of all texts, one after the other.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    /// Bytes of some texts each.
    pub(crate) fn lens(&self, ids: Range<usize>) -> Vec<u32> {
        let end = |id: usize| id.checked_sub(1).map_or(0, |before| self.ends[before]);
        ids.map(|id| u32::try_from(self.ends[id] - end(id)).unwrap_or(u32::MAX)).collect()
    }

    /// Keeps the first `n` numbers, and behind them only the texts that are wanted. Costs O(bytes).
    pub(crate) fn retain(&mut self, n: usize, is_wanted: impl Fn(u32) -> bool) {
        let mut kept = Self::default();
        for (id, text) in (0_u32..).zip(self.iter()).take(n) {
            kept.push(if is_wanted(id) { text } else { "" });
        }
        kept.bytes.shrink_to_fit();
        *self = kept;
    }

    /// Bytes of memory in use.
    pub fn n_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}
