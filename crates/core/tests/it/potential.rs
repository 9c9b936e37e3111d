//! The potential φ, the growth bound, and the sums behind the spreads.

use alloy_primitives::{U256, uint};
use mandate_core::lending::{
    exp::{LIMIT, ONE, grow_up, ln_ratio, phis},
    phi::{charge, growth, phi, recovery},
    spread::{self, INDEX_ONE, Shares, Sums},
    terms::Terms,
};
use mandate_core::mandate::Value;
use mandate_core::units::{AMOUNT_MAX, BPS, WAD, YEAR_S};
use proptest::{collection::vec, prelude::*};

/// The largest relative error of an exponential, 36 decimals: a few hundred units in the last place.
const CLOSE: u64 = 3_000;

#[test]
fn exponentials_meet_known_digits() {
    // 36 decimals of e, of e² and of 1/e.
    let cases = [
        (1, uint!(2_718_281_828_459_045_235_360_287_471_352_662_497_U256)),
        (2, uint!(7_389_056_098_930_650_227_230_427_460_575_007_813_U256)),
        (-1, uint!(367_879_441_171_442_321_595_523_770_161_460_867_U256)),
    ];
    for (x, exact) in cases {
        let one = alloy_primitives::I256::from_raw(ONE);
        let e = phis(one * alloy_primitives::I256::try_from(x).unwrap()).e;
        assert!(e.abs_diff(exact) < U256::from(CLOSE), "e^{x} = {e}, exactly {exact}");
    }
    let ln_2000 = uint!(7_600_902_459_542_082_361_471_206_485_511_269_191_U256);
    let got = ln_ratio(U256::from(2_000), U256::ONE);
    assert!(got.abs_diff(ln_2000) < U256::from(CLOSE), "{got}");
    assert_eq!(ln_ratio(U256::from(7), U256::from(7)), U256::ZERO);
}

#[test]
fn growth_is_a_bound_and_saturates() {
    // 100 % a year for a year: e, never below it.
    let rate = WAD / u128::from(YEAR_S);
    let g = growth(rate + 1, YEAR_S);
    assert!(g > 2_718_281_828_459_045_235 && g < 2_718_281_829_000_000_000, "{g}");
    assert_eq!(growth(rate, 0), WAD);
    assert_eq!(growth(u128::MAX, u64::MAX), u128::MAX);
    // k = (1 − σ)/((1 + β)·G): with nothing lost and no growth, all but the bonus.
    assert_eq!(recovery(0, 0, WAD), WAD);
    assert_eq!(recovery(10_000, 0, WAD), 0);
    assert_eq!(recovery(1_000, 1_000, 2 * WAD), WAD * 9 / 22);
}

fn line() -> impl Strategy<Value = (u128, u128, u16, u128)> {
    let amount = (0u32..64, any::<u64>()).prop_map(|(bits, x)| u128::from(x >> bits));
    (amount.clone(), amount, any::<u16>(), 0..2 * WAD)
}

