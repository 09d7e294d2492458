//! The same export next week: only what is new is added, what changed is replaced, and it is said.

use crate::history::{ACTIVITIES, Row, logging_desk, open_register, restore};
use engine::Engine;
use proptest::prelude::*;
use protocol::identity::IdentityQuestion;
use protocol::import::{ChangeSummary, ImportReport, Renewal, SourceSummary};
use protocol::{Reply, Request, Selection};
use tests::desk::{Desk, inspect, plan_of};

type Record = (u8, Row);

/// An export and a newer one of all its records, of which some changed.
///
/// No two events of one customer are at one time, since equal times are told in the order of arrival; and both begin with
/// every customer once, since of customers that are one the first that was known gives the name.
fn exports() -> impl Strategy<Value = (Vec<Record>, Vec<Record>)> {
    let row = |(customer, activity, channel, said): (u8, usize, u8, u8)| -> Row {
        (customer, activity, 0, None, channel, said)
    };
    let row = (0..6_u8, 0..ACTIVITIES.len(), 0..3_u8, 0..3_u8).prop_map(row);
    let record = (row.clone(), prop::option::weighted(0.4, row), any::<bool>(), any::<bool>());
    prop::collection::vec(record, 1..14).prop_map(|records| {
        let each =
            (0..6_u8).map(|customer| (100 + customer, (customer, 0, -100 + i64::from(customer), None, 0, 0)));
        let (mut first, mut newer): (Vec<Record>, Vec<Record>) = (each.clone().collect(), each.collect());
        for (id, (before, after, is_old, is_done)) in (0_u8..).zip(records) {
            // Records lie two minutes apart, and an end is a minute after its beginning.
            let at = i64::from(id) * 2;
            if is_old {
                first.push((id, (before.0, before.1, at, None, before.4, before.5)));
            }
            let row = after.unwrap_or(before);
            newer.push((id, (row.0, row.1, at, is_done.then_some(1), row.4, row.5)));
        }
        (first, newer)
    })
}

/// What everybody sees of the figures; the lines of the file, and what else tells how it came about, apart.
fn figures(engine: &mut Engine) -> Vec<String> {
    let mut desk = Desk { engine: std::mem::take(engine) };
    let mut told = vec![format!("{:?}", desk.graph()), format!("{:?}", desk.variants())];
    for customer in 0..6 {
        let customer = format!("c{customer}");
        let is_there = desk.engine.answer(&Request::Case { customer: customer.clone() }).is_ok();
        if is_there {
            let mut timeline = desk.case(&customer);
            // Which file of the source brought it is no figure.
            for event in &mut timeline.events {
                (event.line, event.source) = (0, String::new());
            }
            told.push(format!("{timeline:?}"));
        }
        let question = IdentityQuestion::Customer { customer };
        told.push(format!("{:?}", desk.engine.answer(&Request::Identity { question })));
    }
    told.push(format!("{:?}", desk.cases(Selection::All)));
    *engine = desk.engine;
    told
}

fn sources(engine: &mut Engine) -> Vec<SourceSummary> {
    match engine.answer(&Request::Sources).expect("sources").reply {
        Reply::Sources { sources } => sources,
        other => panic!("not the sources: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_and_its_newer_one_are_the_newer_one_alone((first, newer) in exports()) {
        let mut both = logging_desk();
        open_register(&mut both, "register 2026-03-01.csv", &first).expect("it opens");
        let before = figures(&mut both.engine);
        let report = open_register(&mut both, "register 2026-03-08.csv", &newer).expect("it opens");
        let mut alone = Desk::new();
        open_register(&mut alone, "register 2026-03-08.csv", &newer).expect("it opens");
        let after = figures(&mut both.engine);
        prop_assert_eq!(&after, &figures(&mut alone.engine));
        let counts = &report.change;
        prop_assert!(counts.renews, "it is said");
        let [own] = <[SourceSummary; 1]>::try_from(sources(&mut both.engine)).expect("one source");
        let [only] = <[SourceSummary; 1]>::try_from(sources(&mut alone.engine)).expect("one source");
        prop_assert_eq!(own.n_events, only.n_events);
        prop_assert_eq!(counts.n_events + counts.n_duplicates, only.n_events, "new, changed or unchanged");
        prop_assert_eq!(own.renewed.n_times, 1);
        // What was kept of it on the disk says the same.
        let log = both.engine.take_log();
        let mut restored = restore(&log);
        prop_assert_eq!(sources(&mut restored), vec![own]);
        prop_assert_eq!(figures(&mut restored), after.clone());
        // There and back.
        both.engine.answer(&Request::Undo).expect("it can be undone");
        prop_assert_eq!(figures(&mut both.engine), before);
        both.engine.answer(&Request::Redo).expect("and done again");
        prop_assert_eq!(figures(&mut both.engine), after);
        // A source goes with all it brought.
        both.engine.answer(&Request::RemoveSource { source: 0 }).expect("it goes");
        prop_assert!(both.graph().activities.iter().all(|of| of.n_occurrences == 0), "all it brought");
    }

    #[test]
    fn the_same_again_changes_nothing((_, export) in exports()) {
        let mut desk = Desk::new();
        open_register(&mut desk, "register.csv", &export).expect("it opens");
        let before = figures(&mut desk.engine);
        let report = open_register(&mut desk, "register (1).csv", &export).expect("it opens");
        let ChangeSummary { n_events, n_changed, n_gone, n_late, renews, .. } = report.change;
        prop_assert_eq!((n_events, n_changed, n_gone, n_late, renews), (0, 0, 0, 0, true));
        prop_assert_eq!(figures(&mut desk.engine), before);
    }
}

fn open(desk: &mut Desk, name: &str, text: &str, renewal: Renewal) -> ImportReport {
    let mut preview = inspect(name, text.as_bytes()).expect("it can be read");
    desk.engine.propose_renewal(&mut preview);
    let mut plan = plan_of(&preview);
    plan.renewal = renewal;
    let mut import = engine::Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).expect("it fits")
}

