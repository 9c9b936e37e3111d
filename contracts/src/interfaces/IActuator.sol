// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice One move of one parameter.
/// @param class Parameter class, as numbered by the mandate.
/// @param subject Whose parameter it is; zero for a market-wide class.
/// @param value The new value, packed as the mandate lays it out.
struct Change {
    uint8 class;
    bytes32 subject;
    uint160 value;
}

/// @notice What an economy implements: it alone maps a model's output to changes, prices their harm and takes their effect.
/// @dev The kernel calls nothing else in an economy. Views are read before any write; the effects are called after the
/// kernel has written parameter, buckets and record, under the kernel's lock.
interface IActuator {
    /// @notice The economy takes no such instruction.
    error UnknownInstruction(bytes4 selector);

    /// @notice The model's input for a decision on (`class`, `subject`).
    /// @param reported The payload of the verified report; empty for a class that reads the chain only.
    /// @return packed Features in schema order, `int24` big-endian; `-2^23` is "missing".
    function features(uint8 class, bytes32 subject, bytes calldata reported)
        external
        view
        returns (bytes memory packed);

    /// @notice The changes that the policy makes of a model's output.
    /// @param output Output of the class's model, in the program's output unit.
    function propose(uint8 class, bytes32 subject, int256 output)
        external
        view
        returns (Change[] memory changes);

    /// @notice The harm of each change, in the settlement asset's smallest unit, rounded up.
    /// @param changes The moves, values as they would stand.
    /// @param from The value each parameter holds now, faded where the class is residual.
    function quote(Change[] calldata changes, uint160[] calldata from)
        external
        view
        returns (uint256[] memory charges);

    /// @notice The fallback's value of a parameter, from which `TWO_SIDED` measures distance.
    function anchor(uint8 class, bytes32 subject) external view returns (uint160 fallbackValue);

    /// @notice Takes the effect of an applied change. Kernel only.
    function onApplied(uint8 class, bytes32 subject, uint160 from, uint160 to, uint40 beat) external;

    /// @notice Settles the ramp of a residual class: a null beat, a pause, a revocation. Kernel only.
    function onSteered(uint8 class, uint160 value, uint40 beat) external;

    /// @notice Carries out an instruction that the governor announced to the kernel. Kernel only; what the economy does not know
    /// reverts with `UnknownInstruction`.
    /// @param instruction Selector and arguments, in the economy's own terms.
    function onInstructed(bytes calldata instruction) external;
}
