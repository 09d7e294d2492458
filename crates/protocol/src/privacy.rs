//! Personal data on its way into the workspace and in it: what was found, what becomes of it, and what a person decided.

use crate::import::Reject;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kinds of personal data that are told apart, by the names that a [`Policy`] uses.
pub const CLASSES: [&str; 10] = [
    "email",
    "phone",
    "person_name",
    "postal_address",
    "payment_card",
    "iban",
    "national_id",
    "medical_id",
    "ip_address",
    "birth_date",
];

/// What becomes of the values of a column, before anything is made of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// They come in as they are.
    #[default]
    Keep,
    /// Each is replaced by a pseudonym; the same value always by the same one, so that links stay possible.
    Pseudonymise,
    /// What is personal in them is replaced by a word for what it was; the rest stays.
    Redact,
    /// They are left out.
    Drop,
}

impl Treatment {
    /// All treatments, the mildest first.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Pseudonymise, Self::Redact, Self::Drop];

    /// The name on the wire: `keep`, `pseudonymise`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Pseudonymise => "pseudonymise",
            Self::Redact => "redact",
            Self::Drop => "drop",
        }
    }

    /// The treatment with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|treatment| treatment.name() == name)
    }
}

/// What becomes of each kind of personal data in every import, unless a person decides otherwise for a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Treatment by name of the kind; what is not named is kept.
    pub classes: BTreeMap<String, Treatment>,
}

impl Policy {
    /// What becomes of a kind.
    pub fn treatment(&self, class: &str) -> Treatment {
        self.classes.get(class).copied().unwrap_or_default()
    }

    /// Whether everything comes in as it is.
    pub fn keeps_all(&self) -> bool {
        self.classes.values().all(|treatment| *treatment == Treatment::Keep)
    }
}

/// One kind of personal data in a column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundClass {
    /// Name of the kind, one of [`CLASSES`].
    pub class: String,
    /// The values are it as a whole; else it stands inside of texts.
    pub is_whole: bool,
    /// Sampled rows in whose value it was found.
    pub n_rows: u32,
    /// Sampled rows that have a value.
    pub n_filled: u32,
    /// How sure it is, 0 to 100.
    pub confidence_percent: u8,
    /// One value, masked so that it shows the form and tells nobody who it is; empty where the sample has none.
    pub example: String,
}

/// What is known of a column of a file before it is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalColumn {
    /// Name of the column.
    pub column: String,
    /// What was found, the surest first.
    pub found: Vec<FoundClass>,
    /// What the workspace's policy makes of it.
    pub proposed: Treatment,
    /// Events need a value here, such as the customer's, so that it cannot be dropped.
    pub is_needed: bool,
    /// Times stay as they are, because nothing could be read from them otherwise.
    pub is_time: bool,
}

/// What is to become of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnTreatment {
    /// Name of the column.
    pub column: String,
    /// What becomes of its values.
    pub treatment: Treatment,
    /// Kinds of personal data that were found in it, for the source's record.
    #[serde(default)]
    pub classes: Vec<String>,
}

/// What became of a column in an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TreatedColumn {
    /// Name of the column.
    pub column: String,
    /// What became of its values.
    pub treatment: Treatment,
    /// Kinds of personal data that were found in it; empty where nobody looked.
    pub classes: Vec<String>,
    /// Values that were changed or left out.
    pub n_values: u64,
}

/// What a source's record says of personal data and of rows that were kept out for a person's sake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intake {
    /// Columns with personal data in them, and those that were treated, in the order of their names.
    pub columns: Vec<TreatedColumn>,
    /// Events that were older than the retention period.
    pub n_expired: u64,
    /// Events of persons who had been erased.
    pub n_barred: u64,
    /// Events that were taken out again because the person was erased.
    pub n_erased: u64,
}

impl Intake {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another part of the same source tells.
    pub fn add(&mut self, more: Self) {
        for column in more.columns {
            match self.columns.iter_mut().find(|known| known.column == column.column) {
                Some(known) => {
                    known.treatment = column.treatment;
                    known.n_values = known.n_values.saturating_add(column.n_values);
                    known.classes.extend(column.classes);
                    known.classes.sort();
                    known.classes.dedup();
                }
                None => self.columns.push(column),
            }
        }
        self.columns.sort_by(|a, b| a.column.cmp(&b.column));
        self.n_expired = self.n_expired.saturating_add(more.n_expired);
        self.n_barred = self.n_barred.saturating_add(more.n_barred);
        self.n_erased = self.n_erased.saturating_add(more.n_erased);
    }
}

