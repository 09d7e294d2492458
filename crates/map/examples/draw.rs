//! Draws the map of a log as an SVG, to look at: `draw <csv> <case> <activity> <time> <svg> [activities] [paths]`,
//! or `draw sample - - - <svg>` for a made-up one.

use event::{Batch, NewEvent, Store};
use journey::{FollowsGraph, Positions, StagePlan, StageWishes};
use map::{NodeKind, Query, flow};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

type Rows = Vec<(String, String, i64)>;

fn csv_rows(path: &str, case: &str, activity: &str, time: &str) -> Rows {
    let mut reader = csv::Reader::from_path(path).expect("the file opens");
    let headers = reader.headers().expect("has headers").clone();
    let at = |name: &str| headers.iter().position(|h| h == name).expect("column exists");
    let (case, activity, time) = (at(case), at(activity), at(time));
    let records: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("valid")).collect();
    let mut rows: Vec<(String, String, String)> =
        records.iter().map(|r| (r[case].to_owned(), r[activity].to_owned(), r[time].to_owned())).collect();
    rows.sort_by(|a, b| (&a.0, &a.2).cmp(&(&b.0, &b.2)));
    (0_i64..).zip(rows).map(|(i, r)| (r.0, r.1, i * 1_000_000)).collect()
}

const SAMPLE: &[(&str, &[(&str, u64)])] = &[
    ("", &[("See advert", 40), ("Visit homepage", 40), ("Read blog article", 20), ("Attend webinar", 8)]),
    ("See advert", &[("Visit homepage", 60), ("Visit pricing page", 10), ("", 25)]),
    (
        "Visit homepage",
        &[
            ("Visit pricing page", 50),
            ("Read blog article", 20),
            ("Start trial", 15),
            ("", 20),
            ("Visit homepage", 10),
        ],
    ),
    (
        "Read blog article",
        &[("Visit pricing page", 20), ("Read case study", 20), ("", 30), ("Read blog article", 8)],
    ),
    ("Attend webinar", &[("Request demo", 30), ("Read case study", 10), ("", 10)]),
    (
        "Visit pricing page",
        &[("Start trial", 40), ("Request demo", 25), ("Visit homepage", 10), ("", 20), ("Request quote", 8)],
    ),
    ("Read case study", &[("Request demo", 20), ("Visit pricing page", 12), ("", 6)]),
    ("Request demo", &[("Discovery meeting", 40), ("", 10)]),
    ("Discovery meeting", &[("Request quote", 30), ("Start trial", 12), ("", 8)]),
    ("Request quote", &[("Negotiate contract", 24), ("Place order", 14), ("", 6)]),
    ("Start trial", &[("Place order", 30), ("Register account", 30), ("", 20), ("Visit pricing page", 10)]),
    ("Negotiate contract", &[("Sign contract", 24), ("Request quote", 6), ("", 3)]),
    ("Sign contract", &[("Pay invoice", 30), ("Kick-off call", 20)]),
    ("Place order", &[("Pay invoice", 40), ("Register account", 20), ("Payment failed", 8)]),
    ("Payment failed", &[("Pay invoice", 6), ("Open ticket", 4), ("", 2)]),
    (
        "Pay invoice",
        &[("Register account", 30), ("Kick-off call", 16), ("Log in", 12), ("Renew subscription", 8)],
    ),
    ("Register account", &[("Verify e-mail address", 50), ("Place order", 14), ("", 3)]),
    ("Verify e-mail address", &[("Import first data", 26), ("Log in", 20), ("Invite teammate", 10)]),
    ("Kick-off call", &[("Training", 20), ("Import first data", 20)]),
    ("Training", &[("Go live", 20), ("Import first data", 10)]),
    (
        "Import first data",
        &[("Invite teammate", 20), ("Log in", 20), ("Open ticket", 10), ("Import first data", 4)],
    ),
    ("Invite teammate", &[("Log in", 30), ("Go live", 6)]),
    ("Go live", &[("Log in", 24)]),
    (
        "Log in",
        &[
            ("Use dashboard", 40),
            ("Create report", 20),
            ("Open ticket", 12),
            ("Log in", 20),
            ("Export data", 8),
            ("", 9),
            ("Receive renewal notice", 9),
        ],
    ),
    ("Use dashboard", &[("Create report", 20), ("Log in", 30), ("Share report", 10), ("Open ticket", 5)]),
    ("Create report", &[("Share report", 20), ("Log in", 20), ("Export data", 10)]),
    ("Share report", &[("Log in", 20), ("Invite teammate", 5), ("Refer a friend", 3)]),
    ("Export data", &[("Log in", 10), ("Cancel subscription", 5)]),
    ("Open ticket", &[("First reply", 40), ("Chat with support", 12), ("Open ticket", 3)]),
    ("Chat with support", &[("Ticket resolved", 10), ("Ticket escalated", 4)]),
    ("First reply", &[("Ticket resolved", 30), ("Ticket escalated", 10), ("First reply", 5)]),
    ("Ticket escalated", &[("Ticket resolved", 8), ("Complaint", 4), ("Cancel subscription", 3)]),
    ("Complaint", &[("Refund", 3), ("Cancel subscription", 4), ("Ticket resolved", 2)]),
    ("Refund", &[("Cancel subscription", 2), ("Log in", 2)]),
    ("Ticket resolved", &[("Answer CSAT survey", 14), ("Log in", 30), ("Open ticket", 6)]),
    ("Answer CSAT survey", &[("Log in", 10), ("", 4)]),
    (
        "Receive renewal notice",
        &[("Renew subscription", 30), ("Upgrade plan", 8), ("Cancel subscription", 12), ("Open ticket", 3)],
    ),
    ("Renew subscription", &[("Log in", 20), ("Answer NPS survey", 14), ("Pay invoice", 10)]),
    ("Upgrade plan", &[("Pay invoice", 5), ("Log in", 5)]),
    ("Cancel subscription", &[("", 20), ("Win-back offer", 6)]),
    ("Win-back offer", &[("", 5), ("Log in", 1)]),
    ("Answer NPS survey", &[("Write review", 5), ("Refer a friend", 5), ("Log in", 5), ("", 3)]),
    ("Write review", &[("", 4), ("Refer a friend", 2)]),
    ("Refer a friend", &[("", 5)]),
];

