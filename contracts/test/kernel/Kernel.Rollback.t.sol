// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {ModelDecision, Parameter, Producer, Verdict} from "../../src/interfaces/IKernel.sol";
import {Closing, Decision, Kind, Record} from "../../src/interfaces/IRecords.sol";
import {BodyLib} from "../../src/kernel/BodyLib.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";

/// @notice K-9, K-26: putting parameters back, as long as a record is not final.
contract KernelRollbackTest is KernelFixture {
    Record[] internal path;

    /// @dev Gives terms and keeps the record.
    function given(uint256 limit) internal returns (Record memory) {
        giveTerms(alice, limit);
        readRecords();
        return last;
    }

    function undo(address who, Record[] memory records) internal returns (uint8 verdict) {
        vm.prank(who);
        (verdict,) = kernel.rollback(address(economy), records);
        readRecords();
    }

    function one(Record memory a) internal pure returns (Record[] memory records) {
        records = new Record[](1);
        records[0] = a;
    }

    function two(Record memory a, Record memory b) internal pure returns (Record[] memory records) {
        records = new Record[](2);
        records[0] = a;
        records[1] = b;
    }

    function undoReverts(address who, Record[] memory records, bytes memory reason) internal {
        vm.expectRevert(reason);
        vm.prank(who);
        kernel.rollback(address(economy), records);
    }

    // ── safer ────────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K9_aSaferResultIsThereAtOnceAndVoidsWhatCameAfter() public {
        given(100);
        given(90);
        skip(DELAY);
        Record memory target = given(200);
        skip(DELAY);
        Record memory later = given(210);
        uint256 level = kernel.allowance(address(economy)).driftLevel;
        assertEq(undo(guardian, two(later, target)), Verdict.APPLIED);
        assertEq(last.kind, Kind.ROLLBACK);
        assertEq(valueOf(TERMS, alice), terms(90));
        assertEq(economy.held(TERMS, alice), terms(90));
        assertEq(kernel.allowance(address(economy)).driftLevel, level, "no refund");
        Decision memory d = BodyLib.decode(last.body);
        assertEq(uint8(d.origin >> 248), Producer.ROLLBACK);
        assertEq(uint40(d.origin >> 160), target.sequence);
    }

    function test_K9_restoresTheTimeOfTheScore() public {
        given(100);
        Record memory before = given(90);
        skip(DELAY);
        Record memory target = given(200);
        undo(guardian, one(target));
        assertEq(kernel.parameter(address(economy), TERMS, alice).beat, before.time);
    }

    function test_K9_theFirstRecordOfAllIsUndoneWithoutItsDigest() public {
        given(100);
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, new Record[](0));
        assertEq(valueOf(TERMS, alice), nothing());
    }

    /// @dev No line; only the spread, which nobody pays, is not lowered by a rollback.
    function nothing() internal pure returns (uint160) {
        return uint160(500) << 128;
    }

    function test_K9_termsThatWaitedAreUndoneAtOnceToo() public {
        act(abi.encodeCall(kernel.setCapacity, (address(economy), DRIFT, DRIFT_LEAK, 0, 0, 1000)));
        readRecords();
        Record memory waiting = given(100);
        skip(WINDOW);
        kernel.execute(address(economy), waiting);
        readRecords();
        assertEq(undo(guardian, one(last)), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), nothing());
    }

    function test_K9_theFirstRecordIsFoundBehindLaterOnes() public {
        given(100);
        Record memory b = given(90);
        skip(DELAY);
        Record memory c = given(95);
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, two(c, b));
        assertEq(valueOf(TERMS, alice), nothing());
        readRecords();
        vm.expectRevert(abi.encodeWithSelector(AlreadyRolledBack.selector, 0));
        Record[] memory all = new Record[](3);
        (all[0], all[1], all[2]) = (last, c, b);
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, all);
    }

    function test_K9_rollbackFirst_revertsWith_NotInTrail() public {
        given(100);
        Record memory b = given(90);
        skip(DELAY);
        given(95);
        vm.expectRevert(abi.encodeWithSelector(NotInTrail.selector, TERMS, alice));
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, one(b));
        vm.expectRevert(abi.encodeWithSelector(NotInTrail.selector, TERMS, bob));
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, bob, new Record[](0));
    }

    function test_K9_rollbackFirst_revertsWith_Final() public {
        given(100);
        uint256 finalAt = block.timestamp + FINALITY;
        vm.warp(finalAt);
        vm.expectRevert(abi.encodeWithSelector(Final.selector, finalAt, finalAt));
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, new Record[](0));
    }

    function test_K9_revertsWith_Final() public {
        given(100);
        given(90);
        skip(DELAY);
        Record memory target = given(200);
        uint256 finalAt = target.time + FINALITY;
        vm.warp(finalAt);
        undoReverts(guardian, one(target), abi.encodeWithSelector(Final.selector, finalAt, finalAt));
        vm.warp(finalAt - 1);
        assertEq(undo(guardian, one(target)), Verdict.APPLIED, "until it is final");
    }

    // ── riskier ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K9_undoingATighteningIsTheGovernorsAndWaitsUncharged() public {
        given(300);
        Record memory target = given(50);
        uint256 level = kernel.allowance(address(economy)).driftLevel;
        undoReverts(guardian, one(target), abi.encodeWithSelector(NotGovernor.selector, guardian));
        assertEq(undo(governor, one(target)), Verdict.QUEUED);
        assertEq(valueOf(TERMS, alice), terms(50));
        Record memory waiting = last;
        vm.expectRevert(
            abi.encodeWithSelector(TooEarly.selector, block.timestamp, block.timestamp + WINDOW)
        );
        kernel.execute(address(economy), waiting);
        skip(WINDOW);
        kernel.execute(address(economy), waiting);
        readRecords();
        assertEq(valueOf(TERMS, alice), terms(300));
        assertLe(kernel.allowance(address(economy)).driftLevel, level, "uncharged");
        Record[] memory all = new Record[](3);
        (all[0], all[1], all[2]) = (last, waiting, target);
        undoReverts(
            governor, all, abi.encodeWithSelector(AlreadyRolledBack.selector, target.sequence)
        );
        undoReverts(
            governor, one(last), abi.encodeWithSelector(AlreadyRolledBack.selector, last.sequence)
        );
    }

    function test_K9_aSecondRollbackOfTheSameRecordIsRefused() public {
        given(100);
        given(90);
        skip(DELAY);
        Record memory target = given(200);
        undo(guardian, one(target));
        Record memory undone = last;
        undoReverts(
            guardian,
            two(undone, target),
            abi.encodeWithSelector(AlreadyRolledBack.selector, target.sequence)
        );
    }

    function test_K9_anEarlierRecordIsStillUndoneAfterALaterOneWas() public {
        given(100);
        given(90);
        skip(DELAY);
        Record memory early = given(200);
        skip(DELAY);
        Record memory late = given(210);
        undo(guardian, one(late));
        Record memory undone = last;
        assertEq(valueOf(TERMS, alice), terms(200));
        Record[] memory all = new Record[](3);
        (all[0], all[1], all[2]) = (undone, late, early);
        assertEq(undo(guardian, all), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(90));
    }

    // ── what a rollback refuses ──────────────────────────────────────────────────────────────────────────────────────

    function test_K9_revertsWith_NotInTrail() public {
        given(100);
        given(90);
        skip(DELAY);
        Record memory target = given(200);
        skip(DELAY);
        given(210);
        undoReverts(
            guardian, one(target), abi.encodeWithSelector(NotInTrail.selector, TERMS, alice)
        );
        // A forged body is in nobody's trail.
        Decision memory d = BodyLib.decode(last.body);
        d.moves[0].from = terms(1);
        Record memory forged = last;
        forged.body = packed(d);
        undoReverts(
            guardian, one(forged), abi.encodeWithSelector(NotInTrail.selector, TERMS, alice)
        );
    }

    function test_K9_revertsWith_WrongKind() public {
        vm.prank(guardian);
        kernel.pause(address(economy));
        readRecords();
        undoReverts(
            guardian, one(last), abi.encodeWithSelector(WrongKind.selector, Kind.PAUSE, Kind.APPLY)
        );
    }

    function test_K9_closingALineFinalisesItsRecords() public {
        given(100);
        Record memory target = given(90);
        economy.close(alice);
        readRecords();
        assertEq(last.kind, Kind.CLOSE);
        Closing memory body = abi.decode(last.body, (Closing));
        assertEq(body.subject, alice);
        assertEq(body.moves.length, 1);
        assertEq(body.moves[0].from, terms(90));
        assertEq(valueOf(TERMS, alice), 0);
        undoReverts(
            guardian, one(target), abi.encodeWithSelector(NotInTrail.selector, TERMS, alice)
        );
        vm.expectRevert(abi.encodeWithSelector(NotInTrail.selector, TERMS, alice));
        vm.prank(guardian);
        kernel.rollbackFirst(address(economy), TERMS, alice, new Record[](0));
        // Closing what is closed changes nothing and leaves no link.
        (, uint40 sequence) = kernel.head(address(economy));
        economy.close(alice);
        (, uint40 after_) = kernel.head(address(economy));
        assertEq(after_, sequence);
    }

    function test_K20_closingALineDropsWhatWaits() public {
        given(300);
        skip(DELAY);
        assertEq(giveTerms(alice, 600), Verdict.QUEUED);
        readRecords();
        Record memory waiting = last;
        economy.close(alice);
        readRecords();
        skip(WINDOW);
        vm.expectPartialRevert(NotPending.selector);
        kernel.execute(address(economy), waiting);
    }

    // ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K26_revertsWith_LockedOut() public {
        given(100);
        given(90);
        skip(DELAY);
        ModelDecision memory d = report(TERMS, alice, terms(200));
        decideAs(agent, d);
        readRecords();
        undo(guardian, one(last));
        uint256 until = block.timestamp + FINALITY;
        assertEq(kernel.lockedUntil(address(economy), TERMS, alice), until);
        // The same inputs are burnt for everybody, newer ones are locked for agents.
        vm.expectRevert(abi.encodeWithSelector(SequenceUsed.selector, 3, 3));
        vm.prank(agent);
        kernel.decide(d);
        vm.warp(until - 1);
        d = report(TERMS, alice, terms(91));
        vm.expectRevert(abi.encodeWithSelector(LockedOut.selector, until));
        vm.prank(second);
        kernel.decide(d);
        assertEq(decideAs(agent, report(TERMS, bob, terms(5))), Verdict.APPLIED, "others go on");
        vm.warp(until);
        assertEq(giveTerms(alice, 91), Verdict.APPLIED);
    }

    function test_K27_readmissionWaits() public {
        given(100);
        given(90);
        skip(DELAY);
        undo(guardian, one(given(200)));
        bytes memory call = abi.encodeCall(kernel.readmit, (address(economy), TERMS, alice));
        vm.expectRevert(abi.encodeWithSelector(NotAnnounced.selector, keccak256(call)));
        vm.prank(governor);
        kernel.readmit(address(economy), TERMS, alice);
        ripen(call);
        assertEq(kernel.lockedUntil(address(economy), TERMS, alice), 0);
        assertEq(giveTerms(alice, 91), Verdict.APPLIED);
    }

    function test_revertsWith_NotLockedOut() public {
        bytes memory call = abi.encodeCall(kernel.readmit, (address(economy), TERMS, alice));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        vm.expectRevert(abi.encodeWithSelector(NotLockedOut.selector, TERMS, alice));
        act(call);
    }

    /// @dev A rollback lands inside the corridor of the mandate that is in force now.
    function test_K2_restoredValuesAreClipped() public {
        given(100);
        skip(2 * DAY);
        given(90);
        skip(DELAY);
        Record memory target = given(40);
        draft.finality = 10 days;
        draft.classes[1] = narrowTerms(80);
        renew();
        assertEq(undo(governor, one(target)), Verdict.QUEUED);
        Record memory waiting = last;
        skip(WINDOW);
        kernel.execute(address(economy), waiting);
        assertEq(valueOf(TERMS, alice), terms(80));
    }

    function narrowTerms(uint256 most) private pure returns (bytes memory data) {
        data = termsClass();
        // The first component's greatest value, 96 bits at 23 + 3 + 12.
        bytes12 word = bytes12(uint96(most));
        for (uint256 i; i < 12; ++i) {
            data[38 + i] = word[i];
        }
    }

    /// @dev Two parameters of one record come back together, along their own paths.
    function test_K9_everyParameterOfTheRecordComesBack() public {
        given(100);
        given(90);
        skip(DELAY);
        Change[] memory changes = new Change[](2);
        changes[0] = Change(TERMS, alice, terms(200));
        changes[1] = Change(PAIR, alice, 50);
        vm.prank(governor);
        kernel.decideManually(address(economy), changes);
        readRecords();
        Record memory waiting = last;
        skip(WINDOW);
        kernel.execute(address(economy), waiting);
        readRecords();
        Record memory target = last;
        Record memory later = given(150);
        undoReverts(
            guardian, one(target), abi.encodeWithSelector(NotInTrail.selector, TERMS, alice)
        );
        assertEq(undo(guardian, two(later, target)), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(90));
        assertEq(valueOf(PAIR, alice), 0);
    }
}
