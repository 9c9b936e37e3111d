//! Links: from a margin to an output, in integers and monotone.
//!
//! The exponential is `2^(k + f) = 2^k · P(f)` with a polynomial of degree 11 that interpolates `2^f` at the twelve
//! Chebyshev–Lobatto points of `[0, 1]`, so that `P(0) = 1` and `P(1) = 2`. All its coefficients are positive: each
//! Horner step is a non-decreasing function of `f`, rounding included, and so is the whole link of the margin.

use crate::ModelError;

/// One, in the scale of outputs.
pub const WAD: i128 = 1_000_000_000_000_000_000;

/// Fraction bits of the exponent and of the polynomial.
const Q: u32 = 62;
/// `log2(e)` with `Q` fraction bits, to nearest.
const LOG2_E: i128 = 0x5c55_1d94_ae0b_f85e;
/// The exponent saturates at 62 doublings either way: margins beyond ±42.97 have the same output.
const EXPONENT_LIMIT: i128 = 62 << Q;
/// Coefficients of `P` with `Q` fraction bits, highest power first.
const P: [u128; 12] = [
    0xad3f_3e87,
    0x7_05c2_d851,
    0x6e_22ce_21f7,
    0x58a_3079_c143,
    0x3ffa_00ef_de43,
    0x2_8611_f131_cdd1,
    0x15_d87f_f55f_19c7,
    0x9d_955b_7b99_a28a,
    0x38d_611a_e0c7_0f55,
    0xf5f_deff_c160_a918,
    0x2c5c_85fd_f473_e51a,
    0x4000_0000_0000_0000,
];

/// How a margin becomes an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Link {
    /// The margin itself.
    Identity = 0,
    /// `1 / (1 + e^-margin)`: a probability.
    Logistic = 1,
    /// `e^margin`: a positive mean, whose logarithm is linear.
    Log = 2,
}

impl TryFrom<u8> for Link {
    type Error = ModelError;

    fn try_from(given: u8) -> Result<Self, ModelError> {
        match given {
            0 => Ok(Self::Identity),
            1 => Ok(Self::Logistic),
            2 => Ok(Self::Log),
            _ => Err(ModelError::LinkUnknown { given, allowed: Self::Log as u8 }),
        }
    }
}

impl Link {
    /// The output of a margin in units of `2^-shift`, scaled by `1e18`; `shift` is at most 62.
    ///
    /// Identity rounds down. The others err by less than 4 wei (logistic) and 2e-17 of the value plus one wei (log).
    pub fn apply(self, margin: i64, shift: u8) -> i128 {
        match self {
            Self::Identity => (i128::from(margin) * WAD) >> shift,
            Self::Logistic => logistic(margin, shift),
            Self::Log => log(margin, shift),
        }
    }
}

impl Link {
    /// The least margin whose output is at least `output` (scaled by `1e18`); none if no margin has one.
    pub fn least_margin(self, output: i128, shift: u8) -> Option<i64> {
        let reaches = |margin: i64| self.apply(margin, shift) >= output;
        if !reaches(i64::MAX) {
            return None;
        }
        let (mut low, mut high) = (i128::from(i64::MIN), i128::from(i64::MAX));
        while low < high {
            let middle = (low + high).div_euclid(2);
            if reaches(i64::try_from(middle).expect("between two i64")) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        i64::try_from(low).ok()
    }
}

/// `2^(k + f)` as (62 − k, P(f)): the first in `1..=124`, the second in `[1, 2]` with `Q` fraction bits.
fn exponential(margin: i64, shift: u8) -> (u32, u128) {
    let exponent = (i128::from(margin) * LOG2_E) >> shift;
    let exponent = exponent.clamp(-EXPONENT_LIMIT, EXPONENT_LIMIT - 1);
    let fraction = (exponent & ((1 << Q) - 1)).unsigned_abs();
    let down = u32::try_from(62 - (exponent >> Q)).expect("clamped to 1..=124");
    (down, P.iter().fold(0, |sum, coefficient| ((sum * fraction) >> Q) + coefficient))
}

fn logistic(margin: i64, shift: u8) -> i128 {
    let (down, power) = exponential(margin, shift);
    let odds = (power << Q) >> down;
    WAD - ((WAD << Q) / (odds.cast_signed() + (1 << Q)))
}

fn log(margin: i64, shift: u8) -> i128 {
    let (down, power) = exponential(margin, shift);
    ((WAD.unsigned_abs() * power) >> down).cast_signed()
}
