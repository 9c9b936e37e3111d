//! What a design becomes: the mandate's rules, the market's constants, the state that the worst case starts from.

use alloy::primitives::{Address, U256};
use mandate_core::{
    bucket::{self, Allowance},
    lending::{phi, worst},
    mandate::{self, Class, Component, Kind, Mode},
    units::{LEAK_BITS, WAD},
};

use crate::{Band, Design, Range};

/// Class of the rate multiplier, and its model slot.
pub const RATE: u8 = 1;

/// Class of a borrower's terms, and its model slot.
pub const TERMS: u8 = 2;

/// Signer set of credit reports.
pub const CREDIT_SET: u32 = 1;

/// Signer set of prices.
pub const PRICE_SET: u32 = 2;

const DAY_S: u128 = 86_400;
const HOUR_S: u32 = 3_600;

impl Design {
    /// The mandate for `market`, in force for its expiry from `now`; `agents` in any order.
    pub fn mandate(&self, market: Address, agents: &[Address], now: u64) -> mandate::Mandate {
        let m = &self.mandate;
        let mut agents = agents.to_vec();
        agents.sort_unstable();
        mandate::Mandate {
            mode: Mode::Inline,
            market,
            expiry: now + u64::from(m.expiry.value),
            window_s: m.window.value,
            grace_s: m.grace.value,
            finality_s: m.finality.value,
            tau_s: m.tau.value,
            tau_r_s: m.tau_r.value,
            exit_reserve_bps: m.exit_reserve.value,
            agents,
            classes: vec![self.rate_class(), self.terms_class()],
            linear: vec![],
            views: vec![],
        }
    }

    fn rate_class(&self) -> Class {
        let r = &self.rate;
        let (min, max, step) = (r.min.value, r.max.value, r.step.value);
        Class {
            id: RATE,
            market_wide: true,
            residual: true,
            needs_score: false,
            model_slot: RATE.into(),
            signer_set: 0,
            greatest_age_s: 0,
            delay_s: r.delay.value,
            averaging_s: self.market.averaging.value,
            components: vec![component(0, 96, Kind::TwoSided, min, max, step)],
        }
    }

    fn terms_class(&self) -> Class {
        let (t, quantum) = (&self.terms, self.market.quantum.value);
        let amount = |offset, r: &Range<u128>| {
            let [min, max, step] = [&r.min, &r.max, &r.step].map(|field| field.value / quantum);
            component(offset, 48, Kind::Up, min, max, step)
        };
        let bps = |offset, kind, r: &Range<u16>| {
            let [min, max, step] = [&r.min, &r.max, &r.step].map(|field| field.value.into());
            component(offset, 16, kind, min, max, step)
        };
        let [shortest, longest, step] =
            [&t.tenor.min, &t.tenor.max, &t.tenor.step].map(|field| (field.value / HOUR_S).into());
        Class {
            id: TERMS,
            market_wide: false,
            residual: false,
            needs_score: true,
            model_slot: TERMS.into(),
            signer_set: CREDIT_SET,
            greatest_age_s: t.greatest_age.value,
            delay_s: t.delay.value,
            averaging_s: 0,
            components: vec![
                amount(0, &t.limit),
                amount(48, &t.unsecured),
                bps(96, Kind::Up, &t.factor),
                bps(112, Kind::Up, &t.lambda),
                bps(128, Kind::Down, &t.spread),
                component(144, 16, Kind::Up, shortest, longest, step),
            ],
        }
    }

    /// The market's drift and instant allowance, as the kernel stores them.
    pub fn allowances(&self) -> (Allowance, Allowance) {
        let c = &self.capacities;
        let allowance = |capacity, per_day: u128| Allowance {
            capacity: bucket::stored(capacity),
            leak: bucket::stored(leak_per_second(per_day)),
        };
        (
            allowance(c.drift.value, c.drift_per_day.value),
            allowance(c.instant.value, c.instant_per_day.value),
        )
    }

    /// G = exp(r̄ · (T_term + T_liq)), WAD.
    pub fn growth(&self) -> u128 {
        let (m, a) = (&self.market, &self.assumptions);
        let term = u64::from(m.max_tenor.value) + u64::from(m.grace.value);
        phi::growth(m.rate_bound.value, term + u64::from(a.liquidation_time.value))
    }

    /// k, WAD.
    pub fn recovery(&self) -> u128 {
        phi::recovery(self.assumptions.shortfall.value, self.market.bonus.value, self.growth())
    }

    /// Least and greatest believable price as contracts hold it: smallest units of both assets, scaled by 1e36.
    pub fn price_limits(&self) -> (U256, U256) {
        let places = 36 - self.collateral.decimals.value;
        let scaled = |price: u128| U256::from(price) * U256::from(10).pow(U256::from(places));
        (scaled(self.oracle.least_price.value), scaled(self.oracle.greatest_price.value))
    }

    /// What the worst case starts from: empty buckets, everything lent, the multiplier at 1.
    pub fn worst_state(&self) -> worst::State {
        let (drift, instant) = self.allowances();
        let reserve = bucket::reserve(drift.capacity, self.capacities.reserve.value);
        let (m, r, a) = (&self.market, &self.rate, &self.assumptions);
        worst::State {
            drift: Allowance { capacity: drift.capacity - reserve, ..drift },
            drift_level: 0,
            instant,
            instant_level: 0,
            pending: 0,
            total_risk: a.total_risk.value,
            borrow_cap: m.borrow_cap.value,
            debt: m.borrow_cap.value,
            growth: self.growth(),
            rate_bound: m.rate_bound.value,
            rate_cap: m.rate_cap.value,
            rate_at_target: U256::from(a.rate_at_target.value) * U256::from(WAD),
            window_s: self.mandate.window.value.into(),
            steering: worst::Steering {
                m: WAD,
                min: r.min.value.max(m.min_multiplier.value),
                max: r.max.value.min(m.max_multiplier.value),
                step: r.step.value,
                delay_s: r.delay.value.into(),
                tau_s: self.mandate.tau.value.into(),
                tau_r_s: self.mandate.tau_r.value.into(),
            },
        }
    }

    /// The potential of each band's line, in smallest units.
    pub fn potentials(&self) -> Vec<u128> {
        let k = self.recovery();
        let potential =
            |band: &Band| phi::phi(band.limit.value, band.unsecured.value, band.lambda.value, k);
        self.bands.iter().map(potential).collect()
    }
}

/// Leak per second, scaled by 2^32, of an amount per day; rounded down.
fn leak_per_second(per_day: u128) -> u128 {
    (U256::from(per_day) << LEAK_BITS as usize).wrapping_div(U256::from(DAY_S)).to()
}

/// A component whose safer moves have no bound in size.
const fn component(
    offset: u8,
    width: u8,
    kind: Kind,
    min: u128,
    max: u128,
    step: u128,
) -> Component {
    Component { offset, width, kind, min, max, step, safe_step: (1 << width) - 1 }
}
