//! The most that a fully malicious agent can cost a lending market.
//!
//! Every figure is an upper bound, rounded up, and every sum saturates: the function is total (K-29). The components and why they
//! hold: LENDING section 2, summarised in `docs/parameters.md`.

use alloy_primitives::U256;

use super::{
    exp::grow_up,
    rate::{Curve, Phases},
};
use crate::{
    bucket::Allowance,
    fixed::{WAD_256 as WAD, mul_div_up_saturating},
    lending::exp::ONE,
    units::{WAD as WAD_128, YEAR_S},
};

/// Horizons beyond a century read as a century.
const LONGEST_S: u64 = 100 * YEAR_S;

/// So many stairs of the multiplier are summed one by one; later ones count as the corridor's bound.
const STAIRS: u64 = 256;

/// Where the grown debt stays.
const DEBT_LIMIT: U256 = U256::from_limbs([0, 0, 0, 1 << 8]);

/// The distance from target utilisation at which the curve rises fastest.
const ALL_LENT: i128 = WAD_128 as i128;

/// What the bound is computed from: mandate, market constants and live state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The market's drift bucket, less the governor's reserve.
    pub drift: Allowance,
    /// Its level now.
    pub drift_level: u128,
    /// The market's instant bucket.
    pub instant: Allowance,
    /// Its level now.
    pub instant_level: u128,
    /// Upper bound of the quotes that wait now.
    pub pending: u128,
    /// S: sum of potentials of all lines.
    pub total_risk: u128,
    /// Greatest total debt plus realised losses.
    pub borrow_cap: u128,
    /// Total debt now.
    pub debt: u128,
    /// G in WAD.
    pub growth: u128,
    /// r̄, WAD per second.
    pub rate_bound: u128,
    /// r_cap, WAD per second.
    pub rate_cap: u128,
    /// Rate at target, 36 decimals per second.
    pub rate_at_target: U256,
    /// How long a decision that does not fit the instant lane waits, seconds.
    pub window_s: u64,
    /// What the agent may do to the multiplier.
    pub steering: Steering,
}

/// The multiplier's rules and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steering {
    /// m now, WAD.
    pub m: u128,
    /// m⁻: the tighter of mandate and market, WAD, at most 1.
    pub min: u128,
    /// m⁺: the tighter of mandate and market, WAD, at least 1.
    pub max: u128,
    /// Greatest riskier move, WAD.
    pub step: u128,
    /// Shortest time between two riskier moves, seconds.
    pub delay_s: u64,
    /// Silence after which m fades, seconds.
    pub tau_s: u64,
    /// How long the fade takes, seconds.
    pub tau_r_s: u64,
}

/// The bound per component, in loan-asset units; the names are those of `IWorstCase.Harm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harm {
    /// What today's lines can lose with no agent at all.
    pub baseline: U256,
    /// New credit that the agent can bring into force in H while nobody reacts.
    pub credit_open: U256,
    /// The same while the guardian reacts within R; from R = window on, only drift holds it back.
    pub credit_seen: U256,
    /// What suppliers can be under-paid over H.
    pub sup_rate: U256,
    /// What borrowers can be over-charged over H; never netted against the suppliers' side.
    pub bor_rate: U256,
}

impl Harm {
    /// What the agent can cost suppliers.
    pub const fn supplier_harm(&self) -> U256 {
        self.credit_open.saturating_add(self.sup_rate)
    }

    /// What the agent can cost borrowers.
    pub const fn borrower_harm(&self) -> U256 {
        self.bor_rate
    }

    /// What suppliers can lose in all.
    pub const fn supplier_loss(&self) -> U256 {
        self.baseline.saturating_add(self.supplier_harm())
    }
}

impl State {
    /// The bound over `horizon_s` seconds, with a guardian who reacts within `reaction_s`.
    pub fn worst_case(&self, horizon_s: u64, reaction_s: u64) -> Harm {
        let (horizon_s, reaction_s) = (horizon_s.min(LONGEST_S), reaction_s.min(LONGEST_S));
        let drift = |time_s| in_force(&self.drift, self.drift_level, time_s);
        let m = self.steering.m;
        let low = self.steering.min.min(WAD_128).min(m);
        let high = self.steering.max.max(WAD_128).max(m);
        let (below, above) = (WAD_128.saturating_sub(m), m.saturating_sub(WAD_128));
        Harm {
            baseline: self.grown(self.total_risk),
            credit_open: self.grown(drift(horizon_s)),
            credit_seen: self.grown(self.seen(drift(reaction_s), reaction_s)),
            sup_rate: self.shifted(horizon_s, Gap::new(self, below, WAD_128 - low)),
            bor_rate: self.shifted(horizon_s, Gap::new(self, above, high - WAD_128)),
        }
    }

