//! Chance that repeats: whole-number arithmetic only, so that every machine draws the same.

/// A SplitMix64 generator.
///
/// # Reference
/// Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators", figure 17.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A generator whose whole sequence follows from `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low).saturating_add(1);
        let step = self.next() % span;
        if high <= low { low } else { low.saturating_add_unsigned(step) }
    }

    /// True in `percent` of a hundred draws.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of the choices, each as likely as the others.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let last = i64::try_from(choices.len()).unwrap_or(i64::MAX) - 1;
        let index = usize::try_from(self.between(0, last)).unwrap_or(0);
        choices[index]
    }
}
