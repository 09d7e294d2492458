//! Units of time, so that a duration takes four bytes where it is a whole number of them.

/// What durations are whole multiples of: a second, a millisecond or a microsecond.
///
/// It keeps what dividing by multiplying needs, since 64-bit division is slow and every duration of a store is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeUnit {
    micros: i64,
    shift: u32,
    inverse: u64,
}

impl TimeUnit {
    /// Coarsest first.
    pub const ALL: [Self; 3] = [Self::new(1_000_000), Self::new(1_000), Self::new(1)];

    const fn new(micros: i64) -> Self {
        let shift = micros.trailing_zeros();
        let odd = (micros >> shift).unsigned_abs();
        // Newton's iteration for the inverse modulo 2^64; each step doubles the number of right bits, from 3 on.
        let mut inverse = odd;
        let mut step = 0;
        while step < 5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
            step += 1;
        }
        Self { micros, shift, inverse }
    }

    /// How many units a duration is; `None` when it is not a whole number of them below 2³².
    pub fn count(self, micros: i64) -> Option<u32> {
        let micros = u64::try_from(micros).ok()?;
        if micros & ((1 << self.shift) - 1) != 0 {
            return None;
        }
        // Times the inverse, a multiple gives its quotient. Nothing else gives a small number, because a small number
        // times the unit is the duration itself.
        u32::try_from((micros >> self.shift).wrapping_mul(self.inverse)).ok()
    }

    /// A duration of so many units, in microseconds.
    pub fn micros(self, count: u32) -> i64 {
        i64::from(count) * self.micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_is_exact(count in any::<u32>(), rest in 0_i64..1_000_000, unit in 0_usize..3) {
            let unit = TimeUnit::ALL[unit];
            let micros = unit.micros(count) + rest;
            let expected = (micros % unit.micros == 0).then(|| u32::try_from(micros / unit.micros).ok()).flatten();
            prop_assert_eq!(unit.count(micros), expected);
            prop_assert_eq!(unit.count(-1 - micros), None);
        }
    }
}
