// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {MarketConfig, Position} from "../../src/interfaces/ILendingMarket.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";

/// @notice The market's own code with its internal arithmetic reachable.
contract OpenMarket is LendingMarket {
    constructor(MarketConfig memory c) LendingMarket(c) {}

    function fill(uint128 cash_, uint256 shares) external {
        _cash = cash_;
        _mint(address(1), shares);
    }

    function limit(uint256 held, uint256 factorBps, uint256 unsecured, uint256 price)
        external
        view
        returns (uint256)
    {
        return _limit(held, factorBps, unsecured, price);
    }

    function seizable(uint256 repayUpTo, uint256 held, uint256 price)
        external
        view
        returns (uint256, uint256)
    {
        return _seizable(repayUpTo, held, price);
    }
}

/// @notice Code where the market wants some; answers nothing.
contract Nothing {}

/// @notice The two cheat codes of halmos that are used here.
interface Symbolic {
    function enableSymbolicStorage(address target) external;
    function prank(address sender) external;
}

/// @notice Halmos: the vault's conversions, what a line is good for, what a liquidation seizes, and that terms leave loans alone.
contract MarketSymbolicTest {
    Symbolic private constant SVM = Symbolic(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    Symbolic private constant VM = Symbolic(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    address private constant ACTUATOR = address(0xAC7);
    uint256 private constant PRICE_SCALE = 1e36;
    uint256 private constant QUANTUM = 1e6;
    uint256 private constant BONUS = 500;

    OpenMarket private market;

    function setUp() public {
        MarketConfig memory c;
        c.loanAsset = address(new Nothing());
        c.collateralAsset = address(new Nothing());
        c.kernel = address(new Nothing());
        c.oracle = c.kernel;
        c.actuator = ACTUATOR;
        c.quantum = QUANTUM;
        c.minDebt = 1;
        c.borrowCap = 1e24;
        c.rateCap = 1e10;
        c.rateBound = 1e11;
        c.minMultiplier = 5e17;
        c.maxMultiplier = 2e18;
        c.bonusBps = uint16(BONUS);
        c.shortfallBps = 2000;
        c.maxLambdaBps = 9000;
        c.maxSpreadBps = 2000;
        c.maxTenorHours = 720;
        c.grace = 1 days;
        c.liquidationTime = 1 days;
        c.scoreAge = 1 days;
        c.averaging = 1 hours;
        market = new OpenMarket(c);
    }

    /// L-7: a deposit mints at most the shares its assets are worth.
    /// @custom:proves LendingMarket.convertToShares, LendingMarket.previewDeposit
    /// @custom:width assets 120, cash 120, supply 120
    function check_L7_depositRoundsDown(uint120 assets, uint120 cash, uint120 supply) external {
        market.fill(cash, supply);
        uint256 shares = market.previewDeposit(assets);
        unchecked {
            uint256 n = assets * (uint256(supply) + 1e6);
            uint256 d = uint256(cash) + 1;
            assert(shares * d <= n && n - shares * d < d);
        }
    }

    /// L-7: minting shares takes at least the assets they are worth.
    /// @custom:proves LendingMarket.previewMint
    /// @custom:width shares 120, cash 120, supply 120
    function check_L7_mintRoundsUp(uint120 shares, uint120 cash, uint120 supply) external {
        market.fill(cash, supply);
        uint256 assets = market.previewMint(shares);
        unchecked {
            uint256 n = shares * (uint256(cash) + 1);
            uint256 d = uint256(supply) + 1e6;
            assert(assets == 0 ? n == 0 : (assets - 1) * d < n && n - (assets - 1) * d <= d);
        }
    }

    /// L-7: a withdrawal burns at least the shares its assets are worth.
    /// @custom:proves LendingMarket.previewWithdraw
    /// @custom:width assets 120, cash 120, supply 120
    function check_L7_withdrawRoundsUp(uint120 assets, uint120 cash, uint120 supply) external {
        market.fill(cash, supply);
        uint256 shares = market.previewWithdraw(assets);
        unchecked {
            uint256 n = assets * (uint256(supply) + 1e6);
            uint256 d = uint256(cash) + 1;
            assert(shares == 0 ? n == 0 : (shares - 1) * d < n && n - (shares - 1) * d <= d);
        }
    }

    /// L-7: redeeming shares pays at most what they are worth.
    /// @custom:proves LendingMarket.convertToAssets, LendingMarket.previewRedeem
    /// @custom:width shares 120, cash 120, supply 120
    function check_L7_redeemRoundsDown(uint120 shares, uint120 cash, uint120 supply) external {
        market.fill(cash, supply);
        uint256 assets = market.previewRedeem(shares);
        unchecked {
            uint256 n = shares * (uint256(cash) + 1);
            uint256 d = uint256(supply) + 1e6;
            assert(assets * d <= n && n - assets * d < d);
        }
    }

    /// L-7: what collateral and U carry, in quanta and asset units, is rounded down.
    /// @custom:proves LendingMarket._limit
    /// @custom:width collateral 96, price 128, factor 14, unsecured 48
    function check_L7_limitRoundsDown(uint96 held, uint128 price, uint16 factor, uint48 unsecured)
        external
        view
    {
        if (factor > 10_000) return;
        uint256 limit = market.limit(held, factor, unsecured, price);
        unchecked {
            uint256 secured = limit - uint256(unsecured) * QUANTUM;
            assert(secured <= limit);
            // In two steps, as x and then λ·x are rounded down.
            uint256 value = uint256(held) * price / PRICE_SCALE;
            assert(secured * 10_000 <= value * factor);
        }
    }

    /// L-4: a liquidator gets at most the repayment and its bonus in collateral, and never more than there is.
    /// @custom:proves LendingMarket._seizable
    /// @custom:width repayment 96, collateral 96, price 128
    function check_L4_seizesAtMostTheBonus(uint96 repayUpTo, uint96 held, uint128 price)
        external
        view
    {
        (uint256 repaid, uint256 seized) = market.seizable(repayUpTo, held, price);
        assert(seized <= held);
        unchecked {
            assert(seized * (price * uint256(10_000)) <= repaid * (10_000 + BONUS) * PRICE_SCALE);
        }
    }

    /// K-16: new terms touch nothing of an open loan: shares, collateral, principal, due date, U, λ, spread and forecast stay, in
    /// every state of the market.
    /// @custom:proves LendingMarket.setLine
    /// @custom:width any storage; risk 96, forecast 24
    function check_K16_newTermsLeaveTheLoanAlone(address borrower, uint96 risk, uint24 forecast)
        external
    {
        SVM.enableSymbolicStorage(address(market));
        Position memory p = market.position(borrower);
        VM.prank(ACTUATOR);
        market.setLine(borrower, risk, forecast);
        Position memory q = market.position(borrower);
        assert(p.shares == q.shares && p.collateral == q.collateral && p.principal == q.principal);
        assert(p.basedAt == q.basedAt && p.due == q.due && p.forecast == q.forecast);
        assert(p.unsecured == q.unsecured && p.lambdaBps == q.lambdaBps);
        assert(p.spreadBps == q.spreadBps && p.defaulted == q.defaulted);
    }
}
