//! Questions through the whole way, from a file's bytes to reports and the cases behind their figures.

use crate::laws::{self, ACTIVITIES, Draw, START_SECS};
use crate::workspace;
use proptest::prelude::*;
use protocol::import::ScoreKind;
use protocol::question::{
    Analysis, Attribution, Average, Breakdown, Comparison, Criterion, Filter, Funnel, Grain, Held, Opening,
    Paths, Period, QUESTION_VERSION, Query, Question, Reference, Retention, Route, Scores, StepOrder,
    Support, TransitionWeight, Unit, WorkingTime,
};
use protocol::report::{Cell, ColumnKind, Report, Table};
use protocol::{Request, Selection};
use std::collections::BTreeMap;
use std::fs;
use tests::desk::Desk;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn question(analysis: Analysis) -> Question {
    Question { version: QUESTION_VERSION, query: Query::default(), analysis }
}

fn funnel_of(steps: &[&str]) -> Funnel {
    Funnel { steps: steps.iter().map(|step| names(&[step])).collect(), ..Funnel::default() }
}

pub(crate) fn five_paths() -> Desk {
    let bytes =
        fs::read(workspace::root().join("tests/golden/five-paths/log.csv")).expect("the log is there");
    let mut desk = Desk::new();
    desk.open("log.csv", &bytes).expect("the log opens");
    desk
}

pub(crate) fn table<'r>(report: &'r Report, id: &str) -> &'r Table {
    report.tables.iter().find(|table| table.id == id).unwrap_or_else(|| panic!("no table {id} in {report:?}"))
}

pub(crate) fn column<'t>(table: &'t Table, id: &str) -> Vec<&'t Cell> {
    let at = table.columns.iter().position(|column| column.id == id);
    let at = at.unwrap_or_else(|| panic!("no column {id} in {:?}", table.columns));
    table.rows.iter().map(|row| &row[at]).collect()
}

pub(crate) fn numbers(table: &Table, id: &str) -> Vec<f64> {
    column(table, id).iter().map(|cell| cell.number.unwrap_or(f64::NAN)).collect()
}

fn customers(desk: &mut Desk, question: &Question, mark: &str) -> Vec<String> {
    let mut found: Vec<String> =
        desk.cases_of_figure(question, mark).rows.into_iter().map(|row| row.customer).collect();
    found.sort();
    found
}

#[test]
fn five_paths_have_the_defined_funnel() {
    let mut desk = five_paths();
    let asked = question(Analysis::Funnel(funnel_of(&["home", "cart", "purchase"])));
    let report = desk.report(&asked);
    let steps = table(&report, "steps");
    assert_eq!(numbers(steps, "cases"), [5.0, 4.0, 2.0], "reached");
    assert_eq!(numbers(steps, "conv_from_first"), [1.0, 0.8, 0.4], "from the first");
    assert_eq!(numbers(steps, "conv_from_prev"), [1.0, 0.8, 0.5], "from the step before");
    assert_eq!(numbers(steps, "dropped"), [0.0, 1.0, 2.0], "dropped");
    // From home to cart 4, 3, 9 and 6 minutes; from cart to purchase 6 and 2.
    assert_eq!(numbers(steps, "median")[1..], [300.0, 240.0], "median times from the step before");
    assert_eq!(customers(&mut desk, &asked, "reached:3"), ["u1", "u2"], "who bought");
    assert_eq!(customers(&mut desk, &asked, "dropped:3"), ["u3", "u4"], "who left the cart");
    assert_eq!(customers(&mut desk, &asked, "dropped:2"), ["u5"], "who never had a cart");
    let finding = "2 of 5 customers (40.0 %) that began with “home” reached “purchase” within 14 days. \
        Most are lost before “purchase”: 2 of 4 customers (50.0 %). \
        Half of those who got there took 7.5 minutes or less.";
    assert_eq!(report.finding, finding, "the finding in words");
    assert_eq!((report.card.n_units, report.card.n_events), (5, 18), "what it rests on: {:?}", report.card);
}

