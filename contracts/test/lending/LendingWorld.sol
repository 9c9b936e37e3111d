// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Report} from "../../src/interfaces/IAttestors.sol";
import {Config, IKernel, ModelDecision} from "../../src/interfaces/IKernel.sol";
import {ActuatorConfig, Band} from "../../src/interfaces/ILendingActuator.sol";
import {MarketConfig} from "../../src/interfaces/ILendingMarket.sol";
import {Kernel} from "../../src/kernel/Kernel.sol";
import {KernelAdmin} from "../../src/kernel/KernelAdmin.sol";
import {KernelUndo} from "../../src/kernel/KernelUndo.sol";
import {Component} from "../../src/kernel/MandateLib.sol";
import {LendingActuator} from "../../src/lending/LendingActuator.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {Terms, TermsLib} from "../../src/lending/TermsLib.sol";
import {WorstCase} from "../../src/lending/WorstCase.sol";
import {FixtureOracle} from "../fixtures/FixtureOracle.sol";
import {ClassHead, Draft, MandateBuilder} from "../fixtures/MandateBuilder.sol";
import {SetModels} from "../fixtures/SetModels.sol";
import {SmallAttestors} from "../fixtures/SmallAttestors.sol";
import {TestToken} from "../fixtures/TestToken.sol";

