//! What is found in a file's beginning, and what a person confirms before it is imported.

use crate::audit::Reject;
use crate::format::Format;
use crate::recipe::Recipe;
use event::Measure;

/// Day-month order of dates such as `03/04/2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// 03/04/2024 is the third of April.
    DayFirst,
    /// 03/04/2024 is the fourth of March.
    MonthFirst,
}

/// How the values of the time column are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeReading {
    /// Order of day and month where a value leaves it open.
    pub date_order: DateOrder,
    /// Why this order: the deciding value with its line, or that nothing in the file decides it.
    pub date_order_reason: String,
    /// No value of the column decides the order, yet at least one depends on it: a person should look.
    pub date_order_open: bool,
    /// Some value has day and month as numbers, so that their order matters.
    pub date_order_matters: bool,
    /// Offset from UTC in minutes applied to times without a zone; 0 is UTC.
    pub zone_offset_minutes: i32,
    /// At least one sampled value has no zone, so that the offset matters.
    pub zone_matters: bool,
    /// Caption of the recognised form, for people: `ISO 8601 with zone`, `Unix seconds`, `day/month/year`.
    pub form: String,
}

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Identifies the customer (the case).
    Customer,
    /// Names what happened.
    Activity,
    /// When it happened, or started.
    Time,
    /// When it ended.
    EndTime,
    /// The channel.
    Channel,
    /// The account of the customer.
    Account,
    /// Free text written or said by a person.
    Text,
    /// An amount of money.
    Money,
    /// The id of the thing that the event is about: a ticket, a subscription, an order, a conversation.
    Object,
    /// The currency of the amounts.
    Currency,
    /// The answer to a survey, on the scale of [`Mapping::score_kind`].
    Score,
    /// Recurring revenue per month from this event on.
    Mrr,
    /// The id of the record itself: the same in the next export, and of no other record.
    Record,
}

impl Role {
    /// All roles, the required ones first.
    pub const ALL: [Role; 13] = [
        Role::Customer,
        Role::Activity,
        Role::Time,
        Role::EndTime,
        Role::Channel,
        Role::Account,
        Role::Text,
        Role::Money,
        Role::Object,
        Role::Currency,
        Role::Score,
        Role::Mrr,
        Role::Record,
    ];

    /// The name used on the wire and in options: `customer`, `end_time`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Activity => "activity",
            Role::Time => "time",
            Role::EndTime => "end_time",
            Role::Channel => "channel",
            Role::Account => "account",
            Role::Text => "text",
            Role::Money => "money",
            Role::Object => "object",
            Role::Currency => "currency",
            Role::Score => "score",
            Role::Mrr => "mrr",
            Role::Record => "record",
        }
    }
}

/// Which column means what; `None` where the file has no such column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Column with the id of the thing that the event is about.
    pub object: Option<String>,
    /// Column with the currency of the amounts.
    pub currency: Option<String>,
    /// Column with the answer to a survey. An event has one number: an answer comes before recurring revenue, and that
    /// before other money.
    pub score: Option<String>,
    /// The survey and its scale; required where `score` has a column.
    pub score_kind: Option<Measure>,
    /// Column with recurring revenue per month.
    pub mrr: Option<String>,
    /// Column with the id of the record itself: what makes it the same in the next export, whatever else changed.
    pub record: Option<String>,
}

impl Mapping {
    /// The column of a role.
    #[must_use]
    pub fn column(&self, role: Role) -> Option<&str> {
        let column = match role {
            Role::Customer => &self.customer,
            Role::Activity => &self.activity,
            Role::Time => &self.time,
            Role::EndTime => &self.end_time,
            Role::Channel => &self.channel,
            Role::Account => &self.account,
            Role::Text => &self.text,
            Role::Money => &self.money,
            Role::Object => &self.object,
            Role::Currency => &self.currency,
            Role::Score => &self.score,
            Role::Mrr => &self.mrr,
            Role::Record => &self.record,
        };
        column.as_deref()
    }

