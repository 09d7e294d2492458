//! What was done can be taken back exactly, and a workspace comes back from its log and its snapshots as it was.

use engine::{Engine, LogEntry, Restore};
use proptest::prelude::*;
use protocol::history::{DeedKind, Note, Segment, View};
use protocol::identity::{IdentityDeed, IdentityQuestion, LinkRules, Verdict};
use protocol::import::ImportReport;
use protocol::privacy::{ConsentRule, Settings};
use protocol::question::Filter;
use protocol::view::JourneyMapView;
use protocol::{MapQuery, Reply, Request, Selection, bulk};
use std::fmt::Write;
use tests::desk::{Desk, inspect, plan_of};

pub(crate) const ACTIVITIES: [&str; 6] =
    ["visit page", "ask support", "order", "pay invoice", "زيارة", "renew"];
const STAGES: [&str; 4] = ["Awareness", "Purchase", "Onboarding", "Use"];

/// One random row, which also says an account: customer, activity, minute, duration in minutes, channel, text.
pub(crate) type Row = (u8, usize, i64, Option<i64>, u8, u8);

/// Something a person or a page does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Import(Vec<Row>),
    Append(u8, Vec<Row>),
    /// Cuts a text and adds to it, beside the history.
    KeepNote(u8, u8),
    /// The next export of the same register, with ids.
    Renew(Vec<(u8, Row)>),
    RemoveSource(u8),
    SetStage(usize, Option<usize>),
    SetStages(usize),
    SaveView(u8, u8),
    DeleteView(u8),
    SaveSegment(u8, usize),
    DeleteSegment(u8),
    People(Vec<Said>),
    Merge(u8, u8),
    Split(u8),
    Decide(u8, u8, Option<bool>),
    SetRules(bool),
    /// One of the accounts and domains is a company, or none.
    SetCompany(usize, bool),
    SetLanes(usize),
    /// Consent is honoured or not, and whether who said nothing is looked at.
    Honour(bool, bool),
    Undo,
    Redo,
}

/// What a source says of a customer: an address, another key, and a customer that is a thing of it.
pub(crate) type Said = (u8, Option<u8>, Option<u8>, Option<u8>);

pub(crate) fn people() -> impl Strategy<Value = Vec<Said>> {
    let some = |n: u8| prop::option::weighted(0.4, 0..n);
    prop::collection::vec((0..6_u8, some(3), some(3), some(6)), 1..6)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let duration = prop_oneof![3 => Just(None), 1 => (0..4_i64).prop_map(Some)];
    // Few minutes, so that events come late, at equal times, and again from other sources.
    prop::collection::vec((0..6_u8, 0..ACTIVITIES.len(), 0..14_i64, duration, 0..3_u8, 0..3_u8), 1..16)
}

/// Records with ids, of which some come again in the next export.
pub(crate) fn register() -> impl Strategy<Value = Vec<(u8, Row)>> {
    let ids = prop::collection::btree_set(0..14_u8, 1..10);
    (ids, rows()).prop_map(|(ids, rows)| ids.into_iter().zip(rows.into_iter().cycle()).collect())
}

