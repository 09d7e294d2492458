//! Erasing a person reaches everything that a workspace has of them, whatever keys they go under, and nobody else.

use engine::{Import, LogEntry};
use proptest::prelude::*;
use protocol::history::{Note, Segment, View};
use protocol::identity::{IdentityAnswer, IdentityDeed, IdentityQuestion};
use protocol::question::Filter;
use protocol::{Reply, Request};
use std::collections::BTreeSet;
use std::fmt::Write;
use tests::desk::{Desk, inspect, plan_of};

const N_CUSTOMERS: u8 = 5;

/// Who a record is about, an e-mail address that others may share, and another customer that is a thing of theirs.
type Record = (u8, Option<u8>, Option<u8>);

fn key(number: u8) -> String {
    format!("crm:person-{number}")
}

/// What stands in the data of one key alone.
fn markers(number: u8) -> [String; 5] {
    [
        key(number),
        format!("zebrafish-{number}-text"),
        format!("Quokka{number}name"),
        format!("+4930555000{number}"),
        format!("withdrawn-by-{number}"),
    ]
}

fn open(desk: &mut Desk, name: &str, text: &str, recipe: &str) {
    let mut plan = plan_of(&inspect(name, text.as_bytes()).expect("it can be read"));
    plan.recipe = recipe.to_owned();
    plan.consent = Some("consent".to_owned());
    if recipe.is_empty() {
        plan.mapping.customer = Some("customer".to_owned());
        plan.mapping.activity = Some("activity".to_owned());
        plan.mapping.time = Some("time".to_owned());
        plan.mapping.text = Some("said".to_owned());
    }
    let mut import = Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).expect("there is room");
}

const RECIPE: &str = "recipe people 1\ntitle People\ncolumns key, email, phone, thing, name\nprofile {key}\n  email \
                      {email}\n  phone {phone}\n  owns {thing}\n  name {name}\n";

/// A workspace, and whether two were merged by hand.
fn workspace(customers: &[u8], records: &[Record], merged: (u8, u8)) -> (Desk, bool) {
    let mut desk = Desk::new();
    desk.engine.start_log();
    desk.engine.give_secret([3; engine::SECRET_BYTES]);
    let mut text = String::from("customer,activity,time,said,consent\n");
    for (at, &number) in customers.iter().enumerate() {
        let [key, said, _, _, consent] = markers(number);
        let time = 1_767_225_600 + at * 60;
        writeln!(text, "{key},step {},{time},{said},{consent}", at % 3).expect("writing into a string");
    }
    open(&mut desk, "events.csv", &text, "");
    let mut text = String::from("key,email,phone,thing,name,consent\n");
    for (number, email, thing) in records {
        let [own, _, name, phone, consent] = markers(*number);
        let email = email.map(|email| format!("shared{email}@corp.example")).unwrap_or_default();
        let thing = thing.map(key).unwrap_or_default();
        writeln!(text, "{own},{email},{phone},{thing},{name},{consent}").expect("writing into a string");
    }
    open(&mut desk, "people.csv", &text, RECIPE);
    let customers = vec![key(merged.0), key(merged.1)];
    // One of them may be unknown; then nothing is merged by hand.
    let deed = IdentityDeed::Merge { customers };
    let is_merged = desk.engine.answer(&Request::Link { deed }).is_ok();
    for number in 0..N_CUSTOMERS {
        let [own, _, name, phone, _] = markers(number);
        let filter = Filter::Customer { names: vec![own.clone()] };
        let view = View { name: format!("look at {own}"), room: "map".to_owned(), settings: "{}".to_owned() };
        let receipt = format!("{{\"path\":\"/people/{}\",\"words\":\"{phone}\"}}\n", own.replace(':', "%3A"));
        let cursor = format!("{{\"cursor\":\"{own}\"}}\n");
        let requests = [
            Request::SaveSegment { segment: Segment { name: format!("s{number}"), filter } },
            Request::SaveView { view },
            Request::KeepNote {
                note: Note { name: "receipts/crm".to_owned(), keep: u64::MAX, add: receipt },
            },
            Request::KeepNote {
                note: Note { name: "sync/crm/people".to_owned(), keep: u64::MAX, add: cursor },
            },
        ];
        for request in requests {
            desk.engine.answer(&request).unwrap_or_else(|failure| panic!("{failure:?} of {name}"));
        }
    }
    (desk, is_merged)
}

