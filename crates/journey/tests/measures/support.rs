//! Support metrics: replies, resolutions, waits, targets.

use crate::logs::{
    Plain, SECOND, all, by_customer, near, quantile_secs, store_of, store_of_traces, unknown_names,
};
use journey::{
    CalendarSpec, Scope, SlaTarget, SupportMetric, SupportSpec, TicketNotion, WorkCalendar, WorkHours,
    support,
};
use proptest::prelude::*;

fn spec(as_of_secs: i64) -> SupportSpec {
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    SupportSpec {
        created: names(&["create"]),
        created_by_agent: names(&["call-out"]),
        replied: names(&["reply"]),
        opened: names(&["answer", "reopen"]),
        pending: names(&["ask-back"]),
        on_hold: names(&["hold"]),
        solved: names(&["solve"]),
        as_of_micros: as_of_secs * SECOND,
        ..SupportSpec::default()
    }
}

#[test]
fn golden_ticket_by_hand() {
    let store = store_of_traces(&[
        "visit@0 create@100 reply@160 ask-back@160 answer@400 hold@500 reply@900 answer@900 solve@1000 reopen@1500 \
         solve@1600",
        "create@0 solve@50 rate@60",
        "create@0 reply@5000",
        "visit@0",
    ]);
    let target =
        |metric, secs: i64| SlaTarget { metric, target_micros: secs * SECOND, is_working_time: false };
    let targets = vec![
        target(SupportMetric::FirstReply, 60),
        target(SupportMetric::FirstReply, 59),
        target(SupportMetric::RequesterWait, 700),
        target(SupportMetric::FullResolution, 2_000),
    ];
    let found = support(&store, &Scope::customers(&all(&store)), &SupportSpec { targets, ..spec(2_000) });
    assert_eq!(unknown_names(&found.unknown), ["call-out"], "it never happens");
    let first = found.tickets[0];
    assert_eq!(first.created_micros, 100 * SECOND, "the visit was before");
    assert_eq!(first.first_reply_micros, Some(60 * SECOND), "first reply");
    assert_eq!(first.first_resolution_micros, Some(900 * SECOND), "first solved");
    assert_eq!(first.full_resolution_micros, Some(1_500 * SECOND), "solved for good");
    // New 100–160, open 400–500, on hold 500–900, open 900–1000, reopened 1500–1600.
    assert_eq!(first.requester_wait_micros, 760 * SECOND, "waited for the company");
    assert_eq!(first.agent_wait_micros, 240 * SECOND, "waited for the customer");
    assert_eq!(first.on_hold_micros, 400 * SECOND, "waited for a third party");
    assert_eq!((first.n_replies, first.n_reopened, first.is_solved), (2, 1, true), "counts");
    assert_eq!((found.n_solved, found.n_reopened, found.n_one_touch), (2, 1, 1), "over all tickets");
    assert!(near(found.reopen_ratio, 0.5) && near(found.one_touch_ratio, 0.5), "ratios");
    let outcome =
        |i: usize| (found.targets[i].n_met, found.targets[i].n_running, found.targets[i].breaches.clone());
    let at = |secs: i64| secs * SECOND;
    // The second ticket was solved without a reply, the third has none by second 2,000: their clocks ran out.
    assert_eq!(outcome(0), (1, 0, vec![(1, at(60)), (2, at(60))]), "exactly in time is in time");
    assert_eq!(outcome(1), (0, 0, vec![(0, at(159)), (1, at(59)), (2, at(59))]), "a second less is not");
    assert_eq!(
        outcome(2),
        (1, 0, vec![(0, at(1_540)), (2, at(700))]),
        "the clock pauses while it waits elsewhere"
    );
    assert_eq!(outcome(3), (2, 1, vec![]), "the third still runs");
    assert!(near(found.targets[2].breach_ratio, 2.0 / 3.0), "two of three");
    let reasons: Vec<_> = found.basis.excluded.iter().map(|e| (e.reason, e.n_units, e.n_events)).collect();
    let expected = [
        ("event after the time asked about", 0, 1),
        ("event before its ticket", 0, 1),
        ("without a ticket", 1, 1),
    ];
    assert_eq!(reasons, expected, "the rest is told");
}

#[test]
fn a_ticket_by_an_agent_needs_a_second_comment() {
    let store = store_of_traces(&["call-out@10 reply@10 reply@70 solve@80", "create@10 reply@10 solve@20"]);
    let found = support(&store, &Scope::customers(&all(&store)), &spec(100));
    let replies: Vec<_> = found.tickets.iter().map(|t| (t.first_reply_micros, t.n_replies)).collect();
    assert_eq!(replies, [(Some(60 * SECOND), 2), (Some(0), 1)], "the agent's own comment is no reply");
}

#[test]
fn each_creation_can_be_a_ticket() {
    let store = store_of_traces(&["create@0 solve@10 create@50 reply@70 solve@90", "reply@0 create@20"]);
    let by_case = support(&store, &Scope::customers(&all(&store)), &spec(100));
    let solved: Vec<_> = by_case.tickets.iter().map(|t| t.full_resolution_micros).collect();
    assert_eq!(solved, [Some(10 * SECOND), None], "a second creation does not reopen a ticket");
    let split = support(
        &store,
        &Scope::customers(&all(&store)),
        &SupportSpec { ticket: TicketNotion::Created, ..spec(100) },
    );
    let resolutions: Vec<_> = split.tickets.iter().map(|t| (t.case, t.first_resolution_micros)).collect();
    assert_eq!(resolutions, [(0, Some(10 * SECOND)), (0, Some(40 * SECOND)), (1, None)], "three tickets");
    let times = split.times[1];
    assert_eq!(
        (times.n_running, times.plain.map(|t| (t.n, t.median_secs))),
        (1, Some((2, 25.0))),
        "two resolved"
    );
}

