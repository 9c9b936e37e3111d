// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Allowance} from "../../src/interfaces/IKernel.sol";
import {Harm} from "../../src/interfaces/IWorstCase.sol";
import {LendingBase} from "./LendingBase.sol";

contract WorstCaseTest is LendingBase {
    function _allow(uint96 drift, uint96 driftLeak, uint96 instant, uint96 instantLeak) internal {
        kernel.setAllowance(
            address(actuator), Allowance(drift, 0, driftLeak, instant, 0, instantLeak, 0, 0)
        );
    }

    function _lend() internal {
        _grant(bob, _terms(700_000, 0, 7_000, 8_000, 200, 24 * 90));
        _addCollateral(bob, 10_000);
        _draw(bob, 700_000 * unit);
    }

    /// A fresh market: nothing at risk, nothing to steer, no allowance.
    function test_worstCase_ofAnEmptyMarket() public view {
        Harm memory h = worst.worstCase(1 days, 1 hours);
        assertEq(h.baseline, 0);
        assertEq(h.creditOpen, 0);
        assertEq(h.creditSeen, 0);
    }

    function test_worstCase_credit() public {
        _allow(uint96(1_000 * unit), uint96(1 * unit) << 32 >> 20, uint96(100 * unit), 0);
        uint256 g = market.growthBound();
        Harm memory h = worst.worstCase(0, 0);
        assertEq(h.creditOpen, (1_000 * unit * g + WAD - 1) / WAD);
        assertEq(h.creditSeen, (100 * unit * g + WAD - 1) / WAD);
        h = worst.worstCase(1 days, 0);
        uint256 leaked = (uint256(uint96(1 * unit) << 32 >> 20) * 1 days + 2 ** 32 - 1) / 2 ** 32;
        assertEq(h.creditOpen, ((1_000 * unit + leaked) * g + WAD - 1) / WAD);
        _allow(type(uint96).max, 0, type(uint96).max, 0);
        h = worst.worstCase(0, 0);
        assertEq(h.creditOpen, (800_000 * unit * g + WAD - 1) / WAD, "never more than the cap");
    }

    function test_worstCase_levelsReserveAndPendingCount() public {
        kernel.setAllowance(
            address(actuator),
            Allowance({
                driftCapacity: uint96(1_000 * unit),
                driftLevel: uint96(300 * unit),
                driftLeak: 0,
                instantCapacity: uint96(200 * unit),
                instantLevel: uint96(50 * unit),
                instantLeak: 0,
                reserve: uint96(100 * unit),
                pending: uint96(70 * unit)
            })
        );
        uint256 g = market.growthBound();
        Harm memory h = worst.worstCase(0, 0);
        assertEq(h.creditOpen, (600 * unit * g + WAD - 1) / WAD);
        assertEq(h.creditSeen, (220 * unit * g + WAD - 1) / WAD);
    }

    /// A guardian as slow as the window stops nothing that is queued from now on, so only drift holds it back.
    function test_K15_aReactionAsLongAsTheWindowSeesNothingInTime() public {
        _allow(uint96(1_000 * unit), 0, uint96(100 * unit), 0);
        uint256 g = market.growthBound();
        Harm memory h = worst.worstCase(0, 1 days - 1);
        assertEq(h.creditSeen, (100 * unit * g + WAD - 1) / WAD);
        h = worst.worstCase(0, 1 days);
        assertEq(h.creditSeen, (1_000 * unit * g + WAD - 1) / WAD);
    }

    function test_worstCase_baselineIsTheSumOfRisk() public {
        _lend();
        uint256 g = market.growthBound();
        assertEq(worst.worstCase(0, 0).baseline, (market.totalRisk() * g + WAD - 1) / WAD);
    }

    /// The multiplier climbs by stairs: an hour's bound is one step's, a day's reaches the corridor.
    function test_worstCase_ratesByStairs() public {
        _lend();
        kernel.setMandate(address(actuator), _mandateWith(0.5e18, 2e18, 0.05e18, 1 hours));
        Harm memory h = worst.worstCase(1 hours, 0);
        // At most: 5 % of the capped interest for an hour, and the tail with the second stair.
        uint256 flow = uint256(0.3e18) / YEAR * 800_000 * unit;
        uint256 fade = TAU + TAU_R / 2;
        assertLe(h.supRate, flow * (1 hours * 5 + fade * 10) / 100 * 102 / 100 / WAD);
        assertEq(h.supRate, h.borRate);
        h = worst.worstCase(1 days, 0);
        assertLe(h.supRate, flow * (1 days * 50 + fade * 50) / 100 * 102 / 100 / WAD);
        assertGt(h.borRate, h.supRate, "twice the rate is further than half");
        _steer(1.5e18);
        assertGt(worst.worstCase(1 hours, 0).borRate, h.supRate / 24);
    }

    function test_worstCase_totals() public {
        _lend();
        _allow(uint96(1_000 * unit), 0, uint96(100 * unit), 0);
        Harm memory h = worst.worstCase(1 days, 1 hours);
        assertEq(h.supplierHarm, h.creditOpen + h.supRate);
        assertEq(h.borrowerHarm, h.borRate);
        assertEq(h.supplierLoss, h.baseline + h.supplierHarm);
    }

    /// forge-config: default.fuzz.runs = 100
    /// K-29: never reverts, whatever is asked and whatever stands in the kernel.
    function testFuzz_K29_neverReverts(
        uint256 horizon,
        uint256 reaction,
        Allowance calldata a,
        uint96[3] calldata rule,
        uint32 delay,
        uint256 m,
        uint256 wait
    ) public {
        _lend();
        kernel.setMandate(address(actuator), _mandateWith(rule[0], rule[1], rule[2], delay));
        kernel.setAllowance(address(actuator), a);
        _steer(bound(m, 0.5e18, 2e18));
        vm.warp(START + bound(wait, 0, 300 * YEAR));
        worst.worstCase(horizon, reaction);
    }

    function test_K29_neverReverts_withoutOrWithAForeignMandate() public {
        kernel.setMandate(address(actuator), address(0));
        worst.worstCase(1 days, 1 days);
        kernel.setMandate(address(actuator), address(loan));
        worst.worstCase(type(uint256).max, type(uint256).max);
    }

    /// forge-config: default.fuzz.runs = 64
    /// K-29: monotone in horizon, reaction, corridor, step and leak.
    function testFuzz_K29_isMonotone(
        uint256[2] calldata times,
        uint96[3] calldata rule,
        uint96[4] calldata a,
        uint96[4] calldata more,
        uint256 m
    ) public {
        _lend();
        _steer(bound(m, 0.5e18, 2e18));
        uint256[2] memory t = [bound(times[0], 0, 30 days), bound(times[1], 0, 30 days)];
        uint96 min = uint96(bound(rule[0], 0.5e18, 1e18));
        uint96 max = uint96(bound(rule[1], 1e18, 2e18));
        uint96 step = uint96(bound(rule[2], 0, 0.2e18));
        kernel.setMandate(address(actuator), _mandateWith(min, max, step, 1 hours));
        _allow(a[0] / 2, a[1] / 2, a[2] / 2, a[3] / 2);
        Harm memory small = worst.worstCase(t[0], t[1]);

        _below(small, worst.worstCase(t[0] + more[0] % 10 days, t[1] + more[1] % 10 days));
        _allow(
            a[0] / 2 + more[0] / 2,
            a[1] / 2 + more[1] / 2,
            a[2] / 2 + more[2] / 2,
            a[3] / 2 + more[3] / 2
        );
        _below(small, worst.worstCase(t[0], t[1]));
        _allow(a[0] / 2, a[1] / 2, a[2] / 2, a[3] / 2);
        kernel.setMandate(
            address(actuator),
            _mandateWith(
                min - uint96(more[0] % (min - 0.5e18 + 1)),
                max + uint96(more[1] % (2e18 - max + 1)),
                step + more[2] % 0.1e18,
                1 hours
            )
        );
        _below(small, worst.worstCase(t[0], t[1]));
    }

    function _below(Harm memory a, Harm memory b) internal pure {
        assertLe(a.baseline, b.baseline);
        assertLe(a.creditOpen, b.creditOpen);
        assertLe(a.creditSeen, b.creditSeen);
        assertLe(a.supRate, b.supRate);
        assertLe(a.borRate, b.borRate);
        assertLe(a.supplierHarm, b.supplierHarm);
        assertLe(a.borrowerHarm, b.borrowerHarm);
        assertLe(a.supplierLoss, b.supplierLoss);
    }
}
