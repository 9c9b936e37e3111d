// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Observation} from "../../src/interfaces/IAttestations.sol";
import {Report} from "../../src/interfaces/IAttestors.sol";
import {Config, IKernel, ModelDecision} from "../../src/interfaces/IKernel.sol";
import {ActuatorConfig, Band} from "../../src/interfaces/ILendingActuator.sol";
import {MarketConfig} from "../../src/interfaces/ILendingMarket.sol";
import {Feed} from "../../src/interfaces/IPriceRounds.sol";
import {Component} from "../../src/kernel/MandateLib.sol";
import {LendingActuator} from "../../src/lending/LendingActuator.sol";
import {LendingMarket} from "../../src/lending/LendingMarket.sol";
import {Terms, TermsLib} from "../../src/lending/TermsLib.sol";
import {Interpreter} from "../../src/model/Interpreter.sol";
import {ModelStore} from "../../src/model/ModelStore.sol";
import {Attestors, InitialSet} from "../../src/oracle/Attestors.sol";
import {PriceOracle} from "../../src/oracle/PriceOracle.sol";
import {KernelParts} from "../fixtures/KernelParts.sol";
import {ClassHead, Draft, MandateBuilder} from "../fixtures/MandateBuilder.sol";
import {TestToken} from "../fixtures/TestToken.sol";
import {Programs} from "../model/Programs.sol";

