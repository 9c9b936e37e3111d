// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test, console2} from "forge-std/Test.sol";
import {stdJson} from "forge-std/StdJson.sol";
import {LendingHarness} from "../fixtures/LendingHarness.sol";
import {AdaptiveCurveLib} from "../../src/lending/AdaptiveCurveLib.sol";
import {Curve, Ramp} from "../../src/lending/RateLib.sol";

/// @notice K-21: the curve library against published vectors, and the accrual's closed form against the curve.
contract AdaptiveCurveTest is Test {
    using stdJson for string;

    LendingHarness internal harness = new LendingHarness();

    /// @dev Worked out from the formulas by hand and with 60-digit arithmetic.
    function test_curve_ownVectors() public view {
        assertEq(harness.curveError(0), -1e18);
        assertEq(harness.curveError(0.9e18), 0);
        assertEq(harness.curveError(1e18), 1e18);
        assertEq(harness.curveError(0.45e18), -0.5e18);
        assertEq(harness.wExp(0), 1e18);
        assertEq(harness.wExp(-41446531673892822313), 0);
        // ln 2 is one power of two exactly.
        assertEq(harness.wExp(693147180559945309), 2e18);
        assertEq(harness.wExp(-693147180559945309), 0.5e18);
        // 1 = 1·ln 2 + r, e^1 ≈ 2·(1 + r + r²/2), r = 0.306852819440054691
        int256 r = 306852819440054691;
        assertEq(harness.wExp(1e18), 2 * (1e18 + r + r * r / 1e18 / 2));
        // At target nothing adapts and the rate is the rate at target.
        (int256 average, int256 end) = harness.curveRate(0.9e18, 1268391679, 30 days);
        assertEq(average, 1268391679);
        assertEq(end, 1268391679);
        // Untouched: 4 % a year at target, a quarter of it with nothing lent, four times with all.
        (average, end) = harness.curveRate(0, 0, 0);
        assertEq(average, 317097919);
        (average,) = harness.curveRate(1e18, 0, 0);
        assertEq(average, 4 * 1268391679);
        // A century of full use reaches the greatest rate, of none the least.
        (, end) = harness.curveRate(1e18, 1268391679, 3650 days);
        assertEq(end, 63419583967);
        (, end) = harness.curveRate(0, 1268391679, 3650 days);
        assertEq(end, 31709791);
    }

    function test_curve_publishedVectors() public {
        (bool found, string memory json) = _vectors();
        if (!found) return vm.skip(true, "no reference vectors: set MANDATE_DATA");
        uint256 count;
        for (; json.keyExists(_key("wexp", count, "x")); ++count) {
            assertEq(harness.wExp(_int(json, "wexp", count, "x")), _int(json, "wexp", count, "y"));
        }
        assertEq(count, 19);
        count = 0;
        for (; json.keyExists(_key("rates", count, "elapsed")); ++count) {
            _checkRate(json, count);
        }
        assertEq(count, 203);
    }

    /// @dev How far the composable integral is from the curve's trapezoid and second-order exponential; printed for the docs.
    function test_closedForm_deviationFromTheCurve() public {
        (bool found, string memory json) = _vectors();
        if (!found) return vm.skip(true, "no reference vectors: set MANDATE_DATA");
        uint256 worst;
        uint256 worstShort;
        for (uint256 i; i < 203; ++i) {
            int256 start = _int(json, "rates", i, "start_rate_at_target");
            uint256 elapsed = json.readUint(_key("rates", i, "elapsed"));
            if (start == 0 || elapsed == 0) continue;
            uint256 u = uint256(_int(json, "rates", i, "utilization"));
            uint256 theirs = uint256(_int(json, "rates", i, "avg_borrow_rate"));
            Curve memory curve = Curve(uint256(start) * 1e18, harness.curveError(u), 1e36);
            uint256 ours = harness.exponent(curve, Ramp(1e18, 0, 0), 0, elapsed) / elapsed / 1e12;
            uint256 off = stdMathDelta(ours, theirs * 1e6) * 1e6 / (theirs * 1e6);
            if (off > worst) worst = off;
            if (elapsed <= 1 days && off > worstShort) worstShort = off;
        }
        console2.log("greatest deviation of the average rate, ppm:", worst);
        console2.log("within a day, ppm:", worstShort);
        assertLe(worstShort, 2_000);
    }

    function stdMathDelta(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    function _checkRate(string memory json, uint256 i) private view {
        (int256 average, int256 end) = harness.curveRate(
            uint256(_int(json, "rates", i, "utilization")),
            _int(json, "rates", i, "start_rate_at_target"),
            json.readUint(_key("rates", i, "elapsed"))
        );
        assertEq(average, _int(json, "rates", i, "avg_borrow_rate"));
        assertEq(end, _int(json, "rates", i, "end_rate_at_target"));
        assertEq(
            harness.curveError(uint256(_int(json, "rates", i, "utilization"))),
            _int(json, "rates", i, "err")
        );
    }

    function _vectors() private view returns (bool, string memory) {
        string memory folder =
            vm.envOr("MANDATE_DATA", string.concat(vm.projectRoot(), "/../../shared/data"));
        string memory path =
            string.concat(folder, "/07_reference_vectors/morpho_adaptive_curve_irm.json");
        try vm.readFile(path) returns (string memory json) {
            return (true, json);
        } catch {
            return (false, "");
        }
    }

    function _int(string memory json, string memory list, uint256 i, string memory field)
        private
        pure
        returns (int256)
    {
        return vm.parseInt(json.readString(_key(list, i, field)));
    }

    function _key(string memory list, uint256 i, string memory field)
        private
        pure
        returns (string memory)
    {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }
}
