//! Step-indexed paths against golden figures and a naive count.

use crate::logs::{
    Plain, SECOND, all, by_customer, five_paths, log, near, quantile_secs, store_of, store_of_traces,
};
use journey::{ItemGroup, ItemRules, PathNode, PathSpec, PathUnit, Paths, Replacement, Scope, paths};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn name(found: &Paths, node: PathNode) -> String {
    match node {
        PathNode::Item(item) => found.items[item as usize].clone(),
        PathNode::Other => "other".to_owned(),
        PathNode::Skipped => "…".to_owned(),
        PathNode::Ended => "■".to_owned(),
    }
}

/// "source → target: value" of every link, with the step in front.
fn links(found: &Paths) -> Vec<String> {
    let text = |l: &journey::PathLink| {
        format!("{} {} → {}: {}", l.step, name(found, l.source), name(found, l.target), l.value)
    };
    found.links.iter().map(text).collect()
}

#[test]
fn golden_five_paths() {
    let store = five_paths();
    // Collapsing leaves: twice home catalog cart purchase, home catalog cart, home search cart, home search.
    let found =
        paths(&store, &Scope::customers(&all(&store)), &PathSpec { n_steps: 4, ..PathSpec::default() });
    let expected = [
        "1 home → catalog: 3",
        "1 home → search: 2",
        "2 catalog → cart: 3",
        "2 search → cart: 1",
        "2 search → ■: 1",
        "3 cart → purchase: 2",
        "3 cart → ■: 2",
    ];
    assert_eq!(links(&found), expected, "links in order");
    let steps: Vec<_> = found.steps.iter().map(|s| (s.n_paths, s.n_ended)).collect();
    assert_eq!(steps, [(5, 0), (5, 1), (4, 2), (2, 2)], "paths and ended at each step");
    let ended = &found.links[4];
    assert!(
        near(ended.share_of_prev, 0.5) && near(ended.share_of_start, 0.2),
        "half of search, a fifth of all"
    );
    assert_eq!(ended.median_secs, None, "an end takes no time");
    assert_eq!(found.links[0].median_secs, Some(10.0), "ten seconds from home to catalog");
    assert!(near(found.coverage, 1.0), "every item has its row");
    assert_eq!((found.basis.n_units, found.basis.n_events), (5, 18), "all is used");
}

#[test]
fn repetitions_can_stay() {
    let store = five_paths();
    let spec = PathSpec { is_collapsed: false, n_rows: 1, ..PathSpec::default() };
    let found = paths(&store, &Scope::customers(&all(&store)), &spec);
    let third: Vec<_> =
        found.steps[2].nodes.iter().map(|n| (name(&found, n.node), n.value, n.n_items)).collect();
    assert_eq!(
        third,
        [("cart".to_owned(), 3, 1), ("other".to_owned(), 2, 2)],
        "catalog and search share a node"
    );
    // Only the first two cases never leave the first row: home, catalog, cart, purchase.
    assert!(near(found.coverage, 0.4), "coverage {}", found.coverage);
}

#[test]
fn a_pause_begins_a_new_path() {
    // 30 minutes exactly stay one path, a second more splits: as the definition's golden line.
    let store = store_of_traces(&["a@0 b@1800 c@3601 d@3700"]);
    let by_case = paths(&store, &Scope::customers(&all(&store)), &PathSpec::default());
    assert_eq!(links(&by_case), ["1 a → b: 1", "2 b → ■: 1"], "the first path of the case");
    assert_eq!((by_case.basis.n_units, by_case.basis.n_events), (1, 2), "two events of it");
    assert_eq!(by_case.basis.excluded[0].reason, "later path of the case", "and two that came later");
    let all_paths = PathSpec { unit: PathUnit::Occurrences, ..PathSpec::default() };
    let all_paths = paths(&store, &Scope::customers(&all(&store)), &all_paths);
    assert_eq!(links(&all_paths), ["1 a → b: 1", "1 c → d: 1", "2 b → ■: 1", "2 d → ■: 1"], "both paths");
    assert_eq!(all_paths.steps[0].nodes[0].n_cases, 1, "of one case");
}

