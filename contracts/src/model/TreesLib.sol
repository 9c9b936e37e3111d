// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The margin of an ensemble of trees.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120.
library TreesLib {
    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    function margin() internal view {
        assembly {
            // A node is `threshold u24 ‖ address u8`, so that `lt` of whole words compares the value in the slot with
            // the threshold: below 24 equal bits, the slot has ones.
            function less(p) -> bit {
                let word := mload(p)
                bit := lt(mload(byte(3, word)), word)
            }

            // In a forest the children of the node at p are at 2p and 2p + 4.
            function down(p) -> child {
                child := shl(1, add(p, shl(1, less(p))))
            }

            // Below the last level, a pair of leaves for each node, `gap` bytes after it.
            function leaf(p, gap) -> value {
                value := sar(240, mload(add(gap, add(p, shl(1, less(p))))))
            }

            // Writes the value of each slot, four bytes apart: biased to unsigned, then ones.
            function fillSlots(slots, count) {
                let x := add(36, calldataload(36))
                for { let p := 0 } lt(p, shl(2, count)) { p := add(p, 4) } {
                    let slot := byte(0, mload(slots))
                    let value :=
                        or(
                            xor(shl(255, 1), calldataload(add(x, mul(3, and(slot, 0x7f))))),
                            0x000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
                        )
                    // A missing value that belongs to the false side counts as the greatest.
                    if lt(value, shl(232, shr(7, slot))) { value := not(0) }
                    mstore(p, value)
                    slots := add(slots, 1)
                }
            }

            // Copies one forest from `offset` of `code` so that its roots begin at `roots`, and the three bytes after
            // it right behind; answers where.
            function load(code, offset, depth, count, roots) -> tail {
                let nodes := shl(2, count)
                switch eq(nodes, roots)
                case 1 {
                    // Levels are contiguous where the first begins at its own length.
                    let size := sub(mul(count, mul(6, shl(depth, 1))), nodes)
                    tail := add(roots, size)
                    extcodecopy(code, roots, offset, add(size, 3))
                }
                default {
                    for {} depth { depth := sub(depth, 1) } {
                        extcodecopy(code, roots, offset, nodes)
                        offset := add(offset, nodes)
                        tail := add(roots, nodes)
                        roots := shl(1, roots)
                        nodes := shl(1, nodes)
                    }
                    // Leaves: two bytes each, as many as the next level would have nodes, right after the last level.
                    extcodecopy(code, tail, offset, add(shr(1, nodes), 3))
                    tail := add(tail, shr(1, nodes))
                }
            }

            function forest(depth, count, p) -> sum {
                let end := add(p, shl(2, count))
                let gap := shl(add(depth, 1), count)
                switch depth
                case 4 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(down(p))), gap))
                    }
                }
                case 6 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(down(down(down(p))))), gap))
                    }
                }
                case 5 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(down(down(p)))), gap))
                    }
                }
                case 3 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(p)), gap))
                    }
                }
                case 2 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(p), gap))
                    }
                }
                case 1 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(p, gap))
                    }
                }
                case 7 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(down(down(down(down(p)))))), gap))
                    }
                }
                case 8 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        sum := add(sum, leaf(down(down(down(down(down(down(down(p))))))), gap))
                    }
                }
            }

            let program := add(0x122, mul(20, byte(1, mload(0x120))))
            let head := mload(program)
            let sum := shr(136, head)
            let code := calldataload(4)
            let slots := byte(5, head)
            let offset := add(add(sub(program, 0x120), 82), slots)
            let header := mload(add(add(program, 79), slots))
            fillSlots(add(program, 79), slots)
            let chunk := code
            let next := 2
            for { let left := byte(6, head) } left { left := sub(left, 1) } {
                if iszero(byte(0, header)) {
                    // The chunk is at its end, the program is not: the root's table has the next chunk.
                    extcodecopy(code, 0x120, next, 20)
                    chunk := shr(96, mload(0x120))
                    next := add(next, 20)
                    extcodecopy(chunk, 0x120, 1, 3)
                    header := mload(0x120)
                    offset := 4
                }
                let depth := byte(0, header)
                let count := and(shr(232, header), 0xffff)
                let roots := count
                if lt(count, slots) { roots := slots }
                roots := shl(2, roots)
                let tail := load(chunk, offset, depth, count, roots)
                header := mload(tail)
                offset := add(add(offset, sub(mul(count, mul(6, shl(depth, 1))), shl(2, count))), 3)
                sum := add(sum, forest(depth, count, roots))
            }
            mstore(0, sum)
            mstore(32, head)
        }
    }
}
