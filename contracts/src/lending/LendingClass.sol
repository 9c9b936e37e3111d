// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The lending economy's parameter classes.
library LendingClass {
    /// @notice The rate multiplier: market-wide, residual.
    uint8 internal constant RATE = 1;
    /// @notice A borrower's terms.
    uint8 internal constant TERMS = 2;
}
