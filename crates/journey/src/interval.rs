//! Intervals: how far a share, a mean or a difference of two may be off by chance, each with its method and level.

/// The quantile of the normal distribution that leaves 2.5 % on each side.
const Z: f64 = 1.959_963_984_540_054;

/// How an interval was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntervalMethod {
    /// A share, by Wilson's score method.
    Wilson,
    /// A difference of two shares, by Newcombe's hybrid score method.
    Newcombe,
    /// A mean or a difference of two, from the groups' own variances and the normal distribution.
    Welch,
    /// A net promoter score or a difference of two, from the variance of a three-valued answer.
    NetPromoter,
}

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound, in the unit of the value it belongs to.
    pub low: f64,
    /// Upper bound, in the unit of the value it belongs to.
    pub high: f64,
    /// How it was computed.
    pub method: IntervalMethod,
}

impl Interval {
    /// The level of every interval: in 95 of 100 samples it covers the true value, approximately.
    pub const LEVEL: f64 = 0.95;
}

/// The difference of two groups in one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The first group's value less the second's, in the unit of the values.
    pub value: f64,
    /// Its interval, where one is defined; it assumes that the groups have no member in common.
    pub interval: Option<Interval>,
}

/// A share: so many of so many.
///
/// # Example
/// ```
/// let bought = journey::Proportion { n: 81, of: 263 };
/// let interval = bought.interval().unwrap();
/// assert_eq!(format!("{:.4} to {:.4}", interval.low, interval.high), "0.2553 to 0.3662");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proportion {
    /// How many have the property; at most `of`, unless the figure it stands for says otherwise.
    pub n: u64,
    /// Out of how many.
    pub of: u64,
}

impl Proportion {
    /// The share, 0…1; none out of nothing.
    pub fn ratio(self) -> Option<f64> {
        (self.of > 0).then(|| self.n as f64 / self.of as f64)
    }

    /// The 95 % score interval of the share, 0…1; none out of nothing, nor for a ratio above 1, which is no share.
    ///
    /// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. Unlike the textbook interval it stays within 0…1 and has a
    /// width even when none or all have the property.
    ///
    /// # Reference
    /// E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927), 209–212;
    /// method 3 of R. G. Newcombe, *Two-sided confidence intervals for the single proportion*, Statistics in Medicine
    /// 17 (1998), 857–872.
    pub fn interval(self) -> Option<Interval> {
        let p = self.ratio().filter(|p| *p <= 1.0)?;
        let n = self.of as f64;
        let (centre, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let reach = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).max(0.0).sqrt();
        // Exactly 0 and 1 at the ends, where rounding would leave a trace.
        let low = if self.n == 0 { 0.0 } else { ((centre - reach) / scale).max(0.0) };
        let high = if self.n == self.of { 1.0 } else { ((centre + reach) / scale).min(1.0) };
        Some(Interval { low, high, method: IntervalMethod::Wilson })
    }

    /// This share less another, with the 95 % interval where both have one; none when either is out of nothing.
    ///
    /// With the Wilson bounds l and u of each, the interval of p₁ − p₂ is from
    /// `p₁ − p₂ − √((p₁−l₁)² + (u₂−p₂)²)` to `p₁ − p₂ + √((u₁−p₁)² + (p₂−l₂)²)`.
    ///
    /// # Reference
    /// R. G. Newcombe, *Interval estimation for the difference between independent proportions*, Statistics in Medicine
    /// 17 (1998), 873–890, method 10.
    pub fn difference(self, other: Self) -> Option<Difference> {
        let (p1, p2) = (self.ratio()?, other.ratio()?);
        let value = p1 - p2;
        let interval = self.interval().zip(other.interval()).map(|(first, second)| Interval {
            low: value - (p1 - first.low).hypot(second.high - p2),
            high: value + (first.high - p1).hypot(p2 - second.low),
            method: IntervalMethod::Newcombe,
        });
        Some(Difference { value, interval })
    }
}

/// A mean over a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// Number of values.
    pub n: u64,
    /// Their arithmetic mean, in their unit; 0 when there is none.
    pub mean: f64,
    /// Their sample variance (n − 1), in their unit squared; 0 for fewer than two values.
    pub variance: f64,
}

