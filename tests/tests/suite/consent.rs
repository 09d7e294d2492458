//! Who does not allow to be looked at is in no figure: every one is that of a workspace in which they never were.

use crate::history::{ACTIVITIES, honouring, map_figures, restore};
use crate::kept::reports;
use engine::{Import, LogEntry};
use proptest::prelude::*;
use protocol::identity::{IdentityAnswer, IdentityDeed, IdentityQuestion, Verdict};
use protocol::import::ImportReport;
use protocol::privacy::{ConsentCounts, Settings};
use protocol::view::Timeline;
use protocol::{Reply, Request, Selection};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tests::desk::{Desk, inspect, plan_of};

/// What a cell of the column says.
pub(crate) const SAID: [&str; 6] = ["", "yes", "no", "analytics", "marketing", "marketing; analytics"];
/// Whether that allows analytics, told one by one.
pub(crate) const ALLOWS: [Option<bool>; 6] =
    [None, Some(true), Some(false), Some(true), Some(false), Some(true)];
/// Start of the minutes, in seconds.
pub(crate) const EPOCH: i64 = 1_767_225_600;

/// Customer, activity, minute, channel, and what it says of consent.
pub(crate) type Row = (u8, usize, i64, u8, usize);
/// Customer, e-mail address, a customer that is a thing of it, and what it says of consent.
pub(crate) type Record = (u8, Option<u8>, Option<u8>, usize);

/// One file.
#[derive(Clone, Debug)]
pub(crate) enum File {
    Events(Vec<Row>),
    People(Vec<Record>),
}

/// Of one of six customers.
pub(crate) fn row() -> impl Strategy<Value = Row> {
    (0..6_u8, 0..ACTIVITIES.len(), 0..12_i64, 0..3_u8, 0..SAID.len())
}

/// Of one of so many customers, of whom six may have events.
pub(crate) fn record(n_customers: u8) -> impl Strategy<Value = Record> {
    let thing = prop::option::weighted(0.2, 0..6_u8);
    (0..n_customers, prop::option::weighted(0.7, 0..3_u8), thing, 0..SAID.len())
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let (row, record) = (row(), record(6));
    let file = prop_oneof![
        3 => prop::collection::vec(row, 1..20).prop_map(File::Events),
        2 => prop::collection::vec(record, 1..5).prop_map(File::People),
    ];
    prop::collection::vec(file, 1..5)
}

/// Somebody who allows everything and does everything, so that names have the same order with and without the others.
pub(crate) fn always(number: usize) -> Vec<Row> {
    let all = 0..if number == 0 { ACTIVITIES.len() } else { 1 };
    let first = 100 + 10 * i64::try_from(number).unwrap_or(0);
    all.zip(first..)
        .zip([0, 1, 2].into_iter().cycle())
        .map(|((at, minute), channel)| (9, at, minute, channel, 1))
        .collect()
}

pub(crate) fn events(rows: &[Row]) -> String {
    let mut text = String::from("customer,activity,time,channel,account,consent\n");
    for (customer, activity, minute, channel, said) in rows {
        let (time, channel) = (EPOCH + minute * 60, ["web", "phone", ""][usize::from(*channel)]);
        let account = ["north", "south", ""][usize::from(*customer) % 3];
        writeln!(text, "c{customer},{},{time},{channel},{account},{}", ACTIVITIES[*activity], SAID[*said])
            .expect("writing into a string");
    }
    text
}

pub(crate) fn people(records: &[Record]) -> String {
    let mut text = String::from("key,email,thing,given,consent\n");
    for (key, email, thing, said) in records {
        let email = email.map(|number| format!("m{number}@corp.example")).unwrap_or_default();
        let thing = thing.map(|number| format!("c{number}")).unwrap_or_default();
        writeln!(text, "c{key},{email},{thing},Ada,{}", SAID[*said]).expect("writing into a string");
    }
    text
}

pub(crate) const RECIPE: &str = "recipe people 1\ntitle People\ncolumns key, email, thing\nprofile {key}\n  email {email}\n  owns \
                      {thing}\n  given_name {given}\n";

pub(crate) fn open(desk: &mut Desk, name: &str, text: &str, recipe: &str) -> ImportReport {
    let mut plan = plan_of(&inspect(name, text.as_bytes()).expect("it can be read"));
    assert_eq!(plan.consent.as_deref(), Some("consent"), "the column is known by its name");
    plan.recipe = recipe.to_owned();
    if recipe.is_empty() {
        plan.mapping.customer = Some("customer".to_owned());
        plan.mapping.activity = Some("activity".to_owned());
        plan.mapping.time = Some("time".to_owned());
        plan.mapping.channel = Some("channel".to_owned());
        plan.mapping.account = Some("account".to_owned());
        plan.mapping.text = None;
    }
    let mut import = Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).expect("there is room")
}

