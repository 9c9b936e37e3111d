// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../../src/interfaces/IActuator.sol";
import {Allowance, ModelDecision, Parameter, Verdict} from "../../src/interfaces/IKernel.sol";
import {Decision, Kind, Record} from "../../src/interfaces/IRecords.sol";
import {BodyLib} from "../../src/kernel/BodyLib.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {TermsOrder} from "../fixtures/TermsOrder.sol";

/// @notice Everybody's acts in any order, with a ghost that remembers what the kernel must not do.
/// @dev A broken property is kept by its ID, because a handler's own revert would be swallowed.
contract KernelHandler is KernelFixture {
    struct Charge {
        uint256 time;
        uint256 amount;
        bool atOnce;
        bool agents;
    }

    struct Waiting {
        Record record;
        uint256 eta;
        uint256 quote;
        uint32 era;
        bool ended;
    }

    mapping(string id => bool) public broken;
    uint256 public applied;
    uint256 public refused;

    bytes32[3] private subjects;
    Charge[] private charges;
    Waiting[] private waiting;
    mapping(uint8 => mapping(bytes32 => uint256)) private movedAt;
    mapping(uint8 => mapping(bytes32 => uint160)) private values;
    mapping(uint8 => mapping(bytes32 => Record)) private lastApply;
    mapping(address => uint256) private pausedBefore;
    uint256 private driftBefore;
    uint256 private timeBefore;

    function setUp() public override {
        super.setUp();
        subjects = [alice, bob, keccak256("carol")];
    }

    function economyAddress() external view returns (address) {
        return address(economy);
    }

    // ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    function giveTermsTo(uint256 who, uint256 subject, uint256 limit, uint256 spread)
        external
        watched
    {
        address from = who % 5 == 0 ? anybody : who % 2 == 0 ? agent : second;
        uint160 value = terms(limit % 420, limit % 210, 400 + spread % 600);
        ModelDecision memory d = report(TERMS, subjects[subject % 3], value);
        vm.prank(from);
        try kernel.decide(d) {}
        catch {
            ++refused;
        }
    }

    function nudgeTerms(uint256 subject, uint256 more) external watched {
        bytes32 s = subjects[subject % 3];
        uint160 value = valueOf(TERMS, s);
        value = value == 0 ? terms(more % 401) : value + uint160(more % 401);
        ModelDecision memory d = report(TERMS, s, value);
        vm.prank(agent);
        try kernel.decide(d) {}
        catch {
            ++refused;
        }
    }

    function steerRate(uint256 value) external watched {
        ModelDecision memory d = steer(RATE, uint160(0.85e18 + value % 0.3e18));
        vm.prank(agent);
        try kernel.decide(d) {}
        catch {
            ++refused;
        }
    }

    function steerCap(uint256 value) external watched {
        ModelDecision memory d = steer(CAP, uint160(850 + value % 300));
        vm.prank(agent);
        try kernel.decide(d) {}
        catch {
            ++refused;
        }
    }

    function moveFallback(uint256 value) external watched {
        economy.setFallback(CAP, uint160(900 + value % 200));
    }

    function manual(uint256 subject, uint256 limit) external watched {
        Change[] memory changes = new Change[](2);
        changes[0] = Change(TERMS, subjects[subject % 3], terms(limit % 700));
        changes[1] = Change(PAIR, subjects[subject % 3], uint160(limit % 900));
        vm.prank(governor);
        try kernel.decideManually(address(economy), changes) {}
        catch {
            ++refused;
        }
    }

    function tightenTerms(uint256 subject, uint256 limit) external watched {
        Record memory none;
        ModelDecision memory d = report(TERMS, subjects[subject % 3], terms(limit % 600));
        vm.prank(anybody);
        try kernel.tighten(d, none) {}
        catch {
            ++refused;
        }
    }

    /// @dev Now, when its time has come, or too late.
    function execute(uint256 index, uint8 when) external watched {
        if (waiting.length == 0) return;
        Waiting storage w = waiting[index % waiting.length];
        uint256 time = when % 4 == 0 ? 0 : when % 4 == 3 ? w.eta + GRACE + 1 : w.eta;
        if (block.timestamp < time) {
            timeBefore = time;
            vm.warp(time);
            refreshDrift();
        }
        try kernel.execute(address(economy), w.record) returns (uint8 verdict, uint40) {
            if (w.ended) broken["K-20"] = true;
            w.ended = true;
            bool inTime = block.timestamp >= w.eta && block.timestamp <= w.eta + GRACE;
            bool sameEra = w.era == kernel.standing(address(economy)).era;
            if (verdict == Verdict.APPLIED && !(inTime && sameEra)) broken["K-20"] = true;
        } catch {
            ++refused;
        }
    }

    function veto(uint256 index) external watched {
        if (waiting.length == 0) return;
        Waiting storage w = waiting[index % waiting.length];
        vm.prank(guardian);
        try kernel.veto(address(economy), w.record) {
            if (w.ended) broken["K-20"] = true;
            w.ended = true;
        } catch {
            ++refused;
        }
    }

    function rollback(uint256 subject) external watched {
        Record memory target = lastApply[TERMS][subjects[subject % 3]];
        if (target.kind == 0) return;
        Record[] memory path = new Record[](1);
        path[0] = target;
        vm.prank(guardian);
        try kernel.rollback(address(economy), path) {}
        catch {
            ++refused;
        }
    }

    function pause(bool byGovernor) external watched {
        address who = byGovernor ? governor : guardian;
        vm.prank(who);
        try kernel.pause(address(economy)) {
            bool soon =
                pausedBefore[who] != 0 && block.timestamp < pausedBefore[who] + 4 * PAUSE_MAX;
            if (soon) broken["K-30"] = true;
            pausedBefore[who] = block.timestamp;
        } catch {
            ++refused;
        }
    }

    function close(uint256 subject) external watched {
        try economy.close(subjects[subject % 3]) {}
        catch {
            broken["K-19"] = true;
        }
    }

    function shrink(uint256 by) external watched {
        Allowance memory a = kernel.allowance(address(economy));
        uint96 drift = uint96(a.driftCapacity - a.driftCapacity * (by % 4) / 100);
        uint96 instant = a.instantCapacity < drift ? a.instantCapacity : drift;
        vm.prank(governor);
        try kernel.setCapacity(
            address(economy), drift, a.driftLeak, instant, a.instantLeak, 1000
        ) {}
        catch {
            ++refused;
        }
    }

    /// @dev A new model voids what waits, through the full delay.
    function renewModel(uint256 salt) external watched {
        if (salt % 4 != 0) return;
        bytes32 modelId = models.add(address(1), SCHEMA);
        bytes memory call = abi.encodeCall(kernel.activateModel, (address(economy), SLOT, modelId));
        vm.prank(governor);
        try kernel.announce(call) {}
        catch {
            return;
        }
        readRecords();
        skip(MIN_DELAY);
        refreshDrift();
        act(call);
    }

    function wait_(uint256 time) external watched {
        Allowance memory before = kernel.allowance(address(economy));
        uint256 elapsed = time % 12 hours;
        skip(elapsed);
        checkLeak(before, elapsed);
        refreshDrift();
    }

    // ── the ghost ────────────────────────────────────────────────────────────────────────────────────────────────────

    modifier watched() {
        vm.recordLogs();
        refreshDrift();
        uint160[8] memory before = look();
        uint40 sequence = sequenceNow();
        _;
        checkRecords(sequence);
        checkValues(before, sequence);
        checkDrift();
    }

    function sequenceNow() private view returns (uint40 sequence) {
        (, sequence) = kernel.head(address(economy));
    }

    function refreshDrift() private {
        driftBefore = kernel.allowance(address(economy)).driftLevel;
        timeBefore = block.timestamp;
    }

    /// @dev K-5, K-18: the level falls by the leak only.
    function checkDrift() private {
        Allowance memory a = kernel.allowance(address(economy));
        if (a.driftLevel < driftBefore) broken["K-18"] = true;
    }

    /// @dev K-5, K-8: time takes the leak from a level and no more. One unit is the rounding between two looks.
    function checkLeak(Allowance memory before, uint256 elapsed) private {
        Allowance memory a = kernel.allowance(address(economy));
        uint256 drift = a.driftLevel + (uint256(a.driftLeak) * elapsed >> 32) + 1;
        uint256 instant = a.instantLevel + (uint256(a.instantLeak) * elapsed >> 32) + 1;
        if (drift < before.driftLevel) broken["K-5"] = true;
        if (instant < before.instantLevel) broken["K-8"] = true;
    }

    function look() private view returns (uint160[8] memory v) {
        for (uint256 i; i < 3; ++i) {
            v[i] = valueOf(TERMS, subjects[i]);
            v[3 + i] = valueOf(PAIR, subjects[i]);
        }
        v[6] = valueOf(RATE, 0);
        v[7] = kernel.parameter(address(economy), CAP, 0).value;
    }

    /// @dev K-1, K-2, K-28 on every parameter.
    function checkValues(uint160[8] memory before, uint40 sequence) private {
        uint160[8] memory v = look();
        bool linked = sequenceNow() > sequence;
        for (uint256 i; i < 8; ++i) {
            if (i != 6 && v[i] != before[i] && !linked) broken["K-1"] = true;
        }
        for (uint256 i; i < 3; ++i) {
            if (uint48(v[i]) > 1000 || uint48(v[i] >> 48) > 500) broken["K-2"] = true;
            if (v[3 + i] > 1000) broken["K-2"] = true;
            if (economy.held(TERMS, subjects[i]) != v[i]) broken["K-28"] = true;
            if (economy.held(PAIR, subjects[i]) != v[3 + i]) broken["K-28"] = true;
        }
        if (v[6] < 0.5e18 || v[6] > 1.5e18) broken["K-2"] = true;
        if (v[7] != 0 && (v[7] < 500 || v[7] > 1500)) broken["K-2"] = true;
    }

    /// @dev K-10, K-22: the chain is recomputed link by link, and no act leaves two.
    function checkRecords(uint40 before) private {
        uint256 count = readRecords();
        (bytes27 digest, uint40 sequence) = kernel.head(address(economy));
        if (digest != tip) broken["K-10"] = true;
        if (count > 0 && digest != recompute(last)) broken["K-10"] = true;
        if (count > 1) broken["K-22"] = true;
        if (sequence < before) broken["K-22"] = true;
        if (count == 0) return;
        if (last.kind == Kind.APPLY || last.kind == Kind.ROLLBACK) checkApplied();
        if (last.kind == Kind.QUEUE) remember();
        checkPending();
    }

    function recompute(Record memory r) private view returns (bytes27) {
        return bytes27(
            keccak256(
                abi.encodePacked(
                    r.previous,
                    r.sequence,
                    r.kind,
                    uint64(block.chainid),
                    address(kernel),
                    r.time,
                    keccak256(r.body)
                )
            )
        );
    }

    function checkApplied() private {
        ++applied;
        Decision memory d = BodyLib.decode(last.body);
        uint8 producer = uint8(d.origin >> 248);
        for (uint256 i; i < d.moves.length; ++i) {
            checkMove(d, i, producer);
        }
        if (d.moves[0].class == TERMS && producer == 0) {
            lastApply[TERMS][d.moves[0].subject] = last;
        }
        if (d.charge == 0) return;
        bool paused = kernel.pausedUntil(address(economy)) > block.timestamp;
        if (paused) broken["K-13"] = true;
        charges.push(Charge(block.timestamp, d.charge, d.eta == 0, uint8(d.origin >> 240) == 1));
        checkIntervals();
    }

    /// @dev K-3 and K-4 on the limit, whose step is 400 and whose charge is its growth.
    function checkMove(Decision memory d, uint256 i, uint8 producer) private {
        uint8 class = d.moves[i].class;
        if (class != TERMS) return;
        bytes32 subject = d.moves[i].subject;
        uint256 from = uint48(d.moves[i].from);
        uint256 to = uint48(d.moves[i].to);
        if (producer == 2) {
            if (last.kind == Kind.ROLLBACK && to > from) broken["K-9"] = true;
            return;
        }
        if (!TermsOrder.riskier(d.moves[i].from, d.moves[i].to)) {
            if (d.moves.length == 1 && d.charge != 0) broken["K-8"] = true;
            return;
        }
        if (to > from && to - from > 400) broken["K-3"] = true;
        uint256 before = movedAt[class][subject];
        if (before != 0 && block.timestamp < before + DELAY) broken["K-4"] = true;
        movedAt[class][subject] = block.timestamp;
        if (to > from && d.charge < (to - from) * 1e6) broken["K-23"] = true;
    }

    /// @dev K-5 and K-8 over every interval that ends now. One unit a charge is the leak's rounding.
    function checkIntervals() private {
        uint256 drift;
        uint256 instant;
        for (uint256 i = charges.length; i > 0; --i) {
            Charge memory c = charges[i - 1];
            uint256 elapsed = block.timestamp - c.time;
            drift += c.amount;
            if (c.atOnce) instant += c.amount;
            uint256 driftMost = DRIFT + (uint256(DRIFT_LEAK) * elapsed >> 32);
            uint256 instantMost = INSTANT + (uint256(INSTANT_LEAK) * elapsed >> 32);
            if (drift > driftMost + 1) broken["K-5"] = true;
            if (instant > instantMost + 1) broken["K-8"] = true;
        }
    }

    function remember() private {
        Decision memory d = BodyLib.decode(last.body);
        waiting.push(Waiting(last, d.eta, d.charge, kernel.standing(address(economy)).era, false));
        if (uint8(d.origin >> 248) != 2 && d.eta < block.timestamp) broken["K-20"] = true;
    }

    /// @dev What may still take effect is never more than the kernel's bound.
    function checkPending() private {
        uint32 era = kernel.standing(address(economy)).era;
        uint256 sum;
        for (uint256 i; i < waiting.length; ++i) {
            Waiting storage w = waiting[i];
            if (w.ended || w.era != era || block.timestamp > w.eta + GRACE) continue;
            sum += w.quote;
        }
        if (kernel.allowance(address(economy)).pending < sum) broken["K-15"] = true;
    }
}

