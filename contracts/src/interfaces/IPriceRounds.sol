// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAttestations, Observation} from "./IAttestations.sol";
import {IPriceOracle} from "./IPriceOracle.sol";

/// @notice One aggregate of signed observations.
/// @param price Lower middle of the observed prices, in the oracle's unit (loan base units per collateral base unit, 1e36).
/// @param id The round's number.
/// @param observedAt Lower middle of the observation times.
/// @param closedAt When the aggregate was written.
/// @param closedIn Block in which it was written.
struct Round {
    uint256 price;
    uint64 id;
    uint40 observedAt;
    uint40 closedAt;
    uint64 closedIn;
}

/// @notice What an oracle is built to accept, fixed at construction.
/// @param signerSet Set whose members observe.
/// @param greatestAge Seconds after which an observation, and a price, is stale.
/// @param greatestMove Largest move against the previous round, in basis points of it.
/// @param leastPrice Smallest price that can be true.
/// @param greatestPrice Largest price that can be true.
struct Feed {
    uint32 signerSet;
    uint32 greatestAge;
    uint32 greatestMove;
    uint256 leastPrice;
    uint256 greatestPrice;
}

/// @notice Signed price rounds: a median of N−f members' own observations, one aggregate for each round.
/// @dev A round that moves further than the feed allows is held as *diverging*: it becomes the price when the next round
/// confirms it, and until then the price does not `agree`. So a real crash costs one round, and a single wrong one moves
/// nothing. A price that a round of this very block has left further behind does not agree either.
interface IPriceRounds is IPriceOracle {
    /// @notice A round was closed.
    event RoundClosed(
        uint64 indexed id, uint256 price, uint40 observedAt, uint256 signers, bool diverging
    );

    /// @notice Thrown when a feed's terms make no sense.
    error BadFeed(Feed given);

    /// @notice Thrown when a round's price lies outside the feed's bounds.
    error PriceOutOfBounds(uint256 given, uint256 least, uint256 greatest);

    /// @notice Thrown when a round is not newer than the last one: each has one aggregate.
    error RoundNotNewer(uint64 given, uint64 last);

    /// @notice Thrown when an observation is for another round.
    error WrongRound(uint64 given, uint64 allowed);

    /// @notice Thrown when an observation is for another oracle.
    error WrongOracle(address given, address allowed);

    /// @notice Thrown when an observation claims a later time than now.
    error ObservedInFuture(uint256 given, uint256 allowed);

    /// @notice Thrown when an observation is older than the feed allows.
    error ObservationStale(uint256 given, uint256 allowed);

    /// @notice Thrown when a round was not observed later than the one before it.
    error ObservedBeforeLast(uint256 given, uint256 allowed);

    /// @notice Where the members' signatures are checked.
    function ATTESTORS() external view returns (IAttestations);

    /// @notice The terms the oracle was built with.
    function feed() external view returns (Feed memory);

    /// @notice Closes round `id` with the observations of the members in `signers`, in the order of their index.
    function close(
        uint64 id,
        Observation[] calldata observations,
        uint256 signers,
        bytes calldata signatures
    ) external;

    /// @notice The last round closed in an earlier block, and the one that waits for its confirmation.
    /// @dev Never reverts; an `id` of 0 means there is none.
    function last() external view returns (Round memory round, Round memory held);
}