#[test]
fn working_time_and_confused_specs() {
    // Created on Friday 16:00, replied on Monday 10:00, with opening hours from 9 to 17: two hours.
    let (friday, monday) = (86_400 + 57_600, 4 * 86_400 + 36_000);
    let store = store_of_traces(&[&format!("create@{friday} reply@{monday}")]);
    let hours = (0..5).map(|weekday| WorkHours { weekday, from_minute: 540, until_minute: 1020 }).collect();
    let (calendar, _) = WorkCalendar::new(&CalendarSpec { hours, ..CalendarSpec::default() });
    let target = SlaTarget {
        metric: SupportMetric::FirstReply,
        target_micros: 90 * 60 * SECOND,
        is_working_time: true,
    };
    let with = SupportSpec { calendar: Some(calendar), targets: vec![target], ..spec(monday + 10) };
    let found = support(&store, &Scope::customers(&all(&store)), &with);
    assert_eq!(found.times[0].working.map(|t| t.sum_secs), Some(7_200.0), "an hour on each day");
    assert_eq!(found.times[0].plain.map(|t| t.sum_secs), Some(66.0 * 3_600.0), "66 hours by the clock");
    let half_past_nine = (4 * 86_400 + 34_200) * SECOND;
    assert_eq!(found.targets[0].breaches, [(0, half_past_nine)], "breached on Monday at half past nine");
    let without = SupportSpec {
        ticket: TicketNotion::Created,
        targets: vec![target],
        pending: vec!["reply".to_owned()],
        solved: vec!["reply".to_owned()],
        ..SupportSpec::default()
    };
    let issues = support(&store, &Scope::customers(&all(&store)), &without).issues;
    assert_eq!(issues.len(), 3, "two statuses, no creation, no calendar: {issues:?}");
}

const WORDS: [&str; 7] = ["create", "reply", "answer", "ask-back", "hold", "solve", "visit"];

fn history() -> impl Strategy<Value = Vec<Plain>> {
    let event = (0_u8..4, 0_usize..7, 0_i64..300).prop_map(|(customer, word, start)| Plain {
        customer: format!("customer {customer}"),
        activity: WORDS[word].to_owned(),
        start: start * SECOND,
        end: None,
    });
    prop::collection::vec(event, 0..50)
}

/// The status in each second from creation on: the latest status event up to then decides.
fn naive_status(events: &[Plain], created: i64, as_of: i64) -> Vec<char> {
    let of = |second: i64| {
        let so_far = events.iter().filter(|e| e.start <= second * SECOND);
        let mut status = so_far.filter_map(|e| match e.activity.as_str() {
            "answer" => Some('o'),
            "ask-back" => Some('p'),
            "hold" => Some('h'),
            "solve" => Some('s'),
            _ => None,
        });
        status.next_back().unwrap_or('o')
    };
    (created..as_of).map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn equals_stepping_by_seconds(events in history(), as_of in 0_i64..350, target in 0_i64..200) {
        let store = store_of(&events);
        let sla = SlaTarget { metric: SupportMetric::RequesterWait, target_micros: target * SECOND, is_working_time: false };
        let found = support(&store, &Scope::customers(&all(&store)), &SupportSpec { targets: vec![sla], ..spec(as_of) });
        let mut tickets = found.tickets.iter().enumerate();
        let mut waits = Vec::new();
        for case in by_customer(&events) {
            let known: Vec<Plain> = case.iter().filter(|e| e.start <= as_of * SECOND).cloned().collect();
            let Some(at) = known.iter().position(|e| e.activity == "create") else { continue };
            let of_ticket = &known[at..];
            let created = of_ticket[0].start / SECOND;
            let (i, ticket) = tickets.next().expect("a ticket for each case with a creation");
            let status = naive_status(of_ticket, created, as_of);
            let n = |wanted: &str| status.iter().filter(|s| wanted.contains(**s)).count() as i64 * SECOND;
            prop_assert_eq!(ticket.requester_wait_micros, n("oh"));
            prop_assert_eq!((ticket.agent_wait_micros, ticket.on_hold_micros), (n("p"), n("h")));
            let first = |word: &str| of_ticket.iter().find(|e| e.activity == word).map(|e| e.start - created * SECOND);
            prop_assert_eq!(ticket.first_reply_micros, first("reply"));
            prop_assert_eq!(ticket.first_resolution_micros, first("solve"));
            // The clock reaches the target in the second after which it has run that long.
            let running = status.iter().enumerate().filter(|(_, s)| "oh".contains(**s));
            let reached = running.map(|(second, _)| created + second as i64).nth(usize::try_from(target).unwrap());
            let breached = found.targets[0].breaches.iter().find(|b| b.0 == i).map(|b| b.1 / SECOND);
            prop_assert_eq!(breached, reached);
            if ticket.is_solved {
                waits.push(ticket.requester_wait_micros);
            }
        }
        prop_assert!(tickets.next().is_none(), "no other ticket");
        let times = found.times[3];
        prop_assert_eq!(times.plain.map_or(0, |t| t.n), waits.len() as u64);
        if let Some(times) = times.plain {
            prop_assert!(near(times.median_secs, quantile_secs(&waits, 0.5)));
        }
    }
}
