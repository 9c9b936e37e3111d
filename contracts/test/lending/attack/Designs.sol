// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Terms, TermsLib} from "../../../src/lending/TermsLib.sol";

/// @notice What a world is built from. Money in quanta unless it says otherwise, times in seconds, rates WAD per second.
struct Design {
    uint256 quantum;
    uint256 borrowCap;
    uint256 rateCap;
    uint256 rateBound;
    uint256 minMultiplier;
    uint256 maxMultiplier;
    uint16 bonusBps;
    uint16 shortfallBps;
    uint16 maxLambdaBps;
    uint16 maxSpreadBps;
    uint16 maxTenorHours;
    uint32 grace;
    uint32 liquidationTime;
    uint32 scoreAge;
    uint32 averaging;
    uint96 low;
    uint96 high;
    uint96 step;
    uint32 rateDelay;
    uint32 termsDelay;
    uint32 window;
    uint32 queueGrace;
    uint32 tau;
    uint32 tauR;
    uint256 drift;
    uint256 instant;
    uint32 driftTime;
    uint32 instantTime;
    uint16 reserveBps;
    uint16 secondShareBps;
    uint160[4] bands;
}

/// @notice Numbers drawn one after the other from a seed.
struct Dice {
    uint256 state;
}

library DiceLib {
    /// @notice The next number, from `lo` to `hi`, both included.
    function roll(Dice memory dice, uint256 lo, uint256 hi) internal pure returns (uint256) {
        dice.state = uint256(keccak256(abi.encode(dice.state)));
        return lo + dice.state % (hi - lo + 1);
    }

    function maybe(Dice memory dice, uint256 percent) internal pure returns (bool) {
        return roll(dice, 1, 100) <= percent;
    }
}

