//! Questions about journeys, put together from what stands on the command line.

use crate::english::English;
use crate::intake::Opened;
use crate::options::Options;
use crate::{Fault, intake, report};
use protocol::question::{Opening, Question, WorkingTime};
use protocol::report::Report;
use protocol::sentence::Sentence;
use protocol::{Request, bulk};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

const DAY_SECS: u64 = 86_400;

/// The files, the part of them that is asked about, and how the answer is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(flatten)]
    pub(crate) printing: Printing,
    #[command(flatten)]
    query: QueryOptions,
}

/// How the answer is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Printing {
    /// Print one table as CSV instead
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// Which table to print as CSV, by its short name; the first without it
    #[arg(long, value_name = "TABLE", requires = "csv")]
    pub(crate) table: Option<String>,
}

/// Which part of the data is asked about.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which part of the data")]
struct QueryOptions {
    /// What is counted
    #[arg(long, value_parser = ["accounts", "customers", "sessions", "occurrences"])]
    unit: Option<String>,
    /// Only events from this day or moment on, such as 2026-01-31 or 2026-01-31T14:00:00Z
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Only events before this day or moment
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Offset from UTC by which days, weeks and months are cut, such as +02:00
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = crate::options::zone_offset)]
    calendar_offset: Option<i32>,
    /// A longer pause begins a new session, such as 30m
    #[arg(long, value_name = "TIME", value_parser = span)]
    session_timeout: Option<u64>,
    /// Working hours, such as 'mon-fri 9:00-17:00'; may be repeated; Monday to Friday, 9 to 17 without
    #[arg(long, value_name = "DAYS HOURS", value_parser = opening)]
    open: Vec<Openings>,
    /// Day without working time, such as 2026-12-25; may be repeated
    #[arg(long, value_name = "DATE")]
    holiday: Vec<String>,
    /// Offset from UTC of the working hours, such as +01:00; that of the calendar without
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = crate::options::zone_offset)]
    open_offset: Option<i32>,
    /// Names a filter: a segment as NAME=JSON; may be repeated
    #[arg(long, value_name = "NAME=JSON", value_parser = segment)]
    segment: Vec<Segment>,
    /// Only customers in this segment; repeated: in all of them
    #[arg(long, value_name = "NAME")]
    in_segment: Vec<String>,
    /// Only customers that are not in this segment; may be repeated
    #[arg(long, value_name = "NAME")]
    not_in_segment: Vec<String>,
    /// Only customers with this activity; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    has: Vec<String>,
    /// Only customers whose activities match, such as 'home->.*->[buy|order]'
    #[arg(long, value_name = "PATTERN")]
    path: Option<String>,
    /// Only customers with an event on this channel; repeated: on any of them
    #[arg(long, value_name = "CHANNEL")]
    on_channel: Vec<String>,
    /// Only customers of this account; repeated: of any of them
    #[arg(long, value_name = "ACCOUNT")]
    of_account: Vec<String>,
    /// Only customers that this filter takes, as JSON
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// Second group to compare with: the rest, or the customers of a filter as JSON
    #[arg(long, value_name = "rest|JSON")]
    compare: Option<String>,
}

/// A funnel.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Funnel")]
pub(crate) struct FunnelOptions {
    /// Activity of a step; repeat it for each step, in order
    #[arg(long, value_name = "ACTIVITY", required = true)]
    step: Vec<String>,
    /// What may lie between two steps: anything, nothing, or the steps come in any order
    #[arg(long, value_parser = ["ordered", "strict", "any"], default_value = "ordered")]
    order: String,
    /// Longest time from the first step to a later one, such as 14d, 12h, 30m, 90s, or none
    #[arg(long, value_name = "TIME", value_parser = window, default_value = "14d")]
    window: Window,
    /// Any entry that gets furthest counts, not only the first
    #[arg(long)]
    best_entry: bool,
    /// Activity that takes a customer out of the funnel when it happens inside; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    exclude: Vec<String>,
    /// Only the very first time of the first step counts, even if it was before the period
    #[arg(long)]
    first_ever: bool,
    /// What must be the same at all steps; may be repeated, at most three times
    #[arg(long, value_name = "WHAT", value_parser = ["channel", "account", "source"])]
    hold: Vec<String>,
    /// Split by what
    #[arg(long, value_parser = ["channel", "account", "source", "activity", "start", "segments"])]
    breakdown: Option<String>,
    /// Which step decides about the group: the first or last taken with a known value, all, or a number from 1
    #[arg(long, value_name = "first|last|all|N", default_value = "first", value_parser = attribution)]
    attribution: Value,
}

