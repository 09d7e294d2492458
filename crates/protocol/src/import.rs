//! What is said about a file before, while and after its events are imported.

use crate::privacy::{ColumnTreatment, Intake, PersonalColumn};
use serde::{Deserialize, Serialize};

/// The recognised container and syntax of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFormat {
    /// Syntax of the records.
    pub syntax: Syntax,
    /// The bytes are gzip-compressed.
    pub gzip: bool,
    /// Name of the character encoding, as the Encoding Standard spells it: `UTF-8`, `windows-1252`, `UTF-16LE`.
    pub encoding: String,
    /// The field separator; only for [`Syntax::Csv`].
    pub delimiter: Option<char>,
    /// How a reader makes the records of it; none for what is read as it is.
    #[serde(default)]
    pub reading: Option<Reading>,
}

/// How a reader turns a file, or a file inside it, into records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Name of the kind of file: `Workbook`, `mbox`, `WebVTT`, …
    pub kind: String,
    /// Names of files inside archives, the outermost first; empty for the file itself.
    #[serde(default)]
    pub inside: Vec<String>,
    /// The sheet, table, object type or order of dates that was chosen.
    #[serde(default)]
    pub choice: Option<String>,
    /// When a recording began, such as `2026-03-01T09:30`, where its times count from there.
    #[serde(default)]
    pub start: Option<String>,
}

/// One thing in a file that can be imported; most files are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the source it becomes: the file's, with the place inside.
    pub name: String,
    /// The reader it needs, if any.
    pub reading: Option<Reading>,
}

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// What can be imported, in the order of the file.
    pub parts: Vec<Part>,
    /// What cannot: name and reason.
    pub left_out: Vec<(String, String)>,
}

/// What a person may choose before a reader makes records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// What the options are: `sheet`, `table`, `object_type`, `date_order`.
    pub kind: String,
    /// The options with the number of records in each, 0 where it is not known.
    pub options: Vec<(String, u64)>,
    /// The one that holds.
    pub chosen: String,
}

/// The syntax of a file's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Syntax {
    /// Delimiter-separated values with a header row.
    Csv,
    /// One JSON document that holds an array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// IEEE 1849 XES event log.
    Xes,
}

/// Day-month order of dates such as `03/04/2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 03/04/2024 is the third of April.
    DayFirst,
    /// 03/04/2024 is the fourth of March.
    MonthFirst,
}

/// How the values of the time column are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeReading {
    /// Order of day and month where a value leaves it open.
    pub date_order: DateOrder,
    /// Why this order: the deciding value with its line, or that nothing in the file decides it.
    pub date_order_reason: String,
    /// No value of the column decides the order, yet at least one depends on it: a person should look.
    pub date_order_open: bool,
    /// Some value has day and month as numbers, so that their order matters.
    #[serde(default)]
    pub date_order_matters: bool,
    /// Offset from UTC in minutes applied to times without a zone; 0 is UTC.
    pub zone_offset_minutes: i32,
    /// At least one sampled value has no zone, so that the offset matters.
    pub zone_matters: bool,
    /// Caption of the recognised form, for people: `ISO 8601 with zone`, `Unix seconds`, `day/month/year hours:minutes`.
    pub form: String,
}

/// Which column means what; `None` where the file has no such column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Column that identifies the customer (the case). Required.
    pub customer: Option<String>,
    /// Column that names what happened. Required.
    pub activity: Option<String>,
    /// Column with the time it happened, or the start where `end_time` is set. Required.
    pub time: Option<String>,
    /// Column with the time it ended.
    pub end_time: Option<String>,
    /// Column with the channel.
    pub channel: Option<String>,
    /// Column with the account.
    pub account: Option<String>,
    /// Column with free text written or said by a person.
    pub text: Option<String>,
    /// Column with an amount of money.
    pub money: Option<String>,
    /// Column with the id of what the event is about: a ticket, a subscription, an order.
    #[serde(default)]
    pub object: Option<String>,
    /// Column with the currency of the amounts.
    #[serde(default)]
    pub currency: Option<String>,
    /// Column with the answer to a survey.
    #[serde(default)]
    pub score: Option<String>,
    /// The survey and its scale; required where `score` has a column.
    #[serde(default)]
    pub score_kind: Option<ScoreKind>,
    /// Column with recurring revenue per month from the event on.
    #[serde(default)]
    pub mrr: Option<String>,
    /// Column with the id of the record itself, the same in the next export: what it brought before is replaced.
    #[serde(default)]
    pub record: Option<String>,
}

