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
    /// @dev In what `scan` returns, behind the bits of at most eight components: one that needs the fallback's value.
    uint256 internal constant ANCHORED = 1 << 8;

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
    /// @param at Where the component begins in the mandate's bytes.
    function judge(uint256 at, uint256 from, uint256 to, uint256 anchor)
        internal
        pure
        returns (uint256 way, bytes memory refusal)
    {
        (uint256 kind, uint256 min, uint256 max) = MandateLib.corridor(at);
        if (kind == MandateLib.FROZEN && to != from) {
            return (RISKIER, abi.encodeWithSelector(E.Frozen.selector, to, from));
        }
        way = direction(kind, from, to, anchor);
        if (to < min || to > max) {
            return (way, abi.encodeWithSelector(E.OutOfCorridor.selector, to, min, max));
        }
        uint256 moved = distance(from, to);
        (uint256 step, uint256 safeStep) = MandateLib.steps(at);
        if (way == RISKIER && moved > step) {
            return (way, abi.encodeWithSelector(E.StepExceeded.selector, moved, step));
        }
        if (way == SAFER && moved > safeStep) {
            return (way, abi.encodeWithSelector(E.SafeStepExceeded.selector, moved, safeStep));
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
        (uint256 bits, uint256 moving) = scan(place, from, to);
        return judgeMoving(place, from, to, anchor, elapsed, bits, moving);
    }

    /// @notice Which components need to be judged: those that move, and those that stay outside their corridor.
    /// @return bits The bits that the components cover.
    /// @return moving Bit i for component i, and `ANCHORED` when one of them is two-sided.
    function scan(uint256 place, uint160 from, uint160 to)
        internal
        pure
        returns (uint256 bits, uint256 moving)
    {
        // Reads the mandate's bytes only. Six components, one of which moves: 1,700 gas, 13,000 when each was decoded.
        assembly ("memory-safe") {
            let first := add(place, 23)
            let end := add(first, mul(51, byte(2, mload(place))))
            let moved := xor(from, to)
            for { let at := first } lt(at, end) { at := add(at, 51) } {
                // offset 8 | width 8 | kind 8 | min 96 | max 96, high bits first.
                let word := mload(at)
                let offset := byte(0, word)
                let mask := sub(shl(byte(1, word), 1), 1)
                let min := shr(160, shl(24, word))
                // Below the least value the difference wraps, so one comparison sees both ends; `validate` has refused min > max.
                let over :=
                    gt(sub(and(shr(offset, to), mask), min), sub(shr(160, shl(120, word)), min))
                bits := or(bits, shl(offset, mask))
                if or(and(shr(offset, moved), mask), over) {
                    moving := or(moving, shl(div(sub(at, first), 51), 1))
                    moving := or(moving, shl(8, eq(byte(2, word), 2)))
                }
            }
        }
    }

    /// @notice `judgeAll` with what `scan` has found.
    function judgeMoving(
        uint256 place,
        uint160 from,
        uint160 to,
        uint160 anchor,
        uint256 elapsed,
        uint256 bits,
        uint256 moving
    ) internal pure returns (uint256 way, bytes memory refusal) {
        uint256 at = place + MandateLib.CLASS;
        for (moving &= ANCHORED - 1; moving != 0; moving >>= 1) {
            if (moving & 1 != 0) {
                uint256 one;
                (one, refusal) = judge(
                    at,
                    MandateLib.part(from, at),
                    MandateLib.part(to, at),
                    MandateLib.part(anchor, at)
                );
                if (refusal.length != 0) return (one, refusal);
                if (one > way) way = one;
            }
            unchecked {
                at += MandateLib.COMPONENT; // a place in memory
            }
        }
        if (to & ~bits != 0) {
            return (way, abi.encodeWithSelector(E.StrayBits.selector, to, bits));
        }
        if (way != RISKIER) return (way, refusal);
        uint256 delay = MandateLib.delay(place);
        if (elapsed < delay) {
            return (way, abi.encodeWithSelector(E.TooSoon.selector, elapsed, delay));
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
