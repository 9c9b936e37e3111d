// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Allowance, ModelDecision, Parameter, Verdict} from "../../src/interfaces/IKernel.sol";
import {Decision, Kind} from "../../src/interfaces/IRecords.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";

contract KernelDecideTest is KernelFixture {
    function test_K5_riskierWithinTheInstantBucketAppliesAtOnceAndIsCharged() public {
        assertEq(giveTerms(alice, 300), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(300));
        assertEq(economy.held(TERMS, alice), terms(300));
        Allowance memory a = kernel.allowance(address(economy));
        assertEq(a.driftLevel, 300e6);
        assertEq(a.instantLevel, 300e6);
        a = kernel.subAllowance(address(economy), agent);
        assertEq(a.driftLevel, 300e6);
        assertEq(a.instantLevel, 300e6);
    }

    function test_K8_riskierBeyondTheInstantBucketIsQueued() public {
        assertEq(giveTerms(alice, 300), Verdict.APPLIED);
        assertEq(giveTerms(bob, 300), Verdict.QUEUED);
        assertEq(valueOf(TERMS, bob), 0);
        assertTrue(kernel.parameter(address(economy), TERMS, bob).pending);
        assertEq(kernel.allowance(address(economy)).pending, 300e6);
        skip(WINDOW);
        readRecordsAt(WINDOW);
        (uint8 verdict,) = kernel.execute(address(economy), last);
        assertEq(verdict, Verdict.APPLIED);
        assertEq(valueOf(TERMS, bob), terms(300));
    }

    function test_K8_saferAppliesAtOnceAndChargesNothing() public {
        giveTerms(alice, 300);
        Allowance memory a = kernel.allowance(address(economy));
        assertEq(giveTerms(alice, 100), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(100));
        assertEq(kernel.allowance(address(economy)).driftLevel, a.driftLevel);
    }

    function test_K2_beyondTheCorridorIsRefused() public {
        ModelDecision memory d = report(TERMS, alice, terms(1001));
        vm.expectRevert(abi.encodeWithSelector(OutOfCorridor.selector, 1001, 0, 1000));
        vm.prank(agent);
        kernel.decide(d);
    }

    /// @dev Reads the records of acts done `ago` seconds before now.
    function readRecordsAt(uint256 ago) internal {
        vm.warp(block.timestamp - ago);
        readRecords();
        vm.warp(block.timestamp + ago);
    }
}
