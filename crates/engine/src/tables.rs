//! The graph as tables, and the variants.

use crate::Engine;
use crate::convert::{ratio, stats_to_wire};
use crate::stages;
use journey::{Durations, Edge};
use protocol::view::{ActivityRow, EdgeRow, GraphTable, VariantList, VariantRow};

/// All activities and edges, most frequent first, ties by name.
pub(crate) fn graph(engine: &Engine) -> GraphTable {
    let (graph, plan, names) = (engine.analysis.graph(), engine.analysis.plan(), engine.store.activities());
    let mut activities = Vec::new();
    let mut edges: Vec<EdgeRow> = graph.edges().into_iter().map(|edge| edge_row(engine, edge)).collect();
    for (activity, count) in (0_u32..).zip(graph.activities()).filter(|(_, count)| count.n_occurrences > 0) {
        let name = names.get(activity);
        let assignment = plan.assignments.get(activity as usize);
        activities.push(ActivityRow {
            name: name.to_owned(),
            stage: plan.names.get(plan.stage_of(activity)).cloned().unwrap_or_default(),
            stage_reason: assignment.map(stages::reason_of_one).unwrap_or_default(),
            stage_confidence_ratio: assignment.map_or(0.0, |a| a.confidence_ratio),
            stage_custom: assignment.is_some_and(|a| a.rule == journey::StageRule::Custom),
            n_occurrences: count.n_occurrences,
            n_cases: count.n_cases,
            n_starts: count.n_starts,
            n_ends: count.n_ends,
            service: graph.service_stats(activity).map(stats_to_wire),
        });
        let virtual_row = |from: &str, to: &str, n: u64| EdgeRow {
            from: from.to_owned(),
            to: to.to_owned(),
            n_occurrences: n,
            n_cases: n,
            case_ratio: ratio(n, graph.n_cases()),
            time: None,
        };
        if count.n_starts > 0 {
            edges.push(virtual_row("", name, count.n_starts));
        }
        if count.n_ends > 0 {
            edges.push(virtual_row(name, "", count.n_ends));
        }
    }
    activities.sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| a.name.cmp(&b.name)));
    edges.sort_by(|a, b| {
        b.n_occurrences.cmp(&a.n_occurrences).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
    });
    GraphTable { activities, edges }
}

fn edge_row(engine: &Engine, edge: &Edge) -> EdgeRow {
    let names = engine.store.activities();
    EdgeRow {
        from: names.get(edge.from).to_owned(),
        to: names.get(edge.to).to_owned(),
        n_occurrences: edge.n_occurrences,
        n_cases: edge.n_cases,
        case_ratio: ratio(edge.n_cases, engine.analysis.graph().n_cases()),
        time: edge.time_stats().map(stats_to_wire),
    }
}

/// What is collected of each listed variant in one pass over the cases.
#[derive(Default)]
struct Gathered {
    cycle_micros: Vec<i64>,
    /// The two first customers by name.
    examples: Vec<u32>,
}

/// Variants from rank `offset`, at most `limit`.
pub(crate) fn variants(engine: &Engine, offset: u32, limit: u32) -> VariantList {
    let (variants, names) = (engine.analysis.variants(), engine.store.activities());
    let n_cases = engine.analysis.graph().n_cases();
    let (offset_len, limit_len) = (offset as usize, limit as usize);
    let ranked = variants.ranked(names, offset_len.saturating_add(limit_len));
    let n_before: u64 = ranked.iter().take(offset_len).map(|&variant| variants.n_cases(variant)).sum();
    let listed = ranked.get(offset_len..).unwrap_or(&[]);
    let mut gathered = gather(engine, listed);
    let mut n_so_far = n_before;
    let mut rows = Vec::with_capacity(listed.len());
    for ((&variant, found), rank) in listed.iter().zip(&mut gathered).zip(u64::from(offset) + 1..) {
        let n = variants.n_cases(variant);
        n_so_far += n;
        let Some(cycle) = Durations::from_unsorted(std::mem::take(&mut found.cycle_micros)).stats() else {
            continue;
        };
        let customer = |case: &u32| engine.store.customers().get(*case).to_owned();
        rows.push(VariantRow {
            rank,
            trace: variants.trace(variant).iter().map(|&activity| names.get(activity).to_owned()).collect(),
            n_cases: n,
            case_ratio: ratio(n, n_cases),
            cumulative_ratio: ratio(n_so_far, n_cases),
            cycle: stats_to_wire(cycle),
            examples: found.examples.iter().map(customer).collect(),
        });
    }
    VariantList { n_total: variants.len(), n_cases, offset, rows }
}

fn gather(engine: &Engine, listed: &[u32]) -> Vec<Gathered> {
    const NOT_LISTED: u32 = u32::MAX;
    let variants = engine.analysis.variants();
    let highest = listed.iter().max().map_or(0, |&variant| variant as usize + 1);
    let mut place_of = vec![NOT_LISTED; highest];
    for (place, &variant) in (0_u32..).zip(listed) {
        place_of[variant as usize] = place;
    }
    let mut gathered: Vec<Gathered> = listed.iter().map(|_| Gathered::default()).collect();
    let customers = engine.store.customers();
    for (case, events) in engine.store.cases() {
        let place = variants.variant_of(case).and_then(|variant| place_of.get(variant as usize));
        let Some(found) = place.and_then(|&place| gathered.get_mut(place as usize)) else { continue };
        found.cycle_micros.push(events.cycle_micros());
        let examples = &mut found.examples;
        let at = examples.iter().position(|&other| customers.get(case) < customers.get(other));
        match at {
            Some(at) => examples.insert(at, case),
            None if examples.len() < 2 => examples.push(case),
            None => {}
        }
        examples.truncate(2);
    }
    gathered
}
