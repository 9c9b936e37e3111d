//! Morpho's adaptive curve in its own integers: the reference that the accrual's closed form is measured against.
//!
//! Constants and rounding follow the published formulas, so that published vectors hold to the last digit. WAD throughout,
//! rates per second, quotients towards zero.

use alloy_primitives::I256;

/// One, WAD.
const WAD: i128 = 1_000_000_000_000_000_000;

/// Height of the curve at full utilisation, relative to the rate at target, WAD.
const STEEPNESS: i128 = 4 * WAD;

/// Speed of adaptation: 50 a year, WAD per second.
pub const ADJUSTMENT_SPEED: i128 = 1_585_489_599_188;

/// Target utilisation, WAD.
pub const TARGET_UTILISATION: i128 = 900_000_000_000_000_000;

/// Rate at target of a market never touched: 4 % a year.
pub const INITIAL_RATE_AT_TARGET: i128 = 1_268_391_679;

/// Smallest rate at target: 0.1 % a year.
pub const MIN_RATE_AT_TARGET: i128 = 31_709_791;

/// Largest rate at target: 200 % a year.
pub const MAX_RATE_AT_TARGET: i128 = 63_419_583_967;

const LN_2: i128 = 693_147_180_559_945_309;

/// ln 1e-18: below it `e^x` is less than one unit.
const EXP_LOWER: i128 = -41_446_531_673_892_822_312;

/// Where `e^x` stays.
const EXP_UPPER: i128 = 93_859_467_695_000_404_319;
const EXP_UPPER_VALUE: I256 = I256::from_raw(alloy_primitives::uint!(
    57_716_089_161_558_943_949_701_069_502_944_508_345_128_422_502_756_744_429_568_U256
));

/// How far utilisation is from its target: −1 at none, 0 at target, +1 when all is lent.
pub const fn error_of(utilisation: u128) -> i128 {
    let distance = utilisation as i128 - TARGET_UTILISATION;
    let span = if distance > 0 { WAD - TARGET_UTILISATION } else { TARGET_UTILISATION };
    distance * WAD / span
}

/// The curve's height at `err` relative to the rate at target: 1/4 at −1, 1 at 0, 4 at +1.
pub const fn height_of(err: i128) -> i128 {
    let slope = if err < 0 { WAD - WAD * WAD / STEEPNESS } else { STEEPNESS - WAD };
    slope * err / WAD + WAD
}

/// What [`borrow_rate`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Average borrow rate over the interval.
    pub average: i128,
    /// Rate at target at its end.
    pub end: i128,
}

/// The curve over `elapsed_s` seconds at constant utilisation; a rate at target of zero is a market never touched.
pub fn borrow_rate(utilisation: u128, start: i128, elapsed_s: u64) -> Rates {
    let err = error_of(utilisation);
    let adaptation = ADJUSTMENT_SPEED * err / WAD * i128::from(elapsed_s);
    let (at_target, end) = if start == 0 {
        (INITIAL_RATE_AT_TARGET, INITIAL_RATE_AT_TARGET)
    } else if adaptation == 0 {
        (start, start)
    } else {
        let (end, mid) = (adapted(start, adaptation), adapted(start, adaptation / 2));
        // The mean of an exponential by the trapezoid rule over two halves.
        ((start + end + 2 * mid) / 4, end)
    };
    Rates { average: height_of(err) * at_target / WAD, end }
}

/// `e^x` as the curve computes it: a power of two times a second-order series on the remainder.
pub fn w_exp(x: i128) -> I256 {
    if x < EXP_LOWER {
        return I256::ZERO;
    }
    if x >= EXP_UPPER {
        return EXP_UPPER_VALUE;
    }
    let half = if x < 0 { -(LN_2 / 2) } else { LN_2 / 2 };
    let q = (x + half) / LN_2;
    let r = x - q * LN_2;
    let series = I256::try_from(WAD + r + r * r / WAD / 2).expect("an i128 fits");
    if q >= 0 { series << q as usize } else { series.asr(-q as usize) }
}

fn adapted(start: i128, adaptation: i128) -> i128 {
    let wide = |x: i128| I256::try_from(x).expect("an i128 fits");
    let rate = wide(start) * w_exp(adaptation) / wide(WAD);
    let rate = rate.clamp(wide(MIN_RATE_AT_TARGET), wide(MAX_RATE_AT_TARGET));
    rate.try_into().expect("the curve's range fits")
}