/// A route.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Route")]
pub(crate) struct RouteOptions {
    /// Activity of a stop; repeat it for each stop, in order
    #[arg(long, value_name = "ACTIVITY", required = true)]
    stop: Vec<String>,
    /// The first stop is a customer's very first event
    #[arg(long)]
    from_start: bool,
    /// The last stop is a customer's very last event
    #[arg(long)]
    to_end: bool,
    /// Count only working time
    #[arg(long)]
    working_hours: bool,
}

/// A retention.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Retention")]
pub(crate) struct RetentionOptions {
    /// Activity that begins it; any without; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    start: Vec<String>,
    /// Activity that counts as coming back; any without; may be repeated
    #[arg(long = "return", value_name = "ACTIVITY")]
    returns: Vec<String>,
    /// Length of the periods
    #[arg(long, value_parser = ["day", "week", "month"], default_value = "week")]
    grain: String,
    /// Retained in a period: active in exactly that one, in it or later, from the start up to it, or in a bracket
    #[arg(long, value_parser = ["on", "on_or_after", "on_or_before", "brackets"], default_value = "on")]
    criterion: String,
    /// Bracket of periods, such as 1-3; may be repeated; 0, 1-3, 4-7, 8-14, 15-30 without
    #[arg(long, value_name = "N-N", value_parser = bracket)]
    bracket: Vec<(u32, u32)>,
    /// Last period shown; 30 days or 12 weeks or months without
    #[arg(long, value_name = "N")]
    last: Option<u32>,
    /// Shares are of all that started, or of those retained in the column before
    #[arg(long, value_parser = ["start", "previous"], default_value = "start")]
    reference: String,
    /// Average cohorts by their size, or each the same
    #[arg(long, value_parser = ["weighted", "simple"], default_value = "weighted")]
    average: String,
    /// Split by what: start and return share the channel or the source; the activity is that of the start
    #[arg(long, value_parser = ["channel", "account", "source", "activity", "start", "segments"])]
    breakdown: Option<String>,
    /// Count periods from each customer's own start, not by the calendar
    #[arg(long)]
    rolling: bool,
    /// Begin in every period with a start, not only in the first
    #[arg(long)]
    recurring: bool,
}

/// Activity by period.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Periods")]
pub(crate) struct PeriodOptions {
    /// Activity that counts as being active; any without; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    active_with: Vec<String>,
    /// Length of the periods
    #[arg(long, value_parser = ["day", "week", "month"], default_value = "week")]
    grain: String,
}

/// Transitions.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Transitions")]
pub(crate) struct TransitionOptions {
    /// What the matrix shows
    #[arg(long, default_value = "probability_out", value_parser = [
        "count", "share_of_total", "per_case", "probability_out", "probability_in", "cases", "median_time", "p95_time",
    ])]
    weight: String,
    /// Count a pair once for a customer
    #[arg(long)]
    once: bool,
    /// Count only working time; see --open and --holiday
    #[arg(long)]
    working_hours: bool,
}

/// Paths.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Paths")]
pub(crate) struct PathOptions {
    /// Activity that paths begin with; the first event without
    #[arg(long, value_name = "ACTIVITY")]
    start: Option<String>,
    /// Activity that paths end with
    #[arg(long, value_name = "ACTIVITY")]
    end: Option<String>,
    /// Steps shown
    #[arg(long, value_name = "N", default_value_t = 5)]
    steps: u32,
    /// Activities shown by name at each step
    #[arg(long, value_name = "N", default_value_t = 3)]
    rows: u32,
    /// Activity left out, * for any run of characters; may be repeated
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Activities shown as one, such as '/help/*=help'; the first that fits wins; may be repeated
    #[arg(long, value_name = "PATTERN=NAME", value_parser = group)]
    group: Vec<(String, String)>,
    /// A long pause does not begin a new path
    #[arg(long)]
    whole: bool,
}

