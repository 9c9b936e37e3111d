// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LibBit} from "solady/utils/LibBit.sol";

/// @notice Capacities of a market's buckets.
/// @param drift B.
/// @param driftLeak ρ per second, scaled by 2^32.
/// @param instant I.
/// @param instantLeak ι per second, scaled by 2^32.
/// @param reserveBps The governor's slice of drift.
struct Capacity {
    uint256 drift;
    uint256 driftLeak;
    uint256 instant;
    uint256 instantLeak;
    uint256 reserveBps;
}

/// @notice The levels of a market's or an agent's buckets at some time.
/// @param high The slot's high 24 bits: a market's marks, or an agent's share in basis points.
struct Level {
    uint256 drift;
    uint256 instant;
    uint256 high;
}

/// @title Leaky buckets
/// @dev The leak rounds down, so that a level is never understated.
library BucketLib {
    uint256 internal constant BPS = 10_000;
    /// @dev Significant bits of a stored capacity; the exponent has six more.
    uint256 private constant SIGNIFICANT = 54;

    /// @notice What is left of `level` after `elapsed` seconds of leaking.
    /// @param leak Per second, scaled by 2^32.
    function leaked(uint256 level, uint256 leak, uint256 elapsed) internal pure returns (uint256) {
        unchecked {
            uint256 gone = leak * elapsed >> 32; // a leak has 96 bits and a time 40
            return gone < level ? level - gone : 0;
        }
    }

    /// @notice An agent's share of a capacity or leak, rounded down.
    function share(uint256 whole, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return whole * bps / BPS; // 96 bits by 14
        }
    }

    /// @notice The governor's slice, rounded up, so that agents get less.
    function reserve(uint256 drift, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return (drift * bps + BPS - 1) / BPS; // 96 bits by 14
        }
    }

    /// @notice The agents' limit on drift.
    function agentLimit(Capacity memory capacity) internal pure returns (uint256) {
        return capacity.drift - reserve(capacity.drift, capacity.reserveBps);
    }

    /// @notice `x` rounded down to 54 significant bits, as `significand << 6 | exponent` in 60 bits.
    function compress(uint256 x) internal pure returns (uint256) {
        uint256 bits = x == 0 ? 0 : LibBit.fls(x) + 1;
        uint256 exponent = bits > SIGNIFICANT ? bits - SIGNIFICANT : 0;
        return (x >> exponent) << 6 | exponent;
    }

    /// @notice The inverse of `compress` on what it returns.
    function expand(uint256 packed) internal pure returns (uint256) {
        return (packed >> 6) << (packed & 63);
    }

    function packCapacity(Capacity memory c) internal pure returns (uint256) {
        return compress(c.drift) | compress(c.driftLeak) << 60 | compress(c.instant) << 120
            | compress(c.instantLeak) << 180 | c.reserveBps << 240;
    }

    function unpackCapacity(uint256 packed) internal pure returns (Capacity memory c) {
        uint256 mask = (1 << 60) - 1;
        c.drift = expand(packed & mask);
        c.driftLeak = expand(packed >> 60 & mask);
        c.instant = expand(packed >> 120 & mask);
        c.instantLeak = expand(packed >> 180 & mask);
        c.reserveBps = packed >> 240;
    }

    /// @notice Capacities scaled to an agent's share.
    function scale(Capacity memory c, uint256 bps) internal pure returns (Capacity memory s) {
        s.drift = share(c.drift, bps);
        s.driftLeak = share(c.driftLeak, bps);
        s.instant = share(c.instant, bps);
        s.instantLeak = share(c.instantLeak, bps);
    }

    /// @notice A slot's levels, settled to `time`: drift 96 | instant 96 | time 40 | high 24, low bits first.
    function settled(uint256 slot, Capacity memory c, uint256 time)
        internal
        pure
        returns (Level memory level)
    {
        uint256 elapsed;
        unchecked {
            elapsed = time - uint40(slot >> 192); // a level is never settled ahead of time
        }
        level.drift = leaked(uint96(slot), c.driftLeak, elapsed);
        level.instant = leaked(uint96(slot >> 96), c.instantLeak, elapsed);
        level.high = slot >> 232;
    }

    function pack(Level memory level, uint256 time) internal pure returns (uint256) {
        return level.drift | level.instant << 96 | time << 192 | level.high << 232;
    }

    /// @notice Whether a charge fits under both limits.
    function holds(Level memory level, uint256 amount, uint256 drift, uint256 instant)
        internal
        pure
        returns (bool)
    {
        unchecked {
            return level.drift + amount <= drift && level.instant + amount <= instant; // 96 bits each
        }
    }

    function charge(Level memory level, uint256 amount, bool atOnce) internal pure {
        unchecked {
            level.drift += amount; // levels and charges have 96 bits
            if (atOnce) level.instant += amount;
        }
    }

    /// @notice Raises a level to a market's where it is lower.
    /// @return below Whether it was nowhere above.
    function raise(Level memory level, Level memory market) internal pure returns (bool below) {
        below = level.drift <= market.drift && level.instant <= market.instant;
        if (level.drift < market.drift) level.drift = market.drift;
        if (level.instant < market.instant) level.instant = market.instant;
    }

    /// @notice Marks an agent, by its index in the mandate plus one; nobody has no mark.
    function mark(Level memory market, uint256 index) internal pure {
        market.high |= 1 << index >> 1;
    }

    function marked(Level memory market, uint256 index) internal pure returns (bool) {
        return market.high & 1 << index >> 1 != 0;
    }

    /// @notice A market's level without any agent's mark.
    function unmarked(uint256 slot) internal pure returns (uint256) {
        return uint232(slot);
    }
}
