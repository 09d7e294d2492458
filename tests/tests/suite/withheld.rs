//! Consent, newer exports and steps back together: whatever the order in which they come, every figure is that of a
//! workspace made from scratch of what the sources say now, in which those who are left out never were.

use crate::consent::{
    ALLOWS, EPOCH, File, RECIPE, Row, SAID, always, assert_same, decide, events, figures, keys_of, may, open,
    people, record, row,
};
use crate::history::{ACTIVITIES, honouring, logging_desk, restore};
use proptest::prelude::*;
use protocol::Request;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tests::desk::Desk;

/// A record of the register: its id, what it says of the customer, whether it is done, and its e-mail address.
///
/// Its times lie between those of other files and differ by id, since equal times are told in the order of arrival.
type Entry = (u8, Row, bool, Option<u8>);

/// What a source says now.
#[derive(Clone, Debug)]
enum Says {
    Base,
    File(File),
    Register(Vec<Entry>),
}

#[derive(Clone, Debug)]
enum Step {
    Open(File),
    /// The next export of the register; its records replace what they said, and the others stay.
    Renew(Vec<Entry>),
    Remove(usize),
    Rule(bool, bool),
    Undo,
    Redo,
}

/// What the workspace is to be.
#[derive(Clone, Debug, Default)]
struct State {
    /// By number of the source; a removed one keeps its number.
    sources: Vec<Option<Says>>,
    is_honoured: bool,
    allows_unknown: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let entries = prop::collection::btree_set(0..8_u8, 1..6).prop_flat_map(|ids| {
        let each = (row(), any::<bool>(), prop::option::weighted(0.3, 0..3_u8));
        let all = prop::collection::vec(each, ids.len());
        all.prop_map(move |all| {
            ids.iter().zip(all).map(|(id, (row, is_done, mail))| (*id, row, is_done, mail)).collect()
        })
    });
    let step = prop_oneof![
        3 => prop::collection::vec(row(), 1..9).prop_map(|rows| Step::Open(File::Events(rows))),
        3 => prop::collection::vec(record(8), 1..5).prop_map(|records| Step::Open(File::People(records))),
        6 => entries.prop_map(Step::Renew),
        2 => (0..4_usize).prop_map(Step::Remove),
        3 => any::<(bool, bool)>().prop_map(|(unlikely, unknown)| Step::Rule(!unlikely || unknown, unknown)),
        4 => Just(Step::Undo),
        2 => Just(Step::Redo),
    ];
    prop::collection::vec(step, 2..11)
}

/// Everybody once, so that names have one order: of customers that are one, the first that was known gives the name.
fn base(is_seen: &dyn Fn(u8) -> bool) -> String {
    let each = (0..6_u8).map(|customer| (customer, 0, -50 + i64::from(customer), 0, 0));
    let rows: Vec<Row> = always(0).into_iter().chain(each.filter(|row| is_seen(row.0))).collect();
    let mut text = events(&rows);
    writeln!(text, "c9,done,{},web,north,", EPOCH + 6_000).expect("writing into a string");
    text
}

const REGISTER: &str = "recipe register 1\ntitle Register\ncolumns id, who, what, start\nrecord {id}\ncustomer {who}\n\
                        channel {channel}\nprofile\n  email {mail}\nevent {what}\n  at start\n  when what filled\n\
                        event done\n  at end\n  when end filled\n";

/// When a record happened and when it was done, in seconds.
fn times((id, ..): &Entry) -> (i64, i64) {
    let start = EPOCH + i64::from(*id) * 5 % 8 * 60 + 30;
    (start, start + 15)
}

/// The register; of those who are not seen only what says who they are.
fn register(entries: &[Entry], is_seen: &dyn Fn(u8) -> bool) -> String {
    let mut text = String::from("id,who,what,start,end,channel,mail,consent\n");
    // Somebody who allows everything is in each export, so that it makes events without the others.
    writeln!(text, "99,c9,{},{},,web,,yes", ACTIVITIES[0], EPOCH + 7_000).expect("writing into a string");
    for entry in entries {
        let (id, (customer, activity, _, channel, said), is_done, mail) = entry;
        let (start, end) = times(entry);
        let is_seen = is_seen(*customer);
        let what = if is_seen { ACTIVITIES[*activity] } else { "" };
        let end = if is_seen && *is_done { end.to_string() } else { String::new() };
        let mail = mail.map(|number| format!("m{number}@corp.example")).unwrap_or_default();
        let channel = ["web", "phone", ""][usize::from(*channel)];
        writeln!(text, "{id},c{customer},{what},{start},{end},{channel},{mail},{}", SAID[*said])
            .expect("writing into a string");
    }
    text
}

