//! Scores, recurring revenue and tickets by id, from a file's bytes to reports and the cases behind their figures.

use crate::questions::{numbers, table, with_query};
use crate::workspace;
use protocol::import::{Mapping, ScoreKind};
use protocol::question::{
    Analysis, Comparison, Criterion, Filter, Grain, Query, Retention, Scores, Support, Tickets, Unit,
};
use std::collections::BTreeMap;
use tests::desk::Desk;

fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn opened(text: &str, edit: impl FnOnce(&mut Mapping)) -> Desk {
    let mut desk = Desk::new();
    let map = |mapping: &mut Mapping| {
        *mapping = Mapping {
            customer: some("who"),
            activity: some("what"),
            time: some("when"),
            channel: some("channel"),
            ..Mapping::default()
        };
        edit(mapping);
    };
    desk.open_with("log.csv", text.as_bytes(), map).expect("the log opens");
    desk
}

#[test]
fn a_net_promoter_score_by_hand() {
    // Five promoters, two passives, three detractors: +20, with 0.076 as variance. Ten of twelve asked answer.
    let mut text = String::from("who,what,when,channel,score\n");
    for (who, score) in [9, 10, 9, 9, 10, 7, 8, 0, 5, 6].into_iter().enumerate() {
        let channel = if who < 5 { "app" } else { "mail" };
        text.push_str(&format!(
            "c{who},ask,2026-01-05,{channel},\nc{who},answer,2026-02-06,{channel},{score}\n"
        ));
    }
    text.push_str("c10,ask,2026-01-05,mail,\nc11,ask,2026-01-05,mail,\nc0,answer,2026-01-06,app,3\n");
    let mut desk = opened(&text, |mapping| {
        (mapping.score, mapping.score_kind) = (some("score"), Some(ScoreKind::Nps));
    });
    let analysis = Analysis::Scores(Scores { asked: vec!["ask".to_owned()], ..Scores::default() });
    let asked = with_query(analysis.clone(), &Query::default());
    let report = desk.report(&asked);
    let score = table(&report, "score");
    assert_eq!((numbers(score, "nps"), numbers(score, "n")), (vec![20.0], vec![10.0]), "the latest of each");
    let (low, high) = score.rows[0][0].interval.expect("an interval");
    assert!((low + 34.0326).abs() < 1e-3 && (high - 74.0326).abs() < 1e-3, "{low} to {high}");
    assert_eq!(numbers(score, "response_rate"), [10.0 / 12.0], "two are silent");
    let months = table(&report, "periods");
    assert_eq!(numbers(months, "nps"), [-100.0, 20.0], "the first answer counts in its month");
    assert_eq!(desk.cases_of_figure(&asked, "kind:detractors").n_total, 3, "who they are");
    assert!(report.card.dropped.contains(&("answers that a later one replaces".to_owned(), 1)), "told");

    let every = Query { unit: Unit::Occurrences, ..Query::default() };
    let report = desk.report(&with_query(analysis.clone(), &every));
    assert_eq!(numbers(table(&report, "score"), "n"), [11.0], "every answer");
    let filter = Filter::Channel { names: vec!["app".to_owned()] };
    let groups = Query { filter, compare: Some(Comparison::Rest), ..Query::default() };
    let report = desk.report(&with_query(analysis, &groups));
    let score = table(&report, "score");
    assert_eq!(numbers(score, "nps_difference"), [160.0], "100 less −60");
    assert!(score.rows[0].last().expect("cells").interval.is_some(), "with an interval");
}

#[test]
fn satisfaction_has_both_conventions() {
    let mut text = String::from("who,what,when,channel,score\n");
    for (who, score) in [5, 5, 4, 4, 4, 5, 4, 3, 2, 1].into_iter().enumerate() {
        text.push_str(&format!("c{who},answer,2026-02-06,app,{score}\n"));
    }
    let mut desk = opened(&text, |mapping| {
        (mapping.score, mapping.score_kind) = (some("score"), Some(ScoreKind::Csat5));
    });
    let report = desk.report(&with_query(Analysis::Scores(Scores::default()), &Query::default()));
    let score = table(&report, "score");
    assert_eq!(
        (numbers(score, "top_box"), numbers(score, "mean")),
        (vec![0.7], vec![3.7]),
        "7 of 10, and the mean"
    );
    let best = Analysis::Scores(Scores { best: Some(1), ..Scores::default() });
    let report = desk.report(&with_query(best, &Query::default()));
    assert_eq!(numbers(table(&report, "score"), "top_box"), [0.3], "only fives");
}

