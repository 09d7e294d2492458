//! Public sets of persons with known duplicates: how well they are linked, without a label in training.

use identity::{Directory, Field, Record, Settings, Trait};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if root.exists() {
        return Some(root);
    }
    eprintln!("SKIPPED: {} is not there; these figures were not checked", root.display());
    None
}

/// Rows of a file by column, and the true person of each row.
fn read(
    path: &Path,
    source: u16,
    columns: &[(&str, Field)],
    truth: &dyn Fn(&HashMap<String, String>) -> String,
) -> Vec<(Record, String)> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).expect("the file is there");
    let headers = reader.headers().expect("it has a header").clone();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let cells: HashMap<String, String> =
            headers.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
        let key = cells.get("rec_id").or_else(|| cells.get("unique_id")).cloned().unwrap_or_default();
        let mut fields = Vec::new();
        for (column, field) in columns {
            let value =
                column.split('+').filter_map(|name| cells.get(name)).cloned().collect::<Vec<_>>().join(" ");
            let value = if *field == Field::Is(Trait::ExternalId) { format!("ssn:{value}") } else { value };
            fields.push((*field, value));
        }
        rows.push((Record { source, key, fields }, truth(&cells)));
    }
    rows
}

fn febrl(path: &Path, source: u16) -> Vec<(Record, String)> {
    let columns = [
        ("given_name", Field::Is(Trait::GivenName)),
        ("surname", Field::Is(Trait::FamilyName)),
        ("street_number+address_1", Field::Is(Trait::Street)),
        ("address_2", Field::Is(Trait::District)),
        ("suburb", Field::Is(Trait::City)),
        ("postcode", Field::Is(Trait::Postcode)),
        ("state", Field::Is(Trait::Region)),
        ("date_of_birth", Field::Is(Trait::BirthDate)),
        ("soc_sec_id", Field::Is(Trait::ExternalId)),
    ];
    let truth =
        |cells: &HashMap<String, String>| cells["rec_id"].split('-').nth(1).expect("a number").to_owned();
    read(path, source, &columns, &truth)
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("few records")
}

/// Pairwise precision, recall and F1, and B³ precision, recall and F1.
#[derive(Debug)]
struct Score {
    pairwise: [f64; 3],
    b_cubed: [f64; 3],
}

fn score(directory: &Directory, truth: &[String], across_only: bool) -> Score {
    let n = truth.len();
    let mut by_found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut by_truth: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (record, person) in truth.iter().enumerate() {
        by_found.entry(directory.customer_of(number(record))).or_default().push(record);
        by_truth.entry(person).or_default().push(record);
    }
    let source = |record: usize| directory.key(number(record)).0;
    let pairs = |group: &[usize]| -> f64 {
        let all = group.iter().enumerate().flat_map(|(i, a)| group[..i].iter().map(move |b| (*a, *b)));
        all.filter(|(a, b)| !across_only || source(*a) != source(*b)).count() as f64
    };
    let found: f64 = by_found.values().map(|group| pairs(group)).sum();
    let real: f64 = by_truth.values().map(|group| pairs(group)).sum();
    let (mut right, mut precision, mut recall) = (0.0, 0.0, 0.0);
    for group in by_found.values() {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for record in group {
            parts.entry(&truth[*record]).or_default().push(*record);
        }
        for (person, part) in parts {
            right += pairs(&part);
            let n_part = part.len() as f64;
            precision += n_part * n_part / group.len() as f64;
            recall += n_part * n_part / by_truth[person].len() as f64;
        }
    }
    let f1 = |p: f64, r: f64| [p, r, 2.0 * p * r / (p + r)];
    Score { pairwise: f1(right / found, right / real), b_cubed: f1(precision / n as f64, recall / n as f64) }
}

/// Links as the product does when merging by weight is turned on.
fn link(rows: &[(Record, String)], sure: f64, unique_sources: bool) -> (Directory, Score) {
    let mut directory =
        Directory::new(Settings { automatic: true, sure, unique_sources, ..Settings::default() });
    let records: Vec<Record> = rows.iter().map(|(record, _)| record.clone()).collect();
    directory.add(&records);
    directory.train();
    let truth: Vec<String> = rows.iter().map(|(_, person)| person.clone()).collect();
    let score = score(&directory, &truth, unique_sources);
    (directory, score)
}

/// Prints our figures beside the peers'.
fn report(set: &str, ours: &Score) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/identity/peers.json");
    let peers: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("the peers' figures")).expect("JSON");
    println!("{set}: precision, recall, F1 {:.4?}, B3 {:.4?}", ours.pairwise, ours.b_cubed);
    for (peer, figures) in peers[set].as_object().into_iter().flatten() {
        println!("{set}: {peer}: {} {}", figures["pairwise"], figures["b_cubed"]);
    }
}

