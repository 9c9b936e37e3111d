// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @notice A signer set at its current version, as one storage slot.
/// @param list Contract whose code holds the signers, 20 bytes each, ascending.
/// @param version Counts up with every change; a signature names the version it was made for.
/// @param count N, the number of signers.
/// @param quorum M, the number of signatures that a report needs.
struct SignerSet {
    address list;
    uint32 version;
    uint8 count;
    uint8 quorum;
}

/// @notice How signer sets are written, checked and read.
/// @dev A set lives in contract code: one account access (2,600 gas) instead of one cold slot (2,100) per signer.
library SignerSetLib {
    /// @notice Most signers a set may have, so that a quorum always fits a transaction.
    uint256 internal constant MAX_SIGNERS = 32;

    /// @notice Thrown when a set has no signer or more than `MAX_SIGNERS`.
    error SignerCount(uint256 given, uint256 allowed);

    /// @notice Thrown when signers are not strictly ascending, which also excludes zero and doubles.
    error SignersNotAscending(uint256 index, address given, address previous);

    /// @notice Thrown when M is below ⌊(N+f)/2⌋+1, where two quorums could share no honest signer, or above N.
    error QuorumOutOfRange(uint256 given, uint256 least, uint256 most);

    /// @notice Thrown when an address is no member of the set.
    error NotMember(address given);

    /// @notice Stores a set of `signers` as `version`.
    function write(address[] memory signers, uint256 quorum, uint256 version)
        internal
        returns (SignerSet memory set)
    {
        uint256 n = signers.length;
        require(n > 0 && n <= MAX_SIGNERS, SignerCount(n, MAX_SIGNERS));
        uint256 least = leastQuorum(n);
        require(quorum >= least && quorum <= n, QuorumOutOfRange(quorum, least, n));
        set = _store(signers, quorum, version);
    }

    /// @notice Stores `set` without `signer` as its next version; M stays.
    /// @dev M never falls with a removal, since that would enlarge what is admissible (K-27): a set with N < M accepts
    /// nothing until a signer is added. ⌊(N+f)/2⌋+1 only falls with N, so M keeps its lower bound.
    function writeWithout(SignerSet memory set, address signer)
        internal
        returns (SignerSet memory next)
    {
        address[] memory signers = read(set.list);
        uint256 n = signers.length;
        uint256 found = n;
        for (uint256 i; i < n; ++i) {
            if (signers[i] == signer) found = i;
        }
        require(found < n, NotMember(signer));
        address[] memory rest = new address[](n - 1);
        for (uint256 i; i < n - 1; ++i) {
            rest[i] = signers[i < found ? i : i + 1];
        }
        next = _store(rest, set.quorum, uint256(set.version) + 1);
    }

    /// @notice The signers in a list, by index.
    function read(address list) internal view returns (address[] memory signers) {
        bytes memory packed = SSTORE2.read(list);
        uint256 n = packed.length / 20;
        signers = new address[](n);
        for (uint256 i; i < n; ++i) {
            signers[i] = signerAt(packed, i);
        }
    }

    /// @notice The signer at `index` of a packed list.
    function signerAt(bytes memory packed, uint256 index) internal pure returns (address signer) {
        // Safe: every caller holds `index` below the set's count, and the code has 20 bytes for each.
        assembly ("memory-safe") {
            signer := shr(96, mload(add(add(packed, 0x20), mul(index, 20))))
        }
    }

    /// @notice Smallest M at which any two quorums share an honest signer: ⌊(N+f)/2⌋+1.
    function leastQuorum(uint256 n) internal pure returns (uint256) {
        return (n + liars(n)) / 2 + 1;
    }

    /// @notice f, the number of liars that a set of `n` stands: ⌊(n−1)/3⌋, so that n ≥ 3f+1.
    function liars(uint256 n) internal pure returns (uint256) {
        return n == 0 ? 0 : (n - 1) / 3;
    }

    /// @notice Observations a price round of `set` needs: max(M, N−f).
    /// @dev With N ≥ 3f+1 and at most f liars among N−f ≥ 2f+1 prices, the lower middle lies between two honest ones (O-1).
    function leastObservations(SignerSet memory set) internal pure returns (uint256) {
        uint256 honest = set.count - liars(set.count);
        return set.quorum > honest ? set.quorum : honest;
    }

    function _store(address[] memory signers, uint256 quorum, uint256 version)
        private
        returns (SignerSet memory)
    {
        bytes memory packed;
        address previous;
        for (uint256 i; i < signers.length; ++i) {
            require(signers[i] > previous, SignersNotAscending(i, signers[i], previous));
            previous = signers[i];
            packed = bytes.concat(packed, bytes20(previous));
        }
        return SignerSet({
            list: SSTORE2.write(packed),
            version: uint32(version),
            count: uint8(signers.length),
            quorum: uint8(quorum)
        });
    }
}