impl Mapping {
    /// The names of all roles, the three required ones first.
    pub const ROLES: [&str; 13] = [
        "customer", "activity", "time", "end_time", "channel", "account", "text", "money", "object",
        "currency", "score", "mrr", "record",
    ];

    /// The column of a role; `None` for a role that there is not.
    pub fn column(&self, role: &str) -> Option<&str> {
        let column = match role {
            "customer" => &self.customer,
            "activity" => &self.activity,
            "time" => &self.time,
            "end_time" => &self.end_time,
            "channel" => &self.channel,
            "account" => &self.account,
            "text" => &self.text,
            "money" => &self.money,
            "object" => &self.object,
            "currency" => &self.currency,
            "score" => &self.score,
            "mrr" => &self.mrr,
            "record" => &self.record,
            _ => return None,
        };
        column.as_deref()
    }

    /// Gives a role to a column, or takes it away with `None`.
    pub fn set(&mut self, role: &str, column: Option<String>) {
        let place = match role {
            "customer" => &mut self.customer,
            "activity" => &mut self.activity,
            "time" => &mut self.time,
            "end_time" => &mut self.end_time,
            "channel" => &mut self.channel,
            "account" => &mut self.account,
            "text" => &mut self.text,
            "money" => &mut self.money,
            "object" => &mut self.object,
            "currency" => &mut self.currency,
            "score" => &mut self.score,
            "mrr" => &mut self.mrr,
            "record" => &mut self.record,
            _ => return,
        };
        *place = column;
    }
}

/// A survey and its scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Net promoter score, 0 to 10.
    Nps,
    /// Satisfaction, 1 to 5.
    #[serde(rename = "csat_5")]
    Csat5,
    /// Satisfaction, 1 to 7.
    #[serde(rename = "csat_7")]
    Csat7,
    /// Satisfaction, yes or no.
    CsatYesNo,
    /// Effort, 1 to 5.
    #[serde(rename = "ces_5")]
    Ces5,
    /// Effort, 1 to 7.
    #[serde(rename = "ces_7")]
    Ces7,
    /// Stars of a review, 1 to 5.
    #[serde(rename = "rating_5")]
    Rating5,
}

impl ScoreKind {
    /// All surveys.
    pub const ALL: [Self; 7] =
        [Self::Nps, Self::Csat5, Self::Csat7, Self::CsatYesNo, Self::Ces5, Self::Ces7, Self::Rating5];

    /// The name on the wire and in options: `nps`, `csat_5`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat5 => "csat_5",
            Self::Csat7 => "csat_7",
            Self::CsatYesNo => "csat_yes_no",
            Self::Ces5 => "ces_5",
            Self::Ces7 => "ces_7",
            Self::Rating5 => "rating_5",
        }
    }

    /// The survey with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One column of a file, as sampled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSample {
    /// Name as in the file; unnamed columns are called `column 3`.
    pub name: String,
    /// Non-empty values among the sampled rows.
    pub n_filled: u32,
    /// Distinct values among the sampled rows.
    pub n_distinct: u32,
    /// What the values look like: `time`, `number`, `text`, `category`, `identifier`, `empty`.
    pub kind: String,
}