pub(crate) fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let stage = prop_oneof![1 => Just(None), 3 => (0..STAGES.len()).prop_map(Some)];
    let deed = prop_oneof![
        5 => rows().prop_map(Deed::Import),
        4 => (0..2_u8, rows()).prop_map(|(name, rows)| Deed::Append(name, rows)),
        2 => (0..2_u8, 0..9_u8).prop_map(|(name, keep)| Deed::KeepNote(name, keep)),
        4 => register().prop_map(Deed::Renew),
        3 => (0..6_u8).prop_map(Deed::RemoveSource),
        2 => (0..ACTIVITIES.len(), stage).prop_map(|(activity, stage)| Deed::SetStage(activity, stage)),
        1 => (0..=STAGES.len()).prop_map(Deed::SetStages),
        1 => (0..3_u8, 0..9_u8).prop_map(|(name, setting)| Deed::SaveView(name, setting)),
        1 => (0..3_u8).prop_map(Deed::DeleteView),
        1 => (0..3_u8, 0..ACTIVITIES.len()).prop_map(|(name, activity)| Deed::SaveSegment(name, activity)),
        1 => (0..3_u8).prop_map(Deed::DeleteSegment),
        3 => people().prop_map(Deed::People),
        2 => (0..6_u8, 0..6_u8).prop_map(|(a, b)| Deed::Merge(a, b)),
        1 => (0..6_u8).prop_map(Deed::Split),
        2 => (0..6_u8, 0..6_u8, prop::option::of(any::<bool>())).prop_map(|(a, b, same)| Deed::Decide(a, b, same)),
        1 => any::<bool>().prop_map(Deed::SetRules),
        2 => (0..3_usize, any::<bool>()).prop_map(|(name, is)| Deed::SetCompany(name, is)),
        1 => (0..3_usize).prop_map(Deed::SetLanes),
        2 => any::<(bool, bool)>().prop_map(|(is, unknown)| Deed::Honour(is, unknown)),
        5 => Just(Deed::Undo),
        3 => Just(Deed::Redo),
    ];
    prop::collection::vec(deed, 1..14)
}

fn csv(rows: &[Row]) -> Vec<u8> {
    let mut text = String::from("customer,activity,time,end_time,channel,text,account,nps,mrr,consent\n");
    for (customer, activity, minute, duration, channel, said) in rows {
        let at = 1_767_225_600 + minute * 60;
        let end = duration.map(|minutes| (at + minutes * 60).to_string()).unwrap_or_default();
        let (channel, said) =
            (["web", "phone", ""][usize::from(*channel)], ["", "good", "bad"][usize::from(*said)]);
        let account = ["", "north", "south"][(usize::from(*customer) + activity) % 3];
        let nps = if *activity == 1 { (minute.rem_euclid(11)).to_string() } else { String::new() };
        let mrr = if *activity == 3 { (minute.rem_euclid(4) * 10).to_string() } else { String::new() };
        writeln!(
            text,
            "c{customer},{},{at},{end},{channel},{said},{account},{nps},{mrr},{}",
            ACTIVITIES[*activity],
            allowed(*customer, *minute)
        )
        .expect("writing into a string");
    }
    // One row that is rejected.
    text.push_str("c1,order,never,,,,,,,no\n");
    text.into_bytes()
}

/// What a row says of consent: nothing, as often as not.
fn allowed(customer: u8, minute: i64) -> &'static str {
    match (i64::from(customer) + minute).rem_euclid(7) {
        1 => "yes",
        3 => "no",
        4 => "marketing",
        6 => "analytics",
        _ => "",
    }
}

/// Records of persons that say nothing of what happened.
pub(crate) fn open_people(desk: &mut Desk, name: &str, said: &[Said]) -> bool {
    let recipe = "recipe people 1\ntitle People\ncolumns key, email, other, thing\nprofile {key}\n  email {email}\n  \
                  external_id {other}\n  owns {thing}\n  given_name {given}\n";
    let mut text = String::from("key,email,other,thing,given,consent\n");
    for (key, email, other, thing) in said {
        let of = |register: &str, number: &Option<u8>, end: &str| {
            number.map(|number| format!("{register}{number}{end}")).unwrap_or_default()
        };
        let (email, other, thing) =
            (of("m", email, "@corp.example"), of("crm:", other, ""), of("c", thing, ""));
        let allows = allowed(*key, i64::from(key / 2));
        writeln!(text, "c{key},{email},{other},{thing},Ada,{allows}").expect("writing into a string");
    }
    let mut plan = plan_of(&inspect(name, text.as_bytes()).expect("it can be read"));
    plan.recipe = recipe.to_owned();
    let mut import = engine::Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).is_ok()
}

