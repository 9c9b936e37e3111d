// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ItemResult, ModelDecision, Verdict} from "../../src/interfaces/IKernel.sol";
import {Record} from "../../src/interfaces/IRecords.sol";
import {KernelFixture} from "../fixtures/KernelFixture.sol";
import {MandateBuilder} from "../fixtures/MandateBuilder.sol";

/// @notice Properties of single decisions, each over random inputs: K-6, K-11, K-12, K-14, K-25, K-26, K-27.
contract KernelFuzzTest is KernelFixture {
    uint256 private constant FIELDS = 10;

    // ── predicates ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// K-6: over any sequence of moves, and under a bound that governance tightens in between, what is riskier leaves no
    /// violation, and nothing worsens one.
    function testFuzz_K6_nothingWorsensAViolation(
        uint16[8] memory limits,
        uint8 who,
        uint16 first,
        uint16 second_
    ) public {
        uint256 most = bound(first, 0, 900);
        _bound(most);
        for (uint256 i; i < limits.length; ++i) {
            if (i == 4) {
                most = bound(second_, 0, most);
                _bound(most);
            }
            _move(who >> i & 1 == 0 ? alice : bob, bound(limits[i], 0, 1000), most);
            skip(10 * DAY);
        }
    }

    function _bound(uint256 most) private {
        bytes[] memory parts = new bytes[](2);
        parts[0] = MandateBuilder.term(TERMS, alice, 0, 1);
        parts[1] = MandateBuilder.term(TERMS, bob, 0, 1);
        delete draft.linears;
        draft.linears.push(MandateBuilder.linear(int128(uint128(most)), parts));
        renew();
    }

    function _move(bytes32 subject, uint256 limit, uint256 most) private {
        uint256 before = _violation(most);
        uint256 from = uint48(valueOf(TERMS, subject));
        ModelDecision memory d = report(TERMS, subject, terms(limit));
        vm.prank(agent);
        try kernel.decide(d) returns (uint8 verdict, uint40) {
            assertEq(verdict, Verdict.APPLIED, "the buckets have drained");
        } catch {}
        uint256 now_ = _violation(most);
        if (uint48(valueOf(TERMS, subject)) > from) assertEq(now_, 0, "riskier");
        assertLe(now_, before, "worse");
    }

    function _violation(uint256 most) private view returns (uint256) {
        uint256 sum = uint256(uint48(valueOf(TERMS, alice))) + uint48(valueOf(TERMS, bob));
        return sum > most ? sum - most : 0;
    }

    // ── reports and models ───────────────────────────────────────────────────────────────────────────────────────────

    /// K-11: a report that is changed in any field after signing, or lacks a signature, decides nothing.
    function testFuzz_K11_aChangedReportDecidesNothing(uint256 field, uint256 delta) public {
        ModelDecision memory d = report(TERMS, alice, terms(100));
        delta = bound(delta, 1, 59);
        _spoil(d, bound(field, 0, FIELDS - 1), delta);
        vm.prank(agent);
        (bool decided,) = address(kernel).call(abi.encodeCall(kernel.decide, (d)));
        assertFalse(decided);
        assertEq(valueOf(TERMS, alice), 0);
    }

    function _spoil(ModelDecision memory d, uint256 field, uint256 delta) private pure {
        if (field == 0) d.report.subject = bytes32(uint256(d.report.subject) ^ delta);
        if (field == 1) d.report.sequence += uint32(delta);
        if (field == 2) d.report.signerSet += uint32(delta);
        if (field == 3) d.report.signerVersion += uint32(delta);
        if (field == 4) d.report.schemaHash = bytes32(uint256(d.report.schemaHash) ^ delta);
        if (field == 5) d.report.market = address(uint160(d.report.market) ^ uint160(delta));
        if (field == 6) d.report.issuedAt -= uint40(delta);
        if (field == 7) d.report.expiresAt += uint40(delta);
        if (field == 8) d.report.payload = abi.encode(uint256(terms(100 + delta)));
        if (field == 9) d.signers = 3;
    }

    /// K-11: a well-signed report counts to its greatest age and to its expiry, and not a second longer; nor does another schema.
    function testFuzz_K11_anOldReportDecidesNothing(uint40 age, uint40 life, bool other) public {
        age = uint40(bound(age, 0, 2 * AGE));
        life = uint40(bound(life, 0, 2 * AGE));
        ModelDecision memory d = report(TERMS, alice, terms(100));
        d.report.issuedAt = uint40(block.timestamp) - age;
        d.report.expiresAt = d.report.issuedAt + life;
        if (other) d.report.schemaHash = keccak256("another schema");
        sign(d);
        vm.prank(agent);
        (bool decided,) = address(kernel).call(abi.encodeCall(kernel.decide, (d)));
        assertEq(decided, age <= AGE && age <= life && !other);
    }

    /// K-12: the output is that of the slot's active model, whichever was active before.
    function testFuzz_K12_onlyTheActiveModelRuns(uint8 a, uint8 b) public {
        // A model at a small address adds its offset to its one feature.
        _activate(a);
        _activate(b);
        giveTerms(alice, 100);
        assertEq(valueOf(TERMS, alice), terms(100) + uint256(b));
    }

    function _activate(uint8 offset) private {
        bytes32 id = models.add(address(uint160(offset) + 1), SCHEMA);
        ripen(abi.encodeCall(kernel.activateModel, (address(economy), SLOT, id)));
    }

    // ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// K-14: an item that fails leaves its parameter as it was and the others as if it had not been there.
    function testFuzz_K14_aFailureChangesNothingElse(uint16[6] memory limits, uint256 seed) public {
        ModelDecision[] memory items = new ModelDecision[](limits.length);
        uint256 left = INSTANT / 1e6;
        for (uint256 i; i < items.length; ++i) {
            items[i] = report(TERMS, _subject(seed, i), terms(bound(limits[i], 1, 800)));
        }
        vm.prank(agent);
        ItemResult[] memory results = kernel.batch(items);
        for (uint256 i; i < items.length; ++i) {
            uint256 limit = bound(limits[i], 1, 800);
            bool small = limit <= 400; // the step
            assertEq(results[i].verdict != 0, small, "verdict");
            bool atOnce = small && limit <= left;
            assertEq(results[i].verdict == Verdict.APPLIED, atOnce, "at once");
            assertEq(valueOf(TERMS, _subject(seed, i)), atOnce ? terms(limit) : 0, "value");
            if (atOnce) left -= limit;
        }
    }

    function _subject(uint256 seed, uint256 i) private pure returns (bytes32) {
        return bytes32(uint256(uint160(uint256(keccak256(abi.encode(seed, i))))));
    }

    /// K-25: whatever the gas, a batch is there whole, its sound items applied, or not at all.
    function testFuzz_K25_noItemIsRefusedForLackOfGas(uint256 gas_, uint8 count) public {
        ModelDecision[] memory items = new ModelDecision[](bound(count, 1, 4));
        for (uint256 i; i < items.length; ++i) {
            items[i] = report(TERMS, _subject(count, i), terms(100));
        }
        gas_ = bound(gas_, 100_000, 3_000_000);
        vm.prank(agent);
        (bool done, bytes memory answer) =
            address(kernel).call{gas: gas_}(abi.encodeCall(kernel.batch, (items)));
        if (!done) return assertEq(kernel.allowance(address(economy)).driftLevel, 0);
        ItemResult[] memory results = abi.decode(answer, (ItemResult[]));
        for (uint256 i; i < items.length; ++i) {
            assertEq(results[i].verdict, Verdict.APPLIED, "refused for lack of gas");
        }
    }

    // ── after a rollback, and governance ─────────────────────────────────────────────────────────────────────────────

    /// K-26: the inputs of a decision that was rolled back never decide again, and agents stay locked out until F has passed.
    function testFuzz_K26_undoneInputsStayBurnt(uint16 limit, uint40 later) public {
        giveTerms(alice, 10);
        giveTerms(alice, 9);
        skip(DELAY);
        ModelDecision memory d = report(TERMS, alice, terms(bound(limit, 10, 400)));
        d.report.expiresAt = type(uint40).max;
        sign(d);
        readRecords();
        decideAs(agent, d);
        readRecords();
        Record[] memory path = new Record[](1);
        path[0] = last;
        vm.prank(guardian);
        kernel.rollback(address(economy), path);
        uint256 until = block.timestamp + FINALITY;
        assertFalse(_decides(d), "the same inputs, at once");
        skip(bound(later, 0, 2 * FINALITY));
        assertFalse(_decides(d), "the same inputs, later");
        d.report.issuedAt = uint40(block.timestamp);
        sign(d);
        assertFalse(_decides(d), "the same sequence, signed anew");
        d = report(TERMS, alice, terms(11));
        assertEq(_decides(d), block.timestamp >= until, "new inputs");
    }

    function _decides(ModelDecision memory d) private returns (bool decided) {
        vm.prank(agent);
        (decided,) = address(kernel).call(abi.encodeCall(kernel.decide, (d)));
    }

    /// K-27: a capacity that is larger anywhere, or leaves the agents more, waits for D_m; any other acts at once.
    function testFuzz_K27_aLargerCapacityWaits(uint96[4] memory c, uint16 reserve, uint8 keep)
        public
    {
        uint96[4] memory present = [DRIFT, DRIFT_LEAK, INSTANT, INSTANT_LEAK];
        bool larger;
        reserve = uint16(bound(reserve, 900, 1100));
        for (uint256 i; i < 4; ++i) {
            c[i] = keep >> i & 1 == 1 ? present[i] : uint96(bound(c[i], 0, 2 * present[i]));
            larger = larger || c[i] > present[i];
        }
        if (c[2] > c[0]) c[0] = c[2];
        // The governor's slice is rounded up; what is left of drift is the agents' limit.
        uint256 limit = c[0] - (uint256(c[0]) * reserve + 9_999) / 10_000;
        larger = larger || c[0] > DRIFT || limit > DRIFT - DRIFT / 10;
        bytes memory call =
            abi.encodeCall(kernel.setCapacity, (address(economy), c[0], c[1], c[2], c[3], reserve));
        vm.prank(governor);
        (bool done, bytes memory reason) = address(kernel).call(call);
        assertEq(done, !larger);
        if (larger) assertEq(bytes4(reason), NotAnnounced.selector);
    }
}
