// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The fading of a residual multiplier
/// @dev m(t) = 1 + (set − 1)·max(0, 1 − max(0, t − beat − tau)/tauR), the distance from one rounded towards one.
library RampLib {
    /// @dev One, in WAD: the fallback in charge.
    uint256 internal constant ONE = 1e18;

    /// @notice The multiplier at `time`.
    /// @param set Multiplier as set, WAD.
    /// @param beat Last heartbeat, seconds.
    /// @param time Any time; before the beat nothing has faded.
    /// @param tau Seconds of silence before the slew starts.
    /// @param tauR Seconds that the slew takes; zero is a step.
    function fade(uint256 set, uint256 beat, uint256 time, uint256 tau, uint256 tauR)
        internal
        pure
        returns (uint256)
    {
        if (time <= beat + tau) return set;
        uint256 slewed = time - beat - tau;
        if (slewed >= tauR) return ONE;
        return set >= ONE
            ? ONE + (set - ONE) * (tauR - slewed) / tauR
            : ONE - (ONE - set) * (tauR - slewed) / tauR;
    }

    /// @notice The heartbeat under which a value that is set without fresh inputs neither jumps nor is held anew: never so
    /// old that the value would be faded already.
    function settledBeat(uint256 beat, uint256 time, uint256 tau) internal pure returns (uint256) {
        uint256 start = time > tau ? time - tau : 0;
        return beat > start ? beat : start;
    }

    /// @notice The heartbeat that starts the slew now; one that is already slewing goes on as it is.
    function releasedBeat(uint256 beat, uint256 time, uint256 tau) internal pure returns (uint256) {
        uint256 start = time > tau ? time - tau : 0;
        return beat < start ? beat : start;
    }
}
