//! Which activities and edges are drawn; numbers are only summed, never changed.

use crate::NodeKind;
use event::Names;
use journey::{FollowsGraph, Positions, StagePlan};
use std::cmp::Reverse;

/// More activities are never drawn by themselves; the rest is in "Other".
pub(crate) const MAX_DRAWN_ACTIVITIES: usize = 200;
/// More edges are drawn only where every node's strongest ones alone are more.
pub(crate) const MAX_DRAWN_EDGES: usize = 2_000;
/// Without a wish, so many activities are drawn at most …
const DEFAULT_MAX_ACTIVITIES: usize = 24;
/// … so many boxes, "Other" included …
const DEFAULT_MAX_BOXES: usize = 32;
/// … but not fewer activities than this …
const DEFAULT_MIN_ACTIVITIES: usize = 12;
/// … and so many edges for every four nodes.
const DEFAULT_EDGES_PER_FOUR_NODES: usize = 7;

/// How much to draw.
///
/// Both are ratios 0…1, values outside are taken as the nearer end; `None` lets the map choose a readable amount.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Query {
    /// Share of the number of activities to draw by themselves, most frequent first, ties by name, at least one.
    ///
    /// The rest is grouped into one "Other" for every stage; a group of one is drawn as itself.
    pub activities_ratio: Option<f64>,
    /// Share of every node's outgoing occurrences that its drawn edges must carry, strongest first, ties by activity
    /// number.
    ///
    /// Every node's strongest edge to and from another node is drawn at any ratio, so that nothing floats.
    pub paths_ratio: Option<f64>,
}

/// A node that is drawn, without a place.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) kind: NodeKind,
    pub(crate) activities: Vec<u32>,
    pub(crate) stage: Option<usize>,
    pub(crate) name: String,
    /// Typical position in the journey, 0…1.
    pub(crate) mean_ratio: f64,
}

/// An edge between two marks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) n_occurrences: u64,
    pub(crate) out_ratio: f64,
}

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) activities_ratio: f64,
    pub(crate) paths_ratio: f64,
    /// The start, activities by name, "Other" by stage, the end; none for a graph without cases.
    pub(crate) marks: Vec<Mark>,
    /// Ordered by `from` and `to`.
    pub(crate) lines: Vec<Line>,
    pub(crate) n_drawn_activities: usize,
    pub(crate) n_drawable_edges: usize,
    pub(crate) drawn_flow_ratio: f64,
}

/// Chooses what to draw. Costs O(edges · log edges).
pub(crate) fn choose(
    names: &Names,
    graph: &FollowsGraph,
    plan: &StagePlan,
    positions: &Positions,
    query: Query,
) -> Choice {
    let ranked = ranked(names, graph);
    if ranked.is_empty() {
        let whole = |ratio| wish(ratio).unwrap_or(1.0);
        return Choice {
            activities_ratio: whole(query.activities_ratio),
            paths_ratio: whole(query.paths_ratio),
            drawn_flow_ratio: 1.0,
            ..Choice::default()
        };
    }
    let (activities_ratio, n_wanted) = n_wanted(&ranked, plan, wish(query.activities_ratio));
    let marks = marks(names, graph, plan, positions, &ranked, n_wanted);
    let drawable = drawable(graph, &marks);
    let total: u64 = drawable.iter().map(|one| one.line.n_occurrences).sum();
    let n_drawable_edges = drawable.len();
    let paths_ratio = paths_ratio(&drawable, marks.len(), wish(query.paths_ratio));
    let lines: Vec<Line> =
        drawable.into_iter().filter(|one| one.is_drawn_at(paths_ratio)).map(|one| one.line).collect();
    let drawn: u64 = lines.iter().map(|line| line.n_occurrences).sum();
    Choice {
        activities_ratio,
        paths_ratio,
        n_drawn_activities: marks.iter().filter(|mark| mark.kind == NodeKind::Activity).count(),
        marks,
        lines,
        n_drawable_edges,
        drawn_flow_ratio: ratio(drawn, total),
    }
}

/// A wish that can be used.
fn wish(ratio: Option<f64>) -> Option<f64> {
    ratio.filter(|ratio| !ratio.is_nan()).map(|ratio| ratio.clamp(0.0, 1.0))
}