fn sample_rows() -> Rows {
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let next: HashMap<&str, &[(&str, u64)]> = SAMPLE.iter().copied().collect();
    let mut rows = Vec::new();
    for case in 0..3000 {
        let mut now = "";
        for i in 0..40 {
            let options = next.get(now).copied().unwrap_or(&[]);
            let total: u64 = options.iter().map(|o| o.1).sum();
            let mut left = random(total.max(1));
            now = "";
            for (name, weight) in options {
                if left < *weight {
                    now = name;
                    break;
                }
                left -= weight;
            }
            if now.is_empty() {
                break;
            }
            rows.push((format!("c{case}"), now.to_owned(), i * 1_000_000));
        }
    }
    rows
}

fn big_rows(n_activities: u64, n_cases: u64) -> Rows {
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut rows = Vec::new();
    for case in 0..n_cases {
        let mut at = random(n_activities / 10);
        for i in 0..20 {
            rows.push((format!("c{case}"), format!("Activity number {at}"), i));
            at = (at + random(12) * random(12) * n_activities / 1000 + n_activities - n_activities / 50)
                % n_activities;
        }
    }
    rows
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rows = if args[0] == "big" {
        big_rows(args[1].parse().expect("a number"), args[2].parse().expect("a number"))
    } else if args[0] == "sample" {
        sample_rows()
    } else {
        csv_rows(&args[0], &args[1], &args[2], &args[3])
    };
    let ratio = |i: usize| args.get(i).and_then(|a| a.parse().ok());
    let mut batch = Batch::new("rows");
    for (digest, (customer, activity, start)) in (1_u64..).zip(&rows) {
        batch.push(NewEvent {
            customer,
            activity,
            start_micros: *start,
            end_micros: None,
            channel: None,
            account: None,
            text: None,
            money: None,
            line: 1,
            digest,
        });
    }
    let mut store = Store::new();
    let staged = store.stage(batch);
    store.commit(staged);
    let graph = FollowsGraph::counted(&store);
    let positions = Positions::from_scratch(&store);
    let plan = StagePlan::new(store.activities(), &graph, &positions, &StageWishes::default());
    let query = Query { activities_ratio: ratio(5), paths_ratio: ratio(6) };
    let before = std::time::Instant::now();
    let flow = flow(store.activities(), &graph, &plan, &positions, query);
    let took = before.elapsed();
    println!(
        "{:.0} × {:.0}, activities {} of {} ({:.2}), edges {} of {} ({:.2}), flow {:.3}, {took:?}",
        flow.width,
        flow.height,
        flow.n_drawn_activities,
        graph.activities().len(),
        flow.activities_ratio,
        flow.n_drawn_edges,
        flow.n_drawable_edges,
        flow.paths_ratio,
        flow.drawn_flow_ratio
    );
    std::fs::write(&args[4], svg(&flow, &plan, &graph)).expect("written");
}

