//! The laid-out map of random logs: nothing overlaps, nothing floats, no figure changes.

use event::{Batch, NewEvent, Store};
use journey::{FollowsGraph, Positions, StagePlan, StageWishes};
use map::{Flow, Node, NodeKind, Query, flow};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const N_ACTIVITIES: usize = 26;
const STAGES: [&str; 6] = ["Awareness", "Purchase", "Onboarding", "Use", "Support", "Renewal"];

/// A log as traces, with what is needed to draw it.
#[derive(Debug)]
struct Log {
    traces: Vec<Vec<usize>>,
    store: Store,
    graph: FollowsGraph,
    positions: Positions,
    plan: StagePlan,
}

impl Log {
    fn new(traces: Vec<Vec<usize>>, name: impl Fn(usize) -> String, wishes: &StageWishes) -> Self {
        let mut batch = Batch::new("source");
        let mut digest = 0;
        for (case, trace) in traces.iter().enumerate() {
            for (at, &activity) in (0_i64..).zip(trace) {
                digest += 1;
                batch.push(NewEvent {
                    customer: &format!("customer {case}"),
                    activity: &name(activity),
                    start_micros: at * 60_000_000,
                    end_micros: None,
                    channel: None,
                    account: None,
                    text: None,
                    value: None,
                    line: 1,
                    digest,
                    ..NewEvent::default()
                });
            }
        }
        let mut store = Store::new();
        let staged = store.stage(batch);
        store.commit(staged);
        let graph = FollowsGraph::counted(&store);
        let positions = Positions::from_scratch(&store);
        let plan = StagePlan::new(store.activities(), &graph, &positions, wishes);
        Self { traces, store, graph, positions, plan }
    }

    fn flow(&self, activities_ratio: Option<f64>, paths_ratio: Option<f64>) -> Flow {
        let query = Query { activities_ratio, paths_ratio };
        flow(self.store.activities(), &self.graph, &self.plan, &self.positions, query)
    }

    /// Transitions between the nodes of a flow, counted trace by trace.
    fn transitions(&self, flow: &Flow, name: impl Fn(usize) -> String) -> BTreeMap<(usize, usize), u64> {
        let node_of = |activity: usize| {
            let number = self.store.activities().find(&name(activity)).expect("it is in the log");
            flow.nodes.iter().position(|node| node.activities.contains(&number)).expect("it is on the map")
        };
        let mut transitions = BTreeMap::new();
        for trace in self.traces.iter().filter(|trace| !trace.is_empty()) {
            let mut before = index_of(flow, NodeKind::Start);
            for &activity in trace {
                let now = node_of(activity);
                *transitions.entry((before, now)).or_insert(0) += 1;
                before = now;
            }
            *transitions.entry((before, index_of(flow, NodeKind::Ended))).or_insert(0) += 1;
        }
        transitions
    }
}

fn index_of(flow: &Flow, kind: NodeKind) -> usize {
    flow.nodes.iter().position(|node| node.kind == kind).expect("start and end are drawn")
}

/// Names of all lengths.
fn name(activity: usize) -> String {
    format!(
        "{activity:02} {}",
        "check confirmation of receipt, then file the report of the meeting".split_at(activity * 2).0
    )
}

fn log() -> impl Strategy<Value = Log> {
    // Skewed, so that some activities are frequent and some rare.
    let activity = (0..N_ACTIVITIES, 0..N_ACTIVITIES).prop_map(|(a, b)| a * b / N_ACTIVITIES);
    let traces = proptest::collection::vec(proptest::collection::vec(activity, 1..12), 1..40);
    (traces, proptest::collection::vec(0..STAGES.len(), N_ACTIVITIES), any::<bool>()).prop_map(
        |(traces, stages, is_custom)| {
            let mut wishes = StageWishes::default();
            if is_custom {
                wishes.names = STAGES.map(str::to_owned).to_vec();
                wishes.by_activity = stages
                    .iter()
                    .enumerate()
                    .map(|(a, &stage)| (name(a), STAGES[stage].to_owned()))
                    .collect();
            }
            Log::new(traces, name, &wishes)
        },
    )
}

