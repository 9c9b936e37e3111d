// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Holds features inside the limits that a program names, before its body reads them.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120. What
/// the families' libraries find is a program without limits and features that have been read already. Memory:
///
/// - 0x060: how many bytes the limits take in the root's code. Solidity leaves zero there, which is what programs without
///   limits have.
/// - 0x340: the features inside their limits, biased to unsigned, a missing one being 0; for trees a second copy 384 bytes
///   on, with every missing value the greatest.
/// - 0x680: the limits, and the 67 bytes behind them.
library LimitsLib {
    /// @dev Writes the features inside their limits, ten at a time: five in lanes of 48 bits, then the five between them.
    function hold() internal view {
        assembly {
            // Lanes inside their limits; the bits of `over`, right above the values, show which of two is greater.
            function held(u, low, span, over) -> v {
                v := sub(or(u, over), low)
                let t := and(v, over)
                v := and(v, sub(t, shr(24, t))) // above the lower limit by so much, or by nothing
                let below := sub(or(span, over), v)
                t := and(below, over)
                v := add(low, sub(span, and(below, sub(t, shr(24, t)))))
                // A missing value is zero, and stays.
                t := and(sub(or(u, over), shr(24, over)), over)
                v := and(v, sub(t, shr(24, t)))
            }

            let program := add(0x122, mul(20, byte(1, mload(0x120))))
            let length := mul(3, byte(3, mload(program)))
            mstore(0x60, add(length, length))
            // From behind the head: 79 bytes into the program, less the 0x120 in memory.
            extcodecopy(calldataload(4), 0x680, sub(program, 209), add(add(length, length), 67))
            // As if there were no limits: slots and the first forest's header right behind the head.
            mcopy(add(program, 79), add(0x680, add(length, length)), 67)
            let x := add(36, calldataload(36))
            // As in `NetworkLib`: `returndatasize` is zero, and keeps the optimiser from copying the constant each time.
            let over :=
                add(
                    0x0000010000000000010000000000010000000000010000000000010000000000,
                    returndatasize()
                )
            let values := sub(over, shr(24, over))
            for { let i := 0 } lt(i, length) { i := add(i, 30) } {
                let u := xor(calldataload(add(x, i)), shl(23, or(over, shr(24, over))))
                let low := mload(add(0x680, i))
                let span := mload(add(add(0x680, length), i))
                let v := held(and(u, values), and(low, values), and(span, values), over)
                u := held(
                    and(shr(24, u), values),
                    and(shr(24, low), values),
                    and(shr(24, span), values),
                    over
                )
                mstore(add(0x340, i), or(shl(24, u), v))
            }
        }
    }

    /// @dev Writes the second copy that trees need, and leaves no feature for their libraries to copy.
    function fillMissing() internal pure {
        assembly {
            let signs := 0x8000008000008000008000008000008000008000008000008000008000000000
            for { let i := 0 } lt(i, shr(1, mload(0x60))) { i := add(i, 30) } {
                let v := mload(add(0x340, i))
                // As in `TreesLib.copyFeatures`: the top bit of each lane that is zero.
                let z := or(v, add(and(v, not(signs)), sub(signs, shr(23, signs))))
                z := and(not(z), signs)
                mstore(add(0x4c0, i), or(v, or(z, sub(z, shr(23, z)))))
            }
            mstore8(add(0x125, mul(20, byte(1, mload(0x120)))), 0)
        }
    }
}
