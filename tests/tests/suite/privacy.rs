//! Laws about personal data: what was treated is nowhere, and is treated alike every time.

use engine::{Engine, Import, LogEntry, SECRET_BYTES};
use protocol::import::ImportReport;
use protocol::privacy::{Policy, Settings, Treatment};
use protocol::{Request, import::ImportPlan};
use tests::desk;

const SECRET: [u8; SECRET_BYTES] = [9; SECRET_BYTES];

/// Customers by e-mail address, with one that is in a text, and rows that are rejected.
const TICKETS: &str = "requester_email,activity,time,note,phone\n\
    ada.lovelace@example.org,open ticket,2026-03-01T09:00:00Z,Call me at +49 30 901820 please.,+49 30 901820\n\
    ada.lovelace@example.org,close ticket,2026-03-01T10:00:00Z,Thanks from grace.hopper@example.net,+49 30 901820\n\
    grace.hopper@example.net,open ticket,2026-03-02T09:00:00Z,It does not work.,+49 40 123456\n\
    Ada.Lovelace@example.org,open ticket,never,Reach me under ada.lovelace@example.org,+49 30 901820\n";

fn policy(classes: &[(&str, Treatment)]) -> Settings {
    let classes = classes.iter().map(|(class, treatment)| ((*class).to_owned(), *treatment)).collect();
    Settings { policy: Policy { classes }, ..Settings::default() }
}

fn strict() -> Settings {
    policy(&[("email", Treatment::Pseudonymise), ("phone", Treatment::Drop)])
}

fn workspace(settings: &Settings) -> Engine {
    let mut engine = Engine::new();
    engine.start_log();
    engine.give_secret(SECRET);
    let request = Request::SetPrivacy { settings: Box::new(settings.clone()) };
    engine.answer(&request).expect("there are such kinds");
    engine
}

fn open(engine: &mut Engine, name: &str, text: &str) -> ImportReport {
    let preview = desk::inspect(name, text.as_bytes()).expect("it can be read");
    // As a host page that knows nothing of personal data: the policy holds all the same.
    let plan = ImportPlan { treatments: None, ..desk::plan_of(&preview) };
    let mut import = Import::under(plan, engine.terms()).expect("the plan holds");
    for piece in text.as_bytes().chunks(7) {
        import.push(piece).expect("it can be read");
    }
    engine.commit(import.finish().expect("it has events")).expect("there is room")
}

/// Everything that would be on the disk, before it is encrypted.
fn on_disk(engine: &mut Engine) -> Vec<LogEntry> {
    let mut entries = engine.take_log();
    let mut writer = engine.begin_snapshot();
    while let Some(entry) = writer.next(engine).expect("there is memory") {
        entries.push(entry);
    }
    entries
}

fn holds(entries: &[LogEntry], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    let has = |bytes: &[u8]| bytes.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted));
    entries.iter().any(|entry| has(&entry.payload))
}

#[test]
fn treated_values_are_nowhere_on_the_disk() {
    let clear = ["ada.lovelace", "grace.hopper", "901820", "123456"];
    let mut engine = workspace(&Settings::default());
    open(&mut engine, "tickets.csv", TICKETS);
    let entries = on_disk(&mut engine);
    for value in &clear[..3] {
        assert!(holds(&entries, value), "{value} is there as long as nothing is treated");
    }
    let mut engine = workspace(&strict());
    let report = open(&mut engine, "tickets.csv", TICKETS);
    let entries = on_disk(&mut engine);
    for value in clear {
        assert!(!holds(&entries, value), "{value} is on the disk");
    }
    assert_eq!(report.source.n_events, 3, "the events are there");
    assert_eq!(report.change.n_new_customers, 2, "and two customers");
    let told: Vec<(&str, Treatment, u64)> = report
        .source
        .intake
        .columns
        .iter()
        .map(|column| (column.column.as_str(), column.treatment, column.n_values))
        .collect();
    let expected = [
        ("note", Treatment::Redact, 3),
        ("phone", Treatment::Drop, 4),
        ("requester_email", Treatment::Pseudonymise, 4),
    ];
    assert_eq!(told, expected, "and it is told what became of each column");
}

#[test]
fn treatments_are_the_same_every_time() {
    let twice = || {
        let mut engine = workspace(&strict());
        open(&mut engine, "tickets.csv", TICKETS);
        on_disk(&mut engine)
    };
    assert_eq!(twice(), twice(), "one secret, one result");
    let mut engine = workspace(&strict());
    open(&mut engine, "tickets.csv", TICKETS);
    let again = open(&mut engine, "tickets again.csv", TICKETS);
    assert_eq!((again.source.n_events, again.source.n_duplicates), (0, 3), "the same export adds nothing");
}

