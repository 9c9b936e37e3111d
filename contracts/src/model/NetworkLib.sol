// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The margin of a dense network.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120.
///
/// A word holds a weight of each of several units, so that one multiplication by an input serves them all;
/// `docs/model-format.md` says why the lanes do not disturb each other. Memory:
///
/// - 0x000: 32 inputs of the layer, a word each; 0x400: the weights that meet them, copied here row by row. Both at
///   fixed places, which saves 12 gas of address for each multiplication.
/// - 0x800: the head, the layers' shapes, where the next chunk's address stands, and what the layer at hand needs.
/// - 0x940: the code of the root or of a chunk; behind it, what layers of more than 32 units say.
library NetworkLib {
    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    function margin() internal view {
        assembly {
            // Inside its limits, less the lower one: five values of 24 bits in lanes of 48. The bits of `over`, right above
            // the values, show which of two is greater.
            function clamp(u, low, span, over) -> v {
                v := sub(or(u, over), low)
                let t := and(v, over)
                v := and(v, sub(t, shr(24, t)))
                u := sub(or(span, over), v)
                t := and(u, over)
                v := sub(span, and(u, sub(t, shr(24, t))))
            }

            // Writes what counts of each feature, a word each; `table` has the lower limits (biased to unsigned), then the
            // spans. Ten at a time: what is written beyond the last is overwritten.
            function readFeatures(table, length, at) {
                let x := add(36, calldataload(36))
                let end := add(x, length)
                // Nothing has been called, so `returndatasize` is zero: with it the optimiser leaves the constant on the
                // stack, without it copies it from the code each time, for 31 gas.
                let over :=
                    add(
                        0x0000010000000000010000000000010000000000010000000000010000000000,
                        returndatasize()
                    )
                let values := sub(over, shr(24, over))
                for {} lt(x, end) {} {
                    let u := xor(calldataload(x), shl(23, or(over, shr(24, over))))
                    let low := mload(table)
                    let span := mload(add(table, length))
                    let v := clamp(and(u, values), and(low, values), and(span, values), over)
                    u := clamp(
                        and(shr(24, u), values),
                        and(shr(24, low), values),
                        and(shr(24, span), values),
                        over
                    )
                    mstore(at, shr(208, u))
                    mstore(add(at, 0x20), shr(208, v))
                    mstore(add(at, 0x40), and(shr(160, u), 0xffffff))
                    mstore(add(at, 0x60), and(shr(160, v), 0xffffff))
                    mstore(add(at, 0x80), and(shr(112, u), 0xffffff))
                    mstore(add(at, 0xa0), and(shr(112, v), 0xffffff))
                    mstore(add(at, 0xc0), and(shr(64, u), 0xffffff))
                    mstore(add(at, 0xe0), and(shr(64, v), 0xffffff))
                    mstore(add(at, 0x100), and(shr(16, u), 0xffffff))
                    mstore(add(at, 0x120), and(shr(16, v), 0xffffff))
                    at := add(at, 0x140)
                    x := add(x, 30)
                    table := add(table, 30)
                }
            }

            // Any feature missing? As for a GLM: what follows the features can look so, which costs gas and nothing else.
            function anyMissing(length) -> any {
                let x := add(36, calldataload(36))
                let ones :=
                    add(
                        0x0000010000010000010000010000010000010000010000010000010000010000,
                        returndatasize()
                    )
                let signs := shl(23, ones)
                for { let end := add(x, length) } lt(x, end) { x := add(x, 30) } {
                    let u := xor(calldataload(x), signs)
                    any := or(any, and(sub(u, ones), not(u)))
                }
                any := and(any, signs)
            }

            // Writes what counts instead of missing values; `table` has it.
            function fillMissing(table, length, at) {
                let x := add(36, calldataload(36))
                for { let end := add(x, length) } lt(x, end) { x := add(x, 3) } {
                    if eq(shr(232, calldataload(x)), 0x800000) {
                        mstore(at, shr(232, mload(table)))
                    }
                    at := add(at, 0x20)
                    table := add(table, 3)
                }
            }

            // Adds up to 32 products, eight by eight: inputs beyond the last are zero, whatever weights they meet.
            function addProducts(some, sum_) -> sum {
                sum := sum_
                sum := add(mul(mload(0x00), mload(0x400)), sum)
                sum := add(mul(mload(0x20), mload(0x420)), sum)
                sum := add(mul(mload(0x40), mload(0x440)), sum)
                sum := add(mul(mload(0x60), mload(0x460)), sum)
                sum := add(mul(mload(0x80), mload(0x480)), sum)
                sum := add(mul(mload(0xa0), mload(0x4a0)), sum)
                sum := add(mul(mload(0xc0), mload(0x4c0)), sum)
                sum := add(mul(mload(0xe0), mload(0x4e0)), sum)
                if gt(some, 8) {
                    sum := add(mul(mload(0x100), mload(0x500)), sum)
                    sum := add(mul(mload(0x120), mload(0x520)), sum)
                    sum := add(mul(mload(0x140), mload(0x540)), sum)
                    sum := add(mul(mload(0x160), mload(0x560)), sum)
                    sum := add(mul(mload(0x180), mload(0x580)), sum)
                    sum := add(mul(mload(0x1a0), mload(0x5a0)), sum)
                    sum := add(mul(mload(0x1c0), mload(0x5c0)), sum)
                    sum := add(mul(mload(0x1e0), mload(0x5e0)), sum)
                    if gt(some, 16) {
                        sum := add(mul(mload(0x200), mload(0x600)), sum)
                        sum := add(mul(mload(0x220), mload(0x620)), sum)
                        sum := add(mul(mload(0x240), mload(0x640)), sum)
                        sum := add(mul(mload(0x260), mload(0x660)), sum)
                        sum := add(mul(mload(0x280), mload(0x680)), sum)
                        sum := add(mul(mload(0x2a0), mload(0x6a0)), sum)
                        sum := add(mul(mload(0x2c0), mload(0x6c0)), sum)
                        sum := add(mul(mload(0x2e0), mload(0x6e0)), sum)
                        if gt(some, 24) {
                            sum := add(mul(mload(0x300), mload(0x700)), sum)
                            sum := add(mul(mload(0x320), mload(0x720)), sum)
                            sum := add(mul(mload(0x340), mload(0x740)), sum)
                            sum := add(mul(mload(0x360), mload(0x760)), sum)
                            sum := add(mul(mload(0x380), mload(0x780)), sum)
                            sum := add(mul(mload(0x3a0), mload(0x7a0)), sum)
                            sum := add(mul(mload(0x3c0), mload(0x7c0)), sum)
                            sum := add(mul(mload(0x3e0), mload(0x7e0)), sum)
                        }
                    }
                }
            }

            // The sums of a word of units that have more than 32 inputs.
            function addWide(at, inputs, wide, sum_) -> sum {
                sum := sum_
                for {} inputs {} {
                    let some := inputs
                    if gt(some, 32) { some := 32 }
                    mcopy(0, wide, 0x400)
                    mcopy(0x400, at, 0x400)
                    sum := addProducts(some, sum)
                    inputs := sub(inputs, some)
                    wide := add(wide, 0x400)
                    at := add(at, 0x400)
                }
            }

            // What a word of units says: negative sums become zero, the others lose their lowest bits.
            function rectify(sums) -> said {
                let positive := and(sums, mload(0x8a0))
                said := shr(mload(0x8c0), and(sums, sub(positive, shr(mload(0x8e0), positive))))
            }

            // Copies the rows of the next chunk that the root names; answers where they end.
            function refill() -> end {
                let root := calldataload(4)
                extcodecopy(root, 0x400, mload(0x840), 20)
                mstore(0x840, add(mload(0x840), 20))
                root := shr(96, mload(0x400))
                let size := sub(extcodesize(root), 2)
                extcodecopy(root, 0x940, 2, size)
                end := add(0x940, size)
            }

            // Takes the first layer off the shapes and writes what its rows need; answers how many there are.
            function enter() -> rows {
                let shapes := mload(0x820)
                let bits := div(256, byte(0, shapes))
                let halves := div(sub(shl(mul(bits, byte(0, shapes)), 1), 1), sub(shl(bits, 1), 1))
                mstore(0x860, byte(0, shapes)) // lanes
                mstore(0x880, bits)
                mstore(0x8a0, shl(sub(bits, 1), halves)) // the sign of each lane
                mstore(0x8c0, byte(2, shapes)) // shift
                mstore(0x8e0, sub(sub(bits, 1), byte(2, shapes))) // the shift's distance from the sign
                mstore(0x820, shl(24, shapes))
                rows := byte(1, shapes)
            }

            // Writes each lane of a word, a word each; answers where the next goes.
            function spread(said, to) -> next {
                let bits := mload(0x880)
                let mask := sub(shl(bits, 1), 1)
                next := add(to, shl(5, mload(0x860)))
                for {} lt(to, next) { to := add(to, 0x20) } {
                    mstore(to, and(said, mask))
                    said := shr(bits, said)
                }
            }

            let at := add(0x940, add(2, mul(20, byte(1, mload(0x120)))))
            let out := extcodesize(calldataload(4))
            extcodecopy(calldataload(4), 0x940, 0, out)
            let end := add(0x940, out)
            out := end
            if byte(1, mload(0x120)) { out := 0x6940 }
            let left := mload(at) // the head; then its number of layers, counting down
            mstore(0x800, left)
            let inputs := byte(3, left)
            left := byte(6, left)
            let wide := 0 // where more than 32 inputs stand, or zero
            if gt(inputs, 32) { wide := add(out, 0x1100) }
            at := add(at, 79)
            readFeatures(at, mul(3, inputs), wide)
            if anyMissing(mul(3, inputs)) {
                fillMissing(add(at, mul(6, inputs)), mul(3, inputs), wide)
            }
            // Inputs beyond the last are zero, so that they may be multiplied by whatever is there.
            calldatacopy(add(wide, shl(5, inputs)), calldatasize(), 0xe0)
            at := add(at, mul(9, inputs))
            mstore(0x820, mload(at))
            mstore(0x840, 2)
            at := add(at, mul(3, left))
            let total := 0
            for {} left { left := sub(left, 1) } {
                let to := out
                for { let rows := enter() } rows { rows := sub(rows, 1) } {
                    if eq(at, end) {
                        end := refill()
                        at := 0x940
                    }
                    let sums := mload(at)
                    at := add(at, 0x20)
                    switch wide
                    case 0 {
                        mcopy(0x400, at, shl(5, inputs))
                        sums := addProducts(inputs, sums)
                    }
                    default { sums := addWide(at, inputs, wide, sums) }
                    at := add(at, shl(5, inputs))
                    switch left
                    case 1 {
                        // In the last lane of the product, each unit has met its own weight.
                        total := add(mul(rectify(sums), mload(at)), total)
                        at := add(at, 0x20)
                    }
                    default { to := spread(rectify(sums), to) }
                }
                if gt(left, 1) {
                    calldatacopy(to, calldatasize(), 0xe0)
                    inputs := shr(5, sub(to, out))
                    switch gt(inputs, 32)
                    case 0 {
                        mcopy(0, out, add(sub(to, out), 0xe0))
                        wide := 0
                    }
                    default {
                        to := wide
                        wide := out
                        out := to
                        if iszero(out) { out := add(wide, 0x1100) }
                    }
                }
            }
            // Half a unit of the last lane pays back what the lanes below have borrowed.
            let bits := mload(0x880)
            let last := mul(bits, sub(mload(0x860), 1))
            total := add(total, shl(sub(last, 1), 1))
            total := sar(sub(256, bits), shl(sub(sub(256, bits), last), total))
            let head := mload(0x800)
            mstore(0, add(total, shr(136, head)))
            mstore(32, head)
        }
    }
}