#[test]
fn anchors_cut_at_the_first_occurrence() {
    let store = store_of_traces(&["x a b c a d", "b a d", "x b"]);
    let spec = |start: Option<&str>, end: Option<&str>, n_steps| PathSpec {
        start: start.map(str::to_owned),
        end: end.map(str::to_owned),
        n_steps,
        ..PathSpec::default()
    };
    let from_a = paths(&store, &Scope::customers(&all(&store)), &spec(Some("a"), None, 3));
    assert_eq!(links(&from_a), ["1 a → b: 1", "1 a → d: 1", "2 b → c: 1", "2 d → ■: 1"], "from a on");
    let reasons: Vec<_> = from_a.basis.excluded.iter().map(|e| (e.reason, e.n_units, e.n_events)).collect();
    assert_eq!(
        reasons,
        [("outside the anchors", 0, 2), ("path without the anchors", 1, 2)],
        "the rest is told"
    );
    let to_d = paths(&store, &Scope::customers(&all(&store)), &spec(None, Some("d"), 3));
    assert!(to_d.is_backward, "counted back from d");
    assert_eq!(links(&to_d), ["1 d → a: 2", "2 a → b: 1", "2 a → c: 1"], "d, then what was before it");
    let both = paths(&store, &Scope::customers(&all(&store)), &spec(Some("a"), Some("d"), 4));
    let expected = ["1 a → b: 1", "1 a → d: 1", "2 b → …: 1", "2 d → ■: 1", "3 … → d: 1"];
    assert_eq!(links(&both), expected, "a b c a d is longer than four");
    let again = paths(&store, &Scope::customers(&all(&store)), &spec(Some("a"), Some("a"), 5));
    assert_eq!(again.steps[0].n_paths, 1, "an end that is the start has to come again");
    let nowhere = paths(&store, &Scope::customers(&all(&store)), &spec(Some("z*"), None, 4));
    assert_eq!((nowhere.steps.len(), nowhere.issues.len()), (0, 1), "nothing begins there, and it is told");
}

#[test]
fn cleaning_comes_before_all_else() {
    let store = store_of_traces(&["/shop?x=1 /shop?x=2 ping /user/7/cart /user/8/cart done"]);
    let rules = ItemRules {
        replace: vec![Replacement { find: "?*".into(), with: String::new() }],
        groups: vec![ItemGroup { pattern: "/user/*/cart".into(), name: "cart".into() }],
        exclude: vec!["ping".into()],
    };
    let found = paths(&store, &Scope::customers(&all(&store)), &PathSpec { rules, ..PathSpec::default() });
    assert_eq!(
        links(&found),
        ["1 /shop → cart: 1", "2 cart → done: 1", "3 done → ■: 1"],
        "cleaned and collapsed"
    );
    assert_eq!(found.basis.excluded[0].n_events, 1, "one ping is left out");
    // From the second shop event at 10 s to the first cart event at 30 s.
    assert_eq!(found.links[0].median_secs, Some(20.0), "a collapsed stop lasts until its last event");
}

/// The stops of a path: item, start, latest end.
type Stops = Vec<(String, i64, i64)>;

/// A path as drawn, of a case, with whether it is whole.
struct Cut {
    case: usize,
    stops: Stops,
    is_whole: bool,
}

