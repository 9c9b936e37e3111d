//! The lending economy's pure rules.

use alloy_primitives::{I256, U256};
use alloy_sol_types::sol;
use mandate_core::{
    lending::{
        curve::{self, MAX_RATE_AT_TARGET, error_of},
        exp::{self, LIMIT, ONE},
        phi, policy,
        rate::{Curve, MAX_AT_TARGET, MIN_AT_TARGET},
        spread::{self, INDEX_MAX, INDEX_ONE, Shares, Sums},
        terms::Terms,
    },
    mandate::Value,
    ramp::Ramp,
    units::{BPS, WAD},
};
use rand::Rng;

use super::{cases, evm::Harness, wide, word};
use LendingHarness as H;

sol! {
    #[sol(all_derives)]
    #[allow(missing_docs)]
    LendingHarness,
    "tests/fixtures/LendingHarness.json"
}

fn harness() -> Harness {
    Harness::new(&H::DEPLOYED_BYTECODE)
}

/// A word up to `limit`: any length, and the limit itself.
fn up_to(rng: &mut impl Rng, limit: U256) -> U256 {
    let high = U256::from(rng.random::<u128>()) << 128usize | U256::from(rng.random::<u128>());
    match rng.random_range(0..10) {
        0 => limit,
        1 => U256::ZERO,
        _ => (high >> rng.random_range(0..256usize)) % limit.saturating_add(U256::ONE),
    }
}

#[test]
fn exponentials_and_logarithms_agree() {
    let mut evm = harness();
    cases("exp", |rng| {
        let z = I256::from_raw(up_to(rng, LIMIT));
        let z = if rng.random() { -z } else { z };
        let (ours, theirs) = (exp::phis(z), evm.tell(&H::phisCall { z }));
        assert_eq!(
            [ours.e, ours.phi1, ours.phi2].map(I256::from_raw),
            [theirs.e, theirs.phi1, theirs.phi2],
            "{z}"
        );

        let (value, limit) = (word(rng, 128), up_to(rng, U256::MAX));
        let x = up_to(rng, LIMIT * U256::from(9));
        let call = H::growUpCall { value, x, limit };
        assert_eq!(evm.tell(&call), exp::grow_up(value, x, limit), "{call:?}");

        let den = word(rng, 110) + U256::ONE;
        let num = den + den * up_to(rng, U256::from(2_900u64) * ONE) / ONE;
        let call = H::lnRatioCall { num, den };
        assert_eq!(evm.tell(&call), exp::ln_ratio(num, den), "{call:?}");
    });
}

#[test]
fn the_adaptive_curve_agrees() {
    let mut evm = harness();
    cases("curve", |rng| {
        let x = (wide(rng, 67) % 94_000_000_000_000_000_000) as i128;
        let x = if rng.random() { -x } else { x };
        let call = H::wExpCall { x: I256::try_from(x).unwrap() };
        assert_eq!(evm.tell(&call), curve::w_exp(x), "{x}");

        let utilisation = wide(rng, 60) % (WAD + 1);
        let call = H::curveErrorCall { utilisation: U256::from(utilisation) };
        assert_eq!(evm.tell(&call), I256::try_from(error_of(utilisation)).unwrap());

        let (start, elapsed) =
            (wide(rng, 36) as i128 % (MAX_RATE_AT_TARGET + 1), wide(rng, 32) as u64);
        let call = H::curveRateCall {
            utilisation: U256::from(utilisation),
            start: I256::try_from(start).unwrap(),
            elapsed: U256::from(elapsed),
        };
        let (ours, theirs) = (curve::borrow_rate(utilisation, start, elapsed), evm.tell(&call));
        let ours = [ours.average, ours.end].map(|rate| I256::try_from(rate).unwrap());
        assert_eq!(ours, [theirs.average, theirs.end], "{call:?}");
    });
}

// K-21.
#[test]
fn accrual_agrees() {
    let mut evm = harness();
    cases("accrual", |rng| {
        let rate_at_target = MIN_AT_TARGET + up_to(rng, MAX_AT_TARGET - MIN_AT_TARGET);
        let err = error_of(wide(rng, 60) % (WAD + 1));
        let ours = Curve { rate_at_target, err, cap: up_to(rng, MAX_AT_TARGET * U256::from(5)) };
        let curve = H::Curve {
            rateAtTarget: rate_at_target,
            err: I256::try_from(err).unwrap(),
            cap: ours.cap,
        };
        let time = |rng: &mut _| wide(rng, 26) as u64;
        let [beat, tau_s, tau_r_s, from] = [(); 4].map(|()| time(rng));
        let to = from + time(rng);
        let our_ramp = Ramp {
            set: WAD / 2 + wide(rng, 61) % (7 * WAD / 2),
            anchor: WAD,
            beat,
            tau_s,
            tau_r_s,
        };
        let ramp = H::Ramp {
            set: U256::from(our_ramp.set),
            start: U256::from(beat + tau_s),
            length: U256::from(tau_r_s),
        };
        let [from_, to_] = [from, to].map(U256::from);

        let call =
            H::exponentCall { curve: curve.clone(), ramp: ramp.clone(), from: from_, to: to_ };
        assert_eq!(evm.tell(&call), ours.exponent(&our_ramp, from, to), "{call:?}");
        let call = H::advanceCall { curve: curve.clone(), elapsed: U256::from(to - from) };
        assert_eq!(evm.tell(&call), ours.advance(to - from), "{call:?}");
        assert_eq!(evm.tell(&H::baseRateCall { curve }), ours.base_rate());
        let call = H::multiplierCall { ramp, time: to_ };
        assert_eq!(evm.tell(&call), U256::from(our_ramp.at(to)), "{call:?}");
    });
}

