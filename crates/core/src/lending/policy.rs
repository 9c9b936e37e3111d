//! What the lending policy makes of a model's output, and what a rate move can cost.

use alloy_primitives::U256;

use crate::{fixed::mul_div_up_saturating, units::WAD};

/// The multiplier to move to: `target` clipped to the market's range, a riskier move to `step` from where m stands.
///
/// A move towards 1 is never shortened. One that crosses 1 stops there unless `step` reaches further.
pub fn steer(target: u128, now: u128, step: u128, min: u128, max: u128) -> u128 {
    let lowest = now.saturating_sub(step).min(WAD);
    let highest = now.saturating_add(step).max(WAD);
    target.max(min).min(max).max(lowest).min(highest)
}

/// Φ of the multiplier: |m − 1| × greatest flow × undo time, asset units, rounded up.
///
/// `flow` is the greatest interest: borrow cap × r_cap, asset units × 1e18 per second.
pub fn rate_potential(m: u128, flow: U256, undo_time_s: u32) -> U256 {
    let product = flow.saturating_mul(U256::from(undo_time_s));
    mul_div_up_saturating(U256::from(m.abs_diff(WAD)), product, U256::from(WAD) * U256::from(WAD))
}
