// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {IInterpreter} from "../../src/interfaces/IInterpreter.sol";
import {Interpreter} from "../../src/model/Interpreter.sol";
import {ModelStore} from "../../src/model/ModelStore.sol";
import {Programs} from "./Programs.sol";

/// @dev K-24: the output depends on the model's hash and its canonical features, and on nothing else that a contract can see.
contract OutputTest is Test {
    uint8 private constant FEATURES = 9;

    /// @dev What the world around a run may be.
    struct World {
        address caller;
        uint64 number;
        uint64 time;
        uint64 gasPrice;
        bytes tail;
    }

    /// @dev One program of each family, and one of each with limits, loaded twice: by a store of its own, after other programs, at other addresses.
    struct Twin {
        bytes32 id;
        address here;
        address there;
    }

    Interpreter private near = new Interpreter();
    Interpreter private far;
    Twin[7] private twins;

    function setUp() public {
        ModelStore first = new ModelStore();
        ModelStore second = new ModelStore();
        second.register(Programs.glm(3), new address[](0));
        far = new Interpreter();
        (bytes memory trees, bytes[] memory rest) = Programs.trees(FEATURES, 40, 3);
        assertEq(rest.length, 0);
        twins[0] = _load(first, second, Programs.glm(FEATURES));
        twins[1] = _load(first, second, trees);
        (bytes memory sparse, bytes[] memory more) = Programs.sparse(FEATURES, 40, 12);
        assertEq(more.length, 0);
        twins[3] = _load(first, second, sparse);
        twins[4] = _load(first, second, Programs.limited(Programs.glm(FEATURES), 2 ** 22, 2 ** 23));
        twins[5] = _load(first, second, Programs.limited(trees, 2 ** 22, 2 ** 23));
        twins[6] = _load(first, second, Programs.limited(sparse, 2 ** 22, 2 ** 23));
        uint8[] memory units = new uint8[](2);
        (units[0], units[1]) = (12, 8);
        twins[2] = _load(first, second, Programs.network(FEATURES, units, 4, 24, 2 ** 24 - 2, 28));
    }

    /// @dev K-24: caller, block, gas price, interpreter, address of the code, and bytes behind the features change nothing.
    function testFuzz_K24_outputDependsOnModelAndFeaturesOnly(
        World memory w,
        uint256 seed,
        uint8 missing
    ) public {
        bytes memory features = _features(seed, missing);
        int256[7] memory expected;
        for (uint256 i; i < twins.length; ++i) {
            expected[i] = near.run(twins[i].here, features);
        }
        vm.roll(w.number);
        vm.warp(w.time);
        vm.txGasPrice(w.gasPrice);
        for (uint256 i; i < twins.length; ++i) {
            vm.prank(w.caller);
            assertEq(_ask(far, twins[i].there, features, w.tail), expected[i], "output");
            assertEq(near.run(twins[i].here, features), expected[i], "again");
        }
    }

    /// @dev K-24: one content has one hash, wherever it is stored.
    function test_K24_theHashIsTheContents() public view {
        for (uint256 i; i < twins.length; ++i) {
            assertTrue(twins[i].here != twins[i].there);
            assertTrue(twins[i].id != bytes32(0));
        }
        assertTrue(twins[0].id != twins[1].id);
        assertTrue(twins[1].id != twins[2].id);
        assertTrue(twins[1].id != twins[3].id);
    }

    function _load(ModelStore first, ModelStore second, bytes memory program)
        private
        returns (Twin memory t)
    {
        bytes32 again;
        (t.id, t.here) = first.register(program, new address[](0));
        (again, t.there) = second.register(program, new address[](0));
        assertEq(t.id, again, "one content, one hash");
    }

    function _features(uint256 seed, uint8 missing) private pure returns (bytes memory features) {
        features = Programs.input(FEATURES, seed >> 40);
        if (missing >= FEATURES) return features;
        (features[3 * missing], features[3 * missing + 1], features[3 * missing + 2]) =
        (bytes1(0x80), 0, 0);
    }

    /// @dev The same call with `tail` where the encoding pads.
    function _ask(IInterpreter interpreter, address root, bytes memory features, bytes memory tail)
        private
        view
        returns (int256)
    {
        bytes memory data = bytes.concat(
            abi.encodePacked(
                IInterpreter.run.selector, abi.encode(root, uint256(64), features.length)
            ),
            features,
            tail
        );
        (bool done, bytes memory answer) = address(interpreter).staticcall(data);
        assertTrue(done);
        return abi.decode(answer, (int256));
    }
}
