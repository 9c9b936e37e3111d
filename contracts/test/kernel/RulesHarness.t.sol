// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {RulesHarness} from "../fixtures/RulesHarness.sol";

contract RecordLibTest is Test {
    RulesHarness private rules = new RulesHarness();

    function testFuzz_linkIsTheHashOfItsPackedParts(
        bytes27 previous,
        uint40 sequence,
        uint8 kind,
        uint64 chainId,
        address kernel,
        uint40 time,
        bytes32 bodyHash
    ) public view {
        assertEq(
            rules.link(previous, sequence, kind, chainId, kernel, time, bodyHash),
            keccak256(abi.encodePacked(previous, sequence, kind, chainId, kernel, time, bodyHash))
        );
    }
}
