//! Personal data: what a person decided about it, and everything that honours this.

mod apart;
mod consent;
mod detect;
mod erase;
mod held;
mod keyed;
mod retention;
mod treat;

pub(crate) use apart::bar;
pub(crate) use consent::{
    ConsentChange, Consents, changes as consent_changes, column_of as consent_column,
    dropped as without_consent, find_withheld, of_source as consents_of_source, speakers as consent_speakers,
    withhold, withhold_new,
};
pub(crate) use detect::{describe, settle, treatments_of};
pub(crate) use erase::{erase, readmit};
pub(crate) use held::held;
pub use keyed::SECRET_BYTES;
pub(crate) use keyed::Secret;
pub(crate) use retention::{admit, expire, expiring};
pub(crate) use treat::Treater;

use crate::Engine;
use crate::convert::failure;
use crate::durable;
use crate::mappings;
use language::personal::Class;
use protocol::privacy::{
    ColumnTreatment, Intake, Policy, Receipt, Settings, State, TreatedColumn, Treatment,
};
use protocol::{Failure, Reply};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a workspace knows of its own handling of personal data.
#[derive(Debug, Default)]
pub(crate) struct Privacy {
    pub(crate) settings: Settings,
    /// What pseudonyms are made with; the edge makes it, because nothing here can be random.
    pub(crate) secret: Option<Secret>,
    /// Marks of those who were erased, which tell nobody who they were, with the number of the receipt; 0 where an earlier
    /// version did not note it.
    pub(crate) barred: BTreeMap<[u8; 16], u32>,
    /// What customers allow.
    pub(crate) consents: Consents,
    /// What was erased, in order.
    pub(crate) receipts: Vec<Receipt>,
    /// All that is on the disk is to be written anew, because it has what is gone from here.
    pub(crate) renews: bool,
}

/// What holds for a file on its way in; a copy, because files are read while the workspace goes on changing.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub(crate) policy: Policy,
    pub(crate) secret: Option<Secret>,
    /// Mappings and recipes of a person's own, as pages of text.
    pub(crate) pages: Vec<String>,
}

impl Terms {
    /// Whether the policy may change something, so that columns have to be looked at.
    pub(crate) fn have_policy(&self) -> bool {
        !self.policy.keeps_all()
    }

    /// Kinds that are masked in texts: those that the policy doesn't keep, or all where it keeps every one.
    pub(crate) fn masked(&self) -> Vec<Class> {
        let is_kept = |class: &Class| self.policy.treatment(class.name()) == Treatment::Keep;
        let named: Vec<Class> = Class::ALL.into_iter().filter(|class| !is_kept(class)).collect();
        if named.is_empty() { Class::ALL.to_vec() } else { named }
    }
}

impl Engine {
    /// Whether the workspace has no secret yet, without which nothing can be pseudonymised.
    pub fn needs_secret(&self) -> bool {
        self.privacy.secret.is_none()
    }

    /// Gives the workspace its secret: random bytes that nobody else has. One that it has already stays.
    pub fn give_secret(&mut self, bytes: [u8; SECRET_BYTES]) {
        if self.privacy.secret.is_none() {
            let secret = Secret::new(bytes);
            durable::note_secret(self, &secret);
            self.privacy.secret = Some(secret);
        }
    }

    /// Tells what time it is, in UTC microseconds since 1970; nothing here has a clock.
    pub fn tell_time(&mut self, now_micros: i64) {
        self.now_micros = Some(now_micros);
    }

    /// Removes what is older than the retention periods; returns how many events that were. Nothing is removed while nobody
    /// has told the time.
    pub fn expire(&mut self) -> u64 {
        if self.privacy.settings.retention.keeps_all() {
            return 0;
        }
        let gone = expire(self).unwrap_or_default();
        gone.iter().map(|one| one.n_expired).sum()
    }

    /// Whether something was erased, so that whatever is on a disk must be written anew and the old be deleted before the
    /// next answer goes out; asked once.
    pub fn take_renewal(&mut self) -> bool {
        std::mem::take(&mut self.privacy.renews)
    }

