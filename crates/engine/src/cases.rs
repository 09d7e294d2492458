//! The cases behind a mark, and one case with all its events.

use crate::Engine;
use crate::analyses;
use crate::convert::failure;
use event::CaseEvents;
use journey::{Selection, cases_behind};
use protocol::view::{CaseList, CaseRow, EventRow, Timeline};
use protocol::{Failure, Selection as Wanted};

/// The cases behind a mark, those with most events first, ties by customer.
///
/// # Errors
/// A figure that is not part of the answer to its question, or a question that cannot be asked.
pub(crate) fn list(
    engine: &mut Engine,
    wanted: &Wanted,
    offset: u32,
    limit: u32,
) -> Result<CaseList, Failure> {
    let mut cases = behind(engine, wanted)?;
    let engine = &*engine;
    let store = &engine.store;
    let n_total = cases.len() as u64;
    let compare = |a: &u32, b: &u32| {
        let by_events = store.case(*b).len().cmp(&store.case(*a).len());
        by_events.then_with(|| store.customers().get(*a).cmp(store.customers().get(*b)))
    };
    let (first, end) = (offset as usize, (offset as usize).saturating_add(limit as usize));
    // Only the wanted page has to be in order.
    if end < cases.len() {
        cases.select_nth_unstable_by(end, compare);
        cases.truncate(end);
    }
    cases.sort_unstable_by(compare);
    let page = cases.get(first..).unwrap_or(&[]);
    Ok(CaseList { n_total, offset, rows: page.iter().map(|&case| row(engine, case)).collect() })
}

/// The numbers of the cases behind a mark.
///
/// # Errors
/// As [`list`].
pub(crate) fn behind(engine: &mut Engine, wanted: &Wanted) -> Result<Vec<u32>, Failure> {
    Ok(match wanted {
        Wanted::Event { customer, .. } => vec![case_of(engine, customer)?],
        Wanted::Figure { question, mark } => analyses::cases_behind(engine, question, mark)?,
        _ => resolve(engine, wanted).map_or_else(Vec::new, |selection| {
            cases_behind(&engine.store, engine.analysis.variants(), engine.analysis.plan(), &selection)
        }),
    })
}

/// The selection by numbers; `None` when it names something that no case has.
fn resolve(engine: &Engine, wanted: &Wanted) -> Option<Selection> {
    let activities = engine.store.activities();
    let numbers =
        |names: &[String]| -> Vec<u32> { names.iter().filter_map(|name| activities.find(name)).collect() };
    let side = |names: &[String]| -> Option<Vec<u32>> {
        let found = numbers(names);
        (names.is_empty() || !found.is_empty()).then_some(found)
    };
    let stage = |name: &str| engine.analysis.plan().names.iter().position(|known| known == name);
    Some(match wanted {
        Wanted::All => Selection::All,
        Wanted::Activities { names } => Selection::Activities(numbers(names)),
        Wanted::Edge { from, to } => Selection::Edge { from: side(from)?, to: side(to)? },
        Wanted::Variant { trace } => {
            let numbers = numbers(trace);
            (numbers.len() == trace.len()).then_some(Selection::Variant(numbers))?
        }
        Wanted::Stage { name } => Selection::Stage(stage(name)?),
        Wanted::EndedInStage { name } => Selection::EndedInStage(stage(name)?),
        // Found by name, or by asking its question again.
        Wanted::Event { .. } | Wanted::Figure { .. } => return None,
    })
}

fn row(engine: &Engine, case: u32) -> CaseRow {
    let store = &engine.store;
    let events = store.case(case);
    let activity =
        |number: Option<&u32>| number.map(|&a| store.activities().get(a).to_owned()).unwrap_or_default();
    CaseRow {
        customer: store.customers().get(case).to_owned(),
        account: account_of(engine, events),
        n_events: events.len() as u64,
        first_micros: events.starts().first().copied().unwrap_or(0),
        last_micros: events.starts().last().copied().unwrap_or(0),
        cycle_secs: secs(events.cycle_micros()),
        first_activity: activity(events.activities().first()),
        last_activity: activity(events.activities().last()),
    }
}

/// The number of a customer's case.
///
/// # Errors
/// When there is none, and when nobody may look at it; one whose sources were removed is known by name only.
pub(crate) fn case_of(engine: &Engine, customer: &str) -> Result<u32, Failure> {
    let known = crate::identity::case_of(engine, customer);
    match known {
        Some(case) if !engine.store.case(case).is_empty() => Ok(case),
        Some(case) if !engine.store.full_case(case).is_empty() => Err(failure(
            format!("“{customer}” is left out: there is no consent to the purpose."),
            "The room Privacy says which purpose that is.",
        )),
        _ => Err(failure(format!("There is no customer “{customer}”."), "Choose one from a list of cases.")),
    }
}

/// One customer's events in order.
pub(crate) fn timeline(engine: &Engine, customer: &str) -> Result<Timeline, Failure> {
    let store = &engine.store;
    let case = case_of(engine, customer)?;
    let events = store.case(case);
    let mut rows = Vec::with_capacity(events.len());
    let mut end_before = None;
    for i in 0..events.len() {
        let event = events.event(i);
        let plan = engine.analysis.plan();
        let waiting = end_before.map_or(0, |end: i64| event.start_micros.saturating_sub(end).max(0));
        end_before = Some(events.end_micros(i));
        rows.push(EventRow {
            activity: store.activities().get(event.activity).to_owned(),
            stage: plan.names.get(plan.stage_of(event.activity)).cloned().unwrap_or_default(),
            start_micros: event.start_micros,
            end_micros: event.end_micros,
            waiting_secs: secs(waiting),
            channel: event
                .channel
                .map(|channel| store.channels().get(channel).to_owned())
                .unwrap_or_default(),
            text: event.text.map(|text| store.texts().get(text).to_owned()).unwrap_or_default(),
            value: event.value,
            measure: event.measure.name().to_owned(),
            currency: event.currency.map(|id| store.currencies().get(id).to_owned()).unwrap_or_default(),
            object: event.object.map(|id| store.objects().get(id).to_owned()).unwrap_or_default(),
            source: store.sources().get(usize::from(event.source)).cloned().unwrap_or_default(),
            line: u64::from(event.line),
        });
    }
    Ok(Timeline {
        customer: customer.to_owned(),
        account: account_of(engine, events),
        cycle_secs: secs(events.cycle_micros()),
        events: rows,
    })
}

fn account_of(engine: &Engine, events: CaseEvents<'_>) -> String {
    events.account().map(|account| engine.store.accounts().get(account).to_owned()).unwrap_or_default()
}

/// Microseconds as seconds; exact to the microsecond within 285 years.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits of microseconds are 285 years, beyond which a second is enough"
)]
fn secs(micros: i64) -> f64 {
    micros as f64 / 1e6
}