#[test]
fn pseudonyms_link_files_and_names_of_columns_do_not_matter() {
    let mut engine = workspace(&strict());
    open(&mut engine, "tickets.csv", TICKETS);
    let orders = "buyer,activity,time\nADA.LOVELACE@example.org,order,2026-04-01T09:00:00Z\n\
                  alan.turing@example.com,order,2026-04-02T09:00:00Z\n";
    let report = open(&mut engine, "orders.csv", orders);
    assert_eq!(report.change.n_new_customers, 1, "one of the two buyers is known by her pseudonym");
}

#[test]
fn a_policy_survives_the_disk_and_can_be_taken_back() {
    let mut engine = workspace(&strict());
    open(&mut engine, "tickets.csv", TICKETS);
    let log = engine.take_log();
    let mut restore = engine::Restore::new();
    for entry in &log {
        restore.push(entry.kind, &entry.payload).expect("it was just written");
    }
    let mut again = restore.finish().expect("it is whole");
    assert!(!again.needs_secret(), "the secret is kept with the workspace");
    let settings = |engine: &mut Engine| match engine.answer(&Request::Privacy).expect("it is known").reply {
        protocol::Reply::Privacy { state } => state.settings,
        other => panic!("{other:?}"),
    };
    assert_eq!(settings(&mut again), strict(), "the policy as well");
    again.answer(&Request::Undo).expect("the import");
    again.answer(&Request::Undo).expect("the policy");
    assert_eq!(settings(&mut again), Settings::default(), "nothing is decided again");
}

/// A file of invented events with ties, repeated rows and texts; the same for the same seed.
fn random_csv(seed: u64, n_rows: usize) -> Vec<[String; 6]> {
    let mut state = seed;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let row = |_| {
        let customer = format!("customer-{}@example.org", next(7));
        let (activity, hour, day) = (format!("step {}", next(5)), next(4), 1 + next(9));
        let note = format!("note {} of {customer}", next(3));
        let time = format!("2026-02-0{day}T0{hour}:00:00Z");
        [customer, activity, time, note, format!("T-{}", next(40)), format!("{}", next(100))]
    };
    (0..n_rows).map(row).collect()
}

/// The rows as CSV; those of `gone` have no customer, so that all others keep their lines.
fn csv_without(rows: &[[String; 6]], gone: &str) -> String {
    let mut csv = "customer,activity,time,note,ticket_id,amount\n".to_owned();
    for row in rows {
        let mut row = row.clone();
        if row[0] == gone {
            row[0].clear();
            row[3].clear();
        }
        csv.push_str(&row.join(","));
        csv.push('\n');
    }
    csv
}

fn open_all(files: &[Vec<[String; 6]>], gone: &str) -> Engine {
    let mut engine = workspace(&Settings::default());
    for (number, rows) in files.iter().enumerate() {
        open(&mut engine, &format!("file {number}.csv"), &csv_without(rows, gone));
    }
    engine
}

/// What is in the store, as it would be on the disk.
fn store_bytes(engine: &Engine) -> Vec<Vec<u8>> {
    let mut writer = engine.begin_snapshot();
    let mut parts = Vec::new();
    while let Some(entry) = writer.next(engine).expect("there is memory") {
        if entry.kind == event::snapshot::PART {
            parts.push(entry.payload);
        }
    }
    parts
}

fn answer(engine: &mut Engine, request: Request) -> protocol::Reply {
    engine.answer(&request).expect("it can be answered").reply
}

fn views(engine: &mut Engine) -> Vec<Vec<u8>> {
    // Not the map: it also shows what the latest import changed.
    [Request::Graph, Request::Variants { offset: 0, limit: 100 }]
        .into_iter()
        .map(|request| engine.answer(&request).expect("it is drawn").bulk.expect("in bulk").to_vec())
        .collect()
}