/// Steps.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Steps")]
pub(crate) struct StepOptions {
    /// Steps shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    steps: u32,
    /// Activity that step 0 is; counted from the first event without
    #[arg(long, value_name = "ACTIVITY")]
    anchor: Option<String>,
}

/// Answers to a survey.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Survey")]
pub(crate) struct ScoreOptions {
    /// Which survey; the one with most answers without
    #[arg(long, value_parser = ["nps", "csat_5", "csat_7", "csat_yes_no", "ces_5", "ces_7", "rating_5"])]
    survey: Option<String>,
    /// How many of the best answers are positive; what is usual for the survey without
    #[arg(long, value_name = "N")]
    best: Option<u32>,
    /// Only answers of this activity; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    answer: Vec<String>,
    /// Activity that means that somebody was asked, for the response rate; may be repeated
    #[arg(long, value_name = "ACTIVITY")]
    asked_with: Vec<String>,
    /// Length of the periods
    #[arg(long, value_parser = ["day", "week", "month"], default_value = "month")]
    grain: String,
}

/// Recurring revenue.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Revenue")]
pub(crate) struct RevenueOptions {
    /// Length of the periods
    #[arg(long, value_parser = ["day", "week", "month"], default_value = "month")]
    grain: String,
}

/// Which activities mean what in a ticket's life; each may be repeated.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tickets (each activity may be repeated)")]
pub(crate) struct SupportOptions {
    /// What a ticket is: events with the same id, what follows an activity that creates one, or whatever the data has
    #[arg(long, value_parser = ["auto", "by_id", "by_activity"], default_value = "auto")]
    tickets: String,
    /// A ticket was created; the first event without
    #[arg(long, value_name = "ACTIVITY")]
    created: Vec<String>,
    /// An agent replied
    #[arg(long, value_name = "ACTIVITY")]
    replied: Vec<String>,
    /// The ticket was solved
    #[arg(long, value_name = "ACTIVITY")]
    solved: Vec<String>,
    /// The ticket was opened again
    #[arg(long, value_name = "ACTIVITY")]
    reopened: Vec<String>,
    /// It waits for the customer
    #[arg(long, value_name = "ACTIVITY")]
    pending: Vec<String>,
    /// It waits for somebody else
    #[arg(long, value_name = "ACTIVITY")]
    on_hold: Vec<String>,
    /// First replies later than this break the promise, such as 4h
    #[arg(long, value_name = "TIME", value_parser = span)]
    reply_within: Option<u64>,
    /// Resolutions later than this break the promise, such as 3d
    #[arg(long, value_name = "TIME", value_parser = span)]
    resolve_within: Option<u64>,
    /// Count only working time; see --open and --holiday
    #[arg(long)]
    working_hours: bool,
}

/// A window of a funnel: seconds, or no limit.
#[derive(Clone, Copy, Debug)]
struct Window(Option<u64>);

impl FunnelOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { step, order, window, best_entry, exclude, first_ever, hold, breakdown, attribution } =
            self;
        let steps: Vec<[&String; 1]> = step.iter().map(|name| [name]).collect();
        json!({
            "kind": "funnel", "steps": steps, "order": order, "window_secs": window.0, "best_entry": best_entry,
            "exclude": exclude, "first_ever": first_ever, "hold": hold, "breakdown": breakdown,
            "attribution": attribution,
        })
    }
}

impl RetentionOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { start, returns, grain, criterion, bracket, last, reference, average, .. } = self;
        let Self { rolling, recurring, breakdown, .. } = self;
        json!({
            "kind": "retention", "starts": start, "returns": returns, "grain": grain, "criterion": criterion,
            "rolling": rolling, "recurring": recurring, "brackets": bracket, "last_period": last,
            "reference": reference, "average": average, "breakdown": breakdown,
        })
    }
}