/// @notice Kernel, attestors (five, four needed), price oracle, model store with `glm16`, interpreter, lending actuator and market,
/// all real. Only the tokens are fixtures: no decision touches them.
abstract contract RealWorld is Test {
    uint256 private constant YEAR = 365 days;
    uint256 private constant UNIT = 1e6;
    /// @dev 2,000 loan tokens of 6 decimals for a collateral token of 18.
    uint256 private constant PRICE = 2_000 * 1e6 * 1e36 / 1e18;
    uint8 internal constant RATE = 1;
    uint8 internal constant TERMS = 2;
    uint32 internal constant SET = 7;
    uint32 private constant SLOT = 5;

    address internal governor = makeAddr("governor");
    address internal agent = makeAddr("agent");
    IKernel internal kernel;
    Attestors internal attestors;
    Interpreter internal interpreter;
    LendingActuator internal actuator;
    address internal root;
    bytes32 private modelId;
    PriceOracle private oracle;
    uint256[] private keys;
    Draft private draft;

    function setUp() public virtual {
        vm.warp(1_750_000_000);
        _deployKernel();
        _deployMarket();
        _govern();
        for (uint64 id = 1; id <= 2; ++id) {
            _closeRound(id);
        }
    }

    function _deployKernel() private {
        ModelStore store = new ModelStore();
        interpreter = new Interpreter();
        (modelId, root) = store.register(Programs.glm(16), new address[](0));
        address[] memory signers = new address[](5);
        for (uint256 i; i < 5; ++i) {
            _addKey(uint256(keccak256(abi.encode("attestor", i))));
        }
        for (uint256 i; i < 5; ++i) {
            signers[i] = vm.addr(keys[i]);
        }
        InitialSet[] memory sets = new InitialSet[](1);
        sets[0] = InitialSet(SET, signers, 4);
        attestors = new Attestors(
            vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3), sets
        );
        Config memory c = Config(
            governor,
            makeAddr("guardian"),
            address(attestors),
            address(store),
            address(interpreter),
            2 days,
            1 days
        );
        kernel = KernelParts.deploy(c);
    }

    /// @dev Keys stand in the order of their addresses, as the attestors want them.
    function _addKey(uint256 key) private {
        keys.push(key);
        for (uint256 i = keys.length - 1; i > 0 && vm.addr(keys[i]) < vm.addr(keys[i - 1]); --i) {
            (keys[i], keys[i - 1]) = (keys[i - 1], keys[i]);
        }
    }

    function _deployMarket() private {
        oracle = new PriceOracle(attestors, Feed(SET, 1 hours, 1000, PRICE / 100, PRICE * 100));
        MarketConfig memory m;
        m.loanAsset = address(new TestToken(6));
        m.collateralAsset = address(new TestToken(18));
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
        m.shortfallBps = 2_000;
        m.maxLambdaBps = 9_000;
        m.maxSpreadBps = 100;
        m.maxTenorHours = 720;
        m.grace = 1 days;
        m.liquidationTime = 1 days;
        m.scoreAge = 30 days;
        m.averaging = 1 hours;
        LendingMarket market = new LendingMarket(m);
        ActuatorConfig memory a;
        a.kernel = address(kernel);
        a.market = address(market);
        a.rateStep = 0.1e18;
        a.undoTime = 1 days;
        a.manualForecast = 1_000_000;
        a.bands = new Band[](4);
        a.bands[0] = Band(250_000, 20_000, _terms(3_000, 1_000, 8_000, 9_000, 0));
        a.bands[1] = Band(500_000, 100_000, _terms(2_000, 1_000, 7_000, 8_500, 50));
        a.bands[2] = Band(750_000, 300_000, _terms(500, 500, 6_000, 7_000, 80));
        a.bands[3] = Band(1_000_000, 500_000, _terms(0, 0, 0, 0, 100));
        actuator = new LendingActuator(a);
    }

    function _terms(uint48 l, uint48 u, uint16 c, uint16 lambda, uint16 spread)
        private
        pure
        returns (uint160)
    {
        return TermsLib.pack(Terms(l, u, c, lambda, spread, lambda == 0 ? 0 : 720));
    }

    function _govern() private {
        draft.version = 1;
        draft.mode = 1;
        draft.market = address(actuator);
        draft.expiry = uint40(block.timestamp + YEAR);
        draft.window = 1 days;
        draft.grace = 6 hours;
        draft.finality = 2 days;
        draft.tau = 6 hours;
        draft.tauR = 12 hours;
        draft.agents.push(agent);
        draft.classes.push(_rateClass());
        draft.classes.push(_termsClass());
        (bytes32 mandateId,) = kernel.storeMandate(MandateBuilder.encode(draft));
        address m = address(actuator);
        (uint96 drift, uint96 instant) = (uint96(100_000 * UNIT), uint96(20_000 * UNIT));
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(kernel.activateMandate, (m, mandateId));
        calls[1] = abi.encodeCall(kernel.activateModel, (m, SLOT, modelId));
        calls[2] = abi.encodeCall(kernel.setCapacity, (m, drift, 1 << 42, instant, 1 << 42, 0));
        calls[3] = abi.encodeCall(kernel.setShare, (m, agent, 10_000));
        vm.startPrank(governor);
        for (uint256 i; i < 4; ++i) {
            kernel.announce(calls[i]);
        }
        skip(2 days);
        for (uint256 i; i < 4; ++i) {
            (bool ok,) = address(kernel).call(calls[i]);
            assertTrue(ok);
        }
        vm.stopPrank();
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

    /// @dev Four of five say the price; a reader sees it from the next block on.
    function _closeRound(uint64 id) private {
        skip(12);
        Observation[] memory given = new Observation[](4);
        bytes memory signatures;
        for (uint256 i; i < 4; ++i) {
            given[i] = Observation(address(oracle), SET, 1, id, uint40(block.timestamp), PRICE);
            (uint8 v, bytes32 r, bytes32 s) =
                vm.sign(keys[i], attestors.observationDigest(given[i]));
            signatures = abi.encodePacked(signatures, r, s, v);
        }
        oracle.close(id, given, 15, signatures);
        vm.roll(block.number + 1);
    }

    // ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Sixteen features that the model puts into a band of the policy, 0 the best.
    function _inBand(uint256 band, uint256 salt) internal view returns (bytes memory packed) {
        for (uint256 i = salt << 32;; ++i) {
            packed = Programs.input(16, i);
            uint256 ppm = uint256(interpreter.run(root, packed)) / 1e12;
            if (ppm > 250_000 * band && ppm < 250_000 * (band + 1)) return packed;
        }
    }

    /// @dev The next report on somebody, signed by four of five.
    function _decision(address who, bytes memory payload)
        internal
        view
        returns (ModelDecision memory d)
    {
        d.market = address(actuator);
        d.class = TERMS;
        d.subject = bytes32(uint256(uint160(who)));
        d.generation = type(uint24).max;
        d.report = Report({
            subject: d.subject,
            sequence: kernel.parameter(d.market, TERMS, d.subject).sequence + 1,
            signerSet: SET,
            signerVersion: 1,
            schemaHash: keccak256("schema"),
            market: d.market,
            issuedAt: uint40(block.timestamp),
            expiresAt: uint40(block.timestamp + 1 days),
            payload: payload
        });
        bytes32 digest = attestors.reportDigest(d.report);
        d.signers = 15;
        for (uint256 i; i < 4; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            d.signatures = abi.encodePacked(d.signatures, r, s, v);
        }
    }
}
