// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Change, IActuator} from "../interfaces/IActuator.sol";
import {IKernel} from "../interfaces/IKernel.sol";
import {ActuatorConfig, Band, ILendingActuator} from "../interfaces/ILendingActuator.sol";
import {ILendingMarket, MarketConfig} from "../interfaces/ILendingMarket.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {BandsLib} from "./BandsLib.sol";
import {LendingClass} from "./LendingClass.sol";
import {MandateReader} from "./MandateReader.sol";
import {PhiLib} from "./PhiLib.sol";
import {PolicyLib} from "./PolicyLib.sol";
import {Terms, TermsLib} from "./TermsLib.sol";

/// @notice The lending economy's actuator: what the model sees, what the policy makes of its output, what it costs, what it does.
contract LendingActuator is ILendingActuator {
    uint256 private constant WAD = 1e18;
    /// @dev A feature that is not known.
    int24 private constant MISSING = type(int24).min;

    IKernel private immutable KERNEL;
    ILendingMarket private immutable MARKET;
    IPriceOracle private immutable ORACLE;
    address private immutable BANDS;
    uint256 private immutable RATE_STEP;
    uint256 private immutable UNDO_TIME;
    uint24 private immutable MANUAL_FORECAST;

    // The market's constants, read once.
    uint256 private immutable QUANTUM;
    uint256 private immutable RECOVERY;
    uint256 private immutable FLOW;
    uint256 private immutable MIN_MULTIPLIER;
    uint256 private immutable MAX_MULTIPLIER;
    uint256 private immutable MAX_LAMBDA_BPS;
    uint256 private immutable MAX_SPREAD_BPS;
    uint256 private immutable MAX_TENOR_HOURS;

    modifier onlyKernel() {
        if (msg.sender != address(KERNEL)) revert NotKernel(msg.sender);
        _;
    }

    constructor(ActuatorConfig memory c) {
        ILendingMarket market = ILendingMarket(c.market);
        MarketConfig memory m = market.config();
        if (m.actuator != address(this)) revert ActuatorMismatch(m.actuator, address(this));
        if (m.kernel != c.kernel) revert KernelMismatch(m.kernel, c.kernel);
        KERNEL = IKernel(c.kernel);
        MARKET = market;
        ORACLE = IPriceOracle(m.oracle);
        BANDS = BandsLib.store(c.bands);
        RATE_STEP = c.rateStep;
        UNDO_TIME = c.undoTime;
        MANUAL_FORECAST = c.manualForecast;
        QUANTUM = m.quantum;
        RECOVERY = market.recovery();
        FLOW = m.borrowCap * m.rateCap;
        MIN_MULTIPLIER = m.minMultiplier;
        MAX_MULTIPLIER = m.maxMultiplier;
        MAX_LAMBDA_BPS = m.maxLambdaBps;
        MAX_SPREAD_BPS = m.maxSpreadBps;
        MAX_TENOR_HOURS = m.maxTenorHours;
        for (uint256 i; i < c.bands.length; ++i) {
            _checkTerms(c.bands[i].terms);
        }
    }

    /// @inheritdoc IActuator
    /// @dev RATE: utilisation and debt-weighted predicted default, averages of the last closed epoch, ppm. TERMS: as reported.
    function features(uint8 class, bytes32 subject, bytes calldata reported)
        external
        view
        returns (bytes memory)
    {
        _checkSubject(class, subject);
        if (class == LendingClass.TERMS) return reported;
        (, uint24 used, uint24 forecast, bool known) = MARKET.closedEpoch();
        return known ? abi.encodePacked(used, forecast) : abi.encodePacked(MISSING, MISSING);
    }

    /// @inheritdoc IActuator
    function propose(uint8 class, bytes32 subject, int256 output)
        external
        view
        returns (Change[] memory changes)
    {
        _checkSubject(class, subject);
        if (output < 0) revert OutputOutOfRange(output);
        changes = new Change[](1);
        uint160 value = class == LendingClass.RATE
            ? _steered(uint256(output))
            : BandsLib.find(BandsLib.load(BANDS), _ppm(output)).terms;
        changes[0] = Change(class, subject, value);
    }

    /// @inheritdoc IActuator
    function quote(Change[] calldata changes, uint160[] calldata from)
        external
        view
        returns (uint256[] memory charges)
    {
        charges = new uint256[](changes.length);
        bool riskier;
        for (uint256 i; i < changes.length; ++i) {
            Change calldata change = changes[i];
            _checkSubject(change.class, change.subject);
            bool away;
            (away, charges[i]) = change.class == LendingClass.RATE
                ? _quoteRate(from[i], change.value)
                : _quoteTerms(from[i], change.value);
            riskier = riskier || away;
        }
        if (riskier) _requirePrice();
    }

    /// @inheritdoc IActuator
    function anchor(uint8 class, bytes32 subject) external pure returns (uint160) {
        _checkSubject(class, subject);
        return class == LendingClass.RATE ? uint160(WAD) : 0;
    }

    /// @inheritdoc IActuator
    function onApplied(uint8 class, bytes32 subject, uint160, uint160 to, uint40 beat)
        external
        onlyKernel
    {
        _checkSubject(class, subject);
        if (class == LendingClass.RATE) return _steer(to, beat);
        Band[] memory policy = BandsLib.load(BANDS);
        uint24 forecast = to == 0 ? 0 : BandsLib.forecastOf(policy, to, MANUAL_FORECAST);
        MARKET.setLine(address(uint160(uint256(subject))), uint96(_phi(to)), forecast);
    }

    /// @inheritdoc IActuator
    function onSteered(uint8 class, uint160 value, uint40 beat) external onlyKernel {
        if (class != LendingClass.RATE) revert UnknownClass(class);
        _steer(value, beat);
    }

    /// @inheritdoc IActuator
    /// @dev The only instruction is `resetLosses()`.
    function onInstructed(bytes calldata instruction) external onlyKernel {
        bool known = keccak256(instruction) == keccak256(abi.encodeCall(MARKET.resetLosses, ()));
        if (!known) revert UnknownInstruction(bytes4(instruction));
        MARKET.resetLosses();
    }

    /// @inheritdoc ILendingActuator
    function close(address borrower) external {
        if (msg.sender != address(MARKET)) revert NotMarket(msg.sender);
        KERNEL.recordClose(bytes32(uint256(uint160(borrower))));
    }

    /// @inheritdoc ILendingActuator
    function bands() external view returns (Band[] memory) {
        return BandsLib.load(BANDS);
    }

    /// @inheritdoc ILendingActuator
    function market() external view returns (address) {
        return address(MARKET);
    }

    /// @inheritdoc ILendingActuator
    function steering() external view returns (uint256 step, uint32 undoTime) {
        return (RATE_STEP, uint32(UNDO_TIME));
    }

    function _steer(uint160 value, uint40 beat) private {
        (uint32 tau, uint32 tauR) = MandateReader.ramp(KERNEL.standing(address(this)).mandate);
        MARKET.steer(value, beat, tau, tauR);
    }

    function _steered(uint256 target) private view returns (uint160) {
        return uint160(
            PolicyLib.steer(target, MARKET.multiplier(), RATE_STEP, MIN_MULTIPLIER, MAX_MULTIPLIER)
        );
    }

    function _quoteRate(uint160 from, uint160 to) private view returns (bool, uint256) {
        if (to < MIN_MULTIPLIER || to > MAX_MULTIPLIER) {
            revert MultiplierOutOfRange(to, MIN_MULTIPLIER, MAX_MULTIPLIER);
        }
        uint256 potential = PolicyLib.ratePotential(to, FLOW, UNDO_TIME);
        uint256 charge = PhiLib.charge(potential, PolicyLib.ratePotential(from, FLOW, UNDO_TIME));
        return (PolicyLib.steersAway(from, to), charge);
    }

    function _quoteTerms(uint160 from, uint160 to) private view returns (bool, uint256) {
        if (!TermsLib.riskier(from, to)) return (false, 0);
        _checkTerms(to);
        return (true, PhiLib.charge(_phi(to), _phi(from)));
    }

    function _phi(uint160 packed) private view returns (uint256) {
        Terms memory t = TermsLib.unpack(packed);
        return PhiLib.phi(t.limit * QUANTUM, t.unsecured * QUANTUM, t.lambdaBps, RECOVERY);
    }

    function _checkTerms(uint160 packed) private view {
        Terms memory t = TermsLib.unpack(packed);
        if (!TermsLib.carried(t, MAX_LAMBDA_BPS, MAX_SPREAD_BPS, MAX_TENOR_HOURS)) {
            revert TermsOutOfRange(packed);
        }
    }

    function _requirePrice() private view {
        (uint256 value, uint40 observedAt,, bool fresh, bool agrees) = ORACLE.price();
        if (value == 0 || !fresh || !agrees) revert PriceUnusable(observedAt, fresh, agrees);
    }

    function _ppm(int256 output) private pure returns (uint256) {
        if (output > int256(WAD)) revert OutputOutOfRange(output);
        // Rounded up: a forecast just above a band's edge earns the next band.
        return (uint256(output) + 1e12 - 1) / 1e12;
    }

    function _checkSubject(uint8 class, bytes32 subject) private pure {
        if (class == LendingClass.RATE) {
            if (subject != 0) revert BadSubject(class, subject);
        } else if (class == LendingClass.TERMS) {
            if (subject == 0 || uint256(subject) >> 160 != 0) revert BadSubject(class, subject);
        } else {
            revert UnknownClass(class);
        }
    }
}