#[test]
fn revenue_retention_by_hand() {
    // 50, 42 and 8 in January; in February +15, −5, −8 and a new customer; in March the lost one is back.
    let text = "who,what,when,channel,mrr,currency\n\
        a,plan,2026-01-10,web,50,EUR\nb,plan,2026-01-10,web,42,EUR\nc,plan,2026-01-10,web,8,EUR\n\
        z,plan,2026-01-10,web,1000,USD\na,plan,2026-02-10,web,65,EUR\nb,plan,2026-02-10,web,37,EUR\n\
        c,cancel,2026-02-10,web,0,EUR\nd,plan,2026-02-10,web,30,EUR\nc,plan,2026-03-10,web,9,EUR\n";
    let mut desk = opened(text, |mapping| (mapping.mrr, mapping.currency) = (some("mrr"), some("currency")));
    let asked = with_query(Analysis::Revenue { grain: Grain::Month }, &Query::default());
    let report = desk.report(&asked);
    let rates = table(&report, "rates");
    assert_eq!(
        (numbers(rates, "nrr")[1], numbers(rates, "grr")[1]),
        (1.02, 0.87),
        "net and gross of February"
    );
    assert_eq!(numbers(rates, "logo_churn")[1], 1.0 / 3.0, "one of three is lost");
    assert!(rates.rows[1][3].interval.is_some() && rates.rows[2][1].partial, "March is not over");
    let amounts = table(&report, "revenue");
    assert_eq!(numbers(amounts, "reactivation"), [0.0, 0.0, 9.0], "who is back is apart");
    assert_eq!(numbers(amounts, "end"), [100.0, 132.0, 141.0], "euros alone");
    assert_eq!(numbers(table(&report, "revenue_usd"), "end"), [1_000.0; 3], "dollars for themselves");
    assert!(report.issues[0].contains("EUR, USD"), "and it is told: {:?}", report.issues);
    let period = &amounts.rows[1][0].number.expect("a moment");
    assert!(*period > 0.0, "a period has a beginning");
    let lost =
        amounts.rows[1].iter().filter_map(|cell| cell.mark.clone()).find(|mark| mark.ends_with(":lost"));
    let lost = desk.cases_of_figure(&asked, &lost.expect("a mark"));
    assert_eq!(lost.rows.iter().map(|row| row.customer.as_str()).collect::<Vec<_>>(), ["c"], "who was lost");
}

#[test]
fn tickets_are_told_apart_by_their_ids() {
    // Two tickets of one customer, open at the same time; the reply to the first comes after the second was created.
    let text = "who,what,when,channel,ticket\n\
        a,create,2026-01-05T10:00:00Z,mail,T1\na,create,2026-01-05T11:00:00Z,mail,T2\n\
        a,reply,2026-01-05T12:00:00Z,mail,T1\na,reply,2026-01-05T12:30:00Z,mail,T2\n\
        a,solve,2026-01-05T13:00:00Z,mail,T2\na,solve,2026-01-05T14:00:00Z,mail,T1\n";
    let mut desk = opened(text, |mapping| mapping.object = some("ticket"));
    let names = |name: &str| vec![name.to_owned()];
    let support = Support {
        created: names("create"),
        replied: names("reply"),
        solved: names("solve"),
        ..Support::default()
    };
    let mut median = |tickets| {
        let analysis = Analysis::Support(Support { tickets, ..support.clone() });
        let report = desk.report(&with_query(analysis, &Query::default()));
        let times = table(&report, "times");
        (numbers(times, "tickets")[0], numbers(times, "median")[0], numbers(times, "tickets")[1])
    };
    assert_eq!(median(Tickets::Auto), (2.0, 6_300.0, 2.0), "two hours and one and a half");
    assert_eq!(median(Tickets::ById), median(Tickets::Auto), "as the data says");
    assert_eq!(
        median(Tickets::ByActivity),
        (1.0, 3_600.0, 1.0),
        "guessed, the first ticket never gets a reply"
    );
    let query = Query { unit: Unit::Accounts, ..Query::default() };
    let report = desk.report(&with_query(Analysis::Support(support), &query));
    assert!(report.card.dropped.contains(&("customers without an account".to_owned(), 1)), "nobody has one");
}

