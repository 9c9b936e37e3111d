// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Calibration, ILendingMarket, Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingClass} from "../../src/lending/LendingClass.sol";
import {LendingBase} from "./LendingBase.sol";

contract LiquidateTest is LendingBase {
    function _liquidate(uint256 amount) internal returns (uint256 repaid, uint256 seized) {
        vm.prank(liam);
        return market.liquidate(bob, amount, 0);
    }

    /// L-4
    function test_liquidate_revertsWith_StillHealthy() public {
        _open(bob, 16_000);
        _setPrice(1_750); // limit is exactly 16,000
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.StillHealthy.selector, 16_000 * unit, 16_000 * unit
            )
        );
        _liquidate(unit);
        _setPrice(1_749);
        _liquidate(unit);
    }

    /// L-4: seizes at most the bonus, improves health.
    function test_liquidate_partly() public {
        _open(bob, 16_000);
        _setPrice(1_600);
        uint256 gap = market.debtOf(bob) - market.healthLimit(bob);
        (uint256 repaid, uint256 seized) = _liquidate(1_000 * unit);
        assertEq(repaid, 1_000 * unit);
        assertEq(seized, 1_050 * collUnit / 1_600);
        assertLt(market.debtOf(bob) - market.healthLimit(bob), gap);
        assertFalse(market.position(bob).defaulted);
        assertEq(kernel.closes(), 0);
        assertEq(coll.balanceOf(liam), 1_000_000 * collUnit + seized);
    }

    /// L-6: the last collateral is gone and what is left exceeds U: realised here, and the line is closed.
    function test_liquidate_withTooLittleCollateralRealisesTheRest() public {
        _open(bob, 16_000);
        _setPrice(1_000);
        uint256 assets = market.totalAssets();
        (uint256 repaid, uint256 seized) = _liquidate(type(uint256).max);
        assertEq(seized, 10 * collUnit);
        assertEq(repaid, (10_000 * unit * BPS + 10_499) / 10_500);
        uint256 loss = 16_000 * unit - repaid;
        assertEq(market.realisedLosses(), loss);
        assertEq(market.totalAssets(), assets - loss);
        assertEq(market.debtOf(bob), 0);
        assertEq(market.riskOf(bob), 0);
        assertEq(market.totalRisk(), 0);
        assertEq(kernel.closes(), 1);
        Calibration memory c = market.calibration();
        assertEq(c.settled, 1);
        assertEq(c.defaults, 1);
        assertEq(c.squaredError, 980_000 * uint256(980_000));
    }

    /// What is left within U goes on as an unsecured loan until it falls due.
    function test_liquidate_leavingNoMoreThanTheUnsecuredPartGoesOn() public {
        _open(bob, 16_000);
        _setPrice(1_500);
        (uint256 repaid,) = _liquidate(type(uint256).max);
        assertEq(market.position(bob).collateral, 0);
        assertEq(market.debtOf(bob), 16_000 * unit - repaid);
        assertLt(market.debtOf(bob), 2_000 * unit);
        assertEq(kernel.closes(), 0);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NothingToSeize.selector, bob));
        _liquidate(1);
    }

    /// Past due and grace: default, whatever the health; the surplus stays the borrower's.
    function test_liquidate_pastDueClosesTheLineAndLeavesTheSurplus() public {
        _open(bob, 10_000);
        _after(33 days);
        uint256 debt = market.debtOf(bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.StillHealthy.selector, debt, market.healthLimit(bob)
            )
        );
        _liquidate(type(uint256).max);
        _after(1);
        debt = market.debtOf(bob);
        (uint256 repaid, uint256 seized) = _liquidate(type(uint256).max);
        assertEq(repaid, debt);
        assertEq(kernel.closes(), 1);
        assertEq(market.realisedLosses(), 0);
        vm.prank(bob);
        market.withdrawCollateral(10 * collUnit - seized, bob);
        assertEq(market.calibration().defaults, 1);
    }

    /// L-6: after a default with collateral left, the rest is realised when the collateral is gone.
    function test_liquidate_afterDefaultRealisesWhenTheCollateralIsGone() public {
        _open(bob, 16_000);
        _after(34 days);
        market.declareDefault(bob);
        assertEq(market.realisedLosses(), 0);
        _setPrice(1_500);
        _liquidate(1_000 * unit);
        assertEq(market.realisedLosses(), 0);
        uint256 debt = market.debtOf(bob);
        (uint256 repaid,) = _liquidate(type(uint256).max);
        assertEq(market.realisedLosses(), debt - repaid);
        assertEq(market.position(bob).collateral, 0);
        assertEq(market.debtOf(bob), 0);
        assertEq(market.calibration().settled, 1);
    }

    /// L-6: a line granted between the declared default and the last liquidation goes with the bad debt.
    function test_liquidate_closesTheLineGrantedSinceTheDefault() public {
        _open(bob, 16_000);
        _after(34 days);
        market.declareDefault(bob);
        assertEq(kernel.closes(), 1);
        _grant(bob, _usual());
        assertGt(market.riskOf(bob), 0);
        _setPrice(1_000);
        _liquidate(type(uint256).max);
        assertGt(market.realisedLosses(), 0);
        assertEq(kernel.closes(), 2);
        assertEq(market.position(bob).lineRisk, 0);
        assertEq(market.position(bob).lineForecast, 0);
        assertEq(market.riskOf(bob), 0);
        assertEq(market.totalRisk(), 0);
        assertEq(
            kernel.parameter(address(actuator), LendingClass.TERMS, bytes32(uint256(uint160(bob))))
            .value,
            0
        );
    }

    function test_liquidate_revertsWith_NothingOwed() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NothingOwed.selector, bob));
        _liquidate(1);
    }

    function test_liquidate_revertsWith_ZeroAmount() public {
        _open(bob, 16_000);
        _setPrice(1_000);
        vm.expectRevert(ILendingMarket.ZeroAmount.selector);
        _liquidate(0);
    }

    function test_liquidate_revertsWith_SeizedTooLittle() public {
        _open(bob, 16_000);
        _setPrice(1_600);
        uint256 seized = 1_050 * collUnit / 1_600;
        vm.startPrank(liam);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.SeizedTooLittle.selector, seized, seized + 1)
        );
        market.liquidate(bob, 1_000 * unit, seized + 1);
        market.liquidate(bob, 1_000 * unit, seized);
        vm.stopPrank();
    }

    function test_liquidate_onAStaleOrDivergingPriceUpToTheLiquidationTime() public {
        _open(bob, 16_000);
        oracle.setAll(1_600 * unit * 1e36 / collUnit, START, false, false);
        vm.warp(START + 1 days);
        _liquidate(unit);
        vm.warp(START + 1 days + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.PriceTooOld.selector, 1 days + 1, 1 days)
        );
        _liquidate(unit);
    }

    function test_liquidate_revertsWith_PriceUnusable() public {
        _open(bob, 16_000);
        oracle.setAll(0, START, true, true);
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.PriceUnusable.selector, START, true, true)
        );
        _liquidate(unit);
    }

    /// L-4, L-7
    function testFuzz_liquidate_seizesAtMostTheBonusAndImprovesHealth(
        uint256 price,
        uint256 amount,
        uint256 wait
    ) public {
        _open(bob, 16_000);
        _after(bound(wait, 0, 40 days));
        price = bound(price, 1, 3_000);
        _setPrice(price);
        uint256 debt = market.debtOf(bob);
        uint256 limit = market.healthLimit(bob);
        vm.assume(debt > limit);
        amount = bound(amount, 1, 20_000 * unit);
        uint256 assets = market.totalAssets();
        (uint256 repaid, uint256 seized) = _liquidate(amount);

        uint256 worth = seized * price * unit / collUnit;
        assertLe(worth * BPS, repaid * 10_500, "seizes at most the bonus");
        assertLe(repaid, debt);
        uint256 left = market.debtOf(bob);
        if (left != 0) {
            // One unit of rounding in debt and limit each.
            assertLe(left + limit, debt + market.healthLimit(bob) + 2, "health improves");
        }
        assertEq(market.totalAssets() + market.realisedLosses() + 1 >= assets, true);
        Position memory p = market.position(bob);
        assertTrue(p.collateral != 0 || left <= 2_000 * unit, "no bad debt is left standing");
    }
}