fn febrl_rows(files: &[&str]) -> Option<Vec<(Record, String)>> {
    let mut rows = Vec::new();
    for (source, file) in (0..).zip(files) {
        rows.extend(febrl(&shared(&format!("febrl/{file}.csv"))?, source));
    }
    Some(rows)
}

#[test]
fn febrl_is_linked() {
    let sets = [
        ("febrl1", &["dataset1"][..], 0.99),
        ("febrl2", &["dataset2"], 0.99),
        ("febrl3", &["dataset3"], 0.99),
        ("febrl4", &["dataset4a", "dataset4b"], 0.999),
    ];
    for (set, files, least) in sets {
        let Some(rows) = febrl_rows(files) else { return };
        let (_, score) = link(&rows, 0.99, files.len() > 1);
        report(set, &score);
        assert!(score.pairwise[2] >= least && score.b_cubed[2] >= least, "{set}: {score:?}");
    }
}

#[test]
fn febrl_is_linked_without_a_register() {
    for (set, files, least) in
        [("febrl3", &["dataset3"][..], 0.97), ("febrl4", &["dataset4a", "dataset4b"], 0.99)]
    {
        let Some(mut rows) = febrl_rows(files) else { return };
        for (record, _) in &mut rows {
            record.fields.retain(|(field, _)| *field != Field::Is(Trait::ExternalId));
        }
        let (_, score) = link(&rows, 0.99, files.len() > 1);
        println!(
            "{set} without soc_sec_id, by weight alone: {:.4?}, B3 {:.4?}",
            score.pairwise, score.b_cubed
        );
        assert!(score.pairwise[2] >= least, "{set}: {score:?}");
    }
}

#[test]
fn fake_1000_is_linked_better_than_by_a_peer() {
    let Some(path) = shared("splink-fake1000/fake_1000.csv") else { return };
    let columns = [
        ("first_name", Field::Is(Trait::GivenName)),
        ("surname", Field::Is(Trait::FamilyName)),
        ("dob", Field::Is(Trait::BirthDate)),
        ("city", Field::Is(Trait::City)),
        ("email", Field::Is(Trait::Email)),
    ];
    let rows = read(&path, 0, &columns, &|cells| cells["cluster"].clone());
    let (directory, score) = link(&rows, 0.99, false);
    report("fake1000", &score);
    let bands = directory.bands();
    println!(
        "fake1000: expected from sure on {:.3} {:.3}, from review on {:.3} {:.3}",
        bands.sure_precision, bands.sure_recall, bands.review_precision, bands.review_recall
    );
    assert!(score.pairwise[2] > 0.5997, "above splink's introduction at its best threshold: {score:?}");
    let (_, even) = link(&rows, 0.5, false);
    println!("fake1000 from even chance on: {:.4?}, B3 {:.4?}", even.pairwise, even.b_cubed);
    assert!(even.pairwise[2] > 0.9211, "above splink with more rules at its best threshold: {even:?}");
    assert!(even.b_cubed[2] > 0.9378, "the same by B3: {even:?}");
    assert!(score.pairwise[0] >= 0.99, "what is merged by itself is right: {score:?}");
    let truth = |record: u32| &rows[record as usize].1;
    let from = |chance: f64| {
        let kept: Vec<_> =
            directory.links().iter().filter(|link| identity::chance(link.bits) >= chance).collect();
        let right = kept.iter().filter(|link| truth(link.pair.0) == truth(link.pair.1)).count();
        right as f64 / kept.len() as f64
    };
    for (chance, expected) in [(0.99, bands.sure_precision), (0.80, bands.review_precision)] {
        assert!(
            (from(chance) - expected).abs() < 0.02,
            "what is expected of the pairs from {chance} on is so"
        );
    }
}

#[test]
fn phones_are_those_of_a_peer() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/identity/phones.csv");
    let mut reader = csv::Reader::from_path(file).expect("the peer's numbers");
    let (mut n, mut wrong) = (0, Vec::new());
    for row in reader.records() {
        let row = row.expect("a row");
        n += 1;
        let ours = identity::normalise::phone(&row[1], Some(&row[0]));
        if ours.as_deref() != Some(&row[2]) {
            wrong.push(format!("{} {}: {ours:?} instead of {}", &row[0], &row[1], &row[2]));
        }
    }
    println!("{} of {n} numbers of all regions differ from the peer's:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n > 900 && wrong.len() <= 3, "{} differ", wrong.len());
}
