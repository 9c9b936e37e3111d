// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Morpho's adaptive curve in its own integers: the reference that the accrual's closed form is measured against.
/// @dev Constants and rounding follow the published formulas, so that published vectors hold to the last digit. WAD
/// throughout, rates per second.
library AdaptiveCurveLib {
    int256 internal constant WAD = 1e18;
    int256 internal constant STEEPNESS = 4e18;
    /// @dev 50 per year.
    int256 internal constant ADJUSTMENT_SPEED = 1585489599188;
    int256 internal constant TARGET_UTILISATION = 0.9e18;
    /// @dev 4 %, 0.1 % and 200 % a year.
    int256 internal constant INITIAL_RATE_AT_TARGET = 1268391679;
    int256 internal constant MIN_RATE_AT_TARGET = 31709791;
    int256 internal constant MAX_RATE_AT_TARGET = 63419583967;

    int256 private constant LN2 = 693147180559945309;
    /// @dev ln(1e-18): below it e^x is less than one unit.
    int256 private constant EXP_LOWER = -41446531673892822312;
    int256 private constant EXP_UPPER = 93859467695000404319;
    int256 private constant EXP_UPPER_VALUE =
        57716089161558943949701069502944508345128422502756744429568;

    /// @notice How far utilisation is from its target: −1 at none, 0 at target, +1 when all is lent.
    function errorOf(uint256 utilisation) internal pure returns (int256) {
        int256 distance = int256(utilisation) - TARGET_UTILISATION;
        int256 span = distance > 0 ? WAD - TARGET_UTILISATION : TARGET_UTILISATION;
        return distance * WAD / span;
    }

    /// @notice The curve's height at `err` relative to the rate at target: 1/4 at −1, 1 at 0, 4 at +1.
    function heightOf(int256 err) internal pure returns (int256) {
        int256 slope = err < 0 ? WAD - WAD * WAD / STEEPNESS : STEEPNESS - WAD;
        return slope * err / WAD + WAD;
    }

    /// @notice Average borrow rate over `elapsed` seconds at constant utilisation, and the rate at target at its end.
    /// @param start Rate at target at the start; zero means a market never touched before.
    function borrowRate(uint256 utilisation, int256 start, uint256 elapsed)
        internal
        pure
        returns (int256 average, int256 end)
    {
        int256 err = errorOf(utilisation);
        int256 atTarget;
        if (start == 0) {
            atTarget = INITIAL_RATE_AT_TARGET;
            end = INITIAL_RATE_AT_TARGET;
        } else {
            int256 adaptation = ADJUSTMENT_SPEED * err / WAD * int256(elapsed);
            end = adaptation == 0 ? start : _adapted(start, adaptation);
            int256 mid = adaptation == 0 ? start : _adapted(start, adaptation / 2);
            // The mean of an exponential by the trapezoid rule over two halves.
            atTarget = adaptation == 0 ? start : (start + end + 2 * mid) / 4;
        }
        average = heightOf(err) * atTarget / WAD;
    }

    /// @notice e^x as the curve computes it: a power of two times a second-order series on the remainder.
    function wExp(int256 x) internal pure returns (int256) {
        if (x < EXP_LOWER) return 0;
        if (x >= EXP_UPPER) return EXP_UPPER_VALUE;
        int256 q = (x + (x < 0 ? -(LN2 / 2) : LN2 / 2)) / LN2;
        int256 r = x - q * LN2;
        int256 series = WAD + r + r * r / WAD / 2;
        return q >= 0 ? series << uint256(q) : series >> uint256(-q);
    }

    function _adapted(int256 start, int256 adaptation) private pure returns (int256 rate) {
        rate = start * wExp(adaptation) / WAD;
        if (rate < MIN_RATE_AT_TARGET) return MIN_RATE_AT_TARGET;
        if (rate > MAX_RATE_AT_TARGET) return MAX_RATE_AT_TARGET;
    }
}
