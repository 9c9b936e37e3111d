// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change, IActuator} from "../interfaces/IActuator.sol";
import {IInterpreter} from "../interfaces/IInterpreter.sol";
import {IKernelErrors as E} from "../interfaces/IKernel.sol";
import {Move} from "../interfaces/IRecords.sol";

/// @title The questions that every decision asks of other contracts
/// @dev The same calls as through the interfaces; each answer is used where it lies in memory instead of being decoded and
/// encoded again, which saves a decision about 6,000 gas. Answers are checked as the decoder would check them.
library AskLib {
    /// @notice `actuator.features(class, subject, reported)`, and the program's output on them.
    function features(address market, uint8 class, bytes32 subject, bytes calldata reported)
        internal
        view
        returns (bytes memory packed)
    {
        bytes4 selector = IActuator.features.selector;
        uint256 class_ = class;
        bool ok;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mstore(add(p, 4), class_)
            mstore(add(p, 36), subject)
            mstore(add(p, 68), 96)
            mstore(add(p, 100), reported.length)
            let end := add(add(p, 132), reported.length)
            mstore(end, 0)
            calldatacopy(add(p, 132), reported.offset, reported.length)
            let size := and(add(add(132, reported.length), 31), not(31))
            ok := staticcall(gas(), market, p, size, 0, 0)
            let n := returndatasize()
            // The answer is laid out so that `run` can prefix its head: 4 + 32 + 32 bytes before the length.
            returndatacopy(add(p, 36), 0, n)
            switch ok
            case 0 { revert(add(p, 36), n) }
            default {
                packed := add(p, 68)
                mstore(0x40, and(add(add(p, n), 99), not(31)))
                ok := and(gt(n, 63), eq(mload(add(p, 36)), 32))
                if ok { ok := iszero(gt(mload(packed), sub(n, 64))) }
            }
        }
        require(ok, E.Malformed(market));
    }

    /// @notice `interpreter.run(root, packed)`. Only on what `features` returned: the 68 bytes before it are written.
    function run(address interpreter, uint256 root, bytes memory packed)
        internal
        view
        returns (int256 output)
    {
        bytes4 selector = IInterpreter.run.selector;
        bool ok;
        assembly ("memory-safe") {
            let p := sub(packed, 68)
            mstore(p, selector)
            mstore(add(p, 4), and(root, 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(p, 36), 64)
            let size := add(100, and(add(mload(packed), 31), not(31)))
            ok := staticcall(gas(), interpreter, p, size, 0, 32)
            if iszero(ok) {
                p := mload(0x40)
                returndatacopy(p, 0, returndatasize())
                revert(p, returndatasize())
            }
            output := mload(0)
            ok := gt(returndatasize(), 31)
        }
        require(ok, E.Malformed(interpreter));
    }

    /// @notice `actuator.propose(class, subject, output)`, at most `most` changes.
    function propose(address market, uint8 class, bytes32 subject, int256 output, uint256 most)
        internal
        view
        returns (Change[] memory changes)
    {
        bytes4 selector = IActuator.propose.selector;
        uint256 class_ = class;
        bool ok;
        uint256 count;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mstore(add(p, 4), class_)
            mstore(add(p, 36), subject)
            mstore(add(p, 68), output)
            ok := staticcall(gas(), market, p, 100, 0, 0)
            let n := returndatasize()
            returndatacopy(p, 0, n)
            if iszero(ok) { revert(p, n) }
            ok := and(gt(n, 63), eq(mload(p), 32))
            count := mload(add(p, 32))
            // A struct in memory is its three words, which is also how the answer holds it: only pointers are made.
            if and(ok, iszero(gt(count, most))) {
                ok := iszero(lt(n, add(64, mul(96, count))))
                changes := and(add(add(p, n), 31), not(31))
                mstore(changes, count)
                mstore(0x40, add(changes, mul(32, add(count, 1))))
                for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                    let change := add(add(p, 64), mul(96, i))
                    mstore(add(changes, mul(32, add(i, 1))), change)
                    ok := and(ok, iszero(shr(8, mload(change))))
                    ok := and(ok, iszero(shr(160, mload(add(change, 64)))))
                }
            }
        }
        require(ok, E.Malformed(market));
        require(count <= most, E.TooManyChanges(count, most));
    }

    /// @notice The sum of `actuator.quote(changes, from)`, `from` being the moves' values before.
    function quote(address market, Change[] memory changes, Move[] memory moves)
        internal
        view
        returns (uint256 charge)
    {
        uint256 most = type(uint96).max;
        bytes4 selector = IActuator.quote.selector;
        uint256 count = changes.length;
        uint256 given;
        uint256 p;
        bool ok;
        assembly ("memory-safe") {
            p := mload(0x40)
            mstore(p, selector)
            mstore(add(p, 4), 64)
            mstore(add(p, 36), add(96, mul(96, count)))
            mstore(add(p, 68), count)
            let to := add(p, 100)
            let from := add(to, mul(96, count))
            mstore(from, count)
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                let word := mul(32, add(i, 1))
                mcopy(add(to, mul(96, i)), mload(add(changes, word)), 96)
                // The third word of a move is its value before.
                mstore(add(from, word), mload(add(mload(add(moves, word)), 64)))
            }
            let size := add(132, mul(128, count))
            ok := staticcall(gas(), market, p, size, 0, 0)
            if ok {
                let n := returndatasize()
                returndatacopy(p, 0, n)
                ok := and(gt(n, 63), eq(mload(p), 32))
                given := mload(add(p, 32))
                if eq(given, count) { ok := and(ok, iszero(lt(n, add(64, mul(32, count))))) }
            }
        }
        require(ok, E.QuoteFailed());
        require(given == count, E.QuoteLength(given, count));
        for (uint256 i; i < count; ++i) {
            uint256 one;
            assembly ("memory-safe") {
                one := mload(add(add(p, 64), mul(32, i)))
            }
            require(one <= most, E.QuoteTooLarge(one, most));
            charge += one;
        }
        require(charge <= most, E.QuoteTooLarge(charge, most));
    }
}
