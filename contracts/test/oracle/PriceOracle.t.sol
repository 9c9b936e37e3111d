// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAttestations, Observation} from "../../src/interfaces/IAttestations.sol";
import {Feed, IPriceRounds, Round} from "../../src/interfaces/IPriceRounds.sol";
import {MedianLib} from "../../src/oracle/MedianLib.sol";
import {PriceOracle} from "../../src/oracle/PriceOracle.sol";
import {SignatureLib} from "../../src/oracle/SignatureLib.sol";
import {Signers} from "./Signers.sol";

/// @notice O-1 (honest range), O-2 (what is refused), O-3 (rounds only rise), O-4 (rotation), O-5 (one answer a round).
contract PriceOracleTest is Signers {
    uint256 private constant PRICE = 3000e24;
    uint256 private constant ALL = 31;
    uint256 private constant FOUR = 15;

    PriceOracle private oracle;

    function setUp() public {
        _deploy(5, 4);
        oracle = new PriceOracle(attestors, _feed());
    }

    // O-1

    /// @dev One of five lies as it likes, any four or five sign: the answer lies between two honest prices.
    function testFuzz_O1_one_liar_cannot_leave_the_honest_range(
        uint256[5] memory prices,
        uint256 liar,
        uint256 lie,
        uint256 missing
    ) public {
        liar %= 5;
        uint256 bitmap = missing % 6 == 5 ? ALL : ALL ^ (1 << (missing % 6));
        (uint256 least, uint256 greatest) = (type(uint256).max, 0);
        for (uint256 i; i < 5; ++i) {
            prices[i] = bound(prices[i], PRICE / 2, PRICE * 2);
            if (i == liar) prices[i] = lie;
            if (i == liar || bitmap >> i & 1 == 0) continue;
            if (prices[i] < least) least = prices[i];
            if (prices[i] > greatest) greatest = prices[i];
        }
        _close(1, _observe(1, prices, bitmap), bitmap);
        Round memory round = _lastNextBlock();
        assertGe(round.price, least);
        assertLe(round.price, greatest);
    }

    /// @dev The same for any set with N ≥ 3f+1 and any N−f of it, on the aggregate alone.
    function testFuzz_O1_f_liars_cannot_leave_the_honest_range(uint256 seed) public pure {
        uint256 f = seed % 11;
        uint256 n = 2 * f + 1 + (seed >> 8) % (f + 1);
        uint256[] memory values = new uint256[](n);
        (uint256 least, uint256 greatest) = (type(uint256).max, 0);
        for (uint256 i; i < n; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            values[i] = i < f ? random : 1e18 + random % 1e18;
            if (i < f) continue;
            if (values[i] < least) least = values[i];
            if (values[i] > greatest) greatest = values[i];
        }
        uint256 answer = MedianLib.lowerMiddle(values);
        assertGe(answer, least);
        assertLe(answer, greatest);
        for (uint256 i = 1; i < n; ++i) {
            assertLe(values[i - 1], values[i], "sorted");
        }
        assertEq(answer, values[(n - 1) / 2], "the lower middle");
    }

    function test_O1_an_even_count_takes_the_lower_middle() public {
        uint256[5] memory prices = [PRICE, PRICE + 3, PRICE + 1, PRICE + 2, uint256(0)];
        _close(1, _observe(1, prices, FOUR), FOUR);
        Round memory round = _lastNextBlock();
        assertEq(round.price, PRICE + 1);
    }

    function test_O1_needs_all_but_f_observations() public {
        Observation[] memory given = _observe(1, _flat(PRICE), 7);
        bytes memory signatures = _signEach(given, 7);
        vm.expectRevert(abi.encodeWithSelector(IAttestations.QuorumMissing.selector, 3, 4));
        oracle.close(1, given, 7, signatures);
    }

    /// @dev With M = 4 of 6 a round still needs N−f = 5.
    function test_O1_needs_the_larger_of_quorum_and_honest_count() public {
        _deploy(6, 4);
        oracle = new PriceOracle(attestors, _feed());
        Observation[] memory given = new Observation[](4);
        for (uint256 i; i < 4; ++i) {
            given[i] = _observation(1, PRICE);
        }
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(abi.encodeWithSelector(IAttestations.QuorumMissing.selector, 4, 5));
        oracle.close(1, given, FOUR, signatures);
    }

    // O-2

    function test_O2_refuses_an_observation_of_another_member() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(given, 30);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        oracle.close(1, given, FOUR, signatures);
    }

    function test_O2_refuses_another_chain() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(given, FOUR);
        vm.chainId(99);
        vm.expectPartialRevert(SignatureLib.NotSigner.selector);
        oracle.close(1, given, FOUR, signatures);
    }

    function test_O2_refuses_another_oracle() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        given[2].oracle = address(1);
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceRounds.WrongOracle.selector, address(1), address(oracle))
        );
        oracle.close(1, given, FOUR, signatures);
    }

    function test_O2_refuses_another_round() public {
        Observation[] memory given = _observe(2, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(abi.encodeWithSelector(IPriceRounds.WrongRound.selector, 2, 1));
        oracle.close(1, given, FOUR, signatures);
    }

    function test_O2_refuses_another_set() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        given[1].signerSet = SET + 1;
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(abi.encodeWithSelector(IAttestations.WrongSignerSet.selector, SET + 1, SET));
        oracle.close(1, given, FOUR, signatures);
    }

    function test_O2_refuses_a_missing_observation() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(_observe(1, _flat(PRICE), ALL), ALL);
        vm.expectRevert(abi.encodeWithSelector(IAttestations.ObservationCount.selector, 4, 5));
        oracle.close(1, given, ALL, signatures);
    }

    function test_O2_refuses_stale_observations_at_the_bound() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        given[3].observedAt = uint40(block.timestamp - GREATEST_AGE - 1);
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceRounds.ObservationStale.selector, GREATEST_AGE + 1, GREATEST_AGE
            )
        );
        oracle.close(1, given, FOUR, signatures);
        given[3].observedAt += 1;
        _close(1, given, FOUR);
    }

    function test_O2_refuses_observations_from_the_future() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        given[0].observedAt = uint40(block.timestamp + 1);
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceRounds.ObservedInFuture.selector, block.timestamp + 1, block.timestamp
            )
        );
        oracle.close(1, given, FOUR, signatures);
    }

    // O-3, O-5: one aggregate a round, rising

    /// @dev O-5: whoever brings another quorum of a closed round, or an older one, is refused.
    function testFuzz_O3_O5_a_round_has_one_aggregate(uint64 id, uint256 missing) public {
        id = uint64(bound(id, 1, 9));
        _close(9, _observe(9, _flat(PRICE), FOUR), FOUR);
        uint256 bitmap = ALL ^ (1 << (missing % 5));
        _next();
        Observation[] memory given = _observe(id, _flat(PRICE + 7), bitmap);
        bytes memory signatures = _signEach(given, bitmap);
        vm.expectRevert(abi.encodeWithSelector(IPriceRounds.RoundNotNewer.selector, id, 9));
        oracle.close(id, given, bitmap, signatures);
    }

    function test_O3_a_held_round_has_one_aggregate_too() public {
        _close(1, PRICE);
        _close(2, PRICE * 2);
        Observation[] memory given = _observe(2, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(abi.encodeWithSelector(IPriceRounds.RoundNotNewer.selector, 2, 2));
        oracle.close(2, given, FOUR, signatures);
    }

    function test_O3_observation_times_rise() public {
        _close(1, PRICE);
        Observation[] memory given = _observe(2, _flat(PRICE), FOUR);
        for (uint256 i; i < 4; ++i) {
            given[i].observedAt -= 12;
        }
        bytes memory signatures = _signEach(given, FOUR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceRounds.ObservedBeforeLast.selector, block.timestamp - 12, block.timestamp - 12
            )
        );
        oracle.close(2, given, FOUR, signatures);
    }

    function test_O5_an_equivocating_observer_is_named() public {
        Observation memory first = _observation(4, PRICE);
        Observation memory second = _observation(4, PRICE + 1);
        bytes32 a = attestors.observationDigest(first);
        bytes32 b = attestors.observationDigest(second);
        vm.expectEmit(address(attestors));
        emit IAttestations.ObservationEquivocated(vm.addr(keys[3]), address(oracle), 4, a, b);
        attestors.proveObservations(first, _signOne(a, keys[3]), second, _signOne(b, keys[3]));

        second.round = 5;
        b = attestors.observationDigest(second);
        bytes memory signatureA = _signOne(a, keys[3]);
        bytes memory signatureB = _signOne(b, keys[3]);
        vm.expectRevert(abi.encodeWithSelector(IAttestations.NoConflict.selector, a, b));
        attestors.proveObservations(first, signatureA, second, signatureB);
    }

    // O-4

    function test_O4_rotation_voids_observations() public {
        Observation[] memory given = _observe(1, _flat(PRICE), FOUR);
        bytes memory signatures = _signEach(given, FOUR);
        vm.prank(KERNEL);
        attestors.removeSigner(SET, vm.addr(keys[4]));
        vm.expectRevert(abi.encodeWithSelector(IAttestations.WrongSignerVersion.selector, 1, 2));
        oracle.close(1, given, FOUR, signatures);
    }

    // reading

    function test_no_round_no_price() public {
        _assertPrice(0, false, false);
        _closeNow(1, PRICE, 0);
        _assertPrice(0, false, false);
    }

    /// @dev A round is read from the next block on, however many are closed in one block.
    function testFuzz_reads_only_rounds_of_an_earlier_block(uint256 rounds) public {
        rounds = bound(rounds, 1, 4);
        _closeNow(1, PRICE, 10);
        _next();
        _assertPrice(PRICE, true, true);
        for (uint64 i; i < rounds; ++i) {
            _closeNow(2 + i, PRICE + 1 + i, 10 - i);
            _assertPrice(PRICE, true, true);
        }
        _next();
        _assertPrice(PRICE + rounds, true, true);
    }

    function test_a_price_grows_stale_at_the_bound() public {
        _close(1, PRICE);
        (, uint40 observedAt,,,) = oracle.price();
        vm.warp(uint256(observedAt) + GREATEST_AGE);
        _assertPrice(PRICE, true, true);
        vm.warp(uint256(observedAt) + GREATEST_AGE + 1);
        _assertPrice(PRICE, false, true);
    }

    function test_a_price_stays_within_its_bounds() public {
        Feed memory feed = _feed();
        _refusePrice(feed.leastPrice - 1);
        _refusePrice(feed.greatestPrice + 1);
        _close(1, feed.leastPrice);
        _assertPrice(feed.leastPrice, true, true);
    }

    /// @dev The greatest move is inclusive; one unit more is held.
    function testFuzz_a_greater_move_is_held(uint256 price) public {
        price = bound(price, PRICE / 2, PRICE * 2);
        _close(1, PRICE);
        _close(2, price);
        uint256 moved = price > PRICE ? price - PRICE : PRICE - price;
        bool near = moved <= PRICE / 10;
        _assertPrice(near ? price : PRICE, true, near);
        (, Round memory held) = oracle.last();
        assertEq(held.price, near ? 0 : price);
    }

    /// @dev Two rounds in one block take a move through; until the next block the old price does not agree.
    function test_a_price_left_behind_in_this_block_does_not_agree() public {
        _close(1, PRICE);
        _closeNow(2, PRICE / 2, 2);
        _closeNow(3, PRICE / 2, 1);
        _assertPrice(PRICE, true, false);
        _next();
        _assertPrice(PRICE / 2, true, true);
    }

    function test_a_held_round_is_confirmed_by_the_next() public {
        _close(1, PRICE);
        _close(2, PRICE / 2);
        _close(3, PRICE / 2 + 5);
        _assertPrice(PRICE / 2 + 5, true, true);
    }

    function test_a_held_round_is_dropped_when_the_next_returns() public {
        _close(1, PRICE);
        _close(2, PRICE / 2);
        _close(3, PRICE + 5);
        _assertPrice(PRICE + 5, true, true);
        _close(4, PRICE / 2);
        _assertPrice(PRICE + 5, true, false);
    }

    function test_a_held_round_is_replaced_by_a_third_opinion() public {
        _close(1, PRICE);
        _close(2, PRICE / 2);
        _close(3, PRICE * 2);
        _assertPrice(PRICE, true, false);
        _close(4, PRICE * 2);
        _assertPrice(PRICE * 2, true, true);
    }

    function test_a_feed_needs_sound_terms() public {
        for (uint256 i; i < 5; ++i) {
            Feed memory feed = _feed();
            if (i == 0) feed.greatestAge = 0;
            if (i == 1) feed.greatestMove = 0;
            if (i == 2) feed.greatestMove = 10_000;
            if (i == 3) feed.leastPrice = 0;
            if (i == 4) feed.greatestPrice = feed.leastPrice - 1;
            vm.expectRevert(abi.encodeWithSelector(IPriceRounds.BadFeed.selector, feed));
            new PriceOracle(attestors, feed);
        }
        assertEq(abi.encode(oracle.feed()), abi.encode(_feed()));
    }

    function _feed() private pure returns (Feed memory) {
        return Feed(SET, GREATEST_AGE, 1000, PRICE / 1000, PRICE * 1000);
    }

    function _flat(uint256 price) private pure returns (uint256[5] memory) {
        return [price, price, price, price, price];
    }

    function _observation(uint64 id, uint256 price) private view returns (Observation memory) {
        return Observation(address(oracle), SET, 1, id, uint40(block.timestamp), price);
    }

    function _observe(uint64 id, uint256[5] memory prices, uint256 bitmap)
        private
        view
        returns (Observation[] memory given)
    {
        given = new Observation[](5);
        uint256 count;
        for (uint256 i; i < 5; ++i) {
            if (bitmap >> i & 1 == 1) given[count++] = _observation(id, prices[i]);
        }
        assembly ("memory-safe") {
            mstore(given, count)
        }
    }

    function _signEach(Observation[] memory given, uint256 bitmap)
        private
        view
        returns (bytes memory signatures)
    {
        uint256 next;
        for (uint256 i; i < keys.length && next < given.length; ++i) {
            if (bitmap >> i & 1 == 0) continue;
            bytes32 digest = attestors.observationDigest(given[next++]);
            signatures = bytes.concat(signatures, _signOne(digest, keys[i]));
        }
    }

    function _close(uint64 id, Observation[] memory given, uint256 bitmap) private {
        oracle.close(id, given, bitmap, _signEach(given, bitmap));
    }

    /// @dev Closes a flat round and goes to the next block.
    function _close(uint64 id, uint256 price) private {
        _close(id, _observe(id, _flat(price), FOUR), FOUR);
        _next();
    }

    /// @dev Closes a flat round, observed `ago` seconds ago, and stays in the block.
    function _closeNow(uint64 id, uint256 price, uint256 ago) private {
        Observation[] memory given = _observe(id, _flat(price), FOUR);
        for (uint256 i; i < 4; ++i) {
            given[i].observedAt -= uint40(ago);
        }
        _close(id, given, FOUR);
    }

    function _refusePrice(uint256 price) private {
        Observation[] memory given = _observe(1, _flat(price), FOUR);
        bytes memory signatures = _signEach(given, FOUR);
        Feed memory feed = _feed();
        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceRounds.PriceOutOfBounds.selector, price, feed.leastPrice, feed.greatestPrice
            )
        );
        oracle.close(1, given, FOUR, signatures);
    }

    function _next() private {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + 12);
    }

    function _lastNextBlock() private returns (Round memory round) {
        vm.roll(block.number + 1);
        (round,) = oracle.last();
    }

    function _assertPrice(uint256 price, bool isFresh, bool doesAgree) private view {
        (uint256 value,,, bool fresh, bool agrees) = oracle.price();
        assertEq(value, price, "value");
        assertEq(fresh, isFresh, "fresh");
        assertEq(agrees, doesAgree, "agrees");
    }
}
