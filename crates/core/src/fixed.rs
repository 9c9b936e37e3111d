//! Fixed point over 256 bits, with the rounding direction in the name.
//!
//! Products are formed in 512 bits. A result that does not fit in 256 bits, or a division by zero, is `None`: the Solidity side
//! reverts there.

use alloy_primitives::U256;

use crate::units::WAD;

/// `WAD` as a 256-bit word.
pub const WAD_256: U256 = U256::from_limbs([WAD as u64, 0, 0, 0]);

/// `a · b / d`, rounded down.
pub fn mul_div_down(a: U256, b: U256, d: U256) -> Option<U256> {
    Some(mul_div(a, b, d)?.0)
}

/// `a · b / d`, rounded up.
pub fn mul_div_up(a: U256, b: U256, d: U256) -> Option<U256> {
    let (quotient, exact) = mul_div(a, b, d)?;
    if exact { Some(quotient) } else { quotient.checked_add(U256::ONE) }
}

/// `a · b`, both in WAD, rounded down.
pub fn mul_wad_down(a: U256, b: U256) -> Option<U256> {
    mul_div_down(a, b, WAD_256)
}

/// `a · b`, both in WAD, rounded up.
pub fn mul_wad_up(a: U256, b: U256) -> Option<U256> {
    mul_div_up(a, b, WAD_256)
}

/// `a / b`, both in WAD, rounded down.
pub fn div_wad_down(a: U256, b: U256) -> Option<U256> {
    mul_div_down(a, WAD_256, b)
}

/// `a / b`, both in WAD, rounded up.
pub fn div_wad_up(a: U256, b: U256) -> Option<U256> {
    mul_div_up(a, WAD_256, b)
}

/// `a · b / d` rounded up, or the largest word: for bounds that must exist whatever the input.
pub fn mul_div_up_saturating(a: U256, b: U256, d: U256) -> U256 {
    mul_div_up(a, b, d).unwrap_or(U256::MAX)
}

/// The quotient, and whether nothing was cut off.
fn mul_div(a: U256, b: U256, d: U256) -> Option<(U256, bool)> {
    if d.is_zero() {
        return None;
    }
    let product: alloy_primitives::U512 = a.widening_mul(b);
    let (quotient, rest) = product.div_rem(alloy_primitives::U512::from(d));
    let narrow =
        U256::from_limbs(quotient.as_limbs()[..4].try_into().expect("four of eight limbs"));
    (alloy_primitives::U512::from(narrow) == quotient).then_some((narrow, rest.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = U256> {
        (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
    }

    proptest! {
        #[test]
        fn up_is_down_plus_one_unless_exact(a in word(), b in word(), d in word()) {
            let (Some(down), Some(up)) = (mul_div_down(a, b, d), mul_div_up(a, b, d)) else { return Ok(()) };
            let exact = a.mul_mod(b, d).is_zero();
            prop_assert_eq!(up - down, U256::from(!exact as u8));
        }

        #[test]
        fn quotient_times_divisor_brackets_the_product(a in any::<u128>(), b in any::<u128>(), d in 1u128..) {
            let (a, b, d) = (U256::from(a), U256::from(b), U256::from(d));
            if let (Some(down), Some(up)) = (mul_div_down(a, b, d), mul_div_up(a, b, d)) {
                prop_assert!(down.checked_mul(d).is_some_and(|p| p <= a * b));
                prop_assert!(up.checked_mul(d).is_none_or(|p| p >= a * b));
            }
        }
    }

    #[test]
    fn refuses_zero_divisors_and_results_past_256_bits() {
        assert_eq!(mul_div_down(U256::ONE, U256::ONE, U256::ZERO), None);
        assert_eq!(mul_div_down(U256::MAX, U256::MAX, U256::MAX), Some(U256::MAX));
        assert_eq!(mul_div_down(U256::MAX, U256::from(2), U256::ONE), None);
        assert_eq!(mul_div_up(U256::MAX, U256::MAX, U256::MAX - U256::ONE), None);
        assert_eq!(mul_div_up_saturating(U256::MAX, U256::from(2), U256::ONE), U256::MAX);
    }

    #[test]
    fn wad_helpers_round_the_way_they_say() {
        let third = U256::from(333_333_333_333_333_333u64);
        assert_eq!(div_wad_down(U256::ONE, U256::from(3)), Some(third));
        assert_eq!(div_wad_up(U256::ONE, U256::from(3)), Some(third + U256::ONE));
        assert_eq!(mul_wad_down(third, U256::from(3)), Some(U256::ZERO));
        assert_eq!(mul_wad_up(third, U256::from(3)), Some(U256::ONE));
    }
}
