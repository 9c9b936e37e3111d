// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The margin of an ensemble of trees of any shape.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120.
///
/// Behind a node stands its true side; the node says how far away its false side begins. Leaves and sets ask a slot that is
/// always greater, so they are met like a node whose answer is false, and only then are they told apart. Memory: slots as
/// for forests, what sets and leaves ask at 248 and 252; the root's or a chunk's code from 0x120.
library SparseLib {
    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    function margin() internal view {
        assembly {
            // As in `TreesLib`; shared, it would cost every forest a call.
            function copyFeatures(count) {
                let x := add(36, calldataload(36))
                let signs := 0x8000008000008000008000008000008000008000008000008000008000000000
                for { let i := 0 } lt(i, mul(3, count)) { i := add(i, 30) } {
                    mstore(add(0x340, i), xor(calldataload(add(x, i)), signs))
                }
                for { let i := 0 } lt(i, mul(3, count)) { i := add(i, 30) } {
                    let v := mload(add(0x340, i))
                    let z := or(v, add(and(v, not(signs)), sub(signs, shr(23, signs))))
                    z := and(not(z), signs)
                    mstore(add(0x4c0, i), or(v, or(z, sub(z, shr(23, z)))))
                }
            }

            // As in `TreesLib`: at most 62 slots, so the last word ends below 0x120.
            function fillSlots(slots, count) {
                for { let p := 0 } lt(p, shl(2, count)) { p := add(p, 16) } {
                    let ones := shl(224, 0xff)
                    let word := mload(slots)
                    mstore(p, or(ones, mload(add(0x340, mul(3, byte(0, word))))))
                    mstore(add(p, 4), or(ones, mload(add(0x340, mul(3, byte(1, word))))))
                    mstore(add(p, 8), or(ones, mload(add(0x340, mul(3, byte(2, word))))))
                    mstore(add(p, 12), or(ones, mload(add(0x340, mul(3, byte(3, word))))))
                    slots := add(slots, 4)
                }
            }

            // The sum of one leaf of each tree between `at` and `end`.
            function trees(at, end) -> sum {
                for {} lt(at, end) {} {
                    let q := add(at, 2)
                    at := add(q, shr(240, mload(at)))
                    let node := mload(q)
                    for {} 1 {} {
                        if lt(mload(byte(3, node)), node) {
                            q := add(q, 6)
                            node := mload(q)
                            continue
                        }
                        if gt(byte(3, node), 247) {
                            if eq(byte(3, node), 252) { break }
                            // A set: no value below 0 or above 255 has a bit, and no missing one.
                            let value := sub(shr(232, mload(byte(0, node))), 0x800000)
                            if and(shr(value, mload(add(q, 6))), 1) {
                                q := add(q, 38)
                                node := mload(q)
                                continue
                            }
                        }
                        q := add(q, and(shr(208, node), 0xffff))
                        node := mload(q)
                    }
                    sum := add(sar(232, node), sum)
                }
            }

            let chunks := byte(1, mload(0x120))
            let program := add(0x122, mul(20, chunks))
            let head := mload(program)
            let sum := shr(136, head) // the bias, bytes 7 to 14
            // The first tree; what limits take lies before it (see `LimitsLib`).
            let first := add(add(add(program, 81), byte(5, head)), mload(0x60))
            copyFeatures(byte(3, head))
            fillSlots(add(program, 79), byte(5, head))
            mstore(248, not(0))
            let size := extcodesize(calldataload(4))
            extcodecopy(calldataload(4), 0x120, 0, size)
            sum := add(trees(first, add(0x120, size)), sum)
            for { let next := 2 } chunks { chunks := sub(chunks, 1) } {
                // What a chunk's code overwrote of the root's table is read again.
                extcodecopy(calldataload(4), 0x120, next, 20)
                let chunk := shr(96, mload(0x120))
                next := add(next, 20)
                size := sub(extcodesize(chunk), 2)
                extcodecopy(chunk, 0x120, 2, size)
                sum := add(trees(0x120, add(0x120, size)), sum)
            }
            mstore(0, sum)
            mstore(32, head)
        }
    }
}
