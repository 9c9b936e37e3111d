// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Report} from "../../src/interfaces/IAttestors.sol";
import {Attestors, InitialSet} from "../../src/oracle/Attestors.sol";

/// @notice A signer set with known keys, and the statements that tests sign with them.
abstract contract Signers is Test {
    uint32 internal constant SET = 7;
    bytes32 internal constant SCHEMA = keccak256("schema");
    address internal constant KERNEL = address(0xCE11);
    address internal constant MARKET = address(0x3A4);
    uint32 internal constant GREATEST_AGE = 1 hours;
    uint256 internal constant ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    Attestors internal attestors;
    uint256[] internal keys;

    function _deploy(uint256 n, uint8 quorum) internal {
        delete keys;
        for (uint256 i; i < n; ++i) {
            keys.push(uint256(keccak256(abi.encode("signer", i))) % ORDER);
        }
        _sortKeys();
        InitialSet[] memory sets = new InitialSet[](1);
        sets[0] = InitialSet(SET, _members(), quorum);
        attestors = new Attestors(KERNEL, sets);
        vm.warp(1_800_000_000);
        vm.roll(1000);
    }

    function _members() internal view returns (address[] memory members) {
        members = new address[](keys.length);
        for (uint256 i; i < keys.length; ++i) {
            members[i] = vm.addr(keys[i]);
        }
    }

    function _sortKeys() private {
        for (uint256 i = 1; i < keys.length; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }

    function _report() internal view returns (Report memory) {
        return Report({
            subject: bytes32(uint256(0xB0B)),
            sequence: 1,
            signerSet: SET,
            signerVersion: 1,
            schemaHash: SCHEMA,
            market: MARKET,
            issuedAt: uint40(block.timestamp - 60),
            expiresAt: uint40(block.timestamp + 600),
            payload: hex"000001800000"
        });
    }

    /// @dev The signatures of the members in `bitmap` over `digest`, ordered by index.
    function _sign(bytes32 digest, uint256 bitmap) internal view returns (bytes memory signatures) {
        for (uint256 i; i < keys.length; ++i) {
            if (bitmap >> i & 1 == 1) {
                signatures = bytes.concat(signatures, _signOne(digest, keys[i]));
            }
        }
    }

    function _signOne(bytes32 digest, uint256 key) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _verify(Report memory report, uint256 signers) internal view {
        _verify(report, signers, _sign(attestors.reportDigest(report), signers));
    }

    function _verify(Report memory report, uint256 signers, bytes memory signatures) internal view {
        attestors.verify(report, signers, signatures);
    }
}
