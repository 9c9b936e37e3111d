// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice A signed statement about a subject: the only off-chain input of a decision.
/// @param subject Whom it is about.
/// @param sequence Strictly increasing per market and subject; the idempotency key.
/// @param signerSet Id of the attestor set.
/// @param signerVersion The set's version; rotating the set voids older reports.
/// @param schemaHash Hash of the schema that `payload` follows.
/// @param market The economy it is for.
/// @param issuedAt When it was made, in seconds.
/// @param expiresAt From when it may no longer be used, in seconds.
/// @param payload Reported features, `int24` big-endian in schema order.
struct Report {
    bytes32 subject;
    uint32 sequence;
    uint32 signerSet;
    uint32 signerVersion;
    bytes32 schemaHash;
    address market;
    uint40 issuedAt;
    uint40 expiresAt;
    bytes payload;
}

/// @notice Signer sets, and the proof that a quorum of one signed a report.
/// @dev The kernel checks market, subject, schema, sequence and age; this contract checks who signed, and under which version.
interface IAttestors {
    /// @notice Reverts unless a quorum of the report's set, at its present version, signed the report.
    /// @param signers Bitmap of the signer indices that signed.
    /// @param signatures 65 bytes each (r, s, v), ordered by signer index.
    function verify(Report calldata report, uint256 signers, bytes calldata signatures)
        external
        view;

    /// @notice Replaces a set and raises its version. Kernel only, which waits D_m before it calls.
    function setSigners(uint32 set, address[] calldata signers, uint8 quorum) external;

    /// @notice Takes one signer out of a set and raises its version. Kernel only, at once.
    function removeSigner(uint32 set, address signer) external;
}
