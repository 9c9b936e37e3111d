// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ExpLib} from "./ExpLib.sol";
import {Curve, Ramp, RateLib} from "./RateLib.sol";
import {SpreadLib} from "./SpreadLib.sol";

/// @notice The fallback's arithmetic as code of its own, because the market has no room for it.
/// @dev A pure function: no state, no calls, no caller, total over everything the market can hold. The market makes its own
/// copy, so calling it is no dependency that could stop an exit.
contract RateModel {
    /// @notice Index and rate at target after [from, to] at constant utilisation.
    function accrue(
        Curve calldata curve,
        Ramp calldata ramp,
        uint256 index,
        uint256 from,
        uint256 to
    ) external pure returns (uint256 indexAfter, uint256 rateAtTarget) {
        uint256 x = RateLib.exponent(curve, ramp, from, to);
        indexAfter = ExpLib.growUp(index, x, SpreadLib.INDEX_MAX);
        rateAtTarget = RateLib.advance(curve, to - from);
    }

    /// @notice m at `time`, WAD.
    function multiplier(Ramp calldata ramp, uint256 time) external pure returns (uint256) {
        return RateLib.multiplier(ramp, time);
    }

    /// @notice The borrow rate at `time`, without spread, WAD per second.
    function borrowRate(Curve calldata curve, Ramp calldata ramp, uint256 time)
        external
        pure
        returns (uint256)
    {
        return FixedPointMathLib.fullMulDiv(
            RateLib.baseRate(curve), RateLib.multiplier(ramp, time), RateLib.ONE
        );
    }
}
