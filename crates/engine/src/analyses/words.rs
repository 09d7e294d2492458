//! Figures and parameters as sentences, which get their words where they are shown.

use crate::segments::{self, Segments};
use journey::{CivilDate, Issue, Proportion, Unit};
use protocol::question::{Comparison, Filter, Grain, Opening, Period, Query, Question};
use protocol::sentence::{Sentence, Value};

const DAY_SECS: u64 = 86_400;

/// A sentence with nothing to fill in.
pub(crate) fn word(key: &str) -> Sentence {
    Sentence::new(key, [])
}

/// A sentence with parts that are sentences themselves.
pub(crate) fn of<const N: usize>(key: &str, parts: [Sentence; N]) -> Sentence {
    Sentence::new(key, parts.map(Value::from))
}

/// Sentences one after the other.
pub(super) fn text(sentences: impl IntoIterator<Item = Sentence>) -> Sentence {
    Sentence::joined("say.sentences", sentences)
}

/// The key of what is counted.
pub(super) fn unit_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Accounts => "unit.accounts",
        Unit::Customers => CUSTOMERS,
        Unit::Sessions => "unit.sessions",
        Unit::Occurrences => "unit.events",
    }
}

pub(super) const CUSTOMERS: &str = "unit.customers";

/// What is counted: `customers`.
pub(super) fn unit(unit: Unit) -> Sentence {
    word(unit_key(unit))
}

/// So many of something by its key: `5 customers`.
pub(super) fn counted(n: u64, unit: &str) -> Sentence {
    Sentence::new(&format!("{unit}.n"), [Value::Count(n)])
}

/// `2 of 5 customers (40.0 %)`
pub(super) fn part(share: Proportion, unit: &str) -> Sentence {
    let (n, of) = (Value::Count(share.n), counted(share.of, unit).into());
    match share.ratio() {
        Some(ratio) => Sentence::new("say.part", [n, of, Value::Ratio(ratio)]),
        None => Sentence::new("say.part.empty", [n, of]),
    }
}

/// A span as asked, in the largest unit that leaves no rest: `14 days`, `90 minutes`.
pub(super) fn span(secs: u64) -> Sentence {
    let units = [(DAY_SECS, "span.days"), (3_600, "span.hours"), (60, "span.minutes"), (1, "span.seconds")];
    let fits = units.into_iter().find(|(size, _)| secs.is_multiple_of(*size) && secs >= *size);
    let (size, key) = fits.unwrap_or((1, "span.seconds"));
    Sentence::new(key, [Value::Count(secs / size)])
}

/// `“cart” or “basket”`; any activity where none is named.
pub(crate) fn names(names: &[String]) -> Sentence {
    Sentence { key: String::new(), values: vec![Value::Names(names.to_vec())] }
}

/// One name, quoted.
pub(crate) fn name(name: &str) -> Sentence {
    names(&[name.to_owned()])
}

/// `cart or basket`, as a row or a step is called.
pub(super) fn label(names: &[String]) -> Sentence {
    Sentence::joined("say.or", names.iter().map(Sentence::text))
}

/// Names that are left out or put together; nothing where there are none.
pub(super) fn list(parts: impl IntoIterator<Item = Sentence>) -> Sentence {
    let joined = Sentence::joined("say.comma", parts);
    if joined.is_empty() { word("say.nothing") } else { joined }
}

pub(crate) fn count(n: u64) -> Sentence {
    Sentence { key: String::new(), values: vec![Value::Count(n)] }
}

pub(super) fn grain(grain: Grain) -> Sentence {
    word(match grain {
        Grain::Day => "grain.day",
        Grain::Week => "grain.week",
        Grain::Month => "grain.month",
    })
}

/// What is strange about a question, as `journey` tells it.
pub(super) fn issue(issue: &Issue) -> Sentence {
    let about = |key: &str, name: &str| Sentence::new(key, [Value::Text(name.to_owned())]);
    match issue {
        Issue::NoOpening(weekday, from, until) => Sentence::new(
            "issue.no_opening",
            [u64::from(*weekday), u64::from(*from), u64::from(*until)].map(Value::Count),
        ),
        Issue::NoDate(text) => about("issue.no_date", text),
        Issue::NothingFits(pattern) => about("issue.nothing_fits", pattern),
        Issue::OtherStatus(name) => about("issue.other_status", name),
        Issue::NothingCreates => word("issue.nothing_creates"),
        Issue::NoCalendar => word("issue.no_calendar"),
        Issue::EmptyAnchor => word("issue.empty_anchor"),
        Issue::ShortRoute(n) => Sentence::new("issue.short_route", [Value::Count(*n as u64)]),
        Issue::OuterStop => word("issue.outer_stop"),
    }
}

