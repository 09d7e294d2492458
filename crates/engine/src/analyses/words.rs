//! Figures and parameters in words.

use journey::{CivilDate, Proportion, Unit};
use protocol::question::{Comparison, Filter, Grain, Period, Query};

const DAY_SECS: u64 = 86_400;

pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Accounts => "accounts",
        Unit::Customers => "customers",
        Unit::Sessions => "sessions",
        Unit::Occurrences => "events",
    }
}

/// `40.0 %`; a dash where there is nothing to share.
pub(super) fn percent(share: Proportion) -> String {
    share.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{:.1} %", ratio * 100.0))
}

/// `2 of 5 customers (40.0 %)`
pub(super) fn part(share: Proportion, unit: &str) -> String {
    format!("{} of {} {unit} ({})", share.n, share.of, percent(share))
}

/// A span as asked, in the largest unit that leaves no rest: `14 days`, `90 minutes`.
pub(super) fn span(secs: u64) -> String {
    let units = [(DAY_SECS, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let fits = units.into_iter().find(|(size, _)| secs.is_multiple_of(*size) && secs >= *size);
    let (size, name) = fits.unwrap_or((1, "second"));
    let n = secs / size;
    format!("{n} {name}{}", if n == 1 { "" } else { "s" })
}

/// A measured time, with one digit after the point: `3.4 days`.
pub(super) fn time(secs: f64) -> String {
    match secs {
        s if s < 60.0 => format!("{s:.1} seconds"),
        s if s < 3_600.0 => format!("{:.1} minutes", s / 60.0),
        s if s < 86_400.0 => format!("{:.1} hours", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// `“cart” or “basket”`; any activity where none is named.
pub(super) fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    if quoted.is_empty() { "any activity".to_owned() } else { quoted.join(" or ") }
}

pub(super) fn grain(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "day",
        Grain::Week => "week from Monday",
        Grain::Month => "month",
    }
}

pub(super) fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// `2025-03-01 14:30:00` in UTC, the time only where it is not midnight.
fn moment(micros: i64) -> String {
    let (day, of_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000) / 1_000_000);
    let date = CivilDate::from_days(day);
    if of_day == 0 {
        return date.to_string();
    }
    format!("{date} {:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

fn period(period: Period) -> String {
    format!("from {} until before {} (UTC)", moment(period.from_micros), moment(period.until_micros))
}

/// The parameters that all analyses share.
pub(super) fn query(query: &Query) -> Vec<(String, String)> {
    let zone = query.zone_offset_minutes;
    let sign = if zone < 0 { '-' } else { '+' };
    let (hours, minutes) = (zone.unsigned_abs() / 60, zone.unsigned_abs() % 60);
    let compared = match &query.compare {
        None => "nobody".to_owned(),
        Some(Comparison::Rest) => "all other customers".to_owned(),
        Some(Comparison::Filter { filter: other }) => filter(other),
    };
    [
        ("customers", filter(&query.filter)),
        ("compared with", compared),
        ("period", query.period.map_or_else(|| "all time".to_owned(), period)),
        ("time zone", format!("UTC{sign}{hours:02}:{minutes:02}")),
        ("a session ends after", span(u64::from(query.session_timeout_secs))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// A filter in words, exact enough to ask it again.
pub(super) fn filter(asked: &Filter) -> String {
    let joined = |of: &[Filter], word: &str| {
        let parts: Vec<String> = of.iter().map(|part| format!("({})", filter(part))).collect();
        parts.join(word)
    };
    let bound = |n: Option<u64>, word: &str| n.map_or_else(String::new, |n| format!(" {word} {n}"));
    match asked {
        Filter::All => "all".to_owned(),
        Filter::Not { of } => format!("not ({})", filter(of)),
        Filter::AllOf { of } if of.is_empty() => "all".to_owned(),
        Filter::AnyOf { of } if of.is_empty() => "none".to_owned(),
        Filter::AllOf { of } => joined(of, " and "),
        Filter::AnyOf { of } => joined(of, " or "),
        Filter::HasActivity { names: of, at_least, at_most } => {
            format!("with {}, at least {at_least}{}", names(of), bound(*at_most, ", at most"))
        }
        Filter::StartsWith { names: of } => format!("that start with {}", names(of)),
        Filter::EndsWith { names: of } => format!("that end with {}", names(of)),
        Filter::DirectlyFollows { from, to } => {
            format!("with {} directly followed by {}", names(from), names(to))
        }
        Filter::EventuallyFollows { from, to, within_secs } => {
            let within = within_secs.map_or_else(String::new, |secs| format!(" within {}", span(secs)));
            format!("with {} some time followed by {}{within}", names(from), names(to))
        }
        Filter::Sequence { pattern } => format!("whose activities match {pattern}"),
        Filter::Channel { names: of } => format!("on channel {}", names(of)),
        Filter::Account { names: of } => format!("of account {}", names(of)),
        Filter::Customer { names: of } => format!("customer {}", names(of)),
        Filter::Duration { min_secs, max_secs } => {
            format!("whose seconds are{}{}", bound(*min_secs, "at least"), bound(*max_secs, "at most"))
        }
        Filter::Events { min, max } => {
            format!("whose events are{}{}", bound(*min, "at least"), bound(*max, "at most"))
        }
        Filter::FirstEvent { period: asked } => format!("whose first event is {}", period(*asked)),
        Filter::Outcome { names: of } => format!("that reached {}", names(of)),
    }
}
