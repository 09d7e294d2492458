//! How well personal data is found in texts: ours, labelled by hand, and public ones.

use language::personal::{Class, find};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Texts made for this test; what stands between `<class:` and `>` is personal data. Small, and made by those who made the
/// finder, so that it tells less than texts of strangers.
const LABELLED: &str = include_str!("labelled.txt");

/// A text without its labels, and the labels as (class, start, end).
fn read(line: &str) -> (String, Vec<(Class, usize, usize)>) {
    let (mut text, mut labels, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let (label, behind) = after.split_once('>').expect("a label is closed");
        let (class, value) = label.split_once(':').expect("a label has a class");
        let class = Class::from_name(class).expect("a class");
        labels.push((class, text.len(), text.len() + value.len()));
        text.push_str(value);
        rest = behind;
    }
    text.push_str(rest);
    (text.replace("\\n", "\n "), labels)
}

#[derive(Debug, Default)]
struct Score {
    n_right: u32,
    n_wrong: u32,
    n_missed: u32,
}

impl Score {
    fn precision(&self) -> f64 {
        f64::from(self.n_right) / f64::from(self.n_right + self.n_wrong).max(1.0)
    }

    fn recall(&self) -> f64 {
        f64::from(self.n_right) / f64::from(self.n_right + self.n_missed).max(1.0)
    }
}

/// A find is right when it has the class of a label and overlaps it by more than half.
fn score(
    labels: &[(Class, usize, usize)],
    text: &str,
    scores: &mut BTreeMap<Class, Score>,
    faults: &mut Vec<String>,
) {
    let mut found = find(text);
    for (class, start, end) in labels {
        let overlap = |one: &language::personal::Find| {
            one.class == *class && (one.end.min(*end).saturating_sub(one.start.max(*start))) * 2 > end - start
        };
        let score = scores.entry(*class).or_default();
        match found.iter().position(overlap) {
            Some(place) => {
                found.remove(place);
                score.n_right += 1;
            }
            None => {
                score.n_missed += 1;
                faults.push(format!("missed {class:?} {:?} in {text:?}", &text[*start..*end]));
            }
        }
    }
    for one in found {
        scores.entry(one.class).or_default().n_wrong += 1;
        faults.push(format!("wrong {:?} {:?} in {text:?}", one.class, &text[one.start..one.end]));
    }
}

#[test]
fn labelled_texts() {
    let (mut scores, mut faults) = (BTreeMap::new(), Vec::new());
    let lines: Vec<&str> =
        LABELLED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        let (text, labels) = read(line);
        score(&labels, &text, &mut scores, &mut faults);
    }
    println!("{} texts of our own", lines.len());
    let mut all = Score::default();
    for (class, score) in &scores {
        println!(
            "{:>15} precision {:.2} recall {:.2} {score:?}",
            class.name(),
            score.precision(),
            score.recall()
        );
        all.n_right += score.n_right;
        all.n_wrong += score.n_wrong;
        all.n_missed += score.n_missed;
    }
    println!(
        "{:>15} precision {:.3} recall {:.3}\n{}",
        "all",
        all.precision(),
        all.recall(),
        faults.join("\n")
    );
    assert!(all.precision() >= 0.95 && all.recall() >= 0.9, "{all:?}\n{}", faults.join("\n"));
}

fn public(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !path.exists() {
        println!("SKIPPED: {} is not there; the public texts were not looked at", path.display());
        return None;
    }
    Some(path)
}

/// Texts in which something was found, per 1,000, by class.
fn alarms(name: &str, texts: &[String]) -> BTreeMap<Class, u32> {
    let mut n_texts_by_class: BTreeMap<Class, u32> = BTreeMap::new();
    let mut shown = Vec::new();
    for text in texts {
        let mut classes: Vec<Class> = find(text).iter().map(|one| one.class).collect();
        for one in find(text) {
            shown.push(format!(
                "{:?} {:?} ({})",
                one.class,
                &text[one.start..one.end],
                one.confidence_percent
            ));
        }
        classes.sort_unstable();
        classes.dedup();
        classes.iter().for_each(|class| *n_texts_by_class.entry(*class).or_default() += 1);
    }
    println!(
        "{name}: {} texts, with {n_texts_by_class:?}\n  {}",
        texts.len(),
        shown[..shown.len().min(80)].join("\n  ")
    );
    n_texts_by_class
}

#[test]
fn questions_to_a_bank_hold_next_to_nothing() {
    let Some(folder) = public("banking77") else { return };
    let mut texts = Vec::new();
    for file in ["train.csv", "test.csv"] {
        let mut reader = csv::Reader::from_path(folder.join(file)).expect("readable");
        texts.extend(reader.records().map(|row| row.expect("a row")[0].to_owned()));
    }
    let n: u32 = alarms("banking77", &texts).values().sum();
    assert!(f64::from(n) / texts.len() as f64 <= 0.001, "at most one alarm in 1,000 questions, found {n}");
}

#[test]
fn comments_of_strangers_hold_little() {
    let Some(path) = public("goemotions/train.tsv") else { return };
    let file = std::fs::read_to_string(path).expect("readable");
    let texts: Vec<String> =
        file.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect();
    let start = std::time::Instant::now();
    let found = alarms("goemotions", &texts);
    println!("{} bytes in {:?}, twice", texts.iter().map(String::len).sum::<usize>(), start.elapsed());
    let n_others: u32 = found.iter().filter(|(class, _)| **class != Class::PersonName).map(|(_, n)| n).sum();
    assert!(f64::from(n_others) / texts.len() as f64 <= 0.0005, "classes but names: {n_others}");
}

#[test]
fn chats_with_known_customers() {
    let Some(path) = public("abcd-sample/abcd_sample.json") else { return };
    let file = std::fs::read_to_string(path).expect("readable");
    let chats: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    let mut scores: BTreeMap<Class, Score> = BTreeMap::new();
    let mut faults = Vec::new();
    for chat in chats.as_array().expect("a list") {
        let of =
            |group: &str, key: &str| chat["scenario"][group][key].as_str().unwrap_or_default().to_lowercase();
        let known = [
            (Class::Email, of("personal", "email")),
            (Class::Phone, of("personal", "phone")),
            (Class::PersonName, of("personal", "customer_name")),
            (Class::PostalAddress, of("order", "street_address")),
        ];
        for turn in chat["original"].as_array().expect("turns") {
            let text = turn[1].as_str().unwrap_or_default();
            let lower = text.to_ascii_lowercase();
            let labels = known.iter().filter(|(_, value)| !value.is_empty() && value.is_ascii());
            let labels: Vec<(Class, usize, usize)> = labels
                .filter_map(|(class, value)| lower.find(value).map(|at| (*class, at, at + value.len())))
                .collect();
            score(&labels, text, &mut scores, &mut faults);
        }
    }
    faults.sort();
    for (class, score) in &scores {
        println!(
            "{:>15} precision {:.2} recall {:.2} {score:?}",
            class.name(),
            score.precision(),
            score.recall()
        );
    }
    println!("{}", faults.join("\n"));
    assert!(scores[&Class::Email].recall() >= 0.98, "e-mail addresses of the scenario are found");
}