impl PeriodOptions {
    pub(crate) fn analysis(&self, kind: &str) -> Value {
        json!({"kind": kind, "names": self.active_with, "grain": self.grain})
    }

    /// A lifecycle, day by day where that is asked for.
    pub(crate) fn lifecycle(&self, daily: bool) -> Value {
        json!({"kind": "lifecycle", "names": self.active_with, "grain": self.grain, "daily": daily})
    }
}

impl ScoreOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { survey, best, answer, asked_with, grain } = self;
        json!({
            "kind": "scores", "survey": survey, "best": best, "answers": answer, "asked": asked_with,
            "grain": grain,
        })
    }
}

impl RevenueOptions {
    pub(crate) fn analysis(&self) -> Value {
        json!({"kind": "revenue", "grain": self.grain})
    }
}

impl RouteOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { stop, from_start, to_end, working_hours } = self;
        json!({
            "kind": "route", "stops": stop, "from_start": from_start, "to_end": to_end,
            "working_hours": working_hours,
        })
    }
}

impl TransitionOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { weight, once, working_hours } = self;
        json!({"kind": "transitions", "weight": weight, "once_per_case": once, "working_hours": working_hours})
    }
}

impl PathOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self { start, end, steps, rows, exclude, group, whole } = self;
        json!({
            "kind": "paths", "start": start, "end": end, "n_steps": steps, "n_rows": rows, "exclude": exclude,
            "groups": group, "by_session": !whole,
        })
    }
}

impl StepOptions {
    pub(crate) fn analysis(&self) -> Value {
        json!({"kind": "steps", "n_steps": self.steps, "anchor": self.anchor})
    }
}

impl SupportOptions {
    pub(crate) fn analysis(&self) -> Value {
        let Self {
            tickets,
            created,
            replied,
            solved,
            reopened,
            pending,
            on_hold,
            reply_within,
            resolve_within,
            working_hours,
        } = self;
        json!({
            "kind": "support", "tickets": tickets, "created": created, "replied": replied, "solved": solved, "reopened": reopened,
            "pending": pending, "on_hold": on_hold, "reply_target_secs": reply_within,
            "resolution_target_secs": resolve_within, "working_hours": working_hours,
        })
    }
}

/// Asks about files and prints the answer.
///
/// # Errors
/// Wrong options, files that cannot be read, a question that cannot be asked, or an output that takes no more.
pub(crate) fn print(asked: &Asked, analysis: &Value, out: &mut impl Write) -> Result<(), Fault> {
    // What is wrong on the command line is told before files are read.
    let mut query = asked.query.value()?;
    read(&json!({"query": query, "analysis": analysis}))?;
    let mut opened = intake::open(&asked.options)?;
    if let Some(period) = asked.query.period(&opened)? {
        query.insert("period".to_owned(), period);
    }
    let question = read(&json!({"query": query, "analysis": analysis}))?;
    for Segment(segment) in &asked.query.segment {
        crate::answers::change(&mut opened, &Request::SaveSegment { segment: segment.clone() })?;
    }
    answer(&mut opened, question, &asked.options, &asked.printing, out)
}

/// Asks the question of a file.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_file(
    path: &Path,
    options: &Options,
    printing: &Printing,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let fault = |error: &dyn std::fmt::Display| Fault::Input(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| fault(&error))?;
    let question = serde_json::from_slice(&bytes).map_err(|error| fault(&error))?;
    answer(&mut intake::open(options)?, question, options, printing, out)
}

fn answer(
    opened: &mut Opened,
    question: Question,
    options: &Options,
    printing: &Printing,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let request = Request::Ask { question: Box::new(question) };
    let answer: Report<Sentence> = crate::answers::bulk(opened, &request, bulk::decode)?;
    let answer = answer.worded(&English::new());
    let excluded = crate::answers::excluded(opened);
    match (options.json, printing.csv) {
        (true, _) => report::write_json(&answer, &excluded, out),
        (false, true) => report::write_csv(&answer, printing.table.as_deref(), out),
        (false, false) => report::write_text(&answer, &excluded, out),
    }
}