fn open_one(desk: &mut Desk, number: usize, says: &Says, is_seen: &dyn Fn(u8) -> bool) {
    let name = format!("{number}.csv");
    match says {
        Says::Base => drop(open(desk, &name, &base(is_seen), "")),
        Says::Register(entries) => drop(open(desk, "register.csv", &register(entries, is_seen), REGISTER)),
        Says::File(File::People(records)) => drop(open(desk, &name, &people(records), RECIPE)),
        Says::File(File::Events(rows)) => {
            let rows = rows.iter().filter(|row| is_seen(row.0)).copied();
            let rows: Vec<Row> = always(number).into_iter().chain(rows).collect();
            drop(open(desk, &name, &events(&rows), ""));
        }
    }
}

impl State {
    /// Number of the register, where there is one.
    fn register(&self) -> Option<usize> {
        self.sources.iter().position(|says| matches!(says, Some(Says::Register(_))))
    }

    /// The workspace made from scratch.
    fn desk(&self, is_seen: &dyn Fn(u8) -> bool) -> Desk {
        let mut desk = Desk::new();
        for (number, says) in self.sources.iter().enumerate() {
            let nothing = Says::File(File::Events(Vec::new()));
            open_one(&mut desk, number, says.as_ref().unwrap_or(&nothing), is_seen);
            if says.is_none() {
                remove(&mut desk, number);
            }
        }
        desk
    }

    /// By key: when something was last said of it, and whether that allows it; counted row by row.
    fn said(&self) -> BTreeMap<String, (i64, bool)> {
        let mut latest = BTreeMap::new();
        for says in self.sources.iter().flatten() {
            let statements: Vec<(u8, i64, usize)> = match says {
                Says::Base => Vec::new(),
                Says::File(File::Events(rows)) => {
                    rows.iter().map(|row| (row.0, EPOCH + row.2 * 60, row.4)).collect()
                }
                Says::File(File::People(records)) => {
                    records.iter().map(|record| (record.0, i64::MIN, record.3)).collect()
                }
                Says::Register(entries) => {
                    let time = |entry: &Entry| if entry.2 { times(entry).1 } else { times(entry).0 };
                    entries.iter().map(|entry| (entry.1.0, time(entry), entry.1.4)).collect()
                }
            };
            for (customer, at_secs, said) in statements {
                let Some(allows) = ALLOWS[said] else { continue };
                let known = latest.entry(format!("c{customer}")).or_insert((at_secs, allows));
                if known.0 <= at_secs {
                    *known = (at_secs, allows);
                }
            }
        }
        latest
    }

    /// Who may be looked at, by number.
    fn seen(&self) -> [bool; 6] {
        let (mut all, said) = (self.desk(&|_| true), self.said());
        std::array::from_fn(|customer| {
            let keys: BTreeSet<String> = keys_of(&mut all, u8::try_from(customer).unwrap_or_default());
            !self.is_honoured || may(&keys, &said, self.allows_unknown)
        })
    }

    fn expected(&self, first: usize) -> Vec<String> {
        let seen = self.seen();
        let is_seen = |customer: u8| seen.get(usize::from(customer)).is_none_or(|seen| *seen);
        figures(&mut self.desk(&is_seen), first)
    }
}

fn remove(desk: &mut Desk, number: usize) {
    let source = u32::try_from(number).expect("there are few files");
    desk.engine.answer(&Request::RemoveSource { source }).expect("it is there");
}

/// A workspace, what it is to be, and what it was.
struct Run {
    desk: Desk,
    now: State,
    before: Vec<State>,
    after: Vec<State>,
}

impl Run {
    fn new() -> Self {
        let mut desk = logging_desk();
        open_one(&mut desk, 0, &Says::Base, &|_| true);
        let now = State { sources: vec![Some(Says::Base)], ..State::default() };
        Self { desk, now, before: Vec::new(), after: Vec::new() }
    }

    fn deed(&mut self, change: impl FnOnce(&mut State)) {
        self.before.push(self.now.clone());
        self.after.clear();
        change(&mut self.now);
    }