fn wish() -> impl Strategy<Value = Option<f64>> {
    proptest::option::weighted(0.8, 0.0..=1.0_f64)
}

/// The points of path data: its beginning, and for every piece its control points and end.
fn pieces(data: &str) -> Vec<Vec<(f64, f64)>> {
    let starts: Vec<usize> =
        data.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
    assert!(data.starts_with('M'), "a path begins somewhere: {data}");
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let numbers =
        |part: &str| -> Vec<f64> { part.split(' ').map(|n| n.parse().expect("a number")).collect() };
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let points: Vec<(f64, f64)> =
                numbers(&data[start + 1..end]).chunks(2).map(|pair| (pair[0], pair[1])).collect();
            let n_expected = if &data[start..=start] == "C" { 3 } else { 1 };
            assert_eq!(points.len(), n_expected, "as many points as its piece needs: {data}");
            points
        })
        .collect()
}

/// Points along path data.
fn points_along(data: &str) -> Vec<(f64, f64)> {
    let pieces = pieces(data);
    let mut all = pieces[0].clone();
    for piece in &pieces[1..] {
        let from = *all.last().expect("it began somewhere");
        let (a, b, end) = match piece.as_slice() {
            [a, b, end] => (*a, *b, *end),
            [end] => (from, *end, *end),
            _ => panic!("one or three points"),
        };
        for step in 1..=20 {
            let t = f64::from(step) / 20.0;
            let s = 1.0 - t;
            let at = |p: f64, q: f64, r: f64, u: f64| {
                s * s * s * p + 3.0 * s * s * t * q + 3.0 * s * t * t * r + t * t * t * u
            };
            all.push((at(from.0, a.0, b.0, end.0), at(from.1, a.1, b.1, end.1)));
        }
    }
    all
}

fn right(node: &Node) -> f32 {
    node.x + node.width
}

fn bottom(node: &Node) -> f32 {
    node.y + node.height
}

fn check_boxes(flow: &Flow) {
    const GAP: f32 = 16.0;
    for (i, a) in flow.nodes.iter().enumerate() {
        assert!(a.x >= 0.0 && a.y >= 0.0, "{} begins on the drawing", a.name);
        assert!(right(a) <= flow.width && bottom(a) <= flow.height, "{} ends on the drawing", a.name);
        for b in &flow.nodes[..i] {
            let is_apart = a.x - right(b) >= GAP
                || b.x - right(a) >= GAP
                || a.y - bottom(b) >= GAP - 0.11
                || b.y - bottom(a) >= GAP - 0.11;
            assert!(is_apart, "{} and {} are apart", a.name, b.name);
            assert!((b.x, b.y) < (a.x, a.y), "reading order: {} before {}", b.name, a.name);
        }
        assert!((1..=2).contains(&a.lines.len()), "{} has one or two lines", a.name);
        if let Some(stage) = a.stage {
            let column = flow.columns[stage];
            assert!(a.x > column.x && right(a) < column.x + column.width, "{} is in its column", a.name);
        }
    }
    for pair in flow.columns.windows(2) {
        assert!((pair[0].x + pair[0].width - pair[1].x).abs() < 0.11, "columns touch each other");
    }
    assert!(flow.columns.iter().all(|column| column.width >= 119.9), "a stage's name has room");
}