fn read(question: &Value) -> Result<Question, Fault> {
    serde_json::from_value(question.clone())
        .map_err(|error| Fault::Usage(format!("the question cannot be read: {error}")))
}

impl QueryOptions {
    /// The query but for its period.
    fn value(&self) -> Result<Map<String, Value>, Fault> {
        let json_of = |option: &str, text: &str| -> Result<Value, Fault> {
            serde_json::from_str(text)
                .map_err(|error| Fault::Usage(format!("{option}: {text} is not JSON: {error}")))
        };
        let mut filters: Vec<Value> =
            self.has.iter().map(|name| json!({"kind": "has_activity", "names": [name]})).collect();
        filters.extend(self.path.iter().map(|pattern| json!({"kind": "sequence", "pattern": pattern})));
        for (kind, names) in [("channel", &self.on_channel), ("account", &self.of_account)] {
            if !names.is_empty() {
                filters.push(json!({"kind": kind, "names": names}));
            }
        }
        let in_segment = |name: &String| json!({"kind": "segment", "name": name});
        filters.extend(self.in_segment.iter().map(in_segment));
        filters.extend(self.not_in_segment.iter().map(|name| json!({"kind": "not", "of": in_segment(name)})));
        if let Some(filter) = &self.filter {
            filters.push(json_of("--filter", filter)?);
        }
        let mut query = Map::new();
        match filters.len() {
            0 => {}
            1 => _ = query.insert("filter".to_owned(), filters.remove(0)),
            _ => _ = query.insert("filter".to_owned(), json!({"kind": "all_of", "of": filters})),
        }
        match self.compare.as_deref() {
            None => {}
            Some("rest") => _ = query.insert("compare".to_owned(), json!({"kind": "rest"})),
            Some(text) => {
                let other = json_of("--compare", text)?;
                query.insert("compare".to_owned(), json!({"kind": "filter", "filter": other}));
            }
        }
        for (name, value) in [
            ("unit", self.unit.clone().map(Value::from)),
            ("zone_offset_minutes", self.calendar_offset.map(Value::from)),
            ("session_timeout_secs", self.session_timeout.map(Value::from)),
        ] {
            query.extend(value.map(|value| (name.to_owned(), value)));
        }
        for text in [&self.from, &self.until].into_iter().flatten() {
            self.moment(text)?;
        }
        query.extend(self.working_time().map(|value| ("working_time".to_owned(), value)));
        Ok(query)
    }

    /// Working time, where something is said about it.
    fn working_time(&self) -> Option<Value> {
        if self.open.is_empty() && self.holiday.is_empty() && self.open_offset.is_none() {
            return None;
        }
        let mut working_time = WorkingTime {
            holidays: self.holiday.clone(),
            zone_offset_minutes: self.open_offset,
            ..WorkingTime::default()
        };
        if !self.open.is_empty() {
            working_time.openings =
                self.open.iter().flat_map(|Openings(openings)| openings.clone()).collect();
        }
        serde_json::to_value(working_time).ok()
    }

    /// The period, where one is asked for; an end that is not given is that of the data.
    fn period(&self, opened: &Opened) -> Result<Option<Value>, Fault> {
        if self.from.is_none() && self.until.is_none() {
            return Ok(None);
        }
        let sources = || opened.files.iter().map(|file| &file.report.source);
        let first = sources().filter_map(|source| source.first_micros).min().unwrap_or(0);
        let last = sources().filter_map(|source| source.last_micros).max().unwrap_or(0);
        let given = |text: &Option<String>| text.as_deref().map(|text| self.moment(text)).transpose();
        let (from, until) = (given(&self.from)?.unwrap_or(first), given(&self.until)?.unwrap_or(last + 1));
        Ok(Some(json!({"from_micros": from, "until_micros": until})))
    }

