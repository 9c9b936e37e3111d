// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC4626} from "solady/tokens/ERC4626.sol";
import {ILendingMarket} from "../../src/interfaces/ILendingMarket.sol";
import {TestToken} from "../fixtures/TestToken.sol";
import {LendingBase} from "./LendingBase.sol";

contract VaultTest is LendingBase {
    function test_share_hasSixMoreDecimals() public view {
        assertEq(market.decimals(), 12);
        assertEq(market.name(), "Mandate share");
        assertEq(market.symbol(), "MS");
        assertEq(market.asset(), address(loan));
    }

    /// L-1: cash + Σ debt = claims, up to the rounding of the total.
    function test_books() public {
        _open(bob, 10_000);
        _after(20 days);
        assertEq(market.totalAssets(), market.cash() + market.totalDebt());
        assertEq(market.cash(), loan.balanceOf(address(market)));
        assertApproxEqAbs(market.totalDebt(), market.debtOf(bob), 1);
    }

    /// L-1: a donation of either asset changes nothing.
    function test_donationsChangeNothing() public {
        _open(bob, 10_000);
        uint256 shares = market.convertToShares(unit);
        uint256 used = market.utilisation();
        loan.mint(address(market), 1_000_000 * unit);
        coll.mint(address(market), 1_000_000 * collUnit);
        assertEq(market.convertToShares(unit), shares);
        assertEq(market.totalAssets(), 1_000_000 * unit);
        vm.prank(alice);
        market.deposit(unit, alice);
        assertEq(market.cash(), 990_001 * unit);
        assertLt(market.utilisation(), used);
    }

    /// The first depositor's donation attack: nothing moves the price, so nobody is rounded to zero.
    function test_firstDepositorCannotInflate() public {
        (loan, coll) = (new TestToken(6), new TestToken(18));
        (market, actuator) = _deployMarket(_config());
        _fund(bob);
        _fund(carol);
        vm.startPrank(bob);
        market.deposit(1, bob);
        loan.transfer(address(market), 1_000_000 * unit);
        vm.stopPrank();
        vm.prank(carol);
        uint256 shares = market.deposit(1_000 * unit, carol);
        assertEq(market.convertToAssets(shares), 1_000 * unit);
    }

    function test_withdraw_toTheFreeCashAndNotOneAbove() public {
        _grant(bob, _usual());
        _addCollateral(bob, 1_000);
        _draw(bob, 100_000 * unit);
        assertEq(market.maxWithdraw(alice), 900_000 * unit);
        vm.startPrank(alice);
        vm.expectRevert(ERC4626.WithdrawMoreThanMax.selector);
        market.withdraw(900_000 * unit + 1, alice, alice);
        market.withdraw(900_000 * unit, carol, alice);
        vm.stopPrank();
        assertEq(market.cash(), 0);
        assertEq(market.utilisation(), WAD);
        assertEq(market.maxRedeem(alice), 0);
    }

    function test_redeem_ofAnotherNeedsAnAllowance() public {
        vm.prank(alice);
        market.approve(carol, 1e6 * unit);
        vm.startPrank(carol);
        market.redeem(1e6 * unit, carol, alice);
        vm.expectRevert();
        market.redeem(1, carol, alice);
        vm.stopPrank();
    }

    function test_deposit_revertsWith_ZeroAmount_whenItBuysNoShare() public {
        _open(bob, 15_000);
        vm.prank(alice);
        market.withdraw(985_000 * unit, alice, alice);
        vm.warp(START + 100 * YEAR); // all is lent at the capped rate: a share is worth more than a unit
        assertEq(market.convertToShares(1), 0);
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        vm.prank(alice);
        market.deposit(1, alice);
    }

    function test_maxDeposit_leavesRoomInTheBooks() public view {
        assertEq(market.maxDeposit(alice), type(uint128).max - 1_000_000 * unit);
        assertEq(market.maxMint(alice), market.convertToShares(market.maxDeposit(alice)));
    }

    /// L-7: no round trip through the vault pays, whatever accrued before.
    function testFuzz_depositAndRedeem_neverPays(uint256 amount, uint256 wait) public {
        _open(bob, 15_000);
        _after(bound(wait, 0, 300 days));
        amount = bound(amount, 1, 9_000_000 * unit);
        vm.startPrank(carol);
        uint256 shares = market.deposit(amount, carol);
        assertLe(market.redeem(shares, carol, carol), amount);
        vm.stopPrank();
    }

    /// L-7
    function testFuzz_mintAndWithdraw_neverPays(uint256 shares, uint256 wait) public {
        _open(bob, 15_000);
        _after(bound(wait, 0, 300 days));
        shares = bound(shares, 1, 9_000_000 * unit * 1e6);
        vm.startPrank(carol);
        uint256 paid = market.mint(shares, carol);
        uint256 most = market.maxWithdraw(carol);
        assertLe(most, paid);
        assertLe(market.withdraw(most, carol, carol), shares);
        vm.stopPrank();
    }

    /// L-7: many small round trips farm nothing.
    function test_roundingIsNotFarmed() public {
        _open(bob, 15_000);
        _after(100 days);
        uint256 before = loan.balanceOf(carol);
        uint256 price = market.convertToAssets(1e18);
        vm.startPrank(carol);
        for (uint256 i = 1; i < 60; ++i) {
            uint256 shares = market.deposit(i, carol);
            market.redeem(shares, carol, carol);
            market.mint(i, carol);
        }
        market.redeem(market.balanceOf(carol), carol, carol);
        vm.stopPrank();
        assertLe(loan.balanceOf(carol), before);
        assertGe(market.convertToAssets(1e18), price);
    }

    /// L-2: the share price never falls in anything but a realised loss.
    function testFuzz_sharePriceNeverFalls(uint256[6] calldata seeds) public {
        _open(bob, 10_000);
        uint256 price = market.convertToAssets(1e24);
        for (uint256 i; i < seeds.length; ++i) {
            uint256 s = seeds[i];
            uint256 amount = bound(s >> 8, 1, 5_000 * unit);
            if (s % 5 == 0) _after(bound(s >> 16, 1, 3 days));
            vm.startPrank(alice);
            if (s % 5 == 1) market.deposit(amount, alice);
            if (s % 5 == 2) market.redeem(amount * 1e6, alice, alice);
            if (s % 5 == 3 && market.debtOf(bob) != 0) market.repay(bob, amount);
            vm.stopPrank();
            if (s % 5 == 4) {
                _grant(bob, _usual());
                vm.prank(bob);
                try market.draw(amount, 500, bob) {} catch {}
            }
            assertGe(market.convertToAssets(1e24), price);
            price = market.convertToAssets(1e24);
        }
    }
}

