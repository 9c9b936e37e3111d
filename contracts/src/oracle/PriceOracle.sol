// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IAttestations, Observation} from "../interfaces/IAttestations.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {Feed, IPriceRounds, Round} from "../interfaces/IPriceRounds.sol";
import {MedianLib} from "./MedianLib.sol";

/// @notice The price of one collateral in one loan asset.
contract PriceOracle is IPriceRounds {
    uint256 private constant BPS = 10_000;

    /// @inheritdoc IPriceRounds
    IAttestations public immutable ATTESTORS;

    uint32 private immutable _SIGNER_SET;
    uint32 private immutable _GREATEST_AGE;
    uint32 private immutable _GREATEST_MOVE;
    uint256 private immutable _LEAST_PRICE;
    uint256 private immutable _GREATEST_PRICE;

    /// @dev The last accepted round, the one before it, and a diverging one that waits to be confirmed.
    Round private _latest;
    Round private _previous;
    Round private _held;

    constructor(IAttestations attestors, Feed memory given) {
        require(
            given.greatestAge > 0 && given.greatestMove > 0 && given.greatestMove < BPS
                && given.leastPrice > 0 && given.leastPrice <= given.greatestPrice,
            BadFeed(given)
        );
        ATTESTORS = attestors;
        _SIGNER_SET = given.signerSet;
        _GREATEST_AGE = given.greatestAge;
        _GREATEST_MOVE = given.greatestMove;
        _LEAST_PRICE = given.leastPrice;
        _GREATEST_PRICE = given.greatestPrice;
    }

    /// @inheritdoc IPriceRounds
    function close(
        uint64 id,
        Observation[] calldata observations,
        uint256 signers,
        bytes calldata signatures
    ) external {
        uint64 newest = _newest();
        require(id > newest, RoundNotNewer(id, newest));
        ATTESTORS.verifyEach(_SIGNER_SET, observations, signers, signatures);
        Round memory round = _aggregate(id, observations);
        bool diverging = _take(round);
        emit RoundClosed(id, round.price, round.observedAt, signers, diverging);
    }

    /// @inheritdoc IPriceOracle
    function price()
        external
        view
        returns (uint256 value, uint40 observedAt, uint64 round, bool fresh, bool agrees)
    {
        Round memory read = _closed();
        (value, observedAt, round) = (read.price, read.observedAt, read.id);
        fresh = round != 0 && block.timestamp - observedAt <= _GREATEST_AGE;
        agrees = round != 0 && _held.id == 0 && _near(_latest.price, value);
    }

    /// @inheritdoc IPriceRounds
    function last() external view returns (Round memory round, Round memory held) {
        return (_closed(), _held);
    }

    /// @inheritdoc IPriceRounds
    function feed() external view returns (Feed memory) {
        return Feed({
            signerSet: _SIGNER_SET,
            greatestAge: _GREATEST_AGE,
            greatestMove: _GREATEST_MOVE,
            leastPrice: _LEAST_PRICE,
            greatestPrice: _GREATEST_PRICE
        });
    }

    /// @dev One aggregate of what the members say, each part by its own lower middle.
    function _aggregate(uint64 id, Observation[] calldata observations)
        private
        view
        returns (Round memory round)
    {
        uint256 n = observations.length;
        uint256[] memory prices = new uint256[](n);
        uint256[] memory times = new uint256[](n);
        for (uint256 i; i < n; ++i) {
            _checkObservation(id, observations[i]);
            prices[i] = observations[i].price;
            times[i] = observations[i].observedAt;
        }
        round = Round({
            price: MedianLib.lowerMiddle(prices),
            id: id,
            observedAt: uint40(MedianLib.lowerMiddle(times)),
            closedAt: uint40(block.timestamp),
            closedIn: uint64(block.number)
        });
        require(
            round.price >= _LEAST_PRICE && round.price <= _GREATEST_PRICE,
            PriceOutOfBounds(round.price, _LEAST_PRICE, _GREATEST_PRICE)
        );
    }

    function _checkObservation(uint64 id, Observation calldata observation) private view {
        require(observation.oracle == address(this), WrongOracle(observation.oracle, address(this)));
        require(observation.round == id, WrongRound(observation.round, id));
        require(
            observation.observedAt <= block.timestamp,
            ObservedInFuture(observation.observedAt, block.timestamp)
        );
        uint256 age = block.timestamp - observation.observedAt;
        require(age <= _GREATEST_AGE, ObservationStale(age, _GREATEST_AGE));
    }

    /// @dev Accepts `round`, or holds it when it has moved too far from the last one and from the one held.
    function _take(Round memory round) private returns (bool diverging) {
        (Round memory latest, Round memory held) = (_latest, _held);
        uint256 floor = held.id != 0 ? held.observedAt : latest.observedAt;
        require(round.observedAt > floor, ObservedBeforeLast(round.observedAt, floor));
        bool confirmed = held.id != 0 && _near(round.price, held.price);
        diverging = latest.id != 0 && !confirmed && !_near(round.price, latest.price);
        if (diverging) {
            _held = round;
            return true;
        }
        if (held.id != 0) delete _held;
        // A reader in this block must not see a round of this block: keep the one before.
        if (latest.closedIn < block.number) _previous = latest;
        _latest = round;
    }

    /// @dev Whether `next` is within the greatest move of `base`; the limit is rounded down.
    function _near(uint256 next, uint256 base) private view returns (bool) {
        uint256 moved = next > base ? next - base : base - next;
        return moved <= FixedPointMathLib.fullMulDiv(base, _GREATEST_MOVE, BPS);
    }

    /// @dev The last round that a reader of this block may see.
    function _closed() private view returns (Round memory) {
        return _latest.closedIn < block.number ? _latest : _previous;
    }

    function _newest() private view returns (uint64) {
        return _held.id > _latest.id ? _held.id : _latest.id;
    }
}