impl Mean {
    /// From the number of values, their exact sum and the exact sum of their squares.
    pub fn from_sums(n: u64, sum: u64, sum_of_squares: u64) -> Self {
        if n == 0 {
            return Self::default();
        }
        // n·Σx² − (Σx)² in whole numbers, so that nothing is lost where the two are nearly equal.
        let squares = u128::from(n) * u128::from(sum_of_squares);
        let spread = squares.saturating_sub(u128::from(sum) * u128::from(sum));
        let variance = if n < 2 { 0.0 } else { spread as f64 / n as f64 / (n - 1) as f64 };
        Self { n, mean: sum as f64 / n as f64, variance }
    }

    /// The 95 % interval of the mean, `mean ± z √(s²/n)`; none for fewer than two values. See [`Self::difference`].
    pub fn interval(self) -> Option<Interval> {
        let reach = Z * self.squared_error()?.sqrt();
        Some(Interval { low: self.mean - reach, high: self.mean + reach, method: IntervalMethod::Welch })
    }

    /// This mean less another; none when either has no value, without an interval when either has fewer than two.
    ///
    /// The interval is `x̄₁ − x̄₂ ± z √(s₁²/n₁ + s₂²/n₂)`: Welch's, which does not assume equal variances, but with the
    /// normal quantile in place of Student's; below about 30 values a group it is too narrow.
    ///
    /// # Reference
    /// B. L. Welch, *The generalization of "Student's" problem when several different population variances are
    /// involved*, Biometrika 34 (1947), 28–35.
    pub fn difference(self, other: Self) -> Option<Difference> {
        if self.n == 0 || other.n == 0 {
            return None;
        }
        let value = self.mean - other.mean;
        let interval = match (self.squared_error(), other.squared_error()) {
            (Some(a), Some(b)) => Some(around(value, (a + b).sqrt(), IntervalMethod::Welch)),
            _ => None,
        };
        Some(Difference { value, interval })
    }

    fn squared_error(self) -> Option<f64> {
        (self.n >= 2).then(|| self.variance / self.n as f64)
    }
}

/// The answers to "would you recommend us", by kind.
///
/// # Example
/// ```
/// let answers = journey::NetPromoter { n_promoters: 5, n_passives: 2, n_detractors: 3 };
/// assert_eq!(answers.nps_points().unwrap().round(), 20.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NetPromoter {
    /// Answers of 9 or 10.
    pub n_promoters: u64,
    /// Answers of 7 or 8.
    pub n_passives: u64,
    /// Answers of 0 to 6.
    pub n_detractors: u64,
}

impl NetPromoter {
    /// Number of answers.
    pub fn n(self) -> u64 {
        self.n_promoters + self.n_passives + self.n_detractors
    }

    /// Per cent of promoters less per cent of detractors, −100…100; none without an answer.
    pub fn nps_points(self) -> Option<f64> {
        let n = self.n();
        // From the counts, so that whole shares give whole points.
        (n > 0).then(|| (self.n_promoters as f64 - self.n_detractors as f64) * 100.0 / n as f64)
    }

    /// The 95 % interval of the score in points, cut to −100…100; none without an answer.
    ///
    /// With shares p of promoters and d of detractors the variance of the score is `(p + d − (p−d)²)/n`; the interval is
    /// the normal one. It has no width when all answer alike, which says little when they are few.
    pub fn interval(self) -> Option<Interval> {
        let points = self.nps_points()?;
        let wide = around(points, 100.0 * self.squared_error()?.sqrt(), IntervalMethod::NetPromoter);
        Some(Interval { low: wide.low.max(-100.0), high: wide.high.min(100.0), ..wide })
    }

    /// This score less another in points, −200…200, with its normal interval; none when either has no answer.
    pub fn difference(self, other: Self) -> Option<Difference> {
        let value = self.nps_points()? - other.nps_points()?;
        let error = 100.0 * (self.squared_error()? + other.squared_error()?).sqrt();
        Some(Difference { value, interval: Some(around(value, error, IntervalMethod::NetPromoter)) })
    }

    fn shares(self) -> Option<(f64, f64)> {
        let n = self.n();
        (n > 0).then(|| (self.n_promoters as f64 / n as f64, self.n_detractors as f64 / n as f64))
    }

    fn squared_error(self) -> Option<f64> {
        let (p, d) = self.shares()?;
        Some((p + d - (p - d) * (p - d)).max(0.0) / self.n() as f64)
    }
}

