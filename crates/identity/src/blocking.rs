//! Blocking: which pairs of records are compared at all.
//!
//! Comparing every pair costs the square of their number. A pass compares only records that share a key; a pair that no
//! pass brings together is taken as apart. Passes are many and each is narrow, so that a slip in one trait, or in
//! two, leaves another pass that finds the pair.

use crate::normalise::is_free_mail;
use crate::{Trait, table::Table};
use hashbrown::HashTable;
use xxhash_rust::xxh3::Xxh3;

/// Most records that share a key for their pairs to be compared; a larger block is skipped and counted.
pub(crate) const MAX_BLOCK: u32 = 60;

/// Most pairs of one pass for each record; of a pass with more, the largest blocks are skipped, so that the work grows
/// with the records and not with their square.
const MAX_PAIRS_EACH: u64 = 3;
/// Pairs of one pass that are compared in any case.
const MIN_PAIRS: u64 = 20_000;

/// Passes are numbered below this.
const N_PASSES: usize = 64;

const NONE: u32 = u32::MAX;

/// Records by the keys of all passes.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    heads: HashTable<Head>,
    /// Record, and the place of the one before it with the same key.
    entries: Vec<(u32, u32)>,
    /// By pass and size: blocks of this size; those beyond the limit are not told apart.
    sizes: Vec<[u32; MAX_BLOCK as usize + 2]>,
    n_records: u64,
}

/// All that is known of one key, which is a hash already.
#[derive(Debug)]
struct Head {
    key: u64,
    /// The last record that has it, as a place among the entries.
    last: u32,
    n_records: u32,
}

/// Pairs to compare, and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// Pairs with the lower record first, each once, ascending.
    pub(crate) pairs: Vec<(u32, u32)>,
    /// Times that a record stood in a block too large to compare.
    pub(crate) n_skipped: u64,
}

impl Blocks {
    /// Enters a record under its keys.
    pub(crate) fn insert(&mut self, table: &Table, record: u32) {
        self.sizes.resize(N_PASSES, [0; MAX_BLOCK as usize + 2]);
        self.n_records += 1;
        for (pass, key) in keys(table, record) {
            let place = u32::try_from(self.entries.len()).unwrap_or(NONE);
            let head = self.heads.entry(key, |head| head.key == key, |head| head.key);
            let mut head = head.or_insert(Head { key, last: NONE, n_records: 0 });
            let head = head.get_mut();
            self.entries.push((record, head.last));
            let sizes = &mut self.sizes[usize::from(pass)];
            let size = head.n_records.min(MAX_BLOCK + 1) as usize;
            sizes[size] = sizes[size].saturating_sub(1);
            sizes[(size + 1).min(MAX_BLOCK as usize + 1)] += 1;
            (head.last, head.n_records) = (place, head.n_records + 1);
        }
    }

    /// The pairs of records from `first` on with each other and with all before.
    ///
    /// Which pairs these are does not depend on the order of the records, only on which are there.
    pub(crate) fn candidates(&self, table: &Table, first: u32, end: u32) -> Candidates {
        let mut out = Candidates::default();
        let limits = self.limits();
        for record in first..end {
            let start = out.pairs.len();
            for (pass, key) in keys(table, record) {
                let Some(head) = self.heads.find(key, |head| head.key == key) else { continue };
                if head.n_records > limits[usize::from(pass)] {
                    out.n_skipped += 1;
                    continue;
                }
                let mut place = head.last;
                while let Some(&(other, before)) = self.entries.get(place as usize) {
                    if other < record {
                        out.pairs.push((other, record));
                    }
                    place = before;
                }
            }
            // Sorted by the later record here and wholly below; duplicates of a record lie together.
            out.pairs[start..].sort_unstable();
            let mut kept = start;
            for at in start..out.pairs.len() {
                if at == start || out.pairs[at] != out.pairs[kept - 1] {
                    out.pairs[kept] = out.pairs[at];
                    kept += 1;
                }
            }
            out.pairs.truncate(kept);
        }
        out.pairs.sort_unstable();
        out
    }

