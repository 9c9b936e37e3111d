// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @notice Halmos: the contract of the divisions that every conversion is made of: q·d ≤ n < (q + 1)·d down, (q − 1)·d < n ≤ q·d up.
contract DivisionSymbolicTest {
    /// L-7: down is the greatest q with q·d ≤ x·y.
    /// @custom:proves FixedPointMathLib.fullMulDiv
    /// @custom:width x 128, y 128, d 128
    function check_L7_mulDivDown(uint128 x, uint128 y, uint128 d) external pure {
        if (d == 0) return;
        uint256 n = uint256(x) * y;
        uint256 q = FixedPointMathLib.fullMulDiv(x, y, d);
        _isDown(q, n, d);
    }

    /// L-7: up is the least q with q·d ≥ x·y.
    /// @custom:proves FixedPointMathLib.fullMulDivUp
    /// @custom:width x 128, y 128, d 128
    function check_L7_mulDivUp(uint128 x, uint128 y, uint128 d) external pure {
        if (d == 0) return;
        uint256 n = uint256(x) * y;
        uint256 q = FixedPointMathLib.fullMulDivUp(x, y, d);
        _isUp(q, n, d);
    }

    /// L-7: the plain form rounds up alike (the exit reserve).
    /// @custom:proves FixedPointMathLib.mulDivUp
    /// @custom:width x 128, y 128, d 128
    function check_L7_plainMulDivUp(uint128 x, uint128 y, uint128 d) external pure {
        if (d == 0) return;
        uint256 n = uint256(x) * y;
        uint256 q = FixedPointMathLib.mulDivUp(x, y, d);
        _isUp(q, n, d);
    }

    /// L-7: a quotient rounded up.
    /// @custom:proves FixedPointMathLib.divUp
    /// @custom:width n 248, d 128
    function check_L7_divUp(uint248 n, uint128 d) external pure {
        if (d == 0) return;
        uint256 q = FixedPointMathLib.divUp(n, d);
        // q·d may leave the word where n fills it.
        unchecked {
            assert(q == 0 ? n == 0 : (q - 1) * d < n && n - (q - 1) * d <= d);
        }
    }

    function _isDown(uint256 q, uint256 n, uint256 d) private pure {
        unchecked {
            assert(q * d <= n && n - q * d < d);
        }
    }

    function _isUp(uint256 q, uint256 n, uint256 d) private pure {
        unchecked {
            assert(q == 0 ? n == 0 : (q - 1) * d < n && n - (q - 1) * d <= d);
        }
    }
}
