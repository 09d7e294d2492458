//! The vendors' own documents: what is found in them against what their documentation says.

mod ready;

use connector::{Authentication, Catalogue, Connection, Items, Paging, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

const TABLE: &str = include_str!("lists.txt");
/// Share of the lists whose items, paging and authentication have to be found as the vendor documents them.
const MIN_RIGHT: f64 = 0.95;

/// The folder of documents, where it is there; tests say loudly that they do nothing without it.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/openapi-official");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: the vendors' documents are not at {}", folder.display());
    None
}

fn paging(paging: &Paging) -> String {
    match paging {
        Paging::None => "none".to_owned(),
        Paging::Cursor { parameter, field, .. } => format!("cursor {parameter} {field}"),
        Paging::LastItem { parameter, .. } => format!("last_item {parameter}"),
        Paging::NextLink { field } => format!("next_link {field}"),
        Paging::LinkHeader => "link_header".to_owned(),
        Paging::Page { parameter, .. } => format!("page {parameter}"),
        Paging::Offset { parameter, .. } => format!("offset {parameter}"),
    }
}

fn authentication(all: &[Authentication]) -> &'static str {
    match all.first() {
        Some(Authentication::Bearer) => "bearer",
        Some(Authentication::Basic) => "basic",
        Some(Authentication::OAuth2 { .. }) => "oauth",
        Some(Authentication::ApiKey { .. }) => "key",
        Some(Authentication::Other(_)) => "other",
        None => "none",
    }
}

fn items(read: &Read) -> String {
    match &read.items {
        Items::Field(field) => field.clone(),
        Items::Answer => "answer".to_owned(),
        Items::Lines => "lines".to_owned(),
        Items::Found => "?".to_owned(),
        Items::One => "one".to_owned(),
    }
}

fn found(catalogue: &Catalogue, method: &str, path: &str) -> String {
    let of_path = |listing: &&connector::Listing| {
        let operation = &catalogue.operations[listing.operation];
        operation.method.name() == method && operation.path == path
    };
    let Some(listing) = catalogue.listings.iter().find(of_path) else { return "no list".to_owned() };
    let read = Read::of(catalogue, listing);
    let who = authentication(&catalogue.authentications_of(listing.operation));
    format!("{} | {} | {who}", items(&read), paging(&read.paging))
}

#[test]
fn lists_are_found_as_the_vendors_document_them() {
    let Some(folder) = folder() else { return };
    let (mut n, mut wrong) = (0, Vec::new());
    let mut catalogue = None;
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(file) = line.strip_prefix("## ") {
            let bytes = std::fs::read(folder.join(file)).expect("the document is there");
            catalogue = Some(Catalogue::read(&bytes).expect("the document loads"));
            continue;
        }
        let (what, expected) = line.split_once(" | ").expect("a line has parts");
        let (method, path) = what.split_once(' ').expect("a method and a path");
        let is = found(catalogue.as_ref().expect("a document before its lists"), method, path);
        n += 1;
        if is != expected {
            wrong.push(format!("{what}: documented as {expected}, found as {is}"));
        }
    }
    let right = 1.0 - wrong.len() as f64 / f64::from(n);
    println!("{n} lists of 14 documents, {:.1} % right; wrong:\n{}", right * 100.0, wrong.join("\n"));
    assert!(right >= MIN_RIGHT, "{:.1} % of {n} lists are right:\n{}", right * 100.0, wrong.join("\n"));
}

#[test]
fn all_documents_load_and_their_lists_make_connections() {
    let Some(folder) = folder() else { return };
    let (mut n_documents, mut n_reads) = (0, 0);
    for vendor in std::fs::read_dir(folder).expect("the folder is readable").flatten() {
        for file in std::fs::read_dir(vendor.path()).expect("the folder is readable").flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(file.path()).expect("the file is readable");
            let is_document = name.ends_with(".json") || name.ends_with(".yaml");
            let is_other = name.contains("fixtures") || name.contains("events_api_async");
            if !is_document || is_other {
                if is_document {
                    Catalogue::read(&bytes).expect_err("what is no OpenAPI document is said to be none");
                }
                continue;
            }
            let catalogue = Catalogue::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            n_documents += 1;
            assert_eq!(catalogue.n_issues, 0, "{name}: {:?}", catalogue.issues);
            for listing in &catalogue.listings {
                let mut connection = Connection::to(&catalogue);
                connection.reads.push(Read::of(&catalogue, listing));
                let text = connection.to_text();
                // What a person still has to say is said by the error; what is complete is read back as it was.
                if let Ok(read) = Connection::parse(&text) {
                    assert_eq!(read, connection, "{name}: {}", listing.noun);
                    n_reads += 1;
                }
            }
        }
    }
    println!("{n_documents} documents, {n_reads} lists that need nothing more from a person");
    assert_eq!(n_documents, 18, "all documents of the folder");
}

#[test]
fn searching_finds_what_a_person_means() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("intercom/api.intercom.io.yaml")).expect("the document is there");
    let catalogue = Catalogue::read(&bytes).expect("it loads");
    let first = |text: &str| {
        let found = catalogue.search(text, 5);
        found.first().map(|at| catalogue.operations[*at].path.clone()).unwrap_or_default()
    };
    assert_eq!(first("list contacts"), "/contacts", "two words");
    assert_eq!(first("conv search"), "/conversations/search", "the beginning of a word");
    assert_eq!(first("reply ticket"), "/tickets/{ticket_id}/reply", "in any order");
    assert!(catalogue.search("zzz", 5).is_empty(), "nothing for nothing");
}

/// A document in YAML of ten times the paths of another one.
fn yaml_many_times(text: &str) -> String {
    let (before, rest) = text.split_once("\npaths:\n").expect("it has paths");
    let (paths, after) = rest.split_once("\ncomponents:\n").expect("and components behind them");
    let copies = (1..20).map(|copy| paths.replace("\n  \"/", &format!("\n  \"/copy{copy}/")));
    // The first path of each copy has no line before it.
    let copies: Vec<String> = copies
        .enumerate()
        .map(|(at, paths)| paths.replacen("  \"/", &format!("  \"/first{at}/"), 1))
        .collect();
    format!("{before}\npaths:\n{paths}\n{}\ncomponents:\n{after}", copies.join("\n"))
}

#[test]
fn ten_megabytes_load_in_time() {
    let Some(folder) = folder() else { return };
    // The largest document ten times over, under other paths: about 12 MB.
    let text = std::fs::read_to_string(folder.join("sendgrid/oai.json")).expect("the document is there");
    let mut document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let paths = document["paths"].as_object().expect("it has paths").clone();
    for copy in 1..10 {
        for (path, item) in &paths {
            document["paths"][format!("/copy{copy}{path}")] = item.clone();
        }
    }
    let json = serde_json::to_vec_pretty(&document).expect("it is written");
    let text = std::fs::read_to_string(folder.join("intercom/api.intercom.io.yaml")).expect("it is there");
    let yaml = yaml_many_times(&text).into_bytes();
    for (large, n_operations) in [(json, 3_340), (yaml, 3_000)] {
        assert!(large.len() > 10_000_000, "{} bytes", large.len());
        let start = std::time::Instant::now();
        let catalogue = Catalogue::read(&large).expect("it loads");
        let took = start.elapsed();
        println!("{} MB, {} operations: {took:?}", large.len() / 1_000_000, catalogue.operations.len());
        assert_eq!(catalogue.operations.len(), n_operations, "all of them");
        // Not a measurement of speed: only that the time does not explode.
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}
