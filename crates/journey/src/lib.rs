//! In what order: cases, directly-follows graph, variants, stages.
//!
//! Data path: files → source → event store → **journey** → map → engine → protocol → screen.
//!
//! Entry points: [`Analysis`] keeps every counted result current while cases change; [`FollowsGraph`] is the graph;
//! [`StagePlan`] puts activities into stages; [`cases_behind`] finds the cases behind a mark.
//!
//! Every counted result can be maintained by retracting a case's old contribution and adding its new one; a
//! from-scratch pass gives exactly the same figures (a property test).
//!
//! This crate does not know: files, the screen, how anything is drawn.
//!
//! ```
//! use event::{Batch, NewEvent, Store};
//! use journey::Analysis;
//! let mut batch = Batch::new("visits");
//! for (line, activity) in [(1, "visit"), (2, "order")] {
//!     batch.push(NewEvent {
//!         customer: "ada", activity, start_micros: i64::from(line) * 60_000_000, end_micros: None, channel: None,
//!         account: None, text: None, value: None, line, digest: u64::from(line),
//!         ..NewEvent::default()
//!     });
//! }
//! let mut store = Store::new();
//! let staged = store.stage(batch);
//! store.commit(staged);
//! let analysis = Analysis::from_scratch(&store);
//! let edges = analysis.graph().edges();
//! assert_eq!(edges[0].time_stats().unwrap().median_secs, 60.0);
//! ```

mod active_periods;
mod analysis;
mod attempt;
mod basis;
mod business_hours;
mod calendar;
mod case_set;
mod cohort_groups;
mod conservation;
mod daily_states;
mod durations;
mod experience;
mod extent;
mod filter;
mod follows;
mod funnel;
mod funnel_choice;
mod funnel_groups;
mod interval;
mod issue;
mod kept;
mod lifecycle;
mod membership;
mod multiplicity;
mod pairs;
mod path_counts;
mod path_items;
mod paths;
mod pattern;
mod positions;
mod query;
mod radix;
mod readings;
mod recurring;
mod resolve;
mod retention;
mod revenue;
mod rework;
mod route;
mod run;
mod scores;
mod select;
mod sessions;
mod slice;
mod stage_totals;
mod stages;
mod steps;
mod stickiness;
mod support;
mod tally;
mod ticket_counts;
mod tickets;
mod transitions;
mod units;
mod variants;
mod vocabulary;

pub use analysis::Analysis;
pub use basis::{Basis, Excluded};
pub use business_hours::{CalendarSpec, WorkCalendar, WorkHours};
pub use calendar::{Calendar, CivilDate, NoDate, PeriodUnit, Weekday};
pub use case_set::CaseSet;
pub use cohort_groups::{CohortBreakdown, CohortBy, RetentionGroup, retained_cases};
pub use conservation::{Conservation, check_conservation};
pub use daily_states::{DailyCounts, DailySpec, DailyState, DailyStates, daily_state_cases, daily_states};
pub use durations::{Durations, TimeStats, stats_of_union};
pub use experience::{
    Answers, Experience, ExperiencePeriod, ExperienceSpec, SurveysSpec, experience, experience_cases,
    surveys_in,
};
pub use filter::{Filter, Matched, cases_matching};
pub use follows::{ActivityCount, Edge, FollowsGraph, Sign};
pub use funnel::{
    Attribute, Attribution, Breakdown, BreakdownBy, Exclusion, Funnel, FunnelEntry, FunnelGroup, FunnelSpec,
    FunnelStep, StepDifference, StepOrder, StepResult, TimeBin, funnel, funnel_difference,
    funnel_group_cases,
};
pub use interval::{Difference, Interval, IntervalMethod, Mean, NetPromoter, Proportion};
pub use issue::Issue;
pub use kept::{Counted, KeptQuery, Tally};
pub use lifecycle::{
    Lifecycle, LifecycleDifference, LifecyclePeriod, LifecycleSpec, LifecycleState, lifecycle,
    lifecycle_cases, lifecycle_difference,
};
pub use path_items::{ItemGroup, ItemRules, Replacement};
pub use paths::{
    PathItem, PathLink, PathNode, PathNodeCount, PathSpec, PathStep, PathUnit, Paths, path_cases, paths,
};
pub use pattern::{Pattern, PatternError};
pub use positions::{N_BINS, Positions};
pub use query::{Comparison, Period, Query, Scope, Selected, Unit, select};
pub use recurring::{Recurring, RecurringCurrency, RecurringSpec, recurring, recurring_cases};
pub use resolve::{NameKind, UnknownName};
pub use retention::{
    Bracket, CellState, Cohort, CohortCases, CohortEntry, Criterion, Retention, RetentionCell,
    RetentionClock, RetentionColumn, RetentionReference, RetentionSpec, cohort_cases, retention,
    retention_difference,
};
pub use revenue::{Revenue, RevenueMove, RevenuePeriod, RevenueRow, revenue_retention};
pub use rework::{ActivityRework, PingPong, Rework, ReworkMark, ReworkSpec, rework, rework_cases};
pub use route::{RouteSpec, RouteSpecs, RouteStats, RouteStop, route_cases, route_stats};
pub use scores::{
    Answer, Nps, Responses, Scale, ScaleScore, ScoreSpec, latest_answers, nps, scale_score, score_by_group,
};
pub use select::{Selection, cases_behind};
pub use sessions::{Session, SessionCountSpec, SessionCounts, SessionRule, Sessions, sessions};
pub use stage_totals::StageTotals;
pub use stages::{StageAssignment, StagePlan, StageRule, StageWishes};
pub use steps::{
    Occurrence, StepAnchor, StepBlock, StepMatrix, StepMatrixDifference, StepMatrixDifferenceRow, StepRow,
    StepSpec, step_cases, step_matrix, step_matrix_difference,
};
pub use stickiness::{
    Stickiness, StickinessSpec, cases_active_at_least, cases_active_exactly, stickiness,
    stickiness_difference,
};
pub use support::{
    SlaOutcome, SlaTarget, Support, SupportMetric, SupportSpec, SupportTimes, TicketFigures, TicketNotion,
    has_ticket_ids, support,
};
pub use ticket_counts::{MetricCounts, TargetCounts, TicketCountSpec, TicketCounts, TicketIdSpec, TicketsOf};
pub use transitions::{
    Place, Transition, TransitionSpec, TransitionWeight, Transitions, transition_cases, transitions,
};
pub use units::{Coverage, count};
pub use variants::Variants;
pub use vocabulary::LIFECYCLE;
