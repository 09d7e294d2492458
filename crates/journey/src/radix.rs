//! Sorting numbers by their digits: for many small numbers several times faster than comparing them.

/// Below this many values comparing is as fast.
const MIN_VALUES: usize = 256;
/// Most bits of a digit: the counters of one digit fit into the first-level cache.
const MAX_DIGIT_BITS: u32 = 11;

/// A number that is not negative, as far as its digits go.
pub(crate) trait Digits: Copy + Ord + Default {
    fn bits(self) -> u64;
}

impl Digits for u32 {
    fn bits(self) -> u64 {
        u64::from(self)
    }
}

impl Digits for i64 {
    fn bits(self) -> u64 {
        self.unsigned_abs()
    }
}

/// Sorts ascending; `scratch` is used again by the next call. Costs O(n) for each digit of the largest value.
///
/// # Reference
/// Radix sort from the least significant digit: Knuth, *The Art of Computer Programming* 3, §5.2.5.
pub(crate) fn sort<T: Digits>(values: &mut Vec<T>, scratch: &mut Vec<T>) {
    let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
        return;
    };
    if values.len() < MIN_VALUES || min < T::default() {
        values.sort_unstable();
        return;
    }
    let n_bits = (u64::BITS - max.bits().leading_zeros()).max(1);
    let n_digits = n_bits.div_ceil(values.len().ilog2().min(MAX_DIGIT_BITS));
    let digit_bits = n_bits.div_ceil(n_digits);
    scratch.resize(values.len(), T::default());
    let mut next = [0_u32; 1 << MAX_DIGIT_BITS];
    for digit in 0..n_digits {
        move_by_digit(values, scratch, &mut next[..1 << digit_bits], digit * digit_bits);
        std::mem::swap(values, scratch);
    }
    if n_digits % 2 == 1 {
        // The scratch may be far larger than these values, so it is not given away.
        std::mem::swap(values, scratch);
        values.copy_from_slice(scratch);
    }
}

/// Copies into order of one digit, values of the same digit in the order in which they were.
fn move_by_digit<T: Digits>(values: &[T], into: &mut [T], next: &mut [u32], shift: u32) {
    let mask = next.len() - 1;
    let digit = |value: T| low_bits(value.bits() >> shift) & mask;
    next.fill(0);
    for &value in values {
        next[digit(value)] += 1;
    }
    let mut first = 0;
    for slot in next.iter_mut() {
        first += std::mem::replace(slot, first);
    }
    for &value in values {
        let slot = &mut next[digit(value)];
        into[*slot as usize] = value;
        *slot += 1;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a digit has fewer bits than any usize")]
fn low_bits(bits: u64) -> usize {
    bits as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check<T: Digits + std::fmt::Debug>(mut values: Vec<T>) {
        let mut expected = values.clone();
        expected.sort_unstable();
        let n = values.len();
        sort(&mut values, &mut Vec::new());
        assert_eq!(values, expected, "{n} values");
    }

    proptest! {
        #[test]
        fn agrees_with_comparing(values in prop::collection::vec(any::<u32>(), 0..3_000), shift in 0_u32..32) {
            check(values.iter().map(|value| value >> shift).collect::<Vec<u32>>());
            check(values.iter().map(|value| i64::from(*value) << shift.saturating_sub(1)).collect::<Vec<i64>>());
            check(values.iter().map(|value| i64::from(*value) - 5_000).collect::<Vec<i64>>());
        }
    }

    #[test]
    fn all_equal_and_extremes() {
        check(vec![0_u32; 1_000]);
        check(vec![7_i64; 1_000]);
        check([vec![i64::MAX; 500], vec![0; 500]].concat());
    }
}