/// What is known of a file after reading its beginning, shown before import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// File name.
    pub name: String,
    /// Recognised format.
    pub format: FileFormat,
    /// Columns in file order.
    pub columns: Vec<ColumnSample>,
    /// First rows, at most 20, one string per column; empty where the row has no value.
    pub rows: Vec<Vec<String>>,
    /// Rows sampled for the guess.
    pub n_sampled: u32,
    /// Guessed mapping.
    pub mapping: Mapping,
    /// Why each column was guessed: pairs of role (`customer`, `activity`, …) and reason.
    pub reasons: Vec<(String, String)>,
    /// How the guessed time column is read.
    pub time: TimeReading,
    /// What the file is known to be; then the mapping is only what would be guessed without it.
    #[serde(default)]
    pub recipe: Option<Recipe>,
    /// Faults seen in the sample, so that a person sees them before import.
    pub rejects: Vec<Reject>,
    /// What can be chosen about the way the file is read.
    #[serde(default)]
    pub choices: Option<Choices>,
    /// When the recording began, if its times count from there: empty where nobody knows yet.
    #[serde(default)]
    pub start: Option<String>,
    /// What is personal in each column, in file order, and what the workspace's policy makes of it.
    #[serde(default)]
    pub personal: Vec<PersonalColumn>,
    /// Column that probably says what the customer allows.
    #[serde(default)]
    pub consent: Option<String>,
    /// The source that the file renews unless a person says otherwise.
    #[serde(default)]
    pub renews: Option<Renewed>,
    /// The page of a person's own that decided about the mapping, where one did.
    #[serde(default)]
    pub own: Option<OwnPage>,
}

/// A page of a person's own that fits a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPage {
    /// What it is called: the file for which it was made.
    pub title: String,
    /// What was found without it.
    pub otherwise: Otherwise,
}

/// What a file is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Otherwise {
    /// Which column means what.
    pub mapping: Mapping,
    /// Why: pairs of role and reason.
    pub reasons: Vec<(String, String)>,
    /// How times are read.
    pub time: TimeReading,
    /// What the file is known to be.
    pub recipe: Option<Recipe>,
}

impl Preview {
    /// The same as it would be without the page of a person's own.
    pub fn without_own(&self) -> Self {
        match self.own.clone() {
            Some(OwnPage { otherwise: Otherwise { mapping, reasons, time, recipe }, .. }) => {
                Self { mapping, reasons, time, recipe, own: None, rejects: Vec::new(), ..self.clone() }
            }
            None => self.clone(),
        }
    }
}

/// A mapping or a recipe of a person's own, kept for tables with the same columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMapping {
    /// What tells it from others.
    pub name: String,
    /// What it is called: the file for which it was made.
    pub title: String,
    /// It is a recipe, not a mapping.
    pub is_recipe: bool,
    /// Columns and what they mean.
    pub meanings: Vec<(String, String)>,
    /// Columns that a table has to have.
    pub n_columns: u32,
    /// Its page of text, as it is saved and opened again.
    pub text: String,
}

/// The decision a person confirms: how one file becomes events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// File name, kept as the name of the source.
    pub name: String,
    /// Format as previewed.
    pub format: FileFormat,
    /// Column roles.
    pub mapping: Mapping,
    /// Order of day and month.
    pub date_order: DateOrder,
    /// Offset from UTC in minutes for times without a zone.
    pub zone_offset_minutes: i32,
    /// Text of the recipe that takes the place of the mapping; empty without one.
    #[serde(default)]
    pub recipe: String,
    /// What becomes of each column's values; `None` leaves it to the workspace's policy.
    #[serde(default)]
    pub treatments: Option<Vec<ColumnTreatment>>,
    /// Column that says what the customer allows: yes, no, or purposes.
    #[serde(default)]
    pub consent: Option<String>,
    /// Whether the file renews a source that the workspace has.
    #[serde(default)]
    pub renewal: Renewal,
    /// The columns of the file, where its mapping is to be kept for files with the same ones.
    #[serde(default)]
    pub keep_for: Vec<String>,
}

/// Whether a file is a newer export of a source: then what is new is added and what changed is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// If a source came from a file of the same name, dates aside, and with the same meaning.
    #[default]
    Found,
    /// It is a source of its own.
    Beside,
    /// It renews this one.
    Of(u32),
}

/// A source that a file renews, as proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// Its number.
    pub source: u32,
    /// Its name.
    pub name: String,
}

/// A known export, and what is made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// What the file is: `Zendesk tickets`.
    pub title: String,
    /// Version of the recipe.
    pub version: u32,
    /// What it lists, when it gives nothing on its own; else empty.
    pub lookup: String,
    /// Columns that are used, and what they mean.
    pub meanings: Vec<(String, String)>,
    /// Events that it makes: `Ticket {status}`.
    pub activities: Vec<String>,
    /// Tells of customers.
    pub gives_profiles: bool,
    /// Tells of accounts.
    pub gives_accounts: bool,
    /// The recipe's page of text.
    pub text: String,
}

