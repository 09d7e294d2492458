//! Paths. Marks: `link:2:=cart:other` for a link that leaves step 2, `node:2:=cart` for a node of it; a node is `=` and its name,
//! `other`, `skipped` or `ended`.

use super::sheet::{Cell, Sheet, count, marked, number, ordinal, say, share};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, ItemGroup, ItemRules, PathNode, PathSpec, PathUnit, Paths, Proportion, Unit};
use journey::{path_cases, paths};
use protocol::question::Paths as Asked;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

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
        // A session is cut already.
        gap_micros: (asked.by_session && subject.query.unit != Unit::Sessions).then_some(timeout),
        start: asked.start.clone(),
        end: asked.end.clone(),
        n_steps: asked.n_steps as usize,
        n_rows: asked.n_rows as usize,
        unit: match subject.query.unit {
            Unit::Occurrences => PathUnit::Occurrences,
            Unit::Sessions | Unit::Customers | Unit::Accounts => PathUnit::Cases,
        },
        ..PathSpec::default()
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Findings {
    let spec = spec(subject, asked);
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        ([links(&found, group), nodes(&found, group), coverage(&found)], found)
    });
    let ([mut links, mut nodes, mut coverage], found) = first;
    if let Some(([other_links, other_nodes, other_coverage], _)) = other {
        coverage = coverage.beside(Some(other_coverage));
        links = links.beside(Some(other_links));
        nodes = nodes.beside(Some(other_nodes));
    }
    let mut ground = super::Ground::from(&found.basis);
    let unit = if spec.unit == PathUnit::Cases { words::unit_key(ground.unit) } else { "unit.paths" };
    if spec.unit == PathUnit::Occurrences {
        ground.unit = Unit::Occurrences;
        ground.n_units = found.steps.first().map_or(0, |step| step.n_paths);
    }
    Findings {
        title: match (&asked.start, &asked.end) {
            (None, None) => words::word("paths.title"),
            (Some(start), None) => words::of("paths.title.from", [words::name(start)]),
            (None, Some(end)) => words::of("paths.title.to", [words::name(end)]),
            (Some(start), Some(end)) => {
                words::of("paths.title.from_to", [words::name(start), words::name(end)])
            }
        },
        finding: finding(&found, unit),
        definition: "definition.paths",
        formulas: &["formula.paths.1", "formula.paths.2", "formula.paths.3"],
        parameters: parameters(asked),
        tables: vec![links.finish(), nodes.finish(), coverage.finish()],
        ground,
        issues: found.issues.iter().map(words::issue).collect(),
        ..Findings::default()
    }
}

fn parameters(asked: &Asked) -> Vec<(Sentence, Sentence)> {
    let or = |name: &Option<String>, none: &str| {
        name.as_ref().map_or_else(|| words::word(none), |name| words::name(name))
    };
    let groups = asked
        .groups
        .iter()
        .map(|(pattern, name)| words::of("paths.group", [Sentence::text(pattern), Sentence::text(name)]));
    [
        ("param.begin", or(&asked.start, "paths.first_event")),
        ("param.end", or(&asked.end, "paths.last_event")),
        ("param.steps_shown", words::count(u64::from(asked.n_steps))),
        ("param.rows_shown", words::count(u64::from(asked.n_rows))),
        ("param.left_out", words::list(asked.exclude.iter().map(Sentence::text))),
        ("param.as_one", words::list(groups)),
        ("param.by_session", words::yes(asked.by_session)),
    ]
    .map(|(name, value)| (words::word(name), value))
    .to_vec()
}

