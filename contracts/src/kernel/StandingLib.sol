// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Layout of a market's standing
/// @dev charter 160 | pausedUntil 40 | era 32 | revoked agents 16 | flags 8, low bits first. A decision reads this one slot
/// and writes none of it.
library StandingLib {
    /// @dev The mandate was revoked.
    uint256 internal constant REVOKED = 1 << 248;
    /// @dev Some parameter of the market was rolled back, so lockouts must be looked up.
    uint256 internal constant LOCKOUTS = 1 << 249;

    /// @notice See `CharterLib`; zero for a market without a mandate.
    function charter(uint256 standing) internal pure returns (address) {
        return address(uint160(standing));
    }

    function withCharter(uint256 standing, address code) internal pure returns (uint256) {
        return standing >> 160 << 160 | uint160(code);
    }

    function pausedUntil(uint256 standing) internal pure returns (uint40) {
        return uint40(standing >> 160);
    }

    function era(uint256 standing) internal pure returns (uint32) {
        return uint32(standing >> 200);
    }

    function revokedAgents(uint256 standing) internal pure returns (uint16) {
        return uint16(standing >> 232);
    }

    /// @notice Whether the agent with this index plus one was revoked.
    function agentRevoked(uint256 standing, uint256 index) internal pure returns (bool) {
        return standing >> 231 + index & 1 != 0;
    }

    function revoked(uint256 standing) internal pure returns (bool) {
        return standing & REVOKED != 0;
    }

    function withPause(uint256 standing, uint256 until) internal pure returns (uint256) {
        return standing & ~(uint256(type(uint40).max) << 160) | until << 160;
    }

    /// @notice One era later: everything that waits is void.
    function nextEra(uint256 standing) internal pure returns (uint256) {
        return standing & ~(uint256(type(uint32).max) << 200) | uint256(era(standing) + 1) << 200;
    }

    /// @notice Under a new mandate: in force, no agent revoked, one era later.
    function withMandate(uint256 standing, address code) internal pure returns (uint256) {
        uint256 kept = standing & (uint256(type(uint72).max) << 160 | LOCKOUTS);
        return withCharter(nextEra(kept), code);
    }
}
