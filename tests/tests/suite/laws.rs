//! Laws that hold for every log, tried on random ones through the whole way from bytes to views.

use proptest::prelude::*;
use protocol::MapQuery;
use protocol::view::{GraphTable, JourneyMapView, VariantList};
use std::fmt::Write;
use tests::desk::Desk;
use tests::naive::{self, Row};

/// First moment of the random logs: 2026-01-01, in UTC seconds since 1970.
pub(crate) const START_SECS: i64 = 1_767_225_600;

pub(crate) const ACTIVITIES: [&str; 6] = ["visit page", "ask, \"twice\"", "order", "pay", "زيارة", "renew"];

/// One random row: customer, activity, minute, duration in minutes, channel.
pub(crate) type Draw = (u8, usize, i64, Option<i64>, u8);

pub(crate) fn draws(max_minute: i64) -> impl Strategy<Value = Vec<Draw>> {
    let duration = prop_oneof![3 => Just(None), 1 => (0..40_i64).prop_map(Some)];
    prop::collection::vec((0..7_u8, 0..ACTIVITIES.len(), 0..max_minute, duration, 0..3_u8), 1..60)
}

pub(crate) fn csv(draws: &[Draw]) -> Vec<u8> {
    let mut text = String::from("customer,activity,time,end_time,channel\n");
    for (customer, activity, minute, duration, channel) in draws {
        let activity = ACTIVITIES[*activity].replace('"', "\"\"");
        let at = START_SECS + minute * 60;
        let end = duration.map(|minutes| (at + minutes * 60).to_string()).unwrap_or_default();
        let channel = ["web", "phone", ""][usize::from(*channel)];
        writeln!(text, "c{customer},\"{activity}\",{at},{end},{channel}").expect("writing into a string");
    }
    text.into_bytes()
}

fn rows(draws: &[Draw]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for draw in draws {
        // An exact duplicate is counted once.
        if seen.insert(*draw) {
            let (customer, activity, minute, duration, _) = draw;
            let start = (START_SECS + minute * 60) * 1_000_000;
            let end = start + duration.unwrap_or(0) * 60_000_000;
            let activity = ACTIVITIES[*activity].to_owned();
            rows.push(Row { customer: format!("c{customer}"), activity, start, end });
        }
    }
    rows
}

/// Opens a log with the columns named, whatever the guess says of so few values.
pub(crate) fn open(desk: &mut Desk, name: &str, bytes: &[u8]) {
    let edit = |mapping: &mut protocol::import::Mapping| {
        let some = |name: &str| Some(name.to_owned());
        mapping.customer = some("customer");
        mapping.activity = some("activity");
        mapping.time = some("time");
        mapping.end_time = some("end_time");
        mapping.channel = some("channel");
        (mapping.account, mapping.text, mapping.money) = (None, None, None);
    };
    let report = desk.open_with(name, bytes, edit).expect("a random log opens");
    assert_eq!(report.source.n_rejected, 0, "nothing is rejected: {report:?}");
}

/// All views of a log, without what only tells how it came about.
fn views(desk: &mut Desk) -> (GraphTable, VariantList, JourneyMapView) {
    let mut map = desk.map_of(MapQuery { activities_ratio: Some(1.0), paths_ratio: Some(1.0) });
    map.revision = 0;
    map.nodes.iter_mut().for_each(|node| node.changed = false);
    map.edges.iter_mut().for_each(|edge| edge.changed = false);
    (desk.graph(), desk.variants(), map)
}

fn views_of(draws: &[Draw]) -> (GraphTable, VariantList, JourneyMapView) {
    let mut desk = Desk::new();
    open(&mut desk, "log.csv", &csv(draws));
    views(&mut desk)
}