/// The stops of every path of a case, straight from the definition.
fn naive_paths(case: &[Plain], spec: &PathSpec) -> Vec<Stops> {
    let mut sessions: Vec<Vec<&Plain>> = Vec::new();
    for event in case.iter().filter(|e| e.activity != "drop") {
        let is_near = |session: &&mut Vec<&Plain>| {
            let latest = session.iter().map(|e| e.end.unwrap_or(e.start)).max();
            spec.gap_micros.is_none_or(|gap| latest.is_some_and(|latest| event.start - latest <= gap))
        };
        match sessions.last_mut().filter(is_near) {
            Some(session) => session.push(event),
            None => sessions.push(vec![event]),
        }
    }
    let stops = |session: &Vec<&Plain>| {
        let mut stops = Stops::new();
        let mut latest = i64::MIN;
        for event in session {
            latest = latest.max(event.end.unwrap_or(event.start));
            match stops.last_mut() {
                Some(stop) if spec.is_collapsed && stop.0 == event.activity => stop.2 = latest,
                _ => stops.push((event.activity.clone(), event.start, latest)),
            }
        }
        stops
    };
    sessions.iter().map(stops).collect()
}

/// A path between its anchors, in the order in which steps are counted, with whether it is whole.
fn naive_cut(mut path: Stops, case: usize, spec: &PathSpec) -> Option<Cut> {
    if let Some(start) = &spec.start {
        path.drain(..path.iter().position(|s| s.0 == *start)?);
    }
    if let Some(end) = &spec.end {
        let skip = usize::from(spec.start.is_some());
        path.truncate(path.iter().skip(skip).position(|s| s.0 == *end)? + skip + 1);
    }
    let n = path.len();
    if spec.start.is_some() && spec.end.is_some() {
        if n > spec.n_steps {
            let (head, tail) = (spec.n_steps / 2, (spec.n_steps - 1) / 2);
            let middle: Vec<_> = path.splice(head..n - tail, [("…".to_owned(), 0, 0)]).collect();
            path[head].1 = middle[0].1;
            path[head].2 = middle[middle.len() - 1].2;
        }
        return Some(Cut { case, stops: path, is_whole: true });
    }
    if spec.end.is_some() {
        path.reverse();
    }
    path.truncate(spec.n_steps);
    Some(Cut { case, stops: path, is_whole: n <= spec.n_steps })
}

fn spec() -> impl Strategy<Value = PathSpec> {
    let anchor = || proptest::option::of(prop::sample::select(vec!["ask", "buy"]));
    let gap = prop::sample::select(vec![None, Some(100 * SECOND), Some(400 * SECOND)]);
    let flags = (any::<bool>(), any::<bool>());
    (anchor(), anchor(), 3_usize..7, 1_usize..4, gap, flags).prop_map(
        |(start, end, n_steps, n_rows, gap, flags)| PathSpec {
            rules: ItemRules { exclude: vec!["drop".into()], ..ItemRules::default() },
            gap_micros: gap,
            is_collapsed: flags.0,
            start: start.map(str::to_owned),
            end: end.map(str::to_owned),
            n_steps,
            n_rows,
            unit: if flags.1 { PathUnit::Cases } else { PathUnit::Occurrences },
            ..PathSpec::default()
        },
    )
}

type NaiveLinks = BTreeMap<(usize, String, String), (u64, BTreeSet<usize>, Vec<i64>)>;

/// Links between the rows that the result chose, counted by hand.
fn naive_links(cuts: &[Cut], found: &Paths, spec: &PathSpec) -> NaiveLinks {
    let shown = |step: usize, item: &str| {
        let is_shown = |n: &journey::PathNodeCount| name(found, n.node) == item;
        if found.steps[step].nodes.iter().any(is_shown) { item.to_owned() } else { "other".to_owned() }
    };
    let mut links = NaiveLinks::new();
    for Cut { case, stops, is_whole } in cuts {
        for (i, stop) in stops.iter().enumerate().take_while(|(i, _)| i + 1 < spec.n_steps) {
            let (target, micros) = match stops.get(i + 1) {
                Some(next) => {
                    let (a, b) = if found.is_backward { (next, stop) } else { (stop, next) };
                    (shown(i + 1, &next.0), Some((b.1 - a.2).max(0)))
                }
                None if *is_whole => ("■".to_owned(), None),
                None => continue,
            };
            let link = links.entry((i + 1, shown(i, &stop.0), target)).or_default();
            link.0 += 1;
            link.1.insert(*case);
            link.2.extend(micros);
        }
    }
    links
}

