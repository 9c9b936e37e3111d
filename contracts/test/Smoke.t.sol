// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

contract SmokeTest is Test {
    function test_toolchain() public pure {
        assertEq(type(int24).min, -(2 ** 23));
    }
}