    /// What holds for the next file.
    pub fn terms(&self) -> Terms {
        Terms {
            policy: self.privacy.settings.policy.clone(),
            secret: self.privacy.secret.clone(),
            pages: mappings::pages(&self.notes),
        }
    }

    /// Decides at once about a workspace that nobody has seen yet, as a command line does; nothing to take back.
    ///
    /// # Errors
    /// As for [`protocol::Request::SetPrivacy`].
    pub fn set_privacy(&mut self, settings: Settings) -> Result<(), Failure> {
        self.privacy.settings = check(settings)?;
        withhold(self);
        Ok(())
    }
}

/// The settings as they will be kept.
///
/// # Errors
/// When they name a kind of personal data that there is none of.
pub(crate) fn check(mut settings: Settings) -> Result<Settings, Failure> {
    if let Some(unknown) = settings.policy.classes.keys().find(|name| Class::from_name(name).is_none()) {
        let names = Class::ALL.map(Class::name).join(", ");
        return Err(failure(
            format!("There is no kind of personal data called “{unknown}”."),
            &format!("The kinds are {names}."),
        ));
    }
    let months = settings.retention.by_kind.values().flatten().chain(&settings.retention.months);
    if months.clone().any(|months| *months == 0 || *months > retention::MAX_MONTHS) {
        return Err(failure(
            "A retention period has 1 to 1,200 months.",
            "Leave it empty to keep events for ever.",
        ));
    }
    settings.policy.classes.retain(|_, treatment| *treatment != Treatment::Keep);
    Ok(settings)
}

/// What was decided, and what came of it.
pub(crate) fn state(engine: &Engine) -> Reply {
    let Privacy { settings, receipts, barred, .. } = &engine.privacy;
    let numbers: BTreeSet<u32> = barred.values().copied().filter(|number| *number > 0).collect();
    let n_unnumbered = barred.values().filter(|number| **number == 0).count();
    let state = State {
        settings: settings.clone(),
        receipts: receipts.clone(),
        n_barred: (numbers.len() + n_unnumbered) as u64,
        kinds: retention::kinds(engine),
        consent: consent::counts(engine),
    };
    Reply::Privacy { state: Box::new(state) }
}

/// What a source's record says of its columns, from what was found in its head and what became of its values.
pub(crate) fn intake(chosen: Vec<ColumnTreatment>, treated: &[(String, u64)]) -> Intake {
    let n_of = |name: &str| treated.iter().find(|(column, _)| column == name).map_or(0, |(_, n)| *n);
    // What came behind the head was masked without being chosen.
    let is_new = |name: &String| chosen.iter().all(|known| known.column != *name);
    let others: Vec<ColumnTreatment> = treated
        .iter()
        .filter(|(name, _)| is_new(name))
        .map(|(name, _)| ColumnTreatment {
            column: name.clone(),
            treatment: Treatment::Redact,
            classes: Vec::new(),
        })
        .collect();
    let columns = chosen.into_iter().chain(others);
    let columns = columns.map(|ColumnTreatment { column, treatment, classes }| {
        let n_values = n_of(&column);
        TreatedColumn { column, treatment, classes, n_values }
    });
    let mut columns: Vec<TreatedColumn> = columns.collect();
    columns.retain(|column| !column.classes.is_empty() || column.treatment != Treatment::Keep);
    columns.sort_by(|a, b| a.column.cmp(&b.column));
    Intake { columns, ..Intake::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_and_the_finder_name_the_same_kinds() {
        assert_eq!(protocol::privacy::CLASSES, Class::ALL.map(Class::name), "one list");
    }

    #[test]
    fn unknown_kinds_are_refused() {
        let settings = |name: &str| {
            let classes = [(name.to_owned(), Treatment::Drop)].into();
            Settings { policy: Policy { classes }, ..Settings::default() }
        };
        assert!(check(settings("shoe_size")).is_err(), "there is no such kind");
        assert!(check(settings("iban")).is_ok(), "there is such a kind");
    }
}
