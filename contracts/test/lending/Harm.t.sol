// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {console2} from "forge-std/Test.sol";
import {Harm} from "../../src/interfaces/IWorstCase.sol";
import {Position} from "../../src/interfaces/ILendingMarket.sol";
import {AdaptiveCurveLib} from "../../src/lending/AdaptiveCurveLib.sol";
import {Curve, Ramp, RateLib} from "../../src/lending/RateLib.sol";
import {LendingWorld} from "./LendingWorld.sol";

/// @notice K-15 at small scale: an agent with a stolen key and a model that says whatever it wants, false borrowers without
/// number, and a market that falls by σ exactly when it hurts, cost no more than `worstCase` printed beforehand.
contract HarmTest is LendingWorld {
    address[] internal borrowers;
    uint256 internal supLost;
    uint256 internal borLost;

    /// @dev Before the attack: honest lines, partly drawn, so that the baseline is not empty.
    function _honest(uint256 count, uint256 drawn) internal {
        for (uint256 i; i < count; ++i) {
            address who = address(uint160(0xa0000 + i));
            if (i % 4 == 0) _pass(2 days); // let the instant bucket leak
            _ready(who);
            borrowers.push(who);
            if (!_decideTerms(who, 0.4e18)) continue;
            vm.startPrank(who);
            market.addCollateral(who, COLL_UNIT);
            market.draw(drawn, 100, who);
            vm.stopPrank();
        }
        _pass(20 days);
    }

    /// @dev Lets time pass, and books interest moved from one side to the other against m = 1 on the same debt.
    function _pass(uint256 time) internal {
        (uint256 set, uint40 beat, uint32 tau, uint32 tauR) = market.ramp();
        Curve memory curve = Curve(
            market.rateAtTarget(),
            AdaptiveCurveLib.errorOf(market.utilisation()),
            market.config().rateCap * WAD
        );
        uint256 to = block.timestamp + time;
        uint256 m =
            RateLib.exponent(curve, Ramp(set, uint256(beat) + tau, tauR), block.timestamp, to);
        uint256 one = RateLib.exponent(curve, Ramp(WAD, 0, 0), block.timestamp, to);
        uint256 debt = market.totalDebt();
        if (one > m) supLost += debt * (one - m) / 1e36;
        if (m > one) borLost += debt * (m - one) / 1e36;
        vm.warp(to);
        _refresh();
        market.accrue();
    }

    /// @dev Takes a line and draws all of it, on the least collateral that the factor allows.
    function _rob(address who, int256 output) internal {
        _ready(who);
        borrowers.push(who);
        if (!_decideTerms(who, output)) return;
        uint160 terms = kernel.valueOf(address(actuator), TERMS, bytes32(uint256(uint160(who))));
        uint256 limit = uint48(terms) * UNIT;
        uint256 unsecured = uint48(terms >> 48) * UNIT;
        uint256 factor = uint16(terms >> 96);
        if (limit == 0) return;
        uint256 value = limit > unsecured ? (limit - unsecured) * 10_000 / factor + UNIT : 0;
        vm.startPrank(who);
        if (value != 0) market.addCollateral(who, value * COLL_UNIT / (2_000 * UNIT));
        // A debt is rounded up, so one unit stays.
        try market.draw(limit - 1, 100, who) {} catch {}
        vm.stopPrank();
    }

    /// @dev The price falls to where the best line, drawn to its factor, is just healthy at its threshold; all fall due, σ is
    /// lost on top, and everything is realised.
    function _reckon() internal returns (uint256 lost) {
        _pass(31 days + 1);
        uint256 healthy = 2_000 * uint256(8_000) / 9_000 + 1;
        oracle.set(healthy * (10_000 - SHORTFALL_BPS) * UNIT * 1e32 / COLL_UNIT);
        loan.mint(address(this), 1e15);
        loan.approve(address(market), type(uint256).max);
        uint256 before = market.realisedLosses();
        for (uint256 i; i < borrowers.length; ++i) {
            Position memory p = market.position(borrowers[i]);
            if (p.shares == 0) continue;
            if (p.collateral == 0) market.declareDefault(borrowers[i]);
            else market.liquidate(borrowers[i], type(uint256).max, 0);
        }
        return market.realisedLosses() - before;
    }

    /// forge-config: default.fuzz.runs = 128
    /// K-15: random hostile sequences stay under every component.
    function testFuzz_K15_randomAttackStaysUnderTheWorstCase(uint256 seed) public {
        _honest(seed % 4, 1_500 * UNIT);
        (supLost, borLost) = (0, 0);
        uint256 horizon = 6 hours + seed % 2 days;
        uint256 end = block.timestamp + horizon;
        Harm memory h = worst.worstCase(horizon, horizon);
        uint256 atRisk = _sumOfRisk();
        for (uint256 i; i < 24 && block.timestamp < end; ++i) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            if (r % 3 == 0) {
                uint256 left = end - block.timestamp;
                _pass(1 + (r >> 8) % (left < 4 hours ? left : 4 hours));
            } else if (r % 3 == 1) {
                _rob(address(uint160(0xb0000 + (r >> 8) % 16)), int256((r >> 16) % 1e18));
            } else {
                _decideRate(0.5e18 + (r >> 8) % 1.5e18);
            }
        }
        if (block.timestamp < end) _pass(end - block.timestamp);
        uint256 lost = _reckon();
        // What the lines of before the attack can lose is the baseline, and not the agent's doing.
        uint256 harm = lost > atRisk ? lost - atRisk : 0;
        assertLe(supLost, h.supRate, "supRate");
        assertLe(borLost, h.borRate, "borRate");
        assertLe(harm, h.creditOpen, "creditOpen");
        assertLe(lost + supLost, h.supplierLoss, "supplierLoss");
    }

    function _sumOfRisk() internal view returns (uint256) {
        return market.totalRisk() * market.growthBound() / WAD;
    }

    /// K-15: the greedy attack on credit reaches most of the bound, so it is not loose.
    function test_K15_greedyCreditAttack() public {
        uint256 horizon = 2 days;
        _price(2_000);
        Harm memory h = worst.worstCase(horizon, horizon);
        // What fits at once, then what leaks back and what the window lets through.
        uint256 n;
        for (uint256 t; t < 48; ++t) {
            for (uint256 i; i < 60; ++i) {
                uint256 free = _instantFree();
                if (free < 500 * UNIT) break;
                _rob(
                    address(uint160(0xc0000 + n++)),
                    free > 3_000 * UNIT ? int256(0.1e18) : int256(0.6e18)
                );
            }
            _pass(1 hours);
        }
        uint256 lost = _reckon();
        console2.log("credit lost, creditOpen, creditSeen:", lost, h.creditOpen, h.creditSeen);
        assertLe(lost, h.creditOpen);
        assertLe(lost, h.creditSeen);
        assertGe(lost * 100, h.creditSeen * 80);
    }

    function _instantFree() internal view returns (uint256) {
        uint256 level = kernel.allowance(address(actuator)).instantLevel;
        return INSTANT > level ? INSTANT - level : 0;
    }

    /// K-15: the greedy attack on the rate, both ways, in a world where all is lent.
    function test_K15_greedyRateAttack() public {
        _lendAll();
        uint256 state = vm.snapshotState();
        for (uint256 i; i < 4; ++i) {
            uint256 way = i % 2;
            uint256 horizon = i < 2 ? 1 hours : 1 days;
            Harm memory h = worst.worstCase(horizon, horizon);
            (supLost, borLost) = (0, 0);
            for (uint256 t; t <= horizon; t += 1 hours) {
                uint256 m = kernel.valueOf(address(actuator), RATE, 0);
                _decideRate(way == 0 ? m - 0.1e18 : m + 0.1e18);
                if (t < horizon) _pass(1 hours);
            }
            _pass(TAU);
            _pass(TAU_R);
            console2.log("under-paid, supRate:", supLost, h.supRate);
            console2.log("over-charged, borRate:", borLost, h.borRate);
            assertLe(supLost, h.supRate);
            assertLe(borLost, h.borRate);
            // Tight: at least 80 % of the bound is reached.
            if (way == 0) assertGe(supLost * 100, h.supRate * 80);
            else assertGe(borLost * 100, h.borRate * 80);
            vm.revertToState(state);
        }
    }

    /// @dev Honest borrowers draw all that the cap allows and the curve reaches r_cap.
    function _lendAll() internal {
        for (uint256 i; i < 90; ++i) {
            address who = address(uint160(0xd0000 + i));
            _ready(who);
            if (i % 3 == 0) _pass(2 days);
            _decideTerms(who, 0.1e18);
            vm.startPrank(who);
            market.addCollateral(who, 10 * COLL_UNIT);
            try market.draw(9_900 * UNIT, 100, who) {} catch {}
            vm.stopPrank();
        }
        uint256 free = market.cash() - 1_000 * UNIT;
        vm.prank(supplier);
        market.withdraw(free, supplier, supplier);
        _pass(40 days);
    }
}
