//! Which stage of the journey each activity belongs to, by a deterministic rule that a person can overrule.

use crate::FollowsGraph;
use crate::positions::{N_BINS, Positions};
use crate::vocabulary::{self, LIFECYCLE, PHASES};
use event::Names;
use std::collections::BTreeMap;

/// Why an activity is in its stage.
#[derive(Clone, Debug, PartialEq)]
pub enum StageRule {
    /// A person put it there.
    Custom,
    /// Its name contains these words of the stage vocabulary.
    Name {
        /// The words that decided.
        words: String,
        /// Words of another stage occur in the name, too.
        ambiguous: bool,
    },
    /// Its typical position in the journey, 0 (first) to 1 (last).
    Position {
        /// Mean relative position over all occurrences.
        mean_ratio: f64,
    },
}

/// One activity's place.
#[derive(Clone, Debug, PartialEq)]
pub struct StageAssignment {
    /// Index into [`StagePlan::names`].
    pub stage: usize,
    /// Why.
    pub rule: StageRule,
    /// How sure, 0…1; 1 when set by a person.
    ///
    /// By name: 0.9, or 0.6 when words of another stage occur as well. By position: the share of the activity's
    /// occurrences that lie in the part of the journey which belongs to the stage, at most 0.5 among lifecycle stages,
    /// where position alone is weak evidence.
    pub confidence_ratio: f64,
}

/// The stages in order and every activity's assignment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StagePlan {
    /// Stage names in journey order.
    pub names: Vec<String>,
    /// By activity number.
    pub assignments: Vec<StageAssignment>,
    /// The names come from a person.
    pub custom_names: bool,
    /// Activities of the log, and how many of them the vocabulary knows.
    pub n_activities: usize,
    /// See `n_activities`.
    pub n_named: usize,
}

/// What a person decided about stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageWishes {
    /// Stage names in order; empty to let the rule choose.
    pub names: Vec<String>,
    /// Stage name by activity name.
    pub by_activity: BTreeMap<String, String>,
}

impl StagePlan {
    /// Below this share of activities known to the vocabulary, lifecycle stages would be a guess about most of the
    /// picture; neutral phases by position are used instead.
    const MIN_NAMED_RATIO: f64 = 0.4;

    /// Assigns every activity. A pure function of the counted data and the wishes; costs O(activities · stages).
    pub fn new(names: &Names, graph: &FollowsGraph, positions: &Positions, wishes: &StageWishes) -> Self {
        let hits: Vec<_> = names.iter().map(vocabulary::lookup).collect();
        let occurs = |i: usize| graph.activities().get(i).is_some_and(|a| a.n_occurrences > 0);
        let n_activities = (0..names.len()).filter(|&i| occurs(i)).count();
        let n_named = hits.iter().enumerate().filter(|(i, hit)| occurs(*i) && hit.is_some()).count();
        let lifecycle = ratio(n_named, n_activities) >= Self::MIN_NAMED_RATIO;
        let custom_names = !wishes.names.is_empty();
        let stage_names: Vec<String> = match (custom_names, lifecycle) {
            (true, _) => wishes.names.clone(),
            (false, true) => LIFECYCLE.map(str::to_owned).to_vec(),
            (false, false) => PHASES.map(str::to_owned).to_vec(),
        };
        let by_name: Vec<Option<usize>> =
            LIFECYCLE.iter().map(|l| stage_names.iter().position(|s| s == l)).collect();
        let named = |i: usize| hits[i].as_ref().and_then(|hit| Some((by_name[hit.stage]?, hit)));
        let parts = Parts::new(stage_names.len(), graph, positions, |i| named(i).map(|(stage, _)| stage));
        let assignments = (0_u32..)
            .zip(names.iter())
            .map(|(activity, name)| {
                let wish = wishes.by_activity.get(name).and_then(|w| stage_names.iter().position(|s| s == w));
                if let Some(stage) = wish {
                    return StageAssignment { stage, rule: StageRule::Custom, confidence_ratio: 1.0 };
                }
                match named(activity as usize) {
                    Some((stage, hit)) => StageAssignment {
                        stage,
                        rule: StageRule::Name { words: hit.words.clone(), ambiguous: hit.ambiguous },
                        confidence_ratio: if hit.ambiguous { 0.6 } else { 0.9 },
                    },
                    None => parts.assign(positions, activity),
                }
            })
            .collect();
        Self { names: stage_names, assignments, custom_names, n_activities, n_named }
    }

    /// Stage of an activity; 0 for one that is not assigned.
    pub fn stage_of(&self, activity: u32) -> usize {
        self.assignments.get(activity as usize).map_or(0, |a| a.stage)
    }
}

/// Which part of the journey belongs to which stage, for activities whose names say nothing.
struct Parts {
    stage_of_bin: [usize; N_BINS],
    max_confidence_ratio: f64,
}

impl Parts {
    /// Every bin goes to the stage whose named activities lie closest on average; without any, bins are dealt evenly.
    fn new(
        n_stages: usize,
        graph: &FollowsGraph,
        positions: &Positions,
        named: impl Fn(usize) -> Option<usize>,
    ) -> Self {
        let mut sums = vec![(0.0, 0.0); n_stages];
        for (activity, count) in (0_u32..).zip(graph.activities()) {
            if let Some(stage) = named(activity as usize) {
                let weight = to_f64(count.n_occurrences);
                sums[stage].0 += weight * positions.mean_ratio(activity);
                sums[stage].1 += weight;
            }
        }
        let anchors: Vec<(usize, f64)> =
            (0..).zip(&sums).filter(|(_, s)| s.1 > 0.0).map(|(stage, s)| (stage, s.0 / s.1)).collect();
        let mut stage_of_bin = [0; N_BINS];
        for (bin, stage) in stage_of_bin.iter_mut().enumerate() {
            let at = ratio(bin, N_BINS - 1);
            let nearest = anchors.iter().min_by(|a, b| (a.1 - at).abs().total_cmp(&(b.1 - at).abs()));
            *stage = nearest.map_or(bin * n_stages / N_BINS, |n| n.0);
        }
        Self { stage_of_bin, max_confidence_ratio: if anchors.is_empty() { 1.0 } else { 0.5 } }
    }

    fn assign(&self, positions: &Positions, activity: u32) -> StageAssignment {
        let mean_ratio = positions.mean_ratio(activity);
        let bins = positions.bins(activity);
        // The bin that the mean falls into; the mean is 0…1, so the product is within the bins.
        let bin = (0..N_BINS).rev().find(|&b| ratio(b, N_BINS) <= mean_ratio).unwrap_or(0);
        let stage = self.stage_of_bin[bin];
        let n: u64 = bins.iter().sum();
        let within: u64 =
            bins.iter().zip(&self.stage_of_bin).filter(|(_, s)| **s == stage).map(|(n, _)| n).sum();
        let confidence_ratio =
            if n == 0 { 0.0 } else { to_f64(within) / to_f64(n) * self.max_confidence_ratio };
        StageAssignment { stage, rule: StageRule::Position { mean_ratio }, confidence_ratio }
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "weights of a mean")]
fn to_f64(value: u64) -> f64 {
    value as f64
}
