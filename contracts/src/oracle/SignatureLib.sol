// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice One encoding for one signature: 65 bytes r ‖ s ‖ v, low s, v 27 or 28.
library SignatureLib {
    /// @notice Half of the order of secp256k1; a larger s is the malleable twin of a smaller one.
    uint256 internal constant HALF_ORDER =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Bytes of one signature.
    uint256 internal constant LENGTH = 65;

    /// @notice Thrown when the signatures are not 65 bytes for each signer.
    error SignatureLength(uint256 given, uint256 allowed);

    /// @notice Thrown when s lies in the upper half.
    /// @param position Place of the signature, counted from 0.
    error HighS(uint256 position, uint256 given, uint256 allowed);

    /// @notice Thrown when v is neither 27 nor 28.
    error BadV(uint256 position, uint8 given);

    /// @notice Thrown when the signature is not by the member whose bit is set: a non-member, another member, another
    /// digest (other chain, other contract, other content) all end here.
    error NotSigner(uint256 position, address given, address allowed);

    /// @notice Requires `signatures` to hold exactly `count` of them.
    function checkLength(bytes calldata signatures, uint256 count) internal pure {
        require(
            signatures.length == count * LENGTH, SignatureLength(signatures.length, count * LENGTH)
        );
    }

    /// @notice Requires the signature at `position` of `signatures` to be `signer`'s over `digest`.
    /// @dev The caller has checked the length.
    function check(bytes calldata signatures, uint256 position, bytes32 digest, address signer)
        internal
        pure
    {
        address recovered = recover(signatures, position, digest);
        require(
            recovered == signer && recovered != address(0), NotSigner(position, recovered, signer)
        );
    }

    /// @notice Who made the signature at `position` over `digest`; zero if nobody can have.
    function recover(bytes calldata signatures, uint256 position, bytes32 digest)
        internal
        pure
        returns (address)
    {
        bytes32 r;
        uint256 s;
        uint8 v;
        // Safe: reads 65 bytes at 65·position, inside the slice whose length the caller checked.
        assembly ("memory-safe") {
            let at := add(signatures.offset, mul(position, 65))
            r := calldataload(at)
            s := calldataload(add(at, 32))
            v := byte(0, calldataload(add(at, 64)))
        }
        require(s <= HALF_ORDER, HighS(position, s, HALF_ORDER));
        require(v == 27 || v == 28, BadV(position, v));
        return ecrecover(digest, v, r, bytes32(s));
    }
}
