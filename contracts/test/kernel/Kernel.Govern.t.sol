// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IActuator} from "../../src/interfaces/IActuator.sol";
import {Allowance, Model, ModelDecision, Standing, Verdict} from "../../src/interfaces/IKernel.sol";
import {IMandateErrors} from "../../src/interfaces/IKernel.sol";
import {Act, Kind, Record} from "../../src/interfaces/IRecords.sol";
import {Component} from "../../src/kernel/MandateLib.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {ClassHead, Draft, MandateBuilder} from "../fixtures/MandateBuilder.sol";

/// @notice K-27, K-30: what enlarges waits, what narrows does not, and no key stops the economy for long. And the ramp.
contract KernelGovernTest is KernelFixture, IMandateErrors {
    function refusesBy(address who, bytes memory call, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(who);
        // Under `expectRevert` a low-level call answers whether the expectation was met.
        (bool met,) = address(kernel).call(call);
        assertTrue(met);
    }

    function capacity(uint96 a, uint96 b, uint96 c, uint96 d, uint16 e)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(kernel.setCapacity, (address(economy), a, b, c, d, e));
    }

    function notAnnounced(bytes memory call) private {
        refusesBy(governor, call, abi.encodeWithSelector(NotAnnounced.selector, keccak256(call)));
    }

    // ── announcements ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K27_everyEnlargingActWaits() public {
        bytes32 id = keccak256("mandate");
        bytes[] memory calls = new bytes[](13);
        address market = address(economy);
        calls[0] = abi.encodeCall(kernel.activateMandate, (market, id));
        calls[1] = abi.encodeCall(kernel.activateModel, (market, SLOT, id));
        calls[2] = capacity(DRIFT + 1, DRIFT_LEAK, INSTANT, INSTANT_LEAK, 1000);
        calls[3] = capacity(DRIFT, DRIFT_LEAK + 1, INSTANT, INSTANT_LEAK, 1000);
        calls[4] = capacity(DRIFT, DRIFT_LEAK, INSTANT + 1, INSTANT_LEAK, 1000);
        calls[5] = capacity(DRIFT, DRIFT_LEAK, INSTANT, INSTANT_LEAK + 1, 1000);
        calls[6] = capacity(DRIFT, DRIFT_LEAK, INSTANT, INSTANT_LEAK, 999);
        calls[7] = abi.encodeCall(kernel.setShare, (market, second, 5001));
        calls[8] = abi.encodeCall(kernel.activateSigners, (SET, new address[](1), 1));
        calls[9] = abi.encodeCall(kernel.setGuardian, (anybody));
        calls[10] = abi.encodeCall(kernel.resume, (market));
        calls[11] = abi.encodeCall(kernel.readmit, (market, TERMS, alice));
        calls[12] = abi.encodeCall(kernel.instruct, (market, ""));
        for (uint256 i; i < calls.length; ++i) {
            notAnnounced(calls[i]);
            refusesBy(anybody, calls[i], abi.encodeWithSelector(NotGovernor.selector, anybody));
        }
    }

    function test_K27_revertsWith_NotRipe_andStale() public {
        bytes memory call = abi.encodeCall(kernel.setGuardian, (anybody));
        vm.prank(governor);
        kernel.announce(call);
        uint256 ripe = block.timestamp + MIN_DELAY;
        assertEq(kernel.ripeAt(call), ripe);
        vm.warp(ripe - 1);
        refusesBy(governor, call, abi.encodeWithSelector(NotRipe.selector, ripe - 1, ripe));
        vm.warp(ripe + MIN_DELAY + 1);
        refusesBy(
            governor,
            call,
            abi.encodeWithSelector(Stale.selector, block.timestamp, ripe + MIN_DELAY)
        );
        vm.warp(ripe + MIN_DELAY);
        act(call);
        assertEq(kernel.config().guardian, anybody);
        notAnnounced(call);
    }

    function test_revertsWith_AlreadyAnnounced() public {
        bytes memory call = abi.encodeCall(kernel.setGuardian, (anybody));
        vm.startPrank(governor);
        kernel.announce(call);
        skip(2 * MIN_DELAY);
        vm.expectRevert(abi.encodeWithSelector(AlreadyAnnounced.selector, keccak256(call)));
        kernel.announce(call);
        skip(1);
        kernel.announce(call);
        vm.stopPrank();
    }

    function test_revertsWith_UnknownAct() public {
        refusesBy(
            governor,
            abi.encodeCall(kernel.announce, (abi.encodeCall(kernel.pause, (address(economy))))),
            abi.encodeWithSelector(UnknownAct.selector, kernel.pause.selector)
        );
    }

    function test_cancelTakesAnAnnouncementBack() public {
        bytes memory call = abi.encodeCall(kernel.setGuardian, (anybody));
        bytes memory cancel = abi.encodeCall(kernel.cancel, (call));
        refusesBy(guardian, cancel, abi.encodeWithSelector(NotAnnounced.selector, keccak256(call)));
        vm.prank(governor);
        kernel.announce(call);
        refusesBy(anybody, cancel, abi.encodeWithSelector(NotGuardian.selector, anybody));
        vm.prank(guardian);
        kernel.cancel(call);
        skip(MIN_DELAY);
        notAnnounced(call);
    }

    /// K-22, K-27: what only the economy understands waits and is linked like any other act.
    function test_K22_anInstructionIsLinkedOnce() public {
        bytes memory instruction = abi.encodeCall(economy.setFallback, (CAP, 900));
        bytes memory call = abi.encodeCall(kernel.instruct, (address(economy), instruction));
        vm.prank(governor);
        kernel.announce(call);
        readRecords();
        skip(MIN_DELAY);
        act(call);
        assertEq(readRecords(), 1);
        assertEq(last.kind, Kind.ADMIN);
        Act memory body = abi.decode(last.body, (Act));
        assertEq(body.actor, governor);
        assertEq(body.call, call);
        assertEq(economy.fallbackValue(CAP), 900);
        notAnnounced(call);
    }

    /// An instruction that the economy does not know leaves nothing behind, its announcement included.
    function test_revertsWith_UnknownInstruction() public {
        bytes memory call = abi.encodeCall(kernel.instruct, (address(economy), hex"12345678"));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        bytes4 selector = 0x12345678;
        refusesBy(
            governor, call, abi.encodeWithSelector(IActuator.UnknownInstruction.selector, selector)
        );
        assertEq(kernel.ripeAt(call), block.timestamp);
    }

    function test_K22_everyActHasExactlyOneLink() public {
        bytes[] memory calls = new bytes[](7);
        address market = address(economy);
        calls[0] = abi.encodeCall(
            kernel.announce, (abi.encodeCall(kernel.setShare, (market, second, 6000)))
        );
        calls[1] = capacity(DRIFT, DRIFT_LEAK, INSTANT, INSTANT_LEAK, 2000);
        calls[2] = abi.encodeCall(kernel.setShare, (market, second, 4000));
        calls[3] = abi.encodeCall(kernel.pause, (market));
        calls[4] = abi.encodeCall(kernel.release, (market, RATE));
        calls[5] = abi.encodeCall(kernel.revokeAgent, (market, agent));
        calls[6] = abi.encodeCall(kernel.revokeMandate, (market));
        readRecords();
        for (uint256 i; i < calls.length; ++i) {
            (, uint40 before) = kernel.head(market);
            act(calls[i]);
            (bytes27 digest, uint40 sequence) = kernel.head(market);
            assertEq(sequence, before + 1);
            assertEq(readRecords(), 1);
            assertEq(digest, tip, "the head is the last link");
        }
    }

    // ── capacities ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K18_aDecreaseActsAtOnceAfterSettlingTheLeak() public {
        giveTerms(alice, 300);
        skip(DAY);
        uint256 level = kernel.allowance(address(economy)).driftLevel;
        act(capacity(500e6, 0, 100e6, 0, 1000));
        Allowance memory a = kernel.allowance(address(economy));
        assertEq(a.driftLevel, level, "settled with the old leak");
        skip(DAY);
        assertEq(kernel.allowance(address(economy)).driftLevel, level, "and now none");
    }

    function test_K18_successionResetsNoBucket() public {
        giveTerms(alice, 300);
        draft.expiry += 1;
        act(capacity(DRIFT, 0, INSTANT, 0, 1000));
        uint256 level = kernel.allowance(address(economy)).driftLevel;
        uint256 sub = kernel.subAllowance(address(economy), agent).driftLevel;
        renew();
        vm.prank(guardian);
        kernel.revokeMandate(address(economy));
        draft.expiry += 1;
        renew();
        assertEq(kernel.allowance(address(economy)).driftLevel, level);
        assertEq(kernel.subAllowance(address(economy), agent).driftLevel, sub);
        assertFalse(kernel.standing(address(economy)).revoked);
    }

    function test_revertsWith_InstantAboveDrift() public {
        refusesBy(
            governor,
            capacity(100, 0, 101, 0, 0),
            abi.encodeWithSelector(InstantAboveDrift.selector, 101, 100)
        );
    }

    function test_revertsWith_BasisPoints() public {
        refusesBy(
            governor,
            capacity(100, 0, 100, 0, 10_001),
            abi.encodeWithSelector(BasisPoints.selector, 10_001, 10_000)
        );
        refusesBy(
            governor,
            abi.encodeCall(kernel.setShare, (address(economy), agent, 10_001)),
            abi.encodeWithSelector(BasisPoints.selector, 10_001, 10_000)
        );
    }

    function testFuzz_storedCapacitiesNeverExceedTheirGivenValues(uint96 drift, uint96 leak)
        public
    {
        bytes memory call = capacity(drift, leak, 0, 0, 0);
        ripen(call);
        Allowance memory a = kernel.allowance(address(economy));
        assertLe(a.driftCapacity, drift);
        assertGe(uint256(a.driftCapacity) + (drift >> 53), drift);
        assertLe(a.driftLeak, leak);
    }

    // ── models, mandates, signers ────────────────────────────────────────────────────────────────────────────────────

    function test_revertsWith_UnknownModel() public {
        bytes memory call =
            abi.encodeCall(kernel.activateModel, (address(economy), SLOT, keccak256("nothing")));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        refusesBy(
            governor, call, abi.encodeWithSelector(UnknownModel.selector, keccak256("nothing"))
        );
    }

    function test_K12_modelOfNamesRootVersionAndSchema() public {
        bytes32 modelId = models.add(address(4), keccak256("other"));
        uint32 era = kernel.standing(address(economy)).era;
        ripen(abi.encodeCall(kernel.activateModel, (address(economy), SLOT, modelId)));
        Model memory m = kernel.modelOf(address(economy), SLOT);
        assertEq(m.root, address(4));
        assertEq(m.version, 2);
        assertEq(m.modelId, modelId);
        assertEq(m.schemaHash, keccak256("other"));
        assertEq(kernel.standing(address(economy)).era, era + 1);
        ModelDecision memory d = report(TERMS, alice, terms(1));
        vm.expectPartialRevert(WrongSchema.selector);
        vm.prank(agent);
        kernel.decide(d);
    }

    function test_revertsWith_UnknownMandate() public {
        bytes32 id = keccak256("nothing");
        bytes memory call = abi.encodeCall(kernel.activateMandate, (address(economy), id));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        refusesBy(governor, call, abi.encodeWithSelector(UnknownMandate.selector, id));
    }

    function test_revertsWith_MandateMarket() public {
        (bytes32 id,) = kernel.mandateOf(address(economy));
        bytes memory call = abi.encodeCall(kernel.activateMandate, (anybody, id));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        refusesBy(governor, call, abi.encodeWithSelector(MandateMarket.selector, economy, anybody));
    }

    function test_theMandateIsContractCodeNamedByItsHash() public view {
        (bytes32 id, bytes memory data) = kernel.mandateOf(address(economy));
        assertEq(id, keccak256(data));
        address code = kernel.mandateCode(id);
        assertEq(code.code, abi.encodePacked(hex"00", data));
        assertEq(kernel.standing(address(economy)).mandate, code);
    }

    function test_O5_aRemovedSignersSetVoidsOldReports() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        vm.prank(guardian);
        kernel.removeSigner(SET, vm.addr(keys[3]));
        vm.expectRevert();
        vm.prank(agent);
        kernel.decide(d);
        assertEq(giveTerms(alice, 1), Verdict.APPLIED, "a new report of the rest");
    }

    function test_aReplacedGuardianHasNoStanding() public {
        ripen(abi.encodeCall(kernel.setGuardian, (anybody)));
        refusesBy(
            guardian,
            abi.encodeCall(kernel.pause, (address(economy))),
            abi.encodeWithSelector(NotGuardian.selector, guardian)
        );
        bytes memory call = abi.encodeCall(kernel.setGuardian, (address(0)));
        refusesBy(governor, call, abi.encodeWithSelector(ZeroAddress.selector));
    }

    // ── pauses ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K30_revertsWith_PausedTooSoon() public {
        bytes memory call = abi.encodeCall(kernel.pause, (address(economy)));
        vm.prank(guardian);
        kernel.pause(address(economy));
        uint256 until = block.timestamp + PAUSE_MAX;
        assertEq(kernel.pausedUntil(address(economy)), until);
        uint256 next = until + 3 * PAUSE_MAX;
        vm.warp(next - 1);
        refusesBy(guardian, call, abi.encodeWithSelector(PausedTooSoon.selector, next - 1, next));
        vm.warp(next);
        vm.prank(guardian);
        kernel.pause(address(economy));
    }

    function test_K27_resumingEarlyWaits() public {
        bytes memory call = abi.encodeCall(kernel.resume, (address(economy)));
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        refusesBy(governor, call, abi.encodeWithSelector(NotPaused.selector));
        vm.prank(guardian);
        kernel.pause(address(economy));
        act(call);
        assertEq(kernel.pausedUntil(address(economy)), block.timestamp);
        assertEq(giveTerms(alice, 1), Verdict.APPLIED);
    }

    function test_K19_exitsAskNobody() public {
        economy.deposit(100);
        giveTerms(alice, 300);
        vm.startPrank(guardian);
        kernel.pause(address(economy));
        kernel.revokeMandate(address(economy));
        vm.stopPrank();
        vm.etch(address(attestors), "");
        vm.etch(address(models), "");
        economy.withdraw(60);
        economy.close(alice);
        assertEq(valueOf(TERMS, alice), 0);
        vm.etch(address(kernel), "");
        economy.withdraw(40);
    }

    // ── the ramp ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function rateAt(uint256 time) private returns (uint256 value) {
        uint256 now_ = block.timestamp;
        vm.warp(time);
        value = valueOf(RATE, 0);
        vm.warp(now_);
    }

    function test_K21_aSilentAgentsInfluenceFades() public {
        assertEq(valueOf(RATE, 0), 1e18);
        decideAs(agent, steer(RATE, 1.08e18));
        uint256 beat = block.timestamp;
        assertEq(rateAt(beat + TAU), 1.08e18);
        assertEq(rateAt(beat + TAU + TAU_R / 2), 1.04e18);
        assertEq(rateAt(beat + TAU + TAU_R), 1e18);
        assertEq(rateAt(beat + 365 days), 1e18);
    }

    /// @dev A null beat on a faded value keeps what is left; it does not bring back what was set.
    function test_K21_aNullBeatDoesNotReinflate() public {
        decideAs(agent, steer(RATE, 1.08e18));
        skip(TAU + TAU_R / 2);
        assertEq(decideAs(agent, steer(RATE, 1.04e18)), Verdict.APPLIED);
        assertEq(valueOf(RATE, 0), 1.04e18);
        assertEq(kernel.parameter(address(economy), RATE, 0).generation, 1, "not a move");
        skip(TAU);
        assertEq(valueOf(RATE, 0), 1.04e18, "but a heartbeat");
        assertEq(economy.held(RATE, 0), 1.04e18);
    }

    function test_K21_aQueuedDecisionSettlesAndBeats() public {
        decideAs(agent, steer(RATE, 1.08e18));
        act(capacity(DRIFT, DRIFT_LEAK, 0, 0, 1000));
        skip(TAU + TAU_R / 2);
        assertEq(decideAs(agent, steer(RATE, 1.1e18)), Verdict.QUEUED);
        assertEq(kernel.parameter(address(economy), RATE, 0).value, 1.04e18);
        assertEq(economy.held(RATE, 0), 1.04e18);
        assertEq(economy.beatOf(RATE), block.timestamp);
        skip(TAU);
        assertEq(valueOf(RATE, 0), 1.04e18);
    }

    function test_K21_pausingStartsTheSlewWithoutAJump() public {
        decideAs(agent, steer(RATE, 1.08e18));
        vm.prank(guardian);
        kernel.pause(address(economy));
        assertEq(valueOf(RATE, 0), 1.08e18);
        assertEq(economy.beatOf(RATE), block.timestamp - TAU);
        skip(TAU_R / 4);
        assertEq(valueOf(RATE, 0), 1.06e18);
        // What already slews goes on at its pace.
        vm.prank(guardian);
        kernel.revokeAgent(address(economy), agent);
        assertEq(valueOf(RATE, 0), 1.06e18);
        skip(TAU_R / 4);
        assertEq(valueOf(RATE, 0), 1.04e18);
    }

    function test_K21_releaseLeavesOneClassToItsFallback() public {
        decideAs(agent, steer(RATE, 1.08e18));
        vm.prank(guardian);
        kernel.release(address(economy), RATE);
        skip(TAU_R / 2);
        assertEq(valueOf(RATE, 0), 1.04e18);
        refusesBy(
            guardian,
            abi.encodeCall(kernel.release, (address(economy), CAP)),
            abi.encodeWithSelector(NotResidual.selector, CAP)
        );
    }

    function test_K21_aSuccessorChangesTheRampWithoutAJump() public {
        decideAs(agent, steer(RATE, 1.08e18));
        skip(TAU + TAU_R / 2 - MIN_DELAY);
        draft.tau = 1 days;
        draft.tauR = 1 days;
        renew();
        assertEq(valueOf(RATE, 0), 1.04e18);
        (uint256 tau, uint256 tauR) = kernel.ramp(address(economy));
        assertEq(tau, 1 days);
        skip(tauR / 2);
        assertEq(valueOf(RATE, 0), 1.02e18);
    }

    // ── refused mandates ─────────────────────────────────────────────────────────────────────────────────────────────

    function refusesMandate(bytes memory reason) private {
        bytes memory data = MandateBuilder.encode(draft);
        vm.expectRevert(reason);
        kernel.storeMandate(data);
    }

    function test_mandate_revertsWith_MandateVersion() public {
        draft.version = 2;
        refusesMandate(abi.encodeWithSelector(MandateVersion.selector, 2));
    }

    function test_mandate_revertsWith_MandateMode() public {
        draft.mode = 2;
        refusesMandate(abi.encodeWithSelector(MandateMode.selector, 2));
    }

    function test_mandate_revertsWith_MandateLength() public {
        bytes memory data = MandateBuilder.encode(draft);
        vm.expectRevert(
            abi.encodeWithSelector(MandateLength.selector, data.length + 1, data.length)
        );
        kernel.storeMandate(abi.encodePacked(data, hex"00"));
        for (uint256 size; size < data.length; size += 7) {
            bytes memory cut = new bytes(size);
            for (uint256 i; i < size; ++i) {
                cut[i] = data[i];
            }
            vm.expectRevert();
            kernel.storeMandate(cut);
        }
    }

    function test_mandate_revertsWith_MandateCount() public {
        draft.views.push(MandateBuilder.view_(anybody, 1, "a"));
        draft.views.push(MandateBuilder.view_(anybody, 1, "b"));
        kernel.storeMandate(MandateBuilder.encode(draft));
        draft.views.push(MandateBuilder.view_(anybody, 1, "c"));
        refusesMandate(abi.encodeWithSelector(MandateCount.selector, 3, 0, 2));
    }

    function test_mandate_revertsWith_WindowTooLong() public {
        draft.window = uint32(MIN_DELAY);
        draft.finality = uint32(MIN_DELAY);
        kernel.storeMandate(MandateBuilder.encode(draft));
        draft.window += 1;
        refusesMandate(abi.encodeWithSelector(WindowTooLong.selector, MIN_DELAY + 1, MIN_DELAY));
    }

    function test_mandate_revertsWith_GraceTooLong() public {
        draft.grace = WINDOW / 4 + 1;
        refusesMandate(abi.encodeWithSelector(GraceTooLong.selector, WINDOW / 4 + 1, WINDOW / 4));
    }

    function test_mandate_revertsWith_FinalityTooShort() public {
        draft.finality = WINDOW - 1;
        refusesMandate(abi.encodeWithSelector(FinalityTooShort.selector, WINDOW - 1, WINDOW));
    }

    function test_mandate_revertsWith_ReserveTooLarge() public {
        draft.exitReserveBps = 10_001;
        refusesMandate(abi.encodeWithSelector(ReserveTooLarge.selector, 10_001, 10_000));
    }

    function test_mandate_revertsWith_NotAscending() public {
        bytes memory first = draft.classes[0];
        draft.classes[0] = draft.classes[1];
        draft.classes[1] = first;
        refusesMandate(abi.encodeWithSelector(NotAscending.selector, 1, 2));
    }

    function refusesClass(ClassHead memory h, Component memory c, bytes memory reason) private {
        Component[] memory all = new Component[](1);
        all[0] = c;
        delete draft.classes;
        draft.classes.push(MandateBuilder.class(h, all));
        refusesMandate(reason);
    }

    function head_() private pure returns (ClassHead memory) {
        return ClassHead(RATE, 1, SLOT, 0, 0, DELAY, AVERAGING);
    }

    function part_() private pure returns (Component memory) {
        return Component(0, 96, 2, 0, 100, 1, 1);
    }

    function test_mandate_revertsWith_ZeroDelay() public {
        ClassHead memory h = head_();
        h.delay = 0;
        refusesClass(h, part_(), abi.encodeWithSelector(ZeroDelay.selector, RATE));
    }

    function test_mandate_revertsWith_NoAveraging() public {
        ClassHead memory h = head_();
        h.averaging = 0;
        refusesClass(h, part_(), abi.encodeWithSelector(NoAveraging.selector, RATE));
    }

    function test_mandate_revertsWith_ClassFlags() public {
        ClassHead memory h = head_();
        h.flags = 8;
        refusesClass(h, part_(), abi.encodeWithSelector(ClassFlags.selector, 8));
    }

    function test_mandate_revertsWith_ResidualShape() public {
        ClassHead memory h = head_();
        h.flags = 3;
        refusesClass(h, part_(), abi.encodeWithSelector(ResidualShape.selector, RATE));
    }

    function test_mandate_revertsWith_CorridorEmpty() public {
        Component memory c = part_();
        c.min = 101;
        refusesClass(head_(), c, abi.encodeWithSelector(CorridorEmpty.selector, 101, 100));
    }

    function test_mandate_revertsWith_CorridorTooWide() public {
        Component memory c = part_();
        (c.width, c.max) = (8, 256);
        refusesClass(head_(), c, abi.encodeWithSelector(CorridorTooWide.selector, 256, 8));
    }

    function test_mandate_revertsWith_ComponentWidth() public {
        Component memory c = part_();
        c.width = 97;
        refusesClass(head_(), c, abi.encodeWithSelector(ComponentWidth.selector, 97, 160));
    }

    function test_mandate_revertsWith_UnknownKind() public {
        Component memory c = part_();
        c.kind = 4;
        refusesClass(head_(), c, abi.encodeWithSelector(UnknownKind.selector, 4));
    }

    function test_mandate_revertsWith_UnknownTerm() public {
        bytes[] memory parts = new bytes[](1);
        parts[0] = MandateBuilder.term(9, 0, 0, 1);
        draft.linears.push(MandateBuilder.linear(1, parts));
        refusesMandate(abi.encodeWithSelector(UnknownTerm.selector, 9));
    }
}
