// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ModelDecision} from "../../../src/interfaces/IKernel.sol";
import {Interpreter} from "../../../src/model/Interpreter.sol";
import {ModelStore} from "../../../src/model/ModelStore.sol";
import {Attestors, InitialSet} from "../../../src/oracle/Attestors.sol";
import {AttackSearch} from "./AttackSearch.sol";

/// @notice The inline lane: real signers, real programs in the real interpreter, true reports about people who are what they are.
/// @dev People have four features; their default follows the model's own probability, so the model is as good as one can be.
abstract contract InlineWorld is AttackSearch {
    uint256 private constant SIGNERS = 5;
    uint256 private constant QUORUM = 4;
    uint256 private constant ONE = 2 ** 40;

    Attestors internal attestors;
    Interpreter internal interpreter;
    address internal termsRoot;
    uint256[] private _keys;
    uint256 internal crowd;

    function setUp() public virtual override {
        super.setUp();
        ModelStore store = new ModelStore();
        interpreter = new Interpreter();
        address[] memory none = new address[](0);
        (termsModel, termsRoot) = store.register(_termsProgram(), none);
        (rateModel,) = store.register(_rateProgram(), none);
        address kernel_ = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        attestors = new Attestors(kernel_, _signers());
        _deployKernel(address(attestors), address(store), address(interpreter));
        require(address(kernel) == kernel_, "kernel's address");
    }

    function _signers() private returns (InitialSet[] memory sets) {
        address[] memory members = new address[](SIGNERS);
        for (uint256 i; i < SIGNERS; ++i) {
            _keys.push(uint256(keccak256(abi.encode("signer", i))) >> 1);
            for (uint256 j = i; j > 0 && vm.addr(_keys[j]) < vm.addr(_keys[j - 1]); --j) {
                (_keys[j], _keys[j - 1]) = (_keys[j - 1], _keys[j]);
            }
        }
        for (uint256 i; i < SIGNERS; ++i) {
            members[i] = vm.addr(_keys[i]);
        }
        sets = new InitialSet[](1);
        sets[0] = InitialSet(SET, members, uint8(QUORUM));
    }

    /// @dev Logistic, log-odds −1.3 + 0.8·x₀ + 0.6·x₁ − 0.5·x₂ + 0.3·x₃, features in thousandths.
    function _termsProgram() private pure returns (bytes memory) {
        int256 thousandth = int256(ONE / 1_000);
        bytes memory weights = abi.encodePacked(
            int64(thousandth * 8 / 10),
            int64(thousandth * 6 / 10),
            int64(-thousandth / 2),
            int64(thousandth * 3 / 10)
        );
        return _glm(1, 4, int64(-13 * int256(ONE) / 10), weights);
    }

    /// @dev m = 1 + (utilisation − 0.8) + 2·(predicted default − 0.2), features in millionths.
    function _rateProgram() private pure returns (bytes memory) {
        int256 millionth = int256(ONE / 1_000_000);
        bytes memory weights = abi.encodePacked(int64(millionth), int64(2 * millionth));
        return _glm(0, 2, int64(-2 * int256(ONE) / 10), weights);
    }

    function _glm(uint8 link, uint8 features, int64 bias, bytes memory weights)
        private
        pure
        returns (bytes memory)
    {
        bytes memory head = abi.encodePacked(
            uint8(1), uint8(1), link, features, uint8(40), uint8(0), uint8(0), bias, SCHEMA, SCHEMA
        );
        // Nothing is ever missing and nothing is explained.
        return bytes.concat(head, weights, new bytes(11 * uint256(features)));
    }

    function _policyStep() internal view override returns (uint256) {
        return design.step;
    }

    // ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Packed features of a person; `later` for three in ten is the bad news that the thief withholds.
    function _features(address who, bool later) internal view returns (bytes memory packed) {
        for (uint256 i; i < 4; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(crowd, who, i)));
            int256 x;
            for (uint256 k; k < 3; ++k) {
                x += int256((draw >> (64 * k)) % 2_001) - 1_000;
            }
            if (later && i == 0 && (draw >> 200) % 10 < 3) x += 2_000;
            packed = bytes.concat(packed, bytes3(uint24(int24(x))));
        }
    }

    function _probability(address who, bool later) internal view returns (uint256) {
        return uint256(interpreter.run(termsRoot, _features(who, later)));
    }

    /// @dev What becomes of the loan: the thief knows.
    function _defaults(address who) internal view returns (bool) {
        return uint256(keccak256(abi.encode(crowd, who, "fate"))) % WAD < _probability(who, true);
    }

    /// @dev The true report of before the bad news, signed by four of five.
    function _application(address who, uint256) internal override returns (ModelDecision memory d) {
        d.market = address(actuator);
        d.class = TERMS;
        d.subject = _subject(who);
        d.generation = type(uint24).max;
        d.report.subject = d.subject;
        d.report.sequence = kernel.parameter(d.market, TERMS, d.subject).sequence + 1;
        d.report.signerSet = SET;
        d.report.signerVersion = 1;
        d.report.schemaHash = SCHEMA;
        d.report.market = d.market;
        d.report.issuedAt = uint40(block.timestamp);
        d.report.expiresAt = uint40(block.timestamp + 1 hours);
        d.report.payload = _features(who, false);
        bytes32 digest = attestors.reportDigest(d.report);
        d.signers = 2 ** QUORUM - 1;
        for (uint256 i; i < QUORUM; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            d.signatures = abi.encodePacked(d.signatures, r, s, v);
        }
    }
}