/// An export of a register: what happened, when it was done, and what it says of the customer.
pub(crate) fn open_register(desk: &mut Desk, name: &str, records: &[(u8, Row)]) -> Option<ImportReport> {
    let recipe = "recipe register 1\ntitle Register\ncolumns id, who, what, start\nrecord {id}\ncustomer {who}\n\
                  channel {channel}\ntext {said}\nprofile\n  email {mail}\n  owns {thing}\nevent {what}\n  at start\n\
                  event done\n  at end\n  when end filled\n";
    let mut text = String::from("id,who,what,start,end,channel,said,mail,thing\n");
    for (id, (customer, activity, minute, duration, channel, said)) in records {
        let at = 1_767_225_600 + minute * 60;
        let end = duration.map(|minutes| (at + minutes * 60).to_string()).unwrap_or_default();
        let channel = ["web", "phone", ""][usize::from(*channel)];
        let mail = if *said == 0 { String::new() } else { format!("m{}@corp.example", (id + said) % 4) };
        let thing = if *said == 2 { format!("c{}", (customer + 1) % 6) } else { String::new() };
        writeln!(
            text,
            "{id},c{customer},{},{at},{end},{channel},{},{mail},{thing}",
            ACTIVITIES[*activity],
            ["", "good", "bad"][usize::from(*said)]
        )
        .expect("writing into a string");
    }
    let mut plan = plan_of(&inspect(name, text.as_bytes()).expect("it can be read"));
    plan.recipe = recipe.to_owned();
    let mut import = engine::Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).ok()
}

fn mapped(mapping: &mut protocol::import::Mapping) {
    let some = |name: &str| Some(name.to_owned());
    mapping.customer = some("customer");
    mapping.activity = some("activity");
    mapping.time = some("time");
    mapping.end_time = some("end_time");
    mapping.channel = some("channel");
    mapping.text = some("text");
    mapping.account = some("account");
    mapping.money = None;
    mapping.score = some("nps");
    mapping.score_kind = Some(protocol::import::ScoreKind::Nps);
    mapping.mrr = some("mrr");
}

