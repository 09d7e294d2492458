//! A question about journeys: which part of the data, and which analysis of it. What a saved view or a share link holds.
//!
//! Questions are plain values and hold names, never numbers of a store, so that the same question can be asked of another
//! workspace, next week, or of another engine. Every field but the essential ones has a default, which may be left out.

use serde::{Deserialize, Serialize};

/// The version of this language; a question of a later version is refused with words.
pub const QUESTION_VERSION: u32 = 1;

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Version of the language, [`QUESTION_VERSION`].
    #[serde(default = "version")]
    pub version: u32,
    /// Which part of the data.
    #[serde(default)]
    pub query: Query,
    /// What is worked out.
    pub analysis: Analysis,
}

fn version() -> u32 {
    QUESTION_VERSION
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Accounts; customers without one are left out and counted as such.
    Accounts,
    /// Customers.
    #[default]
    Customers,
    /// Sessions.
    Sessions,
    /// Events.
    Occurrences,
}

/// A span of time, from inclusive, until exclusive, in UTC microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First moment inside.
    pub from_micros: i64,
    /// First moment outside.
    pub until_micros: i64,
}

/// Which part of the data is asked about; the same for every analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// What is counted.
    pub unit: Unit,
    /// Only events in this period; `None` takes all.
    pub period: Option<Period>,
    /// Offset from UTC by which days, weeks and months are cut.
    pub zone_offset_minutes: i32,
    /// A longer pause begins a new session.
    pub session_timeout_secs: u32,
    /// Which customers.
    pub filter: Filter,
    /// A second group to compare with.
    pub compare: Option<Comparison>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            unit: Unit::default(),
            period: None,
            zone_offset_minutes: 0,
            session_timeout_secs: 1_800,
            filter: Filter::All,
            compare: None,
        }
    }
}

/// The second group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Comparison {
    /// All customers that the filter leaves out.
    Rest,
    /// The customers of another filter.
    Filter {
        /// That filter.
        filter: Filter,
    },
}

/// Which customers; names are activities, channels, accounts or customers as in the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Filter {
    /// Everybody.
    #[default]
    All,
    /// Those that another filter leaves out.
    Not {
        /// That filter.
        of: Box<Filter>,
    },
    /// Those that every filter takes.
    AllOf {
        /// The filters.
        of: Vec<Filter>,
    },
    /// Those that any filter takes.
    AnyOf {
        /// The filters.
        of: Vec<Filter>,
    },
    /// With a number of events of these activities.
    HasActivity {
        /// Activities.
        names: Vec<String>,
        /// At least so many.
        #[serde(default = "one")]
        at_least: u64,
        /// At most so many.
        #[serde(default)]
        at_most: Option<u64>,
    },
    /// Whose first activity is one of these.
    StartsWith {
        /// Activities.
        names: Vec<String>,
    },
    /// Whose last activity is one of these.
    EndsWith {
        /// Activities.
        names: Vec<String>,
    },
    /// In which one of `from` is directly followed by one of `to`.
    DirectlyFollows {
        /// Activities before.
        from: Vec<String>,
        /// Activities after.
        to: Vec<String>,
    },
    /// In which one of `from` is some time later followed by one of `to`.
    EventuallyFollows {
        /// Activities before.
        from: Vec<String>,
        /// Activities after.
        to: Vec<String>,
        /// Within so many seconds.
        #[serde(default)]
        within_secs: Option<u64>,
    },
    /// Whose activities match a pattern, such as `home->.*->[buy|order]`.
    Sequence {
        /// The pattern: activities joined by `->`; `.*` any run, `[a|b]` either, `[^a]` any but, `path_start`, `path_end`.
        pattern: String,
    },
    /// With an event on one of these channels.
    Channel {
        /// Channels.
        names: Vec<String>,
    },
    /// Of these accounts.
    Account {
        /// Accounts.
        names: Vec<String>,
    },
    /// These customers.
    Customer {
        /// Customers.
        names: Vec<String>,
    },
    /// Whose time from first to last event lies between.
    Duration {
        /// Shortest, in seconds.
        #[serde(default)]
        min_secs: Option<u64>,
        /// Longest, in seconds.
        #[serde(default)]
        max_secs: Option<u64>,
    },
    /// With a number of events between.
    Events {
        /// Fewest.
        #[serde(default)]
        min: Option<u64>,
        /// Most.
        #[serde(default)]
        max: Option<u64>,
    },
    /// Whose first event lies in the period.
    FirstEvent {
        /// The period.
        period: Period,
    },
    /// Whose journey reached one of these activities.
    Outcome {
        /// Activities.
        names: Vec<String>,
    },
}

fn one() -> u64 {
    1
}

/// Length of a calendar period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A day.
    Day,
    /// A week, from Monday.
    #[default]
    Week,
    /// A month.
    Month,
}

