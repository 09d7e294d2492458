//! The one way in which a workspace changes, and what takes each change back.

use crate::Engine;
use crate::change::{self, Counts};
use crate::convert::{failure, failure_of_store};
use crate::durable;
use crate::identity::{Decision, FactsPatch};
use crate::notes::{self, NoteChange};
use crate::privacy::{self, ConsentChange};
use crate::sources::{Addition, SourcePatch};
use event::{Reversal, Staged, Withdrawal};
use protocol::Failure;
use protocol::history::{Segment, View};
use protocol::identity::LinkRules;
use protocol::import::{ChangeSummary, RenewedCounts};
use protocol::privacy::Settings;
use protocol::question::Filter;
use std::collections::BTreeSet;

/// One change of the workspace, checked by whoever asks for it.
#[derive(Debug)]
pub(crate) enum Change {
    /// Events come.
    Add(Box<Addition>),
    /// Events go that their source tells anew.
    Withdraw(Box<Withdrawal>),
    /// A source goes, by its number.
    RemoveSource(u16),
    /// Events become what they were before another change.
    Revert(Box<Revert>),
    /// An activity is put into a stage by hand, or returned to the rule.
    SetStage { activity: String, stage: Option<String> },
    /// The stages are named; none returns to the rule's own choice.
    SetStages { names: Vec<String> },
    /// A view is kept under its name.
    SaveView(View),
    /// The view of this name goes.
    DeleteView { name: String },
    /// A segment is kept under its name.
    SaveSegment(Segment),
    /// The segment of this name goes.
    DeleteSegment { name: String },
    /// Customers are told under others: pairs of a customer and the one under whom its events are told.
    Regroup(Vec<(u32, u32)>),
    /// A source says something else of persons and accounts.
    SetFacts(Box<FactsPatch>),
    /// Pairs are decided, or decisions taken back.
    Decide(Vec<Decision>),
    /// The rules of linking.
    SetRules(LinkRules),
    /// Web domains and accounts that are no company, all of them.
    SetNoCompanies(BTreeSet<String>),
    /// What agreement weighs.
    SetModel(Option<Box<identity::Model>>),
    /// The lanes of the map are put in an order; none is the usual one.
    SetLanes { lanes: Vec<String> },
    /// It is decided about personal data.
    SetPrivacy(Box<Settings>),
    /// A note is changed.
    Note(NoteChange),
    /// Customers allow something, or nothing is known of it any more.
    SetConsents(ConsentChange),
}

/// Takes a change of events back.
#[derive(Debug)]
pub(crate) struct Revert {
    pub(crate) reversal: Reversal,
    pub(crate) sources: Vec<SourcePatch>,
}

/// What a change did.
#[derive(Debug)]
pub(crate) struct Applied {
    /// Takes it back.
    pub(crate) inverse: Change,
    /// The source that got events, and what they changed; only of [`Change::Add`].
    pub(crate) added: Option<(u16, ChangeSummary)>,
    /// What the events did as a newer export of their source.
    pub(crate) renewed: Option<RenewedCounts>,
}

impl Change {
    /// Bytes of memory in use, about; what is small does not count.
    pub(crate) fn n_bytes(&self) -> usize {
        match self {
            Self::Revert(revert) => {
                revert.reversal.n_bytes() + revert.sources.iter().map(SourcePatch::n_bytes).sum::<usize>()
            }
            Self::SetFacts(patch) => patch.added.n_bytes(),
            Self::Regroup(homes) => homes.len() * 8,
            Self::Note(note) => note.add.len(),
            Self::Withdraw(gone) => gone.len() * 8,
            _ => 0,
        }
    }
}