/// Does one deed; whether it was possible.
pub(crate) fn do_one(desk: &mut Desk, number: usize, deed: &Deed) -> bool {
    let request = match deed {
        Deed::Import(rows) => return desk.open_with(&format!("{number}.csv"), &csv(rows), mapped).is_ok(),
        Deed::Append(name, rows) => {
            let bytes = csv(rows);
            let mut plan = plan_of(&inspect("page", &bytes).expect("it can be read"));
            mapped(&mut plan.mapping);
            let add = format!("{number}\n");
            let note = Note { name: format!("read {name}"), keep: (number % 5) as u64, add };
            let name = format!("page {name}");
            return desk.engine.append_with_notes(&name, Some(plan), vec![note], &bytes).is_ok();
        }
        Deed::KeepNote(name, keep) => Request::KeepNote {
            note: Note {
                name: format!("said {name}"),
                keep: u64::from(*keep),
                add: format!("{number} ü\n").repeat(usize::from(*keep % 3)),
            },
        },
        Deed::Renew(records) => {
            let name = format!("register 2026-03-{:02}.csv", number + 1);
            return open_register(desk, &name, records).is_some();
        }
        Deed::RemoveSource(source) => Request::RemoveSource { source: u32::from(*source) },
        Deed::SetStage(activity, stage) => Request::SetStage {
            activity: ACTIVITIES[*activity].to_owned(),
            stage: stage.map(|stage| STAGES[stage].to_owned()),
        },
        Deed::SetStages(n) => Request::SetStages {
            names: STAGES[..*n].iter().map(|&s| s.to_owned()).collect(),
            placed: if *n > 2 { vec![("order".to_owned(), STAGES[2].to_owned())] } else { Vec::new() },
        },
        Deed::SaveView(name, setting) => Request::SaveView {
            view: View {
                name: format!("view {name}"),
                room: "map".to_owned(),
                settings: format!("{{\"x\":{setting}}}"),
            },
        },
        Deed::DeleteView(name) => Request::DeleteView { name: format!("view {name}") },
        Deed::SaveSegment(name, activity) => Request::SaveSegment {
            segment: Segment {
                name: format!("segment {name}"),
                filter: Filter::Not {
                    of: Box::new(Filter::Outcome { names: vec![ACTIVITIES[*activity].to_owned()] }),
                },
            },
        },
        Deed::DeleteSegment(name) => Request::DeleteSegment { name: format!("segment {name}") },
        Deed::People(said) => return open_people(desk, &format!("people {number}.csv"), said),
        Deed::Merge(a, b) => link(IdentityDeed::Merge { customers: vec![format!("c{a}"), format!("c{b}")] }),
        Deed::Split(a) => link(IdentityDeed::Split { records: vec![format!("c{a}")] }),
        Deed::Decide(a, b, same) => {
            let verdict = same.map(|same| if same { Verdict::Same } else { Verdict::Apart });
            link(IdentityDeed::Decide { pairs: vec![(format!("c{a}"), format!("c{b}"))], verdict })
        }
        Deed::SetRules(automatic) => set_rules(*automatic),
        Deed::SetCompany(name, is_company) => set_company(*name, *is_company),
        Deed::SetLanes(first) => {
            let mut lanes = ["volume", "waiting", "channel"].map(str::to_owned);
            lanes.rotate_left(*first);
            Request::SetLanes { lanes: lanes.to_vec() }
        }
        Deed::Honour(is_honoured, allows_unknown) => honour(*is_honoured, *allows_unknown),
        Deed::Undo => Request::Undo,
        Deed::Redo => Request::Redo,
    };
    desk.engine.answer(&request).is_ok()
}

fn honour(is_honoured: bool, allows_unknown: bool) -> Request {
    Request::SetPrivacy { settings: Box::new(honouring(is_honoured, allows_unknown)) }
}

/// Settings that honour consent to analytics, or do not.
pub(crate) fn honouring(is_honoured: bool, allows_unknown: bool) -> Settings {
    let purpose = "analytics".to_owned();
    Settings { consent: ConsentRule { is_honoured, purpose, allows_unknown }, ..Settings::default() }
}

fn set_rules(automatic: bool) -> Request {
    link(IdentityDeed::SetRules { rules: LinkRules { sure: 0.9, review: 0.5, automatic } })
}

fn set_company(name: usize, is_company: bool) -> Request {
    let name = ["north", "south", "corp.example"][name].to_owned();
    link(IdentityDeed::SetCompany { name, is_company })
}

fn link(deed: IdentityDeed) -> Request {
    Request::Link { deed }
}

/// Everything a page can see, as bytes or text; the map apart.
fn seen(engine: &mut Engine) -> Vec<String> {
    let customers = (0..6).map(|customer| Request::Case { customer: format!("c{customer}") });
    let page = |selection| Request::Cases { selection, offset: 0, limit: u32::MAX };
    let requests = [
        Request::Graph,
        Request::Variants { offset: 0, limit: u32::MAX },
        page(Selection::All),
        page(Selection::Stage { name: STAGES[1].to_owned() }),
        Request::Sources,
        Request::Privacy,
        Request::Views,
        Request::Notes { prefix: String::new() },
        Request::Segments,
    ];
    let records = (0..6).map(|customer| Request::Identity {
        question: IdentityQuestion::Customer { customer: format!("c{customer}") },
    });
    let accounts = Request::Identity {
        question: IdentityQuestion::Accounts { search: String::new(), offset: 0, limit: 100 },
    };
    let rejects = (0..14).map(|source| Request::Rejects { source });
    requests
        .into_iter()
        .chain(customers)
        .chain(records)
        .chain([accounts])
        .chain(rejects)
        .map(|request| format!("{:?}", engine.answer(&request)))
        .collect()
}

