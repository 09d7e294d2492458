//! What is known of personal data, on the disk; as JSON, so that each version reads what it knows of it.

use super::form::damaged;
use super::{LogEntry, kind};
use crate::Engine;
use crate::privacy::{self, ConsentChange, Consents, Privacy, SECRET_BYTES, Secret};
use protocol::Failure;
use protocol::privacy::{Receipt, Settings};
use serde_json::{Value, json};

/// Logs the secret, where a log is kept; no deed tells of it, because it is never taken back.
pub(crate) fn note_secret(engine: &mut Engine, secret: &Secret) {
    if let Some(log) = &mut engine.log {
        log.push(LogEntry { kind: kind::SECRET, payload: secret.bytes().to_vec() });
    }
}

pub(super) fn read_secret(bytes: &[u8]) -> Result<Secret, Failure> {
    let bytes: [u8; SECRET_BYTES] = bytes.try_into().map_err(|_| damaged())?;
    Ok(Secret::new(bytes))
}

pub(super) fn write_consents(change: &ConsentChange) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&change.to_json()).map_err(|_| damaged())
}

pub(super) fn read_consents(bytes: &[u8]) -> Result<ConsentChange, Failure> {
    let json = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    ConsentChange::from_json(json).ok_or_else(damaged)
}

pub(super) fn write_settings(settings: &Settings) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(settings).map_err(|_| damaged())
}

pub(super) fn read_settings(bytes: &[u8]) -> Result<Settings, Failure> {
    privacy::check(serde_json::from_slice(bytes).map_err(|_| damaged())?)
}

/// All of it, for a snapshot; nothing where nothing was decided yet.
pub(super) fn write_all(privacy: &Privacy) -> Result<Option<(u8, Vec<u8>)>, Failure> {
    let Privacy { settings, secret, barred, receipts, consents, .. } = privacy;
    if *settings == Settings::default() && secret.is_none() && consents.is_empty() {
        return Ok(None);
    }
    let secret = secret.as_ref().map(|secret| secret.bytes().to_vec());
    let numbers: Vec<u32> = barred.values().copied().collect();
    let barred: Vec<&[u8; 16]> = barred.keys().collect();
    let mut all = json!({
        "settings": settings, "secret": secret, "barred": barred, "barred_by": numbers, "receipts": receipts,
    });
    if !consents.is_empty() {
        all["consents"] = consents.as_change().to_json();
    }
    serde_json::to_vec(&all).map(|all| Some((kind::PRIVACY, all))).map_err(|_| damaged())
}

pub(super) fn read_all(bytes: &[u8]) -> Result<Privacy, Failure> {
    let mut all: Value = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let settings = serde_json::from_value(all["settings"].take()).map_err(|_| damaged())?;
    let secret: Option<Vec<u8>> = serde_json::from_value(all["secret"].take()).map_err(|_| damaged())?;
    let secret = secret.map(|bytes| read_secret(&bytes)).transpose()?;
    let barred: Option<Vec<[u8; 16]>> =
        serde_json::from_value(all["barred"].take()).map_err(|_| damaged())?;
    let numbers: Option<Vec<u32>> = serde_json::from_value(all["barred_by"].take()).map_err(|_| damaged())?;
    let numbers = numbers.unwrap_or_default().into_iter().chain(std::iter::repeat(0));
    let receipts: Option<Vec<Receipt>> =
        serde_json::from_value(all["receipts"].take()).map_err(|_| damaged())?;
    let mut consents = Consents::default();
    let json = all["consents"].take();
    if !json.is_null() {
        consents.set(ConsentChange::from_json(json).ok_or_else(damaged)?);
    }
    Ok(Privacy {
        consents,
        settings: privacy::check(settings)?,
        secret,
        barred: barred.unwrap_or_default().into_iter().zip(numbers).collect(),
        receipts: receipts.unwrap_or_default(),
        renews: false,
    })
}
