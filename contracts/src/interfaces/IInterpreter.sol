// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Runs a stored program: a function of program and features, of nothing else.
/// @dev `root` must come from `IModelStore.rootOf`: the store has checked that program, the interpreter does not.
/// Every input of the right length has an output; no input reverts for its values.
interface IInterpreter {
    /// @notice Thrown when packed features have the wrong length.
    /// @param given Bytes given.
    /// @param allowed Bytes of the program's features: three each.
    error FeaturesLength(uint256 given, uint256 allowed);

    /// @notice Thrown for a program of a family that this interpreter or this function does not know.
    /// @param given The program's family; zero where there is no program.
    /// @param allowed The greatest family known here.
    error ModelFamilyUnknown(uint256 given, uint256 allowed);

    /// @notice The program's output, scaled by 1e18: the margin, a probability, or a positive mean, as its link says.
    /// @param root Address of the program's root.
    /// @param features `int24` big-endian, in schema order; `-2^23` is "missing".
    function run(address root, bytes calldata features) external view returns (int256 output);

    /// @notice The program's margin, in units of `2^-shift`.
    /// @param root Address of the program's root.
    /// @param features As for `run`.
    function margin(address root, bytes calldata features) external view returns (int256 value);

    /// @notice How each feature, inside its limits, moves the margin of a GLM away from that of its baseline.
    /// @param root Address of the program's root.
    /// @param features As for `run`.
    /// @return base The margin of the baseline.
    /// @return contributions One for each feature, in margin units; `base` and these sum to the margin exactly.
    function attribution(address root, bytes calldata features)
        external
        view
        returns (int256 base, int256[] memory contributions);
}
