// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IKernelErrors as E} from "../interfaces/IKernel.sol";
import {Decision, Move} from "../interfaces/IRecords.sol";
import {Case, Step} from "./Case.sol";
import {StandingLib} from "./StandingLib.sol";

/// @title The packed body of APPLY, QUEUE and ROLLBACK records
/// @dev Big-endian, no padding, one encoding for one decision (docs/design/0001-spine.md, section 8):
/// origin 32, its third byte the number of moves | output 32 | charge 12 | eta 5, then 105 bytes a move: class 1 | subject 32 | from 20 | to 20 | trail 32, then the
/// features to the end. ABI words would make a record of one move 260 bytes longer, and a byte of a record costs 8 gas.
library BodyLib {
    uint256 internal constant HEAD = 81;
    uint256 internal constant MOVE = 105;

    /// @notice A case as a body. The 96 bytes before it are free for the head of the event that carries it.
    function encode(Case memory c) internal pure returns (bytes memory body) {
        Step[] memory steps = c.steps;
        bytes memory features = c.features;
        uint256 first = uint256(c.producer) << 248 | uint256(c.principal) << 240 | steps.length
            << 232 | uint256(StandingLib.era(c.standing)) << 200 | uint256(c.sequence) << 160
            | uint160(c.actor);
        uint256 third = c.charge << 160 | c.eta << 120;
        int256 output = c.output;
        // Safe: writes only behind the free pointer, which ends behind the last word written. 780 gas; the ABI's encoder took 1,230.
        assembly ("memory-safe") {
            body := add(mload(0x40), 96)
            let at := add(body, 32)
            mstore(at, first)
            mstore(add(at, 32), output)
            mstore(add(at, 64), third)
            at := add(at, 81)
            let end := add(add(steps, 32), mul(32, mload(steps)))
            for { let p := add(steps, 32) } lt(p, end) { p := add(p, 32) } {
                let s := mload(p)
                mstore8(at, mload(s))
                mstore(add(at, 1), mload(add(s, 32)))
                mstore(add(at, 33), shl(96, mload(add(s, 96))))
                mstore(add(at, 53), shl(96, mload(add(s, 64))))
                mstore(add(at, 73), mload(add(s, 128)))
                at := add(at, 105)
            }
            let size := mload(features)
            mcopy(at, add(features, 32), size)
            at := add(at, size)
            mstore(at, 0)
            mstore(body, sub(at, add(body, 32)))
            mstore(0x40, and(add(at, 63), not(31)))
        }
    }

    /// @notice Parts of a body's first word.
    function producer(uint256 origin) internal pure returns (uint8) {
        return uint8(origin >> 248);
    }

    function principal(uint256 origin) internal pure returns (uint8) {
        return uint8(origin >> 240);
    }

    function count(uint256 origin) internal pure returns (uint256) {
        return uint8(origin >> 232);
    }

    function era(uint256 origin) internal pure returns (uint32) {
        return uint32(origin >> 200);
    }

    function sequence(uint256 origin) internal pure returns (uint40) {
        return uint40(origin >> 160);
    }

    function actor(uint256 origin) internal pure returns (address) {
        return address(uint160(origin));
    }

    /// @notice A body in parts.
    function decode(bytes memory body) internal pure returns (Decision memory d) {
        uint256 n = body.length < 32 ? 0 : count(_word(body, 0));
        require(body.length >= HEAD + MOVE * n, E.BodyLength(body.length, HEAD + MOVE * n));
        d.origin = _word(body, 0) & ~(uint256(0xff) << 232);
        d.output = int256(_word(body, 32));
        d.charge = _word(body, 64) >> 160;
        d.eta = uint40(_word(body, 64) >> 120);
        d.moves = new Move[](n);
        uint256 at = HEAD;
        for (uint256 i; i < n; ++i) {
            d.moves[i] = Move({
                class: uint8(body[at]),
                subject: bytes32(_word(body, at + 1)),
                from: uint160(_word(body, at + 33) >> 96),
                to: uint160(_word(body, at + 53) >> 96),
                trail: _word(body, at + 73)
            });
            at += MOVE;
        }
        d.features = _rest(body, at);
    }

    /// @notice The steps of a queued decision, from its body as it lies in calldata.
    function steps(bytes calldata body, uint256 n) internal pure returns (Step[] memory all) {
        require(body.length >= HEAD + MOVE * n, E.BodyLength(body.length, HEAD + MOVE * n));
        all = new Step[](n);
        for (uint256 i; i < n; ++i) {
            Step memory s = all[i];
            bytes calldata move = body[HEAD + MOVE * i:];
            s.class = uint8(move[0]);
            s.subject = bytes32(move[1:33]);
            s.to = uint160(bytes20(move[53:73]));
        }
    }

    /// @dev The word at `offset`; what lies behind the end is not looked at by those who call it.
    function _word(bytes memory body, uint256 offset) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := mload(add(add(body, 32), offset))
        }
    }

    function _rest(bytes memory body, uint256 from) private pure returns (bytes memory rest) {
        rest = new bytes(body.length - from);
        assembly ("memory-safe") {
            mcopy(add(rest, 32), add(add(body, 32), from), mload(rest))
        }
    }
}