/// Makes a change, logs it where a log is kept, and says how to take it back.
///
/// # Errors
/// When there is no room for its events; nothing is changed then.
pub(crate) fn apply(engine: &mut Engine, change: Change) -> Result<Applied, Failure> {
    let note = engine.log.as_ref().map(|_| durable::Note::of(&change)).transpose()?;
    let n_names = |engine: &Engine| (engine.store.stored_accounts().len(), engine.store.customers().len());
    let (before, may_tell) = (
        n_names(engine),
        matches!(change, Change::SetFacts(_) | Change::Regroup(_) | Change::SetNoCompanies(_)),
    );
    let applied = make(engine, change)?;
    privacy::withhold(engine);
    if may_tell || n_names(engine) != before {
        crate::identity::tell_accounts(engine);
    }
    engine.revision += 1;
    if let (Some(log), Some(note)) = (&mut engine.log, note) {
        log.push(note.finish(&engine.changed, applied.renewed)?);
    }
    Ok(applied)
}

fn make(engine: &mut Engine, change: Change) -> Result<Applied, Failure> {
    Ok(match change {
        Change::Add(addition) => add(engine, *addition),
        Change::Withdraw(gone) => {
            let staged = engine.store.stage_withdrawal(&gone);
            let kept = engine.store.kept_events_by_source(&staged);
            let sources = engine.sources.withdraw(&gone, &kept);
            let Committed { reversal, .. } = commit(engine, staged);
            of_small(Change::Revert(Box::new(Revert { reversal, sources })))
        }
        Change::RemoveSource(source) => {
            let staged = engine.store.stage_source_removal(source);
            let kept = engine.store.kept_events_by_source(&staged);
            let sources = engine.sources.remove(source, &kept);
            let Committed { reversal, .. } = commit(engine, staged);
            of_small(Change::Revert(Box::new(Revert { reversal, sources })))
        }
        Change::Revert(revert) => {
            let staged =
                engine.store.stage_reversal(revert.reversal).map_err(|error| failure_of_store(&error))?;
            let sources = engine.sources.patch(revert.sources);
            let Committed { reversal, .. } = commit(engine, staged);
            of_small(Change::Revert(Box::new(Revert { reversal, sources })))
        }
        Change::SetStage { activity, stage } => {
            let before = engine.analysis.wishes().by_activity.get(&activity).cloned();
            engine.analysis.set_stage(&engine.store, &activity, stage.as_deref());
            of_small(Change::SetStage { activity, stage: before })
        }
        Change::SetStages { names } => {
            let before = engine.analysis.wishes().names.clone();
            engine.analysis.set_stage_names(&engine.store, names);
            of_small(Change::SetStages { names: before })
        }
        Change::SaveView(view) => {
            let name = view.name.clone();
            let before = engine.views.insert(name.clone(), view);
            of_small(before.map_or(Change::DeleteView { name }, Change::SaveView))
        }
        Change::DeleteView { name } => {
            let before = engine.views.remove(&name);
            of_small(before.map_or(Change::DeleteView { name }, Change::SaveView))
        }
        Change::SaveSegment(Segment { name, filter }) => {
            let before = engine.segments.insert(name.clone(), filter);
            of_small(segment_change(name, before))
        }
        Change::SetLanes { lanes } => {
            of_small(Change::SetLanes { lanes: std::mem::replace(&mut engine.lanes, lanes) })
        }
        Change::DeleteSegment { name } => {
            let before = engine.segments.remove(&name);
            of_small(segment_change(name, before))
        }
        Change::SetPrivacy(settings) => {
            let before = std::mem::replace(&mut engine.privacy.settings, *settings);
            of_small(Change::SetPrivacy(Box::new(before)))
        }
        Change::Note(note) => of_small(Change::Note(notes::put(&mut engine.notes, note))),
        Change::SetConsents(change) => of_small(Change::SetConsents(engine.privacy.consents.set(change))),
        change => {
            of_small(of_people(engine, change, &mut |engine, staged| drop(commit_events(engine, staged)))?)
        }
    })
}