/// @notice Stateful campaign over `KernelHandler`; each property is asserted by its ID.
contract KernelInvariantTest is KernelFixture {
    KernelHandler private handler;

    function setUp() public override {
        handler = new KernelHandler();
        handler.setUp();
        bytes4[] memory acts = new bytes4[](15);
        acts[0] = KernelHandler.giveTermsTo.selector;
        acts[1] = KernelHandler.nudgeTerms.selector;
        acts[2] = KernelHandler.steerRate.selector;
        acts[3] = KernelHandler.steerCap.selector;
        acts[4] = KernelHandler.moveFallback.selector;
        acts[5] = KernelHandler.manual.selector;
        acts[6] = KernelHandler.tightenTerms.selector;
        acts[7] = KernelHandler.execute.selector;
        acts[8] = KernelHandler.veto.selector;
        acts[9] = KernelHandler.rollback.selector;
        acts[10] = KernelHandler.pause.selector;
        acts[11] = KernelHandler.close.selector;
        acts[12] = KernelHandler.shrink.selector;
        acts[13] = KernelHandler.renewModel.selector;
        acts[14] = KernelHandler.wait_.selector;
        targetSelector(FuzzSelector(address(handler), acts));
        targetContract(address(handler));
    }

    /// @dev One campaign checks every property, because each would replay the same acts.
    /// K-1 K-2 K-3 K-4 K-5 K-8 K-9 K-10 K-13 K-15 K-18 K-19 K-20 K-22 K-23 K-28 K-30
    function invariant_K1_to_K30_hold() public view {
        string[17] memory ids = [
            "K-1",
            "K-2",
            "K-3",
            "K-4",
            "K-5",
            "K-8",
            "K-9",
            "K-10",
            "K-13",
            "K-15",
            "K-18",
            "K-19",
            "K-20",
            "K-22",
            "K-23",
            "K-28",
            "K-30"
        ];
        for (uint256 i; i < ids.length; ++i) {
            assertFalse(handler.broken(ids[i]), ids[i]);
        }
    }

    /// @dev The campaign is worth something only if decisions go through in it.
    function test_theCampaignReachesDecisions() public {
        handler.giveTermsTo(2, 0, 190, 0);
        handler.giveTermsTo(2, 1, 400, 0);
        handler.execute(0, 1);
        assertEq(handler.applied(), 2);
        handler.close(1);
        handler.rollback(0);
        assertEq(handler.applied(), 2, "the first record keeps no digest");
        assertEq(handler.refused(), 1, "and only the rollback was refused");
        invariant_K1_to_K30_hold();
    }
}
