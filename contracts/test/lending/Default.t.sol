// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IActuator} from "../../src/interfaces/IActuator.sol";
import {ILendingActuator} from "../../src/interfaces/ILendingActuator.sol";
import {ILendingMarket, Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

contract DefaultTest is LendingBase {
    function _openUnsecured(uint256 whole) internal {
        _grant(bob, _usual());
        _draw(bob, whole * unit);
    }

    /// L-6, L-2: without collateral the loss is realised at once and the line is closed.
    function test_declareDefault_withoutCollateralRealisesAtOnce() public {
        _openUnsecured(1_500);
        _after(33 days + 1);
        uint256 debt = market.debtOf(bob);
        uint256 assets = market.totalAssets();
        vm.expectEmit(address(market));
        emit ILendingMarket.BadDebtRealised(bob, debt);
        market.declareDefault(bob);
        assertEq(market.realisedLosses(), debt);
        assertApproxEqAbs(market.totalAssets(), assets - debt, 1);
        assertEq(market.totalDebt(), 0);
        assertEq(market.totalRisk(), 0);
        assertEq(kernel.closes(), 1);
        _grant(bob, 0); // as the kernel leaves it, with a fresh score
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.DebtAboveLimit.selector, 10 * unit + 1, 0)
        );
        _draw(bob, 10 * unit);
    }

    function test_declareDefault_withCollateralOnlyClosesTheLine() public {
        _open(bob, 10_000);
        _after(33 days + 1);
        uint256 debt = market.debtOf(bob);
        uint256 risk = market.riskOf(bob);
        market.declareDefault(bob);
        Position memory p = market.position(bob);
        assertTrue(p.defaulted);
        assertEq(p.lineRisk, 0);
        assertEq(market.debtOf(bob), debt);
        assertEq(market.realisedLosses(), 0);
        assertEq(kernel.closes(), 1);
        assertLt(market.riskOf(bob), risk, "only the open loan's own potential is left");
        assertGt(market.riskOf(bob), 0);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.AlreadyDefaulted.selector, bob));
        market.declareDefault(bob);
    }

    function test_declareDefault_revertsWith_NotInDefault() public {
        _openUnsecured(1_500);
        uint256 at = START + 33 days;
        _after(33 days);
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NotInDefault.selector, at, at));
        market.declareDefault(bob);
        _after(1);
        market.declareDefault(bob);
    }

    function test_declareDefault_revertsWith_NothingOwed() public {
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NothingOwed.selector, bob));
        market.declareDefault(bob);
    }

    /// Interest alone never makes an unsecured loan a default before it falls due.
    function test_unsecuredDebtAboveUWaitsForItsDueDate() public {
        _openUnsecured(2_000);
        _after(10 days);
        assertGt(market.debtOf(bob), market.healthLimit(bob));
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NothingToSeize.selector, bob));
        market.liquidate(bob, 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.NotInDefault.selector, START + 10 days, START + 33 days
            )
        );
        market.declareDefault(bob);
    }

    /// A stranger's dust cannot hold up the realisation.
    function test_dustCollateralDoesNotHoldUpTheLoss() public {
        _openUnsecured(1_500);
        _after(33 days + 1);
        vm.prank(carol);
        market.addCollateral(bob, 1);
        market.declareDefault(bob);
        assertEq(market.realisedLosses(), 0);
        uint256 debt = market.debtOf(bob);
        vm.prank(liam);
        (uint256 repaid, uint256 seized) = market.liquidate(bob, type(uint256).max, 0);
        assertEq(seized, 1);
        assertEq(market.realisedLosses(), debt - repaid);
    }

    function test_realisedLossesCountAgainstTheBorrowCap() public {
        _openUnsecured(2_000);
        _after(33 days + 1);
        market.declareDefault(bob);
        uint256 lost = market.realisedLosses();
        _grant(carol, _terms(900_000, 900_000, 7_000, 8_000, 200, 720));
        uint256 room = 800_000 * unit - lost - 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                ILendingMarket.BorrowCapExceeded.selector, 800_000 * unit + 1, 800_000 * unit
            )
        );
        _draw(carol, room + 1);
        _draw(carol, room);
    }

    function test_resetLosses_onlyAsTheKernelsInstruction() public {
        _openUnsecured(2_000);
        _after(33 days + 1);
        market.declareDefault(bob);
        assertGt(market.realisedLosses(), 0);
        bytes memory reset = abi.encodeCall(market.resetLosses, ());
        vm.expectRevert(abi.encodeWithSelector(ILendingMarket.NotActuator.selector, bob));
        vm.prank(bob);
        market.resetLosses();
        vm.expectRevert(abi.encodeWithSelector(ILendingActuator.NotKernel.selector, governor));
        vm.prank(governor);
        actuator.onInstructed(reset);
        bytes4 other = bytes4(keccak256("mintFreely()"));
        vm.expectRevert(abi.encodeWithSelector(IActuator.UnknownInstruction.selector, other));
        vm.prank(address(kernel));
        actuator.onInstructed(abi.encodeWithSelector(other));
        vm.expectEmit(address(market));
        emit ILendingMarket.LossesReset(market.realisedLosses());
        vm.prank(address(kernel));
        actuator.onInstructed(reset);
        assertEq(market.realisedLosses(), 0);
    }
}
