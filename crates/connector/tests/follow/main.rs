//! A list on a server with faults is read without losing or doubling anything.

mod server;

use connector::{Answer, Brought, Connection, Step, Sync, Trouble};
use proptest::prelude::*;
use server::{Fault, Server, Style};
use std::collections::BTreeMap;

const NOW: u64 = 1_700_000_000_000;

/// What a workspace would hold: each item's newest content, and how often each line came.
#[derive(Debug, Default)]
struct Workspace {
    contents: BTreeMap<String, String>,
    lines: BTreeMap<String, u32>,
    n_new: u64,
    n_changed: u64,
}

impl Workspace {
    fn take(&mut self, brought: &Brought) {
        self.n_new += brought.n_new;
        self.n_changed += brought.n_changed;
        for item in &brought.fresh {
            let id = item["id"].as_str().expect("the server gives ids");
            self.contents.insert(id.to_owned(), item["state"].as_str().unwrap_or_default().to_owned());
        }
        for line in brought.lines.lines() {
            *self.lines.entry(line.to_owned()).or_default() += 1;
        }
    }
}

impl Workspace {
    /// Of what is told again, only an item that changed may repeat what was told of it.
    fn has_nothing_twice(&self) -> bool {
        self.lines.values().map(|n| u64::from(*n) - 1).sum::<u64>() <= self.n_changed
    }
}

/// Does what an edge does, with the clock jumping over every wait.
fn run(sync: &mut Sync, server: &mut Server, workspace: &mut Workspace, clock: &mut u64) -> Option<Trouble> {
    for _ in 0..5_000 {
        match sync.step(*clock) {
            Step::Ask(request) => match server.perform(&request, *clock) {
                Some((status, headers, body)) => {
                    let answer = Answer { status, headers: &headers, body: &body };
                    let brought = sync.answered(&answer, *clock);
                    workspace.take(&brought);
                }
                None => sync.failed("the connection broke", *clock),
            },
            Step::Wait(until) => {
                assert!(until > *clock, "a wait goes forward");
                *clock = until;
            }
            Step::Done => return None,
            Step::Stopped(trouble) => return Some(trouble),
        }
    }
    panic!("the sync does not end");
}

fn connection(style: Style) -> Connection {
    Connection::parse(&style.connection()).expect("the connection is right")
}

