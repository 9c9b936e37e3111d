// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Epochs} from "../../src/lending/EpochLib.sol";
import {Curve, Ramp} from "../../src/lending/RateLib.sol";
import {SpreadLib} from "../../src/lending/SpreadLib.sol";
import {LendingHarness} from "../fixtures/LendingHarness.sol";

/// @notice The pure rules by themselves.
contract MathsTest is Test {
    LendingHarness internal harness = new LendingHarness();

    uint256 internal constant ONE = 1e36;
    uint256 internal constant YEAR = 365 days;

    // ── exponentials ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Values to 36 digits from 60-digit arithmetic.
    function test_phis_knownValues() public view {
        (int256 e, int256 p1, int256 p2) = harness.phis(0);
        assertEq(e, 1e36);
        assertEq(p1, 1e36);
        assertEq(p2, 0.5e36);
        (e, p1, p2) = harness.phis(1e36);
        assertApproxEqAbs(e, 2718281828459045235360287471352662498, 100);
        assertApproxEqAbs(p1, 1718281828459045235360287471352662498, 100);
        assertApproxEqAbs(p2, 718281828459045235360287471352662498, 100);
        (e,,) = harness.phis(-1e36);
        assertApproxEqAbs(e, 367879441171442321595523770161460867, 100);
        (e,,) = harness.phis(8e36);
        assertApproxEqRel(e, 2980957987041728274743592099452888584756, 1e3);
        (e,,) = harness.phis(-8e36);
        assertApproxEqAbs(e, 335462627902511838821389125780861, 200);
    }

    function testFuzz_phis_agreeWithEachOther(int256 z) public view {
        z = bound(z, -8e36, 8e36);
        (int256 e, int256 p1, int256 p2) = harness.phis(z);
        assertGt(e, 0);
        assertGt(p1, 0);
        assertGt(p2, 0);
        // eᶻ·e⁻ᶻ = 1, eᶻ = 1 + z·φ₁
        (int256 inverse,,) = harness.phis(-z);
        assertApproxEqAbs(e * (inverse / 1e3) / 1e33, 1e36, 1e10);
        assertApproxEqRel(e, 1e36 + (z / 1e3) * p1 / 1e33, 1e6);
    }

    function testFuzz_lnRatio_invertsTheExponential(uint256 x) public view {
        x = bound(x, 0, 7.9e36);
        uint256 grown = harness.growUp(1e36, x, type(uint256).max);
        assertApproxEqAbs(harness.lnRatio(grown, 1e36), x, 1e6);
    }

    function test_growUp_saturates() public view {
        assertEq(harness.growUp(5, 0, 100), 5);
        assertEq(harness.growUp(5, 1, 100), 6);
        assertEq(harness.growUp(5, type(uint256).max, 100), 100);
        assertEq(harness.growUp(200, 0, 100), 100);
        assertApproxEqRel(
            harness.growUp(1e36, type(uint256).max, type(uint256).max),
            6235149080811616882909238708928469744831391846235799981443420784, // e⁶⁴·1e36
            1e6
        );
    }

    // ── K-21: the accrual's integral ─────────────────────────────────────────────────────────────────────────────────

    function _curve(uint256 rate, int256 err, uint256 cap) internal pure returns (Curve memory) {
        return Curve(
            bound(rate, 31709791e18, 63419583967e18),
            bound(err, -1e18, 1e18),
            bound(cap, 1e24, 3e29)
        );
    }

    /// K-21: an interval split anywhere gives the same exponent and the same rate at target, up to the last digits.
    function testFuzz_exponent_composes(
        uint256 rate,
        int256 err,
        uint256 cap,
        uint256 set,
        uint256 start,
        uint256 length,
        uint256 span,
        uint256 cut
    ) public view {
        Curve memory curve = _curve(rate, err, cap);
        uint256 from = 1e9;
        Ramp memory ramp = Ramp(
            bound(set, 0.5e18, 4e18),
            from + bound(start, 0, 40 days) - 20 days,
            bound(length, 0, 20 days)
        );
        span = bound(span, 2, 60 days);
        cut = bound(cut, 1, span - 1);
        uint256 whole = harness.exponent(curve, ramp, from, from + span);
        uint256 first = harness.exponent(curve, ramp, from, from + cut);
        Curve memory later = Curve(harness.advance(curve, cut), curve.err, curve.cap);
        uint256 second = harness.exponent(later, ramp, from + cut, from + span);
        // 1e-25 of the debt: less than one unit of any debt below 1e25 units.
        assertApproxEqAbs(first + second, whole, 1e11);
        assertApproxEqRel(harness.advance(later, span - cut), harness.advance(curve, span), 1);
    }

    /// K-21, K-16: the rate lies within [curve's least, r_cap]·m, whatever the ramp.
    function testFuzz_exponent_isBounded(
        uint256 rate,
        int256 err,
        uint256 cap,
        uint256 set,
        uint256 span
    ) public view {
        Curve memory curve = _curve(rate, err, cap);
        set = bound(set, 0.5e18, 4e18);
        span = bound(span, 1, 200 * YEAR);
        uint256 x = harness.exponent(curve, Ramp(set, 1e9 + 1 days, 2 days), 1e9, 1e9 + span);
        uint256 greatest = set > 1e18 ? set : 1e18;
        assertLe(x, curve.cap * span * greatest / 1e18 + 1);
    }

    /// K-21: against a sum over seconds, each at its own rate.
    function test_exponent_againstASumOverSeconds() public view {
        int256[4] memory errs = [int256(1e18), -1e18, 0.3e18, 0];
        uint256[2] memory caps = [uint256(4.6e27), uint256(1e30)];
        for (uint256 i; i < 8; ++i) {
            Curve memory curve = Curve(1.268391679e27, errs[i % 4], caps[i / 4]);
            Ramp memory ramp = Ramp(i % 2 == 0 ? 1.7e18 : 0.6e18, 1e9 + 3600, 7200);
            uint256 sum;
            for (uint256 t; t < 3 hours; t += 10) {
                Curve memory at_ = Curve(harness.advance(curve, t + 5), curve.err, curve.cap);
                sum += harness.baseRate(at_) * harness.multiplier(ramp, 1e9 + t + 5) / 1e18 * 10;
            }
            assertApproxEqRel(harness.exponent(curve, ramp, 1e9, 1e9 + 3 hours), sum, 1e9);
        }
    }

    function test_multiplier_fadesToOne() public view {
        Ramp memory up = Ramp(1.5e18, 1000, 100);
        assertEq(harness.multiplier(up, 0), 1.5e18);
        assertEq(harness.multiplier(up, 1000), 1.5e18);
        assertEq(harness.multiplier(up, 1050), 1.25e18);
        assertEq(harness.multiplier(up, 1100), 1e18);
        assertEq(harness.multiplier(Ramp(0.5e18, 1000, 100), 1025), 0.625e18);
        assertEq(harness.multiplier(Ramp(0.5e18, 1000, 0), 1000), 0.5e18);
        assertEq(harness.multiplier(Ramp(0.5e18, 1000, 0), 1001), 1e18);
    }

    // ── potential ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// K-15, the φ bound: no collateral value makes a loan lose more than φ; and φ is met at its corner, so it is not loose.
    function testFuzz_phi_isTheMaximum(
        uint256 limit,
        uint256 unsecured,
        uint256 lambda,
        uint256 k,
        uint256 x
    ) public view {
        limit = bound(limit, 0, 2 ** 96);
        unsecured = bound(unsecured, 0, 2 ** 96);
        lambda = bound(lambda, 0, 9_500);
        k = bound(k, 0, 1e18);
        x = bound(x, 0, 2 ** 98);
        uint256 phi = harness.phi(limit, unsecured, lambda, k);
        uint256 debt = unsecured + lambda * x / 10_000;
        if (debt > limit) debt = limit;
        uint256 back = k * x / 1e18; // rounded down: the loss at its largest
        if (debt > back) assertLe(debt - back, phi + 1);
        assertLe(phi, limit);
        if (limit > unsecured && lambda * 1e14 > k) {
            // At x = (L − U)/λ the loss is φ.
            uint256 corner = (limit - unsecured) * 10_000 / lambda;
            assertApproxEqAbs(limit - k * corner / 1e18, phi, 3);
        }
    }

    function testFuzz_phi_isMonotone(
        uint256 limit,
        uint256 unsecured,
        uint256 lambda,
        uint256 k,
        uint256 more
    ) public view {
        limit = bound(limit, 0, 2 ** 90);
        unsecured = bound(unsecured, 0, 2 ** 90);
        lambda = bound(lambda, 0, 9_000);
        k = bound(k, 0, 1e18);
        more = bound(more, 0, 2 ** 90);
        uint256 phi = harness.phi(limit, unsecured, lambda, k);
        assertGe(harness.phi(limit + more, unsecured, lambda, k), phi);
        assertGe(harness.phi(limit, unsecured + more, lambda, k) + 1, phi);
        assertGe(harness.phi(limit, unsecured, lambda + more % 1_000, k), phi);
        assertLe(harness.phi(limit, unsecured, lambda, k + more), phi);
    }

    function test_phi_corners() public view {
        assertEq(harness.phi(0, 0, 0, 0), 0);
        assertEq(harness.phi(100, 100, 9_000, 0.5e18), 100);
        assertEq(harness.phi(100, 200, 9_000, 0.5e18), 100);
        assertEq(harness.phi(100, 0, 8_000, 0.8e18), 0);
        assertEq(harness.phi(100, 0, 8_000, 0.4e18), 50);
        assertEq(harness.phi(100, 20, 8_000, 0.4e18), 60);
        assertEq(harness.phi(101, 20, 8_000, 0.4e18), 61); // 60.5 rounded up
        assertEq(harness.phi(100, 20, 0, 0), 20);
    }

    function test_charge_isNeverARefund() public view {
        assertEq(harness.charge(5, 3), 2);
        assertEq(harness.charge(3, 5), 0);
    }

    /// G is rounded up and k down.
    function test_growthAndRecovery() public view {
        assertEq(harness.growth(0, 1e9), 1e18);
        uint256 g = harness.growth(uint256(1e18) / YEAR, YEAR);
        assertApproxEqAbs(g, 2.718281828459045235e18, 1e8);
        assertEq(harness.recoveryOf(0, 0, 1e18), 1e18);
        assertEq(harness.recoveryOf(10_000, 0, 1e18), 0);
        assertEq(harness.recoveryOf(2_000, 500, 1e18), 761904761904761904);
        assertEq(harness.growth(type(uint256).max / 1e18, type(uint256).max), type(uint128).max);
    }

    // ── spreads ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// L-3: the sums are exact: three borrowers' shares are A + W·t to the last digit.
    function testFuzz_spread_sumsAreExact(
        uint96[3] calldata s,
        uint16[3] calldata bps,
        uint32[3] calldata at,
        uint40 t
    ) public view {
        uint256 time = bound(t, type(uint32).max, type(uint40).max);
        int256 a;
        uint256 w;
        uint256 sum;
        for (uint256 i; i < 3; ++i) {
            (int256 pa, uint256 pw) = harness.parts(s[i], bps[i], at[i]);
            a += pa;
            w += pw;
            sum += harness.grown(s[i], bps[i], time - at[i]);
        }
        assertEq(harness.grownTotal(a, w, time), sum);
    }

    /// L-7: each conversion rounds for the vault.
    function testFuzz_spread_roundsForTheVault(
        uint256 amount,
        uint256 index,
        uint256 bps,
        uint256 elapsed
    ) public view {
        amount = bound(amount, 1, 2 ** 96);
        index = bound(index, 1e27, 2 ** 150);
        bps = bound(bps, 0, 10_000);
        elapsed = bound(elapsed, 0, 100 * YEAR);
        uint256 shares = harness.drawn(amount, index);
        assertGe(harness.debtUp(harness.grown(shares, bps, 0), index), amount);
        uint256 grown = harness.grown(shares, bps, elapsed);
        uint256 rest = mulmod(grown, index, SpreadLib.ONE * SpreadLib.SCALE) == 0 ? 0 : 1;
        assertEq(harness.debtUp(grown, index), harness.debtDown(grown, index) + rest);
        uint256 removed = harness.repaid(amount, bps, elapsed, index);
        // What a repayment takes off is worth no more than the repayment.
        assertLe(harness.debtDown(harness.grown(removed, bps, elapsed), index), amount);
        assertGe(harness.rebased(grown) * (10_000 * YEAR), grown);
    }

    // ── epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// K-21: epochs do not depend on how often they are advanced.
    function testFuzz_epochs_compose(uint24 u, uint24 p, uint256 span, uint256 cut) public view {
        u = uint24(bound(u, 0, 1e6));
        p = uint24(bound(p, 0, 1e6));
        span = bound(span, 1, 10 hours);
        cut = bound(cut, 0, span);
        uint256 from = 1e9;
        Epochs memory start = Epochs(
            uint32(from / 1 hours), uint64(u * (from % 1 hours)), uint64(p * (from % 1 hours)), 7, 9
        );
        Epochs memory once = harness.advanceEpochs(start, from, from + span, 1 hours, u, p);
        Epochs memory twice = harness.advanceEpochs(start, from, from + cut, 1 hours, u, p);
        twice = harness.advanceEpochs(twice, from + cut, from + span, 1 hours, u, p);
        assertEq(abi.encode(once), abi.encode(twice));
        if (once.epoch != start.epoch) assertEq(once.lastUtilisation, u);
    }

    // ── policy ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_steer_shortensOnlyRiskierMoves() public view {
        assertEq(harness.steer(1.5e18, 1e18, 0.05e18, 0.5e18, 2e18), 1.05e18);
        assertEq(harness.steer(0.1e18, 1e18, 0.05e18, 0.5e18, 2e18), 0.95e18);
        assertEq(harness.steer(1.1e18, 1.5e18, 0.05e18, 0.5e18, 2e18), 1.1e18, "back towards one");
        assertEq(harness.steer(0.7e18, 1.5e18, 0.05e18, 0.5e18, 2e18), 1e18, "not across one");
        assertEq(harness.steer(0.7e18, 1.02e18, 0.05e18, 0.5e18, 2e18), 0.97e18);
        assertEq(harness.steer(9e18, 1.99e18, 0.05e18, 0.5e18, 2e18), 2e18);
    }

    function testFuzz_steer_staysWithinStepOrComesBack(uint256 target, uint256 now_) public view {
        now_ = bound(now_, 0.5e18, 2e18);
        uint256 to = harness.steer(target, now_, 0.05e18, 0.5e18, 2e18);
        assertGe(to, 0.5e18);
        assertLe(to, 2e18);
        if (harness.steersAway(now_, to)) {
            assertLe(to > now_ ? to - now_ : now_ - to, 0.05e18);
        }
    }

    function test_steersAway() public view {
        assertFalse(harness.steersAway(1e18, 1e18));
        assertTrue(harness.steersAway(1e18, 1e18 + 1));
        assertTrue(harness.steersAway(1e18, 1e18 - 1));
        assertFalse(harness.steersAway(1.5e18, 1.2e18));
        assertTrue(harness.steersAway(1.5e18, 0.9e18));
        assertTrue(harness.steersAway(0.9e18, 1.1e18));
        assertFalse(harness.steersAway(0.9e18, 1e18));
    }

    /// K-23: a potential difference cannot be split to advantage.
    function testFuzz_ratePotential_telescopes(uint256 a, uint256 b, uint256 c) public view {
        uint256 flow = 1e30;
        uint256[3] memory p = [
            harness.ratePotential(bound(a, 0.5e18, 2e18), flow, 2 days),
            harness.ratePotential(bound(b, 0.5e18, 2e18), flow, 2 days),
            harness.ratePotential(bound(c, 0.5e18, 2e18), flow, 2 days)
        ];
        assertGe(
            harness.charge(p[1], p[0]) + harness.charge(p[2], p[1]), harness.charge(p[2], p[0])
        );
    }
}