// L-3 and L-7.
#[test]
fn spreads_agree() {
    let mut evm = harness();
    cases("spread", |rng| {
        let (shares, spread_bps) = (wide(rng, 127), rng.random_range(0..=10_000u16));
        let (based_at, wait) = (wide(rng, 32) as u64, wide(rng, 32) as u64);
        let ours = Shares { shares, spread_bps, based_at };
        let [shares_, elapsed, based, time] =
            [shares, wait.into(), based_at.into(), (based_at + wait).into()].map(U256::from);
        let spread = U256::from(spread_bps);

        let grown = ours.grown(based_at + wait);
        assert_eq!(
            evm.tell(&H::grownCall { shares: shares_, spreadBps: spread, elapsed }),
            grown,
            "{ours:?}"
        );
        let (sums, parts) = (
            Sums::of(&ours),
            evm.tell(&H::partsCall { shares: shares_, spreadBps: spread, basedAt: based }),
        );
        assert_eq!((sums.a, sums.w), (parts.a, parts.w), "{ours:?}");
        let call = H::grownTotalCall { a: sums.a, w: sums.w, time };
        assert_eq!(evm.tell(&call), sums.grown(based_at + wait), "{call:?}");

        let index = INDEX_ONE + up_to(rng, INDEX_MAX - INDEX_ONE);
        let call = H::debtUpCall { grownShares: grown, index };
        assert_eq!(Some(evm.tell(&call)), spread::debt_up(grown, index), "{call:?}");
        let call = H::debtDownCall { grownShares: grown, index };
        assert_eq!(Some(evm.tell(&call)), spread::debt_down(grown, index), "{call:?}");
        assert_eq!(evm.tell(&H::rebasedCall { grownShares: grown }), spread::rebased(grown));
        let amount = wide(rng, 96);
        let call = H::drawnCall { amount: U256::from(amount), index };
        assert_eq!(Some(evm.tell(&call)), spread::drawn(amount, index), "{call:?}");
        let call = H::repaidCall { amount: U256::from(amount), spreadBps: spread, elapsed, index };
        let shares = ours.repaid(amount, index, based_at + wait).map(U256::from);
        assert_eq!(Some(evm.tell(&call)), shares, "{call:?}");
    });
}

// K-15 and K-23.
#[test]
fn potentials_and_charges_agree() {
    let mut evm = harness();
    cases("potential", |rng| {
        let [limit, unsecured] = [(); 2].map(|()| wide(rng, 96));
        let (lambda, recovery) = (rng.random::<u16>(), wide(rng, 61));
        let call = H::phiCall {
            limit: U256::from(limit),
            unsecured: U256::from(unsecured),
            lambdaBps: U256::from(lambda),
            recovery: U256::from(recovery),
        };
        let potential = phi::phi(limit, unsecured, lambda, recovery);
        assert_eq!(evm.tell(&call), U256::from(potential), "{call:?}");
        let call = H::chargeCall { phiNew: U256::from(potential), phiOld: U256::from(unsecured) };
        assert_eq!(evm.tell(&call), U256::from(phi::charge(potential, unsecured)));

        let (rate, time) = (wide(rng, 39), wide(rng, 36) as u64);
        let growth = phi::growth(rate, time);
        let call = H::growthCall { rateBound: U256::from(rate), time: U256::from(time) };
        assert_eq!(evm.tell(&call), U256::from(growth), "{call:?}");
        let [shortfall, bonus] = [(); 2].map(|()| rng.random_range(0..=BPS as u16));
        let call = H::recoveryOfCall {
            shortfallBps: U256::from(shortfall),
            bonusBps: U256::from(bonus),
            growthBound: U256::from(growth),
        };
        assert_eq!(
            evm.tell(&call),
            U256::from(phi::recovery(shortfall, bonus, growth)),
            "{call:?}"
        );
    });
}

#[test]
fn terms_and_policy_agree() {
    let mut evm = harness();
    cases("policy", |rng| {
        let from = Value::wrapping_from_limbs_slice(&rng.random::<[u64; 3]>());
        // One component changed, so that each decides alone.
        let (low, bits) =
            [(0, 48), (48, 48), (96, 16), (112, 16), (128, 16), (144, 16)][rng.random_range(0..6)];
        let part = Value::from(wide(rng, bits)) << low as usize;
        let mask = Value::from((1u128 << bits) - 1) << low as usize;
        let to = (from & !mask) | part;
        let riskier = Terms::unpack(to).riskier_than(&Terms::unpack(from));
        assert_eq!(evm.tell(&H::riskierCall { from, to }), riskier, "{from} {to}");

        let [target, now, step] = [(); 3].map(|()| wide(rng, 63));
        let (min, max) = (WAD / 2 + wide(rng, 58), WAD + wide(rng, 61));
        let call = H::steerCall {
            target: U256::from(target),
            present: U256::from(now),
            step: U256::from(step),
            min: U256::from(min),
            max: U256::from(max),
        };
        assert_eq!(
            evm.tell(&call),
            U256::from(policy::steer(target, now, step, min, max)),
            "{call:?}"
        );
        let (flow, undo) = (word(rng, 120), rng.random::<u32>());
        let call = H::ratePotentialCall { m: U256::from(now), flow, undoTime: U256::from(undo) };
        assert_eq!(evm.tell(&call), policy::rate_potential(now, flow, undo), "{call:?}");
    });
}
