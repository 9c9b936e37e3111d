// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {MarketConfig, ILendingMarket} from "../interfaces/ILendingMarket.sol";
import {IKernel} from "../interfaces/IKernel.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {PhiLib} from "./PhiLib.sol";

/// @notice What is fixed for a market's life, checked once: the rules that every bound rests on.
abstract contract MarketConstants is ILendingMarket {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant WAD = 1e18;
    uint256 internal constant PRICE_SCALE = 1e36;

    address internal immutable LOAN_ASSET;
    address internal immutable COLLATERAL_ASSET;
    IKernel internal immutable KERNEL;
    IPriceOracle internal immutable ORACLE;
    address internal immutable ACTUATOR;
    uint256 internal immutable QUANTUM;
    uint256 internal immutable MIN_DEBT;
    uint256 internal immutable BORROW_CAP;
    uint256 internal immutable RATE_CAP;
    uint256 internal immutable RATE_BOUND;
    uint256 internal immutable MIN_MULTIPLIER;
    uint256 internal immutable MAX_MULTIPLIER;
    uint256 internal immutable GROWTH_BOUND;
    uint256 internal immutable RECOVERY;
    uint40 internal immutable GENESIS;
    uint32 internal immutable GRACE;
    uint32 internal immutable LIQUIDATION_TIME;
    uint32 internal immutable SCORE_AGE;
    uint32 internal immutable AVERAGING;
    uint16 internal immutable BONUS_BPS;
    uint16 internal immutable SHORTFALL_BPS;
    uint16 internal immutable MAX_LAMBDA_BPS;
    uint16 internal immutable MAX_SPREAD_BPS;
    uint16 internal immutable MAX_TENOR_HOURS;

    constructor(MarketConfig memory c) {
        _check(c);
        LOAN_ASSET = c.loanAsset;
        COLLATERAL_ASSET = c.collateralAsset;
        KERNEL = IKernel(c.kernel);
        ORACLE = IPriceOracle(c.oracle);
        ACTUATOR = c.actuator;
        QUANTUM = c.quantum;
        MIN_DEBT = c.minDebt;
        BORROW_CAP = c.borrowCap;
        RATE_CAP = c.rateCap;
        RATE_BOUND = c.rateBound;
        MIN_MULTIPLIER = c.minMultiplier;
        MAX_MULTIPLIER = c.maxMultiplier;
        GENESIS = uint40(block.timestamp);
        GRACE = c.grace;
        LIQUIDATION_TIME = c.liquidationTime;
        SCORE_AGE = c.scoreAge;
        AVERAGING = c.averaging;
        BONUS_BPS = c.bonusBps;
        SHORTFALL_BPS = c.shortfallBps;
        MAX_LAMBDA_BPS = c.maxLambdaBps;
        MAX_SPREAD_BPS = c.maxSpreadBps;
        MAX_TENOR_HOURS = c.maxTenorHours;
        uint256 growth = PhiLib.growth(
            c.rateBound, uint256(c.maxTenorHours) * 1 hours + c.grace + c.liquidationTime
        );
        GROWTH_BOUND = growth;
        RECOVERY = PhiLib.recoveryOf(c.shortfallBps, c.bonusBps, growth);
    }

    /// @inheritdoc ILendingMarket
    function config() external view returns (MarketConfig memory c) {
        c.loanAsset = LOAN_ASSET;
        c.collateralAsset = COLLATERAL_ASSET;
        c.kernel = address(KERNEL);
        c.oracle = address(ORACLE);
        c.actuator = ACTUATOR;
        (c.name, c.symbol) = _labels();
        c.quantum = QUANTUM;
        c.minDebt = MIN_DEBT;
        c.borrowCap = BORROW_CAP;
        c.rateCap = RATE_CAP;
        c.rateBound = RATE_BOUND;
        c.minMultiplier = MIN_MULTIPLIER;
        c.maxMultiplier = MAX_MULTIPLIER;
        c.bonusBps = BONUS_BPS;
        c.shortfallBps = SHORTFALL_BPS;
        c.maxLambdaBps = MAX_LAMBDA_BPS;
        c.maxSpreadBps = MAX_SPREAD_BPS;
        c.maxTenorHours = MAX_TENOR_HOURS;
        c.grace = GRACE;
        c.liquidationTime = LIQUIDATION_TIME;
        c.scoreAge = SCORE_AGE;
        c.averaging = AVERAGING;
    }

    /// @inheritdoc ILendingMarket
    function actuator() external view returns (address) {
        return ACTUATOR;
    }

    /// @inheritdoc ILendingMarket
    function growthBound() external view returns (uint256) {
        return GROWTH_BOUND;
    }

    /// @inheritdoc ILendingMarket
    function recovery() external view returns (uint256) {
        return RECOVERY;
    }

    /// @inheritdoc ILendingMarket
    function genesis() external view returns (uint40) {
        return GENESIS;
    }

    /// @dev Name and symbol of the supply share.
    function _labels() internal view virtual returns (string memory, string memory);

    function _check(MarketConfig memory c) private view {
        _asset("loanAsset", c.loanAsset);
        _asset("collateralAsset", c.collateralAsset);
        // One token for both would mix the suppliers' cash with the borrowers' collateral.
        if (c.loanAsset == c.collateralAsset) {
            revert BadConfig("collateralAsset", uint160(c.collateralAsset), 0);
        }
        // L and U fill 48 bits of quanta and must stay within the harm unit's 96 bits.
        _within("quantum", c.quantum, 1, 2 ** 48);
        _within("borrowCap", c.borrowCap, 1, type(uint96).max);
        _within("minDebt", c.minDebt, 1, c.borrowCap);
        // m⁻ ≥ 1/2: suppliers keep half of what the fallback charges (KERNEL section 6).
        _within("minMultiplier", c.minMultiplier, WAD / 2, WAD);
        _within("maxMultiplier", c.maxMultiplier, WAD, 4 * WAD);
        _within("maxSpreadBps", c.maxSpreadBps, 0, BPS);
        // r̄ ≤ 1,000 % a year.
        _within("rateBound", c.rateBound, 1, 10 * WAD / 365 days);
        // r_cap·m⁺ + σ_max ≤ r̄
        uint256 spread = (c.maxSpreadBps * WAD + BPS * 365 days - 1) / (BPS * 365 days);
        uint256 greatest = (c.rateCap * c.maxMultiplier + WAD - 1) / WAD + spread;
        _within("rateBound", greatest, 1, c.rateBound);
        _within("shortfallBps", c.shortfallBps, 0, BPS);
        // λ·(1 + β) < 1: a liquidation improves health.
        uint256 seized = uint256(c.maxLambdaBps) * (BPS + c.bonusBps);
        _within("maxLambdaBps", seized, 1, BPS * BPS - 1);
        _within("maxTenorHours", c.maxTenorHours, 1, type(uint16).max);
        _within("liquidationTime", c.liquidationTime, 1, type(uint32).max);
        _within("averaging", c.averaging, 1, type(uint32).max);
        if (c.kernel.code.length == 0) revert BadConfig("kernel", uint160(c.kernel), 1);
        if (c.oracle.code.length == 0) revert BadConfig("oracle", uint160(c.oracle), 1);
        if (c.actuator == address(0)) revert BadConfig("actuator", 0, 1);
    }

    function _asset(bytes32 field, address token) private view {
        if (token.code.length == 0) revert BadConfig(field, uint160(token), 1);
    }

    function _within(bytes32 field, uint256 given, uint256 least, uint256 most) private pure {
        if (given < least) revert BadConfig(field, given, least);
        if (given > most) revert BadConfig(field, given, most);
    }
}