    /// Gives a role to a column, or takes it away with `None`.
    pub fn set(&mut self, role: Role, column: Option<String>) {
        let place = match role {
            Role::Customer => &mut self.customer,
            Role::Activity => &mut self.activity,
            Role::Time => &mut self.time,
            Role::EndTime => &mut self.end_time,
            Role::Channel => &mut self.channel,
            Role::Account => &mut self.account,
            Role::Text => &mut self.text,
            Role::Money => &mut self.money,
            Role::Object => &mut self.object,
            Role::Currency => &mut self.currency,
            Role::Score => &mut self.score,
            Role::Mrr => &mut self.mrr,
            Role::Record => &mut self.record,
        };
        *place = column;
    }
}

/// What the values of a column look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Dates or times.
    Time,
    /// Numbers.
    Number,
    /// Sentences.
    Text,
    /// Few values that repeat.
    Category,
    /// Short values, many of them distinct.
    Identifier,
    /// No value in the sample.
    Empty,
}

impl ColumnKind {
    /// The name used on the wire: `time`, `number`, `text`, `category`, `identifier`, `empty`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ColumnKind::Time => "time",
            ColumnKind::Number => "number",
            ColumnKind::Text => "text",
            ColumnKind::Category => "category",
            ColumnKind::Identifier => "identifier",
            ColumnKind::Empty => "empty",
        }
    }
}

/// One column of a file, as sampled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSample {
    /// Name as in the file; unnamed columns are called `column 3`, a repeated name becomes `name (2)`.
    pub name: String,
    /// Non-empty values among the sampled rows.
    pub n_filled: u32,
    /// Distinct values among the sampled rows.
    pub n_distinct: u32,
    /// What the values look like.
    pub kind: ColumnKind,
}

/// What is known of a file after reading its beginning, shown before import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// File name.
    pub name: String,
    /// Recognised format.
    pub format: Format,
    /// Columns in file order.
    pub columns: Vec<ColumnSample>,
    /// First rows, at most 20, one string per column; empty where the row has no value.
    pub rows: Vec<Vec<String>>,
    /// Rows sampled for the guess, at most 1,000.
    pub n_sampled: u32,
    /// Guessed mapping.
    pub mapping: Mapping,
    /// Why each column was guessed, or why no column was found for a required role.
    pub reasons: Vec<(Role, String)>,
    /// How the guessed time column is read.
    pub time: TimeReading,
    /// The recipe that knows tables of this kind; it takes the place of the guess.
    pub recipe: Option<Recipe>,
    /// The page of a person's own that decided about the mapping, where one did.
    pub own: Option<OwnPage>,
    /// Faults seen in the sample under the guessed mapping, at most 100, so that a person sees them before import.
    pub rejects: Vec<Reject>,
    /// All sampled rows, one string per column; a row may lack columns that appeared later.
    pub sample: Vec<Vec<String>>,
}

/// A page of a person's own that fits a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPage {
    /// What it is called.
    pub title: String,
    /// What was found without it.
    pub otherwise: Otherwise,
}

/// What a file is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otherwise {
    /// Which column means what.
    pub mapping: Mapping,
    /// Why.
    pub reasons: Vec<(Role, String)>,
    /// How times are read.
    pub time: TimeReading,
    /// The recipe that knows tables of this kind.
    pub recipe: Option<Recipe>,
}

impl Preview {
    /// The plan a person would confirm without changing anything.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan {
            name: self.name.clone(),
            format: self.format.clone(),
            mapping: self.mapping.clone(),
            date_order: self.time.date_order,
            zone_offset_minutes: self.time.zone_offset_minutes,
            recipe: self.recipe.clone(),
            consent: None,
        }
    }
}

/// The decision a person confirms: how one file becomes events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// File name, kept as the name of the source.
    pub name: String,
    /// Format as previewed.
    pub format: Format,
    /// Column roles.
    pub mapping: Mapping,
    /// Order of day and month.
    pub date_order: DateOrder,
    /// Offset from UTC in minutes for times without a zone, from -1,080 to 1,080.
    pub zone_offset_minutes: i32,
    /// The recipe that takes the place of the mapping.
    pub recipe: Option<Recipe>,
    /// Column that says what the customer allows.
    pub consent: Option<String>,
}
