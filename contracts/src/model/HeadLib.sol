// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelStore} from "../interfaces/IModelStore.sol";

/// @notice What every program says about itself, as far as its checks need it.
/// @param limited Whether limits stand behind the head.
/// @param body Where the body begins: behind the limits, if there are any.
/// @param parts Forests of trees, hidden layers of a network.
struct Head {
    uint256 family;
    bool limited;
    uint256 body;
    uint256 features;
    uint256 slots;
    uint256 parts;
    int256 bias;
    bytes32 schemaHash;
}

/// @title The rules for a program's head, for its limits and for the margin's range.
/// @dev The same rules, in the same order, in Rust: `mandate_model::Program::decode`.
library HeadLib {
    uint256 internal constant LENGTH = 79;
    uint256 internal constant GLM = 1;
    uint256 internal constant TREES = 2;
    uint256 internal constant NETWORK = 3;
    uint256 internal constant SPARSE = 4;
    uint256 private constant LIMITED = 0x80;
    uint256 private constant MAX_FEATURES = 128;
    uint256 private constant MAX_SHIFT = 62;
    uint256 private constant MAX_SLOTS = 64;
    uint256 private constant MAX_SPARSE_SLOTS = 62;
    uint256 private constant MAX_FORESTS = 254;
    uint256 private constant MAX_LAYERS = 8;

    /// @dev Reads and checks the head of a program, and its limits.
    function read(bytes calldata program) internal pure returns (Head memory head) {
        uint256 version = _byte(program, 0);
        require(version == 1, IModelStore.ModelVersionUnknown(version, 1));
        bool known = _readFamily(head, _byte(program, 1));
        require(known, IModelStore.ModelFamilyUnknown(_byte(program, 1), SPARSE));
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
        head.body = LENGTH;
        if (head.limited) _checkLimits(program, head);
    }

    /// @dev The values between which a feature is held; all that there are, where there are no limits.
    function limits(bytes calldata program, Head memory head, uint256 feature)
        internal
        pure
        returns (int256 low, int256 high)
    {
        if (!head.limited) return (-(2 ** 23) + 1, 2 ** 23 - 1);
        uint256 place = LENGTH + 3 * feature;
        low = int256(_unsigned(program, place)) - 2 ** 23;
        high = low + int256(_unsigned(program, place + 3 * head.features));
    }

    /// @dev The margin's range must stay inside `[-(2^63 − 1), 2^63 − 1]`.
    function checkMargin(int256 low, int256 high) internal pure {
        uint256 given = low + high < 0 ? uint256(-low) : uint256(high);
        uint256 allowed = uint64(type(int64).max);
        require(given <= allowed, IModelStore.ModelOverflow(given, allowed));
    }

    /// @dev The family, and whether limits stand behind the head; a network has its own in its body.
    function _readFamily(Head memory head, uint256 given) private pure returns (bool known) {
        head.limited = given >= LIMITED;
        head.family = given % LIMITED;
        known = head.family >= GLM && head.family <= SPARSE;
        if (head.limited && head.family == NETWORK) known = false;
    }

    /// @dev Limits are values in their order, and some of them hold something.
    function _checkLimits(bytes calldata program, Head memory head) private pure {
        head.body = LENGTH + 6 * head.features;
        bool whole = program.length >= head.body;
        require(whole, IModelStore.ModelTruncated(program.length, head.body));
        bool some = false;
        for (uint256 i = 0; i < head.features; i++) {
            (int256 low, int256 high) = limits(program, head, i);
            bool ordered = low > -(2 ** 23) && high < 2 ** 23;
            require(ordered, IModelStore.LimitsOutOfOrder(i));
            if (low > -(2 ** 23) + 1 || high < 2 ** 23 - 1) some = true;
        }
        require(some, IModelStore.LimitsNotCanonical(head.features));
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

    function _unsigned(bytes calldata program, uint256 place) private pure returns (uint256) {
        return uint24(bytes3(program[place:place + 3]));
    }

    function _byte(bytes calldata program, uint256 index) private pure returns (uint256) {
        require(program.length > index, IModelStore.ModelTruncated(program.length, index + 1));
        return uint8(program[index]);
    }
}
