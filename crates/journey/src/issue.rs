//! What is strange about a question: it is answered all the same, as far as it goes.

use std::fmt;

/// One strange thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// No item of a path fits the pattern it is to begin or end with.
    NothingFits(String),
    /// The activity already means another status of a ticket.
    OtherStatus(String),
    /// No activity means that a ticket is created.
    NothingCreates,
    /// A target in working time without a calendar; plain time is used.
    NoCalendar,
    /// An anchor without activities.
    EmptyAnchor,
    /// A route with so many stops, where two are the least.
    ShortRoute(usize),
    /// The start or the end of a case in the middle of a route.
    OuterStop,
    /// Opening hours that are not within a day: weekday, first and last minute.
    NoOpening(u8, u16, u16),
    /// A day off that is no date.
    NoDate(String),
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingFits(pattern) => write!(f, "no item fits the anchor {pattern:?}"),
            Self::OtherStatus(name) => write!(f, "activity {name:?} already means another status"),
            Self::NothingCreates => f.write_str("no activity means that a ticket is created"),
            Self::NoCalendar => f.write_str("a target in working time has no calendar: plain time is used"),
            Self::EmptyAnchor => f.write_str("an anchor without activities"),
            Self::ShortRoute(n) => write!(f, "a route has two or more stops, not {n}"),
            Self::NoOpening(weekday, from, until) => {
                write!(f, "opening on weekday {weekday} from minute {from} until {until} is not within a day")
            }
            Self::NoDate(text) => write!(f, "holiday {text:?} is not a date"),
            Self::OuterStop => f.write_str("a route can only begin at the start and finish at the end"),
        }
    }
}