/// What is worked out. Names of activities are as in the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Analysis {
    /// How many get from step to step, and how long they take.
    Funnel(Funnel),
    /// How many come back, by the period they began in.
    Retention(Retention),
    /// Who is new, returning, resurrecting, dormant in each period.
    Lifecycle {
        /// Activities that count as being active; none means any.
        #[serde(default)]
        names: Vec<String>,
        /// Length of the periods.
        #[serde(default)]
        grain: Grain,
    },
    /// In how many periods customers were active.
    Stickiness {
        /// Activities that count as being active; none means any.
        #[serde(default)]
        names: Vec<String>,
        /// Length of the periods.
        #[serde(default)]
        grain: Grain,
    },
    /// How often each activity follows each other one, as counts, shares or times.
    Transitions {
        /// What the cells show.
        #[serde(default)]
        weight: TransitionWeight,
        /// A pair counts once for a customer.
        #[serde(default)]
        once_per_case: bool,
        /// Only working time counts: Monday to Friday, 9 to 17.
        #[serde(default)]
        working_hours: bool,
    },
    /// Which way customers go, step by step.
    Paths(Paths),
    /// Where customers are at each step, as shares.
    Steps {
        /// Steps shown.
        #[serde(default = "ten")]
        n_steps: u32,
        /// Activity that step 0 is; none counts from the first event.
        #[serde(default)]
        anchor: Option<String>,
    },
    /// What is done again: repeats, loops, there and back.
    Rework,
    /// Sessions: how many, how long, how large.
    Sessions,
    /// How fast support replies and resolves, and how often a ticket comes back.
    Support(Support),
}

fn ten() -> u32 {
    10
}

/// A funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// Steps in order; each is done by any of its activities.
    pub steps: Vec<Vec<String>>,
    /// What may lie between two steps.
    #[serde(default)]
    pub order: StepOrder,
    /// Most seconds from the first step to a later one; `None` is no limit.
    #[serde(default = "fortnight")]
    pub window_secs: Option<u64>,
    /// Any entry that gets furthest counts, not only the first.
    #[serde(default)]
    pub best_entry: bool,
    /// Activities that take a customer out of the funnel when they happen inside it.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Split by what.
    #[serde(default)]
    pub breakdown: Option<Breakdown>,
}

fn fortnight() -> Option<u64> {
    Some(14 * 86_400)
}

/// What may lie between two steps of a funnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOrder {
    /// Steps in order, anything between.
    #[default]
    Ordered,
    /// Steps in order, nothing between.
    Strict,
    /// Steps in any order.
    Any,
}

/// By what a funnel is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// Channel of the first step.
    Channel,
    /// Account of the customer.
    Account,
}

/// A retention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Activities that begin it; none means any.
    pub starts: Vec<String>,
    /// Activities that count as coming back; none means any.
    pub returns: Vec<String>,
    /// Length of the periods.
    pub grain: Grain,
    /// What counts as retained.
    pub criterion: Criterion,
    /// Periods are counted from each customer's own start, not by the calendar.
    pub rolling: bool,
    /// A customer enters a cohort in every period with a start, not only in the first.
    pub recurring: bool,
}

/// What counts as retained in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Active in exactly that period.
    #[default]
    On,
    /// Active in that period or a later one.
    OnOrAfter,
    /// Active in a period after the start up to that one.
    OnOrBefore,
}

/// What a cell of the transition matrix shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionWeight {
    /// Occurrences.
    Count,
    /// Share of all transitions.
    ShareOfTotal,
    /// Average for a customer.
    PerCase,
    /// Share of what leaves the first activity.
    #[default]
    ProbabilityOut,
    /// Share of what enters the second activity.
    ProbabilityIn,
    /// Distinct customers.
    Cases,
    /// Median time between, in seconds.
    MedianTime,
    /// 95th percentile of the time between, in seconds.
    P95Time,
}

/// Paths, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paths {
    /// Activity that paths begin with; none takes the first event.
    pub start: Option<String>,
    /// Activity that paths end with.
    pub end: Option<String>,
    /// Steps shown.
    pub n_steps: u32,
    /// Activities shown for each step; the rest is "Other".
    pub n_rows: u32,
    /// Activities left out.
    pub exclude: Vec<String>,
    /// Groups of activities shown as one, the first that matches wins: pattern with `*` for any run, and name.
    pub groups: Vec<(String, String)>,
    /// A pause longer than the session timeout begins a new path.
    pub by_session: bool,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            start: None,
            end: None,
            n_steps: 5,
            n_rows: 3,
            exclude: Vec::new(),
            groups: Vec::new(),
            by_session: true,
        }
    }
}

/// Which activities mean what in a ticket's life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Support {
    /// A ticket was created; each begins a ticket of its own.
    pub created: Vec<String>,
    /// An agent replied in public.
    pub replied: Vec<String>,
    /// The ticket was solved.
    pub solved: Vec<String>,
    /// The ticket was opened again.
    pub reopened: Vec<String>,
    /// It waits for the customer.
    pub pending: Vec<String>,
    /// It waits for somebody else.
    pub on_hold: Vec<String>,
    /// First replies later than this break the promise.
    pub reply_target_secs: Option<u64>,
    /// Resolutions later than this break the promise.
    pub resolution_target_secs: Option<u64>,
    /// Only working time counts: Monday to Friday, 9 to 17.
    pub working_hours: bool,
}
