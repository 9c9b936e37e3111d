//! Exponentials with 36 decimals: enough that one touch of the accrual is off by less than one unit of the index.
//!
//! Everything rests on φ₂(z) = (eᶻ − 1 − z)/z², whose series has no cancellation; φ₁ = 1 + z·φ₂, eᶻ = 1 + z·φ₁.

use alloy_primitives::{I256, U256, uint};

use crate::fixed::{mul_div_down, mul_div_up_saturating};

/// One, with 36 decimals.
pub const ONE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);

/// Largest argument of [`phis`], 36 decimals: the curve's whole range spans ln 2000 = 7.6.
pub const LIMIT: U256 = uint!(8_000_000_000_000_000_000_000_000_000_000_000_000_U256);

/// Where [`grow_up`] takes its argument as 64.
const SATURATION: U256 = uint!(64_000_000_000_000_000_000_000_000_000_000_000_000_U256);

/// ln 2, 36 decimals.
const LN_2: U256 = uint!(693_147_180_559_945_309_417_232_121_458_176_568_U256);

/// √2, 36 decimals: where [`ln_ratio`] stops halving.
const SQRT_2: U256 = uint!(1_414_213_562_373_095_048_801_688_724_209_698_079_U256);

/// eᶻ, φ₁(z) = (eᶻ − 1)/z and φ₂(z) = (eᶻ − 1 − z)/z², 36 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phis {
    /// eᶻ.
    pub e: U256,
    /// The mean of eᵗ between 0 and z.
    pub phi1: U256,
    /// Half the mean of eᵗ weighted towards 0.
    pub phi2: U256,
}

/// The three exponentials of `z`, |z| ≤ 8, 36 decimals.
///
/// The argument is halved until |w| ≤ 1/16, where the series of φ₂ ends within 20 terms, and the results are doubled back:
/// φ₂(2w) = (2φ₂ + φ₁²)/4, φ₁(2w) = φ₁·(eʷ + 1)/2, e²ʷ = (eʷ)². Every value is positive, so no digits cancel.
pub fn phis(z: I256) -> Phis {
    let one = I256::from_raw(ONE);
    let two = I256::from_limbs([2, 0, 0, 0]);
    let near = I256::from_raw(ONE / U256::from(16));
    let (mut w, mut halvings) = (z, 0);
    while w > near || w < -near {
        w /= two;
        halvings += 1;
    }
    let mut phi2 = I256::ZERO;
    let (mut term, mut j) = (one / two, I256::from_limbs([3, 0, 0, 0]));
    while !term.is_zero() {
        phi2 += term;
        term = term * w / one / j;
        j += I256::ONE;
    }
    let phi1 = one + w * phi2 / one;
    let e = one + w * phi1 / one;
    let start = Phis { e: e.into_raw(), phi1: phi1.into_raw(), phi2: phi2.into_raw() };
    (0..halvings).fold(start, |p, _| p.doubled())
}

impl Phis {
    /// The exponentials of twice the argument.
    fn doubled(self) -> Self {
        let two = U256::from(2);
        Self {
            phi2: (two * self.phi2 + self.phi1 * self.phi1 / ONE) / U256::from(4),
            phi1: self.phi1 * (self.e + ONE) / ONE / two,
            e: self.e * self.e / ONE,
        }
    }
}

/// `value · eˣ`, rounded up, x ≥ 0 with 36 decimals; stays at `limit`, and takes x as at most 64.
pub fn grow_up(value: U256, x: U256, limit: U256) -> U256 {
    let (mut value, mut x) = (value, x.min(SATURATION));
    while !x.is_zero() && value < limit {
        let part = x.min(LIMIT);
        value = mul_div_up_saturating(value, phis(I256::from_raw(part)).e, ONE);
        x -= part;
    }
    value.min(limit)
}

/// ln(num/den) for num ≥ den > 0 and a ratio below e⁸, 36 decimals, rounded down.
///
/// The ratio is halved n times until it is below √2; then ln = n·ln 2 + 2·artanh((r − 1)/(r + 1)), a series in powers of at
/// most 0.03.
pub fn ln_ratio(num: U256, den: U256) -> U256 {
    let two = U256::from(2);
    let mut ratio = mul_div_down(num, ONE, den).unwrap_or(U256::MAX);
    let mut halved = U256::ZERO;
    while ratio > SQRT_2 {
        ratio /= two;
        halved += LN_2;
    }
    if ratio < ONE {
        // Halved from just above √2: the logarithm is −ln of the inverse.
        return halved - artanh_twice(ONE - ratio, ONE + ratio);
    }
    halved + artanh_twice(ratio - ONE, ratio + ONE)
}

/// 2·artanh(num/den), 36 decimals, for a quotient below 0.18.
fn artanh_twice(num: U256, den: U256) -> U256 {
    let z = num * ONE / den;
    let square = z * z / ONE;
    let (mut power, mut odd, mut sum) = (z, U256::ONE, U256::ZERO);
    while !power.is_zero() {
        sum += power / odd;
        power = power * square / ONE;
        odd += U256::from(2);
    }
    sum * U256::from(2)
}