#[test]
fn five_paths_have_the_defined_transitions() {
    let mut desk = five_paths();
    let asked = question(Analysis::Transitions {
        weight: TransitionWeight::ProbabilityOut,
        once_per_case: false,
        working_hours: false,
    });
    let report = desk.report(&asked);
    let list = table(&report, "transitions");
    let pairs = column(list, "from").into_iter().zip(column(list, "to"));
    let found: BTreeMap<(&str, &str), f64> = pairs
        .map(|(from, to)| (from.text.as_str(), to.text.as_str()))
        .zip(numbers(list, "proba_out"))
        .collect();
    let third = 1.0 / 3.0;
    let expected = [
        (("(start)", "home"), 1.0),
        (("home", "catalog"), 0.6),
        (("home", "search"), 0.4),
        (("catalog", "cart"), 0.75),
        (("catalog", "catalog"), 0.25),
        (("cart", "purchase"), 0.5),
        (("cart", "(end)"), 0.5),
        (("search", "cart"), third),
        (("search", "search"), third),
        (("search", "(end)"), third),
        (("purchase", "(end)"), 1.0),
    ];
    assert_eq!(found, expected.into_iter().collect(), "shares of what leaves");
    let matrix = table(&report, "matrix");
    let home = matrix.rows.iter().find(|row| row[0].text == "home").expect("a row of home");
    let to =
        matrix.columns.iter().position(|column| column.caption == "catalog").expect("a column of catalog");
    assert_eq!(home[to].number, Some(0.6), "the matrix has the same share");
    assert_eq!(customers(&mut desk, &asked, "edge:search:"), ["u5"], "who ended with a search");
    assert_eq!(customers(&mut desk, &asked, "edge:catalog:catalog"), ["u3"], "who turned a page");
}

#[test]
fn five_paths_have_the_defined_steps() {
    let mut desk = five_paths();
    let asked = question(Analysis::Steps { n_steps: 5, anchor: None });
    let report = desk.report(&asked);
    let cells = table(&report, "cells");
    let keys = column(cells, "step").into_iter().zip(column(cells, "activity"));
    let found: BTreeMap<(&str, &str), f64> = keys
        .map(|(step, name)| (step.text.as_str(), name.text.as_str()))
        .zip(numbers(cells, "share"))
        .collect();
    let expected = [
        (("1", "home"), 1.0),
        (("2", "catalog"), 0.6),
        (("2", "search"), 0.4),
        (("3", "cart"), 0.6),
        (("3", "catalog"), 0.2),
        (("3", "search"), 0.2),
        (("4", "purchase"), 0.4),
        (("4", "cart"), 0.2),
        (("4", "(end)"), 0.4),
        (("5", "(end)"), 1.0),
    ];
    assert_eq!(found, expected.into_iter().collect(), "shares by step");
    assert_eq!(customers(&mut desk, &asked, "step:4:end"), ["u4", "u5"], "who has three events");
    let around = question(Analysis::Steps { n_steps: 1, anchor: Some("cart".to_owned()) });
    assert_eq!(
        customers(&mut desk, &around, "step:-1:=catalog"),
        ["u1", "u2", "u3"],
        "who came from the catalog"
    );
}

/// Questions beyond the usual ones of their analyses.
fn more_analyses([a, b, c]: [&str; 3]) -> Vec<Analysis> {
    vec![
        Analysis::Revenue { grain: Grain::Month },
        Analysis::Scores(Scores { survey: Some(ScoreKind::Nps), asked: names(&[a]), ..Scores::default() }),
        Analysis::Scores(Scores { survey: Some(ScoreKind::Csat5), grain: Grain::Day, ..Scores::default() }),
        Analysis::Route(Route { stops: names(&[a, b]), ..Route::default() }),
        Analysis::Route(Route { stops: names(&[c]), from_start: true, to_end: true, working_hours: true }),
        Analysis::Funnel(Funnel {
            first_ever: true,
            breakdown: Some(Breakdown::Start),
            hold: vec![Held::Channel, Held::Account],
            ..funnel_of(&[a, c])
        }),
        Analysis::Funnel(Funnel {
            breakdown: Some(Breakdown::Activity),
            attribution: Attribution::Step(2),
            steps: vec![names(&[a]), names(&[b, c])],
            ..Funnel::default()
        }),
    ]
}

