// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILendingMarket, Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract CollateralTest is LendingBase {
    function test_addCollateral_forAnother() public {
        _open(bob, 10_000);
        Position memory before = market.position(bob);
        vm.prank(carol);
        market.addCollateral(bob, 5 * collUnit);
        Position memory p = market.position(bob);
        assertEq(p.collateral, before.collateral + 5 * collUnit);
        assertEq(p.basedAt, before.basedAt);
        assertEq(p.lambdaBps, before.lambdaBps);
        assertEq(market.totalCollateral(), 15 * collUnit);
    }

    function test_addCollateral_revertsWith_ZeroAmount() public {
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        market.addCollateral(bob, 0);
    }

    function test_withdrawCollateral_revertsWith_ZeroAmount() public {
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        market.withdrawCollateral(0, bob);
    }

    function test_withdrawCollateral_revertsWith_CollateralShort() public {
        _addCollateral(bob, 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.CollateralShort.selector, collUnit + 1, collUnit)
        );
        vm.prank(bob);
        market.withdrawCollateral(collUnit + 1, bob);
    }

    function test_withdrawCollateral_underDebt_toTheFactorAndNotBeyond() public {
        _open(bob, 9_000); // needs x ≥ (9,000 − 2,000)/0.7 = 10,000, five units
        vm.startPrank(bob);
        market.withdrawCollateral(5 * collUnit, bob);
        uint256 limit = 8_999_999_999; // one collateral unit below
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.Unhealthy.selector, 9_000 * unit, limit)
        );
        market.withdrawCollateral(1, bob);
        vm.stopPrank();
    }

    /// K-16: after a tightening the present factor binds a withdrawal; the loan itself stays as it was.
    function test_withdrawCollateral_underDebt_meetsThePresentTerms() public {
        _open(bob, 9_000);
        uint256 health = market.healthLimit(bob);
        _grant(bob, _terms(50_000, 500, 6_000, 7_500, 800, 720));
        assertEq(market.healthLimit(bob), health);
        vm.startPrank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.Unhealthy.selector, 9_000 * unit, (5 * 2_000 * 6 / 10 + 500) * unit
            )
        );
        market.withdrawCollateral(5 * collUnit, bob);
        vm.stopPrank();
    }

    /// K-16: looser terms cannot strip a loan below its own snapshot.
    function test_withdrawCollateral_underDebt_staysHealthyUnderTheSnapshot() public {
        _open(bob, 9_000); // snapshot: λ 80 %, U 2,000 → x ≥ 8,750
        _grant(bob, _terms(100_000, 50_000, 8_500, 9_000, 200, 720));
        vm.startPrank(bob);
        market.withdrawCollateral(5_625 * collUnit / 1_000, bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.Unhealthy.selector, 9_000 * unit, 9_000 * unit - 1
            )
        );
        market.withdrawCollateral(1, bob);
        vm.stopPrank();
    }

    function test_withdrawCollateral_underDebt_revertsWith_PriceUnusable() public {
        _open(bob, 1_000);
        (uint256 value,,,,) = oracle.price();
        oracle.setAll(value, START, true, false);
        vm.startPrank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.PriceUnusable.selector, START, true, false)
        );
        market.withdrawCollateral(1, bob);
        vm.stopPrank();
    }

    function test_withdrawCollateral_underDebt_revertsWith_PastDue() public {
        _open(bob, 1_000);
        _after(30 days + 1);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.PastDue.selector, START + 30 days));
        market.withdrawCollateral(1, bob);
        vm.stopPrank();
    }

    function test_withdrawCollateral_sendsToAnother() public {
        _addCollateral(bob, 1);
        vm.prank(bob);
        market.withdrawCollateral(collUnit, carol);
        assertEq(coll.balanceOf(carol), 1_000_001 * collUnit);
        assertEq(market.totalCollateral(), 0);
    }
}