/// A step's balance, the rows by rank, and the cases of every node.
fn check_step(cuts: &[Cut], found: &Paths, spec: &PathSpec, i: usize) -> Result<(), TestCaseError> {
    let step = &found.steps[i];
    let here: Vec<&Cut> = cuts.iter().filter(|cut| cut.stops.len() > i).collect();
    prop_assert_eq!(step.n_paths, here.len() as u64);
    prop_assert_eq!(step.nodes.iter().map(|n| n.value).sum::<u64>(), step.n_paths);
    let next = found.steps.get(i + 1).map_or(0, |s| s.n_paths);
    if i + 1 < spec.n_steps {
        prop_assert_eq!(next + step.n_ended, step.n_paths, "items at the next step and ended are those here");
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for cut in here.iter().filter(|cut| cut.stops[i].0 != "…") {
        *counts.entry(&cut.stops[i].0).or_default() += 1;
    }
    let mut ranked: Vec<(String, u64)> = counts.into_iter().map(|(item, n)| (item.to_owned(), n)).collect();
    ranked.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let n_other = ranked.len().saturating_sub(spec.n_rows);
    ranked.truncate(spec.n_rows);
    let is_row = |node: &&journey::PathNodeCount| matches!(node.node, PathNode::Item(_));
    let rows: Vec<_> = step.nodes.iter().filter(is_row).map(|n| (name(found, n.node), n.value)).collect();
    let other = step.nodes.iter().find(|n| n.node == PathNode::Other).map_or(0, |n| n.n_items);
    prop_assert_eq!((&rows, other), (&ranked, n_other as u64));
    for node in &step.nodes {
        let is_named = |item: &str| item == "…" || rows.iter().any(|(row, _)| row == item);
        let is_at = |item: &str| match node.node {
            PathNode::Other => !is_named(item),
            other => name(found, other) == item,
        };
        let cases: BTreeSet<usize> = here.iter().filter(|c| is_at(&c.stops[i].0)).map(|c| c.case).collect();
        prop_assert_eq!(node.n_cases, cases.len() as u64);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn equals_the_definition(events in log(70), spec in spec()) {
        let store = store_of(&events);
        let found = paths(&store, &Scope::customers(&all(&store)), &spec);
        let mut cuts: Vec<Cut> = Vec::new();
        for (case, events) in by_customer(&events).iter().enumerate() {
            let of_case = naive_paths(events, &spec).into_iter().filter_map(|path| naive_cut(path, case, &spec));
            let n_counted = if spec.unit == PathUnit::Cases { 1 } else { usize::MAX };
            cuts.extend(of_case.take(n_counted));
        }
        for i in 0..found.steps.len() {
            check_step(&cuts, &found, &spec, i)?;
        }
        let expected = naive_links(&cuts, &found, &spec);
        prop_assert_eq!(found.links.len(), expected.len());
        for link in &found.links {
            let key = (link.step, name(&found, link.source), name(&found, link.target));
            let (value, cases, micros) = &expected[&key];
            prop_assert_eq!((link.value, link.n_cases), (*value, cases.len() as u64));
            prop_assert_eq!(link.median_secs.is_some(), !micros.is_empty());
            if let Some(median) = link.median_secs {
                prop_assert!(near(median, quantile_secs(micros, 0.5)));
            }
            prop_assert!(near(link.share_of_start, *value as f64 / cuts.len() as f64));
        }
        // Every event is used or left out, and so is every case.
        let out = |f: fn(&journey::Excluded) -> u64| found.basis.excluded.iter().map(f).sum::<u64>();
        prop_assert_eq!(found.basis.n_events + out(|e| e.n_events), events.len() as u64);
        prop_assert_eq!(found.basis.n_units + out(|e| e.n_units), store.n_cases() as u64);
    }
}
