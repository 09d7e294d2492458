//! First guesses from the data, so that there is a result before anything is filled in.

use protocol::{question::Support, view::GraphTable};

/// Words in names of activities that tell what they mean for a ticket; the first list whose words all occur wins.
const CREATED: [&[&str]; 6] =
    [&["open", "ticket"], &["creat", "ticket"], &["open", "case"], &["creat", "case"], &["open"], &["creat"]];
const REPLIED: [&[&str]; 5] =
    [&["repl"], &["respon"], &["answer", "support"], &["agent", "comment"], &["answer"]];
const SOLVED: [&[&str]; 4] = [&["solved"], &["resolv"], &["clos", "ticket"], &["clos"]];
const REOPENED: [&[&str]; 2] = [&["reopen"], &["re-open"]];
const PENDING: [&[&str]; 2] = [&["pending"], &["wait", "customer"]];
const ON_HOLD: [&[&str]; 2] = [&["on hold"], &["on-hold"]];

fn named(graph: &GraphTable, patterns: &[&[&str]], except: &[&[&str]]) -> Vec<String> {
    let has = |name: &str, words: &[&str]| words.iter().all(|word| name.contains(word));
    let names = graph.activities.iter().map(|row| &row.name);
    let found = patterns.iter().find_map(|words| {
        let fits = |name: &&String| {
            let name = name.to_lowercase();
            has(&name, words) && !except.iter().any(|words| has(&name, words))
        };
        let found: Vec<String> = names.clone().filter(fits).cloned().collect();
        (!found.is_empty()).then_some(found)
    });
    found.unwrap_or_default()
}

/// Guesses by name what activities mean in a ticket's life.
pub(super) fn support(graph: &GraphTable) -> Support {
    Support {
        created: named(graph, &CREATED, &REOPENED),
        replied: named(graph, &REPLIED, &[]),
        solved: named(graph, &SOLVED, &[]),
        reopened: named(graph, &REOPENED, &[]),
        pending: named(graph, &PENDING, &[]),
        on_hold: named(graph, &ON_HOLD, &[]),
        ..Support::default()
    }
}

/// Guesses three steps: what most cases start with, what most of them do next, and the end that most come to.
/// Fewer where the data has fewer activities; ties go to the activity that comes first in the table.
pub(super) fn funnel_steps(graph: &GraphTable) -> Vec<Vec<String>> {
    let most = |figure: &dyn Fn(&str) -> u64, taken: &[String]| {
        let mut best = None::<(u64, &String)>;
        for row in graph.activities.iter().filter(|row| !taken.contains(&row.name)) {
            let n = figure(&row.name);
            if n > 0 && best.is_none_or(|(most, _)| n > most) {
                best = Some((n, &row.name));
            }
        }
        best.map(|(_, name)| name.clone())
    };
    let row = |name: &str| graph.activities.iter().find(|row| row.name == name);
    let Some(start) = most(&|name| row(name).map_or(0, |row| row.n_starts), &[]) else { return Vec::new() };
    let mut taken = vec![start.clone()];
    let edge = |from: &str, to: &str| {
        graph.edges.iter().find(|edge| edge.from == from && edge.to == to).map_or(0, |edge| edge.n_cases)
    };
    let middle = most(&|name| edge(&start, name), &taken);
    taken.extend(middle.clone());
    let end = most(&|name| row(name).map_or(0, |row| row.n_ends), &taken);
    [Some(start), middle, end].into_iter().flatten().map(|name| vec![name]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::view::{ActivityRow, EdgeRow};

    fn activity(name: &str, n_starts: u64, n_ends: u64) -> ActivityRow {
        ActivityRow {
            name: name.to_owned(),
            stage: String::new(),
            stage_reason: protocol::sentence::Sentence::default(),
            stage_confidence_ratio: 1.0,
            stage_custom: false,
            n_occurrences: 9,
            n_cases: 9,
            n_starts,
            n_ends,
            service: None,
        }
    }

    fn edge(from: &str, to: &str, n_cases: u64) -> EdgeRow {
        let (from, to) = (from.to_owned(), to.to_owned());
        EdgeRow { from, to, n_occurrences: n_cases, n_cases, case_ratio: 0.5, time: None }
    }

    #[test]
    fn a_funnel_goes_from_the_usual_start_to_the_usual_end() {
        let graph = GraphTable {
            activities: vec![activity("browse", 1, 6), activity("visit", 8, 1), activity("pay", 0, 2)],
            edges: vec![edge("visit", "browse", 7), edge("visit", "pay", 1)],
        };
        assert_eq!(funnel_steps(&graph), [["visit"], ["browse"], ["pay"]], "each activity once");
        let empty = GraphTable { activities: Vec::new(), edges: Vec::new() };
        assert!(funnel_steps(&empty).is_empty(), "no data, no steps");
    }

    #[test]
    fn support_activities_are_known_by_name() {
        let names =
            ["Open ticket", "Open account", "Receive first reply", "Ticket solved", "Ticket reopened"];
        let activities = names.iter().map(|name| activity(name, 0, 0)).collect();
        let found = support(&GraphTable { activities, edges: Vec::new() });
        assert_eq!(found.created, ["Open ticket"], "the most telling words win");
        assert_eq!(found.replied, ["Receive first reply"], "a reply");
        assert_eq!(found.solved, ["Ticket solved"], "a solution");
        assert_eq!(found.reopened, ["Ticket reopened"], "not taken for a new ticket");
        assert!(found.pending.is_empty(), "what the data lacks stays empty");
    }
}
