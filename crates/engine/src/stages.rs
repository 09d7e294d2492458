//! Stages as a person sets them, and the words that say how stages came about.

use crate::Engine;
use crate::analyses::words;
use crate::apply::Change;
use crate::convert::failure;
use journey::{StageAssignment, StagePlan, StageRule, StageTotals};
use protocol::Failure;
use protocol::sentence::{Sentence, Value};

/// Most characters of a stage's name.
const MAX_NAME_CHARS: usize = 60;

/// The change that puts an activity into a stage.
///
/// # Errors
/// When one of them is not there.
pub(crate) fn set_one(engine: &Engine, activity: &str, stage: Option<&str>) -> Result<Change, Failure> {
    check_activity(engine, activity)?;
    if let Some(stage) = stage
        && !engine.analysis.plan().names.iter().any(|name| name == stage)
    {
        return Err(failure(format!("There is no stage “{stage}”."), "Choose one of the map."));
    }
    Ok(Change::SetStage { activity: activity.to_owned(), stage: stage.map(str::to_owned) })
}

/// The changes that name the stages and put activities into them.
///
/// # Errors
/// When there are too many, one has no name of its own, or an activity or its stage is not there.
pub(crate) fn edit(
    engine: &Engine,
    names: &[String],
    placed: &[(String, String)],
) -> Result<Vec<Change>, Failure> {
    let mut changes = vec![set_all(names)?];
    for (activity, stage) in placed {
        let stage = stage.trim();
        if !names.iter().any(|name| name.trim() == stage) {
            return Err(failure(format!("There is no stage “{stage}”."), "Choose one of the list."));
        }
        check_activity(engine, activity)?;
        changes.push(Change::SetStage { activity: activity.clone(), stage: Some(stage.to_owned()) });
    }
    Ok(changes)
}

/// The change that names the stages.
///
/// # Errors
/// When there are too many, or one has no name of its own.
pub(crate) fn set_all(names: &[String]) -> Result<Change, Failure> {
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    if names.len() > StageTotals::MAX_STAGES {
        let message = format!("{} stages are more than {}.", names.len(), StageTotals::MAX_STAGES);
        return Err(failure(message, "Use fewer stages."));
    }
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            let message =
                format!("“{name}” cannot name a stage: names have 1 to {MAX_NAME_CHARS} characters.");
            return Err(failure(message, "Choose another name."));
        }
        if names[..place].contains(name) {
            return Err(failure(format!("There are two stages “{name}”."), "Give each its own name."));
        }
    }
    Ok(Change::SetStages { names })
}

fn check_activity(engine: &Engine, activity: &str) -> Result<(), Failure> {
    let number = engine.store.activities().find(activity);
    let count = number.and_then(|number| engine.analysis.graph().activities().get(number as usize));
    if count.is_some_and(|count| count.n_occurrences > 0) {
        return Ok(());
    }
    Err(failure(format!("There is no activity “{activity}”."), "Choose one of the map."))
}

/// How the stages came about, for people.
pub(crate) fn reason_of_all(plan: &StagePlan) -> Sentence {
    if plan.custom_names {
        return words::word("placed.by_hand");
    }
    let key = if plan.names == journey::LIFECYCLE { "placed.lifecycle" } else { "placed.phases" };
    Sentence::new(key, [plan.n_named, plan.n_activities].map(|n| Value::Count(n as u64)))
}

/// Why an activity is in its stage, for people.
pub(crate) fn reason_of_one(assignment: &StageAssignment) -> Sentence {
    let named = |key, words: &str| Sentence::new(key, [Value::Text(words.to_owned())]);
    match &assignment.rule {
        StageRule::Custom => words::word("placed.set"),
        StageRule::Name { words, ambiguous: false } => named("placed.name", words),
        StageRule::Name { words, ambiguous: true } => named("placed.name_unsure", words),
        StageRule::Position { mean_ratio } => {
            Sentence::new("placed.position", [Value::Ratio((mean_ratio * 100.0).round() / 100.0)])
        }
    }
}
