//! Answers that are kept current while the data changes equal those that are counted anew.

use crate::history::{ACTIVITIES, Deed, Row, deeds, do_one, logging_desk, restore};
use engine::{Engine, LogEntry};
use proptest::prelude::*;
use protocol::question::{
    Analysis, Attribution, Breakdown, Comparison, Criterion, Filter, Funnel, Grain, Held, Paths, Period,
    QUESTION_VERSION, Query, Question, Reference, Retention, Route, Scores, StepOrder, Support,
    TransitionWeight, Unit,
};
use protocol::sentence::Sentence;
use protocol::{Failure, Request};

/// Rows of so many customers that a deed touches only a few of them, each on some of a few days.
fn many_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..90_u8, 0..ACTIVITIES.len(), 0..9_i64, 0..400_i64, 0..3_u8);
    let row = row.prop_map(|(customer, activity, day, minute, channel)| {
        (customer, activity, day * 1_440 - 5_000 + minute, None, channel, 0)
    });
    prop::collection::vec(row, 150..220)
}

fn named(activity: usize) -> Vec<String> {
    vec![ACTIVITIES[activity].to_owned()]
}

fn analyses() -> Vec<Analysis> {
    let funnel = Funnel {
        steps: vec![named(0), named(2), named(3)],
        window_secs: Some(3 * 86_400),
        exclude: named(1),
        breakdown: Some(Breakdown::Channel),
        ..Funnel::default()
    };
    let retention = Retention {
        starts: Vec::new(),
        returns: named(2),
        recurring: true,
        criterion: Criterion::On,
        grain: Grain::Day,
        rolling: false,
        ..Retention::default()
    };
    let any_order = Funnel {
        order: StepOrder::Any,
        breakdown: Some(Breakdown::Account),
        window_secs: None,
        ..funnel.clone()
    };
    let rolling =
        Retention { recurring: false, rolling: true, criterion: Criterion::OnOrAfter, ..retention.clone() };
    let support = Support { created: named(1), replied: named(2), solved: named(3), ..Support::default() };
    vec![
        Analysis::Funnel(funnel.clone()),
        Analysis::Funnel(any_order),
        Analysis::Retention(retention.clone()),
        Analysis::Retention(rolling),
        Analysis::Stickiness { names: Vec::new(), grain: Grain::Day },
        Analysis::Lifecycle { names: named(0), grain: Grain::Day, daily: false },
        Analysis::Lifecycle { names: named(0), grain: Grain::Day, daily: true },
        Analysis::Route(Route { stops: vec![named(0).remove(0), named(2).remove(0)], ..Route::default() }),
        Analysis::Funnel(Funnel {
            first_ever: true,
            hold: vec![Held::Channel],
            breakdown: Some(Breakdown::Source),
            attribution: Attribution::LastTouch,
            ..funnel.clone()
        }),
        Analysis::Retention(Retention {
            criterion: Criterion::Brackets,
            reference: Reference::Previous,
            ..retention.clone()
        }),
        Analysis::Transitions { weight: TransitionWeight::Count, once_per_case: true, working_hours: false },
        Analysis::Rework,
        Analysis::Steps { n_steps: 5, anchor: Some(ACTIVITIES[2].to_owned()) },
        Analysis::Paths(Paths::default()),
        Analysis::Sessions,
        Analysis::Scores(Scores { asked: named(0), grain: Grain::Day, ..Scores::default() }),
        Analysis::Revenue { grain: Grain::Day },
        Analysis::Retention(Retention { breakdown: Some(Breakdown::Channel), ..retention.clone() }),
        Analysis::Support(support),
    ]
}

fn queries() -> Vec<Query> {
    let from_micros = (1_767_225_600 - 200_000) * 1_000_000;
    let period = Period { from_micros, until_micros: from_micros + 5 * 86_400_000_000 };
    let bought = Filter::HasActivity { names: named(2), at_least: 1, at_most: Some(2) };
    let web = Filter::Channel { names: vec!["web".to_owned(), "nowhere".to_owned()] };
    vec![
        Query { compare: Some(Comparison::Rest), filter: bought.clone(), ..Query::default() },
        Query {
            unit: Unit::Accounts,
            filter: web.clone(),
            compare: Some(Comparison::Rest),
            ..Query::default()
        },
        Query { unit: Unit::Sessions, period: Some(period), ..Query::default() },
        Query {
            unit: Unit::Accounts,
            period: Some(period),
            filter: Filter::Not { of: Box::new(bought) },
            compare: Some(Comparison::Filter { filter: web }),
            ..Query::default()
        },
    ]
}

/// The answers to some of the questions, not more than are kept at a time.
fn answers(engine: &mut Engine, first: usize) -> Vec<String> {
    reports(engine, first).into_iter().map(|(told, report)| format!("{told} -> {report:?}")).collect()
}

type Told = Result<Option<protocol::report::Report<Sentence>>, Failure>;

/// What was asked, and the answer.
pub(crate) fn reports(engine: &mut Engine, first: usize) -> Vec<(String, Told)> {
    let mut answers = Vec::new();
    for query in queries() {
        for analysis in analyses().into_iter().skip(first).step_by(3) {
            let question = Question { version: QUESTION_VERSION, query: query.clone(), analysis };
            let told = format!("{question:?}");
            let answer = engine
                .answer(&Request::Ask { question: Box::new(question) })
                .map(|answer| answer.bulk.map(|bulk| bulk.to_vec()));
            let report = answer.map(|bulk| bulk.and_then(|bytes| protocol::bulk::decode(&bytes).ok()));
            answers.push((told, report));
        }
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_answers_are_those_counted_anew(rows in many_rows(), deeds in deeds(), first in 0..3_usize) {
        let mut desk = logging_desk();
        let mut log: Vec<LogEntry> = Vec::new();
        let deeds = std::iter::once(Deed::Import(rows)).chain(deeds);
        for (number, deed) in deeds.enumerate() {
            do_one(&mut desk, number, &deed);
            log.extend(desk.engine.take_log());
            let anew = answers(&mut restore(&log), first);
            for (kept, anew) in answers(&mut desk.engine, first).iter().zip(&anew) {
                prop_assert_eq!(kept, anew, "after {:?}", deed);
            }
        }
    }
}