#[test]
fn every_way_of_paging_reads_everything() {
    for style in Style::ALL {
        for n_items in [0, 1, 9, 10, 11, 20, 57] {
            let mut server = Server::new(style, n_items, Vec::new());
            let mut workspace = Workspace::default();
            let mut clock = NOW;
            let mut sync =
                Sync::new(&connection(style), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
            assert_eq!(run(&mut sync, &mut server, &mut workspace, &mut clock), None, "{style:?} {n_items}");
            assert_eq!(workspace.contents, server.contents(), "{style:?} with {n_items} items");
            assert!(workspace.has_nothing_twice(), "{style:?}: no line twice");
        }
    }
}

#[test]
fn a_second_sync_brings_only_what_is_new() {
    for style in Style::ALL {
        let mut server = Server::new(style, 35, Vec::new());
        let (mut workspace, mut clock) = (Workspace::default(), NOW);
        let mut sync = Sync::new(&connection(style), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
        assert_eq!(run(&mut sync, &mut server, &mut workspace, &mut clock), None, "{style:?}");
        clock += 3_600_000;
        server.change(3, "closed", clock);
        server.add("late", clock);
        let before = workspace.n_new;
        let saved = sync.saved();
        let mut sync =
            Sync::new(&connection(style), "tickets", Some(&saved), Vec::new(), 2, clock).expect("it goes on");
        assert_eq!(run(&mut sync, &mut server, &mut workspace, &mut clock), None, "{style:?}");
        assert_eq!(workspace.n_new - before, 1, "{style:?}: one is new");
        assert_eq!(workspace.contents, server.contents(), "{style:?}: the change is there");
        assert!(workspace.has_nothing_twice(), "{style:?}: nothing came twice");
    }
}

#[test]
fn one_sync_goes_on_again_and_again_and_its_lines_add_up() {
    for style in Style::ALL {
        let mut server = Server::new(style, 25, Vec::new());
        let (mut workspace, mut clock) = (Workspace::default(), NOW);
        let mut sync = Sync::new(&connection(style), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
        let mut lines = String::new();
        for round in 0..4 {
            assert_eq!(run(&mut sync, &mut server, &mut workspace, &mut clock), None, "{style:?} {round}");
            assert_eq!(workspace.contents, server.contents(), "{style:?} {round}");
            let line = sync.take_delta();
            assert_eq!(line.lines().count(), 1, "a line a time");
            lines.push_str(&line);
            let folded = Sync::new(&connection(style), "tickets", Some(&lines), Vec::new(), 1, clock);
            assert_eq!(folded.expect("it can be read").n_known(), sync.n_known(), "{style:?} {round}");
            clock += 3_600_000;
            server.add(&format!("late {round}"), clock);
            server.change(round, "closed", clock);
            sync.again();
        }
        let last = lines.lines().last().expect("a line");
        assert!(last.len() < sync.saved().len() / 2, "the last line has only what was new");
        assert!(workspace.has_nothing_twice(), "{style:?}: nothing came twice");
    }
}

#[test]
fn expired_credentials_stop_and_go_on_later() {
    let style = Style::Cursor;
    let mut server = Server::new(style, 40, vec![Fault::None, Fault::None, Fault::Denied]);
    let (mut workspace, mut clock) = (Workspace::default(), NOW);
    let mut sync = Sync::new(&connection(style), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
    let trouble = run(&mut sync, &mut server, &mut workspace, &mut clock);
    assert_eq!(trouble, Some(Trouble::Denied { status: 401, reason: String::new() }), "it says so");
    let saved = sync.saved();
    let mut sync =
        Sync::new(&connection(style), "tickets", Some(&saved), Vec::new(), 2, clock).expect("it goes on");
    assert_eq!(run(&mut sync, &mut server, &mut workspace, &mut clock), None, "to the end");
    assert_eq!(workspace.contents, server.contents(), "nothing is lost");
    assert!(workspace.has_nothing_twice(), "nothing came twice");
    assert!(server.n_asked <= 6, "it did not begin again: {} requests", server.n_asked);
}

#[test]
fn a_link_to_another_server_is_not_followed() {
    let mut server = Server::new(Style::NextLink, 30, vec![Fault::ForeignLink]);
    let mut sync =
        Sync::new(&connection(Style::NextLink), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
    let trouble = run(&mut sync, &mut server, &mut Workspace::default(), &mut NOW.clone());
    assert!(matches!(trouble, Some(Trouble::ForeignLink { .. })), "{trouble:?}");
}

#[test]
fn it_gives_up_in_the_end() {
    let mut server = Server::new(Style::Page, 30, vec![Fault::Broken; 100]);
    let mut sync = Sync::new(&connection(Style::Page), "tickets", None, Vec::new(), 1, NOW).expect("a sync");
    let trouble = run(&mut sync, &mut server, &mut Workspace::default(), &mut NOW.clone());
    assert!(matches!(trouble, Some(Trouble::GaveUp { .. })), "{trouble:?}");
    assert_eq!(server.n_asked, connector::MAX_ATTEMPTS, "after so many attempts");
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Broken),
        1 => Just(Fault::Half),
        1 => Just(Fault::TooMany(None)),
        1 => Just(Fault::TooMany(Some(3))),
        1 => Just(Fault::Failing),
        1 => Just(Fault::RemoveOne),
        1 => Just(Fault::AddOne),
        1 => Just(Fault::CursorExpires),
        1 => Just(Fault::Shuffle),
        1 => Just(Fault::Duplicate),
    ]
}

/// Numbers of pages cannot follow a list that moves all the time: at most two items move under those ways of paging.
fn bearable(style: Style, mut faults: Vec<Fault>) -> Vec<Fault> {
    let mut n_moves = 0;
    for fault in &mut faults {
        if matches!(fault, Fault::RemoveOne | Fault::AddOne) && matches!(style, Style::Page | Style::Offset) {
            n_moves += 1;
            if n_moves > 2 {
                *fault = Fault::None;
            }
        }
    }
    faults
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Resets, half answers, 429 with and without Retry-After, storms of 500, items removed and added while paging,
    /// cursors that expire, pages shuffled and doubled; the tab is closed in the middle as often as wanted.
    #[test]
    fn nothing_is_lost_or_doubled(
        style in prop::sample::select(Style::ALL.to_vec()),
        n_items in 0_usize..60,
        faults in prop::collection::vec(fault(), 0..12),
        closes in prop::collection::vec(1_usize..6, 0..3),
        skew in -600_000_i64..600_000,
    ) {
        let mut server = Server::new(style, n_items, bearable(style, faults));
        server.skew_millis = skew;
        let (mut workspace, mut clock) = (Workspace::default(), NOW);
        let mut saved: Option<String> = None;
        for n_steps in closes {
            let mut sync = Sync::new(&connection(style), "tickets", saved.as_deref(), Vec::new(), 5, clock).expect("a sync");
            for _ in 0..n_steps {
                match sync.step(clock) {
                    Step::Ask(request) => match server.perform(&request, clock) {
                        Some((status, headers, body)) => {
                            let brought = sync.answered(&Answer { status, headers: &headers, body: &body }, clock);
                            workspace.take(&brought);
                        }
                        None => sync.failed("the connection broke", clock),
                    },
                    Step::Wait(until) => clock = until,
                    Step::Done | Step::Stopped(_) => break,
                }
            }
            saved.get_or_insert_default().push_str(&sync.take_delta());
        }
        // Syncs to the end, until one began on a server without faults: it finds what was added behind the back of the others.
        let mut n_clean = 0;
        for seed in 6..40 {
            if n_clean == 2 {
                break;
            }
            n_clean += u32::from(server.has_no_faults_left());
            let mut sync = Sync::new(&connection(style), "tickets", saved.as_deref(), Vec::new(), seed, clock).expect("a sync");
            let trouble = run(&mut sync, &mut server, &mut workspace, &mut clock);
            // Eight failures in a row end a sync; the next one goes on where it was.
            let gave_up = matches!(trouble, Some(Trouble::GaveUp { .. }));
            prop_assert!(gave_up || trouble.is_none(), "{:?}", trouble);
            saved.get_or_insert_default().push_str(&sync.take_delta());
        }
        for (id, state) in server.contents() {
            prop_assert_eq!(workspace.contents.get(&id), Some(&state), "{} of {:?} is missing", id, style);
        }
        for id in workspace.contents.keys() {
            prop_assert!(server.ever_had(id), "{} was never there", id);
        }
        prop_assert!(workspace.has_nothing_twice(), "a line came twice");
    }
}