/// Shuffles rows, but leaves rows of one customer with equal times in their order.
pub(crate) fn shuffled(draws: &[Draw], keys: &[u32]) -> Vec<Draw> {
    let mut order: Vec<usize> = (0..draws.len()).collect();
    order.sort_by_key(|i| (keys.get(*i).copied().unwrap_or(0), *i));
    let tie = |draw: &Draw| (draw.0, draw.2, draw.3.unwrap_or(0));
    let mut result: Vec<Draw> = order.iter().map(|i| draws[*i]).collect();
    let ties: std::collections::BTreeSet<_> = draws.iter().map(tie).collect();
    for key in ties {
        let places: Vec<usize> = (0..result.len()).filter(|i| tie(&result[*i]) == key).collect();
        for (place, draw) in places.into_iter().zip(draws.iter().filter(|draw| tie(draw) == key)) {
            result[place] = *draw;
        }
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_nothing(draws in draws(400), keys in prop::collection::vec(any::<u32>(), 60)) {
        let mixed = shuffled(&draws, &keys);
        prop_assert_eq!(views_of(&draws), views_of(&mixed));
    }

    #[test]
    fn pieces_equal_the_whole(draws in draws(400), cuts in prop::collection::vec(0..60_usize, 0..5)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(draws.len())).collect();
        cuts.extend([0, draws.len()]);
        cuts.sort_unstable();
        let mut desk = Desk::new();
        for (number, cut) in cuts.windows(2).enumerate() {
            if cut[0] < cut[1] {
                open(&mut desk, &format!("piece-{number}.csv"), &csv(&draws[cut[0]..cut[1]]));
                // Asking in between must not freeze anything.
                views(&mut desk);
            }
        }
        prop_assert_eq!(views(&mut desk), views_of(&draws));
    }

    #[test]
    fn flow_is_conserved(draws in draws(60), activities in 0.0..=1.0_f64, paths in 0.0..=1.0_f64) {
        let mut desk = Desk::new();
        open(&mut desk, "log.csv", &csv(&draws));
        let all = desk.map_of(MapQuery { activities_ratio: Some(1.0), paths_ratio: Some(1.0) });
        prop_assert!(all.conservation.holds, "{:?}", all.conservation.violations);
        let some = desk.map_of(MapQuery { activities_ratio: Some(activities), paths_ratio: Some(paths) });
        prop_assert_eq!(&some.conservation, &all.conservation);
        prop_assert_eq!(some.totals.n_events, all.totals.n_events, "sliders never change a number");
        conserved(&desk.graph())?;
    }

    #[test]
    fn figures_equal_a_naive_count(draws in draws(40)) {
        let expected = naive::count(&rows(&draws));
        let mut desk = Desk::new();
        open(&mut desk, "log.csv", &csv(&draws));
        let graph = desk.graph();
        prop_assert_eq!(graph.activities.len(), expected.activities.len());
        for row in &graph.activities {
            let count = |of: &std::collections::BTreeMap<String, u64>| of.get(&row.name).copied().unwrap_or(0);
            prop_assert_eq!(Some(&(row.n_occurrences, row.n_cases)), expected.activities.get(&row.name));
            prop_assert_eq!((row.n_starts, row.n_ends), (count(&expected.starts), count(&expected.ends)));
        }
        naive_edges(&graph, &expected)?;
        let variants = desk.variants().rows.into_iter().map(|row| (row.trace, row.n_cases)).collect();
        prop_assert_eq!(expected.variants, variants);
    }

    #[test]
    fn duplicates_are_skipped_and_counted(draws in draws(400), again in prop::collection::vec(0..60_usize, 0..20)) {
        let repeated: Vec<Draw> = again.iter().map(|i| draws[i % draws.len()]).collect();
        let both: Vec<Draw> = draws.iter().chain(&repeated).copied().collect();
        let mut desk = Desk::new();
        open(&mut desk, "log.csv", &csv(&draws));
        let before = views(&mut desk);
        let mut preview = tests::desk::inspect("again.csv", &csv(&both)).expect("it can be read");
        preview.mapping.customer = Some("customer".to_owned());
        preview.mapping.activity = Some("activity".to_owned());
        preview.mapping.time = Some("time".to_owned());
        preview.mapping.end_time = Some("end_time".to_owned());
        preview.mapping.channel = Some("channel".to_owned());
        let plan = tests::desk::plan_of(&preview);
        let report = desk.engine.append("again.csv", Some(plan), &csv(&both)).expect("it can be appended");
        prop_assert_eq!(report.source.n_events, 0);
        prop_assert_eq!(report.source.n_duplicates, u64::try_from(both.len()).expect("a small number"));
        prop_assert_eq!(views(&mut desk), before);
    }
}

/// What enters an activity leaves it, start and end included.
fn conserved(graph: &GraphTable) -> Result<(), TestCaseError> {
    let sum = |of: &dyn Fn(&protocol::view::EdgeRow) -> bool| -> u64 {
        graph.edges.iter().filter(|edge| of(edge)).map(|edge| edge.n_occurrences).sum()
    };
    for row in &graph.activities {
        prop_assert_eq!(sum(&|edge| edge.to == row.name), row.n_occurrences, "into {}", row.name);
        prop_assert_eq!(sum(&|edge| edge.from == row.name), row.n_occurrences, "out of {}", row.name);
    }
    prop_assert_eq!(
        sum(&|edge| edge.from.is_empty()),
        sum(&|edge| edge.to.is_empty()),
        "as many ends as starts"
    );
    Ok(())
}

fn naive_edges(graph: &GraphTable, expected: &naive::Figures) -> Result<(), TestCaseError> {
    let inner: Vec<_> =
        graph.edges.iter().filter(|edge| !edge.from.is_empty() && !edge.to.is_empty()).collect();
    prop_assert_eq!(inner.len(), expected.edges.len());
    for edge in inner {
        let theirs = expected.edges.get(&(edge.from.clone(), edge.to.clone()));
        let theirs =
            theirs.ok_or_else(|| TestCaseError::fail(format!("{} to {} is no edge", edge.from, edge.to)))?;
        prop_assert_eq!((edge.n_occurrences, edge.n_cases), (theirs.n_occurrences, theirs.n_cases));
        let time = edge.time.ok_or_else(|| TestCaseError::fail("an inner edge has times"))?;
        let pairs = [
            (time.median_secs, naive::quantile_secs(&theirs.times, 0.5)),
            (time.p95_secs, naive::quantile_secs(&theirs.times, 0.95)),
            (time.min_secs, naive::quantile_secs(&theirs.times, 0.0)),
            (time.max_secs, naive::quantile_secs(&theirs.times, 1.0)),
            (time.mean_secs, naive::mean_secs(&theirs.times)),
            (time.sum_secs, naive::mean_secs(&theirs.times) * edge_f64(edge.n_occurrences)),
            (time.stdev_secs, naive::stdev_secs(&theirs.times)),
        ];
        for (place, (ours, theirs)) in pairs.into_iter().enumerate() {
            prop_assert!((ours - theirs).abs() < 1e-6, "figure {}: {} and {}", place, ours, theirs);
        }
    }
    Ok(())
}

fn edge_f64(n: u64) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}
