// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Case} from "../../src/kernel/Case.sol";
import {Component, MandateLib} from "../../src/kernel/MandateLib.sol";
import {ParameterLib, Slots} from "../../src/kernel/ParameterLib.sol";
import {PredicateLib} from "../../src/kernel/PredicateLib.sol";
import {ClassHead, Draft, MandateBuilder} from "../fixtures/MandateBuilder.sol";

/// @notice Halmos: K-6's sign rule, on a mandate with one linear predicate over two parameters.
contract PredicateSymbolicTest {
    bytes32 private constant ONE = bytes32(uint256(1));
    bytes32 private constant TWO = bytes32(uint256(2));

    mapping(bytes32 key => Slots) private _parameters;

    /// K-6: what is riskier passes if and only if Σ a·p − b ≤ 0 afterwards, anything else if and only if max(0, Σ a·p − b) is no
    /// larger than before.
    /// @custom:proves PredicateLib.check, PredicateLib.measure
    /// @custom:width values 96, coefficients 96 signed, bound 128 signed
    function check_K6_signRule(
        uint96 p,
        uint96 q,
        int96 a,
        int96 b,
        int128 bound,
        uint256 before,
        bool strict
    ) external {
        _parameters[ParameterLib.key(address(this), 1, ONE)].state = _state(p);
        _parameters[ParameterLib.key(address(this), 1, TWO)].state = _state(q);
        bytes memory mandate = _mandate(a, b, bound);
        (bool passes,) =
            address(this).staticcall(abi.encodeCall(this.hold, (mandate, before, strict)));
        int256 sum =
            -int256(bound) + int256(a) * int256(uint256(p)) + int256(b) * int256(uint256(q));
        uint256 violation = sum > 0 ? uint256(sum) : 0;
        assert(passes == (violation <= (strict ? 0 : before)));
    }

    /// @notice Reverts where the predicates do not hold.
    function hold(bytes memory mandate, uint256 before, bool strict) external view {
        Case memory c;
        c.market = address(this);
        c.mandate = mandate;
        uint256[] memory v = new uint256[](1);
        v[0] = before;
        PredicateLib.check(_parameters, c, v, strict);
    }

    function _state(uint96 value) private pure returns (uint256) {
        return ParameterLib.packState(value, 1, 1, 1);
    }

    function _mandate(int96 a, int96 b, int128 bound) private view returns (bytes memory) {
        Draft memory d;
        d.version = 1;
        d.mode = 1;
        d.market = address(this);
        Component[] memory cs = new Component[](1);
        cs[0] = Component(0, 96, MandateLib.UP, 0, type(uint96).max, 1, 1);
        d.classes = new bytes[](1);
        d.classes[0] = MandateBuilder.class(ClassHead(1, 0, 1, 1, 1, 1, 0), cs);
        bytes[] memory terms = new bytes[](2);
        terms[0] = MandateBuilder.term(1, ONE, 0, a);
        terms[1] = MandateBuilder.term(1, TWO, 0, b);
        d.linears = new bytes[](1);
        d.linears[0] = MandateBuilder.linear(bound, terms);
        return MandateBuilder.encode(d);
    }
}