/// @notice Random designs that the contracts accept, and two families in which a bound can be reached: r̄ must be what is
/// charged (credit), and all that the cap allows must be lent at r_cap (rate).
library Designs {
    using DiceLib for Dice;

    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;

    function random(Dice memory dice) internal pure returns (Design memory d) {
        _times(d, dice);
        _rates(d, dice);
        _budget(d, dice);
        d.secondShareBps = uint16(dice.roll(0, 10_000));
        _bands(d, dice, 100);
    }

    /// @notice m⁺ = 1 and every line at the greatest spread: r̄ needs no steering.
    function credit(Dice memory dice) internal pure returns (Design memory d) {
        _times(d, dice);
        _rates(d, dice);
        d.maxMultiplier = WAD;
        d.high = uint96(WAD);
        // The curve starts at 4 % and quadruples when all is lent.
        d.rateCap = dice.roll(2, 15) * WAD / 100 / YEAR;
        d.rateBound = _bound(d);
        _budget(d, dice);
        if (dice.maybe(75)) d.borrowCap = 40 * d.drift;
        _bands(d, dice, 0);
    }

    /// @notice Loans default within the horizon and lines are opened again; the borrow cap binds in every other design.
    function churn(Dice memory dice) internal pure returns (Design memory d) {
        _times(d, dice);
        _rates(d, dice);
        d.maxTenorHours = uint16(dice.roll(1, 6));
        d.grace = uint32(dice.roll(0, 1 hours));
        d.liquidationTime = uint32(dice.roll(1, 1 hours));
        d.scoreAge = 30 days;
        _budget(d, dice);
        d.borrowCap = dice.maybe(50) ? 40 * d.drift : d.drift * dice.roll(10, 60) / 100 + 1;
        _bands(d, dice, 0);
    }

    /// @notice Lines that cost nothing (no unsecured part, λ below k) lend all that the cap allows.
    function rate(Dice memory dice) internal pure returns (Design memory d) {
        _times(d, dice);
        _rates(d, dice);
        d.rateCap = dice.roll(2, 15) * WAD / 100 / YEAR;
        d.rateBound = _bound(d);
        _budget(d, dice);
        d.borrowCap = d.drift * dice.roll(50, 200) / 100;
        d.drift = 4 * d.drift;
        d.instant = d.drift / 2;
        d.shortfallBps = uint16(dice.roll(0, 2_000));
        uint48 limit = uint48(d.borrowCap / dice.roll(1, 4) + 1);
        uint16 factor = uint16(dice.roll(2_000, 4_000));
        uint16 spread = d.maxSpreadBps;
        for (uint256 i; i < 3; ++i) {
            d.bands[i] = _pack(limit, 0, factor, factor + 1, spread, d.maxTenorHours);
        }
        d.bands[3] = _pack(0, 0, 0, 0, spread, 0);
    }

    function _times(Design memory d, Dice memory dice) private pure {
        d.maxTenorHours = uint16(dice.roll(24, 24 * 60));
        d.grace = uint32(dice.roll(0, 2 days));
        d.liquidationTime = uint32(dice.roll(1 hours, 2 days));
        d.scoreAge = uint32(dice.roll(1 hours, 20 days));
        d.averaging = uint32(dice.roll(10 minutes, 1 hours));
        d.rateDelay = uint32(dice.roll(d.averaging, 8 hours));
        d.termsDelay = uint32(dice.roll(1, 1 hours));
        d.window = uint32(dice.roll(1 hours, 2 days));
        d.queueGrace = uint32(dice.roll(d.window / 8, d.window / 4));
        d.tau = uint32(dice.roll(2 hours, 1 days));
        d.tauR = uint32(dice.roll(1 hours, 1 days));
    }

    function _rates(Design memory d, Dice memory dice) private pure {
        d.rateCap = dice.roll(2, 80) * WAD / 100 / YEAR;
        d.minMultiplier = dice.roll(50, 95) * WAD / 100;
        d.maxMultiplier = dice.roll(105, 400) * WAD / 100;
        d.maxSpreadBps = uint16(dice.roll(0, 800));
        d.rateBound = _bound(d);
        if (dice.maybe(30)) d.rateBound += d.rateBound / 10;
        // The mandate's corridor is the market's, or lies within it.
        d.low = uint96(dice.maybe(50) ? d.minMultiplier : dice.roll(d.minMultiplier, WAD));
        d.high = uint96(dice.maybe(50) ? d.maxMultiplier : dice.roll(WAD, d.maxMultiplier));
        d.step = uint96(dice.roll(1, 30) * WAD / 100);
        d.bonusBps = uint16(dice.roll(0, 1_000));
        d.shortfallBps = uint16(dice.roll(0, 5_000));
        d.maxLambdaBps = uint16(dice.roll(5_000, 9_000));
    }

    /// @dev Least r̄ that the market accepts: r_cap·m⁺ + σ_max, each rounded up.
    function _bound(Design memory d) private pure returns (uint256) {
        uint256 spread = (d.maxSpreadBps * WAD + 10_000 * YEAR - 1) / (10_000 * YEAR);
        return (d.rateCap * d.maxMultiplier + WAD - 1) / WAD + spread;
    }

    function _budget(Design memory d, Dice memory dice) private pure {
        uint256[3] memory quanta = [uint256(1e3), 1e6, 1e9];
        d.quantum = quanta[dice.roll(0, 2)];
        d.drift = dice.roll(2_000, 200_000);
        d.instant = d.drift * dice.roll(5, 100) / 100;
        d.driftTime = uint32(dice.roll(1 days, 15 days));
        d.instantTime = uint32(dice.roll(6 hours, 4 days));
        d.reserveBps = dice.maybe(50) ? 0 : uint16(dice.roll(1, 3_000));
        d.secondShareBps = 10_000;
        d.borrowCap = d.drift * dice.roll(20, 400) / 100;
    }

    /// @dev Each band is no riskier than the one before it; the last lends nothing.
    /// @param discount Percentage by which a spread may lie below the greatest, and a tenor below the longest.
    function _bands(Design memory d, Dice memory dice, uint256 discount) private pure {
        uint256 l = d.drift * dice.roll(4, 25) / 100;
        uint256 u = dice.maybe(40) ? l : l * dice.roll(0, 100) / 100;
        uint256 lambda = d.maxLambdaBps;
        uint256 spread = d.maxSpreadBps * (100 - dice.roll(0, discount)) / 100;
        uint256 tenor = d.maxTenorHours;
        if (discount != 0) tenor = dice.roll(1, tenor);
        for (uint256 i; i < 3; ++i) {
            uint256 factor = dice.roll(lambda * 7 / 10, lambda - 1);
            d.bands[i] = _pack(
                uint48(l), uint48(u), uint16(factor), uint16(lambda), uint16(spread), uint16(tenor)
            );
            l = l * dice.roll(10, 50) / 100 + 1;
            if (u > l) u = l;
            lambda = factor + 1;
            if (discount != 0) {
                spread = dice.roll(spread, d.maxSpreadBps);
                tenor = dice.roll((tenor + 1) / 2, tenor);
            }
        }
        d.bands[3] = _pack(0, 0, 0, 0, d.maxSpreadBps, 0);
    }

    function _pack(uint48 l, uint48 u, uint16 c, uint16 lambda, uint16 spread, uint16 tenor)
        private
        pure
        returns (uint160)
    {
        return TermsLib.pack(Terms(l, u, c, lambda, spread, tenor));
    }
}
