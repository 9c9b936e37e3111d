// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {IInterpreter} from "../../src/interfaces/IInterpreter.sol";
import {IModelStore} from "../../src/interfaces/IModelStore.sol";
import {Interpreter} from "../../src/model/Interpreter.sol";
import {ModelStore} from "../../src/model/ModelStore.sol";
import {Programs} from "./Programs.sol";

/// @dev M-5: whoever supplies features, a program with limits answers as it would for features inside them.
contract LimitsTest is Test {
    uint24 private constant LOW = 2 ** 22;
    uint24 private constant SPAN = 2 ** 23;
    /// More than the ten that are held at a time, and no multiple of it.
    uint8 private constant FEATURES = 23;

    Interpreter private interpreter = new Interpreter();
    ModelStore private store = new ModelStore();
    /// Of a GLM, of trees in one contract and in several, and of sparse trees in one and in several.
    address[5] private free;
    address[5] private limited;

    function setUp() public {
        _load(0, Programs.glm(FEATURES), new bytes[](0));
        (bytes memory first, bytes[] memory rest) = Programs.trees(FEATURES, 12, 3);
        _load(1, first, rest);
        (first, rest) = Programs.trees(FEATURES, 100, 6);
        _load(2, first, rest);
        (first, rest) = Programs.sparse(FEATURES, 12, 9);
        _load(3, first, rest);
        (first, rest) = Programs.sparse(FEATURES, 90, 31);
        assertGt(rest.length, 0);
        _load(4, first, rest);
    }

    /// @dev M-5: below, inside, above and missing, at the limits and anywhere.
    function testFuzz_M5_featuresAreHeldInsideTheirLimits(uint256 seed) public view {
        (bytes memory given, bytes memory held) = _input(seed);
        for (uint256 i; i < free.length; ++i) {
            int256 expected = interpreter.margin(free[i], held);
            assertEq(interpreter.margin(limited[i], given), expected, "margin");
            assertEq(interpreter.run(limited[i], given), interpreter.run(free[i], held), "output");
        }
    }

    /// @dev M-4, M-5: attributions are those of what the program reads, and sum to its margin.
    function testFuzz_M5_attributionsAreOfWhatIsRead(uint256 seed) public view {
        (bytes memory given, bytes memory held) = _input(seed);
        (int256 base, int256[] memory own) = interpreter.attribution(limited[0], given);
        (int256 other, int256[] memory expected) = interpreter.attribution(free[0], held);
        assertEq(base, other, "a baseline of zero lies inside");
        assertEq(own, expected);
        for (uint256 i; i < own.length; ++i) {
            base += own[i];
        }
        assertEq(base, interpreter.margin(limited[0], given));
    }

    /// @dev M-5: a baseline outside the limits counts as the nearer of them.
    function test_M5_aBaselineIsHeldToo() public {
        bytes memory program = Programs.glm(2);
        // The last three bytes are the second feature's baseline: make it 2^22 + 1.
        (program[program.length - 3], program[program.length - 1]) = (0x40, 0x01);
        (, address root) = store.register(Programs.limited(program, LOW, SPAN), new address[](0));
        (int256 base, int256[] memory own) = interpreter.attribution(root, hex"000000400000");
        assertEq(own[1], 0, "both count as 2^22");
        assertEq(base, interpreter.margin(root, hex"000000400000"));
    }

    /// @dev M-2: what is wrong with limits has a name.
    function test_M2_limitsAreRefusedByName() public {
        bytes memory good = Programs.limited(Programs.glm(2), LOW, SPAN);
        _refused(
            Programs.part(good, 0, 79 + 11),
            abi.encodeWithSelector(IModelStore.ModelTruncated.selector, 90, 91)
        );
        bytes memory bad = Programs.limited(Programs.glm(2), 0, SPAN);
        _refused(bad, abi.encodeWithSelector(IModelStore.LimitsOutOfOrder.selector, 0));
        bad = Programs.limited(Programs.glm(2), LOW, SPAN);
        (bad[79 + 9], bad[79 + 10], bad[79 + 11]) = (0xc0, 0x00, 0x00);
        _refused(bad, abi.encodeWithSelector(IModelStore.LimitsOutOfOrder.selector, 1));
        bad = Programs.limited(Programs.glm(2), 1, 2 ** 24 - 2);
        _refused(bad, abi.encodeWithSelector(IModelStore.LimitsNotCanonical.selector, 2));
        uint8[] memory units = new uint8[](1);
        units[0] = 8;
        bad = Programs.network(2, units, 4, 8, 1000, 8);
        bad[1] = 0x83;
        _refused(bad, abi.encodeWithSelector(IModelStore.ModelFamilyUnknown.selector, 0x83, 4));
        bad[1] = 0x80;
        _refused(bad, abi.encodeWithSelector(IModelStore.ModelFamilyUnknown.selector, 0x80, 4));
        store.register(good, new address[](0));
    }

    /// @dev M-2, M-5: one feature that is held is enough, on either side.
    function test_M5_oneLimitIsEnough() public {
        bytes memory program = Programs.limited(Programs.glm(2), 1, 2 ** 24 - 2);
        program[79 + 11] = 0xfd;
        store.register(program, new address[](0));
        program[79 + 5] = 0x02;
        store.register(program, new address[](0));
    }

    /// @dev M-2: a weight that would overflow over all values is accepted where its limits keep it small, and not a step beyond.
    function test_M2_theMarginIsBoundedInsideTheLimits() public {
        // One feature from -1 to 2, and a weight of 2^62 - 1 or 2^62: twice the first and the bias is 2^63 - 1.
        bytes memory program = _weighing(2 ** 62 - 1, 1, 2 ** 23 - 1, 3);
        store.register(program, new address[](0));
        _refused(_weighing(2 ** 62, 0, 2 ** 23 - 1, 3), _overflow(2 ** 63));
        _refused(_weighing(2 ** 62 - 1, 2, 2 ** 23 - 1, 3), _overflow(2 ** 63));
        // Downwards, from the lower limit.
        store.register(_weighing(2 ** 62 - 1, -1, 2 ** 23 - 2, 3), new address[](0));
        _refused(_weighing(2 ** 62 - 1, -2, 2 ** 23 - 2, 3), _overflow(2 ** 63));
        // A weight that lowers is greatest at the lower limit.
        store.register(_weighing(1 - 2 ** 62, 1, 2 ** 23 - 2, 3), new address[](0));
        _refused(_weighing(1 - 2 ** 62, 2, 2 ** 23 - 2, 3), _overflow(2 ** 63));
    }

    function _overflow(uint256 given) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IModelStore.ModelOverflow.selector, given, 2 ** 63 - 1);
    }

    function _weighing(int64 weight, int64 bias, uint24 low, uint24 span)
        private
        pure
        returns (bytes memory)
    {
        bytes memory head = Programs.head(1, 0, 1, 0, 0, 0, bias);
        bytes memory body = abi.encodePacked(weight, int64(0), uint24(0));
        return Programs.limited(bytes.concat(head, body), low, span);
    }

    function _refused(bytes memory program, bytes memory by) private {
        vm.expectRevert(by);
        store.register(program, new address[](0));
    }

    function _load(uint256 index, bytes memory first, bytes[] memory rest) private {
        // Of half the slots of trees, a missing value goes to the other side.
        for (uint256 i = FEATURES / 2; i < FEATURES && index > 0; ++i) {
            first[79 + i] |= 0x80;
        }
        address[] memory chunks = new address[](rest.length);
        for (uint256 i; i < rest.length; ++i) {
            chunks[i] = store.store(rest[i]);
        }
        (, free[index]) = store.register(first, chunks);
        (, limited[index]) = store.register(Programs.limited(first, LOW, SPAN), chunks);
    }

    /// @dev Features, and the same inside the limits.
    function _input(uint256 seed) private pure returns (bytes memory given, bytes memory held) {
        uint24[6] memory edges =
            [uint24(0), LOW - 1, LOW, LOW + SPAN, LOW + SPAN + 1, type(uint24).max];
        for (uint256 i; i < FEATURES; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint24 value = random % 2 == 0 ? edges[(random >> 8) % 6] : uint24(random >> 16);
            uint24 inside = value < LOW ? LOW : value;
            if (inside > LOW + SPAN) inside = LOW + SPAN;
            if (value == 0) inside = 0;
            given = abi.encodePacked(given, value ^ 0x800000);
            held = abi.encodePacked(held, inside ^ 0x800000);
        }
    }
}