/// Activities that occur, most frequent first, ties by name.
fn ranked(names: &Names, graph: &FollowsGraph) -> Vec<u32> {
    let numbered = (0_u32..).zip(graph.activities());
    let mut ranked: Vec<(u64, u32)> = numbered
        .filter(|(_, count)| count.n_occurrences > 0)
        .map(|(a, count)| (count.n_occurrences, a))
        .collect();
    ranked.sort_by(|a, b| (Reverse(a.0), names.get(a.1)).cmp(&(Reverse(b.0), names.get(b.1))));
    ranked.into_iter().map(|(_, activity)| activity).collect()
}

/// The ratio to report and how many activities it draws.
fn n_wanted(ranked: &[u32], plan: &StagePlan, wished: Option<f64>) -> (f64, usize) {
    let n = ranked.len();
    let share = |k: usize| ratio(k as u64, n as u64);
    let first_reaching = |wanted: f64| (1..n).find(|&k| share(k) >= wanted).unwrap_or(n);
    if let Some(wanted) = wished {
        let k = first_reaching(wanted);
        return if k > MAX_DRAWN_ACTIVITIES {
            (share(MAX_DRAWN_ACTIVITIES), MAX_DRAWN_ACTIVITIES)
        } else {
            (wanted, k)
        };
    }
    let n_boxes = |k: usize| {
        let mut stages: Vec<usize> = ranked[k..].iter().map(|&activity| plan.stage_of(activity)).collect();
        stages.sort_unstable();
        stages.dedup();
        k + stages.len()
    };
    let most = n.min(DEFAULT_MAX_ACTIVITIES);
    let least = most.min(DEFAULT_MIN_ACTIVITIES);
    let k = (least..=most).rev().find(|&k| n_boxes(k) <= DEFAULT_MAX_BOXES).unwrap_or(least);
    // A whole percentage where one draws the same, so that a slider can stand there.
    let percent = (0..=100_u64).rev().map(|p| ratio(p, 100)).find(|&p| p <= share(k));
    (percent.filter(|&p| first_reaching(p) == k).unwrap_or(share(k)), k)
}

fn marks(
    names: &Names,
    graph: &FollowsGraph,
    plan: &StagePlan,
    positions: &Positions,
    ranked: &[u32],
    n_wanted: usize,
) -> Vec<Mark> {
    let mut by_stage: Vec<Vec<u32>> = vec![Vec::new(); plan.names.len().max(1)];
    for &activity in &ranked[n_wanted..] {
        by_stage[plan.stage_of(activity).min(plan.names.len().saturating_sub(1))].push(activity);
    }
    let mut alone: Vec<u32> = ranked[..n_wanted].to_vec();
    alone.extend(
        by_stage.iter().filter_map(|group| if let [only] = group.as_slice() { Some(*only) } else { None }),
    );
    // By name, not by number: numbers follow the order of rows in a file, which must not show.
    alone.sort_unstable_by_key(|&activity| names.get(activity));
    let of = |kind, activities: Vec<u32>, stage, name| {
        let weights = activities.iter().map(|&activity| {
            let n = graph.activities().get(activity as usize).map_or(0, |count| count.n_occurrences);
            (n as f64, positions.mean_ratio(activity))
        });
        let (n, sum) = weights.fold((0.0, 0.0), |(n, sum), (weight, at)| (n + weight, sum + weight * at));
        let mean_ratio = if n > 0.0 { sum / n } else { 0.0 };
        Mark { kind, activities, stage, name, mean_ratio }
    };
    let stage_of = |activity| Some(plan.stage_of(activity).min(plan.names.len().saturating_sub(1)));
    let mut marks = vec![of(NodeKind::Start, Vec::new(), None, "Start".to_owned())];
    marks.extend(alone.iter().map(|&activity| {
        of(NodeKind::Activity, vec![activity], stage_of(activity), names.get(activity).to_owned())
    }));
    for (stage, mut group) in by_stage.into_iter().enumerate().filter(|(_, group)| group.len() > 1) {
        group.sort_unstable_by_key(|&activity| names.get(activity));
        let name = format!("Other ({})", group.len());
        marks.push(of(NodeKind::Other, group, Some(stage), name));
    }
    marks.push(of(NodeKind::Ended, Vec::new(), None, "Ended".to_owned()));
    marks
}