/// @notice The real kernel, market, actuator and worst case; the model's output and the price are the adversary's.
/// @dev A world in which r̄ is reached: one borrower of the design draws nearly all cash, so that the curve climbs to r_cap.
abstract contract LendingWorld is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant YEAR = 365 days;
    uint8 internal constant RATE = 1;
    uint8 internal constant TERMS = 2;
    uint32 internal constant SET = 7;
    uint32 internal constant SLOT = 5;
    bytes32 internal constant SCHEMA = keccak256("schema");
    uint256 internal constant UNIT = 1e6;
    uint256 internal constant COLL_UNIT = 1e18;
    uint96 internal constant DRIFT = uint96(100_000 * UNIT);
    uint96 internal constant INSTANT = uint96(20_000 * UNIT);
    uint32 internal constant TAU = 6 hours;
    uint32 internal constant TAU_R = 12 hours;
    uint256 internal constant SHORTFALL_BPS = 2_000;

    address internal governor = makeAddr("governor");
    address internal guardian = makeAddr("guardian");
    address internal agent = makeAddr("agent");
    address internal supplier = makeAddr("supplier");

    TestToken internal loan;
    TestToken internal coll;
    IKernel internal kernel;
    SmallAttestors internal attestors;
    SetModels internal models;
    FixtureOracle internal oracle;
    LendingMarket internal market;
    LendingActuator internal actuator;
    WorstCase internal worst;
    uint256[] internal keys;
    Draft internal draft;

    function setUp() public virtual {
        vm.warp(1_750_000_000);
        (loan, coll) = (new TestToken(6), new TestToken(18));
        attestors = new SmallAttestors();
        models = new SetModels();
        oracle = new FixtureOracle();
        Config memory c = Config(
            governor, guardian, address(attestors), address(models), address(models), 2 days, 1 days
        );
        KernelUndo undo = new KernelUndo(c);
        kernel = IKernel(address(new Kernel(c, address(new KernelAdmin(c, address(undo))))));
        attestors.setKernel(address(kernel));
        _deployMarket();
        worst = new WorstCase(address(market));
        _price(2_000);
        loan.mint(supplier, 10_000_000 * UNIT);
        vm.startPrank(supplier);
        loan.approve(address(market), type(uint256).max);
        market.deposit(1_000_000 * UNIT, supplier);
        vm.stopPrank();
        _govern();
    }

    function _deployMarket() private {
        MarketConfig memory m;
        m.loanAsset = address(loan);
        m.collateralAsset = address(coll);
        m.kernel = address(kernel);
        m.oracle = address(oracle);
        m.actuator = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        (m.name, m.symbol) = ("Share", "S");
        m.quantum = UNIT;
        m.minDebt = UNIT;
        m.borrowCap = 900_000 * UNIT;
        m.rateCap = 0.3e18 / YEAR;
        m.rateBound = uint256(0.61e18) / YEAR;
        m.minMultiplier = 0.5e18;
        m.maxMultiplier = 2e18;
        m.bonusBps = 500;
        m.shortfallBps = uint16(SHORTFALL_BPS);
        m.maxLambdaBps = 9_000;
        m.maxSpreadBps = 100;
        m.maxTenorHours = 24 * 30;
        m.grace = 1 days;
        m.liquidationTime = 1 days;
        m.scoreAge = 30 days;
        m.averaging = 1 hours;
        market = new LendingMarket(m);
        ActuatorConfig memory a;
        a.kernel = address(kernel);
        a.market = address(market);
        a.rateStep = 1e18; // the kernel's own step is the rule here
        a.undoTime = 1 days;
        a.manualForecast = 1_000_000;
        a.bands = new Band[](4);
        a.bands[0] = Band(250_000, 20_000, _terms(10_000, 1_000, 8_000, 9_000, 0));
        a.bands[1] = Band(500_000, 100_000, _terms(2_000, 1_000, 7_000, 8_500, 50));
        a.bands[2] = Band(750_000, 300_000, _terms(500, 500, 6_000, 7_000, 80));
        a.bands[3] = Band(1_000_000, 500_000, _terms(0, 0, 0, 0, 100));
        actuator = new LendingActuator(a);
    }

    function _terms(uint48 l, uint48 u, uint16 c, uint16 lambda, uint16 spread)
        internal
        pure
        returns (uint160)
    {
        return TermsLib.pack(Terms(l, u, c, lambda, spread, lambda == 0 ? 0 : 24 * 30));
    }

    function _govern() private {
        draft.version = 1;
        draft.mode = 1;
        draft.market = address(actuator);
        draft.expiry = uint40(block.timestamp + 10 * YEAR);
        draft.window = 1 days;
        draft.grace = 6 hours;
        draft.finality = 2 days;
        draft.tau = TAU;
        draft.tauR = TAU_R;
        draft.exitReserveBps = 0;
        draft.agents.push(agent);
        draft.classes.push(_rateClass());
        draft.classes.push(_termsClass());
        (bytes32 mandateId,) = kernel.storeMandate(MandateBuilder.encode(draft));
        bytes32 modelId = models.add(address(1), SCHEMA);
        address[] memory signers = new address[](4);
        for (uint256 i; i < 4; ++i) {
            keys.push(uint256(keccak256(abi.encode("attestor", i))));
            signers[i] = vm.addr(keys[i]);
        }
        address m = address(actuator);
        bytes[] memory calls = new bytes[](5);
        calls[0] = abi.encodeCall(kernel.activateMandate, (m, mandateId));
        calls[1] = abi.encodeCall(kernel.activateModel, (m, SLOT, modelId));
        calls[2] = abi.encodeCall(
            kernel.setCapacity,
            (m, DRIFT, _leak(DRIFT, 10 days), INSTANT, _leak(INSTANT, 2 days), 0)
        );
        calls[3] = abi.encodeCall(kernel.setShare, (m, agent, 10_000));
        calls[4] = abi.encodeCall(kernel.activateSigners, (SET, signers, 3));
        vm.startPrank(governor);
        for (uint256 i; i < 5; ++i) {
            kernel.announce(calls[i]);
        }
        skip(2 days);
        for (uint256 i; i < 5; ++i) {
            (bool ok,) = address(kernel).call(calls[i]);
            require(ok);
        }
        vm.stopPrank();
        _refresh();
    }

    function _leak(uint96 capacity, uint256 time) private pure returns (uint96) {
        return uint96((uint256(capacity) << 32) / time);
    }

    function _rateClass() private pure returns (bytes memory) {
        Component[] memory c = new Component[](1);
        c[0] = Component(0, 96, 2, 0.5e18, 2e18, 0.1e18, type(uint96).max);
        return MandateBuilder.class(ClassHead(RATE, 3, SLOT, 0, 0, 1 hours, 1 hours), c);
    }

    function _termsClass() private pure returns (bytes memory) {
        Component[] memory c = new Component[](6);
        uint96 any = type(uint96).max;
        c[0] = Component(0, 48, 0, 0, 1e6, 1e6, any);
        c[1] = Component(48, 48, 0, 0, 1e6, 1e6, any);
        c[2] = Component(96, 16, 0, 0, 9_000, 9_000, any);
        c[3] = Component(112, 16, 0, 0, 9_000, 9_000, any);
        c[4] = Component(128, 16, 1, 0, 100, 100, any);
        c[5] = Component(144, 16, 0, 0, 720, 720, any);
        return MandateBuilder.class(ClassHead(TERMS, 4, SLOT, SET, 1 hours, 1, 0), c);
    }

    // ── the adversary's acts ─────────────────────────────────────────────────────────────────────────────────────────

    function _decideTerms(address who, int256 output) internal returns (bool ok) {
        models.set(output);
        ModelDecision memory d;
        d.market = address(actuator);
        d.class = TERMS;
        d.subject = bytes32(uint256(uint160(who)));
        d.generation = type(uint24).max;
        uint32 used = kernel.parameter(d.market, TERMS, d.subject).sequence;
        d.report = Report({
            subject: d.subject,
            sequence: used + 1,
            signerSet: SET,
            signerVersion: attestors.versionOf(SET),
            schemaHash: SCHEMA,
            market: d.market,
            issuedAt: uint40(block.timestamp),
            expiresAt: uint40(block.timestamp + 1 days),
            payload: ""
        });
        bytes32 digest = attestors.digestOf(d.report);
        d.signers = 7;
        for (uint256 i; i < 3; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            d.signatures = abi.encodePacked(d.signatures, r, s, v);
        }
        vm.prank(agent);
        try kernel.decide(d) returns (uint8 verdict, uint40) {
            return verdict == 1;
        } catch {}
    }

    function _decideRate(uint256 m) internal returns (bool ok) {
        models.set(int256(m));
        ModelDecision memory d;
        d.market = address(actuator);
        d.class = RATE;
        d.generation = type(uint24).max;
        d.epoch = uint32(block.timestamp / 1 hours);
        vm.prank(agent);
        try kernel.decide(d) returns (uint8 verdict, uint40) {
            return verdict == 1;
        } catch {}
    }

    function _price(uint256 whole) internal {
        oracle.set(whole * UNIT * 1e36 / COLL_UNIT);
    }

    function _refresh() internal {
        (uint256 value,,,,) = oracle.price();
        oracle.set(value);
    }

    function _ready(address who) internal {
        loan.mint(who, 1e15);
        coll.mint(who, 1e24);
        vm.startPrank(who);
        loan.approve(address(market), type(uint256).max);
        coll.approve(address(market), type(uint256).max);
        vm.stopPrank();
    }
}
