// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @notice Exponentials with 36 decimals: enough that one touch of the accrual is off by less than one unit of the index.
/// @dev Everything is built on φ₂(z) = (eᶻ − 1 − z)/z², whose series has no cancellation; φ₁ = 1 + z·φ₂, eᶻ = 1 + z·φ₁.
library ExpLib {
    int256 internal constant ONE = 1e36;
    /// @dev The largest argument that `phis` takes; the curve's range spans ln(2000) = 7.6.
    int256 internal constant LIMIT = 8e36;
    uint256 private constant LN_2 = 693147180559945309417232121458176568;
    /// @dev √2: where `lnRatio` stops halving.
    uint256 private constant SQRT_2 = 1414213562373095048801688724209698079;
    /// @dev Where `exp` saturates.
    uint256 internal constant SATURATION = 64e36;

    /// @notice eᶻ, φ₁(z) = (eᶻ − 1)/z and φ₂(z) = (eᶻ − 1 − z)/z², for |z| ≤ 8, 36 decimals.
    /// @dev The argument is halved until |w| ≤ 1/16, where φ₂'s series ends within 20 terms, and the results are doubled
    /// back: φ₂(2w) = (2φ₂ + φ₁²)/4, φ₁(2w) = φ₁(eʷ + 1)/2, e²ʷ = (eʷ)². All terms are positive, so no digits cancel.
    function phis(int256 z) internal pure returns (int256 e, int256 phi1, int256 phi2) {
        // Safe unchecked: |z| ≤ 8e36 keeps every product below 2e76 and every quotient below 3e39.
        unchecked {
            uint256 halvings;
            int256 w = z;
            while (w > ONE / 16 || w < -ONE / 16) {
                w /= 2;
                ++halvings;
            }
            int256 term = ONE / 2;
            for (int256 j = 3; term != 0; ++j) {
                phi2 += term;
                term = term * w / ONE / j;
            }
            phi1 = ONE + w * phi2 / ONE;
            e = ONE + w * phi1 / ONE;
            for (; halvings != 0; --halvings) {
                phi2 = (2 * phi2 + phi1 * phi1 / ONE) / 4;
                phi1 = phi1 * (e + ONE) / ONE / 2;
                e = e * e / ONE;
            }
        }
    }

    /// @notice `value`·eˣ, rounded up, x ≥ 0 with 36 decimals; saturates at `limit`, and in x at 64.
    function growUp(uint256 value, uint256 x, uint256 limit) internal pure returns (uint256) {
        if (x > SATURATION) x = SATURATION;
        while (x != 0 && value < limit) {
            uint256 part = x > uint256(LIMIT) ? uint256(LIMIT) : x;
            (int256 e,,) = phis(int256(part));
            value = FixedPointMathLib.fullMulDivUp(value, uint256(e), uint256(ONE));
            x -= part;
        }
        return value < limit ? value : limit;
    }

    /// @notice ln(num/den) for num ≥ den > 0, 36 decimals.
    /// @dev The ratio is halved until it is below √2; what is left is 2·artanh((r − 1)/(r + 1)), a series in powers of at most 0.03.
    function lnRatio(uint256 num, uint256 den) internal pure returns (uint256 ln) {
        uint256 one = uint256(ONE);
        uint256 ratio = FixedPointMathLib.fullMulDiv(num, one, den);
        for (; ratio > SQRT_2; ratio /= 2) {
            ln += LN_2;
        }
        return ratio < one
            ? ln - _twiceArtanh(one - ratio, one + ratio)
            : ln + _twiceArtanh(ratio - one, ratio + one);
    }

    /// @dev 2·artanh(num/den), for a quotient below 0.18.
    function _twiceArtanh(uint256 num, uint256 den) private pure returns (uint256 sum) {
        // Safe unchecked: num < 1e36 and den < 3e36, so that every product stays below 1e72.
        unchecked {
            uint256 one = uint256(ONE);
            uint256 power = num * one / den;
            uint256 square = power * power / one;
            for (uint256 odd = 1; power != 0; odd += 2) {
                sum += power / odd;
                power = power * square / one;
            }
            sum *= 2;
        }
    }
}
