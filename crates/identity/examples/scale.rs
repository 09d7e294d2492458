//! How linking grows: made-up persons, a fourth of the records one of another with slips of the hand, at growing numbers of records.
//!
//! `cargo run --release -p identity --example scale`, and the same with `--target wasm32-wasip1`.

use identity::{Directory, Field, Record, Settings, Trait};
use std::time::Instant;

/// A generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap_or(0)
    }

    /// A name of syllables; low numbers are more frequent, as in real names.
    fn name(&mut self, n_names: usize) -> String {
        const SYLLABLES: [&str; 16] = [
            "ba", "len", "mar", "to", "ri", "sel", "ka", "no", "wid", "ger", "ul", "fa", "tor", "ine", "mo",
            "sch",
        ];
        let mut at = self.roll(n_names).min(self.roll(n_names)) + 17;
        let mut name = String::new();
        while at > 0 {
            name.push_str(SYLLABLES[at % 16]);
            at /= 16;
        }
        name
    }

    fn slip(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        if letters.len() > 2 && self.roll(3) == 0 {
            let at = self.roll(letters.len() - 1);
            letters.swap(at, at + 1);
        }
        letters.into_iter().collect()
    }
}

fn persons(n: usize) -> Vec<Record> {
    let mut dice = Dice(7);
    let mut records: Vec<Record> = Vec::with_capacity(n);
    let mut last: Vec<(Field, String)> = Vec::new();
    for i in 0..n {
        let fields = if i % 4 == 3 {
            // The one before once more, as another system has it: with slips, and a fifth of it missing.
            last.iter()
                .filter(|_| dice.roll(5) != 0)
                .map(|(field, text)| (*field, text.clone()))
                .collect::<Vec<_>>()
        } else {
            let (given, family) = (dice.name(2_000), dice.name(60_000));
            vec![
                (
                    Field::Is(Trait::Email),
                    format!("{given}.{family}{}@mail{}.com", dice.roll(100), dice.roll(3_000)),
                ),
                (Field::Is(Trait::Phone), format!("+49 30 {:07}", dice.roll(9_999_999))),
                (Field::Is(Trait::GivenName), given),
                (Field::Is(Trait::FamilyName), family),
                (
                    Field::Is(Trait::BirthDate),
                    format!("{}-{:02}-{:02}", 1930 + dice.roll(75), 1 + dice.roll(12), 1 + dice.roll(28)),
                ),
                (Field::Is(Trait::Street), format!("{} street {}", dice.name(8_000), 1 + dice.roll(90))),
                (Field::Is(Trait::City), dice.name(900)),
                (Field::Is(Trait::Postcode), format!("{:05}", 10_000 + dice.roll(9_000))),
            ]
        };
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(field, text)| (field, if i % 4 == 3 { dice.slip(&text) } else { text }))
            .collect();
        last.clone_from(&fields);
        records.push(Record { source: u16::from(i % 4 == 3), key: i.to_string(), fields });
    }
    records
}

fn main() {
    println!("records | link | train and compare | add 1,000 | pairs | precision | recall | MB");
    for n in [12_500, 25_000, 50_000, 100_000, 200_000, 400_000] {
        let records = persons(n + 1_000);
        let mut directory = Directory::new(Settings { automatic: true, ..Settings::default() });
        let started = Instant::now();
        directory.add(&records[..n]);
        let linked = started.elapsed();
        directory.train();
        let trained = started.elapsed() - linked;
        let pairs = directory.bands().n_compared;
        let is_twin = |record: u32| {
            record % 4 == 3 && directory.customer_of(record) == directory.customer_of(record - 1)
        };
        let right = (0..u32::try_from(n).unwrap_or(0)).filter(|record| is_twin(*record)).count() as f64;
        let made: usize =
            directory.merged().map(|(_, members)| members.len() * (members.len() - 1) / 2).sum();
        let (precision, recall) = (right / made as f64, right / (n / 4) as f64);
        let started = Instant::now();
        directory.add(&records[n..]);
        let megabytes = directory.n_bytes() >> 20;
        println!(
            "{n} | {linked:.2?} | {trained:.2?} | {:.2?} | {pairs} | {precision:.4} | {recall:.4} | {megabytes}",
            started.elapsed()
        );
    }
}