/// @notice The same books with other decimals on either side.
contract DecimalsTest is LendingBase {
    function testFuzz_decimals(uint256 pick, uint256 amount, uint256 wait) public {
        uint8[3] memory decimals = [6, 8, 18];
        _deploy(new TestToken(decimals[pick % 3]), new TestToken(decimals[pick / 3 % 3]));
        amount = bound(amount, 10, 14_000);
        _open(bob, amount);
        _after(bound(wait, 1, 30 days));
        uint256 debt = market.debtOf(bob);
        assertGt(debt, amount * unit);
        assertLt(debt, amount * unit * 104 / 100);
        assertEq(market.healthLimit(bob), (10 * 2_000 * 8 / 10 + 2_000) * unit);
        _setPrice(100);
        vm.prank(liam);
        if (debt <= 2_800 * unit) return;
        (uint256 repaid, uint256 seized) = market.liquidate(bob, unit, 0);
        assertEq(repaid, unit);
        assertApproxEqAbs(seized, 105 * collUnit / 10_000, 1);
        vm.prank(bob);
        market.repay(bob, type(uint256).max);
        vm.prank(bob);
        market.withdrawCollateral(10 * collUnit - seized, bob);
        vm.startPrank(alice);
        market.redeem(market.balanceOf(alice), alice, alice);
        assertLe(market.cash(), 2);
        vm.stopPrank();
    }
}
