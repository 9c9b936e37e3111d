//! The worst case is total and monotone (K-29), and each component is what its definition says.

use alloy_primitives::U256;
use mandate_core::bucket::Allowance;
use mandate_core::lending::{
    phi::growth,
    rate::INITIAL_AT_TARGET,
    worst::{Harm, State, Steering},
};
use mandate_core::units::{LEAK_BITS, WAD, YEAR_S};
use proptest::prelude::*;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A market of a million units of six decimals.
fn sample() -> State {
    let unit = 1_000_000;
    State {
        drift: Allowance { capacity: 20_000 * unit, leak: ((1_000 * unit) << LEAK_BITS) / 86_400 },
        drift_level: 0,
        instant: Allowance { capacity: 5_000 * unit, leak: ((500 * unit) << LEAK_BITS) / 86_400 },
        instant_level: 0,
        pending: 0,
        total_risk: 100_000 * unit,
        borrow_cap: 1_000_000 * unit,
        debt: 700_000 * unit,
        growth: growth(WAD / u128::from(YEAR_S), 120 * DAY),
        rate_bound: WAD / u128::from(YEAR_S),
        rate_cap: WAD * 3 / 10 / u128::from(YEAR_S),
        rate_at_target: INITIAL_AT_TARGET,
        window_s: DAY,
        steering: Steering {
            m: WAD,
            min: WAD / 2,
            max: 2 * WAD,
            step: WAD / 20,
            delay_s: HOUR,
            tau_s: 6 * HOUR,
            tau_r_s: 12 * HOUR,
        },
    }
}

fn parts(h: &Harm) -> [U256; 5] {
    [h.baseline, h.credit_open, h.credit_seen, h.sup_rate, h.bor_rate]
}

fn state() -> impl Strategy<Value = State> {
    let amount = || 0u128..1 << 90;
    let bucket = || (amount(), amount()).prop_map(|(capacity, leak)| Allowance { capacity, leak });
    let money = (bucket(), amount(), bucket(), amount(), amount(), amount(), amount(), amount());
    let rates = (WAD..8 * WAD, 1u64..1 << 38, 1u64..1 << 38, 0u16..=1_000);
    let steering = (
        WAD / 2..2 * WAD,
        WAD / 2..=WAD,
        WAD..4 * WAD,
        0..WAD / 4,
        (1u64..10 * DAY, 0u64..10 * DAY, 0u64..10 * DAY, 0u64..10 * DAY),
    );
    (money, rates, steering).prop_map(|(money, rates, (m, min, max, step, times))| {
        let (drift, drift_level, instant, instant_level, pending, total_risk, borrow_cap, debt) =
            money;
        let (growth, rate_bound, rate_cap, share) = rates;
        let (delay_s, tau_s, tau_r_s, window_s) = times;
        State {
            drift,
            drift_level,
            instant,
            instant_level,
            pending,
            total_risk,
            borrow_cap,
            debt,
            growth,
            rate_bound: rate_bound.into(),
            rate_cap: rate_cap.into(),
            rate_at_target: INITIAL_AT_TARGET / U256::from(40)
                + INITIAL_AT_TARGET / U256::from(21) * U256::from(share),
            window_s,
            steering: Steering { m, min, max, step, delay_s, tau_s, tau_r_s },
        }
    })
}

