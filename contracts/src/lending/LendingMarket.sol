// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {SafeCastLib} from "solady/utils/SafeCastLib.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {Config, Parameter} from "../interfaces/IKernel.sol";
import {ILendingActuator} from "../interfaces/ILendingActuator.sol";
import {
    Position,
    Calibration,
    ILendingMarket,
    MarketConfig
} from "../interfaces/ILendingMarket.sol";
import {LendingClass} from "./LendingClass.sol";
import {PhiLib} from "./PhiLib.sol";
import {SpreadLib} from "./SpreadLib.sol";
import {Terms, TermsLib} from "./TermsLib.sol";
import {Vault} from "./Vault.sol";

/// @notice An isolated lending market whose lines fall due, so that a default can be predicted and its cost bounded.
/// @dev Acts check, write, tell, then call out. Draws, and collateral withdrawals under debt, ask kernel and oracle;
/// liquidations ask the oracle; everything else asks nobody.
contract LendingMarket is Vault {
    using SafeCastLib for uint256;

    mapping(address borrower => Position) private _positions;
    uint128 private _totalCollateral;
    uint128 private _totalRisk;
    uint128 private _realisedLosses;
    Calibration private _calibration;

    constructor(MarketConfig memory c) Vault(c) {}

    // ── borrowers ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc ILendingMarket
    function draw(uint256 amount, uint16 greatestSpreadBps, address to)
        external
        nonReentrant
        returns (uint256 debt)
    {
        if (amount == 0) revert ZeroAmount();
        uint256 index_ = _accrue();
        Position storage position_ = _positions[msg.sender];
        Terms memory terms = _drawable(position_, greatestSpreadBps);

        uint256 riskBefore = _risk(position_);
        _rebase(position_, terms, amount, index_);
        debt = _debt(position_, index_);
        _checkDebt(position_, terms, debt);
        position_.principal = uint96(debt);
        _moveRisk(riskBefore, _risk(position_));
        _spend(amount, index_);
        emit Drawn(msg.sender, to, amount, debt, position_.due);
        SafeTransferLib.safeTransfer(LOAN_ASSET, to, amount);
    }

    /// @inheritdoc ILendingMarket
    function repay(address borrower, uint256 amount)
        external
        nonReentrant
        returns (uint256 repaid)
    {
        uint256 index_ = _accrue();
        Position storage position_ = _positions[borrower];
        uint256 debt = _debt(position_, index_);
        if (debt == 0) revert NothingOwed(borrower);
        repaid = FixedPointMathLib.min(amount, debt);
        if (repaid == 0) revert ZeroAmount();

        uint256 riskBefore = _risk(position_);
        _reduce(borrower, position_, repaid, debt, index_);
        _moveRisk(riskBefore, _risk(position_));
        _settleUtilisation(index_);
        emit Repaid(borrower, msg.sender, repaid, debt - repaid);
        _pull(LOAN_ASSET, msg.sender, repaid);
    }

    /// @inheritdoc ILendingMarket
    function addCollateral(address borrower, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        _positions[borrower].collateral += amount.toUint128();
        _totalCollateral += amount.toUint128();
        emit CollateralAdded(borrower, msg.sender, amount);
        _pull(COLLATERAL_ASSET, msg.sender, amount);
    }

    /// @inheritdoc ILendingMarket
    function withdrawCollateral(uint256 amount, address to) external nonReentrant {
        Position storage position_ = _positions[msg.sender];
        uint256 held = position_.collateral;
        if (amount == 0) revert ZeroAmount();
        if (amount > held) revert CollateralShort(amount, held);
        position_.collateral = uint128(held - amount);
        _totalCollateral -= uint128(amount);
        if (position_.shares != 0) _checkStillCovered(position_);
        emit CollateralWithdrawn(msg.sender, to, amount);
        SafeTransferLib.safeTransfer(COLLATERAL_ASSET, to, amount);
    }

    // ── liquidation and default ──────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc ILendingMarket
    function liquidate(address borrower, uint256 repayUpTo, uint256 leastSeized)
        external
        nonReentrant
        returns (uint256 repaid, uint256 seized)
    {
        uint256 index_ = _accrue();
        Position storage position_ = _positions[borrower];
        uint256 debt = _debt(position_, index_);
        if (debt == 0) revert NothingOwed(borrower);
        uint256 held = position_.collateral;
        if (held == 0) revert NothingToSeize(borrower);
        uint256 price = _liquidationPrice();
        bool late = _isLate(position_);
        uint256 limit = _limit(held, position_.lambdaBps, position_.unsecured, price);
        if (!late && debt <= limit) revert StillHealthy(debt, limit);

        (repaid, seized) = _seizable(FixedPointMathLib.min(repayUpTo, debt), held, price);
        if (repaid == 0) revert ZeroAmount();
        if (seized < leastSeized) revert SeizedTooLittle(seized, leastSeized);

        uint256 riskBefore = _risk(position_);
        bool closes = late && !position_.defaulted;
        if (closes) _markDefault(borrower, position_, debt);
        position_.collateral = uint128(held - seized);
        _totalCollateral -= uint128(seized);
        _reduce(borrower, position_, repaid, debt, index_);
        if (_isBad(position_, index_, late)) {
            if (!position_.defaulted) _markDefault(borrower, position_, debt - repaid);
            _writeOff(borrower, position_, index_);
            closes = true;
        }
        _moveRisk(riskBefore, _risk(position_));
        _settleUtilisation(index_);
        emit Liquidated(borrower, msg.sender, repaid, seized);
        if (closes) ILendingActuator(ACTUATOR).close(borrower);
        _pull(LOAN_ASSET, msg.sender, repaid);
        SafeTransferLib.safeTransfer(COLLATERAL_ASSET, msg.sender, seized);
    }

    /// @inheritdoc ILendingMarket
    function declareDefault(address borrower) external nonReentrant {
        uint256 index_ = _accrue();
        Position storage position_ = _positions[borrower];
        if (position_.shares == 0) revert NothingOwed(borrower);
        if (position_.defaulted) revert AlreadyDefaulted(borrower);
        if (!_isLate(position_)) {
            revert NotInDefault(block.timestamp, uint256(position_.due) + GRACE);
        }
        uint256 riskBefore = _risk(position_);
        _markDefault(borrower, position_, _debt(position_, index_));
        if (position_.collateral == 0) _writeOff(borrower, position_, index_);
        _moveRisk(riskBefore, _risk(position_));
        _settleUtilisation(index_);
        ILendingActuator(ACTUATOR).close(borrower);
    }

    // ── actuator, governor, anybody ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc ILendingMarket
    function accrue() external {
        _accrue();
    }

    /// @inheritdoc ILendingMarket
    function steer(uint256 multiplier_, uint40 beat, uint32 tau, uint32 tauR) external {
        if (msg.sender != ACTUATOR) revert NotActuator(msg.sender);
        _setRamp(multiplier_, beat, tau, tauR);
    }

    /// @inheritdoc ILendingMarket
    function setLine(address borrower, uint96 risk, uint24 forecast) external {
        if (msg.sender != ACTUATOR) revert NotActuator(msg.sender);
        Position storage position_ = _positions[borrower];
        uint256 riskBefore = _risk(position_);
        position_.lineRisk = risk;
        position_.lineForecast = forecast;
        _moveRisk(riskBefore, _risk(position_));
        emit LineSet(borrower, risk, forecast);
    }

    /// @inheritdoc ILendingMarket
    function resetLosses() external {
        if (msg.sender != ACTUATOR) revert NotActuator(msg.sender);
        emit LossesReset(_realisedLosses);
        _realisedLosses = 0;
    }

    // ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc ILendingMarket
    function position(address borrower) external view returns (Position memory) {
        return _positions[borrower];
    }

    /// @inheritdoc ILendingMarket
    function debtOf(address borrower) external view returns (uint256) {
        return _debt(_positions[borrower], _now().index);
    }

    /// @inheritdoc ILendingMarket
    function healthLimit(address borrower) external view returns (uint256) {
        Position storage position_ = _positions[borrower];
        (uint256 price,,,,) = ORACLE.price();
        return _limit(position_.collateral, position_.lambdaBps, position_.unsecured, price);
    }

    /// @inheritdoc ILendingMarket
    function riskOf(address borrower) external view returns (uint256) {
        return _risk(_positions[borrower]);
    }

    /// @inheritdoc ILendingMarket
    function totalRisk() external view returns (uint256) {
        return _totalRisk;
    }

    /// @inheritdoc ILendingMarket
    function totalCollateral() external view returns (uint256) {
        return _totalCollateral;
    }

    /// @inheritdoc ILendingMarket
    function realisedLosses() external view returns (uint256) {
        return _realisedLosses;
    }

    /// @inheritdoc ILendingMarket
    function calibration() external view returns (Calibration memory) {
        return _calibration;
    }

    // ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The caller's present terms, if they may be drawn on now.
    function _drawable(Position storage position_, uint256 acceptedBps)
        private
        view
        returns (Terms memory terms)
    {
        if (block.timestamp < KERNEL.pausedUntil(ACTUATOR)) revert DrawsPaused();
        Parameter memory line = _line(msg.sender);
        uint256 age = block.timestamp - line.beat;
        if (age > SCORE_AGE) revert ScoreTooOld(age, SCORE_AGE);
        terms = TermsLib.unpack(line.value);
        if (!TermsLib.carried(terms, MAX_LAMBDA_BPS, MAX_SPREAD_BPS, MAX_TENOR_HOURS)) {
            revert TermsOutOfRange(line.value);
        }
        if (terms.spreadBps > acceptedBps) {
            revert SpreadAboveAccepted(terms.spreadBps, acceptedBps);
        }
        if (position_.shares != 0 && block.timestamp > position_.due) {
            revert PastDue(position_.due);
        }
    }

    /// @dev After a draw: the line's own limits and the market's.
    function _checkDebt(Position storage position_, Terms memory terms, uint256 debt) private view {
        uint256 limit = FixedPointMathLib.min(
            terms.limit * QUANTUM,
            _limit(position_.collateral, terms.factorBps, terms.unsecured, _usablePrice())
        );
        if (debt > limit) revert DebtAboveLimit(debt, limit);
        if (debt < MIN_DEBT) revert DebtBelowMinimum(debt, MIN_DEBT);
    }

    /// @dev After a collateral withdrawal under debt: the present terms would lend it, and the snapshot calls it healthy.
    function _checkStillCovered(Position storage position_) private {
        uint256 index_ = _accrue();
        if (block.timestamp > position_.due) revert PastDue(position_.due);
        uint256 price = _usablePrice();
        uint256 held = position_.collateral;
        Terms memory terms = TermsLib.unpack(_line(msg.sender).value);
        uint256 limit = FixedPointMathLib.min(
            _limit(held, terms.factorBps, terms.unsecured, price),
            _limit(held, position_.lambdaBps, position_.unsecured, price)
        );
        uint256 debt = _debt(position_, index_);
        if (debt > limit) revert Unhealthy(debt, limit);
    }

    /// @dev Takes a draw out of cash, within cash, exit reserve and borrow cap.
    function _spend(uint256 amount, uint256 index_) private {
        uint256 available = _cash;
        if (amount > available) revert CashShort(amount, available);
        uint256 left = available - amount;
        _cash = uint128(left);
        _settleUtilisation(index_);
        uint256 debt = _totalDebt(index_) + 1; // the total is rounded down
        if (debt + _realisedLosses > BORROW_CAP) {
            revert BorrowCapExceeded(debt + _realisedLosses, BORROW_CAP);
        }
        uint256 reserve = FixedPointMathLib.mulDivUp(KERNEL.exitReserve(ACTUATOR), left + debt, BPS);
        if (left < reserve) revert ExitReserveTouched(left, reserve);
    }

    function _line(address borrower) private view returns (Parameter memory) {
        return KERNEL.parameter(ACTUATOR, LendingClass.TERMS, bytes32(uint256(uint160(borrower))));
    }

    /// @dev For draws and collateral withdrawals: neither missing, stale nor diverging.
    function _usablePrice() private view returns (uint256) {
        (uint256 value, uint40 observedAt,, bool fresh, bool agrees) = ORACLE.price();
        if (value == 0 || !fresh || !agrees) revert PriceUnusable(observedAt, fresh, agrees);
        return value;
    }

    /// @dev For liquidations: the last round up to T_liq old.
    function _liquidationPrice() private view returns (uint256) {
        (uint256 value, uint40 observedAt,, bool fresh, bool agrees) = ORACLE.price();
        if (value == 0) revert PriceUnusable(observedAt, fresh, agrees);
        uint256 age = FixedPointMathLib.zeroFloorSub(block.timestamp, observedAt);
        if (age > LIQUIDATION_TIME) revert PriceTooOld(age, LIQUIDATION_TIME);
        return value;
    }

    /// @dev factor·x + U, rounded down.
    function _limit(uint256 held, uint256 factorBps, uint256 unsecured, uint256 price)
        internal
        view
        returns (uint256)
    {
        uint256 value = FixedPointMathLib.fullMulDiv(held, price, PRICE_SCALE);
        return value * factorBps / BPS + unsecured * QUANTUM;
    }

    /// @dev Collateral for a repayment, with the bonus: seized rounded down, the repayment for all of it rounded up.
    function _seizable(uint256 repayUpTo, uint256 held, uint256 price)
        internal
        view
        returns (uint256 repaid, uint256 seized)
    {
        uint256 factor = BPS + BONUS_BPS;
        repaid = repayUpTo;
        seized = FixedPointMathLib.fullMulDiv(repaid * factor, PRICE_SCALE, price * BPS);
        if (seized > held) {
            seized = held;
            repaid = FixedPointMathLib.fullMulDivUp(held, price * BPS, PRICE_SCALE * factor);
        }
    }

    function _isLate(Position storage position_) private view returns (bool) {
        return block.timestamp > uint256(position_.due) + GRACE;
    }

    /// @dev Bad debt: what a liquidation leaves once the collateral is gone, above U or past due and grace.
    function _isBad(Position storage position_, uint256 index_, bool late)
        private
        view
        returns (bool)
    {
        if (position_.shares == 0 || position_.collateral != 0) return false;
        return late || _debt(position_, index_) > position_.unsecured * QUANTUM;
    }

    // ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Re-bases the whole loan on the present terms, with `amount` more debt; only an own draw does this.
    function _rebase(Position storage position_, Terms memory terms, uint256 amount, uint256 index_)
        private
    {
        _leave(position_);
        if (position_.shares == 0) {
            position_.due = uint40(block.timestamp + uint256(terms.tenorHours) * 1 hours);
        }
        uint256 shares = SpreadLib.rebased(_grown(position_)) + SpreadLib.drawn(amount, index_);
        position_.shares = shares.toUint128();
        position_.basedAt = uint40(block.timestamp);
        position_.unsecured = terms.unsecured;
        position_.lambdaBps = terms.lambdaBps;
        position_.spreadBps = terms.spreadBps;
        position_.forecast = position_.lineForecast;
        _join(position_);
    }

    /// @dev Takes `amount` off a debt of `debt`. Base time, spread and snapshot stay; the principal shrinks in proportion.
    function _reduce(
        address borrower,
        Position storage position_,
        uint256 amount,
        uint256 debt,
        uint256 index_
    ) private {
        _leave(position_);
        uint256 shares = position_.shares;
        uint256 left = amount == debt
            ? 0
            : shares
                - SpreadLib.repaid(
                    amount, position_.spreadBps, block.timestamp - position_.basedAt, index_
                );
        position_.principal =
            uint96(FixedPointMathLib.fullMulDivUp(position_.principal, left, shares));
        position_.shares = uint128(left);
        _join(position_);
        _cash += amount.toUint128();
        if (left == 0) _endLoan(borrower, position_);
    }

    /// @dev The line is closed and the forecast settled; the caller tells the kernel after all writes.
    function _markDefault(address borrower, Position storage position_, uint256 debt) private {
        position_.defaulted = true;
        _closeLine(position_);
        _settleForecast(borrower, position_.forecast, true);
        emit Defaulted(borrower, debt, position_.collateral);
    }

    /// @dev The loss is realised and the line closed: another may have been granted since the default was declared.
    function _writeOff(address borrower, Position storage position_, uint256 index_) private {
        _closeLine(position_);
        uint256 loss = _debt(position_, index_);
        _leave(position_);
        position_.shares = 0;
        _realisedLosses += loss.toUint128();
        emit BadDebtRealised(borrower, loss);
        _endLoan(borrower, position_);
    }

    function _closeLine(Position storage position_) private {
        position_.lineRisk = 0;
        position_.lineForecast = 0;
    }

    function _endLoan(address borrower, Position storage position_) private {
        if (!position_.defaulted) _settleForecast(borrower, position_.forecast, false);
        position_.principal = 0;
        position_.basedAt = 0;
        position_.due = 0;
        position_.unsecured = 0;
        position_.lambdaBps = 0;
        position_.spreadBps = 0;
        position_.forecast = 0;
        position_.defaulted = false;
    }

    function _settleForecast(address borrower, uint24 forecast, bool defaulted) private {
        uint256 miss = defaulted ? 1e6 - forecast : forecast;
        Calibration storage c = _calibration;
        c.settled += 1;
        if (defaulted) c.defaults += 1;
        c.predicted += forecast;
        c.squaredError += uint112(miss * miss);
        emit ForecastSettled(borrower, forecast, defaulted);
    }

    /// @dev φ* of an position: the larger of the current terms' and of the open loan's, which its snapshot keeps in force.
    function _risk(Position storage position_) private view returns (uint256) {
        uint256 inForce = PhiLib.phi(
            position_.principal, position_.unsecured * QUANTUM, position_.lambdaBps, RECOVERY
        );
        return FixedPointMathLib.max(position_.lineRisk, inForce);
    }

    function _moveRisk(uint256 from, uint256 to) private {
        if (from != to) _totalRisk = (_totalRisk - from + to).toUint128();
    }
}
