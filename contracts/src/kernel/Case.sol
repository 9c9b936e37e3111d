// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change} from "../interfaces/IActuator.sol";

/// @notice One change, and what a decision has found out about its parameter.
/// @dev The first three words are a `Change`, the fourth is the value before: `AskLib` hands them on as they lie in memory.
/// @param class Parameter class.
/// @param subject Whose parameter; zero for a market-wide class.
/// @param to Value after.
/// @param from Value before, faded where the class is residual.
/// @param past What the record keeps of the parameter's past, see `ParameterLib.past`.
/// @param key Storage key; zero until the slots have been read.
/// @param place The class in the mandate's bytes; zero until it has been looked up.
/// @param state First slot as it was.
/// @param stored Second slot as it was.
/// @param trail Second slot, or what stands for it while it is empty.
/// @param way Direction of the move.
/// @param beat The heartbeat that an application writes.
struct Step {
    uint8 class;
    bytes32 subject;
    uint160 to;
    uint160 from;
    uint256 past;
    bytes32 key;
    uint256 place;
    uint256 state;
    uint256 stored;
    uint256 trail;
    uint256 way;
    uint256 beat;
}

/// @notice One decision on its way through the kernel.
/// @param mandate The mandate's bytes, the rest of the charter behind them, see `CharterLib`.
/// @param index The actor's index in the mandate plus one, where it is an agent.
/// @param way RISKIER if any part is, else SAFER if any is.
/// @param freshAt When its inputs were judged fresh.
struct Case {
    address market;
    uint256 standing;
    bytes mandate;
    uint8 producer;
    uint8 principal;
    address actor;
    uint256 index;
    uint40 sequence;
    uint256 freshAt;
    int256 output;
    bytes features;
    uint256 charge;
    uint256 eta;
    uint256 way;
    Step[] steps;
}

/// @title Steps and changes
library StepLib {
    /// @notice One step a change, nothing looked up yet.
    function from(Change[] calldata changes) internal pure returns (Step[] memory steps) {
        steps = new Step[](changes.length);
        for (uint256 i; i < steps.length; ++i) {
            (steps[i].class, steps[i].subject, steps[i].to) =
            (changes[i].class, changes[i].subject, changes[i].value);
        }
    }

    /// @notice The same memory, read as changes.
    function asChanges(Step[] memory steps) internal pure returns (Change[] memory changes) {
        // Both are a length and pointers, and a step begins with the three words of a change.
        assembly ("memory-safe") {
            changes := steps
        }
    }
}
