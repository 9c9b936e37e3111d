// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Config, IKernel} from "../../../src/interfaces/IKernel.sol";
import {ActuatorConfig, Band} from "../../../src/interfaces/ILendingActuator.sol";
import {MarketConfig} from "../../../src/interfaces/ILendingMarket.sol";
import {Component} from "../../../src/kernel/MandateLib.sol";
import {LendingActuator} from "../../../src/lending/LendingActuator.sol";
import {LendingMarket} from "../../../src/lending/LendingMarket.sol";
import {WorstCase} from "../../../src/lending/WorstCase.sol";
import {AnyReport} from "../../fixtures/AnyReport.sol";
import {FixtureOracle} from "../../fixtures/FixtureOracle.sol";
import {KernelParts} from "../../fixtures/KernelParts.sol";
import {ClassHead, Draft, MandateBuilder} from "../../fixtures/MandateBuilder.sol";
import {SetModels} from "../../fixtures/SetModels.sol";
import {TestToken} from "../../fixtures/TestToken.sol";
import {Design} from "./Designs.sol";

/// @notice The real kernel, market, actuator and worst case under any design; price and model output are the adversary's.
/// @dev One kernel serves all worlds: each builds a market of its own and is undone by a revert.
abstract contract AttackWorld is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant START = 1_750_000_000;
    uint8 internal constant RATE = 1;
    uint8 internal constant TERMS = 2;
    uint32 internal constant SET = 7;
    uint32 internal constant RATE_SLOT = 5;
    uint32 internal constant TERMS_SLOT = 6;
    bytes32 internal constant SCHEMA = keccak256("schema");
    uint40 internal constant MIN_DELAY = 2 days;

    address internal governor = makeAddr("governor");
    address internal guardian = makeAddr("guardian");
    /// @dev The adversary holds every agent's key; shares may overlap, so that the market's buckets bind, not one agent's.
    address[2] internal agents = [address(0xa1), address(0xa2)];

    TestToken internal loan;
    TestToken internal coll;
    IKernel internal kernel;
    SetModels internal models;
    bytes32 internal rateModel;
    bytes32 internal termsModel;
    FixtureOracle internal oracle;

    Design internal design;
    LendingMarket internal market;
    LendingActuator internal actuator;
    WorstCase internal worst;

    function setUp() public virtual {
        vm.warp(START);
        (loan, coll) = (new TestToken(6), new TestToken(18));
        oracle = new FixtureOracle();
        models = new SetModels();
        _deployKernel(address(new AnyReport()), address(models), address(models));
        rateModel = models.add(address(1), SCHEMA);
        termsModel = rateModel;
        loan.mint(address(this), 2 ** 120);
        coll.mint(address(this), 2 ** 120);
    }

    function _deployKernel(address attestors, address store, address interpreter) internal {
        Config memory c =
            Config(governor, guardian, attestors, store, interpreter, MIN_DELAY, 1 days);
        kernel = KernelParts.deploy(c);
    }

    /// @dev Deploys and governs a market under `d`; the price is one quantum a collateral token.
    function _build(Design memory d) internal {
        design = d;
        market = _newMarket(d);
        actuator = _newActuator(d);
        worst = new WorstCase(address(market));
        loan.approve(address(market), type(uint256).max);
        coll.approve(address(market), type(uint256).max);
        _setPrice(d.quantum * 1e18);
        _govern(d);
        _setPrice(d.quantum * 1e18);
    }

    function _newMarket(Design memory d) private returns (LendingMarket) {
        MarketConfig memory m;
        m.loanAsset = address(loan);
        m.collateralAsset = address(coll);
        m.kernel = address(kernel);
        m.oracle = address(oracle);
        m.actuator = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        (m.name, m.symbol) = ("Share", "S");
        m.quantum = d.quantum;
        m.minDebt = d.quantum;
        m.borrowCap = d.borrowCap * d.quantum;
        m.rateCap = d.rateCap;
        m.rateBound = d.rateBound;
        m.minMultiplier = d.minMultiplier;
        m.maxMultiplier = d.maxMultiplier;
        m.bonusBps = d.bonusBps;
        m.shortfallBps = d.shortfallBps;
        m.maxLambdaBps = d.maxLambdaBps;
        m.maxSpreadBps = d.maxSpreadBps;
        m.maxTenorHours = d.maxTenorHours;
        m.grace = d.grace;
        m.liquidationTime = d.liquidationTime;
        m.scoreAge = d.scoreAge;
        m.averaging = d.averaging;
        return new LendingMarket(m);
    }

    function _newActuator(Design memory d) private returns (LendingActuator) {
        ActuatorConfig memory a;
        a.kernel = address(kernel);
        a.market = address(market);
        a.rateStep = _policyStep();
        a.undoTime = d.tau + d.tauR;
        a.manualForecast = 1_000_000;
        a.bands = new Band[](4);
        for (uint256 i; i < 4; ++i) {
            uint24 upTo = uint24((i + 1) * 250_000);
            a.bands[i] = Band(upTo, upTo, d.bands[i]);
        }
        return new LendingActuator(a);
    }

    /// @dev The policy's own step is wide open: the kernel's is the rule under attack.
    function _policyStep() internal view virtual returns (uint256) {
        return 4 * WAD;
    }

    function _govern(Design memory d) private {
        (bytes32 mandateId,) = kernel.storeMandate(MandateBuilder.encode(_draft(d)));
        address m = address(actuator);
        uint96 drift = uint96(d.drift * d.quantum);
        uint96 instant = uint96(d.instant * d.quantum);
        bytes[] memory calls = new bytes[](6);
        calls[0] = abi.encodeCall(kernel.activateMandate, (m, mandateId));
        calls[1] = abi.encodeCall(kernel.activateModel, (m, RATE_SLOT, rateModel));
        calls[2] = abi.encodeCall(
            kernel.setCapacity,
            (
                m,
                drift,
                _leak(drift, d.driftTime),
                instant,
                _leak(instant, d.instantTime),
                d.reserveBps
            )
        );
        calls[5] = abi.encodeCall(kernel.activateModel, (m, TERMS_SLOT, termsModel));
        calls[3] = abi.encodeCall(kernel.setShare, (m, agents[0], 10_000));
        calls[4] = abi.encodeCall(kernel.setShare, (m, agents[1], d.secondShareBps));
        for (uint256 i; i < calls.length; ++i) {
            vm.prank(governor);
            kernel.announce(calls[i]);
        }
        skip(MIN_DELAY);
        for (uint256 i; i < calls.length; ++i) {
            vm.prank(governor);
            (bool ok,) = address(kernel).call(calls[i]);
            require(ok, "governance");
        }
    }

    function _leak(uint96 capacity, uint256 time) private pure returns (uint96) {
        return uint96((uint256(capacity) << 32) / time);
    }

    function _draft(Design memory d) private view returns (Draft memory draft) {
        draft.version = 1;
        draft.mode = 1;
        draft.market = address(actuator);
        draft.expiry = uint40(block.timestamp + 3650 days);
        draft.window = d.window;
        draft.grace = d.queueGrace;
        draft.finality = d.window;
        draft.tau = d.tau;
        draft.tauR = d.tauR;
        draft.agents = new address[](2);
        (draft.agents[0], draft.agents[1]) = (agents[0], agents[1]);
        draft.classes = new bytes[](2);
        draft.classes[0] = _rateClass(d);
        draft.classes[1] = _termsClass(d);
    }

    function _rateClass(Design memory d) private pure returns (bytes memory) {
        Component[] memory c = new Component[](1);
        c[0] = Component(0, 96, 2, d.low, d.high, d.step, type(uint96).max);
        ClassHead memory h = ClassHead(RATE, 3, RATE_SLOT, 0, 0, d.rateDelay, d.averaging);
        return MandateBuilder.class(h, c);
    }

    function _termsClass(Design memory d) private pure returns (bytes memory) {
        Component[] memory c = new Component[](6);
        uint96 any = type(uint96).max;
        c[0] = Component(0, 48, 0, 0, 2 ** 48 - 1, any, any);
        c[1] = Component(48, 48, 0, 0, 2 ** 48 - 1, any, any);
        c[2] = Component(96, 16, 0, 0, 9_000, any, any);
        c[3] = Component(112, 16, 0, 0, 9_000, any, any);
        c[4] = Component(128, 16, 1, 0, d.maxSpreadBps, any, any);
        c[5] = Component(144, 16, 0, 0, d.maxTenorHours, any, any);
        ClassHead memory h = ClassHead(TERMS, 4, TERMS_SLOT, SET, 1 hours, d.termsDelay, 0);
        return MandateBuilder.class(h, c);
    }

    /// @param price Loan-asset units a whole collateral token, times 1e18.
    function _setPrice(uint256 price) internal {
        oracle.set(price);
    }
}
