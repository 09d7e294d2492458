//! Paths. Marks: `link:2:=cart:other` for a link that leaves step 2, `node:2:=cart` for a node of it; a node is `=` and its name,
//! `other`, `skipped` or `ended`.

use super::sheet::{Sheet, count, marked, number, share, text};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, ItemGroup, ItemRules, PathNode, PathSpec, PathUnit, Paths, Proportion, Unit};
use journey::{path_cases, paths};
use protocol::question::Paths as Asked;
use protocol::report::{Cell, Chart, ColumnKind};

fn spec(subject: &Subject<'_>, asked: &Asked) -> PathSpec {
    let group =
        |(pattern, name): &(String, String)| ItemGroup { pattern: pattern.clone(), name: name.clone() };
    let timeout = i64::from(subject.query.session_timeout_secs) * 1_000_000;
    PathSpec {
        rules: ItemRules {
            replace: Vec::new(),
            groups: asked.groups.iter().map(group).collect(),
            exclude: asked.exclude.clone(),
        },
        gap_micros: asked.by_session.then_some(timeout),
        start: asked.start.clone(),
        end: asked.end.clone(),
        n_steps: asked.n_steps as usize,
        n_rows: asked.n_rows as usize,
        unit: match subject.query.unit {
            Unit::Sessions | Unit::Occurrences => PathUnit::Occurrences,
            Unit::Customers | Unit::Accounts => PathUnit::Cases,
        },
        period: subject.query.period,
        ..PathSpec::default()
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Findings {
    let spec = spec(subject, asked);
    let (first, other) = subject.both(|cases, group| {
        let found = paths(subject.store, cases.iter(), &spec);
        (links(&found, group), nodes(&found, group), found)
    });
    let (mut links, mut nodes, mut found) = first;
    if let Some((other_links, other_nodes, _)) = other {
        links = links.beside(Some(other_links));
        nodes = nodes.beside(Some(other_nodes));
    }
    let mut ground = super::Ground::from(&found.basis);
    let unit = if spec.unit == PathUnit::Cases { "customers" } else { "paths" };
    if spec.unit == PathUnit::Occurrences {
        ground.unit = subject.query.unit;
        ground.n_units = found.steps.first().map_or(0, |step| step.n_paths);
    }
    Findings {
        title: match (&asked.start, &asked.end) {
            (None, None) => "Paths from the first event".to_owned(),
            (Some(start), None) => format!("Paths from “{start}”"),
            (None, Some(end)) => format!("Paths to “{end}”"),
            (Some(start), Some(end)) => format!("Paths from “{start}” to “{end}”"),
        },
        finding: finding(&found, unit),
        definition: "Which activity comes at each step and where it leads. Activities that repeat right after themselves are one stop. \
            Everything is counted on whole paths; what is not shown by name is “Other”.",
        formulas: &[
            "value = paths along the link; paths at a step = paths at the next + ended",
            "share_of_prev = value / paths at the source; share_of_start = value / paths at the first step",
            "time = start of the later stop − end of the earlier",
        ],
        parameters: parameters(asked),
        tables: vec![links.finish(), nodes.finish()],
        ground,
        issues: std::mem::take(&mut found.issues),
        ..Findings::default()
    }
}

fn parameters(asked: &Asked) -> Vec<(String, String)> {
    let or = |name: &Option<String>, none: &str| name.clone().unwrap_or_else(|| none.to_owned());
    let groups: Vec<String> =
        asked.groups.iter().map(|(pattern, name)| format!("{pattern} as {name}")).collect();
    let list = |list: &[String]| if list.is_empty() { "nothing".to_owned() } else { list.join(", ") };
    [
        ("begin with", or(&asked.start, "the first event")),
        ("end with", or(&asked.end, "the last event")),
        ("steps shown", asked.n_steps.to_string()),
        ("activities shown for each step", asked.n_rows.to_string()),
        ("left out", list(&asked.exclude)),
        ("shown as one", list(&groups)),
        ("a pause begins a new path", words::yes(asked.by_session)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn finding(found: &Paths, unit: &str) -> String {
    let Some(first) = found.steps.first() else {
        return "There is no path.".to_owned();
    };
    let top = found.links.iter().filter(|link| link.step == 1 && link.target != PathNode::Ended);
    let top = top.max_by(|a, b| a.value.cmp(&b.value));
    let step = top.map_or_else(String::new, |link| {
        let (from, to) = (caption(found, link.source), caption(found, link.target));
        let lead = words::part(Proportion { n: link.value, of: first.n_paths }, unit);
        format!(" Most often “{from}” and “{to}” are the first two steps: {lead}.")
    });
    let ended = words::part(Proportion { n: first.n_ended, of: first.n_paths }, unit);
    let shown = found.coverage * 100.0;
    format!("{shown:.1} % of paths pass only activities shown by name.{step} {ended} have one step only.")
}

fn caption(found: &Paths, node: PathNode) -> &str {
    match node {
        PathNode::Item(item) => found.items.get(item as usize).map_or("", String::as_str),
        PathNode::Other => "(other)",
        PathNode::Skipped => "(more)",
        PathNode::Ended => "(ended)",
    }
}

fn field(found: &Paths, node: PathNode) -> String {
    match node {
        PathNode::Item(_) => format!("={}", caption(found, node)),
        PathNode::Other => "other".to_owned(),
        PathNode::Skipped => "skipped".to_owned(),
        PathNode::Ended => "ended".to_owned(),
    }
}

fn node_of_field(found: &Paths, field: &str) -> Option<PathNode> {
    match field {
        "other" => Some(PathNode::Other),
        "skipped" => Some(PathNode::Skipped),
        "ended" => Some(PathNode::Ended),
        named => {
            let name = named.strip_prefix('=')?;
            let at = found.items.iter().position(|item| item == name)?;
            u32::try_from(at).ok().map(PathNode::Item)
        }
    }
}

fn links(found: &Paths, group: Marker) -> Sheet {
    let columns = [
        ("step", "Step", ColumnKind::Count, "The step that the link leaves."),
        ("source", "From", ColumnKind::Text, ""),
        ("target", "To", ColumnKind::Text, ""),
        ("value", "Paths", ColumnKind::Count, ""),
        ("cases", "Customers", ColumnKind::Count, ""),
        ("share_of_prev", "Of those before", ColumnKind::Ratio, "Of the paths at the source."),
        ("share_of_start", "Of all", ColumnKind::Ratio, "Of the paths at the first step."),
        ("median_time", "Median time", ColumnKind::Seconds, ""),
    ];
    let mut sheet = Sheet::new("links", "From step to step", Chart::Flow, 3, &columns);
    let n_paths = found.steps.first().map_or(0, |step| step.n_paths);
    for link in &found.links {
        let (step, source, target) =
            (link.step.to_string(), field(found, link.source), field(found, link.target));
        let before = found.steps.get(link.step - 1);
        let before = before.and_then(|step| step.nodes.iter().find(|node| node.node == link.source));
        sheet.row([
            Cell { text: step.clone(), ..count(link.step as u64) },
            text(caption(found, link.source)),
            text(caption(found, link.target)),
            count(link.value),
            marked(link.n_cases, group, &["link", &step, &source, &target]),
            share(Proportion { n: link.value, of: before.map_or(0, |node| node.value) }),
            share(Proportion { n: link.value, of: n_paths }),
            link.median_secs.map_or_else(Cell::default, number),
        ]);
    }
    sheet
}

fn nodes(found: &Paths, group: Marker) -> Sheet {
    let columns = [
        ("step", "Step", ColumnKind::Count, ""),
        ("activity", "Activity", ColumnKind::Text, ""),
        ("value", "Paths", ColumnKind::Count, ""),
        ("cases", "Customers", ColumnKind::Count, ""),
        ("activities", "Activities", ColumnKind::Count, "How many activities it stands for."),
        ("share_of_step", "Of the step", ColumnKind::Ratio, "Of the paths that get to this step."),
    ];
    let mut sheet = Sheet::new("steps", "Activities at each step", Chart::None, 2, &columns);
    for step in &found.steps {
        let name = step.step.to_string();
        for node in &step.nodes {
            sheet.row([
                Cell { text: name.clone(), ..count(step.step as u64) },
                text(caption(found, node.node)),
                count(node.value),
                marked(node.n_cases, group, &["node", &name, &field(found, node.node)]),
                count(node.n_items),
                share(Proportion { n: node.value, of: step.n_paths }),
            ]);
        }
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let spec = spec(subject, asked);
    let found = paths(subject.store, group.iter(), &spec);
    let mark = match fields {
        ["node", step, node] => (step.parse().ok()?, node_of_field(&found, node)?, None),
        ["link", step, source, target] => {
            (step.parse().ok()?, node_of_field(&found, source)?, Some(node_of_field(&found, target)?))
        }
        _ => return None,
    };
    Some(path_cases(subject.store, group.iter(), &spec, &found, mark))
}
