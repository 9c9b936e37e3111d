// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @notice What the lending policy makes of a model's output, and what a rate move can cost; pure.
library PolicyLib {
    uint256 private constant WAD = 1e18;

    /// @notice The multiplier to move to: `target` clipped to [min, max], a riskier move to `step` from where m stands.
    /// @dev A move towards 1 is never shortened. One that crosses 1 is riskier: it stops at 1 unless `step` reaches further.
    function steer(uint256 target, uint256 now_, uint256 step, uint256 min, uint256 max)
        internal
        pure
        returns (uint256 to)
    {
        to = FixedPointMathLib.clamp(target, min, max);
        uint256 lowest = FixedPointMathLib.min(FixedPointMathLib.zeroFloorSub(now_, step), WAD);
        uint256 highest = FixedPointMathLib.max(now_ + step, WAD);
        // On the far side of 1 (or further out on this one) only `step` is in reach; back to 1 always is.
        return FixedPointMathLib.clamp(to, lowest, highest);
    }

    /// @notice Whether a move of the multiplier is riskier: further from 1, or across it.
    function steersAway(uint256 from, uint256 to) internal pure returns (bool) {
        if (from >= WAD) return to > from || to < WAD;
        return to < from || to > WAD;
    }

    /// @notice Φ of the multiplier: |m − 1| × greatest flow × undo time, asset units, rounded up.
    /// @param flow Greatest interest flow: borrow cap × r_cap, asset units × 1e18 per second.
    function ratePotential(uint256 m, uint256 flow, uint256 undoTime)
        internal
        pure
        returns (uint256)
    {
        return FixedPointMathLib.fullMulDivUp(
            FixedPointMathLib.dist(m, WAD), flow * undoTime, WAD * WAD
        );
    }
}
