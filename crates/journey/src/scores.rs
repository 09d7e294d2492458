//! Experience scores from answers to surveys: NPS, and CSAT and CES by one rule, always with their uncertainty.

use crate::basis::ratio;
use std::collections::BTreeMap;

/// The quantile of the normal distribution for an interval that holds the true value 95 times in 100.
const Z_95: f64 = 1.959_963_984_540_054;

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

/// The range in which the true value lies, with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
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
    /// Answers of 9 and 10.
    pub n_promoters: u64,
    /// Answers of 7 and 8.
    pub n_passives: u64,
    /// Answers of 0 to 6.
    pub n_detractors: u64,
    /// Share of promoters minus share of detractors, in points from −100 to 100; `None` without an answer.
    pub nps_points: Option<f64>,
    /// Its confidence interval, in points, by the normal approximation; a single point when all answers are of a kind.
    pub interval: Option<ScoreInterval>,
}

/// Computes a net promoter score from answers on the scale of 0 to 10.
///
/// # Example
/// ```
/// let answers = [10.0, 9.0, 9.0, 10.0, 9.0, 7.0, 8.0, 6.0, 3.0, 0.0];
/// let nps = journey::nps(answers, Some(40));
/// assert_eq!(nps.nps_points, Some(20.0));
/// assert_eq!(nps.responses.response_ratio, Some(0.25));
/// ```
///
/// # Reference
/// Reichheld, *The One Number You Need to Grow* (2003); variance (p + d − (p − d)²) / n of a difference of two shares
/// of one sample.
pub fn nps(values: impl IntoIterator<Item = f64>, n_asked: Option<u64>) -> Nps {
    let scale = Scale { min: 0, max: 10 };
    let (counts, responses) = tally(values, scale, n_asked);
    let of = |from: i32, until: i32| counts.range(from..=until).map(|(_, n)| n).sum::<u64>();
    let (n_promoters, n_passives, n_detractors) = (of(9, 10), of(7, 8), of(0, 6));
    let mut found = Nps { responses, n_promoters, n_passives, n_detractors, ..Nps::default() };
    if responses.n > 0 {
        let (p, d) = (ratio(n_promoters, responses.n), ratio(n_detractors, responses.n));
        let error = ((p + d - (p - d).powi(2)).max(0.0) / responses.n as f64).sqrt();
        // From the counts, so that whole shares give whole points.
        let points = (n_promoters as f64 - n_detractors as f64) * 100.0 / responses.n as f64;
        let reach = 100.0 * Z_95 * error;
        found.nps_points = Some(points);
        found.interval =
            Some(ScoreInterval { low: (points - reach).max(-100.0), high: (points + reach).min(100.0) });
    }
    found
}

/// A scale of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Smallest answer.
    pub min: i32,
    /// Largest answer.
    pub max: i32,
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
    /// Positive answers.
    pub n_positive: u64,
    /// Positive answers over all, 0 to 1: the top-box share, the default convention. `None` without an answer.
    pub positive_ratio: Option<f64>,
    /// Its confidence interval, by Wilson.
    pub positive_interval: Option<ScoreInterval>,
    /// Mean of the answers, on the scale: the other convention. `None` without an answer.
    pub mean: Option<f64>,
    /// Its confidence interval, by the normal approximation; `None` with fewer than two answers.
    pub mean_interval: Option<ScoreInterval>,
}

/// Computes satisfaction, effort or any other score of a scale.
///
/// # Example
/// ```
/// let csat = journey::scale_score([5.0, 4.0, 4.0, 2.0], journey::ScoreSpec::CSAT, None);
/// assert_eq!((csat.positive_ratio, csat.mean), (Some(0.75), Some(3.75)));
/// ```
///
/// # Reference
/// Wilson, *Probable Inference, the Law of Succession, and Statistical Inference* (1927), for the interval of a share.
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
    let n = responses.n as f64;
    let sum_of =
        |f: &dyn Fn(f64) -> f64| counts.iter().map(|(&v, &n)| f(f64::from(v)) * n as f64).sum::<f64>();
    let mean = (responses.n > 0).then(|| sum_of(&|value| value) / n);
    let mean_interval = mean.filter(|_| responses.n > 1).map(|mean| {
        let variance = sum_of(&|value| (value - mean).powi(2)) / (n - 1.0);
        let reach = Z_95 * (variance / n).sqrt();
        let (min, max) = (f64::from(spec.scale.min), f64::from(spec.scale.max));
        ScoreInterval { low: (mean - reach).max(min), high: (mean + reach).min(max) }
    });
    ScaleScore {
        spec,
        responses,
        n_positive,
        positive_ratio: (responses.n > 0).then(|| ratio(n_positive, responses.n)),
        positive_interval: wilson(n_positive, responses.n),
        mean,
        mean_interval,
        counts: counts.into_iter().collect(),
    }
}

/// Scores each group of answers, groups ascending.
///
/// # Example
/// ```
/// let answers = [("web", 10.0), ("phone", 3.0), ("web", 7.0)];
/// let by_channel = journey::score_by_group(answers, |values| journey::nps(values, None).nps_points);
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

