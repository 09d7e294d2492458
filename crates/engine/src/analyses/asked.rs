//! Questions of the wire as queries of `journey`; names stay names.

use crate::convert::failure;
use journey::{CalendarSpec, Comparison, Filter, Issue, Pattern, Period, PeriodUnit, Query, Unit, Weekday};
use journey::{WorkCalendar, WorkHours};
use protocol::Failure;
use protocol::question::{self as wire, QUESTION_VERSION, Question};

/// The part of a question that is the same for all analyses.
///
/// # Errors
/// A question of a later version, a period that ends before it begins, a pattern that cannot be read.
pub(super) fn query(question: &Question) -> Result<Query, Failure> {
    if question.version > QUESTION_VERSION {
        let message = format!(
            "The question is written in version {} of the language; this program knows version {QUESTION_VERSION}.",
            question.version
        );
        return Err(failure(message, "Use a newer version of the program, or ask again with this one."));
    }
    let asked = &question.query;
    if asked.period.is_some_and(|period| period.from_micros >= period.until_micros) {
        return Err(failure(
            "The period ends before it begins.",
            "Choose a later end or an earlier beginning.",
        ));
    }
    let compare = match &asked.compare {
        None => None,
        Some(wire::Comparison::Rest) => Some(Comparison::Rest),
        Some(wire::Comparison::Filter { filter: other }) => Some(Comparison::Filter(filter(other)?)),
    };
    Ok(Query {
        unit: match asked.unit {
            wire::Unit::Accounts => Unit::Accounts,
            wire::Unit::Customers => Unit::Customers,
            wire::Unit::Sessions => Unit::Sessions,
            wire::Unit::Occurrences => Unit::Occurrences,
        },
        period: asked.period.map(period),
        data_until_micros: None,
        zone_offset_minutes: asked.zone_offset_minutes,
        session_timeout_secs: asked.session_timeout_secs,
        filter: filter(&asked.filter)?,
        compare,
    })
}

fn period(asked: wire::Period) -> Period {
    Period { from_micros: asked.from_micros, until_micros: asked.until_micros }
}

/// A filter in terms of `journey`; segments were put in place before.
///
/// # Errors
/// A pattern that cannot be read.
pub(crate) fn filter(asked: &wire::Filter) -> Result<Filter, Failure> {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(match asked.clone() {
        wire::Filter::All => Filter::All,
        wire::Filter::Not { of } => Filter::Not(Box::new(filter(&of)?)),
        wire::Filter::AllOf { of } => Filter::AllOf(filters(&of)?),
        wire::Filter::AnyOf { of } => Filter::AnyOf(filters(&of)?),
        wire::Filter::HasActivity { names, at_least, at_most } => {
            Filter::HasActivity { names, at_least: small(at_least), at_most: at_most.map(small) }
        }
        wire::Filter::StartsWith { names } => Filter::StartsWith { names },
        wire::Filter::EndsWith { names } => Filter::EndsWith { names },
        wire::Filter::DirectlyFollows { from, to } => Filter::DirectlyFollows { from, to },
        wire::Filter::EventuallyFollows { from, to, within_secs } => {
            Filter::EventuallyFollows { from, to, within_secs }
        }
        wire::Filter::Sequence { pattern } => Filter::Sequence(parsed(&pattern)?),
        wire::Filter::Channel { names } => Filter::Channel { names },
        wire::Filter::Account { names } => Filter::Account { names },
        wire::Filter::Customer { names } => Filter::Customer { names },
        wire::Filter::Duration { min_secs, max_secs } => Filter::Duration { min_secs, max_secs },
        wire::Filter::Events { min, max } => Filter::Events { min, max },
        wire::Filter::FirstEvent { period: asked } => Filter::FirstEvent(period(asked)),
        wire::Filter::Outcome { names } => Filter::Outcome { names },
        wire::Filter::Segment { .. } => Filter::AnyOf(Vec::new()),
    })
}