/// Rows of a golden file, each by the names of its header.
fn golden(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = workspace::root().join("tests/golden/billing").join(name);
    let text = std::fs::read_to_string(path).expect("the golden file is there");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap_or_default();
    lines.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn billing() -> Desk {
    let bytes =
        std::fs::read(workspace::root().join("tests/golden/billing/log.csv")).expect("the log is there");
    let mut desk = Desk::new();
    let map = |mapping: &mut Mapping| {
        *mapping = Mapping {
            customer: some("customer"),
            activity: some("activity"),
            time: some("moment"),
            mrr: some("amount"),
            currency: some("currency"),
            object: some("subscription"),
            ..Mapping::default()
        };
    };
    desk.open_with("log.csv", &bytes, map).expect("the log opens");
    desk
}

#[test]
fn revenue_equals_independent_sql() {
    let report = billing().report(&with_query(Analysis::Revenue { grain: Grain::Month }, &Query::default()));
    let mut n_checked = 0;
    for (currency, id) in [("EUR", "revenue"), ("USD", "revenue_usd")] {
        let amounts = table(&report, id);
        let expected: Vec<_> =
            golden("expected-revenue.csv").into_iter().filter(|row| row["currency"] == currency).collect();
        assert_eq!(amounts.rows.len(), expected.len(), "months of {currency}");
        let figures = |id: &str| numbers(amounts, id);
        for (at, row) in expected.iter().enumerate() {
            let of = |name: &str| row[name].parse::<f64>().expect("a number");
            let kept = figures("start")[at] - figures("contraction")[at] - figures("churn")[at];
            let found = [
                figures("cohort")[at],
                figures("start")[at],
                kept,
                kept + figures("expansion")[at],
                figures("lost")[at],
                figures("n_new")[at],
                figures("n_back")[at],
            ];
            let wanted = ["cohort", "start_amount", "kept", "net", "lost", "fresh", "back"].map(of);
            for (found, wanted) in found.into_iter().zip(wanted) {
                assert!(
                    (found - wanted).abs() < 1e-6,
                    "{currency} {}: {found} is not {wanted}",
                    row["month"]
                );
                n_checked += 1;
            }
        }
    }
    assert!(n_checked > 90, "only {n_checked} figures");
}

#[test]
fn brackets_equal_independent_sql() {
    let retention = Retention { grain: Grain::Day, criterion: Criterion::Brackets, ..Retention::default() };
    let report = billing().report(&with_query(Analysis::Retention(retention), &Query::default()));
    let mut found: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in &table(&report, "cells").rows {
        found.insert((row[0].text.clone(), row[2].text.clone()), row[3].number.unwrap_or(-1.0));
    }
    for row in golden("expected-brackets.csv") {
        for (bracket, column) in
            [("0", "size"), ("1–3", "b1"), ("4–7", "b2"), ("8–14", "b3"), ("15–30", "b4")]
        {
            let cell = found.get(&(row["day"].clone(), bracket.to_owned())).copied().unwrap_or(0.0);
            assert_eq!(Ok(cell), row[column].parse(), "{} in {bracket}", row["day"]);
        }
    }
}

#[test]
fn groups_equal_independent_sql() {
    let mut desk = Desk::new();
    let log =
        std::fs::read(workspace::root().join("tests/golden/billing/log.csv")).expect("the log is there");
    let as_channel = |mapping: &mut Mapping| {
        *mapping = Mapping {
            customer: some("customer"),
            activity: some("activity"),
            time: some("moment"),
            channel: some("currency"),
            ..Mapping::default()
        };
    };
    desk.open_with("log.csv", &log, as_channel).expect("it opens");
    let retention = Retention {
        grain: Grain::Day,
        criterion: Criterion::Brackets,
        breakdown: Some(protocol::question::Breakdown::Channel),
        ..Retention::default()
    };
    let report = desk.report(&with_query(Analysis::Retention(retention), &Query::default()));
    let groups = table(&report, "groups");
    let mut n_checked = 0;
    for row in golden("expected-groups.csv") {
        let found =
            groups.rows.iter().find(|found| found[0].text == row["currency"]).expect("the group is there");
        assert_eq!(found[1].number, row["size"].parse().ok(), "size of {}", row["currency"]);
        let at = groups.columns.iter().position(|column| column.caption == row["bracket"]).expect("a column");
        let (back, started): (f64, f64) =
            (row["back"].parse().expect("a number"), row["started"].parse().expect("a number"));
        let ratio = found[at].number.expect("a share");
        assert!((ratio - back / started).abs() < 1e-12, "{} in {}: {ratio}", row["currency"], row["bracket"]);
        assert!(found[at].interval.is_some(), "with Wilson's interval");
        n_checked += 1;
    }
    assert_eq!(n_checked, 10, "two currencies in five brackets");
}
