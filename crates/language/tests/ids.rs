//! Numbers with check digits against published examples and the verdicts of a peer.

use language::personal::{Class, find, schemes};
use proptest::prelude::*;

/// Published examples: by the authority itself, or in the documentation of the peer.
const EXAMPLES: [(&str, &str); 31] = [
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB82 WEST 1234 5698 7654 32"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("de-idnr", "36 574 261 809"),
    ("gb-nino", "AB 12 34 56 C"),
    ("fr-nir", "2 95 10 99 126 111 93"),
    ("es-dni", "54362315-K"),
    ("es-dni", "X-2482300-W"),
    ("it-cf", "RCCMNL83S18D969H"),
    ("nl-bsn", "1112.22.333"),
    ("se-pnr", "811228-9874"),
    ("pl-pesel", "44051401359"),
    ("pt-nif", "501 964 843"),
    ("fi-hetu", "131052-308T"),
    ("no-fnr", "151086 95088"),
    ("dk-cpr", "211062-5629"),
    ("be-nn", "85.07.30-033.28"),
    ("ch-ahv", "756.9217.0769.85"),
    ("at-svnr", "1237 010180"),
    ("ie-pps", "6433435F"),
    ("us-ssn", "536-90-4399"),
    ("ca-sin", "123-456-782"),
    ("br-cpf", "390.533.447-05"),
    ("in-aadhaar", "2341 2341 2346"),
    ("cn-ric", "11010519491231002X"),
    ("kr-rrn", "971013-9019902"),
    ("au-tfn", "123 456 782"),
    ("za-id", "7503305044089"),
    ("gb-nhs", "943 476 5919"),
    ("us-npi", "1234567893"),
    ("us-mbi", "1EG4-TE5-MK73"),
];

fn is_valid(id: &str, value: &str) -> bool {
    schemes().find(|scheme| scheme.id == id).expect("a known scheme").is_valid(value)
}

#[test]
fn published_examples_are_taken_and_found() {
    for (id, value) in EXAMPLES {
        assert!(is_valid(id, value), "{id} takes {value}");
        let word = schemes().find(|scheme| scheme.id == id).expect("a known scheme").reason;
        let announced =
            ["BSN", "PESEL", "NHS", "NPI", "Steuer-ID", "NIF", "SIN", "Aadhaar", "TFN", "SVNR", "ID number"];
        let found = announced.iter().any(|announced| {
            let text = format!("My {announced} is {value}, thanks.");
            find(&text).iter().any(|one| text[one.start..one.end] == *value && one.reason == word)
        });
        assert!(found, "{id} is found in a sentence: {value}");
    }
}

#[test]
fn every_wrong_digit_is_noticed() {
    // Mod-10 sums with even weights and mod 11 with a folded remainder let some pass; these notice all.
    for id in [
        "iban",
        "de-idnr",
        "gb-nhs",
        "nl-bsn",
        "es-dni",
        "in-aadhaar",
        "us-npi",
        "ca-sin",
        "ch-ahv",
        "pl-pesel",
    ] {
        for (_, value) in EXAMPLES.iter().filter(|(known, _)| *known == id) {
            for (at, digit) in value.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                for other in ('0'..='9').filter(|other| *other != digit) {
                    let mut wrong = (*value).to_owned();
                    wrong.replace_range(at..=at, &other.to_string());
                    assert!(!is_valid(id, &wrong), "{id}: {value} against {wrong}");
                }
            }
        }
    }
}

#[test]
fn verdicts_are_those_of_a_peer() {
    let rows = include_str!("../../../tests/golden/personal-ids/expected.csv");
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let mut faults = Vec::new();
    let mut n = 0;
    for row in reader.records() {
        let row = row.expect("a row");
        n += 1;
        if is_valid(&row[0], &row[1]) != (&row[2] == "yes") {
            faults.push(format!("{} {} is {}", &row[0], &row[1], &row[2]));
        }
    }
    assert!(faults.is_empty() && n >= 1_000, "{} of {n} differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn cards_need_a_network_and_luhn() {
    // Test numbers as the networks' processors publish them.
    for number in [
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "378282246310005",
        "6011111111111117",
        "3530111333300000",
    ] {
        let text = format!("paid with {number} yesterday");
        let found = find(&text);
        assert_eq!(found.len(), 1, "{number}");
        assert_eq!(
            (found[0].class, &text[found[0].start..found[0].end]),
            (Class::PaymentCard, number),
            "{number}"
        );
    }
    assert!(
        find("order 4111 1111 1111 1112 was lost").iter().all(|one| one.class != Class::PaymentCard),
        "Luhn fails"
    );
    assert!(
        find("order 9111 1111 1111 1115 was lost").iter().all(|one| one.class != Class::PaymentCard),
        "no network"
    );
}

proptest! {
    #[test]
    fn any_text_gives_ordered_whole_spans(text in "\\PC{0,200}") {
        let found = find(&text);
        let mut done = 0;
        for one in &found {
            prop_assert!(one.start >= done && one.start < one.end && one.end <= text.len());
            prop_assert!(text.is_char_boundary(one.start) && text.is_char_boundary(one.end));
            done = one.end;
        }
    }

    #[test]
    fn pieces_of_personal_data_never_panic(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "@", ".", "+49", "(0)", "a@b.de", "DE89", "Mr", " ", "-", "\n", "ß", "1", "2024-01-05", "::", "Ada", "straße", "born", "né le",
            "PO Box", "SW1A 1AA", "4111", "\u{301}", "İ", "name is", ":", "i", "m",
        ]), 0..30)) {
        let text = pieces.concat();
        let (masked, counts) = language::personal::mask(&text, |_| true);
        let n: u32 = counts.iter().map(|(_, n)| n).sum();
        prop_assert_eq!(n as usize, find(&text).len());
        prop_assert!(n > 0 || masked == text);
    }

    #[test]
    fn addresses_are_found_in_any_sentence(local in "[a-z][a-z0-9._]{0,15}[a-z0-9]", domain in "[a-z][a-z0-9-]{0,10}[a-z0-9]", top in "[a-z]{2,6}") {
        let address = format!("{local}@{domain}.{top}");
        let text = format!("Write to <{address}>, please.");
        let found = find(&text);
        prop_assert!(found.iter().any(|one| one.class == Class::Email && text[one.start..one.end] == address), "{found:?}");
    }
}
