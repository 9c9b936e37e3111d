// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {
    ItemResult,
    ModelDecision,
    Parameter,
    Principal,
    Producer,
    Verdict
} from "../../src/interfaces/IKernel.sol";
import {Decision, Ending, Kind, Record} from "../../src/interfaces/IRecords.sol";
import {BodyLib} from "../../src/kernel/BodyLib.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {MandateBuilder} from "../fixtures/MandateBuilder.sol";

/// @notice What waits, how it ends, and how anybody brings it down.
contract KernelQueueTest is KernelFixture {
    Record internal queued;
    Record internal none;

    /// @dev Alice's limit from 300 to 600 is more than the instant lane has.
    function enqueue() internal returns (uint256 eta) {
        giveTerms(alice, 300);
        skip(DELAY);
        assertEq(giveTerms(alice, 600), Verdict.QUEUED);
        readRecords();
        queued = last;
        eta = block.timestamp + WINDOW;
    }

    function execute() internal returns (uint8 verdict) {
        vm.prank(anybody);
        (verdict,) = kernel.execute(address(economy), queued);
        readRecords();
    }

    function executeReverts(bytes memory reason) internal {
        vm.expectRevert(reason);
        kernel.execute(address(economy), queued);
    }

    function tighten(ModelDecision memory d, Record memory waiting)
        internal
        returns (uint8 verdict)
    {
        vm.prank(anybody);
        (verdict,) = kernel.tighten(d, waiting);
        readRecords();
    }

    function droppedFor(bytes4 reason) internal {
        assertEq(execute(), Verdict.DROPPED);
        assertEq(last.kind, Kind.DROP);
        assertEq(abi.decode(last.body, (Ending)).reason, reason);
        assertEq(abi.decode(last.body, (Ending)).queued, queued.sequence);
        executeReverts(
            abi.encodeWithSelector(
                NotPending.selector,
                digestOf(),
                kernel.parameter(address(economy), TERMS, alice).head
            )
        );
    }

    function digestOf() internal view returns (bytes22) {
        return bytes22(
            keccak256(
                abi.encodePacked(
                    queued.previous,
                    queued.sequence,
                    queued.kind,
                    uint64(block.chainid),
                    address(kernel),
                    queued.time,
                    keccak256(queued.body)
                )
            )
        );
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K20_revertsWith_TooEarly() public {
        uint256 eta = enqueue();
        vm.warp(eta - 1);
        executeReverts(abi.encodeWithSelector(TooEarly.selector, eta - 1, eta));
        vm.warp(eta);
        assertEq(execute(), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(600));
        executeReverts(
            abi.encodeWithSelector(
                NotPending.selector,
                digestOf(),
                kernel.parameter(address(economy), TERMS, alice).head
            )
        );
    }

    function test_K20_expiresAfterGraceAndNotBefore() public {
        uint256 eta = enqueue();
        vm.warp(eta + GRACE + 1);
        uint256 state = vm.snapshot();
        assertEq(execute(), Verdict.EXPIRED);
        assertEq(last.kind, Kind.EXPIRE);
        assertEq(valueOf(TERMS, alice), terms(300));
        executeReverts(abi.encodeWithSelector(NotPending.selector, digestOf(), digestOf()));
        vm.revertTo(state);
        vm.warp(eta + GRACE);
        assertEq(execute(), Verdict.APPLIED);
    }

    function test_applicationTakesTheScoreOfTheQueue() public {
        enqueue();
        uint256 scored = block.timestamp;
        skip(WINDOW);
        execute();
        Parameter memory p = kernel.parameter(address(economy), TERMS, alice);
        assertEq(p.beat, scored, "scored when the inputs were fresh");
        assertEq(p.movedAt, block.timestamp, "moved when it took effect");
    }

    // ── void ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K20_revertsWith_Superseded_byModel() public {
        enqueue();
        bytes32 modelId = models.add(address(4), SCHEMA);
        ripen(abi.encodeCall(kernel.activateModel, (address(economy), SLOT, modelId)));
        assertEq(kernel.allowance(address(economy)).pending, 0);
        droppedFor(Superseded.selector);
    }

    function test_K20_supersededByMandate() public {
        enqueue();
        draft.expiry += 1;
        renew();
        droppedFor(Superseded.selector);
    }

    function test_K20_supersededByRevocation() public {
        enqueue();
        vm.prank(guardian);
        kernel.revokeMandate(address(economy));
        readRecords();
        skip(WINDOW);
        droppedFor(Superseded.selector);
    }

    function test_K13_aRevokedAgentsDecisionIsDropped() public {
        enqueue();
        vm.prank(guardian);
        kernel.revokeAgent(address(economy), agent);
        readRecords();
        skip(WINDOW);
        droppedFor(AgentRevoked.selector);
    }

    function test_K13_anExpiredMandatesDecisionIsDropped() public {
        vm.warp(draft.expiry - 2 * DELAY);
        enqueue();
        skip(WINDOW);
        droppedFor(MandateExpired.selector);
    }

    function test_K20_aSecondDecisionDropsTheFirstAndRestartsTheClock() public {
        uint256 eta = enqueue();
        Record memory first = queued;
        skip(DELAY);
        assertEq(giveTerms(alice, 610), Verdict.QUEUED);
        readRecords();
        vm.warp(eta);
        queued = first;
        executeReverts(
            abi.encodeWithSelector(
                NotPending.selector,
                digestOf(),
                kernel.parameter(address(economy), TERMS, alice).head
            )
        );
        queued = last;
        executeReverts(abi.encodeWithSelector(TooEarly.selector, eta, eta + DELAY));
    }

    function test_K20_anAppliedMoveDropsWhatWaits() public {
        enqueue();
        giveTerms(alice, 290);
        readRecords();
        skip(WINDOW);
        executeReverts(
            abi.encodeWithSelector(
                NotPending.selector,
                digestOf(),
                kernel.parameter(address(economy), TERMS, alice).head
            )
        );
    }

    function test_K20_aDecisionOfTwoParametersIsDroppedWholeWhenOneHasMoved() public {
        giveTerms(alice, 300);
        skip(DELAY);
        // Negative outputs set the pair as well: limit 600 of the terms, and the pair's to their low bits.
        Change[] memory changes = new Change[](2);
        changes[0] = Change(TERMS, alice, terms(600));
        changes[1] = Change(PAIR, alice, 500);
        vm.prank(governor);
        (uint8 verdict,) = kernel.decideManually(address(economy), changes);
        assertEq(verdict, Verdict.QUEUED);
        readRecords();
        queued = last;
        giveTerms(alice, 200);
        readRecords();
        skip(WINDOW);
        assertEq(execute(), Verdict.DROPPED);
        assertEq(abi.decode(last.body, (Ending)).reason, NotPending.selector);
        assertEq(valueOf(PAIR, alice), 0, "nothing applies in part");
        assertFalse(kernel.parameter(address(economy), PAIR, alice).pending);
    }

    function test_revertsWith_ChargeAboveQuote() public {
        enqueue();
        skip(WINDOW);
        economy.overrideQuote(300e6 + 1);
        uint256 state = vm.snapshot();
        droppedFor(ChargeAboveQuote.selector);
        vm.revertTo(state);
        economy.overrideQuote(300e6);
        assertEq(execute(), Verdict.APPLIED);
    }

    /// @dev The fallback moves while a cap waits, and what was within a step no longer is.
    function test_K3_theLiveValueIsJudgedAgain() public {
        decideAs(agent, steer(CAP, 1100));
        skip(2 * AVERAGING);
        kernel.allowance(address(economy));
        manualCap(1200);
        readRecords();
        queued = last;
        economy.setFallback(CAP, 1400);
        skip(WINDOW);
        // Towards the new fallback it is safer, so it applies; the charge is none.
        assertEq(execute(), Verdict.APPLIED);
        assertEq(valueOf(CAP, 0), 1200);
    }

    function test_K4_theLiveValueIsJudgedAgainAndDropped() public {
        manualCap(1100);
        readRecords();
        queued = last;
        // Never set, the cap stands at the fallback's value, which runs away from the target.
        economy.setFallback(CAP, 999);
        skip(WINDOW);
        assertEq(execute(), Verdict.DROPPED);
        assertEq(abi.decode(last.body, (Ending)).reason, StepExceeded.selector);
    }

    function manualCap(uint160 value) private {
        Change[] memory changes = new Change[](1);
        changes[0] = Change(CAP, 0, value);
        vm.prank(governor);
        kernel.decideManually(address(economy), changes);
    }

    function test_revertsWith_WrongKind() public {
        enqueue();
        queued.kind = Kind.APPLY;
        executeReverts(abi.encodeWithSelector(WrongKind.selector, Kind.APPLY, Kind.QUEUE));
    }

    function test_K10_revertsWith_NotPending_forAnyOtherBody() public {
        enqueue();
        Decision memory d = BodyLib.decode(queued.body);
        d.moves[0].to = terms(601);
        queued.body = packed(d);
        skip(WINDOW);
        bytes22 held = kernel.parameter(address(economy), TERMS, alice).head;
        executeReverts(abi.encodeWithSelector(NotPending.selector, digestOf(), held));
    }

    // ── budget, pause ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K5_revertsWith_DriftExceeded_andMayBeTriedAgain() public {
        enqueue();
        // Nothing leaks any more and 600 of the drift stay used, 300 waits.
        act(abi.encodeCall(kernel.setCapacity, (address(economy), 600e6, 0, 0, 0, 1000)));
        readRecords();
        uint256 level = kernel.allowance(address(economy)).driftLevel;
        skip(WINDOW);
        executeReverts(abi.encodeWithSelector(DriftExceeded.selector, level + 300e6, 540e6));
        assertTrue(kernel.parameter(address(economy), TERMS, alice).pending);
    }

    function test_K5_revertsWith_SubDriftExceeded() public {
        enqueue();
        act(abi.encodeCall(kernel.setShare, (address(economy), agent, 1000)));
        readRecords();
        skip(WINDOW);
        uint256 level = kernel.subAllowance(address(economy), agent).driftLevel;
        executeReverts(abi.encodeWithSelector(SubDriftExceeded.selector, level + 300e6, 200e6));
    }

    function test_K13_aPauseHoldsApplicationsBack() public {
        enqueue();
        skip(WINDOW - 1);
        vm.prank(guardian);
        kernel.pause(address(economy));
        readRecords();
        skip(1);
        executeReverts(abi.encodeWithSelector(Paused.selector, block.timestamp - 1 + PAUSE_MAX));
    }

    // ── veto ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_vetoEndsItOnce() public {
        enqueue();
        vm.prank(guardian);
        kernel.veto(address(economy), queued);
        readRecords();
        assertEq(last.kind, Kind.VETO);
        skip(WINDOW);
        executeReverts(abi.encodeWithSelector(NotPending.selector, digestOf(), digestOf()));
        vm.expectRevert(abi.encodeWithSelector(NotPending.selector, digestOf(), digestOf()));
        vm.prank(governor);
        kernel.veto(address(economy), queued);
        // The report is used up: the same inputs do not come back.
        ModelDecision memory d = report(TERMS, alice, terms(600));
        d.report.sequence = 2;
        sign(d);
        vm.expectRevert(abi.encodeWithSelector(SequenceUsed.selector, 2, 2));
        vm.prank(agent);
        kernel.decide(d);
    }

    function test_revertsWith_NotGuardian() public {
        enqueue();
        vm.expectRevert(abi.encodeWithSelector(NotGuardian.selector, agent));
        vm.prank(agent);
        kernel.veto(address(economy), queued);
    }

    // ── exit reserve and pending bound ───────────────────────────────────────────────────────────────────────────────

    function test_theExitReserveHoldsWhileAMarketWideChangeWaits() public {
        assertEq(kernel.exitReserve(address(economy)), 0);
        manualCap(1100);
        uint256 until = block.timestamp + WINDOW + GRACE;
        assertEq(kernel.exitReserve(address(economy)), 1000);
        vm.warp(until);
        assertEq(kernel.exitReserve(address(economy)), 1000);
        vm.warp(until + 1);
        assertEq(kernel.exitReserve(address(economy)), 0);
    }

    function test_theExitReserveHoldsBackDraws() public {
        giveTerms(alice, 100);
        economy.deposit(50e6);
        manualCap(1100);
        address who = address(uint160(uint256(alice)));
        vm.expectRevert();
        vm.prank(who);
        economy.draw(46e6);
        vm.prank(who);
        economy.draw(45e6);
        economy.withdraw(5e6);
    }

    function testFuzz_pendingIsNeverBelowWhatWaits(uint32[6] memory gaps, uint8[6] memory limits)
        public
    {
        uint256[6] memory etas;
        uint256[6] memory quotes;
        act(abi.encodeCall(kernel.setCapacity, (address(economy), DRIFT, DRIFT_LEAK, 0, 0, 1000)));
        for (uint256 i; i < 6; ++i) {
            skip(gaps[i] % (WINDOW / 2));
            bytes32 subject = keccak256(abi.encode("pending", i));
            giveTerms(subject, uint256(limits[i]) + 1);
            etas[i] = block.timestamp + WINDOW + GRACE;
            quotes[i] = (uint256(limits[i]) + 1) * 1e6;
            uint256 waiting;
            for (uint256 j; j <= i; ++j) {
                if (block.timestamp <= etas[j]) waiting += quotes[j];
            }
            assertGe(kernel.allowance(address(economy)).pending, waiting);
        }
    }

    // ── permissionless tightening ────────────────────────────────────────────────────────────────────────────────────

    function test_anybodyLowersAValueAlsoWhileTheAgentIsPaused() public {
        giveTerms(alice, 300);
        vm.prank(guardian);
        kernel.pause(address(economy));
        assertEq(tighten(report(TERMS, alice, terms(200)), none), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(200));
    }

    function test_revertsWith_NotTightening() public {
        giveTerms(alice, 300);
        ModelDecision memory d = report(TERMS, alice, terms(300));
        assertEq(tighten(d, none), Verdict.SIGHTED, "equal tightens nothing");
        assertEq(last.kind, Kind.SIGHT);
        vm.expectRevert(abi.encodeWithSelector(NotTightening.selector));
        kernel.tighten(d, none);
        // Mixed: a lower limit with a lower spread is no tightening.
        d = report(TERMS, alice, terms(200, 0, 400));
        assertEq(tighten(d, none), Verdict.SIGHTED);
        assertEq(valueOf(TERMS, alice), terms(300));
    }

    function test_anybodyLowersThePendingTargetAndTheTimeStays() public {
        uint256 eta = enqueue();
        uint256 pending = kernel.allowance(address(economy)).pending;
        skip(2 * DELAY);
        assertEq(tighten(report(TERMS, alice, terms(500)), queued), Verdict.QUEUED);
        Decision memory d = BodyLib.decode(last.body);
        assertEq(d.eta, eta);
        assertEq(d.charge, 200e6);
        assertEq(address(uint160(d.origin)), agent, "the agent's sub-bucket pays");
        assertEq(uint8(d.origin >> 240), Principal.AGENT);
        assertEq(kernel.allowance(address(economy)).pending, pending, "counted once");
        vm.warp(eta);
        executeReverts(
            abi.encodeWithSelector(
                NotPending.selector,
                digestOf(),
                kernel.parameter(address(economy), TERMS, alice).head
            )
        );
        queued = last;
        assertEq(execute(), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(500));
    }

    function test_anybodyLowersBelowTheValueAndThePendingIsDropped() public {
        enqueue();
        assertEq(tighten(report(TERMS, alice, terms(250)), queued), Verdict.APPLIED);
        assertEq(valueOf(TERMS, alice), terms(250));
        assertFalse(kernel.parameter(address(economy), TERMS, alice).pending);
    }

    function test_aReportThatDoesNotLowerThePendingTargetIsOnlySeen() public {
        enqueue();
        assertEq(tighten(report(TERMS, alice, terms(600)), queued), Verdict.SIGHTED);
        assertTrue(kernel.parameter(address(economy), TERMS, alice).pending);
        skip(WINDOW);
        assertEq(execute(), Verdict.APPLIED, "a sighting drops nothing");
    }

    function test_revertsWith_Stale_whenThePendingIsOver() public {
        uint256 eta = enqueue();
        vm.warp(eta + GRACE + 1);
        ModelDecision memory d = report(TERMS, alice, terms(500));
        vm.expectRevert(abi.encodeWithSelector(Stale.selector, eta + GRACE + 1, eta + GRACE));
        kernel.tighten(d, queued);
    }

    function test_thePendingTargetComesDownAlsoWhileTheAgentIsPaused() public {
        enqueue();
        vm.prank(guardian);
        kernel.pause(address(economy));
        readRecords();
        assertEq(tighten(report(TERMS, alice, terms(500)), queued), Verdict.QUEUED);
    }

    function test_K8_anybodysDecisionMayOnlyTighten() public {
        giveTerms(alice, 300);
        assertEq(decideAs(anybody, report(TERMS, alice, terms(299))), Verdict.APPLIED);
    }

    // ── manual ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_theGovernorHasNoInstantLane() public {
        Change[] memory changes = new Change[](1);
        changes[0] = Change(TERMS, alice, terms(1));
        vm.prank(governor);
        (uint8 verdict,) = kernel.decideManually(address(economy), changes);
        assertEq(verdict, Verdict.QUEUED);
        readRecords();
        queued = last;
        skip(WINDOW);
        assertEq(execute(), Verdict.APPLIED);
        assertEq(
            kernel.parameter(address(economy), TERMS, alice).beat,
            block.timestamp,
            "scored at its application"
        );
        assertEq(kernel.allowance(address(economy)).driftLevel, 1e6);
        assertEq(kernel.subAllowance(address(economy), second).driftLevel, 0);
    }

    /// @dev Agents stop at B less the reserve; the governor may use it.
    function test_K5_theGovernorsReserveStaysFree() public {
        act(abi.encodeCall(kernel.setCapacity, (address(economy), 400e6, 0, 400e6, 0, 1000)));
        assertEq(giveTerms(alice, 361), Verdict.QUEUED);
        assertEq(giveTerms(bob, 360), Verdict.APPLIED);
        Change[] memory changes = new Change[](1);
        changes[0] = Change(PAIR, alice, 40);
        vm.prank(governor);
        kernel.decideManually(address(economy), changes);
        readRecords();
        queued = last;
        skip(WINDOW);
        assertEq(execute(), Verdict.APPLIED);
        assertEq(kernel.allowance(address(economy)).driftLevel, 400e6);
    }

    /// @dev Shares may add up to more than the whole; the market's own buckets still bound them together.
    function test_K8_theInstantBucketIsSharedByAllAgents() public {
        assertEq(giveTerms(alice, 400), Verdict.APPLIED);
        assertEq(decideAs(second, report(TERMS, bob, terms(101))), Verdict.QUEUED);
        skip(DELAY);
        assertEq(kernel.subAllowance(address(economy), second).instantLevel, 0);
    }

    function test_K5_oneAgentsShareDoesNotDrainTheOthers() public {
        assertEq(decideAs(second, report(TERMS, alice, terms(251))), Verdict.QUEUED);
        assertEq(decideAs(second, report(TERMS, bob, terms(250))), Verdict.APPLIED);
    }

    // ── whole shares ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev An agent whose share is everything has no level of its own; when the share is reduced it starts at the market's,
    /// which is no lower than what the agent has used.
    function test_K5_K18_aReducedShareStartsAtTheMarketsLevel() public {
        assertEq(giveTerms(alice, 100), Verdict.APPLIED);
        assertEq(decideAs(second, report(TERMS, bob, terms(50))), Verdict.APPLIED);
        assertEq(giveTerms(keccak256("carol"), 100), Verdict.APPLIED);
        act(abi.encodeCall(kernel.setShare, (address(economy), agent, 2000)));
        assertEq(kernel.subAllowance(address(economy), agent).driftLevel, 250e6);
        assertEq(kernel.subAllowance(address(economy), agent).instantLevel, 250e6);
        // A fifth of the instant capacity is 100: nothing goes at once before the level has leaked.
        assertEq(giveTerms(keccak256("dave"), 1), Verdict.QUEUED);
        assertEq(decideAs(second, report(TERMS, keccak256("erin"), terms(1))), Verdict.APPLIED);
        assertEq(kernel.subAllowance(address(economy), agent).driftLevel, 250e6);
    }

    /// @dev A share that grows to everything keeps its level until that lies nowhere above the market's.
    function test_K18_aShareThatBecomesWholeForgetsNothing() public {
        address market = address(economy);
        uint96 leak = DRIFT_LEAK / 40;
        act(abi.encodeCall(kernel.setCapacity, (market, DRIFT, leak, INSTANT, INSTANT_LEAK, 1000)));
        assertEq(decideAs(second, report(TERMS, bob, terms(200))), Verdict.APPLIED);
        ripen(abi.encodeCall(kernel.setShare, (market, second, 10_000)));
        uint256 level = kernel.subAllowance(market, second).driftLevel;
        assertGt(level, kernel.allowance(market).driftLevel, "it leaked at half the rate");
        assertEq(decideAs(second, report(TERMS, bob, terms(210))), Verdict.APPLIED);
        assertEq(kernel.subAllowance(market, second).driftLevel, level + 10e6);
    }

    /// @dev A new leak counts from its own time on, for agents as for the market.
    function test_K5_K18_aNewLeakDoesNotReachBack() public {
        address market = address(economy);
        uint96 leak = DRIFT_LEAK / 40;
        act(abi.encodeCall(kernel.setCapacity, (market, DRIFT, leak, INSTANT, INSTANT_LEAK, 1000)));
        assertEq(decideAs(second, report(TERMS, bob, terms(200))), Verdict.APPLIED);
        assertEq(giveTerms(alice, 100), Verdict.APPLIED);
        bytes memory call = abi.encodeCall(
            kernel.setCapacity, (market, DRIFT, 2 * leak, INSTANT, INSTANT_LEAK, 1000)
        );
        vm.prank(governor);
        kernel.announce(call);
        skip(MIN_DELAY);
        uint256 own = kernel.subAllowance(market, second).driftLevel;
        uint256 whole = kernel.subAllowance(market, agent).driftLevel;
        act(call);
        assertEq(kernel.subAllowance(market, second).driftLevel, own);
        assertEq(kernel.subAllowance(market, agent).driftLevel, whole);
        skip(1 hours);
        // Half the market's leak, twice what it was.
        uint256 leaked = uint256(leak) * 1 hours >> 32;
        assertApproxEqAbs(kernel.subAllowance(market, second).driftLevel, own - leaked, 1);
    }

    /// @dev Marks are by index in the mandate: under another mandate, and after any change of a share, they start anew.
    function test_K18_marksDoNotOutliveTheirMandate() public {
        assertEq(giveTerms(alice, 100), Verdict.APPLIED);
        // The second agent, whose share is a half, takes over the first one's place.
        draft.agents = new address[](1);
        draft.agents[0] = second;
        renew();
        assertEq(decideAs(second, report(TERMS, bob, terms(250))), Verdict.APPLIED);
        assertEq(kernel.subAllowance(address(economy), second).driftLevel, 250e6);
        assertEq(decideAs(second, report(TERMS, keccak256("x"), terms(1))), Verdict.QUEUED);
    }
}