    fn step(&mut self, step: &Step) {
        let number = self.now.sources.len();
        match step {
            Step::Open(file) => {
                let says = Says::File(file.clone());
                open_one(&mut self.desk, number, &says, &|_| true);
                self.deed(|now| now.sources.push(Some(says)));
            }
            Step::Renew(entries) => {
                open_one(&mut self.desk, number, &Says::Register(entries.clone()), &|_| true);
                self.deed(|now| now.renew(entries));
            }
            Step::Remove(nth) => {
                let live = (1..number).filter(|number| self.now.sources[*number].is_some());
                let Some(number) = live.clone().nth(*nth) else { return };
                remove(&mut self.desk, number);
                self.deed(|now| now.sources[number] = None);
            }
            Step::Rule(is_honoured, allows_unknown) => {
                decide(&mut self.desk, honouring(*is_honoured, *allows_unknown));
                self.deed(|now| (now.is_honoured, now.allows_unknown) = (*is_honoured, *allows_unknown));
            }
            Step::Undo => self.go(&Request::Undo),
            Step::Redo => self.go(&Request::Redo),
        }
    }

    fn go(&mut self, request: &Request) {
        let is_back = matches!(request, Request::Undo);
        let (from, to) = match is_back {
            true => (&mut self.before, &mut self.after),
            false => (&mut self.after, &mut self.before),
        };
        let Some(mut state) = from.pop() else { return };
        // Numbers of sources are not given twice.
        state.sources.resize(state.sources.len().max(self.now.sources.len()), None);
        to.push(std::mem::replace(&mut self.now, state));
        self.desk.engine.answer(request).expect("there is a step");
    }
}

impl State {
    fn renew(&mut self, entries: &[Entry]) {
        match self.register().and_then(|number| self.sources[number].as_mut()) {
            Some(Says::Register(known)) => {
                known.retain(|one| entries.iter().all(|entry| entry.0 != one.0));
                known.extend_from_slice(entries);
            }
            _ => self.sources.push(Some(Says::Register(entries.to_vec()))),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_follow_consent_newer_exports_and_steps_back_in_any_order(
        steps in steps(),
        first in 0..3_usize,
    ) {
        let mut run = Run::new();
        for (number, step) in steps.iter().enumerate() {
            run.step(step);
            if number == steps.len() / 2 {
                // What is kept from now on is brought up to date, and not counted anew.
                figures(&mut run.desk, first);
            }
        }
        let expected = run.now.expected(first);
        assert_same(&figures(&mut run.desk, first), &expected, "kept current")?;
        let log = run.desk.engine.take_log();
        let mut again = Desk { engine: restore(&log) };
        assert_same(&figures(&mut again, first), &expected, "after a reload")?;
        run.go(&Request::Undo);
        assert_same(&figures(&mut run.desk, first), &run.now.expected(first), "a step back")?;
    }
}

#[test]
fn what_a_record_said_before_is_taken_back_by_the_newer_export() {
    let entry = |customer: u8, said: usize| -> Entry { (1, (customer, 2, 0, 0, said), false, None) };
    let mut run = Run::new();
    run.step(&Step::Rule(true, true));
    run.step(&Step::Renew(vec![entry(1, 2)]));
    assert!(!run.now.seen()[1], "refused");
    for (customer, said) in [(1, 0), (2, 2), (1, 2)] {
        run.step(&Step::Renew(vec![entry(customer, said)]));
        let seen = [1, 2].map(|customer| run.now.seen()[customer]);
        assert_eq!(
            seen,
            [said != 2 || customer != 1, said != 2 || customer != 2],
            "as the newer export says"
        );
        assert_same(&figures(&mut run.desk, 0), &run.now.expected(0), "in the figures too")
            .expect("the same");
    }
}

#[test]
fn a_record_that_moves_to_somebody_else_leaves_those_who_are_one_together() {
    let mut run = Run::new();
    // Two customers with one address, each in a record of its own.
    let first = [
        (5, (0, 0, 0, 0, 0), false, Some(0)),
        (6, (4, 0, 0, 0, 0), false, None),
        (7, (4, 1, 0, 0, 0), false, Some(0)),
    ];
    run.step(&Step::Renew(first.to_vec()));
    figures(&mut run.desk, 0);
    run.step(&Step::Renew(vec![(6, (3, 4, 0, 0, 0), false, None)]));
    assert_same(&figures(&mut run.desk, 0), &run.now.expected(0), "still one").expect("the same");
}
