// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAttestations, Observation} from "../../src/interfaces/IAttestations.sol";
import {Report} from "../../src/interfaces/IAttestors.sol";
import {Attestors, InitialSet} from "../../src/oracle/Attestors.sol";
import {SignatureLib} from "../../src/oracle/SignatureLib.sol";
import {SignerSetLib} from "../../src/oracle/SignerSetLib.sol";
import {Signers} from "./Signers.sol";

/// @notice O-2 (what is refused), O-4 (rotation voids) and the quorum half of O-5, on reports; K-11 rests on them.
contract AttestorsTest is Signers {
    uint256 private constant FOUR = 0x0f;

    function setUp() public {
        _deploy(5, 4);
    }

    /// @dev Every quorum of the set, and nothing smaller, is accepted.
    function testFuzz_O2_accepts_exactly_the_quorums(uint256 bitmap) public {
        bitmap = bound(bitmap, 0, 31);
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), bitmap);
        uint256 given = signatures.length / 65;
        if (given < 4) {
            _expect(abi.encodeWithSelector(IAttestations.QuorumMissing.selector, given, 4));
        }
        _verify(report, bitmap, signatures);
    }

    function testFuzz_O2_refuses_every_changed_field(uint256 field, uint256 delta) public {
        Report memory signed = _report();
        bytes memory signatures = _sign(attestors.reportDigest(signed), FOUR);
        Report memory report = _report();
        delta = bound(delta, 1, 59);
        field = bound(field, 0, 6);
        if (field == 0) report.subject = bytes32(uint256(report.subject) ^ delta);
        if (field == 1) report.sequence += uint32(delta);
        if (field == 2) report.issuedAt -= uint40(delta);
        if (field == 3) report.expiresAt += uint40(delta);
        if (field == 4) report.payload[0] = bytes1(uint8(delta));
        if (field == 5) report.market = address(uint160(delta));
        if (field == 6) report.schemaHash = bytes32(delta);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        _verify(report, FOUR, signatures);
    }

    function test_O2_refuses_an_unknown_set() public {
        Report memory report = _report();
        report.signerSet = 99;
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        _expect(abi.encodeWithSelector(IAttestations.UnknownSet.selector, 99));
        _verify(report, FOUR, signatures);
    }

    function test_O2_refuses_another_chain() public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        _verify(report, FOUR, signatures);
    }

    function test_O2_refuses_another_contract() public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        InitialSet[] memory sets = new InitialSet[](1);
        sets[0] = InitialSet(SET, _members(), 4);
        attestors = new Attestors(KERNEL, sets);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        _verify(report, FOUR, signatures);
    }

    /// @dev (r, n−s) with the other v recovers the same signer, and is refused for its s.
    function testFuzz_O2_refuses_the_malleable_twin(uint256 place) public {
        place = bound(place, 0, 3);
        Report memory report = _report();
        bytes32 digest = attestors.reportDigest(report);
        bytes memory signatures;
        uint256 twin;
        for (uint256 i; i < 4; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            if (i == place) {
                twin = ORDER - uint256(s);
                (v, s) = (v == 27 ? 28 : 27, bytes32(twin));
                assertEq(ecrecover(digest, v, r, s), vm.addr(keys[i]), "a true twin");
            }
            signatures = bytes.concat(signatures, abi.encodePacked(r, s, v));
        }
        _expect(
            abi.encodeWithSelector(
                SignatureLib.HighS.selector, place, twin, SignatureLib.HALF_ORDER
            )
        );
        _verify(report, FOUR, signatures);
    }

    function testFuzz_O2_refuses_any_other_v(uint8 v) public {
        vm.assume(v != 27 && v != 28);
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        signatures[64] = bytes1(v);
        _expect(abi.encodeWithSelector(SignatureLib.BadV.selector, 0, v));
        _verify(report, FOUR, signatures);
    }

    function testFuzz_O2_refuses_a_non_member(uint256 key) public {
        key = bound(key, 1, ORDER - 1);
        for (uint256 i; i < 5; ++i) {
            vm.assume(key != keys[i]);
        }
        Report memory report = _report();
        bytes32 digest = attestors.reportDigest(report);
        bytes memory signatures = bytes.concat(_sign(digest, 0x07), _signOne(digest, key));
        _expect(
            abi.encodeWithSelector(
                SignatureLib.NotSigner.selector, 3, vm.addr(key), vm.addr(keys[3])
            )
        );
        _verify(report, FOUR, signatures);
    }

    /// @dev One signature cannot stand for two members, in whatever order.
    function testFuzz_O2_refuses_doubles_and_disorder(uint256 seed) public {
        Report memory report = _report();
        bytes32 digest = attestors.reportDigest(report);
        bytes memory signatures;
        bool ordered = true;
        for (uint256 i; i < 4; ++i) {
            uint256 who = uint256(keccak256(abi.encode(seed, i))) % 5;
            ordered = ordered && who == i;
            signatures = bytes.concat(signatures, _signOne(digest, keys[who]));
        }
        vm.assume(!ordered);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        _verify(report, FOUR, signatures);
    }

    /// @dev A signature that nobody can have made recovers address zero, which is never a member.
    function test_O2_refuses_an_unrecoverable_signature() public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        for (uint256 i; i < 32; ++i) {
            signatures[i] = 0;
        }
        _expect(
            abi.encodeWithSelector(SignatureLib.NotSigner.selector, 0, address(0), vm.addr(keys[0]))
        );
        _verify(report, FOUR, signatures);
    }

    function testFuzz_O2_refuses_other_lengths(uint256 length) public {
        length = bound(length, 0, 6 * 65);
        vm.assume(length != 4 * 65);
        _expect(
            abi.encodeWithSelector(SignatureLib.SignatureLength.selector, length, uint256(4 * 65))
        );
        _verify(_report(), FOUR, new bytes(length));
    }

    function testFuzz_O2_refuses_bits_beyond_the_set(uint256 bitmap) public {
        bitmap = bound(bitmap, 32, type(uint256).max);
        _expect(abi.encodeWithSelector(IAttestations.BitmapOutOfRange.selector, bitmap, uint256(5)));
        _verify(_report(), bitmap, "");
    }

    // O-4: rotation

    function test_O4_a_removal_acts_at_once_and_voids_old_reports() public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        _verify(report, FOUR, signatures);

        vm.prank(KERNEL);
        attestors.removeSigner(SET, vm.addr(keys[4]));
        _expect(abi.encodeWithSelector(IAttestations.WrongSignerVersion.selector, 1, 2));
        _verify(report, FOUR, signatures);

        report.signerVersion = 2;
        _verify(report, FOUR);
    }

    /// @dev K-27: a removal must not let fewer signatures do. With N below M nothing passes until an addition.
    function testFuzz_K27_a_removal_never_lowers_the_quorum(uint256 first, uint256 second) public {
        vm.startPrank(KERNEL);
        attestors.removeSigner(SET, _members()[first % 5]);
        (uint32 version, uint8 count, uint8 quorum) = attestors.signerSet(SET);
        assertEq(abi.encode(version, count, quorum), abi.encode(2, 4, 4));
        attestors.removeSigner(SET, attestors.signersAt(SET, 2)[second % 4]);
        (version, count, quorum) = attestors.signerSet(SET);
        assertEq(abi.encode(version, count, quorum), abi.encode(3, 3, 4));
        vm.stopPrank();

        Report memory report = _report();
        report.signerVersion = 3;
        _expect(abi.encodeWithSelector(IAttestations.BitmapOutOfRange.selector, FOUR, 3));
        _verify(report, FOUR, "");
    }

    function test_O4_an_addition_voids_old_reports_too() public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        address[] memory members = _members();
        vm.prank(KERNEL);
        attestors.setSigners(SET, members, 5);
        _expect(abi.encodeWithSelector(IAttestations.WrongSignerVersion.selector, 1, 2));
        _verify(report, FOUR, signatures);
    }

    /// O-4: whoever leaves, and however often the set changes, a report of an earlier version is void, also with every signature.
    function testFuzz_O4_rotation_voids_old_reports(uint256 changes, uint256 leaver) public {
        Report memory report = _report();
        bytes memory signatures = _sign(attestors.reportDigest(report), FOUR);
        _verify(report, FOUR, signatures);
        address[] memory members = _members();
        changes = bound(changes, 1, 5);
        for (uint256 i; i < changes; ++i) {
            vm.prank(KERNEL);
            attestors.setSigners(SET, members, 4);
        }
        _expectVoid(1, uint32(1 + changes));
        _verify(report, FOUR, signatures);
        vm.prank(KERNEL);
        attestors.removeSigner(SET, members[bound(leaver, 0, 4)]);
        _expectVoid(1, uint32(2 + changes));
        _verify(report, FOUR, signatures);
    }

    function _expectVoid(uint32 given, uint32 allowed) private {
        _expect(abi.encodeWithSelector(IAttestations.WrongSignerVersion.selector, given, allowed));
    }

    function test_only_the_kernel_changes_a_set() public {
        address[] memory members = _members();
        _expect(abi.encodeWithSelector(IAttestations.NotKernel.selector, address(this), KERNEL));
        attestors.setSigners(SET, members, 4);
        _expect(abi.encodeWithSelector(IAttestations.NotKernel.selector, address(this), KERNEL));
        attestors.removeSigner(SET, members[0]);
    }

    function test_removal_refuses_strangers_and_unknown_sets() public {
        vm.startPrank(KERNEL);
        _expect(abi.encodeWithSelector(SignerSetLib.NotMember.selector, address(1)));
        attestors.removeSigner(SET, address(1));
        _expect(abi.encodeWithSelector(IAttestations.UnknownSet.selector, SET + 1));
        attestors.removeSigner(SET + 1, address(1));
    }

    function test_the_last_signer_can_be_removed() public {
        vm.startPrank(KERNEL);
        for (uint256 i; i < 5; ++i) {
            attestors.removeSigner(SET, vm.addr(keys[i]));
        }
        (uint32 version, uint8 count,) = attestors.signerSet(SET);
        assertEq(abi.encode(version, count), abi.encode(6, 0));
        assertEq(attestors.signersAt(SET, 6).length, 0);
        assertEq(attestors.signersAt(SET, 1), _members());
    }

    // registration

    function testFuzz_O5_a_quorum_is_between_its_bounds(uint8 n, uint8 quorum) public {
        n = uint8(bound(n, 1, 12));
        uint256 faults = (uint256(n) - 1) / 3;
        address[] memory members = new address[](n);
        for (uint256 i; i < n; ++i) {
            members[i] = address(uint160(i + 1));
        }
        uint256 least = (uint256(n) + faults) / 2 + 1;
        if (quorum < least || quorum > n) {
            _expect(
                abi.encodeWithSelector(
                    SignerSetLib.QuorumOutOfRange.selector, quorum, least, uint256(n)
                )
            );
        } else {
            // Two quorums overlap in 2M − N members, of whom more than f: one honest signer signed both.
            assertGt(2 * uint256(quorum), uint256(n) + faults);
        }
        vm.prank(KERNEL);
        attestors.setSigners(SET, members, quorum);
    }

    function test_registration_refuses_doubles_zero_and_disorder() public {
        address[] memory members = _members();
        members[3] = members[2];
        _refuseOrder(members, 3);
        members = _members();
        members[0] = address(0);
        _refuseOrder(members, 0);
        members = _members();
        (members[0], members[1]) = (members[1], members[0]);
        _refuseOrder(members, 1);
    }

    function test_registration_refuses_empty_and_crowded_sets() public {
        vm.startPrank(KERNEL);
        _expect(abi.encodeWithSelector(SignerSetLib.SignerCount.selector, 0, 32));
        attestors.setSigners(SET, new address[](0), 1);
        _expect(abi.encodeWithSelector(SignerSetLib.SignerCount.selector, 33, 32));
        attestors.setSigners(SET, new address[](33), 32);
    }

    // equivocation

    /// @dev O-5: any two quorums of one (subject, sequence) contain a key whose two signatures prove it.
    function testFuzz_O5_two_quorums_name_a_liar(uint256 missingA, uint256 missingB) public {
        Report memory first = _report();
        Report memory second = _report();
        second.payload = hex"ffffff";
        uint256 a = 31 ^ (1 << (missingA % 5));
        uint256 b = 31 ^ (1 << (missingB % 5));
        _verify(first, a);
        _verify(second, b);
        uint256 common = a & b;
        assertGe(_popCount(common), 2, "more than f members signed both");
        for (uint256 i; i < 5; ++i) {
            if (common >> i & 1 == 1) _proveReports(first, second, keys[i]);
        }
    }

    function test_O5_an_equivocation_stands_after_the_liar_is_removed() public {
        Report memory second = _report();
        second.payload = hex"ffffff";
        vm.prank(KERNEL);
        attestors.removeSigner(SET, vm.addr(keys[2]));
        _proveReports(_report(), second, keys[2]);
    }

    function test_equivocation_needs_two_statements_for_one_place() public {
        Report memory first = _report();
        bytes32 digest = attestors.reportDigest(first);
        bytes memory signature = _signOne(digest, keys[0]);
        _expect(abi.encodeWithSelector(IAttestations.NoConflict.selector, digest, digest));
        attestors.proveReports(first, signature, first, signature);

        Report memory second = _report();
        second.sequence = 2;
        bytes32 other = attestors.reportDigest(second);
        bytes memory later = _signOne(other, keys[0]);
        _expect(abi.encodeWithSelector(IAttestations.NoConflict.selector, digest, other));
        attestors.proveReports(first, signature, second, later);
    }

    function test_equivocation_needs_one_member() public {
        Report memory first = _report();
        Report memory second = _report();
        second.payload = hex"ffffff";
        bytes memory a = _signOne(attestors.reportDigest(first), keys[0]);
        bytes memory b = _signOne(attestors.reportDigest(second), keys[1]);
        _expect(
            abi.encodeWithSelector(
                SignatureLib.NotSigner.selector, 0, vm.addr(keys[1]), vm.addr(keys[0])
            )
        );
        attestors.proveReports(first, a, second, b);

        a = _signOne(attestors.reportDigest(first), 42);
        b = _signOne(attestors.reportDigest(second), 42);
        _expect(abi.encodeWithSelector(SignerSetLib.NotMember.selector, vm.addr(42)));
        attestors.proveReports(first, a, second, b);
    }

    function test_digest_is_the_published_one() public {
        // The same vector stands in `crates/oracle/src/statement.rs`.
        vm.chainId(31337);
        InitialSet[] memory none;
        deployCodeTo("Attestors.sol:Attestors", abi.encode(KERNEL, none), address(0xA77E));
        attestors = Attestors(address(0xA77E));
        Report memory report = Report({
            subject: bytes32(uint256(0xB0B)),
            sequence: 3,
            signerSet: 7,
            signerVersion: 2,
            schemaHash: keccak256("schema"),
            market: address(0x3A4),
            issuedAt: 1_800_000_000,
            expiresAt: 1_800_000_600,
            payload: hex"000001800000"
        });
        assertEq(
            attestors.reportDigest(report),
            0x1fe9f414db0142654bd6b0f7b023d24222145996994db0226fc749dd5aa3cbdd
        );
        Observation memory observation = Observation(address(0x0AC1E), 7, 2, 9, 1_800_000_000, 3e36);
        assertEq(
            attestors.observationDigest(observation),
            0x6a1e3b6065898d6654d89defafa8630033dbe512e3e171f33cc63463d24c1433
        );
    }

    function _proveReports(Report memory first, Report memory second, uint256 key) private {
        bytes32 a = attestors.reportDigest(first);
        bytes32 b = attestors.reportDigest(second);
        vm.expectEmit(address(attestors));
        emit IAttestations.ReportEquivocated(vm.addr(key), MARKET, first.subject, 1, a, b);
        address signer = attestors.proveReports(first, _signOne(a, key), second, _signOne(b, key));
        assertEq(signer, vm.addr(key));
    }

    function _refuseOrder(address[] memory members, uint256 place) private {
        address previous = place == 0 ? address(0) : members[place - 1];
        _expect(
            abi.encodeWithSelector(
                SignerSetLib.SignersNotAscending.selector, place, members[place], previous
            )
        );
        vm.prank(KERNEL);
        attestors.setSigners(SET, members, 4);
    }

    function _popCount(uint256 x) private pure returns (uint256 count) {
        for (; x != 0; x &= x - 1) {
            ++count;
        }
    }

    function _expect(bytes memory refusal) private {
        vm.expectRevert(refusal);
    }
}