fn filters(asked: &[wire::Filter]) -> Result<Vec<Filter>, Failure> {
    asked.iter().map(filter).collect()
}

fn parsed(pattern: &str) -> Result<Pattern, Failure> {
    pattern.parse().map_err(|error| {
        failure(
            format!("The pattern “{pattern}” cannot be read: {error}."),
            "Join activities by ->, as in home->.*->[buy|order].",
        )
    })
}

/// Length of the calendar's periods; weeks begin on Monday.
pub(super) fn period_unit(grain: wire::Grain) -> PeriodUnit {
    match grain {
        wire::Grain::Day => PeriodUnit::Day,
        wire::Grain::Week => PeriodUnit::Week { starts_on: Weekday::Monday },
        wire::Grain::Month => PeriodUnit::Month,
    }
}

/// The working time of a question, with what of it makes no sense; `None` where plain time is asked for.
pub(super) fn work_calendar(is_wanted: bool, asked: &wire::Query) -> Option<(WorkCalendar, Vec<Issue>)> {
    if !is_wanted {
        return None;
    }
    let wire::WorkingTime { openings, holidays, zone_offset_minutes } = &asked.working_time;
    let hours = openings.iter().map(|opening| WorkHours {
        weekday: opening.weekday,
        from_minute: opening.from_minute,
        until_minute: opening.until_minute,
    });
    let spec = CalendarSpec {
        hours: hours.collect(),
        offset_minutes: zone_offset_minutes.unwrap_or(asked.zone_offset_minutes),
        holidays: holidays.clone(),
    };
    Some(WorkCalendar::new(&spec))
}

/// Refuses what an analysis cannot count.
///
/// # Errors
/// A unit that has no meaning for it, with the reason.
pub(super) fn check_unit(asked: wire::Unit, analysis: &wire::Analysis) -> Result<(), Failure> {
    use wire::Analysis as A;
    use wire::Unit as U;
    let reason = match (asked, analysis) {
        (U::Accounts, A::Sessions) => {
            "A session is what one customer did without a long break; an account has as many at once as it has people."
        }
        (U::Accounts | U::Customers, _)
        | (U::Sessions | U::Occurrences, A::Paths(_))
        | (U::Occurrences, A::Scores(_))
        | (U::Sessions, A::Sessions) => {
            return Ok(());
        }
        (U::Sessions, A::Funnel(_) | A::Transitions { .. } | A::Route(_) | A::Steps { .. } | A::Rework) => {
            return Ok(());
        }
        (U::Sessions, A::Support(_)) => {
            "A ticket outlives a session, so that sessions have no figures of support."
        }
        (U::Sessions, _) => {
            "A session is over within a period and does not come back, so that sessions cannot be followed from period to period."
        }
        (U::Occurrences, A::Sessions) => {
            "A single event is no session; the tables say how many events sessions have."
        }
        (U::Occurrences, _) => {
            "A single event has no before and after, so that this analysis cannot follow it. How often something happened stands in the tables all the same."
        }
    };
    Err(failure(reason, "Count customers or accounts, or sessions where the analysis offers them."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::question::{Analysis, Funnel, Retention, Unit};

    #[test]
    fn units_without_a_meaning_are_refused_with_a_reason() {
        let (funnel, retention) =
            (Analysis::Funnel(Funnel::default()), Analysis::Retention(Retention::default()));
        for (unit, analysis, is_counted) in [
            (Unit::Customers, &Analysis::Sessions, true),
            (Unit::Sessions, &Analysis::Sessions, true),
            (Unit::Accounts, &Analysis::Sessions, false),
            (Unit::Accounts, &funnel, true),
            (Unit::Sessions, &funnel, true),
            (Unit::Occurrences, &funnel, false),
            (Unit::Accounts, &retention, true),
            (Unit::Sessions, &retention, false),
        ] {
            assert_eq!(check_unit(unit, analysis).is_ok(), is_counted, "{unit:?} for {analysis:?}");
        }
    }
}