/// Why `journey` left something out.
pub(super) fn reason(reason: &'static str) -> Sentence {
    let known = [
        ("case without events", "reason.no_events"),
        ("without the anchor", "reason.no_anchor"),
        ("without a ticket", "reason.no_ticket"),
        ("event without a ticket id", "reason.no_ticket_id"),
        ("event before its ticket", "reason.before_ticket"),
        ("event after the time asked about", "reason.after_time"),
        ("event without a channel", "reason.no_channel"),
        ("excluded item", "reason.excluded"),
        ("later path of the case", "reason.later_path"),
        ("outside the anchors", "reason.outside_anchors"),
        ("path without the anchors", "reason.no_anchors"),
    ];
    let key = known.into_iter().find(|(phrase, _)| *phrase == reason).map(|(_, key)| key);
    key.map_or_else(|| Sentence::text(reason), word)
}

/// Why `source` did not take a row: words by its phrase, which is said as it is where there are none.
pub(crate) fn reject(phrase: &str) -> Sentence {
    let slug: String = phrase
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    Sentence::new(&format!("reject.{slug}"), [Value::Text(phrase.to_owned())])
}

pub(super) fn yes(is: bool) -> Sentence {
    word(if is { "say.yes" } else { "say.no" })
}

/// `2025-03-01 14:30:00` in UTC, the time only where it is not midnight.
fn moment(micros: i64) -> Value {
    let (day, of_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000) / 1_000_000);
    let date = CivilDate::from_days(day);
    if of_day == 0 {
        return Value::Text(date.to_string());
    }
    Value::Text(format!("{date} {:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60))
}

/// A moment in UTC.
pub(crate) fn instant(micros: i64) -> Sentence {
    of("say.utc", [Sentence { key: String::new(), values: vec![moment(micros)] }])
}

fn period(period: Period) -> Sentence {
    Sentence::new("say.period", [moment(period.from_micros), moment(period.until_micros)])
}

/// Captions that speak of customers, and have other words beside them for whatever else is counted.
const OF_CUSTOMERS: [&str; 14] = [
    "col.customers",
    "col.rework.customers",
    "col.customers_again",
    "col.customers_with_rework",
    "col.share_of_customers",
    "col.most_for_one_customer",
    "col.for_a_customer",
    "col.transitions.customers",
    "col.difference_of_the_shares_of_customers",
    "col.support.customers",
    "col.customers_waiting",
    "col.support.cases_breached",
    "table.steps.matrix",
    "table.steps.cells",
];

/// A caption in words of what is counted.
pub(super) fn of_unit(caption: Sentence, counted: Unit) -> Sentence {
    if matches!(counted, Unit::Customers | Unit::Occurrences) {
        return caption;
    }
    if OF_CUSTOMERS.contains(&caption.key.as_str()) {
        return of(&format!("{}.units", caption.key), [unit(counted)]);
    }
    let inner = |value| match value {
        Value::Says(part) => Value::from(of_unit(*part, counted)),
        plain => plain,
    };
    Sentence { values: caption.values.into_iter().map(inner).collect(), ..caption }
}

/// The key of those of some units that have something: `2 of 5 customers with it`.
pub(super) fn with_it(unit: Unit) -> &'static str {
    if unit == Unit::Customers { "unit.customers_with_it" } else { unit_key(unit) }
}

const WEEKDAYS: [&str; 7] = ["day.mon", "day.tue", "day.wed", "day.thu", "day.fri", "day.sat", "day.sun"];

/// Working time as asked: `Mon–Fri 09:00–17:00, closed on 2026-12-25, UTC+01:00`.
pub(super) fn working_time(is_wanted: bool, asked: &Query) -> Sentence {
    if !is_wanted {
        return word("hours.plain");
    }
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let day =
        |weekday: u8| WEEKDAYS.get(usize::from(weekday)).map_or_else(Sentence::default, |key| word(key));
    let mut openings = asked.working_time.openings.clone();
    openings.sort_by_key(|opening| (opening.from_minute, opening.until_minute, opening.weekday));
    let follows = |a: &Opening, b: &Opening| {
        let is_next = b.weekday == a.weekday.saturating_add(1);
        is_next && (a.from_minute, a.until_minute) == (b.from_minute, b.until_minute)
    };
    let run = |run: &[Opening]| {
        let (first, last) = (run.first()?, run.last()?);
        let hours = Sentence::text(format!("{}–{}", time(first.from_minute), time(first.until_minute)));
        Some(match run.len() {
            1 => of("hours.day", [day(first.weekday), hours]),
            _ => of("hours.days", [day(first.weekday), day(last.weekday), hours]),
        })
    };
    let mut parts: Vec<Sentence> = openings.chunk_by(follows).filter_map(run).collect();
    if parts.is_empty() {
        parts.push(word("hours.never"));
    }
    if !asked.working_time.holidays.is_empty() {
        parts.push(of("hours.closed", [Sentence::text(asked.working_time.holidays.join(", "))]));
    }
    let offset = asked.working_time.zone_offset_minutes.unwrap_or(asked.zone_offset_minutes);
    parts.push(Sentence::text(zone(offset)));
    Sentence::joined("say.comma", parts)
}