fn keys_of(desk: &mut Desk, number: u8) -> BTreeSet<String> {
    let question = IdentityQuestion::Customer { customer: key(number) };
    match desk.engine.answer(&Request::Identity { question }).map(|answer| answer.reply) {
        Ok(Reply::Identity { answer: IdentityAnswer::Customer { customer } }) => {
            let keys = customer.records.iter().flat_map(|record| record.things.iter().chain([&record.key]));
            keys.cloned().collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Everything that is or will be on the disk and in an exported workspace, before it is encrypted.
fn on_disk(desk: &mut Desk) -> Vec<LogEntry> {
    let mut entries = desk.engine.take_log();
    let mut writer = desk.engine.begin_snapshot();
    while let Some(entry) = writer.next(&desk.engine).expect("there is memory") {
        entries.push(entry);
    }
    entries
}

fn holds(entries: &[LogEntry], wanted: &str) -> bool {
    let escaped = wanted.replace(':', "%3A");
    [wanted, &escaped].iter().any(|wanted| {
        let wanted = wanted.as_bytes();
        let has = |bytes: &[u8]| bytes.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted));
        entries.iter().any(|entry| has(&entry.payload))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_erased_person_is_nowhere_under_any_key(
        customers in prop::collection::vec(0..N_CUSTOMERS, 3..12),
        records in prop::collection::vec(
            (0..N_CUSTOMERS, prop::option::of(0..2_u8), prop::option::weighted(0.2, 0..N_CUSTOMERS)), 1..6),
        merged in (0..N_CUSTOMERS, 0..N_CUSTOMERS),
        gone in 0..N_CUSTOMERS,
        reopened in any::<bool>(),
    ) {
        let (mut desk, is_merged) = workspace(&customers, &records, merged);
        let mut keys = keys_of(&mut desk, gone);
        prop_assume!(!keys.is_empty());
        // A customer does not list what is merged with it by hand and claimed by several others.
        let pair = [key(merged.0), key(merged.1)];
        if is_merged && pair.iter().any(|key| keys.contains(key)) {
            keys.extend(pair);
        }
        let before = on_disk(&mut desk);
        if reopened {
            let mut restore = engine::Restore::new();
            let mut writer = desk.engine.begin_snapshot();
            while let Some(entry) = writer.next(&desk.engine).expect("there is memory") {
                restore.push(entry.kind, &entry.payload).expect("it was just written");
            }
            desk.engine = restore.finish().expect("it is whole");
        }
        let Reply::Held { held } = desk.engine.answer(&Request::Held { customer: key(gone) }).expect("a copy").reply
        else { panic!("another answer") };
        let Reply::Erased { receipt } = desk.engine.answer(&Request::Erase { customer: key(gone) }).expect("gone").reply
        else { panic!("another answer") };
        let after = on_disk(&mut desk);
        // A key that only others speak of is one of theirs.
        let is_known = |number| customers.contains(&number) || records.iter().any(|(one, ..)| *one == number);
        let receipts = format!("{receipt:?}");
        for number in 0..N_CUSTOMERS {
            let is_gone = keys.contains(&key(number));
            for marker in markers(number) {
                if is_gone {
                    prop_assert!(!holds(&after, &marker), "{} is still there", marker);
                    prop_assert!(!receipts.contains(&marker), "the receipt names nobody");
                    if marker.starts_with("zebrafish") && holds(&before, &marker) {
                        prop_assert!(held.events.iter().any(|event| event.text == marker), "the copy had it");
                    }
                } else if marker != key(number) && is_known(number) {
                    prop_assert_eq!(holds(&after, &marker), holds(&before, &marker), "{} is another's", marker);
                }
            }
        }
        // The same files bring nobody back, until somebody is let in under any key.
        let is_there = |desk: &mut Desk| keys.iter().any(|key| {
            desk.engine.answer(&Request::Held { customer: key.clone() }).is_ok()
        });
        prop_assert!(!is_there(&mut desk), "nothing is held");
        let all: Vec<u8> = (0..N_CUSTOMERS).chain(0..N_CUSTOMERS).collect();
        let file = |desk: &mut Desk, name: &str| {
            let mut text = String::from("customer,activity,time,said,consent\n");
            for (at, number) in all.iter().enumerate() {
                writeln!(text, "{},later,{},,", key(*number), 1_767_300_000 + at).expect("writing into a string");
            }
            writeln!(text, "somebody else,later,1767300000,,").expect("writing into a string");
            open(desk, name, &text, "");
        };
        file(&mut desk, "again.csv");
        prop_assert!(!is_there(&mut desk), "they stay out");
        desk.engine.answer(&Request::Readmit { customer: key(gone) }).expect("they are let in");
        file(&mut desk, "once more.csv");
        for key in &keys {
            let is_in = desk.engine.answer(&Request::Held { customer: key.clone() }).is_ok();
            prop_assert!(is_in, "{} is in with all other keys", key);
        }
    }
}
