// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "./IActuator.sol";

/// @notice A relation that must hold between a market's parameters, by how much it is broken.
/// @dev Called by `staticcall` with the mandate's stipend. It reads kernel-held values, or rounds and averages closed in an
/// earlier block, never spot state.
interface IPredicate {
    /// @notice How far the relation is broken in the present state; zero when it holds.
    /// @param changes The parameters that move, so that a relation per subject knows where to look.
    function violation(address market, Change[] calldata changes)
        external
        view
        returns (uint256 magnitude);
}
