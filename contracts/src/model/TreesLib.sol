// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The margin of an ensemble of trees.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120.
///
/// A level costs 36 gas: two loads, one comparison of whole words, and an address that doubles. `docs/model-format.md`
/// says how nodes, leaves and slots are laid out so that nothing else is needed.
library TreesLib {
    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    function margin() internal view {
        assembly {
            // Writes two copies of the features, biased to unsigned: at 0x340 as they are, missing being 0; 384 bytes on
            // with every missing value the greatest. Ten lanes of 24 bits at once.
            function copyFeatures(count) {
                let x := add(36, calldataload(36))
                let signs := 0x8000008000008000008000008000008000008000008000008000008000000000
                for { let i := 0 } lt(i, mul(3, count)) { i := add(i, 30) } {
                    mstore(add(0x340, i), xor(calldataload(add(x, i)), signs))
                }
                // In a loop of its own: with 128 features the first copy spills over the beginning of the second.
                for { let i := 0 } lt(i, mul(3, count)) { i := add(i, 30) } {
                    let v := mload(add(0x340, i))
                    // The top bit of each lane that is zero: adding 0x7fffff to the rest of a lane sets it if anything
                    // is there.
                    let z := or(v, add(and(v, not(signs)), sub(signs, shr(23, signs))))
                    z := and(not(z), signs)
                    mstore(add(0x4c0, i), or(v, or(z, sub(z, shr(23, z)))))
                }
            }

            // Writes the value of each slot at its address, four bytes apart, then a byte of ones. A slot is an index
            // into the two copies. Four at a time: what is written beyond the last slot is overwritten by the forest.
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

            // The sum of one leaf of each tree, unrolled by depth; in a function each level would cost 30 gas more. The
            // children of the node at p are at 2p and 2p + 4; below the last level there is a pair of leaves for each
            // node, `gap` bytes after it.
            function forest(depth, count, p) -> sum {
                let end := add(p, shl(2, count))
                let gap := shl(add(depth, 1), count)
                switch depth
                case 4 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 6 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 5 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 3 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 2 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 1 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let node := mload(p)
                        let bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), p)))), sum)
                    }
                }
                case 7 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
                case 8 {
                    for {} lt(p, end) { p := add(p, 4) } {
                        let q := p
                        let node := mload(q)
                        let bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        q := add(add(bit, bit), q)
                        q := add(q, q)
                        node := mload(q)
                        bit := lt(mload(byte(3, node)), node)
                        sum := add(sar(240, mload(add(gap, add(add(bit, bit), q)))), sum)
                    }
                }
            }

            let program := add(0x122, mul(20, byte(1, mload(0x120))))
            let head := mload(program)
            let sum := shr(136, head) // the bias, bytes 7 to 14
            // Of the first nodes: 82 on, less the 0x120 in memory, and what limits take (see `LimitsLib`).
            let offset := add(add(sub(program, 206), byte(5, head)), mload(0x60))
            copyFeatures(byte(3, head))
            fillSlots(add(program, 79), byte(5, head))
            let header := mload(add(add(program, 79), byte(5, head)))
            let code := calldataload(4)
            let next := 2
            // The head's number of forests counts down.
            for {} byte(6, head) { head := sub(head, shl(200, 1)) } {
                if iszero(byte(0, header)) {
                    // The chunk is at its end, the program is not: the root's table has the next chunk.
                    extcodecopy(calldataload(4), 0x120, next, 20)
                    code := shr(96, mload(0x120))
                    next := add(next, 20)
                    extcodecopy(code, 0x120, 1, 3)
                    header := mload(0x120)
                    offset := 4
                }
                let depth := byte(0, header)
                let count := and(shr(232, header), 0xffff)
                // Roots begin at their own length, so that an address doubles from level to level, or behind the slots.
                let roots := count
                if lt(count, byte(5, head)) { roots := byte(5, head) }
                roots := shl(2, roots)
                header := mload(load(code, offset, depth, count, roots))
                offset := add(add(offset, mul(count, sub(mul(6, shl(depth, 1)), 4))), 3)
                sum := add(sum, forest(depth, count, roots))
            }
            mstore(0, sum)
            mstore(32, head)
        }
    }
}
