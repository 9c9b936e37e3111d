// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Position, ILendingMarket} from "../../src/interfaces/ILendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract DrawTest is LendingBase {
    function test_draw_snapshotsTheTerms() public {
        _open(bob, 10_000);
        Position memory a = market.position(bob);
        assertEq(a.lambdaBps, 8_000);
        assertEq(a.unsecured, 2_000);
        assertEq(a.spreadBps, 200);
        assertEq(a.forecast, 20_000);
        assertEq(a.due, START + 30 days);
        assertEq(a.principal, 10_000 * unit);
        assertEq(market.debtOf(bob), 10_000 * unit);
        assertEq(market.cash(), 990_000 * unit);
        assertEq(loan.balanceOf(bob), 10_010_000 * unit);
    }

    function test_draw_sendsToAnother() public {
        _grant(bob, _usual());
        vm.prank(bob);
        market.draw(100 * unit, 200, carol);
        assertEq(loan.balanceOf(carol), 10_000_100 * unit);
        assertEq(market.debtOf(carol), 0);
    }

    function test_draw_revertsWith_ZeroAmount() public {
        _grant(bob, _usual());
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        _draw(bob, 0);
    }

    function test_draw_upToTheCollateralLimitAndNotOneAbove() public {
        _grant(bob, _usual());
        _addCollateral(bob, 10);
        uint256 limit = 10 * 2_000 * unit * 7 / 10 + 2_000 * unit;
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.DebtAboveLimit.selector, limit + 1, limit)
        );
        _draw(bob, limit + 1);
        _draw(bob, limit);
        assertEq(market.debtOf(bob), limit);
    }

    function test_draw_upToTheLineAndNotOneAbove() public {
        _grant(bob, _usual());
        _addCollateral(bob, 1_000);
        uint256 limit = 100_000 * unit;
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.DebtAboveLimit.selector, limit + 1, limit)
        );
        _draw(bob, limit + 1);
        _draw(bob, limit);
    }

    function test_draw_revertsWith_DebtBelowMinimum() public {
        _grant(bob, _usual());
        uint256 least = 10 * unit;
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.DebtBelowMinimum.selector, least - 1, least)
        );
        _draw(bob, least - 1);
        _draw(bob, least);
    }

    function test_draw_revertsWith_DrawsPaused() public {
        _grant(bob, _usual());
        kernel.setPaused(address(actuator), START + 1 hours);
        vm.expectRevert(ILendingMarket.DrawsPaused.selector);
        _draw(bob, 100 * unit);
        _after(1 hours);
        _draw(bob, 100 * unit);
    }

    function test_draw_revertsWith_ScoreTooOld() public {
        _grant(bob, _usual());
        _after(7 days);
        _draw(bob, 100 * unit);
        _after(1);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.ScoreTooOld.selector, 7 days + 1, 7 days)
        );
        _draw(bob, 100 * unit);
    }

    function test_draw_revertsWith_SpreadAboveAccepted() public {
        _grant(bob, _usual());
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.SpreadAboveAccepted.selector, 200, 199)
        );
        vm.prank(bob);
        market.draw(100 * unit, 199, bob);
        vm.prank(bob);
        market.draw(100 * unit, 200, bob);
    }

    function test_draw_revertsWith_TermsOutOfRange() public {
        uint160[5] memory bad = [
            _terms(100, 100, 8_000, 8_000, 200, 720), // λ is not above c
            _terms(100, 100, 7_000, 9_001, 200, 720), // above the market's greatest λ
            _terms(100, 100, 7_000, 8_000, 3_001, 720), // above the market's greatest spread
            _terms(100, 100, 7_000, 8_000, 200, 0), // no tenor
            _terms(100, 100, 7_000, 8_000, 200, 24 * 90 + 1) // longer than the longest
        ];
        for (uint256 i; i < bad.length; ++i) {
            _grant(bob, bad[i]);
            vm.expectRevert(abi.encodeWithSelector(ILendingMarket.TermsOutOfRange.selector, bad[i]));
            _draw(bob, 50 * unit);
        }
    }

    function test_draw_revertsWith_PriceUnusable() public {
        _grant(bob, _usual());
        (uint256 value,,,,) = oracle.price();
        bool[2][3] memory flags = [[false, true], [true, false], [true, true]];
        for (uint256 i; i < 3; ++i) {
            oracle.setAll(i == 2 ? 0 : value, START, flags[i][0], flags[i][1]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ILendingMarket.PriceUnusable.selector, START, flags[i][0], flags[i][1]
                )
            );
            _draw(bob, 50 * unit);
        }
    }

    function test_draw_revertsWith_PastDue() public {
        _open(bob, 100);
        uint40 due = START + 30 days;
        _after(30 days);
        _grant(bob, _usual());
        _draw(bob, 10 * unit); // on the due date still
        assertEq(market.position(bob).due, due, "a later draw never extends the due date");
        _after(1);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.PastDue.selector, due));
        _draw(bob, 10 * unit);
    }

    function test_draw_revertsWith_BorrowCapExceeded() public {
        for (uint256 i; i < 8; ++i) {
            address who = address(uint160(0xb000 + i));
            _fund(who);
            _grant(who, _usual());
            _addCollateral(who, 1_000);
            if (i < 7) _draw(who, 100_000 * unit);
        }
        address last = address(uint160(0xb007));
        // The total is rounded down, so the check adds one unit.
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.BorrowCapExceeded.selector, 800_000 * unit + 1, 800_000 * unit
            )
        );
        _draw(last, 100_000 * unit);
        _draw(last, 100_000 * unit - 1);
    }

    function test_draw_revertsWith_CashShort() public {
        vm.prank(alice);
        market.withdraw(999_000 * unit, alice, alice);
        _grant(bob, _usual());
        _addCollateral(bob, 10);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.CashShort.selector, 1_000 * unit + 1, 1_000 * unit
            )
        );
        _draw(bob, 1_000 * unit + 1);
    }

    function test_draw_revertsWith_ExitReserveTouched() public {
        _grant(bob, _usual());
        _addCollateral(bob, 1_000);
        kernel.setExitReserve(address(actuator), 9_500);
        // 95 % of 1,000,000 must stay free; the debt side of the total is taken one unit up.
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.ExitReserveTouched.selector, 950_000 * unit, 950_000 * unit + 1
            )
        );
        _draw(bob, 50_000 * unit);
        _draw(bob, 50_000 * unit - 1);
        kernel.setExitReserve(address(actuator), 0);
        _draw(bob, 1_000 * unit);
    }

    /// L-5, K-16: an own draw re-snapshots the whole loan; the present terms are what the borrower then accepts.
    function test_draw_resnapshotsTheWholeLoan() public {
        _open(bob, 1_000);
        _after(10 days);
        _grant(bob, _terms(50_000, 500, 6_000, 7_500, 800, 24 * 60));
        _draw(bob, 100 * unit);
        Position memory a = market.position(bob);
        assertEq(a.lambdaBps, 7_500);
        assertEq(a.unsecured, 500);
        assertEq(a.spreadBps, 800);
        assertEq(a.due, START + 30 days);
        assertEq(a.basedAt, block.timestamp);
        assertEq(a.principal, market.debtOf(bob));
    }

    function test_draw_afterFullRepaymentHasANewDueDate() public {
        _open(bob, 1_000);
        _after(10 days);
        vm.prank(carol);
        market.repay(bob, type(uint256).max);
        _grant(bob, _usual());
        _draw(bob, 100 * unit);
        assertEq(market.position(bob).due, block.timestamp + 30 days);
    }

    /// L-7: what is owed is never less than what was drawn, and at most one unit more.
    function testFuzz_draw_roundsForTheVault(uint256 amount, uint256 wait, uint256 more) public {
        amount = bound(amount, 10 * unit, 40_000 * unit);
        more = bound(more, 1, 40_000 * unit);
        wait = bound(wait, 0, 7 days);
        _grant(bob, _usual());
        _addCollateral(bob, 1_000);
        _draw(bob, amount);
        assertGe(market.debtOf(bob), amount);
        assertLe(market.debtOf(bob), amount + 1);
        _after(wait);
        uint256 before = market.debtOf(bob);
        _draw(bob, more);
        assertGe(market.debtOf(bob), before + more - 1); // `before` was rounded up already
        assertLe(market.debtOf(bob), before + more + 1);
        assertGe(market.totalDebt() + 1, market.debtOf(bob));
    }
}
