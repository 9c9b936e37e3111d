//! The borrow rate min(adaptive curve, r_cap)·m(t), integrated in closed form.
//!
//! At constant utilisation the base rate is an exponential between bounds: at most a capped, an exponential and a flat phase. Its
//! integral and first moment give every linear ramp by differences, so that splitting an interval anywhere changes nothing but
//! the last digits (K-21). Rates carry 36 decimals per second, times 18 decimals of a second.

use alloy_primitives::{I256, U256, uint};

use super::{
    curve::{
        ADJUSTMENT_SPEED, INITIAL_RATE_AT_TARGET, MAX_RATE_AT_TARGET, MIN_RATE_AT_TARGET, height_of,
    },
    exp::{LIMIT, ONE, ln_ratio, phis},
};
use crate::{fixed::WAD_256 as WAD, fixed::mul_div_down, ramp::Ramp};

const WAD_U64: u64 = 1_000_000_000_000_000_000;

/// Smallest rate at target, 36 decimals per second.
pub const MIN_AT_TARGET: U256 = scaled(MIN_RATE_AT_TARGET);

/// Largest rate at target, 36 decimals per second.
pub const MAX_AT_TARGET: U256 = scaled(MAX_RATE_AT_TARGET);

/// Rate at target of a new market, 36 decimals per second.
pub const INITIAL_AT_TARGET: U256 = scaled(INITIAL_RATE_AT_TARGET);

/// Two, with 36 decimals.
const TWO: U256 = uint!(2_000_000_000_000_000_000_000_000_000_000_000_000_U256);

const fn scaled(rate: i128) -> U256 {
    let product = rate as u128 * WAD_U64 as u128;
    U256::from_limbs([product as u64, (product >> 64) as u64, 0, 0])
}

/// The fallback curve at constant utilisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// Rate at target at the start, 36 decimals per second.
    pub rate_at_target: U256,
    /// Distance from target utilisation, WAD in [−1, 1].
    pub err: i128,
    /// r_cap, 36 decimals per second.
    pub cap: U256,
}

/// The base rate's future: `first` until `capped`, exponential from `first` over `moving`, then `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    first: U256,
    last: U256,
    capped: U256,
    moving: U256,
    k: I256,
}

/// ∫₀ᵗ b and ∫₀ᵗ s·b(s) ds of a base rate b, 36 decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The integral.
    pub integral: U256,
    /// The first moment.
    pub moment: U256,
}

impl Curve {
    /// Rate at target after `elapsed_s` seconds.
    pub fn advance(&self, elapsed_s: u64) -> U256 {
        let limit = I256::from_raw(LIMIT);
        let z = self.speed().saturating_mul(I256::from_raw(U256::from(elapsed_s)));
        if z >= limit {
            return MAX_AT_TARGET;
        }
        if z <= -limit {
            return MIN_AT_TARGET;
        }
        div(self.rate_at_target, phis(z).e, ONE).clamp(MIN_AT_TARGET, MAX_AT_TARGET)
    }

    /// The base rate now: min(curve, r_cap), without multiplier.
    pub fn base_rate(&self) -> U256 {
        self.uncapped().min(self.cap)
    }

    /// The borrow rate at `now` without spread, WAD per second.
    pub fn borrow_rate(&self, ramp: &Ramp, now: u64) -> U256 {
        div(self.base_rate(), U256::from(ramp.at(now)), ONE)
    }

    /// ∫ min(curve, r_cap)·m(t) dt over [from, to], 36 decimals.
    pub fn exponent(&self, ramp: &Ramp, from: u64, to: u64) -> U256 {
        if to <= from {
            return U256::ZERO;
        }
        let phases = self.phases();
        let whole = phases.moments(to - from).integral;
        let set = U256::from(ramp.set);
        if set == WAD || ramp.faded_at() <= from {
            return whole;
        }
        let steered = phases.steered(ramp, from, to);
        if set > WAD {
            whole + div(steered, set - WAD, WAD)
        } else {
            whole - div(steered, WAD - set, WAD)
        }
    }

