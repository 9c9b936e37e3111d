// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LendingBase} from "./LendingBase.sol";

/// @notice K-19: every exit succeeds while kernel and oracle revert on everything, in any pause, at any time.
contract ExitsTest is LendingBase {
    function _break(uint256 how) internal {
        kernel.setPaused(address(actuator), type(uint40).max);
        kernel.setExitReserve(address(actuator), BPS);
        if (how % 4 == 0) {
            kernel.setDown(true);
            oracle.setDown(true);
        } else if (how % 4 == 1) {
            vm.etch(address(kernel), "");
            vm.etch(address(oracle), "");
            vm.etch(address(actuator), "");
        } else if (how % 4 == 2) {
            vm.etch(address(kernel), hex"fe"); // burns all gas it is given
            vm.etch(address(oracle), hex"fe");
            vm.etch(address(actuator), hex"fe");
        } else {
            oracle.setAll(0, 0, false, false);
        }
    }

    function testFuzz_exitsSucceedInAnyState(uint256 how, uint256 m, uint256 wait, uint256 late)
        public
    {
        _open(bob, 10_000);
        _addCollateral(carol, 7);
        _steer(bound(m, 0.5e18, 2e18));
        _after(bound(wait, 0, 60 days));
        if (block.timestamp > START + 33 days && how % 2 == 0) market.declareDefault(bob);
        _break(how >> 8);
        vm.warp(block.timestamp + bound(late, 0, 200 * YEAR));

        vm.prank(carol);
        market.withdrawCollateral(7 * collUnit, carol); // without debt
        vm.prank(carol);
        market.addCollateral(bob, collUnit);
        uint256 free = market.cash();
        vm.prank(alice);
        market.withdraw(free / 2, alice, alice); // free cash
        vm.prank(carol);
        market.repay(bob, 1_000 * unit); // for another
        uint256 debt = market.debtOf(bob);
        loan.mint(bob, debt);
        vm.prank(bob);
        market.repay(bob, debt); // the whole debt
        vm.prank(bob);
        market.withdrawCollateral(11 * collUnit, bob);
        uint256 shares = market.balanceOf(alice);
        vm.prank(alice);
        market.redeem(shares, alice, alice);
    }
}