fn svg(flow: &map::Flow, plan: &StagePlan, graph: &FollowsGraph) -> String {
    const COLOURS: [&str; 8] =
        ["#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377", "#7a7a7a", "#994f00"];
    let mut s = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 -40 {w} {h}' width='{w}' height='{h}' font-family='Inter,system-ui,DejaVu Sans,sans-serif'><defs>",
        w = flow.width,
        h = flow.height + 40.0
    );
    for (id, size) in [("s", 8), ("m", 12), ("l", 18)] {
        let _ = write!(
            s,
            "<marker id='{id}' viewBox='0 0 10 10' refX='0' refY='5' markerWidth='{size}' markerHeight='{size}' markerUnits='userSpaceOnUse' orient='auto'><path d='M0 0.5L10 5L0 9.5z' fill='context-stroke'/></marker>"
        );
    }
    s.push_str("</defs><rect x='-100' y='-100' width='6000' height='6000' fill='#fbfbfa'/>");
    for (i, (c, name)) in flow.columns.iter().zip(&plan.names).enumerate() {
        let fill = if i % 2 == 1 { "#f3f3f0" } else { "none" };
        let _ = write!(
            s,
            "<rect x='{}' y='-40' width='{}' height='{}' fill='{fill}'/><text x='{}' y='-16' font-size='13' font-weight='600'>{name}</text>",
            c.x,
            c.width,
            flow.height + 40.0,
            c.x + 10.0
        );
    }
    for e in &flow.edges {
        let arrow = if e.width < 2.5 {
            "s"
        } else if e.width < 6.0 {
            "m"
        } else {
            "l"
        };
        let dash = if e.backward { "stroke-dasharray='9 3'" } else { "" };
        let _ = write!(
            s,
            "<path d='{}' fill='none' stroke='#8896a6' stroke-width='{}' {dash} marker-end='url(#{arrow})'/>",
            e.path_data, e.width
        );
    }
    let mut taken: Vec<(f32, f32)> = Vec::new();
    for e in flow.edges.iter().rev() {
        if taken.iter().all(|t| (t.0 - e.label_x).abs() > 36.0 || (t.1 - e.label_y).abs() > 14.0) {
            taken.push((e.label_x, e.label_y));
            let _ = write!(
                s,
                "<text x='{}' y='{}' font-size='11' text-anchor='middle' dominant-baseline='central' paint-order='stroke' stroke='#fbfbfa' stroke-width='3'>{}</text>",
                e.label_x, e.label_y, e.n_occurrences
            );
        }
    }
    let by_kind: BTreeMap<bool, &str> = [(true, "#eeeeea"), (false, "#ffffff")].into();
    for n in &flow.nodes {
        let fill = by_kind[&matches!(n.kind, NodeKind::Start | NodeKind::Ended)];
        let dash = if n.kind == NodeKind::Other { "stroke-dasharray='4 3'" } else { "" };
        let colour = n.stage.map_or("#333", |stage| COLOURS[stage % 8]);
        let _ = write!(
            s,
            "<g transform='translate({} {})'><rect width='{}' height='{}' rx='6' fill='{fill}' stroke='#9aa3ad' {dash}/><rect width='4' height='{}' rx='2' fill='{colour}'/>",
            n.x, n.y, n.width, n.height, n.height
        );
        for (i, line) in n.lines.iter().enumerate() {
            let line = line.replace('&', "&amp;").replace('<', "&lt;");
            let _ =
                write!(s, "<text x='12' y='{}' font-size='13' font-weight='500'>{line}</text>", 17 + i * 14);
        }
        let count: u64 = n.activities.iter().map(|&a| graph.activities()[a as usize].n_occurrences).sum();
        let count = if n.activities.is_empty() { graph.n_cases() } else { count };
        let ends: u64 = n.activities.iter().map(|&a| graph.activities()[a as usize].n_ends).sum();
        let _ = write!(s, "<text x='12' y='{}' font-size='12'>{count}</text>", n.height - 8.0);
        if ends > 0 {
            let (x, h) = (n.width - 14.0, n.height);
            let _ = write!(
                s,
                "<path d='M{x} {h}v6m-4 0h8' stroke='#a33' fill='none' stroke-width='1.5'/><text x='{}' y='{}' font-size='11' fill='#a33' text-anchor='end'>{ends}</text>",
                x - 8.0,
                h + 9.0
            );
        }
        s.push_str("</g>");
    }
    s.push_str("</svg>");
    s
}