fn check_edges(flow: &Flow) {
    let on_drawing = |x: f64, y: f64| {
        (0.0..=f64::from(flow.width)).contains(&x) && (0.0..=f64::from(flow.height)).contains(&y)
    };
    for edge in &flow.edges {
        let data = &edge.path_data;
        assert!(pieces(data).iter().flatten().all(|&(x, y)| on_drawing(x, y)), "on the drawing: {data}");
        let (x, y) = (f64::from(edge.label_x), f64::from(edge.label_y));
        assert!(on_drawing(x - 22.0, y - 7.5) && on_drawing(x + 22.0, y + 7.5), "so is its figure: {x} {y}");
        assert!((1.0..=12.0).contains(&edge.width), "width {}", edge.width);
        for (x, y) in points_along(data) {
            let is_in = |node: &&Node| {
                x > f64::from(node.x) + 0.2
                    && x < f64::from(right(node)) - 0.2
                    && y > f64::from(node.y) + 0.2
                    && y < f64::from(bottom(node)) - 0.2
            };
            let hit = flow.nodes.iter().find(is_in);
            assert!(hit.is_none(), "{data} runs through {:?}", hit.map(|node| &node.name));
        }
        let (from, to) = (&flow.nodes[edge.from], &flow.nodes[edge.to]);
        assert_eq!(edge.backward, to.x <= from.x, "{} to {}", from.name, to.name);
    }
    let key = |edge: &map::Edge| (edge.n_occurrences, edge.from, edge.to);
    assert!(flow.edges.is_sorted_by_key(key), "thin edges first");
    assert!(flow.edges.is_sorted_by(|a, b| a.width <= b.width), "widths follow occurrences");
    let distinct: BTreeSet<&str> = flow.edges.iter().map(|edge| edge.path_data.as_str()).collect();
    assert_eq!(distinct.len(), flow.edges.len(), "no two edges coincide");
}

fn edges(flow: &Flow) -> BTreeMap<(usize, usize), u64> {
    flow.edges.iter().map(|edge| ((edge.from, edge.to), edge.n_occurrences)).collect()
}