/// What a person decided about personal data in the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What becomes of personal data in every import.
    pub policy: Policy,
    /// How long events are kept.
    pub retention: Retention,
    /// Whose events may be looked at.
    pub consent: ConsentRule,
}

/// Whose events may be looked at, by what customers allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentRule {
    /// Customers who don't allow it are left out of every figure.
    pub is_honoured: bool,
    /// The purpose that must be allowed, such as `analytics`; empty for a yes to everything.
    pub purpose: String,
    /// Customers of whom nothing is known are looked at.
    pub allows_unknown: bool,
}

/// How many customers allow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentCounts {
    /// Customers who allow it.
    pub n_given: u64,
    /// Customers who don't.
    pub n_refused: u64,
    /// Customers of whom nothing is known.
    pub n_unknown: u64,
    /// Customers who are left out now.
    pub n_withheld_customers: u64,
    /// Events that are left out now.
    pub n_withheld_events: u64,
}

/// How long events are kept; a month has 30.44 days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Months for every source; `None` keeps events for ever.
    pub months: Option<u32>,
    /// Months by kind of source, the name of its recipe or its syntax: `Zendesk tickets`, `CSV`.
    pub by_kind: BTreeMap<String, Option<u32>>,
}

impl Retention {
    /// Months for a kind of source.
    pub fn months_of(&self, kind: &str) -> Option<u32> {
        self.by_kind.get(kind).copied().unwrap_or(self.months)
    }

    /// Whether everything is kept for ever.
    pub fn keeps_all(&self) -> bool {
        self.months.is_none() && self.by_kind.values().all(Option::is_none)
    }
}

/// What a retention period does to a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// Number of the source.
    pub source: u32,
    /// Its name.
    pub name: String,
    /// Its kind, as [`Retention::by_kind`] names it.
    pub kind: String,
    /// Months that its events are kept; `None` for ever.
    pub months: Option<u32>,
    /// Events that are there.
    pub n_events: u64,
    /// Events of these that are too old.
    pub n_expired: u64,
}

/// What was removed of a person who wanted to be forgotten; it names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// Counts up from 1.
    pub number: u32,
    /// When, in UTC microseconds since 1970, as the edge told it.
    pub at_micros: i64,
    /// A keyed digest of the person's key: whoever knows the key can have it compared, nobody can read it.
    pub reference: String,
    /// A keyed digest of all that was removed.
    pub digest: String,
    /// What was removed, by source: its name and the number of events.
    pub by_source: Vec<(String, u64)>,
    /// What was removed, by kind: `events`, `texts`, `amounts`, `duplicates`, `facts`, `rejects`, `segments`, `views`, `steps`.
    pub by_kind: Vec<(String, u64)>,
    /// The person is kept out of later imports.
    pub is_barred: bool,
}

/// All that is held on one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// The person's key.
    pub customer: String,
    /// All keys under which the person is known.
    pub keys: Vec<String>,
    /// The account, where known.
    pub account: String,
    /// When this was put together, in UTC microseconds since 1970; 0 where nobody told the time.
    pub at_micros: i64,
    /// Where it came from: name and format of each source.
    pub sources: Vec<(String, String)>,
    /// Everything that happened, in order.
    pub events: Vec<HeldEvent>,
    /// What sources say of the person: source, what it is about, and the value.
    pub facts: Vec<(String, String, String)>,
    /// What the person allows, as the data says it: under which key, and what.
    pub consent: Vec<(String, String)>,
    /// Rejected rows in which the person's key stands.
    pub rejects: Vec<Reject>,
    /// Names of segments and views that name the person.
    pub named_in: Vec<String>,
}

/// One event of a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldEvent {
    /// What happened.
    pub activity: String,
    /// When it began, such as `2026-03-01T09:00:00Z`.
    pub start: String,
    /// When it ended; empty where that is not known.
    pub end: String,
    /// The channel.
    pub channel: String,
    /// The account.
    pub account: String,
    /// What was written or said.
    pub text: String,
    /// The number that it carries.
    pub value: Option<f64>,
    /// What the number means.
    pub measure: String,
    /// Its currency.
    pub currency: String,
    /// What it was about.
    pub object: String,
    /// Name of the source.
    pub source: String,
    /// Line in the source.
    pub line: u32,
}

/// What the workspace knows of its own handling of personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What a person decided.
    pub settings: Settings,
    /// Erasures, in order.
    pub receipts: Vec<Receipt>,
    /// Persons who are kept out of imports.
    pub n_barred: u64,
    /// Kinds of the sources that are there, as [`Retention::by_kind`] names them.
    pub kinds: Vec<String>,
    /// How many customers allow to be looked at.
    pub consent: ConsentCounts,
}
