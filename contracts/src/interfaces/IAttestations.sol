// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAttestors, Report} from "./IAttestors.sol";

/// @notice One signer's own statement of a price.
/// @param oracle The price oracle it is meant for.
/// @param signerSet Id of the set that the signer belongs to.
/// @param signerVersion Version of that set.
/// @param round The round it belongs to.
/// @param observedAt When the price was seen, in seconds.
/// @param price In the oracle's unit.
struct Observation {
    address oracle;
    uint32 signerSet;
    uint32 signerVersion;
    uint64 round;
    uint40 observedAt;
    uint256 price;
}

/// @notice What the attestors' contract offers besides the kernel's needs: observations, proofs of equivocation, the sets.
/// @dev Signatures are 65 bytes each (r ‖ s ‖ v), low s, v 27 or 28, ordered by the signer's index, with a bitmap of the
/// indices that signed. A set of N signers stands f = ⌊(N−1)/3⌋ liars; its quorum M is at least ⌊(N+f)/2⌋+1. Sets change
/// through the kernel only: removal at once, everything else after its waiting time.
interface IAttestations is IAttestors {
    /// @notice A set changed; reports and observations for earlier versions are void.
    event SignerSetChanged(uint32 indexed id, uint32 version, address[] signers, uint8 quorum);

    /// @notice `signer` has signed two different reports for one market, subject and sequence.
    event ReportEquivocated(
        address indexed signer,
        address indexed market,
        bytes32 indexed subject,
        uint32 sequence,
        bytes32 first,
        bytes32 second
    );

    /// @notice `signer` has signed two different observations for one round of one oracle.
    event ObservationEquivocated(
        address indexed signer,
        address indexed oracle,
        uint64 indexed round,
        bytes32 first,
        bytes32 second
    );

    /// @notice Thrown when anybody but the kernel changes a set.
    error NotKernel(address given, address allowed);

    /// @notice Thrown when a set was never written.
    error UnknownSet(uint32 given);

    /// @notice Thrown when a statement names another set than the one asked for.
    error WrongSignerSet(uint32 given, uint32 allowed);

    /// @notice Thrown when a statement was made for another version of the set.
    error WrongSignerVersion(uint32 given, uint32 allowed);

    /// @notice Thrown when fewer members signed than the quorum.
    error QuorumMissing(uint256 given, uint256 allowed);

    /// @notice Thrown when the bitmap names an index beyond the set.
    error BitmapOutOfRange(uint256 given, uint256 allowed);

    /// @notice Thrown when there is not one observation for each bit.
    error ObservationCount(uint256 given, uint256 allowed);

    /// @notice Thrown when two statements do not contradict each other.
    error NoConflict(bytes32 first, bytes32 second);

    /// @notice The only address that may change a set.
    function KERNEL() external view returns (address);

    /// @notice Requires each observation to be signed by the member whose bit stands at its place in `signers`.
    /// @dev All observations must be for `signerSet` at its present version; what else they say is the oracle's to check.
    /// At least max(M, N−f) members must have signed.
    function verifyEach(
        uint32 signerSet,
        Observation[] calldata observations,
        uint256 signers,
        bytes calldata signatures
    ) external view;

    /// @notice Proves that one key signed two conflicting reports, and says so in an event.
    /// @dev The key must have been a member of the set at that version. The fact stands for ever, rotated sets included.
    /// @return signer Who did.
    function proveReports(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external returns (address signer);

    /// @notice Proves that one key signed two conflicting observations, and says so in an event.
    function proveObservations(
        Observation calldata first,
        bytes calldata firstSignature,
        Observation calldata second,
        bytes calldata secondSignature
    ) external returns (address signer);

    /// @notice Present version, N and M of a set.
    function signerSet(uint32 id) external view returns (uint32 version, uint8 count, uint8 quorum);

    /// @notice Signers of a set at a version, by index; empty if there was none.
    function signersAt(uint32 id, uint32 version) external view returns (address[] memory);

    /// @notice The digest that signers of a report sign.
    function reportDigest(Report calldata report) external view returns (bytes32);

    /// @notice The digest that the signer of an observation signs.
    function observationDigest(Observation calldata observation) external view returns (bytes32);
}
