// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {ActuatorConfig, Band} from "../../src/interfaces/ILendingActuator.sol";
import {Position, ILendingMarket, MarketConfig} from "../../src/interfaces/ILendingMarket.sol";
import {LendingActuator} from "../../src/lending/LendingActuator.sol";
import {LendingClass} from "../../src/lending/LendingClass.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {Terms, TermsLib} from "../../src/lending/TermsLib.sol";
import {WorstCase} from "../../src/lending/WorstCase.sol";
import {FixtureKernel} from "../fixtures/FixtureKernel.sol";
import {FixtureOracle} from "../fixtures/FixtureOracle.sol";
import {TestToken} from "../fixtures/TestToken.sol";

/// @notice A market on a 6-decimals loan asset and an 18-decimals collateral, with kernel and oracle set by hand.
abstract contract LendingBase is Test {
    uint256 internal constant YEAR = 365 days;
    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 10_000;
    uint40 internal constant START = 1_750_000_000;
    uint32 internal constant TAU = 6 hours;
    uint32 internal constant TAU_R = 12 hours;

    address internal governor = makeAddr("governor");
    address internal alice = makeAddr("alice"); // supplies
    address internal bob = makeAddr("bob"); // borrows
    address internal carol = makeAddr("carol"); // borrows
    address internal liam = makeAddr("liam"); // liquidates

    TestToken internal loan;
    TestToken internal coll;
    FixtureKernel internal kernel;
    FixtureOracle internal oracle;
    LendingMarket internal market;
    LendingActuator internal actuator;
    WorstCase internal worst;

    /// @dev One whole unit of either asset.
    uint256 internal unit;
    uint256 internal collUnit;

    function setUp() public virtual {
        vm.warp(START);
        _deploy(new TestToken(6), new TestToken(18));
    }

    function _deploy(TestToken loan_, TestToken coll_) internal {
        (loan, coll) = (loan_, coll_);
        unit = 10 ** loan.decimals();
        collUnit = 10 ** coll.decimals();
        kernel = new FixtureKernel(governor);
        oracle = new FixtureOracle();
        (market, actuator) = _deployMarket(_config());
        worst = new WorstCase(address(market));
        kernel.setMandate(address(actuator), _mandate());
        _setPrice(2_000);
        address[4] memory who = [alice, bob, carol, liam];
        for (uint256 i; i < who.length; ++i) {
            _fund(who[i]);
        }
        vm.prank(alice);
        market.deposit(1_000_000 * unit, alice);
        _steer(WAD);
    }

    function _fund(address who) internal {
        loan.mint(who, 10_000_000 * unit);
        coll.mint(who, 1_000_000 * collUnit);
        vm.startPrank(who);
        _approve(address(loan));
        _approve(address(coll));
        vm.stopPrank();
    }

    /// @dev Not every token's approval returns something.
    function _approve(address token) private {
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", market, 1e40));
        require(ok);
    }

    /// @dev The market names its actuator and the actuator its market, so one address is computed beforehand.
    function _deployMarket(MarketConfig memory c)
        internal
        returns (LendingMarket m, LendingActuator a)
    {
        c.actuator = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        m = new LendingMarket(c);
        a = new LendingActuator(_policy(address(m)));
    }

    function _config() internal view virtual returns (MarketConfig memory c) {
        c.loanAsset = address(loan);
        c.collateralAsset = address(coll);
        c.kernel = address(kernel);
        c.oracle = address(oracle);
        c.name = "Mandate share";
        c.symbol = "MS";
        c.quantum = _quantum();
        c.minDebt = 10 * unit;
        c.borrowCap = 800_000 * unit;
        c.rateCap = 0.3e18 / YEAR;
        c.rateBound = uint256(1e18) / YEAR;
        c.minMultiplier = 0.5e18;
        c.maxMultiplier = 2e18;
        c.bonusBps = 500;
        c.shortfallBps = 2_000;
        c.maxLambdaBps = 9_000;
        c.maxSpreadBps = 3_000;
        c.maxTenorHours = 24 * 90;
        c.grace = 3 days;
        c.liquidationTime = 1 days;
        c.scoreAge = 7 days;
        c.averaging = 1 hours;
    }

    function _policy(address market_) internal view virtual returns (ActuatorConfig memory a) {
        a.kernel = address(kernel);
        a.market = market_;
        a.rateStep = 0.05e18;
        a.undoTime = 2 days;
        a.manualForecast = 1_000_000;
        a.bands = new Band[](3);
        a.bands[0] = Band(50_000, 20_000, _terms(100_000, 2_000, 7_000, 8_000, 200, 24 * 30));
        a.bands[1] = Band(200_000, 100_000, _terms(50_000, 500, 6_000, 7_500, 800, 24 * 30));
        a.bands[2] = Band(1_000_000, 500_000, _terms(0, 0, 0, 0, 3_000, 0));
    }

    /// @dev A mandate's head with one rate class: corridor [0.5, 2], step 0.05, delay one hour. Only what is read here.
    function _mandate() internal virtual returns (address) {
        return _mandateWith(0.5e18, 2e18, 0.05e18, 1 hours);
    }

    function _mandateWith(uint96 min, uint96 max, uint96 step, uint32 delay)
        internal
        returns (address code)
    {
        bytes memory data = abi.encodePacked(uint8(0), uint8(1), uint8(1), address(actuator));
        data = abi.encodePacked(data, uint40(START + 10 * YEAR), uint32(1 days), uint32(6 hours));
        data = abi.encodePacked(data, uint32(2 days), TAU, TAU_R, uint16(1_000));
        data = abi.encodePacked(data, uint8(1), uint8(1), uint16(0), address(this));
        data = abi.encodePacked(data, uint8(1), uint8(3), uint8(1), uint64(0), uint32(0), delay);
        data = abi.encodePacked(data, uint32(1 hours), uint8(0), uint8(96), uint8(2), min, max);
        data = abi.encodePacked(data, step, type(uint96).max);
        code = address(uint160(uint256(keccak256(data))));
        vm.etch(code, data);
    }

    /// @dev Whole loan units for one whole collateral unit.
    function _setPrice(uint256 whole) internal {
        oracle.set(whole * unit * 1e36 / collUnit);
    }

    /// @dev L and U in whole loan units.
    function _terms(
        uint256 limit,
        uint256 unsecured,
        uint16 c,
        uint16 lambda,
        uint16 spread,
        uint16 tenor
    ) internal view returns (uint160) {
        uint256 scale = unit / _quantum();
        return TermsLib.pack(
            Terms(uint48(limit * scale), uint48(unsecured * scale), c, lambda, spread, tenor)
        );
    }

    function _quantum() internal view returns (uint256) {
        return unit > 1e14 ? 1e14 : unit;
    }

    function _usual() internal view returns (uint160) {
        return _terms(100_000, 2_000, 7_000, 8_000, 200, 24 * 30);
    }

    function _grant(address who, uint160 terms) internal {
        kernel.set(address(actuator), LendingClass.TERMS, bytes32(uint256(uint160(who))), terms);
    }

    function _steer(uint256 m) internal {
        kernel.set(address(actuator), LendingClass.RATE, 0, uint160(m));
    }

    function _addCollateral(address who, uint256 whole) internal {
        vm.prank(who);
        market.addCollateral(who, whole * collUnit);
    }

    function _draw(address who, uint256 amount) internal {
        vm.prank(who);
        market.draw(amount, type(uint16).max, who);
    }

    /// @dev A usual loan: 10 whole collateral at 2,000 and `whole` drawn.
    function _open(address who, uint256 whole) internal {
        _grant(who, _usual());
        _addCollateral(who, 10);
        _draw(who, whole * unit);
    }

    function _after(uint256 time) internal {
        vm.warp(block.timestamp + time);
        (uint256 value,,,,) = oracle.price();
        oracle.set(value);
    }
}
