// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Links: from a margin to an output, in integers and monotone.
/// @dev Called by the interpreter only, under its rules for assembly. `mandate_model::Link` is the same function and
/// says where the polynomial comes from.
library LinkLib {
    /// @dev Returns from the call with the output of the margin at 0, the program's first word being at 32.
    function answer() internal pure {
        assembly {
            function step(power, f, coefficient) -> next {
                next := add(coefficient, shr(62, mul(f, power)))
            }

            // 2^f with 62 fraction bits, for f in [0, 1).
            function power2(f) -> power {
                power := step(0xad3f3e87, f, 0x705c2d851)
                power := step(power, f, 0x6e22ce21f7)
                power := step(power, f, 0x58a3079c143)
                power := step(power, f, 0x3ffa00efde43)
                power := step(power, f, 0x28611f131cdd1)
                power := step(power, f, 0x15d87ff55f19c7)
                power := step(power, f, 0x9d955b7b99a28a)
                power := step(power, f, 0x38d611ae0c70f55)
                power := step(power, f, 0xf5fdeffc160a918)
                power := step(power, f, 0x2c5c85fdf473e51a)
                power := step(power, f, 0x4000000000000000)
            }

            // margin · log2(e) with 62 fraction bits, saturated at 62 doublings either way.
            function exponent(margin, shift) -> value {
                value := sar(shift, mul(margin, 0x5c551d94ae0bf85e))
                if sgt(value, 0xf7fffffffffffffff) { value := 0xf7fffffffffffffff }
                if slt(value, not(0xf7fffffffffffffff)) {
                    value := not(0xf7fffffffffffffff)
                }
            }

            let head := mload(32)
            let wad := signextend(7, mload(0))
            switch byte(2, head)
            case 0 { wad := sar(byte(4, head), mul(wad, 1000000000000000000)) }
            default {
                let value := exponent(wad, byte(4, head))
                let power := power2(and(value, 0x3fffffffffffffff))
                value := sub(62, sar(62, value))
                switch byte(2, head)
                case 1 {
                    wad := sub(
                        1000000000000000000,
                        div(
                            shl(62, 1000000000000000000),
                            add(shr(value, shl(62, power)), 0x4000000000000000)
                        )
                    )
                }
                default { wad := shr(value, mul(power, 1000000000000000000)) }
            }
            mstore(0, wad)
            return(0, 32)
        }
    }
}
