//! Exact quotients of wide numbers. A division of 128 bits by 128 takes a routine and some tens of
//! nanoseconds, and pricing one start takes over a dozen; nearly all of them have an operand that
//! fits in 64 bits once the powers of two that the divisor holds are gone, and then a
//! multiplication does.

/// `of / BY`, rounded towards zero.
#[inline]
pub(crate) fn quotient<const BY: u64>(of: i128) -> i128 {
    let shift = const { BY.trailing_zeros() };
    let odd = const { BY >> BY.trailing_zeros() };
    // Dropping whole powers of two first rounds nothing twice: ⌊⌊n / a⌋ / b⌋ = ⌊n / (a b)⌋.
    match u64::try_from(of >> shift) {
        Ok(narrow) => i128::from(narrow / odd),
        Err(_) => of / i128::from(BY),
    }
}

/// `of / by`, rounded towards zero; `by` is not 0.
#[inline]
pub(crate) fn ratio(of: i128, by: i128) -> i128 {
    match (u64::try_from(of), u64::try_from(by)) {
        (Ok(of), Ok(by)) => i128::from(of / by),
        _ => of / by,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(of: i128) {
        assert_eq!(quotient::<1>(of), of);
        assert_eq!(quotient::<7>(of), of / 7);
        assert_eq!(quotient::<1000>(of), of / 1000);
        assert_eq!(quotient::<3_600_000>(of), of / 3_600_000);
        let largest = 1_000_000_000 * 3_600_000;
        assert_eq!(quotient::<{ 1_000_000_000 * 3_600_000 }>(of), of / largest);
        assert_eq!(quotient::<{ 1 << 63 }>(of), of / (1 << 63));
    }

    #[test]
    fn a_quotient_is_that_of_the_long_division_at_the_edges() {
        for power in [0, 1, 2, 15, 16, 62, 63, 64, 65, 79, 80, 81, 126] {
            for near in -3..=3 {
                let of = (1_i128 << power).saturating_add(near);
                check(of);
                check(-of);
            }
        }
        check(i128::MAX);
        check(i128::MIN);
    }

    proptest! {
        #[test]
        fn a_quotient_is_that_of_the_long_division(
            of: i128,
            by in 1_i128..,
            shift in 0_u32..127,
        ) {
            check(of >> shift);
            prop_assert_eq!(ratio(of >> shift, by >> shift | 1), (of >> shift) / (by >> shift | 1));
        }
    }
}
