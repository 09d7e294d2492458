//! One condition of the filter as a person fills it in, and the way to and from the filter on the wire.

use protocol::question::Filter;

/// Seconds of a day.
pub(super) const DAY_SECS: f64 = 86_400.0;

/// What a condition asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// An activity happened, so and so often.
    Has,
    /// An activity never happened.
    Lacks,
    /// It is the first.
    Starts,
    /// It is the last.
    Ends,
    /// One comes right after another.
    Directly,
    /// One comes some time after another.
    Later,
    /// The activities match a pattern.
    Pattern,
    /// An event is on a channel.
    Channel,
    /// It belongs to an account.
    Account,
    /// Time from first to last event.
    Duration,
    /// Number of events.
    Events,
    /// In a segment.
    Segment,
    /// In no such segment.
    NoSegment,
    /// Anything else that a link brought; it can be kept or removed.
    Other,
}

impl What {
    /// Those that a person can choose, in the order shown, with the names that words and ids use.
    pub(super) const ALL: [(Self, &'static str); 13] = [
        (Self::Has, "has"),
        (Self::Lacks, "lacks"),
        (Self::Starts, "starts"),
        (Self::Ends, "ends"),
        (Self::Directly, "directly"),
        (Self::Later, "later"),
        (Self::Pattern, "pattern"),
        (Self::Channel, "channel"),
        (Self::Account, "account"),
        (Self::Duration, "duration"),
        (Self::Events, "events"),
        (Self::Segment, "segment"),
        (Self::NoSegment, "no_segment"),
    ];

    /// Whose names it lists, as one condition that lists the same; a name of another kind has no meaning there.
    fn listed(self) -> Self {
        match self {
            Self::Channel | Self::Account => self,
            Self::Segment | Self::NoSegment => Self::Segment,
            _ => Self::Has,
        }
    }
}

/// One condition; numbers are kept as typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// What it asks for.
    pub(super) what: What,
    /// Activities, channels or accounts.
    pub(super) names: Vec<String>,
    /// Activities that come after.
    pub(super) after: Vec<String>,
    /// Fewest, shortest (in days), or the number of times.
    pub(super) low: String,
    /// Most, longest or within (in days).
    pub(super) high: String,
    /// The pattern.
    pub(super) pattern: String,
    /// What a link brought and no form shows.
    pub(super) other: Option<Filter>,
}

impl Condition {
    /// Asks for something else; names are kept where they mean the same.
    pub(super) fn become_what(&mut self, what: What) {
        if self.what.listed() != what.listed() {
            self.names.clear();
        }
        self.what = what;
    }
}

/// A number as typed, rounded to a whole one that is not negative.
pub(super) fn whole(typed: &str) -> Option<u64> {
    scaled(typed, 1.0)
}

/// Days as typed, in seconds.
pub(super) fn days_secs(typed: &str) -> Option<u64> {
    scaled(typed, DAY_SECS)
}

/// A number as typed times a unit; `None` for what is no number, or negative.
pub(super) fn scaled(typed: &str, unit: f64) -> Option<u64> {
    let value = typed.trim().parse::<f64>().ok().filter(|value| value.is_finite())? * unit;
    format!("{value:.0}").parse().ok()
}