proptest! {
    /// The φ bound: no collateral x makes the loan lose more than φ, and some x loses as much, rounding apart.
    #[test]
    fn k15_phi_is_the_greatest_loss((limit, unsecured, lambda, k) in line(), x in 0u64..) {
        let bound = phi(limit, unsecured, lambda, k);
        prop_assert!(loss(limit, unsecured, lambda, k, x.into()) <= bound);
        let kink = limit.saturating_sub(unsecured) * BPS / u128::from(lambda.max(1));
        let reached = [0, kink, kink + 1].map(|x| loss(limit, unsecured, lambda, k, x));
        let slack = 2 + u128::from(lambda) / BPS + k / WAD;
        prop_assert!(bound <= reached.into_iter().max().unwrap() + slack, "{bound} {reached:?}");
    }

    #[test]
    fn k15_phi_never_falls_when_terms_get_riskier((l, u, lambda, k) in line(), more in any::<[u32; 2]>(), wider: u16, lower in 0..WAD) {
        let base = phi(l, u, lambda, k);
        prop_assert!(phi(l + u128::from(more[0]), u, lambda, k) >= base);
        prop_assert!(phi(l, u + u128::from(more[1]), lambda, k) >= base);
        prop_assert!(phi(l, u, lambda.saturating_add(wider), k) >= base);
        prop_assert!(phi(l, u, lambda, k.saturating_sub(lower)) >= base);
        prop_assert!(base <= l.max(u) && base >= l.min(u));
    }

    #[test]
    fn k23_a_way_round_is_never_cheaper(path in vec(line(), 2..9)) {
        let steps: Vec<u128> = path.iter().map(|(l, u, lambda, _)| phi(*l, *u, *lambda, WAD / 2)).collect();
        let direct = charge(*steps.last().unwrap(), steps[0]);
        let around: u128 = steps.windows(2).map(|pair| charge(pair[1], pair[0])).sum();
        prop_assert!(around >= direct);
    }

    #[test]
    fn l7_growing_rounds_up(value in 0u128..AMOUNT_MAX, x in any::<u128>()) {
        let x = U256::from(x);
        let grown = grow_up(U256::from(value), x, U256::MAX);
        prop_assert!(grown >= U256::from(value));
        // e^x ≥ 1 + x + x²/2 ≥ 1 + x, exactly.
        let linear = U256::from(value) + U256::from(value) * x.min(LIMIT) / ONE;
        prop_assert!(grown >= linear);
    }

    #[test]
    fn logarithm_inverts_the_exponential(x in 0u128..7_900_000_000_000_000_000) {
        let z = U256::from(x) * U256::from(WAD);
        let e = phis(alloy_primitives::I256::from_raw(z)).e;
        prop_assert!(ln_ratio(e, ONE).abs_diff(z) < U256::from(CLOSE));
    }

    #[test]
    fn exponentials_multiply(a in -4_000_000i64..4_000_000, b in -4_000_000i64..4_000_000) {
        let micro = alloy_primitives::I256::from_raw(ONE / U256::from(1_000_000));
        let at = |x: i64| phis(micro * alloy_primitives::I256::try_from(x).unwrap()).e;
        let (product, sum) = (at(a) * at(b) / ONE, at(a + b));
        prop_assert!(product.abs_diff(sum) <= sum / ONE * U256::from(CLOSE) + U256::from(CLOSE));
    }

    /// L-3: A + W·t is the sum of all grown shares, exactly, after any draws, repayments and departures.
    #[test]
    fn l3_sums_equal_their_parts(acts in vec((0usize..5, any::<u64>(), 0u16..10_000, 0u32..100_000_000), 1..40)) {
        let (mut parts, mut sums, mut now) = ([Shares::default(); 5], Sums::default(), 0u64);
        for (who, shares, spread_bps, wait) in acts {
            now += u64::from(wait);
            let next = Shares { shares: shares.into(), spread_bps, based_at: now };
            sums = sums.leave(&parts[who]).join(&next);
            parts[who] = next;
            let total = parts.iter().fold(U256::ZERO, |sum, part| sum + part.grown(now));
            prop_assert_eq!(sums.grown(now), total);
            let later = now + 12_345_678;
            let total = parts.iter().fold(U256::ZERO, |sum, part| sum + part.grown(later));
            prop_assert_eq!(sums.grown(later), total);
        }
        let gone = parts.iter().fold(sums, |sums, part| sums.leave(part));
        prop_assert_eq!(gone, Sums::default());
    }

    #[test]
    fn l7_a_draw_and_its_repayment_never_profit(amount in 1u128..1 << 90, spread_bps in 0u16..10_000, wait in 0u64..YEAR_S, more: u64) {
        let index = INDEX_ONE + U256::from(more);
        let shares = spread::drawn(amount, index).unwrap().to::<u128>();
        let position = Shares { shares, spread_bps, based_at: 0 };
        let owed = spread::debt_up(position.grown(0), index).unwrap();
        prop_assert!(owed >= U256::from(amount));
        let debt = spread::debt_up(position.grown(wait), index).unwrap();
        prop_assert!(spread::debt_down(position.grown(wait), index).unwrap() <= debt);
        // Repaying part leaves at least the rest.
        let part = amount / 2;
        let left = Shares { shares: shares - position.repaid(part, index, wait).unwrap(), ..position };
        let rest = spread::debt_up(left.grown(wait), index).unwrap();
        prop_assert!(rest + U256::from(part) >= debt);
        prop_assert!(spread::rebased(position.grown(wait)) * U256::from(spread::ONE) >= position.grown(wait));
    }

    #[test]
    fn terms_pack_and_unpack(raw in any::<[u64; 3]>()) {
        let packed = Value::wrapping_from_limbs_slice(&raw);
        let terms = Terms::unpack(packed);
        prop_assert_eq!(terms.pack(), packed);
        prop_assert!(!terms.riskier_than(&terms));
    }
}

/// What a lender loses on a loan of min(L, U + λx) that recovers k·x, rounded down.
fn loss(limit: u128, unsecured: u128, lambda_bps: u16, k: u128, x: u128) -> u128 {
    let allowed = unsecured + u128::from(lambda_bps) * x / BPS;
    let recovered = U256::from(k) * U256::from(x) / U256::from(WAD);
    limit.min(allowed).saturating_sub(recovered.to::<u128>())
}