fn open_file(desk: &mut Desk, number: usize, file: &File, is_seen: &dyn Fn(u8) -> bool) {
    match file {
        File::Events(rows) => {
            let rows = rows.iter().filter(|row| is_seen(row.0)).copied();
            let rows: Vec<Row> = always(number).into_iter().chain(rows).collect();
            open(desk, &format!("{number}.csv"), &events(&rows), "");
        }
        File::People(records) => drop(open(desk, &format!("{number}.csv"), &people(records), RECIPE)),
    }
}

fn open_all(desk: &mut Desk, files: &[File], removed: Option<usize>, is_seen: &dyn Fn(u8) -> bool) {
    for (number, file) in files.iter().enumerate() {
        open_file(desk, number, file, is_seen);
    }
    if let Some(source) = removed {
        let source = u32::try_from(source).expect("there are few files");
        desk.engine.answer(&Request::RemoveSource { source }).expect("it is there");
    }
}

pub(crate) fn decide(desk: &mut Desk, settings: Settings) {
    desk.engine.answer(&Request::SetPrivacy { settings: Box::new(settings) }).expect("it is decided");
}

/// The keys of the person with this one.
pub(crate) fn keys_of(desk: &mut Desk, customer: u8) -> BTreeSet<String> {
    let question = IdentityQuestion::Customer { customer: format!("c{customer}") };
    match desk.engine.answer(&Request::Identity { question }).map(|answer| answer.reply) {
        Ok(Reply::Identity { answer: IdentityAnswer::Customer { customer } }) => {
            let keys = customer.records.iter().flat_map(|record| record.things.iter().chain([&record.key]));
            keys.cloned().collect()
        }
        _ => BTreeSet::new(),
    }
}

/// By key: when something was last said of it, and whether that allows it; counted row by row.
fn said(files: &[File], removed: Option<usize>) -> BTreeMap<String, (i64, bool)> {
    let mut latest = BTreeMap::new();
    for (_, file) in files.iter().enumerate().filter(|(number, _)| Some(*number) != removed) {
        let statements: Vec<(u8, i64, usize)> = match file {
            File::Events(rows) => rows.iter().map(|row| (row.0, row.2, row.4)).collect(),
            File::People(records) => records.iter().map(|record| (record.0, i64::MIN, record.3)).collect(),
        };
        for (customer, minute, said) in statements {
            let Some(allows) = ALLOWS[said] else { continue };
            let known = latest.entry(format!("c{customer}")).or_insert((minute, allows));
            if known.0 <= minute {
                *known = (minute, allows);
            }
        }
    }
    latest
}

/// Whether a customer may be looked at, as the documentation says it.
pub(crate) fn may(
    keys: &BTreeSet<String>,
    said: &BTreeMap<String, (i64, bool)>,
    allows_unknown: bool,
) -> bool {
    let all: Vec<(i64, bool)> = keys.iter().filter_map(|key| said.get(key).copied()).collect();
    let Some(last) = all.iter().map(|(minute, _)| *minute).max() else { return allows_unknown };
    all.iter().filter(|(minute, _)| *minute == last).all(|(_, allows)| *allows)
}

/// Every figure, without what cards say of those who are left out.
pub(crate) fn figures(desk: &mut Desk, first: usize) -> Vec<String> {
    let mut all = vec![
        format!("{:?}", desk.graph()),
        format!("{:?}", desk.variants()),
        format!("{:?}", desk.cases(Selection::All)),
        format!("{:?}", map_figures(&mut desk.engine)),
    ];
    for customer in (0..6).chain([9]) {
        let request = Request::Case { customer: format!("c{customer}") };
        let timeline = desk.engine.answer(&request).ok().and_then(|answer| answer.bulk).map(|bulk| {
            let mut timeline: Timeline = protocol::bulk::decode(&bulk).expect("a timeline");
            // A file without their rows has other lines.
            timeline.events.iter_mut().for_each(|event| event.line = 0);
            timeline
        });
        all.push(format!("{timeline:?}"));
    }
    for (told, report) in reports(&mut desk.engine, first) {
        let report = report.map(|report| {
            let mut report = report.expect("a report");
            report.card.dropped.retain(|(words, _)| !words.key.starts_with("dropped.no_consent"));
            report
        });
        all.push(format!("{told} -> {report:?}"));
    }
    all
}