/// The Wilson interval of a share; `None` of an empty whole.
fn wilson(part: u64, whole: u64) -> Option<ScoreInterval> {
    if whole == 0 {
        return None;
    }
    let (n, p, z2) = (whole as f64, ratio(part, whole), Z_95 * Z_95);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding must not push an end past the share itself.
    Some(ScoreInterval { low: (centre - reach).max(0.0).min(p), high: (centre + reach).min(1.0).max(p) })
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
        match whole_number(value, scale) {
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

#[expect(clippy::cast_possible_truncation, reason = "a whole number between two i32 is an i32")]
fn whole_number(value: f64, scale: Scale) -> Option<i32> {
    let fits = value.fract() == 0.0 && value >= f64::from(scale.min) && value <= f64::from(scale.max);
    fits.then_some(value as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn golden_nps() {
        let found = nps([9.0, 10.0, 9.0, 9.0, 10.0, 7.0, 8.0, 0.0, 5.0, 6.0], None);
        assert_eq!((found.n_promoters, found.n_passives, found.n_detractors), (5, 2, 3), "kinds");
        assert_eq!(found.nps_points, Some(20.0), "50 % − 30 %");
        // var = (0.5 + 0.3 − 0.2²) / 10 = 0.076; 100 · 1.959964 · √0.076 = 54.0326.
        let interval = found.interval.expect("answers");
        assert!(
            (interval.low + 34.0326).abs() < 1e-3 && (interval.high - 74.0326).abs() < 1e-3,
            "{interval:?}"
        );
        assert_eq!(
            nps([10.0; 3], None).interval,
            Some(ScoreInterval { low: 100.0, high: 100.0 }),
            "all of a kind"
        );
        assert_eq!(nps([], Some(5)).nps_points, None, "no answer, no score");
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
        assert_eq!((csat.n_positive, csat.positive_ratio, csat.mean), (7, Some(0.7), Some(3.7)), "7 of 10");
        let interval = csat.positive_interval.expect("answers");
        // Wilson's interval of 7 in 10, as tabulated.
        assert!(
            (interval.low - 0.3968).abs() < 1e-4 && (interval.high - 0.8922).abs() < 1e-4,
            "{interval:?}"
        );
        // Squares about 3.7 add up to 16.1, so that s² = 1.788889 and the reach is 1.959964 · √0.1788889 = 0.828973.
        let interval = csat.mean_interval.expect("answers");
        assert!(
            (interval.low - 2.871_027).abs() < 1e-5 && (interval.high - 4.528_973).abs() < 1e-5,
            "{interval:?}"
        );
        assert_eq!(csat.counts, [(1, 1), (2, 1), (3, 1), (4, 4), (5, 3)], "raw answers stay");
        let ces = scale_score([7.0, 5.0, 4.0, 1.0], ScoreSpec::CES, None);
        assert_eq!(ces.positive_ratio, Some(0.5), "5 and up of 7");
        let effort = ScoreSpec { scale: Scale { min: 1, max: 5 }, n_best: 2, is_low_good: true };
        assert_eq!(scale_score([1.0, 2.0, 3.0], effort, None).n_positive, 2, "little effort is good");
        assert_eq!(scale_score([], ScoreSpec::CSAT, None).mean, None, "no answer, no score");
    }

    #[test]
    fn only_the_latest_answer_of_a_case() {
        let answer = |case, at_micros, value| Answer { case, at_micros, value };
        let given = [answer(2, 5, 1.0), answer(1, 9, 2.0), answer(2, 3, 3.0), answer(1, 9, 4.0)];
        assert_eq!(latest_answers(given), [answer(1, 9, 4.0), answer(2, 5, 1.0)], "by case");
    }

    proptest! {
        #[test]
        fn the_ends_of_an_interval_are_just_plausible(n in 1_u64..500, part in 0_u64..500) {
            let part = part.min(n);
            let ScoreInterval { low, high } = wilson(part, n).expect("not empty");
            let share = part as f64 / n as f64;
            // Wilson's ends are the shares from which the observed one is exactly z standard errors away.
            for end in [low, high] {
                let error = (end * (1.0 - end) / n as f64).sqrt();
                prop_assert!(((share - end).abs() - Z_95 * error).abs() < 1e-7, "{} of {}: {}", part, n, end);
            }
            prop_assert!(low <= share && share <= high);
        }

        #[test]
        fn nps_equals_the_definition(answers in prop::collection::vec(0_i32..=10, 1..60)) {
            let found = nps(answers.iter().map(|&v| f64::from(v)), None);
            let n = answers.len() as f64;
            let kind = |v: i32| if v >= 9 { 1.0 } else if v <= 6 { -1.0 } else { 0.0 };
            let mean: f64 = answers.iter().map(|&v| kind(v)).sum::<f64>() / n;
            // The score is the mean of +1, 0 and −1, and its variance is that of this variable over n.
            let variance = answers.iter().map(|&v| (kind(v) - mean).powi(2)).sum::<f64>() / n;
            let reach = 100.0 * Z_95 * (variance / n).sqrt();
            prop_assert!(near(found.nps_points.unwrap(), 100.0 * mean));
            let interval = found.interval.unwrap();
            prop_assert!((interval.low - (100.0 * mean - reach).max(-100.0)).abs() < 1e-6);
            prop_assert!((interval.high - (100.0 * mean + reach).min(100.0)).abs() < 1e-6);
        }
    }
}
