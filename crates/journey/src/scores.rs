//! Experience scores from answers to surveys: NPS, and CSAT and CES by one rule, always with their uncertainty.

use crate::basis::ratio;
use crate::interval::{Interval, Mean, NetPromoter, Proportion};
use event::Measure;
use std::collections::BTreeMap;

/// One answer to a survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The case that answered.
    pub case: u32,
    /// When, in UTC microseconds.
    pub at_micros: i64,
    /// The value on the survey's scale.
    pub value: f64,
}

/// How many people a score rests on.
///
/// Those who did not answer may feel differently: a score is of the respondents, not of all customers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Responses {
    /// Answers used.
    pub n: u64,
    /// Answers left out because they are no whole number of the scale.
    pub n_invalid: u64,
    /// People asked, where known.
    pub n_asked: Option<u64>,
    /// Answers, invalid ones included, over people asked; `None` when that is unknown or less than the answers.
    pub response_ratio: Option<f64>,
}

/// A net promoter score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nps {
    /// What it rests on.
    pub responses: Responses,
    /// Answers by kind, with the score and its interval.
    pub answers: NetPromoter,
}

/// Computes a net promoter score from answers on the scale of 0 to 10.
///
/// # Example
/// ```
/// let answers = [10.0, 9.0, 9.0, 10.0, 9.0, 7.0, 8.0, 6.0, 3.0, 0.0];
/// let nps = journey::nps(answers, Some(40));
/// assert_eq!(nps.answers.nps_points(), Some(20.0));
/// assert_eq!(nps.responses.response_ratio, Some(0.25));
/// ```
///
/// # Reference
/// Reichheld, *The One Number You Need to Grow* (2003).
pub fn nps(values: impl IntoIterator<Item = f64>, n_asked: Option<u64>) -> Nps {
    let (counts, responses) = tally(values, Scale { min: 0, max: 10 }, n_asked);
    let of = |from: i32, until: i32| counts.range(from..=until).map(|(_, n)| n).sum::<u64>();
    let answers = NetPromoter { n_promoters: of(9, 10), n_passives: of(7, 8), n_detractors: of(0, 6) };
    Nps { responses, answers }
}

/// A scale of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Smallest answer.
    pub min: i32,
    /// Largest answer.
    pub max: i32,
}

impl Scale {
    /// The answer as a whole number of the scale; none for what is not one.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number between two i32 is an i32")]
    pub fn whole_number(self, value: f64) -> Option<i32> {
        let fits = value.fract() == 0.0 && value >= f64::from(self.min) && value <= f64::from(self.max);
        fits.then_some(value as i32)
    }
}

/// How answers on a scale become a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreSpec {
    /// The scale, which belongs beside every score.
    pub scale: Scale,
    /// How many of the best answers count as positive.
    pub n_best: u32,
    /// Whether low answers are the good ones, as in "how much effort did you have to make?".
    pub is_low_good: bool,
}

impl ScoreSpec {
    /// Customer satisfaction: 1 to 5, where 4 and 5 are positive.
    pub const CSAT: Self = Self { scale: Scale { min: 1, max: 5 }, n_best: 2, is_low_good: false };
    /// How answers of a survey become a score: the two best of a scale are positive, of seven degrees of effort the three best,
    /// of yes and no the yes.
    pub fn of(measure: Measure) -> Self {
        let (min, max, n_best) = match measure {
            Measure::Money | Measure::Mrr | Measure::Nps => (0, 10, 2),
            Measure::Csat5 | Measure::Ces5 | Measure::Rating5 => (1, 5, 2),
            Measure::Csat7 => (1, 7, 2),
            Measure::Ces7 => (1, 7, 3),
            Measure::CsatYesNo => (0, 1, 1),
        };
        Self { scale: Scale { min, max }, n_best, is_low_good: false }
    }

    /// Customer effort: agreement from 1 to 7 that it was easy, where 5, 6 and 7 are positive.
    pub const CES: Self = Self { scale: Scale { min: 1, max: 7 }, n_best: 3, is_low_good: false };
}

/// A score on a scale, by both conventions.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleScore {
    /// How it was computed.
    pub spec: ScoreSpec,
    /// What it rests on.
    pub responses: Responses,
    /// Answers by value, ascending; only values that occur.
    pub counts: Vec<(i32, u64)>,
    /// Positive answers of all: the top-box share, the default convention.
    pub positive: Proportion,
    /// Mean of the answers, on the scale: the other convention.
    pub mean: Mean,
}

