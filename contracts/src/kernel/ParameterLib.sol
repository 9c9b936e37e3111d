// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The two slots of a parameter.
/// @param state value 160 | sequence 32 | beat 40 | generation 24, low bits first.
/// @param trail movedAt 40 | seen 32 | status 8 | head 176, low bits first.
struct Slots {
    uint256 state;
    uint256 trail;
}

/// @title Layout of a parameter's two slots
/// @dev The second slot stays empty while a parameter has exactly one record, a riskier move that took effect on the
/// inputs of that very block: then `movedAt` is `beat`, and there is nothing before it to find. That saves a new borrower
/// one fresh slot.
library ParameterLib {
    uint256 internal constant NONE = 0;
    uint256 internal constant PENDING = 1;
    uint256 internal constant ENDED = 2;

    /// @notice Key of a parameter.
    function key(address market, uint8 class, bytes32 subject)
        internal
        pure
        returns (bytes32 hash)
    {
        uint256 place = uint256(uint160(market)) << 8 | class;
        // Both words fit the scratch space, so nothing is allocated.
        assembly ("memory-safe") {
            mstore(0, place)
            mstore(32, subject)
            hash := keccak256(0, 64)
        }
    }

    function value(uint256 state) internal pure returns (uint160) {
        return uint160(state);
    }

    function sequence(uint256 state) internal pure returns (uint32) {
        return uint32(state >> 160);
    }

    function beat(uint256 state) internal pure returns (uint40) {
        return uint40(state >> 192);
    }

    function generation(uint256 state) internal pure returns (uint24) {
        return uint24(state >> 232);
    }

    function packState(uint160 value_, uint32 sequence_, uint40 beat_, uint24 generation_)
        internal
        pure
        returns (uint256)
    {
        return uint256(value_) | uint256(sequence_) << 160 | uint256(beat_) << 192
            | uint256(generation_) << 232;
    }

    function movedAt(uint256 trail) internal pure returns (uint40) {
        return uint40(trail);
    }

    function seen(uint256 trail) internal pure returns (uint32) {
        return uint32(trail >> 40);
    }

    function status(uint256 trail) internal pure returns (uint256) {
        return uint8(trail >> 72);
    }

    /// @notice Digest of the last record, left-aligned in 22 bytes.
    function head(uint256 trail) internal pure returns (bytes22) {
        return bytes22(uint176(trail >> 80));
    }

    function packTrail(uint40 movedAt_, uint32 seen_, uint256 status_, bytes22 head_)
        internal
        pure
        returns (uint256)
    {
        return uint256(movedAt_) | uint256(seen_) << 40 | status_ << 72 | uint256(uint176(head_))
            << 80;
    }

    /// @notice The trail, or what stands for it while the second slot is empty.
    function trailOf(uint256 state, uint256 trail) internal pure returns (uint256) {
        return trail == 0 && generation(state) == 1 ? uint256(beat(state)) : trail;
    }

    /// @notice What a record keeps of a parameter's past: `beat` 40 | `movedAt` 40 | head 176, high bits first.
    function past(uint256 state, uint256 trail) internal pure returns (uint256) {
        return uint256(beat(state)) << 216 | uint256(movedAt(trail)) << 176 | trail >> 80;
    }

    function pastBeat(uint256 past_) internal pure returns (uint40) {
        return uint40(past_ >> 216);
    }

    function pastMovedAt(uint256 past_) internal pure returns (uint40) {
        return uint40(past_ >> 176);
    }

    function pastHead(uint256 past_) internal pure returns (bytes22) {
        return bytes22(uint176(past_));
    }
}
