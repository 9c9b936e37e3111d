// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";

/// @notice What a program must know of forests that stand in a chunk of their own.
/// @param used Bit 4s is set when a node reads slot s.
/// @param low Sum of each tree's smallest leaf.
/// @param high Sum of each tree's largest leaf.
/// @param count Number of forests.
/// @param firstDepth Depth of the first forest.
/// @param lastDepth Depth of the last forest.
/// @param lastFull Whether another forest of the last one's depth may follow.
struct Forests {
    uint256 used;
    int64 low;
    int64 high;
    uint8 count;
    uint8 firstDepth;
    uint8 lastDepth;
    bool lastFull;
}

/// @title The rules for forests: counts, order, slots, padding.
/// @dev The same rules in Rust: `mandate_model::trees`. Loops over nodes and leaves are assembly: a program of 100 trees
/// of depth 6 has 12,700 of them, and checked Solidity takes about 500 gas each where these take about 100.
library ForestLib {
    uint256 internal constant MAX_DEPTH = 8;
    uint256 internal constant FOREST_BYTES = 24_000;

    /// @dev Reads forests from memory until `most` have been read or the bytes end; `start` is where the text begins,
    /// which errors count from.
    function read(uint256 start, uint256 place, uint256 end, uint256 most, uint256 slots)
        internal
        pure
        returns (Forests memory all, uint256 next)
    {
        while (place < end && all.count < most) {
            (uint256 depth, uint256 count, uint256 nodes) = _header(start, place, end);
            checkOrder(all, depth);
            all.used |= _slotsRead(nodes, count, depth);
            checkSlots(all.used, slots);
            (int256 low, int256 high) = _checkTrees(nodes, count, depth);

            if (all.count == 0) all.firstDepth = uint8(depth);
            all.low += int64(low);
            all.high += int64(high);
            all.lastDepth = uint8(depth);
            all.lastFull = count == FOREST_BYTES / treeBytes(depth);
            all.count++;
            place = nodes + count * treeBytes(depth);
        }
        next = place;
    }

    /// @dev Bytes that one tree takes: `2^depth − 1` nodes of four and `2^depth` leaves of two.
    function treeBytes(uint256 depth) internal pure returns (uint256) {
        return (6 << depth) - 4;
    }

    /// @dev A forest follows a shallower one, or a full one of its own depth.
    function checkOrder(Forests memory previous, uint256 depth) internal pure {
        bool ordered =
            previous.lastDepth < depth || (previous.lastDepth == depth && previous.lastFull);
        require(ordered, IModelStore.ForestsNotCanonical(depth, previous.lastDepth));
    }

    /// @dev Addresses of slots are multiples of four below `4 · slots`; the lowest that is not is named.
    function checkSlots(uint256 used, uint256 slots) internal pure {
        uint256 every = type(uint256).max / 15; // bits 0, 4, 8, …
        uint256 bad = used & ~(slots == 64 ? every : every & ((1 << (4 * slots)) - 1));
        if (bad == 0) return;
        uint256 given;
        while ((bad >> given) & 1 == 0) given++;
        revert IModelStore.FeatureIndexOutOfRange(given, 4 * slots);
    }

    /// @dev Depth and number of trees of the forest at `place`, and where its nodes begin.
    function _header(uint256 start, uint256 place, uint256 end)
        private
        pure
        returns (uint256 depth, uint256 count, uint256 nodes)
    {
        assembly ("memory-safe") {
            depth := byte(0, mload(place))
            count := and(shr(232, mload(place)), 0xffff)
        }
        bool known = depth != 0 && depth <= MAX_DEPTH;
        require(known, IModelStore.TreeDepthOutOfRange(depth, MAX_DEPTH));
        nodes = place + 3;
        require(nodes <= end, IModelStore.ModelTruncated(end - start, nodes - start));
        uint256 full = FOREST_BYTES / treeBytes(depth);
        require(count != 0 && count <= full, IModelStore.TreeCountOutOfRange(count, full));
        uint256 next = nodes + count * treeBytes(depth);
        require(next <= end, IModelStore.ModelTruncated(end - start, next - start));
    }

    /// @dev The addresses that nodes read, as bits; a node of four zero bytes is padding and reads none.
    function _slotsRead(uint256 nodes, uint256 count, uint256 depth)
        private
        pure
        returns (uint256 used)
    {
        assembly ("memory-safe") {
            let end := add(nodes, shl(2, mul(count, sub(shl(depth, 1), 1))))
            for { let at := nodes } lt(at, end) { at := add(at, 4) } {
                let word := mload(at)
                used := or(used, shl(byte(3, word), gt(shr(224, word), 0)))
            }
        }
    }

    /// @dev Checks padding, then sums the range of each tree's leaves.
    function _checkTrees(uint256 nodes, uint256 count, uint256 depth)
        private
        pure
        returns (int256 low, int256 high)
    {
        uint256 lastLevel = nodes + 4 * count * ((1 << (depth - 1)) - 1);
        uint256 leaves = lastLevel + 4 * (count << (depth - 1));
        bool canonical = _nodesCanonical(nodes, count, depth)
            && _everyTreeDeep(lastLevel, count, depth)
            && _leavesCanonical(nodes, lastLevel, leaves, count, depth);
        require(canonical, IModelStore.PaddingNotCanonical(depth));
        return _range(leaves, count, depth);
    }

    /// @dev A node is zero, or has a threshold and a parent that is not zero. For roots this asks another root, which
    /// errs only where that one is zero, and then `_everyTreeDeep` refuses as well.
    function _nodesCanonical(uint256 nodes, uint256 count, uint256 depth)
        private
        pure
        returns (bool canonical)
    {
        assembly ("memory-safe") {
            let bad := 0
            let parents := nodes
            let size := shl(2, count)
            for {} depth { depth := sub(depth, 1) } {
                for { let offset := 0 } lt(offset, size) { offset := add(offset, 4) } {
                    let node := shr(224, mload(add(nodes, offset)))
                    if node {
                        let parent := mload(add(parents, and(shr(1, offset), not(3))))
                        bad := or(bad, or(lt(node, 0x100), iszero(shr(224, parent))))
                    }
                }
                parents := nodes
                nodes := add(nodes, size)
                size := shl(1, size)
            }
            canonical := iszero(bad)
        }
    }

    /// @dev Every tree has a node on its last level; less deep, it would belong to another forest.
    function _everyTreeDeep(uint256 level, uint256 count, uint256 depth)
        private
        pure
        returns (bool deep)
    {
        assembly ("memory-safe") {
            let width := shl(add(depth, 1), 1) // bytes of one tree's last level
            let spare := mul(lt(width, 32), sub(256, shl(3, width))) // bits of a word beyond a narrow one
            deep := 1
            for { let end := add(level, mul(width, count)) } lt(level, end) {} {
                let some := 0
                for { let next := add(level, width) } lt(level, next) {} {
                    some := or(some, shr(spare, mload(level)))
                    level := add(level, 32)
                    if spare { level := next }
                }
                deep := and(deep, gt(some, 0))
            }
        }
    }

    /// @dev A leaf below padding is zero unless it is the first below it.
    function _leavesCanonical(
        uint256 nodes,
        uint256 lastLevel,
        uint256 leaves,
        uint256 count,
        uint256 depth
    ) private pure returns (bool canonical) {
        uint256 size = count << (depth + 1);
        canonical = true;
        for (uint256 offset = 0; offset < size;) {
            bool first = true;
            assembly ("memory-safe") {
                // Find the next leaf that is not zero and whose node is.
                for {} lt(offset, size) { offset := add(offset, 2) } {
                    if shr(240, mload(add(leaves, offset))) {
                        if iszero(shr(224, mload(add(lastLevel, and(offset, not(3)))))) {
                            first := 0
                            break
                        }
                    }
                }
            }
            if (!first) {
                canonical = canonical && _firstBelowPadding(nodes, offset / 2, count, depth);
                offset += 2;
            }
        }
    }

    /// @dev Whether every padding node above a leaf has it on its false side; `leaf` counts through the whole forest.
    function _firstBelowPadding(uint256 nodes, uint256 leaf, uint256 count, uint256 depth)
        private
        pure
        returns (bool)
    {
        for (uint256 level = depth; level > 0; level--) {
            uint256 node = nodes + 4 * (count * ((1 << (level - 1)) - 1) + leaf / 2);
            assembly ("memory-safe") {
                node := shr(224, mload(node))
            }
            if (node != 0) return true;
            if (leaf % 2 == 1) return false;
            leaf /= 2;
        }
        return true;
    }

    /// @dev Sums of each tree's smallest and largest leaf.
    function _range(uint256 leaves, uint256 count, uint256 depth)
        private
        pure
        returns (int256 low, int256 high)
    {
        assembly ("memory-safe") {
            let width := shl(add(depth, 1), 1) // bytes of one tree's leaves
            for { let end := add(leaves, mul(width, count)) } lt(leaves, end) {} {
                let least := sar(240, mload(leaves))
                let greatest := least
                for { let next := add(leaves, width) } lt(leaves, next) { leaves := add(leaves, 2) }
                {
                    let leaf := sar(240, mload(leaves))
                    if slt(leaf, least) { least := leaf }
                    if sgt(leaf, greatest) { greatest := leaf }
                }
                low := add(low, least)
                high := add(high, greatest)
            }
        }
    }
}
