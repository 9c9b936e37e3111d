// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IKernelDecisions, Verdict} from "../../src/interfaces/IKernel.sol";
import {RealWorld} from "./RealWorld.sol";

interface VmValue {
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
}

/// @notice Transaction gas of a decision with real parts only: reports signed by four of five, `glm16`, the lending economy. It
/// is what a wallet pays: 21,000, the calldata, and the call with everything cold that a transaction finds cold.
contract RealPathGasTest is RealWorld {
    uint256 private constant GROUND = 21_000;

    bytes private riskier;
    bytes private safer;
    bytes private first;

    function setUp() public override {
        super.setUp();
        address alice = makeAddr("alice");
        for (uint256 i; i < 2; ++i) {
            _send(_call(alice, 2 - i, i));
            skip(10 minutes);
        }
        riskier = _call(alice, 0, 7);
        safer = _call(alice, 2, 7);
        first = _call(makeAddr("new"), 1, 7);
    }

    function test_gas_realPathRiskier() public {
        _measure("real_path_applied_riskier", riskier);
    }

    function test_gas_realPathSafer() public {
        _measure("real_path_applied_safer", safer);
    }

    function test_gas_realPathFirstTerms() public {
        _measure("real_path_first_terms", first);
    }

    function _call(address who, uint256 band, uint256 salt) private view returns (bytes memory) {
        return abi.encodeCall(IKernelDecisions.decide, (_decision(who, _inBand(band, salt))));
    }

    function _measure(string memory name, bytes memory data) private {
        // A transaction finds its own target warm.
        assertGt(address(kernel).code.length, 0);
        uint256 used = GROUND + _calldataGas(data) + _send(data);
        VmValue(address(vm)).snapshotValue("kernel", name, used);
    }

    function _calldataGas(bytes memory data) private pure returns (uint256 used) {
        for (uint256 i; i < data.length; ++i) {
            used += data[i] == 0 ? 4 : 16;
        }
    }

    function _send(bytes memory data) private returns (uint256 used) {
        address target = address(kernel);
        bool ok;
        uint256 verdict;
        vm.prank(agent);
        assembly ("memory-safe") {
            let before := gas()
            ok := call(gas(), target, 0, add(data, 32), mload(data), 0, 32)
            used := sub(before, gas())
            verdict := mload(0)
        }
        assertTrue(ok);
        assertEq(verdict, Verdict.APPLIED);
    }
}
