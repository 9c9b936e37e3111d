// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "solady/utils/EIP712.sol";
import {LibBit} from "solady/utils/LibBit.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IAttestations, Observation} from "../interfaces/IAttestations.sol";
import {IAttestors, Report} from "../interfaces/IAttestors.sol";
import {SignatureLib} from "./SignatureLib.sol";
import {SignerSet, SignerSetLib} from "./SignerSetLib.sol";

/// @notice A signer set as given at deployment.
struct InitialSet {
    uint32 id;
    address[] signers;
    uint8 quorum;
}

/// @notice Signer sets, and the verification of what they sign.
contract Attestors is IAttestations, EIP712 {
    using SignatureLib for bytes;
    using SignerSetLib for SignerSet;

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(bytes32 subject,uint32 sequence,uint32 signerSet,uint32 signerVersion,bytes32 schemaHash,address market,uint40 issuedAt,uint40 expiresAt,bytes payload)"
    );
    bytes32 private constant OBSERVATION_TYPEHASH = keccak256(
        "Observation(address oracle,uint32 signerSet,uint32 signerVersion,uint64 round,uint40 observedAt,uint256 price)"
    );

    /// @inheritdoc IAttestations
    address public immutable KERNEL;

    mapping(uint32 id => SignerSet) private _sets;
    mapping(uint32 id => mapping(uint32 version => address list)) private _lists;

    modifier onlyKernel() {
        require(msg.sender == KERNEL, NotKernel(msg.sender, KERNEL));
        _;
    }

    /// @param kernel The only address that may change a set later.
    /// @param initial Sets in force from the start, at version 1.
    constructor(address kernel, InitialSet[] memory initial) {
        KERNEL = kernel;
        for (uint256 i; i < initial.length; ++i) {
            InitialSet memory given = initial[i];
            _write(given.id, given.signers, given.quorum);
        }
    }

    /// @inheritdoc IAttestors
    function setSigners(uint32 id, address[] calldata signers, uint8 quorum) external onlyKernel {
        _write(id, signers, quorum);
    }

    /// @inheritdoc IAttestors
    function removeSigner(uint32 id, address signer) external onlyKernel {
        SignerSet memory next = _known(id).writeWithout(signer);
        _keep(id, next, SignerSetLib.read(next.list));
    }

    /// @inheritdoc IAttestors
    function verify(Report calldata report, uint256 signers, bytes calldata signatures)
        external
        view
    {
        SignerSet memory set = _known(report.signerSet);
        _checkVersion(report.signerVersion, set.version);
        uint256 given = _checkShape(set, signers, signatures);
        require(given >= set.quorum, QuorumMissing(given, set.quorum));
        bytes32 digest = reportDigest(report);
        bytes memory list = SSTORE2.read(set.list);
        for (uint256 i; i < given; ++i) {
            signatures.check(i, digest, SignerSetLib.signerAt(list, LibBit.ffs(signers)));
            signers &= signers - 1;
        }
    }

    /// @inheritdoc IAttestations
    function verifyEach(
        uint32 id,
        Observation[] calldata observations,
        uint256 signers,
        bytes calldata signatures
    ) external view {
        SignerSet memory set = _known(id);
        uint256 given = _checkShape(set, signers, signatures);
        require(given == observations.length, ObservationCount(observations.length, given));
        uint256 required = set.leastObservations();
        require(given >= required, QuorumMissing(given, required));
        bytes memory list = SSTORE2.read(set.list);
        for (uint256 i; i < given; ++i) {
            Observation calldata observation = observations[i];
            require(observation.signerSet == id, WrongSignerSet(observation.signerSet, id));
            _checkVersion(observation.signerVersion, set.version);
            address signer = SignerSetLib.signerAt(list, LibBit.ffs(signers));
            signatures.check(i, observationDigest(observation), signer);
            signers &= signers - 1;
        }
    }

    /// @inheritdoc IAttestations
    function proveReports(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external returns (address signer) {
        (bytes32 a, bytes32 b) = (reportDigest(first), reportDigest(second));
        bool oneKey = first.market == second.market && first.subject == second.subject
            && first.sequence == second.sequence && first.signerSet == second.signerSet
            && first.signerVersion == second.signerVersion;
        signer = _sameSigner(oneKey, a, firstSignature, b, secondSignature);
        _checkMember(first.signerSet, first.signerVersion, signer);
        emit ReportEquivocated(signer, first.market, first.subject, first.sequence, a, b);
    }

    /// @inheritdoc IAttestations
    function proveObservations(
        Observation calldata first,
        bytes calldata firstSignature,
        Observation calldata second,
        bytes calldata secondSignature
    ) external returns (address signer) {
        (bytes32 a, bytes32 b) = (observationDigest(first), observationDigest(second));
        bool oneKey = first.oracle == second.oracle && first.round == second.round
            && first.signerSet == second.signerSet && first.signerVersion == second.signerVersion;
        signer = _sameSigner(oneKey, a, firstSignature, b, secondSignature);
        _checkMember(first.signerSet, first.signerVersion, signer);
        emit ObservationEquivocated(signer, first.oracle, first.round, a, b);
    }

    /// @inheritdoc IAttestations
    function signerSet(uint32 id)
        external
        view
        returns (uint32 version, uint8 count, uint8 quorum)
    {
        SignerSet memory set = _sets[id];
        return (set.version, set.count, set.quorum);
    }

    /// @inheritdoc IAttestations
    function signersAt(uint32 id, uint32 version) public view returns (address[] memory signers) {
        address list = _lists[id][version];
        if (list != address(0)) signers = SignerSetLib.read(list);
    }

    /// @inheritdoc IAttestations
    function reportDigest(Report calldata report) public view returns (bytes32) {
        return _hashTypedData(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.subject,
                    report.sequence,
                    report.signerSet,
                    report.signerVersion,
                    report.schemaHash,
                    report.market,
                    report.issuedAt,
                    report.expiresAt,
                    keccak256(report.payload)
                )
            )
        );
    }

    /// @inheritdoc IAttestations
    function observationDigest(Observation calldata observation) public view returns (bytes32) {
        return _hashTypedData(keccak256(abi.encode(OBSERVATION_TYPEHASH, observation)));
    }

    function _write(uint32 id, address[] memory signers, uint8 quorum) private {
        uint256 version = uint256(_sets[id].version) + 1;
        _keep(id, SignerSetLib.write(signers, quorum, version), signers);
    }

    function _keep(uint32 id, SignerSet memory set, address[] memory signers) private {
        _sets[id] = set;
        _lists[id][set.version] = set.list;
        emit SignerSetChanged(id, set.version, signers, set.quorum);
    }

    function _known(uint32 id) private view returns (SignerSet memory set) {
        set = _sets[id];
        require(set.version != 0, UnknownSet(id));
    }

    /// @dev Number of signatures, once bitmap and length agree with the set.
    function _checkShape(SignerSet memory set, uint256 signers, bytes calldata signatures)
        private
        pure
        returns (uint256 given)
    {
        require(signers >> set.count == 0, BitmapOutOfRange(signers, set.count));
        given = LibBit.popCount(signers);
        signatures.checkLength(given);
    }

    function _checkVersion(uint32 given, uint32 allowed) private pure {
        require(given == allowed, WrongSignerVersion(given, allowed));
    }

    function _checkMember(uint32 id, uint32 version, address signer) private view {
        address[] memory signers = signersAt(id, version);
        for (uint256 i; i < signers.length; ++i) {
            if (signers[i] == signer) return;
        }
        revert SignerSetLib.NotMember(signer);
    }

    /// @dev The one signer of two different digests that were meant for the same place.
    function _sameSigner(
        bool onePlace,
        bytes32 first,
        bytes calldata firstSignature,
        bytes32 second,
        bytes calldata secondSignature
    ) private pure returns (address signer) {
        require(onePlace && first != second, NoConflict(first, second));
        firstSignature.checkLength(1);
        secondSignature.checkLength(1);
        signer = firstSignature.recover(0, first);
        secondSignature.check(0, second, signer);
    }

    function _domainNameAndVersion()
        internal
        pure
        override
        returns (string memory name, string memory version)
    {
        (name, version) = ("Mandate", "1");
    }
}
