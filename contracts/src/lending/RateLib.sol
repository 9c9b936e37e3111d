// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {AdaptiveCurveLib} from "./AdaptiveCurveLib.sol";
import {ExpLib} from "./ExpLib.sol";

/// @notice The fallback curve at constant utilisation. Rates carry 36 decimals per second here.
/// @param rateAtTarget Rate at target at the start.
/// @param err Distance from target utilisation, WAD in [−1, 1].
/// @param cap r_cap.
struct Curve {
    uint256 rateAtTarget;
    int256 err;
    uint256 cap;
}

/// @notice The multiplier's ramp: `set` until `start`, linear to 1 over `length`, then 1.
/// @param set m at and before `start`, WAD.
/// @param start beat + τ, seconds.
/// @param length τ_r, seconds.
struct Ramp {
    uint256 set;
    uint256 start;
    uint256 length;
}

/// @notice The borrow rate min(adaptive curve, r_cap)·m(t), integrated in closed form.
/// @dev At constant utilisation the base rate is clamp(b₀·e^(kt)): at most a capped, an exponential and a flat phase. Its
/// integral B and first moment M give every linear ramp by differences, so that splitting an interval anywhere changes
/// nothing but the last digits.
library RateLib {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant ONE = 1e36;
    uint256 internal constant MIN_AT_TARGET = uint256(AdaptiveCurveLib.MIN_RATE_AT_TARGET) * WAD;
    uint256 internal constant MAX_AT_TARGET = uint256(AdaptiveCurveLib.MAX_RATE_AT_TARGET) * WAD;
    uint256 internal constant INITIAL_AT_TARGET =
        uint256(AdaptiveCurveLib.INITIAL_RATE_AT_TARGET) * WAD;

    /// @dev Phases of the base rate: `first` until `capped`, exponential from `first` over `moving`, then `last`.
    /// Rates 36 decimals per second, times 18 decimals of a second, k 36 decimals per second.
    struct Phases {
        uint256 first;
        uint256 last;
        uint256 capped;
        uint256 moving;
        int256 k;
    }

    /// @notice m at `time`, WAD; the distance from 1 is rounded down.
    function multiplier(Ramp memory ramp, uint256 time) internal pure returns (uint256) {
        if (time <= ramp.start) return ramp.set;
        uint256 passed = time - ramp.start;
        if (passed >= ramp.length) return WAD;
        uint256 left = ramp.length - passed;
        return ramp.set >= WAD
            ? WAD + (ramp.set - WAD) * left / ramp.length
            : WAD - (WAD - ramp.set) * left / ramp.length;
    }

    /// @notice Rate at target after `elapsed` seconds, clamped to the curve's range.
    function advance(Curve memory curve, uint256 elapsed) internal pure returns (uint256 rate) {
        int256 z = _speed(curve.err) * int256(elapsed);
        if (z >= ExpLib.LIMIT) return MAX_AT_TARGET;
        if (z <= -ExpLib.LIMIT) return MIN_AT_TARGET;
        (int256 e,,) = ExpLib.phis(z);
        rate = FixedPointMathLib.fullMulDiv(curve.rateAtTarget, uint256(e), ONE);
        return FixedPointMathLib.clamp(rate, MIN_AT_TARGET, MAX_AT_TARGET);
    }

    /// @notice The base rate now: min(curve, r_cap), without multiplier.
    function baseRate(Curve memory curve) internal pure returns (uint256) {
        return FixedPointMathLib.min(_uncapped(curve), curve.cap);
    }

    /// @notice ∫ min(curve, r_cap)·m(t) dt over [from, to], 36 decimals.
    function exponent(Curve memory curve, Ramp memory ramp, uint256 from, uint256 to)
        internal
        pure
        returns (uint256)
    {
        if (to <= from) return 0;
        Phases memory phases = phasesOf(curve);
        (uint256 whole,) = moments(phases, to - from);
        if (ramp.set == WAD || ramp.start + ramp.length <= from) return whole;

        uint256 steered = _steered(phases, ramp, from, to);
        return ramp.set > WAD
            ? whole + FixedPointMathLib.fullMulDiv(steered, ramp.set - WAD, WAD)
            : whole - FixedPointMathLib.fullMulDiv(steered, WAD - ramp.set, WAD);
    }

    /// @dev ∫ b(t)·w(t) dt, where w = 1 before the ramp, falls linearly to 0 over it, and is 0 after.
    function _steered(Phases memory phases, Ramp memory ramp, uint256 from, uint256 to)
        private
        pure
        returns (uint256 steered)
    {
        uint256 end = ramp.start + ramp.length;
        uint256 a = FixedPointMathLib.clamp(ramp.start, from, to) - from;
        uint256 b = FixedPointMathLib.min(end, to) - from;
        (uint256 integralA, uint256 momentA) = moments(phases, a);
        steered = integralA;
        if (b > a) {
            (uint256 integralB, uint256 momentB) = moments(phases, b);
            // w = (end − t)/length, and `end` is the first moment's origin shifted by end − from.
            uint256 area = (end - from) * (integralB - integralA);
            steered += FixedPointMathLib.zeroFloorSub(area, momentB - momentA) / ramp.length;
        }
    }

    /// @notice B(t) = ∫₀ᵗ b and M(t) = ∫₀ᵗ s·b(s) ds, `t` in seconds, 36 decimals.
    function moments(Phases memory p, uint256 t)
        internal
        pure
        returns (uint256 integral, uint256 moment)
    {
        uint256 time = t * WAD;
        uint256 end = FixedPointMathLib.min(time, p.capped);
        if (end != 0) (integral, moment) = _flat(p.first, 0, end);
        if (time <= end) return (integral, moment);

        uint256 duration = FixedPointMathLib.min(time - end, p.moving);
        if (duration != 0) {
            (uint256 i, uint256 m) = _exponential(p.first, p.k, duration);
            integral += i;
            moment += m + FixedPointMathLib.fullMulDiv(i, end, WAD);
            end += duration;
        }
        if (time > end) {
            (uint256 i, uint256 m) = _flat(p.last, end, time);
            integral += i;
            moment += m;
        }
    }

    /// @notice Splits the base rate's future at constant utilisation into its phases.
    function phasesOf(Curve memory curve) internal pure returns (Phases memory p) {
        uint256 uncapped = _uncapped(curve);
        uint256 cap = curve.cap;
        p.k = _speed(curve.err);
        p.first = FixedPointMathLib.min(uncapped, cap);
        p.last = p.first;
        if (p.k == 0) return p;

        uint256 bound = p.k > 0 ? MAX_AT_TARGET : MIN_AT_TARGET;
        uint256 height = uint256(AdaptiveCurveLib.heightOf(curve.err));
        p.last = FixedPointMathLib.min(bound * height / WAD, cap);
        if (p.k > 0) {
            p.moving = _duration(p.last, p.first, p.k);
        } else {
            if (uncapped > cap && p.last < cap) p.capped = _duration(uncapped, cap, -p.k);
            p.moving = _duration(p.first, p.last, -p.k);
        }
    }

    function _flat(uint256 rate, uint256 from, uint256 to)
        private
        pure
        returns (uint256 integral, uint256 moment)
    {
        integral = FixedPointMathLib.fullMulDiv(rate, to - from, WAD);
        moment = FixedPointMathLib.fullMulDiv(rate, (to - from) * (to + from), 2 * ONE);
    }

    /// @dev From its own start: b·t·φ₁(kt) and b·t²·(φ₁(kt) − φ₂(kt)).
    function _exponential(uint256 rate, int256 k, uint256 time)
        private
        pure
        returns (uint256 integral, uint256 moment)
    {
        (, int256 phi1, int256 phi2) = ExpLib.phis(k * int256(time) / int256(WAD));
        integral = FixedPointMathLib.fullMulDiv(rate * time, uint256(phi1), ONE * WAD);
        moment = FixedPointMathLib.fullMulDiv(rate * time, uint256(phi1 - phi2), ONE * WAD);
        moment = FixedPointMathLib.fullMulDiv(moment, time, WAD);
    }

    /// @dev Time in which an exponential of speed `k` > 0 covers the ratio high/low, 18 decimals of a second.
    function _duration(uint256 high, uint256 low, int256 k) private pure returns (uint256) {
        if (high <= low) return 0;
        return FixedPointMathLib.fullMulDiv(ExpLib.lnRatio(high, low), WAD, uint256(k));
    }

    function _uncapped(Curve memory curve) private pure returns (uint256) {
        return curve.rateAtTarget * uint256(AdaptiveCurveLib.heightOf(curve.err)) / WAD;
    }

    /// @dev k = speed·err, the exact product of two WADs.
    function _speed(int256 err) private pure returns (int256) {
        return AdaptiveCurveLib.ADJUSTMENT_SPEED * err;
    }
}
