// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Calibration, ILendingMarket, Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract RepayTest is LendingBase {
    function test_repay_wholeEndsTheLoan() public {
        _open(bob, 10_000);
        _after(10 days);
        uint256 debt = market.debtOf(bob);
        assertGt(debt, 10_000 * unit);
        vm.prank(bob);
        assertEq(market.repay(bob, type(uint256).max), debt);
        Position memory p = market.position(bob);
        assertEq(p.shares, 0);
        assertEq(p.principal, 0);
        assertEq(p.due, 0);
        assertEq(p.lambdaBps, 0);
        assertEq(p.collateral, 10 * collUnit);
        assertEq(market.totalDebt(), 0);
        Calibration memory c = market.calibration();
        assertEq(c.settled, 1);
        assertEq(c.defaults, 0);
        assertEq(c.predicted, 20_000);
        assertEq(c.squaredError, 20_000 * 20_000);
    }

    /// L-5, K-16: repaying for another keeps base time, due date and snapshot, whatever the line has become.
    function test_repay_onBehalfNeverResnapshots() public {
        _open(bob, 10_000);
        _after(5 days);
        _grant(bob, _terms(50_000, 500, 6_000, 7_500, 800, 24 * 60));
        Position memory before = market.position(bob);
        vm.prank(carol);
        market.repay(bob, 4_000 * unit);
        Position memory p = market.position(bob);
        assertEq(p.basedAt, before.basedAt);
        assertEq(p.due, before.due);
        assertEq(p.lambdaBps, before.lambdaBps);
        assertEq(p.unsecured, before.unsecured);
        assertEq(p.spreadBps, before.spreadBps);
        assertEq(p.forecast, before.forecast);
    }

    function test_repay_revertsWith_NothingOwed() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NothingOwed.selector, bob));
        market.repay(bob, 1);
    }

    function test_repay_revertsWith_ZeroAmount() public {
        _open(bob, 100);
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        market.repay(bob, 0);
    }

    /// L-7: a repayment takes at most itself off the debt, and never leaves a unit more than it must.
    function testFuzz_repay_roundsForTheVault(uint256 drawn, uint256 wait, uint256 amount) public {
        drawn = bound(drawn, 10 * unit, 16_000 * unit);
        wait = bound(wait, 0, 40 days);
        _grant(bob, _usual());
        _addCollateral(bob, 10);
        _draw(bob, drawn);
        _after(wait);
        uint256 debt = market.debtOf(bob);
        uint256 assets = market.totalAssets();
        amount = bound(amount, 1, debt);
        vm.prank(bob);
        market.repay(bob, amount);
        assertGe(market.debtOf(bob), debt - amount);
        assertLe(market.debtOf(bob), debt - amount + 1);
        assertGe(market.totalAssets(), assets);
        Position memory p = market.position(bob);
        // The principal shrinks with the exact debt, of which `debt` is at most one unit more.
        assertGe(p.principal * debt + drawn, drawn * (debt - amount));
    }

    /// L-7: drawing and repaying in one block never pays.
    function testFuzz_drawAndRepay_neverPays(uint256 a, uint256 b) public {
        a = bound(a, 10 * unit, 8_000 * unit);
        b = bound(b, 10 * unit, 8_000 * unit);
        _open(carol, 5_000);
        _after(3 days);
        _grant(bob, _usual());
        _addCollateral(bob, 10);
        uint256 before = loan.balanceOf(bob);
        _draw(bob, a);
        vm.startPrank(bob);
        market.repay(bob, b);
        if (market.debtOf(bob) != 0) market.repay(bob, type(uint256).max);
        vm.stopPrank();
        assertLe(loan.balanceOf(bob), before);
    }
}
