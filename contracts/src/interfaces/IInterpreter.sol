// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Runs a stored program.
interface IInterpreter {
    /// @notice The program's output in its own unit; probability and multiplier in WAD.
    /// @param root Address of the program's first chunk.
    /// @param features `int24` big-endian in schema order.
    function run(address root, bytes calldata features) external view returns (int256 output);
}