    /// Largest block that is compared, by pass.
    fn limits(&self) -> [u32; N_PASSES] {
        let most = (self.n_records * MAX_PAIRS_EACH).max(MIN_PAIRS);
        let mut limits = [MAX_BLOCK; N_PASSES];
        for (limit, sizes) in limits.iter_mut().zip(&self.sizes) {
            let mut n_pairs = 0;
            for (size, n_blocks) in (0_u64..).zip(sizes).take(MAX_BLOCK as usize + 1) {
                n_pairs += u64::from(*n_blocks) * size * size.saturating_sub(1) / 2;
                if n_pairs > most {
                    *limit = u32::try_from(size.saturating_sub(1)).unwrap_or(MAX_BLOCK);
                    break;
                }
            }
        }
        limits
    }

    /// Bytes of memory in use.
    pub(crate) fn n_bytes(&self) -> usize {
        self.heads.allocation_size() + self.entries.capacity() * size_of::<(u32, u32)>()
    }
}

/// The keys of a record under all passes, each once.
fn keys(table: &Table, record: u32) -> Vec<(u8, u64)> {
    let mut out = Keys(Vec::with_capacity(24));
    let whole = [Trait::Email, Trait::Phone, Trait::ExternalId, Trait::Street, Trait::BirthDate];
    for (pass, which) in (1..).zip(whole) {
        for value in table.texts(record, which) {
            out.push(pass, &[value]);
        }
    }
    for email in table.texts(record, Trait::Email) {
        let local = email.split('@').next().unwrap_or_default();
        if local.len() >= 4 {
            out.push(20, &[local]);
        }
    }
    // The last digits of a number find it without its calling code.
    for phone in table.texts(record, Trait::Phone).filter(|phone| phone.len() >= 9) {
        out.push(21, &[phone.get(phone.len() - 8..).unwrap_or_default()]);
    }
    name_keys(table, record, &mut out);
    out.0.sort_unstable();
    out.0.dedup();
    out.0
}

fn name_keys(table: &Table, record: u32, out: &mut Keys) {
    let one = |which: Trait| table.texts(record, which).next().unwrap_or_default();
    let (given, family) = (table.nickname_root(record), one(Trait::FamilyName));
    let (birth, postcode, city) = (one(Trait::BirthDate), one(Trait::Postcode), one(Trait::City));
    let company = one(Trait::Company);
    let year = birth.get(..4).unwrap_or_default();
    let day = birth.get(4..).unwrap_or_default();
    // Given and family name in either order.
    let (low, high) = if given <= family { (given, family) } else { (family, given) };
    out.push(30, &[low, high]);
    out.push(31, &[beginning(given, 3), beginning(family, 3), year]);
    out.push(32, &[birth, beginning(given, 1)]);
    out.push(33, &[birth, beginning(family, 1)]);
    out.push(34, &[postcode, beginning(family, 3)]);
    out.push(35, &[postcode, given]);
    out.push(36, &[family, city]);
    out.push(37, &[given, city, year]);
    out.push(38, &[family, year]);
    out.push(39, &[given, day]);
    out.push(40, &[family, beginning(given, 1)]);
    out.push(41, &[given, beginning(family, 2)]);
    out.push(42, &[company, family]);
    out.push(43, &[company, given]);
    out.push(44, &[postcode, birth]);
    out.push(45, &[family, day]);
    out.push(46, &[city, birth]);
    let host = table.texts(record, Trait::Email).next().and_then(|email| email.split('@').nth(1));
    if let Some(host) = host.filter(|host| !is_free_mail(host)) {
        out.push(47, &[host, beginning(given, 1)]);
        out.push(48, &[host, beginning(family, 1)]);
    }
}

/// The first `n` characters.
fn beginning(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).map_or(text, |(at, _)| &text[..at])
}

/// Keys of one record.
struct Keys(Vec<(u8, u64)>);

impl Keys {
    /// Adds the key of a pass; none when a part is missing.
    fn push(&mut self, pass: u8, parts: &[&str]) {
        if parts.iter().any(|part| part.is_empty()) {
            return;
        }
        let mut hasher = Xxh3::new();
        hasher.update(&pass.to_le_bytes());
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(&[0x1f]);
        }
        self.0.push((pass, hasher.digest()));
    }
}
