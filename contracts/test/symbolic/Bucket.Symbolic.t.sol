// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BucketLib, Capacity, Level} from "../../src/kernel/BucketLib.sol";
import {RampLib} from "../../src/kernel/RampLib.sol";
import {WaitLib} from "../../src/kernel/WaitLib.sol";

/// @notice Halmos: the buckets' one-step invariant, and which way leak, share, reserve and stored capacities round.
/// @dev Scaled by 2^32 where a leak stands, so that nothing rounds in the statements.
contract BucketSymbolicTest {
    /// K-5: one step of the bucket lemma. Let S be what took effect since some instant and E the leak since (2^32·tokens): if
    /// S ≤ level + E before a charge, then after settling and charging S + charge ≤ level' + E', and level' ≤ B bounds it by
    /// B + ρT. By induction over the charges of an interval that starts at any level, K-5 holds for every interval.
    /// @custom:proves BucketLib.settled, BucketLib.pack (drift)
    /// @custom:width level, leak, charge, taken 96, times 40, leak since 136
    function check_K5_bucketOneStep(
        uint256 level,
        uint96 leak,
        uint40 time,
        uint96 charge,
        uint96 taken,
        uint136 since
    ) external pure {
        uint40 from = uint40(level >> 192);
        if (time < from) return;
        Capacity memory c;
        c.driftLeak = leak;
        uint256 drift = BucketLib.settled(level, c, time).drift;
        unchecked {
            if (uint256(taken) << 32 > (uint256(uint96(level)) << 32) + since) return;
            uint256 sinceNow = uint256(since) + uint256(leak) * (time - from);
            assert((uint256(taken) + charge) << 32 <= ((drift + charge) << 32) + sinceNow);
        }
    }

    /// K-8: the same step of the instant bucket: riskier movement without the window is ≤ I + ιT.
    /// @custom:proves BucketLib.settled (instant)
    /// @custom:width level, leak, charge, taken 96, times 40, leak since 136
    function check_K8_instantOneStep(
        uint256 level,
        uint96 leak,
        uint40 time,
        uint96 charge,
        uint96 taken,
        uint136 since
    ) external pure {
        uint40 from = uint40(level >> 192);
        if (time < from) return;
        Capacity memory c;
        c.instantLeak = leak;
        uint256 instant = BucketLib.settled(level, c, time).instant;
        unchecked {
            if (uint256(taken) << 32 > (uint256(uint96(level >> 96)) << 32) + since) return;
            uint256 sinceNow = uint256(since) + uint256(leak) * (time - from);
            assert((uint256(taken) + charge) << 32 <= ((instant + charge) << 32) + sinceNow);
        }
    }

    /// K-5: what is written is what is read: levels and time survive the slot.
    /// @custom:proves BucketLib.pack, BucketLib.settled
    /// @custom:width levels 96, time 40, high 24
    function check_K5_levelsSurviveTheSlot(uint96 drift, uint96 instant, uint40 time, uint24 high)
        external
        pure
    {
        Capacity memory c;
        c.driftLeak = type(uint96).max;
        c.instantLeak = type(uint96).max;
        Level memory level =
            BucketLib.settled(BucketLib.pack(Level(drift, instant, high), time), c, time);
        assert(level.drift == drift && level.instant == instant && level.high == high);
    }

    /// L-7: the leak rounds down: what is left is never less than exact.
    /// @custom:proves BucketLib.leaked
    /// @custom:width level 96, leak 96, elapsed 40
    function check_L7_leakRoundsDown(uint96 level, uint96 leak, uint40 elapsed) external pure {
        uint256 left = BucketLib.leaked(level, leak, elapsed);
        unchecked {
            assert(left <= level);
            assert(uint256(level) << 32 <= (left << 32) + uint256(leak) * elapsed);
        }
    }

    /// K-23: leaking in two parts never leaves less than leaking at once.
    /// @custom:proves BucketLib.leaked
    /// @custom:width level 96, leak 96, elapsed 32 each
    function check_K23_leakCannotBeSplit(uint96 level, uint96 leak, uint32 a, uint32 b)
        external
        pure
    {
        uint256 twice = BucketLib.leaked(BucketLib.leaked(level, leak, a), leak, b);
        assert(twice >= BucketLib.leaked(level, leak, uint256(a) + b));
    }

    /// L-7: an agent's share rounds down.
    /// @custom:proves BucketLib.share
    /// @custom:width whole 96, share 14
    function check_L7_shareRoundsDown(uint96 whole, uint16 bps) external pure {
        if (bps > 10_000) return;
        uint256 part = BucketLib.share(whole, bps);
        unchecked {
            uint256 n = uint256(whole) * bps;
            assert(part * 10_000 <= n && n - part * 10_000 < 10_000 && part <= whole);
        }
    }

    /// L-7: the governor's reserve rounds up and leaves agents the rest.
    /// @custom:proves BucketLib.reserve, BucketLib.agentLimit
    /// @custom:width drift 96, reserve 14
    function check_L7_reserveRoundsUp(uint96 drift, uint16 bps) external pure {
        if (bps > 10_000) return;
        uint256 kept = BucketLib.reserve(drift, bps);
        Capacity memory c;
        c.drift = drift;
        c.reserveBps = bps;
        unchecked {
            uint256 n = uint256(drift) * bps;
            assert(kept * 10_000 >= n && (kept == 0 || (kept - 1) * 10_000 < n) && kept <= drift);
            assert(BucketLib.agentLimit(c) == drift - kept);
        }
    }

    /// L-7: a stored capacity is never larger than the given one, and keeps 54 significant bits.
    /// @custom:proves BucketLib.compress, BucketLib.expand
    /// @custom:width 96
    function check_L7_capacityIsStoredRoundedDown(uint96 x) external pure {
        uint256 stored = BucketLib.expand(BucketLib.compress(x));
        assert(stored <= x);
        assert((x - stored) >> 42 == 0);
        if (x >> 54 == 0) assert(stored == x);
        assert((x - stored) <= x >> 53);
    }

    /// K-21: a fading multiplier never leaves the stretch between its set value and one, and rounds towards one.
    /// @custom:proves RampLib.fade
    /// @custom:width set 64, times 40, tau 32, tauR 32
    function check_K21_fadeRoundsTowardsOne(
        uint64 set,
        uint40 beat,
        uint40 time,
        uint32 tau,
        uint32 tauR
    ) external pure {
        uint256 m = RampLib.fade(set, beat, time, tau, tauR);
        assert(set >= 1e18 ? m <= set && m >= 1e18 : m >= set && m <= 1e18);
        uint256 start = uint256(beat) + tau;
        if (time <= start) {
            assert(m == set);
        } else if (time - start >= tauR) {
            assert(m == 1e18);
        } else {
            unchecked {
                uint256 left = tauR - (time - start);
                uint256 exact = (set >= 1e18 ? set - 1e18 : 1e18 - uint256(set)) * left;
                uint256 gap = m >= 1e18 ? m - 1e18 : 1e18 - m;
                assert(gap * tauR <= exact && exact - gap * tauR < tauR);
            }
        }
    }

    /// K-15: what waits is never understated: adding a quote raises the bound by at least the quote, or the bound says unknown.
    /// @custom:proves WaitLib.add, WaitLib.bound
    /// @custom:width quote 96, time 40, epoch 33
    function check_K15_waitingIsNeverUnderstated(
        uint256 wait,
        uint96 quote,
        uint40 time,
        uint40 epoch
    ) external pure {
        if (epoch == 0 || epoch >= 2 ** 33 || uint40(wait >> 176) > time) return;
        uint256 before = WaitLib.bound(wait, time, epoch);
        uint256 now_ = WaitLib.bound(WaitLib.add(wait, quote, time, epoch, 0), time, epoch);
        if (now_ != type(uint96).max) assert(now_ >= before + quote);
    }
}
