// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IKernelErrors as E} from "../interfaces/IKernel.sol";
import {Component, MandateLib} from "./MandateLib.sol";

/// @title How far a parameter may move, which way is riskier, and how soon
/// @dev A refusal comes back as the encoded error, empty when there is none: admission reverts with it, a queued decision is
/// dropped for it. The same rules stand in the Rust crate `core`.
library BoundsLib {
    uint256 internal constant SAME = 0;
    uint256 internal constant SAFER = 1;
    uint256 internal constant RISKIER = 2;

    /// @notice Which way a component moves.
    /// @param anchor The fallback's value of the component; only `TWO_SIDED` looks at it.
    function direction(uint256 kind, uint256 from, uint256 to, uint256 anchor)
        internal
        pure
        returns (uint256)
    {
        if (to == from) return SAME;
        if (kind == MandateLib.UP) return to > from ? RISKIER : SAFER;
        if (kind == MandateLib.DOWN) return to < from ? RISKIER : SAFER;
        bool crosses = from < anchor ? to > anchor : from > anchor && to < anchor;
        return crosses || distance(to, anchor) > distance(from, anchor) ? RISKIER : SAFER;
    }

    function distance(uint256 a, uint256 b) internal pure returns (uint256) {
        unchecked {
            return a > b ? a - b : b - a;
        }
    }

    /// @notice Judges one component: frozen, corridor, then step.
    function judge(Component memory c, uint256 from, uint256 to, uint256 anchor)
        internal
        pure
        returns (uint256 way, bytes memory refusal)
    {
        if (c.kind == MandateLib.FROZEN && to != from) {
            return (RISKIER, abi.encodeWithSelector(E.Frozen.selector, to, from));
        }
        way = direction(c.kind, from, to, anchor);
        if (to < c.min || to > c.max) {
            return (way, abi.encodeWithSelector(E.OutOfCorridor.selector, to, c.min, c.max));
        }
        uint256 moved = distance(from, to);
        if (way == RISKIER && moved > c.step) {
            return (way, abi.encodeWithSelector(E.StepExceeded.selector, moved, c.step));
        }
        if (way == SAFER && moved > c.safeStep) {
            return (way, abi.encodeWithSelector(E.SafeStepExceeded.selector, moved, c.safeStep));
        }
    }

    /// @notice Judges a whole parameter: its components in order, then stray bits, then the cooldown if it gets riskier.
    /// @param place The class in the mandate's bytes.
    /// @param elapsed Seconds since the parameter's last riskier move.
    /// @return way RISKIER if any component is, else SAFER if any is.
    function judgeAll(uint256 place, uint160 from, uint160 to, uint160 anchor, uint256 elapsed)
        internal
        pure
        returns (uint256 way, bytes memory refusal)
    {
        uint256 mask;
        (way, mask, refusal) = _judgeComponents(place, from, to, anchor);
        if (refusal.length != 0) return (way, refusal);
        if (to & ~mask != 0) {
            return (way, abi.encodeWithSelector(E.StrayBits.selector, to, mask));
        }
        uint256 delay = MandateLib.delay(place);
        if (way == RISKIER && elapsed < delay) {
            return (way, abi.encodeWithSelector(E.TooSoon.selector, elapsed, delay));
        }
    }

    /// @dev What stays as it is needs only its corridor; `judge` looks at the rest. A parameter with six components, one of
    /// which moves, takes 2,300 gas here and took 13,000 when each was decoded first.
    function _judgeComponents(uint256 place, uint160 from, uint160 to, uint160 anchor)
        private
        pure
        returns (uint256 way, uint256 mask, bytes memory refusal)
    {
        uint256 count = MandateLib.components(place);
        for (uint256 i; i < count;) {
            (bool still, uint256 bits) = _still(place, i, from, to);
            mask |= bits;
            if (!still) {
                Component memory c = MandateLib.component(place, i);
                uint256 one;
                (one, refusal) = judge(
                    c, MandateLib.part(from, c), MandateLib.part(to, c), MandateLib.part(anchor, c)
                );
                if (refusal.length != 0) return (one, mask, refusal);
                if (one > way) way = one;
            }
            unchecked {
                ++i;
            }
        }
    }

    /// @dev Whether a component does not move and lies in its corridor; and the bits that it covers.
    function _still(uint256 place, uint256 index, uint160 from, uint160 to)
        private
        pure
        returns (bool still, uint256 bits)
    {
        assembly ("memory-safe") {
            // offset 8 | width 8 | kind 8 | min 96 | max 96, high bits first.
            let word := mload(add(add(place, 23), mul(51, index)))
            let offset := byte(0, word)
            let mask := sub(shl(byte(1, word), 1), 1)
            bits := shl(offset, mask)
            let x := and(shr(offset, to), mask)
            let min := and(shr(136, word), 0xffffffffffffffffffffffff)
            let max := and(shr(40, word), 0xffffffffffffffffffffffff)
            still := iszero(or(or(and(xor(from, to), bits), lt(x, min)), gt(x, max)))
        }
    }

    /// @notice Which way a parameter goes, without limits.
    function directionAll(uint256 place, uint160 from, uint160 to, uint160 anchor)
        internal
        pure
        returns (uint256 way)
    {
        uint256 count = MandateLib.components(place);
        for (uint256 i; i < count; ++i) {
            Component memory c = MandateLib.component(place, i);
            uint256 one = direction(
                c.kind, MandateLib.part(from, c), MandateLib.part(to, c), MandateLib.part(anchor, c)
            );
            if (one > way) way = one;
        }
    }

    /// @notice A value with each component brought into its corridor.
    function clip(uint256 place, uint160 value) internal pure returns (uint160 clipped) {
        uint256 count = MandateLib.components(place);
        for (uint256 i; i < count; ++i) {
            Component memory c = MandateLib.component(place, i);
            uint256 x = MandateLib.part(value, c);
            if (x < c.min) x = c.min;
            if (x > c.max) x = c.max;
            clipped |= uint160(x << c.offset);
        }
    }

    /// @notice What a rollback restores: the past value clipped, except that frozen components stay. A parameter that was nothing
    /// (all zero: no line) goes back to nothing only where that is not riskier; a spread that nobody pays may stay.
    function restore(uint256 place, uint160 past, uint160 live, uint160 anchor)
        internal
        pure
        returns (uint160 restored)
    {
        restored = clip(place, past);
        uint256 count = MandateLib.components(place);
        for (uint256 i; i < count; ++i) {
            Component memory c = MandateLib.component(place, i);
            bool stays = c.kind == MandateLib.FROZEN;
            if (past == 0 && !stays) {
                uint256 from = MandateLib.part(live, c);
                uint256 to = MandateLib.part(restored, c);
                stays = direction(c.kind, from, to, MandateLib.part(anchor, c)) == RISKIER;
            }
            if (!stays) continue;
            uint160 mask = uint160(((1 << c.width) - 1) << c.offset);
            restored = restored & ~mask | live & mask;
        }
    }
}