/// By the definition: a node's strongest edges until they carry the ratio, and the strongest to and from every node.
fn expected(all: &BTreeMap<(usize, usize), u64>, flow: &Flow, ratio: f64) -> BTreeSet<(usize, usize)> {
    let mut drawn = BTreeSet::new();
    // Ties go by the names of the other end, the start first, then groups by stage, the end last.
    let rank = |i: usize| match flow.nodes[i].kind {
        NodeKind::Start => (0, "", 0),
        NodeKind::Activity => (1, flow.nodes[i].name.as_str(), 0),
        NodeKind::Other => (2, "", flow.nodes[i].stage.unwrap_or(0)),
        NodeKind::Ended => (3, "", 0),
    };
    for node in 0..flow.nodes.len() {
        let mut out: Vec<_> = all.iter().filter(|(pair, _)| pair.0 == node).collect();
        out.sort_by_key(|(pair, n)| (std::cmp::Reverse(**n), rank(pair.1)));
        let total: u64 = out.iter().map(|(_, n)| **n).sum();
        let mut carried = 0;
        for (pair, n) in &out {
            if (carried as f64) / (total as f64) < ratio {
                drawn.insert(**pair);
            }
            carried += **n;
        }
        drawn.extend(out.iter().find(|(pair, _)| pair.0 != pair.1).map(|(pair, _)| **pair));
        let mut entering: Vec<_> = all.iter().filter(|(pair, _)| pair.1 == node && pair.0 != node).collect();
        entering.sort_by_key(|(pair, n)| (std::cmp::Reverse(**n), rank(pair.0)));
        drawn.extend(entering.first().map(|(pair, _)| **pair));
    }
    drawn
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nothing_overlaps(log in log(), activities in wish(), paths in wish()) {
        let flow = log.flow(activities, paths);
        check_boxes(&flow);
        check_edges(&flow);
    }

    #[test]
    fn no_figure_changes(log in log(), activities in wish(), paths in wish()) {
        let flow = log.flow(activities, paths);
        let all = log.transitions(&flow, name);
        prop_assert_eq!(flow.n_drawable_edges, all.len() as u64, "as many as there are");
        prop_assert_eq!(flow.n_drawn_edges, flow.edges.len() as u64, "as many as drawn");
        let (mut drawn, mut out) = (0, BTreeMap::new());
        for (pair, n) in &all {
            *out.entry(pair.0).or_insert(0) += n;
        }
        for edge in &flow.edges {
            prop_assert_eq!(all.get(&(edge.from, edge.to)), Some(&edge.n_occurrences), "its full count");
            let share = edge.n_occurrences as f64 / out[&edge.from] as f64;
            prop_assert!((edge.out_ratio - share).abs() < 1e-12, "its share of all that leaves");
            drawn += edge.n_occurrences;
        }
        let total: u64 = all.values().sum();
        prop_assert_eq!(total, log.graph.n_events() + log.graph.n_cases(), "every transition");
        prop_assert!((flow.drawn_flow_ratio - drawn as f64 / total as f64).abs() < 1e-12, "the share drawn");
        let all_of_it = log.flow(activities, Some(1.0));
        prop_assert_eq!(edges(&all_of_it), log.transitions(&all_of_it, name), "a ratio of 1 draws everything");
    }

    #[test]
    fn edges_are_chosen_by_the_definition(log in log(), activities in wish(), paths in wish()) {
        let flow = log.flow(activities, paths);
        let expected = expected(&log.transitions(&flow, name), &flow, flow.paths_ratio);
        prop_assert_eq!(edges(&flow).into_keys().collect::<BTreeSet<_>>(), expected, "at {}", flow.paths_ratio);
        let wanted = paths.unwrap_or(flow.paths_ratio);
        prop_assert!((flow.paths_ratio - wanted).abs() < 1e-12, "what is asked for is used");
        for node in (0..flow.nodes.len()).filter(|&node| flow.nodes[node].kind != NodeKind::Start) {
            let enters = flow.edges.iter().any(|edge| edge.to == node && edge.from != node);
            prop_assert!(enters, "{} does not float", flow.nodes[node].name);
        }
    }

    #[test]
    fn activities_are_chosen_by_the_definition(log in log(), ratio in 0.0..=1.0_f64) {
        let flow = log.flow(Some(ratio), None);
        let mut ranked: Vec<(u64, &str)> = (0_u32..)
            .zip(log.graph.activities())
            .map(|(a, count)| (count.n_occurrences, log.store.activities().get(a)))
            .collect();
        ranked.sort_by_key(|&(n, name)| (std::cmp::Reverse(n), name));
        let n_wanted = (1..=ranked.len()).find(|&k| k as f64 / ranked.len() as f64 >= ratio).expect("one is enough");
        let mut rest: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        for (_, name) in &ranked[n_wanted..] {
            let number = log.store.activities().find(name).expect("it is in the log");
            rest.entry(log.plan.stage_of(number)).or_default().insert(number);
        }
        let others: BTreeMap<usize, BTreeSet<u32>> = flow
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Other)
            .map(|node| (node.stage.expect("Other has a stage"), node.activities.iter().copied().collect()))
            .collect();
        let n_others: usize = others.values().map(BTreeSet::len).sum();
        rest.retain(|_, group| group.len() > 1);
        prop_assert_eq!(others, rest, "the rest, by stage, where it is more than one");
        prop_assert_eq!(flow.n_drawn_activities + n_others as u64, ranked.len() as u64, "all are somewhere");
    }

    #[test]
    fn more_draws_more(log in log(), activities in wish(), a in 0.0..=1.0_f64, b in 0.0..=1.0_f64) {
        let named = |flow: &Flow| -> BTreeSet<(String, String, u64)> {
            let name = |i: usize| format!("{:?} {}", flow.nodes[i].stage, flow.nodes[i].name);
            flow.edges.iter().map(|edge| (name(edge.from), name(edge.to), edge.n_occurrences)).collect()
        };
        let (less, more) = (log.flow(activities, Some(a.min(b))), log.flow(activities, Some(a.max(b))));
        prop_assert!(named(&less).is_subset(&named(&more)), "nothing disappears");
    }

    #[test]
    fn the_ratios_returned_give_the_same_picture(log in log(), activities in wish(), paths in wish()) {
        let once = log.flow(activities, paths);
        let again = log.flow(Some(once.activities_ratio), Some(once.paths_ratio));
        prop_assert_eq!(once, again, "the same in every detail");
    }
}

