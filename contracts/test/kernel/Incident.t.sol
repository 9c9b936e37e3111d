// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {ModelDecision, Verdict} from "../../src/interfaces/IKernel.sol";
import {Component} from "../../src/kernel/MandateLib.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {ClassHead, MandateBuilder} from "../fixtures/MandateBuilder.sol";
import {
    CapHarmsNobody,
    ClosedRounds,
    RangeSteward,
    RatioCap,
    SnapshotMatches
} from "../fixtures/RatioCap.sol";
import {SmallEconomy} from "../fixtures/SmallEconomy.sol";

/// @notice 10 March 2026 as a regression test: a rule that knows ranges only lets the update through, the kernel refuses it by
/// the name of the predicate, whoever brings it.
/// @dev Reported facts: a cap of 1.1939 where 1.2285 was right; 3 % per 3 days; a snapshot of 7 days ago. Reconstructed, because
/// no source has them: the old ratio 1.157, its time, and a growth of 9.7 % a year, which together give both caps.
contract IncidentTest is KernelFixture {
    uint256 private constant OLD_RATIO = 1.157e18;
    uint256 private constant NEW_RATIO = 1.19171e18;
    uint256 private constant GROWTH = 97_000;
    uint256 private constant PRICE = 1.2282e18;
    /// @dev How long ago the old ratio was taken, so that it has grown to 1.2285.
    uint256 private constant OLD_AGE = 232.57 days;

    ClosedRounds private rounds;
    SnapshotMatches private snapshotMatches;
    CapHarmsNobody private capHarmsNobody;
    RatioCap private ratioCap;
    RatioCap private stewarded;
    RangeSteward private steward;
    uint160 private bad;

    function setUp() public override {
        super.setUp();
        // The kernel's market is the cap; the small economy is only there because every fixture has one.
        economy = SmallEconomy(address(ratioCap));
        delete draft;
        draft.version = 1;
        draft.mode = 1;
        draft.market = address(ratioCap);
        draft.expiry = uint40(block.timestamp + 365 days);
        (draft.window, draft.grace, draft.finality) = (WINDOW, GRACE, FINALITY);
        draft.agents = pair(agent < second ? agent : second, agent < second ? second : agent);
        draft.classes.push(capOnlyClass());
        draft.views
            .push(MandateBuilder.view_(address(snapshotMatches), 200_000, "snapshot matches"));
        draft.views.push(MandateBuilder.view_(address(capHarmsNobody), 200_000, "cap harms nobody"));
        renew();
        bytes[] memory calls = new bytes[](3);
        bytes32 modelId = models.add(address(1), SCHEMA);
        calls[0] = abi.encodeCall(kernel.activateModel, (address(ratioCap), SLOT, modelId));
        calls[1] = abi.encodeCall(kernel.setCapacity, (address(ratioCap), 1e12, 0, 1e12, 0, 0));
        calls[2] = abi.encodeCall(kernel.setShare, (address(ratioCap), agent, 10_000));
        doAll(calls);
        recordHistory();
        bad = ratioCap.pack(NEW_RATIO, block.timestamp - 7 days, GROWTH);
    }

    function newEconomy() internal override returns (SmallEconomy) {
        rounds = new ClosedRounds();
        snapshotMatches = new SnapshotMatches(rounds);
        capHarmsNobody = new CapHarmsNobody(rounds, samplePositions());
        steward = new RangeSteward(agent);
        // Governance takes three delays until the day.
        uint256 snapshotAt = block.timestamp + 3 * MIN_DELAY - OLD_AGE;
        uint160 old = uint160(OLD_RATIO | snapshotAt << 96 | GROWTH << 136);
        ratioCap = new RatioCap(address(kernel), old, 1e12);
        stewarded = new RatioCap(address(steward), old, 1e12);
        steward.setTarget(stewarded);
        return super.newEconomy();
    }

    function samplePositions() private pure returns (CapHarmsNobody.Position[] memory p) {
        p = new CapHarmsNobody.Position[](3);
        // Looped staking positions close to their limit, and one far from it.
        p[0] = CapHarmsNobody.Position(1000e18, 1150e18, 9550);
        p[1] = CapHarmsNobody.Position(300e18, 347e18, 9550);
        p[2] = CapHarmsNobody.Position(500e18, 400e18, 9550);
    }

    function capOnlyClass() private pure returns (bytes memory) {
        Component[] memory c = new Component[](3);
        c[0] = Component(0, 96, 2, 1e18, 2e18, 0.03471e18, 0.03471e18);
        c[1] = Component(96, 40, 2, 0, type(uint40).max, type(uint40).max, type(uint40).max);
        c[2] = Component(136, 24, 3, 0, 500_000, 0, 0);
        return MandateBuilder.class(ClassHead(1, 1, SLOT, SET, AGE, 3 days, AVERAGING), c);
    }

    /// @dev The exchange rate's rounds: at the old snapshot, eight days ago, and yesterday.
    function recordHistory() private {
        uint256 today = block.timestamp;
        closeAt(today - OLD_AGE - 1 days, uint128(OLD_RATIO));
        closeAt(today - 126 days, 1.1895e18);
        closeAt(today - 8 days, 1.2275e18);
        closeAt(today - 1 days, uint128(PRICE));
        vm.warp(today);
    }

    function closeAt(uint256 time, uint128 ratio) private {
        vm.warp(time);
        rounds.close(ratio);
        vm.roll(block.number + 1);
    }

    function decision() private view returns (ModelDecision memory d) {
        d = report(1, 0, bad);
        d.epoch = uint32(block.timestamp / AVERAGING);
        d.report.sequence = d.epoch;
        sign(d);
    }

    function refusedByAllPaths(string memory name, uint256 violation) private {
        bytes memory reason = abi.encodeWithSelector(PredicateViolated.selector, name, violation, 0);
        ModelDecision memory d = decision();
        vm.expectRevert(reason);
        vm.prank(agent);
        kernel.decide(d);
        Change[] memory changes = new Change[](1);
        changes[0] = Change(1, 0, bad);
        vm.expectRevert(reason);
        vm.prank(governor);
        kernel.decideManually(address(ratioCap), changes);
        assertEq(ratioCap.cap(), rightCap(), "nothing has moved");
    }

    function rightCap() private view returns (uint256) {
        return stewarded.capOf(ratioCap.value(), block.timestamp);
    }

    function test_theReconstructionGivesBothReportedCaps() public view {
        assertApproxEqAbs(ratioCap.cap(), 1.2285e18, 0.00005e18);
        assertApproxEqAbs(ratioCap.capOf(bad, block.timestamp), 1.1939e18, 0.00005e18);
    }

    /// @dev A rule of ranges: each field is inside its own, and the damage is done.
    function test_incident_aRangeOnlyRuleAdmitsIt() public {
        (uint256 before,) = capHarmsNobody.liquidatable(PRICE);
        assertEq(before, 0);
        vm.prank(agent);
        steward.update(NEW_RATIO, block.timestamp - 7 days);
        assertLt(stewarded.cap(), PRICE, "the cap binds");
        (uint256 count, uint256 collateral) = capHarmsNobody.liquidatable(stewarded.cap());
        assertEq(count, 2);
        assertEq(collateral, 1300e18);
    }

    function test_incident_theKernelRefusesItByTheRelation() public {
        uint256 least = uint256(1.2275e18) * 9950 / 10_000;
        refusedByAllPaths("snapshot matches", least - NEW_RATIO);
    }

    function test_incident_theKernelRefusesItByThePostCondition() public {
        // Without the relation, what it does to people is still seen.
        draft.views[0] = draft.views[1];
        draft.views.pop();
        renew();
        rounds.close(uint128(PRICE));
        vm.roll(block.number + 1);
        bad = ratioCap.pack(NEW_RATIO, block.timestamp - 7 days, GROWTH);
        uint256 cap = ratioCap.capOf(bad, block.timestamp);
        refusedByAllPaths("cap harms nobody", PRICE - cap + capHarmsNobody.shortfall(cap));
    }

    /// @dev The bounds alone would have let it through here too: it is the predicates that refuse it.
    function test_incident_withoutPredicatesTheKernelWouldAdmitIt() public {
        delete draft.views;
        renew();
        bad = ratioCap.pack(NEW_RATIO, block.timestamp - 7 days, GROWTH);
        assertEq(decideAs(agent, decision()), Verdict.APPLIED);
        assertLt(ratioCap.cap(), PRICE);
    }

    /// @dev A consistent update inside the same ranges goes through, so it is not the predicates that stop everything.
    function test_incident_aConsistentUpdateIsAdmitted() public {
        bad = ratioCap.pack(1.19e18, block.timestamp - 125 days, GROWTH);
        assertEq(decideAs(agent, decision()), Verdict.APPLIED);
        assertGt(ratioCap.cap(), PRICE);
    }
}