const TICKETS: &str = "id,requester_id,submitter_id,status,via_channel,created_at,updated_at,subject\n";

/// Tickets as the help desk has them in two weeks: one is solved meanwhile, one has another subject, one is new.
fn weeks() -> [String; 2] {
    let first = "1,7,7,open,email,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z,Password\n\
                 2,8,8,solved,chat,2026-03-03T09:00:00Z,2026-03-04T09:00:00Z,Invoice\n\
                 3,7,7,solved,email,2026-03-03T10:00:00Z,2026-03-05T09:00:00Z,Delivery\n";
    let second = "1,7,7,solved,email,2026-03-02T09:00:00Z,2026-03-09T09:00:00Z,Password\n\
                  2,8,8,solved,chat,2026-03-03T09:00:00Z,2026-03-04T09:00:00Z,Invoice of March\n\
                  3,7,7,open,email,2026-03-03T10:00:00Z,2026-03-06T09:00:00Z,Delivery\n\
                  4,8,8,open,email,2026-03-01T09:00:00Z,2026-03-01T09:00:00Z,Forgotten\n";
    [format!("{TICKETS}{first}"), format!("{TICKETS}{second}")]
}

#[test]
fn next_weeks_tickets_change_what_changed() {
    let [first, second] = weeks();
    let mut desk = Desk::new();
    open(&mut desk, "tickets-2026-03-06.csv", &first, Renewal::Found);
    let report = open(&mut desk, "tickets-2026-03-13.csv", &second, Renewal::Found);
    let ChangeSummary { n_events, n_changed, n_gone, n_duplicates, n_late, .. } = report.change;
    // Solved is new of the first, created changed of the second, solved is gone of the third, created is new of the fourth.
    assert_eq!((n_events, n_changed, n_gone, n_duplicates), (3, 1, 1, 3), "{:?}", report.change);
    assert_eq!(n_late, 1, "the forgotten one came before what its customer had");
    let timeline = desk.case("zendesk:8");
    let texts: Vec<&str> = timeline.events.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(texts, ["Forgotten", "Invoice of March", ""], "the newer words hold");
    let audit = match desk.engine.answer(&Request::Audit).expect("an audit").reply {
        Reply::Audit { audits } => audits,
        other => panic!("no audit: {other:?}"),
    };
    let check = audits_check(&audit[0].checks, "renewed");
    assert_eq!((check.n, check.of), (3, 5), "unchanged of what was known");
}

fn audits_check<'a>(checks: &'a [protocol::audit::Check], id: &str) -> &'a protocol::audit::Check {
    checks.iter().find(|check| check.id == id).expect("it is told")
}

#[test]
fn a_person_says_where_a_file_belongs() {
    let [first, second] = weeks();
    let mut desk = Desk::new();
    open(&mut desk, "north.csv", &first, Renewal::Found);
    let mut preview = inspect("south.csv", second.as_bytes()).expect("it can be read");
    desk.engine.propose_renewal(&mut preview);
    assert_eq!(preview.renews, None, "another name is another source");
    let beside = open(&mut desk, "north.csv", &second, Renewal::Beside);
    assert!(!beside.change.renews && beside.source.source == 1, "a source of its own");
    let of = open(&mut desk, "south.csv", &second, Renewal::Of(0));
    assert!(of.change.renews && of.source.source == 0, "or of the one that was named");
    assert_eq!(sources(&mut desk.engine).len(), 2, "no third one");
    let missing = {
        let mut plan = plan_of(&inspect("x.csv", second.as_bytes()).expect("it can be read"));
        plan.renewal = Renewal::Of(9);
        let mut import = engine::Import::new(plan).expect("a plan");
        import.push(second.as_bytes()).expect("it can be read");
        desk.engine.commit(import.finish().expect("records"))
    };
    assert!(missing.is_err(), "there is no such source");
}

#[test]
fn an_unknown_table_is_renewed_by_the_id_of_its_records() {
    let head = "id,customer,activity,time,comment\n";
    let rows = |n: usize, word: &str| -> String {
        (0..n).map(|i| format!("{i},c{},visit,2026-03-{:02}T10:00:00Z,{word} here\n", i % 3, i + 1)).collect()
    };
    let first = format!("{head}{}", rows(9, "red"));
    let second = format!(
        "{head}{}{}",
        rows(9, "red").replacen("red", "blue", 2),
        "9,c1,leave,2026-03-20T10:00:00Z,x y\n"
    );
    let mut desk = Desk::new();
    let opened = open(&mut desk, "visits.csv", &first, Renewal::Found);
    assert_eq!(opened.source.mapping.record.as_deref(), Some("id"), "unique, and called so");
    let change = open(&mut desk, "visits.csv", &second, Renewal::Found).change;
    let ChangeSummary { n_events, n_changed, n_gone, n_duplicates, .. } = change;
    assert_eq!((n_events, n_changed, n_gone, n_duplicates), (3, 2, 0, 7), "two changed, one is new");
}
