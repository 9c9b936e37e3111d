// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {
    Config,
    IKernel,
    ItemResult,
    ModelDecision,
    Verdict
} from "../../src/interfaces/IKernel.sol";
import {Kind, Record} from "../../src/interfaces/IRecords.sol";
import {KernelAdmin} from "../../src/kernel/KernelAdmin.sol";
import {KernelUndo} from "../../src/kernel/KernelUndo.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {KernelParts} from "../fixtures/KernelParts.sol";
import {MandateBuilder} from "../fixtures/MandateBuilder.sol";
import {RogueEconomy, SetPredicate} from "../fixtures/RogueEconomy.sol";
import {SmallEconomy} from "../fixtures/SmallEconomy.sol";
import {TermsOrder} from "../fixtures/TermsOrder.sol";

/// @notice Each refusal of a decision, at its bound and one past it.
contract KernelRefusalsTest is KernelFixture {
    RogueEconomy private rogue;
    SetPredicate private predicate;

    function newEconomy() internal override returns (SmallEconomy) {
        rogue = new RogueEconomy(kernel);
        predicate = new SetPredicate();
        return rogue;
    }

    /// @dev Alice's limit plus twice bob's stays below 1500; and a predicate by hand.
    function defaults() internal override {
        super.defaults();
        bytes[] memory parts = new bytes[](2);
        parts[0] = MandateBuilder.term(TERMS, alice, 0, 1);
        parts[1] = MandateBuilder.term(TERMS, bob, 0, 2);
        draft.linears.push(MandateBuilder.linear(900, parts));
        draft.views.push(MandateBuilder.view_(address(predicate), 50_000, "set by hand"));
    }

    function refused(ModelDecision memory d, bytes memory reason) private {
        refusedTo(agent, d, reason);
    }

    function refusedTo(address who, ModelDecision memory d, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(who);
        kernel.decide(d);
    }

    function manual(uint8 class, bytes32 subject, uint160 value) private returns (uint8 verdict) {
        Change[] memory changes = new Change[](1);
        changes[0] = Change(class, subject, value);
        vm.prank(governor);
        (verdict,) = kernel.decideManually(address(economy), changes);
    }

    function scriptOf(uint256 count) private view returns (Change[] memory changes) {
        changes = new Change[](count);
        for (uint256 i; i < count; ++i) {
            changes[i] = Change(TERMS, bytes32(uint256(alice) + i), terms(1));
        }
    }

    // ── who and where ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K28_revertsWith_Reentered() public {
        bytes memory call = abi.encodeCall(kernel.recordClose, (alice));
        rogue.reenter(call);
        giveTerms(alice, 100);
        assertEq(rogue.answer(), abi.encodeWithSelector(Reentered.selector));
        // Every door is shut, those of the extensions too.
        rogue.reenter(abi.encodeCall(kernel.decide, (report(TERMS, bob, terms(1)))));
        giveTerms(alice, 90);
        assertEq(rogue.answer(), abi.encodeWithSelector(Reentered.selector));
        rogue.reenter(abi.encodeCall(kernel.storeMandate, (hex"00")));
        giveTerms(alice, 80);
        assertEq(rogue.answer(), abi.encodeWithSelector(Reentered.selector));
    }

    function test_revertsWith_NotKernel() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        vm.expectRevert(abi.encodeWithSelector(NotKernel.selector, agent));
        vm.prank(agent);
        kernel.decideItem(d, agent);
    }

    function test_K18_revertsWith_UnknownMarket() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.market = anybody;
        refused(d, abi.encodeWithSelector(UnknownMarket.selector, anybody));
    }

    function test_revertsWith_UnknownClass() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.class = 9;
        refused(d, abi.encodeWithSelector(UnknownClass.selector, 9));
    }

    function test_revertsWith_UnknownAgent() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        refusedTo(anybody, d, abi.encodeWithSelector(UnknownAgent.selector, anybody));
    }

    function test_revertsWith_WrongSubject() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.subject = 0;
        refused(d, abi.encodeWithSelector(WrongSubject.selector, bytes32(0)));
        d = steer(RATE, 1e18);
        d.subject = alice;
        refused(d, abi.encodeWithSelector(WrongSubject.selector, alice));
    }

    function test_revertsWith_NotGovernor() public {
        vm.expectRevert(abi.encodeWithSelector(NotGovernor.selector, guardian));
        vm.prank(guardian);
        kernel.decideManually(address(economy), scriptOf(1));
    }

    // ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K11_revertsWith_WrongMarket() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.report.market = anybody;
        refused(d, abi.encodeWithSelector(WrongMarket.selector, anybody, economy));
    }

    function test_K11_revertsWith_WrongReportSubject() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.report.subject = bob;
        refused(d, abi.encodeWithSelector(WrongReportSubject.selector, bob, alice));
    }

    function test_K11_revertsWith_WrongSchema() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.report.schemaHash = ~SCHEMA;
        refused(d, abi.encodeWithSelector(WrongSchema.selector, ~SCHEMA, bytes12(SCHEMA)));
    }

    function test_K11_revertsWith_WrongSignerSet() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.report.signerSet = SET + 1;
        refused(d, abi.encodeWithSelector(WrongSignerSet.selector, SET + 1, SET));
    }

    function test_K11_revertsWith_ReportStale() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        skip(AGE + 1);
        refused(d, abi.encodeWithSelector(ReportStale.selector, AGE + 1, AGE));
        rewind(1);
        assertEq(decideAs(agent, d), Verdict.APPLIED);
    }

    function test_K11_revertsWith_ReportFromFuture() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        rewind(1);
        refused(
            d,
            abi.encodeWithSelector(ReportFromFuture.selector, block.timestamp + 1, block.timestamp)
        );
    }

    function test_K11_revertsWith_ReportExpired() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.report.expiresAt = uint40(block.timestamp + 10);
        sign(d);
        uint256 expiry = block.timestamp + 10;
        skip(11);
        refused(d, abi.encodeWithSelector(ReportExpired.selector, expiry, expiry + 1));
        rewind(1);
        assertEq(decideAs(agent, d), Verdict.APPLIED);
    }

    function test_K11_underQuorumIsRefused() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        d.signers = 3;
        vm.expectRevert();
        vm.prank(agent);
        kernel.decide(d);
    }

    function test_K26_revertsWith_SequenceUsed() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        decideAs(agent, d);
        refused(d, abi.encodeWithSelector(SequenceUsed.selector, 1, 1));
    }

    function test_revertsWith_SequenceOld() public {
        ModelDecision memory old = report(TERMS, alice, terms(1));
        ModelDecision memory newer = report(TERMS, alice, terms(2));
        newer.report.sequence = 2;
        sign(newer);
        Record memory none;
        vm.prank(anybody);
        (uint8 verdict,) = kernel.tighten(newer, none);
        assertEq(verdict, Verdict.SIGHTED);
        refused(old, abi.encodeWithSelector(SequenceOld.selector, 1, 2));
        assertEq(decideAs(agent, newer), Verdict.APPLIED);
    }

    function test_revertsWith_WrongEpoch() public {
        ModelDecision memory d = steer(RATE, 1.01e18);
        uint32 epoch = d.epoch;
        d.epoch = epoch + 1;
        refused(d, abi.encodeWithSelector(WrongEpoch.selector, epoch + 1, epoch));
        d.epoch = epoch - 1;
        refused(d, abi.encodeWithSelector(WrongEpoch.selector, epoch - 1, epoch));
        d.epoch = epoch;
        decideAs(agent, d);
        refused(d, abi.encodeWithSelector(SequenceUsed.selector, epoch, epoch));
    }

    function test_revertsWith_WrongGeneration() public {
        giveTerms(alice, 1);
        ModelDecision memory d = report(TERMS, alice, terms(0));
        d.generation = 0;
        refused(d, abi.encodeWithSelector(WrongGeneration.selector, 0, 1));
        d.generation = 1;
        assertEq(decideAs(agent, d), Verdict.APPLIED);
    }

    function test_K12_revertsWith_NoModel() public {
        delete draft.classes;
        draft.classes.push(termsClass());
        // The model slot's number sits behind id, flags and count.
        draft.classes[0][6] = 0x09;
        delete draft.linears;
        renew();
        ModelDecision memory d = report(TERMS, alice, terms(1));
        refused(d, abi.encodeWithSelector(NoModel.selector, 9));
    }

    function test_revertsWith_Malformed() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        bytes memory features = abi.encodeCall(economy.features, (TERMS, alice, d.report.payload));
        // A length that runs past the answer.
        vm.mockCall(address(economy), features, abi.encode(32, 33, 1));
        refused(d, abi.encodeWithSelector(Malformed.selector, economy));
        vm.mockCall(address(economy), features, abi.encode(64, 32, 1));
        refused(d, abi.encodeWithSelector(Malformed.selector, economy));
        vm.mockCall(address(economy), features, abi.encode(d.report.payload));
        bytes memory propose =
            abi.encodeCall(economy.propose, (TERMS, alice, int256(uint256(terms(1)))));
        // A class and a value that do not fit their types, and a count without its changes.
        vm.mockCall(address(economy), propose, abi.encode(32, 1, 256 + uint256(TERMS), alice, 1));
        refused(d, abi.encodeWithSelector(Malformed.selector, economy));
        vm.mockCall(address(economy), propose, abi.encode(32, 1, TERMS, alice, 1 << 160));
        refused(d, abi.encodeWithSelector(Malformed.selector, economy));
        vm.mockCall(address(economy), propose, abi.encode(32, 1, TERMS, alice));
        refused(d, abi.encodeWithSelector(Malformed.selector, economy));
        vm.etch(address(models), "");
        refused(d, abi.encodeWithSelector(Malformed.selector, models));
    }

    function test_K12_onlyTheActiveModelRuns() public {
        ripen(
            abi.encodeCall(
                kernel.activateModel, (address(economy), SLOT, models.add(address(4), SCHEMA))
            )
        );
        // The new model's output is its feature plus three.
        decideAs(agent, report(TERMS, alice, terms(1)));
        assertEq(valueOf(TERMS, alice), terms(4));
    }

    // ── the decision ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_revertsWith_EmptyDecision() public {
        rogue.script(new Change[](0));
        refused(report(TERMS, alice, terms(1)), abi.encodeWithSelector(EmptyDecision.selector));
    }

    function test_revertsWith_TooManyChanges() public {
        rogue.script(scriptOf(9));
        ModelDecision memory d = report(TERMS, alice, terms(1));
        refused(d, abi.encodeWithSelector(TooManyChanges.selector, 9, 8));
        rogue.script(scriptOf(8));
        assertEq(decideAs(agent, d), Verdict.APPLIED);
        assertEq(valueOf(TERMS, bytes32(uint256(alice) + 7)), terms(1));
    }

    function test_revertsWith_DuplicateParameter() public {
        Change[] memory changes = scriptOf(2);
        changes[1].subject = alice;
        rogue.script(changes);
        refused(
            report(TERMS, alice, terms(1)),
            abi.encodeWithSelector(DuplicateParameter.selector, TERMS, alice)
        );
    }

    function test_revertsWith_WrongParameter() public {
        rogue.script(scriptOf(1));
        refused(
            report(TERMS, bob, terms(1)),
            abi.encodeWithSelector(WrongParameter.selector, TERMS, alice)
        );
    }

    function test_revertsWith_StrayBits() public {
        uint160 mask = (uint160(1) << 104) - 1;
        uint160 given = uint160(1000) | uint160(1) << 104;
        refused(steer(CAP, given), abi.encodeWithSelector(StrayBits.selector, given, mask));
    }

    function test_K2_revertsWith_OutOfCorridor() public {
        refused(
            report(TERMS, alice, terms(1, 501, 500)),
            abi.encodeWithSelector(OutOfCorridor.selector, 501, 0, 500)
        );
        refused(
            report(TERMS, alice, terms(1, 0, 3001)),
            abi.encodeWithSelector(OutOfCorridor.selector, 3001, 0, 3000)
        );
        assertEq(decideAs(agent, report(TERMS, alice, terms(1, 0, 3000))), Verdict.APPLIED);
    }

    function test_revertsWith_Frozen() public {
        uint160 moved = uint160(1000) | uint160(1) << 96;
        refused(steer(CAP, moved), abi.encodeWithSelector(Frozen.selector, 1, 0));
    }

    function test_K3_revertsWith_StepExceeded() public {
        refused(
            report(TERMS, alice, terms(401)),
            abi.encodeWithSelector(StepExceeded.selector, 401, 400)
        );
        assertEq(giveTerms(alice, 400), Verdict.APPLIED);
    }

    function test_K3_twoSidedStepsAwayOnEitherSide() public {
        refused(steer(CAP, 1101), abi.encodeWithSelector(StepExceeded.selector, 101, 100));
        refused(steer(CAP, 899), abi.encodeWithSelector(StepExceeded.selector, 101, 100));
        assertEq(decideAs(agent, steer(CAP, 900)), Verdict.APPLIED);
        skip(AVERAGING);
        // Crossing the fallback's value is riskier, though it ends nearer to it.
        refused(steer(CAP, 1001), abi.encodeWithSelector(StepExceeded.selector, 101, 100));
        assertEq(decideAs(agent, steer(CAP, 1000)), Verdict.APPLIED);
    }

    function test_revertsWith_SafeStepExceeded() public {
        manualTo(CAP, 1500);
        economy.setFallback(CAP, 1000);
        refused(steer(CAP, 1199), abi.encodeWithSelector(SafeStepExceeded.selector, 301, 300));
        assertEq(decideAs(agent, steer(CAP, 1200)), Verdict.APPLIED);
    }

    /// @dev Moves the fallback, so that a far value becomes reachable at once.
    function manualTo(uint8 class, uint160 value) private {
        economy.setFallback(class, value);
        decideAs(agent, steer(class, value));
        skip(AVERAGING);
    }

    function test_K4_revertsWith_TooSoon() public {
        giveTerms(alice, 1);
        skip(DELAY - 1);
        refused(
            report(TERMS, alice, terms(2)),
            abi.encodeWithSelector(TooSoon.selector, DELAY - 1, DELAY)
        );
        // A safer move neither waits nor resets the clock.
        assertEq(giveTerms(alice, 0), Verdict.APPLIED);
        skip(1);
        assertEq(giveTerms(alice, 2), Verdict.APPLIED);
    }

    function test_revertsWith_QuoteTooLarge() public {
        rogue.overrideQuote(uint256(type(uint96).max) + 1);
        refused(
            report(TERMS, alice, terms(1)),
            abi.encodeWithSelector(
                QuoteTooLarge.selector, uint256(type(uint96).max) + 1, type(uint96).max
            )
        );
        rogue.overrideQuote(type(uint96).max);
        assertEq(giveTerms(alice, 1), Verdict.QUEUED);
    }

    function test_revertsWith_QuoteLength() public {
        rogue.setFault(RogueEconomy.Fault.QUOTE_SHORT);
        refused(report(TERMS, alice, terms(1)), abi.encodeWithSelector(QuoteLength.selector, 0, 1));
    }

    function test_revertsWith_QuoteFailed() public {
        rogue.setFault(RogueEconomy.Fault.QUOTE_REVERTS);
        refused(report(TERMS, alice, terms(1)), abi.encodeWithSelector(QuoteFailed.selector));
    }

    function test_K13_revertsWith_MandateExpired() public {
        giveTerms(alice, 10);
        vm.warp(draft.expiry);
        assertEq(giveTerms(alice, 11), Verdict.APPLIED);
        skip(1);
        bytes memory reason =
            abi.encodeWithSelector(MandateExpired.selector, draft.expiry, draft.expiry + 1);
        refused(report(TERMS, alice, terms(12)), reason);
        assertEq(giveTerms(alice, 9), Verdict.APPLIED, "safer stays open");
        vm.expectRevert(reason);
        manual(TERMS, bob, terms(50));
    }

    function test_K13_revertsWith_MandateRevoked() public {
        giveTerms(alice, 10);
        vm.prank(guardian);
        kernel.revokeMandate(address(economy));
        skip(DELAY);
        refused(report(TERMS, alice, terms(12)), abi.encodeWithSelector(MandateRevoked.selector));
        assertEq(giveTerms(alice, 9), Verdict.APPLIED, "safer stays open");
        vm.expectRevert(abi.encodeWithSelector(MandateRevoked.selector));
        manual(TERMS, alice, terms(50));
        vm.expectRevert(abi.encodeWithSelector(MandateRevoked.selector));
        vm.prank(guardian);
        kernel.revokeMandate(address(economy));
    }

    function test_K13_revertsWith_AgentRevoked() public {
        giveTerms(alice, 10);
        vm.prank(guardian);
        kernel.revokeAgent(address(economy), agent);
        skip(DELAY);
        refused(
            report(TERMS, alice, terms(12)), abi.encodeWithSelector(AgentRevoked.selector, agent)
        );
        assertEq(giveTerms(alice, 9), Verdict.APPLIED, "safer stays open");
        assertEq(decideAs(second, report(TERMS, alice, terms(12))), Verdict.APPLIED, "others go on");
        vm.expectRevert(abi.encodeWithSelector(AgentRevoked.selector, agent));
        vm.prank(guardian);
        kernel.revokeAgent(address(economy), agent);
    }

    function test_K13_revertsWith_Paused() public {
        giveTerms(alice, 10);
        vm.prank(guardian);
        kernel.pause(address(economy));
        uint256 until = block.timestamp + PAUSE_MAX;
        skip(PAUSE_MAX - 1);
        refused(report(TERMS, alice, terms(12)), abi.encodeWithSelector(Paused.selector, until));
        vm.expectRevert(abi.encodeWithSelector(Paused.selector, until));
        manual(TERMS, alice, terms(50));
        assertEq(giveTerms(alice, 9), Verdict.APPLIED, "safer stays open");
        skip(1);
        assertEq(giveTerms(alice, 12), Verdict.APPLIED);
    }

    // ── predicates ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_K6_revertsWith_LinearViolated() public {
        giveTerms(alice, 300);
        skip(10 * DAY);
        refused(
            report(TERMS, bob, terms(301)), abi.encodeWithSelector(LinearViolated.selector, 0, 2, 0)
        );
        assertEq(giveTerms(bob, 300), Verdict.APPLIED, "at the bound");
    }

    function test_K6_revertsWith_PredicateViolated() public {
        predicate.set(1, SetPredicate.Fault.NONE);
        refused(
            report(TERMS, alice, terms(1)),
            abi.encodeWithSelector(PredicateViolated.selector, "set by hand", 1, 0)
        );
    }

    function test_K6_saferMovesMayHealButNotWorsen() public {
        giveTerms(alice, 10);
        predicate.set(7, SetPredicate.Fault.NONE);
        assertEq(giveTerms(alice, 9), Verdict.APPLIED, "the world's own drift blocks no healing");
    }

    function test_K6_aSaferMoveThatWorsensIsRefused() public {
        bytes[] memory parts = new bytes[](1);
        // At least ten: 0 - p <= -10 is broken more by a lower limit.
        parts[0] = MandateBuilder.term(TERMS, alice, 0, -1);
        draft.linears[0] = MandateBuilder.linear(-10, parts);
        renew();
        giveTerms(alice, 10);
        refused(
            report(TERMS, alice, terms(9)), abi.encodeWithSelector(LinearViolated.selector, 0, 1, 0)
        );
    }

    function test_K6_revertsWith_PredicateFailed() public {
        for (uint8 i = 1; i <= uint8(SetPredicate.Fault.EMPTY); ++i) {
            predicate.set(0, SetPredicate.Fault(i));
            refused(
                report(TERMS, alice, terms(1)),
                abi.encodeWithSelector(PredicateFailed.selector, "set by hand")
            );
        }
    }

    function test_K6_aQueuedDecisionIsHeldToThePredicatesWhenQueued() public {
        predicate.set(1, SetPredicate.Fault.NONE);
        vm.expectRevert(abi.encodeWithSelector(PredicateViolated.selector, "set by hand", 1, 0));
        manual(TERMS, alice, terms(1));
    }

    function test_K25_revertsWith_TooLittleGas() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        bytes memory call = abi.encodeCall(kernel.decide, (d));
        bool seen;
        for (uint256 gas_ = 100_000; gas_ < 300_000; gas_ += 5000) {
            uint256 state = vm.snapshot();
            vm.prank(agent);
            (bool ok, bytes memory reason) = address(kernel).call{gas: gas_}(call);
            vm.revertTo(state);
            seen = seen || !ok && bytes4(reason) == TooLittleGas.selector;
            assertTrue(bytes4(reason) != PredicateFailed.selector, "lack of gas looks like it");
        }
        assertTrue(seen);
    }

    // ── principals ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// K-7: the verdict on the same changes is the same for agent and governor, lane and sub-bucket apart.
    function testFuzz_K7_theVerdictIsTheSameForEveryPrincipal(
        uint16 limit,
        uint16 unsecured,
        uint16 spread,
        uint16 start
    ) public {
        giveTerms(alice, start % 401);
        skip(uint256(start) % (2 * DELAY));
        _sameVerdict(terms(limit % 1100, unsecured % 600, spread % 3100));
    }

    /// @dev Somebody without standing gets it too, for what is strictly safer.
    function _sameVerdict(uint160 value) private {
        uint256 state = vm.snapshot();
        uint160 before = valueOf(TERMS, alice);
        (bool agentOk, bytes memory agentWhy) =
            attempt(agent, abi.encodeCall(kernel.decide, (report(TERMS, alice, value))));
        vm.revertTo(state);
        Change[] memory changes = new Change[](1);
        changes[0] = Change(TERMS, alice, value);
        (bool governorOk, bytes memory governorWhy) =
            attempt(governor, abi.encodeCall(kernel.decideManually, (address(economy), changes)));
        assertEq(agentOk, governorOk);
        if (!agentOk) assertEq(agentWhy, governorWhy);
        vm.revertTo(state);
        (bool anybodyOk,) =
            attempt(anybody, abi.encodeCall(kernel.decide, (report(TERMS, alice, value))));
        bool safer = value != before && !TermsOrder.riskier(before, value);
        assertEq(anybodyOk, agentOk && safer, "anybody");
    }

    function attempt(address who, bytes memory call) private returns (bool, bytes memory) {
        vm.prank(who);
        return address(kernel).call(call);
    }

    // ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_revertsWith_TooManyItems() public {
        vm.expectRevert(abi.encodeWithSelector(TooManyItems.selector, 65, 64));
        kernel.batch(new ModelDecision[](65));
    }

    function test_K14_aFailureChangesNothingElse() public {
        ModelDecision[] memory items = new ModelDecision[](4);
        items[0] = report(TERMS, alice, terms(100));
        items[1] = report(TERMS, bob, terms(401));
        items[2] = report(TERMS, bob, terms(50));
        items[3] = report(TERMS, alice, terms(90));
        items[3].report.sequence = 2;
        sign(items[3]);
        vm.prank(agent);
        ItemResult[] memory results = kernel.batch(items);
        assertEq(results[0].verdict, Verdict.APPLIED);
        assertEq(results[1].verdict, 0);
        assertEq(results[1].reason, abi.encodeWithSelector(StepExceeded.selector, 401, 400));
        assertEq(results[2].verdict, Verdict.APPLIED);
        assertEq(
            results[3].reason, abi.encodeWithSelector(DuplicateParameter.selector, TERMS, alice)
        );
        assertEq(valueOf(TERMS, alice), terms(100));
        assertEq(valueOf(TERMS, bob), terms(50));
        assertEq(kernel.allowance(address(economy)).driftLevel, 150e6, "items see earlier ones");
    }

    function test_K25_tooLittleGasRevertsABatchWhole() public {
        ModelDecision[] memory items = new ModelDecision[](1);
        items[0] = report(TERMS, alice, terms(100));
        bytes memory call = abi.encodeCall(kernel.batch, (items));
        vm.prank(agent);
        (bool ok, bytes memory reason) = address(kernel).call{gas: 1_250_000}(call);
        assertFalse(ok);
        assertEq(bytes4(reason), TooLittleGas.selector);
        vm.prank(agent);
        (ok,) = address(kernel).call{gas: 1_350_000}(call);
        assertTrue(ok);
    }

    function test_K14_gasAndReturnDataGriefingIsContained() public {
        ModelDecision[] memory items = new ModelDecision[](2);
        items[0] = report(TERMS, alice, terms(100));
        giveTerms(bob, 10);
        items[1] = report(TERMS, bob, terms(5));
        rogue.setFault(RogueEconomy.Fault.LONG_REVERT);
        vm.prank(agent);
        ItemResult[] memory results = kernel.batch(items);
        assertEq(results[0].verdict, 0);
        assertLe(results[0].reason.length, 256);
        rogue.setFault(RogueEconomy.Fault.QUOTE_BURNS);
        vm.prank(agent);
        results = kernel.batch{gas: 4_000_000}(items);
        assertEq(results[0].verdict, 0);
        assertEq(results[1].verdict, Verdict.APPLIED, "the next item has its stipend");
    }

    // ── construction ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_revertsWith_ConfigMismatch() public {
        Config memory config = kernel.config();
        KernelUndo undo = new KernelUndo(config);
        bytes32 given = undo.configHash();
        config.minDelay += 1;
        bytes memory reason =
            abi.encodeWithSelector(ConfigMismatch.selector, given, keccak256(abi.encode(config)));
        vm.expectRevert(reason);
        new KernelAdmin(config, address(undo));
        vm.expectRevert(reason);
        KernelParts.first(config, address(undo));
    }

    function test_revertsWith_ZeroAddress() public {
        Config memory config = kernel.config();
        config.guardian = address(0);
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new KernelUndo(config);
    }

    function test_revertsWith_DelayTooShort() public {
        Config memory config = kernel.config();
        config.minDelay = 0;
        vm.expectRevert(abi.encodeWithSelector(DelayTooShort.selector, 0, 1));
        new KernelUndo(config);
        config.minDelay = 1;
        config.pauseMax = 0;
        vm.expectRevert(abi.encodeWithSelector(DelayTooShort.selector, 0, 1));
        new KernelUndo(config);
    }

    function test_revertsWith_NoCode() public {
        ModelDecision memory d = report(TERMS, alice, terms(1));
        vm.etch(address(attestors), "");
        refused(d, abi.encodeWithSelector(NoCode.selector, attestors));
    }

    /// @dev On their own the extensions have no market, so there is nothing to govern.
    function test_K1_extensionsAloneHoldNothing() public {
        Config memory config = kernel.config();
        KernelUndo undo = new KernelUndo(config);
        vm.expectRevert();
        vm.prank(governor);
        undo.readmit(address(economy), TERMS, alice);
    }
}