fn map_bytes(engine: &mut Engine) -> Vec<u8> {
    let query = MapQuery { activities_ratio: Some(0.7), paths_ratio: Some(0.9) };
    engine.answer(&Request::Map { query }).expect("a map").bulk.expect("in bulk").to_vec()
}

/// The map without what only tells how it came about.
pub(crate) fn map_figures(engine: &mut Engine) -> JourneyMapView {
    let mut map: JourneyMapView = bulk::decode(&map_bytes(engine)).expect("a map");
    map.revision = 0;
    map.nodes.iter_mut().for_each(|node| node.changed = false);
    map.edges.iter_mut().for_each(|edge| edge.changed = false);
    map
}

pub(crate) fn logging_desk() -> Desk {
    let mut desk = Desk::new();
    desk.engine.start_log();
    desk
}

pub(crate) fn restore<'a>(entries: impl IntoIterator<Item = &'a LogEntry>) -> Engine {
    let mut restore = Restore::new();
    for entry in entries {
        restore.push(entry.kind, &entry.payload).expect("what was written can be read");
    }
    restore.finish().expect("the workspace is whole")
}

fn snapshot(engine: &Engine) -> Vec<LogEntry> {
    let mut writer = engine.begin_snapshot();
    let mut chunks = Vec::new();
    while let Some(chunk) = writer.next(engine).expect("a chunk") {
        assert!(chunk.payload.len() <= 16 << 20, "no chunk is too large");
        chunks.push(chunk);
    }
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_prefix_of_the_log_is_a_workspace(deeds in deeds(), cut in 0..14_usize) {
        let mut desk = logging_desk();
        let mut log: Vec<LogEntry> = Vec::new();
        let mut base: Option<(Vec<LogEntry>, usize)> = None;
        let mut follower = Engine::new();
        for (number, deed) in deeds.iter().enumerate() {
            do_one(&mut desk, number, deed);
            let entries = desk.engine.take_log();
            let mut following = Restore::following(follower);
            for entry in &entries {
                following.push(entry.kind, &entry.payload).expect("what was written can be followed");
            }
            follower = following.finish().expect("the follower is whole");
            log.extend(entries);
            let (mut whole, mut since) = (restore(&log), None);
            if let Some((chunks, n)) = &base {
                since = Some(restore(chunks.iter().chain(&log[*n..])));
            }
            let expected = (seen(&mut desk.engine), map_bytes(&mut desk.engine));
            let steps = |engine: &mut Engine| format!("{:?}", engine.answer(&Request::History));
            let expected_steps = steps(&mut desk.engine);
            for restored in [&mut whole, &mut follower].into_iter().chain(&mut since) {
                prop_assert_eq!(restored.revision(), desk.engine.revision());
                prop_assert_eq!(seen(restored), expected.0.clone(), "after {:?}", deed);
                prop_assert_eq!(steps(restored), expected_steps.clone(), "the history after {:?}", deed);
                prop_assert!(map_bytes(restored) == expected.1, "the map after {:?}", deed);
            }
            if number == cut {
                base = Some((snapshot(&desk.engine), log.len()));
            }
        }
    }

    #[test]
    fn what_is_undone_is_as_before_and_what_is_redone_as_after(deeds in deeds()) {
        let mut desk = Desk::new();
        let mut states = vec![(seen(&mut desk.engine), map_figures(&mut desk.engine))];
        for (number, deed) in deeds.iter().enumerate() {
            if !matches!(deed, Deed::Undo | Deed::Redo | Deed::KeepNote(..)) && do_one(&mut desk, number, deed) {
                states.push((seen(&mut desk.engine), map_figures(&mut desk.engine)));
            }
        }
        for state in states.iter().rev().skip(1) {
            prop_assert!(do_one(&mut desk, 0, &Deed::Undo));
            prop_assert_eq!(seen(&mut desk.engine), state.0.clone());
            prop_assert_eq!(map_figures(&mut desk.engine), state.1.clone());
        }
        prop_assert!(!do_one(&mut desk, 0, &Deed::Undo), "nothing is left");
        for state in states.iter().skip(1) {
            prop_assert!(do_one(&mut desk, 0, &Deed::Redo));
            prop_assert_eq!(seen(&mut desk.engine), state.0.clone());
            prop_assert_eq!(map_figures(&mut desk.engine), state.1.clone());
        }
        prop_assert!(!do_one(&mut desk, 0, &Deed::Redo), "nothing is left");
    }

    #[test]
    fn what_was_done_before_a_reload_is_undone_after_it(deeds in deeds(), by_snapshot in any::<bool>()) {
        let mut desk = logging_desk();
        for (number, deed) in deeds.iter().enumerate() {
            do_one(&mut desk, number, deed);
        }
        let entries = if by_snapshot { snapshot(&desk.engine) } else { desk.engine.take_log() };
        let mut restored = restore(&entries);
        for request in [Request::Undo, Request::Redo] {
            while desk.engine.answer(&request).is_ok() {
                prop_assert!(restored.answer(&request).is_ok(), "it is there as well");
                prop_assert_eq!(seen(&mut restored), seen(&mut desk.engine));
            }
            prop_assert!(restored.answer(&request).is_err(), "and nothing more");
        }
    }

    #[test]
    fn a_removed_source_never_was(first in rows(), second in rows()) {
        let mut both = Desk::new();
        both.open_with("first.csv", &csv(&first), mapped).expect("it opens");
        both.open_with("second.csv", &csv(&second), mapped).expect("it opens");
        both.engine.answer(&Request::RemoveSource { source: 0 }).expect("it can be removed");
        let mut only = Desk::new();
        only.open_with("second.csv", &csv(&second), mapped).expect("it opens");
        prop_assert_eq!(both.graph(), only.graph());
        prop_assert_eq!(both.variants(), only.variants());
        prop_assert_eq!(map_figures(&mut both.engine).totals, map_figures(&mut only.engine).totals);
        let counts = |desk: &mut Desk| match desk.engine.answer(&Request::Sources).expect("a list").reply {
            Reply::Sources { sources } => sources.iter().map(|s| (s.n_rows, s.n_events, s.n_duplicates)).collect(),
            _ => Vec::new(),
        };
        prop_assert_eq!(counts(&mut both), counts(&mut only));
    }

    #[test]
    fn hostile_bytes_are_refused(deeds in deeds(), at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<bool>()) {
        let mut desk = logging_desk();
        for (number, deed) in deeds.iter().enumerate() {
            do_one(&mut desk, number, deed);
        }
        for mut entries in [desk.engine.take_log(), snapshot(&desk.engine)] {
            let n_bytes: usize = entries.iter().map(|entry| entry.payload.len()).sum();
            if n_bytes == 0 {
                continue;
            }
            let mut at = at.index(n_bytes);
            for entry in &mut entries {
                if at < entry.payload.len() {
                    entry.payload[at] ^= 1 << bit;
                    if cut {
                        entry.payload.truncate(at);
                    }
                    break;
                }
                at -= entry.payload.len();
            }
            // Either refused or a workspace that answers; never a panic.
            let mut restore = Restore::new();
            if entries.iter().all(|entry| restore.push(entry.kind, &entry.payload).is_ok())
                && let Ok(mut engine) = restore.finish()
            {
                seen(&mut engine);
                map_bytes(&mut engine);
            }
        }
    }
}

