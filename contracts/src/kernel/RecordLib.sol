// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Record links
library RecordLib {
    /// @notice link = keccak256(previous 27 ‖ sequence 5 ‖ kind 1 ‖ chain id 8 ‖ kernel 20 ‖ time 5 ‖ keccak256(body) 32).
    /// @param previous The 216-bit digest of the link before, zero for the first.
    function link(
        bytes27 previous,
        uint40 sequence,
        uint8 kind,
        uint64 chainId,
        address kernel,
        uint40 time,
        bytes32 bodyHash
    ) internal pure returns (bytes32 hash) {
        uint256 first = uint256(bytes32(previous)) | sequence;
        // The time's 40 bits straddle the second and the third word: 24 here, 16 there.
        uint256 second = uint256(kind) << 248 | uint256(chainId) << 184 | uint256(uint160(kernel))
            << 24 | time >> 16;
        uint256 third = uint256(time) << 240;
        // The same as keccak256(abi.encodePacked(...)) without its allocation; RecordLib.t.sol holds the two together.
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, first)
            mstore(add(p, 32), second)
            mstore(add(p, 64), third)
            mstore(add(p, 66), bodyHash)
            hash := keccak256(p, 98)
        }
    }

    /// @notice The digest that the chain continues from.
    function digest(bytes32 link_) internal pure returns (bytes27) {
        return bytes27(link_);
    }

    /// @notice The digest that a parameter keeps.
    function short(bytes32 link_) internal pure returns (bytes22) {
        return bytes22(link_);
    }
}