    /// What takes effect before the guardian reacts: of the decisions that wait, only those pending now, unless he takes as long as the
    /// window.
    fn seen(&self, drift: u128, reaction_s: u64) -> u128 {
        if reaction_s >= self.window_s {
            return drift;
        }
        let instant = in_force(&self.instant, self.instant_level, reaction_s);
        drift.min(instant.saturating_add(self.pending))
    }

    /// G · min(borrow cap, credit).
    fn grown(&self, credit: u128) -> U256 {
        let credit = U256::from(credit.min(self.borrow_cap));
        mul_div_up_saturating(credit, U256::from(self.growth), WAD)
    }

    /// debt × [∫ gap(t)·r̂(t) dt + gap(H)·r̂(H + τ + τ_r)·(τ + τ_r/2)]: interest shifted from one side to the other.
    fn shifted(&self, horizon_s: u64, gap: Gap) -> U256 {
        let s = &self.steering;
        let curve = self.fastest_curve();
        let fade_s = s.tau_s.saturating_add(s.tau_r_s);
        let end = curve.advance(horizon_s.saturating_add(fade_s));
        let rate = Curve { rate_at_target: end, ..curve }.base_rate();
        let last = U256::from(gap.at(horizon_s / gap.delay_s));
        let twice = U256::from(s.tau_s) + U256::from(fade_s);
        let fading = last.saturating_mul(rate).saturating_mul(twice).div_ceil(U256::from(2));
        let area = gap.area(&curve.phases(), horizon_s).saturating_add(fading);
        mul_div_up_saturating(self.grown_debt(horizon_s.saturating_add(fade_s)), area, WAD * ONE)
    }

    /// r̂: the curve when all is lent, under r_cap and r̄.
    fn fastest_curve(&self) -> Curve {
        let cap = U256::from(self.rate_bound.min(self.rate_cap)) * WAD;
        Curve { rate_at_target: self.rate_at_target, err: ALL_LENT, cap }
    }

    /// D: the greatest debt, grown at r̄.
    fn grown_debt(&self, time_s: u64) -> U256 {
        let debt = U256::from(self.debt.max(self.borrow_cap)).min(DEBT_LIMIT);
        let x = (U256::from(self.rate_bound) * WAD).saturating_mul(U256::from(time_s));
        grow_up(debt, x, DEBT_LIMIT)
    }
}

/// |m − 1| on one side: it climbs by `step` at once and after every `delay_s`, up to `bound`.
#[derive(Clone, Copy, Debug)]
struct Gap {
    start: u128,
    bound: u128,
    step: u128,
    delay_s: u64,
}

impl Gap {
    fn new(state: &State, start: u128, bound: u128) -> Self {
        let Steering { step, delay_s, .. } = state.steering;
        let bound = if step == 0 { start } else { bound };
        Self { start, bound, step, delay_s: delay_s.max(1) }
    }

    /// Its height on a stair, from 0.
    fn at(&self, stair: u64) -> u128 {
        if stair >= STAIRS {
            return self.bound;
        }
        let climbed = self.step.saturating_mul(u128::from(stair) + 1);
        self.start.saturating_add(climbed).min(self.bound)
    }

    /// ∫₀ᴴ gap(t)·r̂(t) dt, WAD × 36 decimals, unrounded.
    fn area(&self, phases: &Phases, horizon_s: u64) -> U256 {
        let whole = phases.moments(horizon_s).integral;
        let (mut area, mut done) = (U256::ZERO, U256::ZERO);
        for stair in 0..STAIRS {
            let height = self.at(stair);
            let end_s = (stair + 1).saturating_mul(self.delay_s);
            if height >= self.bound || end_s >= horizon_s {
                return area + U256::from(height) * (whole - done);
            }
            let up_to = phases.moments(end_s).integral;
            area += U256::from(height) * (up_to - done);
            done = up_to;
        }
        area + U256::from(self.bound) * (whole - done)
    }
}

/// What a bucket lets through in `time_s` seconds from now.
const fn in_force(allowance: &Allowance, level: u128, time_s: u64) -> u128 {
    let free = allowance.capacity.saturating_sub(level);
    free.saturating_add(allowance.leaked_up(time_s))
}
