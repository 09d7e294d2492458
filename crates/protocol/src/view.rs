//! What the screen shows, computed and laid out, as bulk values (see [`crate::bulk`]).
//!
//! Times are UTC microseconds since 1970, durations are seconds, shares are ratios 0…1, lengths are CSS pixels at zoom 1.

use crate::sentence::Sentence;
use rkyv::{Archive, Deserialize, Serialize};

/// Distribution of a duration over all its occurrences, in seconds.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct TimeStats {
    /// Number of durations.
    pub n: u64,
    /// Arithmetic mean.
    pub mean_secs: f64,
    /// Median (mean of the two middle values for an even count).
    pub median_secs: f64,
    /// 95th percentile, linearly interpolated.
    pub p95_secs: f64,
    /// Smallest.
    pub min_secs: f64,
    /// Largest.
    pub max_secs: f64,
    /// Sum.
    pub sum_secs: f64,
    /// Sample standard deviation; 0 for a single value.
    pub stdev_secs: f64,
}

/// The whole map, ready to draw.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct JourneyMapView {
    /// Counts up with every change of the data or the stages.
    pub revision: u64,
    /// The ratio of activities really used.
    pub activities_ratio: f64,
    /// The ratio of paths really used.
    pub paths_ratio: f64,
    /// Width of the drawing.
    pub width: f32,
    /// Height of the flow part (the lanes below are drawn by the screen, aligned to the stages).
    pub height: f32,
    /// Columns, left to right.
    pub stages: Vec<StageView>,
    /// Marks, in reading order (left to right, top to bottom).
    pub nodes: Vec<NodeView>,
    /// Connections, thin ones first so that thick ones are drawn above.
    pub edges: Vec<EdgeView>,
    /// Figures of the whole store.
    pub totals: Totals,
    /// The check that nothing leaks.
    pub conservation: Conservation,
    /// How the stages came about, for people.
    pub stages_reason: Sentence,
    /// The stages were set by hand.
    pub stages_custom: bool,
    /// Names of lanes in the order that a person gave them; others come behind in their usual order.
    pub lanes: Vec<String>,
}

/// Figures over all events, whatever is drawn.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Totals {
    /// Events.
    pub n_events: u64,
    /// Cases, one per customer.
    pub n_cases: u64,
    /// Distinct accounts of the cases.
    pub n_accounts: u64,
    /// Distinct activities.
    pub n_activities: u64,
    /// Distinct directly-follows edges, without start and end.
    pub n_edges: u64,
    /// Distinct variants.
    pub n_variants: u64,
    /// Activities drawn by themselves.
    pub n_drawn_activities: u64,
    /// Edges drawn, start and end included.
    pub n_drawn_edges: u64,
    /// Edges after grouping into "Other", start and end included: what 100 % of paths would draw.
    pub n_drawable_edges: u64,
    /// Share of all transitions (start and end included) that the drawn edges carry.
    pub drawn_flow_ratio: f64,
    /// Earliest event.
    pub first_micros: Option<i64>,
    /// Latest event.
    pub last_micros: Option<i64>,
    /// Time from first to last event of a case.
    pub cycle: Option<TimeStats>,
}

/// Flow in equals flow out, for every activity and for the virtual start and end.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Conservation {
    /// It holds everywhere.
    pub holds: bool,
    /// Nodes checked, virtual ones included.
    pub n_checked: u64,
    /// The first violations, in words; empty when it holds.
    pub violations: Vec<String>,
}

/// One column and what its lanes show.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct StageView {
    /// Stage name.
    pub name: String,
    /// Left edge.
    pub x: f32,
    /// Width.
    pub width: f32,
    /// Activities assigned to the stage (drawn or not).
    pub n_activities: u64,
    /// Cases that reach the stage.
    pub n_cases: u64,
    /// Events in the stage.
    pub n_occurrences: u64,
    /// Cases whose last event is in the stage.
    pub n_ended: u64,
    /// `n_ended / n_cases`; 0 without cases.
    pub drop_off_ratio: f64,
    /// Time waited before the stage's events, since the event before in the case.
    pub waiting: Option<TimeStats>,
    /// Events of the stage by channel, most frequent first; the empty name stands for events without a channel.
    pub channels: Vec<ChannelCount>,
}

/// Events on one channel.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ChannelCount {
    /// Channel; empty when the events have none.
    pub name: String,
    /// Events.
    pub n_occurrences: u64,
}

/// What a mark stands for.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The virtual start of every case.
    Start,
    /// One activity.
    Activity,
    /// The activities of one stage that are not drawn by themselves.
    Other,
    /// The virtual end of every case.
    Ended,
}

/// One mark.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct NodeView {
    /// Number within this view; stable for the same activity while the revision's activities stay the same.
    pub id: u32,
    /// What it stands for.
    pub kind: NodeKind,
    /// The activity, or the caption of a virtual node.
    pub name: String,
    /// The name wrapped to fit the box, at most two lines, cut with `…`.
    pub lines: Vec<String>,
    /// Activities it stands for: one, several for Other, none for Start and Ended.
    pub activities: Vec<String>,
    /// Index into the stages; `None` for Start and Ended.
    pub stage: Option<u32>,
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// Occurrences; for Start and Ended: cases.
    pub n_occurrences: u64,
    /// Distinct cases; `None` for Other, where they are counted on opening.
    pub n_cases: Option<u64>,
    /// Cases that start here.
    pub n_starts: u64,
    /// Cases that end here.
    pub n_ends: u64,
    /// Waiting before it, over all incoming edges.
    pub waiting: Option<TimeStats>,
    /// Service time; only where the data has end times.
    pub service: Option<TimeStats>,
    /// Why the activity is in its stage: `name contains "invoice"`, `typically at 34 % of the journey`.
    pub stage_reason: Sentence,
    /// How sure the assignment is, 0…1; 1 when set by hand.
    pub stage_confidence_ratio: f64,
    /// Set by hand.
    pub stage_custom: bool,
    /// Its figures changed with the last import.
    pub changed: bool,
}