#[test]
fn an_empty_log_has_columns_only() {
    let flow = Log::new(Vec::new(), name, &StageWishes::default()).flow(None, None);
    assert!(flow.nodes.is_empty() && flow.edges.is_empty(), "nothing to draw");
    assert_eq!(flow.columns.len(), 5, "but all stages");
    assert!(flow.width > 0.0 && flow.height.abs() < f32::EPSILON, "a width for them");
}

#[test]
fn wishes_that_make_no_sense_are_harmless() {
    let log = Log::new(vec![vec![0, 1, 2, 1, 3]], name, &StageWishes::default());
    let usual = log.flow(None, None);
    assert_eq!(log.flow(Some(f64::NAN), Some(f64::NAN)), usual, "no number is no wish");
    assert_eq!(log.flow(Some(9.0), Some(f64::INFINITY)), log.flow(Some(1.0), Some(1.0)), "too much is all");
    assert_eq!(log.flow(Some(-1.0), Some(-0.5)), log.flow(Some(0.0), Some(0.0)), "too little is the least");
}

/// Three cases of an order; laid out as written here.
#[test]
fn a_small_map() {
    let names = ["Visit shop", "Place order", "Return order"];
    let traces = vec![vec![0, 1], vec![0, 1, 2, 1], vec![0]];
    let wishes = StageWishes {
        names: vec!["Before".to_owned(), "Nothing".to_owned(), "After".to_owned()],
        by_activity: names
            .map(|n| (n.to_owned(), if n == names[0] { "Before" } else { "After" }.to_owned()))
            .into(),
    };
    let flow = Log::new(traces, |a| names[a].to_owned(), &wishes).flow(None, Some(1.0));
    let mut drawn = format!("{} × {}\n", flow.width, flow.height);
    for column in &flow.columns {
        drawn += &format!("column {} + {}\n", column.x, column.width);
    }
    for node in &flow.nodes {
        drawn += &format!("{} {} {} {} {}\n", node.name, node.x, node.y, node.width, node.height);
    }
    for edge in &flow.edges {
        let (from, to) = (&flow.nodes[edge.from].name, &flow.nodes[edge.to].name);
        drawn += &format!(
            "{from} → {to} {} {:.2} {} {} at {} {}{}\n",
            edge.n_occurrences,
            edge.out_ratio,
            edge.width,
            edge.path_data,
            edge.label_x,
            edge.label_y,
            if edge.backward { " backward" } else { "" }
        );
    }
    assert_eq!(drawn, include_str!("small.txt"), "the map as it was looked at");
}

/// More than can be drawn: the limits hold, and the picture stays in order.
#[test]
fn a_large_log_stays_within_the_limits() {
    let many = |activity: usize| format!("activity {activity}");
    // A walk that jumps by squares reaches thousands of activities in thousands of ways.
    let traces: Vec<Vec<usize>> = (0..700)
        .map(|case| (0..12).map(|i| (case * case + 37 * i * i * (case % 11)) % 3_000).collect())
        .collect();
    let log = Log::new(traces, many, &StageWishes::default());
    assert!(log.graph.activities().len() > 1_000, "the log is large");
    let all = log.flow(Some(1.0), Some(1.0));
    let n_marks = all.nodes.len();
    assert!(
        all.n_drawn_activities <= 200 + 5 && all.activities_ratio < 0.2,
        "got {}",
        all.n_drawn_activities
    );
    assert!(all.edges.len() <= 2_000.max(2 * n_marks), "got {}", all.edges.len());
    assert_eq!(all, log.flow(Some(all.activities_ratio), Some(all.paths_ratio)), "the ratios tell");
    check_boxes(&all);
    check_edges(&all);
    let usual = log.flow(None, None);
    assert!(usual.nodes.len() <= 34 && usual.edges.len() <= 68, "readable without a wish");
}
