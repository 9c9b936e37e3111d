// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";

/// @notice What every program says about itself, as far as its checks need it.
/// @param parts Forests of trees, hidden layers of a network.
struct Head {
    uint256 family;
    uint256 features;
    uint256 slots;
    uint256 parts;
    int256 bias;
    bytes32 schemaHash;
}

/// @title The rules for a program's head and for the margin's range.
/// @dev The same rules, in the same order, in Rust: `mandate_model::Program::decode`.
library HeadLib {
    uint256 internal constant LENGTH = 79;
    uint256 internal constant GLM = 1;
    uint256 internal constant TREES = 2;
    uint256 internal constant NETWORK = 3;
    uint256 internal constant SPARSE = 4;
    uint256 private constant MAX_FEATURES = 128;
    uint256 private constant MAX_SHIFT = 62;
    uint256 private constant MAX_SLOTS = 64;
    uint256 private constant MAX_SPARSE_SLOTS = 62;
    uint256 private constant MAX_FORESTS = 254;
    uint256 private constant MAX_LAYERS = 8;

    /// @dev Reads and checks the head of a program.
    function read(bytes calldata program) internal pure returns (Head memory head) {
        uint256 version = _byte(program, 0);
        require(version == 1, IModelStore.ModelVersionUnknown(version, 1));
        head.family = _byte(program, 1);
        bool known = head.family >= GLM && head.family <= SPARSE;
        require(known, IModelStore.ModelFamilyUnknown(head.family, SPARSE));
        uint256 link = _byte(program, 2);
        require(link <= 2, IModelStore.LinkUnknown(link, 2));
        head.features = _byte(program, 3);
        known = head.features != 0 && head.features <= MAX_FEATURES;
        require(known, IModelStore.FeatureCountOutOfRange(head.features, MAX_FEATURES));
        uint256 shift = _byte(program, 4);
        require(shift <= MAX_SHIFT, IModelStore.ShiftOutOfRange(shift, MAX_SHIFT));
        head.slots = _byte(program, 5);
        head.parts = _byte(program, 6);
        _checkCounts(head);
        require(program.length >= LENGTH, IModelStore.ModelTruncated(program.length, LENGTH));
        head.bias = int64(uint64(bytes8(program[7:15])));
        head.schemaHash = bytes32(program[15:47]);
    }

    /// @dev The margin's range must stay inside `[-(2^63 − 1), 2^63 − 1]`.
    function checkMargin(int256 low, int256 high) internal pure {
        uint256 given = low + high < 0 ? uint256(-low) : uint256(high);
        uint256 allowed = uint64(type(int64).max);
        require(given <= allowed, IModelStore.ModelOverflow(given, allowed));
    }

    /// @dev Trees have slots and forests, sparse trees have slots, a network has layers, a GLM has none of them.
    function _checkCounts(Head memory head) private pure {
        uint256 most = head.family == TREES ? MAX_SLOTS : 0;
        if (head.family == SPARSE) most = MAX_SPARSE_SLOTS;
        bool inside = head.slots <= most && (head.slots != 0 || most == 0);
        require(inside, IModelStore.SlotCountOutOfRange(head.slots, most));
        if (head.family == NETWORK) {
            inside = head.parts != 0 && head.parts <= MAX_LAYERS;
            require(inside, IModelStore.LayerCountOutOfRange(head.parts, MAX_LAYERS));
            return;
        }
        most = head.family == TREES ? MAX_FORESTS : 0;
        inside = head.parts <= most && (head.parts != 0 || most == 0);
        require(inside, IModelStore.ForestCountOutOfRange(head.parts, most));
    }

    function _byte(bytes calldata program, uint256 index) private pure returns (uint256) {
        require(program.length > index, IModelStore.ModelTruncated(program.length, index + 1));
        return uint8(program[index]);
    }
}