impl ScaleScore {
    /// The interval of the mean, cut to the scale.
    pub fn mean_interval(&self) -> Option<Interval> {
        let (min, max) = (f64::from(self.spec.scale.min), f64::from(self.spec.scale.max));
        self.mean.interval().map(|wide| Interval { low: wide.low.max(min), high: wide.high.min(max), ..wide })
    }
}

/// Computes satisfaction, effort or any other score of a scale.
///
/// # Example
/// ```
/// let csat = journey::scale_score([5.0, 4.0, 4.0, 2.0], journey::ScoreSpec::CSAT, None);
/// assert_eq!((csat.positive.ratio(), csat.mean.mean), (Some(0.75), 3.75));
/// ```
pub fn scale_score(
    values: impl IntoIterator<Item = f64>,
    spec: ScoreSpec,
    n_asked: Option<u64>,
) -> ScaleScore {
    let (counts, responses) = tally(values, spec.scale, n_asked);
    let n_best = i64::from(spec.n_best);
    let is_positive = |value: i32| {
        if spec.is_low_good {
            i64::from(value) < i64::from(spec.scale.min) + n_best
        } else {
            i64::from(value) > i64::from(spec.scale.max) - n_best
        }
    };
    let n_positive = counts.iter().filter(|(value, _)| is_positive(**value)).map(|(_, n)| n).sum();
    ScaleScore {
        spec,
        responses,
        positive: Proportion { n: n_positive, of: responses.n },
        mean: mean(&counts, spec.scale),
        counts: counts.into_iter().collect(),
    }
}

/// The mean of answers by value. Sums are of the distance from the scale's least answer, which is never negative.
fn mean(counts: &BTreeMap<i32, u64>, scale: Scale) -> Mean {
    let (mut n, mut sum, mut squares) = (0_u64, 0_u64, 0_u64);
    for (&value, &n_answers) in counts {
        let distance = u64::from(value.abs_diff(scale.min));
        n += n_answers;
        sum = sum.saturating_add(distance.saturating_mul(n_answers));
        squares = squares.saturating_add(distance.saturating_mul(distance).saturating_mul(n_answers));
    }
    let from_least = Mean::from_sums(n, sum, squares);
    let shift = if n > 0 { f64::from(scale.min) } else { 0.0 };
    Mean { mean: from_least.mean + shift, ..from_least }
}

/// Scores each group of answers, groups ascending.
///
/// # Example
/// ```
/// let answers = [("web", 10.0), ("phone", 3.0), ("web", 7.0)];
/// let by_channel = journey::score_by_group(answers, |values| journey::nps(values, None).answers.nps_points());
/// assert_eq!(by_channel, [("phone", Some(-100.0)), ("web", Some(50.0))]);
/// ```
pub fn score_by_group<G: Ord, S>(
    answers: impl IntoIterator<Item = (G, f64)>,
    score: impl Fn(Vec<f64>) -> S,
) -> Vec<(G, S)> {
    let mut groups: BTreeMap<G, Vec<f64>> = BTreeMap::new();
    for (group, value) in answers {
        groups.entry(group).or_default().push(value);
    }
    groups.into_iter().map(|(group, values)| (group, score(values))).collect()
}

/// Keeps the latest answer of each case, by case; of answers at the same time the last given.
///
/// Use it where a person may answer often and each person should count once.
pub fn latest_answers(answers: impl IntoIterator<Item = Answer>) -> Vec<Answer> {
    let mut latest: BTreeMap<u32, Answer> = BTreeMap::new();
    for answer in answers {
        let kept = latest.entry(answer.case).or_insert(answer);
        if answer.at_micros >= kept.at_micros {
            *kept = answer;
        }
    }
    latest.into_values().collect()
}

