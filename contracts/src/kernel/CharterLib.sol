// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {MandateLib} from "./MandateLib.sol";

/// @title A market's charter: all that governance has fixed and decisions read, as the code of one contract
/// @dev A zero byte, the mandate, its market's packed capacity, then the active model of each class, in the mandate's order. A decision
/// reads it with one EXTCODECOPY; the capacity and the model in slots of their own were two cold reads more, 4,400 gas.
/// Written anew by every act that changes a part.
library CharterLib {
    /// @notice Writes a charter.
    /// @param capacity_ See `BucketLib.packCapacity`.
    /// @param models One for each class, see `Active`.
    function write(bytes memory mandate, uint256 capacity_, uint256[] memory models)
        internal
        returns (address)
    {
        return SSTORE2.write(abi.encodePacked(mandate, capacity_, models));
    }

    /// @notice A charter's mandate, with the rest of the charter behind its last byte.
    function read(address charter) internal view returns (bytes memory mandate) {
        assembly ("memory-safe") {
            let size := sub(extcodesize(charter), 1)
            mandate := mload(0x40)
            extcodecopy(charter, add(mandate, 32), 1, size)
            mstore(0x40, and(add(add(mandate, size), 63), not(31)))
            mstore(mandate, size)
        }
        uint256 rest = 32 + 32 * MandateLib.classes(mandate);
        assembly ("memory-safe") {
            mstore(mandate, sub(mload(mandate), rest))
        }
    }

    /// @notice The packed capacity. Only on what `read` returned.
    function capacity(bytes memory mandate) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(mandate, 32), mload(mandate)))
        }
    }

    /// @notice The active model of the class with this index, zero when there is none. Only on what `read` returned.
    function model(bytes memory mandate, uint256 index) internal pure returns (uint256 active) {
        assembly ("memory-safe") {
            active := mload(add(add(mandate, 64), add(mload(mandate), mul(32, index))))
        }
    }
}