/// One question of every analysis, about a log with these activities, in more than one form where forms differ.
pub(crate) fn all_analyses(activities: &[&str]) -> Vec<Analysis> {
    let [a, b, c] = [activities[0], activities[1], activities[2]];
    let one = |name: &str| Some(name.to_owned());
    let retention = Retention { grain: Grain::Day, ..Retention::default() };
    let weight = TransitionWeight::Cases;
    let mut all = vec![
        Analysis::Funnel(funnel_of(&[a, b, c])),
        Analysis::Funnel(Funnel { breakdown: Some(Breakdown::Channel), ..funnel_of(&[a, b]) }),
        Analysis::Funnel(Funnel {
            breakdown: Some(Breakdown::Account),
            best_entry: true,
            ..funnel_of(&[b, c])
        }),
        Analysis::Funnel(Funnel { order: StepOrder::Any, exclude: names(&[c]), ..funnel_of(&[b, a]) }),
        Analysis::Funnel(Funnel { order: StepOrder::Strict, window_secs: None, ..funnel_of(&[a, b]) }),
        Analysis::Retention(Retention::default()),
        Analysis::Retention(Retention {
            criterion: Criterion::OnOrAfter,
            rolling: true,
            ..retention.clone()
        }),
        Analysis::Retention(Retention {
            criterion: Criterion::OnOrBefore,
            recurring: true,
            ..retention.clone()
        }),
        Analysis::Retention(Retention {
            criterion: Criterion::Brackets,
            brackets: vec![(0, 0), (1, 2), (5, 9)],
            reference: Reference::Previous,
            average: Average::Simple,
            ..retention.clone()
        }),
        Analysis::Retention(Retention { breakdown: Some(Breakdown::Channel), ..retention.clone() }),
        Analysis::Retention(Retention {
            breakdown: Some(Breakdown::Activity),
            recurring: true,
            ..retention.clone()
        }),
        Analysis::Retention(Retention { breakdown: Some(Breakdown::Start), rolling: true, ..retention }),
        Analysis::Lifecycle { names: Vec::new(), grain: Grain::Week, daily: false },
        Analysis::Lifecycle { names: names(&[a]), grain: Grain::Day, daily: false },
        Analysis::Lifecycle { names: names(&[b]), grain: Grain::Day, daily: true },
        Analysis::Stickiness { names: Vec::new(), grain: Grain::Day },
        Analysis::Transitions { weight, once_per_case: false, working_hours: false },
        Analysis::Transitions {
            weight: TransitionWeight::MedianTime,
            once_per_case: true,
            working_hours: true,
        },
        Analysis::Paths(Paths::default()),
        Analysis::Paths(Paths { start: one(a), end: one(b), n_rows: 1, ..Paths::default() }),
        Analysis::Paths(Paths { end: one(c), n_steps: 3, by_session: false, ..Paths::default() }),
        Analysis::Steps { n_steps: 4, anchor: None },
        Analysis::Steps { n_steps: 3, anchor: one(b) },
        Analysis::Rework,
        Analysis::Sessions,
        Analysis::Support(Support {
            created: names(&[a]),
            replied: names(&[b]),
            solved: names(&[c]),
            reply_target_secs: Some(3_600),
            resolution_target_secs: Some(7_200),
            ..Support::default()
        }),
        Analysis::Support(Support { solved: names(&[c]), working_hours: true, ..Support::default() }),
    ];
    all.extend(more_analyses([a, b, c]));
    all
}

/// Every marked count of customers leads to as many cases, and every other mark leads somewhere; of many, every so many-th.
fn check_marks(desk: &mut Desk, asked: &Question) -> Result<u64, TestCaseError> {
    let report = desk.report(asked);
    let mut seen = BTreeMap::new();
    for table in &report.tables {
        for row in &table.rows {
            prop_assert_eq!(row.len(), table.columns.len(), "{} has whole rows", &table.id);
            for (cell, column) in row.iter().zip(&table.columns) {
                let Some(mark) = &cell.mark else { continue };
                let is_count = column.kind == ColumnKind::Count;
                seen.insert((mark.clone(), is_count), cell.number.filter(|_| is_count));
            }
        }
    }
    let stride = seen.len() / MAX_MARKS + 1;
    for ((mark, _), number) in seen.iter().step_by(stride) {
        let n = desk.cases_of_figure(asked, mark).n_total;
        if let Some(number) = number {
            prop_assert_eq!(n as f64, *number, "{} of {:?}", mark, &asked.analysis);
        }
    }
    Ok(seen.len() as u64)
}

