// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Allowance, IKernel} from "../interfaces/IKernel.sol";
import {ILendingMarket, MarketConfig} from "../interfaces/ILendingMarket.sol";
import {Harm, IWorstCase} from "../interfaces/IWorstCase.sol";
import {ExpLib} from "./ExpLib.sol";
import {LendingClass} from "./LendingClass.sol";
import {MandateReader} from "./MandateReader.sol";
import {Curve, RateLib} from "./RateLib.sol";

/// @notice The most that a fully malicious agent can cost a lending market, from mandate and live state.
/// @dev Every figure is an upper bound, rounded up; every sum saturates, so that no input can make it revert.
contract WorstCase is IWorstCase {
    using FixedPointMathLib for uint256;

    uint256 private constant WAD = 1e18;
    /// @dev Horizons beyond a century read as a century.
    uint256 private constant LONGEST = 100 * 365 days;
    /// @dev So many stairs of the multiplier are summed one by one; later ones count as the corridor's bound.
    uint256 private constant STAIRS = 256;
    uint256 private constant DEBT_LIMIT = 2 ** 200;
    int256 private constant ALL_LENT = 1e18;

    IKernel private immutable KERNEL;
    ILendingMarket private immutable MARKET;
    address private immutable ACTUATOR;
    uint256 private immutable BORROW_CAP;
    uint256 private immutable RATE_LIMIT;
    uint256 private immutable RATE_BOUND;
    uint256 private immutable MIN_MULTIPLIER;
    uint256 private immutable MAX_MULTIPLIER;
    uint256 private immutable GROWTH_BOUND;

    /// @dev How the agent can steer from now on, and what it steers.
    /// @param horizon H.
    /// @param fade τ + τ_r, seconds.
    /// @param fadeArea 2τ + τ_r: twice the seconds for which the last multiplier counts in full.
    /// @param step Greatest riskier move.
    /// @param delay Seconds between two.
    struct Reach {
        uint256 horizon;
        uint256 fade;
        uint256 fadeArea;
        uint256 step;
        uint256 delay;
    }

    constructor(address market) {
        MARKET = ILendingMarket(market);
        MarketConfig memory c = MARKET.config();
        KERNEL = IKernel(c.kernel);
        ACTUATOR = c.actuator;
        BORROW_CAP = c.borrowCap;
        RATE_BOUND = c.rateBound;
        RATE_LIMIT = c.rateBound.min(c.rateCap) * WAD;
        MIN_MULTIPLIER = c.minMultiplier;
        MAX_MULTIPLIER = c.maxMultiplier;
        GROWTH_BOUND = MARKET.growthBound();
    }

    /// @inheritdoc IWorstCase
    function worstCase(uint256 horizon, uint256 reaction) external view returns (Harm memory h) {
        horizon = horizon.min(LONGEST);
        reaction = reaction.min(LONGEST);
        _credit(h, horizon, reaction);
        _rates(h, horizon);
        h.supplierHarm = h.creditOpen.saturatingAdd(h.supRate);
        h.borrowerHarm = h.borRate;
        h.supplierLoss = h.baseline.saturatingAdd(h.supplierHarm);
    }

    function _credit(Harm memory h, uint256 horizon, uint256 reaction) private view {
        Allowance memory a = KERNEL.allowance(ACTUATOR);
        uint256 drift = uint256(a.driftCapacity).zeroFloorSub(a.reserve).zeroFloorSub(a.driftLevel);
        uint256 instant = uint256(a.instantCapacity).zeroFloorSub(a.instantLevel);
        uint256 open = drift + _leaked(a.driftLeak, horizon);
        uint256 seen = drift + _leaked(a.driftLeak, reaction);
        // A guardian who takes as long as the window also lets pass what is queued from now on.
        if (reaction < MandateReader.window(KERNEL.standing(ACTUATOR).mandate)) {
            seen = seen.min(instant + _leaked(a.instantLeak, reaction) + a.pending);
        }
        h.baseline = _grown(MARKET.totalRisk());
        h.creditOpen = _grown(open);
        h.creditSeen = _grown(seen);
    }

    function _rates(Harm memory h, uint256 horizon) private view {
        Curve memory curve = Curve(MARKET.rateAtTarget(), ALL_LENT, RATE_LIMIT);
        address mandate = KERNEL.standing(ACTUATOR).mandate;
        MandateReader.Scalar memory rule = MandateReader.scalar(mandate, LendingClass.RATE);
        Reach memory reach = _reach(mandate, horizon, rule);
        uint256 debt = MARKET.totalDebt().max(BORROW_CAP);
        debt = ExpLib.growUp(
            debt.min(DEBT_LIMIT), RATE_BOUND * WAD * (horizon + reach.fade), DEBT_LIMIT
        );
        uint256 m = MARKET.multiplier();

        uint256 low = rule.min.clamp(MIN_MULTIPLIER, WAD);
        uint256 high = rule.max.clamp(WAD, MAX_MULTIPLIER);
        h.supRate = _shifted(debt, curve, reach, WAD.zeroFloorSub(m), WAD - low.min(m));
        h.borRate = _shifted(debt, curve, reach, m.zeroFloorSub(WAD), high.max(m) - WAD);
    }

    function _reach(address mandate, uint256 horizon, MandateReader.Scalar memory rule)
        private
        view
        returns (Reach memory)
    {
        (uint32 tau, uint32 tauR) = MandateReader.ramp(mandate);
        (,, uint32 setTau, uint32 setTauR) = MARKET.ramp();
        uint256 silence = uint256(tau).max(setTau);
        uint256 slew = uint256(tauR).max(setTauR);
        return Reach(horizon, silence + slew, 2 * silence + slew, rule.step, rule.delay.max(1));
    }

    /// @dev debt × [∫ gap(t)·r̂(t) dt + gap(H)·r̂(H + τ + τ_r)·(τ + τ_r/2)], rounded up: interest shifted from one side to the
    /// other while |m − 1| climbs from `gap` by steps to `bound`, and fades afterwards.
    function _shifted(
        uint256 debt,
        Curve memory curve,
        Reach memory reach,
        uint256 gap,
        uint256 bound
    ) private pure returns (uint256) {
        if (reach.step == 0) bound = gap;
        uint256 area = _area(curve, reach, gap, bound);
        uint256 last = _gapAt(reach, gap, bound, reach.horizon / reach.delay);
        uint256 end = RateLib.advance(curve, reach.horizon + reach.fade);
        uint256 rate = RateLib.baseRate(Curve(end, curve.err, curve.cap));
        area += (last * rate * reach.fadeArea).divUp(2);
        return debt.fullMulDivUp(area, WAD * RateLib.ONE);
    }

    /// @dev ∫₀ᴴ gap(t)·r̂(t) dt over the stairs; WAD × 36 decimals, unrounded.
    function _area(Curve memory curve, Reach memory reach, uint256 gap, uint256 bound)
        private
        pure
        returns (uint256 area)
    {
        RateLib.Phases memory phases = RateLib.phasesOf(curve);
        (uint256 whole,) = RateLib.moments(phases, reach.horizon);
        uint256 done;
        for (uint256 stair; stair < STAIRS; ++stair) {
            uint256 height = _gapAt(reach, gap, bound, stair);
            uint256 end = (stair + 1) * reach.delay;
            if (height >= bound || end >= reach.horizon) return area + height * (whole - done);
            (uint256 upTo,) = RateLib.moments(phases, end);
            area += height * (upTo - done);
            done = upTo;
        }
        return area + bound * (whole - done);
    }

    function _gapAt(Reach memory reach, uint256 gap, uint256 bound, uint256 stair)
        private
        pure
        returns (uint256)
    {
        if (stair >= STAIRS) return bound;
        return bound.min(gap + reach.step * (stair + 1));
    }

    function _leaked(uint256 leak, uint256 time) private pure returns (uint256) {
        return (leak * time).divUp(2 ** 32);
    }

    /// @dev G · min(borrowCap, credit).
    function _grown(uint256 credit) private view returns (uint256) {
        return credit.min(BORROW_CAP).fullMulDivUp(GROWTH_BOUND, WAD);
    }
}
