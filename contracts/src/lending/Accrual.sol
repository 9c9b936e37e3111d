// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {SafeCastLib} from "solady/utils/SafeCastLib.sol";
import {Position, ILendingMarket, MarketConfig} from "../interfaces/ILendingMarket.sol";
import {AdaptiveCurveLib} from "./AdaptiveCurveLib.sol";
import {Epochs, EpochLib} from "./EpochLib.sol";
import {MarketConstants} from "./MarketConstants.sol";
import {Curve, Ramp, RateLib} from "./RateLib.sol";
import {RateModel} from "./RateModel.sol";
import {SpreadLib} from "./SpreadLib.sol";

/// @notice Interest: index, curve, multiplier, the sums behind the spreads, and the feature epochs.
/// @dev Nothing here calls out, but for the market's own copy of a pure function. Utilisation is that of the last balance-changing act, so a mere `accrue` changes nothing that
/// waiting would not have changed.
abstract contract Accrual is MarketConstants {
    using SafeCastLib for uint256;

    /// @dev What time alone moves.
    /// @param index Scaled by 1e27.
    /// @param rateAtTarget 36 decimals per second.
    /// @param time Accrued up to here.
    /// @param epochs Feature epochs.
    struct Clock {
        uint256 index;
        uint256 rateAtTarget;
        uint256 time;
        Epochs epochs;
    }

    /// @dev The multiplier as pushed by the actuator, so that accrual asks nobody.
    struct Steering {
        uint96 set;
        uint40 beat;
        uint32 tau;
        uint32 tauR;
    }

    RateModel internal immutable RATE_MODEL = new RateModel();

    uint256 private _index = SpreadLib.INDEX_ONE;
    uint128 private _rateAtTarget = uint128(RateLib.INITIAL_AT_TARGET);
    uint40 private _accruedAt = uint40(block.timestamp);
    uint64 private _utilisation;
    Steering private _steering = Steering(uint96(WAD), uint40(block.timestamp), 0, 0);
    Epochs private _epochs;

    /// @dev A and W of `SpreadLib`, Σ s, and Σ s·forecast.
    int256 private _a;
    uint256 private _w;
    uint128 private _shares;
    uint256 private _forecasts;

    uint128 internal _cash;

    constructor(MarketConfig memory c) MarketConstants(c) {
        _epochs.epoch = uint32(block.timestamp / c.averaging);
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc ILendingMarket
    function totalDebt() public view returns (uint256) {
        return _totalDebt(_now().index);
    }

    /// @inheritdoc ILendingMarket
    function cash() external view returns (uint256) {
        return _cash;
    }

    /// @inheritdoc ILendingMarket
    function multiplier() external view returns (uint256) {
        return RATE_MODEL.multiplier(_ramp(), block.timestamp);
    }

    /// @inheritdoc ILendingMarket
    function ramp() external view returns (uint256 set, uint40 beat, uint32 tau, uint32 tauR) {
        Steering memory s = _steering;
        return (s.set, s.beat, s.tau, s.tauR);
    }

    /// @inheritdoc ILendingMarket
    function borrowRate() external view returns (uint256) {
        return RATE_MODEL.borrowRate(_curve(_now().rateAtTarget), _ramp(), block.timestamp);
    }

    /// @inheritdoc ILendingMarket
    function rateAtTarget() external view returns (uint256) {
        return _now().rateAtTarget;
    }

    /// @inheritdoc ILendingMarket
    function index() external view returns (uint256) {
        return _now().index;
    }

    /// @inheritdoc ILendingMarket
    function utilisation() external view returns (uint256) {
        return _utilisation;
    }

    /// @inheritdoc ILendingMarket
    function spreadSums() external view returns (int256 a, uint256 w, uint256 shares) {
        return (_a, _w, _shares);
    }

    /// @inheritdoc ILendingMarket
    function closedEpoch()
        external
        view
        returns (uint32 epoch, uint24 utilisationPpm, uint24 forecastPpm, bool known)
    {
        Epochs memory e = _now().epochs;
        // The first epoch counts only when the market saw all of it.
        known = e.epoch != 0 && (uint256(e.epoch) - 1) * AVERAGING >= GENESIS;
        return (e.epoch, e.lastUtilisation, e.lastForecast, known);
    }

    // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The clock brought to now, as `_accrue` will store it.
    function _now() internal view returns (Clock memory clock) {
        clock = Clock(_index, _rateAtTarget, _accruedAt, _epochs);
        uint256 from = clock.time;
        if (from == block.timestamp) return clock;

        Curve memory curve = _curve(clock.rateAtTarget);
        (clock.index, clock.rateAtTarget) =
            RATE_MODEL.accrue(curve, _ramp(), clock.index, from, block.timestamp);
        clock.epochs = EpochLib.advance(
            clock.epochs,
            from,
            block.timestamp,
            AVERAGING,
            uint24(_utilisation / 1e12),
            _forecastPpm()
        );
        clock.time = block.timestamp;
    }

    function _accrue() internal returns (uint256 index_) {
        Clock memory clock = _now();
        index_ = clock.index;
        if (clock.time == _accruedAt) return index_;
        _index = index_;
        _rateAtTarget = uint128(clock.rateAtTarget);
        _accruedAt = uint40(clock.time);
        _epochs = clock.epochs;
        emit Accrued(index_, clock.rateAtTarget, _totalDebt(index_));
    }

    function _setRamp(uint256 set, uint40 beat, uint32 tau, uint32 tauR) internal {
        _accrue();
        // The kernel's corridor lies within; clipped rather than refused, so that a pause can never fail here.
        uint256 m = FixedPointMathLib.clamp(set, MIN_MULTIPLIER, MAX_MULTIPLIER);
        _steering = Steering(uint96(m), beat, tau, tauR);
        emit Steered(m, beat, tau, tauR);
    }

    /// @dev After every balance-changing act: the utilisation that the curve and the features see until the next.
    function _settleUtilisation(uint256 index_) internal {
        uint256 debt = _totalDebt(index_);
        uint256 assets = debt + _cash;
        _utilisation = uint64(assets == 0 ? 0 : FixedPointMathLib.fullMulDiv(debt, WAD, assets));
    }

    // ── the sums behind the spreads ──────────────────────────────────────────────────────────────────────────────────

    /// @dev Takes an position's part out of the sums; before its shares, spread or base time change.
    function _leave(Position storage position_) internal {
        uint256 shares = position_.shares;
        if (shares == 0) return;
        (int256 a, uint256 w) =
            SpreadLib.parts(shares, position_.spreadBps, _since(position_.basedAt));
        _a -= a;
        _w -= w;
        _shares -= uint128(shares);
        _forecasts -= shares * position_.forecast;
    }

    /// @dev Puts an position's part back into the sums; after the change.
    function _join(Position storage position_) internal {
        uint256 shares = position_.shares;
        if (shares == 0) return;
        (int256 a, uint256 w) =
            SpreadLib.parts(shares, position_.spreadBps, _since(position_.basedAt));
        _a += a;
        _w += w;
        _shares += uint128(shares);
        _forecasts += shares * position_.forecast;
    }

    function _grown(Position storage position_) internal view returns (uint256) {
        return
            SpreadLib.grown(
                position_.shares, position_.spreadBps, block.timestamp - position_.basedAt
            );
    }

    function _debt(Position storage position_, uint256 index_) internal view returns (uint256) {
        return SpreadLib.debtUp(_grown(position_), index_);
    }

    function _totalDebt(uint256 index_) internal view returns (uint256) {
        return SpreadLib.debtDown(SpreadLib.grownTotal(_a, _w, _since(block.timestamp)), index_);
    }

    function _since(uint256 time) private view returns (uint256) {
        return time - GENESIS;
    }

    function _curve(uint256 rateAtTarget_) private view returns (Curve memory) {
        return Curve(rateAtTarget_, AdaptiveCurveLib.errorOf(_utilisation), RATE_CAP * WAD);
    }

    function _ramp() private view returns (Ramp memory) {
        Steering memory s = _steering;
        return Ramp(s.set, uint256(s.beat) + s.tau, s.tauR);
    }

    /// @dev Debt-weighted predicted default, weighed by shares at each borrower's last own draw.
    function _forecastPpm() private view returns (uint24) {
        uint256 shares = _shares;
        return shares == 0 ? 0 : uint24(_forecasts / shares);
    }
}