/// An edge that could be drawn.
struct Drawable {
    line: Line,
    /// Share of the source's outgoing occurrences that stronger edges carry.
    stronger_ratio: f64,
    /// The strongest from or to its node.
    always: bool,
}

impl Drawable {
    fn is_drawn_at(&self, paths_ratio: f64) -> bool {
        self.always || self.stronger_ratio < paths_ratio
    }
}

/// All edges between marks with what decides about drawing them, ordered by `from` and `to`.
fn drawable(graph: &FollowsGraph, marks: &[Mark]) -> Vec<Drawable> {
    let merged = merged(graph, marks);
    let mut out_totals = vec![0_u64; marks.len()];
    for &(from, _, n) in &merged {
        out_totals[from] += n;
    }
    let mut all: Vec<Drawable> = merged
        .into_iter()
        .map(|(from, to, n_occurrences)| Drawable {
            line: Line { from, to, n_occurrences, out_ratio: ratio(n_occurrences, out_totals[from]) },
            stronger_ratio: 0.0,
            always: false,
        })
        .collect();
    let mut by_strength: Vec<usize> = (0..all.len()).collect();
    by_strength.sort_by_key(|&i| (Reverse(all[i].line.n_occurrences), all[i].line.from, all[i].line.to));
    let mut carried = vec![0_u64; marks.len()];
    let (mut leaves, mut enters) = (vec![false; marks.len()], vec![false; marks.len()]);
    for i in by_strength {
        let Line { from, to, n_occurrences, .. } = all[i].line;
        all[i].stronger_ratio = ratio(carried[from], out_totals[from]);
        carried[from] += n_occurrences;
        if from != to {
            let is_first_out = !std::mem::replace(&mut leaves[from], true);
            let is_first_in = !std::mem::replace(&mut enters[to], true);
            all[i].always = is_first_out || is_first_in;
        }
    }
    all
}

/// Occurrences between marks, start and end included, ordered by the two marks.
fn merged(graph: &FollowsGraph, marks: &[Mark]) -> Vec<(usize, usize, u64)> {
    let (start, ended) = (0, marks.len() - 1);
    let mut mark_of = vec![None; graph.activities().len()];
    for (i, mark) in marks.iter().enumerate() {
        for &activity in &mark.activities {
            mark_of[activity as usize] = Some(i);
        }
    }
    let mut pairs: Vec<(usize, usize, u64)> = Vec::new();
    for edge in graph.edges() {
        if let (Some(from), Some(to)) = (mark_of[edge.from as usize], mark_of[edge.to as usize]) {
            pairs.push((from, to, edge.n_occurrences));
        }
    }
    for (mark, count) in mark_of.iter().zip(graph.activities()) {
        if let Some(mark) = *mark {
            pairs.push((start, mark, count.n_starts));
            pairs.push((mark, ended, count.n_ends));
        }
    }
    pairs.retain(|pair| pair.2 > 0);
    pairs.sort_unstable();
    let mut merged: Vec<(usize, usize, u64)> = Vec::with_capacity(pairs.len());
    for (from, to, n) in pairs {
        match merged.last_mut() {
            Some(last) if (last.0, last.1) == (from, to) => last.2 += n,
            _ => merged.push((from, to, n)),
        }
    }
    merged
}

/// The ratio of paths to use.
fn paths_ratio(drawable: &[Drawable], n_marks: usize, wished: Option<f64>) -> f64 {
    let n_drawn = |ratio: f64| drawable.iter().filter(|one| one.is_drawn_at(ratio)).count();
    let (most, limit) = match wished {
        Some(wanted) if n_drawn(wanted) <= MAX_DRAWN_EDGES => return wanted,
        Some(wanted) => (wanted, MAX_DRAWN_EDGES),
        None => (1.0, (n_marks * DEFAULT_EDGES_PER_FOUR_NODES / 4).min(MAX_DRAWN_EDGES)),
    };
    // Whole percentages, so that a slider can stand there.
    (0..=100_u64).rev().map(|p| ratio(p, 100)).find(|&p| p <= most && n_drawn(p) <= limit).unwrap_or(0.0)
}

/// The share of a part; 0 of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
