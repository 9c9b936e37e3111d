// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {IInterpreter} from "../../src/interfaces/IInterpreter.sol";
import {Interpreter} from "../../src/model/Interpreter.sol";
import {ModelStore} from "../../src/model/ModelStore.sol";
import {Programs} from "./Programs.sol";

/// @dev Gas of running and of loading models, in `snapshots/inference.json`; `FORGE_SNAPSHOT_CHECK=true` holds the file
/// to the code.
///
/// `…_limits` is the same program with limits for each feature, which hold about half of the input.
///
/// `glm16`, `gbdt100x4`, `gbdt100x6`, `lgbm100x31` and `mlp16x32x1` are the execution gas of `run`: everything inside the call, the program's code
/// cold, every input present. `…_call` is what a cold caller pays for it: CALL, 2,600 for the interpreter's own code,
/// and the answer's copy included.
abstract contract InferenceGas is Test {
    ModelStore internal store;
    Interpreter private interpreter;
    address private root;
    address[] private chunks;

    constructor() {
        store = new ModelStore();
        interpreter = new Interpreter();
    }

    /// @dev In `setUp`, a transaction of its own: the test itself then finds everything cold.
    function _load(string memory name, bytes memory first, bytes[] memory rest) internal {
        for (uint256 i = 0; i < rest.length; i++) {
            chunks.push(store.store(rest[i]));
            vm.snapshotGasLastCall("inference", string.concat(name, "_store_", vm.toString(i + 1)));
        }
        (, root) = store.register(first, chunks);
        vm.snapshotGasLastCall("inference", string.concat(name, "_register"));
        vm.snapshotValue("inference", string.concat(name, "_chunks"), 1 + rest.length);
    }

    /// @dev Execution gas of `run`; the encoding of its argument is the caller's in any case.
    function _measure(string memory name, bytes memory features) internal returns (uint256 used) {
        bytes memory data = abi.encodeCall(IInterpreter.run, (root, features));
        address target = address(interpreter);
        uint256 paid;
        bool done;
        assembly ("memory-safe") {
            paid := gas()
            done := staticcall(gas(), target, add(data, 32), mload(data), 0, 32)
            paid := sub(paid, gas())
        }
        used = vm.lastCallGas().gasTotalUsed;
        assertTrue(done);
        vm.snapshotValue("inference", name, used);
        vm.snapshotValue("inference", string.concat(name, "_call"), paid);
    }
}

contract Glm16GasTest is InferenceGas {
    function setUp() public {
        _load("glm16", Programs.glm(16), new bytes[](0));
    }

    function test_gas_glm16() public {
        assertLe(_measure("glm16", Programs.input(16, 1)), 7100);
    }

    function test_gas_glm16_oneMissing() public {
        bytes memory features = Programs.input(16, 1);
        (features[0], features[1], features[2]) = (bytes1(0x80), 0, 0);
        assertLe(_measure("glm16_one_missing", features), 7100);
    }
}

contract Glm16LimitsGasTest is InferenceGas {
    function setUp() public {
        _load("glm16_limits", Programs.limited(Programs.glm(16), 2 ** 22, 2 ** 23), new bytes[](0));
    }

    function test_gas_glm16_limits() public {
        assertLe(_measure("glm16_limits", Programs.input(16, 1)), 8500);
    }
}

contract Gbdt100x4GasTest is InferenceGas {
    function setUp() public {
        (bytes memory first, bytes[] memory rest) = Programs.trees(23, 100, 4);
        _load("gbdt100x4", first, rest);
    }

    function test_gas_gbdt100x4() public {
        assertLe(_measure("gbdt100x4", Programs.input(23, 1)), 70_000);
    }
}

contract Gbdt100x4LimitsGasTest is InferenceGas {
    function setUp() public {
        (bytes memory first, bytes[] memory rest) = Programs.trees(23, 100, 4);
        _load("gbdt100x4_limits", Programs.limited(first, 2 ** 22, 2 ** 23), rest);
    }

    function test_gas_gbdt100x4_limits() public {
        assertLe(_measure("gbdt100x4_limits", Programs.input(23, 1)), 70_000);
    }
}

contract Gbdt100x6GasTest is InferenceGas {
    function setUp() public {
        (bytes memory first, bytes[] memory rest) = Programs.trees(23, 100, 6);
        _load("gbdt100x6", first, rest);
    }

    function test_gas_gbdt100x6() public {
        assertLe(_measure("gbdt100x6", Programs.input(23, 1)), 114_000);
    }
}

/// @dev LightGBM's default: trees of 31 leaves, whatever their depth.
contract Lgbm100x31GasTest is InferenceGas {
    function setUp() public {
        (bytes memory first, bytes[] memory rest) = Programs.sparse(23, 100, 31);
        _load("lgbm100x31", first, rest);
    }

    function test_gas_lgbm100x31() public {
        assertLe(_measure("lgbm100x31", Programs.input(23, 1)), 114_000);
    }
}

contract Lgbm100x31LimitsGasTest is InferenceGas {
    function setUp() public {
        (bytes memory first, bytes[] memory rest) = Programs.sparse(23, 100, 31);
        _load("lgbm100x31_limits", Programs.limited(first, 2 ** 22, 2 ** 23), rest);
    }

    function test_gas_lgbm100x31_limits() public {
        assertLe(_measure("lgbm100x31_limits", Programs.input(23, 1)), 114_000);
    }
}

/// @dev Four units a word: every feature in full, weights of 24 bits.
contract Mlp16x32x1GasTest is InferenceGas {
    function setUp() public {
        uint8[] memory units = new uint8[](1);
        units[0] = 32;
        bytes memory program = Programs.network(16, units, 4, 24, 2 ** 24 - 2, 24);
        _load("mlp16x32x1", program, new bytes[](0));
    }

    function test_gas_mlp16x32x1() public {
        assertLe(_measure("mlp16x32x1", Programs.input(16, 1)), 42_000);
    }

    function test_gas_mlp16x32x1_oneMissing() public {
        bytes memory features = Programs.input(16, 1);
        (features[0], features[1], features[2]) = (bytes1(0x80), 0, 0);
        assertLe(_measure("mlp16x32x1_one_missing", features), 42_000);
    }
}

/// @dev Eight units a word: features of 12 bits, weights of 14.
contract Mlp16x32x1NarrowGasTest is InferenceGas {
    function setUp() public {
        uint8[] memory units = new uint8[](1);
        units[0] = 32;
        bytes memory program = Programs.network(16, units, 8, 14, 2 ** 12 - 1, 18);
        _load("mlp16x32x1_narrow", program, new bytes[](0));
    }

    function test_gas_mlp16x32x1_narrow() public {
        assertLe(_measure("mlp16x32x1_narrow", Programs.input(16, 1)), 42_000);
    }
}

/// @dev Two hidden layers.
contract Mlp16x32x16x1GasTest is InferenceGas {
    function setUp() public {
        uint8[] memory units = new uint8[](2);
        (units[0], units[1]) = (32, 16);
        bytes memory program = Programs.network(16, units, 4, 24, 2 ** 24 - 2, 28);
        _load("mlp16x32x16x1", program, new bytes[](0));
    }

    function test_gas_mlp16x32x16x1() public {
        assertLe(_measure("mlp16x32x16x1", Programs.input(16, 1)), 42_000);
    }
}
