// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILendingMarket, MarketConfig} from "../../src/interfaces/ILendingMarket.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {LendingBase} from "./LendingBase.sol";

/// @notice The constructor refuses what the bounds cannot rest on, each at the limit and one past it.
contract ConfigTest is LendingBase {
    function _valid() internal view returns (MarketConfig memory c) {
        c = _config();
        c.actuator = bob;
    }

    function _refused(MarketConfig memory c, bytes32 field, uint256 given, uint256 allowed)
        internal
    {
        vm.expectRevert(
            abi.encodeWithSelector(ILendingMarket.BadConfig.selector, field, given, allowed)
        );
        new LendingMarket(c);
    }

    function test_config_isWhatWasGiven() public {
        MarketConfig memory c = _valid();
        assertEq(abi.encode(new LendingMarket(c).config()), abi.encode(c));
    }

    function test_config_refusesTokens() public {
        MarketConfig memory c = _valid();
        c.loanAsset = bob;
        _refused(c, "loanAsset", uint160(bob), 1);
        c = _valid();
        c.collateralAsset = bob;
        _refused(c, "collateralAsset", uint160(bob), 1);
        c.collateralAsset = c.loanAsset;
        _refused(c, "collateralAsset", uint160(c.loanAsset), 0);
    }

    function test_config_refusesAddressesWithoutCode() public {
        MarketConfig memory c = _valid();
        c.kernel = bob;
        _refused(c, "kernel", uint160(bob), 1);
        c = _valid();
        c.oracle = bob;
        _refused(c, "oracle", uint160(bob), 1);
        c = _valid();
        c.actuator = address(0);
        _refused(c, "actuator", 0, 1);
    }

    function test_config_refusesAmounts() public {
        MarketConfig memory c = _valid();
        c.quantum = 0;
        _refused(c, "quantum", 0, 1);
        c.quantum = 2 ** 48 + 1;
        _refused(c, "quantum", 2 ** 48 + 1, 2 ** 48);
        c = _valid();
        c.borrowCap = uint256(type(uint96).max) + 1;
        _refused(c, "borrowCap", c.borrowCap, type(uint96).max);
        c = _valid();
        c.minDebt = 0;
        _refused(c, "minDebt", 0, 1);
        c.minDebt = c.borrowCap + 1;
        _refused(c, "minDebt", c.minDebt, c.borrowCap);
    }

    function test_config_refusesMultipliers() public {
        MarketConfig memory c = _valid();
        c.minMultiplier = 0.5e18 - 1;
        _refused(c, "minMultiplier", 0.5e18 - 1, 0.5e18);
        c.minMultiplier = 1e18 + 1;
        _refused(c, "minMultiplier", 1e18 + 1, 1e18);
        c = _valid();
        c.maxMultiplier = 1e18 - 1;
        _refused(c, "maxMultiplier", 1e18 - 1, 1e18);
    }

    /// r_cap·m⁺ + σ_max ≤ r̄
    function test_config_refusesARateAboveItsBound() public {
        MarketConfig memory c = _valid();
        uint256 spread = uint256(0.3e18) / YEAR + 1;
        uint256 greatest = 2 * c.rateCap + spread;
        c.rateBound = greatest - 1;
        _refused(c, "rateBound", greatest, greatest - 1);
        c.rateBound = greatest;
        new LendingMarket(c);
        c.rateBound = 10e18 / YEAR + 1;
        _refused(c, "rateBound", c.rateBound, 10e18 / YEAR);
    }

    /// λ·(1 + β) < 1, or a liquidation could worsen health.
    function test_config_refusesALiquidationThatWorsensHealth() public {
        MarketConfig memory c = _valid();
        c.maxLambdaBps = 9_524;
        _refused(c, "maxLambdaBps", 9_524 * uint256(10_500), 1e8 - 1);
        c.maxLambdaBps = 9_523;
        new LendingMarket(c);
    }

    function test_config_refusesTimesAndShares() public {
        MarketConfig memory c = _valid();
        c.shortfallBps = 10_001;
        _refused(c, "shortfallBps", 10_001, 10_000);
        c = _valid();
        c.maxSpreadBps = 10_001;
        _refused(c, "maxSpreadBps", 10_001, 10_000);
        c = _valid();
        c.maxTenorHours = 0;
        _refused(c, "maxTenorHours", 0, 1);
        c = _valid();
        c.liquidationTime = 0;
        _refused(c, "liquidationTime", 0, 1);
        c = _valid();
        c.averaging = 0;
        _refused(c, "averaging", 0, 1);
    }

    function test_bytecodeFits() public view {
        assertLe(address(market).code.length, 24_576);
        assertLe(address(actuator).code.length, 24_576);
        assertLe(address(worst).code.length, 24_576);
    }
}