/// One connection.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct EdgeView {
    /// Number within this view.
    pub id: u32,
    /// Node it leaves, by id.
    pub from: u32,
    /// Node it enters, by id.
    pub to: u32,
    /// Occurrences.
    pub n_occurrences: u64,
    /// Distinct cases; `None` where an end is Other.
    pub n_cases: Option<u64>,
    /// Share of the source node's outgoing occurrences.
    pub out_ratio: f64,
    /// Time from the end of the first to the start of the second; `None` for edges of Start and Ended.
    pub time: Option<TimeStats>,
    /// SVG path data of its centre line.
    pub path_data: String,
    /// Where its figure stands.
    pub label_x: f32,
    /// Where its figure stands.
    pub label_y: f32,
    /// Stroke width by occurrences.
    pub width: f32,
    /// Leads to the left, or up or down within one vertical, or back to its own node.
    pub backward: bool,
    /// Its figures changed with the last import.
    pub changed: bool,
}

/// All activities and edges, the table twin of the map.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct GraphTable {
    /// Activities by occurrences, most first, ties by name.
    pub activities: Vec<ActivityRow>,
    /// Edges by occurrences, most first, ties by names; start and end edges included with an empty name.
    pub edges: Vec<EdgeRow>,
}

/// One activity with its figures.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ActivityRow {
    /// Activity.
    pub name: String,
    /// Stage name.
    pub stage: String,
    /// Why it is in the stage.
    pub stage_reason: Sentence,
    /// How sure the assignment is, 0…1.
    pub stage_confidence_ratio: f64,
    /// Set by hand.
    pub stage_custom: bool,
    /// Occurrences.
    pub n_occurrences: u64,
    /// Distinct cases.
    pub n_cases: u64,
    /// Cases that start here.
    pub n_starts: u64,
    /// Cases that end here.
    pub n_ends: u64,
    /// Service time, where known.
    pub service: Option<TimeStats>,
}

/// One edge with its figures.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct EdgeRow {
    /// Activity before; empty for the start.
    pub from: String,
    /// Activity after; empty for the end.
    pub to: String,
    /// Occurrences.
    pub n_occurrences: u64,
    /// Distinct cases.
    pub n_cases: u64,
    /// `n_cases` over all cases.
    pub case_ratio: f64,
    /// Largest number of occurrences in one case; `None` for start and end edges, where it is 1.
    pub time: Option<TimeStats>,
}

/// Variants by rank.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct VariantList {
    /// Distinct variants in all.
    pub n_total: u64,
    /// Cases in all.
    pub n_cases: u64,
    /// Rank of the first row, from 0.
    pub offset: u32,
    /// Rows by cases, most first, ties by trace.
    pub rows: Vec<VariantRow>,
}

/// One variant.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct VariantRow {
    /// Rank from 1.
    pub rank: u64,
    /// Activities in order.
    pub trace: Vec<String>,
    /// Cases with exactly this trace.
    pub n_cases: u64,
    /// `n_cases` over all cases.
    pub case_ratio: f64,
    /// Share of cases in this and all variants before it.
    pub cumulative_ratio: f64,
    /// Time from first to last event of its cases.
    pub cycle: TimeStats,
    /// Two example customers, the first by name.
    pub examples: Vec<String>,
}

/// A page of cases.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct CaseList {
    /// Cases behind the selection in all.
    pub n_total: u64,
    /// Position of the first row.
    pub offset: u32,
    /// Rows by number of events, most first, ties by customer.
    pub rows: Vec<CaseRow>,
}

/// One case in a list.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// Customer.
    pub customer: String,
    /// Account; empty when unknown.
    pub account: String,
    /// Events.
    pub n_events: u64,
    /// First event.
    pub first_micros: i64,
    /// Last event.
    pub last_micros: i64,
    /// Time from first to last event.
    pub cycle_secs: f64,
    /// First activity.
    pub first_activity: String,
    /// Last activity.
    pub last_activity: String,
}

/// One case with all its events.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Customer.
    pub customer: String,
    /// Account; empty when unknown.
    pub account: String,
    /// Time from first to last event.
    pub cycle_secs: f64,
    /// Events in order of time.
    pub events: Vec<EventRow>,
}

/// One event.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct EventRow {
    /// What happened.
    pub activity: String,
    /// Stage of the activity.
    pub stage: String,
    /// When it started.
    pub start_micros: i64,
    /// When it ended, where known.
    pub end_micros: Option<i64>,
    /// Seconds since the event before ended; 0 for the first and for overlaps.
    pub waiting_secs: f64,
    /// Channel; empty when unknown.
    pub channel: String,
    /// Text; empty when there is none.
    pub text: String,
    /// The number that the event carries, as in the data.
    pub value: Option<f64>,
    /// What the number means: `money`, `mrr`, or a survey as [`crate::import::ScoreKind`] names it.
    pub measure: String,
    /// Currency of the number; empty when it is not known.
    pub currency: String,
    /// Id of the thing that the event is about; empty when there is none.
    pub object: String,
    /// Name of the source it came from.
    pub source: String,
    /// Line of the source it came from.
    pub line: u64,
}