pub(crate) fn assert_same(found: &[String], expected: &[String], when: &str) -> Result<(), TestCaseError> {
    for (found, expected) in found.iter().zip(expected) {
        // Figures are long: what differs first is enough to look into it.
        let n = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
        let near = |text: &str| -> String { text.chars().skip(n.saturating_sub(200)).take(400).collect() };
        prop_assert!(found == expected, "{}: {}\ninstead of {}", when, near(found), near(expected));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_is_that_of_a_workspace_in_which_they_never_were(
        files in files(),
        removed in prop::option::of(0..4_usize),
        allows_unknown in any::<bool>(),
        is_early in any::<bool>(),
        first in 0..3_usize,
    ) {
        // The first stays, so that names have one order.
        let files: Vec<File> = std::iter::once(File::Events(Vec::new())).chain(files).collect();
        let removed = removed.map(|number| number + 1).filter(|number| *number < files.len());
        let mut all = Desk::new();
        open_all(&mut all, &files, removed, &|_| true);
        let said = said(&files, removed);
        let seen: Vec<bool> =
            (0..6).map(|c| may(&keys_of(&mut all, c), &said, allows_unknown)).collect();
        let mut ruled = Desk::new();
        ruled.engine.start_log();
        if is_early {
            decide(&mut ruled, honouring(true, allows_unknown));
        }
        open_all(&mut ruled, &files, removed, &|_| true);
        if !is_early {
            figures(&mut ruled, first);
            decide(&mut ruled, honouring(true, allows_unknown));
        }
        let mut scratch = Desk::new();
        open_all(&mut scratch, &files, removed, &|c| c == 9 || seen[usize::from(c)]);
        let expected = figures(&mut scratch, first);
        assert_same(&figures(&mut ruled, first), &expected, "kept current")?;
        let log: Vec<LogEntry> = ruled.engine.take_log();
        let mut again = Desk { engine: restore(&log) };
        assert_same(&figures(&mut again, first), &expected, "after a reload")?;
        decide(&mut ruled, Settings::default());
        assert_same(&figures(&mut ruled, first), &figures(&mut all, first), "when it is not honoured any more")?;
    }
}

fn counts(desk: &mut Desk) -> ConsentCounts {
    match desk.engine.answer(&Request::Privacy).expect("it is known").reply {
        Reply::Privacy { state } => state.consent,
        other => panic!("{other:?}"),
    }
}

fn n_seen(desk: &mut Desk) -> u64 {
    desk.cases(Selection::All).n_total
}

#[test]
fn what_an_import_changed_is_told_without_them() {
    let rows: [Row; 5] =
        [(9, 0, 1, 0, 1), (1, 0, 2, 0, 2), (1, 2, 3, 0, 0), (2, 2, 4, 0, 1), (2, 3, 5, 0, 0)];
    let mut ruled = Desk::new();
    decide(&mut ruled, honouring(true, false));
    let told = open(&mut ruled, "a.csv", &events(&rows), "").change;
    let seen: Vec<Row> = rows.into_iter().filter(|row| row.0 != 1).collect();
    let expected = open(&mut Desk::new(), "a.csv", &events(&seen), "").change;
    assert_eq!((told.activities, told.edges), (expected.activities, expected.edges), "only who allows it");
    assert_eq!(counts(&mut ruled).n_withheld_events, 2, "and the rest is counted");
}

#[test]
fn the_latest_statement_under_any_key_of_a_person_counts_and_a_merge_is_taken_back() {
    let rows: [Row; 4] = [(1, 0, 1, 0, 1), (2, 0, 2, 0, 2), (3, 0, 3, 0, 1), (4, 0, 3, 0, 2)];
    let mut desk = Desk::new();
    desk.engine.start_log();
    decide(&mut desk, honouring(true, false));
    open(&mut desk, "a.csv", &events(&rows), "");
    assert_eq!(n_seen(&mut desk), 2, "c1 and c3 allow it");
    let merge = |a: &str, b: &str| Request::Link {
        deed: IdentityDeed::Merge { customers: vec![a.to_owned(), b.to_owned()] },
    };
    let mut log = desk.engine.take_log();
    desk.engine.answer(&merge("c1", "c2")).expect("they become one");
    assert_eq!(n_seen(&mut desk), 1, "c2 withdrew later, for both");
    desk.engine.answer(&merge("c3", "c4")).expect("they become one");
    assert_eq!(n_seen(&mut desk), 0, "at one time, both have to allow it");
    log.extend(desk.engine.take_log());
    let mut again = Desk { engine: restore(&log) };
    for desk in [&mut desk, &mut again] {
        assert_eq!(n_seen(desk), 0, "also after a reload");
        for expected in [1, 2] {
            desk.engine.answer(&Request::Undo).expect("a merge");
            assert_eq!(n_seen(desk), expected, "a step back");
        }
        for expected in [1, 0] {
            desk.engine.answer(&Request::Redo).expect("a merge");
            assert_eq!(n_seen(desk), expected, "and forth");
        }
        let pairs = vec![("c1".to_owned(), "c2".to_owned())];
        let deed = IdentityDeed::Decide { pairs, verdict: Some(Verdict::Apart) };
        desk.engine.answer(&Request::Link { deed }).expect("they are two again");
        assert_eq!(n_seen(desk), 1, "c1 is looked at again");
    }
    // Whoever agrees later is looked at again, under whichever key.
    open(&mut desk, "later.csv", &events(&[(4, 1, 50, 0, 3)]), "");
    assert_eq!(n_seen(&mut desk), 2, "c3 and c4 are one, and agree");
    desk.engine.answer(&Request::RemoveSource { source: 1 }).expect("it goes");
    assert_eq!(n_seen(&mut desk), 1, "what was said goes with its source");
}

#[test]
fn a_record_without_events_speaks_for_its_person() {
    let mut desk = Desk::new();
    decide(&mut desk, honouring(true, true));
    let record = |key: u8, said: usize| -> Record { (key, Some(1), None, said) };
    open(&mut desk, "a.csv", &events(&[(1, 0, 1, 0, 0), (2, 0, 2, 0, 0)]), "");
    open(&mut desk, "crm.csv", &people(&[record(1, 0)]), RECIPE);
    assert_eq!(n_seen(&mut desk), 2, "nothing is known");
    open(&mut desk, "shop.csv", &people(&[record(7, 2)]), RECIPE);
    assert_eq!(n_seen(&mut desk), 1, "c7 is c1, and does not allow it");
    desk.engine.answer(&Request::Undo).expect("the file");
    assert_eq!(n_seen(&mut desk), 2, "nothing is known again");
    desk.engine.answer(&Request::Redo).expect("the file");
    desk.engine.answer(&Request::RemoveSource { source: 1 }).expect("it goes");
    assert_eq!(n_seen(&mut desk), 2, "nothing makes c7 and c1 one any more");
}

#[test]
fn a_newer_file_tells_the_newer_state_of_the_same_record() {
    let mut desk = Desk::new();
    decide(&mut desk, honouring(true, false));
    open(&mut desk, "monday.csv", &events(&[(1, 0, 1, 0, 2)]), "");
    assert_eq!(n_seen(&mut desk), 0, "refused");
    open(&mut desk, "tuesday.csv", &events(&[(1, 0, 1, 0, 1)]), "");
    assert_eq!(n_seen(&mut desk), 1, "the same row says yes now");
    desk.engine.answer(&Request::RemoveSource { source: 1 }).expect("it goes");
    assert_eq!(n_seen(&mut desk), 0, "and what was said before holds again");
}

#[test]
fn who_is_left_out_is_kept_merged_copied_and_erased_all_the_same() {
    let mut desk = Desk::new();
    desk.engine.give_secret([7; engine::SECRET_BYTES]);
    decide(&mut desk, honouring(true, false));
    open(&mut desk, "a.csv", &events(&[(1, 0, 1, 0, 2), (2, 1, 2, 0, 2), (9, 0, 3, 0, 1)]), "");
    let customers = vec!["c1".to_owned(), "c2".to_owned()];
    desk.engine
        .answer(&Request::Link { deed: IdentityDeed::Merge { customers } })
        .expect("both are left out");
    let asked = Request::Held { customer: "c2".to_owned() };
    let Reply::Held { held } = desk.engine.answer(&asked).expect("a copy").reply else {
        panic!("another answer")
    };
    assert_eq!((held.events.len(), held.consent.len()), (2, 2), "all that is stored, under both keys");
    let missing = desk.engine.answer(&Request::Case { customer: "c1".to_owned() }).expect_err("nobody looks");
    assert!(missing.message.contains("left out"), "and it is said why");
    desk.engine.answer(&Request::Erase { customer: "c1".to_owned() }).expect("she goes");
    assert_eq!(counts(&mut desk), ConsentCounts { n_given: 1, ..ConsentCounts::default() }, "and only she");
    open(&mut desk, "again.csv", &events(&[(2, 3, 9, 0, 1), (9, 4, 10, 0, 1)]), "");
    assert_eq!(counts(&mut desk).n_given, 1, "what she says now is not kept either");
}
