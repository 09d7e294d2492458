//! Known exports are recognised by their columns and come in without a mapping, or say what they lack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::desk::{Desk, inspect};

/// Tables whose copies here have hashed names of properties, so that no change of a stage is found in them; and what is
/// said of them.
const EMPTY_HERE: [(&str, &str); 2] = [
    ("contact_property_history_data.csv", "holds nothing that the recipe makes an event of"),
    ("deal_property_history_data.csv", "holds nothing that the recipe makes an event of"),
];

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(folder);
    if !path.is_dir() {
        eprintln!("SKIPPED: {} is not there, so that known exports cannot be opened", path.display());
        return None;
    }
    Some(path)
}

fn tables(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder that can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(tables(&path));
        } else if path.extension().is_some_and(|ext| ext == "csv" || ext == "jsonl") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn tables_of_twelve_systems_come_in_or_say_what_they_lack() {
    let Some(folder) = data("export-seeds-fivetran") else { return };
    let mut desk = Desk::new();
    let (mut unknown, mut refused, mut n_lists, mut n_opened) = (Vec::new(), Vec::new(), 0, 0);
    for path in tables(&folder) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let Ok(preview) = inspect(&name, &bytes) else { continue };
        let Some(recipe) = preview.recipe else {
            unknown.push(name);
            continue;
        };
        match desk.open(&name, &bytes) {
            Ok(_) if recipe.lookup.is_empty() => n_opened += 1,
            Err(failure) if !recipe.lookup.is_empty() => {
                assert!(failure.message.contains(&recipe.lookup), "{name} says what it lists: {failure:?}");
                n_lists += 1;
            }
            outcome => refused.push(format!("{name}: {}: {outcome:?}", recipe.title)),
        }
    }
    refused.retain(|told| !EMPTY_HERE.iter().any(|(name, why)| told.contains(name) && told.contains(why)));
    assert!(unknown.is_empty() && refused.is_empty(), "unknown {unknown:#?}, refused {refused:#?}");
    assert!(n_opened > 50 && n_lists > 100, "{n_opened} opened, {n_lists} lists");
}

#[test]
fn other_exports_are_recognised() {
    for (folder, expected) in [
        ("ga4-export", "Google Analytics 4 events (BigQuery)"),
        ("export-seeds-segment", "Segment pages"),
        ("ravenstack-saas", "SaaS"),
    ] {
        let Some(folder) = data(folder) else { return };
        for path in tables(&folder) {
            let bytes = std::fs::read(&path).expect("a file that can be read");
            let name = path.to_string_lossy();
            let preview = inspect(&name, &bytes).expect("it can be looked at");
            let title = preview.recipe.map(|recipe| recipe.title).unwrap_or_default();
            assert!(title.starts_with(expected), "{name}: {title}");
            Desk::new().open(&name, &bytes).expect("it comes in");
        }
    }
}

#[test]
fn the_sample_company_is_nobodys_export() {
    for file in source::sample::files() {
        let preview = inspect(&file.name, &file.bytes).expect("it can be looked at");
        assert_eq!(preview.recipe, None, "{}", file.name);
    }
}

/// The five files of one company agree with their own tables.
#[test]
fn ravenstack_is_one_company() {
    let Some(folder) = data("ravenstack-saas") else { return };
    let mut store = event::Store::new();
    for path in tables(&folder) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let mut inspector = source::Inspector::new(&name);
        inspector.push(&bytes).expect("it can be looked at");
        let mut importer =
            source::Importer::new(inspector.finish().expect("a table").plan()).expect("a plan");
        importer.push(&bytes).expect("it can be read");
        let imported = importer.finish().expect("a whole file");
        assert_eq!(imported.audit.n_rejected, 0, "{name}: {:?}", imported.audit.rejected_by_reason);
        let staged = store.stage(imported.batch);
        store.commit(staged);
    }
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect("a table");
        let heads = reader.headers().expect("a header").clone();
        let row = |row: csv::StringRecord| {
            heads.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
        };
        reader.records().map(|record| row(record.expect("a row"))).collect()
    };
    assert_eq!(store.accounts().len(), rows("ravenstack_accounts.csv").len(), "accounts");
    let subscriptions = rows("ravenstack_subscriptions.csv");
    let open: Vec<_> = subscriptions.iter().filter(|row| row["end_date"].is_empty()).collect();
    let expected: f64 = open.iter().map(|row| row["mrr_amount"].parse::<f64>().expect("a number")).sum();
    // What each subscription brings a month after all that happened to it.
    let mut by_object: BTreeMap<u32, (i64, f64)> = BTreeMap::new();
    let mut n_churned = 0;
    for (_, case) in store.cases() {
        for i in 0..case.len() {
            let event = case.event(i);
            n_churned += usize::from(store.activities().get(event.activity) == "Churned");
            if event.measure == event::Measure::Mrr
                && let (Some(object), Some(value)) = (event.object, event.value)
            {
                let last = by_object.entry(object).or_insert((i64::MIN, 0.0));
                if event.start_micros >= last.0 {
                    *last = (event.start_micros, value);
                }
            }
        }
    }
    let found: f64 = by_object.values().map(|(_, value)| value).sum();
    assert!((found - expected).abs() < 1e-6, "monthly revenue: {found}, in the table {expected}");
    assert_eq!(by_object.len(), subscriptions.len(), "subscriptions");
    let churned = rows("ravenstack_churn_events.csv");
    let churned = churned.iter().filter(|row| row["is_reactivation"] != "True").count();
    assert_eq!(n_churned, churned, "churn events that are no reactivations");
}