    /// A moment in UTC microseconds; a day is its first moment in the calendar's zone.
    fn moment(&self, text: &str) -> Result<i64, Fault> {
        let offset_micros = i64::from(self.calendar_offset.unwrap_or(0)) * 60_000_000;
        let read = |text: &str| text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_microsecond);
        let day = read(&format!("{text}T00:00:00Z")).map(|micros| micros - offset_micros);
        let moment = day.or_else(|_| read(text));
        moment.map_err(|_| {
            Fault::Usage(format!(
                "{text:?} is not a day such as 2026-01-31 or a moment such as 2026-01-31T14:00:00Z"
            ))
        })
    }
}

/// Seconds from `14d`, `12h`, `30m` or `90s`.
fn span(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a time such as 14d, 12h, 30m or 90s");
    let units = [("d", DAY_SECS), ("h", 3_600), ("m", 60), ("s", 1)];
    let (number, size) = units
        .into_iter()
        .find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)))
        .ok_or_else(wrong)?;
    number.parse::<u64>().ok().and_then(|n| n.checked_mul(size)).ok_or_else(wrong)
}

/// Openings of some days.
#[derive(Clone, Debug)]
struct Openings(Vec<Opening>);

/// A filter with a name.
#[derive(Clone, Debug)]
struct Segment(protocol::history::Segment);

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Openings from `mon-fri 9:00-17:00` or `sat 10-12`.
fn opening(text: &str) -> Result<Openings, String> {
    let wrong = || format!("{text:?} is not days and hours such as 'mon-fri 9:00-17:00'");
    let weekday = |name: &str| {
        let at = WEEKDAYS.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        u8::try_from(at).ok()
    };
    let minute = |time: &str| {
        let (hours, minutes) = time.split_once(':').unwrap_or((time, "0"));
        let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
        hours.checked_mul(60)?.checked_add(minutes).filter(|minute| minutes < 60 && *minute <= 1_440)
    };
    let read = || {
        let (days, hours) = text.trim().split_once(' ')?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, until) = hours.trim().split_once('-')?;
        let (first, last) = (weekday(first)?, weekday(last)?);
        let (from_minute, until_minute) = (minute(from)?, minute(until)?);
        let days = (first <= last && from_minute < until_minute).then_some(first..=last)?;
        Some(Openings(days.map(|weekday| Opening { weekday, from_minute, until_minute }).collect()))
    };
    read().ok_or_else(wrong)
}

fn segment(text: &str) -> Result<Segment, String> {
    let (name, json) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not a name, =, and a filter"))?;
    let filter = serde_json::from_str(json).map_err(|error| format!("{json} is not a filter: {error}"))?;
    Ok(Segment(protocol::history::Segment { name: name.to_owned(), filter }))
}

fn attribution(text: &str) -> Result<Value, String> {
    match text {
        "first" => Ok(json!("first_touch")),
        "last" => Ok(json!("last_touch")),
        "all" => Ok(json!("all_steps")),
        number => match number.parse::<u32>() {
            Ok(step) => Ok(json!({"step": step})),
            Err(_) => Err(format!("{text:?} is not first, last, all or the number of a step")),
        },
    }
}

fn bracket(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("{text:?} is not a bracket such as 4-7")),
    }
}

fn window(text: &str) -> Result<Window, String> {
    if text == "none" { Ok(Window(None)) } else { span(text).map(|secs| Window(Some(secs))) }
}

fn group(text: &str) -> Result<(String, String), String> {
    let (pattern, name) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not a pattern, =, and a name"))?;
    Ok((pattern.to_owned(), name.to_owned()))
}

/// Where a question is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct QuestionFile {
    /// File with the question as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) question: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(span("14d"), Ok(1_209_600), "days");
        assert_eq!(span("90s"), Ok(90), "seconds");
        for wrong in ["", "d", "14", "-1d", "1.5h", "99999999999999999999d"] {
            assert!(span(wrong).is_err(), "{wrong:?} is refused");
        }
    }
}