fn zone(offset_minutes: i32) -> String {
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset_minutes.unsigned_abs() / 60, offset_minutes.unsigned_abs() % 60);
    format!("UTC{sign}{hours:02}:{minutes:02}")
}

/// The segments that a question is about, with their filters.
pub(super) fn segments(known: &Segments, question: &Question) -> Vec<(Sentence, Sentence)> {
    let words = |one: String| {
        let meaning = known.get(&one).map_or_else(|| word("param.segment.none"), filter);
        (of("param.segment", [name(&one)]), meaning)
    };
    segments::names_of(known, question).into_iter().map(words).collect()
}

/// The parameters that all analyses share.
pub(super) fn query(query: &Query) -> Vec<(Sentence, Sentence)> {
    let compared = match &query.compare {
        None => word("param.compared.nobody"),
        Some(Comparison::Rest) => word("param.compared.rest"),
        Some(Comparison::Filter { filter: other }) => filter(other),
    };
    [
        ("param.customers", filter(&query.filter)),
        ("param.compared", compared),
        ("param.period", query.period.map_or_else(|| word("param.period.all"), period)),
        ("param.zone", Sentence::text(zone(query.zone_offset_minutes))),
        ("param.session", span(u64::from(query.session_timeout_secs))),
    ]
    .map(|(name, value)| (word(name), value))
    .to_vec()
}

/// A filter, exact enough to ask it again.
pub(super) fn filter(asked: &Filter) -> Sentence {
    let joined = |key: &str, parts: &[Filter]| {
        Sentence::joined(key, parts.iter().map(|part| of("filter.part", [filter(part)])))
    };
    let bounds = |key: &str, least: Option<u64>, most: Option<u64>| {
        let bound = |key: &str, n: Option<u64>| n.map(|n| Sentence::new(key, [Value::Count(n)]));
        let bounds = [bound("filter.least", least), bound("filter.most", most)];
        of(key, [Sentence::joined("say.comma", bounds.into_iter().flatten())])
    };
    match asked {
        Filter::All => word("filter.all"),
        Filter::Not { of: part } => of("filter.not", [filter(part)]),
        Filter::AllOf { of } if of.is_empty() => word("filter.all"),
        Filter::AnyOf { of } if of.is_empty() => word("filter.none"),
        Filter::AllOf { of } => joined("filter.and", of),
        Filter::AnyOf { of } => joined("say.or", of),
        Filter::HasActivity { names: some, at_least, at_most } => {
            let often = bounds("filter.often", Some(*at_least), *at_most);
            of("filter.has", [names(some), often])
        }
        Filter::StartsWith { names: some } => of("filter.starts", [names(some)]),
        Filter::EndsWith { names: some } => of("filter.ends", [names(some)]),
        Filter::DirectlyFollows { from, to } => of("filter.directly", [names(from), names(to)]),
        Filter::EventuallyFollows { from, to, within_secs: None } => {
            of("filter.later", [names(from), names(to)])
        }
        Filter::EventuallyFollows { from, to, within_secs: Some(secs) } => {
            of("filter.later_within", [names(from), names(to), span(*secs)])
        }
        Filter::Sequence { pattern } => of("filter.pattern", [Sentence::text(pattern)]),
        Filter::Channel { names: some } => of("filter.channel", [names(some)]),
        Filter::Account { names: some } => of("filter.account", [names(some)]),
        Filter::Customer { names: some } => of("filter.customer", [names(some)]),
        Filter::Duration { min_secs, max_secs } => bounds("filter.duration", *min_secs, *max_secs),
        Filter::Events { min, max } => bounds("filter.events", *min, *max),
        Filter::FirstEvent { period: asked } => of("filter.first", [period(*asked)]),
        Filter::Outcome { names: some } => of("filter.outcome", [names(some)]),
        Filter::Segment { name: one } => of("filter.segment", [name(one)]),
    }
}
