// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract AccrualTest is LendingBase {
    function _lendMost() internal {
        _grant(bob, _terms(700_000, 0, 7_000, 8_000, 200, 24 * 90));
        _addCollateral(bob, 1_000);
        _draw(bob, 700_000 * unit);
    }

    /// K-21: who accrues, and how often, changes nothing but last digits of the index.
    function testFuzz_accrual_isIndependentOfFrequency(uint256 span, uint256 touches, uint256 m)
        public
    {
        _lendMost();
        _steer(bound(m, 0.5e18, 2e18));
        span = bound(span, 100, 40 days);
        touches = bound(touches, 1, 12);
        uint256 state = vm.snapshotState();
        vm.warp(START + span);
        uint256 index = market.index();
        uint256 debt = market.debtOf(bob);
        uint256 rate = market.rateAtTarget();
        vm.revertToState(state);
        for (uint256 i = 1; i < touches; ++i) {
            vm.warp(START + span * i / touches);
            vm.prank(i % 2 == 0 ? carol : liam);
            market.accrue();
        }
        vm.warp(START + span);
        market.accrue();
        assertApproxEqAbs(market.index(), index, 100 * touches);
        assertApproxEqAbs(market.debtOf(bob), debt, 1);
        assertApproxEqRel(market.rateAtTarget(), rate, 1);
    }

    /// K-21: a view is the state that an accrual would leave.
    function testFuzz_views_areWhatAccrualLeaves(uint256 span) public {
        _lendMost();
        _steer(1.5e18);
        vm.warp(START + bound(span, 0, 400 days));
        uint256 index = market.index();
        uint256 rate = market.rateAtTarget();
        uint256 debt = market.totalDebt();
        (uint32 e, uint24 u, uint24 p,) = market.closedEpoch();
        market.accrue();
        assertEq(market.index(), index);
        assertEq(market.rateAtTarget(), rate);
        assertEq(market.totalDebt(), debt);
        (uint32 e2, uint24 u2, uint24 p2,) = market.closedEpoch();
        assertEq(abi.encode(e, u, p), abi.encode(e2, u2, p2));
    }

    /// K-16: whatever the agent sets, interest stays within r̄.
    function testFuzz_interestStaysWithinTheBound(uint256[4] calldata ms, uint256 span) public {
        _lendMost();
        span = bound(span, 1 hours, 20 days);
        uint256 debt = market.debtOf(bob);
        for (uint256 i; i < 4; ++i) {
            _steer(bound(ms[i], 0.5e18, 2e18));
            _after(span);
        }
        uint256 bounded = debt + debt * (uint256(1e18) / YEAR) * 4 * span / 1e18 * 15 / 10;
        assertLe(market.debtOf(bob), bounded);
        assertGe(market.debtOf(bob), debt);
    }

    /// Section 6: an agent that falls silent fades; the fallback is in charge without any act.
    function test_silentAgentFades() public {
        _lendMost();
        _steer(2e18);
        uint256 base = market.borrowRate();
        assertEq(market.multiplier(), 2e18);
        vm.warp(START + TAU);
        assertEq(market.multiplier(), 2e18);
        vm.warp(START + TAU + TAU_R / 4);
        assertEq(market.multiplier(), 1.75e18);
        vm.warp(START + TAU + TAU_R);
        assertEq(market.multiplier(), 1e18);
        // The curve itself has moved on a little meanwhile.
        assertApproxEqRel(market.borrowRate(), base / 2, 0.03e18);
    }

    /// Steering accrues with the old multiplier first.
    function test_steeringAccruesFirst() public {
        _lendMost();
        _steer(1e18);
        vm.warp(START + 1 hours);
        uint256 index = market.index();
        _steer(2e18);
        assertEq(market.index(), index);
        vm.warp(START + 2 hours);
        assertGt(market.index() - index, (index - 1e27) * 19 / 10);
    }

    /// r_cap: the fallback's rate never exceeds it, where Morpho's curve would go on.
    function test_rateIsCapped() public {
        vm.prank(alice);
        market.withdraw(200_000 * unit, alice, alice);
        _grant(bob, _terms(800_000, 0, 7_000, 8_000, 200, 24 * 90));
        _addCollateral(bob, 10_000);
        _draw(bob, 799_000 * unit);
        vm.warp(START + 60 days);
        assertEq(market.borrowRate(), uint256(0.3e18) / YEAR);
        assertGt(market.rateAtTarget(), 1e36 * 15 / 100 / YEAR);
    }

    /// Spread: linear in debt shares between own draws, on top of the base index.
    function test_spreadIsLinearInShares() public {
        _lendMost();
        uint256 shares = market.position(bob).shares;
        vm.warp(START + YEAR / 2);
        uint256 expected = shares * 101 / 100 * (market.index() / 1e9) / 1e27;
        assertApproxEqAbs(market.debtOf(bob), expected, 1);
    }

    /// L-3, L-7: totals round down, each borrower up, and they meet within one unit a borrower.
    function testFuzz_totalsMeetTheirParts(uint256[3] calldata amounts, uint256[3] calldata waits)
        public
    {
        address[3] memory who = [bob, carol, liam];
        for (uint256 i; i < 3; ++i) {
            _grant(who[i], _terms(100_000, 2_000, 7_000, 8_000, uint16(100 + 700 * i), 24 * 90));
            _addCollateral(who[i], 100);
            _draw(who[i], bound(amounts[i], 10 * unit, 50_000 * unit));
            _after(bound(waits[i], 0, 6 days));
        }
        uint256 sum = market.debtOf(bob) + market.debtOf(carol) + market.debtOf(liam);
        assertGe(sum, market.totalDebt());
        assertLe(sum, market.totalDebt() + 3);
    }

    /// K-16: no decision on terms or rate changes an open loan's snapshot, debt or health at that moment.
    function testFuzz_decisionsLeaveOpenLoansAlone(uint160 seed, uint256 m) public {
        _open(bob, 10_000);
        _after(1 days);
        Position memory before = market.position(bob);
        uint256 debt = market.debtOf(bob);
        uint256 limit = market.healthLimit(bob);
        _grant(bob, seed);
        _steer(bound(m, 0.5e18, 2e18));
        Position memory p = market.position(bob);
        assertEq(market.debtOf(bob), debt);
        assertEq(market.healthLimit(bob), limit);
        (before.lineRisk, before.lineForecast) = (p.lineRisk, p.lineForecast);
        assertEq(abi.encode(p), abi.encode(before));
    }
}
