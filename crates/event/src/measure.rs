//! What the number of an event means: money, recurring revenue, or the answer to a survey on its scale.

/// What the number of an event says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Measure {
    /// An amount of money, in major units.
    #[default]
    Money = 0,
    /// Recurring revenue per month from this event on, in major units: of the subscription that the event is about, or
    /// of the customer where it is about none. 0 is a cancellation.
    Mrr = 1,
    /// Net promoter score: how likely a recommendation is, 0 to 10.
    Nps = 2,
    /// Satisfaction, 1 to 5.
    Csat5 = 3,
    /// Satisfaction, 1 to 7.
    Csat7 = 4,
    /// Satisfaction as yes (1) or no (0).
    CsatYesNo = 5,
    /// Effort, 1 to 5; more is easier.
    Ces5 = 6,
    /// Effort, 1 to 7; more is easier.
    Ces7 = 7,
    /// Stars of a review, 1 to 5.
    Rating5 = 8,
}

impl Measure {
    /// All measures, in the order of their numbers in files.
    pub const ALL: [Self; 9] = [
        Self::Money,
        Self::Mrr,
        Self::Nps,
        Self::Csat5,
        Self::Csat7,
        Self::CsatYesNo,
        Self::Ces5,
        Self::Ces7,
        Self::Rating5,
    ];

    /// The name used on the wire and in options: `money`, `mrr`, `nps`, `csat_5`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Mrr => "mrr",
            Self::Nps => "nps",
            Self::Csat5 => "csat_5",
            Self::Csat7 => "csat_7",
            Self::CsatYesNo => "csat_yes_no",
            Self::Ces5 => "ces_5",
            Self::Ces7 => "ces_7",
            Self::Rating5 => "rating_5",
        }
    }

    /// The measure with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// The measure with this number in files.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The worst and the best answer of a survey; `None` for money.
    #[must_use]
    pub fn scale(self) -> Option<(f64, f64)> {
        match self {
            Self::Money | Self::Mrr => None,
            Self::Nps => Some((0.0, 10.0)),
            Self::Csat5 | Self::Ces5 | Self::Rating5 => Some((1.0, 5.0)),
            Self::Csat7 | Self::Ces7 => Some((1.0, 7.0)),
            Self::CsatYesNo => Some((0.0, 1.0)),
        }
    }

    /// Whether a number can be a value: finite, and on the scale.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        value.is_finite() && self.scale().is_none_or(|(worst, best)| (worst..=best).contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for (number, measure) in (0_u8..).zip(Measure::ALL) {
            assert_eq!(measure as u8, number, "the list is in order of the numbers");
            assert_eq!(Measure::from_number(number), Some(measure), "by number");
            assert_eq!(Measure::from_name(measure.name()), Some(measure), "by name");
        }
        assert_eq!(Measure::from_number(9), None, "not given yet");
    }

    #[test]
    fn a_scale_bounds_its_values() {
        assert!(Measure::Nps.holds(0.0) && Measure::Nps.holds(10.0), "both ends");
        assert!(!Measure::Nps.holds(11.0) && !Measure::Csat5.holds(0.0), "beyond them");
        assert!(Measure::Mrr.holds(-5.0) && !Measure::Money.holds(f64::NAN), "money has no scale");
    }
}
