// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title What waits in a market's queue, as an upper bound
/// @dev current 88 | previous 88 | start 40 | reservedUntil 40, low bits first. An epoch is as long as an entry can wait
/// (window + grace), so what waits now was queued in this epoch or in the one before. Sums saturate.
library WaitLib {
    uint256 private constant MOST = type(uint88).max;

    /// @notice The sums as of `time`.
    function roll(uint256 wait, uint256 time, uint256 epoch)
        internal
        pure
        returns (uint256 current, uint256 previous, uint256 start)
    {
        current = uint88(wait);
        previous = uint88(wait >> 88);
        start = uint40(wait >> 176);
        if (time >= start + 2 * epoch) return (0, 0, time);
        if (time >= start + epoch) return (0, current, start + epoch);
    }

    /// @notice Adds one entry's quote and keeps the latest time until which the exit reserve holds.
    function add(uint256 wait, uint256 quote, uint256 time, uint256 epoch, uint256 until)
        internal
        pure
        returns (uint256)
    {
        (uint256 current, uint256 previous, uint256 start) = roll(wait, time, epoch);
        current = current + quote > MOST ? MOST : current + quote;
        uint256 held = reservedUntil(wait);
        return pack(current, previous, start, until > held ? until : held);
    }

    /// @notice At least the sum of the quotes that wait at `time`; `type(uint96).max` when that is not known.
    function bound(uint256 wait, uint256 time, uint256 epoch) internal pure returns (uint96) {
        (uint256 current, uint256 previous,) = roll(wait, time, epoch);
        if (current == MOST || previous == MOST) return type(uint96).max;
        return uint96(current + previous);
    }

    function reservedUntil(uint256 wait) internal pure returns (uint40) {
        return uint40(wait >> 216);
    }

    /// @notice Nothing waits any more; the exit reserve holds on until its time.
    function cleared(uint256 wait) internal pure returns (uint256) {
        return pack(0, 0, 0, reservedUntil(wait));
    }

    function pack(uint256 current, uint256 previous, uint256 start, uint256 until)
        internal
        pure
        returns (uint256)
    {
        return current | previous << 88 | start << 176 | until << 216;
    }
}