fn erase(engine: &mut Engine, customer: &str) -> protocol::privacy::Receipt {
    match answer(engine, Request::Erase { customer: customer.to_owned() }) {
        protocol::Reply::Erased { receipt } => *receipt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_erasure_leaves_the_workspace_of_an_import_without_the_person() {
    for seed in 0..12 {
        let files: Vec<_> = (0..3).map(|file| random_csv(seed * 3 + file, 60)).collect();
        let gone = files[1][0][0].clone();
        let mut engine = open_all(&files, "");
        // Counts that are kept must be forgotten too.
        views(&mut engine);
        let receipt = erase(&mut engine, &gone);
        let mut scratch = open_all(&files, &gone);
        assert_eq!(store_bytes(&engine), store_bytes(&scratch), "the store of seed {seed}, to the byte");
        assert_eq!(views(&mut engine), views(&mut scratch), "all that is drawn, seed {seed}");
        let n_rows = files.iter().flatten().filter(|row| row[0] == gone).count() as u64;
        let n_events = receipt.by_source.iter().map(|(_, n)| n).sum::<u64>();
        assert!(n_events > 0 && n_events <= n_rows, "{n_events} events of {n_rows} rows are receipted");
    }
}

#[test]
fn nothing_of_an_erased_person_is_left() {
    let mut engine = workspace(&Settings::default());
    engine.tell_time(1_780_000_000_000_000);
    open(&mut engine, "tickets.csv", TICKETS);
    let entries = on_disk(&mut engine);
    assert!(holds(&entries, "grace.hopper"), "she is there");
    engine.take_renewal();
    let receipt = erase(&mut engine, "grace.hopper@example.net");
    assert!(engine.take_renewal(), "the disk is to be written anew");
    assert_eq!(engine.take_log(), Vec::new(), "no entry brings her back");
    let entries = on_disk(&mut engine);
    // Ada's text names her; what others wrote is not erased.
    let others: Vec<LogEntry> =
        entries.iter().filter(|entry| !holds(&[(*entry).clone()], "Thanks from")).cloned().collect();
    assert!(!holds(&others, "grace.hopper"), "nothing tells of her");
    assert!(!holds(&entries, "It does not work"), "nor what she wrote");
    answer(&mut engine, Request::Undo);
    assert!(
        !holds(&on_disk(&mut engine), "It does not work"),
        "the decision is taken back, and brings nothing"
    );
    assert!(engine.answer(&Request::Undo).is_err(), "nor does any other step");
    assert_eq!(receipt.at_micros, 1_780_000_000_000_000, "the edge's time");
    assert_eq!(receipt.by_source, [("tickets.csv".to_owned(), 1)], "what went, by source");
    assert!(!format!("{receipt:?}").contains("grace"), "the receipt names nobody");
}

#[test]
fn the_erased_stay_out_until_they_are_let_in() {
    let mut engine = workspace(&Settings::default());
    open(&mut engine, "tickets.csv", TICKETS);
    erase(&mut engine, "grace.hopper@example.net");
    let again = open(&mut engine, "again.csv", TICKETS);
    assert_eq!((again.source.n_events, again.source.intake.n_barred), (0, 1), "she is kept out, and counted");
    let mut restore = engine::Restore::new();
    let mut writer = engine.begin_snapshot();
    while let Some(entry) = writer.next(&engine).expect("there is memory") {
        restore.push(entry.kind, &entry.payload).expect("it was just written");
    }
    let mut engine = restore.finish().expect("it is whole");
    let again = open(&mut engine, "once more.csv", TICKETS);
    assert_eq!(again.source.intake.n_barred, 1, "also after the workspace was opened again");
    let readmit = Request::Readmit { customer: "grace.hopper@example.net".to_owned() };
    answer(&mut engine, readmit.clone());
    assert!(engine.answer(&readmit).is_err(), "nobody is kept out any more");
    let again = open(&mut engine, "last.csv", TICKETS);
    assert_eq!((again.source.n_events, again.source.intake.n_barred), (1, 0), "she is in");
}

#[test]
fn all_that_is_held_is_given() {
    let mut engine = workspace(&Settings::default());
    open(&mut engine, "tickets.csv", TICKETS);
    let customer = "ada.lovelace@example.org".to_owned();
    let protocol::Reply::Held { held } = answer(&mut engine, Request::Held { customer }) else {
        panic!("another answer")
    };
    let told: Vec<(&str, &str, u32)> =
        held.events.iter().map(|event| (event.activity.as_str(), event.text.as_str(), event.line)).collect();
    let expected = [
        ("open ticket", "Call me at +49 30 901820 please.", 2),
        ("close ticket", "Thanks from grace.hopper@example.net", 3),
    ];
    assert_eq!(told, expected, "every event with its text");
    assert_eq!(held.events[0].start, "2026-03-01T09:00:00Z", "and its time");
    assert_eq!(held.sources.len(), 1, "and where it came from");
}

#[test]
fn what_is_too_old_goes_and_is_counted() {
    let settings = Settings {
        retention: protocol::privacy::Retention { months: Some(1), ..Default::default() },
        ..Settings::default()
    };
    let mut engine = workspace(&settings);
    // The first of April: a month ago was the first of March, at about half past one in the afternoon.
    engine.tell_time(1_775_044_800_000_000);
    let report = open(&mut engine, "tickets.csv", TICKETS);
    assert!(engine.glance().is_none(), "no map is kept that the period may reach by the next opening");
    assert!(workspace(&Settings::default()).glance().is_none(), "nor one without events");
    assert_eq!(
        (report.source.n_events, report.source.intake.n_expired),
        (1, 2),
        "two are older than a month"
    );
    assert!(!holds(&on_disk(&mut engine), "Call me at"), "they are nowhere");
    engine.tell_time(1_775_044_800_000_000 + 2 * 86_400_000_000);
    assert_eq!(engine.expire(), 1, "the third got too old");
    assert!(engine.take_renewal(), "and leaves the disk");
    assert!(!holds(&on_disk(&mut engine), "It does not work"), "for good");
}

/// Three customers: one allows it, one withdrew, of one nothing is known.
const CONSENTED: &str = "customer,activity,time,consent\n\
    ada,visit,2026-03-01T09:00:00Z,no\n\
    bob,visit,2026-03-01T09:00:00Z,analytics;marketing\n\
    ada,order,2026-03-02T09:00:00Z,yes\n\
    bob,order,2026-03-03T09:00:00Z,marketing\n\
    cyd,visit,2026-03-04T09:00:00Z,\n";

fn honouring(allows_unknown: bool) -> Settings {
    let purpose = "analytics".to_owned();
    let consent = protocol::privacy::ConsentRule { is_honoured: true, purpose, allows_unknown };
    Settings { consent, ..Settings::default() }
}

fn only(customers: &[&str]) -> String {
    let is_one =
        |line: &&str| line.starts_with("customer,") || customers.iter().any(|name| line.starts_with(name));
    CONSENTED.lines().filter(is_one).map(|line| format!("{line}\n")).collect()
}

#[test]
fn who_does_not_allow_it_is_in_no_figure() {
    for (allows_unknown, seen) in [(false, vec!["ada"]), (true, vec!["ada", "cyd"])] {
        let mut engine = workspace(&honouring(allows_unknown));
        open(&mut engine, "shop.csv", CONSENTED);
        let mut scratch = workspace(&Settings::default());
        open(&mut scratch, "shop.csv", &only(&seen));
        assert_eq!(views(&mut engine)[..2], views(&mut scratch)[..2], "only {seen:?}");
    }
}

#[test]
fn consent_can_be_asked_for_later_and_taken_back() {
    let mut engine = workspace(&Settings::default());
    open(&mut engine, "shop.csv", CONSENTED);
    let all = views(&mut engine);
    answer(&mut engine, Request::SetPrivacy { settings: Box::new(honouring(false)) });
    let few = views(&mut engine);
    assert_ne!(few, all, "two of three are left out");
    let mut restore = engine::Restore::new();
    let mut writer = engine.begin_snapshot();
    while let Some(entry) = writer.next(&engine).expect("there is memory") {
        restore.push(entry.kind, &entry.payload).expect("it was just written");
    }
    let mut again = restore.finish().expect("it is whole");
    assert_eq!(views(&mut again), few, "the same after the workspace was opened again");
    let card = again.answer(&Request::Card {
        figure: Box::new(protocol::figure::Figure {
            measure: protocol::figure::Measure::Occurrences,
            of: protocol::Selection::All,
            source: None,
        }),
    });
    let bulk = card.expect("there is a card").bulk.expect("in bulk");
    let card: protocol::report::Card<protocol::sentence::Sentence> =
        protocol::bulk::decode(&bulk).expect("it is one");
    let told = card.dropped.iter().find(|(words, _)| words.key == "dropped.no_consent.events");
    assert_eq!(told.map(|(_, n)| *n), Some(3), "the card tells how many events are left out");
    again.answer(&Request::Undo).expect("the decision");
    assert_eq!(views(&mut again), all, "everybody is there again");
    answer(&mut again, Request::SetPrivacy { settings: Box::new(honouring(false)) });
    erase(&mut again, "bob");
    assert!(!holds(&on_disk(&mut again), "marketing"), "who is left out can be erased all the same");
}
