//! Questions to the engine, and what all answers share.

use crate::Fault;
use crate::intake::Opened;
use protocol::{Failure, Reply, Request, bulk};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A bulk view, read.
///
/// # Errors
/// The engine's own, or a buffer that is not what was asked for.
pub(crate) fn bulk<T, E: std::fmt::Display>(
    opened: &mut Opened,
    request: &Request,
    read: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, Fault> {
    let answer = opened.engine.answer(request).map_err(fault)?;
    let bytes = answer.bulk.ok_or_else(|| Fault::Input("the engine gave no figures".to_owned()))?;
    read(&bytes).map_err(|error| Fault::Input(format!("the engine's figures cannot be read: {error}")))
}

/// All activities and edges.
///
/// # Errors
/// As [`bulk()`].
pub(crate) fn graph(opened: &mut Opened) -> Result<protocol::view::GraphTable, Fault> {
    bulk(opened, &Request::Graph, bulk::decode)
}

/// All variants.
///
/// # Errors
/// As [`bulk()`].
pub(crate) fn variants(opened: &mut Opened) -> Result<protocol::view::VariantList, Fault> {
    bulk(opened, &Request::Variants { offset: 0, limit: u32::MAX }, bulk::decode)
}

/// The rejected records of a source, as CSV with a header.
///
/// # Errors
/// The engine's own.
pub(crate) fn rejects_csv(opened: &mut Opened, source: u32) -> Result<String, Fault> {
    match opened.engine.answer(&Request::Rejects { source }).map_err(fault)?.reply {
        Reply::Text { text, .. } => Ok(text),
        _ => Ok(String::new()),
    }
}

/// Carries out a command.
///
/// # Errors
/// The engine's own.
pub(crate) fn change(opened: &mut Opened, command: &Request) -> Result<(), Fault> {
    opened.engine.answer(command).map(drop).map_err(fault)
}

fn fault(failure: Failure) -> Fault {
    let Failure { message, advice } = failure;
    Fault::Input(if advice.is_empty() { message } else { format!("{message}\n  {advice}") })
}

/// Rows that are in no figure, by reason, sorted by reason; exact duplicates among them.
pub(crate) fn excluded(opened: &Opened) -> BTreeMap<String, u64> {
    let mut excluded = BTreeMap::new();
    // Of a source that several files made, the last account holds.
    let latest: BTreeMap<u32, _> =
        opened.files.iter().map(|file| (file.report.source.source, &file.report.source)).collect();
    for source in latest.values() {
        for (reason, n) in &source.rejected_by_reason {
            *excluded.entry(reason.clone()).or_insert(0) += n;
        }
        if source.n_duplicates > 0 {
            *excluded.entry("exact duplicate".to_owned()).or_insert(0) += source.n_duplicates;
        }
        if source.renewed.n_replaced > 0 {
            *excluded.entry("told anew by a newer export".to_owned()).or_insert(0) +=
                source.renewed.n_replaced;
        }
    }
    excluded
}

/// Counts by name as a JSON object, in the given order.
pub(crate) fn object(counts: impl IntoIterator<Item = (String, u64)>) -> Value {
    Value::Object(counts.into_iter().map(|(name, n)| (name, Value::from(n))).collect::<Map<_, _>>())
}
