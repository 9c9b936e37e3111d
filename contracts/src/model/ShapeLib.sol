// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";
import {ForestLib} from "./ForestLib.sol";

/// @notice What a program must know of sparse trees that stand in a chunk of their own.
/// @param used Bit 4s is set when a node reads slot s.
/// @param low Sum of each tree's smallest leaf.
/// @param high Sum of each tree's largest leaf.
/// @param count Number of trees.
struct SparseTrees {
    uint256 used;
    int64 low;
    int64 high;
    uint16 count;
}

/// @title The rules for trees of any shape: one whole tree each, walked forward only.
/// @dev The same pass in Rust: `mandate_model::sparse`. Every entry is read once, with a stack of the false sides that are
/// still to come; a leaf ends where the next of them must begin. So each entry has one parent, which stands before it.
library ShapeLib {
    uint256 internal constant MAX_SLOTS = 62;
    uint256 private constant MAX_LEVELS = 64;
    uint256 private constant TREE_BYTES = 24_000;

    uint256 private constant WHOLE = 0;
    uint256 private constant NOT_CANONICAL = 1;
    uint256 private constant TOO_DEEP = 2;

    /// @dev Reads trees from memory until `most` have been read or the bytes end; `start` is where the text begins, which
    /// errors count from.
    function read(uint256 start, uint256 place, uint256 end, uint256 most, uint256 slots)
        internal
        pure
        returns (SparseTrees memory all, uint256 next)
    {
        while (place < end && all.count < most) {
            uint256 entries = place + 2;
            require(entries <= end, IModelStore.ModelTruncated(end - start, entries - start));
            uint256 size;
            assembly ("memory-safe") {
                size := shr(240, mload(place))
            }
            require(size <= TREE_BYTES, IModelStore.TreeBytesOutOfRange(size, TREE_BYTES));
            place = entries + size;
            require(place <= end, IModelStore.ModelTruncated(end - start, place - start));
            _readTree(all, entries, place);
            ForestLib.checkSlots(all.used, slots);
            all.count++;
        }
        next = place;
    }

    /// @dev Checks one tree and adds what it says.
    function _readTree(SparseTrees memory all, uint256 at, uint256 end) private pure {
        (uint256 verdict, uint256 used, int256 low, int256 high) = _scan(at, end);
        require(verdict != TOO_DEEP, IModelStore.TreeDepthOutOfRange(MAX_LEVELS + 1, MAX_LEVELS));
        require(verdict == WHOLE, IModelStore.TreeNotCanonical(all.count));
        all.used |= used;
        all.low += int64(low);
        all.high += int64(high);
    }

    /// @dev One pass over a tree. A false side to come is its place, above 8 bits of its node's level.
    function _scan(uint256 at, uint256 end)
        private
        pure
        returns (uint256 verdict, uint256 used, int256 low, int256 high)
    {
        assembly ("memory-safe") {
            // The stack stands behind the free memory pointer, which stays: nothing is kept of it.
            let bottom := mload(0x40)
            let top := bottom
            let level := 0
            low := 0x7fffff
            high := not(0x7fffff)
            verdict := NOT_CANONICAL
            for {} iszero(gt(add(at, 4), end)) {} {
                let word := mload(at)
                switch eq(byte(3, word), 252)
                case 1 {
                    let leaf := sar(232, word)
                    if slt(leaf, low) { low := leaf }
                    if sgt(leaf, high) { high := leaf }
                    at := add(at, 4)
                    if eq(top, bottom) {
                        // A tree that is a leaf belongs in the bias.
                        if mul(level, eq(at, end)) { verdict := WHOLE }
                        break
                    }
                    top := sub(top, 32)
                    level := mload(top)
                    if xor(at, shr(8, level)) { break }
                    level := and(level, 0xff)
                }
                default {
                    level := add(level, 1)
                    if gt(level, MAX_LEVELS) {
                        verdict := TOO_DEEP
                        break
                    }
                    mstore(top, or(shl(8, add(at, and(shr(208, word), 0xffff))), level))
                    top := add(top, 32)
                    switch eq(byte(3, word), 248)
                    case 1 {
                        // A set has its slot's address in front.
                        if and(shr(232, word), 0xffff) { break }
                        used := or(used, shl(byte(0, word), 1))
                        at := add(at, 38)
                    }
                    default {
                        // No value is below a threshold of zero, not even a missing one.
                        if iszero(shr(232, word)) { break }
                        used := or(used, shl(byte(3, word), 1))
                        at := add(at, 6)
                    }
                }
            }
        }
    }
}