/// Makes a change of who is one, given how events are committed; returns what takes it back.
///
/// # Errors
/// When there is no room for events that move, or the change is another one.
pub(crate) fn of_people(
    engine: &mut Engine,
    change: Change,
    commit: &mut dyn FnMut(&mut Engine, Staged),
) -> Result<Change, Failure> {
    let identity = &mut engine.identity;
    Ok(match change {
        Change::Regroup(homes) => {
            let mut regrouping = engine.store.regroup_of(&identity.origins, &homes);
            let reversal = std::mem::take(&mut regrouping.reversal);
            let staged = engine.store.stage_reversal(reversal).map_err(|error| failure_of_store(&error))?;
            commit(engine, staged);
            let origins = &mut engine.identity.origins;
            let before = homes.iter().map(|(customer, _)| (*customer, origins.home(*customer))).collect();
            origins.adopt(regrouping);
            Change::Regroup(before)
        }
        Change::SetFacts(patch) => Change::SetFacts(Box::new(identity.patch(*patch))),
        Change::Decide(decisions) => Change::Decide(identity.decide(decisions)),
        Change::SetRules(rules) => Change::SetRules(identity.set_rules(rules)),
        Change::SetNoCompanies(names) => Change::SetNoCompanies(identity.set_no_companies(names)),
        Change::SetModel(model) => {
            Change::SetModel(identity.set_model(model.map(|model| *model)).map(Box::new))
        }
        _ => return Err(failure("This is no change of who is one.", "")),
    })
}

/// Makes a segment what it was.
pub(crate) fn segment_change(name: String, filter: Option<Filter>) -> Change {
    match filter {
        Some(filter) => Change::SaveSegment(Segment { name, filter }),
        None => Change::DeleteSegment { name },
    }
}

fn of_small(inverse: Change) -> Applied {
    Applied { inverse, added: None, renewed: None }
}

fn add(engine: &mut Engine, addition: Addition) -> Applied {
    let Addition { batch, mut part, renewal, before } = addition;
    let continued = batch.continues();
    let n_rejected = part.audit.n_rejected;
    let mut staged = engine.store.stage(batch);
    privacy::withhold_new(engine, &mut staged);
    let mut summary = change::summary_of(&staged, n_rejected);
    let counted = (summary.n_events, summary.n_duplicates);
    part.renewed = renewal.map(|renewal| change::renew(&mut summary, &renewal));
    let renewed = part.renewed;
    let committed = commit(engine, staged);
    let Committed { reversal, after, counted: cases, .. } = committed;
    // What a newer export changed is seen against what was there before anything of it went.
    let before = before.unwrap_or(committed.before);
    engine.changed = before.marks(&after);
    (summary.n_recomputed_cases, summary.n_kept_cases) = cases;
    change::list_changes(&mut summary, engine.store.activities(), &before, &after, &engine.changed);
    let (number, undo) = engine.sources.add(continued, part, counted);
    let inverse = Change::Revert(Box::new(Revert { reversal, sources: vec![undo] }));
    Applied { inverse, added: Some((number, summary)), renewed }
}

/// A change of events that was made.
struct Committed {
    /// Takes it back.
    reversal: Reversal,
    before: Counts,
    after: Counts,
    /// Cases that were counted, and cases that kept their contribution.
    counted: (u64, u64),
}

/// Commits a change of events and marks what it changed.
fn commit(engine: &mut Engine, staged: Staged) -> Committed {
    let before = Counts::of(engine.analysis.graph());
    let (reversal, counted) = commit_events(engine, staged);
    let after = Counts::of(engine.analysis.graph());
    engine.changed = before.marks(&after);
    Committed { reversal, before, after, counted }
}

/// Commits a change of events and brings everything counted up to date; returns what takes it back, and how many cases
/// were counted and how many kept their contribution.
pub(crate) fn commit_events(engine: &mut Engine, staged: Staged) -> (Reversal, (u64, u64)) {
    let reversal = engine.store.reversal_of(&staged);
    engine.kept.take_out(&engine.store, &staged);
    let touched = staged.touched_cases();
    let counted = engine.analysis.commit(&mut engine.store, staged);
    engine.kept.take_in(&engine.store, &touched);
    (reversal, counted)
}
