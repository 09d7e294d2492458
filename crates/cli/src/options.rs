//! What can be said on the command line.

use crate::ask::{
    Asked, FunnelOptions, PathOptions, PeriodOptions, Printing, QuestionFile, RetentionOptions,
    RevenueOptions, RouteOptions, ScoreOptions, StepOptions, SupportOptions, TransitionOptions,
};
use crate::link::LinkOptions;
use protocol::import::ScoreKind;
use std::path::PathBuf;

/// Journeys from event data: who did what when, in which order, and how long it took.
///
/// Reads CSV (any delimiter), JSON, NDJSON and XES, mail, transcripts and chats, plain or in gzip and ZIP. Columns are
/// guessed from names and values; say what they are where the guess is wrong. Several files are read into one workspace, in
/// order; a folder stands for the files in it.
#[derive(Debug, clap::Parser)]
#[command(name = "desirepath", version, max_term_width = 100)]
pub(crate) enum Command {
    /// Print activities and which came directly after which, how often and after how long
    ///
    /// JSON: {activities, edges, starts, ends, cases, excluded}; times are seconds.
    Graph {
        #[command(flatten)]
        options: Options,
    },
    /// Print the distinct orders of activities, the most frequent first
    ///
    /// JSON: {variants, cases, coverage, excluded}; durations are seconds, shares are ratios.
    Variants {
        #[command(flatten)]
        options: Options,
    },
    /// Print how many get from step to step, where the others stop, and how long it takes
    Funnel {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        funnel: FunnelOptions,
    },
    /// Print how many come back, by the period they began in
    Retention {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        retention: RetentionOptions,
    },
    /// Print who is new, returning, resurrecting or dormant in each period
    Lifecycle {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        periods: PeriodOptions,
        /// Day by day instead, in seven states by how long ago the last activity was
        #[arg(long)]
        daily: bool,
    },
    /// Print in how many periods customers were active
    Stickiness {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        periods: PeriodOptions,
    },
    /// Print how often each activity follows each other one, as counts, shares and times
    Transitions {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        transitions: TransitionOptions,
    },
    /// Print how many go along a route, each stop right after the one before, and how long it takes
    Route {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        route: RouteOptions,
    },
    /// Print which way customers go, step by step
    Paths {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        paths: PathOptions,
    },
    /// Print where customers are at each step, as shares
    Steps {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        steps: StepOptions,
    },
    /// Print what is done again: repeats, loops, there and back
    Rework {
        #[command(flatten)]
        asked: Box<Asked>,
    },
    /// Print sessions: how many, how long, how large
    Sessions {
        #[command(flatten)]
        asked: Box<Asked>,
    },
    /// Print how fast support replies and resolves, and how often a ticket comes back
    Support {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        support: SupportOptions,
    },
    /// Print what people answered in surveys: net promoter score, satisfaction or effort, with intervals
    Scores {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        scores: ScoreOptions,
    },
    /// Print what became of recurring revenue: net and gross retention, who was lost, new or back
    Revenue {
        #[command(flatten)]
        asked: Box<Asked>,
        #[command(flatten)]
        revenue: RevenueOptions,
    },
    /// Print the answer to a question that is kept in a file, as a saved view or a share link holds it
    Ask {
        #[command(flatten)]
        question: QuestionFile,
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        printing: Printing,
    },
    /// Print how each file was read: format, columns and why, rejected rows, duplicates, repairs
    Audit {
        #[command(flatten)]
        options: Options,
    },
    /// Print what an OpenAPI document offers: lists, how they page, what their fields mean; or a connection made of it
    Api {
        #[command(flatten)]
        api: crate::api::ApiOptions,
    },
    /// Read a connection over the network and print its events, a JSON object a line, for the other commands to read
    ///
    /// With `--state` the next run prints only what is new. Credentials come from the environment, or stay at the gate.
    Sync {
        #[command(flatten)]
        sync: crate::sync::SyncOptions,
    },
    /// Print which records of persons are one customer and why, and which pairs are for a person to decide
    ///
    /// Reads CSV with a record of a person a line. JSON: {records, customers, bands, merged, shared, review}; weights are
    /// bits, chances and shares are ratios.
    Link {
        #[command(flatten)]
        options: LinkOptions,
    },
    /// Print the customers of all files, which records are one and why, and which pairs are for a person to decide
    ///
    /// Records come from exports that are recognised; addresses and numbers under which events stand count too. JSON:
    /// {overview, answer, sources}.
    People {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        people: Box<crate::people::PeopleOptions>,
    },
    /// Print all that is held on one customer, for that customer to have (GDPR Art. 15)
    Person {
        /// The customer, exactly as in the files, or their pseudonym
        #[arg(long = "who", value_name = "KEY", required = true)]
        who: String,
        /// Form: json, html or csv
        #[arg(long, value_name = "FORM", default_value = "json", value_parser = ["json", "html", "csv"])]
        form: String,
        #[command(flatten)]
        options: Options,
    },
    /// Print how many customers allow to be looked at, and how many are left out of every figure
    ///
    /// What customers allow stands in a column of the files (`--consent`, or known by its name). With `--purpose` all other
    /// commands leave out customers who don't allow it. JSON: {purpose, honoured, given, refused, unknown,
    /// withheld_customers, withheld_events}.
    Consent {
        #[command(flatten)]
        options: Options,
    },
    /// Write the files of an invented company, to try things out
    Sample {
        /// Folder to write to; made if it does not exist
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Which files, and how they are read.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Files and folders to read, in order; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print JSON instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep every file a source of its own, also where it is a newer export of one before: without this, what is new is added
    /// and what changed is replaced
    #[arg(long)]
    pub(crate) beside: bool,
    /// How columns are read, as a page that was saved before, or a recipe; counts for files with its columns. May be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Vec<PathBuf>,
    /// Save how the columns of the file are read as a page, for --mapping and for the page's list of mappings
    #[arg(long, value_name = "FILE")]
    pub(crate) save_mapping: Option<PathBuf>,
    /// The sheet, table, object type or order of dates to read, in files that leave a choice
    #[arg(long, value_name = "NAME")]
    pub(crate) choose: Option<String>,
    #[command(flatten)]
    pub(crate) columns: Columns,
    /// What becomes of personal data, as JSON: {"classes": {"email": "pseudonymise", "iban": "drop"}}; the treatments are
    /// keep, pseudonymise, redact and drop
    #[arg(long, value_name = "FILE", help_heading = "Personal data")]
    pub(crate) policy: Option<PathBuf>,
    /// Column that says what the customer allows: yes, no, or purposes
    #[arg(long, value_name = "COL", help_heading = "Personal data")]
    pub(crate) consent: Vec<String>,
    /// Leave out customers who don't allow this purpose, such as analytics
    #[arg(long, value_name = "PURPOSE", help_heading = "Personal data")]
    pub(crate) purpose: Option<String>,
    /// With --purpose: look at customers of whom nothing is known, too
    #[arg(long, requires = "purpose", help_heading = "Personal data")]
    pub(crate) allow_unknown: bool,
    /// File with the secret that pseudonyms are made with, so that they are the same next time; made if it does not exist
    #[arg(long, value_name = "FILE", help_heading = "Personal data")]
    pub(crate) secret: Option<PathBuf>,
    /// Read 03/04/2026 as the third of April where a file leaves it open
    #[arg(long, conflicts_with = "month_first", help_heading = "Times")]
    pub(crate) day_first: bool,
    /// Read 03/04/2026 as the fourth of March where a file leaves it open
    #[arg(long, help_heading = "Times")]
    pub(crate) month_first: bool,
    /// When the recording of a transcript began, such as 2026-03-01T09:30
    #[arg(long, value_name = "TIME", help_heading = "Times")]
    pub(crate) began: Option<String>,
    /// Offset from UTC of times without a zone, such as +02:00
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = zone_offset, help_heading = "Times")]
    pub(crate) zone_offset: Option<i32>,
}

