// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The price of one market's collateral, as a lending market reads it.
/// @dev The limits behind `fresh` and `agrees` are fixed for the oracle's life: loosening either moves every liquidation
/// threshold in disguise.
interface IPriceOracle {
    /// @notice The last round that closed in an earlier block; never a value from the current block.
    /// @dev Never reverts. Before the first round every value is zero and both flags are false.
    /// @return value Loan-asset units for one collateral unit (smallest units of both), scaled by 1e36.
    /// @return observedAt When the signers observed it, in seconds.
    /// @return round Number of the round.
    /// @return fresh Whether the round is younger than the oracle's greatest age.
    /// @return agrees Whether the round lies within the oracle's greatest deviation from its second source.
    function price()
        external
        view
        returns (uint256 value, uint40 observedAt, uint64 round, bool fresh, bool agrees);
}
