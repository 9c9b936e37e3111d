// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Time-weighted averages of the running and the last closed feature epoch; values in parts per million.
/// @param epoch Number of the running epoch: time / length, as the kernel counts them.
/// @param utilisation Sum of utilisation × seconds in the running epoch.
/// @param forecast Sum of predicted default × seconds in the running epoch.
/// @param lastUtilisation Average of the epoch before.
/// @param lastForecast Average of the epoch before.
struct Epochs {
    uint32 epoch;
    uint64 utilisation;
    uint64 forecast;
    uint24 lastUtilisation;
    uint24 lastForecast;
}

/// @notice Feature epochs: what happens within one block weighs nothing, and only closed epochs are read.
library EpochLib {
    /// @notice Carries constant values from `from` to `to`, in seconds; closes epochs on the way.
    function advance(
        Epochs memory e,
        uint256 from,
        uint256 to,
        uint256 length,
        uint24 utilisation,
        uint24 forecast
    ) internal pure returns (Epochs memory) {
        // Safe unchecked: parts per million × seconds stay below 2^60.
        unchecked {
            uint256 epoch = to / length;
            if (epoch == e.epoch) {
                e.utilisation += uint64(utilisation * (to - from));
                e.forecast += uint64(forecast * (to - from));
                return e;
            }
            bool next = epoch == uint256(e.epoch) + 1;
            uint256 rest = (uint256(e.epoch) + 1) * length - from;
            e.lastUtilisation =
                next ? uint24((e.utilisation + utilisation * rest) / length) : utilisation;
            e.lastForecast = next ? uint24((e.forecast + forecast * rest) / length) : forecast;
            uint256 run = to - epoch * length;
            e.utilisation = uint64(utilisation * run);
            e.forecast = uint64(forecast * run);
            e.epoch = uint32(epoch);
        }
        return e;
    }
}