#[test]
fn any_kind_of_any_bytes_is_refused_or_taken() {
    for kind in 0..=u8::MAX {
        for bytes in [&b""[..], &[0; 7], &[0xff; 64], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], b"page"] {
            let mut restore = Restore::new();
            let taken = restore.push(kind, bytes).is_ok();
            let finished = restore.finish().is_ok();
            assert!(!taken || finished || kind < 64 || kind == 65, "kind {kind} is taken and then refused");
        }
    }
}

#[test]
fn a_snapshot_begins_again_when_the_workspace_changes() {
    let mut desk = Desk::new();
    desk.open_with("a.csv", &csv(&[(1, 0, 0, None, 0, 1), (2, 1, 3, Some(1), 1, 2)]), mapped)
        .expect("it opens");
    let mut writer = desk.engine.begin_snapshot();
    let mut chunks = Vec::new();
    for _ in 0..6 {
        chunks.extend(writer.next(&desk.engine).expect("a chunk"));
    }
    desk.open_with("b.csv", &csv(&[(1, 2, 5, None, 0, 1)]), mapped).expect("it opens");
    while let Some(chunk) = writer.next(&desk.engine).expect("a chunk") {
        chunks.push(chunk);
    }
    assert_eq!(chunks.iter().filter(|chunk| chunk.kind == chunks[0].kind).count(), 2, "it began twice");
    let mut restored = restore(&chunks);
    assert_eq!(seen(&mut restored), seen(&mut desk.engine), "what counts is the second beginning");
    assert_eq!(map_bytes(&mut restored), map_bytes(&mut desk.engine), "and the map");
}