fn around(value: f64, error: f64, method: IntervalMethod) -> Interval {
    Interval { low: value - Z * error, high: value + Z * error, method }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(interval: Option<Interval>, low: f64, high: f64, tolerance: f64) {
        let found = interval.unwrap();
        let near = (found.low - low).abs() <= tolerance && (found.high - high).abs() <= tolerance;
        assert!(near, "{found:?} is not {low} to {high}");
    }

    #[test]
    fn wilson_as_published() {
        // Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3.
        for (n, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            close(Proportion { n, of }.interval(), low, high, 0.00005);
        }
        assert_eq!(Proportion { n: 0, of: 0 }.interval(), None, "nothing is known of nobody");
    }

    #[test]
    fn newcombe_as_published() {
        // Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method 10.
        for (a, b, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let share = |(n, of)| Proportion { n, of };
            let difference = share(a).difference(share(b)).unwrap();
            close(difference.interval, low, high, 0.00005);
            let (p, q) = (share(a).ratio().unwrap(), share(b).ratio().unwrap());
            assert!((difference.value - (p - q)).abs() < 1e-12, "the difference itself");
        }
    }

    #[test]
    fn a_difference_of_means_by_hand() {
        // 1, 2, 3, 4, 5: mean 3, variance 2.5; 2, 4, 6, 8: mean 5, variance 20/3.
        // Error √(2.5/5 + (20/3)/4) = √(13/6) = 1.471960; times 1.959964 = 2.884989.
        let first = Mean::from_sums(5, 15, 55);
        let second = Mean::from_sums(4, 20, 120);
        assert!(
            (first.variance - 2.5).abs() < 1e-12 && (second.variance - 20.0 / 3.0).abs() < 1e-12,
            "variances"
        );
        let difference = first.difference(second).unwrap();
        assert!((difference.value + 2.0).abs() < 1e-12, "3 less 5");
        close(difference.interval, -4.884_989, 0.884_989, 1e-5);
        let single = Mean::from_sums(1, 7, 49);
        assert_eq!(first.difference(single).map(|d| d.interval), Some(None), "one value has no spread");
        assert_eq!(first.difference(Mean::default()), None, "nothing to compare with");
    }

    #[test]
    fn a_net_promoter_score_by_hand() {
        // p = 0.5, d = 0.3: variance (0.8 − 0.04)/10 = 0.076, error 27.5681 points, times 1.959964 = 54.0325.
        let answers = NetPromoter { n_promoters: 5, n_passives: 2, n_detractors: 3 };
        assert!((answers.nps_points().unwrap() - 20.0).abs() < 1e-9, "5 of 10 less 3 of 10");
        close(answers.interval(), -34.0325, 74.0325, 1e-3);
        let all = NetPromoter { n_promoters: 4, ..NetPromoter::default() };
        // The second group has no spread, so the error is that of the first alone.
        close(answers.difference(all).unwrap().interval, -134.0325, -25.9675, 1e-3);
        assert_eq!(NetPromoter::default().interval(), None, "no answer, no score");
    }

    proptest! {
        #[test]
        fn bounds_solve_the_score_equation(of in 1_u64..5_000, n in 0_u64..5_000) {
            // Wilson's bounds are where the distance from the share is z standard errors *of the bound*.
            let proportion = Proportion { n: n % (of + 1), of };
            let (p, interval) = (proportion.ratio().unwrap(), proportion.interval().unwrap());
            for bound in [interval.low, interval.high].into_iter().filter(|b| *b > 0.0 && *b < 1.0) {
                let distance = (p - bound).abs();
                let error = Z * (bound * (1.0 - bound) / of as f64).sqrt();
                prop_assert!((distance - error).abs() < 1e-9, "{} {} {}", bound, distance, error);
            }
            prop_assert!(interval.low <= p && p <= interval.high, "the share lies inside");
        }

        #[test]
        fn a_difference_turns_with_its_sides(a in (0_u64..50, 50_u64..90), b in (0_u64..50, 50_u64..90)) {
            let (a, b) = (Proportion { n: a.0, of: a.1 }, Proportion { n: b.0, of: b.1 });
            let (there, back) = (a.difference(b).unwrap(), b.difference(a).unwrap());
            let (there_to, back_from) = (there.interval.unwrap(), back.interval.unwrap());
            prop_assert!((there.value + back.value).abs() < 1e-12);
            prop_assert!((there_to.low + back_from.high).abs() < 1e-12);
            prop_assert!(there_to.low <= there.value && there.value <= there_to.high);
        }
    }
}