proptest! {
    /// K-29: nothing that enlarges what the agent may do lowers a component.
    #[test]
    fn k29_monotone(
        s in state(), horizon in 0u64..30 * DAY, reaction in 0u64..30 * DAY, more in 1u64..10 * DAY, amount in 0u128..1 << 80, which in 0usize..12,
    ) {
        let base = parts(&s.worst_case(horizon, reaction));
        let mut wider = s;
        let (mut horizon, mut reaction) = (horizon, reaction);
        match which {
            0 => horizon += more,
            1 => reaction += more,
            2 => wider.drift.capacity += amount,
            3 => wider.drift.leak += amount,
            4 => wider.instant.capacity += amount,
            5 => wider.instant.leak += amount,
            6 => wider.steering.min = wider.steering.min.saturating_sub(amount % WAD),
            7 => wider.steering.max += amount % WAD,
            // From no step at all to some: the corridor comes into reach.
            8 => wider.steering.step += amount % WAD,
            9 => wider.steering.delay_s = (wider.steering.delay_s / 2).max(1),
            10 => wider.steering.tau_s += more,
            _ => wider.steering.tau_r_s += more,
        }
        let after = parts(&wider.worst_case(horizon, reaction));
        for (index, (small, large)) in base.iter().zip(after).enumerate() {
            prop_assert!(large >= *small, "component {index}: {small} fell to {large}");
        }
    }

    #[test]
    fn k29_never_fails(amounts in any::<[u128; 12]>(), times in any::<[u64; 6]>(), rate: u128) {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = amounts.map(|x| x >> 32);
        let rate_at_target = U256::from(rate % 200_000_000_000) * U256::from(WAD);
        let s = State {
            drift: Allowance { capacity: a, leak: b },
            drift_level: c,
            instant: Allowance { capacity: d, leak: e },
            instant_level: f,
            pending: g,
            total_risk: h,
            borrow_cap: i,
            debt: j,
            growth: rate,
            rate_bound: k,
            rate_cap: l,
            rate_at_target,
            window_s: times[5],
            steering: Steering { m: a, min: b, max: c, step: d, delay_s: times[0], tau_s: times[1], tau_r_s: times[2] },
        };
        let harm = s.worst_case(times[3], times[4]);
        prop_assert!(harm.supplier_loss() >= harm.supplier_harm());
    }
}

#[test]
fn each_component_is_what_its_definition_says() {
    let s = sample();
    let h = s.worst_case(DAY, HOUR);
    let g = U256::from(s.growth);
    let grown = |credit: u128| (U256::from(credit) * g).div_ceil(U256::from(WAD));
    assert_eq!(h.baseline, grown(s.total_risk));
    assert_eq!(h.credit_open, grown(20_000_000_000 + s.drift.leaked_up(DAY)));
    assert_eq!(h.credit_seen, grown(5_000_000_000 + s.instant.leaked_up(HOUR)));
    // A guardian as slow as the window stops nothing that is queued now (the search found it).
    let late = s.worst_case(DAY, s.window_s);
    assert_eq!(late.credit_seen, grown(20_000_000_000 + s.drift.leaked_up(DAY)));
    // A day at the curve's top (all lent, 16 % a year rising to 18.3 %): below 14 hours at half the rate plus the fade.
    assert!(h.sup_rate > U256::ZERO && h.bor_rate > h.sup_rate);
    let no_step = State { steering: Steering { step: 0, ..s.steering }, ..s };
    assert_eq!(no_step.worst_case(DAY, HOUR).sup_rate, U256::ZERO);
    assert_eq!(no_step.worst_case(DAY, HOUR).bor_rate, U256::ZERO);
}

/// The rate components against a plain sum over seconds of the same definition.
#[test]
fn k15_the_closed_sums_are_the_integrals() {
    let s = sample();
    for horizon in [HOUR, 5 * HOUR, DAY, 7 * DAY] {
        let (mut low, mut high, minute) = (0f64, 0f64, 60);
        let year = YEAR_S as f64;
        let rate = |t: u64| {
            (0.04 * (50.0 * t as f64 / year).exp()).min(2.0).mul_add(4.0, 0.0).min(0.3) / year
        };
        let gap = |bound: f64, t: u64| (0.05 * (1 + t / HOUR) as f64).min(bound);
        for t in (0..horizon).step_by(minute as usize) {
            low += gap(0.5, t) * rate(t + 30) * minute as f64;
            high += gap(1.0, t) * rate(t + 30) * minute as f64;
        }
        let fade = 12.0 * HOUR as f64 * rate(horizon + 18 * HOUR);
        let debt = 1e12 * ((horizon + 18 * HOUR) as f64 / year).exp();
        let h = s.worst_case(horizon, HOUR);
        for (got, area, bound) in [(h.sup_rate, low, 0.5), (h.bor_rate, high, 1.0)] {
            let expected = debt * (area + gap(bound, horizon) * fade);
            let got = got.to::<u128>() as f64;
            assert!((got / expected - 1.0).abs() < 1e-4, "{horizon}: {got}, expected {expected}");
        }
    }
}