/// What the columns mean.
///
/// Each may be given several times, for files with different columns: in each file the first name that it has counts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Columns (repeat an option for files that name it differently)")]
pub(crate) struct Columns {
    /// Column that identifies the customer
    #[arg(long, value_name = "COL")]
    pub(crate) customer: Vec<String>,
    /// Column that names what happened
    #[arg(long, value_name = "COL")]
    pub(crate) activity: Vec<String>,
    /// Column with the time it happened or started
    #[arg(long, value_name = "COL")]
    pub(crate) time: Vec<String>,
    /// Column with the time it ended
    #[arg(long, value_name = "COL")]
    pub(crate) end_time: Vec<String>,
    /// Column with the channel
    #[arg(long, value_name = "COL")]
    pub(crate) channel: Vec<String>,
    /// Column with the customer's account
    #[arg(long, value_name = "COL")]
    pub(crate) account: Vec<String>,
    /// Column with what a person wrote or said
    #[arg(long, value_name = "COL")]
    pub(crate) text: Vec<String>,
    /// Column with an amount of money
    #[arg(long, value_name = "COL")]
    pub(crate) money: Vec<String>,
    /// Column with the id of what it is about: a ticket, a subscription, an order
    #[arg(long, value_name = "COL")]
    pub(crate) object: Vec<String>,
    /// Column with the currency of the amounts
    #[arg(long, value_name = "COL")]
    pub(crate) currency: Vec<String>,
    /// Column with the answer to a survey
    #[arg(long, value_name = "COL")]
    pub(crate) score: Vec<String>,
    /// The survey of the answers: nps, csat_5, csat_7, csat_yes_no, ces_5, ces_7 or rating_5
    #[arg(long, value_name = "SURVEY", value_parser = score_kind)]
    pub(crate) score_kind: Option<ScoreKind>,
    /// Column with recurring revenue per month
    #[arg(long, value_name = "COL")]
    pub(crate) mrr: Vec<String>,
    /// Column with the id of the record itself: in a newer export it replaces what it brought before
    #[arg(long, value_name = "COL")]
    pub(crate) record: Vec<String>,
}

/// The survey with this name.
fn score_kind(name: &str) -> Result<ScoreKind, String> {
    let names = || ScoreKind::ALL.map(ScoreKind::name).join(", ");
    ScoreKind::from_name(name).ok_or_else(|| format!("{name:?} is no survey; there are {}", names()))
}

/// Minutes from `+02:00`, `-05:30` or `Z`.
pub(crate) fn zone_offset(text: &str) -> Result<i32, String> {
    if text == "Z" {
        return Ok(0);
    }
    let wrong = || format!("{text:?} is not an offset such as +02:00 or -05:30");
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let number = |part: &str, most: i32| -> Result<i32, String> {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let value = part.parse::<i32>().ok().filter(|value| digits && *value <= most);
        value.ok_or_else(wrong)
    };
    Ok(sign * (number(hours, 14)? * 60 + number(minutes, 59)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Command::command().debug_assert();
    }

    #[test]
    fn offsets_are_read() {
        assert_eq!(zone_offset("+02:00"), Ok(120), "east");
        assert_eq!(zone_offset("-05:30"), Ok(-330), "west");
        assert_eq!(zone_offset("Z"), Ok(0), "Greenwich");
        for wrong in ["2", "+2:00", "02:00", "+25:00", "+02:60", "", "+", "+ab:cd"] {
            assert!(zone_offset(wrong).is_err(), "{wrong:?} is refused");
        }
    }
}
