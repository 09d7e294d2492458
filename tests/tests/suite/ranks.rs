//! Arrows between crates point down, and the pure crates stay pure.

use crate::workspace;
use std::collections::BTreeMap;

/// Every crate with its rank; a crate may use lower ranks only. A crate that is missing here fails the test.
const RANKS: [(&str, u8); 18] = [
    ("event", 0),
    ("identity", 1),
    ("protocol", 0),
    ("source", 1),
    ("language", 1),
    ("connector", 1),
    ("reader", 2),
    ("ui", 1),
    ("journey", 2),
    ("map", 4),
    ("engine", 6),
    ("cli", 7),
    ("wasm", 7),
    ("opener", 7),
    ("courier", 7),
    ("xtask", 8),
    ("tests", 8),
    ("proxy", 1),
];

/// Crates that see nothing of ours but the wire.
const WIRE_ONLY: [&str; 2] = ["ui", "proxy"];

/// Crates without input, output, clock, threads or JavaScript.
const PURE: [&str; 10] = [
    "event",
    "identity",
    "protocol",
    "source",
    "reader",
    "connector",
    "language",
    "journey",
    "map",
    "engine",
];

fn rank(name: &str) -> Option<u8> {
    RANKS.iter().find(|(krate, _)| *krate == name).map(|(_, rank)| *rank)
}

/// Our own crates that each crate of ours uses, and all names it uses, development aside.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for file in workspace::files().iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let mut names = Vec::new();
        let mut inside = false;
        for line in file.text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[') {
                let section = section.trim_end_matches(']');
                inside = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
            } else if inside && !line.is_empty() && !line.starts_with('#') {
                let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
                names.push(name.trim_matches('"').to_owned());
            }
        }
        let krate = file.path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default();
        all.insert(krate.to_owned(), names);
    }
    all
}

#[test]
fn arrows_point_down() {
    let mut faults = Vec::new();
    for (krate, names) in dependencies() {
        let Some(own) = rank(&krate) else {
            faults.push(format!("{krate} has no rank; add it to the table here and in ARCHITECTURE.md"));
            continue;
        };
        for name in names {
            if rank(&name).is_some_and(|other| other >= own) {
                faults.push(format!("{krate} (rank {own}) uses {name}, which is not of a lower rank"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_screen_sees_only_the_wire() {
    for (krate, names) in dependencies() {
        if WIRE_ONLY.contains(&krate.as_str()) {
            let ours: Vec<_> = names.iter().filter(|name| rank(name).is_some()).collect();
            let foreign: Vec<_> = ours.iter().filter(|name| name.as_str() != "protocol").collect();
            assert!(foreign.is_empty(), "{krate} may see nothing of ours but the protocol: {foreign:?}");
        }
    }
}

#[test]
fn only_the_wire_serialises() {
    for file in workspace::files() {
        let derives = |line: &str| {
            line.contains("derive(") && (line.contains("Serialize") || line.contains("Deserialize"))
        };
        // What lies in files has forms of its own: rkyv's, checked byte by byte when they are read, the configuration's, and those of connections.
        let durable = [
            "crates/event/src/snapshot",
            "crates/event/src/journal",
            "crates/engine/src/durable/form.rs",
            "crates/engine/src/durable/past.rs",
            "crates/engine/src/durable/people.rs",
            "crates/proxy/src/config/",
            "crates/connector/src/",
        ];
        let allowed =
            ["crates/protocol/", "tests/"].iter().chain(&durable).any(|at| file.path.starts_with(at));
        let found = file.text.lines().find(|line| derives(line));
        assert!(
            found.is_none() || allowed,
            "{} derives serialisation; only the wire and what lies in files do: {found:?}",
            file.path
        );
    }
}

#[test]
fn pure_crates_do_nothing_but_compute() {
    let outside = [
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "std::io::stdin",
        "SystemTime",
        "Instant::now",
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "println!",
        "eprintln!",
    ];
    let mut faults = Vec::new();
    for file in workspace::files() {
        let pure = PURE.iter().any(|krate| file.path.starts_with(&format!("crates/{krate}/src/")));
        // A module `tests` in a file of its own is no more part of the product than one at the end of a file.
        if !pure || file.path.ends_with("/tests.rs") {
            continue;
        }
        let code = crate::tidy::without_comments(&file.text);
        let product = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        faults.extend(
            outside
                .iter()
                .filter(|word| product.contains(**word))
                .map(|word| format!("{} uses {word}", file.path)),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_crate_takes_the_common_lints() {
    for file in workspace::files().iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        assert!(file.text.contains("[lints]\nworkspace = true"), "{} has its own lints", file.path);
    }
}