/// Figures of one report whose cases are looked at; each asks its question again.
const MAX_MARKS: usize = 150;

pub(crate) fn with_query(analysis: Analysis, query: &Query) -> Question {
    Question { version: QUESTION_VERSION, query: query.clone(), analysis }
}

#[test]
fn every_figure_of_the_sample_leads_to_its_cases() {
    let mut desk = Desk::new();
    desk.engine.open_sample().expect("the sample opens");
    let graph = desk.graph();
    let activities: Vec<&str> = graph.activities.iter().map(|row| row.name.as_str()).take(3).collect();
    let filter = Filter::HasActivity { names: names(&activities[2..]), at_least: 2, at_most: None };
    let query = Query { filter, compare: Some(Comparison::Rest), ..Query::default() };
    let mut n_marks = 0;
    for analysis in all_analyses(&activities) {
        n_marks += check_marks(&mut desk, &with_query(analysis, &query)).expect("figures and cases agree");
    }
    assert!(n_marks > 500, "the sample has many figures: {n_marks}");
}

fn desk_of(draws: &[Draw]) -> Desk {
    let mut desk = Desk::new();
    laws::open(&mut desk, "log.csv", &laws::csv(draws));
    desk
}

fn minutes(from: i64, until: i64) -> Period {
    let micros = |minute: i64| (START_SECS + minute * 60) * 1_000_000;
    Period { from_micros: micros(from), until_micros: micros(until) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_leads_to_its_cases(draws in laws::draws(20_000), is_cut in any::<bool>(), rest in any::<bool>()) {
        let mut desk = desk_of(&draws);
        let query = Query {
            period: is_cut.then(|| minutes(5_000, 15_000)),
            filter: if rest { Filter::HasActivity { names: names(&["order"]), at_least: 1, at_most: None } } else { Filter::All },
            compare: rest.then_some(Comparison::Rest),
            ..Query::default()
        };
        for analysis in all_analyses(&["visit page", "ask, \"twice\"", "order"]) {
            check_marks(&mut desk, &with_query(analysis, &query))?;
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_report(draws in laws::draws(20_000), keys in prop::collection::vec(any::<u32>(), 60)) {
        let (mut one, mut other) = (desk_of(&draws), desk_of(&laws::shuffled(&draws, &keys)));
        let filter = Filter::Channel { names: names(&["web"]) };
        let query = Query { filter, compare: Some(Comparison::Rest), ..Query::default() };
        for analysis in all_analyses(&ACTIVITIES) {
            for query in [&query, &Query::default()] {
                let asked = with_query(analysis.clone(), query);
                prop_assert_eq!(one.report(&asked), other.report(&asked));
            }
        }
    }

    /// What a period leaves out might as well not be in the file; analyses that look back or ahead are not asked.
    #[test]
    fn a_period_equals_a_smaller_file(draws in laws::draws(20_000)) {
        let inside: Vec<Draw> = draws.iter().filter(|draw| (5_000..15_000).contains(&draw.2)).copied().collect();
        prop_assume!(!inside.is_empty());
        let (mut whole, mut part) = (desk_of(&draws), desk_of(&inside));
        let query = Query { period: Some(minutes(5_000, 15_000)), ..Query::default() };
        for analysis in all_analyses(&ACTIVITIES) {
            let looks_around = matches!(
                analysis,
                Analysis::Retention(_)
                    | Analysis::Lifecycle { .. }
                    | Analysis::Stickiness { .. }
                    | Analysis::Support(_)
                    | Analysis::Revenue { .. }
                    | Analysis::Funnel(Funnel { first_ever: true, .. })
                    | Analysis::Funnel(Funnel { breakdown: Some(Breakdown::Start), .. })
            );
            if !looks_around {
                let cut = whole.report(&with_query(analysis.clone(), &query));
                let smaller = part.report(&question(analysis));
                prop_assert_eq!(cut.tables, smaller.tables);
            }
        }
    }
}

#[test]
fn a_compared_group_has_its_own_columns() {
    let mut desk = five_paths();
    let filter = Filter::HasActivity { names: names(&["search"]), at_least: 1, at_most: None };
    let query = Query { filter, compare: Some(Comparison::Rest), ..Query::default() };
    let asked = with_query(Analysis::Funnel(funnel_of(&["home", "cart", "purchase"])), &query);
    let report = desk.report(&asked);
    let steps = table(&report, "steps");
    assert_eq!(numbers(steps, "cases"), [2.0, 1.0, 0.0], "those who search");
    assert_eq!(numbers(steps, "cases_other"), [3.0, 3.0, 2.0], "the rest");
    assert_eq!(numbers(steps, "conv_from_first_difference"), [0.0, -0.5, -2.0 / 3.0], "first less other");
    assert!(
        column(steps, "conv_from_first_difference").iter().all(|cell| cell.interval.is_some()),
        "intervals"
    );
    assert_eq!(customers(&mut desk, &asked, "other:dropped:3"), ["u3"], "of the rest");
    assert_eq!(report.card.dropped, [("customers outside the filter".to_owned(), 3)], "what is not counted");
}

#[test]
fn other_units_are_counted_or_refused_in_words() {
    let mut desk = five_paths();
    let query = Query { unit: Unit::Sessions, session_timeout_secs: 120, ..Query::default() };
    let report = desk.report(&with_query(Analysis::Funnel(funnel_of(&["home", "cart"])), &query));
    assert_eq!(report.card.unit, "sessions", "a funnel counts sessions");
    let report = desk.report(&with_query(Analysis::Rework, &query));
    assert_eq!((report.card.unit.as_str(), report.card.n_units), ("sessions", 10), "so does rework");
    assert!(
        table(&report, "activities")
            .columns
            .iter()
            .any(|column| column.caption == "Number of sessions again"),
        "and says so in its columns"
    );
    let mut refused = |unit, analysis| {
        let question = Box::new(with_query(analysis, &Query { unit, ..Query::default() }));
        desk.engine.answer(&Request::Ask { question }).expect_err("there is no such figure").message
    };
    for analysis in [Analysis::Rework, Analysis::Funnel(funnel_of(&["home"])), Analysis::Sessions] {
        assert!(refused(Unit::Occurrences, analysis.clone()).starts_with("A single event"), "{analysis:?}");
    }
    let message = refused(Unit::Sessions, Analysis::Retention(Retention::default()));
    assert!(message.contains("does not come back"), "with the reason: {message}");
}

#[test]
fn segments_are_filters_by_name() {
    let mut desk = five_paths();
    let save = |desk: &mut Desk, name: &str, filter: Filter| {
        let segment = protocol::history::Segment { name: name.to_owned(), filter };
        desk.engine.answer(&Request::SaveSegment { segment }).map(drop)
    };
    let has = |name: &str| Filter::HasActivity { names: names(&[name]), at_least: 1, at_most: None };
    let segment = |name: &str| Filter::Segment { name: name.to_owned() };
    save(&mut desk, "searchers", has("search")).expect("a segment");
    save(&mut desk, "lookers", Filter::Not { of: Box::new(segment("searchers")) }).expect("made of another");
    let refused = save(&mut desk, "searchers", segment("lookers")).expect_err("not of itself").message;
    assert!(refused.contains("made of itself"), "{refused}");

    let analysis = Analysis::Funnel(Funnel {
        breakdown: Some(Breakdown::Segments),
        ..funnel_of(&["home", "cart", "purchase"])
    });
    let query = Query {
        filter: segment("lookers"),
        compare: Some(Comparison::Filter { filter: segment("searchers") }),
        ..Query::default()
    };
    let asked = with_query(analysis.clone(), &query);
    let report = desk.report(&asked);
    let steps = table(&report, "steps");
    assert_eq!(numbers(steps, "cases"), [3.0, 3.0, 2.0], "u1, u2, u3 never search");
    assert_eq!(numbers(steps, "cases_other"), [2.0, 1.0, 0.0], "u4, u5 do");
    let by_hand = Query {
        filter: Filter::Not { of: Box::new(has("search")) },
        compare: Some(Comparison::Filter { filter: has("search") }),
        ..Query::default()
    };
    let plain =
        desk.report(&with_query(Analysis::Funnel(funnel_of(&["home", "cart", "purchase"])), &by_hand));
    assert_eq!(&plain.tables[0], steps, "as the same conditions without a name");
    let by_segment = Retention { breakdown: Some(Breakdown::Segments), ..Retention::default() };
    let back = with_query(Analysis::Retention(by_segment), &Query::default());
    assert_eq!(numbers(table(&desk.report(&back), "groups"), "size"), [3.0, 2.0], "cohorts of each segment");
    assert_eq!(customers(&mut desk, &back, "group:size:searchers"), ["u4", "u5"], "who started in it");
    let everyone = with_query(analysis, &Query::default());
    let report = desk.report(&everyone);
    let groups = table(&report, "groups");
    assert_eq!(numbers(groups, "cases"), [3.0, 3.0, 2.0, 2.0, 1.0, 0.0], "lookers, then searchers");
    assert_eq!(customers(&mut desk, &everyone, "group:2:searchers"), ["u4"], "who of them got to the cart");

    let digest = desk.report(&asked).card.input_digest;
    save(&mut desk, "searchers", has("purchase")).expect("another meaning");
    assert_ne!(desk.report(&asked).card.input_digest, digest, "a segment is part of what is asked");
    desk.engine.answer(&Request::Undo).expect("taken back");
    assert_eq!(desk.report(&asked).card.input_digest, digest, "as before");
    desk.engine.answer(&Request::DeleteSegment { name: "searchers".to_owned() }).expect("deleted");
    let report = desk.report(&asked);
    assert_eq!(report.issues[0], "The workspace has no segment “searchers”.", "told, not guessed");
    let protocol::Reply::Segments { segments } =
        desk.engine.answer(&Request::Segments).expect("a list").reply
    else {
        panic!("segments")
    };
    let sizes: Vec<_> =
        segments.iter().map(|one| (one.segment.name.as_str(), one.n_cases, one.n_all)).collect();
    assert_eq!(sizes, [("lookers", 5, 5)], "nobody is in a segment that is gone");
}

#[test]
fn working_time_is_as_asked() {
    let mut desk = Desk::new();
    // Friday 16:30 to Monday 10:00 in UTC.
    let rows = "user,event,timestamp\nu1,open,2026-01-09T16:30:00Z\nu1,close,2026-01-12T10:00:00Z\n";
    desk.open("log.csv", rows.as_bytes()).expect("the log opens");
    let mut median = |working_time: WorkingTime| {
        let query = Query { working_time, ..Query::default() };
        let weight = TransitionWeight::MedianTime;
        let analysis = Analysis::Transitions { weight, once_per_case: false, working_hours: true };
        let report = desk.report(&with_query(analysis, &query));
        numbers(table(&report, "transitions"), "time_median").into_iter().find(|n| !n.is_nan())
    };
    assert_eq!(median(WorkingTime::default()), Some(1.5 * 3_600.0), "half an hour and an hour");
    let holidays = names(&["2026-01-12"]);
    assert_eq!(
        median(WorkingTime { holidays, ..WorkingTime::default() }),
        Some(1_800.0),
        "no work on Monday"
    );
    let weekend = |weekday| Opening { weekday, from_minute: 0, until_minute: 1_440 };
    let openings = vec![weekend(5), weekend(6)];
    assert_eq!(median(WorkingTime { openings, ..WorkingTime::default() }), Some(172_800.0), "two whole days");
    let east = WorkingTime { zone_offset_minutes: Some(60), ..WorkingTime::default() };
    assert_eq!(
        median(east),
        Some(7_200.0),
        "an hour further east Friday is over and Monday began an hour ago"
    );
}

#[test]
fn unknown_names_are_told() {
    let mut desk = five_paths();
    let filter = Filter::Not { of: Box::new(Filter::Channel { names: names(&["pigeon"]) }) };
    let query = Query { filter, ..Query::default() };
    let mut unknown = |analysis: Analysis| desk.report(&with_query(analysis, &query)).issues;
    let expected = ["The data has no activity “buy”.", "The data has no channel “pigeon”."];
    assert_eq!(
        unknown(Analysis::Funnel(Funnel { window_secs: Some(60), ..funnel_of(&["home", "buy"]) })),
        expected,
        "funnel"
    );
    let starts = Retention { starts: names(&["buy"]), ..Retention::default() };
    assert_eq!(unknown(Analysis::Retention(starts)), expected, "retention");
    assert_eq!(
        unknown(Analysis::Lifecycle { names: names(&["buy"]), grain: Grain::Day, daily: false }),
        expected,
        "lifecycle"
    );
    assert_eq!(
        unknown(Analysis::Stickiness { names: names(&["buy"]), grain: Grain::Day }),
        expected,
        "stickiness"
    );
    assert_eq!(unknown(Analysis::Steps { n_steps: 3, anchor: Some("buy".to_owned()) }), expected, "steps");
    let created = Support { created: names(&["buy"]), ..Support::default() };
    assert_eq!(unknown(Analysis::Support(created)), expected, "support");
    let from = Paths { start: Some("buy".to_owned()), ..Paths::default() };
    let issues = unknown(Analysis::Paths(from));
    assert_eq!(issues, [expected[1], "No item fits the anchor “buy”."], "paths");
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    let mut desk = five_paths();
    let mut refused = |question: Question| {
        let failure = desk.engine.answer(&Request::Ask { question: Box::new(question) });
        failure.expect_err("the question is refused").message
    };
    let newer = Question { version: 99, ..question(Analysis::Rework) };
    assert!(refused(newer).contains("version 99"), "a later version");
    let filter = Filter::Sequence { pattern: "home->[cart".to_owned() };
    let message = refused(with_query(Analysis::Rework, &Query { filter, ..Query::default() }));
    assert!(message.contains("home->[cart") && message.contains("at character"), "where it stops: {message}");
    let backwards = Query { period: Some(minutes(2, 1)), ..Query::default() };
    assert!(refused(with_query(Analysis::Rework, &backwards)).contains("ends before"), "a period backwards");
    assert!(refused(question(Analysis::Funnel(funnel_of(&[])))).contains("one step"), "no step");
    let selection = |mark: &str| Selection::Figure {
        question: Box::new(question(Analysis::Funnel(funnel_of(&["home"])))),
        mark: mark.to_owned(),
    };
    for mark in ["reached:2", "reached:0", "nothing", "", "other:reached:1", "group:1:web"] {
        let request = Request::Cases { selection: selection(mark), offset: 0, limit: 10 };
        assert!(desk.engine.answer(&request).is_err(), "{mark:?} is no figure of the report");
    }
}

#[test]
fn questions_survive_json() {
    let filter = Filter::AllOf {
        of: vec![
            Filter::Sequence { pattern: "home->.*->cart".to_owned() },
            Filter::Not { of: Box::new(Filter::FirstEvent { period: minutes(0, 10) }) },
        ],
    };
    let compare = Some(Comparison::Filter { filter: Filter::Account { names: names(&["acme"]) } });
    let query = Query { filter, compare, period: Some(minutes(0, 99)), ..Query::default() };
    for analysis in all_analyses(&["home", "cart", "purchase"]) {
        let asked = with_query(analysis, &query);
        let text = serde_json::to_string(&asked).expect("a question can be written");
        let read: Question = serde_json::from_str(&text).expect("a question can be read");
        assert_eq!(read, asked, "{text}");
    }
    let short = r#"{"analysis": {"kind": "funnel", "steps": [["home"], ["cart"]]}}"#;
    let read: Question = serde_json::from_str(short).expect("what has a default may be left out");
    assert_eq!(read, question(Analysis::Funnel(funnel_of(&["home", "cart"]))), "the defaults");
}

#[test]
fn the_digest_follows_question_and_data() {
    let mut desk = five_paths();
    let asked = question(Analysis::Rework);
    let digest = |desk: &mut Desk, asked: &Question| desk.report(asked).card.input_digest;
    let first = digest(&mut desk, &asked);
    assert_eq!(first, digest(&mut five_paths(), &asked), "the same question of the same data");
    assert_ne!(first, digest(&mut desk, &question(Analysis::Sessions)), "another question");
    desk.open("more.csv", b"user,event,timestamp\nu1,home,2026-01-09T09:00:00Z\n").expect("more data");
    assert_ne!(first, digest(&mut desk, &asked), "other data");
}
