// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ExpLib} from "../../src/lending/ExpLib.sol";
import {PhiLib} from "../../src/lending/PhiLib.sol";
import {PolicyLib} from "../../src/lending/PolicyLib.sol";
import {SpreadLib} from "../../src/lending/SpreadLib.sol";

/// @notice Halmos: which way every conversion of the lending economy rounds.
contract ConversionsSymbolicTest {
    uint256 private constant ONE = SpreadLib.ONE;
    uint256 private constant UNIT = SpreadLib.ONE * SpreadLib.SCALE;

    /// L-7: a borrower owes at least what the shares are worth, and less than a unit more.
    /// @custom:proves SpreadLib.debtUp
    /// @custom:width grown shares 152, index 96
    function check_L7_debtRoundsUp(uint152 grown, uint96 index) external pure {
        uint256 debt = SpreadLib.debtUp(grown, index);
        uint256 n = uint256(grown) * index;
        unchecked {
            assert(debt * UNIT >= n && (debt == 0 || (debt - 1) * UNIT < n));
        }
    }

    /// L-7: suppliers count on at most what the shares are worth, and less than a unit less.
    /// @custom:proves SpreadLib.debtDown
    /// @custom:width grown shares 152, index 96
    function check_L7_debtRoundsDown(uint152 grown, uint96 index) external pure {
        uint256 debt = SpreadLib.debtDown(grown, index);
        uint256 n = uint256(grown) * index;
        unchecked {
            assert(debt * UNIT <= n && (debt + 1) * UNIT > n);
        }
    }

    /// L-7: the total never counts more than a borrower owes.
    /// @custom:proves SpreadLib.debtDown, SpreadLib.debtUp
    /// @custom:width grown shares 160, index 96
    function check_L7_totalNeverAboveWhatIsOwed(uint160 grown, uint96 index) external pure {
        assert(SpreadLib.debtDown(grown, index) <= SpreadLib.debtUp(grown, index));
    }

    /// L-7: a draw mints shares worth at least its amount, and less than a share more.
    /// @custom:proves SpreadLib.drawn
    /// @custom:width amount 96, index 150
    function check_L7_drawnRoundsUp(uint96 amount, uint160 index) external pure {
        if (index < SpreadLib.INDEX_ONE || index > SpreadLib.INDEX_MAX) return;
        uint256 shares = SpreadLib.drawn(amount, index);
        uint256 n = uint256(amount) * SpreadLib.SCALE;
        unchecked {
            assert(shares * index >= n && (shares == 0 || (shares - 1) * index < n));
        }
    }

    /// L-7: re-basing never forgives a fraction of a share.
    /// @custom:proves SpreadLib.rebased
    /// @custom:width grown shares 216
    function check_L7_rebasedRoundsUp(uint216 grown) external pure {
        uint256 shares = SpreadLib.rebased(grown);
        unchecked {
            assert(shares == 0 ? grown == 0 : (shares - 1) * ONE < grown && shares * ONE >= grown);
        }
    }

    /// L-7: a repayment removes shares worth at most its amount.
    /// @custom:proves SpreadLib.repaid
    /// @custom:width amount 64, spread 14, elapsed 32, index 96
    function check_L7_repaidRoundsDown(uint64 amount, uint16 spread, uint32 elapsed, uint96 index)
        external
        pure
    {
        if (index < SpreadLib.INDEX_ONE || spread > 10_000) return;
        uint256 n = uint256(amount) * SpreadLib.SCALE * ONE;
        uint256 worth = uint256(index) * (ONE + uint256(spread) * elapsed);
        uint256 shares = SpreadLib.repaid(amount, spread, elapsed, index);
        unchecked {
            assert(shares * worth <= n && n - shares * worth < worth);
        }
    }

    /// L-3: one borrower's part of A + W·t is exactly what the shares have grown to.
    /// @custom:proves SpreadLib.parts, SpreadLib.grownTotal, SpreadLib.grown
    /// @custom:width shares 128, spread 16, times 40
    function check_L3_partsAddUp(uint128 shares, uint16 spread, uint40 based, uint40 time)
        external
        pure
    {
        if (time < based) return;
        (int256 a, uint256 w) = SpreadLib.parts(shares, spread, based);
        assert(SpreadLib.grownTotal(a, w, time) == SpreadLib.grown(shares, spread, time - based));
    }

    /// L-3: debt shares never shrink with time.
    /// @custom:proves SpreadLib.grown
    /// @custom:width shares 128, spread 16, times 40
    function check_L3_grownNeverShrinks(uint128 shares, uint16 spread, uint40 a, uint40 b)
        external
        pure
    {
        if (a > b) return;
        assert(SpreadLib.grown(shares, spread, a) <= SpreadLib.grown(shares, spread, b));
    }

    /// L-7: Φ of the multiplier, which is what a rate move is charged by, rounds up.
    /// @custom:proves PolicyLib.ratePotential
    /// @custom:width multiplier 64, flow 160, undo time 24
    function check_L7_ratePotentialRoundsUp(uint64 m, uint160 flow, uint24 undo) external pure {
        uint256 far = m > 1e18 ? m - 1e18 : 1e18 - m;
        unchecked {
            uint256 n = far * (uint256(flow) * undo);
            uint256 potential = PolicyLib.ratePotential(m, flow, undo);
            assert(potential * 1e36 >= n && (potential == 0 || (potential - 1) * 1e36 < n));
        }
    }

    /// L-7: k, what a lender recovers, rounds down, so that φ rounds up.
    /// @custom:proves PhiLib.recoveryOf
    /// @custom:width shortfall 14, bonus 14, growth bound 128
    function check_L7_recoveryRoundsDown(uint16 shortfall, uint16 bonus, uint128 growth)
        external
        pure
    {
        if (shortfall > 10_000 || bonus > 10_000 || growth < 1e18) return;
        uint256 k = PhiLib.recoveryOf(shortfall, bonus, growth);
        uint256 n = (10_000 - uint256(shortfall)) * 1e36;
        uint256 d = (10_000 + uint256(bonus)) * growth;
        unchecked {
            assert(k * d <= n && n - k * d < d);
            assert(k <= 1e18);
        }
    }

    /// L-7: growth is rounded up, and never lowers a figure; the exponent is 10^-36.
    /// @custom:proves ExpLib.growUp
    /// @custom:width value 96, one exponent, as the series' length depends on it
    function check_L7_growthRoundsUpLeast(uint96 value) external pure {
        _growthRoundsUp(value, 1);
    }

    /// L-7: growth is rounded up, and never lowers a figure; the exponent is 10^-9.
    /// @custom:proves ExpLib.growUp
    /// @custom:width value 96, one exponent, as the series' length depends on it
    function check_L7_growthRoundsUpNano(uint96 value) external pure {
        _growthRoundsUp(value, 1e27);
    }

    /// L-7: growth is rounded up, and never lowers a figure; the exponent is 10^-3.
    /// @custom:proves ExpLib.growUp
    /// @custom:width value 96, one exponent, as the series' length depends on it
    function check_L7_growthRoundsUpMilli(uint96 value) external pure {
        _growthRoundsUp(value, 1e33);
    }

    /// L-7: growth is rounded up, and never lowers a figure; the exponent is 1.
    /// @custom:proves ExpLib.growUp
    /// @custom:width value 96, one exponent, as the series' length depends on it
    function check_L7_growthRoundsUpOne(uint96 value) external pure {
        _growthRoundsUp(value, 1e36);
    }

    /// L-7: growth is rounded up, and never lowers a figure; the exponent is 8, the most of one step.
    /// @custom:proves ExpLib.growUp
    /// @custom:width value 96, one exponent, as the series' length depends on it
    function check_L7_growthRoundsUpMost(uint96 value) external pure {
        _growthRoundsUp(value, 8e36);
    }

    function _growthRoundsUp(uint256 value, uint256 exponent) private pure {
        (int256 e,,) = ExpLib.phis(int256(exponent));
        uint256 grown = ExpLib.growUp(value, exponent, type(uint256).max);
        unchecked {
            uint256 n = uint256(e) * value;
            assert(grown >= value && grown * 1e36 >= n);
            assert(grown == 0 || (grown - 1) * 1e36 < n);
        }
    }
}
