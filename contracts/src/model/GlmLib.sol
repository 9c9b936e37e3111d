// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IInterpreter} from "../interfaces/IInterpreter.sol";

/// @title The margin of a GLM.
/// @dev Called by the interpreter only, under its rules for assembly; expects the root's first 544 bytes at 0x120.
library GlmLib {
    uint256 private constant HEAD = 2; // behind a root's zero byte and its count of other chunks, which is zero
    uint256 private constant BODY = HEAD + 79;
    int24 private constant MISSING = -(2 ** 23);
    uint256 private constant GLM = 1;
    uint256 private constant LIMITED = 0x80;

    /// @dev What each feature adds beyond its baseline, and the margin of all baselines.
    function attribution(bytes memory code, bytes calldata features)
        internal
        pure
        returns (int256 base, int256[] memory contributions)
    {
        uint256 family = code.length > BODY ? uint8(code[HEAD + 1]) : 0;
        bool known = family == GLM || family == GLM + LIMITED;
        require(known, IInterpreter.ModelFamilyUnknown(family, GLM));
        uint256 count = uint8(code[HEAD + 3]);
        require(
            features.length == 3 * count, IInterpreter.FeaturesLength(features.length, 3 * count)
        );
        contributions = new int256[](count);
        base = _word(code, HEAD + 7);
        for (uint256 i = 0; i < count; i++) {
            int256 atBaseline;
            int24 value = int24(uint24(bytes3(features[3 * i:3 * i + 3])));
            (atBaseline, contributions[i]) = _split(code, count, i, value);
            base += atBaseline;
        }
    }

    /// @dev What a feature adds at its baseline, and what its value adds beyond that; both inside limits, if there are any.
    function _split(bytes memory code, uint256 count, uint256 feature, int24 value)
        private
        pure
        returns (int256 atBaseline, int256 beyond)
    {
        bool limited = uint8(code[HEAD + 1]) != GLM;
        uint256 body = limited ? BODY + 6 * count : BODY;
        int64 weight = _word(code, body + 8 * feature);
        int64 missing = _word(code, body + 8 * (count + feature));
        int24 baseline = int24(_word(code, body + 16 * count + 3 * feature) >> 40);
        if (limited) {
            baseline = _held(code, count, feature, baseline);
            value = _held(code, count, feature, value);
        }
        atBaseline = _contribution(weight, missing, baseline);
        beyond = _contribution(weight, missing, value) - atBaseline;
    }

    /// @dev A value inside the limits of its feature; a missing one stays missing.
    function _held(bytes memory code, uint256 count, uint256 feature, int24 value)
        private
        pure
        returns (int24)
    {
        if (value == MISSING) return value;
        int256 low = _unsigned(code, BODY + 3 * feature) + int256(MISSING);
        int256 high = low + _unsigned(code, BODY + 3 * (count + feature));
        if (value < low) return int24(low);
        return value > high ? int24(high) : value;
    }

    /// @dev Three bytes of code.
    function _unsigned(bytes memory code, uint256 index) private pure returns (int256) {
        return int256(uint256(uint64(_word(code, index)) >> 40));
    }

    function _contribution(int256 weight, int256 missing, int256 value)
        private
        pure
        returns (int256)
    {
        return value == MISSING ? missing : weight * value;
    }

    /// @dev Eight bytes of code, zero beyond its end.
    function _word(bytes memory code, uint256 index) private pure returns (int64 word) {
        assembly ("memory-safe") {
            word := sar(192, mload(add(add(code, 32), index)))
        }
    }

    /// @dev Leaves the margin at 0, above 64 bits undefined, and the program's first word at 32.
    ///
    /// The store has shown that the margin fits 64 bits, so the sum needs no more: a weight is loaded into the low end
    /// of a word, and what lies above it does not matter. That saves a shift for each feature.
    function margin() internal view {
        assembly {
            let head := mload(0x122)
            let sum := shr(136, head) // the bias, bytes 7 to 14
            let x := add(36, calldataload(36))
            let end := add(x, mul(3, byte(3, head)))
            let weights := 0x159 // where the weights begin, 79 bytes into the program, less the 24 above the low end

            if gt(byte(3, head), 28) {
                // More than the first copy held.
                extcodecopy(calldataload(4), 0x122, 2, add(79, shl(4, byte(3, head))))
            }

            // Any feature missing? Ten lanes of 24 bits at once; after the xor, zero is "missing". Bytes that follow the
            // features can look missing: that costs gas and nothing else.
            let any := 0
            for { let at := x } lt(at, end) { at := add(at, 30) } {
                let v :=
                    xor(
                        calldataload(at),
                        0x8000008000008000008000008000008000008000008000008000008000000000
                    )
                any := or(
                    any,
                    and(
                        sub(v, 0x0000010000010000010000010000010000010000010000010000010000010000),
                        not(v)
                    )
                )
            }

            switch and(any, 0x8000008000008000008000008000008000008000008000008000008000000000)
            case 0 {
                for {} lt(add(x, 23), end) { x := add(x, 24) } {
                    sum := add(mul(sar(232, calldataload(x)), mload(weights)), sum)
                    sum := add(mul(sar(232, calldataload(add(x, 3))), mload(add(weights, 8))), sum)
                    sum := add(mul(sar(232, calldataload(add(x, 6))), mload(add(weights, 16))), sum)
                    sum := add(mul(sar(232, calldataload(add(x, 9))), mload(add(weights, 24))), sum)
                    sum := add(
                        mul(sar(232, calldataload(add(x, 12))), mload(add(weights, 32))),
                        sum
                    )
                    sum := add(
                        mul(sar(232, calldataload(add(x, 15))), mload(add(weights, 40))),
                        sum
                    )
                    sum := add(
                        mul(sar(232, calldataload(add(x, 18))), mload(add(weights, 48))),
                        sum
                    )
                    sum := add(
                        mul(sar(232, calldataload(add(x, 21))), mload(add(weights, 56))),
                        sum
                    )
                    weights := add(weights, 64)
                }
                for {} lt(x, end) { x := add(x, 3) } {
                    sum := add(mul(sar(232, calldataload(x)), mload(weights)), sum)
                    weights := add(weights, 8)
                }
            }
            default {
                for {} lt(x, end) { x := add(x, 3) } {
                    let value := sar(232, calldataload(x))
                    switch eq(value, not(0x7fffff))
                    case 0 { sum := add(sum, mul(value, mload(weights))) }
                    default { sum := add(sum, mload(add(weights, shl(3, byte(3, head))))) }
                    weights := add(weights, 8)
                }
            }
            mstore(0, sum)
            mstore(32, head)
        }
    }

    /// @dev The same from features that `LimitsLib` has written: one after another, missing ones among them.
    function limitedMargin() internal view {
        assembly {
            let head := mload(0x122)
            let count := byte(3, head)
            let total := shr(136, head)
            // The weights go behind the features, so that the low end of the word at 0x4e0 is the first of them.
            extcodecopy(calldataload(4), 0x4f8, add(81, mload(0x60)), shl(4, count))
            let weights := 0x4e0
            let end := add(0x340, mul(3, count))
            for { let x := 0x340 } lt(x, end) { x := add(x, 3) } {
                let value := shr(232, mload(x))
                switch value
                case 0 { total := add(total, mload(add(weights, shl(3, count)))) }
                default { total := add(total, mul(sub(value, 0x800000), mload(weights))) }
                weights := add(weights, 8)
            }
            mstore(0, total)
            mstore(32, head)
        }
    }
}