/// Answers by value, and how many there were.
fn tally(
    values: impl IntoIterator<Item = f64>,
    scale: Scale,
    n_asked: Option<u64>,
) -> (BTreeMap<i32, u64>, Responses) {
    let mut counts = BTreeMap::new();
    let mut responses = Responses { n_asked, ..Responses::default() };
    for value in values {
        match scale.whole_number(value) {
            Some(value) => {
                *counts.entry(value).or_insert(0) += 1;
                responses.n += 1;
            }
            None => responses.n_invalid += 1,
        }
    }
    let n_answers = responses.n + responses.n_invalid;
    responses.response_ratio =
        n_asked.filter(|&asked| asked > 0 && asked >= n_answers).map(|asked| ratio(n_answers, asked));
    (counts, responses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn golden_nps() {
        let found = nps([9.0, 10.0, 9.0, 9.0, 10.0, 7.0, 8.0, 0.0, 5.0, 6.0], None);
        assert_eq!(found.answers, NetPromoter { n_promoters: 5, n_passives: 2, n_detractors: 3 }, "kinds");
        assert_eq!(found.answers.nps_points(), Some(20.0), "50 % − 30 %");
        assert_eq!(nps([], Some(5)).answers.nps_points(), None, "no answer, no score");
    }

    #[test]
    fn answers_off_the_scale_are_counted_apart() {
        let found = nps([11.0, -1.0, 7.5, f64::NAN, f64::INFINITY, 9.0], Some(12));
        assert_eq!((found.responses.n, found.responses.n_invalid), (1, 5), "only the 9 is one");
        assert_eq!(found.responses.response_ratio, Some(0.5), "invalid answers are answers");
        assert_eq!(nps([9.0, 9.0], Some(1)).responses.response_ratio, None, "more answers than questions");
    }

    #[test]
    fn golden_scale_scores() {
        let csat = scale_score([5.0, 5.0, 4.0, 4.0, 4.0, 5.0, 4.0, 3.0, 2.0, 1.0], ScoreSpec::CSAT, None);
        assert_eq!((csat.positive, csat.mean.mean), (Proportion { n: 7, of: 10 }, 3.7), "7 of 10");
        let interval = csat.positive.interval().expect("answers");
        // Wilson's interval of 7 in 10, as tabulated.
        assert!(
            (interval.low - 0.3968).abs() < 1e-4 && (interval.high - 0.8922).abs() < 1e-4,
            "{interval:?}"
        );
        // Squares about 3.7 add up to 16.1, so that s² = 1.788889 and the reach is 1.959964 · √0.1788889 = 0.828973.
        let interval = csat.mean_interval().expect("answers");
        assert!(
            (interval.low - 2.871_027).abs() < 1e-5 && (interval.high - 4.528_973).abs() < 1e-5,
            "{interval:?}"
        );
        assert_eq!(csat.counts, [(1, 1), (2, 1), (3, 1), (4, 4), (5, 3)], "raw answers stay");
        let ces = scale_score([7.0, 5.0, 4.0, 1.0], ScoreSpec::CES, None);
        assert_eq!(ces.positive.ratio(), Some(0.5), "5 and up of 7");
        let effort = ScoreSpec { scale: Scale { min: 1, max: 5 }, n_best: 2, is_low_good: true };
        assert_eq!(scale_score([1.0, 2.0, 3.0], effort, None).positive.n, 2, "little effort is good");
        assert_eq!(scale_score([], ScoreSpec::CSAT, None).mean.n, 0, "no answer, no score");
    }

    #[test]
    fn only_the_latest_answer_of_a_case() {
        let answer = |case, at_micros, value| Answer { case, at_micros, value };
        let given = [answer(2, 5, 1.0), answer(1, 9, 2.0), answer(2, 3, 3.0), answer(1, 9, 4.0)];
        assert_eq!(latest_answers(given), [answer(1, 9, 4.0), answer(2, 5, 1.0)], "by case");
    }

    proptest! {
        #[test]
        fn scores_equal_the_definition(answers in prop::collection::vec(-2_i32..=7, 1..60)) {
            let values: Vec<f64> = answers.iter().map(|&v| f64::from(v)).collect();
            let spec = ScoreSpec { scale: Scale { min: -2, max: 7 }, n_best: 2, is_low_good: false };
            let found = scale_score(values.iter().copied(), spec, None);
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            prop_assert!((found.mean.mean - mean).abs() < 1e-9 && (found.mean.variance - variance).abs() < 1e-9);
            prop_assert_eq!(found.positive.n, answers.iter().filter(|v| **v >= 6).count() as u64);
            let kind = |v: &i32| if *v >= 9 { 1.0 } else if *v <= 6 { -1.0 } else { 0.0 };
            let on_scale: Vec<i32> = answers.into_iter().filter(|v| *v >= 0).collect();
            let points = 100.0 * on_scale.iter().map(kind).sum::<f64>() / on_scale.len() as f64;
            match nps(on_scale.iter().map(|&v| f64::from(v)), None).answers.nps_points() {
                None => prop_assert!(on_scale.is_empty()),
                Some(found) => prop_assert!((found - points).abs() < 1e-9),
            }
        }
    }
}
