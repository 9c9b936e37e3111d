// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The middle of a small list; of two middles the lower one.
library MedianLib {
    /// @notice The lower middle of `values`, which are left sorted.
    /// @dev Insertion sort: a round has at most 32 values, and signers who agree bring them nearly sorted.
    function lowerMiddle(uint256[] memory values) internal pure returns (uint256) {
        for (uint256 i = 1; i < values.length; ++i) {
            uint256 value = values[i];
            uint256 place = i;
            while (place > 0 && values[place - 1] > value) {
                values[place] = values[place - 1];
                --place;
            }
            values[place] = value;
        }
        return values[(values.length - 1) / 2];
    }
}
