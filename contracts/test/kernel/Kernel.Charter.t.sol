// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelDecision, Verdict} from "../../src/interfaces/IKernel.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {ClassHead, MandateBuilder} from "../fixtures/MandateBuilder.sol";
import {Component} from "../../src/kernel/MandateLib.sol";

/// @notice The charter that decisions read is in step with what governance has set: K-12 for models, K-18 for capacities.
contract KernelCharterTest is KernelFixture {
    uint32 private constant OTHER = 77;

    /// K-12: each class runs the model of its own slot, in whatever order slots and mandate were set.
    function test_K12_eachClassRunsItsOwnModel() public {
        _activate(OTHER, 7);
        _movePairToOtherSlot();
        giveTerms(alice, 100);
        decideAs(agent, report(PAIR, alice, 100));
        assertEq(valueOf(TERMS, alice), terms(100));
        assertEq(valueOf(PAIR, alice), 107);
        _activate(OTHER, 9);
        decideAs(agent, report(PAIR, bob, 100));
        assertEq(valueOf(PAIR, bob), 109);
    }

    /// K-12: a slot without a model decides nothing, though other slots have one.
    function test_K12_aSlotWithoutAModelRefuses() public {
        _movePairToOtherSlot();
        ModelDecision memory d = report(PAIR, alice, 100);
        vm.expectRevert(abi.encodeWithSelector(NoModel.selector, OTHER));
        decideAs(agent, d);
    }

    /// K-18: a smaller capacity binds the very next decision, and a new mandate brings no older one back.
    function test_K18_theCapacityInForceIsTheLastOne() public {
        assertEq(giveTerms(alice, 100), Verdict.APPLIED);
        act(abi.encodeCall(kernel.setCapacity, (address(economy), DRIFT, DRIFT_LEAK, 0, 0, 1000)));
        assertEq(giveTerms(bob, 100), Verdict.QUEUED);
        draft.expiry += 1;
        renew();
        assertEq(giveTerms(bob, 100), Verdict.QUEUED);
    }

    /// The charter's other parts do not show in what is read as the mandate.
    function test_mandateOf_isTheMandateAlone() public view {
        (bytes32 id, bytes memory data) = kernel.mandateOf(address(economy));
        assertEq(data, MandateBuilder.encode(draft));
        assertEq(id, keccak256(data));
        address code = kernel.standing(address(economy)).mandate;
        assertEq(code, kernel.mandateCode(id));
    }

    function _movePairToOtherSlot() private {
        Component[] memory c = new Component[](1);
        c[0] = Component(0, 48, 0, 0, 1000, 1000, type(uint96).max);
        draft.classes[3] = MandateBuilder.class(ClassHead(PAIR, 0, OTHER, SET, AGE, DELAY, 0), c);
        renew();
    }

    function _activate(uint32 slot, uint160 offset) private {
        bytes32 id = models.add(address(offset + 1), SCHEMA);
        ripen(abi.encodeCall(kernel.activateModel, (address(economy), slot, id)));
    }
}
