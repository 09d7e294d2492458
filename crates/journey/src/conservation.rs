//! The check that nothing leaks: flow into every node equals flow out of it.

use crate::FollowsGraph;
use event::Names;

/// The outcome of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conservation {
    /// Nodes checked, the virtual start and end included.
    pub n_checked: u64,
    /// The first violations in words, by activity number; empty when flow is conserved.
    pub violations: Vec<String>,
}

/// Checks for every activity that starts + incoming = occurrences = outgoing + ends, and that starts and ends each
/// sum to the number of cases. Costs O(activities + edges).
pub fn check_conservation(graph: &FollowsGraph, names: &Names) -> Conservation {
    /// More than this many violations are one and the same fault.
    const MAX_LISTED: usize = 8;
    let n = graph.activities().len();
    let (mut flow_in, mut flow_out) = (vec![0_u64; n], vec![0_u64; n]);
    for edge in graph.edges() {
        flow_out[edge.from as usize] += edge.n_occurrences;
        flow_in[edge.to as usize] += edge.n_occurrences;
    }
    let mut violations = Vec::new();
    let (mut n_starts, mut n_ends) = (0, 0);
    for (i, count) in graph.activities().iter().enumerate() {
        n_starts += count.n_starts;
        n_ends += count.n_ends;
        let (inward, outward) = (flow_in[i] + count.n_starts, flow_out[i] + count.n_ends);
        if inward != count.n_occurrences || outward != count.n_occurrences {
            let name = names.get(u32::try_from(i).unwrap_or(u32::MAX));
            violations
                .push(format!("{name}: {inward} in, {} occurrences, {outward} out", count.n_occurrences));
        }
    }
    if n_starts != graph.n_cases() || n_ends != graph.n_cases() {
        violations.push(format!("{} cases, {n_starts} starts, {n_ends} ends", graph.n_cases()));
    }
    violations.truncate(MAX_LISTED);
    let n_checked = graph.activities().iter().filter(|a| a.n_occurrences > 0).count() as u64 + 2;
    Conservation { n_checked, violations }
}
