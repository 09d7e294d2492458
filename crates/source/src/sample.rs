//! The sample company: the exports of six systems of one invented business, made from a fixed seed.
//!
//! *Brindlewick* sells shift planning to small companies. Its customers, their accounts and everything they say are invented;
//! e-mail addresses end in the reserved `.example`. The year from 2025-09-01 to 2026-08-31 holds problems that a map should show:
//! manufacturers stall when they import their first data, calendar tickets are reopened again and again, invoice disputes
//! come before cancellations, recurring revenue grows, shrinks, ends and comes back, and tickets opened on a weekend wait until Monday for a reply.
//!
//! The files go through [`crate::Inspector`] and [`crate::Importer`] like anybody's.

mod account_year;
mod clock;
mod company;
mod diary;
mod export;
mod member_year;
mod random;
mod sale;
mod support;
mod text;

/// One file of the sample company, as a system would export it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFile {
    /// File name, beginning with `sample-`.
    pub name: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// Makes the six files: CRM, billing, helpdesk, web analytics, product events and surveys, in this order.
///
/// The bytes are the same on every call and every machine; the rows of each file are in order of time.
///
/// # Example
/// ```
/// let names: Vec<String> = source::sample::files().into_iter().map(|file| file.name).collect();
/// assert_eq!(names[0], "sample-crm.csv");
/// assert_eq!(names.len(), 6);
/// ```
pub fn files() -> Vec<SampleFile> {
    let mut random = random::Random::new(SEED);
    let accounts = company::accounts(&mut random);
    let mut entries = Vec::new();
    for account in &accounts {
        let started = sale::play(account, &mut random, &mut entries);
        if let Some(start) = started {
            let customer_until = account_year::play(account, start, &mut random, &mut entries);
            for member in &account.members {
                member_year::play(account, member, start, customer_until, &mut random, &mut entries);
            }
        }
    }
    export::files(entries)
}

/// Any value would do; this one is kept because the golden digests of the files depend on it.
const SEED: u64 = 20_250_901;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn text_of(file: &SampleFile) -> &str {
        std::str::from_utf8(&file.bytes).unwrap()
    }

    #[test]
    fn bytes_are_the_same_each_time() {
        let files = files();
        assert_eq!(files, super::files(), "two calls give the same files");
        let digests: Vec<String> = files
            .iter()
            .map(|file| format!("{} {:016x}", file.name, xxhash_rust::xxh3::xxh3_64(&file.bytes)))
            .collect();
        assert_eq!(digests, GOLDEN, "the sample changed; if this was wanted, update the golden digests");
    }

    const GOLDEN: [&str; 6] = [
        "sample-crm.csv 34184aac59fa3d01",
        "sample-billing.csv 4d686ea8fd30c8fd",
        "sample-helpdesk.ndjson 2017c99f3c1ac559",
        "sample-web.csv b3f48a160baf10ce",
        "sample-product.ndjson 21ad86b25939ea9b",
        "sample-surveys.csv 27c0f41384ad29b8",
    ];

    #[test]
    fn size_is_as_promised() {
        let files = files();
        let mut n_rows = 0;
        let mut customers = BTreeSet::new();
        for file in &files {
            let text = text_of(file);
            n_rows += text.lines().count() - usize::from(file.name.ends_with(".csv"));
            customers.extend(
                text.split(['"', ',', ';', '\n'])
                    .filter(|word| word.contains('@') && word.ends_with(".example")),
            );
        }
        assert!((10_000..=14_000).contains(&n_rows), "{n_rows} rows");
        assert!((560..=660).contains(&customers.len()), "{} customers", customers.len());
    }

    #[test]
    fn problems_are_planted() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let files = files();
        for activity in export::ACTIVITIES {
            let n = files.iter().map(|file| text_of(file).matches(activity).count()).sum();
            counts.insert(activity, n);
        }
        assert!(counts.values().all(|n| *n > 0), "every activity occurs: {counts:?}");
        assert!(counts["Ticket reopened"] * 5 > counts["Open ticket"], "tickets come back: {counts:?}");
        assert!(counts["Data import failed"] * 2 > counts["Import first data"], "imports stall: {counts:?}");
        assert!((25..=45).contains(&counts.len()), "{} activities", counts.len());
    }
}