fn finding(found: &Paths, unit: &str) -> Sentence {
    let Some(first) = found.steps.first() else {
        return words::word("paths.none");
    };
    let top = found.links.iter().filter(|link| link.step == 1 && link.target != PathNode::Ended);
    let top = top.max_by(|a, b| a.value.cmp(&b.value)).map(|link| {
        let lead = words::part(Proportion { n: link.value, of: first.n_paths }, unit);
        words::of("paths.top", [caption(found, link.source), caption(found, link.target), lead])
    });
    let ended = words::part(Proportion { n: first.n_ended, of: first.n_paths }, unit);
    let shown = Sentence::new("paths.shown", [Value::Ratio(found.coverage)]);
    words::text([Some(shown), top, Some(words::of("paths.one_step", [ended]))].into_iter().flatten())
}

fn item(found: &Paths, item: u32) -> &str {
    found.items.get(item as usize).map_or("", String::as_str)
}

fn caption(found: &Paths, node: PathNode) -> Sentence {
    match node {
        PathNode::Item(at) => Sentence::text(item(found, at)),
        PathNode::Other => words::word("cell.other"),
        PathNode::Skipped => words::word("cell.more"),
        PathNode::Ended => words::word("cell.ended"),
    }
}

fn field(found: &Paths, node: PathNode) -> String {
    match node {
        PathNode::Item(at) => format!("={}", item(found, at)),
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
        ("step", "col.paths.step", ColumnKind::Count),
        ("source", "col.from", ColumnKind::Text),
        ("target", "col.to", ColumnKind::Text),
        ("value", "col.paths", ColumnKind::Count),
        ("cases", "col.customers", ColumnKind::Count),
        ("share_of_prev", "col.of_those_before", ColumnKind::Ratio),
        ("share_of_start", "col.of_all", ColumnKind::Ratio),
        ("median_time", "col.median_time", ColumnKind::Seconds),
    ];
    let mut sheet = Sheet::new("links", "table.paths.links", Chart::Flow, 3, &columns);
    let n_paths = found.steps.first().map_or(0, |step| step.n_paths);
    for link in &found.links {
        let (step, source, target) =
            (link.step.to_string(), field(found, link.source), field(found, link.target));
        let before = found.steps.get(link.step - 1);
        let before = before.and_then(|step| step.nodes.iter().find(|node| node.node == link.source));
        sheet.row([
            ordinal(link.step as u64),
            say(caption(found, link.source)),
            say(caption(found, link.target)),
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
        ("step", "col.step", ColumnKind::Count),
        ("activity", "col.activity", ColumnKind::Text),
        ("value", "col.paths", ColumnKind::Count),
        ("cases", "col.customers", ColumnKind::Count),
        ("activities", "col.activities", ColumnKind::Count),
        ("share_of_step", "col.of_the_step", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("steps", "table.paths.steps", Chart::None, 2, &columns);
    for step in &found.steps {
        let name = step.step.to_string();
        for node in &step.nodes {
            sheet.row([
                ordinal(step.step as u64),
                say(caption(found, node.node)),
                count(node.value),
                marked(node.n_cases, group, &["node", &name, &field(found, node.node)]),
                count(node.n_items),
                share(Proportion { n: node.value, of: step.n_paths }),
            ]);
        }
    }
    sheet
}

fn coverage(found: &Paths) -> Sheet {
    let columns =
        [("paths", "col.paths", ColumnKind::Count), ("coverage", "col.shown_by_name", ColumnKind::Ratio)];
    let mut sheet = Sheet::new("coverage", "table.paths.coverage", Chart::None, 0, &columns);
    sheet.row([count(found.steps.first().map_or(0, |step| step.n_paths)), number(found.coverage)]);
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let spec = spec(subject, asked);
    let found = paths(subject.store, &subject.query.scope(group), &spec);
    let mark = match fields {
        ["node", step, node] => (step.parse().ok()?, node_of_field(&found, node)?, None),
        ["link", step, source, target] => {
            (step.parse().ok()?, node_of_field(&found, source)?, Some(node_of_field(&found, target)?))
        }
        _ => return None,
    };
    Some(path_cases(subject.store, &subject.query.scope(group), &spec, &found, mark))
}
