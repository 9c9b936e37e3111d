//! The potential of a credit line: the most that one loan can lose, before the growth bound G.
//!
//! φ = max over x ≥ 0 of min(L, U + λx) − k·x, in closed form. Everything is rounded up, k down.

use alloy_primitives::U256;

use super::exp::grow_up;
use crate::{
    fixed::mul_div_up,
    units::{BPS, WAD},
};

/// WAD of one basis point.
const WAD_BPS: u128 = WAD / BPS;

/// φ(L, U, λ) in asset units, rounded up; `recovery` is k in WAD.
pub fn phi(limit: u128, unsecured: u128, lambda_bps: u16, recovery: u128) -> u128 {
    let lambda = u128::from(lambda_bps) * WAD_BPS;
    if limit <= unsecured {
        return limit;
    }
    if lambda <= recovery {
        return unsecured;
    }
    let [secured, gap, lambda] = [limit - unsecured, lambda - recovery, lambda].map(U256::from);
    unsecured + mul_div_up(secured, gap, lambda).expect("gap is below lambda").to::<u128>()
}

/// What a move of the terms is charged.
pub const fn charge(phi_new: u128, phi_old: u128) -> u128 {
    phi_new.saturating_sub(phi_old)
}

/// G = exp(r̄ · `time_s`), WAD, rounded up, at most `2^128 − 1`; `rate_bound` is r̄ in WAD per second.
pub fn growth(rate_bound: u128, time_s: u64) -> u128 {
    let x = U256::from(rate_bound) * U256::from(WAD);
    let x = x.saturating_mul(U256::from(time_s));
    grow_up(U256::from(WAD), x, U256::from(u128::MAX)).to()
}

/// k = (1 − σ)/((1 + β)·G), WAD, rounded down.
pub fn recovery(shortfall_bps: u16, bonus_bps: u16, growth: u128) -> u128 {
    let kept = U256::from(BPS - u128::from(shortfall_bps)) * U256::from(WAD) * U256::from(WAD);
    let owed = U256::from(BPS + u128::from(bonus_bps)) * U256::from(growth);
    (kept / owed).to()
}
