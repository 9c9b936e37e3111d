// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change, IActuator} from "../interfaces/IActuator.sol";
import {IInterpreter} from "../interfaces/IInterpreter.sol";
import {IKernelErrors as E} from "../interfaces/IKernel.sol";
import {Step} from "./Case.sol";

/// @title The questions that every decision asks of other contracts
/// @dev The same calls as through the interfaces; each answer is used where it lies in memory instead of being decoded and
/// encoded again, which saves a decision about 6,000 gas. Answers are checked as the decoder would check them.
library AskLib {
    /// @notice `actuator.features(class, subject, reported)`, and the program's output on them.
    /// @param first The parameter that is decided on.
    function features(address market, Step memory first, bytes calldata reported)
        internal
        view
        returns (bytes memory packed)
    {
        bytes4 selector = IActuator.features.selector;
        bool ok;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mcopy(add(p, 4), first, 64)
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
        if (!ok) revert E.Malformed(market);
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
        if (!ok) revert E.Malformed(interpreter);
    }

    /// @notice `actuator.propose(class, subject, output)`, at most `most` changes, as steps of which `first` must be the first.
    function propose(address market, Step memory first, int256 output, uint256 most)
        internal
        view
        returns (Step[] memory steps)
    {
        bytes4 selector = IActuator.propose.selector;
        bool ok;
        bool same = true;
        uint256 count;
        uint256 p;
        assembly ("memory-safe") {
            p := mload(0x40)
            mstore(p, selector)
            mcopy(add(p, 4), first, 64)
            mstore(add(p, 68), output)
            ok := staticcall(gas(), market, p, 100, 0, 0)
            let n := returndatasize()
            returndatacopy(p, 0, n)
            if iszero(ok) { revert(p, n) }
            ok := and(gt(n, 63), eq(mload(p), 32))
            count := mload(add(p, 32))
            if and(ok, iszero(gt(count, most))) {
                ok := iszero(lt(n, add(64, mul(96, count))))
                steps := and(add(add(p, n), 31), not(31))
                mstore(steps, count)
                let step := add(steps, mul(32, add(count, 1)))
                let change := add(p, 64)
                for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                    ok := and(
                        ok,
                        iszero(or(shr(8, mload(change)), shr(160, mload(add(change, 64)))))
                    )
                    switch i
                    case 0 {
                        same := eq(mload(change), mload(first))
                        same := and(same, eq(mload(add(change, 32)), mload(add(first, 32))))
                        mstore(add(first, 64), mload(add(change, 64)))
                        mstore(add(steps, 32), first)
                    }
                    default {
                        // A step's first three words are a change; the others start at zero.
                        mcopy(step, change, 96)
                        calldatacopy(add(step, 96), calldatasize(), 288)
                        mstore(add(steps, mul(32, add(i, 1))), step)
                        step := add(step, 384)
                    }
                    change := add(change, 96)
                }
                mstore(0x40, step)
            }
        }
        if (!ok) revert E.Malformed(market);
        if (count > most) revert E.TooManyChanges(count, most);
        if (count == 0) revert E.EmptyDecision();
        if (!same) {
            Change memory given;
            assembly ("memory-safe") {
                given := add(p, 64)
            }
            revert E.WrongParameter(given.class, given.subject);
        }
    }

    /// @notice The sum of `actuator.quote(changes, from)`.
    function quote(address market, Step[] memory steps) internal view returns (uint256 charge) {
        uint256 most = type(uint96).max;
        bytes4 selector = IActuator.quote.selector;
        uint256 count = steps.length;
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
                let step := mload(add(steps, word))
                // The first three words are the change, the fourth is the value before.
                mcopy(add(to, mul(96, i)), step, 96)
                mstore(add(from, word), mload(add(step, 96)))
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
        if (!ok) revert E.QuoteFailed();
        if (given != count) revert E.QuoteLength(given, count);
        for (uint256 i; i < count; ++i) {
            uint256 one;
            assembly ("memory-safe") {
                one := mload(add(add(p, 64), mul(32, i)))
            }
            if (one > most) revert E.QuoteTooLarge(one, most);
            unchecked {
                charge += one; // at most `MOST_CHANGES` words of 96 bits
            }
        }
        if (charge > most) revert E.QuoteTooLarge(charge, most);
    }

    /// @notice `actuator.onApplied(class, subject, from, to, beat)`.
    function applied(address market, Step memory s) internal {
        bytes4 selector = IActuator.onApplied.selector;
        bool empty;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, selector)
            mcopy(add(p, 4), s, 64)
            mstore(add(p, 68), mload(add(s, 96)))
            mstore(add(p, 100), mload(add(s, 64)))
            mstore(add(p, 132), and(mload(add(s, 352)), 0xffffffffff))
            empty := iszero(extcodesize(market))
            if iszero(call(gas(), market, 0, p, 164, 0, 0)) {
                returndatacopy(p, 0, returndatasize())
                revert(p, returndatasize())
            }
        }
        if (empty) revert E.NoCode(market);
    }
}