    /// Splits the base rate's future at constant utilisation into its phases.
    pub fn phases(&self) -> Phases {
        let uncapped = self.uncapped();
        let first = uncapped.min(self.cap);
        let k = self.speed();
        let mut phases = Phases { first, last: first, capped: U256::ZERO, moving: U256::ZERO, k };
        if k.is_zero() {
            return phases;
        }
        let bound = if k.is_positive() { MAX_AT_TARGET } else { MIN_AT_TARGET };
        phases.last = (bound * height(self.err) / WAD).min(self.cap);
        let speed = k.unsigned_abs();
        if k.is_positive() {
            phases.moving = duration(phases.last, first, speed);
        } else {
            if uncapped > self.cap && phases.last < self.cap {
                phases.capped = duration(uncapped, self.cap, speed);
            }
            phases.moving = duration(first, phases.last, speed);
        }
        phases
    }

    fn uncapped(&self) -> U256 {
        self.rate_at_target * height(self.err) / WAD
    }

    /// k = speed · err, the exact product of two WADs.
    fn speed(&self) -> I256 {
        I256::try_from(ADJUSTMENT_SPEED * self.err).expect("an i128 fits")
    }
}

impl Phases {
    /// Integral and first moment over the first `t_s` seconds.
    pub fn moments(&self, t_s: u64) -> Moments {
        let time = U256::from(t_s) * WAD;
        let mut end = time.min(self.capped);
        let mut sum = flat(self.first, U256::ZERO, end);
        let duration = (time - end).min(self.moving);
        if !duration.is_zero() {
            let part = self.exponential(duration);
            sum.integral += part.integral;
            sum.moment += part.moment + div(part.integral, end, WAD);
            end += duration;
        }
        let rest = flat(self.last, end, time);
        Moments { integral: sum.integral + rest.integral, moment: sum.moment + rest.moment }
    }

    /// From its own start: b·t·φ₁(kt) and b·t²·(φ₁(kt) − φ₂(kt)).
    fn exponential(&self, time: U256) -> Moments {
        let wad = I256::from_raw(WAD);
        let p = phis(self.k * I256::from_raw(time) / wad);
        let product = self.first * time;
        let integral = div(product, p.phi1, ONE * WAD);
        let moment = div(product, p.phi1 - p.phi2, ONE * WAD);
        Moments { integral, moment: div(moment, time, WAD) }
    }

    /// ∫ b(t)·w(t) dt, where w = 1 before the ramp, falls linearly to 0 over it, and is 0 after.
    fn steered(&self, ramp: &Ramp, from: u64, to: u64) -> U256 {
        let (start, end) = (ramp.fades_from(), ramp.faded_at());
        let a = start.clamp(from, to) - from;
        let b = end.min(to) - from;
        let before = self.moments(a);
        if b <= a {
            return before.integral;
        }
        let after = self.moments(b);
        // w = (end − t)/τ_r, and `end` is the first moment's origin shifted by end − from.
        let area = U256::from(end - from) * (after.integral - before.integral);
        let fading = area.saturating_sub(after.moment - before.moment);
        before.integral + fading / U256::from(ramp.tau_r_s)
    }
}

fn flat(rate: U256, from: U256, to: U256) -> Moments {
    if to <= from {
        return Moments::default();
    }
    let integral = div(rate, to - from, WAD);
    let moment = div(rate, (to - from) * (to + from), TWO);
    Moments { integral, moment }
}

/// Time in which an exponential of `speed` covers the ratio high/low, 18 decimals of a second.
fn duration(high: U256, low: U256, speed: U256) -> U256 {
    if high <= low { U256::ZERO } else { div(ln_ratio(high, low), WAD, speed) }
}

fn height(err: i128) -> U256 {
    U256::from(height_of(err).unsigned_abs())
}

/// `a · b / d`, rounded down, where the rate's range keeps the quotient far below 256 bits.
fn div(a: U256, b: U256, d: U256) -> U256 {
    mul_div_down(a, b, d).expect("rates, times and multipliers are bounded")
}
