// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @notice Debt shares that grow by a borrower's own spread: shares(t) = s·(1 + σ·(t − t₀)), debt = shares × index.
/// @dev Products stay unrounded: a *grown* figure carries the factor `ONE`, so that Σ shares(t) = A + W·t holds exactly with
/// A = Σ s·(ONE − σ·t₀) and W = Σ s·σ. One asset unit is 1e9 shares at the first index, so one share is never worth a unit.
library SpreadLib {
    /// @notice What one share is scaled by when grown: basis points × seconds of a year.
    uint256 internal constant ONE = 10_000 * 365 days;
    /// @notice The first index.
    uint256 internal constant INDEX_ONE = 1e27;
    /// @notice Where the index saturates; reached after decades at the highest rates.
    uint256 internal constant INDEX_MAX = 2 ** 150;
    /// @notice index × shares is divided by this to give asset units.
    uint256 internal constant SCALE = 1e36;

    /// @notice One borrower's shares after `elapsed` seconds, times `ONE`.
    function grown(uint256 shares, uint256 spreadBps, uint256 elapsed)
        internal
        pure
        returns (uint256)
    {
        return shares * (ONE + spreadBps * elapsed);
    }

    /// @notice All borrowers' shares at `time` since genesis, times `ONE`.
    function grownTotal(int256 a, uint256 w, uint256 time) internal pure returns (uint256) {
        return uint256(a + int256(w * time));
    }

    /// @notice One borrower's part of A and W.
    function parts(uint256 shares, uint256 spreadBps, uint256 basedAt)
        internal
        pure
        returns (int256 a, uint256 w)
    {
        w = shares * spreadBps;
        a = int256(shares * ONE) - int256(w * basedAt);
    }

    /// @notice Asset units of a grown figure, rounded up: what a borrower owes.
    function debtUp(uint256 grownShares, uint256 index) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(grownShares, index, ONE * SCALE);
    }

    /// @notice Asset units of a grown figure, rounded down: what suppliers count on.
    function debtDown(uint256 grownShares, uint256 index) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDiv(grownShares, index, ONE * SCALE);
    }

    /// @notice Shares that a new debt of `amount` is worth, rounded up.
    function drawn(uint256 amount, uint256 index) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(amount, SCALE, index);
    }

    /// @notice Shares at the re-basing of a loan, rounded up.
    function rebased(uint256 grownShares) internal pure returns (uint256) {
        return FixedPointMathLib.divUp(grownShares, ONE);
    }

    /// @notice Base shares that a repayment of `amount` removes, rounded down.
    function repaid(uint256 amount, uint256 spreadBps, uint256 elapsed, uint256 index)
        internal
        pure
        returns (uint256)
    {
        return
            FixedPointMathLib.fullMulDiv(amount * SCALE, ONE, index * (ONE + spreadBps * elapsed));
    }
}
