//! A question about journeys: which part of the data, and which analysis of it. What a saved view or a share link holds.
//!
//! Questions are plain values and hold names, never numbers of a store, so that the same question can be asked of another
//! workspace, next week, or of another engine. Every field but the essential ones has a default, which may be left out.

use crate::import::ScoreKind;
use serde::{Deserialize, Serialize};

/// The version of this language; a question of a later version is refused with words.
pub const QUESTION_VERSION: u32 = 2;

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
    /// What is working time, where an analysis counts it.
    #[serde(skip_serializing_if = "WorkingTime::is_default")]
    pub working_time: WorkingTime,
    /// Which customers.
    pub filter: Filter,
    /// A second group to compare with.
    pub compare: Option<Comparison>,
}

/// A week's working time and the days without any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkingTime {
    /// When it is open; what overlaps counts once.
    pub openings: Vec<Opening>,
    /// Days without any working time, as `2026-12-25`.
    pub holidays: Vec<String>,
    /// Offset from UTC of its hours and days; that of the question when not given.
    pub zone_offset_minutes: Option<i32>,
}

/// One opening of a week; a night is two, one for each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Day of the week: 0 is Monday, 6 is Sunday.
    pub weekday: u8,
    /// First minute of the day that counts, 0 to 1,439.
    pub from_minute: u16,
    /// Minute of the day at which it stops, 1 to 1,440.
    pub until_minute: u16,
}

impl WorkingTime {
    /// Whether it is the one that questions have when they say nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for WorkingTime {
    /// Monday to Friday, 9 to 17.
    fn default() -> Self {
        let opening = |weekday| Opening { weekday, from_minute: 9 * 60, until_minute: 17 * 60 };
        Self { openings: (0..5).map(opening).collect(), holidays: Vec::new(), zone_offset_minutes: None }
    }
}

impl Default for Query {
    fn default() -> Self {
        Self {
            unit: Unit::default(),
            period: None,
            zone_offset_minutes: 0,
            session_timeout_secs: 1_800,
            working_time: WorkingTime::default(),
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
    /// In a segment: a filter that the workspace keeps under a name.
    Segment {
        /// Its name.
        name: String,
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
        /// Day by day instead, in seven states by how long ago the last activity was.
        #[serde(default)]
        daily: bool,
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
        /// Only working time counts: [`Query::working_time`].
        #[serde(default)]
        working_hours: bool,
    },
    /// How many go along a route, each stop right after the one before, and how long it takes.
    Route(Route),
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
    /// What people answered in surveys: net promoter score, satisfaction, effort.
    Scores(Scores),
    /// What became of recurring revenue from period to period.
    Revenue {
        /// Length of the periods.
        #[serde(default = "month")]
        grain: Grain,
    },
}

fn month() -> Grain {
    Grain::Month
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
    /// The first step must be the very first time ever, not only the first in the period.
    #[serde(default)]
    pub first_ever: bool,
    /// What must be the same at all steps, at most three.
    #[serde(default)]
    pub hold: Vec<Held>,
    /// Split by what.
    #[serde(default)]
    pub breakdown: Option<Breakdown>,
    /// Which step decides about the group of a breakdown.
    #[serde(default)]
    pub attribution: Attribution,
    /// Segments to split by.
    #[serde(default)]
    pub segments: Vec<String>,
}

impl Default for Funnel {
    /// Without steps, within a fortnight of the first entry.
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            order: StepOrder::default(),
            window_secs: fortnight(),
            best_entry: false,
            exclude: Vec::new(),
            first_ever: false,
            hold: Vec::new(),
            breakdown: None,
            attribution: Attribution::default(),
            segments: Vec::new(),
        }
    }
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

/// By what a funnel or a retention is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// Channel of a step.
    Channel,
    /// Account of the customer.
    Account,
    /// Source of a step.
    Source,
    /// Activity of a step, where it may be one of several.
    Activity,
    /// Very first activity of all.
    Start,
    /// [`Funnel::segments`] or [`Retention::segments`]; who is in several counts in each.
    Segments,
}

/// Which step decides about the group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The first step taken with a known value.
    #[default]
    FirstTouch,
    /// The last step taken with a known value.
    LastTouch,
    /// Each value for itself, as if nothing had happened with the others.
    AllSteps,
    /// This step, from 1; who did not take it with a known value counts in no group.
    Step(u32),
}

/// What may be held the same at all steps of a funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Channel.
    Channel,
    /// Account.
    Account,
    /// Source.
    Source,
}

/// A route: activities right after one another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// The activities in order.
    pub stops: Vec<String>,
    /// The first is the first of all.
    pub from_start: bool,
    /// The last is the last of all.
    pub to_end: bool,
    /// Only working time counts: [`Query::working_time`].
    pub working_hours: bool,
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
    /// Columns of [`Criterion::Brackets`], each a first and a last period; none means 0, 1–3, 4–7, 8–14, 15–30.
    pub brackets: Vec<(u32, u32)>,
    /// Last period shown, of the other criteria; none means 30 days, or 12 weeks or months.
    pub last_period: Option<u32>,
    /// What shares are shares of.
    pub reference: Reference,
    /// How cohorts are averaged in what is drawn and told; the table has both.
    pub average: Average,
    /// Split by what: start and return share the channel or the source; the activity is that of the start.
    pub breakdown: Option<Breakdown>,
    /// Segments to split by.
    pub segments: Vec<String>,
}

/// What a share of a retention is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Of all that started.
    #[default]
    Start,
    /// Of those retained in the column before.
    Previous,
}

/// How cohorts are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// By their size.
    #[default]
    Weighted,
    /// Each the same.
    Simple,
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
    /// Active in a bracket of periods.
    Brackets,
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

/// Answers to a survey. Where customers or accounts are counted, the latest answer of each counts; where events are, every one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scores {
    /// Which survey; the one with most answers when not given.
    pub survey: Option<ScoreKind>,
    /// How many of the best answers are positive; what is usual for the survey when not given.
    pub best: Option<u32>,
    /// Only answers of these activities; none means any.
    pub answers: Vec<String>,
    /// Activities that mean that somebody was asked, for the response rate; none means that it is not known.
    pub asked: Vec<String>,
    /// Length of the periods.
    pub grain: Grain,
}

impl Default for Scores {
    fn default() -> Self {
        Self { survey: None, best: None, answers: Vec::new(), asked: Vec::new(), grain: Grain::Month }
    }
}

/// What a ticket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tickets {
    /// By id where events that mean something for a ticket have one, else by the activity that creates one.
    #[default]
    Auto,
    /// Events about the same thing, by its id.
    ById,
    /// Each activity that creates one begins one; a customer's whole history where no activity does.
    ByActivity,
}

/// Which activities mean what in a ticket's life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Support {
    /// What a ticket is.
    pub tickets: Tickets,
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
    /// Only working time counts: [`Query::working_time`].
    pub working_hours: bool,
}