/// Seconds in a unit, as a form shows them, exact enough to come back as they were; empty without a value.
pub(super) fn typed(secs: Option<u64>, unit: f64) -> String {
    secs.map_or_else(String::new, |secs| {
        let value = format!("{:.6}", secs as f64 / unit);
        value.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

impl Condition {
    /// An empty condition.
    pub(super) fn new(what: What) -> Self {
        Self {
            what,
            names: Vec::new(),
            after: Vec::new(),
            low: String::new(),
            high: String::new(),
            pattern: String::new(),
            other: None,
        }
    }

    /// The filter it stands for; `None` while it is not filled in.
    pub(super) fn filter(&self) -> Option<Filter> {
        let names = self.names.clone();
        let has_names = !names.is_empty();
        let filter = match self.what {
            What::Has if has_names => {
                Filter::HasActivity { names, at_least: whole(&self.low).unwrap_or(1).max(1), at_most: None }
            }
            What::Lacks if has_names => Filter::HasActivity { names, at_least: 0, at_most: Some(0) },
            What::Starts if has_names => Filter::StartsWith { names },
            What::Ends if has_names => Filter::EndsWith { names },
            What::Segment if has_names => in_any(names),
            What::NoSegment if has_names => Filter::Not { of: Box::new(in_any(names)) },
            What::Channel if has_names => Filter::Channel { names },
            What::Account if has_names => Filter::Account { names },
            What::Directly if has_names && !self.after.is_empty() => {
                Filter::DirectlyFollows { from: names, to: self.after.clone() }
            }
            What::Later if has_names && !self.after.is_empty() => {
                let within_secs = days_secs(&self.high);
                Filter::EventuallyFollows { from: names, to: self.after.clone(), within_secs }
            }
            What::Pattern if !self.pattern.trim().is_empty() => {
                Filter::Sequence { pattern: self.pattern.trim().to_owned() }
            }
            What::Duration => {
                let (min_secs, max_secs) = (days_secs(&self.low), days_secs(&self.high));
                min_secs.or(max_secs)?;
                Filter::Duration { min_secs, max_secs }
            }
            What::Events => {
                let (min, max) = (whole(&self.low), whole(&self.high));
                min.or(max)?;
                Filter::Events { min, max }
            }
            What::Other => self.other.clone()?,
            _ => return None,
        };
        Some(filter)
    }

    /// The condition that stands for a filter.
    fn of(filter: Filter) -> Self {
        let with = |what, names: Vec<String>| Self { names, ..Self::new(what) };
        let count = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let filter = match segments_of(&filter) {
            Some(names) => return with(What::Segment, names),
            None => filter,
        };
        match filter {
            Filter::Not { of } if segments_of(&of).is_some() => {
                with(What::NoSegment, segments_of(&of).unwrap_or_default())
            }
            Filter::HasActivity { names, at_least: 0, at_most: Some(0) } => with(What::Lacks, names),
            Filter::HasActivity { names, at_least, at_most: None } if at_least > 0 => {
                Self { low: at_least.to_string(), ..with(What::Has, names) }
            }
            Filter::StartsWith { names } => with(What::Starts, names),
            Filter::EndsWith { names } => with(What::Ends, names),
            Filter::Channel { names } => with(What::Channel, names),
            Filter::Account { names } => with(What::Account, names),
            Filter::DirectlyFollows { from, to } => Self { after: to, ..with(What::Directly, from) },
            Filter::EventuallyFollows { from, to, within_secs } => {
                Self { after: to, high: typed(within_secs, DAY_SECS), ..with(What::Later, from) }
            }
            Filter::Sequence { pattern } => Self { pattern, ..Self::new(What::Pattern) },
            Filter::Duration { min_secs, max_secs } => Self {
                low: typed(min_secs, DAY_SECS),
                high: typed(max_secs, DAY_SECS),
                ..Self::new(What::Duration)
            },
            Filter::Events { min, max } => {
                Self { low: count(min), high: count(max), ..Self::new(What::Events) }
            }
            other => Self { other: Some(other), ..Self::new(What::Other) },
        }
    }
}

/// In any of these segments.
fn in_any(mut names: Vec<String>) -> Filter {
    let segment = |name| Filter::Segment { name };
    if names.len() == 1 {
        segment(names.remove(0))
    } else {
        Filter::AnyOf { of: names.into_iter().map(segment).collect() }
    }
}

/// The segments that a filter asks for, when it asks for nothing else.
fn segments_of(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Segment { name } => Some(vec![name.clone()]),
        Filter::AnyOf { of } if of.len() > 1 => {
            let name = |one: &Filter| match one {
                Filter::Segment { name } => Some(name.clone()),
                _ => None,
            };
            of.iter().map(name).collect()
        }
        _ => None,
    }
}

/// The filter that takes what every condition takes; what is not filled in doesn't count.
pub(super) fn all_of(conditions: &[Condition]) -> Filter {
    let mut of: Vec<Filter> = conditions.iter().filter_map(Condition::filter).collect();
    match of.len() {
        0 => Filter::All,
        1 => of.remove(0),
        _ => Filter::AllOf { of },
    }
}

/// The conditions that stand for a filter.
pub(super) fn conditions_of(filter: Filter) -> Vec<Condition> {
    match filter {
        Filter::All => Vec::new(),
        Filter::AllOf { of } => of.into_iter().map(Condition::of).collect(),
        one => vec![Condition::of(one)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn names_stay_only_where_they_mean_the_same() {
        let mut condition = Condition { names: names(&["order"]), ..Condition::new(What::Has) };
        condition.become_what(What::Lacks);
        assert_eq!(condition.names, names(&["order"]), "still an activity");
        condition.become_what(What::NoSegment);
        assert!(condition.names.is_empty(), "an activity is no segment");
    }

    #[test]
    fn filters_survive_the_form() {
        let filters = [
            Filter::HasActivity { names: names(&["order"]), at_least: 2, at_most: None },
            Filter::HasActivity { names: names(&["order"]), at_least: 0, at_most: Some(0) },
            Filter::StartsWith { names: names(&["visit"]) },
            Filter::EndsWith { names: names(&["visit"]) },
            Filter::DirectlyFollows { from: names(&["a"]), to: names(&["b", "c"]) },
            Filter::EventuallyFollows { from: names(&["a"]), to: names(&["b"]), within_secs: Some(3_600) },
            Filter::Sequence { pattern: "a->.*->b".to_owned() },
            Filter::Channel { names: names(&["web"]) },
            Filter::Account { names: names(&["Acme"]) },
            Filter::Duration { min_secs: Some(86_400), max_secs: None },
            Filter::Events { min: None, max: Some(9) },
            Filter::Not { of: Box::new(Filter::StartsWith { names: names(&["a"]) }) },
            Filter::HasActivity { names: names(&["order"]), at_least: 1, at_most: Some(3) },
        ];
        for filter in &filters {
            assert_eq!(&all_of(&conditions_of(filter.clone())), filter, "the form loses nothing");
        }
        let all = Filter::AllOf { of: filters.to_vec() };
        assert_eq!(all_of(&conditions_of(all.clone())), all, "several are joined");
        assert_eq!(all_of(&conditions_of(Filter::All)), Filter::All, "no condition takes everybody");
    }

    #[test]
    fn what_is_not_filled_in_does_not_count() {
        let empty: Vec<Condition> = What::ALL.iter().map(|(what, _)| Condition::new(*what)).collect();
        assert_eq!(all_of(&empty), Filter::All, "no condition is complete");
        let later = Condition { names: names(&["a"]), ..Condition::new(What::Later) };
        assert_eq!(later.filter(), None, "half a condition is none");
    }

    #[test]
    fn numbers_are_read_as_typed() {
        assert_eq!(whole(" 3 "), Some(3), "a count");
        assert_eq!(whole("-1"), None, "no negative counts");
        assert_eq!(whole("x"), None, "no words");
        assert_eq!(days_secs("0.5"), Some(43_200), "half a day");
        assert_eq!(typed(Some(1_209_600), DAY_SECS), "14", "a fortnight");
        assert_eq!(typed(None, DAY_SECS), "", "no limit");
    }
}