#[test]
fn the_sample_is_one_step_and_the_history_says_what_it_is() {
    let mut desk = Desk::new();
    let empty = seen(&mut desk.engine);
    desk.engine.open_sample().expect("the sample opens");
    let full = seen(&mut desk.engine);
    let activity = desk.graph().activities[0].name.clone();
    let stage = desk.map().stages[0].name.clone();
    desk.engine
        .answer(&Request::SetStage { activity: activity.clone(), stage: Some(stage) })
        .expect("a stage");
    let said =
        |desk: &mut Desk, request: &Request| match desk.engine.answer(request).expect("a history").reply {
            Reply::History { done, undo, redo } => {
                [done, undo, redo].map(|deed| deed.map(|d| (d.kind, d.subject)))
            }
            other => panic!("not a history: {other:?}"),
        };
    let sample = Some((DeedKind::OpenSample, String::new()));
    let set = Some((DeedKind::SetStage, activity));
    assert_eq!(said(&mut desk, &Request::History), [None, set.clone(), None], "two steps were made");
    assert_eq!(
        said(&mut desk, &Request::Undo),
        [set.clone(), sample.clone(), set.clone()],
        "the stage is undone"
    );
    assert_eq!(seen(&mut desk.engine), full, "as before the stage");
    assert_eq!(
        said(&mut desk, &Request::Undo),
        [sample.clone(), None, sample.clone()],
        "the sample is undone"
    );
    assert_eq!(seen(&mut desk.engine), empty, "as at the start");
    assert_eq!(said(&mut desk, &Request::Redo), [sample.clone(), sample.clone(), set], "the sample is back");
    assert_eq!(seen(&mut desk.engine), full, "as after the sample");
    desk.engine.answer(&Request::RemoveSource { source: 0 }).expect("a source goes");
    assert_eq!(said(&mut desk, &Request::History)[2], None, "a new deed ends what could be done again");
}

#[test]
fn only_the_last_hundred_deeds_are_kept() {
    let mut desk = Desk::new();
    desk.open_with("a.csv", &csv(&[(1, 0, 0, None, 0, 1)]), mapped).expect("it opens");
    for number in 0..150 {
        let view = View { name: format!("{number}"), room: "map".to_owned(), settings: String::new() };
        desk.engine.answer(&Request::SaveView { view }).expect("a view");
    }
    let n = (0..200).take_while(|_| desk.engine.answer(&Request::Undo).is_ok()).count();
    assert_eq!(n, 100, "the limit");
}
