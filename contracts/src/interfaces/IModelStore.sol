// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Programs kept as contract code, identified by content.
interface IModelStore {
    /// @notice Address of the first chunk of a complete, validated program; reverts or is zero otherwise.
    function rootOf(bytes32 modelId) external view returns (address root);

    /// @notice Hash of the schema that the program commits to.
    function schemaHashOf(bytes32 modelId) external view returns (bytes32 schemaHash);
}