/// One record that could not become an event, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// File name.
    pub file: String,
    /// Line in the file, from 1 (for XES and one-line JSON: line where the record begins).
    pub line: u64,
    /// Column at fault; empty when the whole record is.
    pub field: String,
    /// What is wrong, in a sentence without personal data beyond the offending value.
    pub reason: String,
    /// The offending value, cut at 80 characters.
    pub value: String,
}

/// Progress of a long piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes of the file read so far.
    pub n_bytes: u64,
    /// Bytes in all; 0 when unknown.
    pub n_bytes_total: u64,
    /// Records read so far.
    pub n_rows: u64,
    /// Records rejected so far.
    pub n_rejected: u64,
    /// What is being done now: `reading`, `sorting`, `counting`.
    pub phase: String,
}

/// A source that is in the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Number of the source, from 0, in order of import.
    pub source: u32,
    /// File name, or the name the host page gave.
    pub name: String,
    /// Recognised format, for people: `CSV, comma, UTF-8`.
    pub format: String,
    /// Records read.
    pub n_rows: u64,
    /// Records that became new events.
    pub n_events: u64,
    /// Records that repeat an event exactly and were skipped.
    pub n_duplicates: u64,
    /// Records rejected.
    pub n_rejected: u64,
    /// Rejected records by reason, most frequent first.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// Accepted rows that needed a repair, by kind (`short row`, `invalid UTF-8 replaced`), most frequent first.
    pub repaired_by_kind: Vec<(String, u64)>,
    /// Earliest event, in UTC microseconds since 1970.
    pub first_micros: Option<i64>,
    /// Latest event, in UTC microseconds since 1970.
    pub last_micros: Option<i64>,
    /// Column roles used.
    pub mapping: Mapping,
    /// Made by the built-in generator, not by a customer.
    pub sample: bool,
    /// Personal data in it and what became of it, and who was kept out.
    #[serde(default)]
    pub intake: Intake,
    /// What newer exports of it did.
    #[serde(default)]
    pub renewed: RenewedCounts,
}

/// What newer exports of a source did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewedCounts {
    /// Newer exports.
    pub n_times: u64,
    /// Events that the latest of them added.
    pub n_new: u64,
    /// Events that it told otherwise.
    pub n_changed: u64,
    /// Events that its records make no more.
    pub n_gone: u64,
    /// Events that it repeated as they were.
    pub n_unchanged: u64,
    /// New ones that came after a later event of their customer.
    pub n_late: u64,
    /// Events of all exports that went because a newer one told them anew.
    pub n_replaced: u64,
}

/// A figure before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What changed: an activity, or `from → to` for an edge.
    pub name: String,
    /// Occurrences before.
    pub before: u64,
    /// Occurrences after.
    pub after: u64,
}

/// What an import did to the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSummary {
    /// Events added.
    pub n_events: u64,
    /// Customers seen for the first time.
    pub n_new_customers: u64,
    /// Customers that were known and got events.
    pub n_touched_customers: u64,
    /// Events that came after a later event of the same customer was already there.
    pub n_late: u64,
    /// Events that were there exactly so and stay as they were.
    pub n_duplicates: u64,
    /// Of the events added, those that replace what the same record brought before.
    #[serde(default)]
    pub n_changed: u64,
    /// Events that records of this source made before and make no more.
    #[serde(default)]
    pub n_gone: u64,
    /// It was a newer export of a source that was there.
    #[serde(default)]
    pub renews: bool,
    /// Records rejected.
    pub n_rejected: u64,
    /// Activities seen for the first time, sorted by name.
    pub new_activities: Vec<String>,
    /// Activities whose occurrences changed, largest change first, at most 20.
    pub activities: Vec<Changed>,
    /// Edges whose occurrences changed, largest change first, at most 20.
    pub edges: Vec<Changed>,
    /// Cases whose contribution was recomputed.
    pub n_recomputed_cases: u64,
    /// Cases whose contribution was kept as it was.
    pub n_kept_cases: u64,
}

/// The result of one import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The source as it now stands.
    pub source: SourceSummary,
    /// What the import changed.
    pub change: ChangeSummary,
}
