//! The sizes of the pieces, compression and encoding change nothing; a file that is cut off never panics.

use crate::desk::{events, import, inspect, open};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::io::Write;

const CSV: &str = "customer;activity;time;note\r\nada;visit;2026-01-01T09:00:00Z;\"a;b\"\"c\r\nd\"\r\nbén;order;soon;\r\nada;pay;2026-01-01T10:00:00Z\r\n";
const NDJSON: &str = "{\"customer\":\"ada\",\"activity\":\"visit\",\"time\":\"2026-01-01T09:00:00Z\",\"a\":{\"b\":[1,\"}\"]}}\n{\"broken\n\n{\"customer\":\"bén\",\"activity\":\"order\",\"time\":1767258000}\n";
const JSON: &str = "{\"n\":2,\"rows\":[\n{\"customer\":\"ada\",\"activity\":\"visit\",\"time\":\"2026-01-01T09:00:00Z\"},\n{\"customer\":\"bén\",\"activity\":\"\\\"x]\",\"time\":\"2026-01-01T09:00:00Z\"}, 7]}\n";
const XES: &str = "<?xml version='1.0'?>\n<log><trace><string key='concept:name' value='bén'/><!-- > -->\n<event><string key='concept:name' value='visit'/><date key='time:timestamp' value='2026-01-01T09:00:00Z'/></event>\n<event><string key='concept:name' value='order'/></event></trace></log>\n";

const FILES: [(&str, &str); 4] = [("a.csv", CSV), ("a.ndjson", NDJSON), ("a.json", JSON), ("a.xes", XES)];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing into memory");
    encoder.finish().expect("writing into memory")
}

#[test]
fn every_size_of_pieces_gives_the_same() {
    for (name, text) in FILES {
        let plan = inspect(name, text.as_bytes()).expect("it can be previewed").plan();
        let whole = import(plan.clone(), text.as_bytes(), 1 << 20).expect("it is read");
        let (audit, whole) = (whole.audit.clone(), events(whole));
        assert!(!whole.is_empty() && audit.n_rejected > 0, "{name} has events and a reject: {audit:?}");
        for n_piece in 1..40 {
            let pieces = import(plan.clone(), text.as_bytes(), n_piece).expect("it is read");
            assert_eq!(pieces.audit, audit, "{name} in pieces of {n_piece}");
            assert_eq!(events(pieces), whole, "{name} in pieces of {n_piece}");
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused_or_accounted_for() {
    for (name, text) in FILES {
        let plan = inspect(name, text.as_bytes()).expect("it can be previewed").plan();
        for n in 0..text.len() {
            // The helper checks that the account adds up; here it only matters that there is an answer.
            let (cut, packed) = (&text.as_bytes()[..n], gzip(&text.as_bytes()[..n]));
            let preview =
                inspect(name, cut).map(|preview| preview.n_sampled > 0 || !preview.rejects.is_empty());
            assert!(preview != Ok(false), "{name}, {n} bytes: a preview shows something");
            let plain = import(plan.clone(), cut, 1 << 20).map(|imported| imported.audit);
            let unpacked = import(plan.clone(), &packed, 1 << 20).map(|imported| imported.audit);
            assert!(n == 0 || plain == unpacked, "{name}, {n} bytes: {plain:?} {unpacked:?}");
            let is_document = name.ends_with(".json") || name.ends_with(".xes");
            assert!(plain.is_err() || !is_document || n + 1 >= text.len(), "{name}, {n} bytes: not complete");
        }
    }
}

#[test]
fn gzip_is_taken_off() {
    for (name, text) in FILES {
        let packed = gzip(text.as_bytes());
        let preview = inspect(name, &packed).expect("it can be previewed");
        assert!(preview.format.gzip && preview.format.to_string().ends_with("gzip"), "{}", preview.format);
        let plain = open(name, text.as_bytes()).expect("it opens");
        for n_piece in [1, 5, 1 << 20] {
            let imported = import(preview.plan(), &packed, n_piece).expect("it is read");
            assert_eq!(imported.audit, plain.audit, "{name} in pieces of {n_piece}");
        }
        for n in 3..packed.len() {
            let error = import(preview.plan(), &packed[..n], 7).map(|_| n).expect_err("the gzip is cut off");
            assert!(error.message().contains("gzip"), "{error}");
        }
    }
}

#[test]
fn encodings_are_undone() {
    let utf16: Vec<u8> = CSV.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&b"\xff\xfe"[..], &utf16].concat();
    let latin: Vec<u8> = CSV.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let utf8 = [&b"\xef\xbb\xbf"[..], CSV.as_bytes()].concat();
    let expected = events(open("a.csv", CSV.as_bytes()).expect("it opens"));
    for (bytes, name) in [(utf16, "UTF-16LE"), (marked, "UTF-16LE"), (latin, "windows-1252"), (utf8, "UTF-8")]
    {
        let preview = inspect("a.csv", &bytes).expect("it can be previewed");
        assert_eq!(preview.format.encoding, name, "recognised");
        let imported = import(preview.plan(), &bytes, 3).expect("it is read");
        assert!(imported.audit.rejects.iter().any(|reject| reject.value == "soon"), "{:?}", imported.audit);
        assert_eq!(events(imported), expected, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_have_an_answer(
        file in 0..FILES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        n_piece in 1..50_usize,
    ) {
        let (name, text) = FILES[file];
        let plan = inspect(name, text.as_bytes()).expect("it can be previewed").plan();
        let mut bytes = text.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = inspect(name, &bytes);
        let whole = import(plan.clone(), &bytes, 1 << 20).map(|imported| imported.audit);
        let pieces = import(plan, &bytes, n_piece).map(|imported| imported.audit);
        prop_assert_eq!(whole, pieces);
    }
}
