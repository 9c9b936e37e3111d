// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BoundsLib} from "../../src/kernel/BoundsLib.sol";
import {Component, MandateLib} from "../../src/kernel/MandateLib.sol";
import {ClassHead, MandateBuilder} from "../fixtures/MandateBuilder.sol";

/// @notice Halmos: what the kernel's judgement of a move leaves possible. A class of one component, bits 48 to 143 of the value,
/// whose kind, corridor, steps and delay are anything that the mandate's bytes can hold.
/// @dev A class judges its components one after the other by the same code, and every one must pass.
contract BoundsSymbolicTest {
    uint256 private constant OFFSET = 48;
    uint256 private constant WIDTH = 96;
    uint160 private constant MASK = uint160(2 ** 96 - 1) << 48;

    struct Rule {
        uint8 kind;
        uint96 min;
        uint96 max;
        uint96 step;
        uint96 safeStep;
    }

    struct Way {
        uint160 from;
        uint160 to;
        uint160 anchor;
        uint40 elapsed;
        uint32 delay;
    }

    /// K-2: an admitted value lies in the corridor and fills no other bit. The state after a move is the value admitted, so this
    /// one step gives every sequence.
    /// @custom:proves BoundsLib.judgeAll
    /// @custom:width component 96, value 160
    function check_K2_admittedLiesInTheCorridor(Rule calldata r, Way calldata w) external pure {
        if (r.min > r.max) return; // no mandate has an empty corridor: `MandateLib.validate`
        (bool admitted,) = _judge(r, w);
        if (!admitted) return;
        uint256 x = _part(w.to);
        assert(x >= r.min && x <= r.max);
        assert(w.to & ~MASK == 0);
    }

    /// K-3: an admitted riskier move goes no further than the step, a safer one no further than its own, a frozen component nowhere.
    /// @custom:proves BoundsLib.judgeAll
    /// @custom:width component 96, value 160
    function check_K3_admittedKeepsTheStep(Rule calldata r, Way calldata w) external pure {
        (bool admitted, uint256 way) = _judge(r, w);
        if (!admitted) return;
        (uint256 from, uint256 to) = (_part(w.from), _part(w.to));
        bool riskier = from != to && _riskier(r.kind, from, to, _part(w.anchor));
        assert((way == BoundsLib.RISKIER) == riskier);
        if (from == to) return;
        assert(r.kind != MandateLib.FROZEN);
        assert((from > to ? from - to : to - from) <= (riskier ? r.step : r.safeStep));
    }

    /// K-4: nothing riskier before the delay has passed.
    /// @custom:proves BoundsLib.judgeAll
    /// @custom:width elapsed 40, delay 32, value 160
    function check_K4_admittedKeepsTheDelay(Rule calldata r, Way calldata w) external pure {
        (bool admitted, uint256 way) = _judge(r, w);
        if (admitted && way == BoundsLib.RISKIER) assert(w.elapsed >= w.delay);
    }

    /// K-8: a safer move is held to no delay and to no riskier step: within corridor and its own step it is admitted.
    /// @custom:proves BoundsLib.judgeAll
    /// @custom:width component 96, value 160
    function check_K8_saferIsNeverDelayed(Rule calldata r, Way calldata w) external pure {
        (bool admitted, uint256 way) = _judge(r, w);
        (uint256 from, uint256 to) = (_part(w.from), _part(w.to));
        if (r.kind == MandateLib.FROZEN || w.to & ~MASK != 0 || to < r.min || to > r.max) return;
        if (from != to && _riskier(r.kind, from, to, _part(w.anchor))) return;
        if ((from > to ? from - to : to - from) > r.safeStep) return;
        assert(admitted && way != BoundsLib.RISKIER);
    }

    /// K-3: the direction of each kind: up, down, away from the anchor or across it.
    /// @custom:proves BoundsLib.direction
    /// @custom:width values 96
    function check_K3_direction(uint8 kind, uint96 from, uint96 to, uint96 anchor) external pure {
        uint256 way = BoundsLib.direction(kind, from, to, anchor);
        assert((way == BoundsLib.SAME) == (from == to));
        if (from != to) assert((way == BoundsLib.RISKIER) == _riskier(kind, from, to, anchor));
    }

    /// K-2: a clipped value lies in the corridor and fills no other bit.
    /// @custom:proves BoundsLib.clip
    /// @custom:width component 96, value 160
    function check_K2_clippedLiesInTheCorridor(Rule calldata r, uint160 value) external pure {
        if (r.min > r.max) return;
        uint160 clipped = BoundsLib.clip(_class(r, 1), value);
        uint256 x = _part(clipped);
        assert(x >= r.min && x <= r.max && clipped & ~MASK == 0);
    }

    /// K-2: what a rollback restores lies in the present corridor, or the component stays where it is.
    /// @custom:proves BoundsLib.restore
    /// @custom:width component 96, value 160
    function check_K2_restoredLiesInTheCorridorOrStays(
        Rule calldata r,
        uint160 past,
        uint160 live,
        uint160 anchor
    ) external pure {
        if (r.min > r.max) return;
        uint160 restored = BoundsLib.restore(_class(r, 1), past, live, anchor);
        uint256 x = _part(restored);
        assert(x == _part(live) || (r.kind != MandateLib.FROZEN && x >= r.min && x <= r.max));
        assert(restored & ~MASK == 0);
    }

    // ── the statement's own words ────────────────────────────────────────────────────────────────────────────────────

    function _riskier(uint256 kind, uint256 from, uint256 to, uint256 anchor)
        private
        pure
        returns (bool)
    {
        if (kind == MandateLib.UP) return to > from;
        if (kind == MandateLib.DOWN) return to < from;
        if ((from < anchor && to > anchor) || (from > anchor && to < anchor)) return true;
        return from >= anchor && to >= anchor ? to > from : to < from;
    }

    function _judge(Rule calldata r, Way calldata w)
        private
        pure
        returns (bool admitted, uint256 way)
    {
        bytes memory refusal;
        (way, refusal) = BoundsLib.judgeAll(_class(r, w.delay), w.from, w.to, w.anchor, w.elapsed);
        admitted = refusal.length == 0;
    }

    function _class(Rule calldata r, uint32 delay) private pure returns (uint256 place) {
        Component[] memory cs = new Component[](1);
        cs[0] = Component(OFFSET, WIDTH, r.kind, r.min, r.max, r.step, r.safeStep);
        bytes memory class = MandateBuilder.class(ClassHead(1, 0, 1, 1, 1, delay, 0), cs);
        assembly ("memory-safe") {
            place := add(class, 32)
        }
    }

    function _part(uint160 value) private pure returns (uint256) {
        return value >> OFFSET & (2 ** WIDTH - 1);
    }
}
